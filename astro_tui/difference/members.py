"""Finds the members of one container without parsing deeper levels, and the names of list items."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from functools import lru_cache
from hashlib import blake2b
from operator import itemgetter

from astro_tui.difference.sequence import ENOUGH
from astro_tui.document.paths import NAMES
from astro_tui.text.common_prefix import differ_at

_NUMBER = re.compile(rb"(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?")
_LINE = re.compile(rb'\n *+((?>"[^"\\]*+(?:\\.[^"\\]*+)*+": )?)([^\n]*)')
_LONG_POWER = 4000
_KEPT_TEXT = 64
_OFTEN = 20_000
_SLICE = 1 << 18
_by_key = itemgetter(0)

MemberPlace = tuple[int, int, int, bytes]
"""A member or item of a container: start of its line, start and end of its value, and its quoted key."""


def exact(number: bytes) -> bytes:
    """Return the normal form of a number: the same for `1`, `1.0`, and `10e-1`, and for `-0` and `0`."""
    if number[-1] != 0x30 and number.isdigit() and number[0] != 0x30:
        return number + b"e0"
    match = _NUMBER.fullmatch(number)
    if match is None:
        return number
    sign, whole, fraction, power = match.groups()
    fraction = fraction or b""
    digits = (whole + fraction).lstrip(b"0")
    kept = digits.rstrip(b"0")
    if not kept:
        return b"0"
    exponent = len(digits) - len(kept) - len(fraction)
    if power is None:
        return b"%s%se%d" % (sign, kept, exponent)
    if len(power) < _LONG_POWER:
        return b"%s%se%d" % (sign, kept, exponent + int(power))
    # `int` limits the number of digits; decimals do not.
    context = Context(prec=len(power) + 20, Emax=MAX_EMAX, Emin=MIN_EMIN)
    return b"%s%se%s" % (sign, kept, str(context.add(Decimal(power.decode()), Decimal(exponent))).encode())


def scalar_token(value: bytes) -> bytes:
    """Return a token that is equal for scalars with the same value, and different for all others."""
    return exact(value) if value[0] in b"-0123456789" else value


def token(text: bytes, item: MemberPlace, check: Callable[[], None]) -> bytes:
    """Return a token that is equal for values with the same content, regardless of the order of keys.

    A long value becomes a 16-byte digest.
    """
    value, stop = item[1], item[2]
    if text[value] not in b"{[":
        whole = scalar_token(text[value:stop])
        return whole if len(whole) <= _KEPT_TEXT else whole[:1] + b"#" + _digest(whole)
    if stop - value == 2:
        return text[value:stop]
    return _container(text, value, stop, check)


def _container(text: bytes, value: int, stop: int, check: Callable[[], None]) -> bytes:
    members: list[tuple[bytes, bytes]] = []
    outer: list[tuple[bool, bytes, list[tuple[bytes, bytes]]]] = []
    keyed, own_key, waiting = text[value] == 0x7B, b"", _OFTEN
    for match in _LINE.finditer(text, value + 1, stop):
        key, raw = match.groups()
        first = raw[0]
        if first in b"}]":
            whole = _digest_of(members, keyed=keyed)
            if not outer:
                return whole
            closed = own_key
            keyed, own_key, members = outer.pop()
            members.append((closed, whole))
        elif len(raw) == 1 and first in b"{[":
            outer.append((keyed, own_key, members))
            keyed, own_key, members = first == 0x7B, key, []
        else:
            plain = raw[:-1] if raw[-1] == 0x2C else raw
            members.append((key, exact(plain) if first in b"-0123456789" else plain))
        waiting -= 1
        if not waiting:
            check()
            waiting = _OFTEN
    return _digest_of(members, keyed=keyed)


def _digest_of(members: list[tuple[bytes, bytes]], *, keyed: bool) -> bytes:
    if keyed:
        members.sort(key=_by_key)
        return b"{#" + _digest(b"\n".join([key + value for key, value in members]))
    return b"[#" + _digest(b"\n".join([value for _key, value in members]))


def _digest(whole: bytes) -> bytes:
    return blake2b(whole, digest_size=16).hexdigest().encode()


def same_bytes(old: bytes, item_old: MemberPlace, new: bytes, item_new: MemberPlace) -> bool:
    """Return whether two values are written in the same way, without copying a whole long value."""
    start, start_new = item_old[1], item_new[1]
    size = item_old[2] - start
    if size != item_new[2] - start_new:
        return False
    if size <= _SLICE:
        return old[start : start + size] == new[start_new : start_new + size]
    parts = ((done, min(size, done + _SLICE)) for done in range(0, size, _SLICE))
    return all(old[start + at : start + end] == new[start_new + at : start_new + end] for at, end in parts)


def same_scalar(old: bytes, new: bytes) -> bool:
    """Return whether two scalars have the same value."""
    if old == new:
        return True
    return old[0] in b"-0123456789" and new[0] in b"-0123456789" and exact(old) == exact(new)


_BARE = frozenset({b"{", b"[", b"}", b"]"})
_READ = 4096
_ALMOST = 60

ItemNames = tuple[bytes | None, bytes | None, bytes | None]
"""The values of `name`, `id`, and `key` of a list item; None for missing ones."""

NAMELESS: ItemNames = (None, None, None)


@lru_cache(maxsize=1100)
def _pattern(depth: int, *, keyed: bool) -> re.Pattern[bytes]:
    if keyed:
        return re.compile(rb'\n {%d}("[^"\\]*+(?:\\.[^"\\]*+)*+"): ' % depth)
    return re.compile(rb"\n {%d}(?=[^ \]}])" % depth)


def members(text: bytes, value: int, stop: int, depth: int) -> list[MemberPlace]:
    """Return the direct members of the container `text[value:stop]`, which is at `depth`."""
    if stop - value <= 2:
        return []
    inner = depth + 1
    end = stop - 1 - depth
    if text[value] == 0x7B:
        places = [
            (match.start() + 1, match.end(), match.group(1))
            for match in _pattern(inner, keyed=True).finditer(text, value + 1, end)
        ]
    else:
        places = [
            (match.start() + 1, match.end(), b"")
            for match in _pattern(inner, keyed=False).finditer(text, value + 1, end)
        ]
    stops = [start - 2 for start, _value, _key in places[1:]]
    stops.append(end - 1)
    return [(start, place, last, key) for (start, place, key), last in zip(places, stops, strict=True)]


def all_names(text: bytes, items: list[MemberPlace], depth: int) -> list[ItemNames]:
    """Return the names of the list items at `depth`: only strings and numbers, the first of duplicates."""
    return [_names(text, item, depth) if text[item[1]] == 0x7B else NAMELESS for item in items]


def _names(text: bytes, item: MemberPlace, depth: int) -> ItemNames:
    value, stop = item[1], item[2]
    names: list[bytes | None] = []
    pad = b"\n" + b" " * (depth + 1)
    for name in NAMES:
        mark = pad + b'"' + name + b'": '
        place = text.find(mark, value + 1, stop)
        own_name: bytes | None = None
        if place >= 0:
            begin = place + len(mark)
            raw = text[begin : text.find(b"\n", begin, stop)].removesuffix(b",")
            if raw[0] in b"-0123456789":
                own_name = exact(raw)
            elif raw[0] == 0x22 and len(raw) > 2:
                own_name = raw
        names.append(own_name)
    return names[0], names[1], names[2]


def primary(names: ItemNames) -> tuple[int, bytes] | None:
    """Return the first name of an item, with its rank."""
    return next(((rank, value) for rank, value in enumerate(names) if value is not None), None)


class Likeness:
    """The similarity of list items, from 0 to 100: by shared lines, or by common start and end for strings."""

    def __init__(self, old: bytes, new: bytes) -> None:
        self._texts = (old, new)
        self._lines: tuple[dict[int, frozenset[bytes]], dict[int, frozenset[bytes]]] = ({}, {})

    def score(self, old: MemberPlace, new: MemberPlace, names_old: ItemNames, names_new: ItemNames) -> int:
        """Return the similarity; 0 for values of different types and for items with different names."""
        text_old, text_new = self._texts
        first_old, first_new = text_old[old[1]], text_new[new[1]]
        if first_old in b"{[" or first_new in b"{[":
            if first_old != first_new or _other_names(names_old, names_new):
                return 0
            lines_old, lines_new = self._of(0, old), self._of(1, new)
            longest = max(len(lines_old), len(lines_new))
            return 100 * len(lines_old & lines_new) // longest if longest else ENOUGH
        if first_old == 0x22 and first_new == 0x22:
            return _ends(text_old[old[1] + 1 : old[2] - 1], text_new[new[1] + 1 : new[2] - 1])
        return ENOUGH if _family(first_old) == _family(first_new) else 0

    def _of(self, side: int, item: MemberPlace) -> frozenset[bytes]:
        unique = self._lines[side].get(item[0])
        if unique is None:
            lines = self._texts[side][item[1] : item[2]].replace(b",\n", b"\n").split(b"\n")[1:-1]
            unique = frozenset(line for line in lines if line.lstrip() not in _BARE)
            self._lines[side][item[0]] = unique
        return unique


def _other_names(old: ItemNames, new: ItemNames) -> bool:
    first, second = primary(old), primary(new)
    return first is not None and second is not None and first != second


def _family(first: int) -> int:
    if first in b"-0123456789":
        return 0
    return 1 if first in b"tf" else first


def _ends(old: bytes, new: bytes) -> int:
    """Return the percentage of the longer text covered by the common start and end."""
    longest, shortest = max(len(old), len(new)), min(len(old), len(new))
    if not longest or shortest * 100 < longest * ENOUGH:
        return 0
    start = differ_at(old[:_READ], new[:_READ])
    tail = min(_READ, shortest - start)
    end = differ_at(old[::-1][:tail], new[::-1][:tail]) if tail > 0 else 0
    shared = start + end
    if shared >= 2 * _READ:
        return _ALMOST
    return 100 * shared // longest
