"""What the platform says about a deployment whose workloads have problems of several kinds."""

from __future__ import annotations

from typing import Any

_AGENT, _OLD = "claims-desk-agent-7c9d8f6b5-x2x7p", "claims-desk-agent-5d5d5d5d5-abcde"
_READY = {"name": "app", "state": "Running", "ready": True, "restart_count": 0}

_DECLARED = [
    {
        "name": "claims-desk-agent",
        "kind": "Deployment",
        "component": "agent",
        "image": "registry.example/meridian-labs/claims-desk:e88d3146",
        "replicas": 2,
        "env": {
            "app": [
                {"name": "LOG_LEVEL", "value": "info", "source": "environment"},
                {"name": "API_TOKEN", "value": "••••••••", "is_secret": True, "source": "variable"},
                {"name": "DATABASE_URL", "value": "postgres://claims:example-only-9x@db.example/claims"},
            ],
            "messaging": [{"name": "PORT", "value": 8787}],
        },
    },
    {
        "name": "claims-desk-knowledge-cases",
        "kind": "StatefulSet",
        "component": "knowledge-cases",
        "image": "postgres:17",
    },
    {
        "name": "claims-desk-ingestion-nightly",
        "kind": "CronJob",
        "component": "ingestion-nightly",
        "image": "registry.example/ingest:1",
        "schedule": "15 2 * * *",
    },
    {"name": "collector", "kind": "Deployment", "component": "collector", "image": "otel/collector:0.128.0"},
]

_OBSERVED = [
    {
        "name": "claims-desk-agent",
        "age": "3h",
        "phase": "Running",
        "pod_name": _AGENT,
        "containers": [
            {
                "name": "app",
                "state": "Waiting",
                "ready": False,
                "restart_count": 12,
                "message": "CrashLoopBackOff: last exit OOMKilled, exit code 137",
            },
            _READY | {"name": "messaging"},
        ],
    },
    {
        "name": "claims-desk-knowledge-cases",
        "age": "61d",
        "phase": "Running",
        "pod_name": "claims-desk-knowledge-cases-0",
        "containers": [_READY],
        "storage_used_bytes": 7_900_000_000,
        "storage_capacity_bytes": 8 << 30,
    },
    {
        "name": "claims-desk-ingestion-nightly",
        "status": "Idle",
        "runs": [
            {
                "name": "claims-desk-ingestion-nightly-29123",
                "status": "Succeeded",
                "start_time": "2026-07-02T02:15:00Z",
                "completions": "1/1",
            }
        ],
    },
    {"name": "collector", "age": "61d", "phase": "Running", "containers": [_READY | {"restart_count": 1}]},
    {"name": "mystery", "phase": "Hibernating"},
]

_EVENTS = [
    {
        "type": "Warning",
        "reason": "BackOff",
        "message": f"Back-off restarting failed container app in pod {_AGENT}",
        "object_kind": "Pod",
        "object_name": _AGENT,
        "count": 12,
        "first_timestamp": "2026-07-02T08:40:00Z",
        "last_timestamp": "2026-07-02T09:29:56Z",
        "severity": "transient",
    },
    {
        "type": "Warning",
        "reason": "Failed",
        "message": "Error: ImagePullBackOff",
        "object_kind": "Pod",
        "object_name": _OLD,
        "count": 6,
        "first_timestamp": "2026-07-02T09:20:00Z",
        "last_timestamp": "2026-07-02T09:29:00Z",
        "title": "Image cannot be pulled",
        "guidance": "The image registry.example/claims-desk:e88d3146 was not found. Check that the build exists and was"
        " pushed, then deploy it again, or roll back to the last good revision.",
        "severity": "stuck",
    },
    {
        "type": "Normal",
        "reason": "Pulling",
        "message": "Pulling image registry.example/claims-desk:e88d3146",
        "object_kind": "Pod",
        "object_name": _OLD,
        "count": 6,
        "first_timestamp": None,
        "last_timestamp": None,
    },
    {
        "type": "Odd",
        "reason": "Sneezed",
        "message": "Bless you",
        "object_kind": "Pod",
        "object_name": "x",
        "count": "3",
        "first_timestamp": "yesterday",
        "last_timestamp": "soon",
        "severity": "bizarre",
    },
]

CLUSTER: dict[str, Any] = {
    "": {"deployment": {"id": "q7k-0ab-x4d", "name": "claims-desk", "status": "Running", "workloads": _DECLARED}},
    "/runtime": {"runtime": {"ready": 1, "replicas": 3, "workloads": _OBSERVED}},
    "/events": {"events": _EVENTS},
}
"""Path below the deployment -> body."""
