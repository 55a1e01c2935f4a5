"""Changes in words: `memory 512Mi → 1Gi, +100 %`, using the fields of deployment/v1 (platform.md §17.2)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import cached_property

from astro_tui.difference.changes import Change, ChangeKind, Difference
from astro_tui.difference.hiding import Hiding
from astro_tui.document import Document, Path, find
from astro_tui.document.known import amount
from astro_tui.document.strings import decode
from astro_tui.text.common_prefix import around_difference
from astro_tui.text.foreign import visible
from astro_tui.text.schedules import schedule_words

_AMOUNTS = frozenset({"cpu", "cpu_limit", "memory", "memory_limit", "size", "vram", "storage"})


def is_amount(path: Sequence[str | int]) -> bool:
    """Return whether a path leads to a Kubernetes quantity: `agent.resources.memory`, not an environment's `size`."""
    return bool(path) and path[-1] in _AMOUNTS and "environment" not in path


def growth(old: Decimal, new: Decimal) -> str:
    """Return the relative growth: `+100%`, `-0.5%`, or `7x` (from a factor of 7 up); empty from or to zero."""
    if not old or not new or (old < 0) is not (new < 0):
        return ""
    if new >= 7 * old > 0:
        return f"{float(new / old):.4g}x"
    percent = (new - old) / old * 100
    return f"{percent:+.0f}%" if abs(percent) >= 1 else f"{float(percent):+.2g}%"


_SHOWN = 60
_READ = 4096
_GROUPS = {
    "models": "model",
    "knowledge": "knowledge store",
    "integrations": "integration",
    "tools": "integration",
    "ingestion": "ingestion",
}
_OWNED = {
    **_GROUPS,
    "variables": "variable",
    "environment": "environment",
    "endpoints": "endpoint",
    "adapters": "adapter",
    "grants": "grant",
    "auth": "access by",
}
_LABELS = {
    "cpu_limit": "cpu limit",
    "memory_limit": "memory limit",
    "vram": "GPU memory",
    "response_timeout": "response timeout",
    "display_name": "display name",
    "max_unavailable": "max unavailable",
    "max_surge": "max surge",
    "access_mode": "access mode",
}
_BELOW = {("storage", "size"): "disk", ("gpu", "count"): "GPUs", ("gpu", "runtime"): "GPU runtime"}


