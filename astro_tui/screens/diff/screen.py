"""The difference between two revisions of a deployment, or between two deployments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.content import Content
from textual.getters import query_one
from textual.message import Message

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.screens.base.comparing.compare_menu import open_compare_menu
from astro_tui.screens.base.comparing.comparison import (
    Comparison,
    Find,
    Sides,
    Subject,
    change_to_show,
    compared,
    name_of,
)
from astro_tui.screens.base.copy_actions import open_menu
from astro_tui.screens.base.open import Compared
from astro_tui.screens.base.signed_in import SignedInPage
from astro_tui.screens.base.staleness import NEVER, Staleness
from astro_tui.screens.diff import texts
from astro_tui.session.routes import Blueprint, Deployment, Diff, Route
from astro_tui.session.session import Session
from astro_tui.theme.look import stylesheet
from astro_tui.theme.sizes import BESIDE_FROM, NARROW
from astro_tui.widgets.chrome.bar import Bar, Paragraph, Rule
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.diff.view import DiffView
from astro_tui.widgets.keymap import keymap

if TYPE_CHECKING:
    from astro_tui.clipboard.offers import Offer


class DiffScreen(SignedInPage):
    """Shows the difference between two `sides`, or those that `find` returns.

    By default, that is the change that the diagnosis blames, else the newest one.
    """

    CSS_PATH = [stylesheet("diff")]
    BINDINGS = keymap("""
        escape,q          back       diff.back       back
        x                 swap       diff.swap       swap the two sides
        D,d!              compare    diff.compare    compare with… (another revision, another agent, your last visit)
        y!                copy_menu  diff.copy       copy…
        r,ctrl+r          again      diff.try-again  try again
        question_mark,f1  app.help   app.help        help
    """)

    # `l` folds.
    view = query_one(DiffView)
    """The rows of the difference."""
    _notice = query_one(Notice)
    _side_names = query_one("#sides", Paragraph)
    _rule = query_one(Rule)
    _label = query_one("#label", Paragraph)
    _place = query_one("#place", Bar)

    def __init__(
        self, session: Session, subject: Subject, sides: Sides | None = None, find: Find | None = None
    ) -> None:
        super().__init__(session)
        self._subject = subject
        self._sides = self._given = sides
        self._find = find
        self._comparison: Comparison | None = None
        self._number = 1
        self._newest: Sides | None = None
        self._staleness = Staleness(session.look)

    def compose_body(self) -> ComposeResult:
        """Yield the two sides, the rows, the notice that can replace them, and the change under the cursor."""
        look = self.look
        yield Paragraph(look, id="sides")
        yield Rule(look, id="diff-rule")
        yield Paragraph(look, id="label")
        yield DiffView(look, id="diff")
        yield Notice(look, id="diff-notice")
        yield Bar(look, id="place")

    @property
    def comparison(self) -> Comparison | None:
        """The comparison on screen; None until it is loaded."""
        return self._comparison

    def handle_directly(self, message: Message) -> None:
        """Follow the cursor."""
        if isinstance(message, DiffView.Highlighted):
            self._show_place()

    @on(DiffView.Notified)
    def _said(self, message: DiffView.Notified) -> None:
        self.show_message(message.text, warning=True)

    def on_mount(self) -> None:
        """Load the sides and their specs."""
        self.view.focus()
        self.show_hints()
        self.set_interval(1, self._show_head)
        # The width of the rows is known after the first frame.
        self.call_after_refresh(self.load)

    # ---- loading

    def load(self) -> None:
        """Find the two sides if they are not given, then load their specs."""
        self._comparison = None
        self._staleness.requested(self.session.clock())
        if self._staleness.error is None:
            self._show_notice(shown=False)
            self.view.start_loading()
        self._show_head()
        self._fetch()

    def _fetch(self) -> None:
        session, sides = self.session, self._sides
        if sides is None:
            find = self._find or change_to_show(self._subject)
            self.fetch("sides", lambda call: find(session, call), self._found, self._failed)
            return
        options, width = self.view.options, self.view.layout_width
        self.fetch("diff", lambda call: compared(session, sides, options, width, call), self._show, self._failed)

    def _found(self, sides: Sides | str) -> None:
        if not isinstance(sides, str):
            self._sides = sides
            if self._find is None and sides[1].row.current:
                self._newest = sides
            self._show_head()
            self._fetch()
            return
        self._staleness.fresh(self.session.clock())
        label = self.look.plain(self._subject.entry.label)
        self._notice.say(
            "Nothing to compare with",
            [f"{label}: {self.look.plain(sides)}."],
            [("D", "compare with something else"), ("esc", "go back")],
        )
        self._show_notice(shown=True)

    def _show(self, comparison: Comparison) -> None:
        self._comparison = comparison
        self._staleness.fresh(self.session.clock())
        self._show_notice(shown=False)
        if comparison.sides == self._newest:
            self.session.roster.keep_change(self._subject.deployment_id, comparison.newest_change)
        self.view.show(comparison.rows, self._number)
        self._show_head()
        self._show_place()

    def _failed(self, error: PlatformError) -> None:
        if error.kind is ErrorKind.CANCELED:
            return
        self._staleness.failed(error, self.session.clock())
        self._notice.say_error(error, [*self.sign_in_hints(), ("r", "try again"), ("esc", "go back")])
        self._show_notice(shown=True)

    def show_waiting(self, topic: str, reason: str, seconds: float) -> None:
        """Show in the header that the client will try again."""
        if topic in ("sides", "diff"):
            self._staleness.waiting(reason, seconds, self.session.clock())
            self._show_head()

    def _show_notice(self, *, shown: bool) -> None:
        """Show the notice instead of the rows, or the rows."""
        self._notice.display = shown
        self.view.display = not shown
        self._show_head()
        self.show_hints()
        if not shown:
            self.view.focus()

    # ---- showing

    def _show_head(self) -> None:
        look, sides, subject, into = self.look, self._sides, self._subject, self.look.glyphs.into
        title = texts.title_of(sides, look, self.size.width)
        name = Content.assemble((look.plain(subject.entry.label), "bold"), (f" {into} ", "$quiet"), title)
        self.show_head(subject.account, [name], self._summary(), title, self._staleness.trying(self.session.clock()))
        self._show_sides()
        self._show_rule()
        caution = self._comparison.caution(short=self.size.width < NARROW) if self._comparison is not None else ""
        self._label.display = bool(caution)
        self._label.show(Content.assemble((f" {look.plain(caution)}", "$quiet")))

    def _summary(self) -> Content | str:
        if self._comparison is None:
            # If there is nothing to compare, its age is meaningless.
            known = self._staleness.error is None and self._staleness.fetched is not None and not self._calls
            return "" if known else self._staleness.words(self.session.clock(), NEVER)
        return texts.summary_of(self._comparison.rows.difference, self.size.width)

    def _show_sides(self) -> None:
        sides = self._sides
        self._side_names.display = sides is not None
        if sides is not None:
            self._side_names.show(texts.sides_line(sides, self.look, self.session.clock(), self.size.width))

    def _show_rule(self) -> None:
        options = self.view.options if self.view.diff is not None else None
        self._rule.show(*texts.rule_ends(options, self.look, self.size.width))

    def _show_place(self) -> None:
        self._show_rule()
        diff, row = self.view.diff, self.view.row
        number, total = self.view.position
        self._place.display = diff is not None and total > 0
        if diff is not None and row is not None:
            shown = texts.CursorPlace(diff, row, self.view.change, number, total)
            self._place.show(*texts.place_ends(shown, self.look, self.size.width))

    # ---- keys

    def hints(self) -> list[tuple[str, str]]:
        """Return the keys for the difference, or for the notice that replaces it."""
        leave = [("esc", "back"), ("?", "help")]
        other = [("D", "compare with")] if self._subject.deployment_id else []
        if self._notice.display:
            return [*self.sign_in_hints(), ("r", "try again"), *other, *leave]
        beside = [("b", "side by side")] if self.size.width >= BESIDE_FROM else []
        return [
            *self.sign_in_hints(),
            ("n N", "changes"),
            ("=", "equal parts"),
            ("{ }", "context"),
            *beside,
            *other,
            ("w", "wrap"),
            ("x", "swap sides"),
            ("y", "copy"),
            *leave,
        ]

    @property
    def route(self) -> Route:
        """The comparison of these two sides. An address cannot name what the user saw at the last visit."""
        subject, sides = self._subject, self._sides
        if not subject.deployment_id:
            return Blueprint(subject.account, subject.name, "builds")
        if sides is None or any(side.kept is not None for side in sides):
            return Diff(subject.account, subject.deployment_id)
        old, new = sides
        if texts.of_two_agents(sides):
            against = f"{old.subject.account}/{old.subject.deployment_id}"
            return Diff(new.subject.account, new.subject.deployment_id, against)
        return Diff(subject.account, subject.deployment_id, name_of(old.row), name_of(new.row))

    def action_back(self) -> None:
        """Go back to the screen that opened this one."""
        self.dismiss()

    def action_swap(self) -> None:
        """Compare the other way around."""
        if self._sides is not None:
            self._number = max(1, self.view.position[0])
            self._sides = (self._sides[1], self._sides[0])
            self.load()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer `compare` only for a deployment: builds of a blueprint are compared only with each other."""
        known = action != "compare" or bool(self._subject.deployment_id)
        return known and super().check_action(action, parameters)

    def action_compare(self) -> None:
        """Choose what to compare with."""
        open_compare_menu(self, self._subject, self.compare, self._open_history)

    def _open_history(self) -> None:
        route = Deployment(self._subject.account, self._subject.deployment_id, "history")
        self.open(route, Compared(self._subject))

    def compare(self, find: Find | None) -> None:
        """Compare the sides that `find` returns; without it, show the newest change."""
        self._find, self._sides, self._given, self._number = find, None, None, 1
        self.load()

    def action_again(self) -> None:
        """Try again. Specs that are loaded are not requested again."""
        topic = "diff" if self.busy("diff") else "sides"
        if not self.send_again(topic, self._staleness):
            return
        if self._comparison is None and topic == "sides":
            self._sides = self._given
        self.load()

    def action_copy_menu(self) -> None:
        """Choose what to copy; secrets stay masked."""
        open_menu(self, self.look, "diff", self._offers())

    def _offers(self) -> Sequence[Offer]:
        return texts.offers_of(self._comparison, self.view.change) if self._comparison is not None else []

    def times_changed(self) -> None:
        """Draw times as the user wants them now."""
        super().times_changed()
        self._show_head()

    def on_resize(self, _event: events.Resize) -> None:
        """Fit the texts to the new size."""
        self._show_head()
        self._show_place()
        self.show_hints()
