"""Which changes of a spec can explain which kind of failure: `blame.toml` decides, with the tests here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from astro_tui.diagnosis.result import Kind
from astro_tui.diagnosis.spec_changes import Aspect, Changed, Way, named, own_steps, quantity, table, words, words_in
from astro_tui.diagnosis.words import abouts

Test = Callable[[Changed, str], bool]
_SOURCES = frozenset({"ref", "secret", "secretkeyref", "configmapkeyref", "secretref"})
_BY_NAME = (Kind.CRASH, Kind.JOB, Kind.PROBE, Kind.CONFIG, Kind.MEMORY)
_ABOUT_PROBES: dict[tuple[str, ...], Callable[[Changed], bool]] = {
    ("statuscode: 404", "404"): lambda change: "path" in change.name.lower() or change.way is Way.ADDED,
    ("refused",): lambda change: change.aspect is Aspect.PORT or "port" in change.name.lower(),
    ("deadline exceeded", "timeout"): lambda change: any(
        word in change.name.lower() for word in ("timeout", "interval", "period", "delay")
    ),
}
"""What a probe reports, and the change that best fits it: a wrong path is not found, a wrong port refuses."""


def image_down(text: str) -> bool:
    """Whether the registry fails, rather than lacks the image."""
    found = abouts(text)
    return "registry down" in found and "absent" not in found


def pull_error_known(text: str) -> bool:
    """Whether a text says why an image cannot be pulled."""
    return not abouts(text).isdisjoint({"absent", "registry down", "registry refuses"})


def of_others(text: str) -> bool:
    """Whether a text says that another service does not respond, or rejects a key: both can begin at any time."""
    return not abouts(text).isdisjoint({"unreachable", "refused", "provider", "denied"})


def _image(change: Changed, text: str) -> bool:
    """A changed image explains a failed pull; if the registry fails, only a changed registry does."""
    if change.aspect not in (Aspect.IMAGE, Aspect.REGISTRY):
        return False
    found = abouts(text)
    if "absent" in found or found.isdisjoint({"registry down", "registry refuses"}):
        return True
    return change.aspect is Aspect.REGISTRY or _registry(change.old) != _registry(change.new)


def _registry(image: object) -> str:
    head, slash, _rest = str(image).partition("/")
    return head if slash and ("." in head or ":" in head or head == "localhost") else ""


def _needs_memory(change: Changed, _text: str) -> bool:
    if change.aspect is Aspect.MODEL or (change.aspect is Aspect.GPU and change.way in (Way.LOWERED, Way.REMOVED)):
        return True
    grew = change.aspect is Aspect.VARIABLE and change.way in (Way.RAISED, Way.ADDED)
    return grew and _has_part(map(str, change.path), "sizes") and quantity(change.new) is not None


def _variable(change: Changed, text: str) -> bool:
    """A variable that the text names, or that can cause what it says: a worker count cannot explain a refused key."""
    if change.aspect is not Aspect.VARIABLE:
        return False
    return named(change, text) or (not is_harmless(change) and _is_about(change, text))


def _is_about(change: Changed, text: str) -> bool:
    found = abouts(text)
    for about, names in (("unreachable", "addresses"), ("refused", "keys")):
        if about in found:
            inside = [*own_steps(change), *words_in(change.old), *words_in(change.new)]
            return any("://" in each for each in inside) or _has_part(inside, names) or _secret(change, text)
    return True


def _has_part(names: Iterable[str], parts: str) -> bool:
    """Whether one of the names contains one of these words of the table."""
    whole = " ".join(names).upper()
    return any(part in whole for part in words(parts))


def is_harmless(change: Changed) -> bool:
    """Whether a variable only affects what is logged or displayed."""
    steps = [step.upper() for step in change.path if isinstance(step, str)]
    ends = tuple(words("harmless_ends"))
    return any(step.endswith(ends) or _harmless_words().search(step) for step in steps)


@lru_cache(maxsize=1)
def _harmless_words() -> re.Pattern[str]:
    return re.compile(rf"(?:^|_)(?:{'|'.join(sorted(words('harmless')))})(?:_|$)")


def _room(change: Changed, text: str) -> bool:
    """A request that grew; if the scheduler names a scarce resource, a request for that one."""
    if change.way is Way.LOWERED or (change.way is Way.REMOVED and change.aspect is not Aspect.PLACEMENT):
        return False
    lowered = text.lower()
    short = {aspect for aspect, said in table()["room"].items() if any(word in lowered for word in said)}
    if change.aspect in (Aspect.MEMORY_LIMIT, Aspect.CPU_LIMIT):
        # Only a quota is about limits.
        return change.aspect in short
    if change.aspect is Aspect.GPU and "placement" in short:
        return True
    if change.aspect in (Aspect.MEMORY, Aspect.CPU, Aspect.GPU, Aspect.PLACEMENT):
        return change.aspect in short or not short
    return change.aspect is Aspect.REPLICAS


def _secret(change: Changed, _text: str) -> bool:
    """A variable that comes from a secret, or from an account variable."""
    inside = [*words_in(change.old), *words_in(change.new), *(step for step in change.path if isinstance(step, str))]
    return change.aspect is Aspect.VARIABLE and any(word.lower() in _SOURCES for word in inside)


_TESTS: dict[str, Test] = {
    "less memory": lambda change, _text: change.less_memory or change.heap_too_large,
    "needs memory": _needs_memory,
    "image pulled": _image,
    "variable": _variable,
    "variable removed": lambda change, text: change.way is Way.REMOVED and _variable(change, text),
    "port variable": lambda change, _text: change.aspect is Aspect.VARIABLE and "PORT" in change.name.upper(),
    "secret": _secret,
    "targets": lambda change, _text: change.aspect is Aspect.VARIABLE and change.name == "targets",
    "room": _room,
}


def _test(name: str) -> Test:
    """Return a test of the table by its name: one above, or an aspect with or without a way."""
    if name in _TESTS:
        return _TESTS[name]
    aspect, _space, way = name.rpartition(" ")
    if way in set(Way):
        return lambda change, _text: change.aspect == aspect and change.way == way
    return lambda change, _text: change.aspect == name


@lru_cache(maxsize=16)
def _tiers(kind: Kind, text: str) -> tuple[tuple[Test, ...], ...]:
    tiers, found = table()["tiers"], abouts(text)
    keys = [f"{kind}+{about}" for about in table()["order"]["abouts"] if about in found]
    key = next((key for key in keys if key in tiers), str(kind))
    return tuple(tuple(map(_test, tier)) for tier in tiers.get(key, ()))


def explaining(kind: Kind, changes: Sequence[Changed], text: str) -> list[Changed]:
    """Return the changes that can explain a failure of this kind; `text` is what was said about it."""
    whole = [change for change in changes if change.aspect is Aspect.WHOLE]
    if whole and not (kind is Kind.IMAGE and image_down(text)):
        return whole
    by_name = named_changes(kind, changes, text)
    if by_name:
        return by_name
    parts = [change for change in changes if change.aspect is not Aspect.WHOLE]
    for tier in _tiers(kind, text):
        if found := [change for change in parts if any(test(change, text) for test in tier)]:
            return _narrowed(found, text) if kind is Kind.PROBE else found
    return []


def named_changes(kind: Kind, changes: Sequence[Changed], text: str) -> list[Changed]:
    """Return the changes that can explain a failure of this kind and that the text names."""
    changes = [change for change in changes if named(change, text)]
    if not changes or (kind is Kind.CONFIG and "invalid" in abouts(text)):
        return changes
    tests = [test for tier in _tiers(kind, text) for test in tier]
    # The name of an image is in every text about its memory.
    found = [
        change
        for change in changes
        if any(test(change, text) for test in tests) and not (kind is Kind.MEMORY and change.aspect is Aspect.IMAGE)
    ]
    also = table()["order"]["named"] if kind in _BY_NAME else ()
    return [change for change in changes if change in found or change.aspect in also]


def tier_of(kind: Kind, changes: Sequence[Changed], text: str) -> int:
    """Return how well changes explain a failure of this kind: -1 if it names one, else the tier of the table."""
    if any(change.aspect is Aspect.WHOLE for change in changes) or named_changes(kind, changes, text):
        return -1
    tiers = _tiers(kind, text)
    fits = (place for place, tier in enumerate(tiers) if any(test(each, text) for each in changes for test in tier))
    return next(fits, len(tiers))


def _narrowed(found: list[Changed], text: str) -> list[Changed]:
    """Return the changes that best fit what a probe reports."""
    lowered = text.lower()
    for said, fits in _ABOUT_PROBES.items():
        if any(word in lowered for word in said):
            return [change for change in found if fits(change)] or found
    return found
