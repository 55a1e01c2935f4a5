"""Fixtures for the tests of loaders without a screen."""

from __future__ import annotations

import pytest
from support.app import AppFactory
from support.fetching import HeldRequests

from astro_tui.session.session import Session


@pytest.fixture
def session(make_app: AppFactory) -> Session:
    return make_app().session


@pytest.fixture
def held() -> HeldRequests:
    return HeldRequests()
