"""Containers that started and ended: crashes, memory, and probes."""

from __future__ import annotations

from diagnosis.incidents.field.documents import build, drop, put
from diagnosis.incidents.field.world import DAY, HOUR, Expected, World, running, waiting

FOUND: list[Expected] = []


def add(*args: object, **more: object) -> None:
    FOUND.append(Expected(*args, **more))  # type: ignore[arg-type]


RENAMED = put("target.display_name", "Invoices (EU)")

# An environment variable was renamed, and the program still reads the old name.
w = World().deploy(20 * DAY, build(1)).deploy(9 * DAY, put("agent.replicas", 3))
w.deploy(
    41,
    drop("agent.environment.PRICING_TABLE"),
    put("agent.environment.PRICE_TABLE", "2026-q4"),
    put("interfaces.auth.web.grants", [{"org": "northwind-ops"}]),
    put("agent.replicas", 4),
)
w.crash_loop(
    "agent",
    40,
    ("info", "loading configuration"),
    ("error", "Traceback (most recent call last):"),
    ("", '  File "/app/main.py", line 12, in <module>\n    settings = Settings.from_env()'),
    ("", '  File "/app/settings.py", line 31, in from_env\n    pricing=os.environ["PRICING_TABLE"],'),
    ("error", "KeyError: 'PRICING_TABLE'"),
)
add(
    "python: a variable was renamed and the program reads the old name",
    w,
    "crash",
    "agent",
    4,
    [".agent.environment.PRICING_TABLE"],
    [".agent.environment.PRICE_TABLE"],
)

# A new build misses a module; a rename follows while it already fails.
w = World().deploy(12 * DAY, build(1)).deploy(3 * DAY, put("variables.MAX_INVOICE_EUR.value", "4000"))
w.deploy(95, build(2), put("models.drafting.replicas", 2)).deploy(50, RENAMED)
w.crash_loop(
    "agent",
    94,
    ("", "node:internal/modules/cjs/loader:1228\n  throw err;\n  ^"),
    ("error", "Error: Cannot find module './handlers/refunds'\nRequire stack:\n- /app/dist/server.js"),
    ("", "    at Module._resolveFilename (node:internal/modules/cjs/loader:1225:15)"),
    ("", "  code: 'MODULE_NOT_FOUND',\n  requireStack: [ '/app/dist/server.js' ]\n}\n\nNode.js v20.18.1"),
    restarts=18,
    named=True,
)
add(
    "node: the build misses a module, and a rename followed",
    w,
    "crash",
    "agent",
    4,
    [".agent.image"],
    [".source.build"],
)

# A Go panic in the new build of an agent; the other changes concern other parts.
w = World().deploy(8 * DAY, put("agent.environment.WORKERS", "4"))
w.deploy(33, build(3), put("agent.replicas", 3), put("knowledge.vendors.resources.memory", "4Gi"))
w.crash_loop(
    "agent",
    32.5,
    ("info", "triage starting version=e88d3146"),
    ("", "panic: runtime error: invalid memory address or nil pointer dereference"),
    ("", "[signal SIGSEGV: segmentation violation code=0x1 addr=0x18 pc=0x8f2a11]"),
    ("", "goroutine 1 [running]:\nmain.(*Policy).Load(0x0, {0xc00012a000, 0x1d})\n\t/src/policy.go:88 +0x31"),
    ("", "exit status 2"),
    note=", last exit code 2",
)
add("go: a nil pointer in the new build", w, "crash", "agent", 3, [".agent.image"], [".source.build"])

# The heap of a Java integration was cut.
w = World().deploy(15 * DAY, build(1)).deploy(20 * HOUR, put("integrations.ocr.environment.JAVA_OPTS", "-Xmx128m"))
w.deploy(11 * HOUR, put("agent.environment.LOG_LEVEL", "debug"))
w.crash_loop(
    "integration-ocr",
    20 * HOUR - 2,
    ("info", "Started OcrApplication in 4.812 seconds (process running for 5.3)"),
    ("error", "java.lang.OutOfMemoryError: Java heap space"),
    (
        "",
        "\tat java.base/java.util.Arrays.copyOf(Arrays.java:3541)\n\tat com.northwind.ocr.Page.rasterize(Page.java:77)",
    ),
    ("", "Terminating due to java.lang.OutOfMemoryError: Java heap space"),
    restarts=238,
    fail=False,
)
w.failed("CrashLoopBackOff", "integration-ocr", "app restarted 238 times")
add(
    "java: the heap was cut",
    w,
    "memory",
    "integration-ocr",
    3,
    [".integrations.ocr.environment.JAVA_OPTS"],
    kinds=["crash"],
)

