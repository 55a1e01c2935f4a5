"""Values that name the cause, equal amounts, variants of servers, and harmless changes."""

from __future__ import annotations

from dataclasses import replace

from diagnosis.incidents.field.documents import build, drop, put
from diagnosis.incidents.field.world import DAY, HOUR, Expected, World, age, ended, running, waiting, when

from astro_tui.diagnosis import Fact, Facts

FOUND: list[Expected] = []
REGISTRY = "registry.astropods.ai/northwind-ops"


def add(*args: object, **more: object) -> None:
    FOUND.append(Expected(*args, **more))  # type: ignore[arg-type]


def start() -> World:
    return World().deploy(18 * DAY, build(1))


# A hosted model that does not exist; an equal amount of memory was written in another way.
w = start().deploy(
    34,
    put("agent.environment.MODEL", "claude-opus-9"),
    put("agent.resources.memory", "1024Mi"),
    put("agent.environment.WORKERS", "3"),
)
w.crash_loop(
    "agent",
    33,
    (
        "error",
        (
            "anthropic.NotFoundError: Error code: 404 - {'type': 'error', 'error': {'type': "
            "'not_found_error', 'message': 'model: claude-opus-9'}}"
        ),
    ),
)
add("a hosted model that does not exist", w, "crash", "agent", 3, [".agent.environment.MODEL"])

# Out of memory; the amount is the same as before, and a variable of another part changed.
w = start().deploy(
    55,
    put("agent.resources.memory_limit", "2048Mi"),
    put("integrations.ocr.environment.OCR_LANGS", "eng"),
    put("agent.environment.LOG_LEVEL", "debug"),
)
w.crash_loop("agent", 40, ("info", "Booting worker with pid: 9"), restarts=8, fail=False)
w.failed("OOMKilled", "agent", "container app was OOMKilled")
add("out of memory with the same amount of it", w, "memory", "agent")

# The sidecar does not know an adapter.
w = start().deploy(
    26, put("interfaces.adapters", ["web", "slack", "teams"]), put("agent.environment.WORKERS", "3"), build(2)
)
w.crash_loop(
    "agent",
    25.5,
    ("error", "Error: unknown adapter 'teams': expected one of web, slack, custom"),
    container="messaging",
)
add("the sidecar does not know an adapter", w, "crash", "agent", 3, [".interfaces.adapters*"])

# The sidecar runs out of memory.
w = start().deploy(80, put("interfaces.resources.memory", "48Mi"), put("agent.resources.memory", "900Mi"))
w.crash_loop(
    "agent", 78, container="messaging", restarts=11, note=" last state: Terminated, reason: OOMKilled, exit code: 137"
)
add("the sidecar runs out of memory", w, "memory", "agent", 3, [".interfaces.resources.memory"])

# More pods than the disk can have.
w = World().deploy(
    18 * DAY,
    put("agent.volume", "/data"),
    put("agent.storage", {"size": "5Gi", "access_mode": "ReadWriteOnce"}),
    put("agent.replicas", 1),
)
w.deploy(17, put("agent.replicas", 3), put("agent.environment.LOG_LEVEL", "debug"))
other = f"{w.workload('agent')}-1"
w.pod("agent", 18 * DAY, app=running(), messaging=running())
w.event(
    "FailedAttachVolume",
    'Multi-Attach error for volume "pvc-77aa" Volume is already used by pod(s) invoice-triage-agent-0',
    other,
    16.5,
    0.8,
    9,
    severity="transient",
)
w.event(
    "FailedMount",
    (
        "Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[data "
        "kube-api-access]: timed out waiting for the condition"
    ),
    other,
    14,
    1,
    6,
)
w.failed("", "agent", "1 of 3 replicas ready")
w.status["details"] = "Deployment failed: 1 of 7 workloads failed"
add("more pods than the disk can have", w, "storage", "agent", 3, [".agent.replicas"])

