"""Starts that fail, probes, memory, images, and room, with harmless changes around them."""

from __future__ import annotations

from diagnosis.incidents.field.documents import BUILDS, Json, build, put
from diagnosis.incidents.field.world import DAY, HOUR, Expected, Line, World, ended, running, waiting

FOUND: list[Expected] = []
REGISTRY = "registry.astropods.ai/northwind-ops"
BUILT = [".source.build", ".ingestion.nightly.image"]


def add(*args: object, **more: object) -> None:
    FOUND.append(Expected(*args, **more))  # type: ignore[arg-type]


class Place(World):
    """A deployment whose newest row in the history can have another word."""

    database = ""

    def _history(self) -> Json:
        history = super()._history()
        if self.database:
            history["deployments"][0]["status"] = self.database
        return history

    def deploying(self, component: str, message: str, details: str = "6 of 7 workloads ready") -> None:
        """Say that the deployment waits for a workload."""
        self.word, self.database = "pending", "deploying"
        issue = {
            "workload": self.workload(component),
            "component": component.split("-", maxsplit=1)[0],
            "phase": "progressing",
            "message": message,
        }
        self.status = {"value": "deploying", "reason": "provisioning", "details": details, "waiting_on": [issue]}

    def also_failed(self, component: str, message: str, *, first: bool = False) -> None:
        """Say that one more workload failed."""
        kind = component.split("-", maxsplit=1)[0]
        issue = {"workload": self.workload(component), "component": kind, "phase": "failed", "message": message}
        self.status["failed_on"].insert(0 if first else len(self.status["failed_on"]), issue)


def start() -> Place:
    """Return a deployment with three quiet revisions."""
    place = Place()
    place.deploy(38 * DAY, build(1), message="Read VAT numbers from scanned invoices")
    place.deploy(
        19 * DAY,
        put("agent.environment.PRICING_TABLE", "2026-q4"),
        put("integrations.ocr.environment.OCR_LANGS", "eng,deu,fra"),
        message="Prices of the fourth quarter",
    )
    return place


def again(since: float, restarts: int, *lines: tuple[str, str], until: float = 0.2) -> list[Line]:
    """Return what a container writes each time it starts, from some minutes ago."""
    told: list[Line] = []
    at, wait = since, 10 / 60
    for _ in range(restarts):
        if at <= until:
            break
        told += [(at - 0.02 * place, level, text) for place, (level, text) in enumerate(lines)]
        at -= wait + 0.1
        wait = min(5.0, wait * 2)
    return told


def every(step: float, since: float, until: float, *texts: str, level: str = "info") -> list[Line]:
    """Return lines that repeat."""
    told: list[Line] = []
    at, turn = since, 0
    while at > until:
        told.append((at, level, texts[turn % len(texts)]))
        at, turn = at - step, turn + 1
    return told


def hum(world: World) -> None:
    """Add events that mean nothing here."""
    collector = world.pod_name("collector")
    world.event(
        "DNSConfigForming",
        (
            "Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: "
            "10.100.0.10 10.4.0.2 10.4.0.3"
        ),
        collector,
        19 * DAY,
        11,
        812,
    )
    world.event(
        "Unhealthy",
        'Readiness probe failed: Get "http://10.4.6.12:13133/": context deadline exceeded',
        collector,
        49,
        49,
        severity="transient",
    )


# An invalid number of workers. The next revision came while it was already failing.
w = start()
w.deploy(
    52,
    put("agent.environment.WORKERS", "auto"),
    put("agent.environment.LOG_LEVEL", "warning"),
    put("agent.resources.cpu", "750m"),
    put("knowledge.vendors.resources.memory", "3Gi"),
    message="Tune for the end of the year",
)
w.deploy(
    17,
    put("target.display_name", "Invoice Triage EU"),
    put("variables.MAX_INVOICE_EUR.value", "3000"),
    message="Raise the limit",
)
hum(w)
w.crash_loop("agent", 16.5, restarts=7)
old = w.pod_name("agent", "v5tqd", "58d7c6f9bb")
w.event(
    "BackOff",
    f"Back-off restarting failed container app in pod {old}_astro-k4m2p9r7t-0(91ab)",
    old,
    51,
    17.1,
    61,
    severity="transient",
)
words = (
    ("info", "triage 5.3.0 (python 3.12.7)"),
    ("", "Usage: triage serve [OPTIONS]"),
    ("error", "Error: Invalid value for '--workers': 'auto' is not a valid integer."),
)
w.log("agent", "app", *again(51.5, 12, *words, until=17.2), *again(16.5, 7, *words))
add("a number of workers that is none", w, "crash", "agent", 4, [".agent.environment.WORKERS"])

