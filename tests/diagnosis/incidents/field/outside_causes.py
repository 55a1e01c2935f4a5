"""Causes outside of every revision, symptoms of other parts, jobs, and what is not a problem."""

from __future__ import annotations

from diagnosis.incidents.field.documents import Json, build, put
from diagnosis.incidents.field.failed_starts import BUILT, Place, again, every, hum, start
from diagnosis.incidents.field.world import DAY, HOUR, Expected, age, running, waiting, when

FOUND: list[Expected] = []
LEDGER = 'connection to server at "invoice-triage-knowledge-ledger" (10.100.7.31), port 5432 failed: Connection refused'


def add(*args: object, **more: object) -> None:
    FOUND.append(Expected(*args, **more))  # type: ignore[arg-type]


def job(minutes: float, status: str, number: int) -> Json:
    """Return a run of the nightly ingestion."""
    return {
        "name": f"invoice-triage-ingestion-nightly-{number}",
        "status": status,
        "component": "ingestion-nightly",
        "age": age(minutes),
        "start_time": when(minutes),
        "completions": "1/1" if status == "Succeeded" else "0/1",
    }


LAST_NIGHT = 742.3
"""Minutes since 02:15."""


# The node of the database is gone, and its volume can be attached in one zone only. The agent fails as a consequence.
w = start()
w.deploy(3 * HOUR, build(2), put("agent.response_timeout", "45s"), message="Faster totals")
hum(w)
name = w.pod("knowledge-ledger", 31, phase="Pending")
w.event("NodeNotReady", "Node is not ready", name, 38, 38)
w.event("TaintManagerEviction", f"Marking for deletion Pod astro-k4m2p9r7t-0/{name}", name, 32.5, 32.5, normal=True)
w.event(
    "FailedScheduling",
    (
        "0/5 nodes are available: 2 Insufficient cpu, 3 node(s) had volume node affinity conflict. preemption: 0/5 "
        "nodes are available: 2 No preemption victims found for incoming pod, 3 Preemption is not helpful for "
        "scheduling."
    ),
    name,
    31,
    0.8,
    8,
    severity="stuck",
)
w.crash_loop("agent", 30, restarts=9)
w.pods["agent"]["age"] = age(3 * HOUR)
w.log(
    "agent",
    "app",
    *every(6, 9 * HOUR, 38, "GET /healthz 200", "POST /v1/triage 200 402ms"),
    (37.5, "error", "ledger: server closed the connection unexpectedly"),
    *again(30, 9, ("error", f"psycopg.OperationalError: {LEDGER}"), ("error", "no ledger, stopping")),
)
w.also_failed("knowledge-ledger", "0 of 1 pods ready")
add("a lost node takes the database with it", w, "scheduling", "knowledge-ledger", kinds=["storage"])

# A new store wants a storage class that the cluster does not have.
w = start()
w.deploy(
    12,
    put(
        "knowledge.archive",
        {
            "provider": "qdrant",
            "image": "qdrant/qdrant:v1.13.2",
            "replicas": 1,
            "endpoints": {"http": {"port": 6333}},
            "resources": {"cpu": "500m", "memory": "2Gi"},
            "persistent": True,
            "volume": "/qdrant/storage",
            "storage": {"size": "200Gi", "class": "fast-nvme", "access_mode": "ReadWriteOnce"},
            "update": {"strategy": "rolling", "max_unavailable": "25%", "max_surge": "25%"},
        },
    ),
    put("agent.environment.ARCHIVE_URL", "http://invoice-triage-knowledge-archive:6333"),
    put("agent.environment.LOG_LEVEL", "warning"),
    put("agent.replicas", 3),
    message="Search old invoices",
)
hum(w)
name = w.pod("knowledge-archive", 11.7, phase="Pending")
w.event(
    "ProvisioningFailed",
    'storageclass.storage.k8s.io "fast-nvme" not found',
    f"data-{name}",
    11.6,
    0.4,
    47,
    kind="PersistentVolumeClaim",
)
w.event(
    "FailedScheduling",
    "0/7 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found",
    name,
    11.6,
    1.2,
    3,
    severity="stuck",
)
w.log("agent", "app", *every(2, 11, 0.5, "archive is not reachable, searching without it", level="warn"))
w.deploying("knowledge-archive", "0 of 1 pods ready", "7 of 8 workloads ready")
add(
    "a new store with an unknown storage class",
    w,
    "storage",
    "knowledge-archive",
    4,
    [".knowledge.archive*"],
    kinds=["scheduling"],
)

