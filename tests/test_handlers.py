"""A handler of an event does not call the handler that it overrides: Textual calls each one along the bases itself."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import astro_tui

SOURCE = Path(astro_tui.__file__).parent
WITHOUT_DISPATCH = {"on_event"}
"""Methods that Textual calls like any other, so that overriding one replaces it."""


def calls_overridden(handler: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Return whether a method calls the one of its base with the same name."""
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == handler.name
        and isinstance(node.func.value, ast.Call)
        and isinstance(node.func.value.func, ast.Name)
        and node.func.value.func.id == "super"
        for node in ast.walk(handler)
    )


def ends_dispatch(handler: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Return whether a handler tells Textual to call no handler of a base."""
    return any(isinstance(node, ast.Attribute) and node.attr == "prevent_default" for node in ast.walk(handler))


def handlers(source: str) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Return the methods that Textual calls by their names."""
    return [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and node.name.startswith(("on_", "_on_"))
        and node.name not in WITHOUT_DISPATCH
    ]


def run_twice(source: str) -> list[str]:
    """Return the names of the handlers that run the handler of a base a second time."""
    return [each.name for each in handlers(source) if calls_overridden(each) and not ends_dispatch(each)]


@pytest.mark.nightly
def test_no_handler_runs_the_handler_of_a_base_a_second_time() -> None:
    folders = ("app", "screens", "widgets")
    sources = {str(path): path.read_text() for folder in folders for path in (SOURCE / folder).rglob("*.py")}
    assert sum(len(handlers(source)) for source in sources.values()) > 50
    found = {name: run_twice(source) for name, source in sources.items()}
    assert {name: names for name, names in found.items() if names} == {}


def test_such_a_handler_is_found() -> None:
    source = "class A(B):\n    def on_resize(self, event):\n        super().on_resize(event)\n"
    assert run_twice(source) == ["on_resize"]
    assert run_twice(f"{source}        event.prevent_default()\n") == []
