"""Whether a value is a secret, given what its name says and how the two are written. The only place that decides."""

from __future__ import annotations

import re
from enum import IntEnum
from functools import cache, lru_cache

from astro_tui.text.redaction.tables import lazy, listed, rows
from astro_tui.text.redaction.words import SILENT, STRONG, Kind, kind_of, words

MASK = "••••••••"
"""What is shown instead of a secret."""


class Context(IntEnum):
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
_unquoted = lazy(r"[\w+/=.~:-]+")
"""A key without quotes, where an expression of a program can be, too."""
_super_secret = lazy(r"(?i:(?:super|very|ultra|extra|really|totally)[-_. ]?secret)")
_login = lazy(r"[A-Za-z][\w.@+-]{0,63}:(?!//|v\d)([^\s/]{4,200})")


def is_secret(kind: Kind, value: str, context: Context = Context.MEMBER, name: str = "") -> bool:
    """Return whether a value is a secret whose name says `kind` about it."""
    if kind in SILENT:
        return False
    text = value.strip()
    if kind is Kind.PIN and text.isdecimal():
        return 3 <= len(text) <= 12
    if kind is Kind.CONNECTION:
        return is_connection(text)
    if kind in STRONG and _super_secret().match(text):
        return True
    if is_ordinary(text) or is_name_of_secret(text) or words(name) == words(text):
        return False
    if kind is Kind.LOGIN:
        return (login := _login().fullmatch(text)) is not None and is_drawn(login[1])
    if len(text) > _LONGEST and kind in STRONG and context is Context.MEMBER:
        return True
    if any(map(str.isspace, text)):
        phrase = context is Context.MEMBER or words(name)[-1:] in (("phrase",), ("passphrase",))
        return context <= Context.OPTION and _is_phrase(kind, text, quoted=phrase)
    if kind is Kind.PASSWORD:
        return context < Context.CODE or _is_chosen(text, context)
    if kind is Kind.TOKEN:
        return _is_token(text, context, words(name))
    if kind is Kind.KEY:
        quoted = context in (Context.MEMBER, Context.OPTION) or _unquoted().fullmatch(text) is not None
        mixed = _is_mixed(text) or not (text.islower() or text.isupper())
        return context < Context.SAID and quoted and mixed and is_drawn(text)
    return context < Context.CODE and is_drawn(text)


# ---- ordinary values

_cased_shapes = lazy(
    "[A-Z]{2,}[0-9]?(?:_[A-Z0-9]{1,20}){1,8}|(?=[0-9]*[A-F])(?:(?:[0-9A-F]{8}){1,2}|[0-9A-F]{40})"
    "|[a-z][a-z0-9.-]{0,62}/[a-z][a-z0-9.-]{1,200}"
)
"""Names of variables, placeholders, and the ids of keys, in capitals; and names with a namespace."""
_identifier = lazy(r"[^\W\d]+(?:[-_. ][^\W\d]+){0,5}\d{0,2}")


@lru_cache(8192)
def is_ordinary(text: str) -> bool:
    """Return whether a value is no secret under any name: a number, a path, a reference, a placeholder, a state."""
    if not text or MASK in text:
        return True
    if len(text) > _LONGEST:
        return False
    lower = text.lower()
    if _words_said().issuperset(re.split("[-_/ ]", lower)):
        return True
    return _shapes().fullmatch(lower) is not None or _cased_shapes().fullmatch(text) is not None


@cache
def _words_said() -> frozenset[str]:
    return listed("values", "state") | listed("values", "adjective") | listed("values", "function")


@cache
def _shapes() -> re.Pattern[str]:
    shapes = rows("values", "shapes").values()
    return re.compile("|".join(f"(?:{shape})" for shape in shapes), re.DOTALL | re.ASCII)


def is_name_of_secret(text: str) -> bool:
    """Return whether a text is itself the name of a secret, such as a variable: `DB_PASSWORD`, `user-password`."""
    if len(text) > 60 or not _identifier().fullmatch(text):
        return False
    kind, lower = kind_of(text.replace(" ", "_")), text.lower().rstrip("0123456789")
    named = kind not in (*SILENT, Kind.KEY) or lower.endswith(("name", "file", "key", "keys"))
    return named and not lower.endswith("value")