# The disk of the database filled up over weeks.
w = start()
w.deploy(
    5 * HOUR,
    put("knowledge.ledger.resources.memory", "2Gi"),
    put("agent.environment.LOG_LEVEL", "warning"),
    message="More memory for the ledger",
)
hum(w)
w.crash_loop("knowledge-ledger", 41, restarts=12)
w.pods["knowledge-ledger"]["age"] = age(5 * HOUR)
w.pods["knowledge-ledger"].update(storage_used_bytes=21_474_750_464, storage_capacity_bytes=21_474_836_480)
w.log(
    "knowledge-ledger",
    "app",
    *every(30, 6 * DAY, 301, "LOG:  checkpoint complete: wrote 912 buffers (5.6%)"),
    (299, "info", "LOG:  database system is ready to accept connections"),
    *every(30, 298, 43, "LOG:  checkpoint complete: wrote 934 buffers (5.7%)"),
    (42.0, "error", 'ERROR:  could not extend file "base/16384/24591": No space left on device'),
    *again(
        41,
        12,
        ("info", "LOG:  database system was interrupted; last known up at 2026-11-25 13:55:02 UTC"),
        ("fatal", 'PANIC:  could not write to file "pg_wal/xlogtemp.29": No space left on device'),
    ),
)
w.log(
    "agent",
    "app",
    *every(5, 9 * HOUR, 43, "POST /v1/triage 200 402ms", "ledger sync done"),
    *every(2, 41, 0.5, f"ledger sync failed: {LEDGER}", level="error"),
)
add("the disk of the ledger filled up over weeks", w, "storage", "knowledge-ledger")

# The nightly job reads a bucket that does not exist. A later revision came in the morning.
w = start()
w.deploy(
    21 * HOUR,
    put("ingestion.nightly.environment.SOURCE", "s3://northwind-invoices-eu"),
    put("ingestion.nightly.resources.memory", "2Gi"),
    put("agent.environment.LOG_LEVEL", "warning"),
    message="Data stays in the EU",
)
w.deploy(6 * HOUR, build(2), put("agent.response_timeout", "45s"), message="Faster totals")
hum(w)
w.jobs = [job(LAST_NIGHT, "Failed", 29401335), *(job(LAST_NIGHT + n * DAY, "Succeeded", 29401335) for n in (1, 2))]
for place, each in enumerate(w.jobs):
    each["name"] = f"invoice-triage-ingestion-nightly-{29401335 - 1440 * place}"
w.log(
    "ingestion-nightly",
    "app",
    (LAST_NIGHT + 2 * DAY - 1, "info", "reading s3://northwind-invoices: 812 new documents"),
    (LAST_NIGHT + 2 * DAY - 9, "info", "done"),
    (LAST_NIGHT + DAY - 1, "info", "reading s3://northwind-invoices: 774 new documents"),
    (LAST_NIGHT + DAY - 8, "info", "done"),
    *[
        line
        for at in (LAST_NIGHT - 0.3, LAST_NIGHT - 0.8, LAST_NIGHT - 1.8, LAST_NIGHT - 3.4)
        for line in (
            (at, "info", "reading s3://northwind-invoices-eu"),
            (
                at - 0.05,
                "error",
                (
                    "botocore.errorfactory.NoSuchBucket: An error occurred (NoSuchBucket) when calling the "
                    "ListObjectsV2 operation: The specified bucket does not exist"
                ),
            ),
        )
    ],
)
w.failed("BackoffLimitExceeded", "ingestion-nightly", "Job has reached the specified backoff limit")
add(
    "the bucket of the nightly job has another name",
    w,
    "job",
    "ingestion-nightly",
    4,
    [".ingestion.nightly.environment.SOURCE"],
)

# A user suspended the schedule. Everything else runs.
w = start()
w.deploy(3 * DAY, put("agent.environment.LOG_LEVEL", "warning"), message="Fewer logs")
hum(w)
w.pods["ingestion-nightly"] = {
    "name": w.workload("ingestion-nightly"),
    "status": "Suspended",
    "runs": [job(LAST_NIGHT + 3 * DAY, "Succeeded", 29397015)],
}
w.log("agent", "app", *every(40, 2 * DAY, 0.5, "the index of invoices is older than a day", level="warn"))
add("a suspended schedule", w, "none")

