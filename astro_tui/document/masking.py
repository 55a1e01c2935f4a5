"""Which nodes of a document hold secrets: the rules of `astro_tui.text.redaction`, applied to each node."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

from astro_tui.document.index import ROOT, Document
from astro_tui.document.lines import DocumentLine, JsonType
from astro_tui.document.strings import decode, decode_head, decode_pieces, encode
from astro_tui.runtime import never
from astro_tui.text.redaction import (
    ARGUMENTS,
    argument_reason,
    hides_below,
    hinted,
    listed,
    may_be_named,
    name_of,
    number_is_secret,
    reason_beside,
    secret_reason,
    suspects,
    value_form,
)

_READ = 8192
_PIECE = 16384
_BESIDE = 8192
_CACHED = 4096
_CHECKED = 1 << 15
"""Characters of a long value that are checked at once: no other thread runs while a pattern is matched."""
_OVERLAP = 1 << 12
"""Characters that two such pieces share, so that a secret across their border is whole in one of them."""
_FEWEST_DIGITS = 4
"""Digits of an old or a new number that can be a secret."""
_LONGEST_KEY = 1 << 14
_PRIVATE = 16
"""The fewest characters of the secret part of a JSON web key."""
_UNFINISHED = "only part of it was read"
_UNREAD = "secret"
"""Stands for a key that is too long to decode every time: everything below such a key is hidden."""
_ITEM = 256
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"')
_KIND_SECRET = re.compile(rb'\n +"kind": "Secret"')
_TYPES = frozenset({"type", "format", "kind", "datatype"})
"""Keys that can say that the value beside them is a secret, and those of objects with public keys."""
_NAME_ENDS = (b'name"', b'key"', b'path"')
"""How the keys end whose text can name the value beside it."""


@cache
def _telling() -> frozenset[bytes]:
    """Return the quoted keys that can say something about the values beside them."""
    keys = listed("names", "naming") | listed("names", "marks") | _TYPES | {"kty"}
    return frozenset(f'"{key}"'.encode() for key in keys)


class _Surroundings(NamedTuple):
    """The keys above a node; `text` and `number` say why all texts and all numbers there are hidden.

    If `quiet`, nothing above the node could be a reason to hide anything in it.
    """

    keys: tuple[str, ...]
    below: bool
    quiet: bool
    text: str | None = None
    number: str | None = None


class Masking:
    """Decides for each node of a document whether its value is hidden, and why. Pure except for its caches."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._surroundings: dict[int, _Surroundings] = {ROOT: _Surroundings((), below=False, quiet=True)}
        self._beside: dict[int, tuple[list[tuple[str, str]], bool]] = {}

    def reason(self, line: DocumentLine, *, whole: bool = True, canceled: Callable[[], bool] = never) -> str | None:
        """Say why the value on a line is hidden, or return None.

        Without `whole`, only the start of a very long text is read, for callers that show no more. A very long text
        counts as hidden if reading it was `canceled`.
        """
        if line.kind is not JsonType.STRING and line.kind is not JsonType.NUMBER:
            return None
        around = self._around(line.start)
        key = _key_text(line.key) if line.key is not None else None
        if line.kind is JsonType.NUMBER:
            digits = self.document.text[line.value : line.stop].decode("ascii", "replace")
            behind = self._as_argument(line, digits) if key is None else None
            return around.number or behind or self._number(line, around, key, digits)
        stop = min(line.stop, line.value + (_CHECKED if whole else _READ) + 8)
        long = whole and line.stop - line.value > _CHECKED
        value = decode_head(self.document.text[line.value : stop], _CHECKED if whole else _READ)
        if key is None and (behind := self._as_argument(line, value)) is not None:
            return behind
        name, declared = "", False
        if key is not None and may_be_named((*around.keys, key)):
            name, declared = self._named(line.start, key)
        path = (*around.keys, key if key is not None else 0)
        reason = secret_reason(path, value, name=name, declared=declared, below=around.below, above=around.text)
        if reason is not None and key in listed("names", "public") and self._is_web_key(line):
            return None
        if reason is None and key in listed("names", "private") and len(value) >= _PRIVATE and self._is_web_key(line):
            return "it is part of a private key"
        return reason if reason is not None or not long else self._long_reason(line, canceled)

    def _is_web_key(self, line: DocumentLine) -> bool:
        """Return whether a member belongs to a JSON web key, whose public part looks random, too."""
        start, stop = self.document.inside(self.document.line(self.document.parent(line.start)))
        return self.document.text.find(b'"kty": "', start, min(stop, start + _BESIDE)) >= 0

    def _long_reason(self, line: DocumentLine, canceled: Callable[[], bool]) -> str | None:
        # Other threads fill the same cache, and may clear it at any moment.
        forms, unknown = self.document.forms, ""
        reason = forms.get(line.start, unknown)
        if reason == unknown:
            reason = _reason_in_pieces(self.document.text, line, canceled)
            if reason == _UNFINISHED:
                return reason
            if len(forms) > _CACHED:
                forms.clear()
            forms[line.start] = reason
        return reason

    def _number(self, line: DocumentLine, around: _Surroundings, key: str | None, digits: str) -> str | None:
        if number_is_secret(key if key is not None else next(reversed(around.keys), ""), digits):
            return "its key suggests a secret"
        if key is None or (key.lower() != "value" and len(digits.strip("-")) < _FEWEST_DIGITS):
            return None
        return self._beside_reason(line.start, (*around.keys, key), number=True)

    def _beside_reason(self, node: int, keys: tuple[str, ...], *, number: bool) -> str | None:
        # If no member beside this value could make it a secret, none of them is read.
        if not may_be_named(keys):
            return None
        name, declared = self._named(node, keys[-1])
        return reason_beside(keys, name=name, declared=declared, number=number)

    def _as_argument(self, line: DocumentLine, value: str) -> str | None:
        """Return why the items before a list item make it a secret, or None: `["--password", "x"]`."""
        before = self._items_before(line)
        return argument_reason(value, before) if before else None

    def _items_before(self, line: DocumentLine) -> list[str]:
        """Return the short list items right before a line, starting with the program if it is near."""
        items: list[str] = []
        end = line.start - 1
        while len(items) < ARGUMENTS and (item := self._item_ending(end, line.depth)) is not None:
            items.append(item)
            end = self.document.text.rfind(b"\n", 0, end)
        return items[::-1]

    def _item_ending(self, end: int, depth: int) -> str | None:
        """Return the text of the short list item whose line ends at `end`, else None."""
        text = self.document.text
        start = text.rfind(b"\n", max(0, end - depth - _ITEM), max(0, end)) + 1
        item = text[start:end]
        if not start or not item.startswith(b" " * depth + b'"') or not item.endswith((b'",', b'"')):
            return None
        raw = item[depth:].removesuffix(b",")
        return decode(raw) if _STRING.fullmatch(raw) else None

    def hidden_inside(self, node: int) -> tuple[tuple[str, ...], bool, bool]:
        """Return the keys down to a node, and whether all texts and all numbers in the node are hidden."""
        around = self._inside(node)
        return around.keys, around.text is not None, around.number is not None

    def _around(self, node: int) -> _Surroundings:
        return self._inside(self.document.parent(node))

    def _inside(self, node: int) -> _Surroundings:
        unknown = []
        while (surroundings := self._surroundings.get(node)) is None:
            unknown.append(node)
            node = self.document.parent(node)
        for inner in reversed(unknown):
            surroundings = self._further(surroundings, inner)
            if len(self._surroundings) > _CACHED:
                self._surroundings = {ROOT: self._surroundings[ROOT]}
            self._surroundings[inner] = surroundings
        return surroundings

    def _further(self, outer: _Surroundings, node: int) -> _Surroundings:
        """Return the surroundings of the values in a container directly inside `outer`."""
        key = self.document.line(node).key
        if key is None:
            return outer
        text, number = outer.text, outer.number
        keys = (*outer.keys, _key_text(key))
        if text is None:
            text = self._beside_reason(node, keys, number=False)
            number = self._beside_reason(node, keys, number=True)
        if text is None and keys[-1] == "data" and self._is_secret_data(node):
            text = number = "it is the data of a Secret"
        unread = len(key) > _LONGEST_KEY
        quiet = outer.quiet and text is None and number is None and not unread and not hinted(key)
        return _Surroundings(keys, hides_below(keys), quiet, text, number)

    def _is_secret_data(self, node: int) -> bool:
        """Return whether a container is the `data` of an object of the kind Secret."""
        parent = self.document.line(self.document.parent(node))
        if self.document.incomplete(parent):
            return True
        start, stop = self.document.inside(parent)
        return _KIND_SECRET.search(self.document.text, start - 1, min(stop, start + _BESIDE)) is not None

    def clean(self, line: DocumentLine) -> bool:
        """Return True if nothing inside of a small container can be hidden, judged by one scan of it.

        False is inconclusive: each value has to be checked.
        """
        if self.document.incomplete(line):
            return False
        start, stop = self.document.inside(line)
        return stop - start <= _READ and self._inside(line.start).quiet and not hinted(self.document.text[start:stop])

    def _named(self, node: int, key: str) -> tuple[str, bool]:
        above = self.document.parent(node)
        cached = self._beside.get(above)
        if cached is None:
            cached = _beside(self.document, above)
            if len(self._beside) > _CACHED:
                self._beside.clear()
            self._beside[above] = cached
        names, declared = cached
        return name_of(key, names), declared

    def hidden(self, node: int) -> Iterator[DocumentLine]:
        """Yield the lines of a node and all below it whose values are hidden, in order; only suspects are read."""
        document, text = self.document, self.document.text
        own = document.line(node)
        stop = document.inside(own)[1] if own.opens else own.following
        if not own.opens or self._inside(node).text or any(hinted(encode(key)) for key in self._inside(node).keys):
            yield from self._hidden_lines(node, stop)
            return
        # A name can make lines before it secret, so all lines are found before the first is yielded.
        hidden: dict[int, DocumentLine] = {}
        position = listed = node
        while position < stop:
            start, end = position, min(text.find(b"\n", min(position + _PIECE, stop - 1)) + 1 or stop, stop)
            # The last line may be a very long one: it is checked as a suspect, not searched here.
            short = min(end, position + 2 * _PIECE)
            for place in _suspects(text[start:short], cut=short < end):
                if start + place < position:
                    continue
                suspect = document.line(text.rfind(b"\n", 0, start + place + 1) + 1)
                first, last = self._scope(suspect)
                if suspect.key is None and not suspect.opens:
                    # The items after a list item are read only once.
                    first, listed = max(first, listed), max(last, listed)
                hidden.update((line.start, line) for line in self._hidden_lines(max(first, node), min(last, stop)))
                # The item after a list item can itself be a suspect.
                passed = suspect.following if suspect.key is None and not suspect.opens else last
                position = min(max(passed, text.find(b"\n", start + place) + 1 or stop), stop)
            position = max(position, end)
        yield from (hidden[start] for start in sorted(hidden))

    def _hidden_lines(self, start: int, stop: int) -> Iterator[DocumentLine]:
        while start < stop:
            line = self.document.line(start)
            start = line.following
            if self.document.text[line.value] not in b"}]" and self.reason(line) is not None:
                yield line

    def _scope(self, line: DocumentLine) -> tuple[int, int]:
        """Return the range of lines that a suspect can make secret: itself, what is below it, or its siblings."""
        document = self.document
        if line.opens:
            return line.start, document.inside(line)[1]
        if line.key is not None and ((key := line.key.lower()) in _telling() or key.endswith(_NAME_ENDS)):
            start, stop = document.inside(document.line(document.parent(line.start)))
            return start, stop
        stop = line.following
        if line.key is None:
            # An item can make those after it secret: `"htpasswd", "-b", "users", "maria", "x"`.
            for _item in range(ARGUMENTS):
                if stop >= document.last or (after := document.line(stop)).key is not None or after.opens:
                    break
                stop = after.following
        return line.start, stop


