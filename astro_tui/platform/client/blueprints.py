"""Takes a blueprint apart: its members as values, the specs of its builds as sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Raw

from astro_tui.platform.client.decode import items, parts, plain, row, shortened


def blueprint_at(raw: bytes | Raw) -> dict[str, Any] | None:
    """Return the blueprint in a value; None if the value is not an object."""
    found = parts(raw)
    return None if found is None else blueprint_of(found)


def blueprint_of(members: Mapping[str, bytes | Raw]) -> dict[str, Any]:
    """Return the blueprint with these members; the specs of its builds are the exact bytes sent."""
    return {
        key: [row(entry, "spec") for entry in items(value)] if key == "versions" else shortened(plain(value))
        for key, value in members.items()
    }
