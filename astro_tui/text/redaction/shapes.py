"""Secrets that follow a name without a separator: `<password>x</password>`, `--token x`, `mysql -px`, netrc files.

Each pattern captures what stays; the value is what follows it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, partial

from astro_tui.text.redaction.names import Kind, kind_of
from astro_tui.text.redaction.values import MASK, is_plain, is_secret_value, looks_like_credential

_Hides = Callable[[str, str], bool]


def named(text: str) -> str:
    """Return a text with the secrets replaced that a name beside them, or around them, tells."""
    lower = text.lower()
    for hints, pattern, hides in _shapes():
        if any(hint in lower for hint in hints):
            text = _compiled(pattern).sub(partial(_hidden, hides), text)
    return _value_first().sub(_hidden_before, text) if "val" in lower or "content" in lower else text


def _hidden(hides: _Hides, match: re.Match[str]) -> str:
    before, name, between, value = match.groups()
    if MASK in value or not hides(name, value):
        return match.group()
    return f"{before}{name}{between}{MASK}"


@cache
def _value_first() -> re.Pattern[str]:
    # `value="x" name="Password"`, and the same in JSON.
    quote, gap = r"\\*[\"']?", r"\s{0,4}"
    return re.compile(
        rf"(?ai:((?<![a-z0-9_-])(?:value|val|content){quote}{gap}[:=]{gap}\\*[\"'])([^\"'\n\\<>]{{1,400}})"
        rf"(\\*[\"'][\s,]{{1,12}}{quote}(?:name|key|header|variable|param|id){quote}{gap}[:=]{gap}{quote})([a-z_][\w.:-]{{0,99}}))"
    )


def _hidden_before(match: re.Match[str]) -> str:
    before, value, between, name = match.groups()
    return match.group() if MASK in value or not _by_name(name, value) else f"{before}{MASK}{between}{name}"


def _by_name(name: str, value: str) -> bool:
    return is_secret_value(kind_of(name), value)


def _strongly(name: str, value: str) -> bool:
    return kind_of(name) >= Kind.KEY and is_secret_value(kind_of(name), value)


def _always(_name: str, value: str) -> bool:
    return not is_plain(value)


def _credential(_name: str, value: str) -> bool:
    digit = any(map(str.isdigit, value))
    return looks_like_credential(value.rstrip(".,!)")) or (digit and not value[0].isdigit() and len(value) > 4)


def _generated(_name: str, value: str) -> bool:
    return any(map(str.isdigit, value)) and looks_like_credential(value.rstrip(".,!)")) and not is_plain(value)


def _mixed(_name: str, value: str) -> bool:
    return any(map(str.isdigit, value)) and not value[0].isdigit() and not is_plain(value)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compile a pattern when a text first has one of its hints: all of them take longer than drawing a list."""
    return re.compile(pattern)


