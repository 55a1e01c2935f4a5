"""The difference between two revisions: its rows, and the screen that shows them."""

from __future__ import annotations

import json
import re
import threading
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import structs
from support.app import AppFactory
from support.copying import Taken
from support.demo_deployments import CLAIMS, HISTORY, LEGACY, PARCEL, SECRETS, TEMPLATE
from support.driving import opened
from support.on_screen import flat, resized, running, screen_lines, screen_text, until, until_text
from textual.pilot import Pilot

from astro_tui.demo import DemoServer, Fault
from astro_tui.demo.data import read
from astro_tui.difference import ChangeKind, compare
from astro_tui.difference.layout import DiffLayout, DiffRow, Options, Shape
from astro_tui.difference.rows import DiffRows
from astro_tui.document import Document
from astro_tui.screens.deployment.screen import DeploymentScreen
from astro_tui.screens.diff.screen import DiffScreen

pytestmark = pytest.mark.anyio
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=4),
    max_leaves=16,
)


def templates(demo: DemoServer) -> int:
    """Return how many specs of Claims Desk were requested, besides the template with its variables.

    The list investigates broken agents meanwhile.
    """
    return sum(method == "POST" and "/claims-desk/" in path for method, path in demo.requests) - 1


def rows_between(old: Any, new: Any, width: int = 100, **options: object) -> DiffRows:
    rows = DiffRows(compare(Document.parse(json.dumps(old).encode()), Document.parse(json.dumps(new).encode())))
    rows.change_options(**options)
    rows.lay_out(width)
    return rows


def texts(rows: DiffRows) -> list[str]:
    """Return the rows as plain texts."""

    def one(row: DiffRow) -> str:
        head = f"{row.mark} {rows.name(row)}"
        if row.shape is Shape.HEAD:
            return head
        if row.shape in (Shape.BOTH, Shape.NOISE):
            return f"{head} {rows.value(row, old=True)[0]} → {rows.value(row, old=False)[0]}"
        return f"{head} {rows.value(row, old=row.old or row.shape is Shape.WAS)[0]}"

    return [one(row) for row in rows.rows]


def shown(pilot: Pilot[Any]) -> DiffScreen:
    assert isinstance(pilot.app.screen, DiffScreen), pilot.app.screen
    return pilot.app.screen


async def in_diff(pilot: Pilot[Any], key: str = CLAIMS) -> DiffScreen:
    """Open the newest change of a deployment, and wait for it."""
    await opened(pilot, key)
    await pilot.press("d")
    await until(pilot, lambda: isinstance(pilot.app.screen, DiffScreen))
    await until(pilot, lambda: shown(pilot).view.diff is not None)
    return shown(pilot)


# ---- rows


def test_only_changes_with_their_containers() -> None:
    old = {"a": {"x": 1, "y": 2}, "same": [1, 2], "gone": "g", "list": [{"name": "p", "v": 1}, {"name": "q", "v": 1}]}
    new = {
        "list": [{"name": "q", "v": 1}, {"v": 2, "name": "p"}],
        "a": {"y": 2, "x": 3},
        "same": [1, 2],
        "more": {"k": None},
    }
    assert texts(rows_between(old, new)) == [
        '- gone "g"',
        "  list",
        "> [p]",
        "~ v 1 → 2",
        "  a",
        "~ x 1 → 3",
        "+ more {1}",
        "+ k null",
    ]


def test_two_rows_if_one_is_too_narrow() -> None:
    old, new = {"k": "a" * 30}, {"k": "b" * 30}
    assert [row.shape for row in rows_between(old, new, 90).rows] == [Shape.BOTH]
    assert [row.shape for row in rows_between(old, new, 50).rows] == [Shape.WAS, Shape.IS]
    assert [row.shape for row in rows_between(old, new, 50, beside=True).rows] == [Shape.BOTH]


