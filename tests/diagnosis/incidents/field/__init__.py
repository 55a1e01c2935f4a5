"""Incidents written blind: what the platform says as its sources describe it, and what a good diagnosis says."""

from diagnosis.incidents.field import (
    fifth,
    first_ended,
    first_not_started,
    first_others,
    fourth,
    second_ended,
    second_others,
    third,
)
from diagnosis.incidents.field.world import Expected

FIRST: list[Expected] = [*first_ended.FOUND, *first_not_started.FOUND, *first_others.FOUND]
SECOND: list[Expected] = [*second_ended.FOUND, *second_others.FOUND]

THIRD: list[Expected] = third.FOUND
FOURTH: list[Expected] = fourth.FOUND
FIFTH: list[Expected] = fifth.FOUND
FIELD: list[Expected] = [*FIRST, *SECOND, *THIRD, *FOURTH, *FIFTH]

__all__ = ["FIELD", "FIFTH", "FIRST", "FOURTH", "SECOND", "THIRD", "Expected"]
