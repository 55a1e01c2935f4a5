"""A blueprint of the catalogue: what it says of itself, its builds, and the spec of each in the tree."""

from __future__ import annotations

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, Vertical
from textual.content import Content

from astro_tui.presentation.catalog import blueprint_fields, hearts, key_of, note_of, version_fields, versions_line
from astro_tui.presentation.status import Severity
from astro_tui.screens.base.blueprint_offers import menu_offers
from astro_tui.screens.base.comparison import sides_of
from astro_tui.screens.base.copy_actions import open_document_menu, open_menu, save, save_document, typing
from astro_tui.screens.base.open import Compared
from astro_tui.screens.base.sections import Section, TabStrip
from astro_tui.screens.blueprint.loader import BlueprintReading
from astro_tui.screens.blueprint.texts import has_spec, pair_of, subject_of
from astro_tui.session.routes import Diff
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

BESIDE = ((160, 60), (100, 44))
"""From how many cells record and builds stand beside the text, and how many they have there, as in the style sheet."""
NEVER = 365 * 86_400.0
SECTIONS: list[Section[None]] = [
    Section("spec", "spec", "1"),
    Section("record", "record", "2", beside_from=100),
    Section("builds", "builds", "3", beside_from=100),
    Section("readme", "readme", "4"),
    Section("card", "card", "5"),
]
"""In the order of their tabs."""
MAIN = ("spec", "readme", "card")
"""The sections that are read, one of them at a time; the others stand beside them where there is room."""


