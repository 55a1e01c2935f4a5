"""What a changed value of a spec is about, and whether a text names it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from astro_tui.document import Path as KeyPath


class Aspect(StrEnum):
    """What a value of a spec controls."""

    WHOLE = "whole"
    IMAGE = "image"
    MEMORY = "memory"
    MEMORY_LIMIT = "memory limit"
    CPU = "cpu"
    CPU_LIMIT = "cpu limit"
    GPU = "gpu"
    REPLICAS = "replicas"
    PLACEMENT = "placement"
    VARIABLE = "variable"
    COMMAND = "command"
    HEALTH = "health"
    PORT = "port"
    EXPOSURE = "exposure"
    STORAGE = "storage"
    MODEL = "model"
    ADAPTERS = "adapters"
    TRIGGER = "trigger"
    REGISTRY = "registry"
    SECURITY = "security"
    DEPENDENCY = "dependency"
    OTHER = "other"


class Way(StrEnum):
    """How a value changed."""

    ADDED = "added"
    REMOVED = "removed"
    RAISED = "raised"
    LOWERED = "lowered"
    CHANGED = "changed"


class Changed(NamedTuple):
    """One changed value: its path in the whole spec, what it is about, and both values (None where it has none).

    `less_memory` says that because of it, the workload may use less memory than before. `heap_too_large` says that
    because of it, the program may use a heap as large as the memory of its container, or a larger one.
    """

    path: KeyPath
    aspect: Aspect
    way: Way
    old: object
    new: object
    less_memory: bool = False
    heap_too_large: bool = False

    @property
    def name(self) -> str:
        """The last key of the path."""
        return next((step for step in reversed(self.path) if isinstance(step, str)), "")


_FINAL = frozenset(
    {Aspect.VARIABLE, Aspect.HEALTH, Aspect.STORAGE, Aspect.GPU, Aspect.TRIGGER, Aspect.PLACEMENT, Aspect.SECURITY}
)
"""Everything inside these belongs to them, whatever its key."""
_QUANTITY = re.compile(r"\s*([0-9.]+(?:[eE][+-]?\d+)?)\s*([numkKMGTPE]i?|)B?\s*")
_HOST = re.compile(r"(?:://|@|^|,)([A-Za-z][\w-]*(?:\.[\w-]+)*)(?=:\d|/|$|,|\?)")
"""A host in an address such as `redis://cache-2:6379/0`, or in a list of them."""
_LONGEST = 1000
_FACTORS = {"n": 1e-9, "u": 1e-6, "m": 1e-3, "": 1.0, "k": 1e3, "K": 1e3} | {
    unit + binary: base**power
    for power, unit in enumerate("KMGTPE", 1)
    for binary, base in (("", 1000.0), ("i", 1024.0))
}
_HOLDERS = frozenset({"environment", "env", "variables"})


@cache
def table() -> dict[str, Any]:
    """Return `blame.toml`: which changes explain which failure, and what the keys of a spec control."""
    return tomllib.loads(Path(__file__).with_name("blame.toml").read_text("utf-8"))


@cache
def words(name: str) -> frozenset[str]:
    """Return a list of words of the table."""
    return frozenset(table()["names"][name].split())


@cache
def _keys() -> dict[str, Aspect]:
    return {key: Aspect(aspect) for aspect, keys in table()["aspects"].items() for key in keys.split()}


def aspect_of(path: Iterable[str | int]) -> Aspect:
    """Return the aspect of the value at a path that starts at its part of the spec. Knows the keys of all layouts."""
    found = Aspect.OTHER
    limits = False
    for step in path:
        key = step.lower() if isinstance(step, str) else ""
        limits = limits or key == "limits"
        aspect = _keys().get(key)
        if aspect is not None and not (found is Aspect.EXPOSURE and aspect is Aspect.PORT):
            found = aspect
        if found in _FINAL:
            break
    if limits:
        return {Aspect.MEMORY: Aspect.MEMORY_LIMIT, Aspect.CPU: Aspect.CPU_LIMIT}.get(found, found)
    return found


def quantity(value: object) -> float | None:
    """Return a Kubernetes quantity as a number: `256Mi`, `100m`, `2`; None if it is not one."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    match = _QUANTITY.fullmatch(value) if isinstance(value, str) and len(value) < 40 else None
    try:
        return float(match[1]) * _FACTORS[match[2]] if match is not None else None
    except (ValueError, KeyError, OverflowError):
        return None


def way_of(old: object, new: object) -> Way | None:
    """Return how a value changed; None if both are the same amount, such as `1Gi` and `1024Mi`."""
    if old is None or new is None:
        return Way.ADDED if old is None else Way.REMOVED
    before, after = quantity(old), quantity(new)
    if before is None or after is None:
        return Way.CHANGED
    return None if before == after else Way.RAISED if after > before else Way.LOWERED


def words_in(value: object, most: int = 200) -> list[str]:
    """Return the keys and strings inside a value, to find them in a log."""
    found: list[str] = []
    waiting = [value]
    while waiting and len(found) < most:
        each = waiting.pop()
        if isinstance(each, Mapping):
            found += [str(key) for key in each]
            waiting += list(each.values())
        elif isinstance(each, list):
            waiting += each
        elif isinstance(each, str):
            found += [each, *_HOST.findall(each[:_LONGEST])]
        elif isinstance(each, int | float) and not isinstance(each, bool):
            found.append(str(each))
    return found


# ---- whether a text names what changed


def named(change: Changed, text: str) -> bool:
    """Whether a text mentions what changed: the key of a variable, or one of the values."""
    if not text:
        return False
    found: list[str] = []
    if change.aspect in (Aspect.VARIABLE, Aspect.WHOLE, Aspect.DEPENDENCY):
        found += own_steps(change)
    if change.aspect is not Aspect.REPLICAS and change.new is not None:
        before = set(words_in(change.old))
        found += [word for word in words_in(change.new) if word not in before]
    if change.new is None or change.aspect is Aspect.DEPENDENCY:
        found += words_in(change.old)
    return any(mentions(text, word) for word in found)


def own_steps(change: Changed) -> list[str]:
    """Return the keys of a path that say what changed, without those of its workload, which every text names."""
    steps = [step for step in change.path if isinstance(step, str)]
    return next((steps[place + 1 :] for place, step in enumerate(steps) if step in _HOLDERS), steps)


def mentions(text: str, word: str) -> bool:
    """Whether a text contains a whole word; names also match as clusters and programs write them: `billing-eu`."""
    if len(word) < 3 or word.lower() in words("common") or (word.isdecimal() and len(word) < 4):
        return False
    lowered = word.lower()
    others = (lowered, lowered.replace("_", "-")) if "_" in word and len(word) > 5 else ()
    return any(_has(text, each) for each in dict.fromkeys((word, *others)))


def _has(text: str, word: str) -> bool:
    start = text.find(word)
    while start >= 0:
        around = (text[start - 1 : start] if start else "", text[start + len(word) : start + len(word) + 1])
        inside = zip(around, (word[0], word[-1]), strict=True)
        if not any(_in_word(outer) and _in_word(inner) for outer, inner in inside):
            return True
        start = text.find(word, start + 1)
    return False


def _in_word(character: str) -> bool:
    return character.isascii() and (character.isalnum() or character == "_")
