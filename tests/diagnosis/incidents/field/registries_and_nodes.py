"""Registries, nodes, and quotas that stop a start or a pod, and agents that only look broken."""

from __future__ import annotations

from diagnosis.incidents.field.documents import build, put
from diagnosis.incidents.field.world import DAY, HOUR, Expected, World, running, waiting

FOUND: list[Expected] = []


def add(*args: object, **more: object) -> None:
    FOUND.append(Expected(*args, **more))  # type: ignore[arg-type]


REGISTRY = "registry.astropods.ai/northwind-ops/invoice-triage"


def pull_failure(w: World, component: str, image: str, why: str, minutes: float) -> None:
    others = {"messaging": running()} if component == "agent" else {}
    name = w.pod(component, minutes, phase="Pending", app=waiting(f'Back-off pulling image "{image}"'), **others)
    w.event("Pulling", f'Pulling image "{image}"', name, minutes - 0.2, 1, 6, normal=True)
    w.event("Failed", f'Failed to pull image "{image}": {why}', name, minutes - 0.4, 1, 6, severity="stuck")
    w.event("Failed", "Error: ErrImagePull", name, minutes - 0.4, 1, 6)
    w.event("BackOff", f'Back-off pulling image "{image}"', name, minutes - 0.6, 0.3, 60)
    w.failed("ImagePullBackOff", component, f'app: Back-off pulling image "{image}"')


# The secret of the account was deleted; nothing was deployed.
w = (
    World()
    .deploy(18 * DAY, build(1))
    .deploy(9 * DAY, put(("variables.ERP_KEY"), {"ref": "ERP_KEY", "targets": ["agent"], "secret": True}))
)
name = w.pod(
    "agent", 12, phase="Pending", app=waiting('secret "invoice-triage-erp-key" not found'), messaging=running()
)
w.event("Failed", 'Error: secret "invoice-triage-erp-key" not found', name, 11.6, 0.4, 55)
w.failed("CreateContainerConfigError", "agent", 'app: secret "invoice-triage-erp-key" not found')
add("a secret was deleted, and nothing deployed", w, "config", "agent")

# The image moved to a private registry.
w = (
    World()
    .deploy(18 * DAY, build(1))
    .deploy(
        33, put("integrations.ocr.image", ("ghcr.io/northwind/ocr-worker:2.3.0")), put("integrations.ocr.replicas", 2)
    )
)
pull_failure(
    w,
    "integration-ocr",
    "ghcr.io/northwind/ocr-worker:2.3.0",
    (
        "failed to authorize: failed to fetch anonymous token: unexpected status from GET request to "
        "https://ghcr.io/token: 401 Unauthorized"
    ),
    32.5,
)
add("the image moved to a private registry", w, "image", "integration-ocr", 3, [".integrations.ocr.image"])

# Docker Hub limits pulls; a new tag of the same image was just deployed.
w = World().deploy(18 * DAY, build(1)).deploy(15, put("knowledge.vendors.image", "qdrant/qdrant:v1.13.4"))
pull_failure(
    w,
    "knowledge-vendors",
    "qdrant/qdrant:v1.13.4",
    (
        "toomanyrequests: You have reached your unauthenticated pull rate limit. "
        "https://www.docker.com/increase-rate-limit"
    ),
    14.6,
)
add("the registry limits pulls", w, "image", "knowledge-vendors")

# The image has no variant for the platform of the nodes.
w = (
    World()
    .deploy(18 * DAY, build(1))
    .deploy(
        90,
        put("integrations.ocr.image", ("registry.astropods.ai/northwind-ops/ocr-worker:2.4.0-arm64")),
        put("agent.replicas", 3),
    )
    .deploy(60, build(2))
)
pull_failure(
    w,
    "integration-ocr",
    "registry.astropods.ai/northwind-ops/ocr-worker:2.4.0-arm64",
    ("no matching manifest for linux/amd64 in the manifest list entries"),
    89.5,
)
add("the image has no variant for the platform", w, "image", "integration-ocr", 3, [".integrations.ocr.image"])

# The token for the registry expired; only the number of replicas changed.
w = World().deploy(18 * DAY, build(1)).deploy(19, put("agent.replicas", 5))
pull_failure(
    w,
    "agent",
    f"{REGISTRY}:7d20aa51",
    (
        "failed to authorize: failed to fetch oauth token: unexpected status from POST request to "
        "https://registry.astropods.ai/token: 401 Unauthorized"
    ),
    18.6,
)
add("the token for the registry expired", w, "image", "agent")

