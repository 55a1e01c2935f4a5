"""The gate: a request that changes something leaves with a permit, once, unchanged, and in time, or not at all."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from support.demo_deployments import CLAIMS
from support.platforms import QUICK, TOKEN, Opened
from support.raw_server import RawServer, answer

from astro_tui.demo import DemoServer, Fault
from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform.client import Call, FixedToken, Limits, Platform, Timeouts
from astro_tui.platform.client import changes as change
from astro_tui.platform.client.organizations import Organizations
from astro_tui.platform.client.permit import FRESH, LIFETIME, Permit, PermitError, Standing
from astro_tui.platform.client.transport import Transport
from astro_tui.platform.observations import TraceQuery

ACTIVE = Standing("active", "ready", 12, "2026-07-01T00:00:00Z")
STOP = change.stop(CLAIMS)


class Ticks:
    """A clock in seconds that tests move."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def permit(what: change.ChangeRequest = STOP, clock: Callable[[], float] | None = None) -> Permit:
    """Return a permit whose deployment was just read again."""
    given = Permit("meridian-labs", what, ACTIVE, **({"clock": clock} if clock else {}))
    given.reading()
    given.saw(ACTIVE)
    return given


# ---- permits


def test_a_permit_is_used_once() -> None:
    given = permit()
    assert given.redeem() == STOP
    with pytest.raises(PermitError, match="already used"):
        given.redeem()


def test_a_read_only_platform_sends_no_change_whatever_the_permit(opened: Opened) -> None:
    with RawServer(lambda _request: answer()) as server:
        platform = opened(server.url, read_only=True)
        given = permit()
        with pytest.raises(PermitError, match="only reads"):
            platform.change(given)
        assert server.heads == []
        # The permit was not used up.
        assert given.redeem() == STOP
        platform.close()


def test_a_permit_needs_a_second_reading_of_the_same_state() -> None:
    given = Permit("acme", STOP, ACTIVE)
    with pytest.raises(PermitError, match="not checked again in time"):
        given.redeem()
    given = Permit("acme", STOP, ACTIVE)
    with pytest.raises(PermitError) as caught:
        given.saw(ACTIVE._replace(revision=13))
    assert caught.value.changed
    # It is worthless from then on, even if the deployment changes back.
    given.reading()
    given.saw(ACTIVE)
    with pytest.raises(PermitError, match="already used"):
        given.redeem()


@pytest.mark.parametrize(("after", "good"), [(LIFETIME, True), (LIFETIME + 0.1, False)])
def test_a_permit_expires(after: float, good: bool) -> None:
    clock = Ticks()
    given = Permit("acme", STOP, ACTIVE, clock=clock)
    clock.now = after
    given.reading()
    given.saw(ACTIVE)
    if good:
        assert given.redeem() == STOP
    else:
        with pytest.raises(PermitError, match="older than 60 seconds"):
            given.redeem()


def test_the_second_reading_expires() -> None:
    clock = Ticks()
    given = permit(clock=clock)
    clock.now = FRESH + 0.1
    with pytest.raises(PermitError, match="not checked again in time"):
        given.redeem()


def test_a_reading_is_as_old_as_its_begin() -> None:
    clock = Ticks()
    given = Permit("acme", STOP, ACTIVE, clock=clock)
    given.reading()
    clock.now = FRESH + 0.1
    given.saw(ACTIVE)
    assert given.age == FRESH + 0.1
    with pytest.raises(PermitError, match="not checked again in time"):
        given.redeem()


def test_of_many_threads_one_uses_it() -> None:
    given, spent, refused = permit(), [], []
    start = threading.Barrier(8)

    def use() -> None:
        start.wait()
        try:
            spent.append(given.redeem())
        except PermitError as error:
            refused.append(str(error))

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(spent), len(refused)) == (1, 7)


# ---- requests


