"""The ways to the clipboard: which one is used when, the messages, and that nothing raises."""

from __future__ import annotations

import base64
import os
import re
import stat
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astro_tui.clipboard.ways import TERMINAL_LIMIT, TIMEOUT, Clipboard, run_tool
from astro_tui.runtime import SERVED
from astro_tui.state.files import file_stem, save_new
from astro_tui.text.times import amount

TERMINAL = {"TERM": "xterm-256color"}
SSH = TERMINAL | {"SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"}


class Tools:
    """A machine with some clipboard tools, some of which fail; records what was run."""

    def __init__(self, *available: str, failing: Sequence[str] = ()) -> None:
        self.available = set(available)
        self.failing = failing
        self.runs: list[tuple[tuple[str, ...], bytes]] = []

    def find(self, name: str) -> str | None:
        return f"/usr/bin/{name}" if name in self.available else None

    def run(self, command: Sequence[str], data: bytes, seconds: float) -> bool:
        assert seconds == TIMEOUT
        self.runs.append((tuple(command), data))
        return not any(" ".join(command).startswith(name) for name in self.failing)

    def clipboard(self, environment: dict[str, str], folder: Path | None = None, platform: str = "linux") -> Clipboard:
        return Clipboard(environment, platform=platform, find=self.find, run=self.run, folder=folder)


def payload(sequence: str) -> str:
    """Return the text in an OSC 52 sequence."""
    match = re.fullmatch("\x1b]52;c;([A-Za-z0-9+/=]*)\a", sequence)
    assert match, sequence
    return base64.b64decode(match.group(1)).decode()


