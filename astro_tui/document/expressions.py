"""What `find` looks for in a masked document: a text as in the tree's search, or a path, with or without a condition.

`ollama`, `k:image`, and `v:re:^postgres` are searches. `.agent.image` is a path that exists; `*` stands for any key or
position. `.agent.image ~ claims` searches below a path, and `=`, `!=`, `<`, `<=`, `>`, `>=` compare the value there.

The document must come from `masked`: what an expression finds then says nothing about a secret, not even by its time.
"""

from __future__ import annotations

import operator
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from msgspec import Struct

from astro_tui.document.index import ROOT, Document
from astro_tui.document.known import amount
from astro_tui.document.lines import DocumentLine, JsonType
from astro_tui.document.masking import Masking
from astro_tui.document.paths import Path, path_of_jq
from astro_tui.document.query import DocumentQuery, SearchError
from astro_tui.document.render import MASKED, masked_text
from astro_tui.document.search import every_line, search
from astro_tui.document.strings import decode, decode_pieces, encode
from astro_tui.runtime import never
from astro_tui.text.redaction import hinted

ANY = "*"
"""The step of a path that stands for any key or position."""
_PATH = re.compile(r'(\.?(?:"(?:[^"\\]|\\.)*"|\[[0-9]{1,9}\]|[^.\[\]"\s~=!<>]+))+|\.')
_CONDITION = re.compile(r"\s*(~|!=|<=|>=|==?|<|>)\s*(.+)", re.DOTALL)
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_EXAMPLES = "such as .agent.image, .agent.image ~ claims, or .agent.replicas > 1"


def masked(document: Document, also: Callable[[str], str] | None = None) -> Document:
    """Return a document in which every hidden value is replaced, and every key and text that `also` changes."""
    shown = Document(masked_text(document, Masking(document), ROOT, ()))
    if also is None:
        return shown
    pieces, done = [], 0
    lines = every_line(shown.text, shown.first, shown.last) if shown.root.opens else [shown.root]
    for line in lines:
        spans = [(line.key_start, line.key_stop)] if line.key is not None else []
        for start, stop in [*spans, (line.value, line.stop)] if line.kind is JsonType.STRING else spans:
            raw = shown.text[start:stop]
            if raw != MASKED and hinted(raw) and also(text := decode(raw)) != text:
                pieces += [shown.text[done:start], MASKED]
                done = stop
    return Document(b"".join([*pieces, shown.text[done:]])) if pieces else shown


class Expression(Struct, frozen=True):
    """A parsed expression. Without a `path`, the whole document is searched for the `query`.

    With a path and a query, what is at the path or below it is searched. With a `sign`, the value there is compared
    with the text `value`, or for an order with the number `least`.
    """

    text: str
    path: Path | None = None
    query: DocumentQuery | None = None
    sign: str = ""
    value: str = ""
    least: Decimal = Decimal(0)

    @classmethod
    def parse(cls, text: str) -> Expression:
        """Return the expression that a user typed. Raises SearchError with what is wrong."""
        text = text.strip()
        if not text.startswith("."):
            return cls(text, query=_query(text))
        leading = _PATH.match(text)
        rest = text[leading.end() :] if leading is not None else text
        condition = _CONDITION.fullmatch(rest)
        if leading is None or (rest.strip() and condition is None):
            raise SearchError(f"Not a path or a condition, {_EXAMPLES}. To search for a text with a dot, add v: to it.")
        path = path_of_jq(leading.group())
        if condition is None:
            return cls(text, path)
        sign, value = condition[1].replace("==", "="), condition[2].strip()
        if sign == "~":
            return cls(text, path, _query(value))
        least = amount(value)
        if sign not in ("=", "!=") and least is None:
            raise SearchError(f"{sign} compares numbers, such as 3, 500m, or 1Gi.")
        return cls(text, path, None, sign, value, least or Decimal(0))

    def nodes(self, document: Document, canceled: Callable[[], bool] = never) -> Iterator[int]:
        """Yield the nodes of a masked document that match, in order. Raises SearchError if that takes too long."""
        if self.path is None:
            yield from _searched(document, self.query, canceled)
            return
        matches: list[int] | None = None
        for node in at_path(document, self.path):
            if canceled():
                return
            line = document.line(node)
            if self.query is not None and line.container:
                # One search of the document, however many nodes are at the path.
                matches = matches if matches is not None else list(_searched(document, self.query, canceled))
                start, stop = document.inside(line) if line.opens else (0, 0)
                yield from matches[bisect_left(matches, start) : bisect_left(matches, stop)]
            elif self._fits(document, line):
                yield node

    def _fits(self, document: Document, line: DocumentLine) -> bool:
        """Return whether the value at the path satisfies the condition; a masked one satisfies none."""
        if self.query is None and not self.sign:
            return True
        value = scalar(document, line)
        if value is None:
            return False
        if self.query is not None:
            return self.query.values and self.query.matches(value)
        if self.sign in ("=", "!="):
            return _COMPARE[self.sign](value, self.value)
        number = amount(value)
        return number is not None and _COMPARE[self.sign](number, self.least)


def _query(text: str) -> DocumentQuery:
    query = DocumentQuery.parse(text)
    if not query.needle:
        raise SearchError(f"Say what to find: a text, or a path {_EXAMPLES}.")
    return query


def _searched(document: Document, query: DocumentQuery | None, canceled: Callable[[], bool]) -> Iterator[int]:
    if query is not None:
        for batch in search(document, query, None, canceled):
            yield from batch


def scalar(document: Document, line: DocumentLine) -> str | None:
    """Return the text of a value in a masked document; None for a container and for a masked value."""
    raw = document.text[line.value : line.stop]
    if line.container or raw == MASKED:
        return None
    return "".join(decode_pieces(raw)) if line.kind is JsonType.STRING else raw.decode("ascii", "replace")


def at_path(document: Document, path: Path, node: int = ROOT) -> Iterator[int]:
    """Yield the nodes at a path, in which `*` stands for any key or position; several members can have the same key."""
    if not path:
        yield node
        return
    line = document.line(node)
    step, rest = path[0], path[1:]
    if not line.opens or (step != ANY and isinstance(step, str) is not (document.text[line.value] == 0x7B)):
        return
    if isinstance(step, int):
        child = document.child_at(node, step)
        inner: Iterator[int] = iter(() if child is None else (child,))
    else:
        inner = _children(document, line) if step == ANY else _members(document, line, step)
    for each in inner:
        yield from at_path(document, rest, each)


def _members(document: Document, line: DocumentLine, key: str) -> Iterator[int]:
    start, stop = document.inside(line)
    mark = b"\n" + b" " * (line.depth + 1) + encode(key) + b": "
    place = document.text.find(mark, start - 1, stop)
    while place >= 0:
        yield place + 1
        place = document.text.find(mark, place + 1, stop)


def _children(document: Document, line: DocumentLine) -> Iterator[int]:
    node, stop = document.inside(line)
    while node < stop:
        yield node
        child = document.line(node)
        node = document.text.find(b"\n", document.inside(child)[1]) + 1 if child.opens else child.following
