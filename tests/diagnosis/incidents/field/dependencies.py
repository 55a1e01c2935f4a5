"""Containers that ended because of something that they need: keys, stores, tables, hosts, disks, and hardware."""

from __future__ import annotations

from diagnosis.incidents.field.documents import build, drop, put
from diagnosis.incidents.field.world import DAY, HOUR, Expected, World, ended, running, waiting

FOUND: list[Expected] = []


def add(*args: object, **more: object) -> None:
    FOUND.append(Expected(*args, **more))  # type: ignore[arg-type]


RENAMED = put("target.display_name", "Invoices (EU)")

# An init container of the new build fails; the app never starts.
w = World().deploy(12 * DAY, build(1)).deploy(39, build(2), put("knowledge.ledger.storage.size", "30Gi"))
name = w.crash_loop("agent", 38, container="migrate", restarts=8, sidecar=False)
w.pods["agent"] |= {
    "phase": "Pending",
    "containers": [
        {"name": "app", **waiting("PodInitializing")},
        {"name": "messaging", **waiting("PodInitializing")},
        {
            "name": "migrate",
            **waiting((f"back-off 5m0s restarting failed container=migrate pod={name}_astro-k4m2p9r7t-0(6d0f)"), 8),
        },
    ],
}
w.log(
    "agent",
    "migrate",
    *[
        line
        for at in (37.9, 37.4, 36.8, 35.9, 34.3, 31.5, 26.3, 21.1)
        for line in (
            (at, "info", "INFO  [alembic.runtime.migration] Running upgrade 3f1c -> 9a77, add line items"),
            (
                at - 0.02,
                "error",
                (
                    'sqlalchemy.exc.ProgrammingError: (psycopg2.errors.DuplicateTable) relation "line_item" already '
                    "exists"
                ),
            ),
        )
    ],
)
w.pods["agent"]["containers"][0]["message"] = "PodInitializing"
add("an init container of the new build fails", w, "crash", "agent", 3, [".agent.image"], [".source.build"])

# Killed by its liveness probe since it gets less processor time.
w = (
    World()
    .deploy(18 * DAY, build(1))
    .deploy(3 * HOUR, put("agent.resources.cpu_limit", "100m"), put(("agent.environment.LOG_LEVEL"), "warn"))
)
name = w.crash_loop(
    "agent", 175, ("info", ("Application startup complete.")), restarts=22, note=", last exit code 137 (Error)"
)
w.event(
    "Unhealthy",
    (
        'Liveness probe failed: Get "http://10.4.1.23:8080/healthz": context deadline exceeded '
        "(Client.Timeout exceeded while awaiting headers)"
    ),
    name,
    176,
    1,
    70,
)
w.event("Killing", "Container app failed liveness probe, will be restarted", name, 175, 1.2, 22, normal=True)
add("killed by its probe since it gets less processor time", w, "probe", "agent", 3, [".agent.resources.cpu_limit"])

# The vector store crashes on its CPU with the new image; the agent is not ready because of it.
w = (
    World()
    .deploy(18 * DAY, build(1))
    .deploy(65, put("knowledge.vendors.image", ("qdrant/qdrant:v1.15.1-avx512")))
    .deploy(62, build(2))
)
w.crash_loop(
    "knowledge-vendors", 64, ("", ("Illegal instruction (core dumped)")), restarts=15, note=", last exit code 132"
)
name = w.pod("agent", 61.5, app=running(ready=False), messaging=running())
w.event("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503", name, 61, 0.2, 360)
w.log(
    "agent",
    "app",
    *[
        (at, "error", ("vector store invoice-triage-knowledge-vendors:6333 not reachable, reporting 503"))
        for at in range(60, 1, -3)
    ],
)
add("a store fails first, and the agent is not ready", w, "crash", "knowledge-vendors", 3, [".knowledge.vendors.image"])

# The GPU has no memory left since more sequences are served at once.
w = (
    World()
    .deploy(18 * DAY, build(1))
    .deploy(
        44,
        put(("models.embeddings.environment.VLLM_MAX_NUM_SEQS"), "1024"),
        put("models.embeddings.update.max_surge", "0%"),
    )
)
w.crash_loop(
    "model-embeddings",
    42,
    (
        "error",
        (
            "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total "
            "capacity of 15.77 GiB of which 1.02 GiB is free."
        ),
    ),
)
add(
    "the GPU has no memory left for more sequences",
    w,
    "memory",
    "model-embeddings",
    3,
    [(".models.embeddings.environment.VLLM_MAX_NUM_SEQS")],
    kinds=["crash"],
)

