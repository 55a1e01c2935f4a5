"""The history of one value of a spec across revisions, tracked by its path and, in lists, by pairing items.

If the value is a secret in any revision, all revisions only say that it changed. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from astro_tui.difference import compare
from astro_tui.difference.lists import Lists
from astro_tui.difference.members import MemberPlace, members, token
from astro_tui.difference.values import scalar_text, value_stop
from astro_tui.document import ROOT, Document, JsonType, Masking
from astro_tui.document.masking import beside
from astro_tui.document.strings import decode, escape_surrogates
from astro_tui.presentation.revisions import RevisionRow
from astro_tui.text.foreign import visible
from astro_tui.text.redaction import reason_beside, secret_reason

COMPARED = 256 << 10
"""Largest container, in bytes, whose changes are counted."""
LONGEST = 200
"""Maximum length of a displayed value."""
ABSENT = "absent"


class ValueChange(NamedTuple):
    """A revision that changed the value, with the new `value`.

    `first` marks the oldest revision examined: the value can be older than that.
    """

    row: RevisionRow
    value: str
    first: bool = False


class _Place(NamedTuple):
    """The position of the value in a revision's document: the nodes from the root down, as far as they exist.

    Equal content has an equal `token`; an empty token means that the value does not exist.
    """

    row: RevisionRow
    document: Document
    nodes: list[int]
    token: bytes = b""

    @property
    def node(self) -> int | None:
        """The node of the value; None if it does not exist."""
        return self.nodes[-1] if self.token else None


def moments(
    document: Document,
    node: int,
    revisions: Sequence[tuple[RevisionRow, Document]],
    check: Callable[[], None] = lambda: None,
) -> list[ValueChange]:
    """Return the revisions that changed the value of a node, newest first; `revisions` must be newest first.

    Can be slow, so run it in a thread; `check` is called often and raises to stop.
    """
    nodes = [node]
    while nodes[0] != ROOT:
        nodes.insert(0, document.parent(nodes[0]))
    places: list[_Place] = []
    # Follow the value from each revision to the one before it, so that it is found under an earlier name, too.
    nearest, path = document, nodes
    for row, each in revisions:
        check()
        followed = _followed(nearest, path, each, check)
        whole = len(followed) == len(nodes)
        places.append(_Place(row, each, followed, token(each.text, _item(each, followed[-1]), check) if whole else b""))
        if whole:
            nearest, path = each, followed
    hidden = _is_secret(document, nodes, places)
    changes: list[ValueChange] = []
    for number, place in enumerate(places):
        older = places[number + 1] if number + 1 < len(places) else None
        if older is None or older.token != place.token:
            check()
            changes.append(ValueChange(place.row, _text(place, older, hidden=hidden), first=older is None))
    return changes


def _followed(here: Document, nodes: Sequence[int], there: Document, check: Callable[[], None]) -> list[int]:
    """Return the nodes of another document that correspond to `nodes` in this one, as far as they exist."""
    followed = [ROOT]
    for depth, node in enumerate(nodes[1:]):
        above, other = here.line(nodes[depth]), there.line(followed[-1])
        if other.kind is not above.kind or not other.opens:
            break
        mine, theirs = (
            members(each.text, line.value, value_stop(each, line), depth)
            for each, line in ((here, above), (there, other))
        )
        place = next(place for place, item in enumerate(mine) if item[0] == node)
        if above.kind is JsonType.OBJECT:
            # Repeated keys are paired in order.
            times = sum(item[3] == mine[place][3] for item in mine[:place])
            same = [item[0] for item in theirs if item[3] == mine[place][3]]
            partner = same[times] if times < len(same) else None
        else:
            partner_place = Lists((there.text, here.text), (theirs, mine), depth, check).matched().partner(place)
            partner = theirs[partner_place][0] if partner_place >= 0 else None
        if partner is None:
            break
        followed.append(partner)
    return followed


def _item(document: Document, node: int) -> MemberPlace:
    line = document.line(node)
    return node, line.value, value_stop(document, line), b""


def _text(place: _Place, older: _Place | None, *, hidden: bool) -> str:
    if place.node is None:
        return ABSENT if older is None else "removed"
    line = place.document.line(place.node)
    if not line.container:
        if hidden:
            return "changed" if older is not None and older.node is not None else "set"
        return visible(scalar_text(place.document, line), LONGEST)
    if older is not None and older.node is not None and older.document.line(older.node).kind is line.kind:
        return _changes(older, place)
    size = place.document.children(place.node)
    return f"{{{size:,}}}" if line.kind is JsonType.OBJECT else f"[{size:,}]"


def _changes(old: _Place, new: _Place) -> str:
    texts = []
    for place in (old, new):
        _start, value, stop, _key = _item(place.document, place.node or ROOT)
        if stop - value > COMPARED:
            return "changed"
        texts.append(escape_surrogates(place.document.text[value:stop]))
    return compare(Document.parse(texts[0]), Document.parse(texts[1])).summary


# ---- secrets


def _is_secret(document: Document, nodes: Sequence[int], places: Sequence[_Place]) -> bool:
    """Return whether any document marks the value as a secret."""
    values: dict[tuple[str, bool], None] = {}
    for each, node in [(document, nodes[-1]), *((place.document, place.node) for place in places)]:
        line = None if node is None else each.line(node)
        if line is None or line.kind not in (JsonType.STRING, JsonType.NUMBER):
            continue
        if Masking(each).reason(line) is not None:
            return True
        number = line.kind is JsonType.NUMBER
        values["" if number else decode(each.text[line.value : line.stop]), number] = None
    keys = [document.line(node).key for node in nodes[1:]]
    return any(_marked_secret(place, keys, list(values)) for place in places) if values and keys else False


def _marked_secret(place: _Place, keys: Sequence[bytes | None], values: Sequence[tuple[str, bool]]) -> bool:
    """Return whether a document would hide the values that other documents have at the position."""
    document, last = place.document, min(len(place.nodes), len(keys)) - 1
    node, key = place.nodes[last], keys[last]
    above, text, number = Masking(document).hidden_inside(node)
    if any(number if is_number else text for _value, is_number in values):
        return True
    if key is None:
        return False
    path = (*above, decode(key))
    name, declared = beside(document, node, path[-1])
    for value, is_number in values:
        if reason_beside(path, name=name, declared=declared, number=is_number) is not None:
            return True
        if last == len(keys) - 1 and not is_number and secret_reason(path, value, name=name, declared=declared):
            return True
    return False
