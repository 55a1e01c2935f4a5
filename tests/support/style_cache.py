"""Parsing each style sheet once in a test run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet


def parsed_once(parse: Callable[..., list[RuleSet]]) -> Callable[..., list[RuleSet]]:
    """Return Textual's `parse` with its cache shared by all apps with the same variables, which come from the theme."""
    cache: dict[tuple[object, ...], list[RuleSet]] = {}

    def cached(sheet: Stylesheet, css: str, read_from: Any, *more: Any, **named: Any) -> list[RuleSet]:
        key = (css, read_from, more, *named.items(), frozenset(sheet._variables.items()))
        if key not in cache:
            cache[key] = parse(sheet, css, read_from, *more, **named)
        return cache[key]

    return cached
