"""Names and values beside each other in markup and lists: XML elements, attributes, `"name": "x", "value": "y"`."""

from __future__ import annotations

import re
from functools import cache

from astro_tui.text.redaction.shape import OPEN, Shape, attribute, beside, by_name, in_quotes
from astro_tui.text.redaction.values import MASK

_NAMES = (
    r"(?:name|key|k|header|variable|var|field|param|param-name|id|property|setting|label|option|attribute"
    r"|(?:parameter|variable|setting|env)_?(?:name|key)|parameter|@name|@key)"
)
_VALUES = (
    r"(?:value|val|v|content|default|data|setting|answer|\#text|(?:parameter|variable|setting|secret|string|plain|new|old|current)"
    r"_?(?:value|text))"
)
_QUOTE, _GAP = r"\\*[\"']?", r"\s{0,4}"
_MARK = r"\\*[\"']"
_FIELDS = rf"(?:{_MARK}\w{{1,20}}{_MARK}\s?:\s?(?:{_MARK}[^\"'\\\n]{{0,80}}{_MARK}|[\w.]{{1,20}})\s?,\s{{0,40}}){{0,3}}"
_ARGUMENT = in_quotes(r"[^\s\"'|]{1,400}")
_INSIDE = r"([^<>\s][^<>]{0,4000}?)(?=(?:\]\]>\s{0,20})?</)"

MARKUP = (
    # The text of an XML element, named by its tag, by an attribute, or by the element before it.
    Shape(
        "</",
        rf"(?a:(<(?:\w+:)?)([A-Za-z_][\w.-]{{0,63}}+)((?:\s[^<>]{{0,200}})?>\s{{0,40}}(?:<!\[CDATA\[)?){_INSIDE})",
        by_name,
    ),
    Shape(
        "</",
        (
            rf"(?a:(<[A-Za-z][\w:.-]{{0,60}}\s(?:[^<>]{{0,200}}?\s)?(?i:{_NAMES})={_MARK})([A-Za-z_][\w.:-]{{0,99}})"
            rf"({_MARK}[^<>]{{0,200}}>\s{{0,40}}(?:<!\[CDATA\[)?(?:<value>)?){_INSIDE})"
        ),
        beside,
    ),
    Shape(
        "</",
        (
            rf"(?ai:(<{_NAMES}>\s{{0,20}})([A-Za-z_][\w.-]{{0,99}}+)(\s{{0,20}}</{_NAMES}>\s{{0,40}}"
            rf"<(?:{_VALUES}|string|param-value)>\s{{0,20}})([^<>\s][^<>]{{0,4000}})(?=</))"
        ),
        by_name,
    ),
    # An element with its value in an attribute.
    Shape(
        "value=",
        rf"(?a:(<(?:\w+:)?)([A-Za-z_][\w.-]{{0,63}}+)(\s(?:[^<>]{{0,200}}?\s)?value={_MARK})([^\"'<>\\]{{1,400}}))",
        attribute,
    ),
    Shape(
        "&lt;",
        r"(?a:(&lt;(?:\w+:)?)([A-Za-z_][\w.-]{0,63}+)(&gt;\s{0,4})([^<>\s&]{1,400})(?=\s{0,4}&lt;/))",
        by_name,
    ),
    # Attributes, JSON, or YAML with a name and a value beside each other.
    Shape(
        "val|content|default|data|setting|answer|text|v:|v=|v\"|v'|v\\",
        (
            rf"(?ai:((?<![a-z0-9_]){_NAMES}{_QUOTE}{_GAP}[:=]{_GAP}{_QUOTE})([A-Za-z_][\w.-]{{0,99}}+)"
            rf"({_QUOTE}(?:[ \t]{{0,8}}[,;|]\s{{0,40}}|\s{{1,40}}?){_FIELDS}"
            rf"{_QUOTE}{_VALUES}{_QUOTE}{_GAP}[:=]{_GAP}{_QUOTE})"
            r"([^\"'\s\\,{}\[>][^\"'\n\\>]*+))"
        ),
        beside,
    ),
    Shape(
        "val|content|default|data",
        (
            rf"(?ai:((?<![a-z0-9_]){_NAMES}{_MARK}{_GAP}:{_GAP}{_MARK})([A-Za-z_][\w.-]{{0,40}}[ ][\w. -]{{1,40}})"
            rf"({_MARK}\s{{0,4}},\s{{0,40}}{_FIELDS}{_MARK}{_VALUES}{_MARK}{_GAP}:{_GAP}{_MARK})([^\"'\n\\]{{1,400}}))"
        ),
        beside,
    ),
    Shape(
        "-value",
        (
            r"(?ai:((?<!\S)-name[ ]{1,4}[\"']?)([a-z_][\w.-]{0,99}+)"
            rf"([\"']?[ ]{{1,4}}-value[ ]{{1,4}}{OPEN})({_ARGUMENT}))"
        ),
        by_name,
    ),
)


@cache
def _value_first() -> re.Pattern[str]:
    # `value="x" name="Password"`, and the same in JSON.
    return re.compile(
        rf"(?ai:((?<![a-z0-9_-])(?:value|val|content){_QUOTE}{_GAP}[:=]{_GAP}\\*[\"'])([^\"'\n\\<>]{{1,400}})"
        rf"(\\*[\"'][\s,]{{1,12}}{_QUOTE}(?:name|key|header|variable|param|id){_QUOTE}{_GAP}[:=]{_GAP}{_QUOTE})"
        r"([a-z_][\w.:-]{0,99}))"
    )


def values_before_names(text: str) -> str:
    """Return the text with every secret that stands before its name replaced: `value="x" name="Password"`."""
    lower = text.lower()
    return _value_first().sub(_hidden_before, text) if "val" in lower or "content" in lower else text


def _hidden_before(match: re.Match[str]) -> str:
    before, value, between, name = match.groups()
    return match.group() if MASK in value or not beside(name, value) else f"{before}{MASK}{between}{name}"


@cache
def _kind_secret() -> re.Pattern[str]:
    return re.compile(r"kind\\*[\"']?[ ]?:[ ]?\\*[\"']?Secret\b(?!:)")


@cache
def _secret_data(heads: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?m)^[ ]{{0,20}}(?:{heads}):[ ]*\n(?:[ ]{{1,40}}[^\n]*(?:\n|\Z)){{1,100}}"
        rf"|\\*\"(?:{heads})\\*\"[ ]?:[ ]?\{{[^{{}}]{{1,8000}}\}}?"
    )


@cache
def _datum() -> re.Pattern[str]:
    return re.compile(r"(:[ ]?(?:\\*\")?)(?![{|>\s])([^\s\"'\\,{}]{2,})")


def secret_objects(text: str) -> str:
    """Return a text with the data of every object of kind Secret, and all `stringData`, replaced."""
    if "Secret" in text and "data" in text and _kind_secret().search(text) is not None:
        return _secret_data("data|stringData").sub(_without_data, text)
    return _secret_data("stringData").sub(_without_data, text) if "stringData" in text else text


def _without_data(match: re.Match[str]) -> str:
    head, colon, body = match.group().partition(":")
    return head + colon + _datum().sub(rf"\1{MASK}", body)
