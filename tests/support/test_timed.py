"""A test that measures time gets another chance, and a new platform for it."""

from __future__ import annotations

from itertools import count

import pytest

from astro_tui.demo import DemoServer

ATTEMPTS = count()


@pytest.mark.timed
def test_a_failed_test_is_repeated(demo: DemoServer) -> None:
    assert demo.requests == []
    demo.requests.append(("GET", "/"))
    assert next(ATTEMPTS) == 2
