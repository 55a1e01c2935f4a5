"""Refreshing our own login: only once for all callers, and never damaged by a killed process."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.deadline import DEADLINE
from support.forked import Forked
from support.logins import Gate, NoKeyring, fork_renewals, go, login_of, renewals, tokens_at, until, using

from astro_tui.auth.chosen_login import ChosenLogin, LoginKind
from astro_tui.auth.grants import IdentityRefused
from astro_tui.auth.login import Login, LoginProblem
from astro_tui.auth.own_login import OwnLogin, Stored
from astro_tui.auth.renewal import Ending, Renewal, RenewalOutcome, renew
from astro_tui.auth.source import signed_out_words
from astro_tui.auth.tokens import StoredTokens
from astro_tui.demo import Fault
from astro_tui.demo.identity import AUTHENTICATE, DemoIdentity
from astro_tui.platform.client import Call
from astro_tui.presentation.remedies import in_shell
from astro_tui.text.fingerprint import fingerprint

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and locks of POSIX")
ORGANIZATION = "org_01EXAMPLE"


@pytest.fixture(autouse=True)
def _forked_renewals(monkeypatch: pytest.MonkeyPatch) -> None:
    fork_renewals(monkeypatch)


@pytest.fixture
def identity() -> Iterator[DemoIdentity]:
    with DemoIdentity(organizations=lambda: [ORGANIZATION]) as made:
        yield made


@pytest.fixture
def before(identity: DemoIdentity, own: OwnLogin) -> Login:
    """The stored login, which is about to expire."""
    login = login_of(identity, left=20)
    own.sign_in(login)
    return login


@pytest.fixture
def own(tmp_path: Path) -> OwnLogin:
    return OwnLogin("https://astro.example", folder=tmp_path / "data", keyring=NoKeyring())


def token_requests(identity: DemoIdentity) -> int:
    """Return the number of token requests to the provider."""
    return sum(target == AUTHENTICATE for _method, target in identity.requests)


def test_eight_threads_and_three_processes_make_one_refresh(
    identity: DemoIdentity, own: OwnLogin, before: Login
) -> None:
    with ExitStack() as stack:
        programs = [stack.enter_context(using(own, threads=8)) for _ in range(3)]
        for program in programs:
            go(program)
        told = [program.communicate(timeout=DEADLINE) for program in programs]
    assert [error for _out, error in told] == ["", "", ""]
    after = own.read()
    assert after is not None
    assert after.access_token != before.access_token
    assert [out.split() for out, _error in told] == [[fingerprint(after.access_token), "8"]] * 3
    assert token_requests(identity) == 1
    assert identity.counts == {"granted": 1, "refreshed": 1}


def test_an_organizations_token_spends_and_stores_the_refresh_token(identity: DemoIdentity, own: OwnLogin) -> None:
    before = login_of(identity)
    own.sign_in(before)
    tokens = tokens_at(own)
    token = tokens.scoped(ORGANIZATION, Call())
    assert token
    assert identity.authority.claims(token, datetime.now(UTC))["org_id"] == ORGANIZATION  # type: ignore[index]
    after = own.read()
    assert after is not None
    assert after.access_token == before.access_token
    assert after.refresh_token != before.refresh_token
    assert token not in own.file.read_text()
    # From now on it is in memory, in this process only.
    assert tokens.scoped(ORGANIZATION, Call(), held=True) == token
    assert tokens_at(own).scoped(ORGANIZATION, Call(), held=True) is None
    assert identity.counts["scoped"] == 1
    assert not identity.counts["refused"]


def test_refusal_for_a_foreign_organization_keeps_the_login(identity: DemoIdentity, own: OwnLogin) -> None:
    own.sign_in(login_of(identity))
    tokens = tokens_at(own)
    assert tokens.scoped("org_of_others", Call()) is None
    assert tokens.scoped("org_of_others", Call()) is None
    assert "not a member" in tokens.unscoped().message
    assert token_requests(identity) == 1
    assert tokens.renewed(tokens.current(Call()) or "", Call())


@pytest.mark.parametrize("group", [False, True], ids=["process", "group"])
@pytest.mark.parametrize("moment", ["arrived", "answered"])
def test_a_program_killed_while_it_refreshes_leaves_a_login(
    identity: DemoIdentity, own: OwnLogin, before: Login, moment: str, group: bool
) -> None:
    gate = Gate(identity)
    (gate.before if moment == "arrived" else gate.after).clear()
    with using(own) as program:
        go(program)
        assert getattr(gate, moment).wait(DEADLINE)
        kill(program, group=group)
    gate.open()
    still_good(identity, own, before.access_token)
    assert identity.counts == {"granted": 1, "refreshed": 1}


@pytest.mark.nightly
@pytest.mark.parametrize("part", range(10))
def test_a_program_killed_at_any_moment_leaves_a_login(
    identity: DemoIdentity, own: OwnLogin, before: Login, part: int
) -> None:
    """From before the renewal process starts until after it has stored the response."""
    with using(own) as program:
        go(program)
        with suppress(subprocess.TimeoutExpired):
            program.wait(0.04 * part)
        kill(program, group=part % 2 == 0)
    still_good(identity, own, before.access_token)


def test_a_refresh_killed_before_the_provider_took_its_token_leaves_a_login(
    identity: DemoIdentity, own: OwnLogin, before: Login
) -> None:
    identity.faults.set(AUTHENTICATE, Fault.hang())
    with using(own) as program:
        go(program)
        until(lambda: token_requests(identity), "not asked")
        os.kill(renewals(own.folder)[0], signal.SIGKILL)
        out, error = program.communicate(timeout=DEADLINE)
    assert (out.split()[0], error) == (fingerprint(before.access_token), "")
    source = tokens_at(own).describe()
    assert (source.valid, source.renewable) == (True, True)
    assert "interrupted; astro-tui will try once more" in source.why
    identity.faults.clear()
    still_good(identity, own, before.access_token)


def test_a_refresh_killed_before_its_response_is_stored_is_reported_and_tried_again(
    identity: DemoIdentity, own: OwnLogin, before: Login
) -> None:
    gate = Gate(identity)
    gate.after.clear()
    with using(own) as program:
        go(program)
        assert gate.answered.wait(DEADLINE)
        (renewal,) = renewals(own.folder)
        os.kill(renewal, signal.SIGKILL)
        out, error = program.communicate(timeout=DEADLINE)
    gate.open()
    # The old token is used until it expires.
    assert (out.split()[0], error) == (fingerprint(before.access_token), "")
    tokens = tokens_at(own)
    assert tokens.current(Call()) == before.access_token
    assert token_requests(identity) == 2
    assert "sign in" in tokens.describe().why.lower()
    assert not tokens.describe().renewable
    assert tokens.describe().valid
    later = tokens_at(own, now=lambda: datetime.now(UTC) + timedelta(minutes=1))
    assert later.current(Call()) == before.access_token
    assert later.renewed(before.access_token, Call()) is None
    words = later.signed_out(sent=True)
    assert "interrupted" in words.message
    assert "astro-tui auth login" in in_shell(words.remedies)
    assert not later.describe().valid
    assert token_requests(identity) == 2


def test_a_refresh_killed_while_waiting_for_the_lock_keeps_the_login(
    identity: DemoIdentity, own: OwnLogin, before: Login
) -> None:
    with own.lock(), using(own) as program:
        go(program)
        until(lambda: renewals(own.folder), "no renewal")
        kill(program, group=True)
        os.kill(renewals(own.folder)[0], signal.SIGKILL)
        until(lambda: not renewals(own.folder), "it lives")
    still_good(identity, own, before.access_token)


def test_a_refused_refresh_token_is_never_sent_again(identity: DemoIdentity, own: OwnLogin) -> None:
    before = login_of(identity, left=-5)
    own.sign_in(before)
    identity.end_sessions()
    tokens = tokens_at(own)
    assert tokens.current(Call()) == before.access_token
    assert tokens.renewed(before.access_token, Call()) is None
    again = tokens_at(own)
    assert again.renewed(before.access_token, Call()) is None
    assert token_requests(identity) == 1
    assert "ended" in again.signed_out(sent=True).message
    assert "refused" in again.describe().why
    # A new login is another matter.
    own.sign_in(login_of(identity, left=20))
    assert again.current(Call()) == own.read().access_token  # type: ignore[union-attr]
    assert identity.counts["refreshed"] == 1


@pytest.mark.timed
@pytest.mark.parametrize(
    "fault",
    [Fault.hang(), Fault.reset(), Fault.response(503, b"{}"), Fault.rate_limited()],
    ids=["hang", "reset", "503", "429"],
)
def test_an_unreachable_provider_keeps_the_login(
    identity: DemoIdentity, own: OwnLogin, before: Login, fault: Fault
) -> None:
    from astro_tui.auth.identity import IdentityProvider
    from astro_tui.platform.client import Timeouts

    hasty = IdentityProvider(identity.url, identity.client_id, timeouts=Timeouts(read=0.2, total=0.4, pauses=()))
    identity.faults.set(AUTHENTICATE, fault, count=1)
    after = fingerprint(before.access_token)
    outcome = renew(own, lambda login, organization: hasty.refresh(login.refresh_token, organization), after)
    assert outcome.ending is Ending.UNREACHABLE
    assert own.read() == before
    # On a busy machine, the provider reads the request after the client gave up.
    until(lambda: not len(identity.faults), "the request that failed")
    patient = IdentityProvider(identity.url, identity.client_id, timeouts=Timeouts(pauses=()))
    outcome = renew(own, lambda login, organization: patient.refresh(login.refresh_token, organization), after)
    assert outcome.ending is Ending.RENEWED
    hasty.close()
    patient.close()


@pytest.mark.parametrize("spent", [True, False], ids=["spent", "unspent"])
def test_a_refresh_is_repeated_after_an_unreadable_response(
    identity: DemoIdentity, own: OwnLogin, before: Login, spent: bool
) -> None:
    """A proxy in between may have cut the response off, or sent its own."""
    fault = Fault.cut() if spent else Fault.html(200)
    identity.faults.set(AUTHENTICATE, fault, count=1)
    tokens = tokens_at(own)
    assert tokens.current(Call()) == before.access_token
    # Not at once: the same program waits a while.
    assert tokens.current(Call()) == before.access_token
    assert token_requests(identity) == 1
    assert "cannot be renewed now" in tokens.signed_out(sent=True).message
    again = tokens_at(own)
    assert (again.current(Call()) == before.access_token) is spent
    assert (again.describe().renewable, token_requests(identity)) == (not spent, 2)
    if spent:
        assert tokens_at(own).current(Call()) == before.access_token
        assert token_requests(identity) == 2
        assert "lost" in again.signed_out(sent=True).message


def test_a_full_disk_keeps_the_login(
    identity: DemoIdentity, own: OwnLogin, before: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No token is requested that cannot be stored: the refresh token would be used up for nothing."""

    def refresh(*_given: object) -> Any:
        raise AssertionError

    with monkeypatch.context() as patch:
        full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        patch.setattr(os, "fsync", lambda _descriptor: (_ for _ in ()).throw(full))
        outcome = renew(own, refresh, fingerprint(before.access_token))
    assert (outcome.ending, "No space left" in outcome.message) == (Ending.BLOCKED, True)
    words = signed_out_words(ChosenLogin(LoginKind.OWN, own.stored()), outcome, "", "", sent=True)
    assert words.message.startswith("The login cannot be renewed: ")
    assert "then try again" in in_shell(words.remedies)
    still_good(identity, own, before.access_token)


