"""Fixtures for the tests that type into an app at exact times."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.acting import EU, NOW
from support.fuzzing import Observer, isolated
from support.in_process import InProcess
from support.open_demo import OpenDemo


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Observer:
    """Notes what an app sends to a demo platform in this process."""
    isolated(monkeypatch, tmp_path)
    demo = OpenDemo(frozen=True, clock=lambda: NOW)
    platform = InProcess(demo.handler())
    demo.make_manual(EU, "nightly-policies")
    platform.use(monkeypatch)
    return Observer(demo, platform)
