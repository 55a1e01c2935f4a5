"""The accounts of the signed-in user, with the status of their agents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.getters import query_one

from astro_tui.diagnosis import Fact
from astro_tui.platform.models import Me, OverviewAccount
from astro_tui.presentation.accounts import AccountRow, known_of, rows_of, states_of
from astro_tui.presentation.agent_list import states_in_words
from astro_tui.presentation.money import OF_MONEY, fields
from astro_tui.presentation.nodes import matching
from astro_tui.presentation.scope import ALL, scope_of
from astro_tui.screens.base.page import PUBLIC_KEYS, Need
from astro_tui.screens.base.prompt_page import PromptPage
from astro_tui.screens.base.view import Topic
from astro_tui.session.routes import AccountsRoute, AgentsRoute
from astro_tui.session.session import Session
from astro_tui.text.times import counted
from astro_tui.theme.look import TONES, Look, stylesheet
from astro_tui.widgets.chrome.bar import Bar, Paragraph, TitledRule
from astro_tui.widgets.chrome.notice import Block, Notice
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.keymap import action_key, keymap
from astro_tui.widgets.lists.tables import AccountTable

if TYPE_CHECKING:
    from astro_tui.errors import PlatformError


class AccountsScreen(PromptPage):
    """Lists the remembered accounts at once, then loads the memberships and the status of the agents."""

    CSS_PATH = stylesheet("accounts")
    NEED = Need.REQUIRED
    BINDINGS = [
        *PUBLIC_KEYS,
        *keymap("""
        enter!            open      accounts.open      show the agents of this account, or of those marked [switch]
        asterisk          all       accounts.all       show the agents of all accounts [|all]
        slash!            filter    accounts.filter    filter [filter]
        minus             previous  accounts.previous  previous account [|previous]
        r,ctrl+r          refresh   accounts.refresh   refresh [refresh]
        escape            clear     accounts.clear     clear the filter, or go back [back|clear filter]
        q,A               back      accounts.back      back
        question_mark,f1  app.help  app.help           help [help]
        """),
    ]

    table = query_one(AccountTable)
    """The accounts."""
    _rule = query_one("#about-rule", TitledRule)
    _health = query_one("#health", Paragraph)
    _failure = query_one("#failure", Bar)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._me = Topic[Me](self, "me", self._know)
        self._overview = Topic[tuple[OverviewAccount, ...]](self, "overview", self._count)
        self._money = Topic[Mapping[str, Fact]](self, "money")

    def compose_body(self) -> ComposeResult:
        """Yield the table, the notice that can replace it, the account under the cursor, and the filter."""
        look, remembered = self.look, self.session.remembered
        yield AccountTable(look, remembered.account, remembered.previous)
        yield Notice(look, id="notice")
        with Vertical(id="about"):
            yield TitledRule(look, id="about-rule")
            yield Paragraph(look, id="health")
            yield Block(look, id="money")
            yield Bar(look, id="failure")
        yield Prompt(look, id="prompt")

    def on_mount(self) -> None:
        """Load the accounts."""
        self.load()

    def load(self) -> None:
        """Load the accounts, then the status of their agents."""
        self._me.load(lambda call: self.session.platform.me(call=call))

    def _know(self, me: Me) -> None:
        session = self.session
        session.know_user_id(me.user.id if me.user else "")
        if session.remembered.learned(known_of(me), session.user, session.clock()):
            self.remember()
        self._overview.load(lambda call: session.platform.overview(call=call))

    def _count(self, overview: tuple[OverviewAccount, ...]) -> None:
        self.session.roster.count(states_of(overview, self.session.verdicts))

    def follow(self) -> None:
        """Read money and limits of the account under the cursor."""
        super().follow()
        row, agents = self.table.row, self.session.agents
        if row is not None and self._money.about(row.name):
            name = row.name
            self._money.load(lambda call: {each: agents.account(name, each, call) for each in OF_MONEY})

    def draw(self) -> None:
        """Draw the accounts that match, and what is known about the one under the cursor."""
        me, session, look, now = self._me, self.session, self.look, self.session.clock()
        rows = rows_of(session.remembered.accounts, session.roster.states)
        shown = matching(rows, self.query_text)
        if me.error is not None:
            me.fetched_before(session.remembered.seen)
        if not rows and me.error is not None:
            self.notice.say_error(me.error, self.error_keys(me.error))
        elif not rows:
            say_none(self.notice)
        # The notice replaces everything else, because it needs the room in a short window.
        self.notice.display = not rows and (me.error is not None or me.value is not None)
        self.table.display = self.query_one("#about").display = not self.notice.display
        clear = action_key(self, "accounts.clear")
        self.table.show_instead(no_match(self.query_text, look, clear=clear) if rows and not shown else [])
        if rows:
            self.table.show_accounts(shown)
        self.prompt.note(f"{len(shown):,} of {len(rows):,}")
        count = f"   {count_of(len(rows), len(shown))}".rstrip()
        forms = [look.line(("accounts", "bold"), (text, "$quiet")) for text in (count, "")]
        words = me.words(now, session.settings.refresh)
        self.show_head(session.account, forms, words, f"accounts{count}", me.trying(now))
        row, loading = self.table.row, me.busy or self._overview.busy
        self._rule.show(*((title_of(row, look), self._mark(row)) if row is not None else ("",)))
        self._health.show(agent_status(row, look, loading=loading) if row is not None else "")
        self.query_one("#money", Block).show_lines(*money_lines(self._money.value, look, now))
        self._failure.display = me.error is not None or self._overview.error is not None
        if me.error is not None:
            self._failure.show(me.sentence(), me.remedy(now, self))
        elif self._overview.error is not None:
            self._failure.show(no_agent_status(self._overview.error, look))
        super().draw()

    def _mark(self, row: AccountRow) -> str:
        remembered = self.session.remembered
        current = scope_of(remembered.account)
        if current.everything or row.name in current.accounts:
            return "current"
        return f"{action_key(self, 'accounts.previous')} switch back" if row.name == remembered.previous else ""

    # ---- keys

    def is_on(self, action: str) -> bool:
        """Whether there is a previous account, whether there are several, or whether there is a filter to clear."""
        remembered = self.session.remembered
        states = {"previous": bool(remembered.previous), "all": len(remembered.accounts) > 1}
        return states.get(action, bool(self.query_text))

    @on(AccountTable.Opened)
    def _chosen(self, message: AccountTable.Opened) -> None:
        marked = [row.name for row in self.table.marked]
        self.open(AgentsRoute(str(scope_of(*(marked or [message.row.name])))))

    def action_all(self) -> None:
        """Show the agents of all accounts."""
        self.open(AgentsRoute(ALL))

    def action_previous(self) -> None:
        """Switch to the previous account."""
        previous = self.session.remembered.previous
        if previous:
            self.open(AgentsRoute(previous))
        else:
            self.show_message("No previous account.", warning=True)

    @property
    def route(self) -> AccountsRoute:
        """This list."""
        return AccountsRoute()


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
    return [look.plain(line) for line in lines]


def title_of(row: AccountRow, look: Look) -> Content:
    """Return the name of an account, what it is, and the user's role."""
    about = "  ".join(part for part in (row.label, row.type, row.role) if part)
    return look.line((row.name, "bold"), (f"  {about}", "$quiet"))


def no_agent_status(error: PlatformError, look: Look) -> Content:
    """Return one line that says why the status of the agents is missing."""
    return look.line((f" Agent status unavailable: {error}", "$text-warning"))


def money_lines(facts: Mapping[str, Fact] | None, look: Look, now: datetime) -> list[Content]:
    """Return the lines about an account's money and limits."""
    if facts is None:
        return []
    shown = fields(facts, now)
    width = max((len(field.label) for field in shown), default=0)
    return [
        look.line(
            (f" {field.label:{width}}  ", "$quiet"), (field.value, TONES[field.severity] if field.severity else "")
        )
        for field in shown
    ]


def agent_status(row: AccountRow, look: Look, *, loading: bool) -> Content:
    """Return the status of an account's agents: `4 failed, 2 deploying, and 16 active`."""
    if row.states is None:
        return look.line((" loading the status of its agents" if loading else " agent status unavailable", "$quiet"))
    if not row.states:
        return look.line((" no agents deployed", "$quiet"))
    worst = row.states[0][0]
    words = states_in_words(row.states)
    return look.line(" ", (words, TONES[worst.severity] if row.problems else ""))