CHANGES = {
    "stop": (change.stop("a/b"), "POST", "/deployments/a%2Fb/stop", b""),
    "wakeup": (change.wakeup("x"), "POST", "/deployments/x/wakeup", b""),
    "cancel": (change.cancel("x"), "POST", "/deployments/x/cancel", b""),
    "rollback": (change.rollback("x", 7), "POST", "/deployments/x/rollback", b'{"revision": 7}'),
    "restart": (change.restart("x"), "POST", "/deployments/x/restart", b""),
    "restart_pod": (change.restart_pod("x", "p?q"), "POST", "/deployments/x/pods/p%3Fq/restart", b""),
    "trigger": (change.trigger("x", "i"), "POST", "/deployments/x/ingestion/i/trigger", b""),
    "rename": (change.rename("x", "Ü"), "PATCH", "/deployments/x", b'{"display_name": "\\u00dc"}'),
    "undeploy": (change.undeploy("x"), "POST", "/undeploy", b'{"deployment_id": "x"}'),
}


@pytest.mark.parametrize("name", CHANGES)
def test_the_request_is_exactly_that_of_the_permit(opened: Opened, name: str) -> None:
    what, method, path, body = CHANGES[name]
    with RawServer(lambda _head: answer(b'{"status":"x"}')) as server:
        assert opened(server.url).change(permit(what)) == {"status": "x"}
        head = server.heads[0]
    assert head.startswith(f"{method} /api/v1{path} HTTP/1.1\r\n")
    assert f"Authorization: Bearer {TOKEN}" in head
    assert f"content-length: {len(body)}" in head.lower()
    assert ("content-type: application/json" in head.lower()) is bool(body)
    assert what.body == body


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"  ", b"[]", b"7", b"OK", b"accepted\n", b'{"status": "rest', b"\xff\xfe"),
        pytest.param(b"[" * 100_000, id="deep"),
    ],
)
@pytest.mark.parametrize("status", ["200 OK", "202 Accepted"])
def test_a_success_without_an_object_is_a_success(opened: Opened, body: bytes, status: str) -> None:
    with RawServer(lambda _head: answer(body, status)) as server:
        assert opened(server.url).change(permit()) == {}


@pytest.mark.parametrize("page", [b"<html>", b"\n <!DOCTYPE html>", b"\xef\xbb\xbf<html>"])
def test_a_proxys_page_does_not_prove_success(opened: Opened, page: bytes) -> None:
    with RawServer(lambda _head: answer(page)) as server, pytest.raises(PlatformError) as caught:
        opened(server.url).change(permit())
    assert (caught.value.kind, caught.value.sent) == (ErrorKind.NOT_JSON, True)


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 409, 429, 500, 502, 503, 504])
def test_a_refused_request_is_never_sent_again(demo: DemoServer, opened: Opened, status: int) -> None:
    body = '{"error":"session is not scoped to this organization"}' if status in (403, 503) else '{"error":"no"}'
    demo.faults.set(f"/deployments/{CLAIMS}/stop", Fault.response(status, body))
    renewing = Renewing(demo.token)
    with pytest.raises(PlatformError) as caught:
        opened(demo.url, renewing).change(permit())
    assert (caught.value.status, caught.value.sent) == (status, True)
    assert demo.requests == [("POST", f"/api/v1/deployments/{CLAIMS}/stop")]
    assert renewing.renewals == 0


class Renewing(FixedToken):
    """Tokens that could be renewed and scoped, and count whether they were."""

    def __init__(self, token: str) -> None:
        super().__init__(token)
        self.renewals = 0

    @property
    def scopes(self) -> bool:
        return True

    def renewed(self, _after: str, _call: Call) -> str | None:
        self.renewals += 1
        return "another-private-token"

    def scoped(self, _organization: str, _call: Call, *, held: bool = False) -> str | None:
        self.renewals += not held
        return None


@pytest.mark.timed
@pytest.mark.parametrize("fault", [Fault.reset(), Fault.hang(), Fault.cut(), Fault.html(200)], ids=str)
def test_a_lost_response_is_not_sent_again(demo: DemoServer, opened: Opened, fault: Fault) -> None:
    platform = opened(demo.url, demo.token, Timeouts(connect=1, read=0.2, total=1, pauses=(0.01,)))
    # A connection that is kept open: a GET would be sent again on a new one.
    platform.health()
    demo.faults.set(f"/deployments/{CLAIMS}/stop", fault)
    with pytest.raises(PlatformError) as caught:
        platform.change(permit())
    assert caught.value.sent
    assert [method for method, _target in demo.requests] == ["GET", "POST"]


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_it_follows_no_redirect(opened: Opened, status: str) -> None:
    with RawServer(lambda _head: answer(b"", status, "Location: /elsewhere")) as server:
        with pytest.raises(PlatformError) as caught:
            opened(server.url).change(permit())
        assert len(server.heads) == 1
    assert caught.value.kind is ErrorKind.REDIRECT


