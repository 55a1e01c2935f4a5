"""Signing in with a device code, and renewing, with a provider on a real socket."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from support.deadline import DEADLINE
from support.on_screen import Clock
from support.raw_server import RawServer, answer

from astro_tui.auth.browser import safe_to_open
from astro_tui.auth.device import SignInProgress, sign_in
from astro_tui.auth.grants import DeviceCode, Granted, IdentityRefused, Pending, SlowDown
from astro_tui.auth.identity import AUTHENTICATE, START, IdentityProvider
from astro_tui.demo import Fault
from astro_tui.demo.authority import USER
from astro_tui.demo.identity import CLIENT_ID, DemoIdentity
from astro_tui.errors import AstroError, ConfigError, ErrorKind, PlatformError
from astro_tui.platform.client import Call, Timeouts
from astro_tui.presentation.remedies import in_shell

NOW = datetime(2026, 7, 2, 9, 30, tzinfo=UTC)
QUICK = Timeouts(connect=20, read=30, total=45, pauses=())
DEVICE = b'{"device_code":"the-device-code-0123456789","user_code":"ABCD-EFGH","verification_uri":"https://id.example/device"}'


@contextmanager
def provided(url: str, client_id: str = CLIENT_ID, clock: Clock | None = None) -> Iterator[IdentityProvider]:
    """Make a provider's client that leaves no connection open."""
    made = IdentityProvider(url, client_id, timeouts=QUICK, clock=clock or Clock(NOW))
    with closing(made):
        yield made


class Person:
    """Never waits: pauses move the clock, and something can happen at each step."""

    def __init__(self, clock: Clock, provider: IdentityProvider) -> None:
        self.clock, self.provider, self.call = clock, provider, Call()
        self.steps: list[SignInProgress] = []
        self.pauses: list[float] = []
        self.at_step: Callable[[int], Any] = lambda _number: None

    def seconds(self) -> float:
        return self.clock.moment.timestamp()

    def wait(self, seconds: float) -> bool:
        self.pauses.append(seconds)
        self.clock.advance(seconds)
        return self.call.canceled.is_set()

    def progress(self, step: SignInProgress) -> None:
        self.steps.append(step)
        self.at_step(len(self.steps))

    def sign_in(self) -> Granted:
        return sign_in(self.provider, self.call, self.progress, clock=self.seconds, wait=self.wait)


@pytest.fixture
def provider(identity: DemoIdentity, clock: Clock) -> Iterator[IdentityProvider]:
    with provided(identity.url, clock=clock) as made:
        yield made


@pytest.fixture
def person(clock: Clock, provider: IdentityProvider) -> Person:
    return Person(clock, provider)


def sentence(error: AstroError) -> str:
    """Return everything that a user or a log could see of an error."""
    assert error.remedies
    return "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error)) + in_shell(error.remedies)


# ---- the flow


def test_pending_until_approved(person: Person, identity: DemoIdentity) -> None:
    person.at_step = lambda number: identity.approve() if number == 4 else None
    granted = person.sign_in()
    assert person.pauses == [5, 5, 5]
    assert [round(step.seconds_left) for step in person.steps] == [300, 295, 290, 285]
    assert {step.trouble for step in person.steps} == {None}
    assert granted.user_id == USER["id"]
    assert granted.email == USER["email"]
    assert granted.expires == NOW + timedelta(seconds=15 + 300)
    assert identity.authority.claims(granted.access_token, person.clock()) is not None
    assert identity.counts == {"started": 1, "polled": 4, "granted": 1}
    shown = repr(granted) + repr(person.steps) + repr(person.provider)
    assert [secret for secret in identity.issued if secret in shown] == []


def test_each_slow_down_adds_five_seconds_permanently(person: Person, identity: DemoIdentity) -> None:
    pending, slow = "authorization_pending", "slow_down"
    identity.authority.next_polls.extend([pending, slow, pending, slow, pending])
    person.at_step = lambda number: identity.approve() if number == 7 else None
    person.sign_in()
    assert person.pauses == [5, 10, 10, 15, 15, 15]


def test_the_pauses_are_long_enough_for_the_provider(person: Person, identity: DemoIdentity) -> None:
    identity.authority.interval = 7
    # A client that always waited five seconds would get a slow_down.
    person.at_step = lambda number: identity.approve() if number == 3 else None
    person.sign_in()
    assert person.pauses == [7, 7]


