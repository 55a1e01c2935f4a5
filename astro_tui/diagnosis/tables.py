"""The tables of facts next to this module, each read once."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


@cache
def table(name: str) -> dict[str, Any]:
    """Return a table: `blame` for changes and sentences, or `lines` for the forms of log lines."""
    return tomllib.loads((HERE / f"{name}.toml").read_text("utf-8"))


@cache
def words(name: str) -> frozenset[str]:
    """Return a list of words of `blame.toml`."""
    return frozenset(table("blame")["names"][name].split())


@cache
def form(name: str) -> re.Pattern[str]:
    """Return a list of regular expressions of `lines.toml` as one."""
    levels = table("lines")["levels"]["words"]
    return re.compile("|".join(f"(?:{part.replace('LEVELS', levels)})" for part in table("lines")[name].values()))
