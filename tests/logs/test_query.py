"""The query language."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from astro_tui.errors import AstroError
from astro_tui.logs.levels import Level, level_of
from astro_tui.logs.line import LogSource
from astro_tui.logs.query import MOST_TERMS, MOST_TEXT, QueryError, parse_query
from astro_tui.logs.records import LogRecord, record_of
from astro_tui.logs.terms import MOST_SEARCHED, FieldTerm

OPERATORS = {
    "level>=warn AND foo(": "leave out AND",
    "a && b": "leave out AND",
    "a OR b": "/this|that/",
    "a || b": "/this|that/",
    "NOT a": "Write -word",
}
SOURCE = LogSource("abc-def-ghi", "claims-desk-agent", container="app")


def matches(query: str, message: str, level: str = "", source: LogSource = SOURCE) -> bool:
    return parse_query(query).matches(level_of(level), message, lambda: record_of(level, message), source)


def unread() -> LogRecord:
    raise AssertionError("the line is taken apart for nothing")


JSON = '{"msg":"slow \\"up\\u0073tream\\"","http":{"status":502,"path":"/v1/x"},"took":"1.5s","user":"Ana"}'
TEXT = "request handled status=200 took=812ms size=64KiB cpu=85% version=1.10.2"
CASES = [
    # texts
    ("handled", TEXT, True),
    ("HANDLED", TEXT, False),
    ("handled request", TEXT, True),
    ('"handled request"', TEXT, False),
    ('"request handled"', TEXT, True),
    ("-handled", TEXT, False),
    ("!handled", TEXT, False),
    ("-health handled", TEXT, True),
    ("straße", "Die STRASSE ist lang", True),
    ("Straße", "Die STRASSE ist lang", False),
    ("ÀÉ", "ÀÉ", True),
    ("àé", "ÀÉ", True),
    ('"slow \\"upstream\\""', JSON, True),
    ("upstream", JSON, True),
    ("/v1/x", JSON, True),
    # expressions
    ("/hand(l|t)ed/", TEXT, True),
    ("/^handled/", TEXT, False),
    (r"/took=\d{3}ms/", TEXT, True),
    (r"-/took=\d{3}ms/", TEXT, False),
    ("/request handled/", TEXT, True),
    (r"/slow .upstream/", JSON, True),
    (r"/v1\/x/", JSON, True),
    # fields
    ("status>=400", TEXT, False),
    ("status>=400", JSON, True),
    ("status<400", TEXT, True),
    ("http.status=502", JSON, True),
    ("http.status=502.0", JSON, True),
    ("http.status!=502", JSON, False),
    ("http.status!=500", JSON, True),
    ("nothing!=500", JSON, False),
    ("-nothing=500", JSON, True),
    ("Status=200", TEXT, True),
    ("user=ana", JSON, True),
    ("user=ANA", JSON, False),
    ("user=Ana", JSON, True),
    ("user:n", JSON, True),
    ("message:slow", JSON, True),
    ("msg:slow", TEXT, False),
    ("took>1s", JSON, True),
    ("took>1s", TEXT, False),
    ("took>=800ms", TEXT, True),
    ("took>800", TEXT, True),
    ("took>1m", JSON, False),
    ("size>=60kb", TEXT, True),
    ("size>1MiB", TEXT, False),
    ("size>1s", TEXT, False),
    ("size!=1s", TEXT, True),
    ("cpu>80", TEXT, True),
    ("cpu>80%", TEXT, True),
    ("version>=1.10.1", TEXT, True),
    ("http.path:v1", JSON, True),
    ("took=", TEXT, False),
    ("took!=", TEXT, True),
    # what only looks like a field
    ("http://host", "see http://host/x", True),
    ("std::vector", "in std::vector<int>", True),
    ("Error:boom", "Error:boom", True),
    ("error:", "Error: boom", True),
    ("a->b", "a->b", True),
    ("12:30", "at 12:30:05", True),
    ("err=<nil>", "done err=<nil>", True),
    ("err:<nil>", "err:<nil>", True),
    ("f() x<5 <html>", "f() <html> x=3", True),
    ('"(" ">="', "(a >= b", True),
    ("pid=5 workflow=x", "pid=5 workflow=x", True),
    ("since>2026-07-02T06:00:00Z", "since=2026-07-03T00:00:00Z", True),
    ("version<v1.10.3-rc.1", "version=v1.10.2", True),
    # sources
    ("workload=agent", TEXT, True),
    ("workload=desk", TEXT, False),
    ("workload:desk", TEXT, True),
    ("workload=claims-desk-agent", TEXT, True),
    ("workload!=agent", TEXT, False),
    ("workload!=other", TEXT, True),
    ("container=app", TEXT, True),
    ("pod=x", TEXT, False),
    ("-pod=x", TEXT, True),
    ("", TEXT, True),
    ("   ", TEXT, True),
]


@pytest.mark.parametrize(("query", "message", "expected"), CASES)
def test_a_query_matches(query: str, message: str, expected: bool) -> None:
    assert matches(query, message) is expected
    assert matches(parse_query(query).text, message) is expected


@pytest.mark.parametrize(
    ("query", "levels"),
    [
        ("level>=warn", "warn error fatal"),
        ("level>=WARNING", "warn error fatal"),
        ("severity>w", "error fatal"),
        ("level=err", "error"),
        ("level:inf", "info"),
        ("lvl<debug", "none trace"),
        ("level=none", "none"),
        ("level!=none", "trace debug info notice warn error fatal"),
        ("-level<=fata", ""),
        ("level>=50", "error fatal"),
    ],
)
def test_levels_are_compared(query: str, levels: str) -> None:
    parsed = parse_query(query)
    assert " ".join(each.word for each in Level if parsed.matches(each, "", unread, SOURCE)) == levels


NORMAL = [
    ("", ""),
    ("  a   -b  ", "a -b"),
    ('!"a b" lvl:w', '-"a b" level=warn'),
    ('"plain" "-a" "x=1" "error:"', 'plain "-a" "x=1" error:'),
    ('x="a b" y="c" a==b z=""', 'x="a b" y=c a=b z=""'),
    ('"not closed', '"not closed"'),
    ('"not closed \\"', '"not closed \\""'),
    ('"a\\', "a\\"),
    ("- -- /path //", "- -- /path //"),
    ("/a b/ -/c/", "/a b/ -/c/"),
    ('"/a/"', '"/a/"'),
    ('""', ""),
    ("loglevel=error levelname:warn", "loglevel=error levelname:warn"),
    ('"AND" "|" ">=" "(x>1)" err=<nil>', '"AND" "|" ">=" "(x>1)" err="<nil>"'),
]


@pytest.mark.parametrize(("query", "advice"), OPERATORS.items())
def test_operators_of_other_languages_are_refused(query: str, advice: str) -> None:
    with pytest.raises(QueryError, match=advice.replace("|", r"\|")):
        parse_query(query)


def test_an_operator_is_text_in_quotes_or_in_lower_case() -> None:
    assert matches('"AND" and "OR"', "AND and OR")


@pytest.mark.parametrize(("query", "normal"), NORMAL)
def test_a_query_has_a_normal_form(query: str, normal: str) -> None:
    parsed = parse_query(query)
    assert parsed.text == normal
    assert parse_query(normal) == parsed
    assert bool(parsed) is bool(normal)


@pytest.mark.parametrize(
    ("query", "message", "suggestion"),
    [
        ("-x level>=wran y", "There is no level wran. Did you mean warn?", "-x level>=warn y"),
        ("level>=zzz", "The levels are trace, debug", ""),
        ("level>=", "A value is missing after level>=. For example, write level>=warn", ""),
        ("a /(/ b", 'put it in quotes: "/(/"', 'a "/(/" b'),
        ("took>=", "A value is missing after took>=", ""),
        ("-x workload>agent y", "workload does not support >. Did you mean workload=agent?", "-x workload=agent y"),
        ("/" + "(a{1000}){1000}" + "/", "too many repetitions", '"/(a{1000}){1000}/"'),
        ("x" * (MOST_TEXT + 1), "too long", ""),
        ("x " * (MOST_TERMS + 1), "too long", ""),
        # operators that do not exist
        ("level>>warn", "There is no operator >>. Did you mean level>=warn?", "level>=warn"),
        ("x -status=>500", "There is no operator =>. Did you mean status>=500?", "x -status>=500"),
        ("status=<500", "Did you mean status<=500?", "status<=500"),
        ("status<>500", "Did you mean status!=500?", "status!=500"),
        ("status:>=500", "There is no operator :>=. Did you mean status>=500?", "status>=500"),
        ("level===warn", "Did you mean level=warn?", "level=warn"),
        ("user=~ana", "Did you mean user:ana?", "user:ana"),
        # misspelled names
        ("lvel>=warn", "lvel looks misspelled. Did you mean level>=warn?", "level>=warn"),
        ("severty=error x", "Did you mean severity=error?", "severity=error x"),
        ("-worklod:agent", "Did you mean workload:agent?", "-workload:agent"),
        # values without an order
        ("prio>=warn", "warn is no number, time, or version. Did you mean level>=warn?", "level>=warn"),
        ("status>=many", "many is no number, time, or version.", ""),
        ("status>=500) x", "500) is no number, time, or version. Did you mean status>=500?", "status>=500 x"),
        # parentheses, and spaces in a term
        ("status>=500 (", "Terms cannot be grouped.", "status>=500"),
        ("(status>=500", "Terms cannot be grouped. To search for (status>=500, put it in quotes.", "status>=500"),
        ("(level>=warn) x", "Did you mean level>=warn?", "level>=warn x"),
        ("a | b", "There is no OR.", ""),
        ("a level >= warn b", ">= has no field before it.", "a level>=warn b"),
        ("level >=warn", "Did you mean level>=warn?", "level>=warn"),
        ("level>= warn b", "A value is missing after level>=. Did you mean level>=warn?", "level>=warn b"),
        ("status != 500", "Did you mean status!=500?", "status!=500"),
        (">= 5", ">= has no field before it. To search for it, put it in quotes.", ""),
    ],
)
def test_a_query_that_makes_no_sense_says_what_to_do(query: str, message: str, suggestion: str) -> None:
    with pytest.raises(QueryError, match=re.escape(message)) as caught:
        parse_query(query)
    assert isinstance(caught.value, AstroError)
    assert caught.value.suggestion == suggestion
    assert parse_query(suggestion) is not None


def test_cheap_terms_come_first() -> None:
    query = parse_query("status>=400 level>=warn")
    assert not query.matches(Level.INFO, '{"status":500}', unread, SOURCE)
    # A line is not parsed for a field whose name is not in it.
    assert not parse_query("status>=400").matches(Level.WARN, TEXT.replace("status", "state"), unread, SOURCE)


def test_an_expression_that_never_ends_is_an_error() -> None:
    query = parse_query("/(a+)+$/")
    with pytest.raises(QueryError, match="takes too long"):
        query.matches(Level.NONE, "a" * 5000 + "!", unread, SOURCE)
    assert query.highlights("a" * 5000 + "!") == []


def test_an_expression_sees_the_start_of_a_long_line() -> None:
    assert matches("/needle/", "x" * (MOST_SEARCHED - 6) + "needle")
    assert not matches("/needle/", "x" * MOST_SEARCHED + "needle")
    assert matches("needle", "x" * MOST_SEARCHED + "needle")


@pytest.mark.parametrize(
    ("query", "text", "marked"),
    [
        ("an", "Banana AN", ["anan", "AN"]),
        ("ana nan", "banana", ["anan"]),
        ("-an b", "banana", ["b"]),
        ("/[0-9]+/ level>=warn", "1 or 22", ["1", "22"]),
        ("/x*/", "axxb", ["xx"]),
        ("ss", "Straße ESS", ["ß", "SS"]),
        ("s", "ß", ["ß"]),
        ("http://h", "at http://host", ["http://h"]),
        ("", "text", []),
    ],
)
def test_what_matches_is_marked(query: str, text: str, marked: list[str]) -> None:
    assert [text[start:stop] for start, stop in parse_query(query).highlights(text)] == marked


WORDS = st.text(alphabet=st.sampled_from('abAB ßſİ"\\-!/:=>1.µ\n'), min_size=1, max_size=12)


@given(WORDS, st.text(alphabet=st.sampled_from("abABßſİ ."), max_size=12), st.text(max_size=8))
def test_a_quoted_text_is_found_as_it_is(word: str, before: str, after: str) -> None:
    query = parse_query(json.dumps(word, ensure_ascii=False).replace("\\n", "\n"))
    message = before + word + after
    assert query.matches(Level.NONE, message, lambda: record_of("", message), SOURCE)
    assert query.highlights(message)
    negated = parse_query(f"-{query.text}")
    assert not negated.matches(Level.NONE, message, lambda: record_of("", message), SOURCE)


@given(st.text(alphabet=st.sampled_from('ab"\\-!/:=<> ()level1>\n'), max_size=30) | st.text(max_size=30))
@example('/ "\\/ ')
@example('/) "\\/')
@example('a<"=')
@example('-/a\\ "b/ ')
def test_any_text_is_a_query_or_an_error_and_its_normal_form_is_stable(text: str) -> None:
    try:
        query = parse_query(text)
    except QueryError:
        assume(False)
    again = parse_query(query.text)
    assert again.text == query.text
    message = "a level=b 11 <ab>"
    record = record_of("", message)
    assert query.matches(Level.INFO, message, lambda: record, SOURCE) is again.matches(
        Level.INFO, message, lambda: record, SOURCE
    )
    spans = query.highlights(message)
    assert spans == sorted(spans)
    assert all(stop < start for (_, stop), (start, _) in pairwise(spans))


_KEYS = st.sampled_from(["status", "Status", "http.status", "http", "msg", "level", "0", "x"])
_VALUES = st.sampled_from([200, 502, 502.0, "502", "5s", 'a"b', "ok", "", None, True, 1e400, "502,", "}"])
_OBJECTS = st.dictionaries(
    _KEYS,
    st.recursive(
        _VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3), max_leaves=5
    ),
    min_size=1,
    max_size=4,
)


@given(
    _OBJECTS,
    st.sampled_from(["status", "http.status", "Status", "http", "0", "status.0", "x"]),
    st.sampled_from(["=", "!=", ">=", "<", ":"]),
    st.sampled_from(["502", "400", "ok", "5", "null", "[502", "1s", "{}"]),
    st.booleans(),
)
def test_a_field_is_found_as_in_the_record(value: Any, name: str, comparison: str, wanted: str, dense: bool) -> None:
    """The quick check of a JSON line never misses a field."""
    assume(comparison in ("=", "!=", ":") or wanted[0].isdigit())
    message = json.dumps(value, separators=(",", ":") if dense else (", ", ": ")).replace("Infinity", "1e400")
    record = record_of("", message)
    query = parse_query(f"{name}{comparison}{wanted}")
    found = query.matches(Level.INFO, message, lambda: record, SOURCE)
    # A line with a backslash in it is always parsed.
    careful = query.matches(Level.INFO, f"{message}\\", lambda: record, SOURCE)
    assert found is careful


_PIECES = st.sampled_from(
    [
        *(
            "status=502",
            "status=200",
            "STATUS=502",
            "http.status=502",
            "http_status=502",
            "xstatus=502",
            "status=",
            "x=1s",
        ),
        *("status==502", "status", "=502", "502", ",", ";", "(", "[", "{", ")", ".", " ", "  ", "\n", "\x1c", "\xa0"),
        *(
            '"',
            "a=b,status=502",
            "a/status=502",
            "-status=502",
            "\u212atatus=502",
            "ok",
            "level=warn",
            "msg=hi",
            "event=x",
        ),
    ]
)


@given(
    st.lists(_PIECES, max_size=8).map("".join) | st.lists(_PIECES, max_size=8).map(" ".join),
    st.sampled_from(["status", "http.status", "Status", "x", "event", "level.x", "k\u017f"]),
    st.sampled_from(["=", "!=", ">=", "<", ":"]),
    st.sampled_from(["502", "400", "ok", "5", "1s", "x"]),
)
def test_a_field_of_a_text_is_found_as_in_the_record(message: str, name: str, comparison: str, wanted: str) -> None:
    """The quick check of a text line finds the same fields as parsing it."""
    assume(comparison in ("=", "!=", ":") or wanted[:1].isdigit())
    record = record_of("", message)
    query = parse_query(f"{name}{comparison}{wanted}")
    found = query.matches(Level.INFO, message, lambda: record, SOURCE)
    with patch.object(FieldTerm, "_quickly", return_value=None):
        assert query.matches(Level.INFO, message, lambda: record, SOURCE) is found


def test_a_field_of_a_text_is_found_without_taking_the_line_apart() -> None:
    query = parse_query("status>=400")
    assert query.matches(Level.INFO, "done status=502 took=3ms", unread, SOURCE)
    assert not query.matches(Level.INFO, "done status=200 took=3ms", unread, SOURCE)
    assert query.matches(Level.INFO, 'level=info m="not status=200" status=502', unread, SOURCE)
    assert query.matches(Level.INFO, '{"msg": "done", "http": {"status": 502}, "path": "/v1"}', unread, SOURCE)
    assert not query.matches(Level.INFO, '{"msg": "done", "status": 200}', unread, SOURCE)


@pytest.mark.parametrize(
    "message",
    [
        *(
            '{"status":502',
            '{"status":502}}',
            '{"a":"x"status":502}',
            '{"status":502,"status":200}',
            '{"status":502} x',
        ),
        *('{"status":200,"status":502}', '{"a":{"status":502}}', '{"a.status":502}', '{"a":"status","b":502}'),
        *('{"status": 502, "b": nul}', '{"xstatus":502}', '{"status":{"status":502}}', '{"STATUS":"502"}'),
        '{"a":' * 9 + '{"status":502}' + "}" * 9,
        '{"status":502,' + ",".join(f'"k{number}":1' for number in range(120)) + "}",
        "{" + ",".join(f'"k{number}":1' for number in range(120)) + ',"status":502}',
    ],
)
def test_a_field_of_json_is_found_as_in_the_record(message: str) -> None:
    query, record = parse_query("status>=400"), record_of("", message)
    found = query.matches(Level.INFO, message, lambda: record, SOURCE)
    with patch.object(FieldTerm, "_quickly", return_value=None):
        assert query.matches(Level.INFO, message, lambda: record, SOURCE) is found
