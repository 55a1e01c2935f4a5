"""What all screens of one run share: settings, platform, look, clock, and how the user left each screen."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Mapping
from math import isinf
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from astro_tui.auth.lazy_tokens import LazyTokens
from astro_tui.platform.client import Platform
from astro_tui.platform.servers import Server, server_of
from astro_tui.presentation.scope import scope_of
from astro_tui.presentation.verdicts import Verdicts
from astro_tui.runtime import Clock, made_once, system_clock
from astro_tui.session.roster import Roster
from astro_tui.session.startup_request import StartupRequest
from astro_tui.state.account_cache import AccountCache
from astro_tui.state.memory import Memory
from astro_tui.state.settings import THEMES, Settings
from astro_tui.text.times import span
from astro_tui.theme.look import Look

if TYPE_CHECKING:
    from astro_tui.actions.arming import Arming
    from astro_tui.actions.context import ActionContext
    from astro_tui.actions.kinds import Action
    from astro_tui.auth.tokens import StoredTokens
    from astro_tui.platform.client import Call, SentRequest, TokenSource
    from astro_tui.platform.models import ActiveDeployment
    from astro_tui.presentation.agent_list import Entry
    from astro_tui.session.agent import Agent, Agents
    from astro_tui.session.chats import Chats
    from astro_tui.session.messages import Messages
    from astro_tui.state.last_seen import LastSeen
    from astro_tui.widgets.document.spec_side import ViewState


def _stored_tokens(settings: Settings) -> StoredTokens:
    from astro_tui.auth.tokens import stored_tokens

    return stored_tokens(settings)


class Session(Struct, eq=False, dict=True):
    """Every screen gets the session.

    By deployment id, `views` keeps folds, cursor, scroll, and search of a spec, and `tried` says for which spec the
    changes of the newest revision were requested last. `roster` keeps the list
    of each account with what is known about its agents, and `verdicts` the latest `/status` of each deployment.
    `undo` is what undoes the last action on a deployment, and `newest_action` is the object that sent it.
    `startup_request` was sent before the first paint; the picker takes it once. `remembered` is saved for the next
    run. `last_seen` is what the screen of each deployment showed, in files in the folder `seen_in`; without a folder,
    only for this run. `user` is the id of the signed-in user, if known, and `signed_out` says that the platform wants a
    new login. `memory` is how the user left each account and spec, in this run and in earlier ones.
    """

    settings: Settings
    platform: Platform
    look: Look
    clock: Clock = system_clock
    startup_request: StartupRequest | None = None
    views: dict[str, ViewState] = {}
    tried: dict[str, int] = {}
    roster: Roster = field(default_factory=Roster)
    verdicts: Verdicts = field(default_factory=Verdicts)
    undo: dict[str, Action] = {}
    newest_action: dict[str, object] = {}
    earlier_resolved: bool = False
    """Whether the outcomes of earlier actions were looked up."""
    first_run: bool = False
    """Whether nothing is stored from an earlier run."""
    theme_given: bool = False
    """Whether the command line names the theme, which then applies to all accounts."""
    resumes: bool = True
    """Whether the program begins where the last run ended: the command line names no account and no other place."""
    remembered: AccountCache = field(default_factory=AccountCache)
    memory: Memory = field(default_factory=Memory)
    seen_in: Path | None = None
    user: str = ""
    signed_out: bool = False
    sent: int = 0
    """How many requests were sent in this run."""
    paused: bool = False
    """Whether the user stopped the automatic refreshes."""
    refused: str = ""
    refused_at: float = 0.0
    """When the platform refused the login last, in seconds of `monotonic`."""
    accepted_at: float = 0.0
    """When the newest request was sent to which the platform gave a good response."""
    stored: Callable[[Settings], StoredTokens] = _stored_tokens
    """Returns the logins stored on this machine."""

    def __post_init__(self) -> None:
        self.platform.observe(self._note_request)
        if self.startup_request is not None:
            self.startup_request.observe(self._note_first_request)

    def _note_first_request(self, sent: SentRequest) -> None:
        self.messages.requested(self.clock(), sent)

    def _note_request(self, sent: SentRequest) -> None:
        """Note a request and mask all notes so far, in the thread that waited for the response."""
        self.sent += 1
        if sent.outcome == "ok":
            self.accepted_at = max(self.accepted_at, monotonic() - sent.seconds)
        self.messages.requested(self.clock(), sent)
        self.messages.mask(self.platform.hidden())

    @property
    def server(self) -> Server:
        """The server of this run, with the name that every screen shows."""
        return server_of(self.settings.server, demo=self.settings.demo)

    @property
    def account(self) -> str:
        """The text of the scope that was opened last, such as the name of an account; empty before the first one."""
        return self.remembered.account or self.settings.account

    def theme_of(self, account: str) -> str:
        """Return the theme that the user chose in an account, else that of the settings."""
        chosen = "" if self.theme_given else self.memory.place(str(scope_of(account))).theme
        return chosen if chosen in THEMES else self.settings.theme

    @made_once
    def agents(self) -> Agents:
        """What was read about deployments with the current login. Imported on first use: the list does not need it."""
        from astro_tui.session.agent import Agents
        from astro_tui.session.fact_store import FactStore

        def failed(sentence: str) -> None:
            self.messages.add(self.clock(), "error", sentence)

        facts = FactStore(self.roster.lists.get, failed)
        return Agents(self.platform, self.clock, facts, seen=self.last_seen.before, names=self._names_of)

    def agent(self, account: str, entry: Entry, record: ActiveDeployment | None = None) -> Agent:
        """Return a deployment, which reads what is asked about it."""
        return self.agents.of(account, entry, record)

    @made_once
    def chats(self) -> Chats:
        """The conversations that were opened in this run; imported on first use."""
        from astro_tui.session.chats import Chats

        chats = Chats(self.acting, self.arming)
        self.verdicts.asking = chats.asking
        return chats

    @made_once
    def messages(self) -> Messages:
        """What the program said and requested, for the screen that lists it; imported on first use."""
        from astro_tui.session.messages import Messages

        return Messages()

    @made_once
    def arming(self) -> Arming:
        """Whether actions may run in this session; imported on first use."""
        from astro_tui.actions.arming import Arming

        settings = self.settings
        return Arming(read_only=settings.read_only, write=settings.write, protected=settings.protected)

    def armed_words(self, account: str) -> str:
        """Return how long actions can be confirmed in an account: `armed 9m`, or `armed`; empty if they cannot."""
        if "arming" not in vars(self):
            # Nothing is armed yet, and the first frame does not need the module.
            return "armed" if self.settings.write and not self.settings.read_only else ""
        left = self.arming.left(account)
        if isinf(left):
            return "armed"
        # As wide as any other time, so that nothing beside it moves.
        return f"armed {span(left):3}" if left else ""

    @property
    def acting(self) -> ActionContext:
        """What actions need, with the current login."""
        from astro_tui.actions.context import context_of

        return context_of(self.platform, self.clock, self.last_seen.before, self.agents.asked)

    @made_once
    def last_seen(self) -> LastSeen:
        """What the screen of each deployment showed; imported on first use."""
        from astro_tui.state.last_seen import LastSeen

        return LastSeen(self.settings.server, self.seen_in, self.memory.problems.append)

    @property
    def names(self) -> Mapping[str, str]:
        """The names of users; it gets those that are read later."""
        return ChainMap({self.user: "you"}, self.platform.names)

    def _names_of(self, call: Call) -> Mapping[str, str]:
        self.know_user(call)
        return self.names

    def know_user(self, call: Call) -> None:
        """Take the user from the token in use; if it does not name one, keep the user from `/me`.

        For worker threads.
        """
        from astro_tui.auth.claims import claims_of

        token = self.platform.tokens.current(call)
        self.know_user_id(claims_of(token).subject if token else "")

    def know_user_id(self, user: str) -> None:
        """Take the id of the user whose login is in use, unless it is empty. What another user read is dropped."""
        if user and self.user and user != self.user:
            self._forget_user()
        self.user = user or self.user

    def _forget_user(self) -> None:
        self.platform.names.clear()
        for name in ("agents", "chats"):
            vars(self).pop(name, None)

    def stored_tokens(self) -> StoredTokens:
        """Return the logins stored on this machine, even if this run uses a token from elsewhere.

        For worker threads: it imports heavy modules.
        """
        from astro_tui.auth.tokens import StoredTokens

        tokens = self._tokens
        return tokens if isinstance(tokens, StoredTokens) else self.stored(self.settings)

    @property
    def _tokens(self) -> TokenSource:
        tokens = self.platform.tokens
        return tokens.real if isinstance(tokens, LazyTokens) else tokens

    def sign_in(self, tokens: TokenSource, user: str = "") -> None:
        """Continue with the tokens of a user; loaded data stays, and actions and logs are still followed.

        Without the id of the user, a user is the same if the source of tokens is.
        """
        self.signed_out, self.refused = False, ""
        if self._tokens is not tokens:
            self.platform.use(tokens)
            self.settings = replace(self.settings, token="")
            if not (user and self.user):
                self._forget_user()
        self.know_user_id(user)
