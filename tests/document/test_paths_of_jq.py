"""Paths written for jq, and read again."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astro_tui.document import ROOT, Document, Path, address_of, find, jq_path, path_of_jq, path_text, python_path

STEPS = st.one_of(st.text(max_size=8), st.integers(0, 999_999), st.sampled_from(['a"b', "a\\", ".", "[0]", "a b", ""]))


@given(st.lists(STEPS, max_size=6).map(tuple))
def test_a_path_survives_its_text(path: Path) -> None:
    assert path_of_jq(jq_path(path)) == path


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (".", ()),
        ("", ()),
        ("agent.env[0].value", ("agent", "env", 0, "value")),
        (".odd-key.x", ("odd-key", "x")),
        ('.["odd key"]', None),
        ('."open', None),
        (".a[x]", None),
        (".a..b", None),
    ],
)
def test_what_users_type(text: str, path: Path | None) -> None:
    if path is None:
        with pytest.raises(ValueError, match="not a path"):
            path_of_jq(text)
    else:
        assert path_of_jq(text) == path


@pytest.mark.parametrize("key", ["key", "é" * 900, "k" * 2_000, "é" * 1_500, "k" * 1_000_000])
def test_the_address_of_a_node_is_short_or_missing(key: str) -> None:
    document = Document.parse(json.dumps({"spec": {key: [1, 2]}}, ensure_ascii=False).encode())
    node = find(document, ("spec", key, 1))
    assert node is not None
    address = address_of(document, node)
    assert len(address) <= 2_000
    assert address == "" if len(key) > 1_400 else path_of_jq(address) == ("spec", key, 1)
    assert address_of(document, ROOT) == ""


@given(st.lists(st.one_of(STEPS.filter(lambda step: isinstance(step, str)), st.integers(0, 3)), max_size=6).map(tuple))
def test_a_path_copied_from_the_text_is_the_same(path: Path) -> None:
    value: object = "leaf"
    for step in reversed(path):
        value = {step: value} if isinstance(step, str) else [*range(step), value]
    document = Document.parse(json.dumps(value).encode())
    node = find(document, path)
    assert node is not None
    assert path_of_jq(path_text(document, node).decode()) == path
    assert path_text(document, node, python=True).decode() == python_path(path)


def test_a_lone_surrogate_in_a_copied_path_is_an_escape() -> None:
    document = Document.parse(b'{"\\ud800": 1}')
    assert path_text(document, document.first) == b'."\\ud800"'
