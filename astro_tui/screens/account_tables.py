"""Two tables about an account: who did what in it, and its variables."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.getters import query_one

from astro_tui.diagnosis import Fact
from astro_tui.platform.client import Call
from astro_tui.presentation.audit import AuditRow
from astro_tui.presentation.nodes import matching
from astro_tui.presentation.variables import VariableRow, row_of
from astro_tui.runtime import served
from astro_tui.screens.base.page import ACCOUNT_KEYS, Need
from astro_tui.screens.base.prompt_page import PromptPage
from astro_tui.screens.base.view import Topic
from astro_tui.session.account_store import AuditRows, audit_page, with_users
from astro_tui.session.routes import AuditLogRoute, DeploymentRoute, Route, VariablesRoute
from astro_tui.session.session import Session
from astro_tui.text.times import counted
from astro_tui.theme.look import stylesheet
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.keymap import keymap
from astro_tui.widgets.lists.table import Table
from astro_tui.widgets.lists.tables import AuditTable, VariableTable
from astro_tui.widgets.reveal_timer import RevealTimer

_KEYS = keymap("""
    slash!            filter    account.filter   filter [filter]
    r,ctrl+r          refresh   account.refresh  refresh [refresh]
    escape            clear     account.clear    clear the filter, or go back [back|clear filter]
    q                 back      account.back     back
    question_mark,f1  app.help  app.help         help [help]
