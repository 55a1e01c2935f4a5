"""One deployment: its state, why it is in it, and its sections, such as the spec, the record, and the history."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.timer import Timer

from astro_tui.presentation.agent_list import Entry
from astro_tui.presentation.record import Known
from astro_tui.screens.base.compare_menu import COMPARE_HINT, open_compare_menu
from astro_tui.screens.base.comparison import Find, Subject
from astro_tui.screens.base.copy_actions import deployment_menu, typing
from astro_tui.screens.base.nodes_pane import NodesPane
from astro_tui.screens.base.open import Compared
from astro_tui.screens.base.refreshing_page import RefreshingPage
from astro_tui.screens.base.section_host import SectionHost
from astro_tui.screens.base.sections import SectionPane, TabStrip, section_bindings
from astro_tui.screens.base.staleness import PAUSED
from astro_tui.screens.deployment.changes_since_visit import ChangesSinceVisit
from astro_tui.screens.deployment.loader import DeploymentLoader
from astro_tui.screens.deployment.sections import SECTIONS
from astro_tui.screens.deployment.state_lines import StateLines
from astro_tui.screens.deployment.texts import head_forms, spec_title, summary_of
from astro_tui.session.routes import Deployment, Diff, Route
from astro_tui.session.session import Session
from astro_tui.theme.look import stylesheet
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.document.spec_side import SpecSide
from astro_tui.widgets.document.spec_tree import SpecTree

OWN_FIRST = 3
"""How many keys of a section come before those of the other sections in a window without a tab strip."""


class DeploymentScreen(RefreshingPage):
    """Shows the list row at once and fills in the rest as the responses come in."""

    CSS_PATH = [stylesheet("deployment"), stylesheet("sections")]
    BINDINGS = [
        Binding("escape,q", "back", "back", id="deployment.back"),
        Binding("r,ctrl+r", "refresh", "refresh", id="deployment.refresh"),
        Binding("less_than_sign", "neighbor(-1)", "previous agent", id="deployment.previous"),
        Binding("greater_than_sign", "neighbor(1)", "next agent", id="deployment.next"),
        # With priority, so that what is typed right behind it is already the choice.
        Binding("y", "copy_menu", "copy…", priority=True, id="deployment.copy"),
        Binding("W", "save", "save the spec to a file", id="deployment.save"),
        Binding("full_stop", "other", "the deployment that the record belongs to", show=False, id="deployment.other"),
        *section_bindings("deployment", SECTIONS),
        Binding("a", "act", "actions: restart, roll back…", id="deployment.actions"),
        Binding("d", "diff", "what changed: against the revision before", id="deployment.diff"),
        Binding(
            "D",
            "compare",
            "compare with…: what you saw, another revision, another agent",
            priority=True,
            id="deployment.compare",
        ),
        Binding("f", "full_height", "full height, or share it again", id="deployment.full-height"),
        Binding("tab", "switch", "other pane", show=False, id="deployment.other-pane"),
        Binding("question_mark,f1", "app.help", "help", id="app.help"),
    ]
    # The host gives the keys to a section.
    AUTO_FOCUS = ""

    def __init__(self, session: Session, account: str, entry: Entry, section: str = "", detail: str = "") -> None:
        super().__init__(session)
        self._account = account
        self._first_section, self._detail = section, detail
        self._host = SectionHost[Known](session, self, SECTIONS)
        for binding in section_bindings("deployment", self._host.sections):
            # One that was registered after this module was imported.
            if binding.key not in self._bindings.key_to_bindings:
                self._bindings.bind(binding.key, binding.action, binding.description)
        self._next: Timer | None = None
        self._drawn = Known(entry, account=account)
        self._summary = ""
        self._loader = DeploymentLoader(
            self,
            session,
            account,
            entry,
            publish=self._show_known,
            load_after=self._load_after,
            report=self._report,
        )
        self.since = ChangesSinceVisit(self, session, self._show_since)

    def compose(self) -> ComposeResult:
        """The header with the state, the tabs, and the sections."""
        yield self.frame_head()
        yield TabStrip(self.look, id="sections")
        yield StateLines(self.look)
        yield self._host
        yield from self.frame_foot()

    @property
    def entry(self) -> Entry:
        """The list row of the deployment on screen."""
        return self._loader.known.entry

    @property
    def subject(self) -> Subject:
        """The deployment on screen, for comparisons."""
        return self._loader.subject

    @property
    def side(self) -> SpecSide:
        """The spec with its search and its value."""
        return self.query_one(SpecSide)

    @property
    def spec_tree(self) -> SpecTree:
        """The spec as a tree."""
        return self.side.spec_tree

    @property
    def notices(self) -> Iterable[Notice]:
        """The notice in the place of the spec: the other sections report their own requests."""
        return self.query("#section-spec Notice").results(Notice)

    def on_mount(self) -> None:
        """Show what the list knows and load the rest."""
        self.set_interval(1, self._tick)
        self._begin(self.entry)
        if self._first_section:
            self.call_later(self.show_section, self._first_section, self._detail)

    # ---- loading

    def _begin(self, entry: Entry) -> None:
        """Start with a deployment of which only the list row is known."""
        self._loader.begin(entry)
        self.since.begin(entry.key)
        self._drawn, self._summary = self._loader.known, ""
        self._host.restart(self._drawn)
        self.note_place(self._account, agent=entry.key, section=self._host.active)
        self._host.take_focus()
        self.show_hints()
        self._show_all()
        self.load()

    def load(self) -> None:
        """Load everything again; what is read stays in its place."""
        self._stop_timer()
        if self._loader.known.document is not None:
            # The response may bring a line above the spec.
            self.spec_tree.hold()
        self._loader.load()
        self._show_head()

    def reload(self) -> None:
        """Load again with the new login."""
        self.load()
        self._host.refresh_data()

    def _load_after(self, seconds: float) -> None:
        self._stop_timer()
        self._next = self.set_timer(seconds, self.poll)

    def paused(self, *, now: bool) -> None:
        """Stop refreshing, or refresh and go on."""
        if now:
            self._stop_timer()
            self._show_head()
        else:
            self.poll()
            self._host.refresh_data()

    def _stop_timer(self) -> None:
        if self._next is not None:
            self._next.stop()
            self._next = None

    def _report(self, sentence: str) -> None:
        self.tell(sentence, warning=True)

    def show_waiting(self, topic: str, reason: str, seconds: float) -> None:
        """Say that the client tries a request again: in the header, or in the section that sent it."""
        self._loader.waiting(topic, reason, seconds)
        self._host.show_waiting(topic, reason, seconds)
        self._show_head()

    def settled(self) -> None:
        """Compare in the background, now that everything the user waits for is here."""
        known = self._loader.known
        if known.document is not None:
            self._host.settled()
            self.since.note(known)

    def keep_place(self) -> None:
        """Keep folds, cursor, and search for the next visit."""
        self._host.keep_place()

    def on_unmount(self) -> None:
        """Cancel what is still loading."""
        self._stop_timer()
        super().on_unmount()

    # ---- showing

    def _show_known(self) -> None:
        """Draw what is known now."""
        before, known = self._drawn, self._loader.known
        if known.document is not before.document:
            self._summary = summary_of(known.document, self.look)
        self._drawn = replace(known, spec=spec_title(known, self._summary))
        self._host.show(self._drawn)
        self._show_all()
        if before.document is None and known.document is not None and self._host.active == "spec":
            # Without a spec, Textual may have given the keys to the record.
            self.side.take_focus()

    def _tick(self) -> None:
        """Count the ages on."""
        self._show_head()
        if self._loader.staleness.error is not None:
            self._show_why()

    def _show_all(self) -> None:
        self._show_head()
        self._show_why()
        self._show_since()

    def _show_head(self) -> None:
        look, known, stale, now = self.look, self._drawn, self._loader.staleness, self.session.clock()
        paused = self.session.paused
        words = stale.words(now, self.session.settings.refresh, paused=paused)
        tiny = Content.assemble(look.badge(known.status), f" {look.plain(known.entry.label)}")
        label = Content.assemble((look.plain(known.entry.label), "bold"))
        forms = self._host.headed(head_forms(known, look), label)
        if not self._host.strip:
            # There is no tab strip to say it.
            note = self._host.active_note.tail(look)
            words = (PAUSED + note[-1] if paused else note[-1]) if note else words
        self.show_head(self._account, forms, words, tiny, stale.trying(now))

    def _show_why(self) -> None:
        lines = self.query_one(StateLines)
        # They are about the spec, too, and the other sections need the room.
        lines.display = self._host.main == self._host.sections[0].name
        lines.show_state(self._drawn, self._loader.staleness, self.session.clock())

    def _show_since(self) -> None:
        self.query_one(StateLines).show_changes(self.since.found, self.session.clock())

    def on_screen_resume(self) -> None:
        """A screen on top may have found what changed."""
        self._host.resumed()

    def on_resize(self, _event: events.Resize) -> None:
        """Arrange the sections for the new size."""
        self._host.resized()
        self._show_all()
        self.show_hints()

    # ---- sections

    async def show_section(self, name: str, detail: str = "") -> None:
        """Show a section by its name in a route, and the detail that the route names."""
        if not self._host.has(name):
            self.tell(f"There is no section named {name}.", warning=True)
            return
        await self._host.open(name)
        if detail:
            self._host.active_pane.go_to(detail)
        self.note_place(self._account, section=name)
        self._show_all()
        self.show_hints()

    @property
    def route(self) -> Route:
        """The section on screen, and the place in it."""
        host = self._host
        detail = host.active_pane.detail
        section = host.active if detail or host.active != host.sections[0].name else ""
        return Deployment(self._account, self.entry.key, section, detail)

    async def action_section(self, name: str) -> None:
        """Show a section; the key of the one that is shown goes back to the first."""
        await self.show_section(name if name != self._host.active else self._host.sections[0].name)

    async def action_next_section(self, step: int) -> None:
        """Show the section after or before the one with the focus; the first one follows the last."""
        await self.show_section(self._host.name_beside(step))

    async def action_switch(self) -> None:
        """Go from the spec to the record, and back."""
        if self._host.main == "spec":
            await self.show_section("record" if self._host.active == "spec" else "spec")

    @on(SectionPane.Changed)
    def _section_changed(self, message: SectionPane.Changed) -> None:
        message.stop()
        self._host.note(message)
        self._show_head()

    @on(SectionPane.Wanted)
    async def _section_wanted(self, message: SectionPane.Wanted) -> None:
        message.stop()
        await self.show_section(message.name, message.detail)

    @on(NodesPane.Observed)
    def _observed(self, message: NodesPane.Observed) -> None:
        message.stop()
        self._loader.observe(message.facts)

    @on(SectionPane.KeysChanged)
    def _keys_changed(self) -> None:
        self._host.lay_out()
        self.show_hints()

    # ---- keys

    def hints(self) -> list[tuple[str, str]]:
        """The keys of the section come first, then those of the deployment."""
        host = self._host
        keys = host.active_pane.hints()
        if host.full:
            keys.insert(0, ("f", "smaller"))
        elif host.can_be_full:
            keys.append(("f", "full height"))
        if COMPARE_HINT not in keys:
            keys.append(COMPARE_HINT)
        if self._loader.known.foreign is not None:
            keys.append((".", "active one"))
        # Without a tab strip, nothing else names the sections.
        place = len(keys) if host.strip else OWN_FIRST
        keys[place:place] = host.hints
        refresh = [] if "r" in dict(keys) else [("r", "refresh")]
        return [
            *self.sign_in_hints(),
            *self.pause_hints(),
            *keys,
            ("< >", "agents"),
            *refresh,
            ("esc", "back"),
            ("?", "help"),
        ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A letter is a letter while a search is typed."""
        if action == "full_height":
            return self._host.can_be_full
        return not (action in ("copy_menu", "compare") and typing(self)) and super().check_action(action, parameters)

    def action_copy_menu(self) -> None:
        """Choose what to copy: of the section, else of the deployment."""
        if not self._host.main_pane.copy_menu():
            deployment_menu(self, self.session, self.entry)

    def action_save(self) -> None:
        """Save what the section shows."""
        if not self._host.main_pane.save():
            self.tell("This section cannot be saved to a file.", warning=True)

    async def action_back(self) -> None:
        """Shrink the section, or go back to the spec, and from there to the list, to the same row."""
        if self._host.full:
            self.action_full_height()
            return
        first = self._host.sections[0].name
        if self._host.main != first:
            await self.show_section(first)
            return
        self._host.keep_place()
        self.dismiss()

    def action_full_height(self) -> None:
        """Give the section the full height, or share it again."""
        self._host.toggle_full()
        self._show_all()
        self.show_hints()

    def action_refresh(self) -> None:
        """Load again; folds, cursor, and scroll stay."""
        self._host.refresh_data()
        if self.send_again("record", self._loader.staleness):
            self._host.keep_place()
            self.load()

    def action_neighbor(self, step: int) -> None:
        """Go to the agent before or after this one in the list."""
        entry = self.session.roster.neighbor(self._account, self.entry.key, step)
        if entry is None:
            self.tell(f"This is the {'last' if step > 0 else 'first'} agent in the list.", warning=True)
        else:
            self._go_to(entry)

    def action_other(self) -> None:
        """Go to the deployment that the blueprint's record belongs to."""
        foreign = self._loader.known.foreign
        if foreign is None:
            return
        entry = self.session.roster.lookup(self._account, foreign.id)
        if entry is None:
            self.tell(f"The list does not show {foreign.id}. It may be newer than the list.", warning=True)
        else:
            self._go_to(entry)

    def _go_to(self, entry: Entry) -> None:
        self.session.roster.visit(self._account, entry.key)
        self._host.keep_place()
        self._begin(entry)

    def action_compare(self) -> None:
        """Choose what to compare with."""
        if not self._host.main_pane.compare_menu():
            open_compare_menu(self, self.subject, self._compare, self._open_history)

    def action_act(self) -> None:
        """Choose what to do to the deployment."""
        from astro_tui.screens.base.actions.box import Agent
        from astro_tui.screens.base.actions.menu import open_actions

        open_actions(self, Agent(self.session, self._account, self.entry))

    def acted(self, key: str) -> None:
        """Show that an action about an agent began, or ended."""
        if self.is_attached and key == self.entry.key:
            self._loader.acted()
            self.load()

    def _open_history(self) -> None:
        self.call_later(self.show_section, "history")

    def _compare(self, find: Find | None) -> None:
        self.open(Diff(self._account, self.entry.key), Compared(self.subject, find=find))

    def action_diff(self) -> None:
        """Show what the newest revision changed, or what the section compares."""
        if not self._host.main_pane.diff():
            self._compare(None)
