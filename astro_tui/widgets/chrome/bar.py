"""One-line widgets: the bar with two ends, the paragraph, the rule, and the key hints."""

from __future__ import annotations

from textual import events
from textual.content import Content
from textual.geometry import Size
from textual.keys import Keys
from textual.message import Message
from textual.style import Style
from textual.timer import Timer
from textual.widget import Widget

from astro_tui.theme.look import Look
from astro_tui.theme.sizes import NARROW, SHORT
from astro_tui.widgets.cells import cell_len
from astro_tui.widgets.chrome.prompt import Typed
from astro_tui.widgets.keymap import NAMES, hints_of

MESSAGE_SECONDS = 5.0
INDENT = 3
_PRESSES, _LEADS = "presses", "leads"


def pressing(text: Content, key: str) -> Content:
    """Return text for a bar; a click on it presses a key, which is written as on screen, such as `esc`."""
    return text.stylize(Style.from_meta({_PRESSES: key}))


def leading(text: Content, address: str) -> Content:
    """Return text for a bar; a click on it goes to an address."""
    return text.stylize(Style.from_meta({_LEADS: address}))


def press(widget: Widget, *names: str) -> None:
    """Press keys, written as on screen, unless the click was the end of a selection."""
    keys, special = {name: key for key, name in NAMES.items()}, {key.value for key in Keys}
    for name in names if not widget.screen.selections else ():
        key, typed = keys.get(name, name), len(name) == 1
        # `type to find` names no key.
        if typed or key in special or "+" in key:
            widget.app.post_message(events.Key(key, name if typed else None))


class Bar(Widget):
    """One row: `left` is cut if space is short, `right` stays at the end. Neither is parsed as markup."""

    class Followed(Message):
        """The user clicked on text that leads to an address."""

        def __init__(self, address: str) -> None:
            super().__init__()
            self.address = address

    def __init__(self, look: Look, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id, classes=classes)
        self._look = look
        self._left = Content()
        self._right = Content()

    @property
    def plain(self) -> str:
        """The text of the row."""
        return f"{self._left.plain} {self._right.plain}".strip()

    def show(self, left: Content | str, right: Content | str = "") -> None:
        """Set the two ends; redraws only if one of them changed."""
        new_left, new_right = self._look.line(left), self._look.line(right)
        if new_left.is_same(self._left) and new_right.is_same(self._right):
            return
        self._left, self._right = new_left, new_right
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Press the key of the text that was clicked on, or go where it leads."""
        if (key := event.style.meta.get(_PRESSES)) is not None:
            press(self, key)
        if (address := event.style.meta.get(_LEADS)) is not None and not self.screen.selections:
            self.post_message(self.Followed(address))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return 1."""
        return 1

    def render(self) -> Content:
        """Return the row, padded to the width of the widget."""
        return self._row(self._left, self._right)

    def _row(self, left: Content, right: Content) -> Content:
        width = self.size.width
        right = right.truncate(width)
        room = width - right.cell_length - (1 if right else 0)
        if left.cell_length > room:
            cut = self._look.glyphs.cut
            left = left.truncate(max(0, room - len(cut))) + cut[: max(0, room)]
        return left + " " * max(0, width - left.cell_length - right.cell_length) + right


