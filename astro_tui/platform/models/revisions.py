"""What was deployed: the active record with its spec, and the history (platform.md §8.7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, PlainValidator

from astro_tui.platform.models.values import NO_TIME, Flag, Moment, Number, RawJson, Record, Text, Time, scalar


class ActiveDeployment(Record):
    """`GET /agents/{account}/{name}/deployment` (platform.md §8.7).

    `spec` holds the exact bytes that the server sent for it (empty when it sent none), `extra` those of
    every top-level key this class does not know. `undeployed_at` is None when the key was not sent, and an
    empty Moment when it was null.
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

    @classmethod
    def of_members(cls, members: Mapping[str, bytes]) -> ActiveDeployment:
        """Return the record of an answer's top-level keys and the raw JSON of each value."""
        known = cls.model_fields.keys() - {"extra"}
        values: dict[str, object] = {key: scalar(raw) for key, raw in members.items() if key in known - {"spec"}}
        if "spec" in members:
            values["spec"] = members["spec"]
        values["extra"] = {key: raw for key, raw in members.items() if key not in known}
        return cls.model_validate(values)


class Revision(Record):
    """One row of the history (platform.md §8.7); older servers send no `revision`, today's an empty `spec`."""

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
        """What tells one row from all others: id and revision, or id and time on older servers."""
        return self.id, self.deployed_at.raw if self.revision is None else str(self.revision)


class History(Record):
    """`GET …/deployment/history`, newest first.

    `odd` counts entries that were no objects, and `older` those that were left out because there are too many.
    """

    rows: tuple[Revision, ...] = ()
    odd: int = 0
    older: int = 0
