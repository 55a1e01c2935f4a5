"""What changed between two revisions in the parts of a spec that shape one workload, and whether a text names it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from functools import cache, lru_cache
from itertools import islice
from pathlib import Path as FilePath
from typing import Any, NamedTuple

import msgspec

from astro_tui.diagnosis.cluster import Workload
from astro_tui.difference import ChangeKind, compare
from astro_tui.document import Document, Path, find, jq_path
from astro_tui.text.redaction import MASK

Spec = Mapping[str, Any]
MOST = 2000
"""The most changes examined in one part; a document with more counts as an entirely different one."""
DEPENDENCIES = ("knowledge", "models", "integrations", "tools")
_SIDECARS = frozenset({"messaging", "interfaces", "interface"})
_AROUND = (("source", "registry"), ("target", "cluster_id"))
_UNITS = {b"": 0, b"k": 1, b"m": 2, b"g": 3, b"t": 4}
_MEBI = b"m"
_OPTIONS: tuple[tuple[bytes, re.Pattern[bytes], bytes], ...] = (
    (b"-Xmx", re.compile(rb"-Xmx(\d{1,15})([kKmMgGtT]?)"), b""),
    (b"max", re.compile(rb"--max[-_]old[-_]space[-_]size(?:=| |\",\s*\")(\d{1,15})()"), _MEBI),
    (
        b"GOMEMLIMIT",
        re.compile(rb'"GOMEMLIMIT"\s*:\s*(?:\{[^{}]{0,200}?"value"\s*:\s*)?"(\d{1,15})([KMGT]?)(?:i?B)?"'),
        b"",
    ),
)
"""A word in the option, a pattern for the option with its amount and unit, and the unit if none is given."""


def largest_heap(text: bytes) -> float:
    """Return the largest heap in bytes that options of Java, Node.js, or Go set in a JSON text; 0 if none does."""
    found = 0.0
    for word, option, unit in _OPTIONS:
        # Checking for the word first takes a tenth of the time.
        if word in text:
            for match in option.finditer(text):
                found = max(found, float(match[1]) * 1024.0 ** _UNITS[match[2].lower() or unit])
    return found


class Aspect(StrEnum):
    """What a value of a spec controls."""

    WHOLE = "whole"
    IMAGE = "image"
    MEMORY = "memory"
    MEMORY_LIMIT = "memory limit"
    CPU = "cpu"
    CPU_LIMIT = "cpu limit"
    GPU = "gpu"
    REPLICAS = "replicas"
    PLACEMENT = "placement"
    VARIABLE = "variable"
    COMMAND = "command"
    HEALTH = "health"
    PORT = "port"
    EXPOSURE = "exposure"
    STORAGE = "storage"
    MODEL = "model"
    ADAPTERS = "adapters"
    TRIGGER = "trigger"
    REGISTRY = "registry"
    SECURITY = "security"
    DEPENDENCY = "dependency"
    OTHER = "other"


class Way(StrEnum):
    """How a value changed."""

    ADDED = "added"
    REMOVED = "removed"
    RAISED = "raised"
    LOWERED = "lowered"
    CHANGED = "changed"


class Changed(NamedTuple):
    """One changed value: its path in the whole spec, what it is about, and both values (None where it has none).

    `less_memory` says that because of it, the workload may use less memory than before. `heap_too_large` says that
    because of it, the program may use a heap as large as the memory of its container, or a larger one.
    """

    path: Path
    aspect: Aspect
    way: Way
    old: object
    new: object
    less_memory: bool = False
    heap_too_large: bool = False

    @property
    def name(self) -> str:
        """The last key of the path."""
        return next((step for step in reversed(self.path) if isinstance(step, str)), "")


_FINAL = frozenset(
    {Aspect.VARIABLE, Aspect.HEALTH, Aspect.STORAGE, Aspect.GPU, Aspect.TRIGGER, Aspect.PLACEMENT, Aspect.SECURITY}
)
"""Everything inside these belongs to them, whatever its key."""
_QUANTITY = re.compile(r"\s*([0-9.]+(?:[eE][+-]?\d+)?)\s*([numkKMGTPE]i?|)B?\s*")
_HOST = re.compile(r"(?:://|@|^|,)([A-Za-z][\w-]*(?:\.[\w-]+)*)(?=:\d|/|$|,|\?)")
"""A host in an address such as `redis://cache-2:6379/0`, or in a list of them."""
_LONGEST = 1000
_FACTORS = {"n": 1e-9, "u": 1e-6, "m": 1e-3, "": 1.0, "k": 1e3, "K": 1e3} | {
    unit + binary: base**power
    for power, unit in enumerate("KMGTPE", 1)
    for binary, base in (("", 1000.0), ("i", 1024.0))
}
_HOLDERS = frozenset({"environment", "env", "variables"})


@cache
def table() -> dict[str, Any]:
    """Return `blame.toml`: which changes explain which failure, and what the keys of a spec control."""
    return tomllib.loads(FilePath(__file__).with_name("blame.toml").read_text("utf-8"))


@cache
def words(name: str) -> frozenset[str]:
    """Return a list of words of the table."""
    return frozenset(table()["names"][name].split())


@cache
def _keys() -> dict[str, Aspect]:
    return {key: Aspect(aspect) for aspect, keys in table()["aspects"].items() for key in keys.split()}


def aspect_of(path: Iterable[str | int]) -> Aspect:
    """Return the aspect of the value at a path that starts at its part of the spec. Knows the keys of all layouts."""
    found = Aspect.OTHER
    limits = False
    for step in path:
        key = step.lower() if isinstance(step, str) else ""
        limits = limits or key == "limits"
        aspect = _keys().get(key)
        if aspect is not None and not (found is Aspect.EXPOSURE and aspect is Aspect.PORT):
            found = aspect
        if found in _FINAL:
            break
    if limits:
        return {Aspect.MEMORY: Aspect.MEMORY_LIMIT, Aspect.CPU: Aspect.CPU_LIMIT}.get(found, found)
    return found


def quantity(value: object) -> float | None:
    """Return a Kubernetes quantity as a number: `256Mi`, `100m`, `2`; None if it is not one."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    match = _QUANTITY.fullmatch(value) if isinstance(value, str) and len(value) < 40 else None
    try:
        return float(match[1]) * _FACTORS[match[2]] if match is not None else None
    except (ValueError, KeyError, OverflowError):
        return None


