"""The tree of a trace: every observation once, whatever comes in, and times that add up."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from astro_tui.platform.lenient import time_of
from astro_tui.platform.models import TraceHead
from astro_tui.platform.observations import Observation, TokenUsage
from astro_tui.traces import (
    NOWHERE,
    Trace,
    TraceOutline,
    arguments_of,
    bar_of,
    build,
    loops_of,
    named_attributes,
    repeated_calls,
    timeline_of,
)
from astro_tui.traces.timeline import SpanBar, critical_path
from astro_tui.traces.tree import TraceTree, micros

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
START = datetime(2026, 7, 2, 9, tzinfo=UTC)


def at(seconds: float | None) -> str:
    return "" if seconds is None else (START + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


def seen(key: str, parent: str = "", begin: float | None = 0, end: float | None = 1, **more: object) -> Observation:
    return Observation(key, parent, start_time=at(begin), end_time=at(end), **more)  # type: ignore[arg-type]


def names(tree: TraceTree) -> list[str]:
    return ["  " * span.depth + span.seen.id for span in tree.spans]


SECONDS = st.none() | st.integers(-20, 60) | st.sampled_from([10.0, 10.25, 1e6])
KEYS = st.sampled_from([*"abcdefgh", ""])
OBSERVATIONS = st.lists(
    st.builds(
        seen,
        KEYS,
        st.sampled_from([*"abcdefghz", ""]),
        SECONDS,
        SECONDS,
        latency_ms=st.sampled_from([0.0, 400.0, -3.0]),
        level=st.sampled_from(["", "error", "ERROR"]),
    ),
    max_size=14,
)


@pytest.mark.nightly
@given(OBSERVATIONS)
@settings(max_examples=300)
def test_every_observation_is_in_the_tree_once_and_the_critical_path_adds_up(found: list[Observation]) -> None:
    tree = build(found)
    kept = [span.seen.id for span in tree.spans]
    assert sorted(key for key in kept if key) == sorted({each.id for each in found if each.id})
    assert kept.count("") == sum(not each.id for each in found)
    assert all(span.end >= span.start for span in tree.spans)
    for position, span in enumerate(tree.spans):
        assert position < span.stop <= len(tree.spans)
        assert span.parent < position
        assert span.parent == NOWHERE or position < tree.spans[span.parent].stop
        assert span.errors == sum(each.failed for each in tree.spans[position : span.stop])
    assert sum(critical_path(tree).values()) == tree.end - tree.start
    axis = timeline_of(tree).axis
    places = [axis.place(tree.start + step * (tree.end - tree.start) // 50) for step in range(51)]
    assert places == sorted(places)
    assert all(0 <= place <= 1 for place in places)
    # The order in which they were sent makes no difference.
    shuffled = random.Random(3).sample(found, len(found))
    if len({each.id for each in found}) == len(found):
        assert names(build(shuffled)) == names(tree)


TREES = [
    ("no order", [seen("c", "b", 2), seen("b", "a", 1), seen("a")], ["a", "  b", "    c"]),
    ("siblings by time, then by ID", [seen("a"), seen("z", "a", 1), seen("y", "a", 2), seen("x", "a", 1)],
     ["a", "  x", "  z", "  y"]),
    ("an orphan", [seen("a"), seen("b", "gone", 3)], ["a", "b"]),
    ("its own parent", [seen("a", "a")], ["a"]),
    ("a cycle", [seen("a", "c", 1), seen("b", "a", 2), seen("c", "b", 3)], ["a", "  b", "    c"]),
    ("sent twice, first open", [seen("a", end=None), seen("a", end=4)], ["a"]),
    ("without a start, after its siblings", [seen("a"), seen("b", "a", None, None), seen("c", "a", 5)],
     ["a", "  c", "  b"]),
    ("nothing", [], []),
]  # fmt: skip


@pytest.mark.parametrize(("found", "expected"), [row[1:] for row in TREES], ids=[row[0] for row in TREES])
def test_trees(found: list[Observation], expected: list[str]) -> None:
    assert names(build(found)) == expected


def test_open_and_skewed_spans_are_drawn_as_long_as_they_are_known_to_be() -> None:
    tree = build([seen("a", end=None), seen("b", "a", 2, 7), seen("c", "a", 3, 1, latency_ms=500.0)])
    a, b, c = tree.spans
    assert (a.is_open, b.is_open, c.is_open, c.skewed) == (True, False, False, True)
    assert (a.duration, b.duration, c.duration) == (7_000_000, 5_000_000, 500_000)
    # No clock is known to be wrong unless a span begins before the one around it.
    assert tree.skew == 0
    assert build([seen("a", begin=4), seen("b", "a", 1), seen("c", "a", 5)]).skew == 3_000_000
    # One reader of the server leaves the outermost span out.
    assert not build([seen("b", "root"), seen("c", "other")]).rooted
    assert build([seen("b", "root"), seen("c")]).rooted


def test_sums_say_what_has_no_price() -> None:
    priced = seen("b", "a", cost=0.5, usage=TokenUsage(10, 5, 15))
    tree = build([seen("a"), priced, seen("c", "a", cost=0.0, usage=TokenUsage(7, 2, 0))])
    assert (tree.spans[0].tokens, tree.spans[0].cost, tree.spans[0].priceless) == (24, 0.5, 1)


def test_the_critical_path_goes_back_from_what_finished_last() -> None:
    tree = build([
        seen("root", end=10), seen("early", "root", 1, 4), seen("beside", "root", 2, 6), seen("late", "root", 5, 12),
        seen("inside", "late", 7, 9),
    ])  # fmt: skip
    path = {tree.spans[at].seen.id: time / 1e6 for at, time in critical_path(tree).items()}
    assert path == {"root": 2.0, "early": 3.0, "late": 3.0, "inside": 2.0}


def test_long_waits_are_folded() -> None:
    tree = build([seen("r", end=300), seen("a", "r", 0, 2), seen("b", "r", 250, 252), seen("c", "r", 253, 300)])
    timeline = timeline_of(tree)
    assert timeline.waits == {2: 248_000_000}
    assert 0.03 < timeline.axis.place(tree.start + 250_000_000) < 0.1


def test_depth_has_no_limit() -> None:
    deep_observations = [seen(f"{number:05d}", f"{number - 1:05d}" if number else "") for number in range(5000)]
    deep = build(deep_observations)
    assert deep.spans[-1].depth == 4999
    assert sum(critical_path(deep).values()) == 1_000_000
    outline = TraceOutline(Trace.of(TraceHead(), deep_observations))
    assert outline.show(4999) == 4999


BARS = [
    ((0, 1, 4), SpanBar(0, "", "████")),
    ((0, 0, 4), SpanBar(0, "", "█")),
    ((1, 1, 4), SpanBar(3, "", "█")),
    ((0.5, 0.53, 4), SpanBar(2, "", "█")),
    ((0.25, 0.65625, 4), SpanBar(1, "", "█▋")),
    ((0.28125, 1, 4), SpanBar(1, "▏", "██")),
    ((0.28125, 0.28125, 4), SpanBar(1, "▏", "▏")),
]


@pytest.mark.parametrize(("place", "expected"), BARS)
def test_bars_are_drawn_in_eighths(place: tuple[float, float, int], expected: SpanBar) -> None:
    assert bar_of(*place) == expected


def test_bars_in_ascii() -> None:
    assert bar_of(0.25, 0.5, 8, ascii_alone=True) == SpanBar(2, "", "==")


@given(st.floats(0, 1), st.floats(0, 1), st.integers(1, 200))
def test_a_bar_stays_in_its_cells(one: float, other: float, cells: int) -> None:
    for ascii_alone in (False, True):
        bar = bar_of(min(one, other), max(one, other), cells, ascii_alone=ascii_alone)
        assert bar.offset >= 0
        assert 1 <= len(bar.head) + len(bar.body) <= cells - bar.offset


# ---- folds


def visible(outline: TraceOutline) -> str:
    rows = (outline.row(number) for number in range(outline.row_count))
    return " ".join(outline.tree.spans[row.node].seen.id + "+" * row.folded for row in rows)


def test_folds() -> None:
    inner = [seen("b", "a", 1), seen("c", "b", 2), seen("d", "a", 3), seen("e", "d", 4)]
    outline = TraceOutline(Trace.of(TraceHead(), [seen("a", end=9), *inner, seen("f", begin=10)]))
    assert visible(outline) == "a b c d e f"
    assert outline.toggle(1) == 1
    assert visible(outline) == "a b+ d e f"
    assert outline.fold(0) == 0
    assert visible(outline) == "a+ f"
    assert outline.unfold(0) == 0
    assert visible(outline) == "a b+ d e f"
    assert (outline.parent(3), outline.parent(0), outline.first_child(2), outline.first_child(1)) == (2, None, 3, None)
    assert (outline.next_sibling(1), outline.next_sibling(2), outline.next_sibling(0)) == (2, None, 4)
    assert (outline.previous_sibling(4), outline.previous_sibling(2), outline.previous_sibling(1)) == (0, 1, None)
    assert outline.fold_siblings(3) == 3
    assert visible(outline) == "a b+ d e f"
    assert outline.collapse_all(4) == 1
    assert outline.show(2) == 2
    assert visible(outline) == "a b c d+ f"
    assert outline.unfold_all_below(0) == 0
    assert outline.fold_all_below(0) == 0
    assert outline.expand_all(1) == 5
    assert visible(outline) == "a b c d e f"
    assert outline.row_of(2) == 2


# ---- attributes and loops

DIALECTS = [
    {"attributes": {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 5}},
    {"gen_ai": {"operation": {"name": "chat"}, "request": {"model": "m"}, "usage": {"prompt_tokens": 5}}},
    {"openinference.span.kind": "chat", "llm.model_name": "m", "llm": {"token_count.prompt": 5}},
    {"traceloop.span.kind": "chat", "gen_ai.request.model": "m", "gen_ai.usage.prompt_tokens": 5},
]


@pytest.mark.parametrize("metadata", DIALECTS)
def test_dialects_have_the_same_names(metadata: dict[str, object]) -> None:
    assert named_attributes(metadata) == {"operation": "chat", "requested model": "m", "input tokens": 5}


@pytest.mark.parametrize("metadata", [None, [], "text", {"a": {"b": {}}}, {"x": float("nan")}])
def test_other_metadata_has_no_known_attributes(metadata: object) -> None:
    assert named_attributes(metadata) == {}


def test_a_loop_is_the_same_tool_with_the_same_arguments() -> None:
    calls = [seen(f"{number}", "r", number, number + 1, type="TOOL", name="search") for number in range(6)]
    tree = build([seen("r", end=9), *calls, seen("t", "r", 8, type="tool", name="once")])
    (repeated,) = repeated_calls(tree)
    assert repeated == (1, 2, 3, 4, 5, 6)
    same, other = arguments_of({"a": 1, "b": 2}, None), arguments_of('{"a": 1, "b": 3}', None)
    assert same == arguments_of(None, {"gen_ai.tool.call.arguments": '{"b": 2, "a": 1}'})
    assert loops_of(tree, dict.fromkeys("0235", same) | {"1": other}) == [(1, 3, 4, 6)]
    assert loops_of(tree, {"0": same, "1": same, "2": other}) == []


@given(st.integers(31_536_000, 7_226_582_400), st.sampled_from(["Z", "+02:00", "", " UTC", "x"]))
def test_times_are_read_like_everywhere_else(seconds: int, zone: str) -> None:
    moment = datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None, microsecond=seconds % 10**6)
    for text in (
        moment.isoformat() + zone,
        moment.isoformat(timespec="seconds") + zone,
        f"{moment:%Y-%m-%dT%H:%M:60Z}",
    ):
        expected = time_of(text)
        assert micros(text) == (None if expected is None else (expected - EPOCH) // timedelta(microseconds=1))
