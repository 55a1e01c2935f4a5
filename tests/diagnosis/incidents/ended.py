"""Incidents whose containers start and then end or never become ready: crash, memory, probe, job, timeout."""

from __future__ import annotations

from diagnosis.incidents.scene import DAY, HOUR, Incident, Scene, agent_spec, changed, incident, large_spec

AGENT = "tide-notes-agent"
GOOD = agent_spec()
LARGE = large_spec()


def _loop(  # noqa: PLR0917  one argument a column
    scene: Scene, workload: str, first: float, last: float = 0.4, count: int = 60, container: str = "app"
) -> None:
    pod = scene.pod(workload)
    scene.event(
        "BackOff",
        f"Back-off restarting failed container {container} in pod {pod}_ns(0d1e-77)",
        pod,
        first,
        last,
        count,
        severity="stuck",
    )


def memory_lowered() -> Incident:
    bad = changed(GOOD, "agent/resources/memory", "256Mi")
    bad = changed(bad, "agent/environment/CACHE_TTL", "120")
    scene = Scene([(5 * DAY, GOOD), (41, bad)])
    scene.failed("1 of 2 workloads failed", scene.issue(AGENT, message="CrashLoopBackOff", title="Ran out of memory"))
    scene.container(AGENT, "Waiting", "CrashLoopBackOff: OOMKilled, exit code 137", restarts=11)
    _loop(scene, AGENT, 39)
    return incident("memory lowered", scene, "memory", AGENT, 18, [".agent.resources.memory"], "explained", "app")


def limit_lowered_request_raised() -> Incident:
    good = changed(GOOD, "agent/resources", {"cpu": "100m", "memory": "256Mi", "cpu_limit": "1", "memory_limit": "1Gi"})
    bad = changed(
        good, "agent/resources", {"cpu": "200m", "memory": "300Mi", "cpu_limit": "1", "memory_limit": "512Mi"}
    )
    scene = Scene([(5 * DAY, good), (50, bad)])
    scene.failed("Container app of tide-notes-agent was OOMKilled 9 times")
    scene.container(AGENT, "Waiting", "CrashLoopBackOff: back-off 5m0s restarting failed container", restarts=9)
    scene.observed(AGENT)["containers"][0]["last_state"] = {
        "terminated": {"reason": "OOMKilled", "exitCode": 137, "finishedAt": "2026-11-26T02:57:11Z"}
    }
    _loop(scene, AGENT, 44)
    return incident("limit lowered", scene, "memory", AGENT, 18, [".agent.resources.memory_limit"])


def memory_without_change() -> Incident:
    scene = Scene([(30 * DAY, changed(GOOD, "agent/resources/memory", "2Gi")), (9 * DAY, GOOD)])
    scene.failed("1 of 2 workloads failed", scene.issue(AGENT, message="OOMKilled"))
    scene.container(AGENT, "Waiting", "CrashLoopBackOff: OOMKilled", restarts=6, age=9 * DAY)
    _loop(scene, AGENT, 25, count=30)
    return incident("memory after nine healthy days", scene, "memory", AGENT, None, (), "unchanged")


def variable_removed() -> Incident:
    bad = changed(GOOD, "variables/UPSTREAM_URL")
    bad = changed(bad, "variables/TIMEZONE/value", "UTC")
    scene = Scene([(5 * DAY, GOOD), (28, bad)])
    scene.failed("1 of 2 workloads failed", scene.issue(AGENT, message="CrashLoopBackOff"))
    scene.container(AGENT, "Waiting", "CrashLoopBackOff: Error, exit code 1", restarts=9)
    _loop(scene, AGENT, 27)
    lines = []
    for minutes in (27.5, 26, 24, 20, 14, 8, 2):
        lines += [
            (minutes, "info", "starting tide-notes"),
            (minutes, "error", "Traceback (most recent call last):"),
            (minutes, "error", '  File "/app/main.py", line 12, in <module>'),
            (minutes, "", "KeyError: 'UPSTREAM_URL'"),
        ]
    scene.log(AGENT, *lines)
    return incident("variable removed", scene, "crash", AGENT, 18, [".variables.UPSTREAM_URL"])


