"""What follows a telling name and is not a secret after all: code, a task, a sentence, another name."""

from __future__ import annotations

import re
from functools import cache

from astro_tui.text.redaction.names import Kind, kind_of
from astro_tui.text.redaction.values import is_file, is_plain, looks_like_credential
from astro_tui.text.redaction.words import lazy, word_set


def is_task(match: re.Match[str], value: str, kind: Kind) -> bool:
    """Return whether `token:refresh`, without a space after the colon, names a task, a scope, or an object."""
    if match.group(3) != ":" or match.group(4) or match.group(2) or not match.group(1).islower():
        return False
    if _TASK().split(value, 1)[0] in _TASKS or (
        "/" in value and is_file(f"/{value}") and not looks_like_credential(value)
    ):
        return True
    return kind < Kind.CREDENTIAL and len(value) < 8 and value.isalnum() and value.islower()


_TASK = lazy(r"[^a-z]")
_TASKS = word_set(
    "refresh rotate reset pull push edit generate delete list read write create update seed revoke renew login logout"
    " get set show add remove sync check validate verify test watch build clean init scan admin all any view manage use"
    " introspect issue install export import encrypt decrypt new clear change request dev start status migrate"
)


def is_code(text: str, match: re.Match[str], bare: re.Match[str]) -> bool:
    """Return whether an unquoted value is code: a call, another variable, a type."""
    value, separator = bare.group(), match.group(3)
    spaced = bool(match.group(4))
    if (_code().match(value) and (spaced or "(" in value)) or (spaced and _CMDLET().fullmatch(value)):
        return True
    if separator == ":":
        # `{ password: password, … }`
        passed_on = spaced and value == match.group(1) and text[bare.end() : bare.end() + 1] == ","
        return passed_on or _annotated().match(text, bare.end()) is not None
    if match.group(1) == "--secret" and len(value) < 6:
        return True
    word = value.rstrip(";,):")
    if not word.replace("_", "").replace(".", "").isalpha():
        return match.group(1) == "--secret" and _FIELDS().match(value) is not None
    if match.group(1) == "--secret" or (separator in ("==", "===") and spaced):
        return True
    if word == match.group(1).rpartition(".")[2]:
        return True
    # `password = user_input` is another variable.
    return spaced and separator == "=" and (kind_of(word) >= Kind.KEY or ("_" in word and word.islower()))


_FIELDS = lazy("(?:id|src|source|target|dst|type|env|mode|uid|gid|required)=")
_CMDLET = lazy("(?:Get|Read|New|Import|Export|ConvertTo|ConvertFrom|Invoke|Select|Unprotect)-[A-Z][A-Za-z]{2,30}")
"""PowerShell: `$pw = Read-Host`."""


@cache
def _code() -> re.Pattern[str]:
    # A call, a list of fields: `Column(String(64))`, `user=app`.
    return re.compile(
        r"(?a:[A-Za-z_.]{2,60}(?:\(|\[\d{1,3}\])|(?:Annotated|Optional|Union|Literal|[Ll]ist|[Dd]ict)\[|(?!key=|token=)[a-z][a-z_]{0,19}=[^=\s])"
    )


@cache
def _annotated() -> re.Pattern[str]:
    return re.compile(r"\]{0,2}[ ]=[ ]")


def is_second(name: str, value: str) -> bool:
    """Return whether the second of two texts in a list is the value of the first: `["DB_PASSWORD", "x"]`."""
    if name == "--secret" and "=" in value:
        # `arguments` reads these.
        return False
    if value.startswith("-") or is_plain(value) or is_file(value) or kind_of(value) > Kind.PUBLIC:
        return False
    telling = name.startswith("-") or name.isupper() or "_" in name or looks_like_credential(value)
    return telling or (any(map(str.isdigit, value)) and " " not in value)


def is_value(text: str, match: re.Match[str], value: str, stop: int) -> bool:
    """Return whether a bare word is a field's value: `token: x` is a field, `invalid token: unexpected ]` is not."""
    if not any(char.isalnum() for char in value):
        return False
    if match.group(3) in ("->", "→") and not any(char.isdigit() for char in value):
        return False
    if match.group(3) not in (":", "：", "->", "→") or not (match.group(4) or match.group(3) == "："):
        return True
    if looks_like_credential(value) and len(value) >= 8:
        return True
    # A name of several words is a field wherever it stands: `user: x RootPass: y`.
    field = _compound().search(match.group(1)) is not None
    field = field or _field().search(text, max(0, match.start() - 48), match.start()) is not None
    ends = _ended().match(text, stop) is not None
    if value.isdecimal() and len(value) < 4 and not ends:
        # `passwords: 3 rotated`
        return False
    if any(char.isdigit() for char in value) or any(char in "!@#$%^&*+" for char in value):
        return field or ends
    return field and ends


@cache
def _field() -> re.Pattern[str]:
    return re.compile(r"(?:\A|[\n{}\[(,;|>]|\\n|[-?] |-H |--header )\s{0,40}[\"'`\\]*\Z")


@cache
def _compound() -> re.Pattern[str]:
    return re.compile("[a-z][A-Z]|[A-Za-z]_[A-Za-z]")


@cache
def _ended() -> re.Pattern[str]:
    return re.compile(r"\s*(?:\Z|[\n,;})\]\"'\\|<]|\s#|(?:and |- )?[\w.-]{1,40}+\s?[=:])")


def is_parse_error(text: str, match: re.Match[str]) -> bool:
    """Return whether a token is one that a parser did not expect: `unexpected token: "x"`."""
    before = text[max(0, match.start() - 16) : match.start()].lower()
    return match.group(1).lower() == "token" and before.endswith(("unexpected ", "illegal ", "unknown ", "invalid "))
