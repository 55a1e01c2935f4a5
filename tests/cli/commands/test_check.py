"""`astro-tui check`: what is printed, left out, and said about what cannot be read."""

from __future__ import annotations

import json
from pathlib import Path

from support.in_shell import Shell

from astro_tui.demo import Fault


def test_findings_of_an_account_without_values(shell: Shell) -> None:
    done = shell("check", "meridian-labs")
    assert done.code == 1
    assert "plain-secret  agent.environment.DATABASE_URL" in done.out
    assert "memory-near-limit  mail-triage-agent" in done.out
    assert "EXAMPLE" not in done.out
    assert "findings in 30 agents" in done.err


def test_one_agent_a_baseline_and_excluded_codes(shell: Shell, tmp_path: Path) -> None:
    agent, known = "meridian-labs/mail-triage", tmp_path / "known.json"
    assert "variable-edited  OPENAI_API_KEY" in shell("check", "copper-lantern/price-watch").out
    done = shell("check", agent, "--json")
    assert {each["code"] for each in json.loads(done.out)["findings"]} == {"memory-near-limit"}
    known.write_text(done.out)
    for options in (["--baseline", str(known)], ["--exclude", "memory-near-limit"]):
        done = shell("check", agent, *options)
        assert (done.code, done.out) == (0, "")
        assert "no findings in 1 agent" in done.err
    assert "no such code: nonsense" in shell("check", agent, "--exclude", "nonsense").err


def test_what_cannot_be_read_is_said_and_is_no_finding(shell: Shell) -> None:
    shell.demo.faults.set("^/agents/.*/vulnerabilities", Fault.response(404))
    done = shell("check", "meridian-labs/lead-scorer")
    assert "critical-vulnerability" not in done.out
    assert "not read of meridian-labs/Lead Scorer: scan (critical-vulnerability not checked):" in done.err
    assert done.code == 0