class ChangeWording:
    """Describes the changes of one difference; a secret only shows that it changed. One per thread."""

    def __init__(self, difference: Difference, hiding: Hiding | None = None) -> None:
        self.difference = difference
        self.hiding = Hiding(difference) if hiding is None else hiding

    # ------------------------------------------------------------------------------------------ one change

    def of(self, change: Change) -> str:
        """Return a change in words, without its location: `replicas 3 → 5`, `variable TIMEZONE UTC → CET`."""
        label = self.label(change)
        if change.kind is ChangeKind.MOVED:
            inside = f", changes inside: {(change.counts.total - 1):,}" if change.parts else ""
            return f"{label} moved from position {step_text(change.step_old)} to {step_text(change.step_new)}{inside}"
        if change.kind is not ChangeKind.CHANGED:
            return f"{label} {change.kind if change.kind is not ChangeKind.WITHIN else change.counts.words()}"
        if self.hiding.hides(change):
            return f"{label} changed"
        old, new = self._shown(change)
        remark = self.remark(change)
        return f"{label} {old} → {new}{', ' if remark else ''}{remark}"

    def remark(self, change: Change) -> str:
        """Return the remark after the two values: `+100 %`, `same amount`, or the schedules in words."""
        if change.kind is not ChangeKind.CHANGED or self.hiding.hides(change):
            return ""
        if self.follows_build(change):
            return "changes with the build"
        path = change.path
        if not is_amount(path) and path[-1:] != ("schedule",):
            return ""
        old, new = self._scalar(change, old=True), self._scalar(change, old=False)
        if is_amount(path):
            one, other = amount(old), amount(new)
            if one is None or other is None:
                return ""
            return "same amount" if one == other else growth(one, other)
        one_text, other_text = schedule_words(old), schedule_words(new)
        if one_text and other_text:
            return "same schedule" if one_text == other_text else f"{one_text} → {other_text}"
        return ""

    def label(self, change: Change) -> str:
        """Return the name of a changed value: `memory`, `disk`, `image tag`, `variable TIMEZONE`, `adapter`."""
        path = change.path
        if not path:
            return "the document"
        last = path[-1]
        outer = path[-2] if len(path) > 1 else ""
        if isinstance(last, int):
            noun = _OWNED.get(str(outer), "")
            if change.kind is ChangeKind.ADDED or change.kind is ChangeKind.REMOVED:
                own = self.hiding.name(change) or self.hiding.scalar(change, old=change.node_new is None, limit=_SHOWN)
            else:
                own = self.hiding.name(change) or f"[{last}]"
            if own in ("{…}", "[…]"):
                own = "" if noun else f"{visible(str(outer), _SHOWN)}[{last}]"
            return f"{noun} {own}".strip() if noun else own
        if last == "value" and len(path) == 3 and path[0] == "variables":
            own = "" if change.kind is ChangeKind.CHANGED else "value of "
            return f"{own}variable {visible(str(outer), _SHOWN)}"
        if last == "value" and isinstance(outer, int) and change.above is not None:
            return self.hiding.name(change.above) or f"[{outer}] value"
        if last == "image" and self._tags(change) is not None:
            return "image tag"
        shown = visible(last, _SHOWN)
        noun = _OWNED.get(str(outer), "") if outer != last else ""
        if noun and (len(path) == 2 or str(outer) not in _GROUPS):
            return f"{noun} {shown}"
        return _BELOW.get((str(outer), last)) or _LABELS.get(last) or shown

    def place(self, change: Change) -> str:
        """Return the location of a change: `agent`, `model drafting`, `variables`, or a key of other documents."""
        path = change.path[:-1]
        if not path:
            return ""
        if len(path) > 1 and path[0] in _GROUPS:
            return f"{_GROUPS[str(path[0])]} {visible(str(path[1]), _SHOWN)}"
        return visible(str(path[0]), _SHOWN)

    # ----------------------------------------------------------------------------------------- all changes

    @cached_property
    def noise(self) -> list[Change]:
        """Images in which only the tag changed, from the old build to the new one."""
        return [change for change in self.difference.changes if self.follows_build(change)]

    def located(self, change: Change) -> str:
        """Return a change in words with its location, unless the words name the location already."""
        place, words = self.place(change), self.of(change)
        named = place == "variables" or (len(change.path) <= 2 and place in _OWNED)
        return f"{place}: {words}" if place and not named else words

    def follows_build(self, change: Change) -> bool:
        """Return whether a change is an image whose tag changed from the old build to the new one."""
        if self._builds is None or "image" not in (change.step_old, change.step_new):
            return False
        return self._tags(change) == self._builds

    # --------------------------------------------------------------------------------------------- private

    @cached_property
    def _builds(self) -> tuple[str, str] | None:
        old, new = _build(self.difference.old), _build(self.difference.new)
        return (old, new) if old and new and old != new else None

    def _tags(self, change: Change) -> tuple[str, str] | None:
        """Return the old and new tag of an image if nothing else in it changed."""
        if change.kind is not ChangeKind.CHANGED or self.hiding.hides(change):
            return None
        old, new = _image(self._scalar(change, old=True)), _image(self._scalar(change, old=False))
        return (old[1], new[1]) if old[0] == new[0] and old[1] and new[1] else None

    def _scalar(self, change: Change, *, old: bool) -> str:
        return self.hiding.scalar(change, old=old, limit=_READ)

    def _shown(self, change: Change) -> tuple[str, str]:
        tags = self._tags(change) if change.path[-1:] == ("image",) else None
        pair = tags or (self._scalar(change, old=True), self._scalar(change, old=False))
        old, new = pair
        if len(old) > _SHOWN or len(new) > _SHOWN:
            old, new = (visible(side, _SHOWN) for side in around_difference(old, new))
        if old == new:
            # A string and a number that look alike: `"1"` became `1`.
            old, new = (
                self.hiding.json(change, old=side, limit=_SHOWN)[:_SHOWN].decode("utf-8", "replace")
                for side in (True, False)
            )
            return visible(old, _SHOWN), visible(new, _SHOWN)
        return old, new


def words(difference: Difference, change: Change) -> str:
    """Return one change in words. For many changes, reuse one `ChangeWording`."""
    return ChangeWording(difference).of(change)


def step_text(step: str | int | None) -> str:
    """Return a key, or a list position as people count."""
    return f"{step + 1:,}" if isinstance(step, int) else str(step)


def _image(image: str) -> tuple[str, str]:
    repository, colon, tag = image.rpartition(":")
    return (repository, tag) if colon and "/" not in tag else (image, "")


def _build(document: Document) -> str:
    path: Path = ("source", "build")
    node = find(document, path)
    if node is None:
        return ""
    line = document.line(node)
    raw = document.text[line.value : min(line.stop, line.value + _READ)]
    return decode(raw) if raw[:1] == b'"' and raw[-1:] == b'"' and len(raw) > 2 else ""
