"""A user's conversations with an agent as rows of a table. Pure."""

from __future__ import annotations

from datetime import datetime
from operator import attrgetter
from typing import TYPE_CHECKING

from msgspec import Struct

from astro_tui.presentation.columns import SELECTED, Column, Fit, steps
from astro_tui.text.redaction import masked_line

if TYPE_CHECKING:  # importing the models takes 60 ms
    from astro_tui.platform.models import Conversation


class ConversationRow(Struct, frozen=True):
    """One conversation. All texts are safe to draw. `state` says what it waits for."""

    key: str
    title: str
    updated: datetime | None = None
    state: str = ""

    @property
    def haystack(self) -> str:
        """What a filter searches."""
        return self.title.lower()


def row_of(conversation: Conversation, state: str | None = None) -> ConversationRow:
    """Return the row of a conversation; without a `state`, the list says whether an answer is due."""
    title = masked_line(conversation.title, 200) or "(no title)"
    if state is None:
        state = "answering" if conversation.assistant_streaming else ""
    return ConversationRow(conversation.conversation_id, title, conversation.updated_at.at, state)


COLUMNS = (
    Column[ConversationRow]("title", attrgetter("title"), SELECTED, least=12, rest=True, title="CONVERSATION"),
    Column[ConversationRow]("state", attrgetter("state"), "warn", optional=True, title=""),
    Column[ConversationRow]("age", style="quiet", fit=Fit.RIGHT, at=attrgetter("updated")),
)
LAYOUT = steps("title 12, age, state, title")
