"""The score of a corpus that somebody wrote who had not seen the masker: a JSON list of texts and documents.

Each item has the secrets that must not appear in the program's output, and what must stay. Run this file with the path
of a corpus to see the rates by group, form, and class.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from astro_tui.document import ROOT, Document, Masking
from astro_tui.document.render import as_json
from astro_tui.text.redaction import redact_text

Key = tuple[str, str, str]
"""A group, a form, or a class, with `secret` or `ordinary`."""


class Score(NamedTuple):
    """How many values there are, and which items have a secret that is shown or an ordinary value that is masked."""

    count: int
    wrong: list[dict[str, Any]]

    @property
    def right(self) -> float:
        """The part of the values that is treated as it should be."""
        return 1 - len(self.wrong) / self.count if self.count else 1.0


def shown(item: dict[str, Any]) -> str:
    """Return what a reader of the program's output sees of an item."""
    if item.get("document") is None:
        return redact_text(item["text"])
    document = Document.parse(json.dumps(item["document"]).encode())
    return as_json(document, Masking(document), ROOT).decode()


def scores(items: list[dict[str, Any]], part: str) -> dict[tuple[str, str, str], Score]:
    """Return the scores by group, by `part` of the items (`class` or `form`), and by kind of value."""
    counts: dict[Key, int] = defaultdict(int)
    wrong: dict[Key, list[dict[str, Any]]] = defaultdict(list)
    for item in items:
        text = shown(item)
        for kind, values in (("secret", item["secrets"]), ("ordinary", item["keep"])):
            key = (item["group"], item[part] if part else "all", kind)
            for value in values:
                written = (value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1])
                found = any(each in text for each in written)
                counts[key] += 1
                if found is (kind == "secret"):
                    wrong[key].append({**item, "value": value, "shown": text})
    return {key: Score(count, wrong[key]) for key, count in sorted(counts.items())}


def fresh() -> list[dict[str, Any]]:
    """Return the corpus of the first run, on which the masker was tuned afterwards."""
    found: list[dict[str, Any]] = json.loads(Path(__file__).with_name("fresh.json").read_text(encoding="utf-8"))
    return found


def attacks() -> list[dict[str, Any]]:
    """Return attacks that somebody wrote who knows the masker, half of them after it was tuned on the others."""
    lines = Path(__file__).with_name("attacks.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def main() -> None:
    """Print the rates of a corpus, and with another argument what is wrong."""
    items = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    for part in ("", "form", "class"):
        for (group, name, kind), score in scores(items, part).items():
            sys.stdout.write(f"{group:9} {name:22} {kind:9} {score.count:5} {score.right:7.1%}\n")
            for item in score.wrong if part == "class" and len(sys.argv) > 2 else ():
                sys.stdout.write(f"      {item['value']!r} in {item['shown']!r}"[:300] + "\n")


if __name__ == "__main__":
    main()
