"""The log of an agent in a real terminal, while requests hang and lines flow."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from support.demo_deployments import CLAIMS
from support.terminal import AT_ONCE, Terminal, environment

from astro_tui.demo import DemoServer, Fault

pytestmark = pytest.mark.nightly

PROGRAM = str(Path(sys.executable).with_name("astro-tui"))
STREAM = f"/deployments/{CLAIMS}/logs/stream"
OTHERS = re.compile(rf"^/deployments/(?!{CLAIMS})[^/?]+/")
"""What the list requests of other agents."""
LIST = "^/deployments([?]|$)"
WORKLOADS = 8
HANGING = 2


def test_eight_streams_and_hanging_requests_hold_up_neither_the_list_nor_the_end(tmp_path: Path) -> None:
    with DemoServer() as demo:
        demo.faults.set(OTHERS, Fault.hang())

        def asked(part: str) -> int:
            return sum(part in target for _method, target in list(demo.requests))

        def hanging() -> int:
            return sum(OTHERS.match(path.removeprefix("/api/v1")) is not None for _, path in list(demo.requests))

        known = {"ASTRO_SERVER_URL": demo.url, "ASTRO_ACCESS_TOKEN": demo.token}
        with Terminal([PROGRAM, "meridian-labs"], environment(str(tmp_path), known), 120, 30) as terminal:
            terminal.until(lambda: hanging() >= HANGING, "requests that hang")
            terminal.send("/claims desk (eu)")
            terminal.until_text("1 of ")
            terminal.send("\r")
            terminal.until_text("[1 spec]")
            terminal.send("7")
            terminal.until(lambda: asked(STREAM) >= WORKLOADS, "eight streams")
            terminal.until_text("following")
            terminal.send("\x1b")
            terminal.until_text("[1 spec]")
            terminal.send("\x1b")
            terminal.until_text("1 of ", "enter open")
            demo.faults.set(LIST, Fault.response(200, '{"deployments": []}'), count=1)
            terminal.send("r")
            terminal.until(lambda: "Claims Desk (EU)" not in terminal.text, "an empty list")
            terminal.send("r")
            terminal.until_text("Claims Desk (EU)")
            terminal.send("7")
            terminal.until(lambda: asked(STREAM) >= 2 * WORKLOADS, "eight streams")
            terminal.until_text("following")
            terminal.send("\x03")
            code, took = terminal.wait()
            assert code == 0
            assert took < AT_ONCE
