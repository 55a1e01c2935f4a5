"""`astro-tui wait`: a rollout is followed until it is ready, has failed, or times out; and what counts as each."""

from __future__ import annotations

import argparse
import json
import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.in_shell import PROGRAM, Done, Shell, signed_in
from support.terminal import AT_ONCE, Terminal

from astro_tui.actions.allowed import OVER, is_ready, lifecycle_of
from astro_tui.cli.commands import wait as waiting
from astro_tui.cli.commands.wait import RevisionPlace, hopeless, place_of
from astro_tui.cli.parsing import seconds_of
from astro_tui.demo import DemoServer, Fault
from astro_tui.diagnosis import Fact, Facts, verdict_of
from astro_tui.errors import ConfigError
from astro_tui.platform import rounds
from astro_tui.platform.deployment_rows import Deployment
from astro_tui.platform.models import HistoryRow, StatusReport
from astro_tui.presentation.revisions import rows_of
from astro_tui.text.times import duration

# How often a state is read within a second or two depends on the machine.
pytestmark = pytest.mark.timed
STATUS = re.compile("^/deployments/d-1/status")
LIST = re.compile(r"^/deployments\?")
HIDDEN = Fault.response(403, '{"error":"deployment not found"}')
HISTORY = re.compile("^/agents/acme/claims/deployment/history")
MOVING = {"value": "deploying", "reason": "provisioning", "details": "1 of 2 workloads ready"}
READY = {"value": "active", "reason": "ready", "details": "2 of 2 workloads ready"}
LAGS = {"value": "active", "reason": "ready_lag", "details": "pods lag behind"}
FAILED = {"value": "error", "reason": "failed", "details": "Deployment failed: 1 of 2 workloads failed"}
PROVISIONED = {**MOVING, "details": "Pods are being provisioned"}


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "FOLLOWED", 0.02)
    monkeypatch.setattr(rounds, "ROLLOUT_AGAIN", 0.2)
    monkeypatch.setattr("astro_tui.session.fact_store.PATIENCE", 2.0)


def answer(body: object) -> Fault:
    return Fault.response(200, json.dumps(body))


def serve(demo: DemoServer, *states: dict[str, Any] | Fault, listed: str = "Running", age: float = 30.0) -> None:
    """Let the list have one agent, deployed `age` seconds ago, and `/status` respond with these, the last one forever.

    Its cluster is healthy as far as it is known.
    """
    deployed = (datetime.now(UTC) - timedelta(seconds=age)).isoformat()
    row = {"id": "d-1", "name": "claims", "display_name": "Claims", "status": listed, "created_at": deployed}
    demo.faults.set(re.compile(r"^/deployments\?"), answer({"deployments": [row]}))
    for endpoint, body in (("runtime", {"runtime": {"workloads": []}}), ("events", {"events": []})):
        demo.faults.set(re.compile(f"^/deployments/d-1/{endpoint}"), answer(body))
    *before, last = [state if isinstance(state, Fault) else answer(state) for state in states]
    demo.faults.set(STATUS, last)
    for state in reversed(before):
        demo.faults.set(STATUS, state, count=1)


def revisions(demo: DemoServer, *histories: list[int | None]) -> None:
    """Let the history have these revisions, the first of each is the current one; the last history stays."""
    faults = [
        answer(
            {
                "deployments": [
                    {"id": "d-1", "revision": number, "is_current": not place, "deployed_at": "2026-07-01T00:00:00Z"}
                    for place, number in enumerate(numbers)
                ]
            }
        )
        for numbers in histories
    ]
    demo.faults.set(HISTORY, faults[-1])
    for fault in reversed(faults[:-1]):
        demo.faults.set(HISTORY, fault, count=1)


def image_fails(demo: DemoServer) -> None:
    message = "ImagePullBackOff: not found, password=SEKRET-VALUE"
    container = {"name": "app", "state": "Waiting", "ready": False, "restart_count": 0, "message": message}
    observed = {"name": "claims-agent", "age": "20m", "pod_name": "claims-agent-1", "containers": [container]}
    demo.faults.set(re.compile("^/deployments/d-1/runtime"), answer({"runtime": {"workloads": [observed]}}))


def wait(shell: Shell, *arguments: str, timeout: str = "20") -> Done:
    return shell("wait", "acme/claims", "--timeout", timeout, *arguments)


# ---- ready


def test_it_ends_when_the_rollout_is_ready(shell: Shell) -> None:
    serve(shell.demo, PROVISIONED, MOVING, MOVING, READY)
    done = wait(shell)
    assert (done.code, done.err) == (0, "")
    assert re.fullmatch(r"acme/Claims is ready after \d+s\.", done.lines[-1])


