"""A blueprint of the catalog: its readme, its builds, and the spec of each build as a tree."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer

from astro_tui.errors import PlatformError
from astro_tui.presentation.catalog import blueprint_fields, hearts, key_of, note_of, version_fields, versions_line
from astro_tui.presentation.status import Severity
from astro_tui.screens.base.blueprint_offers import menu_offers
from astro_tui.screens.base.comparison import sides_of
from astro_tui.screens.base.copy_actions import open_document_menu, open_menu, save, save_document, typing
from astro_tui.screens.base.open import Compared
from astro_tui.screens.base.public_page import PublicPage
from astro_tui.screens.base.sections import TabStrip
from astro_tui.screens.blueprint.build_spec import BuildSpec
from astro_tui.screens.blueprint.loader import BlueprintLoader
from astro_tui.screens.blueprint.sections import MAIN, SECTIONS
from astro_tui.screens.blueprint.texts import has_spec, pair_of, reading_text, subject_of
from astro_tui.session.routes import Diff
from astro_tui.session.session import Session
from astro_tui.text.times import counted
from astro_tui.theme.look import TONES, stylesheet
from astro_tui.theme.sizes import NARROW
from astro_tui.widgets.chrome.bar import Bar, Rule
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.document.spec_side import SpecSide
from astro_tui.widgets.lists.build_table import BuildTable
from astro_tui.widgets.lists.scroller import Scroller
from astro_tui.widgets.text.facts_pane import FactsPane
from astro_tui.widgets.text.markdown_view import MarkdownView

if TYPE_CHECKING:
    from astro_tui.platform.models import Agent, AgentVersion

BESIDE = ((160, 60), (100, 44))
"""From how many columns record and builds are beside the text, and how many they have, as in the style sheet."""
NEVER = 365 * 86_400.0
REST = 0.06
"""Seconds that the cursor rests on a build before it is read: passing by costs nothing."""


class BlueprintScreen(PublicPage):
    """Shows what the list knows at once, then the response. The build under the cursor is the one that is read."""

    CSS_PATH = [stylesheet("blueprint"), stylesheet("spec_tree")]
    BINDINGS = [
        Binding("escape,q", "back", "back", id="blueprint.back"),
        Binding("r,ctrl+r", "refresh", "refresh", id="blueprint.refresh"),
        Binding("less_than_sign", "neighbor(-1)", "previous agent", id="blueprint.previous"),
        Binding("greater_than_sign", "neighbor(1)", "next agent", id="blueprint.next"),
        # With priority, so that what is typed right behind it is already the choice.
        Binding("y", "copy_menu", "copy…", priority=True, id="blueprint.copy"),
        Binding("W", "save", "save the spec, readme or card to a file", id="blueprint.save"),
        Binding("d", "diff", "what changed: this build against the previous, or two marked", id="blueprint.diff"),
        Binding("1", "section('spec')", "spec", id="blueprint.spec"),
        Binding("2", "section('record')", "record", id="blueprint.record"),
        Binding("3", "section('builds')", "builds", id="blueprint.builds"),
        Binding("4", "section('readme')", "readme", id="blueprint.readme"),
        Binding("5", "section('card')", "agent card", id="blueprint.card"),
        Binding("tab", "switch", "builds and text", show=False, id="blueprint.other-pane"),
        Binding("question_mark,f1", "app.help", "help", id="app.help"),
    ]

    def __init__(self, session: Session, agent: Agent, neighbor: Callable[[int], Agent | None] | None = None) -> None:
        super().__init__(session)
        self._neighbor = neighbor
        self._section = self._main = "readme"
        self._rest: Timer | None = None
        self.side = SpecSide(session.look)
        self._loader = BlueprintLoader(
            self, session, agent, sign_in_key=self.SIGN_IN_KEY, publish=self._came, fail=self._failed
        )
        self._spec = BuildSpec(session, self._loader, self.side)

    def compose(self) -> ComposeResult:
        """The style sheet puts record and builds beside the text, or shows one of them."""
        look = self.look
        yield self.frame_head()
        yield TabStrip(look, id="sections")
        yield Bar(look, id="trouble")
        with Container(id="body"):
            with Vertical(id="about"):
                with Scroller(id="facts"):
                    yield FactsPane(look, id="record")
                yield Rule(look, id="builds-rule", classes="rule")
                yield BuildTable(look, self.session.clock, id="builds")
            with Vertical(id="text"):
                yield Rule(look, id="text-rule", classes="rule")
                yield MarkdownView(look, id="markdown")
            yield self.side
        yield Notice(look, id="absent")
        yield from self.frame_foot()

    @property
    def agent(self) -> Agent:
        """The blueprint on screen."""
        return self._loader.agent

    @property
    def markdown(self) -> MarkdownView:
        """The readme or card."""
        return self.query_one(MarkdownView)

    @property
    def builds(self) -> BuildTable:
        """The builds."""
        return self.query_one(BuildTable)

    @property
    def version(self) -> AgentVersion | None:
        """The build that is read."""
        return self.builds.row

    @property
    def wide(self) -> bool:
        """Whether record and builds are beside the text."""
        return self.size.width >= BESIDE[-1][0]

    def on_mount(self) -> None:
        """Show what is known and load the rest."""
        self.query_one("#absent", Notice).display = False
        self.set_interval(1, self._show_head)
        self._choose_section()
        # After the first layout: texts are laid out for their width.
        self.call_after_refresh(self._begin)

    # ---- loading

    def _begin(self) -> None:
        """Start with a blueprint of which the catalog's row is known."""
        self._show_absent(shown=False)
        self._spec.begin()
        if not self.agent.versions and self._main != "readme":
            self._main = self._section = "readme"
        self._show_agent()
        self._focus()
        self.load()

    def load(self) -> None:
        """Load the blueprint with its builds."""
        self._loader.load()
        self._show_head()

    def _came(self, changed: bool) -> None:
        if changed:
            self._show_agent(again=True)
        else:
            self._show_version()

    def _failed(self, error: PlatformError) -> None:
        if not self.agent.versions:
            self.query_one("#absent", Notice).say_error(
                error, [*self.sign_in_hints(), ("r", "try again"), ("esc", "go back")]
            )
            self._show_absent(shown=True)
            self.show_hints()
        self._show_head()

    def show_waiting(self, topic: str, reason: str, seconds: float) -> None:
        """Say in the header that the client tries again."""
        self._loader.waiting(topic, reason, seconds)
        self._show_head()

    # ---- showing

    def _show_absent(self, *, shown: bool) -> None:
        """Show the notice instead of everything, or not."""
        self.query_one("#absent", Notice).display = shown
        self.query_one("#body").display = not shown

    def _show_agent(self, *, again: bool = False) -> None:
        self._show_absent(shown=False)
        fetched = self._loader.staleness.fetched is not None
        self.builds.instead = ["nothing pushed yet" if fetched else "loading"]
        self.builds.show_builds(self.agent.versions, again=again)
        self._show_version()

    def handle_directly(self, message: Message) -> None:
        """Follow the cursor of the builds."""
        if isinstance(message, BuildTable.Highlighted) and message.rows is self.builds:
            self._build_highlighted()

    def _build_highlighted(self) -> None:
        """Read the build under the cursor when the cursor rests there."""
        if self._rest is not None:
            self._rest.stop()
        self._rest = self.set_timer(REST, self._show_version)

    def _show_version(self) -> None:
        if self._rest is not None:
            self._rest.stop()
            self._rest = None
        self._show_head()
        self._show_record()
        self._show_main()
        self.show_hints()

    def _show_record(self) -> None:
        now, version = self.session.clock(), self.version
        width = next((cells for least, cells in BESIDE if self.size.width >= least), self.size.width) - 2
        groups = [blueprint_fields(self.agent, now)]
        if version is not None:
            groups.append(version_fields(version, now))
        self.query_one(FactsPane).show_groups(groups, width)
        self.query_one("#builds-rule", Rule).show(Content.assemble((versions_line(self.agent), "bold")))

    def _choose_section(self) -> None:
        """Set the classes for the style sheet, all at once: each change styles the whole screen again."""
        on_spec = self._main == "spec"
        classes = {"-on-spec": on_spec, "-on-text": not on_spec, "-at-main": self._section in MAIN}
        classes |= {f"-at-{each.name}": self._section == each.name for each in SECTIONS}
        self.update_classes(classes)

    def _show_main(self) -> None:
        """Show the section that is read, for the chosen build."""
        self._choose_section()
        version = self.version
        if self._main == "spec":
            self._spec.show(version, self.builds.key_of(version) if version is not None else None)
            return
        fetched = self._loader.staleness.fetched is not None
        text = reading_text(self.agent, version, self._main)
        if text or fetched or version is not None:
            absent = (
                f"This build has no {'agent card' if self._main == 'card' else self._main}."
                if version is not None
                else "Nothing was pushed yet."
            )
            self.markdown.show(text, absent)
        else:
            self.markdown.show("", "loading")
        self._show_text_rule()

    @on(MarkdownView.LaidOut)
    def _show_text_rule(self) -> None:
        version, look = self.version, self.look
        build = look.plain(version.build_id) if version is not None else ""
        build = f" {look.glyphs.dot} build {build}" if build else ""
        is_draft = self._main == "card" and (version is None or version.agent_card is None)
        draft = is_draft and bool(reading_text(self.agent, version, self._main))
        name = "agent card, a draft" if draft else {"card": "agent card"}.get(self._main, self._main)
        self.query_one("#text-rule", Rule).show(Content.assemble((name, "bold"), build), look.own(self.markdown.remark))

    def _show_head(self) -> None:
        look, agent, glyphs = self.look, self.agent, self.look.glyphs
        note = note_of(agent)
        warning = (f"  {look.plain(note)}" if note else "", TONES[Severity.WARN])
        short = Content.assemble((look.plain(agent.name), "bold"), warning)
        name = Content.assemble((f"{look.plain(agent.account)}/", "$quiet"), short)
        told = [counted(len(agent.versions), "build")] if agent.versions else []
        if told and hearts(agent):
            told.append(counted(agent.heart_count or 0, "heart"))
        full = Content.assemble(name, (f"   {f' {glyphs.dot} '.join(told)}", "$quiet"))
        # Without the publisher's name it would seem to be of this account.
        forms = [full, name, *([short] if agent.account == self.session.account else [])]
        words = self._loader.staleness.words(self.session.clock(), NEVER)
        tiny, trying = look.plain(key_of(agent)), self._loader.staleness.trying(self.session.clock())
        self.show_head(self.session.account, forms, words, tiny, trying)
        trouble = self.query_one("#trouble", Bar)
        trouble.display = self._loader.staleness.error is not None and self.query_one("#body").display
        trouble.show(self._loader.staleness.sentence(), self._loader.staleness.remedy(self.session.clock()))
        self._show_sections()

    def _show_sections(self) -> None:
        """Show the section with the focus, and on a wide terminal the text beside it."""
        shown = {self._section, self._main} if self.wide else {self._section}
        short = self.size.width < NARROW
        self.query_one(TabStrip).show_tabs(SECTIONS, shown, focused=self._section, short=short)

    # ---- keys

    @on(SpecSide.KeysChanged)
    def _keys_changed(self) -> None:
        self.show_hints()

    def hints(self) -> list[tuple[str, str]]:
        """The keys of what is read come first."""
        leave = [("esc", "back"), ("?", "help")]
        if self.query_one("#absent", Notice).display:
            return [*self.sign_in_hints(), ("r", "refresh"), *leave]
        reading = self._section in MAIN
        own = (
            self.side.hints()
            if reading and self._main == "spec"
            else [("j k", "build" if self._section == "builds" else "scroll")]
        )
        if not reading and self._section == "builds":
            own += [("enter", "read it"), ("space", "mark two")]
        diff = [("d", "diff")] if self.builds.pair is not None else []
        more = [("1-5", "sections"), *diff]
        near = [("< >", "agents")] if self._neighbor is not None else []
        copy = [] if reading and self._main == "spec" else [("y", "copy")]
        return [*own, *more, *copy, *near, ("r", "refresh"), *leave]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A letter is a letter while a search is typed."""
        return not (action == "copy_menu" and typing(self)) and super().check_action(action, parameters)

    def action_section(self, section: str) -> None:
        """Go to a section; on a wide terminal record and builds stay in place."""
        self._section = section
        if section in MAIN:
            self._main = section
        self._show_main()
        self._show_head()
        self._focus()
        self.show_hints()

    def _focus(self) -> None:
        if self._section == "record":
            self.set_focus(self.query_one(Scroller))
        elif self._section == "builds":
            self.set_focus(self.builds)
        elif self._main == "spec":
            self.side.take_focus()
        else:
            self.set_focus(self.markdown)

    def action_switch(self) -> None:
        """Go from the text to the builds, and back."""
        self.action_section(self._main if self._section == "builds" else "builds")

    @on(BuildTable.Opened)
    def _read_build(self) -> None:
        self._show_version()
        self.action_section(self._main)

    def action_diff(self) -> None:
        """Show the difference between two marked builds, else what the chosen one changed."""
        pair = self.builds.pair
        if pair is None:
            self.tell("There is no build before this one.", warning=True)
        elif not all(has_spec(version) for version in pair):
            self.tell("One of the two builds has no spec.", warning=True)
        else:
            subject = subject_of(self.agent)
            sides = sides_of(subject, pair_of(self.agent, *pair))
            self.open(Diff(subject.account, subject.name), Compared(subject, sides))

    def action_copy_menu(self) -> None:
        """Choose what to copy: from the spec if it is read, and from the blueprint."""
        offers = menu_offers(self.session, self.agent, self.version)
        if self._section == "spec":
            open_document_menu(self, self.look, self.side, offers, key_of(self.agent))
        else:
            open_menu(self, self.look, key_of(self.agent), offers)

    def action_save(self) -> None:
        """Save what is read: the spec masked, a readme unchanged."""
        from astro_tui.clipboard.offers import Piece
        from astro_tui.state.files import file_stem

        build = self.version.build_id if self.version is not None else ""
        text = reading_text(self.agent, self.version, self._main)
        if self._main == "spec":
            save_document(self, self.look, self.side, self.agent.name, build)
        elif text:
            save(self.app, self.look, file_stem(self.agent.name, self._main), ".md", lambda: Piece(text))
        else:
            self.tell(f"There is no {self._main} to save.", warning=True)

    def action_refresh(self) -> None:
        """Load again; build, folds, cursor, and scroll stay."""
        if self.send_again("agent", self._loader.staleness):
            self.load()

    def action_neighbor(self, step: int) -> None:
        """Go to the blueprint before or after this one in the list."""
        agent = self._neighbor(step) if self._neighbor is not None else None
        if agent is None:
            where = "after" if step > 0 else "before"
            self.tell(f"No agent {where} this one is listed yet.", warning=True)
            return
        self._spec.keep_view()
        self._loader.begin(agent)
        self._begin()

    def action_back(self) -> None:
        """Go back to the list, to the same row."""
        self._spec.keep_view()
        self.dismiss()

    def on_resize(self, _event: events.Resize) -> None:
        """Fit the parts to the new size."""
        self._show_head()
        self._show_record()
        self.show_hints()
