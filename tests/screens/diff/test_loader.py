"""What is known of a difference after each response, without a screen."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from msgspec.structs import replace
from support.entries import entry
from support.fetching import HeldRequests

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform.models import Revision
from astro_tui.presentation.revisions import rows_of
from astro_tui.screens.diff.loader import DiffLoader, DiffState
from astro_tui.session.comparison import Sides, Subject, sides_of
from astro_tui.session.session import Session

SUBJECT = Subject("acme", entry("a1"))
NEW, OLD = rows_of([Revision(id="a1", revision=2, is_current=True), Revision(id="a1", revision=1)], "a1")
SIDES = sides_of(SUBJECT, (OLD, NEW))
FAILED = PlatformError(ErrorKind.SERVER, "internal error", request="GET /history")


def loader_of(held: HeldRequests, session: Session, sides: Sides | None = None) -> tuple[DiffLoader, list[DiffState]]:
    """Return a loader, and the states that it publishes."""
    states: list[DiffState] = []
    layout: Any = lambda: (None, 80)  # noqa: E731  its types do not matter here
    return DiffLoader(
        held, session, SUBJECT, sides, None, show=lambda _old, new: states.append(new), layout=layout
    ), states


def compared(sides: Sides) -> Any:
    return SimpleNamespace(sides=sides, newest_change=f"{sides[0].row.name} to {sides[1].row.name}")


def test_the_sides_come_first_and_then_their_comparison(held: HeldRequests, session: Session) -> None:
    loader, states = loader_of(held, session)
    loader.load()
    assert (held.topics, states[-1]) == ({"sides"}, DiffState(loading=True))
    held.respond("sides", SIDES)
    assert (held.topics, states[-1]) == ({"diff"}, DiffState(SIDES, loading=True))
    assert loader.staleness.fetched is None
    result = compared(SIDES)
    held.respond("diff", result)
    assert states[-1] == DiffState(SIDES, result)
    assert loader.staleness.fetched == session.clock()
    assert session.roster.change("a1") == result.newest_change


def test_sides_that_are_given_or_swapped_are_not_the_newest_change(held: HeldRequests, session: Session) -> None:
    loader, states = loader_of(held, session, SIDES)
    loader.load()
    held.respond("diff", compared(SIDES))
    loader.swap()
    assert (held.topics, states[-1]) == ({"diff"}, DiffState((SIDES[1], SIDES[0]), loading=True))
    held.respond("diff", compared(loader.state.sides))  # type: ignore[arg-type]
    assert session.roster.change("a1") is None


def test_an_error_stays_until_there_is_a_result(held: HeldRequests, session: Session) -> None:
    loader, states = loader_of(held, session)
    loader.load()
    held.fail("sides", FAILED)
    assert (states[-1], loader.staleness.error) == (DiffState(error=FAILED), FAILED)
    loader.load_again()
    assert states[-1] == DiffState(error=FAILED, loading=True)
    held.respond("sides", "There are no revisions")
    assert (states[-1], loader.staleness.error) == (DiffState(nothing="There are no revisions"), None)


def test_trying_again_looks_for_the_sides_unless_they_are_being_compared(held: HeldRequests, session: Session) -> None:
    loader, states = loader_of(held, session)
    loader.load()
    held.respond("sides", SIDES)
    assert loader.topic == "diff"
    held.forget("diff")
    loader.load_again()
    assert (held.topics, states[-1].sides) == ({"diff"}, SIDES)
    held.fail("diff", FAILED)
    assert loader.topic == "sides"
    loader.load_again()
    assert (held.topics, states[-1].sides) == ({"sides"}, None)


def test_something_else_is_compared(held: HeldRequests, session: Session) -> None:
    loader, states = loader_of(held, session, SIDES)
    loader.load()
    held.respond("diff", compared(SIDES))
    loader.compare(lambda _session, _call: SIDES)
    assert (held.topics, states[-1]) == ({"sides"}, DiffState(loading=True))
    held.respond("sides", SIDES)
    held.respond("diff", compared(SIDES))
    assert replace(states[-1], comparison=None) == DiffState(SIDES)
    # The user chose these sides, so they are not kept as the newest change.
    assert session.roster.change("a1") is None


def test_another_choice_drops_the_open_comparison(held: HeldRequests, session: Session) -> None:
    loader, states = loader_of(held, session)
    loader.load()
    held.respond("sides", SIDES)
    assert held.topics == {"diff"}
    loader.compare(None)
    assert held.topics == {"sides"}
    assert states[-1] == DiffState(loading=True)
