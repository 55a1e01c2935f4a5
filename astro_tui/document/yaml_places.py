"""The position of each node of a document in its YAML."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from astro_tui.document.index import ROOT, Document

_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


class YamlPlaces:
    """Maps lines of the YAML to nodes of the document and back. Lines count from 0. Takes linear time to create.

    `text` contains the lines as YAML counts them: YAML has more kinds of line breaks than JSON.
    """

    def __init__(self, document: Document, text: str) -> None:
        self.text = _BREAK.split(text.removesuffix("\n"))
        self.nodes = array("Q")
        self.lines = array("l")
        for node, line in zip(_nodes(document), _value_lines(text), strict=False):
            self.nodes.append(node)
            self.lines.append(line)

    def node_at(self, line: int) -> int:
        """Return the innermost node that starts on a line or, if none does, the one that continues there."""
        place = bisect_right(self.lines, line) - 1
        return self.nodes[place] if place >= 0 else ROOT

    def line_of(self, node: int) -> int:
        """Return the line on which a node starts."""
        place = min(bisect_left(self.nodes, node), len(self.nodes) - 1)
        return self.lines[place] if place >= 0 else 0

    def starts(self, line: int) -> bool:
        """Return whether a node starts on a line. The lines of a long text continue the previous line."""
        place = bisect_left(self.lines, line)
        return place < len(self.lines) and self.lines[place] == line


def _nodes(document: Document) -> Iterator[int]:
    yield ROOT
    node, text = document.first, document.text
    while node < document.last:
        line = document.line(node)
        if text[line.value] not in b"}]":
            yield node
        node = line.following


def _value_lines(text: str) -> Iterator[int]:
    """Yield the line of every value in the order of the text. For a member, that is the line of its key."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    keyed: list[bool] = []
    awaits_key, key_line = False, 0
    try:
        for event in yaml.parse(text, Loader=loader):
            if isinstance(event, yaml.CollectionEndEvent):
                keyed.pop()
                awaits_key = bool(keyed) and keyed[-1]
            elif isinstance(event, yaml.NodeEvent):
                line = event.start_mark.line if event.start_mark is not None else 0
                if awaits_key:
                    key_line, awaits_key = line, False
                    continue
                yield key_line if keyed and keyed[-1] else line
                if isinstance(event, yaml.CollectionStartEvent):
                    keyed.append(isinstance(event, yaml.MappingStartEvent))
                awaits_key = bool(keyed) and keyed[-1]
    except yaml.YAMLError:
        return
