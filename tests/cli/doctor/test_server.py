"""`astro-tui doctor`: the server's name, connection, proxy, certificate, responses, and clock."""

from __future__ import annotations

import base64
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.raw_server import RawServer, answer
from support.tls_server import DAY, Signer, TlsServer

from astro_tui.demo import DemoServer, Fault

if TYPE_CHECKING:
    from support.consulting import Patient

pytest_plugins = ["support.consulting"]


# ---- the way to the server


def test_an_unknown_host_name(well: Patient) -> None:
    true: Callable[..., Any] = socket.getaddrinfo

    def unknown(host: str, *arguments: object, **named: object) -> Any:
        if host == "platform.invalid":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return true(host, *arguments, **named)

    well.patch.setattr(socket, "getaddrinfo", unknown)
    visit = well.at("https://platform.invalid", "private-token-of-nobody")()
    assert visit.code == 2
    assert visit.of("server", "name") == (
        "problem",
        "The name platform.invalid cannot be resolved.",
        "Check the network, and the spelling of the address.",
    )
    assert visit.of("clock", "skew").message == "Not compared: the server did not respond."


def test_a_refused_connection_is_a_problem(well: Patient, refusing: int) -> None:
    visit = well.at(
        f"http://127.0.0.1:{refusing}", "private-token-of-nobody", ASTRO_IDENTITY_URL=f"http://127.0.0.1:{refusing}"
    )()
    assert visit.code == 2
    assert visit.of("server", "connection").message == f"127.0.0.1, port {refusing} does not accept connections."
    # With a token from the environment, it is not needed.
    assert visit.of("identity", "connection").verdict == "note"
    visit = well.at(f"http://127.0.0.1:{refusing}")()
    assert visit.of("identity", "connection").verdict == "problem"
    assert visit.of("login", "source").do == "astro-tui auth login"


@pytest.fixture
def signer(tmp_path: Path, patient: Patient) -> Signer:
    found = Signer(tmp_path)
    patient.patch.setenv("SSL_CERT_FILE", str(found.file))
    return found


def healthy(head: str) -> bytes:
    now = datetime.now(UTC).strftime("Date: %a, %d %b %Y %H:%M:%S GMT")
    body = b'{"status":"ok"}' if "/health" in head else b'{"user":{"id":"u"},"accounts":[]}'
    return answer(body, "200 OK", now)


@pytest.mark.parametrize(
    ("names", "more", "words", "do"),
    [
        (["127.0.0.1"], {"begins": -9 * DAY, "ends": -2 * DAY}, "has expired", "clock"),
        (["elsewhere.example", "www.elsewhere.example"], {}, "is for another host name", "address"),
    ],
)
def test_a_certificate_that_is_refused(  # noqa: PLR0917  one argument a column
    patient: Patient, signer: Signer, names: list[str], more: dict[str, Any], words: str, do: str
) -> None:
    with TlsServer(signer.issue(*names, **more), healthy) as server:
        visit = patient.at(server.url, "private-token-of-nobody", ASTRO_IDENTITY_URL=server.url)()
        assert server.heads == []
    told = visit.of("server", "TLS")
    assert visit.code == 2
    assert words in told.message
    # The certificate's names are reported, although it is not trusted.
    assert names[0] in told.message
    assert do in told.do
    assert "until 20" in told.message


@pytest.mark.parametrize(("left", "verdict"), [(5 * DAY + timedelta(hours=1), "note"), (90 * DAY, "ok")])
def test_a_certificate_that_is_good(patient: Patient, signer: Signer, left: timedelta, verdict: str) -> None:
    with TlsServer(signer.issue("127.0.0.1", "platform.example", ends=left), healthy) as server:
        visit = patient.at(server.url, "private-token-of-nobody", ASTRO_IDENTITY_URL=server.url)()
        assert visit.of("identity", "provider").message == f"{server.url} can be reached."
    told = visit.of("server", "TLS")
    assert visit.code == 0
    assert told.verdict == verdict
    assert told.message.startswith(
        "TLSv1.3. Certificate for 127.0.0.1, also platform.example, by Test Authority, until 20"
    )
    assert ("It expires in 5d." in told.message) is (verdict == "note")


def test_what_does_not_speak_tls(well: Patient, platform: DemoServer) -> None:
    visit = well.at(platform.url.replace("http:", "https:"), "private-token-of-nobody")()
    assert "does not speak TLS" in visit.of("server", "TLS").message


def test_certificates_that_cannot_be_read(well: Patient, platform: DemoServer) -> None:
    well.patch.setenv("SSL_CERT_FILE", "/nowhere/certificates.pem")
    visit = well.at(platform.url.replace("http:", "https:"), "private-token-of-nobody")()
    assert visit.of("server", "TLS").do == "SSL_CERT_FILE is /nowhere/certificates.pem. Correct it or unset it."


PROXY_PASSWORD = "open-sesame-0123"


