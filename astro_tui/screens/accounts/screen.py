"""The accounts of the signed-in user, with the status of their agents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.getters import query_one

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.presentation.accounts import AccountRow, known_of, matching, rows_of, states_of
from astro_tui.screens.base.prompt_page import PromptPage
from astro_tui.screens.base.signed_in import SignedInPage
from astro_tui.screens.base.staleness import Staleness
from astro_tui.session.routes import Accounts, Agents
from astro_tui.session.session import Session
from astro_tui.text.times import counted, joined
from astro_tui.theme.look import TONES, stylesheet
from astro_tui.widgets.chrome.bar import Bar, Paragraph, Rule
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.keymap import action_key, keymap
from astro_tui.widgets.lists.account_table import AccountTable

if TYPE_CHECKING:
    from astro_tui.platform.models import Me, OverviewAccount


class AccountsScreen(PromptPage, SignedInPage):
    """Lists the remembered accounts at once, then loads the memberships and the status of the agents."""

    CSS_PATH = stylesheet("accounts")
    BINDINGS = keymap("""
        slash!            filter    accounts.filter    filter
        enter!            open      accounts.open      show the agents of this account
        minus             previous  accounts.previous  previous account
        r,ctrl+r          refresh   accounts.refresh   refresh
        escape            clear     accounts.clear     clear the filter, or go back
        q,A               back      accounts.back      back
        question_mark,f1  app.help  app.help           help
    """)

    table = query_one(AccountTable)
    """The accounts."""
    _rule = query_one("#about-rule", Rule)
    _health = query_one("#health", Paragraph)
    _failure = query_one("#failure", Bar)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._query = ""
        self._doubt = ""
        self._staleness = Staleness(session.look)

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
        self.set_interval(1, self._tick)
        self.show_hints()
        if self.session.remembered.accounts:
            self._show_rows()
        self.load()

    # ---- loading

    def load(self) -> None:
        """Load the accounts, then the status of their agents."""
        platform = self.session.platform
        self._staleness.requested(self.session.clock())
        self.fetch("me", lambda call: platform.me(call=call), self._show_me, self._no_me)
        self._show_head()

    def _show_me(self, me: Me) -> None:
        now, remembered, platform = self.session.clock(), self.session.remembered, self.session.platform
        self._staleness.fresh(now)
        self.session.user = me.user.id if me.user else ""
        if remembered.learned(known_of(me), self.session.user, now):
            self.remember()
        self._show_rows()
        self.fetch("overview", lambda call: platform.overview(call=call), self._show_overview, self._no_overview)

    def _no_me(self, error: PlatformError) -> None:
        if error.kind is ErrorKind.CANCELED:
            return
        self._staleness.failed(error, self.session.clock())
        self._staleness.fetched = self._staleness.fetched or self.session.remembered.seen
        if not self.session.remembered.accounts:
            self.notice.say_error(error, [*self.sign_in_hints(), ("r", "try again"), ("esc", "go back")])
            self._show_notice(shown=True)
            self.show_hints()
        self._show_head()
        self.show_row()

    def _show_overview(self, overview: tuple[OverviewAccount, ...]) -> None:
        self._doubt = ""
        self.session.roster.count(states_of(overview, self.session.verdicts))
        self._show_rows()

    def _no_overview(self, error: PlatformError) -> None:
        if error.kind is not ErrorKind.CANCELED:
            self._doubt = f"Agent status unavailable: {error}"
            self.show_row()

    def show_waiting(self, topic: str, reason: str, seconds: float) -> None:
        """Show in the header that the client will try again."""
        if topic == "me":
            self._staleness.waiting(reason, seconds, self.session.clock())
            self._show_head()

    # ---- showing

    def _tick(self) -> None:
        """Update the ages."""
        self._show_head()
        if self._staleness.error is not None:
            self.show_row()

    def _rows(self) -> list[AccountRow]:
        return rows_of(self.session.remembered.accounts, self.session.roster.states)

    def _show_rows(self) -> None:
        rows, look = self._rows(), self.look
        shown = matching(rows, self._query)
        self._show_notice(shown=not rows)
        if not rows:
            self.notice.say(
                "You do not belong to any account yet.",
                ["Create one with the ast CLI, or ask the owner of an account to add you."],
                [("r", "refresh"), ("esc", "go back")],
            )
        clear = action_key(self, "accounts.clear")
        hidden = [f"No account matches “{look.plain(self._query)}”.", "", f"{clear}  clear the filter"]
        self.table.instead = [look.own(line) for line in hidden] if rows and not shown else []
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
        rows, shown = len(self.session.remembered.accounts), self.table.row_count
        total = counted(rows, "account")
        count = "" if not rows else f"   {total}" if shown == rows else f"   {shown:,} of {total}"
        self.show_head(
            self.session.account,
            [Content.assemble(("accounts", "bold"), (count, "$quiet")), Content.assemble(("accounts", "bold"))],
            self._staleness.words(self.session.clock(), self.session.settings.refresh),
            f"accounts{count}",
            self._staleness.trying(self.session.clock()),
        )

    def show_row(self) -> None:
        """Show the details of the account under the cursor, and what failed to load."""
        look, row = self.look, self.table.row
        self._failure.display = self._staleness.error is not None or bool(self._doubt)
        if self._staleness.error is not None:
            self._failure.show(self._staleness.sentence(), self._staleness.remedy(self.session.clock(), self))
        else:
            self._failure.show(Content.assemble((f" {look.plain(self._doubt)}", "$text-warning")))
        if row is None:
            self._rule.show("")
            self._health.show("")
            return
        about = "  ".join(part for part in (row.label, row.type, row.role) if part)
        title = Content.assemble((look.plain(row.name), "bold"), (f"  {look.plain(about)}", "$quiet"))
        self._rule.show(title, self._mark(row))
        self._health.show(_in_words(row, self.busy("overview") or self.busy("me")))

    def _mark(self, row: AccountRow) -> str:
        remembered = self.session.remembered
        if row.name == remembered.account:
            return "current"
        return "- switch back" if row.name == remembered.previous else ""

    # ---- keys

    def hints(self) -> list[tuple[str, str]]:
        """Return the keys for the table, or for the notice that replaces it."""
        before = [("-", "previous")] if self.session.remembered.previous else []
        use = [] if self.notice.display else [("enter", "switch"), ("/", "filter")]
        return [
            *self.sign_in_hints(),
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
        if self.send_again("me", self._staleness):
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


def _in_words(row: AccountRow, loading: bool) -> Content:
    """Return the status of an account's agents: `4 failed, 2 deploying and 16 active`."""
    if row.states is None:
        return Content.assemble(
            (" loading the status of its agents" if loading else " agent status unavailable", "$quiet")
        )
    if not row.states:
        return Content.assemble((" no agents deployed", "$quiet"))
    worst = row.states[0][0]
    words = joined([f"{number:,} {status.plain}" for status, number in row.states])
    return Content.assemble(" ", (words, TONES[worst.severity] if row.problems else ""))
