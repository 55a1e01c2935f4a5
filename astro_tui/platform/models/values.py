"""The field types of records. They convert values of any type without raising."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, Strict

from astro_tui.platform.lenient import Moment, count_of, flag_of, items_of, text_of

__all__ = [
    "NO_TIME",
    "Flag",
    "Moment",
    "Number",
    "Objects",
    "PlatformModel",
    "RawJson",
    "Text",
    "Texts",
    "Time",
    "has_value",
    "items_of",
    "object_or_none",
    "scalar",
    "text_of",
]


def _raw_json(value: object) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False, default=str).encode()


def has_value(raw: bytes) -> bool:
    """Return whether raw JSON was sent and is not null."""
    return raw.strip() not in (b"", b"null")


def _objects(value: object) -> object:
    if isinstance(value, tuple) and all(isinstance(item, BaseModel) for item in value):
        return value
    return tuple(item for item in items_of(value) if isinstance(item, Mapping | BaseModel))


def _texts(value: object) -> tuple[str, ...]:
    return tuple(text_of(item) for item in items_of(value))


def object_or_none(value: object) -> object:
    """Return `value` if it can become a record, else None."""
    return value if isinstance(value, Mapping | BaseModel) else None


# Values that are already text stay in pydantic's compiled code.
Text = Annotated[Annotated[str, Strict()] | Annotated[str, PlainValidator(text_of)], Field(union_mode="left_to_right")]
Texts = Annotated[tuple[str, ...], PlainValidator(_texts)]
Flag = Annotated[bool, PlainValidator(flag_of)]
Number = Annotated[int | None, PlainValidator(count_of)]
Time = Annotated[Moment, PlainValidator(Moment.of)]
RawJson = Annotated[bytes, PlainValidator(_raw_json)]
Objects = BeforeValidator(_objects)
NO_TIME = Moment()


class PlatformModel(BaseModel):
    """The base of all records: frozen, ignores unknown keys, and is built on first use."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True, populate_by_name=True)

    @classmethod
    def each(cls, values: object) -> tuple[tuple[Self, ...], int]:
        """Return a record for each object in a list, and the number of other entries."""
        items = list(items_of(values))
        records = tuple(cls.model_validate(item) for item in items if isinstance(item, Mapping))
        return records, len(items) - len(records)


def scalar(raw: bytes) -> object:
    """Return a raw JSON value: strings and null are decoded, anything else stays text."""
    text = raw.decode("utf-8", "replace").strip()
    if text != "null" and not text.startswith('"'):
        return text
    try:
        value: object = json.loads(text, strict=False)
    except ValueError:
        return text
    return value
