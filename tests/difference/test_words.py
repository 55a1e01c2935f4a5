"""Changes in words and as text. No output of a comparison contains a secret."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from support.differing import VALUES, differ, example, outputs, pieces
from support.secret_values import CORPUS, KINDS, documents, is_due

from astro_tui.difference import ChangeWording, Difference, as_json_patch, as_text, text_lines, words
from astro_tui.difference.wording import amount, growth
from astro_tui.text.foreign import visible
from astro_tui.text.redaction import MASK


def sentences(old: Any, new: Any) -> list[str]:
    return located(differ(old, new))


def located(difference: Difference) -> list[str]:
    """Return all changes in words with their locations, and how many images follow the build."""
    words = ChangeWording(difference)
    noise = words.noise
    return [
        *(words.located(change) for change in difference.changes if change not in noise),
        *([f"{len(noise)} follow the build"] if noise else []),
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "tide-notes-3",
            "tide-notes-4",
            [
                "source: build 4be19c07 → 7d20aa51",
                "agent: replicas 1 → 2",
                "agent: memory 256Mi → 512Mi, +100%",
                "interfaces: adapter slack added",
                "variable TIMEZONE Europe/Lisbon → UTC",
                "variable SLACK_BOT_TOKEN added",
                "1 follow the build",
            ],
        ),
        (
            "claims-desk-11",
            "claims-desk-12",
            [
                "source: build c1f00a92 → e88d3146",
                "agent: replicas 3 → 5",
                "agent: environment POLICY_SET 2026-06 → 2026-07",
                "agent: environment DATABASE_URL changed",
                "model drafting: model qwen3:14b → qwen3:32b",
                "model embeddings: GPUs 1 → 2",
                "model reranker removed",
                "knowledge store policies: image tag v1.13.2 → v1.14.0",
                "knowledge store policies: disk 50Gi → 80Gi, +60%",
                "integration fraud-check added",
                (
                    "ingestion nightly-policies: schedule 15 2 * * * → 45 1 * * 1-5, "
                    "every day at 02:15 → every weekday at 01:45"
                ),
                "ingestion backfill removed",
                "interfaces: adapter slack removed",
                "interfaces: access by slack removed",
                "variable SLACK_BOT_TOKEN removed",
                "variable SLACK_APP_TOKEN removed",
                "variable MAX_CLAIM_EUR 2500 → 4000",
                "variable FRAUD_API_KEY added",
                "3 follow the build",
            ],
        ),
    ],
)
def test_the_examples_in_words(old: str, new: str, expected: list[str]) -> None:
    assert sentences(example(old), example(new)) == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"memory": "1Gi"}, {"memory": "1024Mi"}, "memory 1Gi → 1024Mi, same amount"),
        ({"cpu": "1"}, {"cpu": "1000m"}, "cpu 1 → 1000m, same amount"),
        ({"cpu": 1}, {"cpu": "1"}, 'cpu 1 → "1", same amount'),
        ({"cpu": "2"}, {"cpu": "500m"}, "cpu 2 → 500m, -75%"),
        ({"memory": "64Mi"}, {"memory": "1Gi"}, "memory 64Mi → 1Gi, 16x"),
        ({"memory": "lots"}, {"memory": "1Gi"}, "memory lots → 1Gi"),
        ({"environment": {"memory": "1Gi"}}, {"environment": {"memory": "1024Mi"}}, "environment memory 1Gi → 1024Mi"),
        ({"image": "a/b:1"}, {"image": "c/b:1"}, "image a/b:1 → c/b:1"),
        ({"image": "r:5000/b"}, {"image": "r:5000/c"}, "image r:5000/b → r:5000/c"),
        ({"schedule": "0 9 * * 1"}, {"schedule": "0 9 * * MON"}, "schedule 0 9 * * 1 → 0 9 * * MON, same schedule"),
        ({"a": [{"name": "x"}, {"name": "y"}]}, {"a": [{"name": "y"}, {"name": "x"}]}, "moved from position"),
        ({"env": [{"name": "GRID", "value": "1"}]}, {"env": [{"name": "GRID", "value": "2"}]}, "GRID 1 → 2"),
        ({"a": {"b": 1}}, {"a": 5}, "a {…} → 5"),
        ({"a": ""}, {"a": "x"}, 'a "" → x'),
        ({"variables": {"A": {}}}, {"variables": {"A": {"value": "x"}}}, "value of variable A added"),
        (1, 2, "the document 1 → 2"),
        ({"a": "x" * 99 + "1"}, {"a": "x" * 99 + "2"}, "a …xxxxxxxxxxxx1 → …xxxxxxxxxxxx2"),
        ({"a": "\x1b[31m"}, {"a": "\u202e"}, "a ␛[31m → <U+202E>"),
    ],
)
def test_known_fields(old: Any, new: Any, expected: str) -> None:
    difference = differ(old, new)
    assert expected in words(difference, difference.changes[0])
    same = "the same" in expected
    assert ChangeWording(difference).remark(difference.changes[0]).startswith("the same ") is same


def test_quantities() -> None:
    assert amount("1Ki") == 1024 == amount("1.024k")
    assert amount("1e3") == 1000 == amount("1k")
    assert amount("100m") == Decimal("0.1")
    assert [amount(text) for text in ("", "Gi", "1 Gi", "1GB", "inf", "٣")] == [None] * 5 + [3]
    assert growth(Decimal(0), Decimal(5)) == ""
    assert growth(Decimal(1000), Decimal(1001)) == "+0.1%"


# ----------------------------------------------------------------------------------------------------- as text


def test_text_shows_what_changed_with_its_parents() -> None:
    old = {"a": {"b": {"c": 1, "same": 0}}, "list": [{"name": "x", "v": 1}, {"name": "y"}, {"name": "z"}], "t": 1}
    new = {"a": {"b": {"c": 2, "same": 0}}, "list": [{"name": "y"}, {"name": "z"}, {"name": "x", "v": 2}], "t": [{}]}
    assert as_text(differ(old, new)).splitlines() == [
        "  a",
        "    b",
        "~     c: 1 → 2",
        "  list",
        ">   [x] moved, 1 → 3",
        "~     v: 1 → 2",
        "- t: 1",
        "+ t",
        "+   [0]: {}",
    ]
    assert as_text(differ(old, old)) == ""
    assert as_text(differ({}, [1])) == "- {}\n+ [0]: 1\n"


def test_color_only_on_request_and_no_line_wider_than_requested() -> None:
    difference = differ(example("claims-desk-11"), example("claims-desk-12"))
    assert "\x1b" not in as_text(difference)
    assert "\x1b[33m~     POLICY_SET" in as_text(difference, color=True)
    lines = as_text(difference, width=60).splitlines()
    assert max(len(line) for line in lines) <= 60
    assert len(lines) == len(as_text(difference).splitlines())
    assert any("c1f00a92" in line and "e88d3146" in line and "image" in line for line in lines)


@given(VALUES, VALUES)
def test_every_output_takes_any_document_and_prints_nothing_that_moves_a_cursor(old: Any, new: Any) -> None:
    difference = differ(old, new)
    said = [*text_lines(difference, width=20), *text_lines(difference), *located(difference)]
    assert all(visible(line) == line for line in said)
    assert bool(said) is bool(difference)
    json.loads(as_json_patch(difference))


# ----------------------------------------------------------------------------------------------------- secrets


def test_a_comparison_contains_no_secret_of_the_corpus() -> None:
    for number, (secret, formed) in enumerate(CORPUS):
        other = CORPUS[number - 13 if number >= 13 else number + 13][0]
        both = zip(documents(secret, number), documents(other, number), strict=True)
        for place, ((old, named), (new, _named)) in enumerate(both):
            if not (named or formed) or not is_due(number, place):
                continue
            pairs = [({}, new), (old, {}), ([old], [new, 1]), ({"a": old}, {"a": 5})]
            # Each place in each of these pairs, and each kind of secret in one of them.
            said = outputs(differ(old, new)) + outputs(differ(*pairs[number % KINDS % len(pairs)]))
            assert not [piece for piece in (*pieces(secret), *pieces(other)) if piece in said], (old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"value": "hunter2", "targets": []}, {"secret": True, "targets": []}),
        ({"value": "hunter2"}, {"value": "hunter3", "secret": True}),
        ({"value": "hunter2", "secret": True}, {"value": "hunter3"}),
        ({"value": "plain"}, {"value": "sk-" + "aB3" * 12}),
        # Values inside of one that only the other side marks as a secret.
        ({"value": {"a": "hunter2", "b": [{"c": "hunter3"}]}}, {"secret": True}),
        ({"value": {"a": "hunter2", "b": "hunter4"}}, {"value": {"b": "hunter5"}, "secret": True}),
        ({"value": {"a": ["hunter2"]}}, {"value": "plain", "secret": True}),
        ({"value": ["hunter2", 1]}, {"value": {"a": "hunter2"}, "secret": True}),
        (
            {"value": [{"name": "plain", "v": "hunter2"}]},
            {"value": [{"v": "hunter3", "name": "plain"}], "secret": True},
        ),
        ({"env": [{"name": "A", "value": {"x": "hunter2"}}]}, {"env": [{"name": "A", "secret": True}]}),
        ({"env": [{"id": "1", "value": {"x": "hunter2"}}]}, {"env": [{"id": "1", "name": "DB_PASSWORD", "value": {}}]}),
    ],
)
def test_a_secret_on_one_side_is_hidden_on_both(old: Any, new: Any) -> None:
    said = outputs(differ({"variables": {"PLAIN": old}}, {"variables": {"PLAIN": new}}))
    assert "hunter" not in said
    assert "plain" not in said
    assert "aB3" not in said


def test_numbers_below_a_secret_on_the_other_side_are_hidden() -> None:
    old, new = {"value": {"pin": 48151623}}, {"value": {"more": "x"}, "secret": True}
    assert "4815" not in outputs(differ({"variables": {"PLAIN": old}}, {"variables": {"PLAIN": new}}))


def test_a_secret_that_names_an_item_is_hidden_too_and_so_are_numbers() -> None:
    old = {"credentials": [{"key": "hunter2"}, {"key": "hunter3"}], "list": ["a"], "password": 48151623}
    new = {"credentials": [{"key": "hunter3"}, {"key": "hunter2", "v": 1}], "list": ["a"], "password": 42481516}
    said = outputs(differ(old, new))
    assert "hunter" not in said
    assert "1516" not in said
    assert f"[{MASK}] moved" in said


def test_secrets_are_printed_on_request() -> None:
    difference = differ({"password": "hunter2"}, {"password": "hunter3"})
    assert words(difference, difference.changes[0]) == "password changed"
    assert as_text(difference) == "~ password: changed  (hidden)\n"
    assert as_text(difference, reveal=True) == '~ password: "hunter2" → "hunter3"\n'
    assert as_text(differ({}, {"password": "hunter2"})) == f"+ password: {MASK}\n"
