"""Gaps in the numbers of revisions, many revisions, targets of variables, and odd images."""

from __future__ import annotations

from diagnosis.incidents.field.documents import build, put
from diagnosis.incidents.field.world import DAY, HOUR, Expected, World, age, running, waiting, when

FOUND: list[Expected] = []
REGISTRY = "registry.astropods.ai/northwind-ops"


def add(*args: object, **more: object) -> None:
    FOUND.append(Expected(*args, **more))  # type: ignore[arg-type]


def start() -> World:
    return World().deploy(18 * DAY, build(1))


# The new image needs a newer driver than the nodes have.
w = start().deploy(
    31,
    put("models.embeddings.image", "vllm/vllm-openai:v0.11.0"),
    put("models.embeddings.environment.VLLM_MAX_MODEL_LEN", "8000"),
)
w.crash_loop(
    "model-embeddings",
    30,
    ("error", "RuntimeError: The NVIDIA driver on your system is too old (found version 12020)"),
    restarts=9,
)
add(
    "the new image needs a newer driver",
    w,
    "crash",
    "model-embeddings",
    3,
    [".models.embeddings.image"],
    [".models.embeddings.environment.VLLM_MAX_MODEL_LEN"],
)

# The name of an image is invalid.
w = start().deploy(
    8, put("integrations.ocr.image", f"{REGISTRY}/OCR Worker:2.3.1"), put("integrations.ocr.replicas", 2)
)
name = w.pod("integration-ocr", 7.7, phase="Pending", app=waiting("InvalidImageName"))
w.event(
    "InspectFailed",
    (
        f'Failed to apply default image tag "{REGISTRY}/OCR Worker:2.3.1": couldn\'t parse image name '
        f'"{REGISTRY}/OCR Worker:2.3.1": invalid reference format'
    ),
    name,
    7.5,
    0.4,
    34,
)
w.failed("InvalidImageName", "integration-ocr", "app: InvalidImageName")
add("the name of an image is none", w, "image", "integration-ocr", 3, [".integrations.ocr.image"])

# Revisions with gaps in their numbers.
w = (
    start()
    .deploy(4 * DAY, put("agent.environment.WORKERS", "3"))
    .deploy(35, put("agent.environment.POLICY_FILE", "/etc/none.yaml"), put("agent.replicas", 3))
)
for row, number in zip(w.rows, (3, 7, 8, 12), strict=True):
    row.number = number
w.crash_loop(
    "agent", 34, ("error", "FileNotFoundError: [Errno 2] No such file or directory: '/etc/none.yaml'"), restarts=10
)
add("gaps in the numbers of revisions", w, "crash", "agent", 12, [".agent.environment.POLICY_FILE"])

# Twelve revisions; the fifth broke it two days ago, and no one noticed.
w = World(first=40 * DAY)
for place, at in enumerate((30, 20, 12), 2):
    w.deploy(at * DAY, put("agent.environment.WORKERS", str(place)))
w.deploy(2 * DAY, put("agent.environment.CACHE_SIZE", "12GBB"), put("agent.replicas", 3))
for place, at in enumerate((44, 40, 31, 22, 13, 6, 2)):
    w.deploy(
        at * HOUR,
        put("knowledge.vendors.resources.cpu", f"{600 + place}m"),
        put("target.display_name", f"Invoices {place}"),
    )
w.crash_loop("agent", 2 * DAY - 1, ("error", "ValueError: invalid size literal: '12GBB'"), restarts=560)
add("the fifth of twelve revisions broke it", w, "crash", "agent", 5, [".agent.environment.CACHE_SIZE"])

# A variable no longer reaches the agent.
w = start().deploy(18, put("variables.MAX_INVOICE_EUR.targets", ["ingestion"]), put("agent.environment.WORKERS", "3"))
w.crash_loop(
    "agent",
    17.5,
    (
        "error",
        (
            "pydantic_core._pydantic_core.ValidationError: 1 validation error for "
            "Settings\nMAX_INVOICE_EUR\n  Field required [type=missing]"
        ),
    ),
    restarts=7,
)
add("a variable no longer reaches the agent", w, "crash", "agent", 3, [".variables.MAX_INVOICE_EUR.targets"])

# The runs of the nightly job cannot pull their image; the agent serves.
w = start().deploy(15 * HOUR, put("ingestion.nightly.image", f"{REGISTRY}/nightly:gone"), put("agent.replicas", 3))
w.jobs = [
    {
        "name": "invoice-triage-ingestion-nightly-29402535",
        "status": "Running",
        "age": age(740),
        "start_time": when(740),
        "completions": "0/1",
    }
]
pod = "invoice-triage-ingestion-nightly-29402535-vv2sd"
w.event(
    "Failed",
    f'Failed to pull image "{REGISTRY}/nightly:gone": rpc error: code = NotFound desc = not found',
    pod,
    739,
    3,
    140,
    severity="stuck",
)
w.event("BackOff", f'Back-off pulling image "{REGISTRY}/nightly:gone"', pod, 739, 0.5, 3000)
add("a nightly job cannot pull its image", w, "image", "ingestion-nightly", 3, [".ingestion.nightly.image"])

# Redis cannot write: the disk is full, weeks after the last change.
w = start()
name = w.pod("knowledge-vendors", 18 * DAY, app=running(3, ready=False))
w.pods["knowledge-vendors"] |= {"storage_used_bytes": 53_600_000_000, "storage_capacity_bytes": 53_687_091_200}
w.event("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 507", name, 40, 0.3, 240)
w.log(
    "knowledge-vendors",
    "app",
    *[(at, "error", "Service internal error: No space left on device (os error 28)") for at in range(40, 1, -4)],
)
w.failed("", "knowledge-vendors", "0 of 1 ready")
w.status["details"] = "Deployment failed: 1 of 7 workloads failed"
add("a store cannot write, its disk is full", w, "storage", "knowledge-vendors")

# One more replica than before is never ready; the others serve, and the status says that all is well.
w = start().deploy(DAY, build(2))
w.event("BackOff", "Back-off restarting failed container app in pod x", w.pod_name("agent", "old00"), 70, 64, 3)
w.log("agent", "app", (63, "info", "Application startup complete."), (2, "info", "POST /triage 200"))
add("a pod restarted an hour ago and serves", w, "none")
