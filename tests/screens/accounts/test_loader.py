"""What is known of the user's accounts after each response, without a screen."""

from __future__ import annotations

from support.fetching import HeldRequests

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform.models import Me, OverviewAccount
from astro_tui.screens.accounts import AccountsLoader, AccountsState
from astro_tui.session.session import Session

ME = Me.model_validate({"user": {"id": "user_1"}, "accounts": [{"id": "1", "name": "acme"}, {"name": "joel"}]})
OVERVIEW = (OverviewAccount.model_validate({"id": "1", "deployments": [{"id": "a", "status": "active"}]}),)
FAILED = PlatformError(ErrorKind.SERVER, "internal error", request="GET /me")


def loader_of(held: HeldRequests, session: Session) -> tuple[AccountsLoader, list[AccountsState]]:
    """Return a loader, and the states that it publishes."""
    states: list[AccountsState] = []
    return AccountsLoader(held, session, lambda _old, new: states.append(new)), states  # type: ignore[arg-type]


def test_the_accounts_come_first_and_then_the_status_of_their_agents(held: HeldRequests, session: Session) -> None:
    loader, states = loader_of(held, session)
    assert loader.state == AccountsState(())
    loader.load()
    assert (held.topics, states[-1].loading) == ({"me"}, True)
    held.respond("me", ME)
    assert [(row.name, row.agents) for row in states[-1].rows] == [("acme", None), ("joel", None)]
    assert (held.topics, states[-1].loading, session.user, held.remembered) == ({"overview"}, True, "user_1", 1)
    held.respond("overview", OVERVIEW)
    assert [(row.name, row.agents) for row in states[-1].rows] == [("acme", 1), ("joel", None)]
    assert (held.topics, states[-1].loading, states[-1].revision) == (set(), False, 2)


def test_an_error_leaves_the_accounts_of_an_earlier_run(held: HeldRequests, session: Session) -> None:
    first, _ = loader_of(held, session)
    first.load()
    held.respond("me", ME)
    held.forget("overview")
    loader, states = loader_of(held, session)
    assert len(loader.state.rows) == 2
    loader.load()
    held.fail("me", FAILED)
    assert (states[-1].error, states[-1].loading, len(states[-1].rows)) == (FAILED, False, 2)
    assert (loader.staleness.error, loader.staleness.fetched) == (FAILED, session.remembered.seen)
    loader.load()
    held.respond("me", ME)
    assert (states[-1].error, loader.staleness.error) == (None, None)


def test_without_the_status_of_agents_the_accounts_stay(held: HeldRequests, session: Session) -> None:
    loader, states = loader_of(held, session)
    loader.load()
    held.respond("me", ME)
    held.fail("overview", FAILED)
    assert (states[-1].status_error, states[-1].error, states[-1].loading, len(states[-1].rows)) == (
        FAILED,
        None,
        False,
        2,
    )
