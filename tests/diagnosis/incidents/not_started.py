"""Incidents whose containers never start: image, config, scheduling, storage."""

from __future__ import annotations

from diagnosis.incidents.scene import DAY, Incident, Scene, agent_spec, changed, incident, large_spec

AGENT = "tide-notes-agent"
GOOD = agent_spec()
LARGE = large_spec()


def image_typo() -> Incident:
    bad = changed(GOOD, "agent/image", "registry.test/harborline/tide-nots:4be19c07")
    scene = Scene([(3 * DAY, GOOD), (12, bad)])
    pod = scene.pod(AGENT)
    image = bad["agent"]["image"]
    scene.failed(
        "1 of 2 workloads failed", scene.issue(AGENT, message="ImagePullBackOff", title="Image cannot be pulled")
    )
    scene.container(AGENT, "Waiting", f'ImagePullBackOff: Back-off pulling image "{image}"')
    scene.normal("Scheduled", f"Successfully assigned ns/{pod} to node-1", pod, 12, 12)
    scene.event(
        "Failed",
        f'Failed to pull image "{image}": rpc error: code = NotFound desc = failed to pull and unpack image "{image}": '
        f'failed to resolve reference "{image}": {image}: not found',
        pod,
        11.8,
        3,
        6,
        severity="stuck",
    )
    scene.event("Failed", "Error: ErrImagePull", pod, 11.8, 3, 6, severity="stuck")
    scene.event("BackOff", f'Back-off pulling image "{image}"', pod, 11.5, 0.2, 48, severity="stuck")
    return incident("image typo", scene, "image", AGENT, 18, [".agent.image"], "explained", "app")


def old_pod_still_serves() -> Incident:
    bad = changed(GOOD, "agent/image", "registry.test/harborline/tide-notes:7d20aa5l")
    scene = Scene([(3 * DAY, GOOD), (25, bad)])
    scene.failed(
        "1 of 2 workloads failed", scene.issue(AGENT, message="ProgressDeadlineExceeded", title="Took too long")
    )
    scene.observed(AGENT)["pod_name"] = scene.pod(AGENT, 17)
    scene.observed(AGENT)["age"] = "3d"
    pod = scene.pod(AGENT)
    scene.event(
        "Failed",
        'Failed to pull image "registry.test/harborline/tide-notes:7d20aa5l": Error response from daemon: manifest for '
        "registry.test/harborline/tide-notes:7d20aa5l not found: manifest unknown: manifest unknown",
        pod,
        24,
        2,
        9,
    )
    scene.event("Failed", "Error: ImagePullBackOff", pod, 24, 1, 90)
    return incident("old pod still serves", scene, "image", AGENT, 18, [".agent.image"])


def registry_down() -> Incident:
    scene = Scene([(20 * DAY, GOOD), (6 * DAY, changed(GOOD, "agent/environment/CACHE_TTL", "600"))])
    pod = scene.pod(AGENT)
    image = GOOD["agent"]["image"]
    scene.failed("1 of 2 workloads failed", scene.issue(AGENT, message="ErrImagePull"))
    scene.container(AGENT, "Waiting", "ErrImagePull", age=14)
    scene.normal("Scheduled", f"Successfully assigned ns/{pod} to node-4", pod, 14, 14)
    scene.event(
        "Failed",
        f'Failed to pull image "{image}": failed to do request: Head "https://registry.test/v2/harborline/tide-notes/'
        'manifests/4be19c07": dial tcp 10.4.0.9:443: i/o timeout',
        pod,
        13,
        1,
        5,
    )
    scene.event("BackOff", f'Back-off pulling image "{image}"', pod, 12, 0.5, 40)
    return incident("registry down", scene, "image", AGENT, None, (), "unchanged")