# Out of memory after the limit of a store was cut; two harmless revisions followed.
w = World().deploy(30 * DAY, build(1)).deploy(6 * HOUR, put("knowledge.vendors.resources.memory", "512Mi"), RENAMED)
w.deploy(5 * HOUR, put("variables.MAX_INVOICE_EUR.value", "3000"))
w.deploy(4 * HOUR, put("interfaces.adapters", ["web"]), drop("interfaces.auth.slack"))
name = w.crash_loop("knowledge-vendors", 6 * HOUR - 2, restarts=61, fail=False)
w.event(
    "OOMKilling", "Memory cgroup out of memory: Killed process 21877 (qdrant)", "ip-10-4-1-77", 55, 4, 9, kind="Node"
)
w.failed("OOMKilled", "knowledge-vendors", "container app was OOMKilled")
add(
    "a store lost memory, and harmless revisions followed",
    w,
    "memory",
    "knowledge-vendors",
    3,
    [".knowledge.vendors.resources.memory"],
)

# Out of memory since a bigger model is served with the same limit.
w = World().deploy(11 * DAY, put("models.drafting.resources.memory_limit", "24Gi"))
w.deploy(70, put("models.drafting.model", "qwen3:32b"), put("agent.response_timeout", "60s"), build(4))
w.crash_loop(
    "model-drafting",
    66,
    ("info", "llama runner started in 9.21 seconds"),
    ("info", "llm_load_tensors: loading qwen3:32b, 65 layers"),
    restarts=9,
    note=", last terminated: OOMKilled (exit code 137)",
)
add("a bigger model does not fit", w, "memory", "model-drafting", 3, [".models.drafting.model"])

# Out of memory since more workers run in each pod.
w = World().deploy(18 * DAY, build(1)).deploy(9 * DAY, put("agent.resources.memory_limit", "3Gi"))
w.deploy(2 * HOUR, put("agent.environment.WORKERS", "16"), put("knowledge.ledger.resources.cpu", "500m"))
w.crash_loop("agent", 108, ("info", "Booting worker with pid: 23"), restarts=6, fail=False)
w.failed("OOMKilled", "agent", "container app was OOMKilled")
add("more workers in the same memory", w, "memory", "agent", 4, [".agent.environment.WORKERS"])

# A leak: out of memory every some hours for weeks, and nothing changed.
w = World().deploy(40 * DAY, build(1)).deploy(26 * DAY, put("agent.resources.memory_limit", "1536Mi"))
w.pod("agent", 26 * DAY, app=running(31), messaging=running())
w.failed("OOMKilled", "agent", "container app was OOMKilled")
w.log("agent", "app", *[(at, "info", f"request served in {at:.0f} ms") for at in range(200, 2, -7)])
add("a leak, long after the last change", w, "memory", "agent")

# Killed by its liveness probe since the path of the probe changed.
w = (
    World()
    .deploy(25 * DAY, build(1))
    .deploy(52, put("agent.healthcheck.path", "/health/live"), put("agent.replicas", 1), RENAMED)
)
name = w.crash_loop(
    "agent", 50, ("info", "GET /health/live 404"), ("info", "received SIGTERM, shutting down"), restarts=9
)
w.event(
    "Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 404", name, 51, 1, 27, severity="transient"
)
w.event("Killing", "Container app failed liveness probe, will be restarted", name, 50, 1.5, 9, normal=True)
add("killed by its liveness probe since the path changed", w, "probe", "agent", 3, [".agent.healthcheck.path"])

# A readiness probe uses the wrong port; the old pod still serves.
w = World().deploy(14 * DAY, build(1))
w.deploy(22, put("agent.endpoints.http.port", 8081), put("agent.environment.LOG_LEVEL", "warn"))
w.pod("agent", 14 * DAY, app=running(), messaging=running())
new = w.pod_name("agent", "q9z4d", "78fd0c1b2e")
w.started("agent", 22, new)
w.event(
    "Unhealthy",
    "Readiness probe failed: dial tcp 10.4.1.23:8081: connect: connection refused",
    new,
    21.6,
    0.3,
    128,
    severity="transient",
)
w.failed("ProgressDeadlineExceeded", "agent", 'ReplicaSet "invoice-triage-agent-78fd0c1b2e" has timed out progressing.')
add("the new pod is never ready: the port changed", w, "probe", "agent", 3, [".agent.endpoints.http.port"])

# A model server starts too slowly for its startup probe since another model is loaded.
w = World().deploy(19 * DAY, build(1)).deploy(4 * DAY, put("agent.environment.WORKERS", "3"))
w.deploy(80, put("models.embeddings.model", "Qwen/Qwen3-Embedding-8B"), put("models.drafting.replicas", 2))
name = w.crash_loop(
    "model-embeddings", 70, ("info", "Loading safetensors checkpoint shards: 42% Completed"), restarts=6
)
w.event("Unhealthy", "Startup probe failed: HTTP probe failed with statuscode: 503", name, 79, 1, 180)
w.event("Killing", "Container app failed startup probe, will be restarted", name, 70, 3, 6, normal=True)
add("a bigger model starts too slowly", w, "probe", "model-embeddings", 4, [".models.embeddings.model"])

