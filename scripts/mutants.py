"""Break one statement of a package at a time, run the tests of its folder, and list the breaks that no test notices.

    python scripts/mutants.py logs            # ten random mutants of astro_tui/logs, with tests/logs
    python scripts/mutants.py . --count 40    # of the whole package; each with the tests of its own folder

Each mutant is made in a copy of the checkout. The same seed makes the same mutants of the same code. `--tests` names
another checkout whose tests are used, to compare two versions of them.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PAIRS = ((ast.Lt, ast.LtE), (ast.Gt, ast.GtE), (ast.Eq, ast.NotEq), (ast.Is, ast.IsNot), (ast.In, ast.NotIn))
OTHERS: dict[type, type] = {one: other for pair in PAIRS for one, other in (pair, pair[::-1])}
OTHERS |= {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.And: ast.Or, ast.Or: ast.And}
"""Operators, and what each one is replaced by."""


class Mutant(NamedTuple):
    """A statement or an expression of a module, and what replaces it."""

    path: Path
    node: ast.expr | ast.stmt
    text: str


def replacements(node: ast.AST) -> Iterator[str]:
    """Yield what a node can be replaced by so that it does something else."""
    match node:
        case ast.Compare(left=left, ops=[operator], comparators=[right]) if type(operator) in OTHERS:
            yield ast.unparse(ast.Compare(left, [OTHERS[type(operator)]()], [right]))
        case ast.BoolOp(op=operator, values=values):
            yield f"({ast.unparse(ast.BoolOp(OTHERS[type(operator)](), values))})"
        case ast.BinOp(op=operator, left=left, right=right) if type(operator) in OTHERS:
            yield f"({ast.unparse(ast.BinOp(left, OTHERS[type(operator)](), right))})"
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield f"bool({ast.unparse(operand)})"
        case ast.Constant(value=bool(value)):
            yield str(not value)
        case ast.Constant(value=int(value)):
            yield f"({value + 1})"
        case ast.IfExp(test=test, body=body, orelse=other):
            yield f"({ast.unparse(ast.IfExp(test, other, body))})"
        case ast.Return(value=ast.expr()):
            yield "return None"
        case ast.Expr(value=ast.Call()) | ast.AugAssign():
            yield "pass"


def mutants_of(path: Path) -> Iterator[Mutant]:
    """Yield all mutants of a module's functions."""
    functions = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)]
    for node in {
        place: node for function in functions for body in function.body for place, node in placed(body)
    }.values():
        if isinstance(node, ast.If | ast.While):
            yield Mutant(path, node.test, f"(not ({ast.unparse(node.test)}))")
        for text in replacements(node):
            if isinstance(node, ast.expr | ast.stmt):
                yield Mutant(path, node, text)


def placed(body: ast.stmt) -> Iterator[tuple[tuple[int, int, str], ast.expr | ast.stmt]]:
    """Yield the nodes of a statement with their places. A node of an f-string has no place of its own."""
    inside = {id(part) for node in ast.walk(body) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    for node in ast.walk(body):
        if isinstance(node, ast.expr | ast.stmt) and id(node) not in inside:
            yield (node.lineno, node.col_offset, type(node).__name__), node


def mutated(mutant: Mutant) -> str:
    """Return the text of the module with the mutant in it."""
    node, lines = mutant.node, mutant.path.read_bytes().splitlines(keepends=True)
    start = sum(map(len, lines[: node.lineno - 1])) + node.col_offset
    end = sum(map(len, lines[: (node.end_lineno or 0) - 1])) + (node.end_col_offset or 0)
    whole = b"".join(lines)
    return (whole[:start] + mutant.text.encode() + whole[end:]).decode()


def tests_of(path: Path, tests: Path) -> str:
    """Return the folder of tests that matches a module: the deepest one that exists."""
    folder = path.relative_to(ROOT / "astro_tui").parent
    while not (tests / "tests" / folder).is_dir():
        folder = folder.parent
    return str(Path("tests") / folder)


def main() -> int:
    """Make the mutants, and return 1 if any of them survives."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("folder", help="a folder of astro_tui")
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--tests", type=Path, default=ROOT, help="the checkout with the tests (this one)")
    parser.add_argument("--select", default="", help="the tests that are run, as for pytest -m: 'not nightly'")
    chosen = parser.parse_args()
    paths = sorted((ROOT / "astro_tui" / chosen.folder).rglob("*.py"))
    mutants = [mutant for path in paths for mutant in mutants_of(path)]
    sample = random.Random(chosen.seed).sample(mutants, min(chosen.count, len(mutants)))
    with tempfile.TemporaryDirectory() as name:
        copy, alive = Path(name), 0
        copied(copy, chosen.tests.resolve())
        for folder in sorted({tests_of(mutant.path, copy) for mutant in sample}):
            if not passes(copy, folder, chosen.select):
                parser.error(f"{folder} fails without a mutant, so it says nothing about any")
        for mutant in sample:
            alive += survives(mutant, copy, chosen.select)
    print(f"{alive} of {len(sample)} mutants survived")
    return bool(alive)


def copied(copy: Path, tests: Path) -> None:
    """Copy the checkout, with the tests of another one."""
    for name in ("astro_tui", "styles", "docs", "scripts", "benchmarks", ".ci"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(tests / "tests", copy / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    for page in (*ROOT.glob("*.*"), ROOT / "Makefile", ROOT / "LICENSE"):
        if page.is_file():
            shutil.copy(page, copy)


def passes(copy: Path, folder: str, select: str) -> bool:
    """Return whether the tests of a folder pass in a copy of the checkout."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "2", "-m", select, "-p", "no:cacheprovider", folder]
    environment = {**os.environ, "PYTHONPATH": str(copy)}
    try:
        done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, timeout=900, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def survives(mutant: Mutant, copy: Path, select: str) -> bool:
    """Run the tests with a mutant, and print how they ended."""
    place, folder = mutant.path.relative_to(ROOT), tests_of(mutant.path, copy)
    (copy / place).write_text(mutated(mutant))
    alive = passes(copy, folder, select)
    shutil.copy(mutant.path, copy / place)
    outcome, before = "SURVIVED" if alive else "killed", ast.unparse(mutant.node)
    print(f"{outcome:8} {place}:{mutant.node.lineno}: {before[:60]!r} → {mutant.text[:60]!r} ({folder})", flush=True)
    return alive


if __name__ == "__main__":
    sys.exit(main())
