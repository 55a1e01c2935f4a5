"""Every failure of a request has a sentence, the request, and a next step, and never contains the token."""

from __future__ import annotations

import json
import logging
import socket
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from support.platforms import TOKEN, Opened
from support.raw_server import RawServer, answer
from support.tls_server import DAY, Signer, TlsServer

from astro_tui.demo import DemoServer, Fault
from astro_tui.errors import NO_FACTS, ConfigError, ErrorFacts, ErrorKind, PlatformError
from astro_tui.platform.client import Platform, Timeouts
from astro_tui.presentation.remedies import in_shell

QUICK = Timeouts(connect=20, read=30, total=45, pauses=(), longest_pause=1)
LIST = "/deployments"
ORGANIZATION = ErrorFacts(wants_organization=True)


@pytest.fixture
def server() -> Iterator[DemoServer]:
    with DemoServer(frozen=True) as demo:
        demo.token = TOKEN
        yield demo


def failure(url: str, timeouts: Timeouts = QUICK, token: str | None = TOKEN) -> PlatformError:
    platform = Platform(url, token, timeouts=timeouts, allow_insecure=True)
    # Loading the HTTP library takes longer than a request may, on a busy machine.
    platform.prepare()
    try:
        with pytest.raises(PlatformError) as caught:
            platform.deployments("acme")
    finally:
        platform.close()
    error = caught.value
    assert error.request == "GET /api/v1/deployments?account=acme"
    assert str(error).endswith((".", "!", "?", "…"))
    assert in_shell(error.remedies)
    shown = "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error)) + repr(platform)
    assert TOKEN not in shown
    assert "Authorization" not in shown
    return error


def fault_failure(server: DemoServer, fault: Fault) -> PlatformError:
    server.faults.set(LIST, fault)
    return failure(server.url)


@pytest.mark.parametrize(
    ("status", "body", "kind", "words", "hint"),
    [
        (
            401,
            '{"error":"unauthorized","error_description":"Authentication required"}',
            ErrorKind.SIGNED_OUT,
            "expired",
            "ASTRO_ACCESS_TOKEN",
        ),
        (403, '{"error":"insufficient permissions"}', ErrorKind.FORBIDDEN, "no access", "owners"),
        (403, '{"error":"deployment not found"}', ErrorKind.NOT_FOUND, "does not exist", "list"),
        (
            403,
            '{"error":"session is not scoped to this organization, use switch-org first"}',
            ErrorKind.FORBIDDEN,
            "not for the account",
            "token",
        ),
        (404, '{"error":"account not found"}', ErrorKind.NOT_FOUND, "no account", "name"),
        (404, '{"error":"no active deployment found"}', ErrorKind.NOT_FOUND, "no active deployment", "paused"),
        (404, '{"error":"agent not found"}', ErrorKind.NOT_FOUND, "no blueprint", "the blueprint"),
        (404, "<html>nginx</html>", ErrorKind.NOT_FOUND, "nothing at this address", "platform's address"),
        (409, '{"error":"name taken"}', ErrorKind.CONFLICT, "name taken", "again"),
        (418, "", ErrorKind.REFUSED_STATUS, "418", "address"),
        (429, '{"error":"slow down"}', ErrorKind.RATE_LIMITED, "too many requests", "Wait"),
        (500, '{"error":"Internal server error"}', ErrorKind.SERVER, "internal error (500)", "support"),
        (502, "<html>bad gateway</html>", ErrorKind.SERVER, "(502)", "Wait a moment"),
        (503, '{"error":"deployment store not configured"}', ErrorKind.SERVER, "store not configured", "set it up"),
        (304, "", ErrorKind.REFUSED_STATUS, "304", "address"),
    ],
)
def test_status(  # noqa: PLR0917  one argument a column
    server: DemoServer, status: int, body: str, kind: ErrorKind, words: str, hint: str
) -> None:
    error = fault_failure(server, Fault.response(status, body))
    assert error.kind is kind
    assert error.status == status
    assert words in str(error)
    assert hint in in_shell(error.remedies)


