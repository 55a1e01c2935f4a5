"""The accounts of the signed-in user, with the status of their agents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.getters import query_one

from astro_tui.errors import PlatformError
from astro_tui.presentation.accounts import AccountRow, known_of, rows_of, states_of
from astro_tui.presentation.agent_list import states_in_words
from astro_tui.presentation.nodes import matching
from astro_tui.screens.base.loading import Changed, Loader
from astro_tui.screens.base.page import PUBLIC_KEYS, Need
from astro_tui.screens.base.prompt_page import PromptPage
from astro_tui.session.requests import Requests
from astro_tui.session.routes import Accounts, Agents
from astro_tui.session.session import Session
from astro_tui.text.times import counted
from astro_tui.theme.look import TONES, Look, stylesheet
from astro_tui.widgets.chrome.bar import Bar, Paragraph, Rule
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.keymap import action_key, keymap
from astro_tui.widgets.lists.tables import AccountTable

if TYPE_CHECKING:
    from astro_tui.platform.models import Me, OverviewAccount


class AccountsState(Struct, frozen=True):
    """What is known of the user's accounts."""

    rows: tuple[AccountRow, ...]
    """The accounts: those of an earlier run until they are loaded."""
    revision: int = 0
    """Grows with each response."""
    error: PlatformError | None = None
    """Why the accounts could not be loaded."""
    status_error: PlatformError | None = None
    """Why the status of their agents could not be loaded."""
    loading: bool = False
    """Whether the accounts or the status of their agents are still to come."""


class AccountsLoader(Loader[AccountsState]):
    """Requests the accounts, then the status of their agents."""

    TOPICS = ("me",)

    def __init__(self, requests: Requests, session: Session, show: Changed[AccountsState]) -> None:
        super().__init__(requests, session, AccountsState(_rows(session)), show)

    def load(self) -> None:
        """Load the accounts, then the status of their agents."""
        platform = self._session.platform
        self.staleness.requested(self._session.clock())
        self._requests.fetch("me", lambda call: platform.me(call=call), self._take_me, self._no_me)
        self.change(loading=True)

    def _take_me(self, me: Me) -> None:
        now, session, platform = self._session.clock(), self._session, self._session.platform
        self.staleness.fresh(now)
        session.user = me.user.id if me.user else ""
        if session.remembered.learned(known_of(me), session.user, now):
            self._requests.remember()
        self.change(rows=_rows(session), revision=self.state.revision + 1, error=None)
        self._requests.fetch(
            "overview", lambda call: platform.overview(call=call), self._take_overview, self._no_overview
        )

    def _no_me(self, error: PlatformError) -> None:
        self.staleness.failed(error, self._session.clock())
        self.staleness.fetched_before(self._session.remembered.seen)
        self.change(error=error, loading=self._requests.busy("overview"))

    def _take_overview(self, overview: tuple[OverviewAccount, ...]) -> None:
        self._session.roster.count(states_of(overview, self._session.verdicts))
        revision, loading = self.state.revision + 1, self._requests.busy("me")
        self.change(rows=_rows(self._session), revision=revision, status_error=None, loading=loading)

    def _no_overview(self, error: PlatformError) -> None:
        self.change(status_error=error, loading=self._requests.busy("me"))


def _rows(session: Session) -> tuple[AccountRow, ...]:
    return tuple(rows_of(session.remembered.accounts, session.roster.states))