def registry_down_after_harmless() -> Incident:
    renamed = changed(GOOD, "target/display_name", "Tide Notes EU")
    scene = Scene([(20 * DAY, GOOD), (15, renamed)])
    pod = scene.pod(AGENT)
    image = GOOD["agent"]["image"]
    scene.failed("1 of 2 workloads failed", scene.issue(AGENT, message="ErrImagePull"))
    scene.container(AGENT, "Waiting", "ErrImagePull", age=14)
    scene.event(
        "Failed",
        f'Failed to pull image "{image}": rpc error: code = Unknown desc = failed to pull and unpack image: unexpected '
        "status from HEAD request to https://registry.test/v2/harborline/tide-notes/manifests/4be19c07: "
        "503 Service Unavailable",
        pod,
        14,
        1,
        5,
    )
    return incident("registry 503 after a rename", scene, "image", AGENT, None, (), "unrelated")


def registry_credentials() -> Incident:
    scene = Scene([(9 * DAY, GOOD)])
    pod = scene.pod(AGENT)
    scene.failed("1 of 2 workloads failed")
    scene.container(AGENT, "Waiting", "ImagePullBackOff", age=30)
    scene.event(
        "Failed",
        'Failed to pull image "registry.test/harborline/tide-notes:4be19c07": failed to authorize: failed to fetch '
        "oauth token: unexpected status from GET request to https://registry.test/token?scope=pull: 401 Unauthorized",
        pod,
        29,
        1,
        12,
    )
    return incident("registry refuses the login", scene, "image", AGENT, None)


def invalid_image_name() -> Incident:
    bad = changed(GOOD, "interfaces/image", "registry.test/platform/messaging:1.14.0 ")
    scene = Scene([(2 * DAY, GOOD), (8, bad)])
    pod = scene.pod(AGENT)
    scene.failed("1 of 2 workloads failed", scene.issue(AGENT, message="InvalidImageName"))
    scene.container(AGENT, "Waiting", "InvalidImageName", name="messaging", restarts=0)
    scene.observed(AGENT)["containers"][0] |= {"state": "Running", "ready": True}
    scene.observed(AGENT)["containers"][0].pop("message", None)
    scene.event(
        "InspectFailed",
        'Failed to apply default image tag "registry.test/platform/messaging:1.14.0 ": couldn\'t parse image name '
        '"registry.test/platform/messaging:1.14.0 ": invalid reference format',
        pod,
        8,
        0.3,
        40,
    )
    scene.event("Failed", "Error: InvalidImageName", pod, 8, 0.3, 40)
    return incident(
        "invalid image name of the sidecar", scene, "image", AGENT, 18, [".interfaces.image"], container="messaging"
    )


def moving_image_failure() -> Incident:
    """A rollout that cannot proceed, seen before the server calls it failed."""
    bad = changed(GOOD, "agent/image", "registry.test/harborline/tide-notes:latset")
    scene = Scene([(2 * DAY, GOOD), (3, bad)])
    scene.deploying(scene.issue(AGENT, "progressing", "ErrImagePull"))
    scene.container(AGENT, "Waiting", "ErrImagePull")
    scene.event(
        "Failed",
        'Failed to pull image "registry.test/harborline/tide-notes:latset": not found',
        scene.pod(AGENT),
        2.8,
        0.5,
        4,
    )
    return incident("image failure while deploying", scene, "image", AGENT, 18, [".agent.image"])


def secret_missing() -> Incident:
    good = changed(LARGE, "variables/BILLING_KEY", {"ref": "BILLING", "targets": ["agent"], "secret": True})
    bad = changed(good, "variables/BILLING_KEY/ref", "BILLING_EU")
    bad = changed(bad, "agent/replicas", 2)
    scene = Scene([(4 * DAY, good), (20, bad)])
    pod = scene.pod(AGENT)
    scene.failed("1 of 6 workloads failed", scene.issue(AGENT, message="CreateContainerConfigError"))
    scene.container(AGENT, "Waiting", 'CreateContainerConfigError: secret "billing-eu" not found')
    scene.event("Failed", 'Error: secret "billing-eu" not found', pod, 19.5, 0.4, 88)
    return incident("secret missing", scene, "config", AGENT, 18, [".variables.BILLING_KEY.ref"])