def environment_removed() -> Incident:
    good = changed(LARGE, "integrations/ocr/environment/OCR_MODEL_DIR", "/models")
    bad = changed(good, "integrations/ocr/environment/OCR_MODEL_DIR")
    bad = changed(bad, "agent/environment/LOG_FORMAT", "text")
    workload = "tide-notes-integration-ocr"
    scene = Scene([(5 * DAY, good), (70, bad)])
    scene.failed("1 of 6 workloads failed", scene.issue(workload, message="CrashLoopBackOff"))
    scene.container(workload, "Waiting", "CrashLoopBackOff: Error (exit code 2)", restarts=15)
    _loop(scene, workload, 69)
    scene.log(workload, *[(each, "fatal", "OCR_MODEL_DIR is not set") for each in (69, 60, 40, 20, 5)])
    return incident(
        "environment of an integration removed",
        scene,
        "crash",
        workload,
        18,
        [".integrations.ocr.environment.OCR_MODEL_DIR"],
    )


def harmless_after_bad() -> Incident:
    bad = changed(GOOD, "variables/NOTES_API_KEY")
    renamed = changed(bad, "target/display_name", "Tide Notes (prod)")
    scene = Scene([(5 * DAY, GOOD), (50, bad), (21, renamed)], revision=19)
    scene.failed("1 of 2 workloads failed", scene.issue(AGENT, message="CrashLoopBackOff"))
    scene.container(AGENT, "Waiting", "CrashLoopBackOff: Error, exit code 1", restarts=12)
    _loop(scene, AGENT, 48)
    scene.log(AGENT, *[(each, "error", "ConfigError: NOTES_API_KEY missing") for each in (49, 45, 38, 20, 9, 3)])
    return incident("a rename after the bad change", scene, "crash", AGENT, 18, [".variables.NOTES_API_KEY"])


def harmless_after_bad_with_new_pods() -> Incident:
    """The harmless revision replaced the pods, so only old pods' events show when it began."""
    bad = changed(GOOD, "agent/resources/memory", "128Mi")
    later = changed(bad, "agent/environment/LOG_FORMAT", "text")
    scene = Scene([(5 * DAY, GOOD), (55, bad), (20, later)], revision=19)
    old = scene.pod(AGENT, 18)
    scene.failed("1 of 2 workloads failed")
    scene.container(AGENT, "Waiting", "CrashLoopBackOff: OOMKilled, exit code 137", restarts=7, age=20)
    scene.event("BackOff", f"Back-off restarting failed container app in pod {old}_ns(1)", old, 53, 20.5, 120)
    _loop(scene, AGENT, 19)
    return incident("harmless change replaced the pods", scene, "memory", AGENT, 18, [".agent.resources.memory"])


def name_outranks_time() -> Incident:
    """The variable went away long ago; the pod restarted only now."""
    bad = changed(GOOD, "variables/UPSTREAM_URL")
    later = changed(bad, "agent/environment/CACHE_TTL", "900")
    scene = Scene([(30 * DAY, GOOD), (60, bad), (22, later)], revision=19)
    scene.failed("1 of 2 workloads failed")
    scene.container(AGENT, "Waiting", "CrashLoopBackOff: Error, exit code 1", restarts=8)
    _loop(scene, AGENT, 21)
    scene.log(AGENT, *[(each, "error", "RuntimeError: UPSTREAM_URL must be configured") for each in (21, 18, 10, 2)])
    return incident("the name in the log outranks time", scene, "crash", AGENT, 18, [".variables.UPSTREAM_URL"])


def crash_without_change() -> Incident:
    scene = Scene([(30 * DAY, GOOD), (8 * DAY, changed(GOOD, "agent/environment/CACHE_TTL", "900"))])
    scene.failed("1 of 2 workloads failed")
    scene.container(AGENT, "Waiting", "CrashLoopBackOff: Error, exit code 1", restarts=8, age=8 * DAY)
    _loop(scene, AGENT, 31)
    scene.log(
        AGENT, *[(each, "fatal", "x509: certificate has expired or is not yet valid") for each in (32, 30, 20, 2)]
    )
    return incident("crash after eight healthy days", scene, "crash", AGENT, None, (), "unchanged")


