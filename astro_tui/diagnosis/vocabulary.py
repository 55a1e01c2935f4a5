"""What the words of Kubernetes mean: reasons and messages as kinds of causes.

The patterns follow the components that write these texts (kubelet, scheduler, controllers, container runtimes), and
the plain-language titles of the platform (platform.md §16.8).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from astro_tui.diagnosis.kinds import Kind, Rank


class Meaning(NamedTuple):
    """What a text says: a kind, how specific it is, and the words that say it.

    `vague` means that another source can change the kind: the scheduler's reason alone does not say
    whether capacity or a volume is missing.
    """

    kind: Kind
    rank: Rank
    reason: str
    vague: bool = False


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


# The kubelet refuses a pod: `OutOfmemory` is about the node's capacity, not about a container that ran out of memory.
_NO_ROOM_ON_NODE = re.compile(r"\bOutOf(?:memory|cpu|pods|ephemeral-storage|[a-z.]+/[a-z]+)\b|UnexpectedAdmissionError")
_EVICTED = re.compile(r"\bEvicted\b|node was low on resource|ephemeral local storage usage exceeds|emptydir.* exceeds")
_OUT_OF_MEMORY = _any(
    r"\bOOM[- ]?Kill(?:ed|ing)?\b",
    r"\bran out of memory\b",
    r"\bmemory cgroup out of memory\b",
    r"\bout of memory: killed\b",
    r"^\W*out of memory\b",
)
_HEAP = _any(
    r"heap out of memory",
    r"java\.lang\.OutOfMemoryError",
    r"reached heap limit",
    r"\bstd::bad_alloc\b",
    r"^\W*MemoryError\b",
    r"cannot allocate memory",
    r"\bCUDA(?: error:)? out of memory\b",
)
MISSING_CONFIG = _any(
    r"\b(?:secret|configmap|config map)s? ['\"]?[\w.:/-]+['\"]? (?:is )?(?:not found|missing|does not exist)",
    r"couldn'?t find key \S+ in (?:Secret|ConfigMap)",
    r"references non-existent (?:secret|config)",
    r"(?:secret|configmap)\S* .{0,80}is forbidden",
    r"service ?account \S+ .{0,40}not found|error looking up service account",
)
_IMAGE = _any(
    r"\bImagePullBackOff\b|\bErrImagePull\b|\bInvalidImageName\b|\bErrImageNeverPull\b|\bImageInspectError\b",
    r"\bRegistryUnavailable\b|\bSignatureValidationFailed\b|\bErrSignatureValidationFailed\b|\bimage_not_found\b",
    r"failed to pull (?:and unpack )?image|back-off pulling image|pulling image .{0,200}(?:failed|error)",
    r"couldn'?t parse image (?:name|reference)|invalid reference format|failed to apply default image tag",
    r"manifest (?:for .{1,300} )?(?:unknown|not found)|pull access denied|repository does not exist",
    r"no matching manifest|image (?:can ?not|can'?t|could not|cannot) be (?:pulled|found)|image (?:was )?not found",
    r"no such image",
)
_NOT_STARTED = _any(
    r"\bCreateContainerConfigError\b|\bCreateContainerError\b|\bRunContainerError\b|\bStartError\b",
    r"\bContainerCannotRun\b|\bPreCreateHookError\b|\bPreStartHookError\b",
    r"OCI runtime create failed|runc create failed|unable to start container process|failed to create containerd task",
    r"failed to (?:create|start) container|error during container init|executable file not found",
    r"container can ?not start|runAsNonRoot|has runAsUser|is invalid: spec|admission webhook .{0,200}denied",
)
COMMAND = _any(
    r"executable file not found", r"exec: ", r"\bexec .{0,200}(?:permission denied|no such file)", r"stat /\S+"
)
_VOLUME = _any(
    r"\bFailedMount\b|\bFailedAttachVolume\b|\bFailedMapVolume\b|\bProvisioningFailed\b|\bFailedBinding\b",
    r"\bVolumeResizeFailed\b|\bFileSystemResizeFailed\b|\bMulti-Attach\b|MountVolume\.|AttachVolume\.|WaitForAttach",
    r"persistent ?volume|unbound immediate|volume node affinity|volume zone|volume count|volume limit",
    r"attach or mount volumes|storageclass\S* .{0,80}not found|no space left on device|\bENOSPC\b|disk quota exceeded",
    r"volumes? (?:is |are )?(?:lost|missing|not found|already exclusively attached)|read-only file system",
)
_NO_ROOM = _any(
    r"\bInsufficient [\w./-]+",
    r"\bexceeded quota\b",
    r"nodes? (?:is|are) available|no nodes available|didn'?t (?:match|have|satisfy)|untolerated taint|node\(s\)",
    r"max node group size|didn'?t trigger scale-up|too many pods|free ports for the requested",
)
_SCHEDULER = _any(
    r"\bFailedScheduling\b|\bUnschedulable\b|\bNotTriggerScaleUp\b",
    r"\bno room\b|not enough (?:room|capacity)|can ?not be scheduled",
)
_ENDING_PROBE = _any(
    r"(?:liveness|startup) probe (?:failed|errored)",
    r"failed (?:its )?(?:liveness|startup) probe",
    r"(?:liveness|startup) probe",
)
_PROBE = _any(
    r"readiness probe",
    r"\bUnhealthy\b",
    r"probe (?:failed|errored|has not|warning|fails|is failing)",
    r"health ?check(?:s)? (?:fail|did not|does not|has not|never|timed)",
    r"failing health ?check",
)
_JOB = _any(
    r"\bBackoffLimitExceeded\b|specified backoff limit|\bPodFailurePolicy\b|\b(?:Max)?FailedIndexes(?:Exceeded)?\b",
    r"job (?:has )?failed|active longer than specified deadline|failed too (?:many times|often)",
    r"ingestion (?:run )?failed",
)
_LOOP = _any(
    r"\bCrashLoopBackOff\b|back-off .{0,30}restarting failed|back-off restarting",
    r"crash(?:es|ed|ing)? (?:repeatedly|again and again|on start|loop)|crash loop|keeps? (?:crashing|restarting)",
)
_DEADLINE = _any(
    r"\bProgressDeadlineExceeded\b|(?<!code = )\bDeadlineExceeded\b|timed out progressing|took too long",
    r"progress deadline|timed out waiting for (?:the )?(?:deployment|workloads?|rollout|pods?)",
)
_EXIT = re.compile(
    r"exit(?:ed)?[ _-]?(?:with[ _-]?)?(?:non-zero[ _-]?)?(?:code|status)?\W{1,4}(\d{1,3})\b"
    r"|terminated with (\d{1,3})\b",
    re.IGNORECASE,
)
_KILL_CODES = frozenset({0, 137, 143})
"""Exit codes of a termination signal or of success: they do not say what ended the container."""
_SHELL_CODES = frozenset({126, 127})
_START_CODE = 128

NO_SPACE = re.compile(r"no space left on device|\bENOSPC\b|disk quota exceeded|statuscode: 507\b", re.IGNORECASE)


def exit_code(text: str) -> int | None:
    """Return the exit code that a text mentions, or None."""
    match = _EXIT.search(text)
    return None if match is None else int(match[1] or match[2])


@lru_cache(maxsize=512)
def meaning(text: str, reason: str = "") -> Meaning | None:
    """Return the most specific meaning of a text that has a `reason` of its own, or None."""
    whole = f"{reason}: {text}" if reason else text
    found = _exact(whole) or _ended(whole)
    if found is None:
        return None
    return found._replace(reason=_shown(found.reason, reason))


def _exact(text: str) -> Meaning | None:
    refused = _NO_ROOM_ON_NODE.search(text)
    if refused:
        return Meaning(Kind.SCHEDULING, Rank.EXACT, refused[0])
    evicted = _EVICTED.search(text)
    if evicted:
        lowered = text.lower()
        if "storage" in lowered or "emptydir" in lowered or "disk" in lowered:
            return Meaning(Kind.STORAGE, Rank.EXACT, "Evicted")
        memory = "memory" in lowered
        return Meaning(Kind.MEMORY if memory else Kind.SCHEDULING, Rank.EXACT, "Evicted", vague=not memory)
    for pattern, kind in (
        (_OUT_OF_MEMORY, Kind.MEMORY),
        (MISSING_CONFIG, Kind.CONFIG),
        (_IMAGE, Kind.IMAGE),
        (_NOT_STARTED, Kind.CONFIG),
    ):
        if match := pattern.search(text):
            return Meaning(kind, Rank.EXACT, match[0])
    return _unplaced(text)


def _unplaced(text: str) -> Meaning | None:
    scheduler, room = _SCHEDULER.search(text), _NO_ROOM.search(text)
    volume = _VOLUME.search(text)
    if volume:
        return Meaning(Kind.STORAGE, Rank.EXACT, scheduler[0] if scheduler else volume[0])
    if room:
        return Meaning(Kind.SCHEDULING, Rank.EXACT, (scheduler or room)[0])
    return Meaning(Kind.SCHEDULING, Rank.EXACT, scheduler[0], vague=True) if scheduler else None


def _ended(text: str) -> Meaning | None:
    code, loop, job = exit_code(text), _LOOP.search(text), _JOB.search(text)
    if code is not None and code not in _KILL_CODES:
        if code == _START_CODE:
            return Meaning(Kind.CONFIG, Rank.EXIT, f"exit code {code}", vague=True)
        return Meaning(Kind.CRASH, Rank.EXIT, f"exit code {code}", vague=code in _SHELL_CODES)
    if job:
        return Meaning(Kind.JOB, Rank.EXIT, job[0])
    if match := _ENDING_PROBE.search(text):
        return Meaning(Kind.PROBE, Rank.KILLED, match[0])
    if loop or code is not None:
        return Meaning(Kind.CRASH, Rank.LOOP, loop[0] if loop else f"exit code {code}", vague=True)
    if match := _PROBE.search(text):
        return Meaning(Kind.PROBE, Rank.UNREADY, match[0])
    if match := _DEADLINE.search(text):
        return Meaning(Kind.TIMEOUT, Rank.DEADLINE, match[0], vague=True)
    return None


def heap_exhausted(text: str) -> bool:
    """Whether a program says that it could not get more memory."""
    return _HEAP.search(text) is not None


def _shown(found: str, reason: str) -> str:
    """Return the reason as the cluster writes it, if there is one, else the words that were found."""
    return reason if reason and reason not in ("Failed", "BackOff", "Warning") else found.strip()