def key_not_in_secret() -> Incident:
    bad = changed(GOOD, "variables/STRIPE_KEY", {"targets": ["agent"], "secret": True})
    scene = Scene([(DAY, GOOD), (31, bad)])
    pod = scene.pod(AGENT)
    scene.failed("1 of 2 workloads failed")
    scene.container(AGENT, "Waiting", "CreateContainerConfigError")
    scene.event("Failed", "Error: couldn't find key STRIPE_KEY in Secret ns/tide-notes-env", pod, 30, 0.5, 130)
    return incident("key not in the secret", scene, "config", AGENT, 18, [".variables.STRIPE_KEY"])


def config_map_mount() -> Incident:
    bad = changed(LARGE, "integrations/ocr/volume", "/etc/ocr")
    scene = Scene([(4 * DAY, LARGE), (15, bad)])
    workload = "tide-notes-integration-ocr"
    pod = scene.pod(workload)
    scene.failed("1 of 6 workloads failed", scene.issue(workload, message="ContainerCreating"))
    scene.container(workload, "Waiting", "ContainerCreating")
    scene.event(
        "FailedMount",
        'MountVolume.SetUp failed for volume "ocr-config" : configmap "ocr-config" not found',
        pod,
        14.6,
        0.9,
        14,
        severity="transient",
    )
    return incident("config map missing", scene, "config", workload, 18, [".integrations.ocr.volume"])


def bad_command() -> Incident:
    good = changed(GOOD, "agent/command", ["uvicorn", "app:api"])
    bad = changed(good, "agent/command", ["uvicron", "app:api"])
    bad = changed(bad, "agent/environment/CACHE_TTL", "120")
    scene = Scene([(4 * DAY, good), (17, bad)])
    pod = scene.pod(AGENT)
    text = (
        "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: "
        'unable to start container process: exec: "uvicron": executable file not found in $PATH: unknown'
    )
    scene.failed("1 of 2 workloads failed", scene.issue(AGENT, message="CrashLoopBackOff"))
    scene.container(AGENT, "Waiting", "CrashLoopBackOff: StartError, exit code 128", restarts=8)
    scene.event("Failed", f"Error: {text}", pod, 16.8, 2, 9)
    scene.event(
        "BackOff",
        f"Back-off restarting failed container app in pod {pod}_ns(3f0c-11)",
        pod,
        16,
        0.5,
        70,
        severity="stuck",
    )
    return incident("bad command", scene, "config", AGENT, 18, [".agent.command"])


def command_lost_with_the_image() -> Incident:
    bad = changed(GOOD, "agent/image", "registry.test/harborline/tide-notes:99aa00bb")
    scene = Scene([(4 * DAY, GOOD), (9, bad)])
    pod = scene.pod(AGENT)
    scene.failed("1 of 2 workloads failed")
    scene.container(AGENT, "Waiting", "RunContainerError", restarts=3)
    scene.event(
        "Failed",
        'Error: failed to start container "app": Error response from daemon: failed to create task for container: '
        'runc create failed: unable to start container process: exec: "/srv/start.sh": stat /srv/start.sh: no such '
        "file or directory: unknown",
        pod,
        8.9,
        1,
        6,
    )
    return incident("the new image lacks the command", scene, "config", AGENT, 18, [".agent.image"])


def no_room() -> Incident:
    bad = changed(LARGE, "models/drafting/resources/memory", "64Gi")
    bad = changed(bad, "models/drafting/resources/memory_limit", "64Gi")
    scene = Scene([(4 * DAY, LARGE), (22, bad)])
    workload = "tide-notes-model-drafting"
    scene.deploying(scene.issue(workload, "pending", "FailedScheduling", title="No room on the cluster"))
    scene.container(workload, "Waiting", "")
    scene.event(
        "FailedScheduling",
        "0/6 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/unreachable: }, 5 Insufficient "
        "memory. preemption: 0/6 nodes are available: 1 Preemption is not helpful for scheduling, 5 No preemption "
        "victims found for incoming pod.",
        scene.pod(workload),
        22,
        1,
        9,
        severity="stuck",
    )
    return incident("no room for more memory", scene, "scheduling", workload, 18, [".models.drafting.resources.memory"])


