"""The first row of every screen: account and server, what it shows, and how old that is. Also for tiny windows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from urllib.parse import quote

from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

from astro_tui.platform.servers import Server
from astro_tui.presentation.scope import scope_of
from astro_tui.theme.look import Look
from astro_tui.theme.sizes import BESIDE_FROM, SMALLEST
from astro_tui.widgets.cells import cell_len, fit_middle
from astro_tui.widgets.chrome.bar import Bar, leading

SHORT = 8
"""The fewest cells of an account's name."""
LEAST = 12
"""The fewest cells of what the screen shows."""
JOIN = " @ "
READ_ONLY = "read-only"
"""Shown while an account is not armed, if there is room. The armed state is always shown."""


def account_at_server(look: Look, account: str, server: Server, width: int) -> Content:
    """Return the account and the server in at most `width` cells.

    The account is cut first, in its middle; the server is cut only if it does not fit by itself.
    """
    tone = "" if server.production else "$text-warning reverse"
    name = look.plain(scope_of(account).title)
    kept = min(cell_len(name), SHORT)
    if width < SHORT + len(JOIN) + LEAST:
        # A tiny window has room for the server only.
        name, kept = "", 0
    label = _cut_host(server.text, width - kept - (len(JOIN) if name else 0), look.glyphs.cut)
    if not name:
        return look.line((label, tone))
    room = width - len(JOIN) - len(label)
    if cell_len(name) > room:
        name = fit_middle(name, room, look.glyphs.cut)
    shown = leading(look.line((name, "bold")), quote(account, safe=""))
    return look.line(shown, (JOIN, "$quiet"), (label, tone))


def _cut_host(text: str, width: int, cut: str) -> str:
    """Return a host name in at most `width` cells, keeping more of its end: the domain."""
    if len(text) <= width:
        return text
    first = max(1, (width - len(cut)) // 3)
    last = max(1, width - len(cut) - first)
    return f"{text[:first]}{cut}{text[-last:]}"


class Head(Bar):
    """The header. Account and server always stay visible: on a narrow terminal they have a row of their own.

    `armed` returns how long an account is armed, or an empty string, or None to say nothing; it is called every second.
    """

    def __init__(self, look: Look, server: Server, armed: Callable[[str], str | None]) -> None:
        super().__init__(look, id="head", classes="head")
        self.server = server
        self.account = ""
        self.armed = armed
        self._said: str | None = None
        self._forms: tuple[Content, ...] = ()

    def on_mount(self) -> None:
        """Count down while an account is armed."""
        self.set_interval(1, self._tick)

    def _tick(self) -> None:
        if self.armed(self.account) != self._said:
            self.refresh()

    @property
    def plain(self) -> str:
        """The text of the rows."""
        return self.render().plain

    def show_account(self, account: str, forms: Sequence[Content], right: Content | str = "") -> None:
        """Set the account, the forms of the title (longest first: the first that fits is drawn), and the right end."""
        forms = tuple(forms)
        same = self.account == account and len(forms) == len(self._forms)
        if not same or not all(new.is_same(old) for new, old in zip(forms, self._forms, strict=True)):
            self.account, self._forms = account, forms
            self.refresh()
        self.show("", right)

    def render(self) -> Content:
        """Return one row, or two if the widget has two."""
        width, right = self.size.width, self._end()
        if self.size.height == 1:
            return self._one_row(width, right)
        first = Content(" ") + account_at_server(self._look, self.account, self.server, width - 1)
        return Content("\n").join([first, self._row(Content(" ") + self._form(width - right.cell_length - 2), right)])

    def _end(self) -> Content:
        """Return the right end: whether the account is armed, and what the screen shows there."""
        self._said = words = self.armed(self.account)
        if words is None or (not words and not self._has_room_for(READ_ONLY)):
            return self._right
        state = self._look.line((words, "bold $text-warning") if words else (READ_ONLY, "$quiet"))
        end = Content("  ").join([state, self._right]) if self._right else state
        if words:
            return end
        # Show `read-only` only if the title does not get shorter.
        room = self.size.width - 2 - len(self._gap) - self._whole(self.size.width).cell_length
        forms = [self._form(room - right.cell_length) for right in (self._right, end)]
        return end if forms[0] is forms[1] else self._right

    @property
    def _gap(self) -> str:
        return f" {self._look.glyphs.into} "

    def _whole(self, width: int) -> Content:
        """Return the account and the server, uncut if there is room for them."""
        return account_at_server(self._look, self.account, self.server, max(3 * LEAST, width // 2))

    def _has_room_for(self, words: str) -> bool:
        """Whether there is room for some words without cutting anything else."""
        width = self.size.width
        if width < BESIDE_FROM:
            return False
        whole = account_at_server(self._look, self.account, self.server, max(3 * LEAST, width // 2)).cell_length
        room = width - 2 - whole - self._right.cell_length - len(JOIN)
        return room - self._form(room).cell_length >= len(words) + 2

    def _form(self, room: int) -> Content:
        """Return the longest form that fits, else the shortest."""
        shortest = self._forms[-1] if self._forms else Content()
        return next((form for form in self._forms if form.cell_length <= room), shortest)

    def _one_row(self, width: int, right: Content) -> Content:
        look, gap, whole = self._look, self._gap, self._whole(width)
        # One space at the start and one before the right end.
        room = width - 2 - right.cell_length
        form = self._form(room - whole.cell_length - len(gap))
        needed = form.cell_length + len(gap) if form else 0
        if whole.cell_length + needed > room:
            least = len(self.server.text) + (len(JOIN) + min(SHORT, cell_len(self.account)) if self.account else 0)
            whole = account_at_server(
                look, self.account, self.server, max(room - needed, min(least, whole.cell_length))
            )
        right = right.truncate(max(0, width - 2 - whole.cell_length - min(needed, LEAST + len(gap))))
        return self._row(look.line(" ", whole, (gap, "$quiet") if form else "", form), right)


def head_of(screen: Screen[object], what: str) -> Iterator[Head]:
    """Yield a header for a dialog over `screen` with the same account and server, if the screen has one."""
    for below in screen.query(Head):
        look = below._look  # noqa: SLF001  of the same class
        head = Head(look, below.server, below.armed)
        head.show_account(below.account, [look.line(what)])
        yield head


class TooSmall(Widget):
    """Replaces the screen in a tiny window, which still works as a status light."""

    def __init__(self, look: Look, server: Server | None, leave: str = "q quit") -> None:
        super().__init__(id="too-small")
        self._look = look
        self._server = server
        self._leave = leave
        self._account = ""
        self._status = Content()

    def show(self, account: str, status: Content) -> None:
        """Set the account and the status line."""
        if not status.is_same(self._status) or account != self._account:
            self._account, self._status = account, status
            self.refresh()

    def render(self) -> Content:
        """Return the status, the account and server, and the two sizes."""
        size, (width, height) = self.app.size, SMALLEST
        return Content("\n").join(
            [
                *([self._status] if self._status else []),
                *([account_at_server(self._look, self._account, self._server, size.width)] if self._server else []),
                Content(f"{size.width}x{size.height} is too small."),
                Content(f"Resize to {width}x{height}"),
                self._look.line(self._leave),
            ]
        )
