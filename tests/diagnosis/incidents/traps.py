"""Incidents that are easy to get wrong: unusual words, misleading neighbors, and changes that only look guilty."""

from __future__ import annotations

from copy import deepcopy

from diagnosis.incidents.scene import DAY, HOUR, Incident, Scene, agent_spec, at, changed, incident, large_spec

from astro_tui.diagnosis import Fact

AGENT = "tide-notes-agent"
MODEL = "tide-notes-model-drafting"
CASES = "tide-notes-knowledge-cases"
OCR = "tide-notes-integration-ocr"
NIGHTLY = "tide-notes-ingestion-nightly"
BACKFILL = "tide-notes-ingestion-backfill"
GOOD = agent_spec()
LARGE = large_spec()


def _loop(scene: Scene, workload: str, first: float, last: float = 0.5, times: int = 40) -> Scene:
    pod = scene.pod(workload)
    return scene.event(
        "BackOff", f"Back-off restarting failed container app in pod {pod}_ns(9f)", pod, first, last, times
    )


def out_of_memory_while_running() -> Incident:
    bad = changed(LARGE, "models/drafting/model", "qwen3:32b")
    scene = Scene([(4 * DAY, LARGE), (26, bad)])
    scene.failed("1 of 6 workloads failed", scene.issue(MODEL, message="0 of 1 replicas ready"))
    scene.container(MODEL, "Running", "last exit: OOMKilled (137)", restarts=6)
    _loop(scene, MODEL, 21, 4, 22)
    return incident("a larger model runs out of memory", scene, "memory", MODEL, 18, [".models.drafting.model"])


def same_amount_of_memory() -> Incident:
    bad = changed(changed(GOOD, "agent/resources/memory", "1024Mi"), "agent/environment/WORKERS", "16")
    scene = Scene([(4 * DAY, changed(GOOD, "agent/environment/WORKERS", "2")), (26, bad)])
    scene.failed("1 of 2 workloads failed")
    scene.container(AGENT, "Waiting", "CrashLoopBackOff (last state: OOMKilled)", restarts=7)
    _loop(scene, AGENT, 24)
    return incident("the same memory, more workers", scene, "memory", AGENT, 18, [".agent.environment.WORKERS"])


def killed_but_not_out_of_memory() -> Incident:
    bad = changed(changed(GOOD, "agent/resources/memory", "512Mi"), "agent/healthcheck/port", 9000)
    scene = Scene([(4 * DAY, GOOD), (26, bad)])
    pod = scene.pod(AGENT)
    scene.failed("1 of 2 workloads failed", scene.issue(AGENT, message="CrashLoopBackOff"))
    scene.container(AGENT, "Waiting", "CrashLoopBackOff; last exit code 137 (Error)", restarts=7)
    scene.event(
        "Unhealthy",
        'Liveness probe failed: Get "http://10.9.0.4:9000/healthz": dial tcp 10.9.0.4:9000: connect: '
        "connection refused",
        pod,
        25,
        2,
        21,
    )
    scene.event("Killing", "Container app failed liveness probe, will be restarted", pod, 24.5, 2, 7, type="Normal")
    _loop(scene, AGENT, 22)
    return incident("137 after a wrong probe port", scene, "probe", AGENT, 18, [".agent.healthcheck.port"])


def slow_processor() -> Incident:
    bad = changed(GOOD, "agent/resources/cpu", "20m")
    scene = Scene([(4 * DAY, GOOD), (31, bad)])
    pod = scene.pod(AGENT)
    scene.failed("1 of 2 workloads failed")
    scene.container(AGENT, "Running", "last exit code 137", restarts=9)
    message = 'Liveness probe failed: Get "http://10.9.0.4:8080/healthz": context deadline exceeded'
    scene.event("Unhealthy", message, pod, 29, 0.3, 33)
    scene.event("Killing", "Container app failed liveness probe, will be restarted", pod, 28, 2, 9, type="Normal")
    return incident("too little CPU for the probe", scene, "probe", AGENT, 18, [".agent.resources.cpu"])


def probe_command() -> Incident:
    good = changed(LARGE, "knowledge/cases/healthcheck", {"test": ["pg_isready", "-U", "cases"]})
    bad = changed(good, "knowledge/cases/healthcheck/test", ["pg_isredy", "-U", "cases"])
    scene = Scene([(4 * DAY, good), (18, bad)])
    scene.deploying(scene.issue(CASES, "progressing", "0 of 1 replicas ready"))
    scene.container(CASES, "Running", "")
    scene.event(
        "Unhealthy",
        "Readiness probe failed: command exited with code 127: pg_isredy: not found",
        f"{CASES}-0",
        17.5,
        0.1,
        100,
    )
    return incident("probe command", scene, "probe", CASES, 18, [".knowledge.cases.healthcheck.test"])


