"""A document with its title, its search, the value pane, and the path of the cursor. Any screen can use it."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import PurePath
from shutil import which
from typing import Any

from msgspec import Struct
from textual import on
from textual.app import App, ComposeResult, SuspendNotSupported
from textual.containers import Vertical
from textual.timer import Timer

from astro_tui.clipboard.offers import value_of, yaml_of
from astro_tui.document import MOST, Document, Outline, OutlineState, Path, TreeRow, preload
from astro_tui.errors import AstroError
from astro_tui.presentation.status import Severity
from astro_tui.theme.look import TONES, Look
from astro_tui.theme.sizes import NARROW
from astro_tui.widgets.cells import cell_len, fit_middle
from astro_tui.widgets.chrome.bar import Bar, KeyHints, TitledRule
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.document.document_view import DocumentView, next_form
from astro_tui.widgets.document.finder import SpecFinder
from astro_tui.widgets.document.spec_tree import SpecTree
from astro_tui.widgets.document.tree_search import Found
from astro_tui.widgets.document.value_pane import ValuePane
from astro_tui.widgets.drawn import Drawn, changed
from astro_tui.widgets.keymap import action_key, keymap

USUAL = ("less", "more")
"""The pagers to try if the user has none, or one that does not wait for a key."""
NO_PAGER = ("", "cat")


def pager_command(environment: Mapping[str, str]) -> list[str]:
    """Return the pager's command and its arguments; empty if no pager is installed."""
    try:
        wanted = shlex.split(environment.get("PAGER", ""))
    except ValueError:
        wanted = []
    name = PurePath(wanted[0]).name if wanted else ""
    choices = [*([] if name in NO_PAGER else [wanted]), *([usual] for usual in USUAL)]
    command = next((each for each in choices if which(each[0])), [])
    if command and PurePath(command[0]).name == "less":
        # Keep even a short text on screen until a key is pressed, whatever LESS says.
        return [*command, "-+F"]
    return command


def text_for_pager(document: Document, node: int, form: str, plain: Callable[[str], str]) -> bytes:
    """Return a value with all secrets masked, and everything that could control the terminal made visible by `plain`.

    Can be slow. Raises AstroError if the value itself is a secret, or too large for the form.
    """
    container = document.line(node).container
    nothing: frozenset[int] = frozenset()
    piece = yaml_of(document, node, nothing) if container and form == "yaml" else value_of(document, node, nothing)
    lines = piece.encoded.decode("utf-8", "replace").removesuffix("\n").split("\n")
    return "".join(f"{plain(line)}\n" for line in lines).encode("utf-8", "replace")


def run_pager(app: App[Any], command: list[str], text: bytes, environment: Mapping[str, str]) -> str:
    """Suspend the program, run the pager until the user leaves it, and return why that failed, or an empty string.

    The text goes through a pipe, so no file keeps it.
    """
    kept = {key: value for key, value in environment.items() if not key.startswith("ASTRO_")}
    # SIGINT and SIGQUIT are for the pager. Handle them here, because it would inherit ignored signals.
    interrupts = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGQUIT)}
    try:
        with app.suspend():
            for number in interrupts:
                signal.signal(number, lambda *_: None)
            try:
                # The program draws to standard error, which is the terminal.
                subprocess.run(command, input=text, stdout=sys.__stderr__, env=kept, check=False)  # noqa: S603  the user's own pager
            finally:
                for number, handler in interrupts.items():
                    signal.signal(number, handler)
    except SuspendNotSupported:
        return "A pager cannot run in this terminal."
    except OSError as error:
        return f"{command[0]} cannot be started: {error.strerror}."
    return ""


ROOMY = 30
"""The fewest rows of the terminal for the value pane to open automatically."""
DEBOUNCE = 0.15
"""Seconds that the cursor rests on a long value before the value pane opens."""
FORM_NAMES = {"tree": "tree", "yaml": "YAML", "json": "JSON"}


class ViewState(Struct, frozen=True):
    """What the user has set up in a view of a document; it also fits newer versions of the document."""

    view: OutlineState
    """Folds, cursor, and scroll position."""
    search: str = ""
    only: bool = False
    form: str = "tree"
    pane: bool | None = None
    """Whether the user wants the value pane open; None if it opens automatically."""
    wraps: bool = False