# The model provider slows the agent down. It waits and goes on.
w = start()
w.deploy(
    44,
    put("agent.environment.LOG_LEVEL", "warning"),
    put("variables.MAX_INVOICE_EUR.value", "3000"),
    put("agent.replicas", 3),
    message="Raise the limit",
)
hum(w)
w.started("agent", 43.6)
w.log(
    "agent",
    "app",
    *every(
        2,
        6 * HOUR,
        0.5,
        "anthropic.RateLimitError: Error code: 429 - rate_limit_error, retrying in 8 s",
        "anthropic.RateLimitError: Error code: 429 - rate_limit_error, retrying in 16 s",
        level="warn",
    ),
    *every(45, 6 * HOUR, 0.5, "ERROR giving up on invoice 88310 after 6 tries, back in the queue", level="error"),
)
w.alerts = [
    {
        "name": "agent_latency",
        "title": "Slow answers",
        "description": "p95 latency above 20 s",
        "severity": "warning",
        "state": "pending",
        "activeSince": when(4),
    }
]
add("a provider that answers with rate limits", w, "none")

# The provider is down; the agent gives up and cannot start again. It ran well for hours after the last deploy.
w = start()
w.deploy(
    5 * HOUR,
    build(2),
    put("agent.response_timeout", "45s"),
    put("variables.MAX_INVOICE_EUR.value", "3000"),
    message="Faster totals",
)
hum(w)
w.crash_loop("agent", 26, restarts=9)
w.pods["agent"]["age"] = age(5 * HOUR)
w.log(
    "agent",
    "app",
    *every(6, 3 * DAY, 300, "GET /healthz 200", "POST /v1/triage 200 402ms"),
    (299.5, "info", "start-up check: anthropic ok, ledger ok, vendors ok"),
    *every(6, 299, 33, "GET /healthz 200", "POST /v1/triage 200 361ms"),
    *every(0.5, 32, 26.2, "anthropic.InternalServerError: Error code: 529 - overloaded_error", level="error"),
    (26.1, "fatal", "watchdog: no completion in 300 s, exiting with code 70"),
    *again(
        25.9,
        9,
        ("info", "triage 5.3.0 (python 3.12.7)"),
        ("error", "start-up check: anthropic.InternalServerError: Error code: 529 - overloaded_error"),
        ("error", "start-up check failed, exiting with code 70"),
    ),
)
add("an outage of the model provider", w, "crash", "agent")

# A key was revoked in the provider's console. A user has tried more memory since then.
w = start()
w.deploy(9 * DAY, build(2), message="Faster totals")
w.deploy(
    12,
    put("agent.resources.memory_limit", "3Gi"),
    put("agent.environment.WORKERS", "1"),
    message="Maybe it needs more memory",
)
hum(w)
w.crash_loop("agent", 11.5, restarts=6)
words = (
    ("info", "triage 5.3.0 (python 3.12.7)"),
    (
        "error",
        (
            "openai.AuthenticationError: Error code: 401 - Incorrect API key provided. You can find your API key at "
            "https://platform.openai.com/account/api-keys."
        ),
    ),
    ("error", "cannot embed without a key, exiting"),
)
w.log(
    "agent",
    "app",
    *every(20, 6 * DAY, 48, "GET /healthz 200", "POST /v1/triage 200 388ms"),
    *again(47, 12, *words, until=12),
    *again(11.5, 6, *words),
)
old = w.pod_name("agent", "m2rvc", "749f8bd5c6")
w.event(
    "BackOff",
    f"Back-off restarting failed container app in pod {old}_astro-k4m2p9r7t-0(2b1d)",
    old,
    46,
    12.2,
    122,
    severity="transient",
)
add("a key revoked at the provider", w, "crash", "agent", kinds=["config"])

# No name can be resolved in the cluster.
w = start()
w.deploy(
    4 * HOUR,
    put("agent.environment.ERP_URL", "https://erp.northwind.example/api"),
    put("integrations.ocr.environment.OCR_LANGS", "eng,deu,fra,ita"),
    message="Book invoices in the ERP",
)
hum(w)
w.crash_loop("integration-ocr", 20, restarts=8)
w.crash_loop("agent", 21, restarts=8)
for each in w.pods.values():
    each["age"] = age(4 * HOUR)
