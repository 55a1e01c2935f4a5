"""What the rows of a history show, and which belong to a deployment: its own, and others if nothing contradicts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.app import NOW
from support.demo_deployments import CLAIMS

from astro_tui.platform.models import HistoryRow
from astro_tui.presentation.nodes import matching
from astro_tui.presentation.revisions import EARLIER, before, current_of, in_order, rows_of
from astro_tui.presentation.status import Severity
from astro_tui.text.redaction import MASK

OURS = "ze5-r2l-m16"
TOKEN = "ghp_" + "0123456789abcdefghijABCDEFGHIJ012345"
SPACE = "astro-ze5r2lm16-0"


def row(number: int | None, identity: str = OURS, **more: Any) -> HistoryRow:
    return HistoryRow(id=identity, revision=number, **more)


def numbers(revisions: list[HistoryRow], namespace: str = "") -> list[int | None]:
    return [each.number for each in rows_of(revisions, OURS, namespace=namespace)]


def test_numbered_rows_with_their_own_ids() -> None:
    """As in the CLI's own tests: `dep-3` is revision 3, and `dep-2` is revision 2."""
    rows = rows_of([row(2, "dep-2", status="stopped"), row(3, "dep-3", status="active")], OURS)
    assert [each.name for each in rows] == ["3", "2"]
    assert [each.current for each in rows] == [True, False]
    # Their specs are requested and cached under the ID of this deployment.
    assert [each.key for each in rows] == [(OURS, "3"), (OURS, "2")]


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
def test_no_row_of_another_deployment_is_shown(revisions: list[HistoryRow], namespace: str) -> None:
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


@given(st.sets(st.integers(0, 50), min_size=2, max_size=8), st.randoms())
def test_one_id_per_row_hides_nothing(revisions: set[int], random: Any) -> None:
    """An older server that numbers its rows and sends them in any order."""
    sent = [row(number, f"dep-{number}") for number in revisions]
    random.shuffle(sent)
    found = rows_of(sent, OURS)
    assert [each.number for each in found] == sorted(revisions, reverse=True)
    assert [each.current for each in found] == [True, *[False] * (len(sent) - 1)]


# ---- what a row shows


def revision(number: int | None, **values: object) -> HistoryRow:
    body: dict[str, object] = {
        "id": CLAIMS,
        "status": "undeployed",
        "deployed_at": f"2026-06-{number or 1:02d}T00:00:00Z",
    }
    return HistoryRow.model_validate(body | ({} if number is None else {"revision": number}) | values)


def test_a_row_shows_what_the_current_server_sends() -> None:
    row = rows_of(
        [
            revision(
                12,
                is_current=True,
                status="active",
                build_id="e88d3146",
                commit_sha="5d2f0c9b7a61",
                branch="main",
                commit_message="Add fraud check\n\nmore",
                deployed_by="maria",
                source="github",
                repo_full_name="a/b",
            )
        ],
        CLAIMS,
    )[0]
    assert (row.key, row.name, row.number, row.current) == ((CLAIMS, "12"), "12", 12, True)
    assert (row.build, row.who, row.commit, row.message) == ("e88d3146", "maria", "5d2f0c9b", "Add fraud check")
    assert row.status.severity is Severity.OK
    assert row.about(NOW)[1:] == ["build e88d3146", "by maria", "github a/b main@5d2f0c9b"]


def test_a_row_says_the_name_of_the_user() -> None:
    rows, names = [revision(2, deployed_by="user_1"), revision(1, deployed_by="")], {"": "you"}
    known = rows_of(rows, CLAIMS, names)
    assert [row.who for row in known] == ["user_1", ""]
    # Names that arrive later are in the same rows.
    names["user_1"] = "you"
    assert [row.who for row in known] == ["you", ""]


def test_who_deployed_is_masked() -> None:
    [row] = rows_of([revision(2, deployed_by=TOKEN, commit_sha=TOKEN)], CLAIMS)
    assert row.who == MASK
    assert not set("0123456789") & set(row.commit)


def test_newest_first_and_only_this_deployment() -> None:
    rows = rows_of(
        [revision(1), revision(3, is_current=True, status="failed"), revision(2), revision(9, id="x")], CLAIMS
    )
    assert [row.name for row in rows] == ["3", "2", "1"]
    current = current_of(rows)
    assert current is rows[0]
    # The current server does not say how replaced revisions ended.
    assert [row.status for row in rows[1:]] == [EARLIER, EARLIER]
    assert before(rows, rows[0]) is rows[1]
    assert before(rows, rows[2]) is None
    assert in_order(rows, rows[0], rows[2]) == in_order(rows, rows[2], rows[0]) == (rows[2], rows[0])


def test_identical_rows_stay_separate() -> None:
    rows = rows_of([revision(5, deployed_at=f"2026-06-0{day}T10:00:00Z") for day in (3, 2, 2)], CLAIMS)
    assert len({row.key for row in rows}) == 3
    assert [row.number for row in rows] == [5, 5, 5]
    assert rows[0].key == (CLAIMS, "5")
    # Their order does not change with the next response.
    assert [row.key for row in rows] == [
        row.key for row in rows_of([revision(5, deployed_at=f"2026-06-0{day}T10:00:00Z") for day in (3, 2, 2)], CLAIMS)
    ]


def test_older_servers_send_no_numbers_but_every_state() -> None:
    rows = rows_of(
        [
            revision(None, id="c", status="failed", deployed_at="2026-06-03T10:00:00Z", spec={"a": 1}),
            revision(None, id="b", status="failed", deployed_at="2026-06-02T10:00:00Z"),
            revision(None, id="a", status="stopped", deployed_at="2026-06-01T10:00:00Z", spec={}),
        ],
        CLAIMS,
    )
    assert [row.key for row in rows] == [
        (key, f"2026-06-0{day}T10:00:00Z") for key, day in (("c", 3), ("b", 2), ("a", 1))
    ]
    assert [row.title for row in rows] == ["06-03 10:00", "06-02 10:00", "06-01 10:00"]
    assert rows[0].current
    assert json.loads(rows[0].spec) == {"a": 1}
    assert rows[2].spec == b""
    # The last good one, not the failed one before it.
    assert before(rows, rows[0]) is rows[2]


@pytest.mark.parametrize(
    "values", [{}, {"deployed_at": None}, {"deployed_at": "no time"}, {"commit_sha": 5, "id": None}]
)
def test_odd_rows_are_shown(values: dict[str, object]) -> None:
    row = rows_of([HistoryRow.model_validate(values)], CLAIMS)[0]
    assert row.name
    assert row.current
    assert row.about(NOW)


def test_a_filter_finds_what_a_row_shows() -> None:
    values = {"build_id": "e88d3146", "commit_sha": "5d2f0c9b7a61", "commit_message": "Add Fraud check\n\nmore"}
    row = rows_of([revision(12, is_current=True, status="active", deployed_by="maria", **values)], CLAIMS)[0]
    for text in ("12", "rev 12", "active", "E88D", "5d2f0c9b", "maria", "fraud add"):
        assert list(matching([row], text)) == [row], text
    assert not matching([row], "maria fraud 13")
