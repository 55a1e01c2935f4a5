"""What changed between two revisions in the parts of a spec that shape one workload."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import NamedTuple

import msgspec

from astro_tui.diagnosis.aspects import Aspect, Changed, Way, aspect_of, mentions, quantity, way_of
from astro_tui.diagnosis.cluster import Workload
from astro_tui.diagnosis.heap import largest_heap
from astro_tui.diagnosis.spec_parts import DEPENDENCIES, Part, Place, decoded, keys_at, parts_of, raw_at, value_at
from astro_tui.difference import ChangeKind, compare
from astro_tui.document import Document, Path, find, jq_path
from astro_tui.text.common_prefix import differ_at
from astro_tui.text.redaction import MASK

MOST = 2000
"""The most changes examined in one part; a document with more counts as an entirely different one."""
_DISPLAYED_TEXT = (
    "configured default description label placeholder help_url datatype display-as options fields deprecated optional"
    " secret"
)
_DISPLAYED = frozenset(_DISPLAYED_TEXT.split())
"""Fields of a variable that only templates have, or that no container sees."""
_STRINGS = re.compile(r'[^"\\s:,]{3}[^"]*|\d{4,}')
_AMOUNTS = frozenset({Aspect.MEMORY, Aspect.MEMORY_LIMIT, Aspect.CPU, Aspect.CPU_LIMIT})
_OMITTED_WHEN_EMPTY = frozenset({"environment", "env", "variables"})
_IN_OR_OUT = (Way.ADDED, Way.REMOVED)
_AROUND = (("source", "registry"), ("target", "cluster_id"))


def changes_for(workload: Workload, container: str, old: Document, new: Document) -> list[Changed]:
    """Return what changed for a workload: in its part of the spec, and in variables that target it.

    Other workloads that were removed, or whose port changed, are included as dependencies.
    """
    found: list[Changed] = []
    parts = parts_of(workload, container, (old, new))
    for part in parts:
        found += _in_part(part, old, new)
    root = not parts[-1].path
    if not root:
        for part in parts:
            found += _variables(part, old, new)
        for path in _AROUND:
            found += _changes(path, old, new)
        if not any(change.aspect is Aspect.IMAGE for change in found) and find(new, (*parts[0].path, "image")) is None:
            found += [change._replace(aspect=Aspect.IMAGE) for change in _changes(("source", "build"), old, new)]
        found += _dependencies(parts, old, new)
    found = _with_heap(workload, container, found, (old, new))
    return list({change.path: change for change in found}.values())


def _in_part(part: Part, old: Document, new: Document) -> list[Changed]:
    before, after = find(old, part.path), find(new, part.path)
    if after is None:
        return []
    if before is None:
        return [Changed(part.path, Aspect.WHOLE, Way.ADDED, None, value_at(new, part.path))]
    found = list(_changes(part.path, old, new))
    return _with_limits(part, found, old, new)


def _changes(path: Path, old: Document, new: Document) -> Iterator[Changed]:
    """Yield the changes below a path; the keys below it determine their aspects."""
    yield from islice(_walk(path, len(path), value_at(old, path), value_at(new, path)), MOST)


def _walk(path: Path, above: int, old: object, new: object) -> Iterator[Changed]:
    """Yield what differs between two values; the path's keys from index `above` on determine the aspect."""
    if old == new or _is_masked(old) or _is_masked(new):
        return
    if path and path[-1] in _OMITTED_WHEN_EMPTY:
        old = {} if old is None and isinstance(new, dict) else old
        new = {} if new is None and isinstance(old, dict) else new
    if isinstance(old, dict) and isinstance(new, dict):
        # `compare` would visit every member, but large maps usually have few changes.
        differing = [key for key, value in new.items() if old.get(key) != value]
        differing += [key for key in old if key not in new]
        for key in differing:
            yield from _walk((*path, key), above, old.get(key), new.get(key))
    elif isinstance(old, list) and isinstance(new, list) and any(isinstance(item, dict) for item in (*old, *new)):
        yield from _in_list(path, above, old, new)
    else:
        changed = _changed(path, aspect_of(path[above:] or path), old, new)
        if changed is not None:
            yield changed


