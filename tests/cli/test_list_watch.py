"""`list -o …` and `list --watch`: forms of the output, one JSON object per change, and a table that stays in place."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from math import ceil
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from support.deadline import DEADLINE
from support.forked import Forked
from support.in_shell import PROGRAM, Shell, signed_in
from support.terminal import Terminal

from astro_tui.demo import DemoServer, Fault
from astro_tui.platform.rounds import SWEEP
from astro_tui.presentation.health import ListChanges

NOW = datetime(2026, 7, 2, 9, 30, tzinfo=UTC)
LIST = re.compile(r"^/deployments\?")
ABOUT_AGENT = re.compile(r"/deployments/([^/?]+)")


@pytest.fixture
def shell(
    demo: DemoServer, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> Shell:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return Shell(demo, monkeypatch, capfdbinary, tmp_path)


def agents(**statuses: str) -> Fault:
    rows = [{"id": name, "name": name, "status": status} for name, status in statuses.items()]
    return Fault.response(200, json.dumps({"deployments": rows}))


# ---- forms


def test_all_formats_have_the_same_content(shell: Shell) -> None:
    rows = json.loads(shell("list", "meridian-labs", "--quick", "--json").out)
    assert json.loads(shell("list", "meridian-labs", "--quick", "-o", "json").out) == rows
    assert yaml.safe_load(shell("list", "meridian-labs", "--quick", "-o", "yaml").out) == rows
    names = shell("list", "meridian-labs", "--quick", "-o", "name")
    assert names.lines == [f"meridian-labs/{row['id']}" for row in rows]
    assert names.code == 1


def test_the_wide_table_has_a_row_per_agent_with_its_id_and_its_cause(shell: Shell) -> None:
    done = shell("list", "meridian-labs", "--output", "wide")
    head, *rows, _summary = done.lines
    assert head.split()[-2:] == ["ID", "WHY"]
    (claims,) = (row for row in rows if "q7k-0ab-x4d" in row)
    assert claims.startswith("ACTIVE")
    assert len(rows) == len(shell("list", "meridian-labs", "-o", "name").lines)
    assert any(row.startswith("FAILED") and row.rstrip().endswith(".") for row in rows)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-o", "yaml", "--json"], "--json and -o yaml contradict each other"),
        (["-o", "wid"], 'Did you mean "wide"?'),
        (["--watch", "-o", "name"], "--watch does not work with -o name"),
        (["--refresh", "5"], "--refresh requires --watch"),
        (["--watch", "--refresh", "0.1"], "--refresh: must be between 2 and 86400 seconds"),
    ],
)
def test_options_that_exclude_each_other(arguments: list[str], said: str, shell: Shell) -> None:
    done = shell("list", *arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_watching_needs_a_command_to_notify_with(shell: Shell) -> None:
    done = shell("watch", "meridian-labs", "--notify", "command")
    assert (done.code, done.err) == (2, '[notify] the method "command" needs a command\n')


# ---- changes


AGENT = st.fixed_dictionaries({"id": st.sampled_from("abcd"), "status": st.sampled_from(["active", "failed"])})
LISTS = st.lists(st.lists(AGENT, unique_by=lambda agent: agent["id"], max_size=4), max_size=6)


@given(LISTS)
def test_the_changes_lead_from_each_list_to_the_next(lists: list[list[dict[str, Any]]]) -> None:
    changes = ListChanges()
    known: dict[str, str] = {}
    for each in lists:
        before = dict(known)
        for change in changes.since(each, NOW):
            key, event = change["id"], change["event"]
            assert (event == "added") is (key not in before)
            if event == "removed":
                del known[key]
            else:
                assert before.get(key) != change["status"]
                known[key] = change["status"]
        assert known == {agent["id"]: agent["status"] for agent in each}


def test_another_wording_is_no_change_but_another_cause_is() -> None:
    changes = ListChanges()
    agent = {"id": "a", "status": "failed", "reason": "13s ago", "cause": {"kind": "memory", "sentence": "13s ago"}}
    assert [change["event"] for change in changes.since([agent], NOW)] == ["added"]
    later = agent | {"reason": "20s ago", "cause": {"kind": "memory", "sentence": "20s ago"}}
    assert list(changes.since([later], NOW)) == []
    (change,) = changes.since([agent | {"cause": {"kind": "image", "sentence": "x"}}], NOW)
    assert (change["event"], change["at"]) == ("changed", "2026-07-02T09:30:00Z")


@pytest.mark.nightly
def test_json_lines_while_it_watches(demo: DemoServer, tmp_path: Path) -> None:
    demo.faults.set(LIST, agents(one="Running", two="Running"))
    command = [PROGRAM, "list", "acme", "--quick", "--watch", "--json", "--refresh", "2"]
    env = signed_in(demo, tmp_path)
    with Forked(command, env, tmp_path) as process:
        try:
            first = [json.loads(process.stdout.readline()) for _ in range(2)]
            assert {(one["event"], one["id"]) for one in first} == {("added", "one"), ("added", "two")}
            demo.faults.set(LIST, agents(one="error", three="Running"))
            then = [json.loads(process.stdout.readline()) for _ in range(3)]
            assert {(one["event"], one["id"]) for one in then} == {
                ("changed", "one"),
                ("removed", "two"),
                ("added", "three"),
            }
        finally:
            process.kill()


def test_a_round_reads_little_about_agents_that_were_fine(
    shell: Shell, demo: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends: list[int] = []

    def pause(_seconds: float) -> bool:
        ends.append(len(demo.requests))
        return len(ends) == 2

    def read_in(begin: int, end: int) -> set[str]:
        return {match[1] for _, target in demo.requests[begin:end] if (match := ABOUT_AGENT.search(target))}

    monkeypatch.setattr("astro_tui.cli.commands.list.pause", pause)
    done = shell("list", "meridian-labs", "--watch", "--json", "--refresh", "60")
    added = [json.loads(line) for line in done.lines if '"event"' in line]
    wrong = {each["id"] for each in added if each["severity"] in ("error", "warn")}
    fine = {each["id"] for each in added if each["severity"] == "ok"}
    assert wrong
    assert fine <= read_in(0, ends[0])
    assert wrong <= read_in(*ends)
    assert len(fine & read_in(*ends)) <= ceil(len(fine) * 60 / SWEEP)
    assert {each["event"] for each in added} == {"added"}


def test_a_closed_pipe_ends_it(demo: DemoServer, tmp_path: Path) -> None:
    demo.faults.set(LIST, agents(one="Running"))
    command = f"'{PROGRAM}' list acme --quick --watch --json --refresh 86400 | '{sys.executable}' -c 'input()'"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"],
        env=signed_in(demo, tmp_path),
        capture_output=True,
        timeout=DEADLINE,
        check=False,
    )
    assert (done.returncode, done.stderr) == (128 + 13, b"")


@pytest.mark.nightly
def test_the_table_is_redrawn_at_its_place(demo: DemoServer, tmp_path: Path) -> None:
    demo.faults.set(LIST, agents(one="Running", two="Running"))
    command = [PROGRAM, "list", "acme", "--quick", "--watch", "--refresh", "2"]
    with Terminal(command, signed_in(demo, tmp_path), 80, 20, str(tmp_path)) as terminal:
        terminal.until_text("acme, updated every 2s, ctrl+c stops", "2 agents: 2 active")
        demo.faults.set(LIST, agents(one="error"))
        terminal.until_text("FAILED", "1 agent: 1 failed")
        assert terminal.text.count("STATUS") == 1
        assert "two" not in terminal.text
        demo.faults.set(LIST, Fault.response(403))
        terminal.until_text("You have no access to this")
        assert "FAILED" in terminal.text
        terminal.send("\x03")
        assert terminal.wait()[0] == 130


def test_the_table_in_place_leaves_the_last_cell_of_a_cause_free(demo: DemoServer, tmp_path: Path) -> None:
    line = " " * 13 + "No room on the cluster:"
    command = [PROGRAM, "list", "meridian-labs", "--watch", "--refresh", "86400"]
    with Terminal(command, signed_in(demo, tmp_path), len(line), 20, str(tmp_path)) as terminal:
        terminal.until_text("No room on the")
        # The end of the line is erased from there.
        assert line not in terminal.text
        assert line[:-1].rpartition(" ")[0] in terminal.text


# ---- the same option elsewhere


def test_why_as_yaml(shell: Shell) -> None:
    told = json.loads(shell("why", "meridian-labs/csv-importer", "--json").out)
    done = shell("why", "meridian-labs/csv-importer", "-o", "yaml")
    (again,) = yaml.safe_load_all(done.out)
    assert (done.code, again["cause"], again["deployment"]) == (1, told["cause"], told["deployment"])
    assert 'Did you mean "yaml"?' in shell("why", "meridian-labs", "-o", "yml").err