def no_gpu() -> Incident:
    bad = changed(LARGE, "models/drafting/gpu/count", 4)
    scene = Scene([(4 * DAY, LARGE), (35, bad)])
    workload = "tide-notes-model-drafting"
    scene.failed("1 of 6 workloads failed", scene.issue(workload, message="ProgressDeadlineExceeded"))
    scene.container(workload, "Waiting", "")
    scene.event(
        "FailedScheduling", "0/3 nodes are available: 3 Insufficient nvidia.com/gpu.", scene.pod(workload), 34.9, 2, 8
    )
    scene.event(
        "NotTriggerScaleUp",
        "pod didn't trigger scale-up: 2 max node group size reached",
        scene.pod(workload),
        34,
        2,
        20,
        type="Normal",
    )
    return incident("not enough GPUs", scene, "scheduling", workload, 18, [".models.drafting.gpu.count"])


def node_lost() -> Incident:
    """The cluster shrank; nothing was deployed."""
    scene = Scene([(12 * DAY, GOOD), (5 * DAY, changed(GOOD, "agent/resources/cpu", "4"))])
    scene.failed("1 of 2 workloads failed", scene.issue(AGENT, "pending", "FailedScheduling"))
    scene.container(AGENT, "Waiting", "", age=40)
    scene.event(
        "FailedScheduling",
        "0/2 nodes are available: 2 Insufficient cpu. no new claims to deallocate",
        scene.pod(AGENT),
        40,
        4,
        10,
    )
    return incident("no room after a node was lost", scene, "scheduling", AGENT, None, (), "unchanged")


def volume_lost() -> Incident:
    scene = Scene([(12 * DAY, LARGE), (3 * DAY, changed(LARGE, "agent/replicas", 2))])
    workload = "tide-notes-knowledge-cases"
    scene.failed("1 of 6 workloads failed", scene.issue(workload, "pending", "FailedScheduling"))
    scene.container(workload, "Waiting", "", age=26)
    scene.event(
        "FailedScheduling",
        "0/6 nodes are available: 2 Insufficient memory, 4 node(s) had volume node affinity conflict. preemption: 0/6 "
        "nodes are available: 6 Preemption is not helpful for scheduling.",
        "tide-notes-knowledge-cases-0",
        26,
        1,
        7,
    )
    return incident("volume in another zone", scene, "storage", workload, None, (), "unchanged")


def claim_not_found() -> Incident:
    good = changed(GOOD, "agent/replicas", 1)
    bad = changed(good, "agent/volume", "/data")
    bad = changed(bad, "agent/storage", {"size": "20Gi", "class": "fast-ssd", "access_mode": "ReadWriteOnce"})
    scene = Scene([(3 * DAY, good), (33, bad)])
    scene.deploying(scene.issue(AGENT, "pending", "not ready"))
    scene.container(AGENT, "Waiting", "")
    scene.event(
        "ProvisioningFailed",
        'storageclass.storage.k8s.io "fast-ssd" not found',
        "data-tide-notes-agent-0",
        33,
        0.5,
        130,
        kind="PersistentVolumeClaim",
    )
    scene.event(
        "FailedScheduling",
        "0/6 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: 0/6 "
        "nodes are available",
        "tide-notes-agent-0",
        33,
        3,
        8,
    )
    return incident("storage class does not exist", scene, "storage", AGENT, 18, [".agent.storage"])


