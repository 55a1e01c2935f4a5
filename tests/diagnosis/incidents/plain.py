"""Incidents as bodies written by hand, with little in them: servers send no more than they have to."""

from __future__ import annotations

from typing import Any

from diagnosis.incidents.scene import NOW, Incident, at, incident, short_age

from astro_tui.diagnosis import Fact, Facts, LogFact

Json = dict[str, Any]


def desk(**changes: Any) -> Json:
    """Return a spec with a store, a model, and a job; `a__b=1` sets `.a.b`, None removes."""
    spec: Json = {
        "spec": "deployment/v1",
        "source": {"account": "meridian", "name": "claims-desk", "build": "c1f00a92", "registry": "registry.test"},
        "target": {"runtime": "kubernetes", "account": "meridian", "display_name": "Claims"},
        "agent": {
            "image": "registry.test/meridian/claims-desk:c1f00a92",
            "replicas": 2,
            "endpoints": {"http": {"port": 3000}},
            "resources": {"cpu": "500m", "memory": "2Gi", "cpu_limit": "2", "memory_limit": "4Gi"},
            "environment": {"NODE_ENV": "production", "POLICY_SET": "2026-06"},
            "healthcheck": {"path": "/ready"},
        },
        "models": {
            "embed": {
                "image": "vllm/vllm-openai:v0.9.2",
                "model": "BAAI/bge-m3",
                "gpu": {"count": 2},
                "resources": {"memory": "16Gi"},
            }
        },
        "knowledge": {
            "docs": {
                "image": "qdrant/qdrant:v1.13.2",
                "resources": {"memory": "2Gi"},
                "persistent": True,
                "storage": {"size": "50Gi", "class": "gp3", "access_mode": "ReadWriteOnce"},
            }
        },
        "ingestion": {
            "mail": {
                "image": "registry.test/meridian/mail:c1f00a92",
                "trigger": {"type": "startup"},
                "environment": {"BOX": "claims"},
            }
        },
        "interfaces": {
            "adapters": ["web"],
            "image": "registry.test/platform/messaging:1.14.0",
            "resources": {"memory": "256Mi"},
        },
        "variables": {
            "OPENAI_API_KEY": {"ref": "TEAM_KEY", "targets": ["agent"], "secret": True},
            "MAX_CLAIM": {"value": "2500", "targets": ["agent"]},
        },
        "observability": {"enabled": True, "image": "otel/collector:0.128.0", "resources": {"memory": "128Mi"}},
    }
    for path, value in changes.items():
        *way, last = path.split("__")
        inside = spec
        for step in way:
            inside = inside.setdefault(step, {})
        if value is None:
            inside.pop(last)
        else:
            inside[last] = value
    return spec


def box(state: str, message: str = "", *, ready: bool = False, restarts: int = 0, name: str = "app") -> Json:
    found = {"name": name, "state": state, "ready": ready, "restart_count": restarts}
    return found | ({"message": message} if message else {})


UP = box("Running", ready=True)


def event(  # noqa: PLR0917  one argument a column
    reason: str, message: str, name: str, first: float | None, last: float | None, times: int = 1, **more: str
) -> Json:
    return {
        "type": "Warning",
        "reason": reason,
        "message": message,
        "object_kind": "Pod",
        "object_name": name,
        "count": times,
        "first_timestamp": at(first),
        "last_timestamp": at(last),
        **more,
    }


