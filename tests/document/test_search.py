"""Search checked against a naive walk, the view of only the matches, and documents as JSON and YAML."""

from __future__ import annotations

import json
import random
import re
import sys
import time
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from support.json_values import json_values

from astro_tui.document import (
    ALL,
    Document,
    DocumentQuery,
    FoldChange,
    Hits,
    Masking,
    Only,
    Outline,
    SearchError,
    YamlPlaces,
    as_yaml,
    find,
    meant,
    render,
    search,
)
from astro_tui.document.loading import parse
from astro_tui.errors import DocumentError
from astro_tui.text.redaction import MASK

TEXTS = st.text(max_size=6) | st.sampled_from(
    [
        "",
        "ab",
        "Ab",
        "AB",
        "aB",
        "\\",
        '"',
        "a\nb",
        "\u001b",
        "\ud83d\ude00",
        "\u212a",
        "Äb",
        "äB",
        '": ',
        "b\\n",
        ",",
        "{",
        "\ud800",
    ]
)
VALUES = json_values(TEXTS, max_leaves=30)


def run(document: Document, text: str) -> list[int]:
    return [node for batch in search(document, DocumentQuery.parse(text), Masking(document)) for node in batch]


def lowered(text: str) -> str:
    return "".join(chr(ord(char) + 32) if "A" <= char <= "Z" else char for char in text)


def naive_hits(value: object, matches: Any, *, keys: bool, values: bool) -> list[tuple[str | int, ...]]:
    found: list[tuple[str | int, ...]] = []

    def walk(item: object, path: tuple[str | int, ...]) -> None:
        hit = keys and bool(path) and isinstance(path[-1], str) and matches(path[-1])
        if values and not isinstance(item, dict | list):
            hit = hit or matches(item if isinstance(item, str) else json.dumps(item))
        if hit:
            found.append(path)
        if isinstance(item, dict):
            for key, inner in item.items():
                walk(inner, (*path, key))
        elif isinstance(item, list):
            for position, inner in enumerate(item):
                walk(inner, (*path, position))

    walk(value, ())
    return found


@settings(max_examples=100, deadline=None)
@given(VALUES, TEXTS.filter(bool), st.sampled_from(["", "k:", "v:"]), st.booleans())
def test_search_finds_what_a_naive_walk_finds(value: object, needle: str, where: str, ascii_escapes: bool) -> None:
    if needle.startswith(("re:", "k:", "v:")):
        needle = "x" + needle
    raw = json.dumps(value, ensure_ascii=ascii_escapes).encode("utf-8", "backslashreplace")
    document, value = Document.parse(raw), json.loads(raw)

    def matches(text: str) -> bool:
        if any(char.isupper() for char in needle):
            return needle in text
        if needle.isascii():
            return needle in lowered(text)
        return re.search(re.escape(needle), text, re.IGNORECASE) is not None

    expected = naive_hits(value, matches, keys=where != "v:", values=where != "k:")
    masking = Masking(document)
    expected = [path for path in expected if masking.reason(document.line(find(document, path) or 0)) is None]
    assert [find(document, path) for path in expected] == run(document, where + needle)


EXPRESSIONS = ["a.", "^a", "b$", "[^a]b", "a|B", r"\\", r"\s", "^$", "(?i)AB", r"\d+", r"\bab\b", r"[^x]*b", "(?:a|b)$"]
EXPRESSIONS += [r"\Ba", "[$^a]b", r"\$|\^", "a++", "ä.", r"[\W]\Z", '"', "(?<=a)b", r"a[^\n]*,?"]


@settings(max_examples=100, deadline=None)
@given(VALUES, st.sampled_from(EXPRESSIONS), st.booleans())
def test_regex_finds_what_a_naive_walk_finds(value: object, needle: str, ascii_escapes: bool) -> None:
    raw = json.dumps(value, ensure_ascii=ascii_escapes).encode("utf-8", "backslashreplace")
    document, value = Document.parse(raw), json.loads(raw)
    pattern = DocumentQuery.parse("re:" + needle).pattern
    expected = naive_hits(value, pattern.search, keys=True, values=True)
    masking = Masking(document)
    expected = [path for path in expected if masking.reason(document.line(find(document, path) or 0)) is None]
    assert [find(document, path) for path in expected] == run(document, "re:" + needle)


