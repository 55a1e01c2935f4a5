"""The difference between two revisions of a deployment, or between two deployments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.content import Content
from textual.getters import query_one
from textual.message import Message

from astro_tui.screens.base.copy_actions import open_menu
from astro_tui.screens.base.open import Compared
from astro_tui.screens.base.page import ACCOUNT_KEYS, Need, Page
from astro_tui.screens.base.staleness import NEVER
from astro_tui.screens.comparing.compare_menu import open_compare_menu
from astro_tui.screens.diff import texts
from astro_tui.screens.diff.loader import DiffLoader, DiffState
from astro_tui.session.comparison import Comparison, Find, Sides, Subject, name_of
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
    from astro_tui.difference.layout import Options


class DiffScreen(Page):
    """Shows the difference between two `sides`, or those that `find` returns.

    By default, that is the change that the diagnosis blames, else the newest one.
    """

    CSS_PATH = [stylesheet("diff")]
    NEED = Need.REQUIRED
    BINDINGS = [
        *ACCOUNT_KEYS,
        *keymap("""
        escape,q          back       diff.back       back
        x                 swap       diff.swap       swap the two sides
        D,d!              compare    diff.compare    compare with… (another revision, another agent, your last visit)
        y!                copy_menu  diff.copy       copy…
        r,ctrl+r          again      diff.try-again  try again
        question_mark,f1  app.help   app.help        help
        """),
    ]

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
        self._loader = DiffLoader(self, session, subject, sides, find, show=self._show, layout=self._layout)
        self._number = 1

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
        return self._loader.state.comparison

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
        self._loader.load()

    def show_waiting(self, topic: str, reason: str, seconds: float) -> None:
        """Show in the header that the client will try again."""
        self._loader.waiting(topic, reason, seconds)

    def _layout(self) -> tuple[Options, int]:
        return self.view.options, self.view.layout_width

    # ---- showing

    def _show(self, old: DiffState, state: DiffState) -> None:
        """Draw what differs from the state on screen."""
        if state.comparison is not None and state.comparison is not old.comparison:
            self._show_comparison(state.comparison)
        elif state.nothing and not old.nothing:
            texts.say_nothing(self._notice, self._subject.entry.label, state.nothing, self.look)
            self._show_notice(shown=True)
        elif state.error is not None and state.error is not old.error:
            self._notice.say_error(state.error, [*self.login.hints(), ("r", "try again"), ("esc", "go back")])
            self._show_notice(shown=True)
        elif state.error is None and state.loading and not old.loading:
            self._show_loading()
        else:
            self._show_head()

    def _show_loading(self) -> None:
        self._show_notice(shown=False)
        self.view.start_loading()
        self._show_head()

    def _show_comparison(self, comparison: Comparison) -> None:
        self._show_notice(shown=False)
        self.view.show(comparison.rows, self._number)
        self._show_head()
        self._show_place()

    def _show_notice(self, *, shown: bool) -> None:
        """Show the notice instead of the rows, or the rows."""
        self._notice.display = shown
        self.view.display = not shown
        self._show_head()
        self.show_hints()
        if not shown:
            self.view.focus()

    def _show_head(self) -> None:
        look, state, subject, into = self.look, self._loader.state, self._subject, self.look.glyphs.into
        title = texts.title_of(state.sides, look, self.size.width)
        name = Content.assemble((look.plain(subject.entry.label), "bold"), (f" {into} ", "$quiet"), title)
        trying = self._loader.staleness.trying(self.session.clock())
        self.show_head(subject.account, [name], self._summary(), title, trying)
        self._show_sides()
        self._show_rule()
        comparison = state.comparison
        caution = comparison.caution(short=self.size.width < NARROW) if comparison is not None else ""
        self._label.display = bool(caution)
        self._label.show(Content.assemble((f" {look.plain(caution)}", "$quiet")))

    def _summary(self) -> Content | str:
        state = self._loader.state
        if state.comparison is not None:
            return texts.summary_of(state.comparison.rows.difference, self.size.width)
        # If there is nothing to compare, its age is meaningless.
        return "" if state.nothing else self._loader.staleness.words(self.session.clock(), NEVER)

    def _show_sides(self) -> None:
        sides = self._loader.state.sides
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
            return [*self.login.hints(), ("r", "try again"), *other, *leave]
        beside = [("b", "side by side")] if self.size.width >= BESIDE_FROM else []
        return [
            *self.login.hints(),
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
        subject, sides = self._subject, self._loader.state.sides
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
        if self._loader.state.sides is not None:
            self._number = max(1, self.view.position[0])
            self._loader.swap()

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
        self._number = 1
        self._loader.compare(find)

    def action_again(self) -> None:
        """Try again. Specs that are loaded are not requested again."""
        if self.send_again(self._loader.topic, self._loader.staleness):
            self._loader.load_again()

    def action_copy_menu(self) -> None:
        """Choose what to copy; secrets stay masked."""
        open_menu(self, self.look, "diff", self._offers())

    def _offers(self) -> Sequence[Offer]:
        comparison = self._loader.state.comparison
        return texts.offers_of(comparison, self.view.change) if comparison is not None else []

    def times_changed(self) -> None:
        """Draw times as the user wants them now."""
        super().times_changed()
        self._show_head()

    def on_resize(self, _event: events.Resize) -> None:
        """Fit the texts to the new size."""
        self._show_head()
        self._show_place()
        self.show_hints()
