"""Arms an account: the user types its name, so that stray keys cannot arm it."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.widget import Widget

from astro_tui.actions.arming import NotArmedError
from astro_tui.screens.actions.box import ActionBox
from astro_tui.session.session import Session
from astro_tui.widgets.chrome.bar import Paragraph
from astro_tui.widgets.chrome.prompt import Prompt


class ArmBox(ActionBox):
    """Asks for the name of the account."""

    def __init__(self, session: Session, account: str) -> None:
        super().__init__(session)
        self._account = account

    def compose_box(self) -> Sequence[Widget]:
        """What arming means, and the prompt."""
        return [Paragraph(self.look, id="action-about"), Prompt(self.look, "account: ")]

    def on_mount(self) -> None:
        """Ask for the name."""
        self.show_title("arm", self.look.plain(self._account))
        about = "Type the account's name to allow actions in it for ten minutes."
        self.query_one("#action-about", Paragraph).show(about)
        self.query_one(Prompt).open()
        self.show_keys([("enter", "arm"), ("esc", "back")])

    @on(Prompt.Submitted)
    def _typed(self, message: Prompt.Submitted) -> None:
        message.stop()
        try:
            self.session.arming.arm(self._account, message.text)
        except NotArmedError as error:
            self.say(str(error))
        else:
            self.close(True)

    @on(Prompt.Canceled)
    def _canceled(self, message: Prompt.Canceled) -> None:
        message.stop()
        self.close(None)
