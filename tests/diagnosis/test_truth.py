"""A diagnosis claims no more than its sources show."""

from __future__ import annotations

from dataclasses import replace

import pytest
from diagnosis.incidents.scene import DAY, Scene, agent_spec, changed

from astro_tui.diagnosis import ChangeState, Diagnosis, Fact, Facts, Kind, diagnose
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
    assert (real.change_state, real.sentence.endswith("Nothing was changed around the time the problem began.")) == (
        ChangeState.UNCHANGED,
        True,
    )
    found = diagnose(crashing(template=True))
    assert (found.kind, found.change_state) == (Kind.MEMORY, ChangeState.UNREAD)
    assert "Whether revision 18 changed its variables, resources, storage, or access is not known" in found.sentence


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
    hidden = "changes of variables, resources, storage, and access cannot be compared"
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


def test_the_memory_limit_is_that_of_the_current_revision() -> None:
    scene = Scene([(5 * DAY, GOOD), (41, MORE_MEMORY)])
    scene.failed("1 of 2 workloads failed")
    scene.container(AGENT, "Waiting", "CrashLoopBackOff: OOMKilled, exit code 137", restarts=11, age=40)
    assert "1Gi" in diagnose(rolled_back(scene)).cause


@pytest.mark.parametrize(("phase", "state", "kind"), [("Succeeded", "Completed, exit code 0", Kind.NONE)])
def test_a_finished_job_is_not_a_problem(phase: str, state: str, kind: Kind) -> None:
    scene = Scene([(5 * DAY, GOOD)])
    container = {"name": "app", "state": "Terminated", "ready": False, "restart_count": 0, "message": state}
    name = "tide-notes-seed-1764480000"
    scene.runtime["workloads"].append(
        {"name": name, "age": "3h", "phase": phase, "pod_name": f"{name}-x2v4k", "containers": [container]}
    )
    found = diagnose(scene.facts())
    assert (found.kind, found.conflicts) == (kind, ())


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
