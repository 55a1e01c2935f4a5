"""The sign-in screen in all its states: its text, and a picture of each layout."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from support.on_screen import Clock, until_text

from astro_tui.app.app import AstroApp
from astro_tui.auth.device import SignInProgress
from astro_tui.auth.grants import DeviceCode, IdentityRefused
from astro_tui.errors import Check, ErrorKind, PlatformError
from astro_tui.platform.client import Call, Platform
from astro_tui.screens.sign_in import SignInScreen
from astro_tui.session.session import Session
from astro_tui.state.settings import Settings
from astro_tui.theme.look import Look

ADDRESS = "https://auth.example.com/device"
CODE = DeviceCode("demo-secret-unseen", "WDJB-MJHT", ADDRESS, f"{ADDRESS}?user_code=WDJB-MJHT", 900, 5)
SMALL, USUAL = (40, 15), (80, 24)
AWAY = PlatformError(
    ErrorKind.DNS,
    "The name api.workos.com cannot be resolved.",
    request="POST /user_management/authorize/device",
    remedies=(Check("the network and the address of the identity provider"),),
)


@dataclass(frozen=True)
class State:
    """A state of the sign-in: at a step, or ended with an error; `text` is on screen in this state."""

    text: str
    step: SignInProgress | None = None
    end: Exception | None = None


STATES = {
    "waiting": State("14:32 left", SignInProgress(CODE, 872, 5)),
    "trouble": State("Still trying", SignInProgress(CODE, 872, 10, AWAY)),
    "denied": State("esc go back", end=IdentityRefused("access_denied")),
}
Make = Callable[..., AstroApp]


@pytest.fixture
def make(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Make:
    """A factory for apps that show only the sign-in, in a given state."""

    def make(state: State, **changes: object) -> AstroApp:
        def sign_in(_provider: object, call: Call, progress: Callable[[SignInProgress], None]) -> None:
            if state.step is not None:
                progress(state.step)
            if state.end is not None:
                raise state.end
            call.canceled.wait()

        monkeypatch.setattr("astro_tui.auth.device.sign_in", sign_in)
        settings = Settings(**changes)  # type: ignore[arg-type]
        session = Session(settings, Platform(settings.server), Look(ascii_alone=settings.ascii), clock)
        return AstroApp(session, first=lambda: SignInScreen(session), styles=["sign_in"])

    return make


def shown(state: State) -> Callable[[Any], Any]:
    async def steps(pilot: Any) -> None:
        await until_text(pilot, state.text)

    return steps


@pytest.mark.parametrize(
    ("name", "size"), [("waiting", USUAL), ("trouble", SMALL), ("denied", USUAL)], ids=["waiting", "trouble", "denied"]
)
def test_state(name: str, size: tuple[int, int], make: Make, snap_compare: Any) -> None:
    assert snap_compare(make(STATES[name]), terminal_size=size, run_before=shown(STATES[name]))


def test_light_code(make: Make, snap_compare: Any) -> None:
    """Cameras read only a dark code on a light ground, so an unknown background gets a light one."""
    state = STATES["waiting"]
    assert snap_compare(make(state, theme="terminal"), terminal_size=USUAL, run_before=shown(state))
