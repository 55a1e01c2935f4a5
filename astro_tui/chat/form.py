"""The form of a question from an agent: its JSON schema as fields, and the answer that they make. Pure.

Only flat objects of texts, numbers, choices, and yes or no are fields. Any other schema is shown as JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from math import isfinite
from typing import Any

from msgspec import Struct

SUBMIT, DECLINE, CANCEL, RESPOND = "submit", "decline", "cancel", "respond"
ACTIONS = (SUBMIT, DECLINE, RESPOND, CANCEL)
"""The answers that are offered, in this order. Others that an agent names are ignored."""
_TOOL = "tool_permission"
MOST_FIELDS, MOST_CHOICES, MOST_LEVELS = 30, 100, 50
_IGNORED = frozenset(
    ("type", "title", "description", "default", "examples", "format", "enumNames", "x-ui", "$comment", "readOnly")
)
_CHECKED: Mapping[str, frozenset[str]] = {
    "string": frozenset(("enum", "oneOf", "minLength", "maxLength")),
    "number": frozenset(("enum", "minimum", "maximum")),
    "integer": frozenset(("enum", "minimum", "maximum")),
    "boolean": frozenset(),
}
"""The keywords of each type that a form can honor. The platform checks the answer once more (422)."""
_OF_OBJECT = frozenset(("type", "title", "description", "properties", "required", "additionalProperties", "$schema"))


class FieldKind(StrEnum):
    """What a field takes."""

    TEXT = "text"
    NUMBER = "number"
    CHOICE = "choice"
    YES_NO = "yes or no"


class FormField(Struct, frozen=True):
    """One value of the answer. `choices` are pairs of a value and its label. All texts are as the agent sent them.

    `initial` is what a text or a number starts with. Choices and yes or no start with nothing: the user must choose.
    """

    key: str
    kind: FieldKind
    title: str
    description: str = ""
    required: bool = False
    choices: tuple[tuple[Any, str], ...] = ()
    initial: str = ""
    whole: bool = False
    low: float | None = None
    high: float | None = None

    def problem(self, typed: str | bool | None) -> str:
        """Return why a typed text, a chosen label, or yes or no is not valid; empty if it is."""
        if typed is None or typed == "":
            return "required" if self.required else ""
        if self.kind is FieldKind.CHOICE:
            return "" if any(label == typed for _value, label in self.choices) else "choose one of these"
        if self.kind is FieldKind.NUMBER:
            number = _number(str(typed), whole=self.whole)
            if number is None:
                return "not a whole number" if self.whole else "not a number"
            return self._outside(number, "at least {:g}", "at most {:g}")
        if self.kind is FieldKind.YES_NO:
            return "" if isinstance(typed, bool) else "choose yes or no"
        return self._outside(len(str(typed)), "at least {:g} characters", "at most {:g} characters")

    def _outside(self, size: float, low: str, high: str) -> str:
        if self.low is not None and size < self.low:
            return low.format(self.low)
        return high.format(self.high) if self.high is not None and size > self.high else ""

    def value(self, typed: str | bool) -> Any:
        """Return what the answer has for a valid text, label, or yes or no."""
        if self.kind is FieldKind.CHOICE:
            return next(value for value, label in self.choices if label == typed)
        return _number(str(typed), whole=self.whole) if self.kind is FieldKind.NUMBER else typed


class Question(Struct, frozen=True):
    """A question from an agent, as it was sent. `schema` and `value` are JSON."""

    id: str
    message: str
    schema: Mapping[str, Any]
    actions: tuple[str, ...]
    value: Mapping[str, Any] = {}
    intent: str = ""

    @property
    def runs_a_tool(self) -> bool:
        """Whether the agent waits for the approval to run a tool."""
        return self.intent == _TOOL

    @property
    def answers(self) -> tuple[str, ...]:
        """The allowed answers, in the order in which they are offered. Ending the question is always allowed."""
        return tuple(action for action in ACTIONS if action in self.actions or action == CANCEL)

    @property
    def fields(self) -> tuple[FormField, ...] | None:
        """The fields of the form, which may be none; None if the schema is more than a form can express."""
        properties = self.schema.get("properties", {})
        if self.schema.keys() - _OF_OBJECT or self.schema.get("type", "object") != "object":
            return None
        if not isinstance(properties, Mapping) or len(properties) > MOST_FIELDS:
            return None
        required = self.schema.get("required", ())
        names = set(map(str, required)) if isinstance(required, list | tuple) else set()
        if names - properties.keys():
            return None
        fields = [
            _field(str(key), schema, self.value.get(key), required=key in names) for key, schema in properties.items()
        ]
        return None if None in fields else tuple(each for each in fields if each is not None)


def question_of(sent: Mapping[str, Any]) -> Question | None:
    """Return the question in an event or in the history; None if it is not one that can be answered."""
    key, schema, actions = sent.get("id"), sent.get("dataSchema"), sent.get("actions")
    if not (isinstance(key, str) and key and isinstance(schema, Mapping) and isinstance(actions, list) and actions):
        return None
    value, intent, message = sent.get("value"), sent.get("intent"), sent.get("message")
    return Question(
        key,
        message if isinstance(message, str) else "",
        _shallow(schema),
        tuple(map(str, actions)),
        _shallow(value) if isinstance(value, Mapping) else {},
        intent if isinstance(intent, str) else "",
    )


def _shallow(value: Any, levels: int = MOST_LEVELS) -> Any:
    """Return JSON without what is nested deeper than programs can compare and print."""
    if not levels and isinstance(value, Mapping | list):
        return "…"
    if isinstance(value, Mapping):
        return {key: _shallow(inner, levels - 1) for key, inner in value.items()}
    return [_shallow(inner, levels - 1) for inner in value] if isinstance(value, list) else value


def content_of(
    fields: tuple[FormField, ...], texts: Mapping[str, str | bool | None]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the content of an answer, and what is wrong with which field. What is empty is left out."""
    problems = {field.key: problem for field in fields if (problem := field.problem(texts.get(field.key)))}
    content: dict[str, Any] = {}
    for field in fields:
        typed = texts.get(field.key)
        if typed is not None and typed != "" and field.key not in problems:
            content[field.key] = field.value(typed)
    return content, problems


