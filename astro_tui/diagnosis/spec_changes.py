"""What changed between two revisions in the parts of a spec that shape one workload."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from astro_tui.diagnosis.aspects import Aspect, Changed, Way, aspect_of, quantity, way_of
from astro_tui.diagnosis.cluster import Workload
from astro_tui.diagnosis.spec_parts import DEPENDENCIES, Part, parts_of, value_at
from astro_tui.difference import Change, ChangeKind, compare
from astro_tui.difference.values import value_stop
from astro_tui.document import Document, Path, find

MOST = 2000
"""Changes of one part that are examined; a document with more is another document."""
_DISPLAYED_TEXT = (
    "configured default description label placeholder help_url datatype display-as options fields deprecated optional"
    " secret"
)
_DISPLAYED = frozenset(_DISPLAYED_TEXT.split())
"""Fields of a variable that only templates have, or that no container sees."""
_AMOUNTS = frozenset({Aspect.MEMORY, Aspect.MEMORY_LIMIT, Aspect.CPU, Aspect.CPU_LIMIT})
_AROUND = (("source", "registry"), ("target", "cluster_id"))


def changes_for(workload: Workload, container: str, old: Document, new: Document) -> list[Changed]:
    """Return what changed for a workload: in its part of the spec, and in variables that target it.

    Whole other workloads that appeared, went away, or have another address come as dependencies.
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
    """Yield the changes below a path, with aspects by the keys below it."""
    before, after = _below(old, path), _below(new, path)
    if before == after:
        return
    if before is None or after is None:
        value = value_at(new if before is None else old, path)
        way = Way.ADDED if before is None else Way.REMOVED
        yield Changed(path, aspect_of(path), way, None if before is None else value, value if before is None else None)
        return
    difference = compare(Document.parse(before), Document.parse(after))
    seen: set[Path] = set()
    for change in difference.changes[:MOST]:
        if change.kind is ChangeKind.MOVED:
            continue
        inside = _collapsed(change, difference.old, difference.new)
        whole = (*path, *inside)
        if whole in seen:
            continue
        seen.add(whole)
        collapsed = len(inside) < len(change.path)
        values = (
            (value_at(old, whole), value_at(new, whole))
            if collapsed
            else _values(change, difference.old, difference.new)
        )
        changed = _changed(whole, aspect_of(inside or path), *values)
        if changed is not None:
            yield changed


def _below(document: Document, path: Path) -> bytes | None:
    node = find(document, path)
    if node is None:
        return None
    line = document.line(node)
    return document.text[line.value : value_stop(document, line)]


def _collapsed(change: Change, old: Document, new: Document) -> Path:
    """Return the path of a change; of an item of a list of plain values, that of the list."""
    path = change.path
    if path and isinstance(path[-1], int):
        document, node = (new, change.node_new) if change.node_new is not None else (old, change.node_old)
        if node is not None and not document.line(node).opens:
            return path[:-1]
    return path


def _values(change: Change, old: Document, new: Document) -> tuple[object, object]:
    return _value(old, change.node_old), _value(new, change.node_new)


def _value(document: Document, node: int | None) -> object:
    if node is None:
        return None
    line = document.line(node)
    try:
        return msgspec.json.decode(document.text[line.value : value_stop(document, line)])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""


def _changed(path: Path, aspect: Aspect, old: object, new: object) -> Changed | None:
    way = way_of(old, new)
    if way is None:
        if aspect in _AMOUNTS:
            return None
        way = Way.CHANGED
    return Changed(path, aspect, way, old, new)


# ---- memory


def _with_limits(part: Part, found: list[Changed], old: Document, new: Document) -> list[Changed]:
    """Return the changes, with those marked because of which less memory may be used.

    Without a limit of its own, `resources.memory` of the platform is the limit. So a lower request matters only
    without a limit, and a removed limit only if the request is lower.
    """
    before, after = _limit(old, part.path), _limit(new, part.path)
    if after is None or (before is not None and after[1] >= before[1]):
        return found
    path = after[0]
    if not any(change.path == path[: len(change.path)] for change in found) and before is not None:
        path = before[0]
    return [change._replace(less_memory=change.path == path[: len(change.path)]) for change in found]


def limiting_path(workload: Workload, container: str, document: Document) -> tuple[Path, object] | None:
    """Return the path and text of the value that limits a workload's memory."""
    for part in parts_of(workload, container, (document, document)):
        found = _limit(document, part.path)
        if found is not None:
            return found[0], value_at(document, found[0])
    return None


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
    for change in _changes(("variables",), old, new):
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
            if field in _DISPLAYED or (field == "ref" and change.way in (Way.ADDED, Way.REMOVED)):
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
    """Yield whole workloads that were removed, and ports of others that changed: the log can name them."""
    own = {part.path for part in parts}
    for section in DEPENDENCIES:
        for change in _changes((section,), old, new):
            path = change.path
            if any(path[: len(each)] == each for each in own):
                continue
            whole = len(path) <= 2 and change.way is Way.REMOVED
            if whole or aspect_of(path[2:]) is Aspect.PORT:
                yield change._replace(aspect=Aspect.DEPENDENCY)
