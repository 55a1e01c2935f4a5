"""Large responses: no call scans much at once, and nothing is copied unnecessarily."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.memory import traced

from astro_tui.clipboard.offers import document_offers
from astro_tui.document import (
    Document,
    DocumentQuery,
    Masking,
    Outline,
    as_json,
    find,
    full_value,
    index,
    lines,
    masking,
    path_of,
    render,
    search,
    strings,
    text,
    windows,
)
from astro_tui.platform.client import decode as client_decode
from astro_tui.platform.client.body import Body
from astro_tui.text import redaction
from astro_tui.theme.look import Look
from astro_tui.widgets import wrapped
from astro_tui.widgets.document import value_pane

MB = 1 << 20
TOKEN = "ghp_" + "a1B2c3D4" * 5

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-999, 999), st.text(st.sampled_from('ab"\\[]{},:\n\x1b漢👩/ '), max_size=20)
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(st.sampled_from('k"\\,['), max_size=3), inner, max_size=4)
    ),
    max_leaves=12,
)
separators = st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", " : ")])


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(st.text(max_size=4), values, max_size=5), separators, st.booleans(), st.integers(2, 40))
def test_members_in_windows_are_those_of_the_decoder(value: Any, by: tuple[str, str], ascii_: bool, size: int) -> None:
    raw = json.dumps(value, ensure_ascii=ascii_, separators=by).encode()
    expected = {key: bytes(each) for key, each in msgspec.json.decode(raw, type=dict[str, msgspec.Raw]).items()}
    assert windows.members(raw, msgspec.json.decode, size) == expected


@settings(max_examples=80, deadline=None)
@given(st.lists(values, max_size=8), separators, st.integers(2, 40))
def test_items_in_windows_are_those_of_the_decoder(value: list[Any], by: tuple[str, str], size: int) -> None:
    raw = json.dumps(value, separators=by).encode()
    expected = [bytes(each) for each in msgspec.json.decode(raw, type=list[msgspec.Raw])]
    assert [entry for part in windows.items(raw, size) for entry in part] == expected


@settings(max_examples=80, deadline=None)
@given(
    st.builds(
        lambda value, by, narrow: json.dumps(value, ensure_ascii=narrow, separators=by).encode(),
        values,
        separators,
        st.booleans(),
    ),
    st.integers(8, 40),
    st.integers(0, 60),
    st.sampled_from([b"", b",", b"]", b'"']),
)
def test_a_large_text_is_laid_out_as_a_small_one(raw: bytes, size: int, place: int, odd: bytes) -> None:
    for each in (raw, raw[:place] + odd + raw[place:]):
        expected = _laid_out(each)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(text, "AT_ONCE", 0)
            patch.setattr(text, "WINDOW", size)
            patch.setattr(strings, "PIECE", 16)
            assert _laid_out(each) == expected


def _laid_out(raw: bytes) -> bytes | str:
    try:
        return text.lay_out(raw)
    except text.DocumentError as error:
        return str(error)


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(blacklist_categories=["Cs"]), max_size=80), st.integers(16, 40))
def test_a_string_in_pieces_is_the_whole_string(value: str, size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(strings, "PIECE", size)
        assert "".join(strings.decode_pieces(strings.encode(value))) == value


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("ab  \n漢e\u0301👩"), max_size=60), st.integers(2, 12), st.integers(1, 7))
def test_wrapping_in_pieces_makes_the_same_lines(value: str, width: int, size: int) -> None:
    whole = wrapped.Wrapped(value, width)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wrapped, "PIECE", size)
        pieces = wrapped.Wrapped(value, width)
    assert [pieces.line(line) for line in range(len(pieces))] == [whole.line(line) for line in range(len(whole))]


def test_no_decoder_is_given_a_large_text(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    formatted: Callable[..., bytes] = msgspec.json.format
    monkeypatch.setattr(msgspec.json, "format", lambda raw, **how: seen.append(len(raw)) or formatted(raw, **how))
    raw = b"[" + b",".join(b"%d" % number for number in range(1_000_000)) + b"]"
    document = Document.parse(raw)
    assert as_json(document, None, 0) == formatted(raw, indent=2)
    assert max(seen) < 2 * windows.WINDOW
    assert document.node_count == 1_000_001


def test_the_members_of_a_large_response_are_found_without_decoding_it(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = b'{"id":"x","spec":[' + b"1," * (3 * MB) + b'1],"after":{"a":[]}}'
    seen: list[int] = []
    decoded: Callable[..., Any] = msgspec.json.decode
    monkeypatch.setattr(msgspec.json, "decode", lambda body, **how: seen.append(len(body)) or decoded(body, **how))
    found = client_decode.members(raw)
    assert found is not None
    assert list(found) == ["id", "spec", "after"]
    assert len(found["spec"]) == 6 * MB + 3
    assert max(seen) < 100


@pytest.mark.parametrize("before", range(0, 2 * masking._CHECKED, 4099))
def test_a_secret_is_found_anywhere_in_a_long_value(before: int) -> None:
    filler = "lorem ipsum "
    value = (filler * (before // len(filler) + 1))[:before] + f" {TOKEN} " + filler * 4000
    document = Document.parse(json.dumps({"note": value}).encode())
    assert Masking(document).reason(document.line(2)) is not None
    assert TOKEN.encode() not in as_json(document, Masking(document), 0)


@pytest.mark.parametrize("raw", [b"1,2", b'"a",', b"[1],", b"[1,]", b"[,1]", b'{"a":1,}', b"[1,2", b"[1,2]]"])
def test_malformed_json_at_a_border_is_found(raw: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "AT_ONCE", 0)
    monkeypatch.setattr(text, "WINDOW", 2)
    with pytest.raises(text.DocumentError):
        text.lay_out(raw)


@pytest.mark.parametrize("shift", [-60, -20, -1, 0, 1])
def test_a_secret_across_a_border_of_two_pieces_is_found(shift: int) -> None:
    for border in (masking._CHECKED, strings.PIECE, strings.PIECE + masking._CHECKED):
        value = "-" * (border + shift - 10) + f" {TOKEN} " + "- " * 40_000
        document = Document.parse(json.dumps({"note": value}).encode())
        assert Masking(document).reason(document.line(2)) is not None, border


def test_a_long_value_is_never_checked_in_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    form: Callable[[str], str | None] = redaction.value_form
    for module in (redaction, masking):
        monkeypatch.setattr(module, "value_form", lambda value: seen.append(len(value)) or form(value))
    document = Document.parse(json.dumps({"before": 1, "value": "word " * (MB // 4)}).encode())
    node = find(document, ("value",))
    assert node is not None
    assert full_value(document, node).length == 5 * MB // 4
    assert max(seen) <= masking._CHECKED
    count = len(seen)
    assert as_json(document, Masking(document), 0).count(b"word") == MB // 4
    # The result of a check is kept.
    assert len(seen) <= count + 4


def test_reading_a_long_value_soon_ends_when_it_is_canceled(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    form: Callable[[str], str | None] = redaction.value_form
    monkeypatch.setattr(masking, "value_form", lambda value: seen.append(len(value)) or form(value))
    document = Document.parse(json.dumps({"value": "word " * (MB // 4)}).encode())
    line = document.line(2)
    assert Masking(document).reason(line, canceled=lambda: len(seen) == 3) is not None
    assert len(seen) == 3
    # The result of a canceled check is not kept: the next caller reads the whole value.
    assert Masking(document).reason(line) is None


def test_a_search_that_is_canceled_does_not_read_a_long_hit_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    form: Callable[[str], str | None] = redaction.value_form
    monkeypatch.setattr(masking, "value_form", lambda value: seen.append(len(value)) or form(value))
    document = Document.parse(json.dumps({"value": "word " * MB}).encode())
    list(search(document, DocumentQuery.parse("word"), Masking(document), lambda: len(seen) > 1))
    assert len(seen) == 2


@pytest.mark.parametrize("kinds", ["key-{:07}", "name{:07}", "password{:07}", "{:07}"])
def test_masking_a_wide_object_reads_each_line_a_few_times(kinds: str, monkeypatch: pytest.MonkeyPatch) -> None:
    read: Callable[[bytes, int], lines.DocumentLine] = lines.read_line
    seen: list[int] = []
    for module in (lines, index):
        monkeypatch.setattr(module, "read_line", lambda raw, start: seen.append(start) or read(raw, start))
    for size in (500, 2_000):
        members = {kinds.format(number): "hunter2hunter2" for number in range(size)}
        document = Document.parse(json.dumps({"name": "x", **members, "type": "y"}).encode())
        seen.clear()
        hidden = list(Masking(document).hidden(0))
        assert len(hidden) == (size if "password" in kinds else 0)
        assert len(seen) <= 6 * size + 50


def test_a_line_holds_only_the_start_of_a_huge_key() -> None:
    key = "k漢" * MB
    document = Document.parse(json.dumps({key: {"value": 1}}, ensure_ascii=False).encode())
    line = document.line(2)
    assert line.key is not None
    assert 0 < len(line.key) <= lines.LONGEST_KEY + 1
    assert key.startswith(strings.decode(line.key))
    assert document.text[line.key_start : line.key_stop] == strings.encode(key)
    assert path_of(document, find(document, (key, "value")) or 0) == (key, "value")
    assert next(iter(search(document, DocumentQuery.parse("k:" + key[-20:]), Masking(document)))) == [2]


@pytest.mark.parametrize("needle", ["NEEDLE", "needle", "e"])
@pytest.mark.parametrize("place", [0, strings.PIECE - 4, strings.PIECE - 1, strings.PIECE, 3 * strings.PIECE - 2])
def test_a_match_in_a_long_value_is_found_anywhere(needle: str, place: int) -> None:
    value = "x" * place + ("NEEDLE" if needle == "NEEDLE" else "needle") + "x" * 2 * strings.PIECE
    document = Document.parse(json.dumps({"a": value}).encode())
    assert [hit for batch in search(document, DocumentQuery.parse(needle), Masking(document)) for hit in batch] == [2]
    assert not [hit for batch in search(document, DocumentQuery.parse("zz"), Masking(document)) for hit in batch]


def test_searching_a_long_value_makes_no_copy_of_it() -> None:
    small, large = (Document.parse(json.dumps({"a": "x" * size + "z"}).encode()) for size in (1, 2 * MB))
    # What the first search imports and compiles does not count.
    assert next(iter(search(small, DocumentQuery.parse("z"), Masking(small)))) == [2]
    with traced() as peak:
        assert next(iter(search(large, DocumentQuery.parse("z"), Masking(large)))) == [2]
    assert peak.bytes < MB


def test_a_key_too_long_to_read_hides_its_value() -> None:
    document = Document.parse(json.dumps({"k" * MB + "password" + "k" * MB: "hunter2"}).encode())
    assert Masking(document).reason(document.line(2)) is not None


# What is sent in more than 4 MB is laid out in pieces. Escapes are slow while memory is traced.
@pytest.mark.nightly
@pytest.mark.parametrize(
    ("piece", "size"), [("x", 4 * MB), ("\x1b[31m\x00", MB // 2), ("a👩", 4 * MB), ("a" * 11 + "\n", 2 * MB)]
)
def test_the_memory_for_one_string_is_a_few_times_its_size(piece: str, size: int) -> None:
    value = piece * (size // len(piece.encode()))
    raw = json.dumps({"before": 1, "value": value}, ensure_ascii=False).encode()
    with traced() as peak:
        body = Body("", 64 * MB)
        for start in range(0, len(raw), 1 << 16):
            body.feed(raw[start : start + (1 << 16)])
        document = Document.parse(body.complete())
        node = find(document, ("value",))
        assert node is not None
        as_json(document, Masking(document), 0)
        subject = value_pane.Subject(document, node, frozenset())
        text = value_pane.read_text(subject, Look(), lambda: False, key=str)
        value_pane.wrapped(text, 100, lambda: False)
    assert peak.bytes < 5 * len(raw)


@pytest.mark.parametrize(("piece", "end"), [('k"', ""), ("漢", "👩")])
@pytest.mark.parametrize("offered", ["k", "p", "b", "j"])
def test_the_memory_to_copy_a_huge_key_is_a_few_times_its_size(piece: str, end: str, offered: str) -> None:
    raw = json.dumps({"before": 1, piece * MB + end: {"inner": "v"}}, ensure_ascii=False).encode()
    outline = Outline(Document.parse(raw))
    with traced() as peak:
        offers = {offer.key: offer for offer in document_offers(outline, outline.node(1))}
        text = offers[offered].make().encoded
    assert (len(text) >= MB) == (offered != "j")
    # Beside them there are the document and what was sent.
    assert peak.bytes < 3 * len(text) + MB // 2


def test_the_same_large_text_is_one_document() -> None:
    raw = json.dumps({"value": "x" * 2 * MB}).encode()
    document = Document.parse(raw)
    assert Document.parse(bytes(bytearray(raw))) is document
    # So its text can be kept in place of what was sent.
    assert Document.parse(bytes(bytearray(document.text))) is document
    assert Document.parse(b"[1]") is not Document.parse(b"[1]")


def test_a_large_document_that_is_mostly_indentation_is_refused() -> None:
    piece = b'{"a":' * 400 + b"1" + b"}" * 400
    with pytest.raises(text.DocumentError, match="too deeply nested for its size") as caught:
        Document.parse(b"[" + b",".join([piece] * 2_000) + b"]")
    assert caught.value.too_deep


def test_hidden_values_are_replaced_without_a_copy_of_what_is_around_them() -> None:
    members = {f"key{number}": "x" * (MB // 2) for number in range(4)}
    document = Document.parse(json.dumps({"password": "hunter2hunter2", **members}).encode())
    hidden = [line.start for line in Masking(document).hidden(0)]
    assert hidden
    with traced() as peak:
        masked = render.masked_text(document, Masking(document), 0, (), hidden)
    assert b"hunter2" not in masked
    assert peak.bytes < 1.2 * len(masked)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([b"[", b"]", b"{", b"}", b"[]", b"{[", b"]}", b"[" * 40, b"]" * 40]), max_size=30))
def test_brackets_are_reduced_however_deep_they_are(pieces: list[bytes]) -> None:
    found, size = b"".join(pieces), -1
    expected = found
    while len(expected) != size:
        size = len(expected)
        expected = expected.replace(b"[]", b"").replace(b"{}", b"")
    assert windows._reduced(found) == expected


def test_a_deep_document_is_refused_at_its_start(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    formatted: Callable[..., bytes] = msgspec.json.format
    monkeypatch.setattr(msgspec.json, "format", lambda raw, **how: seen.append(len(raw)) or formatted(raw, **how))
    piece = b'{"a":' * 400 + b"1" + b"}" * 400
    with pytest.raises(text.DocumentError):
        Document.parse(b"[" + b",".join([piece] * 4_000) + b"]")
    assert sum(seen) < 2 * MB
