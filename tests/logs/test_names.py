"""Short names of sources."""

from __future__ import annotations

from astro_tui.logs.line import Source
from astro_tui.logs.names import short_names


def names(*workloads: str) -> list[str]:
    return short_names([Source("d", *workload.split("/")) for workload in workloads])


def test_the_start_that_all_names_share_is_left_out() -> None:
    assert names("claims-desk-agent", "claims-desk-knowledge-cases") == ["agent", "knowledge-cases"]
    assert names("claims-desk-agent", "collector") == ["claims-desk-agent", "collector"]
    assert names("claims-agent/app", "claims-agent/messaging") == ["agent/app", "agent/messaging"]
    assert names("claims-desk-agent") == ["claims-desk-agent"]
    assert names() == []


def test_a_name_is_never_empty() -> None:
    assert names("claims", "claims-desk") == ["claims", "claims-desk"]
    assert names("a-b", "a-bc") == ["b", "bc"]