class BlueprintScreen(BlueprintReading):
    """Shows what the list knows at once, and what the platform tells of the blueprint as soon as it is there."""

    CSS_PATH = [stylesheet("blueprint"), stylesheet("spec_tree")]
    BINDINGS = [
        Binding("escape,q", "back", "back", id="blueprint.back"),
        Binding("r,ctrl+r", "refresh", "refresh", id="blueprint.refresh"),
        Binding("less_than_sign", "neighbour(-1)", "previous agent", id="blueprint.previous"),
        Binding("greater_than_sign", "neighbour(1)", "next agent", id="blueprint.next"),
        # With priority, so that what is typed right behind it is already the choice.
        Binding("y", "copy_menu", "copy…", priority=True, id="blueprint.copy"),
        Binding("W", "save", "save the spec, readme or card to a file", id="blueprint.save"),
        Binding(
            "d", "diff", "what changed: this build against the one before, or two marked ones", id="blueprint.diff"
        ),
        Binding("1", "section('spec')", "spec", id="blueprint.spec"),
        Binding("2", "section('record')", "record", id="blueprint.record"),
        Binding("3", "section('builds')", "builds", id="blueprint.builds"),
        Binding("4", "section('readme')", "readme", id="blueprint.readme"),
        Binding("5", "section('card')", "agent card", id="blueprint.card"),
        Binding("tab", "switch", "builds and text", show=False, id="blueprint.other-pane"),
        Binding("question_mark,f1", "app.help", "help", id="app.help"),
    ]

    def compose(self) -> ComposeResult:
        """Lay the screen out; the style sheet puts record and builds beside the text, or shows one of them."""
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
            yield SpecSide(look)
        yield Notice(look, id="absent")
        yield from self.frame_foot()

    @property
    def wide(self) -> bool:
        """Whether record and builds stand beside the text."""
        return self.size.width >= BESIDE[-1][0]

    def on_mount(self) -> None:
        """Show what is known and ask for the rest."""
        self.builds.highlighted = self._build_highlighted
        self.query_one("#absent", Notice).display = False
        self.set_interval(1, self._show_head)
        self._choose_section()
        # When the first layout is known: texts are laid out for their width.
        self.call_after_refresh(self._begin)

    # ---- showing

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
        groups = [blueprint_fields(self._agent, now)]
        if version is not None:
            groups.append(version_fields(version, now))
        self.query_one(FactsPane).show_groups(groups, width)
        self.query_one("#builds-rule", Rule).show(Content.assemble((versions_line(self._agent), "bold")))

    def _choose_section(self) -> None:
        """Lay out the section that is read."""
        for name in ("spec", "text"):
            self.set_class((self._main == "spec") == (name == "spec"), f"-on-{name}")
        for each in SECTIONS:
            self.set_class(self._section == each.name, f"-at-{each.name}")
        self.set_class(self._section in MAIN, "-at-main")

    def _show_main(self) -> None:
        """Show the section that is read, of the build that is chosen."""
        self._choose_section()
        version = self.version
        if self._main == "spec":
            self._show_spec(version)
            return
        fetched = self._stale.fetched is not None
        text = self._text
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
        draft = self._main == "card" and (version is None or version.agent_card is None) and bool(self._text)
        name = "agent card, a draft" if draft else {"card": "agent card"}.get(self._main, self._main)
        self.query_one("#text-rule", Rule).show(Content.assemble((name, "bold"), build), look.own(self.markdown.remark))

    def _show_head(self) -> None:
        look, agent, glyphs = self.look, self._agent, self.look.glyphs
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
        words = self._stale.words(self.session.clock(), NEVER)
        tiny, trying = look.plain(key_of(agent)), self._stale.trying(self.session.clock())
        self.show_head(self.session.account, forms, words, tiny, trying)
        trouble = self.query_one("#trouble", Bar)
        trouble.display = self._stale.error is not None and self.query_one("#body").display
        trouble.show(self._stale.sentence(), self._stale.remedy(self.session.clock()))
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
        """Return what can be done here."""
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
        near = [("< >", "agents")] if self._neighbour is not None else []
        copy = [] if reading and self._main == "spec" else [("y", "copy")]
        return [*own, *more, *copy, *near, ("r", "refresh"), *leave]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A letter is a letter while a search is typed."""
        return not (action == "copy_menu" and typing(self)) and super().check_action(action, parameters)

    def action_section(self, section: str) -> None:
        """Go to a section; on a wide terminal record and builds stay where they are."""
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
        """Go from what is read to the builds, and back."""
        self.action_section(self._main if self._section == "builds" else "builds")

    @on(BuildTable.Opened)
    def _read_build(self) -> None:
        self._show_version()
        self.action_section(self._main)

    def action_diff(self) -> None:
        """Show what differs in the specs of two marked builds, else what the chosen one changed."""
        pair = self.builds.pair
        if pair is None:
            self.tell("There is no build before this one.", warning=True)
        elif not all(has_spec(version) for version in pair):
            self.tell("One of the two builds has no spec.", warning=True)
        else:
            subject = subject_of(self._agent)
            sides = sides_of(subject, pair_of(self._agent, *pair))
            self.open(Diff(subject.account, subject.name), Compared(subject, sides))

    def action_copy_menu(self) -> None:
        """Choose what to copy: of the spec where it is read, and of the blueprint."""
        offers = menu_offers(self.session, self._agent, self.version)
        if self._section == "spec":
            open_document_menu(self, self.look, self.side, offers, key_of(self._agent))
        else:
            open_menu(self, self.look, key_of(self._agent), offers)

    def action_save(self) -> None:
        """Save what is read: the spec masked, a readme as it came."""
        from astro_tui.clipboard.offers import Piece
        from astro_tui.state.files import file_stem

        build = self.version.build_id if self.version is not None else ""
        text = self._text
        if self._main == "spec":
            save_document(self, self.look, self.side, self._agent.name, build)
        elif text:
            save(self.app, self.look, file_stem(self._agent.name, self._main), ".md", lambda: Piece(text))
        else:
            self.tell(f"There is no {self._main} to save.", warning=True)

    def action_refresh(self) -> None:
        """Ask again; build, folds, cursor and scroll stay."""
        if self.send_again("agent", self._stale):
            self.load()

    def action_neighbour(self, step: int) -> None:
        """Go to the blueprint before or after this one in the list."""
        agent = self._neighbour(step) if self._neighbour is not None else None
        if agent is None:
            where = "after" if step > 0 else "before"
            self.tell(f"No agent {where} this one is listed yet.", warning=True)
            return
        self._keep_view()
        self.forget("spec")
        self.forget("agent")
        self._agent = agent
        self._begin()

    def action_back(self) -> None:
        """Go back to the list, to the same row."""
        self._keep_view()
        self.dismiss()

    def on_resize(self, _event: events.Resize) -> None:
        """Fit the parts to the new size."""
        self._show_head()
        self._show_record()
        self.show_hints()
