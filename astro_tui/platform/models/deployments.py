"""A deployment's full record and its state with reasons (platform.md §8.3, §8.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, PlainValidator, model_validator

from astro_tui.platform.models.values import NO_TIME, Flag, Number, Objects, Record, Text, Texts, Time, text_of


class Container(Record):
    """One container of a pod, as older servers send it with the record."""

    name: Text = ""
    state: Text = ""
    ready: Flag = False
    restart_count: Number = None
    reason: Text = ""
    message: Text = ""


class EnvEntry(Record):
    """One variable of a workload. The server sends bullets instead of a secret value."""

    name: Text = ""
    value: Text = ""
    source: Text = ""
    is_secret: Flag = False


def _environment(value: object) -> dict[str, tuple[EnvEntry, ...]]:
    if not isinstance(value, Mapping):
        return {}
    return {text_of(role): EnvEntry.each(entries)[0] for role, entries in value.items()}


class Workload(Record):
    """One workload of a deployment. Only older servers send `pod_name` and `containers`."""

    name: Text = ""
    kind: Text = ""
    component: Text = ""
    provider: Text = ""
    image: Text = ""
    replicas: Number = None
    schedule: Text = ""
    urls: Texts = ()
    env: Annotated[dict[str, tuple[EnvEntry, ...]], PlainValidator(_environment)] = Field(default_factory=dict)
    pod_name: Text = ""
    containers: Annotated[tuple[Container, ...], Objects] = ()


class Pod(Record):
    """One pod, as the oldest servers list them next to the record."""

    name: Text = ""
    status: Text = ""
    phase: Text = ""
    component: Text = ""
    age: Text = ""
    containers: Annotated[tuple[Container, ...], Objects] = ()


class Job(Record):
    """One job, as the oldest servers list them next to the record."""

    name: Text = ""
    status: Text = ""
    component: Text = ""
    age: Text = ""
    start_time: Time = NO_TIME
    completions: Text = ""


class DeploymentDetail(Record):
    """`GET /deployments/{id}` (platform.md §8.3), in any of its three versions. `created_at` is the first deploy.

    Today's server sends `workloads`. An older one puts `containers` in them. The oldest sends `ready`, `pods`, and
    `jobs` instead. Missing values are empty or None.
    """

    id: Text = ""
    name: Text = ""
    display_name: Text = ""
    build_id: Text = ""
    latest_build_id: Text = ""
    status: Text = ""
    namespace: Text = ""
    created_at: Time = NO_TIME
    updated_at: Time = NO_TIME
    deployed_by: Text = ""
    source_account: Text = ""
    error_message: Text = ""
    updated_by: Text = ""
    replicas: Number = None
    ready: Number = None
    components: Texts = ()
    messaging_configured: Flag = False
    workloads: Annotated[tuple[Workload, ...], Objects] = ()
    pods: Annotated[tuple[Pod, ...], Objects] = ()
    jobs: Annotated[tuple[Job, ...], Objects] = ()
    manual_ingestions: Texts = ()

    @model_validator(mode="before")
    @classmethod
    def _older_name(cls, value: Any) -> Any:
        if isinstance(value, Mapping) and "messaging_configured" not in value and "messaging_available" in value:
            return {**value, "messaging_configured": value["messaging_available"]}
        return value


class Issue(Record):
    """One workload that a deployment is waiting for or failed on, in the server's words."""

    workload: Text = ""
    component: Text = ""
    phase: Text = ""
    reason: Text = ""
    message: Text = ""
    title: Text = ""
    guidance: Text = ""


class StatusReport(Record):
    """`GET /deployments/{id}/status` (platform.md §8.4). `details` is a sentence for people."""

    value: Text = ""
    reason: Text = ""
    details: Text = ""
    error_message: Text = ""
    waiting_on: Annotated[tuple[Issue, ...], Objects] = ()
    failed_on: Annotated[tuple[Issue, ...], Objects] = ()
