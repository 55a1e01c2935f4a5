"""Delivers a widget's message in the frame of the key that caused it."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from textual.message import Message
from textual.widget import Widget

from astro_tui.widgets.drawn import changed


@runtime_checkable
class DirectHandler(Protocol):
    """A screen or pane that handles some messages of the widgets inside it without waiting for the message queue.

    A posted message is handled after the key's frame is drawn, and what it changes appears up to 30 ms later.
    """

    def handle_directly(self, message: Message) -> None:
        """Handle a message of a widget inside this one; ignore messages of other types."""


def send(widget: Widget, message: Message) -> None:
    """Hand a message to the nearest DirectHandler above a widget; without one, let the nearest Drawn draw."""
    for node in widget.ancestors:
        if isinstance(node, DirectHandler):
            node.handle_directly(message)
            return
    changed(widget)