def _is_masked(value: object) -> bool:
    """Whether a spec was stored without a secret, so that nobody knows whether the secret changed."""
    return isinstance(value, str) and value.startswith(MASK)


def _in_list(path: Path, above: int, old: list[object], new: list[object]) -> Iterator[Changed]:
    """Yield what differs between two lists of objects, whose items are paired by name."""
    before, after = (Document.parse(msgspec.json.encode(value)) for value in (old, new))
    for change in compare(before, after).root.parts:
        if change.kind is ChangeKind.MOVED and not change.parts:
            continue
        values = (_item(old, change.step_old), _item(new, change.step_new))
        yield from _walk((*path, *change.path), above, *values)


def _item(items: list[object], step: str | int | None) -> object:
    return items[step] if isinstance(step, int) else None


def _changed(path: Path, aspect: Aspect, old: object, new: object) -> Changed | None:
    way = way_of(old, new)
    if way is None:
        if aspect in _AMOUNTS:
            return None
        way = Way.CHANGED
    return Changed(path, aspect, way, old, new)


# ---- a quick look


class Glance(NamedTuple):
    """What a quick look at a document needs: whether its layout is known, and the bytes of its variables."""

    document: Document
    laid_out: bool
    variables: bytes

    @classmethod
    def at(cls, document: Document) -> Glance:
        """Look at a document."""
        return cls(document, find(document, ("agent",)) is not None, raw_at(document, ("variables",)))


def may_name(text: str, old: Glance, new: Glance) -> bool:
    """Whether a text can name something that changed, judged by the lines that differ, not a full comparison."""
    if not old.laid_out or not new.laid_out:
        return True
    if old.variables != new.variables and any(mentions(text, name) for name in _changed_variables(old, new)):
        return True
    lines = _differing_lines(old.document.text, new.document.text)
    return any(mentions(text, word) for line in lines for word in _STRINGS.findall(line.decode("utf-8", "replace")))


def _changed_variables(old: Glance, new: Glance) -> Iterator[str]:
    before, after = decoded(old.variables), decoded(new.variables)
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from (name for name in {*before, *after} if before.get(name) != after.get(name))


def _differing_lines(before: bytes, after: bytes) -> frozenset[bytes]:
    """Return the lines that only one of two texts has; both are laid out, with one value on each line."""
    start = differ_at(before, after)
    stop = _common_end(before, after, min(len(before), len(after)) - start)
    # Whole lines, because a changed value can share its start and end with the old one.
    start = before.rfind(b"\n", 0, start) + 1
    sides = []
    for text in (before, after):
        end = text.find(b"\n", len(text) - stop)
        sides.append(frozenset(text[start : end if end >= 0 else len(text)].split(b"\n")))
    return sides[0] ^ sides[1]


