"""The application: themes, screens, and an exit that waits for no thread."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING

from textual import events, on
from textual.actions import ActionParseResult, parse
from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode
from textual.driver import Driver
from textual.screen import Screen
from textual.scrollbar import ScrollBar

from astro_tui.app import navigation
from astro_tui.app.key_order import KeyOrder
from astro_tui.errors import PlatformError
from astro_tui.runtime import enable_after_startup, served
from astro_tui.screens.base.open import Neighbor, Open, OpenSignIn
from astro_tui.session.session import Session
from astro_tui.text.masked import redact_text, without
from astro_tui.theme.look import THEMES, stylesheet
from astro_tui.theme.sizes import BESIDE_FROM, HIGH, LOW, NARROW, SMALLEST, WIDE
from astro_tui.widgets.lists.scroll_bar import AsciiBar, LineBar
from astro_tui.widgets.textual_compat import lay_out_every_change, let_late_timers_fire

if TYPE_CHECKING:
    from astro_tui.app.health import HealthReports
    from astro_tui.clipboard.ways import Clipboard
    from astro_tui.screens.palette.items import KnownAgents

SETTLE_SECONDS = 1.0
WORKERS = 32
"""The most worker threads. By default, two cores would have six, as many as a list has investigations that may hang."""
OFF_WHEN_SERVED = {
    "reveal": "Values cannot be revealed in a browser. Use a terminal.",
    "save": "Files cannot be saved from a browser. Copy instead (y).",
    "pager": "A pager cannot run in a browser. Use v.",
    "sign_in": "Sign in where astro-tui serve runs: astro-tui auth login",
}
"""Action → what to say instead to a viewer of `astro-tui serve`."""


def _load_the_next_screen() -> None:
    """While the user reads the list, import what the first `enter` opens, so that the key is not slow."""
    import astro_tui.document
    import astro_tui.screens.deployment.screen  # noqa: F401  only loaded
    from astro_tui.screens.base.section_host import preload
    from astro_tui.session.routes import SECTIONS

    preload(SECTIONS)


let_late_timers_fire()
lay_out_every_change()


class AstroApp(KeyOrder):
    """Opens the screen it is given, else the picker, or without a login the welcome screen."""

    TITLE = "astro-tui"
    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = [
        (0, "-tiny"),
        (SMALLEST[0], "-narrow"),
        (NARROW, "-one-column"),
        (BESIDE_FROM, "-two-columns"),
        (WIDE, "-three-columns"),
    ]
    VERTICAL_BREAKPOINTS = [
        (0, "-flat"),
        (SMALLEST[1], "-low"),
        (LOW, "-usual"),
        (HIGH, "-high"),
    ]
    BINDINGS = [
        Binding("ctrl+q", "quit", "quit", show=False, priority=True, id="app.quit"),
        Binding(
            "ctrl+c", "copy_or_quit", "copy the selection, else quit", show=False, priority=True, id="app.copy-or-quit"
        ),
        Binding("ctrl+z", "suspend_process", "suspend; `fg` in the shell resumes", show=False, id="app.suspend"),
        Binding("ctrl+p", "palette", "go to or run anything", show=False, id="app.palette"),
        Binding("ctrl+l", "redraw", "redraw the screen", show=False, priority=True, id="app.redraw"),
        Binding("colon", "command", "type a command: theme, since, interval, diff…", show=False, id="app.command"),
        Binding("at", "messages", "messages: notifications and requests", show=False, id="app.messages"),
    ]

    def __init__(
        self,
        session: Session,
        driver_class: type[Driver] | None = None,
        *,
        first: Callable[[], Screen[object]] | None = None,
        styles: Sequence[str] = (),
    ) -> None:
        # Textual loads a screen's style sheet when it is pushed; the first screen never is.
        styles = styles or ["picker" if session.platform.signed_in else "welcome"]
        # With NO_COLOR, Textual draws shades of gray, but with `ansi_color` it draws no colors at all.
        self._colorless = "NO_COLOR" in os.environ
        self._variables: dict[str, dict[str, str]] = {}
        super().__init__(
            driver_class=driver_class,
            css_path=[stylesheet(name) for name in ("app", *styles)],
            ansi_color=True if self._colorless else None,
        )
        self._first = first
        self._health: HealthReports | None = None
        self.session = session
        if session.settings.keys:
            from astro_tui.state.key_map import textual_keymap

            self.set_keymap(textual_keymap(session.settings.keys))
        for theme in THEMES.values():
            self.register_theme(theme)
        self.theme = session.theme_of(session.settings.account or session.account)
        self._read_with: dict[str, str] | None = self.get_css_variables()
        self.stylesheet.set_variables(self._read_with)
        ScrollBar.renderer = AsciiBar if session.look.ascii else LineBar

    @cached_property
    def known_agents(self) -> KnownAgents:
        """The agents as the palette lists them; created when it first opens."""
        from astro_tui.screens.palette.items import KnownAgents

        return KnownAgents()

    @cached_property
    def copier(self) -> Clipboard:
        """The ways to the user's clipboard; detected when something is first copied."""
        from astro_tui.clipboard.ways import Clipboard

        return Clipboard()

    def validate_theme(self, name: str) -> str:
        """Return the theme to use in place of another: with NO_COLOR, always the terminal's own colors."""
        return "terminal" if self._colorless and name in THEMES else name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return this program's variables, for themes that do not set them."""
        return dict(THEMES["dark"].variables)

    def get_css_variables(self) -> dict[str, str]:
        """Return the theme's variables, computed once; none for Textual's theme, which is set first."""
        if self.theme not in THEMES:
            return {}
        if self.theme not in self._variables:
            self._variables[self.theme] = super().get_css_variables()
        self.theme_variables = self._variables[self.theme]
        return self.theme_variables

    def refresh_css(self, animate: bool = True) -> None:
        """Parse the style sheets again for another theme; for the first theme, that was just done."""
        read_with, self._read_with = self._read_with, None
        if read_with != self.get_css_variables():
            super().refresh_css(animate=animate)

    def get_default_screen(self) -> Screen[object]:
        """Return the first screen; Textual would lay out a blank one below it."""
        return navigation.sized(self, self._first_screen())

    def _first_screen(self) -> Screen[object]:
        return self._first() if self._first is not None else navigation.first_screen(self.session)

    @on(Open)
    def _open(self, message: Open) -> None:
        navigation.open_route(self, message)

    @on(Neighbor)
    async def _show_neighbor(self, message: Neighbor) -> None:
        await navigation.show_neighbor(self, message.step)

    @on(OpenSignIn)
    def _sign_in(self, message: OpenSignIn) -> None:
        navigation.sign_in(self, message)

    def on_load(self) -> None:
        """Give each request of a screen a thread at once."""
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(WORKERS))

    def on_mount(self) -> None:
        """Open what the command line names, and turn garbage collection on after `SETTLE_SECONDS`."""
        if self.session.settings.address:
            navigation.open_at_start(self, self.session)
        self.set_timer(SETTLE_SECONDS, self._settle)
        self.app_resume_signal.subscribe(self, self._resumed)

    def _resumed(self, _app: App[None]) -> None:
        self.action_redraw()

    def action_redraw(self) -> None:
        """Draw everything again: another program has written to the terminal. Textual would draw only what changes."""
        self.refresh(layout=True)

    def _settle(self) -> None:
        """Exempt everything that exists from garbage collection: startup is over.

        The little garbage among it stays: collecting it would delay the keys of a fast user.
        """
        enable_after_startup()
        if self.session.settings.notify and not served() and self._health is None:
            from astro_tui.app.health import HealthReports

            self._health = HealthReports(self, self.session)
            self._health.start()
        if self._first is None:
            self.run_worker(_load_the_next_screen, thread=True)
        # A thread that parses or compares a large document yields to a key five times sooner than by default.
        sys.setswitchinterval(0.001)

    def on_resize(self, event: events.Resize) -> None:
        """Draw everything again if the size did not change: the window was another size for a moment.

        Both changes can arrive as one, but the terminal has cut off or moved what it showed.
        """
        if self.screen_stack and event.size == self.screen.outer_size:
            self.screen.refresh()

    async def on_callback(self, event: events.Callback) -> None:
        """Run what was posted to the app. Textual would end the app's message loop after an exception."""
        event.prevent_default()
        try:
            await super().on_callback(event)
        except Exception as error:  # noqa: BLE001  a bug still ends the program, but what comes too late does not
            self._handle_exception(error)

    async def run_action(
        self,
        action: str | ActionParseResult,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Run an action, unless it is off for the viewers of `astro-tui serve`."""
        name = parse(action)[1] if isinstance(action, str) else action[1]
        if served() and name in OFF_WHEN_SERVED:
            from astro_tui.screens.base.view import show_message

            show_message(self, OFF_WHEN_SERVED[name], warning=True)
            return True
        return await super().run_action(action, default_namespace, namespaces)

    def action_copy_or_quit(self) -> None:
        """Copy the mouse selection; without one, quit."""
        selected = self.screen.get_selected_text()
        if selected:
            from astro_tui.clipboard.offers import Piece
            from astro_tui.screens.base.copy_actions import copy

            copy(self, self.session.look, lambda: Piece(selected))
            self.screen.clear_selection()
        else:
            self.leave()

    async def action_quit(self) -> None:
        """Quit at once, whatever the server is doing."""
        self.leave()

    def leave(self, code: int = 0) -> None:
        """Exit with a code and the terminal restored, without waiting for any thread."""
        navigation.keep_places(self)
        if self._driver is not None:
            vars(self._driver)["leaving"] = True
        self.exit(return_code=code)

    def action_help(self) -> None:
        """Show the keys of this screen."""
        from astro_tui.screens.help import HelpScreen

        self.push_screen(HelpScreen(self.session.look, self.screen))

    @property
    def _session_in_front(self) -> Session:
        return navigation.session_of(self.screen, self.session)

    def action_palette(self) -> None:
        """Go anywhere or run anything by typing a few letters."""
        navigation.open_palette(self, self._session_in_front, self.known_agents)

    def action_command(self) -> None:
        """Type a command; the palette lists the commands."""
        navigation.open_palette(self, self._session_in_front, self.known_agents, command=True)

    def action_messages(self) -> None:
        """Show the messages and requests of this run."""
        from astro_tui.screens.messages import MessagesScreen

        self.push_screen(MessagesScreen(self._session_in_front))

    def _handle_exception(self, error: Exception) -> None:
        """Report a bug, unless the program is ending: Textual mounts no widget then, so any lookup may fail."""
        if not self._exit:
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """Print the traceback of a bug; Textual's own would contain the values of all variables."""
        import traceback

        from rich.text import Text

        text = redact_text(without(traceback.format_exc(), self.session.platform.hidden()))
        self._exit_renderables.append(Text(text))
        self._close_messages_no_wait()

    def on_unmount(self) -> None:
        """Wake all threads that wait for the server."""
        if self._health is not None:
            self._health.stop()
        try:
            self.session.platform.close()
        except PlatformError:
            return
