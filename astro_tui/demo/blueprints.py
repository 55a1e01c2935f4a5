"""The demo's blueprints as the platform describes them: builds, readmes, cards, and specs (platform.md §7)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from astro_tui.demo.entities import DAY, Blueprint, Json, build_id, digest
from astro_tui.demo.world import World, timestamp

_READMES = Path(__file__).parent / "data" / "readmes"
_COMMITS = (
    "Answer in the language of the question",
    "Raise the memory",
    "Newer base image",
    "Fix the time zone of the evening report\n\nIt was an hour late in summer.",
    "Ask before sending",
    "Wait for the store before the first answer",
)
_MODELS = ("claude-sonnet-4-5", "claude-haiku-4-5", "gpt-5-mini")


@cache
def _by_hand(name: str) -> str:
    return (_READMES / f"{name}.md").read_text(encoding="utf-8")


def readme(blueprint: Blueprint) -> str:
    """Return the readme of a blueprint: a handwritten one if it exists, else a short one."""
    if blueprint.readme:
        return _by_hand(blueprint.readme)
    title = blueprint.name.replace("-", " ").title()
    tags = ", ".join(f"`{tag}`" for tag in blueprint.tags)
    return (
        f"# {title}\n\n{blueprint.summary}\n\n## Deploy\n\n```sh\nast blueprint deploy {blueprint.name}\n```\n\n"
        f"Tags: {tags}\n"
    )


def card(blueprint: Blueprint) -> str:
    """Return the short description of a blueprint."""
    title = blueprint.name.replace("-", " ").title()
    return (
        f"## {title}\n\n{blueprint.summary}\n\n**Ask it**\n\n- What can you do?\n- What do you need from me?\n\n"
        "**It needs** a model and an hour of patience.\n"
    )


def spec(blueprint: Blueprint, behind: int) -> Json:
    """Return the blueprint spec of the build that is `behind` builds older than the newest."""
    taste, number = digest(blueprint.account, blueprint.name), len(blueprint.builds) - behind
    agent: Json = {
        "build": {"context": ".", "dockerfile": "Dockerfile"},
        "interfaces": {"messaging": True, "frontend": taste % 5 == 0},
        "healthcheck": {"path": "/healthz", "interval": "10s" if number > 1 else "30s", "retries": 2 + number % 3},
    }
    body: Json = {
        "spec": "package/v1",
        "name": blueprint.name,
        "meta": {"visibility": blueprint.visibility},
        "agent": agent,
        "dev": {"interfaces": {"messaging": {"adapters": ["web"]}}},
    }
    if blueprint.shape == "small":
        return body
    agent["inputs"] = [
        {"name": "MODEL_API_KEY", "datatype": "string", "secret": True, "description": "A key of the model provider"},
        {"name": "LANGUAGE", "datatype": "string", "display-as": "select", "options": ["en", "de", "ja", "es"]},
        {"name": "MODEL_TEMPERATURE", "datatype": "number", "default": ("0.7", "0.4", "0.2")[number % 3]},
    ]
    if number > 2:
        agent["inputs"].append({"name": "SLACK_BOT_TOKEN", "datatype": "string", "secret": True, "optional": True})
    body["models"] = {"main": {"provider": "anthropic", "models": [_MODELS[0]]}}
    if number > 1:
        body["models"]["main"]["models"].append(_MODELS[1 + taste % 2])
    if blueprint.shape in ("knowledge", "ingestion"):
        body["knowledge"] = {"documents": {"provider": "postgres"}, "cache": {"provider": "redis"}}
    if blueprint.shape == "ingestion":
        trigger = {"type": "schedule", "schedule": "*/15 * * * *" if number > 3 else "0 * * * *"}
        body["ingestion"] = {
            "pictures": {"container": {"build": {"context": "ingestion"}}, "trigger": trigger, "timeout": "20m"}
        }
    if number > 3:
        agent["distributed"] = True
    return body


def _build(world: World, blueprint: Blueprint, behind: int, build: str) -> Json:
    seed = digest(build)
    body: Json = {
        "build_id": build,
        "spec": spec(blueprint, behind),
        "readme": readme(blueprint),
        "agent_card": {"body": card(blueprint)} if seed % 5 else None,
        "published_at": timestamp(world.ago(blueprint.age + behind * 6 * DAY)),
    }
    if seed % 4 == 0:
        body["validation_warnings"] = [
            {"field": "agent.healthcheck.interval", "message": "shorter than the start of most images"}
        ]
    if seed % 6:
        body |= {
            "commit_message": _COMMITS[seed % len(_COMMITS)],
            "commit_sha": build_id("commit", build) + "0c9b",
            "repo_full_name": f"{blueprint.account}/{blueprint.name}",
        }
    return body


def with_builds(world: World, blueprint: Blueprint) -> Json:
    """Return one blueprint with its builds, newest first (platform.md §7)."""
    seed = digest(blueprint.account, blueprint.name)
    body: Json = {
        "account": blueprint.account,
        "name": blueprint.name,
        "registry": "registry.astropods.ai",
        "visibility": blueprint.visibility,
        "avatar_colors": ["#3b82f6", "#22c55e"],
        "name_reserved": False,
        "versions": [_build(world, blueprint, behind, build) for behind, build in enumerate(blueprint.builds)],
        "heart_count": seed % 60 + (140 if blueprint.readme else 0),
        "hearted": seed % 11 == 0,
        "metrics": {"lifetime_messages": seed % 90_000, "deploy_count": seed % 40} if seed % 13 else None,
        "publishers": [{"name": world.accounts[blueprint.account].display_name, "account": blueprint.account}],
    }
    return body | ({"archived_at": timestamp(world.ago(DAY))} if blueprint.archived else {})
