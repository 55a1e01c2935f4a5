"""Attributes of observations under one set of names, whatever dialect they are in, and calls that are repeated."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from astro_tui.traces.tree import TraceTree

LEAST_REPEATED = 3
"""The fewest calls that are a loop."""
MOST_READ = 2000
"""The most values of metadata that are looked through."""
_AROUND = ("attributes", "resourceAttributes", "metadata")
"""Keys of objects that only wrap attributes."""


@cache
def _facts() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads((Path(__file__).parent / "attributes.toml").read_text(encoding="utf-8"))


def type_glyph(kind: str, *, ascii_alone: bool) -> str:
    """Return the glyph of a type of observations; empty for an unknown one."""
    glyphs: str = _facts()["types"].get(kind, "")
    return glyphs[ascii_alone:][:1]


def named_attributes(metadata: object) -> dict[str, Any]:
    """Return the attributes that are known in any dialect, by their common names."""
    attributes = dict(_flat(metadata))
    values_by_name = {
        name: [attributes[key] for key in keys if key in attributes] for name, keys in _facts()["names"].items()
    }
    return {name: values[0] for name, values in values_by_name.items() if values}


def _flat(metadata: object) -> Iterator[tuple[str, Any]]:
    """Yield the values of nested objects, with their keys joined by dots; those of wrappers are left out."""
    rest: list[tuple[str, object]] = [("", metadata)]
    for _number in range(MOST_READ):
        if not rest:
            break
        path, value = rest.pop()
        if not isinstance(value, dict):
            yield path, value
            continue
        for key, inner in reversed(value.items()):
            inside = path if key in _AROUND else f"{path}.{key}" if path else str(key)
            # Some values have both a text and keys below it.
            rest.append((inside, inner))


Calls = tuple[int, ...]
"""The positions of several calls of a tool, in order."""


def repeated_calls(tree: TraceTree) -> list[Calls]:
    """Return the calls of each tool that was called at least three times, most calls first, whatever the arguments."""
    calls: dict[str, list[int]] = {}
    for at, span in enumerate(tree.spans):
        if span.seen.type.lower() == "tool":
            calls.setdefault(span.seen.name, []).append(at)
    return sorted(map(tuple, filter(_is_many, calls.values())), key=len, reverse=True)


def _is_many(calls: list[int]) -> bool:
    return len(calls) >= LEAST_REPEATED


def loops_of(tree: TraceTree, arguments: Mapping[str, str]) -> list[Calls]:
    """Return the calls with the same arguments, which are by ID and from `arguments_of`, that were repeated."""
    same: dict[tuple[str, str], list[int]] = {}
    for at in chain.from_iterable(repeated_calls(tree)):
        seen = tree.spans[at].seen
        if seen.id in arguments:
            same.setdefault((seen.name, arguments[seen.id]), []).append(at)
    return list(map(tuple, filter(_is_many, same.values())))


def arguments_of(own: object, metadata: object) -> str:
    """Return the arguments of a call in a form that is the same for the same arguments, whatever the order of keys."""
    value = own if own is not None else named_attributes(metadata).get("arguments")
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return value
    try:
        return json.dumps(value, sort_keys=True)
    except (TypeError, ValueError, RecursionError):
        return repr(value)
