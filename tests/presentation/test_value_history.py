"""The history of a value: which revisions changed it, without secrets."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astro_tui.document import Document, find
from astro_tui.platform.models import HistoryRow
from astro_tui.presentation.revisions import RevisionRow, rows_of
from astro_tui.presentation.value_history import ValueChange, moments

NOW = datetime(2026, 7, 2, tzinfo=UTC)


def rows(count: int) -> list[RevisionRow]:
    """Return the rows of a history, newest first."""
    return rows_of([HistoryRow(id="d", revision=number, status="undeployed") for number in range(1, count + 1)], "d")


def parsed(value: Any) -> Document:
    return Document.parse(json.dumps(value).encode())


def history(path: list[str | int], *specs: Any) -> list[ValueChange]:
    """Return the history of the value at a path of the first, newest spec."""
    documents = [parsed(spec) for spec in specs]
    node = find(documents[0], path)
    assert node is not None
    return moments(documents[0], node, list(zip(rows(len(specs)), documents, strict=True)))


def changes(path: list[str | int], *specs: Any) -> list[tuple[str, str]]:
    return [(moment.row.name, moment.value) for moment in history(path, *specs)]


def test_equal_revisions_are_merged() -> None:
    specs = [{"a": {"memory": size}} for size in ("1Gi", "1Gi", "512Mi", "512Mi", "1Gi")]
    assert changes(["a", "memory"], *specs) == [("4", '"1Gi"'), ("2", '"512Mi"'), ("1", '"1Gi"')]
    assert [moment.first for moment in history(["a", "memory"], *specs)] == [False, False, True]


def test_key_order_and_number_spelling_do_not_count_as_changes() -> None:
    assert changes(["a"], {"a": {"x": 1, "y": 2}}, {"a": {"y": 2.0, "x": 10e-1}}) == [("1", "{2}")]
    assert changes(["a"], {"a": 1}, {"a": 1.0}, {"a": 2}) == [("2", "1.0"), ("1", "2")]


def test_items_are_matched_by_name_at_any_position() -> None:
    new = {"list": [{"name": "q", "v": 9}, {"name": "p", "v": 2}]}
    old = {"list": [{"name": "p", "v": 1}, {"name": "x"}, {"name": "q", "v": 9}]}
    assert changes(["list", 1, "v"], new, old) == [("2", "2"), ("1", "1")]
    assert changes(["list", 0, "v"], new, old) == [("1", "9")]


def test_unnamed_items_are_matched_by_content_and_renamed_ones_followed() -> None:
    specs = [
        {"list": ["new", {"id": 7, "host": "a", "port": 1, "v": 3}]},
        {"list": [{"id": 7, "name": "x", "host": "a", "port": 1, "v": 2}]},
        {"list": [{"name": "x", "host": "a", "port": 1, "v": 1}]},
    ]
    assert changes(["list", 1, "v"], *specs) == [("3", "3"), ("2", "2"), ("1", "1")]
    assert changes(["list", 1], {"list": ["a", "b"]}, {"list": ["b"]}) == [("1", '"b"')]


def test_repeated_keys_correspond_in_order() -> None:
    new, old = (Document.parse(b'{"a": 1, "a": %d}' % value) for value in (2, 3))
    node = new.child_at(0, 1)
    assert node is not None
    assert [moment.value for moment in moments(new, node, list(zip(rows(2), (new, old), strict=True)))] == ["2", "3"]


def test_a_value_that_did_not_always_exist() -> None:
    assert changes(["b"], {"b": 1}, {"a": 1}, {"b": 2}) == [("3", "1"), ("2", "removed"), ("1", "2")]
    assert changes(["b"], {"b": 1}, {"a": 1}) == [("2", "1"), ("1", "absent")]


def test_changes_in_a_container_are_counted() -> None:
    specs = [{"a": {"x": 1, "y": 3}}, {"a": {"x": 1, "y": 2}}, {"a": {"x": 2}}, {"a": [1]}]
    assert changes(["a"], *specs) == [("4", "1 changed"), ("3", "1 changed, 1 added"), ("2", "{1}"), ("1", "[1]")]
    assert changes([], *specs)[0] == ("4", "1 changed")


def test_a_value_that_changes_its_type() -> None:
    assert changes(["a"], {"a": "x"}, {"a": {"b": 1}}, {"a": None}) == [("3", '"x"'), ("2", "{1}"), ("1", "null")]


@pytest.mark.parametrize(
    ("path", "specs"),
    [
        (["password"], [{"password": "hunter2"}, {"password": "hunter3"}, {}]),
        (["env", 0, "value"], [{"env": [{"name": "A", "value": "hunter2"}]}, {"env": [{"name": "A", "secret": True}]}]),
        (
            ["env", 0, "value"],
            [{"env": [{"id": 1, "value": "hunter2"}]}, {"env": [{"id": 1, "name": "TOKEN", "value": "x"}]}],
        ),
        (
            ["v", "value", "a"],
            [
                {"v": {"value": {"a": "hunter2"}}},
                {"v": {"value": {"a": "hunter3"}}},
                {"v": {"value": "x", "secret": True}},
            ],
        ),
        (["v", "value", "a"], [{"v": {"value": {"a": "hunter2"}}}, {"v": {"secret": True}}]),
        (["a"], [{"a": "hunter2"}, {"a": "ghp_" + "hunter3aB4" * 4}]),
    ],
)
def test_a_secret_in_one_revision_is_masked_in_all(path: list[str | int], specs: list[Any]) -> None:
    found = history(path, *specs)
    assert not [moment for moment in found if "hunter" in moment.value]
    assert found[0].value in ("changed", "set")


def test_foreign_text_is_escaped_and_cut() -> None:
    said = changes(["a"], {"a": "x\x1b[31m" + "y" * 9000})[0][1]
    assert "\x1b" not in said
    assert len(said) < 300


VALUES = st.sampled_from([None, 1, 2, "a", "b"])


@given(st.lists(VALUES, min_size=1, max_size=12))
def test_the_history_is_the_list_of_distinct_values(values: list[Any]) -> None:
    found = changes(["a"], *({"a": value} for value in values))
    expected = [
        (str(len(values) - number), json.dumps(value))
        for number, value in enumerate(values)
        if number + 1 == len(values) or values[number + 1] != value
    ]
    assert found == expected