def new_build_crashes() -> Incident:
    bad = changed(LARGE, "agent/image", "registry.test/harborline/tide-notes:7d20aa51")
    bad = changed(bad, "source/build", "7d20aa51")
    bad = changed(bad, "ingestion/nightly/image", "registry.test/harborline/ingest-nightly:7d20aa51")
    scene = Scene([(5 * DAY, LARGE), (33, bad)])
    scene.failed("1 of 6 workloads failed", scene.issue(AGENT, message="CrashLoopBackOff"))
    scene.container(AGENT, "Waiting", "CrashLoopBackOff: Error, exit code 1", restarts=10)
    _loop(scene, AGENT, 32)
    scene.log(
        AGENT, *[(each, "error", "TypeError: cannot unpack non-iterable NoneType object") for each in (32, 22, 3)]
    )
    return incident("a new build crashes", scene, "crash", AGENT, 18, [".agent.image"])


def probe_path() -> Incident:
    bad = changed(GOOD, "agent/healthcheck/path", "/health")
    scene = Scene([(5 * DAY, GOOD), (16, bad)])
    scene.deploying(scene.issue(AGENT, "progressing", "0 of 1 replicas ready"))
    scene.container(AGENT, "Running", "")
    scene.started(AGENT, 16)
    scene.event(
        "Unhealthy",
        "Readiness probe failed: HTTP probe failed with statuscode: 404",
        scene.pod(AGENT),
        15.8,
        0.1,
        95,
        severity="transient",
    )
    scene.log(AGENT, (16, "info", "listening on :8080"), (15.8, "info", "GET /health 404"))
    return incident("probe path changed", scene, "probe", AGENT, 18, [".agent.healthcheck.path"])


def probe_port() -> Incident:
    bad = changed(GOOD, "agent/endpoints/http/port", 8081)
    scene = Scene([(5 * DAY, GOOD), (16, bad)])
    scene.failed("1 of 2 workloads failed", scene.issue(AGENT, message="ProgressDeadlineExceeded"))
    scene.container(AGENT, "Running", "")
    scene.started(AGENT, 16)
    scene.event(
        "Unhealthy",
        'Readiness probe failed: Get "http://10.2.14.7:8081/healthz": dial tcp 10.2.14.7:8081: connect: '
        "connection refused",
        scene.pod(AGENT),
        15.8,
        0.1,
        95,
    )
    return incident("probe port changed", scene, "probe", AGENT, 18, [".agent.endpoints.http.port"])


def liveness_kills() -> Incident:
    good = changed(GOOD, "agent/healthcheck", {"path": "/healthz", "timeout": 5, "interval": 10})
    bad = changed(good, "agent/healthcheck/timeout", 1)
    bad = changed(bad, "agent/resources/memory", "1536Mi")
    scene = Scene([(5 * DAY, good), (44, bad)])
    pod = scene.pod(AGENT)
    scene.failed("1 of 2 workloads failed", scene.issue(AGENT, message="CrashLoopBackOff"))
    scene.container(AGENT, "Waiting", "CrashLoopBackOff: Error, exit code 137", restarts=14)
    scene.event(
        "Unhealthy",
        'Liveness probe failed: Get "http://10.2.14.7:8080/healthz": context deadline exceeded (Client.Timeout '
        "exceeded while awaiting headers)",
        pod,
        43,
        1,
        40,
    )
    scene.event("Killing", "Container app failed liveness probe, will be restarted", pod, 42.5, 1, 14, type="Normal")
    _loop(scene, AGENT, 38)
    scene.log(AGENT, (43, "info", "loading index"), (42.6, "info", "received SIGTERM, shutting down"))
    return incident("liveness kills", scene, "probe", AGENT, 18, [".agent.healthcheck.timeout"])


def crash_beats_probe() -> Incident:
    bad = changed(GOOD, "variables/UPSTREAM_URL/value", "tides.test")
    scene = Scene([(5 * DAY, GOOD), (24, bad)])
    pod = scene.pod(AGENT)
    scene.failed("1 of 2 workloads failed")
    scene.container(AGENT, "Waiting", "CrashLoopBackOff: Error, exit code 3", restarts=9)
    scene.event(
        "Unhealthy", 'Readiness probe failed: Get "http://10.2.1.7:8080/healthz": connection refused', pod, 23.9, 1, 30
    )
    _loop(scene, AGENT, 23)
    scene.log(AGENT, *[(each, "error", "ValueError: UPSTREAM_URL needs a scheme") for each in (23.9, 20, 9, 2)])
    return incident("exit code beats the probe", scene, "crash", AGENT, 18, [".variables.UPSTREAM_URL.value"])


