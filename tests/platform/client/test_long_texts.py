"""Long texts in responses: cut by the client, with a note, before anything else handles them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from support.memory import traced
from support.offline import Offline

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform.client import Response
from astro_tui.platform.client.decode import LONGEST_MESSAGE, LONGEST_TEXT, row, shortened
from astro_tui.platform.deployment_rows import Deployment, read_exactly

MB = 1 << 20
KEY = "big-one-000"


def said(value: object) -> Response:
    return Response(json.dumps(value).encode(), "GET /x", 0.0)


def test_an_error_message_is_cut() -> None:
    message = "x " * (MB // 2)
    detail = Offline({"deployment": {"id": KEY, "error_message": message}}).deployment(KEY)
    assert detail.error_message.startswith("x " * (LONGEST_MESSAGE // 2))
    assert len(detail.error_message) < LONGEST_MESSAGE + 100
    assert f"{MB - LONGEST_MESSAGE:,} more characters" in detail.error_message
    issue = {"workload": "agent", "message": message, "title": message}
    body = Offline({"value": "failed", "details": message, "failed_on": [issue]}).status_body(KEY)
    assert max(len(body["details"]), len(body["failed_on"][0]["message"])) < LONGEST_MESSAGE + 100


def test_the_members_of_a_large_response_are_decoded_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = dict.fromkeys(("details", "error_message", "reason"), "line\n" * (MB // 2))
    answer = said({"value": "failed", **texts})
    seen: list[int] = []
    decoded: Callable[..., Any] = msgspec.json.decode
    monkeypatch.setattr(msgspec.json, "decode", lambda body, **how: seen.append(len(body)) or decoded(body, **how))
    body = Offline(answer.body).status_body(KEY)
    assert body["value"] == "failed"
    assert len(body["details"]) < LONGEST_MESSAGE + 100
    assert max(seen) < len(answer.body) // 2


@pytest.mark.parametrize("odd", [b'{"value":"x","details":1-}', b'{"value":"x" "a":1}', b'{"value":"x"'])
def test_an_invalid_large_response_is_explained(odd: bytes) -> None:
    for padding in (b"", b" " * 5 * MB):
        answer = Response(padding + odd, "GET /x", 0.0)
        with pytest.raises(PlatformError) as caught:
            Offline(answer.body).status_body(KEY)
        assert caught.value.kind in (ErrorKind.NOT_JSON, ErrorKind.CUT_BODY)


@pytest.mark.parametrize("lone", ["", "\ud800"])
def test_a_readme_is_cut_and_a_spec_is_not(lone: str) -> None:
    readme = "word " * (MB // 2)
    spec = {"value": "x" * 2 * LONGEST_TEXT}
    build = {"build_id": "b1", "spec": spec, "readme": readme + lone, "agent_card": {"body": readme}}
    value = {"account": "acme", "name": "big", "versions": [build]}
    [page_row] = Offline({"agents": [value], "count": 1}).catalog().rows
    for found in (Offline(value).blueprint("acme", "big"), page_row):
        [build] = found.builds
        assert len(build.readme) < LONGEST_TEXT + 100
        assert build.readme.endswith("more characters not shown.")
        assert build.agent_card is not None
        assert len(build.agent_card.body) < LONGEST_TEXT + 100
        assert build.spec == json.dumps(spec).encode()


def test_texts_that_fit_are_left_alone() -> None:
    value = {"a": ["x" * LONGEST_TEXT, 1, None], "b": {"c": "é"}}
    assert shortened(value) == value
    assert row(json.dumps(value).encode(), "b") == {"a": value["a"], "b": b'{"c": "\\u00e9"}'}


@pytest.mark.parametrize("page", [False, True])
def test_a_blueprint_takes_few_copies_of_its_response(page: bool) -> None:
    value = {"account": "acme", "name": "big", "versions": [{"build_id": "b1", "readme": "word " * MB}]}
    raw = json.dumps({"agents": [value], "count": 1} if page else value)
    answer = Response(raw.encode(), "GET /x", 0.0)
    Offline({"name": "big"}).blueprint("acme", "big")
    with traced() as peak:
        _found = Offline(answer.body).catalog() if page else Offline(answer.body).blueprint("acme", "big")
    assert peak.bytes < 3 * len(raw)


def test_unchanged_rows_of_a_list_are_the_known_ones() -> None:
    rows = [{"id": f"id-{number}", "name": "a", "status": "active", "created_at": "2026"} for number in range(3)]
    first = read_exactly(json.dumps({"deployments": rows}).encode())
    assert first is not None
    rows[1]["status"] = "failed"
    again = read_exactly(json.dumps({"deployments": rows}).encode(), {row.id: row for row in first.rows}.get)
    assert again is not None
    assert [new is old for new, old in zip(again.rows, first.rows, strict=True)] == [True, False, True]
    assert again.rows[1].status == "failed"


def test_rows_share_equal_texts() -> None:
    rows = [{"id": f"id-{number}", "build_id": "a-long-build", "status": "active-one"} for number in range(3)]
    found = read_exactly(json.dumps({"deployments": rows}).encode())
    assert found is not None
    assert len({id(row.build_id) for row in found.rows}) == len({id(row.status) for row in found.rows}) == 1
    assert found.rows[2] == msgspec.convert(rows[2], Deployment)


@pytest.mark.parametrize("digits", [20, 400, 5_000])
@pytest.mark.parametrize("lenient", [False, True])
def test_a_number_of_any_length_is_read(digits: int, lenient: bool) -> None:
    number = "9" * digits
    more = ', "bad": "\udcff"' if lenient else ""
    text = f'{{"id": "{KEY}", "name": "big", "replicas": {number}, "spec": {{"a": {number}}}{more}}}'
    raw = text.encode("utf-8", "surrogateescape")
    found = row(raw, keep="spec")
    assert found is not None
    assert str(found["replicas"]) in (number, str(float(number)))
    assert number.encode() in found["spec"]
    listed = Offline(b'{"deployments": [' + raw + b"]}").deployments("acme")
    assert [entry.id for entry in listed.rows] == [KEY]
