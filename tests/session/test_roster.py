"""The roster: what the list shows is what other screens find, and what they learn comes back to the list."""

from __future__ import annotations

from astro_tui.platform.deployment_rows import Deployment
from astro_tui.presentation.agent_list import Entry, entry_of
from astro_tui.session.roster import AgentList, Roster


def entry(key: str, name: str = "") -> Entry:
    return entry_of(Deployment(id=key, name=name or key))


ONE, TWO, THREE = entry("k1", "claims"), entry("k2", "claims"), entry("k3", "tides")


def roster() -> Roster:
    made = Roster()
    made.show("acme", AgentList([ONE, TWO, THREE], [THREE, ONE], key="k3"))
    return made


def test_neighbors_follow_the_rows_that_are_shown() -> None:
    made = roster()
    assert made.neighbor("acme", "k3", 1) == ONE
    assert made.neighbor("acme", "k1", -1) == THREE
    assert made.neighbor("acme", "k3", -1) is None
    assert made.neighbor("acme", "k1", 1) is None
    assert made.neighbor("acme", "k2", 1) is None
    assert made.neighbor("nobody", "k1", 1) is None


def test_lookup_finds_filtered_deployments_and_unique_names() -> None:
    made = roster()
    assert made.lookup("acme", "k2") == TWO
    assert made.lookup("acme", "tides") == THREE
    assert made.lookup("acme", "claims") is None
    assert made.lookup("nobody", "k2") is None


def test_news_is_found_at_once_and_taken_once() -> None:
    made = roster()
    news = ONE._replace(label="renamed")
    made.learn("acme", news)
    assert made.lookup("acme", "k1") == news
    assert made.neighbor("acme", "k3", 1) == news
    assert made.take_learned("harborline") == []
    assert made.take_learned("acme") == [news]
    assert made.take_learned("acme") == []


def test_the_cursor_follows_the_visited_deployment() -> None:
    made = roster()
    made.visit("acme", "k1")
    made.visit("nobody", "k1")
    assert made.lists["acme"].key == "k1"
    assert list(made.lists) == ["acme"]


def test_the_newest_list_replaces_the_one_that_was_left() -> None:
    made = roster()
    made.update("acme", (ONE,), ((ONE.status, 1),))
    made.update("harborline", (TWO,), ((TWO.status, 1),))
    assert made.entries == {"acme": (ONE,), "harborline": (TWO,)}
    assert made.lists["acme"].entries == [ONE, TWO, THREE]
    made.count({"acme": (), "other": ()})
    assert made.states == {"acme": (), "harborline": ((TWO.status, 1),), "other": ()}
