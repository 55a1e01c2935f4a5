"""Our own login: where it is stored, how an unusable one is reported, and what signing out removes."""

from __future__ import annotations

import errno
import json
import os
import stat
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.deadline import DEADLINE
from support.logins import SERVER, MemoryKeyring, NoKeyring, jwt, until, using

from astro_tui.auth.claims import Claims, claims_of
from astro_tui.auth.login import Login, LoginProblem
from astro_tui.auth.own_login import Kept, OwnLogin, SignedOut, Stored
from astro_tui.auth.places import own_file
from astro_tui.auth.private_files import shown
from astro_tui.errors import RunCommand
from astro_tui.text.fingerprint import fingerprint

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="file modes of POSIX")
NOW = datetime(2026, 7, 2, 9, 30, tzinfo=UTC)
LOGIN = Login(
    "an-access-private-token",
    "a-private-token-to-refresh",
    NOW,
    "user_01",
    "sam@example.org",
    SERVER,
    "https://id.example",
    "me",
    NOW,
)


@pytest.fixture
def keyring() -> MemoryKeyring:
    return MemoryKeyring()


@pytest.fixture
def in_keyring(tmp_path: Path, keyring: MemoryKeyring) -> OwnLogin:
    return OwnLogin(SERVER, folder=tmp_path / "data", keyring=keyring)


@pytest.fixture
def in_file(tmp_path: Path) -> OwnLogin:
    return OwnLogin(SERVER, folder=tmp_path / "data", keyring=NoKeyring())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# ---- where it is stored


def test_without_a_keyring_it_is_stored_in_a_private_file(in_file: OwnLogin) -> None:
    assert not in_file.exists
    assert in_file.read() is None
    before = os.umask(0o002)
    try:
        place = in_file.sign_in(LOGIN)
    finally:
        os.umask(before)
    assert place == str(in_file.file)
    assert in_file.exists
    assert in_file.read() == LOGIN
    assert (mode(in_file.folder), mode(in_file.file)) == (0o700, 0o600)
    assert {mode(path) for path in in_file.folder.iterdir()} == {0o600}


def test_it_is_replaced_as_a_whole(in_file: OwnLogin) -> None:
    in_file.sign_in(LOGIN)
    open_before = in_file.file.open()
    (in_file.folder / f".{in_file.file.name}.1").write_text("half of an old on")
    in_file.sign_in(Login("another", "more", server=SERVER))
    with open_before:
        # A reader that has the old file open can read all of it.
        assert json.load(open_before)["access_token"] == LOGIN.access_token
    assert in_file.read().access_token == "another"  # type: ignore[union-attr]
    assert [path.name for path in in_file.folder.iterdir() if path.name.startswith(".")] == []


def test_in_the_keyring_it_is_one_item_and_the_file_has_no_secret(in_keyring: OwnLogin, keyring: MemoryKeyring) -> None:
    assert in_keyring.sign_in(LOGIN) == "the test's keyring"
    assert list(keyring.items) == [("astro-tui", SERVER)]
    assert in_keyring.read() == LOGIN
    text = in_keyring.file.read_text()
    assert LOGIN.access_token not in text
    assert LOGIN.refresh_token not in text
    assert json.loads(text)["email"] == "sam@example.org"
    assert in_keyring.place == "the test's keyring"


def test_a_broken_keyring_leaves_the_login_in_the_file(in_keyring: OwnLogin, keyring: MemoryKeyring) -> None:
    in_keyring.sign_in(LOGIN)
    keyring.broken = "The keyring is locked."
    with pytest.raises(LoginProblem, match=r"cannot be read from the keyring\. The keyring is locked\."):
        in_keyring.read()
    newer = Login("another", "more", server=SERVER)
    with in_keyring.lock():
        assert in_keyring.write(Stored(newer, Kept.KEYRING)) is Kept.FILE
    assert in_keyring.read() == newer
    assert mode(in_keyring.file) == 0o600


