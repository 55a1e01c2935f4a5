"""Incidents in other words and orders than in the rest of the corpus, and with other sources missing."""

from __future__ import annotations

from dataclasses import replace

from diagnosis.incidents.plain import AGENT, DAY, DOCS, EMBED, LOOPS, MAIL, OLD_POD, POD, Json, box, desk, event, facts
from diagnosis.incidents.scene import Incident, at, incident

from astro_tui.diagnosis import Fact, Facts

HOUR = 60.0
UP = box("Running", ready=True)
WEB = box("Running", ready=True, name="messaging")


def _changed(minutes: float, **changes: object) -> dict[int, tuple[float, Json]]:
    return {30: (21 * DAY, desk()), 31: (minutes, desk(**changes))}


def _with(given: Facts, **bodies: object) -> Facts:
    return replace(given, **{name: Fact(body) for name, body in bodies.items()})  # type: ignore[arg-type]


def registry_needs_a_login() -> Incident:
    image = "ghcr.test/meridian/claims-desk:c1f00a92"
    message = (
        f'failed to pull and unpack image "{image}": failed to resolve reference "{image}": failed to authorize: failed'
        " to fetch anonymous token: unexpected status from GET request to https://ghcr.test/token: 401 Unauthorized"
    )
    known = facts(
        "failed",
        _changed(25, agent__image=image),
        containers={AGENT: [box("Waiting", "ErrImagePull"), box("Waiting", "PodInitializing", name="messaging")]},
        age=24,
        events=[event("Failed", f'Failed to pull image "{image}": {message}', POD, 24, 2, 9, severity="stuck")],
    )
    return incident("a registry that needs a login", known, "image", AGENT, 31, [".agent.image"])


def key_of_a_config_map() -> Incident:
    known = facts(
        "failed",
        _changed(44, variables__MAX_CLAIM={"ref": "claims-limits/max", "targets": ["agent"]}),
        containers={
            AGENT: [box("Waiting", "CreateContainerConfigError"), box("Running", ready=True, name="messaging")]
        },
        age=44,
        events=[
            event(
                "Failed", "Error: couldn't find key max in ConfigMap astro-q7k0abx4d-0/claims-limits", POD, 43, 1, 190
            )
        ],
    )
    return incident("a key that a config map lacks", known, "config", AGENT, 31, [".variables.MAX_CLAIM.ref"])


def sidecar_out_of_memory() -> Incident:
    known = facts(
        "active",
        _changed(5 * HOUR, interfaces__resources={"memory": "64Mi"}),
        containers={AGENT: [UP, box("Running", "OOMKilled 3m ago", ready=True, restarts=38, name="messaging")]},
        age=5 * HOUR,
        events=[event("BackOff", f"{LOOPS} messaging in pod {POD}_ns(1)", POD, 56, 3, 40, severity="transient")],
        ready=(1, 1),
    )
    return incident(
        "the sidecar runs out of memory",
        known,
        "memory",
        AGENT,
        31,
        [".interfaces.resources.memory"],
        container="messaging",
    )


def job_without_its_mailbox() -> Incident:
    runs = [{"name": f"{MAIL}-2", "status": "Failed", "start_time": at(50), "completions": "0/1"}]
    known = facts(
        "failed",
        _changed(52, ingestion__mail__environment={"BOX": "claims-eu"}),
        runs={"mail": runs},
        age=21 * DAY,
        events=[
            event("DeadlineExceeded", "Job was active longer than specified deadline", f"{MAIL}-2", 20, 20)
            | {"object_kind": "Job"}
        ],
        logs={MAIL: [(each, "warn", "imap: folder claims-eu not found, trying again") for each in (49, 40, 30, 21)]},
        status={"failed_on": [{"workload": MAIL, "component": "ingestion", "phase": "failed"}]},
    )
    return incident("a job waits for what is not there", known, "job", MAIL, 31, [".ingestion.mail.environment.BOX"])


