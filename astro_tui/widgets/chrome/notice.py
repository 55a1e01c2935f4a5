"""Blocks of text. A notice replaces data: an error, an empty account, a welcome."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import Static

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.presentation.remedies import Keys, on_screen
from astro_tui.theme.look import Look
from astro_tui.widgets.keymap import with_own_keys


class Block(Static):
    """Lines of text. Never parses markup."""

    def __init__(self, look: Look, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(Content(), id=id, markup=False)
        self._look = look

    def show_lines(self, *lines: Content) -> None:
        """Draw these lines, unless they are on screen already: each new text costs a layout of the whole screen."""
        text, old = Content("\n").join(lines), self.content
        if not isinstance(old, Content) or not text.is_same(old):
            self.update(text)


class Notice(Block):
    """Says what happened, in which request, and what to do next. Never parses markup."""

    def __init__(self, look: Look, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(look, id=id)
        self._head = Content()
        self._lines: list[Content] = []
        self._keys: list[Content] = []
        self._keys_first = False
        self._error: PlatformError | None = None
        self._trying = ""

    def say(
        self,
        title: Content | str,
        lines: Sequence[Content | str],
        keys: Sequence[tuple[str, str]] = (),
        *,
        keys_first: bool = False,
    ) -> None:
        """Show a title, lines of text, and the keys to continue with.

        If not everything fits, the end is cut; with `keys_first` the keys then come before the lines.
        """
        keys = with_own_keys(self, keys)
        self._keys_first = keys_first
        self._error, self._trying = None, ""
        self._head = title if isinstance(title, Content) else self._look.line((title, "bold"))
        self._lines = [self._look.line(line) for line in lines]
        width = max((len(key) for key, _ in keys), default=0)
        self._keys = [self._look.line((key.ljust(width), "bold $text-primary"), f"  {word}") for key, word in keys]
        self._lay_out()

    def trying(self, text: str) -> None:
        """Show a line below an error while its request is being retried; an empty string removes the line."""
        if self._error is not None and text != self._trying:
            self._trying = text
            self._lay_out()

    def on_resize(self) -> None:
        """Decide for the new height whether the keys come first."""
        if self._keys_first:
            self._lay_out()

    def _lay_out(self) -> None:
        gap = [Content()]
        trying = [self._look.line((self._trying, "$text-warning"))] if self._trying else []
        head, keys = [self._head, *trying, *gap], self._keys
        parts = [*head, *self._lines, *(gap + keys if keys else [])]
        width, height = self.size
        if self._keys_first and width and sum(len(part.wrap(width)) if part else 1 for part in parts) > height:
            parts = [*head, *keys, *gap, *self._lines]
        self.show_lines(*parts)

    def say_error(
        self, error: PlatformError, keys: Sequence[tuple[str, str]] = (), more: Sequence[Content | str] = ()
    ) -> None:
        """Show an error in full, with `more` lines about its consequences.

        The hint is above the request, because a small terminal cuts the end.
        """
        look = self._look
        lines: list[Content | str] = [*more]
        by_action = {action: key for key, action in with_own_keys(self, keys)}
        remedy = on_screen(error.remedies, Keys(by_action.get("try again", ""), by_action.get("sign in", "")))
        if remedy:
            lines.append(look.plain(remedy))
        if lines:
            lines.append("")
        lines.append(look.line(("request  ", "$quiet"), error.request))
        if error.server_said and not error.facts.quotes_server:
            lines.append(look.line(("server message  ", "$quiet"), error.server_said))
        if error.offline:
            lines.append(look.line(("diagnose  ", "$quiet"), "astro-tui doctor"))
        mark = "!" if error.kind is ErrorKind.SIGNED_OUT else ("x" if look.ascii else "✖")
        title = look.line((f"{mark} {error!s}", "bold $text-error"))
        trying = self._trying if error is self._error else ""
        self.say(title, lines, keys)
        self._error = error
        self.trying(trying)
