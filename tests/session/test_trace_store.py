"""The traces that were read: which of them are requested again, with both readers of the server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from support.chatting import Chat, until
from support.demo_deployments import CLAIMS
from support.on_screen import Clock

from astro_tui.demo import DemoServer, Fault
from astro_tui.platform.client import Call, Platform
from astro_tui.platform.observations import TraceQuery
from astro_tui.session.trace_store import TraceStore
from astro_tui.traces import Trace


class Reader:
    """Reads the traces of an agent, and counts the requests for single ones."""

    def __init__(self, demo: DemoServer, store: TraceStore) -> None:
        self.demo, self.store = demo, store

    def keys(self) -> list[str]:
        page, _skipped = self.store.newest(CLAIMS, TraceQuery(), 50, Call())
        return [row.trace_id for row in page.rows]

    def read(self, trace_id: str) -> Trace:
        return self.store.read(CLAIMS, trace_id, Call())

    def errors(self, trace_id: str) -> int | None:
        return self.store.outcome(CLAIMS, trace_id, Call()).errors

    @property
    def requests(self) -> int:
        return sum("/observability/traces/" in target for _method, target in self.demo.requests)


@contextmanager
def reading(clock: Clock, reader: str) -> Iterator[Reader]:
    with DemoServer(clock=clock, reader=reader) as demo:
        platform = Platform(demo.url, demo.token)
        try:
            yield Reader(demo, TraceStore(platform, clock))
        finally:
            platform.close()


@pytest.mark.parametrize(
    ("reader", "requests"),
    [
        # Seconds that pass before the trace is read again, its errors then, and the requests until then.
        ("v3", [(0, 0, 1), (20, 0, 2), (30, 2, 3), (590, 2, 4), (20, 2, 5), (10**6, 2, 5)]),
        ("v4", [(0, None, 1), (20, None, 2), (30, 2, 3), (590, 2, 4), (20, 2, 5), (590, 2, 5), (20, 2, 6)]),
    ],
)
def test_a_trace_that_may_still_run_is_read_again(
    clock: Clock, reader: str, requests: list[tuple[float, int | None, int]]
) -> None:
    with reading(clock, reader) as agent:
        running = agent.keys()[0]
        for pause, errors, count in requests:
            clock.advance(pause)
            assert (agent.errors(running), agent.requests) == (errors, count)


def test_a_trace_begins_with_its_earliest_span_and_its_root_may_have_to_be_requested(clock: Clock) -> None:
    read = {}
    for reader in ("v3", "v4"):
        with reading(clock, reader) as agent:
            failing, large = (agent.read(agent.keys()[number]) for number in (3, 14))
            read[reader] = failing
            assert (large.partial, large.duration is None) == (reader == "v4", reader == "v4")
    assert read["v3"].began == read["v4"].began
    assert (read["v3"].tree.errors, read["v4"].tree.errors) == (3, 3)
    assert read["v3"].head.timestamp.at != read["v4"].head.timestamp.at


def test_one_odd_trace_says_nothing_about_others(clock: Clock) -> None:
    with reading(clock, "v3") as agent:
        keys = agent.keys()
        odd = {"trace": {"trace_id": "another"}, "observations": []}
        for key, status, body in ((keys[1], 200, json.dumps(odd)), (keys[2], 500, "{}"), (keys[4], 200, "[")):
            agent.demo.faults.set(f"^/deployments/{CLAIMS}/observability/traces/{key}$", Fault.response(status, body))
        assert [agent.errors(key) for key in keys[1:5]] == [None, None, 3, None]


def test_only_the_deployments_asked_about_most_recently_are_kept(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("astro_tui.session.trace_store.MOST_AGENTS", 2)
    with reading(clock, "v3") as agent:
        settled, requests = agent.keys()[14], list[int]()
        for others in ([], ["one"], ["two", "three"]):
            for other in others:
                agent.store.outcomes(other)
            agent.errors(settled)
            requests.append(agent.requests)
        assert requests[0] == requests[1] < requests[2]


def test_the_traces_of_a_conversation_are_found_with_few_requests() -> None:
    with DemoServer() as demo:
        platform, chat = Platform(demo.url, demo.token), Chat(demo, CLAIMS)
        store = TraceStore(platform, lambda: datetime.now(UTC))
        conversations = [chat.create(), chat.create()]
        assert store.of_conversation(CLAIMS, conversations[0], Call()) == ()
        before = datetime.now(UTC)
        for conversation in conversations:
            with chat.stream(conversation) as events:
                chat.ask(conversation, "stream")
                until(events, lambda event: event.name == "finish")
        found = [store.of_conversation(CLAIMS, each, Call(), before) for each in conversations]
        assert [len(each) for each in found] == [1, 1]
        assert found[0] != found[1]
        read = Reader(demo, store).requests
        assert read <= 12
        # Another try reads only what is new.
        assert store.of_conversation(CLAIMS, conversations[0], Call()) == found[0]
        assert Reader(demo, store).requests == read
        platform.close()