def ends_without_error() -> Incident:
    bad = changed(GOOD, "agent/command", ["python", "-c", "import app"])
    scene = Scene([(4 * DAY, GOOD), (18, bad)])
    scene.failed("1 of 2 workloads failed")
    scene.container(AGENT, "Waiting", "CrashLoopBackOff: Completed, exit code 0", restarts=8)
    _loop(scene, AGENT, 17)
    scene.log(AGENT, (17, "info", "ok"), (9, "info", "ok"))
    return incident("ends at once without an error", scene, "crash", AGENT, 18, [".agent.command"])


def wrong_repository() -> Incident:
    bad = changed(LARGE, "integrations/ocr/image", "harborlime/ocr:2.3.0")
    scene = Scene([(4 * DAY, LARGE), (18, bad)])
    scene.failed("1 of 6 workloads failed", scene.issue(OCR, message="ImagePullBackOff"))
    scene.container(OCR, "Waiting", "ImagePullBackOff")
    scene.event(
        "Failed",
        'Failed to pull image "harborlime/ocr:2.3.0": Error response from daemon: pull access denied for '
        "harborlime/ocr, repository does not exist or may require 'docker login': denied: requested access to the "
        "resource is denied",
        scene.pod(OCR),
        17,
        2,
        8,
    )
    return incident("wrong repository", scene, "image", OCR, 18, [".integrations.ocr.image"])


def registry_down_after_a_new_build() -> Incident:
    bad = changed(GOOD, "agent/image", "registry.test/harborline/tide-notes:aa11bb22")
    scene = Scene([(4 * DAY, GOOD), (14, bad)])
    scene.failed("1 of 2 workloads failed", scene.issue(AGENT, message="ErrImagePull"))
    scene.container(AGENT, "Waiting", "ErrImagePull")
    scene.event(
        "Failed",
        'Failed to pull image "registry.test/harborline/tide-notes:aa11bb22": failed to do request: Head '
        '"https://registry.test/v2/": dial tcp: lookup registry.test on 10.0.0.10:53: server misbehaving',
        scene.pod(AGENT),
        13,
        1,
        7,
    )
    return incident("registry down right after a new build", scene, "image", AGENT, None, (), "unrelated")


def other_registry() -> Incident:
    bad = changed(GOOD, "agent/image", "registry.old.test/harborline/tide-notes:4be19c07")
    scene = Scene([(4 * DAY, GOOD), (14, bad)])
    scene.failed("1 of 2 workloads failed", scene.issue(AGENT, message="ErrImagePull"))
    scene.container(AGENT, "Waiting", "ErrImagePull")
    scene.event(
        "Failed",
        'Failed to pull image "registry.old.test/harborline/tide-notes:4be19c07": dial tcp: lookup registry.old.test: '
        "no such host",
        scene.pod(AGENT),
        13,
        1,
        7,
    )
    return incident("a registry that does not exist", scene, "image", AGENT, 18, [".agent.image"])


def other_cluster() -> Incident:
    good = changed(LARGE, "target/cluster_id", "eu-central-2")
    bad = changed(good, "target/cluster_id", "us-east-1")
    scene = Scene([(4 * DAY, good), (25, bad)])
    scene.failed("1 of 6 workloads failed")
    scene.container(MODEL, "Waiting", "")
    scene.event(
        "FailedScheduling",
        "0/4 nodes are available: 4 node(s) didn't match Pod's node affinity/selector.",
        scene.pod(MODEL),
        25,
        1,
        6,
    )
    return incident("a cluster without such nodes", scene, "scheduling", MODEL, 18, [".target.cluster_id"])


