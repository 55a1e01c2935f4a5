"""`astro-tui list`: the table, the reasons, and the exit codes; and what all commands have in common."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.app import NOW
from support.in_shell import PROGRAM, Shell, no_secret, program, signed_in
from support.terminal import Terminal, environment

from astro_tui.cli.commands.list import as_json, table
from astro_tui.cli.main import COMMANDS, _outcome
from astro_tui.cli.output import trouble
from astro_tui.demo import DemoServer, Fault
from astro_tui.errors import ErrorKind, PlatformError, Retry
from astro_tui.platform.deployment_rows import Deployment, Endpoint
from astro_tui.presentation.agent_list import entries_of
from astro_tui.text.foreign import cell_width
from astro_tui.text.redaction import MASK

# ---- for people


def test_the_table_is_aligned_whatever_the_names() -> None:
    rows = [
        Deployment(id="1", name="a", display_name="シフト", build_id="b1", latest_build_id="b2", status="Running"),
        Deployment(
            id="2", name="plain", build_id="b1", latest_build_id="b1", status="stopped", external_urls=(Endpoint(),)
        ),
        Deployment(id="3", name="moved", display_name="Moved", created_at="2026-07-02T06:30:00Z", status="undeploying"),
    ]
    lines = list(table(entries_of(rows), NOW, ascii_alone=False, color=False))
    assert lines == [
        "STATUS    AGENT   BLUEPRINT  BUILD  READY  AGE",
        "REMOVING  Moved   moved                    3h",
        "PAUSED    plain              b1     0/1    —",
        "ACTIVE    シフト  a          b1 ^          —",
        "3 agents: 1 removing, 1 active and 1 paused",
    ]
    plain = list(table(entries_of(rows), NOW, ascii_alone=True, color=False))
    assert all(line.isascii() for line in plain)
    assert len({line.index("b1") for line in plain if "b1" in line}) == 1


def test_one_very_long_name_moves_its_own_row_alone() -> None:
    rows = [Deployment(id=str(n), name=name, build_id="build") for n, name in enumerate(("x" * 90, "short"))]
    _head, short, long, _sum = table(entries_of(rows), NOW, ascii_alone=False, color=False)
    assert short.index("build") == len("UNKNOWN") + 2 + 48 + 2
    assert "x" * 90 + "  build" in long


def test_cells() -> None:
    assert [cell_width(text) for text in ("abc", "シフト", "e\u0301", "❤\ufe0f", "")] == [3, 6, 1, 1, 0]


def test_problems_come_first_with_their_reasons(shell: Shell) -> None:
    done = shell("list", "meridian-labs")
    assert done.code == 1
    assert done.err == ""
    words = [line.split()[0] for line in done.lines[1:-1] if not line.startswith(" ")]
    order = {"FAILED": 0, "SUSPENDED": 0, "hibernating": 1, "REMOVING": 1, "DEPLOYING": 2, "ACTIVE": 3, "PAUSED": 4}
    ranks = [order.get(word, 2) for word in words]
    assert ranks == sorted(ranks)
    assert len(words) == 30
    at = next(number for number, line in enumerate(done.lines) if "Weekly Numbers" in line)
    assert done.lines[at + 1].strip() == (
        "report-writer-agent: Ran out of memory — CrashLoopBackOff: back-off 5m0s restarting failed container "
        "(OOMKilled, exit 137). Raise agent.resources.memory_limit (now 4Gi) or hold less in memory."
    )
    at = next(number for number, line in enumerate(done.lines) if "Lead Scorer" in line)
    assert done.lines[at].startswith("SUSPENDED ")
    assert done.lines[at + 1].strip() == "Stopped by billing"
    assert done.lines[-1].startswith("30 agents: 4 failed, 1 suspended")
    no_secret(done.out)


def test_ascii_alone(shell: Shell) -> None:
    done = shell("list", "meridian-labs", "--ascii")
    assert done.out.isascii()
    assert "Ubersetzungsburo" in done.out
    assert shell("list", "meridian-labs", "--json", "--ascii").out.isascii()


def test_nothing_of_the_server_is_a_command_for_the_terminal(shell: Shell) -> None:
    shell.demo.faults.set(
        "/deployments",
        Fault.answer(
            200, json.dumps({"deployments": [{"id": "\x1b]0;x\x07", "name": "\x1b[2J\u202e", "status": "\x9b"}]})
        ),
    )
    for arguments in ([], ["--json"]):
        out = shell("list", "meridian-labs", *arguments).out
        assert not set("\x1b\x07\x9b\u202e") & set(out) or arguments
        assert "\x1b" not in out


def test_machines_get_no_secrets_and_whole_words() -> None:
    word = "rolling_back_to_the_revision_before"
    rows = [
        Deployment(
            id="1", name="a", display_name="postgres://u:SEKRET@h", build_id="token=SEKRET", status="token=SEKRET"
        ),
        Deployment(id="2", name="b", status=f" {word}\x1b"),
    ]
    entries = entries_of(rows)
    text = as_json(entries)
    assert "SEKRET" not in text
    told = {row["id"]: row for row in json.loads(text)}
    assert told["1"]["display_name"] == f"postgres://{MASK}@h"
    assert told["1"]["raw_status"] == f"token={MASK}"
    assert told["2"]["status"] == f"{word}␛"
    assert told["2"]["raw_status"] == f" {word}\x1b"
    assert "SEKRET" not in "\n".join(table(entries, NOW, ascii_alone=False, color=False))


# ---- for machines


def test_json_has_all_of_it(shell: Shell) -> None:
    done = shell("list", "meridian-labs", "--json")
    assert done.code == 1
    rows = json.loads(done.out)
    assert len(rows) == 30
    by_name = {row["name"]: row for row in rows}
    assert by_name["lead-scorer"] | {"id": "", "build_id": "", "latest_build_id": "", "created_at": ""} == {
        "id": "",
        "name": "lead-scorer",
        "display_name": "Lead Scorer",
        "status": "suspended",
        "severity": "error",
        "raw_status": "error",
        "build_id": "",
        "latest_build_id": "",
        "endpoints_ready": 0,
        "endpoints": 1,
        "created_at": "",
        "reason": "Stopped by billing",
    }
    listed = [row for row in rows if row["id"] == "q7k-0ab-x4d"]
    assert [(row["endpoints_ready"], row["endpoints"], row["status"]) for row in listed] == [(2, 2, "active")]
    assert listed[0]["build_id"] != listed[0]["latest_build_id"]
    assert listed[0]["created_at"].startswith("2026-06-")
    assert {row["reason"] for row in rows if row["severity"] in ("ok", "muted")} == {""}
    assert all(row["reason"] for row in rows if row["severity"] in ("error", "warn"))


# ---- exit codes


def test_exit_codes_of_the_program(demo: DemoServer, tmp_path: Path) -> None:
    env = signed_in(demo, tmp_path)
    healthy = program(env, tmp_path, "list", "harborline")
    assert (healthy.returncode, healthy.stderr) == (0, "")
    assert healthy.stdout.splitlines()[-1] == "3 agents: 2 active and 1 paused"
    assert program(env, tmp_path, "list", "--account", "meridian-labs").returncode == 1
    unknown = program(env, tmp_path, "list", "nobody")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert unknown.stderr == (
        "astro-tui: There is no account of that name. Check the account's name. "
        "(GET /api/v1/deployments?account=nobody)\n"
    )


def test_without_a_server_it_is_an_error(tmp_path: Path) -> None:
    env = environment(str(tmp_path), {"ASTRO_SERVER_URL": "http://127.0.0.1:9", "ASTRO_ACCESS_TOKEN": "x"})
    done = program(env, tmp_path, "list", "acme")
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert "refused the connection. Check that the server is running" in done.stderr


def test_without_a_token_it_says_how_to_set_one(shell: Shell) -> None:
    shell.token = ""
    done = shell("list", "acme")
    assert (done.code, done.out) == (2, "")
    assert "you are not signed in" in done.err
    assert "ASTRO_ACCESS_TOKEN" in done.err


def test_rows_that_cannot_be_read_are_not_healthy(shell: Shell) -> None:
    row = {"id": "1", "name": "a", "status": "Running"}
    shell.demo.faults.set("/deployments", Fault.answer(200, json.dumps({"deployments": [row, 7]})))
    done = shell("list", "acme")
    assert (done.code, done.err) == (2, "astro-tui: 1 of the list's rows cannot be read\n")
    assert "ACTIVE" in done.out


@pytest.mark.parametrize("kind", ["list", "bare"])
def test_a_list_around_the_response_is_not_an_agent(shell: Shell, kind: str) -> None:
    body = b'[{"deployments": [{"id": "1"}]}, {"deployments": null}]'
    shell.demo.faults.set("/deployments", Fault.list_for_object() if kind == "list" else Fault.answer(200, body))
    done = shell("list", "meridian-labs")
    assert (done.code, done.out) == (2, "")
    assert "expected one object with deployments, got a list" in done.err


@pytest.mark.parametrize("body", [b'{"deployments":[{}]}', b"[{}]", b'[{"other":1}]', b'{"deployments":[{"id":null}]}'])
def test_an_entry_without_id_and_name_is_not_an_agent(shell: Shell, body: bytes) -> None:
    shell.demo.faults.set("/deployments", Fault.answer(200, body))
    done = shell("list", "acme")
    assert (done.code, done.out) == (2, "")
    assert done.err == "astro-tui: 1 of the list's rows cannot be read\n"


def test_no_agents_is_healthy(shell: Shell) -> None:
    shell.demo.faults.set("/deployments", Fault.answer(200, '{"deployments":null,"count":0}'))
    assert shell("list", "acme") == (0, "", "astro-tui: no agents are deployed in acme\n")
    assert json.loads(shell("list", "acme", "--json").out) == []


# ---- reasons


def test_a_reason_that_fails_to_load_is_reported(shell: Shell) -> None:
    shell.demo.faults.set("^/deployments/[^/]+/status", Fault.answer(500))
    done = shell("list", "meridian-labs")
    assert done.code == 1
    assert "could not be loaded: The platform failed with an internal error (500)." in done.err
    assert "Lead Scorer" in done.out


def test_at_most_twenty_reasons_are_requested(shell: Shell) -> None:
    rows = [{"id": f"d-{number}", "name": f"agent-{number:02}", "status": "error"} for number in range(25)]
    shell.demo.faults.set("/deployments", Fault.answer(200, json.dumps({"deployments": rows})))
    answer = '{"value":"error","reason":"failed","details":"broken; token=abcdefghijkl"}'
    shell.demo.faults.set("^/deployments/[^/]+/status", Fault.answer(200, answer))
    done = shell("list", "acme")
    asked = [target for _method, target in shell.demo.requests if target.endswith("/status")]
    assert sorted(asked) == sorted(f"/api/v1/deployments/d-{number}/status" for number in range(20))
    assert done.err == "astro-tui: 25 agents need attention; only the reasons of the first 20 were loaded\n"
    assert done.out.count("broken; token=••••••••") == 20


# ---- the account


def test_the_first_account_is_the_users(shell: Shell) -> None:
    assert json.loads(shell("list", "--json").out)
    assert ("GET", "/api/v1/me") in shell.demo.requests
    shell.demo.faults.set("/me", Fault.answer(200, '{"user":{"id":"u"},"accounts":[]}'))
    assert "this login has no account" in shell("list").err


def test_two_accounts_are_one_too_many(shell: Shell) -> None:
    done = shell("list", "acme", "--account", "other")
    assert (done.code, done.err) == (2, "two accounts: acme and --account other\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["acme/x"], "acme/x names an agent, not an account. Run astro-tui show acme/x, or astro-tui list acme."),
        (["--account", "acme/x"], "--account: not an account name: 'acme/x'"),
        (["/"], "--account: not an account name: '/'"),
    ],
)
def test_an_invalid_account_name_is_refused_without_a_request(
    shell: Shell, demo: DemoServer, arguments: list[str], said: str
) -> None:
    done = shell("list", *arguments)
    assert done.code == 2
    assert said in done.err
    assert not demo.requests


@pytest.mark.parametrize("name", COMMANDS)
def test_an_account_called_like_a_command_is_reached(name: str, tmp_path: Path) -> None:
    env = environment(str(tmp_path))
    assert "needs a terminal" in program(env, tmp_path, "--account", name).stderr
    done = program(env, tmp_path, "--demo", name)
    assert done.returncode == 2
    assert f"{name} is a command and must come first; to open that account: --account {name}" in done.stderr


# ---- what all commands share


@pytest.mark.parametrize(
    "arguments",
    [["list", "harborline"], ["show", "harborline/tide-notes"], ["diff", "harborline/tide-notes", "4"]],
    ids=lambda arguments: arguments[0],
)
def test_no_screen_library_is_loaded(arguments: list[str], demo: DemoServer, tmp_path: Path) -> None:
    code = (
        "import sys, os; leave = os._exit\n"
        "def told(code):\n"
        "    heavy = {'textual', 'rich', 'asyncio', 'yaml'} & set(sys.modules)\n"
        "    print(sorted(heavy), code, file=sys.stderr, flush=True)\n"
        "    leave(code)\n"
        "os._exit = told\n"
        f"from astro_tui.cli.main import main; main({arguments!r})"
    )
    env = signed_in(demo, tmp_path)
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, check=True, text=True)
    assert done.stderr == "[] 0\n"


@pytest.mark.parametrize("name", ["list", "show", "diff"])
def test_help_has_examples_and_exit_codes(name: str, tmp_path: Path) -> None:
    done = program(environment(str(tmp_path)), tmp_path, name, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    for word in ("examples:", "exit code:", f"astro-tui {name} ", f"--account {name}", "--server", "--demo", "--ascii"):
        assert word in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 120


def test_the_demo_needs_nothing(tmp_path: Path) -> None:
    done = program(environment(str(tmp_path)), tmp_path, "list", "--demo")
    assert (done.returncode, done.stderr) == (1, "")
    assert "Claims Desk (EU)" in done.stdout


def test_colors_are_for_terminals(demo: DemoServer, tmp_path: Path) -> None:
    for extra, coloured in (({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)):
        command = [PROGRAM, "list", "meridian-labs"]
        with Terminal(command, signed_in(demo, tmp_path, **extra), 120, 60, str(tmp_path)) as terminal:
            assert terminal.wait()[0] == 1
        assert b"Weekly Numbers" in terminal.raw
        assert (b"\x1b[1;31mFAILED\x1b[0m" in terminal.raw) is coloured
        assert (b"\x1b" in terminal.raw) is coloured
    assert "\x1b" not in program(signed_in(demo, tmp_path), tmp_path, "list", "meridian-labs").stdout


def test_a_locale_without_unicode_gets_ascii(demo: DemoServer, tmp_path: Path) -> None:
    env = signed_in(demo, tmp_path, LC_ALL="C")
    assert program(env, tmp_path, "list", "meridian-labs").stdout.isascii()
    assert program(env, tmp_path, "show", "meridian-labs/Grüße").stderr.isascii()


def test_a_closed_pipe_ends_it_silently(tmp_path: Path) -> None:
    env = environment(str(tmp_path))
    for command in ("list --demo --json", "show --demo product-catalog", "diff --demo product-catalog 1 --json"):
        script = f"{PROGRAM} {command} 2>err | head -c 5"
        done = subprocess.run(["sh", "-c", script], cwd=tmp_path, env=env, capture_output=True, check=True)
        assert len(done.stdout) == 5
        assert done.stderr == b""
        assert b"Traceback" not in (tmp_path / "err").read_bytes()


def test_a_full_disk_is_reported(demo: DemoServer, tmp_path: Path) -> None:
    script = f"{PROGRAM} list harborline > /dev/full; echo $?"
    done = subprocess.run(["sh", "-c", script], env=signed_in(demo, tmp_path), capture_output=True, check=True)
    assert done.stdout == b"2\n"
    assert done.stderr.startswith(b"astro-tui: cannot print: No space left")
    assert len(done.stderr.splitlines()) == 1


def test_ctrl_c_ends_it_at_once(demo: DemoServer, tmp_path: Path) -> None:
    demo.faults.set("/deployments", Fault.hang())
    with Terminal([PROGRAM, "list", "acme"], signed_in(demo, tmp_path), 80, 20, str(tmp_path)) as terminal:
        deadline = time.monotonic() + 20
        while not demo.requests:
            assert time.monotonic() < deadline
            terminal.read()
        terminal.send("\x03")
        code, took = terminal.wait()
    assert code == 130
    assert took < 2
    assert b"Traceback" not in terminal.raw


def test_hints_mention_no_keys() -> None:
    from astro_tui.platform.client import FixedToken
    from astro_tui.platform.client.failures import ErrorMaker
    from astro_tui.platform.origin import Origin

    speaker = ErrorMaker("GET /x", Origin.of("https://x.example"), FixedToken(None))
    errors = [speaker.refusal(status, b'{"error":"deployment not found"}', None) for status in range(400, 520)]
    errors.append(PlatformError(ErrorKind.CUT_BODY, "Cut.", request="GET /x", remedies=(Retry(),)))
    for error in errors:
        assert "press r" not in trouble(error).lower(), trouble(error)
        assert "\n" not in trouble(error)


def test_a_bug_is_neither_same_nor_healthy(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def broken(_arguments: object) -> int:
        raise RuntimeError("oh")

    for name in ("list", "show", "diff"):
        monkeypatch.setattr(f"astro_tui.cli.commands.{name}.run", broken)
        assert _outcome([name]) == 2
    assert "RuntimeError: oh" in capsys.readouterr().err
