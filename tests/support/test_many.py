"""A test over many cases runs all of them and fails with those that fail."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from support.many import over


@dataclass(frozen=True)
class Case:
    name: str
    number: int


CASES = [Case(name, number) for number, name in enumerate(("none", "one", "two", "three", "four"))]


def test_every_case_runs_and_each_failure_is_reported() -> None:
    seen = []

    @over(CASES, parts=2, more=[0, 1])
    def check(case: Case, more: int) -> None:
        """Something is true."""
        seen.append((case.number, more))
        assert case.name != "two" or more
        if case.name == "four":
            raise KeyError(more)

    check(part=1)
    with pytest.raises(ExceptionGroup) as raised:
        check(part=0)
    assert sorted(seen) == [(number, more) for number in range(5) for more in (0, 1)]
    told = [(type(error), *error.__notes__) for error in raised.value.exceptions]
    assert told == [
        (AssertionError, "case: two more=0"),
        (KeyError, "case: four more=0"),
        (KeyError, "case: four more=1"),
    ]
    assert (check.__name__, check.__doc__) == ("check", "Something is true.")
