"""A source that cannot be read: every screen and the shell say which one, since when, and how old the rest is."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import product

import pytest
from support.app import AppFactory
from support.driving import opened
from support.in_shell import Shell
from support.on_screen import Clock, flat, idle, running, until, until_text

from astro_tui.demo import DemoServer, Fault
from astro_tui.platform.client import Call
from astro_tui.presentation.agent_list import Entry, entry_of, why
from astro_tui.presentation.evidence import sentence_within
from astro_tui.presentation.explained import TextPage, in_full, in_short
from astro_tui.screens.base.staleness import Staleness
from astro_tui.screens.deployment.state_lines import age, cause
from astro_tui.screens.picker.screen import PickerScreen
from astro_tui.session import fact_store
from astro_tui.session.session import Session

pytestmark = pytest.mark.anyio
ACCOUNT, BROKEN, HEALTHY = "meridian-labs", "evh-oq0-t8t", "q7k-0ab-x4d"
READ, FAILED = "09:30", "09:32"
PATHS = {
    "list": r"^/deployments\?",
    "status": "/status$",
    "record": f"/deployments/{BROKEN}$",
    "runtime": "/runtime$",
    "events": "/events$",
    "alerts": "/alerts",
    "history": "/deployment/history",
    "logs": "/logs[?]",
    "spec": "/deployment-template$",
}
"""The sources of `why`, and their requests."""
FAULTS = {
    "503": Fault.response(503),
    "403": Fault.response(403, '{"error":"deployment not found"}'),
    "hang": Fault.hang(),
    "cut": Fault.cut(),
    "wrong type": Fault.response(200, '"text"'),
}
CASES = [
    *product(PATHS, ("503", "hang")),
    ("status", "403"),
    ("logs", "403"),
    ("spec", "cut"),
    ("events", "wrong type"),
]
FIRST = {("runtime", "hang"), ("status", "403")}
"""Cases that are tried before the nightly run."""


@pytest.fixture
def session(make_app: AppFactory) -> Session:
    return make_app().session


def investigated(session: Session, entry: Entry) -> Entry:
    """Return an entry with its new diagnosis, as the list and the screen show it after `r`."""
    agent = session.agent(ACCOUNT, entry)
    listed = agent.read("list", Call())
    if listed.read_at is None:
        session.roster.fail(ACCOUNT, listed.error, session.clock())
    else:
        session.roster.update(ACCOUNT, (entry,), (), listed.read_at)
    diagnosis = agent.investigate(Call())
    return session.verdicts.conclude(entry, diagnosis)


@pytest.fixture
def fail(demo: DemoServer, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Make a path fail in one of FAULTS."""

    def fails(path: str, fault: str) -> None:
        demo.faults.set(re.compile(path), FAULTS[fault])
        if fault == "hang":
            monkeypatch.setattr(fact_store, "PATIENCE", 0.8)

    return fails


@pytest.mark.timed
@pytest.mark.parametrize(
    "case", [pytest.param(case, marks=() if case in FIRST else pytest.mark.nightly) for case in CASES], ids=" ".join
)
def test_all_say_the_same(
    session: Session, clock: Clock, shell: Shell, fail: Callable[[str, str], None], case: tuple[str, str]
) -> None:
    source, fault = case
    rows = session.platform.deployments(ACCOUNT).rows
    agent = entry_of(next(row for row in rows if row.id == BROKEN))
    if source != "spec":
        # Specs never change, so one that was read once is not requested again.
        agent = investigated(session, agent)
        assert agent.diagnosis is not None
        assert not agent.diagnosis.unread
    clock.advance(120)
    fail(PATHS[source], fault)
    entry = investigated(session, agent)
    clock.advance(60)
    later = investigated(session, entry)
    diagnosis = later.diagnosis
    assert diagnosis is not None
    # If an ID is refused, what the status was does not matter any more: the agent may have been deleted.
    last = "" if source in ("logs", "spec") or case == ("status", "403") else f" (last read at {READ})"
    # The history shows whether a status is that of a deleted agent.
    failing = "status and history" if case == ("history", "hang") else source
    words = f"{failing} since {FAILED}"
    sentence = f"Cannot read {words}{last}."
    # The list, its strip and its preview; the screen's header and its lines; section 6, and the shell.
    assert sentence in why(later)[0]
    assert sentence in sentence_within(diagnosis, 1000)
    assert sentence in str(cause(later, session.look)[0])
    assert f"cannot read {words} " in str(header(session, later, clock, 120))
    short = words.replace("status and history", "2 sources")
    assert f"! {short} " in str(header(session, later, clock, 80))
    assert "! " in str(header(session, later, clock, 40))
    page = TextPage(0, ascii=False, now=clock())
    for form in (in_full, in_short):
        assert sentence in "\n".join(form(later, diagnosis, page))
    if source == "list":
        # Without it, the shell does not know the agent, and says only why.
        assert fault == "hang" or shell("why", f"{ACCOUNT}/{BROKEN}").code == 2
        session.platform.close()
        return
    done = shell("why", f"{ACCOUNT}/{BROKEN}")
    assert re.search(rf"Cannot read {failing} since \d\d:\d\d\.", " ".join(done.out.split())), done.out
    for each in diagnosis.unread:
        assert each.error in "\n".join(in_full(later, diagnosis, page))
        assert " ".join(each.error.split()) in " ".join(done.out.split())
    session.platform.close()


def header(session: Session, entry: Entry, clock: Clock, width: int) -> object:
    """Return the right end of the deployment's header; the rest of the screen was read right now."""
    stale = Staleness(session.look)
    stale.fresh(clock())
    assert entry.diagnosis is not None
    stale.oldest = entry.diagnosis.as_of
    words = age(entry, stale, clock(), 30.0, width=width, paused=False)
    if entry.diagnosis.as_of is not None:
        assert "STALE 3m" in str(words)
    return words


@pytest.mark.timed
@pytest.mark.parametrize("case", [("^/deployments", "503"), ("/status$", "hang")], ids=" ".join)
async def test_a_screen_is_as_old_as_its_oldest_source(
    make_app: AppFactory, clock: Clock, demo: DemoServer, fail: Callable[[str, str], None], case: tuple[str, str]
) -> None:
    async with running(make_app(), 120, 40) as pilot:
        await opened(pilot, HEALTHY)
        await idle(pilot)
        clock.advance(120)
        fail(*case)
        await pilot.press("r")
        await until_text(pilot, " since 09:32 ⟳ 2m ago", "(last read at 09:30)")
        await pilot.press("6")
        await until_text(pilot, "(last read at 09:30)", "Could not be read")
        await pilot.press("escape", "escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, PickerScreen))
        await until_text(pilot, "(last read at 09:30)")
        await idle(pilot)
        # All of it can be read again.
        demo.faults.clear()
        await pilot.press("r")
        await idle(pilot)
        await opened(pilot, HEALTHY)
        await idle(pilot)
        assert "last read" not in flat(pilot.app)
