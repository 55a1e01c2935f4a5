"""How the user left each account: private, bounded, free of secrets, and never in the way."""

from __future__ import annotations

import json
import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from astro_tui.document import Document, Outline, jq_path, path_of_jq
from astro_tui.state import state_file
from astro_tui.state.memory import LARGEST, LARGEST_FOLDS, MOST_RECENT, NOWHERE, AccountPlace, Memory

SERVER = "https://astropods.com"
LEFT = AccountPlace(
    "is:error desk", "age", reverse=True, agent="q7k-0ab-x4d", section="history", preview=False, theme="light"
)


def left(folder: Path, account: str = "acme", **changes: Any) -> None:
    memory = Memory(SERVER, folder)
    memory.note(account, **{name: getattr(LEFT, name) for name in AccountPlace.__struct_fields__} | changes)
    memory.save()


def file_of(folder: Path) -> Path:
    [path] = folder.glob("place-*")
    return path


def test_a_run_finds_what_the_previous_one_left(tmp_path: Path) -> None:
    left(tmp_path / "state")
    assert Memory(SERVER, tmp_path / "state").place("acme") == LEFT
    assert Memory(SERVER, tmp_path / "state").place("other") == NOWHERE
    assert Memory("https://elsewhere.example", tmp_path / "state").place("acme") == NOWHERE
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700
    assert stat.S_IMODE(file_of(tmp_path / "state").stat().st_mode) == 0o600


def test_a_fresh_run_starts_without_it_and_is_remembered(tmp_path: Path) -> None:
    left(tmp_path)
    fresh = Memory(SERVER, tmp_path, fresh=True)
    assert fresh.place("acme") == NOWHERE
    assert fresh.note("acme", order="name")
    fresh.save()
    assert Memory(SERVER, tmp_path).place("acme") == AccountPlace(order="name")


def test_without_changes_nothing_is_written(tmp_path: Path) -> None:
    left(tmp_path)
    before = file_of(tmp_path).stat().st_mtime_ns
    memory = Memory(SERVER, tmp_path)
    assert not memory.note("acme", query=LEFT.query)
    assert not memory.note("", query="no account yet")
    memory.save()
    assert file_of(tmp_path).stat().st_mtime_ns == before


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"\xff", b"[1]", b"null", b"[" * 5000, b"{}", b'{"account": "other"}', b" " * (LARGEST + 1)]
)
def test_a_damaged_file_is_set_aside(raw: bytes, tmp_path: Path) -> None:
    left(tmp_path)
    path = file_of(tmp_path)
    path.write_bytes(raw)
    memory = Memory(SERVER, tmp_path)
    assert memory.place("acme") == NOWHERE
    [problem] = memory.problems
    assert problem.startswith("The saved view of acme is damaged. The file was renamed to ")
    assert path.with_suffix(".damaged").read_bytes() == raw
    assert not path.exists()
    assert Memory(SERVER, tmp_path).problems == []
    left(tmp_path)
    assert Memory(SERVER, tmp_path).place("acme") == LEFT


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=st.dictionaries(st.sampled_from(["version", *AccountPlace.__struct_fields__]), JSON))
def test_odd_values_are_left_out(value: dict[str, Any], tmp_path: Path) -> None:
    for path in tmp_path.iterdir():
        path.unlink()
    left(tmp_path)
    path = file_of(tmp_path)
    path.write_text(json.dumps(json.loads(path.read_text()) | value))
    found = Memory(SERVER, tmp_path).place("acme")
    for name in AccountPlace.__struct_fields__:
        assert type(getattr(found, name)) is type(getattr(NOWHERE, name))
        assert getattr(found, name) in (value.get(name), getattr(NOWHERE, name), getattr(LEFT, name))


def test_a_secret_in_a_filter_is_not_written(tmp_path: Path) -> None:
    secret = "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"
    left(tmp_path, query=f"desk {secret}")
    assert "eyJ" not in file_of(tmp_path).read_text()
    found = Memory(SERVER, tmp_path).place("acme")
    assert (found.query, found.order) == ("", "age")


def test_a_file_is_bounded(tmp_path: Path) -> None:
    left(tmp_path, query="x" * 100_000, agent="é" * 3000)
    assert file_of(tmp_path).stat().st_size <= LARGEST
    assert len(Memory(SERVER, tmp_path).place("acme").query) == 500


def test_the_oldest_files_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state_file, "MOST_KEPT", 3)
    for number in range(5):
        left(tmp_path, f"account-{number}")
        for path in tmp_path.glob("place-*"):
            os.utime(path, ns=(path.stat().st_mtime_ns - 10**9,) * 2)
    kept = [number for number in range(5) if Memory(SERVER, tmp_path).place(f"account-{number}") == LEFT]
    assert kept == [2, 3, 4]