# A variable refers to an account variable that nobody created.
w = start()
w.deploy(5 * HOUR, build(2), put("agent.response_timeout", "45s"), message="Faster totals")
w.deploy(
    24,
    put("variables.ERP_TOKEN", {"ref": "TEAM_ERP_TOKEN", "targets": ["agent"], "secret": True}),
    put("agent.environment.ERP_URL", "https://erp.northwind.example/api"),
    put("agent.replicas", 3),
    put("ingestion.nightly.trigger.schedule", "45 1 * * *"),
    message="Book invoices in the ERP",
)
hum(w)
text = "couldn't find key ERP_TOKEN in Secret astro-k4m2p9r7t-0/invoice-triage-agent-env"
name = w.pod("agent", 23.6, phase="Pending", app=waiting(text), messaging=running())
w.started("agent", 23.6)
w.event("Failed", f"Error: {text}", name, 23.3, 0.3, 112)
w.failed("CreateContainerConfigError", "agent", "app: CreateContainerConfigError")
add("a token that nobody stored", w, "config", "agent", 5, [".variables.ERP_TOKEN*"])

# The image was built for another kind of processor.
w = start()
w.deploy(
    96,
    put("integrations.ocr.image", f"{REGISTRY}/ocr-worker:2.4.0"),
    put("integrations.ocr.environment.OCR_LANGS", "eng,deu,fra,ita"),
    put("agent.environment.LOG_LEVEL", "warning"),
    message="Italian invoices",
)
w.deploy(40, put("observability.environment", {"OTEL_SAMPLE_RATIO": "0.2"}), message="Fewer traces")
hum(w)
w.crash_loop("integration-ocr", 95, restarts=22)
w.log("integration-ocr", "app", *again(95, 22, ("", "exec /usr/local/bin/ocr-worker: exec format error")))
w.log(
    "agent",
    "app",
    *every(9, 6 * HOUR, 96, "GET /healthz 200", "triaged invoice batch", "ledger sync done"),
    *every(7, 94, 1, "ocr: connection refused, queueing the scan for later", level="warn"),
)
add("an image for another processor", w, "crash", "integration-ocr", 4, [".integrations.ocr.image"])

# The new pods of a rollout cannot start, the old ones still serve and are the ones that are shown.
w = start()
w.deploy(
    26,
    build(2),
    put("agent.response_timeout", "60s"),
    put("knowledge.vendors.resources.memory", "3Gi"),
    message="Match vendors by similar names",
)
hum(w)
serving = w.pod_name("agent", "m2rvc", "749f8bd5c6")
w.pod("agent", 19 * DAY, app=running(), messaging=running())
w.pods["agent"]["pod_name"] = serving
fresh = w.pod_name("agent", "q9wlz")
w.started("agent", 25.7, fresh)
w.event(
    "BackOff",
    f"Back-off restarting failed container app in pod {fresh}_astro-k4m2p9r7t-0(0c7e)",
    fresh,
    25,
    0.6,
    104,
    severity="transient",
)
w.log(
    "agent",
    "app",
    *every(4, 5 * HOUR, 0.5, "POST /v1/triage 200 412ms", "POST /v1/triage 200 388ms", "GET /healthz 200"),
    *again(
        25.5,
        9,
        ("error", "Traceback (most recent call last):"),
        ("error", '  File "/app/triage/vendors.py", line 7, in <module>'),
        ("error", "    from rapidfuzz import process"),
        ("error", "ModuleNotFoundError: No module named 'rapidfuzz'"),
    ),
)
w.failed("ProgressDeadlineExceeded", "agent", "1 of 3 pods updated, 2 old pods still serve")
add("new pods fail while old ones serve", w, "crash", "agent", 4, [".agent.image"], BUILT)

