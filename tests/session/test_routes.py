"""Routes as text, and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astro_tui.session.addresses import address
from astro_tui.session.routes import (
    DIFF,
    AccountsRoute,
    AgentsRoute,
    BlueprintRoute,
    CatalogRoute,
    DeploymentRoute,
    DiffRoute,
    FindRoute,
    LogsRoute,
    Route,
    parse,
    web_address,
)

# A lone surrogate has no UTF-8 form, and no name on the platform has one.
ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NAME = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
SECTION = ANY.filter(lambda name: name != DIFF)
ROUTES = st.one_of(
    st.builds(AgentsRoute, ANY),
    st.builds(DeploymentRoute, NAME, NAME, SECTION, ANY),
    st.builds(DiffRoute, NAME, NAME, ANY, ANY),
    st.just(AccountsRoute()),
    st.builds(CatalogRoute, ANY, ANY),
    st.builds(FindRoute, ANY, ANY),
    st.builds(BlueprintRoute, NAME, NAME, ANY),
    st.builds(LogsRoute, st.lists(st.tuples(NAME, ANY), min_size=1, max_size=3).map(tuple)),
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
        ("", AgentsRoute()),
        ("acme", AgentsRoute("acme")),
        ("acme/support-router", DeploymentRoute("acme", "support-router")),
        ("acme/support-router#history", DeploymentRoute("acme", "support-router", "history")),
        ("acme/support-router#logs:worker", DeploymentRoute("acme", "support-router", "logs", "worker")),
        (
            "acme/x#logs:agent/app@2026-07-02T09:30:00Z",
            DeploymentRoute("acme", "x", "logs", "agent/app@2026-07-02T09:30:00Z"),
        ),
        ("acme/x#spec:.agent.env[0].value", DeploymentRoute("acme", "x", "spec", ".agent.env[0].value")),
        ("acme/x#diff", DiffRoute("acme", "x")),
        ("acme/x#diff:17", DiffRoute("acme", "x", "17")),
        ("acme/x#diff:17..18", DiffRoute("acme", "x", "17", "18")),
        ("acme/x#diff:..18", DiffRoute("acme", "x", "", "18")),
        ("acme/x#diff:labs/y", DiffRoute("acme", "x", "labs/y")),
        ("accounts:", AccountsRoute()),
        ("catalog:", CatalogRoute()),
        ("catalog:acme#tag:tea", CatalogRoute("acme", "tag:tea")),
        ("find:acme+beta#.agent.image%20~%20x", FindRoute("acme+beta", ".agent.image ~ x")),
        ("blueprint:acme/tea-sommelier#builds", BlueprintRoute("acme", "tea-sommelier", "builds")),
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
    deployment = web_address(DeploymentRoute(account, name, section), SERVER)
    assert (deployment.isascii(), address(deployment, SERVER)) == (True, DeploymentRoute(account, name))
    assert web_address(DiffRoute(account, name, "1"), SERVER) == deployment
    assert address(web_address(BlueprintRoute(account, name, section), SERVER), SERVER) == BlueprintRoute(account, name)


def test_a_route_without_a_page() -> None:
    for route in (
        None,
        AccountsRoute(),
        AgentsRoute("acme"),
        CatalogRoute("acme"),
        DeploymentRoute("acme", ".."),
        BlueprintRoute("..", "x"),
    ):
        assert web_address(route, SERVER) == ""
    assert web_address(DeploymentRoute("acme", "a/../b"), f"{SERVER}/") == f"{SERVER}/acme/agents/a%2F..%2Fb"