def _common_end(old: bytes, new: bytes, most: int) -> int:
    """Return the length of the common end of two texts, at most `most`."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if old[len(old) - middle : len(old) - low] == new[len(new) - middle : len(new) - low]:
            low = middle
        else:
            high = middle - 1
    return low


# ---- memory


def _with_limits(part: Part, found: list[Changed], old: Document, new: Document) -> list[Changed]:
    """Return the changes, and mark those that lower the memory limit.

    If a part has no limit of its own, `resources.memory` is its limit. So a lower request matters only
    without a limit, and a removed limit only if the request is lower.
    """
    before, after = _limit(old, part.path), _limit(new, part.path)
    if after is None or (before is not None and after[1] >= before[1]):
        return found
    path = after[0]
    if not any(change.path == path[: len(change.path)] for change in found) and before is not None:
        path = before[0]
    return [change._replace(less_memory=change.path == path[: len(change.path)]) for change in found]


def heap_too_large(workload: Workload, container: str, document: Document) -> bool:
    """Whether an option lets a program use a heap that leaves no memory for anything else in its container."""
    for part in parts_of(workload, container, (document, document)):
        limit = _limit(document, part.path)
        if limit is not None:
            heap = largest_heap(raw_at(document, part.path))
            return max(heap, _heap_of_variables(part, document)) >= limit[1]
    return False


def _heap_of_variables(part: Part, document: Document) -> float:
    if not part.path or not largest_heap(raw_at(document, ("variables",))):
        return 0
    names = (name for name in keys_at(document, ("variables",)) if _applies(_targets(document, name), part))
    return max((_heap(name, value_at(document, ("variables", name))) for name in names), default=0)


def _heap(name: str | int, value: object) -> float:
    return largest_heap(msgspec.json.encode({str(name): value}))


def _with_heap(
    workload: Workload, container: str, found: list[Changed], documents: tuple[Document, Document]
) -> list[Changed]:
    """Return the changes, and mark those that made the heap too large for the container."""
    was, is_now = (heap_too_large(workload, container, document) for document in documents)
    if was or not is_now:
        return found
    return [
        change._replace(heap_too_large=change.less_memory or any(_heap(step, change.new) for step in change.path[-2:]))
        for change in found
    ]


def place_of(workload: Workload, container: str, document: Document) -> Place:
    """Return where a spec configures a workload and its memory."""
    parts = parts_of(workload, container, (document, document))
    part = jq_path(parts[0].path).lstrip(".") or "the spec"
    limit = next((found[0] for each in parts if (found := _limit(document, each.path)) is not None), None)
    return Place(part, jq_path(limit).lstrip("."), str(value_at(document, limit))) if limit else Place(part)


def _limit(document: Document, part: Path) -> tuple[Path, float] | None:
    """Return the path and amount of what limits the memory of a part."""
    resources = value_at(document, (*part, "resources"))
    if not isinstance(resources, Mapping):
        return None
    limits = resources.get("limits")
    candidates: list[tuple[Path, object]] = [
        (("resources", "limits", "memory"), limits.get("memory") if isinstance(limits, Mapping) else None),
        (("resources", "memory_limit"), resources.get("memory_limit")),
        (("resources", "memory"), resources.get("memory")),
    ]
    for path, value in candidates:
        amount = quantity(value)
        if amount is not None:
            return (*part, *path), amount
    return None


# ---- variables and dependencies


def _variables(part: Part, old: Document, new: Document) -> Iterator[Changed]:
    changes = list(_changes(("variables",), old, new))
    own = {change.path[1] for change in changes if change.path[2:] == ("value",) and change.way in _IN_OR_OUT}
    for change in changes:
        if len(change.path) < 2:
            yield change._replace(aspect=Aspect.VARIABLE)
            continue
        name = change.path[1]
        field = change.path[2] if len(change.path) > 2 else None
        before, after = _targets(old, name), _targets(new, name)
        was, is_now = _applies(before, part), _applies(after, part)
        if field == "targets":
            if was != is_now:
                yield Changed(
                    ("variables", name, "targets"), Aspect.VARIABLE, Way.ADDED if is_now else Way.REMOVED, before, after
                )
        elif was or is_now:
            # Templates and stored documents differ in the `ref` of secrets; a `ref` that replaces a value is a change.
            if field in _DISPLAYED or (field == "ref" and change.way in _IN_OR_OUT and name not in own):
                continue
            yield change._replace(aspect=Aspect.VARIABLE)


def _targets(document: Document, name: str | int) -> object:
    if find(document, ("variables", name)) is None:
        return ()
    targets = value_at(document, ("variables", name, "targets"))
    return targets if isinstance(targets, list) and targets else None


def _applies(targets: object, part: Part) -> bool:
    """Whether a variable reaches a part; one without targets reaches all."""
    if targets is None:
        return True
    if not isinstance(targets, list):
        return False
    return any(
        isinstance(target, str)
        and (target in part.targets or (target.split(".")[0] in part.targets[:1] and _unnamed(part)))
        for target in targets
    )


def _unnamed(part: Part) -> bool:
    return len(part.path) < 2


def _dependencies(parts: list[Part], old: Document, new: Document) -> Iterator[Changed]:
    """Yield the removal of whole workloads and the changed ports of others, because the log can name them."""
    own = {part.path for part in parts}
    for section in DEPENDENCIES:
        for change in _changes((section,), old, new):
            path = change.path
            if any(path[: len(each)] == each for each in own):
                continue
            whole = len(path) <= 2 and change.way is Way.REMOVED
            if whole or aspect_of(path[2:]) is Aspect.PORT:
                yield change._replace(aspect=Aspect.DEPENDENCY)