def test_windows_with_different_accounts_do_not_lose_each_others_places(tmp_path: Path) -> None:
    one, two = Memory(SERVER, tmp_path), Memory(SERVER, tmp_path)
    start = threading.Barrier(2)

    def use(memory: Memory, account: str) -> None:
        start.wait()
        for number in range(30):
            memory.note(account, query=f"{account} {number}")
            memory.save()

    threads = [threading.Thread(target=use, args=pair) for pair in ((one, "acme"), (two, "beta"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = Memory(SERVER, tmp_path)
    assert [found.place(name).query for name in ("acme", "beta")] == ["acme 29", "beta 29"]
    assert len(list(tmp_path.iterdir())) == 2


def test_a_folder_that_cannot_be_written_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    left(tmp_path / "taken" / "state")
    assert Memory(SERVER, tmp_path / "taken" / "state").place("acme") == NOWHERE


# ---- the folds of specs


DOCUMENT = b"""{"agent": {"image": "x", "resources": {"cpu": 1, "memory": 2}},
 "jobs": [{"name": "one", "steps": {"a": 1}}, {"name": "two", "steps": {"b": 1}}],
 "env": {"ghp_0123456789abcdefghijABCDEFGHIJ012345": {"deep": {"er": 1}}, "PLAIN": {"value": 1}}}"""


def outline() -> Outline:
    return Outline(Document.parse(DOCUMENT))


def shown(view: Outline) -> list[str]:
    return [jq_path(view.path(row)) for row in range(view.row_count)]


def unfolded(*paths: str) -> Outline:
    view = outline()
    for path in paths:
        view.find(path_of_jq(path))
    return view


def test_folds_are_found_by_the_next_run(tmp_path: Path) -> None:
    left_at = unfolded(".agent.resources.cpu", ".jobs[1].steps.b", ".env.PLAIN.value")
    memory = Memory(SERVER, tmp_path)
    assert memory.folds("q7k") is None
    assert memory.note_folds("q7k", left_at.snapshot(3, 1))
    memory.save()
    found = Memory(SERVER, tmp_path).folds("q7k")
    assert found is not None
    assert (found.cursor, found.top) == ((), ())
    again = outline()
    assert again.restore(found) == (0, 0)
    assert shown(again) == shown(left_at)
    assert not memory.note_folds("q7k", left_at.snapshot(0, 0))
    assert Memory(SERVER, tmp_path).folds("other") is None
    assert Memory(SERVER, tmp_path, fresh=True).folds("q7k") is None
    [path] = tmp_path.glob("folds-*")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_key_that_looks_like_a_secret_is_not_written(tmp_path: Path) -> None:
    secret = "ghp_0123456789abcdefghijABCDEFGHIJ012345"
    memory = Memory(SERVER, tmp_path)
    memory.note_folds("q7k", unfolded(f'.env."{secret}".deep.er', ".agent.resources.cpu").snapshot())
    memory.save()
    [path] = tmp_path.glob("folds-*")
    assert secret not in path.read_text()
    found = Memory(SERVER, tmp_path).folds("q7k")
    assert found is not None
    again = outline()
    again.restore(found)
    assert ".agent.resources.cpu" in shown(again)
    assert secret not in "".join(shown(again))


def test_the_file_of_folds_is_bounded(tmp_path: Path) -> None:
    many = {f"key{number}é" * 80: {"a": {"b": number}} for number in range(300)}
    assert len("".join(many)) > 2 * LARGEST_FOLDS
    view = Outline(Document.parse(json.dumps(many).encode()))
    for key in many:
        view.find((key, "a", "b"))
    memory = Memory(SERVER, tmp_path)
    memory.note_folds("q7k", view.snapshot())
    memory.save()
    [path] = tmp_path.glob("folds-*")
    assert path.stat().st_size <= LARGEST_FOLDS
    assert Memory(SERVER, tmp_path).folds("q7k") is not None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=JSON)
def test_odd_folds_count_as_none(value: Any, tmp_path: Path) -> None:
    memory = Memory(SERVER, tmp_path)
    memory.note_folds("q7k", unfolded(".agent.image").snapshot())
    memory.save()
    [path] = tmp_path.glob("folds-*.json")
    members = json.loads(path.read_text())
    path.write_text(json.dumps(members | {"folds": value}))
    assert Memory(SERVER, tmp_path).folds("q7k") is None
    path.write_text(json.dumps(members | {"folds": {"base": 2, "changes": [value]}}))
    found = Memory(SERVER, tmp_path).folds("q7k")
    if found is not None:
        outline().restore(found)


# ---- what was used last


def test_what_was_used_last_is_found_by_the_next_run(tmp_path: Path) -> None:
    memory = Memory(SERVER, tmp_path)
    assert memory.recent() == ()
    secret = "ghp_0123456789abcdefghijABCDEFGHIJ012345"
    for name in ("x" * 600, "section logs", f"command catalog {secret}", "agent acme/q7k"):
        memory.use(name)
    memory.save()
    assert Memory(SERVER, tmp_path).recent() == ("agent acme/q7k", "section logs")
    assert Memory(SERVER, tmp_path, fresh=True).recent() == ()
    assert Memory("https://elsewhere.example", tmp_path).recent() == ()
    assert secret not in next(tmp_path.glob("recent-*")).read_text()


def test_what_was_used_last_is_bounded(tmp_path: Path) -> None:
    memory = Memory(SERVER, tmp_path)
    names = [f"agent acme/{number}" for number in range(3 * MOST_RECENT)]
    for name in names:
        memory.use(name)
    memory.save()
    assert Memory(SERVER, tmp_path).recent() == memory.recent() == tuple(reversed(names[-MOST_RECENT:]))


@given(st.lists(st.sampled_from("abcdef")))
def test_what_was_used_last_comes_first_and_once(used: list[str]) -> None:
    memory = Memory(SERVER)
    for name in used:
        memory.use(name)
    assert memory.recent() == tuple(dict.fromkeys(reversed(used)))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=JSON)
def test_odd_names_are_left_out(value: Any, tmp_path: Path) -> None:
    memory = Memory(SERVER, tmp_path)
    memory.use("agent acme/q7k")
    memory.save()
    [path] = tmp_path.glob("recent-*.json")
    path.write_text(json.dumps(json.loads(path.read_text()) | {"names": value}))
    assert all(isinstance(name, str) for name in Memory(SERVER, tmp_path).recent())
