"""Builds the responses of the platform about one deployment from a timeline of revisions and what its pods did."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any

from diagnosis.incidents.field.documents import BUILDS, Change, Json, base_spec
from diagnosis.incidents.scene import DAY, HOUR

from astro_tui.diagnosis import Fact, Facts, LogFact

Line = tuple[float, str, str]
"""Minutes ago, level, message."""

NOW = datetime(2026, 11, 25, 14, 37, 20, tzinfo=UTC)
MOST_LINES = 2000


def when(minutes: float) -> str:
    """Return the time some minutes ago, as the server writes it."""
    return (NOW - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def precise(minutes: float) -> str:
    """Return the time some minutes ago with nanoseconds, as the log backend writes it."""
    return (NOW - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S.%f") + "417Z"


def age(minutes: float) -> str:
    if minutes < 1:
        return f"{int(minutes * 60)}s"
    if minutes < HOUR:
        return f"{int(minutes)}m"
    return f"{int(minutes // HOUR)}h" if minutes < 2 * DAY else f"{int(minutes // DAY)}d"


def running(restarts: int = 0, *, ready: bool = True) -> Json:
    return {"state": "Running", "ready": ready, "restart_count": restarts}


def waiting(message: str, restarts: int = 0) -> Json:
    return {"state": "Waiting", "ready": False, "restart_count": restarts, "message": message}


def ended(message: str, restarts: int = 0) -> Json:
    return {"state": "Terminated", "ready": False, "restart_count": restarts, "message": message}


def back_off(container: str, pod: str, *, named: bool = False) -> str:
    """Return kubelet's words for a container that waits for its next restart."""
    text = f"back-off 5m0s restarting failed container={container} pod={pod}_astro-k4m2p9r7t-0(6d0f)"
    return f"CrashLoopBackOff: {text}" if named else text


@dataclass
class Row:
    number: int
    minutes: float
    spec: Json
    message: str


