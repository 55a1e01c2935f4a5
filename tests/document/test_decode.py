"""Decoding texts that contain other data: only if certain, never a crash, never a secret."""

from __future__ import annotations

import base64
import gzip
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from astro_tui.document import Document, find, full_value
from astro_tui.document.decode import decode_value
from astro_tui.text.redaction import MASK


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def token(claims: object, head: object = None) -> str:
    parts = [json.dumps(part).encode() for part in (head or {"alg": "HS256", "typ": "JWT"}, claims)]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in [*parts, b"signature"])


def test_json_in_a_string_is_laid_out_with_numbers_as_sent() -> None:
    found = decode_value('{"a": 1.10, "b": [123456789012345678901234567890]}')
    assert found is not None
    assert found.form == "JSON"
    assert found.text == '{\n  "a": 1.10,\n  "b": [\n    123456789012345678901234567890\n  ]\n}'


def test_base64_of_a_text() -> None:
    found = decode_value(b64(b"the quick brown fox\njumps"))
    assert found is not None
    assert (found.form, found.text, found.size) == ("base64", "the quick brown fox\njumps", 25)


@pytest.mark.parametrize("coat", [base64.b64encode, base64.urlsafe_b64encode, base64.encodebytes])
@pytest.mark.parametrize("stripped", ["", "="])
def test_every_way_to_write_base64(coat: object, stripped: str) -> None:
    text = "Grüße an die Welt, 你好 👋 " * 5
    found = decode_value(coat(text.encode()).decode().rstrip("\n" + stripped))  # type: ignore[operator]
    assert found is not None
    assert found.text == text


def test_json_in_base64_names_both_encodings() -> None:
    found = decode_value(b64(b'{"user": "maria", "roles": [1, 2]}'))
    assert found is not None
    assert found.form == "base64, JSON"
    assert '"user": "maria"' in found.text


def test_three_layers_and_no_more() -> None:
    text = "at the very bottom of it"
    for _ in range(5):
        text = b64(text.encode())
    found = decode_value(text)
    assert found is not None
    assert found.form == "base64, base64, base64"


def test_a_token_has_header_and_claims_and_no_signature() -> None:
    found = decode_value(token({"sub": "maria", "exp": 1767225600}), masked=False)
    assert found is not None
    assert found.form == "a JWT"
    assert '"alg": "HS256"' in found.text
    assert '"sub": "maria"' in found.text
    assert "signature: 9 bytes" in found.text


def test_a_masked_token_is_not_opened() -> None:
    assert decode_value(token({"sub": "maria"})) is None
    hidden = decode_value(b64(token({"sub": "maria"}).encode()))
    assert hidden is not None
    assert "maria" not in hidden.text
    assert MASK in hidden.text


def test_known_files_are_named_and_dumped() -> None:
    found = decode_value(b64(gzip.compress(b"some text or other")))
    assert found is not None
    assert found.form == "base64 of gzip"
    assert found.text.startswith("0000  1f 8b")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "support-router",
        "supportrouterabc",
        "registry.acme.example/support-router:1.2.3",
        "sha256:" + "0" * 64,
        "0123456789abcdef0123456789abcdef",
        "{not json}",
        "[]",
        "{}",
        "[" * 100_000 + "]" * 100_000,
        "eyJhbGciOiJIUzI1NiJ9.",
        "a.b.c",
        "====",
        "A" * 17,
        "1234567890123456",
        "x" * 100,
    ],
)
def test_other_texts_are_not_decoded(text: str) -> None:
    assert decode_value(text) is None


def test_secrets_inside_are_masked_unless_revealed() -> None:
    inner = json.dumps({"password": "hunter2-hunter2", "user": "maria"})
    for text in (inner, b64(inner.encode())):
        found = decode_value(text)
        assert found is not None
        assert "hunter2" not in found.text
        assert "maria" in found.text
        clear = decode_value(text, masked=False)
        assert clear is not None
        assert "hunter2-hunter2" in clear.text
    plain = decode_value(b64(b"url is postgres://maria:hunter2-hunter2@db/x"))
    assert plain is not None
    assert "hunter2" not in plain.text


def test_a_huge_text_is_bounded() -> None:
    assert decode_value("[" + "1," * (5 << 20) + "1]") is None
    assert decode_value(b64(b"word " * (1 << 20))) is not None


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200) | st.binary(max_size=200).map(b64) | st.text("eyJ.{}[]\"':,=+/-_Aa1 \n", max_size=80))
def test_nothing_breaks_it(text: str) -> None:
    for masked in (True, False):
        found = decode_value(text, masked=masked)
        assert found is None or (found.form and found.size > 0)


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=16, max_size=80))
def test_base64_comes_back(text: str) -> None:
    found = decode_value(b64(text.encode()), masked=False)
    assert found is not None
    if found.form == "base64":
        assert found.text == text


@pytest.mark.parametrize(
    ("path", "text", "hidden"),
    [
        (("s",), "one\ntwo\u202e", None),
        (("n",), "1.10", None),
        (("p", "password"), "", "its key suggests a secret"),
        (("t",), "true", None),
        (("e",), "[]", None),
        (("p",), '{\n  "password": "••••••••"\n}', None),
    ],
)
def test_full_values(path: tuple[str, ...], text: str, hidden: str | None) -> None:
    raw = b'{"s": "one\\ntwo\xe2\x80\xae", "n": 1.10, "p": {"password": "hunter2-hunter2"}, "t": true, "e": []}'
    document = Document.parse(raw)
    node = find(document, path)
    assert node is not None
    value = full_value(document, node)
    assert (value.text, value.hidden) == (text, hidden)
    if hidden:
        assert full_value(document, node, {node}).text == "hunter2-hunter2"


def test_a_large_container_is_not_laid_out() -> None:
    document = Document.parse(json.dumps({"a": list(range(100_000))}).encode())
    value = full_value(document, 0)
    assert value.text == ""
    assert value.size > 500_000
