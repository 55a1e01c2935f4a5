"""What was last seen of a deployment, kept between runs without secrets, and what the screen says about it."""

from __future__ import annotations

import json
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.app import AppFactory
from support.demo_deployments import CLAIMS, LEGACY, SECRETS
from support.differing import differ, document, outputs, pieces
from support.driving import detail, go_to, opened
from support.on_screen import Clock, flat, running, settled, until, until_text
from support.secret_values import CORPUS, documents, is_due

from astro_tui.demo import DemoServer, Fault
from astro_tui.document import ROOT, Document, Masking, find
from astro_tui.screens.diff.screen import DiffScreen
from astro_tui.state.last_seen import MOST_VALUES, SAME_VISIT, LastSeen, Seen, without_secrets
from astro_tui.state.state_file import MOST_KEPT
from astro_tui.text.redaction import MASK, value_form

pytestmark = pytest.mark.anyio
SERVER = "https://astropods.com"
NOW = datetime(2026, 7, 2, 9, 30, tzinfo=UTC)
IMPORTER = "545-l2i-kfo"
SPEC = document({"agent": {"replicas": 2, "environment": {"DB_PASSWORD": "hunter2", "MODE": "fast"}}})


def seen(at: datetime = NOW, spec: Document = SPEC, status: str = "ACTIVE") -> Seen:
    return Seen(at, status, "b1").with_spec(spec)


def file_of(folder: Path) -> Path:
    [path] = folder.glob("*.json")
    return path