def way_of(old: object, new: object) -> Way | None:
    """Return how a value changed; None if both are the same amount, such as `1Gi` and `1024Mi`."""
    if old is None or new is None:
        return Way.ADDED if old is None else Way.REMOVED
    before, after = quantity(old), quantity(new)
    if before is None or after is None:
        return Way.CHANGED
    return None if before == after else Way.RAISED if after > before else Way.LOWERED


def words_in(value: object, most: int = 200) -> list[str]:
    """Return the keys and strings inside a value, to find them in a log."""
    found: list[str] = []
    waiting = [value]
    while waiting and len(found) < most:
        each = waiting.pop()
        if isinstance(each, Mapping):
            found += [str(key) for key in each]
            waiting += list(each.values())
        elif isinstance(each, list):
            waiting += each
        elif isinstance(each, str):
            found += [each, *_HOST.findall(each[:_LONGEST])]
        elif isinstance(each, int | float) and not isinstance(each, bool):
            found.append(str(each))
    return found


# ---- whether a text names what changed


def named(change: Changed, text: str) -> bool:
    """Whether a text mentions what changed: the key of a variable, or one of the values."""
    if not text:
        return False
    found: list[str] = []
    if change.aspect in (Aspect.VARIABLE, Aspect.WHOLE, Aspect.DEPENDENCY):
        found += own_steps(change)
    if change.aspect is not Aspect.REPLICAS and change.new is not None:
        before = set(words_in(change.old))
        found += [word for word in words_in(change.new) if word not in before]
    if change.new is None or change.aspect is Aspect.DEPENDENCY:
        found += words_in(change.old)
    return any(mentions(text, word) for word in found)


def own_steps(change: Changed) -> list[str]:
    """Return the keys of a path that say what changed, without those of its workload, which every text names."""
    steps = [step for step in change.path if isinstance(step, str)]
    return next((steps[place + 1 :] for place, step in enumerate(steps) if step in _HOLDERS), steps)


def mentions(text: str, word: str) -> bool:
    """Whether a text contains a whole word; names also match as clusters and programs write them: `billing-eu`."""
    if len(word) < 3 or word.lower() in words("common") or (word.isdecimal() and len(word) < 4):
        return False
    lowered = word.lower()
    others = (lowered, lowered.replace("_", "-")) if "_" in word and len(word) > 5 else ()
    return any(_has(text, each) for each in dict.fromkeys((word, *others)))


