"""Timings of the comparison of two documents: `python benchmarks/difference.py`.

Each line is one kind of difference at several sizes, in milliseconds of processor time. Its last number is how many
times longer ten times the size takes (n log n: 12.5 times from 10^4 to 10^5). The last lines time the rows to draw.
The bars: 5,000 values in 100 ms, 100,000 in 2,000 ms.
"""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Callable
from copy import deepcopy
from typing import Any

from astro_tui.difference import compare
from astro_tui.difference.rows import DiffRows
from astro_tui.document import Document

SIZES = (1_000, 5_000, 10_000, 100_000)
BARS = {5_000: 100.0, 100_000: 2_000.0}
PER_ITEM = 20


def spec(values: int, *, named: bool = True) -> dict[str, Any]:
    """Return a document with about `values` values, in one long list of objects."""
    chance = random.Random(values)
    items = []
    for number in range(max(1, values // PER_ITEM)):
        item: dict[str, Any] = {"name": f"worker-{number:06}"} if named else {"host": f"{chance.getrandbits(48):x}"}
        item |= {
            "image": f"registry.example/team/worker:{chance.getrandbits(32):08x}",
            "replicas": chance.randrange(9),
            "resources": {"cpu": f"{chance.randrange(1, 40)}00m", "memory": f"{chance.randrange(1, 64)}Gi"},
            "environment": {f"OPTION_{option}": f"value-{chance.getrandbits(40):010x}" for option in range(8)},
            "ports": [{"port": 8080, "protocol": "TCP"}, {"port": 9090, "protocol": "TCP"}],
        }
        items.append(item)
    return {"spec": "any", "items": items}


def shuffled_keys(value: Any, chance: random.Random) -> Any:
    if isinstance(value, dict):
        keys = list(value)
        chance.shuffle(keys)
        return {key: shuffled_keys(value[key], chance) for key in keys}
    return [shuffled_keys(item, chance) for item in value] if isinstance(value, list) else value


def few(old: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    new = deepcopy(old)
    for item in chance.sample(new["items"], max(1, len(new["items"]) // 100)):
        item["replicas"] += 1
    return new


def every(old: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    new = deepcopy(old)
    for item in new["items"]:
        item["replicas"] += chance.randrange(1, 3)
        item["environment"]["OPTION_0"] = "other"
    return new


def inserted(old: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    new = deepcopy(old)
    for _insert in range(5):
        new["items"].insert(chance.randrange(len(new["items"])), {"host": f"{chance.random()}", "replicas": 1})
    return new


def moved(old: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    new = deepcopy(old)
    chance.shuffle(new["items"])
    return new


def other(old: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    more = chance.randrange(1, 3)
    return spec((len(old["items"]) + more) * PER_ITEM, named="name" in old["items"][0])


Make = Callable[[dict[str, Any], random.Random], dict[str, Any]]
CASES: list[tuple[str, bool, Make]] = [
    ("the same", True, lambda old, _chance: old),
    ("1 % changed, named", True, few),
    ("every item changed, named", True, every),
    ("keys in another order", True, shuffled_keys),
    ("items in another order", True, moved),
    ("another spec", True, other),
    ("5 inserts, unnamed", False, inserted),
    ("1 % changed, unnamed", False, few),
    ("every item changed, unnamed", False, every),
    ("keys in another order, unnamed", False, shuffled_keys),
    ("another spec, unnamed", False, other),
]


def plain_list(values: int, *, alike: int) -> tuple[list[int], list[int]]:
    """Return a list of `values` numbers below `alike`, and the same list with five inserts and 1% changed."""
    chance = random.Random(values)
    old = [chance.randrange(alike) for _value in range(values)]
    new = old.copy()
    for place in chance.sample(range(values), values // 100):
        new[place] = chance.randrange(alike)
    for _insert in range(5):
        new.insert(chance.randrange(values), 1)
    return old, new


def unrelated(values: int, *, alike: int) -> tuple[list[int], list[int]]:
    """Return two unrelated lists of numbers below `alike`."""
    chance = random.Random(values)
    old, new = ([chance.randrange(alike) for _value in range(values)] for _side in range(2))
    return old, new


def milliseconds(old: Document, new: Document) -> tuple[float, str]:
    best, summary = float("inf"), ""
    for _run in range(3):
        start = time.process_time()
        summary = compare(old, new).summary
        best = min(best, time.process_time() - start)
    return best * 1000, summary


def laid_out(old: Document, new: Document) -> tuple[float, str]:
    """Return how long it takes to make the rows of a difference, as the app does in a thread."""
    best, rows = float("inf"), 0
    for _run in range(3):
        diff = DiffRows(compare(old, new))
        start = time.process_time()
        diff.lay_out(100)
        best, rows = min(best, time.process_time() - start), len(diff.rows)
    return best * 1000, f"{rows:,} rows"


def parsed(value: Any) -> Document:
    return Document.parse(json.dumps(value).encode())


def report(name: str, times: list[float], summary: str) -> None:
    growth = times[-1] / max(times[-2], 0.01)
    missed = [size for size, taken in zip(SIZES, times, strict=True) if taken > BARS.get(size, math.inf)]
    note = f"  MISSED at {missed}" if missed else ""
    print(f"{name:32}" + "".join(f"{taken:10.1f}" for taken in times) + f"{growth:8.1f}x  {summary}{note}")


def main() -> None:
    print(f"{'ms by number of values':32}" + "".join(f"{size:>10,}" for size in SIZES) + f"{'10x':>9}")
    for name, named, make in CASES:
        times, summary = [], ""
        for size in SIZES:
            old = spec(size, named=named)
            taken, summary = milliseconds(parsed(old), parsed(make(old, random.Random(1))))
            times.append(taken)
        report(name, times, summary)
    lists = [(plain_list, alike, "one list of numbers below") for alike in (1 << 40, 100, 2)]
    lists += [(unrelated, alike, "unrelated numbers below") for alike in (1000, 50, 2)]
    for make_lists, alike, name in lists:
        times, summary = [], ""
        for size in SIZES:
            first, second = make_lists(size, alike=alike)
            taken, summary = milliseconds(parsed(first), parsed(second))
            times.append(taken)
        report(f"{name} {alike:,}"[:31], times, summary)
    for name, make in (("rows: every item changed", every), ("rows: another spec", other), ("rows: moved", moved)):
        times, summary = [], ""
        for size in SIZES:
            old = spec(size)
            taken, summary = laid_out(parsed(old), parsed(make(old, random.Random(1))))
            times.append(taken)
        report(name, times, summary)


if __name__ == "__main__":
    main()
