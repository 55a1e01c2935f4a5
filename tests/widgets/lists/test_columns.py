"""Sharing the cells of a row out among its columns."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from astro_tui.presentation.columns import GAP, Stage, allot

STAGES = st.lists(st.builds(Stage, st.sampled_from("abcdefg"), st.integers(-1, 30), st.booleans()), max_size=15)


@given(STAGES, st.integers(0, 220))
def test_a_wider_row_has_the_same_columns_and_perhaps_more(stages: list[Stage], room: int) -> None:
    narrow, wide = list(allot(room, stages)), list(allot(room + 1, stages))
    assert wide[: len(narrow)] == narrow


@given(STAGES, st.integers(0, 220))
def test_no_column_is_cut_while_there_is_room(stages: list[Stage], room: int) -> None:
    given_cells = allot(room, stages)
    left = room - sum(cells + GAP for cells in given_cells.values())
    assert left >= 0
    wanted = {name: max(stage.size for stage in stages if stage.name == name) for name in given_cells}
    assert all(cells <= wanted[name] for name, cells in given_cells.items())
    leaps = {stage.name for stage in stages if stage.whole}
    if any(cells < wanted[name] for name, cells in given_cells.items() if name not in leaps):
        assert left == 0


def test_what_does_not_fit_goes_to_the_columns_that_are_there() -> None:
    stages = [Stage("name", 10), Stage("build", 8), Stage("name", 20), Stage("why", 24), Stage("name", 64)]
    assert allot(12, stages) == {"name": 10}
    assert allot(21, stages) == {"name": 19}
    assert allot(22, stages) == {"name": 10, "build": 8}
    assert allot(57, stages) == {"name": 45, "build": 8}
    assert allot(58, stages) == {"name": 20, "build": 8, "why": 24}


def test_what_grows_only_as_a_whole() -> None:
    stages = [Stage("age", 5), Stage("why", 20), Stage("age", 11, whole=True), Stage("why", 30)]
    assert allot(34, stages) == {"age": 5, "why": 25}
    assert allot(35, stages) == {"age": 11, "why": 20}


def test_a_column_that_could_not_grow_as_a_whole_gives_its_room_to_no_other() -> None:
    stages = [Stage("age", 5), Stage("age", 11, whole=True), Stage("build", 2)]
    assert allot(12, stages) == {"age": 5}
    assert allot(13, stages) == {"age": 11}
    assert allot(17, stages) == {"age": 11, "build": 2}
