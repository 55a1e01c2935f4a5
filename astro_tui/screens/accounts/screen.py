"""The accounts of the signed-in user, with the status of their agents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.presentation.accounts import AccountRow, known_of, matching, rows_of, states_of
from astro_tui.screens.base.signed_in import SignedInPage
from astro_tui.screens.base.staleness import Staleness
from astro_tui.session.routes import Agents
from astro_tui.session.session import Session
from astro_tui.text.times import counted, joined
from astro_tui.theme.look import TONES, stylesheet
from astro_tui.widgets.chrome.bar import Bar, KeyHints, Paragraph, Rule
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.lists.account_table import AccountTable

if TYPE_CHECKING:
    from astro_tui.platform.models import Me, OverviewAccount


class AccountsScreen(SignedInPage):
    """Lists the remembered accounts at once, then loads the memberships and the status of the agents."""

    CSS_PATH = stylesheet("accounts")
    BINDINGS = [
        # With priority, so that what is typed right behind it is already the filter.
        Binding("slash", "filter", "filter", priority=True, id="accounts.filter"),
        Binding("enter", "open", "show its agents", priority=True, id="accounts.open"),
        Binding("minus", "previous", "previous account", id="accounts.previous"),
        Binding("r,ctrl+r", "refresh", "refresh", id="accounts.refresh"),
        Binding("escape", "clear", "clear the filter, or go back", show=False, id="accounts.clear"),
        Binding("q,A", "back", "back", id="accounts.back"),
        Binding("question_mark,f1", "app.help", "help", id="app.help"),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._query = ""
        self._doubt = ""
        self._stale = Staleness(session.look)

    def compose(self) -> ComposeResult:
        """Head, table or notice, the account under the cursor, and the filter."""
        look, remembered = self.look, self.session.remembered
        yield self.frame_head()
        yield AccountTable(look, remembered.account, remembered.previous)
        yield Notice(look, id="notice")
        with Vertical(id="about"):
            yield Rule(look, id="about-rule")
            yield Paragraph(look, id="health")
            yield Bar(look, id="failure")
        yield Prompt(look, id="prompt")
        yield from self.frame_foot()

    @property
    def table(self) -> AccountTable:
        """The accounts."""
        return self.query_one(AccountTable)

    def on_mount(self) -> None:
        """Show the remembered accounts and load the current ones."""
        prompt = self.query_one(Prompt)
        prompt.display = self.query_one(Notice).display = False
        prompt.typed = self._filter_by
        self.table.highlighted = self._show_about
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
        self._stale.asked(self.session.clock())
        self.fetch("me", lambda call: platform.me(call=call), self._show_me, self._no_me)
        self._show_head()

    def _show_me(self, me: Me) -> None:
        now, remembered, platform = self.session.clock(), self.session.remembered, self.session.platform
        self._stale.fresh(now)
        self.session.user = me.user.id if me.user else ""
        if remembered.learned(known_of(me), self.session.user, now):
            self.remember()
        self._show_rows()
        self.fetch("overview", lambda call: platform.overview(call=call), self._show_overview, self._no_overview)

    def _no_me(self, error: PlatformError) -> None:
        if error.kind is ErrorKind.CANCELLED:
            return
        self._stale.failed(error, self.session.clock())
        self._stale.fetched = self._stale.fetched or self.session.remembered.seen
        if not self.session.remembered.accounts:
            self.query_one(Notice).say_error(error, [*self.sign_in_hints(), ("r", "try again"), ("esc", "go back")])
            self._show_notice(shown=True)
            self.show_hints()
        self._show_head()
        self._show_about()

    def _show_overview(self, overview: tuple[OverviewAccount, ...]) -> None:
        self._doubt = ""
        self.session.states |= states_of(overview, self.session.verdicts)
        self._show_rows()

    def _no_overview(self, error: PlatformError) -> None:
        if error.kind is not ErrorKind.CANCELLED:
            self._doubt = f"Agent status unavailable: {error}"
            self._show_about()

    def show_waiting(self, topic: str, reason: str, seconds: float) -> None:
        """Show in the header that the client is going to try again."""
        if topic == "me":
            self._stale.waiting(reason, seconds, self.session.clock())
            self._show_head()

    # ---- showing

    def _tick(self) -> None:
        """Update the ages."""
        self._show_head()
        if self._stale.error is not None:
            self._show_about()

    def _rows(self) -> list[AccountRow]:
        return rows_of(self.session.remembered.accounts, self.session.states)

    def _show_rows(self) -> None:
        rows, look = self._rows(), self.look
        shown = matching(rows, self._query)
        notice = self.query_one(Notice)
        self._show_notice(shown=not rows)
        if not rows:
            notice.say(
                "You do not belong to any account yet.",
                ["This login has no accounts."],
                [("r", "refresh"), ("esc", "go back")],
            )
        hidden = [f"No account matches “{look.plain(self._query)}”.", "", "esc  clear the filter"]
        self.table.instead = [look.own(line) for line in hidden] if rows and not shown else []
        self.table.show_accounts(shown)
        self.query_one(Prompt).note(f"{len(shown):,} of {len(rows):,}")
        self.show_hints()
        self._show_head()
        self._show_about()

    def _show_notice(self, *, shown: bool) -> None:
        """Show the notice instead of everything else: it needs the room in a low window."""
        self.query_one(Notice).display = shown
        self.table.display = self.query_one("#about").display = not shown

    def _show_head(self) -> None:
        rows, shown = len(self.session.remembered.accounts), self.table.row_count
        total = counted(rows, "account")
        count = "" if not rows else f"   {total}" if shown == rows else f"   {shown:,} of {total}"
        self.show_head(
            self.session.account,
            [Content.assemble(("accounts", "bold"), (count, "$quiet")), Content.assemble(("accounts", "bold"))],
            self._stale.words(self.session.clock(), self.session.settings.refresh),
            f"accounts{count}",
            self._stale.trying(self.session.clock()),
        )

    def _show_about(self) -> None:
        """Show what the row under the cursor has no room for."""
        look, row = self.look, self.table.row
        rule, health, failure = (
            self.query_one("#about-rule", Rule),
            self.query_one("#health", Paragraph),
            self.query_one("#failure", Bar),
        )
        now = self.session.clock()
        failure.display = self._stale.error is not None or bool(self._doubt)
        if self._stale.error is not None:
            failure.show(self._stale.sentence(), self._stale.remedy(now))
        else:
            failure.show(Content.assemble((f" {look.plain(self._doubt)}", "$text-warning")))
        if row is None:
            rule.show("")
            health.show("")
            return
        about = "  ".join(part for part in (row.label, row.type, row.role) if part)
        rule.show(
            Content.assemble((look.plain(row.name), "bold"), (f"  {look.plain(about)}", "$quiet")), self._mark(row)
        )
        health.show(_in_words(row, self.busy("overview") or self.busy("me")))

    def _mark(self, row: AccountRow) -> str:
        remembered = self.session.remembered
        if row.name == remembered.account:
            return "in this window"
        return "- switches back to it" if row.name == remembered.previous else ""

    # ---- keys

    def hints(self) -> list[tuple[str, str]]:
        """Return the keys for the table, or for the notice that replaces it."""
        before = [("-", "previous")] if self.session.remembered.previous else []
        use = [] if self.query_one(Notice).display else [("enter", "switch"), ("/", "filter")]
        return [
            *self.sign_in_hints(),
            *use,
            *before,
            ("r", "refresh"),
            ("esc", "clear filter" if self._query else "back"),
            ("?", "help"),
        ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While the user types a filter, letters belong to it and enter ends it."""
        typing = action in ("filter", "open") and self.query_one(Prompt).display
        return not typing and super().check_action(action, parameters)

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
            self.tell("No previous account.", warning=True)

    def action_filter(self) -> None:
        """Type a filter."""
        self.query_one(KeyHints).display = False
        self.query_one(Prompt).open(self._query)

    def _filter_by(self, query: str) -> None:
        self._query = query
        self._show_rows()

    @on(Prompt.Submitted)
    @on(Prompt.Canceled)
    def _filter_done(self, message: Prompt.Submitted | Prompt.Canceled) -> None:
        self.query_one(Prompt).close()
        self.query_one(KeyHints).display = True
        if isinstance(message, Prompt.Canceled):
            self._filter_by("")
        self.table.focus()
        self.show_hints()
        if isinstance(message, Prompt.Submitted) and self.table.row_count == 1:
            self.table.action_choose()

    @on(Prompt.Moved)
    def _moved_behind(self, message: Prompt.Moved) -> None:
        steps = {"up": -1, "down": 1, "pageup": -self.table.page, "pagedown": self.table.page}
        self.table.action_move(steps[message.key])

    def action_refresh(self) -> None:
        """Load the accounts now."""
        if self.send_again("me", self._stale):
            self.load()

    def action_clear(self) -> None:
        """Clear the filter; without one, go back."""
        if self._query:
            self._filter_by("")
            self.show_hints()
        else:
            self.dismiss()

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
