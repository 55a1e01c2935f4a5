"""Traces: the entries of a list, and what a single one says about itself (platform.md §11)."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator

from astro_tui.platform.models.numbers import Amount
from astro_tui.platform.models.values import (
    NO_TIME,
    Flag,
    Number,
    Objects,
    PlatformModel,
    Text,
    Time,
    object_or_none,
)

NO_USER = "-"
"""The ID that stands for no user."""


class TraceUser(PlatformModel):
    """Who sent a request."""

    display_name: Text = ""
    username: Text = ""


class TraceRow(PlatformModel):
    """An entry of the list. `timestamp` is when the trace was ingested; whether anything failed is not in the list."""

    trace_id: Text = ""
    name: Text = ""
    latency_ms: Amount = None
    total_cost: Amount = None
    timestamp: Time = NO_TIME
    user_id: Text = ""
    user_details: Annotated[TraceUser | None, BeforeValidator(object_or_none)] = None

    @property
    def user(self) -> str:
        """The ID of the user; empty if there was none."""
        return "" if self.user_id == NO_USER else self.user_id

    @property
    def user_name(self) -> str:
        """The name of the user, else the ID; empty if there was none."""
        details = self.user_details
        return (details and self.user and (details.display_name or details.username)) or self.user


class TracePage(PlatformModel):
    """A page of the list. `scanned_count` is of a search, and `odd` counts entries that are not objects.

    `total` can be 0 although there are rows.
    """

    rows: tuple[TraceRow, ...] = ()
    odd: int = 0
    total: Number = None
    truncated: Flag = False
    scanned_count: Number = None


class Score(PlatformModel):
    """What a user or an evaluator thinks of a trace: a number, or a text."""

    name: Text = ""
    value: Amount = None
    string_value: Text = ""


class TraceHead(TraceRow):
    """What a single trace says about itself, without its observations. It does not say when it began.

    The session of a chat is the ID of its conversation; a list does not have it.
    """

    session_id: Text = ""
    scores: Annotated[tuple[Score, ...], Objects] = ()
