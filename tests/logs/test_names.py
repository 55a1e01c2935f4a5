"""Short names of sources."""

from __future__ import annotations

from astro_tui.logs.line import LogSource, mixed_in, short_names


def names(*workloads: str) -> list[str]:
    return short_names([LogSource("d", *workload.split("/")) for workload in workloads])


def test_the_start_that_all_names_share_is_left_out() -> None:
    assert names("claims-desk-agent", "claims-desk-knowledge-cases") == ["agent", "knowledge-cases"]
    assert names("claims-desk-agent", "collector") == ["claims-desk-agent", "collector"]
    assert names("claims-agent/app", "claims-agent/messaging") == ["agent/app", "agent/messaging"]
    assert names("claims-desk-agent") == ["claims-desk-agent"]
    assert names() == []


def test_a_name_is_never_empty() -> None:
    assert names("claims", "claims-desk") == ["claims", "claims-desk"]
    assert names("a-b", "a-bc") == ["b", "bc"]


def test_a_workload_with_the_beginning_of_other_names_has_their_lines() -> None:
    known = ["web", "web-worker", "webhook", "web-cron"]
    assert mixed_in(["web"], known) == (
        "The log of web also has the lines of web-cron and web-worker: the platform mixes them."
    )
    assert mixed_in(["webhook", "web-cron"], known) == ""
    many = [f"web-{number}" for number in range(9)]
    assert "the lines of 9 other workloads" in mixed_in(["web"], ["web", *many])