def test_denial_ends_it(person: Person, identity: DemoIdentity) -> None:
    person.at_step = lambda number: identity.deny() if number == 2 else None
    with pytest.raises(IdentityRefused, match="refused in the browser") as caught:
        person.sign_in()
    assert caught.value.code == "access_denied"
    assert "Start over" in sentence(caught.value)
    assert person.pauses == [5]


def test_our_own_clock_ends_it_too(person: Person, identity: DemoIdentity) -> None:
    identity.authority.code_lifetime = 12
    person.at_step = lambda _number: setattr(identity.authority, "code_lifetime", 10_000)
    with pytest.raises(IdentityRefused, match="expired") as caught:
        person.sign_in()
    assert caught.value.code == "expired_token"
    assert person.pauses == [5, 5, 2]
    assert identity.counts["polled"] == 3


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("invalid_client", "does not recognize this program (invalid_client: As arranged.)"),
        ("invalid_grant", "The sign-in has ended (invalid_grant: As arranged.)"),
        ("server_is_odd", "The identity provider refused: server_is_odd: As arranged."),
    ],
)
def test_any_other_refusal_ends_it_and_is_reported(
    person: Person, identity: DemoIdentity, code: str, words: str
) -> None:
    identity.authority.next_polls.append(code)
    with pytest.raises(IdentityRefused) as caught:
        person.sign_in()
    assert words in str(caught.value)
    assert caught.value.code == code
    assert [secret for secret in identity.issued if secret in sentence(caught.value)] == []


def test_wrong_client_id_ends_it_at_the_start(identity: DemoIdentity) -> None:
    with provided(identity.url, "somebody") as provider, pytest.raises(IdentityRefused) as caught:
        sign_in(provider, Call(), lambda _step: None)
    assert "ASTRO_CLIENT_ID" in in_shell(caught.value.remedies)


# ---- canceled


def end_of(work: Callable[[], Any], call: Call, abort_when: threading.Event) -> BaseException | None:
    """Run in a thread, as the app does; cancel at the event; return how it ended."""
    ended: list[BaseException | None] = []

    def run() -> None:
        try:
            work()
            ended.append(None)
        except BaseException as error:  # noqa: BLE001  the caller checks what it is
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    assert abort_when.wait(DEADLINE)
    call.abort()
    thread.join(DEADLINE)
    assert not thread.is_alive()
    return ended[0]


def test_cancel_while_waiting_ends_the_wait_at_once(provider: IdentityProvider, identity: DemoIdentity) -> None:
    identity.authority.interval = 250
    call, polled = Call(), threading.Event()
    real = provider.poll

    def poll(code: DeviceCode, call: Call) -> Granted | Pending | SlowDown:
        outcome = real(code, call)
        polled.set()
        return outcome

    provider.poll = poll  # type: ignore[method-assign]
    error = end_of(lambda: sign_in(provider, call, lambda _step: None), call, polled)
    assert isinstance(error, PlatformError)
    assert error.kind is ErrorKind.CANCELED


@pytest.mark.parametrize("path", [START, AUTHENTICATE])
def test_cancel_while_the_provider_hangs(clock: Clock, path: str) -> None:
    arrived = threading.Event()

    class Watched(DemoIdentity):
        def _record(self, method: str, target: str) -> None:
            if target == path:
                arrived.set()

    with Watched(clock=clock) as identity:
        identity.faults.set(path, Fault.hang())
        call = Call()
        with provided(identity.url) as provider:
            error = end_of(lambda: sign_in(provider, call, lambda _step: None), call, arrived)
    assert isinstance(error, PlatformError)
    assert error.kind is ErrorKind.CANCELED


# ---- temporary errors


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault.reset(), ErrorKind.RESET),
        (Fault.cut(), ErrorKind.RESET),
        (Fault.html(502), ErrorKind.SERVER),
        (Fault.response(503, b'{"error":"down"}'), ErrorKind.SERVER),
    ],
)
def test_temporary_trouble_does_not_end_it(
    person: Person, identity: DemoIdentity, fault: Fault, kind: ErrorKind
) -> None:
    # The response that is cut off is a refusal, because the code is not approved yet.
    identity.faults.set(AUTHENTICATE, fault, count=2)
    person.at_step = lambda number: identity.approve() if number == 4 else None
    person.sign_in()
    assert [step.trouble.kind if step.trouble else None for step in person.steps] == [None, kind, kind, None]
    assert person.pauses == [5, 5, 5]


