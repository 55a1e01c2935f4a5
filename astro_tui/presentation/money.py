"""An account's spend and quotas as displayed (platform.md §21). Pure.

Spend is in dollars, and its thresholds are in cents. Whether a threshold was crossed, only the platform says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from astro_tui.diagnosis import MISSING, Fact, Kind
from astro_tui.diagnosis.account import stop_of
from astro_tui.diagnosis.tables import table
from astro_tui.presentation.agent_list import Entry
from astro_tui.presentation.record import Field
from astro_tui.presentation.status import Severity
from astro_tui.text.redaction import masked_line

if TYPE_CHECKING:
    from astro_tui.platform.models import Billing, DaySpend, Meter, Spend

OF_MONEY = ("billing", "spend", "quotas")
"""The sources about money."""
_NEAR = 0.8
"""From this share on, a quota is shown as nearly used up."""
_LONG = timedelta(days=366)
_REFUSED = "not shown: only owners and admins may read this"


class Spending(NamedTuple):
    """What an account spends, and on each of the last days. Without billing, there is no `spend`."""

    spend: Spend | None
    days: tuple[DaySpend, ...] = ()


class Warned(NamedTuple):
    """A warning about an account: a sentence, how bad it is, and what to do."""

    text: str
    severity: Severity
    remedy: str = ""


def warning_of(billing: Fact, spend: Fact = MISSING, *, suspended: bool = False) -> Warned | None:
    """Return what billing warns of: that it has stopped the account, a late payment, or a crossed threshold.

    `suspended` says that agents are stopped: who may not read about billing only sees that.
    """
    words = table("account")
    if suspended and billing.refused:
        remedy = f"{words['actions']['usual']} {words['words']['back']}"
        return Warned("Billing has stopped agents of this account.", Severity.ERROR, remedy)
    if (stop := stop_of(billing)) is not None:
        return Warned(f"{stop.why}.", Severity.ERROR, stop.remedy)
    state: Billing | None = billing.value  # type: ignore[assignment]
    if state is not None and state.past_due:
        return Warned(words["words"]["past_due"], Severity.WARN)
    spending = spend.value.spend if isinstance(spend.value, Spending) else None
    for name in ("limit", "warning"):
        threshold = getattr(spending, name, None)
        if spending is not None and threshold is not None and threshold.in_alarm:
            spent = _amount(spending, spending.usage_spend, stated=spending.has_usage_spend)
            return Warned(
                f"The account has reached its spend {name}{f': {spent} spent' if spent else ''}.", Severity.WARN
            )
    return None


def warning_about(billing: Fact, spend: Fact, entries: Iterable[Entry]) -> Warned | None:
    """Return the billing warning above a list of the account's agents."""
    kinds = (entry.diagnosis.kind for entry in entries if entry.diagnosis is not None)
    return warning_of(billing, spend, suspended=any(kind is Kind.BILLING for kind in kinds))


def fields(facts: Mapping[str, Fact], now: datetime) -> list[Field]:
    """Return the known facts about the money and the quotas of an account, a line each."""
    return [*_billing(facts["billing"]), *_spend(facts["spend"], now), *_quotas(facts["quotas"])]


def _billing(billing: Fact) -> Iterator[Field]:
    warned = warning_of(billing)
    if billing.refused:
        yield Field("billing", _REFUSED)
    elif warned is not None:
        yield Field("billing", f"{warned.text} {warned.remedy}".rstrip(), warned.severity)
    elif billing.known:
        yield Field("billing", masked_line(getattr(billing.value, "status", ""), 40))
    elif billing.error:
        yield Field("billing", f"not known: {billing.error}", Severity.WARN)


def _spend(fact: Fact, now: datetime) -> Iterator[Field]:
    if fact.error and not fact.refused:
        yield Field("spend", f"not known: {fact.error}", Severity.WARN)
    if not isinstance(fact.value, Spending):
        return
    spend = fact.value.spend
    if spend is None:
        yield Field("spend", "no billing on this server")
        return
    used, paid = (
        _amount(spend, amount, stated=stated)
        for amount, stated in (
            (spend.usage_spend, spend.has_usage_spend),
            (spend.current_spend, spend.has_current_spend),
        )
    )
    after = f", {paid} after credit" if used and paid and paid != used else ""
    alarm = warning_of(MISSING, fact)
    text = f"{used or paid or 'not known'} in this period{after}{_thresholds(spend)}"
    yield Field("spend", text, alarm.severity if alarm is not None else None)
    left = _amount(spend, spend.credit_remaining, stated=spend.has_credit)
    if left:
        yield Field("credit", f"{left} left{_until(spend, fact.value.days, now)}")


