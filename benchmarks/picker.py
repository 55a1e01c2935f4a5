"""The picker with few and with many agents: start, keys, filter, memory: `python benchmarks/picker.py`.

A key is timed from the press to the last byte of its repaint. The clock in the header draws once a second, and keys are
pressed between its ticks.
"""

from __future__ import annotations

from collections.abc import Mapping

from terminal import Repaint, Samples, Terminal, astro_tui, bar, demo, hang, median, options, percentile, rounds, table

FIRST_FRAME = "AGENT"
FEW, MANY = 100, 10_000
STEPS = 12
FILTERS = ("juniper 42", "is:failed e", "!atlas 7")
"""Filters to type letter by letter: names, states, and exclusions."""


def look(environment: Mapping[str, str], agents: int) -> dict[str, float]:
    """Start with `agents` more agents; return the milliseconds to the first frame and to the rows."""
    with Terminal(astro_tui("--refresh", "3600", "--fresh"), environment) as terminal:
        first = terminal.until_text(FIRST_FRAME)
        return {"first frame": first, "rows": terminal.until_text("FAILED", "agents"), "agents": agents}


def keys(environment: Mapping[str, str]) -> tuple[Samples, float]:
    """Press keys in one run of the program. Return the times of each kind of key, and the memory in MiB."""
    found: Samples = {}

    def note(kind: str, repaints: list[Repaint]) -> None:
        found.setdefault(kind, []).extend(repaint.last for repaint in repaints)
        found.setdefault(f"{kind}: bytes", []).extend(float(repaint.size) for repaint in repaints)

    with Terminal(astro_tui("--refresh", "3600", "--fresh"), environment) as terminal:
        terminal.until_text("FAILED", "agents")
        # While something changes, the list refreshes every few seconds. Drawing it must not count as a key's repaint.
        hang(environment, "^/deployments[?]", 1)
        # Wait until startup is over.
        terminal.settle(0.6)
        clock = terminal.tick()
        note("down", terminal.presses(["down"] * STEPS, clock))
        note("down, scrolling", terminal.presses(["down"] * 40, clock)[-STEPS:])
        for _turn in range(STEPS // 2):
            note("home", terminal.presses(["home"], clock))
            note("page down", terminal.presses(["page down"] * 2, clock))
        note("end", terminal.presses(["end"], clock))
        for text in FILTERS:
            terminal.presses(["/"], clock)
            note("filter, a letter", terminal.presses(list(text), clock))
            note("filter, backspace", terminal.presses(["backspace"] * 3, clock))
            terminal.presses(["escape"], clock)
        note("sort", terminal.presses(["s"] * 4, clock))
        return found, terminal.memory()


def main() -> None:
    count = options(__doc__, 8).n
    with (
        demo("--frozen", "--agents", str(FEW)) as few,
        demo("--frozen", "--agents", str(MANY)) as many,
    ):
        starts = rounds(count, {"few": lambda: look(few, FEW), "many": lambda: look(many, MANY)})
        for environment in (few, many):
            # The reason for a failure is drawn when it arrives, which would count as the repaint of the last key.
            hang(environment, "^/deployments/[^/]+/status")
        merged: dict[str, Samples] = {"few": {}, "many": {}}
        memory: Samples = {"few": [], "many": []}
        for _round in range(max(1, count // 2)):
            for name, environment in (("few", few), ("many", many)):
                samples, used = keys(environment)
                memory[name].append(used)
                for kind, values in samples.items():
                    merged[name].setdefault(kind, []).extend(values)
    report(starts, merged, memory)


def report(starts: dict[str, Samples], merged: dict[str, Samples], memory: Samples) -> None:
    """Print the table and the bars."""
    rows: list[tuple[str, float, float, float, float, str]] = []
    kinds = [kind for kind in merged["few"] if not kind.endswith(": bytes")]
    for kind, few, many in [
        *((kind, starts["few"][kind], starts["many"][kind]) for kind in ("first frame", "rows")),
        *((kind, merged["few"][kind], merged["many"][kind]) for kind in kinds),
    ]:
        size = merged["many"].get(f"{kind}: bytes", [])
        rows.append(
            (
                kind,
                median(few),
                percentile(few, 0.95),
                median(many),
                percentile(many, 0.95),
                f"{median(size):.0f}" if size else "",
            )
        )
    rows.append(
        ("memory, MiB", median(memory["few"]), max(memory["few"]), median(memory["many"]), max(memory["many"]), "")
    )
    table(("ms", f"{FEW:,}", "p95", f"{MANY:,}", "p95", "bytes"), rows)
    pairs = zip(starts["many"]["first frame"], starts["few"]["first frame"], strict=True)
    bar(f"first frame at {MANY:,} / at {FEW:,} agents", median([large / small for large, small in pairs]), 1.2)
    keyed = merged["many"]
    bar("a letter of the filter, p95", percentile(keyed["filter, a letter"], 0.95), 16, " ms")
    for kind in ("down", "down, scrolling", "page down"):
        bar(f"{kind}, p95", percentile(keyed[kind], 0.95), 10, " ms")


if __name__ == "__main__":
    main()
