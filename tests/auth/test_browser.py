"""Opening a sign-in's address: a readable QR code, and a browser that only opens safe addresses."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import segno

from astro_tui.auth.browser import open_address, opener
from astro_tui.auth.device import qr_rows, qr_runs
from astro_tui.text.foreign import cell_width

ADDRESS = "https://id.example/device?user_code=ABCD-EFGH"
PAIRS = {"█": (True, True), "▀": (True, False), "▄": (False, True), " ": (False, False)}


def modules(rows: list[str]) -> list[list[bool]]:
    pairs = [[PAIRS[char] for char in row] for row in rows]
    return [[pair[half] for pair in row] for row in pairs for half in (0, 1)]


@pytest.mark.parametrize("inverted", [False, True])
def test_the_rows_are_the_code_with_a_border(inverted: bool) -> None:
    rows = qr_rows(ADDRESS, inverted=inverted)
    wanted = [[bool(each) for each in line] for line in segno.make(ADDRESS, micro=False, error="l").matrix]
    drawn = [[module != inverted for module in line] for line in modules(rows)]
    size = len(wanted)
    assert [line[2 : 2 + size] for line in drawn[2 : 2 + size]] == wanted
    outside = [*drawn[:2], *drawn[2 + size :]]
    assert not any(any(line) for line in outside)
    assert not any(any(line[:2] + line[2 + size :]) for line in drawn)
    assert {cell_width(row) for row in rows} == {size + 4}
    # It fits an 80x24 terminal together with what is said beside it.
    assert len(rows) <= 17


@pytest.mark.parametrize("inverted", [False, True])
def test_runs_draw_the_same_code(inverted: bool) -> None:
    blanks = [[char == "#" for char in row] for row in qr_runs(ADDRESS, inverted=inverted)]
    assert all(line[::2] == line[1::2] for line in blanks)
    assert [line[::2] for line in blanks] == modules(qr_rows(ADDRESS, inverted=inverted))[: len(blanks)]


def test_a_text_too_long_for_a_code_gives_no_rows() -> None:
    assert qr_rows("https://id.example/" + "x" * 5000) == []


@pytest.mark.parametrize(
    ("environment", "platform", "has_one"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"DISPLAY": ":0", "SSH_CONNECTION": "1 2 3 4"}, "linux", False),
        ({}, "darwin", True),
        ({"SSH_TTY": "/dev/ttys001"}, "darwin", False),
        ({"DISPLAY": ":0", "SSH_CLIENT": "1 2 3"}, "linux", False),
        ({}, "win32", True),
    ],
)
def test_which_command_opens_a_browser(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: dict[str, str], platform: str, has_one: bool
) -> None:
    program(tmp_path / "xdg-open", "true")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert bool(opener(environment, platform)) is has_one


def program(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o700)


def test_opens_the_address_without_our_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    told = tmp_path / "told"
    os.mkfifo(told)
    program(tmp_path / "xdg-open", f'exec >"{told}"; echo "$#" "$1"; env')
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    given = {"DISPLAY": ":0", "PATH": os.environ["PATH"], "ASTRO_ACCESS_TOKEN": "a-secret-token"}
    assert open_address(ADDRESS, given)
    said = told.read_text()
    assert said.splitlines()[0] == f"1 {ADDRESS}"
    assert "ASTRO_" not in said


@pytest.mark.parametrize("address", ["javascript:alert(1)", "file:///etc/passwd", "--help", "http://id.example/", ""])
def test_never_opens_an_unsafe_address(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, address: str) -> None:
    program(tmp_path / "xdg-open", f'touch "{tmp_path}/opened"')
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr("subprocess.Popen", lambda *_given, **_more: pytest.fail("it was opened"))
    assert not open_address(address, {"DISPLAY": ":0"})


def test_no_desktop_and_a_broken_opener_are_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert not open_address(ADDRESS, {})
    (tmp_path / "xdg-open").write_text("no program")
    (tmp_path / "xdg-open").chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not open_address(ADDRESS, {"DISPLAY": ":0"})