def test_too_many_requests_slows_down(person: Person, identity: DemoIdentity) -> None:
    identity.faults.set(AUTHENTICATE, Fault.rate_limited(), count=1)
    person.at_step = lambda number: identity.approve() if number == 2 else None
    person.sign_in()
    assert person.pauses == [10]
    assert person.steps[1].trouble is not None
    assert person.steps[1].trouble.kind is ErrorKind.RATE_LIMITED


def test_a_lost_network_is_reported_when_the_code_expires(person: Person, identity: DemoIdentity) -> None:
    identity.authority.code_lifetime = 12
    person.at_step = lambda number: identity.stop() if number == 2 else None
    with pytest.raises(PlatformError) as caught:
        person.sign_in()
    assert caught.value.kind in (ErrorKind.REFUSED, ErrorKind.RESET)
    assert "identity provider" in sentence(caught.value) or "Try again" in sentence(caught.value)
    assert len(person.steps) == 3


def test_no_network_at_the_start_ends_it(identity: DemoIdentity) -> None:
    url = identity.url
    identity.stop()
    with provided(url) as provider, pytest.raises(PlatformError) as caught:
        sign_in(provider, Call(), lambda _step: None)
    assert caught.value.kind is ErrorKind.REFUSED
    assert "address of the identity provider" in sentence(caught.value)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault.html(200, "<html>sign in to the wifi</html>"), ErrorKind.ODD_SHAPE),
        (Fault.not_json('{"device_code": "x'), ErrorKind.ODD_SHAPE),
        (Fault.empty(), ErrorKind.ODD_SHAPE),
        (Fault.response(200, b"[1]"), ErrorKind.ODD_SHAPE),
        (Fault.response(200, b"{}"), ErrorKind.ODD_SHAPE),
        (Fault.response(200, b"null"), ErrorKind.ODD_SHAPE),
        (Fault.nulls(), ErrorKind.ODD_SHAPE),
        (Fault.wrong_types(), ErrorKind.ODD_SHAPE),
        (Fault.list_for_object(), ErrorKind.ODD_SHAPE),
        (Fault.deep(), ErrorKind.ODD_SHAPE),
        (Fault.huge(2 * 2**20), ErrorKind.TOO_LARGE),
        (Fault.huge(200 * 2**20, zipped=True), ErrorKind.TOO_LARGE),
        (Fault.response(404, b"nothing here"), ErrorKind.REFUSED_STATUS),
        (Fault.html(403), ErrorKind.REFUSED_STATUS),
        (Fault.redirect("https://elsewhere.example/"), ErrorKind.REDIRECT),
    ],
)
@pytest.mark.parametrize("path", [START, AUTHENTICATE])
def test_invalid_responses_end_it(
    person: Person, identity: DemoIdentity, path: str, fault: Fault, kind: ErrorKind
) -> None:
    person.at_step = lambda _number: identity.approve()
    identity.faults.set(path, fault)
    with pytest.raises(PlatformError) as caught:
        person.sign_in()
    assert caught.value.kind is kind
    assert caught.value.request == f"POST {path}"
    assert [secret for secret in identity.issued if secret in sentence(caught.value)] == []


# ---- what the provider leaves out, or should not say


def device(body: bytes) -> DeviceCode:
    with RawServer(lambda _head: answer(body)) as server, provided(server.url) as provider:
        return provider.start_device(Call())


@pytest.mark.parametrize(
    ("said", "expiry", "interval"),
    [
        (b"", 300, 5),
        (b',"expires_in":0,"interval":0', 300, 5),
        (b',"expires_in":null,"interval":null', 300, 5),
        (b',"expires_in":-5,"interval":"soon"', 300, 5),
        (b',"expires_in":true,"interval":[5]', 300, 5),
        (b',"expires_in":NaN,"interval":1e999', 300, 5),
        (b',"expires_in":"900","interval":"8"', 900, 8),
        (b',"expires_in":600.5,"interval":2.5', 600.5, 2.5),
        (b',"expires_in":1e300,"interval":99999', 86400, 300),
        (b',"expires_in":' + b"9" * 400 + b',"interval":0.0000001', 300, 0.1),
    ],
)
def test_missing_or_absurd_seconds(said: bytes, expiry: float, interval: float) -> None:
    code = device(DEVICE[:-1] + said + b"}")
    assert (code.expires_seconds, code.interval_seconds) == (expiry, interval)


