"""A deployment's record as labeled lines, from the responses loaded so far. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from astro_tui.document import Document
from astro_tui.errors import DocumentError, ErrorKind, PlatformError
from astro_tui.platform.models import ActiveDeployment, DeploymentDetail, StatusReport
from astro_tui.presentation.agent_list import Entry, with_report
from astro_tui.presentation.revisions import RevisionRow
from astro_tui.presentation.status import LOADING, Severity, Status, phase_severity, status_of
from astro_tui.text.foreign import visible
from astro_tui.text.redaction import MASK, masked_line, secret_reason
from astro_tui.text.times import when, who

UNKNOWN = "…"
"""Shown for a value that is still loading."""
LONGEST_NAME = 60
"""Maximum length of a workload name."""


class Field(Struct, frozen=True):
    """One labeled line. With a `status`, its badge is drawn before `value`."""

    label: str
    value: str
    severity: Severity | None = None
    status: Status | None = None


class DeploymentState(Struct, frozen=True):
    """What is known of one deployment of `account`: the list row at once, the rest as the responses come in.

    The blueprint's active deployment is `record` if it is this deployment, else `foreign`. `absent` is the
    request whose response said that the blueprint has no active deployment. `document` is the spec to show: that of
    the record, or of the revision `newest` if no record has the spec that runs. After a rollback, the record still has
    the spec of `rolled_back_from`. Without a document, `problem` or `failure` says why. `names` are the known names of
    users.
    """

    entry: Entry
    record: ActiveDeployment | None = None
    detail: DeploymentDetail | None = None
    report: StatusReport | None = None
    absent: str = ""
    spec: str = ""
    names: Mapping[str, str] = {}
    foreign: ActiveDeployment | None = None
    document: Document | None = None
    newest: RevisionRow | None = None
    regenerated: bool = False
    """Whether the server regenerated the spec of `newest`."""
    rolled_back_from: str = ""
    problem: DocumentError | None = None
    failure: PlatformError | None = None
    account: str = ""

    @property
    def build(self) -> str:
        """The running build: from the record, else from the current revision; the list keeps an old one (§9)."""
        if self.entry.behind:
            return self.entry.build
        if self.record is not None and not self.rolled_back_from:
            return self.record.build_id
        return self.newest.raw_build if self.newest is not None else self.entry.deployment.build_id

    @property
    def status(self) -> Status:
        """The most precise status: `/status` has reasons that the list and the record lack (platform.md §13.7)."""
        if self.entry.report is not None or self.entry.diagnosis is not None:
            return self.entry.status
        if self.report is not None:
            return with_report(self.entry, self.report).status
        if self.record is not None:
            return status_of(self.record.status)
        return self.entry.status

    @property
    def inactive(self) -> bool:
        """Whether the deployment is known to be inactive."""
        return self.status.glyph not in ("?", LOADING.glyph) and not self.status.active


def has_no_record(error: PlatformError) -> bool:
    """Whether an error says that a blueprint has no active deployment (and nothing about a deployment's status)."""
    return error.kind is ErrorKind.NOT_FOUND and not error.facts.no_such_account


def record_fields(state: DeploymentState, now: datetime) -> list[Field]:
    """Return the eight fields of the record (platform.md §8.7) in order, then fields that the server added."""
    row, record, detail = state.entry.deployment, state.record, state.detail
    raw = record.status if record is not None else row.status
    status = state.status
    said = f"{'record' if record is not None else 'list'}: {masked_line(raw, 40)}"
    remark = said if raw and raw.lower() != status.plain else ""
    build = state.build
    newer = row.latest_build_id if state.entry.update else ""
    namespace = (
        (record.namespace if record is not None else "") or (detail.namespace if detail else "") or row.namespace
    )
    deployed = record.deployed_at if record is not None else row.created
    fields = [
        Field("id", visible(record.id if record is not None else row.id, 200)),
        Field("agent", _agent(state)),
        Field(
            "build",
            visible(f"{masked_line(build, 200)}  newer: {masked_line(newer, 200)}", 200)
            if newer
            else masked_line(build, 200),
            Severity.INFO if newer else None,
        ),
        Field("namespace", visible(namespace, 200) or "—"),
        Field("status", remark, status=status),
        Field("deployed", masked_line(when(deployed.at, deployed.raw, now), 80) + _before(state)),
        Field("undeployed", _undeployed(record, now)),
        Field("spec", state.spec or UNKNOWN),
    ]
    if record is not None:
        fields += [
            Field(masked_line(name, 24), _extra(name, text.decode("utf-8", "replace")))
            for name, text in record.extra.items()
        ]
    return fields


def _before(state: DeploymentState) -> str:
    """Return a remark for a value that a rollback leaves as it was (platform.md §9); empty without a rollback."""
    return "  before the rollback" if state.entry.behind or state.rolled_back_from else ""


def _extra(name: str, text: str) -> str:
    """Return the JSON of an unknown field, masked if its name or its value looks like a secret."""
    return MASK if secret_reason((name,), text.strip('"')) else masked_line(text, 200)


def _agent(state: DeploymentState) -> str:
    name = (state.record.agent_name if state.record is not None else "") or state.entry.deployment.name
    label = state.entry.label
    name = masked_line(name, 100)
    return name if label == name else f"{name}  “{label}”"


def _undeployed(record: ActiveDeployment | None, now: datetime) -> str:
    if record is None or record.undeployed_at is None:
        return "—"
    return masked_line(when(record.undeployed_at.at, record.undeployed_at.raw, now), 80)


def more_fields(state: DeploymentState, now: datetime) -> list[Field]:
    """Return the fields of `GET /deployments/{id}` beyond the record (platform.md §8.3)."""
    detail = state.detail
    if detail is None:
        return []
    rows = [
        ("created", when(detail.created_at.at, detail.created_at.raw, now)),
        ("deployed by", who(masked_line(detail.deployed_by, 60), state.names)),
        ("source", detail.source_account),
        ("replicas", f"{detail.replicas} in all workloads{_before(state)}" if detail.replicas else ""),
        ("components", ", ".join(detail.components)),
    ]
    fields = [Field(label, masked_line(value, 600)) for label, value in rows if value]
    if detail.error_message:
        fields.append(Field("error", masked_line(detail.error_message, 600), Severity.ERROR))
    return fields


def endpoint_fields(state: DeploymentState) -> list[Field]:
    """Return one line per endpoint: its address, and why it is not ready, if it is not."""
    fields = []
    for endpoint in state.entry.deployment.external_urls:
        remark = (
            ""
            if endpoint.ready
            else f"  not ready{': ' + masked_line(endpoint.message, 200) if endpoint.message else ''}"
        )
        fields.append(
            Field(
                masked_line(endpoint.name or endpoint.type or "url", 20),
                visible(f"{masked_line(endpoint.url, 300)}{remark}", 300),
                None if endpoint.ready else Severity.WARN,
            )
        )
    return fields


def workload_fields(state: DeploymentState) -> list[Field]:
    """Return one line per workload, with its issue from `/status` (platform.md §8.4)."""
    if state.detail is None:
        return []
    issues = (
        {issue.workload: issue for issue in (*state.report.waiting_on, *state.report.failed_on)} if state.report else {}
    )
    fields = []
    for workload in state.detail.workloads:
        issue = issues.get(workload.name)
        size = f" ×{workload.replicas}" if workload.replicas and workload.replicas > 1 else ""
        schedule = f"  {workload.schedule}" if workload.schedule else ""
        text = f"{workload.kind}{size}{schedule}"
        if issue is not None:
            text = f"{text}  {masked_line(issue.title or issue.message or issue.phase, 300)}"
        severity = phase_severity(issue.phase) if issue is not None else None
        fields.append(
            Field(masked_line(workload.component or workload.name, LONGEST_NAME), visible(text, 300), severity)
        )
    return fields