def test_a_kill_between_keyring_and_file_leaves_a_login(in_keyring: OwnLogin, keyring: MemoryKeyring) -> None:
    in_keyring.sign_in(LOGIN)
    stored = in_keyring.stored()
    assert stored is not None
    mark = fingerprint(LOGIN.refresh_token)
    in_keyring.mark(Stored(LOGIN, Kept.KEYRING, sent=mark))
    assert in_keyring.stored().unanswered  # type: ignore[union-attr]
    newer = Login("another", "more", server=SERVER)
    keyring.items["astro-tui", SERVER] = newer.to_json()
    found = in_keyring.stored()
    assert found is not None
    assert (found.login, found.renewable, found.unanswered) == (newer, True, False)


def test_each_server_has_its_own(tmp_path: Path) -> None:
    servers = ["https://a.example", "http://a.example", "https://a.example:8443", "http://[::1]:80", "http://[::1]:81"]
    names = [own_file(server, tmp_path).name for server in servers]
    assert names[:3] == ["login-a.example.json", "login-http-a.example.json", "login-a.example-8443.json"]
    assert len(set(names)) == len(servers)
    assert own_file("HTTPS://A.example:443/api/v1", tmp_path).name == names[0]
    assert "/" not in own_file("https://..%2f..", tmp_path).name


# ---- what cannot be used


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "damaged"),
        ('{"version": 1, "access_tok', "damaged"),
        ("[1]", "damaged"),
        ("[" * 100_000, "damaged"),
        ("{}", "another server"),
        (json.dumps({"server": SERVER}), "does not contain a login"),
        (json.dumps({"server": SERVER, "version": 2, "access_token": "x"}), "newer version of astro-tui"),
        (json.dumps({"server": SERVER, "version": 1, "access_token": 5}), "no token"),
        (json.dumps({"server": "https://other.example", "version": 1, "access_token": "x"}), "another server"),
    ],
    ids=["empty", "half", "list", "deep", "bare", "unversioned", "newer", "tokenless", "other"],
)
def test_a_damaged_file_is_reported_and_kept(in_file: OwnLogin, text: str, said: str) -> None:
    in_file.folder.mkdir(mode=0o700)
    in_file.file.write_text(text)
    in_file.file.chmod(0o600)
    with pytest.raises(LoginProblem, match=said) as caught:
        in_file.read()
    assert len(str(caught.value).splitlines()) == 1
    assert in_file.file.read_text() == text
    # Signing in replaces it.
    in_file.sign_in(LOGIN)
    assert in_file.read() == LOGIN


def test_a_file_that_others_can_read_is_reported_and_kept(in_file: OwnLogin) -> None:
    in_file.sign_in(LOGIN)
    in_file.file.chmod(0o640)
    with pytest.raises(LoginProblem, match="mode 0640") as caught:
        in_file.read()
    assert caught.value.fix == RunCommand(f"chmod 600 {shown(in_file.file)}")
    assert mode(in_file.file) == 0o640


def test_another_users_file_is_not_used(in_file: OwnLogin, monkeypatch: pytest.MonkeyPatch) -> None:
    in_file.sign_in(LOGIN)
    monkeypatch.setattr("astro_tui.auth.private_files.os.geteuid", lambda: os.getuid() + 1)
    with pytest.raises(LoginProblem, match="belongs to another user"):
        in_file.read()
    with pytest.raises(LoginProblem, match="belongs to another user"):
        in_file.sign_in(LOGIN)


def test_a_folder_that_others_can_write_to_gets_no_login(in_file: OwnLogin) -> None:
    in_file.folder.mkdir()
    in_file.folder.chmod(0o777)
    words = r"^You signed in, but the login cannot be stored\. Others can write to .* \(mode 0777\)\.$"
    with pytest.raises(LoginProblem, match=words) as caught:
        in_file.sign_in(LOGIN)
    assert caught.value.fix == RunCommand(f"chmod 700 {shown(in_file.folder)}")
    assert mode(in_file.folder) == 0o777
    assert not in_file.exists


def test_a_login_missing_from_the_keyring(in_keyring: OwnLogin, keyring: MemoryKeyring) -> None:
    in_keyring.sign_in(LOGIN)
    keyring.items.clear()
    with pytest.raises(LoginProblem, match="missing from the keyring"):
        in_keyring.read()
    keyring.items["astro-tui", SERVER] = "{"
    with pytest.raises(LoginProblem, match=r"The item in the keyring cannot be used: it is damaged\."):
        in_keyring.read()


