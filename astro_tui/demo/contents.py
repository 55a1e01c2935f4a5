"""Everything that exists on the demo platform, read from its data files: accounts, blueprints, and agents.

Each file in `stories` is one agent, or an object with a list of `agents`. A new story needs one file and no code:

    name, account               the blueprint; the default account unless given
    display_name, id, build     derived from the names unless given; latest_build may be "newer"
    age, deployed_at            how long ago it was deployed, such as "2d3h", or a fixed time
    revisions                   how many there are; the newest one is deployed
    spec                        a document in `data/specs`, or the document itself
    steady                      revisions change only what the history says
    history                     what revisions changed: `entities.Change`
    schedule                    conditions, each with the seconds since the start `at` which it begins: `schedule.py`
    chat                        the host of its chat URL, "" for none
    public, archived            of its blueprint
    operable                    whether the user may operate it

In the texts of a schedule, {name} and {image} stand for those of the agent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from astro_tui.demo import schedule
from astro_tui.demo.data import read
from astro_tui.demo.entities import (
    Contents,
    DemoAccount,
    DemoBlueprint,
    DemoDeployment,
    Json,
    RevisionChange,
    build_id,
    deployment_id,
)
from astro_tui.demo.schedule import DAY, HOUR, seconds

DEFAULT_ACCOUNT = "meridian-labs"
AGENTS_EACH = 50
"""Agents of each generated account."""
_STORIES = Path(__file__).parent / "stories"
_COLORS = (("#3b82f6", "#22c55e"), ("#f97316", "#facc15"), ("#a855f7", "#ec4899"), ("#14b8a6", "#0ea5e9"))


def accounts(*, guarded: bool = True) -> list[DemoAccount]:
    """Return the accounts; the `guarded` ones require a token of their organization."""
    return [made for made in (DemoAccount(**row) for row in read("accounts.json")) if guarded or not made.guard]


def _files(folders: Sequence[Path]) -> Iterator[Json]:
    for path in sorted(path for folder in folders for path in folder.glob("*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        yield from document.get("agents", (document,))


def chat(host: str) -> tuple[Json, ...]:
    """Return the chat URL of an agent. The platform always calls it ready (platform.md §8.1)."""
    return ({"name": "web", "url": f"https://{host}.agents.example", "type": "messaging", "ready": True},)


def agent(story: Json) -> DemoDeployment:
    """Return the agent of a story. Raises KeyError or TypeError for a story that is not well-formed."""
    row: dict[str, Any] = {"account": DEFAULT_ACCOUNT, "schedule": [{"state": "active"}], **story}
    account, name = row["account"], row["name"]
    build = row.setdefault("build", build_id(account, name))
    latest = row.get("latest_build", build)
    history = [RevisionChange(**{**each, "age": seconds(each.get("age", 0))}) for each in row.get("history", ())]
    image = f"registry.astropods.ai/{account}/{name}:{build}"
    for change in history:
        image = change.values.get("agent.image", image)
    host = row.pop("chat", name)
    for key in ("public", "archived"):
        row.pop(key, None)
    return DemoDeployment(
        **{
            "id": deployment_id(account, name),
            "colors": _COLORS[len(name) % len(_COLORS)],
            **row,
            "age": seconds(row.get("age", 0)),
            "latest_build": build_id(account, name, "newer") if latest == "newer" else latest,
            "history": history,
            "schedule": schedule.read(row["schedule"], name, image),
            "urls": chat(host) if host else (),
        }
    )


def _blueprint(deployments: Sequence[DemoDeployment], row: Json) -> DemoBlueprint:
    """Return the blueprint of some deployments; the row of one of them says what the deployments do not."""
    account, name = deployments[0].account, deployments[0].name
    builds = [build for each in reversed(deployments) for build in (each.latest_build, each.build)]
    return DemoBlueprint(
        account,
        name,
        "public" if row.get("public") else "private",
        f"{name.replace('-', ' ').capitalize()}, the agent.",
        ("internal",),
        tuple(dict.fromkeys((*builds, build_id(account, name, "first")))),
        deployments[-1].age + 2 * HOUR,
        archived=row.get("archived", False),
    )


def _catalog() -> Iterator[DemoBlueprint]:
    """Yield what others publish: a few handwritten blueprints, and one for each trade and task."""
    catalog = read("catalog.json")
    for row in catalog["blueprints"]:
        count = row["builds"]
        builds = [build_id(row["account"], row["name"], str(count - number)) for number in range(count)]
        more = {"builds": builds, "age": seconds(row["age"]), "readme": row["name"], "shape": row.pop("spec")}
        yield DemoBlueprint(**{**row, **more})
    publishers = catalog["publishers"]
    for line, trade in enumerate(catalog["trades"]):
        for column, (task, summary) in enumerate(catalog["tasks"].items()):
            yield DemoBlueprint(
                publishers[(line + column) % len(publishers)],
                f"{trade}-{task}",
                summary=summary.format(a="an" if trade[0] in "aeiou" else "a", trade=trade),
                tags=(trade, task),
                builds=[build_id(trade, task, str(number)) for number in range(1 + (line * 3 + column) % 4)],
                age=(3 + 5 * line + 11 * column) * DAY,
                shape=("standard", "knowledge", "ingestion", "small")[(line + column) % 4],
            )


def _generated(count: int, account: str = DEFAULT_ACCOUNT, first: int = 0) -> Iterator[DemoDeployment]:
    """Yield agents of an account, nine out of ten of them healthy. The `first` number makes their ids unique."""
    subjects = ("atlas", "beacon", "cinder", "delta", "ember", "fjord", "grove", "heron", "inlet", "juniper")
    crash = json.loads((_STORIES / "report-writer.json").read_text(encoding="utf-8"))["schedule"][0]
    failed = {"state": "failed", "error_message": "CrashLoopBackOff", "pods": crash["pods"]}
    schedules = {
        number: schedule.read([row], "", "")
        for number, row in enumerate(({"state": "active"}, {"state": "stopped", "pods": "stopped"}, failed))
    }
    for number in range(first, first + count):
        name = f"{subjects[number % 10]}-{number:05d}"
        yield DemoDeployment(
            account,
            name,
            f"{number:09d}"[:3] + f"-{number:06d}"[:4] + f"-{number % 1000:03d}",
            f"{number * 2654435761 % 2**32:08x}",
            3 * HOUR + number * 97.0,
            schedules[0 if number % 10 else 1 if number % 20 else 2],
            f"{subjects[number % 10].title()} {number}",
            latest_build=f"{(number + (number % 7 == 6)) * 2654435761 % 2**32:08x}",
            urls=chat(name),
        )


def contents(
    count: int = 0, *, more_accounts: int = 0, guarded: bool = False, folders: Sequence[Path] = ()
) -> Contents:
    """Return everything that exists, plus `count` generated agents and the stories in more folders.

    `more_accounts` are generated, with `AGENTS_EACH` agents each. `guarded` adds the accounts that require a token of
    their organization.
    """
    teams = [DemoAccount(f"team-{number:03d}", "organization", f"Team {number}") for number in range(more_accounts)]
    every_account = [*accounts(guarded=guarded), *teams]
    names = {account.name for account in every_account}
    rows = [row for row in _files([_STORIES, *folders]) if row.get("account", DEFAULT_ACCOUNT) in names]
    agents = [agent(row) for row in rows]
    families: dict[tuple[str, str], list[int]] = {}
    for number, each in enumerate(agents):
        families.setdefault((each.account, each.name), []).append(number)
    blueprints = [_blueprint([agents[number] for number in same], rows[same[0]]) for same in families.values()]
    blank = DemoBlueprint(DEFAULT_ACCOUNT, "blank-page", "private", "Nothing pushed yet.")
    agents += _generated(count)
    for number, team in enumerate(teams):
        agents += _generated(AGENTS_EACH, team.name, count + number * AGENTS_EACH)
    return Contents(every_account, agents, [*blueprints, blank, *_catalog()])