def test_each_change_is_a_line_where_there_is_no_terminal(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting.Waiting, "_investigated", lambda _self: None)
    serve(shell.demo, PROVISIONED, MOVING, MOVING, MOVING, READY)
    lines = [line.partition("  ")[2] for line in wait(shell).lines[:-1]]
    assert lines == ["◑ DEPLOYING  Pods are being provisioned", "◑ DEPLOYING  1 of 2 workloads ready"]


def test_pods_that_lag_behind_are_not_ready(shell: Shell) -> None:
    serve(shell.demo, LAGS, LAGS, READY)
    done = wait(shell)
    assert done.code == 0
    assert "ACTIVE~  pods lag behind" in done.out
    serve(shell.demo, LAGS)
    assert wait(shell, timeout="1").code == 2


def test_the_list_may_still_show_the_previous_revision(shell: Shell) -> None:
    serve(shell.demo, READY, listed="error")
    assert wait(shell).code == 0
    serve(shell.demo, MOVING, listed="Running")
    done = wait(shell, timeout="1")
    assert (done.code, done.err.splitlines()) == (
        2,
        ["timed out after 1s; acme/Claims is still deploying: 1 of 2 workloads ready"],
    )


@pytest.mark.parametrize(
    ("value", "reason", "ready", "over"),
    [
        ("active", "ready", True, False),
        ("Active", "READY", True, False),
        ("active", "", True, False),
        ("active", "ready_lag", False, False),
        ("active", "cluster_unreachable", False, False),
        ("active", "something_new", False, False),
        ("deploying", "provisioning", False, False),
        ("hibernating", "", False, False),
        ("", "", False, False),
        ("error", "failed", False, True),
        ("failed", "", False, True),
        ("inactive", "paused", False, True),
        ("inactive", "suspended", False, True),
        ("undeploying", "undeploying", False, True),
    ],
)
def test_what_ends_the_waiting(value: str, reason: str, ready: bool, over: bool) -> None:
    assert is_ready(StatusReport(value=value, reason=reason)) is ready
    assert (lifecycle_of(value, reason) in OVER) is over


# ---- failed


def test_a_failure_is_printed_with_its_cause(shell: Shell) -> None:
    serve(shell.demo, MOVING, FAILED, age=600)
    image_fails(shell.demo)
    done = wait(shell)
    assert done.code == 1
    assert any(line.startswith("✖ FAILED  acme/Claims  d-1") for line in done.lines) or "DEPLOYING!" in done.out
    assert "cannot pull its image" in done.out
    assert done.lines[-1] == "  astro-tui why acme/d-1"
    assert "SEKRET" not in done.out + done.err


def test_waiting_ends_when_a_rollout_cannot_become_ready(shell: Shell) -> None:
    serve(shell.demo, MOVING, age=600)
    image_fails(shell.demo)
    started = time.monotonic()
    done = wait(shell, timeout="10m")
    assert time.monotonic() - started < 15
    assert done.code == 1
    assert any(line.startswith("The rollout is stuck (waited ") for line in done.lines)
    assert "cannot pull its image" in done.out
    assert "SEKRET" not in done.out


@pytest.mark.nightly
def test_the_first_two_minutes_prove_nothing(shell: Shell) -> None:
    serve(shell.demo, {**MOVING, "details": "Waiting, with password=SEKRET-VALUE"}, age=5)
    image_fails(shell.demo)
    done = wait(shell, timeout="2")
    assert done.code == 2
    assert "Waiting, with password=••••" in done.err
    assert "SEKRET" not in done.out + done.err


def test_waiting_continues_if_only_a_readiness_probe_fails() -> None:
    now = datetime.now(UTC)
    old = (now - timedelta(minutes=5)).isoformat()
    container = {"name": "app", "state": "Running", "ready": False, "restart_count": 0}
    workload = {"name": "claims-agent", "age": "5m", "pod_name": "claims-agent-1", "containers": [container]}

    def facts(reason: str, message: str) -> Facts:
        event = {"type": "Warning", "reason": reason, "message": message, "object_name": "claims-agent-1", "count": 9}
        event |= {"object_kind": "Pod", "first_timestamp": old, "last_timestamp": now.isoformat()}
        return Facts(
            now,
            row=Fact(Deployment(id="d-1", name="claims", status="pending", created_at=old)),
            status=Fact(MOVING),
            record=Fact({"id": "d-1", "workloads": [{"name": "claims-agent", "component": "agent"}]}),
            runtime=Fact({"runtime": {"workloads": [workload]}}),
            events=Fact({"events": [event]}),
        )

    waited = timedelta(minutes=5)
    probing = facts("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503")
    assert not hopeless(verdict_of(probing), waited)
    crowded = facts("FailedScheduling", "0/6 nodes are available: 6 Insufficient memory.")
    assert hopeless(verdict_of(crowded), waited)


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ({"value": "inactive", "reason": "paused"}, "Paused by a user"),
        ({"value": "inactive", "reason": "suspended"}, "billing"),
        ({"value": "undeploying", "reason": "undeploying"}, "being removed"),
        ({"value": "error", "reason": "failed", "error_message": "Deployment cancelled"}, "canceled"),
    ],
)
def test_a_stopped_agent_does_not_become_ready(shell: Shell, state: dict[str, Any], sentence: str) -> None:
    serve(shell.demo, MOVING, state)
    done = wait(shell)
    assert done.code == 1
    assert sentence in done.out


