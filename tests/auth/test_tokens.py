"""Requests with a login: renewed in time or after a 401, and for an organization if required."""

from __future__ import annotations

import json
import pickle
import threading
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from support.deadline import DEADLINE
from support.logins import Gate, MemoryKeyring, NoKeyring, fork_renewals, jwt, login_of, tokens_at
from support.raw_server import RawServer, answer

from astro_tui.auth.chosen_login import LoginKind
from astro_tui.auth.keyring_access import UNLOCK
from astro_tui.auth.login import Login
from astro_tui.auth.own_login import OwnLogin
from astro_tui.auth.private_files import shown
from astro_tui.auth.renewal import Ending, Renewal, RenewalOutcome
from astro_tui.auth.source import environment_source
from astro_tui.auth.tokens import FixedToken, StoredTokens, tokens_of
from astro_tui.demo import DemoServer, Fault
from astro_tui.demo.authority import USER
from astro_tui.demo.identity import AUTHENTICATE, DemoIdentity
from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform.client import Call, Platform, Timeouts
from astro_tui.platform.client.address import account_of
from astro_tui.presentation.remedies import in_shell
from astro_tui.state.settings import Settings
from astro_tui.text.fingerprint import fingerprint

QUICK = Timeouts(connect=20, read=30, total=45, pauses=(0.02,))
SCOPED = "salt-ledger"
SESSION = "tide-registry"


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


@pytest.fixture
def own(demo: DemoServer, tmp_path: Path) -> OwnLogin:
    return OwnLogin(demo.url, folder=tmp_path / "data", keyring=NoKeyring())


@pytest.fixture
def platform(demo: DemoServer, own: OwnLogin) -> Iterator[Platform]:
    made = Platform(demo.url, tokens_at(own), timeouts=QUICK)
    yield made
    made.close()


def paths(demo: DemoServer) -> list[str]:
    return [target.removeprefix("/api/v1") for _method, target in demo.requests]


def token_requests(identity: DemoIdentity) -> int:
    return sum(target == AUTHENTICATE for _method, target in identity.requests)


def fails(act: Callable[[], Any]) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        act()
    return caught.value


# ---- in time, and after a 401


def test_it_is_renewed_before_it_expires(
    platform: Platform, own: OwnLogin, demo: DemoServer, identity: DemoIdentity
) -> None:
    own.sign_in(login_of(identity, left=20))
    each = [threading.Thread(target=platform.me) for _ in range(8)]
    for thread in each:
        thread.start()
    for thread in each:
        thread.join()
    assert identity.counts["refreshed"] == token_requests(identity) == 1
    assert paths(demo) == ["/me"] * 8


def test_a_401_renews_once_and_repeats_once(
    platform: Platform, own: OwnLogin, demo: DemoServer, identity: DemoIdentity
) -> None:
    own.sign_in(login_of(identity))
    demo.faults.set("/me", Fault.response(401, b'{"error":"unauthorized"}'), count=1)
    assert platform.me().accounts
    assert paths(demo) == ["/me", "/me"]
    assert token_requests(identity) == 1


def test_a_platform_that_refuses_every_token_is_not_retried_forever(
    platform: Platform, own: OwnLogin, demo: DemoServer, identity: DemoIdentity
) -> None:
    own.sign_in(login_of(identity))
    demo.faults.set("/me", Fault.response(401, b'{"error":"unauthorized"}'))
    errors = [fails(platform.me) for _ in range(3)]
    assert [error.kind for error in errors] == [ErrorKind.SIGNED_OUT] * 3
    assert str(errors[0]) == "The platform does not accept the login."
    assert "astro-tui auth login" in in_shell(errors[0].remedies)
    assert "ASTRO_ACCESS_TOKEN" not in in_shell(errors[0].remedies)
    assert paths(demo) == ["/me"] * 4
    assert token_requests(identity) == 1


def test_a_post_is_sent_again_after_a_401(
    platform: Platform, own: OwnLogin, demo: DemoServer, identity: DemoIdentity
) -> None:
    own.sign_in(login_of(identity))
    demo.faults.set("/agents/meridian-labs/claims-desk/deployment-template", Fault.response(401, b"{}"), count=1)
    detail = platform.active_deployment("meridian-labs", "claims-desk")
    assert platform.template("meridian-labs", "claims-desk", detail.id, 1)
    assert paths(demo)[-1] == paths(demo)[-2] == "/agents/meridian-labs/claims-desk/deployment-template"


