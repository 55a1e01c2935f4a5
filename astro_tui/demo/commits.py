"""The people and commit messages of the demo's revisions. They are the same on every run."""

from __future__ import annotations

from astro_tui.demo.entities import Deployment, digest

USER = "user_01EXAMPLE"
"""The ID of the demo's user."""
PEOPLE = (USER, "user_01HV6ZK3T9QX4M8R2E7W5N0PJD", "user_01J2C8D5YRB7K6G4S1F9H3XVTA")
"""The IDs of the people who deploy: usually the user, sometimes two others."""
_TURNS = (0, 1, 0, 2, 0, 0, 1)
_MESSAGES = (
    "Raise the memory limit",
    "Newer base image",
    "Fix the time zone of the nightly run",
    "Ask before sending",
    "Shorter prompts, fewer tokens",
    "Retry when the model is busy",
    "Read scanned pages, too",
    "Stop after ten tool calls",
    "Answer in the language of the question",
    "Log what was left out",
    "Quote the source of each answer",
    "Keep drafts for a week",
    "Pin the version of the model",
)
# What the specs of these revisions changed.
_SPEC_CHANGES = {
    ("q7k-0ab-x4d", 12): "Add fraud check, pull out of Slack",
    ("q7k-0ab-x4d", 11): "Policies of June",
}


def deployed_by(deployment: Deployment, revision: int = 0) -> str:
    """Return the ID of the user who deployed `revision`; 0 is the newest revision."""
    revision = revision or deployment.revisions
    return PEOPLE[_TURNS[(digest(deployment.id) + revision) % len(_TURNS)]]


def message(deployment: Deployment, revision: int) -> str:
    """Return the commit message of `revision`. It differs from those of the dozen revisions around it."""
    known = _SPEC_CHANGES.get((deployment.id, revision)) or next(
        (change.message for change in deployment.changes if change.revision == revision and change.message), None
    )
    if known is not None:
        return known
    return "First version" if revision == 1 else _MESSAGES[(digest(deployment.id) + 5 * revision) % len(_MESSAGES)]
