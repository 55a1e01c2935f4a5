"""The place where one document is read: title, tree or text, the value, and the path of the cursor. For any screen."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.timer import Timer

from astro_tui.theme.look import Look
from astro_tui.widgets.chrome.bar import Bar, Rule
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.document.document_view import DocumentView, after
from astro_tui.widgets.document.searched_side import SearchedSide
from astro_tui.widgets.document.value_pane import ValuePane
from astro_tui.widgets.lists.cells import cell_len, fit_middle

if TYPE_CHECKING:
    from astro_tui.document import Document, Path, Row, View

ROOMY = 30
"""Rows of the terminal from which the value pane opens by itself."""
ROOM_FOR_ALL = 60
"""Cells of width from which the path has type, size and line beside it."""
REST = 0.15
"""Seconds that the cursor rests on a long value before the pane opens for it."""
FORM_NAMES = {"tree": "tree", "yaml": "YAML", "json": "JSON"}


class Reading(NamedTuple):
    """How a document was being read, independent of the document: kept while a newer one is read."""

    view: View
    """Folds, cursor and scroll."""
    search: str = ""
    only: bool = False
    form: str = "tree"
    pane: bool | None = None
    """Whether the value pane is open; None while nobody said so."""
    wraps: bool = False


class SpecSide(SearchedSide):
    """A document under a titled rule, with a notice in its place if it has nothing to show."""

    BINDINGS = [
        Binding("m", "next_form", "tree, YAML, JSON", id="document.next-form"),
        Binding("v", "value", "the whole value, or not", id="document.value"),
        Binding("w", "wrap", "wrap long values, or cut them again", id="document.wrap"),
        Binding("f", "widen", "the value on the whole height, or not", id="document.widen"),
        Binding("x", "reveal", "show a masked value for ten seconds", id="document.reveal"),
        Binding("tab", "other_part", "the document or its value", show=False, id="document.other-pane"),
    ]

    def __init__(self, look: Look, *, id: str = "spec-side", title: str = "spec") -> None:  # noqa: A002  Textual's name
        super().__init__(look, id=id)
        self.body.moved = self._moved
        self._title = title
        self._about = ""
        self._pane: bool | None = None
        self._rest: Timer | None = None

    def compose(self) -> ComposeResult:
        """Lay the parts out."""
        look = self.look
        yield Rule(look, id="spec-rule", classes="rule")
        yield self.body
        yield Notice(look, id="notice")
        pane, prompt = ValuePane(look), Prompt(look, id="search")
        pane.display = prompt.display = False
        prompt.typed = self._typed
        yield pane
        yield Bar(look, id="path")
        yield prompt

    # ---- parts

    @property
    def notice(self) -> Notice:
        """What is said in the place of the document; seen after `show_notice`."""
        return self.query_one(Notice)

    @property
    def value_pane(self) -> ValuePane:
        """The value under the cursor in full."""
        return self.query_one(ValuePane)

    # ---- the document

    @property
    def summary(self) -> str:
        """What is shown, in words: `deployment/v1 · 214 values`."""
        return self.spec_tree.summary

    @property
    def row(self) -> Row | None:
        """What stands under the cursor."""
        return self.body.row

    @property
    def row_number(self) -> int | None:
        """The row under the cursor as `outline` counts them; from a text, the tree is unfolded down to it."""
        return self.body.row_number

    @property
    def path(self) -> Path | None:
        """Keys and list positions from the root to the cursor."""
        return self.body.path

    def start_loading(self) -> None:
        """Draw grey bars until there is a document."""
        self._close_prompt()
        self.finder.clear()
        self._show_pane(shown=False)
        self._pane = None
        self.body.start_loading()
        self._show_notice(shown=False)
        self.query_one("#path", Bar).show("")

    def show(self, document: Document, reading: Reading | None = None) -> None:
        """Show `document`, to be read on as in `reading`."""
        self._show_notice(shown=False)
        fresh = self.outline is None
        kept = reading if reading is not None and fresh else None
        text, only = self.finder.search.text, self.finder.only
        if kept is not None:
            text, only, self._pane = kept.search, kept.only, kept.pane
            self.body.wrap(kept.wraps)
        self.body.show(document, reading.view if reading is not None else None, kept.form if kept else None)
        self.finder.again(text, document, only=only)
        self._show_rule()
        self.post_message(self.KeysChanged())

    def view(self) -> Reading | None:
        """Return how the document is being read, to be given to `show` for this or a newer document."""
        view = self.body.view()
        if view is None:
            return None
        search = self.finder.search.text
        return Reading(view, search, self.finder.only, self.body.form, self._pane, self.body.wraps)

    def show_notice(self) -> None:
        """Show the notice in the place of the document."""
        self._show_notice(shown=True)

    def _show_notice(self, *, shown: bool) -> None:
        self.notice.display = shown
        self.body.display = not shown
        self.spec_tree.display = not shown and self.body.form == "tree"
        self.query_one("#path", Bar).display = not shown
        if shown:
            self._show_pane(shown=False)
        # Without a document there is nothing to search, to fold or to copy from.
        self.post_message(self.KeysChanged())

    def show_title(self, about: str) -> None:
        """Say above the document what it is."""
        self._about = about
        self._show_rule()

    def _show_rule(self) -> None:
        from astro_tui.document import MOST

        outline, dot = self.outline, f" {self.look.glyphs.dot} "
        about = self.look.plain(self._about)
        keys = f"m {FORM_NAMES[after(self.body.form)]}" if outline is not None else ""
        if outline is not None and outline.filtered and self.finder.search.hits is not None:
            shown = len(self.finder.search.hits)
            about = f"{shown:,} of {outline.document.node_count - 1:,} values{dot}only what matches"
            if outline.truncated:
                about = f"the first {MOST:,} of {shown:,} matches"
            keys = "& shows all"
        title = Content.assemble((self._title, "bold"), f"{dot}{about}" if about else "")
        self.query_one("#spec-rule", Rule).show(title, keys)

    def on_resize(self) -> None:
        """Say of the cursor's place what the new width has room for."""
        if self.outline is not None:
            self._show_path()

    def _moved(self) -> None:
        self._show_path()
        self._follow()

    @on(DocumentView.ValueChanged)
    def _follow(self) -> None:
        """Let the value pane follow the cursor; it opens by itself where there is room and a value needs it."""
        if self._rest is not None:
            self._rest.stop()
        if self.value_pane.display:
            self.value_pane.follow(self.outline, self.node or 0)
        elif self._pane or (self._pane is None and self.app.size.height >= ROOMY and self.body.cut_off):
            self._rest = self.set_timer(REST, partial(self._show_pane, shown=True))

    @on(DocumentView.FormChanged)
    def _form_changed(self) -> None:
        self._show_rule()
        self.post_message(self.KeysChanged())

    def _show_path(self) -> None:
        path, about = self.body.place
        words = self.finder.search.words(self.node) if self.finder.search.active else ""
        room = max(0, self.size.width - 14)
        self.prompt.note(words if len(words) <= room else words[: room - 1] + self.look.glyphs.cut)
        if self.size.width < ROOM_FOR_ALL:
            # The path is what matters: beside it there is room for one thing.
            about = words or about.split(f" {self.look.glyphs.dot} ")[0]
        elif words:
            about = f"{about} {self.look.glyphs.dot} {words}" if about else words
        path = self.look.plain(path)
        if cell_len(path) > (left := self.size.width - cell_len(about) - 4):
            # Where it begins and where it leads to say more than what is between.
            path = fit_middle(path, max(8, left), self.look.glyphs.cut)
        self.query_one("#path", Bar).show(
            Content.assemble((f" {path}", "$text-primary")),
            Content.assemble((f"{about} ", "$quiet")),
        )

    # ---- keys

    @property
    def at_rest(self) -> bool:
        """Whether neither a search nor a value on the whole height is read."""
        return not (self.wide or self.finder.search.active)

    def hints(self) -> list[tuple[str, str]]:
        """Return the keys that work on the document, in the order of their use."""
        if self.outline is None or self.notice.display:
            return []
        form = ("m", FORM_NAMES[after(self.body.form)])
        if self.wide:
            return [("j k", "scroll"), ("f", "smaller"), ("n N", "matches"), ("y", "copy"), ("x", "reveal")]
        if self.finder.search.active:
            return [("n N", "matches"), ("&", "only these"), ("esc", "end search"), ("h l", "fold"), form]
        if self.body.form != "tree":
            return [("/", "search"), form, ("v", "value"), ("y", "copy"), ("x", "reveal")]
        return [("/", "search"), ("h l", "fold"), ("= -", "all"), ("y", "copy"), form, ("v", "value"), ("x", "reveal")]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A slash is a letter like any other while a search is typed; escape ends a search before it leaves."""
        if action == "search":
            return not self.prompt.display and self.outline is not None
        if action == "clear":
            return self.finder.search.active or self.wide
        if action == "other_part":
            return self.value_pane.display
        return True

    def action_next_form(self) -> None:
        """Show the document in its next form, the cursor on the same path."""
        self.body.action_next_form()

    def action_wrap(self) -> None:
        """Wrap long values, or cut them again."""
        self.body.wrap(not self.body.wraps)
        self._say("Long values are wrapped: w cuts them." if self.body.wraps else "Long values are cut: w wraps them.")

    # ---- the value

    @property
    def wide(self) -> bool:
        """Whether the value has the whole height."""
        return self.value_pane.has_class("-full")

    def action_value(self) -> None:
        """Show the value under the cursor in full, or close it."""
        self._pane = self.value_pane.wanted = not self.value_pane.display
        self._show_pane(shown=self._pane)

    def action_widen(self) -> None:
        """Give the value the whole height, or give it back."""
        wide = not self.wide
        self.value_pane.wanted = wide or bool(self._pane)
        self._show_pane(shown=wide or bool(self._pane), wide=wide)

    def action_clear(self) -> None:
        """Give a wide value its place back, else end the search; everything is shown again."""
        if self.wide:
            self.action_widen()
        else:
            super().action_clear()

    def _show_pane(self, *, shown: bool, wide: bool = False) -> None:
        pane = self.value_pane
        if shown and self.node is None:
            return
        focused = pane.text.has_focus
        if shown is not pane.display:
            self.spec_tree.hold()
        pane.display = shown
        if wide is not self.wide:
            pane.set_class(wide, "-full")
            self.body.display = not wide
        if wide:
            self.screen.set_focus(pane.text)
        elif focused or self.screen.focused is None:
            self.take_focus()
        if shown:
            pane.follow(self.outline, self.node or 0)
        self.post_message(self.KeysChanged())

    def action_reveal(self) -> None:
        """Show a masked value in clear for ten seconds, from wherever the keys go."""
        if self.node is not None:
            self.spec_tree.reveal(self.node)

    def action_other_part(self) -> None:
        """Give the keys to the value, or back to the document."""
        if self.value_pane.text.has_focus and not self.wide:
            self.take_focus()
        else:
            self.screen.set_focus(self.value_pane.text)