# The migration of the new build stops on a column that is already there.
w = start()
w.deploy(5 * DAY, put("agent.environment.LOG_LEVEL", "debug"), message="More logs")
w.deploy(
    38,
    build(3),
    put("agent.resources.cpu", "750m"),
    put("ingestion.nightly.trigger.schedule", "45 1 * * *"),
    put("models.drafting.environment", {"OLLAMA_KEEP_ALIVE": "30m"}),
    message="Keep the VAT number of each invoice",
)
hum(w)
w.crash_loop("agent", 37, restarts=11, named=True)
w.log(
    "agent",
    "app",
    *every(11, 2 * DAY, 38.5, "triaged 14 invoices", "ledger sync done", "cache: 812 vendors"),
    *again(
        37,
        11,
        ("info", "Running upgrade 8c1f0a -> 91d2be, add vat id"),
        (
            "error",
            (
                'sqlalchemy.exc.ProgrammingError: (psycopg.errors.DuplicateColumn) column "vat_id" of relation '
                '"invoices" already exists'
            ),
        ),
        ("error", "migrations failed, not starting"),
    ),
)
w.log(
    "knowledge-ledger",
    "app",
    *again(37, 11, ("error", 'ERROR:  column "vat_id" of relation "invoices" already exists')),
)
add("a migration that was already applied", w, "crash", "agent", 5, [".agent.image"], BUILT)

# The password was changed in the document only; the data directory of the database still has the old one.
w = start()
w.deploy(
    33,
    put("agent.environment.DATABASE_URL", "postgres://triage:EXAMPLE-NEW@invoice-triage-knowledge-ledger:5432/ledger"),
    put("knowledge.ledger.environment.POSTGRES_PASSWORD", "EXAMPLE-NEW"),
    put("integrations.ocr.resources.memory", "3Gi"),
    put("agent.environment.LOG_LEVEL", "warning"),
    message="Quarterly rotation",
)
hum(w)
w.crash_loop("agent", 32, restarts=10)
refused = 'FATAL:  password authentication failed for user "triage"'
w.log(
    "agent",
    "app",
    *again(
        32,
        10,
        (
            "error",
            (
                'psycopg.OperationalError: connection to server at "invoice-triage-knowledge-ledger" (10.100.7.31), '
                f"port 5432 failed: {refused}"
            ),
        ),
    ),
)
w.log(
    "knowledge-ledger",
    "app",
    (32.6, "info", "PostgreSQL Database directory appears to contain a database; Skipping initialization"),
    (32.5, "info", "LOG:  database system is ready to accept connections"),
    *again(32, 10, ("fatal", refused)),
)
add(
    "a password changed in the document only",
    w,
    "crash",
    "agent",
    4,
    [".agent.environment.DATABASE_URL"],
    [".knowledge.ledger.environment.POSTGRES_PASSWORD"],
)

# The port of the endpoint moved, the program still listens on the old one.
w = start()
w.deploy(7 * HOUR, build(2), message="Faster totals")
w.deploy(
    14,
    put("agent.endpoints.http.port", 8000),
    put("agent.environment.WORKERS", "4"),
    put("agent.replicas", 3),
    put("knowledge.ledger.resources.memory", "2Gi"),
    message="Same ports everywhere",
)
hum(w)
name = w.pod("agent", 13.6, app=running(ready=False), messaging=running())
w.started("agent", 13.6)
w.event(
    "Unhealthy",
    (
        'Readiness probe failed: Get "http://10.4.3.19:8000/healthz": dial tcp 10.4.3.19:8000: connect: '
        "connection refused"
    ),
    name,
    13.3,
    0.1,
    79,
    severity="transient",
)
w.log(
    "agent",
    "app",
    *every(6, 6 * HOUR, 14, "GET /healthz 200", "POST /v1/triage 200 402ms"),
    (13.4, "info", "Started parent process [1]"),
    (13.3, "info", "Uvicorn running on http://0.0.0.0:8080 (Press CTRL+C to quit)"),
    (13.2, "info", "Application startup complete."),
)
w.failed("ProgressDeadlineExceeded", "agent", "0 of 3 updated pods ready")
add("an endpoint on a port where nobody listens", w, "probe", "agent", 5, [".agent.endpoints.http.port"])

