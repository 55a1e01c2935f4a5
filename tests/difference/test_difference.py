"""The comparison checked against plain Python values: applied, mirrored, permuted, and moved."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.differing import PAIRS, VALUES, differ, document, plain

from astro_tui.difference import Change, ChangeKind, ComparisonCanceledError, Difference, compare
from astro_tui.difference.members import exact
from astro_tui.difference.sequence import Effort, _edited, _in_order, _short_edit, equal_pairs, staying
from astro_tui.document import find, path_of


def at(value: Any, path: Any) -> Any:
    for step in path:
        value = value[step]
    return value


def applied(change: Change, old: Any, new: Any) -> Any:
    """Make the new value of a change from the old one; `new` is read only where something was added or replaced."""
    if change.kind in (ChangeKind.CHANGED, ChangeKind.ADDED):
        return at(new, change.path_new)
    value = at(old, change.path_old)
    if isinstance(value, dict):
        made = dict(value)
        for part in change.parts:
            if part.kind is ChangeKind.REMOVED:
                del made[part.step_old]
            else:
                made[part.step_new] = applied(part, old, new)
        return made
    if not isinstance(value, list):
        return value
    changed = {part.step_old: part for part in change.parts if part.node_old is not None}
    gone = {place for place, part in changed.items() if part.kind in (ChangeKind.REMOVED, ChangeKind.MOVED)}
    items = [
        applied(changed[place], old, new) if place in changed else item
        for place, item in enumerate(value)
        if place not in gone
    ]
    for part in sorted(change.parts, key=lambda part: -1 if part.step_new is None else part.step_new):
        if part.kind in (ChangeKind.ADDED, ChangeKind.MOVED):
            assert isinstance(part.step_new, int)
            items.insert(part.step_new, applied(part, old, new))
    return items


def facts(difference: Difference) -> list[tuple[Any, ...]]:
    found = [(change.kind, change.path_old, change.path_new) for change in difference.changes]
    return sorted(found, key=repr)


def turned(value: Any, chance: random.Random) -> Any:
    if isinstance(value, dict):
        keys = sorted(value, key=lambda _key: chance.random())
        return {key: turned(value[key], chance) for key in keys}
    return [turned(item, chance) for item in value] if isinstance(value, list) else value


@settings(max_examples=160, deadline=None)
@given(PAIRS, st.randoms(use_true_random=False))
def test_a_difference_applies_mirrors_and_does_not_depend_on_the_order_of_keys(
    pair: tuple[Any, Any], chance: random.Random
) -> None:
    old, new = pair
    difference = differ(old, new)
    assert plain(applied(difference.root, old, new)) == plain(new)
    assert bool(difference) is (plain(old) != plain(new))
    mirror = {ChangeKind.ADDED: ChangeKind.REMOVED, ChangeKind.REMOVED: ChangeKind.ADDED}
    expected = [(mirror.get(kind, kind), to, of) for kind, of, to in facts(difference)]
    assert facts(differ(new, old)) == sorted(expected, key=repr)
    assert facts(differ(turned(old, chance), turned(new, chance))) == facts(difference)
    assert not differ(old, turned(old, chance))


@given(VALUES, VALUES)
def test_nodes_paths_and_counts_agree(old: Any, new: Any) -> None:
    difference = differ(old, new)
    for node, change in difference.at_old.items():
        assert path_of(difference.old, node) == change.path_old
    for node, change in difference.at_new.items():
        assert path_of(difference.new, node) == change.path_new
    for _depth, change in difference.root.walk():
        below = [one for _depth, one in change.walk() if one.kind is not ChangeKind.WITHIN]
        assert change.counts.total == len(below)
    kinds = [change.kind for change in difference.changes]
    assert difference.counts == tuple(
        kinds.count(kind) for kind in (ChangeKind.CHANGED, ChangeKind.ADDED, ChangeKind.REMOVED, ChangeKind.MOVED)
    )


@given(st.lists(VALUES, max_size=9), st.sampled_from(["name", "id", "key"]), st.randoms(use_true_random=False))
def test_named_items_in_another_order_are_only_moves(values: Any, key: str, chance: random.Random) -> None:
    old = [{"value": value, key: f"item-{number}"} for number, value in enumerate(values)]
    new = turned(old, chance)
    chance.shuffle(new)
    order = [old.index(item) for item in new]
    difference = differ({"list": old}, {"list": new})
    assert {change.kind for change in difference.changes} <= {ChangeKind.MOVED}
    assert difference.counts.moved == len(order) - longest_rising(order)


def longest_rising(numbers: list[int]) -> int:
    best = [1] * len(numbers)
    for place, number in enumerate(numbers):
        best[place] = 1 + max((best[before] for before in range(place) if numbers[before] < number), default=0)
    return max(best, default=0)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from([b"a", b"b", b"c"]), max_size=14), st.lists(st.sampled_from([b"a", b"b"]), max_size=14))
def test_repeated_tokens_are_paired_as_a_shortest_edit_pairs_them(old: list[bytes], new: list[bytes]) -> None:
    pairs = equal_pairs(old, new, lambda: None)
    assert all(old[one] == new[two] for one, two in pairs)
    assert len({one for one, _two in pairs}) == len({two for _one, two in pairs}) == len(pairs)
    common = [[0] * (len(new) + 1) for _row in range(len(old) + 1)]
    for one in range(len(old)):
        for two in range(len(new)):
            same = common[one][two] + (old[one] == new[two])
            common[one + 1][two + 1] = max(same, common[one][two + 1], common[one + 1][two])
    numbers = {b"a": 0, b"b": 1, b"c": 2}
    sides = ([numbers[token] for token in side] for side in (old, new))
    edit, reached, _steps = _short_edit(*sides, (0, 0), lambda: None, 100)
    assert reached == (len(old), len(new))
    assert len(edit) == common[-1][-1]
    assert sorted(edit) == staying(sorted(edit))
    assert all(old[one] == new[two] for one, two in edit)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([2, 3, 30]), st.integers(300, 600))
def test_sequences_far_apart_are_paired_in_order(seed: int, alike: int, length: int) -> None:
    chance = random.Random(seed)
    old, new = ([b"%d" % chance.randrange(alike) for _place in range(length)] for _side in range(2))
    pairs = sorted(_in_order(old, new, lambda: None))
    assert pairs == staying(pairs)
    assert len({one for one, _two in pairs}) == len({two for _one, two in pairs}) == len(pairs)
    assert all(old[one] == new[two] for one, two in pairs)
    assert pairs


@pytest.mark.parametrize("alike", [2, 50])
def test_the_work_on_repeated_tokens_grows_with_their_number(alike: int) -> None:
    def steps(length: int, rate: float) -> int:
        chance = random.Random(1)
        old = [b"%d" % chance.randrange(alike) for _place in range(length)]
        new = [token for token in old if chance.random() > rate]
        effort = Effort()
        _edited(old, new, lambda: None, effort)
        return effort.used

    for rate in (0.01, 0.1, 0.5):
        assert steps(40_000, rate) < 5 * steps(10_000, rate)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("1", "1.0", True),
        ("1.10", "1.1", True),
        ("1E2", "100", True),
        ("-0", "0", True),
        ("-0.0e5", "0", True),
        ("123456789012345678901234567890.1", "123456789012345678901234567890.2", False),
        ("0.1", "0.10000000000000001", False),
        ("1e400", "2e400", False),
        ("1e-400", "0", False),
        ("-1", "1", False),
        ("1e" + "9" * 5000, "10e" + "9" * 4999 + "8", True),
        ("1e" + "9" * 5000, "1e" + "9" * 4999 + "8", False),
        ("1", "true", False),
        ("0", "false", False),
        ('"1"', "1", False),
        ("null", "{}", False),
        ("[]", "{}", False),
    ],
)
def test_numbers_are_compared_exactly(one: str, other: str, same: bool) -> None:
    assert bool(differ(one.encode(), other.encode())) is not same
    assert bool(differ(f"[[{one}], 5]".encode(), f"[[{other}], 5]".encode())) is not same


@settings(max_examples=200, deadline=None)
@given(st.decimals(allow_nan=False, allow_infinity=False), st.integers(0, 5))
def test_one_value_has_one_form(number: Decimal, zeros: int) -> None:
    longer = f"{number:f}" + ("" if "." in f"{number:f}" else ".") + "0" * (zeros + 1)
    assert exact(longer.encode()) == exact(f"{number:e}".encode())
    assert (exact(longer.encode()) == exact(b"12.5")) is (number == Decimal("12.5"))


def one_line(difference: Difference) -> list[str]:
    return [f"{change.kind} {change.path_old} {change.path_new}" for change in difference.changes]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (["web"], ["web", "slack"], ["added None (1,)"]),
        (["web", "slack"], ["slack"], ["removed (0,) None"]),
        (["a", "b", "c"], ["c", "a", "b"], ["moved (2,) (0,)"]),
        (["web"], ["slack"], ["added None (0,)", "removed (0,) None"]),
        (["--limit=5"], ["-v", "--limit=6"], ["added None (0,)", "changed (0,) (1,)"]),
        ([{"name": "a", "v": 1}], [{"name": "b", "v": 1}], ["added None (0,)", "removed (0,) None"]),
        ([{"id": 1, "name": "a"}], [{"id": 1, "name": "b"}], ["changed (0, 'name') (0, 'name')"]),
        ([{"org": "a"}], [{"org": "b"}], ["added None (0,)", "removed (0,) None"]),
        ([{"port": 1, "p": "T"}], [{"port": 2, "p": "T"}], ["changed (0, 'port') (0, 'port')"]),
        (
            [{"name": "a", "v": 1}, {"name": "b"}, {"name": "c"}],
            [{"name": "b"}, {"name": "c"}, {"name": "a", "v": 2}],
            ["changed (0, 'v') (2, 'v')", "moved (0,) (2,)"],
        ),
        ([0, 2, 2, 1], [0, 2, 2, 2, 1], ["added None (3,)"]),
    ],
)
def test_items_of_lists(old: Any, new: Any, expected: list[str]) -> None:
    assert sorted(one_line(differ(old, new))) == expected


def test_a_long_list_without_names_reports_only_the_inserts() -> None:
    chance = random.Random(4)
    old = [{"host": f"{chance.random()}", "ports": [chance.randrange(3)]} for _item in range(3_000)]
    new = [dict(reversed(item.items())) for item in old]
    places = sorted(chance.sample(range(3_000), 5))
    for place in places:
        new.insert(place, {"host": "new", "ports": [place]})
    assert [change.path_new for change in differ(old, new).changes] == [(place,) for place in places]


def test_repeated_keys_are_paired_in_order() -> None:
    difference = differ(b'{"a": 1, "b": 0, "a": 2}', b'{"a": 1, "a": 3, "a": 4}')
    assert difference.summary == "1 changed, 1 added, 1 removed"
    assert difference.root.repeated
    assert not differ(b'{"a": 1, "b": 0, "a": 2}', b'{"b": 0, "a": 1, "a": 2}')
    assert differ(b'[{"a": 1, "a": 2}]', b'[{"a": 2, "a": 1}]')


def test_500_levels() -> None:
    def nested(core: str) -> bytes:
        return ('{"a": [' * 249 + core + "]}" * 249).encode()

    difference = differ(nested("1"), nested("2"))
    assert difference.summary == "1 changed"
    assert find(difference.new, difference.changes[0].path) == difference.changes[0].node_new


def test_it_stops_when_canceled() -> None:
    old = document([[number, {"x": number}] for number in range(5_000)])
    new = document([[number + 1, {"x": number}] for number in range(5_000)])
    asked = 0

    def canceled() -> bool:
        nonlocal asked
        asked += 1
        return asked > 20

    with pytest.raises(ComparisonCanceledError):
        compare(old, new, canceled)
    assert asked == 21
