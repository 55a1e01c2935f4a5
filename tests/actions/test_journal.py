"""The journal: on disk before anything is sent, whole after a crash, shared by processes, bounded, without secrets."""

from __future__ import annotations

import json
import os
import stat
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from support.acting import CLAIMS, EU, NOW, US, state
from support.deadline import DEADLINE
from support.forked import Forked
from support.logins import until

from astro_tui.actions.context import intended
from astro_tui.actions.kinds import Action, ActionKind
from astro_tui.actions.resolving import words_of
from astro_tui.state import journal as module
from astro_tui.state.journal import ActionStage, BusyError, Journal, JournalEntry, JournalError

SERVER = "https://astropods.example"
PAUSE = Action(ActionKind.PAUSE)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "state" / "actions")


def intend(journal: Journal, action: Action = PAUSE, server: str = SERVER, deployment: str = EU) -> JournalEntry:
    return intended(journal, server, action, CLAIMS._replace(id=deployment), state(), now=NOW)


def test_there_is_nothing_before_the_first_action(journal: Journal) -> None:
    assert journal.entries() == []
    assert not journal.busy(SERVER, EU)
    assert not journal.path.parent.exists()


def test_an_action_is_one_entry_with_its_newest_step(journal: Journal) -> None:
    first = intend(journal)
    second = intend(journal, Action(ActionKind.ROLLBACK, "11"))
    journal.record(first, ActionStage.SENT)
    journal.record(first, ActionStage.DONE, "the platform accepted it")
    found = journal.entries()
    assert [(each.key, each.state) for each in found] == [(first.key, "done"), (second.key, "intended")]
    assert (found[0].outcome, found[0].time) == ("the platform accepted it", "2026-07-04T12:00:00.000Z")
    assert (found[1].argument, found[1].revision, found[1].was) == ("11", 12, "active, revision 12")
    assert (found[0].account, found[0].agent, found[0].id) == ("meridian-labs", "Claims Desk (EU)", EU)
    assert found[0].at == NOW


