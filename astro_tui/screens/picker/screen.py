"""The agents of an account: what runs, what needs attention, and why."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.getters import query_one
from textual.message import Message

from astro_tui.presentation.agent_list import Arrangement
from astro_tui.presentation.status import LEGEND
from astro_tui.runtime import made_once
from astro_tui.screens.base.page import ACCOUNT_KEYS, PAUSE_KEYS, Need
from astro_tui.screens.base.prompt_page import PromptPage
from astro_tui.screens.base.view import show_message
from astro_tui.screens.picker.account_places import AccountPlaces
from astro_tui.screens.picker.loader import PickerLoader, PickerState
from astro_tui.screens.picker.rows import AgentRows, Explanation
from astro_tui.screens.picker.texts import LAST_KEYS, NOTICE_KEYS, PROBLEMS, counts, found, head_forms, table_keys
from astro_tui.session.routes import SECTIONS, Agents, Catalog, Deployment, Diff, Route, wanted_at_start
from astro_tui.session.session import Session
from astro_tui.theme.look import stylesheet
from astro_tui.theme.sizes import COMFORTABLE, WIDE
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.chrome.why_strip import WhyStrip
from astro_tui.widgets.keymap import action_key, bind_missing, keymap
from astro_tui.widgets.lists.agent_table import AgentTable
from astro_tui.widgets.lists.rows import RowList

if TYPE_CHECKING:
    from astro_tui.presentation.agent_list import Entry
    from astro_tui.screens.picker.agent_actions import AgentActions
    from astro_tui.screens.picker.preview import PreviewPane

RESOLVE_AFTER = 1.5
"""Seconds to wait after the first list, so that the user first gets what they came for."""


def _section_keys() -> list[Binding]:
    """Return the keys that open the agent under the cursor at a section."""
    keys = {one.name: f"{one.key},{one.list_key}".rstrip(",") for one in SECTIONS}
    return [
        Binding(keys[one.name], f"section({one.name!r})", one.list_title or one.title, id=f"picker.{one.name}")
        for one in SECTIONS
    ]


class PickerScreen(PromptPage):
    """One dense table of an account's agents, problems first."""

    CSS_PATH = stylesheet("picker")
    NEED, REFRESHES = Need.REQUIRED, True
    BINDINGS = [
        *ACCOUNT_KEYS,
        *PAUSE_KEYS,
        *keymap("""
            slash!    filter     picker.filter     filter
            enter!    open       picker.open       open
            s         sort       picker.sort       sort
            S         reverse    picker.reverse    reverse order
            r,ctrl+r  refresh    picker.refresh    refresh
            e         problems   picker.problems   show only problems, or all
            i         preview    picker.preview    toggle the preview (in a wide window)
            y!        copy_menu  picker.copy       copy…
            d         diff       picker.diff       what changed: the change to blame, or the newest
            D!        compare    picker.compare    compare with your last visit, a revision, or an agent
        """),
        *_section_keys(),
        *keymap("""
            a                 act             picker.actions           actions: restart, roll back…
            c                 catalog         picker.catalog           public catalog
            escape            clear           picker.clear             clear the filter
            minus             account_before  picker.previous-account  previous account
            question_mark,f1  app.help        app.help                 help
            q                 app.quit        picker.quit              quit
        """),
    ]

    table = query_one(AgentTable)
    """The table of agents."""

    def __init__(self, session: Session, account: str = "") -> None:
        super().__init__(session)
        bind_missing(self, _section_keys())
        self.loader = PickerLoader(self, session, self._show, self._visible, account)
        given = session.settings
        self._wanted = None if account else wanted_at_start(given.account, given.agent, given.address)
        self._places, self._resumed = AccountPlaces(session), ""
        self._rows = AgentRows(session, self._places.begin(self.account))
        self.explanation = Explanation(self, self.loader, self._make_preview)

    def compose_body(self) -> ComposeResult:
        """Yield the table, the notice that can replace it, the reason, and the filter."""
        yield from self._rows.widgets
        yield WhyStrip(self.look)
        yield Prompt(self.look, id="prompt")

    @property
    def state(self) -> PickerState:
        """What is on screen."""
        return self.loader.state

    @property
    def account(self) -> str:
        """Name of the account on screen; empty until it is known."""
        return self.state.account

    @property
    def arrangement(self) -> Arrangement:
        """The filter and the order of the list."""
        return self._rows.arrangement

    def on_mount(self) -> None:
        """Show the rows if they have already arrived, else the empty frame."""
        self.notice.display = False
        self.show_summary()
        # An agent named on the command line opens when its list is complete, not in the first frame.
        if not self._wanted and self.loader.take_startup_list():
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
        self.loader.load()

    def show_waiting(self, topic: str, reason: str, seconds: float) -> None:
        """Show in the header that the client will try again."""
        self.loader.waiting(topic, reason, seconds)

    def set_paused(self, *, paused: bool) -> None:
        """Pause refreshes, or refresh now and resume."""
        if paused:
            self.loader.pause_investigating()
        else:
            self.poll()
        self.show_summary()

    def suspend(self) -> None:
        """Stop polling while another screen is in front."""
        self.loader.suspend()
        if self._resumed:
            show_message(self.app, self._resumed)
            self._resumed = ""

    def resume(self) -> None:
        """Poll again."""
        self.loader.resume()

    def shown_again(self) -> None:
        """Put the cursor on the deployment that the screens above this one ended at."""
        self.loader.take_learned()
        if self.state.fetched is not None:
            self.note_place(self.account, section="")
        known = self.session.roster.lists.get(self.account)
        if known is not None and self.table.row is not None and known.key not in ("", self.table.row.key):
            self._show_list(keep=known.key)

    # ---- showing

    def _visible(self) -> Iterator[str]:
        """Yield the ids of the agents on screen."""
        return (entry.key for entry in self.table.visible_rows)

    def _show(self, old: PickerState, state: PickerState) -> None:
        """Draw what differs from the state on screen."""
        if state.account != old.account:
            self._rows.begin(self._places.begin(state.account))
            self.app.theme = self.session.theme_of(state.account)
        if self._rows.outdated(state, old):
            self._show_list(keep=self._places.key)
            self._return_to_section(self._places.arrived(self.table.row))
        else:
            self._show_changes(old)
        if state.gone != old.gone:
            self.show_message(f"{state.gone} no longer exists, or you left it. Showing {state.account}.", warning=True)
        if self._wanted and state.revision != old.revision:
            self._open_wanted(self._wanted)
        if state.fetched is not None and not self.session.earlier_resolved:
            self.session.earlier_resolved = True
            self.set_timer(RESOLVE_AFTER, self._resolve_earlier)

    def _arrange(self, arrangement: Arrangement) -> None:
        """Show the list with another filter, or in another order."""
        self._rows.arrange(arrangement)
        self.note_place(self.account, **arrangement._asdict())
        self._show_list()

    def _show_list(self, keep: str | None = None) -> None:
        """Show the agents that match, with the cursor on the one with the id `keep`."""
        self._rows.show(self.state, keep)
        self._show_notice()
        self.show_summary()
        if not self.table.rows:
            self.explanation.show(None)
        if self.prompt.display:
            self.prompt.note(found(self.table.row_count, self.state, self.arrangement.query))

    def _show_changes(self, old: PickerState) -> None:
        """Draw what changed in place."""
        self._rows.show_changes(self.state, old)
        failed = self.state.error is not old.error
        if failed and not self.state.entries:
            self._show_notice()
        # Even where no entry differs, a reason may have failed to load.
        if failed or self.state.entries is not old.entries:
            self.explanation.show(self.table.row)
        self.show_summary()

    def _show_notice(self) -> None:
        """Show the table, or a notice in its place, with what fits beside or below it."""
        self._rows.show_notice(self.state, self.login.hints())
        self.explanation.arrange()
        self.show_hints()

    def _return_to_section(self, section: str) -> None:
        """Open the section that was on screen, unless the user wants something else; say what is damaged."""
        given = self._wanted or self.session.settings.address or self.app.screen is not self or self.prompt.display
        if section and not given and self.table.row is not None:
            self.action_section(section)
            self._resumed = f"Opened {self.table.row.label}, where you left off. Press esc for the list."
        if damage := self._places.damage():
            self.show_message(damage, warning=True)
        elif self.session.first_run:
            self.session.first_run = False
            self.show_message(LEGEND)

    def _resolve_earlier(self) -> None:
        """Find out what became of actions of earlier runs, now that startup is over."""
        from astro_tui.screens.actions.journal import report_earlier

        # The app runs this, so it continues after this screen closes.
        self.app.run_worker(partial(report_earlier, self.app, self.session), thread=True)

    def tick(self) -> None:
        """Update the ages."""
        self.show_summary()
        if self.state.error is not None:
            self.explanation.show(self.table.row)

    def show_summary(self) -> None:
        """Show in the header how many agents there are, in which states, and how old the list is."""
        look, state, staleness, now = self.look, self.state, self.loader.staleness, self.session.clock()
        query, account = self.arrangement.query, state.account or look.glyphs.cut
        clear = action_key(self, "picker.clear") if query else ""
        narrow = self.app.size.width < COMFORTABLE[0]
        forms = head_forms(state, self.table.rows, query, look, clear=clear, narrow=narrow)
        words = staleness.words(now, self.session.settings.refresh, paused=self.session.paused)
        self.show_head(account, forms, words, counts(state.states, look), staleness.trying(now))

    def times_changed(self) -> None:
        """Draw times as the user wants them now."""
        super().times_changed()
        self.explanation.show(self.table.row)

    def show_row(self) -> None:
        """Explain the status of the agent under the cursor, and load the reason."""
        entry = self.table.row
        if entry is not None:
            self.note_place(self.account, agent=entry.key)
        self.explanation.show(entry)
        self.loader.rest_on(entry)

    def acted(self, key: str) -> None:
        """Show that an action on an agent began or ended."""
        if self.is_attached:
            self.loader.acted(key)

    @property
    def route(self) -> Route | None:
        """The agent under the cursor, else the list."""
        row = self.table.row
        return Deployment(self.account, row.key) if row is not None else Agents(self.account)

    def want(self, route: Deployment | Diff) -> None:
        """Show the account of a route, and open its agent when the list is complete."""
        self.show_account(route.account)
        self._wanted = route
        if self.state.fetched is not None:
            self._open_wanted(route)

    def _open_wanted(self, route: Deployment | Diff) -> None:
        self._wanted = None
        named, problem = self.agent.named(self.account, self.state.entries, route.agent)
        if not problem:
            self._show_list(keep=named[0].key)
            self.table.focus()
            self.agent.open_at(named[0], replace(route, account=self.account, agent=named[0].key))
            return
        if self.session.settings.write and not named:
            # The user meant another agent than any of these.
            self.session.arming.disarm()
            problem = f"{problem} Actions are off now."
        # Not remembered: the next run should not start with this filter.
        self._rows.arrange(self.arrangement._replace(query=route.agent))
        self._show_list()
        self.show_hints()
        self.show_message(problem, warning=not named)

    # ---- other accounts

    def keep_place(self) -> None:
        """Save the list in the roster, for other screens and for when the user returns to this account."""
        self._places.keep(self.state, self.table.rows, self.arrangement, self.table.row)

    def show_account(self, account: str) -> None:
        """Show the agents of another account: at once, and as the user left them, if they were shown before."""
        if account == self.account and self.state.fetched is not None:
            return
        self.keep_place()
        self.app.theme = self.session.theme_of(account)
        listed, arrangement = self._places.change_to(account)
        self._wanted = None
        self._rows.begin(arrangement)
        self.loader.open_account(account, listed)
        self._show_list(keep=listed.key if listed else "")
        if listed is None:
            self.table.start_loading()
        self.show_hints()
        self.load()

    def on_resize(self, _event: events.Resize) -> None:
        """Fit the header, the reason, and the key hints to the new width."""
        self.show_summary()
        if self.table.row is not None:
            self.explanation.show(self.table.row)
        self.show_hints()

    # ---- keys

    @made_once
    def agent(self) -> AgentActions:
        """What keys do with the agent under the cursor; imported when one of them is first pressed."""
        from astro_tui.screens.picker.agent_actions import AgentActions

        return AgentActions(self)

    def hints(self) -> list[tuple[str, str]]:
        """Return the keys for the table, or for the notice that replaces it."""
        query, rows, row = self.arrangement.query, self.table.row_count, self.table.row is not None
        clear = [("esc", "clear filter")] if query else []
        # A notice has nothing to filter or sort, and a filter that hides everything leaves nothing to open.
        listed = table_keys(rows, query, row=row, preview=self.explanation.fits)
        keys = NOTICE_KEYS if self.notice.display else listed
        return [*clear, *self.login.hints(), *self.pause_hints(), *keys, *LAST_KEYS]

    def action_open(self) -> None:
        """Open the agent under the cursor."""
        self.action_section("")

    def action_refresh(self) -> None:
        """Request the list now."""
        if self.send_again("list", self.loader.staleness):
            self.loader.start_over()
            self.load()

    def action_filter(self) -> None:
        """Type a filter."""
        self.query_text, self.table.touched = self.arrangement.query, True
        query = self.query_text
        self.prompt.note(found(self.table.row_count, self.state, query))
        super().action_filter()

    def handle_directly(self, message: Message) -> None:
        """Follow the prompt and the cursor of the table."""
        if isinstance(message, Prompt.Changed):
            self.type_query(message.text)
        elif isinstance(message, RowList.Highlighted):
            self.show_row()

    def type_query(self, text: str) -> None:
        """Show the agents that match."""
        self.query_text = text
        if text != self.arrangement.query:
            before = self.table.row
            self._arrange(self.arrangement._replace(query=text))
            if before is not None and self.table.row is not None and self.table.row.key != before.key:
                # If the filter hides the agent under the cursor, go to the first match.
                self.table.move_to(0)

    def submit_query(self, text: str) -> None:
        """Show the agents that match, and the keys for them."""
        self.type_query(text)
        self.show_hints()

    def action_clear(self) -> None:
        """Clear the filter."""
        self.submit_query("")

    def action_problems(self) -> None:
        """Show only problems, or all agents again."""
        self.submit_query("" if self.arrangement.query == PROBLEMS else PROBLEMS)

    def action_preview(self) -> None:
        """Show or hide the preview."""
        if self.explanation.fits:
            self.note_place(self.account, preview=not self.explanation.wanted)
            self.explanation.show(self.table.row)
        else:
            self.show_message(f"The preview needs {WIDE} columns. This window has {self.app.size.width}.", warning=True)

    def action_sort(self) -> None:
        """Sort by the next column."""
        self._arrange(self.arrangement.next_order())

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
        """Compare two marked agents, else show what changed in the one under the cursor."""
        self.agent.diff(self.account, self.table.row, self.table.marked)

    def action_compare(self) -> None:
        """Choose what to compare the agent under the cursor with."""
        self.agent.compare(self.account, self.table.row)

    def action_section(self, name: str) -> None:
        """Open a section of the agent under the cursor."""
        self._open_agent(self.table.row, name)

    def action_act(self) -> None:
        """Choose what to do to the agent under the cursor."""
        self.agent.act(self.account, self.table.row)

    def action_catalog(self) -> None:
        """Browse the public catalog."""
        self.table.focus()
        self.open(Catalog())

    def _make_preview(self) -> PreviewPane:
        from astro_tui.screens.picker.preview import PreviewPane

        return PreviewPane(self.session)

    @on(AgentTable.Opened)
    def _opened(self, message: AgentTable.Opened) -> None:
        self._open_agent(message.entry)

    def _open_agent(self, entry: Entry | None, section: str = "") -> None:
        if entry is not None:
            self.table.focus()
            self.agent.open(self.account, entry, section)


def _import_masker() -> None:
    from astro_tui.text.redaction import load_tables

    load_tables()
