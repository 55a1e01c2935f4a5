"""What a sidecar sends, over HTTP: the words and the messages in the end, and that one message was sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.hidden_sidecar import HiddenSidecar
from support.talking import Person, messages_sent

from astro_tui.chat.words import words_of
from astro_tui.demo import DemoServer

MEGABYTE = "x" * 1_000_000
SEQUENCES = json.loads((Path(__file__).parent / "sequences.json").read_text(encoding="utf-8"))


def many_breaks(count: int, *, numbered: bool) -> dict[str, Any]:
    """Return a sequence in which each connection brings two parts, half of a third one, and then breaks."""

    def part(place: int) -> list[Any]:
        return ["chunk", "delta" if place else "start", f"{place} ", *([place + 1] if numbered else [])]

    torn = ["raw", 'event: chunk\ndata: {"type":"chu']
    text = "".join(f"{place} " for place in range(2 * count))
    streams = [["sent", part(2 * each), part(2 * each + 1), torn, "reset"] for each in range(count)]
    streams.append([["store", [["assistant", text]]], ["finish", {}, 2 * count + 1 if numbered else 0], "hold"])
    resumed = [str(2 * each) if numbered and each else "" for each in range(count + 1)]
    shown = {"shown": [["assistant", text]], "grows": numbered}
    return {"streams": streams, "words": "Answered in", "resumed": resumed, **shown}


CASES = SEQUENCES | {
    "31 broken connections with numbers": many_breaks(31, numbered=True),
    "31 broken connections without numbers": many_breaks(31, numbered=False),
}


@pytest.fixture
def script(request: pytest.FixtureRequest) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(CASES[request.param]).replace("MEGABYTE", MEGABYTE))
    return made


@pytest.fixture
def sidecar(script: dict[str, Any]) -> Iterator[HiddenSidecar]:
    with HiddenSidecar(script) as made:
        yield made


@pytest.fixture
def demo(sidecar: HiddenSidecar) -> Iterator[DemoServer]:
    with DemoServer(sidecar=sidecar.url) as server:
        yield server


@pytest.mark.parametrize("script", CASES, indirect=True)
def test_a_sequence(
    demo: DemoServer, sidecar: HiddenSidecar, meet: Callable[[str], Person], script: dict[str, Any]
) -> None:
    person = meet("claims-desk")
    person.ask("why?")
    if "answer" in script:
        person.until(lambda thread: bool(thread.turn and thread.turn.questions))
        assert script["said"] in person.answer("q", {"action": script["answer"]})
    shown = [*script.get("earlier", []), ["user", "why?"], *script.get("shown", script.get("stored", []))]
    thread = person.until(
        lambda thread: not thread.busy and [[each.role.value, each.text] for each in thread.shown] == shown
    )
    assert thread.turn is not None
    assert script["words"] in words_of(thread.turn)
    assert sidecar.received == ["why?"] * script.get("messages", 1)
    assert messages_sent(demo) == script.get("messages", 1)
    assert sidecar.resumed[: len(script.get("resumed", []))] == script.get("resumed", [])
    if script.get("grows"):
        # Nothing that was shown had a lost or doubled character, either.
        texts = [seen.turn.answer for seen in person.seen if seen.turn is not None]
        assert len(set(texts)) > 10
        assert all(shown[-1][1].startswith(text) for text in texts)
    if "never" in script:
        assert all(script["never"] not in each.text for seen in person.seen for each in seen.shown)
