"""Short notes about known paths of a `deployment/v1` document (platform.md §17.2)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

FORMAT = "deployment/v1"

_UNITS = {
    "": ("bytes", 1),
    "Ki": ("KiB", 1024),
    "Mi": ("MiB", 1024**2),
    "Gi": ("GiB", 1024**3),
    "Ti": ("TiB", 1024**4),
    "k": ("kB", 1000),
    "M": ("MB", 1000**2),
    "G": ("GB", 1000**3),
    "T": ("TB", 1000**4),
}
_QUANTITY = re.compile(r"(\d+(?:\.\d+)?)(m|Ki|Mi|Gi|Ti|k|M|G|T)?")
_AMOUNT = re.compile(
    r"([+-]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40}))(?:([eE][+-]?\d{1,3})|(n|u|m|k|[KMGTPE]i|[MGTPE]))?"
)
_POWERS = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}
_MEMORY = frozenset({"memory", "memory_limit", "size", "vram"})
_PROCESSORS = frozenset({"cpu", "cpu_limit"})
_LABELS: dict[tuple[str, ...], str] = {
    ("source",): "what was deployed",
    ("target",): "where it runs",
    ("agent",): "the agent's own container",
    ("agent", "volume"): "disk mount path",
    ("agent", "astro_ai_gateway"): "gateway key is added at run time",
    ("agent", "response_timeout"): "maximum 2m, default 15s",
    ("models",): "model servers of this deployment",
    ("knowledge",): "knowledge stores",
    ("knowledge", "*", "binding"): "managed store",
    ("integrations",): "tools alongside the agent",
    ("tools",): "tools alongside the agent (older name)",
    ("ingestion",): "jobs that fill the knowledge stores",
    ("interfaces",): "how people reach the agent",
    ("variables",): "inputs given at deployment",
    ("variables", "*", "ref"): "account variable",
    ("variables", "*", "secret"): "value never sent",
    ("observability",): "telemetry collector",
    ("editable",): "only in old documents",
}


def note(path: Sequence[str | int], text: str) -> str | None:
    """Return a note about the value `text` at a path of a deployment/v1 document, or None."""
    if not path or not isinstance(path[-1], str):
        return None
    key = path[-1]
    if key in _MEMORY and "environment" not in path:
        return memory_words(text)
    if key in _PROCESSORS and "environment" not in path:
        return processor_words(text)
    if key == "secret" and text != "true":
        return None
    label = _LABELS.get(tuple(str(step) for step in path))
    if label is None and len(path) == 3:
        label = _LABELS.get((str(path[0]), "*", key))
    return label


def amount(quantity: str) -> Decimal | None:
    """Return a quantity in bytes or cores (`1500m` is 1.5, `1Ki` is 1024); None if it is not one."""
    match = _AMOUNT.fullmatch(quantity)
    if match is None:
        return None
    number, power, unit = match.groups()
    if power:
        return Decimal(number + power)
    unit = unit or ""
    if unit in _BINARY:
        return Decimal(number) * (1 << 10 * _BINARY[unit])
    return Decimal(f"{number}e{_POWERS[unit]}")


def memory_words(quantity: str) -> str | None:
    """Return a Kubernetes amount of memory in a better unit, such as `1.5 GiB` for `1536Mi`, or None."""
    match = _QUANTITY.fullmatch(quantity)
    if match is None or match.group(2) == "m":
        return None
    unit = match.group(2) or ""
    amount = float(match.group(1)) * _UNITS[unit][1]
    family = ("T", "G", "M", "k") if unit in ("k", "M", "G", "T") else ("Ti", "Gi", "Mi", "Ki")
    for name in family:
        word, size = _UNITS[name]
        if amount >= size:
            return f"{amount / size:.4g} {word}" if name != unit else None
    return f"{amount:.4g} bytes"


def processor_words(quantity: str) -> str | None:
    """Return a Kubernetes amount of CPU in words, such as `half a core` for `500m`."""
    match = _QUANTITY.fullmatch(quantity)
    if match is None or match.group(2) not in (None, "m"):
        return None
    cores = float(match.group(1)) / (1000 if match.group(2) else 1)
    if cores == 1:
        return "1 core"
    return f"{cores:g} cores" if cores >= 1 else f"{cores:.0%} of a core"
