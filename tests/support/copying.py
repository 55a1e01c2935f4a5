"""Copying in tests: a clipboard that keeps what it gets, and the copy menu."""

from __future__ import annotations

from collections.abc import Sequence

from textual.pilot import Pilot

from astro_tui.app.app import AstroApp
from astro_tui.clipboard.ways import Clipboard
from support.on_screen import until


class Taken:
    """A clipboard tool that keeps the texts it gets."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def run(self, _command: Sequence[str], data: bytes, _seconds: float) -> bool:
        self.texts.append(data.decode())
        return True

    def on(self, app: AstroApp) -> AstroApp:
        app.copier = Clipboard({"WAYLAND_DISPLAY": "w"}, platform="linux", find=lambda name: name, run=self.run)
        return app


async def chosen(pilot: Pilot[None], *keys: str) -> str:
    """Press keys and return the message that the last row then shows."""
    await pilot.press(*keys)
    await until(pilot, lambda: pilot.app.screen.query("KeyHints"), "the menu is closed")
    hints = pilot.app.screen.query_one("KeyHints")
    await until(pilot, lambda: hints.message, "a message")  # type: ignore[attr-defined]
    said: str = hints.message  # type: ignore[attr-defined]
    hints.clear_message()  # type: ignore[attr-defined]
    return said
