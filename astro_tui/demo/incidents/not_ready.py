"""Incidents of pods that never become ready, in the words of the cluster and the server (platform.md §8.4, §16.8)."""

from __future__ import annotations

from astro_tui.demo.entities import MINUTE, Change
from astro_tui.demo.incidents.incident import CRASHED, RECREATE, REGISTRY, Incident
from astro_tui.demo.plots import STARTING, Fate, Plot, Warned

_NOT_PULLED = ("Pending", "Waiting", False)
_PULL_AGAIN = Warned("BackOff", 'Back-off pulling image "{image}"', 20, 15)

# ---- it is not started

IMAGE_GONE = Incident(
    {
        "agent": Fate(
            *_NOT_PULLED,
            'ImagePullBackOff: Back-off pulling image "{image}"',
            steps=2,
            warnings=(
                Warned("Failed", 'Failed to pull image "{image}": {image}: not found', 4, 300),
                Warned("Failed", "Error: ErrImagePull", 4, 300),
                Warned("Failed", "Error: ImagePullBackOff", 20, 60),
                _PULL_AGAIN,
            ),
        )
    },
    'ImagePullBackOff: Back-off pulling image "{image}"',
    "Image cannot be pulled",
    "Check that the build was pushed and its tag is in the registry; deploy again.",
    'Back-off pulling image "{image}": not found',
    changes=(Change(1, "", RECREATE),),
)
BLOB_GONE = Incident(
    {
        "agent": Fate(
            *_NOT_PULLED,
            'ImagePullBackOff: Back-off pulling image "{image}"',
            steps=2,
            warnings=(
                Warned(
                    "Failed",
                    'Failed to pull image "{image}": failed to copy: httpReadSeeker: failed open: content at '
                    f"https://{REGISTRY}/v2/blobs/sha256:4c1d7e2b not found: not found",
                    0,
                    300,
                ),
                Warned("Failed", "Error: ErrImagePull", 0, 300),
                _PULL_AGAIN,
            ),
        )
    },
    IMAGE_GONE.message,
    IMAGE_GONE.title,
    IMAGE_GONE.guidance,
    IMAGE_GONE.error,
    changes=IMAGE_GONE.changes,
    after=30,
    meanwhile='Pulling image "{image}"',
    early=((0, STARTING),),
)
"""A part of an image is missing, which shows only after most of the image was pulled."""
TAG_TYPO = Incident(
    IMAGE_GONE.fates,
    IMAGE_GONE.message,
    IMAGE_GONE.title,
    IMAGE_GONE.guidance,
    IMAGE_GONE.error,
    changes=(
        Change(1, "", {"agent.image": f"{REGISTRY}/ferncliff-rail/signal-lamp:release-30", **RECREATE}),
        Change(6, "Release 31", {"agent.image": f"{REGISTRY}/ferncliff-rail/signal-lamp:relaese-31"}),
    ),
)
_REGISTRY_DOWN = (
    'failed to resolve reference "{image}": failed to do request: Head '
    f'"https://{REGISTRY}/v2/": dial tcp 203.0.113.40:443: i/o timeout'
)
REGISTRY_DOWN = Incident(
    {
        "agent": Fate(
            *_NOT_PULLED,
            'ImagePullBackOff: Back-off pulling image "{image}"',
            steps=2,
            since=35 * MINUTE,
            warnings=(
                Warned("Failed", 'Failed to pull image "{image}": ' + _REGISTRY_DOWN, 32, 300),
                Warned("Failed", "Error: ErrImagePull", 32, 300),
                Warned("BackOff", 'Back-off pulling image "{image}"', 47, 15),
            ),
        )
    },
    f"ImagePullBackOff: {_REGISTRY_DOWN}",
    "Image cannot be pulled",
    "The registry does not answer. This may recover on its own.",
    f"Failed to pull image: {_REGISTRY_DOWN}",
    changes=(Change(4, "Answer in the language of the question", {"variables.TONE.value": "short"}),),
)
NO_ROOM = Incident(
    {
        "agent": Fate(
            "Pending",
            "Waiting",
            ready=False,
            message="FailedScheduling",
            steps=0,
            warnings=(
                Warned(
                    "FailedScheduling",
                    "0/6 nodes are available: 6 Insufficient memory. preemption: 0/6 nodes are available: "
                    "6 No preemption victims found for incoming pod.",
                    1,
                    300,
                ),
            ),
        ),
        "knowledge-cases": Fate("Pending", "Waiting", ready=False, steps=0, observed=False),
        "ingestion-nightly": Fate("Suspended", observed=False),
        "ingestion-backfill": Fate("Pending"),
    },
    "FailedScheduling: 0/6 nodes are available: 6 Insufficient memory.",
    "No room on the cluster",
    "Ask for less memory or wait until another workload ends.",
    word="deploying",
    phase="pending",
    states={
        "listed": "Pending",
        "details": "Waiting for {name}-agent (FailedScheduling), {name}-knowledge-cases (not yet created) and 1 more",
    },
    also=(
        {
            "workload": "{name}-knowledge-cases",
            "component": "knowledge",
            "phase": "missing",
            "message": "not yet created",
        },
        {"workload": "collector", "component": "collector", "phase": "unknown", "reason": "GenerationLag"},
    ),
    changes=(
        Change(1, "", {"agent.replicas": 3, **RECREATE}),
        Change(1, "", {"knowledge": None}, until=2),
        Change(
            2,
            "Keep whole contracts in memory, and the cases in a store",
            {"agent.resources.memory": "96Gi", "agent.resources.memory_limit": "96Gi"},
        ),
    ),
)
VOLUME_LOST = Incident(
    {
        "knowledge-cases": Fate(
            "Pending",
            "Waiting",
            ready=False,
            message="ContainerCreating",
            steps=1,
            since=25 * MINUTE,
            warnings=(
                Warned(
                    "FailedAttachVolume",
                    'AttachVolume.Attach failed for volume "pvc-7d0c1f52": rpc error: code = NotFound desc = '
                    'Volume "vol-0d41example" not found',
                    3,
                    120,
                ),
                Warned(
                    "FailedMount",
                    "Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[data]: "
                    "timed out waiting for the condition",
                    123,
                    135,
                ),
            ),
        )
    },
    'FailedAttachVolume: Volume "vol-0d41example" not found',
    "Disk cannot be attached",
    "Restore the volume from a snapshot, or remove the claim to start with an empty disk.",
    'FailedAttachVolume: Volume "vol-0d41example" not found',
    component="knowledge-cases",
)

