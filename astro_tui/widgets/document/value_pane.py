"""The whole value under the cursor: its text, wrapped and decoded, with its type, size, and path."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import takewhile
from typing import NamedTuple

from msgspec import Struct
from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Size
from textual.getters import query_one
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from astro_tui.document import (
    SHOWN_KEY,
    Document,
    FullValue,
    Outline,
    full_value,
    jq_path,
    path_of,
    python_path,
    size_of,
)
from astro_tui.text.common_prefix import from_difference
from astro_tui.text.times import counted
from astro_tui.theme.look import Look
from astro_tui.widgets.cells import cell_len, fit, fit_right
from astro_tui.widgets.chrome.bar import Bar, TitledRule
from astro_tui.widgets.drawn import NewestWork, changed
from astro_tui.widgets.keymap import action_key
from astro_tui.widgets.lists.scroller import SCROLL_BINDINGS
from astro_tui.widgets.lists.selecting import highlighted
from astro_tui.widgets.wrapped import NARROWEST, Wrapped


class PastRow(NamedTuple):
    """One change of the value: the revision, its age, its author, and the new value."""

    name: str
    ago: str
    who: str
    value: str


class ValuePast(Widget):
    """As many rows as fit; the last one counts the rest."""

    def __init__(self, look: Look) -> None:
        super().__init__(id="value-past")
        self._look = look
        self._heading, self._keys = "", ""
        self._rows: tuple[PastRow, ...] = ()

    def show(self, heading: str, keys: str = "", rows: Sequence[PastRow] = ()) -> None:
        """Show a heading with its keys, and the rows; without a heading, the widget is hidden."""
        new = (heading, keys, tuple(rows))
        if new == (self._heading, self._keys, self._rows):
            return
        longer = len(rows) != len(self._rows)
        self._heading, self._keys, self._rows = new
        self.display = bool(heading)
        self.refresh(layout=longer)

    @property
    def plain(self) -> str:
        """The text of the heading and the rows, uncut."""
        return "\n".join([self._heading, *("  ".join(row) for row in self._rows)])

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the number of lines."""
        return 1 + len(self._rows)

    def render(self) -> Content:
        """Return the heading and the rows in columns."""
        look, width, height = self._look, self.size.width, max(1, self.size.height)
        cut = look.glyphs.cut
        head = fit(f" {look.plain(self._heading)}", max(0, width - cell_len(self._keys) - 2), cut)
        lines = [look.line((head, "$quiet"), (f" {self._keys}", "$quiet"))]
        rows, room = self._rows, height - 1
        more = len(rows) - room
        rows = rows[: room - 1 if more > 0 and room > 1 else room]
        names = max((cell_len(row.name) for row in rows), default=0)
        agos = max((cell_len(row.ago) for row in rows), default=0)
        whos = min(16, max((cell_len(row.who) for row in rows), default=0)) if width >= 60 else 0
        for place, row in enumerate(rows):
            parts: list[Content | str | tuple[str, str]] = [
                " ",
                (fit(look.plain(row.name), names, cut), "bold"),
                (f"  {fit_right(look.plain(row.ago), agos)}", "$quiet"),
            ]
            if whos:
                parts.append((f"  {fit(look.plain(row.who), whos, cut)}", "$quiet"))
            line = look.line(*parts)
            left = max(0, width - line.cell_length - 2)
            # Cut a long value so that its difference from the previous (or next) one stays visible.
            near = rows[place + 1] if place + 1 < len(rows) else rows[max(0, place - 1)]
            value = from_difference(look.plain(row.value), look.plain(near.value), left, cut)
            lines.append(line + "  " + (value if cell_len(value) <= left else fit(value, left, cut)))
        if more > 0 and room > 1:
            wide = self.parent is not None and self.parent.has_class("-full")
            enlarge = "" if wide else f" ({action_key(self, 'document.widen')} to enlarge)"
            text = f" … {more + 1:,} earlier{enlarge}"
            lines.append(look.line((text, "$quiet")))
        return Content("\n").join(lines)


READ_AT_ONCE = 8 << 10
"""Bytes of JSON above which a value is read, masked, and decoded in a worker thread."""
WRAPPED_AT_ONCE = 64 << 10
"""Characters above which a text is wrapped in a worker thread."""
DEBOUNCE = 0.05
"""Seconds that the cursor rests before its value is shown, so that moving on costs nothing."""
MOST = 5_000
"""The most lines that are copied with the mouse."""
TOO_LARGE = 8 << 10
"""If a container has no text and more bytes of JSON than this, it was too large to be laid out."""


class Subject(NamedTuple):
    """What the pane shows: a node, with the secrets that are revealed."""

    document: Document
    node: int
    revealed: frozenset[int]


class Prepared(Struct, frozen=True):
    """The text of a value, safe to draw and not yet wrapped."""

    subject: Subject
    about: str
    """Its type and size."""
    pieces: tuple[str, ...]

    @property
    def length(self) -> int:
        """The number of characters."""
        return sum(map(len, self.pieces))


