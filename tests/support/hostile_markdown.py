"""Markdown that is slow, deep, or large enough to hang a careless parser."""

from __future__ import annotations

import random

HOSTILE_MARKDOWN = {
    "quotes in one line": ">" * 100_000 + " x",
    "quotes": "\n".join(">" * depth + " x" for depth in range(1, 600)),
    "lists": "\n".join("  " * depth + "- x" for depth in range(400)),
    "lists in one line": ("- " * 4900 + "x\n") * 20,
    "everything at once": ("> - 1. " * 1000 + "x\n") * 25,
    "brackets": ("[" * 9000 + "\n\n") * 20,
    "half links": ("[a](" * 2000 + "\n\n") * 20,
    "half emphasis": ("*a **b " * 1200 + "\n\n") * 25,
    "ticks": ("`a" * 4000 + "\n\n") * 20,
    "half tags": ("<a " * 3000 + "\n\n") * 20,
    "half comments": ("<!--" * 2000 + "\n\n") * 20,
    "references": "".join(f"[a{number}]: /x\n" for number in range(6_000)),
    "half a reference": '[a]: x "' + "y\n" * 45_000,
    "a wide table": "|" + "a|" * 400 + "\n|" + "-|" * 400 + "\n" + ("|" + "b|" * 400 + "\n") * 60,
    "a long table": "|a|b|\n|-|-|\n" + "|c|d|\n" * 21_000,
    "fences": "```\n" * 25_000,
    "one long line": "x" * 200_000,
    "lazy quotes": ">" * 19 + " a\n" + "b\n" * 30_000,
    "headings": "# a\n" * 25_000,
    "combining": ("a" + "\u0301" * 9000 + "\n\n") * 20,
    "noise": "".join(random.Random(7).choices("[]()*_`<>!#-|\n \\&~\"'ab:1.", k=100_000)),
}
SIMPLE = frozenset({"half comments", "fences", "headings", "combining", "noise"})
"""Those that take few steps for their length. All others take too many, and are shown as plain text."""