def test_equal_parts_around_a_change() -> None:
    old, new = ({"a": 1, "b": 2, "c": value, "d": {"e": 4}, "f": 5} for value in (3, 4))
    assert texts(rows_between(old, new)) == ["~ c 3 → 4"]
    assert texts(rows_between(old, new, context=1)) == ["  b 2", "~ c 3 → 4", "  d {1}"]
    every = rows_between(old, new, everything=True)
    assert texts(every) == ["  a 1", "  b 2", "~ c 3 → 4", "  d {1}", "  e 4", "  f 5"]
    assert every.toggle(every.rows[3])
    every.lay_out(100)
    assert texts(every) == ["  a 1", "  b 2", "~ c 3 → 4", "  d {1}", "  f 5"]
    assert not every.toggle(every.rows[0])
    assert every.equal_inside(every.difference.root) == 4


def test_images_that_follow_the_build_are_one_row() -> None:
    def spec(build: str) -> dict[str, Any]:
        return {
            "source": {"build": build},
            "agent": {"image": f"r/a:{build}"},
            "ingestion": {"x": {"image": f"r/x:{build}"}, "y": {"image": f"r/y:{build}"}},
        }

    rows = rows_between(spec("one"), spec("two"))
    assert texts(rows) == ["  source", '~ build "one" → "two"', "  agent", '~ image "r/a:one" → "r/a:two"']
    assert rows.noise_folded == 3
    assert rows.toggle(rows.rows[3])
    rows.lay_out(100)
    assert texts(rows)[3:] == [
        '~ image "r/a:one" → "r/a:two"',
        "  ingestion",
        "  x",
        '~ image "r/x:one" → "r/x:two"',
        "  y",
        '~ image "r/y:one" → "r/y:two"',
    ]


def test_slow_parts_are_computed_before_rows_are_drawn() -> None:
    rows = rows_between({"list": list(range(50))}, {"list": list(range(50, 100))})
    ready = set(vars(rows.difference))
    texts(rows)
    assert {"at_old", "at_new"} <= ready == set(vars(rows.difference))


@given(JSON, JSON, st.booleans(), st.integers(0, 2), st.integers(10, 120))
def test_every_change_starts_once(old: Any, new: Any, everything: bool, context: int, width: int) -> None:
    rows = rows_between(old, new, width, everything=everything, context=context)
    starts = [row.change for row in rows.rows if row.first]
    assert len(starts) == len(set(map(id, starts)))
    assert {id(change) for change in starts} == {id(change) for change in rows.difference.changes}
    assert [rows.rows[stop].change for stop in rows.stops] == starts
    assert len(texts(rows)) == len(rows.rows)
    keys = [(row.old, row.node, row.shape) for row in rows.rows]
    assert len(keys) == len(set(keys))


OPTIONS = st.builds(Options, context=st.integers(0, 2), everything=st.booleans(), beside=st.booleans())


@given(JSON, JSON, OPTIONS, st.integers(10, 120))
def test_a_row_is_found_again(old: Any, new: Any, options: Options, width: int) -> None:
    one = rows_between(old, new)
    other = one.make((options, frozenset(), width))
    for row in one.rows:
        place = other.place_of(row)
        assert place is not None
        found = other.rows[place]
        assert found.change is row.change
        assert (found.old, found.node) == (row.old, row.node) or not [
            each for each in other.rows if (each.old, each.node, each.shape) == (row.old, row.node, row.shape)
        ]


@given(JSON, JSON)
@example({"a": [{}, {"c": True, "b": 3, "a": None}]}, {"a": [{"c": True, "b": 3, "a": None}, {}]})
def test_all_rows_are_the_new_document_and_the_removed_values(old: Any, new: Any) -> None:
    rows = rows_between(old, new, everything=True)
    nodes = [row.node for row in rows.rows if not row.old and row.mark != "-"]
    whole = rows.difference.new
    if rows.difference.root.kind is ChangeKind.WITHIN:
        assert sorted(nodes) == [node for node in whole_nodes(whole) if node]


