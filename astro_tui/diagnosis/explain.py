"""Which changes of a spec can explain which kind of failure. The table that decides what is blamed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from astro_tui.diagnosis.aspects import Aspect, Changed, Way, quantity, words_in
from astro_tui.diagnosis.kinds import Kind
from astro_tui.diagnosis.naming import named, own_steps
from astro_tui.diagnosis.symptoms import (
    AS_ROOT,
    BROKEN_BUILD,
    INVALID,
    NODE_FAILS,
    NOT_THERE,
    REFUSED,
    SEVERAL_PODS,
    UNREACHABLE,
    not_reached,
    refused_key,
)
from astro_tui.diagnosis.vocabulary import COMMAND, MISSING_CONFIG, heap_exhausted

Test = Callable[[Changed, str], bool]
_HARMLESS = re.compile(
    r"(?:^|_)(?:LOG|LOGS|LOGGING|LOGLEVEL|DEBUG|VERBOSE|TIMEZONE|TZ|LANG|LC_ALL|COLOR|NO_COLOR|GREETING|BANNER|LABEL|TITLE|THEME)(?:_|$)"
    r"|_TTL$|_NOTE$|_COMMENT$|DISPLAY_NAME$",
    re.IGNORECASE,
)
_SIZES = re.compile(
    r"WORKERS|CONCURREN|PARALLEL|THREADS|POOL|BATCH|HEAP|MEM|BUFFER|CACHE_(?:SIZE|MB|GB|ITEMS|ENTRIES)|MODEL_LEN|CONTEXT|CTX|MAX_TOKENS|XMX",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"UR[LI]|HOST|ADDR|ENDPOINT|PORT|DSN|DOMAIN|SERVER|BROKER|PROXY|DATABASE|DB|REDIS|POSTGRES|MONGO|KAFKA|AMQP|QUEUE"
    r"|CONN|TIMEOUT|TLS|SSL|CERT|DNS|REGION|BASE|API",
    re.IGNORECASE,
)
_KEY = re.compile(
    r"KEY|TOKEN|SECRET|PASS|CRED|AUTH|USER|ACCOUNT|CERT|PRIVATE|ROLE|ORG|TENANT|PROJECT|MODEL|REGION|UR[LI]|DSN|HOST"
    r"|ENDPOINT|CONN|DATABASE",
    re.IGNORECASE,
)


def _is(*aspects: Aspect) -> Test:
    return lambda change, _text: change.aspect in aspects


def _image(change: Changed, text: str) -> bool:
    """A changed image explains a failed pull; if the registry fails, only a changed registry does."""
    if change.aspect not in (Aspect.IMAGE, Aspect.REGISTRY):
        return False
    down = UNREACHABLE.search(text) is not None and NOT_THERE.search(text) is None
    if not down and not (REFUSED.search(text) and NOT_THERE.search(text) is None):
        return True
    return change.aspect is Aspect.REGISTRY or _registry(change.old) != _registry(change.new)


def _registry(image: object) -> str:
    head, slash, _rest = str(image).partition("/")
    return head if slash and ("." in head or ":" in head or head == "localhost") else ""


def _less_memory(change: Changed, _text: str) -> bool:
    return change.less_memory or change.heap_too_large


def _less_protected(change: Changed, _text: str) -> bool:
    """A lower request: when a node runs out of memory, it first kills containers that use more than they requested."""
    return change.aspect is Aspect.MEMORY and change.way is Way.LOWERED


def _needs_more_memory(change: Changed, _text: str) -> bool:
    if change.aspect is Aspect.MODEL or (change.aspect is Aspect.GPU and change.way in (Way.LOWERED, Way.REMOVED)):
        return True
    sized = (
        change.aspect is Aspect.VARIABLE
        and change.way in (Way.RAISED, Way.ADDED)
        and _SIZES.search(".".join(map(str, change.path)))
    )
    return bool(sized) and quantity(change.new) is not None


def _variable(change: Changed, text: str) -> bool:
    """A variable that the text names, or that can cause what it says: a worker count cannot explain a refused key."""
    if change.aspect is not Aspect.VARIABLE:
        return False
    return named(change, text) or (not is_harmless(change) and _is_about(change, text))


def _is_about(change: Changed, text: str) -> bool:
    for is_said, names in ((not_reached(text), _ADDRESS), (refused_key(text), _KEY)):
        if is_said:
            words = [*own_steps(change), *words_in(change.old), *words_in(change.new)]
            return any("://" in word or names.search(word) for word in words) or _secret(change, text)
    return True


def _lost_variable(change: Changed, text: str) -> bool:
    return change.way is Way.REMOVED and _variable(change, text)


def is_harmless(change: Changed) -> bool:
    """Whether a variable only affects what is logged or displayed."""
    return any(isinstance(step, str) and _HARMLESS.search(step) for step in change.path)


_LIMITS = {Aspect.MEMORY_LIMIT: "limits.memory", Aspect.CPU_LIMIT: "limits.cpu"}


def _room(change: Changed, text: str) -> bool:
    """A request that grew; if the scheduler names a scarce resource, a request for that one."""
    if change.way is Way.LOWERED or (change.way is Way.REMOVED and change.aspect is not Aspect.PLACEMENT):
        return False
    lowered = text.lower()
    short = {
        Aspect.MEMORY: any(
            word in lowered for word in ("insufficient memory", "requests.memory", "limits.memory", "outofmemory")
        ),
        Aspect.CPU: any(word in lowered for word in ("insufficient cpu", "requests.cpu", "limits.cpu", "outofcpu")),
        Aspect.GPU: "gpu" in lowered,
        Aspect.PLACEMENT: any(
            word in lowered for word in ("didn't match", "taint", "selector", "affinity", "didn't satisfy")
        ),
    }
    if change.aspect in _LIMITS:
        # Only a quota is about limits.
        return _LIMITS[change.aspect] in lowered
    if change.aspect is Aspect.GPU and short[Aspect.PLACEMENT]:
        return True
    if change.aspect in short:
        return short[change.aspect] or not any(short.values())
    return change.aspect is Aspect.REPLICAS


def _port_variable(change: Changed, _text: str) -> bool:
    return change.aspect is Aspect.VARIABLE and "PORT" in change.name.upper()


def _secret(change: Changed, _text: str) -> bool:
    """A variable that comes from a secret, or from an account variable."""
    if change.aspect is not Aspect.VARIABLE:
        return False
    inside = [*words_in(change.old), *words_in(change.new), *(step for step in change.path if isinstance(step, str))]
    return any(word.lower() in ("ref", "secret", "secretkeyref", "configmapkeyref", "secretref") for word in inside)


def _other_source(change: Changed, _text: str) -> bool:
    """A variable that is new or lost its source; not one with a changed plain value, which needs no secret."""
    return change.aspect is Aspect.VARIABLE and (change.way in (Way.ADDED, Way.REMOVED) or change.name == "targets")


def _slower(change: Changed, _text: str) -> bool:
    return change.aspect in (Aspect.CPU, Aspect.CPU_LIMIT) and change.way in (Way.LOWERED, Way.ADDED)


def _more_pods(change: Changed, text: str) -> bool:
    """More pods, if each needs a volume that only one of them can have."""
    return change.aspect is Aspect.REPLICAS and change.way is Way.RAISED and SEVERAL_PODS.search(text) is not None


_CODE = _is(Aspect.IMAGE)
_START = _is(Aspect.COMMAND, Aspect.ADAPTERS, Aspect.MODEL, Aspect.STORAGE, Aspect.SECURITY, Aspect.PORT)
_CRASH: tuple[tuple[Test, ...], ...] = ((_lost_variable,), (_variable, _START, _CODE))
_CRASH_OF_BUILD: tuple[tuple[Test, ...], ...] = ((_CODE, _is(Aspect.COMMAND)), *_CRASH)

_TABLE: dict[Kind, tuple[tuple[Test, ...], ...]] = {
    Kind.MEMORY: ((_less_memory,), (_needs_more_memory,), (_less_protected,), (_is(Aspect.COMMAND), _CODE)),
    Kind.CRASH: _CRASH,
    Kind.JOB: (*_CRASH, (_is(Aspect.TRIGGER), _less_memory)),
    Kind.IMAGE: ((_image,),),
    Kind.PROBE: (
        (_is(Aspect.HEALTH, Aspect.PORT),),
        (_port_variable, _is(Aspect.COMMAND)),
        (_CODE, _is(Aspect.MODEL)),
        (_slower,),
        (_variable,),
    ),
    Kind.SCHEDULING: ((_room,),),
    Kind.STORAGE: (
        (_is(Aspect.STORAGE),),
        (_is(Aspect.PLACEMENT),),
        (_more_pods,),
    ),
    Kind.TIMEOUT: ((_is(Aspect.HEALTH, Aspect.PORT, Aspect.COMMAND),), (_CODE,)),
    Kind.ENDPOINT: ((_is(Aspect.EXPOSURE),), (_is(Aspect.PORT, Aspect.ADAPTERS, Aspect.PLACEMENT),)),
}
_CONFIG_COMMAND = ((_is(Aspect.COMMAND),), (_CODE, _is(Aspect.SECURITY)), (_is(Aspect.STORAGE),))
_CONFIG_MISSING = (
    (_secret,),
    (_other_source, _is(Aspect.STORAGE), _is(Aspect.SECURITY)),
)
_CONFIG_USER = ((_CODE, _is(Aspect.SECURITY)),)
_CONFIG_ANY = ((_is(Aspect.COMMAND, Aspect.VARIABLE, Aspect.STORAGE, Aspect.SECURITY),), (_CODE,))
_BY_NAME = (_is(Aspect.VARIABLE, Aspect.DEPENDENCY, Aspect.ADAPTERS, Aspect.MODEL),)
"""Changes to blame if the log names them, in addition to those in the table."""


def explaining(kind: Kind, changes: Sequence[Changed], text: str) -> list[Changed]:
    """Return the changes that can explain a failure of this kind that comes with this text, and no others.

    Changes that the text names come first; of the others, only those of the best tier.
    """
    if not changes:
        return []
    whole = [change for change in changes if change.aspect is Aspect.WHOLE]
    if whole and not (kind is Kind.IMAGE and UNREACHABLE.search(text) and not NOT_THERE.search(text)):
        return whole
    tiers = _tiers(kind, text)
    by_name = named_changes(kind, changes, text)
    if by_name:
        return by_name
    for tier in tiers:
        found = [
            change
            for change in changes
            if change.aspect is not Aspect.WHOLE and any(test(change, text) for test in tier)
        ]
        if found:
            return _narrowed(kind, found, text)
    return []


def named_changes(kind: Kind, changes: Sequence[Changed], text: str) -> list[Changed]:
    """Return the changes that can explain a failure of this kind and that the text names."""
    changes = [change for change in changes if named(change, text)]
    if not changes:
        return []
    tests = [test for tier in _tiers(kind, text) for test in tier]
    if kind in (Kind.CRASH, Kind.JOB, Kind.PROBE, Kind.CONFIG, Kind.MEMORY):
        tests += _BY_NAME
    if kind is Kind.CONFIG and INVALID.search(text):
        return changes
    if kind is Kind.MEMORY:
        tests = [test for test in tests if test is not _CODE]
    return [change for change in changes if any(test(change, text) for test in tests)]


def tier_of(kind: Kind, changes: Sequence[Changed], text: str) -> int:
    """Return how well changes explain a failure of this kind: -1 if it names one, else the tier of the table."""
    if any(change.aspect is Aspect.WHOLE for change in changes) or named_changes(kind, changes, text):
        return -1
    tiers = _tiers(kind, text)
    fits = (place for place, tier in enumerate(tiers) if any(test(each, text) for each in changes for test in tier))
    return next(fits, len(tiers))


@lru_cache(maxsize=16)
def _tiers(kind: Kind, text: str) -> tuple[tuple[Test, ...], ...]:
    if kind is Kind.CONFIG:
        if MISSING_CONFIG.search(text):
            return _CONFIG_MISSING
        if AS_ROOT.search(text):
            return _CONFIG_USER
        if COMMAND.search(text):
            return _CONFIG_COMMAND
        return () if NODE_FAILS.search(text) else _CONFIG_ANY
    if kind is Kind.CRASH and heap_exhausted(text):
        return (*_TABLE[Kind.MEMORY], *_CRASH)
    if kind is Kind.CRASH and BROKEN_BUILD.search(text):
        return _CRASH_OF_BUILD
    return _TABLE.get(kind, ())


def _narrowed(kind: Kind, found: list[Changed], text: str) -> list[Changed]:
    """Return the changes that best fit what a probe reports: a wrong path is not found, a wrong port refuses."""
    if kind is not Kind.PROBE or len(found) < 2:
        return found
    lowered = text.lower()
    if "statuscode: 404" in lowered or "404" in lowered:
        fits = [change for change in found if "path" in change.name.lower() or change.way is Way.ADDED]
    elif "refused" in lowered:
        fits = [change for change in found if change.aspect is Aspect.PORT or "port" in change.name.lower()]
    elif "deadline exceeded" in lowered or "timeout" in lowered:
        fits = [
            change
            for change in found
            if any(word in change.name.lower() for word in ("timeout", "interval", "period", "delay"))
        ]
    else:
        fits = []
    return fits or found
