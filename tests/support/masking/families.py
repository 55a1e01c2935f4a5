"""Families of secrets and of ordinary values that the masker was tuned on, one a line in `families/*.txt`.

A line is a text, in which `\\n` stands for a line break and `␛` for an escape, or a JSON document. `‹pw›`, `‹short›`,
`‹token›`, `‹hex›`, `‹uuid›`, `‹pin›`, `‹word›`, and `‹words›` stand for a secret that is made at run time: a chosen
password, a short one, a generated token, a digest-like key, a UUID, six digits, and plain words. None of these items is
in the report, because a rate on what the masker was tuned on says nothing about what it has not seen.
"""

from __future__ import annotations

import json
import random
import re
import string
import uuid
from pathlib import Path

from support.masking.item import Item

_FOLDER = Path(__file__).parent / "families"
_MARK = re.compile("‹(pw|short|token|hex|uuid|pin|words?)›")


def secret_families() -> list[Item]:
    """Return the lines and documents with a secret in them; the same ones every time."""
    found = []
    for place in [*_read("secret_lines"), *_read("secret_documents")]:
        mark = _MARK.search(place)
        assert mark is not None, place
        secret = _made(mark.group(1), random.Random(place))  # the same one, whatever the other lines are
        text = _MARK.sub(secret, place)
        found.append(Item("family", json.loads(text) if _is_document(place) else text, secret))
    return found


def ordinary_families() -> list[Item]:
    """Return the lines and documents without a secret."""
    lines = [Item("family", line) for line in _read("ordinary_lines")]
    return lines + [Item("family", json.loads(line)) for line in _read("ordinary_documents")]


def _read(name: str) -> list[str]:
    files = sorted(_FOLDER.glob(f"{name}*.txt"))
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return [line if name.endswith("documents") else line.replace("\\n", "\n").replace("␛", "\x1b") for line in lines]


def _is_document(place: str) -> bool:
    try:
        return isinstance(json.loads(place), dict)
    except ValueError:
        return False


def _made(kind: str, chance: random.Random) -> str:
    if kind == "pw":
        word = chance.choice(["Puffin", "Plover", "Dunlin", "Curlew", "Osprey", "Avocet", "Siskin", "Linnet"])
        return f"{word}{chance.randrange(100, 999)}"
    if kind == "short":
        return f"{''.join(chance.choices(string.ascii_letters, k=3))}Pw{chance.randrange(10)}"
    if kind in ("word", "words"):
        return " ".join(chance.sample(["clover", "thistle", "basil", "sorrel", "heron"], k=1 if kind == "word" else 2))
    if kind == "pin":
        return str(chance.randrange(100_000, 1_000_000))
    if kind == "uuid":
        return str(uuid.UUID(int=chance.getrandbits(128), version=4))
    alphabet = "0123456789abcdef" if kind == "hex" else string.ascii_letters + string.digits
    token = "".join(chance.choices(alphabet, k=32 if kind == "hex" else 17))
    return token if kind == "hex" else f"k{chance.randrange(10)}{token}"
