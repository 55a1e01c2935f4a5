"""Jobs, states of a deployment, endpoints, and agents that only look broken."""

from __future__ import annotations

from diagnosis.incidents.field.documents import build, put
from diagnosis.incidents.field.world import DAY, HOUR, Expected, World, running, waiting

FOUND: list[Expected] = []


def add(*args: object, **more: object) -> None:
    FOUND.append(Expected(*args, **more))  # type: ignore[arg-type]


RENAMED = put("target.display_name", "Invoices (EU)")
REGISTRY = "registry.astropods.ai/northwind-ops/invoice-triage"


def run(name: str, minutes: float, status: str) -> dict[str, object]:
    from diagnosis.incidents.field.world import age, when

    return {
        "name": name,
        "status": status,
        "component": "ingestion-nightly",
        "age": age(minutes),
        "start_time": when(minutes),
        "completions": "1/1" if status == "Succeeded" else "0/1",
    }


# The nightly ingestion fails since its bucket changed; the agent serves.
w = (
    World()
    .deploy(25 * DAY, build(1))
    .deploy(
        2 * DAY - 300,
        put("ingestion.nightly.environment.SOURCE", "s3://northwind-invoices-eu"),
        put("agent.replicas", 3),
    )
)
w.jobs = [
    run("invoice-triage-ingestion-nightly-29402535", 742, "Failed"),
    run("invoice-triage-ingestion-nightly-29401095", 2182, "Failed"),
    run("invoice-triage-ingestion-nightly-29399655", 3622, "Succeeded"),
]
w.log(
    "ingestion-nightly",
    "app",
    (741, "info", "reading s3://northwind-invoices-eu"),
    (
        740.8,
        "error",
        (
            "botocore.errorfactory.NoSuchBucket: An error occurred (NoSuchBucket) when calling the "
            "ListObjectsV2 operation: The specified bucket does not exist"
        ),
    ),
    (
        2181,
        "error",
        (
            "botocore.errorfactory.NoSuchBucket: An error occurred (NoSuchBucket) when calling the "
            "ListObjectsV2 operation: The specified bucket does not exist"
        ),
    ),
)
add(
    "a nightly job reads a bucket that does not exist",
    w,
    "job",
    "ingestion-nightly",
    3,
    [".ingestion.nightly.environment.SOURCE"],
)

# A job that runs at the start fails with the new build.
start = put(
    "ingestion.migrate",
    {
        "image": f"{REGISTRY}-migrate:4be19c07",
        "resources": {"cpu": "100m", "memory": "256Mi"},
        "trigger": {"type": "startup"},
    },
)
w = World().deploy(25 * DAY, start).deploy(6 * DAY, build(1)).deploy(29, build(2), RENAMED)
w.pods["ingestion-migrate"] = {
    "name": "invoice-triage-ingestion-migrate",
    "age": "28m",
    "phase": "Failed",
    "status": "Failed",
    "pod_name": "invoice-triage-ingestion-migrate-vv2sd",
    "completions": "0/1",
    "containers": [{"name": "app", "state": "Terminated", "ready": False, "restart_count": 0, "message": "Error"}],
}
w.event(
    "BackoffLimitExceeded",
    "Job has reached the specified backoff limit",
    "invoice-triage-ingestion-migrate",
    24,
    24,
    kind="Job",
)
w.log(
    "ingestion-migrate",
    "app",
    (28, "error", "alembic.util.exc.CommandError: Can't locate revision identified by 'ae1027a6acf'"),
    (26.5, "error", "alembic.util.exc.CommandError: Can't locate revision identified by 'ae1027a6acf'"),
)
w.failed("BackoffLimitExceeded", "ingestion-migrate", "Job has reached the specified backoff limit")
add(
    "a migration fails with the new build",
    w,
    "job",
    "ingestion-migrate",
    4,
    [".ingestion.migrate.image"],
    [".source.build"],
)

# A nightly job takes too long; nothing has changed for weeks.
w = World().deploy(25 * DAY, build(1))
w.jobs = [
    run("invoice-triage-ingestion-nightly-29402535", 742, "Failed"),
    run("invoice-triage-ingestion-nightly-29401095", 2182, "Succeeded"),
]
w.event(
    "DeadlineExceeded",
    "Job was active longer than specified deadline",
    "invoice-triage-ingestion-nightly-29402535",
    22,
    22,
    kind="Job",
)
w.log(
    "ingestion-nightly",
    "app",
    (741, "info", "reading s3://northwind-invoices"),
    (400, "warning", "erp.northwind.example responds slowly (41 s)"),
)
add("a nightly job took too long", w, "job", "ingestion-nightly")

# Stopped by billing, right after a suspicious revision.
w = World().deploy(25 * DAY, build(1)).deploy(40, build(2), put("agent.resources.memory", "64Mi"))
w.word, w.status = "error", {"value": "inactive", "reason": "suspended", "details": "Stopped by billing"}
w.pods = {}
w.event("Killing", "Stopping container app", w.pod_name("agent"), 30, 30, normal=True)
w.event("BackOff", "Back-off restarting failed container app", w.pod_name("agent"), 39, 31, 12)
add("stopped by billing", w, "billing")

# Canceled by a user while the image could not be pulled.
w = World().deploy(25 * DAY, build(1)).deploy(12, put("agent.image", f"{REGISTRY}:nope"))
w.failed("Deployment cancelled")
w.event("Failed", f'Failed to pull image "{REGISTRY}:nope": not found', w.pod_name("agent", "aa1bb"), 11.5, 8, 5)
add("canceled by a user", w, "cancelled")

