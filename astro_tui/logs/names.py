"""What the sources of a log are called."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from astro_tui.logs.line import Source
from astro_tui.text.common_prefix import differ_at
from astro_tui.text.foreign import visible
from astro_tui.text.times import counted, joined

_NAMED = 3
"""How many workloads a sentence names."""


def name_of(source: Source) -> str:
    """Return the name of a source: `agent`, or `agent/app` for one container."""
    return f"{source.workload}/{source.container}" if source.container else source.workload


def short_names(sources: Sequence[Source]) -> list[str]:
    """Return the names of sources without their common prefix, usually the name of the agent."""
    names = [name_of(source) for source in sources]
    first, last = min(names, default=""), max(names, default="")
    start = first.rfind("-", 0, differ_at(first, last)) + 1 if len(names) > 1 else 0
    return [name[start:] for name in names]


def mixed_in(workloads: Iterable[str], known: Iterable[str]) -> str:
    """Return a sentence about the known workloads whose lines the platform mixes into those of others, or nothing.

    It finds the lines of a workload by the beginning of a name, and a line does not say where it is from.
    """
    names = sorted(set(known))
    for workload in workloads:
        if others := [visible(name, 100) for name in names if name.startswith(f"{workload}-")]:
            also = joined(others[:_NAMED]) if len(others) <= _NAMED else counted(len(others), "other workload")
            return f"The log of {visible(workload, 100)} also has the lines of {also}: the platform mixes them."
    return ""
