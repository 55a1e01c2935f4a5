"""Paths of nodes: finding them, writing them for jq and Python, and matching them in a newer document."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import NamedTuple

from astro_tui.document.index import ROOT, Document
from astro_tui.document.lines import LONGEST_KEY, DocumentLine
from astro_tui.document.strings import decode, decode_head, decode_pieces, encode, escape_surrogates

Path = tuple[str | int, ...]
"""Keys and list positions from the root to a node."""

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BESIDE = 2048
_BELOW = 1 << 15
NAMES = (b"name", b"id", b"key")
"""The members that name an item of a list, the best one first."""


class PathStep(NamedTuple):
    """One step of a path that also works in a changed document.

    A member has a `key` and the number of earlier members with the same key. An item has its `position` and, if
    possible, the `name` (from `identity`) that identifies it wherever it moved.
    """

    key: str | None
    position: int
    name: bytes | None = None


def jq_path(path: Sequence[str | int]) -> str:
    """Return a path for jq: `.agent.resources.memory`, `.env[0]`, `."odd key"`."""
    parts: list[str] = []
    for step in path:
        if isinstance(step, int):
            parts.append(f"[{step}]" if parts else f".[{step}]")
        elif _PLAIN_KEY.fullmatch(step):
            parts.append(f".{step}")
        else:
            parts.append("." + json.dumps(step, ensure_ascii=False))
    return "".join(parts) or "."


_STEP = re.compile(r"""\.?(?:\[(?P<item>[0-9]{1,9})\]|(?P<text>"(?:[^"\\]|\\.)*")|(?P<key>[^.\[\]"]+))""")


def path_of_jq(text: str) -> Path:
    """Return the path that `jq_path` writes as `text`. Raises ValueError for any other text."""
    steps: list[str | int] = []
    place = 0
    while place < len(text) and text != ".":
        match = _STEP.match(text, place)
        if match is None:
            raise ValueError(f"not a path: {text[place:]}")
        item, quoted, key = match.group("item", "text", "key")
        steps.append(int(item) if item else json.loads(quoted, strict=False) if quoted else key)
        place = match.end()
    return tuple(steps)


def python_path(path: Sequence[str | int]) -> str:
    """Return a path for Python, to append to a variable: `["agent"]["env"][0]`."""
    return "".join(
        f"[{step}]" if isinstance(step, int) else f"[{json.dumps(step, ensure_ascii=False)}]" for step in path
    )


SHOWN_KEY = 1000
"""The bytes of a key that are enough to display a path."""


def path_of(document: Document, node: int, longest_key: int = 0) -> Path:
    """Return the keys and list positions from the root to a node. A limit cuts off longer keys."""
    steps: list[str | int] = []
    while node != ROOT:
        line = document.line(node)
        if line.key is None:
            steps.append(document.ordinal(node))
        elif longest_key and len(line.key) > longest_key:
            steps.append(decode_head(line.key, longest_key) + "…")
        else:
            steps.append("".join(decode_pieces(document.text, line.key_start, line.key_stop)))
        node = document.parent(node)
    steps.reverse()
    return tuple(steps)


def has_long_key(document: Document, node: int) -> bool:
    """Return whether a key on the path of a node is so long that its line holds only the start of it."""
    while node != ROOT:
        if len(document.line(node).key or b"") > LONGEST_KEY:
            return True
        node = document.parent(node)
    return False


def path_text(document: Document, node: int, *, python: bool = False) -> bytes:
    """Return the path of a node for jq or Python in UTF-8, with each key quoted.

    A long key is copied from the text as is: decoding a key with one emoji would take four times the memory.
    """
    parts: list[bytes] = []
    while node != ROOT:
        line = document.line(node)
        listed = line.key is None
        bracketed = listed or python
        parts.append(b"]" if bracketed else b"")
        parts.append(b"%d" % document.ordinal(node) if listed else _quoted_key(document, line))
        parts.append(b"[" if bracketed else b".")
        node = document.parent(node)
    if not python and parts[-1:] != [b"."]:
        parts.append(b".")
    return b"".join(reversed(parts))


def _quoted_key(document: Document, line: DocumentLine) -> bytes:
    return escape_surrogates(document.text[line.key_start : line.key_stop])


LONGEST_ADDRESS = 2000
"""The most characters of a path that is a part of an address."""


def address_of(document: Document, node: int) -> str:
    """Return the jq path of a node for an address; nothing for the root, and for a path that is too long for one."""
    above = node
    while above != ROOT:
        key = document.line(above).key
        if key is not None and len(key) > LONGEST_ADDRESS:
            # Decoding and quoting it would take longer than a key press may.
            return ""
        above = document.parent(above)
    path = jq_path(path_of(document, node)) if node != ROOT else ""
    return path if len(path) <= LONGEST_ADDRESS else ""


def find(document: Document, path: Sequence[str | int]) -> int | None:
    """Return the node at a path, or None. If a key is repeated, that is the first member."""
    node: int | None = ROOT
    for step in path:
        if node is None:
            return None
        node = document.child_at(node, step) if isinstance(step, int) else _member(document, node, step, 0)
    return node


class Trail:
    """Converts many nodes of one document to steps and back. Finds each step only once."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._steps: dict[int, tuple[PathStep, ...]] = {ROOT: ()}
        self._nodes: dict[tuple[PathStep, ...], int | None] = {(): ROOT}

    def steps(self, node: int) -> tuple[PathStep, ...]:
        """Return the path of a node in a form that works in a newer document."""
        steps = self._steps.get(node)
        if steps is None:
            above = self.document.parent(node)
            steps = (*self.steps(above), self._step(node, above))
            self._steps[node] = steps
        return steps

    def node(self, steps: tuple[PathStep, ...]) -> int | None:
        """Return the node that steps lead to, or None if it is gone."""
        if steps not in self._nodes:
            above = self.node(steps[:-1])
            self._nodes[steps] = None if above is None else _follow(self.document, above, steps[-1])
        return self._nodes[steps]

    def nearest(self, steps: tuple[PathStep, ...]) -> int:
        """Return the node that steps lead to, or else the item at its position, or else its container."""
        node = self.node(steps)
        if node is not None:
            return node
        above = self.nearest(steps[:-1])
        if self.node(steps[:-1]) == above and steps[-1].key is None:
            count = self.document.children(above)
            return self.document.child_at(above, min(steps[-1].position, count - 1)) or above
        return above

    def _step(self, node: int, above: int) -> PathStep:
        document = self.document
        line = document.line(node)
        if line.key is None:
            return PathStep(None, document.ordinal(node), identity(document, line))
        start, _stop = document.inside(document.line(above))
        mark = b"\n" + b" " * line.depth + line.key + b": "
        return PathStep(decode(line.key), document.text.count(mark, start - 1, node))


