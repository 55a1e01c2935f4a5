"""What changed between two revisions in the parts of a spec that shape one workload."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from functools import cache, lru_cache
from itertools import islice
from typing import Any, NamedTuple

from astro_tui.diagnosis.cluster import Workload
from astro_tui.diagnosis.tables import table, words
from astro_tui.difference import ChangeKind, compare
from astro_tui.difference.wording import amount
from astro_tui.document import Document, Path, find, jq_path
from astro_tui.platform.lenient import json_of, number_of
from astro_tui.text.redaction import MASK

Spec = Mapping[str, Any]
MOST = 4000
"""The most differences between two specs that are examined."""
_SIDECARS = frozenset({"messaging", "interfaces", "interface"})
_UNNAMED = ("agent", "interfaces", "observability")
"""Sections whose values are those of the workload itself; in the others, each entry is a workload."""
_HOLDERS = frozenset({"environment", "env", "variables"})
_LIMITS = (("limits", "memory"), ("memory_limit",), ("memory",))
"""Where a limit of the memory can be, in `resources`. Without one, the request is the limit."""
_UNITS = {b"": 0, b"k": 1, b"m": 2, b"g": 3, b"t": 4}


class Way(StrEnum):
    """How a value changed."""

    ADDED = "added"
    REMOVED = "removed"
    RAISED = "raised"
    LOWERED = "lowered"
    CHANGED = "changed"


class Changed(NamedTuple):
    """One changed value: its path in the whole spec, what it is about, and both values (None where it has none).

    `aspect` is one of `[aspects]` in `blame.toml`, or `whole` for a new workload, `dependency` for another workload
    that is gone or moved, and `other`. `less_memory` says that because of it, the workload may use less memory than
    before. `heap_too_large` says that because of it, the program may use a heap as large as its container's memory.
    """

    path: Path
    aspect: str
    way: Way
    old: object
    new: object
    less_memory: bool = False
    heap_too_large: bool = False
    secret: bool = False
    """Whether the spec declares it as a secret."""

    @property
    def name(self) -> str:
        """The last key of the path."""
        return next((step for step in reversed(self.path) if isinstance(step, str)), "")

    @property
    def own_steps(self) -> list[str]:
        """The keys of the path that say what changed, without those of its workload, which every text names."""
        steps = [step for step in self.path if isinstance(step, str)]
        return next((steps[place + 1 :] for place, step in enumerate(steps) if step in _HOLDERS), steps)


class Part(NamedTuple):
    """The part of a spec that configures a workload, and the words by which variables target it."""

    path: Path
    targets: tuple[str, ...] = ()


class Place(NamedTuple):
    """Where in a spec a workload is configured, as text: its part, and what limits its memory, with the limit."""

    part: str = "agent"
    memory: str = ""
    limit: str = ""


# ---- reading a spec


def spec_of(value: object) -> Spec | None:
    """Return a spec given as document, bytes, text, or decoded JSON; None if it is empty or not a JSON object.

    A template is taken out of the object that the platform wraps it in.
    """
    raw = value.text if isinstance(value, Document) else value
    spec = _decoded(raw) if isinstance(raw, bytes | str) else raw
    if not isinstance(spec, Mapping):
        return None
    inside = spec.get("template") if "agent" not in spec else None
    return (inside if isinstance(inside, Mapping) else spec) or None


@lru_cache(maxsize=16)
def _decoded(raw: bytes | str) -> object:
    """Return a decoded spec, or None. One investigation compares the same specs several times."""
    try:
        return json_of(raw.encode() if isinstance(raw, str) else raw)
    except (ValueError, RecursionError):
        return None


def is_template(value: object) -> bool:
    """Whether a spec is one that the platform regenerated, with today's variables, resources, storage, and access."""
    if isinstance(value, Document):
        return find(value, ("agent",)) is None and find(value, ("template",)) is not None
    return isinstance(value, Mapping) and str(value.get("spec", "")).startswith("deployment-template")


def value_at(spec: object, path: Iterable[str | int | None]) -> object:
    """Return the value at a path, or None."""
    for step in path:
        if isinstance(spec, Mapping):
            spec = spec.get(step)
        elif isinstance(spec, list) and isinstance(step, int) and step < len(spec):
            spec = spec[step]
        else:
            return None
    return spec


def _keys_at(spec: Spec, *path: str) -> list[str]:
    value = value_at(spec, path)
    return list(value) if isinstance(value, Mapping) else []


def part_of(workload: Workload, container: str, *specs: Spec) -> Part:
    """Return the part of a workload; in a spec of unknown layout, that is the whole spec."""
    known = [spec for spec in specs if "agent" in spec]
    if not known:
        return Part(())
    if container.lower() in _SIDECARS and not workload.is_job:
        return Part(("interfaces",), ("interface", "interfaces"))
    section, name = _entry_of(workload, known)
    words_for = (section, section.rstrip("s"))
    if section in _UNNAMED:
        return Part((section,), words_for)
    return Part((section, name), (*words_for, *(f"{word}.{name}" for word in words_for)))


