"""Secrets inside of free text: log lines, errors, commands, configuration files.

One chain of steps finds them; `redact_text` replaces what each step finds and `value_form` names the first step that
finds something, so a text is hidden as a value exactly if a part of it is masked as text. Every step takes time in
proportion to the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, partial

from astro_tui.redaction import forms
from astro_tui.redaction.names import Kind, kind_of
from astro_tui.redaction.scan import COMMAND_HINTS, NAME_HINTS
from astro_tui.redaction.values import MASK, is_plain, is_secret_value, looks_like_credential
from astro_tui.redaction.words import word_set
from astro_tui.text import visible

_SHORTEST = 6


def redact_text(text: str) -> str:
    """Return text from outside with everything in it that looks like a secret replaced by `MASK`."""
    for _form, step in _steps(text):
        text = step(text)
    return text


def masked_line(text: str, limit: int = 0) -> str:
    """Return text from outside as one line for an output: secrets masked, control characters visible.

    With a `limit` (in characters, 0 = none) it is cut with `…` at its end.
    """
    # Cut generously first, so that masking is never left with half a secret at the end.
    return visible(redact_text(text[: 8 * limit] if limit else text), limit)


def value_form(value: str) -> str | None:
    """Name the kind of secret that a text has the form of or has in it (`a JWT`), or return None."""
    if len(value) < _SHORTEST:
        return None
    for form, step in _steps(value):
        if step(value) != value:
            return form
    return None


def _steps(text: str) -> list[tuple[str, Callable[[str], str]]]:
    """Return the steps that could find something in a text, each with the form that it looks for."""
    lower = text.lower()
    steps: list[tuple[str, Callable[[str], str]]] = []
    if "@" in text:
        steps.append(("a URL with a password", _user_infos))
    if "-----BEGIN" in text:
        steps.append(("a PEM block", _private_keys))
    if "eyJ" in text:
        steps.append(("a JWT", _jwts))
    run = forms.has_run(text.encode("utf-8", "replace"))
    if run or any(hint in lower for hint in forms.VENDOR_HINTS):
        steps.append(("a service token", _vendor_tokens))
    named = any(hint in lower for hint in NAME_HINTS)
    if named or "basic" in lower:
        steps.append(("an authorization header", _bearers))
    if named:
        steps.append(("a text with a secret in it", _named))
    if any(hint in lower for hint in COMMAND_HINTS):
        steps.append(("a text with a secret in it", _commands))
    if run:
        steps.append(("a random text", _random_runs))
    return steps


# ---- forms


def _private_keys(text: str) -> str:
    return forms.private_keys().sub(MASK, text)


def _jwts(text: str) -> str:
    return forms.jwts().sub(MASK, text)


def _vendor_tokens(text: str) -> str:
    return forms.vendor_tokens().sub(MASK, text)


def _user_infos(text: str) -> str:
    if "://" in text:
        text = forms.user_infos().sub(f"://{MASK}@", text)
    return _bare_dsn().sub(rf"\1{MASK}\2", text)


@cache
def _bare_dsn() -> re.Pattern[str]:
    # `user:pw@tcp(host:3306)/db` of Go, and `user:pw@host:5432/db`.
    return re.compile(
        r"(?a:(?<![\w./:@-])([A-Za-z_][\w.-]{0,60}:)(?![/$<{%•])[^\s@/:\"'•]{1,200}(@(?:(?:tcp|udp|unix)\(|[\w.-]{1,100}:\d{2,5}/)))"
    )


def _random_runs(text: str) -> str:
    def hide(match: re.Match[str]) -> str:
        run = match.group()
        return MASK if forms.looks_random(run) and not forms.is_public_run(text, match.start()) else run

    if "-----BEGIN" not in text:
        return forms.RUNS().sub(hide, text)
    pieces: list[str] = []
    whole, done = text, 0
    for block in forms.public_blocks().finditer(whole):
        text = whole[done : block.start()]
        pieces += (forms.RUNS().sub(hide, text), block.group())
        done = block.end()
    text = whole[done:]
    return "".join([*pieces, forms.RUNS().sub(hide, text)])


@cache
def _bearer() -> re.Pattern[str]:
    return re.compile(r"(?ai:(?<![a-z])(bearer|basic|authorization:\s{0,4}token))\s{1,4}([A-Za-z0-9._~+/-]{8,}=*)")


def _bearers(text: str) -> str:
    def hide(match: re.Match[str]) -> str:
        scheme, value = match.groups()
        # "basic authentication" and "Bearer token" are words.
        return match.group() if value.isalpha() and (value.islower() or value.istitle()) else f"{scheme} {MASK}"

    return _bearer().sub(hide, text)


# ---- names: `password=x`, `"api_key": "x"`, `<secret>x</secret>`


@cache
def _name() -> re.Pattern[str]:
    return re.compile(
        r"(?a:(?<![\w.$@-])(-{0,2}[@$]?[A-Za-z_][\w.-]{0,99}+)(\\*[\"'`]?\]?)[ \t]{0,4}(:=|=>|={1,3}|:(?!//|:)|(?<=[\"'`]),)([ \t]{0,4}))"
    )


@cache
def _bare() -> re.Pattern[str]:
    # What separates values ends one only where another name or a gap follows.
    return re.compile(r"(?a:(?:[^\s\"'`,;&\\]|[,;&](?![\s\"']|\Z|[\w.-]{1,40}+[\"']?\s?[=:])|\\(?![nrt\"'\\]))+)")


@cache
def _scheme() -> re.Pattern[str]:
    return re.compile(r"(?ai:(?:bearer|basic|token|apikey|negotiate|digest)[ ]{1,4})")


@cache
def _field() -> re.Pattern[str]:
    return re.compile(r"(?:\A|[\n{}\[(,;|>]|\\n|[-?] )\s{0,40}[\"'`\\]*\Z")


@cache
def _ended() -> re.Pattern[str]:
    return re.compile(r"\s*(?:\Z|[\n,;})\]\"'\\|<]|\s#|(?:and |- )?[\w.-]{1,40}+\s?[=:])")


@cache
def _earlier() -> re.Pattern[str]:
    return re.compile(r"(?a:([A-Za-z]{2,20})[ ]\Z)")


_JOINING = word_set("key keys string phrase code secret hash uri url pass")


def _named(text: str) -> str:
    pieces: list[str] = []
    done = 0
    for match in _name().finditer(text):
        if match.start() < done or _is_inside(text, match):
            continue
        kind = _kind(text, match)
        if kind <= Kind.PUBLIC:
            continue
        found = _value(text, match, kind)
        if found is not None:
            start, stop = found
            pieces += (text[done:start], MASK)
            done = stop
    text = "".join([*pieces, text[done:]]) if pieces else text
    for pattern, hides in _shapes():
        text = pattern.sub(partial(_hidden, hides), text)
    return text


def _is_inside(text: str, match: re.Match[str]) -> bool:
    """Tell whether a name is part of something else: of a path, an ARN, or of a variable without a default."""
    start, stop = match.start(), match.end()
    if match.group(3) != ":":
        return False
    before = text[max(0, start - 2) : start]
    if before == "${":
        return text[stop : stop + 1] not in ("-", "=")
    return before[-1:] in ("/", ":") and not match.group(4)


def _kind(text: str, match: re.Match[str]) -> Kind:
    name = match.group(1)
    if name in _JOINING or name.lower() in _JOINING:
        earlier = _earlier().search(text, max(0, match.start() - 24), match.start())
        if earlier is not None:
            return max(kind_of(f"{earlier.group(1)}_{name}"), kind_of(name))
    return kind_of(name)


def _value(text: str, match: re.Match[str], kind: Kind) -> tuple[int, int] | None:
    """Return where the value behind a telling name is, None where it is no secret."""
    start = match.end()
    quoted = _quoted(text, start)
    separator = match.group(3)
    if quoted is not None:
        start, stop = quoted
        value = text[start:stop]
        if separator == ",":
            # A list of two: `["DB_PASSWORD", "x"]`, but not one of names: `["password", "token"]`.
            second = kind >= Kind.KEY and _is_second(match.group(1), value) and not _key_ends().match(text, stop)
            return quoted if second else None
        return quoted if is_secret_value(kind, value) and not _is_parse_error(text, match) else None
    if separator == ",":
        return None
    if kind is Kind.TOKEN and match.group(1).lower().endswith("cookie"):
        return _cookie(text, start, setting=match.group(1).lower().startswith("set"))
    scheme = _scheme().match(text, start) if kind is Kind.PASSWORD else None
    if scheme is not None:
        start = scheme.end()
    bare = _bare().match(text, start)
    if bare is None:
        return None
    value = bare.group()
    if _variable().match(value) or value[-1] in "([" or bare.group()[-1] in "([":
        return None
    if value[0] in "{[($<" and (value[0] != "$" or text.startswith("${{", start)) and not _closes(value):
        return None
    value = value.rstrip(")]}>") if not value.startswith(("$", "<", "{", "[", "(")) else value
    stop = start + len(value)
    if kind is Kind.PHRASE and not is_plain(value):
        end = text.find("\n", start)
        return start, len(text) if end < 0 else end
    if not value or not is_secret_value(kind, value):
        return None
    if scheme is None and not _told(text, match, value, stop):
        return None
    return start, stop


@cache
def _variable() -> re.Pattern[str]:
    return re.compile(r"\$(?:[A-Za-z_]|\{(?![\w.]+:?[-=])|\()")


def _closes(value: str) -> bool:
    return value[-1] in "}])>"


def _quoted(text: str, start: int) -> tuple[int, int] | None:
    """Return where the text inside of the quotes at `start` is; without a closing one it ends with the line."""
    mark = _opening().match(text, start)
    if mark is None:
        return None
    opened, end = mark.group(), mark.end()
    line = text.find("\n", end)
    line = len(text) if line < 0 else line
    if len(opened) > 1:
        stop = text.find(opened, end, line)
        return end, line if stop < 0 else stop
    inside = _inside(opened).match(text, end, line)
    return end, inside.end() if inside else end


@cache
def _opening() -> re.Pattern[str]:
    return re.compile(r"\\*[\"'`]")


@cache
def _inside(quote: str) -> re.Pattern[str]:
    return re.compile(rf"(?:[^{quote}\\]|\\.)*+")


@cache
def _key_ends() -> re.Pattern[str]:
    return re.compile(r"\\*[\"'`]\s{0,4}[:=]")


def _is_second(name: str, value: str) -> bool:
    if value.startswith("-") or is_plain(value) or kind_of(value) > Kind.PUBLIC:
        return False
    return name.startswith("-") or name.isupper() or "_" in name or looks_like_credential(value)


def _told(text: str, match: re.Match[str], value: str, stop: int) -> bool:
    """Tell whether a bare value is one: `invalid token: unexpected ]` is a sentence, `token: x` a field."""
    if not any(char.isalnum() for char in value):
        return False
    if match.group(3) != ":" or not match.group(4):
        return True
    if looks_like_credential(value) and len(value) >= 8:
        return True
    field = _field().search(text, max(0, match.start() - 48), match.start()) is not None
    ends = _ended().match(text, stop) is not None
    if any(char.isdigit() for char in value) or any(char in "!@#$%^&*+" for char in value):
        return field or ends
    return field and ends


def _is_parse_error(text: str, match: re.Match[str]) -> bool:
    before = text[max(0, match.start() - 16) : match.start()].lower()
    return match.group(1).lower() == "token" and before.endswith(("unexpected ", "illegal ", "unknown ", "invalid "))


def _cookie(text: str, start: int, *, setting: bool) -> tuple[int, int] | None:
    line = text.find("\n", start)
    line = len(text) if line < 0 else line
    equals = text.find("=", start, line)
    if equals < 0 or is_plain(text[equals + 1 : line].strip("\"' ")):
        return None
    if not setting:
        return start, line
    stop = text.find(";", equals, line)
    return equals + 1, line if stop < 0 else stop


_Hides = Callable[[str, str], bool]


@cache
def _shapes() -> tuple[tuple[re.Pattern[str], _Hides], ...]:
    """Return the ways of naming a secret that have no separator: patterns of (before, name, between, value)."""

    def by_name(name: str, value: str) -> bool:
        return is_secret_value(kind_of(name), value)

    def strongly(name: str, value: str) -> bool:
        return kind_of(name) >= Kind.KEY and is_secret_value(kind_of(name), value)

    def always(_name: str, value: str) -> bool:
        return not is_plain(value)

    def credential(_name: str, value: str) -> bool:
        return looks_like_credential(value.rstrip(".,!)")) or (
            any(map(str.isdigit, value)) and not value[0].isdigit() and len(value) > 4
        )

    return (
        # <password>x</password>
        (
            re.compile(
                r"(?a:(<(?:\w+:)?)([A-Za-z_][\w.-]{0,63}+)((?:\s[^<>]{0,200})?>\s{0,40})([^<>\s][^<>]{0,4000})(?=</))"
            ),
            by_name,
        ),
        # <add key="Password" value="x"/>, {"name": "DB_PASSWORD", "value": "x"}, name: X, value: y
        (
            re.compile(
                r"(?ai:((?<![a-z0-9_])(?:name|key|k|header|variable|var|field|param|id)\\*[\"']?\s{0,4}[:=]\s{0,4}\\*[\"']?)"
                r"([A-Za-z_][\w.-]{0,99}+)(\\*[\"']?[ \t]{0,8},?\s{1,40}?\\*[\"']?(?:value|val|v|content|default)\\*[\"']?\s{0,4}[:=]"
                r"\s{0,4}\\*[\"']?)([^\"'\s\\,}>][^\"'\n\\>]*+))"
            ),
            by_name,
        ),
        # --password x
        (
            re.compile(
                r"(?a:((?<![\w-])--|(?<![\w-])-(?!p(?!ass|wd|rivate)))([A-Za-z][\w.-]{2,60}+)([ \t]{1,4}[\"']?)((?!-)[^\s\"'|]{1,400}))"
            ),
            strongly,
        ),
        # PASSWORD 'x', IDENTIFIED BY 'x'
        (
            re.compile(
                r"(?ai:(?<![a-z])()(password|passwd|passphrase|identified[ ]by(?:[ ]password)?)([ ]{1,4}[\"'])([^\"'\n]{1,400})(?=[\"']))"
            ),
            always,
        ),
        # ENV DB_PASSWORD x, set DB_PASSWORD x, requirepass x
        (
            re.compile(
                r"(?am:((?:^[ \t]{0,20}ENV|^[ \t]{0,20}ARG|(?<![a-z])set(?:x|env)?)[ ]{1,4})([A-Za-z_][\w.-]{0,99}+)([ ]{1,4}[\"']?)([^\s\"'=]{1,400})(?=[\"']?[ ]{0,4}(?:\n|\Z|&&|;)))"
            ),
            strongly,
        ),
        (re.compile(r"(?ai:(?<![a-z])()(requirepass|masterauth)([ ]{1,4}[\"']?)([^\s\"']{1,400}))"), always),
        # password is x
        (
            re.compile(
                r"(?ai:(?<![a-z])()(password|passphrase|secret|token|api[ _]?key|pin|pwd)([ ](?:is|was|set[ ]to|to)[: ]{1,2}[\"'`]?)([^\s\"'`]{5,200}))"
            ),
            credential,
        ),
        (
            re.compile(
                r"(?ai:(?<![a-z])()(password)([ ](?:for|of)[ ][\w@.-]{1,40}[ ](?:is|was)[: ]{1,2}[\"'`]?)([^\s\"'`]{5,200}))"
            ),
            credential,
        ),
        # std::string secret("x")
        (
            re.compile(
                r"(?a:(?<![\w.])()([A-Za-z_][\w.-]{0,60}+)([ ]?\([ ]?\\*[\"'])([^\"'\n\\]{3,400})(?=\\*[\"'][ ]?\)))"
            ),
            strongly,
        ),
    )


def _hidden(hides: _Hides, match: re.Match[str]) -> str:
    before, name, between, value = match.groups()
    if MASK in value or not hides(name, value):
        return match.group()
    return f"{before}{name}{between}{MASK}"


# ---- commands


@cache
def _command_shapes() -> tuple[re.Pattern[str], ...]:
    quoted = r"(?:\"[^\"\n]*\"?|'[^'\n]*'?|[^\s\"'|;]+)"
    return tuple(
        re.compile(f"(?a:{shape})")
        for shape in (
            r"((?<!\w)(?:curl|wget|https?|httpie)\s[^\n|]{0,300}?(?<=\s)(?:-[a-zA-Z]*u|--user|--proxy-user|-U|-a)[ =]?[\"']?[\w.@+-]{0,64}:)(?![$<{/])[^\s\"'|]+",
            rf"((?<!\w)(?:mysql\w*|mariadb[\w-]*)\s(?:[^\n|]{{0,300}}?\s)?-p)(?![$<{{ ]){quoted}",
            rf"((?<!\w)(?:sshpass|mongo\w*|docker|podman|skopeo|helm|buildah|oras|az|mosquitto_\w+|htpasswd|kinit|vncviewer)\s(?:[^\n|]{{0,300}}?\s)?(?:-p|-P)[ =]?)"
            rf"(?=[^\s]*[A-Za-z])(?![$<{{\-/.]|[\w.]*:\d|\d[\d.:-]*(?:\s|\Z)){quoted}",
            rf"((?<!\w)redis-cli\s(?:[^\n|]{{0,300}}?\s)?(?:-a|--pass)[ =])(?![$<{{-]){quoted}",
            rf"((?<!\w)ldap\w+\s(?:[^\n|]{{0,300}}?\s)?-w[ ]?)(?![$<{{-]){quoted}",
            r"((?<!\w)smbclient\s(?:[^\n|]{0,300}?\s)?-U[ ]?[\w\\.-]{1,64}%)(?![$<{-])[^\s\"'|]+",
            r"((?<!\w)(?:machine\s{1,4}\S{1,200}\s{1,4}login\s{1,4}\S{1,200}|login\s{1,4}\S{1,200}|machine\s{1,4}\S{1,200})\s{1,4}password\s{1,4})(?![$<{])\S+",
            r"([\"']-[pP]\\*[\"']\s{0,4},\s{0,4}\\*[\"'])(?=[^\"'\n]{0,200}[A-Za-z])[^\"'\n\\/=:•-][^\"'\n\\/=:]{0,200}(?=\\*[\"'])",
            r"((?<!\w)echo\s{1,4}(?:-n\s)?[\"']?)(?![$<{])[^\s\"'|]{4,200}(?=[\"']?\s{0,4}\|\s{0,4}(?:docker|podman|helm|sudo)\s[^\n]{0,200}(?:--password-stdin|-S\b))",
        )
    )


def _commands(text: str) -> str:
    for pattern in _command_shapes():
        text = pattern.sub(rf"\1{MASK}", text)
    return text
