"""Which items of the corpus the masker masks, as the outputs of the program do it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import NamedTuple

from astro_tui.document import ROOT, Document, Masking
from astro_tui.document.render import as_json
from astro_tui.text.redaction import redact_text
from support.masking.item import Item


class Rate(NamedTuple):
    """How many of the items of one category were masked, and which were judged wrongly."""

    category: str
    masked: int
    count: int
    wrong: list[Item]


def shown(item: Item) -> str:
    """Return what a reader of the program's output sees of an item."""
    if isinstance(item.content, str):
        return redact_text(item.content)
    document = Document.parse(json.dumps(item.content).encode())
    return as_json(document, Masking(document), ROOT).decode()


def is_masked(item: Item) -> bool:
    """Return whether a secret is hidden, or whether an ordinary text is not shown whole."""
    text = shown(item)
    if item.secret:
        parts = [item.secret, json.dumps(item.secret)[1:-1]]
        return not any(part in text for part in parts) and not any(
            word in text for word in item.secret.split() if len(item.secret.split()) > 1 and len(word) > 5
        )
    if isinstance(item.content, str):
        return text != item.content
    return bool(json.loads(text) != item.content)


def rates(items: Iterable[Item], *, secret: bool) -> list[Rate]:
    """Return the rate of each category, in the order of the corpus."""
    found: dict[str, Rate] = {}
    for item in items:
        before = found.get(item.category, Rate(item.category, 0, 0, []))
        masked = is_masked(item)
        wrong = [*before.wrong, item] if masked is not secret else before.wrong
        found[item.category] = Rate(item.category, before.masked + masked, before.count + 1, wrong)
    return list(found.values())
