"""Unfolded lines: which rows they take, and what these say."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astro_tui.logs.line import LogLine, LogSource
from astro_tui.logs.rows import LogRow
from astro_tui.logs.store import LogStore
from astro_tui.widgets.logs.line_drawing import MOST_ROWS, MOST_UNFOLDED, Unfolded, json_lines

SOURCE = LogSource("d", "agent")


def stored(*messages: str) -> tuple[LogStore, list[LogRow]]:
    store = LogStore()
    store.add(SOURCE, [LogLine(ns, "info", message) for ns, message in enumerate(messages, 1)])
    return store, [row for number in range(store.count) if (row := store.row(number)) is not None]


def test_the_json_of_a_line_is_masked() -> None:
    message = '{"user":"ana","password":"hunter2-very-secret","http":{"status":200}}'
    assert json_lines(message) == (
        "{",
        '  "user": "ana",',
        '  "password": "••••••••",',
        '  "http": {',
        '    "status": 200',
        "  }",
        "}",
    )
    assert '  "password": "hunter2-very-secret",' in json_lines(message, revealed=True)


@pytest.mark.parametrize(
    "message", ["", "text", "{", "{}", "[]", '"text"', "7", "{'a': 1}", "[" * 50_000, '{"a":1} and more']
)
def test_text_that_is_not_json_has_nothing_to_unfold(message: str) -> None:
    assert json_lines(message) == ()


def test_long_json_ends_with_how_much_more_there_is() -> None:
    lines = json_lines(json.dumps([*range(1000)]))
    assert len(lines) == MOST_ROWS
    assert lines[-1] == f"… {1002 - MOST_ROWS + 1} more lines: enter shows all"
    assert lines[-2] == f"  {MOST_ROWS - 3},"


@given(st.lists(st.integers(0, 4), max_size=8), st.sets(st.integers(0, 7)), st.sets(st.integers(0, 7)))
def test_each_row_below_a_line_has_its_index(sizes: list[int], unfolded: set[int], hidden: set[int]) -> None:
    store, rows = stored(*[json.dumps([number] * size) for number, size in enumerate(sizes)])
    found = Unfolded()
    for number in sorted(unfolded & set(range(len(rows))), reverse=True):
        assert found.add(rows[number], store) is (sizes[number] > 0)
    gone = {rows[number].message for number in hidden & set(range(len(rows)))}
    store.apply_filter(store.set_filter(lambda _level, message, _source: message not in gone))
    found.place(store)
    expected = []
    for number in range(store.count):
        row = store.row(number)
        assert row is not None
        texts = json_lines(row.message) if row in found else ()
        expected += [(number, part, text) for part, text in enumerate(("", *texts))]
    assert found.rows == len(expected) - store.count
    for index, (number, part, text) in enumerate(expected):
        assert found.at(index) == (number, part)
        assert found.index_of(number, part) == index
        assert found.text(number, part) == text


def test_a_part_that_is_gone_has_the_index_of_the_last_one() -> None:
    store, (row, _other) = stored("[1]", "text")
    found = Unfolded()
    assert found.add(row, store)
    assert found.index_of(0, 99) == 3
    found.remove(row, store)
    assert found.index_of(0, 99) == 0
    assert found.text(0, 1) == ""


def test_only_so_many_lines_are_unfolded() -> None:
    store, rows = stored(*["[1]"] * (MOST_UNFOLDED + 1))
    found = Unfolded()
    for row in rows:
        found.add(row, store)
    assert rows[0] not in found
    assert found.rows == 3 * MOST_UNFOLDED


def test_revealing_changes_what_is_unfolded() -> None:
    store, (row,) = stored('{"token":"hunter2-very-secret"}')
    found = Unfolded()
    found.add(row, store)
    found.reveal(store, revealed=True)
    assert "hunter2" in found.text(0, 2)
    found.reveal(store, revealed=False)
    assert "hunter2" not in found.text(0, 2)
