"""The agents of an account: what runs, what needs attention, and why."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.getters import query_one

from astro_tui.presentation.agent_list import Arrangement, tally
from astro_tui.runtime.once import made_once
from astro_tui.screens.base.prompt_page import PromptPage
from astro_tui.screens.base.refreshing_page import RefreshingPage
from astro_tui.screens.picker.account_places import AccountPlaces
from astro_tui.screens.picker.explanation import Explanation
from astro_tui.screens.picker.loader import PickerLoader, PickerState
from astro_tui.screens.picker.rows import AgentRows
from astro_tui.screens.picker.texts import counts, found, head_forms
from astro_tui.session.routes import SECTIONS, Agents, Catalog, Deployment, Diff, Route, wanted_at_start
from astro_tui.session.session import Session
from astro_tui.theme.look import stylesheet
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.chrome.why_strip import WhyStrip
from astro_tui.widgets.keymap import action_key, bind_missing, keymap
from astro_tui.widgets.lists.agent_table import AgentTable

if TYPE_CHECKING:
    from astro_tui.screens.picker.agent_actions import AgentActions

PROBLEMS = "is:problem"
"""The filter that the key for problems sets."""
RESOLVE_AFTER = 1.5
"""Seconds to wait after the first list, so that the user first gets what they came for."""


def _section_keys() -> list[Binding]:
    """Return the keys that open the agent under the cursor at a section."""
    return [
        Binding(
            f"{one.key},{one.list_key}".rstrip(","),
            f"section({one.name!r})",
            one.list_title or one.title,
            id=f"picker.{one.name}",
        )
        for one in SECTIONS
    ]


class PickerScreen(PromptPage, RefreshingPage):
    """One dense table of an account's agents, problems first."""

    CSS_PATH = stylesheet("picker")
    BINDINGS = [
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
        self.state = self.loader.state
        """What is on screen."""
        given = session.settings
        self._wanted = None if account else wanted_at_start(given.account, given.agent, given.address)
        self._places = AccountPlaces(session)
        self.rows = AgentRows(self, self._places.begin(self.account))
        self.explanation = Explanation(self)

    def compose_body(self) -> ComposeResult:
        """Yield the table, the notice that can replace it, the reason, and the filter."""
        look = self.look
        yield AgentTable(look, self.session.clock, chosen=self.session.settings.columns, id="agents")
        yield Notice(look, id="notice")
        yield WhyStrip(look)
        yield Prompt(look, id="prompt")

    @property
    def account(self) -> str:
        """Name of the account on screen; empty until it is known."""
        return self.state.account

    @property
    def arrangement(self) -> Arrangement:
        """The filter and the order of the list."""
        return self.rows.arrangement

    def on_mount(self) -> None:
        """Show the rows if they have already arrived, else the empty frame."""
        self.prompt.display = self.notice.display = False
        self.table.focus()
        self.show_hints()
        self.show_summary()
        self.set_interval(1, self._tick)
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
            self.loader.pause()
        else:
            self.poll()
        self.show_summary()

    def on_screen_suspend(self) -> None:
        """Stop polling while another screen is in front."""
        self.loader.suspend()

    def on_screen_resume(self) -> None:
        """Poll again, with the cursor on the deployment that the screens above this one ended at."""
        self.loader.take_learned()
        if self.state.fetched is not None:
            self.note_place(self.account, section="")
        known = self.session.roster.lists.get(self.account)
        if known is not None and self.table.row is not None and known.key not in ("", self.table.row.key):
            self.rows.show(keep=known.key)
        self.loader.resume()

    # ---- showing

    def _visible(self) -> Iterator[str]:
        """Yield the ids of the agents on screen."""
        return (entry.key for entry in self.table.visible_rows)

    def _show(self, state: PickerState) -> None:
        """Draw what differs from the state on screen."""
        old, self.state = self.state, state
        if state.account != old.account:
            self.rows.begin(self._places.begin(state.account))
            self._show_theme(state.account)
        if self.rows.outdated(old):
            self.rows.show(keep=self._places.key)
            self._return_to_section(self._places.arrived(self.table.row))
        else:
            self.rows.show_changes(old)
            self.show_summary()
        if state.gone != old.gone:
            gone = f"{state.gone} no longer exists, or you left it. Showing {state.account}."
            self.show_message(gone, warning=True)
        if self._wanted and state.revision != old.revision:
            self._open_wanted()
        if state.fetched is not None and not self.session.earlier_resolved:
            self.session.earlier_resolved = True
            self.set_timer(RESOLVE_AFTER, self._resolve_earlier)

    def _return_to_section(self, section: str) -> None:
        """Open the section that was on screen, unless the user wants something else; say if the view was damaged."""
        given = self._wanted or self.session.settings.address or self.app.screen is not self or self.prompt.display
        if section and not given:
            self.action_section(section)
        damage = self._places.damage(self.account)
        if damage:
            self.show_message(damage, warning=True)

    def _show_theme(self, account: str) -> None:
        """Use the theme that the user chose for an account."""
        theme = self.session.theme_of(account)
        if self.app.theme != theme:
            self.app.theme = theme

    def _resolve_earlier(self) -> None:
        """Find out what became of actions of earlier runs, now that startup is over."""
        from astro_tui.screens.base.actions.earlier import report_earlier

        # The app runs this, so it continues after this screen closes.
        self.app.run_worker(partial(report_earlier, self.app, self.session), thread=True)

    def _tick(self) -> None:
        """Update the ages."""
        self.show_summary()
        if self.state.error is not None:
            self.explanation.show(self.table.row)

    def show_summary(self) -> None:
        """Show in the header how many agents there are, in which states, and how old the list is."""
        look, state, stale = self.look, self.state, self.loader.staleness
        forms: list[Content] = []
        if state.fetched is not None:
            query, known = self.arrangement.query, len(state.entries)
            rows = self.table.rows
            shown = state.states if len(rows) == known else tally(rows)
            forms = head_forms(look, known, shown, state.unreadable, query, clear=action_key(self, "picker.clear"))
        words = stale.words(self.session.clock(), self.session.settings.refresh, paused=self.session.paused)
        trying = stale.trying(self.session.clock())
        self.show_head(state.account or look.glyphs.cut, forms, words, counts(state.states, look), trying)

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
            self._open_wanted()

    def _open_wanted(self) -> None:
        route, self._wanted = self._wanted, None
        if route is not None:
            self.agent.open_named(route)

    # ---- other accounts

    def keep_place(self) -> None:
        """Save the list in the roster, for other screens and for when the user returns to this account."""
        self._places.keep(self.state, self.table.rows, self.arrangement, self.table.row)

    def show_account(self, account: str) -> None:
        """Show the agents of another account: at once, and as the user left them, if they were shown before."""
        if account == self.account and self.state.fetched is not None:
            return
        self.keep_place()
        self._show_theme(account)
        listed, arrangement = self._places.change_to(account)
        self._wanted = None
        self.rows.begin(arrangement)
        self.state = self.loader.open_account(account, listed)
        self.rows.show(keep=listed.key if listed else "")
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
        # A notice has nothing to filter or sort, and a filter that hides everything leaves nothing to open.
        table, row = not self.notice.display, self.table.row is not None
        query = self.arrangement.query
        return [
            *([("esc", "clear filter")] if query else []),
            *self.sign_in_hints(),
            *self.pause_hints(),
            *([("enter", "open"), ("l", "logs"), ("d", "diff"), ("a", "actions")] if table and row else []),
            *([("/", "filter")] if table else []),
            *([("s", "sort")] if self.table.row_count > 1 else []),
            *([("e", "all" if query == PROBLEMS else "problems")] if table else []),
            ("r", "refresh"),
            *([("y", "copy")] if table and row else []),
            *([("i", "preview")] if table and self.explanation.fits else []),
            *([] if table else [("c", "catalog")]),
            ("A", "accounts"),
            ("?", "help"),
            ("q", "quit"),
        ]

    def action_open(self) -> None:
        """Open the agent under the cursor."""
        self.agent.open()

    def action_refresh(self) -> None:
        """Request the list now."""
        if self.send_again("list", self.loader.staleness):
            self.loader.start_over()
            self.load()

    def action_filter(self) -> None:
        """Type a filter."""
        query = self.arrangement.query
        self.prompt.note(found(self.table.row_count, self.state, query))
        self.open_prompt(query)

    def type_query(self, text: str) -> None:
        """Show the agents that match."""
        if text != self.arrangement.query:
            before = self.table.row
            self.rows.arrange(self.arrangement._replace(query=text))
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
        self.explanation.toggle()

    def action_sort(self) -> None:
        """Sort by the next column."""
        self.rows.arrange(self.arrangement.next_order())

    def action_reverse(self) -> None:
        """Reverse the order."""
        self.rows.arrange(self.arrangement.reversed())

    @on(AgentTable.HeadingClicked)
    def _heading_clicked(self, message: AgentTable.HeadingClicked) -> None:
        """Sort by a column, or reverse the order if the list is already sorted by it."""
        arrangement = self.arrangement.by_column(message.name)
        if arrangement is not None:
            self.rows.arrange(arrangement)

    def action_account_before(self) -> None:
        """Go back to the previous account."""
        before = self.session.remembered.before(self.account)
        if before:
            self.show_account(before)
        else:
            self.show_message(
                f"No previous account. List accounts with {action_key(self, 'session.accounts')}.", warning=True
            )

    def action_copy_menu(self) -> None:
        """Choose what to copy from the agent under the cursor; `yy` copies its id."""
        self.agent.copy_menu()

    def action_diff(self) -> None:
        """Compare two marked agents, else show what changed in the one under the cursor."""
        self.agent.diff()

    def action_compare(self) -> None:
        """Choose what to compare the agent under the cursor with."""
        self.agent.compare()

    def action_section(self, name: str) -> None:
        """Open a section of the agent under the cursor."""
        self.agent.open(name)

    def action_act(self) -> None:
        """Choose what to do to the agent under the cursor."""
        self.agent.act()

    def action_catalog(self) -> None:
        """Browse the public catalog."""
        self.table.focus()
        self.open(Catalog())

    @on(AgentTable.Opened)
    def _opened(self, message: AgentTable.Opened) -> None:
        self.agent.open_entry(message.entry)


def _import_masker() -> None:
    import astro_tui.text.redaction  # noqa: F401  only loaded