def test_waiting_continues_after_a_failure_that_is_over(shell: Shell) -> None:
    serve(shell.demo, FAILED, MOVING, READY)
    assert wait(shell).code == 0


def test_a_removed_agent_does_not_become_ready(shell: Shell) -> None:
    serve(shell.demo, MOVING, HIDDEN)
    # The list is read again for the second sign.
    listed = shell.demo.faults.take("/deployments?account=acme")
    assert listed is not None
    shell.demo.faults.set(LIST, answer({"deployments": []}))
    shell.demo.faults.set(LIST, listed, count=1)
    done = wait(shell)
    assert done.code == 1
    assert re.fullmatch(r"acme/Claims was deleted \(waited \d+s\)\.", done.lines[-1])


@pytest.mark.nightly
def test_an_agent_that_is_listed_is_not_called_deleted(shell: Shell) -> None:
    serve(shell.demo, MOVING, HIDDEN)
    done = wait(shell, timeout="2")
    assert done.code == 2
    assert "acme/Claims is still unknown: The state cannot be read: the agent may have been deleted" in done.err


# ---- temporary errors


@pytest.mark.nightly
@pytest.mark.parametrize("fault", [Fault.reset(), Fault.response(500), Fault.html()], ids=["reset", "500", "html"])
def test_it_keeps_trying(shell: Shell, fault: Fault) -> None:
    serve(shell.demo, MOVING, READY)
    shell.demo.faults.set(STATUS, fault, count=4)
    assert wait(shell).code == 0


def test_the_list_is_tried_again_too(shell: Shell) -> None:
    serve(shell.demo, READY)
    shell.demo.faults.set(re.compile(r"^/deployments\?"), Fault.response(500), count=2)
    done = wait(shell)
    assert done.code == 0
    assert "? UNKNOWN  The platform failed with an internal error (500); trying again" in done.out


def test_a_platform_that_does_not_respond_times_out(shell: Shell) -> None:
    shell.demo.faults.set("/deployments", Fault.response(500))
    done = wait(shell, timeout="1")
    assert done.code == 2
    assert "Timed out after 1s. The platform failed with an internal error (500)." in done.err


def test_a_platform_that_hangs_is_out_of_time(shell: Shell) -> None:
    shell.demo.faults.set("/deployments", Fault.hang())
    started = time.monotonic()
    assert wait(shell, timeout="1").code == 2
    assert time.monotonic() - started < 10


def test_signed_out_ends_at_once(shell: Shell) -> None:
    serve(shell.demo, MOVING, Fault.response(401, '{"error":"unauthorized"}'))
    started = time.monotonic()
    done = wait(shell, timeout="10m")
    assert time.monotonic() - started < 15
    assert done.code == 2
    assert "expired" in done.err


# ---- a revision


def test_waiting_for_a_revision_that_is_not_deployed_yet(shell: Shell) -> None:
    serve(shell.demo, READY)
    revisions(shell.demo, [11, 10], [11, 10], [12, 11, 10])
    done = wait(shell, "--revision", "12")
    assert done.code == 0
    assert "revision 12 is not deployed yet; revision 11 is current" in done.out
    assert re.fullmatch(r"acme/Claims is ready after \d+s \(revision 12\)\.", done.lines[-1])


def test_the_previous_revisions_failure_does_not_count(shell: Shell) -> None:
    serve(shell.demo, FAILED, FAILED, READY)
    revisions(shell.demo, [11], [11], [11], [11], [12, 11])
    assert wait(shell, "--revision", "12").code == 0