def _has(text: str, word: str) -> bool:
    start = text.find(word)
    while start >= 0:
        around = (text[start - 1 : start] if start else "", text[start + len(word) : start + len(word) + 1])
        inside = zip(around, (word[0], word[-1]), strict=True)
        if not any(_in_word(outer) and _in_word(inner) for outer, inner in inside):
            return True
        start = text.find(word, start + 1)
    return False


def _in_word(character: str) -> bool:
    return character.isascii() and (character.isalnum() or character == "_")


_AMOUNTS = frozenset({Aspect.MEMORY, Aspect.MEMORY_LIMIT, Aspect.CPU, Aspect.CPU_LIMIT})
_IN_OR_OUT = (Way.ADDED, Way.REMOVED)


# ---- reading a spec


class Part(NamedTuple):
    """One part of a spec: where it is, and the words by which variables target it."""

    path: Path
    targets: tuple[str, ...]


class Place(NamedTuple):
    """Where in a spec a workload is configured, as text: its part, and what limits its memory, with the limit."""

    part: str = "agent"
    memory: str = ""
    limit: str = ""


def spec_of(value: object) -> Spec | None:
    """Return a spec given as document, bytes, text, or decoded JSON; None if it is empty or not a JSON object.

    A template is taken out of the object that the platform wraps it in.
    """
    raw = value.text if isinstance(value, Document) else value
    spec = _decoded(raw) if isinstance(raw, bytes | str) else raw
    if not isinstance(spec, Mapping):
        return None
    inside = spec.get("template") if "agent" not in spec else None
    found = inside if isinstance(inside, Mapping) else spec
    return found or None


@lru_cache(maxsize=16)
def _decoded(raw: bytes | str) -> object:
    """Return a decoded spec, or None. One investigation compares the same specs several times."""
    try:
        return msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
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


def parts_of(workload: Workload, container: str, specs: tuple[Spec, Spec]) -> list[Part]:
    """Return the parts that shape a workload, the most specific first.

    In a spec of unknown layout, the last part is the whole spec.
    """
    known = [spec for spec in specs if "agent" in spec]
    if not known:
        inside = [part for spec in specs if (part := _inside_pod(spec, container)) is not None]
        return [*inside[:1], Part((), ())]
    if container.lower() in _SIDECARS and not workload.is_job:
        return [Part(("interfaces",), ("interface", "interfaces"))]
    section, name = _place(workload, known)
    singular = section.rstrip("s")
    if not name:
        return [Part((section,), (section, singular))]
    return [Part((section, name), (section, singular, f"{section}.{name}", f"{singular}.{name}"))]


def _place(workload: Workload, specs: list[Spec]) -> tuple[str, str]:
    """Return the section of a workload and its key there; the key is empty in sections without names."""
    head, _dash, tail = workload.component.partition("-")
    if workload.component in ("", "agent") and workload.name.endswith("-agent"):
        return "agent", ""
    for section in table()["sections"].get(head.lower(), ()):
        if section in ("interfaces", "observability"):
            return section, ""
        names = [name for spec in specs for name in _keys_at(spec, section)]
        found = tail if tail in names else _by_name(workload, names) or _by_image(workload, section, specs)
        if found or len(set(names)) == 1:
            return section, found or names[0]
    for section in ("knowledge", "models", "ingestion", "integrations", "tools"):
        names = [name for spec in specs for name in _keys_at(spec, section)]
        found = _by_name(workload, names) if section.rstrip("s") in workload.name else ""
        if found or (found := _by_image(workload, section, specs)):
            return section, found
    return ("observability" if "collector" in (workload.name, workload.component) else "agent"), ""


def _by_name(workload: Workload, names: list[str]) -> str:
    """Return the longest key that the name of the workload ends with."""
    # A job has a number after that.
    ends = f"-{workload.name}-" if workload.is_job else f"-{workload.name}"
    mine = (name for name in names if ends.endswith(f"-{name}") or (workload.is_job and f"-{name}-" in ends))
    return max(mine, key=len, default="")