def test_a_refused_refresh_token_is_not_sent_again_even_if_the_file_cannot_be_written(
    identity: DemoIdentity, own: OwnLogin, before: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark, marks = own.mark, []

    def full(stored: Stored) -> None:
        marks.append(stored)
        if len(marks) > 1:
            raise LoginProblem("The disk is full.")
        mark(stored)

    def refresh(*_given: object) -> Any:
        raise IdentityRefused("invalid_grant", refreshing=True)

    monkeypatch.setattr(own, "mark", full)
    assert renew(own, refresh, fingerprint(before.access_token)).ending is Ending.REJECTED
    assert renew(own, refresh, fingerprint(before.access_token)).ending is Ending.NO_LOGIN
    assert (len(marks), own.exists) == (2, False)


def test_canceling_ends_the_wait_and_the_refresh_continues(
    identity: DemoIdentity, own: OwnLogin, before: Login
) -> None:
    gate = Gate(identity)
    gate.before.clear()
    call = Call()
    call.abort()
    tokens = tokens_at(own)
    assert tokens.current(call) == before.access_token
    assert gate.arrived.wait(DEADLINE)
    gate.open()
    until(lambda: tokens.current(Call()) != before.access_token, "not renewed")
    assert token_requests(identity) == 1


def test_no_token_is_in_the_renewals_arguments_or_environment(
    identity: DemoIdentity, own: OwnLogin, before: Login
) -> None:
    gate = Gate(identity)
    gate.before.clear()
    with using(own) as program:
        go(program)
        assert gate.arrived.wait(DEADLINE)
        (renewal,) = renewals(own.folder)
        seen = b"".join((Path(f"/proc/{renewal}") / name).read_bytes() for name in ("cmdline", "environ"))
        # A signal to the program's process group does not reach it.
        assert os.getpgid(renewal) == os.getsid(renewal) == renewal
        gate.open()
        program.communicate(timeout=DEADLINE)
    assert [token for token in identity.issued if token.encode() in seen] == []
    assert b"renewal" in seen


def test_a_401_renews_once(identity: DemoIdentity, own: OwnLogin) -> None:
    own.sign_in(login_of(identity))
    tokens = tokens_at(own)
    first = tokens.current(Call()) or ""
    second = tokens.renewed(first, Call()) or ""
    assert second not in ("", first)
    # Late threads get the token that is already there.
    assert tokens.renewed(first, Call()) == second
    # A platform that accepts no token does not cause one renewal after another.
    assert tokens.renewed(second, Call()) is None
    assert token_requests(identity) == 1


def kill(program: Forked, *, group: bool) -> None:
    if program.poll() is None:
        if group:
            # It may have ended since it was asked.
            with suppress(ProcessLookupError):
                os.killpg(program.pid, signal.SIGKILL)
        else:
            program.kill()
    program.wait(DEADLINE)


def still_good(identity: DemoIdentity, own: OwnLogin, before: str) -> None:
    """Fail unless the stored login gives a token that some process renewed, without any refusal."""
    until(lambda: not renewals(own.folder), "the renewal does not end")
    tokens: StoredTokens = tokens_at(own)
    token = tokens.current(Call())
    assert token not in (None, before)
    assert identity.authority.claims(token or "", datetime.now(UTC))
    stored = own.stored()
    assert stored is not None
    assert stored.renewable
    assert not identity.counts["refused"]
    assert not list(own.folder.glob(".*"))
    assert own.file.stat().st_mode & 0o777 == 0o600


def test_the_outcome_of_a_renewal_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    renewal = Renewal(lambda: RenewalOutcome(Ending.PROBLEM, "no"))
    assert renewal.wait(threading.Event()) is not None
    assert not renewal.outdated
    monkeypatch.setattr("astro_tui.auth.renewal._FRESH", -1.0)
    assert renewal.outdated
