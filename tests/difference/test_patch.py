"""The JSON Patch of a difference, applied by a common library."""

from __future__ import annotations

import json
import random
from typing import Any

import jsonpatch
import pytest
from hypothesis import given, settings
from support.differing import PAIRS, differ, document, example, plain

from astro_tui.difference import as_json_patch, compare
from astro_tui.document import Document
from astro_tui.text.redaction import MASK


def patched(old: Any, new: Any) -> Any:
    patch = json.loads(as_json_patch(differ(old, new), reveal=True))
    return jsonpatch.apply_patch(json.loads(document(old).text), patch)


@settings(max_examples=160, deadline=None)
@given(PAIRS)
def test_applied_by_the_library_it_gives_the_new(pair: tuple[Any, Any]) -> None:
    assert plain(patched(*pair)) == plain(pair[1])


@pytest.mark.parametrize("seed", range(5))
def test_long_lists_shuffled_cut_and_grown(seed: int) -> None:
    chance = random.Random(seed)
    old = [{"name": f"n{number}", "v": number} for number in range(200)]
    new = [dict(item) for item in chance.sample(old, 150)]
    new[3]["v"] = -1
    for number in range(20):
        new.insert(chance.randrange(len(new)), {"name": f"new{number}"})
    assert patched(old, new) == new


def test_no_differences_are_an_empty_patch() -> None:
    assert as_json_patch(differ({"a": [1, 2]}, {"a": [1.0, 2]})) == "[]"


def test_one_operation_per_line_and_numbers_as_sent() -> None:
    difference = differ(b'{"a/b": 1, "~": [1, 2]}', b'{"a/b": 1.50, "~": [2], "c": {"d": 1e400}}')
    assert as_json_patch(difference).splitlines() == [
        '[{"op": "add", "path": "/c", "value": {"d": 1e400}},',
        ' {"op": "replace", "path": "/a~1b", "value": 1.50},',
        ' {"op": "remove", "path": "/~0/0"}]',
    ]


def test_objects_with_repeated_keys_are_replaced() -> None:
    old, new = b'[{"a": 1, "a": 2, "b": [1]}]', b'[{"a": 1, "a": 3, "b": [1]}]'
    assert patched(old, new) == [{"a": 3, "b": [1]}]


def test_secrets_are_masked_unless_revealed() -> None:
    difference = compare(Document.parse(example("claims-desk-11")), Document.parse(example("claims-desk-12")))
    assert "EXAMPLE-" not in as_json_patch(difference)
    assert MASK in as_json_patch(difference)
    assert "EXAMPLE-ROTATED" in as_json_patch(difference, reveal=True)
