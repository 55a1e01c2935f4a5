"""Which nodes of a document hold secrets: what `astro_tui.redaction` says, asked per node."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from astro_tui.document.index import ROOT, Document
from astro_tui.document.lines import Kind, Line
from astro_tui.document.text import decode, decode_head, decode_pieces, encode
from astro_tui.redaction import (
    MASK,
    SUSPICIOUS,
    hides_below,
    hinted,
    is_secret_flag,
    is_secret_name,
    number_is_secret,
    reason_beside,
    secret_reason,
    suspicious,
    value_form,
)

_READ = 8192
_PIECE = 16384
_BESIDE = 8192
_CACHED = 4096
_FLAG = 128
_CHECKED = 1 << 15
"""Characters of a long value that are checked at once: a pattern lets no other thread run while it looks."""
_OVERLAP = 1 << 12
"""Characters that two such pieces share, so that a secret across their border is whole in one of them."""
_LONGEST_KEY = 1 << 14
_UNREAD = "secret"
"""What a key counts as that is too long to be read on every look: what stands under it is hidden."""
_NAMES = frozenset({b'"name"', b'"key"'})
_MARKS = frozenset({b'"secret"', b'"is_secret"', b'"issecret"'})


class _Surroundings(NamedTuple):
    """The keys above a node; `text` and `number` say why all texts and all numbers there are hidden.

    Nothing above a `quiet` place could be the reason to hide anything.
    """

    keys: tuple[str, ...]
    below: bool
    quiet: bool
    text: str | None = None
    number: str | None = None


class Masking:
    """Says of each node of a document whether its value is hidden, and why. Pure but for its caches."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._surroundings: dict[int, _Surroundings] = {ROOT: _Surroundings((), below=False, quiet=True)}
        self._beside: dict[int, tuple[str, bool]] = {}

    def reason(self, line: Line, *, whole: bool = True) -> str | None:
        """Say why the value on a line is hidden, or return None.

        Not `whole` reads only the start of a very long text: enough where no more than that is shown.
        """
        if line.kind is not Kind.STRING and line.kind is not Kind.NUMBER:
            return None
        around = self._around(line.start)
        key = _key_text(line.key) if line.key is not None else None
        behind = self._behind_flag(line) if key is None else None
        if line.kind is Kind.NUMBER:
            return around.number or behind or self._number(line, around, key)
        stop = min(line.stop, line.value + (_CHECKED if whole else _READ) + 8)
        long = whole and line.stop - line.value > _CHECKED
        value = decode_head(self.document.text[line.value : stop], _CHECKED if whole else _READ)
        told = around.text or (behind if not value.startswith("-") else None)
        if told is not None and value and value != MASK:
            return told
        name, declared = "", False
        if key is not None and reason_beside((*around.keys, key), name="", declared=True) is not None:
            name, declared = self._named(line.start)
        path = (*around.keys, key if key is not None else 0)
        reason = secret_reason(path, value, name=name, declared=declared, below=around.below)
        return reason if reason is not None or not long else self._long_reason(line)

    def _long_reason(self, line: Line) -> str | None:
        # Other threads fill the same cache, and may clear it at any moment.
        forms, unknown = self.document.forms, ""
        found = forms.get(line.start, unknown)
        if found == unknown:
            found = _reason_in_pieces(self.document.text, line)
            if len(forms) > _CACHED:
                forms.clear()
            forms[line.start] = found
        return found

    def _number(self, line: Line, around: _Surroundings, key: str | None) -> str | None:
        if number_is_secret(key if key is not None else next(reversed(around.keys), "")):
            return "its key says so"
        return None if key is None else self._beside_reason(line.start, (*around.keys, key), number=True)

    def _beside_reason(self, node: int, keys: tuple[str, ...], *, number: bool) -> str | None:
        # A value that no name could speak of needs no look at what is beside it.
        if reason_beside(keys, name="", declared=True) is None:
            return None
        name, declared = self._named(node)
        return reason_beside(keys, name=name, declared=declared, number=number)

    def _behind_flag(self, line: Line) -> str | None:
        """Say so when the list item before is a flag that a secret follows: `["--password", "x"]`."""
        text, end = self.document.text, line.start - 1
        start = text.rfind(b"\n", max(0, end - line.depth - _FLAG), max(0, end)) + 1
        before = text[start:end]
        if not start or not before.startswith(b" " * line.depth + b'"-') or not before.endswith(b'",'):
            return None
        return "the flag before it says so" if is_secret_flag(decode(before[line.depth : -1])) else None

    def told_inside(self, node: int) -> tuple[tuple[str, ...], bool, bool]:
        """Return the keys down to a node, and whether what it is hides all texts and all numbers in it."""
        around = self._inside(node)
        return around.keys, around.text is not None, around.number is not None

    def _around(self, node: int) -> _Surroundings:
        return self._inside(self.document.parent(node))

    def _inside(self, node: int) -> _Surroundings:
        unknown = []
        while (known := self._surroundings.get(node)) is None:
            unknown.append(node)
            node = self.document.parent(node)
        for inner in reversed(unknown):
            known = self._further(known, inner)
            if len(self._surroundings) > _CACHED:
                self._surroundings = {ROOT: self._surroundings[ROOT]}
            self._surroundings[inner] = known
        return known

    def _further(self, outer: _Surroundings, node: int) -> _Surroundings:
        """Return what is around the values in a container that stands directly in `outer`."""
        key = self.document.line(node).key
        if key is None:
            return outer
        text, number = outer.text, outer.number
        keys = (*outer.keys, _key_text(key))
        if text is None:
            text = self._beside_reason(node, keys, number=False)
            number = self._beside_reason(node, keys, number=True)
        unread = len(key) > _LONGEST_KEY
        quiet = outer.quiet and text is None and number is None and not unread and not suspicious(key)
        return _Surroundings(keys, hides_below(keys), quiet, text, number)

    def clean(self, line: Line) -> bool:
        """Tell whether nothing inside of a small container can be hidden, by one look at all of it.

        False says nothing: each value has to be asked for.
        """
        start, stop = self.document.inside(line)
        return (
            stop - start <= _READ and self._inside(line.start).quiet and not suspicious(self.document.text[start:stop])
        )

    def _named(self, node: int) -> tuple[str, bool]:
        above = self.document.parent(node)
        known = self._beside.get(above)
        if known is None:
            known = beside(self.document, above)
            if len(self._beside) > _CACHED:
                self._beside.clear()
            self._beside[above] = known
        return known

    def hidden(self, node: int) -> Iterator[Line]:
        """Yield the lines of a node and all below it whose values are hidden, in order; only suspects are read."""
        document, text = self.document, self.document.text
        own = document.line(node)
        stop = document.inside(own)[1] if own.opens else own.following
        if (
            not own.opens
            or self._inside(node).text
            or any(SUSPICIOUS.search(encode(key)) for key in self._around(node).keys)
        ):
            yield from self._hidden_lines(node, stop)
            return
        # What a name says can be of lines before it: all is found before the first is told.
        found: dict[int, Line] = {}
        position = node
        while position < stop:
            end = min(text.find(b"\n", min(position + _PIECE, stop - 1)) + 1 or stop, stop)
            # The last line may be a very long one: it is checked as a suspect, not looked through here.
            short = min(end, position + 2 * _PIECE)
            if short < end or hinted(text[position:end]):
                while (place := _suspect(text, position, short, end)) is not None:
                    suspect = text.rfind(b"\n", 0, place) + 1
                    first, last = self._scope(document.line(suspect))
                    position = min(max(last, text.find(b"\n", place) + 1 or stop), stop)
                    found.update((line.start, line) for line in self._hidden_lines(max(first, node), position))
            position = max(position, end)
        yield from (found[start] for start in sorted(found))

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
        if line.key is not None and line.key.lower() in _NAMES | _MARKS:
            start, stop = document.inside(document.line(document.parent(line.start)))
            return start, stop
        if line.key is None and document.text[line.value : line.value + 2] == b'"-' and line.following < document.last:
            return line.start, document.line(line.following).following
        return line.start, line.following


