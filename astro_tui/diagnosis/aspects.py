"""What a changed value of a spec is about, and how the change can make a workload fail."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from astro_tui.document import Path


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


_KEYS: dict[str, Aspect] = {
    key: aspect
    for aspect, keys in {
        Aspect.IMAGE: "image image_tag tag imagepullpolicy imagepullsecrets build",
        Aspect.GPU: "gpu gpus vram nvidia.com/gpu",
        Aspect.REPLICAS: "replicas scale min_replicas max_replicas autoscaling distributed",
        Aspect.PLACEMENT: "cluster_id nodeselector node_selector affinity tolerations nodename"
        " topologyspreadconstraints priorityclassname runtimeclassname zone region",
        Aspect.VARIABLE: "environment env envfrom variables secrets secret configmap config ref astro_ai_gateway",
        Aspect.COMMAND: "command args entrypoint cmd workingdir working_dir",
        Aspect.HEALTH: "healthcheck health_check livenessprobe readinessprobe startupprobe probe probes"
        " minreadyseconds progressdeadlineseconds terminationgraceperiodseconds",
        Aspect.EXPOSURE: "expose domain host hosts tls ingress",
        Aspect.PORT: "port ports containerport targetport hostport protocol endpoints",
        Aspect.STORAGE: "volume volumes volumemounts volumeclaimtemplates storage persistent binding"
        " storageclassname mounts",
        Aspect.MODEL: "model provider",
        Aspect.ADAPTERS: "adapters",
        Aspect.TRIGGER: "trigger schedule activedeadlineseconds backofflimit",
        Aspect.REGISTRY: "registry",
        Aspect.SECURITY: "securitycontext serviceaccountname serviceaccount runasuser runasnonroot capabilities",
        Aspect.CPU: "cpu",
        Aspect.CPU_LIMIT: "cpu_limit",
        Aspect.MEMORY: "memory",
        Aspect.MEMORY_LIMIT: "memory_limit",
    }.items()
    for key in keys.split()
}
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


def aspect_of(path: Iterable[str | int]) -> Aspect:
    """Return the aspect of the value at a path that starts at its part of the spec. Knows the keys of all layouts."""
    found = Aspect.OTHER
    limits = False
    for step in path:
        if not isinstance(step, str):
            continue
        key = step.lower()
        limits = limits or key == "limits"
        aspect = _KEYS.get(key)
        if aspect is not None and not (found is Aspect.EXPOSURE and aspect is Aspect.PORT):
            found = aspect
        if found in _FINAL:
            break
    if limits:
        return {Aspect.MEMORY: Aspect.MEMORY_LIMIT, Aspect.CPU: Aspect.CPU_LIMIT}.get(found, found)
    return found


def quantity(value: object) -> float | None:
    """Return a Kubernetes quantity as a number: `256Mi`, `100m`, `2`; None if it is not one."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return float(value)
    match = _QUANTITY.fullmatch(value) if isinstance(value, str) and len(value) < 40 else None
    if match is None:
        return None
    try:
        return float(match[1]) * _FACTORS[match[2]]
    except (ValueError, KeyError, OverflowError):
        return None


def way_of(old: object, new: object) -> Way | None:
    """Return how a value changed; None if both are the same amount, such as `1Gi` and `1024Mi`."""
    if old is None:
        return Way.ADDED
    if new is None:
        return Way.REMOVED
    before, after = quantity(old), quantity(new)
    if before is None or after is None:
        return Way.CHANGED
    if before == after:
        return None
    return Way.RAISED if after > before else Way.LOWERED


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
            found.append(each)
            found += _HOST.findall(each[:_LONGEST])
        elif isinstance(each, int | float) and not isinstance(each, bool):
            found.append(str(each))
    return found
