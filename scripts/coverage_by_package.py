"""Print which share of the statements of each package the tests ran, from the JSON report of coverage."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path


def main() -> None:
    """Print one line: each package with its share."""
    counts: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for name, file in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["files"].items():
        parts = Path(name).parts
        for package in (parts[1] if len(parts) > 2 else "top level", "in all"):
            counts[package][0] += file["summary"]["covered_lines"]
            counts[package][1] += file["summary"]["num_statements"]
    print("coverage: " + ", ".join(f"{name} {100 * run / max(all_, 1):.1f}%" for name, (run, all_) in counts.items()))


if __name__ == "__main__":
    main()
