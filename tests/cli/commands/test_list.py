"""`astro-tui list`: the table, the reasons, and the exit codes; and what all commands have in common."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest
from support.app import NOW
from support.deadline import DEADLINE
from support.forked import Forked
from support.in_shell import PROGRAM, Done, Shell, no_secret, program, signed_in
from support.terminal import AT_ONCE, Terminal, environment

from astro_tui.cli.commands.list import table
from astro_tui.cli.connection import CliConnection
from astro_tui.cli.listing import MOST, JudgedList, as_json, objects, to_investigate
from astro_tui.cli.main import _outcome
from astro_tui.demo import DemoServer, Fault
from astro_tui.diagnosis import Diagnosis, Kind
from astro_tui.platform.client import Platform
from astro_tui.platform.deployment_rows import Deployment, Endpoint
from astro_tui.platform.status_words import WORDS
from astro_tui.presentation.agent_list import entries_of, with_diagnosis
from astro_tui.presentation.verdicts import MOST_WITHOUT_STATUS
from astro_tui.state.settings import Settings
from astro_tui.text.redaction import MASK

JSON_KEYS = {
    *("id", "account", "name", "display_name", "status", "severity", "raw_status", "build_id", "latest_build_id"),
    *("ready", "replicas", "endpoints", "created_at", "reason", "cause", "change", "change_state", "judged_by"),
}


_PRINTED: dict[tuple[str, ...], Done] = {}


def once(shell: Shell, *words: str) -> Done:
    """Run a command on the demo as it always is; one run of each command serves all tests here."""
    if words not in _PRINTED:
        _PRINTED[words] = shell(*words)
    return _PRINTED[words]


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
        "STATUS    AGENT   BLUEPRINT  BUILD  AGE",
        "REMOVING  Moved   moved             3h",
        "PAUSED    plain              b1     —",
        "ACTIVE    シフト  a          b1 ^   —",
        "3 agents: 1 removing, 1 active, and 1 paused; checked 1/3",
    ]
    plain = list(table(entries_of(rows), NOW, ascii_alone=True, color=False))
    assert all(line.isascii() for line in plain)
    assert len({line.index("b1") for line in plain if "b1" in line}) == 1
    # ASCII cannot show the name of the agent, so it is called like its blueprint.
    assert [line.split()[1] for line in plain if line.startswith("ACTIVE")] == ["a"]


def test_problems_come_first_with_their_causes(shell: Shell) -> None:
    found = json.loads(once(shell, "list", "meridian-labs", "--json").out)
    done = once(shell, "list", "meridian-labs")
    assert done.code == 1
    assert done.err == ""
    severities = [row["severity"] for row in found]
    order = ["error", "warn", "info", "ok", "muted"]
    assert severities == sorted(severities, key=order.index)
    titles = [number for number, line in enumerate(done.lines[1:-1], 1) if not line.startswith(" ")]
    assert len(titles) == len(found)
    for number, row in zip(titles, found, strict=True):
        assert row["display_name"] in done.lines[number]
        below = "" if number + 1 in titles else done.lines[number + 1]
        if row["severity"] in ("error", "warn"):
            assert below.strip().startswith(row["cause"]["headline"])
        elif row["cause"]["kind"] in ("none", "paused"):
            assert not below.startswith(" ")
    assert done.lines[-1].startswith(f"{len(found)} agents: ")
    no_secret(done.out)


def test_causes_are_wrapped_on_a_terminal() -> None:
    rows = [Deployment(id="1", name="a", status="error", display_name="A")]
    (entry,) = entries_of(rows)
    told = Diagnosis("1", "acme", "A", "error", Kind.IMAGE, "agent cannot pull its image, which is nowhere to be found")
    lines = list(table([with_diagnosis(entry, told)], NOW, ascii_alone=False, color=False, width=40))
    assert lines[2:-1] == ["        agent cannot pull its image,", "        which is nowhere to be found"]
    assert len(list(table([with_diagnosis(entry, told)], NOW, ascii_alone=False, color=False, causes=False))) == 3


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
    done = once(shell, "list", "meridian-labs", "--json")
    assert done.code == 1
    rows = json.loads(done.out)
    assert all(row.keys() == JSON_KEYS for row in rows)
    listed = next(row for row in rows if row["id"] == "q7k-0ab-x4d")
    assert (listed["endpoints"], listed["status"]) == (1, "active")
    assert listed["ready"] == listed["replicas"] > 0
    # Of a paused agent, only the list is read.
    assert {row["ready"] for row in rows if row["status"] == "paused"} == {None}
    assert listed["build_id"] != listed["latest_build_id"]
    assert datetime.fromisoformat(listed["created_at"]).tzinfo is not None
    assert {row["reason"] for row in rows if row["severity"] in ("ok", "muted")} == {""}
    for row in rows:
        assert row["cause"].keys() == {"kind", "sentence", "headline", "workload", "container", "reason"}
        if row["severity"] in ("error", "warn"):
            assert row["reason"].startswith(row["cause"]["sentence"])


def test_quick_is_one_request_and_says_so(shell: Shell) -> None:
    done = shell("list", "meridian-labs", "--json", "--quick")
    assert [target for _method, target in shell.demo.requests] == ["/api/v1/deployments?account=meridian-labs"]
    rows = json.loads(done.out)
    assert {row["judged_by"] for row in rows} == {"list"}
    assert all(row.keys() == JSON_KEYS for row in rows)
    failed = next(row for row in rows if row["raw_status"] == "error")
    assert (failed["status"], failed["cause"]["kind"]) == ("failed", "unknown")
    assert done.err == ""
    plain = shell("list", "meridian-labs", "--quick")
    assert plain.code == 1
    assert not [line for line in plain.lines if line.startswith(" ")]


@pytest.mark.parametrize(
    ("words", "accounts", "said"),
    [
        (["harborline", "quiet-harbor"], {"harborline"}, ""),
        (["harborline+meridian-labs"], {"harborline", "meridian-labs"}, ""),
        (["--account", "harborline nobody"], {"harborline"}, "nobody cannot be read: There is no account"),
        (["--all"], {"harborline", "meridian-labs", "ferncliff-rail"}, ""),
    ],
)
def test_several_accounts_are_one_list(shell: Shell, words: list[str], accounts: set[str], said: str) -> None:
    done = shell("list", "--quick", "--json", *words)
    rows = json.loads(done.out)
    assert {row["account"] for row in rows} >= accounts
    assert said in done.err if said else not done.err
    assert done.code == (2 if said else done.code)
    names = shell("list", "--quick", "-o", "name", *words).lines
    assert names == [f"{row['account']}/{row['id']}" for row in rows]
    assert "  ACCOUNT  " in shell("list", "--quick", *words).lines[0]


# ---- exit codes


def test_exit_codes_of_the_program(demo: DemoServer, tmp_path: Path) -> None:
    env = signed_in(demo, tmp_path)
    healthy = program(env, tmp_path, "list", "harborline")
    assert (healthy.returncode, healthy.stderr) == (0, "")
    assert healthy.stdout.splitlines()[-1] == "3 agents: 2 active and 1 paused"
    assert program(env, tmp_path, "list", "--quick", "--account", "meridian-labs").returncode == 1
    unknown = program(env, tmp_path, "list", "nobody")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert unknown.stderr == (
        "astro-tui: There is no account with that name. "
        "Use meridian-labs, harborline, quiet-harbor, ferncliff-rail, copper-lantern, or drydock-nine. "
        "(GET /api/v1/deployments?account=nobody)\n"
    )


@pytest.mark.nightly
def test_without_a_server_it_is_an_error(tmp_path: Path) -> None:
    env = environment(str(tmp_path), {"ASTRO_SERVER_URL": "http://127.0.0.1:9", "ASTRO_ACCESS_TOKEN": "x" * 16})
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
    shell.demo.faults.set(re.compile(r"^/deployments\?"), Fault.response(200, json.dumps({"deployments": [row, 7]})))
    shell.demo.faults.set("^/deployments/1/runtime", Fault.response(200, '{"runtime":{"ready":1,"workloads":[]}}'))
    done = shell("list", "acme")
    assert (done.code, done.err) == (2, "astro-tui: 1 of the list's rows cannot be read\n")
    assert "ACTIVE" in done.out


def test_no_agents_is_healthy(shell: Shell) -> None:
    shell.demo.faults.set("/deployments", Fault.response(200, '{"deployments":null,"count":0}'))
    assert shell("list", "acme") == (0, "", "astro-tui: no agents are deployed in acme\n")
    assert json.loads(shell("list", "acme", "--json").out) == []


# ---- what is investigated


def test_what_cannot_be_read_is_judged_by_the_list_alone(shell: Shell) -> None:
    shell.demo.faults.set("^/(deployments/|agents/)", Fault.response(500))
    done = shell("list", "harborline", "--json")
    assert done.code == 2
    assert "3 agents are judged by the list alone" in done.err
    assert {row["judged_by"] for row in json.loads(done.out)} == {"list"}


@pytest.fixture
def offline() -> CliConnection:
    return CliConnection(Platform("http://127.0.0.1:9", "token"), Settings())


def test_agents_whose_rows_say_the_same_are_judged_like_each_alone(offline: CliConnection) -> None:
    times = ("", "2026-07-02T09:29:00Z", (datetime.now(UTC) - timedelta(minutes=1)).isoformat())
    urls = ((), (Endpoint("web", "https://web.example", message="no certificate"),))
    rows = [
        Deployment(id=f"id-{word}{number}", name="agent", status=word, created_at=created, external_urls=url)
        for word in (*WORDS, "", "hibernating")
        for number, (created, url) in enumerate(product(times, urls))
    ]
    judge = offline.agents.judge()
    for entry in entries_of(rows):
        alike, alone = judge(entry), offline.agents.of("acme", entry).by_the_list().entry
        assert [*objects(JudgedList([alike], (), 0))] == [*objects(JudgedList([alone], (), 0))]
        assert (alike.status, alike.checked, alike.urgency) == (alone.status, alone.checked, alone.urgency)


@pytest.mark.nightly
@pytest.mark.timed
def test_a_list_of_twenty_thousand_agents_is_judged_in_a_moment(offline: CliConnection) -> None:
    entries = entries_of(Deployment(id=f"id-{number}", name="agent", status="active") for number in range(20_000))
    begun = time.process_time()
    assert len([*map(offline.agents.judge(), entries)]) == 20_000
    assert time.process_time() - begun < 1


@pytest.mark.timed
def test_a_source_that_hangs_is_given_up(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("astro_tui.session.fact_store.PATIENCE", 0.5)
    monkeypatch.setattr("astro_tui.cli.listing.PATIENCE", 0.2)
    shell.demo.faults.set(re.compile("^/deployments/.*/runtime"), Fault.hang())
    started = time.monotonic()
    done = shell("list", "meridian-labs", "--json")
    assert time.monotonic() - started < 10
    assert "judged by the list alone" in done.err
    assert "list" in {row["judged_by"] for row in json.loads(done.out)}


def test_at_most_a_hundred_agents_are_investigated_problems_first(shell: Shell) -> None:
    rows = [{"id": f"d-{place:03}", "name": f"agent-{place:03}", "status": "Running"} for place in range(120)]
    rows[115]["status"] = "error"
    shell.demo.faults.set(re.compile(r"^/deployments\?"), Fault.response(200, json.dumps({"deployments": rows})))
    shell.demo.faults.set("^/deployments/[^/]+/runtime", Fault.response(200, '{"runtime":{"workloads":[]}}'))
    status = '{"value":"error","reason":"failed","details":"broken; token=abcdefghijkl"}'
    shell.demo.faults.set("^/deployments/[^/]+/status", Fault.response(200, status))
    done = shell("list", "acme", "--json")
    asked = {target.split("/")[4] for _method, target in shell.demo.requests if "/deployments/" in target}
    assert asked == {"d-115", *(f"d-{place:03}" for place in range(99))}
    assert done.err == ("astro-tui: 20 agents are judged by the list alone; for details: astro-tui why ACCOUNT/AGENT\n")
    assert sum(row["judged_by"] == "list" for row in json.loads(done.out)) == 20
    assert "abcdefghijkl" not in done.out + shell("list", "acme").out


def test_a_list_without_states_is_completed() -> None:
    rows = [Deployment(id=str(place), name=f"a{place}") for place in range(MOST_WITHOUT_STATUS + 5)]
    rows += [Deployment(id=f"r{place}", name=f"r{place}", status="Running") for place in range(MOST + 5)]
    rows.append(Deployment(name="without-id", status="Running"))
    chosen = to_investigate(entries_of(rows))
    assert len(chosen) == MOST_WITHOUT_STATUS + MOST
    assert all(entry.key for entry in chosen)


# ---- the account


def test_the_first_account_is_the_users_own(shell: Shell) -> None:
    assert json.loads(shell("list", "--json").out)
    assert ("GET", "/api/v1/me") in shell.demo.requests
    shell.demo.faults.set("/me", Fault.response(200, '{"user":{"id":"u"},"accounts":[]}'))
    assert "this login has no accounts" in shell("list").err


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


def test_an_account_called_like_a_command_is_reached(tmp_path: Path) -> None:
    env, name = environment(str(tmp_path)), "logs"
    assert "needs a terminal" in program(env, tmp_path, "--account", name).stderr
    done = program(env, tmp_path, "--demo", name)
    assert done.returncode == 2
    assert f"{name} is a command and must come first; to open an account named {name}: --account {name}" in done.stderr


# ---- what all commands share


def test_no_screen_library_is_loaded(demo: DemoServer, tmp_path: Path) -> None:
    commands = [
        ["list", "harborline"],
        ["why", "harborline"],
        ["wait", "harborline/tide-notes"],
        ["show", "harborline/tide-notes"],
        ["diff", "harborline/tide-notes", "4"],
    ]
    code = f"""
