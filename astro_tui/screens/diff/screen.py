"""The difference between two revisions of a deployment, or between two deployments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.getters import query_one

from astro_tui.clipboard.offers import Offer, Piece, text_offer
from astro_tui.difference import as_json_patch, as_text
from astro_tui.difference.layout import Shape
from astro_tui.document import jq_path
from astro_tui.screens.base.copy_actions import open_menu
from astro_tui.screens.base.open import Compared, agent_link
from astro_tui.screens.base.page import ACCOUNT_KEYS, Need, Page
from astro_tui.screens.base.staleness import NEVER
from astro_tui.screens.base.view import Topic
from astro_tui.screens.comparing import open_compare_menu
from astro_tui.session.agent import Agent
from astro_tui.session.comparison import Comparison, Find, Side, Sides, change_to_show, compared, name_of
from astro_tui.session.routes import BlueprintRoute, DeploymentRoute, DiffRoute, Route
from astro_tui.session.session import Session
from astro_tui.text.times import counted
from astro_tui.theme.look import Look, stylesheet
from astro_tui.theme.sizes import BESIDE_FROM, NARROW
from astro_tui.widgets.chrome.bar import Bar, Paragraph, TitledRule
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.diff import DiffView
from astro_tui.widgets.keymap import keymap

if TYPE_CHECKING:
    from astro_tui.difference import Change, Difference
    from astro_tui.difference.layout import DiffRow, Options
    from astro_tui.difference.rows import DiffRows


class DiffScreen(Page):
    """Shows the difference between two `sides`, or those that `find` returns.

    By default, that is the change that the diagnosis blames, else the newest one.
    """

    CSS_PATH = [stylesheet("diff")]
    NEED = Need.REQUIRED
    BINDINGS = [
        *ACCOUNT_KEYS,
        *keymap("""
        D,d!              compare    diff.compare    compare with a visit, a revision, or an agent [|compare with]
        x                 swap       diff.swap       swap the two sides [swap sides|]
        y!                copy_menu  diff.copy       copy… [copy|]
        r,ctrl+r          refresh    diff.try-again  try again [!|try again]
        escape,q          back       diff.back       back [back]
        question_mark,f1  app.help   app.help        help [help]
        """),
    ]

    # `l` folds.
    view = query_one(DiffView)
    """The rows of the difference."""
    _notice = query_one(Notice)
    _side_names = query_one("#sides", Paragraph)
    _rule = query_one(TitledRule)
    _label = query_one("#label", Paragraph)
    _place = query_one("#place", Bar)

    def __init__(self, session: Session, agent: Agent, sides: Sides | None = None, find: Find | None = None) -> None:
        super().__init__(session)
        self._agent, self._given, self._find = agent, sides, find
        self._found = Topic[Sides | str](self, "sides", self._take_sides)
        """The two sides, or why there is nothing to compare with, as the end of a sentence."""
        self._diff = Topic[Comparison](self, "diff", self._keep_change)
        self._found.value = sides
        self._newest: Sides | None = None
        self._number = 1

    def compose_body(self) -> ComposeResult:
        """Yield the two sides, the rows, the notice that can replace them, and the change under the cursor."""
        look = self.look
        yield Paragraph(look, id="sides")
        yield TitledRule(look, id="diff-rule")
        yield Paragraph(look, id="label")
        yield DiffView(look, id="diff")
        yield Notice(look, id="diff-notice")
        yield Bar(look, id="place")

    @property
    def comparison(self) -> Comparison | None:
        """The comparison on screen; None until it is loaded."""
        return self._diff.value

    @property
    def _sides(self) -> Sides | None:
        return self._found.value if isinstance(self._found.value, tuple) else None

    @on(DiffView.Notified)
    def _said(self, message: DiffView.Notified) -> None:
        self.show_message(message.text, warning=True)

    def on_mount(self) -> None:
        """Load the sides and their specs."""
        self.set_focus(self.view)
        # The width of the rows is known after the first frame.
        self.call_after_refresh(self.load)

    # ---- loading

    def load(self) -> None:
        """Find the two sides if they are not known, then load and compare their specs."""
        self._found.cancel()
        self._diff.cancel()
        self._diff.value = None
        sides = self._sides
        if sides is None:
            self._found.load(self._find or change_to_show(self._agent))
        else:
            options, width = self.view.options, self.view.layout_width
            self._diff.load(lambda call: compared(sides, options, width, call))

    def _take_sides(self, sides: Sides | str) -> None:
        if isinstance(sides, str):
            return
        if self._find is None and sides[1].row.current:
            self._newest = sides
        self.load()

    def _keep_change(self, comparison: Comparison) -> None:
        if comparison.sides == self._newest:
            self.session.roster.keep_change(self._agent.key, comparison.newest_change)

    def load_again(self) -> None:
        """Try again. Sides that are compared already, or are being compared, are not looked for again."""
        comparing = self._diff.busy
        if (self._diff if comparing else self._found).may_send_again():
            if self.comparison is None and not comparing:
                self._found.value = self._given
            self.load()

    # ---- drawing

    def draw(self) -> None:
        """Draw the difference, or say why it is missing, the two sides, and the change under the cursor."""
        look, comparison, nothing, sides = self.look, self.comparison, self._found.value, self._sides
        error = self._found.error or self._diff.error
        if comparison is not None:
            self.view.show(comparison.rows, self._number)
        elif isinstance(nothing, str):
            say_nothing(self._notice, self._agent.entry.label, nothing, look)
        elif error is not None:
            self._notice.say_error(error, self.error_keys(error))
        else:
            self.view.start_loading()
        self._notice.display = comparison is None and (isinstance(nothing, str) or error is not None)
        self.view.display = not self._notice.display
        self._draw_head()
        self._side_names.display = sides is not None
        if sides is not None:
            self._side_names.show(sides_line(sides, look, self.session.clock(), self.size.width))
        self._rule.show(*rule_ends(self.view.options if self.view.diff is not None else None, look, self.size.width))
        caution = comparison.caution(short=self.size.width < NARROW) if comparison is not None else ""
        self._label.display = bool(caution)
        self._label.show(look.line((f" {caution}", "$quiet")))
        diff, row = self.view.diff, self.view.row
        number, total = self.view.position
        self._place.display = diff is not None and total > 0
        if diff is not None and row is not None:
            shown = CursorPlace(diff, row, self.view.change, number, total)
            self._place.show(*place_ends(shown, look, self.size.width))
        super().draw()

    def _draw_head(self) -> None:
        look, agent, now = self.look, self._agent, self.session.clock()
        title = title_of(self._sides, look, self.size.width)
        label = agent_link(look, agent.account, agent.entry)
        name = look.line(label, (f" {look.glyphs.into} ", "$quiet"), title)
        topic = self._diff if self._sides is not None else self._found
        # If there is nothing to compare, its age is meaningless.
        words = Content() if isinstance(self._found.value, str) else topic.words(now, NEVER)
        if self.comparison is not None:
            words = summary_of(self.comparison.rows.difference, self.look, self.size.width)
        self.show_head(agent.account, [name], words, title, topic.trying(now))

    # ---- keys

    def is_on(self, action: str) -> bool:
        """Whether a deployment is compared, or a notice is shown instead of the difference."""
        return bool(self._agent.key) if action == "compare" else self._notice.display

    @property
    def route(self) -> Route:
        """The comparison of these two sides. An address cannot name what the user saw at the last visit."""
        agent, sides = self._agent, self._sides
        if not agent.key:
            return BlueprintRoute(agent.account, agent.row.name, "builds")
        if sides is None or any(side.kept is not None for side in sides):
            return DiffRoute(agent.account, agent.key)
        old, new = sides
        if of_two_agents(sides):
            against = f"{old.agent.account}/{old.agent.key}"
            return DiffRoute(new.agent.account, new.agent.key, against)
        return DiffRoute(agent.account, agent.key, name_of(old.row), name_of(new.row))

    def action_back(self) -> None:
        """Go back to the screen that opened this one."""
        self.dismiss()

    def action_swap(self) -> None:
        """Compare the other way around."""
        if self._sides is not None:
            self._number = max(1, self.view.position[0])
            self._found.value = self._sides[::-1]
            self.load()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer `compare` only for a deployment: builds of a blueprint are compared only with each other."""
        possible = action != "compare" or bool(self._agent.key)
        return possible and super().check_action(action, parameters)

    def action_compare(self) -> None:
        """Choose what to compare with."""
        open_compare_menu(self, self._agent, self.compare, self._open_history)

    def _open_history(self) -> None:
        route = DeploymentRoute(self._agent.account, self._agent.key, "history")
        self.open(route, Compared(self._agent))

    def compare(self, find: Find | None) -> None:
        """Compare the sides that `find` returns; without it, show the newest change."""
        self._number, self._find, self._given = 1, find, None
        self._found.value = None
        self.load()

    def action_copy_menu(self) -> None:
        """Choose what to copy; secrets stay masked."""
        offers = offers_of(self.comparison, self.view.change) if self.comparison is not None else []
        open_menu(self, self.look, "diff", offers)