class ValueText(ScrollView, can_focus=True):
    """The lines of one value. Only those on screen are drawn."""

    COMPONENT_CLASSES = {"value--text"}
    BINDINGS = SCROLL_BINDINGS

    def __init__(self) -> None:
        super().__init__(id="value-text")
        self.lines = Wrapped("", NARROWEST)

    def show(self, lines: Wrapped, *, stay: bool) -> None:
        """Show other lines, from the start unless `stay` is set."""
        longer = len(lines) != len(self.lines)
        self.lines = lines
        self.virtual_size = Size(0, len(lines))
        if longer:
            # Above the value's history, this widget is only as tall as its lines.
            self.refresh(layout=True)
        if not stay:
            self.scroll_to(y=0, animate=False, immediate=True, force=True)
        self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the number of lines."""
        return max(1, len(self.lines))

    def render_line(self, y: int) -> Strip:
        """Return one line of the widget."""
        width, number = self.scrollable_content_region.width, int(self.scroll_offset.y) + y
        text = " " + self.lines.line(number) if number < len(self.lines) else ""
        style = self.get_component_rich_style("value--text", partial=True)
        line = Strip([Segment(text, style)])
        if self.screen.selections and (selection := self.text_selection) is not None:
            line = highlighted(line, selection.get_span(number), self._selection_style)
        line = line.adjust_cell_length(width).apply_style(self.rich_style)
        return line.apply_offsets(0, number) if text else line

    # ---- text selected with the mouse

    @property
    def _selection_style(self) -> RichStyle:
        ground = self.screen.get_component_rich_style("screen--selection").bgcolor
        return RichStyle(bgcolor=ground) if ground is not None and not ground.is_default else RichStyle(reverse=True)

    def selection_updated(self, selection: Selection | None) -> None:
        """Draw another selection."""
        self.refresh()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the selected text as it is in the value, without the breaks between wrapped lines."""
        first = selection.start.y if selection.start is not None else 0
        last = selection.end.y if selection.end is not None else len(self.lines) - 1
        pieces: list[str] = []
        for number in range(max(0, first), min(last, len(self.lines) - 1, first + MOST) + 1):
            span = selection.get_span(number)
            if span is None:
                continue
            # Each line is drawn with a space before it.
            start, end = max(0, span[0] - 1), None if span[1] < 0 else max(0, span[1] - 1)
            pieces.append(self.lines.line(number)[start:end])
            pieces += [self.lines.ending(number)] if number < last else []
        return "".join(pieces), "\n"


class ValuePane(Vertical):
    """Shows the value under the cursor. Long values are prepared in a thread."""

    text = query_one(ValueText)
    """The lines of the value."""

    def __init__(self, look: Look, *, id: str = "value") -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self.look = look
        self._outline: Outline | None = None
        self._node = 0
        self._work = NewestWork(self, "value")
        self._pause: Timer | None = None
        self._awaited: tuple[Subject, int] | None = None
        """What a thread is reading, and the width it wraps the text to."""
        self._shown: Prepared | None = None
        self.place: tuple[Document, int] | None = None
        """The node whose text is drawn. The text stays while a new text of the same node is prepared."""
        self.past = ValuePast(look)
        self.past.display = False
        self.wanted = False
        """Whether the user opened the pane; otherwise it opened automatically."""

    def compose(self) -> ComposeResult:
        """Yield the parts from top to bottom."""
        yield TitledRule(self.look, id="value-rule", classes="rule")
        yield Bar(self.look, id="value-jq")
        yield Bar(self.look, id="value-python")
        yield ValueText()
        yield self.past

    def follow(self, outline: Outline | None, node: int) -> None:
        """Show the value of a node once the cursor rests on it."""
        self._outline, self._node = outline, node
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(DEBOUNCE, self.show)

    def show(self) -> None:
        """Show the value now, or once a thread has prepared it."""
        outline = self._outline
        if outline is None or not self.display or not self.size.width:
            return
        subject = Subject(outline.document, self._node, frozenset(outline.revealed))
        if self._awaited == (subject, self._text_width):
            return
        if self._shown is not None and self._shown.subject == subject:
            if self.text.lines.width == self._text_width:
                # Ignore a thread that may be wrapping it for another width.
                self._work.cancel()
                self._draw(self._shown, self.text.lines)
                return
            # Only the width changed. Reading a long value again would take seconds.
            self._prepare(subject, partial(_same, self._shown), at_once=self._shown.length <= WRAPPED_AT_ONCE)
            return
        if self._awaited is not None and self._awaited[0] == subject:
            return

        read = partial(read_text, subject, self.look, key=partial(action_key, self))
        self._prepare(subject, read, at_once=size_of(subject.document, subject.node) <= READ_AT_ONCE)

    def _prepare(self, subject: Subject, read: Callable[[Callable[[], bool]], Prepared], *, at_once: bool) -> None:
        """Show the text that `read` returns. `read` gets a function that returns True once the text is obsolete."""
        width = self._text_width

        def work(canceled: Callable[[], bool]) -> tuple[Prepared, Wrapped]:
            text = read(canceled)
            return text, wrapped(text, width, canceled)

        if at_once:
            self._work.cancel()
            self._draw(*work(lambda: False))
            return
        self._awaited = subject, width
        if self._shown is None or self._shown.subject != subject:
            self._show_loading(subject)
        self._work.start(work, self._take)

    @property
    def _text_width(self) -> int:
        return max(NARROWEST, self.size.width - 2)

    def _show_loading(self, subject: Subject) -> None:
        self._shown = None
        if self.place != subject[:2]:
            # The path already names this node, so remove the value of the previous one.
            self.text.show(Wrapped("", NARROWEST), stay=False)
        self._show_heading(subject, self.look.plain("loading…"))

    def _take(self, prepared: tuple[Prepared, Wrapped]) -> None:
        text, lines = prepared
        self._draw(text, lines)
        if lines.width != self._text_width:
            self.show()

    def _draw(self, text: Prepared, lines: Wrapped) -> None:
        before, self.place = self.place, text.subject[:2]
        self._shown, self._awaited = text, None
        self.text.show(lines, stay=before == self.place)
        self._show_heading(text.subject, self.look.plain(text.about))
        changed(self)

    def _show_heading(self, subject: Subject, about: str) -> None:

        look = self.look
        path = path_of(subject.document, subject.node, SHOWN_KEY)
        dot = f" {look.glyphs.dot} "
        self.query_one("#value-rule", TitledRule).show(
            look.line(("value", "bold"), dot, (about, "$quiet")),
            look.line(
                (f"{action_key(self, 'document.value')} close  {action_key(self, 'document.widen')} enlarge", "$quiet")
            ),
        )
        self.query_one("#value-jq", Bar).show(look.line((" jq      ", "$quiet"), (jq_path(path), "$text-primary")))
        self.query_one("#value-python", Bar).show(
            look.line((" python  ", "$quiet"), (python_path(path), "$text-primary"))
        )

    def on_resize(self) -> None:
        """Wrap for the new width."""
        self.show()


