"""The limits of a request: size, depth, tries, redirects, and cancellation."""

from __future__ import annotations

import gzip
import json
import socket
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.deadline import DEADLINE
from support.platforms import QUICK, TOKEN, Opened
from support.raw_server import RawServer, answer

from astro_tui.demo import DemoServer, Fault
from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform.client import Call, FixedToken, Limits, Platform, Timeouts
from astro_tui.platform.client.body import Body, CutShortError, TooLargeError, nested_deeper_than
from astro_tui.platform.client.failures import seconds_to_wait
from astro_tui.presentation.remedies import in_shell

PATIENT = Timeouts(connect=30, read=30, total=30, pauses=(30, 30))
LIST = "/deployments"
EMPTY = answer(b'{"deployments":[],"count":0}')


@pytest.fixture
def server() -> Iterator[DemoServer]:
    with DemoServer(frozen=True) as demo:
        yield demo


def fails(action: Callable[[], object]) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        action()
    assert TOKEN not in repr(caught.value) + repr(vars(caught.value))
    return caught.value


# ---- size


@pytest.mark.parametrize("zipped", [False, True])
def test_a_huge_body_is_left_unread(server: DemoServer, opened: Opened, zipped: bool) -> None:
    server.faults.set(LIST, Fault.huge(4 * 2**20, zipped=zipped))
    error = fails(lambda: opened(server.url, limits=Limits(body=2**20)).deployments("acme"))
    assert error.kind is ErrorKind.TOO_LARGE
    assert "1 MiB" in str(error)


def test_the_limit_is_of_bytes_after_decompression(opened: Opened) -> None:
    packed = gzip.compress(b'{"deployments":[],"count":0}' + b" " * 100_000)
    with RawServer(lambda _head: answer(packed, "200 OK", "Content-Encoding: gzip")) as server:
        assert opened(server.url, limits=Limits(body=100_028)).deployments("acme").rows == ()
        error = fails(lambda: opened(server.url, limits=Limits(body=100_027)).deployments("acme"))
    assert error.kind is ErrorKind.TOO_LARGE


def test_a_bomb_inside_one_chunk_is_never_inflated_whole() -> None:
    bomb = gzip.compress(bytes(50 * 2**20))
    body = Body("gzip", 3 * 2**20)
    with pytest.raises(TooLargeError):
        body.feed(bomb)
    assert len(body.so_far()) <= 3 * 2**20


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip", "zstd", "deflate"])
def test_an_encoding_that_was_not_requested(opened: Opened, encoding: str) -> None:
    with RawServer(lambda _head: answer(b"x", "200 OK", f"Content-Encoding: {encoding}")) as server:
        error = fails(lambda: opened(server.url).me())
    assert error.kind is ErrorKind.NOT_JSON
    assert encoding in str(error)


@pytest.mark.parametrize(
    "body", [gzip.compress(b'{"accounts":[]}', mtime=0)[:-6], b"no gzip at all"], ids=["cut", "none"]
)
def test_damaged_compression_is_a_cut_body(opened: Opened, body: bytes) -> None:
    with RawServer(lambda _head: answer(body, "200 OK", "Content-Encoding: gzip")) as server:
        assert fails(lambda: opened(server.url).me()).kind is ErrorKind.CUT_BODY


@given(st.binary(max_size=4000), st.integers(1, 700))
def test_any_body_in_any_chunks_is_complete(text: bytes, size: int) -> None:
    for encoding, wire in (("", text), ("gzip", gzip.compress(text)), ("X-GZIP ", gzip.compress(text, 0))):
        body = Body(encoding, len(text))
        for start in range(0, len(wire), size):
            body.feed(wire[start : start + size])
        assert body.complete() == text


def test_a_slice_that_ends_exactly_is_complete() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    text = bytes(3 * 2**20)
    body = Body("gzip", len(text))
    body.feed(packer.compress(text) + packer.flush())
    assert body.complete() == text
    half = Body("gzip", 100)
    half.feed(gzip.compress(b"half")[:12])
    with pytest.raises(CutShortError):
        half.complete()


