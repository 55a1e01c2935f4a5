"""Draw the README's pictures: the app on the demo platform, at a fixed moment, as SVG files in docs/."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from textual.pilot import Pilot

from astro_tui.app.app import AstroApp
from astro_tui.demo import DemoServer
from astro_tui.platform.client import Platform
from astro_tui.screens.deployment.sections.logs import LogsPane
from astro_tui.session.session import Session
from astro_tui.state.settings import Settings
from astro_tui.theme.look import Look

MOMENT = datetime(2026, 7, 2, 9, 30, tzinfo=UTC)
DOCS = Path(__file__).resolve().parent.parent / "docs"
PICTURES: dict[str, tuple[tuple[int, int], str, list[str]]] = {
    "picker": ((110, 34), "dark", ["j", "j"]),
    "detail": ((120, 36), "dark", ["slash", *"claims", "enter", "enter", "j", "j", "j", "l", "j", "j", "j"]),
    "why": ((120, 36), "dark", ["slash", *"weekly", "enter", "6"]),
    "diff": ((120, 34), "dark", ["slash", *"claims", "enter", "enter", "d"]),
    "logs": ((120, 30), "dark", ["slash", *"claims", "enter", "enter", "7"]),
    "light": ((110, 34), "light", []),
    "narrow": ((60, 20), "dark", ["slash", *"weather", "enter"]),
}
"""Name → size of the terminal, theme, keys pressed."""


async def _settled(pilot: Pilot[None]) -> None:
    """Wait until no request is pending and everything is drawn."""
    for _ in range(200):
        await pilot.pause()
        calls = getattr(pilot.app.screen, "_calls", {})
        if not calls:
            break
        await asyncio.sleep(0.02)
    await pilot.pause()


async def draw(name: str, demo: DemoServer, folder: Path) -> Path:
    """Draw one picture and return its path."""
    size, theme, keys = PICTURES[name]
    account = demo.default_account
    settings = Settings(server=demo.url, token=demo.token, account=account, theme=theme, refresh=3600, demo=True)
    session = Session(settings, Platform(demo.url, demo.token), Look(), clock=lambda: MOMENT)
    app = AstroApp(session)
    async with app.run_test(size=size) as pilot:
        await _settled(pilot)
        for key in keys:
            await pilot.press(key)
        await _settled(pilot)
        for pane in app.screen.query(LogsPane):
            # A log comes on streams, not by requests of the screen.
            for _ in range(200):
                await pilot.pause(0.02 if pane.complete else 0.1)
                if pane.complete:
                    break
        path = folder / f"{name}.svg"
        path.write_text(app.export_screenshot(title="astro-tui"), encoding="utf-8")
    return path


def main() -> None:
    """Draw all pictures, or those named on the command line."""
    names = sys.argv[1:] or list(PICTURES)
    DOCS.mkdir(exist_ok=True)
    with DemoServer(frozen=True, clock=lambda: MOMENT) as demo:
        for name in names:
            print(asyncio.run(draw(name, demo, DOCS)).relative_to(DOCS.parent))


if __name__ == "__main__":
    main()
