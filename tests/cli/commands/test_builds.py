"""`astro-tui builds` and `astro-tui deploy`: builds and their logs, and what a deploy takes and refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.acting import LABS, writes
from support.demo_caller import Clock
from support.in_shell import Shell

from astro_tui.cli.commands import builds
from astro_tui.demo import DemoServer, Fault

CLAIMS, MINUTES = f"{LABS}/claims-desk", f"{LABS}/meeting-minutes"
SECRET = "typed-3fJ9kQ27-secret"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def demo(clock: Clock) -> Iterator[DemoServer]:
    with DemoServer(clock=clock) as server:
        yield server


@pytest.fixture(autouse=True)
def _own_state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def test_builds_of_all_states(shell: Shell) -> None:
    done = shell("builds", CLAIMS)
    assert (done.code, done.err) == (0, "")
    assert done.lines[0].split() == ["BUILD", "STATE", "AGE", "TOOK", "COMMIT", "ABOUT"]
    assert [line.split()[1] for line in done.lines[1:4]] == ["FAILED", "CANCELED", "BUILT"]
    rows = json.loads(shell("builds", CLAIMS, "--json").out)
    assert (rows[0]["status"], rows[0]["step"], rows[0]["seconds"]) == ("failed", "building (1/2: agent)", 190)
    assert [row["build_id"] for row in rows if row["newest"]] == ["1fa07c3b"]
    states = {
        row.split()[1] for name in ("mail-triage", "quality-gate") for row in shell("builds", f"{LABS}/{name}").lines
    }
    assert {"BUILDING", "QUEUED", "SKIPPED"} <= states


def test_what_others_may_read(shell: Shell, demo: DemoServer) -> None:
    done = shell("builds", "ferncliff-rail/seat-finder")
    assert (done.code, "Only the ten newest builds from GitHub" in done.err) == (0, True)
    assert done.lines[1].split()[1] == "FAILED"
    demo.faults.set("^/agents/.*/github$", Fault.response(403, b'{"error":"forbidden"}'))
    published = shell("builds", "ferncliff-rail/seat-finder")
    assert "Only published builds" in published.err
    assert {line.split()[1] for line in published.lines[1:]} == {"BUILT"}


def test_logs(shell: Shell, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    done = shell("builds", CLAIMS, "--log", "b7d20c44")
    assert done.code == 1
    assert done.lines[0] == "=== events ==="
    assert done.lines[-1].startswith("ERROR: No matching distribution")
    assert "EXAMPLE-3fJ9kQ27" not in done.out
    pushed = shell("builds", f"{LABS}/invoice-sorter", "--log", "4c17249a")
    assert (pushed.code, "pushed from elsewhere" in pushed.err) == (2, True)

    def moved(_seconds: float) -> None:
        clock.advance(9)

    monkeypatch.setattr(builds, "sleep", moved)
    whole = shell("builds", f"{LABS}/mail-triage", "--log", "77c1d0fe", "--follow")
    assert whole.code == 0
    assert whole.lines[-1] == f"pushed registry.astropods.ai/{LABS}/mail-triage:77c1d0fe"
    assert len(whole.lines) == len(set(whole.lines))


def test_a_log_whose_window_moves_has_each_line_once(
    shell: Shell, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(builds, "sleep", lambda _seconds: clock.advance(20))
    done = shell("builds", f"{LABS}/quality-gate", "--log", "04c9b6d1", "--follow")
    lines = [line for line in done.lines if line.startswith("#")]
    assert len(lines) == len(set(lines)) > 8000
    assert done.code == 0


REFUSED = [
    (("--build", "1fa07c3b", "--same"), 2, "exclude each other"),
    (("--set", "REGION"), 2, "--set needs a name and a value"),
    (("--set", "A=1", "--set", "A=2"), 2, "set twice"),
    (("--set-file", "A=/nowhere/at/all"), 2, "cannot be read"),
    (("--set", f"CALENDAR_API_KEY={SECRET}"), 1, "is a secret: use --set-file"),
    ((), 1, "variables.CALENDAR_API_KEY: required variable is empty"),
]


@pytest.mark.parametrize(("own", "code", "words"), REFUSED)
def test_a_deploy_that_is_refused(shell: Shell, demo: DemoServer, own: tuple[str, ...], code: int, words: str) -> None:
    done = shell("deploy", "--yes", *own, MINUTES)
    assert (done.code, writes(demo.requests)) == (code, [])
    assert words in done.err
    assert SECRET not in done.out + done.err


def test_a_secret_comes_from_a_file_and_is_printed_nowhere(shell: Shell, demo: DemoServer, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"{SECRET}\n")
    own = ("--set-file", f"CALENDAR_API_KEY={file}", MINUTES)
    checked = shell("deploy", "--dry-run", *own)
    assert (checked.code, "sets      CALENDAR_API_KEY" in checked.lines) == (0, True)
    done = shell("deploy", "--yes", *own)
    assert (done.code, writes(demo.requests)) == (0, ["POST /api/v1/deploy"])
    assert "The build no longer has TONE" in done.err
    assert SECRET not in checked.out + checked.err + done.out + done.err + shell("journal", "--json").out


def test_the_newest_build_that_runs_already_is_no_error(shell: Shell, demo: DemoServer) -> None:
    done = shell("deploy", "--yes", f"{LABS}/invoice-sorter")
    assert (done.code, writes(demo.requests)) == (0, [])
    assert "is already running" in done.err
    assert shell("deploy", "--yes", "--same", f"{LABS}/invoice-sorter").code == 0
