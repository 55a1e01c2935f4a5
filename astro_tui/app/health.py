"""Notifications about agents while the app is open, whatever screen or window is in front."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from textual.app import App

from astro_tui.platform.rounds import Rounds
from astro_tui.presentation.agent_list import Entry
from astro_tui.presentation.health import HealthChange, change_events
from astro_tui.presentation.scope import scope_of
from astro_tui.runtime import elapsed
from astro_tui.screens.base.view import show_message
from astro_tui.session.health_watch import HealthWatch
from astro_tui.session.notify import Notifier, NotifySettings
from astro_tui.session.session import Session
from astro_tui.widgets.textual_compat import write_to_terminal

LATE = 1.1
"""After so many times the refresh interval, the list on screen is late: perhaps another screen is in front of it."""


class HealthReports:
    """Watches the accounts that were opened, on a thread of its own, until it is stopped."""

    def __init__(self, app: App[Any], session: Session) -> None:
        self._app, self._session = app, session
        say = partial(show_message, app, warning=True)
        self._notifier = Notifier(NotifySettings.of(session.settings.notify), self._write, partial(self._call, say))
        self._over = threading.Event()

    def start(self) -> None:
        """Start, if the settings name a method."""
        if self._notifier.on:
            threading.Thread(target=self._run, name="health", daemon=True).start()

    def stop(self) -> None:
        """Stop soon, and end the user's commands."""
        self._over.set()
        self._notifier.close(0.0)

    def _run(self) -> None:
        session = self._session
        pause = session.settings.refresh

        def listed() -> Mapping[str, Sequence[Entry]]:
            read, at = session.roster.round
            age = elapsed() - at
            if age > LATE * pause or not set(watch.accounts) <= set(read):
                return {}
            watch.rounds.ago = age - (LATE - 1) * pause
            return {account: session.roster.lists[account].entries for account in watch.accounts}

        watch = HealthWatch(session.agents, (), Rounds(pause, self._over.wait), self._say, listed)

        def read() -> list[HealthChange]:
            # Another login has agents of its own.
            watch.agents = session.agents
            # The palette lists the agents of all accounts, which is too much to watch.
            scope = scope_of(session.account)
            opened = scope.accounts or [account.name for account in session.remembered.accounts if scope.everything]
            new = [name for name in opened if name in session.roster.lists and name not in watch.accounts]
            watch.accounts = (*watch.accounts, *new)
            return watch.round()

        # If the login ended, or nothing was read yet, the screens say so, and the next round may do better.
        for changes in watch.rounds.each(read, lambda _error: None):
            for event in change_events(changes):
                self._say(event)

    def _say(self, event: Mapping[str, Any]) -> None:
        # What is wrong at the start is no news.
        if event["event"] != "watching":
            self._notifier.send(event["brief"], event)
        self._call(partial(show_message, self._app, event["sentence"]))

    def _write(self, sequence: str) -> None:
        self._call(partial(write_to_terminal, self._app, sequence))

    def _call(self, function: Any, *arguments: Any) -> None:
        """Call a function in the app's thread, unless the app is ending."""
        if not self._over.is_set():
            self._app.call_later(partial(function, *arguments))
