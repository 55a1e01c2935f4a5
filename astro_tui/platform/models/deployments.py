"""A deployment's full record and its state with reasons (platform.md §8.3, §8.4)."""

from __future__ import annotations

from typing import Annotated

from astro_tui.platform.models.values import NO_TIME, Number, Objects, PlatformModel, Text, Texts, Time


class RecordWorkload(PlatformModel):
    """One workload of a deployment."""

    name: Text = ""
    kind: Text = ""
    component: Text = ""
    replicas: Number = None
    schedule: Text = ""


class DeploymentDetail(PlatformModel):
    """`GET /deployments/{id}` (platform.md §8.3). `created_at` is the first deploy.

    Missing values are empty or None. What the cluster does is in `/runtime`, except on the oldest servers.
    """

    id: Text = ""
    name: Text = ""
    display_name: Text = ""
    build_id: Text = ""
    latest_build_id: Text = ""
    namespace: Text = ""
    created_at: Time = NO_TIME
    deployed_by: Text = ""
    source_account: Text = ""
    error_message: Text = ""
    replicas: Number = None
    components: Texts = ()
    workloads: Annotated[tuple[RecordWorkload, ...], Objects] = ()


class WorkloadIssue(PlatformModel):
    """One workload that a deployment is waiting for or failed on, in the server's words."""

    workload: Text = ""
    component: Text = ""
    phase: Text = ""
    reason: Text = ""
    message: Text = ""
    title: Text = ""
    guidance: Text = ""


class StatusReport(PlatformModel):
    """`GET /deployments/{id}/status` (platform.md §8.4). `details` is a sentence for people."""

    value: Text = ""
    reason: Text = ""
    details: Text = ""
    error_message: Text = ""
    waiting_on: Annotated[tuple[WorkloadIssue, ...], Objects] = ()
    failed_on: Annotated[tuple[WorkloadIssue, ...], Objects] = ()
