"""A block of text in the place of data: an error, an empty account, a welcome."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import Static

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.look import Look


class Notice(Static):
    """Says what happened, to which request, and what to do next. All of it is plain text."""

    def __init__(self, look: Look, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__("", id=id, markup=False)
        self._look = look

    def say(self, title: Content | str, lines: Sequence[Content | str], keys: Sequence[tuple[str, str]] = ()) -> None:
        """Show a title, lines of text, and the keys that lead on from here."""
        head = title if isinstance(title, Content) else Content.assemble((title, "bold"))
        parts: list[Content | str] = [head, "", *lines]
        if keys:
            width = max(len(key) for key, _ in keys)
            parts.append("")
            parts += [Content.assemble((key.ljust(width), "bold $text-primary"), f"  {word}") for key, word in keys]
        self.update(Content("\n").join(parts))

    def say_error(
        self, error: PlatformError, keys: Sequence[tuple[str, str]] = (), more: Sequence[Content | str] = ()
    ) -> None:
        """Show an error in full, with `more` lines of what it means.

        What to do stands above the request: a small terminal has no room for all of it.
        """
        look = self._look
        lines: list[Content | str] = [*more]
        if error.hint:
            lines.append(look.own(error.hint))
        if lines:
            lines.append("")
        lines.append(Content.assemble(("request  ", "$quiet"), look.plain(error.request)))
        if error.server_said and error.server_said not in str(error):
            lines.append(Content.assemble(("the server said  ", "$quiet"), look.plain(error.server_said)))
        if error.offline:
            lines.append(Content.assemble(("why, in a shell  ", "$quiet"), "astro-tui doctor"))
        mark = "!" if error.kind is ErrorKind.SIGNED_OUT else ("x" if look.ascii else "✖")
        title = Content.assemble((f"{mark} {look.own(str(error))}", "bold $text-error"))
        self.say(title, lines, keys)