def _by_image(workload: Workload, section: str, specs: list[Spec]) -> str:
    for spec in specs if workload.image else ():
        names = _keys_at(spec, section)
        found = [name for name in names if value_at(spec, (section, name, "image")) == workload.image]
        if len(found) == 1:
            return found[0]
    return ""


def _inside_pod(spec: Spec, container: str) -> Part | None:
    """Return the part of a container in a spec that looks like a Kubernetes spec."""
    for above in ((), ("spec",), ("spec", "template", "spec"), ("template", "spec")):
        items = value_at(spec, (*above, "containers"))
        for place, item in enumerate(items if isinstance(items, list) and len(items) > 1 else ()):
            if isinstance(item, Mapping) and item.get("name") == container:
                return Part((*above, "containers", place), ())
    return None


# ---- comparing specs


def changes_for(workload: Workload, container: str, old: Spec, new: Spec) -> list[Changed]:
    """Return what changed for a workload: in its part of the spec, and in variables that target it.

    Other workloads that were removed, or whose port changed, are included as dependencies.
    """
    found: list[Changed] = []
    parts = parts_of(workload, container, (old, new))
    for part in parts:
        found += _in_part(part, old, new)
    if parts[-1].path:
        for part in parts:
            found += _variables(part, old, new)
        for path in _AROUND:
            found += _changes(path, old, new)
        image = value_at(new, (*parts[0].path, "image")) is not None
        if not image and not any(change.aspect is Aspect.IMAGE for change in found):
            found += [change._replace(aspect=Aspect.IMAGE) for change in _changes(("source", "build"), old, new)]
        found += _dependencies(parts, old, new)
    found = _with_heap(workload, container, found, (old, new))
    return list({change.path: change for change in found}.values())


def may_name(text: str, old: Spec, new: Spec) -> bool:
    """Whether a text can name something that differs between two specs."""
    return any(
        mentions(text, word)
        for change in islice(_walk((), 0, old, new), MOST)
        for word in (*map(str, change.path), *words_in(change.old), *words_in(change.new))
    )


def _in_part(part: Part, old: Spec, new: Spec) -> list[Changed]:
    before, after = value_at(old, part.path), value_at(new, part.path)
    if after is None:
        return []
    if before is None:
        return [Changed(part.path, Aspect.WHOLE, Way.ADDED, None, after)]
    return _with_limits(part, list(_changes(part.path, old, new)), old, new)


def _changes(path: Path, old: Spec, new: Spec) -> Iterator[Changed]:
    """Yield the changes below a path; the keys below it determine their aspects."""
    yield from islice(_walk(path, len(path), value_at(old, path), value_at(new, path)), MOST)


def _walk(path: Path, above: int, old: object, new: object) -> Iterator[Changed]:
    """Yield what differs between two values; the path's keys from index `above` on determine the aspect."""
    # A secret that was stored masked may have changed or not.
    if old == new or any(isinstance(value, str) and value.startswith(MASK) for value in (old, new)):
        return
    if path and path[-1] in _HOLDERS:
        old = {} if old is None and isinstance(new, dict) else old
        new = {} if new is None and isinstance(old, dict) else new
    if isinstance(old, dict) and isinstance(new, dict):
        differing = [key for key, value in new.items() if old.get(key) != value]
        for key in (*differing, *(key for key in old if key not in new)):
            yield from _walk((*path, key), above, old.get(key), new.get(key))
    elif isinstance(old, list) and isinstance(new, list) and any(isinstance(item, dict) for item in (*old, *new)):
        yield from _in_list(path, above, old, new)
    else:
        aspect, way = aspect_of(path[above:] or path), way_of(old, new)
        if way is not None or aspect not in _AMOUNTS:
            yield Changed(path, aspect, way or Way.CHANGED, old, new)


def _in_list(path: Path, above: int, old: list[object], new: list[object]) -> Iterator[Changed]:
    """Yield what differs between two lists of objects, whose items are paired by name."""
    before, after = (Document.parse(msgspec.json.encode(value)) for value in (old, new))
    for change in compare(before, after).root.parts:
        if change.kind is not ChangeKind.MOVED or change.parts:
            values = (value_at(old, (change.step_old,)), value_at(new, (change.step_new,)))
            yield from _walk((*path, *change.path), above, *values)


# ---- memory


def _with_limits(part: Part, found: list[Changed], old: Spec, new: Spec) -> list[Changed]:
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