# A check was added at a path that the model server does not have.
w = start()
w.deploy(
    27,
    put("models.embeddings.healthcheck", {"path": "/healthz"}),
    put("models.embeddings.environment.VLLM_MAX_MODEL_LEN", "4096"),
    put("agent.environment.LOG_LEVEL", "warning"),
    message="Health checks for models",
)
hum(w)
name = w.pod("model-embeddings", 26.5, app=running(8, ready=False))
w.event(
    "Unhealthy",
    "Liveness probe failed: HTTP probe failed with statuscode: 404",
    name,
    25,
    0.5,
    24,
    severity="transient",
)
w.event("Killing", "Container app failed liveness probe, will be restarted", name, 24.4, 1.6, 8, normal=True)
w.log(
    "model-embeddings",
    "app",
    *[
        line
        for at in range(26, 1, -3)
        for line in (
            (at + 0.0, "info", "Starting vLLM API server 0 on http://0.0.0.0:8000"),
            (at - 0.9, "info", "Application startup complete."),
            (at - 1.2, "info", '10.4.1.77:51324 - "GET /healthz HTTP/1.1" 404 Not Found'),
            (at - 1.5, "info", '10.4.5.9:40122 - "POST /v1/embeddings HTTP/1.1" 200 OK'),
            (at - 2.6, "info", "Shutting down FastAPI HTTP server."),
        )
        if line[0] > 0
    ],
)
w.failed("ProgressDeadlineExceeded", "model-embeddings", "0 of 1 pods ready")
add("a check at a path that is not there", w, "probe", "model-embeddings", 4, [".models.embeddings.healthcheck*"])

# The weights are twice as large, and the download takes longer than the probe waits.
w = start()
w.deploy(
    23,
    put("models.drafting.model", "qwen3:32b"),
    put("agent.response_timeout", "60s"),
    put("agent.environment.WORKERS", "3"),
    put("interfaces.auth.slack.grants", [{"org": "northwind-ops"}]),
    message="Better drafts",
)
hum(w)
name = w.pod("model-drafting", 22.6, app=running(4, ready=False))
w.event(
    "Unhealthy",
    'Startup probe failed: Get "http://10.4.5.8:11434/": dial tcp 10.4.5.8:11434: connect: connection refused',
    name,
    22.2,
    0.2,
    131,
    severity="transient",
)
w.event("Killing", "Container app failed startup probe, will be restarted", name, 17.4, 2.1, 4, normal=True)
w.log(
    "model-drafting",
    "app",
    *every(8, 10 * HOUR, 24, '[GIN] 200 | 3.1s | POST "/api/chat"', '[GIN] 200 | 4.4s | POST "/api/chat"'),
    *[
        line
        for at in (22.4, 17.3, 12.2, 7.1, 2.0)
        for line in (
            (at, "info", "preparing model qwen3:32b"),
            (at - 0.1, "info", "pulling manifest"),
            (at - 1.4, "info", "pulling 3291abe70f16:  14% 2.9 GB/ 20 GB   37 MB/s   7m41s"),
            (at - 1.9, "info", "pulling 3291abe70f16:  21% 4.2 GB/ 20 GB   38 MB/s   6m58s"),
        )
    ],
    *[(at, "info", "received signal terminated, aborting download") for at in (17.5, 12.4, 7.3, 2.2)],
)
w.deploying("model-drafting", "0 of 1 pods ready")
add("weights that load longer than the probe waits", w, "probe", "model-drafting", 4, [".models.drafting.model"])

# Less memory for the model, while neither logs nor events can be read.
w = start()
w.deploy(
    50,
    put("models.drafting.resources.memory", "4Gi"),
    put("models.drafting.resources.memory_limit", "6Gi"),
    put("models.drafting.resources.cpu_limit", "3"),
    put("integrations.ocr.resources.memory", "1536Mi"),
    put("agent.environment.LOG_LEVEL", "warning"),
    message="Save money",
)
w.deploy(12, put("variables.MAX_INVOICE_EUR.value", "3000"), message="Raise the limit")
w.pod("model-drafting", 49, app=ended("OOMKilled", 13))
w.failed("OOMKilled", "model-drafting", "app: OOMKilled")
w.unread["events"] = "kubernetes client not configured"
for each in ("agent", "model-drafting", "model-embeddings", "integration-ocr"):
    w.unread_logs[w.workload(each)] = "insufficient permissions"
add(
    "less memory for a model, logs and events unreadable",
    w,
    "memory",
    "model-drafting",
    4,
    [".models.drafting.resources.memory_limit"],
    [".models.drafting.resources.memory"],
)