def test_the_next_run_finds_it(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    store = LastSeen(SERVER, folder)
    assert store.before("d1") is None
    store.keep("d1", seen())
    # It is still what was seen before this look: nothing.
    assert store.before("d1") is None
    assert LastSeen(SERVER, folder).before("d1") == seen_again(folder)
    assert LastSeen(SERVER, folder).before("d2") is None
    assert LastSeen("https://elsewhere.example", folder).before("d1") is None
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(file_of(folder).stat().st_mode) == 0o600
    assert "hunter2" not in file_of(folder).read_text()


def seen_again(folder: Path) -> Seen:
    value = json.loads(file_of(folder).read_text())
    return Seen(NOW, "ACTIVE", "b1", spec=value["spec"], digest=value["digest"], salt=value["salt"])


def test_a_quick_return_keeps_the_comparison() -> None:
    store = LastSeen(SERVER)
    store.begin("d", NOW)
    assert store.before("d") is None
    store.keep("d", seen())
    store.begin("d", NOW + SAME_VISIT)
    assert store.before("d") is None
    store.begin("d", NOW + 3 * SAME_VISIT)
    assert store.before("d") is not None


@pytest.mark.parametrize("text", ["", "{", "null", "[]", '{"version": 1}', "\x00\xff", "[" * 100_000])
def test_an_unreadable_file_is_ignored_and_replaced(text: str, tmp_path: Path) -> None:
    LastSeen(SERVER, tmp_path).keep("d", seen())
    file_of(tmp_path).write_text(text, encoding="latin-1")
    store = LastSeen(SERVER, tmp_path)
    assert store.before("d") is None
    store.keep("d", seen())
    assert LastSeen(SERVER, tmp_path).before("d") is not None


@pytest.mark.parametrize("name", ["version", "server", "deployment", "at", "salt", "spec"])
def test_a_member_of_another_type_is_ignored(name: str, tmp_path: Path) -> None:
    LastSeen(SERVER, tmp_path).keep("d", seen())
    path = file_of(tmp_path)
    value = json.loads(path.read_text())
    for wrong in (None, [], 7.5, {"a": 1}):
        path.write_text(json.dumps(value | {name: wrong}))
        assert LastSeen(SERVER, tmp_path).before("d") is None


@pytest.mark.parametrize("spec", ["{", "\ud800", "[" * 600, "{} {}", "nul"])
def test_a_broken_spec_is_ignored(spec: str, tmp_path: Path) -> None:
    LastSeen(SERVER, tmp_path).keep("d", seen())
    value = json.loads(file_of(tmp_path).read_text())
    file_of(tmp_path).write_text(json.dumps(value | {"spec": spec}))
    assert LastSeen(SERVER, tmp_path).before("d") is None


def test_its_size_is_limited(tmp_path: Path) -> None:
    store = LastSeen(SERVER, tmp_path)
    for number in range(MOST_KEPT + 5):
        store.keep(f"../../{number}/\x1b", seen())
        os.utime(max(tmp_path.iterdir(), key=lambda path: path.stat().st_mtime_ns), ns=(number, number))
    kept = list(tmp_path.iterdir())
    assert len(kept) == MOST_KEPT
    assert all(path.name.startswith("seen-https_astropods.com-") for path in kept)
    assert LastSeen(SERVER, tmp_path).before(f"../../{MOST_KEPT + 4}/\x1b") is not None
    assert LastSeen(SERVER, tmp_path).before("../../0/\x1b") is None


def test_half_written_files_are_removed(tmp_path: Path) -> None:
    old, new = tmp_path / ".seen-x.json.1.0", tmp_path / ".seen-y.json.2.0"
    for path in (old, new):
        path.write_text("{")
    os.utime(old, (1, 1))
    LastSeen(SERVER, tmp_path).keep("d", seen())
    assert not old.exists()
    assert new.exists()


def test_a_large_spec_only_shows_that_it_changed(tmp_path: Path) -> None:
    large = document({"list": list(range(MOST_VALUES))})
    long = document({"text": "x" * 1_000_000})
    for spec in (large, long):
        now = seen(spec=spec)
        LastSeen(SERVER, tmp_path).keep("d", now)
        found = LastSeen(SERVER, tmp_path).before("d")
        assert found is not None
        assert (found.spec, found.digest) == ("", now.digest)
        assert file_of(tmp_path).stat().st_size < 1000


def test_without_a_folder_it_lasts_for_this_run(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    store = LastSeen(SERVER, blocked / "state")
    store.keep("d", seen())
    store.begin("d", NOW + 2 * SAME_VISIT)
    assert store.before("d") is not None
    assert LastSeen(SERVER, blocked / "state").before("d") is None


# ---- secrets


def test_a_secret_only_shows_that_it_changed() -> None:
    def kept(value: Any) -> Document:
        return Document.parse(without_secrets(document({"api_key": value, "n": 1}), "salt"))

    old, same, new = kept("hunter2-hunter2"), kept("hunter2-hunter2"), kept("hunter3-hunter3")
    node = find(old, ("api_key",))
    assert node is not None
    assert old.text == same.text
    assert "hunter" not in old.text.decode()
    assert Masking(old).reason(old.line(node)) is not None
    changed = differ(old.text, new.text)
    assert changed.summary == "1 changed"
    assert "hidden" in outputs(changed)
    assert "seen-" not in outputs(changed)
    assert without_secrets(document({"api_key": "hunter2-hunter2"}), "one") != without_secrets(
        document({"api_key": "hunter2-hunter2"}), "two"
    )


def test_every_digest_is_read_as_a_secret() -> None:
    for number in range(0, 65_536, 13):
        # Such as `0000896d`, which is no number of days.
        assert value_form(f"{MASK} password=seen-{number:04x}") is not None, number


def test_no_secret_of_the_corpus_is_stored() -> None:
    for number, (secret, formed) in enumerate(CORPUS):
        for place, (value, named) in enumerate(documents(secret, number)):
            if is_due(number, place) and (named or formed):
                kept = without_secrets(document(value), "salt").decode()
                assert not [piece for piece in pieces(secret) if piece in kept], value
                # A value that was masked once is treated as a secret again, wherever it is.
                again = Document.parse(kept.encode())
                hidden = [again.text[line.value : line.stop] for line in Masking(again).hidden(ROOT)]
                assert hidden, value
                assert all(b"password=seen-" in text for text in hidden), value


# ---- on screen


def remember(app: Any, key: str, server: DemoServer, **changes: str) -> None:
    """Let an app think that a deployment was opened three days ago, with other texts in its spec."""
    from astro_tui.platform.client import Platform

    platform = Platform(server.url, server.token)
    text = platform.template("meridian-labs", "csv-importer", key, 3)["template"].decode()
    platform.close()
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    app.session.last_seen._before[key] = seen(NOW - timedelta(days=3), Document.parse(text.encode()))


async def test_it_is_displayed_and_compared(make_app: AppFactory, demo: DemoServer) -> None:
    app = make_app()
    remember(app, IMPORTER, demo, d55a7c97="0badbeef", plain="warm")
    async with running(app, 100, 30) as pilot:
        await opened(pilot, IMPORTER)
        await until_text(pilot, "since your last visit (3d ago)", "changed", "ACTIVE → FAILED", "D s")
        await pilot.press("D", "s")
        await until(pilot, lambda: isinstance(pilot.app.screen, DiffScreen) and pilot.app.screen.view.diff is not None)
        await until_text(pilot, "diff seen → 3", "3d ago", '"0badbeef" → "d55a7c97"', '"warm" → "plain"')
        await pilot.press("x")
        await until_text(pilot, '"d55a7c97" → "0badbeef"')
        await pilot.press("D", "p")
        await until_text(pilot, "diff 2 → 3", '"96eedee3" → "d55a7c97"')


async def test_the_list_compares_with_a_visit_of_an_earlier_run(make_app: AppFactory, tmp_path: Path) -> None:
    first = make_app()
    first.session.seen_in = tmp_path / "state"
    async with running(first, 100, 30) as pilot:
        await opened(pilot, CLAIMS)
        await until(pilot, lambda: kept_in(tmp_path)[1], "what was seen")
    later = make_app()
    later.session.seen_in = tmp_path / "state"
    async with running(later, 100, 30) as pilot:
        for key, shown in ((CLAIMS, "diff seen → 12"), (LEGACY, "There is no spec from an earlier visit")):
            await go_to(pilot, key)
            await pilot.press("D", "s")
            await until_text(pilot, shown)
            assert "first visit" not in flat(pilot.app)
            await pilot.press("escape")


def kept_in(folder: Path) -> tuple[set[int], str]:
    files = list(folder.rglob("seen-*.json"))
    return {stat.S_IMODE(path.stat().st_mode) for path in files}, "".join(path.read_text() for path in files)


async def test_no_secret_of_a_displayed_spec_is_in_a_file(make_app: AppFactory, tmp_path: Path) -> None:
    app = make_app()
    app.session.seen_in = tmp_path / "state"
    async with running(app, 100, 30) as pilot:
        for key in (LEGACY, CLAIMS):
            await opened(pilot, key)
            await pilot.press("=")
            await pilot.press("escape")
        await until(pilot, lambda: kept_in(tmp_path)[1].count("salt") == 2)
        await settled(pilot)
    modes, text = kept_in(tmp_path)
    assert "LOG_FORMAT" in text
    assert not [secret for secret in SECRETS if secret in text]
    assert modes == {0o600}


async def test_nothing_is_displayed_if_nothing_changed(make_app: AppFactory, demo: DemoServer, clock: Clock) -> None:
    app = make_app()
    async with running(app, 100, 30) as pilot:
        await opened(pilot, CLAIMS)
        await settled(pilot)
        await pilot.press("D", "s")
        await until_text(pilot, "This is your first visit.")
        await pilot.press("escape")
        clock.advance(7200)
        await opened(pilot, CLAIMS)
        await settled(pilot)
        assert "since your last visit" not in flat(pilot.app)
        assert detail(pilot.app).visit.changes.value is not None
        # In the same run too: the spec of the next look is another one.
        record = json.loads(demo_record(demo))
        record["spec"]["agent"]["replicas"] = 77
        demo.faults.set(r"^/agents/.*/claims-desk/deployment$", Fault.response(200, json.dumps(record)))
        await pilot.press("r")
        await until_text(pilot, "since your last visit (2h ago)", "1 changed")


def demo_record(demo: DemoServer) -> str:
    import urllib.request

    request = urllib.request.Request(
        f"{demo.url}/api/v1/agents/meridian-labs/claims-desk/deployment",
        headers={"Authorization": f"Bearer {demo.token}"},
    )
    with urllib.request.urlopen(request) as answer:
        text: str = answer.read().decode()
    return text
