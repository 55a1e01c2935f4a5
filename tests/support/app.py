"""The app under test: signed in to a demo platform, with a clock that only tests move."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from astro_tui.app.app import AstroApp
from astro_tui.clipboard.ways import Clipboard
from astro_tui.demo import DemoServer
from astro_tui.platform.client import Platform, Timeouts
from astro_tui.screens.picker import screen as picker
from astro_tui.session.session import Session
from astro_tui.state.settings import Settings
from astro_tui.theme.look import Look
from support.on_screen import Clock

NOW = datetime(2026, 7, 2, 9, 30, tzinfo=UTC)
QUICK = Timeouts(connect=20.0, read=30.0, total=45.0, pauses=(0.02, 0.02))
"""Timeouts with short pauses between retries."""
# It is read some time after the list; tests about it read it at once.
picker.BILLING_AFTER = 3600.0
AppFactory = Callable[..., AstroApp]


def make_app(demo: DemoServer, clock: Clock, /, timeouts: Timeouts = QUICK, **changes: object) -> AstroApp:
    """Return an app signed in to the demo platform; `changes` are settings."""
    values: dict[str, object] = {
        "server": demo.url,
        "token": demo.token,
        "account": demo.default_account,
        "refresh": 3600.0,
    } | changes
    settings = Settings(**values)  # type: ignore[arg-type]
    platform = Platform(settings.server, settings.token or None, timeouts=timeouts)
    app = AstroApp(Session(settings, platform, Look(ascii_alone=settings.ascii), clock=clock))
    # Tests must not write to the real clipboard.
    app.copier = Clipboard({"TERM": "xterm-256color"})
    return app
