"""JSON values to compare, and what the tests of the comparison share."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from astro_tui.difference import ChangeWording, Difference, as_json_patch, as_text, compare
from astro_tui.difference.layout import Options, Shape
from astro_tui.difference.rows import DiffRows
from astro_tui.document import Document

DATA = Path(__file__).parents[2] / "astro_tui" / "demo" / "data" / "specs"
KEYS = st.sampled_from(["a", "b", "name", "id", "key", "", "a/b", "~", "-", "0", "value", 'q"', "é", "\ud800"])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["", "a", "b", "web", "slack", "\ud83d", "a\nb", "0", "}", "{"])
    | st.text(max_size=6)
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=6) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=30
)
SMALL_LISTS = st.lists(
    st.integers(0, 3)
    | st.fixed_dictionaries({"name": st.sampled_from("abc"), "v": st.integers(0, 2)})
    | st.dictionaries(st.sampled_from("ab"), st.integers(0, 2), max_size=2),
    max_size=9,
)
PAIRS = st.tuples(VALUES, VALUES) | st.tuples(SMALL_LISTS, SMALL_LISTS)


def document(value: Any) -> Document:
    return Document.parse(value if isinstance(value, bytes) else json.dumps(value).encode())


def differ(old: Any, new: Any) -> Difference:
    return compare(document(old), document(new))


def example(name: str) -> bytes:
    return (DATA / f"{name}.json").read_bytes()


def plain(value: Any) -> Any:
    """Return a value that is equal only to what JSON calls equal: 1 is 1.0, but not true."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, bool):
        return ("bool", value)
    return ("number", Decimal(repr(value))) if isinstance(value, int | float) else value


def drawn(difference: Difference) -> str:
    """Return what the screen reads of a difference, equal parts too, and what the spec's tree says beside values."""
    rows = DiffRows(difference, Options(everything=True))
    rows.lay_out(200)
    said = [f"{rows.name(row)} {rows.value(row, old=row.old)[0]}" for row in rows.rows]
    said += [rows.value(row, old=True)[0] for row in rows.rows if row.shape is Shape.BOTH]
    return "\n".join([*said, *(remark.text for node in difference.at_new if (remark := rows.remark_at(node)))])


def outputs(difference: Difference) -> str:
    told = ChangeWording(difference)
    return "\n".join(
        [
            as_text(difference, color=True),
            as_text(difference, width=70),
            as_json_patch(difference),
            *map(told.located, difference.changes),
            *(told.of(change) + told.remark(change) + told.place(change) for change in difference.changes),
            difference.summary,
            repr(difference.changes),
            drawn(difference),
        ]
    )


def pieces(secret: str) -> list[str]:
    return [line for line in secret.splitlines() if len(line) > 8 and not line.startswith("-----")]
