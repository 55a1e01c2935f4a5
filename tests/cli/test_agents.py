"""The shell and the screens compare the same two revisions."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from astro_tui.cli.agents import DeploymentSpecs
from astro_tui.platform.deployment_rows import read_tolerantly
from astro_tui.platform.models import ActiveDeployment, HistoryRow, RevisionHistory
from astro_tui.presentation.agent_list import entries_of
from astro_tui.presentation.revisions import rows_of
from astro_tui.session.agent import Agents
from astro_tui.session.comparison import last_change

ID = "q7k-0ab-x4d"
OLDER_SERVER = {
    "all good": ["active", "undeployed"],
    "a failed one before": ["active", "failed", "stopped"],
    "a failed one after": ["failed", "active", "failed", "stopped"],
    "all failed": ["failed", "failed", "stopped"],
    "a rollout": ["deploying", "active", "failed"],
}


def revisions(states: list[str]) -> list[HistoryRow]:
    return [
        HistoryRow.model_validate(
            {"id": f"row-{day}", "status": state, "deployed_at": f"2026-06-{day:02}T10:00:00Z", "spec": {"day": day}}
        )
        for day, state in zip(range(len(states), 0, -1), states, strict=True)
    ]


def specs(history: list[HistoryRow], record: ActiveDeployment | None) -> DeploymentSpecs:
    platform: Any = SimpleNamespace(
        history=lambda *_names, call: RevisionHistory(rows=tuple(history)),
        active_deployment=lambda *_names, call: record,
        names={},
    )
    connection: Any = SimpleNamespace(platform=platform, call=lambda: None, note=lambda _text: None)
    [entry] = entries_of(read_tolerantly([{"id": ID, "name": "desk"}]).rows)
    return DeploymentSpecs(connection, Agents(platform).of("acme", entry))


@pytest.mark.parametrize("states", OLDER_SERVER.values(), ids=OLDER_SERVER)
def test_diff_compares_what_the_screen_compares(states: list[str]) -> None:
    history = revisions(states)
    older, newer = last_change(rows_of(history, ID)) or pytest.fail("nothing to compare")
    running = next((each for each in history if each.status == "active"), history[0])
    record = ActiveDeployment(id=ID, deployed_at=running.deployed_at, spec=running.spec)
    shell = specs(history, record)
    assert json.loads(shell.before().document.text) == json.loads(older.spec)
    assert json.loads(shell.deployed().document.text) == json.loads(newer.spec)
