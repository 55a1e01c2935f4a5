"""Invalid UTF-8 and surrogates from a server are replacement characters wherever a spec is displayed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from support.app import NOW, AppFactory
from support.copying import Taken, chosen
from support.demo_deployments import CLAIMS
from support.driving import detail, opened
from support.in_shell import Shell
from support.on_screen import flat, running, settled, until, until_text

from astro_tui.demo import DemoServer, Fault
from astro_tui.document import ALL, Document, Outline
from astro_tui.errors import DocumentError
from astro_tui.state.last_seen import LastSeen, Seen

pytestmark = pytest.mark.anyio
RECORD, TEMPLATE, HISTORY = (
    r"^/agents/meridian-labs/claims-desk/deployment($|\?)",
    r"^/agents/meridian-labs/claims-desk/deployment-template$",
    r"^/agents/meridian-labs/claims-desk/deployment/history",
)
CESU = b"\xed\xa0\xbd\xed\xb8\x80"
SPEC = b'{"note":"caf\xe9","k\xffy":{"cut":"\xf0\x9f\x98"},"cesu":"' + CESU + b'","lone":"\\ud800","ok":"\xc3\xa9"}'
SHOWN = {"note": "caf�", "k�y": {"cut": "�"}, "cesu": "������", "lone": "\ud800", "ok": "é"}
OLDER = SPEC.replace(b"caf", b"tea")
VALUES_ALONE = b'{"note":"caf\xe9","cesu":"' + CESU + b'"}'
"""Without what sends the client's parser to its slow way, which replaces bad bytes itself."""


def answer(demo: DemoServer, spec: bytes = SPEC, older: bytes = OLDER) -> None:
    """Send these specs as the active one and as that of every older revision."""
    record = b'{"id":"%s","agent_name":"claims-desk","build_id":"e88d3146","status":"ACTIVE","spec":%s}'
    demo.faults.set(RECORD, Fault.response(200, record % (CLAIMS.encode(), spec)))
    demo.faults.set(TEMPLATE, Fault.response(200, b'{"template":%s}' % older))


@pytest.fixture
def taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Taken:
    monkeypatch.chdir(tmp_path)
    return Taken()


def saved(folder: Path) -> list[str]:
    """Return the JSON files in a folder, the ones that are still empty left out."""
    return [text for path in folder.glob("*.json") if (text := path.read_text(encoding="utf-8"))]