# The messaging container got a limit that it does not fit into.
w = start()
w.deploy(9 * HOUR, build(2), message="Faster totals")
w.deploy(
    68,
    put("interfaces.resources.memory_limit", "96Mi"),
    put("interfaces.auth.slack.grants", [{"org": "northwind-ops"}]),
    put("agent.resources.memory_limit", "3Gi"),
    put("models.embeddings.resources.memory_limit", "12Gi"),
    message="Limits for every container",
)
hum(w)
name = w.pod("agent", 67.6, app=running(), messaging=ended("OOMKilled", 17))
w.event(
    "BackOff",
    f"Back-off restarting failed container messaging in pod {name}_astro-k4m2p9r7t-0(6d0f)",
    name,
    67,
    0.4,
    301,
    severity="transient",
)
w.log("agent", "app", *every(5, 8 * HOUR, 0.5, "GET /healthz 200", "idle, no conversations"))
w.log(
    "agent",
    "messaging",
    *again(67.3, 18, ("info", "messaging 1.14.0 starting"), ("info", "slack: socket mode connected, 3 workspaces")),
)
w.failed("OOMKilled", "agent", "messaging: OOMKilled")
add("a limit too small for messaging", w, "memory", "agent", 5, [".interfaces.resources.memory_limit"])

# Nothing was changed for days; a flood of attachments fills the memory.
w = start()
w.deploy(
    6 * DAY,
    put("agent.environment.LOG_LEVEL", "warning"),
    put("agent.response_timeout", "45s"),
    message="Wait longer for answers",
)
hum(w)
name = w.pod("agent", 6 * DAY, app=ended("OOMKilled", 5), messaging=running())
w.event(
    "BackOff",
    f"Back-off restarting failed container app in pod {name}_astro-k4m2p9r7t-0(6d0f)",
    name,
    4 * HOUR,
    0.3,
    9,
    severity="transient",
)
w.log(
    "agent",
    "app",
    *every(60, 6 * DAY, 9 * HOUR, "mailbox: 40 attachments queued, rss 410 MiB", "mailbox: 35 queued, rss 405 MiB"),
    *[
        line
        for at in (510.0, 400.0, 290.0, 180.0, 70.0)
        for line in (
            (at, "warn", "mailbox: 9100 attachments queued (usually 40), rss 890 MiB"),
            (at - 25, "warn", "mailbox: 14800 attachments queued (usually 40), rss 1430 MiB"),
            (at - 50, "warn", "mailbox: 18400 attachments queued (usually 40), rss 1960 MiB"),
            (at - 52, "info", "triage 5.2.1 (python 3.12.7)"),
        )
    ],
    (9, "warn", "mailbox: 18800 attachments queued (usually 40), rss 1310 MiB"),
    (0.6, "warn", "mailbox: 19100 attachments queued (usually 40), rss 1990 MiB"),
)
w.failed("OOMKilled", "agent", "app: OOMKilled")
add("a flood of attachments fills the memory", w, "memory", "agent")

# The heap may grow beyond the limit of the container. It took two days until a batch was large enough.
w = Place()
w.deploy(38 * DAY, build(1), put("integrations.ocr.resources.memory_limit", "2Gi"), message="VAT numbers")
w.deploy(19 * DAY, put("agent.environment.PRICING_TABLE", "2026-q4"), message="Prices of the fourth quarter")
w.deploy(
    2.2 * DAY,
    put("integrations.ocr.environment.JAVA_OPTS", "-Xmx3g"),
    put("integrations.ocr.environment.OCR_LANGS", "eng,deu,fra"),
    put("agent.environment.WORKERS", "3"),
    message="French invoices, larger pages",
)
w.deploy(5 * HOUR, build(2), put("agent.response_timeout", "45s"), message="Faster totals")
hum(w)
name = w.pod("integration-ocr", 2.2 * DAY, app=ended("OOMKilled", 9))
w.event(
    "BackOff",
    f"Back-off restarting failed container app in pod {name}_astro-k4m2p9r7t-0(6d0f)",
    name,
    77,
    0.4,
    55,
    severity="transient",
)
w.log(
    "integration-ocr",
    "app",
    (2.2 * DAY - 0.5, "info", "starting java with JAVA_OPTS: -Xmx3g"),
    *every(45, 2.2 * DAY - 1, 82, "heap 0.6 of 3.0 GiB, batch of 12 pages", "heap 0.7 of 3.0 GiB, batch of 9 pages"),
    (79.5, "info", "batch of 940 pages from statement.pdf"),
    (76.2, "warn", "heap 1.9 of 3.0 GiB, GC has nothing to do yet"),
    *[
        line
        for at in range(75, 2, -9)
        for line in (
            (at + 0.0, "info", "starting java with JAVA_OPTS: -Xmx3g"),
            (at - 0.5, "info", "batch of 940 pages from statement.pdf"),
            (at - 2.5, "warn", "heap 1.9 of 3.0 GiB, GC has nothing to do yet"),
        )
    ],
)
w.failed("OOMKilled", "integration-ocr", "app: OOMKilled")
add(
    "a heap larger than the container, days later",
    w,
    "memory",
    "integration-ocr",
    4,
    [".integrations.ocr.environment.JAVA_OPTS"],
)

