"""Handles keys in the order they were typed, each one completely before the next."""

from __future__ import annotations

from collections import deque
from functools import partial
from time import monotonic
from typing import Any

from textual import on
from textual.app import App
from textual.events import Event, Key, Paste
from textual.message_pump import MessagePump

from astro_tui.actions.presses import Presses
from astro_tui.screens.base.page import Page
from astro_tui.widgets.textual_compat import is_closing, parent_of

LOST_AFTER = 0.3
"""Seconds after which a key counts as done if it was lost because its widget was removed."""
STUCK_AFTER = 3.0
"""Seconds after which a key counts as done in any case."""
GRACE = 0.05
"""Seconds that a slow key gets to finish before it is checked again."""
AT_ONCE = frozenset({"ctrl+c", "ctrl+q"})
"""Keys that are never delayed."""


class KeyOrder(App[None]):
    """Textual takes the next key before the action of the last one has run.

    If `j j enter` came fast, from a user or a paste, it would open the wrong row, and the key after an `enter` would
    go to the screen that it leaves. So each key is followed by a message that bubbles from the focused widget up to
    the app behind everything the key caused, and the next key waits for that message. A screen that the key opened
    gets the next key once it is mounted: before that, it does not know its choices.
    """

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.presses = Presses()
        self._waiting: deque[Key] = deque()
        self._started: float | None = None
        self._node: MessagePump | None = None
        """Where the message that follows the key is now."""

    def on_mount(self) -> None:
        """Note when the program was stopped, by the user or by a signal: keys have waited meanwhile."""
        self.app_resume_signal.subscribe(self, lambda _app: self.presses.continued(monotonic()), immediate=True)

    @on(Page.KeysReleased)
    async def _released(self) -> None:
        if self._started is None:
            await self._take()

    async def on_event(self, event: Event) -> None:
        """Queue keys; let all other events pass."""
        if isinstance(event, Key) and not event.is_forwarded:
            self.presses.pressed(event.key, event.time)
        elif isinstance(event, Paste):
            self.presses.pasted(event.time)
        if not isinstance(event, Key) or event.is_forwarded or event.key in AT_ONCE:
            await super().on_event(event)
            return
        self._waiting.append(event)
        if self._started is None:
            await self._take()
        elif monotonic() - self._started > LOST_AFTER:
            # It is lost, or was just done: whatever took so long delayed this event, too.
            self.set_timer(GRACE, partial(self._overdue, self._started))

    async def _overdue(self, started: float) -> None:
        """Take the next key if this one was lost. If it is only slow, as on a busy machine, look again soon."""
        if started != self._started:
            return
        if self._node is not None and self._node.is_running and monotonic() - started < STUCK_AFTER:
            self.set_timer(GRACE, partial(self._overdue, started))
        else:
            await self._take()

    async def _take(self) -> None:
        """Handle the next key in the queue."""
        screen = self.screen
        if not self._waiting or (isinstance(screen, Page) and screen.holds_key(self._waiting[0].key)):
            self._started = None
            return
        self._started = monotonic()
        if not screen.is_mounted and not is_closing(screen):
            # Its queue is handled once it is mounted.
            self._node = screen
            screen.call_later(self._mounted, self._started)
            return
        key = self._waiting.popleft()
        target: MessagePump = self.focused or self.screen
        await super().on_event(key)
        self._follow(target, self._started)

    def _follow(self, node: MessagePump, started: float) -> None:
        """Send the message that follows the key up to the app."""
        self._node = node
        if not node.call_later(self._handled, node, started):
            self.call_later(self._done, started)

    def _handled(self, node: MessagePump, started: float) -> None:
        """Queue up again: a message that the key caused may be queued behind this one."""
        if not node.call_later(self._passed, node, started):
            self.call_later(self._done, started)

    def _passed(self, node: MessagePump, started: float) -> None:
        above = parent_of(node)
        if above is None or above is self:
            self.call_later(self._done, started)
        else:
            self._follow(above, started)

    def _mounted(self, started: float) -> None:
        self.call_later(self._done, started)

    async def _done(self, started: float) -> None:
        if started == self._started:
            await self._take()
