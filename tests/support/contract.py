"""The contract of the platform's API, `tests/demo/openapi.yaml`, and validators of its responses."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, FormatChecker


@cache
def contract() -> dict[str, Any]:
    text = (Path(__file__).parents[1] / "demo" / "openapi.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return loaded


@cache
def validator(template: str, method: str, status: int) -> Draft202012Validator:
    """Return the schema of one response as the contract's paths state it."""
    responses = contract()["paths"][template][method.lower()]["responses"]
    response = responses[str(status)]
    if "$ref" in response:
        response = contract()["components"]["responses"][response["$ref"].rpartition("/")[2]]
    schema = {**response["content"]["application/json"]["schema"], "components": contract()["components"]}
    Draft202012Validator.check_schema(schema)
    checker = FormatChecker()
    checker.checks("date-time", raises=ValueError)(is_date_time)
    return Draft202012Validator(schema, format_checker=checker)


def is_date_time(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None