def test_a_folder_that_cannot_be_created(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    own = OwnLogin(SERVER, folder=tmp_path / "data", keyring=NoKeyring())
    with pytest.raises(LoginProblem):
        own.sign_in(LOGIN)
    assert own.read() is None


def test_prepare_checks_for_free_space(in_file: OwnLogin, monkeypatch: pytest.MonkeyPatch) -> None:
    in_file.prepare()
    assert not in_file.folder.exists()
    in_file.sign_in(LOGIN)
    before = in_file.file.read_text()
    in_file.prepare()
    with in_file.lock():
        OwnLogin(SERVER, folder=in_file.folder, keyring=NoKeyring()).prepare()
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    monkeypatch.setattr(os, "fsync", lambda _descriptor: (_ for _ in ()).throw(full))
    words = r"^No login can be stored, so signing in would not help\. .* cannot be written: No space left on device\.$"
    with pytest.raises(LoginProblem, match=words):
        in_file.prepare()
    assert in_file.file.read_text() == before
    assert not list(in_file.folder.glob(".*"))


# ---- signing out


def test_signing_out_removes_and_reports_it(in_keyring: OwnLogin, keyring: MemoryKeyring) -> None:
    assert in_keyring.sign_out() == SignedOut([])
    assert not in_keyring.folder.exists()
    in_keyring.sign_in(LOGIN)
    (in_keyring.folder / f".{in_keyring.file.name}.77").write_text("left by a crash")
    done = in_keyring.sign_out()
    removed = f"Removed the tokens for {SERVER} from the test's keyring."
    assert done == SignedOut([removed, f"Removed {in_keyring.file}."])
    assert not keyring.items
    assert not in_keyring.exists
    assert [path.name for path in in_keyring.folder.iterdir()] == [f"{in_keyring.file.name}.lock"]


def test_signing_out_of_a_file(in_file: OwnLogin) -> None:
    in_file.sign_in(LOGIN)
    assert in_file.sign_out() == SignedOut([f"Removed {in_file.file}."])
    in_file.sign_in(LOGIN)
    in_file.file.write_text("{")
    # Without a keyring there is nothing to report about it.
    assert in_file.sign_out() == SignedOut([f"Removed {in_file.file}."])


def test_signing_out_while_the_keyring_is_locked(in_keyring: OwnLogin, keyring: MemoryKeyring) -> None:
    in_keyring.sign_in(LOGIN)
    keyring.broken = "The keyring is locked."
    done = in_keyring.sign_out()
    kept, removed = done.messages
    assert kept == f"The tokens are still in the test's keyring as astro-tui / {SERVER}. The keyring is locked."
    assert removed.startswith("Removed")
    assert done.incomplete
    assert in_keyring.read() is None
    # They are not forgotten although there is no file.
    told = f"There may still be tokens in the test's keyring as astro-tui / {SERVER}. The keyring is locked."
    assert in_keyring.sign_out() == SignedOut([told], incomplete=True)
    keyring.broken = ""
    assert in_keyring.sign_out() == SignedOut([f"Removed the tokens for {SERVER} from the test's keyring."])
    assert not keyring.items


# ---- one at a time


def test_one_process_at_a_time(in_file: OwnLogin) -> None:
    other = OwnLogin(SERVER, folder=in_file.folder, keyring=NoKeyring())
    with in_file.lock():
        with pytest.raises(LoginProblem, match="is using the login"), other.lock(0.05):
            pass
        with pytest.raises(LoginProblem, match="canceled"), other.lock(30, lambda: True):
            pass
        assert not other.idle()
    assert other.idle()
    turn = threading.Event()

    def wait() -> None:
        with other.lock(20):
            turn.set()

    with in_file.lock():
        waiting = threading.Thread(target=wait)
        waiting.start()
        assert not turn.wait(0.1)
    waiting.join(DEADLINE)
    assert turn.is_set()


def test_a_lock_ends_with_its_process(in_file: OwnLogin) -> None:
    in_file.sign_in(LOGIN)
    with using(in_file) as program:
        program.kill()
    until(in_file.idle, "still locked")


# ---- how long a token is good


def granted(lifetime: float, *, skew: float = 0, age: float = 0) -> Login:
    """Return a login of a provider whose clock is `skew` seconds ahead, obtained `age` seconds before NOW."""
    issued = NOW + timedelta(seconds=skew - age)
    ends = issued + timedelta(seconds=lifetime)
    token = jwt(iat=issued.timestamp(), exp=ends.timestamp())
    return Login(token, "r", claims_of(token).expires, obtained=NOW - timedelta(seconds=age))


@pytest.mark.parametrize("skew", [0, 7200, -7200])
@pytest.mark.parametrize(
    ("lifetime", "age", "fresh", "usable"),
    [
        (3600, 0, True, True),
        (3600, 3299, True, True),
        (3600, 3301, False, True),
        (3600, 3601, False, False),
        # Otherwise, a token of five minutes would be renewed for every request.
        (300, 0, True, True),
        (300, 224, True, True),
        (300, 226, False, True),
        (60, 44, True, True),
    ],
)
def test_when_a_token_is_renewed_with_a_wrong_clock(
    lifetime: float, age: float, fresh: bool, usable: bool, skew: float
) -> None:
    login = granted(lifetime, skew=skew, age=age)
    assert (login.fresh(NOW), login.usable(NOW)) == (fresh, usable)


def test_a_token_without_an_issue_time() -> None:
    ends = Login("opaque", "r", NOW + timedelta(minutes=6), obtained=NOW)
    assert ends.fresh(NOW)
    assert not ends.fresh(NOW + timedelta(minutes=2))
    assert not ends.usable(NOW + timedelta(minutes=7))
    unknown = Login("opaque", "r")
    assert unknown.fresh(NOW)
    assert unknown.left(NOW) is None
    # The machine's clock is ahead: a token that has just arrived is trusted for a while.
    skewed = Login("opaque", "r", NOW - timedelta(hours=1), obtained=NOW)
    assert skewed.usable(NOW + timedelta(seconds=10))
    assert not skewed.usable(NOW + timedelta(seconds=70))
    # The clock has been set back since then.
    assert granted(3600, age=-7200).left(NOW) == timedelta(hours=3)


texts = st.text(max_size=30)
times = st.datetimes(datetime(1971, 1, 1), datetime(2199, 1, 1), timezones=st.just(UTC)) | st.none()  # noqa: DTZ001  Hypothesis adds the time zone


@given(st.builds(Login, texts.filter(bool), texts, times, texts, texts, texts, texts, texts, times))
def test_a_login_comes_back_as_it_was(login: Login) -> None:
    assert Login.of_json(login.to_json()) == login
    assert not {"access_token", "refresh_token"} & login.members(secrets=False).keys()


@given(st.text() | st.builds(lambda head, body, tail: f"{head}.{body}.{tail}", st.text(), st.text(), st.text()))
def test_no_token_is_too_odd(token: str) -> None:
    assert isinstance(claims_of(token), Claims)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text() | st.integers(), st.lists))