def whole_nodes(document: Document) -> list[int]:
    found, start = [], 0
    while start < len(document.text):
        line = document.line(start)
        if document.text[line.value] not in b"}]":
            found.append(start)
        start = line.following
    return found


def test_large_containers_stay_folded() -> None:
    rows = rows_between({}, {"big": {str(number): number for number in range(1000)}})
    assert texts(rows) == ["+ big {1,000}"]
    assert rows.rows[0].folded
    assert rows.toggle(rows.rows[0])
    rows.lay_out(80)
    assert len(rows.rows) == 1001


def test_no_secret_in_any_row() -> None:
    rows = rows_between(read("specs/claims-desk-11.json"), read("specs/claims-desk-12.json"), everything=True)
    text = "\n".join(texts(rows))
    assert not [secret for secret in SECRETS if secret in text]
    assert "~ DATABASE_URL  → " in text


def test_equal_parts_that_are_secret_on_only_one_side() -> None:
    old = {"list": [{"name": "A", "value": "hunter2", "secret": True, "more": {"value": "plain"}}]}
    new = {"list": [{"name": "A", "value": "hunter2", "secret": False, "more": {"value": "plain"}}]}
    for sides in ((old, new), (new, old)):
        text = "\n".join(texts(rows_between(*sides, everything=True)))
        assert "hunter2" not in text
        assert "plain" in text
        assert "secret" in text


# ---- the screen


async def test_claims_desk(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(), 120, 60) as pilot:
        screen = await in_diff(pilot)
        text = flat(pilot.app)
        for part in (
            "diff 11 → 12",
            "11 changed, 1 added, 4 removed of 308 values",
            "rev 11 c1f00a92",
            "rev 12 e88d3146",
            'build "c1f00a92" → "e88d3146"',
            "2 more",
            "replicas 3 → 5",
            '"2026-06" → "2026-07"',
            "DATABASE_URL changed (secret)",
            '"qwen3:14b" → "qwen3:32b"',
            "- reranker {6}",
            "count 1 → 2",
            "qdrant/qdrant:v1.14.0",
            "+ fraud-check {5}",
            "rev 11 regenerated: variables, resources, storage, access are from the newest",
        ):
            assert part in text
        await pilot.press("G")
        text = flat(pilot.app)
        for part in (
            "every day at 02:15 → every weekday at 01:45",
            "- backfill {3}",
            '- [1] "slack"',
        ):
            assert part in text
        # A change is shown with its containers.
        await resized(pilot, 80, 24)
        await pilot.press("g")
        view = screen.view
        for key, number in (("n", 14), ("N", 14)):
            for _step in range(number):
                await pilot.press(key)
                rows = view.diff.rows if view.diff is not None else []
                above = view.cursor
                while above and rows[above - 1].depth < rows[above].depth:
                    above -= 1
                assert view.top <= above
                assert view.cursor <= view.top + view.page - (1 if view.cursor == len(rows) - 1 else 2)
        seen = text
        await pilot.press("equals_sign", "g")
        for _page in range(40):
            seen += screen_text(pilot.app)
            if view.cursor == view.row_count - 1:
                break
            await pilot.press("pagedown")
        assert view.cursor == view.row_count - 1
        assert not [secret for secret in SECRETS if secret in seen]
        assert screen.comparison is not None
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, DeploymentScreen)
        assert templates(demo) == 1


