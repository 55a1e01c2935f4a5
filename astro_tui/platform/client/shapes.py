"""The shapes of bodies: an object with certain keys, or a list that may be wrapped in one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Raw

from astro_tui.platform.client.call import Response
from astro_tui.platform.client.decode import (
    entries,
    items,
    odd_shape,
    parts,
    plain,
    row,
    short_value_of,
    shortened,
    value_of,
)


def object_of(response: Response, depth: int, *keys: str) -> dict[str, Any]:
    """Return the response's object, with long texts cut.

    Raises PlatformError if it is not an object or has none of the keys.
    """
    value = short_value_of(response, depth)
    if not isinstance(value, dict) or not value.keys() & set(keys):
        raise odd_shape(response, f"an object with {' and '.join(keys)}", value)
    return value


def rows_of(response: Response, depth: int, key: str) -> list[Any]:
    """Return the list under `key`. Null is an empty list. A response that is a list counts as the rows."""
    value = value_of(response, depth)
    if isinstance(value, list):
        if any(isinstance(entry, dict) and key in entry for entry in value):
            raise odd_shape(response, f"one object with {key}", value)
        return value
    rows = value.get(key) if isinstance(value, dict) else None
    if isinstance(rows, list):
        return rows
    if isinstance(value, dict) and rows is None and (key in value or value.get("count") == 0):
        return []
    raise odd_shape(response, f"a list of {key}", value if rows is None else rows)


def raw_rows(
    response: Response,
    members: dict[str, bytes],
    key: str,
    read: Callable[[bytes], Sequence[bytes | Raw]] = entries,
) -> Sequence[bytes | Raw]:
    """Like `rows_of`, with each entry as raw JSON, from the `members` of the response."""
    raw = members.get(key, b"null" if members.get("count", b"").strip() == b"0" else b"")
    rows = read(raw)
    if not rows and raw.strip() != b"null" and not raw.lstrip().startswith(b"["):
        raise odd_shape(response, f"a list of {key}", plain(raw) if raw else members)
    return rows


def blueprint_at(raw: bytes | Raw) -> dict[str, Any] | None:
    """Return the blueprint in a value; None if the value is not an object."""
    values = parts(raw)
    return None if values is None else blueprint_of(values)


def blueprint_of(members: Mapping[str, bytes | Raw]) -> dict[str, Any]:
    """Return the blueprint with these members; the specs of its builds are the exact bytes sent."""
    return {
        key: [row(entry, "spec") for entry in items(value)] if key == "versions" else shortened(plain(value))
        for key, value in members.items()
    }
