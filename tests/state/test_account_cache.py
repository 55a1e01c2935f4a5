"""The accounts kept between runs. Unreadable files are ignored, and nothing ever fails."""

from __future__ import annotations

import json
import os
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from astro_tui.state.account_cache import AccountCache, KnownAccount

SERVER = "https://astropods.com"
NOW = datetime(2026, 7, 2, 9, 30, tzinfo=UTC)
ACCOUNTS = (
    KnownAccount("meridian-labs", "organization", "Meridian Labs", "admin", "acct_1"),
    KnownAccount("harborline", "personal"),
)


def file_of(folder: Path) -> Path:
    [path] = folder.glob("*.json")
    return path


def saved(folder: Path) -> AccountCache:
    remembered = AccountCache(SERVER, folder)
    remembered.opened("harborline")
    remembered.opened("meridian-labs")
    remembered.learned(ACCOUNTS, "user_1", NOW)
    remembered.save()
    return remembered


def test_a_run_finds_the_accounts_of_the_previous_one(tmp_path: Path) -> None:
    saved(tmp_path / "state")
    found = AccountCache(SERVER, tmp_path / "state").load()
    assert (found.account, found.previous, found.user) == ("meridian-labs", "harborline", "user_1")
    assert (found.accounts, found.seen) == (ACCOUNTS, NOW)
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700
    assert stat.S_IMODE(file_of(tmp_path / "state").stat().st_mode) == 0o600


def test_a_run_with_a_wrong_clock_does_not_freeze_the_accounts(tmp_path: Path) -> None:
    wrong = AccountCache(SERVER, tmp_path)
    wrong.learned([KnownAccount(name="old")], "u", datetime.now(UTC) + timedelta(days=1500))
    wrong.save()
    right = AccountCache(SERVER, tmp_path).load()
    right.learned([KnownAccount(name="new")], "u", datetime.now(UTC))
    right.save()
    assert [account.name for account in AccountCache(SERVER, tmp_path).load().accounts] == ["new"]


def test_every_server_has_its_own(tmp_path: Path) -> None:
    saved(tmp_path)
    assert not AccountCache("https://elsewhere.example", tmp_path).load().account
    assert AccountCache("HTTPS://Astropods.com:443/", tmp_path).load().account == "meridian-labs"
    # A file of another server, whatever it is called, is not taken for this one's.
    value = json.loads(file_of(tmp_path).read_text())
    file_of(tmp_path).write_text(json.dumps(value | {"server": "https://elsewhere.example"}))
    assert not AccountCache(SERVER, tmp_path).load().account


def test_the_previous_account() -> None:
    remembered = AccountCache(SERVER)
    assert remembered.opened("a")
    assert not remembered.opened("a")
    assert (remembered.account, remembered.previous) == ("a", "")
    remembered.opened("b")
    remembered.opened("a")
    assert (remembered.account, remembered.previous) == ("a", "b")
    remembered.forget("a")
    assert (remembered.account, remembered.previous) == ("", "b")
    remembered.opened("c")
    assert remembered.previous == "b"


@pytest.mark.parametrize(
    "text", ["", "{", "null", "7", '"text"', "[]", "{}", '{"version":2}', "\x00\xff", "[" * 100_000]
)
def test_an_unreadable_file_is_ignored(text: str, tmp_path: Path) -> None:
    saved(tmp_path)
    file_of(tmp_path).write_text(text, encoding="latin-1")
    found = AccountCache(SERVER, tmp_path).load()
    assert not found.account
    assert not found.accounts
    [problem] = found.problems
    assert problem.startswith("The saved list of accounts is damaged. The file was renamed to ")
    found.opened("harborline")
    found.save()
    assert AccountCache(SERVER, tmp_path).load().account == "harborline"


def test_a_half_written_file_is_ignored(tmp_path: Path) -> None:
    saved(tmp_path)
    path = file_of(tmp_path)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert not AccountCache(SERVER, tmp_path).load().account


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.dictionaries(st.sampled_from(["account", "previous", "user", "seen", "accounts"]), ANYTHING))
def test_any_value_is_tolerated(tmp_path: Path, value: dict[str, object]) -> None:
    saved(tmp_path).save()
    file_of(tmp_path).write_text(json.dumps({"version": 1, "server": SERVER} | value))
    found = AccountCache(SERVER, tmp_path).load()
    assert all(isinstance(text, str) for text in (found.account, found.previous, found.user))
    found.save()


def test_a_pipe_or_a_huge_file_is_not_read(tmp_path: Path) -> None:
    saved(tmp_path)
    path = file_of(tmp_path)
    path.unlink()
    os.mkfifo(path)
    assert not AccountCache(SERVER, tmp_path).load().account
    path.write_text(json.dumps({"version": 1, "server": SERVER, "account": "a", "more": "x" * 1_100_000}))
    assert not AccountCache(SERVER, tmp_path).load().account


def test_a_full_disk_is_ignored(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    saved(tmp_path / "taken" / "state")
    assert not AccountCache(SERVER, tmp_path / "taken" / "state").load().account


def test_two_processes_can_write_at_once(tmp_path: Path) -> None:
    first, second = saved(tmp_path), AccountCache(SERVER, tmp_path).load()
    later = (KnownAccount("new", "organization"),)
    second.learned(later, "user_1", NOW + timedelta(minutes=1))
    second.opened("harborline")
    second.save()
    first.opened("quiet-harbor")
    first.save()
    found = AccountCache(SERVER, tmp_path).load()
    # The account comes from the last writer, and the accounts from the newest response.
    assert (found.account, found.accounts) == ("quiet-harbor", later)


def test_readers_always_find_a_complete_file(tmp_path: Path) -> None:
    saved(tmp_path)
    over = threading.Event()

    def write(account: str) -> None:
        mine = AccountCache(SERVER, tmp_path).load()
        for _ in range(60):
            mine.opened(account)
            mine.opened("meridian-labs")
            mine.save()

    writers = [threading.Thread(target=write, args=(name,)) for name in ("one", "two")]
    for writer in writers:
        writer.start()
    while not over.is_set():
        if not any(writer.is_alive() for writer in writers):
            over.set()
        assert AccountCache(SERVER, tmp_path).load().accounts == ACCOUNTS
    assert [path.name[0] for path in tmp_path.iterdir()] == ["a"], "no half file stays behind"
