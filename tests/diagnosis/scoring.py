"""Compares a diagnosis with what was expected of it."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from diagnosis.incidents import Incident

from astro_tui.diagnosis import Diagnosis


def misses(expected: Incident, found: Diagnosis) -> list[str]:
    """Return what is wrong with a diagnosis: nothing, or words for each part."""
    wrong = []
    if found.kind not in (expected.kind, *expected.kinds):
        wrong.append(f"kind {found.kind}")
    revision = found.change.revision if found.change else None
    if revision != expected.revision and not (expected.or_none and revision is None):
        wrong.append(f"{'FALSE BLAME' if revision is not None else 'blames'} {revision}")
    elif revision is not None and found.change and not same_paths(found.change.paths, expected):
        wrong.append(f"paths {', '.join(found.change.paths)}")
    if expected.workload and found.workload and not found.workload.endswith(expected.workload):
        wrong.append(f"workload {found.workload}")
    return wrong


def same_paths(found: Iterable[str], expected: Incident) -> bool:
    """Return whether all paths that must be named are named, and no other than may be."""
    paths = list(found)
    missing = [each for each in expected.paths if not any(_matches(path, each) for path in paths)]
    return not missing and all(
        any(_matches(path, each) for each in (*expected.paths, *expected.also)) for path in paths
    )


def _matches(path: str, pattern: str) -> bool:
    return fnmatchcase(path.replace("[", "<").replace("]", ">"), pattern.replace("[", "<").replace("]", ">"))
