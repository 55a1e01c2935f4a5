"""The agents of an account: what runs, what needs attention, and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from msgspec.structs import replace
from textual import events
from textual.app import ComposeResult
from textual.content import Content

from astro_tui.presentation.agent_list import Arranged, Arrangement, find, tally
from astro_tui.screens.picker.explanation import Explanation
from astro_tui.screens.picker.keys import PickerKeys
from astro_tui.screens.picker.loader import PickerLoader, PickerState
from astro_tui.screens.picker.places import Places
from astro_tui.screens.picker.texts import counts, found, head_forms, no_match, say_empty, say_failed
from astro_tui.session.routes import Agents, Deployment, Diff, Route, wanted_at_start
from astro_tui.session.session import Session
from astro_tui.theme.look import stylesheet
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.chrome.why_strip import WhyStrip
from astro_tui.widgets.keymap import action_key, keymap
from astro_tui.widgets.lists.agent_table import AgentTable

AGES_EVERY = 10.0
"""Seconds after which the ages in an unchanged list are drawn again."""

LOOK_BACK_AFTER = 1.5
"""Seconds to wait after the first list, so that the user first gets what they came for."""


class PickerScreen(PickerKeys):
    """One dense table of an account's agents, problems first."""

    CSS_PATH = stylesheet("picker")
    BINDINGS = keymap("""
        slash!            filter          picker.filter            filter
        enter!            open            picker.open              open
        s                 sort            picker.sort              sort
        S                 reverse         picker.reverse           reverse order
        r,ctrl+r          refresh         picker.refresh           refresh
        e                 problems        picker.problems          show only problems, or all
        i                 preview         picker.preview           toggle the preview (in a wide window)
        y!                copy_menu       picker.copy              copy…
        d                 diff            picker.diff              what changed: the change to blame, or the newest
        D!                compare         picker.compare           compare with your last visit, a revision, or an agent
        1                 section('spec')       picker.spec       spec
        2                 section('record')     picker.record     record
        3                 section('history')    picker.history    history
        4                 section('workloads')  picker.workloads  workloads
        5                 section('events')     picker.events     events
        6                 section('why')        picker.why        why: the whole diagnosis
        7,l               logs            picker.logs              logs of the failing workload
        a                 act             picker.actions           actions: restart, roll back…
        c                 catalog         picker.catalog           public catalog
        escape            clear           picker.clear             clear the filter
        minus             account_before  picker.previous-account  previous account
        question_mark,f1  app.help        app.help                 help
        q                 app.quit        picker.quit              quit
    """)

    def __init__(self, session: Session, account: str = "") -> None:
        super().__init__(session)
        self.loader = PickerLoader(self, session, self._show, self._visible, account)
        self._state = self.loader.state
        given = session.settings
        self._wanted = None if account else wanted_at_start(given.account, given.agent, given.address)
        self._places = Places(self)
        self._arranged = Arranged(self._places.begin(self.account))
        self.explanation = Explanation(self)
        self._drawn: datetime | None = None

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
        return self._state.account

    @property
    def arrangement(self) -> Arrangement:
        """The filter and the order of the list."""
        return self._arranged.arrangement

    def on_mount(self) -> None:
        """Show the rows if they have already arrived, else the empty frame."""
        self.prompt.display = self.notice.display = False
        self.table.focus()
        self.show_hints()
        self._show_head()
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
        self._show_head()

    def on_screen_suspend(self) -> None:
        """Stop polling while another screen is in front."""
        self.loader.suspend()

    def on_screen_resume(self) -> None:
        """Poll again, with the cursor on the deployment that the screens above this one ended at."""
        self.loader.take_learned()
        if self._state.fetched is not None:
            self.note_place(self.account, section="")
        known = self.session.roster.lists.get(self.account)
        if known is not None and self.table.row is not None and known.key not in ("", self.table.row.key):
            self._show_entries(keep=known.key)
        self.loader.resume()

    # ---- showing

    def _visible(self) -> Iterator[str]:
        """Yield the ids of the agents on screen."""
        return (entry.key for entry in self.table.visible_rows)

    def _show(self, state: PickerState) -> None:
        """Draw what differs from the state on screen."""
        old, self._state = self._state, state
        if state.account != old.account:
            self._arranged = Arranged(self._places.begin(state.account))
            self._places.show_theme(state.account)
        sorted_before = self._arranged.fits(state.entries)
        if state.revision != old.revision or (state.lists != old.lists and not sorted_before):
            # A row that changed in place is sorted with the next list, even if that list has not changed.
            self._show_entries(keep=self._places.key)
            self._drawn = state.fetched
            asked = self._wanted or self.session.settings.address or self.app.screen is not self or self.prompt.display
            self._places.arrived(reopen=not asked)
        else:
            self._show_changes(old)
            self._show_head()
        if state.gone != old.gone:
            gone = f"{state.gone} no longer exists, or you left it. Showing {state.account}."
            self.tell(gone, warning=True)
        if self._wanted and state.revision != old.revision:
            self._open_wanted()
        if state.fetched is not None and not self.session.looked_back:
            self.session.looked_back = True
            self.set_timer(LOOK_BACK_AFTER, self._look_back)

    def _look_back(self) -> None:
        """Find out what became of actions of earlier runs, now that startup is over."""
        from astro_tui.screens.base.actions.earlier import tell_of_earlier

        # The app runs this, so it continues after this screen closes.
        self.app.run_worker(partial(tell_of_earlier, self.app, self.session), thread=True)

    def _show_changes(self, old: PickerState) -> None:
        """Draw the rows that changed in place: the order stays while the user reads."""
        state = self._state
        if state.entries is not old.entries:
            for entry, before in zip(state.entries, old.entries, strict=True):
                if entry is not before:
                    self.table.replace_row(entry)
            # Even where no entry differs, a reason may have failed to load.
            self.explanation.show(self.table.row)
        if state.error is not old.error:
            if not state.entries:
                self._show_notice()
            self.explanation.show(self.table.row)
        elif state.fetched is not None and state.fetched is not old.fetched and self._ages_are_old(state.fetched):
            self._drawn = state.fetched
            self.table.refresh()

    def _ages_are_old(self, now: datetime) -> bool:
        return self._drawn is None or (now - self._drawn).total_seconds() >= AGES_EVERY

    def _tick(self) -> None:
        """Update the ages."""
        self._show_head()
        if self._state.error is not None:
            self.explanation.show(self.table.row)

    def show_arranged(self, arrangement: Arrangement) -> None:
        """Show the list with another filter, or in another order."""
        self._arranged.arrangement = arrangement
        self.note_place(self.account, **arrangement._asdict())
        self._show_entries()

    def _show_entries(self, keep: str | None = None) -> None:
        entries = self._state.entries
        rows = self._arranged.rows(entries)
        if self.arrangement.query:
            # Imported here because the first frame does not need it.
            from astro_tui.presentation.agent_filter import matching

            rows = matching(rows, self.arrangement.query)
        # The table draws these lines itself: swapping widgets would cost a layout for each key in the filter.
        hidden = entries and not rows
        query, clear = self.arrangement.query, action_key(self, "picker.clear")
        self.table.instead = no_match(self.account, query, self._state, self.look, clear=clear) if hidden else []
        self.table.show_entries(rows, self.arrangement, keep=keep)
        self._show_notice()
        self._show_head()
        if not rows:
            self.explanation.show(None)
        if self.prompt.display:
            self.prompt.note(found(len(rows), self._state, self.arrangement.query))

    def _show_notice(self) -> None:
        """Show instead of the table why there is nothing to list."""
        notice, state = self.notice, self._state
        notice.display = not state.entries and (state.error is not None or state.fetched is not None)
        if notice.display and state.error is not None:
            say_failed(notice, state.error, state.account, self.session, self.sign_in_hints())
        elif notice.display:
            say_empty(notice, state.account, state.unreadable, self.look)
        # The notice replaces the reason too: it needs the room in a short window.
        self.table.display = not notice.display
        self.explanation.arrange()
        self.show_hints()

    def _show_head(self) -> None:
        look, state, stale = self.look, self._state, self.loader.stale
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
        if self._state.fetched is not None:
            self._open_wanted()

    def _open_wanted(self) -> None:
        """Open the agent that an address names; if several have that name, list them."""
        route, self._wanted = self._wanted, None
        if route is None:
            return
        wanted = route.agent
        named = find(self._state.entries, wanted)
        if len(named) == 1:
            self._show_entries(keep=named[0].key)
            self.agent.open_at(named[0], replace(route, account=self.account, agent=named[0].key))
        elif named:
            self.submit_query(wanted)
            self.tell(f"{len(named)} agents are named {wanted}. Choose one.")
        else:
            from astro_tui.presentation.agent_filter import nearest

            guess = nearest(self._state.entries, wanted)
            more = f" Did you mean {guess}?" if guess else ""
            self.tell(f"{self.account} has no agent named {wanted}.{more}", warning=True)

    # ---- other accounts

    def keep_place(self) -> None:
        """Save the list in the roster, for other screens and for when the user returns to this account."""
        self._places.keep(self._state)

    def show_account(self, account: str) -> None:
        """Show the agents of another account: at once, and as the user left them, if they were shown before."""
        if account == self.account and self._state.fetched is not None:
            return
        self.keep_place()
        listed, arrangement = self._places.change_to(account)
        self._wanted = None
        self._arranged = Arranged(arrangement)
        self._state = self.loader.open_account(account, listed)
        self._show_entries(keep=listed.key if listed else "")
        if listed is None:
            self.table.start_loading()
        self.show_hints()
        self.load()

    def on_resize(self, _event: events.Resize) -> None:
        """Fit the header, the reason, and the key hints to the new width."""
        self._show_head()
        if self.table.row is not None:
            self.explanation.show(self.table.row)
        self.show_hints()


def _import_masker() -> None:
    import astro_tui.text.redaction  # noqa: F401
