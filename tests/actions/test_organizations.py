"""In an account that requires a token of its organization, an action gets that token before, and is sent once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.acting import QUICK, writes
from support.logins import NoKeyring, login_of, tokens_at

from astro_tui.actions.arming import Arming
from astro_tui.actions.context import Context
from astro_tui.actions.journal import Journal, Step
from astro_tui.actions.kinds import Action, Kind
from astro_tui.actions.preview import prepare
from astro_tui.actions.run import run
from astro_tui.actions.target import target_of
from astro_tui.auth.own_login import OwnLogin
from astro_tui.demo import DemoServer
from astro_tui.demo.identity import DemoIdentity
from astro_tui.platform.client import Call, Platform


@pytest.fixture
def identity() -> Iterator[DemoIdentity]:
    with DemoIdentity() as made:
        yield made


@pytest.fixture
def demo(identity: DemoIdentity) -> Iterator[DemoServer]:
    with DemoServer(frozen=True, clock=lambda: datetime.now(UTC), identity=identity) as made:
        yield made


@pytest.mark.parametrize("account", ["salt-ledger", "tide-registry"])
@pytest.mark.parametrize("kind", [Kind.PAUSE, Kind.DELETE, Kind.RENAME])
def test_an_action_in_an_organization(
    demo: DemoServer, identity: DemoIdentity, tmp_path: Path, account: str, kind: Kind
) -> None:
    own = OwnLogin(demo.url, folder=tmp_path / "data", keyring=NoKeyring())
    own.sign_in(login_of(identity))
    platform = Platform(demo.url, tokens_at(own), timeouts=QUICK)
    context = Context(platform, Journal(tmp_path / "actions"), lambda: datetime.now(UTC))
    try:
        row = next(each for each in platform.deployments(account).rows if each.status == "Running")
        preview = prepare(context, target_of(account, row), Action(kind, "New name" * (kind is Kind.RENAME)), Call())
        permit = Arming(write=True).permit(preview, preview.target.to_type)
        outcome = run(context, preview, permit, Call())
    finally:
        platform.close()
    assert outcome.step is Step.DONE, outcome
    assert writes(demo.requests) == [preview.request]
    assert identity.counts["scoped"] == 1
