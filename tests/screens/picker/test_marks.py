"""Marks in the list of agents: any number of rows, by ID."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from support.app import AppFactory
from support.driving import listed, picker
from support.on_screen import running, until, until_text
from textual.pilot import Pilot

from astro_tui.demo import DemoServer, Fault

pytestmark = pytest.mark.anyio
LIST = r"^/deployments\?"


def fleet(names: str, failed: str = "") -> Fault:
    rows = [
        {"id": f"id-{name}", "name": name, "build_id": "e88d3146", "status": "Error" if name in failed else "Running"}
        for name in names
    ]
    return Fault.response(200, json.dumps({"deployments": rows, "count": len(rows)}))


def marked(pilot: Pilot[Any]) -> str:
    return "".join(entry.label for entry in picker(pilot.app).table.marked)


@pytest.mark.parametrize(
    ("keys", "wanted"),
    [
        (("space", "j", "j", "space", "j", "space"), "acd"),
        (("space", "space"), ""),
        (("j", "V", "j", "j", "V"), "bcd"),
        (("G", "V", "k", "k", "V", "k", "V"), "cdef"),
        (("space", "G", "V", "escape"), ""),
        (("asterisk", "space"), "bcdef"),
        # Marks that the filter hides stay, and esc clears the filter first.
        (("space", "slash", *"!b", "enter", "asterisk", "escape", "j", "space"), "abcdef"),
        (("space", "slash", *"!a", "enter"), "a"),
        (("asterisk", "slash", *"!b", "enter", "escape", "escape"), ""),
        # A refresh keeps them by ID, also if their rows move. Agents that are gone do not count.
        (("space", "j", "space", "j", "space", "r"), "bc"),
    ],
)
async def test_rows_are_marked(keys: Sequence[str], wanted: str, make_app: AppFactory, demo: DemoServer) -> None:
    demo.faults.set(LIST, fleet("abcdef"))
    async with running(make_app(), 100, 30) as pilot:
        await listed(pilot)
        demo.faults.set(LIST, fleet("bcdef", failed="c"))
        await pilot.press(*keys)
        await until(pilot, lambda: "".join(sorted(marked(pilot))) == wanted)
        if wanted:
            await until_text(pilot, f"{len(wanted)} marked")


@pytest.mark.parametrize("marks", [1, 3])
async def test_a_difference_needs_exactly_two_marks(marks: int, make_app: AppFactory) -> None:
    async with running(make_app(), 120, 40) as pilot:
        await listed(pilot)
        await pilot.press(*["space", "j"] * marks, "d")
        await until_text(pilot, f"d compares two marked agents. {marks} marked.")