def deadline_only() -> Incident:
    scene = Scene([(5 * DAY, GOOD), (30, changed(GOOD, "agent/update/max_surge", "50%"))])
    scene.failed(
        "1 of 2 workloads failed",
        scene.issue(
            AGENT, message="ProgressDeadlineExceeded: ReplicaSet has timed out progressing", title="Took too long"
        ),
    )
    return incident("deadline only", scene, "timeout", AGENT, None, (), "unrelated")


def job_fails() -> Incident:
    bad = changed(LARGE, "ingestion/backfill/environment", {"SOURCE": "s3://tide-archive"})
    workload = "tide-notes-ingestion-backfill"
    scene = Scene([(5 * DAY, LARGE), (25, bad)])
    scene.run(workload, "Failed", 24)
    scene.event(
        "BackoffLimitExceeded",
        "Job has reached the specified backoff limit",
        f"{workload}-29000018",
        20,
        20,
        kind="Job",
    )
    scene.log(workload, *[(each, "error", "botocore NoSuchBucket: s3://tide-archive") for each in (23.8, 23, 21.5)])
    scene.failed("1 of 6 workloads failed", scene.issue(workload, message="BackoffLimitExceeded"))
    return incident("ingestion job fails", scene, "job", workload, 18, [".ingestion.backfill.environment.SOURCE"])


def cron_job_fails_while_active() -> Incident:
    bad = changed(LARGE, "variables/S3_BUCKET")
    workload = "tide-notes-ingestion-nightly"
    scene = Scene([(5 * DAY, LARGE), (300, bad)])
    scene.observed(workload)["runs"][0] |= {"age": "1d", "start_time": "2026-11-25T02:15:00Z"}
    scene.run(workload, "Failed", 45)
    scene.event(
        "BackoffLimitExceeded",
        "Job has reached the specified backoff limit",
        f"{workload}-29000018",
        38,
        38,
        kind="Job",
    )
    scene.log(workload, *[(each, "", "KeyError: 'S3_BUCKET'") for each in (44, 43, 40)])
    return incident("scheduled ingestion fails, agent active", scene, "job", workload, 18, [".variables.S3_BUCKET"])


def job_out_of_memory() -> Incident:
    bad = changed(LARGE, "ingestion/nightly/resources/memory", "128Mi")
    workload = "tide-notes-ingestion-nightly"
    scene = Scene([(5 * DAY, LARGE), (300, bad)])
    scene.observed(workload)["runs"][0] |= {"age": "1d", "start_time": "2026-11-25T02:15:00Z"}
    scene.run(workload, "Failed", 45)
    scene.failed(
        "Container app of tide-notes-ingestion-nightly was OOMKilled",
        scene.issue(workload, message="BackoffLimitExceeded", title="Ran out of memory", reason="OOMKilled"),
    )
    scene.observed(workload)["containers"] = [
        {
            "name": "app",
            "state": "Terminated",
            "ready": False,
            "restart_count": 0,
            "message": "OOMKilled, exit code 137",
        }
    ]
    return incident("ingestion out of memory", scene, "memory", workload, 18, [".ingestion.nightly.resources.memory"])


def restarting_all_day() -> Incident:
    bad = changed(GOOD, "agent/resources/memory", "300Mi")
    scene = Scene([(9 * DAY, GOOD), (18 * HOUR, bad)])
    scene.container(AGENT, "Running", "OOMKilled", ready=True, restarts=23, age=18 * HOUR)
    pod = scene.pod(AGENT)
    scene.normal("Started", "Started container app", pod, 17.9 * HOUR, 31, 24)
    scene.event("BackOff", "Back-off restarting failed container app in pod x", pod, 17 * HOUR, 32, 40)
    scene.alert("restarts", "Restarts again and again", 17 * HOUR)
    return incident("active but restarting all day", scene, "memory", AGENT, 18, [".agent.resources.memory"])


