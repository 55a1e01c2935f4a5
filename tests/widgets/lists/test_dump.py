"""Every table, cell by cell, at every width from 20 to 220: nothing changes unnoticed.

`tables.json` has, for each table, all of its cells at a few widths, and a digest of them at each width. To record it
again after a change that is meant, run the tests with `RECORD_TABLES=1` and look at the difference.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from hashlib import blake2s
from pathlib import Path
from typing import Any

import pytest
from rich.segment import Segment
from rich.style import Style
from support.app import NOW
from support.entries import entry

from astro_tui.diagnosis import Diagnosis, Kind
from astro_tui.logs.levels import Level
from astro_tui.logs.line import LogSource
from astro_tui.logs.templates import Deploy, TemplateGroup
from astro_tui.platform.models import Blueprint, Build
from astro_tui.presentation.accounts import AccountRow
from astro_tui.presentation.agent_choice import choice_of
from astro_tui.presentation.agent_list import Arrangement, Entry, with_diagnosis
from astro_tui.presentation.catalog import CatalogQuery, Listing
from astro_tui.presentation.columns import GAP
from astro_tui.presentation.nodes import Node
from astro_tui.presentation.revisions import RevisionRow
from astro_tui.presentation.status import Severity, Status, status_of
from astro_tui.presentation.timeline import Happening
from astro_tui.presentation.workloads import WorkloadNode
from astro_tui.text.times import Times
from astro_tui.theme.look import Look
from astro_tui.widgets.cells import cell_len
from astro_tui.widgets.lists.agent_table import AgentTable
from astro_tui.widgets.lists.filtered_tables import FoldingTable
from astro_tui.widgets.lists.row_view import RowView
from astro_tui.widgets.lists.table import Table
from astro_tui.widgets.lists.tables import (
    AccountTable,
    BuildTable,
    CatalogTable,
    ChoiceTable,
    HistoryTable,
    TimelineTable,
    WorkloadTable,
)
from astro_tui.widgets.logs.template_table import TemplateTable

RECORDED = Path(__file__).with_name("tables.json")
WIDTHS = range(20, 221)
SHOWN = (24, 40, 80, 120, 200)
"""The widths whose cells are recorded, so that a difference can be read."""


def ago(**given: float) -> datetime:
    return NOW - timedelta(**given)


def fields(count: int, **given: str) -> dict[str, str]:
    """Return members of a response with the time of the latest deploy."""
    return {"created_at": ago(hours=count).isoformat(), **given}


def agent(key: str, kind: Kind, cause: str, replicas: tuple[int, int] | None, **given: str) -> Entry:
    """Return an agent that has been investigated."""
    failing = kind is not Kind.NONE
    found = Diagnosis(key, "acme", key, "", kind, cause, replicas=replicas, failing=failing)
    return with_diagnosis(entry(key, **given), found)


AGENTS = [
    agent("a1", Kind.MEMORY, "The agent ran out of memory (limit 4Gi); revision 8 lowered it.", (0, 1), **fields(1)),
    agent("a2", Kind.NONE, "", (12, 12), **fields(50, display_name="シフト調整エージェント", latest_build_id="f00")),
    entry("a3", **fields(2, status="error", display_name="Regulatory Watch, Insurance Supervision EU")),
    entry("a4", status="a state that no version knows", name="", display_name="x" * 90, build_id="b" * 30),
    entry("a5", **fields(9000, status="Stopped", display_name="", build_id="build-20240612-1530")),
    entry("a6", **fields(-3, status="undeploying", display_name="[bold]x[/] \u202e")),
]
STATES = tuple((status_of(word), number) for word, number in (("error", 3), ("pending", 12), ("active", 345)))
ACCOUNTS = [
    AccountRow("acme", "Acme Corporation", "organization", "owner", STATES),
    AccountRow("a-very-long-account-name-of-39-characters", "", "personal", "", ()),
    AccountRow("シフト", "調整", "team", "member"),
]


def blueprint(name: str, builds: int, **given: Any) -> Blueprint:
    versions = [
        {
            "build_id": f"e88d31{number:02}",
            "published_at": ago(days=number + 1).isoformat(),
            "readme": "# A\n\nAn agent.",
        }
        for number in range(builds)
    ]
    return Blueprint.model_validate({"account": "acme", "name": name, "versions": versions, **given})


BLUEPRINTS = [
    blueprint("support-router", 3, visibility="private", heart_count=12, metrics={"deploy_count": 1234}),
    blueprint("a-blueprint-with-a-name-of-more-than-thirty", 12, account="a-long-account-name", visibility="public"),
    blueprint("empty", 0, archived_at="2026-01-01T00:00:00Z", visibility="public"),
    blueprint("シフト", 1, heart_count=7, visibility="public"),
    Blueprint(),
]
BUILDS = [
    Build.model_validate({"build_id": "e88d3146", "published_at": ago(hours=3).isoformat(), "commit_message": "fix"}),
    Build.model_validate(
        {
            "build_id": "build-20240612-1530-with-more",
            "published_at": ago(days=400).isoformat(),
            "commit_message": "シフト調整 " * 30,
            "validation_warnings": [{"field": "a", "message": "b"}],
        }
    ),
    Build.model_validate({"build_id": "x", "commit_sha": "1fa07c3b"}),
]


def revision(number: int, word: str, **given: Any) -> RevisionRow:
    values: dict[str, Any] = {"build": "e88d3146", "raw_build": "", "deployed": ago(days=number), "deployed_raw": ""}
    return RevisionRow(("a1", str(number)), str(number), status_of(word), number == 3, **values | given)


REVISIONS = [
    revision(3, "active", user="user_01JZ", commit="1fa07c3b", message="Lower the memory limit of the agent\u202e"),
    revision(2, "undeployed", build="build-20240612-1530", user="you"),
    revision(11, "a state that no version knows", deployed=None, message="シフト調整 " * 9),
]
PLAIN = [revision(3, "active"), revision(2, "failed")]


def state(label: str, severity: Severity) -> Status:
    return Status(label, "●", "*", severity)


EVENTS = [
    Happening(
        ("1",),
        "FailedScheduling",
        state("stuck", Severity.ERROR),
        at=ago(minutes=5),
        kind="event",
        count=12,
        object="pod web-7d9f8",
        message="0/6 nodes are available: 6 Insufficient memory.",
        added=ago(seconds=1),
        below=(Node(("x",), note="y"),),
    ),
    Happening(
        ("2",), "Pulled", state("info", Severity.INFO), at=ago(days=2), kind="event", object="シフト" * 9, message="ok"
    ),
    Happening(("3",), "AReasonThatIsLongerThanTwentySix", state("transient", Severity.WARN), count=3, message="m" * 90),
]
CALM = [Happening(("2",), "Pulled", state("info", Severity.INFO), at=ago(days=2), message="ok")]
WORKLOADS = [
    WorkloadNode(
        ("1",),
        "claims-desk-agent",
        state("CrashLoopBackOff", Severity.ERROR),
        at=ago(hours=9),
        role="agent",
        kind="Deployment",
        ready="1/2",
        restarts=1234,
        restarted=Severity.ERROR,
        pod="claims-desk-agent-7d9f8b6c5d-x2x4z",
        image="registry.astropods.ai/acme/claims-desk:e88d3146",
        below=(Node(("x",), "app", note="y"),),
    ),
    WorkloadNode(("2",), "シフト" * 6, state("running", Severity.OK), at=ago(days=40), ready="1/1", role="dependency"),
    WorkloadNode(("3",), "rows", state("succeeded", Severity.MUTED), kind="Job", role="job"),
]
QUIET = [WorkloadNode(("3",), "rows", state("succeeded", Severity.MUTED), at=ago(hours=1))]


def ns(**given: float) -> int:
    """Return a time in the past in Unix nanoseconds."""
    return int(ago(**given).timestamp()) * 10**9


AGENT = LogSource("d", "agent")
GROUPS = [
    TemplateGroup("connection to • refused", 1_234_567, Level.ERROR, ns(minutes=3), ns(), {AGENT}),
    TemplateGroup("GET /health •", 12, Level.INFO, ns(days=1), 0, {AGENT}),
    TemplateGroup("シフト調整 " * 30, 1, Level.WARN, 0, ns(hours=2), {AGENT}),
]


# ---- the tables


def look(*, ascii_alone: bool = False, times: Times = Times.AGES) -> Look:
    result = Look(ascii_alone=ascii_alone)
    result.times = times
    return result


def agents(given: Look, rows: list[Entry] = AGENTS, order: str = "attention", **more: Any) -> AgentTable:
    table = AgentTable(given, lambda: NOW, **more)
    table.rows, table._arrangement, table.marks = rows, Arrangement("", order), ["a2"]
    return table


def catalog(order: str) -> CatalogTable:
    table = CatalogTable(look(), lambda: NOW)
    table.listing = Listing(CatalogQuery(order=order), dict(enumerate(BLUEPRINTS)), len(BLUEPRINTS) + 1)
    return table


def history(given: Look, rows: list[RevisionRow] = REVISIONS) -> HistoryTable:
    table = HistoryTable(given, lambda: NOW)
    table.rows = table.every = rows
    table.marks = [rows[1].key]
    return table


def folding(table: FoldingTable[Any], nodes: list[Any], order: int) -> FoldingTable[Any]:
    table.nodes, table.order, table.rows = nodes, table.orders[order], list(table._lines(nodes, 0, None))
    return table


def events(given: Look, rows: list[Happening] = EVENTS, order: int = 0) -> FoldingTable[Any]:
    return folding(TimelineTable(given, lambda: NOW), rows, order)


def workloads(given: Look, rows: list[WorkloadNode] = WORKLOADS, order: int = 0) -> FoldingTable[Any]:
    return folding(WorkloadTable(given, lambda: NOW), rows, order)


def filled(table: Any, rows: list[Any]) -> Any:
    table.rows = rows
    return table


def templates(deploy: Deploy) -> TemplateTable:
    table = TemplateTable(look())
    table.rows, table._since = GROUPS, {AGENT: ns(days=9)}
    table.since({AGENT.deployment_id: deploy})
    return table


LOCAL = {"times": Times.LOCAL}
CHOSEN = ("age", "why", "agent", "blueprint", "ready")
TABLES: Mapping[str, Callable[[], RowView]] = {
    "agents": lambda: agents(look()),
    "agents by age": lambda: agents(look(), order="age"),
    "agents, local times": lambda: agents(look(**LOCAL)),
    "agents in ASCII": lambda: agents(look(ascii_alone=True)),
    "agents, few": lambda: agents(look(), AGENTS[:1], "name"),
    "agents, chosen columns": lambda: agents(look(), chosen=CHOSEN),
    "agents, loading": lambda: agents(look(), []),
    "accounts": lambda: filled(AccountTable(look(), "acme", "シフト"), ACCOUNTS),
    "accounts, personal": lambda: filled(AccountTable(look(), "", ""), [AccountRow("me", "", "personal", "")]),
    "catalog": lambda: catalog("newest"),
    "catalog by name": lambda: catalog("name"),
    "builds": lambda: filled(BuildTable(look(), lambda: NOW), BUILDS),
    "builds, local times": lambda: filled(BuildTable(look(**LOCAL), lambda: NOW), BUILDS),
    "history": lambda: history(look()),
    "history, local times": lambda: history(look(**LOCAL)),
    "history, plain": lambda: history(look(), PLAIN),
    "events": lambda: events(look()),
    "events by object": lambda: events(look(), order=4),
    "events, local times": lambda: events(look(**LOCAL)),
    "events, calm": lambda: events(look(), CALM),
    "events, loading": lambda: events(look(), []),
    "workloads": lambda: workloads(look()),
    "workloads by restarts": lambda: workloads(look(), order=2),
    "workloads, local times": lambda: workloads(look(**LOCAL)),
    "workloads, quiet": lambda: workloads(look(), QUIET),
    "choice": lambda: filled(ChoiceTable(look()), [choice_of("acme", each) for each in AGENTS]),
    "templates": lambda: templates(Deploy()),
    "templates since a deploy": lambda: templates(Deploy(GROUPS[1].first_ns, "revision 18")),
}


# ---- drawing


@pytest.fixture(autouse=True)
def _named_styles(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each style be the name of its component class: without an app, there are no colors."""
    monkeypatch.setattr(RowView, "style_of", lambda _view, name: Style(link=name.removeprefix("rows--")))


