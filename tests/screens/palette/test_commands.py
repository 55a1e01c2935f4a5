"""Commands as they are typed: what each does, and what a wrong one suggests."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from astro_tui.screens.palette.commands import CommandContext, commands_of, fixed_items, typed, unknown
from astro_tui.screens.palette.items import RefreshEvery, RunAction, Target, Type, UseTheme
from astro_tui.session.routes import (
    SECTIONS,
    AccountsRoute,
    AgentsRoute,
    BlueprintRoute,
    CatalogRoute,
    DeploymentRoute,
    DiffRoute,
    FindRoute,
    section_names,
)
from astro_tui.state.settings import THEMES

NOW = datetime(2026, 7, 2, 9, 30, tzinfo=UTC)
PLACE = CommandContext(
    DeploymentRoute("acme", "x1", "spec", ".a"),
    "Support Router",
    ["acme", "labs"],
    "https://astropods.com",
    NOW,
    60.0,
    "dark",
)
NOWHERE = replace(PLACE, route=AgentsRoute("acme"), label="")


@pytest.mark.parametrize(
    ("text", "target"),
    [
        (":logs", DeploymentRoute("acme", "x1", "logs")),
        ("logs", DeploymentRoute("acme", "x1", "logs")),
        (":logs agent/app", DeploymentRoute("acme", "x1", "logs", "agent/app")),
        (":spec .agent.env", DeploymentRoute("acme", "x1", "spec", ".agent.env")),
        (":diff", DiffRoute("acme", "x1")),
        (":diff 17 18", DiffRoute("acme", "x1", "17", "18")),
        (":diff 17..18", DiffRoute("acme", "x1", "17", "18")),
        (":diff 17", DiffRoute("acme", "x1", "17")),
        (":diff labs/y", DiffRoute("acme", "x1", "labs/y")),
        (":account labs", AgentsRoute("labs")),
        (":account LABS", AgentsRoute("labs")),
        (":accounts", AccountsRoute()),
        (":accounts labs ACME", AgentsRoute("acme+labs")),
        (":accounts *", AgentsRoute("*")),
        (":since 1h", DeploymentRoute("acme", "x1", "logs", "@2026-07-02T08:30:00Z")),
        (":since 15 m", DeploymentRoute("acme", "x1", "logs", "@2026-07-02T09:15:00Z")),
        (":catalog tea", CatalogRoute("", "tea")),
        (":find .agent.image ~ tea", FindRoute("", ".agent.image ~ tea")),
        (":theme light", UseTheme("light")),
        (":theme L", UseTheme("light")),
        (":interval 10", RefreshEvery(10.0)),
        (":interval 2m", RefreshEvery(120.0)),
        (":q", RunAction("quit")),
        (":quit", RunAction("quit")),
        (":messages", RunAction("messages")),
        ("acme/y#events", DeploymentRoute("acme", "y", "events")),
        ("acme/y#diff:1..2", DiffRoute("acme", "y", "1", "2")),
        ("https://astropods.com/acme/agents/dep_1", DeploymentRoute("acme", "dep_1")),
        ("blueprint:acme/tea", BlueprintRoute("acme", "tea")),
        ("accounts:", AccountsRoute()),
    ],
)
def test_what_a_command_does(text: str, target: Target) -> None:
    (found,) = typed(text, PLACE)
    assert found.target == target


def test_the_theme_command_lists_the_themes() -> None:
    found = typed(":theme ", PLACE)
    assert [one.target for one in found] == [UseTheme(name) for name in THEMES]
    assert [one.note for one in found] == ["in use", "", "", ""]


@pytest.mark.parametrize(
    ("text", "said", "nearest"),
    [
        (":account lasb", "no account is named lasb", "account labs"),
        (":theme drak", "no theme is named drak", "theme dark"),
        (":since yesterday", "how long ago", "since 1h"),
        (":interval 0", "between 2 and 86400 seconds", "interval 60"),
        (":diff x 2", "x is neither a revision", ""),
        (":diff 1 2 3", "two sides", ""),
        ("acme/y#lgos", "names an unknown section", "acme/y#logs"),
        ("acem/y#logs", "you have no account named acem", "acme/y#logs"),
        ("https://evil.example/acme/agents/x", "is not on", ""),
    ],
)
def test_what_a_wrong_command_says(text: str, said: str, nearest: str) -> None:
    (found,) = typed(text, PLACE)
    assert said in found.name
    assert found.target == (Type(nearest) if nearest else None)
    if nearest:
        (right,) = typed(nearest, PLACE)
        assert right.target is not None
        assert not isinstance(right.target, Type)


def test_other_text_is_a_search() -> None:
    assert typed("supp", PLACE) == []
    assert typed("acme/x", PLACE) == []
    assert typed("", PLACE) == []


@pytest.mark.parametrize(("text", "target"), [(":lgos", Type("logs")), (":diif 3 4", Type("diff 3 4")), ("zzzz", None)])
def test_what_matches_nothing_suggests_the_nearest_command(text: str, target: Target | None) -> None:
    found = unknown(text, PLACE)
    assert [one.target for one in found] == ([target] if target else [])


def test_an_agent_that_is_not_known_can_be_addressed() -> None:
    (found,) = unknown("other/agent", PLACE)
    assert found.target == DeploymentRoute("other", "agent")


def test_without_an_agent() -> None:
    for text in (":diff", ":since 1h"):
        (found,) = typed(text, NOWHERE)
        assert found.target is None
        assert "no agent" in found.name
    assert typed(":logs", NOWHERE) == []
    assert not [one for one in fixed_items(NOWHERE) if one.kind == "section"]


def test_on_a_blueprint_the_sections_are_its_own() -> None:
    place = replace(PLACE, route=BlueprintRoute("acme", "tea", "spec"), label="tea")
    (found,) = typed(":builds", place)
    assert found.target == BlueprintRoute("acme", "tea", "builds")
    assert typed(":logs", place) == []


def test_every_command_has_a_line() -> None:
    lines = {one.end.removeprefix(":").split()[0] for one in fixed_items(PLACE) if one.end}
    assert lines == {one.name for one in commands_of(PLACE)}
    assert {one.name for one in commands_of(PLACE)} >= {*section_names(SECTIONS), "diff", "account", "since", "q"}


@given(
    st.text(max_size=20)
    | st.sampled_from(["diff ", "since ", "logs "]).flatmap(
        lambda start: st.text(max_size=10).map(lambda end: start + end)
    )
)
def test_no_text_is_too_odd(text: str) -> None:
    for place in (PLACE, NOWHERE):
        typed(text, place)
        unknown(text, place)