def _is_phrase(kind: Kind, text: str, *, quoted: bool) -> bool:
    """Return whether several words are a passphrase and not a sentence about one."""
    found = [word.strip(".,:;!?()\"'") for word in text.lower().split()]
    if not all(any(map(str.isalnum, word)) for word in found) or any(kind_of(word) in STRONG for word in found):
        return False
    if kind is Kind.PASSWORD and quoted and any(map(is_drawn, text.split())):
        return True
    # Google creates such passwords for programs.
    if [len(word) for word in found] == [4, 4, 4, 4] and "".join(found).isalpha():
        return True
    if len(found) in (12, 15, 18, 21, 24) and all(word.isalpha() and 3 <= len(word) <= 8 for word in found):
        return True
    states = sum(word in listed("values", "state") - listed("values", "function") for word in found)
    numbers = any(map(str.isdecimal, found))
    functions = sum(word in listed("values", "function") for word in found)
    # `the cat sat on the router` is a passphrase, `see the wiki` is not.
    if functions and (states or not quoted or len(found) < 5 or 2 * functions > len(found) + 1):
        return False
    if len(found) - states < 2 or (states and (numbers or not quoted)) or (numbers and not quoted):
        return False
    return kind is Kind.PHRASE or (kind is Kind.PASSWORD and len(found) <= 8)


# ---- forms of values

