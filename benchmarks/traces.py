"""How long large traces take: from the response to the tree, and each key in it.

    python benchmarks/traces.py

The bars: 10,000 observations open in 100 ms; of 100,000, which a worker thread reads, no key takes 100 ms. The last
table is of keys in a terminal of 120x40, in the demo's trace of 20,001 observations.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from time import process_time

from terminal import Terminal, astro_tui, percentile

from astro_tui.platform.client.decode import entries, members
from astro_tui.platform.models import TraceHead
from astro_tui.platform.observations import observations_of
from astro_tui.traces import Trace, TraceOutline, build, repeated_calls, timeline_of

KEYS: dict[str, Callable[[TraceOutline], object]] = {
    "fold all": lambda outline: outline.collapse_all(0),
    "unfold all": lambda outline: outline.expand_all(0),
    "fold one": lambda outline: outline.fold(1),
    "go to the last": lambda outline: outline.show(len(outline.tree.spans) - 1),
}


PLACE = "meridian-labs/q7k-0ab-x4d#traces:cac6e440ea62811bc0ffee00000004f6"
PRESSED = {
    "unfold all": ["="],
    "down": ["down"] * 40,
    "page down": ["page down"] * 20,
    "fold and unfold": [" "] * 20,
    "last and first": ["G", "g"] * 5,
    "bars": ["b"] * 6,
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
    """Return the least processor time of a few."""
    best = 1e9
    for _ in range(times):
        begun = process_time()
        work()
        best = min(best, process_time() - begun)
    return best * 1000


def keys() -> None:
    """Print how long keys take from the press to the last byte of the repaint."""
    with Terminal(astro_tui("--demo", PLACE)) as terminal:
        terminal.until_text("20,001 spans")
        terminal.settle(1.0)
        for name, pressed in PRESSED.items():
            times = [repaint.last for repaint in terminal.presses(pressed)]
            print(f"  {name:16}{percentile(times, 0.95):8.1f} ms (p95 of {len(times)})")


def main() -> None:
    """Print the table."""
    for count in (10_000, 100_000):
        body = body_of(count)
        raw = (members(body) or {})["observations"]
        found = list(observations_of(entries(raw)))
        tree = build(found)
        trace = Trace.of(TraceHead(), found)
        outline = TraceOutline(trace)
        steps: dict[str, Callable[[], object]] = {
            "decode": lambda body=body: list(observations_of(entries((members(body) or {})["observations"]))),
            "tree": lambda found=found: build(found),
            "times": lambda tree=tree: timeline_of(tree),
            "loops": lambda tree=tree: repeated_calls(tree),
            "folds": lambda trace=trace: TraceOutline(trace),
        }
        times = {name: milliseconds(step) for name, step in steps.items()}
        print(f"{count:,} observations: {sum(times.values()):.0f} ms")
        for name, time in times.items():
            print(f"  {name:16}{time:8.1f} ms")
        for name, key in KEYS.items():
            print(f"  {name:16}{milliseconds(lambda key=key, outline=outline: key(outline)):8.1f} ms")
    print("20,001 observations on screen:")
    keys()


if __name__ == "__main__":
    main()
