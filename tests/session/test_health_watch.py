"""Watching the health of agents: a day with storms and outages, months of simulated time, and the user's command."""

from __future__ import annotations

import gc
import json
import sys
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any, cast

import pytest

from astro_tui.diagnosis import Diagnosis, Fact, Facts, diagnose
from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform.client import Call
from astro_tui.platform.deployment_rows import Deployment, DeploymentList
from astro_tui.platform.models import OverviewAccount
from astro_tui.platform.rounds import Rounds
from astro_tui.presentation.agent_list import Entry, entry_of, with_diagnosis
from astro_tui.presentation.health import COOLDOWN, LONGEST_BRIEF, HealthChange, HealthLog, change_events, first_event
from astro_tui.session.agent import Agent, Agents
from astro_tui.session.fact_store import FactStore
from astro_tui.session.health_watch import HealthWatch
from astro_tui.session.notify import Notifier, NotifySettings, run_command

START = datetime(2026, 7, 2, 6, tzinfo=UTC)


class Fleet:
    """A platform in memory whose agents have a state each; it counts the requests it gets."""

    def __init__(self, number: int) -> None:
        self.states = {f"a-{place:03}": "active" for place in range(number)}
        self.crashing: set[str] = set()
        self.down = False
        self.refused: set[str] = set()
        self.now = 0.0
        self.requests = 0
        self.investigated: list[str] = []
        self.facts = FactStore()
        self.platform = self

    def deployments(self, account: str, **_more: Any) -> DeploymentList:
        self.requests += 1
        if account in self.refused:
            raise PlatformError(ErrorKind.FORBIDDEN, "You have no access to this.", request="list")
        if self.down:
            raise PlatformError(ErrorKind.SERVER, "The platform is not available.", request="list")
        rows = [Deployment(id=key, name=key, display_name=key, status=state) for key, state in self.states.items()]
        return DeploymentList(rows, 0)

    def clock(self) -> datetime:
        return START + timedelta(seconds=self.now)

    def of(self, account: str, entry: Entry) -> FleetAgent:
        return FleetAgent(cast("Agents", self), account, entry)

    def read(self, name: str, row: Deployment) -> Fact:
        self.requests += 1
        restarts = 9 if row.id in self.crashing else 0
        state = {"name": "app", "state": "waiting" if restarts else "running", "reason": "CrashLoopBackOff"}
        container = state | {"ready": not restarts, "restart_count": restarts}
        workload = {"name": f"{row.id}-agent", "component": "agent", "containers": [container]}
        body = {"runtime": {"workloads": [workload]}} if name == "runtime" else {"value": self.states[row.id]}
        return Fact(body, read_at=self.clock())


class FleetAgent(Agent, frozen=True):
    """An agent of a fleet."""

    def read(self, source: str, _call: Call) -> Fact:
        return cast("Fleet", self.agents).read(source, self.row)

    def investigate(self, call: Call, _given: Mapping[str, Fact] = {}) -> Diagnosis:
        fleet = cast("Fleet", self.agents)
        # A healthy agent takes one request, a broken one more.
        fleet.requests += 3 * (self.key in fleet.crashing or self.row.status == "failed")
        fleet.investigated.append(self.key)
        self.add(runtime=self.read("runtime", call))
        return diagnose(self.facts)


def watching(fleet: Fleet, said: list[str], refresh: float = 60.0, accounts: Sequence[str] = ("acme",)) -> HealthWatch:
    def say(event: Mapping[str, Any]) -> None:
        said.append(event["sentence"])

    return HealthWatch(cast("Agents", fleet), accounts, Rounds(refresh, clock=lambda: fleet.now), say)