import sys, os
from astro_tui.cli.main import _outcome
token = os.environ["ASTRO_ACCESS_TOKEN"]
for command in {commands}:
    os.environ["ASTRO_ACCESS_TOKEN"] = token
    code = _outcome(command)
    heavy = {{"textual", "asyncio"}} & set(sys.modules)
    print(command[0], sorted(heavy), code, file=sys.stderr)
"""
    env = signed_in(demo, tmp_path)
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, check=True, text=True)
    assert done.stderr.splitlines() == [f"{command[0]} [] 0" for command in commands]


def test_the_demo_needs_nothing(tmp_path: Path) -> None:
    done = program(environment(str(tmp_path)), tmp_path, "list", "--demo", "--quick")
    assert (done.returncode, done.stderr) == (1, "")
    assert "Claims Desk (EU)" in done.stdout


def test_colors_are_for_terminals(demo: DemoServer, tmp_path: Path) -> None:
    for extra, coloured in (({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)):
        command = [PROGRAM, "list", "--quick", "meridian-labs"]
        with Terminal(command, signed_in(demo, tmp_path, **extra), 120, 60, str(tmp_path)) as terminal:
            assert terminal.wait()[0] == 1
        assert b"Weekly Numbers" in terminal.raw
        assert (b"\x1b[1;31mFAILED\x1b[0m" in terminal.raw) is coloured
        assert (b"\x1b" in terminal.raw) is coloured
    assert "\x1b" not in program(signed_in(demo, tmp_path), tmp_path, "list", "--quick", "meridian-labs").stdout


def test_a_locale_without_unicode_gets_ascii(demo: DemoServer, tmp_path: Path) -> None:
    env = signed_in(demo, tmp_path, LC_ALL="C")
    assert program(env, tmp_path, "list", "--quick", "meridian-labs").stdout.isascii()
    assert program(env, tmp_path, "show", "meridian-labs/Grüße").stderr.isascii()


def test_a_closed_pipe_ends_it_silently(tmp_path: Path) -> None:
    for command in (
        "list --demo --json --quick",
        "why --demo harborline",
        "show --demo product-catalog",
        "diff --demo product-catalog 1 --json",
    ):
        with Forked([PROGRAM, *command.split()], environment(str(tmp_path)), tmp_path) as process:
            process.stdout.close()
            assert process.wait(DEADLINE) == -signal.SIGPIPE
            assert "Traceback" not in process.stderr.read()


def test_a_pause_before_the_next_try_names_the_server(demo: DemoServer, tmp_path: Path) -> None:
    demo.faults.set("/deployments", Fault.response(503), count=1)
    command = [PROGRAM, "list", "--quick", "meridian-labs"]
    with Terminal(command, signed_in(demo, tmp_path), 120, 60, str(tmp_path)) as terminal:
        terminal.until_text("Claims Desk (EU)")
        server = demo.url.removeprefix("http://")
        assert re.search(rf"astro-tui: {server}: not available; trying again in \d\.\d s", terminal.text), terminal.text


@pytest.mark.parametrize(
    ("command", "path"), [("list", "/deployments"), ("list", "^/deployments/"), ("why", "^/deployments/")]
)
def test_ctrl_c_ends_it_at_once(demo: DemoServer, tmp_path: Path, command: str, path: str) -> None:
    demo.faults.set(re.compile(path), Fault.hang())
    command_line = [PROGRAM, command, "meridian-labs"]
    with Terminal(command_line, signed_in(demo, tmp_path), 80, 20, str(tmp_path)) as terminal:
        terminal.until(lambda: any(re.search(path, each[7:]) for _, each in demo.requests), "a request that hangs")
        terminal.send("\x03")
        code, took = terminal.wait()
    assert code == 130
    assert took < AT_ONCE
    assert b"Traceback" not in terminal.raw


def test_a_bug_is_neither_same_nor_healthy(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def broken(_arguments: object) -> int:
        raise RuntimeError("oh")

    for name in ("list", "why", "wait", "show", "diff"):
        monkeypatch.setattr(f"astro_tui.cli.commands.{name}.run", broken)
        assert _outcome([name]) == 2
    assert "RuntimeError: oh" in capsys.readouterr().err