def _suspects(piece: bytes, *, cut: bool) -> Iterator[int]:
    """Yield the suspicious offsets in a piece and, if its last line is `cut`, the end of the piece."""
    yield from suspects(piece)
    if cut:
        yield len(piece) - 1


def _key_text(key: bytes) -> str:
    return decode(key) if len(key) <= _LONGEST_KEY else _UNREAD


def _reason_in_pieces(text: bytes, line: DocumentLine, canceled: Callable[[], bool]) -> str | None:
    """Say why a long string must be hidden because of its form, or return None; `_UNFINISHED` if it was `canceled`."""
    before = ""
    for piece in decode_pieces(text, line.value, line.stop):
        value = before + piece
        for start in range(0, len(value), _CHECKED - _OVERLAP):
            if canceled():
                return _UNFINISHED
            form = value_form(value[start : start + _CHECKED])
            if form:
                return f"it looks like {form}"
        before = value[-_OVERLAP:]
    return None


def beside(document: Document, node: int, key: str) -> tuple[str, bool]:
    """Return the text in an object that names the value of a key, and whether the object has `secret: true`."""
    names, declared = _beside(document, node)
    return name_of(key, names), declared


def _beside(document: Document, node: int) -> tuple[list[tuple[str, str]], bool]:
    """Return the members of an object that can name a value, such as `name`, and whether it has `secret: true`.

    Of a very large object, only the beginning and the end are read.
    """
    line = document.line(node)
    if not line.opens:
        return [], False
    if document.incomplete(line):
        # A key that has not been read yet could mark a value as secret.
        return [], True
    start, stop = document.inside(line)
    near = document.text[start - 1 : min(stop, start + _BESIDE)]
    if stop > start + _BESIDE:
        near += b"\n" + document.text[max(start + _BESIDE, stop - _BESIDE) - 1 : stop]
    depth = line.depth + 1
    names = [(match[2].decode(), decode(match[3])) for match in _naming().finditer(near) if len(match[1]) == depth]
    return names, any(len(match[1]) == depth for match in _declaring().finditer(near))


@cache
def _naming() -> re.Pattern[bytes]:
    """Match the text of a member that can name the value beside it, after a line break and the depth of the member."""
    keys = "|".join(map(re.escape, sorted(listed("names", "naming"))))
    return re.compile(rf'\n( *)"((?i:{keys}|[\w.@-]{{0,40}}?(?:name|key|path)))": ("(?:[^"\\\n]|\\.)*+")'.encode())


@cache
def _declaring() -> re.Pattern[bytes]:
    marks = "|".join(map(re.escape, sorted(listed("names", "marks"))))
    return re.compile(
        rf'\n( *)"(?i:(?:{marks})": (?:true|"true")|(?:type|kind|format|datatype)": "(?:secret|password'.encode()
        + rb'|securestring|secure_string|sensitive)"),?\n'
    )