def _follow(document: Document, above: int, step: PathStep) -> int | None:
    return _item(document, above, step) if step.key is None else _member(document, above, step.key, step.position)


def named_by(document: Document, line: DocumentLine) -> int | None:
    """Return the node that identifies a list item: its `name`, `id`, or `key`, or else the `name` in its `metadata`.

    Returns None if it has none. Bounded work.
    """
    if line.key is not None or not line.opens or document.text[line.value] != 0x7B:
        return None
    start, depth = line.following - 1, line.depth + 1
    node = _naming(document.text, start, start + _BESIDE, depth, NAMES)
    if node is None:
        mark = b"\n" + b" " * depth + b'"metadata": {\n'
        place = document.text.find(mark, start, start + _BESIDE)
        if 0 <= place < _close(document.text, start, start + _BESIDE, line.depth):
            inside = place + len(mark) - 1
            node = _naming(document.text, inside, inside + _BELOW, depth + 1, NAMES[:1])
    return node


def kind_of(document: Document, line: DocumentLine) -> int | None:
    """Return the node with the `kind` of an object of a cluster, or None."""
    start = line.following - 1
    return _naming(document.text, start, start + _BESIDE, line.depth + 1, (b"kind",))


def _close(text: bytes, start: int, stop: int, depth: int) -> int:
    place = text.find(b"\n" + b" " * depth + b"}", start, stop)
    return place if place >= 0 else min(stop, len(text))


def _naming(text: bytes, start: int, stop: int, depth: int, names: Sequence[bytes]) -> int | None:
    """Return the first member of an object, in the order of `names`, that is a string or a number."""
    stop = _close(text, start, stop, depth - 1)
    for name in names:
        mark = b"\n" + b" " * depth + b'"' + name + b'": '
        place = text.find(mark, start, stop)
        value = place + len(mark)
        if place >= 0 and text[value] not in b"{[ntf" and text.find(b"\n", value, stop + 1) >= 0:
            return place + 1
    return None


def identity(document: Document, line: DocumentLine) -> bytes | None:
    """Return the member that identifies a list item, as it is in the text after its indent, or None."""
    node = named_by(document, line)
    if node is None:
        return None
    named = document.line(node)
    return document.text[node + line.depth + 1 : named.stop]


def _member(document: Document, node: int, key: str, occurrence: int) -> int | None:
    line = document.line(node)
    if not line.opens or document.text[line.value] != 0x7B:
        return None
    start, stop = document.inside(line)
    mark = b"\n" + b" " * (line.depth + 1) + encode(key) + b": "
    place = start - 2
    for _time in range(occurrence + 1):
        place = document.text.find(mark, place + 1, stop)
        if place < 0:
            return None
    return place + 1


def _item(document: Document, node: int, step: PathStep) -> int | None:
    line = document.line(node)
    if not line.opens or document.text[line.value] != 0x5B:
        return None
    same = document.child_at(node, step.position)
    if step.name is None:
        return same
    if same is not None and identity(document, document.line(same)) == step.name:
        return same
    start, stop = document.inside(line)
    mark = b"\n" + b" " * (line.depth + 2) + step.name
    place = document.text.find(mark, start - 1, stop)
    while place >= 0:
        owner = document.parent(place + 1)
        if step.name.startswith(b" "):
            owner = document.parent(owner)
        if identity(document, document.line(owner)) == step.name:
            return owner
        place = document.text.find(mark, place + 1, stop)
    return None
