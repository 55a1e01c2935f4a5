"""The spec tree from ten to a million nodes: open, keys, unfold, search, memory: `python benchmarks/tree.py`.

The programs take turns on the same files in a terminal of 120x40. A key is timed from the press to the last byte of its
repaint. fx and jless are included if they are installed.
"""

from __future__ import annotations

import json
import math
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from terminal import Samples, Terminal, astro_tui, bar, median, options, percentile, rounds, table

SIZES = (10, 1_000, 10_000, 100_000, 1_000_000)
KEYED = (1_000, 10_000, 100_000, 1_000_000)
STEPS = 30
NEEDLE = "farthest-needle"
FOLDING = {"astro-tui": "-=", "fx": "Ee", "jless": "CE"}
"""Program → its keys to fold everything and to unfold everything."""


def document(nodes: int) -> object:
    """Return a document with about `nodes` nodes and the needle at its end."""
    items = [
        {
            "id": number,
            "name": f"item-{number}",
            "enabled": number % 3 == 0,
            "resources": {"cpu": f"{number % 16}00m", "memory": f"{number % 8 + 1}Gi"},
            "note": f"the quick brown fox {number}",
            "targets": ["agent", "tool"],
            "ratio": number / 7,
        }
        for number in range(max(1, nodes // 13))
    ]
    # The needle without its last letter matches at the start, so the last letter moves from one end to the other.
    return {"spec": "benchmark/v1", "near": NEEDLE[:-1], "items": items, "tail": {"end": NEEDLE}}


def opened(command: list[str], sign: str) -> dict[str, float]:
    """Return the milliseconds until the document is on the screen."""
    with Terminal(command) as terminal:
        return {"open": terminal.until_text(sign)}


def keys(path: Path) -> tuple[Samples, float]:
    """Press keys on the folded tree, then on the unfolded one. Return the times by kind, and the memory in MiB."""
    found: Samples = {}

    def note(kind: str, pressed: list[str]) -> None:
        found.setdefault(kind, []).extend(repaint.last for repaint in terminal.presses(pressed))

    with Terminal(astro_tui("view", str(path))) as terminal:
        terminal.until_text("items")
        terminal.settle(1.2)
        # One list is open and its items are folded: one row per item.
        terminal.presses(["-", "g", "j", "j", "l"])
        note("down, folded", ["down"] * STEPS)
        for _turn in range(STEPS // 2):
            # Folding discards the rows it has drawn.
            terminal.presses(["g", "j", "j", "h", "l"])
            note("page down, folded", ["page down"] * 2)
        note("fold and unfold", [" "] * (STEPS // 3))
        note("unfold all", ["="])
        terminal.presses(["g"])
        note("down, unfolded", ["down"] * STEPS)
        note("down, scrolling", ["down"] * STEPS)
        note("page down, unfolded", ["page down"] * STEPS)
        note("to the start", ["g"])
        note("to the end", ["G"])
        return found, terminal.memory()


def search(command: list[str], sign: str, hit: Callable[[Terminal], bool], end: str = "") -> dict[str, float]:
    """Return the milliseconds from the last key of a search to its match at the end of the document."""
    with Terminal(command) as terminal:
        terminal.until_text(sign)
        terminal.settle(0.8)
        terminal.send("/")
        terminal.settle(0.2)
        if end:
            terminal.send(NEEDLE)
            terminal.settle(0.3)
            pressed = terminal.send(end)
        else:
            terminal.send(NEEDLE[:-1])
            terminal.settle(0.8)
            if hit(terminal):
                raise RuntimeError("the match is displayed before the search")
            pressed = terminal.send(NEEDLE[-1])
        try:
            found = terminal.until(lambda: hit(terminal), "the match")
        except RuntimeError:
            # Its search prompt may need features that this terminal lacks.
            return {"search": math.nan, "memory": terminal.memory()}
        return {"search": found - (pressed - terminal.started) * 1000, "memory": terminal.memory()}


def unfolding(command: list[str], sign: str, keys: str) -> dict[str, float]:
    """Return the milliseconds that unfolding everything takes, or NaN if nothing is repainted."""
    with Terminal(command) as terminal:
        terminal.until_text(sign)
        terminal.settle(0.8)
        # The other programs open a document unfolded.
        terminal.press(keys[0])
        repaint = terminal.press(keys[1])
        return {"unfold": repaint.last if repaint is not None else math.nan}


def main() -> None:
    chosen = options(__doc__, 5, largest=SIZES[-1])
    sizes = [size for size in SIZES if size <= chosen.largest]
    with tempfile.TemporaryDirectory() as folder:
        paths = {size: Path(folder) / f"{size}.json" for size in sizes}
        for size, path in paths.items():
            path.write_text(json.dumps(document(size)))
        report_opening(paths, chosen.n)
        report_keys({size: path for size, path in paths.items() if size in KEYED}, max(1, chosen.n // 2))
        report_rivals(paths[sizes[-1]], chosen.n)


def report_opening(paths: Mapping[int, Path], count: int) -> None:
    """Print how long opening takes, and the bar."""
    cases = {str(size): lambda path=path: opened(astro_tui("view", str(path)), "items") for size, path in paths.items()}
    found = rounds(count, cases)
    table(("nodes", "open ms"), [(f"{size:,}", median(found[str(size)]["open"])) for size in paths])
    if 100_000 in paths:
        pairs = zip(found["100000"]["open"], found["10"]["open"], strict=True)
        bar("open 100,000 nodes / open 10", median([large / small for large, small in pairs]), 1.3)


def report_keys(paths: Mapping[int, Path], count: int) -> None:
    """Print the times of keys by size, and the bars."""
    merged: dict[int, Samples] = {size: {} for size in paths}
    memory: dict[int, float] = {}
    for _round in range(count):
        for size, path in paths.items():
            samples, memory[size] = keys(path)
            for kind, values in samples.items():
                merged[size].setdefault(kind, []).extend(values)
    kinds = list(next(iter(merged.values())))
    heads = ["ms, p50 / p95", *(f"{size:,}" for size in paths)]
    lines = [
        [kind, *(f"{median(merged[size][kind]):.1f} / {percentile(merged[size][kind], 0.95):.1f}" for size in paths)]
        for kind in kinds
    ]
    table(heads, [*lines, ["memory, MiB", *(f"{memory[size]:.0f}" for size in paths)]])
    for kind in ("down, folded", "page down, folded", "down, unfolded", "down, scrolling", "page down, unfolded"):
        worst = [percentile(merged[size][kind], 0.95) for size in paths]
        bar(f"{kind}, p95 at the worst size", max(worst), 10, " ms")
        middle = [median(merged[size][kind]) for size in paths]
        bar(f"{kind}, largest / smallest document", middle[-1] / middle[0], 1.5)


def report_rivals(path: Path, count: int) -> None:
    """Print times for the largest document in other programs, if they are installed, and the bars."""
    commands = {"astro-tui": astro_tui("view", str(path))}
    for name in list(FOLDING)[1:]:
        program = shutil.which(name)
        if program is None:
            print(f"# {name} is not installed and is left out")
        else:
            commands[name] = [program, str(path)]
    starts: dict[str, Callable[[], Mapping[str, float]]] = {}
    unfolds: dict[str, Callable[[], Mapping[str, float]]] = {}
    searches: dict[str, Callable[[], Mapping[str, float]]] = {}
    for name, command in commands.items():
        starts[name] = lambda command=command: opened(command, "items")
        unfolds[name] = lambda command=command, name=name: unfolding(command, "items", FOLDING[name])
        searches[name] = lambda command=command: search(command, "items", _end, "enter")
    searches["astro-tui"] = lambda: search(
        commands["astro-tui"], "items", lambda terminal: "match 1 of 1" in terminal.text and _end(terminal)
    )
    results = [rounds(count, cases) for cases in (starts, unfolds, searches)]
    compare(
        {name: {what: median(values) for part in results for what, values in part[name].items()} for name in commands}
    )


def _end(terminal: Terminal) -> bool:
    """Return whether the end of the document is on the screen."""
    return f'"{NEEDLE}"' in terminal.text


def compare(found: Mapping[str, Mapping[str, float]]) -> None:
    """Print a comparison of the programs, and the bars."""
    kinds = {"open": "open ms", "unfold": "unfold all ms", "search": "search ms", "memory": "MiB"}
    table(
        ("largest document", *kinds.values()),
        [(name, *(values[kind] for kind in kinds)) for name, values in found.items()],
    )
    ours = found["astro-tui"]
    for name, theirs in found.items():
        if name == "fx":
            bar(f"open / {name}", ours["open"] / theirs["open"], 0.5)
            bar(f"unfold all / {name}", ours["unfold"] / theirs["unfold"], 1)
            bar(f"search / {name}", ours["search"] / theirs["search"], 0.25)
        elif name == "jless":
            bar("memory / jless", ours["memory"] / theirs["memory"], 1)


if __name__ == "__main__":
    main()