def proxied(patient: Patient, port: int) -> Patient:
    patient.patch.setenv("HTTPS_PROXY", f"http://porter:{PROXY_PASSWORD}@127.0.0.1:{port}")
    return patient.at(
        "https://platform.example", "private-token-of-nobody", ASTRO_IDENTITY_URL="https://platform.example"
    )


def test_through_a_proxy(patient: Patient, signer: Signer) -> None:
    with TlsServer(signer.issue("platform.example"), healthy, proxied=True) as proxy:
        visit = proxied(patient, proxy.port)()
        assert visit.code == 0
        assert visit.of("server", "proxy").message == f"Through http://127.0.0.1:{proxy.port}, from HTTPS_PROXY."
        assert "Certificate for platform.example" in visit.of("server", "TLS").message
        assert "is healthy" in visit.of("server", "platform").message
        login = base64.b64encode(f"porter:{PROXY_PASSWORD}".encode()).decode()
        assert all(head.startswith("CONNECT platform.example:443 ") for head in proxy.connects)
        assert all(f"Proxy-Authorization: Basic {login}" in head for head in proxy.connects)
    assert PROXY_PASSWORD not in visit.out


@pytest.mark.parametrize(
    ("status", "words", "do"),
    [
        ("407 Proxy Authentication Required", "requires a login (407)", "HTTPS_PROXY: http://<user>:<password>@"),
        (
            "403 Forbidden " + PROXY_PASSWORD,
            "did not connect to platform.example (403)",
            "the administrator of the proxy",
        ),
    ],
)
def test_a_proxy_that_refuses(patient: Patient, status: str, words: str, do: str) -> None:
    with RawServer(lambda _head: answer(b"no", status)) as proxy:
        visit = proxied(patient, proxy.port)()
    assert visit.code == 2
    assert words in visit.of("server", "TLS").message
    assert do in visit.of("server", "TLS").do
    assert PROXY_PASSWORD not in visit.out


@pytest.mark.parametrize("address", ["socks5://porter:open-sesame-0123@127.0.0.1:9", "http://:open-sesame-0123@"])
def test_a_proxy_that_cannot_be_used(patient: Patient, address: str) -> None:
    patient.patch.setenv("ALL_PROXY", address)
    visit = patient.at("https://platform.example", "private-token-of-nobody", ASTRO_IDENTITY_URL="http://127.0.0.1:9")()
    assert visit.code == 2
    assert "ALL_PROXY" in visit.of("server").do
    assert PROXY_PASSWORD not in visit.out


@pytest.mark.parametrize(
    ("path", "fault", "words", "do"),
    [
        ("/health", Fault.html(200), "web page", "address"),
        (
            "/health",
            Fault.response(404, "<html>nginx</html>"),
            "has nothing at this address",
            "is the platform's address",
        ),
        ("/me", Fault.response(401), "does not accept the token", "ASTRO_ACCESS_TOKEN"),
        ("/me", Fault.cut(), "cut off", "Try again."),
    ],
)
def test_invalid_responses(  # noqa: PLR0917  one argument a column
    well: Patient, platform: DemoServer, path: str, fault: Fault, words: str, do: str
) -> None:
    platform.faults.set(path, fault)
    visit = well()
    told = visit.of("server")
    assert words in told.message
    assert do in told.do
    assert "press" not in told.do
    assert visit.code == (1 if fault.status == 401 else 2)


def test_an_unhealthy_server_and_an_unknown_account(well: Patient, platform: DemoServer) -> None:
    platform.faults.set("/health", Fault.response(200, '{"status":"degraded\\u001b[31m"}'))
    visit = well("--account", "nobody-knows harborline")
    assert visit.code == 0
    assert visit.of("server", "platform").message.endswith("with the status degraded␛[31m.")
    assert "nobody-knows is not one of your accounts. Yours: " in visit.of("server", "account").message


# ---- the clock


@pytest.mark.parametrize(
    ("seconds", "words"), [(-330, "5m ahead of"), (3570, "59m behind"), (20, ""), (-20, ""), (-36, "s ahead of")]
)
def test_the_clock(patient: Patient, seconds: int, words: str) -> None:
    with DemoServer(clock=lambda: datetime.now(UTC) + timedelta(seconds=seconds)) as server:
        visit = patient.at(server.url, server.token, ASTRO_IDENTITY_URL=server.url)()
    told = visit.of("clock", "skew")
    assert (visit.code, told.verdict) == ((1, "problem") if words else (0, "ok"))
    assert words in told.message
    if words:
        assert "clock" in told.do


def test_a_server_without_a_clock(patient: Patient) -> None:
    with RawServer(lambda head: answer(b'{"status":"ok"}' if "/health" in head else b'{"accounts":[]}')) as server:
        visit = patient.at(server.url, "private-token-of-nobody", ASTRO_IDENTITY_URL=server.url)()
    assert visit.code == 0
    assert visit.of("clock", "skew").message == "Not compared: the server did not report its time."
