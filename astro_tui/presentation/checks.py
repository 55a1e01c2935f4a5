"""What is risky about an agent that may work: the rules of `diagnosis/checks.toml`. Pure.

Each rule is a function over what was read, and yields the places that it finds. What is not known gives no finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from astro_tui.diagnosis.account import edited
from astro_tui.diagnosis.observe import cluster_of
from astro_tui.diagnosis.tables import table
from astro_tui.diagnosis.values import Facts
from astro_tui.document import Document, at_path, jq_path, path_of, path_of_jq
from astro_tui.document.expressions import scalar
from astro_tui.document.render import MASKED
from astro_tui.presentation.builds import BuildRow
from astro_tui.text.redaction import masked_line
from astro_tui.text.schedules import never_runs
from astro_tui.text.times import of_capacity

if TYPE_CHECKING:
    from astro_tui.platform.models import PodMetrics, Scan

NEARLY = 0.9
"""The share of a memory limit above which it is a finding."""
_FEWEST = 6
"""The fewest samples of memory that say something about an agent."""
_NAMED = 5
_EVERY = ("own", "others", "jobs", "of_platform")
_LONGEST = 120


class CheckInput(Struct, frozen=True):
    """The facts about an agent. Its `spec` is masked. None and missing facts are unknown."""

    facts: Facts
    spec: Document | None = None
    newer: BuildRow | None = None
    scan: Scan | None = None
    numbers: Mapping[str, PodMetrics] = {}


class CheckFinding(Struct, frozen=True):
    """A finding about an agent, and the places in it; all texts are safe to print."""

    code: str
    reason: str
    remedy: str
    places: tuple[str, ...]

    @property
    def where(self) -> str:
        """The first places."""
        more = len(self.places) - _NAMED
        return ", ".join(self.places[:_NAMED]) + (f", and {more:,} more" if more > 0 else "")


def codes() -> Sequence[str]:
    """Return the codes of all rules, in their order."""
    return tuple(table("checks")["rules"])


def unchecked(fact: str) -> list[str]:
    """Return the codes of the rules that need a fact."""
    return [code for code, row in table("checks")["rules"].items() if fact in row["needs"]]


def findings(subject: CheckInput, excluded: Sequence[str] = ()) -> tuple[CheckFinding, ...]:
    """Return what the rules find, except for the excluded codes."""
    results = []
    for code, row in table("checks")["rules"].items():
        if code not in excluded and (places := tuple(dict.fromkeys(_RULES[code](subject)))):
            shown = tuple(masked_line(each, _LONGEST) for each in places)
            results.append(CheckFinding(code, row["reason"], row["remedy"], shown))
    return tuple(results)


# ---- the spec


def _at(spec: Document, places: str, node: int | None = None) -> Iterator[int]:
    """Yield the nodes at some places, from the root or below a node."""
    for place in table("checks")["places"][places]:
        yield from at_path(spec, path_of_jq(place), *(() if node is None else (node,)))


def _text(spec: Document, node: int, *path: str) -> str:
    """Return the value at a path below a node; empty if it is missing, a container, or hidden."""
    values = (scalar(spec, spec.line(each)) for each in at_path(spec, path, node))
    return next((value for value in values if value is not None), "")


def _name(spec: Document, node: int) -> str:
    return jq_path(path_of(spec, node, _LONGEST)).lstrip(".")


def _containers(spec: Document, *places: str) -> Iterator[int]:
    """Yield the nodes with an image. A store that only refers to another one has none."""
    for place in places:
        yield from (node for node in _at(spec, place) if _text(spec, node, "image"))


def _filled(spec: Document, node: int) -> bool:
    """Whether a value is neither null nor empty."""
    line = spec.line(node)
    return line.opens or spec.text[line.value : line.stop] not in (b"null", b'""', b"{}", b"[]")


def _true(spec: Document, node: int) -> bool:
    return scalar(spec, spec.line(node)) == "true"


def _without(needs: str) -> Callable[[Document], Iterator[str]]:
    """Return a rule about containers of the agent itself that lack something."""

    def found(spec: Document) -> Iterator[str]:
        for node in _containers(spec, "own"):
            if not any(_filled(spec, each) for each in _at(spec, needs, node)):
                yield _name(spec, node)

    return found


def _secrets(spec: Document) -> Iterator[str]:
    for place in _EVERY:
        for container in _at(spec, place):
            for node in _at(spec, "values", container):
                line = spec.line(node)
                if spec.text[line.value : line.stop] == MASKED:
                    yield _name(spec, node)


def _latest(spec: Document) -> Iterator[str]:
    for node in _containers(spec, "own", "others", "jobs"):
        image = _text(spec, node, "image")
        tag = image.rpartition("/")[2].partition(":")[2]
        if "@" not in image and tag in ("", "latest"):
            yield f"{_name(spec, node)}.image {image}"


def _public(spec: Document) -> Iterator[str]:
    """Yield adapters that are public, and endpoints that are exposed, if nobody has a grant for them."""
    for node in _at(spec, "adapters"):
        if _text(spec, node, "public") == "true" and not list(at_path(spec, ("grants", "*"), node)):
            yield _name(spec, node)
    if list(_at(spec, "grants")):
        return
    for place in _EVERY:
        for container in _at(spec, place):
            yield from (
                _name(spec, node).removesuffix(".expose.enabled")
                for node in _at(spec, "exposed", container)
                if _true(spec, node)
            )


def _schedules(spec: Document) -> Iterator[str]:
    for node in _at(spec, "jobs"):
        schedule = _text(spec, node, "trigger", "schedule")
        if _text(spec, node, "trigger", "type") == "schedule" and never_runs(schedule):
            yield f"{_name(spec, node)} ({schedule or 'no schedule'})"


def _of_spec(rule: Callable[[Document], Iterator[str]]) -> Callable[[CheckInput], Iterator[str]]:
    return lambda known: rule(known.spec) if known.spec is not None else iter(())


# ---- other facts


def _edited(subject: CheckInput) -> Iterator[str]:
    # Without the history, it is not known when the last deploy was.
    return (each.ref for each in edited(subject.facts)) if subject.facts.history.known else iter(())


def _failed_build(subject: CheckInput) -> Iterator[str]:
    if subject.newer is not None and subject.newer.failed:
        yield f"build {subject.newer.name}"


def _disks(subject: CheckInput) -> Iterator[str]:
    for each in cluster_of(subject.facts):
        if each.nearly_full:
            yield f"{each.name} ({of_capacity(each.used, each.capacity)})"


def _memory(subject: CheckInput) -> Iterator[str]:
    for name, pod in subject.numbers.items():
        used, limit = sorted(value for _at, value in pod.memory), pod.memory_limit or 0
        p95 = used[int(0.95 * (len(used) - 1))] if len(used) >= _FEWEST else 0.0
        if limit > 0 and p95 > NEARLY * limit:
            yield f"{name} ({p95 / limit:.0%})"


def _vulnerable(subject: CheckInput) -> Iterator[str]:
    yield from subject.scan.fixed_critical if subject.scan is not None else ()


_RULES: Mapping[str, Callable[[CheckInput], Iterator[str]]] = {
    "plain-secret": _of_spec(_secrets),
    "public-without-grant": _of_spec(_public),
    "no-memory-limit": _of_spec(_without("limits")),
    "latest-tag": _of_spec(_latest),
    "no-health-check": _of_spec(_without("probes")),
    "schedule-never-runs": _of_spec(_schedules),
    "variable-edited": _edited,
    "newer-build-failed": _failed_build,
    "disk-nearly-full": _disks,
    "memory-near-limit": _memory,
    "critical-vulnerability": _vulnerable,
}


def as_json(finding: CheckFinding) -> dict[str, Any]:
    """Return a finding as an object for programs."""
    return {name: getattr(finding, name) for name in ("code", "reason", "remedy", "places")}
