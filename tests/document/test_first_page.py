"""The start of a large document, displayed until all of it has been read."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pytest

from astro_tui.document import Document, Outline
from astro_tui.document.loading import START, Background, parse, read_start
from astro_tui.document.masking import Masking
from astro_tui.errors import DocumentError

ITEMS = [{"id": number, "name": f"item-{number}", "tags": ["a", "b"]} for number in range(20_000)]


def start(value: Any) -> Document:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    assert len(raw) > START
    found = read_start(BytesIO(raw), "d.json")
    assert found is not None
    return found


def test_the_start_has_the_rows_of_the_whole_document_and_marks_what_is_incomplete() -> None:
    value = {"one": 1, "text": "x\\u00e9\n", "small": {"inner": [1, 2]}, "items": ITEMS, "last": True}
    first, whole = Outline(start(value)), Outline(Document.parse(json.dumps(value).encode()))
    rows = [first.row(number) for number in range(first.row_count)]
    assert [row.key for row in rows] == ["one", "text", "small", "items"]
    assert rows[:3] == [whole.row(number) for number in range(3)]
    assert rows[3].incomplete
    assert 0 < rows[3].children < len(ITEMS)
    first.unfold(3)
    whole.unfold(3)
    assert first.row(4) == whole.row(4)


@pytest.mark.parametrize("value", [ITEMS, [ITEMS], {"a": {"b": {"c": ITEMS}}}, [[1, "," * 90_000, "]"] * 5, ITEMS]])
def test_the_start_is_the_same_text_at_any_depth_and_in_a_list(value: Any) -> None:
    document, whole = start(value), Document.parse(json.dumps(value).encode())
    assert document.cut is not None
    assert whole.text.startswith(document.text[: document.cut - 1])
    # It is a document like any other, down to its end.
    assert Document.parse(document.text).text == document.text
    assert document.incomplete(document.root)


def test_repeated_keys_stay_repeated() -> None:
    raw = b'{"a": 1, "a": 2, "items": ' + json.dumps(ITEMS).encode() + b', "a": 3}'
    outline = Outline(start(raw))
    assert [(row.key, row.text) for row in map(outline.row, range(2))] == [("a", "1"), ("a", "2")]


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b'"' + b"x, y" * START + b'"', "text.json"),
        (b'{"a": "' + b"x, y" * START + b'"}', "long.json"),
        (b"a: 1\nb: [1, 2]\n" * START, "d"),
        (b"{a: 1, b: [1, 2]}\n" * START, "d.yaml"),
        (b'{"a": 1, "b": 2}\n' * START, "lines.jsonl"),
        (b'{"a": 1, "b": 2}\n' * START, "lines"),
        (b"[1, 2, " * START, "deep.json"),
        (b"[1, oops, " + b"1, " * START, "wrong.json"),
        (b"[1, \0, " + b"1, " * START, "binary.json"),
        (b"12345, " * START, "list.json"),
        (b" " * START, "blank.json"),
    ],
    ids=range(11),
)
def test_a_text_without_a_usable_start_is_read_completely(raw: bytes, name: str) -> None:
    file = BytesIO(raw)
    assert read_start(file, name) is None
    assert file.tell() == 0


def test_a_value_is_masked_while_a_key_that_marks_it_may_follow() -> None:
    filler = {"filler": ["x" * 100] * 4000}
    for value in (
        {"value": "hunter-two", **filler, "name": "DB_PASSWORD"},
        {"value": "hunter-two", **filler, "secret": True},
        {"data": {"a": "hunter-two"}, **filler, "kind": "Secret"},
        [{"value": "hunter-two", **filler, "name": "DB_PASSWORD"}],
    ):
        document = start(value)
        outline = Outline(document)
        outline.expand_all()
        rows = [outline.row(number) for number in range(8)]
        assert not any("hunter" in row.text for row in rows)
        assert any(row.masked for row in rows)
        outline.collapse_all()
        assert not any("hunter" in outline.preview(number, 200) for number in range(outline.row_count))


def test_the_preview_of_an_incomplete_small_container_is_masked() -> None:
    filler = b"1, " * ((START * 3 // 4 - 10) // 3)
    raw = b'{"a": [' + filler + b'2], "v": {"value": "hunter-two", "b": "' + b"x" * START
    document = start(raw)
    outline = Outline(document)
    last = outline.row(outline.row_count - 1)
    assert (last.key, last.incomplete) == ("v", True)
    assert "hunter" not in outline.preview(outline.row_count - 1, 200)
    assert [line.start for line in Masking(document).hidden(last.node)]


def test_reading_starts_only_once() -> None:
    calls: list[int] = []

    def read() -> Any:
        calls.append(1)
        return parse(b"[1]")

    background = Background(read)
    assert not background.done
    assert background.start().start().result().document.node_count == 2
    assert calls == [1]

    with pytest.raises(DocumentError):
        Background(lambda: parse(b"[1,")).start().result()