def test_the_error_has_the_fingerprint_of_the_refused_token(
    platform: Platform, own: OwnLogin, identity: DemoIdentity, demo: DemoServer
) -> None:
    """So the caller need not read it again, which could mean another wait for the keyring or the CLI."""
    assert fails(platform.me).refused == ""
    own.sign_in(login_of(identity))
    demo.faults.set("/me", Fault.response(401, b"{}"))
    error = fails(platform.me)
    newest = own.read()
    assert newest is not None
    assert error.refused == fingerprint(newest.access_token)
    assert pickle.loads(pickle.dumps(error)).refused == error.refused


def test_an_ended_session_is_reported_and_its_token_not_sent_again(
    platform: Platform, own: OwnLogin, demo: DemoServer, identity: DemoIdentity
) -> None:
    own.sign_in(login_of(identity))
    identity.end_sessions()
    for _ in range(3):
        error = fails(platform.me)
        assert (error.kind, error.status) == (ErrorKind.SIGNED_OUT, 401)
        assert str(error) == "The login has ended: the provider no longer renews it."
    assert token_requests(identity) == 1
    # A new login is noticed at once, whichever program stored it.
    own.sign_in(login_of(identity))
    assert platform.me().accounts


def test_signing_out_takes_effect_at_once(
    platform: Platform, own: OwnLogin, demo: DemoServer, identity: DemoIdentity
) -> None:
    own.sign_in(login_of(identity))
    assert platform.me().accounts
    own.sign_out()
    assert not platform.signed_in
    error = fails(platform.me)
    assert str(error) == "This requires a login, and you are not signed in."
    assert token_requests(identity) == 0


def test_an_unreachable_provider_is_reported(own: OwnLogin, demo: DemoServer, identity: DemoIdentity) -> None:
    login = login_of(identity, left=20)
    own.sign_in(login)
    identity.faults.set(AUTHENTICATE, Fault.response(503, b"{}"))
    tokens = tokens_at(own)
    platform = Platform(demo.url, tokens, timeouts=QUICK)
    # The token is used until it expires.
    assert platform.me().accounts
    demo.faults.set("/me", Fault.response(401, b"{}"))
    error = fails(platform.me)
    assert "cannot be renewed now" in str(error)
    assert token_requests(identity) == 1
    platform.close()


@pytest.mark.parametrize(
    ("mode", "message", "hint"),
    [
        (0o644, "(mode 0644).", "Run chmod 600 {file}, then try again, or sign in again: astro-tui auth login"),
        (0o600, "is damaged.", "Sign in again: astro-tui auth login"),
    ],
)
def test_an_unusable_login_is_reported_once_and_completely(
    own: OwnLogin, platform: Platform, mode: int, message: str, hint: str
) -> None:
    own.sign_in(Login("a", "b"))
    if mode == 0o600:
        own.file.write_text("{")
    own.file.chmod(mode)
    error = fails(platform.me)
    assert str(error).startswith("The stored login cannot be used: ")
    assert str(error).endswith(message)
    assert in_shell(error.remedies) == hint.format(file=shown(own.file))


def test_a_token_from_the_environment_is_never_renewed(demo: DemoServer, identity: DemoIdentity) -> None:
    platform = Platform(demo.url, "some-token", timeouts=QUICK)
    error = fails(platform.me)
    assert str(error) == "The platform does not accept the token; it may have expired."
    assert paths(demo) == ["/me"]
    assert token_requests(identity) == 0
    platform.close()


# ---- organizations


