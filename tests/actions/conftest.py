"""A demo platform that does not change by itself, a user who acts on it, and another user's connection."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.acting import EU, NOW, Operator, operating
from support.demo_caller import Caller, calling
from support.open_demo import OpenDemo


@pytest.fixture
def demo() -> Iterator[OpenDemo]:
    with OpenDemo(frozen=True, clock=lambda: NOW) as server:
        server.make_manual(EU, "nightly-policies")
        yield server


@pytest.fixture
def other(demo: OpenDemo) -> Iterator[Caller]:
    """Another user, on another machine."""
    with calling(demo) as caller:
        yield caller


@pytest.fixture
def operator(demo: OpenDemo, tmp_path: Path) -> Iterator[Operator]:
    with operating(demo.url, demo.token, tmp_path / "actions") as operator:
        yield operator