async def test_a_failed_deployment_names_the_changed_image_and_long_values_are_wrapped(make_app: AppFactory) -> None:
    image = "registry.astropods.ai/meridian-labs/parcel-tracker:"
    async with running(make_app(), 70, 24) as pilot:
        screen = await in_diff(pilot, PARCEL)
        text = flat(pilot.app)
        assert "diff 8 → 9" in text
        assert "FAILED" in text
        assert re.search(r"~ image - .*parcel-tracker:5fee6732", text)
        assert re.search(r"\+ .*parcel-tracker:c2d83257", text)
        assert image not in "".join(screen_text(pilot.app).split())
        before = [row.split() for row in screen_lines(pilot.app)[4:]]
        await pilot.press("w")
        text = "".join(screen_text(pilot.app).replace("┃", "").split())
        assert f'-"{image}5fee6732"+"{image}c2d83257"' in text
        assert screen.view.row_at(screen.view.row_count) != screen.view.row_count
        await resized(pilot, 130, 24)
        await pilot.press("b")
        lines = [line.rstrip("┃").split("│") for line in screen_lines(pilot.app) if "│" in line]
        old, new = ("".join("".join(side).split()) for side in zip(*lines, strict=True))
        assert f'{image}5fee6732"' in old
        assert f'{image}c2d83257"' in new
        await resized(pilot, 70, 24)
        await pilot.press("w")
        assert [row.split() for row in screen_lines(pilot.app)[4:]] == before
        await pilot.press("n")
        await until_text(pilot, "agent: image tag 5fee6732 → c2d83257, changes with the build")


async def test_stepping_through_the_changes(make_app: AppFactory) -> None:
    async with running(make_app(), 80, 24) as pilot:
        screen = await in_diff(pilot)
        assert "1 of 14" in flat(pilot.app)
        await pilot.press("n", "n", "N")
        # The header counts 11 + 1 + 4 changes.
        assert "2 of 14 + 2 folded agent: image tag c1f00a92 → e88d3146" in flat(pilot.app)
        await pilot.press("i")
        assert screen.view.position == (2, 16)
        assert "2 of 16 agent: image tag" in flat(pilot.app)
        await pilot.press("i")
        assert screen.view.position == (2, 14)
        await pilot.press("N", "N")
        assert "14 of 14 + 2 folded interfaces: access by slack removed" in flat(pilot.app)
        assert "Wrapped around to the last of 14 changes." in flat(pilot.app)
        await pilot.press("n")
        assert "1 of 14" in flat(pilot.app)
        assert "Wrapped around to the first of 14 changes." in flat(pilot.app)
        # Enter on the folded row also shows the images.
        await pilot.press("n", "enter")
        assert screen.view.position == (2, 16)
        # The help names the keys.
        await resized(pilot, 100, 70)
        await pilot.press("question_mark")
        await until_text(pilot, "next change", "toggle side by side")
        await pilot.press(*"more con")
        await until_text(pilot, "more context", "} ")


async def test_side_by_side_and_swapping_the_sides(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(), 120, 30) as pilot:
        await in_diff(pilot)
        await pilot.press("b")
        lines = [line for line in screen_lines(pilot.app) if "│" in line]
        assert any(re.search(r'~ +build +"c1f00a92" +│ *~ +build +"e88d3146"', line) for line in lines)
        assert any(re.search(r"- +reranker \{6\} +│ *$", line) for line in lines)
        await resized(pilot, 90, 30)
        await until(pilot, lambda: "│" not in screen_text(pilot.app))
        assert "b needs 100 columns" in flat(pilot.app)
        await pilot.press("b")
        await until_text(pilot, "Side by side needs 100 columns. This view has 90.")
        await resized(pilot, 120, 30)
        await until(pilot, lambda: "│" in screen_text(pilot.app))
        await pilot.press("b", "equals_sign", "n", "n", "x")
        await until_text(pilot, "diff 12 → 11", "11 changed, 4 added, 1 removed", "3 of")
        assert "equal parts shown" in flat(pilot.app)
        assert "replicas 5 → 3" in flat(pilot.app)
        assert templates(demo) == 1


def many(base: int) -> dict[str, Any]:
    return {f"group-{group}": {f"key-{key}": base + key for key in range(60)} for group in range(40)}


