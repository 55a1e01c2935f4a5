"""The demo's data: specs, logs, catalog, and more. The modules that read a file document its format."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


@cache
def text(name: str) -> str:
    """Return the text of a file in this folder."""
    return (FOLDER / name).read_text(encoding="utf-8")


def read(name: str) -> Any:
    """Return a new copy of a JSON document in this folder."""
    return json.loads(text(name))
