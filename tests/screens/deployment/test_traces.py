"""The traces section: the list, the search for errors, one trace, and what the platform does oddly."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from support.app import AppFactory
from support.demo_deployments import CLAIMS
from support.driving import detail, go_to, listed, opened
from support.on_screen import Clock, flat, running, screen_lines, settled, until, until_text
from textual.pilot import Pilot

from astro_tui.demo import DemoServer, Fault
from astro_tui.errors import DocumentError
from astro_tui.presentation.traces import MOST_READ
from astro_tui.screens.deployment.sections.logs.pane import LogsPane
from astro_tui.screens.deployment.sections.traces import side
from astro_tui.screens.deployment.sections.traces.pages import TracePages, size_of_page
from astro_tui.screens.deployment.sections.traces.pane import FIND, ONE, TracesPane
from astro_tui.screens.deployment.sections.traces.side import LARGEST, document_of
from astro_tui.traces import NOWHERE
from astro_tui.widgets.chrome.bar import KeyHints
from astro_tui.widgets.lists.trace_tables import MISSING

pytestmark = pytest.mark.anyio
TRACES = rf"^/deployments/{CLAIMS}/observability"
REFUND, BOOKING, LARGE = (f"{number}" for number in ("refund", "booking", "nightly-import"))


def pane(pilot: Pilot[Any]) -> TracesPane:
    return pilot.app.screen.query_one(TracesPane)


def pages(pilot: Pilot[Any]) -> TracePages:
    return pane(pilot).rows.value or TracePages()


def asked(demo: DemoServer, part: str = "/observability/traces") -> list[dict[str, str]]:
    """Return the parameters of each request for the list, oldest first; other requests have a `path` only."""
    found = []
    for _method, target in demo.requests:
        url = urlsplit(target)
        if part in url.path:
            found.append({key: value[0] for key, value in parse_qs(url.query).items()} | {"path": url.path})
    return found


def details(demo: DemoServer) -> list[str]:
    return [each["path"] for each in asked(demo, "/observability/traces/")]


async def in_traces(pilot: Pilot[Any], key: str = CLAIMS) -> TracesPane:
    await opened(pilot, key)
    await pilot.press("8")
    await until(pilot, lambda: pane(pilot).table.row_count or pane(pilot).notice.display, "traces")
    return pane(pilot)


async def to(pilot: Pilot[Any], name: str) -> None:
    """Put the cursor on the first trace with a name."""
    table = pane(pilot).table
    table.move_to([line.name for line in table.rows].index(name))


async def in_trace(pilot: Pilot[Any], name: str) -> TracesPane:
    await in_traces(pilot)
    await to(pilot, name)
    await pilot.press("enter")
    await until(pilot, lambda: pane(pilot).side.display and pane(pilot).side.spans.row_count, name)
    return pane(pilot)


def listing(rows: list[dict[str, Any]], **more: Any) -> Fault:
    return Fault.response(200, json.dumps({"traces": rows, "total": len(rows), **more}))


# ---- from a failed agent to the message and to the log


async def test_four_keys_lead_from_the_list_to_the_message_and_one_more_to_the_log(
    make_app: AppFactory, demo: DemoServer
) -> None:
    async with running(make_app(), 120, 40) as pilot:
        await go_to(pilot, CLAIMS)
        await pilot.press("8")
        await until(pilot, lambda: pane(pilot).table.row_count)
        await pilot.press("E")
        await until_text(pilot, "3 errors")
        # One request after another, and only for the traces up to the one with an error.
        assert len(details(demo)) == 4
        assert pane(pilot).table.row is not None
        await pilot.press("enter")
        await until_text(pilot, "timeout after 1500 ms: policies.internal:8443")
        # It ended seconds ago, so it may have changed.
        assert len(details(demo)) == 5
        span = pane(pilot).side.spans.span
        assert span is not None
        assert span.seen.name == "lookup_policy"
        await pilot.press("l")
        await until(pilot, lambda: pilot.app.screen.query(LogsPane))
        await until_text(pilot, "[7 logs")
        # The diagnosis uses what was read, and reads nothing itself.
        await pilot.press("6")
        await until_text(pilot, "failed in lookup_policy")
        assert len(details(demo)) == 5


@pytest.mark.nightly
async def test_a_search_for_an_error_is_bounded_canceled_and_remembered(make_app: AppFactory, demo: DemoServer) -> None:
    rows = [{"trace_id": f"t{number}", "name": "quiet"} for number in range(50)]
    demo.faults.set(TRACES + r"/traces(\?|$)", listing(rows))
    quiet = {"id": "a", "start_time": "2026-07-02T09:00:00Z", "end_time": "2026-07-02T09:00:01Z"}
    for number in range(50):
        body = {"trace": {"trace_id": f"t{number}"}, "observations": [quiet]}
        demo.faults.set(TRACES + rf"/traces/t{number}$", Fault.response(200, json.dumps(body)))
    async with running(make_app(), 120, 40) as pilot:
        await in_traces(pilot)
        demo.faults.set(TRACES + r"/traces/t7$", Fault.hang())
        await pilot.press("E")
        await until_text(pilot, f"reading 8 of {MOST_READ} for errors")
        # Hiding the section ends the search, and another one can begin.
        await pilot.press("4", "8")
        await until(pilot, lambda: pane(pilot).active and not pane(pilot).busy(FIND))
        await pilot.press("E")
        await until_text(pilot, f"reading 7 of {MOST_READ} for errors")
        await pilot.press("escape")
        await until_text(pilot, "Stopped.")
        assert len(details(demo)) == 9
        # Escape also stops loading one trace, and leaves the list as it is.
        await pilot.press(*["down"] * 7, "enter")
        await until(pilot, lambda: pane(pilot).busy(ONE) and len(details(demo)) == 10)
        await pilot.press("escape")
        await until(pilot, lambda: not pane(pilot).busy(ONE))
        assert pane(pilot).active
        demo.faults.set(TRACES + r"/traces/t7$", Fault.response(502, '{"error":"failed to query langfuse trace"}'))
        await pilot.press("E")
        await until_text(pilot, "No errors in the traces that were read.")
        # Known traces are not read again; one that cannot be decoded does not end the search.
        assert sorted(details(demo)[10:]) == sorted(f"/api/v1/deployments/{CLAIMS}/observability/traces/t{number}"
                                                   for number in range(7, 50))  # fmt: skip
        assert [line.known for line in pane(pilot).table.rows[6:9]] == ["none", "unreadable", "none"]


@pytest.mark.investigating
async def test_errors_are_read_in_the_background_while_the_section_is_in_front(
    make_app: AppFactory, demo: DemoServer
) -> None:
    demo.faults.set(TRACES + r"/traces(\?|$)", listing([{"trace_id": f"t{number}"} for number in range(70)]))
    for number in range(70):
        body = {"trace": {"trace_id": f"t{number}"}, "observations": [span("a", level="error" if number == 2 else "")]}
        demo.faults.set(TRACES + rf"/traces/t{number}$", Fault.response(200, json.dumps(body)))
    demo.faults.set(TRACES + r"/traces/t4$", Fault.hang(), count=2)
    async with running(make_app(), 120, 40) as pilot:
        await in_traces(pilot)
        # One after another, and nothing behind another section.
        await until_text(pilot, "[8 traces¹]")
        await until(pilot, lambda: len(details(demo)) == 5)
        assert [line.known for line in pane(pilot).table.rows[:6]] == ["none", "none", "1 error", "none", "", ""]
        await pilot.press("4")
        await settled(pilot)
        await pilot.press("8")
        await until(pilot, lambda: len(details(demo)) == 6)
        # A trace that the user opens comes first.
        await pilot.press("enter")
        await until(pilot, lambda: pane(pilot).side.display)
        assert [path.rpartition("/")[2] for path in details(demo)] == ["t0", "t1", "t2", "t3", "t4", "t4"]
        await pilot.press("escape")
        await until(pilot, lambda: len(details(demo)) == MOST_READ)
        await settled(pilot)
        known = [line.known for line in pane(pilot).table.every]
        assert (known.count("none"), known.count("1 error"), known.count("")) == (57, 1, 12)


# ---- the list


async def test_nothing_is_requested_before_enter_and_a_search_has_one_window(
    make_app: AppFactory, demo: DemoServer, clock: Clock
) -> None:
    async with running(make_app(), 120, 30) as pilot:
        await in_traces(pilot)
        before = len(asked(demo))
        await pilot.press("slash", *"refund")
        await settled(pilot)
        assert "of the newest 1,000" in flat(pilot.app)
        assert [line.name for line in pane(pilot).table.rows] == ["refund"]
        assert len(asked(demo)) == before
        await pilot.press("enter")
        await until_text(pilot, "“refund”", "of the newest 1,000 traces")
        await until(pilot, lambda: "search" in asked(demo)[-1])
        first = asked(demo)[-1]
        assert (first["search"], first["end_time"]) == ("refund", "2026-07-03T09:30:00Z")
        clock.advance(90)
        await pilot.press("s")
        await until(pilot, lambda: asked(demo)[-1].get("sort") == "latency")
        assert asked(demo)[-1]["end_time"] == "2026-07-03T09:31:00Z"
        await pilot.press("escape")
        await until(pilot, lambda: len(pane(pilot).table.rows) == 50)
        assert "search" not in asked(demo)[-1]


async def test_pages_follow_the_cursor_and_a_bad_page_is_loaded_in_smaller_ones(
    make_app: AppFactory, demo: DemoServer
) -> None:
    async with running(make_app(), 120, 30) as pilot:
        await in_traces(pilot)
        assert [(each["limit"], each["offset"]) for each in asked(demo)] == [("50", "0")]
        # The second page has a trace that the server cannot decode.
        await pilot.press("G")
        await until_text(pilot, "These traces cannot be loaded")
        while len(pane(pilot).table.rows) < 100:
            row = pane(pilot).table.row
            await pilot.press("enter" if row is not None and row.row is MISSING else "G")
            await settled(pilot)
        await until_text(pilot, "1 trace could not be loaded")
        pages = [(int(each["limit"]), int(each["offset"])) for each in asked(demo)]
        assert all(offset % limit == 0 for limit, offset in pages)
        assert pages[:6] == [(50, 0), (50, 50), (10, 50), (10, 60), (10, 70), (1, 70)]
        keys = [line.key for line in pane(pilot).table.every if line.row is not MISSING]
        assert len(keys) == len(set(keys))


async def test_pages_do_not_end_because_of_the_total_and_repeat_no_rows(
    make_app: AppFactory, demo: DemoServer, clock: Clock
) -> None:
    def page(first: int, count: int) -> Fault:
        return listing([{"trace_id": f"t{number}"} for number in range(first, first + count)], total=0, truncated=True)

    # Two new traces have moved the others by the time of the second page.
    for offset, fault in ((0, page(0, 50)), (50, page(48, 50)), (100, page(98, 10))):
        demo.faults.set(TRACES + rf"/traces\?.*offset={offset}(&|$)", fault)
    async with running(make_app(), 120, 30) as pilot:
        await in_traces(pilot)
        await pilot.press("s")
        await until(pilot, lambda: "sort" in asked(demo)[-1] and len(pane(pilot).table.rows) == 50)
        clock.advance(400)
        await pilot.press("G")
        await until(pilot, lambda: len(pane(pilot).table.rows) == 98)
        await pilot.press("G")
        await until(pilot, lambda: pages(pilot).complete)
        keys = [line.key for line in pane(pilot).table.rows]
        assert keys == [f"t{number}" for number in range(108)]
        # All pages of a search have the same window, so that the server does not search again.
        assert len({each["end_time"] for each in asked(demo)[1:]}) == 1


async def test_a_server_that_repeats_its_first_page_is_asked_once_more(make_app: AppFactory, demo: DemoServer) -> None:
    demo.faults.set(TRACES + r"/traces\?", listing([{"trace_id": f"t{number}"} for number in range(50)]))
    async with running(make_app(), 120, 60) as pilot:
        await in_traces(pilot)
        await until(pilot, lambda: pages(pilot).complete)
        assert (len(pane(pilot).table.rows), len(asked(demo))) == (50, 2)


def test_page_sizes_divide_the_offset() -> None:
    assert [size_of_page(offset, 50) for offset in (0, 50, 60, 71)] == [50, 50, 10, 1]
    assert [size_of_page(offset, 10) for offset in (0, 100)] == [10, 10]


async def test_windows_begin_with_the_last_deploy(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(), 120, 30) as pilot:
        await in_traces(pilot)
        begins = []
        for words in ("since the deploy", "last 1h", "last 1d", "last 7d"):
            await pilot.press("w")
            await until_text(pilot, words)
            await settled(pilot)
            begins.append(asked(demo)[-1]["start_time"])
        assert begins == [f"2026-{day}:30:00Z" for day in ("06-30T06", "07-02T08", "07-01T09", "06-25T09")]
        await pilot.press("w")
        await until(pilot, lambda: asked(demo)[-1]["start_time"] == "2021-07-03T09:30:00Z")


async def test_only_one_user_or_nobody(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(), 120, 30) as pilot:
        await in_traces(pilot)
        await pilot.press("u")
        await until(pilot, lambda: asked(demo)[-1].get("user_id") == "U07AB12CD")
        await until_text(pilot, "user U07AB12CD")
        await pilot.press("u")
        await until(pilot, lambda: "user_id" not in asked(demo)[-1])
        await until(pilot, lambda: len(pane(pilot).table.rows) == 50)
        await to(pilot, REFUND)
        await pilot.press("u")
        await until(pilot, lambda: asked(demo)[-1].get("user_id") == "-")
        await until_text(pilot, "without a user")


# ---- traps: what the platform sends, and what must and must not be on screen


def one(observations: list[dict[str, Any]], **head: Any) -> list[tuple[str, Fault]]:
    body = {"trace": {"trace_id": "t1", "name": "odd"} | head, "observations": observations}
    return [
        (r"/traces(\?|$)", listing([{"trace_id": "t1", "name": "odd"}])),
        (r"/traces/t1$", Fault.response(200, json.dumps(body))),
    ]


def span(key: str, parent: str = "", begin: int = 0, end: int | None = 9, **more: Any) -> dict[str, Any]:
    at = "2026-07-02T09:00:0{}Z"
    ends = at.format(end) if end is not None else ""
    return {"id": key, "parent_id": parent, "name": key, "start_time": at.format(begin), "end_time": ends} | more


ROW = {"trace_id": "t1", "name": "odd"}
TRAPS: list[tuple[str, list[tuple[str, Fault]], bool, list[str], list[str]]] = [
    ("no tracing is normal", [("", Fault.response(503, '{"error":"langfuse not configured for this account"}'))],
     False, ["No tracing"], ["try again", "✖", "FAILED"]),
    ("status ok is a placeholder", [(r"/traces", listing([ROW | {"status": "ok"}]))], False, ["?"], [" ok "]),
    ("a total of 0 with rows", [(r"/traces", listing([ROW], total=0))], False, ["1 trace"], ["No traces"]),
    ("no rows", [(r"/traces", Fault.response(200, '{"traces":[],"total":7}'))], False, ["No traces", "sampled"], []),
    ("a hyphen is no user", [(r"/traces", listing([ROW | {"user_id": "-", "user_details": {"display_name": "X"}}]))],
     False, ["odd"], [" X ", " - "]),
    ("a cost of 0 is not $0.00", [(r"/traces", listing([ROW | {"total_cost": 0}]))], False, ["–"], ["$0"]),
    ("ingestion order is kept", [(r"/traces", listing([
        ROW | {"timestamp": "2026-07-02T08:00:00Z"}, {"trace_id": "t2", "name": "newer",
        "timestamp": "2026-07-02T09:00:00Z"}]))], False, ["odd", "newer"], []),
    ("a name may be empty", [(r"/traces", listing([{"trace_id": "t1", "name": ""}]))], False, ["(no name)"], []),
    ("errors in capitals", one([span("a", level="ERROR", status_message="broke")]), True, ["1 error", "broke"], []),
    ("an error without a message", one([span("a", level="error")]), True, ["failed, without a message"], []),
    ("unknown words are kept", one([span("a", type="Dream", level="Odd")]), True, ["dream, level odd"], []),
    ("no order", one([span("b", "a", 2), span("a"), span("c", "b", 3)]), True, ["a", "3 spans"], ["missing"]),
    ("an orphan", one([span("a"), span("b", "gone")]), True, ["a", "b"], []),
    ("one reader sends no outermost span", [*one([span("b", "root"), span("c", "root", 2)]), (r"/observations/root$",
        Fault.response(200, json.dumps(span("root", level="error", status_message="gave up"))))], True,
     ["1 error", "3 spans", "gave up"], ["is missing", "may still run"]),
    ("a trace that runs has no outermost span yet", one([span("b", "root", 1, 3), span("c", "root", 2, 4)]), True,
     ["3 s", "2 spans", "without an outermost span, so it may still run"], ["around it"]),
    ("the newest spans of a longer trace", one([span(f"s{number}", f"p{number % 2}") for number in range(99)],
        latency_ms=7), True, ["99 spans · the newest 100 spans of a longer trace"], ["odd · 9 s", "7 ms"]),
    ("a trace without spans has its own latency", one([], latency_ms=1500), True,
     ["odd · 1.5 s", "without spans, so errors are not known"], []),
    ("a tiny cost is not an unknown price", one([span("a", usage={"total": 7}, cost=0)], total_cost=0.00004), True,
     ["below $0.0001+"], ["price unknown"]),
    ("a missing parent is said", one([span("b", "gone"), span("c")]), True, ["the span around it is missing"], []),
    ("a cycle", one([span("a", "b"), span("b", "a")]), True, ["2 spans"], []),
    ("an open end is no zero", one([span("a", end=None), span("b", "a", 1, 5)]), True, ["at least 5 s", "no end"], []),
    ("an unknown duration is no zero", one([span("a", end=None)]), True, ["no end"], ["0 µs", "at least"]),
    ("a huge duration is a mistake", one([{"id": "a", "name": "a", "end_time": "2026-07-02T09:00:00Z",
        "latency_ms": 1e17}, span("b", end=None, latency_ms=1e300)]), True, ["2 spans"], ["1e"]),
    ("a score may be null", [one([])[0], (r"/traces/t1$", Fault.response(200, json.dumps({"trace": ROW, "scores": [
        {"name": "helpful", "value": None}, {"name": "tone", "value": 0}]})))], True, ["tone 0"], ["helpful"]),
    ("a latency of 0 is not known", [(r"/traces", listing([ROW | {"latency_ms": 0}]))], False, ["odd"], [" µs"]),
    ("tokens without a price", one([span("a", usage={"input": 3, "output": 4, "total": 7}, cost=0)]), True,
     ["7 tokens", "the price of the model is not known"], ["$0"]),
    ("no observations", one([]), True, ["The server sent no spans of this trace."], []),
    ("a trace that cannot be decoded", [one([])[0], (r"/traces/t1$", Fault.response(
        502, '{"error":"failed to query langfuse trace"}'))], True, ["Tracing failed (502)"], []),
    ("control sequences and secrets", one([span("\x1b[2Ja", level="error",
        status_message="password=hunter2hunter2 \x1b]0;x\x07")]), True, ["1 error"], ["hunter2", "\x1b"]),
]  # fmt: skip


@pytest.mark.parametrize("opens", [False, True], ids=["the list", "a trace"])
async def test_traps(make_app: AppFactory, demo: DemoServer, opens: bool) -> None:
    """Each trap is that of another agent, because what was read once is not read again."""
    observability = TRACES.replace(CLAIMS, "[^/]+")
    traps = [trap for trap in TRAPS if trap[2] is opens]
    async with running(make_app(), 120, 30) as pilot:
        keys = [entry.key for entry in (await listed(pilot)).table.rows]
        for number, (name, faults, _opens, shown, hidden) in enumerate(traps):
            demo.faults.clear()
            for path, fault in faults:
                demo.faults.set(observability + path, fault)
            if not number:
                await in_traces(pilot, keys[0])
            else:
                await pilot.press("greater_than_sign")
                await until(pilot, lambda key=keys[number]: pane(pilot).state.entry.key == key, "the next agent")  # type: ignore[misc]
                await settled(pilot)
                await until(pilot, lambda: pane(pilot).table.row_count or pane(pilot).notice.display, name)
            if opens:
                await pilot.press("enter")
            await until_text(pilot, *shown)
            await settled(pilot)
            body = "\n".join(screen_lines(pilot.app)[1:])
            assert not [text for text in hidden if text in body], name


# ---- one trace


async def test_folds_errors_and_search_in_a_trace(make_app: AppFactory) -> None:
    async with running(make_app(), 120, 40) as pilot:
        traces = await in_trace(pilot, "refund")
        spans = traces.side.spans
        assert "‣ lookup_policy" in flat(pilot.app)
        await pilot.press("n")
        await until(pilot, lambda: spans.cursor == 3)
        await pilot.press("n")
        await until_text(pilot, "Wrapped around")
        assert spans.position == 0
        await pilot.press("space")
        await until_text(pilot, "2 below")
        # Going to an error unfolds what hides it.
        await pilot.press("n")
        await until(pilot, lambda: spans.row_count == 5)
        await pilot.press("slash", *"small-2", "enter")
        await until(pilot, lambda: spans.position == 4)
        await pilot.press("n")
        await until_text(pilot, "This is the only match.")
        await pilot.press("escape")
        await pilot.press("escape")
        await until(pilot, lambda: not traces.side.display)
        assert traces.table.has_focus_within or traces.table.has_focus


async def test_a_search_in_a_trace_does_not_find_what_is_masked(make_app: AppFactory, demo: DemoServer) -> None:
    span = {"id": "s", "name": "login", "status_message": "password=hunter2-XQ9 refused", "level": "error"}
    trace = {"trace": {"trace_id": "t0"}, "observations": [span], "scores": []}
    demo.faults.set(TRACES + r"/traces\?", listing([{"trace_id": "t0", "name": REFUND}]))
    demo.faults.set(TRACES + "/traces/t0", Fault.response(200, json.dumps(trace)))
    async with running(make_app(), 120, 40) as pilot:
        traces = await in_trace(pilot, REFUND)
        assert [traces.side.search(text) for text in ("refused", "hunter2", "xq")] == ["", "no match", "no match"]


async def test_the_last_row_names_what_n_goes_to(make_app: AppFactory) -> None:
    async with running(make_app(), 120, 40) as pilot:
        await in_trace(pilot, "refund")
        hints = pilot.app.screen.query_one(KeyHints)
        for keys, words in (["j"], "errors"), (["slash", *"small-2", "enter"], "matches"), (["escape"], "errors"):
            await pilot.press(*keys)
            hints.clear_message()
            await until_text(pilot, f"n N {words}")


async def test_the_title_says_what_users_think_of_a_trace(make_app: AppFactory) -> None:
    async with running(make_app(), 140, 40) as pilot:
        await in_traces(pilot)
        await pilot.press("j", "enter")
        await until_text(pilot, "5 spans · helpful 0.9 ·")


async def test_bars_follow_time_tokens_and_cost(make_app: AppFactory) -> None:
    async with running(make_app(), 140, 40) as pilot:
        await in_trace(pilot, "summary")
        # Between loading and the approval, the agent waited for four minutes.
        await until_text(pilot, "⋯ 4m 2s", "bars: time")
        await pilot.press("b")
        await until_text(pilot, "bars: tokens")
        await pilot.press("b")
        await until_text(pilot, "bars: cost")


async def test_a_span_opens_as_a_document_with_common_names(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(), 120, 40) as pilot:
        traces = await in_trace(pilot, "refund")
        # What the span got is below the tree.
        await until_text(pilot, "timeout", "input order: 7731")
        await pilot.press("enter")
        await until_text(pilot, "execute_tool", "7731", "as sent")
        (path,) = [each["path"] for each in asked(demo, "/observations/")]
        assert "/traces/" not in path
        assert "arguments" in flat(pilot.app)
        await pilot.press("R")
        await until_text(pilot, "parent_id")
        await pilot.press("y")
        await until_text(pilot, "jq path")
        await pilot.press("escape", "escape")
        await until(pilot, lambda: traces.side.document is None)
        assert traces.side.display
        # It has ended, so it is not requested again.
        await pilot.press("enter")
        await until_text(pilot, "execute_tool")
        assert len(asked(demo, "/observations/")) == 1


async def test_a_span_may_not_be_available_yet(make_app: AppFactory, demo: DemoServer) -> None:
    for path, fault in one([span("b", "root")]):
        demo.faults.set(TRACES + path, fault)
    async with running(make_app(), 120, 40) as pilot:
        await in_trace(pilot, "odd")
        await pilot.press("enter")
        await until_text(pilot, "Not available yet")


async def test_a_loop_is_found_by_comparing_arguments(
    make_app: AppFactory, demo: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The cursor rests on no span.
    monkeypatch.setattr(side, "REST", 60)
    async with running(make_app(), 140, 40) as pilot:
        await in_trace(pilot, "booking")
        await until_text(pilot, "search_flights called 9 times")
        assert not asked(demo, "/observations/")
        await pilot.press("c")
        await until_text(pilot, "called 9 times with the same arguments")
        assert len(asked(demo, "/observations/")) == 9


async def test_a_large_and_deep_trace(make_app: AppFactory) -> None:
    async with running(make_app(), 120, 30) as pilot:
        traces = await in_trace(pilot, "delegation")
        spans = traces.side.spans
        assert spans.row_count == 131
        await pilot.press("equals_sign", "G")
        await settled(pilot)
        assert spans.cursor == spans.row_count - 1
        await pilot.press("g", "minus")
        assert spans.row_count == 1


async def test_a_prompt_of_four_megabytes_opens(make_app: AppFactory) -> None:
    async with running(make_app(), 120, 30) as pilot:
        traces = await in_trace(pilot, "contract-review")
        await pilot.press("j", "enter")
        await until_text(pilot, "Clause 4.2", "Three clauses need attention.")
        assert traces.side.document is not None


def test_what_is_too_large_is_refused_in_both_forms() -> None:
    members = {"id": b'"a"', "input": b"1", "other": b'"' + b"x" * LARGEST + b'"'}
    for raw in (False, True):
        with pytest.raises(DocumentError, match="too large"):
            document_of(members, raw=raw)


async def test_an_address_leads_to_a_trace_and_to_a_span(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(), 120, 30) as pilot:
        await in_traces(pilot)
        screen = detail(pilot.app)
        key = next(line.key for line in pane(pilot).table.rows if line.name == REFUND)
        await screen.show_section("traces", f"{key}/0000000501000003")
        await until(pilot, lambda: pane(pilot).side.spans.position not in (NOWHERE, 0))
        assert str(screen.route) == f"meridian-labs/{CLAIMS}#traces:{key}/0000000501000003"
        # Another agent starts with its list.
        await pilot.press("greater_than_sign")
        await until(pilot, lambda: not pane(pilot).side.display)


async def test_a_log_line_leads_to_the_trace_that_it_names(make_app: AppFactory, demo: DemoServer) -> None:
    lines = [
        {"timestamp": f"2026-07-02T09:29:0{number}Z", "level": "error", "message": message}
        for number, message in enumerate(("no trace here", 'failed {"trace_id": "c0ac1ae8fa4eebc9c0ffee0000000501"}'))
    ]
    demo.faults.set(rf"^/deployments/{CLAIMS}/logs", Fault.response(200, json.dumps(lines)))
    async with running(make_app(), 140, 40) as pilot:
        await opened(pilot, CLAIMS)
        await pilot.press("7")
        await until_text(pilot, "no trace here")
        await pilot.press("G", "T")
        await until(pilot, lambda: pilot.app.screen.query(TracesPane) and pane(pilot).side.spans.row_count)
        await until_text(pilot, "timeout after 1500 ms")
