"""The result of a tool: as many items as fit, how much of everything that is, and how to get the rest. Pure."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from astro_tui.errors import ConfigError
from astro_tui.text.foreign import bounded, visible
from astro_tui.text.redaction import redact_text, without
from astro_tui.text.times import counted

TOKENS, LEAST_TOKENS, MOST_TOKENS = 2_000, 500, 20_000
"""The default size of a result, and its limits. A token counts as `BYTES` bytes of JSON in UTF-8."""
BYTES = 4
_COVERAGE = 300
"""The most characters of `coverage`, and of a note."""
_RESERVED = 400
"""Bytes of a result for the names of its members, and for `coverage`."""
_STEP = len('{"tool": "", "arguments": , "about": ""}, ') + 40
"""Bytes that a step takes in addition, with a cursor that counts further."""
_BETWEEN = len(b", {}, {}")
"""Bytes that an item takes in addition, in `items` and in `untrusted`."""
_SHORTEST = 120
"""The fewest characters that a cut text keeps."""

_EMPTY: tuple[Any, ...] = (None, "", [], {})
Item = dict[str, Any]


@dataclass(frozen=True)
class NextCall:
    """A call that makes sense next, and what it is for."""

    tool: str
    arguments: Mapping[str, Any]
    about: str


@dataclass(frozen=True)
class ToolResult:
    """What a tool has found: some items of a longer list, in order.

    The first of `items` is number `start` of the list, which has `total` items as far as is known. `untrusted` names
    the keys of texts that the agent, its users, or the cluster have written. `notes` say what is missing. With
    `newest_last`, the last items are kept if not all fit. Without a `noun`, the only item is the whole answer. `cursor`
    returns where the rest begins, if `kept` of the items are in the result. `form` makes an item, only if it may fit.
    Empty values are left out unless the items are `exact`, such as those of a spec.
    """

    noun: str
    items: Sequence[Any]
    total: int
    start: int = 0
    untrusted: Collection[str] = ()
    note: str = ""
    next: Sequence[NextCall] = ()
    newest_last: bool = False
    more: bool = False
    cursor: Callable[[int], Any] | None = None
    form: Callable[[Any], Item] = dict
    exact: bool = False
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Masker:
    """Makes every text of a result safe: without secrets and tokens, on one line, without control characters."""

    hidden: Callable[[], Collection[str]] = field(default=tuple)

    def text(self, text: str) -> str:
        """Return a text that is safe to send."""
        return visible(self.masked(text))

    def masked(self, text: str) -> str:
        """Return a text as clients may know it: whatever they look for, they look for it in this."""
        return redact_text(without(text, self.hidden()))

    def value(self, value: Any, *, exact: bool = False) -> Any:
        """Return a JSON value whose texts and keys are safe to send. Keys without a value are left out, unless `exact`.

        It is as deep as what the tools build: a few levels.
        """
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            kept = {key: each for key, each in value.items() if exact or each not in _EMPTY}
            return {self.text(str(key)): self.value(each, exact=exact) for key, each in kept.items()}
        if isinstance(value, (list, tuple)):
            return [self.value(each, exact=exact) for each in value]
        return value


def result_of(result: ToolResult, masker: Masker, tokens: int, resume: Callable[[Any], NextCall]) -> Item:
    """Return `{items, coverage, notes, next, untrusted}` within a limit; `resume` makes the call for the rest."""
    possible = [*result.next, *([resume(result.cursor(0))] if result.cursor is not None else [])]
    room = tokens * BYTES - _RESERVED - sum(size_of(vars(step)) + _STEP for step in possible)
    notes = _fitting_notes([bounded(masker.text(note), _COVERAGE) for note in result.notes], room // 2)
    room -= size_of(notes)
    # Masking takes long, so it stops at the first item that does not fit.
    safe = (
        masker.value(result.form(item), exact=result.exact) for item in result.items[:: -1 if result.newest_last else 1]
    )
    kept, cut = _fitting(safe, room)
    if result.newest_last:
        kept.reverse()
    parts = [split(item, result.untrusted) for item in kept]
    steps = list(result.next)
    if result.cursor is not None and (len(kept) < len(result.items) or result.more):
        steps.insert(0, resume(result.cursor(len(kept))))
    return {
        "items": [trusted for trusted, _ in parts],
        "coverage": bounded(masker.text(_coverage(result, len(kept), cut)), _COVERAGE),
        "notes": notes,
        "next": [masker.value({"tool": each.tool, "arguments": each.arguments, "about": each.about}) for each in steps],
        "untrusted": [written for _, written in parts] if result.untrusted else [],
    }


def _fitting(items: Iterable[Item], room: int) -> tuple[list[Item], str]:
    """Return the first items that fit into `room` bytes, but at least one, and what was cut from that one."""
    kept: list[Item] = []
    used = 0
    for item in items:
        used += size_of(item) + _BETWEEN
        if used > room:
            if kept:
                return kept, ""
            short, cut = shortened(item, room)
            return [short], cut
        kept.append(item)
    return kept, ""


def _fitting_notes(notes: Iterable[str], room: int) -> list[str]:
    """Return the notes that fit into `room` bytes, each of them once, and how many more there are."""
    kept = list(dict.fromkeys(notes))
    left = 0
    while kept and size_of(kept) > room:
        kept.pop()
        left += 1
    return [*kept, f"{counted(left, 'more note')}; raise max_tokens"] if left else kept


def _coverage(result: ToolResult, kept: int, cut: str) -> str:
    """Return how much of everything a result has: `3 to 12 of 40 agents; healthy ones are left out`."""
    if not result.noun:
        said = ""
    elif not result.total:
        said = f"no {result.noun}"
    elif kept == result.total:
        said = f"all {kept:,} {result.noun}"
    elif result.newest_last or not result.start:
        said = f"{kept:,} of {result.total:,} {result.noun}"
    else:
        said = f"{result.start + 1:,} to {result.start + kept:,} of {result.total:,} {result.noun}"
    return "; ".join(part for part in (said, result.note, cut) if part) or "complete"


def size_of(value: object) -> int:
    """Return the bytes of a value as JSON."""
    return len(json.dumps(value, ensure_ascii=False, default=str).encode("utf-8", "replace"))


def split(value: Any, untrusted: Collection[str], below: str = "") -> tuple[Any, Any]:
    """Return a value without the texts at the `untrusted` keys, and a value of the same shape with only these.

    A key is named with the key above it: `evidence.text`.
    """
    if isinstance(value, dict):
        named = {key: f"{below}.{key}" in untrusted for key in value}
        pairs = {key: split(each, untrusted, key) for key, each in value.items() if not named[key]}
        written = {key: each for key, each in value.items() if named[key]}
        written |= {key: part for key, (_, part) in pairs.items() if part}
        return {key: trusted for key, (trusted, _) in pairs.items()}, written
    if isinstance(value, list):
        parts = [split(each, untrusted, below) for each in value]
        others = [part for _, part in parts]
        return [trusted for trusted, _ in parts], others if any(others) else []
    return value, None


def shortened(item: Item, room: int) -> tuple[Item, str]:
    """Return an item with at most `room` bytes, and what was cut from it: its longest lists, then its longest texts."""
    cut: list[str] = []
    while (size := size_of(item)) > room:
        places = list(_places(item))
        lists = [place for place in places if isinstance(place[2], list) and len(place[2]) > 1]
        texts = [place for place in places if isinstance(place[2], str) and len(place[2]) > _SHORTEST]
        if not lists and not texts:
            return {}, "an item is too large; raise max_tokens"
        holder, key, value = max(lists or texts, key=lambda place: size_of(place[2]))
        share = max(0.0, 1 - (size - room) / size_of(value))
        if isinstance(value, list):
            holder[key] = value[: max(1, min(len(value) - 1, int(len(value) * share)))]
            cut.append(f"{key}: {len(holder[key])} of {len(value)}")
        else:
            holder[key] = value[: max(_SHORTEST - 1, min(len(value) - 2, int(len(value) * share)))] + "…"
            cut.append(f"{key} cut to {len(holder[key]):,} of {len(value):,} characters")
    return item, ", ".join(dict.fromkeys(cut[-4:]))


def _places(item: Item) -> Iterable[tuple[Any, Any, Any]]:
    """Yield each value of an item with what holds it, and at which key or place."""
    waiting: list[Any] = [item]
    while waiting:
        holder = waiting.pop()
        pairs = list(holder.items() if isinstance(holder, dict) else enumerate(holder))
        for key, value in pairs:
            yield holder, key, value
            if isinstance(value, (dict, list)):
                waiting.append(value)


# ---- cursors


def cursor_of(arguments: Mapping[str, Any], position: Any) -> str:
    """Return an opaque text that names a call and where in its list to go on."""
    return urlsafe_b64encode(json.dumps([dict(arguments), position]).encode()).decode().rstrip("=")


def position_of(cursor: str) -> tuple[dict[str, Any], Any]:
    """Return the arguments of a call, and where to go on. Raises ConfigError for a text that is not a cursor."""
    try:
        arguments, position = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return dict(arguments), position
    except (ValueError, TypeError, RecursionError):
        raise ConfigError("this cursor is not valid; repeat the call without it") from None
