"""The difference between two revisions of a deployment, or between two deployments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.content import Content
from textual.getters import query_one
from textual.message import Message

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.screens.base.compare_menu import open_compare_menu
from astro_tui.screens.base.comparison import Comparison, Find, Side, Sides, Subject, change_to_show, compared, name_of
from astro_tui.screens.base.copy_actions import open_menu
from astro_tui.screens.base.open import Compared
from astro_tui.screens.base.signed_in import SignedInPage
from astro_tui.screens.base.staleness import Staleness
from astro_tui.session.routes import Blueprint, Deployment, Diff, Route
from astro_tui.session.session import Session
from astro_tui.text.times import age, counted
from astro_tui.theme.look import stylesheet
from astro_tui.theme.sizes import BESIDE_FROM, NARROW
from astro_tui.widgets.chrome.bar import Bar, Paragraph, Rule
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.diff.view import DiffView
from astro_tui.widgets.keymap import keymap

if TYPE_CHECKING:
    from astro_tui.clipboard.offers import Offer

NEVER = 365 * 86_400.0
"""Seconds after which a comparison is stale. Its age is never a warning."""
ROOMY = 120
"""Cells from which the header shows the number of values."""
SHORT = 70
"""Cells below which the two sides are shown without age and status."""


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
    SIGN_IN_KEY = "I"
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
        self._stale = Staleness(session.look, self.SIGN_IN_KEY)

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
        self.tell(message.text, warning=True)

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
        self._stale.requested(self.session.clock())
        if self._stale.error is None:
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
        self._stale.fresh(self.session.clock())
        label = self.look.plain(self._subject.entry.label)
        self._notice.say(
            "Nothing to compare with",
            [f"{self.look.plain(sides)} of {label}."],
            [("D", "compare with something else"), ("esc", "go back")],
        )
        self._show_notice(shown=True)

    def _show(self, comparison: Comparison) -> None:
        self._comparison = comparison
        self._stale.fresh(self.session.clock())
        self._show_notice(shown=False)
        if comparison.sides == self._newest:
            self.session.changes[self._subject.deployment_id] = comparison.rows
        self.view.show(comparison.rows, self._number)
        self._show_head()
        self._show_place()

    def _failed(self, error: PlatformError) -> None:
        if error.kind is ErrorKind.CANCELLED:
            return
        self._stale.failed(error, self.session.clock())
        self._notice.say_error(error, [*self.sign_in_hints(), ("r", "try again"), ("esc", "go back")])
        self._show_notice(shown=True)

    def show_waiting(self, topic: str, reason: str, seconds: float) -> None:
        """Show in the header that the client will try again."""
        if topic in ("sides", "diff"):
            self._stale.waiting(reason, seconds, self.session.clock())
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

    @property
    def _agents(self) -> bool:
        """Whether two agents are compared, not two revisions of one."""
        sides = self._sides
        return sides is not None and sides[0].subject.deployment_id != sides[1].subject.deployment_id

    @property
    def _accounts(self) -> bool:
        """Whether the two agents belong to two accounts."""
        sides = self._sides
        return sides is not None and sides[0].subject.account != sides[1].subject.account

    def _show_head(self) -> None:
        look, sides, arrow = self.look, self._sides, self.look.glyphs.arrow
        into, subject = look.glyphs.into, self._subject
        title = "diff"
        if self._agents:
            title = "diff of two agents" if self.size.width >= BESIDE_FROM else "two agents"
        elif sides is not None:
            title = f"diff {look.plain(sides[0].row.name)} {arrow} {look.plain(sides[1].row.name)}"
        name = Content.assemble((look.plain(subject.entry.label), "bold"), (f" {into} ", "$quiet"), title)
        self.show_head(subject.account, [name], self._summary(), title, self._stale.trying(self.session.clock()))
        self._show_sides()
        self._show_rule()
        caution = self._comparison.caution(short=self.size.width < NARROW) if self._comparison is not None else ""
        self._label.display = bool(caution)
        self._label.show(Content.assemble((f" {look.plain(caution)}", "$quiet")))

    def _summary(self) -> Content | str:
        if self._comparison is None:
            # If there is nothing to compare, its age is meaningless.
            known = self._stale.error is None and self._stale.fetched is not None and not self._calls
            return "" if known else self._stale.words(self.session.clock(), NEVER)
        difference = self._comparison.rows.difference
        counts = difference.counts
        moved = f", {counts.moved:,} moved" if counts.moved else ""
        if self.size.width < BESIDE_FROM:
            return Content(f"~{counts.changed} +{counts.added} -{counts.removed}{moved} ")
        said = f"{counts.changed:,} changed, {counts.added:,} added, {counts.removed:,} removed{moved}"
        if self.size.width < ROOMY:
            return Content.assemble((f"{said} ", "bold"))
        return Content.assemble((said, "bold"), (f" of {counted(difference.new.node_count - 1, 'value')} ", "$quiet"))

    def _show_sides(self) -> None:
        look, width = self.look, self.size.width
        self._side_names.display = self._sides is not None
        if self._sides is None:
            return
        old, new = (self._side(side, short=width < SHORT) for side in self._sides)
        self._side_names.show(Content.assemble(" ", old, (f"  {look.glyphs.arrow}  ", "$quiet"), new))

    def _side(self, side: Side, *, short: bool) -> Content:
        look, row = self.look, side.row
        parts: list[Content | str | tuple[str, str]] = []
        if self._agents:
            if self._accounts:
                parts.append((f"{look.plain(side.subject.account)}/", "$quiet"))
            parts.append((f"{look.plain(side.subject.entry.label)} ", "bold"))
        name = row.name if short else row.title
        parts.append((look.plain(name), "" if self._agents else "bold"))
        if not (short and self._agents):
            parts.append(f" {look.plain(row.build)}")
        if not short:
            ago = look.own(age(row.deployed, self.session.clock()))
            parts += [(f"  {ago} ago" if row.deployed is not None else "", "$quiet"), "  "]
            parts.append(look.badge(row.status))
        return Content.assemble(*parts)

    def _show_rule(self) -> None:
        dot = f" {self.look.glyphs.dot} "
        diff = self.view.diff
        words = ["structural", "key order ignored"]
        keys: list[str] = []
        if diff is not None:
            options = self.view.options
            if options.everything:
                words.append("equal parts shown")
            if self.size.width < BESIDE_FROM:
                keys.append(f"b needs {BESIDE_FROM} columns")
            else:
                keys.append("b stacked" if options.beside else "b side by side")
            keys.append(f"{{ }} context {options.context}")
        self._rule.show(dot.join(words), dot.join(keys))

    def _show_place(self) -> None:
        self._show_rule()
        look, diff, row = self.look, self.view.diff, self.view.row
        change = self.view.change
        number, total = self.view.position
        self._place.display = diff is not None and total > 0
        if diff is None or row is None:
            return
        said = path = ""
        if change is not None:
            from astro_tui.difference.layout import Shape
            from astro_tui.document import jq_path

            said = diff.words.located(change)
            if row.shape is Shape.NOISE:
                said += f", and {counted(diff.noise_folded - 1, 'more image')} with the build"
            path = jq_path(change.path) if self.size.width >= BESIDE_FROM else ""
        # With those that are folded, they are as many as the header counts.
        folded = diff.difference.counts.total - total
        rest = f" + {folded:,} folded" if folded > 0 else ""
        self._place.show(
            Content.assemble((f" {number:,} of {total:,}{rest}  ", "$quiet"), look.own(look.plain(said))),
            Content.assemble((f"{look.plain(path)} ", "$text-primary")) if path else "",
        )

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
            ("x", "swap sides"),
            ("y", "copy"),
            *leave,
        ]

    @property
    def route(self) -> Route:
        """The comparison of these two sides. What the user saw at the last visit is known only here."""
        subject, sides = self._subject, self._sides
        if not subject.deployment_id:
            return Blueprint(subject.account, subject.name, "builds")
        if sides is None or any(side.kept is not None for side in sides):
            return Diff(subject.account, subject.deployment_id)
        old, new = sides
        if self._agents:
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
        """Offer `compare` only for a deployment: builds of a blueprint are compared with each other only."""
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
        if not self.send_again(topic, self._stale):
            return
        if self._comparison is None and topic == "sides":
            self._sides = self._given
        self.load()

    def action_copy_menu(self) -> None:
        """Choose what to copy; secrets stay masked."""
        open_menu(self, self.look, "diff", self._offers())

    def _offers(self) -> list[Offer]:
        from astro_tui.clipboard.offers import Offer, Piece, text_offer
        from astro_tui.difference import as_json_patch, as_text
        from astro_tui.document import jq_path

        if self._comparison is None:
            return []
        diff, difference = self._comparison.rows, self._comparison.rows.difference
        old, new = self._comparison.names
        head = f"{old} → {new}, {difference.summary}\n"
        offers = [
            Offer("t", "the difference", "text", lambda: Piece(head + as_text(difference))),
            Offer("j", "the difference", "JSON patch", lambda: Piece(as_json_patch(difference) + "\n"), ".json"),
        ]
        change = self.view.change
        if change is not None:
            offers += [
                text_offer("w", "this change", diff.words.of(change)),
                text_offer("p", "path, jq", jq_path(change.path)),
            ]
        return offers

    def on_resize(self, _event: events.Resize) -> None:
        """Fit the texts to the new size."""
        self._show_head()
        self._show_place()
        self.show_hints()
