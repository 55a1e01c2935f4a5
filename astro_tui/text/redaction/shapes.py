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
    for pattern, hides in _shapes():
        text = pattern.sub(partial(_hidden, hides), text)
    return text


def commands(text: str) -> str:
    """Return a text with the passwords in command lines and netrc files replaced."""
    for pattern in _commands():
        text = pattern.sub(rf"\1{MASK}", text)
    return text


def _hidden(hides: _Hides, match: re.Match[str]) -> str:
    before, name, between, value = match.groups()
    if MASK in value or not hides(name, value):
        return match.group()
    return f"{before}{name}{between}{MASK}"


def _by_name(name: str, value: str) -> bool:
    return is_secret_value(kind_of(name), value)


def _strongly(name: str, value: str) -> bool:
    return kind_of(name) >= Kind.KEY and is_secret_value(kind_of(name), value)


def _always(_name: str, value: str) -> bool:
    return not is_plain(value)


def _credential(_name: str, value: str) -> bool:
    digit = any(map(str.isdigit, value))
    return looks_like_credential(value.rstrip(".,!)")) or (digit and not value[0].isdigit() and len(value) > 4)


def _mixed(_name: str, value: str) -> bool:
    return any(map(str.isdigit, value)) and not value[0].isdigit() and not is_plain(value)


@cache
def _shapes() -> tuple[tuple[re.Pattern[str], _Hides], ...]:
    """Return patterns of (before, name, between, value), each with what decides about the value."""
    variable = r"(?:name|key|k|header|variable|var|field|param|id)"
    value = r"(?:value|val|v|content|default)"
    quote, gap = r"\\*[\"']?", r"\s{0,4}"
    shapes: tuple[tuple[str, _Hides], ...] = (
        # An XML element.
        (
            (
                r"(?a:(<(?:\w+:)?)([A-Za-z_][\w.-]{0,63}+)((?:\s[^<>]{0,200})?>\s{0,40})"
                r"([^<>\s][^<>]{0,4000})(?=</))"
            ),
            _by_name,
        ),
        # Attributes, JSON or YAML that say a name and a value beside each other.
        (
            (
                rf"(?ai:((?<![a-z0-9_]){variable}{quote}{gap}[:=]{gap}{quote})([A-Za-z_][\w.-]{{0,99}}+)"
                rf"({quote}[ \t]{{0,8}},?\s{{1,40}}?{quote}{value}{quote}{gap}[:=]{gap}{quote})"
                r"([^\"'\s\\,}>][^\"'\n\\>]*+))"
            ),
            _by_name,
        ),
        # An option of a command, but not `-pSECRET`.
        (
            (
                r"(?a:((?<![\w-])--|(?<![\w-])-(?!p(?!ass|wd|rivate)))([A-Za-z][\w.-]{2,60}+)([ \t]{1,4}[\"']?)"
                r"((?!-)[^\s\"'|]{1,400}))"
            ),
            _strongly,
        ),
        # SQL.
        (
            (
                r"(?ai:(?<![a-z])()(password|passwd|passphrase|identified[ ]by(?:[ ]password)?)([ ]{1,4}[\"'])"
                r"([^\"'\n]{1,400})(?=[\"']))"
            ),
            _always,
        ),
        # A Dockerfile, or a shell that sets a variable.
        (
            (
                r"(?am:((?:^[ \t]{0,20}ENV|^[ \t]{0,20}ARG|(?<![a-z])set(?:x|env)?)[ ]{1,4})([A-Za-z_][\w.-]{0,99}+)"
                r"([ ]{1,4}[\"']?)([^\s\"'=]{1,400})(?=[\"']?[ ]{0,4}(?:\n|\Z|&&|;)))"
            ),
            _strongly,
        ),
        (r"(?ai:(?<![a-z])()(requirepass|masterauth)([ ]{1,4}[\"']?)([^\s\"']{1,400}))", _always),
        # Prose.
        (
            (
                r"(?ai:(?<![a-z])()(password|passphrase|secret|token|api[ _]?key|pin|pwd)"
                r"([ ](?:is|was|set[ ]to|to)[: ]{1,2}[\"'`]?)([^\s\"'`]{5,200}))"
            ),
            _credential,
        ),
        (
            (
                r"(?ai:(?<![a-z])()(password)([ ](?:for|of)[ ][\w@.-]{1,40}[ ](?:is|was)[: ]{1,2}[\"'`]?)"
                r"([^\s\"'`]{5,200}))"
            ),
            _credential,
        ),
        (r"(?ai:(?<![a-z])()(password|passphrase|passwd)([ ])((?=[^\s]*[a-z])[a-z0-9!@#$%^&*_+-]{5,200}))", _mixed),
        # A call with one argument.
        (
            (
                r"(?a:(?<![\w.])()([A-Za-z_][\w.-]{0,60}+)([ ]?\([ ]?\\*[\"'])([^\"'\n\\]{3,400})"
                r"(?=\\*[\"'][ ]?\)))"
            ),
            _strongly,
        ),
    )
    return tuple((re.compile(pattern), hides) for pattern, hides in shapes)


