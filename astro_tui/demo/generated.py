"""Generated deployments for the demo, in any number."""

from __future__ import annotations

from astro_tui.demo import plots
from astro_tui.demo.entities import HOUR, Deployment, Json
from astro_tui.demo.incidents.ended import OUT_OF_MEMORY
from astro_tui.demo.life import Condition, always


def chat(name: str) -> tuple[Json, ...]:
    """Return the chat URL of a deployment. The platform always calls it ready (platform.md §8.1)."""
    return ({"name": "web", "url": f"https://{name}.agents.example", "type": "messaging", "ready": True},)


def generated(count: int) -> list[Deployment]:
    """Return `count` deployments of the default account, nine out of ten of them healthy."""
    active, stopped = always(Condition("active")), always(Condition("stopped", plots.STOPPED))
    crash = always(Condition("failed", OUT_OF_MEMORY.plot, error_message="CrashLoopBackOff"))
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
