"""What all tests share: a fixed clock, a demo platform that stands still, and the app on it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

# Both change what is drawn.
os.environ.pop("NO_COLOR", None)
os.environ.pop("TEXTUAL_THEME", None)
os.environ.pop("ASTRO_ACCESS_TOKEN", None)

from astro_tui.app import AstroApp
from astro_tui.client import Platform
from astro_tui.config import Settings
from astro_tui.demo import DemoServer
from astro_tui.look import Look
from astro_tui.session import Session

NOW = datetime(2026, 7, 2, 9, 30, tzinfo=UTC)
AppFactory = Callable[..., AstroApp]


@pytest.fixture
def demo() -> Iterator[DemoServer]:
    """A demo platform at which nothing moves."""
    with DemoServer(frozen=True, clock=lambda: NOW) as server:
        yield server


@pytest.fixture
def make_app(demo: DemoServer) -> AppFactory:
    """Return a maker of apps signed in to the demo platform; keyword arguments are settings."""

    def make(**changes: object) -> AstroApp:
        values: dict[str, object] = {
            "server": demo.url,
            "token": demo.token,
            "account": demo.default_account,
            "refresh": 3600.0,
        } | changes
        settings = Settings(**values)  # type: ignore[arg-type]
        platform = Platform(settings.server, settings.token or None)
        return AstroApp(Session(settings, platform, Look(ascii_alone=settings.ascii), clock=lambda: NOW))

    return make
