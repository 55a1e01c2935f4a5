"""`astro-tui numbers`: charts, JSON, and what is said if a part cannot be read."""

from __future__ import annotations

import json
import re

import pytest
from support.in_shell import Shell

from astro_tui.demo import Fault


def test_charts_of_every_panel(shell: Shell) -> None:
    done = shell("numbers", "meridian-labs/mail-triage", "--range", "6h")
    assert (done.code, done.err) == (0, "")
    assert done.lines[0].startswith("Medians before → after rev 3, 5h ago: failed requests 0.")
    for title in (
        "CPU cores  0.",
        "memory  ",
        "requests  ",
        "failed requests  ",
        "observations per hour  ",
        "cost by day",
    ):
        assert any(line.startswith(title) for line in done.lines)
    assert "limit 4 GiB" in done.out
    assert done.lines[-1] == "D deploy  O OOM  R restart  CPU and requests are means over 4 steps."
    assert max(map(len, done.lines[1:])) <= 80
    plain = shell("numbers", "meridian-labs/mail-triage", "--range", "6h", "--ascii")
    assert plain.out.isascii()


def test_json(shell: Shell) -> None:
    done = shell("numbers", "meridian-labs/q7k-0ab-x4d", "--range", "7d", "--json")
    body = json.loads(done.out)
    numbers = {each["name"]: each for each in body["numbers"]}
    assert (body["agent"], body["range"]) == ("Claims Desk (EU)", "7d")
    assert len(numbers["cpu"]["samples"]) == 168
    assert numbers["memory"]["limit"] == 4 * 2**30
    [errors] = [each for each in body["medians"] if each["name"] == "errors"]
    assert errors["after"] > 5 * errors["before"] > 0
    assert body["last_deploy"]["what"] == "rev 12"


def test_a_week_has_all_its_hours_with_either_reader_and_whole_days(shell: Shell) -> None:
    for agent in ("q7k-0ab-x4d", "translation-desk"):
        done = shell("numbers", f"meridian-labs/{agent}", "--range", "7d", "--json")
        numbers = {each["name"]: [value for _, value in each["samples"]] for each in json.loads(done.out)["numbers"]}
        assert [len(numbers[name]) for name in ("observations", "trace-latency")] == [169, 169]
        assert min(numbers["observations"][:-1]) > 0
        first, second, *_ = numbers["cost"]
        # The noise of the demo never halves a day; a cut could.
        assert first > 0.5 * second


@pytest.mark.parametrize(
    ("agent", "note"),
    [
        ("souq-helper", "tokens per hour  No tracing."),
        ("policy-search", "cost by day  The cost is below $0.0001, or the price is unknown."),
        ("regulatory-watch", "CPU cores  Not measured."),
        ("night-watch", "memory  No pod is running."),
    ],
)
def test_what_was_not_measured_is_said_and_never_drawn(shell: Shell, agent: str, note: str) -> None:
    done = shell("numbers", f"meridian-labs/{agent}")
    assert (done.code, done.err) == (0, "")
    assert note in done.lines
    assert done.lines[done.lines.index(note) + 1 :][:1] in ([""], [])


@pytest.mark.nightly
def test_a_part_that_cannot_be_read(shell: Shell) -> None:
    part = shell("numbers", "meridian-labs/product-catalog", "--range", "7d")
    assert part.code == 1
    assert any(line.startswith("CPU cores  24h may work. ") for line in part.lines)
    assert any(line.startswith("requests  0.") for line in part.lines)
    shell.demo.faults.set("^/(deployments/[^/]+|agents|accounts)/", Fault.response(500))
    assert shell("numbers", "meridian-labs/mail-triage").code == 2


def test_peers_by_direction(shell: Shell) -> None:
    done = shell("numbers", "copper-lantern/night-porter", "--peers", "--range", "1h")
    assert any(re.match(r"outbound +lamps\.search\.example +[\d,]+ +\d\d\.\d%", line) for line in done.lines)
    [first, *_] = json.loads(shell("numbers", "meridian-labs/mail-triage", "--peers", "--json").out)
    assert (first["direction"], first["peer"]) == ("inbound", "/v1/messages")
    assert first["error_rate"] == first["errors"] / first["requests"]
    shell.demo.faults.set("^/deployments/.*/network/flows", Fault.response(200, '{"flows": []}'))
    assert "or not measured" in shell("numbers", "meridian-labs/mail-triage", "--peers").err
