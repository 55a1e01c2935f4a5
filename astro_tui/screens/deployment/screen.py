"""One deployment: its record with badges, why it is in its state, and its spec as a tree."""

from __future__ import annotations

from dataclasses import replace

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.content import Content
from textual.timer import Timer

from astro_tui.presentation.agent_list import Entry
from astro_tui.presentation.record import Known
from astro_tui.screens.base.compare_menu import open_compare_menu
from astro_tui.screens.base.comparison import Find, Subject
from astro_tui.screens.base.copy_actions import deployment_menu, save_document, typing
from astro_tui.screens.base.open import Compared
from astro_tui.screens.base.section_host import SectionHost
from astro_tui.screens.base.sections import SectionPane, TabStrip
from astro_tui.screens.base.signed_in import SignedInPage
from astro_tui.screens.deployment.changes_since_visit import ChangesSinceVisit
from astro_tui.screens.deployment.loader import DeploymentLoader
from astro_tui.screens.deployment.record_side import BESIDE_FROM, RecordSide
from astro_tui.screens.deployment.sections import SECTIONS
from astro_tui.screens.deployment.spec_reader import SpecReader
from astro_tui.screens.deployment.state_lines import StateLines
from astro_tui.screens.deployment.texts import head_forms, spec_title
from astro_tui.session.routes import Deployment, Diff
from astro_tui.session.session import Session
from astro_tui.theme.look import stylesheet
from astro_tui.widgets.document.spec_side import SpecSide
from astro_tui.widgets.document.spec_tree import SpecTree
from astro_tui.widgets.document.value_pane import ValuePane

CHANGE_HINTS = (("d", "diff"), ("3", "history"), ("D", "compare with"))


