"""The demo's identity provider: device sign-in, rotation, organizations, and the platform that accepts its tokens."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from support.deadline import DEADLINE
from support.on_screen import Clock

from astro_tui.demo import TOKEN, DemoServer
from astro_tui.demo.authority import DEVICE_GRANT
from astro_tui.demo.identity import AUTHENTICATE, CLIENT_ID, START, DemoIdentity

NOW = datetime(2026, 7, 2, 9, 30, tzinfo=UTC)


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def demo(identity: DemoIdentity, clock: Clock) -> Iterator[DemoServer]:
    with DemoServer(frozen=True, clock=clock, identity=identity) as server:
        yield server


def send(url: str, method: str = "GET", body: str = "", token: str = "") -> tuple[int, bytes]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=DEADLINE)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    connection.request(method, target, body, {"Authorization": f"Bearer {token}"} if token else {})
    response = connection.getresponse()
    answer = response.read()
    connection.close()
    return response.status, answer


def post(identity: DemoIdentity, path: str, **fields: str) -> tuple[int, Any]:
    status, body = send(identity.url + path, "POST", urlencode({"client_id": CLIENT_ID} | fields))
    return status, json.loads(body)


def poll(identity: DemoIdentity, code: str) -> tuple[int, Any]:
    return post(identity, AUTHENTICATE, grant_type=DEVICE_GRANT, device_code=code)


def refresh(identity: DemoIdentity, token: str, **more: str) -> tuple[int, Any]:
    return post(identity, AUTHENTICATE, grant_type="refresh_token", refresh_token=token, **more)


def platform(demo: DemoServer, path: str, token: str) -> tuple[int, Any]:
    status, body = send(f"{demo.url}/api/v1{path}", token=token)
    return status, json.loads(body)


@pytest.mark.parametrize("approve", ["by hand", "by visit"])
def test_sign_in_gives_a_token_that_the_platform_accepts(
    identity: DemoIdentity, demo: DemoServer, clock: Clock, approve: str
) -> None:
    status, code = post(identity, START)
    assert status == 200
    assert (code["expires_in"], code["interval"]) == (300, 5)
    assert code["verification_uri_complete"].startswith(code["verification_uri"])
    assert poll(identity, code["device_code"])[1]["error"] == "authorization_pending"
    if approve == "by hand":
        assert identity.approve(code["user_code"])
    else:
        assert b"You are signed in" in send(code["verification_uri_complete"])[1]
    clock.advance(5)
    status, body = poll(identity, code["device_code"])
    assert status == 200
    assert platform(demo, "/me", body["access_token"])[0] == 200


def test_slow_down_adds_five_seconds_permanently(identity: DemoIdentity, clock: Clock) -> None:
    code = post(identity, START)[1]["device_code"]

    def after(seconds: float) -> str:
        clock.advance(seconds)
        return str(poll(identity, code)[1]["error"])

    said = [after(seconds) for seconds in (0, 5, 4, 9, 10, 10, 15, 16)]
    pending, slow = "authorization_pending", "slow_down"
    # Nine seconds are too few after one slow_down, ten after the second.
    assert said == [pending, pending, slow, pending, pending, pending, pending, pending]
    assert [after(seconds) for seconds in (8, 14, 13)] == [slow, pending, slow]


def test_refresh_tokens_work_once(identity: DemoIdentity) -> None:
    first = identity.tokens()["refresh_token"]
    status, second = refresh(identity, first)
    assert status == 200
    assert second["refresh_token"] != first
    assert refresh(identity, first) == (
        400,
        {"error": "invalid_grant", "error_description": "Refresh token already exchanged."},
    )
    assert refresh(identity, second["refresh_token"])[0] == 200
    assert identity.counts["refreshed"] == 2


@pytest.mark.parametrize(
    ("account", "status", "words"),
    [("salt-ledger", 403, "not scoped to this organization"), ("tide-registry", 503, "authorization session")],
)
def test_guarded_accounts_require_a_token_of_their_organization(
    identity: DemoIdentity, demo: DemoServer, account: str, status: int, words: str
) -> None:
    body = identity.tokens()
    accounts = {each["name"]: each for each in platform(demo, "/me", body["access_token"])[1]["accounts"]}
    path = f"/deployments?account={account}"
    refused, said = platform(demo, path, body["access_token"])
    assert refused == status
    assert words in said["error"]
    organization = accounts[account]["workos_org_id"]
    scoped = refresh(identity, body["refresh_token"], organization_id=organization)[1]
    good, listed = platform(demo, path, scoped["access_token"])
    assert good == 200
    ident = listed["deployments"][0]["id"]
    assert platform(demo, f"/deployments/{ident}/status", scoped["access_token"])[0] == 200
    assert platform(demo, f"/deployments/{ident}/status", body["access_token"])[0] == status
    # A token of one organization is not valid for another, and as good as a personal one elsewhere.
    other = accounts["meridian-labs"]["workos_org_id"]
    elsewhere = refresh(identity, scoped["refresh_token"], organization_id=other)[1]
    assert platform(demo, path, elsewhere["access_token"])[0] == status
    assert platform(demo, "/deployments?account=meridian-labs", elsewhere["access_token"])[0] == 200


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token[:-4] + "AAAA",
        lambda token: token.replace(".", ".e30", 1),
        lambda token: "..",
        lambda token: "é" + token,
        lambda token: f"{token}.x",
        lambda token: "",
    ],
)
def test_forged_tokens_are_refused(identity: DemoIdentity, change: Callable[[str], str]) -> None:
    assert identity.authority.claims(change(identity.tokens()["access_token"]), NOW) is None


def test_without_an_identity_provider_no_account_is_guarded_and_no_jwt_accepted(identity: DemoIdentity) -> None:
    with DemoServer(frozen=True, clock=lambda: NOW) as plain:
        names = [each["name"] for each in platform(plain, "/me", TOKEN)[1]["accounts"]]
        assert names == ["meridian-labs", "harborline", "quiet-harbor", "ferncliff-rail"]
        assert platform(plain, "/me", identity.tokens()["access_token"])[0] == 401


@pytest.mark.parametrize(
    ("path", "fields", "error"),
    [
        (START, {"client_id": "somebody"}, "invalid_client"),
        (AUTHENTICATE, {"client_id": "somebody", "grant_type": "refresh_token"}, "invalid_client"),
        (AUTHENTICATE, {"grant_type": "password"}, "unsupported_grant_type"),
        (AUTHENTICATE, {}, "unsupported_grant_type"),
        (AUTHENTICATE, {"grant_type": "refresh_token", "refresh_token": "unheard-of"}, "invalid_grant"),
        (AUTHENTICATE, {"grant_type": DEVICE_GRANT, "device_code": "unheard-of"}, "invalid_grant"),
    ],
)
def test_refusals(identity: DemoIdentity, path: str, fields: dict[str, str], error: str) -> None:
    status, said = post(identity, path, **fields)
    assert (status, said["error"]) == (400, error)


def test_module_starts_both_and_prints_how_to_sign_in() -> None:
    command = [sys.executable, "-m", "astro_tui.demo", "--identity", "--frozen", "--lifetime", "60"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            url, token = process.stdout.readline().split()
            settings, command_line = process.stdout.readline().split(" astro-tui ")
            given = dict(part.split("=", 1) for part in settings.split())
            assert command_line == "auth login\n"
            assert given["ASTRO_SERVER_URL"] == url
            status, body = send(
                given["ASTRO_IDENTITY_URL"] + START, "POST", urlencode({"client_id": given["ASTRO_CLIENT_ID"]})
            )
            assert status == 200
            assert json.loads(body)["user_code"]
            process.terminate()
            assert process.wait(DEADLINE) == 0
            assert process.stderr.read() == ""
        finally:
            # Otherwise, a failure would wait for the program, which waits for a signal.
            process.kill()
    assert token == TOKEN