@pytest.fixture
def shell(
    demo: DemoServer, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> Shell:
    answer(demo)
    return Shell(demo, monkeypatch, capsysbinary, tmp_path)


# ---- the document


def test_a_document_is_valid_utf8_apart_from_escaped_lone_surrogates() -> None:
    document = Document.parse(SPEC)
    assert json.loads(document.text.decode("utf-8", "surrogatepass")) == SHOWN
    outline = Outline(document, ALL)
    assert [outline.row(row).text for row in range(outline.row_count) if not outline.row(row).opens] == [
        "caf�",
        "�",
        "������",
        "<U+D800>",
        "é",
    ]
    assert [outline.row(row).key for row in range(outline.row_count)] == ["note", "k�y", "cut", "cesu", "lone", "ok"]
    assert json.loads(outline.as_json().decode()) == SHOWN
    assert yaml.safe_load(outline.as_yaml()) == SHOWN | {"lone": "�"}


@pytest.mark.parametrize("size", [1 << 20, (1 << 20) - 1, (1 << 20) + 1, (1 << 20) - 2])
def test_a_character_across_a_slice_is_kept(size: int) -> None:
    raw = b'"' + b"x" * (size - 2) + "é😀".encode() + b'"'
    assert Document.parse(raw).text == raw
    assert Document.parse(raw[:-2] + b'"').text == raw[:-5] + "�".encode() + b'"'


def test_the_place_of_an_error_counts_replaced_bytes_as_characters() -> None:
    with pytest.raises(DocumentError, match="line 2, column 7"):
        Document.parse(b'{"\xff": "\xe9",\n "\xe9": }')


@pytest.mark.parametrize("spec", [SPEC, b'"\xff"', b'["\\udfff\\ud800", "\xed\xb0\x80"]', b'{"\\ud800":"\xe9"}'])
def test_a_stored_document_is_read_back_unchanged(spec: bytes, tmp_path: Path) -> None:
    now = Seen(NOW, "ACTIVE", "b1").with_spec(Document.parse(spec))
    LastSeen("https://astropods.com", tmp_path).keep("d", now)
    again = LastSeen("https://astropods.com", tmp_path).before("d")
    assert again == now
    assert Document.parse(now.spec.encode()).text == Document.parse(spec).text


def test_an_id_with_a_lone_surrogate_is_kept_too(tmp_path: Path) -> None:
    LastSeen("https://astropods.com", tmp_path).keep("\ud800", Seen(NOW, "\udfff", "\ud800"))
    assert LastSeen("https://astropods.com", tmp_path).before("\ud800") is not None


# ---- the screens


@pytest.mark.parametrize("spec", [SPEC, VALUES_ALONE])
async def test_the_agent_opens_refreshes_and_every_form_shows_it(
    spec: bytes, make_app: AppFactory, demo: DemoServer, taken: Taken, tmp_path: Path
) -> None:
    shown = SHOWN if spec is SPEC else {"note": "caf�", "cesu": "�" * 6}
    answer(demo, spec)
    app = taken.on(make_app())
    app.session.seen_in = tmp_path / "state"
    async with running(app, 100, 30) as pilot:
        await opened(pilot, CLAIMS)
        await until_text(pilot, "caf�", "������")
        await pilot.press("r")
        await settled(pilot)
        await until(pilot, lambda: (tmp_path / "state").is_dir() and list((tmp_path / "state").glob("seen-*")))
        await pilot.press("slash", *"caf", "enter")
        await until_text(pilot, "1 of 1")
        await chosen(pilot, "y", "y")
        assert taken.texts[-1] == "caf�"
        await chosen(pilot, "y", "d")
        assert json.loads(taken.texts[-1]) == shown
        await pilot.press("m")
        await until_text(pilot, "note: caf�")
        await pilot.press("m")
        await until_text(pilot, '"note": "caf�"')
        await pilot.press("W")
        await until_text(pilot, "as a new file")
        await pilot.press("enter")
        await until(pilot, lambda: saved(tmp_path))
        assert [json.loads(text) for text in saved(tmp_path)] == [shown]


@pytest.mark.nightly
async def test_bad_bytes_in_keys_and_other_members_of_the_record(make_app: AppFactory, demo: DemoServer) -> None:
    body = b'{"id":"%s","agent_name":"cl\xe9","build\xff":"\xe9","spec":{"n\xe9":1},"lone\\ud800":"\\udfff"}'
    demo.faults.set(RECORD, Fault.response(200, body % CLAIMS.encode()))
    async with running(make_app(), 100, 30) as pilot:
        await opened(pilot, CLAIMS)
        await until_text(pilot, "n�")
        await pilot.press("2")
        await until_text(pilot, "build�")
        assert detail(pilot.app)
        assert "�" in flat(pilot.app)


def test_yaml_escapes_what_reorders_or_hides_characters() -> None:
    value = {"a": "x\u202ey", "b\u2066": "first\nl\u200bast", "plain": "ü😀"}
    text = Outline(Document.parse(json.dumps(value).encode()), ALL).as_yaml()
    assert not re.search("[\u200b\u202a-\u202e\u2066]", text)
    assert yaml.safe_load(text) == value


# ---- the shell


def test_view_and_diff_of_files_report_replaced_bytes(shell: Shell) -> None:
    (shell.folder / "new.json").write_bytes(SPEC)
    (shell.folder / "old.yaml").write_bytes(b"note: tea\xe9\n")
    (shell.folder / "old.jsonl").write_bytes(b'{"a":"\xe9"}\n{"b":1}\n')
    note = "astro-tui: new.json is not valid UTF-8; invalid bytes are shown as �\n"
    done = shell("view", "new.json")
    assert (done.code, json.loads(done.out), done.err) == (0, SHOWN, note)
    assert 'note "caf�"' in shell("view", "new.json", "--format", "tree").lines
    assert yaml.safe_load(shell("view", "old.yaml", "--format", "yaml").out) == {"note": "tea�"}
    assert json.loads(shell("view", "old.jsonl").out) == [{"a": "�"}, {"b": 1}]
    done = shell("diff", "old.yaml", "new.json")
    assert done.code == 1
    assert '~ note: "tea�" → "caf�"' in done.lines
    assert done.err == note.replace("new.json", "old.yaml") + note


# ---- addresses


@pytest.mark.parametrize("name", ["\udcff", "a\udced\udca0\udc80"])
def test_a_name_that_is_not_utf8_is_requested_and_unknown(shell: Shell, name: str) -> None:
    for command in (["list", name], ["list", "--account", name], ["show", f"{name}/x"], ["diff", f"{name}/x"]):
        done = shell(*command)
        assert (done.code, done.out) == (2, "")
        assert "/deployments?account=" in done.err
    done = shell("catalog", name)
    assert (done.code, done.out) == (0, "")
    assert "no blueprint in the public catalog matches" in done.err


async def test_an_id_and_a_name_with_lone_surrogates_open(make_app: AppFactory, demo: DemoServer) -> None:
    row = b'{"deployments":[{"id":"\\ud800","name":"n\\udfff","display_name":"Odd One","status":"Running"}]}'
    demo.faults.set(r"^/deployments\?", Fault.response(200, row))
    async with running(make_app(), 100, 30) as pilot:
        await opened(pilot, "\ud800")
        assert "Odd One" in flat(pilot.app)
        await pilot.press("3")
        await settled(pilot)