def more_graphics_cards() -> Incident:
    message = (
        "0/5 nodes are available: 2 node(s) had untolerated taint {dedicated: batch}, 3 Insufficient nvidia.com/gpu."
        " preemption: 0/5 nodes are available: 5 No preemption victims found for incoming pod."
    )
    known = facts(
        "deploying",
        _changed(16, models__embed__gpu={"count": 4}, models__embed__model="BAAI/bge-m3-v2"),
        containers={EMBED: [box("Waiting")]},
        ages={EMBED: 16},
        age=21 * DAY,
        events=[event("FailedScheduling", message, f"{EMBED}-5d7c-a1", 16, 1, 5, severity="stuck")],
    )
    return incident("more graphics cards than there are", known, "scheduling", EMBED, 31, [".models.embed.gpu.count"])


def storage_class_that_is_not_there() -> Incident:
    claim = event(
        "ProvisioningFailed", 'storageclass.storage.k8s.io "fast-nvme" not found', f"data-{DOCS}-0", 33, 1, 120
    ) | {"object_kind": "PersistentVolumeClaim"}
    pending = event(
        "FailedScheduling",
        "0/5 nodes are available: pod has unbound immediate PersistentVolumeClaims.",
        f"{DOCS}-0",
        33,
        2,
        7,
    )
    known = facts(
        "failed",
        _changed(34, knowledge__docs__storage={"size": "50Gi", "class": "fast-nvme", "access_mode": "ReadWriteOnce"}),
        containers={DOCS: [box("Waiting")], AGENT: [box("Running"), WEB]},
        age=34,
        events=[pending, claim, event("Unhealthy", "Readiness probe failed: HTTP 503", POD, 32, 0.3, 200)],
    )
    return incident("a storage class that is not there", known, "storage", DOCS, 31, [".knowledge.docs.storage.class"])


def startup_probe_and_a_rename() -> Incident:
    bad = desk(agent__healthcheck={"path": "/readyz"})
    revisions = {
        30: (21 * DAY, desk()),
        31: (39.0, bad),
        32: (20.0, desk(agent__healthcheck={"path": "/readyz"}, target__display_name="Claims (EU)")),
    }
    known = facts(
        "failed",
        revisions,
        containers={AGENT: [box("Running", "exit code 143", restarts=6), WEB]},
        age=38,
        events=[
            event("Killing", "Container app failed startup probe, will be restarted", POD, 36, 3, 6)
            | {"type": "Normal"},
            event("Unhealthy", "Startup probe failed: HTTP probe failed with statuscode: 404", POD, 37, 1, 40),
        ],
    )
    return incident("a startup probe, and a rename after it", known, "probe", AGENT, 31, [".agent.healthcheck.path"])


def store_takes_the_agent_along() -> Incident:
    known = facts(
        "failed",
        _changed(2 * HOUR, knowledge__docs__resources={"memory": "300Mi"}),
        containers={
            DOCS: [box("Waiting", "CrashLoopBackOff; OOMKilled", restarts=21)],
            AGENT: [box("Waiting", "CrashLoopBackOff; exit code 1", restarts=20), WEB],
        },
        ages={DOCS: 2 * HOUR},
        age=21 * DAY,
        events=[
            event("BackOff", f"{LOOPS} app in pod {DOCS}-0_ns(2)", f"{DOCS}-0", 57, 0.5, 150),
            event("BackOff", f"{LOOPS} app in pod {POD}_ns(2)", POD, 58, 0.4, 140),
        ],
        logs={AGENT: [(each, "error", "connect ECONNREFUSED 10.0.4.7:6333") for each in range(115, 1, -6)]},
        error="2 of 5 workloads failed",
    )
    return incident("a store takes the agent along", known, "memory", DOCS, 31, [".knowledge.docs.resources.memory"])


