"""The filter of the agent list."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.entries import ROWS

from astro_tui.presentation.agent_filter import corrected, matching, mistakes, narrows, nearest

STATES = [entry.status for entry in ROWS]


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("", "a1 a2 a3 a4 a5 a6"),
        ("claims", "a1 a2"),
        ("desk claims", "a1 a2"),
        ("claims eu", "a1"),
        ("CLAIMS", ""),
        ("Claims EU", "a1"),
        ("claims EU", "a1"),
        ("!claims", "a3 a4 a5 a6"),
        ("claims !eu", "a2"),
        ("is:error", "a2"),
        ("is:err", "a2"),
        ("IS:Error", "a2"),
        ("is:failed", "a2"),
        ("is:paused", "a4"),
        ("is:moving", "a3 a5"),
        ("is:update", "a4"),
        ("is:problem", "a2 a5 a6"),
        ("!is:problem claims", "a1"),
        ("is:hibern", "a6"),
        ("a3", "a3"),
        ("e88d3146 triage", "a3"),
        ("nothing-like-this", ""),
        ("is:", "a1 a2 a3 a4 a5 a6"),
        ("is:up", "a4"),
        ("!is:", ""),
        ("!", ""),
        ("!!claims", "a1 a2"),
        ("!!!claims", "a3 a4 a5 a6"),
        ("!" * 2001 + "claims", "a3 a4 a5 a6"),
    ],
)
def test_filter(query: str, keys: str) -> None:
    assert [row.key for row in matching(ROWS, query)] == keys.split()


@given(st.text(max_size=30))
def test_any_query_is_a_filter(query: str) -> None:
    shown = matching(ROWS, query)
    assert [row for row in ROWS if row in shown] == list(shown)


@given(st.lists(st.sampled_from(["claims", "!eu", "is:error", "Desk", "mail"]), max_size=4))
def test_more_words_never_show_more(words: list[str]) -> None:
    shown = [{row.key for row in matching(ROWS, " ".join(words[:count]))} for count in range(len(words) + 1)]
    assert all(after <= before for before, after in pairwise(shown))


@given(st.text("aiscElmp!: ", max_size=12), st.integers(0, 12))
def test_typing_further_can_search_what_is_left(query: str, length: int) -> None:
    before = query[:length]
    if narrows(query, before):
        assert matching(matching(ROWS, before), query) == matching(ROWS, query)


def test_another_word_searches_what_is_left() -> None:
    assert narrows("!atlas 7", "!atlas ")
    assert narrows("!atlas ", "!atlas")
    assert not narrows("!atlas", "!atla")
    assert not narrows("is:f", "is")


def test_nearest() -> None:
    assert nearest(ROWS, "mail-trige") == "Mail Triage"
    assert nearest(ROWS, "mail trige") == "Mail Triage"
    assert nearest(ROWS, "zzzzzz") == ""
    assert nearest(ROWS, "!mail is:error") == ""
    assert nearest([], "mail") == ""


# ---- what the user may have meant


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ("is:errr", "is:error"),
        ("desk is:faild", "desk is:failed"),
        ("!is:pausd", "!is:paused"),
        ("IS:Prblem eu", "is:problem eu"),
        ("is:hybernating", "is:hibernating"),
        ("is:err", ""),
        ("is:", ""),
        ("is:suspended", ""),
        ("errr", ""),
        ("is:zzzzzz", ""),
        ("state:failed", "is:failed"),
        ("desk !status=err", "desk !is:err"),
        ("is=paused", "is:paused"),
        ("name:desk", ""),
    ],
)
def test_a_misspelled_state_is_corrected(query: str, meant: str) -> None:
    assert corrected(query, STATES) == meant


def test_what_cannot_be_corrected_is_explained() -> None:
    found = list(mistakes("is:zzzzzz is:error AND mail", STATES))
    assert [word for word, _problem, _guess in found] == ["is:zzzzzz", "AND"]
    assert "leave out AND" in found[1][1]


@given(st.text(max_size=40))
def test_only_states_that_nothing_can_match_are_corrected(query: str) -> None:
    for word, _problem, guess in mistakes(query, STATES):
        assert not matching(ROWS, word.lstrip("!"))
        assert not guess or not list(mistakes(guess, STATES))