@pytest.mark.parametrize("needle", ["äb", "re:a[^x]*", r"re:\d\b", "re:^A", "ab"])
@pytest.mark.parametrize("slow", [False, True])
def test_hits_are_the_same_in_a_text_of_many_pieces(needle: str, slow: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["ab", "xä", "Äb", "a\nb", "A", "😀äb", 'q"ab']
    value = [{texts[n % 7]: texts[n % 5], "n": [n, texts[n % 3]]} for n in range(60)]
    document = Document.parse(json.dumps(value, ensure_ascii=False).encode())
    pattern = DocumentQuery.parse(needle).pattern
    expected = [find(document, path) for path in naive_hits(value, pattern.search, keys=True, values=True)]
    module = sys.modules[search.__module__]
    monkeypatch.setattr(module, "_CHUNK", 50)
    if slow:
        monkeypatch.setattr(module, "_SCAN_SECONDS", -1.0)
    assert expected
    assert run(document, needle) == expected


@pytest.mark.nightly
@pytest.mark.parametrize("needle", ["(a+)+$", "(a|aa)+$", "(?=(a+)+b)", "((a*)*)*[bc]$"])
def test_an_endless_expression_times_out(needle: str) -> None:
    document = Document.parse(json.dumps({"x": "fine", "y": "a" * 5000 + "!"}).encode())
    query = DocumentQuery.parse("re:" + needle)
    begun = time.process_time()
    with pytest.raises(SearchError, match="takes too long"):
        list(search(document, query, Masking(document)))
    assert query.spans("a" * 5000 + "!") == []
    # Of a masked value, not even the time is known.
    masked = Document.parse(json.dumps({"password": "a" * 5000 + "!"}).encode())
    assert not any(search(masked, query, Masking(masked)))
    assert time.process_time() - begun < 5


@pytest.mark.parametrize("needle", ["(a{1000}){1000}", "((a{0,99}b{3}){99}c){99}", "(?:(?:x{9999}){2})"])
def test_an_expression_that_would_fill_the_memory_is_refused(needle: str) -> None:
    with pytest.raises(SearchError, match="too many repetitions"):
        DocumentQuery.parse("re:" + needle)


def test_adjacent_counts_do_not_multiply() -> None:
    uuid = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    document = Document.parse(b'["1b4e28ba-2fa1-11d2-883f-0016d3cca427 to 1b4e28ba-2fa1-11d2-883f-0016d3cca428"]')
    assert len(run(document, f"re:^{uuid} to {uuid}$")) == 1
    assert len(run(document, r"re:\{8}|[{]9999}{9999}|-")) == 1


def test_case_matters_only_for_needles_with_capitals() -> None:
    document = Document.parse(b'{"Port": 1, "port": 2, "v": "PORT"}')
    assert len(run(document, "port")) == 3
    assert len(run(document, "Port")) == 1
    assert len(run(document, "k:port")) == 2
    assert len(run(document, "v:port")) == 1
    assert len(run(document, r"re:^p\S+t$")) == 3
    assert run(document, "") == run(document, "k:") == run(document, "re:") == []


@pytest.mark.parametrize("text", ["re:(", "re:[a", "re:*", "k:re:a{2,1}", "re:[[a"])
def test_an_invalid_expression_is_one_sentence(text: str) -> None:
    with pytest.raises(SearchError, match="Not a valid regular expression"):
        DocumentQuery.parse(text)


@given(VALUES, st.sampled_from(["a", "k:b", "re:[a-z0-9]", "Ä", "äb", "re:(?<=a)b"]), st.randoms(use_true_random=False))
def test_a_search_finds_the_same_from_any_start(value: object, needle: str, chance: random.Random) -> None:
    document = Document.parse(json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace"))
    outline = Outline(document, ALL)
    start = outline.node(chance.randrange(outline.row_count)) if outline.row_count else 0
    query, expected = DocumentQuery.parse(needle), run(document, needle)
    hits, came = Hits(), []
    for batch in search(document, query, Masking(document), start=start):
        came += batch
        hits.add(batch)
    assert came == [node for node in expected if node >= start] + [node for node in expected if node < start]
    assert list(hits.nodes) == expected


def test_a_search_comes_in_batches_and_ends_when_canceled() -> None:
    document = Document.parse(json.dumps({"list": [{"name": f"item {n}"} for n in range(5_000)]}).encode())
    hits = Hits()
    batches = search(document, DocumentQuery.parse("item"), Masking(document))
    hits.add(next(batches))
    assert 0 < len(hits) < 5_000
    for batch in batches:
        hits.add(batch)
    assert len(hits) == 5_000
    asked = []

    def canceled() -> bool:
        asked.append(None)
        return len(asked) > 2

    found = sum(map(len, search(document, DocumentQuery.parse("item"), Masking(document), canceled)))
    assert 0 < found < 5_000


def test_matches_wrap() -> None:
    hits = Hits()
    assert hits.after(0) is hits.before(0) is None
    hits.add([5, 9])
    assert [hits.after(5), hits.after(9), hits.before(5), hits.before(7), hits.number(9)] == [9, 5, 9, 5, 2]
    assert 9 in hits
    assert 6 not in hits


def test_only_hits_with_their_parents() -> None:
    raw = b'{"a": {"port": 1, "x": 2}, "b": [{"y": 1}, {"port": 2, "z": 3}], "c": {"port": {"deep": 1}}, "d": 1}'
    outline = Outline(Document.parse(raw))
    cursor = outline.only(Only(outline.document, run(outline.document, "port")), 1)
    assert outline.filtered
    assert cursor == 2
    paths = [outline.path(row) for row in range(outline.row_count)]
    assert paths == [("a",), ("a", "port"), ("b",), ("b", 1), ("b", 1, "port"), ("c",), ("c", "port")]
    assert [outline.row(row).folded for row in range(7)] == [False, False, False, False, False, False, True]
    assert outline.toggle(2) == 2
    assert outline.row_count == 5
    assert outline.next_sibling(2) == 3
    assert outline.collapse_all(4) == 2
    assert outline.row_count == 3
    assert outline.expand_all(1) == 2
    assert outline.only(None, 4) == 4
    assert outline.path(4) == ("b", 1, "port")
    assert not outline.filtered


class NaiveOnly:
    """The rows of some nodes and the containers around them, by walking from each to the root."""

    def __init__(self, document: Document, wanted: list[int]) -> None:
        self.document = document
        around = {above for node in wanted for above in document.ancestors(node)}
        self.kept = sorted({*wanted, *around})
        self.around = around
        self.closed: set[int] = set()

    def inside(self, node: int) -> set[int]:
        return {inner for inner in self.around if node in self.document.ancestors(inner)}

    def rows(self) -> list[int]:
        return [node for node in self.kept if not self.closed & set(self.document.ancestors(node))]

    def apply(self, change: FoldChange, node: int) -> None:
        if node in self.around:
            itself = {node} if change is not FoldChange.CLOSE_CHILDREN else set()
            reached = itself if change in (FoldChange.OPEN, FoldChange.CLOSE) else itself | self.inside(node)
            self.closed = self.closed - reached if "open" in change else self.closed | reached

    def to_depth(self, depth: int) -> None:
        self.closed = {node for node in self.around if len(self.document.ancestors(node)) + 1 >= depth}


@pytest.mark.nightly
@settings(max_examples=80, deadline=None)
@given(st.data(), VALUES)
def test_only_some_nodes_folded_in_any_order_are_those_of_a_naive_model(data: st.DataObject, value: object) -> None:
    document = Document.parse(json.dumps({"x": value, "y": [value, 1]}).encode())
    every = Outline(document, ALL)
    nodes = [every.node(row) for row in range(every.row_count)]
    wanted = sorted(data.draw(st.sets(st.sampled_from(nodes), min_size=1)))
    only, naive = Only(document, wanted), NaiveOnly(document, wanted)
    for change, node in data.draw(
        st.lists(st.tuples(st.sampled_from([*FoldChange, 1, 2, 3, ALL]), st.sampled_from(nodes)))
    ):
        for each in (only, naive):
            each.apply(change, node) if isinstance(change, FoldChange) else each.to_depth(change)
        rows = [only.node(row) for row in range(only.row_count)]
        assert rows == naive.rows()
        assert [only.row(node) for node in rows] == list(range(len(rows)))
        shown = {node for node in rows if only.shows_inside(document.line(node))}
        assert shown == (naive.around - naive.closed) & set(rows)


@given(VALUES)
def test_json_text_is_the_same_document(value: object) -> None:
    raw = json.dumps(value).encode()
    outline, value = Outline(Document.parse(raw), ALL), json.loads(raw)
    outline.revealed = set(range(len(outline.document.text)))
    assert json.loads(outline.as_json()) == value
    for row in range(outline.row_count):
        part: Any = value
        for step in outline.path(row):
            part = part[step]
        assert json.loads(outline.as_json(row)) == part
        if isinstance(part, str):
            assert outline.value(row) == part


YAML_TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8) | st.sampled_from(
    ["a\nb\n", "1.10", "yes", "null", "- a", "# no", "1e5", "a: b", " x", "y\n", "1_0", "0x1f"]
)
YAML_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | YAML_TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(YAML_TEXTS, inner, max_size=4),
    max_leaves=20,
)


