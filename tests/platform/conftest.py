"""Clients of the platform that are closed at the end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.platforms import Opened, closed_at_the_end


@pytest.fixture
def opened() -> Iterator[Opened]:
    with closed_at_the_end() as make:
        yield make
