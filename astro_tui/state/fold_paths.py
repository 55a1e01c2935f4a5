"""The folds of a spec, kept between runs as paths of containers. Paths that look like secrets are left out."""

from __future__ import annotations

from functools import lru_cache

import msgspec

from astro_tui.document import FoldChange, OutlineState
from astro_tui.document.paths import PathStep
from astro_tui.state.memory import KeptFold, KeptFolds
from astro_tui.text.redaction import redact_text

MOST = 500
"""The most changes that are kept. The oldest are dropped."""
LONGEST_KEY = 200
DEEPEST = 64
LARGEST = 60_000
"""The most bytes of the kept changes."""


def kept_of(view: OutlineState) -> KeptFolds:
    """Return the folds of a view as they are kept.

    Items of lists are kept by their positions, not by their names, which are values. A path with a key that looks like
    a secret is left out.
    """
    kept: list[KeptFold] = []
    size = 0
    for change, steps in reversed(view.changes):
        path = _path(steps)
        if path is None:
            continue
        size += len(msgspec.json.encode((change, path)))
        if size > LARGEST or len(kept) == MOST:
            break
        kept.append((change.value, path))
    return KeptFolds(view.base, kept[::-1])


def view_of(folds: KeptFolds) -> OutlineState | None:
    """Return the view of kept folds, without a cursor; None if there are unknown changes."""
    try:
        changes = tuple((FoldChange(change), _steps(path)) for change, path in folds.changes[:MOST])
    except ValueError:
        return None
    return OutlineState(max(1, folds.base), changes, (), ())


def _path(steps: tuple[PathStep, ...]) -> list[str | int] | None:
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


def _steps(path: list[str | int]) -> tuple[PathStep, ...]:
    return tuple(
        PathStep(step, 0) if isinstance(step, str) else PathStep(None, max(0, step)) for step in path[:DEEPEST]
    )


@lru_cache(maxsize=4096)
def _harmless(key: str) -> bool:
    """Return whether a key can be kept. A key with a lone surrogate cannot."""
    return len(key) <= LONGEST_KEY and key.isprintable() and redact_text(key) == key