_WORD = r"(?=[a-z]{0,12}[aeiouy]|[a-z]{2,4}(?![a-z]))[a-z]{2,12}"
_names = lazy(
    rf"[a-z]{{2,10}}(?:[-_]v?\d{{1,3}})?|{_WORD}(?:[-_./:]{_WORD}){{1,2}}(?:-?v?\d{{1,2}})?"
    r"|(?:[A-Z][a-z]{1,14}){1,5}"
)
_uuid = lazy("[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_hexadecimal = lazy("(?:0[xX])?[0-9a-fA-F-]+")


def is_words(text: str) -> bool:
    """Return whether a text is made of a few words, as the names of things are: `customer-managed`."""
    foreign = len(text) <= 10 and text.isalpha() and not text.isascii()
    return foreign or (len(text) <= 60 and _names().fullmatch(text) is not None)


def _is_token(text: str, context: Context, name: tuple[str, ...]) -> bool:
    """Return whether a text can be a token: not a name, a number, or too short."""
    if (
        name
        and name[-1] in listed("names", "paired")
        and (login := _login().fullmatch(text))
        and text.partition(":")[0] not in listed("names", "services")
    ):
        return context < Context.CODE or any(map(str.isdigit, login[1]))
    if context is Context.OPTION and (len(name) > 1 or name == ("token",)):
        return name[-1] != "tokens" and len(text) > 3
    if len(text) < _SHORTEST or is_words(text):
        return False
    if text.isdecimal():
        return context < Context.CODE and name[-1:] != ("tokens",)
    if context < Context.CODE:
        return any(map(str.isalpha, text))
    if not any(map(str.isdigit, text)) or not is_drawn(text):
        return False
    # After `token` alone, a digest can be of anything.
    digest = len(name) == 1 and _hexadecimal().fullmatch(text) is not None
    return context is Context.CODE or not (len(text) < _SHORTEST_SAID or digest or re.search("[a-z]{6}", text))


def _is_mixed(text: str) -> bool:
    return any(char.isdigit() or char in "!@#$%^&*~" for char in text)


def _is_chosen(text: str, context: Context) -> bool:
    """Return whether a text where also a word or a variable can be looks like a chosen password."""
    if len(text) < 5 or not (any(map(str.isalpha, text)) and _is_mixed(text)):
        return len(text) >= _SHORTEST_SAID and is_random(text)
    return context is not Context.SAID or not text[0].isdigit() or ("-" not in text and is_drawn(text))


def is_drawn(text: str) -> bool:
    """Return whether a text looks drawn at random, or chosen with digits and symbols, rather than made of words."""
    if len(text) < _SHORTEST or not any(map(str.isalpha, text)) or is_ordinary(text) or _uuid().fullmatch(text):
        return False
    return not _is_made_of_words(text)


_LONG_WORD = 20
_between_words = lazy(r"[-_.:/@,=]+")
_cased = lazy("(?:[A-Z]{2,}+|[A-Z]?[a-z]{2,}+|[A-Z](?=[A-Z][a-z]))+[A-Z]?")
_camel = lazy("(?:[A-Z]{0,6}+[a-z]++)++[A-Z]{0,6}")


def _is_made_of_words(text: str) -> bool:
    return all(map(_is_word, _between_words().split(text)))


def _is_word(part: str) -> bool:
    """Return whether a part of a name is a word, a number, or both: `redis2`, `InvalidS3Endpoint`."""
    if not part or (len(part) <= 3 and part.isalnum()):
        return True
    stem = part.rstrip("0123456789")
    # `Summer2024` is a password.
    if not (part.isalnum() and part.isascii()) or len(part) - len(stem) > (2 if stem.istitle() else 4):
        return False
    if len(stem) <= _LONG_WORD:
        return not stem or (stem.isalpha() and (len(stem) < 4 or _cased().fullmatch(stem) is not None))
    return _camel().fullmatch(stem) is not None and 4 * sum(map(str.isupper, stem)) <= len(stem)


# ---- connection strings

_address = lazy(r"[^\s:/@]{0,100}[:/][^\s/@$<{][^\s@]{0,200}@[\w.\[-].*")
_field = lazy(r"(?:^|[;\s,?&])\s*([A-Za-z][\w .-]{0,40}?)\s*=\s*([^;&]{1,400})")
_random_path = lazy(r"/(?=[\w-]{0,60}\d)(?=[\w-]{0,60}[A-Za-z])[\w-]{16,}(?=[/?]|\Z)")


def fields_of(text: str) -> list[tuple[str, str]]:
    """Return the fields of a connection string: `Server=db;Password=x`."""
    return _field().findall(text[: 10 * _LONGEST])


def is_connection(text: str) -> bool:
    """Return whether a connection string has a password or a key, or a URL grants access by its path."""
    for name, value in fields_of(text):
        strong = kind_of(name) in STRONG or name.lower() in ("pass", "p", "key")
        login = name.lower() in ("user", "uid", "u") and ":" in value
        if login or (strong and is_secret(Kind.PASSWORD, value.split(" ")[0])):
            return True
    if "://" in text:
        return _random_path().search(text.partition("://")[2]) is not None
    return _address().fullmatch(text) is not None or ("=" not in text.rstrip("=") and is_drawn(text))


# ---- random texts

RUN = 32
"""The fewest characters of a string that counts as random whatever its name."""
_SEPARATORS = str.maketrans("", "", "-_/+=")
_number_inside = lazy("[0-9]{1,4}(?=[A-Z])")
_changes = lazy("[a-z](?=[A-Z0-9])|[A-Z](?=[a-z0-9])|[0-9](?=[a-zA-Z])")


@cache
def _public() -> re.Pattern[str]:
    return re.compile("|".join(rows("values", "public").values()))


def is_random(text: str) -> bool:
    """Return whether a long text looks drawn at random; digests, UUIDs, paths, and names do not."""
    text = text[:4096]
    plain = text.translate(_SEPARATORS)
    upper, lower, digit = text != text.lower(), text != text.upper(), any(map(str.isdigit, text))
    # Words, even in CamelCase, switch between uppercase, lowercase, and digits less often than random strings do.
    changes = len(_changes().findall(plain))
    if upper and lower:
        often = changes >= (0.34 if digit else 0.44) * len(plain)
    else:
        often = digit and (upper or lower) and plain == text and changes >= 0.25 * len(plain)
        often = often and not _hexadecimal().fullmatch(text)
    if not often or _public().match(text):
        return False
    # `InvalidS3EndpointConfiguration`
    return not _is_made_of_words(_number_inside().sub("", text))