ROOMY = 120
"""Minimum width, in cells, for the header to show the number of values."""
SHORT = 70
"""Minimum width, in cells, to show the two sides with age and status."""


def of_two_agents(sides: Sides) -> bool:
    """Return whether two agents are compared, not two revisions of one."""
    return sides[0].agent.key != sides[1].agent.key


def say_nothing(notice: Notice, label: str, why: str, look: Look) -> None:
    """Say that there is nothing to compare the agent `label` with; `why` is the end of a sentence."""
    notice.say(
        "Nothing to compare with",
        [f"{look.plain(label)}: {look.plain(why)}."],
        [("D", "compare with something else"), ("esc", "go back")],
    )


def title_of(sides: Sides | None, look: Look, width: int) -> str:
    """Return what is compared, for the header."""
    if sides is None:
        return "diff"
    if of_two_agents(sides):
        return "diff of two agents" if width >= BESIDE_FROM else "two agents"
    return f"diff {look.plain(sides[0].row.name)} {look.glyphs.arrow} {look.plain(sides[1].row.name)}"


def summary_of(difference: Difference, look: Look, width: int) -> Content:
    """Return how many values differ."""
    counts = difference.counts
    moved = f", {counts.moved:,} moved" if counts.moved else ""
    if width < BESIDE_FROM:
        return Content(f"~{counts.changed} +{counts.added} -{counts.removed}{moved} ")
    said = f"{counts.changed:,} changed, {counts.added:,} added, {counts.removed:,} removed{moved}"
    if width < ROOMY:
        return look.line((f"{said} ", "bold"))
    return look.line((said, "bold"), (f" of {counted(difference.new.node_count - 1, 'value')} ", "$quiet"))


