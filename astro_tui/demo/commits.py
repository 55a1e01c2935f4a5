"""The people and commit messages of the demo's revisions. They are the same on every run."""

from __future__ import annotations

from functools import cache

from astro_tui.demo.data import read
from astro_tui.demo.entities import Deployment, digest

USER = "user_01EXAMPLE"
"""The ID of the demo's user."""
PEOPLE = (USER, "user_01HV6ZK3T9QX4M8R2E7W5N0PJD", "user_01J2C8D5YRB7K6G4S1F9H3XVTA")
"""The IDs of the people who deploy: usually the user, sometimes two others."""
_TURNS = (0, 1, 0, 2, 0, 0, 1)


def deployed_by(deployment: Deployment, revision: int = 0) -> str:
    """Return the ID of the user who deployed `revision`; 0 is the newest revision."""
    revision = revision or deployment.revisions
    return PEOPLE[_TURNS[(digest(deployment.id) + revision) % len(_TURNS)]]


def message(deployment: Deployment, revision: int) -> str:
    """Return the commit message of `revision`. It differs from those of the dozen revisions around it."""
    known = [change.message for change in deployment.history if change.revision == revision and change.message]
    if known or revision == 1:
        return known[0] if known else "First version"
    messages = _messages()
    return messages[(digest(deployment.id) + 5 * revision) % len(messages)]


@cache
def _messages() -> list[str]:
    messages: list[str] = read("commits.json")
    return messages