def heap_too_large(workload: Workload, container: str, spec: Spec) -> bool:
    """Whether an option lets a program use a heap that leaves no memory for anything else in its container."""
    for part in parts_of(workload, container, (spec, spec)):
        limit = _limit(spec, part.path)
        if limit is not None:
            return max(_heap(value_at(spec, part.path)), _heap_of_variables(part, spec)) >= limit[1]
    return False


def _heap_of_variables(part: Part, spec: Spec) -> float:
    names = [name for name in _keys_at(spec, "variables") if part.path and _applies(_targets(spec, name), part)]
    return max((_heap({name: value_at(spec, ("variables", name))}) for name in names), default=0)


def _heap(value: object) -> float:
    return largest_heap(msgspec.json.encode(value))


def _with_heap(workload: Workload, container: str, found: list[Changed], specs: tuple[Spec, Spec]) -> list[Changed]:
    """Return the changes, and mark those that made the heap too large for the container."""
    was, is_now = (heap_too_large(workload, container, spec) for spec in specs)
    if was or not is_now:
        return found
    large = [any(_heap({str(step): each.new}) for step in each.path[-2:]) or each.less_memory for each in found]
    return [each._replace(heap_too_large=flag) for each, flag in zip(found, large, strict=True)]


def place_of(workload: Workload, container: str, spec: Spec) -> Place:
    """Return where a spec configures a workload and its memory."""
    parts = parts_of(workload, container, (spec, spec))
    part = jq_path(parts[0].path).lstrip(".") or "the spec"
    limit = next((found[0] for each in parts if (found := _limit(spec, each.path)) is not None), None)
    return Place(part, jq_path(limit).lstrip("."), str(value_at(spec, limit))) if limit else Place(part)


def _limit(spec: Spec, part: Path) -> tuple[Path, float] | None:
    """Return the path and amount of what limits the memory of a part."""
    for below in (("limits", "memory"), ("memory_limit",), ("memory",)):
        path = (*part, "resources", *below)
        amount = quantity(value_at(spec, path))
        if amount is not None:
            return path, amount
    return None


# ---- variables and dependencies


def _variables(part: Part, old: Spec, new: Spec) -> Iterator[Changed]:
    changes = list(_changes(("variables",), old, new))
    own = {change.path[1] for change in changes if change.path[2:] == ("value",) and change.way in _IN_OR_OUT}
    for change in changes:
        if len(change.path) < 2:
            yield change._replace(aspect=Aspect.VARIABLE)
            continue
        name, field = change.path[1], change.path[2] if len(change.path) > 2 else None
        before, after = _targets(old, name), _targets(new, name)
        was, is_now = _applies(before, part), _applies(after, part)
        if field == "targets":
            if was != is_now:
                way = Way.ADDED if is_now else Way.REMOVED
                yield Changed(("variables", name, "targets"), Aspect.VARIABLE, way, before, after)
        # Templates and stored documents differ in the `ref` of secrets; a `ref` that replaces a value is a change.
        elif (was or is_now) and not (
            field in words("displayed") or (field == "ref" and change.way in _IN_OR_OUT and name not in own)
        ):
            yield change._replace(aspect=Aspect.VARIABLE)


def _targets(spec: Spec, name: str | int) -> object:
    if value_at(spec, ("variables", name)) is None:
        return ()
    targets = value_at(spec, ("variables", name, "targets"))
    return targets if isinstance(targets, list) and targets else None


def _applies(targets: object, part: Part) -> bool:
    """Whether a variable reaches a part; one without targets reaches all."""
    if targets is None:
        return True
    names = [target for target in targets if isinstance(target, str)] if isinstance(targets, list) else []
    unnamed = part.targets[:1] if len(part.path) < 2 else ()
    return any(name in part.targets or name.split(".")[0] in unnamed for name in names)


def _dependencies(parts: list[Part], old: Spec, new: Spec) -> Iterator[Changed]:
    """Yield the removal of whole workloads and the changed ports of others, because the log can name them."""
    own = {part.path for part in parts}
    for section in DEPENDENCIES:
        for change in _changes((section,), old, new):
            path = change.path
            whole = len(path) <= 2 and change.way is Way.REMOVED
            mine = any(path[: len(each)] == each for each in own)
            if not mine and (whole or aspect_of(path[2:]) is Aspect.PORT):
                yield change._replace(aspect=Aspect.DEPENDENCY)
