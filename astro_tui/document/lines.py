"""One line of a laid-out text: its depth, key, and value, found without parsing what is below it."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple

from astro_tui.document.strings import whole_characters

LONGEST_KEY = 1 << 16
"""Bytes of a key that a line holds at most."""
_HEAD = re.compile(rb'( *+)((?>"[^"\\]*+(?:\\.[^"\\]*+)*+": )?)')


class JsonType(StrEnum):
    """The JSON types, in words for people."""

    OBJECT = "object"
    ARRAY = "array"
    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"
    NULL = "null"


_KINDS = {
    ord("{"): JsonType.OBJECT,
    ord("["): JsonType.ARRAY,
    ord('"'): JsonType.STRING,
    ord("t"): JsonType.BOOLEAN,
    ord("f"): JsonType.BOOLEAN,
    ord("n"): JsonType.NULL,
}


class DocumentLine(NamedTuple):
    """The parts of the line that starts at `start`, as byte offsets into the text.

    `key` is the quoted key or None; of a key longer than `LONGEST_KEY`, only the start. `text[key_start:key_stop]` is
    the whole key, `text[value:stop]` the value, and the next line starts at `following`.
    """

    start: int
    depth: int
    key: bytes | None
    value: int
    stop: int
    following: int
    kind: JsonType

    @property
    def key_start(self) -> int:
        """Where the quoted key starts, if there is one."""
        return self.start + self.depth

    @property
    def key_stop(self) -> int:
        """Where the quoted key stops, if there is one."""
        return self.value - 2

    @property
    def container(self) -> bool:
        """Whether the value is an object or an array."""
        return self.kind is JsonType.OBJECT or self.kind is JsonType.ARRAY

    @property
    def opens(self) -> bool:
        """Whether the value is a container that is not empty."""
        return self.container and self.stop - self.value == 1


def read_line(text: bytes, start: int) -> DocumentLine:
    """Return the line of the node at byte `start` of a laid-out text."""
    head = _HEAD.match(text, start)
    if head is None:  # pragma: no cover - the pattern matches the empty text
        raise ValueError(start)
    value = head.end()
    end = text.find(b"\n", value)
    if end < 0:
        end = len(text)
    stop = end - 1 if text[end - 1] == 0x2C and end - 1 > value else end
    begin, key_stop = head.start(2), value - 2
    key: bytes | None = None
    if key_stop - begin > LONGEST_KEY:
        key = text[begin : whole_characters(text, begin + 1, begin + LONGEST_KEY, key_stop)] + b'"'
    elif value > begin:
        key = text[begin:key_stop]
    return DocumentLine(start, begin - start, key, value, stop, end + 1, _KINDS.get(text[value], JsonType.NUMBER))
