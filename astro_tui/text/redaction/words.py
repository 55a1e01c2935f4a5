"""What a name says about its value: `DB_PASSWORD` names a secret, `passwordPolicy` does not."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache

from astro_tui.text.redaction.tables import lazy, listed, rows
from astro_tui.text.redaction.views import undisguised


class NameKind(StrEnum):
    """What a name says about its value. The letters are those of `names.toml`."""

    PASSWORD = "S"  # noqa: S105  a letter of a table
    TOKEN = "T"  # noqa: S105  a letter of a table
    KEY = "K"
    PIN = "P"
    CONNECTION = "C"
    LOGIN = "L"
    PHRASE = "M"
    PUBLIC = "I"
    ORDINARY = "O"


STRONG = (NameKind.PASSWORD, NameKind.TOKEN)
"""The kinds of names that mark everything below them as secret."""
SILENT = (NameKind.ORDINARY, NameKind.PUBLIC)
"""The kinds of names that make nothing secret."""
LONGEST = 200
"""Characters at the end of a name that are read."""
_LONGEST_PHRASE = 4
_SHORTEST_JOINED = 5
_word = lazy(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_any_word = lazy(r"[0-9]+|[^\W\d_](?:(?![a-z](?=[A-Z]))[^\W\d_])*+[a-z]?")


@lru_cache(4096)
def words(name: str) -> tuple[str, ...]:
    """Return the words of a name in lower case: `dbPassword`, `DB_PASSWORD`, and `db-password` have the same two."""
    near = undisguised(name[-LONGEST:])
    # The Kelvin sign is not a `K`, because the quick scan of bytes does not read it as one.
    parts = _word().findall(near) if near.isascii() else _any_word().findall(near.replace("\u212a", " "))
    lower = tuple(word.lower() for word in parts)
    # `P_A_S_S_W_O_R_D`
    return ("".join(lower),) if len(lower) > 3 and max(map(len, lower)) == 1 else lower


@lru_cache(8192)
def kind_of(name: str) -> NameKind:
    """Return what a name says about its value."""
    if name[:1] in "/.":
        # `/api/keys` is a path.
        return NameKind.ORDINARY
    if "/" in name:
        # An annotation names a secret elsewhere as often as it contains one, and `checksum/secret` is a checksum.
        *_others, above, last = name.split("/")
        return NameKind.PUBLIC if kind_of(above) is NameKind.PUBLIC else weaker(kind_of(last))
    parts = words(name)
    while len(parts) > 1 and parts[-1].isdecimal():
        parts = parts[:-1]
    for stop in range(len(parts), 0, -1):
        kind = _kind_at(parts, stop)
        if kind is not None:
            return _kind_among(kind, parts, stop)
    return NameKind.ORDINARY


def _kind_among(kind: NameKind, parts: tuple[str, ...], stop: int) -> NameKind:
    """Return what a name says whose words up to `stop` say `kind`: `token_limit`, `has_token`, `TOKEN_GITHUB`."""
    if kind in SILENT:
        return kind if stop == len(parts) else NameKind.ORDINARY
    after = {word for word in parts[stop:] if not word.isdecimal()} - listed("names", "neutral")
    asked = stop > 1 and parts[0] in listed("names", "before")
    if asked or not listed("names", "after").isdisjoint(after):
        return NameKind.ORDINARY
    return weaker(kind) if after else kind


def _kind_at(parts: tuple[str, ...], stop: int) -> NameKind | None:
    """Return what the longest phrase that ends before the word `stop` says, or None."""
    kinds, ends, word = rows("names", "kinds"), rows("names", "ends"), parts[stop - 1]
    if word == "key" and stop > 1 and parts[stop - 2] in listed("names", "services"):
        # Services issue their keys, also as UUIDs: `RAILWAY_KEY`.
        return NameKind.TOKEN
    for start in range(max(-1, stop - _LONGEST_PHRASE), stop):
        phrase = " ".join(parts[start:stop] if start >= 0 else ("^", *parts[:stop]))
        if phrase in kinds or (phrase.endswith(" keys") and (phrase := phrase[:-1]) in kinds):
            return NameKind(kinds[phrase])
    joined = (word[start:] for start in range(len(word) - 1) if len(word) >= _SHORTEST_JOINED)
    return next((NameKind(ends[end]) for end in joined if end in ends), None)


def weaker(kind: NameKind) -> NameKind:
    """Return the kind of a name of which only a part says something: `TOKEN_GITHUB`, `example.com/token`."""
    return NameKind.KEY if kind in STRONG else kind


def is_secret_name(name: str) -> bool:
    """Return whether a name alone marks its value as secret: `DB_PASSWORD` does, `author` and `session` do not."""
    return kind_of(name) in STRONG or kind_of(name) is NameKind.CONNECTION
