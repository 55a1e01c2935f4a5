"""Accounts, and the blueprints of the public catalogue (contract §7)."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator

from astro_tui.models.values import (
    NO_TIME,
    Flag,
    Number,
    Objects,
    RawJson,
    Record,
    Text,
    Time,
    object_or_none,
)


class Account(Record):
    """One account of the signed-in user (contract §7); `type` is personal, organization or the older team."""

    id: Text = ""
    name: Text = ""
    type: Text = ""
    display_name: Text = ""
    workos_org_id: Text = ""
    role: Text = ""

    @property
    def label(self) -> str:
        """What people call it."""
        return self.display_name or self.name


class User(Record):
    """Who is signed in; with a bearer token the server knows only the id (contract §2.1)."""

    id: Text = ""
    email: Text = ""


class Me(Record):
    """`GET /me`."""

    user: Annotated[User | None, BeforeValidator(object_or_none)] = None
    accounts: Annotated[tuple[Account, ...], Objects] = ()

    @property
    def first_account(self) -> str:
        """Name of the account to begin with: the personal one, else the first; empty when there is none."""
        personal = [account for account in self.accounts if account.type == "personal"]
        return next((account.name for account in (*personal, *self.accounts)), "")


class AgentVersion(Record):
    """One build of a blueprint; `spec` is the blueprint's (not a deployment's), as the exact bytes sent."""

    build_id: Text = ""
    version: Text = ""
    published_at: Time = NO_TIME
    readme: Text = ""
    commit_message: Text = ""
    commit_sha: Text = ""
    repo_full_name: Text = ""
    spec: RawJson = b""


class Publisher(Record):
    """Who publishes a blueprint."""

    name: Text = ""
    account: Text = ""


class Agent(Record):
    """A blueprint of the catalogue (contract §7); `versions` are newest first, empty before a push."""

    account: Text = ""
    name: Text = ""
    registry: Text = ""
    visibility: Text = ""
    archived_at: Time = NO_TIME
    heart_count: Number = None
    publishers: Annotated[tuple[Publisher, ...], Objects] = ()
    versions: Annotated[tuple[AgentVersion, ...], Objects] = ()


class AgentPage(Record):
    """`GET /agents`: `count` is the number of all matches, not of this page (older servers: no paging)."""

    rows: tuple[Agent, ...] = ()
    count: Number = None
    limit: Number = None
    offset: Number = None
    has_more: Flag = False
    odd: int = 0


class Health(Record):
    """`GET /health`."""

    status: Text = ""
    timestamp: Time = NO_TIME
