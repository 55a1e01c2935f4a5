"""Groups of lines that say the same."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astro_tui.logs import templates
from astro_tui.logs.levels import Level
from astro_tui.logs.templates import Templates, template_of


@pytest.mark.parametrize(
    ("message", "template"),
    [
        ("request handled in 412 ms", "request handled in • ms"),
        ("took=812ms size=1.5KiB cpu=85%", "took=• size=• cpu=•"),
        ("conversation 3f0c9a52-7c1e-4a53-9f40-0d5b1c2e3f4a opened", "conversation • opened"),
        ("at 0x7ffde0001234", "at •"),
        ("pod claims-desk-7d9f8b6c5-x2k4p restarted", "pod claims-desk-• restarted"),
        ("2026-11-26T10:00:00.123Z from 10.0.0.1:8080", "• from •"),
        ("user \"Ana\" can't open 'a b'", "user • can't open •"),
        ("model gpt4o via http2 in us-east1", "model gpt4o via http2 in us-east1"),
        ("rows [1, 2, 3] and [4]", "rows [•] and [•]"),
        ("nothing varies", "nothing varies"),
        ('level=info msg="message received" channel=slack user=Ana', "message received"),
        ("ack envelope=e1 type=message user=Ana, took=3ms", "ack envelope=• type=• user=•, took=•"),
        ("user_01HV6ZK3T9 left step_2 of db_v2_users for ana@example.com", "user_• left step_• of db_v2_users for •"),
        ('{"msg":"slow, waited 12 ms","n":7}', "slow, waited • ms"),
        ('{"a":1,"b":{"c":2}}', "a=• b.c=•"),
        ("{broken 12", "{broken •"),
        ("", ""),
    ],
)
def test_what_varies_is_left_out(message: str, template: str) -> None:
    assert template_of(message) == template


@given(st.integers(0, 10**12), st.integers(0, 10**12), st.text(max_size=30), st.text(max_size=30))
def test_lines_that_differ_in_a_number_are_one_group(one: int, two: int, before: str, after: str) -> None:
    assert template_of(f"{before} {one} {after}") == template_of(f"{before} {two} {after}")


_VALUES = st.text(alphabet=st.sampled_from("ab 12.,-{}:TZ'"), max_size=30)


@given(_VALUES, _VALUES, st.text(max_size=30))
def test_lines_that_differ_in_a_quoted_text_are_one_group(one: str, two: str, after: str) -> None:
    assert template_of(f'user "{one}" left {after}') == template_of(f'user "{two}" left {after}')


@pytest.mark.nightly
@pytest.mark.timed
@pytest.mark.parametrize("piece", ["1", "a1", '"', "'", "1,", "1-", "f", "0x", '{"a":', "• "])
def test_a_hostile_message_takes_no_time(piece: str) -> None:
    message = piece * (60_000 // len(piece))
    begun = process_time()
    for _ in range(10):
        template_of(message)
    assert process_time() - begun < 0.25


def test_groups_are_counted_with_their_times_and_their_highest_level() -> None:
    groups = Templates()
    for ns, level, message in (
        (30, Level.INFO, "took 1 ms"),
        (10, Level.WARN, "took 900 ms"),
        (0, Level.INFO, "took 2 ms"),
        (40, Level.ERROR, "lost"),
        (20, Level.INFO, "started"),
    ):
        groups.add(ns, level, message)
    assert [(each.template, each.count, each.level, each.first_ns, each.last_ns) for each in groups.rows()] == [
        ("took • ms", 3, Level.WARN, 10, 30),
        ("lost", 1, Level.ERROR, 40, 40),
        ("started", 1, Level.INFO, 20, 20),
    ]
    assert (groups.total, len(groups)) == (5, 3)


@pytest.mark.parametrize(("names", "templates"), [("Ana Kim", 2), ("Ana Kim Zoë 渡辺", 1)])
def test_many_users_are_one_group(names: str, templates: int) -> None:
    groups = Templates()
    for name in names.split():
        groups.add(1, Level.INFO, f"conversation 1 opened by {name} today")
    assert len(groups.rows()) == templates
    assert sum(group.count for group in groups.rows()) == len(names.split())


@given(st.lists(st.tuples(st.integers(1, 9), st.sampled_from(Level), st.sampled_from(["a 1", "a 2", "b", "c 'x'"]))))
def test_groups_are_those_of_a_naive_count(lines: list[tuple[int, Level, str]]) -> None:
    groups = Templates()
    for line in lines:
        groups.add(*line)
    naive: dict[str, list[tuple[int, Level]]] = {}
    for ns, level, message in lines:
        naive.setdefault(template_of(message), []).append((ns, level))
    assert {each.template: (each.count, each.level, each.first_ns, each.last_ns) for each in groups.rows()} == {
        template: (len(found), max(level for _, level in found), min(ns for ns, _ in found), max(ns for ns, _ in found))
        for template, found in naive.items()
    }
    counts = [each.count for each in groups.rows()]
    assert counts == sorted(counts, reverse=True)


def test_too_many_groups_are_only_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(templates, "MOST_TEMPLATES", 2)
    groups = Templates()
    for message in ("a", "b", "c", "a", "d"):
        groups.add(1, Level.INFO, message)
    assert [(each.template, each.count) for each in groups.rows()] == [("a", 2), ("b", 1)]
    assert groups.total == 5
