"""Secrets that a name before them gives away: `password=x`, `"api_key": "x"`, `--token x`, `the password is x`.

Each name in a text is looked up once, and only what follows a name that says something is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from astro_tui.text.redaction.beside import beside, element
from astro_tui.text.redaction.tables import lazy, listed
from astro_tui.text.redaction.tokens import logins
from astro_tui.text.redaction.values import MASK, Context, fields_of, is_drawn, is_ordinary, is_secret
from astro_tui.text.redaction.views import Span
from astro_tui.text.redaction.words import LONGEST as LONGEST_NAME
from astro_tui.text.redaction.words import SILENT, STRONG, Kind, kind_of, weaker, words
from astro_tui.text.redaction.written import LONGEST, Name, Value, assigned, value_at

_name = lazy(r"[^\W\d][\w$-]*+(?:[./](?=[^\W\d])[\w$-]++)*+")
_above = lazy(r"(?<![\w-])(?:[A-Za-z]{2,12}[ ]){1,2}\Z")
_MOST = 1 << 12
"""Names of secrets in a text that are read. All that follows is masked: it would take too long."""
_unspaced = lazy(r"\S*+")
_default = lazy(r":?-([^{}\n$\"']{1,400})\}")


@lru_cache(8192)
def _says_nothing(name: str) -> bool:
    """Return whether a name says nothing, whatever is before it: `path` does not, `code` in `?code=` does."""
    contextual = listed("names", "heads") | listed("names", "queries")
    return kind_of(name) in SILENT and name.lower() not in contextual


def named(text: str) -> Iterator[Span]:
    """Yield the values in a text whose names say that they are secret."""
    done = judged = count = 0
    for match in _name().finditer(text):
        if _says_nothing(match.group()[-LONGEST_NAME:]) or match.start() < done:
            continue
        name = _name_at(text, match)
        if name.kind in SILENT:
            continue
        count += 1
        if count > _MOST:
            yield name.start, len(text)
            return
        if name.kind is Kind.CONNECTION:
            # A connection string inside of another one has been judged with it.
            if name.start < judged:
                continue
            judged = _unspaced().match(text, name.stop).end()  # type: ignore[union-attr]  # it matches everywhere
        for start, stop in _values(name):
            done = stop
            if start < stop:
                yield start, stop


def _name_at(text: str, match: re.Match[str]) -> Name:
    """Return a name in a text, with what is around it in mind: `API key`, `?key=`, `example.com/token`."""
    start, stop = match.span()
    name, before = match.group()[-LONGEST_NAME:], text[max(0, start - 2) : start]
    kind = kind_of(name)
    if name.lower() in listed("names", "heads") and (above := _above().search(text, max(0, start - 40), start)):
        name, kind = _compound(above[0].split(), name)
    elif before[-1:] in ("?", "&") and name.lower() in listed("names", "queries"):
        kind = Kind.TOKEN
    elif before[-1:] == "-" and name == "key":
        kind = Kind.KEY
    if before[-1:] == "/" and before[:1].isalnum():
        kind = weaker(kind)
    # `arn:aws:secretsmanager:eu-west-1:1:secret:app`
    in_address = before[-1:] == ":" and before[:1].isalnum() and text[stop : stop + 1] == ":"
    return Name(text, start, stop, name, Kind.ORDINARY if in_address else kind)


def _compound(above: list[str], name: str) -> tuple[str, Kind]:
    """Return the name that words before a word make with it, `secret access key` or `API key`, and what it says."""
    for count in (1, 2):
        compound = "_".join((*above[-count:], name))
        if (kind := kind_of(compound)) not in SILENT and kind is not Kind.KEY:
            return compound, kind
    return name, kind_of(name)


def _values(name: Name) -> Iterator[Span]:
    if name.before(2) == "${":
        # `${PASSWORD:-x}`, but not `${PASSWORD:?is missing}`
        if (default := _default().match(name.text, name.stop)) and name.says(default[1]):
            yield default.span(1)
        return
    found = assigned().match(name.text, name.stop)
    spans = list(_after_sign(name, found)) if found is not None else []
    if spans or (found is not None and found["sign"] not in (">", "(")):
        yield from spans
    else:
        yield from beside(name)
        yield from _after_space(name)


# ---- values after a sign

_scheme = lazy(r"[A-Za-z]{2,12}[ ]{1,2}(?![^\s]{0,40}=\")([^\s\"',;&]{8,400})")
_arrow = lazy(r"[\"'][ ]{1,4}[-=]>[ ]{1,4}[\"']([^\"'\n]{1,400})[\"']")
_other_name = lazy(r"[A-Za-z_][\w.-]{0,40}=(?!=|\Z)")
_more = lazy(r"[ ]{1,2}[^\W_](?![\w.-]{0,60}[=:])[\w'’-]*(?:[ ,.]|$)", re.MULTILINE)
_member_start = lazy(r"(?:\A|\n|[,;{(\[|])[\s\"'*>$+-]{0,60}(?:export[ ]|set[ ]|ENV[ ])?\Z")
_line_start = lazy(r"(?:\A|\n)[ \t]{0,60}(?:[-*][ ]|export[ ]|set[ ]|ENV[ ])?[\"']?\Z")


def _after_sign(name: Name, found: re.Match[str]) -> Iterator[Span]:
    text, sign, place = name.text, found["sign"], found.end()
    if sign == ">":
        yield from element(name, place)
        return
    if words(name.name)[-1] == "authorization" and (scheme := _scheme().match(text, place)):
        if is_drawn(scheme[1]):
            yield scheme.span(1)
        return
    value = value_at(text, place, found["quote"])
    if value is None or (sign == "(" and not _is_argument(name, value)):
        return
    if name.kind is Kind.CONNECTION and _shows_its_secrets(value.raw):
        return
    if value.quote:
        if (changed := _arrow().match(text, value.stop)) and name.says(changed[1]):
            yield changed.span(1)
        if name.says(value.raw):
            yield value.span(text)
    elif (line := _rest_of_line(name, found, value)) is not None:
        yield line
    else:
        context = _context(name, found, value)
        if context is not None and name.says(value.raw, context):
            yield value.span(text)


def _shows_its_secrets(text: str) -> bool:
    """Return whether the secrets of a connection string are found, or were masked, by themselves."""
    named_inside = any(kind_of(field) in STRONG for field, _value in fields_of(text[:LONGEST]))
    return MASK in text or named_inside or next(iter(logins(text)), None) is not None


def _context(name: Name, found: re.Match[str], value: Value) -> Context | None:
    """Return how a value without quotes is written, or None if it is something else."""
    sign, text = found["sign"], name.text
    if found["block"] is not None:
        # `password:` and a value on the next line.
        alone = text[value.stop : value.stop + 1] in ("", "\n") and not text[: value.stop].endswith(":")
        inside = found["block"] or (sign == ":" and not _other_name().match(value.raw))
        return Context.CODE if alone and inside else None
    of_secrets = words(name.name)[-1] in ("secret", "secrets")
    if (of_secrets or name.kind in (Kind.TOKEN, Kind.KEY)) and _other_name().match(value.raw):
        # `--set-secrets=KEY=openai:latest`
        return None
    if name.before(1) == "-":
        return Context.OPTION
    spaced = sign == "=" and found["space"] != ""
    quoted_name = found.group().lstrip("\\").startswith(("'", '"'))
    typed = len(sign) > 1 and sign[0] in ":%"
    return Context.CODE if spaced or quoted_name or typed or _is_said(name, found, value) else Context.LINE


def _is_said(name: Name, found: re.Match[str], value: Value) -> bool:
    """Return whether a name and a value are part of a sentence: `wrong password: retry`, `password: min 8 digits`."""
    if found["sign"] != ":":
        return False
    return _more().match(name.text, value.stop) is not None or (
        found["after"] == " " and not name.follows(_member_start())
    )


def _is_argument(name: Name, value: Value) -> bool:
    """Return whether the argument of a call is a secret: `setPassword("x1")`, not `getToken("github")`."""
    if not value.quote or len(value.raw) < 6:
        return False
    return name.says(value.raw, Context.CODE) if name.kind is Kind.PASSWORD else is_drawn(value.raw)


def _rest_of_line(name: Name, found: re.Match[str], value: Value) -> Span | None:
    """Return the rest of the line of `password: several words`, if all of it is a secret."""
    text, start = name.text, value.start
    spaced = text[value.stop : value.stop + 1] in (" ", "\t") and found["block"] is None
    if name.kind not in (*STRONG, Kind.PHRASE) or not spaced or not name.follows(_line_start()):
        return None
    stop = text.find("\n", value.stop, value.stop + LONGEST)
    rest = re.split(" [#;]", text[start : stop if stop >= 0 else value.stop + LONGEST])[0].rstrip()
    short = found["sign"] == ":" and rest.count(" ") < 2 and not any(map(str.isdigit, rest))
    if short or " -" in rest or any(char in rest for char in "=:{}[]()<>\"'`$|"):
        return None
    return (start, start + len(rest)) if name.says(rest, Context.LINE) else None


# ---- values after a space

_gap = lazy(
    r"\\{0,4}[\"'`]?(?:[ \t]{0,40}\|[ \t]{0,40}|[ \t]{1,8}(?:(?:is|was|to|as|changed[ ]to|set[ ]to|is[ ]now)[ ]?:?[ ])?"
    r"|\\?[\"']?,[ ]?(?=\\?[\"'])|,(?=\w)|,[ ](?=[\w-]))(\\{0,4}[\"'`])?"
)
_of_a_page = lazy(r"(?i:(?:page|next|resume|continuation|unexpected|expected|sync|cursor)[ ])\Z")
_columns = lazy(r"[ ]{0,40}\t[ \t]{0,40}|[ ]{2,40}|,(?![ ])")
_declared = lazy(r"(?:\A|\s)(?:ENV|ARG|setx|set|export|env|add|put|-e|--env|--set|set-env|setenv|secret)[ ]\Z")


def _after_space(name: Name) -> Iterator[Span]:
    gap = _gap().match(name.text, name.stop)
    if gap is None or (gap.group()[0] in "\"'`\\" and "," not in gap.group()) or name.follows(_of_a_page(), 24):
        return
    value = value_at(name.text, gap.end(), gap[1], ".:!?,;)")
    if value is None:
        return
    variable = name.name.isupper() and "_" in name.name
    in_columns = variable and _columns().match(name.text, name.stop) is not None
    option = name.before(1) == "-" or in_columns or (variable and name.follows(_declared(), 16))
    if name.kind not in STRONG and not (option and name.kind in (Kind.KEY, Kind.PIN)):
        return
    if option:
        yield from _of_option(name, value)
    elif "," in gap.group():
        # `("password", "x")`
        if value.quote and name.before(4).rstrip("\"' ")[-1:] in ("(", ",", "{", "[") and _is_argument(name, value):
            yield value.span(name.text)
    elif name.says(value.raw, Context.SAID):
        yield value.span(name.text)


def _of_option(name: Name, value: Value) -> Iterator[Span]:
    other = _other_name().match(value.raw)
    if other is not None and name.name in ("secret", "secrets"):
        # `--secret NAME=x`, but not `--secret id=npm`
        if not is_ordinary(value.raw) and is_secret(Kind.PASSWORD, value.raw[other.end() :], Context.OPTION):
            yield value.start + other.end(), value.stop
    elif not value.raw.startswith("-") and (other is None or value.quote) and name.says(value.raw, Context.OPTION):
        yield value.span(name.text)


# ---- lists of pairs, sentences, and manifests

_announced = lazy(
    r"[PpTt](?i:assword|assphrase|oken)(?:[ ][\w@.%'-]{1,40}){1,8}(?:[ ]\([^()\n]{1,100}\))?:\s{1,4}"
    r"([^\s\"'`]{8,200})(?=\s*\Z|\n)"
)
_login = lazy(
    r"[LlCcAa](?i:ogin|ogged[ ]in|redentials?|reds|ccount)(?:[ ](?:with|as|using|is|for|attempt))?"
    r"[: (\[]{1,3}[\"'`]?[a-z][\w.@-]{1,40}"
    r"[\"'`]?(?::|[ ]?/[ ]?)[\"'`]?([^\s\"'`/:,)\]]{6,200})(?=[\s\"'`.,;)\]]|\Z)"
)
_data = lazy(r"^([ ]{0,20})(?:stringData|data):[ ]*\n((?:\1[ ]+[^\n]*(?:\n|\Z))+)", re.MULTILINE)
_entry = lazy(r"^[ ]+[\w.-]+:[ ]+[\"']?([^\s|>\"'][^\n\"']*)", re.MULTILINE)


def announced(text: str) -> Iterator[Span]:
    """Yield what ends a line about a password, what follows a user, and the data in a manifest of a Secret."""
    for pattern in (_announced(), _login()) if ":" in text or "/" in text else ():
        for match in pattern.finditer(text):
            if is_drawn(match[1]) and any(map(str.isdigit, match[1])):
                yield match.span(1)
    if "kind: Secret" in text or "stringData:" in text:
        for block in _data().finditer(text):
            for entry in _entry().finditer(text, *block.span(2)):
                if not is_ordinary(entry[1]):
                    yield entry.span(1)
