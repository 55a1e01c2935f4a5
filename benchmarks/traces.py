"""How long large traces take: from the response to the tree, and each key in it.

    python benchmarks/traces.py

The bars: 10,000 observations open in 100 ms; of 100,000, which a worker thread reads, no key takes 100 ms.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from time import perf_counter

from astro_tui.platform.client.decode import entries, members
from astro_tui.platform.observations import observations_of
from astro_tui.traces import TraceOutline, build, repeated_calls, timeline_of

KEYS: dict[str, Callable[[TraceOutline], object]] = {
    "fold all": lambda outline: outline.collapse_all(0),
    "unfold all": lambda outline: outline.expand_all(0),
    "fold one": lambda outline: outline.fold(1),
    "go to the last": lambda outline: outline.show(len(outline.tree.spans) - 1),
}


def body_of(count: int) -> bytes:
    """Return a response with a trace of `count` observations, in no useful order."""
    made = []
    for number in range(count):
        begin = f"2026-07-02T09:{number * 50 // count:02d}:{number % 60:02d}.{number % 1000:03d}Z"
        made.append({
            "id": f"{number:08x}", "parent_id": f"{number // 7:08x}" if number else "", "type": "tool", "name": "step",
            "start_time": begin, "end_time": begin[:-4] + "999Z", "latency_ms": 3.5, "level": "default",
            "status_message": "", "cost": 0.001, "model": "example-large-1",
            "usage": {"input": 10, "output": 3, "total": 13, "unit": "TOKENS"},
        })  # fmt: skip
    return json.dumps({"trace": {"trace_id": "t"}, "observations": made[1::2] + made[::2][::-1]}).encode()


def milliseconds(work: Callable[[], object], times: int = 5) -> float:
    """Return the shortest time of a few."""
    best = 1e9
    for _ in range(times):
        begun = perf_counter()
        work()
        best = min(best, perf_counter() - begun)
    return best * 1000


def main() -> None:
    """Print the table."""
    for count in (10_000, 100_000):
        body = body_of(count)
        raw = (members(body) or {})["observations"]
        found = list(observations_of(entries(raw)))
        tree = build(found)
        outline = TraceOutline(tree)
        steps: dict[str, Callable[[], object]] = {
            "decode": lambda body=body: list(observations_of(entries((members(body) or {})["observations"]))),
            "tree": lambda found=found: build(found),
            "times": lambda tree=tree: timeline_of(tree),
            "loops": lambda tree=tree: repeated_calls(tree),
            "folds": lambda tree=tree: TraceOutline(tree),
        }
        times = {name: milliseconds(step) for name, step in steps.items()}
        print(f"{count:,} observations: {sum(times.values()):.0f} ms")
        for name, time in times.items():
            print(f"  {name:16}{time:8.1f} ms")
        for name, key in KEYS.items():
            print(f"  {name:16}{milliseconds(lambda key=key, outline=outline: key(outline)):8.1f} ms")


if __name__ == "__main__":
    main()
