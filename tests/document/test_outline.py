"""The outline checked against a naive model: plain Python objects and a set of open containers."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.json_values import json_values

from astro_tui.document import ALL, Document, JsonType, Outline, find, index, jq_path, path_of, python_path
from astro_tui.document.folds import FoldChange
from astro_tui.document.paths import Trail
from astro_tui.errors import DocumentError
from astro_tui.text.foreign import visible

TEXTS = st.text(max_size=8) | st.sampled_from(
    [
        "name",
        "id",
        "key",
        'q"uote',
        "back\\slash",
        "\u202eright",
        "é\u0301",
        "宽字",
        "\x1b[31m",
        "a\nb",
        '": ',
        "\ud800",
        "😀",
    ]
)
VALUES = json_values(TEXTS, max_leaves=40)
OPERATIONS = (
    "toggle",
    "fold",
    "unfold",
    "fold_all_below",
    "unfold_all_below",
    "fold_siblings",
    "expand_all",
    "collapse_all",
    "depth",
)


def raw_of(value: object) -> bytes:
    return json.dumps(value).encode()


def containers(value: object, path: tuple[int, ...] = ()) -> list[tuple[int, ...]]:
    found = []
    if isinstance(value, dict | list) and value:
        found.append(path)
        items = list(value.values()) if isinstance(value, dict) else value
        for number, item in enumerate(items):
            found += containers(item, (*path, number))
    return found


class Naive:
    """A document as a tree of open and closed containers, the slow and obvious way."""

    def __init__(self, value: object, depth: int) -> None:
        self.value = value
        self.to_depth(depth)

    def to_depth(self, depth: int) -> None:
        self.opened = {path for path in containers(self.value) if len(path) < max(1, depth)}

    def rows(self) -> list[tuple[tuple[int, ...], tuple[str | int, ...], object]]:
        if not isinstance(self.value, dict | list) or not self.value:
            return [((), (), self.value)]
        out: list[tuple[tuple[int, ...], tuple[str | int, ...], object]] = []

        def walk(value: object, numbers: tuple[int, ...], path: tuple[str | int, ...]) -> None:
            items = list(value.items()) if isinstance(value, dict) else list(enumerate(value))  # type: ignore[arg-type]
            for number, (key, item) in enumerate(items):
                out.append(((*numbers, number), (*path, key), item))
                if (*numbers, number) in self.opened:
                    walk(item, (*numbers, number), (*path, key))

        walk(self.value, (), ())
        return out

    def apply(self, operation: str, row: int) -> int:
        rows = self.rows()
        node = rows[row][0]
        every = set(containers(self.value))
        below = {path for path in every if path[: len(node)] == node}
        siblings = {
            path for path in every if len(node) and len(path) >= len(node) and path[: len(node) - 1] == node[:-1]
        }
        if operation == "toggle":
            self.opened ^= {node} & every
        elif operation == "fold":
            self.opened -= {node}
        elif operation == "unfold":
            self.opened |= {node} & every
        elif operation == "fold_all_below":
            self.opened -= below
        elif operation == "unfold_all_below":
            self.opened |= below
        elif operation == "fold_siblings":
            self.opened -= siblings
        elif operation == "expand_all":
            self.opened = every
        elif operation == "collapse_all":
            self.to_depth(1)
        else:
            self.to_depth(2)
        self.opened |= {()} & every
        shown = [numbers for numbers, _path, _value in self.rows()]
        while node not in shown:
            node = node[:-1]
        return shown.index(node)


def apply(outline: Outline, operation: str, row: int) -> int:
    return outline.fold_to_depth(2, row) if operation == "depth" else getattr(outline, operation)(row)


def check(outline: Outline, naive: Naive) -> None:
    rows = naive.rows()
    assert outline.row_count == len(rows)
    for number, (numbers, path, value) in enumerate(rows):
        row = outline.row(number)
        assert outline.path(number) == path
        assert row.depth == max(0, len(numbers) - 1)
        assert outline.row_of(outline.node(number)) == number
        assert path_of(outline.document, row.node) == path
        assert find(outline.document, path) == row.node
        if isinstance(value, dict | list):
            assert row.children == len(value)
            assert row.folded is (bool(value) and numbers not in naive.opened)
        elif not row.masked:
            assert row.text == drawn(value)
        if path and isinstance(path[-1], str):
            assert row.key == visible(path[-1])
            assert row.position is None
        elif path:
            assert row.position == path[-1]


def drawn(value: object) -> str:
    return visible(value) if isinstance(value, str) else json.dumps(value)


@pytest.fixture(params=[False, True], ids=["usual", "tiny blocks"])
def blocks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents as they are, and cut into so many blocks as only large ones are."""
    if request.param:
        for name, size in (("_BLOCK", 8), ("_NEAR", 20), ("_WINDOW", 8)):
            monkeypatch.setattr(index, name, size)