@cache
def _commands() -> tuple[re.Pattern[str], ...]:
    value = r"(?:\"[^\"\n]*\"?|'[^'\n]*'?|[^\s\"'|;]+)"
    start, options = r"(?<!\w)", r"\s(?:[^\n|]{0,300}?\s)?"
    tools = r"(?:sshpass|mongo\w*|docker|podman|skopeo|helm|buildah|oras|az|mosquitto_\w+|htpasswd|kinit|vncviewer)"
    login = r"(?:machine\s{1,4}\S{1,200}\s{1,4}login\s{1,4}\S{1,200}|login\s{1,4}\S{1,200}|machine\s{1,4}\S{1,200})"
    shapes = (
        (
            rf"({start}(?:curl|wget|https?|httpie)\s[^\n|]{{0,300}}?(?<=\s)"
            r"(?:-[a-zA-Z]*u|--user|--proxy-user|-U|-a)[ =]?[\"']?[\w.@+-]{0,64}:)(?![$<{/])[^\s\"'|]+"
        ),
        rf"({start}(?:mysql\w*|mariadb[\w-]*){options}-p)(?![$<{{ ]){value}",
        # A port, a path or an address behind -p is no password.
        (
            rf"({start}{tools}{options}(?:-p|-P)[ =]?)"
            rf"(?=[^\s]*[A-Za-z])(?![$<{{\-/.]|[\w.]*:\d|\d[\d.:-]*(?:\s|\Z)){value}"
        ),
        rf"({start}htpasswd\s-\w*b\w*\s\S{{1,200}}\s\S{{1,64}}\s)(?![$<{{]){value}",
        r"((?<![a-z])(?:oracle:\w{1,10}:|sqlplus\s)[\w.-]{1,64}/)(?![$<{/])[^\s@/\"']{1,200}(?=@)",
        rf"({start}redis-cli{options}(?:-a|--pass)[ =])(?![$<{{-]){value}",
        rf"({start}ldap\w+{options}-w[ ]?)(?![$<{{-]){value}",
        rf"({start}smbclient{options}-U[ ]?[\w\\.-]{{1,64}}%)(?![$<{{-])[^\s\"'|]+",
        rf"({start}{login}\s{{1,4}}password\s{{1,4}})(?![$<{{])\S+",
        (
            r"([\"']-[pP]\\*[\"']\s{0,4},\s{0,4}\\*[\"'])(?=[^\"'\n]{0,200}[A-Za-z])"
            r"[^\"'\n\\/=:•-][^\"'\n\\/=:]{0,200}(?=\\*[\"'])"
        ),
        (
            rf"({start}echo\s{{1,4}}(?:-n\s)?[\"']?)(?![$<{{])[^\s\"'|]{{4,200}}"
            r"(?=[\"']?\s{0,4}\|\s{0,4}(?:docker|podman|helm|sudo)\s[^\n]{0,200}(?:--password-stdin|-S\b))"
        ),
    )
    return tuple(re.compile(f"(?a:{shape})") for shape in shapes)
