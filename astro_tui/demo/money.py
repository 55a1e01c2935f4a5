"""What the demo's accounts pay, and how much of their quotas they use, over HTTP (platform.md §21).

The `money` of an account has the dollars that it spends in a `day`, the `credit` that is left, and its `warning` and
`limit` in cents; an account without it has no billing. Its `quota` has the limit of each meter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from astro_tui.demo.data import read
from astro_tui.demo.entities import DemoAccount, Json, digest
from astro_tui.demo.request import Access, ApiRequest, ResponseError
from astro_tui.demo.world import World, timestamp

_PERIOD = 19
"""How many days ago the current period began."""
_LONGEST = 366
_STATUS = {
    "status": "active",
    "gated": False,
    "workloads_suspended": False,
    "enforced": True,
    "credits_exhausted": False,
    "has_payment_method": True,
}
_STORES = ("knowledge_stores", "knowledge_endpoints")


def require_paid(account: DemoAccount) -> None:
    """Raise 402 if billing has stopped an account."""
    state = {**_STATUS, **account.billing}
    if state["status"] == "suspended" and state["enforced"]:
        why = {key: account.billing[key] for key in ("reason", "action", "pay_link") if key in account.billing}
        details = "Agents of this account are stopped until billing is settled."
        raise ResponseError(402, "Billing suspended", code="BILLING_SUSPENDED", details=details, **why)


def require_room(world: World, account: DemoAccount) -> None:
    """Raise 402 if an account may have no more agents. A redeploy counts, too."""
    limit, used = account.quota.get("agent_deployments", -1), _deployed(world, account)
    facts = {"feature": "agent_deployments", "usage": used, "limit": limit}
    if limit == 0:
        raise ResponseError(402, "Feature not available", code="FEATURE_NOT_IN_PLAN", **facts)
    if 0 < limit <= used:
        details = f"The plan includes {limit} deployments."
        raise ResponseError(402, "Limit reached", code="ENTITLEMENT_LIMIT_REACHED", details=details, **facts)


def _deployed(world: World, account: DemoAccount) -> int:
    words = [world.condition(each).word for each in world.by_account[account.name]]
    return sum(word in ("pending", "provisioning", "deploying", "active") for word in words)


class MoneyEndpoints(Access):
    """The endpoints about money and quotas."""

    def routes(self) -> tuple[tuple[str, Callable[[ApiRequest], Json]], ...]:
        """Return the path and handler of each endpoint."""
        return (
            ("/accounts/*/billing/status", self._status),
            ("/accounts/*/billing/spend", self._spend),
            ("/accounts/*/billing/usage/daily-spend", self._days),
            ("/accounts/*/usage", self._quota),
        )

    def _status(self, request: ApiRequest) -> Json:
        return {**_STATUS, **self.managed(request.names[0], request).billing}

    def _amount(self, account: DemoAccount, day: datetime) -> float:
        part = min(1.0, max(0.0, (self.world.now() - day) / timedelta(days=1)))
        noise = 0.9 + digest(account.name, f"{day:%Y-%m-%d}") % 1000 / 5000
        return round(float(account.money["day"]) * noise * part, 2)

    def _amounts(self, account: DemoAccount, begin: datetime, end: datetime) -> Iterator[tuple[datetime, float]]:
        day = begin
        while day < min(end, self.world.now()):
            yield day, self._amount(account, day)
            day += timedelta(days=1)

    def _spend(self, request: ApiRequest) -> Json:
        """Return spend and credit in dollars, and the thresholds in cents."""
        account = self.managed(request.names[0], request)
        if not account.money:
            return {"available": False}
        begin = _day(self.world.now()) - timedelta(days=_PERIOD)
        used = round(sum(amount for _, amount in self._amounts(account, begin, self.world.now())), 2)
        credit = account.money.get("credit")
        body: Json = {
            "currency": account.money.get("currency", "USD"),
            "plan": "no_credit" if credit is None else "credit",
            "current_spend": 0.0 if credit else used,
            "has_current_spend": True,
            "usage_spend": used,
            "has_usage_spend": True,
            "current_period_start": timestamp(begin),
            "current_period_end": timestamp(begin + timedelta(days=30)),
            "credit_remaining": credit or 0.0,
            "has_credit": credit is not None,
            "has_last_invoice": False,
            "spend_ceiling": 100_000,
        }
        for key in ("warning", "limit"):
            if key in account.money:
                cents = account.money[key]
                body[key] = {"amount": cents, "in_alarm": used * 100 >= cents}
        return {"available": True, "data": body}

    def _days(self, request: ApiRequest) -> Json:
        account, now = self.managed(request.names[0], request), self.world.now()
        if not account.money:
            return {"available": False}
        begin = _day(request.moment("from") or now.replace(day=1))
        end = _day(request.moment("to") or now + timedelta(days=1))
        end = max(end, begin + timedelta(days=1))
        if end - begin > timedelta(days=_LONGEST):
            raise ResponseError(400, f"the window must not exceed {_LONGEST} days")
        days = self._amounts(account, begin, end)
        return {"available": True, "data": [{"day": timestamp(day), "amount": amount} for day, amount in days]}

    def _quota(self, request: ApiRequest) -> Json:
        account, now = self.own(request.names[0], request), self.world.now()
        mine = [each for each in self.world.contents.blueprints if each.account == account.name]
        used = {
            "blueprints": sum(not each.archived for each in mine),
            "agent_builds": sum(len(each.builds) for each in mine),
            "agent_deployments": _deployed(self.world, account),
            "members": len(read("members.json")),
            **dict.fromkeys(_STORES, 0),
        }
        limits = {name: {"quota": limit} for name, limit in account.quota.items()}
        meters = {name: {"usage": count, **limits.get(name, {})} for name, count in used.items()}
        period = {"period_start": timestamp(_day(now.replace(day=1))), "period_end": timestamp(now)}
        return {"account_id": account.id, **period, "meters": meters}


def _day(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