def test_no_claim_is_too_odd(value: object) -> None:
    said = claims_of(jwt(sub=value, exp=value, iat=value, org_id=value, sid=value))
    assert isinstance(said.subject, str)


def test_the_claims_of_a_token() -> None:
    said = claims_of(jwt(sub="user_01", exp=1_800_000_000, iat=1_799_999_700, org_id="org_01", sid="session_01"))
    assert said == Claims(
        "user_01",
        datetime.fromtimestamp(1_800_000_000, UTC),
        datetime.fromtimestamp(1_799_999_700, UTC),
        "org_01",
        "session_01",
    )
    assert claims_of("opaque") == claims_of("a.b.c") == claims_of("") == Claims()


def test_a_token_that_ends_in_the_last_year_has_no_known_end() -> None:
    token = jwt(exp=253_402_300_799, iat=-1)
    assert (claims_of(token).expires, claims_of(token).issued) == (None, None)
    members = Login(token, "r").members() | {"expires": "9999-12-31T23:59:59-14:00", "obtained": "0001-01-01T00:00:00"}
    assert Login.of_members(members) == Login(token, "r")
    assert Login(token, "r").usable(NOW)


def test_no_repr_contains_a_token(in_file: OwnLogin) -> None:
    in_file.sign_in(LOGIN)
    for thing in (LOGIN, in_file.stored(), in_file):
        assert "an-access" not in repr(thing)
        assert "a-refresh" not in repr(thing)
