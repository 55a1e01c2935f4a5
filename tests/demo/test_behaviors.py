"""The demo platform behaves as recorded in `tests/platform/behaviors`."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import pytest
from support.behaviors import Behavior, behaviors, check, names_of
from support.deadline import DEADLINE
from support.demo_caller import Caller, Clock

from astro_tui.demo import DemoServer

MORE = Path(__file__).parent / "behaviors"
"""What actions conclude nothing from, or what `tests/actions/test_deploy.py` does."""


@pytest.mark.parametrize("behavior", [*behaviors(), *behaviors(MORE)], ids=lambda behavior: behavior.name)
def test_recorded_behavior(demo: DemoServer, caller: Caller, clock: Clock, behavior: Behavior) -> None:
    if behavior.fault:
        urllib.request.urlopen(f"{demo.url}/demo/faults", json.dumps(behavior.fault).encode(), timeout=DEADLINE).close()

    def send(method: str, path: str, body: object, signature: str) -> tuple[int, object]:
        return caller.send(path, method, body, signature)

    names = names_of(behavior.agent, send)
    for step in behavior.step:
        clock.advance(step.wait)
        check(step, names, send)


def test_names_are_unique_and_conclusions_are_stated() -> None:
    known = behaviors()
    assert len({each.name for each in known}) == len(known)
    assert all(each.product and each.step for each in known)