def sides_line(sides: Sides, look: Look, now: datetime, width: int) -> Content:
    """Return the two sides with the arrow between them."""
    old, new = (_side(side, sides, look, now, short=width < SHORT) for side in sides)
    return look.line(" ", old, (f"  {look.glyphs.arrow}  ", "$quiet"), new)


def _side(side: Side, sides: Sides, look: Look, now: datetime, *, short: bool) -> Content:
    row, agents = side.row, of_two_agents(sides)
    parts: list[Content | str | tuple[str, str]] = []
    if agents:
        if sides[0].agent.account != sides[1].agent.account:
            parts.append((f"{look.plain(side.agent.account)}/", "$quiet"))
        parts.append((f"{look.name(side.agent.entry.label, side.agent.entry.blueprint)} ", "bold"))
    name = row.name if short else row.title
    parts.append((look.plain(name), "" if agents else "bold"))
    if not (short and agents):
        parts.append(f" {look.plain(row.build)}")
    if not short:
        ago = look.plain(look.times.ago(row.deployed, now))
        parts += [(f"  {ago}" if row.deployed is not None else "", "$quiet"), "  "]
        parts.append(look.badge(row.status))
    return look.line(*parts)


def rule_ends(options: Options | None, look: Look, width: int) -> tuple[str, str]:
    """Return how the sides are compared, and the keys that change that; `options` is None while they are loading."""
    dot = f" {look.glyphs.dot} "
    words = ["structural", "key order ignored"]
    keys: list[str] = []
    if options is not None:
        if options.everything:
            words.append("equal parts shown")
        if width < BESIDE_FROM:
            keys.append(f"b needs {BESIDE_FROM} columns")
        else:
            keys.append("b stacked" if options.beside else "b side by side")
        keys.append(f"{{ }} context {options.context}")
    return dot.join(words), dot.join(keys)


class CursorPlace(Struct, frozen=True):
    """Where the cursor is: on a row, which may be about a change, the `number`th of `total`."""

    diff: DiffRows
    row: DiffRow
    change: Change | None
    number: int
    total: int


def place_ends(place: CursorPlace, look: Look, width: int) -> tuple[Content, Content | str]:
    """Return the change under the cursor in words, and its path."""
    said = path = ""
    if place.change is not None:
        said = place.diff.words.located(place.change)
        if place.row.shape is Shape.NOISE:
            said += f", and {counted(place.diff.noise_folded - 1, 'more image')} changed with the build"
        path = jq_path(place.change.path) if width >= BESIDE_FROM else ""
    # Including the folded changes, the total equals the count in the header.
    folded = place.diff.difference.counts.total - place.total
    rest = f" + {folded:,} folded" if folded > 0 else ""
    return (
        look.line((f" {place.number:,} of {place.total:,}{rest}  ", "$quiet"), said),
        look.line((f"{path} ", "$text-primary")) if path else "",
    )


def offers_of(comparison: Comparison, change: Change | None) -> Sequence[Offer]:
    """Return what can be copied; secrets stay masked."""
    diff, difference = comparison.rows, comparison.rows.difference
    old, new = comparison.names
    head = f"{old} → {new}, {difference.summary}\n"
    offers = [
        Offer("t", "the difference", "text", lambda: Piece(head + as_text(difference))),
        Offer("j", "the difference", "JSON patch", lambda: Piece(as_json_patch(difference) + "\n"), ".json"),
    ]
    if change is not None:
        offers += [
            text_offer("w", "this change", diff.words.of(change)),
            text_offer("p", "path, jq", jq_path(change.path)),
        ]
    return offers