# ---- depth


@pytest.mark.parametrize("levels", [500, 5_000, 200_000])
def test_deep_nesting_is_refused(server: DemoServer, opened: Opened, levels: int) -> None:
    server.faults.set(LIST, Fault.deep(levels))
    error = fails(lambda: opened(server.url).deployments("acme"))
    assert error.kind is ErrorKind.TOO_DEEP
    assert "500 levels" in str(error)


VALUES = st.recursive(
    st.none() | st.integers() | st.text(st.sampled_from('[]{}"\\ax\n,:')),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.sampled_from('[{"\\]'), max_size=3), inner),
    max_leaves=30,
)


def depth_of(value: object) -> int:
    if isinstance(value, list | dict):
        return 1 + max((depth_of(item) for item in (value.values() if isinstance(value, dict) else value)), default=0)
    return 0


@given(VALUES, st.integers(1, 8), st.booleans(), st.integers(1, 9))
def test_the_depth_is_that_of_a_naive_walk(value: object, limit: int, spaced: bool, piece: int) -> None:
    text = json.dumps(value, indent=1 if spaced else None).encode()
    assert nested_deeper_than(limit, text) is (depth_of(value) > limit)
    with patch("astro_tui.platform.client.body._SLICE", piece):
        assert nested_deeper_than(limit, text) is (depth_of(value) > limit)


# ---- further tries


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_two_retries(server: DemoServer, opened: Opened, status: int) -> None:
    waits: list[tuple[str, float]] = []
    server.faults.set(LIST, Fault.response(status), count=2)
    call = Call(waiting=lambda reason, seconds: waits.append((reason, seconds)))
    opened(server.url, server.token).deployments(server.default_account, call=call)
    assert len(server.requests) == 3
    assert len(waits) == 2
    assert all(reason and 0 < seconds < 0.03 for reason, seconds in waits)


@pytest.mark.parametrize(
    ("status", "tries"), [(429, 3), (503, 3), (400, 1), (401, 1), (402, 1), (403, 1), (404, 1), (500, 1)]
)
def test_the_number_of_tries(server: DemoServer, opened: Opened, status: int, tries: int) -> None:
    server.faults.set(LIST, Fault.response(status))
    fails(lambda: opened(server.url).deployments("acme"))
    assert len(server.requests) == tries


@pytest.mark.parametrize(
    "text", ["deployment store not configured", "cluster disabled", "kubernetes client not configured"]
)
def test_a_missing_backend_is_not_retried(server: DemoServer, opened: Opened, text: str) -> None:
    server.faults.set(LIST, Fault.response(503, json.dumps({"error": text})))
    assert text in str(fails(lambda: opened(server.url).deployments("acme")))
    assert len(server.requests) == 1


def test_a_refused_connection_is_retried(opened: Opened) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    waits: list[str] = []
    fails(lambda: opened(url).fetch("/me", call=Call(waiting=lambda reason, _seconds: waits.append(reason))))
    assert waits == ["connection refused", "connection refused"]


def test_a_broken_response_is_not_retried(server: DemoServer, opened: Opened) -> None:
    for fault in (Fault.reset(), Fault.cut(3)):
        server.faults.set("/health", fault)
        before = len(server.requests)
        fails(lambda: opened(server.url).health())
        assert len(server.requests) == before + 1


def test_retry_after_is_obeyed_and_bounded(server: DemoServer, opened: Opened) -> None:
    waits: list[float] = []
    call = Call(waiting=lambda _reason, seconds: waits.append(seconds))
    server.faults.set(LIST, Fault.rate_limited(0))
    assert fails(lambda: opened(server.url).fetch(LIST, call=call)).retry_after == 0
    assert waits == [0, 0]
    server.faults.set(LIST, Fault.rate_limited(3600))
    error = fails(lambda: opened(server.url).fetch(LIST, call=call))
    assert waits == [0, 0]
    assert error.retry_after == 3600
    assert "Wait 3600 s" in in_shell(error.remedies)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("12", 12),
        (" 0 ", 0),
        ("-5", 0),
        ("soon", None),
        ("Wed, 21 Oct 2026 07:28:30 GMT", 30),
        ("Wed, 21 Oct 2026 07:28:30 -0000", 30),
        ("Wed, 21 Oct 2020 07:28:30 GMT", 0),
        ("9" * 400, None),
    ],
)
def test_retry_after_in_all_its_forms(header: str | None, seconds: float | None) -> None:
    assert seconds_to_wait(header, datetime(2026, 10, 21, 7, 28, tzinfo=UTC)) == seconds


