"""Failed requests to one host explain a failure that nothing else explains, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from diagnosis.incidents import INCIDENTS
from diagnosis.loading import Loader

from astro_tui.diagnosis import Fact, Facts, diagnose, what_to_request
from astro_tui.diagnosis.peers import failing_host

KNOWN = {each.name: each.facts for each in INCIDENTS}
UNEXPLAINED = KNOWN["killed by nobody knows whom"]
WORDS = "of its 580 failed requests to other hosts in the last hour went to search.example"


def flows(*rows: tuple[str, int, int], **more: Any) -> Fact:
    return Fact(
        {"flows": [{"peer": each[0], "request_count": each[1], "error_count": each[2], **more} for each in rows]}
    )


ONE = flows(("search.example", 900, 560), ("models.example", 9000, 20))
CASES: list[tuple[Fact, str]] = [
    (ONE, f"96% {WORDS}"),
    (flows(("search.example", 600, 580)), f"all {WORDS}"),
    (
        flows(("a1.search.example", 300, 290), ("a2.search.example", 300, 290), registrable_domain="search.example"),
        WORDS,
    ),
    # Few failed, two hosts share them, most requests to the host succeed, or it has no name.
    (flows(("search.example", 9, 9)), ""),
    (flows(("search.example", 900, 560), ("models.example", 900, 500)), ""),
    (flows(("search.example", 9000, 560)), ""),
    (flows(("(unknown)", 900, 560)), ""),
    (flows(("search.example", -5, -5)), ""),
    (flows(), ""),
    (Fact({"flows": None}), ""),
]


@pytest.mark.parametrize(("peers", "said"), CASES)
def test_when_a_host_explains_it(peers: Fact, said: str) -> None:
    found = diagnose(replace(UNEXPLAINED, peers=peers))
    assert said in found.cause
    assert said in found.headline
    assert ("search.example" in found.next_steps[0].text) == bool(said)
    assert ("failed requests" in found.sentence) == bool(said)


@pytest.mark.parametrize(
    "name", ["healthy", "paused", "memory lowered", "restarts all day, ready now", "one restart long ago"]
)
def test_what_is_known_to_be_fine_or_explained_needs_no_request(name: str) -> None:
    facts = closely(KNOWN[name])
    assert "peers" not in what_to_request(facts, closely=True).sources
    assert failing_host(replace(facts, peers=ONE)) is not None
    assert "search.example" not in diagnose(replace(facts, peers=ONE)).sentence


def closely(facts: Facts) -> Facts:
    return replace(facts, audit=Fact([]), variables=Fact(()), billing=Fact(error="403", refused=True))


def test_a_failure_without_a_cause_takes_one_request_if_somebody_looks() -> None:
    facts = closely(Loader(UNEXPLAINED).load())
    assert not what_to_request(facts)
    assert what_to_request(facts, closely=True).sources == ("peers",)
    refused = replace(facts, peers=Fact(error="You may not read this.", refused=True))
    assert not what_to_request(refused, closely=True)
    assert [(each.source, each.error) for each in diagnose(refused).unread if each.source == "network"] == [
        ("network", "You may not read this.")
    ]
