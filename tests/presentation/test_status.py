"""Every status word in platform.md has a badge, and an unknown word is shown as sent."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from astro_tui.presentation.status import KNOWN, Severity, groups_of, phase_severity, status_of, troubled

# platform.md §16.6
BADGES = {
    "active running ready": ("ACTIVE", Severity.OK),
    "pending queued": ("PENDING", Severity.INFO),
    "provisioning": ("PROVISION", Severity.INFO),
    "deploying starting progressing resuming": ("DEPLOYING", Severity.INFO),
    "restarting": ("RESTART", Severity.INFO),
    "failed error crashloopbackoff": ("FAILED", Severity.ERROR),
    "suspended": ("SUSPENDED", Severity.ERROR),
    "stopped paused inactive scaled_down stopping pausing": ("PAUSED", Severity.MUTED),
    "undeploying": ("REMOVING", Severity.WARN),
    "undeployed deleted": ("REMOVED", Severity.MUTED),
    "unreachable unknown": ("UNKNOWN", Severity.MUTED),
}
WORDS = [(word, *badge) for words, badge in BADGES.items() for word in words.split()]


@pytest.mark.parametrize(("word", "label", "severity"), WORDS)
def test_every_documented_word_in_any_case(word: str, label: str, severity: Severity) -> None:
    for spelling in (word, word.upper(), word.capitalize(), f"  {word} "):
        status = status_of(spelling)
        assert (status.label, status.severity) == (label, severity)
        assert status.raw == spelling


@pytest.mark.parametrize(
    ("word", "reason", "label", "severity"),
    [
        ("active", "ready", "ACTIVE", Severity.OK),
        ("active", "ready_lag", "ACTIVE~", Severity.WARN),
        ("active", "cluster_unreachable", "ACTIVE?", Severity.WARN),
        ("deploying", "provisioning", "DEPLOYING", Severity.INFO),
        ("inactive", "paused", "PAUSED", Severity.MUTED),
        ("inactive", "suspended", "SUSPENDED", Severity.ERROR),
        ("error", "suspended", "SUSPENDED", Severity.ERROR),
        ("undeploying", "undeploying", "REMOVING", Severity.WARN),
        ("error", "failed", "FAILED", Severity.ERROR),
        ("active", "a reason of next year", "ACTIVE", Severity.OK),
    ],
)
def test_reasons_refine_a_word(word: str, reason: str, label: str, severity: Severity) -> None:
    status = status_of(word, reason)
    assert (status.label, status.severity) == (label, severity)


@pytest.mark.parametrize("word", [None, "", "   "])
def test_a_missing_word_is_unknown(word: str | None) -> None:
    assert status_of(word).label == "UNKNOWN"


def test_an_unknown_word_is_shown_as_sent() -> None:
    status = status_of("Hibernated")
    assert (status.label, status.severity, status.raw) == ("Hibernated", Severity.WARN, "Hibernated")
    assert status_of("hibernating").label == "hibernating"
    assert len(status_of("x" * 100_000).label) <= 16
    assert "SEKRET" not in status_of("token=SEKRET").label


@given(st.text(max_size=40), st.text(max_size=10))
def test_any_word_becomes_a_badge_on_one_line(word: str, reason: str) -> None:
    status = status_of(word, reason)
    assert not [char for char in status.label if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")]
    assert cell_len(status.glyph) == len(status.ascii_glyph) == 1
    assert status.ascii_glyph.isascii()


def test_only_transitional_states_are_moving() -> None:
    moving = {status_of(word).label for word, _, _ in WORDS if status_of(word).moving}
    assert moving == {"PENDING", "PROVISION", "DEPLOYING", "RESTART", "REMOVING"}


def test_urgency_has_the_documented_order() -> None:
    words = ["failed", "undeploying", "pending", "active", "stopped"]
    assert [status_of(word).urgency for word in words] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("phase", "severity"),
    [
        ("ready", Severity.OK),
        ("Complete", Severity.OK),
        ("pending", Severity.INFO),
        ("failed", Severity.ERROR),
        ("missing", Severity.WARN),
        ("unknown", Severity.MUTED),
        ("dancing", Severity.WARN),
    ],
)
def test_phases(phase: str, severity: Severity) -> None:
    assert phase_severity(phase) is severity


def test_active_states() -> None:
    active = {status_of(word).label for word, _, _ in WORDS if status_of(word).active}
    reasons = ("ready_lag", "cluster_unreachable", "suspended")
    assert active == {"ACTIVE"}
    assert [status_of("active", reason).active for reason in reasons] == [True, True, False]
    assert not status_of("ACTIVE-ISH").active


def test_counted_groups_differ_in_their_glyphs_and_words() -> None:
    words = ("error", "suspended", "active", "pending", "restarting", "undeploying", "hibernating", "stopped")
    states = [status_of(word) for word in words]
    found = groups_of([(state, 1) for state in [*states, troubled(states[2]), troubled(states[3])]])
    assert [(group.word, number) for group, number in found] == [
        ("broken", 3),
        ("doubtful", 1),
        ("unknown", 1),
        ("moving", 3),
        ("fine", 1),
        ("paused", 1),
    ]
    every = [group for group, _number in groups_of([(state, 1) for state in (*KNOWN, *map(troubled, KNOWN))])]
    for field in ("word", "glyph", "ascii_glyph"):
        assert len({getattr(group, field) for group in every}) == len(every), field
