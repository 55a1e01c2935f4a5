"""What the sources of a log are called."""

from __future__ import annotations

from collections.abc import Sequence

from astro_tui.logs.line import Source
from astro_tui.text.common_prefix import differ_at


def name_of(source: Source) -> str:
    """Return the name of a source: `agent`, or `agent/app` for one container."""
    return f"{source.workload}/{source.container}" if source.container else source.workload


def short_names(sources: Sequence[Source]) -> list[str]:
    """Return the names of sources without their common prefix, usually the name of the agent."""
    names = [name_of(source) for source in sources]
    first, last = min(names, default=""), max(names, default="")
    start = first.rfind("-", 0, differ_at(first, last)) + 1 if len(names) > 1 else 0
    return [name[start:] for name in names]
