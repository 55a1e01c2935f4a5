"""Secrets that their form gives away wherever they are: tokens of known services, keys, webhooks, logins in URLs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from astro_tui.text.redaction.tables import any_of, lazy, listed, pattern, rows
from astro_tui.text.redaction.values import RUN, is_ordinary, is_random
from astro_tui.text.redaction.views import TextSpan, decoded
from astro_tui.text.redaction.words import NameKind, kind_of

SHORTEST = 15
"""The fewest characters in a row of a token."""
_LONGEST_CUT = 400
_DRAWN_FIRST = 27
"""The fewest of a token that starts with what its service draws."""
_MIXED = "(?=[A-Za-z]*[0-9]+[A-Za-z])(?=[a-z0-9]*[A-Z])"
_RUN_BYTES = bytes(0x2E if chr(byte).isalnum() or chr(byte) in "+/_=-.$" else 0x20 for byte in range(128)) + b" " * 128


def has_run(text: str, length: int = SHORTEST) -> bool:
    """Return whether a text has so many characters in a row that can be in a token."""
    return len(text) >= length and b"." * length in text.encode("ascii", "replace").translate(_RUN_BYTES)


class TokenFinder:
    """Finds the tokens of a table: `{"GitHub": ["ghp_ A20+"]}`. A pattern is compiled when a text has its start."""

    def __init__(self, table: Mapping[str, list[str]]) -> None:
        self._drawn_first: list[tuple[str, str]] = []
        self._by_start: dict[str, list[tuple[str, str]]] = {}
        group = "\n"
        for form in sorted(form for forms in table.values() for form in forms):
            start = form.partition(" ")[0]
            if _sized().fullmatch(start):
                self._drawn_first.append((form.split(" ")[1], form))
                continue
            # A start stands for the longer ones that begin with it, which are sorted after it.
            group = group if start.startswith(group) else start
            self._by_start.setdefault(group, []).append((start, form))
        self._start = re.compile(f"(?<![A-Za-z0-9]){any_of(self._by_start)}")

    def spans(self, text: str) -> Iterator[TextSpan]:
        """Yield the places of the tokens in a text."""
        rows = [row for start in set(self._start.findall(text)) for row in self._by_start[start]]
        if has_run(text, _DRAWN_FIRST):
            rows += self._drawn_first
        for literal, form in rows:
            if literal in text:
                for match in _pattern_of(form).finditer(text):
                    if _is_drawn(match.group("body")):
                        # Of a webhook, only what grants access.
                        yield match.span("body" if "/" in literal else 0)

    def begun(self, word: str) -> bool:
        """Return whether a word is the beginning of a token, with some of what its service draws."""
        match = self._start.match(word)
        starts = [start for start, _form in self._by_start[match.group()] if word.startswith(start)] if match else []
        start = max(starts, key=len, default="") if not is_ordinary(word) else ""
        body = word[len(start) :]
        drawn = body not in (body.lower(), body.upper()) and start not in listed("tokens", "vague")
        return len(start) > 2 and (drawn or (body != "" and len(start) > 3 and start.isupper()))


_parts = lazy("[-_.]")
_sized = lazy(r"([AWULHDBXMP])(\d+)(\+?)")


@cache
def _pattern_of(form: str) -> re.Pattern[str]:
    """Return the regular expression for a form such as `xapp-1- U11 - W20+`."""
    parts = form.split(" ")
    begin = 0 if _sized().fullmatch(parts[0]) else 1
    patterns = [_part(part) for part in parts]
    # A longer word that only starts or ends like a token is none.
    before = (
        r"(?<![\w.-])" if parts[0].endswith(".") or not begin else r"(?<!\w)(?<!pk\.)" if parts[0][0].isalnum() else ""
    )
    last = _sized().fullmatch(parts[-1])
    after = r"(?![\w-])" if last and not last[3] else ""
    return re.compile(f"{before}{''.join(patterns[:begin])}(?P<body>{''.join(patterns[begin:])}){after}")


def _part(part: str) -> str:
    sized = _sized().fullmatch(part)
    if sized is None:
        return re.escape(part)
    count = f"{{{sized[2]}{',' if sized[3] else ''}}}"
    return f"{_MIXED if sized[1] == 'M' else ''}{rows('tokens', 'alphabets')[sized[1]]}{count}"


def _is_drawn(body: str) -> bool:
    """Return whether the part of a token that a service draws is not made of words: `sk-learn-something`."""
    for part in _parts().split(body):
        if len(part) >= 6 and (any(map(str.isdigit, part)) or not (part.islower() or part.isupper() or part.istitle())):
            return True
    return len(body) >= 10 and sum(map(str.isdigit, body)) > 3


@cache
def _tokens() -> TokenFinder:
    return TokenFinder(rows("tokens", "tokens"))


def _shortest(part: str) -> str:
    sized = _sized().fullmatch(part)
    return part if sized is None else ("." if sized[1] == "X" else "x") * int(sized[2])


def token_hints(run: int) -> Iterator[str]:
    """Yield what a token has in it that may have fewer than `run` letters, digits, or `+/_=-` in a row."""
    for forms in rows("tokens", "tokens").values():
        for form in forms:
            parts = form.split(" ")
            shortest = "".join(_shortest(part) for part in parts)
            if max(map(len, re.split(r"[^A-Za-z0-9+/_=-]", shortest))) < run:
                yield max((part for part in parts if not _sized().fullmatch(part)), key=len).lower()


def cut_off(text: str) -> Iterator[TextSpan]:
    """Yield the beginning of a secret at the end of a text, where the platform cut it off."""
    near = max(0, len(text) - _LONGEST_CUT)
    login = pattern("login cut off").search(text, near) if "://" in text else None
    if login is not None and not is_ordinary(login[1]):
        yield login.span(1)
    mixed = (last := text[near:].rpartition(" ")[2]) != last.lower()
    word = pattern("word cut off").search(text, near) if mixed else None
    if word is not None and _tokens().begun(word.group()) and decoded(word.group()) is None:
        yield word.span()


def tokens(text: str) -> Iterator[TextSpan]:
    """Yield the tokens of known services."""
    return _tokens().spans(text)


# ---- other forms


def private_keys(text: str) -> Iterator[TextSpan]:
    """Yield private keys: PEM blocks to their end or the end of the text."""
    return (match.span() for match in pattern("private key").finditer(text))


def logins(text: str) -> Iterator[TextSpan]:
    """Yield the users and passwords in URLs, and the passwords in addresses without a scheme."""
    if "://" in text:
        for match in pattern("login in a URL").finditer(text):
            yield match.start() + 3, match.end() - 1
    for match in pattern("login without a scheme").finditer(text):
        place = match.lastindex or 1
        if not is_ordinary(match[place]):
            yield match.span(place)


_run = lazy(f"[A-Za-z0-9+/_=-]{{{RUN},}}")


def random_runs(text: str) -> Iterator[TextSpan]:
    """Yield long texts that look drawn at random, judged by their parts where they are the path of a URL."""
    if "-----BEGIN" in text:
        text = pattern("public block").sub(lambda block: " " * len(block.group()), text)
    for match in _run().finditer(text):
        start, stop = match.span()
        if "/" in match.group() and pattern("URL before a path").search(text, max(0, start - 300), start + 2):
            for part in re.finditer(
                r"(?<=/d/)[^/]+|(?<=folders/)[^/]+|(?:(?:[A-Za-z]{1,30}-)*)([^/=]+)", match.group()
            ):
                first, last = part.span(1)
                if last - first >= RUN and _is_secret_run(text, start + first, start + last):
                    yield start + first, start + last
            continue
        # A run can begin with a name: `cursor=…`.
        start += match.group().rstrip("=").rfind("=") + 1
        if stop - start >= RUN and _is_secret_run(text, start, stop):
            yield start, stop


def _is_public(text: str, start: int) -> bool:
    """Return whether what is before a long text says that it is public: a digest, a certificate, an SSH key."""
    near = max(0, start - 60)
    named = pattern("name before a value").search(text, near, start)
    if named is not None:
        # Beside its type, the numbers of a JSON web key are public.
        web_key = named[1] in listed("names", "public") and '"kty' in text[max(0, start - 4096) : start + 4096]
        if web_key or kind_of(named[1]) is NameKind.PUBLIC:
            return True
    return pattern("before a public text").search(text, near, start) is not None


def _is_secret_run(text: str, start: int, stop: int) -> bool:
    run = text[start:stop]
    return is_random(run) and decoded(run) is None and not _is_public(text, start)