# A pod was evicted from a full node, and its replacement serves.
w = World().deploy(18 * DAY, build(1)).deploy(3 * DAY, build(2))
gone = w.pod_name("agent", "ev1ct")
w.event(
    "Evicted",
    (
        "The node was low on resource: ephemeral-storage. Threshold quantity: 1073741824, available: "
        "912Mi. Container app was using 48Mi, request is 0, has larger consumption of ephemeral-storage."
    ),
    gone,
    42,
    42,
)
w.event("Killing", "Stopping container app", gone, 42, 42, normal=True)
w.pod("agent", 41, app=running(), messaging=running())
w.started("agent", 41)
add("a pod was evicted, and its replacement serves", w, "none")

# Pods are evicted again and again: their scratch space is full. The cache moved there.
w = (
    World()
    .deploy(18 * DAY, build(1))
    .deploy(72, put(("agent.environment.CACHE_DIR"), "/scratch/cache"), put("agent.replicas", 3))
)
for place, at in enumerate((58, 41, 24, 6)):
    w.event(
        "Evicted",
        ('Usage of EmptyDir volume "scratch" exceeds the limit "1Gi". '),
        w.pod_name("agent", f"ev{place}aa"),
        at,
        at,
    )
w.pod(
    "agent", 5.5, phase="Failed", tail="ev4aa", app=waiting("ContainerCreating"), messaging=waiting("ContainerCreating")
)
w.failed("ProgressDeadlineExceeded", "agent", 'ReplicaSet "invoice-triage-agent-6c9f5d7b84" has timed out progressing.')
add(
    ("pods are evicted because of their scratch space"),
    w,
    "storage",
    "agent",
    3,
    [".agent.environment.CACHE_DIR"],
    or_none=True,
)

# The configuration map of a volume is missing.
w = World().deploy(18 * DAY, build(1)).deploy(7 * DAY, build(2))
name = w.pod("knowledge-vendors", 21, phase="Pending", app=waiting("ContainerCreating"))
w.event(
    "FailedMount",
    ('MountVolume.SetUp failed for volume "settings" : configmap "vendors-settings" not found'),
    name,
    20.8,
    0.9,
    17,
)
w.word, w.status = (
    "error",
    {"value": "error", "reason": "failed", "details": ("Deployment failed: 1 of 7 workloads failed")},
)
add("the configuration of a volume is missing", w, "config", "knowledge-vendors", kinds=["storage"])

# The image runs as root, which the cluster does not allow.
w = (
    World()
    .deploy(18 * DAY, build(1))
    .deploy(
        27,
        put("integrations.ocr.image", ("registry.astropods.ai/northwind-ops/ocr-worker:2.4.0")),
        put("integrations.ocr.environment.OCR_LANGS", "eng"),
    )
)
text = (
    "container has runAsNonRoot and image will run as root (pod: "
    '"invoice-triage-integration-ocr-6c9f5d7b84-x7k2p_astro-k4m2p9r7t-0(6d0f)", container: app)'
)
name = w.pod("integration-ocr", 26.7, phase="Pending", app=waiting(f"CreateContainerConfigError: {text}"))
w.event("Failed", f"Error: {text}", name, 26.4, 0.5, 120)
w.failed("CreateContainerConfigError", "integration-ocr", f"app: {text}")
add("the image runs as root", w, "config", "integration-ocr", 3, [".integrations.ocr.image"])

# A request above its own limit: the cluster refuses the objects.
w = (
    World()
    .deploy(18 * DAY, build(1))
    .deploy(4, put("agent.resources.memory", "4Gi"), put(("agent.environment.WORKERS"), "3"))
)
w.failed(
    'apply agent: Deployment.apps "invoice-triage-agent" is invalid: '
    'spec.template.spec.containers[0].resources.requests: Invalid value: "4Gi": must be less than '
    "or equal to memory limit of 2Gi"
)
add("a request above its own limit", w, "config", "agent", 3, [".agent.resources.memory"])

