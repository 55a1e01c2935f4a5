"""Tests that go through many cases in one run and report every case that fails.

To pytest, each test costs a few milliseconds in each process that collects it: more than most cases themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import product
from typing import Any

import pytest


def over(
    cases: Sequence[Any], parts: int = 1, later: Sequence[Any] = (), **more: Iterable[Any]
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Let a test run for each of the cases, which have a name, with each value of each argument in `more`.

    The cases are divided into as many tests as there are `parts`, for several processes. The cases `later` are for
    nightly runs. The arguments of the function are a case and what `more` names; it takes no fixtures. The test fails
    with an error for each case that fails.
    """
    shares = [*(cases[part::parts] for part in range(parts)), *(later[part::parts] for part in range(parts) if later)]
    numbers = [pytest.param(part, marks=pytest.mark.nightly if part >= parts else ()) for part in range(len(shares))]

    def decorate(check: Callable[..., None]) -> Callable[..., None]:
        @pytest.mark.parametrize("part", numbers)
        def every(part: int) -> None:
            failed: list[Exception] = []
            for case, *values in product(shares[part], *map(tuple, more.values())):
                named = dict(zip(more, values, strict=True))
                try:
                    check(case, **named)
                except Exception as error:  # noqa: BLE001  the other cases go on, and the report has it
                    error.add_note(
                        " ".join([f"case: {case.name}", *(f"{key}={value!r}" for key, value in named.items())])
                    )
                    failed.append(error)
            if failed:
                raise ExceptionGroup(f"{check.__name__}: {len(failed)} failed", failed)

        every.__name__, every.__qualname__, every.__doc__ = check.__name__, check.__qualname__, check.__doc__
        every.__module__ = check.__module__
        return every

    return decorate
