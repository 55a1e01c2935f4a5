"""One deployment: its state with the reason, and its sections, such as the spec, the record, and the history."""

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
from astro_tui.screens.base.panes.nodes_pane import NodesPane
from astro_tui.screens.base.section_host import SectionHost
from astro_tui.screens.base.sections import SectionPane, TabStrip, section_bindings
from astro_tui.screens.base.staleness import PAUSED
from astro_tui.screens.deployment.changes_since_visit import ChangesSinceVisit
from astro_tui.screens.deployment.keys import DeploymentKeys
from astro_tui.screens.deployment.loader import DeploymentLoader
from astro_tui.screens.deployment.sections import SECTIONS
from astro_tui.screens.deployment.state_lines import StateLines
from astro_tui.screens.deployment.texts import head_forms, spec_title, summary_of
from astro_tui.session.routes import Deployment, Route
from astro_tui.session.session import Session
from astro_tui.theme.look import stylesheet
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.document.spec_side import SpecSide
from astro_tui.widgets.document.spec_tree import SpecTree


class DeploymentScreen(DeploymentKeys):
    """Shows the list row at once and fills in the rest as the responses come in."""

    CSS_PATH = [stylesheet("deployment"), stylesheet("sections")]
    BINDINGS = [
        Binding("escape,q", "back", "back", id="deployment.back"),
        Binding("r,ctrl+r", "refresh", "refresh", id="deployment.refresh"),
        Binding("less_than_sign", "neighbor(-1)", "previous agent", id="deployment.previous"),
        Binding("greater_than_sign", "neighbor(1)", "next agent", id="deployment.next"),
        # With priority, so that even a key typed right after `y` chooses from the menu.
        Binding("y", "copy_menu", "copy…", priority=True, id="deployment.copy"),
        Binding("W", "save", "save the spec to a file", id="deployment.save"),
        Binding("full_stop", "other", "open the record's deployment", show=False, id="deployment.other"),
        *section_bindings("deployment", SECTIONS),
        Binding("a", "act", "actions: restart, roll back…", id="deployment.actions"),
        Binding("d", "diff", "what changed: the change to blame, or the newest", id="deployment.diff"),
        Binding(
            "D",
            "compare",
            "compare with… (your last visit, another revision, another agent)",
            priority=True,
            id="deployment.compare",
        ),
        Binding("f", "full_height", "toggle full height", id="deployment.full-height"),
        Binding("tab", "switch", "other pane", show=False, id="deployment.other-pane"),
        Binding("question_mark,f1", "app.help", "help", id="app.help"),
    ]
    # The host gives the keys to a section.
    AUTO_FOCUS = ""

    def __init__(self, session: Session, account: str, entry: Entry, section: str = "", detail: str = "") -> None:
        super().__init__(session)
        self.account = account
        self._first_section, self._detail = section, detail
        self.host = SectionHost[Known](session, self, SECTIONS)
        for binding in section_bindings("deployment", self.host.sections):
            # A section that was registered after this module was imported.
            if binding.key not in self._bindings.key_to_bindings:
                self._bindings.bind(binding.key, binding.action, binding.description)
        self._next: Timer | None = None
        self._drawn = Known(entry, account=account)
        self._summary = ""
        self.loader = DeploymentLoader(
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
        yield self.host
        yield from self.frame_foot()

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
        """Only the notice in place of the spec: the other sections report their own requests."""
        return self.query("#section-spec Notice").results(Notice)

    def on_mount(self) -> None:
        """Show what the list knows and load the rest."""
        self.set_interval(1, self._tick)
        self.begin(self.entry)
        if self._first_section:
            self.call_later(self.show_section, self._first_section, self._detail)

    # ---- loading

    def begin(self, entry: Entry) -> None:
        """Start with a deployment of which only the list row is known."""
        self.loader.begin(entry)
        self.since.begin(entry.key)
        self._drawn, self._summary = self.loader.known, ""
        self.host.restart(self._drawn)
        self.note_place(self.account, agent=entry.key, section=self.host.active)
        self.host.take_focus()
        self.show_hints()
        self.show_all()
        self.load()

    def load(self) -> None:
        """Load everything again; what is on screen stays in its place."""
        self._stop_timer()
        if self.loader.known.document is not None:
            # The response may add a line above the spec.
            self.spec_tree.hold()
        self.loader.load()
        self._show_head()

    def reload(self) -> None:
        """Load again with the new login."""
        self.load()
        self.host.refresh_data()

    def _load_after(self, seconds: float) -> None:
        self._stop_timer()
        self._next = self.set_timer(seconds, self.poll)

    def set_paused(self, *, paused: bool) -> None:
        """Pause refreshes, or refresh now and resume."""
        if paused:
            self._stop_timer()
            self._show_head()
        else:
            self.poll()
            self.host.refresh_data()

    def _stop_timer(self) -> None:
        if self._next is not None:
            self._next.stop()
            self._next = None

    def _report(self, sentence: str) -> None:
        self.tell(sentence, warning=True)

    def show_waiting(self, topic: str, reason: str, seconds: float) -> None:
        """Say that the client tries a request again: in the header, or in the section that sent it."""
        self.loader.waiting(topic, reason, seconds)
        self.host.show_waiting(topic, reason, seconds)
        self._show_head()

    def settled(self) -> None:
        """Compare in the background, now that everything the user waits for is here."""
        known = self.loader.known
        if known.document is not None:
            self.host.settled()
            self.since.note(known)

    def acted(self, key: str) -> None:
        """Show that an action on an agent began or ended."""
        if self.is_attached and key == self.entry.key:
            self.loader.acted()
            self.load()

    def keep_place(self) -> None:
        """Keep folds, cursor, and search for the next visit."""
        self.host.keep_place()

    def on_unmount(self) -> None:
        """Cancel what is still loading."""
        self._stop_timer()
        super().on_unmount()

    # ---- showing

    def _show_known(self) -> None:
        """Draw what is known now."""
        before, known = self._drawn, self.loader.known
        if known.document is not before.document:
            self._summary = summary_of(known.document, self.look)
        self._drawn = replace(known, spec=spec_title(known, self._summary))
        self.host.show(self._drawn)
        self.show_all()
        if before.document is None and known.document is not None and self.host.active == "spec":
            # Without a spec, Textual may have given the keys to the record.
            self.side.take_focus()

    def _tick(self) -> None:
        """Update the ages."""
        self._show_head()
        if self.loader.staleness.error is not None:
            self._show_why()

    def show_all(self) -> None:
        """Draw everything around the sections."""
        self._show_head()
        self._show_why()
        self._show_since()

    def _show_head(self) -> None:
        look, known, stale, now = self.look, self._drawn, self.loader.staleness, self.session.clock()
        paused = self.session.paused
        words = stale.words(now, self.session.settings.refresh, paused=paused)
        tiny = Content.assemble(look.badge(known.status), f" {look.plain(known.entry.label)}")
        label = Content.assemble((look.plain(known.entry.label), "bold"))
        forms = self.host.headed(head_forms(known, look), label)
        if not self.host.strip:
            # Without a tab strip, the header shows the section's note.
            note = self.host.active_note.tail(look)
            words = (PAUSED + note[-1] if paused else note[-1]) if note else words
        self.show_head(self.account, forms, words, tiny, stale.trying(now))

    def _show_why(self) -> None:
        lines = self.query_one(StateLines)
        # The lines belong with the spec, and the other sections need the room.
        lines.display = self.host.main == self.host.sections[0].name
        lines.show_state(self._drawn, self.loader.staleness, self.session.clock())

    def _show_since(self) -> None:
        self.query_one(StateLines).show_changes(self.since.found, self.session.clock())

    def times_changed(self) -> None:
        """Draw times as the user wants them now."""
        super().times_changed()
        self.host.resized()
        self.show_all()

    def on_screen_resume(self) -> None:
        """A screen on top may have found what changed."""
        self.host.resumed()

    def on_resize(self, _event: events.Resize) -> None:
        """Arrange the sections for the new size."""
        self.host.resized()
        self.show_all()
        self.show_hints()

    # ---- sections

    async def show_section(self, name: str, detail: str = "") -> None:
        """Show a section by its name in a route, and the detail that the route names."""
        if not self.host.has(name):
            self.tell(f"There is no section named {name}.", warning=True)
            return
        await self.host.open(name)
        if detail:
            self.host.active_pane.go_to(detail)
        self.note_place(self.account, section=name)
        self.show_all()
        self.show_hints()

    @property
    def route(self) -> Route:
        """The section on screen, and the place in it."""
        host = self.host
        detail = host.active_pane.detail
        section = host.active if detail or host.active != host.sections[0].name else ""
        return Deployment(self.account, self.entry.key, section, detail)

    @on(SectionPane.Changed)
    def _section_changed(self, message: SectionPane.Changed) -> None:
        message.stop()
        self.host.note(message)
        self._show_head()

    @on(SectionPane.Wanted)
    async def _section_wanted(self, message: SectionPane.Wanted) -> None:
        message.stop()
        await self.show_section(message.name, message.detail)

    @on(NodesPane.Observed)
    def _observed(self, message: NodesPane.Observed) -> None:
        message.stop()
        # Meanwhile another deployment may be shown.
        if message.key == self.entry.key:
            self.loader.observe(message.facts)

    @on(SectionPane.KeysChanged)
    def _keys_changed(self) -> None:
        self.host.lay_out()
        self.show_hints()