class AccountsScreen(PromptPage):
    """Lists the remembered accounts at once, then loads the memberships and the status of the agents."""

    CSS_PATH = stylesheet("accounts")
    NEED = Need.REQUIRED
    BINDINGS = [
        *PUBLIC_KEYS,
        *keymap("""
        slash!            filter    accounts.filter    filter
        enter!            open      accounts.open      show the agents of this account
        minus             previous  accounts.previous  previous account
        r,ctrl+r          refresh   accounts.refresh   refresh
        escape            clear     accounts.clear     clear the filter, or go back
        q,A               back      accounts.back      back
        question_mark,f1  app.help  app.help           help
        """),
    ]

    table = query_one(AccountTable)
    """The accounts."""
    _rule = query_one("#about-rule", Rule)
    _health = query_one("#health", Paragraph)
    _failure = query_one("#failure", Bar)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._query = ""
        self._loader = AccountsLoader(self, session, self._show)

    def compose_body(self) -> ComposeResult:
        """Yield the table, the notice that can replace it, the account under the cursor, and the filter."""
        look, remembered = self.look, self.session.remembered
        yield AccountTable(look, remembered.account, remembered.previous)
        yield Notice(look, id="notice")
        with Vertical(id="about"):
            yield Rule(look, id="about-rule")
            yield Paragraph(look, id="health")
            yield Bar(look, id="failure")
        yield Prompt(look, id="prompt")

    def on_mount(self) -> None:
        """Show the remembered accounts and load the current ones."""
        self.prompt.display = self.notice.display = False
        self.table.focus()
        self.show_hints()
        if self._loader.state.rows:
            self._show_rows()
        self.load()

    # ---- loading

    def load(self) -> None:
        """Load the accounts, then the status of their agents."""
        self._loader.load()

    def show_waiting(self, topic: str, reason: str, seconds: float) -> None:
        """Show in the header that the client will try again."""
        self._loader.waiting(topic, reason, seconds)

    # ---- showing

    def tick(self) -> None:
        """Update the ages."""
        self._show_head()
        if self._loader.state.error is not None:
            self.show_row()

    def _show(self, old: AccountsState, state: AccountsState) -> None:
        """Draw what differs from the state on screen."""
        if state.revision != old.revision:
            self._show_rows()
            return
        if state.error is not None and state.error is not old.error and not state.rows:
            self.notice.say_error(state.error, [*self.login.hints(), ("r", "try again"), ("esc", "go back")])
            self._show_notice(shown=True)
            self.show_hints()
        self._show_head()
        self.show_row()

    def _show_rows(self) -> None:
        rows = self._loader.state.rows
        shown = matching(rows, self._query)
        self._show_notice(shown=not rows)
        if not rows:
            say_none(self.notice)
        clear = action_key(self, "accounts.clear")
        self.table.instead = no_match(self._query, self.look, clear=clear) if rows and not shown else []
        self.table.show_accounts(shown)
        self.prompt.note(f"{len(shown):,} of {len(rows):,}")
        self.show_hints()
        self._show_head()
        self.show_row()

    def _show_notice(self, *, shown: bool) -> None:
        """Show or hide the notice. It replaces everything else, because it needs the room in a short window."""
        self.notice.display = shown
        self.table.display = self.query_one("#about").display = not shown

    def _show_head(self) -> None:
        count, now, staleness = self._count, self.session.clock(), self._loader.staleness
        self.show_head(
            self.session.account,
            [Content.assemble(("accounts", "bold"), (count, "$quiet")), Content.assemble(("accounts", "bold"))],
            staleness.words(now, self.session.settings.refresh),
            f"accounts{count}",
            staleness.trying(now),
        )

    @property
    def _count(self) -> str:
        count = count_of(len(self._loader.state.rows), self.table.row_count)
        return f"   {count}" if count else ""

    def show_row(self) -> None:
        """Show the details of the account under the cursor, and what failed to load."""
        row = self.table.row
        self._show_failure()
        if row is None:
            self._rule.show("")
            self._health.show("")
            return
        self._rule.show(title_of(row, self.look), self._mark(row))
        self._health.show(agent_status(row, loading=self._loader.state.loading))

    def _show_failure(self) -> None:
        staleness, status_error = self._loader.staleness, self._loader.state.status_error
        self._failure.display = staleness.error is not None or status_error is not None
        if staleness.error is not None:
            self._failure.show(staleness.sentence(), staleness.remedy(self.session.clock(), self))
        elif status_error is not None:
            self._failure.show(no_agent_status(status_error, self.look))

    def _mark(self, row: AccountRow) -> str:
        remembered = self.session.remembered
        if row.name == remembered.account:
            return "current"
        return f"{action_key(self, 'accounts.previous')} switch back" if row.name == remembered.previous else ""

    # ---- keys

    def hints(self) -> list[tuple[str, str]]:
        """Return the keys for the table, or for the notice that replaces it."""
        before = [("-", "previous")] if self.session.remembered.previous else []
        use = [] if self.notice.display else [("enter", "switch"), ("/", "filter")]
        return [
            *self.login.hints(),
            *use,
            *before,
            ("r", "refresh"),
            ("esc", "clear filter" if self._query else "back"),
            ("?", "help"),
        ]

    def action_open(self) -> None:
        """Show the agents of the account under the cursor."""
        self.table.action_choose()

    @on(AccountTable.Chosen)
    def _chosen(self, message: AccountTable.Chosen) -> None:
        self.open(Agents(message.name))

    def action_previous(self) -> None:
        """Switch to the previous account."""
        previous = self.session.remembered.previous
        if previous:
            self.open(Agents(previous))
        else:
            self.show_message("No previous account.", warning=True)

    def action_filter(self) -> None:
        """Type a filter."""
        self.open_prompt(self._query)

    def type_query(self, text: str) -> None:
        """Show the accounts that match."""
        self._query = text
        self._show_rows()

    def submit_query(self, text: str) -> None:
        """Show the accounts that match."""
        self.type_query(text)

    def action_refresh(self) -> None:
        """Load the accounts now."""
        if self.send_again("me", self._loader.staleness):
            self.load()

    def action_clear(self) -> None:
        """Clear the filter; without one, go back."""
        if self._query:
            self.submit_query("")
        else:
            self.dismiss()

    @property
    def route(self) -> Accounts:
        """This list."""
        return Accounts()

    def action_back(self) -> None:
        """Go back."""
        self.dismiss()

    def on_resize(self, _event: events.Resize) -> None:
        """Fit the key hints to the new width."""
        self.show_hints()


