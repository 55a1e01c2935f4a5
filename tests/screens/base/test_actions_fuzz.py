"""Random keys, mouse events, and pastes over all screens send nothing that was not confirmed.

FUZZ is the number of events of each kind of session, in hundreds; `make fuzz` sets it. Without it, the events are few
and always the same.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest
from support.acting import LABS
from support.app import AppFactory
from support.driving import listed
from support.fuzzing import BUSY, HEIGHT, WIDTH, Fuzzer, Observer, all_cells
from support.on_screen import running
from support.virtual_time import VirtualLoop, use_its_time

from astro_tui.actions.kinds import ActionKind

pytestmark = [pytest.mark.anyio, pytest.mark.investigating, pytest.mark.nightly]
EVENTS = int(os.environ.get("FUZZ", "2")) * 100
LONG = EVENTS >= 100_000
"""Whether it is long enough for the bars, and for somebody to wonder how far it is."""
PER_APP = 1500
"""Events after which a new app starts: what random keys do to an app makes it hard to go on in a useful way."""
BURST = 20
"""Random steps between two plans, each of one or several events."""
PREVIEWS = 0.024
"""Previews per event: a plan comes early where there were fewer."""
READS = ({"read_only": True}, {"read_only": True, "write": True}, {})
"""Settings of sessions that only read: by configuration, and because nobody arms them."""
ACTS = ({"write": True}, {"write": True}, {"write": True, "protected": (LABS,)}, {"arms": True})
"""Settings of sessions that act: armed by a flag, in a protected account, and by typing its name."""


@pytest.fixture
def anyio_backend() -> Any:
    """A loop with its own clock."""
    return "asyncio", {"loop_factory": VirtualLoop}


async def fuzzed(
    make_app: AppFactory, seen: Observer, sessions: tuple[dict[str, Any], ...], chance: random.Random
) -> AsyncIterator[None]:
    """Send `EVENTS` random events, with a plan now and then; yield after each app."""
    cells = all_cells(chance)
    number = chance.randrange(len(sessions))
    while seen.events < EVENTS:
        settings = dict(sessions[number % len(sessions)])
        number += 1
        arms = settings.pop("arms", False)
        app = make_app(server=seen.platform.url, token=seen.demo.token, **settings)
        app.arms = arms  # type: ignore[attr-defined]
        seen.begin()
        seen.demo.put(BUSY, "deploying")
        try:
            async with running(app, WIDTH, HEIGHT) as pilot:
                app.session.arming._clock = asyncio.get_running_loop().time
                await listed(pilot)
                await driven(Fuzzer(app, seen, chance, cells), min(EVENTS, seen.events + PER_APP))
        except Exception as error:  # noqa: BLE001  the next app goes on, and the report has it
            seen.crashed(error)
        yield


async def driven(fuzzer: Fuzzer, until: int) -> None:
    """Send events until there were so many in all, or until the app is in no state for plans any more."""
    seen, chance = fuzzer.seen, fuzzer.chance
    while seen.events < until:
        rarest = min(ActionKind, key=lambda kind: (seen.previews[kind], chance.random()))
        if not await fuzzer.plan(rarest):
            return
        for _ in range(BURST if seen.previews.total() >= PREVIEWS * seen.events else 2):
            await fuzzer.anything()


@pytest.mark.parametrize("armed", [False, True], ids=["read-only", "armed"])
async def test_nothing_is_sent_that_was_not_confirmed(
    make_app: AppFactory,
    seen: Observer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    armed: bool,
) -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    use_its_time(monkeypatch, loop)
    seen.watch(monkeypatch, loop)
    seed = random.randrange(1 << 32) if "FUZZ" in os.environ else 1
    title = f"{'armed' if armed else 'read-only'} session, seed {seed}"
    with capsys.disabled():
        try:
            async for _ in fuzzed(make_app, seen, ACTS if armed else READS, random.Random(seed)):
                if LONG:
                    print(f"{seen.events:,} events, {seen.previews.total():,} previews", flush=True)  # noqa: T201  progress of a long run
        finally:
            print(f"\n{seen.report(title)}")  # noqa: T201  progress of a long run
    assert seen.wrong == []
    assert not seen.unconfirmed
    assert armed or not seen.platform.writes
    assert seen.previews
    if LONG:
        assert len(seen.cells) == WIDTH * HEIGHT
    if LONG and armed:
        assert seen.previews.total() >= 2000
        assert min(seen.previews[kind] for kind in ActionKind) >= 50
        assert min(seen.confirmed[kind] for kind in ActionKind) >= 50
