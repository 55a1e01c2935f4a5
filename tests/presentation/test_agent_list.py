"""The agent list: entries, filter, order, counts, and reasons."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from support.app import NOW
from support.entries import ROWS, entry

from astro_tui.diagnosis import Fact, Facts, diagnose
from astro_tui.platform.models import BuildRun, StatusReport
from astro_tui.presentation.agent_list import (
    ORDERS,
    Arrangement,
    Entry,
    find,
    ordered,
    states_in_words,
    tally,
    why,
    with_diagnosis,
    with_report,
)
from astro_tui.presentation.builds import BuildRow, newest_of, row_of
from astro_tui.presentation.verdicts import Verdicts
from astro_tui.text.redaction import MASK


def report(**values: object) -> StatusReport:
    return StatusReport.model_validate(values)


# ---- entries


def test_a_row_of_the_list_becomes_an_entry() -> None:
    urls = [{"name": "web", "url": "https://a", "ready": True}, {"name": "grpc", "url": "https://b", "ready": False}]
    row = entry(latest_build_id="1fa07c3b", external_urls=urls, created_at="2026-07-01T09:30:00Z")
    assert (row.label, row.blueprint, row.build) == ("Claims Desk", "claims-desk", "e88d3146")
    assert row.update
    assert row.not_ready
    assert row.created == NOW - timedelta(days=1)
    assert row.key == "abc-def-ghi"


def test_a_blueprint_named_like_the_agent_is_left_out() -> None:
    assert entry(display_name="").label == "claims-desk"
    assert entry(display_name="").blueprint == ""
    assert entry(display_name="", name="").label == "(no name)"


def diagnosed(row: Entry, **facts: object) -> Entry:
    known = Facts(NOW, Fact(row.deployment, read_at=NOW), **{name: Fact(value) for name, value in facts.items()})
    return with_diagnosis(row, diagnose(known))


@pytest.mark.parametrize(
    ("runtime", "ready"),
    [
        ({"ready": 2, "replicas": 3}, "2/3"),
        ({"ready": 0, "replicas": 1}, "0/1"),
        ({"ready": 0, "replicas": 0}, ""),
        ({"ready": None, "replicas": "x"}, ""),
        (None, ""),
    ],
)
def test_ready_counts_the_replicas_of_the_agent_and_nothing_else(runtime: object, ready: str) -> None:
    # The real server says of every address that it is ready, whatever its agent does.
    row = entry(external_urls=[{"name": "web", "url": "https://a", "ready": True}])
    assert (row.ready, row.replicas) == ("", None)
    facts = {"runtime": {"runtime": runtime}} if runtime is not None else {}
    assert diagnosed(row, **facts).ready == ready


def test_ready_is_empty_after_the_runtime_could_not_be_read_again() -> None:
    row = entry()
    old = Fact({"runtime": {"ready": 1, "replicas": 1}}, "server error (503)", NOW)
    found = diagnose(Facts(NOW, Fact(row.deployment, read_at=NOW), runtime=old))
    assert with_diagnosis(row, found).ready == ""


@given(st.text(), st.text(), st.text(), st.text(max_size=30))
def test_any_server_text_becomes_one_safe_line(name: str, label: str, build: str, word: str) -> None:
    row = entry(name=name, display_name=label, build_id=build, status=word)
    for text in (row.label, row.blueprint, row.build, row.status.label):
        assert not [char for char in text if ord(char) < 32 or 0x7F <= ord(char) < 0xA0]
        assert len(text.split("\n")) == 1


# ---- order


@pytest.mark.parametrize(
    "shown_as_nothing", ["", "  ", "\t", "\u00a0", "\u200b\u200d", "\u3164", "\u2800", "\ufe0f", "\u00ad"]
)
def test_a_display_name_that_shows_nothing_is_replaced_by_the_name(shown_as_nothing: str) -> None:
    assert entry("a1", name="claims-desk", display_name=shown_as_nothing).label == "claims-desk"
    assert entry("a1", name=shown_as_nothing, display_name=shown_as_nothing).label == "(no name)"


def test_attention_first() -> None:
    assert [row.key for row in ordered(ROWS, "attention")] == ["a2", "a6", "a5", "a3", "a1", "a4"]


def test_by_age_the_newest_comes_first() -> None:
    rows = [entry(str(days), created_at=(NOW - timedelta(days=days)).isoformat()) for days in (3, 1, 2)]
    assert [row.key for row in ordered([*rows, entry("never")], "age")] == ["1", "2", "3", "never"]


@pytest.mark.parametrize("order", ORDERS)
@given(rows=st.permutations(ROWS), reverse=st.booleans())
def test_an_order_does_not_depend_on_the_order_of_the_response(order: str, rows: list[Entry], reverse: bool) -> None:
    keys = [row.key for row in ordered(rows, order, reverse=reverse)]
    assert keys == [row.key for row in ordered(ROWS, order, reverse=reverse)]
    assert sorted(keys) == sorted(row.key for row in ROWS)


def test_only_a_list_of_several_accounts_is_sorted_by_account() -> None:
    def orders(*, several: bool) -> list[str]:
        found = [Arrangement()]
        while len(found) < 2 or found[-1].order != found[0].order:
            found.append(found[-1].next_order(several=several))
        return [each.order for each in found]

    assert orders(several=False) == ["attention", "name", "age", "build", "attention"]
    assert orders(several=True) == ["attention", "name", "age", "build", "account", "attention"]
    # The order that a list of several accounts was left in.
    assert Arrangement(order="account").next_order(several=False).order == "attention"
    rows = [entry(key, account_name=account) for key, account in (("1", "beta"), ("2", "acme"), ("3", "beta"))]
    assert [row.key for row in ordered(rows, "account")] == ["2", "1", "3"]


# ---- counts


def test_counts_per_state() -> None:
    counted = [(status.label, number) for status, number in tally([*ROWS, ROWS[0]])]
    assert counted == [("FAILED", 1), ("REMOVING", 1), ("hibernating", 1), ("PENDING", 1), ("ACTIVE", 2), ("PAUSED", 1)]
    assert states_in_words(tally(ROWS[:3])) == "1 failed, 1 pending, and 1 active"


# ---- finding


@pytest.mark.parametrize(
    ("wanted", "keys"),
    [
        ("a3", "a3"),
        ("Claims Desk (EU)", "a1"),
        ("claims desk (eu)", "a1"),
        ("claims-desk", "a1 a2"),
        ("MAIL-TRIAGE", "a3"),
        ("night-watch", "a4"),
        ("nobody", ""),
    ],
)
def test_finding_agents_by_name(wanted: str, keys: str) -> None:
    assert [row.key for row in find(ROWS, wanted)] == keys.split()


def test_an_id_has_priority_over_a_name() -> None:
    rows = [entry("x1", display_name="x2"), entry("x2", display_name="other")]
    assert [row.key for row in find(rows, "x2")] == ["x2"]


# ---- why


def test_a_suspension_is_not_a_failure() -> None:
    row = with_report(entry(status="error"), report(value="inactive", reason="suspended", details="Stopped by billing"))
    assert row.status.label == "SUSPENDED"
    assert why(row) == ("Stopped by billing", "")


def test_a_report_without_a_state_changes_nothing() -> None:
    assert with_report(entry(status="error"), report(value="", details="Asked twice")).status.label == "FAILED"


def test_the_platforms_guidance_comes_first() -> None:
    issue = {
        "workload": "claims-desk-agent",
        "phase": "failed",
        "title": "Image not found",
        "message": "ErrImagePull",
        "guidance": "Push the image again.",
    }
    row = with_report(
        entry(status="error"), report(value="error", reason="failed", failed_on=[issue], details="Failed")
    )
    assert why(row) == ("claims-desk-agent: Image not found — ErrImagePull", "Push the image again.")


def test_what_an_agent_waits_for() -> None:
    issue = {"workload": "agent", "phase": "pending", "message": "PodInitializing"}
    row = with_report(entry(status="pending"), report(value="deploying", reason="provisioning", waiting_on=[issue]))
    assert why(row) == ("agent: PodInitializing", "")


def test_an_endpoint_that_is_not_ready() -> None:
    urls = [{"name": "web", "url": "https://a", "ready": False, "message": "Certificate is being issued"}]
    assert why(entry(external_urls=urls)) == ("endpoint web is not ready: Certificate is being issued", "")
    assert why(entry(external_urls=urls, status="Stopped")) == ("", "")


def test_a_newer_build() -> None:
    assert why(entry(latest_build_id="1fa07c3b")) == ("a newer build is available: 1fa07c3b", "")


def build(name: str, status: str, age: timedelta, took: timedelta = timedelta(), **values: object) -> BuildRow:
    began, ended = NOW - age, NOW - age + took
    times = {"started_at": began.isoformat(), "completed_at": ended.isoformat()} if age else {}
    return row_of(BuildRun.model_validate({"build_id": name, "status": status, **times, **values}))


FAILED = build("f1", "failed", timedelta(minutes=28), timedelta(minutes=3), step="building (1/2: agent)")
CANCELED, BUILT = build("c1", "cancelled", timedelta(hours=1)), build("1fa07c3b", "registered", timedelta(days=5))
RUNS, UNDATED = build("e88d3146", "registered", timedelta(days=9)), build("u1", "failed", timedelta())


@pytest.mark.parametrize(
    ("builds", "left", "words"),
    [
        ([FAILED, BUILT, RUNS], "", "newest build failed at building (1/2: agent) 25m ago"),
        ([UNDATED, BUILT, RUNS], "", "newest build failed"),
        ([CANCELED, BUILT, RUNS], "", "newer build 1fa07c3b, 5d old"),
        ([build("b1", "building", timedelta(minutes=1)), BUILT, RUNS], "", "newer build 1fa07c3b, 5d old"),
        ([build("b1", "registered", -timedelta(hours=1)), RUNS], "", "newer build b1"),
        # The server no longer lists what runs, but the row says that this one is newer.
        ([FAILED, BUILT], "", "newest build failed at building (1/2: agent) 25m ago"),
        ([RUNS, BUILT], "", ""),
        ([FAILED], "", ""),
        ([BUILT, RUNS], "1fa07c3b", ""),
        ([], "", ""),
    ],
)
def test_what_is_known_about_the_newest_build(builds: list[BuildRow], left: str, words: str) -> None:
    newest = newest_of(builds, "e88d3146", "1fa07c3b", left)
    assert (newest.newest_words(NOW) if newest is not None else "") == words
    row = Verdicts().read_builds(entry(latest_build_id="1fa07c3b"), lambda _entry: words)
    # It is no problem of the agent.
    assert why(row) == (words or "a newer build is available: 1fa07c3b", "")
    assert row.status == entry().status


def test_the_newest_build_that_was_rolled_back_is_not_newer() -> None:
    """The list has the old build after a rollback, or on other servers the new one."""
    for build, newest in (("4a32b0aa", "4a32b0aa"), ("1fa07c3b", "4a32b0aa")):
        left = replace(entry(build_id=build, latest_build_id=newest), left="4a32b0aa")
        assert why(left) == ("rolled back from 4a32b0aa", "")
    assert why(replace(entry(build_id="1", latest_build_id="3"), left="2"))[0] == "a newer build is available: 3"


@given(st.text(), st.text(), st.text())
def test_reasons_are_safe_lines(details: str, title: str, guidance: str) -> None:
    issue = {"workload": title, "title": title, "message": details, "guidance": guidance}
    for row in (
        with_report(entry(), report(value="error", details=details)),
        with_report(entry(), report(value="error", failed_on=[issue])),
    ):
        for text in why(row):
            assert not [char for char in text if ord(char) < 32 or 0x7F <= ord(char) < 0xA0]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("cannot connect: password=hunter2x user=app", f"cannot connect: password={MASK} user=app"),
        ("postgres://app:hunter2x@db:5432/app refused", f"postgres://{MASK}@db:5432/app refused"),
        ("password = 'correct horse' is wrong", f"password = '{MASK}' is wrong"),
    ],
)
def test_secrets_in_platform_messages_are_masked(said: str, shown: str) -> None:
    assert why(with_report(entry(), report(value="failed", error_message=said))) == (shown, "")
    issue = {"workload": "agent", "title": "It fails", "message": said, "guidance": said}
    assert why(with_report(entry(), report(value="failed", failed_on=[issue]))) == (f"agent: It fails — {shown}", shown)


def test_the_labels_of_an_entry_are_masked() -> None:
    made = entry(name="token=hunter2x", display_name="postgres://u:hunter2x@h")
    assert "hunter2x" not in f"{made.label} {made.blueprint} {made.haystack}"
