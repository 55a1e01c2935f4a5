"""The list of displayed texts holds what users see and leaves out what they do not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "pyproject.toml").is_file())
sys.path.append(str(ROOT / "scripts"))

import sentences  # noqa: E402  found on the path above


def texts(source: str) -> list[str]:
    return [found.text for found in sentences.sentences(source)]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ('page.show_message("Saved.")', "Saved."),
        ('raise PlatformError(kind, "Gone")', "Gone"),
        ('Binding("r", "refresh", "reload")', "reload"),
        ('parser.add_argument("--server", help="address")', "address"),
        ('x = "No agents are deployed."', "No agents are deployed."),
        ('x = f"{count:,} of {total} in {name!r}"', "{…} of {…} in {…}"),
        ('x = "One sentence. " + f"Another for {name}."', "One sentence. Another for {…}."),
        ('x = ("Two parts " "of one text")', "Two parts of one text"),
        ('def f(words: str = "not known yet") -> str: ...', "not known yet"),
        ('words = {"key": "what it means"}', "what it means"),
        ('" and ".join(names)', "and"),
    ],
)
def test_what_is_displayed_is_listed(source: str, text: str) -> None:
    assert texts(source) == [text]


@pytest.mark.parametrize(
    "source",
    [
        '"""A docstring of the module."""',
        'LIMIT = 3\n"""A docstring of an attribute."""',
        're.compile("[a-z]+ (and|or) more")',
        'PATTERN = r"(?i)some word"',
        'DEFAULT_CSS = "Screen { color: red; }"',
        'style = "bold $text-error"',
        'moment.strftime("%H:%M on %A")',
        'layout = "%Y-%m-%d %H:%M:%S"',
        'url = "https://example.com/a/b"',
        'kind = "application/json; charset=utf-8"',
        'code = "import sys; sys.exit()"',
        'if said == "not found here": ...',
        'found = rows["some key"]',
        'words = {"some key": 1}',
        'kinds = "red green blue".split()',
        'assert x, "only developers see it"',
        'def f(x: "dict[str, int] | None") -> "list[str] | None": ...',
        'Binding("r", "refresh")',
        'look = Look("dark")',
    ],
)
def test_what_is_not_displayed_is_left_out(source: str) -> None:
    assert texts(source) == []


def test_a_text_inside_of_a_value_is_listed_too() -> None:
    source = 'x = f\'There {"is one" if n == 1 else "are more"} here\''
    assert texts(source) == [
        "There {…} here",
        "are more",
        "is one",
    ]


def test_each_line_of_a_long_text_has_its_own_line_number() -> None:
    source = 'EPILOG = """\\\nexamples:\n  run it here\n\n  and run it there\n"""\n'
    assert sentences.sentences(source, "a.py") == [
        ("a.py", 2, "examples:"),
        ("a.py", 3, "run it here"),
        ("a.py", 5, "and run it there"),
    ]


def test_docstrings_are_listed_apart() -> None:
    source = (
        '"""The module\nitself."""\nX = 1\n"""What X is."""\ndef f():\n    """Return it."""\n    return "no, not"\n'
    )
    assert [str(found) for found in sentences.docstrings(source, "a.py")] == [
        "a.py:1: The module itself.",
        "a.py:4: What X is.",
        "a.py:6: Return it.",
    ]


def lines_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    assert sentences.main(arguments) == 0
    return capsys.readouterr().out.splitlines()


def test_the_whole_program_is_listed_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    lines = lines_of(capsys, "--demo")
    assert len(lines) > 1000
    places = [(path, int(line)) for path, line, _ in (text.split(":", 2) for text in lines)]
    assert places == sorted(places)
    assert {path.split("/")[1] for path, _line in places} >= {"demo", "screens", "cli"}


def test_the_demo_platform_and_docstrings_are_listed_on_request(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    usual, every = (set(sentences.files(demo=demo)) for demo in (False, True))
    assert {path.relative_to(ROOT).parts[1] for path in every - usual} == {"demo"}
    some = sorted((ROOT / "astro_tui").rglob("*.py"))[:40]
    monkeypatch.setattr(sentences, "files", lambda *, demo: some if demo else some[:25])
    assert set(lines_of(capsys)) < set(lines_of(capsys, "--demo"))
    docstrings = lines_of(capsys, "--docstrings")
    assert len(docstrings) > 100
    assert not {*docstrings} & {*lines_of(capsys)}


def test_a_sample_is_repeatable(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    some = sorted((ROOT / "astro_tui").rglob("*.py"))[:25]
    monkeypatch.setattr(sentences, "files", lambda *, demo: some)
    first = lines_of(capsys, "--sample", "20", "--seed", "7")
    assert len(first) == 20
    assert lines_of(capsys, "--sample", "20", "--seed", "7") == first
    assert lines_of(capsys, "--sample", "20", "--seed", "8") != first
    assert set(first) <= set(lines_of(capsys))
