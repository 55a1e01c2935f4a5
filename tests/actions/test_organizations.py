"""In an account that requires a token of its organization, an action gets that token first, and is sent once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.acting import QUICK, writes
from support.logins import NoKeyring, fork_renewals, login_of, tokens_at

from astro_tui.actions.arming import Arming
from astro_tui.actions.context import ActionContext, intended
from astro_tui.actions.kinds import Action, ActionKind
from astro_tui.actions.preview import prepare
from astro_tui.actions.resolving import resolve_all
from astro_tui.actions.run import run
from astro_tui.auth.own_login import OwnLogin
from astro_tui.demo import DemoServer
from astro_tui.demo.identity import DemoIdentity
from astro_tui.platform.client import Call, Platform
from astro_tui.presentation.presence import Target, target_of
from astro_tui.state.journal import ActionStage, Journal


@pytest.fixture(autouse=True)
def _forked_renewals(monkeypatch: pytest.MonkeyPatch) -> None:
    fork_renewals(monkeypatch)


@pytest.fixture
def identity() -> Iterator[DemoIdentity]:
    with DemoIdentity() as made:
        yield made


@pytest.fixture
def demo(identity: DemoIdentity) -> Iterator[DemoServer]:
    with DemoServer(frozen=True, clock=lambda: datetime.now(UTC), identity=identity) as made:
        yield made


@contextmanager
def started(demo: DemoServer, identity: DemoIdentity, folder: Path, name: str) -> Iterator[ActionContext]:
    """A start of the program, with its own login."""
    own = OwnLogin(demo.url, folder=folder / name, keyring=NoKeyring())
    own.sign_in(login_of(identity))
    platform = Platform(demo.url, tokens_at(own), timeouts=QUICK)
    try:
        yield ActionContext(platform, Journal(folder / "actions"), lambda: datetime.now(UTC))
    finally:
        platform.close()


def running_in(context: ActionContext, account: str) -> Target:
    rows = context.platform.deployments(account).rows
    return target_of(account, next(each for each in rows if each.status == "Running"))


ORGANIZATIONS = ["salt-ledger", "tide-registry"]


@pytest.mark.parametrize("account", ORGANIZATIONS)
def test_an_action_after_the_list_of_another_organization(
    demo: DemoServer, identity: DemoIdentity, tmp_path: Path, account: str
) -> None:
    with started(demo, identity, tmp_path, "first") as context:
        target = running_in(context, account)
    (other,) = set(ORGANIZATIONS) - {account}
    with started(demo, identity, tmp_path, "second") as context:
        context.platform.deployments(other)
        preview = prepare(context, target, Action(ActionKind.PAUSE), Call())
        outcome = run(context, preview, Arming(write=True).permit(preview), Call())
    assert outcome.step is ActionStage.DONE, outcome
    assert writes(demo.requests) == [preview.request]


@pytest.mark.parametrize("account", ORGANIZATIONS)
def test_a_deployment_is_read_after_the_list_of_another_organization(
    demo: DemoServer, identity: DemoIdentity, tmp_path: Path, account: str
) -> None:
    (other,) = set(ORGANIZATIONS) - {account}
    with started(demo, identity, tmp_path, "first") as context:
        target = running_in(context, account)
        context.platform.deployments(other)
        assert context.platform.deployment(target.id).id == target.id


@pytest.mark.parametrize("listed", ["", "salt-ledger", "tide-registry", "meridian-labs"])
@pytest.mark.parametrize("account", ORGANIZATIONS)
def test_the_next_start_reports_the_outcome_whatever_was_listed(
    demo: DemoServer, identity: DemoIdentity, tmp_path: Path, account: str, listed: str
) -> None:
    with started(demo, identity, tmp_path, "first") as context:
        target = running_in(context, account)
        preview = prepare(context, target, Action(ActionKind.PAUSE), Call())
        entry = intended(context.journal, demo.url, preview.action, target, preview.state, now=context.clock())
        context.journal.record(entry, ActionStage.SENT)
    with started(demo, identity, tmp_path, "second") as context:
        if listed:
            context.platform.deployments(listed)
        (resolved,) = resolve_all(context, Call())
    assert (resolved.state, resolved.outcome) == ("resolved", f"outcome unknown → now {preview.state.words}")


@pytest.mark.parametrize("account", ["salt-ledger", "tide-registry"])
@pytest.mark.parametrize("kind", [ActionKind.PAUSE, ActionKind.DELETE, ActionKind.RENAME])
def test_an_action_in_an_organization(
    demo: DemoServer, identity: DemoIdentity, tmp_path: Path, account: str, kind: ActionKind
) -> None:
    own = OwnLogin(demo.url, folder=tmp_path / "data", keyring=NoKeyring())
    own.sign_in(login_of(identity))
    platform = Platform(demo.url, tokens_at(own), timeouts=QUICK)
    context = ActionContext(platform, Journal(tmp_path / "actions"), lambda: datetime.now(UTC))
    try:
        row = next(each for each in platform.deployments(account).rows if each.status == "Running")
        preview = prepare(
            context, target_of(account, row), Action(kind, "New name" * (kind is ActionKind.RENAME)), Call()
        )
        permit = Arming(write=True).permit(preview, preview.target.to_type)
        outcome = run(context, preview, permit, Call())
    finally:
        platform.close()
    assert outcome.step is ActionStage.DONE, outcome
    assert writes(demo.requests) == [preview.request]
    assert identity.counts["scoped"] == 1
