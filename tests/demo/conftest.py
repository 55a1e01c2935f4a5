"""Fixtures for the tests of the demo platform: a clock, the platform on that clock, and a connection to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.demo_caller import Caller, Clock, calling

from astro_tui.demo import DemoServer


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def demo(clock: Clock) -> Iterator[DemoServer]:
    with DemoServer(clock=clock) as server:
        yield server


@pytest.fixture
def caller(demo: DemoServer) -> Iterator[Caller]:
    with calling(demo) as caller:
        yield caller