# More memory on the GPU than any node offers.
w = start().deploy(
    42, put("models.embeddings.gpu.vram", "80Gi"), put("models.embeddings.image", "vllm/vllm-openai:v0.9.3")
)
name = w.pod("model-embeddings", 41.6, phase="Pending")
w.event(
    "FailedScheduling",
    (
        "0/6 nodes are available: 6 node(s) didn't match Pod's node affinity/selector. preemption: 0/6 "
        "nodes are available: 6 Preemption is not helpful for scheduling."
    ),
    name,
    41.5,
    1,
    9,
    severity="stuck",
)
w.failed(
    "Unschedulable", "model-embeddings", "0/6 nodes are available: 6 node(s) didn't match Pod's node affinity/selector."
)
add(
    "more memory on the GPU than any node offers",
    w,
    "scheduling",
    "model-embeddings",
    3,
    [".models.embeddings.gpu.vram"],
)

# The probe runs a command that is not in the image.
w = start().deploy(
    31,
    put("agent.healthcheck", {"test": ["CMD", "/app/ready.sh"]}),
    put("agent.replicas", 3),
    put("target.display_name", "Invoices"),
)
new = w.pod_name("agent", "q9z4d", "78fd0c1b2e")
w.pod("agent", 18 * DAY, app=running(), messaging=running())
w.event(
    "Unhealthy",
    (
        "Readiness probe errored: rpc error: code = Unknown desc = failed to exec in container: OCI "
        'runtime exec failed: exec failed: unable to start container process: exec: "/app/ready.sh": '
        "stat /app/ready.sh: no such file or directory: unknown"
    ),
    new,
    30.4,
    0.4,
    180,
)
w.failed("ProgressDeadlineExceeded", "agent", 'ReplicaSet "invoice-triage-agent-78fd0c1b2e" has timed out progressing.')
add("the probe runs a command that is not in the image", w, "probe", "agent", 3, [".agent.healthcheck*"])

# The very first revision fails.
w = World(first=14)
name = w.pod("agent", 13.7, phase="Pending", app=waiting("ErrImagePull"), messaging=running())
w.event(
    "Failed",
    f'Failed to pull image "{REGISTRY}/invoice-triage:4be19c07": rpc error: code = NotFound desc = manifest unknown',
    name,
    13.5,
    0.5,
    6,
)
w.failed("ErrImagePull", "agent", "app: ErrImagePull")
add("the first revision has no image", w, "image", "agent")

# A rollback brought back a build that does not know the newer schema.
w = (
    start()
    .deploy(5 * DAY, build(2))
    .deploy(9, build(1), put("target.display_name", "Invoices"), message="Roll back to revision 2")
)
w.crash_loop(
    "agent",
    8.7,
    (
        "error",
        "ActiveRecord::StatementInvalid: PG::UndefinedColumn: ERROR:  column invoices.vendor_code does not exist",
    ),
    restarts=5,
)
add("a rollback to a build that does not know the schema", w, "crash", "agent", 4, [".agent.image"], [".source.build"])

# The image is for another processor.
w = start().deploy(
    28,
    put("integrations.ocr.image", f"{REGISTRY}/ocr-worker:2.5.0"),
    put("integrations.ocr.environment.OCR_LANGS", "eng"),
)
w.crash_loop(
    "integration-ocr", 27.5, ("", "exec /usr/local/bin/docker-entrypoint.sh: exec format error"), note=", exit code 255"
)
add(
    "the image is for another processor",
    w,
    "crash",
    "integration-ocr",
    3,
    [".integrations.ocr.image"],
    kinds=["config"],
)

# Java: a class was compiled for a newer version; a variable changed too.
w = start().deploy(
    47,
    put("integrations.ocr.image", f"{REGISTRY}/ocr-worker:2.6.0"),
    put("integrations.ocr.environment.OCR_LANGS", "deu"),
)
w.crash_loop(
    "integration-ocr",
    46,
    (
        "error",
        (
            'Exception in thread "main" java.lang.UnsupportedClassVersionError: com/northwind/ocr/Main has '
            "been compiled by a more recent version of the Java Runtime (class file version 65.0)"
        ),
    ),
)
add("java: compiled for a newer version", w, "crash", "integration-ocr", 3, [".integrations.ocr.image"])

