"""Timings of documents and outlines with 10^3 to 10^6 nodes: `python benchmarks/document.py [NODES…]`.

Each line is one size; the last line compares the largest size with the smallest. The cost of a key press (rows,
previews, and path of one screen) must not grow with the document.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

from astro_tui.document import ALL, Document, DocumentQuery, Masking, Outline, search

SCREEN = 50
SIZES = (1_000, 10_000, 100_000, 1_000_000)


def spec(nodes: int) -> bytes:
    """Return a document like those of the platform, with about `nodes` nodes and a needle at its end."""
    chance = random.Random(nodes)
    items = [
        {
            "name": f"worker-{number:06}",
            "image": f"registry.example/team/worker:{chance.getrandbits(32):08x}",
            "replicas": chance.randrange(9),
            "resources": {"cpu": f"{chance.randrange(1, 40)}00m", "memory": f"{chance.randrange(1, 64)}Gi"},
            "environment": {f"OPTION_{option}": f"value-{chance.getrandbits(40):010x}" for option in range(8)},
            "ports": [{"port": 8080, "protocol": "TCP"}, {"port": 9090, "protocol": "TCP"}],
        }
        for number in range(max(1, nodes // 25))
    ]
    return json.dumps({"spec": "any", "items": items, "last": "needle-at-the-far-end"}, separators=(",", ":")).encode()


def timed(action: Callable[[], object], repeat: int = 1) -> float:
    """Return the milliseconds of the fastest run."""
    best = float("inf")
    for _run in range(repeat):
        start = time.perf_counter()
        action()
        best = min(best, time.perf_counter() - start)
    return best * 1000


def resident() -> float:
    """Return the resident memory of this process in MiB, or 0 if the system does not report it."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20
    except OSError:
        return 0.0


def screen(outline: Outline, top: int) -> None:
    """Compute what one screen of rows needs."""
    for row in range(top, min(top + SCREEN, outline.row_count)):
        if outline.row(row).folded:
            outline.preview(row, 80)
    outline.path(top)


def measure(nodes: int) -> dict[str, float]:
    raw = spec(nodes)
    before, start = resident(), time.perf_counter()
    document = Document.parse(raw)
    outline = Outline(document)
    screen(outline, 0)
    found = {"open": (time.perf_counter() - start) * 1000}
    items = outline.find(("items",)) or 0
    found["open list"] = timed(lambda: outline.unfold(items))
    found["expand all"] = timed(outline.expand_all)
    chance = random.Random(1)
    tops = [chance.randrange(max(1, outline.row_count - SCREEN)) for _screen in range(100)]
    fresh = [(Outline(document, ALL), top) for top in tops]
    pages = sorted(timed(lambda place=place: screen(*place)) for place in fresh)
    found["page p50"], found["page p95"] = pages[50], pages[95]
    rows = chance.sample(range(outline.row_count), min(300, outline.row_count))
    found["row µs"] = timed(lambda: [outline.row(row) for row in rows]) / len(rows) * 1000
    middle = outline.find(("items", 1)) or 0
    found["toggle"] = timed(lambda: outline.toggle(middle), 4)
    found["depth 3"] = timed(lambda: outline.fold_to_depth(3))
    masking = Masking(document)
    found["search"] = timed(lambda: list(search(document, DocumentQuery.parse("needle-at"), masking)), 3)
    found["regex"] = timed(lambda: list(search(document, DocumentQuery.parse("re:needle.at"), masking)), 3)
    outline.fold_to_depth(ALL)
    view = outline.snapshot(outline.row_count - 1)
    found["restore"] = timed(lambda: Outline(document).restore(view))
    found["MiB"] = resident() - before
    return {"nodes": document.node_count, **found}


def main() -> None:
    sizes = [int(size) for size in sys.argv[1:]] or list(SIZES)
    results = [measure(size) for size in sizes]
    print("  ".join(f"{name:>10}" for name in results[0]))
    for result in results:
        print("  ".join(f"{value:>10,.{0 if name == 'nodes' else 2}f}" for name, value in result.items()))
    small, large = results[0], results[-1]
    ratio = large["page p50"] / small["page p50"]
    print(f"a page at {large['nodes']:,} nodes takes {ratio:.2f} times that at {small['nodes']:,}")


if __name__ == "__main__":
    main()