def _amount(spend: Spend, amount: float | None, *, stated: bool) -> str:
    """Return an amount in its unit; empty if it is not known."""
    if amount is None or not stated:
        return ""
    unit = masked_line(spend.currency, 20)
    return f"${amount:,.2f}" if spend.in_dollars else f"{amount:,.2f} {unit}".rstrip()


def _thresholds(spend: Spend) -> str:
    """Return the thresholds, with amounts only if the platform's own word shows that they are in cents."""
    parts = []
    for name in ("warning", "limit"):
        threshold = getattr(spend, name)
        if threshold is None or threshold.amount is None:
            continue
        used = spend.usage_spend if spend.in_dollars and spend.has_usage_spend else None
        plausible = used is not None and (used * 100 >= threshold.amount) == threshold.in_alarm
        amount = f" ${threshold.amount / 100:,.2f}" if plausible else ""
        parts.append(f"{name}{amount}{' reached' if threshold.in_alarm else ''}")
    return f" ({', '.join(parts)})" if parts else ""


def _until(spend: Spend, days: tuple[DaySpend, ...], now: datetime) -> str:
    """Return when the credit runs out at the rate of the last days."""
    amounts = [(each.day.at, each.amount) for each in days if each.day.at is not None and each.amount is not None]
    credit = spend.credit_remaining or 0.0
    if not amounts or not spend.in_dollars or credit <= 0:
        return ""
    first = min(day for day, _ in amounts)
    rate = sum(amount for _, amount in amounts) / max(1, (now - first).days)
    left = timedelta(days=min(credit / rate, _LONG.days)) if rate > 0 else _LONG
    if left >= _LONG:
        return ""
    return f"; at the rate of the last days (${rate:,.2f} a day), it runs out around {now + left:%b %-d}"


def _quotas(fact: Fact) -> Iterator[Field]:
    if fact.error:
        yield Field("quotas", "not shown: you may not read them" if fact.refused else f"not known: {fact.error}")
    for name, meter in sorted(fact.value.items()) if isinstance(fact.value, dict) else ():
        if (text := quota_words(meter)) and meter.quota is not None:
            tight = meter.usage is not None and meter.usage >= _NEAR * meter.quota
            yield Field(masked_line(name, 40).replace("_", " "), text, Severity.WARN if tight and meter.quota else None)


def quota_words(meter: Meter) -> str:
    """Return how much of a quota is used; empty without a limit."""
    if meter.quota is None or meter.quota < 0:
        return ""
    return (
        "switched off" if meter.quota == 0 else f"{meter.usage if meter.usage is not None else '?'} of {meter.quota:,}"
    )


def as_json(facts: Mapping[str, Fact], now: datetime) -> dict[str, object]:
    """Return the same for programs: what is said, and the numbers in the unit of `currency`. Unknown parts are null."""
    billing, quotas = facts["billing"].value, facts["quotas"].value
    spend = facts["spend"].value.spend if isinstance(facts["spend"].value, Spending) else None
    amounts: dict[str, object] | None = None
    if spend is not None:
        amounts = {
            "currency": masked_line(spend.currency, 20),
            "usage_spend": spend.usage_spend if spend.has_usage_spend else None,
            "current_spend": spend.current_spend if spend.has_current_spend else None,
            "credit_remaining": spend.credit_remaining if spend.has_credit else None,
            "warning_reached": spend.warning is not None and spend.warning.in_alarm,
            "limit_reached": spend.limit is not None and spend.limit.in_alarm,
        }
    words = {name: masked_line(getattr(billing, name, ""), 60) for name in ("status", "reason", "action")}
    meters = quotas.items() if isinstance(quotas, dict) else ()
    return {
        "said": {field.label: field.value for field in fields(facts, now)},
        "billing": words if billing is not None else None,
        "spend": amounts,
        "quotas": {masked_line(name, 40): {"usage": meter.usage, "quota": meter.quota} for name, meter in meters},
    }
