"""Generated JSON values."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st


def json_values(texts: st.SearchStrategy[str], max_leaves: int) -> st.SearchStrategy[Any]:
    """Return values of every JSON type, nested, whose strings and keys are `texts`."""
    scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=5),
        max_leaves=max_leaves,
    )