# The new image of an integration prints its usage and ends with 0.
w = (
    World()
    .deploy(18 * DAY, build(1))
    .deploy(
        58,
        put("integrations.ocr.image", ("registry.astropods.ai/northwind-ops/ocr-worker:3.0.0")),
        put("integrations.ocr.replicas", 2),
    )
)
w.crash_loop(
    "integration-ocr",
    57,
    ("", ("Usage: ocr-worker [OPTIONS] COMMAND [ARGS]...")),
    ("", "Commands: serve, batch, version"),
    restarts=14,
    note=", last state Completed (exit code 0)",
)
add("the new image only prints its usage", w, "crash", "integration-ocr", 3, [".integrations.ocr.image"])

# A host with a typo in a variable.
w = (
    World()
    .deploy(18 * DAY, build(1))
    .deploy(
        21,
        put("agent.environment.VECTOR_URL", ("http://invoice-triage-knowledge-vendor:6333")),
        put("agent.environment.WORKERS", "4"),
        put("models.drafting.model", "qwen3:8b"),
    )
)
w.crash_loop(
    "agent",
    20.5,
    (
        "error",
        (
            "Error: getaddrinfo ENOTFOUND invoice-triage-knowledge-vendor\n    at "
            "GetAddrInfoReqWrap.onlookupall [as oncomplete] (node:dns:122:26)"
        ),
    ),
    (
        "",
        "  errno: -3008,\n  code: 'ENOTFOUND',\n  hostname: 'invoice-triage-knowledge-vendor'",
    ),
)
add("a host with a typo", w, "crash", "agent", 3, [".agent.environment.VECTOR_URL"])

# The certificate of an upstream expired, five days after the last change.
w = World().deploy(18 * DAY, build(1)).deploy(5 * DAY, build(2), put("agent.environment.WORKERS", "4"))
w.crash_loop(
    "agent",
    97,
    (
        "fatal",
        (
            'connect to erp: Get "https://erp.northwind.example/v2/ping": tls: failed to verify '
            "certificate: x509: certificate has expired or is not yet valid: current time "
            "2026-11-25T13:00:04Z is after 2026-11-25T13:00:00Z"
        ),
    ),
    restarts=21,
)
w.pods["agent"]["age"] = "5d"
w.logs[0][2].extend([(7 * HOUR, "info", "erp: synced 14 invoices"), (98.5, "info", "erp: synced 3 invoices")])
add("the certificate of an upstream expired", w, "crash", "agent")

# A module is missing in the new image; a variable changed with it.
w = (
    World()
    .deploy(18 * DAY, build(1))
    .deploy(31, build(2), put(("agent.environment.WORKERS"), "6"), put("agent.response_timeout", "45s"))
    .deploy(11, put("agent.replicas", 3))
)
w.crash_loop(
    "agent",
    30.5,
    ("error", "Traceback (most recent call last):"),
    ("", ('  File "/app/main.py", line 3, in <module>\n    import tiktoken')),
    ("error", "ModuleNotFoundError: No module named 'tiktoken'"),
    restarts=10,
)
add("python: a module is missing in the new image", w, "crash", "agent", 3, [".agent.image"], [".source.build"])

# A key was revoked by its provider; a revision came two hours before, and it served since then.
w = (
    World()
    .deploy(18 * DAY, build(1))
    .deploy(150, put(("variables.MAX_INVOICE_EUR.value"), "9000"), put("agent.environment.WORKERS", "5"))
)
w.crash_loop(
    "agent",
    26,
    (
        "error",
        (
            "anthropic.AuthenticationError: Error code: 401 - {'type': 'error', 'error': {'type': "
            "'authentication_error', 'message': 'invalid x-api-key'}}"
        ),
    ),
    restarts=9,
)
w.pods["agent"]["age"] = "2h"
w.logs[0][2].extend([(at, "info", "POST /triage 200 1.4 s") for at in range(149, 27, -4)])
add("a key was revoked, two hours after a change", w, "crash", "agent")

# The new build queries a table that was never created.
w = (
    World()
    .deploy(18 * DAY, build(1))
    .deploy(3 * DAY, put(("knowledge.ledger.resources.memory"), "2Gi"))
    .deploy(17, build(5), put("knowledge.ledger.storage.size", "25Gi"))
)
w.crash_loop(
    "agent",
    16.5,
    ("error", ('django.db.utils.ProgrammingError: relation "invoices_lineitem" does not exist')),
    ("", "LINE 1: SELECT COUNT(*) FROM invoices_lineitem"),
)
add("the new build queries a table that does not exist", w, "crash", "agent", 4, [".agent.image"], [".source.build"])

# A start job runs out of memory since it may use less.
start = put(
    "ingestion.import",
    {
        "image": ("registry.astropods.ai/northwind-ops/invoice-triage-import:1.2.0"),
        "resources": {"cpu": "500m", "memory": "2Gi"},
        "trigger": {"type": "startup"},
    },
)
w = World().deploy(18 * DAY, start).deploy(23, put("ingestion.import.resources.memory", "256Mi"), build(1))
w.pods["ingestion-import"] = {
    "name": "invoice-triage-ingestion-import",
    "age": "22m",
    "phase": "Failed",
    "status": "Failed",
    "pod_name": ("invoice-triage-ingestion-import-kd9rw"),
    "completions": "0/1",
    "containers": [{"name": "app", **ended("OOMKilled")}],
}
w.event(
    "BackoffLimitExceeded",
    ("Job has reached the specified backoff limit"),
    "invoice-triage-ingestion-import",
    18,
    18,
    kind="Job",
)
w.failed("BackoffLimitExceeded", "ingestion-import", "Job has reached the specified backoff limit")
add("a start job runs out of memory", w, "memory", "ingestion-import", 3, [".ingestion.import.resources.memory"])

