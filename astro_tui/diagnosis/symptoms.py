"""Messages of programs, nodes, and registries that show which changes can explain a failure, and which cannot."""

from __future__ import annotations

import re
from functools import lru_cache

UNREACHABLE = re.compile(
    r"i/o timeout|connection (?:refused|reset)|no such host|TLS handshake|context deadline exceeded|request canceled"
    r"|(?:status|code)\D{0,30}\b(?:429|5\d\d)\b|\b5\d\d (?:Internal|Bad|Service|Gateway)|toomanyrequests|rate limit"
    r"|network is unreachable|no route to host|\bEOF\b|server misbehaving|temporary failure|x509",
    re.IGNORECASE,
)
NOT_THERE = re.compile(r"not found|manifest unknown|does not exist|denied|invalid|couldn'?t parse", re.IGNORECASE)
REFUSED = re.compile(r"\b401\b|\b403\b|unauthorized|forbidden|authentication required|no basic auth", re.IGNORECASE)
BROKEN_BUILD = re.compile(
    r"\bexit(?:ed)?[ _-]?(?:with[ _-]?)?(?:code|status)?\W{1,4}12[67]\b"
    r"|: (?:command not found|Permission denied|not found|No such file or directory)\s*$"
    r"|cannot open shared object file|version `?GLIBC|exec format error|undefined symbol"
    r"|\bNo module named\b|\b[Cc]annot find (?:module|package)\b|\bMODULE_NOT_FOUND\b|\bcannot import name\b"
    r"|\b(?:(?:Import|Syntax|Indentation|Reference|Name|UnboundLocal)Error|ClassNotFoundException): "
    r"|\b(?:NoClassDefFound|NoSuchMethod|NoSuchField|UnsupportedClassVersion|UnsatisfiedLink)Error\b"
    r"|\bis not a function\b|\bmodule '[\w.]+' has no attribute\b|\bIllegal instruction\b"
    r"|\b[Ss]egmentation fault\b|\bSIG(?:SEGV|BUS|ILL)\b|\bBus error\b",
    re.MULTILINE,
)
"""What a program writes when a part of its image is missing or incompatible, or corrupts the memory of its process."""
INVALID = re.compile(r"\bis invalid: |\bInvalid value: |\bUnsupported value: |admission webhook .{0,200}denied")
"""What the cluster writes when it rejects an object. The message names the value."""
_NOT_REACHED = re.compile(
    r"ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|getaddrinfo|connection (?:refused|reset|timed out)"
    r"|name resolution|no such host|Name or service not known|UnknownHost|no route to host|network is unreachable"
    r"|i/o timeout|connect(?:ion)? ?timeout|x509|certificate (?:has expired|verify failed)"
    r"|overloaded|Service Unavailable|Bad Gateway|Gateway Time-?out|too many requests|rate[ _]limit",
    re.IGNORECASE,
)
"""What programs write when another service does not respond."""
_REFUSED_KEY = re.compile(
    r"\b401\b|unauthori[sz]ed|invalid[ _](?:x-)?api[ _-]?key|invalid_auth|authentication[ _](?:failed|error)"
    r"|AuthenticationError|incorrect API key|\brevoked\b|token (?:has )?expired",
    re.IGNORECASE,
)
"""What programs write when another service rejects their key."""
AS_ROOT = re.compile(r"runAsNonRoot|run as root|has runAsUser|non-numeric user", re.IGNORECASE)
NODE_FAILS = re.compile(
    r"context deadline exceeded|failed to reserve (?:container|sandbox) name|failed to create (?:pod )?sandbox"
    r"|(?:dial unix|transport: error) .{0,200}containerd|cgroup|device or resource busy|too many open files",
    re.IGNORECASE,
)
"""What a node says when it cannot start containers, no matter which ones."""
SEVERAL_PODS = re.compile(
    r"Multi-Attach|attached to (?:one|another|a different) node|unbound|affinity|in use", re.IGNORECASE
)


def pull_error_known(text: str) -> bool:
    """Whether a text says why an image cannot be pulled."""
    return any(pattern.search(text) for pattern in (NOT_THERE, UNREACHABLE, REFUSED))


def of_others(text: str) -> bool:
    """Whether a text says that another service does not respond, or rejects a key: both can begin at any time."""
    return not_reached(text) or refused_key(text)


# Both are called with the same long text for each changed variable of each revision.


@lru_cache(maxsize=16)
def not_reached(text: str) -> bool:
    """Whether a text says that another service does not respond."""
    return _NOT_REACHED.search(text) is not None


@lru_cache(maxsize=16)
def refused_key(text: str) -> bool:
    """Whether a text says that another service rejects a key."""
    return _REFUSED_KEY.search(text) is not None
