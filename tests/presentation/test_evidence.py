"""The evidence in short lines, and the sentence, which is shortened without cutting what it says about the change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from astro_tui.diagnosis import BlamedChange, Diagnosis, Evidence, Kind
from astro_tui.diagnosis.values import Conflict, Unread
from astro_tui.presentation.evidence import evidence_lines, sentence_within
from astro_tui.text.foreign import cell_width

NOW = datetime(2026, 7, 2, 9, 30, tzinfo=UTC)
CHANGE = BlamedChange(9, 8, (".agent.image",), "Revision 9 changed .agent.image.")


def diagnosis(cause: str, change: BlamedChange | None = CHANGE) -> Diagnosis:
    """Return a diagnosis whose sentence begins with `cause`."""
    if change is None:
        return Diagnosis("d1", "acme", "one", "error", Kind.IMAGE, f"{cause}.")
    after = "; revision 9 changed .agent.image."
    return Diagnosis("d1", "acme", "one", "error", Kind.IMAGE, cause, after, change=change)


def test_what_disagrees_comes_first_and_what_was_not_read_last() -> None:
    found = Diagnosis(
        *("d1", "acme", "one", "active"),
        Kind.CRASH,
        "The agent keeps crashing: connection refused by the database.",
        evidence=(
            # The sentence says so already.
            Evidence("events", NOW, "Failed: connection refused by the database. (7 times)"),
            Evidence("status", None, "active ready"),
            Evidence("runtime", None, "restarted 41 times"),
            Evidence("events", NOW - timedelta(minutes=3), "BackOff: back-off restarting failed container"),
        ),
        conflicts=(Conflict(("status", "runtime"), "status says active; app restarted 41 times"),),
        unread=(Unread("logs", "no response within 8 seconds"),),
    )
    assert [tuple(line) for line in evidence_lines(found, NOW)] == [
        ("sources disagree", "", "status says active; app restarted 41 times"),
        ("runtime", "", "restarted 41 times"),
        ("events", "3m", "BackOff: back-off restarting failed container"),
        ("not read", "", "logs: no response within 8 seconds"),
    ]


def test_a_short_sentence_stays_as_it_is() -> None:
    found = diagnosis("The agent cannot pull its image")
    assert sentence_within(found, 200) == found.sentence
    assert sentence_within(diagnosis("x" * 300, None), 100) == "x" * 300 + "."


@given(st.text(min_size=1, max_size=300).map(lambda text: " ".join(text.split()) or "x"), st.integers(60, 200))
def test_the_change_is_never_cut(cause: str, cells: int) -> None:
    told = sentence_within(diagnosis(cause), cells)
    assert told.endswith("; revision 9 changed .agent.image.")
    if cause.isascii():
        assert cell_width(told) <= max(cells, cell_width(diagnosis(cause).sentence) if cells < 60 else cells)
