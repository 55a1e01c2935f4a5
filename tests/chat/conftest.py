"""Fixtures for conversations: users who talk to the agents of the demo platform of a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.acting import QUICK
from support.talking import Person

from astro_tui.demo import DemoServer
from astro_tui.platform.client import Platform
from astro_tui.state.journal import Journal


@pytest.fixture
def meet(demo: DemoServer, tmp_path: Path) -> Iterator[Callable[[str], Person]]:
    platform, people = Platform(demo.url, demo.token, timeouts=QUICK), list[Person]()

    def person(agent: str) -> Person:
        people.append(Person(demo, platform, Journal(tmp_path), agent))
        return people[-1]

    yield person
    for each in people:
        each.talk.close()
    platform.close()
