"""Whether a value is a secret, given what its name says and how the two are written. The only place that decides."""

from __future__ import annotations

import re
from enum import IntEnum
from functools import cache, lru_cache

from astro_tui.text.redaction.tables import listed, pattern, rows
from astro_tui.text.redaction.words import SILENT, STRONG, NameKind, kind_of, words

MASK = "••••••••"
"""What is shown instead of a secret."""


class Notation(IntEnum):
    """How a value is written beside its name, from the clearest to the vaguest."""

    MEMBER = 0
    """A member of a document, or in quotes: `"password": "x"`."""
    LINE = 1
    """Without quotes: `PASSWORD=x`, `password: x`."""
    OPTION = 2
    """An option of a command: `--password x`."""
    CODE = 3
    """Without quotes, and with spaces around the sign: `password = x`, which can also be a variable."""
    SAID = 4
    """After a space: `password x`, which can also be a sentence."""


_LONGEST = 400
_SHORTEST, _SHORTEST_SAID = 6, 16
"""The fewest characters of a value that is no password, and of a token after a space."""


def is_secret(kind: NameKind, value: str, context: Notation = Notation.MEMBER, name: str = "") -> bool:
    """Return whether a value is a secret whose name says `kind` about it."""
    if kind in SILENT:
        return False
    text = value.strip()
    if kind is NameKind.PIN and text.isdecimal():
        return 3 <= len(text) <= 12
    if kind is NameKind.CONNECTION:
        return is_connection(text)
    if kind is NameKind.TOKEN and (scheme := pattern("scheme and token").fullmatch(text)) and scheme[1]:
        text = scheme[2]
    if kind in STRONG and pattern("super secret").match(text):
        return True
    if is_ordinary(text) or words(name) == words(text) or _is_name(kind, text, context):
        return False
    if kind is NameKind.LOGIN:
        return (login := pattern("user and password").fullmatch(text)) is not None and is_drawn(login[1])
    if len(text) > _LONGEST and kind in STRONG and context is Notation.MEMBER:
        return True
    if any(map(str.isspace, text)):
        phrase = context is Notation.MEMBER or words(name)[-1:] in (("phrase",), ("passphrase",))
        return context <= Notation.OPTION and _is_phrase(kind, text, quoted=phrase)
    if kind is NameKind.PASSWORD:
        return context < Notation.CODE or _is_chosen(text, context)
    if kind is NameKind.TOKEN:
        return _is_token(text, context, words(name))
    if kind is NameKind.KEY:
        quoted = context in (Notation.MEMBER, Notation.OPTION) or pattern("bare key").fullmatch(text) is not None
        mixed = _is_mixed(text) or not (text.islower() or text.isupper())
        return context < Notation.SAID and quoted and mixed and is_drawn(text)
    return context < Notation.CODE and is_drawn(text)


# ---- ordinary values


@lru_cache(8192)
def is_ordinary(text: str) -> bool:
    """Return whether a value is no secret under any name: a number, a path, a reference, a placeholder, a state."""
    if not text or MASK in text or _certificate().match(text):
        return True
    if len(text) > _LONGEST:
        return False
    lower = text.lower()
    if _words_said().issuperset(re.split("[-_/ ]", lower.rstrip(".…)*!"))):
        return True
    return _shapes().fullmatch(lower) is not None or pattern("name in capitals").fullmatch(text) is not None


@cache
def _certificate() -> re.Pattern[str]:
    return re.compile("|".join(rows("values", "certificates").values()))


@cache
def _words_said() -> frozenset[str]:
    return listed("values", "state") | listed("values", "adjective") | listed("values", "function")


@cache
def _shapes() -> re.Pattern[str]:
    shapes = rows("values", "shapes").values()
    return re.compile("|".join(f"(?:{shape})" for shape in shapes), re.DOTALL | re.ASCII)