def claim_lost() -> Incident:
    scene = Scene([(40 * DAY, LARGE), (18, changed(LARGE, "agent/environment/GREETING", "hi"))])
    scene.failed(
        "2 of 6 workloads failed",
        scene.issue(CASES, "pending", "FailedScheduling"),
        scene.issue(AGENT, message="CrashLoopBackOff"),
    )
    scene.container(CASES, "Waiting", "", age=12)
    scene.event(
        "FailedScheduling",
        f'0/6 nodes are available: persistentvolumeclaim "data-{CASES}-0" not found.',
        f"{CASES}-0",
        12,
        2,
        5,
    )
    scene.container(AGENT, "Waiting", "CrashLoopBackOff: Error, exit code 1", restarts=6, age=40 * DAY)
    _loop(scene, AGENT, 11)
    scene.log(AGENT, *[(each, "error", f"could not translate host name {CASES}") for each in (11.8, 8, 2)])
    return incident("claim lost, the agent follows", scene, "storage", CASES, None, (), "unrelated")


def mount_fails_with_exit_status() -> Incident:
    scene = Scene([(40 * DAY, LARGE)])
    scene.failed("1 of 6 workloads failed")
    scene.container(CASES, "Waiting", "ContainerCreating", age=15)
    scene.event(
        "FailedMount",
        'MountVolume.SetUp failed for volume "pvc-9" : rpc error: code = Internal desc = mount failed: exit status 32',
        f"{CASES}-0",
        15,
        1,
        10,
    )
    return incident("mount fails", scene, "storage", CASES, None)


def resize_fails() -> Incident:
    bad = changed(LARGE, "knowledge/cases/storage/size", "5Gi")
    scene = Scene([(40 * DAY, LARGE), (22, bad)])
    scene.deploying(scene.issue(CASES, "progressing", "waiting for the volume"))
    scene.event(
        "ProvisioningFailed",
        "failed to provision volume: requested size is smaller than the snapshot",
        f"data-{CASES}-0",
        21,
        1,
        9,
        kind="PersistentVolumeClaim",
    )
    return incident("volume cannot be provisioned", scene, "storage", CASES, 18, [".knowledge.cases.storage.size"])


def volume_full() -> Incident:
    scene = Scene([(40 * DAY, LARGE)])
    scene.failed("1 of 6 workloads failed", scene.issue(CASES, message="CrashLoopBackOff"))
    scene.container(CASES, "Waiting", "CrashLoopBackOff: Error, exit code 1", restarts=9, age=40 * DAY)
    scene.observed(CASES).update(storage_used_bytes=21_470_000_000, storage_capacity_bytes=21_474_836_480)
    _loop(scene, CASES, 25)
    scene.log(
        CASES,
        *[
            (each, "fatal", 'could not write lock file "postmaster.pid": No space left on device')
            for each in (25, 9, 2)
        ],
    )
    return incident("volume full", scene, "storage", CASES, None)


def adapter_variable() -> Incident:
    good = changed(GOOD, "variables/SLACK_BOT_TOKEN", {"ref": "SLACK", "targets": ["interface.slack"], "secret": True})
    good = changed(good, "interfaces/adapters", ["web", "slack"])
    bad = changed(changed(good, "variables/SLACK_BOT_TOKEN"), "variables/TIMEZONE/value", "UTC")
    scene = Scene([(4 * DAY, good), (18, bad)])
    scene.failed("1 of 2 workloads failed", scene.issue(AGENT, message="CrashLoopBackOff"))
    scene.container(AGENT, "Waiting", "CrashLoopBackOff: Error, exit code 1", restarts=8, name="messaging")
    scene.observed(AGENT)["containers"][0] |= {"state": "Running", "ready": True}
    pod = scene.pod(AGENT)
    scene.event("BackOff", f"Back-off restarting failed container messaging in pod {pod}_ns(9f)", pod, 17, 0.5, 60)
    scene.log(
        AGENT, *[(each, "error", "slack: SLACK_BOT_TOKEN not set") for each in (17.5, 9, 2)], container="messaging"
    )
    return incident(
        "variable of an adapter", scene, "crash", AGENT, 18, [".variables.SLACK_BOT_TOKEN"], container="messaging"
    )


def no_longer_a_target() -> Incident:
    good = changed(LARGE, "variables/S3_BUCKET/targets", ["agent", "ingestion"])
    scene = Scene([(4 * DAY, good), (18, LARGE)])
    scene.failed("1 of 6 workloads failed", scene.issue(AGENT, message="CrashLoopBackOff"))
    scene.container(AGENT, "Waiting", "CrashLoopBackOff: Error, exit code 1", restarts=8)
    _loop(scene, AGENT, 17)
    scene.log(AGENT, *[(each, "", "pydantic.ValidationError: S3_BUCKET Field required") for each in (17.5, 9, 2)])
    return incident(
        "a variable no longer targets the agent", scene, "crash", AGENT, 18, [".variables.S3_BUCKET.targets"]
    )


