"""Print the texts of the program that a user can see, to review their wording.

The list comes from the syntax trees of the source files and is a good guess: every text with a space and a letter
that is not obviously something else, and single words if they are certainly displayed.
"""

from __future__ import annotations

import argparse
import ast
import random
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
PLACEHOLDER = "{…}"

_ALL = range(100)
DISPLAYED: dict[str, tuple[range, tuple[str, ...]]] = {
    "Binding": (range(2, 3), ("description",)),
    "add_argument": (range(0), ("help",)),
    "show_message": (range(1), ()),
    "say": (_ALL, ()),
    "notify": (range(1), ("title",)),
    "PlatformError": (_ALL, ()),
    "ConfigError": (_ALL, ()),
    "DocumentError": (range(1), ()),
    "Content": (range(1), ()),
    "write": (range(1), ()),
    "print": (_ALL, ()),
}
"""Call → its positional and named arguments that are displayed, even if they are single words."""

NOT_DISPLAYED = re.compile(
    "compile|search|match|fullmatch|subn?|r?split|r?partition|startswith|endswith|removeprefix|removesuffix|[lr]?strip|find"
    "|index|count|encode|translate|maketrans|getattr|setattr|import_module|cast|TypeVar|strftime|strptime|query|query_one"
    "|AssertionError|TypeError|ValueError|RuntimeError"
)
"""Calls whose arguments are patterns, names, formats, or errors for developers."""

NOT_DISPLAYED_NAMES = frozenset({"CSS", "DEFAULT_CSS", "BINDING_GROUP_TITLE", "__all__", "__slots__"})
_STYLE_WORDS = frozenset({"bold", "italic", "dim", "underline", "reverse", "strike", "not", "on", "none", "auto"})
_PATTERN = re.compile(r"\(\?|\[\^|\\[sSdDwWbB]|\]\+|\]\*|\)\?|\]\{")
_CODE = re.compile(r"(?:import|from) \w+|\{\"|[\w-]+/[\w.+*-]+(?:; |, |$)")
_FORMAT_CODE = re.compile(r"%[-#]?[A-Za-z]")
_LETTER = re.compile(r"[^\W\d_]")
_STYLE_PART = re.compile(r"\$[\w-]+|#[0-9a-fA-F]{3,8}|\d+%")


class Found(NamedTuple):
    """One text with its location; `line` counts from 1."""

    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


