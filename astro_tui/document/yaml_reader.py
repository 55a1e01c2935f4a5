"""Converts YAML to JSON text directly from the parser's events. Repeated keys and numbers stay as written.

Values that JSON does not have stay text as written: `0x1F`, `1_000`, `.inf`, dates, `yes`. A custom tag becomes a key
(`!Ref x` → `{"!Ref": "x"}`), and a merge key stays the key `<<`.
"""

from __future__ import annotations

import re
from array import array
from itertools import repeat
from typing import Any

import yaml

from astro_tui.document.strings import encode
from astro_tui.document.text import MAX_DEPTH, NOT_YAML, too_deep_error
from astro_tui.errors import DocumentError
from astro_tui.text.foreign import visible

UNFOLDED_LIMIT = 64 << 20
"""The most bytes of JSON for expanded aliases and keys. A few lines can expand to billions of bytes."""
KEY_LIMIT = 64 << 10
"""The most bytes of a list or mapping as a key. Each level of such keys doubles the quotes of the level below."""

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), b"null"),
    **dict.fromkeys(("true", "True", "TRUE"), b"true"),
    **dict.fromkeys(("false", "False", "FALSE"), b"false"),
}
_STANDARD = "tag:yaml.org,2002:"
_TEXT_TAGS = frozenset({"!", _STANDARD + "str", _STANDARD + "binary", _STANDARD + "timestamp"})
_VALUE_TAGS = frozenset(_STANDARD + word for word in ("int", "float", "bool", "null"))


class _Open:
    """An open list or mapping."""

    __slots__ = (
        "anchor",
        "empty",
        "first",
        "key_first",
        "key_line",
        "key_next",
        "key_nodes",
        "mapping",
        "nodes",
        "own",
    )

    def __init__(self, *, mapping: bool, first: int, nodes: int, anchor: str | None, own: bool) -> None:
        self.mapping = mapping
        self.first = first
        self.nodes = nodes
        self.anchor = anchor
        self.own = own
        self.empty = True
        self.key_next = mapping
        self.key_first = 0
        self.key_line = 0
        self.key_nodes = 0