def cells(segments: list[Segment], width: int) -> str:
    """Return a line as its text, cut to the width, and the first letter of the style of each character."""
    text = styles = ""
    for part in segments:
        letter = part.style.link[0] if part.style is not None and part.style.link else "."
        for char in part.text:
            if cell_len(text + char) > width:
                return f"{text.rstrip()}\n{styles.rstrip()}"
            text += char
            styles += " " if char == " " else letter
    return f"{text.rstrip()}\n{styles.rstrip()}"


def drawn(table: RowView, width: int) -> list[str]:
    """Return the heading, the rows, and for a table that is loading, the first bars."""
    lines = [table.draw_heading(0, width)]
    lines += [table.draw_row(row, width, selected=row == 0) for row in range(table.row_count)]
    lines += [table.draw_empty(line, width) for line in (0, 1)] if not table.row_count else []
    return [cells(line, width) for line in lines]


def digest(lines: list[str]) -> str:
    return blake2s("\n".join(lines).encode(), digest_size=4).hexdigest()


@pytest.mark.parametrize("name", TABLES)
def test_every_cell_is_as_recorded(name: str) -> None:
    table = TABLES[name]()
    lines = {width: drawn(table, width) for width in WIDTHS}
    found: dict[str, Any] = {
        "cells": {str(width): "\n".join(lines[width]).split("\n") for width in SHOWN},
        "digests": " ".join(digest(lines[width]) for width in WIDTHS),
    }
    recorded = json.loads(RECORDED.read_text(encoding="utf-8")) if RECORDED.exists() else {}
    if os.environ.get("RECORD_TABLES"):
        text = json.dumps({**recorded, name: found}, ensure_ascii=False, indent=0, sort_keys=True)
        RECORDED.write_text(f"{text}\n", encoding="utf-8")
        return
    for width in map(str, SHOWN):
        assert found["cells"][width] == recorded[name]["cells"][width], width
    pairs = zip(WIDTHS, found["digests"].split(), recorded[name]["digests"].split(), strict=True)
    assert [width for width, now, before in pairs if now != before] == []


@pytest.mark.parametrize("name", TABLES)
def test_a_wider_table_has_the_same_columns_and_more(name: str) -> None:
    table = TABLES[name]()
    assert isinstance(table, Table)
    before: set[str] = set()
    for width in WIDTHS:
        columns = table.columns_for(width)
        names = {column.name for column, _size, _lead in columns}
        assert before <= names, width
        assert table.FRAME - GAP + sum(size + GAP for _column, size, _lead in columns) <= max(width, table.FRAME - GAP)
        before = names


def test_nothing_else_is_recorded() -> None:
    assert json.loads(RECORDED.read_text(encoding="utf-8")).keys() == TABLES.keys()
