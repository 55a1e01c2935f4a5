"""The generated pages in docs/ match the code, and are the same on every machine."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "pyproject.toml").is_file())
sys.path.append(str(ROOT / "scripts"))

import completion_table  # noqa: E402  found on the path above
import docs_keys  # noqa: E402  found on the path above
import key_table  # noqa: E402  found on the path above
import packaged_files  # noqa: E402  found on the path above

import docs  # noqa: E402  found on the path above

KEY = re.compile(
    r"[!-~]|z[A-Za-z1-9]|ctrl\+[a-z]|(?:shift\+)?[←→↑↓]|F\d+|enter|esc|space|tab|home|end|PgUp|PgDn|backspace|delete"
)
"""A key as people write it, and not as Textual names it."""


@pytest.mark.parametrize("name", docs.PAGES)
def test_the_page_matches_the_code(name: str) -> None:
    written = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert written == docs.pages()[name], f"docs/{name} is out of date. Run: make docs"


@pytest.mark.parametrize("path", packaged_files.packaged_files(), ids=lambda path: path.name)
def test_the_man_page_and_the_completions_match_the_code(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == packaged_files.packaged_files()[path], "out of date. Run: make docs"


def test_the_pages_do_not_depend_on_width_language_or_home() -> None:
    changed = {"COLUMNS": "40", "LC_ALL": "C", "LANG": "C", "HOME": "/elsewhere"}
    code = "import json, docs; print(json.dumps(docs.pages()))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "scripts"), **changed},
        cwd=ROOT,
        timeout=60,
    )
    assert json.loads(done.stdout) == docs.pages()


def test_every_key_is_written_as_people_write_it() -> None:
    page = docs_keys.keys_page()
    cells = [line.split("|")[1] for line in page.splitlines() if line.startswith("| ") and "`" in line]
    keys = {key for cell in cells for key in re.findall(r"`(\S+)`", cell)}
    assert len(keys) > 50
    assert [key for key in keys if not KEY.fullmatch(key)] == []


def test_every_described_binding_has_a_row() -> None:
    page = docs_keys.keys_page()
    for folder in ("app", "screens", "widgets"):
        for owner in docs_keys.classes(folder):
            for key in docs_keys.bindings(owner):
                assert f"| {key.description.replace('|', chr(92) + '|')} |" in page, (owner, key)


def test_every_title_belongs_to_a_module() -> None:
    for place in docs_keys.TITLES:
        path = ROOT / "astro_tui" / "screens" / place.replace(".", "/")
        assert path.is_dir() or path.with_suffix(".py").is_file(), place


def test_an_id_of_a_binding_is_listed() -> None:
    key = docs_keys.Key(("r",), "refresh", "deployment.refresh")
    assert docs_keys.table([key])[-2] == "| `r` | refresh | `deployment.refresh` |"


def test_every_setting_has_a_meaning() -> None:
    rows = [line for line in docs.settings_page().splitlines() if line.startswith("| ") and "`" in line]
    assert rows
    assert all(row.split("|")[-2].strip() for row in rows)


def test_the_table_of_keys_matches_the_bindings() -> None:
    text = key_table.key_table()
    assert key_table.PATH.read_text(encoding="utf-8") == text, f"{key_table.PATH} is out of date. Run: make docs"
    assert "PickerScreen picker.filter slash" in text.splitlines()


def test_the_table_of_completions_matches_the_parsers() -> None:
    text = completion_table.completion_table()
    path = completion_table.PATH
    assert path.read_text(encoding="utf-8") == text, f"{path} is out of date. Run: make docs"
    assert any(line.startswith("auth  .  login|status|logout  ") for line in text.splitlines())
