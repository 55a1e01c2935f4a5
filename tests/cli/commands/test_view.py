"""`astro-tui view`: any JSON or YAML file in the tree or printed, and one line for an invalid file."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from support.deadline import DEADLINE
from support.in_shell import PROGRAM, program
from support.on_screen import flat, until, until_text
from support.terminal import Terminal, environment

from astro_tui.app.app import AstroApp
from astro_tui.clipboard.ways import Clipboard
from astro_tui.document import ALL, Document, Outline, jq_path
from astro_tui.document.loading import Background, LoadedDocument, parse, read_all, read_start
from astro_tui.document.printing import printed, safe_for_terminal, tree_lines
from astro_tui.document.yaml_reader import YamlText
from astro_tui.errors import ConfigError, DocumentError
from astro_tui.platform.client import Platform
from astro_tui.screens.viewer import STYLES, ViewerScreen
from astro_tui.session.session import Session
from astro_tui.state.settings import Settings
from astro_tui.theme.look import Look

DOCUMENT = {"name": "Größe", "n": 1.5, "password": "hunter2-hunter2", "list": [{"name": "one"}, True, None]}
TOO_DEEP = "The document is nested deeper than 500 levels"
BAD = {
    "binary.json": (b'{"a": "\0"}', "The file is binary: it contains a NUL byte (line 1, column 8)."),
    "utf16.json": ("{}".encode("utf-16"), "The file is UTF-16 text, not UTF-8."),
    "truncated.json": (b'{"a": [1,\n2', "Not JSON: it ends too early (line 2, column 2)."),
    "comma.json": (b'{"a": 1,}', "Not JSON: trailing comma in object (line 1, column 9)."),
    "empty.json": (b"", "Not JSON: it is empty (line 1, column 1)."),
    "deep.json": (b'{"[{": \n' + b"[" * 502 + b"]" * 502 + b"}", f"{TOO_DEEP} (line 2, column 500)."),
    "deepest.json": (b"[" * 3000 + b"]" * 3000, f"{TOO_DEEP} (line 1, column 501)."),
    "deep.yaml": (b"\n" + b"- " * 502 + b"x", f"{TOO_DEEP} (line 2, column 1003)."),
    "unfolded.yaml": (b"a: &a " + b"[" * 400 + b"]" * 400 + b"\nb: " + b"[" * 200 + b"*a" + b"]" * 200, f"{TOO_DEEP}."),
    "words.txt": (b"hello\nworld\n", "Neither JSON nor YAML: it is plain text (line 1, column 1)."),
    "code.py": (b"x = [\n1: {2\n", "Neither JSON nor YAML: "),
    "bracket.yaml": (b"a: [1\nb: }\n", "Not YAML: did not find expected ',' or ']' (line 2, column 2)."),
    "alias.yaml": (b"a: *nobody\n", "Not YAML: anchor &nobody is not defined (line 1, column 4)."),
    "itself.yaml": (b"&a [*a]\n", "Not YAML: *a contains itself (line 1, column 5)."),
    "comments.yaml": (b"# nothing\n", "The file contains no data."),
    "lines.jsonl": (b'{"a":1}\n{"a":2\n', "Not JSON: it ends too early (line 2, column 7)."),
}
LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefghi", "bcdefghij", strict=True)
)


def home(folder: Path) -> dict[str, str]:
    """Return the environment of a user without any clipboard tool."""
    there = environment(str(folder), {"TERM": "xterm-256color"})
    return {key: value for key, value in there.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY", "TMUX", "STY")}


def run(folder: Path, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    done = program(home(folder), folder, "view", *arguments, given=given.decode("utf-8", "surrogateescape"))
    out, err = (text.encode("utf-8", "surrogateescape") for text in (done.stdout, done.stderr))
    return subprocess.CompletedProcess(done.args, done.returncode, out, err)


def text_of(raw: bytes, name: str = "") -> object:
    return json.loads(parse(raw, name).document.text)


# ---- what is read


# PyYAML cannot read back what it writes for these.
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x85\u2028\u2029\ufeff"), max_size=20).filter(
    # PyYAML writes them without quotes, and JSON has them as numbers.
    lambda text: not re.fullmatch(r"[-+]?[0-9.]+[eE][-+]?[0-9]+", text)
)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | TEXTS,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
        max_leaves=20,
    )
)
def test_any_value_written_as_yaml_is_read_again(value: object) -> None:
    raw = yaml.safe_dump(value, allow_unicode=True).encode()
    assert json.loads(YamlText(raw).text) == value


def lines_of(raw: bytes) -> list[tuple[str, int]]:
    """Return the path of each node of a YAML file with its line."""
    document = parse(raw, "x.yaml").document
    outline = Outline(document, ALL)
    return [(jq_path(outline.path(row)), outline.row(row).line) for row in range(outline.row_count)]


@given(
    st.recursive(st.integers() | TEXTS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=20)
)
def test_every_node_of_a_yaml_file_knows_its_line(value: object) -> None:
    raw = yaml.safe_dump([value], allow_unicode=True, width=30).encode()
    expected: list[int] = []

    def walk(node: yaml.Node, line: int) -> None:
        expected.append(line + 1)
        for inner in node.value if isinstance(node, yaml.CollectionNode) else ():
            key, item = inner if isinstance(inner, tuple) else (inner, inner)
            walk(item, key.start_mark.line)

    root = yaml.compose(raw)
    assert root is not None
    walk(root, 0)
    assert [line for _path, line in lines_of(raw)] == expected[1:]


def test_lines_of_aliases_tags_keys_and_several_documents() -> None:
    raw = b"""# a comment