def facts(
    word: str,
    revisions: dict[int, tuple[float, Json]],
    *,
    containers: dict[str, list[Json]] | None = None,
    age: float = 60,
    ages: dict[str, float] | None = None,
    events: list[Json] | None = None,
    logs: dict[str, list[tuple[float, str, str]]] | None = None,
    status: Json | None = None,
    error: str = "",
    runs: dict[str, list[Json]] | None = None,
    ready: tuple[int, int] = (0, 0),
) -> Facts:
    """Return facts with one body per endpoint; workloads that are not mentioned are up."""
    listed, value, reason = {
        "active": ("Running", "active", "ready"),
        "failed": ("error", "error", "failed"),
        "deploying": ("pending", "deploying", "provisioning"),
    }[word]
    kinds = {
        "agent": "Deployment",
        "knowledge-docs": "StatefulSet",
        "model-embed": "Deployment",
        "collector": "Deployment",
    }
    named = {f"claims-desk-{name}" if name != "collector" else name: (name, kind) for name, kind in kinds.items()}
    workloads = [{"name": each, "kind": kind, "component": name} for each, (name, kind) in named.items()]
    workloads.append({"name": "claims-desk-ingestion-mail", "kind": "Job", "component": "ingestion-mail"})
    observed: list[Json] = []
    for each in named:
        pod = f"{each}-0" if "knowledge" in each else f"{each}-77c9d8f5b4-q9x2z"
        boxes = (containers or {}).get(each) or [
            UP,
            *([box("Running", ready=True, name="messaging")] if each.endswith("agent") else []),
        ]
        observed.append(
            {
                "name": each,
                "age": short_age((ages or {}).get(each, age)),
                "phase": "Running",
                "pod_name": pod,
                "containers": boxes,
            }
        )
    observed.append({"name": "claims-desk-ingestion-mail", "status": "Succeeded", "runs": (runs or {}).get("mail")})
    history = [
        {"id": "q7k-0ab-x4d", "agent_name": "claims-desk", "revision": number, "deployed_at": at(minutes), "spec": {}}
        for number, (minutes, _spec) in sorted(revisions.items(), reverse=True)
    ]
    newest = max(revisions)
    return Facts(
        NOW,
        row=Fact(
            {
                "id": "q7k-0ab-x4d",
                "name": "claims-desk",
                "account_name": "meridian",
                "status": listed,
                "created_at": at(revisions[newest][0]),
            }
        ),
        status=Fact(
            {"value": value, "reason": reason, "details": ""}
            | ({"error_message": error} if error else {})
            | (status or {})
        ),
        record=Fact(
            {
                "deployment": {
                    "id": "q7k-0ab-x4d",
                    "name": "claims-desk",
                    "status": listed,
                    "error_message": error,
                    "workloads": workloads,
                }
            }
        ),
        runtime=Fact(
            {
                "runtime": {
                    "ready": ready[0],
                    "replicas": ready[1],
                    "messaging_reachable": word == "active",
                    "workloads": observed,
                }
            }
        ),
        events=Fact({"events": events or []}),
        alerts=Fact({"alerts": []}),
        history=Fact({"deployments": history, "count": len(history)}),
        logs=tuple(
            LogFact(
                name,
                "",
                Fact([{"timestamp": at(when), "level": level, "message": text} for when, level, text in lines]),
            )
            for name, lines in (logs or {}).items()
        ),
        specs={number: Fact(spec) for number, (_minutes, spec) in revisions.items()},
    )


AGENT, DOCS, EMBED, MAIL = (
    "claims-desk-agent",
    "claims-desk-knowledge-docs",
    "claims-desk-model-embed",
    "claims-desk-ingestion-mail",
)
POD = "claims-desk-agent-77c9d8f5b4-q9x2z"
OLD_POD = "claims-desk-agent-5b7f66cc8d-aaaaa"
LOOPS = "Back-off restarting failed container"
DAY = 1440.0


def _crash(restarts: int = 6, code: int = 1, name: str = "app") -> list[Json]:
    rest = [box("Running", ready=True, name="messaging")] if name == "app" else [UP]
    return [box("Waiting", f"CrashLoopBackOff: last exit code {code}", restarts=restarts, name=name), *rest]


def _two(minutes: float, **changes: Any) -> dict[int, tuple[float, Json]]:
    return {11: (3 * DAY, desk()), 12: (minutes, desk(**changes))}


