"""The preview of an action, and its confirmation with the capital letter of the action."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any

from textual import events
from textual.app import App
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from astro_tui.actions.arming import NotArmedError
from astro_tui.actions.deploy import Missing
from astro_tui.actions.described import lines_of
from astro_tui.actions.kinds import Action
from astro_tui.actions.preview import Preview, prepare
from astro_tui.clipboard.offers import Piece
from astro_tui.errors import AstroError
from astro_tui.screens.actions.acting import start
from astro_tui.screens.actions.box import ActionSubject, ArmBox, ValueBox, described
from astro_tui.screens.actions.confirming import ConfirmBox
from astro_tui.screens.base.copy_actions import copy
from astro_tui.text.times import age
from astro_tui.widgets.chrome.head import READ_ONLY

MOST_CHANGES = 200
"""Maximum number of diff lines in a preview."""


class PreviewBox(ConfirmBox):
    """Reads everything about an action, shows it, and starts it once it is confirmed."""

    def __init__(self, agent: ActionSubject, action: Action, *, reason: str = "") -> None:
        super().__init__(agent.session, action.about.confirm, "name: ")
        self.kind_of_action = action.kind
        self._agent, self._action = agent, action
        self._reason = reason
        self._preview: Preview | None = None
        self._lines = Static("", id="lines", markup=False)

    def inside(self) -> Iterable[Widget]:
        """Return the preview, and a prompt for a name."""
        return [VerticalScroll(self._lines), self.prompt]

    def on_mount(self) -> None:
        """Load the preview."""
        self.prompt.display = False
        plain = self.look.plain
        where = (
            f"{self.look.name(self._agent.entry.label, self._agent.entry.blueprint)} in {plain(self._agent.account)}"
        )
        self.show_title(self._action.about.title.lower(), where)
        self._lines.update(self.look.plain("reading the agent's state…"))
        self.show_keys([("esc", "back")])
        self.run_worker(self._load, thread=True)

    @property
    def subject(self) -> Preview | None:
        """The preview, once it is there."""
        return self._preview

    @property
    def to_type(self) -> str:
        """The agent's name."""
        return self._agent.target.to_type

    # ---- the preview

    def _load(self) -> None:
        try:
            preview = prepare(self.session.acting, self._agent.target, self._action, self._call)
        except AstroError as error:
            self.app.call_later(partial(self._show_error, str(error)))
        else:
            self.app.call_later(partial(self._show, preview))

    def _show_error(self, sentence: str) -> None:
        if self.shown:
            self._lines.update(self.look.line((sentence, "$text-error")))

    def _show(self, preview: Preview) -> None:
        if not self.shown:
            return
        self._preview = preview
        self._draw()
        self.appeared()
        self.hint()

    def _draw(self) -> None:
        preview = self._preview
        if preview is None or not self.shown:
            return
        width = self.query_one(VerticalScroll).size.width - 2
        lines = described(lines_of(preview, MOST_CHANGES), width, self.look)
        reason = [self.look.line((self._reason, "bold $text-warning")), Content()] if self._reason else []
        self._lines.update(Content("\n").join([*reason, lines]))

    def on_resize(self) -> None:
        """Wrap the lines for the new width."""
        self._draw()

    def hint(self, note: str = "") -> None:
        """Name the key that confirms, with a note, or say what is missing."""
        preview, arming = self._preview, self.session.arming
        if preview is None:
            return
        about = preview.action.about
        read = f"state read {age(preview.read_at, self.session.clock())} ago"
        keys = [("y", "copy"), ("enter", "leave"), ("esc", "back")]
        if self._missing is not None:
            keys = [("v", f"set {self.look.plain(self._missing.name)}"), *keys]
        if not preview.verdict.allowed:
            self.show_keys(keys, read)
        elif arming.read_only:
            self.show_keys(keys, "read_only = true in the configuration")
        elif not arming.armed(self._agent.account):
            self.show_keys([("w", "arm"), *keys], note or READ_ONLY)
        elif arming.needs_name(preview.action.kind, self._agent.account) and not self._typed:
            self.prompt.open()
            self.show_keys([("esc", "back")], f"type {self.look.plain(preview.target.to_type)} to continue")
        else:
            self.show_keys([(about.confirm, about.title.lower()), *keys], note)

    # ---- keys

    def on_key(self, event: events.Key) -> None:
        """Confirm with the capital letter; other keys only scroll, copy the command, arm, or leave."""
        if event.key != "q" and self.handles(event.key):
            return
        event.stop()
        event.prevent_default()
        preview, box = self._preview, self.query_one(VerticalScroll)
        scroll = {
            "down": box.scroll_down,
            "j": box.scroll_down,
            "up": box.scroll_up,
            "k": box.scroll_up,
            "pagedown": box.scroll_page_down,
            "space": box.scroll_page_down,
            "pageup": box.scroll_page_up,
            "home": box.scroll_home,
            "end": box.scroll_end,
        }
        if event.key in ("enter", "q"):
            self.leave()
        elif event.key in scroll:
            scroll[event.key](animate=False)
            self.pressed_another()
        elif event.key == "w" and not (self.session.arming.read_only or self.session.arming.armed(self._agent.account)):
            self.app.push_screen(ArmBox(self.session, self._agent.account), lambda _result: self.hint())
        elif event.key == "v" and self._missing is not None:
            self._ask_value(self._missing)
        elif preview is not None and event.key == "y":
            command = preview.command
            copy(self.app, self.look, lambda: Piece(command))
        elif preview is not None and event.character == preview.action.about.confirm:
            self.pressed(event)

    @property
    def _missing(self) -> Missing | None:
        """The next variable that the build requires and that has no value."""
        plan = self._preview.deploy if self._preview is not None else None
        return plan.missing[0] if plan is not None and plan.missing else None

    def _ask_value(self, missing: Missing) -> None:
        def entered(text: object) -> None:
            if isinstance(text, str):
                inputs = self._action.inputs
                variables = (*inputs.variables, (missing.name, text))
                self._action = self._action._replace(inputs=replace(inputs, variables=variables))
                # The values are part of the template, so everything is read again.
                self._preview = self._shown_at = None
                self._lines.update(self.look.plain("reading the agent's state…"))
                self.run_worker(self._load, thread=True)

        self.app.push_screen(ValueBox(self.session, missing.name, secret=missing.secret), entered)

    def confirm(self) -> None:
        """Send the action, if the account is still armed."""
        preview, app, agent = self._preview, self.app, self._agent
        if preview is None:
            return
        try:
            permit = self.session.arming.permit(preview, self._typed)
        except NotArmedError as error:
            self.hint(str(error))
            return
        self.leave()
        start(app, agent, preview, permit, lambda why: _preview_again(app, agent, preview.action, why))


def _preview_again(app: App[Any], agent: ActionSubject, action: Action, why: str) -> None:
    """Show the preview of an action that was not sent, with the reason."""
    app.push_screen(PreviewBox(agent, action, reason=why))