w.also_failed("integration-ocr", "app restarted 8 times")
w.log(
    "agent",
    "app",
    *every(6, 9 * HOUR, 22, "GET /healthz 200", "booked 12 invoices", "POST /v1/triage 200 402ms"),
    *again(
        21,
        8,
        (
            "error",
            (
                'psycopg.OperationalError: could not translate host name "invoice-triage-knowledge-ledger" to '
                "address: Temporary failure in name resolution"
            ),
        ),
    ),
)
w.log(
    "integration-ocr",
    "app",
    *every(15, 9 * HOUR, 22, "batch of 9 pages", "batch of 14 pages"),
    *again(
        20,
        8,
        ("error", "java.net.UnknownHostException: models.northwind.example: Temporary failure in name resolution"),
    ),
)
w.log("collector", "app", *every(1, 21, 0.5, "lookup cloud.langfuse.com: i/o timeout", level="error"))
add("no name can be resolved", w, "crash")

# A node ran out of memory and evicted the agent; the replacement has been serving for a while.
w = start()
w.deploy(
    4 * HOUR,
    put("agent.resources.memory", "768Mi"),
    put("agent.environment.LOG_LEVEL", "warning"),
    message="Smaller requests",
)
hum(w)
gone = w.pod_name("agent", "t6n2k")
w.event(
    "Evicted",
    (
        "The node was low on resource: memory. Threshold quantity: 100Mi, available: 61Mi. Container app was using "
        "1103Mi, request is 768Mi, has larger consumption of memory."
    ),
    gone,
    38,
    38,
)
w.event("Killing", "Stopping container app", gone, 38, 38, normal=True)
w.started("agent", 37.6)
w.pod("agent", 37.6, app=running(), messaging=running())
w.log(
    "agent",
    "app",
    *every(5, 9 * HOUR, 38, "POST /v1/triage 200 402ms"),
    (37.9, "error", "worker was sent SIGTERM, dropping 2 requests"),
    (37.2, "info", "Application startup complete."),
    *every(5, 37, 0.5, "POST /v1/triage 200 394ms", "GET /healthz 200"),
)
add("an evicted pod that was replaced", w, "none")

# A deploy has been going on for a minute.
w = start()
w.deploy(
    1.3,
    build(2),
    put("agent.replicas", 3),
    put("agent.resources.memory_limit", "3Gi"),
    message="Faster totals",
)
hum(w)
name = w.pod("agent", 1.1, phase="Pending", app=waiting("ContainerCreating"), messaging=waiting("ContainerCreating"))
w.event(
    "Scheduled",
    f"Successfully assigned astro-k4m2p9r7t-0/{name} to ip-10-4-1-77",
    name,
    1.1,
    1.1,
    normal=True,
)
w.event(
    "Pulling", 'Pulling image "registry.astropods.ai/northwind-ops/invoice-triage:c1f00a92"', name, 1, 1, normal=True
)
old = w.pod_name("agent", "m2rvc", "749f8bd5c6")
w.event(
    "Unhealthy",
    'Readiness probe failed: Get "http://10.4.3.11:8080/healthz": EOF',
    old,
    2.0,
    0.9,
    2,
    severity="transient",
)
w.log(
    "agent",
    "app",
    *every(5, 9 * HOUR, 0.5, "POST /v1/triage 200 402ms", "GET /healthz 200"),
    (2.2, "error", "slack: websocket closed (1006), reconnecting"),
)
w.deploying("agent", "1 of 3 pods ready")
add("a deploy that has just begun", w, "none")


class Stopped(Place):
    """A deployment without pods."""

    def runtime(self) -> Json:
        names = [(self.workload(component), kind) for component, kind, _each in self.components()]
        workloads: list[Json] = [
            {"name": name, "status": "Suspended", "runs": []} if kind == "CronJob" else {"name": name}
            for name, kind in names
        ]
        return {"ready": 0, "replicas": 0, "messaging_reachable": False, "workloads": workloads}


