"""One deployment: its record with badges, why it is in its state, and its spec as a tree."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.content import Content
from textual.timer import Timer

from astro_tui.presentation.agent_list import Entry
from astro_tui.presentation.record import Known
from astro_tui.presentation.status import Severity
from astro_tui.screens.base.compare_menu import open_compare_menu
from astro_tui.screens.base.comparison import Find, Subject
from astro_tui.screens.base.copy_actions import deployment_menu, save_document, typing
from astro_tui.screens.base.open import Compared
from astro_tui.screens.base.signed_in import SignedInPage
from astro_tui.screens.deployment.changes_since_visit import ChangesSinceVisit
from astro_tui.screens.deployment.last_change import LastChange
from astro_tui.screens.deployment.loader import DeploymentLoader
from astro_tui.screens.deployment.texts import cause, foreign_note, head_forms, say_why_not, spec_title
from astro_tui.screens.deployment.value_history_loader import ValueHistory, ValueHistoryLoader
from astro_tui.session.routes import Deployment, Diff
from astro_tui.session.session import Session
from astro_tui.theme.look import TONES, stylesheet
from astro_tui.theme.sizes import NARROW
from astro_tui.widgets.chrome.bar import Bar, Paragraph
from astro_tui.widgets.document.spec_side import SpecSide
from astro_tui.widgets.document.spec_tree import SpecTree
from astro_tui.widgets.lists.scroller import Scroller
from astro_tui.widgets.text.record_pane import RecordPane

if TYPE_CHECKING:
    from astro_tui.document import Document

BESIDE = ((160, 63), (100, 45))
"""From how many cells the record is beside the spec, and how many it has there, as in the style sheet."""
CHANGE_HINTS = (("d", "diff"), ("3", "history"), ("D", "compare with"))


class DetailScreen(SignedInPage):
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

    def __init__(self, session: Session, account: str, entry: Entry) -> None:
        super().__init__(session)
        self._account = account
        self._section = "spec"
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
        self._past = ValueHistoryLoader(self, session, self._show_past)
        self._last_change = LastChange(self, session, self._show_marks)
        self._since = ChangesSinceVisit(self, session, self._show_since)

    def compose(self) -> ComposeResult:
        """The style sheet puts the record beside or above the spec."""
        look = self.look
        yield self.frame_head()
        yield Paragraph(look, id="cause")
        yield Paragraph(look, id="advice")
        yield Bar(look, id="since")
        with Container(id="body"):
            with Scroller(id="record-side"):
                yield RecordPane(look, id="record")
            yield SpecSide(look)
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
    def since(self) -> ChangesSinceVisit:
        """What changed since the last visit."""
        return self._since

    @property
    def side(self) -> SpecSide:
        """The spec with everything around it."""
        return self.query_one(SpecSide)

    @property
    def spec_tree(self) -> SpecTree:
        """The spec as a tree."""
        return self.side.spec_tree

    def on_mount(self) -> None:
        """Show what the list knows and load the rest."""
        self.spec_tree.was = self._was
        pane = self.side.value_pane
        pane.looked_at = self._value_shown
        pane.add_class("-past")
        self.set_interval(1, self._tick)
        self._begin(self.entry)

    # ---- loading

    def _begin(self, entry: Entry) -> None:
        """Start with a deployment of which only the list row is known."""
        self._loader.begin(entry)
        self._forget_past()
        self._since.begin(entry.key)
        self._drawn = self._loader.known
        self.side.start_loading()
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
            self._last_change.find(self.subject, known.document)
            self._since.note(known)

    def keep_place(self) -> None:
        """Keep folds, cursor, and search for the next visit."""
        self._keep_view()

    def _keep_view(self) -> None:
        reading = self.side.view()
        if reading is not None:
            self.session.views[self.entry.key] = reading

    def _forget_past(self) -> None:
        self._past.reset()
        self._last_change.forget()

    def on_unmount(self) -> None:
        """Cancel what is still loading."""
        self._stop_timer()
        super().on_unmount()

    # ---- showing

    def _show_known(self) -> None:
        """Draw what is known now; the spec and the text in its place only if they changed."""
        before, known, side = self._drawn, self._loader.known, self.side
        if known.record is not None and known.record is not before.record:
            self._forget_past()
        if known.document is None:
            if say_why_not(side.notice, known, self.sign_in_hints(), self.look):
                side.show_notice()
        elif known.document is not before.document:
            self._keep_view()
            side.show(known.document, self.session.views.get(known.entry.key))
        self._drawn = known
        self._show_all()

    def _tick(self) -> None:
        """Update the ages."""
        self._show_head()
        if self._loader.staleness.error is not None:
            self._show_why()

    def _show_all(self) -> None:
        self._show_head()
        self._show_why()
        self._show_since()
        self._show_record_pane()
        self.side.show_title(spec_title(self._drawn, self.side.summary))

    def _show_head(self) -> None:
        look, known, stale, now = self.look, self._drawn, self._loader.staleness, self.session.clock()
        words = stale.words(now, self.session.settings.refresh)
        tiny = Content.assemble(look.badge(known.status), f" {look.plain(known.entry.label)}")
        self.show_head(self._account, head_forms(known, look), words, tiny, stale.trying(now))

    def _show_why(self) -> None:
        look, known, stale = self.look, self._drawn, self._loader.staleness
        reason, advice = self.query_one("#cause", Bar), self.query_one("#advice", Bar)
        sentence, hint = cause(known.entry, look)
        reason.display = bool(sentence)
        reason.show(sentence)
        failure = stale.sentence()
        advice.display = True
        if failure and known.document is not None:
            advice.show(failure, stale.remedy(self.session.clock()))
        elif known.foreign is not None:
            advice.show(foreign_note(known.foreign, look))
        elif hint:
            advice.show(Content.assemble(("   do  ", "$quiet"), look.plain(hint)))
        else:
            advice.display = False

    def _show_since(self) -> None:
        found, since = self._since.found, self.query_one("#since", Bar)
        words = found.words(self.look, self.session.clock()) if found is not None else ""
        since.display = bool(words)
        narrow = self.size.width < NARROW
        since.show(
            Content.assemble((f" {words}" if narrow else f"   {words}", TONES[Severity.INFO])),
            Content.assemble(("D s" if narrow else "D s shows ", "$quiet")),
        )

    def _show_record_pane(self) -> None:
        width, height = self.size.width, self.size.height
        beside = next((cells for least, cells in BESIDE if width >= least), 0)
        alone = self._section == "record" and not beside
        self.set_class(alone, "-record-alone")
        form = "full" if beside or alone else "grid" if width >= 72 and height >= 20 else "short"
        known = replace(self._drawn, spec=spec_title(self._drawn, self.side.summary))
        self.query_one(RecordPane).show(known, self.session.clock(), form, beside or width - 1)

    # ---- what values were before

    def _value_shown(self, document: Document, node: int) -> None:
        self._past.follow(self.subject, document, node, load=self.side.value_pane.wanted)

    def _show_past(self, history: ValueHistory) -> None:
        self.side.value_pane.past.show(history.heading, history.keys, history.rows)

    def _show_marks(self) -> None:
        self.spec_tree.refresh()

    def _was(self, document: Document, node: int) -> str:
        return self._last_change.remark(self.entry.key, document, node)

    def on_screen_resume(self) -> None:
        """The diff on top may have found what changed."""
        if self.entry.key in self.session.changes:
            self.spec_tree.refresh()

    # ---- keys

    @on(SpecSide.KeysChanged)
    def _keys_changed(self) -> None:
        self.set_class(self.side.wide, "-value-alone")
        self._past.shown = self.side.value_pane.display
        self.show_hints()

    def hints(self) -> list[tuple[str, str]]:
        """While a search or a value is read, its keys come first; else those that show what changed."""
        other = ("2", "record") if self._section == "spec" else ("1", "spec")
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
            *([] if self.size.width >= BESIDE[-1][0] else [other]),
            ("< >", "agents"),
            ("r", "refresh"),
            ("esc", "back"),
            ("?", "help"),
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

    def action_back(self) -> None:
        """Go back to the list, to the same row."""
        self._keep_view()
        self.dismiss()

    def action_refresh(self) -> None:
        """Load again; folds, cursor, and scroll stay."""
        if self.send_again("record", self._loader.staleness):
            self._keep_view()
            self.load()

    def action_neighbor(self, step: int) -> None:
        """Go to the agent before or after this one in the list."""
        entry = self.session.roster.neighbor(self._account, self.entry.key, step)
        if entry is None:
            self.tell(f"This is the {'last' if step > 0 else 'first'} of the agents that are listed.", warning=True)
        else:
            self._go_to(entry)

    def action_other(self) -> None:
        """Go to the deployment that the blueprint's record belongs to."""
        foreign = self._loader.known.foreign
        if foreign is None:
            return
        entry = self.session.roster.lookup(self._account, foreign.id)
        if entry is None:
            self.tell(f"The list does not show {foreign.id}: it may be newer than the list.", warning=True)
        else:
            self._go_to(entry)

    def _go_to(self, entry: Entry) -> None:
        self.session.roster.visit(self._account, entry.key)
        self._keep_view()
        self._begin(entry)

    def action_section(self, section: str) -> None:
        """Show the spec or the record where there is no room for both."""
        self._section = section if section != self._section else "spec"
        self._show_record_pane()
        self._focus(self._section)
        self.show_hints()

    def action_switch(self) -> None:
        """Go to the other pane, or show it where only one fits."""
        if self.size.width < BESIDE[-1][0]:
            self.action_section("record" if self._section == "spec" else "spec")
        else:
            self._focus("spec" if self.query_one(Scroller).has_focus else "record")

    def _focus(self, section: str) -> None:
        if section == "record":
            self.set_focus(self.query_one(Scroller))
        else:
            self.side.take_focus()

    def action_more_past(self) -> None:
        """Load more revisions for the history of the value."""
        if not self.side.value_pane.display:
            self.side.action_value()
        elif not self._past.more():
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
