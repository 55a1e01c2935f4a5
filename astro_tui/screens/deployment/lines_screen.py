"""The base of the screens that show nothing but lines, with the keys of the log section."""

from __future__ import annotations

from abc import abstractmethod

from astro_tui.screens.base.page import Need, Page
from astro_tui.screens.deployment.sections.logs.pane import open_line_menu, save_lines
from astro_tui.screens.deployment.sections.logs.side import LogSide
from astro_tui.theme.look import stylesheet


class LinesScreen(Page):
    """Copies and saves the lines of its `side`."""

    CSS_PATH = [stylesheet(name) for name in ("sections", "logs", "spec_tree")]
    NEED = Need.REQUIRED
    REFRESHES = True
    side: LogSide

    @property
    @abstractmethod
    def label(self) -> str:
        """What the saved lines are called."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While the user types or reads a line, letters belong there."""
        if action in ("agent", "copy_menu", "save", "back", "refresh"):
            return not (self.side.prompt.display or self.side.reading)
        return super().check_action(action, parameters)

    def action_copy_menu(self) -> None:
        """Choose what to copy from the line under the cursor."""
        row = self.side.view.row
        if row is not None and row.remark is None:
            open_line_menu(self, self.look, row, self.side.view.inner_text)

    def action_save(self) -> None:
        """Save the lines that are shown."""
        save_lines(self.app, self.look, self.label, self.side.view.store)

    def action_back(self) -> None:
        """Go back."""
        self.dismiss()