# It exits with 0 again and again, and looks fine in between.
w = (
    World()
    .deploy(13 * DAY, build(1))
    .deploy(5 * HOUR, put("agent.environment.RUN_ONCE", "true"), put("agent.replicas", 1))
)
w.pod("agent", 5 * HOUR, app=running(24), messaging=running())
w.earlier = w.runtime()
w.pod("agent", 5 * HOUR, app=running(26), messaging=running())
name = w.pod_name("agent")
w.event("BackOff", f"Back-off restarting failed container app in pod {name}_astro-k4m2p9r7t-0(6d0f)", name, 55, 3, 14)
w.log(
    "agent",
    "app",
    *[
        (at + shift, "info", text)
        for at in range(295, 5, -11)
        for shift, text in ((0.5, "RUN_ONCE is set: one pass"), (0.1, "queue is empty, exiting with 0"))
    ],
)
add("it ends with 0 and looks ready in between", w, "crash", "agent", 3, [".agent.environment.RUN_ONCE"])

# The database cannot read its files after a major upgrade; the agent fails because of it.
w = World().deploy(21 * DAY, build(1)).deploy(150, put("knowledge.ledger.image", "postgres:17.2"), RENAMED)
w.deploy(149, build(2))
w.crash_loop(
    "knowledge-ledger",
    148,
    ("", "PostgreSQL Database directory appears to contain a database; Skipping initialization"),
    ("fatal", "FATAL:  database files are incompatible with server"),
    (
        "",
        (
            "DETAIL:  The data directory was initialized by PostgreSQL version 16, which is not compatible "
            "with version 17.2."
        ),
    ),
    restarts=30,
)
w.crash_loop(
    "agent",
    146,
    (
        "error",
        (
            'psycopg.OperationalError: connection to server at "invoice-triage-knowledge-ledger" '
            "(10.4.9.2), port 5432 failed: Connection refused"
        ),
    ),
    restarts=29,
    fail=False,
)
w.status["failed_on"].append(
    {"workload": "invoice-triage-agent", "component": "agent", "phase": "failed", "message": "app restarted 29 times"}
)
add("the database fails first, then the agent", w, "crash", "knowledge-ledger", 3, [".knowledge.ledger.image"])

# The messaging sidecar gets another Slack token.
w = World().deploy(17 * DAY, build(1))
w.deploy(37, put("variables.SLACK_BOT_TOKEN.ref", "SLACK_BOT_STAGING"), put("agent.environment.WORKERS", "3"))
w.crash_loop(
    "agent",
    36,
    ("info", "[bolt-app] connecting adapters: web, slack"),
    (
        "error",
        (
            "Error: An API error occurred: invalid_auth\n    at platformErrorFromResult "
            "(/app/node_modules/@slack/web-api/dist/errors.js:62:33)"
        ),
    ),
    ("error", "slack adapter failed, SLACK_BOT_TOKEN was refused; exiting with code 1"),
    container="messaging",
)
add("the sidecar's Slack token is refused", w, "crash", "agent", 3, [".variables.SLACK_BOT_TOKEN.ref"])

# The upstream is down, two days after the last change.
w = World().deploy(16 * DAY, build(1)).deploy(2 * DAY, put("agent.environment.WORKERS", "4"), build(2))
w.pod("agent", 2 * DAY, app=running())
name = w.crash_loop(
    "agent",
    31,
    ("info", "checking upstream https://api.anthropic.com/v1/models"),
    (
        "error",
        (
            "anthropic.InternalServerError: Error code: 529 - {'type': 'error', 'error': {'type': "
            "'overloaded_error', 'message': 'Overloaded'}}"
        ),
    ),
    ("error", "giving up after 5 attempts"),
)
w.pods["agent"]["age"] = "2d"
w.logs[0][2].insert(0, (300.0, "info", "request served in 812 ms"))
w.logs[0][2].insert(1, (45.0, "info", "request served in 640 ms"))
add("an upstream is down, long after the last change", w, "crash", "agent")

# The account's variable behind a key changed with this revision.
w = World().deploy(22 * DAY, build(1)).deploy(6 * DAY, put("agent.environment.LOG_LEVEL", "debug"))
w.deploy(28, put("variables.OPENAI_API_KEY.ref", "OPENAI_KEY_2026"), put("agent.update.max_surge", "50%"), RENAMED)
w.crash_loop(
    "agent",
    27,
    (
        "error",
        (
            "openai.AuthenticationError: Error code: 401 - {'error': {'message': 'Incorrect API key "
            "provided: sk-proj-****. You can find your API key at "
            "https://platform.openai.com/account/api-keys.', 'code': 'invalid_api_key'}}"
        ),
    ),
    ("", "During startup: self-check of OPENAI_API_KEY failed"),
)
add("another key is refused", w, "crash", "agent", 4, [".variables.OPENAI_API_KEY.ref"])

