"""Incidents written blind: what the platform says as its sources describe it, and what a good diagnosis says."""

from diagnosis.incidents.field import (
    fifth,
    first_ended,
    first_not_started,
    first_others,
    fourth,
    second_ended,
    second_others,
    sixth_a,
    sixth_b,
    third,
)
from diagnosis.incidents.field.world import Expected

FIRST: list[Expected] = [*first_ended.FOUND, *first_not_started.FOUND, *first_others.FOUND]
SECOND: list[Expected] = [*second_ended.FOUND, *second_others.FOUND]

THIRD: list[Expected] = third.FOUND
FOURTH: list[Expected] = fourth.FOUND
FIFTH: list[Expected] = fifth.FOUND
SIXTH: list[Expected] = [*sixth_a.FOUND, *sixth_b.FOUND]
FIELD: list[Expected] = [*FIRST, *SECOND, *THIRD, *FOURTH, *FIFTH, *SIXTH]

__all__ = ["FIELD", "FIFTH", "FIRST", "FOURTH", "SECOND", "SIXTH", "THIRD", "Expected"]
