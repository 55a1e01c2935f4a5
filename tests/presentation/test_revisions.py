"""Which rows of a history belong to a deployment: its own, and others only if nothing contradicts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astro_tui.platform.models import Revision
from astro_tui.presentation.revisions import rows_of

OURS = "ze5-r2l-m16"
SPACE = "astro-ze5r2lm16-0"


def row(number: int | None, identity: str = OURS, **more: Any) -> Revision:
    return Revision(id=identity, revision=number, **more)


def numbers(revisions: list[Revision], namespace: str = "") -> list[int | None]:
    return [each.number for each in rows_of(revisions, OURS, namespace=namespace)]


def test_numbered_rows_with_their_own_ids() -> None:
    """As in the CLI's own tests: `dep-3` is revision 3, and `dep-2` is revision 2."""
    rows = rows_of([row(2, "dep-2", status="stopped"), row(3, "dep-3", status="active")], OURS)
    assert [each.name for each in rows] == ["3", "2"]
    assert [each.current for each in rows] == [True, False]
    # Their specs are requested and cached under the ID of this deployment.
    assert [each.key for each in rows] == [(OURS, "3"), (OURS, "2")]


@pytest.mark.parametrize(
    "revisions",
    [
        pytest.param([row(3, "a"), row(2, "a"), row(1, "a")], id="one other deployment"),
        pytest.param([row(3, "a")], id="a single row"),
        pytest.param([row(2, "a"), row(2, "b"), row(1, "c")], id="a number twice"),
        pytest.param([row(2, "a"), row(None, "b")], id="a row without a number"),
        pytest.param([row(2, "a", namespace="one"), row(1, "b", namespace="two")], id="two namespaces"),
    ],
)
def test_rows_that_may_belong_to_other_deployments_are_left_out(revisions: list[Revision]) -> None:
    assert numbers(revisions) == []


def test_another_namespace_means_another_deployment() -> None:
    for namespace, shown in (("astro-abc-0", []), (SPACE, [2, 1]), ("", [2, 1])):
        assert numbers([row(1, "a", namespace=namespace), row(2, "b", namespace=namespace)], SPACE) == shown


def test_only_our_rows_if_a_row_has_our_id() -> None:
    assert numbers([row(3, "x"), row(2), row(1, "y"), row(None, "z")]) == [2]
    # A row without an ID does not belong to another deployment.
    assert numbers([row(3, "x"), row(2), row(1, "")]) == [2, 1]


def test_a_row_without_an_id_is_kept_as_ours() -> None:
    """Otherwise the specs of two deployments would share a key."""
    assert [each.key for each in rows_of([row(2, ""), row(None, "", deployed_at="2026-06-01T10:00:00Z")], OURS)] == [
        (OURS, "2"),
        (OURS, "2026-06-01T10:00:00Z"),
    ]


rows = st.builds(
    row,
    st.sampled_from([None, 1, 2, 3, 4]),
    st.sampled_from([OURS, "", "a", "b", "c", "d"]),
    namespace=st.sampled_from(["", SPACE, "astro-abc-0"]),
    build_id=st.uuids().map(str),
)


@given(st.lists(rows, max_size=6), st.sampled_from(["", SPACE]))
def test_no_row_of_another_deployment_is_shown(revisions: list[Revision], namespace: str) -> None:
    builds = {each.build for each in rows_of(revisions, OURS, namespace=namespace)}
    shown = [each for each in revisions if each.build_id in builds]
    numbered = [each for each in revisions if each.revision is not None]
    ours = [each for each in revisions if each.id in (OURS, "")]
    foreign = [each for each in shown if each.id not in (OURS, "")]
    assert all(each in shown for each in ours)
    if numbered and foreign:
        assert not ours
        assert shown == revisions == numbered
        assert len(revisions) > 1
        assert len({each.revision for each in revisions}) == len({each.id for each in revisions}) == len(revisions)
        spaces = {each.namespace for each in revisions} - {""}
        assert len(spaces | {namespace} - {""}) <= 1


@given(st.lists(st.integers(1, 5), min_size=1, max_size=3), st.booleans(), st.randoms())
def test_a_history_of_all_deployments_shows_only_ours(others: list[int], with_ours: bool, random: Any) -> None:
    """Today's server, if it did not filter by deployment."""
    revisions = [row(number, f"other-{which}") for which, count in enumerate(others) for number in range(count)]
    revisions += [row(number) for number in range(3)] if with_ours else []
    random.shuffle(revisions)
    # Two deployments with one revision each have the same revision number.
    assert numbers(revisions) == ([2, 1, 0] if with_ours else [])


@given(st.sets(st.integers(0, 50), min_size=2, max_size=8), st.randoms())
def test_one_id_per_row_hides_nothing(revisions: set[int], random: Any) -> None:
    """An older server that numbers its rows and sends them in any order."""
    sent = [row(number, f"dep-{number}") for number in revisions]
    random.shuffle(sent)
    found = rows_of(sent, OURS)
    assert [each.number for each in found] == sorted(revisions, reverse=True)
    assert [each.current for each in found] == [True, *[False] * (len(sent) - 1)]
