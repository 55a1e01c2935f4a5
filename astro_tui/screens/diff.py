"""What differs between two revisions of a deployment, on the whole screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.look import stylesheet
from astro_tui.revisions import RevisionRow
from astro_tui.screens.comparing import Comparison, Pair, Subject, compared, history_of, last_change
from astro_tui.screens.handing import open_menu
from astro_tui.screens.page import NARROW
from astro_tui.screens.signed_in import SignedInPage
from astro_tui.session import Session
from astro_tui.widgets.bar import Bar, KeyHints, Paragraph, Rule
from astro_tui.widgets.diff_view import BESIDE_FROM, DiffView
from astro_tui.widgets.notice import Notice
from astro_tui.widgets.too_small import TooSmall
from astro_tui.wording import age, counted

if TYPE_CHECKING:
    from astro_tui.copying import Offer

SHORT = 70
"""Cells below which the two sides are named without age and state."""


class DiffScreen(SignedInPage):
    """Without a `pair` it shows what the newest revision changed."""

    CSS_PATH = [stylesheet("diff")]
    BINDINGS = [
        Binding("escape,q", "back", "back"),
        Binding("x", "swap", "swap the sides"),
        # With priority, so that what is typed right behind it is already the choice.
        Binding("y", "copy_menu", "copy…", priority=True),
        Binding("r,ctrl+r", "again", "try again"),
        Binding("question_mark,f1", "app.help", "help"),
    ]

    # In the difference, `l` folds.
    SIGN_IN_KEY = "I"

    def __init__(self, session: Session, subject: Subject, pair: Pair | None = None) -> None:
        super().__init__(session)
        self._subject = subject
        self._pair = pair
        self._comparison: Comparison | None = None
        self._number = 1
        self._newest: Pair | None = None

    def compose(self) -> ComposeResult:
        """Lay the screen out."""
        look = self.look
        yield Bar(look, id="head", classes="head")
        yield Paragraph(look, id="sides")
        yield Rule(look, id="diff-rule")
        yield Paragraph(look, id="label")
        yield DiffView(look, id="diff")
        yield Notice(look, id="diff-notice")
        yield Bar(look, id="place")
        yield KeyHints(id="keys")
        yield TooSmall()

    @property
    def view(self) -> DiffView:
        """The rows of the difference."""
        return self.query_one(DiffView)

    @property
    def comparison(self) -> Comparison | None:
        """What is shown; None while there is nothing yet."""
        return self._comparison

    def on_mount(self) -> None:
        """Ask for what is not known yet."""
        view = self.view
        view.highlighted = self._show_place
        view.say = lambda text: self.tell(text, warning=True)
        view.focus()
        self.show_hints()
        # When the width of a row is known.
        self.call_after_refresh(self.load)

    # ---- loading

    def load(self) -> None:
        """Ask for the history where it is not known which revisions are meant, else for their specs."""
        self._comparison = None
        self._show_notice(shown=False)
        self.view.start_loading()
        session, subject, pair = self.session, self._subject, self._pair
        self._show_head()
        if pair is None:
            self.fetch("history", lambda call: history_of(session, subject, call), self._show_history, self._failed)
            return
        width = self.view.row_width
        self.fetch("diff", lambda call: compared(session, subject, pair, width, call), self._show, self._failed)

    def _show_history(self, rows: list[RevisionRow]) -> None:
        self._pair = self._newest = last_change(rows)
        if self._pair is not None:
            self.load()
            return
        which = f"{rows[0].title} is the only one" if rows else "The history is empty"
        self.query_one("#diff-notice", Notice).say(
            "Nothing to compare with",
            [f"{self.look.plain(which)} of {self.look.plain(self._subject.entry.label)}."],
            [("esc", "go back")],
        )
        self._show_notice(shown=True)

    def _show(self, comparison: Comparison) -> None:
        self._comparison = comparison
        if comparison.pair == self._newest:
            self.session.changes[self._subject.deployment_id] = comparison.rows
        self.view.show(comparison.rows, self._number)
        self._show_head()
        self._show_place()

    def _failed(self, error: PlatformError) -> None:
        if error.kind is ErrorKind.CANCELLED:
            return
        self.query_one("#diff-notice", Notice).say_error(
            error, [*self.sign_in_hints(), ("r", "try again"), ("esc", "go back")]
        )
        self._show_notice(shown=True)

    def _show_notice(self, *, shown: bool) -> None:
        self.query_one("#diff-notice", Notice).display = shown
        self.view.display = not shown
        if not shown:
            self.view.focus()

    # ---- showing

    def _show_head(self) -> None:
        look, width, pair = self.look, self.size.width, self._pair
        into, arrow = look.glyphs.into, look.glyphs.arrow
        subject = self._subject
        names = f" {look.plain(pair[0].name)} {arrow} {look.plain(pair[1].name)}" if pair is not None else ""
        account = "" if width < BESIDE_FROM else f"{look.plain(subject.account)} {into} "
        left = Content.assemble(
            (f" {account}", "$quiet"),
            (look.plain(subject.entry.label), "bold"),
            (f" {into} ", "$quiet"),
            f"diff{names}",
        )
        self.query_one("#head", Bar).show(left, self._summary())
        self.query_one(TooSmall).show(Content(f"diff{names}"))
        self._show_sides()
        self._show_rule()
        caution = self._comparison.caution if self._comparison is not None else ""
        label = self.query_one("#label", Paragraph)
        label.display = bool(caution)
        label.show(Content.assemble((f" {look.plain(caution)}", "$quiet")))

    def _summary(self) -> Content:
        if self._comparison is None:
            return Content.assemble(("comparing ", "$quiet"))
        difference = self._comparison.rows.difference
        counts = difference.counts
        if self.size.width < NARROW:
            return Content(f"~{counts.changed} +{counts.added} -{counts.removed} ")
        moved = f", {counts.moved:,} moved" if counts.moved else ""
        said = f"{counts.changed:,} changed, {counts.added:,} added, {counts.removed:,} removed{moved}"
        return Content.assemble((said, "bold"), (f" of {counted(difference.new.node_count - 1, 'value')} ", "$quiet"))

    def _show_sides(self) -> None:
        look, width, pair = self.look, self.size.width, self._pair
        sides = self.query_one("#sides", Paragraph)
        sides.display = pair is not None
        if pair is None:
            return
        old, new = (self._side(row, short=width < SHORT) for row in pair)
        sides.show(Content.assemble(" ", old, (f"  {look.glyphs.arrow}  ", "$quiet"), new))

    def _side(self, row: RevisionRow, *, short: bool) -> Content:
        look = self.look
        name = row.name if short else row.title
        parts: list[Content | str | tuple[str, str]] = [(look.plain(name), "bold"), f" {look.plain(row.build)}"]
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
            options = diff.options
            if options.everything:
                words.append("equal parts shown")
            if self.size.width < BESIDE_FROM:
                keys.append(f"b needs {BESIDE_FROM} columns")
            else:
                keys.append("b below each other" if options.beside else "b side by side")
            keys.append(f"{{ }} context {options.context}")
        self.query_one("#diff-rule", Rule).show(dot.join(words), dot.join(keys))

    def _show_place(self) -> None:
        self._show_rule()
        look, diff, row = self.look, self.view.diff, self.view.row
        place = self.query_one("#place", Bar)
        change = self.view.change
        number, total = self.view.place
        place.display = diff is not None and total > 0
        if diff is None or row is None:
            return
        said = path = ""
        if change is not None:
            from astro_tui.diff_rows import Shape
            from astro_tui.document import jq_path

            where, what = diff.words.place(change), diff.words.of(change)
            said = f"{where}: {what}" if where and not what.startswith(where.rstrip("s")) else what
            if row.shape is Shape.NOISE:
                said += f", and {counted(diff.noise_folded - 1, 'more image')} with the build"
            path = jq_path(change.path) if self.size.width >= BESIDE_FROM else ""
        place.show(
            Content.assemble((f" {number} of {total}  ", "$quiet"), look.own(look.plain(said))),
            Content.assemble((f"{look.plain(path)} ", "$text-primary")) if path else "",
        )

    # ---- keys

    def hints(self) -> list[tuple[str, str]]:
        """Return what can be done here."""
        beside = [("b", "side by side")] if self.size.width >= BESIDE_FROM else []
        return [
            *self.sign_in_hints(),
            ("n N", "changes"),
            ("=", "equal parts"),
            ("{ }", "context"),
            *beside,
            ("x", "swap"),
            ("y", "copy"),
            ("esc", "back"),
            ("?", "help"),
        ]

    def action_back(self) -> None:
        """Go back to where this was opened."""
        self.dismiss()

    def action_swap(self) -> None:
        """Compare the other way round."""
        if self._pair is not None:
            self._number = max(1, self.view.place[0])
            self._pair = (self._pair[1], self._pair[0])
            self.load()

    def action_again(self) -> None:
        """Ask again; specs that are known are not asked for twice."""
        self.load()

    def action_copy_menu(self) -> None:
        """Choose what to copy; secrets stay masked."""
        open_menu(self, self.look, "diff", self._offers())

    def _offers(self) -> list[Offer]:
        from astro_tui.copying import Offer, Piece, text_offer
        from astro_tui.difference import as_json_patch, as_text
        from astro_tui.document import jq_path

        if self._comparison is None:
            return []
        diff, difference = self._comparison.rows, self._comparison.rows.difference
        old, new = self._comparison.pair
        head = f"{self._subject.entry.label}: {old.title} → {new.title}, {difference.summary}\n"
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
        """Say more or less for the new size."""
        self._show_head()
        self._show_place()
        self.show_hints()
