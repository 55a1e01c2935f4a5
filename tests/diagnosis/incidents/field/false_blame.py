"""Traps for false blame, failures in several workloads, and programs that say little."""

from __future__ import annotations

from diagnosis.incidents.field.documents import build, put
from diagnosis.incidents.field.world import DAY, HOUR, Expected, Line, World, running, waiting

FOUND: list[Expected] = []
REGISTRY = "registry.astropods.ai/northwind-ops"


def add(*args: object, **more: object) -> None:
    FOUND.append(Expected(*args, **more))  # type: ignore[arg-type]


def start() -> World:
    return World().deploy(18 * DAY, build(1))


def served(w: World, since: float, until: float) -> None:
    """Let the program that crashes now have served requests before."""
    lines: list[Line] = []
    at = since
    while at > until:
        lines.append((at, "info", "POST /triage 200"))
        at -= max((since - until) / 40, 3)
    w.logs[0][2].extend(lines)


# A hosted model is overloaded; it was chosen three days ago and has responded since then.
w = start().deploy(3 * DAY, put("agent.environment.MODEL", "gpt-5-mini"))
w.crash_loop(
    "agent",
    25,
    ("error", "openai.InternalServerError: Error code: 503 - model gpt-5-mini is overloaded, Service Unavailable"),
    restarts=8,
)
w.pods["agent"]["age"] = "3d"
served(w, 3 * DAY - 5, 26)
add("a hosted model is overloaded, chosen days ago", w, "crash", "agent")

# A queue is down; its address came five days ago.
w = start().deploy(5 * DAY, put("agent.environment.QUEUE_URL", "amqp://mq-west:5672"))
w.crash_loop("agent", 19, ("error", "amqp.exceptions.ConnectionError: connect ECONNREFUSED mq-west:5672"), restarts=7)
w.pods["agent"]["age"] = "5d"
served(w, 5 * DAY - 5, 20)
add("a queue is down, its address came days ago", w, "crash", "agent")

# A key was revoked; the variable came ten days ago.
w = start().deploy(6 * DAY, put("variables.ERP_API_KEY", {"ref": "ERP_KEY", "targets": ["agent"], "secret": True}))
w.crash_loop("agent", 33, ("error", "AuthError: ERP_API_KEY was rejected: 401 Unauthorized (key revoked)"), restarts=10)
w.pods["agent"]["age"] = "6d"
served(w, 6 * DAY - 5, 34)
add("a key was revoked, its variable came days ago", w, "crash", "agent")

# Names cannot be resolved right after a change of the number of workers.
w = start().deploy(16, put("agent.environment.WORKERS", "3"), put("agent.replicas", 3))
w.crash_loop("agent", 11, ("error", "socket.gaierror: [Errno -3] Temporary failure in name resolution"), restarts=5)
served(w, 15.5, 12)
add("names cannot be resolved, right after an unrelated variable changed", w, "crash", "agent")

# Two workloads fail for two reasons; the integration was first.
w = (
    start()
    .deploy(90, put("integrations.ocr.image", f"{REGISTRY}/ocr-worker:9.9.9"))
    .deploy(30, put("agent.environment.POLICY", "strictest"))
)
image = f"{REGISTRY}/ocr-worker:9.9.9"
name = w.pod("integration-ocr", 89.5, phase="Pending", app=waiting(f'Back-off pulling image "{image}"'))
w.event("Failed", f'Failed to pull image "{image}": manifest unknown', name, 89, 2, 20)
w.crash_loop("agent", 29, ("error", "ValueError: unknown policy 'strictest'"), restarts=8)
w.status["failed_on"].append(
    {
        "workload": "invoice-triage-integration-ocr",
        "component": "integration",
        "phase": "failed",
        "message": f'app: Back-off pulling image "{image}"',
    }
)
add("two workloads fail, the integration first", w, "image", "integration-ocr", 3, [".integrations.ocr.image"])

# The agent crashes first; a store runs out of memory later.
w = start().deploy(70, put("agent.environment.POLICY", "strictest"), put("agent.replicas", 3))
w.crash_loop("knowledge-vendors", 15, restarts=6, fail=False, note=" (OOMKilled)")
w.crash_loop("agent", 69, ("error", "ValueError: unknown policy 'strictest'"), restarts=15)
w.pods["knowledge-vendors"]["age"] = "18d"
w.status["failed_on"].append(
    {
        "workload": "invoice-triage-knowledge-vendors",
        "component": "knowledge",
        "phase": "failed",
        "message": "container app was OOMKilled",
    }
)
add("the agent crashes first, a store later", w, "crash", "agent", 3, [".agent.environment.POLICY"])

# An ingestion that is called from outside crashes: it is no job.
hook = {
    "image": f"{REGISTRY}/hook:1.0",
    "endpoints": {"http": {"port": 8090}},
    "resources": {"cpu": "100m", "memory": "256Mi"},
    "trigger": {"type": "webhook"},
    "environment": {"TOPIC": "in"},
}
w = (
    World()
    .deploy(18 * DAY, put("ingestion.hook", hook))
    .deploy(38, put("ingestion.hook.environment.TOPIC", "inbox/new"), put("agent.replicas", 3))
)
w.crash_loop("ingestion-hook", 37, ("error", "ConfigError: TOPIC must match [a-z-]+"), restarts=10)
add(
    "an ingestion that is called crashes",
    w,
    "crash",
    "ingestion-hook",
    3,
    [".ingestion.hook.environment.TOPIC"],
    kinds=["job"],
)