@pytest.mark.usefixtures("blocks")
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(VALUES, st.integers(0, 3), st.lists(st.tuples(st.sampled_from(OPERATIONS), st.integers(0, 1000)), max_size=12))
def test_any_folding_shows_what_a_naive_model_shows(
    value: object, depth: int, operations: list[tuple[str, int]]
) -> None:
    outline = Outline(Document.parse(raw_of(value)), depth)
    naive = Naive(value, depth)
    check(outline, naive)
    for operation, number in operations:
        if not outline.row_count:
            continue
        row = number % outline.row_count
        assert apply(outline, operation, row) == naive.apply(operation, row)
        check(outline, naive)


@given(
    VALUES, st.lists(st.tuples(st.sampled_from(OPERATIONS), st.integers(0, 1000)), max_size=12), st.integers(0, 1000)
)
def test_a_restored_view_of_the_same_document_has_the_same_rows(
    value: object, operations: list[tuple[str, int]], number: int
) -> None:
    outline = Outline(Document.parse(raw_of(value)))
    for operation, row in operations:
        apply(outline, operation, row % outline.row_count)
    cursor = number % outline.row_count
    again = Outline(Document.parse(raw_of(value)))
    assert again.restore(outline.snapshot(cursor, cursor // 2)) == (cursor, cursor // 2)
    assert [again.row(row) for row in range(again.row_count)] == [outline.row(row) for row in range(outline.row_count)]


@pytest.mark.usefixtures("blocks")
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(VALUES)
def test_siblings_match_the_paths(value: object) -> None:
    outline = Outline(Document.parse(raw_of(value)), ALL)
    rows = [numbers for numbers, _path, _value in Naive(value, ALL).rows()]
    for row, numbers in enumerate(rows):
        expected = {
            "parent": numbers[:-1],
            "first_child": (*numbers, 0),
            "next_sibling": (*numbers[:-1], numbers[-1] + 1) if numbers else None,
            "previous_sibling": (*numbers[:-1], numbers[-1] - 1) if numbers else None,
        }
        for method, wanted in expected.items():
            assert getattr(outline, method)(row) == (rows.index(wanted) if wanted and wanted in rows else None)


@pytest.mark.usefixtures("blocks")
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(VALUES)
def test_lines_and_nodes_map_to_each_other(value: object) -> None:
    outline = Outline(Document.parse(raw_of(value)), ALL)
    lines = outline.document.text.split(b"\n")
    for row in range(outline.row_count):
        facts = outline.row(row)
        assert lines[facts.line - 1].strip() == outline.document.text[facts.node :].split(b"\n", 1)[0].strip()
        assert outline.document.node_at_line(facts.line) == facts.node


def big(items: int = 3000) -> Document:
    value = {
        "first": 1,
        "list": [{"name": f"n{n}", "ports": [n, {"deep": [n] * 3}]} for n in range(items)],
        "last": "end",
    }
    return Document.parse(raw_of(value))


def test_a_wide_nested_list_is_not_scanned_once_per_level() -> None:
    value: object = [{"n": number} for number in range(4000)]
    for depth in range(12):
        value = {"before": depth, "in": value, "behind": [depth]}
    document = Document.parse(raw_of(value))
    outline = Outline(document, ALL)
    assert [outline.row(row).children for row in range(1, 24, 2)] == [3] * 11 + [4000]
    assert outline.path(outline.row_count - 1) == ("behind", 0)
    assert outline.path(outline.row_count - 25)[-2:] == (3999, "n")
    # A block with nothing of a level is known to have none of it.
    assert sum(document.level(8, 0, len(document.shallowest))) == 8 * 3 + 7
    assert min(document.shallowest[2:-2]) == 13


def test_spans_of_one_limit_grow_together_again() -> None:
    outline = Outline(big(600), ALL)
    for row in range(3, 2000, 9):
        outline.toggle(row)
    for row in reversed(range(3, outline.row_count)):
        if outline.row(row).folded:
            outline.toggle(row)
    assert outline.row_count == 3 + 600 * 9
    assert len(outline.folds.spans) == 1


def test_folds_and_cursor_find_named_items_again_in_a_newer_document() -> None:
    old = {"env": [{"name": "A", "value": {"x": 1}}, {"name": "B", "value": {"x": 2}}], "other": {"y": 1}}
    new = {"env": [{"name": "NEW", "value": 0}, {"name": "B", "value": {"x": 3}}, {"name": "A", "value": {"x": 1}}]}
    outline = Outline(Document.parse(raw_of(old)))
    cursor = outline.find(("env", 1, "value", "x"))
    assert cursor is not None
    again = Outline(Document.parse(raw_of(new)))
    row, _top = again.restore(outline.snapshot(cursor))
    assert again.path(row) == ("env", 1, "value", "x")
    assert [again.row(number).folded for number in range(4)] == [False, True, False, False]
    gone = Outline(Document.parse(raw_of({"env": [{"name": "C"}]})))
    row, _top = gone.restore(outline.snapshot(cursor))
    assert gone.path(row) == ("env", 0)


def test_items_with_a_name_in_their_metadata_are_found_again() -> None:
    def item(kind: str, name: object, note: str = "") -> dict[str, object]:
        # The name comes after the keys that precede it in the alphabet.
        return {"kind": kind, "metadata": {"annotations": {"name": "no", "note": note}, "name": name}, "spec": {"x": 1}}

    old = [item("Deployment", "app", "long " * 2000), item("Service", "web"), item("Odd", ["no"]), {"metadata": "no"}]
    outline = Outline(Document.parse(raw_of({"items": old})))
    outline.unfold(0)
    assert [outline.row(row).name for row in range(1, 5)] == ["Deployment/app", "Service/web", None, None]
    assert outline.find(("items", 1, "spec", "x")) is not None
    view = outline.snapshot(outline.find(("items", 1, "spec")) or 0)
    newer = Outline(Document.parse(raw_of({"items": [item("New", "new"), *old[::-1]]})))
    cursor, _top = newer.restore(view)
    assert newer.path(cursor) == ("items", 3, "spec")
    assert not newer.row(cursor).folded


def test_repeated_and_empty_keys_are_rows_of_their_own() -> None:
    raw = b'{"a": {"x": 1}, "a": {"x": 2}, "": {"": 3}}'
    outline = Outline(Document.parse(raw))
    outline.unfold(1)
    assert [outline.row(row).text for row in (0, 1, 2, 3)] == ["", "", "2", ""]
    again = Outline(Document.parse(raw))
    again.restore(outline.snapshot())
    assert [again.row(row) for row in range(4)] == [outline.row(row) for row in range(4)]
    assert outline.find(("", "")) == 4


@pytest.mark.parametrize(
    "number", ["1.10", "123456789012345678901234567890", "-0", "1E400", "0.1e-7", "100000000000000000000.000"]
)
def test_numbers_are_shown_as_sent(number: str) -> None:
    outline = Outline(Document.parse(b'{"n": %s}' % number.encode()))
    assert outline.row(0).text == number
    assert outline.row(0).kind is JsonType.NUMBER


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b'"\\ud800"', "<U+D800>"),
        (b'"\\\\ud800 \\u0041\\/"', "\\ud800 A/"),
        (b'"\\ud83d\\ude00"', "😀"),
        (b'"\\u001b[2J\\u0000\\n"', "␛[2J␀↵"),
        ('"\u202eabc\u2066"'.encode(), "<U+202E>abc<U+2066>"),
        (b'"\xff"', "\ufffd"),
        (b"\xef\xbb\xbf[]", "[]"),
        (b" {} ", "{}"),
        (b"null", "null"),
        ('"宽é\u0301"'.encode(), "宽é\u0301"),
    ],
)
def test_hostile_and_odd_texts_are_one_safe_row(raw: bytes, text: str) -> None:
    outline = Outline(Document.parse(raw))
    assert outline.row_count == 1
    assert outline.row(0).text == text
    assert outline.path(0) == ()
    assert outline.toggle(0) == 0
    assert outline.parent(0) is None