def count_of(rows: int, shown: int) -> str:
    """Return how many accounts there are, for the header: `3 of 4 accounts`. Empty without accounts."""
    if not rows:
        return ""
    return counted(rows, "account") if shown == rows else f"{shown:,} of {counted(rows, 'account')}"


def say_none(notice: Notice) -> None:
    """Say that the user belongs to no account."""
    notice.say(
        "You do not belong to any account yet.",
        ["Create one with the ast CLI, or ask the owner of an account to add you."],
        [("r", "refresh"), ("esc", "go back")],
    )


def no_match(query: str, look: Look, *, clear: str) -> Sequence[str]:
    """Return the lines for a filter that hides all accounts. `clear` is the key that clears it."""
    lines = (f"No account matches “{look.plain(query)}”.", "", f"{clear}  clear the filter")
    return [look.own(line) for line in lines]


def title_of(row: AccountRow, look: Look) -> Content:
    """Return the name of an account, what it is, and the user's role."""
    about = "  ".join(part for part in (row.label, row.type, row.role) if part)
    return Content.assemble((look.plain(row.name), "bold"), (f"  {look.plain(about)}", "$quiet"))


def no_agent_status(error: PlatformError, look: Look) -> Content:
    """Return one line that says why the status of the agents is missing."""
    return Content.assemble((f" {look.plain(f'Agent status unavailable: {error}')}", "$text-warning"))


def agent_status(row: AccountRow, *, loading: bool) -> Content:
    """Return the status of an account's agents: `4 failed, 2 deploying, and 16 active`."""
    if row.states is None:
        return Content.assemble(
            (" loading the status of its agents" if loading else " agent status unavailable", "$quiet")
        )
    if not row.states:
        return Content.assemble((" no agents deployed", "$quiet"))
    worst = row.states[0][0]
    words = states_in_words(row.states)
    return Content.assemble(" ", (words, TONES[worst.severity] if row.problems else ""))