# Two variables changed; only the one that reaches the agent counts.
w = start().deploy(
    24,
    put("variables.ERP_TIMEOUT", {"value": "0", "targets": ["ingestion.nightly"]}),
    put("variables.REGION", {"value": "apac", "targets": ["agent", "ingestion"]}),
)
w.crash_loop("agent", 23.5, ("error", "ValueError: unsupported region: 'apac'"))
add("only one of two variables reaches the agent", w, "crash", "agent", 3, [".variables.REGION.value"])

# The database's password changed in the address of the agent only.
w = start().deploy(
    19,
    put("agent.environment.DATABASE_URL", "postgres://triage:EXAMPLE-NEW@invoice-triage-knowledge-ledger:5432/ledger"),
    put("agent.replicas", 3),
    put("knowledge.vendors.replicas", 2),
)
w.crash_loop(
    "agent",
    18.5,
    ("fatal", 'psycopg.OperationalError: connection failed: FATAL:  password authentication failed for user "triage"'),
)
add("the password in an address is wrong", w, "crash", "agent", 3, [".agent.environment.DATABASE_URL"])

# Clocks differ: the first warning is some seconds older than the revision.
w = start().deploy(10, put("agent.environment.QUEUE", "invoices-v2"), put("agent.replicas", 3))
w.crash_loop("agent", 9.9, ("error", "botocore.exceptions.ClientError: QueueDoesNotExist: invoices-v2"), restarts=6)
w.events[0]["first_timestamp"] = when(10.12)
add("clocks differ by some seconds", w, "crash", "agent", 3, [".agent.environment.QUEUE"])

# Events without any time.
w = start().deploy(61, put("agent.healthcheck.path", "/alive"), put("agent.environment.LOG_LEVEL", "warn"))
name = w.crash_loop("agent", 59, restarts=14)
w.event("Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 404", name, None, None, 42)
w.event("Killing", "Container app failed liveness probe, will be restarted", name, None, None, 14, normal=True)
add("events without any time", w, "probe", "agent", 3, [".agent.healthcheck.path"])

# The list is stale: it says error, the status says ready.
w = start().deploy(3 * HOUR, build(2))
w.word = "error"
add("the list is stale", w, "none")

# A job failed once and succeeded since.
w = start()
w.jobs = [
    {
        "name": "invoice-triage-ingestion-nightly-3",
        "status": "Succeeded",
        "age": age(700),
        "start_time": when(700),
        "completions": "1/1",
    },
    {
        "name": "invoice-triage-ingestion-nightly-2",
        "status": "Failed",
        "age": age(2140),
        "start_time": when(2140),
        "completions": "0/1",
    },
]
w.log(
    "ingestion-nightly",
    "app",
    (2139, "error", "ConnectionError: erp not reachable"),
    (690, "info", "done, 412 invoices"),
)
add("a job failed once and succeeded since", w, "none")

# An alert about its responses; everything runs.
w = start().deploy(DAY, build(2))
w.alerts.append(
    {
        "name": "HighLatency",
        "title": "Slow responses",
        "description": "p95 above 8 s",
        "severity": "warning",
        "state": "firing",
        "activeSince": when(35),
    }
)
w.log("agent", "app", *[(at, "warning", "upstream took 9.1 s") for at in (30, 21, 12, 4)])
add("an alert about slow responses", w, "none")

# It is being removed.
w = start().deploy(5 * HOUR, build(2))
w.word, w.status = (
    "undeploying",
    {"value": "undeploying", "reason": "undeploying", "details": "Deployment is being removed"},
)
w.pod("agent", 300, phase="Running", app=ended("Error"), messaging=ended("Completed"))
add("it is being removed", w, "none")

# A store that is bound does not exist.
w = start().deploy(
    29,
    put("knowledge.vendors", {"provider": "qdrant", "binding": "arn:astro:knowledge:northwind-ops:vendors-prod"}),
    put("agent.environment.WORKERS", "4"),
)
w.crash_loop(
    "agent", 28, ("error", "KnowledgeError: store arn:astro:knowledge:northwind-ops:vendors-prod was not found")
)
add("a bound store does not exist", w, "crash", "agent", 3, [".knowledge.vendors*"])

