"""The demo's data: stories, specs, logs, and catalog. The modules that read a file document its format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def read(name: str) -> Any:
    """Return a new copy of a JSON document in this folder."""
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))
