"""A node as JSON or YAML to read, copy, and save, with secrets masked unless revealed."""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterable
from io import BytesIO
from typing import Any

import msgspec
import yaml
from yaml.resolver import Resolver

from astro_tui.document.index import ROOT, Document
from astro_tui.document.masking import Masking
from astro_tui.document.secret_keys import with_secret_keys
from astro_tui.document.strings import escape_surrogates
from astro_tui.document.text import AT_ONCE, formatted
from astro_tui.document.windows import OddError
from astro_tui.errors import DocumentError
from astro_tui.text.redaction import MASK

YAML_LIMIT = 4 << 20
"""The most bytes of JSON that are converted to YAML. More would take minutes."""

MASKED = json.dumps(MASK, ensure_ascii=False).encode()
"""Replaces a secret in JSON."""
_LONE = re.compile("[\ud800-\udfff]")
_HIDDEN = re.compile("[\u200b\u200e\u200f\u061c\u202a-\u202e\u2060-\u2069]")
"""Characters that reorder or hide their neighbors and that YAML leaves as they are."""
_WIDE = re.compile(rb"[\xf0-\xf4]")
_WIDE_LIMIT = 1 << 18
_NUMBER = re.compile(r"[-+]?[0-9][0-9_.eE+-]*")


def as_json(
    document: Document,
    masking: Masking | None,
    node: int,
    revealed: Container[int] = (),
    hidden: Iterable[int] | None = None,
    *,
    end: bytes = b"",
) -> bytes:
    """Return a node as JSON with two spaces per level, numbers as sent, and secrets masked by `masking`.

    `end` is appended.

    `hidden` is the list of nodes that `masking` hides, in order, if the caller knows it already.
    """
    text = _masked(document, masking, node, revealed, hidden)
    if len(text) <= AT_ONCE:
        return escape_surrogates(msgspec.json.format(text, indent=2)) + end
    pretty = BytesIO()
    try:
        for _stop, part in formatted(text, 2):
            pretty.write(part.view if part.find(b"\xed") < 0 else escape_surrogates(bytes(part.view)))
    except OddError:  # pragma: no cover - laid-out text is well-formed
        return escape_surrogates(msgspec.json.format(text, indent=2)) + end
    pretty.write(end)
    return pretty.getvalue()


def as_yaml(
    document: Document,
    masking: Masking | None,
    node: int,
    revealed: Container[int] = (),
    *,
    ascii_alone: bool = False,
) -> str:
    """Return a node as YAML: numbers as sent, multi-line texts in block style, masked like `as_json`.

    `ascii_alone` escapes all non-ASCII characters. Raises DocumentError above `YAML_LIMIT`.
    """
    start, stop = _span(document, node)
    # Masking so much would take many seconds.
    if stop - start > YAML_LIMIT:
        raise DocumentError(f"Too large to convert to YAML (limit: {YAML_LIMIT >> 20} MiB); use JSON instead")
    text = _masked(document, masking, node, revealed)
    value = json.loads(
        text.decode("utf-8", "surrogatepass"),
        object_pairs_hook=_Members,
        parse_int=_Number,
        parse_float=_Number,
    )
    # The C emitter is fast, but it escapes emoji.
    wide = len(text) < _WIDE_LIMIT and _WIDE.search(text) is not None
    return _dump(value, quick=not wide or ascii_alone, ascii_alone=ascii_alone)


def _span(document: Document, node: int) -> tuple[int, int]:
    """Return where the text of a node starts and ends."""
    line = document.line(node)
    if not line.opens:
        return line.value, line.stop
    return line.value, len(document.text) if node == ROOT else document.inside(line)[1] + line.depth + 1


def _masked(
    document: Document,
    masking: Masking | None,
    node: int,
    revealed: Container[int],
    hidden: Iterable[int] | None = None,
) -> bytes:
    """Return the text of a node with every hidden value replaced."""
    start, stop = _span(document, node)
    if masking is None:
        return with_secret_keys(document.text[start:stop], document.secret_keys)
    places = [found.start for found in masking.hidden(node)] if hidden is None else hidden
    shown = memoryview(document.text)
    pieces: list[bytes | memoryview] = []
    for place in places:
        if place not in revealed:
            value = document.line(place)
            pieces += (shown[start : value.value], MASKED)
            start = value.stop
    return b"".join([*pieces, shown[start:stop]]) if pieces else document.text[start:stop]


class _Members(list[tuple[str, Any]]):
    """The members of an object in order, including repeated keys."""


class _Number(str):
    """A number exactly as sent."""

    __slots__ = ()


def _dump(value: object, *, quick: bool, ascii_alone: bool) -> str:
    dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper) if quick else yaml.SafeDumper
    text: str = yaml.serialize(_nodes(value), Dumper=dumper, allow_unicode=not ascii_alone, width=1 << 20)
    return _HIDDEN.sub(lambda match: f"\\u{ord(match.group()):04X}", text.removesuffix("...\n"))


def _nodes(value: object) -> yaml.Node:
    """Return a value as YAML nodes, built level by level because it may be deeper than the recursion limit."""
    resolver = Resolver()
    top = _node(resolver, value)
    waiting = [(top, value)]
    while waiting:
        node, held = waiting.pop()
        if not isinstance(held, list):
            continue
        inner = [_node(resolver, item[1] if isinstance(held, _Members) else item) for item in held]
        if isinstance(held, _Members):
            node.value = list(zip((_node(resolver, key) for key, _item in held), inner, strict=True))
            waiting += zip(inner, (item for _key, item in held), strict=True)
        else:
            node.value = inner
            waiting += zip(inner, held, strict=True)
    return top


def _node(resolver: Any, value: object) -> yaml.Node:
    """Return the node of a value. Containers are still empty."""
    if isinstance(value, _Members):
        return yaml.MappingNode("tag:yaml.org,2002:map", [], flow_style=not value)
    if isinstance(value, list):
        return yaml.SequenceNode("tag:yaml.org,2002:seq", [], flow_style=not value)
    if isinstance(value, _Number):
        # The text stays as sent, without quotes, even if YAML reads it differently.
        return yaml.ScalarNode(resolver.resolve(yaml.ScalarNode, str(value), (True, False)), str(value))
    if isinstance(value, str):
        text = _LONE.sub("\ufffd", value)
        # Only in double quotes can a character be escaped.
        style = '"' if _HIDDEN.search(text) else "|" if "\n" in text else "'" if _NUMBER.fullmatch(text) else None
        return yaml.ScalarNode("tag:yaml.org,2002:str", text, style=style)
    kind = "null" if value is None else "bool"
    return yaml.ScalarNode(f"tag:yaml.org,2002:{kind}", json.dumps(value))
