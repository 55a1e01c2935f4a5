"""The agents of an account: what runs, what needs attention, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.getters import query_one

from astro_tui.presentation.agent_list import ORDERS, Arrangement
from astro_tui.presentation.scope import scope_of
from astro_tui.presentation.status import LEGEND
from astro_tui.runtime import Remade, made_once
from astro_tui.screens.base.page import PAUSE_KEYS, PUBLIC_KEYS, Need
from astro_tui.screens.base.prompt_page import PromptPage
from astro_tui.screens.base.view import Topic, show_message
from astro_tui.screens.picker.agents import AgentsTopic, Listed
from astro_tui.screens.picker.texts import (
    PROBLEMS,
    counts,
    found,
    head_forms,
    no_match,
    say_empty,
    say_failed,
    unread_line,
)
from astro_tui.session import routes
from astro_tui.session.roster import ListView
from astro_tui.session.routes import SECTIONS, CatalogRoute, DeploymentRoute, DiffRoute, Route, wanted_at_start
from astro_tui.session.scope import pause_for
from astro_tui.session.session import Session
from astro_tui.state.memory import NOWHERE
from astro_tui.theme.look import stylesheet
from astro_tui.theme.sizes import COMFORTABLE, WIDE
from astro_tui.widgets.chrome.bar import Bar, Paragraph
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.chrome.why_strip import WhyStrip
from astro_tui.widgets.keymap import action_key, bind_missing, keymap
from astro_tui.widgets.lists.agent_table import AgentTable

if TYPE_CHECKING:
    from astro_tui.presentation.agent_list import Entry
    from astro_tui.screens.picker.agent_actions import AgentActions
    from astro_tui.screens.picker.billing import Billing
    from astro_tui.screens.picker.preview import PreviewPane

BILLING_AFTER = 1.5
"""Seconds from a list until billing is read, so that billing delays nothing."""
BILLING_AGAIN = 600.0
"""Seconds after which billing is read again."""
RESOLVE_AFTER = 1.5
"""Seconds to wait after the first list, so that the user first gets what they came for."""


def _section_keys() -> list[Binding]:
    """Return the keys that open the agent under the cursor at a section."""
    return [
        Binding(
            f"{one.list_key},{one.key}".lstrip(","),
            f"section({one.name!r})",
            one.list_title or one.title,
            tooltip=f"|{one.title}" if one.list_key else "",
            id=f"picker.{one.name}",
        )
        for one in SECTIONS
    ]


class PickerScreen(PromptPage):
    """One dense table of an account's agents, problems first."""

    CSS_PATH = stylesheet("picker")
    NEED, REFRESHES = Need.REQUIRED, True
    BINDINGS = [
        *PUBLIC_KEYS,
        *PAUSE_KEYS,
        *keymap("""
            escape    clear      picker.clear      clear the filter [!|clear filter]
            enter!    open       picker.open       open [|open]
        """),
        *_section_keys(),
        *keymap("""
            d                 diff            picker.diff       what changed: the change to blame, or the newest [|diff]
            a                 act             picker.actions           actions: restart, roll back… [|actions]
            slash!            filter          picker.filter            filter [filter]
            s                 sort            picker.sort              sort [|sort]
            S                 reverse         picker.reverse           reverse order
            e                 problems        picker.problems          show only problems, or all [problems|all]
            r,ctrl+r          refresh         picker.refresh           refresh [refresh]
            y!                copy_menu       picker.copy              copy… [|copy]
            i                 preview         picker.preview           toggle the preview (in a wide window) [|preview]
            D!                compare         picker.compare           compare with a visit, a revision, or an agent
            c                 catalog         picker.catalog           public catalog [|catalog]
            minus             account_before  picker.previous-account  previous account
            A                 accounts        session.accounts         your accounts [accounts]
            question_mark,f1  app.help        app.help                 help [help]
            q                 app.quit        picker.quit              quit [quit]
        """),
    ]

    table = query_one(AgentTable)
    """The table of agents."""
    _unread = query_one("#unread", Bar)
    """The accounts that cannot be read."""

    def __init__(self, session: Session, account: str = "") -> None:
        super().__init__(session)
        bind_missing(self, _section_keys())
        self.agents = AgentsTopic(self, account, visible=self._visible, arrived=self._arrived)
        settings = session.settings
        self._wanted = None if account else wanted_at_start(settings.account, settings.agent, settings.address)
        self._order, self._reverse = Arrangement().order, False
        self._place = NOWHERE
        """How the user left the account, until its first list arrives."""
        self._begun = self._go_to = self._resumed = ""
        self._row: Entry | None = None
        """The agent under the cursor."""
        self._preview: PreviewPane | None = None
        self._forms = Remade(self._head_forms)
        self._billing_lines = Remade(self._lines_of_billing)
        self._billing: Topic[Billing] = Topic(self, "billing")
        self._no_match = Remade(self._nothing_found)
        self._begin(self.account)

    def compose_body(self) -> ComposeResult:
        """Yield the table, the notice that can replace it, the reason, and the filter."""
        yield Paragraph(self.look, id="billing")
        yield AgentTable(self.look, self.session.clock, chosen=self.session.settings.columns, id="agents")
        yield Notice(self.look, id="notice")
        yield Bar(self.look, id="unread")
        yield WhyStrip(self.look)
        yield Prompt(self.look, id="prompt")

    @property
    def account(self) -> str:
        """Name of the account on screen; empty until it is known."""
        return self.agents.account

    @property
    def arrangement(self) -> Arrangement:
        """The filter and the order of the list."""
        return Arrangement(self.query_text, self._order, self._reverse)

    def on_mount(self) -> None:
        """Show the rows if they have already arrived, else the empty frame."""
        # An agent named on the command line opens when its list is complete, not in the first frame.
        if not self._wanted and self.agents.take_startup_list():
            return
        if self.session.startup_request is not None:
            # The request is already sent. After the first frame, import what the rows need while waiting for them.
            self.load()
            self.call_after_refresh(self.run_worker, _import_masker, thread=True)
        else:
            # The first request imports the HTTP library, so the first frame is drawn before it.
            self.call_after_refresh(self.load)

    # ---- loading

    def load(self) -> None:
        """Request the list."""
        self.agents.request()

    def load_again(self) -> None:
        """Request the list now, and investigate all problems again when it arrives."""
        self.agents.investigate_again()
        super().load_again()

    def suspend(self) -> None:
        """Stop polling and investigating."""
        super().suspend()
        self.agents.watch.suspend()
        if self._resumed:
            show_message(self.app, self._resumed)
            self._resumed = ""

    def resume(self) -> None:
        """Investigate and poll again."""
        if not self.session.paused:
            self.agents.investigate()
        super().resume()

    def shown_again(self) -> None:
        """Put the cursor on the deployment that the screens above this one ended at."""
        self.agents.take_learned()
        if self.agents.fetched is not None:
            self.note_place(self.account, section="")
        view = self.session.roster.views.get(self.account)
        if view is not None and self.table.row is not None and view.key not in ("", self.table.row.key):
            self._go_to = view.key

    def _arrived(self, listed: Listed) -> None:
        """React to a list before it is drawn: to the first one, go where the user left the account."""
        if listed.account != self._begun:
            self._begin(listed.account)
            self.app.theme = self.session.theme_of(listed.account)
        place, self._place = self._place, NOWHERE
        self._go_to = self._go_to or place.agent
        self.draw()
        row = self.table.row
        elsewhere = self._wanted or self.session.settings.address or self.app.screen is not self or self.prompt.display
        if place.section and row is not None and row.key == place.agent and not elsewhere:
            self.action_section(place.section)
            self._resumed = f"Opened {row.label}, where you left off. Press esc for the list."
        if problems := self.session.memory.problems:
            self.show_message(" ".join(problems), warning=True)
            problems.clear()
        elif self.session.first_run:
            self.session.first_run = False
            self.show_message(LEGEND)
        if listed.gone:
            self.show_message(f"{listed.gone} no longer exists, or you left it. Showing {self.account}.", warning=True)
        if self._wanted:
            self._open_wanted(self._wanted)
        billing, at = self._billing.value, self._billing.fetched
        again = pause_for(listed.read, BILLING_AGAIN)
        old = at is None or (self.session.clock() - at).total_seconds() > again
        lacks = billing is None or not listed.read.keys() <= billing.keys()
        if not listed.left and (old or lacks) and not self._billing.busy:
            self.set_timer(BILLING_AFTER, self._read_billing)
        if not self.session.earlier_resolved:
            self.session.earlier_resolved = True
            self.set_timer(RESOLVE_AFTER, self._resolve_earlier)

    def _resolve_earlier(self) -> None:
        """Find out what became of actions of earlier runs, now that startup is over."""
        from astro_tui.screens.actions.journal import report_earlier

        # The app runs this, so it continues after this screen closes.
        self.app.run_worker(partial(report_earlier, self.app, self.session), thread=True)

    def acted(self, key: str) -> None:
        """Show that an action on an agent began or ended."""
        if self.is_attached:
            self.agents.acted(key)

    # ---- drawing

    def _visible(self) -> Iterator[str]:
        """Yield the ids of the agents on screen."""
        return (entry.key for entry in self.table.visible_rows)

    def follow(self) -> None:
        """Follow what the user types, and find out first what is wrong with the agent under the cursor."""
        super().follow()
        row = self.table.row
        if row is not self._row:
            self._row = row
            if row is not None:
                self.note_place(self.account, agent=row.key)
            self.agents.watch.rest_on(row)

    def draw(self) -> None:
        """Draw the agents that match, in order, and why the one under the cursor is in its state."""
        agents, table, listed, now = self.agents, self.table, self.agents.value, self.session.clock()
        table.show_accounts(several=agents.scope.several)
        if listed is not None:
            table.show_usage(agents.usage)
            # Taken before it is shown: a cursor that moves draws again.
            keep, self._go_to = self._go_to, ""
            table.show_agents(listed.entries, self.arrangement, agents.fetched, keep=keep)
            hidden = listed.entries and not table.rows
            table.show_instead(self._no_match.of(listed, self.query_text) if hidden else [])
            if self.prompt.display:
                self.prompt.note(found(table.row_count, listed, self.query_text))
        elif not table.loading_rows:
            table.start_loading()
        self._draw_notice()
        failed = listed.failed if listed is not None else {}
        self._unread.display = bool(failed)
        if failed:
            self._unread.show(*unread_line(failed, self.look, action_key(self, "picker.refresh")))
        self._draw_billing(listed)
        self._draw_reason(now)
        narrow = self.app.size.width < COMFORTABLE[0]
        forms, states = self._forms.of(listed, table.rows, self.query_text, table.marked, narrow)
        words = agents.words(now, self.session.settings.refresh, paused=self.session.paused)
        self.show_head(self.account or self.look.glyphs.cut, forms, words, states, agents.trying(now))
        super().draw()

    def _head_forms(
        self, listed: Listed | None, rows: Sequence[Entry], query: str, marked: Sequence[Entry], narrow: bool
    ) -> tuple[list[Content], Content]:
        """Return the forms of the header, and the line for a tiny window."""
        clear = action_key(self, "picker.clear") if query else ""
        forms = head_forms(listed, rows, query, self.look, marks=len(marked), clear=clear, narrow=narrow)
        return forms, counts(listed.states if listed is not None else (), self.look)

    def armed_words(self, account: str) -> str | None:
        """Return how long the account is armed; in a list of several accounts, that of the agent under the cursor."""
        several = self.agents.scope.several and self._row is not None
        return super().armed_words(self._row.account if several and self._row is not None else account)

    @property
    def notices(self) -> Iterable[Notice]:
        """The only notice, without a search for others at each key."""
        return (self.notice,)

    def _nothing_found(self, listed: Listed, query: str) -> list[str]:
        return no_match(listed, query, self.look, clear=action_key(self, "picker.clear"))

    def _draw_notice(self) -> None:
        """Show instead of the table why there is nothing to list."""
        agents, notice, listed = self.agents, self.notice, self.agents.value
        complete = listed is not None and not listed.left
        notice.display = not agents.entries and (agents.error is not None or complete)
        if notice.display and agents.error is not None:
            say_failed(notice, agents.error, self.account, self.session, self.login.keys())
        elif notice.display and listed is not None:
            say_empty(notice, scope_of(*listed.read).words, listed.unreadable, self.look)
        # The notice replaces the reason too: it needs the room in a short window.
        self.table.display = not notice.display

    def _read_billing(self) -> None:
        """Read billing and spend, now that startup is over."""
        listed, session = self.agents.value, self.session
        if listed is not None:
            from astro_tui.screens.picker.billing import read_billing

            accounts = list(listed.read)
            self._billing.load(lambda call: read_billing(session.agents, accounts, call))

    def _draw_billing(self, listed: Listed | None) -> None:
        """Say once, above the agents, that billing has stopped an account, or what it warns of."""
        lines = self._billing_lines.of(self._billing.value, listed) if self.table.display else Content()
        line = self.query_one("#billing", Paragraph)
        line.display = bool(lines)
        line.show(lines)

    def _lines_of_billing(self, billing: Billing | None, listed: Listed | None) -> Content:
        if not billing or listed is None:
            return Content()
        from astro_tui.screens.picker.billing import billing_lines

        shown = {account: billing[account] for account in listed.read if account in billing}
        return billing_lines(shown, listed.entries, self.look)

    def _draw_reason(self, now: datetime) -> None:
        """Show the preview beside a wide list, and the strip below any other list, or about a failed refresh."""
        agents, row, shown = self.agents, self.table.row, self.table.display
        beside = shown and agents.value is not None and self._preview_fits and self._preview_wanted
        problem = agents.watch.problem(row) if row is not None else ""
        if beside and self._preview is None:
            self._preview = self._make_preview()
            self.mount(self._preview)
        if self._preview is not None:
            self._preview.display = beside
            self._preview.show(row, problem)
        self.set_class(beside, "-beside")
        strip = self.query_one(WhyStrip)
        strip.display = shown and (not beside or agents.error is not None)
        if strip.display:
            strip.show(row, agents.sentence(), agents.remedy(now, self), now, problem)

    @property
    def _preview_fits(self) -> bool:
        """Whether the window is wide enough for the preview."""
        return self.app.size.width >= WIDE

    @property
    def _preview_wanted(self) -> bool:
        """Whether the user wants the preview where there is room for it."""
        return self.session.memory.place(self.account).preview

    # ---- places

    @property
    def route(self) -> Route | None:
        """The agent under the cursor, else the list."""
        row = self.table.row
        return DeploymentRoute(row.account, row.key) if row is not None else routes.AgentsRoute(self.account)

    def want(self, route: DeploymentRoute | DiffRoute) -> None:
        """Show the account of a route, unless it is in the list, and open its agent when the list is complete."""
        if self.agents.value is None or route.account not in self.agents.value.read:
            self.show_account(route.account)
        self._wanted = route
        if self.agents.fetched is not None:
            self._open_wanted(route)

    def _open_wanted(self, route: DeploymentRoute | DiffRoute) -> None:
        self._wanted = None
        account = route.account or self.account
        entries = [entry for entry in self.agents.entries if entry.account == account]
        named, problem = self.agent.named(account, entries, route.agent)
        if not problem:
            self._go_to = named[0].key
            self.draw()
            self.set_focus(self.table)
            self.agent.open_at(named[0], replace(route, account=account, agent=named[0].key))
            return
        if self.session.settings.write and not named:
            # The user meant another agent than any of these.
            self.session.arming.disarm()
            problem = f"{problem} Actions are off now."
        # Not remembered: the next run should not start with this filter.
        self.query_text = route.agent
        self.changed()
        self.show_message(problem, warning=not named)

    def keep_place(self) -> None:
        """Save the list in the roster, for other screens and for when the user returns to it."""
        row = self.table.row
        if self.agents.value is not None:
            key = row.key if row is not None else ""
            self.session.roster.show(self.account, ListView(self.table.rows, self.arrangement, key))

    def show_account(self, account: str) -> None:
        """Show the agents of other accounts: at once, and as the user left them, if they were shown before."""
        account = str(scope_of(account))
        if account == self.account and self.agents.fetched is not None:
            return
        self.keep_place()
        self.table.action_unmark()
        self.app.theme = self.session.theme_of(account)
        kept = self.session.roster.views.get(account)
        self._wanted = None
        self._begin(account)
        # Only the start of the program leads back to the screen of an agent.
        self._place = replace(self._place, section="") if kept is None else NOWHERE
        if kept is not None:
            self._go_to = kept.key
            self.query_text, self._order, self._reverse = kept.arrangement
        self.agents.open_account(account)
        self.load()

    def _begin(self, account: str) -> None:
        """Arrange the list of an account as in the last run, and wait for it to arrive."""
        session, memory = self.session, self.session.memory
        if account and not session.resumes:
            # Only the first list is where the command line leads.
            session.resumes = True
            memory.note(account, query="", agent="", section="")
        self._begun, self._place = account, memory.place(account)
        self.query_text, self._reverse = self._place.query, self._place.reverse
        self._order = self._place.order if self._place.order in ORDERS else Arrangement().order

    # ---- keys

    @made_once
    def agent(self) -> AgentActions:
        """What keys do with the agent under the cursor; imported when one of them is first pressed."""
        from astro_tui.screens.picker.agent_actions import AgentActions

        return AgentActions(self)

    def is_on(self, action: str) -> bool:
        """Whether there is a filter to clear, a notice instead of the table, or an agent under the cursor."""
        match action:
            case "clear":
                return bool(self.query_text)
            case "problems":
                return self.query_text == PROBLEMS
            case "catalog":
                return self.notice.display
            case "pause":
                return self.session.paused
            case "preview" if not self._preview_fits:
                return False
        return self._row is not None

    def action_open(self) -> None:
        """Open the agent under the cursor."""
        self.action_section("")

    def action_filter(self) -> None:
        """Type a filter."""
        self.table.touched = True
        super().action_filter()
        self.changed()

    def type_query(self, text: str) -> None:
        """Show the agents that match."""
        self._arrange(self.arrangement._replace(query=text))

    def _arrange(self, arrangement: Arrangement) -> None:
        """Show the list with another filter, or in another order."""
        self.query_text, self._order, self._reverse = arrangement
        self.note_place(self.account, **arrangement._asdict())
        self.changed()
        # Other agents are on screen now.
        self.agents.watch.rest_on(self.table.row)

    def action_clear(self) -> None:
        """Clear the filter."""
        self.submit_query("")

    def action_problems(self) -> None:
        """Show only problems, or all agents again."""
        self.submit_query("" if self.query_text == PROBLEMS else PROBLEMS)

    def action_preview(self) -> None:
        """Show or hide the preview."""
        if self._preview_fits:
            self.note_place(self.account, preview=not self._preview_wanted)
            self.changed()
        else:
            self.show_message(f"The preview needs {WIDE} columns. This window has {self.app.size.width}.", warning=True)

    def action_sort(self) -> None:
        """Sort by the next column."""
        self._arrange(self.arrangement.next_order(several=self.agents.scope.several))

    def action_reverse(self) -> None:
        """Reverse the order."""
        self._arrange(self.arrangement.reversed())

    @on(AgentTable.HeadingClicked)
    def _heading_clicked(self, message: AgentTable.HeadingClicked) -> None:
        """Sort by a column, or reverse the order if the list is already sorted by it."""
        arrangement = self.arrangement.by_column(message.name)
        if arrangement is not None:
            self._arrange(arrangement)

    def action_account_before(self) -> None:
        """Go back to the previous account."""
        before = self.session.remembered.before(self.account)
        if before:
            self.show_account(before)
        else:
            key = action_key(self, "session.accounts")
            self.show_message(f"No previous account. List accounts with {key}.", warning=True)

    def action_copy_menu(self) -> None:
        """Choose what to copy from the agent under the cursor; `yy` copies its id."""
        self.agent.copy_menu(self.table.row)

    def action_diff(self) -> None:
        """Compare two marked agents; without marks, show what changed in the one under the cursor."""
        self.agent.diff(self.table.row, self.table.marked)

    def action_compare(self) -> None:
        """Choose what to compare the agent under the cursor with."""
        self.agent.compare(self.table.row)

    def action_section(self, name: str) -> None:
        """Open a section of the agent under the cursor; if agents are marked, their logs together."""
        if name == "logs" and self.table.marked:
            self.agent.open_logs(self.table.marked, self.agents.entries)
        else:
            self._open_agent(self.table.row, name)

    def action_act(self) -> None:
        """Choose what to do to the marked agents; without marks, to the one under the cursor."""
        self.agent.act(self.table.row, self.table.marked)

    def action_catalog(self) -> None:
        """Browse the public catalog."""
        self.set_focus(self.table)
        self.open(CatalogRoute())

    def _make_preview(self) -> PreviewPane:
        from astro_tui.screens.picker.preview import PreviewPane

        return PreviewPane(self.session)

    @on(AgentTable.Opened)
    def _opened(self, message: AgentTable.Opened) -> None:
        self._open_agent(message.row)

    def _open_agent(self, entry: Entry | None, section: str = "") -> None:
        if entry is not None:
            self.set_focus(self.table)
            self.agent.open(entry, section)


def _import_masker() -> None:
    from astro_tui.text.redaction import load_tables

    load_tables()
