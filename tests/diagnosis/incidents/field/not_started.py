"""Containers that never started: images, configuration, scheduling, and storage."""

from __future__ import annotations

from diagnosis.incidents.field.documents import build, put
from diagnosis.incidents.field.world import DAY, HOUR, Expected, World, running, waiting

FOUND: list[Expected] = []


def add(*args: object, **more: object) -> None:
    FOUND.append(Expected(*args, **more))  # type: ignore[arg-type]


RENAMED = put("target.display_name", "Invoices (EU)")
REGISTRY = "registry.astropods.ai/northwind-ops/invoice-triage"

# A tag that does not exist; the old pod serves, and a rename followed.
w = World().deploy(33 * DAY, build(1)).deploy(8 * DAY, build(2))
w.deploy(75, put("agent.image", f"{REGISTRY}:c1f00a92-hotfix"), put("agent.replicas", 3)).deploy(20, RENAMED)
w.pod("agent", 8 * DAY, app=running(), messaging=running())
new = w.pod_name("agent", "m2c8w", "5fd97b6c4d")
failure = (
    f'Failed to pull image "{REGISTRY}:c1f00a92-hotfix": rpc error: code = NotFound desc = failed to '
    f'pull and unpack image "{REGISTRY}:c1f00a92-hotfix": failed to resolve reference '
    f'"{REGISTRY}:c1f00a92-hotfix": {REGISTRY}:c1f00a92-hotfix: not found'
)
w.event("Failed", failure, new, 74.5, 1, 16, severity="stuck", title="Action required: Image pull failed")
w.event("Failed", "Error: ImagePullBackOff", new, 74, 0.2, 310)
w.event("BackOff", f'Back-off pulling image "{REGISTRY}:c1f00a92-hotfix"', new, 74, 0.2, 310, severity="transient")
w.failed("ImagePullBackOff", "agent", f'app: Back-off pulling image "{REGISTRY}:c1f00a92-hotfix"')
add("a tag that does not exist, the old pod serves", w, "image", "agent", 4, [".agent.image"])

# The registry does not respond; a node was replaced, three days after the last change.
w = World().deploy(50 * DAY, build(1)).deploy(3 * DAY, build(2), put("agent.replicas", 3))
name = w.pod(
    "agent",
    18,
    phase="Pending",
    app=waiting(f'Back-off pulling image "{REGISTRY}:c1f00a92"'),
    messaging=waiting("ContainerCreating"),
)
down = (
    f'Failed to pull image "{REGISTRY}:c1f00a92": rpc error: code = Unknown desc = failed to resolve '
    "reference: failed to do request: Head "
    '"https://registry.astropods.ai/v2/northwind-ops/invoice-triage/manifests/c1f00a92": dial tcp '
    "203.0.113.7:443: i/o timeout"
)
w.event("Failed", down, name, 17, 1, 5, severity="stuck")
w.event("NodeNotReady", "Node is not ready", w.pod_name("agent", "old1a"), 20, 20)
w.event(
    "TaintManagerEviction",
    "Marking for deletion Pod astro-k4m2p9r7t-0/invoice-triage-agent-6c9f5d7b84-old1a",
    w.pod_name("agent", "old1a"),
    19,
    19,
    normal=True,
)
w.failed("ImagePullBackOff", "agent", f'app: Back-off pulling image "{REGISTRY}:c1f00a92"')
add("the registry does not answer, long after the last change", w, "image", "agent")

# The registry is down right when a revision without another image was deployed.
w = World().deploy(50 * DAY, build(1)).deploy(16, put("agent.environment.LOG_LEVEL", "debug"), put("agent.replicas", 4))
name = w.pod(
    "agent",
    15.8,
    phase="Pending",
    app=waiting(
        "ErrImagePull: failed to pull and unpack image: unexpected status from HEAD request to "
        "https://registry.astropods.ai/v2/northwind-ops/invoice-triage/manifests/7d20aa51: 503 Service "
        "Unavailable"
    ),
    messaging=running(),
)
w.event(
    "Failed",
    f'Failed to pull image "{REGISTRY}:7d20aa51": unexpected status from HEAD request: 503 Service Unavailable',
    name,
    15.5,
    0.5,
    6,
    severity="stuck",
)
w.failed("ErrImagePull", "agent", "app: 503 Service Unavailable")
add("the registry is down during a deploy that changed no image", w, "image", "agent")

