"""Incidents in several pods and workloads, in jobs over days, and without any change that caused them."""

from __future__ import annotations

from dataclasses import replace

from diagnosis.incidents.plain import AGENT, DAY, DOCS, EMBED, LOOPS, MAIL, OLD_POD, POD, Json, box, desk, event, facts
from diagnosis.incidents.scene import Incident, at, incident

from astro_tui.diagnosis import Fact

HOUR = 60.0
WEB = box("Running", ready=True, name="messaging")
BUILD = {"agent__image": "registry.test/meridian/claims-desk:d00dfeed"}


def _revisions(*known: tuple[float, dict[str, object]]) -> dict[int, tuple[float, Json]]:
    """Return revisions from 40 on, oldest first: minutes ago, and what differs from the first one."""
    return {40: (60 * DAY, desk())} | {
        number: (minutes, desk(**changes)) for number, (minutes, changes) in enumerate(known, 41)
    }


def key_was_revoked() -> Incident:
    known = facts(
        "failed",
        _revisions((12 * DAY, BUILD)),
        containers={AGENT: [box("Waiting", "CrashLoopBackOff: exit code 1", restarts=34), WEB]},
        age=12 * DAY,
        events=[event("BackOff", f"{LOOPS} app in pod {POD}_ns(a)", POD, 59, 1, 160)],
        logs={
            AGENT: [(each, "error", "openai.AuthenticationError: 401 invalid api key") for each in range(171, 1, -5)]
        },
    )
    return incident("a key was revoked", known, "crash", AGENT, None, (), "unchanged")


def image_was_deleted() -> Incident:
    known = facts(
        "failed",
        _revisions((12 * DAY, BUILD)),
        containers={AGENT: [box("Waiting", "ImagePullBackOff"), box("Waiting", "ImagePullBackOff", name="messaging")]},
        age=22,
        events=[
            event(
                "Failed",
                'Failed to pull image "registry.test/meridian/claims-desk:d00dfeed": rpc error: code = NotFound desc ='
                " failed to pull and unpack image: registry.test/meridian/claims-desk:d00dfeed: not found",
                POD,
                21,
                1,
                9,
            )
        ],
    )
    return incident("an image was deleted, and its pod moved", known, "image", AGENT, None, (), "unchanged")


def rolled_back() -> Incident:
    known = facts(
        "active",
        _revisions((70.0, {"agent__healthcheck": {"path": "/nope"}}), (41.0, {})),
        age=41,
        events=[
            event("BackOff", f"{LOOPS} app in pod {OLD_POD}_ns(b)", OLD_POD, 64, 41, 50),
            event("Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 404", OLD_POD, 68, 41, 30),
        ],
        ready=(1, 1),
    )
    return incident("rolled back, and fine again", known, "none")


def init_container() -> Incident:
    known = facts(
        "failed",
        _revisions((33.0, BUILD)),
        containers={
            AGENT: [
                box("Waiting", "CrashLoopBackOff: exit code 1", restarts=8, name="migrate"),
                box("Waiting", "PodInitializing"),
                box("Waiting", "PodInitializing", name="messaging"),
            ]
        },
        age=33,
        events=[event("BackOff", f"{LOOPS} migrate in pod {POD}_ns(c)", POD, 31, 1, 90)],
        logs={AGENT: [(each, "", "psycopg.errors.DuplicateTable: claims") for each in (32, 25, 14, 4)]},
    )
    return incident("what runs before the agent crashes", known, "crash", AGENT, 41, [".agent.image"], "", "migrate")


def three_bad_nights() -> Incident:
    runs = [
        {"name": f"{MAIL}-{number}", "status": status, "start_time": at(minutes), "completions": "0/1"}
        for number, status, minutes in ((9, "Failed", 55), (8, "Failed", 55 + DAY), (7, "Failed", 55 + 2 * DAY))
    ] + [{"name": f"{MAIL}-6", "status": "Succeeded", "start_time": at(55 + 3 * DAY), "completions": "1/1"}]
    known = facts(
        "active",
        _revisions((9 * DAY, BUILD), (2.6 * DAY, {**BUILD, "ingestion__mail__image": "registry.test/meridian/mail:2"})),
        runs={"mail": runs},
        age=2.6 * DAY,
        logs={
            MAIL: [(55 + DAY * night - 1, "", "TypeError: 'NoneType' object is not iterable") for night in (2, 1, 0)]
        },
        ready=(1, 1),
    )
    return incident("three bad nights", known, "job", MAIL, 42, [".ingestion.mail.image"])