@pytest.mark.parametrize(
    ("raw", "line", "column"),
    [
        (b'{"a": 1,\n "b": }', 2, 7),
        (b'{"a": [1, 2', 1, 12),
        (b"", 1, 1),
        (b'\xef\xbb\xbf["\xc3\xa9", x]', 1, 8),
        (b'["\\ud800\\ud800",\n x]', 2, 2),
        (b"[1] 2", 1, 5),
        (b"\x7fELF\x02", 1, 1),
    ],
)
def test_invalid_json_is_refused_with_its_position(raw: bytes, line: int, column: int) -> None:
    with pytest.raises(DocumentError) as caught:
        Document.parse(raw)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert f"line {line}, column {column}" in str(caught.value)


def test_depth_is_bounded() -> None:
    outline = Outline(Document.parse(b"[" * 500 + b"7" + b"]" * 500), ALL)
    assert outline.row_count == 500
    assert outline.path(499) == (0,) * 500
    for depth in (501, 5_000, 200_000):
        with pytest.raises(DocumentError) as caught:
            Document.parse(b"[" * depth + b"7" + b"]" * depth)
        assert caught.value.too_deep


def test_long_keys_and_values_are_cut_for_drawing() -> None:
    outline = Outline(Document.parse(raw_of({"k" * 10_000: "é" * 100_000, "n": int("9" * 3000)})))
    row = outline.row(0)
    assert row.cut
    assert len(row.text) <= 1001
    assert len(row.key or "") <= 1000
    assert outline.row(1).cut


