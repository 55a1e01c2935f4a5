"""Conversations with an agent, as its sidecar stores them (platform.md §20)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from astro_tui.platform.models.values import NO_TIME, Flag, Number, Objects, PlatformModel, Text, Time

AsSent = Annotated[tuple[Mapping[str, Any], ...], Objects]
"""The objects in a list, with whatever they contain."""


class Conversation(PlatformModel):
    """A row of the list of the user's conversations."""

    conversation_id: Text = ""
    title: Text = ""
    updated_at: Time = NO_TIME
    assistant_streaming: Flag = False


class ChatMessage(PlatformModel):
    """A stored message. `role` is `user`, `assistant`, or another word, which means a note."""

    id: Text = ""
    role: Text = ""
    content: Text = ""


class ChatPage(Conversation):
    """A page of a conversation: its messages, oldest first, with their whole texts.

    With `assistant_streaming`, an answer is due. `oldest_seq` is where the page before it ends. `pending_interactions`
    are open questions, as sent; only the newest page has them.
    """

    messages: Annotated[tuple[ChatMessage, ...], Objects] = ()
    has_more: Flag = False
    oldest_seq: Number = None
    pending_interactions: AsSent = ()


class AgentConfig(PlatformModel):
    """What an agent said about itself when it connected. Its system prompt is dropped here."""

    tools: AsSent = ()
