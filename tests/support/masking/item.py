"""The texts and documents of the corpora, one a line in `secrets.jsonl` and `ordinary.jsonl`.

`‹›` stands for the secret, which is written with a dot in it: no scanner for real secrets should find it.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple


class Item(NamedTuple):
    """A document or a line of text, and the secret in it; an ordinary one has none."""

    category: str
    content: dict[str, Any] | str
    secret: str = ""
    label: str = ""

    @property
    def place(self) -> str:
        """What it looks like without its secret."""
        text = self.content if isinstance(self.content, str) else json.dumps(self.content, ensure_ascii=False)
        for secret in (self.secret, json.dumps(self.secret, ensure_ascii=False)[1:-1]):
            text = text.replace(secret, "…") if secret else text
        return text


@cache
def secrets() -> list[Item]:
    """Return the texts and documents with a secret, none of which was ever real."""
    return _read("secrets")


@cache
def ordinary() -> list[Item]:
    """Return the texts and documents without one, as public specs have them."""
    return _read("ordinary")


def _read(name: str) -> list[Item]:
    lines = Path(__file__).with_name(f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return list(map(_item, lines))


def _item(line: str) -> Item:
    found = json.loads(line)
    secret = found.get("secret", "").replace("·", "", 1)
    written = json.dumps(found["content"], ensure_ascii=False)
    content = json.loads(written.replace("‹›", json.dumps(secret, ensure_ascii=False)[1:-1]))
    return Item(found["category"], content, secret, found.get("label", ""))
