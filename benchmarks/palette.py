"""The palette over few and many agents: opening it, and each letter: `python benchmarks/palette.py`.

A key is timed from the press to the last byte of its repaint.
"""

from __future__ import annotations

from collections.abc import Mapping

from terminal import Samples, Terminal, astro_tui, bar, demo, hang, median, options, percentile, table

FEW, MANY = 100, 10_000
TEXTS = ("juniper 42", "grwtch", "e", "atlas desk", "zq", "theme")
"""What is typed letter by letter: names, letters of names, and what few or no lines have."""
OPEN = "\x10"


def keys(environment: Mapping[str, str]) -> Samples:
    """Open the palette and type in it. Return the times of each kind of key."""
    found: Samples = {}
    with Terminal(astro_tui("--refresh", "3600", "--fresh"), environment) as terminal:
        terminal.until_text("FAILED", "agents")
        terminal.settle(0.6)
        # The agents of other accounts arrive while it is open for the first time.
        terminal.presses([OPEN])
        terminal.settle(0.6)
        terminal.presses(["escape"])
        for text in TEXTS:
            found.setdefault("open", []).extend(one.last for one in terminal.presses([OPEN]))
            letters = terminal.presses(list(text))
            found.setdefault("first letter", []).append(letters[0].last)
            found.setdefault("a letter", []).extend(one.last for one in letters)
            found.setdefault("backspace", []).extend(one.last for one in terminal.presses(["backspace"] * 2))
            terminal.presses(["escape"])
        return found


def main() -> None:
    count = options(__doc__, 2).n
    merged: dict[str, Samples] = {"few": {}, "many": {}}
    with demo("--frozen", "--agents", str(FEW)) as few, demo("--frozen", "--agents", str(MANY)) as many:
        for environment in (few, many):
            hang(environment, "^/deployments/[^/]+/status")
        for _round in range(count):
            for name, environment in (("few", few), ("many", many)):
                for kind, values in keys(environment).items():
                    merged[name].setdefault(kind, []).extend(values)
    rows = [
        (kind, *(figure(merged[name][kind]) for name in ("few", "many") for figure in (median, p95)))
        for kind in merged["few"]
    ]
    table(("ms", f"{FEW:,}", "p95", f"{MANY:,}", "p95"), rows)
    bar("a letter, p95", p95(merged["many"]["a letter"]), 20, " ms")


def p95(values: list[float]) -> float:
    """Return the time that 95% of the keys stay below."""
    return percentile(values, 0.95)


if __name__ == "__main__":
    main()