base: &base
  x: [1,
      2]
again: *base
? {k: &inner v, l: [1, 2]}
: after
own: !Join
  - a
  - *base
&key name: 1
list: [*key, *key]
---
# another
- |
  long
  text
- end
"""
    assert lines_of(raw) == [
        (".[0]" + path, line)
        for path, line in [
            ("", 2), (".base", 2), (".base.x", 3), (".base.x[0]", 3), (".base.x[1]", 4),
            (".again", 5), (".again.x", 5), (".again.x[0]", 5), (".again.x[1]", 5),
            ('."{\\"k\\":\\"v\\",\\"l\\":[1,2]}"', 6),
            (".own", 8), ('.own."!Join"', 8), ('.own."!Join"[0]', 9), ('.own."!Join"[1]', 10),
            ('.own."!Join"[1].x', 10), ('.own."!Join"[1].x[0]', 10), ('.own."!Join"[1].x[1]', 10),
            (".name", 11), (".list", 12), (".list[0]", 12), (".list[1]", 12),
        ]
    ] + [(".[1]", 15), (".[1][0]", 15), (".[1][1]", 18)]  # fmt: skip


def test_yaml_as_it_was_written() -> None:
    raw = b"""
a: 1.10
big: 123456789012345678901234567890
hex: 0x1F
under: 1_000
octal: 0644
inf: .inf
norway: no
yes: True
none: ~
empty:
day: 2026-07-02
quoted: '12'
told: !!str 12
number: !!int '3'
own: !Ref bucket
join: !Join ['-', [a, b]]
1: one
null: nothing
? [a, b]
: pair
a: again
base: &base {x: 1}
more:
  <<: *base