# It says nothing at all; one variable changed.
w = start().deploy(
    21, put("agent.environment.WORKERS", "many"), put("agent.replicas", 3), put("agent.response_timeout", "45s")
)
w.crash_loop("agent", 20.5, restarts=8, named=True, note=", exit code 1")
add("it says nothing, and one variable changed", w, "crash", "agent", 3, [".agent.environment.WORKERS"])

# It says nothing at all; only the log level changed.
w = start().deploy(21, put("agent.environment.LOG_LEVEL", "debug"), put("agent.replicas", 3))
w.crash_loop("agent", 20.5, restarts=8, note=", exit code 1")
add("it says nothing, and only the log level changed", w, "crash", "agent")

# The new build leaks: out of memory two hours later, although it may use more.
w = start().deploy(
    4 * HOUR, build(2), put("agent.resources.memory_limit", "3Gi"), put("knowledge.vendors.resources.memory", "1Gi")
)
w.pod("agent", 4 * HOUR, app=waiting("OOMKilled (exit code 137)", 3), messaging=running())
w.log("agent", "app", *[(at, "info", "worker started") for at in (238, 120, 61, 3)])
w.failed("OOMKilled", "agent", "container app was OOMKilled")
add("the new build leaks although it may use more", w, "memory", "agent", 3, [".agent.image"], [".source.build"])

# The port of the database changed, and the agent still uses the old one.
w = start().deploy(18, put("knowledge.ledger.endpoints.tcp.port", 5433), put("agent.environment.WORKERS", "3"))
w.crash_loop(
    "agent",
    17,
    (
        "error",
        (
            'psycopg.OperationalError: connection to server at "invoice-triage-knowledge-ledger" '
            "(10.4.9.2), port 5432 failed: Connection refused"
        ),
    ),
    restarts=7,
)
add("the port of the database changed", w, "crash", "agent", 3, [".knowledge.ledger.endpoints.tcp.port"])

# The nightly job fails since its build changed; its schedule changed with it.
w = start().deploy(20 * HOUR, build(3), put("ingestion.nightly.trigger.schedule", "0 3 * * *"))
w.jobs = [
    {
        "name": "invoice-triage-ingestion-nightly-9",
        "status": "Failed",
        "age": "11h",
        "start_time": "2026-11-25T03:00:00Z",
        "completions": "0/1",
    },
    {
        "name": "invoice-triage-ingestion-nightly-8",
        "status": "Succeeded",
        "age": "36h",
        "start_time": "2026-11-24T02:15:00Z",
        "completions": "1/1",
    },
]
w.log(
    "ingestion-nightly",
    "app",
    (697, "error", "Traceback (most recent call last):"),
    (697, "error", "AttributeError: module 'loader' has no attribute 'run'"),
)
add(
    "a nightly job fails since its build changed",
    w,
    "job",
    "ingestion-nightly",
    3,
    [".ingestion.nightly.image"],
    [".source.build"],
)

# A malformed value: the parser's words do not name it.
w = start().deploy(14, put("agent.environment.ROUTES", '{"eu": "a", "us"'), put("agent.replicas", 3))
w.crash_loop(
    "agent",
    13.5,
    ("error", "json.decoder.JSONDecodeError: Expecting ':' delimiter: line 1 column 17 (char 16)"),
    restarts=6,
)
add("a malformed value", w, "crash", "agent", 3, [".agent.environment.ROUTES"])

# The key of a provider changed, and so did the number of workers. Only some documents have the `ref` of a variable,
# so that it may also count as no change.
w = start().deploy(14, put("variables.ANTHROPIC_API_KEY.ref", "CLAUDE_KEY_2"), put("agent.environment.WORKERS", "3"))
w.crash_loop(
    "agent",
    13.5,
    (
        "error",
        (
            "anthropic.AuthenticationError: Error code: 401 - {'type': 'authentication_error', 'message': "
            "'invalid x-api-key'}"
        ),
    ),
    restarts=6,
)
add(
    "a key is refused, and the number of workers changed too",
    w,
    "crash",
    "agent",
    3,
    [".variables.ANTHROPIC_API_KEY.ref"],
    or_none=True,
)

# The readiness probe fails because a store is down since its node was lost.
w = start().deploy(2 * DAY, build(2))
w.pod("knowledge-ledger", 12, phase="Pending", app=waiting("ContainerCreating"))
w.event(
    "FailedAttachVolume",
    'Multi-Attach error for volume "pvc-12" Volume is already exclusively attached to one node',
    "invoice-triage-knowledge-ledger-0",
    12,
    2,
    3,
)
name = w.pod("agent", 2 * DAY, app=running(ready=False), messaging=running())
w.event("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503", name, 11, 0.3, 66)
w.failed("", "agent", "0 of 2 ready")
w.status["details"] = "Deployment failed: 2 of 7 workloads failed"
add("a store's disk hangs, and the agent is not ready", w, "storage", "knowledge-ledger")

# The disk is smaller than before, which no cluster allows.
w = start().deploy(3, put("knowledge.vendors.storage.size", "20Gi"), put("agent.replicas", 3))
w.failed(
    'apply knowledge-vendors: PersistentVolumeClaim "data-invoice-triage-knowledge-vendors-0" is '
    "invalid: spec.resources.requests.storage: Forbidden: field can not be less than previous value"
)
add(
    "a disk cannot become smaller",
    w,
    "config",
    "knowledge-vendors",
    3,
    [".knowledge.vendors.storage.size"],
    kinds=["storage"],
)
