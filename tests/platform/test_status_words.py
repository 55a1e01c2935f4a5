"""Badges and diagnoses read the same status words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from astro_tui.diagnosis import Fact, Facts, observed
from astro_tui.diagnosis.values import Phase
from astro_tui.platform.status_words import REASONS, UNLISTED, WORDS, StatusMeaning
from astro_tui.presentation.status import Severity, status_of

NOW = datetime(2026, 7, 2, 9, 0, tzinfo=UTC)


def phase_of(word: str, reason: str = "") -> Phase:
    return observed(Facts(NOW, status=Fact({"value": word, "reason": reason}))).state.phase


@pytest.mark.parametrize("word", WORDS)
def test_a_badge_and_a_diagnosis_say_the_same(word: str) -> None:
    status, phase = status_of(word), phase_of(word)
    assert (phase is Phase.HEALTHY) == status.active
    assert (phase is Phase.MOVING) == (status.moving and status.severity is Severity.INFO)
    assert (phase in (Phase.FAILED, Phase.BILLING)) == (status.severity is Severity.ERROR)
    assert (phase in (Phase.UNKNOWN, Phase.UNREACHABLE)) == (status.label == "UNKNOWN")


@pytest.mark.parametrize(
    ("word", "phase"),
    [
        ("building", Phase.MOVING),
        ("degraded", Phase.FAILED),
        ("removing", Phase.REMOVING),
        ("cancelled", Phase.CANCELED),
        ("complete", Phase.HEALTHY),
    ],
)
def test_a_word_that_platform_md_does_not_list_is_understood_and_displayed_as_received(word: str, phase: Phase) -> None:
    assert (phase_of(word), status_of(word).label) == (phase, word)
    assert word in UNLISTED
    assert word not in WORDS


def test_a_reason_refines_a_badge_and_a_diagnosis() -> None:
    assert (status_of("active", "ready_lag").label, phase_of("active", "ready_lag")) == ("ACTIVE~", Phase.HEALTHY)
    unreachable = status_of("active", "cluster_unreachable").label, phase_of("active", "cluster_unreachable")
    assert unreachable == ("ACTIVE?", Phase.UNREACHABLE)
    assert phase_of("unknown", "failed") is Phase.FAILED


def test_every_meaning_is_that_of_a_word() -> None:
    assert {*WORDS.values(), *REASONS.values(), *UNLISTED.values()} == set(StatusMeaning)