def program_is_not_in_the_image() -> Incident:
    message = (
        "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed:"
        ' unable to start container process: exec: "node": executable file not found in $PATH: unknown'
    )
    known = facts(
        "failed",
        _changed(18, agent__image="registry.test/meridian/claims-desk:slim"),
        containers={AGENT: [box("Waiting", f"RunContainerError: {message}", restarts=8), WEB]},
        age=18,
        events=[
            event("BackOff", f"{LOOPS} app in pod {POD}_ns(3)", POD, 16, 0.2, 70),
            event("Failed", f"Error: {message}", POD, 17, 2, 8),
        ],
    )
    return incident("the program is not in the image", known, "config", AGENT, 31, [".agent.image"])


def quota() -> Incident:
    made = event(
        "FailedCreate",
        f'Error creating: pods "{POD}" is forbidden: exceeded quota: team, requested: limits.memory=12Gi, used:'
        " limits.memory=22Gi, limited: limits.memory=32Gi",
        "claims-desk-agent-77c9d8f5b4",
        27,
        3,
        14,
    ) | {"object_kind": "ReplicaSet"}
    raised = {"cpu": "500m", "memory": "2Gi", "cpu_limit": "2", "memory_limit": "12Gi"}
    known = facts("deploying", _changed(28, agent__resources=raised), age=21 * DAY, events=[made])
    return incident("more than the quota", known, "scheduling", AGENT, 31, [".agent.resources.memory_limit"])


def liveness_at_the_wrong_port() -> Incident:
    refused = (
        'Liveness probe failed: Get "http://10.0.3.4:3100/ready": dial tcp 10.0.3.4:3100: connect: connection refused'
    )
    known = facts(
        "failed",
        _changed(31, agent__endpoints={"http": {"port": 3100}}, agent__environment={"NODE_ENV": "production"}),
        containers={AGENT: [box("Waiting", "CrashLoopBackOff; last exit: Error (143)", restarts=7), WEB]},
        age=30,
        events=[
            event("Killing", "Container app failed liveness probe, will be restarted", POD, 29, 2, 7)
            | {"type": "Normal"},
            event("Unhealthy", refused, POD, 30, 1, 22),
        ],
        logs={AGENT: [(each, "info", "listening on 3000") for each in (29, 20, 10, 2)]},
    )
    return incident("a liveness probe at the wrong port", known, "probe", AGENT, 31, [".agent.endpoints.http.port"])


def old_server_without_live_data() -> Incident:
    low = {"cpu": "500m", "memory": "2Gi", "cpu_limit": "2", "memory_limit": "2Gi"}
    known = facts(
        "failed",
        _changed(3.4 * HOUR, agent__resources=low),
        containers={AGENT: [box("Waiting", "CrashLoopBackOff: OOMKilled", restarts=41), WEB]},
        age=3.4 * HOUR,
    )
    missing = Fact(error="not offered by this server (501)")
    known = replace(known, events=missing, alerts=missing)
    return incident("no events, no alerts", known, "memory", AGENT, 31, [".agent.resources.memory_limit"])


def one_of_two_pods() -> Incident:
    known = facts(
        "deploying",
        _changed(22, variables__OPENAI_API_KEY={"ref": "TEAM_KEY_V2", "targets": ["agent"], "secret": True}),
        age=21 * DAY,
        events=[event("Failed", 'Error: secret "team-key-v2" not found', OLD_POD, 21, 1, 99, severity="stuck")],
        status={"waiting_on": [{"workload": AGENT, "component": "agent", "phase": "progressing", "message": "1 of 2"}]},
    )
    return incident("one of two pods lacks its secret", known, "config", AGENT, 31, [".variables.OPENAI_API_KEY.ref"])


def store_was_removed() -> Incident:
    known = facts(
        "failed",
        _changed(13, knowledge=None),
        containers={
            AGENT: [box("Waiting", "back-off 2m40s restarting failed container; exit code 1", restarts=6), WEB]
        },
        age=13,
        events=[event("BackOff", f"{LOOPS} app in pod {POD}_ns(4)", POD, 12, 1, 33)],
        logs={AGENT: [(each, "", "Error: getaddrinfo ENOTFOUND claims-desk-knowledge-docs") for each in (12.5, 8, 3)]},
    )
    return incident("a store that was removed", known, "crash", AGENT, 31, [".knowledge"])