@given(YAML_VALUES)
def test_yaml_text_is_the_same_document(value: object) -> None:
    outline = Outline(Document.parse(json.dumps(value).encode()), ALL)
    outline.revealed = set(range(len(outline.document.text)))
    assert yaml.safe_load(outline.as_yaml()) == value


def test_numbers_and_repeated_keys_stay_as_sent_in_every_text() -> None:
    raw = b'{"n": [1.10, 123456789012345678901234567890, 1e5, -0], "a": 1, "a": "1.10", "t": "x\\ny\\n"}'
    outline = Outline(Document.parse(raw))
    text = outline.as_json().decode()
    assert [part in text for part in ("1.10,", "123456789012345678901234567890", "1e5", "-0")] == [True] * 4
    assert outline.as_yaml() == (
        "n:\n- 1.10\n- 123456789012345678901234567890\n- 1e5\n- -0\na: 1\na: '1.10'\nt: |\n  x\n  y\n"
    )
    assert outline.as_json(1) == b"1"


@pytest.mark.parametrize("wide", ["", "\U0001f600"])
def test_the_deepest_document_is_yaml_too(wide: str) -> None:
    raw = ('{"a": [' * 250 + json.dumps(wide) + "]}" * 250).encode()
    document = Document.parse(raw)
    text = as_yaml(document, None, 0)
    assert parse(text.encode(), "a.yaml").document.text == document.text
    places = YamlPlaces(document, text)
    assert places.node_at(len(places.text) - 1) == document.node_at_line(501)