@pytest.fixture
def laid_out_by(monkeypatch: pytest.MonkeyPatch) -> list[threading.Thread]:
    """Return the threads that laid out rows, one per layout."""
    threads: list[threading.Thread] = []
    make = DiffRows.make

    def noted(self: DiffRows, *arguments: Any) -> DiffLayout:
        threads.append(threading.current_thread())
        return make(self, *arguments)

    monkeypatch.setattr(DiffRows, "make", noted)
    return threads


async def test_rows_are_laid_out_once_and_in_a_thread(
    make_app: AppFactory, laid_out_by: list[threading.Thread]
) -> None:
    async with running(make_app(), 120, 30) as pilot:
        screen = await in_diff(pilot)
        view = screen.view
        await until_text(pilot, "1 of 14")
        assert view.row_count > view.page
        assert view.row_width == view.layout_width
        assert len(laid_out_by) == 1
        # A long difference.
        assert screen.comparison is not None
        rows = rows_between(many(0), many(100), view.layout_width)
        screen.topics["diff"].value = structs.replace(screen.comparison, rows=rows)
        screen.changed()
        assert threading.main_thread() not in laid_out_by[:1]
        laid_out_by.clear()
        await pilot.press("n", "n")
        change = view.change
        for key, ready in (
            ("b", lambda: "│" in screen_lines(pilot.app)[10]),
            ("equals_sign", lambda: view.diff is not None and view.diff.layout.options.everything),
            ("equals_sign", lambda: view.diff is not None and not view.diff.layout.options.everything),
        ):
            await pilot.press(key)
            await until(pilot, ready)
            assert view.change is change
            assert view.row is not None
            assert view.row.first
        # While new rows are laid out, keys act on the old ones, and the last of several options counts.
        await pilot.press("right_curly_bracket", "n", "right_curly_bracket", "n", "left_curly_bracket")
        await until(pilot, lambda: view.diff is not None and view.diff.layout.options.context == 1)
        assert view.position[0] == 5
        await resized(pilot, 90, 30)
        await until(pilot, lambda: view.diff is not None and view.diff.layout.plan == view.diff.plan(view.layout_width))
        assert view.position[0] == 5
        assert len(laid_out_by) >= 5
        assert threading.main_thread() not in laid_out_by


async def test_copying(make_app: AppFactory) -> None:
    taken = Taken()
    async with running(taken.on(make_app()), 100, 30) as pilot:
        await in_diff(pilot, LEGACY)
        await pilot.press("y", "y")
        await until(pilot, lambda: len(taken.texts) == 1)
        await pilot.press("y", "j")
        await until(pilot, lambda: len(taken.texts) == 2)
        await pilot.press("n", "y", "w")
        await until(pilot, lambda: len(taken.texts) == 3)
        text, patch, change = taken.texts
        assert text.startswith("Legacy Bridge: rev 1 → rev 2, 6 changed\n")
        assert "ORDERS_DSN: changed" in text
        assert {operation["op"] for operation in json.loads(patch)} == {"replace"}
        assert change == "image tag f2503902 → 2369f9a0, changes with the build"
        assert not [secret for secret in SECRETS if secret in text + patch]


async def test_the_spec_shows_previous_values(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(), 140, 60) as pilot:
        await opened(pilot, CLAIMS)
        await pilot.press("equals_sign")
        await until_text(pilot, "replicas 5 ~ was 3", "build", '~ was "c1f00a92"', '~ was …:c1f00a92"')
        text = flat(pilot.app)
        assert re.search(r"agent \{12\} ~ 4 changed", text)
        assert re.search(r"DATABASE_URL \S+ x to reveal ~ changed", text)
        assert not [secret for secret in SECRETS if secret in text]
        # The change is known for the rest of the run, for the comparison and for later visits.
        await pilot.press("d")
        await until(pilot, lambda: isinstance(pilot.app.screen, DiffScreen) and shown(pilot).view.diff is not None)
        # With the sides swapped, it is not the newest change anymore.
        await pilot.press("x")
        await until_text(pilot, "diff 12 → 11", "1 of 14")
        await pilot.press("escape", "escape")
        await opened(pilot, CLAIMS)
        await until_text(pilot, "replicas 5 ~ was 3")
        assert templates(demo) == 1
        assert sum("claims-desk/deployment/history" in path for _method, path in demo.requests) == 4
        # The difference of long values is never cut.
        await pilot.press("escape")
        await resized(pilot, 100, 31)
        await opened(pilot, "545-l2i-kfo")
        await until_text(pilot, '"d55a7c97" ~ was "96eedee3"')
        await resized(pilot, 40, 30)
        await pilot.press("d")
        await until_text(pilot, "- …", ':96eedee3"', ':d55a7c97"')


