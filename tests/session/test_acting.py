"""What screens need for actions: one arming for the whole session, from its settings, and one journal."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.app import AppFactory

from astro_tui.actions.arming import NotArmedError


def test_a_session_is_read_only_until_it_is_armed(make_app: AppFactory) -> None:
    session = make_app().session
    assert session.arming is session.arming
    assert not session.arming.armed("acme")
    session.arming.arm("acme", "acme")
    assert session.arming.armed("acme")


def test_settings_arm_and_forbid(make_app: AppFactory) -> None:
    assert make_app(write=True).session.arming.armed("acme")
    forbidden = make_app(read_only=True, protected=("acme",)).session.arming
    assert forbidden.protects("acme")
    with pytest.raises(NotArmedError):
        forbidden.arm("acme", "acme")


def test_all_sessions_of_a_user_share_a_journal(
    make_app: AppFactory, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:  # fmt: skip
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    one, other = make_app().session, make_app().session
    assert one.acting.journal.path == other.acting.journal.path
    assert one.acting.journal.path.is_relative_to(tmp_path)
    assert one.acting.platform is one.platform