# Paused, with events of the failure before.
w = World().deploy(25 * DAY, build(1)).deploy(3 * HOUR, build(2))
w.word, w.status = "Stopped", {"value": "inactive", "reason": "paused", "details": "Deployment is paused"}
w.event("BackOff", "Back-off restarting failed container app", w.pod_name("agent"), 58, 20, 30)
add("paused by a user", w, "paused")

# It took too long, and nothing says why.
w = (
    World()
    .deploy(25 * DAY, build(1))
    .deploy(2 * HOUR, build(2), put("agent.replicas", 6), put("agent.environment.WORKERS", "8"))
)
w.failed("ProgressDeadlineExceeded")
w.unread |= {"runtime": "500: failed to read runtime", "events": "503: kubernetes client not configured"}
add("it took too long, and nothing says why", w, "timeout", kinds=["unknown"])

# The domain of the endpoint changed, and its DNS record is missing.
w = (
    World()
    .deploy(25 * DAY, build(1))
    .deploy(50, put("agent.endpoints.http.expose.domain", "invoices-eu.northwind.example"), put("agent.replicas", 3))
)
w.urls = [
    {"name": "messaging", "type": "messaging", "url": "https://k4m2p9r7t.astropods.app", "ready": True},
    {
        "name": "http",
        "url": "https://invoices-eu.northwind.example",
        "ready": False,
        "message": "certificate pending: no DNS record found for invoices-eu.northwind.example",
    },
]
add("a domain without a DNS record", w, "endpoint", "agent", 3, [".agent.endpoints.http.expose.domain"])

# Healthy: errors about an upstream in the log, and restarts that ended hours ago.
w = World().deploy(25 * DAY, build(1)).deploy(2 * DAY, build(2))
w.pod("agent", 2 * DAY, app=running(6), messaging=running())
w.earlier = w.runtime()
w.log(
    "agent",
    "app",
    *[
        (at, "error", "anthropic.RateLimitError: Error code: 429 - rate_limit_error; retrying in 2 s")
        for at in (55, 41, 20, 9, 3)
    ],
    *[(at, "info", "POST /triage 200 1.2 s") for at in (54, 40, 19, 8, 2, 1)],
)
w.event(
    "BackOff",
    "Back-off restarting failed container app",
    w.pod_name("agent"),
    9.5 * HOUR,
    9 * HOUR,
    12,
    severity="transient",
)
add("errors in the log and old restarts, but it serves", w, "none")

# Healthy: it is being deployed for forty seconds, and a probe failed once.
w = World().deploy(25 * DAY, build(1)).deploy(0.7, build(2))
w.word, w.status = (
    "pending",
    {
        "value": "deploying",
        "reason": "provisioning",
        "details": "6 of 7 workloads ready",
        "waiting_on": [{"workload": "invoice-triage-agent", "component": "agent", "phase": "progressing"}],
    },
)
name = w.pod("agent", 0.6, app=running(ready=False), messaging=running())
w.started("agent", 0.6)
w.event(
    "Unhealthy",
    'Readiness probe failed: Get "http://10.4.1.23:8080/healthz": dial tcp 10.4.1.23:8080: connect: connection refused',
    name,
    0.4,
    0.2,
    2,
    severity="transient",
)
add("a deploy that is under way", w, "none")

# Healthy: the roll-out is done; the old pod was killed and failed its probe while it ended.
w = World().deploy(25 * DAY, build(1)).deploy(9, build(2), put("agent.environment.WORKERS", "3"))
old = w.pod_name("agent", "zz9xw", "58bd77f1aa")
w.event("Killing", "Stopping container app", old, 7, 7, normal=True)
w.event(
    "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503", old, 7, 6.8, 3, severity="transient"
)
w.started("agent", 8.5)
w.log(
    "agent",
    "app",
    (8.4, "warning", "DeprecationWarning: datetime.utcnow() is deprecated"),
    (5, "info", "POST /triage 200"),
    (1, "info", "POST /triage 200"),
)
add("a roll-out that went well", w, "none")

# Nothing can be read.
w = World().deploy(25 * DAY, build(1)).deploy(3 * HOUR, build(2))
w.status = {
    "value": "active",
    "reason": "cluster_unreachable",
    "details": "Cluster cannot be reached; last known state",
}
w.unread |= {
    "runtime": "500: failed to read runtime",
    "events": "503: cluster disabled",
    "alerts": "503: cluster disabled",
}
w.unread_logs["invoice-triage-agent"] = "503: log backend not configured"
add("the cluster cannot be reached", w, "unknown")

# An image of the collector is gone; the agent serves, and the revision changed several images.
w = (
    World()
    .deploy(25 * DAY, build(1))
    .deploy(
        4 * HOUR,
        put("observability.image", "otel/opentelemetry-collector-contrib:0.129.9"),
        put("knowledge.vendors.image", "qdrant/qdrant:v1.14.0"),
        build(2),
    )
)
text = (
    'Back-off pulling image "otel/opentelemetry-collector-contrib:0.129.9": ErrImagePull: '
    "docker.io/otel/opentelemetry-collector-contrib:0.129.9: not found"
)
name = w.pod("collector", 4 * HOUR - 0.3, phase="Pending", app=waiting(f"ImagePullBackOff: {text}"))
w.failed("ImagePullBackOff", "collector", f"app: {text}")
add("the collector's image is missing, among several new images", w, "image", "collector", 3, [".observability.image"])