class SpecSide(Vertical, Drawn):
    """A document below a titled rule. A notice replaces it if there is nothing to show."""

    BINDINGS = keymap("""
        escape     clear      document.clear           end the search [!end search|smaller]
        slash!     search     document.search          search keys and values (k: v: re:) [search]
        n          match(1)   document.next-match      next match [|matches]
        N          match(-1)  document.previous-match  previous match [|matches]
        ampersand  only       document.only-matches    show only matches, or all [|only matches]
        m    next_form   document.next-form   switch between tree, YAML, and JSON [as YAML|next form]
        v    value       document.value       open or close the value pane [value]
        V    pager       document.pager       read the value in your pager
        w    wrap        document.wrap        wrap or cut long values
        f    widen       document.widen       enlarge or shrink the value pane
        x    reveal      document.reveal      reveal a secret for ten seconds
        tab  other_part  document.other-pane  switch between document and value
    """)

    WHY_NOT = {"reveal": "Nothing in this row is masked."}

    def __init__(self, look: Look, *, id: str = "spec-side", title: str = "spec") -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self.look = look
        self.body = DocumentView(look, id="spec-body")
        self.prompt = Prompt(look, id="search")
        """The prompt for the search."""
        self.notice = Notice(look, id="notice")
        """The text shown instead of the document, after `show_notice`."""
        self.value_pane = ValuePane(look)
        """The whole value under the cursor."""
        self.prompt.display = self.value_pane.display = False
        self._rule, self._path_bar = TitledRule(look, id="spec-rule", classes="rule"), Bar(look, id="path")
        self.finder = SpecFinder(self, self.body, look, self._found)
        self._fresh = False
        self._title = title
        self._about = ""
        self._pane: bool | None = None
        self._rest: Timer | None = None
        self._typed = ""
        self._place: object = None
        """The node whose value is followed."""

    def compose(self) -> ComposeResult:
        """Yield the parts from top to bottom."""
        yield from (self._rule, self.body, self.notice, self.value_pane, self._path_bar, self.prompt)

    # ---- the document

    @property
    def spec_tree(self) -> SpecTree:
        """The document as a tree."""
        return self.body.tree_view

    @property
    def outline(self) -> Outline | None:
        """The document with its folds; None if no document is shown."""
        return self.body.outline

    @property
    def node(self) -> int | None:
        """The node under the cursor."""
        return self.body.node

    @property
    def summary(self) -> str:
        """The kind and size of the document: `deployment/v1 · 214 values`."""
        return self.spec_tree.summary

    @property
    def row(self) -> TreeRow | None:
        """The row of the node under the cursor."""
        return self.body.row

    @property
    def path(self) -> Path | None:
        """The keys and list positions from the root to the cursor."""
        return self.body.path

    @property
    def address(self) -> str:
        """The jq path of the cursor for an address; empty at the root, or if it is too long for an address."""
        return self.body.address

    def start_loading(self) -> None:
        """Show gray bars until a document is shown."""
        if self.prompt.display:
            self._close_prompt()
            self.take_focus()
        self.finder.clear()
        self._show_pane(shown=False)
        self._pane = None
        self.body.start_loading()
        self._show_notice(shown=False)
        self.changed()

    def show(self, document: Document, state: ViewState | None = None) -> None:
        """Show `document` with the view that `state` describes."""
        self._show_notice(shown=False)
        fresh = self.outline is None
        restored = state if fresh else None
        text, only = self.finder.search.text, self.finder.only
        if restored is not None:
            text, only, self._pane = restored.search, restored.only, restored.pane
            self.body.wrap(restored.wraps)
        self.body.show(document, state.view if state is not None else None, restored.form if restored else None)
        self.finder.find_again(text, document, only=only)
        self.changed()

    def view(self) -> ViewState | None:
        """Return the state of the view, for `show` with this or a newer document."""
        view = self.body.view()
        if view is None:
            return None
        search = self.finder.search.text
        return ViewState(view, search, self.finder.only, self.body.form, self._pane, self.body.wraps)

    def show_notice(self) -> None:
        """Show the notice instead of the document."""
        if not self.notice.display:
            self._show_notice(shown=True)

    def _show_notice(self, *, shown: bool) -> None:
        self.notice.display = shown
        if shown:
            self._show_pane(shown=False)
            if self.has_focus_within:
                self.take_focus()
        self.body.display = not shown
        self.spec_tree.display = not shown and self.body.form == "tree"
        self._path_bar.display = not shown
        self.changed()

    def take_focus(self) -> None:
        """Focus the document, or nothing while a notice replaces it.

        Otherwise, Textual would move the focus from the hidden document to some other pane.
        """
        if self.notice.display:
            self.screen.set_focus(None)
        else:
            self.body.take_focus()

    def show_title(self, about: str) -> None:
        """Set the text after the title in the rule above the document."""
        if about != self._about:
            self._about = about
            self.changed()

    # ---- drawing

    def follow(self) -> None:
        """Search for the text typed so far, and follow the cursor with the value.

        The matches of the previous text stay marked until new ones arrive.
        """
        if self.prompt.display and self.prompt.text != self._typed:
            self._typed, self._fresh = self.prompt.text, True
            self.finder.find(self._typed)
            if not self.finder.pending:
                self.body.shown.refresh()
        outline, node = self.outline, self.node
        place = (outline, node, frozenset(outline.revealed)) if outline is not None else None
        if place != self._place:
            self._place = place
            self._show_value()

    def draw(self) -> None:
        """Draw the title, and the path of the cursor."""
        self._draw_rule()
        self._draw_path()

    def changed(self) -> None:
        """Draw, and let what contains this draw."""
        super().changed()
        changed(self)

    def _draw_rule(self) -> None:
        outline, dot = self.outline, f" {self.look.glyphs.dot} "
        about = self.look.plain(self._about)
        form = self.body.form
        keys = (
            f"{FORM_NAMES[form]}{dot}{action_key(self, 'document.next-form')} as {FORM_NAMES[next_form(form)]}"
            if outline is not None
            else ""
        )
        if outline is not None and outline.filtered and self.finder.search.hits is not None:
            shown = len(self.finder.search.hits)
            about = f"{shown:,} of {outline.document.node_count - 1:,} values{dot}matches only"
            if outline.truncated:
                about = f"the first {MOST:,} of {shown:,} matches"
            keys = f"{action_key(self, 'document.only-matches')} show all"
        title = self.look.line((self._title, "bold"), f"{dot}{about}" if about else "")
        self._rule.show(title, keys)

    def on_resize(self) -> None:
        """Fit the path to the new width."""
        self.changed()

    def _show_value(self) -> None:
        """Show the value under the cursor; the pane opens automatically for a long value if there is room."""
        self._stop_rest()
        if self.value_pane.display:
            self.value_pane.follow(self.outline, self.node or 0)
        elif self._pane or (self._pane is None and self.app.size.height >= ROOMY and self.body.cut_off):
            self._rest = self.set_timer(DEBOUNCE, partial(self._show_pane, shown=True))

    def _stop_rest(self) -> None:
        if self._rest is not None:
            self._rest.stop()

    def _draw_path(self) -> None:
        if self.outline is None:
            self._path_bar.show("")
            return
        path, details = self.body.location
        words = self.finder.search.words(self.node) if self.finder.search.active else ""
        room = max(0, self.size.width - 14)
        self.prompt.note(words if len(words) <= room else words[: room - 1] + self.look.glyphs.cut)
        if self.size.width < NARROW:
            # There is room for only one thing beside the path.
            details = [words] if words else details[:1]
        elif words:
            details = [*details, words]
        about = f" {self.look.glyphs.dot} ".join(details)
        path = self.look.plain(path)
        if cell_len(path) > (left := self.size.width - cell_len(about) - 4):
            # The start and the end matter more than the middle.
            path = fit_middle(path, max(8, left), self.look.glyphs.cut)
        self._path_bar.show(
            self.look.line((f" {path}", "$text-primary")),
            self.look.line((f"{about} ", "$quiet")),
        )

    # ---- the prompt

    def action_search(self) -> None:
        """Let the user type a search."""
        self.finder.begin()
        self.run_worker(preload, thread=True, group="preload")
        for hints in self.screen.query(KeyHints):
            hints.make_room()
        self._typed = self.finder.search.text
        self.prompt.open(self._typed, replaced=True)
        self.changed()

    @on(Prompt.Pressed)
    def _prompt_pressed(self, message: Prompt.Pressed) -> None:
        message.stop()
        if message.key in ("up", "down"):
            self.action_match(message.rows(1))
        elif message.moves:
            self.body.shown.action_page(message.rows(1))
        elif message.text is not None:
            self.end_typing()
            self.take_focus()
        else:
            self._close_prompt()
            self.take_focus()
            self.action_clear()

    def end_typing(self) -> None:
        """Keep the search that the user is typing. The caller must then move the focus."""
        if not self.prompt.display:
            return
        self._close_prompt()
        if not self.prompt.text or self.finder.search.problem:
            self.finder.clear()
        self.finder.confirm()
        self._redraw()

    def _close_prompt(self) -> None:
        if self.prompt.display:
            self.prompt.close()
            for hints in self.screen.query(KeyHints):
                hints.display = True

    # ---- matches

    def _found(self, matches: Found) -> None:
        if not self.finder.take(matches):
            return
        batch = matches.batch
        if self._fresh or (batch and self.body.shows(batch[0], batch[-1])):
            self.body.shown.refresh()
        self._fresh = False
        self.changed()

    def _redraw(self) -> None:
        self.body.shown.refresh()
        self.changed()

    def action_match(self, by: int) -> None:
        """Go to the next or previous match."""
        self._say(self.finder.step(by))
        self.changed()

    def action_only(self) -> None:
        """Show only matches, or everything again."""
        self._say(self.finder.toggle_only())
        self._redraw()

    def _say(self, text: str) -> None:
        if text and self.is_attached:
            for hints in self.screen.query(KeyHints):
                hints.show_message(self.look.line((text, TONES[Severity.INFO])))

    # ---- keys

    @property
    def at_rest(self) -> bool:
        """Whether there is neither a search nor an enlarged value."""
        return not (self.wide or self.finder.search.active)

    @property
    def on_secret(self) -> bool:
        """Whether a secret is under the cursor, masked or revealed."""
        row = self.spec_tree.row if self.body.form == "tree" else self.row
        return row is not None and row.reason is not None

    def is_on(self, action: str) -> bool:
        """Whether the value is enlarged, the text is shown, or the user searches."""
        if action == "clear":
            return self.wide
        return self.body.form != "tree" if action == "next_form" else self.finder.search.active

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While the user types a search, a slash is part of it. Escape first ends the search or shrinks the value."""
        if action == "search":
            return not self.prompt.display and self.outline is not None
        if action == "clear":
            return self.finder.search.active or self.wide
        if action == "other_part":
            return self.value_pane.display
        if action == "reveal":
            return self.on_secret
        if action == "pager":
            return self.outline is not None and not self.notice.display
        return True

    def action_next_form(self) -> None:
        """Show the document in its next form, with the cursor on the same node."""
        self.body.action_next_form()

    def action_wrap(self) -> None:
        """Wrap or cut long values."""
        self.body.wrap(not self.body.wraps)
        now, then = ("wrapped", "cut") if self.body.wraps else ("cut", "wrap")
        self._say(f"Long values are {now}. Press {action_key(self, 'document.wrap')} to {then} them.")

    # ---- the value

    @property
    def wide(self) -> bool:
        """Whether the value pane replaces the document."""
        return self.value_pane.has_class("-full")

    def action_value(self) -> None:
        """Open or close the value pane."""
        self._pane = self.value_pane.wanted = not self.value_pane.display
        self._show_pane(shown=self._pane)

    def action_widen(self) -> None:
        """Enlarge the value pane to the whole height, or shrink it."""
        wide = not self.wide
        self.value_pane.wanted = wide or bool(self._pane)
        self._show_pane(shown=wide or bool(self._pane), wide=wide)

    def action_pager(self) -> None:
        """Show the value under the cursor in the user's pager, with secrets masked."""
        outline, node, form, command = self.outline, self.node, self.body.form, pager_command(os.environ)
        if outline is None or node is None:
            return
        if not command:
            self._say("No pager was found. Set PAGER, or install less.")
            return

        def work() -> None:
            try:
                text = text_for_pager(outline.document, node, form, self.look.plain)
            except AstroError as error:
                self.app.call_later(partial(self._say, str(error)))
            else:
                self.app.call_later(partial(self._page, command, text))

        self.run_worker(work, thread=True, group="pager", exclusive=True)

    def _page(self, command: list[str], text: bytes) -> None:

        # The user may have left the document while its text was prepared.
        if self.is_attached:
            self._say(run_pager(self.app, command, text, os.environ))

    def action_clear(self) -> None:
        """Shrink an enlarged value, else end the search and show everything again."""
        if self.wide:
            self.action_widen()
            return
        self.finder.clear()
        self._redraw()

    def _show_pane(self, *, shown: bool, wide: bool = False) -> None:
        pane = self.value_pane
        # An explicit choice wins, so cancel the automatic opening.
        self._stop_rest()
        if shown and self.node is None:
            return
        focused = pane.text.has_focus_within
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
        self.changed()

    def action_reveal(self) -> None:
        """Reveal the secret under the cursor for ten seconds; works from the value pane too."""
        if self.node is not None:
            self.spec_tree.reveal(self.node)

    def action_other_part(self) -> None:
        """Move the focus to the value, or back to the document."""
        if self.value_pane.text.has_focus_within and not self.wide:
            self.take_focus()
        else:
            self.screen.set_focus(self.value_pane.text)
