"""The roster: what the list shows is what other screens find, and what they learn comes back to the list."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace
from support.app import NOW

from astro_tui.platform.deployment_rows import Deployment
from astro_tui.presentation.agent_list import Entry, entry_of
from astro_tui.session.roster import AgentList, ListView, Roster


def entry(key: str, name: str = "") -> Entry:
    return entry_of(Deployment(id=key, name=name or key))


ONE, TWO, THREE = entry("k1", "claims"), entry("k2", "claims"), entry("k3", "tides")


def roster() -> Roster:
    made = Roster()
    made.update("acme", [ONE, TWO, THREE], ())
    made.show("acme", ListView([THREE, ONE], key="k3"))
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


def test_news_is_in_the_list_at_once() -> None:
    made = roster()
    news = replace(ONE, label="renamed")
    made.learn("acme", news)
    made.learn("harborline", news)
    made.learn("acme", entry("k9"))
    assert made.lookup("acme", "k1") == news
    assert made.neighbor("acme", "k3", 1) == news
    assert made.entries == {"acme": (news, TWO, THREE)}


def test_the_cursor_follows_the_visited_deployment() -> None:
    made = roster()
    made.visit("acme", "k1")
    made.visit("nobody", "k1")
    assert made.views["acme"].key == "k1"
    assert list(made.lists) == list(made.views) == ["acme"]


def test_neighbors_in_a_list_of_several_accounts_can_be_in_another_one() -> None:
    made, tide = roster(), entry_of(Deployment(id="h1", name="tide", account_name="harborline"))
    made.update("harborline", [tide], ())
    made.show("acme+harborline", ListView([ONE, tide]))
    assert made.neighbor("acme", "k1", 1) == tide
    assert made.neighbor("harborline", "h1", -1) == ONE
    # A list that was loaded in the background is not the one that the user sees.
    made.views["harborline"] = ListView([tide, ONE])
    assert made.neighbor("harborline", "h1", 1) is None
    made.visit("acme", "k1")
    assert made.views["acme+harborline"].key == "k1"


def test_a_new_list_replaces_the_old_one_but_not_its_view() -> None:
    made = roster()
    made.fail("acme", "no response", NOW)
    made.fail("acme", "still no response", NOW + timedelta(minutes=1))
    assert (made.lists["acme"].error, made.lists["acme"].failed) == ("still no response", NOW)
    made.update("acme", (ONE, TWO), ((ONE.status, 2),))
    assert made.lists["acme"].error
    made.update("acme", (ONE,), ((ONE.status, 1),), NOW)
    assert made.lists["acme"] == AgentList((ONE,), fetched=NOW)
    assert made.views["acme"] == ListView([THREE, ONE], key="k3")
    made.update("harborline", (TWO,), ((TWO.status, 1),), NOW)
    assert made.entries == {"acme": (ONE,), "harborline": (TWO,)}
    made.count({"acme": (), "other": ()})
    assert made.states == {"acme": (), "harborline": ((TWO.status, 1),), "other": ()}