def test_a_connection_that_the_server_closed_is_opened_again(opened: Opened) -> None:
    replies = iter([EMPTY, b"", EMPTY])
    with RawServer(lambda _head: next(replies)) as server:
        platform = opened(server.url)
        platform.deployments("acme")
        assert platform.deployments("acme").rows == ()
        assert len(server.heads) == 3


# ---- redirects


def redirect(url: str, status: str = "302 Found") -> bytes:
    return answer(b"", status, f"Location: {url}")


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_the_token_never_follows_to_another_origin(opened: Opened, status: str) -> None:
    with RawServer(lambda _head: EMPTY) as other:
        with RawServer(lambda _head: redirect(f"{other.url}/elsewhere", status)) as server:
            opened(server.url).deployments("acme")
            assert f"Authorization: Bearer {TOKEN}" in server.heads[0]
        assert other.heads[0].startswith("GET /elsewhere ")
        assert "uthorization" not in other.heads[0]
        assert TOKEN not in other.heads[0]


def test_the_token_does_not_come_back_either(opened: Opened) -> None:
    def first(head: str) -> bytes:
        return EMPTY if head.startswith("GET /back ") else redirect(f"{other.url}/away")

    with RawServer(first) as server, RawServer(lambda _head: redirect(f"{server.url}/back")) as other:
        opened(server.url).deployments("acme")
        assert "uthorization" not in server.heads[1]


def test_the_token_follows_within_the_origin(opened: Opened) -> None:
    with RawServer(lambda head: EMPTY if "/new" in head else redirect("/new?x=1")) as server:
        opened(server.url).deployments("acme")
        assert server.heads[1].startswith("GET /new?x=1 ")
        assert f"Authorization: Bearer {TOKEN}" in server.heads[1]


def test_five_redirects_and_no_more(opened: Opened) -> None:
    left = iter(range(5))
    with RawServer(lambda _head: redirect("/again") if next(left, None) is not None else EMPTY) as server:
        opened(server.url).deployments("acme")
        assert len(server.heads) == 6
    with RawServer(lambda _head: redirect("/again")) as server:
        error = fails(lambda: opened(server.url).deployments("acme"))
        assert len(server.heads) == 6
    assert error.kind is ErrorKind.REDIRECT
    assert "5 times" in str(error)


@pytest.mark.parametrize(
    "target",
    [
        "http://platform.example/x",
        "ftp://127.0.0.1/x",
        "http://user:pw@127.0.0.1/x",
        "http://[::1",
        "https://",
        # These ended the program once: the name cannot even be encoded.
        "https://platform..example/",
        f"https://{'a' * 64}.example/",
        "https://xn--.example/",
        "javascript:alert(1)",
    ],
)
def test_an_unsafe_redirect(opened: Opened, target: str) -> None:
    with RawServer(lambda _head: redirect(target)) as server:
        error = fails(lambda: opened(server.url).deployments("acme"))
    assert error.kind is ErrorKind.REDIRECT
    assert "pw" not in repr(vars(error))


def test_from_https_to_http_is_refused() -> None:
    from astro_tui.platform.client.failures import ErrorMaker
    from astro_tui.platform.client.wire import Wire
    from astro_tui.platform.servers import Origin

    origin = Origin.of("https://platform.example")
    wire = Wire(origin, allow_insecure=True, timeouts=QUICK, limits=Limits())
    errors = ErrorMaker("GET /x", origin, FixedToken(TOKEN))
    error = fails(lambda: wire._next("https://platform.example/x", "http://127.0.0.1/x", errors))
    assert error.kind is ErrorKind.REDIRECT
    assert wire._next("https://platform.example/x", "//other.example/y", errors)[0] == "https://other.example/y"


