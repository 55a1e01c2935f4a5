"""What the tests of `doctor` share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from astro_tui.demo.identity import DemoIdentity


@pytest.fixture
def identity() -> Iterator[DemoIdentity]:
    """The identity provider. It uses the real clock, as `doctor` does."""
    with DemoIdentity() as provider:
        yield provider