def answer_of(action: str, *, content: Mapping[str, Any] | None = None, text: str = "") -> dict[str, object]:
    """Return the body of an answer to a question."""
    if action == SUBMIT:
        return {"action": action, "content": dict(content or {})}
    return {"action": action, "text": text} if action == RESPOND else {"action": action}


def _field(key: str, schema: object, value: object, *, required: bool) -> FormField | None:
    """Return a property as a field, or None if a form cannot express it."""
    if not isinstance(schema, Mapping):
        return None
    kind = schema.get("type", "string" if "enum" in schema or "oneOf" in schema else None)
    if not isinstance(kind, str) or kind not in _CHECKED or schema.keys() - _IGNORED - _CHECKED[kind]:
        return None
    title = schema.get("title")
    description = schema.get("description")
    field = FormField(
        key,
        FieldKind.YES_NO if kind == "boolean" else FieldKind.TEXT if kind == "string" else FieldKind.NUMBER,
        title if isinstance(title, str) and title else key,
        description if isinstance(description, str) else "",
        required,
    )
    if "enum" in schema or "oneOf" in schema:
        choices = _choices(schema)
        return (
            None
            if choices is None
            else FormField(key, FieldKind.CHOICE, field.title, field.description, required, choices)
        )
    if kind == "boolean":
        return field
    edges = ("minLength", "maxLength") if kind == "string" else ("minimum", "maximum")
    low, high = (_amount(schema.get(edge)) for edge in edges)
    initial = value if value is not None else schema.get("default")
    typed = str(initial) if isinstance(initial, str | int | float) and not isinstance(initial, bool) else ""
    return FormField(
        key, field.kind, field.title, field.description, required, (), typed, kind == "integer", low, high
    )  # fmt: skip


def _choices(schema: Mapping[str, Any]) -> tuple[tuple[Any, str], ...] | None:
    """Return the choices with distinct labels, or None if there are too many, or odd ones."""
    if "oneOf" in schema:
        rows = schema["oneOf"]
        if not isinstance(rows, list) or not all(isinstance(row, Mapping) and "const" in row for row in rows):
            return None
        values = [row["const"] for row in rows]
        names = [row.get("title") for row in rows]
    else:
        values = schema["enum"]
        names = schema.get("enumNames") or []
        if not isinstance(values, list) or not isinstance(names, list):
            return None
    plain = all(isinstance(value, str | int | float) for value in values)
    if not values or not plain or len(values) > MOST_CHOICES:
        return None
    texts = [str(value) for value in values]
    labels = [name if isinstance(name, str) and name else text for name, text in zip(names, texts, strict=False)]
    labels += texts[len(labels) :]
    if len(set(labels)) < len(labels):
        labels = texts
    return tuple(zip(values, labels, strict=True)) if len(set(labels)) == len(labels) else None


def _amount(value: object) -> float | None:
    try:
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
    except OverflowError:
        return None


def _number(text: str, *, whole: bool) -> float | int | None:
    """Return a typed number, or None if it is none."""
    try:
        if whole or text.strip().lstrip("+-").isdigit():
            return int(text)
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) else None
