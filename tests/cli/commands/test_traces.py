"""`astro-tui traces` and `astro-tui trace`: the newest runs of an agent, and the spans of one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.demo_deployments import CLAIMS
from support.in_shell import Shell

from astro_tui.demo import DemoServer, Fault

AGENT = f"meridian-labs/{CLAIMS}"


def test_the_newest_traces(shell: Shell) -> None:
    done = shell("traces", AGENT, "--limit", "4")
    assert (done.code, done.err) == (0, "")
    assert done.lines[0].split() == ["ERRORS", "AGE", "NAME", "LATENCY", "COST", "USER", "TRACE"]
    assert [line.split()[0] for line in done.lines[1:]] == ["?"] * 4
    rows = json.loads(shell("traces", AGENT, "--limit", "4", "--json").out)
    assert [row["name"] for row in rows] == ["support-answer", "support-answer", "lookup", "refund"]
    assert (rows[0]["user"], rows[2]["cost_usd"], rows[0]["errors"]) == ("Robin Example", None, None)


def test_a_search_says_how_many_traces_it_saw(shell: Shell) -> None:
    done = shell("traces", AGENT, "--search", "REFUND", "--sort", "cost")
    assert (done.code, len(done.lines)) == (0, 2)
    assert "of the newest 1,000 traces" in done.err


def test_a_condition_in_a_search_is_explained(shell: Shell) -> None:
    done = shell("traces", AGENT, "--search", "user=robin")
    assert (done.code, "not a condition. Did you mean robin?" in done.err) == (0, True)


def test_failed_traces_are_read_one_at_a_time(shell: Shell, demo: DemoServer) -> None:
    done = shell("traces", AGENT, "--failed", "--json")
    assert done.code == 1
    rows = json.loads(done.out)
    assert [(row["name"], row["errors"]) for row in rows] == [
        ("refund", 3), ("delegation", 1), ("\u241b]0;owned\u2407<b>[bold]trace[/bold]", 1)
    ]  # fmt: skip
    assert sum("/observability/traces/" in target for _method, target in demo.requests) == 60


def test_one_trace(shell: Shell) -> None:
    trace_id = json.loads(shell("traces", AGENT, "--failed", "--limit", "1", "--json").out)[0]["trace_id"]
    done = shell("trace", AGENT, trace_id)
    assert done.code == 1
    assert done.lines[0] == "refund: 3 errors, 5.2 s, 2,138 tokens, $0.0089, 5 spans"
    assert "ERROR: timeout after 1500 ms: policies.internal:8443" in done.lines[3]
    body = json.loads(shell("trace", AGENT, trace_id, "--json").out)
    spans = {span["name"]: span for span in body["spans"]}
    assert (body["errors"], spans["lookup_policy"]["level"], spans["lookup_policy"]["parent"]) == (
        3, "error", spans["run"]["id"]
    )  # fmt: skip
    assert sum(span["critical_ms"] or 0 for span in body["spans"]) == pytest.approx(body["duration_ms"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["traces", "meridian-labs/souq-helper"], "not configured"),
        (["trace", AGENT, "nothing"], "trace not found"),
        (["trace", AGENT], "name a trace: astro-tui trace ACCOUNT/AGENT TRACE; astro-tui traces ACCOUNT/AGENT lists"),
        (["trace"], "name an agent: astro-tui trace ACCOUNT/AGENT TRACE"),
        (["traces", AGENT, "--limit", "101"], "not a number from 1 to 100"),
    ],
)
def test_errors(shell: Shell, arguments: list[str], said: str) -> None:
    done = shell(*arguments)
    assert done.code == 2
    assert said in done.err


def test_why_reads_traces_only_if_wanted(shell: Shell, demo: DemoServer) -> None:
    done = shell("why", "meridian-labs/report-writer")
    assert "timeout after 1500 ms" not in done.out
    assert not any("/observability/" in target for _method, target in demo.requests)
    done = shell("why", "meridian-labs/report-writer", "--traces", "--json")
    evidence = json.loads(done.out)["evidence"]
    assert [each["text"].partition(" failed in ")[2] for each in evidence if each["source"] == "traces"] == [
        "lookup_policy: timeout after 1500 ms: policies.internal:8443"
    ]


def test_one_bad_trace_costs_few_others(shell: Shell) -> None:
    """The demo has a trace that fails every page that contains it."""
    done = shell("traces", AGENT, "--limit", "100", "--json")
    assert (done.code, len(json.loads(done.out))) == (0, 90)
    assert "10 traces could not be listed" in done.err


SPAN = {"id": "a", "start_time": "2026-07-02T09:00:00Z", "end_time": "2026-07-02T09:00:01Z"}
ROOTLESS = SPAN | {"parent_id": "root"}


@pytest.mark.parametrize(
    "case",
    [
        # Arguments, the rows of the list and what it says about them, the spans of each trace, and the notes.
        (["--search", "x"], 50, {"total": 123, "scanned_count": 1000}, [SPAN], ["the first 50 of 123 that match"]),
        (["--search", "x"], 50, {"total": 50, "scanned_count": 1000}, [SPAN], []),
        # One reader of the server looks at 100 traces, does not say so, and sends no total.
        (["--search", "x"], 50, {"total": 0, "scanned_count": 100}, [SPAN],
         ["of the newest 100 traces", "the first 50 of those that match"]),
        (["--sort", "cost"], 2, {}, [SPAN], ["of the newest traces only"]),
        (["--failed"], 60, {"total": 0}, [SPAN], ["of the newest 60 traces"]),
        (["--failed"], 2, {"total": 2}, [], ["2 of 2 traces: without spans, so errors are not known"]),
        (["--failed"], 2, {"total": 2}, [ROOTLESS],
         ["2 of 2 traces: without an outermost span, so it may still run"]),
        (["--failed"], 2, {"total": 2}, None, ["2 of 2 traces: could not be read"]),
    ],
)  # fmt: skip
def test_what_is_missing_is_said(shell: Shell, demo: DemoServer, case: Any) -> None:
    arguments, rows, more, observations, notes = case
    path = f"^/deployments/{CLAIMS}/observability/traces"
    listed = [{"trace_id": f"t{number}"} for number in range(rows)]
    demo.faults.set(rf"{path}(\?|$)", Fault.response(200, json.dumps({"traces": listed, **more})))
    for row in listed:
        detail = {"trace": row, "observations": observations} if observations is not None else {}
        demo.faults.set(f"{path}/{row['trace_id']}$", Fault.response(200, json.dumps(detail)))
    done = shell("traces", AGENT, *arguments)
    assert (done.code, done.err.splitlines()) == (0, [f"astro-tui: {note}" for note in notes])