# A node ran out of memory and evicted the pod again and again; nothing changed for days.
w = start().deploy(6 * DAY, build(2))
for place, at in enumerate((52, 33, 11)):
    w.event(
        "Evicted",
        (
            "The node was low on resource: memory. Threshold quantity: 100Mi, available: 61Mi. Container "
            "app was using 1804Mi, request is 1Gi, has larger consumption of memory."
        ),
        w.pod_name("agent", f"ev{place}bb"),
        at,
        at,
    )
w.pod("agent", 10, phase="Failed", tail="ev3bb", app=ended("Evicted"), messaging=ended("Evicted"))
w.failed("ProgressDeadlineExceeded", "agent", 'ReplicaSet "invoice-triage-agent-6c9f5d7b84" has timed out progressing.')
add("a node without memory evicts it", w, "memory", "agent", kinds=["scheduling"])

# The integration has the same variable as the agent; only its own changed value counts.
w = start().deploy(
    36,
    put("integrations.ocr.environment.QUEUE_URL", "amqp://mq-west:5672"),
    put("agent.environment.QUEUE_URL", "amqp://mq-west:5672"),
)
w.crash_loop("integration-ocr", 35, ("error", "pika.exceptions.AMQPConnectionError: mq-west:5672 Connection refused"))
add("the same variable in two parts", w, "crash", "integration-ocr", 3, [".integrations.ocr.environment.QUEUE_URL"])

# An old server: no runtime, containers in the record, and words of the database.
w = start().deploy(45, build(2), put("agent.replicas", 3))
w.crash_loop(
    "agent",
    44,
    ("error", "ReferenceError: tracer is not defined\n    at Object.<anonymous> (/app/dist/server.js:9:1)"),
    restarts=9,
)


def of_old_server(facts: Facts) -> Facts:
    record = facts.record.value["deployment"]  # type: ignore[index]
    observed = facts.runtime.value["runtime"]["workloads"]  # type: ignore[index]
    by_name = {each["name"]: each for each in observed}
    workloads = [{**each, **by_name.get(each["name"], {})} for each in record["workloads"]]
    row = {**facts.row.value, "status": "failed"}  # type: ignore[dict-item]
    return replace(
        facts,
        runtime=Fact(error="404: page not found"),
        row=Fact(row),
        record=Fact({"deployment": {**record, "status": "failed", "workloads": workloads}}),
        alerts=Fact(error="404: page not found"),
    )


w.adjust = of_old_server
add("an old server that has containers in the record", w, "crash", "agent", 3, [".agent.image"], [".source.build"])

# The history cannot be read.
w = start().deploy(22, drop("agent.environment.PRICING_TABLE"))
w.crash_loop("agent", 21, ("error", "KeyError: 'PRICING_TABLE'"))
w.unread["history"] = "503: deployment store not configured"
add("the history cannot be read", w, "crash", "agent")

# A failure of the build before, repaired by the newest revision, which is still starting.
w = (
    start()
    .deploy(30, put("agent.image", f"{REGISTRY}/invoice-triage:typo"))
    .deploy(0.8, put("agent.image", f"{REGISTRY}/invoice-triage:7d20aa51"))
)
w.word, w.status = (
    "pending",
    {
        "value": "deploying",
        "reason": "provisioning",
        "details": "6 of 7 workloads ready",
        "waiting_on": [{"workload": "invoice-triage-agent", "component": "agent", "phase": "progressing"}],
    },
)
bad = w.pod_name("agent", "typ00", "11aa22bb33")
w.event(
    "Failed", f'Failed to pull image "{REGISTRY}/invoice-triage:typo": not found', bad, 29.5, 1.2, 10, severity="stuck"
)
w.pod("agent", 0.7, app=running(ready=False), messaging=running())
w.started("agent", 0.7)
add("the newest revision repairs it and is starting", w, "none", kinds=["unknown"])