"""
    text = YamlText(raw).text.decode()
    assert text.startswith('{"a":1.10,"big":123456789012345678901234567890,"hex":"0x1F","under":"1_000",')
    value = json.loads(text)
    assert {key: value[key] for key in ("octal", "inf", "norway", "yes", "none", "empty", "day", "quoted")} == {
        "octal": "0644",
        "inf": ".inf",
        "norway": "no",
        "yes": True,
        "none": None,
        "empty": None,
        "day": "2026-07-02",
        "quoted": "12",
    }
    assert (value["told"], value["number"], value["own"]) == ("12", 3, {"!Ref": "bucket"})
    assert value["join"] == {"!Join": ["-", ["a", "b"]]}
    assert (value["1"], value["null"], value['["a","b"]']) == ("one", "nothing", "pair")
    assert value["more"] == {"<<": {"x": 1}}
    assert text.count('"a":') == 2


def test_several_documents_are_a_list() -> None:
    objects = [f"kind: {kind}\nmetadata:\n  name: web\n" for kind in ("Deployment", "Service")]
    reading = parse("---\n".join(objects).encode(), "x.yaml")
    assert [line for line in tree_lines(reading.document) if line[0] != " "] == [
        "0 Deployment/web {2}",
        "1 Service/web {2}",
    ]
    reading = parse(b"a: 1\n---\n- 2\n--- three\n", "x.yaml")
    assert json.loads(reading.document.text) == [{"a": 1}, [2], "three"]
    assert reading.about == "YAML, 3 documents, 23 bytes"


def test_lines_of_json_are_a_list() -> None:
    raw = b'{"a": 1}\n\n{"a": 2}\r\n[3]\n'
    reading = parse(raw)
    assert json.loads(reading.document.text) == [{"a": 1}, {"a": 2}, [3]]
    assert reading.about == "JSON lines, 3 documents, 24 bytes"
    assert text_of(raw, "x.json") == text_of(raw, "x.jsonl")


def test_the_form_is_detected_from_the_content() -> None:
    assert parse(b"a: 1").form == "YAML"
    assert parse(b"{a: 1, b: [x]}").form == "YAML"
    assert parse(b'{"a": 1}', "x.yaml").form == "YAML"
    assert parse(b"\xef\xbb\xbf[1]").form == "JSON"
    assert text_of(b"just words", "x.yaml") == "just words"
    assert text_of(b'"words"') == "words"


def test_aliases_do_not_explode() -> None:
    with pytest.raises(DocumentError, match=r"aliases and keys expand to more than 64 MiB \(line \d+, column \d+\)"):
        parse(LAUGHS.encode())
    assert text_of(b"&k a: 1\nb: *k\n*k : 3", "x.yaml") == {"a": 3, "b": "a"}


def test_keys_that_are_mappings_do_not_explode() -> None:
    nested = "{q: 1}"
    for _level in range(60):
        nested = f"{{ ? {nested} : 1}}"
    with pytest.raises(DocumentError, match=r"a key is longer than 64 KiB when written as text \(line"):
        parse(nested.encode(), "x.yaml")
    assert text_of(b"? {a: [1, 2]}\n: x\n? 7\n: y\n", "x.yaml") == {'{"a":[1,2]}': "x", "7": "y"}
    many = b"".join(b"? {n: %d}\n: 1\n" % number for number in range(200))
    with pytest.raises(DocumentError, match=r"expand to more than 0 MiB \(line \d+, column \d+\)"):
        YamlText(many, limit=1000)
    assert len(json.loads(YamlText(many).text)) == 200


def test_too_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="too large"):
        read_all(io.BufferedReader(_pipe(b"x" * 100)), 99)
    assert read_all(io.BufferedReader(_pipe(b"x" * 100)), 100) == b"x" * 100
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate((512 << 20) + 1)
    done = run(tmp_path, "sparse")
    # Or the whole file would be searched for tokens.
    (tmp_path / "sparse").unlink()
    assert (done.returncode, done.stderr) == (2, b"astro-tui: sparse is too large: 537 MB (limit: 537 MB)\n")


def _pipe(data: bytes) -> io.FileIO:
    reader, writer = os.pipe()
    os.write(writer, data)
    os.close(writer)
    return io.FileIO(reader)


# ---- printed


def test_every_form_is_printed_masked(tmp_path: Path) -> None:
    raw = json.dumps(DOCUMENT, ensure_ascii=False)
    (tmp_path / "d.json").write_text(raw)
    masked = DOCUMENT | {"password": "••••••••"}
    done = run(tmp_path, "d.json")
    assert (done.returncode, done.stderr, json.loads(done.stdout)) == (0, b"", masked)
    done = run(tmp_path, "d.json", "--format", "yaml")
    assert yaml.safe_load(done.stdout) == masked
    done = run(tmp_path, "-", "--format", "tree", given=raw.encode())
    assert done.stdout.decode().splitlines() == [
        'name "Größe"',
        "n 1.5",
        "password ••••••••",
        "list [3]",
        "  0 one {1}",
        '    name "one"',
        "  1 true",
        "  2 null",
    ]
    for form in ("json", "yaml", "tree"):
        assert b"hunter2" not in run(tmp_path, "d.json", "--format", form).stdout
        assert b"hunter2-hunter2" in run(tmp_path, "d.json", "--format", form, "--reveal").stdout


def test_printing_imports_no_screen_library(tmp_path: Path) -> None:
    (tmp_path / "d.json").write_text("[1]")
    code = (
        "import sys, os; leave = os._exit\n"
        "def told(code):\n"
        "    heavy = {'textual', 'httpx', 'pydantic', 'asyncio'} & set(sys.modules)\n"
        "    print(sorted(heavy), file=sys.stderr, flush=True); leave(code)\n"
        "os._exit = told\n"
        "from astro_tui.cli.main import main; main(['view', 'd.json'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=home(tmp_path), capture_output=True, check=True
    )
    assert done.stdout == b"[\n  1\n]\n"
    assert done.stderr == b"[]\n"


def test_nothing_printed_moves_a_cursor() -> None:
    document = Document.parse('{"a\u202e": "\u009b31m\\u001b[2J"}'.encode())
    for form in ("json", "yaml", "tree"):
        text = b"".join(safe_for_terminal(piece) for piece in printed(document, form, reveal=False)).decode()
        assert not set("\x1b\x9b\u202e") & set(text)
    assert list(tree_lines(Document.parse(b'"x"'))) == ['"x"']


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_one_line(name: str, tmp_path: Path) -> None:
    raw, said = BAD[name]
    with pytest.raises(DocumentError) as caught:
        parse(raw, name)
    assert str(caught.value).startswith(said)
    if "(line" in said:
        assert f"(line {caught.value.line}, column {caught.value.column})" in said


def test_errors_name_the_file(tmp_path: Path) -> None:
    for name, (raw, said) in list(BAD.items())[:4]:
        (tmp_path / name).write_bytes(raw)
        done = run(tmp_path, name)
        assert (done.returncode, done.stdout) == (2, b"")
        assert done.stderr.decode() == f"astro-tui: {name}: {said}\n"
    done = run(tmp_path, "-", given=b"{")
    assert done.stderr == b"astro-tui: standard input: Not JSON: it ends too early (line 1, column 2).\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.json"], "cannot read missing.json: No such file or directory"),
        (["."], ". is a directory"),
        ([""], "astro-tui: the file name is empty; for standard input, use -\n"),
        (["\x1b[2Jx"], "cannot read ␛[2Jx: No such file"),
        ([], "which file? astro-tui view FILE"),
        (["a", "b"], "too many arguments: b"),
        (["a", "--format", "xml"], "--format"),
        (["a", "--theme", "pink"], "--theme: unknown theme 'pink'"),
    ],
)
def test_what_cannot_be_opened(arguments: list[str], said: str, tmp_path: Path) -> None:
    done = run(tmp_path, *arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.count(b"\n") == 1
    assert said in done.stderr.decode()


# ---- on a terminal


def test_a_file_on_a_terminal_opens_folds_and_quits(tmp_path: Path) -> None:
    (tmp_path / "d.json").write_text(json.dumps(DOCUMENT))
    with Terminal([PROGRAM, "view", "d.json"], home(tmp_path), 80, 20, str(tmp_path)) as terminal:
        terminal.until_text("d.json", "list [3]", "••••••••", "name          ")
        terminal.send("G")
        terminal.until_text(".list[2]")
        terminal.send("h")
        terminal.until_text(".list ")
        terminal.send("h")
        terminal.until(lambda: "0 one" not in terminal.text, "folded")
        # Both keys at once: the second one is already for the menu.
        terminal.send("yp")
        terminal.until_text("sent 5 characters to the terminal (OSC 52)")
        assert b"\x1b]52;c;Lmxpc3Q=\x07" in terminal.raw
        assert "hunter2" not in terminal.text
        terminal.send("q")
        assert terminal.wait()[0] == 0


def test_a_pipe_is_read_and_the_keys_come_from_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "d.yaml").write_text("first: 1\nsecond: {deep: [x]}\n")
    command = ["/bin/sh", "-c", f"cat d.yaml | {PROGRAM} view -"]
    with Terminal(command, home(tmp_path), 80, 20, str(tmp_path)) as terminal:
        terminal.until_text("standard input", "second {1}", "YAML")
        terminal.send("G")
        terminal.until_text(".second.deep[0]")
        terminal.send("q")
        assert terminal.wait()[0] == 0


def test_the_program_can_quit_while_a_pipe_is_open(tmp_path: Path) -> None:
    command = ["/bin/sh", "-c", f"(printf '['; exec sleep 30) | {PROGRAM} view -; echo left $?"]
    with Terminal(command, home(tmp_path), 80, 20, str(tmp_path)) as terminal:
        terminal.until_text("loading")
        terminal.send("q")
        terminal.until(lambda: b"\x1b[?1049l" in terminal.raw, "the screen is gone")


def test_a_bad_file_is_reported_without_a_screen(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("[1,")
    with Terminal([PROGRAM, "view", "bad.json"], home(tmp_path), 80, 20, str(tmp_path)) as terminal:
        assert terminal.wait()[0] == 2
        assert b"1049h" not in terminal.raw
        assert b"astro-tui: bad.json: Not JSON: it ends too early (line 1, column 4)." in terminal.raw


def test_a_terminal_as_standard_input_is_no_document(tmp_path: Path) -> None:
    with Terminal([PROGRAM, "view", "-"], home(tmp_path), 80, 20, str(tmp_path)) as terminal:
        assert terminal.wait()[0] == 2
        assert b"pipe a document into it" in terminal.raw


# ---- the screen


def viewer(background: Background, name: str = "d.json") -> AstroApp:
    settings = Settings()
    session = Session(settings, Platform(settings.server), Look())
    app = AstroApp(session, first=lambda: ViewerScreen(session, name, background), styles=STYLES)
    app.copier = Clipboard({"TERM": "xterm-256color"})
    return app


@pytest.mark.anyio
async def test_the_frame_is_there_before_the_document() -> None:
    ready = threading.Event()

    def read() -> LoadedDocument:
        assert ready.wait(DEADLINE)
        return parse(b'{"a": 1}')

    app = viewer(Background(read).start())
    async with app.run_test(size=(80, 20)) as pilot:
        await until_text(pilot, "view d.json", "loading")
        ready.set()
        await until_text(pilot, "JSON, 8 bytes", "1 value", ".a")


def waiting(value: object) -> tuple[Background, threading.Event]:
    """Return a large document whose start is known, read as soon as the event is set."""
    raw, ready = json.dumps(value).encode(), threading.Event()

    def read() -> LoadedDocument:
        assert ready.wait(DEADLINE)
        return parse(raw)

    return Background(read, read_start(io.BytesIO(raw), "d.json")), ready


@pytest.mark.anyio
async def test_keys_wait_for_the_rest_of_the_document() -> None:
    items = [{"id": number, "name": f"item-{number}"} for number in range(20_000)]
    background, ready = waiting({"one": 1, "password": "hunter-two", "items": items, "last": {"end": "far"}})
    app = viewer(background)
    async with app.run_test(size=(80, 20)) as pilot:
        await until_text(pilot, "one", "items", "[…]", "loading")
        assert "hunter" not in flat(app)
        await pilot.press("j", "j", "j", "l", "slash", "f", "a", "r", "enter")
        await until_text(pilot, ".items", "loading the rest")
        ready.set()
        await until_text(pilot, "[20,000]", "end", '"far"', "match 1 of 1", ".last.end")


@pytest.mark.anyio
async def test_the_cursor_moves_before_the_document_is_complete_and_keeps_its_row() -> None:
    background, ready = waiting([{"id": number, "name": f"item-{number}"} for number in range(20_000)])
    app = viewer(background)
    async with app.run_test(size=(80, 20)) as pilot:
        await until_text(pilot, "item-3", "loading")
        await pilot.press("j", "j", "j")
        await until_text(pilot, ".[3]")
        await pilot.press("G", "k")
        assert ".[3]" in flat(app)
        ready.set()
        await until_text(pilot, ".[19998]", "60,000 values")


@pytest.mark.anyio
async def test_an_error_after_the_screen_appeared_ends_it() -> None:
    background = Background(lambda: parse(b"[1,")).start()
    app = viewer(background)
    async with app.run_test(size=(80, 20)) as pilot:
        await until(pilot, lambda: app.return_code is not None, "the app ends")
    assert app.return_code == 2
    with pytest.raises(DocumentError):
        background.result()


@pytest.mark.anyio
async def test_save_and_help_and_hostile_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    background = Background(lambda: parse(json.dumps(DOCUMENT).encode())).start()
    app = viewer(background, "\x1b[31m[bold]x.json")
    async with app.run_test(size=(90, 24)) as pilot:
        await until_text(pilot, "␛[31m[bold]x.json")
        await pilot.press("W")
        await until_text(pilot, "1 secret masked", "as a new file")
        await pilot.press("enter")
        await until_text(pilot, "saved")
        await pilot.press("question_mark")
        await until_text(pilot, "type to search")
        await pilot.press(*"save")
        await until_text(pilot, "save the document")
        await pilot.press("escape")
    (saved,) = names(tmp_path)
    assert saved.startswith("31m-bold-x")
    assert "hunter2" not in (tmp_path / saved).read_text()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())
