"""What the members of an object say about one of them: a token of a language model, or a part of a JSON web key.

A model reads and writes pieces of text that are called tokens, and a public key looks as random as a private one. Only
the members beside such a value tell them from secrets.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import Enum
from functools import cache

from astro_tui.text.redaction.names import Kind, kind_of
from astro_tui.text.redaction.words import has_any, lazy, word_set


class Role(Enum):
    """What a value is to the object that it is in."""

    UNKNOWN = 0
    PIECE = 1
    """Part of a text, so that its key says nothing about it."""
    PUBLIC = 2
    """Part of a public key, which is random but not a secret."""
    PRIVATE = 3
    """Part of a private key."""


_TOKENS = word_set("token tokens text")
_PUBLIC_MEMBERS = word_set("n e x y x5c x5t x5t#S256 kid")
_PRIVATE_MEMBERS = word_set("d p q dp dq qi k")
_MEMBERS = _TOKENS | _PUBLIC_MEMBERS | _PRIVATE_MEMBERS
_KEY_TYPES = ('"RSA', '"EC', '"OKP', '"oct')
_SCORES = word_set("logprob logprobs log_prob log_probs top_logprobs token_logprobs")
_STREAMED = word_set("type token id index seq node model run_id done delta timestamp created")
"""All that is beside a piece of an answer that is sent as it is written; a login has other members."""


def may_have_role(key: str) -> bool:
    """Return whether the members beside a value with this key can say what it is."""
    return key in _MEMBERS


def role_of(keys: Sequence[str], beside: Mapping[str, str], value: str) -> Role:
    """Return the role of the value at the end of `keys`; `beside` has how the values beside it begin, in JSON."""
    if not keys:
        return Role.UNKNOWN
    nearest = keys[-1]
    if nearest in _TOKENS:
        return Role.PIECE if _is_piece(keys, beside, value) else Role.UNKNOWN
    if not beside.get("kty", "").startswith(_KEY_TYPES):
        return Role.UNKNOWN
    if nearest in _PUBLIC_MEMBERS:
        return Role.PUBLIC
    return Role.PRIVATE if nearest in _PRIVATE_MEMBERS else Role.UNKNOWN


def _is_piece(keys: Sequence[str], beside: Mapping[str, str], value: str) -> bool:
    if any(kind_of(key) >= Kind.CREDENTIAL for key in keys[:-1]):
        return False
    scored = any(not beside.get(key, "null").startswith("null") for key in _SCORES)
    if (scored or not _SCORES.isdisjoint(keys[:-1])) and not _GENERATED().match(value):
        return True
    # The rest also fits a session or a login, so that the value must be a word.
    return _is_word(value) and (
        _is_number(beside, "start", "end")
        or (keys[-1] == "text" and "tokens" in keys[:-1] and _is_number(beside, "id"))
        or (beside.get("special", "").startswith(("true", "false")) and _is_number(beside, "id"))
        or _is_streamed(keys, beside)
    )


def _is_streamed(keys: Sequence[str], beside: Mapping[str, str]) -> bool:
    """Return whether a piece is sent alone, `{"type": "token", "token": "Berlin"}`, and not in `auth: {…}`."""
    alone = beside.get("type", "").startswith('"token"') and beside.keys() <= _STREAMED
    return alone and all(kind_of(key) is Kind.ORDINARY for key in keys[:-1])


def _is_number(beside: Mapping[str, str], *keys: str) -> bool:
    return all(_SMALL().match(beside.get(key, "")) for key in keys)


def _is_word(value: str) -> bool:
    """Return whether a value is a word, a number, or punctuation, with the marks that tokenizers put before a word."""
    found = _WORD().fullmatch(value)
    if found is None:
        return False
    word = found.group(1) or ""
    return word in (word.lower(), word.upper(), word.title())


_GENERATED = lazy(r"(?=\S{0,40}\d)(?=\S{0,40}[A-Za-z])\S{12}")
_SMALL = lazy(r"\d{1,6}(?!\d)")
_WORD = lazy(r"[\sĠ▁#]{0,3}(?:([^\W\d_]{1,20})(?:['’-][^\W\d_]{1,12})?[^\w\s]{0,2}|\d{1,4}|[^\w]{0,8})")


# ---- objects inside of a text

_REACH = 500
"""Characters of an object that are read on each side of a token."""
_TELLING = ("logprob", "log_prob", "start", "special", "type")
"""Every object with a piece of text has one of these."""
_KEY_REACH = 4_096
"""Characters of a JSON web key that are read on each side of a member."""


def is_piece_in_text(text: str, name: str, start: int, stop: int) -> bool:
    """Return whether a token in a text, named at `start` and with a value at `stop`, is a piece of text itself."""
    value = _value().match(text, stop)
    if value is None:
        return False
    first, last = object_around(text, start, value.end(), _REACH)
    if not has_any(text[first:last], _TELLING):
        return False
    beside = _members(text[first:last])
    above = _above().search(text, max(0, first - 60), first)
    keys = (name,) if above is None else (above.group(1), name)
    return role_of(keys, beside, value.group(1)) is Role.PIECE


def is_public_in_text(text: str, name: str, start: int) -> bool:
    """Return whether the value at `start` in a text is a public member of a JSON web key."""
    if name not in _PUBLIC_MEMBERS:
        return False
    first, last = object_around(text, start, start, _KEY_REACH)
    return '"kty' in text[first:last].replace("\\", "")


def object_around(text: str, start: int, stop: int, reach: int, ends: str = "{}\n") -> tuple[int, int]:
    """Return the bounds of the object around `text[start:stop]`.

    They are at the nearest of the characters `ends`, or `reach` characters away. A line break is one of them where the
    members must be on one line.
    """
    near, far = max(0, start - reach), min(len(text), stop + reach)
    first = max(near, *(text.rfind(mark, near, start) for mark in ends))
    found = (text.find(mark, stop, far) for mark in ends)
    return first, min((last for last in found if last >= 0), default=far)


def _members(text: str) -> dict[str, str]:
    return {key: value.replace("\\", "").replace("'", '"') for key, value in _member().findall(text)}


@cache
def _member() -> re.Pattern[str]:
    return re.compile(r"(?a:(?<![\w.-])(\w{1,40})\\{0,4}[\"']?\s?[:=]\s?([^\s,{}]{0,40}))")


@cache
def _value() -> re.Pattern[str]:
    return re.compile(r"\\{0,4}[\"']((?:[^\"'\\\n]|\\{1,4}[nrtu]){1,60})\\{0,4}[\"']")


@cache
def _above() -> re.Pattern[str]:
    return re.compile(r"(?a:([A-Za-z_][\w.-]{0,40})\\{0,4}[\"']?\s?[:=]\s?\[?\Z)")