@pytest.mark.parametrize(
    ("platform", "environment", "there", "command"),
    [
        ("linux", {"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, "wl-copy xclip", "wl-copy"),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, "xclip", "xclip -selection clipboard -in"),
        ("linux", {"DISPLAY": ":0"}, "wl-copy xclip xsel", "xclip -selection clipboard -in"),
        ("linux", {"DISPLAY": ":0"}, "xsel", "xsel --clipboard --input"),
        ("linux", {"DISPLAY": ":0", "TMUX": "/tmp/t,1,0"}, "xsel tmux", "xsel --clipboard --input"),
        ("linux", {"WSL_DISTRO_NAME": "Debian"}, "clip.exe", "clip.exe"),
        ("darwin", {}, "pbcopy", "pbcopy"),
        ("darwin", {"TERM_PROGRAM": "Apple_Terminal"}, "pbcopy", "pbcopy"),
        ("linux", {"TMUX": "/tmp/t,1,0"}, "tmux", "tmux load-buffer -w -"),
        ("linux", SSH | {"TMUX": "/tmp/t,1,0", "DISPLAY": "localhost:10.0"}, "tmux xclip", "tmux load-buffer -w -"),
    ],
)
def test_the_first_available_way(platform: str, environment: dict[str, str], there: str, command: str) -> None:
    tools = Tools(*there.split())
    clipboard = tools.clipboard(TERMINAL | environment, platform=platform)
    copied = clipboard.copy("1Gi")
    assert tools.runs == [(tuple(command.split()), b"1Gi")]
    assert copied.done
    assert not copied.sequence
    name = command.split(maxsplit=1)[0]
    assert copied.message.startswith("copied 3 bytes ")
    assert name in copied.message
    assert clipboard.way().startswith(name)


@pytest.mark.parametrize(
    "environment",
    [
        TERMINAL,
        {},
        SSH,
        SSH | {"DISPLAY": "localhost:10.0", "WAYLAND_DISPLAY": "wayland-0"},
        TERMINAL | {"TMUX": "/tmp/t,1,0"},
    ],
)
def test_the_terminal_if_there_is_no_tool(environment: dict[str, str]) -> None:
    tools = Tools("xclip", "wl-copy", "pbcopy")
    copied = tools.clipboard(environment).copy("größe")
    assert not tools.runs
    assert payload(copied.sequence) == "größe"
    assert copied.message == "sent 5 characters to the terminal (OSC 52)"


def test_the_way_mentions_ssh() -> None:
    assert Tools("tmux").clipboard(SSH).way() == "OSC 52 (ssh)"
    assert Tools("tmux").clipboard(SSH | {"TMUX": "x"}).way() == "tmux (ssh)"
    assert Tools().clipboard({"TERM": "dumb"}).way() == "a file"


def test_a_failed_tool_is_named_and_the_next_one_tried() -> None:
    tools = Tools("xclip", "xsel", failing=["xclip"])
    assert tools.clipboard(TERMINAL | {"DISPLAY": ":0"}).copy("x").message == "copied 1 byte with xsel"
    tools = Tools("xclip", "xsel", "tmux", failing=["xclip", "xsel", "tmux"])
    copied = tools.clipboard(TERMINAL | {"DISPLAY": ":0", "TMUX": "x"}).copy("x")
    assert payload(copied.sequence) == "x"
    assert "xclip and xsel and tmux failed" in copied.message
    assert [command[0] for command, _ in tools.runs] == ["xclip", "xsel", "tmux", "tmux"]


def test_an_old_tmux_only_fills_its_buffer() -> None:
    tools = Tools("tmux", failing=["tmux load-buffer -w"])
    copied = tools.clipboard(TERMINAL | {"TMUX": "x"}).copy("abc")
    assert copied.message == "copied 3 bytes to the tmux buffer"
    assert tools.runs[-1] == (("tmux", "load-buffer", "-"), b"abc")


def test_windows_gets_utf_16_if_needed() -> None:
    tools = Tools("clip.exe")
    clipboard = tools.clipboard({"WSL_INTEROP": "x"})
    clipboard.copy("plain")
    clipboard.copy("größe")
    assert [data for _, data in tools.runs] == [b"plain", "größe".encode("utf-16-le")]


@pytest.mark.parametrize("environment", [{"TERM": "screen", "STY": "1.pts-0.host"}, {"TERM": "screen.xterm-256color"}])
def test_gnu_screen_gets_small_pieces(environment: dict[str, str]) -> None:
    text = "x" * 3000
    sequence = Tools().clipboard(environment).copy(text).sequence
    pieces = re.findall("\x1bP(.*?)\x1b\\\\", sequence, re.DOTALL)
    assert "".join(f"\x1bP{piece}\x1b\\" for piece in pieces) == sequence
    assert max(map(len, pieces)) < 760
    assert payload("".join(pieces)) == text


def test_large_texts_go_to_a_file(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    clipboard = Tools().clipboard(SSH, folder)
    assert len(clipboard.copy("x" * TERMINAL_LIMIT).sequence) < 100_010
    copied = clipboard.copy("x" * 1_200_000, suffix=".json")
    path = folder / "copied.json"
    assert copied.done
    assert not copied.sequence
    assert copied.message == f"saved 1.2 MB to {path}: too large for the terminal's clipboard"
    assert path.stat().st_size == 1_200_000
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert str(folder / "copied-2.json") in clipboard.copy("y" * 200_000, suffix=".json").message


@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {"TERM": "linux"}, {"TERM_PROGRAM": "Apple_Terminal"}])
def test_a_terminal_without_a_clipboard_gets_a_file(environment: dict[str, str], tmp_path: Path) -> None:
    copied = Tools().clipboard(environment, tmp_path).copy("secret-free")
    assert not copied.sequence
    assert (tmp_path / "copied.txt").read_text() == "secret-free"
    assert "no clipboard available" in copied.message


def test_in_a_browser_nothing_reaches_the_machine_that_serves_it(tmp_path: Path) -> None:
    tools = Tools("tmux", "xclip")
    served = {SERVED: "write", "TERM": "linux", "TMUX": "x", "STY": "x", "DISPLAY": ":0"}
    clipboard = tools.clipboard(served, tmp_path)
    assert payload(clipboard.copy("abc").sequence) == "abc"
    assert clipboard.copy("x" * 100_000).message == "not copied: too large for the terminal's clipboard"
    assert tools.runs == []
    assert list(tmp_path.iterdir()) == []


def test_no_way_at_all(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("in the way")
    copied = Tools().clipboard({"TERM": "dumb"}, tmp_path / "state").copy("x")
    assert not copied.done
    assert copied.message.startswith("not copied: ")


@given(st.text(alphabet=st.characters(), max_size=200))
def test_any_text_can_be_copied(text: str) -> None:
    assert payload(Tools().clipboard(TERMINAL).copy(text).sequence) == text.encode("utf-8", "replace").decode()


# ---- real processes


def executable(folder: Path, name: str, script: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_a_real_tool_gets_the_text_only_on_its_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    executable(tmp_path, "wl-copy", f'echo "$#" > {tmp_path}/arguments; cat > {tmp_path}/got')
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    text = "line 1\nline 2 'quoted' $(not run) größe"
    copied = Clipboard(TERMINAL | {"WAYLAND_DISPLAY": "wayland-0"}, platform="linux").copy(text)
    assert copied.message == f"copied {len(text.encode())} bytes with wl-copy"
    assert (tmp_path / "got").read_text() == text
    assert (tmp_path / "arguments").read_text() == "0\n"


def test_a_tool_that_hangs_fails_or_is_missing(tmp_path: Path) -> None:
    started = time.monotonic()
    assert not run_tool([str(executable(tmp_path, "hangs", "exec sleep 60"))], b"x", 0.1)
    assert time.monotonic() - started < 10
    assert not run_tool([str(executable(tmp_path, "fails", "exit 3"))], b"x" * 200_000, 2)
    assert not run_tool([str(tmp_path / "missing")], b"x", 2)
    not_a_program = tmp_path / "text"
    not_a_program.write_text("no program")
    assert not run_tool([str(not_a_program)], b"x", 2)


@pytest.mark.timed
def test_a_background_tool_does_not_block(tmp_path: Path) -> None:
    started = time.monotonic()
    assert run_tool([str(executable(tmp_path, "stays", "cat > /dev/null; sleep 3 & exit 0"))], b"x", 2)
    assert time.monotonic() - started < 2


# ---- files


def test_a_file_never_replaces_another(tmp_path: Path) -> None:
    paths = [save_new(tmp_path, "a-b", ".json", data) for data in (b"1", b"2", b"3")]
    assert [path.name for path in paths] == ["a-b.json", "a-b-2.json", "a-b-3.json"]
    assert [path.read_bytes() for path in paths] == [b"1", b"2", b"3"]
    assert stat.S_IMODE(paths[0].stat().st_mode) == 0o600


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "target"
    (tmp_path / "a.json").symlink_to(target)
    assert save_new(tmp_path, "a", ".json", b"1").name == "a-2.json"
    assert not target.exists()


@given(st.lists(st.text(max_size=300), max_size=3))
def test_any_name_makes_a_harmless_stem(parts: list[str]) -> None:
    stem = file_stem(*parts)
    assert stem
    assert len(stem.encode()) <= 120
    assert not stem.startswith(("-", "."))
    assert not set("/\\\0\n\x1b ") & set(stem)


def test_names_stay_readable() -> None:
    assert file_stem("Claims desk (EU)", "e88d3146") == "Claims-desk-EU-e88d3146"
    assert file_stem("請求書ボット", "") == "請求書ボット"
    assert file_stem("../../etc/passwd") == "etc-passwd"
    assert file_stem() == "document"


def test_amounts_in_words() -> None:
    sizes = {0: "0 bytes", 1: "1 byte", 214: "214 bytes", 1000: "1.0 kB", 99_999: "100 kB", 1_200_000: "1.2 MB"}
    assert {size: amount(size) for size in sizes} == sizes
    assert amount(999_700) == "1.0 MB"
    assert amount(512 << 20) == "537 MB"


def test_of_two_copies_the_last_one_requested_wins() -> None:
    tools = Tools("wl-copy")
    clipboard = Clipboard({"WAYLAND_DISPLAY": "w"}, platform="linux", find=tools.find, run=tools.run)
    large, small = clipboard.begin(), clipboard.begin()
    assert clipboard.copy_newest(small, "small") is not None
    # It took longer to make.
    assert clipboard.copy_newest(large, "large") is None
    assert [data for _command, data in tools.runs] == [b"small"]