INCIDENTS: list[Incident] = [
    incident(
        "validation error over several lines",
        facts(
            "failed",
            _two(14, variables__MAX_CLAIM=None, agent__environment__POLICY_SET="2026-07"),
            containers={AGENT: _crash()},
            age=14,
            events=[event("BackOff", LOOPS, POD, 13, 1, 30)],
            logs={
                AGENT: [
                    line
                    for when in (13.5, 8, 2)
                    for line in (
                        (when, "info", "loading POLICY_SET=2026-07"),
                        (
                            when,
                            "error",
                            "pydantic_core._pydantic_core.ValidationError: 1 validation error for Settings",
                        ),
                        (when, "", "MAX_CLAIM"),
                        (when, "", "  Field required [type=missing, input_value={}, input_type=dict]"),
                    )
                ]
            },
        ),
        "crash",
        AGENT,
        12,
        [".variables.MAX_CLAIM"],
    ),
    incident(
        "structured log",
        facts(
            "failed",
            _two(14, agent__environment__NODE_ENV=None, agent__environment__POLICY_SET="2026-07"),
            containers={AGENT: _crash()},
            age=14,
            events=[event("BackOff", LOOPS, POD, 13, 1, 30)],
            logs={
                AGENT: [
                    (when, "", '{"level":"fatal","msg":"NODE_ENV must be production or test","pid":1}')
                    for when in (13.5, 8, 2)
                ]
            },
        ),
        "crash",
        AGENT,
        12,
        [".agent.environment.NODE_ENV"],
    ),
    incident(
        "trace at the level of information",
        facts(
            "failed",
            _two(14, variables__OPENAI_API_KEY__targets=["ingestion.mail"]),
            containers={AGENT: _crash()},
            age=14,
            events=[event("BackOff", LOOPS, POD, 13, 1, 30)],
            logs={AGENT: [(when, "info", "KeyError: 'OPENAI_API_KEY'") for when in (13.5, 8, 2)]},
        ),
        "crash",
        AGENT,
        12,
        [".variables.OPENAI_API_KEY.targets"],
    ),
    incident(
        "graphics memory",
        facts(
            "failed",
            _two(35, models__embed__gpu__count=1),
            containers={EMBED: [box("Waiting", "back-off 5m0s restarting failed container; exit code 1", restarts=9)]},
            ages={EMBED: 35},
            age=4000,
            events=[event("BackOff", LOOPS, "claims-desk-model-embed-1-x", 33, 1, 90)],
            logs={
                EMBED: [
                    (when, "error", "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB")
                    for when in (33, 20, 2)
                ]
            },
        ),
        "crash",
        EMBED,
        12,
        [".models.embed.gpu.count"],
    ),
    incident(
        "deadline with a container that is not ready",
        facts(
            "failed",
            _two(40, target__display_name="Claims EU"),
            containers={AGENT: [box("Running"), box("Running", ready=True, name="messaging")]},
            age=40,
            status={
                "failed_on": [
                    {"workload": AGENT, "component": "agent", "phase": "failed", "reason": "ProgressDeadlineExceeded"}
                ]
            },
        ),
        "timeout",
        AGENT,
        None,
        (),
        "unrelated",
    ),
    incident(
        "young rollout that fixes an image",
        facts(
            "deploying",
            {
                10: (3 * DAY, desk()),
                11: (40, desk(agent__image="registry.test/meridian/claims-desk:oops")),
                12: (1.0, desk()),
            },
            containers={
                AGENT: [box("Waiting", "ContainerCreating"), box("Waiting", "ContainerCreating", name="messaging")]
            },
            ages={AGENT: 0.8},
            age=4000,
            events=[
                event(
                    "Failed",
                    'Failed to pull image "registry.test/meridian/claims-desk:oops": not found',
                    OLD_POD,
                    39,
                    0.9,
                    12,
                )
            ],
        ),
        "none",
    ),
    incident(
        "image fails after a memory failure was fixed",
        facts(
            "failed",
            {
                10: (3 * DAY, desk()),
                11: (50, desk(agent__resources__memory_limit="256Mi")),
                12: (20, desk(agent__image="registry.test/meridian/claims-desk:oops")),
            },
            containers={
                AGENT: [box("Waiting", "ImagePullBackOff"), box("Waiting", "PodInitializing", name="messaging")]
            },
            age=20,
            events=[
                event(
                    "Failed",
                    'Failed to pull image "registry.test/meridian/claims-desk:oops": not found',
                    POD,
                    19,
                    1,
                    12,
                ),
                event("OOMKilling", "Memory cgroup out of memory: Killed process 77 (node)", OLD_POD, 48, 21, 9),
            ],
        ),
        "image",
        AGENT,
        12,
        [".agent.image"],
    ),
    incident(
        "restarts, last one minutes ago",
        facts(
            "active",
            _two(20 * 60, agent__resources__memory_limit="512Mi"),
            containers={
                AGENT: [
                    box("Running", "OOMKilled 4 minutes ago", ready=True, restarts=23),
                    box("Running", ready=True, name="messaging"),
                ]
            },
            age=20 * 60,
            events=[event("BackOff", LOOPS, POD, 19 * 60, 5, 40)],
        ),
        "memory",
        AGENT,
        12,
        [".agent.resources.memory_limit"],
    ),
    incident(
        "restarts, last one hours ago",
        facts(
            "active",
            _two(20 * 60, agent__resources__memory_limit="512Mi"),
            containers={
                AGENT: [
                    box("Running", "OOMKilled 5 hours ago", ready=True, restarts=23),
                    box("Running", ready=True, name="messaging"),
                ]
            },
            age=20 * 60,
        ),
        "none",
    ),
    incident(
        "the first revision cannot start",
        facts(
            "failed",
            {1: (9, desk())},
            containers={
                AGENT: [box("Waiting", "CreateContainerConfigError"), box("Running", ready=True, name="messaging")]
            },
            age=9,
            events=[event("Failed", 'Error: secret "team-key" not found', POD, 8.5, 0.5, 40)],
        ),
        "config",
        AGENT,
        None,
        (),
        "unchanged",
    ),
    incident(
        "collector out of memory",
        facts(
            "failed",
            _two(30, observability__resources__memory="32Mi"),
            containers={"collector": [box("Waiting", "CrashLoopBackOff (OOMKilled)", restarts=8)]},
            age=30,
            events=[event("BackOff", LOOPS, "collector-77c9d8f5b4-q9x2z", 28, 1, 50)],
            status={"failed_on": [{"workload": "collector", "component": "collector", "phase": "failed"}]},
        ),
        "memory",
        "collector",
        12,
        [".observability.resources.memory"],
    ),
    incident(
        "sidecar out of memory",
        facts(
            "failed",
            _two(30, interfaces__resources__memory="48Mi", agent__resources__memory_limit="3Gi"),
            containers={AGENT: [UP, box("Waiting", "CrashLoopBackOff (OOMKilled)", restarts=8, name="messaging")]},
            age=30,
            events=[event("BackOff", f"{LOOPS} messaging in pod {POD}_ns(1)", POD, 28, 1, 50)],
        ),
        "memory",
        AGENT,
        12,
        [".interfaces.resources.memory"],
        container="messaging",
    ),
    incident(
        "probe fails, its events say little",
        facts(
            "deploying",
            _two(50, agent__healthcheck__path="/readyz"),
            containers={AGENT: [box("Running"), box("Running", ready=True, name="messaging")]},
            age=50,
            events=[
                event("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 404", POD, 12, 0.2, 70)
            ],
        ),
        "probe",
        AGENT,
        12,
        [".agent.healthcheck.path"],
    ),
    incident(
        "resumed, and the image is gone",
        facts(
            "failed",
            {11: (30 * DAY, desk()), 12: (20 * DAY, desk(agent__image="registry.test/meridian/claims-desk:aa"))},
            containers={
                AGENT: [box("Waiting", "ImagePullBackOff"), box("Waiting", "PodInitializing", name="messaging")]
            },
            age=16,
            events=[
                event(
                    "Failed", 'Failed to pull image "registry.test/meridian/claims-desk:aa": not found', POD, 15, 1, 9
                )
            ],
        ),
        "image",
        AGENT,
        None,
        (),
        "unchanged",
    ),
    incident(
        "volume vanished",
        facts(
            "failed",
            _two(45, agent__environment__POLICY_SET="2026-07"),
            containers={DOCS: [box("Waiting", "ContainerCreating")]},
            ages={DOCS: 17},
            age=4000,
            events=[
                event(
                    "FailedAttachVolume",
                    'AttachVolume.Attach failed for volume "pvc-3" : volume "vol-0a" not found',
                    f"{DOCS}-0",
                    17,
                    1,
                    12,
                )
            ],
        ),
        "storage",
        DOCS,
        None,
        (),
        "unrelated",
    ),
    incident(
        "volume class changed",
        facts(
            "failed",
            _two(17, knowledge__docs__storage__class="io9", agent__replicas=3),
            containers={DOCS: [box("Waiting", "")]},
            ages={DOCS: 17},
            age=4000,
            events=[
                event(
                    "FailedScheduling",
                    "0/6 nodes are available: pod has unbound immediate PersistentVolumeClaims.",
                    f"{DOCS}-0",
                    17,
                    1,
                    6,
                )
            ],
        ),
        "storage",
        DOCS,
        12,
        [".knowledge.docs.storage.class"],
    ),
    incident(
        "startup ingestion fails",
        facts(
            "failed",
            _two(12, ingestion__mail__environment__BOX="archive"),
            age=4000,
            runs={
                "mail": [
                    {
                        "name": "claims-desk-ingestion-mail-x1",
                        "status": "Failed",
                        "start_time": at(11),
                        "completions": "0/1",
                    }
                ]
            },
            events=[
                event(
                    "BackoffLimitExceeded",
                    "Job has reached the specified backoff limit",
                    f"{MAIL}-x1",
                    7,
                    7,
                    object_kind="Job",
                )
            ],
            logs={
                MAIL: [
                    (9, "error", "mailbox archive: no such mailbox"),
                    (8, "error", "mailbox archive: no such mailbox"),
                ]
            },
            status={
                "failed_on": [
                    {"workload": MAIL, "component": "ingestion", "phase": "failed", "message": "BackoffLimitExceeded"}
                ]
            },
        ),
        "job",
        MAIL,
        12,
        [".ingestion.mail.environment.BOX"],
    ),
    incident(
        "ingestion fails, then the agent",
        facts(
            "failed",
            {
                10: (3 * DAY, desk()),
                11: (50, desk(ingestion__mail__environment=None)),
                12: (15, desk(ingestion__mail__environment=None, variables__MAX_CLAIM=None)),
            },
            containers={AGENT: _crash()},
            age=15,
            runs={
                "mail": [
                    {
                        "name": "claims-desk-ingestion-mail-x1",
                        "status": "Failed",
                        "start_time": at(49),
                        "completions": "0/1",
                    }
                ]
            },
            events=[event("BackOff", LOOPS, POD, 14, 1, 30)],
            logs={
                MAIL: [(48, "error", "KeyError: 'BOX'"), (47, "error", "KeyError: 'BOX'")],
                AGENT: [(when, "error", "KeyError: 'MAX_CLAIM'") for when in (14, 8, 2)],
            },
            status={
                "failed_on": [
                    {"workload": AGENT, "component": "agent", "phase": "failed"},
                    {"workload": MAIL, "component": "ingestion", "phase": "failed"},
                ]
            },
        ),
        "job",
        MAIL,
        11,
        [".ingestion.mail.environment.BOX"],
    ),
    incident(
        "killed by nobody knows whom",
        facts(
            "failed",
            _two(3 * DAY - 5, agent__environment__POLICY_SET="2026-07"),
            containers={AGENT: _crash(code=137)},
            age=3 * DAY,
            events=[event("BackOff", LOOPS, POD, 25, 1, 30)],
        ),
        "crash",
        AGENT,
        None,
    ),
    incident(
        "three replicas, one of them broken",
        facts(
            "active",
            _two(90, agent__replicas=3),
            ready=(6, 7),
            age=90,
            events=[
                event("BackOff", LOOPS, OLD_POD, 80, 1, 200),
                event("Unhealthy", "Readiness probe failed: EOF", OLD_POD, 85, 2, 30),
            ],
            logs={AGENT: [(when, "fatal", "cannot lock /data") for when in (80, 60, 30, 2)]},
        ),
        "crash",
        AGENT,
        None,
    ),
    incident(
        "variables of a secret among harmless ones",
        facts(
            "failed",
            _two(14, variables__OPENAI_API_KEY__ref="TEAM_KEY_2", variables__MAX_CLAIM__value="3000"),
            containers={
                AGENT: [box("Waiting", "CreateContainerConfigError"), box("Running", ready=True, name="messaging")]
            },
            age=14,
            events=[event("Failed", 'Error: secret "claims-desk-agent-env" not found', POD, 13, 0.5, 60)],
        ),
        "config",
        AGENT,
        12,
        [".variables.OPENAI_API_KEY.ref"],
    ),
    incident(
        "a pod that ends fails its last probes",
        facts("active", _two(4), age=4, events=[event("Unhealthy", "Readiness probe failed: EOF", OLD_POD, 3.4, 3, 3)]),
        "none",
    ),
    incident(
        "a crashing pod was removed",
        facts(
            "active",
            _two(4),
            age=4,
            events=[
                event("Killing", "Stopping container app", OLD_POD, 3.3, 3.3, type="Normal"),
                event("BackOff", LOOPS, OLD_POD, 30, 3.5, 12),
            ],
        ),
        "none",
    ),
    incident(
        "a job without times",
        facts(
            "active",
            _two(600),
            age=600,
            runs={"mail": [{"name": "claims-desk-ingestion-mail-x1", "status": "Failed", "completions": "0/1"}]},
        ),
        "job",
        MAIL,
        None,
    ),
    incident(
        "startup probe",
        facts(
            "failed",
            _two(20, agent__healthcheck__path="/boot"),
            age=20,
            containers={AGENT: [box("Running", restarts=4), box("Running", ready=True, name="messaging")]},
            events=[event("Unhealthy", "Startup probe failed: HTTP probe failed with statuscode: 404", POD, 19, 1, 40)],
        ),
        "probe",
        AGENT,
        12,
        [".agent.healthcheck.path"],
    ),
    incident(
        "the node is gone",
        facts(
            "failed",
            _two(600),
            age=600,
            containers={AGENT: [box("Unknown"), box("Unknown", name="messaging")]},
            events=[event("NodeNotReady", "Node is not ready", POD, 9, 9)],
        ),
        "scheduling",
    ),
    incident(
        "no network for the pod",
        facts(
            "deploying",
            _two(8),
            age=8,
            containers={
                AGENT: [box("Waiting", "ContainerCreating"), box("Waiting", "ContainerCreating", name="messaging")]
            },
            events=[event("FailedCreatePodSandBox", "Failed to create pod sandbox: no network", POD, 8, 0.2, 30)],
        ),
        "config",
    ),
    incident(
        "warnings that break nothing",
        facts(
            "active",
            _two(600),
            age=600,
            events=[
                event(
                    "FailedGetResourceMetric",
                    "failed to get cpu",
                    AGENT,
                    600,
                    0.2,
                    900,
                    object_kind="HorizontalPodAutoscaler",
                ),
                event(
                    "FailedToRetrieveImagePullSecret", "Unable to retrieve some image pull secrets", POD, 600, 0.2, 900
                ),
                event(
                    "InvalidEnvironmentVariableNames",
                    "Keys [a.b] from the EnvFrom secret ns/x were skipped",
                    POD,
                    600,
                    0.2,
                ),
                event(
                    "FailedMount",
                    "MountVolume.SetUp failed: failed to sync configmap cache: timed out",
                    POD,
                    600,
                    599.9,
                    2,
                ),
            ],
        ),
        "none",
    ),
    incident(
        "crashes in the first two minutes",
        facts(
            "deploying",
            _two(1.5, variables__MAX_CLAIM=None),
            age=1.4,
            containers={AGENT: _crash(restarts=2)},
            events=[event("BackOff", LOOPS, POD, 1.2, 0.3, 4)],
            logs={AGENT: [(1.2, "", "KeyError: 'MAX_CLAIM'"), (0.7, "", "KeyError: 'MAX_CLAIM'")]},
        ),
        "crash",
        AGENT,
        12,
        [".variables.MAX_CLAIM"],
    ),
    incident(
        "a probe fails for two hours, events remember one",
        facts(
            "failed",
            _two(120, agent__healthcheck__path="/x"),
            containers={AGENT: [box("Running"), box("Running", ready=True, name="messaging")]},
            age=119,
            events=[
                event("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 404", POD, 58, 1, 260)
            ],
        ),
        "probe",
        AGENT,
        12,
        [".agent.healthcheck.path"],
    ),
    incident(
        "no room for three hours while the old pod serves",
        facts(
            "failed",
            _two(180, agent__resources__cpu="64"),
            age=4000,
            events=[event("FailedScheduling", "0/6 nodes are available: 6 Insufficient cpu.", OLD_POD, 58, 1, 20)],
        ),
        "scheduling",
        AGENT,
        12,
        [".agent.resources.cpu"],
    ),
    incident(
        "a crash two hours old, events and log of one",
        facts(
            "failed",
            _two(120, variables__MAX_CLAIM=None),
            containers={AGENT: _crash(restarts=26)},
            age=119,
            events=[event("BackOff", LOOPS, POD, 58, 1, 260)],
            logs={AGENT: [(float(when), "error", "KeyError: 'MAX_CLAIM'") for when in range(59, 1, -5)]},
        ),
        "crash",
        AGENT,
        12,
        [".variables.MAX_CLAIM"],
    ),
    incident(
        "out of memory every 20 minutes, last 18 minutes ago",
        facts(
            "active",
            _two(300, agent__resources__memory_limit="1Gi"),
            containers={
                AGENT: [
                    box("Running", "OOMKilled 18m ago", ready=True, restarts=14),
                    box("Running", ready=True, name="messaging"),
                ]
            },
            age=300,
            events=[event("BackOff", LOOPS, POD, 278, 18, 14)],
        ),
        "memory",
        AGENT,
        12,
        [".agent.resources.memory_limit"],
    ),
    incident(
        "not ready, with errors in the log since before the deploy",
        facts(
            "failed",
            _two(40, agent__healthcheck__path="/health/ready"),
            containers={AGENT: [box("Running"), box("Running", ready=True, name="messaging")]},
            age=40,
            events=[
                event("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 404", POD, 39, 0.2, 230)
            ],
            logs={AGENT: [(when, "fatal", "a worker was replaced") for when in (41.5, 40.5, 30, 20, 5)]},
        ),
        "probe",
        AGENT,
        12,
        [".agent.healthcheck.path"],
    ),
]