@pytest.mark.parametrize("account", [SCOPED, SESSION])
def test_an_organizations_token_is_requested_when_needed(
    platform: Platform, own: OwnLogin, demo: DemoServer, identity: DemoIdentity, account: str
) -> None:
    own.sign_in(login_of(identity))
    assert len(platform.deployments("meridian-labs").rows) > 3
    assert token_requests(identity) == 0
    rows = platform.deployments(account).rows
    assert rows
    assert identity.counts["scoped"] == token_requests(identity) == 1
    # From then on, requests about this account send it, and all others send the personal one.
    assert platform.deployment(rows[0].id).id == rows[0].id
    assert platform.deployments(account).rows
    assert platform.deployments("meridian-labs").rows
    assert identity.counts["scoped"] == 1
    assert paths(demo).count(f"/deployments?account={account}") == 3
    assert not identity.counts["refused"]
    # The rotated refresh token was stored.
    assert own.stored().renewable  # type: ignore[union-attr]
    assert platform.tokens.renewed(own.read().access_token, Call())  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("fault", "message", "hint"),
    [
        (Fault.response(503, b"{}"), "not available at the moment", "Try again."),
        (Fault.response(400, b'{"error": "invalid_grant"}'), "The login has ended", "Sign in again: "),
        (
            Fault.response(400, b'{"error": "invalid_grant", "error_description": "User is not a member of it."}'),
            "You are not a member",
            "Ask one of its owners",
        ),
    ],
    ids=["away", "ended", "stranger"],
)
def test_an_organizations_token_that_is_refused(  # noqa: PLR0917  a row each
    platform: Platform, own: OwnLogin, identity: DemoIdentity, fault: Fault, message: str, hint: str
) -> None:
    own.sign_in(login_of(identity))
    identity.faults.set(AUTHENTICATE, fault)
    error = fails(lambda: platform.deployments(SCOPED))
    assert (error.kind, in_shell(error.remedies).startswith(hint)) == (ErrorKind.FORBIDDEN, True)
    assert str(error).startswith("This requires a login for the account's organization. ")
    assert error.facts.wants_organization
    assert message in str(error)
    # It is not requested again at once, and requests that do not need it still work.
    fails(lambda: platform.deployments(SCOPED))
    assert token_requests(identity) == 1
    assert platform.deployments("meridian-labs").rows


def test_personal_and_unknown_accounts_get_no_organization_token(
    platform: Platform, own: OwnLogin, demo: DemoServer, identity: DemoIdentity
) -> None:
    own.sign_in(login_of(identity))
    demo.faults.set("/deployments", Fault.response(403, b'{"error":"session is not scoped to this organization"}'))
    error = fails(lambda: platform.deployments("nobody-knows"))
    assert (error.kind, str(error)) == (ErrorKind.FORBIDDEN, "This requires a login for the account's organization.")
    assert token_requests(identity) == 0


def test_a_refused_organization_token_is_not_replaced_again(
    platform: Platform, own: OwnLogin, demo: DemoServer, identity: DemoIdentity
) -> None:
    own.sign_in(login_of(identity))
    demo.faults.set("/deployments", Fault.response(403, b'{"error":"session is not scoped to this organization"}'))
    for _ in range(2):
        assert fails(lambda: platform.deployments(SCOPED)).kind is ErrorKind.FORBIDDEN
    assert identity.counts["scoped"] == 1
    assert paths(demo).count(f"/deployments?account={SCOPED}") == 3


@pytest.mark.parametrize("status", [402, 403, 404, 500])
def test_other_refusals_request_no_organization_token(
    platform: Platform, own: OwnLogin, demo: DemoServer, identity: DemoIdentity, status: int
) -> None:
    own.sign_in(login_of(identity))
    demo.faults.set("/me", Fault.response(status, b'{"error":"insufficient permissions"}'))
    fails(platform.me)
    assert (paths(demo), token_requests(identity)) == (["/me"], 0)


@pytest.mark.parametrize("signs_out", [False, True], ids=["signs in", "signs out first"])
def test_after_another_user_signs_in_no_token_of_the_previous_one_is_sent(
    identity: DemoIdentity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signs_out: bool
) -> None:
    sent: list[tuple[str, bool]] = []
    read = identity.authority.claims

    def claims(token: str, now: datetime) -> Any:
        found = read(token, now)
        assert found is not None
        sent.append((found["sub"], "org_id" in found))
        return found

    monkeypatch.setattr(identity.authority, "claims", claims)
    with DemoServer(frozen=True, clock=lambda: datetime.now(UTC), identity=identity) as demo:
        own = OwnLogin(demo.url, folder=tmp_path / "data", keyring=NoKeyring())
        platform = Platform(demo.url, tokens_at(own), timeouts=QUICK)
        own.sign_in(login_of(identity))
        for _ in range(2):
            assert platform.deployments(SCOPED).rows
        assert sent[-1] == (USER["id"], True)
        sent.clear()
        if signs_out:
            own.sign_out()
        monkeypatch.setitem(USER, "id", "user_02ANOTHER")
        own.sign_in(login_of(identity))
        assert platform.deployments(SCOPED).rows
        assert sent == [("user_02ANOTHER", False), ("user_02ANOTHER", True)]
        platform.close()