def two_causes() -> Incident:
    """The model fails for hours without a change; a change broke the agent later."""
    known = facts(
        "failed",
        _revisions((9 * DAY, BUILD), (12.0, {**BUILD, "variables__MAX_CLAIM": None})),
        containers={
            EMBED: [box("Waiting", "CrashLoopBackOff: OOMKilled", restarts=37)],
            AGENT: [box("Waiting", "CrashLoopBackOff: exit code 1", restarts=6), WEB],
        },
        ages={EMBED: 9 * DAY},
        age=12,
        events=[
            event("BackOff", f"{LOOPS} app in pod {EMBED}-5d7c-a1_ns(d)", f"{EMBED}-5d7c-a1", 175, 1, 400),
            event("BackOff", f"{LOOPS} app in pod {POD}_ns(d)", POD, 11, 1, 30),
        ],
        logs={AGENT: [(each, "error", "KeyError: 'MAX_CLAIM'") for each in (11.5, 8, 3)]},
        error="2 of 5 workloads failed",
    )
    return incident("two causes, the older one first", known, "memory", EMBED, None)


def config_map_as_a_file() -> Incident:
    known = facts(
        "failed",
        _revisions((26.0, {"agent__volumes": [{"name": "rules", "configmap": "claims-rules-v3"}]})),
        containers={
            AGENT: [box("Waiting", "ContainerCreating"), box("Waiting", "ContainerCreating", name="messaging")]
        },
        age=26,
        events=[
            event(
                "FailedMount",
                'MountVolume.SetUp failed for volume "rules" : configmap "claims-rules-v3" not found',
                POD,
                26,
                1,
                18,
                severity="transient",
            )
        ],
    )
    return incident("a config map that is mounted is not there", known, "config", AGENT, 41, [".agent.volumes"])


def address_in_use() -> Incident:
    known = facts(
        "failed",
        _revisions((17.0, {"agent__endpoints": {"http": {"port": 8787}}})),
        containers={AGENT: [box("Waiting", "CrashLoopBackOff: exit code 1", restarts=7), WEB]},
        age=16,
        events=[event("BackOff", f"{LOOPS} app in pod {POD}_ns(e)", POD, 15, 1, 50)],
        logs={
            AGENT: [(each, "error", "Error: listen EADDRINUSE: address already in use :::8787") for each in (16, 9, 2)]
        },
    )
    return incident("an address in use", known, "crash", AGENT, 41, [".agent.endpoints.http.port"])


def larger_model() -> Incident:
    known = facts(
        "failed",
        _revisions((80.0, {"models__embed__model": "BAAI/bge-multilingual-gemma2"})),
        containers={EMBED: [box("Waiting", "OOMKilled (exit code 137)", restarts=18)]},
        ages={EMBED: 80},
        age=9 * DAY,
        events=[event("BackOff", f"{LOOPS} app in pod {EMBED}-5d7c-a1_ns(f)", f"{EMBED}-5d7c-a1", 58, 1, 160)],
    )
    return incident("a larger model", known, "memory", EMBED, 41, [".models.embed.model"])


def renamed_variable() -> Incident:
    trace = [
        "Traceback (most recent call last):",
        '  File "/app/main.py", line 8, in <module>',
        "KeyError: 'MAX_CLAIM'",
    ]
    lines = [(each - 0.001 * place, "", text) for each in (27, 20, 11, 2) for place, text in enumerate(trace)]
    known = facts(
        "failed",
        _revisions(
            (28.0, {"variables__MAX_CLAIM": None, "variables__CLAIM_MAX": {"value": "2500", "targets": ["agent"]}}),
            (9.0, {"variables__MAX_CLAIM": None, "variables__CLAIM_MAX": {"value": "3000", "targets": ["agent"]}}),
        ),
        containers={AGENT: [box("Waiting", "CrashLoopBackOff: exit code 1", restarts=5), WEB]},
        age=9,
        logs={AGENT: lines},
    )
    return incident("a variable got another name", known, "crash", AGENT, 41, [".variables.MAX_CLAIM"])