# The build failed half way, so its image never reached the registry.
w = start()
w.deploy(
    9,
    build(3),
    put("agent.resources.memory", "1536Mi"),
    put("variables.MAX_INVOICE_EUR.value", "3000"),
    message="Split invoices",
)
hum(w)
image = f"{REGISTRY}/invoice-triage:{BUILDS[3]}"
name = w.pod("agent", 8.7, phase="Pending", app=waiting(f'Back-off pulling image "{image}"'), messaging=running())
w.started("agent", 8.7)
w.event(
    "Failed",
    (
        f'Failed to pull image "{image}": rpc error: code = NotFound desc = failed to pull and unpack image '
        f'"{image}": failed to resolve reference "{image}": {image}: not found'
    ),
    name,
    8.5,
    1.1,
    6,
    severity="stuck",
)
w.event("Failed", "Error: ImagePullBackOff", name, 8.3, 0.3, 31, severity="stuck")
w.log("agent", "app", *every(6, 5 * HOUR, 0.5, "GET /healthz 200", "POST /v1/triage 200 377ms"))
w.failed("ImagePullBackOff", "agent", "app: ImagePullBackOff")
add("a build whose image was never pushed", w, "image", "agent", 4, [".agent.image"], BUILT)

# The image moved to a registry that wants a login.
w = start()
w.deploy(
    3 * HOUR,
    put("integrations.ocr.image", "ghcr.io/northwind-private/ocr-worker:2.3.0"),
    put("integrations.ocr.resources.memory", "3Gi"),
    put("knowledge.vendors.image", "qdrant/qdrant:v1.13.4"),
    message="Move images",
)
w.deploy(30, put("agent.environment.LOG_LEVEL", "warning"), build(2), message="Faster totals")
hum(w)
image = "ghcr.io/northwind-private/ocr-worker:2.3.0"
name = w.pod("integration-ocr", 179, phase="Pending", app=waiting(f'Back-off pulling image "{image}"'))
w.event(
    "Failed",
    (
        f'Failed to pull image "{image}": failed to pull and unpack image "{image}": failed to resolve reference '
        f'"{image}": failed to authorize: failed to fetch anonymous token: unexpected status from GET request to '
        "https://ghcr.io/token?scope=repository%3Anorthwind-private%2Focr-worker%3Apull&service=ghcr.io: "
        "401 Unauthorized"
    ),
    name,
    178,
    2.4,
    37,
    severity="stuck",
)
w.event("BackOff", f'Back-off pulling image "{image}"', name, 177, 0.2, 780, severity="stuck")
w.failed("ImagePullBackOff", "integration-ocr", "app: ImagePullBackOff")
add("a registry that wants a login", w, "image", "integration-ocr", 4, [".integrations.ocr.image"])

