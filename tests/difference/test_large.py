"""Large values in a difference: no call scans much at once, and no value is copied as a whole."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from support.memory import traced

from astro_tui.difference import compare, hiding
from astro_tui.difference.members import same_bytes
from astro_tui.difference.rows import DiffRows
from astro_tui.document import Document

MB = 1 << 20


def parsed(value: object) -> Document:
    return Document.parse(json.dumps(value).encode())


def laid_out(old: Document, new: Document) -> DiffRows:
    rows = DiffRows(compare(old, new))
    rows.lay_out(100)
    return rows


def test_comparing_long_values_makes_no_copy_of_them() -> None:
    old, new = parsed({"value": "x" * 2 * MB + "a"}), parsed({"value": "x" * 2 * MB + "b"})
    laid_out(parsed({"value": "x"}), parsed({"value": "y"}))
    with traced() as peak:
        rows = laid_out(old, new)
    assert rows.difference.counts.changed == 1
    assert peak.bytes < MB


def test_a_long_value_is_never_checked_in_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    reason: Callable[..., str | None] = hiding.secret_reason
    monkeypatch.setattr(
        hiding, "secret_reason", lambda keys, value, **how: seen.append(len(value)) or reason(keys, value, **how)
    )
    laid_out(*(parsed([{"name": "a", "value": word * (MB // 4)}]) for word in ("word ", "text ")))
    assert seen
    assert max(seen) <= hiding._READ


def test_a_long_value_that_the_other_side_calls_a_secret_is_hidden() -> None:
    long = "word-9 " * 20_000
    difference = compare(
        parsed([{"id": 1, "name": "TITLE", "value": long + "a"}]),
        parsed([{"id": 1, "name": "DB_PASSWORD", "value": long + "b"}]),
    )
    [change] = [each for each in difference.changes if each.path[-1] == "value"]
    assert hiding.Hiding(difference).hides(change)


@pytest.mark.parametrize("size", [0, 1, 5, 1 << 18, (1 << 18) + 1, 3 << 18])
def test_parts_of_texts_are_equal_if_all_their_bytes_are(size: int) -> None:
    text = bytes(number % 251 for number in range(size))
    old, new = b"ab" + text + b"c", b"x" + text + b"yz"
    assert same_bytes(old, (0, 2, 2 + size, b""), new, (0, 1, 1 + size, b""))
    assert not same_bytes(old, (0, 2, 3 + size, b""), new, (0, 1, 1 + size, b""))
    for place in {0, size // 2, size - 1} if size else ():
        other = new[: 1 + place] + b"\xff" + new[2 + place :]
        assert not same_bytes(old, (0, 2, 2 + size, b""), other, (0, 1, 1 + size, b""))