def longer_context() -> Incident:
    text = (
        "ValueError: User-specified max_model_len (65536) is greater than the derived max_model_len"
        " (max_position_embeddings=8192)"
    )
    known = facts(
        "failed",
        _changed(95, models__embed__environment={"MAX_MODEL_LEN": "65536"}, agent__image="registry.test/meridian/x:2"),
        containers={EMBED: [box("Terminated", "Error (exit code 1)", restarts=17)]},
        ages={EMBED: 95},
        age=94,
        events=[event("BackOff", f"{LOOPS} app in pod {EMBED}-5d7c-a1_ns(5)", f"{EMBED}-5d7c-a1", 59, 0.3, 150)],
        logs={EMBED: [(each, "error", text) for each in range(92, 1, -6)]},
    )
    return incident(
        "a context that the model does not have", known, "crash", EMBED, 31, [".models.embed.environment.MAX_MODEL_LEN"]
    )


def noise_of_a_healthy_agent() -> Incident:
    known = facts(
        "active",
        _changed(55, target__display_name="Claims 2"),
        age=54,
        events=[
            event(
                "Unhealthy",
                "Readiness probe failed: dial tcp 10.0.3.9:3000: connect: connection refused",
                POD,
                53,
                53,
                2,
            ),
            event("BackOff", f"{LOOPS} app in pod {OLD_POD}_ns(6)", OLD_POD, 100, 56, 31),
        ],
        logs={AGENT: [(each, "error", "tool call failed: upstream 502") for each in (50, 31, 4)]},
        ready=(1, 1),
    )
    return incident("a healthy agent after a repair", known, "none")


def stopped_by_billing_while_crashing() -> Incident:
    known = facts(
        "failed",
        _changed(3 * DAY, agent__image="registry.test/meridian/x:3"),
        containers={AGENT: [box("Waiting", "CrashLoopBackOff", restarts=90), WEB]},
        age=3 * DAY,
        events=[event("BackOff", f"{LOOPS} app in pod {POD}_ns(7)", POD, 58, 30, 90)],
        status={"value": "inactive", "reason": "suspended", "details": "Stopped by billing"},
    )
    return incident("stopped by billing while it crashed", known, "billing")


def exit_code_of_a_migration() -> Incident:
    """The last words are two: what went wrong, and then that it ends."""
    lines = [
        (each + offset, level, text)
        for each in (26, 21, 12, 3)
        for offset, level, text in (
            (0.02, "info", "running migration 0042"),
            (0.01, "error", 'relation "claims_v2" already exists'),
            (0.0, "error", "migration failed, exiting with code 3"),
        )
    ]
    known = facts(
        "failed",
        _changed(28, agent__image="registry.test/meridian/claims-desk:77aa0042"),
        containers={AGENT: [box("Waiting", "CrashLoopBackOff (exit code 3)", restarts=9), WEB]},
        age=27,
        logs={AGENT: lines},
    )
    return incident("a migration that fails", known, "crash", AGENT, 31, [".agent.image"])


INCIDENTS: list[Incident] = [
    registry_needs_a_login(),
    key_of_a_config_map(),
    sidecar_out_of_memory(),
    job_without_its_mailbox(),
    more_graphics_cards(),
    storage_class_that_is_not_there(),
    startup_probe_and_a_rename(),
    store_takes_the_agent_along(),
    program_is_not_in_the_image(),
    quota(),
    liveness_at_the_wrong_port(),
    old_server_without_live_data(),
    one_of_two_pods(),
    store_was_removed(),
    longer_context(),
    noise_of_a_healthy_agent(),
    exit_code_of_a_migration(),
]
ONE_SOURCE = [stopped_by_billing_while_crashing()]
"""Only the status tells the end of what the other sources show."""
