"""Which changes of a spec can explain which kind of failure: `blame.toml` decides, with the tests here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache

from astro_tui.diagnosis.result import Kind
from astro_tui.diagnosis.spec_changes import Changed, Way, quantity
from astro_tui.diagnosis.tables import table, words
from astro_tui.diagnosis.words import abouts, aspects_of, whole_words

Test = Callable[[Changed, str], bool]
_SOURCES = frozenset({"ref", "secret", "secretkeyref", "configmapkeyref", "secretref"})
_BY_NAME = (Kind.CRASH, Kind.JOB, Kind.PROBE, Kind.CONFIG, Kind.MEMORY)
_HOST = re.compile(r"(?:://|@|^|,)([A-Za-z][\w-]*(?:\.[\w-]+)*)(?=:\d|/|$|,|\?)")
"""A host in an address such as `redis://cache-2:6379/0`, or in a list of them."""
_LONGEST = 1000
_BY_WORDS = (Kind.CRASH, Kind.JOB, Kind.MEMORY)
ASIDE = 10
"""By how many tiers a change explains a failure less well if the words of the failure are about something else."""
NAMED = -1
"""How well a change explains a failure that names it; others have the number of their tier in the table."""


# ---- whether a text names what changed


def words_in(value: object, most: int = 200) -> list[str]:
    """Return the keys and strings inside a value, to find them in a log."""
    found: list[str] = []
    waiting = [value]
    while waiting and len(found) < most:
        each = waiting.pop()
        if isinstance(each, Mapping):
            found += map(str, each)
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each
        elif isinstance(each, str):
            found += [each, *_HOST.findall(each[:_LONGEST])]
        elif isinstance(each, int | float) and not isinstance(each, bool):
            found.append(str(each))
    return found


def named(change: Changed, text: str) -> bool:
    """Whether a text mentions what changed: the key of a variable, or one of the values."""
    found: list[str] = []
    if change.aspect in ("variable", "whole", "dependency"):
        found += change.own_steps
    if change.aspect != "replicas":
        before = set(words_in(change.old))
        found += [word for word in words_in(change.new) if word not in before]
    if change.new is None or change.aspect == "dependency":
        found += words_in(change.old)
    return any(mentions(text, word) for word in found)


def mentions(text: str, word: str) -> bool:
    """Whether a text contains a whole word; names also match as clusters and programs write them: `billing-eu`."""
    lowered = word.lower()
    if len(word) < 3 or lowered in words("common") or (word.isdecimal() and len(word) < 4):
        return False
    others = (lowered, lowered.replace("_", "-")) if "_" in word and len(word) > 5 else ()
    return any(each in text and whole_words(each).search(text) for each in dict.fromkeys((word, *others)))


# ---- what a text is about


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


# ---- tests of changes


def _image(change: Changed, text: str) -> bool:
    """A changed image explains a failed pull; if the registry fails, only a changed registry does."""
    found = abouts(text)
    if change.aspect == "image" and "absent" not in found and found & {"registry down", "registry refuses"}:
        return _registry(change.old) != _registry(change.new)
    return change.aspect in ("image", "registry")


def _registry(image: object) -> str:
    head, slash, _rest = str(image).partition("/")
    return head if slash and ("." in head or ":" in head or head == "localhost") else ""


def _needs_memory(change: Changed, _text: str) -> bool:
    if change.aspect == "model" or (change.aspect == "gpu" and change.way in (Way.LOWERED, Way.REMOVED)):
        return True
    grew = change.aspect == "variable" and change.way in (Way.RAISED, Way.ADDED)
    return grew and _has_part(map(str, change.path), "sizes") and quantity(change.new) is not None


def _variable(change: Changed, text: str) -> bool:
    """A variable that the text names, or that can cause what it says: a worker count cannot explain a refused key."""
    return change.aspect == "variable" and (
        named(change, text) or (not is_harmless(change) and _is_about(change, text))
    )


def _is_about(change: Changed, text: str) -> bool:
    found = abouts(text)
    for about, names in (("unreachable", "addresses"), ("refused", "keys")):
        if about in found:
            inside = [*change.own_steps, *words_in(change.old), *words_in(change.new)]
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
    return any(step.endswith(ends) or words("harmless") & {step, *step.split("_")} for step in steps)


def _room(change: Changed, text: str) -> bool:
    """A request that grew; if the scheduler names a scarce resource, a request for that one."""
    aspect, lowered = change.aspect, text.lower()
    if change.way is Way.LOWERED or (change.way is Way.REMOVED and aspect != "placement"):
        return False
    short = {name for name, said in table("blame")["room"].items() if any(word in lowered for word in said)}
    if aspect in ("memory", "cpu", "gpu", "placement"):
        return aspect in short or not short or (aspect == "gpu" and "placement" in short)
    # Only a quota is about limits.
    return aspect == "replicas" or (aspect.endswith("limit") and aspect in short)


def _secret(change: Changed, _text: str) -> bool:
    """A variable that comes from a secret, or from an account variable."""
    inside = [*words_in(change.old), *words_in(change.new), *map(str, change.path)]
    return change.aspect == "variable" and any(word.lower() in _SOURCES for word in inside)


_TESTS: dict[str, Test] = {
    "less memory": lambda change, _text: change.less_memory or change.heap_too_large,
    "needs memory": _needs_memory,
    "image pulled": _image,
    "variable": _variable,
    "variable removed": lambda change, text: change.way is Way.REMOVED and _variable(change, text),
    "any variable": lambda change, _text: change.aspect == "variable" and not is_harmless(change),
    "port variable": lambda change, _text: change.aspect == "variable" and "PORT" in change.name.upper(),
    "secret": _secret,
    "targets": lambda change, _text: change.aspect == "variable" and change.name == "targets",
    "room": _room,
}


def _passes(test: str, change: Changed, text: str) -> bool:
    """Whether a change passes a test of the table: one above, or an aspect with or without a way."""
    if test in _TESTS:
        return _TESTS[test](change, text)
    return test in (change.aspect, f"{change.aspect} {change.way}")


@lru_cache(maxsize=16)
def _tiers(kind: Kind, text: str) -> list[list[str]]:
    tiers, found = table("blame")["tiers"], abouts(text)
    keys = [f"{kind}+{about}" for about in table("blame")["order"]["abouts"] if about in found]
    return next((tiers[key] for key in keys if key in tiers), tiers.get(str(kind), []))


def fit_of(kind: Kind, change: Changed, text: str) -> int | None:
    """Return how well a change explains a failure: NAMED, or the number of its tier in the table; None if it does not.

    `text` is what was said about the failure.
    """
    if change.aspect == "whole":
        return None if kind is Kind.IMAGE and image_down(text) else NAMED
    tier = next(
        (n for n, tier in enumerate(_tiers(kind, text)) if any(_passes(each, change, text) for each in tier)), None
    )
    also = kind in _BY_NAME and change.aspect in table("blame")["order"]["named"]
    invalid = kind is Kind.CONFIG and "invalid" in abouts(text)
    return NAMED if (tier is not None or also or invalid) and named(change, text) else tier


def _judged(kind: Kind, change: Changed, text: str) -> int | None:
    """Return how well a change explains a failure; less well if the words of the failure are about something else."""
    fit, wanted = fit_of(kind, change, text), aspects_of(text) if kind in _BY_WORDS else frozenset[str]()
    if fit is None or fit == NAMED or not wanted or change.aspect.removesuffix(" limit") in wanted:
        return fit
    # What another service refuses needs no change here.
    return None if of_others(text) else fit + ASIDE


def explaining(kind: Kind, changes: Sequence[Changed], text: str) -> tuple[int | None, list[Changed]]:
    """Return the changes that explain a failure of this kind best, and how well they do; None if none does."""
    fits = [_judged(kind, change, text) for change in changes]
    best = min((fit for fit in fits if fit is not None), default=None)
    found = [change for change, fit in zip(changes, fits, strict=True) if fit is not None and fit == best]
    if any(change.aspect == "whole" for change in found):
        found = [change for change in found if change.aspect == "whole"]
    return best, found