# A user stopped the deployment; the last lines look worse than they are.
w = Stopped()
w.deploy(38 * DAY, build(1), message="Read VAT numbers from scanned invoices")
w.deploy(26 * HOUR, build(2), put("agent.environment.LOG_LEVEL", "warning"), message="Faster totals")
w.word, w.database = "Stopped", "stopped"
w.status = {"value": "inactive", "reason": "paused", "details": "Deployment is paused"}
w.urls = [
    {
        "name": "messaging",
        "type": "messaging",
        "url": "https://k4m2p9r7t.astropods.app",
        "ready": False,
        "message": "Deployment is paused",
    }
]
gone = w.pod_name("agent", "t6n2k")
w.event("Killing", "Stopping container app", gone, 22, 22, normal=True)
w.event("Killing", "Stopping container messaging", gone, 22, 22, normal=True)
w.event(
    "Unhealthy",
    'Readiness probe failed: Get "http://10.4.3.11:8080/healthz": dial tcp 10.4.3.11:8080: connect: connection refused',
    gone,
    21.9,
    21.8,
    3,
    severity="transient",
)
w.log(
    "agent",
    "app",
    *every(20, 25 * HOUR, 22, "POST /v1/triage 200 402ms", "GET /healthz 200"),
    (21.95, "info", "SIGTERM received, shutting down"),
    (21.9, "error", "Exception in ASGI application: asyncio.exceptions.CancelledError"),
    (21.8, "fatal", "worker 7 was killed before its task ended"),
)
add("stopped by a user", w, "paused")

# The new build failed, and was rolled back. The agent serves again; traces of the failure are still there.
w = start()
w.deploy(66, build(2), put("agent.environment.WORKERS", "4"), message="Faster totals")
w.deploy(35, build(1), put("agent.environment.WORKERS", "2"), message="Rollback to revision 3")
hum(w)
old = w.pod_name("agent", "q9wlz", "7fd4c9b6d8")
w.event(
    "BackOff",
    f"Back-off restarting failed container app in pod {old}_astro-k4m2p9r7t-0(0c7e)",
    old,
    65,
    35.1,
    141,
    severity="transient",
)
w.started("agent", 34.6)
w.pod("agent", 34.6, app=running(), messaging=running())
w.log(
    "agent",
    "app",
    *every(5, 9 * HOUR, 67, "POST /v1/triage 200 402ms"),
    *again(
        65.5,
        12,
        ("error", "Traceback (most recent call last):"),
        ("error", "AttributeError: module 'triage.totals' has no attribute 'sum_lines'"),
        until=35.2,
    ),
    (34.2, "info", "Application startup complete."),
    *every(5, 34, 0.5, "POST /v1/triage 200 394ms", "GET /healthz 200"),
)
add("healthy again after going back", w, "none")

# The agent dies every 40 minutes since yesterday's build and comes back at once, so it always looks healthy.
w = start()
w.deploy(4 * DAY, put("agent.environment.LOG_LEVEL", "warning"), message="Fewer logs")
w.deploy(
    20 * HOUR,
    build(4),
    put("knowledge.vendors.resources.memory", "3Gi"),
    put("variables.MAX_INVOICE_EUR.value", "3000"),
    message="New PDF renderer",
)
w.deploy(3 * HOUR, put("target.display_name", "Invoice Triage EU"), message="Rename")
hum(w)
name = w.pod("agent", 20 * HOUR - 0.5, app=running(29), messaging=running())
w.event("Started", "Started container app", name, 20 * HOUR - 0.6, 29.2, 30, normal=True)
w.event("Pulled", "Container image already present on machine", name, 19.3 * HOUR, 29.3, 29, normal=True)
w.log(
    "agent",
    "app",
    *every(30, 6 * DAY, 20 * HOUR, "POST /v1/triage 200 402ms", "GET /healthz 200"),
    (20 * HOUR - 0.6, "info", "triage 5.4.0 (python 3.12.7)"),
    *[
        line
        for turn in range(29)
        for line in (
            (19.3 * HOUR - 40.3 * turn, "info", "rendering invoice with 3 pages"),
            (19.3 * HOUR - 40.3 * turn - 0.02, "fatal", "Fatal Python error: Segmentation fault"),
            (19.3 * HOUR - 40.3 * turn - 0.03, "error", '  File "/app/triage/pdf.py", line 88 in render'),
            (19.3 * HOUR - 40.3 * turn - 0.4, "info", "triage 5.4.0 (python 3.12.7)"),
        )
        if 19.3 * HOUR - 40.3 * turn > 1
    ],
)
w.alerts = [
    {
        "name": "agent_restarts",
        "title": "Container restarts often",
        "description": "app restarted more than 5 times in 6 hours",
        "severity": "error",
        "state": "firing",
        "activeSince": when(15 * HOUR),
    }
]
add("it restarts all day and looks healthy", w, "crash", "agent", 5, [".agent.image"], BUILT)