class World:
    """One deployment. It is healthy until something is said about its pods."""

    name = "invoice-triage"
    id = "k4m-2p9-r7t"
    account = "northwind-ops"

    def __init__(self, *, first: float = 60 * DAY, spec: Json | None = None, number: int = 1) -> None:
        self.rows = [Row(number, first, spec or base_spec(), "First deploy")]
        self.status: Any = {"value": "active", "reason": "ready", "details": "7 of 7 workloads ready"}
        self.word = "Running"
        self.error_message = ""
        self.pods: dict[str, Json] = {}
        self.events: list[Json] = []
        self.alerts: list[Json] = []
        self.logs: list[tuple[str, str, list[Line]]] = []
        self.jobs: list[Json] = []
        self.urls: list[Json] | None = None
        self.unread: dict[str, str] = {}
        self.unread_logs: dict[str, str] = {}
        self.earlier: Json | None = None
        self.adjust: Callable[[Facts], Facts] = lambda facts: facts
        """What another version of the server says instead."""

    @property
    def spec(self) -> Json:
        return self.rows[-1].spec

    def deploy(self, minutes: float, *changes: Change, message: str = "Deploy") -> World:
        spec = deepcopy(self.spec)
        for change in changes:
            change(spec)
        self.rows.append(Row(self.rows[-1].number + 1, minutes, spec, message))
        return self

    def workload(self, component: str) -> str:
        return f"{self.name}-{component}" if component != "collector" else "collector"

    def components(self) -> list[tuple[str, str, Json]]:
        spec = self.spec
        found = [
            ("agent", "StatefulSet" if spec.get("agent", {}).get("volume") else "Deployment", spec.get("agent", spec))
        ]
        for block, prefix in (("models", "model"), ("knowledge", "knowledge"), ("integrations", "integration")):
            for key, each in spec.get(block, {}).items():
                if "binding" not in each:
                    kind = "StatefulSet" if each.get("persistent") else "Deployment"
                    found.append((f"{prefix}-{key}", kind, each))
        for key, each in spec.get("ingestion", {}).items():
            kind = {"schedule": "CronJob", "startup": "Job"}.get(each["trigger"]["type"], "Deployment")
            if each["trigger"]["type"] != "manual":
                found.append((f"ingestion-{key}", kind, each))
        if spec.get("observability", {}).get("enabled"):
            found.append(("collector", "Deployment", spec["observability"]))
        return found

    def pod_name(self, component: str, tail: str = "x7k2p", hash_: str = "6c9f5d7b84") -> str:
        stateful = any(each == component and kind == "StatefulSet" for each, kind, _ in self.components())
        return f"{self.workload(component)}-0" if stateful else f"{self.workload(component)}-{hash_}-{tail}"

    def pod(
        self, component: str, minutes: float, *, phase: str = "Running", tail: str = "x7k2p", **containers: Json
    ) -> str:
        """Say what the representative pod of a workload does; return its name."""
        name = self.pod_name(component, tail)
        self.pods[component] = {
            "name": self.workload(component),
            "age": age(minutes),
            "phase": phase,
            "pod_name": name,
            "containers": [{"name": key, **value} for key, value in containers.items()],
        }
        return name

    def event(  # noqa: PLR0917  one argument a column
        self,
        reason: str,
        message: str,
        obj: str,
        first: float | None,
        last: float | None,
        count: int = 1,
        *,
        kind: str = "Pod",
        normal: bool = False,
        **more: Any,
    ) -> None:
        self.events.append(
            {
                "type": "Normal" if normal else "Warning",
                "reason": reason,
                "message": message,
                "object_kind": kind,
                "object_name": obj,
                "count": count,
                "first_timestamp": None if first is None else when(first),
                "last_timestamp": None if last is None else when(last),
                **more,
            }
        )

    def started(self, component: str, minutes: float, pod: str | None = None) -> None:
        """Add the events of a pod that was created and started."""
        name = pod or self.pod_name(component)
        self.event(
            "Scheduled",
            f"Successfully assigned astro-k4m2p9r7t-0/{name} to ip-10-4-1-77",
            name,
            minutes,
            minutes,
            normal=True,
        )
        self.event("Started", "Started container app", name, minutes - 0.05, minutes - 0.05, normal=True)

    def log(self, component: str, container: str, *lines: Line) -> None:
        self.logs.append((self.workload(component), container, list(lines)))

    def failed(self, reason: str, component: str = "", message: str = "", **more: Any) -> None:
        """Say that the deployment failed, as the server derives it from a workload."""
        self.word, self.error_message = "error", reason
        self.status = {
            "value": "error",
            "reason": "failed",
            "details": f"Deployment failed: {reason}",
            "error_message": reason,
        }
        if component:
            kind = component.split("-", maxsplit=1)[0]
            issue = {"workload": self.workload(component), "component": kind, "phase": "failed"}
            self.status["failed_on"] = [{**issue, "message": message, **more}]

    def crash_loop(
        self,
        component: str,
        since: float,
        *lines: tuple[str, str],
        container: str = "app",
        restarts: int = 7,
        sidecar: bool = True,
        named: bool = False,
        fail: bool = True,
        note: str = "",
    ) -> str:
        """Let a container end again and again since some minutes ago, with the last words it writes each time."""
        others = {"messaging": running()} if component == "agent" and sidecar and container == "app" else {}
        if container == "messaging":
            others = {"app": running()}
        name = self.pod_name(component)
        text = back_off(container, name, named=named) + note
        self.pod(component, since + 0.3, **{container: waiting(text, restarts)}, **others)
        self.event(
            "BackOff",
            f"Back-off restarting failed container {container} in pod {name}_astro-k4m2p9r7t-0(6d0f)",
            name,
            since - 0.5,
            0.4,
            restarts * 6,
            severity="transient",
            title="Restarting container",
        )
        if lines:
            told: list[Line] = []
            for start in _starts(since, restarts):
                told += [(start - 0.02 * place, level, text) for place, (level, text) in enumerate(lines)]
            self.log(component, container, *told)
        if fail:
            self.failed("CrashLoopBackOff", component, f"{container} restarted {restarts} times")
        return name

    def facts(self) -> Facts:
        """Return the responses."""
        return self.adjust(self._facts())

    def _facts(self) -> Facts:
        newest = self.rows[-1]
        unread = {name: Fact(error=error) for name, error in self.unread.items()}
        row: Json = {
            "id": self.id,
            "name": self.name,
            "display_name": newest.spec.get("target", {}).get("display_name", self.name),
            "account_name": self.account,
            "build_id": BUILDS[0],
            "status": self.word,
            "namespace": "astro-k4m2p9r7t-0",
            "messaging_web_configured": True,
            "created_at": when(newest.minutes),
            "external_urls": self._urls(),
        }
        record = {
            **{key: row[key] for key in ("id", "name", "display_name", "build_id", "namespace", "status")},
            "created_at": when(self.rows[0].minutes),
            "updated_at": when(newest.minutes),
            "components": None,
            "replicas": 2,
            "external_urls": self._urls(),
            "workloads": [
                {
                    "name": self.workload(component),
                    "kind": kind,
                    "component": component,
                    "image": str(each.get("image", "")),
                    "replicas": each.get("replicas", 1),
                    **({"schedule": each["trigger"]["schedule"]} if kind == "CronJob" else {}),
                }
                for component, kind, each in self.components()
            ],
        }
        if self.error_message:
            record["error_message"] = self.error_message
        return Facts(
            now=NOW,
            row=Fact(row, read_at=NOW),
            status=unread.get("status") or Fact(self.status),
            record=unread.get("record") or Fact({"deployment": record}),
            runtime=unread.get("runtime") or Fact({"runtime": self.runtime()}),
            earlier_runtime=Fact(self.earlier and {"runtime": self.earlier}),
            events=unread.get("events") or Fact({"events": sorted(self.events, key=_last, reverse=True)[:50]}),
            alerts=unread.get("alerts") or Fact({"alerts": self.alerts}),
            history=unread.get("history") or Fact(self._history()),
            logs=self._logs(),
            specs=(unread and "specs" in unread and {each.number: unread["specs"] for each in self.rows})
            or self._specs(),
            deployment_id=self.id,
            account=self.account,
            agent=self.name,
        )

    def _urls(self) -> list[Json]:
        if self.urls is not None:
            return self.urls
        return [{"name": "messaging", "type": "messaging", "url": "https://k4m2p9r7t.astropods.app", "ready": True}]

    def runtime(self) -> Json:
        workloads = []
        started = self.rows[-1].minutes
        for component, kind, _each in self.components():
            if component in self.pods:
                workloads.append(self.pods[component])
            elif kind == "CronJob":
                workloads.append({"name": self.workload(component), "status": "Idle", "runs": self.jobs})
            else:
                containers = {"app": running(), "messaging": running()} if component == "agent" else {"app": running()}
                workloads.append(
                    {
                        "name": self.workload(component),
                        "age": age(started),
                        "phase": "Running",
                        "pod_name": self.pod_name(component),
                        "containers": [{"name": key, **value} for key, value in containers.items()],
                    }
                )
        agent = self.pods.get("agent", {"containers": []})
        ready = 2 if all(each["ready"] for each in agent["containers"]) else 0
        return {"ready": ready, "replicas": 2, "messaging_reachable": ready > 0, "workloads": workloads}

    def _history(self) -> Json:
        newest = self.rows[-1].number
        rows = [
            {
                "id": self.id,
                "agent_name": self.name,
                "revision": each.number,
                "build_id": each.spec.get("source", {}).get("build", "build-1"),
                "is_current": each.number == newest,
                "status": {"error": "failed", "Running": "active"}.get(self.word, "active")
                if each.number == newest
                else "undeployed",
                "deployed_at": when(each.minutes),
                "spec": {},
                "source": "github",
                "commit_message": each.message,
            }
            for each in reversed(self.rows)
        ]
        return {"deployments": rows, "count": len(rows)}

    def _specs(self) -> dict[int | str, Fact]:
        found: dict[int | str, Fact] = {}
        for each in self.rows:
            template = {"spec": "deployment-template/v1", "template": each.spec, "validation": {"valid": True}}
            found[each.number] = Fact(each.spec if each is self.rows[-1] and self.word == "Running" else template)
        return found

    def _logs(self) -> tuple[LogFact, ...]:
        since = NOW - timedelta(days=7)
        found = [
            LogFact(
                workload,
                container,
                Fact(
                    [
                        {"timestamp": precise(minutes), "level": level, "message": text}
                        for minutes, level, text in sorted(lines, key=itemgetter(0), reverse=True)[-MOST_LINES:]
                    ]
                ),
                since,
                MOST_LINES,
            )
            for workload, container, lines in self.logs
        ]
        found += [
            LogFact(workload, "app", Fact(error=error), since, MOST_LINES)
            for workload, error in self.unread_logs.items()
        ]
        return tuple(found)


def _last(event: Json) -> str:
    return event["last_timestamp"] or ""


def _starts(since: float, restarts: int) -> list[float]:
    """Return when a container ended: after 10, 20, 40, 80, 160, and then every 300 seconds."""
    found, at, wait = [], since, 10 / 60
    for _ in range(restarts):
        if at <= 0.2:
            break
        found.append(at)
        at -= wait + 0.1
        wait = min(5.0, wait * 2)
    return found


@dataclass(frozen=True)
class Expected:
    """What a good diagnosis says. `also` are paths that may be named too; `kinds` other words that are right too."""

    name: str
    world: World
    kind: str
    component: str = ""
    revision: int | None = None
    paths: Sequence[str] = ()
    also: Sequence[str] = ()
    kinds: Sequence[str] = ()
    or_none: bool = False
    """Whether it is right too to blame nobody."""
