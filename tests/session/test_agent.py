"""Facts are requested step by step, kept for all screens, and never wait for a source that hangs."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from diagnosis.incidents import INCIDENTS, Incident
from diagnosis.incidents.scene import DAY, Scene, agent_spec, changed
from diagnosis.loading import Loader
from support.deadline import DEADLINE
from support.logins import until
from support.many import over

from astro_tui.demo import DemoServer, Fault
from astro_tui.diagnosis import Fact, Kind, diagnose
from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform.client import Call, Platform, Timeouts
from astro_tui.platform.deployment_rows import Deployment
from astro_tui.presentation.agent_list import entries_of
from astro_tui.session import fact_store
from astro_tui.session.agent import Agent, Agents
from astro_tui.session.fact_store import AT_ONCE, IN_BACKGROUND, SEVERAL, FactStore, SilentSources
from astro_tui.session.session import Session
from astro_tui.state.journal import JournalEntry, journal_of_user
from astro_tui.state.settings import Settings
from astro_tui.text.times import rfc3339
from astro_tui.theme.look import Look

HEALTHY, BROKEN, PAUSED = "Claims Desk (EU)", "Parcel Tracker", "Night Watch"


@pytest.fixture
def demo() -> Iterator[DemoServer]:
    server = DemoServer().start()
    yield server
    server.stop()


@pytest.fixture
def agents(demo: DemoServer) -> Iterator[Agents]:
    platform = Platform(demo.url, demo.token, timeouts=Timeouts(pauses=(0.01, 0.01)))
    yield Agents(platform)
    platform.close()


def listed(demo: DemoServer, agents: Agents) -> list[Agent]:
    rows = agents.platform.deployments(demo.default_account).rows
    return [agents.of(demo.default_account, entry) for entry in entries_of(rows)]


def agent_of(demo: DemoServer, agents: Agents, label: str) -> Agent:
    """Return an agent of the demo's list."""
    return next(agent for agent in listed(demo, agents) if agent.row.label == label)


class Requests:
    """The last part of each path that was requested since the last call."""

    def __init__(self, demo: DemoServer) -> None:
        self._demo, self._seen = demo, len(demo.requests)

    def newest(self) -> list[str]:
        every = self._demo.requests
        new, self._seen = every[self._seen :], len(every)
        return sorted(target.split("?")[0].rsplit("/", 1)[-1] for _method, target in new)


@pytest.mark.parametrize(
    ("source", "words"),
    [("events", "not offered by this server (404)"), ("history", "There is no blueprint with that name.")],
)
def test_a_server_may_not_offer_live_data(demo: DemoServer, agents: Agents, source: str, words: str) -> None:
    agent = agent_of(demo, agents, BROKEN)
    demo.faults.set(f"^/.*/{source}", Fault.response(404, '{"error":"agent not found"}'))
    agent.investigate(Call())
    assert getattr(agent.facts, source).error == words


def test_a_broken_agent_is_explained_by_two_specs(demo: DemoServer, agents: Agents) -> None:
    agent, requests = agent_of(demo, agents, BROKEN), Requests(demo)
    diagnosis = agent.investigate(Call())
    assert diagnosis.kind is Kind.IMAGE
    assert diagnosis.change is not None
    assert diagnosis.change.paths == (".agent.image",)
    first = requests.newest()
    assert len(first) <= 9
    assert first.count("deployment-template") == 2
    # Specs never change, so only the rest is requested again.
    assert agent.investigate(Call()).change == diagnosis.change
    assert "deployment-template" not in requests.newest()


def test_what_the_caller_has_is_not_requested_again(demo: DemoServer, agents: Agents) -> None:
    agent, requests = agent_of(demo, agents, HEALTHY), Requests(demo)
    runtime = agent.read("runtime", Call())
    assert requests.newest() == ["runtime"]
    assert agent.investigate(Call(), {"runtime": runtime}).kind is Kind.NONE
    assert requests.newest() == []