def less_processor_time() -> Incident:
    low = {"cpu": "100m", "memory": "2Gi", "cpu_limit": "150m", "memory_limit": "4Gi"}
    slow = 'Liveness probe failed: Get "http://10.0.3.4:3000/ready": context deadline exceeded'
    known = facts(
        "failed",
        _revisions((37.0, {"agent__resources": low})),
        containers={AGENT: [box("Running", "last exit: Error (137)", restarts=8), WEB]},
        age=36,
        events=[
            event("Unhealthy", slow, POD, 34, 1, 44),
            event("Killing", "Container app failed liveness probe, will be restarted", POD, 33, 2, 8)
            | {"type": "Normal"},
        ],
    )
    paths = [".agent.resources.cpu", ".agent.resources.cpu_limit"]
    return incident("less processor time", known, "probe", AGENT, 41, paths)


def third_replica() -> Incident:
    message = "0/4 nodes are available: 4 Insufficient memory. preemption: 0/4 nodes are available."
    known = facts(
        "deploying",
        _revisions((19.0, {"knowledge__docs__replicas": 3})),
        age=60 * DAY,
        events=[event("FailedScheduling", message, f"{DOCS}-2", 18, 1, 6)],
        status={"waiting_on": [{"workload": DOCS, "phase": "progressing", "message": "2 of 3 replicas ready"}]},
    )
    return incident("no room for a third replica", known, "scheduling", DOCS, 41, [".knowledge.docs.replicas"])


def registry_limits() -> Incident:
    known = facts(
        "deploying",
        _revisions((11.0, BUILD)),
        containers={AGENT: [box("Waiting", "ErrImagePull"), WEB]},
        age=11,
        events=[
            event(
                "Failed",
                'Failed to pull image "registry.test/meridian/claims-desk:d00dfeed": toomanyrequests: You have reached'
                " your pull rate limit",
                POD,
                10,
                1,
                5,
            )
        ],
    )
    return incident("a registry that limits pulls", known, "image", AGENT, None, (), "unrelated")


def an_hour_ago() -> Incident:
    low = {"cpu": "500m", "memory": "1Gi", "cpu_limit": "2", "memory_limit": "1Gi"}
    known = facts(
        "failed",
        _revisions((9 * DAY, BUILD), (66.0, {**BUILD, "agent__resources": low})),
        containers={AGENT: [box("Waiting", "CrashLoopBackOff: OOMKilled", restarts=15), WEB]},
        age=65,
        events=[event("BackOff", f"{LOOPS} app in pod {POD}_ns(g)", POD, 59, 1, 170)],
    )
    return incident("memory since an hour ago", known, "memory", AGENT, 42, [".agent.resources.memory_limit"])


def status_is_not_read() -> Incident:
    known = facts(
        "failed",
        _revisions((21.0, {"agent__environment": {"NODE_ENV": "production", "POLICY_SET": "2026-13"}})),
        containers={AGENT: [box("Waiting", "CrashLoopBackOff: exit code 2", restarts=7), WEB]},
        age=20,
        logs={AGENT: [(each, "fatal", "no policy set 2026-13") for each in (20, 13, 5)]},
        error="1 of 5 workloads failed",
    )
    known = replace(known, status=Fact(error="no response within 8 seconds"), alerts=Fact(error="503"))
    path = ".agent.environment.POLICY_SET"
    return incident("the status cannot be read", known, "crash", AGENT, 41, [path])


INCIDENTS: list[Incident] = [
    key_was_revoked(),
    image_was_deleted(),
    rolled_back(),
    init_container(),
    three_bad_nights(),
    two_causes(),
    config_map_as_a_file(),
    address_in_use(),
    larger_model(),
    renamed_variable(),
    less_processor_time(),
    third_replica(),
    registry_limits(),
    an_hour_ago(),
    status_is_not_read(),
]
