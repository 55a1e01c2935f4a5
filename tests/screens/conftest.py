"""Fixtures for tests without a screen."""

from __future__ import annotations

import pytest
from support.app import AppFactory

from astro_tui.session.session import Session


@pytest.fixture
def session(make_app: AppFactory) -> Session:
    return make_app().session