# More GPUs than the quota allows.
w = (
    World()
    .deploy(18 * DAY, build(1))
    .deploy(
        34, put("models.embeddings.gpu.count", 3), put(("models.embeddings.environment.VLLM_MAX_MODEL_LEN"), "16384")
    )
)
w.pod("model-embeddings", 18 * DAY, app=running())
w.event(
    "FailedCreate",
    (
        'Error creating: pods "invoice-triage-model-embeddings-7c9-abcde" is forbidden: exceeded quota: '
        "tenant-gpu, requested: requests.nvidia.com/gpu=3, used: requests.nvidia.com/gpu=2, limited: "
        "requests.nvidia.com/gpu=4"
    ),
    "invoice-triage-model-embeddings-7c9d8e0f1a",
    33.5,
    1.2,
    17,
    kind="ReplicaSet",
)
w.failed(
    "ProgressDeadlineExceeded",
    "model-embeddings",
    ('ReplicaSet "invoice-triage-model-embeddings-7c9d8e0f1a" has timed out progressing.'),
)
add("more GPUs than the quota has", w, "scheduling", "model-embeddings", 3, [".models.embeddings.gpu.count"])

# A node is drained; a budget delays it; everything serves.
w = World().deploy(18 * DAY, build(1)).deploy(26 * HOUR, build(2))
w.event(
    "EvictionBlocked",
    (
        "Cannot evict pod as it would violate the pod's disruption budget. The disruption budget "
        "invoice-triage-agent needs 2 healthy pods and has 2 currently"
    ),
    w.pod_name("agent", "dr41n"),
    9,
    2,
    14,
)
w.event(
    "NodeNotSchedulable",
    ("Node ip-10-4-1-77 status is now: NodeNotSchedulable"),
    "ip-10-4-1-77",
    10,
    10,
    kind="Node",
    normal=True,
)
add("a node is drained, and everything serves", w, "none")

# The bad revision was rolled back, and everything serves again.
w = (
    World()
    .deploy(18 * DAY, build(1))
    .deploy(50, build(2), put(("agent.environment.WORKERS"), "9"))
    .deploy(31, build(1), put("agent.environment.WORKERS", "2"))
)
bad = w.pod_name("agent", "b4d01", "77aa66bb55")
w.event("BackOff", "Back-off restarting failed container app in pod " + bad, bad, 48, 31.2, 40)
w.log(
    "agent",
    "app",
    *[(at, "error", "RuntimeError: no such queue") for at in (49, 48, 46, 43, 38, 33)],
    (30, "info", ("Application startup complete.")),
    (2, "info", "POST /triage 200"),
)
add("rolled back, and it serves again", w, "none")

# The sidecar listens on another port, so that nothing reaches it.
w = (
    World()
    .deploy(18 * DAY, build(1))
    .deploy(41, put(("interfaces.endpoints.http.port"), 8788), put("agent.environment.LOG_LEVEL", "debug"))
)
w.urls = [
    {
        "name": "messaging",
        "type": "messaging",
        "url": "https://k4m2p9r7t.astropods.app",
        "ready": False,
        "message": ("upstream connect error or disconnect/reset before headers: connection refused"),
    }
]
add("the sidecar listens on another port", w, "endpoint", "agent", 3, [".interfaces.endpoints.http.port"])

# A rollout took too long: the new pod runs but never becomes ready, and nothing says why.
w = (
    World()
    .deploy(18 * DAY, build(1))
    .deploy(19, put(("agent.healthcheck"), {"test": ["CMD", "/app/ready.sh"]}), put("agent.replicas", 3))
)
w.pod("agent", 18.5, app=running(ready=False), messaging=running())
w.failed("ProgressDeadlineExceeded", "agent", 'ReplicaSet "invoice-triage-agent-6c9f5d7b84" has timed out progressing.')
w.started("agent", 18.5)
add(
    ("the new pod never gets ready, and nobody says why"),
    w,
    "timeout",
    "agent",
    3,
    [".agent.healthcheck.*"],
    [".agent.healthcheck"],
    kinds=["probe"],
)

# The start takes four minutes because a large image is pulled.
w = World().deploy(18 * DAY, build(1)).deploy(4, put("models.drafting.image", "ollama/ollama:0.10.1-cuda"))
w.word, w.status = (
    "pending",
    {
        "value": "deploying",
        "reason": "provisioning",
        "details": "6 of 7 workloads ready",
        "waiting_on": [
            {
                "workload": ("invoice-triage-model-drafting"),
                "component": "model",
                "phase": "progressing",
                "message": "ContainerCreating",
            }
        ],
    },
)
name = w.pod("model-drafting", 3.8, phase="Pending", app=waiting("ContainerCreating"))
w.event("Pulling", 'Pulling image "ollama/ollama:0.10.1-cuda"', name, 3.7, 3.7, normal=True)
add("a large image is being pulled", w, "none", kinds=["unknown"])
