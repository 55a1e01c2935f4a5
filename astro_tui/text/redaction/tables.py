"""The facts about secrets, from the TOML files beside this module. Each file is read once, when it is first needed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any


@cache
def _read(file: str) -> dict[str, Mapping[str, Any]]:
    import tomllib

    return tomllib.loads(Path(__file__).with_name(f"{file}.toml").read_text(encoding="utf-8"))


@cache
def rows(file: str, table: str) -> Mapping[str, Any]:
    """Return a table of a file: its rows by their keys."""
    return _read(file)[table]


@cache
def listed(file: str, name: str) -> frozenset[str]:
    """Return one of the lists of words in a file."""
    value = rows(file, "lists")[name]
    return frozenset(value.split() if isinstance(value, str) else value)


@cache
def pattern(name: str) -> re.Pattern[str]:
    """Return how secrets and their names are written in a text: a pattern of `forms.toml`."""
    return re.compile(re.sub("‹(.+?)›", lambda inner: _inside(inner[1]), rows("forms", "forms")[name]))


def _inside(name: str) -> str:
    """Return what a name in a pattern stands for: another pattern, or any word of a list, the longest first."""
    words = () if name in rows("forms", "forms") else sorted(listed("names", name), reverse=True)
    return f"(?:{'|'.join(map(re.escape, words))})" if words else rows("forms", "forms")[name]


def any_of(words: Iterable[str]) -> str:
    """Return a regular expression for any of the words: one branch for each beginning, so that few are tried.

    A search takes a fifth of the time of a plain alternation, and a third of the time of searching for each word. It
    finds the shortest of the words that start with each other.
    """
    branches: dict[str, list[str]] = {}
    for word in words:
        if not word:
            # This word ends here, and matches wherever a longer one would, so the longer ones need no branch.
            return ""
        branches.setdefault(word[0], []).append(word[1:])
    branch_patterns = [re.escape(char) + any_of(rests) for char, rests in sorted(branches.items())]
    return branch_patterns[0] if len(branch_patterns) == 1 else f"(?:{'|'.join(branch_patterns)})"


def load_tables() -> None:
    """Read all files now, in a thread, instead of when the first text is masked."""
    for file in ("names", "values", "tokens", "commands", "forms"):
        _read(file)


def lazy(pattern: str, flags: int = 0) -> Callable[[], re.Pattern[str]]:
    """Return a function that compiles a pattern when it is first called."""
    return cache(lambda: re.compile(pattern, flags))
