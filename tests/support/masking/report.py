"""The report `docs/masking.md`: rates by category on the half of the corpus that the masker was not tuned on.

Run `python tests/support/masking/report.py` after a change of the masker or of the corpus.
"""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from support.masking.item import Item
from support.masking.measure import Rate, rates
from support.masking.ordinary_corpus import ordinary
from support.masking.secrets_corpus import secrets

REPORT = Path(__file__).parents[3] / "docs" / "masking.md"
SECRETS_MASKED = 0.97
ORDINARY_MASKED = 0.03
_HEAD = """\
# What the masker hides

`python tests/support/masking/report.py` writes this page; a test checks that it is current. Each item of the corpus in
`tests/support/masking` is a document or a line of text as found in specs and logs. The secrets are made at run time
from the public formats of tokens and from usual names; none was ever real. A hash splits the corpus into two halves:
the masker was tuned on one, and this page reports the other.

A secret counts as masked if no part of it appears in the JSON output or in masked text. An ordinary item counts as
masked if any part of it is missing.
"""


def reported(*, secret: bool) -> list[Rate]:
    """Return the rates on the half that is reported."""
    items = secrets() if secret else ordinary()
    return rates((item for item in items if item.reported), secret=secret)


def share(found: list[Rate]) -> float:
    """Return the part of all items that was masked."""
    return sum(rate.masked for rate in found) / sum(rate.count for rate in found)


def report() -> str:
    """Return the page."""
    hidden, plain = reported(secret=True), reported(secret=False)
    lines = [_HEAD]
    lines += _table(f"Secrets: at least {SECRETS_MASKED:.0%} must be masked", hidden)
    lines += _table(f"Ordinary values: at most {ORDINARY_MASKED:.0%} may be masked", plain)
    lines += ["## Secrets that are not masked", "", *_wrong(hidden), ""]
    lines += ["## Ordinary values that are masked", "", *_wrong(plain)]
    return "\n".join(lines) + "\n"


def _table(title: str, found: list[Rate]) -> list[str]:
    count, masked = sum(rate.count for rate in found), sum(rate.masked for rate in found)
    rows = [f"| {rate.category} | {rate.masked} | {rate.count} | {rate.masked / rate.count:.1%} |" for rate in found]
    total = f"| **all** | {masked} | {count} | **{share(found):.1%}** |"
    return [f"## {title}", "", "| Category | Masked | Of | Rate |", "|---|---:|---:|---:|", *rows, total, ""]


def _wrong(found: list[Rate]) -> list[str]:
    lines = [f"- {rate.category}: `{_line(item)}`" for rate in found for item in rate.wrong]
    return lines or ["None."]


def _line(item: Item) -> str:
    return item.place.replace("\n", "↵").replace("`", "'")[:120]


if __name__ == "__main__":
    REPORT.write_text(report(), encoding="utf-8")
