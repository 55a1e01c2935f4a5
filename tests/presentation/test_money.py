"""What is said about money: each number in its unit, and nothing that the platform did not say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from astro_tui.diagnosis import MISSING, Fact
from astro_tui.platform.models import Billing, DaySpend, Meter, Spend
from astro_tui.presentation.money import Spending, fields, warning_of

NOW = datetime(2026, 7, 15, 12, tzinfo=UTC)
DAYS = tuple(
    DaySpend.model_validate({"day": (NOW - timedelta(days=ago)).isoformat(), "amount": 4.0}) for ago in range(1, 8)
)
DOLLARS = {"currency": "USD", "usage_spend": 83.6, "has_usage_spend": True}


def said(spend: dict[str, Any] | None = None, billing: dict[str, Any] | None = None, **meters: dict[str, int]) -> str:
    facts = {
        "billing": Fact(Billing.model_validate(billing)) if billing is not None else MISSING,
        "spend": Fact(Spending(Spend.model_validate(spend), DAYS)) if spend is not None else MISSING,
        "quotas": Fact({name: Meter.model_validate(each) for name, each in meters.items()}),
    }
    return "\n".join(f"{field.label}: {field.value}" for field in fields(facts, NOW))


SPENDS: list[tuple[dict[str, Any], str]] = [
    (DOLLARS, "spend: $83.60 in this period"),
    # Thresholds are in cents, and shown only if that agrees with what the platform says about them.
    ({**DOLLARS, "limit": {"amount": 15000, "in_alarm": False}}, "(limit $150.00)"),
    ({**DOLLARS, "warning": {"amount": 6000, "in_alarm": True}}, "(warning $60.00 reached)"),
    ({**DOLLARS, "limit": {"amount": 150, "in_alarm": False}}, "(limit)"),
    ({**DOLLARS, "usage_spend": 5, "has_usage_spend": False}, "spend: not known in this period"),
    ({**DOLLARS, "credit_remaining": 12, "has_credit": True}, "$12.00 left; at the rate of the last days"),
    ({**DOLLARS, "credit_remaining": 12, "has_credit": True}, "runs out around Jul 18"),
    ({"currency": "USD (cents)", "current_spend": 900, "has_current_spend": True}, "spend: 900.00 USD (cents) in"),
    ({"currency": "EUR", "credit_remaining": 12, "has_credit": True}, "credit: 12.00 EUR left"),
]


@pytest.mark.parametrize(("spend", "expected"), SPENDS)
def test_each_number_has_its_unit(spend: dict[str, Any], expected: str) -> None:
    assert expected in said(spend)


def test_other_units_are_not_computed_with() -> None:
    assert "rate" not in said({"currency": "EUR", "credit_remaining": 12, "has_credit": True})


STOPPED = {"status": "suspended", "enforced": True}
BILLINGS: list[tuple[dict[str, Any], str]] = [
    ({"status": "active"}, ""),
    ({"status": "past_due", "gated": True, "reason": "dunning"}, "A payment is late. Agents still run"),
    (
        {**STOPPED, "reason": "credits_exhausted", "action": "add_card"},
        "credit is used up. | An owner or admin can",
    ),
    ({**STOPPED, "reason": "uncollectible", "action": "update_card"}, "written off. | Contact the platform's"),
    ({**STOPPED, "reason": "moon phase"}, "account: moon phase. | Ask an owner or admin"),
    # The server only observes.
    ({"status": "suspended", "enforced": False}, ""),
]


@pytest.mark.parametrize(("billing", "expected"), BILLINGS)
def test_what_billing_warns_of(billing: dict[str, Any], expected: str) -> None:
    warned = warning_of(Fact(Billing.model_validate(billing)))
    words = f"{warned.text} | {warned.remedy}" if warned is not None else ""
    assert expected in words
    assert bool(words) is bool(expected)


def test_members_learn_of_a_stop_from_the_agents() -> None:
    refused = Fact(error="no", refused=True)
    assert warning_of(refused) is None
    warned = warning_of(refused, suspended=True)
    assert warned is not None
    assert "Ask an owner or admin" in warned.remedy


def test_quotas() -> None:
    text = said(
        agents={"usage": 3, "quota": 4}, builds={"usage": 3, "quota": 0}, members={"usage": 2}, all={"quota": -1}
    )
    assert text.splitlines() == ["agents: 3 of 4", "builds: switched off"]