def test_http_connections_cannot_do_https() -> None:
    """They trust no certificate at all, so a mistake cannot become an unchecked connection."""
    from astro_tui.platform.client.wire import Wire
    from astro_tui.platform.servers import Origin

    wire = Wire(Origin.of("http://127.0.0.1"), allow_insecure=False, timeouts=QUICK, limits=Limits())
    context = wire._context("http")
    assert context.check_hostname
    assert context.cert_store_stats()["x509_ca"] == 0
    assert wire._context("https").cert_store_stats()["x509_ca"] > 10
    wire.close()


def test_cookies_are_not_kept(opened: Opened) -> None:
    with RawServer(lambda _head: answer(b"{}", "200 OK", "Set-Cookie: session=1; Path=/")) as server:
        platform = opened(server.url)
        platform.fetch("/me")
        platform.fetch("/me")
        assert "ookie" not in server.heads[1]


def test_what_is_sent(opened: Opened) -> None:
    with RawServer(lambda _head: EMPTY) as server:
        opened(server.url).deployments("a b&c/ü")
        line, *headers = server.heads[0].split("\r\n")
    assert line == "GET /api/v1/deployments?account=a%20b%26c%2F%C3%BC HTTP/1.1"
    sent = dict(header.split(": ", 1) for header in headers)
    assert sent["Accept"] == "application/json"
    assert sent["Accept-Encoding"] == "gzip"
    assert sent["User-Agent"].startswith("astro-tui/")


@pytest.mark.parametrize(
    ("name", "path"),
    [("../../me", "..%2F..%2Fme"), ("..", "%2E%2E"), (".", "%2E"), ("a/b?c#d", "a%2Fb%3Fc%23d"), ("%2e", "%252e")],
)
def test_no_name_leaves_its_place_in_the_path(opened: Opened, name: str, path: str) -> None:
    with RawServer(lambda _head: answer(b'{"value":"active"}')) as server:
        opened(server.url).status_body(name)
        assert server.heads[0].startswith(f"GET /api/v1/deployments/{path}/status HTTP/1.1")


