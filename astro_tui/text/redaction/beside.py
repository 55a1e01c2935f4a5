"""Values in the element or the attribute beside a name: `<password>x</password>`, `name="PASSWORD" value="x"`."""

from __future__ import annotations

from collections.abc import Iterator

from astro_tui.text.redaction.tables import lazy
from astro_tui.text.redaction.values import Context
from astro_tui.text.redaction.views import Span
from astro_tui.text.redaction.words import STRONG, Kind
from astro_tui.text.redaction.written import Name, value_at

_BEFORE = 48
_NAMING = (*STRONG, Kind.CONNECTION, Kind.PIN, Kind.KEY)
_ENDS = ("<", "=", ":", ">", "= ", ": ", "> ", '"', "'", "/", "\\", " create ", " set ", " put ", " add ", "-name ")
"""How the text before a name ends that has its value beside it."""
_CONTENT = r"\s{0,20}([^<>\s](?:[^<>\n]{0,400}[^<>\s])?)\s{0,20}"
_opening = lazy(r"<(?:[\w-]{1,20}:)?\Z")
_in_element = lazy(rf"(?:<!\[CDATA\[|<[\w:]{{1,30}}>)?{_CONTENT}(?:\]\]>)?</")
_own_value = lazy(r"[ ](?i:value|content)\s?=\s?[\"']([^\"'\n]{1,400})[\"']")
_attributes = lazy(r"[ \t][^<>]{1,200}>")
_attribute_end = lazy(rf"[\"']>{_CONTENT}</|[\"']\r?\n\r?\n([^\r\n]{{1,400}})")
_next_element = lazy(rf"\s{{0,8}}</[\w:.-]{{1,40}}>\s{{0,60}}<[\w:.-]{{1,40}}(?:[ ][^<>]{{0,80}})?>{_CONTENT}</")
_block = lazy(r"\"\s?\{[^{}]{0,300}?\b(?:default|value)\s{0,8}=\s{0,8}\"([^\"\n]{1,400})\"")
"""The rest of the variable of a module: `variable "db_password" { default = "x" }`."""
_naming = lazy(
    r"(?i:(?<![a-z])(?:name|key|id|variable|var|env|field|param|parameter|header|property|setting|label|title|option"
    r"|attribute|k|[a-z]{2,12}(?:_?name|_?key))(?:\\*[\"']?\s?(?:=>|[:=])\s?|(?<=-name)[ ])"
    r"\\*[\"']?(?:[\w.-]{0,40}/){0,4}|[ ](?:create|set|put|add)[ ])\Z"
)
_valued = lazy(
    r"\\*[\"']?(?:\s{0,2}[,;|)]|/?>)?\s{0,40}"
    r"(?:[\"'\w]{1,20}\s?[:=]\s?[\"']?(?:String|SecureString|plain|secret|env|true|false|text|password)\\*[\"']?[\s,;]{1,20})?"
    r"[,{(]?\\*[\"']?(?:-{0,2}(?i:[a-z]{0,12}_?value|val|v|default|content|data|plaintext|secret)\\*[\"']?\s?(?:=>|[:=])\s?"
    r"|--?[Vv]alue[ ])(\\*[\"'`])?"
)
_valued_before = lazy(
    r"(?i:value|content|default|val|v)\\*[\"']?\s?[:=]\s?\\*[\"']([^\"'\n\\]{1,300})\\*[\"'][\s,;]{1,8}"
    r"\\*[\"']?[\w.-]{1,20}\\*[\"']?\s?[:=]\s?\\*[\"']?\Z"
)


def element(name: Name, place: int) -> Iterator[Span]:
    """Yield the content of an element with a name, `<password>x</password>`, which starts at a place."""
    if name.follows(_opening()) and (match := _in_element().match(name.text, place)) and name.says(match[1]):
        yield match.span(1)


def beside(name: Name) -> Iterator[Span]:
    """Yield the value in the attribute or element beside one that has the name as its value."""
    text, start, stop, before = name.text, name.start, name.stop, name.before(_BEFORE)
    if name.kind not in _NAMING or not before[-8:].lower().endswith(_ENDS):
        return
    found = None
    if _opening().search(before) and (match := _attributes().match(text, stop)):
        found = _own_value().search(text, stop, match.end()) or _in_element().match(text, match.end())
    elif before.endswith(">"):
        found = _next_element().match(text, stop)
    elif _naming().search(before):
        found = _attribute_end().match(text, stop) or _valued_before().search(text, max(0, start - 400), start)
    if found is None and before.endswith('"'):
        found = _block().match(text, stop)
    if found is not None:
        group = found.lastindex or 1
        if name.says(found[group]):
            yield found.span(group)
    elif _naming().search(before) and (match := _valued().match(text, stop)):
        value = value_at(text, match.end(), match[1])
        if value is not None and name.says(value.raw, Context.MEMBER if match[1] else Context.LINE):
            yield value.span(text)