def _is_name(kind: NameKind, text: str, context: Notation) -> bool:
    """Return whether a value names a secret. `rootpassword` and `dbPw7` are often chosen as passwords."""
    joined = kind is NameKind.PASSWORD and context < Notation.CODE and text.isalpha() and text.islower()
    numbered = (
        kind in STRONG and text[-1].isdigit() and text.isalnum() and (kind is NameKind.PASSWORD or not text.islower())
    )
    return not (joined or numbered) and is_name_of_secret(text)


def is_name_of_secret(text: str) -> bool:
    """Return whether a text is itself the name of a secret, such as a variable: `DB_PASSWORD`, `user-password`."""
    if len(text) > 60 or not pattern("name of a variable").fullmatch(text):
        return False
    kind, lower = kind_of(text.replace(" ", "_")), text.lower().rstrip("0123456789")
    named = kind not in (*SILENT, NameKind.KEY) or lower.endswith(("name", "file", "key", "keys"))
    return named and not lower.endswith("value")


def _is_phrase(kind: NameKind, text: str, *, quoted: bool) -> bool:
    """Return whether several words are a passphrase and not a sentence about one."""
    parts = [word.strip(".,:;!?()\"'") for word in text.lower().split()]
    if not all(any(map(str.isalnum, word)) for word in parts) or any(kind_of(word) in STRONG for word in parts):
        return False
    if kind is NameKind.PASSWORD and quoted and any(map(is_drawn, text.split())):
        return True
    # Google creates such passwords for programs.
    if [len(word) for word in parts] == [4, 4, 4, 4] and "".join(parts).isalpha():
        return True
    if len(parts) in (12, 15, 18, 21, 24) and all(word.isalpha() and 3 <= len(word) <= 8 for word in parts):
        return True
    states = sum(word in listed("values", "state") - listed("values", "function") for word in parts)
    numbers = any(map(str.isdecimal, parts))
    functions = sum(word in listed("values", "function") for word in parts)
    # `the cat sat on the router` is a passphrase, `see the wiki` is not.
    if functions and (states or not quoted or len(parts) < 5 or 2 * functions > len(parts) + 1):
        return False
    if len(parts) - states < 2 or (states and (numbers or not quoted)) or (numbers and not quoted):
        return False
    return kind is NameKind.PHRASE or (kind is NameKind.PASSWORD and len(parts) <= 8)


# ---- forms of values

_WORD = r"(?=[a-z]{0,12}[aeiouy]|[a-z]{2,4}(?![a-z]))[a-z]{2,12}"


def is_words(text: str) -> bool:
    """Return whether a text is made of a few words, as the names of things are: `customer-managed`."""
    foreign = len(text) <= 10 and text.isalpha() and not text.isascii()
    return foreign or (len(text) <= 60 and pattern("name of a thing").fullmatch(text) is not None)


def _is_token(text: str, context: Notation, name: tuple[str, ...]) -> bool:
    """Return whether a text can be a token: not a name, a number, or too short."""
    if (
        name
        and name[-1] in listed("names", "paired")
        and (login := pattern("user and password").fullmatch(text))
        and text.partition(":")[0] not in listed("names", "services")
    ):
        return context < Notation.CODE or any(map(str.isdigit, login[1]))
    if context is Notation.OPTION and (len(name) > 1 or name == ("token",)):
        return name[-1] != "tokens" and len(text) > 3
    if is_words(text):
        return False
    if len(text) < _SHORTEST:
        clear = context is Notation.LINE or (context is Notation.MEMBER and (name != ("token",) or not text.islower()))
        singular = name[-1:] not in (("tokens",), ("secrets",))
        return clear and singular and len(text) > 2 and pattern("letters and digits").fullmatch(text) is not None
    if text.isdecimal():
        return context < Notation.CODE and name[-1:] != ("tokens",)
    if context < Notation.CODE:
        return any(map(str.isalpha, text))
    if not any(map(str.isdigit, text)) or not is_drawn(text):
        return False
    # After `token` alone, a digest can be of anything.
    digest = len(name) == 1 and pattern("hexadecimal").fullmatch(text) is not None
    return context is Notation.CODE or not (len(text) < _SHORTEST_SAID or digest or re.search("[a-z]{6}", text))