@cache
def _shapes() -> tuple[tuple[tuple[str, ...], str, _Hides], ...]:
    """Return patterns of (before, name, between, value), each with its hints and with what decides about the value."""
    variable = r"(?:name|key|k|header|variable|var|field|param|param-name|id)"
    value = r"(?:value|val|v|content|default)"
    quote, gap = r"\\*[\"']?", r"\s{0,4}"
    shapes: tuple[tuple[str, str, _Hides], ...] = (
        # An XML element, by its own name, by that in an attribute, and by that in the element before it.
        (
            "</",
            (
                r"(?a:(<(?:\w+:)?)([A-Za-z_][\w.-]{0,63}+)((?:\s[^<>]{0,200})?>\s{0,40}(?:<!\[CDATA\[)?)"
                r"([^<>\s][^<>]{0,4000}?)(?=(?:\]\]>\s{0,20})?</))"
            ),
            _by_name,
        ),
        (
            "</",
            (
                rf"(?a:(<[A-Za-z][\w:.-]{{0,60}}\s(?:[^<>]{{0,200}}?\s)?{variable}=\\*[\"'])([A-Za-z_][\w.:-]{{0,99}})"
                r"(\\*[\"'][^<>]{0,200}>\s{0,40}(?:<!\[CDATA\[)?)([^<>\s][^<>]{0,4000}?)(?=(?:\]\]>\s{0,20})?</))"
            ),
            _by_name,
        ),
        (
            "</",
            (
                rf"(?ai:(<{variable}>\s{{0,20}})([A-Za-z_][\w.-]{{0,99}}+)(\s{{0,20}}</{variable}>\s{{0,40}}"
                rf"<(?:{value}|string|data|param-value)>\s{{0,20}})([^<>\s][^<>]{{0,4000}})(?=</))"
            ),
            _by_name,
        ),
        # Attributes, JSON or YAML that say a name and a value beside each other.
        (
            "val|content|default|v:|v=|v\"|v'|v\\",
            (
                rf"(?ai:((?<![a-z0-9_]){variable}{quote}{gap}[:=]{gap}{quote})([A-Za-z_][\w.-]{{0,99}}+)"
                rf"({quote}[ \t]{{0,8}},?\s{{1,40}}?{quote}{value}{quote}{gap}[:=]{gap}{quote})"
                r"([^\"'\s\\,}>][^\"'\n\\>]*+))"
            ),
            _by_name,
        ),
        # An option of a command, but not `-pSECRET`.
        (
            "-",
            (
                r"(?a:((?<![\w-])--|(?<![\w-])-(?!p(?!ass|wd|rivate)))([A-Za-z][\w.-]{2,60}+)([ \t]{1,4}[\"']?)"
                r"((?!-)[^\s\"'|]{1,400}))"
            ),
            _strongly,
        ),
        # SQL.
        (
            "password |passwd |passphrase |identified ",
            (
                r"(?ai:(?<![a-z])()(password|passwd|passphrase|identified[ ]by(?:[ ]password)?)([ ]{1,4}[\"'])"
                r"([^\"'\n]{1,400})(?=[\"']))"
            ),
            _always,
        ),
        # A Dockerfile, or a shell that sets a variable.
        (
            "env|arg|set",
            (
                r"(?am:((?:^[ \t]{0,20}ENV|^[ \t]{0,20}ARG|(?<![a-z])set(?:x|env)?)[ ]{1,4})([A-Za-z_][\w.-]{0,99}+)"
                r"([ ]{1,4}[\"']?)([^\s\"'=]{1,400})(?=[\"']?[ ]{0,4}(?:\n|\Z|&&|;)))"
            ),
            _strongly,
        ),
        (
            "requirepass|masterauth",
            r"(?ai:(?<![a-z])()(requirepass|masterauth)([ ]{1,4}[\"']?)([^\s\"']{1,400}))",
            _always,
        ),
        # Prose.
        (
            " is| was| to| set to",
            (
                r"(?ai:(?<![a-z])()(password|passphrase|secret|token|api[ _]?key|pin|pwd)"
                r"([ ](?:is|was|set[ ]to|to)[: ]{1,2}[\"'`]?)([^\s\"'`]{5,200}))"
            ),
            _credential,
        ),
        (
            " for | of ",
            (
                r"(?ai:(?<![a-z])()(password)([ ](?:for|of)[ ][\w@.-]{1,40}[ ](?:is|was)[: ]{1,2}[\"'`]?)"
                r"([^\s\"'`]{5,200}))"
            ),
            _credential,
        ),
        (
            "password |passphrase |passwd ",
            r"(?ai:(?<![a-z])()(password|passphrase|passwd)([ ])((?=[^\s]*[a-z])[a-z0-9!@#$%^&*_+-]{5,200}))",
            _mixed,
        ),
        # `temporary password for root: x`, the value on the next line or not; a sentence about a failure has none.
        (
            "password |passphrase |token ",
            (
                r"(?ai:(?<![a-z])(?<!invalid[ ])(?<!wrong[ ])(?<!incorrect[ ])()(password|passphrase|token)"
                r"((?![^:\n]{0,100}(?:fail|invalid|wrong|denied|incorrect|expired"
                r"|\bnot\b|unknown|error))(?:[ ][\w@.'-]{1,40}){1,8}:\s{1,4})([^\s\"'`]{8,200})(?=\s*\Z|\n))"
            ),
            _generated,
        ),
        (
            "token |secret |key ",
            (
                r"(?ai:(?<![a-z])(?<!unexpected[ ])()(token|secret|api[ _-]?key)([ ])"
                r"((?=[^\s]{0,60}\d)[a-z][\w.~+/=-]{15,200}))"
            ),
            _generated,
        ),
        # Routers: `username x password 0 y`.
        ("password |secret |key ", r"(?ai:(?<![a-z])()(password|secret|key)([ ]\d[ ])([^\s\"']{4,200}))", _credential),
        # A block of Terraform.
        (
            "variable ",
            (
                r"(?a:(variable[ ]\\*\")([\w-]{1,100}+)(\\*\"[ ]?\{[^{}]{0,400}?(?<!\w)default[ ]{0,9}=[ ]{0,4}\\*\")"
                r"([^\"\n\\]{1,400}))"
            ),
            _by_name,
        ),
        # Parameters of an `Authorization` header.
        (
            "response=|rspauth=|mac=",
            r"(?ai:(?<![\w-])()(response|rspauth|mac)(=\\*[\"'])([A-Za-z0-9+/=_-]{16,}))",
            _always,
        ),
        # A call with a user and a password.
        (
            "(",
            (
                r"(?ai:()(basicauth|basic_auth|networkcredential|pscredential|passwordcredentials|passwordauthentication"
                r"|credentials|(?<![a-z])auth)([ ]?=?[ ]?\((?:[^()\"'\n]{0,80},[ ]?)?\\*[\"'][^\"'\n]{1,80}[\"'][ ]?,"
                r"[ ]?\\*[\"'])([^\"'\n\\]{3,200})(?=\\*[\"'][ ]?\)))"
            ),
            _always,
        ),
        (
            "(",
            (
                r"(?ai:()(login|connection|connect|authenticate|signin)(\((?:[^()\"'\n]{0,80},[ ]?)?\\*[\"']"
                r"[^\"'\n]{1,80}[\"'][ ]?,[ ]?\\*[\"'])([^\"'\n\\]{3,200})(?=\\*[\"'][ ]?\)))"
            ),
            _credential,
        ),
        # A call with one argument.
        (
            "(",
            (
                r"(?a:(?<![\w.])()([A-Za-z_][\w.-]{0,60}+)([ ]?\([ ]?\\*[\"'])([^\"'\n\\]{3,400})"
                r"(?=\\*[\"'][ ]?\)))"
            ),
            _strongly,
        ),
    )
    return tuple((tuple(hints.split("|")), pattern, hides) for hints, pattern, hides in shapes)
