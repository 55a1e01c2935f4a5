"""The rows of the events: groups by object and reason, stuck ones first, and any JSON at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from astro_tui.diagnosis.values import Fact, Facts
from astro_tui.presentation.events import MOST, MOST_READ, NEW_FOR, EventNode, event_nodes
from astro_tui.presentation.nodes import Nodes
from astro_tui.presentation.status import Severity

NOW = datetime(2026, 7, 2, 9, 30, tzinfo=UTC)


def event(reason: str, minutes: float | None = 1, **more: Any) -> dict[str, Any]:
    at = None if minutes is None else (NOW - timedelta(minutes=minutes)).isoformat()
    body = {
        "type": "Warning",
        "reason": reason,
        "message": f"{reason}!",
        "object_kind": "Pod",
        "object_name": "agent-1",
    }
    return body | {"count": 1, "first_timestamp": at, "last_timestamp": at} | more


def nodes(*events: object, before: Nodes | None = None, now: datetime = NOW) -> Nodes:
    return event_nodes(Facts(now, events=Fact({"events": list(events)})), before)


def tops(*events: object) -> list[EventNode]:
    return [node for node in nodes(*events).tops if isinstance(node, EventNode)]


def test_events_are_grouped_by_object_and_reason() -> None:
    groups = tops(
        event("BackOff", 1, count=3, first_timestamp="2026-07-02T09:10:00Z"),
        event("BackOff", 5, count=2, message="older", first_timestamp="2026-07-02T09:00:00Z"),
        event("BackOff", 7, object_name="agent-2"),
    )
    assert [(node.object, node.count, node.at) for node in groups] == [
        ("pod agent-1", 5, NOW - timedelta(minutes=1)),
        ("pod agent-2", 1, NOW - timedelta(minutes=7)),
    ]
    assert [below.note for below in groups[0].below] == [
        "may recover on its own",
        "BackOff!",
        "older",
        "5 times, first",
    ]
    assert {name: at.at for name, at in groups[0].times} == {
        "last": NOW - timedelta(minutes=1),
        "first": datetime(2026, 7, 2, 9, 0, tzinfo=UTC),
    }


def test_stuck_events_come_first_then_the_newest() -> None:
    groups = nodes(
        event("Pulling", 1, type="Normal", severity="info"),
        event("Unhealthy", 2, severity="transient"),
        event("Scheduled", 3, type="Normal"),
        event("Failed", 4, severity="stuck"),
        event("Killing", None, severity="bizarre"),
        event("BackOff", 6),
        event("BackOff", 7, severity="transient", message="Back-off restarting failed container", object_name="b"),
    )
    assert [(node.label, node.status.label, node.status.severity) for node in groups.tops if node.status] == [
        ("Failed", "stuck", Severity.ERROR),
        ("Pulling", "info", Severity.INFO),
        ("Unhealthy", "transient", Severity.WARN),
        ("Scheduled", "normal", Severity.MUTED),
        ("BackOff", "warning", Severity.WARN),
        ("BackOff", "crash loop", Severity.WARN),
        ("Killing", "bizarre", Severity.WARN),
    ]
    assert groups.problems == 1
    # What needs no attention is folded.
    assert [node.folded for node in groups.tops] == [False, True, False, True, False, False, False]


def test_a_group_has_the_guidance_of_the_server() -> None:
    [node] = tops(event("Failed", title="Image cannot be pulled", guidance="Check the build.", severity="stuck"))
    assert node.message == "Image cannot be pulled"
    assert [below.note for below in node.below] == ["Image cannot be pulled", "Failed!", "Check the build."]
    assert ("g", "guidance", "Check the build.") in node.copies
    assert node.copies[0].text == (
        "stuck, Failed, pod agent-1, once, Image cannot be pulled, Failed!, Check the build."
    )


def test_a_reason_is_explained_where_the_server_does_not() -> None:
    [node] = tops(event("FailedScheduling", message="0/3 nodes are available"))
    assert [below.note for below in node.below] == ["no room on the cluster", "0/3 nodes are available"]
    [unknown] = tops(event("Sneezed"))
    assert [below.note for below in unknown.below] == ["Sneezed!"]


def test_odd_times_are_shown_as_they_are() -> None:
    [node] = tops(event("Odd", first_timestamp="yesterday", last_timestamp="soon"))
    assert node.at is None
    assert [(name, at.raw) for name, at in node.times] == [("last", "soon"), ("first", "yesterday")]
    [timeless] = tops(event("Odd", None))
    assert timeless.times == ()


def test_secrets_in_messages_are_masked() -> None:
    groups = tops(event("Failed", message="login postgres://claims:not-a-real-one-9x@db.example/claims failed"))
    assert "not-a-real-one-9x" not in repr(groups)


def test_what_was_added_is_marked_for_a_while() -> None:
    first = nodes(event("BackOff", 1), event("Pulled", 3))
    assert not any(node.is_new(NOW) for node in first.tops if isinstance(node, EventNode))
    later = NOW + timedelta(seconds=15)
    again = event("BackOff", -0.1, count=2)
    second = nodes(again, event("Killing", 0), event("Pulled", 3), before=first, now=later)
    third = nodes(again, event("Killing", 0), event("Pulled", 3), before=second, now=later + timedelta(seconds=15))
    for groups in (second, third):
        new = {node.label for node in groups.tops if isinstance(node, EventNode) and node.is_new(later)}
        assert new == {"BackOff", "Killing"}
    assert not any(node.is_new(later + NEW_FOR) for node in third.tops if isinstance(node, EventNode))


def test_many_events_are_cut_with_their_number() -> None:
    listed = nodes(*(event("BackOff", object_name=f"agent-{number}", count=2) for number in range(MOST_READ + 3)))
    assert len(listed.tops) == MOST
    assert listed.hidden == 2 * (MOST_READ - MOST) + 3


NAMES = """
events type reason message object_kind object_name count first_timestamp last_timestamp title guidance severity
"""
TEXTS = """
stuck transient info Warning Normal Pod BackOff 2026-07-02T02:15:00Z 0001-01-01T00:00:00Z \x1b[31m \ud800 7
"""
KEYS = st.sampled_from(NAMES.split())
WORDS = st.sampled_from(TEXTS.split()) | st.text(max_size=9)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | WORDS
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=7), max_leaves=40
)


@given(JSON, JSON)
def test_any_json_is_read(value: Any, other: Any) -> None:
    before = event_nodes(Facts(NOW, events=Fact(other)))
    listed = event_nodes(Facts(NOW, events=Fact(value)), before)
    keys = [node.key for node in listed.tops]
    assert len(keys) == len(set(keys))
    for top in listed.tops:
        inside = [below.key for below in top.below]
        assert len(inside) == len(set(inside))
        for node in (top, *top.below):
            texts = [
                node.label,
                node.note,
                *(field.value for field in node.fields),
                *(copy.text for copy in node.copies),
            ]
            assert not any("\x1b" in text or "\n" in text for text in texts)
