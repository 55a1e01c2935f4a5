"""What all screens of one run share: the settings, the platform, the look, the clock, and where one was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from astro_tui.auth.lazy_tokens import LaterTokens
from astro_tui.platform.client import Platform
from astro_tui.platform.servers import Server, server_of
from astro_tui.presentation.verdicts import Verdicts
from astro_tui.session.roster import Roster
from astro_tui.session.startup_request import Early
from astro_tui.state.account_cache import Remembered
from astro_tui.state.settings import Settings
from astro_tui.theme.look import Look

if TYPE_CHECKING:
    from astro_tui.auth.tokens import Tokens
    from astro_tui.difference.rows import DiffRows
    from astro_tui.platform.client import Call, TokenSource
    from astro_tui.presentation.accounts import States
    from astro_tui.session.spec_store import SpecStore
    from astro_tui.state.last_seen import LastSeen
    from astro_tui.widgets.document.spec_side import Reading


def system_clock() -> datetime:
    """Return the present moment, in UTC."""
    return datetime.now(UTC)


@dataclass
class Session:
    """Handed to every screen.

    `early` holds the request that was sent before the first paint, to be taken once. `views` keeps folds, cursor,
    scroll and search of every spec that was looked at, by deployment id. `specs` keeps those of revisions,
    `changes` what the newest revision of a deployment changed, where it is known, by deployment id, and `tried` for
    which that was asked. `roster` keeps the list of each account, `states` how many agents of each
    account are in which state, and `verdicts` the latest `/status` of each deployment. `remembered` is what the next
    run is to know, `last_seen` what stood on the screen of each deployment, in files of the folder `seen_in`, without
    one for this run alone. `user` is the id of who is signed in
    where it is known, and `signed_out` says that the platform wants another login.
    """

    settings: Settings
    platform: Platform
    look: Look
    clock: Callable[[], datetime] = system_clock
    early: Early | None = None
    views: dict[str, Reading] = field(default_factory=dict)
    tried: set[tuple[str, int]] = field(default_factory=set)
    changes: dict[str, DiffRows] = field(default_factory=dict)
    roster: Roster = field(default_factory=Roster)
    states: dict[str, States] = field(default_factory=dict)
    verdicts: Verdicts = field(default_factory=Verdicts)
    remembered: Remembered = field(default_factory=Remembered)
    seen_in: Path | None = None
    user: str = ""
    signed_out: bool = False
    refused: str = ""
    stored: Callable[[Settings], Tokens] | None = None
    """Makes the source of the logins that are stored on this machine; without one, the usual."""

    @property
    def server(self) -> Server:
        """The server of this run, as every screen names it."""
        return server_of(self.settings.server, demo=self.settings.demo)

    @property
    def account(self) -> str:
        """Name of the account that was opened last; empty before any was."""
        return self.remembered.account or self.settings.account

    @cached_property
    def specs(self) -> SpecStore:
        """The specs of revisions that were read; loaded with the first of them, for the list does without."""
        from astro_tui.session.spec_store import SpecStore

        return SpecStore()

    @cached_property
    def last_seen(self) -> LastSeen:
        """What stood on the screen of each deployment; likewise loaded with the first of them."""
        from astro_tui.state.last_seen import LastSeen

        return LastSeen(self.settings.server, self.seen_in)

    def know_user(self, call: Call) -> None:
        """Find out who is signed in from the token that is sent; where it does not say, what `/me` told holds.

        For worker threads.
        """
        from astro_tui.auth.claims import claims_of

        token = self.platform.tokens.current(call)
        self.user = (claims_of(token).subject if token else "") or self.user

    def stored_tokens(self) -> Tokens:
        """Return the logins stored on this machine: those in use or, behind a token that was given, those beside it.

        For worker threads: it loads what it needs.
        """
        from astro_tui.auth.tokens import Tokens, stored_tokens

        tokens = self._tokens
        return tokens if isinstance(tokens, Tokens) else (self.stored or stored_tokens)(self.settings)

    @property
    def _tokens(self) -> TokenSource:
        tokens = self.platform.tokens
        return tokens.real if isinstance(tokens, LaterTokens) else tokens

    def sign_in(self, tokens: TokenSource) -> None:
        """Go on with another source of tokens; what was loaded stays."""
        self.signed_out, self.refused = False, ""
        if self._tokens is not tokens:
            before = self.platform
            self.platform = Platform(self.settings.server, tokens, allow_insecure=self.settings.allow_insecure)
            self.settings = replace(self.settings, token="")
            before.close()
