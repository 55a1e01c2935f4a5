"""`astro-tui pause`, `resume`, and `restart` with several agents: one preview, one confirmation, one table."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from support.acting import EU, LABS, US, writes
from support.demo_caller import Clock
from support.in_shell import PROGRAM, Shell, program, signed_in
from support.open_demo import OpenDemo
from support.terminal import Terminal

from astro_tui.demo import Fault
from astro_tui.platform import rounds

IDS = [EU, US, "b0c-4y0-dft", "9vq-x1z-l5u", "iis-37e-9lm", "rvn-r0v-h04"]
TWO, SIX = [f"{LABS}/{key}" for key in IDS[:2]], [f"{LABS}/{key}" for key in IDS]


@pytest.fixture
def demo() -> Iterator[OpenDemo]:
    with OpenDemo(clock=Clock()) as server:
        for key in IDS:
            server.put(key, "active")
        yield server


@pytest.fixture(autouse=True)
def _own_state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(rounds, "FOLLOWED", 0.02)


@pytest.mark.parametrize(
    ("arguments", "ends", "said"),
    [
        # The exit code, and how many requests are sent.
        (["pause", "--confirm", "2", *TWO], (0, 2), "2 done."),
        (["pause", "--confirm", "6", "--parallel", "4", *SIX], (0, 6), "6 done."),
        # An agent that is named twice gets one request.
        (["pause", "--confirm", "2", *TWO, f"{LABS}/Claims Desk (EU)"], (0, 2), "2 done."),
        # --yes is enough for up to five, but not to pause them.
        (["pause", "--yes", *TWO], (1, 0), "give the number of agents: --confirm 2. Nothing was sent."),
        (["restart", "--yes", *SIX], (1, 0), "give the number of agents: --confirm 6. Nothing was sent."),
        (["restart", *TWO], (1, 0), "There is no terminal to confirm on; add --yes. Nothing was sent."),
        (
            ["pause", "--yes", "--confirm", "3", *TWO],
            (1, 0),
            "--confirm must be the number of agents: 2.",
        ),
        # None of them can be resumed.
        (["resume", "--yes", *TWO], (1, 0), "2 skipped."),
        (["pause", "--dry-run", *TWO], (0, 0), "Pause: 2 agents."),
        (["resume", "--dry-run", *TWO], (1, 0), "The agent is not paused."),
        # A wrong name stops everything.
        (["pause", "--confirm", "3", *TWO, f"{LABS}/no-such-agent"], (1, 0), "there is no agent no-such-agent"),
        (["restart", "--pod", "web", *TWO], (2, 0), "--pod is for one agent"),
        (
            ["pause", "--confirm", "21", *[f"{LABS}/a{number}" for number in range(21)]],
            (2, 0),
            "at most 20 agents at once",
        ),
        (["pause"], (2, 0), "missing argument: astro-tui pause ACCOUNT/AGENT"),
    ],
)
def test_several_agents(
    shell: Shell, demo: OpenDemo, arguments: Sequence[str], ends: tuple[int, int], said: str
) -> None:
    done = shell(*arguments)
    requests = len(writes(demo.requests))
    assert (done.code, requests) == ends, done
    assert said in done.out + done.err
    entries = json.loads(shell("journal", "--json").out)
    assert len(entries) == requests
    assert len({entry["group"] for entry in entries}) == bool(requests)


def test_what_failed_can_be_tried_again(shell: Shell, demo: OpenDemo) -> None:
    demo.put(US, "stopped")
    demo.faults.set(f"/deployments/{EU}/stop", Fault.response(503, '{"error":"cluster unavailable"}'))
    done = shell("pause", "--confirm", "2", *TWO, SIX[2])
    assert done.code == 1
    assert "1 done, 1 failed, 1 skipped." in done.out
    assert "The platform failed to carry out the action: cluster unavailable." in done.out
    assert "The agent is already paused." in done.out
    assert f"to try again: astro-tui pause {LABS}/{EU}\n" in done.err


def test_addresses_come_from_a_pipe(demo: OpenDemo, tmp_path: Path) -> None:
    env = signed_in(demo, tmp_path)
    done = program(env, tmp_path, "pause", "--confirm", "2", "--marked-from", "-", given="\n".join(["", *TWO, ""]))
    assert (done.returncode, len(writes(demo.requests))) == (0, 2), done


@pytest.mark.parametrize(("answer", "code"), [("2", 0), ("P", 1), ("", 1)])
def test_the_number_confirms_at_a_terminal(demo: OpenDemo, tmp_path: Path, answer: str, code: int) -> None:
    with Terminal([PROGRAM, "pause", *TWO], signed_in(demo, tmp_path), 100, 30, str(tmp_path)) as terminal:
        terminal.until_text("active, revision 12", "Pause: 2 agents.", "Type 2 to confirm")
        assert writes(demo.requests) == []
        terminal.send(f"{answer}\n")
        assert terminal.wait()[0] == code
    assert len(writes(demo.requests)) == 2 * (code == 0)
