"""The folds of a spec, kept between runs as paths of containers. Paths that look like secrets are left out."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from astro_tui.document import Change, View
from astro_tui.document.paths import Step
from astro_tui.text.redaction import redact_text

MOST = 500
"""The most changes that are kept. The oldest are dropped."""
LONGEST_KEY = 200
DEEPEST = 64
LARGEST = 60_000
"""The most bytes of the kept changes."""

Kept = tuple[Change, list[str | int]]
"""A change of a container, with the keys and list positions that lead to it."""


class _Folds(msgspec.Struct):
    base: int
    changes: list[Kept]


# Two threads that convert to a struct for the first time at once crash msgspec, so it is prepared here.
msgspec.json.Decoder(_Folds)


def members_of(view: View) -> Any:
    """Return the folds of a view as a value for JSON.

    Items of lists are kept by their positions, not by their names, which are values. A path with a key that looks like
    a secret is left out.
    """
    kept: list[Kept] = []
    size = 0
    for change, steps in reversed(view.changes):
        path = _path(steps)
        if path is None:
            continue
        size += len(msgspec.json.encode((change, path)))
        if size > LARGEST or len(kept) == MOST:
            break
        kept.append((change, path))
    return _Folds(view.base, kept[::-1])


def view_of(value: Any) -> View | None:
    """Return the view of a value from a file, without a cursor; None if the value is damaged."""
    try:
        folds = msgspec.convert(value, _Folds)
    except msgspec.ValidationError:
        return None
    return View(max(1, folds.base), tuple((change, _steps(path)) for change, path in folds.changes[:MOST]), (), ())


def _path(steps: tuple[Step, ...]) -> list[str | int] | None:
    path: list[str | int] = []
    for key, position, _name in steps:
        if key is None:
            path.append(position)
        elif position or not _harmless(key):
            # A duplicate key of an object, which a path cannot name.
            return None
        else:
            path.append(key)
    return path if len(path) <= DEEPEST else None


def _steps(path: list[str | int]) -> tuple[Step, ...]:
    return tuple(Step(step, 0) if isinstance(step, str) else Step(None, max(0, step)) for step in path[:DEEPEST])


@lru_cache(maxsize=4096)
def _harmless(key: str) -> bool:
    """Return whether a key can be kept. A key with a lone surrogate cannot."""
    return len(key) <= LONGEST_KEY and key.isprintable() and redact_text(key) == key
