"""Fixtures for the tests of screens."""

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


@pytest.fixture(autouse=True)
def _own_journal(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep the journals of tests apart."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