def _entry_of(workload: Workload, specs: list[Spec]) -> tuple[str, str]:
    """Return the section of a workload and its key there, by its component, the end of its name, or its image."""
    head, _dash, tail = workload.component.partition("-")
    sections = table("blame")["sections"]
    own = sections.get(head.lower(), ())
    if workload.component == "agent" or (not own and workload.name.endswith("-agent")):
        return "agent", ""
    if own and own[0] in _UNNAMED:
        return own[0], ""
    best = ("observability" if "collector" in (workload.name, workload.component) else "agent", "")
    most = 0
    for section in own or dict.fromkeys(each for row in sections.values() for each in row):
        names = dict.fromkeys(name for spec in specs for name in _keys_at(spec, section))
        for name in names if section not in _UNNAMED else ():
            named = workload.name.endswith(f"-{name}") and (own or section.rstrip("s") in workload.name)
            image = any(value_at(spec, (section, name, "image")) == workload.image != "" for spec in specs)
            fit = 1000 * (name == tail) + (4 + len(name) if named else 0) + 2 * image + bool(own and len(names) == 1)
            best, most = ((section, name), fit) if fit > most else (best, most)
    return best


def place_of(workload: Workload, container: str, spec: Spec) -> Place:
    """Return where a spec configures a workload and its memory."""
    part = part_of(workload, container, spec)
    path, limit = _limit(part, spec)
    memory = jq_path(path).lstrip(".") if limit else ""
    return Place(jq_path(part.path).lstrip(".") or "the spec", memory, str(value_at(spec, path)) if memory else "")


# ---- comparing specs


def changes_for(workload: Workload, container: str, old: Spec, new: Spec) -> list[Changed]:
    """Return what changed for a workload: in its part of the spec, and in variables that target it.

    Other workloads that were removed, or whose port or image changed, are included as dependencies.
    """
    part = part_of(workload, container, old, new)
    found: list[Changed] = []
    pairs = list(differences(old, new))
    valued = {path[1] for path, *both in pairs if path[0] == "variables" and path[2:] == ("value",) and None in both}
    for path, before, after in pairs:
        aspect, way = _aspect(path, part, old, new, valued), way_of(before, after)
        if aspect == "whole":
            found.append(Changed(part.path, aspect, Way.ADDED, None, value_at(new, part.path)))
        elif aspect == "variable" and path[0] == "variables" and path[2:] == ("targets",):
            way = Way.ADDED if _reaches(new, path[1], part) else Way.REMOVED
            found.append(Changed(path, aspect, way, before, after))
        elif aspect and (way or not aspect.startswith(("memory", "cpu"))):
            secret = any(value_at(spec, (*path[:-1], "secret")) is True for spec in (old, new))
            found.append(Changed(path, aspect, way or Way.CHANGED, before, after, secret=secret))
    return _with_memory(found, part, old, new)


def differences(old: Spec, new: Spec) -> Iterator[tuple[Path, Any, Any]]:
    """Yield the path and both values of what differs between two specs."""
    yield from islice(_walk((), old, new), MOST)


def _walk(path: Path, old: Any, new: Any) -> Iterator[tuple[Path, Any, Any]]:
    # A secret that was stored masked may have changed or not.
    if old == new or any(isinstance(value, str) and value.startswith(MASK) for value in (old, new)):
        return
    if path and path[-1] in _HOLDERS:
        old = {} if old is None and isinstance(new, dict) else old
        new = {} if new is None and isinstance(old, dict) else new
    if isinstance(old, dict) and isinstance(new, dict):
        differing = [key for key, value in new.items() if old.get(key) != value]
        for key in (*differing, *(key for key in old if key not in new)):
            yield from _walk((*path, key), old.get(key), new.get(key))
    elif isinstance(old, list) and isinstance(new, list) and any(isinstance(item, dict) for item in (*old, *new)):
        before, after = (Document.parse(_encoded(value)) for value in (old, new))
        for change in compare(before, after).root.parts:
            if change.kind is not ChangeKind.MOVED or change.parts:
                values = value_at(old, (change.step_old,)), value_at(new, (change.step_new,))
                yield from _walk((*path, *change.path), *values)
    else:
        yield path, old, new


def _encoded(value: object) -> bytes:
    """Return a value as JSON; unlike msgspec's, this accepts lone surrogates."""
    return json.dumps(value).encode()


def _aspect(path: Path, part: Part, old: Spec, new: Spec, valued: set[str | int]) -> str:
    """Return what a difference is about; empty if it is not about this workload."""
    size = len(part.path)
    if path == part.path[: len(path)]:
        return "whole" if value_at(old, part.path) is None and value_at(new, part.path) is not None else ""
    if path[:size] == part.path:
        return aspect_of(path[size:])
    if path[0] == "variables":
        return "variable" if _is_for(path, part, old, new, valued) else ""
    if path[:2] == ("source", "build"):
        return "image" if value_at(new, (*part.path, "image")) is None else ""
    if path[:2] in (("source", "registry"), ("target", "cluster_id")):
        return aspect_of(path)
    whole = len(path) <= 2 and value_at(new, path) is None
    if path[0] not in words("dependencies"):
        return ""
    aspect = aspect_of(path[2:])
    return "dependency" if whole or aspect == "port" else "dependency image" if aspect == "image" else ""