def restarting_seen_by_two_observations() -> Incident:
    from copy import deepcopy

    from astro_tui.diagnosis import Fact

    scene = Scene([(9 * DAY, GOOD)])
    scene.container(AGENT, "Running", "Error, exit code 139", ready=True, restarts=12, age=2 * DAY)
    before = deepcopy(scene.runtime)
    before["workloads"][0]["containers"][0]["restart_count"] = 10
    scene.extra["earlier_runtime"] = Fact({"runtime": before})
    return incident("restart count is rising", scene, "crash", AGENT, None)


def two_workloads() -> Incident:
    bad = changed(LARGE, "knowledge/policies/resources/memory", "512Mi")
    worse = changed(bad, "agent/healthcheck/path", "/ready")
    scene = Scene([(5 * DAY, LARGE), (55, bad), (12, worse)], revision=19)
    workload = "tide-notes-knowledge-policies"
    scene.failed("2 of 6 workloads failed", scene.issue(AGENT), scene.issue(workload, message="CrashLoopBackOff"))
    scene.container(workload, "Waiting", "CrashLoopBackOff: OOMKilled, exit code 137", restarts=12)
    _loop(scene, workload, 53)
    scene.container(AGENT, "Running", "")
    scene.event(
        "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 404", scene.pod(AGENT), 11.8, 0.2, 70
    )
    return incident("two workloads fail", scene, "memory", workload, 18, [".knowledge.policies.resources.memory"])


def agent_fails_long_before_a_dependency() -> Incident:
    bad = changed(LARGE, "variables/UPSTREAM_URL")
    scene = Scene([(5 * DAY, LARGE), (58, bad)])
    workload = "tide-notes-knowledge-cases"
    scene.failed("2 of 6 workloads failed", scene.issue(AGENT, message="CrashLoopBackOff"), scene.issue(workload))
    scene.container(AGENT, "Waiting", "CrashLoopBackOff: Error, exit code 1", restarts=15)
    _loop(scene, AGENT, 56)
    scene.log(AGENT, *[(each, "error", "KeyError: 'UPSTREAM_URL'") for each in (57, 50, 40, 30, 20, 10, 2)])
    scene.container(workload, "Waiting", "", age=9)
    scene.event("FailedScheduling", "0/6 nodes are available: 6 Insufficient memory.", f"{workload}-0", 9, 1, 4)
    return incident("the agent fails before a dependency", scene, "crash", AGENT, 18, [".variables.UPSTREAM_URL"])


def sidecar_crashes() -> Incident:
    bad = changed(GOOD, "interfaces/adapters", ["web", "slack"])
    scene = Scene([(5 * DAY, GOOD), (14, bad)])
    scene.failed("1 of 2 workloads failed", scene.issue(AGENT, message="CrashLoopBackOff"))
    scene.container(AGENT, "Waiting", "CrashLoopBackOff: Error, exit code 1", restarts=7, name="messaging")
    scene.observed(AGENT)["containers"][0] |= {"state": "Running", "ready": True}
    _loop(scene, AGENT, 13, container="messaging")
    scene.log(
        AGENT,
        *[(each, "error", "adapter slack: SLACK_BOT_TOKEN is required") for each in (13.8, 12, 8, 2)],
        container="messaging",
    )
    return incident("the sidecar crashes", scene, "crash", AGENT, 18, [".interfaces.adapters"], container="messaging")


INCIDENTS = [
    memory_lowered(),
    limit_lowered_request_raised(),
    memory_without_change(),
    variable_removed(),
    environment_removed(),
    harmless_after_bad(),
    harmless_after_bad_with_new_pods(),
    name_outranks_time(),
    crash_without_change(),
    new_build_crashes(),
    probe_path(),
    probe_port(),
    liveness_kills(),
    crash_beats_probe(),
    deadline_only(),
    job_fails(),
    cron_job_fails_while_active(),
    job_out_of_memory(),
    restarting_all_day(),
    restarting_seen_by_two_observations(),
    two_workloads(),
    agent_fails_long_before_a_dependency(),
    sidecar_crashes(),
]