def _suspect(text: bytes, position: int, short: int, end: int) -> int | None:
    """Return a place on the next line that is suspicious or that goes on behind `short`; None where there is none."""
    if position >= end:
        return None
    match = SUSPICIOUS.search(text, position, short)
    if match is not None:
        return match.start()
    return short - 1 if short < end else None


def _key_text(key: bytes) -> str:
    return decode(key) if len(key) <= _LONGEST_KEY else _UNREAD


def _reason_in_pieces(text: bytes, line: Line) -> str | None:
    """Say why a long string must be hidden because of its form, or return None."""
    before = ""
    for piece in decode_pieces(text, line.value, line.stop):
        value = before + piece
        for start in range(0, len(value), _CHECKED - _OVERLAP):
            form = value_form(value[start : start + _CHECKED])
            if form:
                return f"it looks like {form}"
        before = value[-_OVERLAP:]
    return None


def beside(document: Document, node: int) -> tuple[str, bool]:
    """Return the `name` (or `key`) in an object, a telling one first, and whether a `secret: true` stands in it.

    Of an object with very much in it only the beginning and the end are read.
    """
    line = document.line(node)
    if not line.opens:
        return "", False
    start, stop = document.inside(line)
    near = document.text[start - 1 : min(stop, start + _BESIDE)]
    if stop > start + _BESIDE:
        near += b"\n" + document.text[max(start + _BESIDE, stop - _BESIDE) - 1 : stop]
    pad = rb"\n {%d}" % (line.depth + 1)
    found = [decode(name) for name in re.findall(pad + rb'"(?i:name|key)": ("(?:[^"\\\n]|\\.)*+")', near)]
    declared = re.search(pad + rb'"(?i:(?:is_?)?secret)": (?i:true|"true"),?\n', near) is not None
    return next(filter(is_secret_name, found), found[0] if found else ""), declared