def aspect_of(path: Iterable[str | int]) -> str:
    """Return the aspect of the value at a path that starts at its part of the spec. Knows the keys of all layouts."""
    found, limits = "other", False
    for step in path:
        key = step.lower() if isinstance(step, str) else ""
        limits = limits or key == "limits"
        aspect = _keys().get(key, "")
        if aspect and not (found == "exposure" and aspect == "port"):
            found = aspect
        if found in words("inside"):
            break
    return f"{found} limit" if limits and found in ("memory", "cpu") else found


@cache
def _keys() -> dict[str, str]:
    return {key: aspect for aspect, keys in table("blame")["aspects"].items() for key in keys.split()}


def quantity(value: object) -> float | None:
    """Return a Kubernetes quantity as a number: `256Mi`, `100m`, `2`; None if it is not one."""
    if not isinstance(value, str):
        return number_of(value)
    found = amount(value.strip()) if len(value) < 40 else None
    return None if found is None else float(found)


def way_of(old: object, new: object) -> Way | None:
    """Return how a value changed; None if both are the same amount, such as `1Gi` and `1024Mi`."""
    if old is None or new is None:
        return Way.ADDED if old is None else Way.REMOVED
    before, after = quantity(old), quantity(new)
    if before is None or after is None:
        return Way.CHANGED
    return None if before == after else Way.RAISED if after > before else Way.LOWERED


# ---- variables


def _is_for(path: Path, part: Part, old: Spec, new: Spec, valued: set[str | int]) -> bool:
    """Whether a changed variable reaches a part, or did before."""
    if len(path) < 2 or not part.path:
        return True
    name, field = path[1], path[2] if len(path) > 2 else None
    reached, reaches = (_reaches(spec, name, part) for spec in (old, new))
    if field == "targets":
        return reached != reaches
    # Templates and stored documents differ in the `ref` of secrets; a `ref` that replaces a value is a change.
    one_sided = None in (value_at(old, path), value_at(new, path))
    return (
        (reached or reaches)
        and field not in words("displayed")
        and not (field == "ref" and one_sided and name not in valued)
    )


def _reaches(spec: Spec, name: str | int, part: Part) -> bool:
    """Whether a variable reaches a part; one without targets reaches all."""
    if value_at(spec, ("variables", name)) is None:
        return False
    targets = value_at(spec, ("variables", name, "targets"))
    if not isinstance(targets, list) or not targets:
        return True
    unnamed = part.targets[:1] if len(part.path) < 2 else ()
    return any(str(each) in part.targets or str(each).split(".")[0] in unnamed for each in targets)


# ---- memory


def _limit(part: Part, spec: Spec) -> tuple[Path, float]:
    """Return the path and amount of what limits the memory of a part; an empty path if nothing does."""
    paths = [(*part.path, "resources", *below) for below in _LIMITS]
    amounts = ((path, quantity(value_at(spec, path))) for path in paths)
    return next(((path, amount) for path, amount in amounts if amount is not None), ((), 0.0))


def memory_crowded(part: Part, spec: Spec) -> bool:
    """Whether an option lets a program use a heap that leaves no memory for anything else in its container."""
    _path, limit = _limit(part, spec)
    names = (name for name in _keys_at(spec, "variables") if part.path and _reaches(spec, name, part))
    variables = {name: value_at(spec, ("variables", name)) for name in names}
    return 0 < limit <= _heap([value_at(spec, part.path), variables])


def _with_memory(changes: list[Changed], part: Part, old: Spec, new: Spec) -> list[Changed]:
    """Return the changes, and mark those that lower the limit or make the heap too large for the container.

    A lower request matters only without a limit, and a removed limit only if the request is lower.
    """
    (before, was), (path, limit) = _limit(part, old), _limit(part, new)
    if was and not any(each.path == path[: len(each.path)] for each in changes):
        path = before
    lowered = limit > 0 and (not was or limit < was)
    crowded = bool(changes) and memory_crowded(part, new) and not memory_crowded(part, old)

    def marked(each: Changed) -> Changed:
        less = lowered and each.path == path[: len(each.path)]
        large = less or any(_heap({str(step): each.new}) for step in each.path[-2:])
        return each._replace(less_memory=less, heap_too_large=crowded and large)

    return list(map(marked, changes))


def _heap(value: object) -> float:
    return largest_heap(_encoded(value))


def largest_heap(text: bytes) -> float:
    """Return the largest heap in bytes that options of Java, Node.js, or Go set in a JSON text; 0 if none does."""
    found = 0.0
    for hint, option, unit in _options():
        # Checking for the word first takes a tenth of the time.
        for match in option.finditer(text) if hint in text else ():
            found = max(found, float(match[1]) * 1024.0 ** _UNITS[match[2].lower() or unit])
    return found


@cache
def _options() -> list[tuple[bytes, re.Pattern[bytes], bytes]]:
    rows = table("blame")["heap"].values()
    return [(row["hint"].encode(), re.compile(row["form"].encode()), row.get("unit", "").encode()) for row in rows]
