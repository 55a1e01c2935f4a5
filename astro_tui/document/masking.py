"""Which nodes of a document hold secrets: what `astro_tui.redaction` says, asked per node."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from astro_tui.document.index import ROOT, Document
from astro_tui.document.lines import Kind, Line
from astro_tui.document.text import decode, decode_head, encode
from astro_tui.redaction import SUSPICIOUS, hides_below, number_is_secret, secret_reason

_READ = 8192
_BESIDE = 8192
_CACHED = 4096


class _Surroundings(NamedTuple):
    keys: tuple[str, ...]
    below: bool


class Masking:
    """Says of each node of a document whether its value is hidden, and why. Pure but for its caches."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._surroundings: dict[int, _Surroundings] = {ROOT: _Surroundings((), below=False)}
        self._beside: dict[int, tuple[str, bool]] = {}

    def reason(self, line: Line, *, whole: bool = True) -> str | None:
        """Say why the value on a line is hidden, or return None.

        Not `whole` reads only the start of a very long text: enough where no more than that is shown.
        """
        if line.kind is not Kind.STRING and line.kind is not Kind.NUMBER:
            return None
        around = self._around(line.start)
        key = decode(line.key) if line.key is not None else None
        if line.kind is Kind.NUMBER:
            named = key if key is not None else next(reversed(around.keys), "")
            return "its key says so" if number_is_secret(named) else None
        stop = line.stop if whole else min(line.stop, line.value + _READ + 8)
        value = decode_head(self.document.text[line.value : stop], line.stop if whole else _READ)
        name, declared = "", False
        if key in ("value", "default"):
            name, declared = self._named(line)
        path = (*around.keys, key if key is not None else 0)
        return secret_reason(path, value, name=name, declared=declared, below=around.below)

    def _around(self, node: int) -> _Surroundings:
        above = self.document.parent(node)
        known = self._surroundings.get(above)
        if known is None:
            outer = self._around(above)
            key = self.document.line(above).key
            keys = outer.keys if key is None else (*outer.keys, decode(key))
            known = _Surroundings(keys, hides_below(keys))
            if len(self._surroundings) > _CACHED:
                self._surroundings = {ROOT: self._surroundings[ROOT]}
            self._surroundings[above] = known
        return known

    def _named(self, line: Line) -> tuple[str, bool]:
        """Return the text of a `name` beside a value, and whether a `secret: true` stands beside it."""
        above = self.document.parent(line.start)
        known = self._beside.get(above)
        if known is None:
            start, stop = self.document.inside(self.document.line(above))
            pad = b" " * line.depth
            near = self.document.text[start - 1 : min(stop, start + _BESIDE)]
            found = re.search(rb"\n" + pad + rb'"name": ("(?:[^"\\]|\\.)*")', near)
            declared = re.search(rb"\n" + pad + rb'"(?:is_)?secret": true,?\n', near) is not None
            known = (decode(found.group(1)) if found else "", declared)
            if len(self._beside) > _CACHED:
                self._beside.clear()
            self._beside[above] = known
        return known

    def hidden(self, node: int) -> Iterator[Line]:
        """Yield the lines of a node and all below it whose values are hidden, in order; only suspects are read."""
        document, text = self.document, self.document.text
        own = document.line(node)
        stop = document.inside(own)[1] if own.opens else own.following
        if not own.opens or any(SUSPICIOUS.search(encode(key)) for key in self._around(node).keys):
            yield from self._hidden_lines(node, stop)
            return
        position = done = node
        while (match := SUSPICIOUS.search(text, position, stop)) is not None:
            suspect = text.rfind(b"\n", 0, match.start()) + 1
            position = text.find(b"\n", match.start()) + 1 or stop
            first, last = self._scope(document.line(suspect))
            if last > done:
                done, first = min(last, stop), max(first, done)
                yield from self._hidden_lines(first, done)
            position = max(position, done)

    def _hidden_lines(self, start: int, stop: int) -> Iterator[Line]:
        while start < stop:
            line = self.document.line(start)
            start = line.following
            if self.document.text[line.value] not in b"}]" and self.reason(line) is not None:
                yield line

    def _scope(self, line: Line) -> tuple[int, int]:
        """Return the lines that a suspect can speak of: itself, what is below it, or what is beside it."""
        document = self.document
        if line.opens:
            return line.start, document.inside(line)[1]
        if line.key in (b'"name"', b'"secret"', b'"is_secret"'):
            start, stop = document.inside(document.line(document.parent(line.start)))
            return start, stop
        return line.start, line.following