def test_a_renewal_that_began_with_another_users_login_is_ignored(own: OwnLogin) -> None:
    starts: list[str] = []
    started, go_on = threading.Event(), threading.Event()

    def renewal(after: str, _organization: str) -> Renewal:
        starts.append(after)
        if len(starts) > 1:
            return Renewal(lambda: RenewalOutcome(Ending.RENEWED, token=jwt(sub="second", org_id="org_1")))
        started.set()
        return Renewal(
            lambda: RenewalOutcome(Ending.RENEWED, token=jwt(sub="first", org_id="org_1") * go_on.wait(DEADLINE))
        )

    own.sign_in(Login(jwt(sub="first"), "a"))
    tokens = tokens_at(own, renewal=renewal)
    found: list[str | None] = []
    waits = threading.Thread(target=lambda: found.append(tokens.scoped("org_1", Call())))
    waits.start()
    assert started.wait(DEADLINE)
    own.sign_in(Login(jwt(sub="second"), "b"))
    # It does not wait for the renewal that began for the other user.
    assert tokens.scoped("org_1", Call()) == jwt(sub="second", org_id="org_1")
    go_on.set()
    waits.join(DEADLINE)
    assert found == [None]
    assert tokens.scoped("org_1", Call(), held=True) == jwt(sub="second", org_id="org_1")
    assert starts == [jwt(sub="first"), jwt(sub="second")]


def test_a_login_without_a_user_keeps_no_organization_token_longer_than_its_own(own: OwnLogin) -> None:
    """It may be anyone's."""
    tokens = tokens_at(
        own,
        renewal=lambda after, _organization: Renewal(lambda: RenewalOutcome(Ending.RENEWED, token=f"{after} of org_1")),
    )
    for token in ("opaque", "another"):
        own.sign_in(Login(token, "b"))
        assert tokens.scoped("org_1", Call(), held=True) is None
        assert tokens.scoped("org_1", Call()) == f"{token} of org_1"
        assert tokens.scoped("org_1", Call(), held=True) == f"{token} of org_1"


def test_which_account_an_endpoint_is_about() -> None:
    assert account_of("/deployments?account=a%20b&x=y") == "a b"
    assert account_of("/agents/a%2Fb/name/deployment") == "a/b"
    assert account_of("/accounts/acme") == "acme"
    assert [account_of(path) for path in ("/me", "/deployments/id/status", "/agents?account=x", "/agents", "")] == [
        ""
    ] * 5


# ---- where tokens go


def test_a_401_from_another_server_causes_no_refresh(own: OwnLogin, identity: DemoIdentity) -> None:
    login = login_of(identity)
    with RawServer(lambda _head: answer(status="401 Unauthorized")) as away:
        redirect = answer(b"", "302 Found", f"Location: {away.url}/x")
        with RawServer(lambda _head: redirect) as server:
            here = OwnLogin(server.url, folder=own.folder, keyring=NoKeyring())
            here.sign_in(login)
            platform = Platform(server.url, tokens_at(here), timeouts=QUICK)
            error = fails(platform.me)
            platform.close()
            assert "redirects to" in str(error)
            assert len(server.heads) == len(away.heads) == 1
        assert "authorization" not in away.heads[0].lower()
    assert token_requests(identity) == 0


def test_no_error_contains_a_token(own: OwnLogin, demo: DemoServer, identity: DemoIdentity) -> None:
    own.sign_in(login_of(identity, left=20))
    tokens = tokens_at(own)
    platform = Platform(demo.url, tokens, timeouts=Timeouts(pauses=()))
    platform.me()
    platform.deployments(SCOPED)
    secrets = [token for token in identity.issued if len(token) > 20]
    assert len(secrets) >= 6
    for secret in secrets:
        for status in (400, 401, 402, 403, 404, 409, 429, 500, 503):
            body = f'{{"error":"you sent {secret} and","pay_link":"https://pay.example/{secret}"}}'
            demo.faults.set("/health", Fault.response(status, body))
            error = fails(platform.health)
            told = "".join([*traceback.format_exception(error), repr(vars(error)), repr(platform), repr(tokens)])
            assert secret not in told
    assert [secret for secret in secrets if secret in repr(tokens.describe())] == []
    platform.close()


