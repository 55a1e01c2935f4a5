"""`astro-tui why`: the cause with its evidence, for one agent and for an account; in text, JSON, and exit codes."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from support.in_shell import PROGRAM, Shell, signed_in
from support.terminal import Terminal

from astro_tui.cli.explaining import TerminalPage, in_full, in_short
from astro_tui.demo import DemoServer, Fault
from astro_tui.diagnosis import BlamedChange, Diagnosis, Evidence, Kind
from astro_tui.diagnosis.values import ChangeState, Conflict, NextStep, Unread
from astro_tui.platform.deployment_rows import Deployment
from astro_tui.presentation.agent_list import entry_of
from astro_tui.text.foreign import cell_width

ACCOUNT = "meridian-labs"
NOW = datetime(2026, 7, 2, 9, 30, tzinfo=UTC)
CLOCK = re.compile(r"\b\d\d:\d\d\b")


def rows(*words: str) -> list[dict[str, Any]]:
    return [
        {"id": f"d-{place}", "name": f"agent-{place}", "status": word, "created_at": "2026-07-01T00:00:00Z"}
        for place, word in enumerate(words)
    ]


def serve(demo: DemoServer, *words: str) -> None:
    """Let the list have one agent in each of these states."""
    body = json.dumps({"deployments": rows(*words)})
    demo.faults.set(re.compile(r"^/deployments\?"), Fault.response(200, body))


def respond(demo: DemoServer, agent: str, endpoint: str, body: object) -> None:
    demo.faults.set(re.compile(f"^/deployments/{agent}/{endpoint}"), Fault.response(200, json.dumps(body)))


def failing(demo: DemoServer, agent: str, message: str = "ImagePullBackOff: not found") -> None:
    """Let an agent fail because of its image."""
    issue = {"workload": "w-agent", "component": "agent", "phase": "failed", "message": message}
    respond(demo, agent, "status", {"value": "error", "reason": "failed", "details": message, "failed_on": [issue]})
    container = {"name": "app", "state": "Waiting", "ready": False, "restart_count": 0, "message": message}
    observed = {"name": "w-agent", "age": "20m", "pod_name": "w-agent-1", "containers": [container]}
    respond(demo, agent, "runtime", {"runtime": {"ready": 0, "replicas": 1, "workloads": [observed]}})
    respond(demo, agent, "events", {"events": []})


def healthy(demo: DemoServer, agent: str) -> None:
    container = {"name": "app", "state": "Running", "ready": True, "restart_count": 0}
    observed = {"name": "w-agent", "age": "20h", "pod_name": "w-agent-1", "containers": [container]}
    respond(demo, agent, "status", {"value": "active", "reason": "ready", "details": "1 of 1 workloads ready"})
    respond(demo, agent, "runtime", {"runtime": {"ready": 1, "replicas": 1, "workloads": [observed]}})


BUILT = {"build_id": "b2", "status": "registered", "started_at": "2026-01-01T00:00:00Z"}
RUNS = {"build_id": "4a32b0aa", "status": "registered"}


LOG = ("The newest build d0e14b2a failed at validating-spec", "report-writer --log d0e14b2a")


@pytest.mark.parametrize(
    ("agent", "reply", "expected"),
    [
        ("report-writer", None, [LOG]),
        ("report-writer", {"builds": [BUILT, RUNS]}, [("Deploy the newer build b2 if", "zgg-44k-pna --build b2")]),
        ("report-writer", {"builds": [RUNS, BUILT]}, []),
        ("report-writer", {}, []),
        # It has no problem, or one that no build causes.
        ("Claims Desk (EU)", None, []),
        ("Lead Scorer", {"builds": [BUILT, RUNS]}, []),
    ],
)
def test_the_newest_build_is_a_next_step_of_a_problem(
    shell: Shell, demo: DemoServer, agent: str, reply: object, expected: list[tuple[str, str]]
) -> None:
    if reply is not None:
        demo.faults.set("^/agents/.*/builds", Fault.response(200 if reply else 404, json.dumps(reply)))
    found = json.loads(shell("why", f"{ACCOUNT}/{agent}", "--json").out)
    steps = [step for step in found["next"] if " build " in step["text"]]
    assert len(steps) == len(expected)
    for step, (text, command) in zip(steps, expected, strict=True):
        assert step["text"].startswith(text)
        assert command in step["command"]
    assert sum("/builds" in target for _method, target in demo.requests) == (agent == "report-writer")


@pytest.mark.parametrize(
    ("arguments", "reply", "shown"),
    [
        pytest.param(("why", ACCOUNT), None, {"Sam Example": True, "user_01EXAMPLE": False}, id="account"),
        pytest.param(("why", f"{ACCOUNT}/mail-triage"), None, {"Sam Example": True, "user_01E": False}, id="agent"),
        pytest.param(("why", f"{ACCOUNT}/mail-triage"), 403, {"user_01EXAMPLE": True}, id="refused"),
        pytest.param(
            ("report", f"{ACCOUNT}/mail-triage"), None, {"by Sam Example": True, "user_01E": False}, id="report"
        ),
        pytest.param(
            ("events", f"{ACCOUNT}/mail-triage"), None, {"by Sam Example": True, "user_01E": False}, id="events"
        ),
        pytest.param(("why", f"{ACCOUNT}/lead-scorer"), None, {}, id="no user"),
        pytest.param(("list", ACCOUNT), None, {}, id="list"),
        pytest.param(("list", ACCOUNT, "--json"), None, {"Sam Example": True, "user_01EXAMPLE": False}, id="JSON"),
    ],
)
def test_users_have_names(
    shell: Shell, demo: DemoServer, arguments: tuple[str, ...], reply: int | None, shown: dict[str, bool]
) -> None:
    """There is one request, and only for a user that is about to be shown."""
    if reply is not None:
        demo.faults.set(re.compile("/members$"), Fault.response(reply))
    done = shell(*arguments)
    assert {words: words in done.out for words in shown} == shown
    assert not done.err
    assert sum("/members" in target for _method, target in demo.requests) == bool(shown)


# ---- one agent


def test_what_could_not_be_read_is_listed_and_nothing_is_guessed(shell: Shell) -> None:
    serve(shell.demo, "error")
    shell.demo.faults.set(re.compile("^/(deployments/|agents/)"), Fault.response(500))
    done = shell("why", "acme/agent-0")
    assert done.code == 2
    assert "Could not be read" in done.lines
    assert any(line.startswith("  status   The platform failed") for line in done.lines)


def test_an_agent_without_id_is_judged_by_the_list_alone(shell: Shell) -> None:
    shell.demo.faults.set("/deployments", Fault.response(200, '{"deployments":[{"name":"a","status":"Running"}]}'))
    done = shell("why", "acme/a")
    assert done.code == 0
    assert "This is based on the list alone." in done.lines
    assert len(shell.demo.requests) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["meridian-labs/nobody"], "there is no agent nobody in meridian-labs"),
        (["nobody"], "there is no account nobody; check the name, or for an agent, run astro-tui why ACCOUNT/nobody"),
        (["--account", ACCOUNT, "nobody"], "there is no agent nobody in meridian-labs"),
        (["--account", "a/b"], "not an account name"),
        (["/"], "expected ACCOUNT or ACCOUNT/AGENT, got /"),
        (["/x"], "expected ACCOUNT or ACCOUNT/AGENT, got /x"),
        (["a", "a/b"], "a/b names an agent, not an account"),
    ],
)
def test_what_does_not_exist(shell: Shell, arguments: list[str], said: str) -> None:
    done = shell("why", *arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_a_login_that_ends_meanwhile_is_an_error(shell: Shell) -> None:
    shell.demo.faults.set(re.compile("^/deployments/"), Fault.response(401, '{"error":"unauthorized"}'))
    for target in (ACCOUNT, f"{ACCOUNT}/Claims Desk (EU)"):
        done = shell("why", target)
        assert done.code == 2
        assert "expired" in done.err


# ---- JSON


# ---- an account


def test_an_account_has_a_block_for_each_problem(shell: Shell) -> None:
    serve(shell.demo, "Running", "error", "Running", "Stopped")
    failing(shell.demo, "d-1")
    for agent in ("d-0", "d-2"):
        healthy(shell.demo, agent)
    respond(shell.demo, "d-3", "status", {"value": "inactive", "reason": "paused"})
    done = shell("why", "acme")
    assert done.code == 1
    assert done.err == ""
    assert done.lines[0] == "✖ FAILED  acme/agent-1  d-1"
    assert "cannot pull its image: app waiting: ImagePullBackOff: not found" in done.lines[1]
    assert done.lines[-3:] == ["  astro-tui why acme/d-1", "", "3 agents have no problem"]
    # A minute may have passed in between.
    said, *others = (
        CLOCK.sub("", each.out) for each in (done, shell("why", "--account", "acme"), shell("why", "acme/"))
    )
    assert others == [said, said]


def test_unknown_is_worse_than_healthy_and_better_than_broken(shell: Shell) -> None:
    serve(shell.demo, "Running", "hibernating")
    healthy(shell.demo, "d-0")
    respond(shell.demo, "d-1", "status", {"value": "hibernating", "details": "Until the next request"})
    done = shell("why", "acme")
    assert (done.code, done.lines[-1]) == (2, "1 agent has no problem · 1 not known")
    # No rule covers this state, so the platform's own words are worth reading.
    assert done.lines[1].endswith(" The platform says: Until the next request")


def test_without_an_argument_it_is_the_users_account(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASTRO_ACCOUNT", "harborline")
    assert shell("why").lines == ["3 agents have no problem"]


@pytest.mark.timed
def test_at_most_six_requests_and_several_agents_at_once(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("astro_tui.session.fact_store.PATIENCE", 1.0)
    serve(shell.demo, *["Running"] * 6)
    shell.demo.faults.set(re.compile("^/deployments/.*/runtime"), Fault.hang())
    started = time.monotonic()
    done = shell("why", "acme")
    # One after the other, they would take six times as long.
    assert time.monotonic() - started < 5
    assert (done.code, done.lines[-1]) == (2, "0 agents have no problem · 6 not known")


# ---- secrets and hostile texts


def test_no_secret_is_printed(shell: Shell) -> None:
    serve(shell.demo, "error")
    failing(shell.demo, "d-0", "CrashLoopBackOff: exit code 1, password=SEKRET-VALUE-1")
    line = {"timestamp": "2026-07-01T00:00:01Z", "level": "fatal", "message": "cannot log in: api_key=SEKRET-VALUE-2"}
    respond(shell.demo, "d-0", "logs", [line])
    respond(shell.demo, "d-0", "alerts", {"alerts": [{"state": "firing", "title": "token=SEKRET-VALUE-3"}]})
    for target in ("acme", "acme/d-0"):
        for form in ([], ["--json"]):
            done = shell("why", target, *form)
            assert "SEKRET" not in done.out + done.err
            assert "••••" in done.out


def test_no_server_text_is_a_command_for_the_terminal(shell: Shell) -> None:
    row = {"id": "\x1b]0;x\x07", "name": "\x1b[2J\u202e; rm -rf /", "status": "\x9b"}
    shell.demo.faults.set(re.compile(r"^/deployments\?"), Fault.response(200, json.dumps({"deployments": [row]})))
    out = shell("why", "acme").out
    assert not set("\x1b\x07\x9b\u202e") & set(out)
    assert "'acme/␛]0;x␇'" in out


def test_ascii_alone(shell: Shell) -> None:
    done = shell("why", ACCOUNT, "--ascii")
    assert done.out.isascii()
    assert "\nx FAILED" in done.out
    assert shell("why", ACCOUNT, "--json", "--ascii").out.isascii()


# ---- the layout


def told(**more: Any) -> Diagnosis:
    sentence = (
        "agent cannot pull its image: not found; revision 9 changed .agent.image from "
        "registry.example/acme/parcel-tracker-with-a-long-name:5fee6732 to registry.example/acme/parcel-tracker:c2d8."
    )
    return Diagnosis(
        "d-1",
        "acme",
        "Parcel Tracker",
        "error",
        Kind.IMAGE,
        sentence,
        began=NOW - timedelta(hours=3),
        evidence=(
            Evidence("status", None, "error failed: Back-off pulling image registry.example/acme/parcel-tracker:c2d8"),
            Evidence("status", None, "Back-off pulling image registry.example/acme/parcel-tracker:c2d8"),
            Evidence("events", NOW - timedelta(minutes=5), "ErrImagePull: manifest unknown: not found (7 times)"),
            Evidence("history", NOW - timedelta(hours=3), "revision 9 was deployed"),
            Evidence("alerts", NOW - timedelta(days=40), "Agent is not ready"),
            Evidence("spec", NOW - timedelta(hours=3), ".agent.image"),
        ),
        change=BlamedChange(9, 8, (".agent.image",), "Revision 9 changed .agent.image."),
        change_state=ChangeState.EXPLAINED,
        conflicts=(Conflict(("status", "list"), "status says error; list says Running"),),
        unread=(Unread("alerts", "no response within 8 seconds"),),
        next_steps=(NextStep("See what revision 9 changed.", "astro-tui diff acme/d-1 8 9"), NextStep("Wait.")),
        **more,
    )


ENTRY = entry_of(Deployment(id="d-1", name="parcel-tracker", display_name="Parcel Tracker", status="error"))
BERLIN = timezone(timedelta(hours=2))


def page(width: int = 80, *, color: bool = False, zone: timezone = BERLIN, options: str = "") -> TerminalPage:
    return TerminalPage(width, ascii=False, now=NOW, zone=zone, options=options, color=color)


def test_the_full_output_in_80_columns() -> None:
    assert list(in_full(ENTRY, told(), page())) == [
        "✖ FAILED  acme/Parcel Tracker  d-1",
        "",
        "agent cannot pull its image: not found; revision 9 changed .agent.image from",
        "registry.example/acme/parcel-tracker-with-a-long-name:5fee6732 to",
        "registry.example/acme/parcel-tracker:c2d8.",
        "The problem began 3h ago, at 08:30:00 (06:30:00 UTC).",
        "",
        "What changed",
        "  revision 9 (after 8), deployed 3h ago, at 08:30:00 (06:30:00 UTC)",
        "    .agent.image",
        "",
        "Evidence",
        "  status  error failed: Back-off pulling image",
        "          registry.example/acme/parcel-tracker:c2d8",
        "",
        "  local        UTC",
        "  05-23 11:30  05-23 09:30  alerts   Agent is not ready",
        "  08:30:00     06:30:00     history  revision 9 was deployed",
        "  11:25:00     09:25:00     events   ErrImagePull: manifest unknown: not found",
        "                                     (7 times)",
        "",
        "Sources disagree",
        "  status says error; list says Running",
        "",
        "Could not be read",
        "  alerts  no response within 8 seconds",
        "",
        "Next",
        "  See what revision 9 changed.",
        "    astro-tui diff acme/d-1 8 9",
        "  Wait.",
    ]


def test_the_short_form() -> None:
    lines = list(in_short(ENTRY, told(list_only=True), page(options=" --demo")))
    assert lines[0] == "✖ FAILED  acme/Parcel Tracker  d-1"
    assert lines[-4:] == [
        "  This is based on the list and the status alone.",
        "  revision 9 (after 8), deployed 3h ago, at 08:30:00 (06:30:00 UTC)",
        "    .agent.image",
        "  astro-tui why acme/d-1 --demo",
    ]


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    lines = [*in_full(ENTRY, told(), page(width)), *in_short(ENTRY, told(), page(width))]
    assert max(map(cell_width, lines)) <= width


def test_colors_leave_the_layout_alone() -> None:
    plain, colored = (list(in_full(ENTRY, told(), page(color=color))) for color in (False, True))
    assert list(map(str, colored)) == plain
    assert colored[0].drawn.startswith("\x1b[1;31m✖ FAILED\x1b[0m")


# ---- as a program


def test_on_a_terminal_it_has_colors_and_its_progress_is_removed(demo: DemoServer, tmp_path: Path) -> None:
    serve(demo, "error", "Running")
    failing(demo, "d-0")
    healthy(demo, "d-1")
    with Terminal([PROGRAM, "why", "acme"], signed_in(demo, tmp_path), 80, 40, str(tmp_path)) as terminal:
        assert terminal.wait()[0] == 1
    assert b"investigated " in terminal.raw
    assert "investigated" not in terminal.text
    assert b"\x1b[1;31m" in terminal.raw
    assert "no problem" in terminal.text


# ---- large accounts


@pytest.mark.nightly
def test_a_large_account_is_investigated_in_part(shell: Shell) -> None:
    rows = [
        {"id": f"a{number}", "name": f"agent-{number:03}", "status": "error" if number % 2 else "Running"}
        for number in range(240)
    ]
    shell.demo.faults.set(r"^/deployments\?", Fault.response(200, json.dumps({"deployments": rows})))
    shell.demo.faults.set(r"^/(deployments|agents)/", Fault.response(404, '{"error":"deployment not found"}'))
    done = shell("why", "acme", "--json", "--most", "6")
    assert len(done.lines) == 6
    assert done.err == (
        "astro-tui: 234 agents were not investigated; --most 240 investigates all, "
        "and astro-tui why ACCOUNT/AGENT one of them\n"
    )
    asked = [re.search("/deployments/(a[0-9]+)/", target) for _, target in shell.demo.requests]
    assert len({match[1] for match in asked if match}) == 6
    before = len(shell.demo.requests)
    assert "not known" in shell("why", "acme").lines[-1]
    assert len(shell.demo.requests) - before < 1500


def test_a_large_account_without_a_problem_so_far_is_not_known(shell: Shell) -> None:
    rows = [{"id": f"a{number}", "name": f"agent-{number}", "status": "Stopped"} for number in range(5)]
    shell.demo.faults.set(r"^/deployments\?", Fault.response(200, json.dumps({"deployments": rows})))
    shell.demo.faults.set(re.compile(r"/status$"), Fault.response(200, '{"value":"inactive","reason":"paused"}'))
    done = shell("why", "acme", "--most", "4")
    assert (done.code, done.lines[-1]) == (2, "4 agents have no problem · 1 not known")
    assert "1 agent was not investigated" in done.err
    assert shell("why", "acme").code == 0


@pytest.mark.parametrize("most", ["0", "-3", "x"])
def test_the_most_is_a_number(shell: Shell, most: str) -> None:
    done = shell("why", "acme", "--most", most)
    assert done.code == 2
    assert "--most" in done.err
