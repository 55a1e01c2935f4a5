"""Addresses as users type them: what each opens, and what a wrong one suggests."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astro_tui.session.addresses import AddressError, address
from astro_tui.session.routes import (
    BLUEPRINT_SECTIONS,
    DIFF,
    SECTIONS,
    AgentsRoute,
    BlueprintRoute,
    DeploymentRoute,
    DiffRoute,
    Route,
    section_names,
)

SERVER = "https://astropods.com"


@pytest.mark.parametrize(
    ("text", "route"),
    [
        # The forms of routes are in test_routes.py.
        ("acme/x#diff:17..18", DiffRoute("acme", "x", "17", "18")),
        (" acme ", AgentsRoute("acme")),
        (f"{SERVER}/acme/agents/dep_01JX", DeploymentRoute("acme", "dep_01JX")),
        ("HTTPS://AstroPods.com/acme/agents/dep_01JX/", DeploymentRoute("acme", "dep_01JX")),
        (f"{SERVER}/acme/agents/dep_01JX/logs?since=1h", DeploymentRoute("acme", "dep_01JX", "logs")),
        (f"{SERVER}/acme/agents/dep_01JX#history", DeploymentRoute("acme", "dep_01JX", "history")),
        (f"{SERVER}/acme/agents/dep_01JX/settings", DeploymentRoute("acme", "dep_01JX")),
        (f"{SERVER}/acme/agents", AgentsRoute("acme")),
        (f"{SERVER}/acme", AgentsRoute("acme")),
        (f"{SERVER}/acme/tea-sommelier", BlueprintRoute("acme", "tea-sommelier")),
        (f"{SERVER}/acme/tea-sommelier#builds", BlueprintRoute("acme", "tea-sommelier", "builds")),
    ],
)
def test_what_each_address_opens(text: str, route: Route) -> None:
    assert address(text, SERVER) == route


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("acme/x#lgos", "acme/x#logs"),
        ("acme/x#hist", "acme/x#history"),
        ("acme/x#lgos:worker", "acme/x#logs:worker"),
        ("acme/x#dif:3..4", "acme/x#diff"),
        ("acme/x/logs", "acme/x#logs"),
        ("acme/x/nowhere", "acme/x"),
        ("acme/", "acme"),
        ("catlog:acme#tea", "catalog:acme#tea"),
        ("blueprint:acme/x#bulds", "blueprint:acme/x#builds"),
        ("acme/x#zzzz", ""),
        ("#logs", ""),
    ],
)
def test_a_wrong_address_suggests_the_nearest_valid_one(text: str, nearest: str) -> None:
    with pytest.raises(AddressError) as caught:
        address(text, SERVER)
    assert caught.value.nearest == nearest
    assert (f"Did you mean {nearest}?" in str(caught.value)) is bool(nearest)
    if nearest:
        address(nearest, SERVER)


def test_a_link_to_another_server_is_refused() -> None:
    """It would get the login."""
    with pytest.raises(AddressError, match=r"is not on .*--server https://evil\.example"):
        address("https://evil.example/acme/agents/x", SERVER)
    for text in ("https://astropods.com@evil.example/acme", "http://astropods.com/acme", "https://[/acme"):
        with pytest.raises(AddressError):
            address(text, SERVER)


def test_the_address_of_the_api_is_no_page() -> None:
    with pytest.raises(AddressError, match="not a page of the web client"):
        address(f"{SERVER}/api/v1/deployments/x", SERVER)


def test_a_secret_in_the_wrong_place_is_not_repeated() -> None:
    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJlc2lnbmF0dXJl"
    with pytest.raises(AddressError) as caught:
        address(f"a/b/{token}", SERVER)
    assert token not in str(caught.value)


@given(
    st.text(max_size=30)
    | st.sampled_from(["https://astropods.com/", "a/b#", "blueprint:"]).flatmap(
        lambda start: st.text(max_size=20).map(lambda end: start + end)
    )
)
def test_any_text_is_an_address_or_has_a_valid_suggestion(text: str) -> None:
    try:
        address(text, SERVER)
    except AddressError as error:
        if error.nearest:
            address(error.nearest, SERVER)


def test_every_section_has_an_address() -> None:
    for name in section_names(SECTIONS):
        assert address(f"acme/x#{name}") == DeploymentRoute("acme", "x", name)
        assert address(f"{SERVER}/acme/agents/x/{name}", SERVER) == DeploymentRoute("acme", "x", name)
    for name in section_names(BLUEPRINT_SECTIONS):
        assert address(f"blueprint:acme/x#{name}") == BlueprintRoute("acme", "x", name)
    assert DIFF not in section_names(SECTIONS)
