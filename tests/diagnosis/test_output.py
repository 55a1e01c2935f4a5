"""What a diagnosis says, and that it contains no secret."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import jsonschema
import pytest
from diagnosis.incidents import INCIDENTS, Incident, family
from diagnosis.incidents.scene import DAY, NOW, Scene, agent_spec, changed, large_spec
from diagnosis.variations import SOURCES, without
from support.many import over

from astro_tui.diagnosis import Fact, Facts, Kind, as_json, diagnose
from astro_tui.diagnosis.values import LogPlace

TEXT = {"type": "string"}
OPTIONAL = {"type": ["string", "null"]}
SOURCE = {"enum": ["list", "status", "record", "runtime", "events", "logs", "history", "spec", "alerts"]}


def exactly(**properties: object) -> dict[str, object]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def each_of(items: object) -> dict[str, object]:
    return {"type": "array", "items": items}


SCHEMA = exactly(
    deployment=exactly(id=TEXT, account=TEXT, name=TEXT, status=TEXT),
    cause=exactly(
        kind={"enum": [kind.value for kind in Kind]},
        sentence=TEXT,
        headline=TEXT,
        workload=OPTIONAL,
        container=OPTIONAL,
        reason=OPTIONAL,
    ),
    evidence=each_of(exactly(source=SOURCE, time=OPTIONAL, text=TEXT)),
    change={
        "anyOf": [
            {"type": "null"},
            exactly(
                revision={"type": ["integer", "string"]},
                previous={"type": ["integer", "string", "null"]},
                paths={**each_of({"type": "string", "pattern": r"^\."}), "minItems": 1},
                sentence=TEXT,
                author=TEXT,
                message=TEXT,
            ),
        ]
    },
    change_state={"enum": ["explained", "unchanged", "unrelated", "unread"]},
    conflicts=each_of(exactly(sources=each_of(SOURCE), text=TEXT)),
    unread=each_of(exactly(source=SOURCE, error=TEXT, since=OPTIONAL, as_of=OPTIONAL)),
    next=each_of(exactly(text=TEXT, command=OPTIONAL)),
)
FORM = jsonschema.Draft202012Validator(SCHEMA)

each = over(INCIDENTS)


@each
def test_the_json_has_the_documented_form(incident: Incident) -> None:
    whole = as_json(diagnose(incident.facts))
    FORM.validate(json.loads(json.dumps(whole)))
    assert (whole["change"] is not None) == (whole["change_state"] == "explained")


@each
def test_the_sentence_is_one_line_that_ends(incident: Incident) -> None:
    found = diagnose(incident.facts)
    assert found.sentence.endswith(".")
    assert "\n" not in found.sentence
    assert len(found.sentence) < 900
    if found.kind not in (Kind.NONE, Kind.PAUSED, Kind.BILLING, Kind.CANCELED):
        assert found.evidence


@each
def test_errors_are_listed_and_change_no_kind(incident: Incident) -> None:
    # One half of the sources, the other half for the next incident.
    for name in SOURCES[INCIDENTS.index(incident) % 2 : 7 : 2]:
        facts = replace(without(incident.facts, name), **{name: Fact(error="503: try again")})
        found = diagnose(facts)
        assert found.kind in (incident.kind, Kind.UNKNOWN), name
        shown = "list" if name == "row" else name
        assert any(each.source == shown and "503" in each.error for each in found.unread)


def test_a_lowered_memory_limit_is_blamed_in_one_sentence() -> None:
    good = agent_spec()
    scene = Scene([(5 * DAY, good), (41, changed(good, "agent/resources/memory", "256Mi"))])
    scene.failed("1 of 2 workloads failed")
    scene.container("tide-notes-agent", "Waiting", "CrashLoopBackOff: OOMKilled, exit code 137", restarts=11)
    found = diagnose(scene.facts())
    assert found.sentence == (
        "The agent ran out of memory (limit 256Mi). Revision 18 lowered .agent.resources.memory 1Gi → 256Mi."
    )
    assert found.change is not None
    assert found.change.sentence == "Revision 18 lowered .agent.resources.memory 1Gi → 256Mi."
    assert [each.command for each in found.next_steps] == [
        "astro-tui rollback --to 17 harborline/ze5-r2l-m16",
        None,
        "astro-tui diff harborline/ze5-r2l-m16 17 18",
        "astro-tui logs harborline/ze5-r2l-m16 --workload tide-notes-agent --container app --tail 100",
    ]
    assert not found.fine
    assert not found.unknown


COMMIT = {"deployed_by": "user_01", "commit_message": "Half the memory is enough\n\nMeasured for a week."}
SCENE = Scene([(5 * DAY, agent_spec()), (41, changed(agent_spec(), "agent/resources/memory", "256Mi"))])
SCENE.failed("1 of 2 workloads failed")
SCENE.container("tide-notes-agent", "Waiting", "CrashLoopBackOff: OOMKilled, exit code 137", restarts=11)
TUNED = changed(agent_spec(), "agent/environment/BATCH", "2000")


@pytest.mark.parametrize(
    ("old", "new", "headline", "change"),
    [
        (
            changed(agent_spec(), "agent/environment/BATCH", "50"),
            TUNED,
            "Out of memory (1Gi) since rev 18 (BATCH 50 → 2000).",
            "Revision 18 changed .agent.environment.BATCH 50 → 2000.",
        ),
        (
            agent_spec(),
            TUNED,
            "Out of memory (1Gi) since rev 18 (BATCH added).",
            "Revision 18 added .agent.environment.BATCH (2000).",
        ),
        (
            changed(agent_spec(), "agent/environment/BATCH_PASSWORD", 50123),
            changed(agent_spec(), "agent/environment/BATCH_PASSWORD", 90123),
            "Out of memory (1Gi) since rev 18 (BATCH_PASSWORD raised).",
            "Revision 18 changed .agent.environment.BATCH_PASSWORD.",
        ),
    ],
)
def test_a_cause_has_the_old_and_the_new_value(old: object, new: object, headline: str, change: str) -> None:
    scene = Scene([(5 * DAY, old), (41, new)])
    scene.failed("1 of 2 workloads failed")
    scene.container("tide-notes-agent", "Waiting", "CrashLoopBackOff: OOMKilled, exit code 137", restarts=11, age=40)
    found = diagnose(scene.facts())
    assert (found.headline, found.change and found.change.sentence) == (headline, change)


def test_a_blamed_image_is_rolled_back_and_not_corrected() -> None:
    scene = Scene([(5 * DAY, agent_spec()), (41, changed(agent_spec(), "agent/image", "registry.test/a/b:2"))])
    scene.failed("1 of 2 workloads failed")
    scene.container("tide-notes-agent", "Waiting", "CrashLoopBackOff: OOMKilled, exit code 137", restarts=11, age=40)
    found = diagnose(scene.facts())
    assert found.change is not None
    assert found.change.paths == (".agent.image",)
    assert "agent.image" not in " ".join(step.text for step in found.next_steps)


def test_a_headline_names_another_workload_than_the_agent() -> None:
    scene = Scene([(5 * DAY, large_spec())])
    scene.container("tide-notes-knowledge-cases", "Waiting", "OOMKilled, exit code 137", restarts=11, age=40)
    assert diagnose(scene.facts()).headline.startswith("Out of memory (1Gi) in knowledge cases.")


@pytest.mark.parametrize("title", ["No room on the cluster", "Memory"])
def test_a_headline_says_once_what_the_title_of_an_issue_says(title: str) -> None:
    issue = {"workload": "tide-notes-agent", "title": title, "reason": "FailedScheduling", "phase": "failed"}
    issue["message"] = "0/6 nodes are available: 6 Insufficient memory."
    status = Fact({"value": "error", "reason": "failed", "failed_on": [issue]})
    found = diagnose(replace(SCENE.facts(), status=status, events=Fact(error="refused"), runtime=Fact(error="refused")))
    assert found.headline == "No room on the cluster: 0/6 nodes are available: 6 Insufficient memory."


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ({"value": "active", "reason": "ready", "details": "4 of 4 workloads ready"}, "active; 4 of 4 workloads ready"),
        ({"value": "error", "reason": "failed", "details": "no pod"}, "error (failed); no pod"),
        ({"value": "active"}, "active"),
    ],
)
def test_what_the_status_says_is_a_clause_each(status: dict[str, str], said: str) -> None:
    found = diagnose(replace(SCENE.facts(), status=Fact(status)))
    assert next(each.text for each in found.evidence if each.source == "status") == said


def test_a_diagnosis_is_as_old_as_its_oldest_source() -> None:
    """Also if a source does not respond, so that no error is known yet; a list is read less often."""
    facts = SCENE.facts()
    old = replace(facts.runtime, read_at=NOW - timedelta(seconds=23))
    found = diagnose(replace(facts, runtime=old, status=replace(facts.status, read_at=NOW)))
    assert found.oldest == NOW - timedelta(seconds=23)


def test_the_change_has_its_author_and_commit_message() -> None:
    history = {"deployments": [{**row, **COMMIT} for row in SCENE.history()]}
    change = diagnose(replace(SCENE.facts(), history=Fact(history))).change
    assert (change and change.author, change and change.message) == ("user_01", "Half the memory is enough")


ENDED = (41.0, "info", "cache is large: 3.9 GiB")
WAITS = "waiting for the rate limit of the model, attempt 1"


@pytest.mark.parametrize(
    ("state", "message", "started", "lines", "proof"),
    [
        ("Waiting", "CrashLoopBackOff: OOMKilled, exit code 137", None, [ENDED], "cache is large: 3.9 GiB"),
        ("Running", "OOMKilled 41m ago", None, [ENDED, (40.5, "info", WAITS)], "cache is large: 3.9 GiB"),
        ("Running", "OOMKilled", 40.6, [ENDED, (40.5, "info", WAITS)], "cache is large: 3.9 GiB"),
        (
            "Running",
            "OOMKilled",
            None,
            [ENDED, (40.5, "info", "starting"), (1, "info", WAITS)],
            "cache is large: 3.9 GiB",
        ),
        # The observation is older than the log, in which the container runs again.
        ("Waiting", "OOMKilled", 40.6, [ENDED, (40.5, "info", WAITS), (0.1, "info", WAITS)], "cache is large: 3.9 GiB"),
        ("Running", "OOMKilled", None, [(1, "info", WAITS)], ""),
    ],
)
def test_the_last_lines_before_the_end_are_the_proof(
    state: str, message: str, started: float | None, lines: list[tuple[float, str, str]], proof: str
) -> None:
    """The place in the log and the evidence are the same lines; what was logged after a restart proves nothing."""
    agent = "tide-notes-agent"
    scene = Scene([(5 * DAY, agent_spec())])
    scene.container(agent, state, message, ready=state == "Running", restarts=11, age=300)
    scene.event("BackOff", "Back-off restarting failed container app", scene.pod(agent), 11, 1, 200)
    if started is not None:
        scene.started(agent, started, count=11)
    scene.log(agent, (200, "info", "sorting mails"), *lines)
    found = diagnose(scene.facts())
    quoted = [each.text for each in found.evidence if each.source == "logs"]
    assert (found.kind, found.place and found.place.message) == (Kind.MEMORY, proof)
    assert quoted[-1:] == ([proof] if proof else [])


def test_lines_before_the_observation_of_an_end_are_from_before_that_end() -> None:
    """A program that ended seconds ago has not run since: its last lines are not those of the crash before."""
    agent = "tide-notes-agent"
    scene = Scene([(5 * DAY, agent_spec())])
    scene.container(agent, "Waiting", "CrashLoopBackOff: OOMKilled", restarts=11, age=300)
    scene.started(agent, 40.6, count=11)
    scene.log(agent, ENDED, (0.5, "info", "cache is large: 4.0 GiB"))
    facts = scene.facts()
    found = diagnose(replace(facts, runtime=replace(facts.runtime, read_at=facts.now)))
    assert found.place is not None
    assert found.place.message == "cache is large: 4.0 GiB"


def test_disagreement_is_shown() -> None:
    incident = next(each for each in INCIDENTS if each.name == "active but restarting all day")
    texts = [each.text for each in diagnose(incident.facts).conflicts]
    assert "status says active; app restarted 23 times" in texts


SECRETS = ("hunter2secret", "sk-ant-api03-9fK2mQx7LpZr4TbWcVnY8sHd", "ghp_A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8")


def test_no_secret_is_in_any_output() -> None:
    """Secrets in every text that comes from outside: log, status, events, runtime, record, errors, spec, URLs."""
    good = agent_spec()
    one, two, three = SECRETS
    bad = changed(good, "agent/environment/DATABASE_URL", f"postgres://notes:{one}@db:5432/notes")
    bad = changed(bad, "agent/image", f"https://user:{one}@registry.test/a/b:1")
    scene = Scene([(5 * DAY, good), (18, bad)])
    agent = "tide-notes-agent"
    scene.failed(
        f"workload failed: postgres://notes:{one}@db:5432/notes",
        scene.issue(agent, message=f"CrashLoopBackOff: token={three}", title=f"API_KEY={two} refused", guidance=two),
    )
    scene.container(agent, "Waiting", f"CrashLoopBackOff: Error, exit code 1: password={one}", restarts=8)
    scene.event(
        "BackOff", f"Back-off restarting failed container app in pod x: {two} {three}", scene.pod(agent), 17, 1, 9
    )
    scene.log(
        agent,
        (17, "fatal", f"DATABASE_URL is postgres://notes:{one}@db:5432/notes"),
        (9, "fatal", f"Authorization: Bearer {three}"),
        (2, "fatal", f"AuthenticationError: {two} is not valid"),
    )
    scene.extra["alerts"] = Fact({"alerts": [{"name": "restarts", "title": f"Restarts ({two})", "state": "firing"}]})
    facts = scene.facts()
    variants = [facts, *[without(facts, name) for name in SOURCES]]
    variants += [replace(facts, events=Fact(error=f"500: password={one} {two}"), runtime=Fact(error=three))]
    for known in variants:
        whole = json.dumps(as_json(diagnose(known)))
        assert [secret for secret in SECRETS if secret in whole] == []


def test_control_characters_and_markup_are_harmless() -> None:
    scene = Scene([(5 * DAY, agent_spec())])
    scene.failed("\x1b]0;owned\x07 [bold]x[/]\nsecond\u202e line")
    text = json.dumps(as_json(diagnose(scene.facts())), ensure_ascii=False)
    assert not any(character in text for character in "\x1b\x07\u202e")
    assert "\\n" not in text


def test_without_facts_the_kind_is_unknown() -> None:
    found = diagnose(Facts(NOW))
    assert found.kind is Kind.UNKNOWN
    assert found.unknown
    assert as_json(found)["change"] is None


@pytest.mark.parametrize(
    ("word", "kind", "fine"), [("Running", "none", True), ("Stopped", "paused", True), ("error", "unknown", False)]
)
def test_the_list_alone(word: str, kind: str, fine: bool) -> None:
    found = diagnose(
        Facts(NOW, row=Fact({"id": "a", "name": "b", "status": word, "created_at": "2026-01-01T00:00:00Z"}))
    )
    assert (found.kind, found.fine, found.unknown) == (kind, fine, not fine)
    if word == "Running":
        assert found.list_only
        assert "nothing else was checked" in found.sentence


def test_how_full_a_disk_is_is_evidence_for_no_space_left() -> None:
    [incident] = [each for each in family("traps") if each.name == "volume full"]
    said = [each.text for each in diagnose(incident.facts).evidence if each.source == "runtime"]
    assert "the disk of tide-notes-knowledge-cases is 100% full, 20 of 20 GiB" in said
    assert sum("disk of" in each for each in said) == 1


def test_other_failures_are_evidence() -> None:
    incident = next(each for each in INCIDENTS if each.name == "two workloads fail")
    found = diagnose(incident.facts)
    assert found.kind == incident.kind
    assert "also: the agent fails its readiness probe: HTTP probe failed with statuscode: 404" in [
        each.text for each in found.evidence
    ]


def test_the_beginning_is_the_same_if_the_same_is_read_again() -> None:
    moved = set()
    for incident in INCIDENTS:
        later = replace(incident.facts, now=incident.facts.now + timedelta(seconds=41))
        found = [(each.began, each.or_earlier) for each in map(diagnose, (incident.facts, later)) if each.began]
        moved |= {incident.name} if len(set(found)) > 1 else set()
    assert not moved


def test_it_says_why_no_change_is_blamed() -> None:
    """Several revisions can be the one, or it began before the log that could be read."""
    found = {each.name: diagnose(each.facts) for each in [*family("onsets"), *family("late")]}
    several = found["a rounded age does not tell which change"]
    assert several.sentence.endswith(". Revision 19 or revision 18 may have caused it.")
    assert several.or_earlier
    assert found["the log begins too late"].sentence.endswith(
        ". The problem began before the earliest log line, so no change is blamed."
    )
    assert found["the log begins too late"].or_earlier
    assert not found["an event of an hour ago is the first one"].or_earlier


def test_the_place_is_the_line_that_the_sentence_quotes() -> None:
    scene = Scene([(5 * DAY, agent_spec())])
    scene.failed("1 of 2 workloads failed")
    scene.container("tide-notes-agent", "Waiting", "CrashLoopBackOff: Error, exit code 1", restarts=11, age=40)
    scene.log("tide-notes-agent", (3, "error", "cannot open /data/index"), (2, "", "Error: exiting"), container="app")
    line = scene.log_list[0].lines.value[0]  # type: ignore[index]
    line["timestamp"] = "2026-11-26T02:57:00.123456789Z"
    found = diagnose(scene.facts())
    assert "cannot open /data/index" in found.sentence
    began = int(datetime(2026, 11, 26, 2, 57, tzinfo=UTC).timestamp())
    ns = began * 1_000_000_000 + 123_456_789
    assert found.place == LogPlace("tide-notes-agent", "app", ns, "cannot open /data/index")
    line["timestamp"] = str(ns)
    assert diagnose(scene.facts()).place == found.place
    line["timestamp"] = ""
    assert diagnose(scene.facts()).place == replace(found.place, ns=0)


def test_without_a_line_the_place_is_where_it_began() -> None:
    found = {each.name: diagnose(each.facts) for each in INCIDENTS}
    memory = found["memory lowered"]
    assert memory.place is not None
    assert memory.began is not None
    assert (memory.place.workload, memory.place.message) == ("tide-notes-agent", "")
    assert memory.place.ns == int(memory.began.timestamp()) * 1_000_000_000
    assert found["healthy"].place is None
    assert all(each.place is None for each in found.values() if each.kind is Kind.IMAGE)


def test_an_earlier_error_is_not_quoted_as_last_words() -> None:
    for incident in family("onsets"):
        if "errors from before" in incident.name:
            found = diagnose(incident.facts)
            assert "upstream 502" not in found.sentence
            assert found.place is not None
            assert found.place.message == ""


def test_the_reason_is_never_cut_out_of_a_long_line() -> None:
    scene = Scene([(5 * DAY, agent_spec())])
    scene.failed("1 of 2 workloads failed")
    scene.container("tide-notes-agent", "Waiting", "CrashLoopBackOff: Error, exit code 1", restarts=11, age=40)
    filler = "while reading a page of the tide table of a harbor " * 6
    scene.log("tide-notes-agent", (3, "", f"RuntimeError: {filler} insufficient_quota at the provider {filler}"))
    cause = diagnose(scene.facts()).cause
    assert "insufficient_quota at the provider" in cause
    assert len(cause) < 450
