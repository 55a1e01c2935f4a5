"""The installed program in a real terminal, from the first row to the restored prompt."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.hostile import HOSTILE, KEY, set_hostile
from support.terminal import AT_ONCE, Terminal, environment

from astro_tui.demo import DemoServer, Fault

PROGRAM = str(Path(sys.executable).with_name("astro-tui"))
TOKEN = "very-private-token-0123456789"
ESCAPE = re.compile(
    rb"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[PX^_][^\x1b]*\x1b\\"
    rb"|\x1b\[[0-?]*[ -/]*[@-~]|\x1b[()][A-Z0-9]|\x1b[=>78DEHM]"
)
SGR = re.compile(rb"\x1b\[([0-9;:]*)m")


def colors(raw: bytes) -> list[str]:
    """Return the attributes in `raw` that set a color (39 and 49 give the terminal's own back)."""
    numbers = [number for found in SGR.findall(raw) for number in found.decode().replace(":", ";").split(";")]
    return [number for number in numbers if re.fullmatch(r"3[0-8]|4[0-8]|9[0-7]|10[0-7]", number)]


@pytest.fixture
def server() -> Iterator[DemoServer]:
    demo = DemoServer()
    demo.token = TOKEN
    with demo:
        yield demo


UNEXPECTED = (
    *("\x1b[97;1:3u", "\x1b[1;1:3A", "\x1b[1114112u", "\x1b[48;99999999;99999999;1;1t", "\x1b[48;0;0;0;0t"),
    *("\x1b]11;" + "f" * 200_000 + "\x1b\\", "\x1b[48;24;80;0;0t\x1b[<0;5;5M\x1b[<0;5;5m"),
)
"""What ended or froze the program when a terminal sent it, or when somebody else wrote it to the terminal."""


def on(server: DemoServer, home: Path, *flags: str, new: bool = False, **extra: str) -> Terminal:
    """Start the program against `server`."""
    env = environment(str(home), {"ASTRO_SERVER_URL": server.url, "ASTRO_ACCESS_TOKEN": TOKEN} | extra)
    return Terminal([PROGRAM, "meridian-labs", *flags], env, new=new)


def assert_restored(raw: bytes) -> None:
    """The alternate screen is left, the cursor shown, the mouse given back."""
    assert raw.rfind(b"\x1b[?1049l") > raw.rfind(b"\x1b[?1049h") >= 0
    assert raw.rfind(b"\x1b[?25h") > raw.rfind(b"\x1b[?25l")
    assert raw.rfind(b"\x1b[?1000l") > raw.rfind(b"\x1b[?1000h")


def assert_quits(terminal: Terminal) -> None:
    """Check that the program ends at once and leaves the terminal as it was."""
    code, took = terminal.wait()
    assert code == 0
    assert took < AT_ONCE
    assert_restored(terminal.raw)


def test_no_input_ends_or_freezes_the_program(server: DemoServer, tmp_path: Path) -> None:
    with on(server, tmp_path) as terminal:
        terminal.until_text("30 agents")
        for sent in UNEXPECTED:
            for part in range(0, len(sent), 1000):
                terminal.send(sent[part : part + 1000])
            terminal.send("?")
            terminal.until_text("type to search")
            terminal.send("\x1b")
            terminal.until(lambda: "type to search" not in terminal.text)
        peak = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{terminal.pid}/status").read_text())
        assert peak is not None
        assert int(peak[1]) < 400_000
        terminal.send("q")
        assert_quits(terminal)


def test_list_deployment_and_back(tmp_path: Path) -> None:
    with Terminal([PROGRAM, "--demo"], environment(str(tmp_path)), new=True) as terminal:
        terminal.until_text("meridian-labs", "FAILED")
        terminal.send("/claims eu\r")
        terminal.until_text("claims-desk", "deployment/v1", "source")
        terminal.send("=")
        terminal.until_text('"claims-desk"')
        terminal.send("-")
        terminal.until(
            lambda: '"claims-desk"' not in terminal.text.partition("spec ")[2].replace("source", ""), "folded"
        )
        terminal.send("\x1b")
        terminal.until_text("Claims Desk (EU)", "1 of 30 agents")
        terminal.send("q")
        code, _ = terminal.wait()
        assert code == 0
        assert_restored(terminal.raw)
        after = terminal.raw[terminal.raw.rfind(b"\x1b[?1049l") :]
        assert ESCAPE.sub(b"", after).strip() == b""


@pytest.mark.parametrize("where", ["list", "record"])
def test_quitting_while_the_server_hangs(where: str, server: DemoServer, tmp_path: Path) -> None:
    if where == "list":
        server.faults.set("/", Fault.hang())
    with on(server, tmp_path) as terminal:
        terminal.until_text("meridian-labs", "loading" if where == "list" else "Claims Desk")
        if where == "record":
            server.faults.set("/", Fault.hang())
            terminal.send("/claims eu\r")
            terminal.until_text("Claims Desk (EU)", "q7k-0ab-x4d", "loading")
            terminal.send("\x1b")
            terminal.until_text("1 of 30 agents")
        terminal.send("q")
        assert_quits(terminal)


def test_quitting_while_streams_are_open_and_requests_hang(server: DemoServer, tmp_path: Path) -> None:
    with on(server, tmp_path) as terminal:
        terminal.until_text("FAILED")
        terminal.send("/claims eu\r\r")
        terminal.until_text("q7k-0ab-x4d")
        terminal.send("7")
        terminal.until_text("[7 logs]", "live", "lines")
        server.faults.set("/", Fault.hang())
        terminal.send("r4")
        terminal.until_text("[4 workloads]")
        terminal.send("\x03")
        assert_quits(terminal)


def test_the_token_is_displayed_nowhere(server: DemoServer, tmp_path: Path) -> None:
    with on(server, tmp_path, new=True) as terminal:
        terminal.until_text("FAILED")
        arguments = Path(f"/proc/{terminal.pid}/cmdline").read_bytes()
        assert b"meridian-labs" in arguments
        assert TOKEN.encode() not in arguments
        terminal.send("\r?")
        terminal.until_text("help")
        terminal.send("\x1b")
        terminal.until(lambda: "type to search" not in terminal.text)
        terminal.send("\x03")
        assert terminal.wait()[0] == 0
        assert TOKEN.encode() not in terminal.raw
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and TOKEN in path.read_text(errors="replace")]


