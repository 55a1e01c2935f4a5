"""The logs section of the deployment screen, over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from time import time_ns
from typing import Any

import pytest
from msgspec.structs import replace
from support.app import AppFactory
from support.copying import Taken, chosen
from support.demo_deployments import CLAIMS
from support.driving import detail, go_to, opened, picker
from support.on_screen import Clock, flat, idle, resized, running, screen_lines, settled, until, until_text
from textual.pilot import Pilot

from astro_tui.demo import DemoServer, Fault
from astro_tui.logs.levels import Level
from astro_tui.logs.line import LogLine, LogSource
from astro_tui.screens.deployment.screen import DeploymentScreen
from astro_tui.screens.deployment.sections.logs import LogsPane
from astro_tui.screens.deployment.sections.logs.side import ERRORS
from astro_tui.screens.deployment.sections.logs.texts import Wish, rule_words
from astro_tui.screens.deployment.sections.why import WhyPane
from astro_tui.text.times import span
from astro_tui.theme.look import Look
from astro_tui.widgets.logs.log_view import LogView

pytestmark = pytest.mark.anyio
NANO = 10**9


def pane(pilot: Pilot[Any]) -> LogsPane:
    return detail(pilot.app).query_one(LogsPane)


def view(pilot: Pilot[Any]) -> LogView:
    return pane(pilot).view


def rows(pilot: Pilot[Any]) -> list[str]:
    """Return the lines of the screen that are about the log."""
    return [line for line in screen_lines(pilot.app)[2:-2] if line.strip()]


async def shown(pilot: Pilot[Any], key: str = CLAIMS) -> LogsPane:
    await opened(pilot, key)
    await pilot.press("7")
    await until(pilot, lambda: bool(pilot.app.screen.query(LogsPane)), "the section")
    await until(pilot, lambda: view(pilot).row_count > 5, "lines of the log")
    return pane(pilot)


def entry(second: int, message: str, level: str = "info") -> dict[str, str]:
    time = f"2026-07-01T09:{second // 60:02}:{second % 60:02}.000000001Z"
    return {"timestamp": time, "level": level, "message": message}


def log(demo: DemoServer, *entries: dict[str, str], key: str = CLAIMS) -> None:
    """Let every workload of a deployment have only these lines, and no stream."""
    demo.faults.set(rf"^/deployments/{key}/logs\?", Fault.response(200, json.dumps(entries)))
    demo.faults.set(rf"^/deployments/{key}/logs/stream", Fault.response(503))


async def test_the_last_lines_are_followed_until_the_cursor_leaves_them(make_app: AppFactory) -> None:
    async with running(make_app()) as pilot:
        section = await shown(pilot)
        store = section.view.store
        await until(pilot, lambda: len({source.workload for source in store.sources}) > 3, "all workloads")
        assert view(pilot).follows
        await until_text(pilot, "[7 logs]", "following")
        assert view(pilot).cursor == view(pilot).row_count - 1
        # Leaving the last line keeps the place and counts new lines.
        await pilot.press("k", "k", "k")
        row = section.view.row
        await until_text(pilot, "G follow")
        assert row is not None
        section.feed.add(
            store.sources[0], [LogLine(row.ns + NANO * 3600, "info", f"late {number}") for number in range(7)]
        )
        await until_text(pilot, "new lines below")
        assert section.view.row == row
        await pilot.press("G")
        await until_text(pilot, "following", "late 6")


async def test_lines_that_came_while_another_section_was_shown_are_drawn(
    make_app: AppFactory, demo: DemoServer
) -> None:
    log(demo, *(entry(number, f"request {number}") for number in range(5)))
    async with running(make_app()) as pilot:
        section = await shown(pilot)
        await until(pilot, lambda: section.complete, "all last lines")
        await pilot.press("1")
        await until(pilot, lambda: not section.active, "another section")
        source = section.view.store.sources[0]
        section.feed.add(source, [LogLine(NANO * 2**31, "info", "while nobody looked")])
        await settled(pilot)
        await pilot.press("7")
        await until_text(pilot, "while nobody looked")


async def test_the_repeats_are_those_of_the_lines_that_are_shown(make_app: AppFactory, demo: DemoServer) -> None:
    log(demo, *(entry(number, f"request {number}", "error" if number == 2 else "info") for number in range(5)))
    async with running(make_app()) as pilot:
        section = await shown(pilot)
        await until(pilot, lambda: section.complete, "all last lines")
        table = section.side.templates
        await pilot.press("number_sign")
        await until_text(pilot, "request •")
        before = sum(group.count for group in table.rows)
        section.side.want(replace(section.side.wish, level=ERRORS))
        await until(pilot, lambda: table.rows and sum(group.count for group in table.rows) < before, "errors only")


@pytest.mark.nightly
async def test_the_cursor_stays_on_screen_when_lines_get_longer_and_while_lines_arrive(
    make_app: AppFactory, demo: DemoServer
) -> None:
    log(demo, *(entry(number, f"line {number} " * 12) for number in range(30)))

    def cursor_on_screen(pilot: Pilot[Any]) -> bool:
        return any(line.startswith("▌") for line in rows(pilot))

    async with running(make_app()) as pilot:
        section = await shown(pilot)
        await until(pilot, lambda: section.complete, "all last lines")
        await pilot.press("w", "k")
        for _ in range(4):
            await pilot.press("t")
            assert cursor_on_screen(pilot)
        await pilot.press("G")
        for _ in range(4):
            await pilot.press("t")
            assert cursor_on_screen(pilot)
        # The window is resized while lines arrive.
        feed = section.feed
        assert feed is not None
        source = section.view.store.sources[0]
        last = max(section.view.store.row(n).ns for n in range(section.view.store.count))
        for number, size in enumerate([(40, 15), (200, 60), (80, 24), (120, 40)]):
            feed.add(source, [LogLine(last + number * 100 + n, "info", f"new {number} {n} " * 20) for n in range(50)])
            await pilot.press("w")
            await resized(pilot, *size)
            await until_text(pilot, f"new {number} 49")
            assert view(pilot).follows
            assert cursor_on_screen(pilot)


@pytest.mark.nightly
async def test_the_age_of_an_old_log_is_shown(make_app: AppFactory, demo: DemoServer) -> None:
    """A line has no date, so the log of an agent that ended days ago would look like one of today."""
    log(demo, *(entry(number, f"request {number}") for number in range(10)))
    async with running(make_app()) as pilot:
        section = await shown(pilot)
        await until(pilot, lambda: section.complete, "all last lines")
        seconds = section.view.silence
        assert seconds > 3600
        await until_text(pilot, f"lines · last one {span(seconds)} ago")
        await resized(pilot, 40, 15)
        count = section.view.row_count
        await pilot.press("e")
        await until(pilot, lambda: section.view.row_count < count, "only errors")
        await pilot.press("e")
        await until(pilot, lambda: section.view.row_count == count, "all lines")
        await pilot.press("k", "k")
        await until_text(pilot, "paused · G follow", "lines")
        section.view.store.add(section.view.store.sources[0], [LogLine(time_ns(), "info", "new") for _ in range(1234)])
        section._feed_changed()
        await until_text(pilot, "1,234 new · G follow", "lines")


async def test_a_wrong_query_says_what_is_wrong_and_a_right_one_finds_earlier_lines(
    make_app: AppFactory, demo: DemoServer
) -> None:
    log(demo, *(entry(number, f"request {number} took {number} ms") for number in range(60)))
    async with running(make_app()) as pilot:
        await shown(pilot)
        await pilot.press("slash", *"level>=wran")
        await until_text(pilot, "There is no level wran. Did you mean warn?")
        await pilot.press("enter")
        assert pane(pilot).side.prompt.display
        await pilot.press("escape")
        assert not pane(pilot).side.prompt.display
        await pilot.press("slash", *"request 17", "enter")
        await until(pilot, lambda: "request 17 " in (view(pilot).row or _NONE).message, "the match")
        assert not view(pilot).follows
        await pilot.press("N")
        await until(pilot, lambda: "request 17 " in (view(pilot).row or _NONE).message, "another workload's line")


class _None:
    message = ""


_NONE = _None()


async def test_only_matching_lines_levels_and_errors(make_app: AppFactory, demo: DemoServer) -> None:
    levels = ("debug", "info", "warn", "error")
    log(demo, *(entry(number, f"line {number}", levels[number % 4]) for number in range(40)))
    async with running(make_app()) as pilot:
        section = await shown(pilot)
        await until(pilot, lambda: section.complete, "all last lines")
        await pilot.press("slash", *"level>=warn", "enter", "ampersand")
        await until_text(pilot, "only /level>=warn")
        await until(pilot, lambda: not any(" DEBUG " in line for line in rows(pilot)), "warnings and errors")
        await pilot.press("escape")
        await until(pilot, lambda: "level>=warn" not in flat(pilot.app), "the search is over")
        assert section.view.row_count > 40
        await pilot.press("e")
        await until_text(pilot, "≥ error", "hidden")
        await until(pilot, lambda: all(" ERROR " in line or "──" in line for line in rows(pilot)), "errors only")
        # Hidden lines are not among the new ones.
        await pilot.press("G", "k", "k")
        row = section.view.row
        assert row is not None
        new = [LogLine(row.ns + NANO * (3600 + n), "info" if n % 3 else "error", f"new {n}") for n in range(9)]
        section.feed.add(row.source, new)
        await until_text(pilot, "3 new lines below")
        await pilot.press("e")
        await until(pilot, lambda: "hidden" not in flat(pilot.app), "all lines")


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (Wish(sources=frozenset({LogSource("id", "agent")})), "233 from other containers"),
        (Wish(level=Level.ERROR), "233 hidden"),
        (Wish(), ""),
    ],
)
def test_the_rule_says_which_lines_are_not_shown(wish: Wish, said: str) -> None:
    words = rule_words(wish, 7, 240, Look(), silence=0, room=90).plain
    assert words.startswith("240 lines")
    assert words.partition("233")[1:] == ("233", said.removeprefix("233")) if said else "233" not in words


async def test_a_line_opens_as_a_document_once_and_closes(make_app: AppFactory, demo: DemoServer) -> None:
    message = json.dumps({"event": "payment", "password": "hunter2-very-secret", "nested": {"deep": [1, 2]}})
    log(demo, *(entry(number, message) for number in range(10)))
    async with running(make_app()) as pilot:
        await shown(pilot)
        await pilot.press("enter")
        await until_text(pilot, "timestamp", "nested", "deep")
        assert "hunter2" not in flat(pilot.app)
        await pilot.press("escape")
        await until(pilot, lambda: not pane(pilot).side.document and view(pilot).has_focus, "the lines again")
        assert isinstance(pilot.app.screen, DeploymentScreen)
        # As two clicks do, or a click and a key, before the document is there.
        for _ in range(2):
            view(pilot).row_chosen(view(pilot).cursor)
        await until_text(pilot, "timestamp", "payment")
        await until(pilot, lambda: pane(pilot).side.document, "the document")


NESTED = json.dumps({"event": "pay\x1b", "password": "hunter2-very-secret", "http": {"status": 502, "path": "/v1"}})


async def test_json_unfolds_below_its_line_and_folds(make_app: AppFactory, demo: DemoServer) -> None:
    log(demo, *(entry(number, NESTED) for number in range(10)))
    taken = Taken()
    async with running(taken.on(make_app())) as pilot:
        section = await shown(pilot)
        await until(pilot, lambda: section.complete, "all last lines")
        await pilot.press("k", "k", "l")
        row = section.view.row
        await until_text(pilot, '"password": "••••••••"', '"status": 502', '"event": "pay\\u001b"')
        assert not section.view.follows
        # Revealing keeps the place in the unfolded line.
        await pilot.press("l", "j", "j", "x")
        await until_text(pilot, "hunter2-very-secret")
        assert section.view.inner_text == '"password": "hunter2-very-secret",'
        await pilot.press("x")
        await until(pilot, lambda: "hunter2" not in flat(pilot.app), "masked again")
        assert section.view.inner_text == '"password": "••••••••",'
        await pilot.press("j", "j", "w")
        assert section.view.row == row
        assert section.view.inner_text == '"status": 502,'
        await chosen(pilot, "y", "j")
        await until(pilot, lambda: taken.texts == ['"status": 502,'], "the copy")
        # It stays where it is while lines come, late ones too.
        assert row is not None
        section.feed.add(row.source, [LogLine(1, "info", "late"), LogLine(row.ns + NANO * 3600, "info", "new")])
        await until_text(pilot, "new line")
        assert (section.view.row, section.view.inner_text) == (row, '"status": 502,')
        await pilot.press("h")
        await until(pilot, lambda: '"status": 502' not in flat(pilot.app), "the JSON is hidden")
        assert section.view.row == row
        await pilot.press("G", "space")
        await until_text(pilot, "There is no JSON in this line to unfold.")
        await pilot.press("slash", *"502", "enter")
        await until(pilot, lambda: "502" in (section.view.row or _NONE).message, "a match")


async def test_secrets_are_masked_and_control_characters_are_shown_on_screen_in_copies_and_in_files(
    make_app: AppFactory, demo: DemoServer, tmp_path: Path
) -> None:
    taken = Taken()
    text = "\x1b[31mred\x07 login password=hunter2\x1b[0m-very-secret [bold]x[/]"
    log(demo, *(entry(n, text) for n in range(10)))
    async with running(taken.on(make_app())) as pilot:
        await shown(pilot)
        await until_text(pilot, " red␇ login", "[bold]x[/]")
        assert "hunter2" not in flat(pilot.app)
        await until(pilot, lambda: pane(pilot).complete, "the last lines of all workloads")
        await chosen(pilot, "y", "l")
        await until(pilot, lambda: taken.texts, "the copy")
        assert "login password=••••••••" in taken.texts[0]
        assert "2026-07-01T09:00:09.000000001Z" in taken.texts[0]
        path = tmp_path / "saved.log"
        await pilot.press("W")
        await until_text(pilot, "save to:")
        await pilot.press("ctrl+u", *str(path), "enter")
        await until(pilot, path.exists, "the file")
        await until(pilot, lambda: "login password=••••••••" in path.read_text(), "the lines")
        assert "hunter2" not in path.read_text()
        assert "\x1b" not in path.read_text()


def history(demo: DemoServer, *deploys: tuple[int, str]) -> None:
    """Let the deployment have these revisions, deployed at these times of day."""
    rows = [
        {"id": CLAIMS, "revision": number, "deployed_at": f"2026-07-01T{time}Z", "status": "active", "spec": {}}
        for number, time in deploys
    ]
    demo.faults.set(r"^/agents/.*/deployment/history", Fault.response(200, json.dumps({"deployments": rows})))


async def test_repeats_are_grouped_and_new_since_a_deploy_whose_revision_is_named(
    make_app: AppFactory, demo: DemoServer
) -> None:
    log(demo, *(entry(number, f"request {number} took {number} ms") for number in range(30)), entry(31, "odd one"))
    history(demo, (17, "08:00:00"), (18, "09:00:20.5"))
    async with running(make_app()) as pilot:
        section = await shown(pilot)
        await until(pilot, lambda: section.complete, "all last lines")
        await pilot.press("number_sign")
        await until_text(pilot, "new: since revision 18", "new odd one", "request • took • ms")
        assert "new request" not in flat(pilot.app)
        # Enter on a repeat leads to its last line.
        await pilot.press("enter")
        await until(pilot, lambda: view(pilot).has_focus, "the last line of the template")
        assert "request 29" in (view(pilot).row or _NONE).message


async def test_without_lines_from_before_the_deploy_no_repeat_is_new(make_app: AppFactory, demo: DemoServer) -> None:
    log(demo, *(entry(number, f"request {number}") for number in range(30)))
    history(demo, (18, "08:00:00"))
    async with running(make_app()) as pilot:
        section = await shown(pilot)
        await until(pilot, lambda: section.complete, "all last lines")
        await pilot.press("number_sign")
        await until_text(pilot, "request •")
        await idle(pilot)
        assert "new" not in flat(pilot.app)


async def test_only_workloads_whose_lines_before_the_deploy_are_known_have_new_repeats(
    make_app: AppFactory, demo: DemoServer
) -> None:
    log(demo, *(entry(number, f"request {number}") for number in range(31)), entry(31, "odd one"))
    late = Fault.response(200, json.dumps([entry(30, "late one")]))
    demo.faults.set(rf"^/deployments/{CLAIMS}/logs\?.*workload=claims-desk-agent", late)
    history(demo, (17, "08:00:00"), (18, "09:00:20.5"))
    async with running(make_app()) as pilot:
        section = await shown(pilot)
        await until(pilot, lambda: section.complete, "all last lines")
        await pilot.press("number_sign")
        await until_text(pilot, "new odd one", "late one")
        assert "new late one" not in flat(pilot.app)


async def test_workloads_and_containers_can_be_chosen_and_earlier_lines_of_one_are_loaded(
    make_app: AppFactory,
) -> None:
    async with running(make_app()) as pilot:
        section = await shown(pilot)
        await until(pilot, lambda: section.complete, "all last lines")
        before = section.view.store.lines
        await pilot.press("P")
        await until_text(pilot, "workloads and containers")
        await pilot.press("j", "enter")
        await until(pilot, lambda: len(section.side.wish.sources) == 1, "one source")
        await idle(pilot)
        await until(pilot, lambda: section.complete, "only its lines")
        await pilot.press("g")
        await until(pilot, lambda: view(pilot).row is not None and view(pilot).row.remark is not None, "the remark")
        await pilot.press("enter")
        await until(pilot, lambda: section.view.store.lines > before, "more lines")
        await pilot.press("P", "a")
        await until(pilot, lambda: not section.side.wish.sources, "all sources")
        await pilot.press("P", "enter")
        await until(pilot, lambda: len(section.side.wish.sources) == 1, "one source again")
        await settled(pilot)
        await pilot.press("P", "j", "space", "j", "space", "enter")
        await until(
            pilot, lambda: {s.container for s in section.side.wish.sources} == {"app", "messaging"}, "two sources"
        )
        await pilot.press("P", "a")
        await until(pilot, lambda: not section.side.wish.sources, "all sources again")


async def test_ways_to_the_logs_from_the_list_a_workload_and_the_diagnosis(make_app: AppFactory) -> None:
    async with running(make_app()) as pilot:
        await go_to(pilot, CLAIMS)
        await pilot.press("l")
        await until(pilot, lambda: isinstance(pilot.app.screen, DeploymentScreen), "the deployment")
        await until(pilot, lambda: bool(pilot.app.screen.query(LogsPane)), "its logs")
        await until(pilot, lambda: view(pilot).row_count > 5, "lines of the log")
        await settled(pilot)
        assert not pane(pilot).side.wish.sources
        await pilot.press("4")
        await settled(pilot)
        await pilot.press("l")
        await until(pilot, lambda: len(pane(pilot).side.wish.sources) == 1, "one workload")
        [source] = pane(pilot).side.wish.sources
        await until(pilot, lambda: source in view(pilot).store.sources, "lines of that workload")
        await pilot.press("6")
        await until(pilot, lambda: bool(pilot.app.screen.query(WhyPane)), "why")
        await pilot.press("l")
        await until_text(pilot, "No log has more details.")


async def test_a_lost_connection_is_reported_and_restored(make_app: AppFactory, demo: DemoServer) -> None:
    demo.faults.set(rf"^/deployments/{CLAIMS}/logs/stream", Fault.stream_reset())
    async with running(make_app()) as pilot:
        await shown(pilot)
        await until(pilot, lambda: pane(pilot).complete, "the last lines of all workloads")
        await until_text(pilot, "connection lost")
        count = view(pilot).store.lines
        demo.faults.clear()
        await pilot.press("r")
        await until_text(pilot, "● live")
        assert view(pilot).store.lines == count


async def test_a_log_that_ended_by_a_bug_is_read_again(make_app: AppFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> None:
        raise RecursionError

    with monkeypatch.context() as patch:
        patch.setattr("astro_tui.logs.follower.received", fail)
        async with running(make_app()) as pilot:
            await opened(pilot, CLAIMS)
            await pilot.press("7")
            await until_text(pilot, "! ended")
            patch.undo()
            await pilot.press("r")
            await until_text(pilot, "● live")


async def test_a_log_that_cannot_be_read(make_app: AppFactory, demo: DemoServer, clock: Clock) -> None:
    path = rf"^/deployments/{CLAIMS}/logs"
    demo.faults.set(path, Fault.response(403))
    async with running(make_app()) as pilot:
        await opened(pilot, CLAIMS)
        await pilot.press("7")
        for status, said in ((403, "no access"), (503, "(503)")):
            demo.faults.set(path, Fault.response(status))
            await settled(pilot)
            clock.advance(2)
            await pilot.press("r")
            await until_text(pilot, "try again", said)
            # Without a stream, the log would be read again and again, but it cannot be read.
            assert "● live" not in flat(pilot.app), status
            assert "● polled" not in flat(pilot.app), status


async def test_another_agent_has_another_log_and_leaving_ends_the_streams(make_app: AppFactory) -> None:
    async with running(make_app()) as pilot:
        section = await shown(pilot)
        first = section.feed
        assert first is not None
        assert first.states
        await pilot.press("greater_than_sign")
        await until(pilot, lambda: section.feed not in (first, None), "another feed")
        assert not first.states
        assert not any(source.deployment_id == CLAIMS for source in section.view.store.sources)
        second = section.feed
        assert second is not None
        await until(pilot, lambda: second.states, "its streams")
        await pilot.press("escape", "escape")
        await until(pilot, lambda: bool(picker(pilot.app).table.row_count) and not second.states, "no stream")


async def test_a_search_goes_past_the_lines_in_memory_and_says_how_far(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app()) as pilot:
        section = await shown(pilot)
        await until(pilot, lambda: section.complete, "all last lines")
        # A key ends it: a match that is found late would take the user away.
        demo.faults.set(rf"^/deployments/{CLAIMS}/logs\?", Fault.hang())
        for key in ("k", "G", "escape"):
            await pilot.press("slash", *f"no-text-{key}", "enter")
            await until(pilot, lambda: section.busy("search"), f"the search before {key}")
            await pilot.press(key)
            assert not section.busy("search"), key
        demo.faults.clear()
        await pilot.press("slash", *"no-such-text-anywhere", "enter")
        await until_text(pilot, "No earlier match for no-such-text-anywhere. Searched", "back to 2026-")
        assert section.view.store.lines > 4000


async def test_the_level_that_was_chosen_last_is_shown_whichever_thread_ends_last(
    make_app: AppFactory, demo: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    log(demo, *(entry(number, f"request {number}") for number in range(5)))
    async with running(make_app()) as pilot:
        section = await shown(pilot)
        await until(pilot, lambda: section.complete, "all last lines")
        before = section.view.store.count
        works: list[Callable[[], None]] = []
        monkeypatch.setattr(section.side, "run_worker", lambda work, **_options: works.append(work))
        await pilot.press("e", "e")
        assert len(works) == 2
        for work in reversed(works):
            work()
        assert section.view.store.count == before > 1


async def test_a_line_of_a_chosen_container_is_shown_once(make_app: AppFactory, demo: DemoServer) -> None:
    """The stream of a container has lines that the stream of its workload has, too."""
    log(demo, *(entry(number, f"request {number}") for number in range(5)))
    async with running(make_app()) as pilot:
        section = await shown(pilot)
        await until(pilot, lambda: section.complete, "all last lines")
        workloads = section.view.store.sources
        before = section.view.row_count
        choosable = section._choosable()
        container = next(source for source in choosable if source.container)
        whole = replace(container, container="")
        section._choose((container,))
        await until(pilot, lambda: container in section.view.store.sources and section.complete, "its lines")
        await until(pilot, lambda: section.view.row_count == 6, "only the container")
        section._choose((whole, container))
        await until(pilot, lambda: section.side.wish.sources == {whole}, "only the workload")
        await until(pilot, lambda: section.view.row_count == 6, "each line once")
        section._choose((container,))
        await until(pilot, lambda: section.complete and section.view.row_count == 6, "only the container again")
        for way in ("E", "all"):
            section._choose((container,))
            await until(pilot, lambda: section.view.row_count == 6, "only the container")
            if way == "E":
                await pilot.press("E")
            else:
                section._choose(())
            await until(pilot, lambda: section.view.row_count == before, "all lines once")
            await until_text(pilot, "knowledge-cases")
        assert container in set(section.view.store.sources) - set(workloads)


async def test_what_is_wrong_with_a_query_is_readable_in_a_narrow_window(make_app: AppFactory) -> None:
    async with running(make_app(), 80, 24) as pilot:
        await shown(pilot)
        await pilot.press("slash", *"level>=warn AND foo(")
        await until_text(pilot, "All terms must match, so leave out AND.")
        await pilot.press(*"x" * 30)
        await until_text(pilot, "All terms must match, so leave")
