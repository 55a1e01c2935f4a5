"""Keys in the order they were typed, each done before the next one is looked at."""

from __future__ import annotations

from collections import deque
from functools import partial
from time import monotonic
from typing import Any

from textual import on
from textual.app import App
from textual.events import Event, Key
from textual.message_pump import MessagePump

from astro_tui.screens.base.page import Page

LOST_AFTER = 0.3
"""Seconds after which a key counts as done whose way nobody saw the end of: its widget went away under it."""
GRACE = 0.05
"""Seconds in which a key that took longer can still say that it is done."""
AT_ONCE = frozenset({"ctrl+c", "ctrl+q"})
"""Keys that wait for no other."""


class KeyOrder(App[None]):
    """Textual hands a key to the focused widget and takes the next one before the first one's action has run.

    Typed fast, or pasted by another program, `j j enter` would open the row where the cursor was, and what follows
    an `enter` would go to the screen that it leaves. Here the next key waits until a message that runs behind the
    first one, from widget to widget, has come up to the app.
    """

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._waiting: deque[Key] = deque()
        self._started: float | None = None

    @on(Page.KeysReleased)
    async def _released(self) -> None:
        if self._started is None:
            await self._take()

    async def on_event(self, event: Event) -> None:
        """Let keys wait for their turn; everything else passes."""
        if not isinstance(event, Key) or event.is_forwarded or event.key in AT_ONCE:
            await super().on_event(event)
            return
        self._waiting.append(event)
        if self._started is None:
            await self._take()
        elif monotonic() - self._started > LOST_AFTER:
            # Either lost, or done just now: what took so long held up this event, too.
            self.set_timer(GRACE, partial(self._overdue, self._started))

    async def _overdue(self, started: float) -> None:
        if started == self._started:
            await self._take()

    async def _take(self) -> None:
        """Hand on the key whose turn it is."""
        screen = self.screen
        if not self._waiting or (isinstance(screen, Page) and screen.holds_key(self._waiting[0].key)):
            self._started = None
            return
        self._started = monotonic()
        key = self._waiting.popleft()
        target: MessagePump = self.focused or self.screen
        await super().on_event(key)
        self._follow(target, self._started)

    def _follow(self, node: MessagePump, started: float) -> None:
        """Go the key's way behind it, up to the app."""
        if not node.call_later(self._handled, node, started):
            self.call_later(self._done, started)

    def _handled(self, node: MessagePump, started: float) -> None:
        """Let a message go first that was sent when the key was handled: it came to the node behind this one."""
        if not node.call_later(self._passed, node, started):
            self.call_later(self._done, started)

    def _passed(self, node: MessagePump, started: float) -> None:
        above = node._parent  # noqa: SLF001  the way that events bubble
        if above is None or above is self:
            self.call_later(self._done, started)
        else:
            self._follow(above, started)

    async def _done(self, started: float) -> None:
        await self._overdue(started)
