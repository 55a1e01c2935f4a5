"""No text from outside reaches the terminal as an escape sequence: every command, with hostile texts in every field."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path

import pytest
from support.acting import writes
from support.hostile import JOINED
from support.in_shell import PROGRAM, Shell, signed_in
from support.open_demo import OpenDemo
from support.terminal import Terminal

from astro_tui.cli.main import ACTIONS, COMMANDS
from astro_tui.demo import Fault
from astro_tui.text.styled import Style, Styled, painted, printable, spaced

AGENT, BLUEPRINT = "meridian-labs/q7k-0ab-x4d", "meridian-labs/claims-desk"
HOSTILE = "".join(JOINED[part] for part in ("controls", "marks", "blanks"))
TRACE = "the newest trace"
ADDRESSES = {"show": "^/(?!deployments[?])", "diff": "^/(?!deployments[?])", "logs": "^/.*/logs"}
"""Where the texts are hostile for commands that need real names for the addresses of their requests."""
READING = {
    "accounts": ([], ["--json"]),
    "list": (
        ["meridian-labs"],
        ["meridian-labs", "-o", "wide"],
        ["meridian-labs", "--json"],
        ["meridian-labs", "-o", "name"],
    ),
    "why": ([AGENT], [AGENT, "--json"], [AGENT, "-o", "yaml"]),
    "wait": ([AGENT, "--timeout", "1"],),
    "show": ([AGENT], [AGENT, "-o", "yaml"], [AGENT, "-o", "tree"], [AGENT, "--ascii"]),
    "diff": ([AGENT, "11", "12"], [AGENT, "11", "12", "--json"]),
    "events": ([AGENT], [AGENT, "--json"]),
    "report": ([AGENT], [AGENT, "--json"]),
    "logs": ([AGENT], [AGENT, "--json"]),
    "traces": ([AGENT], [AGENT, "--json"], [AGENT, "--failed"]),
    "trace": ([AGENT, TRACE], [AGENT, TRACE, "--json"], [AGENT, HOSTILE.replace("\0", "")]),
    "numbers": ([AGENT], [AGENT, "--json"]),
    "builds": ([BLUEPRINT], [BLUEPRINT, "--json"], [BLUEPRINT, "--log", "b7d20c44"]),
    "ask": ([AGENT, "--check"],),
    "find": (["claims", "meridian-labs"], ["claims", "meridian-labs", "--json"]),
    "audit": (["meridian-labs"], ["meridian-labs", "--json"]),
    "variables": (["meridian-labs", "--used-by"], ["meridian-labs", "--json"]),
    "check": ([AGENT], [AGENT, "--json"]),
    "catalog": (["--table"], ["--json"]),
    "journal": ([], ["--json"]),
    "auth": (["status"],),
    "config": (["show"],),
    "doctor": ([],),
}
NEEDS = {"rollback": ["--to", "11"], "trigger": ["x"], "rename": [HOSTILE.replace("\0", "")]}
CASES = [(command, arguments) for command, forms in READING.items() for arguments in forms] + [
    (action, ["--dry-run", *NEEDS.get(action, []), AGENT]) for action in ACTIONS
]


def controls(text: str) -> set[str]:
    """Return the characters that a terminal could obey."""
    return {char for char in text if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")} - {"\n"}


def test_every_command_is_tested() -> None:
    silent = {"completion", "view", "mcp", "serve", "watch"}
    assert {command for command, _arguments in CASES} == {*COMMANDS} - silent


@pytest.mark.parametrize(
    ("command", "arguments"), CASES, ids=lambda value: str(value)[:40].encode("unicode_escape").decode()
)
def test_a_command_prints_no_control_character(
    shell: Shell, demo: OpenDemo, command: str, arguments: list[str]
) -> None:
    if TRACE in arguments:
        newest = json.loads(shell("traces", AGENT, "--json").out)[0]["trace_id"]
        arguments = [newest if each == TRACE else each for each in arguments]
    demo.faults.set(ADDRESSES.get(command, "/"), Fault.hostile(HOSTILE))
    done = shell(command, *arguments)
    assert not controls(done.out + done.err)
    if "--json" in arguments:
        for text in done.lines if command == "logs" else [done.out or "[]"]:
            json.loads(text)


@pytest.mark.parametrize(("command", "question"), [("restart", "Type R"), ("delete", "Type ")])
def test_a_question_and_its_preview_cannot_be_forged(
    demo: OpenDemo, tmp_path: Path, command: str, question: str
) -> None:
    demo.faults.set("/", Fault.hostile(HOSTILE))
    with Terminal([PROGRAM, command, AGENT], signed_in(demo, tmp_path), 100, 60, str(tmp_path)) as terminal:
        terminal.until_text(question, "to confirm")
        terminal.send("no\n")
        assert terminal.wait()[0] == 1
    printed = re.sub(r"\x1b\[[\d;]*m", "", terminal.raw.decode())
    assert not controls(printed.replace("\r", ""))
    assert writes(demo.requests) == []


def test_ids_are_masked(shell: Shell, demo: OpenDemo) -> None:
    secret = " ghp_" + 4 * "a1B2c3D4e"
    demo.faults.set("/", Fault.hostile(secret))
    for arguments in ([AGENT], [AGENT, "--json"]):
        assert secret not in shell("traces", *arguments).out
    for action in ("restart", "rename"):
        assert secret not in shell(action, "--dry-run", *([f"x{action}"] if action == "rename" else []), AGENT).out


def test_only_a_style_makes_an_escape_sequence() -> None:
    quiet = Style("2")
    line = "a\x1b[2J" + painted("b\x1b[2J", quiet, color=True) + "c\x9b"
    assert printable(line) == "a␛[2J\x1b[2mb␛[2J\x1b[0mc<U+009B>\n".encode()
    assert printable(f"{line}\x1b") == "a␛[2Jb␛[2Jc<U+009B>␛\n".encode()
    assert printable(spaced(["a", Styled("b", quiet), painted("c\n", quiet, color=False)])) == (
        "a \x1b[2mb\x1b[0m c↵\n".encode()
    )