# The collector does not understand its new configuration.
w = (
    World()
    .deploy(18 * DAY, build(1))
    .deploy(6 * HOUR, put(("observability.environment.OTEL_SAMPLE_RATIO"), "ten percent"), put("agent.replicas", 3))
)
w.crash_loop(
    "collector",
    6 * HOUR - 1,
    (
        "error",
        (
            "Error: failed to get config: cannot unmarshal the configuration: decoding failed due to the "
            "following error(s): 'processors' error reading configuration for \"probabilistic_sampler\": "
            'OTEL_SAMPLE_RATIO: strconv.ParseFloat: parsing "ten percent": invalid syntax'
        ),
    ),
    restarts=70,
)
add(
    ("the collector does not understand its configuration"),
    w,
    "crash",
    "collector",
    3,
    [".observability.environment.OTEL_SAMPLE_RATIO"],
)

# Two attempts to repair it followed the revision that broke it.
w = (
    World()
    .deploy(18 * DAY, build(1))
    .deploy(2 * HOUR, put(("agent.environment.WORKERS"), "0"), put("agent.environment.PREFORK", "true"))
)
w.deploy(80, build(2)).deploy(35, put("agent.resources.memory_limit", "4Gi"), RENAMED)
w.crash_loop("agent", 119, ("error", "ValueError: number of workers must be at least 1, got WORKERS=0"), restarts=26)
w.pods["agent"] |= {"age": "34m"}
w.pods["agent"]["containers"][0]["restart_count"] = 10
add("attempts to repair it followed", w, "crash", "agent", 3, [".agent.environment.WORKERS"])

# The store it needs was removed.
w = World().deploy(18 * DAY, build(1)).deploy(13, drop("knowledge.vendors"), put("agent.replicas", 3))
w.crash_loop(
    "agent",
    12.5,
    ("error", ("UnhandledPromiseRejection: Error: getaddrinfo ENOTFOUND invoice-triage-knowledge-vendors")),
    restarts=6,
)
add("the store it needs was removed", w, "crash", "agent", 3, [".knowledge.vendors"])

# Java: the host in a variable does not exist.
w = (
    World()
    .deploy(18 * DAY, build(1))
    .deploy(
        46,
        put("integrations.ocr.environment.REDIS_HOST", "ocr-cache-2"),
        put("integrations.ocr.image", ("registry.astropods.ai/northwind-ops/ocr-worker:2.3.1")),
    )
)
w.crash_loop(
    "integration-ocr",
    45,
    (
        "error",
        (
            'Exception in thread "main" io.lettuce.core.RedisConnectionException: Unable to connect to '
            "ocr-cache-2/<unresolved>:6379"
        ),
    ),
    ("", "Caused by: java.net.UnknownHostException: ocr-cache-2: Name or service not known"),
    restarts=12,
)
add(
    ("java: the host in a variable does not exist"),
    w,
    "crash",
    "integration-ocr",
    3,
    [".integrations.ocr.environment.REDIS_HOST"],
)

# Repaired two days ago; now it runs out of memory under load, and nothing has changed since.
w = (
    World()
    .deploy(18 * DAY, build(1))
    .deploy(2.2 * DAY, put(("agent.resources.memory_limit"), "256Mi"))
    .deploy(2 * DAY, put("agent.resources.memory_limit", "2Gi"))
)
w.crash_loop("agent", 24, ("info", "Booting worker with pid: 23"), restarts=6, fail=False)
w.pods["agent"]["age"] = "2d"
w.failed("OOMKilled", "agent", "container app was OOMKilled")
w.logs[0][2].extend([(at * 60.0, "info", "POST /triage 200") for at in range(40, 0, -3)])
add("out of memory under load, after an earlier failure was repaired", w, "memory", "agent")

# A worker's disk was removed: what it writes to is read-only.
w = World().deploy(
    18 * DAY, put("agent.volume", "/data"), put(("agent.storage"), {"size": "5Gi", "access_mode": "ReadWriteOnce"})
)
w.deploy(28, drop("agent.volume"), drop("agent.storage"), put("agent.replicas", 4))
w.crash_loop("agent", 27, ("error", "OSError: [Errno 30] Read-only file system: '/data/cache'"), restarts=9)
add("its disk was removed", w, "crash", "agent", 3, [".agent.volume"], [".agent.storage*"], kinds=["storage"])
