"""What the tests of commands share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from astro_tui.demo import DemoServer


@pytest.fixture
def demo() -> Iterator[DemoServer]:
    """A demo platform with the same clock as the commands."""
    with DemoServer(frozen=True) as server:
        yield server
