"""Billing warnings of the listed accounts: read after the list, and shown once above it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from textual.content import Content

from astro_tui.diagnosis import Fact
from astro_tui.platform.client import Call
from astro_tui.presentation.agent_list import Entry
from astro_tui.presentation.money import warning_about
from astro_tui.presentation.status import Severity
from astro_tui.session.agent import Agents
from astro_tui.theme.look import TONES, Look

Billing = Mapping[str, tuple[Fact, Fact]]
"""By account: the billing status and the spend."""


def read_billing(agents: Agents, accounts: Iterable[str], call: Call) -> Billing:
    """Read billing and spend, at most once in ten minutes for each account (worker thread)."""
    call.background = True
    return {each: (agents.account(each, "billing", call), agents.account(each, "spend", call)) for each in accounts}


def billing_lines(billing: Billing, entries: Iterable[Entry], look: Look) -> Content:
    """Return the billing warnings, a line per account; empty if all is well."""
    by_account: dict[str, list[Entry]] = {}
    for entry in entries:
        by_account.setdefault(entry.account, []).append(entry)
    lines = []
    for account, facts in billing.items():
        warned = warning_about(*facts, by_account.get(account, ()))
        if warned is not None:
            mark = "!" if look.ascii else "✖" if warned.severity is Severity.ERROR else "▲"
            named = f"{account}: " if len(billing) > 1 else ""
            text = f"{named}{warned.text} {warned.remedy}".rstrip()
            lines.append(look.line((f" {mark} ", f"bold {TONES[warned.severity]}"), text))
    return Content("\n").join(lines)
