"""The application: themes, screens, and an end that waits for nobody."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from textual import on
from textual.binding import Binding
from textual.driver import Driver
from textual.screen import Screen
from textual.scrollbar import ScrollBar, ScrollBarRender

from astro_tui.app import navigation
from astro_tui.app.key_order import KeyOrder
from astro_tui.errors import PlatformError
from astro_tui.runtime.garbage import enable_after_startup
from astro_tui.screens.base.open import Open, SignIn
from astro_tui.session.session import Session
from astro_tui.theme.look import THEMES, stylesheet

if TYPE_CHECKING:
    from astro_tui.clipboard.ways import Clipboard

SETTLE_SECONDS = 1.0


def _load_the_next_screen() -> None:
    """Import what the first `enter` opens, while somebody reads the list: it would hold up the key."""
    import astro_tui.document
    import astro_tui.screens.deployment.screen  # noqa: F401


class _PlainScrollBar(ScrollBarRender):
    """A scroll bar of coloured blanks: the usual one draws its ends with block characters."""

    VERTICAL_BARS = [" "] * 8
    HORIZONTAL_BARS = [" "] * 8


class AstroApp(KeyOrder):
    """Opens the picker, or the welcome screen when there is nothing to sign in with, or the screen it is given."""

    TITLE = "astro-tui"
    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = [
        (0, "-tiny"),
        (40, "-narrow"),
        (60, "-one-column"),
        (100, "-two-columns"),
        (160, "-three-columns"),
    ]
    VERTICAL_BREAKPOINTS = [
        (0, "-flat"),
        (10, "-low"),
        (12, "-usual"),
        (30, "-high"),
    ]
    BINDINGS = [
        Binding("ctrl+q", "quit", "quit", show=False, priority=True, id="app.quit"),
        Binding(
            "ctrl+c", "copy_or_quit", "copy the selection, else quit", show=False, priority=True, id="app.copy-or-quit"
        ),
    ]

    def __init__(
        self,
        session: Session,
        driver_class: type[Driver] | None = None,
        *,
        first: Callable[[], Screen[None]] | None = None,
        styles: Sequence[str] = (),
    ) -> None:
        # Textual loads a screen's own style sheet when it is pushed, which the first one never is.
        styles = styles or ["picker" if session.platform.signed_in else "welcome"]
        # Textual alone makes NO_COLOR grey; in the terminal's own colours it leaves all colours out.
        colourless = "NO_COLOR" in os.environ
        self._variables: dict[str, dict[str, str]] = {}
        super().__init__(
            driver_class=driver_class,
            css_path=[stylesheet(name) for name in ("app", *styles)],
            ansi_color=True if colourless else None,
        )
        self._first = first
        self.session = session
        for theme in THEMES.values():
            self.register_theme(theme)
        self.theme = "terminal" if colourless else session.settings.theme
        self._read_with: dict[str, str] | None = self.get_css_variables()
        self.stylesheet.set_variables(self._read_with)
        ScrollBar.renderer = _PlainScrollBar if session.look.ascii else ScrollBarRender

    @cached_property
    def copier(self) -> Clipboard:
        """The ways to the user's clipboard; looked for when something is copied."""
        from astro_tui.clipboard.ways import Clipboard

        return Clipboard()

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return our own variables for a theme that does not set them."""
        return dict(THEMES["dark"].variables)

    def get_css_variables(self) -> dict[str, str]:
        """Return the variables of the theme, worked out once; none for that of Textual, before ours is set."""
        if self.theme not in THEMES:
            return {}
        if self.theme not in self._variables:
            self._variables[self.theme] = super().get_css_variables()
        self.theme_variables = self._variables[self.theme]
        return self.theme_variables

    def refresh_css(self, animate: bool = True) -> None:
        """Read the style sheets again for another theme; for the first one they were read a moment ago."""
        read_with, self._read_with = self._read_with, None
        if read_with != self.get_css_variables():
            super().refresh_css(animate=animate)

    def get_default_screen(self) -> Screen[None]:
        """Return the first screen; Textual would put a blank one below it and lay both out.

        It has the classes of its size from the start: coming with the first size, they would style all anew.
        """
        screen = self._first_screen()
        for cells, points in (
            (self.size.width, self.HORIZONTAL_BREAKPOINTS),
            (self.size.height, self.VERTICAL_BREAKPOINTS),
        ):
            screen.add_class(max(point for point in points if point[0] <= cells)[1], update=False)
        return screen

    def _first_screen(self) -> Screen[None]:
        return self._first() if self._first is not None else navigation.first_screen(self.session)

    @on(Open)
    def _open(self, message: Open) -> None:
        navigation.open_route(self, message)

    @on(SignIn)
    def _sign_in(self, message: SignIn) -> None:
        navigation.sign_in(self, message)

    def on_mount(self) -> None:
        """Leave the garbage alone until the first rows are there."""
        self.set_timer(SETTLE_SECONDS, self._settle)

    def _settle(self) -> None:
        """The start is over: what exists now need not be looked at by the garbage collector again.

        The little garbage among it stays: to collect it would hold up whoever types already.
        """
        enable_after_startup()
        if self._first is None:
            self.run_worker(_load_the_next_screen, thread=True)
        # A thread that reads or compares a large document lets a key go first, five times as soon as by default.
        sys.setswitchinterval(0.001)

    def action_copy_or_quit(self) -> None:
        """Copy what is selected with the mouse; quit when nothing is."""
        selected = self.screen.get_selected_text()
        if selected:
            from astro_tui.clipboard.offers import Piece
            from astro_tui.screens.base.copy_actions import copy

            copy(self, self.session.look, lambda: Piece(selected))
            self.screen.clear_selection()
        else:
            self.leave()

    async def action_quit(self) -> None:
        """End now, whatever the server is doing."""
        self.leave()

    def leave(self, code: int = 0) -> None:
        """End the program with an exit code, the terminal as it was, without waiting for any thread."""
        if self._driver is not None:
            vars(self._driver)["leaving"] = True
        self.exit(return_code=code)

    def action_help(self) -> None:
        """Show the keys of this screen."""
        from astro_tui.screens.help import HelpScreen

        self.push_screen(HelpScreen(self.session.look, self.screen))

    def _handle_exception(self, error: Exception) -> None:
        """Report a bug; while the program ends Textual mounts no widget, and code that needs one fails: no bug."""
        if not self._exit:
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """A bug ends the program with its traceback; Textual's own would print the values of all variables too."""
        import traceback

        from rich.text import Text

        from astro_tui.text.redaction import redact_text, without

        secrets = (self.session.settings.token, *self.session.platform.tokens.hidden())
        text = redact_text(without(traceback.format_exc(), secrets))
        self._exit_renderables.append(Text(text))
        self._close_messages_no_wait()

    def on_unmount(self) -> None:
        """Wake every thread that waits for the server."""
        try:
            self.session.platform.close()
        except PlatformError:
            return
