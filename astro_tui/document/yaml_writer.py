"""Writes JSON as YAML. Imported when that is first needed, because it loads the library."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml
from yaml.resolver import Resolver

_LONE = re.compile("[\ud800-\udfff]")
_HIDDEN = re.compile("[\u200b\u200e\u200f\u061c\u202a-\u202e\u2060-\u2069]")
"""Characters that reorder or hide their neighbors and that YAML leaves as they are."""
_WIDE = re.compile(rb"[\xf0-\xf4]")
_WIDE_LIMIT = 1 << 18
_NUMBER = re.compile(r"[-+]?[0-9][0-9_.eE+-]*")


class _Members(list[tuple[str, Any]]):
    """The members of an object in order, including repeated keys."""


class _Number(str):
    """A number exactly as sent."""

    __slots__ = ()


def yaml_of(text: bytes, *, ascii_alone: bool) -> str:
    """Return laid-out JSON as YAML. `ascii_alone` escapes all non-ASCII characters."""
    value = json.loads(
        text.decode("utf-8", "surrogatepass"),
        object_pairs_hook=_Members,
        parse_int=_Number,
        parse_float=_Number,
    )
    # The C emitter is fast, but it escapes emoji.
    wide = not ascii_alone and len(text) < _WIDE_LIMIT and _WIDE.search(text) is not None
    dumper: Any = yaml.SafeDumper if wide else getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    written: str = yaml.serialize(_nodes(value), Dumper=dumper, allow_unicode=not ascii_alone, width=1 << 20)
    return _HIDDEN.sub(lambda match: f"\\u{ord(match.group()):04X}", written.removesuffix("...\n"))


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