@pytest.mark.nightly
def test_a_day_with_storms_and_outages_is_reported_once_each() -> None:
    fleet, contact, chance = Fleet(200), [], Random(7)
    watch = watching(fleet, contact, 240.0)
    keys = list(fleet.states)
    plan: dict[int, list[tuple[list[str], str]]] = {}
    for number, at in enumerate(chance.sample(range(8, 320), 40)):
        plan.setdefault(at, []).append(([keys[number]], "failed"))
        plan.setdefault(at + 5, []).append(([keys[number]], "active"))
    for number, at in enumerate((75, 175, 275)):
        storm = keys[100 + 20 * number : 120 + 20 * number]
        plan.setdefault(at, []).append((storm, "failed"))
        plan.setdefault(at + 8, []).append((storm, "active"))
    expected = Counter((key, state) for steps in plan.values() for agents, state in steps for key in agents)
    reported: Counter[tuple[str, str]] = Counter()
    lines = 0
    for turn in range(360):
        fleet.down = 125 <= turn < 128 or 225 <= turn < 227
        for agents, state in plan.get(turn, []):
            for key in agents:
                fleet.states[key] = state
        changes: list[HealthChange] = []
        with suppress(PlatformError):
            changes = watch.round()
        for change in changes:
            reported[change.key, {"broken": "failed", "recovered": "active"}[change.event]] += 1
        lines += len(list(change_events(changes)))
        fleet.now += 240
    assert reported == expected
    lost = "Lost contact with acme: The platform is not available."
    assert contact[1:] == [lost, "Contact with acme is back."] * 2
    # Each storm broke and recovered as one message.
    assert lines <= 2 * 40 + 2 * 3
    assert fleet.requests / (360 * 4) <= 20


def test_what_looks_fine_but_is_not_is_found_within_15_minutes() -> None:
    fleet = Fleet(200)
    watch = watching(fleet, [])
    watch.round()
    for _ in range(30):
        fleet.now += 60
        watch.round()
    fleet.crashing.add("a-117")
    begun, found = fleet.now, []
    while not found and fleet.now - begun < 3_600:
        fleet.now += 60
        found = watch.round()
    assert fleet.now - begun <= 900
    assert [(change.key, change.event) for change in found] == [("a-117", "doubtful")]


def test_what_is_wrong_at_the_start_is_one_line_and_no_change() -> None:
    fleet, said = Fleet(30), []
    fleet.states |= {"a-003": "failed", "a-004": "failed", "a-005": "deploying"}
    fleet.crashing = {"a-020", "a-021"}
    watch = watching(fleet, said)
    found = []
    for _ in range(30):
        found += watch.round()
        fleet.now += 60
    assert said == ["watching 30 agents; 4 have a problem: a-003, a-004, a-020, and a-021."]
    assert found == []
    fleet.crashing, fleet.states["a-003"] = {"a-020"}, "active"
    for _ in range(30):
        found += watch.round()
        fleet.now += 60
    assert sorted((change.key, change.event) for change in found) == [("a-003", "recovered"), ("a-021", "recovered")]


