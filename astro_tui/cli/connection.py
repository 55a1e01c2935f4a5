"""The platform that a command connects to, and the account."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from astro_tui.auth.tokens import tokens_of
from astro_tui.cli.output import note
from astro_tui.errors import Do, PlatformError, Remedies
from astro_tui.platform.client import Call, Platform, TokenSource
from astro_tui.platform.servers import server_of
from astro_tui.presentation.scope import Scope, scope_of
from astro_tui.runtime import made_once, system_clock
from astro_tui.session.agent import Agents
from astro_tui.session.demo_platform import start_demo
from astro_tui.state.settings import Settings
from astro_tui.text.redaction import masked_line
from astro_tui.text.times import joined

MOST_NAMED = 6
"""The most accounts that an error lists."""


@dataclass(frozen=True)
class CliConnection:
    """A platform and the settings to use it with."""

    platform: Platform
    settings: Settings
    shared: Agents | None = None
    """What was read about agents, if it is not only for this connection."""
    used: Call | None = None
    """The call to make all requests with, if it is always the same."""
    noted: list[str] | None = None
    """Gets the notes instead of standard error."""

    def call(self) -> Call:
        """Return a call that reports pauses before retries on a terminal."""
        return self.used or (Call(waiting=self._waiting) if sys.stderr.isatty() else Call())

    def of_call(self, call: Call) -> CliConnection:
        """Return a connection that makes all requests with this call, keeps its notes, and shares what was read."""
        return replace(self, shared=self.agents, used=call, noted=[])

    @made_once
    def scope(self) -> Scope:
        """The accounts of the settings, else the default account of the login, if it has one."""
        return scope_of(self.settings.account or self.platform.tokens.default_account(self.call()))

    @property
    def account(self) -> str:
        """The account of the settings or of the login; empty if there are several, or none."""
        return "" if self.scope.several else str(self.scope)

    @made_once
    def agents(self) -> Agents:
        """What was read about agents in this run."""
        return self.shared or Agents(self.platform, system_clock)

    def _waiting(self, why: str, seconds: float) -> None:
        server = server_of(self.settings.server, demo=self.settings.demo)
        said = f"{server.label}: {why}"
        self.note(f"{said}; trying again in {seconds:.1f} s" if seconds else f"{said} …")

    def accounts_to_use(self) -> Remedies:
        """Return the advice to use one of the user's accounts; nothing if they cannot be read."""
        try:
            names = [masked_line(account.name, 100) for account in self.platform.me(call=Call()).accounts]
        except PlatformError:
            return ()
        few = joined(names, "or") if len(names) <= MOST_NAMED else "your accounts, which astro-tui accounts prints"
        return (Do(f"use {few}"),) if names else ()

    def note(self, text: str) -> None:
        """Print a line on standard error, unless notes are kept."""
        if self.noted is not None:
            self.noted.append(text)
        else:
            note(text, ascii_alone=self.settings.ascii)


@contextmanager
def connected(settings: Settings, *, read_only: bool = False, at_once: int = 0) -> Iterator[CliConnection]:
    """Connect to the platform in the settings with the stored login, or to the demo, and disconnect at the end.

    `read_only` and `at_once` limit what the platform is asked to do, as in `Connection`.
    """
    demo = None
    if settings.demo:
        demo, settings = start_demo(settings)
    tokens: str | TokenSource = settings.token
    if not tokens:
        tokens = tokens_of(settings)
    platform = Platform(
        settings.server, tokens, allow_insecure=settings.allow_insecure, read_only=read_only, at_once=at_once
    )
    connection = CliConnection(platform, settings)
    try:
        yield connection
    except PlatformError as error:
        if error.facts.no_such_account:
            error.remedies = connection.accounts_to_use() or error.remedies
        raise
    finally:
        platform.close()
        if demo is not None:
            demo.stop()