def test_proxies_are_not_used_for_this_machine(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    with RawServer(lambda _head: EMPTY) as proxy, RawServer(lambda _head: EMPTY) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("NO_PROXY", "")
        monkeypatch.setenv("no_proxy", "")
        opened(server.url).deployments("acme")
        assert len(server.heads) == 1
        assert proxy.heads == []
        opened("http://platform.example", allow_insecure=True).deployments("acme")
        assert proxy.heads[0].startswith("GET http://platform.example/api/v1/deployments")


def test_a_proxy_that_cannot_be_used(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "nonsense://user:hidden-password@proxy.example")
    monkeypatch.setenv("all_proxy", "nonsense://user:hidden-password@proxy.example")
    error = fails(lambda: opened("https://platform.example").me())
    assert error.kind is ErrorKind.REFUSED
    assert "ALL_PROXY" in in_shell(error.remedies)
    assert "hidden-password" not in repr(vars(error))


def test_a_trust_store_that_cannot_be_read(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/certificates.pem")
    error = fails(lambda: opened("https://platform.example").me())
    assert error.kind is ErrorKind.TLS
    assert "SSL_CERT_FILE" in in_shell(error.remedies)


def test_a_login_page_elsewhere_is_not_an_expired_token(opened: Opened) -> None:
    with (
        RawServer(lambda _head: answer(b"{}", "401 Unauthorized")) as other,
        RawServer(lambda _head: redirect(other.url)) as server,
    ):
        error = fails(lambda: opened(server.url).me())
    assert error.kind is ErrorKind.SIGNED_OUT
    assert "redirects" in str(error)


def test_a_refusal_with_an_unknown_encoding_keeps_its_status(opened: Opened) -> None:
    with RawServer(lambda _head: answer(b"x", "403 Forbidden", "Content-Encoding: br")) as server:
        error = fails(lambda: opened(server.url).me())
    assert error.kind is ErrorKind.FORBIDDEN
    assert error.server_said == ""


# ---- ending


def seconds_until_it_ends(platform: Platform, end: Callable[[], None], begun: Callable[[], bool], call: Call) -> float:
    caught: list[PlatformError] = []

    def ask() -> None:
        try:
            platform.fetch("/me", call=call)
        except PlatformError as error:
            caught.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    deadline = time.monotonic() + DEADLINE
    while not begun():
        assert time.monotonic() < deadline
        threading.Event().wait(0.005)
    started = time.monotonic()
    end()
    thread.join(DEADLINE)
    assert [error.kind for error in caught] == [ErrorKind.CANCELED]
    return time.monotonic() - started


@pytest.mark.timed
@pytest.mark.parametrize("way", ["close", "abort"])
def test_a_hanging_request_ends_at_once(server: DemoServer, opened: Opened, way: str) -> None:
    server.faults.set("/me", Fault.hang())
    platform, call = opened(server.url, timeouts=PATIENT), Call()
    end = platform.close if way == "close" else call.abort
    assert seconds_until_it_ends(platform, end, lambda: bool(server.requests), call) < 0.5


@pytest.mark.timed
@pytest.mark.parametrize("way", ["close", "abort"])
def test_a_wait_between_tries_ends_at_once(server: DemoServer, opened: Opened, way: str) -> None:
    server.faults.set("/me", Fault.response(503))
    waiting = threading.Event()
    platform, call = opened(server.url, timeouts=PATIENT), Call(waiting=lambda _reason, _seconds: waiting.set())
    end = platform.close if way == "close" else call.abort
    assert seconds_until_it_ends(platform, end, waiting.is_set, call) < 0.5
    assert len(server.requests) == 1


@pytest.mark.timed
@pytest.mark.parametrize("way", ["close", "abort"])
def test_a_hanging_name_lookup_ends_at_once(opened: Opened, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    asked, free = threading.Event(), threading.Event()

    def hang(*_arguments: object, **_named: object) -> list[object]:
        asked.set()
        free.wait(DEADLINE)
        raise socket.gaierror(socket.EAI_AGAIN, "later")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    platform, call = opened("https://platform.invalid", timeouts=PATIENT), Call()
    end = platform.close if way == "close" else call.abort
    assert seconds_until_it_ends(platform, end, asked.is_set, call) < 0.5
    free.set()


@pytest.mark.parametrize("reused", [False, True])
def test_the_threads_end_too(server: DemoServer, opened: Opened, reused: bool) -> None:
    # A request that another test gave up may still wait for its server.
    others = set(threading.enumerate())
    server.faults.set("/me", Fault.hang())
    platform, call = opened(server.url, timeouts=PATIENT), Call()
    if reused:
        platform.health()
    seconds_until_it_ends(platform, platform.close, lambda: len(server.requests) > reused, call)
    for thread in set(threading.enumerate()) - others:
        if thread.name == "request":
            thread.join(DEADLINE)
            assert not thread.is_alive()


def test_no_connection_after_close(server: DemoServer, opened: Opened) -> None:
    platform = opened(server.url)
    platform.close()
    platform.close()
    assert fails(platform.me).kind is ErrorKind.CANCELED
    assert server.requests == []


def test_a_call_canceled_before_it_starts(server: DemoServer, opened: Opened) -> None:
    call = Call()
    call.abort()
    assert fails(lambda: opened(server.url).me(call=call)).kind is ErrorKind.CANCELED
    assert server.requests == []


# ---- what is loaded when


def test_importing_the_client_and_making_a_platform_loads_nothing_heavy() -> None:
    script = (
        "import sys, astro_tui.platform.client as c\n"
        "c.Platform('https://astropods.com', 'token')\n"
        "print([n for n in ('httpx', 'pydantic', 'textual', 'rich') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