def _is_mixed(text: str) -> bool:
    return any(char.isdigit() or char in "!@#$%^&*~" for char in text)


def _is_chosen(text: str, context: Notation) -> bool:
    """Return whether a text where also a word or a variable can be looks like a chosen password."""
    if text.isdecimal():
        return context is Notation.CODE and len(text) > 3
    if len(text) < 3 or not (any(map(str.isalpha, text)) and _is_mixed(text)):
        return len(text) >= _SHORTEST_SAID and is_random(text)
    return context is not Notation.SAID or not text[0].isdigit() or ("-" not in text and is_drawn(text))


def is_drawn(text: str) -> bool:
    """Return whether a text looks drawn at random, or chosen with digits and symbols, rather than made of words."""
    if len(text) < _SHORTEST or not any(map(str.isalpha, text)) or is_ordinary(text) or pattern("UUID").fullmatch(text):
        return False
    return not _is_made_of_words(text)


_LONG_WORD = 20


def _is_made_of_words(text: str) -> bool:
    return all(map(_is_word, pattern("between words").split(text)))


def _is_word(part: str) -> bool:
    """Return whether a part of a name is a word, a number, or both: `redis2`, `InvalidS3Endpoint`."""
    if not part or (len(part) <= 3 and part.isalnum()):
        return True
    stem = part.rstrip("0123456789")
    # `Summer2024` is a password.
    if not (part.isalnum() and part.isascii()) or len(part) - len(stem) > (2 if stem.istitle() else 4):
        return False
    if len(stem) <= _LONG_WORD:
        return not stem or (stem.isalpha() and (len(stem) < 4 or pattern("cased word").fullmatch(stem) is not None))
    return pattern("CamelCase").fullmatch(stem) is not None and 4 * sum(map(str.isupper, stem)) <= len(stem)


# ---- connection strings


def fields_of(text: str) -> list[tuple[str, str]]:
    """Return the fields of a connection string: `Server=db;Password=x`."""
    return pattern("field of a connection string").findall(text[: 10 * _LONGEST])


def is_connection(text: str) -> bool:
    """Return whether a connection string has a password or a key, or a URL grants access by its path."""
    for name, value in fields_of(text):
        strong = kind_of(name) in STRONG or name.lower() in ("pass", "p", "key")
        login = name.lower() in ("user", "uid", "u") and ":" in value
        if login or (strong and is_secret(NameKind.PASSWORD, value.split(" ")[0])):
            return True
    if "://" in text:
        return pattern("random path").search(text.partition("://")[2]) is not None
    return pattern("address").fullmatch(text) is not None or ("=" not in text.rstrip("=") and is_drawn(text))


# ---- random texts

RUN = 32
"""The fewest characters of a string that counts as random whatever its name."""
_SEPARATORS = str.maketrans("", "", "-_/+=")


@cache
def _public() -> re.Pattern[str]:
    return re.compile("|".join(rows("values", "public").values()))


def is_random(text: str) -> bool:
    """Return whether a long text looks drawn at random; digests, UUIDs, paths, and names do not."""
    text = text[:4096]
    plain = text.translate(_SEPARATORS)
    upper, lower, digit = text != text.lower(), text != text.upper(), any(map(str.isdigit, text))
    # Words, even in CamelCase, switch between uppercase, lowercase, and digits less often than random strings do.
    changes = len(pattern("change of the kind of character").findall(plain))
    if upper and lower:
        often = changes >= (0.34 if digit else 0.44) * len(plain)
    else:
        often = digit and (upper or lower) and plain == text and changes >= 0.25 * len(plain)
        often = often and not pattern("hexadecimal").fullmatch(text)
    if not often or _public().match(text) or _certificate().match(text):
        return False
    # `InvalidS3EndpointConfiguration`
    return not _is_made_of_words(pattern("number in a name").sub("", text))