def test_a_whole_code_without_the_complete_address() -> None:
    code = device(DEVICE)
    assert (code.user_code, code.address, code.complete_address) == ("ABCD-EFGH", "https://id.example/device", "")
    assert code.openable == "https://id.example/device"
    assert "the-device-code" not in repr(code)


def test_hostile_texts_are_plain_text_and_never_opened() -> None:
    code = device(
        b'{"device_code":"d","user_code":"\\u001b[2JAB\\u202eCD","verification_uri":"javascript:alert(1)",'
        b'"verification_uri_complete":"https://id.example/\\u001b]52;c;x\\u0007"}'
    )
    assert code.user_code == "␛[2JAB<U+202E>CD"
    assert code.address == "javascript:alert(1)"
    assert code.complete_address.isprintable()
    assert code.openable == ""
    long = device(DEVICE.replace(b"ABCD-EFGH", b"A" * 5000).replace(b"/device", b"/" + b"d" * 5000))
    assert len(long.user_code) == 64
    assert len(long.address) == 2000
    assert long.openable == ""


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("https://id.example/device?user_code=AB-CD", True),
        ("http://127.0.0.1:8080/device", True),
        ("http://localhost/device", True),
        ("http://id.example/device", False),
        ("javascript:alert(1)", False),
        ("JavaScript://https://id.example", False),
        ("file:///etc/passwd", False),
        ("data:text/html,hello", False),
        ("--version", False),
        ("https://user:secret@id.example/", False),
        ("https://id.example/ x", False),
        ("https://id.example/\\x", False),
        ("https://id.example/\n", False),
        ("https://xn--e1awd7f.example/", True),
        ("https://аpple.example/", False),
        ("https:///path", False),
        ("", False),
    ],
)
def test_what_is_safe_to_open(address: str, safe: bool) -> None:
    assert safe_to_open(address) is safe


def granted_of(body: bytes, clock: Clock) -> Granted:
    with RawServer(lambda _head: answer(body)) as server, provided(server.url, clock=clock) as provider:
        return provider.refresh("spent-private-token-0123456789")


@pytest.mark.parametrize(
    ("said", "seconds"),
    [(b"", 300), (b',"expires_in":0', 300), (b',"expires_in":null', 300), (b',"expires_in":42', 42)],
)
def test_a_token_without_an_expiry(clock: Clock, said: bytes, seconds: float) -> None:
    granted = granted_of(b'{"access_token":"opaque"' + said + b"}", clock)
    assert granted.expires == NOW + timedelta(seconds=seconds)
    assert (granted.refresh_token, granted.user_id, granted.email) == ("", "", "")


def test_the_expiry_in_a_token_counts(clock: Clock, identity: DemoIdentity) -> None:
    token = identity.authority.access_token(lifetime=77).encode()
    granted = granted_of(b'{"access_token":"' + token + b'","expires_in":9999,"user":[1]}', clock)
    assert granted.expires == NOW + timedelta(seconds=77)
    assert granted.user_id == USER["id"]


@pytest.mark.parametrize("token", [b"two words", b"line\\nbreak", b"\\u00e9", b"", b"x" * 70_000])
def test_a_token_that_cannot_be_sent_is_refused(clock: Clock, token: bytes) -> None:
    for body in (b'{"access_token":"%b"}' % token, b'{"access_token":"good","refresh_token":"%b"}' % (token or b" ")):
        with pytest.raises(PlatformError) as caught:
            granted_of(body, clock)
        assert caught.value.kind is ErrorKind.ODD_SHAPE


# ---- renewing