def value_in_the_log() -> Incident:
    bad = changed(
        changed(GOOD, "agent/environment/REDIS_URL", "redis://cache-2:6379"), "agent/environment/MODE", "fast"
    )
    good = changed(
        changed(GOOD, "agent/environment/REDIS_URL", "redis://cache-1:6379"), "agent/environment/MODE", "slow"
    )
    scene = Scene([(4 * DAY, good), (18, bad)])
    scene.failed("1 of 2 workloads failed")
    scene.container(AGENT, "Waiting", "CrashLoopBackOff: Error, exit code 1", restarts=8)
    _loop(scene, AGENT, 17)
    scene.log(AGENT, *[(each, "error", "dial redis://cache-2:6379: no such host") for each in (17.5, 9, 2)])
    return incident("the new value is in the log", scene, "crash", AGENT, 18, [".agent.environment.REDIS_URL"])


def other_workloads_change() -> Incident:
    """Only another workload's part changed: it explains nothing here."""
    bad = changed(LARGE, "integrations/ocr/environment/OCR_LANGS", "eng")
    scene = Scene([(4 * DAY, LARGE), (18, bad)])
    scene.failed("1 of 6 workloads failed")
    scene.container(AGENT, "Waiting", "CrashLoopBackOff: Error, exit code 1", restarts=7, age=4 * DAY)
    _loop(scene, AGENT, 16)
    scene.log(AGENT, *[(each, "fatal", "license server says no") for each in (16, 9, 2)])
    return incident("only another workload changed", scene, "crash", AGENT, None, (), "unrelated")


def wrong_architecture() -> Incident:
    bad = changed(GOOD, "agent/image", "registry.test/harborline/tide-notes:arm64")
    scene = Scene([(4 * DAY, GOOD), (18, bad)])
    scene.failed("1 of 2 workloads failed")
    scene.container(AGENT, "Waiting", "CrashLoopBackOff: Error, exit code 255", restarts=8)
    _loop(scene, AGENT, 17)
    scene.log(AGENT, *[(each, "", "exec /usr/local/bin/python: exec format error") for each in (17.5, 9, 2)])
    return incident("wrong architecture", scene, "crash", AGENT, 18, [".agent.image"])


def stuck_without_reason() -> Incident:
    scene = Scene([(4 * DAY, GOOD), (25, changed(GOOD, "agent/environment/GREETING", "ahoy"))])
    scene.deploying(scene.issue(AGENT, "missing", "not yet created"))
    scene.runtime["workloads"] = []
    return incident("deploying forever without a reason", scene, "timeout", None, None)


def exit_code_at_times() -> Incident:
    bad = changed(GOOD, "agent/image", "registry.test/harborline/tide-notes:cc33")
    scene = Scene([(9 * DAY, GOOD), (10 * HOUR, bad)])
    scene.container(AGENT, "Running", "last exit: Error (exit code 1)", ready=True, restarts=15, age=10 * HOUR)
    pod = scene.pod(AGENT)
    scene.normal("Started", "Started container app", pod, 9.9 * HOUR, 22, 16)
    scene.log(
        AGENT,
        *[(float(each), "", "IndexError: list index out of range") for each in range(580, 20, -40)],
        since=11 * HOUR,
    )
    return incident("crashes every forty minutes", scene, "crash", AGENT, 18, [".agent.image"])


def failed_run_before_a_good_one() -> Incident:
    scene = Scene([(4 * DAY, LARGE), (2 * DAY, changed(LARGE, "agent/replicas", 2))])
    scene.run(NIGHTLY, "Failed", 40)
    scene.run(NIGHTLY, "Succeeded", 20)
    scene.event(
        "BackoffLimitExceeded", "Job has reached the specified backoff limit", f"{NIGHTLY}-29000018", 35, 35, kind="Job"
    )
    return incident("a failed run before a good one", scene, "none")


def job_without_room() -> Incident:
    bad = changed(LARGE, "ingestion/backfill/resources/cpu", "64")
    scene = Scene([(4 * DAY, LARGE), (18, bad)])
    scene.run(BACKFILL, "Pending", 17)
    scene.failed("1 of 6 workloads failed", scene.issue(BACKFILL, "pending", "FailedScheduling"))
    scene.event("FailedScheduling", "0/6 nodes are available: 6 Insufficient cpu.", scene.pod(BACKFILL), 17, 2, 6)
    return incident("no room for a job", scene, "scheduling", BACKFILL, 18, [".ingestion.backfill.resources.cpu"])


