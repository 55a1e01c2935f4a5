"""Values in the element or the attribute beside a name: `<password>x</password>`, `name="PASSWORD" value="x"`."""

from __future__ import annotations

from collections.abc import Iterator

from astro_tui.text.redaction.tables import lazy, pattern
from astro_tui.text.redaction.values import Notation
from astro_tui.text.redaction.views import TextSpan
from astro_tui.text.redaction.words import STRONG, NameKind
from astro_tui.text.redaction.written import Name, value_at

_BEFORE = 48
_NAMING = (*STRONG, NameKind.CONNECTION, NameKind.PIN, NameKind.KEY)
_ENDS = (
    "<",
    "=",
    ":",
    "#",
    "(",
    ">",
    "= ",
    ": ",
    "> ",
    '"',
    "'",
    "/",
    "\\",
    " create ",
    " set ",
    " put ",
    " add ",
    "-name ",
)
"""How the text before a name ends that has its value beside it."""
_CONTENT = r"\s{0,20}((?<=\[CDATA\[)[^\n]{1,400}?(?=\]\]>)|[^<>\s](?:[^<>\n]{0,400}[^<>\s])?)\s{0,20}"
_opening = lazy(r"<(?:[\w-]{1,20}:)?\Z")
_in_element = lazy(rf"(?:<!\[CDATA\[|<[\w:]{{1,30}}>)?{_CONTENT}(?:\]\]>)?</")
_attribute_end = lazy(rf"[\"']>{_CONTENT}</|[\"']\r?\n\r?\n([^\r\n]{{1,400}})")
_next_element = lazy(
    rf"\s{{0,8}}</[\w:.-]{{1,40}}>\s{{0,60}}(?:<[\w:.-]{{1,40}}(?:[ ][^<>]{{0,80}})?>\s{{0,20}}){{1,2}}{_CONTENT}</"
)
_MOST_VALUES = 2


def element(name: Name, place: int) -> Iterator[TextSpan]:
    """Yield the content of an element with a name, `<password>x</password>`, which starts at a place."""
    match = _in_element().match(name.text, place) or pattern("element cut off").match(name.text, place)
    if match is not None and name.follows(_opening()) and name.says(match[1]):
        yield match.span(1)


def beside(name: Name) -> Iterator[TextSpan]:
    """Yield the value in the attribute or element beside one that has the name as its value."""
    text, start, stop, before = name.text, name.start, name.stop, name.before(_BEFORE)
    if name.kind not in _NAMING or not before[-8:].lower().endswith(_ENDS):
        return
    hit = None
    if _opening().search(before) and (match := pattern("attributes").match(text, stop)):
        hit = pattern("own value").search(text, stop, match.end()) or _in_element().match(text, match.end())
    elif before.endswith(">"):
        hit = _next_element().match(text, stop)
    elif pattern("name of a member").search(before):
        hit = _attribute_end().match(text, stop) or pattern("value before").search(text, max(0, start - 400), start)
    if hit is None and before.endswith('"'):
        hit = pattern("default of a variable").match(text, stop)
    if hit is None and pattern("before the name of a field").search(before):
        hit = pattern("text typed into a field").match(text, stop)
    if hit is not None:
        group = hit.lastindex or 1
        if name.says(hit[group]):
            yield hit.span(group)
    elif pattern("name of a member").search(before):
        for _value_of_many in range(_MOST_VALUES):
            match = pattern("value of a member").match(text, stop)
            value = value_at(text, match.end(), match[1]) if match is not None else None
            if match is None or value is None:
                return
            stop = value.stop
            if name.says(value.raw, Notation.MEMBER if match[1] else Notation.LINE):
                yield value.span(text)
