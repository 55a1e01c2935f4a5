"""Lines parsed into records."""

from __future__ import annotations

import json
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astro_tui.logs.levels import Level
from astro_tui.logs.records import MOST_FIELDS, MOST_TEXT, MOST_VALUE, continues, record_of

_NAMES = st.from_regex(r"x[a-z_]{0,8}", fullmatch=True)


def test_a_json_line_gives_its_message_level_and_fields() -> None:
    record = record_of("", '{"ts":1.50,"level":"warn","msg":"slow","http":{"status":502,"ok":false},"tags":["a",null]}')
    assert record.level is Level.WARN
    assert record.message == "slow"
    assert record.structured
    assert record.fields == (("ts", "1.50"), ("http.status", "502"), ("http.ok", "false"), ("tags", "[a, null]"))


def test_lists_of_objects_are_taken_apart_by_number() -> None:
    record = record_of("", '{"errors":[{"code":5},{"code":7}],"none":{},"nothing":[]}')
    assert record.fields == (("errors.0.code", "5"), ("errors.1.code", "7"), ("none", "{}"), ("nothing", "[]"))


def test_numbers_stay_as_they_are_written() -> None:
    record = record_of("", '{"a":123456789012345678901234567890,"b":1.10,"c":1e400,"d":-0.0}')
    assert record.fields == (("a", "123456789012345678901234567890"), ("b", "1.10"), ("c", "1e400"), ("d", "-0.0"))


def test_the_surest_message_wins_and_the_other_stays_a_field() -> None:
    record = record_of("", '{"event":"login","message":"user came in"}')
    assert (record.message, record.fields) == ("user came in", (("event", "login"),))
    assert record_of("", '{"event":"login","n":1}').message == "login"


def test_a_message_that_is_an_object_becomes_fields() -> None:
    assert record_of("", '{"event":{"id":7},"n":1}').fields == (("event.id", "7"), ("n", "1"))


def test_the_received_level_is_preferred_to_that_of_the_line() -> None:
    assert record_of("error", '{"level":"info","msg":"x"}').level is Level.ERROR
    assert record_of("odd", '{"level":"info","msg":"x"}').level is Level.INFO
    # A level that is not known is not lost.
    assert record_of("", '{"level":"odd","msg":"x"}').fields == (("level", "odd"),)


def test_a_logfmt_line_gives_its_message_level_and_fields() -> None:
    record = record_of("", r'level=warn msg="slow \"upstream\"" status=502 path=/a?b=c empty=')
    assert record.level is Level.WARN
    assert record.message == 'slow "upstream"'
    assert record.structured
    assert record.fields == (("status", "502"), ("path", "/a?b=c"), ("empty", ""))


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("request handled status=200 took=812ms", (("status", "200"), ("took", "812ms"))),
        ("finished (rows=3, took=5ms).", (("rows", "3"), ("took", "5ms"))),
        ("if a == b or a==b then", ()),
        ("GET /x?a=1&b=2", ()),
        ("one=1", (("one", "1"),)),
    ],
)
def test_pairs_in_a_sentence_are_fields_of_a_whole_message(text: str, fields: tuple[tuple[str, str], ...]) -> None:
    record = record_of("", text)
    assert not record.structured
    assert record.message == text
    assert record.fields == fields


@pytest.mark.parametrize("text", ["", "plain", "{not json}", '{"a":', "[1,2]", "{}", "12", '"text"', '{"a":"\ud800"}'])
def test_plain_text_stays_whole(text: str) -> None:
    record = record_of("", text)
    assert (record.message, record.fields, record.structured) == (text, (), False)


@given(st.dictionaries(_NAMES, st.text(max_size=50), min_size=1, max_size=8))
def test_every_text_of_a_json_line_comes_back(values: dict[str, str]) -> None:
    record = record_of("", json.dumps(values))
    assert record.fields == tuple(values.items())


@given(st.dictionaries(_NAMES, st.text(max_size=50), min_size=2, max_size=8))
def test_every_text_of_a_logfmt_line_comes_back(values: dict[str, str]) -> None:
    quoted = {name: value.replace("\\", "\\\\").replace('"', '\\"') for name, value in values.items()}
    record = record_of("", " ".join(f'{name}="{value}"' for name, value in quoted.items()))
    assert record.structured
    assert record.fields == tuple(values.items())


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=30,
)


@given(st.dictionaries(st.text(max_size=8), _JSON, max_size=6))
def test_any_json_line_stays_within_the_limits(value: dict[str, object]) -> None:
    record = record_of("", json.dumps(value))
    assert record.structured == bool(value)
    assert len(record.fields) <= MOST_FIELDS
    assert all(len(text) <= MOST_VALUE for _, text in record.fields)


@given(st.text(alphabet=st.sampled_from('a="\\ {}:,\n1'), max_size=60), st.text(max_size=8))
def test_any_text_can_be_taken_apart(text: str, level: str) -> None:
    record = record_of(level, text)
    assert record.structured or record.message == text


def test_a_record_is_bounded() -> None:
    wide = json.dumps({f"k{n}": n for n in range(1000)})
    assert len(record_of("", wide).fields) == MOST_FIELDS
    deep = '{"a":' * 200 + "1" + "}" * 200
    assert record_of("", deep).fields == ((".".join("a" * 8), "…"),)
    # How deep a parser goes depends on the version of Python; what is too deep for it stays plain text.
    assert record_of("", '{"a":' * 9000 + "1" + "}" * 9000).fields in ((), ((".".join("a" * 8), "…"),))
    long = record_of("", json.dumps({"a": "x " * MOST_VALUE, "b": 1}))
    assert long.fields == (("a", "x " * (MOST_VALUE // 2 - 1) + "x…"), ("b", "1"))
    assert record_of("", json.dumps({"a": "x" * MOST_TEXT})).structured is False


@pytest.mark.nightly
@pytest.mark.timed
@pytest.mark.parametrize(
    "piece", ["a=", 'a="x ', 'a="\\" ', "a=b ", "(a=1,", 'a="', "a ", "=", '{"a":', "  ", "at x", "\\"]
)
def test_a_hostile_line_takes_no_time(piece: str) -> None:
    text = piece * (MOST_TEXT // len(piece))
    begun = process_time()
    record_of("", text)
    continues(text)
    assert process_time() - begun < 0.25


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "\tat com.example.Main.run(Main.java:12)",
        "at com.example.Main.run(Main.java:12)",
        '  File "/app/x.py", line 3, in f',
        'File "/app/x.py", line 3, in f',
        "Caused by: java.io.IOException: closed",
        "... 12 more",
        "}",
        "});",
        "goroutine 1 [running]:",
        "During handling of the above exception, another exception occurred:",
        "    indented",
    ],
)
def test_a_line_that_continues_the_one_before_it(text: str) -> None:
    assert continues(text)


@pytest.mark.parametrize(
    "text",
    [
        "started",
        "at last it works",
        " INFO 1 --- [main] started",
        "} else",
        "Caused no harm",
        "-",
        "{",
        "...",
        "File x",
    ],
)
def test_a_line_that_stands_alone(text: str) -> None:
    assert not continues(text)
