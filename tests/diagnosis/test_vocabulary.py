"""What the words of the cluster mean. The texts are those that kubelet, scheduler, controllers, and runtimes write."""

from __future__ import annotations

import pytest

from astro_tui.diagnosis.result import Kind, Rank
from astro_tui.diagnosis.words import exit_code, meaning


@pytest.mark.parametrize(
    ("reason", "text", "kind", "rank"),
    [
        # Images, by the kubelet.
        ("Failed", 'Failed to pull image "a/b:c": rpc error: code = NotFound desc = not found', "image", Rank.EXACT),
        ("Failed", "Error: ErrImagePull", "image", Rank.EXACT),
        ("BackOff", 'Back-off pulling image "a/b:c"', "image", Rank.EXACT),
        ("ErrImageNeverPull", 'Container image "a" is not present with pull policy of Never', "image", Rank.EXACT),
        (
            "InspectFailed",
            'Failed to apply default image tag "A/b": couldn\'t parse image name "A/b"',
            "image",
            Rank.EXACT,
        ),
        ("Failed", 'Failed to pull image "a": rpc error: code = DeadlineExceeded desc = context', "image", Rank.EXACT),
        # Starting, by the kubelet.
        ("Failed", 'Error: secret "db" not found', "config", Rank.EXACT),
        ("Failed", 'Error: configmap "settings" not found', "config", Rank.EXACT),
        ("Failed", "Error: couldn't find key PORT in ConfigMap ns/settings", "config", Rank.EXACT),
        ("Failed", "Error: container has runAsNonRoot and image will run as root", "config", Rank.EXACT),
        ("", "CreateContainerConfigError", "config", Rank.EXACT),
        ("", "RunContainerError", "config", Rank.EXACT),
        ("", "CrashLoopBackOff: StartError, exit code 128", "config", Rank.EXACT),
        ("", 'ContainerCannotRun: exec: "serve": executable file not found in $PATH', "config", Rank.EXACT),
        ("FailedMount", 'MountVolume.SetUp failed for volume "c" : configmap "c" not found', "config", Rank.EXACT),
        ("FailedMount", 'MountVolume.SetUp failed for volume "s" : secret "s" not found', "config", Rank.EXACT),
        # Volumes.
        (
            "FailedMount",
            "Unable to attach or mount volumes: timed out waiting for the condition",
            "storage",
            Rank.EXACT,
        ),
        ("FailedAttachVolume", 'Multi-Attach error for volume "pvc-1"', "storage", Rank.EXACT),
        ("ProvisioningFailed", 'storageclass.storage.k8s.io "fast" not found', "storage", Rank.EXACT),
        (
            "FailedScheduling",
            "0/3 nodes are available: 3 node(s) had volume node affinity conflict.",
            "storage",
            Rank.EXACT,
        ),
        ("FailedScheduling", 'persistentvolumeclaim "data-x-0" not found', "storage", Rank.EXACT),
        ("FailedScheduling", "pod has unbound immediate PersistentVolumeClaims", "storage", Rank.EXACT),
        ("FailedScheduling", "0/3 nodes are available: 3 node(s) exceed max volume count.", "storage", Rank.EXACT),
        (
            "Evicted",
            "Pod ephemeral local storage usage exceeds the total limit of containers 1Gi.",
            "storage",
            Rank.EXACT,
        ),
        # The scheduler.
        ("FailedScheduling", "0/3 nodes are available: 3 Insufficient cpu.", "scheduling", Rank.EXACT),
        ("FailedScheduling", "0/3 nodes are available: 3 Insufficient memory.", "scheduling", Rank.EXACT),
        ("FailedScheduling", "0/3 nodes are available: 3 Insufficient ephemeral-storage.", "scheduling", Rank.EXACT),
        (
            "FailedScheduling",
            "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.",
            "scheduling",
            Rank.EXACT,
        ),
        ("FailedScheduling", "no nodes available to schedule pods", "scheduling", Rank.EXACT),
        (
            "OutOfmemory",
            "Node didn't have enough resource: memory, requested: 9, used: 1, capacity: 2",
            "scheduling",
            Rank.EXACT,
        ),
        ("OutOfcpu", "Node didn't have enough resource: cpu", "scheduling", Rank.EXACT),
        ("FailedCreate", 'pods "x" is forbidden: exceeded quota: compute', "scheduling", Rank.EXACT),
        # Ends.
        ("", "OOMKilled", "memory", Rank.EXACT),
        ("", "CrashLoopBackOff: OOMKilled, exit code 137", "memory", Rank.EXACT),
        ("OOMKilling", "Memory cgroup out of memory: Killed process 4711 (python)", "memory", Rank.EXACT),
        ("Evicted", "The node was low on resource: memory. Container app was using 2Gi", "memory", Rank.EXACT),
        ("", "CrashLoopBackOff: Error, exit code 1", "crash", Rank.EXIT),
        ("", "terminated with exit code 139", "crash", Rank.EXIT),
        ("", "CrashLoopBackOff: Error, exit code 137", "crash", Rank.LOOP),
        ("", "Completed, exit code 0", "crash", Rank.LOOP),
        ("", "CrashLoopBackOff", "crash", Rank.LOOP),
        ("BackOff", "Back-off restarting failed container app in pod x_ns(1)", "crash", Rank.LOOP),
        ("Killing", "Container app failed liveness probe, will be restarted", "probe", Rank.KILLED),
        ("", "Startup probe failed: connection refused", "probe", Rank.KILLED),
        ("", "Readiness probe has not passed yet", "probe", Rank.UNREADY),
        # Controllers.
        ("BackoffLimitExceeded", "Job has reached the specified backoff limit", "job", Rank.EXIT),
        ("DeadlineExceeded", "Job was active longer than specified deadline", "job", Rank.EXIT),
        ("ProgressDeadlineExceeded", 'ReplicaSet "x" has timed out progressing.', "timeout", Rank.DEADLINE),
        # The platform's own words.
        ("", "Ran out of memory", "memory", Rank.EXACT),
        ("", "Image cannot be pulled", "image", Rank.EXACT),
        ("", "No room on the cluster", "scheduling", Rank.EXACT),
        ("", "Container cannot start (configuration)", "config", Rank.EXACT),
        ("", "Starts and crashes repeatedly", "crash", Rank.LOOP),
        ("", "The job failed too often", "job", Rank.EXIT),
        ("", "Took too long", "timeout", Rank.DEADLINE),
    ],
)
def test_the_meaning_of_known_words(reason: str, text: str, kind: str, rank: Rank) -> None:
    found = meaning(text, reason)
    assert found is not None
    assert (found.kind, found.rank) == (kind, rank)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ContainerCreating",
        "PodInitializing",
        "2 of 3 workloads ready",
        "not yet created",
        "GenerationLag",
        "1 of 3 workloads failed",
    ],
)
def test_words_without_a_meaning(text: str) -> None:
    assert meaning(text) is None


def test_the_schedulers_reason_alone_is_ambiguous() -> None:
    alone, told = (
        meaning("FailedScheduling"),
        meaning("0/3 nodes are available: 3 Insufficient cpu.", "FailedScheduling"),
    )
    assert alone is not None
    assert told is not None
    assert (alone.kind, alone.vague) == (Kind.SCHEDULING, True)
    assert not told.vague


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("exit code 1", 1),
        ("Error (exit code: 137)", 137),
        ("exited with code 3", 3),
        ("exitCode 2", 2),
        ("exit status 32", 32),
        ("Error, exit 137", 137),
        ("terminated with 9", 9),
        ("the exit is on floor 3", None),
        ("", None),
    ],
)
def test_exit_code(text: str, code: int | None) -> None:
    assert exit_code(text) == code