@pytest.mark.parametrize(
    ("status", "said", "facts"),
    [
        (400, "too odd.", ErrorFacts(quotes_server=True)),
        (400, "", NO_FACTS),
        (401, "unauthorized", NO_FACTS),
        (402, "The last payment failed.", ErrorFacts(quotes_server=True)),
        (403, "insufficient permissions", ErrorFacts(quotes_server=True)),
        (403, "", NO_FACTS),
        (403, "deployment not found", ErrorFacts(no_such_deployment=True)),
        (403, "session is not scoped to this organization, use switch-org first", ORGANIZATION),
        (403, "account not found", ErrorFacts(no_such_account=True, no_such_deployment=True)),
        (404, "account not found", ErrorFacts(no_such_account=True)),
        (404, 'account "acme" does not exist', ErrorFacts(no_such_account=True, quotes_server=True)),
        (404, "account_not_found", ErrorFacts(no_such_account=True, quotes_server=True)),
        (404, "deployment not found", ErrorFacts(no_such_deployment=True)),
        (404, "no active deployment found", NO_FACTS),
        (404, "agent not found", NO_FACTS),
        (409, "name taken", ErrorFacts(quotes_server=True)),
        (418, "I am a teapot", NO_FACTS),
        (429, "slow down", ErrorFacts(temporary=True)),
        (500, "failed to scale", NO_FACTS),
        (500, "Internal server error", ErrorFacts(crashed=True)),
        (502, "bad gateway", ErrorFacts(temporary=True)),
        (503, "authorization session is unavailable; refresh or sign in again", ORGANIZATION),
        (503, "deployment store not configured", ErrorFacts(not_set_up=True, quotes_server=True)),
        (503, "Internal server error", ErrorFacts(temporary=True, crashed=True)),
        (503, "", ErrorFacts(temporary=True)),
    ],
)
def test_the_servers_message_is_interpreted_once(server: DemoServer, status: int, said: str, facts: ErrorFacts) -> None:
    error = fault_failure(server, Fault.response(status, json.dumps({"error": said}) if said else ""))
    assert error.facts == facts
    assert error.server_said == said.removesuffix(".")
    assert (bool(said) and error.server_said in str(error)) == facts.quotes_server
    assert ".." not in str(error)
    assert error.clause == str(error)[:-1]


def test_a_401_without_a_token_says_how_to_set_one(server: DemoServer) -> None:
    error = failure(server.url, token=None)
    assert error.kind is ErrorKind.SIGNED_OUT
    assert "no token" in str(error)


def test_billing_shows_details_the_action_and_the_link(server: DemoServer) -> None:
    error = fault_failure(server, Fault.billing())
    assert error.kind is ErrorKind.BILLING
    assert "The last payment failed." in str(error)
    assert "card" in in_shell(error.remedies)
    assert "https://pay.example/meridian-labs" in in_shell(error.remedies)


def test_billing_is_known_by_its_code_whatever_the_status(server: DemoServer) -> None:
    error = fault_failure(
        server, Fault.response(403, '{"error":"x","code":"FEATURE_NOT_IN_PLAN","pay_link":"javascript:1"}')
    )
    assert error.kind is ErrorKind.BILLING
    assert "javascript" not in in_shell(error.remedies)


@pytest.mark.parametrize("odd", ['["a"]', '{"a":[]}', "null", "1", "true", "[" * 400 + "]" * 400], ids=range(6))
@pytest.mark.parametrize(("status", "kind"), [(400, ErrorKind.BAD_REQUEST), (402, ErrorKind.BILLING)])
def test_members_of_any_type_are_no_billing_code(server: DemoServer, status: int, kind: ErrorKind, odd: str) -> None:
    body = f'{{"error":"x","code":{odd},"action":{odd},"pay_link":{odd},"details":{odd},"error_description":{odd}}}'
    error = fault_failure(server, Fault.response(status, body))
    assert (error.kind, error.server_said) == (kind, "x")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"error":"a","details":"b","error_description":"c"}', "c"),
        ('{"error":"a","details":"b"}', "b"),
        ('{"error":"a"}', "a"),
        ('{"error":{"nested":1}}', '{"error":{"nested":1}}'),
        ("plain words", "plain words"),
        ("<html>a page</html>", ""),
        ('["a list"]', '["a list"]'),
    ],
)
def test_the_servers_message_in_the_contracts_order(server: DemoServer, body: str, said: str) -> None:
    assert fault_failure(server, Fault.response(500, body)).server_said == said