# A node was drained, and the new one may not pull any more images from the public registry today.
w = start()
w.deploy(
    2 * HOUR,
    put("models.drafting.environment", {"OLLAMA_KEEP_ALIVE": "30m"}),
    put("agent.environment.LOG_LEVEL", "warning"),
    message="Keep the model in memory",
)
hum(w)
name = w.pod(
    "model-drafting", 18, phase="Pending", app=waiting('Back-off pulling image "docker.io/ollama/ollama:0.9.6"')
)
w.event("TaintManagerEviction", f"Marking for deletion Pod astro-k4m2p9r7t-0/{name}", name, 19.5, 19.5, normal=True)
w.event(
    "Scheduled",
    f"Successfully assigned astro-k4m2p9r7t-0/{name} to ip-10-4-2-31",
    name,
    18,
    18,
    normal=True,
)
w.event(
    "Failed",
    (
        'Failed to pull image "ollama/ollama:0.9.6": failed to pull and unpack image '
        '"docker.io/ollama/ollama:0.9.6": failed to copy: httpReadSeeker: failed open: unexpected status code '
        "https://registry-1.docker.io/v2/ollama/ollama/manifests/sha256:77c1: 429 Too Many Requests - Server "
        "message: toomanyrequests: You have reached your unauthenticated pull rate limit."
    ),
    name,
    17.6,
    1.9,
    8,
    severity="stuck",
)
w.event("Failed", "Error: ImagePullBackOff", name, 17.2, 0.3, 66, severity="stuck")
w.log(
    "model-drafting",
    "app",
    *every(5, 9 * HOUR, 121, '[GIN] 200 | 3.1s | POST "/api/chat"'),
    (119.4, "info", "Listening on [::]:11434 (version 0.9.6)"),
    *every(5, 118, 20, '[GIN] 200 | 2.9s | POST "/api/chat"', '[GIN] 200 | 3.8s | POST "/api/chat"'),
)
w.failed("ImagePullBackOff", "model-drafting", "app: ImagePullBackOff")
add("a drained node and a pull limit", w, "image", "model-drafting")

# More replicas than the quota of the account allows.
w = start()
w.deploy(
    16,
    put("agent.replicas", 6),
    put("agent.response_timeout", "60s"),
    put("agent.environment.LOG_LEVEL", "warning"),
    put("integrations.ocr.environment.OCR_LANGS", "eng,deu,fra,ita"),
    message="Ready for the end of the year",
)
hum(w)
w.event(
    "FailedCreate",
    (
        'Error creating: pods "invoice-triage-agent-6c9f5d7b84-hk2vx" is forbidden: exceeded quota: account-compute, '
        "requested: requests.memory=1280Mi, used: requests.memory=31Gi, limited: requests.memory=32Gi"
    ),
    "invoice-triage-agent-6c9f5d7b84",
    15.6,
    0.7,
    24,
    kind="ReplicaSet",
)
w.started("agent", 15.6)
w.pod("agent", 15.6, app=running(), messaging=running())
w.log("agent", "app", *every(4, 6 * HOUR, 0.5, "POST /v1/triage 200 391ms", "GET /healthz 200"))
w.failed("ProgressDeadlineExceeded", "agent", "3 of 6 pods ready")
add("more replicas than the quota allows", w, "scheduling", "agent", 4, [".agent.replicas"])

# A workload with a higher priority took the GPU, two hours after a harmless deploy.
w = start()
w.deploy(
    2 * HOUR,
    put("models.embeddings.environment.VLLM_MAX_MODEL_LEN", "4096"),
    put("agent.environment.LOG_LEVEL", "warning"),
    message="Shorter texts",
)
hum(w)
lost = w.pod_name("model-embeddings", "c4hzt")
name = w.pod("model-embeddings", 24, phase="Pending")
w.event("Preempted", "Preempted by pod 3f0e8a52-6c1d-4f6e-a7c0-4f9a1e on node ip-10-4-2-9", lost, 24.1, 24.1)
w.event("Killing", "Stopping container app", lost, 24.1, 24.1, normal=True)
w.event(
    "FailedScheduling",
    (
        "0/9 nodes are available: 3 Insufficient nvidia.com/gpu, 6 node(s) didn't match Pod's node "
        "affinity/selector. preemption: 0/9 nodes are available: 3 No preemption victims found for incoming pod, "
        "6 Preemption is not helpful for scheduling."
    ),
    name,
    24,
    0.9,
    6,
    severity="stuck",
)
w.log(
    "model-embeddings",
    "app",
    *every(7, 9 * HOUR, 121, '10.4.5.9:40122 - "POST /v1/embeddings HTTP/1.1" 200 OK'),
    (118, "info", "Application startup complete."),
    *every(7, 117, 25, '10.4.5.9:40122 - "POST /v1/embeddings HTTP/1.1" 200 OK'),
    (24.0, "info", "Shutting down FastAPI HTTP server."),
)
w.log("agent", "app", *every(3, 23, 0.5, "embeddings: no endpoints available, retrying", level="error"))
w.failed("FailedScheduling", "model-embeddings", "0 of 1 pods ready")
add("a graphics card taken by somebody else", w, "scheduling", "model-embeddings")
