"""Routes as text, and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astro_tui.session.addresses import address
from astro_tui.session.routes import (
    DIFF,
    Accounts,
    Agents,
    Blueprint,
    Catalog,
    Deployment,
    Diff,
    Find,
    Logs,
    Route,
    parse,
    web_address,
)

# A lone surrogate has no UTF-8 form, and no name on the platform has one.
ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NAME = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
SECTION = ANY.filter(lambda name: name != DIFF)
ROUTES = st.one_of(
    st.builds(Agents, ANY),
    st.builds(Deployment, NAME, NAME, SECTION, ANY),
    st.builds(Diff, NAME, NAME, ANY, ANY),
    st.just(Accounts()),
    st.builds(Catalog, ANY, ANY),
    st.builds(Find, ANY, ANY),
    st.builds(Blueprint, NAME, NAME, ANY),
    st.builds(Logs, st.lists(st.tuples(NAME, ANY), min_size=1, max_size=3).map(tuple)),
)


@given(ROUTES)
def test_every_route_survives_its_text_form(route: Route) -> None:
    assert parse(str(route)) == route


@given(ROUTES)
def test_the_text_form_is_one_printable_word(route: Route) -> None:
    text = str(route)
    assert text.isascii()
    assert not text or (text.isprintable() and " " not in text)


@given(ANY)
def test_any_text_is_a_route_or_a_value_error(text: str) -> None:
    try:
        route = parse(text)
    except ValueError:
        return
    assert parse(str(route)) == route


@pytest.mark.parametrize(
    ("text", "route"),
    [
        ("", Agents()),
        ("acme", Agents("acme")),
        ("acme/support-router", Deployment("acme", "support-router")),
        ("acme/support-router#history", Deployment("acme", "support-router", "history")),
        ("acme/support-router#logs:worker", Deployment("acme", "support-router", "logs", "worker")),
        (
            "acme/x#logs:agent/app@2026-07-02T09:30:00Z",
            Deployment("acme", "x", "logs", "agent/app@2026-07-02T09:30:00Z"),
        ),
        ("acme/x#spec:.agent.env[0].value", Deployment("acme", "x", "spec", ".agent.env[0].value")),
        ("acme/x#diff", Diff("acme", "x")),
        ("acme/x#diff:17", Diff("acme", "x", "17")),
        ("acme/x#diff:17..18", Diff("acme", "x", "17", "18")),
        ("acme/x#diff:..18", Diff("acme", "x", "", "18")),
        ("acme/x#diff:labs/y", Diff("acme", "x", "labs/y")),
        ("accounts:", Accounts()),
        ("catalog:", Catalog()),
        ("catalog:acme#tag:tea", Catalog("acme", "tag:tea")),
        ("find:acme+beta#.agent.image%20~%20x", Find("acme+beta", ".agent.image ~ x")),
        ("blueprint:acme/tea-sommelier#builds", Blueprint("acme", "tea-sommelier", "builds")),
    ],
)
def test_the_form_of_each_route(text: str, route: Route) -> None:
    assert parse(text) == route
    assert str(route) == text


@pytest.mark.parametrize(
    "text", ["a/", "/b", "a/b/c", "accounts:x", "blueprint:a", "blueprint:a/b#c:d", "nothing:a/b", "#x"]
)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not the address of a screen"):
        parse(text)


SERVER = "https://astropods.example"
PLAIN = NAME.filter(lambda name: name.strip(".") and name not in ("api", "agents"))


@given(PLAIN, PLAIN, ANY)
def test_a_web_address_is_the_page_of_its_route(account: str, name: str, section: str) -> None:
    deployment = web_address(Deployment(account, name, section), SERVER)
    assert (deployment.isascii(), address(deployment, SERVER)) == (True, Deployment(account, name))
    assert web_address(Diff(account, name, "1"), SERVER) == deployment
    assert address(web_address(Blueprint(account, name, section), SERVER), SERVER) == Blueprint(account, name)


def test_a_route_without_a_page() -> None:
    for route in (None, Accounts(), Agents("acme"), Catalog("acme"), Deployment("acme", ".."), Blueprint("..", "x")):
        assert web_address(route, SERVER) == ""
    assert web_address(Deployment("acme", "a/../b"), f"{SERVER}/") == f"{SERVER}/acme/agents/a%2F..%2Fb"