def test_it_is_synced_to_the_disk_before_it_returns(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    sync = os.fsync

    def counted(descriptor: int) -> None:
        synced.append(stat.S_IFMT(os.fstat(descriptor).st_mode))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", counted)
    entry = intend(journal)
    # The new file, and its name in the folder.
    assert synced == [stat.S_IFREG, stat.S_IFDIR]
    journal.record(entry, ActionStage.SENT)
    assert synced[2:] == [stat.S_IFREG]


def test_it_is_private(journal: Journal) -> None:
    intend(journal)
    folder = journal.path.parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


@pytest.mark.parametrize("make", [lambda path, other: path.symlink_to(other), lambda path, _other: os.mkfifo(path)])
def test_it_is_never_written_through_a_link_or_to_a_pipe(journal: Journal, tmp_path: Path, make: object) -> None:
    other = tmp_path / "other"
    other.write_text("mine")
    journal.path.parent.mkdir(parents=True)
    make(journal.path, other)  # type: ignore[operator]
    with pytest.raises(JournalError, match=r"journal\.jsonl cannot be written"):
        intend(journal)
    assert other.read_text() == "mine"


def test_a_full_disk_is_an_error(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int, _data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(JournalError, match="No space left"):
        intend(journal)


def test_it_contains_no_secrets(journal: Journal) -> None:
    key = "sk-ant-api03-" + "k7J2mQ9xW4" * 4
    named, rename = CLAIMS._replace(name=f"a {key}"), Action(ActionKind.RENAME, f"x {key}")
    entry = intended(journal, SERVER, rename, named, state(), now=NOW)
    journal.record(entry, ActionStage.FAILED, f"refused: password={key} \x1b[31m")
    text = journal.path.read_text()
    assert key[:20] not in text
    assert "\\u001b" not in text
    assert "\x1b" not in text


# ---- damage


@given(st.lists(st.binary(max_size=60), max_size=5), st.integers(0, 400))
def test_damage_hides_only_what_is_damaged(
    tmp_path_factory: pytest.TempPathFactory, junk: list[bytes], cut: int
) -> None:
    journal = Journal(tmp_path_factory.mktemp("journal"))
    first = intend(journal)
    whole = journal.path.read_bytes()
    # Half a line of a process that was killed, and lines of anything.
    torn = whole[: min(cut, len(whole) - 2)]
    journal.path.write_bytes(whole + b"".join(line.replace(b"\n", b"") + b"\n" for line in junk) + torn)
    second = intend(journal, deployment=US)
    assert [each.key for each in journal.entries()] == [first.key, second.key]


def test_lines_of_other_shapes_are_skipped(journal: Journal) -> None:
    entry = intend(journal)
    deep = ('{"x":' + "[" * 100_000, '{"x":' * 30_000)
    with journal.path.open("a") as file:
        for line in (*deep, "", "null", "[]", "{}", '{"key": 7}', '{"key":"x","time":[]}', '{"version":2}', "\udcff"):
            file.write(line.encode("utf-8", "surrogateescape").decode("latin-1") + "\n")
    assert journal.entries() == [entry]


def test_texts_of_the_file_are_safe_to_print_and_bounded(journal: Journal) -> None:
    entry = intend(journal)
    bell = "\x1b]0;pwned\x07\x1b[2J\u202e" + "x" * 1000
    texts = ("time", "account", "agent", "action", "argument", "was", "state", "outcome")
    line = {"key": "k", "server": SERVER, "id": EU} | dict.fromkeys(texts, bell)
    with journal.path.open("a") as file:
        file.write(json.dumps(line) + "\n")
    same, other = journal.entries()
    assert same == entry
    for text in (*(getattr(other, name) for name in texts), words_of(other, NOW)):
        assert text.isprintable()
        assert "pwned" in text
        assert len(text) <= 1200


@pytest.mark.parametrize(
    "time",
    ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59Z", "2026-07-04T12:00:00", "x"],
)
def test_an_invalid_time_is_unknown(journal: Journal, time: str) -> None:
    entry = replace(intend(journal), time=time)
    assert entry.at is None
    assert f"intended {time}" in words_of(entry, NOW)


# ---- size


def test_it_is_bounded_and_forgets_no_open_action(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST", 4000)
    lost = journal.record(intend(journal, deployment=US), ActionStage.UNKNOWN)
    for _number in range(60):
        journal.record(intend(journal), ActionStage.DONE, "x" * 100)
    assert journal.path.stat().st_size <= 4000
    assert journal.older.stat().st_size <= 4000
    assert {path.suffix for path in journal.path.parent.iterdir()} == {".jsonl", ".lock"}
    found = journal.entries()
    assert lost in found
    assert journal.unresolved(SERVER) == [lost]
    assert 5 < len(found) < 30
    assert len({each.key for each in found}) == len(found)


def test_open_actions_are_bounded_too(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST", 4000)
    monkeypatch.setattr(module, "MOST_OPEN", 3)
    keys = [intend(journal).key for _number in range(50)]
    assert journal.path.stat().st_size < 4000
    assert keys[-3:] == [each.key for each in journal.entries()][-3:]


# ---- what is open


def test_what_is_unresolved(journal: Journal) -> None:
    steps = {step: journal.record(intend(journal), step) for step in ActionStage}
    other = intend(journal, server="https://elsewhere.example")
    assert {each.state for each in journal.unresolved(SERVER)} == {"intended", "sent", "unknown"}
    assert journal.unresolved("https://elsewhere.example/api/v1") == [other]
    assert journal.unresolved(SERVER, US) == []
    assert len(steps) == 8


def test_an_action_in_progress_is_not_unresolved(journal: Journal) -> None:
    intend(journal)
    with journal.holding(SERVER, EU):
        assert journal.busy(SERVER, EU)
        assert journal.unresolved(SERVER) == []
        # But a process that is about to act has to know about it.
        assert len(journal.open_ones(SERVER, EU)) == 1
        with pytest.raises(BusyError), journal.holding(SERVER, EU):
            pass
        with journal.holding(SERVER, US):
            assert journal.busy(SERVER, US)
    assert not journal.busy(SERVER, EU)
    assert len(journal.unresolved(SERVER)) == 1


def test_an_error_while_a_deployment_is_held_is_passed_on(journal: Journal) -> None:
    with pytest.raises(OSError, match="mine"), journal.holding(SERVER, EU):
        raise OSError("mine")
    assert not journal.busy(SERVER, EU)


def test_the_last_action_that_may_have_changed_something(journal: Journal) -> None:
    assert journal.last_key(SERVER, EU) == ""
    sent = journal.record(intend(journal), ActionStage.SENT)
    assert journal.last_key(SERVER, EU) == sent.key
    journal.record(intend(journal), ActionStage.REFUSED)
    intend(journal)
    intend(journal, deployment=US)
    assert journal.last_key(SERVER, EU) == sent.key
    assert journal.last_key("https://elsewhere.example", EU) == ""


@pytest.mark.parametrize("what", ["a link", "a folder"])
def test_a_lock_that_cannot_be_opened_is_an_error(journal: Journal, tmp_path: Path, what: str) -> None:
    intend(journal)
    lock = journal.path.parent / module._lock_name(SERVER, EU)
    lock.symlink_to(tmp_path / "elsewhere") if what == "a link" else lock.mkdir()
    for use in (lambda: journal.busy(SERVER, EU), lambda: journal.unresolved(SERVER)):
        with pytest.raises(JournalError, match="cannot be locked"):
            use()
    with pytest.raises(JournalError, match="cannot be locked"), journal.holding(SERVER, EU):
        pytest.fail("held")
    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_that_cannot_be_entered_is_an_error(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_path: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "is_dir", refused)
    with pytest.raises(JournalError, match=r"cannot be read: Permission denied"):
        journal.entries()


def test_what_cannot_be_locked_for_writing_can_still_be_read(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = intend(journal)
    opened = os.open

    def only_reads(path: Path, flags: int, mode: int = 0o777) -> int:
        if flags & (os.O_RDWR | os.O_CREAT):
            raise OSError(30, "Read-only file system")
        return opened(path, flags, mode)

    monkeypatch.setattr(os, "open", only_reads)
    assert journal.entries() == [entry]
    with pytest.raises(JournalError, match="Read-only file system"):
        intend(journal)


# ---- several processes

WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
sys.path[:0] = [{tests!r}]
from support.acting import CLAIMS, NOW, state
from astro_tui.state import journal
from astro_tui.actions.context import intended
from astro_tui.actions.kinds import Action, ActionKind
journal.LARGEST = {largest}
# On a busy disk, eight writers wait longer for each other than a user should.
journal.PATIENCE = 60.0
book = journal.Journal(Path(sys.argv[1]))
sys.stdin.readline()
for number in range({count}):
    rename = Action(ActionKind.RENAME, f"{{sys.argv[2]}}-{{number}}")
    entry = intended(book, "https://astropods.example", rename, CLAIMS, state(), now=NOW)
    book.record(entry, journal.ActionStage.DONE, "x" * 200)
"""


def start(journal: Journal, name: str, count: int, largest: int) -> Forked:
    code = WRITER.format(tests=str(Path(__file__).resolve().parents[1]), count=count, largest=largest)
    return Forked(["-c", str(journal.path.parent), name], code=code)


def test_eight_processes_write_at_once(journal: Journal) -> None:
    writers = [start(journal, f"w{number}", 20, 256 << 10) for number in range(8)]
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    assert [writer.communicate(timeout=DEADLINE)[1] for writer in writers] == [""] * 8
    found = journal.entries()
    assert {each.argument for each in found} == {f"w{writer}-{number}" for writer in range(8) for number in range(20)}
    assert {each.state for each in found} == {"done"}
    lines = journal.path.read_text().splitlines()
    assert len([json.loads(line) for line in lines]) == 320


def test_eight_processes_share_the_older_file(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST", 8_000)
    never_ended = intend(journal)
    writers = [start(journal, f"w{number}", 20, 8_000) for number in range(8)]
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    assert [writer.communicate(timeout=DEADLINE)[1] for writer in writers] == [""] * 8
    assert max(journal.path.stat().st_size, journal.older.stat().st_size) <= 8_000
    lines = [line for path in (journal.older, journal.path) for line in path.read_bytes().splitlines()]
    assert all(map(whole, lines))
    assert journal.unresolved(SERVER) == [never_ended]
    # The last action of some process is there, and every action that is there has ended.
    assert any(each.argument.endswith("-19") for each in journal.entries())
    assert {each.state for each in journal.entries()} == {"intended", "done"}


def test_processes_that_are_killed_while_they_write_lose_only_their_last_line(journal: Journal) -> None:
    intend(journal)
    for round_ in range(4):
        writers = [start(journal, f"r{round_}w{number}", 10_000, 40_000) for number in range(2)]
        for writer in writers:
            writer.stdin.write("go\n")
            writer.stdin.flush()
        size = journal.path.stat().st_size
        until(lambda size=size: journal.path.stat().st_size != size, "a line of one of them")  # type: ignore[misc]
        for writer in writers:
            writer.kill()
            assert writer.communicate(timeout=DEADLINE) == ("", "")
        # No other process waits for their locks, and every other line is whole.
        last = intend(journal)
        assert journal.entries()[-1] == last
        raw = [
            line for path in (journal.older, journal.path) if path.exists() for line in path.read_bytes().split(b"\n")
        ]
        assert sum(not whole(line) for line in raw if line) <= 2 * (round_ + 1)


def whole(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def test_checking_whether_an_agent_is_busy_blocks_nobody(journal: Journal) -> None:
    intend(journal)
    taken, looked = threading.Event(), threading.Event()

    def look() -> None:
        with journal._tried(SERVER, EU):
            taken.set()
            looked.wait(DEADLINE)

    looks = threading.Thread(target=look, daemon=True)
    looks.start()
    assert taken.wait(DEADLINE)
    threading.Timer(0.02, looked.set).start()
    with journal.holding(SERVER, EU):
        looks.join(DEADLINE)
    assert not journal.busy(SERVER, EU)
