"""Every table at every width: a wider one has the same columns and perhaps more, and cuts nothing while it has room."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from support.app import AppFactory
from support.cluster import CLUSTER
from support.demo_caller import calling
from support.on_screen import idle, running
from support.steps import Steps, catalog, deployment, keys

from astro_tui.demo import DemoServer, Fault
from astro_tui.presentation.columns import GAP
from astro_tui.text.times import Times
from astro_tui.theme.look import Look
from astro_tui.widgets.cells import cell_len
from astro_tui.widgets.lists.agent_table import AgentTable
from astro_tui.widgets.lists.folding_table import FoldingTable
from astro_tui.widgets.lists.table import Table
from astro_tui.widgets.lists.tables import CatalogTable, HistoryTable, TimelineTable, WorkloadTable

pytestmark = pytest.mark.anyio
WIDTHS = {times: range(40, 221, 12) for times in Times} | {Times.AGES: [*range(40, 140, 2), *range(141, 221, 8)]}
"""How times are shown → the widths; only the column of the times depends on it."""
TABLES: dict[type[Table[Any]], Steps] = {
    AgentTable: keys(),
    CatalogTable: catalog,
    HistoryTable: deployment("3"),
    WorkloadTable: deployment("4"),
    TimelineTable: deployment("5"),
}
CUT = Look().glyphs.cut


def drawn(table: Table[Any], width: int) -> tuple[str, list[str]]:
    """Return the heading and the rows at the top as they would be drawn in `width` cells."""
    places = range(min(table.row_count, 60))
    if isinstance(table, FoldingTable):
        places = [place for place in places if table.rows[place].depth == 0]  # type: ignore[assignment]
    lines = ["".join(part.text for part in table.draw_row(place, width, selected=False)) for place in places]
    return "".join(part.text for part in table.draw_heading(0, width)), lines


def cells(line: str) -> str:
    """Return a line with one character for each cell."""
    from rich.cells import get_character_cell_size

    return "".join(char + "·" * (get_character_cell_size(char) - 1) for char in line if get_character_cell_size(char))


def spare(lines: list[str], width: int) -> int:
    """Return the widest run of cells that is blank in every line."""
    padded = [cells(line).ljust(width) for line in lines]
    blank = "".join(" " if all(line[place] == " " for line in padded) else "#" for place in range(width))
    return max((len(run) for run in re.findall(" +", blank)), default=0)


def unready(demo: DemoServer) -> str:
    """Return the list as an older server sends it: an endpoint that is not ready, with a long reason."""
    with calling(demo) as caller:
        body = caller.get(f"/deployments?account={demo.default_account}")
    row = next(row for row in body["deployments"] if row["name"] == "claims-desk")
    row["external_urls"][0] |= {"ready": False, "message": "The certificate of this endpoint is not issued yet. " * 4}
    return json.dumps(body)


@pytest.mark.nightly
@pytest.mark.parametrize("kind", TABLES, ids=lambda kind: kind.__name__)
async def test_every_width(kind: type[Table[Any]], make_app: AppFactory, demo: DemoServer) -> None:
    for path, body in CLUSTER.items():
        demo.faults.set(rf"^/deployments/q7k-0ab-x4d{path}$", Fault.response(200, json.dumps(body)))
    demo.faults.set("/deployments?account=", Fault.response(200, unready(demo)))
    async with running(make_app(demo=True), 120, 40) as pilot:
        await TABLES[kind](pilot)
        await idle(pilot)
        table = pilot.app.screen.query_one(kind)
        assert table.row_count
        for times, widths in WIDTHS.items():
            table.look.times = times
            table.draw_again()
            before: set[str] = set()
            for width in widths:
                heading, rows = drawn(table, width)
                assert all(cell_len(line.rstrip()) <= width for line in (heading, *rows)), (times, width)
                titles = set(heading.split())
                assert before <= titles, (times, width, before - titles)
                before = titles
                if any(CUT in row for row in rows):
                    assert spare([heading, *rows], width) <= GAP, f"{times} {width}\n{heading}\n" + "\n".join(rows)