def test_an_old_problem_that_is_found_late_is_not_reported_as_new(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("astro_tui.session.health_watch.MOST_CHECKED_FIRST", 5)
    fleet, said = Fleet(30), []
    fleet.crashing = {"a-020"}
    watch, found = watching(fleet, said), list[tuple[str, str]]()
    for _ in range(30):
        found += [(change.key, change.event) for change in watch.round()]
        fleet.now += 60
    assert (said, found) == (["watching 30 agents; none has a problem; 25 not known."], [("a-020", "found")])


def test_a_lost_account_does_not_hide_the_others() -> None:
    fleet, contact = Fleet(3), []
    watch = watching(fleet, contact, accounts=("acme", "beta"))
    watch.round()
    fleet.refused, fleet.states["a-001"] = {"beta"}, "failed"
    assert [(change.account, change.event) for change in watch.round()] == [("acme", "broken")]
    fleet.refused = set()
    assert [(change.account, change.event) for change in watch.round()] == [("beta", "broken")]
    assert contact[1:] == ["Lost contact with beta: You have no access to this.", "Contact with beta is back."]


def test_what_the_list_on_screen_has_just_read_is_not_requested_again() -> None:
    fleet, said = Fleet(3), list[str]()
    watch = watching(fleet, said)
    watch.round()
    before = fleet.requests
    for state, event in (("failed", "broken"), ("active", "recovered")):
        fleet.now += 2 * COOLDOWN
        fleet.states["a-001"] = state
        rows = [Deployment(id=key, name=key, display_name=key, status=word) for key, word in fleet.states.items()]
        agents = [FleetAgent(cast("Agents", fleet), "acme", entry_of(row)) for row in rows]
        read = [each.concluded(diagnose(each.facts)).entry for each in agents]
        watch.listed = partial(dict, acme=read)
        assert [(change.key, change.event) for change in watch.round()] == [("a-001", event)]
    assert fleet.requests == before
    # The list is behind another screen.
    watch.listed = dict
    watch.round()
    assert fleet.requests > before


class Fleets(Fleet):
    """A platform with many accounts; the id of an agent begins with its account."""

    def __init__(self, accounts: Sequence[str], number: int) -> None:
        super().__init__(0)
        self.states = {f"{account}-{place}": "active" for account in accounts for place in range(number)}
        self.accounts = accounts

    def _of(self, account: str) -> list[tuple[str, str]]:
        return [(key, state) for key, state in self.states.items() if key.startswith(f"{account}-")]

    def deployments(self, account: str, **more: Any) -> DeploymentList:
        super().deployments(account, **more)
        return DeploymentList(
            tuple(Deployment(id=key, name=key, status=state, account_name=account) for key, state in self._of(account))
        )

    def overview(self, **_more: Any) -> tuple[OverviewAccount, ...]:
        self.requests += 1
        rows = {each: [{"id": key, "status": state} for key, state in self._of(each)] for each in self.accounts}
        return tuple(OverviewAccount.model_validate({"name": each, "deployments": rows[each]}) for each in rows)


def test_a_hundred_accounts_take_few_requests_and_a_change_is_still_reported_at_once() -> None:
    accounts = [f"team{place}" for place in range(100)]
    fleet, said = Fleets(accounts, 50), list[str]()
    fleet.refused = {"team7"}
    watch = watching(fleet, said, accounts=accounts)
    watch.round()
    assert said[0] == "Lost contact with team7: You have no access to this."
    assert said[1].startswith("watching 4,950 agents")
    fleet.requests = 0
    for _ in range(60):
        fleet.now += 60
        assert watch.round() == []
    assert fleet.requests <= 240
    fleet.states["team42-3"] = "failed"
    assert [(change.account, change.key, change.event) for change in watch.round()] == [
        ("team42", "team42-3", "broken")
    ]


@pytest.mark.nightly
def test_2000_hours_need_no_more_memory_and_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    # So that the store is full early.
    monkeypatch.setattr("astro_tui.session.fact_store.MOST_AGENTS", 20)
    fleet, chance = Fleet(3), Random(3)
    watch = watching(fleet, [], 3_600.0)
    threads, missed, objects = set(threading.enumerate()), 0, []
    ours = (Deployment, Entry, Facts, Diagnosis)
    for hour in range(2_000):
        if hour % 10 == 0:
            key = chance.choice([f"a-{number:03}" for number in range(3)])
            fleet.states[key] = "active" if fleet.states[key] == "failed" else "failed"
            # Agents come and go, too.
            fleet.states[f"new-{hour}"] = "active"
            fleet.states.pop(f"new-{hour - 10}", None)
        missed += (hour % 10 == 0 and hour > 0) - len(watch.round())
        fleet.now += 3_600
        if hour in (1_000, 1_990):
            gc.collect()
            # Other tests in this process leave objects of their own.
            objects.append(sum(isinstance(each, ours) for each in gc.get_objects()))
    assert missed == 0
    assert objects[1] <= objects[0] + 10
    assert set(threading.enumerate()) <= threads


# ---- one agent


def changes(*steps: tuple[float, str]) -> list[str]:
    """Return the events of one agent with these states at these times in seconds."""
    log, found = HealthLog(), []
    for at, state in steps:
        entry = entry_of(Deployment(id="a-1", name="a", display_name="a", status=state))
        found += [change.event for change in log.changes("acme", [entry], at)]
    return found


@pytest.mark.parametrize(
    ("steps", "events"),
    [
        ([(0, "failed")], []),
        ([(0, "active"), (60, "failed")], ["broken"]),
        ([(0, "active"), (60, "failed"), (120, "failed"), (600, "active")], ["broken", "recovered"]),
        # It flaps: the last state is reported after the cooldown.
        ([(0, "active"), (60, "failed"), (90, "active"), (120, "failed"), (150, "active")], ["broken"]),
        ([(0, "active"), (60, "failed"), (90, "active"), (60 + COOLDOWN, "active")], ["broken", "recovered"]),
        ([(0, "active"), (60, "deploying"), (120, "active")], ["rollout done"]),
        ([(0, "active"), (60, "deploying"), (120, "failed")], ["rollout failed"]),
        ([(0, "active"), (60, "failed"), (120, "deploying"), (60 + COOLDOWN, "active")], ["broken", "recovered"]),
        # A rollout that fails again and again, or ends twice in a short time, does not get around the cooldown.
        ([(0, "active"), *((60 * n, ("failed", "deploying")[n % 2]) for n in range(1, 7))], ["rollout failed"]),
        ([(0, "deploying"), (60, "active"), (90, "deploying"), (120, "active"), (420, "active")], ["rollout done"] * 2),
        ([(0, "active"), (60, ""), (120, "active")], []),
    ],
)
def test_what_is_reported_about_one_agent(steps: list[tuple[float, str]], events: list[str]) -> None:
    assert changes(*steps) == events


@pytest.mark.parametrize(
    ("later", "events"),
    [
        ({"a": "active", "b": "failed"}, ["broken"]),
        ({"a": "active", "b": "active"}, []),
        ({"a": "active", "b": "deploying"}, []),
        ({"a": "active", "b": ""}, []),
        ({}, []),
    ],
)
def test_an_agent_that_is_broken_when_it_appears_is_reported(later: dict[str, str], events: list[str]) -> None:
    log, found = HealthLog(), []
    for at, states in ((0.0, {"a": ""}), (60.0, {"a": "failed"}), (120.0, later)):
        entries = [
            entry_of(Deployment(id=key, name=key, display_name=key, status=state)) for key, state in states.items()
        ]
        found += [change.event for change in log.changes("acme", entries, at) if change.key == "b"]
    assert found == events


def test_several_agents_become_one_sentence() -> None:
    log = HealthLog()
    for state, at in (("active", 0.0), ("failed", 60.0)):
        entries = [entry_of(Deployment(id=f"{n}", name=f"a{n}", display_name=f"a{n}", status=state)) for n in range(6)]
        found = log.changes("acme", entries, at)
    assert [event["sentence"] for event in change_events(found)] == ["6 agents broke: a0, a1, a2, a3, and 2 more."]


@pytest.mark.parametrize("name", ["Mail Triage", "a" * 100])
def test_a_notification_begins_with_the_cause_and_fits(name: str) -> None:
    cause = "Out of memory (4Gi) since rev 3 (MAIL_BATCH_SIZE 50 → 2000, MAIL_PREFETCH 4 → 64)."
    [event] = change_events([HealthChange("doubtful", "acme", "id", name, f"The agent ran out. {cause}", cause)])
    assert len(event["brief"]) <= LONGEST_BRIEF
    assert event["brief"].startswith("Out of memory (4Gi)")
    assert event["brief"].endswith(f"{name[:20]}{'' if len(name) < 20 else 'a' * 29 + '…'} looks fine but is not.")


def test_the_first_look_says_once_that_billing_has_stopped_an_account() -> None:
    stopped = [entry_of(Deployment(id=f"{n}", name=f"a{n}", display_name=f"a{n}", status="suspended")) for n in (1, 2)]
    judged = [with_diagnosis(each, diagnose(Facts(START, row=Fact(each.deployment)))) for each in stopped]
    sentence = first_event({"acme": judged})["sentence"]
    assert sentence == "watching 2 agents; 2 have a problem: a1 and a2. acme: Stopped by billing."


def test_a_stop_by_billing_is_reported_once() -> None:
    said = "Billing has stopped the account: its credit is used up."
    stopped = [HealthChange("broken", "acme", f"{n}", f"a{n}", said, stopped=True) for n in range(30)]
    own = HealthChange("broken", "acme", "x", "other", "It crashed.")
    first, second = change_events([*stopped, own])
    assert first["sentence"] == f"acme: {said} 30 agents stopped: a0, a1, a2, a3, and 26 more."
    assert "other broke" in second["sentence"]


# ---- the user's command


def test_a_command_gets_the_facts_and_no_shell_sees_them(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    code = "import json,os,sys; json.dump([json.load(sys.stdin), dict(os.environ), sys.argv], open(sys.argv[1], 'w'))"
    name = "$(touch /tmp/pwned) `id` \x1b]0;x\x07; rm -rf /\x00"
    facts = {"event": "broken", "sentence": name, "agents": [{"name": name}]}
    assert run_command([sys.executable, "-c", code, str(out)], name, facts) == ""
    event, variables, arguments = json.loads(out.read_text())
    assert event["sentence"] == name
    assert variables["ASTRO_TUI_EVENT_EVENT"] == "broken"
    assert "\x1b" not in "".join(variables.values())
    assert arguments == ["-c", str(out)]


@pytest.mark.parametrize(
    ("command", "limit", "problem"),
    [
        (["/no/such/program"], 5.0, "cannot be run: No such file or directory"),
        ([sys.executable, "-c", "raise SystemExit(3)"], 20.0, "failed with exit code 3"),
        (["sleep", "60"], 0.2, "took longer than 0 s and was ended"),
    ],
)
def test_a_command_that_fails_is_reported(command: list[str], limit: float, problem: str) -> None:
    assert run_command(command, "x", {}, limit) == problem


def test_the_last_command_ends_with_the_program(tmp_path: Path) -> None:
    out = tmp_path / "out"
    code = "import os,pathlib,sys,time; pathlib.Path(sys.argv[1]).write_text(str(os.getpid())); time.sleep({})"
    quick, slow = ((sys.executable, "-c", code.format(seconds), str(out)) for seconds in (0, 60))
    notifier = Notifier(NotifySettings("command", quick), str, str)
    notifier.send("a broke.", {})
    notifier.close(20.0)
    assert out.exists()
    out.unlink()
    notifier = Notifier(NotifySettings("command", slow), str, str)
    notifier.send("a broke.", {})
    while not (out.exists() and out.read_text()):
        pass
    notifier.close(0.0)
    assert not Path(f"/proc/{out.read_text()}").exists()


def test_a_storm_of_thousands_reaches_the_command(tmp_path: Path) -> None:
    out = tmp_path / "out"
    agents = [{"name": f"agent-{number}", "sentence": "x" * 200} for number in range(5_000)]
    # It is busy with something else before it reads.
    code = (
        "import json,sys,time; time.sleep(0.3); open(sys.argv[1], 'w').write(str(len(json.load(sys.stdin)['agents'])))"
    )
    assert run_command([sys.executable, "-c", code, str(out)], "5,000 agents broke.", {"agents": agents}) == ""
    assert out.read_text() == "5000"


def test_the_token_does_not_reach_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASTRO_ACCESS_TOKEN", "own-token-of-the-user-1")
    out = tmp_path / "out"
    code = "import os,sys; open(sys.argv[1], 'w').write(str(dict(os.environ)))"
    assert run_command([sys.executable, "-c", code, str(out)], "x", {}) == ""
    assert "own-token" not in out.read_text()


@pytest.mark.parametrize(
    ("method", "sequence"),
    [
        ("bell", "\a"),
        ("osc9", "\x1b]9;a broke: ␛]0;x␇\x1b\\"),
        ("osc777", "\x1b]777;notify;astro-tui;a broke: ␛]0,x␇\x1b\\"),
        ("off", ""),
    ],
)
def test_a_hostile_name_cannot_leave_the_sequence(method: str, sequence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TMUX", raising=False)
    written: list[str] = []
    Notifier(NotifySettings(method), written.append, SimpleNamespace).send("a broke: \x1b]0;x\a", {})
    assert "".join(written) == sequence


def test_tmux_is_asked_to_pass_a_notification_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMUX", "/tmp/tmux-0/default,1,0")
    written: list[str] = []
    Notifier(NotifySettings("osc9"), written.append, SimpleNamespace).send("a broke", {})
    assert written == ["\x1bPtmux;\x1b\x1b]9;a broke\x1b\x1b\\\x1b\\"]