def test_paths_as_jq_and_python_write_them() -> None:
    path = ("agent", "env", 0, "odd key", 'q"')
    assert jq_path(path) == '.agent.env[0]."odd key"."q\\""'
    assert python_path(path) == '["agent"]["env"][0]["odd key"]["q\\""]'
    assert (jq_path(()), jq_path((3, "a"))) == (".", ".[3].a")


def test_known_paths_of_a_deployment_get_words() -> None:
    spec = {
        "spec": "deployment/v1",
        "agent": {"resources": {"memory": "1536Mi", "cpu": "500m"}, "environment": {"memory": "1Gi"}},
    }
    outline = Outline(Document.parse(raw_of(spec)), ALL)
    notes = [outline.note(row) for row in range(outline.row_count)]
    assert notes == [None, "the agent's own container", None, "1.5 GiB", "50% of a core", None, None]
    assert Outline(Document.parse(b'{"memory": "1Gi"}')).note(0) is None


def test_folded_rows_preview_their_contents() -> None:
    spec = {
        "target": {"runtime": "kubernetes", "display_name": "Support Router"},
        "endpoints": {"http": {"port": 8080, "protocol": "http", "expose": {"enabled": True}}},
        "env": [{"name": "GRID", "value": "1km"}, {"name": "ZONE"}],
        "variables": {"MAIL_PASSWORD": {"value": "hunter2-hunter2", "targets": ["agent"]}},
        "list": list(range(5000)),
    }
    outline = Outline(Document.parse(raw_of(spec)))
    assert [outline.preview(row, 70) for row in range(5)] == [
        'runtime: "kubernetes", display_name: "Support Router"',
        'http: {port: 8080, protocol: "http", expose: {…}}',
        "GRID, ZONE",
        "MAIL_PASSWORD: {value: ••••••••, targets: […]}",
        "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19…",
    ]
    assert outline.preview(0, 12) == 'runtime: "k…'


def test_steps_are_cached_and_lead_back() -> None:
    document = big(50)
    trail = Trail(document)
    for position in range(50):
        node = find(document, ("list", position, "ports", 1))
        assert node is not None
        assert trail.node(trail.steps(node)) == node


def test_a_hidden_container_can_be_changed_too() -> None:
    outline = Outline(Document.parse(raw_of({"a": {"b": {"c": 1}}})))
    inner = find(outline.document, ("a", "b"))
    assert inner is not None
    outline.folds.apply(FoldChange.OPEN, inner)
    assert outline.row_count == 1
    outline.unfold(0)
    assert outline.row_count == 3


def test_a_preview_shows_that_a_key_is_empty_as_the_row_does() -> None:
    outline = Outline(Document.parse(b'{"": {"": {"": 1}, "a": ""}}'))
    assert outline.preview(0, 80) == '"": {"": 1}, a: ""'