@pytest.mark.parametrize(("numbers", "current"), [([13, 12, 11], 13), ([11, 12], 11), ([13], 13)])
def test_a_replaced_revision_does_not_become_ready(shell: Shell, numbers: list[int | None], current: int) -> None:
    serve(shell.demo, READY)
    revisions(shell.demo, numbers)
    done = wait(shell, "--revision", "12")
    assert done.code == 1
    assert f"acme/Claims: revision 12 was replaced by revision {current}" in done.lines[-1]


def test_without_numbers_there_is_nothing_to_wait_for(shell: Shell) -> None:
    serve(shell.demo, READY)
    revisions(shell.demo, [None])
    done = wait(shell, "--revision", "12")
    assert (done.code, done.err) == (2, "this platform does not number revisions; wait without --revision\n")


def test_with_an_empty_history_the_revision_is_still_to_come() -> None:
    assert place_of(1, []) == RevisionPlace(None, replaced=False)
    with pytest.raises(ConfigError):
        place_of(1, rows_of([HistoryRow(id="d-1")], "d-1"))


# ---- arguments


def test_times() -> None:
    texts = ["90", "90s", "10m", "1h30m", "1h", "2h5s", "1H", " 5 ", "1d2h"]
    assert list(map(seconds_of, texts)) == [90, 90, 600, 5400, 3600, 7205, 3600, 5, 93_600]


@pytest.mark.parametrize(
    "text", ["", "0", "0m", "-5", "1.5m", "5x", "m", "10 m", "30m1h", "999h", "1e3", "٣", "9" * 30]
)
def test_bad_times(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=r"write 90|more than 0"):
        seconds_of(text)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["acme/x", "--timeout", "5x"], "--timeout: not a time: '5x'; write 90, 90s, 10m, or 1h30m"),
        (["acme/x", "--timeout", "0"], "--timeout: must be more than 0 and at most 7 days, not '0'"),
        (["acme/x", "--revision", "one"], "--revision: not a revision number: 'one'"),
        ([], "name an agent: astro-tui wait ACCOUNT/AGENT"),
    ],
)
def test_bad_arguments_are_clear_errors(shell: Shell, arguments: list[str], said: str) -> None:
    done = shell("wait", *arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert not shell.demo.requests


def test_durations() -> None:
    seconds = (0, 42, 72, 600, 3600, 5400, 5430, 90_000)
    assert [duration(each) for each in seconds] == ["0s", "42s", "1m 12s", "10m", "1h", "1h 30m", "1h 30m", "1d 1h"]


# ---- as a program


@pytest.mark.nightly
def test_on_a_terminal_one_line_is_redrawn(demo: DemoServer, tmp_path: Path) -> None:
    # The program polls every few seconds.
    serve(demo, MOVING, MOVING, MOVING, READY)
    command = [PROGRAM, "wait", "acme/claims"]
    with Terminal(command, signed_in(demo, tmp_path), 80, 20, str(tmp_path)) as terminal:
        terminal.until_text("DEPLOYING", "1 of 2 workloads ready")
        assert terminal.wait()[0] == 0
    shown = [line for line in terminal.text.splitlines() if line]
    assert len(shown) == 1
    assert re.fullmatch(r"acme/Claims is ready after \d+s\.", shown[0])
    assert terminal.raw.count(b"\n") == 1
    assert terminal.raw.count(b"DEPLOYING") > 1
    assert b"\x1b[36m" in terminal.raw


@pytest.mark.nightly
def test_a_narrow_terminal_has_one_line_too(demo: DemoServer, tmp_path: Path) -> None:
    serve(demo, {**MOVING, "details": "Waiting for " + "a long list of workloads, " * 5}, age=5)
    env = signed_in(demo, tmp_path, NO_COLOR="1", COLUMNS="40")
    with Terminal([PROGRAM, "wait", "acme/claims"], env, 40, 10, str(tmp_path)) as terminal:
        terminal.until_text("DEPLOYING", "…")
        assert len([line for line in terminal.text.splitlines() if line]) == 1
        terminal.send("\x03")
        assert terminal.wait()[0] == 130
    assert b"\x1b" not in terminal.raw


def test_ctrl_c_ends_it_at_once(demo: DemoServer, tmp_path: Path) -> None:
    for fault in (Fault.hang(), answer(MOVING)):
        serve(demo, fault)
        seen = len(demo.requests)
        with Terminal([PROGRAM, "wait", "acme/claims"], signed_in(demo, tmp_path), 80, 20, str(tmp_path)) as terminal:
            terminal.until(lambda seen=seen: len(demo.requests) > seen + 1, "the status is requested")
            terminal.send("\x03")
            code, took = terminal.wait()
        assert code == 130
        assert took < AT_ONCE
        assert b"Traceback" not in terminal.raw
