"""The columns that the user has chosen, in that order, at every width."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.app import NOW, AppFactory
from support.driving import listed
from support.entries import entry
from support.on_screen import running, screen_lines

from astro_tui.errors import ConfigError
from astro_tui.presentation.agent_list import COLUMNS as AGENT_COLUMNS
from astro_tui.presentation.agent_list import Entry
from astro_tui.presentation.columns import GAP
from astro_tui.presentation.usage import USAGE
from astro_tui.state.settings import COLUMNS, load
from astro_tui.theme.look import Look
from astro_tui.widgets.lists.agent_table import AgentTable

UTF8 = {"LANG": "C.UTF-8"}
CHOICES = st.permutations(COLUMNS).flatmap(
    lambda names: st.integers(0, len(COLUMNS)).map(lambda many: tuple(dict.fromkeys([*names[:many], "agent"])))
)


def test_every_column_can_be_chosen() -> None:
    assert (*(column.name for column in AGENT_COLUMNS), *USAGE) == COLUMNS


def columns_of(width: int, entries: list[Entry], chosen: tuple[str, ...]) -> dict[str, int]:
    table = AgentTable(Look(), lambda: NOW, chosen=chosen)
    table.rows = entries
    return {column.name: size for column, size, _lead in table.columns_for(width)}


@given(CHOICES, st.integers(30, 220))
def test_the_order_is_kept_and_the_last_ones_go_first(chosen: tuple[str, ...], width: int) -> None:
    entries = [entry(created_at=(NOW - timedelta(days=3)).isoformat())]
    columns = columns_of(width, entries, chosen)
    kept = [name for name in chosen if name in columns]
    assert list(columns) == kept
    assert "agent" in columns
    without_agent = [name for name in kept if name != "agent"]
    optional = {column.name for column in AGENT_COLUMNS if column.optional}
    able = [name for name in chosen if name != "agent" and (name not in optional or name in columns)]
    assert without_agent == able[: len(without_agent)]
    assert AgentTable.FRAME - GAP + sum(size + GAP for size in columns.values()) <= width
    wider = columns_of(width + 1, entries, chosen)
    assert set(columns) <= set(wider)


@pytest.mark.anyio
async def test_on_screen(make_app: AppFactory) -> None:
    async with running(make_app(columns=("age", "agent", "why")), 80, 24) as pilot:
        await listed(pilot)
        lines = screen_lines(pilot.app)
        heading = next(line for line in lines if "AGENT" in line)
        assert heading.split()[:3] == ["AGE", "AGENT", "WHY"]
        assert any("Claims Desk" in line and "2d" in line.split("Claims")[0] for line in lines)


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ('["agent", "statsu"]', "unknown column 'statsu'; did you mean \"status\"?"),
        ('["agent", "zzzz"]', f"unknown column 'zzzz'; choose from {', '.join(COLUMNS)}"),
        ('["agent", "why", "agent"]', "agent is listed twice"),
        ('["status"]', "agent column is required"),
        ('"agent"', "must be a list of names"),
    ],
)
def test_what_is_refused(columns: str, why: str, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f"columns = {columns}\n")
    with pytest.raises(ConfigError) as refused:
        load({}, UTF8, file)
    assert why in str(refused.value)