def test_the_status_is_kept_for_the_badge(demo: DemoServer, agents: Agents) -> None:
    agent = agent_of(demo, agents, BROKEN)
    assert agent.report is None
    agent.investigate(Call())
    report = agent.report
    assert report is not None
    assert report.value == "error"


def test_a_source_that_fails_keeps_its_old_value(demo: DemoServer, agents: Agents) -> None:
    agent = agent_of(demo, agents, BROKEN)
    first = agent.investigate(Call())
    demo.faults.set(re.compile("/events$"), Fault.response(501, '{"error":"not here"}'))
    second = agent.investigate(Call())
    assert [each.source for each in second.unread] == ["events"]
    assert second.kind is first.kind
    facts = agent.facts
    assert facts.events.known
    assert facts.events.stale


@pytest.mark.timed
def test_a_source_that_hangs_does_not_delay_the_diagnosis(
    demo: DemoServer, agents: Agents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fact_store, "PATIENCE", 0.2)
    agent = agent_of(demo, agents, BROKEN)
    demo.faults.set(re.compile("/events$"), Fault.hang())
    diagnosis = agent.investigate(Call())
    assert [(each.source, each.error) for each in diagnosis.unread] == [("events", "no response within 0 seconds")]
    assert diagnosis.kind is Kind.IMAGE


def test_a_bug_in_a_request_is_not_a_missing_fact(
    demo: DemoServer, agents: Agents, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object, **_more: object) -> None:
        raise RuntimeError("oh")

    agent = agent_of(demo, agents, HEALTHY)
    monkeypatch.setattr(agents.platform, "runtime", broken)
    with pytest.raises(RuntimeError, match="oh"):
        agent.investigate(Call())


def test_canceling_ends_it(demo: DemoServer, agents: Agents) -> None:
    agent = agent_of(demo, agents, BROKEN)
    demo.faults.set(re.compile("/status$"), Fault.hang())
    call = Call()
    ended: list[PlatformError] = []

    def run() -> None:
        try:
            agent.investigate(call)
        except PlatformError as error:
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    call.abort()
    thread.join(DEADLINE)
    assert [error.kind for error in ended] == [ErrorKind.CANCELED]
    assert agent.diagnosis is None


def test_without_a_login_it_is_an_error(demo: DemoServer, agents: Agents) -> None:
    agent = agent_of(demo, agents, HEALTHY)
    demo.faults.set(re.compile("/runtime$"), Fault.response(401, '{"error":"expired"}'))
    with pytest.raises(PlatformError) as caught:
        agent.investigate(Call())
    assert caught.value.kind is ErrorKind.SIGNED_OUT