def describe(value: FullValue) -> str:
    """Return type, size, and encoding: `string · 1,204 chars · decoded from base64, JSON, 903 bytes`."""
    kind = str(value.kind)
    parts = [kind]
    if value.hidden is not None:
        parts.append(f"masked: {value.hidden}")
    elif kind == "string":
        parts.append(counted(value.length, "char"))
        if value.size != value.length:
            parts.append(counted(value.size, "byte"))
    elif kind in ("object", "array"):
        parts.append(counted(value.length, "key" if kind == "object" else "item"))
        parts.append(f"{counted(value.size, 'byte')} of JSON")
    if value.decoded is not None:
        parts.append(f"decoded from {value.decoded.form}, {counted(value.decoded.size, 'byte')}")
    return " · ".join(parts)


def read_text(subject: Subject, look: Look, canceled: Callable[[], bool], *, key: Callable[[str], str]) -> Prepared:
    """Read, mask, and decode a value (any thread); return early once `canceled` returns True."""
    value = full_value(*subject, canceled)
    pieces = deque(value.pieces)
    value = value._replace(pieces=())
    drawn = takewhile(lambda _piece: not canceled(), _drawn(value, pieces, look.plain, key))
    return Prepared(subject, describe(value), tuple(drawn))


def _same(text: Prepared, _canceled: Callable[[], bool]) -> Prepared:
    return text


def wrapped(text: Prepared, width: int, canceled: Callable[[], bool]) -> Wrapped:
    """Wrap a text for a width in cells (any thread); return early once `canceled` returns True."""
    return Wrapped(takewhile(lambda _piece: not canceled(), text.pieces), width)


def _drawn(
    value: FullValue, pieces: deque[str], plain: Callable[[str], str], key: Callable[[str], str]
) -> Iterator[str]:
    """Yield the text of a value, safe to draw; removes the `pieces` one by one to free their memory."""
    if value.hidden is not None:
        yield plain(f"Press {key('document.reveal')} to reveal it for ten seconds.")
        return
    if not pieces and value.kind in ("object", "array") and value.size > TOO_LARGE:
        yield plain(f"Too large to show here. Press {key('document.next-form')} to show it as text.")
        return
    if value.decoded is not None:
        yield _lines(value.decoded.text, plain)
        yield "\n\nas sent:\n"
    shown = 0
    while pieces:
        piece = pieces.popleft()
        shown += len(piece)
        yield _lines(piece, plain)
    if value.kind == "string" and shown < value.length:
        more = f"… and {value.length - shown:,} more characters."
        yield "\n" + plain(f"{more} Press {key('deployment.save')} to save the whole document.")


def _lines(text: str, plain: Callable[[str], str]) -> str:
    return "\n".join(plain(line) for line in text.split("\n"))
