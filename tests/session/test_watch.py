"""The list investigates by itself: problems first, then slowly the agents that seem to be fine."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from support.app import NOW, AppFactory
from support.driving import detail, go_to, listed, picker, under_cursor
from support.on_screen import running, screen_text, settled, until, until_text
from support.raw_server import RawServer, answer

from astro_tui.platform import rounds
from astro_tui.platform.deployment_rows import Deployment
from astro_tui.presentation.agent_list import entry_of
from astro_tui.screens.diff.screen import DiffScreen
from astro_tui.session import watch

pytestmark = [pytest.mark.anyio, pytest.mark.investigating]
FINE = {"runtime": {"ready": 1, "replicas": 1, "workloads": []}}
CONTAINER = {"name": "app", "state": "waiting", "ready": False, "restart_count": 41}
CONTAINER["message"] = "CrashLoopBackOff: back-off 5m0s restarting failed container"
POD = {"name": "a-agent", "pod_name": "a-agent-7d9f8b6c5d-x2x4z", "phase": "Running", "age": "3h"}
RESTARTING = {"runtime": {"ready": 1, "replicas": 1, "workloads": [{**POD, "containers": [CONTAINER]}]}}


class Fleet:
    """A server with many agents. `pause` delays every response.

    `runtime` has the observation of an agent by its id, and `builds` those of every blueprint.
    """

    def __init__(self, count: int, status: str) -> None:
        deployed = (NOW - timedelta(days=2)).isoformat()
        self.rows = [
            {"id": f"a{number}", "name": f"agent-{number:02}", "status": status, "created_at": deployed}
            for number in range(count)
        ]
        self.fine = status == "Running"
        self.runtime: dict[str, Any] = {}
        self.builds: list[dict[str, str]] = []
        self.pause = 0.0
        self.requests: list[str] = []
        self.most = self._now = 0
        self._lock = threading.Lock()

    def reply(self, head: str) -> bytes:
        """Return the response to a request."""
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        # A real duration, so that requests overlap.
        time.sleep(self.pause)
        target = head.split(" ")[1].removeprefix("/api/v1")
        with self._lock:
            self.requests.append(target)
            self._now -= 1
        path, _, _query = target.partition("?")
        if path == "/deployments":
            return answer(json.dumps({"deployments": self.rows, "count": len(self.rows)}).encode())
        if path.endswith("/builds") and self.builds:
            return answer(json.dumps({"builds": self.builds}).encode())
        key = path.split("/")[2] if path.startswith("/deployments/") else ""
        if path.endswith("/runtime"):
            return answer(json.dumps(self.runtime.get(key, FINE)).encode())
        if path.endswith("/status"):
            return answer(
                b'{"value":"active","reason":"ready"}' if self.fine else b'{"value":"error","reason":"failed"}'
            )
        return answer(b'{"error":"not found"}', "404 Not Found")

    def swept(self) -> list[str]:
        """Return the ids of the agents whose runtime was requested."""
        return [target.split("/")[2] for target in self.requests if target.endswith("/runtime")]


@contextmanager
def fleet(count: int, status: str) -> Iterator[tuple[Fleet, str]]:
    """Run a server with agents, and return it with its address."""
    found = Fleet(count, status)
    with RawServer(found.reply) as server:
        yield found, server.url


@pytest.fixture
def sweeps(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    def every(seconds: float) -> None:
        monkeypatch.setattr(rounds, "SWEEP_EVERY", seconds)

    return every


@pytest.mark.nightly
async def test_agents_that_seem_fine_are_read_one_by_one(make_app: AppFactory, sweeps: Callable[[float], None]) -> None:
    sweeps(0.05)
    with fleet(50, "Running") as (server, url):
        async with running(make_app(server=url, account="acme"), 80, 24) as pilot:
            await listed(pilot)
            await until(pilot, lambda: len(server.swept()) > 51, "51 requests")
        # Each one comes once before the first comes again. Besides, only the builds under the cursor are requested.
        assert len(set(server.swept()[:50])) == 50
        about_agents = [target for target in server.requests if not target.startswith("/accounts/")]
        assert len(about_agents) == len(server.swept()) + 2


async def test_those_on_screen_are_checked_at_once_and_only_once(
    make_app: AppFactory, sweeps: Callable[[float], None]
) -> None:
    sweeps(3600.0)
    with fleet(60, "Running") as (server, url):
        server.pause = 0.02
        async with running(make_app(server=url, account="acme"), 100, 24) as pilot:
            screen = await listed(pilot)
            visible = [entry.key for entry in screen.table.visible_rows]
            await until_text(pilot, f"checked {len(visible)}/60")
            assert sorted(server.swept()) == sorted(visible)
            # Besides four checks, the builds of the agent under the cursor can be in flight.
            assert 1 < server.most <= 5
            await pilot.press("r")
            await settled(pilot)
            await pilot.press("G", "j", "j")
            await settled(pilot)
            # Another screen, and back.
            await pilot.press("c", "escape")
            await settled(pilot)
        assert sorted(server.swept()) == sorted(visible)


async def test_a_status_is_dim_until_it_is_checked(make_app: AppFactory, sweeps: Callable[[float], None]) -> None:
    sweeps(3600.0)
    with fleet(40, "Running") as (server, url):
        server.rows[1]["status"], server.rows[2]["status"], server.fine = "Stopped", "error", False
        async with running(make_app(server=url, account="acme"), 100, 24) as pilot:
            screen = await listed(pilot)
            await settled(pilot)
            table = screen.table
            seen = len(table.visible_rows)
            await until_text(pilot, f"checked {seen + 1}/40")

            def tone(key: str) -> object:
                row = table.index_of(key)
                assert row is not None
                return table.draw_row(row, 80, selected=False)[1].style

            # Of a paused agent nothing runs, and a failure is red even if only the list says so.
            assert tone("a0") == table.part("ok")
            assert tone("a39") == table.part("muted")
            assert (tone("a1"), tone("a2")) == (table.part("muted"), table.part("error"))


async def test_an_agent_whose_runtime_cannot_be_read_stays_unchecked(make_app: AppFactory) -> None:
    with fleet(2, "Running") as (server, url):
        server.runtime["a1"] = None
        async with running(make_app(server=url, account="acme"), 100, 24) as pilot:
            await listed(pilot)
            await until_text(pilot, "checked 1/2")
            await settled(pilot)
            assert [entry.checked for entry in picker(pilot.app).agents.entries] == [True, False]


async def test_an_agent_that_restarts_all_day_is_found(make_app: AppFactory, sweeps: Callable[[float], None]) -> None:
    sweeps(0.05)
    with fleet(20, "Running") as (server, url):
        server.runtime["a7"] = RESTARTING
        async with running(make_app(server=url, account="acme")) as pilot:
            await listed(pilot)
            await until_text(pilot, "ACTIVE!")
            entry = next(entry for entry in picker(pilot.app).agents.entries if entry.key == "a7")
            assert entry.status.label == "ACTIVE!"
            # Until the first key, the worst agent is on top at once, and not with the next list.
            assert (picker(pilot.app).table.cursor, under_cursor(pilot.app)) == (0, "a7")
            await go_to(pilot, "a7")
            await until_text(pilot, "CrashLoopBackOff")
            # The next list says the same as before, and it is a problem still.
            await pilot.press("r")
            await settled(pilot)
            assert "ACTIVE!" in screen_text(pilot.app)
            assert picker(pilot.app).table.rows[0].key == "a7"


@pytest.mark.parametrize(
    ("newest", "words"),
    [
        ({"build_id": "b3", "status": "failed", "step": "building"}, "newest build failed at building"),
        ({"build_id": "b2", "status": "registered"}, "newer build b2"),
    ],
)
async def test_the_list_says_what_became_of_the_newest_build(
    make_app: AppFactory, newest: dict[str, str], words: str
) -> None:
    with fleet(60, "Running") as (server, url):
        # One is behind and on screen, one is behind and is not, and the first one is under the cursor.
        for row in (server.rows[3], server.rows[59]):
            row |= {"build_id": "b1", "latest_build_id": "b2"}
        server.rows[0]["build_id"] = "b1"
        server.builds = [newest, {"build_id": "b1", "status": "registered"}]
        async with running(make_app(server=url, account="acme"), 100, 24) as pilot:
            await listed(pilot)
            # Two rows say so, and the line about the one under the cursor.
            await until(pilot, lambda: screen_text(pilot.app).count(words) == 3, words)
            await pilot.press("r", "j", "k")
            await settled(pilot)
            entries = picker(pilot.app).agents.entries
            assert {entry.status.label for entry in entries} == {"ACTIVE"}
        read = [target for target in server.requests if "/builds" in target and "agent-01" not in target]
        assert sorted(target.split("/")[3] for target in read) == ["agent-00", "agent-03"]


async def test_never_more_than_eight_requests_at_once(make_app: AppFactory) -> None:
    with fleet(40, "error") as (server, url):
        server.pause = 0.02
        async with running(make_app(server=url, account="acme")) as pilot:
            await listed(pilot)
            for _time in range(3):
                await pilot.press("r", "j")
                await until(pilot, lambda: not picker(pilot.app).busy("list"))
            await settled(pilot)
        assert 3 < server.most <= 8


async def test_the_agents_on_screen_come_first(make_app: AppFactory) -> None:
    with fleet(60, "error") as (server, url):
        async with running(make_app(server=url, account="acme"), 80, 24) as pilot:
            screen = await listed(pilot)
            visible = {entry.key for entry in screen.table.visible_rows}
            await until(pilot, lambda: len(set(server.swept())) > len(visible))
            order = list(dict.fromkeys(server.swept()))
            # Two agents are investigated at a time, so one that is not on screen may overtake the last that is.
            assert visible <= set(order[: len(visible) + 1])
            # The agent under the cursor comes before all others.
            await pilot.press("G")
            await settled(pilot)
        assert len(set(server.swept())) <= watch.MOST_UNSEEN + 2 * len(visible)


async def test_nothing_is_requested_behind_another_screen(
    make_app: AppFactory, sweeps: Callable[[float], None]
) -> None:
    sweeps(0.05)
    with fleet(30, "Running") as (server, url):
        async with running(make_app(server=url, account="acme")) as pilot:
            await listed(pilot)
            await until(pilot, lambda: len(server.swept()) > 1)
            await pilot.press("c")
            await settled(pilot)
            other = asyncio.ensure_future(asyncio.sleep(0.2))
            before = len(server.swept())
            # The timer of the list would have fired by now.
            await until(pilot, other.done)
            assert len(server.swept()) == before


# ---- keys of the list


async def test_two_agents_are_marked_and_compared(make_app: AppFactory) -> None:
    async with running(make_app(), 120, 40) as pilot:
        await listed(pilot)
        await go_to(pilot, "q7k-0ab-x4d")
        await pilot.press("space")
        await go_to(pilot, "u5r-8wn-c2e")
        await pilot.press("space", "d")
        await until_text(pilot, "Claims Desk (EU)", "Claims Desk (US)")
        assert isinstance(pilot.app.screen, DiffScreen)
        await pilot.press("escape")
        assert picker(pilot.app)


async def test_what_changed_and_the_history_from_the_list(make_app: AppFactory) -> None:
    async with running(make_app(), 120, 40) as pilot:
        await listed(pilot)
        await go_to(pilot, "df6-p8w-e4v")
        await pilot.press("d")
        await until_text(pilot, "diff 8 → 9")
        await pilot.press("escape", "D")
        await until_text(pilot, "compare with", "previous revision")
        await pilot.press("escape", "3")
        await until_text(pilot, "9 revisions")
        assert detail(pilot.app).entry.key == "df6-p8w-e4v"


class Slow:
    """Fetches nothing: a test ends each investigation by itself, by its topic."""

    def __init__(self) -> None:
        self.ends: dict[str, Callable[[watch.Learned], None]] = {}
        self.started = 0

    def fetch(self, topic: str, _request: object, show: Callable[[watch.Learned], None], _fail: object) -> None:
        self.started += 1
        self.ends[topic] = show

    def busy(self, topic: str) -> bool:
        return topic in self.ends

    def end(self, topic: str) -> None:
        """End an investigation that finds a failure."""
        self.ends.pop(topic)(watch.Learned(None, SimpleNamespace(failing=True)))  # type: ignore[arg-type]

    def forget(self, topic: str) -> None:
        self.ends.pop(topic, None)

    def call_after_refresh(self, callback: Callable[[], None]) -> None:
        callback()

    def set_timer(self, *_given: object) -> SimpleNamespace:
        return SimpleNamespace(stop=lambda: None)


def watching(slow: Slow, found: list[str]) -> watch.Watch:
    """Return a watch with one agent on screen; the ids of agents with a result go to `found`."""
    return watch.Watch(
        slow,  # type: ignore[arg-type]
        SimpleNamespace(paused=False, sent=0),  # type: ignore[arg-type]
        visible=lambda: ["a1"],
        learned=lambda key, _finding: found.append(key),
        missed=lambda _key: None,
    )


def test_a_slow_investigation_of_an_older_list_starts_no_other_one() -> None:
    slow = Slow()
    investigating = watching(slow, [])
    for build in ("b1", "b2"):
        investigating.investigate(
            ("acme", [entry_of(Deployment(id="a1", name="a", status="deploying", build_id=build))])
        )
    assert slow.started == 2
    for topic in ("why-1", "why-2", "why-1", "why-2"):
        if slow.busy(topic):
            slow.end(topic)
    assert slow.started == 2
    # An agent that is no longer in the list is not investigated either.
    investigating.investigate(("acme", [entry_of(Deployment(id="a1", name="a", status="deploying", build_id="b3"))]))
    assert slow.started == 3
    investigating.investigate(("acme", []))
    slow.end("why-1")
    investigating.start_over()
    investigating.rest_on(None)
    assert slow.started == 3


def test_an_agent_whose_investigation_was_canceled_is_investigated_again() -> None:
    slow = Slow()
    investigating = watching(slow, [])
    agents = ("acme", [entry_of(Deployment(id="a1", name="a", status="failed"))])
    investigating.investigate(agents)
    # The user goes to another account and comes back.
    investigating.forget()
    investigating.investigate(agents)
    assert slow.started == 2


def test_a_result_for_a_row_that_has_changed_is_dropped() -> None:
    slow, found = Slow(), list[str]()
    investigating = watching(slow, found)
    investigating.investigate(("acme", [entry_of(Deployment(id="a1", name="a", status="failed", build_id="b1"))]))
    # The user has deployed another build.
    investigating.investigate(("acme", [entry_of(Deployment(id="a1", name="a", status="failed", build_id="b2"))]))
    assert slow.started == 2
    slow.end("why-1")
    assert found == []
    slow.end("why-2")
    assert found == ["a1"]


def test_a_rollout_that_is_stuck_is_investigated_as_rarely_as_any_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(watch, "monotonic", lambda: now)
    slow = Slow()
    investigating = watching(slow, [])
    agents = ("acme", [entry_of(Deployment(id="a1", name="a", status="undeploying"))])
    while now < 1000.0 + 2 * rounds.STUCK_AFTER:
        investigating.investigate(agents)
        for topic in list(slow.ends):
            slow.ends.pop(topic)(watch.Learned(None))
        now += 3.0
    soon, later = rounds.STUCK_AFTER / rounds.ROLLOUT_AGAIN, rounds.STUCK_AFTER / rounds.PROBLEM_AGAIN
    assert soon + later - 3 <= slow.started <= soon + later + 3


def test_agents_of_many_accounts_are_read_again_with_few_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(watch, "monotonic", lambda: now)
    slow = Slow()
    session = SimpleNamespace(paused=False, sent=0)
    nothing = SimpleNamespace(visible=lambda: ["a0-0", "a1-1"], learned=lambda *_: None, missed=lambda _key: None)
    many = watch.Watch(slow, session, **vars(nothing))  # type: ignore[arg-type]
    words = {0: "failed", 1: "undeploying", 2: "Running"}
    lists = [
        (f"a{one}", [entry_of(Deployment(id=f"a{one}-{two}", name="a", status=words[two % 3])) for two in range(9)])
        for one in range(4)
    ]

    def pass_time(seconds: float) -> None:
        nonlocal now
        until = now + seconds
        while now < until:
            many.investigate(*lists)
            while slow.ends:
                # A problem takes several requests.
                session.sent += 5
                slow.ends.pop(next(iter(slow.ends)))(watch.Learned(None))
            now += 3.0

    pass_time(300)
    # All problems are read at once.
    assert session.sent >= 5 * 24
    session.sent = 0
    pass_time(3600)
    assert 50 <= session.sent <= 90