def evicted() -> Incident:
    scene = Scene([(4 * DAY, GOOD)])
    scene.failed("1 of 2 workloads failed")
    scene.container(AGENT, "Terminated", "Evicted", phase="Failed", age=DAY)
    scene.event(
        "Evicted",
        "The node was low on resource: ephemeral-storage. Threshold quantity: 10Gi, available: 8Gi.",
        scene.pod(AGENT),
        8,
        8,
    )
    return incident("evicted for local storage", scene, "storage", AGENT, None)


def node_refuses() -> Incident:
    bad = changed(GOOD, "agent/resources/memory", "60Gi")
    scene = Scene([(4 * DAY, GOOD), (9, bad)])
    scene.failed("1 of 2 workloads failed")
    scene.container(AGENT, "Terminated", "OutOfmemory", phase="Failed")
    scene.event(
        "OutOfmemory",
        "Node didn't have enough resource: memory, requested: 64424509440, used: 0, capacity: 32000",
        scene.pod(AGENT),
        8.8,
        1,
        4,
    )
    return incident("the node refuses the pod", scene, "scheduling", AGENT, 18, [".agent.resources.memory"])


def alert_alone() -> Incident:
    scene = Scene([(4 * DAY, GOOD)])
    scene.alert("memory-high", "Memory is nearly used up", 20, "warning")
    return incident("only an alert fires", scene, "none")


def one_restart_long_ago() -> Incident:
    scene = Scene([(9 * DAY, GOOD), (30, changed(GOOD, "interfaces/auth", {"web": {"public": True}}))])
    scene.container(AGENT, "Running", "last exit: Error (exit code 1)", ready=True, restarts=1, age=8 * DAY)
    scene.log(AGENT, (40, "error", "Traceback (most recent call last):"), (4, "info", "request handled"))
    return incident("one restart long ago", scene, "none")


def readiness_while_young() -> Incident:
    scene = Scene([(4 * DAY, GOOD), (1.5, changed(GOOD, "agent/healthcheck/path", "/up"))])
    scene.deploying(scene.issue(AGENT, "progressing", "0 of 1 replicas ready"))
    scene.container(AGENT, "Running", "Readiness probe has not passed yet", age=1.4)
    scene.event(
        "Unhealthy", "Readiness probe failed: connection refused", scene.pod(AGENT), 1.2, 0.2, 5, severity="transient"
    )
    return incident("readiness in the first two minutes", scene, "none")


def second_fix_does_not_help() -> Incident:
    """The memory was raised a little and still runs out: the first revision is to blame."""
    bad = changed(GOOD, "agent/resources/memory", "128Mi")
    better = changed(GOOD, "agent/resources/memory", "160Mi")
    scene = Scene([(4 * DAY, GOOD), (50, bad), (20, better)], revision=19)
    old = scene.pod(AGENT, 18)
    scene.failed("1 of 2 workloads failed", scene.issue(AGENT, message="OOMKilled"))
    scene.container(AGENT, "Waiting", "CrashLoopBackOff: OOMKilled", restarts=7, age=20)
    scene.event("BackOff", f"Back-off restarting failed container app in pod {old}_ns(9f)", old, 48, 20.2, 90)
    _loop(scene, AGENT, 18)
    return incident("a fix that does not help", scene, "memory", AGENT, 18, [".agent.resources.memory"])


def crash_again_after_a_fix() -> Incident:
    """The first bad change was rolled back, and a day later another one came."""
    bad = changed(GOOD, "variables/UPSTREAM_URL")
    worse = changed(GOOD, "agent/environment/CACHE_URL", "nowhere")
    scene = Scene([(4 * DAY, GOOD), (2 * DAY, bad), (47 * HOUR, GOOD), (18, worse)], revision=20)
    scene.failed("1 of 2 workloads failed")
    scene.container(AGENT, "Waiting", "CrashLoopBackOff: Error, exit code 1", restarts=8)
    _loop(scene, AGENT, 17)
    scene.log(AGENT, *[(each, "fatal", "cannot parse CACHE_URL") for each in (17.5, 9, 2)])
    return incident("another crash after a fix", scene, "crash", AGENT, 20, [".agent.environment.CACHE_URL"])


