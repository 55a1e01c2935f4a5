"""Which edited variables explain a failure: those of what another service refuses, and no others."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from diagnosis.incidents.scene import Scene, agent_spec

from astro_tui.diagnosis import Fact, Facts, built_in, diagnose
from astro_tui.diagnosis.account import can_explain, edited_words, explaining
from astro_tui.diagnosis.values import AgentVariable
from astro_tui.platform.deployment_rows import Deployment

NOW = datetime(2026, 7, 2, 12, tzinfo=UTC)
DEPLOYED, EDITED, BEFORE = (NOW - timedelta(hours=ago) for ago in (48, 2, 96))
KEY, URL, OTHER = "OPENAI_API_KEY", "CATALOG_URL", "SLACK_TOKEN"
REFUSED = "openai.AuthenticationError: Error code: 401 - Incorrect API key provided"
CASES: list[tuple[str, dict[str, tuple[bool, datetime]], list[str]]] = [
    (REFUSED, {KEY: (True, EDITED)}, [KEY]),
    # The text names one of them.
    (REFUSED, {KEY: (True, EDITED), OTHER: (True, EDITED)}, [KEY]),
    ("HTTP 401", {KEY: (True, EDITED), OTHER: (True, EDITED)}, [KEY, OTHER]),
    (REFUSED, {KEY: (True, BEFORE)}, []),
    (REFUSED, {URL: (False, EDITED)}, []),
    ("dial tcp: lookup catalog.example: no such host", {URL: (False, EDITED)}, [URL]),
    ("dial tcp: lookup catalog.example: no such host", {KEY: (True, EDITED)}, []),
    ("MemoryError", {KEY: (True, EDITED), URL: (False, EDITED)}, []),
]


@pytest.mark.parametrize(("said", "variables", "expected"), CASES)
def test_what_an_edit_explains(said: str, variables: dict[str, tuple[bool, datetime]], expected: list[str]) -> None:
    known = tuple(AgentVariable(name, "account", secret, name, at) for name, (secret, at) in variables.items())
    row = Fact(Deployment(id="a", created_at=DEPLOYED.isoformat()))
    match = built_in().programs.first(said)
    found = explaining(Facts(NOW, row=row, variables=Fact(known)), match, said)
    assert [each.name for each in found] == expected
    assert can_explain(match) or not found


@pytest.mark.parametrize(("edited", "expected"), [(EDITED, 1), (BEFORE, 0)])
def test_an_edited_key_is_not_renewed_but_deployed(edited: datetime, expected: int) -> None:
    scene = Scene([(48 * 60, agent_spec())])
    scene.failed("1 of 2 workloads failed")
    scene.container("tide-notes-agent", "Waiting", "CrashLoopBackOff: Error, exit code 1", restarts=11, age=40)
    scene.log("tide-notes-agent", (2, "error", REFUSED))
    facts = scene.facts()
    variable = AgentVariable(KEY, "account", True, KEY, facts.now - (NOW - edited))
    steps = [each.text for each in diagnose(replace(facts, variables=Fact((variable,)))).next_steps]
    assert sum("gets the current values" in each for each in steps) == expected
    assert sum("Renew" in each for each in steps) == 1 - expected


@pytest.mark.parametrize(
    ("created", "edited", "said"),
    [
        (BEFORE, EDITED, "was edited 2h ago, after the last deploy; the agent keeps its copy until"),
        (EDITED, EDITED, "was created 2h ago, after the last deploy; the agent does not get the new value until"),
        # It may have replaced a deleted one, and was edited since.
        (EDITED, NOW, "was created 2h ago, after the last deploy; the agent does not get the new value until"),
    ],
)
def test_a_variable_that_is_newer_than_the_deploy_is_not_called_edited(
    created: datetime, edited: datetime, said: str
) -> None:
    variable = AgentVariable(KEY, "account", True, KEY, edited, created)
    assert said in edited_words([variable], DEPLOYED, NOW)


def test_advice_about_keys_and_passwords_ends_with_a_deploy() -> None:
    texts = ("Error code: 401", "password authentication failed for user", "Invalid header value")
    rows = [match.row for text in texts if (match := built_in().programs.first(text))]
    assert [row.next.endswith("deploy the same build again.") for row in rows] == [True] * 3
