"""A key can be a secret: no view, path, copy, search, difference, or file shows one, and the tree works as before."""

from __future__ import annotations

import json

import pytest
from support.app import NOW
from support.outputs import every_output, every_text

from astro_tui.difference import as_json_patch, as_text, compare
from astro_tui.document import ALL, ROOT, Document, Masking, Outline, as_json, find, path_of, search
from astro_tui.document.paths import address_of, jq_path, path_of_jq
from astro_tui.document.query import DocumentQuery
from astro_tui.state.fold_paths import kept_of
from astro_tui.state.last_seen import Seen, without_secrets
from astro_tui.text.redaction import MASK

TOKEN = "sk-" + "proj-8fK2mQ7xLw4TzB9vRn3Jd6Hc1Gp5Ys0Ae"
OTHER = "xoxb-" + "204857391022-3948571029384-Qm8vLk2TzXw9RnBy4HcJd6Ge"


@pytest.mark.parametrize(
    ("document", "secret"),
    [
        ({"api_keys": {TOKEN: "team-a", OTHER: "team-b"}}, TOKEN),
        ({"users": {TOKEN: {"name": "a", "roles": ["x"]}}}, TOKEN),
        ({"tokens": {"x7f3k2q9": "admin", "input": 3, "output": 4}}, "x7f3k2q9"),
        ({"targets": {"postgres://svc:hunter2x@db:5432/app": 1}}, "hunter2x"),
        ([{"sessions": {f'quoted "{TOKEN}"': {}}}], TOKEN),
    ],
)
def test_no_output_shows_a_key_that_is_a_secret(document: object, secret: str) -> None:
    raw = json.dumps(document).encode()
    assert secret not in every_output(raw, secret)
    assert secret not in every_text(raw)
    parsed = Document.parse(raw)
    assert secret.encode() not in without_secrets(parsed, "salt")
    assert secret not in Seen(NOW).with_spec(parsed).spec
    changed = Document.parse(raw.replace(b"team-a", b"team-c").replace(secret.encode(), b"none"))
    for difference in (compare(parsed, changed), compare(changed, parsed)):
        assert secret not in as_text(difference) + as_json_patch(difference) + difference.summary


def test_ordinary_keys_stay() -> None:
    document = {
        "tokens": {"input": 3, "output": 4, "max-new": 5},
        "secrets": {"db-credentials": "a", "tls_cert": "b", "OPENAI_API_KEY": "c"},
        "images": {f"ghcr.io/acme/bot@sha256:{'0a' * 32}": 1},
        "agents": {"550e8400-e29b-41d4-a716-446655440000": 1, "user_01HZX3V9Q8M2K7N5B4C6D8E0F1": 2},
        "paths": {"/api/v1/agents/{account}/{name}": 1, "https://api.example.com/v1/items?page=2": 2},
        "app.kubernetes.io/managed-by": "x",
        "metrics.service.kubernetes.io/scrape-interval-seconds": 3,
    }
    parsed = Document.parse(json.dumps(document).encode())
    assert not parsed.secret_keys
    assert list(json.loads(as_json(parsed, None, ROOT))) == list(document)


def test_masked_keys_stay_apart_and_can_be_folded_found_and_kept() -> None:
    raw = json.dumps({"api_keys": {TOKEN: {"team": "a"}, OTHER: {"team": "b"}}}).encode()
    outline = Outline(Document.parse(raw), ALL)
    first, second = outline.row(1), outline.row(3)
    assert first.key != second.key
    assert all(row.key is not None and row.key.startswith(MASK) for row in (first, second))
    for row in (first, second):
        path = path_of(outline.document, row.node)
        assert find(outline.document, path) == row.node
        assert find(outline.document, path_of_jq(jq_path(path))) == row.node
        assert find(outline.document, path_of_jq(address_of(outline.document, row.node))) == row.node
        hits = search(outline.document, DocumentQuery.parse(f"k:{row.key}"), Masking(outline.document))
        assert [hit for batch in hits for hit in batch] == [row.node]
    outline.fold(1)
    assert kept_of(outline.snapshot()).changes
    # The same key has the same name in the next document, where it is in another place.
    later = Outline(Document.parse(json.dumps({"api_keys": {"x": {"y": 1}, TOKEN: {"team": "c"}}}).encode()), ALL)
    later.restore(outline.snapshot())
    assert [later.row(row).folded for row in range(1, 4)] == [False, False, True]


def test_a_changed_key_is_a_difference() -> None:
    old, new = (Document.parse(json.dumps({"api_keys": {key: "team-a"}}).encode()) for key in (TOKEN, OTHER))
    assert not compare(old, old)
    assert compare(old, new)


def test_who_reveals_secrets_gets_the_document_as_it_was() -> None:
    document = {"api_keys": {TOKEN: "team-a", f'"{TOKEN}': "team-b"}, "password": "hunter2"}
    parsed = Document.parse(json.dumps(document).encode())
    assert json.loads(as_json(parsed, None, ROOT)) == document


def test_the_start_of_a_document_has_the_same_keys() -> None:
    raw = json.dumps({"a": 1, "api_keys": {TOKEN: "team-a"}, "rest": ["x" * 40] * 100}).encode()
    start = Document.parse_start(raw[:2000])
    assert start is not None
    assert start.cut is not None
    assert TOKEN.encode() not in start.text
    assert start.text[: start.cut - 1] == Document.parse(raw).text[: start.cut - 1]