def test_a_traceback_does_not_contain_the_token(server: DemoServer, tmp_path: Path) -> None:
    script = (
        "import sys; from astro_tui.cli import main as cli; from astro_tui.screens.picker import screen as picker\n"
        "def broken(self, *states): secret = self.session.settings.token; raise RuntimeError('a bug with ' + secret)\n"
        "picker.PickerScreen.draw = broken\n"
        "cli.main(['meridian-labs'])"
    )
    env = environment(str(tmp_path), {"ASTRO_SERVER_URL": server.url, "ASTRO_ACCESS_TOKEN": TOKEN})
    with Terminal([sys.executable, "-c", script], env) as terminal:
        code, _ = terminal.wait()
    assert code == 1
    assert b"RuntimeError" in terminal.raw
    assert b"broken" in terminal.raw
    assert_restored(terminal.raw)
    assert TOKEN.encode() not in terminal.raw


def test_no_color(server: DemoServer, tmp_path: Path) -> None:
    with on(server, tmp_path, NO_COLOR="1") as terminal:
        terminal.until_text("FAILED")
        terminal.send("\r")
        terminal.until_text("not active")
        terminal.send("\x03")
        assert terminal.wait()[0] == 0
    assert colors(terminal.raw) == []


def test_a_terminal_with_16_colors_gets_no_others(server: DemoServer, tmp_path: Path) -> None:
    with on(server, tmp_path, "--theme", "dark", TERM="xterm", COLORTERM="") as terminal:
        terminal.until_text("FAILED")
        used = set(colors(terminal.raw))
        # The ground is the terminal's own, and neither gray nor blue is used.
        assert used
        assert used <= {"31", "32", "33", "35", "36"}


def test_no_server_text_reaches_the_terminal_as_a_command(server: DemoServer, tmp_path: Path) -> None:
    text = (
        "MARK\x1b]0;owned\x07\x1b]52;c;b3duZWQ=\x07\x1b[2JGONE\x9b31m\x07\x08\x0e" + HOSTILE["bidi"] + HOSTILE["markup"]
    )
    set_hostile(server, text)
    with on(server, tmp_path) as terminal:
        terminal.until_text("3 agents", "MARK")
        terminal.send("\r")
        terminal.until_text(KEY, "14 values")
        terminal.send("=jjl?")
        terminal.until_text("help")
        terminal.send("\x1b")
        terminal.until(lambda: "type to search" not in terminal.text, "help closed")
        terminal.send("\x1b")
        terminal.until_text("3 agents")
        server.faults.set("/", Fault.response(400, json.dumps({"error": text})))
        terminal.send("r")
        terminal.until_text("FAILED at")
        terminal.send("q")
        assert terminal.wait()[0] == 0
    raw = terminal.raw
    assert b"owned" in raw
    for sequence in (b"\x1b]0;", b"\x1b]2;", b"\x1b]52;", b"\x1b[2JGONE", "\x9b".encode()):
        assert sequence not in raw
    assert not set(ESCAPE.sub(b"", raw)) & set(b"\x00\x07\x08\x0e\x1b\x7f")
    assert "\u202e".encode() not in raw
    assert b"owned" not in b"".join(ESCAPE.findall(raw))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_and_restores_the_terminal(number: signal.Signals, server: DemoServer, tmp_path: Path) -> None:
    with on(server, tmp_path) as terminal:
        terminal.until_text("FAILED")
        os.kill(terminal.pid, number)
        assert terminal.wait()[0] == 128 + number
        assert_restored(terminal.raw)


def test_invalid_bytes_do_not_end_the_program(server: DemoServer, tmp_path: Path) -> None:
    with on(server, tmp_path) as terminal:
        terminal.until_text("FAILED")
        os.write(terminal.master, b"\xff\x1b[M\xff\xff\xff\xe4")
        terminal.send("\x1b")
        terminal.send("/claims")
        terminal.until_text("2 of 30")
        terminal.send("\x03")
        assert terminal.wait()[0] == 0


def test_control_l_draws_everything_again(server: DemoServer, tmp_path: Path) -> None:
    with on(server, tmp_path) as terminal:
        terminal.until_text("FAILED", "agents")
        terminal.screen.reset()
        terminal.send("\x0c")
        terminal.until_text("FAILED", "agents", "filter")
