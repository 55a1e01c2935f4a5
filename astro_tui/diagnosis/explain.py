"""Which changes of a spec can explain which kind of failure. The table that decides what is blamed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from astro_tui.diagnosis.aspects import Aspect, Changed, Way, quantity, words_in
from astro_tui.diagnosis.kinds import Kind
from astro_tui.diagnosis.vocabulary import COMMAND, MISSING_CONFIG, heap_exhausted

Test = Callable[[Changed, str], bool]
_UNREACHABLE = re.compile(
    r"i/o timeout|connection (?:refused|reset)|no such host|TLS handshake|context deadline exceeded|request canceled"
    r"|(?:status|code)\D{0,30}\b(?:429|5\d\d)\b|\b5\d\d (?:Internal|Bad|Service|Gateway)|toomanyrequests|rate limit"
    r"|network is unreachable|no route to host|\bEOF\b|server misbehaving|temporary failure|x509",
    re.IGNORECASE,
)
_NOT_THERE = re.compile(r"not found|manifest unknown|does not exist|denied|invalid|couldn'?t parse", re.IGNORECASE)
_REFUSED = re.compile(r"\b401\b|\b403\b|unauthorized|forbidden|authentication required|no basic auth", re.IGNORECASE)
_HARMLESS = re.compile(
    r"(?:^|_)(?:LOG|LOGS|LOGGING|LOGLEVEL|DEBUG|VERBOSE|TIMEZONE|TZ|LANG|LC_ALL|COLOR|NO_COLOR|GREETING|BANNER|LABEL|TITLE|THEME)(?:_|$)"
    r"|_TTL$|_NOTE$|_COMMENT$|DISPLAY_NAME$",
    re.IGNORECASE,
)
_SIZES = re.compile(
    r"WORKERS|CONCURREN|PARALLEL|THREADS|POOL|BATCH|HEAP|MEM|BUFFER|CACHE_(?:SIZE|MB|GB|ITEMS|ENTRIES)|MODEL_LEN|CONTEXT|CTX|MAX_TOKENS|XMX",
    re.IGNORECASE,
)
_BROKEN_BUILD = re.compile(
    r"\bexit(?:ed)?[ _-]?(?:with[ _-]?)?(?:code|status)?\W{1,4}12[67]\b"
    r"|: (?:command not found|Permission denied|not found|No such file or directory)\s*$"
    r"|cannot open shared object file|version `?GLIBC|exec format error|undefined symbol"
    r"|\bNo module named\b|\b[Cc]annot find (?:module|package)\b|\bMODULE_NOT_FOUND\b|\bcannot import name\b"
    r"|\b(?:(?:Import|Syntax|Indentation|Reference|Name|UnboundLocal)Error|ClassNotFoundException): "
    r"|\b(?:NoClassDefFound|NoSuchMethod|NoSuchField|UnsupportedClassVersion|UnsatisfiedLink)Error\b"
    r"|\bis not a function\b|\bmodule '[\w.]+' has no attribute\b|\bIllegal instruction\b",
    re.MULTILINE,
)
"""What a program writes when a part of its image is missing or does not fit."""
_INVALID = re.compile(r"\bis invalid: |\bInvalid value: |\bUnsupported value: |admission webhook .{0,200}denied")
"""What the cluster answers to an object that it does not accept. It names the value."""
_NOT_REACHED = re.compile(
    r"ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|getaddrinfo|connection (?:refused|reset|timed out)"
    r"|name resolution|no such host|Name or service not known|UnknownHost|no route to host|network is unreachable"
    r"|i/o timeout|connect(?:ion)? ?timeout|x509|certificate (?:has expired|verify failed)"
    r"|overloaded|Service Unavailable|Bad Gateway|Gateway Time-?out|too many requests|rate[ _]limit",
    re.IGNORECASE,
)
"""What programs write when something else does not answer."""
_REFUSED_KEY = re.compile(
    r"\b401\b|unauthori[sz]ed|invalid[ _](?:x-)?api[ _-]?key|invalid_auth|authentication[ _](?:failed|error)"
    r"|AuthenticationError|incorrect API key|\brevoked\b|token (?:has )?expired",
    re.IGNORECASE,
)
"""What programs write when something else refuses their key."""
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
_AS_ROOT = re.compile(r"runAsNonRoot|run as root|has runAsUser|non-numeric user", re.IGNORECASE)
_NODE_FAILS = re.compile(
    r"context deadline exceeded|failed to reserve (?:container|sandbox) name|failed to create (?:pod )?sandbox"
    r"|(?:dial unix|transport: error) .{0,200}containerd|cgroup|device or resource busy|too many open files",
    re.IGNORECASE,
)
"""What a node says when it cannot start containers, whatever they are."""
_SEVERAL_PODS = re.compile(
    r"Multi-Attach|attached to (?:one|another|a different) node|unbound|affinity|in use", re.IGNORECASE
)
_WORD = re.compile(r"[A-Za-z0-9_]")
_COMMON_TEXT = (
    "http https tcp grpc true false none null agent app image port path name value value_from type size class memory"
    " web test main data info error rolling kubernetes default public text json secret targets optional ref enabled"
    " running ready status message volume storage host user model models knowledge ingestion integrations interfaces"
    " variables environment resources replicas cpu registry latest"
)
_HOLDERS = frozenset({"environment", "env", "variables"})
_COMMON_WORDS = frozenset(_COMMON_TEXT.split())


def _is(*aspects: Aspect) -> Test:
    return lambda change, _text: change.aspect in aspects


def _image(change: Changed, text: str) -> bool:
    """An image explains that it cannot be pulled unless the registry fails: then only another registry does."""
    if change.aspect not in (Aspect.IMAGE, Aspect.REGISTRY):
        return False
    down = _UNREACHABLE.search(text) is not None and _NOT_THERE.search(text) is None
    if not down and not (_REFUSED.search(text) and _NOT_THERE.search(text) is None):
        return True
    return change.aspect is Aspect.REGISTRY or _registry(change.old) != _registry(change.new)


def pull_error_known(text: str) -> bool:
    """Whether a text says why an image cannot be pulled."""
    return any(pattern.search(text) for pattern in (_NOT_THERE, _UNREACHABLE, _REFUSED))


def _registry(image: object) -> str:
    head, slash, _rest = str(image).partition("/")
    return head if slash and ("." in head or ":" in head or head == "localhost") else ""


def _less_memory(change: Changed, _text: str) -> bool:
    return change.less_memory


def _less_protected(change: Changed, _text: str) -> bool:
    """A lower request: when a node runs out of memory, it kills those first that use more than they asked for."""
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
    """A variable that the text names, or that can cause what it says: a number of workers does not refuse keys."""
    if change.aspect is not Aspect.VARIABLE:
        return False
    return named(change, text) or (not is_harmless(change) and _is_about(change, text))


def _is_about(change: Changed, text: str) -> bool:
    for said, names in ((_NOT_REACHED, _ADDRESS), (_REFUSED_KEY, _KEY)):
        if said.search(text) is not None:
            words = [*_own_steps(change), *words_in(change.old), *words_in(change.new)]
            return any("://" in word or names.search(word) for word in words) or _secret(change, text)
    return True


def of_others(text: str) -> bool:
    """Whether a text says that something else does not answer, or refuses a key: that can begin at any time."""
    return _NOT_REACHED.search(text) is not None or _REFUSED_KEY.search(text) is not None


def _lost_variable(change: Changed, text: str) -> bool:
    return change.way is Way.REMOVED and _variable(change, text)


def is_harmless(change: Changed) -> bool:
    """Whether a variable only affects what is logged or displayed."""
    return any(isinstance(step, str) and _HARMLESS.search(step) for step in change.path)


_LIMITS = {Aspect.MEMORY_LIMIT: "limits.memory", Aspect.CPU_LIMIT: "limits.cpu"}


def _room(change: Changed, text: str) -> bool:
    """A request that grew, of the resource that is short if the scheduler names one."""
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
    """A variable that is new, or no longer has its source. Another plain value needs no secret."""
    return change.aspect is Aspect.VARIABLE and (change.way in (Way.ADDED, Way.REMOVED) or change.name == "targets")


def _slower(change: Changed, _text: str) -> bool:
    return change.aspect in (Aspect.CPU, Aspect.CPU_LIMIT) and change.way in (Way.LOWERED, Way.ADDED)


def _more_pods(change: Changed, text: str) -> bool:
    """More pods, where they want a volume that only one of them can have."""
    return change.aspect is Aspect.REPLICAS and change.way is Way.RAISED and _SEVERAL_PODS.search(text) is not None


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
"""What a name in the log can blame beyond the table."""


def explaining(kind: Kind, changes: Sequence[Changed], text: str) -> list[Changed]:
    """Return the changes that can explain a failure of this kind that comes with this text, and no others.

    Changes that the text names come first; of the others, only those of the best tier.
    """
    if not changes:
        return []
    whole = [change for change in changes if change.aspect is Aspect.WHOLE]
    if whole and not (kind is Kind.IMAGE and _UNREACHABLE.search(text) and not _NOT_THERE.search(text)):
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
    if kind is Kind.CONFIG and _INVALID.search(text):
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


def _tiers(kind: Kind, text: str) -> tuple[tuple[Test, ...], ...]:
    if kind is Kind.CONFIG:
        if MISSING_CONFIG.search(text):
            return _CONFIG_MISSING
        if _AS_ROOT.search(text):
            return _CONFIG_USER
        if COMMAND.search(text):
            return _CONFIG_COMMAND
        return () if _NODE_FAILS.search(text) else _CONFIG_ANY
    if kind is Kind.CRASH and heap_exhausted(text):
        return (*_TABLE[Kind.MEMORY], *_CRASH)
    if kind is Kind.CRASH and _BROKEN_BUILD.search(text):
        return _CRASH_OF_BUILD
    return _TABLE.get(kind, ())


def _narrowed(kind: Kind, found: list[Changed], text: str) -> list[Changed]:
    """Return the changes that fit best what a probe reports: a wrong path is not found, a wrong port refuses."""
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


def named(change: Changed, text: str) -> bool:
    """Whether a text mentions what changed: the key of a variable, or one of the values."""
    if not text:
        return False
    words: list[str] = []
    if change.aspect in (Aspect.VARIABLE, Aspect.WHOLE, Aspect.DEPENDENCY):
        words += _own_steps(change)
    if change.aspect is not Aspect.REPLICAS:
        words += (
            [word for word in words_in(change.new) if word not in words_in(change.old)]
            if change.new is not None
            else []
        )
        words += words_in(change.old) if change.new is None or change.aspect is Aspect.DEPENDENCY else []
    return any(mentions(text, word) for word in words)


def _own_steps(change: Changed) -> list[str]:
    """Return the keys of a path that say what changed, without those of its workload: every text names that."""
    steps = [step for step in change.path if isinstance(step, str)]
    for place, step in enumerate(steps):
        if step in _HOLDERS:
            return steps[place + 1 :]
    return steps


def mentions(text: str, word: str) -> bool:
    """Whether a text has a word of its own right; names are also found as the cluster writes them, `billing-eu`."""
    if len(word) < 3 or word.lower() in _COMMON_WORDS or (word.isdecimal() and len(word) < 4):
        return False
    if _has(text, word):
        return True
    plain = word.lower().replace("_", "-")
    return plain != word and "-" in plain and len(plain) > 5 and _has(text, plain)


def _has(text: str, word: str) -> bool:
    start = text.find(word)
    while start >= 0:
        stop = start + len(word)
        before = text[start - 1 : start]
        after = text[stop : stop + 1]
        if not (_WORD.match(before) and _WORD.match(word[0])) and not (_WORD.match(after) and _WORD.match(word[-1])):
            return True
        start = text.find(word, start + 1)
    return False