# A variable refers to a variable of the account that does not exist.
w = (
    World()
    .deploy(19 * DAY, build(1))
    .deploy(
        55,
        put("variables.STRIPE_KEY", {"ref": "STRIPE_LIVE", "targets": ["agent"], "secret": True}),
        put("models.drafting.replicas", 2),
        build(2),
    )
)
text = "couldn't find key STRIPE_KEY in Secret astro-k4m2p9r7t-0/invoice-triage-agent-env"
name = w.pod("agent", 54.5, phase="Pending", app=waiting(text), messaging=running())
w.event("Failed", f"Error: {text}", name, 54, 0.5, 250)
w.failed("CreateContainerConfigError", "agent", f"app: {text}")
add("a variable was added that has no secret", w, "config", "agent", 3, [".variables.STRIPE_KEY*"])

# An invalid schedule: the objects are refused while they are created.
w = (
    World()
    .deploy(19 * DAY, build(1))
    .deploy(7, put("ingestion.nightly.trigger.schedule", "61 2 * * *"), put("agent.replicas", 3))
)
w.failed(
    'apply ingestion-nightly: CronJob.batch "invoice-triage-ingestion-nightly" is invalid: '
    'spec.schedule: Invalid value: "61 2 * * *": end of range (61) above maximum (59): 61'
)
add(
    "a schedule that does not exist",
    w,
    "config",
    "ingestion-nightly",
    3,
    [".ingestion.nightly.trigger.schedule"],
    kinds=["job"],
)

# More GPUs than any node has.
w = (
    World()
    .deploy(25 * DAY, build(1))
    .deploy(2 * DAY, build(2))
    .deploy(
        30, put("models.drafting.gpu.count", 4), put("models.drafting.model", "qwen3:14b-q8"), put("agent.replicas", 3)
    )
)
name = w.pod("model-drafting", 29.5, phase="Pending")
w.event(
    "FailedScheduling",
    (
        "0/6 nodes are available: 2 Insufficient nvidia.com/gpu, 4 node(s) didn't match Pod's node "
        "affinity/selector. preemption: 0/6 nodes are available: 2 No preemption victims found for "
        "incoming pod, 4 Preemption is not helpful for scheduling."
    ),
    name,
    29.4,
    0.5,
    7,
    severity="stuck",
)
w.failed(
    "Unschedulable",
    "model-drafting",
    "0/6 nodes are available: 2 Insufficient nvidia.com/gpu, 4 node(s) didn't match Pod's node affinity/selector.",
)
add("more GPUs than a node has", w, "scheduling", "model-drafting", 4, [".models.drafting.gpu.count"])

# A node was lost; the memory was raised long before and fit.
w = (
    World()
    .deploy(25 * DAY, build(1))
    .deploy(40 * HOUR, put("agent.resources.memory", "6Gi"), put("agent.resources.memory_limit", "8Gi"))
)
name = w.pod("agent", 33, phase="Pending")
w.event(
    "FailedScheduling",
    (
        "0/5 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/unreachable: }, 4 "
        "Insufficient memory. preemption: 0/5 nodes are available."
    ),
    name,
    32.8,
    2,
    8,
    severity="stuck",
)
w.event("NodeNotReady", "Node is not ready", w.pod_name("agent", "old1a"), 38, 38)
w.failed(
    "Unschedulable",
    "agent",
    (
        "0/5 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/unreachable: }, 4 "
        "Insufficient memory."
    ),
)
add("a node was lost and nothing else has room", w, "scheduling", "agent")