def test_the_servers_message_is_made_safe(server: DemoServer) -> None:
    body = '{"error":"\\u001b[31m red \\u202e Bearer ' + TOKEN + " " + "x" * 5000 + '"}'
    error = fault_failure(server, Fault.response(400, body))
    assert "\x1b" not in error.server_said
    assert len(error.server_said) < 400
    assert TOKEN not in error.server_said


def test_refused(refusing: int) -> None:
    error = failure(f"http://127.0.0.1:{refusing}")
    assert error.kind is ErrorKind.REFUSED
    assert f"127.0.0.1:{refusing}" in str(error)
    assert "ConnectError" in error.technical
    assert error.server_said == ""
    assert error.offline


def test_dns(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_arguments: object, **_named: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    error = failure("https://platform.invalid")
    assert error.kind is ErrorKind.DNS
    assert "platform.invalid" in str(error)
    assert error.offline


def test_no_tls_at_all(server: DemoServer) -> None:
    error = failure(server.url.replace("http:", "https:"))
    assert error.kind is ErrorKind.TLS
    assert "does not speak TLS" in str(error)
    assert "port" in in_shell(error.remedies)


@pytest.fixture
def signer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Signer:
    found = Signer(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(found.file))
    return found


@pytest.mark.parametrize(
    ("names", "more", "words", "hint"),
    [
        (["127.0.0.1"], {"begins": -9 * DAY, "ends": -2 * DAY}, "has expired", "clock"),
        (["127.0.0.1"], {"begins": 2 * DAY}, "is not valid yet", "clock"),
        (["elsewhere.example"], {}, "is for another host name", "the server's address"),
        (["127.0.0.1"], {"itself": True}, "is self-signed", "SSL_CERT_FILE"),
    ],
)
def test_a_certificate_that_is_refused(
    signer: Signer, names: list[str], more: dict[str, Any], words: str, hint: str
) -> None:
    with TlsServer(signer.issue(*names, **more)) as server:
        error = failure(server.url)
        assert str(error) == f"No secure connection: the certificate of 127.0.0.1:{server.port} {words}."
        assert server.heads == []
    assert error.kind is ErrorKind.TLS
    assert hint in in_shell(error.remedies)
    assert "CERTIFICATE_VERIFY_FAILED" in error.technical
    assert error.offline


def test_a_certificate_with_an_unknown_signer(signer: Signer, tmp_path: Path) -> None:
    with TlsServer(Signer(tmp_path, "Another Authority").issue("127.0.0.1")) as server:
        error = failure(server.url)
    assert "is signed by an authority that this program does not trust" in str(error)
    assert "company proxy" in in_shell(error.remedies)


def test_a_certificate_that_is_trusted(opened: Opened, signer: Signer) -> None:
    with TlsServer(signer.issue("127.0.0.1"), lambda _head: answer(b'{"status":"ok"}')) as server:
        assert opened(server.url).health().status == "ok"


@pytest.mark.nightly
@pytest.mark.timed
def test_the_sentence_names_the_timeout_that_fired(server: DemoServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user who waited 15 s must not read about 30 s."""
    times = Timeouts(connect=0.4, read=0.1, total=5, pauses=(0.01, 0.01))
    server.faults.set(LIST, Fault.hang())
    assert "sent nothing for 0.1 s" in str(failure(server.url, times))
    server.faults.set(LIST, Fault.drip(pause=0.05, size=1))
    assert "did not finish its response within 0.2 s" in str(failure(server.url, replace(times, read=1, total=0.2)))

    def never(*_args: object, **_named: object) -> None:
        raise TimeoutError("timed out")

    monkeypatch.setattr(socket, "create_connection", never)
    assert "did not accept a connection within 0.4 s (3 tries)" in str(failure("http://127.0.0.1:9", times))


def test_reset(server: DemoServer) -> None:
    assert fault_failure(server, Fault.reset()).kind is ErrorKind.RESET


@pytest.mark.parametrize(
    "reply",
    [
        b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"deployments":[',
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{"deployments":[\r\n',
        b'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{"deployments":[{"id":"a',
    ],
)
def test_cut_body(reply: bytes) -> None:
    with RawServer(lambda _head: reply, keep_open=False) as server:
        error = failure(server.url)
    assert error.kind is ErrorKind.CUT_BODY
    assert "cut off" in str(error)


def test_not_http() -> None:
    with RawServer(lambda _head: b"220 mail.example ESMTP\r\n\r\n", keep_open=False) as server:
        error = failure(server.url)
    assert error.kind is ErrorKind.NOT_JSON
    assert "HTTP" in str(error)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<!DOCTYPE html><title>Sign in</title>", "web page"),
        ("", "empty"),
        ("hello", "not JSON"),
        ('{"a": 1} trailing', "not JSON"),
        ("{'a': 1}", "not JSON"),
    ],
)
def test_not_json(server: DemoServer, body: str, words: str) -> None:
    error = fault_failure(server, Fault.not_json(body))
    assert error.kind is ErrorKind.NOT_JSON
    assert words in str(error)
    assert "proxy" in in_shell(error.remedies)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("[1]", None),
        ("7", "a number"),
        ('"x"', "a string"),
        ("null", "null"),
        ("{}", "an empty object"),
        ('{"status":"ok"}', "an object with status"),
        ('{"deployments":{"a":1}}', "an object with a"),
        ('{"deployments":5}', "a number"),
    ],
)
def test_json_of_another_shape_names_both(server: DemoServer, opened: Opened, body: str, words: str | None) -> None:
    server.faults.set(LIST, Fault.response(200, body))
    if words is None:
        assert opened(server.url).deployments("acme").odd == 1
        return
    error = failure(server.url)
    assert error.kind is ErrorKind.ODD_SHAPE
    assert "expected a list of deployments" in str(error)
    assert words in str(error)


def test_no_log_of_any_library_contains_the_token(
    server: DemoServer, opened: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("httpx", "httpcore", "httpcore.http11", "httpcore.connection", "hpack", "urllib3"):
        caplog.set_level(logging.DEBUG, logger=name)
    caplog.set_level(logging.DEBUG)
    platform = opened(server.url, timeouts=QUICK)
    platform.fetch("/health")
    with pytest.raises(PlatformError):
        platform.fetch("/nowhere")
    assert TOKEN not in caplog.text
    assert "uthorization" not in caplog.text


def test_an_unexpected_exception_is_loud_and_bare(
    server: DemoServer, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    from astro_tui.platform.client.wire import Wire

    def broken(self: Wire, *_arguments: object) -> bytes:
        headers = {"Authorization": TOKEN}
        raise KeyError("a bug") from ValueError(headers)

    monkeypatch.setattr(Wire, "_follow", broken)
    with pytest.raises(KeyError) as caught:
        opened(server.url).fetch("/me")
    assert TOKEN not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "server_url",
    [
        "http://platform.example",
        "ftp://platform.example",
        "platform.example",
        "https://",
        "https://user:secret@platform.example",
        "https://platform.example\\@evil.example",
        "https://[::1",
        "https://platform..example",
    ],
)
def test_an_invalid_address(server_url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Platform(server_url, TOKEN)
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_name_that_cannot_be_encoded_is_not_resolved() -> None:
    error = failure("https://xn--.example")
    assert (error.kind, str(error)) == (ErrorKind.DNS, "The name xn--.example cannot be resolved.")


@pytest.mark.parametrize("token", ["two words", "line\nbreak", "ümlaut", "escape\x1b"])
def test_a_token_that_cannot_be_sent_is_refused_and_not_repeated(token: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Platform("https://platform.example", token)
    assert token not in str(caught.value)
