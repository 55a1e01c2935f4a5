"""Random keys over all screens, on a platform that sends odd values in random places: no bug, and no long stall."""

from __future__ import annotations

import asyncio
import os
import random
import time
from pathlib import Path
from typing import Any

import pytest
from support.acting import EU, NOW
from support.app import AppFactory
from support.fuzzing import HEIGHT, WIDTH, Fuzzer, Observer, all_cells, isolated
from support.in_process import InProcess
from support.mutating import Mutating
from support.on_screen import running
from support.open_demo import OpenDemo
from support.virtual_time import VirtualLoop, use_its_time

pytestmark = [pytest.mark.anyio, pytest.mark.investigating]
EVENTS = int(os.environ.get("FUZZ", "2")) * 100
PER_APP = 150
"""Events after which a new app starts, on a platform that is broken in another way."""


MOST = 1.0
"""Seconds of processor time that the UI thread may take for a few events."""
WAYS = [*map(list, "123456789dAI@jG"), ["escape"], ["escape", *"jjj", "enter"], ["enter"], [*":catalog", "enter"]]
"""Keys that lead through all screens and sections."""


@pytest.fixture
def anyio_backend() -> Any:
    """A loop with its own clock."""
    return "asyncio", {"loop_factory": VirtualLoop}


async def step(fuzzer: Fuzzer) -> None:
    """Go somewhere, or do anything. The UI thread may work for a second at most, even on a busy machine."""
    chance, begun = fuzzer.chance, time.thread_time()
    if chance.random() < 0.5:
        await fuzzer.anything()
    else:
        await fuzzer.key(*chance.choice(WAYS))
        await fuzzer.passes(chance.choice([0, 0.02, 0.4, 3]))
    if (took := time.thread_time() - begun) > MOST:
        fuzzer.seen.wrong.append(f"{took:.1f} s in {fuzzer.app.screen}")


@pytest.mark.nightly
async def test_odd_values_end_no_screen(
    make_app: AppFactory, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    use_its_time(monkeypatch, loop)
    isolated(monkeypatch, tmp_path)
    demo = OpenDemo(frozen=True, clock=lambda: NOW)
    seed = random.randrange(1 << 32) if "FUZZ" in os.environ else 1
    chance = random.Random(seed)
    mutating = Mutating(demo.handler(), chance)
    platform = InProcess(mutating)
    demo.make_manual(EU, "nightly-policies")
    platform.use(monkeypatch)
    seen = Observer(demo, platform)
    while seen.events < EVENTS:
        mutating.share = chance.choice([0.0005, 0.005, 0.05])
        app = make_app(server=platform.url, token=demo.token, read_only=True)
        seen.begin()
        try:
            async with running(app, WIDTH, HEIGHT):
                fuzzer = Fuzzer(app, seen, chance, all_cells(chance))
                end = seen.events + PER_APP
                while seen.events < end:
                    await step(fuzzer)
                for said in app.session.messages.newest_first():
                    assert "could not be judged" not in said.text, said.text
        except Exception as error:  # noqa: BLE001  the next app goes on, and the report has it
            seen.crashed(error)
            seen.count("bugs", PER_APP)
    with capsys.disabled():
        print(f"\n{seen.report(f'odd values, seed {seed}')}")  # noqa: T201  progress of a long run
    assert seen.wrong == []