def secret_in_the_log() -> Incident:
    bad = changed(GOOD, "agent/environment/DATABASE_URL", "postgres://notes:hunter2secret@db:5432/notes")
    scene = Scene([(4 * DAY, GOOD), (18, bad)])
    scene.failed("1 of 2 workloads failed: postgres://notes:hunter2secret@db:5432/notes")
    scene.container(AGENT, "Waiting", "CrashLoopBackOff: Error, exit code 1", restarts=8)
    _loop(scene, AGENT, 17)
    scene.log(
        AGENT,
        *[(each, "fatal", "cannot connect to postgres://notes:hunter2secret@db:5432/notes") for each in (17, 9, 2)],
    )
    return incident("a password in the log", scene, "crash", AGENT, 18, [".agent.environment.DATABASE_URL"])


def plain_component() -> Incident:
    """Older servers say `knowledge` for every store."""
    bad = changed(LARGE, "knowledge/cases/environment/POSTGRES_DB")
    scene = Scene([(4 * DAY, LARGE), (18, bad)])
    for each in scene.record["workloads"]:
        each["component"] = each["component"].split("-")[0]
    scene.failed("1 of 6 workloads failed", scene.issue(CASES, message="CrashLoopBackOff"))
    scene.container(CASES, "Waiting", "CrashLoopBackOff: Error, exit code 1", restarts=8)
    _loop(scene, CASES, 17)
    scene.log(CASES, *[(each, "error", "POSTGRES_DB is missing") for each in (17.5, 9, 2)])
    return incident("plain component names", scene, "crash", CASES, 18, [".knowledge.cases.environment.POSTGRES_DB"])


def pods_spec_with_containers() -> Incident:
    def spec(path: str) -> dict[str, object]:
        probe = {"httpGet": {"path": path, "port": 8080}, "periodSeconds": 10}
        return {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "spec": {
                "replicas": 1,
                "template": {
                    "spec": {
                        "containers": [
                            {"name": "app", "image": "registry.test/a:1", "readinessProbe": probe},
                            {"name": "messaging", "image": "registry.test/m:1"},
                        ]
                    }
                },
            },
        }

    scene = Scene([(4 * DAY, GOOD), (16, GOOD)])
    scene.extra["specs"] = {17: Fact(spec("/healthz")), 18: Fact(spec("/health"))}
    scene.failed("1 of 2 workloads failed", scene.issue(AGENT, message="ProgressDeadlineExceeded"))
    scene.container(AGENT, "Running", "")
    scene.event(
        "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 404", scene.pod(AGENT), 15.5, 0.2, 90
    )
    path = ".spec.template.spec.containers[0].readinessProbe.httpGet.path"
    return incident("a spec of Kubernetes", scene, "probe", AGENT, 18, [path])


def mixed_history() -> Incident:
    """The history has rows of another deployment of the same blueprint."""
    bad = changed(GOOD, "agent/resources/memory", "128Mi")
    scene = Scene([(4 * DAY, GOOD), (22, bad)])
    scene.failed("1 of 2 workloads failed")
    scene.container(AGENT, "Waiting", "CrashLoopBackOff: OOMKilled", restarts=7)
    _loop(scene, AGENT, 20)
    rows = scene.history()
    other = {**deepcopy(rows[0]), "id": "oth-er0-one", "revision": 40, "deployed_at": at(5)}
    scene.extra["history"] = Fact({"deployments": [other, *rows]})
    return incident("a history of two deployments", scene, "memory", AGENT, 18, [".agent.resources.memory"])


INCIDENTS = [
    out_of_memory_while_running(),
    same_amount_of_memory(),
    killed_but_not_out_of_memory(),
    slow_processor(),
    probe_command(),
    ends_without_error(),
    wrong_repository(),
    registry_down_after_a_new_build(),
    other_registry(),
    other_cluster(),
    claim_lost(),
    mount_fails_with_exit_status(),
    resize_fails(),
    volume_full(),
    adapter_variable(),
    no_longer_a_target(),
    value_in_the_log(),
    other_workloads_change(),
    wrong_architecture(),
    stuck_without_reason(),
    exit_code_at_times(),
    failed_run_before_a_good_one(),
    job_without_room(),
    evicted(),
    node_refuses(),
    alert_alone(),
    one_restart_long_ago(),
    readiness_while_young(),
    second_fix_does_not_help(),
    crash_again_after_a_fix(),
    secret_in_the_log(),
    plain_component(),
    pods_spec_with_containers(),
    mixed_history(),
]
