"""A blueprint of the catalog: its readme, its builds, and the spec of each build as a tree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.timer import Timer

from astro_tui.platform import models
from astro_tui.platform.client import Call
from astro_tui.presentation.catalog import hearts, key_of, note_of, shown_names
from astro_tui.presentation.status import Severity
from astro_tui.screens.base.copy_actions import menu_offers, open_menu, typing
from astro_tui.screens.base.open import Compared, Neighbor, Published
from astro_tui.screens.base.page import PUBLIC_KEYS, Need, Page
from astro_tui.screens.base.section_host import SectionHost
from astro_tui.screens.base.sections import SectionCommand, TabStrip, section_bindings
from astro_tui.screens.base.staleness import NEVER
from astro_tui.screens.base.view import Topic, View
from astro_tui.screens.blueprint.builds import BlueprintState, entry_for, has_spec, known_of, pair_of
from astro_tui.session.comparison import sides_of
from astro_tui.session.routes import BLUEPRINT_SECTIONS, BlueprintRoute, DiffRoute, Route
from astro_tui.session.session import Session
from astro_tui.text.times import counted
from astro_tui.theme.look import TONES, stylesheet
from astro_tui.widgets.chrome.bar import Bar
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.document.spec_side import SpecSide
from astro_tui.widgets.keymap import bind_missing, keymap
from astro_tui.widgets.lists.tables import BuildTable
from astro_tui.widgets.text.markdown_view import MarkdownView

DEBOUNCE = 0.06
"""Seconds that the cursor rests on a build before it is shown: moving past a build costs nothing."""


class BlueprintScreen(Page):
    """Immediately shows what the list knows, then the response. The sections show the build under the cursor."""

    CSS_PATH = [stylesheet("blueprint"), stylesheet("sections")]
    NEED = Need.OPTIONAL
    BINDINGS = [
        *PUBLIC_KEYS,
        *section_bindings("blueprint", BLUEPRINT_SECTIONS),
        *keymap("""
        d                  diff          blueprint.diff  compare with the build before, or two marked builds [|diff]
        y!                 copy_menu    blueprint.copy        copy… [copy]
        W                  save         blueprint.save        save the spec, readme, or card to a file [save]
        less_than_sign     neighbor(-1)  blueprint.previous    previous blueprint [|blueprints]
        greater_than_sign  neighbor(1)   blueprint.next        next blueprint [|blueprints]
        tab                switch       blueprint.other-pane  switch between builds and text
        r,ctrl+r           refresh      blueprint.refresh     refresh [refresh]
        escape,q           back         blueprint.back        back [back]
        question_mark,f1   app.help     app.help              help [help]
        """),
    ]
    # The host gives the keys to a section.
    AUTO_FOCUS = ""

    def __init__(self, session: Session, published: Published, section: str = "") -> None:
        super().__init__(session)
        self._published = published
        self._rest: Timer | None = None
        bind_missing(self, section_bindings("blueprint", BLUEPRINT_SECTIONS))
        alone = [one.name for one in BLUEPRINT_SECTIONS if not one.beside]
        first = section if section in alone else "readme"
        self._host = SectionHost[BlueprintState](self, BLUEPRINT_SECTIONS, first)
        self._first_section = section
        self.state = known_of(published.blueprint)
        """The blueprint and the build on screen."""
        self._topic = Topic[models.Blueprint](self, "blueprint", self._take)
        self._row: models.Build | None = None

    def compose(self) -> ComposeResult:
        """The header, the tabs, and the sections, or a notice in their place."""
        yield self.frame_head()
        yield TabStrip(self.look, id="sections")
        yield Bar(self.look, id="trouble")
        yield self._host
        yield Notice(self.look, id="absent")
        yield from self.frame_foot()

    @property
    def blueprint(self) -> models.Blueprint:
        """The blueprint on screen."""
        return self.state.blueprint

    @property
    def markdown(self) -> MarkdownView:
        """The readme or card on screen."""
        return self._host.main_pane.query_one(MarkdownView)

    @property
    def side(self) -> SpecSide:
        """The spec on screen."""
        return self._host.main_pane.query_one(SpecSide)

    @property
    def builds(self) -> BuildTable:
        """The builds."""
        return self.query_one(BuildTable)

    @property
    def build(self) -> models.Build | None:
        """The build on screen."""
        return self.state.build

    @property
    def notices(self) -> Iterable[Notice]:
        """Only the notice that replaces everything: the one about an unreadable spec is not about a request."""
        return self.query("#absent").results(Notice)

    async def on_mount(self) -> None:
        """Show what is known and load the rest."""
        await self._begin()
        if self._first_section and self._first_section != self._host.active:
            self.call_later(self.show_section, self._first_section)

    # ---- loading

    async def _begin(self) -> None:
        """Start with a blueprint of which only the catalog row is known."""
        self._host.restart(self.state)
        if not self.blueprint.builds and self._host.main != "readme":
            await self._host.open("readme")
        self._host.active_pane.take_focus()
        self.load()

    @property
    def panes(self) -> Sequence[View]:
        """The sections that are shown."""
        return self._host.shown

    def load(self) -> None:
        """Load the blueprint with its builds."""
        blueprint, platform = self.blueprint, self.session.platform

        def request(call: Call) -> models.Blueprint:
            loaded = platform.blueprint(blueprint.account, blueprint.name, call=call)
            # The response may leave out the account and the name.
            lacking = {key: getattr(blueprint, key) for key in ("account", "name") if not getattr(loaded, key)}
            loaded = loaded.model_copy(update=lacking) if lacking else loaded
            return blueprint if loaded == blueprint else loaded

        self._topic.load(request)

    def _take(self, blueprint: models.Blueprint) -> None:
        self._show(known_of(blueprint, self.state))

    def reload(self) -> None:
        """Send all requests again, because the open ones were sent without the new login."""
        self.forget_all()
        self.load_again()

    async def show_blueprint(self, published: Published) -> None:
        """Show another blueprint in place of this one."""
        self.keep_place()
        self._published = published
        self._topic.forget()
        self.state = known_of(published.blueprint)
        await self._begin()

    def _show(self, state: BlueprintState) -> None:
        self.state = state
        with self.one_drawing():
            self._host.show(state)
            self.changed()

    def follow(self) -> None:
        """Arrange the sections, and show the build under the cursor once the cursor rests there."""
        self._host.lay_out()
        row = self.builds.row
        if row is self._row:
            return
        self._stop_rest()
        self._row = row
        if row is not None and row is not self.build:
            self._rest = self.set_timer(DEBOUNCE, self._read_build)

    def _stop_rest(self) -> None:
        if self._rest is not None:
            self._rest.stop()
            self._rest = None

    def _read_build(self) -> None:
        self._stop_rest()
        if self.builds.row is not self.build:
            self._show(replace(self.state, build=self.builds.row))

    # ---- drawing

    def draw(self) -> None:
        """Draw everything around the sections, or why there are none."""
        topic, absent, trouble = self._topic, self.query_one("#absent", Notice), self.query_one("#trouble", Bar)
        if topic.error is not None:
            absent.say_error(topic.error, self.error_keys(topic.error))
        absent.display = topic.error is not None and not self.blueprint.builds
        self._host.display = not absent.display
        self._host.draw()
        self._draw_head()
        trouble.display = topic.error is not None and not absent.display
        trouble.show(topic.sentence(), topic.remedy(self.session.clock(), self))
        super().draw()

    def _draw_head(self) -> None:
        look, blueprint, topic, now = self.look, self.blueprint, self._topic, self.session.clock()
        note = note_of(blueprint)
        warning = (f"  {look.plain(note)}" if note else "", TONES[Severity.WARN])
        account, title = shown_names(blueprint)
        short = look.line((title, "bold"), warning)
        name = look.line((f"{account}/", "$quiet"), short)
        counts = [counted(len(blueprint.builds), "build")] if blueprint.builds else []
        if counts and hearts(blueprint):
            counts.append(counted(blueprint.heart_count or 0, "heart"))
        full = look.line(name, (f"   {f' {look.glyphs.dot} '.join(counts)}", "$quiet"))
        # Without the publisher's name, the blueprint would seem to belong to this account.
        forms = [full, name, *([short] if blueprint.account == self.session.account else [])]
        forms, tiny = self._host.headed(forms, short), look.plain(key_of(blueprint))
        self.show_head(self.session.account, forms, topic.words(now, NEVER), tiny, topic.trying(now))

    def on_resize(self) -> None:
        """Arrange the sections for the new size."""
        self._host.resized()

    # ---- sections

    async def show_section(self, name: str) -> None:
        """Show a section by its name in a route."""
        if name not in self._host.names:
            self.show_message(f"Blueprints have no section named {name}.", warning=True)
            return
        await self._host.open(name)
        self.changed()

    async def action_section(self, name: str) -> None:
        """Go to a section; on a wide terminal, the record and the builds stay in place."""
        self.clear_message()
        await self.show_section(name)

    async def action_next_section(self, step: int) -> None:
        """Go to the section after or before the one with the focus; the first one follows the last."""
        self.clear_message()
        await self.show_section(self._host.name_beside(step))

    async def action_switch(self) -> None:
        """Go from the text to the builds, and back."""
        await self.show_section(self._host.main if self._host.active == "builds" else "builds")

    @on(BuildTable.Opened)
    async def _open_build(self) -> None:
        self._read_build()
        await self.show_section(self._host.main)

    # ---- keys

    def is_on(self, action: str) -> bool:
        """Whether there are builds to compare, or other blueprints."""
        return self.builds.pair is not None if action == "diff" else self._published.listed

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While the user types a search, letters are text."""
        return not (action == "copy_menu" and typing(self)) and super().check_action(action, parameters)

    def action_diff(self) -> None:
        """Show the difference between two marked builds, else what the chosen one changed."""
        pair = self.builds.pair
        if pair is None:
            self.show_message("There is no build before this one.", warning=True)
        elif not all(has_spec(build) for build in pair):
            self.show_message("One of the two builds has no spec.", warning=True)
        else:
            agent = self.session.agent(self.blueprint.account, entry_for(self.blueprint))
            sides = sides_of(agent, pair_of(self.blueprint, *pair))
            self.open(DiffRoute(agent.account, agent.row.name), Compared(agent, sides))

    @property
    def route(self) -> Route:
        """The section with the keys."""
        return BlueprintRoute(self.blueprint.account, self.blueprint.name, self._host.active)

    def action_copy_menu(self) -> None:
        """Choose what to copy: of the section, else of the blueprint."""
        if not self._host.active_pane.offer(SectionCommand.COPY):
            open_menu(self, self.look, key_of(self.blueprint), menu_offers(self.session, self.blueprint, self.build))

    def action_save(self) -> None:
        """Save what is on screen: the spec masked, a readme unchanged."""
        self._host.main_pane.offer(SectionCommand.SAVE)

    def action_neighbor(self, step: int) -> None:
        """Go to the blueprint before or after this one in the list."""
        self.app.post_message(Neighbor(step))

    def action_back(self) -> None:
        """Go back to the list, to the same row."""
        self.keep_place()
        self.dismiss()

    def keep_place(self) -> None:
        """Keep folds, cursor, and search for the next visit."""
        self._host.keep_place()
