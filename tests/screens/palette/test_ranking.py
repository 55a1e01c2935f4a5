"""What matches, and in which order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astro_tui.screens.palette.items import Ranking, searchable

TEXTS = st.lists(st.text("abc d-/", max_size=10), max_size=12)
QUERIES = st.text("abcd -", max_size=6)


def rank_of(word: str, text: str) -> int | None:
    """Return how well a word matches, in the slow and obvious way."""
    if text.startswith(f" {word}"):
        return 0
    if f" {word}" in text:
        return 1
    if word in text:
        return 2
    if len(word) < 2:
        return None
    for start in range(len(text) - 1):
        if text[start] == " " and text[start + 1] == word[0]:
            rest = iter(text[start + 2 :])
            if all(letter in rest for letter in word[1:]):
                return 3
    return None


def naive(texts: list[str], query: str) -> list[int]:
    words = searchable(query).split()
    ranked = []
    for place, text in enumerate(texts):
        ranks = [rank_of(word, text) for word in words]
        if None not in ranks:
            ranked.append((sum(rank for rank in ranks if rank), place))
    return [place for _, place in sorted(ranked)]


@given(TEXTS, st.lists(QUERIES, max_size=5))
def test_earlier_queries_make_no_difference(names: list[str], queries: list[str]) -> None:
    texts = [searchable(name) for name in names]
    ranking = Ranking(texts)
    for query in queries:
        assert list(ranking.search(query)) == naive(texts, query)


@given(TEXTS, st.text("abcd ", max_size=6))
def test_typing_letter_by_letter_makes_no_difference(names: list[str], query: str) -> None:
    texts = [searchable(name) for name in names]
    ranking = Ranking(texts)
    for end in range(len(query) + 1):
        assert list(ranking.search(query[:end])) == naive(texts, query[:end])


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("sup", "support-router"),
        ("router", "support-router"),
        ("port", "support-router"),
        ("sprt", "support-router"),
        ("sro", "support-router"),
        ("acme/sup", "support-router acme"),
        ("acme rout", "support-router acme"),
    ],
)
def test_what_a_user_means(query: str, first: str) -> None:
    names = ["Claims Desk", first, "invoice keeper"]
    found = Ranking([searchable(name) for name in names]).search(query)
    assert [names[place] for place in found] == [first]


def test_better_matches_come_first() -> None:
    names = ["a lot of gasoline", "blog", "night log", "log keeper"]
    found = Ranking([searchable(name) for name in names]).search("log")
    assert [names[place] for place in found] == ["log keeper", "night log", "blog", "a lot of gasoline"]
