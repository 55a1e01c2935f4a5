"""The crowd of the demo: blueprints of other publishers, and as many more deployments as are asked for."""

from __future__ import annotations

from astro_tui.demo.life import Condition, always
from astro_tui.demo.world import DAY, HOUR, Blueprint, Deployment, Json, build_id


def chat(name: str, *, ready: bool = True, message: str = "") -> tuple[Json, ...]:
    """Return the chat URL of a deployment."""
    url: Json = {"name": "web", "url": f"https://{name}.agents.example", "type": "messaging", "ready": ready}
    return ({**url, "message": message},) if message else (url,)


def catalogue() -> list[Blueprint]:
    """Public blueprints of others, enough for two pages of the catalogue."""
    trades = (
        "recipe",
        "garden",
        "museum",
        "ferry",
        "choir",
        "bakery",
        "library",
        "chess",
        "weather",
        "bicycle",
    )
    tasks = ("guide", "planner", "translator", "archivist", "tutor", "reporter", "concierge")
    publishers = ("open-orchard", "tinker-street", "rival-works")
    return [
        Blueprint(
            publishers[(row + column) % 3],
            f"{trade}-{task}",
            summary=f"A {trade} {task} that anybody may deploy.",
            tags=(trade, task),
            builds=tuple(build_id(trade, task, str(number)) for number in range(3)),
            age=(3 + 5 * row + 11 * column) * DAY,
        )
        for row, trade in enumerate(trades)
        for column, task in enumerate(tasks)
    ]


def generated(count: int) -> list[Deployment]:
    """Return `count` deployments of the default account, nine of ten healthy."""
    active, stopped = always(Condition("active")), always(Condition("stopped", "stopped"))
    crash = always(Condition("failed", "crash", error_message="CrashLoopBackOff"))
    subjects = ("atlas", "beacon", "cinder", "delta", "ember", "fjord", "grove", "heron", "inlet", "juniper")
    made = []
    for number in range(count):
        name = f"{subjects[number % 10]}-{number:05d}"
        life = active if number % 10 else (stopped if number % 20 else crash)
        made.append(
            Deployment(
                "meridian-labs",
                name,
                f"{number:09d}"[:3] + f"-{number:06d}"[:4] + f"-{number % 1000:03d}",
                f"{number * 2654435761 % 2**32:08x}",
                3 * HOUR + number * 97.0,
                life,
                f"{subjects[number % 10].title()} {number}",
                latest_build=f"{(number + (number % 7 == 6)) * 2654435761 % 2**32:08x}",
                urls=chat(name),
            )
        )
    return made
