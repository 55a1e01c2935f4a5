"""What is read about accounts: once in ten minutes, never again what was refused, and what it explains."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from msgspec.structs import replace
from support.demo_caller import Clock

from astro_tui.demo import DemoServer, Fault
from astro_tui.diagnosis.account import edited
from astro_tui.platform.client import Call, Platform
from astro_tui.presentation.agent_list import entries_of
from astro_tui.session.account_store import older_entries
from astro_tui.session.agent import Agent, Agents

LANTERN, RAIL, DRYDOCK = "copper-lantern", "ferncliff-rail", "drydock-nine"
SOURCES = ("billing", "spend", "audit", "variables", "quotas")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def demo(clock: Clock) -> Iterator[DemoServer]:
    with DemoServer(clock=clock) as server:
        yield server


@pytest.fixture
def agents(demo: DemoServer, clock: Clock) -> Iterator[Agents]:
    platform = Platform(demo.url, demo.token)
    yield Agents(platform, clock)
    platform.close()


def agent_of(agents: Agents, account: str, name: str) -> Agent:
    entries = entries_of(agents.platform.deployments(account).rows)
    return agents.of(account, next(each for each in entries if each.blueprint == name))


def sent(demo: DemoServer, part: str = "/accounts/") -> Counter[str]:
    return Counter(target.partition("?")[0] for _method, target in demo.requests if part in target)


def test_each_source_is_read_once_in_ten_minutes(demo: DemoServer, agents: Agents, clock: Clock) -> None:
    for _again in range(3):
        assert all(agents.account(LANTERN, source, Call()).known for source in SOURCES)
    assert set(sent(demo).values()) == {1}
    clock.advance(timedelta(minutes=11).total_seconds())
    agents.account(LANTERN, "variables", Call())
    assert max(sent(demo).values()) == 2


def test_what_was_refused_is_not_requested_again(demo: DemoServer, agents: Agents, clock: Clock) -> None:
    """The audit log and billing need the same permission, so the first refusal answers for all of them."""
    for source in (*SOURCES, *SOURCES):
        agents.account(RAIL, source, Call())
        clock.advance(3600)
    assert agents.account(RAIL, "audit", Call(), again=True).refused
    managed = {path: count for path, count in sent(demo).items() if "billing" in path or "audit" in path}
    assert managed == {f"/api/v1/accounts/{RAIL}/billing/status": 1}
    assert agents.account(RAIL, "variables", Call()).known


@pytest.mark.parametrize(
    ("account", "name", "said"),
    [
        (LANTERN, "price-watch", "OPENAI_API_KEY was edited 2h ago, after the last deploy"),
        (LANTERN, "stock-counter", "Paused by Priya Raman."),
        (LANTERN, "gallery-guide", "No problem found."),
        (LANTERN, "night-porter", "failed requests to other hosts in the last hour went to lamps.search.example."),
        (DRYDOCK, "hull-survey", "Billing has stopped the account: its credit is used up."),
        (DRYDOCK, "winch-log", "Paused by a user."),
        ("meridian-labs", "lead-scorer", "Stopped by billing."),
    ],
)
def test_why_says_what_the_account_explains(agents: Agents, account: str, name: str, said: str) -> None:
    diagnosis = agent_of(agents, account, name).judged(Call()).entry.diagnosis
    assert diagnosis is not None
    assert said in diagnosis.sentence


def test_the_traffic_of_an_agent_that_fails_is_read_once(demo: DemoServer, agents: Agents, clock: Clock) -> None:
    """A refusal is said, and not asked again. A healthy agent takes no such request."""
    agent_of(agents, LANTERN, "gallery-guide").judged(Call())
    assert not sent(demo, "/network/")
    agent = agent_of(agents, LANTERN, "night-porter")
    for wait, number in ((0, 1), (60, 1), (600, 2)):
        clock.advance(wait)
        agent.judged(Call())
        assert sent(demo, "/network/").total() == number
    demo.faults.set("^.*/network/flows", Fault.response(403, '{"error":"insufficient permissions"}'))
    for _again in range(3):
        clock.advance(600)
        diagnosis = agent.judged(Call()).entry.diagnosis
        assert diagnosis is not None
        assert "last hour" not in diagnosis.sentence
        assert "network" in [each.source for each in diagnosis.unread]
    assert sent(demo, "/network/").total() == 3


def test_a_list_reads_no_variables_and_no_audit_log(demo: DemoServer, agents: Agents) -> None:
    entries = entries_of(agents.platform.deployments(LANTERN).rows)
    list(agents.investigated(entries, Call()))
    assert not sent(demo, "/variables")
    assert not sent(demo, "audit-log")


def test_a_deploy_brings_the_edited_value(agents: Agents) -> None:
    agent = agent_of(agents, LANTERN, "price-watch")
    agent.read_variables(Call())
    assert [each.ref for each in edited(agent.facts)] == ["OPENAI_API_KEY"]
    now = agents.clock().isoformat()
    newer = agents.of(LANTERN, replace(agent.entry, deployment=replace(agent.row, created_at=now)))
    assert edited(newer.facts) == []


def test_the_audit_log_is_read_page_by_page_and_ends(agents: Agents, demo: DemoServer) -> None:
    rows = older_entries(agents.platform, "meridian-labs", 10_000, Call())
    assert len(rows) == len({row.id for row in rows}) > 100
    assert [row.at for row in rows] == sorted((row.at for row in rows if row.at), reverse=True)
    # A cursor that the server ignores gives the first page again.
    page = '{"entries":[{"id":1,"action":"x"}],"has_more":true,"next_before":"same"}'
    demo.faults.set("/accounts/", Fault.response(200, page))
    assert len(older_entries(agents.platform, LANTERN, 50, Call())) == 1
