"""docs/logs.md says what the query language does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from astro_tui.logs import records, terms
from astro_tui.logs.levels import LEVEL_WORDS
from astro_tui.logs.query import MOST_TERMS, MOST_TEXT, parse_query

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "pyproject.toml").is_file())
PAGE = (ROOT / "docs" / "logs.md").read_text()
TERMS = [
    term
    for row in re.findall(r"^\| (`.+?) \|", PAGE, re.MULTILINE)
    for term in re.findall(r"`([^`]+)`", row)
    if term != "-term"
]


@pytest.mark.parametrize("term", TERMS)
def test_each_term_of_the_page_is_one_term(term: str) -> None:
    assert parse_query(term).text == term


def test_the_page_states_the_limits() -> None:
    limits = PAGE.partition("## Limits")[2]
    for limit in (
        f"{MOST_TEXT:,} characters",
        f"{MOST_TERMS} terms",
        f"{terms.MOST_SEARCHED:,} characters",
        f"{terms.LINE_SECONDS * 1000:.0f} ms",
        f"{records.MOST_TEXT:,} characters",
        f"{records.MOST_FIELDS} fields",
    ):
        assert limit in limits


def test_the_page_names_the_levels_in_their_order() -> None:
    assert re.findall("`([a-z]+)`", PAGE.partition("**Levels** are ")[2].partition("in this order")[0]) == [
        *LEVEL_WORDS
    ]
