"""Times to the first frame of the list and of a file, to the rows, from `q` to the shell, and of short commands.

The unit is the smallest possible Textual app; the two programs start in turn. The server is the demo in its own
process, which takes 80 ms for each response.

Run it in an environment without the tools of developers, as users have it: if click is installed, the HTTP library
imports it and its own command line, and the rows come 45 ms later.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping, Sequence

from terminal import Terminal, astro_tui, bar, demo, hang, median, options, percentile, rounds, smallest, table

FIRST_FRAME = "AGENT"
"""The heading of the table. Header and keys are in the same frame."""
A_ROW = "FAILED"
A_FILE = '{"agents": [{"name": "one"}, {"name": "two"}]}'


def start(command: list[str], environment: Mapping[str, str], *texts: str) -> dict[str, float]:
    """Start a program, wait for each text, and quit with `q`."""
    with Terminal(command, environment) as terminal:
        found = {text: terminal.until_text(text) for text in texts}
        found["processor"] = terminal.processor()
        return found


def quit_after(text: str, environment: Mapping[str, str]) -> dict[str, float]:
    """Start our program, press `q` as soon as `text` is displayed, and wait for the process to end."""
    with Terminal(astro_tui(), environment) as terminal:
        terminal.until_text(text)
        terminal.settle()
        pressed = terminal.send("q")
        return {"quit": (terminal.wait() - pressed) * 1000}


def whole(command: Sequence[str]) -> dict[str, float]:
    """Time a command to its end."""
    with Terminal(command, {}) as terminal:
        return {"end": (terminal.wait() - terminal.started) * 1000}


def main() -> None:
    count = options(__doc__, 15).n
    with (
        demo("--delay", "0.08", "--frozen") as slow,
        demo("--frozen") as silent,
        demo("--delay", "0.08", "--frozen", "--accounts", "100") as many,
        tempfile.NamedTemporaryFile("w", suffix=".json") as file,
    ):
        print(A_FILE, file=file, flush=True)
        hang(silent, "/deployments")
        found = rounds(
            count,
            {
                "smallest": lambda: start(smallest(), {}, "READY"),
                "ours": lambda: start(astro_tui(), slow, FIRST_FRAME, A_ROW),
                "many": lambda: start(astro_tui("--all"), many, FIRST_FRAME, A_ROW),
                "view": lambda: start(astro_tui("view", file.name), slow, "agents"),
                "quit": lambda: quit_after(A_ROW, slow),
                "quit, server hangs": lambda: quit_after(FIRST_FRAME, silent),
                "python": lambda: whole([sys.executable, "-c", "pass"]),
                "completion": lambda: whole(astro_tui("completion", "words", "--", "why", "acme/")),
                "--version": lambda: whole(astro_tui("--version")),
                "--help": lambda: whole(astro_tui("--help")),
            },
        )
    small, first, rows = found["smallest"]["READY"], found["ours"][FIRST_FRAME], found["ours"][A_ROW]
    lines = {
        "smallest Textual app": small,
        "astro-tui, first useful frame": first,
        "astro-tui, rows (server takes 80 ms)": rows,
        "astro-tui --all, 100 accounts, first useful frame": found["many"][FIRST_FRAME],
        "astro-tui --all, 100 accounts, rows": found["many"][A_ROW],
        "astro-tui view, a small file": found["view"]["agents"],
        "python -c pass": found["python"]["end"],
        "a completion in a shell": found["completion"]["end"],
        "astro-tui --version": found["--version"]["end"],
        "astro-tui --help": found["--help"]["end"],
        "q to the end": found["quit"]["quit"],
        "q to the end, server hangs": found["quit, server hangs"]["quit"],
    }
    table(
        ("ms", "median", "min", "p95", "x smallest"),
        [
            (name, median(times), min(times), percentile(times, 0.95), f"{median(times) / median(small):.2f}")
            for name, times in lines.items()
        ],
    )
    bar("first useful frame / smallest Textual app", median(first) / median(small), 1.3)
    pairs = [late / early for late, early in zip(rows, first, strict=True)]
    bar("rows / first frame", median(pairs), 1.2)
    pairs = [late / early for late, early in zip(found["many"][FIRST_FRAME], first, strict=True)]
    bar("first frame of 100 accounts / of one", median(pairs), 1.1)
    bar("view of a small file / smallest Textual app", median(found["view"]["agents"]) / median(small), 1.5)
    bar("a completion", median(found["completion"]["end"]), 60, " ms")
    for name in ("quit", "quit, server hangs"):
        bar(f"{name}, p95", percentile(found[name]["quit"], 0.95), 100, " ms")


if __name__ == "__main__":
    main()
