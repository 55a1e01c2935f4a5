"""What agents used in 30 days, as columns of their list. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from astro_tui.text.times import money, short_number

if TYPE_CHECKING:  # importing the models takes 60 ms
    from astro_tui.platform.models import Month


class Usage(NamedTuple):
    """What an agent used in 30 days, in words; a text is empty if that is not known."""

    requests: str = ""
    tokens: str = ""
    cost: str = ""


USAGE = {"requests": "REQ 30D", "tokens": "TOKENS 30D", "cost": "COST 30D"}
"""The columns of the agent list about 30 days, with their titles."""


def usage_of(month: Month) -> Usage:
    """Return the sums of 30 days. If all series are zero although there are traces, they are not known."""
    series = (month.request_series, month.token_series, month.cost_series)
    requests, tokens, cost = (sum(value for value in each if value is not None) for each in series)
    if (month.total_traces or month.last_trace_at) and not (requests or tokens or cost):
        return Usage()
    # Tokens that cost nothing have no known price.
    price = money(cost) or ("" if tokens else "$0.00")
    texts = (short_number(requests), short_number(tokens), price)
    return Usage(*(text if {*each} - {None} else "" for text, each in zip(texts, series, strict=True)))
