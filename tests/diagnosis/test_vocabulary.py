"""What the words of the cluster mean. The texts are those that kubelet, scheduler, controllers, and runtimes write."""

from __future__ import annotations

from pathlib import Path

import pytest

from astro_tui.diagnosis import built_in
from astro_tui.diagnosis.tables import Kind, Rank, exit_code

LINES = Path(__file__).with_name("vocabulary.txt").read_text(encoding="utf-8").splitlines()
ROWS = [line for line in LINES if line and not line.startswith("#")]


@pytest.mark.parametrize("row", ROWS)
def test_the_meaning_of_known_words(row: str) -> None:
    words, _bar, text = row.partition(" | ")
    kind, rank, reason = words.split(" ")
    found = built_in().meaning(text, reason.removeprefix("-"))
    assert found is not None
    assert (found.kind, found.rank) == (kind, Rank[rank])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ContainerCreating",
        "PodInitializing",
        "2 of 3 workloads ready",
        "not yet created",
        "GenerationLag",
        "1 of 3 workloads failed",
    ],
)
def test_words_without_a_meaning(text: str) -> None:
    assert built_in().meaning(text) is None


def test_the_schedulers_reason_alone_is_ambiguous() -> None:
    alone, told = (
        built_in().meaning("FailedScheduling"),
        built_in().meaning("0/3 nodes are available: 3 Insufficient cpu.", "FailedScheduling"),
    )
    assert alone is not None
    assert told is not None
    assert (alone.kind, alone.vague) == (Kind.SCHEDULING, True)
    assert not told.vague


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("exit code 1", 1),
        ("Error (exit code: 137)", 137),
        ("exited with code 3", 3),
        ("exitCode 2", 2),
        ("exit status 32", 32),
        ("Error, exit 137", 137),
        ("terminated with 9", 9),
        ("the exit is on floor 3", None),
        ("", None),
    ],
)
def test_exit_code(text: str, code: int | None) -> None:
    assert exit_code(text) == code
