"""One deployment: its record with badges, why it is in its state, and its spec as a tree."""

from __future__ import annotations

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.content import Content

from astro_tui.presentation.agent_list import Entry, why
from astro_tui.presentation.record import Known
from astro_tui.presentation.status import Severity
from astro_tui.screens.base.copy_actions import deployment_menu, save_document, typing
from astro_tui.screens.deployment.loader import DeploymentReading
from astro_tui.theme.look import TONES, stylesheet
from astro_tui.theme.sizes import NARROW
from astro_tui.widgets.chrome.bar import Bar, Paragraph
from astro_tui.widgets.document.spec_side import SpecSide
from astro_tui.widgets.document.spec_tree import SpecTree
from astro_tui.widgets.lists.scroller import Scroller
from astro_tui.widgets.text.record_pane import RecordPane

BESIDE = ((160, 63), (100, 45))
"""From how many cells the record stands beside the spec, and how many it has there, as in the style sheet."""


class DetailScreen(DeploymentReading):
    """Shows the list row at once and fills in record, spec and reasons as they are answered."""

    CSS_PATH = [stylesheet("deployment"), stylesheet("spec_tree")]
    BINDINGS = [
        Binding("escape,q", "back", "back", id="deployment.back"),
        Binding("r,ctrl+r", "refresh", "refresh", id="deployment.refresh"),
        Binding("less_than_sign", "neighbour(-1)", "previous agent", id="deployment.previous"),
        Binding("greater_than_sign", "neighbour(1)", "next agent", id="deployment.next"),
        # With priority, so that what is typed right behind it is already the choice.
        Binding("y", "copy_menu", "copy…", priority=True, id="deployment.copy"),
        Binding("W", "save", "save the spec to a file", id="deployment.save"),
        Binding("o", "other", "the deployment that the record belongs to", show=False, id="deployment.other"),
        Binding("1", "section('spec')", "spec", show=False, id="deployment.spec"),
        Binding("2", "section('record')", "record", id="deployment.record"),
        Binding("tab", "switch", "other pane", show=False, id="deployment.other-pane"),
        Binding("question_mark,f1", "app.help", "help", id="app.help"),
    ]
    _section = "spec"

    def compose(self) -> ComposeResult:
        """Lay the screen out; the style sheet puts the record beside or above the spec."""
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
    def spec_tree(self) -> SpecTree:
        """The spec as a tree."""
        return self.side.spec_tree

    def on_mount(self) -> None:
        """Show what the list knows and ask for the rest."""
        self.set_interval(1, self._tick)
        self._begin()

    # ---- showing

    def _tick(self) -> None:
        """Let the ages go on."""
        self._show_head()
        if self._stale.error is not None:
            self._show_why()

    def _show_all(self) -> None:
        self._show_head()
        self._show_why()
        self.show_since()
        self._show_record_pane()
        self.side.show_title(self._known.spec)

    def _show_head(self) -> None:
        look, known, entry = self.look, self._known, self.entry
        state, label = look.badge(known.status), look.plain(entry.label)
        build = look.plain(known.record.build_id if known.record is not None else entry.build)
        newer = (f" {look.glyphs.newer}" if entry.update else "", TONES[Severity.INFO])
        # The state is never what is cut off.
        short = Content.assemble(state, "  ", (label, "bold"))
        name = Content.assemble((label, "bold"), "  ", state)
        with_build = Content.assemble(name, ("   build ", "$quiet"), build, newer)
        ready = (entry.ready, TONES[Severity.WARN] if entry.waiting else "")
        full = Content.assemble(with_build, ("   endpoints ", "$quiet"), ready) if entry.ready else with_build
        words = self._stale.words(self.session.clock(), self.session.settings.refresh)
        tiny, trying = Content.assemble(state, f" {label}"), self._stale.trying(self.session.clock())
        self.show_head(self._account, [full, with_build, name, short], words, tiny, trying)

    def _show_why(self) -> None:
        look = self.look
        cause, advice = self.query_one("#cause", Bar), self.query_one("#advice", Bar)
        failure = self._stale.sentence()
        entry = self.entry
        sentence, hint = why(entry) if entry.status.severity is not Severity.OK or entry.waiting else ("", "")
        cause.display = bool(sentence)
        cause.show(
            Content.assemble(" ", (f"{look.glyph(entry.status)} ", TONES[entry.status.severity]), look.plain(sentence))
        )
        advice.display = True
        if failure and self._spec_shown:
            advice.show(failure, self._stale.remedy(self.session.clock()))
        elif self._foreign is not None:
            owner = look.plain(self._foreign.id)
            words = "   The platform shows one record a blueprint, here that of "
            advice.show(Content.assemble((words, "$quiet"), owner, (" (o); this spec is made anew", "$quiet")))
        elif hint:
            advice.show(Content.assemble(("   do  ", "$quiet"), look.plain(hint)))
        else:
            advice.display = False

    def show_since(self) -> None:
        """Say what changed since one last looked."""
        told, since = self.since.told, self.query_one("#since", Bar)
        words = told.words(self.look, self.session.clock()) if told is not None else ""
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
        self.query_one(RecordPane).show(self._known, self.session.clock(), form, beside or width - 1)

    # ---- keys

    @on(SpecSide.KeysChanged)
    def _keys_changed(self) -> None:
        self.set_class(self.side.wide, "-value-alone")
        self.show_hints()

    def hints(self) -> list[tuple[str, str]]:
        """Return what can be done here."""
        other = ("2", "record") if self._section == "spec" else ("1", "spec")
        reading = self.side.hints()
        # What changed is asked more often than for one value; while a search or a value is read, its keys come first.
        first = 2 if self.side.at_rest else len(reading)
        return [
            *self.sign_in_hints(),
            *reading[:first],
            *self.CHANGE_HINTS[:2],
            *reading[first:],
            *self.CHANGE_HINTS[2:],
            *([("o", "active one")] if self._foreign is not None else []),
            # Where the record stands beside the spec there is nothing to switch to.
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
        """Save the spec in the form it is shown in, masked."""
        record = self._known.record
        build = record.build_id if record is not None else self.entry.build
        save_document(self, self.look, self.side, self.entry.label, build)

    def action_back(self) -> None:
        """Go back to the list, to the same row."""
        self._keep_view()
        self.dismiss()

    def action_refresh(self) -> None:
        """Ask again; folds, cursor and scroll stay."""
        if self.send_again("record", self._stale):
            self._keep_view()
            self.load()

    def action_neighbour(self, step: int) -> None:
        """Go to the agent before or after this one in the list."""
        entry = self.session.roster.neighbor(self._account, self.entry.key, step)
        if entry is None:
            self.tell(f"This is the {'last' if step > 0 else 'first'} of the agents that are listed.", warning=True)
        else:
            self._go_to(entry)

    def action_other(self) -> None:
        """Go to the deployment that the blueprint's record belongs to."""
        if self._foreign is None:
            return
        entry = self.session.roster.lookup(self._account, self._foreign.id)
        if entry is None:
            self.tell(f"The list does not show {self._foreign.id}: it may be newer than the list.", warning=True)
        else:
            self._go_to(entry)

    def _go_to(self, entry: Entry) -> None:
        self._keep_view()
        self.session.roster.visit(self._account, entry.key)
        self._known = Known(entry)
        self._begin()

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

    def on_resize(self, _event: events.Resize) -> None:
        """Choose the form of the record for the new size."""
        self._show_all()
        self.show_hints()
