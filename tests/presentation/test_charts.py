"""Charts: a spike is visible at every width, a gap stays blank, and every sample is in its column."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astro_tui.presentation.charts import ASCII, BRAILLE, Dots, Series, Window, axis, chart, top_of

COUNT = 720
DAY = Window(0.0, COUNT * 120.0)
ALPHABETS = pytest.mark.parametrize("dots", [BRAILLE, ASCII], ids=["braille", "ascii"])
WIDTHS, HEIGHTS = st.integers(40, 200), st.integers(2, 20)
VALUES = st.floats(0, 1e9)
SAMPLES = st.lists(st.tuples(st.integers(0, COUNT - 1), VALUES), max_size=60, unique_by=lambda each: each[0])


def steady(*, but: dict[int, float | None] | None = None) -> Series:
    """Return 720 samples of 1, with a few others; None is a missing sample."""
    values = {number: (but or {}).get(number, 1.0) for number in range(COUNT)}
    return Series([(number * 120.0, value) for number, value in values.items() if value is not None], 120)


@ALPHABETS
@given(at=st.integers(0, COUNT - 1), width=WIDTHS, height=HEIGHTS, late=st.sampled_from([0.0, 100.0]))
def test_a_spike_of_one_sample_is_visible_at_every_width(
    dots: Dots, at: int, width: int, height: int, late: float
) -> None:
    # The first sample may begin before the window.
    window = Window(late, DAY.end + late)
    drawn = chart(steady(but={at: 10.0}), window, width, height, dots=dots)
    column = max(0, window.column(at * 120.0, width))
    high = {place for place, glyph in enumerate(drawn.rows[0]) if glyph != " "}
    # The line down from it may be in the next column.
    assert column in high <= {column, column + 1}


@ALPHABETS
@given(begin=st.integers(0, COUNT - 1), size=st.integers(1, COUNT), width=WIDTHS)
def test_a_gap_is_blank_and_nothing_else_is(dots: Dots, begin: int, size: int, width: int) -> None:
    missing = dict.fromkeys(range(begin, min(COUNT, begin + size)))
    drawn = chart(steady(but=missing), DAY, width, 3, dots=dots)
    measured = {DAY.column(number * 120.0, width) for number in range(COUNT) if number not in missing}
    blank = {column for column in range(width) if all(row[column] == " " for row in drawn.rows)}
    assert blank == set(range(width)) - measured


@given(samples=SAMPLES, width=WIDTHS, step=st.sampled_from([30.0, 120.0, 3600.0]))
def test_every_sample_is_within_what_its_column_shows(
    samples: list[tuple[int, float]], width: int, step: float
) -> None:
    series = Series(sorted((number * 120.0, value) for number, value in samples), step)
    spans = series.spans(DAY, width)
    for at, value in series.samples:
        span = spans[DAY.column(at, width)]
        assert span is not None
        assert span[0] <= value <= span[1]
    known = {value for _, value in series.samples}
    assert {value for span in spans if span is not None for value in span} <= known


@ALPHABETS
@given(samples=SAMPLES, width=st.integers(1, 120), height=st.integers(1, 20), limit=VALUES)
def test_a_chart_has_its_size(
    dots: Dots, samples: list[tuple[int, float]], width: int, height: int, limit: float
) -> None:
    series = Series(sorted((number * 120.0, value) for number, value in samples), 120)
    drawn = chart(series, DAY, width, height, limit=limit, dots=dots)
    assert [len(row) for row in drawn.rows] == [width] * height
    assert drawn.top >= max((value for _, value in samples), default=0)
    assert all(ord(glyph) < 128 for row in drawn.rows for glyph in row) or dots is BRAILLE


def test_samples_far_apart_fill_the_columns_for_which_they_stand() -> None:
    series = Series([(0.0, 1.0), (3600.0, 2.0), (4 * 3600.0, 3.0)], 3600)
    spans = series.spans(Window(0.0, 6 * 3600.0), 12)
    assert spans == [(1, 1)] * 2 + [(2, 2)] * 2 + [None] * 4 + [(3, 3)] * 2 + [None] * 2


@pytest.mark.parametrize(
    ("largest", "limit", "binary", "top"),
    [
        (0.0, 0.0, False, 1.0),
        (0.31, 0.0, False, 0.4),
        (5e-324, 0.0, False, 1.0),
        (0.31, 1.0, False, 1.0),
        (0.2, 1.0, False, 0.2),
        (612.0, 0.0, False, 800.0),
        (300 * 2.0**20, 0.0, True, 320 * 2.0**20),
        (300 * 2.0**20, 2.0**29, True, 2.0**29),
    ],
)
def test_the_top_is_round_and_a_limit_far_away_does_not_count(
    largest: float, limit: float, binary: bool, top: float
) -> None:
    assert top_of(largest, limit, binary=binary) == pytest.approx(top)


def test_a_limit_is_a_line_that_hides_no_sample() -> None:
    drawn = chart(steady(but={300: 8.0}), DAY, 60, 8, limit=8.0)
    assert drawn.limit_row == 0
    assert drawn.rows[0].count("╌") == 59
    assert chart(steady(), DAY, 60, 8, limit=0.0).limit_row is None
    assert chart(steady(), DAY, 60, 8, limit=50.0).limit_row is None


def test_a_mark_on_the_axis_hides_a_label_but_never_a_part_of_one() -> None:
    labels = {0: "06:00", 18: "07:00", 35: "08:00"}
    assert axis(40, {}, labels) == "06:00─────────────07:00────────────08:00"
    assert axis(40, {20: "R", 39: "D"}, labels, ASCII) == "06:00---------------R------------------D"
