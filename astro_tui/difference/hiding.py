"""Masks the secrets of a difference: a value that is secret in either document is hidden on both sides."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from astro_tui.difference.changes import Change, ChangeKind, Difference
from astro_tui.difference.values import value_stop
from astro_tui.document import ROOT, Document, JsonType, Masking
from astro_tui.document.lines import DocumentLine
from astro_tui.document.masking import beside
from astro_tui.document.paths import named_by
from astro_tui.document.render import MASKED
from astro_tui.document.strings import decode, decode_head
from astro_tui.text.foreign import visible
from astro_tui.text.redaction import MASK, may_be_named, reason_beside, secret_reason

_BREAK = re.compile(rb"\n *")
_NAME = 60
_READ = 8192
_HIDEABLE = (JsonType.STRING, JsonType.NUMBER)


class _Elsewhere(NamedTuple):
    """What the other document says about a container: whether all strings or numbers in it are secrets.

    `partner` is the paired container there, and `keys` is its path.
    """

    text: bool
    number: bool
    partner: int | None = None
    keys: tuple[str, ...] = ()


class Hiding:
    """Reads the values of a difference for display and for patches; `reveal` hides nothing. One per thread."""

    def __init__(self, difference: Difference, *, reveal: bool = False) -> None:
        self.difference, self.reveal = difference, reveal
        self._sides = (
            (difference.old, Masking(difference.old)),
            (difference.new, Masking(difference.new)),
        )
        self._known: dict[Change, bool] = {}
        self._others: tuple[dict[int, _Elsewhere], dict[int, _Elsewhere]] = ({}, {})

    def document(self, *, old: bool) -> Document:
        """Return the document of one side."""
        return self._sides[0 if old else 1][0]

    def hides(self, change: Change) -> bool:
        """Return whether the value of a change is hidden; False for containers, which are masked line by line."""
        hidden = self._known.get(change)
        if hidden is None:
            hidden = self._known[change] = not self.reveal and self._found_hidden(change)
        return hidden

    def _found_hidden(self, change: Change) -> bool:
        for old, node in ((True, change.node_old), (False, change.node_new)):
            if node is not None and self.masks(self.document(old=old).line(node), old=old):
                return True
        return False

    def masks(self, line: DocumentLine, *, old: bool) -> bool:
        """Return whether the value on a line is hidden because of either document."""
        if self.reveal or line.kind not in _HIDEABLE:
            return False
        return self._sides[0 if old else 1][1].reason(line) is not None or self._secret_elsewhere(line, old=old)

    def _secret_elsewhere(self, line: DocumentLine, *, old: bool) -> bool:
        """Return whether the other document marks a value as secret, explicitly or by its name."""
        document, number = self.document(old=old), line.kind is JsonType.NUMBER
        empty = line.kind is JsonType.STRING and line.stop - line.value == 2
        if line.start == ROOT or empty:
            return False
        above = document.parent(line.start)
        elsewhere = self._elsewhere(above, old=old)
        if elsewhere.number if number else elsewhere.text:
            return True
        if elsewhere.partner is None or line.key is None:
            return False
        keys = (*elsewhere.keys, decode(line.key))
        if not may_be_named(keys):
            return False
        name, declared = beside(self.document(old=not old), elsewhere.partner, keys[-1])
        if number:
            return reason_beside(keys, name=name, declared=declared, number=True) is not None
        # The start is enough here: whether a long value looks like a secret is checked on its own side.
        value = decode_head(document.text[line.value : min(line.stop, line.value + 2 * _READ)], _READ)
        return secret_reason(keys, value, name=name, declared=declared) is not None

    def _elsewhere(self, node: int, *, old: bool) -> _Elsewhere:
        """Return what the other document says about the contents of a container of this one."""
        document, other = self.document(old=old), self.document(old=not old)
        outside, pairs = self._others[old], self.difference.at_old if old else self.difference.at_new
        waiting = [node]
        while waiting[-1] not in outside:
            change = pairs.get(waiting[-1])
            partner = None if change is None else change.node_new if old else change.node_old
            if partner is not None:
                keys, text, number = self._sides[1 if old else 0][1].hidden_inside(partner)
                outside[waiting[-1]] = _Elsewhere(text, number, partner if other.line(partner).opens else None, keys)
            elif waiting[-1] == ROOT:
                outside[ROOT] = _Elsewhere(text=False, number=False)
            else:
                waiting.append(document.parent(waiting[-1]))
        while len(waiting) > 1:
            above, inner = outside[waiting.pop()], waiting[-1]
            text, number, key = above.text, above.number, document.line(inner).key
            if above.partner is not None and key is not None and not text:
                keys = (*above.keys, decode(key))
                name, declared = beside(other, above.partner, keys[-1])
                text = reason_beside(keys, name=name, declared=declared) is not None
                number = reason_beside(keys, name=name, declared=declared, number=True) is not None
            outside[inner] = _Elsewhere(text, number)
        return outside[node]

    # ---------------------------------------------------------------------------------------------- reading

    def json(self, change: Change, *, old: bool, limit: int = 0) -> bytes:
        """Return the value of a change on one side as JSON on one line, hidden values replaced.

        With a `limit` only the first bytes of a string or number are returned.
        """
        node = change.node_old if old else change.node_new
        document, masking = self._sides[0 if old else 1]
        line = document.line(node or ROOT)
        if not line.container:
            end = min(line.stop, line.value + limit) if limit else line.stop
            return MASKED if self.hides(change) else document.text[line.value : end]
        start, stop = line.value, value_stop(document, line)
        pieces: list[bytes] = []
        if not self.reveal:
            for hidden in self._hidden(change, line, masking, old=old):
                pieces += (document.text[start : hidden.value], MASKED)
                start = hidden.stop
        pieces.append(document.text[start:stop])
        return _BREAK.sub(b"", b"".join(pieces))

    def _hidden(self, change: Change, top: DocumentLine, masking: Masking, *, old: bool) -> Iterator[DocumentLine]:
        """Yield the lines of a container whose values are hidden, in order."""
        elsewhere = self._elsewhere(top.start, old=old)
        if top.opens and (elsewhere.text or elsewhere.number or change.kind is ChangeKind.WITHIN):
            document = self.document(old=old)
            start, stop = document.inside(top)
            while start < stop:
                line = document.line(start)
                start = line.following
                if document.text[line.value] not in b"}]" and self.masks(line, old=old):
                    yield line
        else:
            # Only suspects are checked: the other document hides no other line.
            yield from masking.hidden(top.start)

    def scalar(self, change: Change, *, old: bool, limit: int = 0) -> str:
        """Return one side of a change for a sentence: a string without quotes, `{…}` for a container, or the mask."""
        document = self.document(old=old)
        line = document.line((change.node_old if old else change.node_new) or ROOT)
        if line.container:
            return "{…}" if line.kind is JsonType.OBJECT else "[…]"
        if self.hides(change):
            return MASK
        enough = limit * 4 + 8
        raw = document.text[line.value : min(line.stop, line.value + 2 * enough) if limit else line.stop]
        if line.kind is not JsonType.STRING:
            return visible(raw.decode("ascii", "replace"), limit)
        text = decode_head(raw, enough) if limit else decode(raw)
        return visible(text, limit) if text else '""'

    def name(self, change: Change) -> str | None:
        """Return the name of a list item, masked if it is a secret; None if it has none."""
        old = change.node_new is None
        node = change.node_old if old else change.node_new
        return None if node is None else self.item_name(self.document(old=old).line(node), old=old)

    def item_name(self, line: DocumentLine, *, old: bool) -> str | None:
        """Return the name of the list item on a line of one document; None if it has none."""
        document = self.document(old=old)
        node = named_by(document, line)
        if node is None:
            return None
        own = document.line(node)
        if self.masks(own, old=old):
            return MASK
        raw = document.text[own.value : own.stop]
        text = decode_head(raw, _NAME * 4) if own.kind is JsonType.STRING else raw.decode("ascii", "replace")
        return visible(text, _NAME)


def is_replaced(hiding: Hiding, change: Change) -> bool:
    """Return whether a value changed to or from a container."""
    if change.kind is not ChangeKind.CHANGED or change.node_old is None or change.node_new is None:
        return False
    old, new = hiding.difference.old.line(change.node_old), hiding.difference.new.line(change.node_new)
    return old.container or new.container
