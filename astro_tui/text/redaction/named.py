"""Secrets that a name before them gives away: `password=x`, `"api_key": "x"`, `--token x`, `the password is x`.

Each name in a text is looked up once, and only what follows a name that says something is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from astro_tui.text.redaction.beside import beside, element
from astro_tui.text.redaction.said import is_led, is_said_plainly, said, says_about
from astro_tui.text.redaction.tables import any_of, lazy, listed, pattern, rows
from astro_tui.text.redaction.tokens import logins
from astro_tui.text.redaction.values import MASK, Notation, fields_of, is_drawn, is_ordinary, is_secret, is_words
from astro_tui.text.redaction.views import TextSpan
from astro_tui.text.redaction.words import LONGEST as LONGEST_NAME
from astro_tui.text.redaction.words import SILENT, STRONG, NameKind, kind_of, weaker, words
from astro_tui.text.redaction.written import LONGEST, Name, Value, assigned, value_at

_MOST = 1 << 12
"""Names of secrets in a text that are read. All that follows is masked: it would take too long."""
_unspaced = lazy(r"\S*+")


@lru_cache(8192)
def _says_nothing(name: str) -> bool:
    """Return whether a name says nothing, whatever is before it: `path` does not, `code` in `?code=` does."""
    contextual = listed("names", "heads") | listed("names", "queries")
    return kind_of(name) in SILENT and name.lower() not in contextual


def named(text: str) -> Iterator[TextSpan]:
    """Yield the values in a text whose names say that they are secret."""
    done = judged = count = 0
    names = pattern("name").finditer(text)
    for match in names if text.isascii() else map(_glued, names):
        if _says_nothing(match.group()[-LONGEST_NAME:]) or match.start() < done:
            continue
        name = _name_at(text, match)
        if name.kind in SILENT:
            continue
        count += 1
        if count > _MOST:
            yield name.start, len(text)
            return
        if name.kind is NameKind.CONNECTION:
            # A connection string inside of another one has been judged with it.
            if name.start < judged:
                continue
            judged = _unspaced().match(text, name.stop).end()  # type: ignore[union-attr]  # it matches everywhere
        for start, stop in _values(name):
            done = stop
            if start < stop:
                yield start, stop


def _glued(match: re.Match[str]) -> re.Match[str]:
    """Return the name of a secret in a run of letters of a language without spaces, else all of it."""
    return _unspaced_name().search(match.string, *match.span()) or match


@cache
def _unspaced_name() -> re.Pattern[str]:
    return re.compile(any_of(name for name in rows("names", "kinds") if name > "\u3000"))


def _name_at(text: str, match: re.Match[str]) -> Name:
    """Return a name in a text, with what is around it in mind: `API key`, `?key=`, `example.com/token`."""
    start, stop = match.span()
    name, before = match.group()[-LONGEST_NAME:], text[max(0, start - 2) : start]
    kind = kind_of(name)
    if name.lower() in listed("names", "heads") and (above := pattern("above").search(text, max(0, start - 40), start)):
        name, kind = _compound(above[0].split(), name)
    elif before[-1:] in ("?", "&") and name.lower() in listed("names", "queries"):
        kind = NameKind.TOKEN
    elif before[-1:] == "-" and name == "key":
        kind = NameKind.KEY
    if before[-1:] == "/" and before[:1].isalnum():
        kind = weaker(kind)
    # `arn:aws:secretsmanager:eu-west-1:1:secret:app`
    in_address = before[-1:] == ":" and before[:1].isalnum() and text[stop : stop + 1] == ":"
    return Name(text, start, stop, name, NameKind.ORDINARY if in_address else kind)


def _compound(above: list[str], name: str) -> tuple[str, NameKind]:
    """Return the name that words before a word make with it, `secret access key` or `API key`, and what it says."""
    for count in (1, 2):
        compound = "_".join((*above[-count:], name))
        if (kind := kind_of(compound)) not in SILENT and kind is not NameKind.KEY:
            return compound, kind
    return name, kind_of(name)


def _values(name: Name) -> Iterator[TextSpan]:
    if name.before(2) == "${":
        # `${PASSWORD:-x}`, but not `${PASSWORD:?is missing}`
        if (default := pattern("default in the shell").match(name.text, name.stop)) and name.says(default[1]):
            yield default.span(1)
        return
    assignment = assigned().match(name.text, name.stop)
    spans = list(_after_sign(name, assignment)) if assignment is not None else []
    if spans or (assignment is not None and assignment["sign"] not in (">", "(")):
        yield from spans
    else:
        spans = [*beside(name), *_after_space(name)]
        yield from spans or said(name)


# ---- values after a sign


def _after_sign(name: Name, match: re.Match[str]) -> Iterator[TextSpan]:
    text, sign, place = name.text, match["sign"], match.end()
    if sign == ">":
        yield from element(name, place)
        return
    if words(name.name)[-1] == "authorization" and (scheme := pattern("scheme and token").match(text, place)):
        if is_drawn(scheme[2]) or (scheme[1] and not is_ordinary(scheme[2]) and not is_words(scheme[2])):
            yield scheme.span(2)
        return
    value = value_at(text, place, match["quote"])
    if value is None or (sign == "(" and not _is_argument(name, value)):
        return
    if name.kind is NameKind.CONNECTION and _shows_its_secrets(value.raw):
        return
    if value.quote:
        if (changed := pattern("arrow and new value").match(text, value.stop)) and name.says(changed[1]):
            yield changed.span(1)
        if name.says(value.raw):
            yield value.span(text)
    elif (line := _rest_of_line(name, match, value)) is not None:
        yield line
    else:
        context = _context(name, match, value)
        plainly = context is Notation.CODE and (sign == ":" or name.follows(pattern("start of a line")))
        said_plainly = plainly and is_said_plainly(name, value.raw, value.start + len(value.raw))
        if context is not None and (said_plainly or name.says(value.raw, context)):
            yield value.span(text)


def _shows_its_secrets(text: str) -> bool:
    """Return whether the secrets of a connection string are found, or were masked, by themselves."""
    named_inside = any(kind_of(field) in STRONG for field, _value in fields_of(text[:LONGEST]))
    return MASK in text or named_inside or next(iter(logins(text)), None) is not None


def _context(name: Name, match: re.Match[str], value: Value) -> Notation | None:
    """Return how a value without quotes is written, or None if it is something else."""
    sign, text = match["sign"], name.text
    if match["block"] is not None:
        # `password:` and a value on the next line.
        alone = text[value.stop : value.stop + 1] in ("", "\n") and not text[: value.stop].endswith(":")
        inside = match["block"] or (sign == ":" and not pattern("other name").match(value.raw))
        return Notation.CODE if alone and inside else None
    of_secrets = words(name.name)[-1] in ("secret", "secrets")
    if (of_secrets or name.kind in (NameKind.TOKEN, NameKind.KEY)) and pattern("other name").match(value.raw):
        # `--set-secrets=KEY=openai:latest`
        return None
    if name.before(1) == "-":
        return Notation.OPTION
    spaced = sign == "=" and match["space"] != ""
    quoted_name = match.group().lstrip("\\").startswith(("'", '"'))
    typed = len(sign) > 1 and sign[0] in ":%"
    return Notation.CODE if spaced or quoted_name or typed or _is_said(name, match, value) else Notation.LINE


def _is_said(name: Name, match: re.Match[str], value: Value) -> bool:
    """Return whether a name and a value are part of a sentence: `wrong password: retry`, `password: min 8 digits`."""
    if match["sign"] != ":":
        return False
    return pattern("rest of a sentence").match(name.text, value.stop) is not None or (
        match["after"] == " " and not name.follows(pattern("start of a member"))
    )


def _is_argument(name: Name, value: Value) -> bool:
    """Return whether the argument of a call is a secret: `setPassword("x1")`, not `getToken("github")`."""
    if not value.quote:
        return False
    return name.says(value.raw, Notation.CODE) if name.kind is NameKind.PASSWORD else is_drawn(value.raw)


def _rest_of_line(name: Name, match: re.Match[str], value: Value) -> TextSpan | None:
    """Return the rest of the line of `password: several words`, if all of it is a secret."""
    text, start = name.text, value.start
    spaced = text[value.stop : value.stop + 1] in (" ", "\t") and (match["block"] is None or match["after"].strip())
    if name.kind not in (*STRONG, NameKind.PHRASE) or not spaced or not name.follows(pattern("start of a line")):
        return None
    stop = text.find("\n", value.stop, value.stop + LONGEST)
    rest = re.split(" [#;]", text[start : stop if stop >= 0 else value.stop + LONGEST])[0].rstrip()
    short = match["sign"] == ":" and rest.count(" ") < 2 and not any(map(str.isdigit, rest))
    if short or " -" in rest or any(char in rest for char in "=:{}[]()<>\"'`$|"):
        return None
    return (start, start + len(rest)) if name.says(rest, Notation.LINE) else None


# ---- values after a space


def _after_space(name: Name) -> Iterator[TextSpan]:
    gap = pattern("gap").match(name.text, name.stop)
    told = gap is not None and (gap.group()[0] not in "\"'`\\" or "," in gap.group() or "|" in gap.group())
    if gap is None or not told or name.word_before() in listed("names", "pages"):
        return
    value = value_at(name.text, gap.end(), gap[1], ".:!?,;)")
    if value is None or (value.quote and value.raw.startswith("-")):
        return
    variable = name.name.isupper() and "_" in name.name
    in_columns = variable and pattern("columns").match(name.text, name.stop) is not None
    option = name.before(1) == "-" or in_columns or (variable and name.follows(pattern("before a variable"), 16))
    if name.kind not in STRONG and not (option and name.kind in (NameKind.KEY, NameKind.PIN)):
        return
    if option:
        yield from _of_option(name, value)
        return
    if "," in gap.group():
        # `("password", "x")`
        if value.quote and name.before(4).rstrip("\"': ")[-1:] in ("(", ",", "{", "[") and _is_argument(name, value):
            yield value.span(name.text)
        return
    if _is_after_name(name, value):
        yield value.span(name.text)


def _is_after_name(name: Name, value: Value) -> bool:
    """Return whether a value after a space is a secret: `PASSWORD 'x'`, `invalid token 'x7'`, `with password x7`."""
    if value.quote:
        # `secret "llm2" not found` names a secret.
        drawn = any(map(str.isdigit, value.raw)) and name.name.lower() != "secret"
        clear = name.kind is NameKind.PASSWORD or drawn
        return name.says(value.raw, Notation.MEMBER if clear and not says_about(value.raw) else Notation.CODE)
    if is_ordinary(value.raw) or not is_led(name):
        return name.says(value.raw, Notation.SAID)
    drawn = value.raw[0].isalpha() and name.says(value.raw, Notation.CODE)
    return drawn or is_said_plainly(name, value.raw, value.start + len(value.raw))


def _of_option(name: Name, value: Value) -> Iterator[TextSpan]:
    other = pattern("other name").match(value.raw)
    if other is not None and name.name in ("secret", "secrets"):
        # `--secret NAME=x`, but not `--secret id=npm`
        if not is_ordinary(value.raw) and is_secret(NameKind.PASSWORD, value.raw[other.end() :], Notation.OPTION):
            yield value.start + other.end(), value.stop
    elif value.raw.endswith("=") and name.text[value.stop : value.stop + 1] in ("'", '"', "("):
        # `add_argument("--password", help="…")`
        return
    elif not value.raw.startswith("-") and (other is None or value.quote) and name.says(value.raw, Notation.OPTION):
        yield value.span(name.text)


# ---- lists of pairs, sentences, and manifests


def announced(text: str) -> Iterator[TextSpan]:
    """Yield what follows a user, and the data in a manifest of a Secret."""
    for match in pattern("login in a sentence").finditer(text) if ":" in text or "/" in text else ():
        if is_drawn(match[1]) and any(map(str.isdigit, match[1])):
            yield match.span(1)
    if "kind: Secret" in text or "stringData:" in text:
        for block in pattern("data of a Secret").finditer(text):
            for entry in pattern("entry of a Secret").finditer(text, *block.span(2)):
                if not is_ordinary(entry[1]):
                    yield entry.span(1)