# A secret variable was removed.
w = World().deploy(22 * DAY, build(1)).deploy(64, drop("variables.ANTHROPIC_API_KEY"), put("agent.replicas", 3))
w.deploy(40, put("observability.resources.memory", "256Mi"))
w.crash_loop(
    "agent",
    63,
    ("error", "ConfigurationError: environment variable ANTHROPIC_API_KEY is not set"),
    ("", "exit code 78"),
    restarts=14,
)
add("a secret was removed", w, "crash", "agent", 3, [".variables.ANTHROPIC_API_KEY"])

# Two containers of a pod want the same port.
w = World().deploy(10 * DAY, build(1)).deploy(25, put("agent.endpoints.http.port", 8787), put("agent.replicas", 3))
w.crash_loop(
    "agent",
    24.5,
    (
        "",
        (
            "Error: listen EADDRINUSE: address already in use :::8787\n    at Server.setupListenHandle [as "
            "_listen2] (node:net:1817:16)"
        ),
    ),
    ("", "  code: 'EADDRINUSE',\n  errno: -98,\n  syscall: 'listen',\n  address: '::',\n  port: 8787\n}"),
)
add("two containers want the same port", w, "crash", "agent", 3, [".agent.endpoints.http.port"])

# The start script lost its mode in the new build.
w = (
    World()
    .deploy(29 * DAY, build(1))
    .deploy(7 * DAY, build(2))
    .deploy(45, build(3), put("agent.environment.WORKERS", "3"))
)
w.crash_loop(
    "agent",
    44.5,
    ("", "/entrypoint.sh: line 9: ./run.sh: Permission denied"),
    note=" (last exit: Error, exit code 126)",
)
add("the start script may not run", w, "crash", "agent", 4, [".agent.image"], [".source.build"], kinds=["config"])

# Nothing but the runtime and the history can be read.
w = World().deploy(9 * DAY, build(1)).deploy(13, build(2))
w.crash_loop("agent", 12.5, fail=True, restarts=6)
w.events.clear()
w.unread |= {"events": "503: kubernetes client not configured"}
w.unread_logs["invoice-triage-agent"] = "500: failed to read logs"
add(
    "a crash right after a build, nothing else can be read",
    w,
    "crash",
    "agent",
    3,
    [".agent.image"],
    [".source.build"],
    kinds=["unknown"],
    or_none=True,
)

# A document in another form: a list of variables with names lost one of them, and another was added before it.
old = {
    "replicas": 2,
    "image": "example/rain-radar:v0.4.1",
    "resources": {"limits": {"cpu": "1", "memory": "512Mi"}, "requests": {"cpu": "200m", "memory": "256Mi"}},
    "env": [
        {"name": "RADAR_TOKEN", "valueFrom": {"secretKeyRef": {"name": "radar", "key": "token"}}},
        {"name": "GRID", "value": "1km"},
        {"name": "TILE_CACHE", "value": "/tmp/tiles"},
    ],
    "ports": [{"containerPort": 8080, "protocol": "TCP"}],
}
w = World(spec=old).deploy(
    48,
    put(
        "env",
        [
            {"name": "ACCENT", "value": "blue"},
            {"name": "RADAR_TOKEN", "valueFrom": {"secretKeyRef": {"name": "radar", "key": "token"}}},
            {"name": "TILE_CACHE", "value": "/tmp/tiles"},
        ],
    ),
    put("replicas", 3),
)
w.crash_loop(
    "agent",
    47,
    ("error", "Error: required environment variable GRID is missing"),
    ("", "    at readConfig (/srv/config.ts:18:11)"),
)
add("a named item of a list was removed", w, "crash", "agent", 2, [".env*"])

# An image without the program that the command starts.
w = World().deploy(10 * DAY, build(1)).deploy(35, build(4), put("agent.replicas", 1))
text = (
    "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc "
    'create failed: unable to start container process: exec: "gunicorn": executable file not found '
    "in $PATH: unknown"
)
name = w.pod("agent", 35, app=waiting(f"RunContainerError: {text}", 8), messaging=running())
w.event("Failed", f"Error: {text}", name, 34.5, 1, 9)
w.event("BackOff", f"Back-off restarting failed container app in pod {name}_astro-k4m2p9r7t-0(6d0f)", name, 34, 1, 40)
w.failed("CrashLoopBackOff", "agent", "app restarted 8 times")
add("the program is not in the image", w, "config", "agent", 3, [".agent.image"], [".source.build"])