def literal(node: ast.AST) -> str | None:
    """Return the text of a string, an f-string, or a sum of them, with {…} for each value; else None."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(literal(part) or "" for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return PLACEHOLDER
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = literal(node.left), literal(node.right)
        return None if left is None or right is None else left + right
    return None


def looks_displayed(text: str) -> bool:
    """Return whether a text looks like words for people and not like a pattern, a style, a format, or code."""
    plain = _FORMAT_CODE.sub("", text.replace(PLACEHOLDER, ""))
    if " " not in text or not _LETTER.search(plain):
        return False
    if _PATTERN.search(text) or _CODE.match(text):
        return False
    return not all(part in _STYLE_WORDS or _STYLE_PART.fullmatch(part) for part in plain.split())


class _Reader(ast.NodeVisitor):
    """Collects the displayed texts of one file."""

    def __init__(self, path: str) -> None:
        self.found: list[Found] = []
        self._path = path
        self._certain = False

    def visit(self, node: ast.AST) -> None:
        """Take a text as a whole, then visit the values inside it."""
        text = literal(node)
        if text is None:
            super().visit(node)
            return
        self._take(node, text)
        certain, self._certain = self._certain, False
        for part in ast.walk(node):
            if isinstance(part, ast.FormattedValue):
                self.visit(part.value)
        self._certain = certain

    def _take(self, node: ast.AST, text: str) -> None:
        if not (_LETTER.search(text.replace(PLACEHOLDER, "")) if self._certain else looks_displayed(text)):
            return
        first, last = getattr(node, "lineno", 1), getattr(node, "end_lineno", 1)
        # A text in triple quotes may begin after an escaped line break.
        behind = max(0, last - first - text.count("\n"))
        for number, line in enumerate(text.split("\n")):
            if line.strip():
                at = first if last == first else min(last, first + behind + number)
                self.found.append(Found(self._path, at, " ".join(line.split())))

    def visit_Call(self, node: ast.Call) -> None:
        """Read the arguments that this call displays."""
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        receiver = node.func.value if isinstance(node.func, ast.Attribute) else None
        displays = not NOT_DISPLAYED.fullmatch(name)
        if displays:
            places, keywords = DISPLAYED.get(name, (range(0), ()))
            certain = {id(argument) for place, argument in enumerate(node.args) if place in places}
            certain |= {id(keyword.value) for keyword in node.keywords if keyword.arg in keywords}
            arguments: list[ast.expr] = [*node.args, *(keyword.value for keyword in node.keywords)]
            for argument in arguments:
                self._certain = id(argument) in certain and literal(argument) is not None
                self.visit(argument)
                self._certain = False
        if receiver is not None and (displays or literal(receiver) is None):
            self.visit(receiver)

    def visit_Expr(self, node: ast.Expr) -> None:
        """Skip docstrings."""
        if literal(node.value) is None:
            self.visit(node.value)

    def visit_Compare(self, node: ast.Compare) -> None:
        """Skip texts that are only compared with."""
        for part in (node.left, *node.comparators):
            if literal(part) is None:
                self.visit(part)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        """Skip keys."""
        self.visit(node.value)

    def visit_Dict(self, node: ast.Dict) -> None:
        """Skip keys."""
        for value in node.values:
            self.visit(value)

    def visit_Assert(self, node: ast.Assert) -> None:
        """Skip messages that only developers see."""

    def visit_arg(self, node: ast.arg) -> None:
        """Skip annotations."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """Skip the annotation, and names that are never displayed."""
        if node.value is not None and getattr(node.target, "id", "") not in NOT_DISPLAYED_NAMES:
            self.visit(node.value)

    def visit_Assign(self, node: ast.Assign) -> None:
        """Skip names that are never displayed."""
        if not any(getattr(target, "id", "") in NOT_DISPLAYED_NAMES for target in node.targets):
            self.visit(node.value)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Read defaults, decorators, and the body, but not the return annotation. Skip `__repr__`."""
        if node.name == "__repr__":
            return
        for part in (*node.decorator_list, node.args, *node.body):
            self.visit(part)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        """Read an async function like any other."""
        for part in (*node.decorator_list, node.args, *node.body):
            self.visit(part)


def sentences(source: str, path: str = "") -> list[Found]:
    """Return the displayed texts of one file's source, line by line, in order."""
    reader = _Reader(path)
    reader.visit(ast.parse(source))
    return sorted(set(reader.found))


def docstrings(source: str, path: str = "") -> list[Found]:
    """Return the docstrings of one file's source, including those of attributes, each on one line."""
    return sorted(
        Found(path, node.lineno, " ".join(text.split()))
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr) and (text := literal(node.value)) is not None
    )


def files(*, demo: bool) -> Iterator[Path]:
    """Yield the program's source files, with the demo platform's only if `demo` is true."""
    package = ROOT / "astro_tui"
    for path in sorted(package.rglob("*.py")):
        if demo or path.parent.name != "demo" or path.name == "__main__.py":
            yield path


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the list, or a random sample of it."""
    parser = argparse.ArgumentParser(description="Print the texts of the program that a user can see.")
    parser.add_argument("--docstrings", action="store_true", help="list docstrings instead")
    parser.add_argument("--demo", action="store_true", help="include the demo platform")
    parser.add_argument("--sample", type=int, metavar="N", help="print N of them, chosen at random")
    parser.add_argument("--seed", type=int, metavar="S", default=0, help="same number, same sample (0)")
    given = parser.parse_args(arguments)
    read = docstrings if given.docstrings else sentences
    found = [
        text
        for path in files(demo=given.demo)
        for text in read(path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix())
    ]
    if given.sample is not None:
        found = random.Random(given.seed).sample(found, min(given.sample, len(found)))
    sys.stdout.writelines(f"{text}\n" for text in sorted(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