""")


class _AccountTable(PromptPage):
    """A source of an account as a table. A refused one says so once, and is not requested again."""

    CSS_PATH = stylesheet("account_tables")
    NEED = Need.REQUIRED
    SOURCE, NOUN = "", ""
    TABLE: type[Table[Any]]
    """The class of the table."""
    table = query_one(Table)
    """The rows."""

    def __init__(self, session: Session, account: str, text: str = "") -> None:
        super().__init__(session)
        self.account, self.query_text = account, text
        self._again = False
        self.source = Topic[Fact](self, self.SOURCE, self._take)
        self.rows: Sequence[Any] = ()

    @abstractmethod
    def rows_of(self, fact: Fact) -> Sequence[Any]:
        """Return the rows of a response."""

    def compose_body(self) -> ComposeResult:
        """Yield the table, the notice that can replace it, and the filter."""
        yield self.TABLE(self.look, self.session.clock)
        yield Notice(self.look, id="notice")
        yield Prompt(self.look, id="prompt")

    def on_mount(self) -> None:
        """Load the rows."""
        self.load()

    def load(self) -> None:
        """Load the rows; recent ones are shown without a request."""
        again, self._again = self._again, True
        self.source.load(lambda call: self.read(call, again=again))

    def read(self, call: Call, *, again: bool) -> Fact:
        """Read the source (worker thread)."""
        return self.session.agents.account(self.account, self.SOURCE, call, again=again)

    def _take(self, fact: Fact) -> None:
        self.rows = self.rows_of(fact) if fact.known else ()

    @property
    def single_match(self) -> bool:
        """Do nothing: a filter opens no row."""
        return False

    def draw(self) -> None:
        """Draw the rows that match, or why there are none."""
        source, look, now = self.source, self.look, self.session.clock()
        fact, shown = source.value, matching(self.rows, self.query_text)
        why = fact.error if fact is not None and not fact.known else ""
        if source.error is not None and fact is None:
            self.notice.say_error(source.error, self.error_keys(source.error))
        elif why:
            refused = "Only owners and admins of the account may read this."
            self.notice.say(why, [refused] if fact is not None and fact.refused else [], [("esc", "go back")])
        self.notice.display = bool(why) or (source.error is not None and fact is None)
        self.table.display = not self.notice.display
        if fact is not None:
            nothing = f"No {self.NOUN} matches “{self.query_text}”." if self.rows else f"No {self.NOUN} yet."
            self.table.show_rows(shown)
            self.table.show_instead([] if shown else [look.plain(nothing)])
        self.prompt.note(f"{len(shown):,} of {len(self.rows):,}")
        count = f"{len(shown):,} of {counted(len(self.rows), self.NOUN)}" if self.query_text else ""
        count = count or (counted(len(self.rows), self.NOUN) if self.rows else "")
        name = self.SOURCE.replace("audit", "audit log")
        forms = [look.line((name, "bold"), (f"   {text}" if text else "", "$quiet")) for text in (count, "")]
        words = source.words(now, self.session.settings.refresh)
        self.show_head(self.account, forms, words, f"{name}  {count}", source.trying(now))
        super().draw()

    @on(Table.Opened)
    def _chosen(self, message: Table.Opened) -> None:
        self.chosen(message.row)

    def chosen(self, row: Any) -> None:
        """Open a row."""


class AuditScreen(_AccountTable):
    """Who did what, newest first. The filter finds people, actions, and agents."""

    BINDINGS = [
        *ACCOUNT_KEYS,
        *keymap("""
        enter!  open   account.open   open the agent [open]
        m       older  account.older  read older entries [older]
        """),
        *_KEYS,
    ]
    SOURCE, NOUN, TABLE = "audit", "action", AuditTable

    def read(self, call: Call, *, again: bool) -> Fact:
        """Read the newest entries, and the names of people."""
        fact = super().read(call, again=again)
        page = fact.value
        if isinstance(page, AuditRows):
            self.session.platform.names.read(self.account, [row.actor for row in page.rows if row.is_by_user])
        return fact

    def rows_of(self, fact: Fact) -> Sequence[AuditRow]:
        """Return the newest entries."""
        page = fact.value
        self._before = page.before if isinstance(page, AuditRows) else ""
        return page.rows if isinstance(page, AuditRows) else ()

    def action_older(self) -> None:
        """Read the page after the last one."""
        if not self._before or self.source.busy_with_more:
            self.show_message("There are no older entries." if not self._before else "Loading older entries…")
            return
        platform, account, before = self.session.platform, self.account, self._before

        def read(call: Call) -> AuditRows:
            return audit_page(platform, account, before, call)

        def add(page: AuditRows) -> None:
            shown = {row.id for row in self.rows}
            fresh = [row for row in page.rows if row.id not in shown]
            # A wrong cursor gives the first page again.
            self._before = page.before if fresh else ""
            self.rows = [*self.rows, *fresh]

        self.source.more(read, add)

    def chosen(self, row: AuditRow) -> None:
        """Open the agent of an entry."""
        if row.resource_type == "deployment":
            self.open(DeploymentRoute(self.account, row.resource_id))
        else:
            self.show_message("This entry is not about an agent.")

    @property
    def route(self) -> Route:
        """This log."""
        return AuditLogRoute(self.account, self.query_text)


class VariablesScreen(_AccountTable):
    """The variables of an account. Plain values are hidden until the user wants to see them."""

    BINDINGS = [
        *ACCOUNT_KEYS,
        *keymap("""
        x  reveal   account.reveal   show the plain values for ten seconds [show values|hide values]
        u  used_by  account.used-by  find the agents that use them: one request per agent [used by]
        """),
        *_KEYS,
    ]
    SOURCE, NOUN, TABLE = "variables", "variable", VariableTable

    def __init__(self, session: Session, account: str, text: str = "") -> None:
        super().__init__(session, account, text)
        self._shown = False
        self._timer: RevealTimer | None = None
        self._users: dict[str, tuple[str, ...] | None] = {}

    def rows_of(self, fact: Fact) -> Sequence[VariableRow]:
        """Return the variables, with the agents that use them, if known."""
        value: Any = fact.value
        rows = map(row_of, value)
        return [replace(row, shown=self._shown, used_by=self._users.get(row.name)) for row in rows]

    def is_on(self, action: str) -> bool:
        """Whether values are shown, or there is a filter to clear."""
        return self._shown if action == "reveal" else bool(self.query_text)

    def action_reveal(self) -> None:
        """Show the values for ten seconds, or hide them again."""
        if served():
            self.show_message("Values are not shown in a browser.", warning=True)
            return
        self._show(shown=not self._shown)

    def _show(self, *, shown: bool) -> None:
        self._shown = shown
        if self._timer is not None:
            self._timer.stop()
        self._timer = RevealTimer(self, lambda: self._show(shown=False)) if shown else None
        self.rows = [replace(row, shown=self._shown) for row in self.rows]
        self.changed()

    def action_used_by(self) -> None:
        """Find the agents that use each variable."""
        platform, account, rows = self.session.platform, self.account, self.rows

        def add(read: tuple[list[VariableRow], list[str]]) -> None:
            self._users = {row.name: row.used_by for row in read[0]}
            self.rows = [replace(row, used_by=self._users.get(row.name)) for row in self.rows]
            if read[1]:
                self.show_message(f"{counted(len(read[1]), 'agent')} could not be read: {read[1][0]}", warning=True)

        self.show_message("Reading the templates of the agents…")
        self.source.more(lambda call: with_users(platform, account, rows, call), add)

    @property
    def route(self) -> Route:
        """These variables."""
        return VariablesRoute(self.account)