class DeploymentScreen(SignedInPage):
    """Shows the list row at once and fills in record, spec, and reasons as the responses come in."""

    CSS_PATH = [stylesheet("deployment"), stylesheet("spec_tree")]
    BINDINGS = [
        Binding("escape,q", "back", "back", id="deployment.back"),
        Binding("r,ctrl+r", "refresh", "refresh", id="deployment.refresh"),
        Binding("less_than_sign", "neighbor(-1)", "previous agent", id="deployment.previous"),
        Binding("greater_than_sign", "neighbor(1)", "next agent", id="deployment.next"),
        # With priority, so that what is typed right behind it is already the choice.
        Binding("y", "copy_menu", "copy…", priority=True, id="deployment.copy"),
        Binding("W", "save", "save the spec to a file", id="deployment.save"),
        Binding("o", "other", "the deployment that the record belongs to", show=False, id="deployment.other"),
        Binding("1", "section('spec')", "spec", show=False, id="deployment.spec"),
        Binding("2", "section('record')", "record", id="deployment.record"),
        Binding("3", "history", "history", id="deployment.history"),
        Binding("d", "diff", "what changed: against the revision before", id="deployment.diff"),
        Binding(
            "D",
            "compare",
            "compare with…: what you saw, another revision, another agent",
            priority=True,
            id="deployment.compare",
        ),
        Binding("plus", "more_past", "what the value was in more revisions", id="deployment.more-past"),
        Binding("tab", "switch", "other pane", show=False, id="deployment.other-pane"),
        Binding("question_mark,f1", "app.help", "help", id="app.help"),
    ]
    # In the spec, `l` unfolds.
    SIGN_IN_KEY = "I"

    def __init__(self, session: Session, account: str, entry: Entry, section: str = "") -> None:
        super().__init__(session)
        self._account = account
        self._first_section = section
        self._host = SectionHost[Known](self, SECTIONS, "#body")
        for each in self._host.sections:
            if each.key not in self._bindings.key_to_bindings:
                self._bindings.bind(each.key, f"section({each.name!r})", each.title)
        self._next: Timer | None = None
        self._drawn = Known(entry)
        self._loader = DeploymentLoader(
            self,
            session,
            account,
            entry,
            sign_in_key=self.SIGN_IN_KEY,
            publish=self._show_known,
            load_after=self._load_after,
            report=self._report,
        )
        self.side = SpecSide(session.look)
        self._reader = SpecReader(self, session, self.side, lambda: self.subject)
        self.since = ChangesSinceVisit(self, session, self._show_since)

    def compose(self) -> ComposeResult:
        """The style sheet puts the record beside or above the spec."""
        look = self.look
        yield self.frame_head()
        yield TabStrip(look, id="sections")
        yield StateLines(look)
        with Container(id="body"):
            yield RecordSide(look)
            yield self.side
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
    def spec_tree(self) -> SpecTree:
        """The spec as a tree."""
        return self.side.spec_tree

    def on_mount(self) -> None:
        """Show what the list knows and load the rest."""
        self._reader.mount()
        self.set_interval(1, self._tick)
        self._begin(self.entry)
        if self._first_section:
            self.call_later(self.action_section, self._first_section)

    # ---- loading

    def _begin(self, entry: Entry) -> None:
        """Start with a deployment of which only the list row is known."""
        self._loader.begin(entry)
        self._reader.begin()
        self.since.begin(entry.key)
        self._drawn = self._loader.known
        self._host.forget_notes()
        self._host.restart(self._drawn)
        if self._host.pane is None:
            self.side.take_focus()
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

    def _load_after(self, seconds: float) -> None:
        self._stop_timer()
        self._next = self.set_timer(seconds, self.poll)

    def _stop_timer(self) -> None:
        if self._next is not None:
            self._next.stop()
            self._next = None

    def _report(self, sentence: str) -> None:
        self.tell(sentence, warning=True)

    def show_waiting(self, topic: str, reason: str, seconds: float) -> None:
        """Say in the header that the client tries again."""
        self._loader.waiting(topic, reason, seconds)
        self._show_head()

    def settled(self) -> None:
        """Compare in the background, now that everything the user waits for is here."""
        known = self._loader.known
        if known.document is not None:
            self._reader.find_last_change(known.document)
            self.since.note(known)

    def keep_place(self) -> None:
        """Keep folds, cursor, and search for the next visit."""
        self._reader.keep_view()

    def on_unmount(self) -> None:
        """Cancel what is still loading."""
        self._stop_timer()
        super().on_unmount()

    # ---- showing

    def _show_known(self) -> None:
        """Draw what is known now."""
        before, known = self._drawn, self._loader.known
        self._reader.show(before, known, self.sign_in_hints())
        self._drawn = known
        self._host.show(known)
        self._show_all()

    def _tick(self) -> None:
        """Count the ages on."""
        self._show_head()
        if self._loader.staleness.error is not None:
            self._show_why()

    def _show_all(self) -> None:
        self._show_head()
        self._show_why()
        self._show_since()
        self._show_record_pane()
        self._host.draw()
        self.side.show_title(spec_title(self._drawn, self.side.summary))

    def _show_head(self) -> None:
        look, known, stale, now = self.look, self._drawn, self._loader.staleness, self.session.clock()
        words = stale.words(now, self.session.settings.refresh)
        tiny = Content.assemble(look.badge(known.status), f" {look.plain(known.entry.label)}")
        forms, heading = head_forms(known, look), self._host.heading
        if heading:
            forms = [Content.assemble(form, (f" {look.glyphs.into} ", "$quiet"), heading) for form in forms]
        self.show_head(self._account, forms, words, tiny, stale.trying(now))

    def _show_why(self) -> None:
        self.query_one(StateLines).show_state(self._drawn, self._loader.staleness, self.session.clock())

    def _show_since(self) -> None:
        self.query_one(StateLines).show_changes(self.since.found, self.session.clock())

    def _show_record_pane(self) -> None:
        alone = self._host.active == "record" and self.size.width < BESIDE_FROM
        self.set_class(alone, "-record-alone")
        self.set_class(self._host.pane is not None, "-pane-alone")
        known = replace(self._drawn, spec=spec_title(self._drawn, self.side.summary))
        self.query_one(RecordSide).show(known, self.session.clock(), alone=alone)

    def on_screen_resume(self) -> None:
        """The diff on top may have found what changed."""
        self._reader.show_last_change()

    @on(ValuePane.Displayed)
    def _value_displayed(self, message: ValuePane.Displayed) -> None:
        self._reader.value_displayed(message.document, message.node)

    # ---- keys

    @on(SpecSide.KeysChanged)
    def _keys_changed(self) -> None:
        self.set_class(self.side.wide, "-value-alone")
        self._reader.keys_changed()
        self.show_hints()

    def hints(self) -> list[tuple[str, str]]:
        """While a search or a value is read, its keys come first; else those that show what changed."""
        pane, more = self._host.pane, [(each.key, each.title) for each in self._host.sections if each.load is not None]
        leave = [("< >", "agents"), ("r", "refresh"), ("esc", "back"), ("?", "help")]
        if pane is not None:
            return [*self.sign_in_hints(), *pane.hints(), ("1", "spec"), *more, *leave]
        other = ("2", "record") if self._host.active == "spec" else ("1", "spec")
        reading = self.side.hints()
        first = 2 if self.side.at_rest else len(reading)
        return [
            *self.sign_in_hints(),
            *reading[:first],
            *CHANGE_HINTS[:2],
            *reading[first:],
            *CHANGE_HINTS[2:],
            *([("o", "active one")] if self._loader.known.foreign is not None else []),
            # Where the record is beside the spec there is nothing to switch to.
            *([] if self.size.width >= BESIDE_FROM else [other]),
            *more,
            *leave,
        ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A letter is a letter while a search is typed."""
        return not (action in ("copy_menu", "compare") and typing(self)) and super().check_action(action, parameters)

    def action_copy_menu(self) -> None:
        """Choose what to copy."""
        deployment_menu(self, self.session, self._account, self.entry, self.side)

    def action_save(self) -> None:
        """Save the spec in the form on screen, masked."""
        record = self._loader.known.record
        build = record.build_id if record is not None else self.entry.build
        save_document(self, self.look, self.side, self.entry.label, build)

    async def action_back(self) -> None:
        """Go back to the spec, and from there to the list, to the same row."""
        if self._host.pane is not None:
            await self._open_section("spec")
            return
        self._reader.keep_view()
        self.dismiss()

    def action_refresh(self) -> None:
        """Load again; folds, cursor, and scroll stay."""
        if self._host.pane is not None:
            self._host.pane.refresh_data()
        if self.send_again("record", self._loader.staleness):
            self._reader.keep_view()
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
        self._reader.keep_view()
        self._begin(entry)

    async def action_section(self, name: str) -> None:
        """Show a section; the key of the one that is shown goes back to the spec."""
        if name == "history":
            self.action_history()
        elif self._host.find(name) is None:
            self.tell(f"A deployment has no section {name}.", warning=True)
        else:
            await self._open_section(name if name != self._host.active else "spec")

    async def _open_section(self, name: str) -> None:
        await self._host.open(name, self._drawn)
        self._show_all()
        if self._host.pane is None:
            self._focus(name)
        self.show_hints()

    @on(SectionPane.Changed)
    def _section_changed(self, message: SectionPane.Changed) -> None:
        message.stop()
        self._host.note(message)
        self._host.draw()

    async def action_switch(self) -> None:
        """Go to the record, or from anywhere else back to the spec."""
        at_spec = self._host.active == "spec" and not self.query_one(RecordSide).has_focus
        await self._open_section("record" if at_spec else "spec")

    def _focus(self, section: str) -> None:
        if section == "record":
            self.set_focus(self.query_one(RecordSide))
        else:
            self.side.take_focus()

    def action_more_past(self) -> None:
        """Load more revisions for the history of the value."""
        if not self._reader.more_past():
            self.tell("There are no more revisions to load.", warning=True)

    # ---- what changed

    def action_history(self) -> None:
        """Show the revisions of this deployment."""
        self.open(Deployment(self._account, self.entry.key, "history"), Compared(self.subject))

    def action_compare(self) -> None:
        """Choose what to compare with."""
        open_compare_menu(self, self.subject, self._compare, self.action_history)

    def _compare(self, find: Find | None) -> None:
        self.open(Diff(self._account, self.entry.key), Compared(self.subject, find=find))

    def action_diff(self) -> None:
        """Show what the newest revision changed."""
        self._compare(None)

    def on_resize(self, _event: events.Resize) -> None:
        """Choose the form of the record for the new size."""
        self._show_all()
        self.show_hints()
