"""A process that is killed at any moment sends at most one request, and the next start reports its true outcome."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.acting import EU, Operator, operating, writes
from support.deadline import DEADLINE
from support.forked import Forked
from support.open_demo import OpenDemo

from astro_tui.actions.resolving import resolve_all, words_of
from astro_tui.demo import Fault
from astro_tui.platform.client import Call

STOP = f"POST /api/v1/deployments/{EU}/stop"
CHILD = """
import os, signal, sys
from pathlib import Path
sys.path[:0] = [{tests!r}]
from support.acting import ActionKind, Operator
from astro_tui.actions import run
from astro_tui.state.journal import ActionStage, Journal
from astro_tui.platform.client import Platform
from astro_tui.platform.client.exchange import Exchange
from astro_tui.platform.client.wire import Wire

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def before(owner, name, when=lambda *given: True):
    original = getattr(owner, name)
    def patched(*given, **more):
        if when(*given):
            die()
        return original(*given, **more)
    setattr(owner, name, patched)

def after(owner, name, when=lambda *given: True):
    original = getattr(owner, name)
    def patched(*given, **more):
        found = original(*given, **more)
        if when(*given):
            die()
        return found
    setattr(owner, name, patched)

point = sys.argv[1]
step = lambda wanted: lambda _journal, _entry, step, *_more: step is wanted
sends = lambda _wire, exchange, *_more: exchange.sends is not None
if point == "before the intent":
    before(Journal, "intend")
elif point == "while the intent is written":
    write = os.write
    os.write = lambda descriptor, data: (write(descriptor, data[:40]), die())
elif point == "after the intent":
    after(Journal, "intend")
elif point == "before sending":
    after(Journal, "record", step(ActionStage.SENT))
elif point == "while sending":
    # The connection is there, and the response is not.
    after(Wire, "_send", sends) if sys.argv[2] == "late" else before(Wire, "_send", sends)
elif point == "after the response":
    after(Platform, "change")
elif point == "before the outcome":
    before(Journal, "record", step(ActionStage.ACCEPTED))
elif point == "after the outcome":
    after(Journal, "record", step(ActionStage.ACCEPTED))
operator = Operator(sys.argv[3], "demo-access-token-of-nobody", Path(sys.argv[4]))
if point == "together":
    preview = operator.preview(ActionKind.RESTART)
    print("ready", flush=True)
    sys.stdin.readline()
    print(operator.run(preview).step)
else:
    operator.act(ActionKind(sys.argv[5]))
"""
POINTS = {
    # Where it is killed → the requests, and what the next start says about the action (None: there was no action).
    "before the intent": (0, None),
    "while the intent is written": (0, None),
    "after the intent": (0, "intended HH:MM, nothing was sent: the program ended first"),
    "before sending": (0, "sent HH:MM, outcome unknown → now active, revision 12"),
    "after the response": (1, "sent HH:MM, outcome unknown → now paused, revision 12"),
    "before the outcome": (1, "sent HH:MM, outcome unknown → now paused, revision 12"),
    "after the outcome": (1, "sent HH:MM, accepted: stopped"),
}
OF_DEPLOY = {
    **POINTS,
    "after the response": (1, "sent HH:MM, accepted: now deploying, revision 13"),
    "before the outcome": (1, "sent HH:MM, accepted: now deploying, revision 13"),
    "after the outcome": (1, "sent HH:MM, accepted: pending"),
}
"""The history shows whether the platform has accepted a deploy."""


@pytest.fixture
def demo() -> Iterator[OpenDemo]:
    with OpenDemo(frozen=True, clock=lambda: datetime.now(UTC)) as server:
        yield server


def child(demo: OpenDemo, folder: Path, point: str, how: str = "", kind: str = "pause") -> Forked:
    tests = str(Path(__file__).resolve().parents[1])
    code = CHILD.format(tests=tests).replace("demo-access-token-of-nobody", demo.token)
    return Forked(["-c", point, how, demo.url, str(folder), kind], code=code)


def next_start(demo: OpenDemo, folder: Path) -> list[str]:
    """Return what the next start says about all actions. It resolves those without an outcome."""
    with operating(demo.url, demo.token, folder) as operator:
        resolve_all(operator.context, Call())
        # It is the same for everyone after that.
        resolve_all(operator.context, Call())
        return [told(words_of(entry, operator.context.clock())) for entry in operator.journal.entries()]


def told(words: str) -> str:
    return re.sub(r"\d\d:\d\d", "HH:MM", re.sub(r"^Claims Desk \(EU\): (pause|deploy 1fa07c3b), ", "", words))


@pytest.mark.parametrize("kind", ["pause", "deploy"])
@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_point(demo: OpenDemo, tmp_path: Path, point: str, kind: str) -> None:
    process = child(demo, tmp_path, point, kind=kind)
    _out, said = process.communicate(timeout=DEADLINE)
    assert process.returncode == -signal.SIGKILL, said
    requests, words = (POINTS if kind == "pause" else OF_DEPLOY)[point]
    request = STOP if kind == "pause" else "POST /api/v1/deploy"
    assert writes(demo.requests) == [request] * requests
    assert next_start(demo, tmp_path) == ([words] if words else [])
    assert writes(demo.requests) == [request] * requests
    if kind == "pause":
        acts_again(demo, tmp_path)


def acts_again(demo: OpenDemo, folder: Path) -> None:
    """The killed process leaves nothing behind that blocks the next action."""
    with operating(demo.url, demo.token, folder) as operator:
        outcome = operator.act(*next_action(operator))
        assert outcome.exit_code == 0, outcome


def next_action(operator: Operator) -> tuple[object]:
    from astro_tui.actions.kinds import ActionKind

    return (ActionKind.RESUME if operator.preview(ActionKind.RESUME).verdict.allowed else ActionKind.PAUSE,)


@pytest.mark.parametrize(("how", "requests"), [("early", 0), ("late", 1)])
def test_killed_while_sending(demo: OpenDemo, tmp_path: Path, how: str, requests: int) -> None:
    process = child(demo, tmp_path, "while sending", how)
    _out, said = process.communicate(timeout=DEADLINE)
    assert process.returncode == -signal.SIGKILL, said
    assert len(writes(demo.requests)) == requests
    (words,) = next_start(demo, tmp_path)
    assert words == f"sent HH:MM, outcome unknown → now {'paused' if requests else 'active'}, revision 12"
    assert len(writes(demo.requests)) == requests


def test_killed_while_the_server_is_thinking(demo: OpenDemo, tmp_path: Path) -> None:
    demo.faults.set(f"/deployments/{EU}/stop", Fault.hang())
    process = child(demo, tmp_path, "never")
    while STOP not in writes(demo.requests):
        assert process.poll() is None, process.communicate()
    process.kill()
    process.communicate(timeout=DEADLINE)
    assert next_start(demo, tmp_path) == ["sent HH:MM, outcome unknown → now active, revision 12"]
    assert writes(demo.requests) == [STOP]


def test_of_four_processes_at_once_one_sends(demo: OpenDemo, tmp_path: Path) -> None:
    processes = [child(demo, tmp_path, "together") for _ in range(4)]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    results = [process.communicate(timeout=DEADLINE) for process in processes]
    assert sorted(out for out, _said in results) == ["done\n", "refused\n", "refused\n", "refused\n"], results
    assert writes(demo.requests) == [f"POST /api/v1/deployments/{EU}/restart"]