async def test_large_specs_have_no_marks_and_a_slow_comparison_is_canceled(
    make_app: AppFactory, demo: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    section = "astro_tui.screens.deployment.sections.spec_history"
    async with running(make_app(), 140, 40) as pilot:
        with monkeypatch.context() as patch:
            patch.setattr(f"{section}.MARKED", 100)
            await opened(pilot, CLAIMS)
            assert " ~ " not in screen_text(pilot.app)
            await pilot.press("escape")
        monkeypatch.setattr(f"{section}.LONGEST", -1.0)
        screen = await opened(pilot, CLAIMS)
        assert " ~ " not in screen_text(pilot.app)
        assert screen.session.roster.change(CLAIMS) is None
        # On request, the comparison is not limited.
        await pilot.press("d")
        await until_text(pilot, "1 of 14")


# ---- when there is nothing to show


async def test_only_one_revision_and_two_equal_specs(make_app: AppFactory, demo: DemoServer) -> None:
    rows = [{"id": CLAIMS, "revision": 1, "is_current": True, "status": "active", "spec": {}}]
    async with running(make_app(), 80, 24) as pilot:
        demo.faults.set(HISTORY, Fault.response(200, json.dumps({"deployments": rows, "count": 1})))
        await opened(pilot, CLAIMS)
        await pilot.press("d")
        await until_text(pilot, "Nothing to compare with", "rev 1 is the only revision")
        await pilot.press("n", "x", "b", "equals_sign", "enter", "y")
        await until_text(pilot, "Nothing to copy")
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, DeploymentScreen)
        await pilot.press("escape")
        demo.faults.clear()
        demo.faults.set(TEMPLATE, Fault.response(200, '{"template": {"a": 1}}'))
        await in_diff(pilot, PARCEL)
        await until_text(pilot, "~0 +0 -0", "No differences.")
        await pilot.press("n", "N", "b", "i", "equals_sign", "enter", "j", "G")
        assert shown(pilot).view.position == (0, 0)


@pytest.mark.parametrize("path", [HISTORY, TEMPLATE], ids=["history", "specs"])
async def test_errors(path: str, make_app: AppFactory, demo: DemoServer) -> None:
    demo.faults.set(path, Fault.response(500))
    async with running(make_app(), 100, 30) as pilot:
        # A comparison in the background fails silently.
        screen = await opened(pilot, PARCEL)
        assert "try again" not in flat(pilot.app)
        assert screen.session.roster.change(PARCEL) is None
        await pilot.press("d")
        # A request that is on its way is not sent again.
        await until_text(pilot, "internal error", "try again")
        for fault, said in (
            (Fault.reset(), "closed the connection"),
            (Fault.response(403), "no access"),
            (Fault.not_json(), "cut off"),
        ):
            demo.faults.set(path, fault)
            await pilot.press("r")
            await until_text(pilot, "✖", said, "request", "agents/meridian-labs/parcel-tracker/deployment", "try again")
        demo.faults.clear()
        await pilot.press("r")
        await until_text(pilot, "1 of 3", "parcel-tracker:c2d83257")


# ---- in a terminal