class YamlText:
    """One YAML file as JSON text.

    `documents` counts its documents; if there are several, the text is a list of them. `lines` has the line of each
    node in the file, in order, from 1. `plain_text` means that the file is one unquoted text, so it is probably not
    YAML. Raises DocumentError with the position.
    """

    def __init__(self, raw: bytes, *, limit: int = UNFOLDED_LIMIT) -> None:
        self._pieces: list[bytes] = []
        # Anchor → its range in the pieces and its number of nodes; None while it is being read.
        self._anchors: dict[str, tuple[int, int, int] | None] = {}
        self._open: list[_Open] = []
        self._limit = limit
        self._unfolded = 0
        self.documents = 0
        self.lines = array("I")
        self.plain_text = False
        self._read(raw)
        text = b"".join(self._pieces)
        self.text = text
        if self.documents > 1:
            self.text = b"[" + text + b"]"
            self.lines.insert(0, self.lines[0])

    def _read(self, raw: bytes) -> None:
        loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            for event in yaml.parse(raw, Loader=loader):
                if isinstance(event, yaml.NodeEvent):
                    self._node(event)
                elif isinstance(event, yaml.CollectionEndEvent):
                    self._end(event)
                elif isinstance(event, yaml.DocumentStartEvent):
                    self._document()
        except yaml.MarkedYAMLError as error:
            raise _wrong(error.problem or "it cannot be read", error.problem_mark) from None
        except yaml.reader.ReaderError as error:
            line = raw[: error.position].count(b"\n") + 1
            raise DocumentError(visible(str(error.reason), 120), kind=NOT_YAML, line=line) from None
        if not self.documents:
            raise DocumentError("The file contains no data")

    def _document(self) -> None:
        self._anchors.clear()
        if self.documents:
            self._pieces.append(b",")
        self.documents += 1

    def _node(self, event: yaml.NodeEvent) -> None:
        """Write a scalar or an alias, or start a list or mapping."""
        above = self._open[-1] if self._open else None
        line = self._begin(above, event)
        if isinstance(event, yaml.AliasEvent):
            self._alias(event, line)
            self._done(above, event)
            return
        tag: str = getattr(event, "tag", None) or ""
        own = tag not in ("", "!") and not tag.startswith(_STANDARD)
        first, nodes = len(self._pieces), len(self.lines)
        self.lines.append(line)
        if own:
            self._pieces.append(b"{" + encode(tag) + b":")
            self.lines.append(line)
        if not isinstance(event, yaml.ScalarEvent):
            if len(self._open) > MAX_DEPTH:
                raise too_deep_error(MAX_DEPTH, *_position(event.start_mark))
            if event.anchor is not None:
                self._anchors[event.anchor] = None
            mapping = isinstance(event, yaml.MappingStartEvent)
            self._open.append(_Open(mapping=mapping, first=first, nodes=nodes, anchor=event.anchor, own=own))
            return
        key = above is not None and above.key_next and not own
        value = encode(event.value) if key else _scalar(event)
        self._pieces.append(value)
        if own:
            self._pieces.append(b"}")
        if event.anchor is not None:
            self._anchors[event.anchor] = (first, len(self._pieces), len(self.lines) - nodes)
        self.plain_text = above is None and self.documents == 1 and not event.style and value.startswith(b'"')
        self._done(above, event)

    def _begin(self, above: _Open | None, event: yaml.NodeEvent) -> int:
        """Write what comes before a node in its list or mapping. Returns its line; for a member, that of its key."""
        line: int = event.start_mark.line + 1 if event.start_mark is not None else 0
        if above is None:
            return line
        if above.key_next or not above.mapping:
            self._pieces.append((b"{" if above.mapping else b"[") if above.empty else b",")
            above.empty = False
            above.key_first, above.key_line, above.key_nodes = len(self._pieces), line, len(self.lines)
        return above.key_line

    def _done(self, above: _Open | None, event: yaml.Event) -> None:
        """Finish a node. As a key, it becomes a text."""
        if above is None or not above.mapping:
            return
        if not above.key_next:
            above.key_next = True
            return
        # A key is not a node.
        del self.lines[above.key_nodes :]
        first = above.key_first
        pieces = self._pieces[first:]
        key = b"".join(pieces)
        if not key.startswith(b'"'):
            key = self._written_key(key, event)
        self._pieces[first:] = [key, b":"]
        if len(pieces) > 1:
            self._anchors = {name: span for name, span in self._anchors.items() if span is None or span[0] < first}
        above.key_next = False

    def _written_key(self, key: bytes, event: yaml.Event) -> bytes:
        """Return a list, mapping, number, or word as the text of a key."""
        if len(key) <= KEY_LIMIT:
            key = encode(key.decode("utf-8", "replace"))
        if len(key) > KEY_LIMIT:
            raise _wrong(f"a key is longer than {KEY_LIMIT >> 10} KiB when written as text", event.start_mark)
        self._count(len(key), event)
        return key

    def _count(self, size: int, event: yaml.Event) -> None:
        self._unfolded += size
        if self._unfolded > self._limit:
            problem = f"its aliases and keys expand to more than {self._limit >> 20} MiB"
            raise _wrong(problem, event.start_mark)

    def _end(self, event: yaml.CollectionEndEvent) -> None:
        """Close the innermost list or mapping."""
        ended = self._open.pop()
        opener, closer = (b"{", b"}") if ended.mapping else (b"[", b"]")
        self._pieces.append(opener + closer if ended.empty else closer)
        if ended.own:
            self._pieces.append(b"}")
        if ended.anchor is not None:
            self._anchors[ended.anchor] = (ended.first, len(self._pieces), len(self.lines) - ended.nodes)
        self._done(self._open[-1] if self._open else None, event)

    def _alias(self, event: yaml.AliasEvent, line: int) -> None:
        anchor = str(event.anchor)
        span = self._anchors.get(anchor)
        if span is None:
            name = visible(anchor, 60)
            inside = anchor in self._anchors
            raise _wrong(f"*{name} contains itself" if inside else f"anchor &{name} is not defined", event.start_mark)
        start, stop, nodes = span
        copy = b"".join(self._pieces[start:stop])
        self._count(len(copy), event)
        self._pieces.append(copy)
        self.lines.extend(repeat(line, nodes))


def _scalar(event: yaml.ScalarEvent) -> bytes:
    value: str = event.value
    plain = not event.style and event.tag not in _TEXT_TAGS
    if plain or event.tag in _VALUE_TAGS:
        word = _WORDS.get(value)
        if word is not None and (plain or value):
            return word
        if _NUMBER.fullmatch(value):
            return value.encode("ascii")
    return encode(value)


def _position(mark: Any) -> tuple[int, int]:
    return (mark.line + 1, mark.column + 1) if mark is not None else (0, 0)


def _wrong(problem: str, mark: Any) -> DocumentError:
    line, column = _position(mark)
    return DocumentError(visible(problem, 200), kind=NOT_YAML, line=line, column=column)
