"""The active record with its spec, and the history (platform.md §8.7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, PlainValidator

from astro_tui.platform.models.values import (
    NO_TIME,
    Flag,
    Moment,
    Number,
    PlatformModel,
    RawJson,
    Text,
    Time,
    has_value,
    scalar,
)


class ActiveDeployment(PlatformModel):
    """`GET /agents/{account}/{name}/deployment` (platform.md §8.7).

    `spec` is the exact bytes that the server sent (empty if it sent none), and `extra` the exact bytes of each unknown
    top-level key. `undeployed_at` is None if the key is missing, and an empty Moment if it is null.
    """

    id: Text = ""
    agent_name: Text = ""
    build_id: Text = ""
    namespace: Text = ""
    status: Text = ""
    deployed_at: Time = NO_TIME
    undeployed_at: Annotated[Moment | None, PlainValidator(Moment.of)] = None
    spec: RawJson = b""
    extra: dict[str, bytes] = Field(default_factory=dict)

    @property
    def has_spec(self) -> bool:
        """Whether the server sent a spec."""
        return has_value(self.spec)

    @classmethod
    def of_members(cls, members: Mapping[str, bytes]) -> ActiveDeployment:
        """Return the record for a response's top-level keys and the raw JSON of each value."""
        fields = cls.model_fields.keys() - {"extra"}
        values: dict[str, object] = {key: scalar(raw) for key, raw in members.items() if key in fields - {"spec"}}
        if "spec" in members:
            values["spec"] = members["spec"]
        values["extra"] = {key: raw for key, raw in members.items() if key not in fields}
        return cls.model_validate(values)


class HistoryRow(PlatformModel):
    """One row of the history (platform.md §8.7). Older servers send no `revision`; today's sends an empty `spec`."""

    id: Text = ""
    revision: Number = None
    agent_name: Text = ""
    display_name: Text = ""
    build_id: Text = ""
    namespace: Text = ""
    status: Text = ""
    is_current: Flag = False
    deployed_at: Time = NO_TIME
    undeployed_at: Time = NO_TIME
    source: Text = ""
    commit_sha: Text = ""
    branch: Text = ""
    commit_message: Text = ""
    repo_full_name: Text = ""
    deployed_by: Text = ""
    spec: RawJson = b""

    @property
    def key(self) -> tuple[str, str]:
        """What identifies a row: id and revision, or id and time with older servers."""
        return self.id, self.deployed_at.raw if self.revision is None else str(self.revision)

    @property
    def has_spec(self) -> bool:
        """Whether the server sent a spec: `{}` is what today's server sends instead of one."""
        return has_value(self.spec) and self.spec.strip() != b"{}"


class RevisionHistory(PlatformModel):
    """`GET …/deployment/history`, newest first.

    `odd` counts entries that are not objects, and `older` the entries left out because there are too many. `names` has
    the names of users by ID, and gets those that are read later.
    """

    rows: tuple[HistoryRow, ...] = ()
    odd: int = 0
    older: int = 0
    names: Any = None
