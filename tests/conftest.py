"""What all tests share: a fixed clock, a demo platform that stands still, and the app on it."""

from __future__ import annotations

import gc
import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import hypothesis
import pytest
import textual._wait
from hypothesis import HealthCheck, settings

# These change what is drawn.
os.environ["TZ"] = "UTC"
os.environ.pop("NO_COLOR", None)
os.environ.pop("TEXTUAL_THEME", None)
os.environ.pop("ASTRO_ACCESS_TOKEN", None)
# The keyring of whoever runs the tests is theirs; those that need one bring their own.
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"

from support.on_screen import Clock

from astro_tui.app.app import AstroApp
from astro_tui.clipboard.ways import Clipboard
from astro_tui.demo import DemoServer
from astro_tui.platform.client import Platform, Timeouts
from astro_tui.session.session import Session
from astro_tui.state.settings import Settings
from astro_tui.theme.look import Look

time.tzset()
# A shell ignores these for a command in the background, and so would the programs that tests start and interrupt.
for ignored in (signal.SIGINT, signal.SIGHUP):
    if signal.getsignal(ignored) is signal.SIG_IGN:
        signal.signal(ignored, signal.default_int_handler if ignored is signal.SIGINT else signal.SIG_DFL)
# A busy machine is no reason to fail.
hypothesis.settings.register_profile("no deadline", deadline=None)
hypothesis.settings.load_profile("no deadline")
# Hundreds of apps come and go: looking for their garbage all the time is a sixth of the run.
gc.set_threshold(100_000, 20, 20)
# Pilot waits after every key until the app's process is idle, and takes long steps to find out: half of the whole run.
textual._wait.SLEEP_GRANULARITY, textual._wait.SLEEP_IDLE = 1 / 250, 1 / 500
# Its limits are seconds of a clock on the wall: on a busy machine any example is slow.
settings.register_profile("busy machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy machine")
pytest_plugins = ["support.leaks"]
NOW = datetime(2026, 7, 2, 9, 30, tzinfo=UTC)
QUICK = Timeouts(connect=2.0, read=10.0, total=15.0, pauses=(0.02, 0.02))
"""Waits between two tries that nobody has to wait for."""
AppFactory = Callable[..., AstroApp]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Textual runs on asyncio."""
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def _nobody_signed_in(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep the logins of whoever runs the tests out of them."""
    home = tmp_path_factory.mktemp("home")
    os.environ["HOME"] = str(home)
    os.environ["XDG_DATA_HOME"] = str(home / "data")


@pytest.fixture(autouse=True)
def thaw() -> Iterator[None]:
    """An app keeps its first objects from the garbage collector for good; a test run has hundreds of apps."""
    yield
    gc.unfreeze()


@pytest.fixture
def clock() -> Clock:
    """The clock of the apps: it stands still until a test moves it."""
    return Clock(NOW)


@pytest.fixture
def demo() -> Iterator[DemoServer]:
    """A demo platform at which nothing moves."""
    with DemoServer(frozen=True, clock=lambda: NOW) as server:
        yield server


@pytest.fixture
def make_app(demo: DemoServer, clock: Clock) -> AppFactory:
    """Return a maker of apps signed in to the demo platform; keyword arguments are settings and `timeouts`."""

    def make(timeouts: Timeouts = QUICK, **changes: object) -> AstroApp:
        values: dict[str, object] = {
            "server": demo.url,
            "token": demo.token,
            "account": demo.default_account,
            "refresh": 3600.0,
        } | changes
        settings = Settings(**values)  # type: ignore[arg-type]
        platform = Platform(settings.server, settings.token or None, timeouts=timeouts)
        app = AstroApp(Session(settings, platform, Look(ascii_alone=settings.ascii), clock=clock))
        # The clipboard of whoever runs the tests is theirs.
        app.copier = Clipboard({"TERM": "xterm-256color"})
        return app

    return make