# The database got a new major version and refuses the old files. The agent only suffers from it.
w = start()
w.deploy(
    44,
    put("knowledge.ledger.image", "postgres:17.5"),
    put("knowledge.vendors.image", "qdrant/qdrant:v1.13.4"),
    put("agent.environment.LOG_LEVEL", "warning"),
    put("agent.response_timeout", "45s"),
    message="Update all stores",
)
hum(w)
w.crash_loop("knowledge-ledger", 43, restarts=13)
w.crash_loop("agent", 42, restarts=12)
w.also_failed("knowledge-ledger", "app restarted 13 times")
w.log(
    "knowledge-ledger",
    "app",
    *every(60, 5 * DAY, 45, "LOG:  checkpoint complete: wrote 912 buffers (5.6%)"),
    *again(
        43,
        13,
        ("info", "PostgreSQL Database directory appears to contain a database; Skipping initialization"),
        ("fatal", "FATAL:  database files are incompatible with server"),
        (
            "",
            (
                "DETAIL:  The data directory was initialized by PostgreSQL version 16, which is not compatible with "
                "this version 17.5 (Debian 17.5-1.pgdg120+1)."
            ),
        ),
    ),
)
w.log(
    "agent",
    "app",
    *every(6, 9 * HOUR, 44.5, "POST /v1/triage 200 402ms", "ledger sync done"),
    *again(42, 12, ("error", f"psycopg.OperationalError: {LEDGER}"), ("error", "no ledger, stopping")),
)
add("a new major version of the database", w, "crash", "knowledge-ledger", 4, [".knowledge.ledger.image"])

# Only variables were changed; one of them has thousands separators.
w = start()
w.deploy(7 * DAY, build(2), message="Faster totals")
w.deploy(
    27,
    put("variables.MAX_INVOICE_EUR.value", "2.500,00"),
    put("variables.ESCALATION_EMAIL", {"value": "duty@northwind.example", "targets": ["agent"]}),
    message="Settings",
)
hum(w)
w.crash_loop("agent", 26, restarts=9)
w.log(
    "agent",
    "app",
    *every(30, 6 * DAY, 28, "POST /v1/triage 200 402ms", "GET /healthz 200"),
    *again(
        26,
        9,
        ("error", "Traceback (most recent call last):"),
        ("error", '  File "/app/triage/settings.py", line 41, in load'),
        ("error", "ValueError: could not convert string to float: '2.500,00'"),
    ),
)
add("a variable with thousands separators", w, "crash", "agent", 5, [".variables.MAX_INVOICE_EUR.value"])

# A new adapter without its settings ends the messaging container.
w = start()
w.deploy(
    58,
    put("interfaces.adapters", ["web", "slack", "teams"]),
    put("agent.replicas", 3),
    put("agent.environment.LOG_LEVEL", "warning"),
    message="Answer in Teams",
)
hum(w)
w.crash_loop("agent", 57, container="messaging", restarts=15)
w.log("agent", "app", *every(5, 8 * HOUR, 0.5, "GET /healthz 200", "waiting for messages"))
w.log(
    "agent",
    "messaging",
    *every(30, 2 * DAY, 58.5, "slack: 3 events handled", "web: 1 session"),
    *again(
        57,
        15,
        ("info", "messaging 1.14.0 starting"),
        ("info", "slack: socket mode connected, 3 workspaces"),
        ("error", "adapter teams: environment variable TEAMS_APP_ID is required"),
    ),
)
add(
    "a new adapter without its settings",
    w,
    "crash",
    "agent",
    4,
    [".interfaces.adapters*"],
    kinds=["config"],
)

# The public name was changed to one that does not point to the cluster.
w = start()
w.deploy(
    55,
    put("agent.endpoints.http.expose.domain", "invoice.northwind.example"),
    put("agent.environment.LOG_LEVEL", "warning"),
    put("knowledge.vendors.resources.memory", "3Gi"),
    message="Shorter name",
)
hum(w)
w.started("agent", 54.6)
w.urls = [
    {"name": "messaging", "type": "messaging", "url": "https://k4m2p9r7t.astropods.app", "ready": True},
    {
        "name": "http",
        "url": "https://invoice.northwind.example",
        "ready": False,
        "message": "DNS record for invoice.northwind.example not found, certificate cannot be issued",
    },
]
w.log("agent", "app", *every(5, 8 * HOUR, 0.5, "GET /healthz 200", "triaged 14 invoices"))
add("a public name without a DNS record", w, "endpoint", "", 4, [".agent.endpoints.http.expose.domain"])
