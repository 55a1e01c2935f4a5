"""The agents of an account: what runs, what needs attention, and why."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding

from astro_tui.errors import PlatformError
from astro_tui.presentation.agent_list import ORDERS, Entry, find, matching, ordered
from astro_tui.screens.base.copy_actions import deployment_menu
from astro_tui.screens.picker.loader import ListReading
from astro_tui.screens.picker.texts import counts, head_forms, no_match, say_empty, say_failed
from astro_tui.theme.look import stylesheet
from astro_tui.widgets.chrome.bar import KeyHints
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.chrome.why_strip import WhyStrip
from astro_tui.widgets.lists.agent_table import AgentTable


class PickerScreen(ListReading):
    """One dense table of an account's deployments, problems first."""

    CSS_PATH = stylesheet("picker")
    BINDINGS = [
        # With priority, so that what is typed right behind it is already the filter.
        Binding("slash", "filter", "filter", priority=True, id="picker.filter"),
        # Likewise: what is typed right behind it belongs to the screen that it opens.
        Binding("enter", "open", "open", priority=True, id="picker.open"),
        Binding("s", "sort", "sort", id="picker.sort"),
        Binding("S", "reverse", "reverse order", show=False, id="picker.reverse"),
        Binding("r,ctrl+r", "refresh", "refresh", id="picker.refresh"),
        Binding("e", "problems", "only problems", id="picker.problems"),
        Binding("y", "copy_menu", "copy…", priority=True, id="picker.copy"),
        Binding("c", "catalogue", "the public catalogue", id="picker.catalog"),
        Binding("escape", "clear", "clear the filter", show=False, id="picker.clear"),
        Binding("minus", "account_before", "back to the account before this one", id="picker.previous-account"),
        Binding("question_mark,f1", "app.help", "help", id="app.help"),
        Binding("q", "app.quit", "quit", id="picker.quit"),
    ]

    def compose(self) -> ComposeResult:
        """Lay the screen out."""
        look = self.look
        yield self.frame_head()
        yield AgentTable(look, self.session.clock, id="agents")
        yield Notice(look, id="notice")
        yield WhyStrip(look)
        yield Prompt(look, id="prompt")
        yield from self.frame_foot()

    def on_mount(self) -> None:
        """Show the empty frame; the data is on its way."""
        prompt = self.query_one(Prompt)
        prompt.display = self.query_one(Notice).display = False
        prompt.typed = self._filter_by
        self.table.highlighted = self._highlighted
        self.table.focus()
        self.show_hints()
        self._show_head()
        self.set_interval(1, self._tick)
        if self._show_early_list():
            return
        if self.session.early is not None:
            # Only waits for the answer that is on its way.
            self.load()
        else:
            # Loads the HTTP library first: not before the first frame is out.
            self.call_after_refresh(self.load)

    # ---- showing

    def _tick(self) -> None:
        """Let the ages go on."""
        self._show_head()
        if self._stale.error is not None:
            self._show_why(self.table.row)

    def _shown(self) -> Sequence[Entry]:
        if self._arranged is None:
            self._arranged = ordered(self._entries, self._order, reverse=self._reverse)
        return matching(self._arranged, self._query)

    def _show_entries(self, keep: str | None = None) -> None:
        rows = self._shown()
        # Drawn by the table itself: swapping widgets would cost a layout at a key that is typed.
        hidden = self._entries and not rows
        self.table.instead = no_match(self._account, self._query, self._entries, self.look) if hidden else []
        self.table.show_entries(rows, (self._order, self._reverse), keep=keep)
        self._show_notice(None)
        self._show_head()
        if not rows:
            self._show_why(None)
        self.query_one(Prompt).note(f"{len(rows):,} of {len(self._entries):,}")

    def _show_notice(self, error: PlatformError | None) -> None:
        """Fill the place of the table when there is nothing to list, and say why."""
        notice, table = self.query_one(Notice), self.table
        if error is not None:
            say_failed(notice, error, self._account, self.session, self.sign_in_hints())
        empty = not self._entries and self._stale.fetched is not None
        if empty and error is None:
            say_empty(notice, self._account, self.look)
        notice.display = empty or error is not None
        # The notice says it all, and in a low window it needs the room.
        table.display = self.query_one(WhyStrip).display = not notice.display
        self.show_hints()

    def _show_head(self) -> None:
        look, known = self.look, self._stale.fetched is not None
        forms = head_forms(look, self._states, self.table.row_count, self._unreadable) if known else []
        words = self._stale.words(self.session.clock(), self.session.settings.refresh)
        # Until the account is known there is a mark in its place.
        trying = self._stale.trying(self.session.clock())
        self.show_head(self._account or look.glyphs.cut, forms, words, counts(self._states, look), trying)

    def _show_why(self, entry: Entry | None) -> None:
        """Say why the selected agent is as it is, and what to do."""
        unknown = self._reasons.unknown(entry) if entry is not None else ""
        remedy = self._stale.remedy(self.session.clock())
        self.query_one(WhyStrip).show(entry, self._stale.sentence(), remedy, unknown)

    def _highlighted(self) -> None:
        entry = self.table.row
        self._show_why(entry)
        self._reasons.rest_on(entry)

    # ---- keys

    def hints(self) -> list[tuple[str, str]]:
        """Return what can be done here."""
        # Where a notice stands in the place of the table there is nothing to open, filter or sort.
        table = not self.query_one(Notice).display
        use = [("enter", "open"), ("/", "filter"), ("s", "sort"), ("e", "problems")]
        return [
            *([("esc", "clear filter")] if self._query else []),
            *self.sign_in_hints(),
            *(use if table else []),
            ("r", "refresh"),
            ("y", "copy") if table else ("c", "catalogue"),
            ("A", "accounts"),
            ("?", "help"),
            ("q", "quit"),
        ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """These keys are letters like any other while a filter is typed, and enter ends it."""
        typing = action in ("filter", "copy_menu", "open") and self.query_one(Prompt).display
        return not typing and super().check_action(action, parameters)

    def action_open(self) -> None:
        """Open the selected deployment."""
        entry = self.table.row
        if entry is not None:
            self._open(entry)

    def action_refresh(self) -> None:
        """Look again, now."""
        if self.send_again("list", self._stale):
            self.load()

    def action_filter(self) -> None:
        """Type a filter."""
        self.query_one(KeyHints).display = False
        self.query_one(Prompt).open(self._query)

    def _filter_by(self, query: str) -> None:
        self._query = query
        self._show_entries()

    @on(Prompt.Submitted)
    @on(Prompt.Cancelled)
    def _filter_done(self, message: Prompt.Submitted | Prompt.Cancelled) -> None:
        prompt = self.query_one(Prompt)
        prompt.close()
        self.query_one(KeyHints).display = True
        if isinstance(message, Prompt.Cancelled):
            self._query = ""
            self._show_entries()
        self.table.focus()
        self.show_hints()
        if isinstance(message, Prompt.Submitted) and self.table.row_count == 1:
            self.table.action_choose()

    @on(Prompt.Moved)
    def _moved_behind(self, message: Prompt.Moved) -> None:
        steps = {"up": -1, "down": 1, "pageup": -self.table.page, "pagedown": self.table.page}
        self.table.action_move(steps[message.key])

    def action_clear(self) -> None:
        """Show all agents again."""
        if self._query:
            self._query = ""
            self._show_entries()
            self.show_hints()

    def action_problems(self) -> None:
        """Show only what needs attention, or all again."""
        self._query = "" if self._query == "is:problem" else "is:problem"
        self._show_entries()
        self.show_hints()

    def action_sort(self) -> None:
        """Sort by the next column."""
        orders = list(ORDERS)
        self._order = orders[(orders.index(self._order) + 1) % len(orders)]
        self._reverse, self._arranged = False, None
        self._show_entries()

    def action_reverse(self) -> None:
        """Turn the order around."""
        self._reverse, self._arranged = not self._reverse, None
        self._show_entries()

    def action_account_before(self) -> None:
        """Go back to the account before this one."""
        before = self.session.remembered.before(self._account)
        if before:
            self.show_account(before)
        else:
            self.tell("There is no account before this one: A shows yours.", warning=True)

    def action_copy_menu(self) -> None:
        """Choose what to copy of the selected deployment; `yy` copies its id."""
        if self.table.row is not None:
            deployment_menu(self, self.session, self._account, self.table.row)

    # ---- going in

    def action_catalogue(self) -> None:
        """Browse what everybody publishes."""
        from astro_tui.screens.catalog.screen import CatalogueScreen

        self.app.push_screen(CatalogueScreen(self.session), self._back_on)

    @on(AgentTable.Opened)
    def _opened(self, message: AgentTable.Opened) -> None:
        self._open(message.entry)

    def _open(self, entry: Entry) -> None:
        from astro_tui.screens.deployment.screen import DetailScreen

        self.keep_place()
        self.app.push_screen(DetailScreen(self.session, self._account, entry), self._back_on)

    def _back_on(self, _result: object) -> None:
        self.table.focus()

    def _open_wanted(self) -> None:
        """Open the agent named on the command line; several of that name are listed, none is said."""
        wanted, self._wanted = self._wanted, ""
        found = find(self._entries, wanted)
        if len(found) == 1:
            self._show_entries(keep=found[0].key)
            self._open(found[0])
            return
        if not found:
            self.tell(f"No agent is called {wanted} in {self._account}.", warning=True)
            return
        self._query = wanted
        self._show_entries()
        self.show_hints()
        self.tell(f"{len(found)} deployments are called {wanted}: choose one.")

    def on_resize(self, _event: events.Resize) -> None:
        """Fit the header to the new width."""
        self._show_head()
        self.show_hints()
