"""`astro-tui report` and `astro-tui events`: one document to hand off, and one list by time, for every demo story."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from support.app import NOW
from support.frozen_demo import FrozenDemo
from support.in_shell import SECRETS, Shell, shell_at

from astro_tui.demo import DemoServer, Fault
from astro_tui.presentation.report import BYTES, _code, _fenced, _words

ACCOUNT = "meridian-labs"


@pytest.fixture
def demo() -> Iterator[DemoServer]:
    with FrozenDemo(NOW) as server:
        yield server


@pytest.fixture
def shell(
    demo: DemoServer, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> Shell:
    """A shell whose clock stands still: two commands at different seconds name different ages."""
    return shell_at(NOW, demo, monkeypatch, capsysbinary, tmp_path)


def agents(shell: Shell) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(shell("list", ACCOUNT, "--quick", "--json").out)
    return found


@pytest.mark.nightly
def test_a_report_of_every_agent_is_markdown_that_begins_with_the_cause(shell: Shell) -> None:
    for agent in agents(shell):
        name = f"{ACCOUNT}/{agent['id']}"
        text = shell("report", name).out
        why = json.loads(shell("why", name, "--json").out)
        tokens = MarkdownIt().parse(text)
        assert tokens[0].tag == "h1"
        shown = "".join(child.content for child in tokens[1].children or ())
        assert shown == why["cause"]["sentence"].strip(), name
        assert not [token for token in tokens if token.type in ("html_block", "table_open")]
        assert len(text.encode()) <= BYTES
        assert not [secret for secret in SECRETS if secret in text]
        assert "\x1b" not in text
        assert " ago" not in text


def test_a_report_has_the_change_the_timeline_and_the_next_steps(shell: Shell) -> None:
    text = shell("report", f"{ACCOUNT}/report-writer").out
    assert "+++ revision 8" in text
    assert "problem began" in text
    assert "`astro-tui rollback --to 7" in text


def test_the_same_facts_have_the_same_times_whenever_they_are_read(
    demo: DemoServer, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> None:
    times: list[list[object]] = []
    # Before that, a program that has just logged something may still run.
    for later in (20, 61):
        shell = shell_at(NOW + timedelta(seconds=later), demo, monkeypatch, capsysbinary, tmp_path)
        for name in ("parcel-tracker", "report-writer", "mail-triage", "csv-importer"):
            body = json.loads(shell("report", f"{ACCOUNT}/{name}", "--json").out)
            rows = [(row["kind"], row["what"], row["at"]) for row in body["events"] if row["kind"] != "note"]
            times.append(
                [body["began"], [each["time"] for each in body["diagnosis"]["evidence"]], sorted(rows, key=str)]
            )
    assert times[:4] == times[4:]
    # A problem that began with a deploy is newer than the deploy.
    lines = shell("events", f"{ACCOUNT}/parcel-tracker").lines
    began = next(number for number, line in enumerate(lines) if "problem began" in line)
    assert "revision 9" in lines[began + 1]
    # The pod says that it restarted minutes ago, and an event says when.
    assert "('restart', 'app restarted', '2026-07-02T09:1" in str(times[2])


def test_a_state_that_only_looks_fine_is_not_stated_alone(shell: Shell) -> None:
    assert "\n- State: active with a problem, as of " in shell("report", f"{ACCOUNT}/mail-triage").out


@pytest.mark.nightly
def test_the_log_around_the_cause_marks_the_line_that_proves_it(shell: Shell) -> None:
    found = [shell("report", f"{ACCOUNT}/{agent['id']}", "--json").out for agent in agents(shell)]
    logs = [log for text in found if (log := json.loads(text)["log"])]
    assert logs
    for log in logs:
        assert [line["proof"] for line in log].count(True) == 1
        assert len(log) <= 21


def test_a_small_report_says_what_it_leaves_out(shell: Shell) -> None:
    text = shell("report", f"{ACCOUNT}/report-writer", "--max-bytes", "2500").out
    assert len(text.encode()) <= 2_500
    assert "## Left out" in text
    assert "- Events: " in text


def test_it_writes_a_new_file_only(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "incident.md"
    assert shell("report", f"{ACCOUNT}/report-writer", "-o", str(file)).code == 0
    assert file.read_text().startswith("# The agent ran out of memory")
    assert file.stat().st_mode & 0o777 == 0o600
    assert "cannot write" in shell("report", f"{ACCOUNT}/report-writer", "-o", str(file)).err


@pytest.mark.parametrize(
    "text",
    ["# not a heading", "<script>x</script>", "*a* _b_ `c`", "1. no list", "[link](https://x.example)", "- no item"],
)
def test_text_from_outside_stays_text(text: str) -> None:
    tokens = MarkdownIt().parse(f"- {_words(text)}")
    inline = [token for token in tokens if token.type == "inline"]
    assert "".join(child.content for child in inline[0].children or ()) == text
    assert len(inline) == 1


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("ask @robin, or (@acme/on-call).", ["@robin", "@acme/on-call"]),
        ("see https://x.example/a_b?c=d#e.", ["https://x.example/a_b?c=d#e"]),
        ("from robin@x.example at www.x.example", ["robin@x.example", "www.x.example"]),
        ("broken since #12, acme/app#34, !56, GH-7, and &8", ["#12", "acme/app#34", "!56", "GH-7", "&8"]),
        ("built from 1f0c2ab9", ["1f0c2ab9"]),
        ("`@robin` @a`b``c", ["`@robin`", "@a`b``c"]),
        ("127 MiB at 10:15, C# and 5 @ 3, 20260702", []),
    ],
)
def test_what_a_ticket_would_link_is_code(text: str, codes: list[str]) -> None:
    (inline,) = (token for token in MarkdownIt().parse(f"- {_words(text)}") if token.type == "inline")
    assert [child.content for child in inline.children or () if child.type == "code_inline"] == codes
    assert "".join(child.content for child in inline.children or ()) == text


def test_no_text_ends_a_block_of_code() -> None:
    for text in ("```", "``````\n# out", "`", "a ```` b"):
        (block,) = MarkdownIt().parse("\n".join(_fenced([text], "text")))
        assert block.type == "fence"
        (inline,) = (token for token in MarkdownIt().parse(_code(text)) if token.type == "inline")
        assert [child.type for child in inline.children or ()] == ["code_inline"]


def test_events_are_one_list_by_time(shell: Shell) -> None:
    rows = json.loads(shell("events", f"{ACCOUNT}/report-writer", "--json").out)
    times = [row["at"] for row in rows if row["at"]]
    assert times == sorted(times, reverse=True)
    kinds = {row["kind"] for row in rows}
    assert {"event", "deploy", "alert", "began", "note", "restart"} <= kinds
    assert shell("events", f"{ACCOUNT}/report-writer").out.startswith("TIME")


def test_an_alert_of_an_agent_without_a_problem_is_listed(shell: Shell, demo: DemoServer) -> None:
    alert = {"title": "Slow", "state": "firing", "severity": "critical", "activeSince": "2026-07-02T09:00:00Z"}
    demo.faults.set("^/deployments/[^/]+/alerts", Fault.response(200, json.dumps({"alerts": [alert]})))
    rows = json.loads(shell("events", f"{ACCOUNT}/q7k-0ab-x4d", "--json").out)
    assert [(row["level"], row["what"]) for row in rows if row["kind"] == "alert"] == [("failed", "Slow")]


def test_what_cannot_be_read_has_a_row(shell: Shell, demo: DemoServer) -> None:
    demo.faults.set("^/deployments/[^/]+/events", Fault.response(500))
    rows = json.loads(shell("events", f"{ACCOUNT}/report-writer", "--json").out)
    assert [row["what"] for row in rows if row["kind"] == "note"] == ["events not read"]