# ---- it starts, and is never ready

PROBE_PATH = Incident(
    {
        "agent": Fate(
            ready=False,
            message="Readiness probe has not passed yet",
            warnings=(Warned("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 404", 12, 10),),
        )
    },
    *("", "", ""),
    word="active",
    states={"reason": "ready_lag", "details": "Ready, but its pods lag behind"},
    changes=(
        Change(1, "", RECREATE),
        Change(3, "Health checks like all other agents", {"agent.healthcheck.path": "/health/ready"}),
    ),
)
_NEVER_READY = {
    "agent": Fate(
        ready=False,
        warnings=(
            Warned(
                "Unhealthy",
                'Readiness probe failed: Get "http://10.42.3.17:8081/healthz": dial tcp 10.42.3.17:8081: '
                "connect: connection refused",
                12,
                10,
            ),
        ),
        words=(("info", "serving HTTP on 0.0.0.0:8080, gRPC on 0.0.0.0:9090"),),
    )
}
PROBE_PORT = Incident(
    _NEVER_READY,
    'ProgressDeadlineExceeded: ReplicaSet "{name}-agent" has timed out progressing.',
    "Took too long",
    "Compare the port of the health check with the port that the agent listens on.",
    "Deployment exceeded its progress deadline: {name}-agent never became ready",
    changes=(
        Change(1, "", {"agent.healthcheck.port": 8080, **RECREATE}),
        Change(5, "Move the health check to its own port", {"agent.healthcheck.port": 8081}),
    ),
    after=60,
    meanwhile="Readiness probe failed",
    early=((0, Plot(_NEVER_READY)),),
)
STUCK_ROLLOUT = Incident(
    {
        "agent": Fate(
            *CRASHED,
            run=9,
            beside=True,
            words=(
                ("info", "starting refund rules 4.0"),
                ("fatal", "ConfigError: REFUND_LIMIT is 'none', and must be a whole number"),
            ),
        )
    },
    'ProgressDeadlineExceeded: ReplicaSet "{name}-agent" has timed out progressing.',
    "Took too long",
    "The previous revision still serves. Read the log of the new pod.",
    "Deployment exceeded its progress deadline: 1 old replica is pending termination",
    changes=(
        Change(1, "", {"variables.REFUND_LIMIT": {"value": "500", "targets": ["agent"]}}),
        Change(7, "No limit for refunds", {"variables.REFUND_LIMIT.value": "none"}),
    ),
)
