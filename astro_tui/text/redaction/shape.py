"""A pattern of text that has a secret after or beside its name, and the ways to judge the value that it finds."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, partial
from typing import NamedTuple

from astro_tui.text.redaction.forms import looks_random
from astro_tui.text.redaction.names import Kind, kind_of, words
from astro_tui.text.redaction.sentences import (
    chosen_words,
    is_numbered_phrase,
    is_said_of_a_password,
    modifies,
)
from astro_tui.text.redaction.values import (
    MASK,
    is_file,
    is_name,
    is_plain,
    is_secret_value,
    looks_like_credential,
    names_a_secret,
)
from astro_tui.text.redaction.words import Hints, lazy, word_set

Judge = Callable[[str, str], bool]
"""Tells whether the value after a name is a secret."""


class Shape(NamedTuple):
    """A pattern with the groups before, name, between, and value. Every match has one of `hints` in lower case."""

    hints: Hints
    pattern: str
    is_secret: Judge

    def mask(self, text: str) -> str:
        """Return the text with the values that this shape finds replaced."""
        return _compiled(self.pattern).sub(partial(_hidden, self.is_secret), text)


OPEN = r"(?:\\{0,4}[\"'])?"
"""The quote that a value can begin with, with backslashes in a text inside of JSON."""


def in_quotes(bare: str) -> str:
    """Return a pattern for a value after `OPEN`: to the closing quote, or else a `bare` one."""
    return (
        r"(?:(?<=[^\\]\")(?![\s\"'])(?:[^\"\\\n]|\\[^\n]){1,400}|(?<=[^\\]')(?![\s\"'])[^'\n]{1,400}"
        rf"|(?<=\\\")(?!\s)[^\"\\\n]{{1,400}}|(?<=\\')(?!\s)[^'\\\n]{{1,400}}|(?<![\"']){bare})"
    )


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _hidden(is_secret: Judge, match: re.Match[str]) -> str:
    # A name can contain groups for the quote around it and its value.
    before, name, *_quotes, between, value = match.groups()
    if MASK in value or not is_secret(name, value):
        return match.group()
    return f"{before}{name}{between}{MASK}"


def by_name(name: str, value: str) -> bool:
    """Judge by all that the name says."""
    return is_secret_value(kind_of(name), value)


def beside(name: str, value: str) -> bool:
    """Judge a value beside its name; the options of a list have names as values: `"label": "API key"`."""
    text = value.rstrip("}]), ")
    small = text.isdecimal() and len(text) < 4
    return by_name(name, value) and not small and not is_plain(text) and words(name) != words(value)


def attribute(name: str, value: str) -> bool:
    """Judge the attribute of an element; `<token value="IDENT"/>` is a rule of a grammar."""
    return strongly(name, value) and not value.isupper()


def strongly(name: str, value: str) -> bool:
    """Judge a value whose name must mark it as secret by itself."""
    return kind_of(name) >= Kind.KEY and is_secret_value(kind_of(name), value)


_OBJECTS = word_set("secret secrets token tokens credential credentials key keys")
_VAGUE = word_set("key pat auth code")
_READING = word_set("get find fetch read load lookup resolve use describe need by on parse")


def called(name: str, value: str) -> bool:
    """Judge an argument: `setPassword("x")` has a secret, and `getSecret("db-creds")` a name."""
    found = words(name.rpartition(".")[2])
    if not found or found[0] in _READING or not strongly(name, value):
        return False
    # `Token("IDENT")` and `new Secret("db-creds")` are names, too.
    named = kind_of(name) is Kind.TOKEN or (found[-1] == "secret" and name != "secret")
    return not named or (any(map(str.isdigit, value)) and looks_like_credential(value) and len(value) >= 8)


def telling(name: str, value: str) -> bool:
    """Judge a value that only a space or a bar separates from its name."""
    # `secret db-creds-v2` and `token v2` are names.
    judge = generated if name.lower() in _OBJECTS else mixed
    return strongly(name, value) and judge(name, value) and words(name) != words(value)


def configured(name: str, value: str) -> bool:
    """Judge what follows a name on a line: without quotes, or in quotes if it has several words."""
    if " " in value:
        worded = any(map(str.isdigit, value)) or chosen_words(value) != []
        return kind_of(name) is Kind.PASSWORD and worded and not is_plain(value)
    return telling(name, value)


def cell(name: str, value: str) -> bool:
    """Judge a table cell beside a name: beside `DB_PASSWORD` it may also be words, but not the name of an object."""
    if telling(name, value) or (len(value) >= _LONG and followed(name, value)):
        return True
    worded = name.isupper() and kind_of(name) is Kind.PASSWORD and not (is_name(value) or value.isupper())
    return worded and kind_of(value) < Kind.KEY and by_name(name, value)


_LONG = 16
"""The fewest characters of a value in a table that can begin with a digit, unlike `2fa-required`."""


def followed(name: str, value: str) -> bool:
    """Judge a word after a name of several words, such as `adminPassword`, in a sentence."""
    return strongly(name, value) and generated(name, value) and words(name) != words(value)


def encoded(name: str, value: str) -> bool:
    """Judge a value after an encoded separator, which may also be punctuation: `password%3A+reset`."""
    return by_name(name, value) and mixed(name, value)


def option(name: str, value: str) -> bool:
    """Judge what follows an option; `--secret id=npm` and `--secret db` only name a secret."""
    if not any(map(str.isalnum, value)):
        return False
    if name in _VAGUE:
        return generated(name, value) and len(value) >= 16
    if name == "secret":
        return not names_a_secret(value) and not is_plain(value)
    return strongly(name, value)


def login(name: str, value: str) -> bool:
    """Judge a password after a user and a colon, which can have several words in quotes."""
    return not is_plain(value) if " " in value else mixed(name, value)


_QUOTES = "\"'"


def given(name: str, value: str) -> bool:
    """Judge what `--secret NAME=` gives to a program: the secret, unless it is in a file or elsewhere."""
    return not names_a_secret(f"{name.lstrip(_QUOTES)}={value}")


def mixed_by_name(name: str, value: str) -> bool:
    """Judge a value that only a comma separates from its name."""
    return strongly(name, value) and (mixed(name, value) or generated(name, value)) and not value.isupper()


def announced(name: str, value: str) -> bool:
    """Judge what ends a line about a password or a token; words such as `policy` do not follow `passphrase`."""
    capital = name.lower() == "password" and any(map(str.isupper, value))
    by_hand = (capital or name.lower().endswith("phrase")) and mixed(name, value)
    return by_hand or generated(name, value)


def mentioned(before: str, value: str) -> bool:
    """Judge a value by the names in the text before it: `DB_PASSWORD was rotated. New value: x`."""
    return mixed("", value) and any(kind_of(word.strip("\"'`.,;:()")) >= Kind.KEY for word in before.split())


def always(_name: str, value: str) -> bool:
    """Judge a value that the text around it already marks as secret; only a placeholder is not."""
    return not is_plain(value)


def credential(_name: str, value: str) -> bool:
    """Judge a word that could be a chosen password: it has digits or symbols."""
    text = value.rstrip(".,:;!)")
    named = text.rpartition(".")[2].isupper() and kind_of(text) >= Kind.KEY
    if is_plain(value) or is_file(text) or "://" in text or named or all(map(modifies, _parts(text))):
        return False
    digit = any(map(str.isdigit, value))
    return looks_like_credential(text) or (digit and not value[0].isdigit() and len(value) > 4)


def generated(_name: str, value: str) -> bool:
    """Judge a word that must look like a generated secret, unlike `build12` or `v1.2`."""
    drawn = any(map(str.isdigit, value)) or (len(value) >= 16 and looks_random(value))
    return drawn and looks_like_credential(value.rstrip(".,!)")) and not is_plain(value)


def passphrase(name: str, value: str) -> bool:
    """Judge words in quotes after "the password is"; a secret that people keep may also be a word of a sentence."""
    digit = any(map(str.isdigit, value))
    return not is_plain(value) and chosen_words(value) != [] and (digit or name.lower() != "secret")


def replaced(name: str, value: str) -> bool:
    """Judge two values in quotes, `old" to "new`: a change from `required` to `optional` has no password."""
    parts = [part for part in _BETWEEN().split(value) if not is_plain(part)]
    if name.lower().startswith("pass"):
        return any(map(chosen_words, parts))
    return any(generated(name, part) for part in parts)


_BETWEEN = lazy("[\"'`] to [\"'`]")


def chosen(_name: str, value: str) -> bool:
    """Judge a word in lower case after "the password is": a word that continues the sentence is not a password."""
    return not is_said_of_a_password(value)


def said(_name: str, value: str) -> bool:
    """Judge a word after "password" in a sentence: `required` says something about a password and is not one."""
    return not is_plain(value) and not is_said_of_a_password(value.lower()) and kind_of(value) < Kind.KEY


def clause(_name: str, value: str) -> bool:
    """Judge the word that ends a clause about a password; `case-sensitive` and `Rejected` say something about it."""
    return not (is_plain(value) or is_file(value) or kind_of(value) >= Kind.KEY or any(map(modifies, _parts(value))))


def numbered(_name: str, value: str) -> bool:
    """Judge words in quotes after "password" that may read like a sentence: `Winter is 1ong`."""
    return is_numbered_phrase(value)


def _parts(text: str) -> list[str]:
    """Return the parts of a word with hyphens, in lower case."""
    return text.lower().replace("_", "-").split("-")


def mixed(_name: str, value: str) -> bool:
    """Judge a word that could be part of a sentence: a password has letters, and digits or symbols."""
    text = value.rstrip(".,;:!)")
    odd = any(char.isdigit() or char in "!#$%^&*+" for char in text)
    return odd and not value[0].isdigit() and not is_plain(text) and not is_file(text)