@pytest.mark.parametrize("token", ["plain-private-token.x-_~+=", "private-token/with/slashes", 'private-token"\\odd'])
@pytest.mark.parametrize("slash", ["/", "\\/"])
def test_a_token_that_the_server_sends_back_is_masked(token: str, slash: str) -> None:
    name = json.dumps(f"<{token}>").replace("/", slash)
    rows = f'{{"deployments": [{{"id": "a", "name": {name}, "status": "active"}}], "count": 1}}'
    with RawServer(lambda _head: answer(rows.encode())) as server:
        platform = Platform(server.url, token, timeouts=QUICK)
        [row] = platform.deployments("x").rows
        assert row.name == "<••••••••>"
        assert token in server.heads[0]
        platform.close()


# ---- which token, and why


def test_the_environments_token_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    tokens = tokens_of(Settings(token="private-token-from-the-environment"))
    assert isinstance(tokens, FixedToken)
    source = environment_source("private-token-from-the-environment", datetime.now(UTC))
    assert (source.kind, source.place, source.renewable) == (LoginKind.ENVIRONMENT, "ASTRO_ACCESS_TOKEN", False)
    assert "private-token-from-the-environment" not in repr((tokens, source))
    none = tokens_of(Settings())
    assert isinstance(none, StoredTokens)
    assert not none.present
    assert none.current(Call()) is None
    assert none.describe().kind is LoginKind.NONE


def test_a_file_is_read_again_only_when_it_has_changed(own: OwnLogin, identity: DemoIdentity) -> None:
    reads: list[int] = []

    class Counting(OwnLogin):
        def stored(self) -> Any:
            reads.append(1)
            return super().stored()

    own.sign_in(login_of(identity))
    tokens = tokens_at(Counting(own.server, folder=own.folder, keyring=NoKeyring()))
    for _ in range(5):
        tokens.current(Call())
    assert len(reads) == 1
    own.sign_in(login_of(identity))
    tokens.current(Call())
    assert len(reads) == 2


def test_a_locked_keyring_is_read_again_only_for_a_user(
    identity: DemoIdentity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each read may open a password prompt."""
    keyring = MemoryKeyring()
    own = OwnLogin("https://astro.example", folder=tmp_path / "data", keyring=keyring)
    login = login_of(identity)
    own.sign_in(login)
    keyring.broken = "The keyring is locked."
    tokens = tokens_at(own)
    assert tokens.current(Call()) is None
    assert "locked" in tokens.signed_out(sent=False).message
    asked = keyring.asked
    assert tokens.current(Call()) is None
    assert keyring.asked == asked, "asked again at once"
    keyring.broken = ""
    monkeypatch.setattr("astro_tui.auth.tokens._READ_AGAIN", 0.0)
    assert tokens.current(Call(background=True)) is None
    assert keyring.asked == asked
    assert tokens.current(Call()) == login.access_token


def test_a_slow_renewal_is_reported(identity: DemoIdentity, own: OwnLogin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("astro_tui.auth.tokens._SLOW", 0.01)
    before = login_of(identity, left=20)
    own.sign_in(before)
    gate = Gate(identity)
    gate.before.clear()
    told: list[tuple[str, float]] = []

    def waiting(what: str, seconds: float) -> None:
        told.append((what, seconds))
        gate.open()

    assert tokens_at(own).current(Call(waiting=waiting)) not in (None, before.access_token)
    assert told == [("renewing the login", 0.0)]


def test_a_locked_keyring_says_to_unlock_it(tmp_path: Path, identity: DemoIdentity) -> None:
    keyring = MemoryKeyring()
    own = OwnLogin("https://astro.example", folder=tmp_path / "data", keyring=keyring)
    own.sign_in(login_of(identity))
    for broken, hint in (
        ("The keyring is locked.", "Unlock the keyring, then try again, or sign in again: "),
        ("This system has no keyring.", "Sign in again: "),
    ):
        keyring.broken, keyring.fix = broken, UNLOCK if "locked" in broken else None
        tokens = tokens_at(own)
        tokens.current(Call())
        assert in_shell(tokens.signed_out(sent=False).remedies) == f"{hint}astro-tui auth login"