def test_refresh_rotates_and_a_spent_token_is_refused_once_and_for_all(
    provider: IdentityProvider, identity: DemoIdentity
) -> None:
    first = identity.tokens()["refresh_token"]
    granted = provider.refresh(first, "", Call())
    assert granted.refresh_token not in ("", first)
    before = len(identity.requests)
    with pytest.raises(IdentityRefused) as caught:
        provider.refresh(first, "", Call())
    assert caught.value.code == "invalid_grant"
    assert caught.value.description == "Refresh token already exchanged."
    assert in_shell(caught.value.remedies) == "Sign in again: astro-tui auth login"
    assert len(identity.requests) == before + 1
    assert first not in sentence(caught.value)
    assert provider.refresh(granted.refresh_token).access_token != granted.access_token


def test_refresh_for_an_organization(provider: IdentityProvider, identity: DemoIdentity) -> None:
    from astro_tui.auth.claims import claims_of
    from astro_tui.demo.contents import accounts

    organization = next(each.organization for each in accounts() if each.guard)
    granted = provider.refresh(identity.tokens()["refresh_token"], organization)
    assert claims_of(granted.access_token).organization == organization
    with pytest.raises(IdentityRefused, match="not a member") as caught:
        provider.refresh(granted.refresh_token, "org_somebody")
    assert "owners" in in_shell(caught.value.remedies)
    assert provider.refresh(granted.refresh_token, organization)


def test_a_cut_response_says_whether_the_token_is_used_up(provider: IdentityProvider, identity: DemoIdentity) -> None:
    identity.faults.set(AUTHENTICATE, Fault.cut())
    token = identity.tokens()["refresh_token"]
    for kind in (ErrorKind.CUT_BODY, ErrorKind.RESET):
        # The second response refuses the token that the first exchange used up.
        with pytest.raises(PlatformError) as caught:
            provider.refresh(token)
        assert caught.value.kind is kind
    assert caught.value.status == 400


@pytest.mark.parametrize(
    "fault", [Fault.reset(), Fault.cut(), Fault.html(502), Fault.response(503), Fault.rate_limited()]
)
def test_an_exchange_is_never_repeated(provider: IdentityProvider, identity: DemoIdentity, fault: Fault) -> None:
    identity.faults.set(AUTHENTICATE, fault)
    with pytest.raises(PlatformError) as caught:
        provider.refresh(identity.tokens()["refresh_token"])
    assert identity.requests == [("POST", AUTHENTICATE)]
    assert [secret for secret in identity.issued if secret in sentence(caught.value)] == []


def test_the_request_is_a_form_without_identifying_headers(clock: Clock) -> None:
    sent: list[str] = []

    def reply(head: str) -> bytes:
        sent.append(head)
        return answer(b'{"access_token":"opaque"}')

    with RawServer(reply, keep_open=False) as server, provided(server.url, "client & more") as provider:
        provider.refresh("a b&c=d", "org_1")
    lines = sent[0].lower().splitlines()
    assert lines[0] == "post /user_management/authenticate http/1.1"
    assert "content-type: application/x-www-form-urlencoded" in lines
    assert not [line for line in lines if line.startswith(("authorization", "cookie"))]


@pytest.mark.parametrize("status", ["400 Bad Request", "500 Internal Server Error"])
def test_a_provider_that_echoes_secrets_is_not_quoted(status: str) -> None:
    secret = "opaque refresh token 1234"
    body = b'{"error":"invalid_grant","error_description":"no such token: opaque refresh token 1234\\u001b[0m"}'
    refused = pytest.raises(AstroError)
    with RawServer(lambda _head: answer(body, status)) as server, provided(server.url) as provider, refused as caught:
        provider.refresh(secret)
    assert secret not in sentence(caught.value)
    assert "\x1b" not in str(caught.value)


def test_invalid_addresses_are_refused_before_any_request() -> None:
    for url in (
        "http://id.example",
        "ftp://id.example",
        "id.example",
        "https://user@id.example",
        "https://id.example/x",
    ):
        with pytest.raises(ConfigError, match="identity provider"):
            IdentityProvider(url, CLIENT_ID)
    assert IdentityProvider("http://id.example", CLIENT_ID, allow_insecure=True).url == "http://id.example"


def test_the_complete_address_is_opened_before_the_other() -> None:
    code = replace(device(DEVICE), complete_address="https://id.example/device?user_code=ABCD-EFGH")
    assert code.openable.endswith("ABCD-EFGH")