def test_never_more_than_six_requests_at_once(demo: DemoServer, agents: Agents) -> None:
    every = listed(demo, agents)
    most = [0]
    held = [0]
    lock = threading.Lock()
    slot = agents.facts.slot

    @contextmanager
    def counted(call: Call) -> Iterator[None]:
        with slot(call):
            with lock:
                held[0] += 1
                most[0] = max(most[0], held[0])
            yield
            with lock:
                held[0] -= 1

    agents.facts.slot = counted  # type: ignore[method-assign]
    threads = [threading.Thread(target=agent.investigate, args=(Call(),)) for agent in every[:8]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 2 <= most[0] <= 6


def test_requests_of_a_list_that_hang_do_not_hold_up_the_agent_on_screen(
    demo: DemoServer, agents: Agents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fact_store, "PATIENCE", DEADLINE)
    agent, every, call = agent_of(demo, agents, HEALTHY), listed(demo, agents), Call(background=True)
    demo.faults.set(re.compile(f"^/deployments/(?!{agent.key})"), Fault.hang())
    before = len(demo.requests)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for other in every:
            if other.key != agent.key:
                pool.submit(other.investigate, call)
        until(lambda: len(demo.requests) - before >= IN_BACKGROUND, "requests that hang")
        for _agent in range(SEVERAL):
            agents.facts.silent().timed_out("runtime")
        try:
            diagnosis = agent.judged(Call()).diagnosis
        finally:
            call.abort()
    assert diagnosis is not None
    assert diagnosis.unread == ()


def test_a_log_that_begins_too_late_is_read_again_from_earlier(demo: DemoServer, agents: Agents) -> None:
    agent = agent_of(demo, agents, BROKEN)
    now = datetime.now(UTC)

    def ago(hours: float) -> str:
        return (now - timedelta(hours=hours)).isoformat()

    def respond(endpoint: str, body: object) -> None:
        demo.faults.set(re.compile(endpoint), Fault.response(200, json.dumps(body)))

    container = {"name": "app", "state": "Waiting", "restart_count": 9, "message": "CrashLoopBackOff: exit code 1"}
    respond(
        f"/{agent.key}$", {"id": agent.key, "status": "error", "workloads": [{"name": "w-agent", "kind": "Deployment"}]}
    )
    respond("/status$", {"value": "error", "reason": "failed"})
    respond(
        "/runtime$", {"workloads": [{"name": "w-agent", "pod_name": "w-1", "age": "2h", "containers": [container]}]}
    )
    respond("/events$", {"events": []})
    respond("/history", {"deployments": [{"id": agent.key, "revision": 2, "deployed_at": ago(2)}]})
    lines = [{"timestamp": ago(hours / 10), "level": "fatal", "message": "panic: no"} for hours in range(60, 1, -1)]
    respond("/logs.*tailLines=400", lines[-24:])
    respond("/logs.*tailLines=2000", lines)
    diagnosis = agent.investigate(Call())
    assert diagnosis.began == now - timedelta(hours=6)
    assert not diagnosis.or_earlier
    facts = agent.facts
    assert [log.limit for log in facts.logs] == [2000]
    demo.faults.set(re.compile("/logs.*tailLines=2000"), Fault.response(503, '{"error":"too long"}'))
    diagnosis = agent.investigate(Call())
    assert diagnosis.or_earlier
    assert [each.source for each in diagnosis.unread] == ["logs"]
    assert any(each.source == "logs" for each in diagnosis.evidence)


@pytest.mark.nightly
@pytest.mark.timed
def test_a_source_that_hangs_for_every_agent_delays_them_once(
    demo: DemoServer, agents: Agents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fact_store, "PATIENCE", 2.0)
    demo.faults.set(re.compile("/runtime$"), Fault.hang())
    requests = Requests(demo)
    every = listed(demo, agents)[:8] * 3
    assert len(every) == 24
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda agent: agent.investigate(Call()), every))
    # Six wait at once, and some of the next ones are sent before the last of the six are given up.
    assert requests.newest().count("runtime") <= 12
    errors = [each.error for diagnosis in found for each in diagnosis.unread if each.source == "runtime"]
    assert errors.count("not requested: no response to the last requests") >= 8
    assert "no response within 2 seconds" in errors
    # A request for it alone succeeds as soon as it responds again, and after that, so do all others.
    demo.faults.clear()
    agent = agent_of(demo, agents, HEALTHY)
    assert agent.read("runtime", Call()).known
    assert agent.investigate(Call()).unread == ()


@pytest.mark.timed
def test_the_investigations_of_all_screens_remember_what_does_not_respond(
    demo: DemoServer, agents: Agents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fact_store, "PATIENCE", 0.1)
    session = Session(Settings(demo.url), agents.platform, Look())
    entry = agent_of(demo, agents, HEALTHY).entry
    demo.faults.set(re.compile("/runtime$"), Fault.hang())
    requests = Requests(demo)
    errors = [
        each.error
        for _screen in range(SEVERAL + 2)
        for each in session.agent(demo.default_account, entry).investigate(Call()).unread
        if each.source == "runtime"
    ]
    assert len(errors) == SEVERAL + 2
    assert set(errors[SEVERAL:]) == {"not requested: no response to the last requests"}
    assert requests.newest().count("runtime") == SEVERAL


