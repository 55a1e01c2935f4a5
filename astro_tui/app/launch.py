"""Starts the app. Imported before the first frame, so it loads Textual only after the first request was sent."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING

from msgspec.structs import replace

from astro_tui.runtime import disable_during_startup

if TYPE_CHECKING:
    from textual.screen import Screen

    from astro_tui.platform.client import Platform, TokenSource
    from astro_tui.session.session import Session
    from astro_tui.state.settings import Settings

TESTED = "8.2.8"
"""The newest version of Textual with which all tests passed."""


def run(session: Session, *, first: Callable[[], Screen[object]] | None = None, styles: Sequence[str] = ()) -> int:
    """Run the app until the user quits, and return its exit code.

    It opens the `first` screen with its style sheets, else the picker, or without a login the welcome screen.
    """
    import asyncio

    if problem := textual_problem():
        from astro_tui.errors import ConfigError

        raise ConfigError(problem)
    from astro_tui.app.app import AstroApp

    _use_colors_of_terminal(session)
    driver = None
    if os.name == "posix" and not os.environ.get("TEXTUAL_DRIVER"):
        from astro_tui.app.driver import PromptDriver

        driver = PromptDriver
    app = AstroApp(session, driver, first=first, styles=styles)
    # asyncio.run() would wait for worker threads at its end, so the app gets its own loop.
    app.run(loop=asyncio.new_event_loop())
    return app.return_code or 0


def textual_problem() -> str:
    """Return what the installed version of Textual lacks and what to do about it; empty if it fits."""
    try:
        from astro_tui.widgets.textual_compat import missing_names

        missing = missing_names()
    except ImportError as error:
        if not (error.name or "").startswith("textual"):
            raise
        missing = [str(error.name)]
    if not missing:
        return ""
    from importlib.metadata import version

    lacks = f"Textual {version('textual')} does not fit: it lacks {', '.join(missing)}."
    return f"{lacks} Install the version that astro-tui was tested with: pip install textual=={TESTED}"


def _use_colors_of_terminal(session: Session) -> None:
    """Leave out colors that the terminal does not have.

    The other themes need at least 256 colors: with only 16, the nearest ones would put red on gray.
    """
    # A caller such as textual-serve, which draws in a browser, knows better.
    if os.environ.get("TEXTUAL_COLOR_SYSTEM", "auto") != "auto":
        return
    from astro_tui.theme.terminal import ANSI, colors_of

    number = colors_of(os.environ)
    if number <= ANSI:
        session.settings = replace(session.settings, theme="terminal")
        session.theme_given = True
    if not number:
        os.environ["NO_COLOR"] = "1"


def start(settings: Settings, report: Callable[[str], None], *, theme_given: bool = False, resumes: bool = True) -> int:
    """Open the picker, or without a login the welcome screen, and return the exit code.

    The first request is sent before Textual is loaded. With `theme_given`, the command line names the theme; without
    `resumes`, it says where to go. `report` gets a sentence about each damaged file that no screen showed.
    """
    from astro_tui.session.startup_request import StartupRequest
    from astro_tui.state.account_cache import AccountCache, state_folder
    from astro_tui.state.memory import Memory

    disable_during_startup()
    demo = None
    if settings.demo:
        from astro_tui.session.demo_platform import start_demo

        demo, settings = start_demo(settings)
    signed_in = bool(settings.token) or _login_stored(settings)

    connect = _connection(settings, signed_in=signed_in)
    state = None if demo else state_folder()
    first_run = state is None or not state.exists()
    remembered = AccountCache(settings.server, state)
    account = settings.account or remembered.load().account
    if account == "*":
        # Of all accounts, the list of any known one comes first.
        account = next((stored.name for stored in remembered.load().accounts), "")
    request = StartupRequest(connect, account).start() if signed_in else None
    if settings.account:
        # The request does not need the cache, so it is read only after the request was sent.
        remembered.load()
    memory = Memory(settings.server, state, fresh=settings.fresh, problems=remembered.problems)
    from astro_tui.session.session import Session
    from astro_tui.theme.look import Look

    look = Look(ascii_alone=settings.ascii)
    session = Session(
        settings, connect(), look, startup_request=request, remembered=remembered, memory=memory, seen_in=state
    )
    session.first_run, session.theme_given, session.resumes = first_run, theme_given, resumes
    if demo is not None:
        session.user = demo.user
    code = run(session)
    # The user has the terminal back, so no one waits for this.
    memory.save()
    if state is not None:
        from astro_tui.state.listed_agents import keep_names

        listed = {name: [one.deployment for one in each] for name, each in session.roster.entries.items()}
        keep_names(settings.server, state, listed, memory.problems.append)
    for problem in memory.problems:
        report(problem)
    return code


def _connection(settings: Settings, *, signed_in: bool) -> Callable[[], Platform]:
    """Return a function that makes the client on its first call and returns it on every call."""

    @cache
    def connect() -> Platform:
        from astro_tui.platform.client import Platform

        tokens: str | TokenSource | None = settings.token or None
        if signed_in and not tokens:
            from astro_tui.auth.lazy_tokens import LazyTokens

            tokens = LazyTokens(settings)
        return Platform(settings.server, tokens, allow_insecure=settings.allow_insecure)

    return connect


def _login_stored(settings: Settings) -> bool:
    from astro_tui.auth.places import login_stored

    return login_stored(settings.server)
