"""Keys that are secrets: `api_keys: {sk-…: team-a}`. They are replaced before a document exists.

So no view, path, copy, search, difference, or file can show one. A replaced key has a short digest, which keeps the
keys of an object apart and is the same in the next document: folds and paths work, and a changed key is a difference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b

from astro_tui.document.strings import decode, encode
from astro_tui.text.redaction import MASK, is_drawn, is_secret_name, value_form

_LONG = re.compile(rb'\n +("[^"\\\n]{15,4096}"): |\n +("(?:[^"\\\n]|\\.){15,4096}"): ')
"""A key that is long enough for a token, a URL with a password, or a random text."""
_MAP = re.compile(rb'": \{\n(?<=[sS]": \{\n)')
"""Where a container starts whose key is a plural, such as `tokens`."""
_LONGEST_NAME = 200
_PIECE = 1 << 18
_NESTED = 8
"""Containers with such keys inside of each other that are read."""


def without_secret_keys(text: bytes) -> tuple[bytes, dict[bytes, bytes]]:
    """Return a laid-out text without the keys that are secrets, and the original of each replaced key, both quoted."""
    places = sorted({*_formed(text), *_listed(text)})
    if not places:
        return text, {}
    originals: dict[bytes, bytes] = {}
    pieces: list[bytes | memoryview] = []
    done, view = 0, memoryview(text)
    for start, stop in places:
        pieces += (view[done:start], _replacement(text[start:stop], originals))
        done = stop
    return b"".join([*pieces, view[done:]]), originals


def with_secret_keys(text: bytes, originals: dict[bytes, bytes]) -> bytes:
    """Return a text with the replaced keys as they were."""
    for replaced, key in originals.items():
        text = text.replace(replaced + b": ", key + b": ")
    return text


def _replacement(key: bytes, originals: dict[bytes, bytes]) -> bytes:
    size = 2
    while True:
        replaced = encode(f"{MASK} {blake2b(key, digest_size=size).hexdigest()}")
        if originals.setdefault(replaced, key) == key:
            return replaced
        size += 1


def _formed(text: bytes) -> Iterator[tuple[int, int]]:
    """Yield the places of the keys whose form is that of a secret."""
    for match in _matches(_LONG, text):
        place = match.lastindex or 1
        if _is_secret(match[place]):
            yield match.span(place)


def _matches(pattern: re.Pattern[bytes], text: bytes) -> Iterator[re.Match[bytes]]:
    """Yield the matches in a text, read in pieces: no other thread runs while a pattern is matched."""
    start = 0
    while start < len(text):
        stop = text.find(b"\n", start + _PIECE) + 1 or len(text)
        yield from pattern.finditer(text, start, stop)
        start = max(stop - 1, start + 1) if stop < len(text) else stop


@lru_cache(1 << 14)
def _is_secret(key: bytes) -> bool:
    return value_form(decode(key)) is not None


def _listed(text: bytes) -> Iterator[tuple[int, int]]:
    """Yield the places of the keys that are secrets because of the key of their object: `tokens: {x7f3k2: admin}`."""
    ends: list[int] = []
    for match in _matches(_MAP, text):
        line = text.rfind(b"\n", max(0, match.start() - _LONGEST_NAME), match.start()) + 1
        name = text[line : match.start()].lstrip(b" ")
        if not is_secret_name(name[1:].decode("utf-8", "replace")):
            continue
        depth = match.start() - line - len(name)
        start, end = match.end() - 1, text.find(b"\n" + b" " * depth + b"}", match.end() - 1)
        ends = [*(each for each in ends if each > start), end]
        if len(ends) <= _NESTED:
            for key in re.compile(rb'\n {%d}("(?:[^"\\\n]|\\.)++"): ' % (depth + 1)).finditer(text, start, end):
                if is_drawn(decode(key[1])):
                    yield key.span(1)