def test_a_silent_source_is_requested_again_after_a_while() -> None:
    now = [0.0]
    silent = SilentSources(lambda: now[0])
    for _time in range(3):
        assert "runtime" not in silent
        silent.timed_out("runtime")
    assert "runtime" in silent
    assert "events" not in silent
    now[0] = 31.0
    assert "runtime" not in silent
    silent.timed_out("runtime")
    assert "runtime" in silent
    silent.responded("runtime")
    assert "runtime" not in silent


def test_a_server_that_never_responds_is_silent_as_a_whole() -> None:
    silent = SilentSources(lambda: 0.0)
    for name in ("status", "record", "runtime", "events", "status", "record"):
        assert name not in silent
        silent.timed_out(name)
    assert "history" in silent
    silent.responded("status")
    assert "history" not in silent


@over(INCIDENTS)
def test_what_is_kept_is_enough_for_the_same_diagnosis(incident: Incident) -> None:
    facts = Loader(incident.facts).load()
    store = FactStore()
    found = diagnose(facts)
    assert store.keep(facts) == found
    kept = store.facts(facts.account, Deployment(id=facts.deployment_id), facts.now)
    assert diagnose(replace(kept, row=facts.row, account=facts.account)) == found


def test_only_the_deployments_read_most_recently_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of thousands of failing agents would fill the memory while the user scrolls."""
    monkeypatch.setattr(fact_store, "MOST_AGENTS", 2)
    store, now = FactStore(), datetime.now(UTC)
    for key in ("first", "second", "first", "third"):
        store.add("acme", Deployment(id=key), now, status=Fact({"status": key}, read_at=now))
    assert [key for key in ("first", "second", "third") if store.diagnosis(key)] == ["first", "third"]
    assert not store.facts("acme", Deployment(id="second"), now).status.known
    assert store.report("second") is None
    assert store.report("first") is not None


def test_no_spec_is_lost_among_many_builds() -> None:
    good = agent_spec()
    builds = [(9 * DAY - DAY * each, changed(good, "agent/image", f"registry.test/a/b:{each}")) for each in range(9)]
    scene = Scene([(40 * DAY, good), *builds, (20, changed(good, "agent/image", "registry.test/a/b:new"))], revision=30)
    scene.failed()
    scene.container("tide-notes-agent", "Waiting", "CrashLoopBackOff: Error, exit code 1", restarts=8, age=20)
    scene.log("tide-notes-agent", *[(each, "", "panic: whatever") for each in (19.5, 12, 6, 1)])
    facts = Loader(scene.facts()).load()
    assert len(facts.specs) > 6
    found = FactStore().keep(facts)
    assert found.change is not None
    assert found.change.revision == 30


def test_an_agent_that_was_restarted_lately_should_be_asked(
    demo: DemoServer, agents: Agents, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    agent = agent_of(demo, agents, HEALTHY)
    diagnosis = agent.investigate(Call())
    assert agent.advised(diagnosis, Call()).next_steps == ()
    restart = JournalEntry(
        "", rfc3339(datetime.now(UTC)), demo.url, agent.account, HEALTHY, agent.key, "restart", state="done"
    )
    journal_of_user().intend(restart)
    command = f"astro-tui ask {agent.account}/{agent.key}"
    for question, typed in (
        ("", "QUESTION"),
        ("Does it rain?", "'Does it rain?'"),
        ("password: hunter2hunter2", "QUESTION"),
    ):
        agents.asked[agent.key] = question
        (step,) = agent.advised(diagnosis, Call()).next_steps
        # The question is displayed, and is part of no report.
        assert (step.command, step.typed) == (f"{command} QUESTION", f"{command} {typed}")