def test_a_request_that_never_left_counts_as_not_sent(opened: Opened, refusing: int) -> None:
    with pytest.raises(PlatformError) as caught:
        opened(f"http://127.0.0.1:{refusing}").change(permit())
    assert (caught.value.kind, caught.value.sent) == (ErrorKind.REFUSED, False)
    call = Call()
    call.abort()
    given = permit()
    with pytest.raises(PlatformError) as caught:
        opened(f"http://127.0.0.1:{refusing}").change(given, call=call)
    assert (caught.value.kind, caught.value.sent) == (ErrorKind.CANCELED, False)


def test_a_spent_permit_sends_nothing(demo: DemoServer, opened: Opened) -> None:
    given, platform = permit(), opened(demo.url, demo.token)
    assert platform.change(given)["status"] == "stopped"
    with pytest.raises(PermitError):
        platform.change(given)
    assert len(demo.requests) == 1


def test_a_token_is_renewed_before_the_request(opened: Opened) -> None:
    class Late(Renewing):
        def current(self, _call: Call) -> str | None:
            return "renewed-private-token"

    with RawServer(lambda _head: answer(b"{}")) as server:
        opened(server.url, Late("old")).change(permit())
        assert "Bearer renewed-private-token" in server.heads[0]


def test_a_deployment_is_in_the_account_listed_last_unless_another_is_known() -> None:
    known = Organizations()
    known.learn([("Tide", "org-t"), ("salt", "org-s")])
    known.place("salt", "d2")
    assert [known.known(endpoint) for endpoint in ("/deployments/d1/status", "/deployments?account=tide")] == [
        "",
        "org-t",
    ]
    assert [known.known(f"/deployments/{each}/status") for each in ("d1", "d2")] == ["org-t", "org-s"]


# ---- nothing else


def test_the_transport_sends_nothing_else() -> None:
    origin, tokens = Platform("http://127.0.0.1:9")._origin, FixedToken(TOKEN)
    transport = Transport(
        origin,
        lambda: tokens,
        allow_insecure=False,
        timeouts=QUICK,
        limits=Limits(),
        organizations=Organizations(),
        observe=lambda _sent: None,
    )
    for endpoint in (STOP.endpoint, "/undeploy", "/agents/a/b/c/deployment-template", "/agents/a/deployment-template"):
        with pytest.raises(ValueError, match="/"):
            transport.post(endpoint, b"{}", Call())
    with pytest.raises(ValueError, match="/undeploy"):
        transport.submit("/undeploy", {"deployment_id": "x"}, Call())


def test_no_other_method_of_the_platform_changes_anything(demo: DemoServer, opened: Opened) -> None:
    platform = opened(demo.url, demo.token)
    values: dict[str, Any] = {
        "account": "meridian-labs", "name": "claims-desk", "deployment_id": CLAIMS, "workload": "claims-desk-agent",
        "component": "agent", "revision": 11, "endpoint": "/health", "text": b"{}",
        "pod": "claims-desk-agent-0", "build": "1fa07c3b", "call": Call(), "length": "1h", "metric": "rate",
        "direction": "inbound",
        "begin": datetime(2026, 7, 2, 8, tzinfo=UTC), "end": datetime(2026, 7, 2, 9, tzinfo=UTC),
        "query": TraceQuery(), "trace_id": "a5a5c7b0e95966f4c0ffee0000000504", "observation_id": "0000000504000002",
    }  # fmt: skip
    called, without_endpoint = 0, ("change", "close", "url", "prepare", "log_stream", "chat_stream", "observe", "use")
    values["conversation_id"] = platform.conversations(CLAIMS)[0].conversation_id
    for name, method in inspect.getmembers(platform, inspect.ismethod):
        if name.startswith("_") or name in without_endpoint:
            continue
        wanted = inspect.signature(method).parameters.values()
        needed = [values[each.name] for each in wanted if each.default is each.empty]
        method(*needed)
        called += 1
    assert called > 15
    sent = {target for method, target in demo.requests if method != "GET"}
    assert sent == {"/api/v1/agents/meridian-labs/claims-desk/deployment-template"}
