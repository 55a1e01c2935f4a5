"""The base of small apps around one widget."""

from __future__ import annotations

from textual.app import App

from astro_tui.theme.look import THEMES


class WidgetApp(App[None]):
    """An empty app in the dark theme."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self) -> None:
        super().__init__()
        for theme in THEMES.values():
            self.register_theme(theme)
        self.theme = "dark"

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(THEMES["dark"].variables)