def test_a_document_too_large_for_yaml_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "YAML_LIMIT", 1 << 16)
    assert Outline(Document.parse(b'["x"]')).as_yaml() == "- x\n"
    outline = Outline(Document.parse(b'["' + b"x" * (1 << 16) + b'"]'))
    with pytest.raises(DocumentError, match="use JSON"):
        outline.as_yaml()


def test_a_file_too_large_for_yaml_is_refused_with_both_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("astro_tui.document.loading.YAML_LIMIT", 2 << 20)
    with pytest.raises(DocumentError, match=r"^YAML is limited to 2 MiB; this file has 3.0 MB\.$"):
        parse(b"a: b" * 750_000, "a.yaml")


def test_a_document_too_large_for_yaml_is_not_masked_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Masking 10 MB of keys would take many seconds."""
    monkeypatch.setattr(render, "YAML_LIMIT", 1 << 16)
    looked: list[int] = []
    monkeypatch.setattr(Masking, "hidden", lambda _masking, node: looked.append(node) or iter(()))
    outline = Outline(Document.parse(json.dumps({f"key-{n}": n for n in range(10_000)}).encode()))
    with pytest.raises(DocumentError, match="use JSON"):
        outline.as_yaml()
    assert not looked


@pytest.mark.parametrize(
    ("text", "guess"),
    [
        ("/por[ts]/", "re:por[ts]"),
        ("re:k:^port", "k:re:^port"),
        ("key: port", "k:port"),
        ("regex:po.t", "re:po.t"),
        ("v: 8080", "v:8080"),
        ("memory=4Gi", "v:4Gi"),
        ("replicas >= 3", "v:3"),
        ("image: repo/app:1", "v:repo/app:1"),
        ("k:port", ""),
        ("re:a=(b)", ""),
        ("port", ""),
        ("/api/v1", ""),
    ],
)
def test_a_search_in_another_language_is_corrected(text: str, guess: str) -> None:
    assert meant(text) == guess


def test_what_is_masked_is_masked_in_texts_and_hits_until_revealed() -> None:
    raw = (
        b'{"env": [{"name": "DB_PASSWORD", "value": "hunter2"}, {"name": "X", "value": "hunter3"}], "password": 12345}'
    )
    outline = Outline(Document.parse(raw), ALL)
    assert b"hunter2" not in outline.as_json()
    assert b"12345" not in outline.as_json()
    assert b"hunter3" in outline.as_json()
    assert "hunter2" not in outline.as_yaml(0)
    row = outline.find(("env", 0, "value"))
    assert row is not None
    assert outline.row(row).text == outline.value(row) == MASK
    assert outline.as_json(row) == f'"{MASK}"'.encode()
    assert len(run(outline.document, "hunter")) == 1
    assert run(outline.document, "12345") == []
    node = outline.reveal(row)
    assert outline.row(row).text == outline.value(row) == "hunter2"
    assert outline.row(row).reason
    assert b"hunter2" in outline.as_json()
    outline.conceal(node)
    assert outline.row(row).masked
