"""Accounts, and the blueprints of the public catalog (platform.md §7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator, Field

from astro_tui.platform.models.builds import BuildRun
from astro_tui.platform.models.values import (
    NO_TIME,
    Flag,
    Number,
    Objects,
    PlatformModel,
    RawJson,
    Text,
    Time,
    has_value,
    items_of,
    object_or_none,
)
from astro_tui.text.foreign import first_shown
from astro_tui.text.redaction import masked_line


def _card(value: object) -> object:
    """Return a card. Today's server sends an object, older ones a text."""
    return {"body": value} if isinstance(value, str) else object_or_none(value)


def _warnings(value: object) -> object:
    """Return warnings as objects. Plain texts (older validation errors, platform.md §4) become messages."""
    return tuple(
        {"message": item} if isinstance(item, str) else item
        for item in items_of(value)
        if isinstance(item, str | Mapping | BuildWarning)
    )


class Account(PlatformModel):
    """One account of the signed-in user (platform.md §7). `type` is personal, organization, or team (older)."""

    id: Text = ""
    name: Text = ""
    type: Text = ""
    display_name: Text = ""
    workos_org_id: Text = ""
    role: Text = ""

    @property
    def label(self) -> str:
        """The display name, else the name."""
        return first_shown(self.display_name, self.name)


class User(PlatformModel):
    """The signed-in user. With a bearer token, the server only knows the id (platform.md §2.1)."""

    id: Text = ""
    email: Text = ""


class Member(PlatformModel):
    """One person of an account (platform.md §7). Both names may be empty."""

    user_id: Text = ""
    username: Text = ""
    display_name: Text = ""

    @property
    def label(self) -> str:
        """The display name, else the user name, else empty; safe to draw."""
        return masked_line(first_shown(self.display_name, self.username), 60)


class Me(PlatformModel):
    """`GET /me`."""

    user: Annotated[User | None, BeforeValidator(object_or_none)] = None
    accounts: Annotated[tuple[Account, ...], Objects] = ()

    @property
    def first_account(self) -> str:
        """The name of the account to start with: the personal one, else the first, or an empty string."""
        named = [account for account in self.accounts if account.name]
        personal = [account for account in named if account.type.lower() == "personal"]
        return next((account.name for account in (*personal, *named)), "")


class Card(PlatformModel):
    """A blueprint's description, as Markdown in `body`."""

    body: Text = ""


class BuildWarning(PlatformModel):
    """A warning of the platform about a build. `field` may be empty."""

    field: Text = ""
    message: Text = ""


class Metrics(PlatformModel):
    """How much a blueprint is used. Unknown numbers are None."""

    lifetime_messages: Number = None
    deploy_count: Number = None


class Build(PlatformModel):
    """One build of a blueprint. `spec` is the blueprint's (not a deployment's), as the exact bytes sent."""

    build_id: Text = ""
    version: Text = ""
    published_at: Time = NO_TIME
    readme: Text = ""
    agent_card: Annotated[Card | None, BeforeValidator(_card)] = None
    validation_warnings: Annotated[tuple[BuildWarning, ...], BeforeValidator(_warnings)] = ()
    commit_message: Text = ""
    commit_sha: Text = ""
    repo_full_name: Text = ""
    spec: RawJson = b""

    @property
    def has_spec(self) -> bool:
        """Whether the server sent a spec; an empty text is none."""
        return has_value(self.spec) and self.spec.strip() != b'""'

    def as_run(self, *, newest: bool) -> BuildRun:
        """Return it as one of a list of all builds: it is published, so it ended well."""
        run = BuildRun(build_id=self.build_id, commit_sha=self.commit_sha, commit_message=self.commit_message)
        more = {"status": "registered", "started_at": self.published_at, "is_latest": newest}
        return run.model_copy(update=more)


class Publisher(PlatformModel):
    """The publisher of a blueprint."""

    name: Text = ""
    account: Text = ""


class Blueprint(PlatformModel):
    """A blueprint in the catalog (platform.md §7). `builds` are newest first, and empty before the first push."""

    account: Text = ""
    name: Text = ""
    registry: Text = ""
    visibility: Text = ""
    archived_at: Time = NO_TIME
    name_reserved: Flag = False
    heart_count: Number = None
    hearted: Flag = False
    metrics: Annotated[Metrics | None, BeforeValidator(object_or_none)] = None
    draft_card: Annotated[Card | None, BeforeValidator(_card)] = None
    publishers: Annotated[tuple[Publisher, ...], Objects] = ()
    builds: Annotated[tuple[Build, ...], Objects, Field(alias="versions")] = ()


class BlueprintPage(PlatformModel):
    """`GET /agents`. `count` is the number of all matches, not only on this page (older servers have no pages)."""

    rows: tuple[Blueprint, ...] = ()
    count: Number = None
    limit: Number = None
    offset: Number = None
    has_more: Flag = False
    odd: int = 0


class HealthResponse(PlatformModel):
    """`GET /health`."""

    status: Text = ""
    timestamp: Time = NO_TIME


class OverviewDeployment(PlatformModel):
    """One deployment. `status` is the raw value in the database (platform.md §16.2)."""

    id: Text = ""
    status: Text = ""


class OverviewAccount(PlatformModel):
    """One account of `GET /deployments/summary`."""

    id: Text = ""
    name: Text = ""
    deployments: Annotated[tuple[OverviewDeployment, ...], Objects] = ()
