"""Builds what the platform would say about one deployment, starting from a healthy one."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from astro_tui.diagnosis import Fact, Facts, LogFact

NOW = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
Json = dict[str, Any]

HOUR, DAY = 60.0, 1440.0


def at(minutes: float | None) -> str | None:
    """Return the time some minutes ago as the server writes it."""
    return None if minutes is None else (NOW - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def short_age(minutes: float) -> str:
    if minutes >= DAY:
        return f"{int(minutes // DAY)}d"
    if minutes >= HOUR:
        return f"{int(minutes // HOUR)}h"
    return f"{int(minutes)}m" if minutes >= 1 else f"{int(minutes * 60)}s"


def agent_spec(**changes: Any) -> Json:
    """Return a small deployment/v1 document; keys of `changes` replace top-level keys."""
    spec: Json = {
        "spec": "deployment/v1",
        "source": {"account": "harborline", "name": "tide-notes", "build": "4be19c07", "registry": "registry.test"},
        "target": {"runtime": "kubernetes", "account": "harborline", "display_name": "Tide Notes"},
        "agent": {
            "image": "registry.test/harborline/tide-notes:4be19c07",
            "replicas": 1,
            "endpoints": {"http": {"port": 8080, "protocol": "http"}},
            "resources": {"cpu": "100m", "memory": "1Gi"},
            "environment": {"LOG_FORMAT": "json", "CACHE_TTL": "300"},
            "healthcheck": {"path": "/healthz"},
            "update": {"strategy": "rolling", "max_unavailable": "25%", "max_surge": "25%"},
        },
        "interfaces": {
            "adapters": ["web"],
            "image": "registry.test/platform/messaging:1.14.0",
            "endpoints": {"http": {"port": 8787, "protocol": "http", "expose": {"enabled": True}}},
            "resources": {"cpu": "100m", "memory": "256Mi"},
            "auth": {"web": {"type": "oidc", "grants": [{"org": "harborline"}]}},
        },
        "variables": {
            "NOTES_API_KEY": {"targets": ["agent"], "secret": True},
            "UPSTREAM_URL": {"value": "https://tides.test/v2", "targets": ["agent"]},
            "TIMEZONE": {"value": "Europe/Lisbon", "targets": ["agent"], "optional": True},
        },
        "observability": {"enabled": True, "provider": "langfuse", "image": "otel/collector:0.128.0", "port": 4317},
    }
    return {**spec, **changes}


def large_spec() -> Json:
    """Return a document with a store and an ingestion."""
    spec = agent_spec()
    spec["knowledge"] = {
        "cases": {
            "provider": "postgres",
            "image": "postgres:17",
            "replicas": 1,
            "endpoints": {"tcp": {"port": 5432}},
            "resources": {"cpu": "250m", "memory": "1Gi"},
            "persistent": True,
            "volume": "/var/lib/postgresql/data",
            "storage": {"size": "20Gi", "access_mode": "ReadWriteOnce"},
            "environment": {"POSTGRES_DB": "cases", "POSTGRES_PASSWORD": "EXAMPLE-ONLY"},
        }
    }
    spec["ingestion"] = {
        "nightly": {
            "image": "registry.test/harborline/ingest-nightly:4be19c07",
            "resources": {"cpu": "500m", "memory": "1Gi"},
            "trigger": {"type": "schedule", "schedule": "15 2 * * *"},
            "environment": {"SOURCE": "s3://tide-policies"},
        }
    }
    spec["variables"]["S3_BUCKET"] = {"value": "tide-policies", "targets": ["ingestion"]}
    return spec


def changed(spec: Json, path: str, value: Any = None) -> Json:
    """Return a copy of `spec` with another value at a dotted path; None removes the key."""
    copy = deepcopy(spec)
    *way, last = path.split("/")
    inside: Any = copy
    for step in way:
        inside = inside.setdefault(step, {})
    if value is None:
        del inside[last]
    else:
        inside[last] = value
    return copy


_WORDS = {
    "active": ("Running", "active", "ready", "3 of 3 workloads ready"),
    "failed": ("error", "error", "failed", "Deployment failed: 1 of 3 workloads failed"),
}


@dataclass
class Scene:
    """A deployment with its revisions, `(minutes ago, spec)`, oldest first; the last one is `revision`."""

    revisions: list[tuple[float, Json]]
    revision: int = 18
    agent: str = "tide-notes"
    account: str = "harborline"
    id: str = "ze5-r2l-m16"
    row: Json = field(default_factory=dict)
    status: Json = field(default_factory=dict)
    record: Json = field(default_factory=dict)
    runtime: Json = field(default_factory=dict)
    event_list: list[Json] = field(default_factory=list)
    log_list: list[LogFact] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.deployed = self.revisions[-1][0]
        workloads = self._workloads(self.revisions[-1][1])
        self.row = {
            "id": self.id,
            "name": self.agent,
            "display_name": "Tide Notes",
            "account_name": self.account,
            "build_id": "4be19c07",
            "created_at": at(self.deployed),
            "external_urls": [
                {"name": "web", "url": "https://tide-notes.agents.test", "type": "messaging", "ready": True}
            ],
            "messaging_web_configured": True,
        }
        self.record = {
            "id": self.id,
            "name": self.agent,
            "namespace": "astro-ze5r2lm16-0",
            "created_at": at(90 * DAY),
            "updated_at": at(self.deployed),
            "external_urls": deepcopy(self.row["external_urls"]),
            "messaging_configured": True,
            "components": [each["component"] for each in workloads],
            "workloads": workloads,
        }
        self.runtime = {
            "ready": workloads[0]["replicas"],
            "replicas": workloads[0]["replicas"],
            "messaging_reachable": True,
            "workloads": [self._observed(each) for each in workloads],
        }
        self.word("active")

    # ---- the healthy deployment

    def _workloads(self, spec: Json) -> list[Json]:
        found = []

        def add(suffix: str, component: str, kind: str, part: Json) -> None:
            found.append(
                {
                    "name": f"{self.agent}-{suffix}",
                    "kind": kind,
                    "component": component,
                    "image": part.get("image", ""),
                    "replicas": part.get("replicas", 1),
                }
            )

        add("agent", "agent", "StatefulSet" if spec["agent"].get("volume") else "Deployment", spec["agent"])
        for name, part in spec.get("knowledge", {}).items():
            add(f"knowledge-{name}", f"knowledge-{name}", "StatefulSet", part)
        for name, part in spec.get("ingestion", {}).items():
            add(f"ingestion-{name}", f"ingestion-{name}", "CronJob", part)
        found.append({"name": "collector", "kind": "Deployment", "component": "collector", "image": "", "replicas": 1})
        return found

    def pod(self, workload: str) -> str:
        """Return the name of a pod of the newest revision."""
        return f"{workload}-6d5f{self.revision:04}b9-x2v4{self.revision % 10}"

    def _observed(self, workload: Json) -> Json:
        name, kind = workload["name"], workload["kind"]
        if kind == "CronJob":
            run = {
                "name": f"{name}-28900123",
                "status": "Succeeded",
                "component": workload["component"],
                "age": "1h",
                "start_time": at(45),
                "completions": "1/1",
            }
            return {"name": name, "status": "Idle", "runs": [run]}
        containers = [{"name": "app", "state": "Running", "ready": True, "restart_count": 0}]
        if workload["component"] == "agent":
            containers.append({"name": "messaging", "state": "Running", "ready": True, "restart_count": 0})
        return {
            "name": name,
            "age": short_age(self.deployed),
            "phase": "Running",
            "pod_name": f"{name}-0" if kind == "StatefulSet" else self.pod(name),
            "containers": containers,
        }

    # ---- what happened

    def word(self, word: str, error: str = "") -> Scene:
        """Set the database word, as each endpoint shows it."""
        listed, value, reason, details = _WORDS[word]
        self.row["status"] = self.record["status"] = listed
        self.status = {"value": value, "reason": reason, "details": details}
        self.database_word = word
        self.record.pop("error_message", None)
        if error:
            self.status |= {"error_message": error, "details": f"Deployment failed: {error}"}
            self.record["error_message"] = error
        return self

    def failed(self, error: str = "1 of 3 workloads failed", *issues: Json) -> Scene:
        self.word("failed", error)
        if issues:
            self.status["failed_on"] = list(issues)
        return self

    def issue(self, workload: str, phase: str = "failed", message: str = "", **texts: str) -> Json:
        component = next((each["component"] for each in self.record["workloads"] if each["name"] == workload), "")
        issue = {"workload": workload, "component": component.split("-")[0], "phase": phase}
        return issue | ({"message": message} if message else {}) | texts

    def observed(self, workload: str) -> Json:
        return next(each for each in self.runtime["workloads"] if each["name"] == workload)

    def container(
        self,
        workload: str,
        state: str,
        message: str = "",
        *,
        ready: bool = False,
        restarts: int = 0,
        age: float | None = None,
    ) -> Scene:
        seen = self.observed(workload)
        seen["phase"] = "Running" if restarts or state == "Running" else "Pending"
        if age is not None:
            seen["age"] = short_age(age)
        for each in seen["containers"]:
            if each["name"] == "app":
                each |= {"state": state, "ready": ready, "restart_count": restarts}
                if message:
                    each["message"] = message
            elif state == "Waiting" and not restarts:
                each |= {"state": "Waiting", "ready": False, "message": "PodInitializing"}
        if not ready and workload.endswith("-agent"):
            # They are about the agent alone, and it has one replica.
            self.runtime |= {"ready": 0, "messaging_reachable": False}
        return self

    def event(  # noqa: PLR0917  one argument a column
        self,
        reason: str,
        message: str,
        pod: str,
        first: float | None,
        last: float | None,
        count: int = 1,
        *,
        type: str = "Warning",  # noqa: A002  the platform's name
    ) -> Scene:
        """Add an event; calls go from oldest to newest, because the list is newest first."""
        self.event_list.insert(
            0,
            {
                "type": type,
                "reason": reason,
                "message": message,
                "object_kind": "Pod",
                "object_name": pod,
                "count": count,
                "first_timestamp": at(first),
                "last_timestamp": at(last),
            },
        )
        return self

    def started(self, workload: str, minutes: float, *, count: int = 1) -> Scene:
        """Add the event of a container that was started."""
        return self.event(
            "Started", "Started container app", self.pod(workload), minutes, minutes, count, type="Normal"
        )

    def log(
        self, workload: str, *lines: tuple[float | None, str, str], container: str = "app", since: float = 360
    ) -> Scene:
        entries = [{"timestamp": at(when) or "", "level": level, "message": text} for when, level, text in lines]
        self.log_list.append(LogFact(workload, container, Fact(entries), NOW - timedelta(minutes=since)))
        return self

    # ---- the facts

    def history(self) -> list[Json]:
        rows = []
        first = self.revision - len(self.revisions) + 1
        for number, (minutes, spec) in enumerate(self.revisions, first):
            current = number == self.revision
            row: Json = {
                "id": self.id,
                "agent_name": self.agent,
                "revision": number,
                "build_id": spec.get("source", {}).get("build", ""),
                "is_current": current,
                "status": self.database_word if current else "undeployed",
                "deployed_at": at(minutes),
                "spec": {},
            }
            rows.insert(0, row)
        return rows

    def facts(self) -> Facts:
        first = self.revision - len(self.revisions) + 1
        specs = {number: Fact(spec) for number, (_when, spec) in enumerate(self.revisions, first)}
        known: dict[str, Any] = {
            "row": Fact(self.row),
            "status": Fact(self.status),
            "record": Fact({"deployment": self.record}),
            "runtime": Fact({"runtime": self.runtime}),
            "events": Fact({"events": self.event_list}),
            "alerts": Fact({"alerts": []}),
            "history": Fact({"deployments": self.history(), "count": len(self.revisions)}),
            "logs": tuple(self.log_list),
            "specs": specs,
        }
        return Facts(NOW, **(known | self.extra))
