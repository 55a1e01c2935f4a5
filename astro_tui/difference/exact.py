"""Compares values exactly: numbers by value, never as floats, and containers by content."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from hashlib import blake2b
from operator import itemgetter

_NUMBER = re.compile(rb"(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?")
_LINE = re.compile(rb'\n *+((?>"[^"\\]*+(?:\\.[^"\\]*+)*+": )?)([^\n]*)')
_LONG_POWER = 4000
_KEPT_TEXT = 64
_OFTEN = 20_000
_SLICE = 1 << 18
_by_key = itemgetter(0)

Item = tuple[int, int, int, bytes]
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


def token(text: bytes, item: Item, check: Callable[[], None]) -> bytes:
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
        key, found = match.groups()
        first = found[0]
        if first in b"}]":
            whole = _digest_of(members, keyed=keyed)
            if not outer:
                return whole
            closed = own_key
            keyed, own_key, members = outer.pop()
            members.append((closed, whole))
        elif len(found) == 1 and first in b"{[":
            outer.append((keyed, own_key, members))
            keyed, own_key, members = first == 0x7B, key, []
        else:
            plain = found[:-1] if found[-1] == 0x2C else found
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


def same_bytes(old: bytes, item_old: Item, new: bytes, item_new: Item) -> bool:
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
