"""The audit log, variables, money, and quotas of an account (platform.md §15, §21)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainValidator

from astro_tui.platform.lenient import text_of
from astro_tui.platform.models.numbers import Amount
from astro_tui.platform.models.values import NO_TIME, Flag, Number, Objects, PlatformModel, Text, Time, object_or_none


def _object(value: object) -> object:
    return object_or_none(value) or {}


def _pairs(value: object) -> tuple[tuple[str, str], ...]:
    return tuple((text_of(key), text_of(each)) for key, each in value.items()) if isinstance(value, Mapping) else ()


class Actor(PlatformModel):
    """Who did something: a `user`, an `admin` (staff of the platform), or the `system`."""

    id: Text = ""
    type: Text = ""


class Resource(PlatformModel):
    """The object of an action. A deployment has the name of its blueprint."""

    type: Text = ""
    id: Text = ""
    name: Text = ""


class AuditEntry(PlatformModel):
    """One action in an account. `metadata` depends on the action."""

    id: Text = ""
    actor: Annotated[Actor, BeforeValidator(_object)] = Actor()
    action: Text = ""
    resource: Annotated[Resource, BeforeValidator(_object)] = Resource()
    description: Text = ""
    metadata: Annotated[tuple[tuple[str, str], ...], PlainValidator(_pairs)] = ()
    created_at: Time = NO_TIME


class AuditPage(PlatformModel):
    """A page of the audit log, newest first. `next_before` is where the next page begins."""

    rows: Annotated[tuple[AuditEntry, ...], Objects, Field(alias="entries")] = ()
    has_more: Flag = False
    next_before: Text = ""


class AccountVariable(PlatformModel):
    """A variable of an account. A secret has no value; that of a plain one may be private, too."""

    name: Text = ""
    secret: Flag = False
    description: Text = ""
    value: Annotated[Text, Field(repr=False)] = ""
    created_at: Time = NO_TIME
    updated_at: Time = NO_TIME


class Billing(PlatformModel):
    """Whether an account pays. `action` says what to do about it, `reason` what happened."""

    status: Text = ""
    reason: Text = ""
    action: Text = ""
    pay_link: Text = ""
    gated: Flag = False
    enforced: Flag = False
    workloads_suspended: Flag = False

    @property
    def refuses(self) -> bool:
        """Whether the platform refuses actions."""
        return self.suspended and self.enforced

    @property
    def suspended(self) -> bool:
        """Whether the account is suspended."""
        return self.status.strip().lower() == "suspended"

    @property
    def past_due(self) -> bool:
        """Whether a payment is late. Everything still runs."""
        return self.status.strip().lower() == "past_due"


class Threshold(PlatformModel):
    """An amount of spend, in CENTS, unlike the spend itself. Whether it was crossed, only the platform says."""

    amount: Amount = None
    in_alarm: Flag = False


class Spend(PlatformModel):
    """What an account spends in the current period, in the unit of its `currency`.

    `usage_spend` is before credit and `current_spend` after it. A number counts only if its flag `has_…` is set.
    """

    currency: Text = ""
    plan: Text = ""
    current_spend: Amount = None
    has_current_spend: Flag = False
    usage_spend: Amount = None
    has_usage_spend: Flag = False
    current_period_end: Time = NO_TIME
    credit_remaining: Amount = None
    has_credit: Flag = False
    warning: Annotated[Threshold | None, BeforeValidator(object_or_none)] = None
    limit: Annotated[Threshold | None, BeforeValidator(object_or_none)] = None

    @property
    def in_dollars(self) -> bool:
        """Whether its numbers are dollars. Other currencies are shown with their unit, and never calculated with."""
        return self.currency.strip().upper() == "USD"


class DaySpend(PlatformModel):
    """What an account used on one day, in dollars, before credit."""

    day: Time = NO_TIME
    amount: Amount = None


class Meter(PlatformModel):
    """How much of a quota an account uses. Without a `quota` there is no limit, and 0 means switched off."""

    usage: Number = None
    quota: Number = None