class Paragraph(Bar):
    """Text on as many lines as the style sheet allows, cut with a mark. `right` stays at the end of the last line."""

    _needed = (0, 0)
    """The width, and the number of lines that the text needed in it."""

    def show(self, left: Content | str, right: Content | str = "") -> None:
        """Set the two ends; lays the screen out again only if they need a different number of lines."""
        shown = self._left, self._right
        super().show(left, right)
        if self._left is not shown[0] or self._right is not shown[1]:
            width, before = self.size.width, self._needed
            self._needed = (width, len(self._lines(width)))
            if self._needed != before:
                self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the number of lines the text needs."""
        return len(self._lines(width))

    def render(self) -> Content:
        """Return the text, wrapped and cut to the height of the widget."""
        width, height = self.size.width, max(1, self.size.height)
        lines = self._lines(width)
        if len(lines) > height:
            right = self._right.truncate(width)
            room = max(0, width - right.cell_length - (1 if right else 0))
            rest = Content(" ").join(
                (line[INDENT:] if number else line).rstrip()
                for number, line in enumerate(self._wrapped(width))
                if number >= height - 1
            )
            indent = " " * INDENT if height > 1 else ""
            cut = self._look.glyphs.cut
            last = indent + rest
            if last.cell_length > room:
                last = last.truncate(max(0, room - len(cut))) + cut[:room]
            lines = [*lines[: height - 1], self._ended(last, right, width)]
        return Content("\n").join(lines)

    def _lines(self, width: int) -> list[Content]:
        """Return the wrapped lines, the last one with `right`."""
        *first, last = self._wrapped(width)
        right = self._right.truncate(width)
        if not right:
            return [*first, last]
        if last.cell_length + 1 + right.cell_length <= width:
            return [*first, self._ended(last, right, width)]
        return [*first, last, self._ended(Content(), right, width)]

    @staticmethod
    def _ended(line: Content, right: Content, width: int) -> Content:
        return line + " " * max(0, width - line.cell_length - right.cell_length) + right if right else line

    def _wrapped(self, width: int) -> list[Content]:
        """Return the wrapped lines; all but the first are indented."""
        if self._left.cell_length <= width or width <= 2 * INDENT:
            return [self._left]
        first, *rest = self._left.wrap(width - INDENT)
        return [first, *(Content(" " * INDENT) + line for line in rest)]


class TitledRule(Bar):
    """A one-line rule with a title at the left and its keys at the right."""

    _short = Content()

    def show(self, left: Content | str, right: Content | str = "", *, short: Content | str = "") -> None:
        """Set the two ends; `short` takes the place of a `left` that does not fit."""
        new = self._look.line(short)
        if not new.is_same(self._short):
            self._short = new
            self.refresh()
        super().show(left, right)

    def render(self) -> Content:
        """Return the rule, padded to the width of the widget."""
        glyphs, width = self._look.glyphs, self.size.width
        rule = glyphs.focused_rule if self._heads_focus else glyphs.rule
        right = self._look.line(" ", self._right, f" {rule * 2}") if self._right else Content()
        room = max(0, width - right.cell_length)
        title = self._short if self._short and self._left.cell_length + 4 > room else self._left
        left = self._look.line(f"{rule * 2} ", title, " ") if title else Content()
        if left.cell_length > room:
            left, right = left.truncate(width), Content()
        return left + rule * max(0, width - left.cell_length - right.cell_length) + right

    _heads_focus = False
    """Whether the pane below has the focus."""

    def on_mount(self) -> None:
        """Follow the focus: the rule above the focused pane is heavy, which is visible without color."""
        self.watch(self.screen, "focused", self._focus_moved)

    def _focus_moved(self, focused: Widget | None) -> None:
        # A prompt does not belong to a pane: while the user types, the mark stays.
        heads = focused is not None and rule_above(focused) is self
        if heads != self._heads_focus and not isinstance(focused, Typed):
            self._heads_focus = heads
            self.refresh()


def rule_above(widget: Widget) -> TitledRule | None:
    """Return the rule that heads the pane with `widget`, None if the pane has no rule."""
    for node in widget.ancestors_with_self:
        before = list(node.parent.children) if node.parent is not None else []
        for sibling in reversed(before[: before.index(node)] if node in before else []):
            if isinstance(sibling, TitledRule):
                return sibling
    return None


class KeyHints(Widget):
    """The last row: the available keys, most useful first. A message has a row above them for a few seconds."""

    ALLOW_SELECT = False

    def __init__(self, look: Look, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self._look = look
        self._hints: tuple[tuple[str, str], ...] = ()
        self._message: Content | None = None
        self._until: Timer | None = None

    def on_mount(self) -> None:
        """Follow the focus: other parts of a screen have other keys."""
        self.watch(self.screen, "focused", self.update, init=False)

    def update(self) -> None:
        """Show the hints of the keys that work now. While the user types, letters and digits are text."""
        typing = isinstance(self.screen.focused, Typed)
        hints = [
            (keys, word)
            for keys, word in hints_of(self.screen, self._look)
            if not typing or (keys[0].isalpha() and min(map(len, keys.split())) > 1)
        ]
        if tuple(hints) != self._hints:
            self._hints = tuple(hints)
            self.refresh()

    def show_message(self, message: Content) -> None:
        """Show `message` above the hints for MESSAGE_SECONDS; in a low window, which has no hints, instead of them."""
        self._message = message
        self.add_class("-message")
        self.refresh()
        if self._until is not None:
            self._until.stop()
        self._until = self.set_timer(MESSAGE_SECONDS, self.clear_message)

    def clear_message(self) -> None:
        """Remove the message."""
        if self._message is not None:
            self._message = None
            self.remove_class("-message")
            self.refresh()

    def make_room(self) -> None:
        """Hide, and drop the message: a prompt uses the row."""
        self.clear_message()
        self.display = False

    def on_click(self, event: events.Click) -> None:
        """Press the key that was clicked on. A click on the word works only for one key, not for `n N` or `1-5`."""
        at = event.x - 1
        hints = self._fitting() if self._message is None or event.y else ()
        for hint in hints if at >= 0 else ():
            keys, end = hint[0], _size(hint) - 2
            names = [keys[0], keys[2]] if keys[1:2] == "-" and len(keys) == 3 else keys.split()
            name = names[0] if len(names) == 1 else keys[at : at + 1]
            if at < end and name in names:
                press(self, name)
            at -= end + 2
            if at < 0:
                break

    @property
    def message(self) -> str:
        """The current message, or an empty string."""
        return self._message.plain if self._message is not None else ""

    def render(self) -> Content:
        """Return the message, and below it as many hints as fit, and always the last two (leave, and help).

        On a narrow or short terminal, the keys have no words.
        """
        if self._message is None:
            return self._keys()
        message = self._look.line(" ", self._message).truncate(self.size.width)
        return message if self.size.height < 2 else Content("\n").join([message, self._keys()])

    def _keys(self) -> Content:
        width = self.size.width
        drawn = [
            self._look.line((key, "bold $text-primary"), f" {word}" if word else "") for key, word in self._fitting()
        ]
        return (Content(" ") + Content("  ").join(drawn)).truncate(width)

    def _fitting(self) -> list[tuple[str, str]]:
        """Return the hints that fit, and the last two; the words are empty on a narrow or short terminal."""
        words = self.app.size.height >= SHORT and self.size.width >= NARROW
        hints = [(key, word if words else "") for key, word in self._hints]
        kept, ends = [], hints[-2:]
        room = self.size.width - 1 - sum(_size(hint) for hint in ends)
        for hint in hints[:-2]:
            room -= _size(hint)
            if room < 0:
                break
            kept.append(hint)
        return [*kept, *ends]


def _size(hint: tuple[str, str]) -> int:
    """Return the width in cells of a hint and the gap after it."""
    key, word = hint
    return cell_len(key) + (1 + cell_len(word) if word else 0) + 2
