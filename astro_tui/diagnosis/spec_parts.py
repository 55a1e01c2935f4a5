"""The parts of a spec that shape one workload, in every layout that servers have sent (platform.md §17)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from astro_tui.diagnosis.cluster import Workload
from astro_tui.difference.values import value_stop
from astro_tui.document import Document, Path, find
from astro_tui.errors import DocumentError

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
