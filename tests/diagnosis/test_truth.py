"""A diagnosis claims no more than its sources show."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from diagnosis.incidents import INCIDENTS, Incident
from diagnosis.incidents.scene import DAY, HOUR, Scene, agent_spec, changed, large_spec
from support.many import over

from astro_tui.diagnosis import Diagnosis, Fact, Facts, Kind, diagnose
from astro_tui.diagnosis.values import ChangeState
from astro_tui.text.redaction import MASK

AGENT = "tide-notes-agent"
GOOD = agent_spec()
MORE_MEMORY = changed(GOOD, "agent/resources/memory", "2Gi")


def crashing(*, template: bool = False) -> Facts:
    """Return the facts of an agent that crashes since revision 18, whose spec looks like the one before."""
    scene = Scene([(5 * DAY, GOOD), (41, GOOD)])
    scene.failed("1 of 2 workloads failed")
    scene.container(AGENT, "Waiting", "CrashLoopBackOff: OOMKilled, exit code 137", restarts=11, age=40)
    facts = scene.facts()
    return replace(facts, specs={**facts.specs, 17: Fact(GOOD, regenerated=True)}) if template else facts


def test_a_difference_that_templates_hide_does_not_become_nothing_was_changed() -> None:
    real = diagnose(crashing())
    assert (
        real.change_state,
        real.sentence.endswith("No revision changed anything around the time the problem began."),
    ) == (
        ChangeState.UNCHANGED,
        True,
    )
    found = diagnose(crashing(template=True))
    assert (found.kind, found.change_state) == (Kind.MEMORY, ChangeState.UNREAD)
    assert found.sentence.endswith("storage, or access, so revision 18 cannot be cleared or blamed.")


def test_a_template_is_recognized_by_its_form() -> None:
    facts = crashing()
    old = {"spec": "deployment-template/v1", "template": GOOD}
    assert diagnose(replace(facts, specs={**facts.specs, 17: Fact(old)})).change_state is ChangeState.UNREAD
    # The current revision's own template is complete.
    assert diagnose(replace(facts, specs={**facts.specs, 18: Fact(old)})).change_state is ChangeState.UNCHANGED


def test_a_blamed_revision_may_have_changed_more_than_templates_show() -> None:
    scene = Scene([(5 * DAY, GOOD), (41, changed(GOOD, "agent/image", "registry.test/harborline/tide-notes:5"))])
    scene.failed("1 of 2 workloads failed")
    scene.container(AGENT, "Waiting", "CrashLoopBackOff: Error, exit code 1", restarts=11, age=40)
    facts = scene.facts()
    hidden = "the platform keeps no old variables, resources, storage, or access, so it may have changed these, too"
    assert hidden not in [each.text for each in diagnose(facts).evidence]
    found = diagnose(replace(facts, specs={**facts.specs, 17: Fact(facts.specs[17].value, regenerated=True)}))
    assert found.change is not None
    assert found.change.revision == 18
    assert hidden in [each.text for each in found.evidence]


def test_a_secret_that_was_stored_masked_is_not_a_change() -> None:
    old = changed(GOOD, "variables/UPSTREAM_URL/value", f"{MASK} bearer 0000ab12")
    facts = crashing()
    assert diagnose(replace(facts, specs={**facts.specs, 17: Fact(old)})).change is None


def rolled_back(scene: Scene) -> Facts:
    """Return the facts after a rollback from revision 18 to 17: the list and the record still have the old build."""
    history = scene.history()
    history[0] |= {"is_current": False, "status": "undeployed"}
    history[1] |= {"is_current": True, "status": scene.database_word}
    return replace(scene.facts(), history=Fact({"deployments": history}))


def test_a_revision_that_was_rolled_back_is_not_blamed() -> None:
    scene = Scene([(5 * DAY, GOOD), (41, changed(GOOD, "agent/image", "registry.test/harborline/tide-notes:5"))])
    scene.failed("1 of 2 workloads failed")
    scene.container(AGENT, "Waiting", "CrashLoopBackOff: Error, exit code 1", restarts=11, age=40)
    found = diagnose(rolled_back(scene))
    assert (found.kind, found.change, found.change_state) == (Kind.CRASH, None, ChangeState.UNREAD)
    assert "Revision 18 was rolled back" in found.sentence
    assert found.rolled_back_from == "4be19c07"


@pytest.mark.parametrize(
    ("action", "minutes", "said"),
    [
        ("deployment.rollback", 20, "Revision 18 was rolled back by Sam Ortiz."),
        ("deployment.restart", 20, "Revision 18 was rolled back, and when is not known."),
        # Before revision 18 was deployed, it was another rollback.
        ("deployment.rollback", 3 * DAY, "Revision 18 was rolled back, and when is not known."),
    ],
)
def test_a_rollback_names_who_did_it(action: str, minutes: int, said: str) -> None:
    scene = Scene([(5 * DAY, GOOD), (41, changed(GOOD, "agent/image", "registry.test/harborline/tide-notes:5"))])
    scene.failed("1 of 2 workloads failed")
    scene.container(AGENT, "Waiting", "CrashLoopBackOff: Error, exit code 1", restarts=11, age=40)
    facts = rolled_back(scene)
    at = (facts.now - timedelta(minutes=minutes)).isoformat()
    act = {"at": at, "action": action, "who": "Sam Ortiz", "resource_id": facts.history.value["deployments"][0]["id"]}
    found = diagnose(replace(facts, audit=Fact({"rows": [act]})))
    assert said in found.sentence
    rollback = next(each.text for each in found.evidence if "rolled back" in each.text and each.source == "history")
    assert ("rolled back from revision 18 by Sam Ortiz;" in rollback) == ("by Sam" in said)
    assert sum("Sam Ortiz" in each.text for each in found.evidence) <= 1


def test_the_memory_limit_is_that_of_the_current_revision() -> None:
    scene = Scene([(5 * DAY, GOOD), (41, MORE_MEMORY)])
    scene.failed("1 of 2 workloads failed")
    scene.container(AGENT, "Waiting", "CrashLoopBackOff: OOMKilled, exit code 137", restarts=11, age=40)
    assert "1Gi" in diagnose(rolled_back(scene)).cause


def test_a_finished_job_is_not_a_problem() -> None:
    scene = Scene([(5 * DAY, GOOD)])
    container = {"name": "app", "state": "Terminated", "ready": False, "restart_count": 0}
    container["message"] = "Completed, exit code 0"
    name = "tide-notes-seed-1764480000"
    scene.runtime["workloads"].append(
        {"name": name, "age": "3h", "phase": "Succeeded", "pod_name": f"{name}-x2v4k", "containers": [container]}
    )
    found = diagnose(scene.facts())
    assert (found.kind, found.conflicts) == (Kind.NONE, ())


def test_a_missing_ready_is_not_an_endpoint_problem() -> None:
    scene = Scene([(5 * DAY, GOOD)])
    for body in (scene.row, scene.record):
        del body["external_urls"][0]["ready"]
    assert diagnose(scene.facts()).kind is Kind.NONE


SOURCES = {"row": "list", "status": "status", "runtime": "runtime"}


def claim(facts: Facts) -> Diagnosis:
    found = diagnose(facts)
    assert "No problem" not in found.sentence
    assert (found.kind, found.fine) == (Kind.UNKNOWN, False)
    return found


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("error", ["503: unavailable", "403: forbidden", "no response", "the response was cut off"])
def test_a_failed_source_proves_nothing(name: str, error: str) -> None:
    """Neither without any value nor with an old one."""
    facts = Scene([(5 * DAY, GOOD)]).facts()
    assert diagnose(facts).kind is Kind.NONE
    old = getattr(facts, name)
    for failed in (Fact(error=error), Fact(old.value, error)):
        found = claim(replace(facts, **{name: failed}))
        assert [(each.source, each.error) for each in found.unread] == [(SOURCES[name], error)]
        if name != "row":
            assert f"{SOURCES[name]} could not be read" in found.sentence


def test_an_old_value_is_no_proof_either() -> None:
    facts = Scene([(5 * DAY, GOOD)]).facts()
    scene = Scene([(5 * DAY, GOOD)])
    scene.container(AGENT, "Running", ready=True, restarts=3)
    restarted = replace(scene.facts(), events=Fact(facts.events.value, "503"))
    assert diagnose(restarted).kind is Kind.UNKNOWN


LARGE = large_spec()
NIGHTLY = "tide-notes-ingestion-nightly"


def with_jobs(spec: Any, *jobs: tuple[str, str, str]) -> Scene:
    """Return a deployment whose server lists each job by itself: its name, age, and phase."""
    scene = Scene([(5 * DAY, LARGE), (20 * HOUR, spec)])
    for each in scene.record["workloads"]:
        if each["name"] == NIGHTLY:
            each["schedule"] = "15 2 * * *"
    scene.observed(NIGHTLY).pop("runs")
    for name, age, phase in jobs:
        text = {"Failed": "Error, exit code 1", "Succeeded": "Completed, exit code 0"}.get(phase, "")
        state = "Terminated" if text else "Running"
        box = {"name": "app", "state": state, "ready": not text, "restart_count": 0, "message": text}
        scene.runtime["workloads"].append(
            {"name": name, "age": age, "phase": phase, "pod_name": f"{name}-x7k2p", "containers": [box]}
        )
    return scene


def test_a_job_that_the_record_does_not_list_is_a_run_of_its_schedule() -> None:
    scene = with_jobs(
        changed(LARGE, "ingestion/nightly/environment/SOURCE", "s3://nope"),
        (f"{NIGHTLY}-29400015", "45m", "Failed"),
        (f"{NIGHTLY}-29398575", "1d", "Succeeded"),
    )
    scene.log(NIGHTLY, (44, "", "botocore.errorfactory.NoSuchBucket: The specified bucket does not exist"))
    found = diagnose(scene.facts())
    assert (found.kind, found.workload, found.change and found.change.revision) == (Kind.JOB, NIGHTLY, 18)
    assert found.sentence.startswith("The ingestion nightly failed: botocore.errorfactory.NoSuchBucket")


def test_a_later_run_that_succeeded_ends_the_problem() -> None:
    jobs = [(f"{NIGHTLY}-29398575", "1d", "Failed"), (f"{NIGHTLY}-29400015", "45m", "Succeeded")]
    assert diagnose(with_jobs(LARGE, *jobs).facts()).kind is Kind.NONE


def test_a_run_that_does_not_end_blocks_its_schedule() -> None:
    found = diagnose(with_jobs(LARGE, (f"{NIGHTLY}-29390000", "3d", "Running")).facts())
    assert (found.kind, found.workload) == (Kind.JOB, NIGHTLY)
    assert "blocks its own schedule" in found.sentence
    assert diagnose(with_jobs(LARGE, (f"{NIGHTLY}-29390000", "1d", "Running")).facts()).kind is Kind.NONE


def test_the_last_requests_of_a_ready_agent_all_failed() -> None:
    scene = Scene([(5 * DAY, GOOD)])
    served = [(40.0 - each, "info", f'"POST /v1/chat HTTP/1.1" {200 if each < 3 else 500}') for each in range(30)]
    checks = [(40.0 - each, "info", '"GET /healthz HTTP/1.1" 200') for each in range(38)]
    scene.log(AGENT, *served, *checks, (12, "error", 'column "tone" does not exist'))
    found = diagnose(scene.facts())
    assert (found.kind, found.failing) == (Kind.ENDPOINT, True)
    assert "all of its last 27 requests failed" in found.sentence
    scene.log_list.clear()
    scene.log(AGENT, *served, (1, "info", '"POST /v1/chat HTTP/1.1" 200'))
    assert diagnose(scene.facts()).kind is Kind.NONE


@pytest.mark.parametrize(
    ("ready", "said", "outage"),
    [(0, " (0 of 3 replicas ready).", True), (2, " (2 of 3 replicas ready).", False), (3, ".", False)],
)
def test_replicas_are_counted_by_the_platform(ready: int, said: str, outage: bool) -> None:
    """The observed pod says nothing about the other replicas."""
    scene = Scene([(5 * DAY, changed(GOOD, "agent/replicas", 3))])
    scene.runtime |= {"ready": ready, "replicas": 3}
    pod = "tide-notes-agent-6d5f0018b9-zzzzz"
    scene.event("BackOff", f"Back-off restarting failed container app in pod {pod}", pod, 300, 1, 190)
    found = diagnose(scene.facts())
    assert (found.cause, found.outage) == (f"The agent keeps crashing{said}", outage)
    assert (f"status says active; {ready} of 3 replicas of the agent are ready" in conflicts_of(found)) == (ready < 3)


def conflicts_of(diagnosis: Diagnosis) -> list[str]:
    return [each.text for each in diagnosis.conflicts]


def test_without_a_ready_replica_nothing_is_fine() -> None:
    scene = Scene([(5 * DAY, GOOD)])
    scene.runtime |= {"ready": 0, "replicas": 3}
    found = diagnose(scene.facts())
    assert (found.fine, found.outage) == (False, True)
    assert found.sentence == "None of the 3 replicas is ready, and no source says why."


PLATFORM = {
    "Build failed: step 7/12: npm ci exited with code 1": "because its build failed",
    "quota exceeded for account meridian-labs: 20 of 20 vCPU in use": "the account's quota is used up",
}


@pytest.mark.parametrize("error", PLATFORM)
def test_what_the_platform_says_is_not_a_crash(error: str) -> None:
    found = diagnose(Scene([(5 * DAY, GOOD)]).failed(error).facts())
    assert PLATFORM[error] in found.sentence
    assert found.kind is not Kind.CRASH
    assert found.next_steps


@over(INCIDENTS)
def test_every_problem_has_a_next_step(incident: Incident) -> None:
    found = diagnose(incident.facts)
    if found.kind is not Kind.NONE:
        assert found.next_steps
        for step in found.next_steps:
            assert step.text[0].isupper() or not step.text[0].isalpha()
            assert step.text.endswith((".", ")"))
            assert "{" not in step.text


@pytest.mark.parametrize(("status", "offered"), [("undeployed", True), ("failed", False)])
def test_no_rollback_to_a_revision_that_failed_too(status: str, offered: bool) -> None:
    scene = Scene([(5 * DAY, MORE_MEMORY), (41, GOOD)])
    scene.failed("1 of 2 workloads failed")
    scene.container(AGENT, "Waiting", "CrashLoopBackOff: OOMKilled, exit code 137", restarts=11, age=40)
    history = scene.history()
    history[1]["status"] = status
    found = diagnose(replace(scene.facts(), history=Fact({"deployments": history})))
    assert found.change is not None
    assert any("Roll back to revision 17" in step.text for step in found.next_steps) is offered


@pytest.mark.parametrize("status", [{"value": "zombie"}, {"value": 6, "reason": 5}])
def test_a_status_with_an_unknown_word_does_not_prove_that_nothing_is_wrong(status: dict[str, object]) -> None:
    healthy = next(each for each in INCIDENTS if each.name == "healthy").facts
    assert diagnose(healthy).kind is Kind.NONE
    assert diagnose(replace(healthy, status=Fact(status, read_at=healthy.now))).unknown


HEALTHY = Scene([(5 * DAY, GOOD)]).facts()
OUT_OF_MEMORY = replace(crashing(), history=Fact(error="500: no history"))


def steps_of(found: Diagnosis) -> str:
    return "\n".join(f"{step.text} {step.command}" for step in found.next_steps)


@pytest.mark.parametrize("status", [{"value": None, "reason": None, "failed_on": None}, {}, [None]])
def test_a_status_that_says_nothing_is_unread(status: object) -> None:
    found = claim(replace(HEALTHY, status=Fact(status)))
    assert "status could not be read" in found.sentence
    assert [(each.source, each.error) for each in found.unread] == [("status", "the response names no status")]


def test_a_pause_in_the_list_is_not_certain_while_the_status_is_unread() -> None:
    row = Fact({**Scene([(5 * DAY, GOOD)]).row, "status": "Stopped"})
    found = diagnose(replace(Facts(HEALTHY.now), row=row, status=Fact(error="503: try again")))
    assert (found.kind, found.fine) == (Kind.UNKNOWN, False)
    assert found.cause == "The list says stopped, but status could not be read."


def test_the_source_that_a_sentence_names_is_evidence() -> None:
    history = Fact({"deployments": [{"id": "d", "revision": 1, "status": "failed", "is_current": True}]})
    found = diagnose(Facts(HEALTHY.now, history=history, deployment_id="d"))
    assert found.cause.startswith("The history says failed")
    assert "history" in [each.source for each in found.evidence]


def test_no_change_of_the_agent_is_blamed_for_a_workload_that_no_revision_declares() -> None:
    scene = Scene([(5 * DAY, agent_spec()), (30, changed(agent_spec(), "agent/image", "registry.test/a/b:2"))])
    proxy = {"name": "tide-notes-proxy", "pod_name": "tide-notes-proxy-0"}
    scene.runtime["workloads"].append(deepcopy(scene.observed(AGENT)) | proxy)
    scene.container("tide-notes-proxy", "Waiting", "ImagePullBackOff: manifest unknown", age=29)
    found = diagnose(scene.facts())
    assert (found.kind, found.workload, found.change) == (Kind.IMAGE, "tide-notes-proxy", None)


def test_the_same_facts_show_the_same_beginning() -> None:
    """An age counts from when it was read, not from now."""
    facts = replace(crashing(), events=Fact({"events": []}))
    facts = replace(facts, runtime=replace(facts.runtime, read_at=facts.now))
    later = [replace(facts, now=facts.now + timedelta(seconds=seconds)) for seconds in (0, 12, 25)]
    assert len({diagnose(each).began for each in later}) == 1


@pytest.mark.parametrize(("refused", "advice"), [(True, "Ask the owner"), (False, "Ask again")])
def test_what_a_login_may_not_read_is_not_requested_again(refused: bool, advice: str) -> None:
    found = diagnose(replace(HEALTHY, status=Fact(error="no access", refused=refused)))
    assert advice in steps_of(found)


def test_no_difference_is_offered_while_the_history_is_unread() -> None:
    assert "astro-tui diff" in steps_of(diagnose(crashing(template=True)))
    assert "astro-tui diff" not in steps_of(diagnose(OUT_OF_MEMORY))


def test_a_canceled_deploy_can_be_rolled_back() -> None:
    scene = Scene([(5 * DAY, GOOD), (41, MORE_MEMORY)]).failed("Deployment cancelled")
    assert "Roll back to revision 17, which ran before. astro-tui rollback --to 17 " in steps_of(
        diagnose(scene.facts())
    )


def test_advice_and_evidence_are_not_repeated() -> None:
    scene = Scene([(5 * DAY, GOOD)])
    guidance = "Raise agent.resources.memory_limit (now 1Gi) or load less data at a time."
    message = "CrashLoopBackOff: OOMKilled, exit code 137"
    issue = scene.issue(AGENT, title="Ran out of memory", message=message, guidance=guidance)
    scene.failed(f"Container app of {AGENT} was OOMKilled", issue)
    scene.container(AGENT, "Waiting", message, restarts=11, age=40)
    found = diagnose(scene.facts())
    assert steps_of(found).count("memory") == 1
    told = [each for each in found.evidence if "OOMKilled" in each.text]
    assert len(told) <= 2
    assert any("(also in " in each.text for each in told)


def test_a_failed_removal_is_a_problem() -> None:
    scene = Scene([(5 * DAY, GOOD)]).failed("undeploy failed: namespace agents-x is stuck in Terminating")
    found = diagnose(scene.facts())
    assert found.failing
    assert not found.unknown
    assert found.cause == "The agent could not be removed: namespace agents-x is stuck in Terminating."
    assert found.next_steps[0].text.startswith("Delete the agent again.")


def test_an_error_with_a_reason_in_unknown_words_is_a_problem() -> None:
    found = diagnose(Scene([(5 * DAY, GOOD)]).failed("the moon is in the wrong phase").facts())
    assert (found.unknown, found.failing) == (True, True)
    assert found.next_steps[0].text.startswith("Do what the message says")
