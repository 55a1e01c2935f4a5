"""What of a difference must not be seen: a value that is secret in either document is hidden on both sides."""

from __future__ import annotations

import json
import re

from astro_tui.difference.changes import Change, ChangeKind, Difference
from astro_tui.document import ROOT, Document, Kind, Masking
from astro_tui.document.lines import Line
from astro_tui.document.masking import beside
from astro_tui.document.paths import identity
from astro_tui.document.text import decode, decode_head
from astro_tui.redaction import MASK, reason_beside, secret_reason
from astro_tui.text import visible

MASKED = json.dumps(MASK, ensure_ascii=False).encode()

_BREAK = re.compile(rb"\n *")
_NAME = 60


class Hiding:
    """Reads values of a difference for people and for patches; with `reveal` nothing is hidden. One per thread."""

    def __init__(self, difference: Difference, *, reveal: bool = False) -> None:
        self.difference, self.reveal = difference, reveal
        self._sides = (
            (difference.old, Masking(difference.old)),
            (difference.new, Masking(difference.new)),
        )
        self._known: dict[Change, bool] = {}

    def document(self, *, old: bool) -> Document:
        """Return the document of one side."""
        return self._sides[0 if old else 1][0]

    def hides(self, change: Change) -> bool:
        """Tell whether the value of a change is hidden; never of containers, which are read line by line."""
        known = self._known.get(change)
        if known is None:
            known = self._known[change] = not self.reveal and self._found_hidden(change)
        return known

    def _found_hidden(self, change: Change) -> bool:
        for old, node in ((True, change.node_old), (False, change.node_new)):
            if node is None:
                continue
            line = self.document(old=old).line(node)
            if not line.container and (self.masks(line, old=old) or self._declared(change, line, old=old)):
                return True
        return False

    def masks(self, line: Line, *, old: bool) -> bool:
        """Tell whether the value on a line of one document is hidden by what stands there."""
        return not self.reveal and self._sides[0 if old else 1][1].reason(line) is not None

    def _declared(self, change: Change, line: Line, *, old: bool) -> bool:
        """Tell whether the other document says of a `value` that it is a secret: marked later, or renamed."""
        above = change.above
        if above is None or line.kind not in (Kind.STRING, Kind.NUMBER):
            return False
        keys = [step for step in change.path if isinstance(step, str)]
        if line.key is None or reason_beside(keys, name="", declared=True) is None:
            return False
        document = self.document(old=old)
        number = line.kind is Kind.NUMBER
        value = "" if number else decode(document.text[line.value : line.stop])
        for side, node in ((True, above.node_old), (False, above.node_new)):
            if node is None:
                continue
            name, declared = beside(self.document(old=side), node)
            if number and reason_beside(keys, name=name, declared=declared, number=True) is not None:
                return True
            if secret_reason(change.path, value, name=name, declared=declared) is not None:
                return True
        return False

    # ---------------------------------------------------------------------------------------------- reading

    def json(self, change: Change, *, old: bool) -> bytes:
        """Return the value of a change on one side as JSON on one line, hidden values replaced."""
        node = change.node_old if old else change.node_new
        document, masking = self._sides[0 if old else 1]
        line = document.line(node or ROOT)
        if not line.container:
            return MASKED if self.hides(change) else document.text[line.value : line.stop]
        start, stop = line.value, line.stop
        if line.opens:
            stop = len(document.text) if line.start == ROOT else document.inside(line)[1] + line.depth + 1
        pieces: list[bytes] = []
        if not self.reveal:
            for hidden in masking.hidden(line.start):
                pieces += (document.text[start : hidden.value], MASKED)
                start = hidden.stop
        pieces.append(document.text[start:stop])
        return _BREAK.sub(b"", b"".join(pieces))

    def scalar(self, change: Change, *, old: bool, limit: int = 0) -> str:
        """Return one side of a change for a sentence: text without quotes, `{…}` for a container, a mask."""
        document = self.document(old=old)
        line = document.line((change.node_old if old else change.node_new) or ROOT)
        if line.container:
            return "{…}" if line.kind is Kind.OBJECT else "[…]"
        if self.hides(change):
            return MASK
        raw = document.text[line.value : line.stop]
        if line.kind is not Kind.STRING:
            return visible(raw.decode("ascii", "replace"), limit)
        text = decode_head(raw, limit * 4 + 8) if limit else decode(raw)
        return visible(text, limit) if text else '""'

    def name(self, change: Change) -> str | None:
        """Return what a list item is known by, hidden where it is a secret; None where it has no name."""
        old = change.node_new is None
        node = change.node_old if old else change.node_new
        return None if node is None else self.item_name(self.document(old=old).line(node), old=old)

    def item_name(self, line: Line, *, old: bool) -> str | None:
        """Return the same for the item on a line of one document."""
        document = self.document(old=old)
        member = identity(document, line)
        if member is None:
            return None
        place = document.text.find(member, line.following)
        own = document.line(document.text.rfind(b"\n", 0, place) + 1)
        if self.masks(own, old=old):
            return MASK
        raw = document.text[own.value : own.stop]
        text = decode_head(raw, _NAME * 4) if own.kind is Kind.STRING else raw.decode("ascii", "replace")
        return visible(text, _NAME)


def is_replaced(hiding: Hiding, change: Change) -> bool:
    """Tell whether a value became one of another make, with a container on one side at least."""
    if change.kind is not ChangeKind.CHANGED or change.node_old is None or change.node_new is None:
        return False
    old, new = hiding.difference.old.line(change.node_old), hiding.difference.new.line(change.node_new)
    return old.container or new.container