# The quota of the namespace is full since more replicas are wanted.
w = (
    World()
    .deploy(25 * DAY, build(1))
    .deploy(26, put("agent.replicas", 8), RENAMED, put("agent.environment.LOG_LEVEL", "warn"))
)
w.pod("agent", 25 * DAY, app=running(), messaging=running())
w.event(
    "FailedCreate",
    (
        'Error creating: pods "invoice-triage-agent-6c9f5d7b84-tr8xw" is forbidden: exceeded quota: '
        "tenant-compute, requested: limits.memory=2Gi, used: limits.memory=15Gi, limited: "
        "limits.memory=16Gi"
    ),
    "invoice-triage-agent-6c9f5d7b84",
    25.5,
    1,
    18,
    kind="ReplicaSet",
)
w.failed("ProgressDeadlineExceeded", "agent", 'ReplicaSet "invoice-triage-agent-6c9f5d7b84" has timed out progressing.')
add("the quota has no room for more replicas", w, "scheduling", "agent", 3, [".agent.replicas"])

# A storage class that the cluster does not have.
w = (
    World()
    .deploy(25 * DAY, build(1))
    .deploy(
        90,
        put("knowledge.vendors.storage.class", "fast-ssd"),
        put("knowledge.vendors.image", "qdrant/qdrant:v1.14.0"),
        build(2),
    )
)
name = w.pod("knowledge-vendors", 89.5, phase="Pending")
w.event(
    "ProvisioningFailed",
    'storageclass.storage.k8s.io "fast-ssd" not found',
    "data-invoice-triage-knowledge-vendors-0",
    89,
    1,
    300,
    kind="PersistentVolumeClaim",
)
w.event(
    "FailedScheduling",
    (
        "0/6 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: 0/6 "
        "nodes are available: 6 Preemption is not helpful for scheduling."
    ),
    name,
    89,
    1,
    19,
    severity="stuck",
)
w.failed(
    "Unschedulable", "knowledge-vendors", "0/6 nodes are available: pod has unbound immediate PersistentVolumeClaims."
)
add("a storage class that does not exist", w, "storage", "knowledge-vendors", 3, [".knowledge.vendors.storage.class"])

# A disk is still attached to a node that is gone.
w = World().deploy(25 * DAY, build(1)).deploy(5 * DAY, put("knowledge.ledger.storage.size", "40Gi"))
name = w.pod("knowledge-ledger", 14, phase="Pending", app=waiting("ContainerCreating"))
w.event(
    "FailedAttachVolume",
    (
        'Multi-Attach error for volume "pvc-0b1f3a52" Volume is already exclusively attached to one '
        "node and can't be attached to another"
    ),
    name,
    13.5,
    13.5,
    1,
    severity="transient",
)
w.event(
    "FailedMount",
    (
        "Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[], failed to "
        "process volumes=[]: timed out waiting for the condition"
    ),
    name,
    11,
    0.6,
    5,
    severity="transient",
)
w.status = {
    "value": "error",
    "reason": "failed",
    "details": "Deployment failed: 1 of 7 workloads failed",
    "failed_on": [{"workload": "invoice-triage-knowledge-ledger", "component": "knowledge", "phase": "pending"}],
}
w.word = "error"
add("a disk hangs on a lost node", w, "storage", "knowledge-ledger")

# The disk is full; the last change is a week old.
w = World().deploy(25 * DAY, build(1)).deploy(7 * DAY, put("knowledge.ledger.image", "postgres:16.10"))
w.crash_loop(
    "knowledge-ledger",
    3 * HOUR,
    ("fatal", 'PANIC:  could not write to file "pg_wal/xlogtemp.29": No space left on device'),
    ("", "LOG:  startup process (PID 29) was terminated by signal 6: Aborted"),
    restarts=35,
)
w.pods["knowledge-ledger"] |= {"age": "7d", "storage_used_bytes": 21474836480, "storage_capacity_bytes": 21474836480}
w.alerts.append(
    {
        "name": "disk-full",
        "title": "Disk almost full",
        "description": "The disk is 100 % full",
        "severity": "error",
        "state": "firing",
        "activeSince": "2026-11-25T10:02:00Z",
    }
)
add("the disk of the database is full", w, "storage", "knowledge-ledger", kinds=["crash"])
