"""The programs in the demo's containers and what they write to their logs: rows of `data/programs.json`.

A program writes one scene in each `period` (nanoseconds, like all times here). A scene is a few lines that belong
together, each with level and text, `gap` nanoseconds apart. `aside` says that the last container of the pod writes
them, not the first. Most scenes are the `usual` ones, the first of them most often. Texts can use the values below.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from astro_tui.demo.data import read
from astro_tui.demo.entities import Json

_WORDS: dict[str, list[str]] = read("programs.json")["words"]


class Scene(NamedTuple):
    """Lines that belong together."""

    lines: Sequence[Sequence[str]]
    gap: int = 30_000_000
    aside: bool = False


class Program(NamedTuple):
    """A program: its period, and its scenes by how often they occur."""

    period: int
    usual: Sequence[Scene]
    warnings: Sequence[Scene] = ()
    errors: Sequence[Scene] = ()

    def scene(self, seed: int, *, calm: bool) -> Scene:
        """Return the scene for a random number; a `calm` program never fails."""
        chance, pick = seed % 1000, seed // 1000
        if chance < 12 and not calm and self.errors:
            return self.errors[pick % len(self.errors)]
        if chance < 45 and self.warnings:
            return self.warnings[pick % len(self.warnings)]
        return self.usual[min(pick // step % len(self.usual) for step in (1, 64, 4096))]


@cache
def _programs() -> dict[str, Program]:
    def made(row: dict[str, Any]) -> Program:
        scenes = {key: [Scene(**each) for each in value] for key, value in row.items() if key != "period"}
        return Program(row["period"], **scenes)

    return {name: made(row) for name, row in read("programs.json")["programs"].items()}


def _one(kind: str, seed: int) -> str:
    return _WORDS[kind][seed % len(_WORDS[kind])]


def program_of(workload: Json, seed: int) -> Program:
    """Return the program that a workload runs; `seed` chooses among those of agents."""
    kind = workload["component"].partition("-")[0]
    if kind == "knowledge":
        provider = workload.get("provider", "")
        kind = provider if provider in _WORDS["stores"] else _WORDS["stores"][0]
    return _programs()[_one("agents", seed) if kind == "agent" else kind]


def filled(text: str, seed: int) -> str:
    """Return a text of a scene with values that depend only on the random number."""
    return text % _values(seed) if "%" in text else text


def _values(seed: int) -> Json:
    return {
        "id": f"{seed:016x}"[:12],
        "ms": 40 + seed % 1900,
        "few": 1 + seed // 7 % 12,
        "n": seed // 11 % 900,
        "tokens": 300 + seed // 13 % 7000,
        "user": _one("users", seed // 17),
        "tool": _one("tools", seed // 19),
    }
