"""Questions as forms: what a form can express, what it checks, and the answer that it makes."""

from __future__ import annotations

from typing import Any

import pytest

from astro_tui.chat.form import FieldKind, answer_of, content_of, question_of
from astro_tui.demo.conversations import data


def asked(properties: dict[str, Any], **schema: Any) -> Any:
    return question_of(
        {"id": "q", "actions": ["submit"], "dataSchema": {"type": "object", "properties": properties, **schema}}
    )


NAME: dict[str, Any] = {"type": "string", "minLength": 2, "maxLength": 5}
COUNT = {"type": "integer", "minimum": 1, "maximum": 9}
PRICE = {"type": "number"}
METHOD = {"type": "string", "enum": ["card", "voucher"], "enumNames": ["Back to the card", "As a voucher"]}
SIZE = {"oneOf": [{"const": 1, "title": "Small"}, {"const": 2, "title": "Large"}]}
SURE = {"type": "boolean", "default": True}


@pytest.mark.parametrize(
    ("schema", "given", "value", "problem"),
    [
        (NAME, "abc", "abc", ""),
        (NAME, "a", None, "at least 2 characters"),
        (NAME, "abcdef", None, "at most 5 characters"),
        (COUNT, "3", 3, ""),
        (COUNT, "0", None, "at least 1"),
        (COUNT, "1.5", None, "not a whole number"),
        (PRICE, "48.5", 48.5, ""),
        (PRICE, "7", 7, ""),
        (PRICE, "much", None, "not a number"),
        (PRICE, "nan", None, "not a number"),
        (METHOD, "As a voucher", "voucher", ""),
        (METHOD, "voucher", None, "choose one of these"),
        (SIZE, "Large", 2, ""),
        (SURE, False, False, ""),
        (SURE, "yes", None, "choose yes or no"),
        (SURE, None, None, "required"),
    ],
)
def test_a_value(schema: dict[str, Any], given: str | bool | None, value: object, problem: str) -> None:
    fields = asked({"x": schema}, required=["x"]).fields
    content, problems = content_of(fields, {"x": given})
    assert (content, problems) == ({} if problem else {"x": value}, {"x": problem} if problem else {})
    # What is not required may be left out.
    assert content_of(asked({"x": schema}).fields, {}) == ({}, {})


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array", "items": {"type": "string"}},
        {"type": "object", "properties": {}},
        {"type": "string", "pattern": "^a"},
        {"type": ["string", "null"]},
        {"$ref": "#/x"},
        {"anyOf": [{"type": "string"}]},
        {"enum": []},
        {"enum": [1, {"a": 2}]},
        {"oneOf": [{"type": "string"}]},
        {},
        "text",
    ],
)
def test_what_a_form_cannot_express(schema: Any) -> None:
    assert asked({"x": schema, "y": NAME}).fields is None


@pytest.mark.parametrize("huge", [10**400, -(10**400)], ids=["large", "small"])
def test_a_limit_that_is_no_number_for_computers_is_left_to_the_platform(huge: int) -> None:
    for kind, low, high in (("number", "minimum", "maximum"), ("string", "minLength", "maxLength")):
        (field,) = asked({"x": {"type": kind, low: huge, high: huge}}).fields
        assert field.problem("7") == ""


def test_a_schema_that_is_nested_too_deeply_is_cut() -> None:
    deep: Any = "end"
    for _ in range(900):
        deep = [deep]
    question = asked({}, anyOf=deep, required=[])
    assert question.fields is None
    assert len(str(question.schema)) < 1_000
    # As it comes a second time, in the history.
    assert question == asked({}, anyOf=deep, required=[])


def test_nothing_that_runs_a_tool_is_chosen_before_the_user_chooses() -> None:
    form = data()["forms"]["refund"]
    question = question_of({"id": "q", **form})
    assert question is not None
    assert question.runs_a_tool
    assert question.answers == ("submit", "decline", "cancel")
    initial = {field.key: field.initial for field in question.fields or ()}
    assert initial == {"reason": "Delivered late", "amount": "48.5", "method": "", "notify": ""}
    assert [field.kind for field in question.fields or ()] == [
        FieldKind.TEXT,
        FieldKind.NUMBER,
        FieldKind.CHOICE,
        FieldKind.YES_NO,
    ]


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"id": "", "actions": ["submit"], "dataSchema": {}},
        {"id": "q", "dataSchema": {}},
        {"id": "q", "actions": [1]},
    ],
)
def test_what_cannot_be_answered_is_no_question(sent: dict[str, Any]) -> None:
    assert question_of(sent) is None


def test_the_body_of_an_answer() -> None:
    assert answer_of("submit", content={"x": 1}) == {"action": "submit", "content": {"x": 1}}
    assert answer_of("respond", text="no") == {"action": "respond", "text": "no"}
    assert answer_of("decline") == {"action": "decline"}
