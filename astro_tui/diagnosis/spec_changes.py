"""What changed between two revisions in the parts of a spec that shape one workload, and whether a text names it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from functools import cache
from itertools import islice
from pathlib import Path as FilePath
from typing import Any, NamedTuple

import msgspec

from astro_tui.diagnosis.cluster import Workload
from astro_tui.difference import ChangeKind, compare
from astro_tui.difference.values import value_stop
from astro_tui.document import Document, Path, find, jq_path
from astro_tui.errors import DocumentError
from astro_tui.text.common_prefix import differ_at
from astro_tui.text.redaction import MASK

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


_SECTIONS = {
    "knowledge": ("knowledge",),
    "model": ("models",),
    "models": ("models",),
    "ingestion": ("ingestion", "ingestions"),
    "integration": ("integrations", "tools"),
    "integrations": ("integrations", "tools"),
    "tool": ("tools", "integrations"),
    "tools": ("tools", "integrations"),
    "interface": ("interfaces",),
    "interfaces": ("interfaces",),
    "messaging": ("interfaces",),
    "collector": ("observability",),
    "observability": ("observability",),
}
_SIDECARS = frozenset({"messaging", "interfaces", "interface"})
DEPENDENCIES = ("knowledge", "models", "integrations", "tools")


class Part(NamedTuple):
    """One part of a spec: where it is, and the words by which variables target it."""

    path: Path
    targets: tuple[str, ...]


class Place(NamedTuple):
    """Where in a spec a workload is configured, as text: its part, and what limits its memory, with the limit."""

    part: str = "agent"
    memory: str = ""
    limit: str = ""


def document_of(value: object) -> Document | None:
    """Return the document of a spec given as document, bytes, text, or decoded JSON; None if it is empty or not JSON.

    A template is taken out of the object that the platform wraps it in.
    """
    if isinstance(value, Document):
        return _unwrapped(value)
    try:
        raw = (
            value
            if isinstance(value, bytes)
            else value.encode()
            if isinstance(value, str)
            else msgspec.json.encode(value)
        )
        document = Document.parse(raw)
    except (DocumentError, TypeError, ValueError, RecursionError):
        return None
    return _unwrapped(document)


def is_template(value: object) -> bool:
    """Whether a spec is one that the platform made anew, with today's variables, resources, storage, and access."""
    if isinstance(value, Document):
        return find(value, ("agent",)) is None and find(value, ("template",)) is not None
    return isinstance(value, Mapping) and str(value.get("spec", "")).startswith("deployment-template")


def _unwrapped(document: Document) -> Document | None:
    inside = find(document, ("template",)) if find(document, ("agent",)) is None else None
    if inside is not None:
        line = document.line(inside)
        document = Document.parse(document.text[line.value : value_stop(document, line)])
    return document if document.root.opens and document.node_count > 1 else None


def value_at(document: Document, path: Path) -> object:
    """Return the decoded value at a path, or None."""
    return decoded(raw_at(document, path))


def raw_at(document: Document, path: Path) -> bytes:
    """Return the value at a path as JSON, or nothing."""
    node = find(document, path)
    if node is None:
        return b""
    line = document.line(node)
    return document.text[line.value : value_stop(document, line)]


def decoded(raw: bytes) -> object:
    """Return a decoded value; None if the text is empty or cannot be read."""
    if not raw:
        return None
    try:
        return msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def keys_at(document: Document, path: Path) -> list[str]:
    """Return the keys of the object at a path."""
    value = value_at(document, path)
    return list(value) if isinstance(value, Mapping) else []


def parts_of(workload: Workload, container: str, documents: tuple[Document, Document]) -> list[Part]:
    """Return the parts that shape a workload, the most specific first.

    In a spec of unknown layout, the last part is the whole spec.
    """
    known = [document for document in documents if find(document, ("agent",)) is not None]
    if not known:
        inside = [part for document in documents if (part := _inside_pod(document, container)) is not None]
        return [*inside[:1], Part((), ())]
    if container.lower() in _SIDECARS and not workload.is_job:
        return [Part(("interfaces",), ("interface", "interfaces"))]
    section, name = _place(workload, known)
    if section == "agent":
        return [Part(("agent",), ("agent",))]
    if not name:
        return [Part((section,), (section, section.rstrip("s")))]
    singular = section.rstrip("s")
    return [Part((section, name), (section, singular, f"{section}.{name}", f"{singular}.{name}"))]


def _place(workload: Workload, documents: list[Document]) -> tuple[str, str]:
    """Return the section of a workload and its key there; the key is empty in sections without names."""
    head, _dash, tail = workload.component.partition("-")
    if workload.component in ("", "agent") and workload.name.endswith("-agent"):
        return "agent", ""
    for section in _SECTIONS.get(head.lower(), ()):
        names = [name for document in documents for name in keys_at(document, (section,))]
        if section in ("interfaces", "observability"):
            return section, ""
        if tail in names:
            return section, tail
        if found := _by_name(workload, names) or _by_image(workload, section, documents):
            return section, found
        if len(set(names)) == 1:
            return section, names[0]
    for section in ("knowledge", "models", "ingestion", "integrations", "tools"):
        names = [name for document in documents for name in keys_at(document, (section,))]
        found = _by_name(workload, names) if section.rstrip("s") in workload.name else ""
        if found or (found := _by_image(workload, section, documents)):
            return section, found
    if workload.name == "collector" or workload.component == "collector":
        return "observability", ""
    return "agent", ""


def _by_name(workload: Workload, names: list[str]) -> str:
    """Return the longest key that the name of the workload ends with."""
    return max(
        (name for name in names if workload.name == name or workload.name.endswith(f"-{name}")), key=len, default=""
    )


def _by_image(workload: Workload, section: str, documents: list[Document]) -> str:
    if not workload.image:
        return ""
    for document in documents:
        found = [
            name
            for name in keys_at(document, (section,))
            if value_at(document, (section, name, "image")) == workload.image
        ]
        if len(found) == 1:
            return found[0]
    return ""


def _inside_pod(document: Document, container: str) -> Part | None:
    """Return the part of a container in a spec that looks like a Kubernetes spec."""
    for path in (
        ("containers",),
        ("spec", "containers"),
        ("spec", "template", "spec", "containers"),
        ("template", "spec", "containers"),
    ):
        items = value_at(document, path)
        if isinstance(items, list) and len(items) > 1:
            for place, item in enumerate(items):
                if isinstance(item, Mapping) and item.get("name") == container:
                    return Part((*path, place), ())
    return None


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