def multi_attach() -> Incident:
    scene = Scene([(40 * DAY, LARGE)])
    workload = "tide-notes-knowledge-policies"
    scene.failed("1 of 6 workloads failed", scene.issue(workload, message="ContainerCreating"))
    scene.container(workload, "Waiting", "ContainerCreating", age=19)
    pod = scene.pod(workload)
    scene.normal("Scheduled", f"Successfully assigned ns/{pod} to node-5", pod, 19, 19)
    scene.event(
        "FailedAttachVolume",
        'Multi-Attach error for volume "pvc-71c2" Volume is already exclusively attached to one node and can\'t be '
        "attached to another",
        pod,
        19,
        19,
        1,
        severity="transient",
    )
    scene.event(
        "FailedMount",
        "Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[data]: timed out waiting for "
        "the condition",
        pod,
        17,
        2,
        6,
        severity="transient",
    )
    return incident("volume attached elsewhere", scene, "storage", workload, None)


def dependency_first() -> Incident:
    bad = changed(LARGE, "knowledge/cases/image", "postgres:71")
    bad = changed(bad, "agent/environment/CACHE_TTL", "60")
    scene = Scene([(6 * DAY, LARGE), (18, bad)])
    workload = "tide-notes-knowledge-cases"
    scene.failed("2 of 6 workloads failed", scene.issue(AGENT, message="CrashLoopBackOff"), scene.issue(workload))
    scene.container(AGENT, "Waiting", "CrashLoopBackOff: Error, exit code 1", restarts=7)
    scene.container(workload, "Waiting", "ImagePullBackOff")
    scene.event(
        "Failed",
        'Failed to pull image "postgres:71": docker.io/library/postgres:71: not found',
        f"{workload}-0",
        17.2,
        2,
        8,
    )
    scene.event("BackOff", "Back-off restarting failed container app in pod x", scene.pod(AGENT), 17.6, 0.5, 60)
    scene.log(
        AGENT,
        *[
            (minutes, "error", "psycopg.OperationalError: connection to server at tide-notes-knowledge-cases failed")
            for minutes in (17.7, 17, 15, 12, 8, 3)
        ],
    )
    return incident("a dependency fails first", scene, "image", workload, 18, [".knowledge.cases.image"])


def new_workload() -> Incident:
    bad = changed(
        LARGE,
        "integrations/fraud",
        {
            "image": "registry.test/harborline/fraud:1.0",
            "replicas": 1,
            "endpoints": {"http": {"port": 7200}},
            "resources": {"cpu": "32", "memory": "512Mi"},
        },
    )
    scene = Scene([(6 * DAY, LARGE), (6, bad)])
    workload = "tide-notes-integration-fraud"
    scene.deploying(scene.issue(workload, "pending", "FailedScheduling"))
    scene.container(workload, "Waiting", "")
    scene.event("FailedScheduling", "0/6 nodes are available: 6 Insufficient cpu.", scene.pod(workload), 6, 1, 5)
    return incident("a new workload finds no room", scene, "scheduling", workload, 18, [".integrations.fraud"])


def quota() -> Incident:
    bad = changed(GOOD, "agent/replicas", 12)
    scene = Scene([(6 * DAY, GOOD), (13, bad)])
    scene.deploying(scene.issue(AGENT, "progressing", "8 of 12 replicas"))
    scene.event(
        "FailedCreate",
        'Error creating: pods "tide-notes-agent-6d5f0018b9-zz1x2" is forbidden: exceeded quota: compute, requested: '
        "requests.memory=1Gi, used: requests.memory=8Gi, limited: requests.memory=8Gi",
        "tide-notes-agent-6d5f0018b9",
        13,
        1,
        17,
        kind="ReplicaSet",
    )
    return incident("quota exceeded", scene, "scheduling", AGENT, 18, [".agent.replicas"])


INCIDENTS = [
    image_typo(),
    old_pod_still_serves(),
    registry_down(),
    registry_down_after_harmless(),
    registry_credentials(),
    invalid_image_name(),
    moving_image_failure(),
    secret_missing(),
    key_not_in_secret(),
    config_map_mount(),
    bad_command(),
    command_lost_with_the_image(),
    no_room(),
    no_gpu(),
    node_lost(),
    volume_lost(),
    claim_not_found(),
    multi_attach(),
    dependency_first(),
    new_workload(),
    quota(),
]
