"""Secrets in sentences: `the password for the staging box is clover`, `log in with password x`, `your PIN is 4711`.

The words between a name and its value, and before a name, are rows of `names.toml`, in several languages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from astro_tui.text.redaction.tables import listed, pattern
from astro_tui.text.redaction.values import Notation, is_drawn, is_ordinary
from astro_tui.text.redaction.views import TextSpan
from astro_tui.text.redaction.words import STRONG, NameKind, words
from astro_tui.text.redaction.written import Name

_KINDS = (*STRONG, NameKind.PIN, NameKind.PHRASE, NameKind.KEY)
_REACH = 80
_LONGEST_WORD = 24
_MOST_LINKS = 4


@cache
def _about() -> frozenset[str]:
    return listed("names", "after") | listed("names", "about") | listed("names", "before")


def said(name: Name) -> Iterator[TextSpan]:
    """Yield what a sentence says that a secret is."""
    text, place, near = name.text, name.stop, max(0, name.start - _REACH)
    following = text[place : place + _LONGEST_WORD].lower().split(maxsplit=1)[:1] or [""]
    # `the password policy is …`
    about = following[0].rstrip(".,:;") in _about() - listed("values", "function")
    if name.kind not in _KINDS or name.before(1) == "-" or about:
        return
    may_be_before = not listed("names", "as").isdisjoint(name.before(32).split())
    before = pattern("value before a name").search(text, near, name.start) if may_be_before else None
    if before is not None and (span := _stated(name, before, ends=bool(before["verb"]) or name.kind is NameKind.PIN)):
        yield span
    after = text[place : place + _REACH]
    answer = pattern("answer").match(text, place) if "?" in after or ". " in after or "\n" in after else None
    if answer is not None and (span := _stated(name, answer, ends=name.kind is NameKind.PIN)):
        yield span
    for _link_of_many in range(_MOST_LINKS):
        match = pattern("link and value").match(text, place)
        if match is None or _is_owner(match):
            return
        place = match.start(match.lastgroup or 0) - 1
        changed = match["link"] not in ("to", "from") or pattern("change").search(text, near, match.start("link"))
        if changed and (span := _stated(name, match)):
            yield span
            place = span[1]
            yield from (other.span(1) for other in _more(name, place))
            if match["link"] != "from":
                return


def _more(name: Name, place: int) -> Iterator[re.Match[str]]:
    """Yield the other values of a list: `the recovery codes are x, y, and z`."""
    while name.name.endswith("s") and (match := pattern("next in a list").match(name.text, place)):
        if not name.says(match[1], Notation.CODE):
            return
        yield match
        place = match.end(1)


def _is_owner(match: re.Match[str]) -> bool:
    """Return whether a value is the owner of a secret: `password for the user: maria`."""
    ends = match["gap"].rpartition(" ")[2].lower() in listed("names", "owners")
    return ends and match["link"] is None and not is_drawn(match["quoted"] or match["bare"])


def _stated(name: Name, match: re.Match[str], *, ends: bool | None = None) -> TextSpan | None:
    """Return the place of the value in a match if it is a secret. A plain word counts where the clause `ends`."""
    quoted, value, start = match["quoted"], match["quoted"] or match["bare"], match.start(match.lastgroup or 0)
    phrase = pattern("phrase").match(name.text, start)
    if phrase and not quoted and words(name.name)[-1] in ("phrase", "passphrase", "words", "mnemonic"):
        rest = phrase.group().rstrip()
        if name.says(rest, Notation.LINE):
            return start, start + len(rest)
    value = value if quoted else value.rstrip(".,;:!?)。，…")
    stop = start + len(value)
    ends = pattern("end of a clause").match(name.text, stop) is not None if ends is None else ends
    if name.kind is NameKind.PIN:
        secret = ends and name.says(value)
    elif quoted and name.kind is NameKind.PASSWORD:
        secret = name.says(value) and not says_about(value)
    else:
        # `12-character`
        measured = value[:1].isdigit() and (value.partition("-")[0].isdecimal() or not value.isascii())
        vague = "link" in match.groupdict() and match["link"] in listed("names", "vague")
        plain = ends and (value != value.lower() or not vague)
        secret = (not measured and name.says(value, Notation.CODE)) or (plain and _is_plain(name, value))
    return (start, stop) if secret else None


def is_led(name: Name) -> bool:
    """Return whether the words before a name say that its value follows: `log in as jan with password x`."""
    return name.follows(pattern("lead"))


def is_said_plainly(name: Name, value: str, stop: int) -> bool:
    """Return whether a plain word that ends a clause at `stop` is a password: `Master password: tiger`."""
    asked = name.word_before() in listed("names", "before") | listed("names", "asks")
    return not asked and pattern("end of a clause").match(name.text, stop) is not None and _is_plain(name, value)


def _is_plain(name: Name, value: str) -> bool:
    """Return whether a plain word is a password and not a word about it, such as `expired` or `case-sensitive`."""
    last, parts = words(name.name)[-1], value.split("-")
    named = last == "pass" or (name.kind is NameKind.PASSWORD and last not in ("secret", "secrets"))
    plain = value.isascii() and all(map(str.isalpha, parts)) and len(value) > 2
    plain = plain and (len(parts) != 2 or not value.islower())
    return named and plain and not says_about(value) and name.says(value, Notation.LINE)


def says_about(value: str) -> bool:
    """Return whether a value says something about a secret: `expired`, `minimum length 12`."""
    described = " " not in value and pattern("word about a password").fullmatch(value) is not None
    return described or is_ordinary(value) or not _about().isdisjoint(words(value))
