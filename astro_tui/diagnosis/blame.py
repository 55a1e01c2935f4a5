"""Which revision introduced a failure: what each one changed, and how well that explains it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, cached_property, lru_cache
from itertools import islice
from typing import Any, NamedTuple

from astro_tui.diagnosis.tables import Kind, Tables, table, whole_words, words
from astro_tui.diagnosis.values import (
    HOLDERS,
    SKEW,
    Blame,
    Changed,
    ChangeState,
    Observations,
    Onset,
    Place,
    Revision,
    RevisionKey,
    Verdict,
    Way,
    Workload,
)
from astro_tui.difference import ChangeKind, compare
from astro_tui.document import Document, Path, find, jq_path
from astro_tui.document.known import amount
from astro_tui.platform.lenient import json_of, number_of
from astro_tui.text.redaction import MASK

Spec = Mapping[str, Any]
MOST = 4000
"""The most differences between two specs that are examined."""
_SIDECARS = frozenset({"messaging", "interfaces", "interface"})
_UNNAMED = ("agent", "interfaces", "observability")
"""Sections whose values are those of the workload itself; in the others, each entry is a workload."""
_LIMITS = (("limits", "memory"), ("memory_limit",), ("memory",))
"""Where a limit of the memory can be, in `resources`. Without one, the request is the limit."""
_UNITS = {b"": 0, b"k": 1, b"m": 2, b"g": 3, b"t": 4}
_SOURCES = frozenset({"ref", "secret", "secretkeyref", "configmapkeyref", "secretref"})
_HOST = re.compile(r"(?:://|@|^|,)([A-Za-z][\w-]*(?:\.[\w-]+)*)(?=:\d|/|$|,|\?)")
"""A host in an address such as `redis://cache-2:6379/0`, or in a list of them."""
_LONGEST = 1000
ASIDE = 10
"""By how many tiers a change explains a failure less well if the words of the failure are about something else."""
NAMED = -1
"""How well a change explains a failure that names it; others have the number of their tier in the table."""
_WITHOUT_ONSET = timedelta(hours=6)
_NAME_SKEW = timedelta(minutes=2)
_RAN = timedelta(minutes=4)
"""The longest that a program broken by a change runs before it crashes, if no log says why."""
_CREATED = timedelta(minutes=10)
"""How long after a deploy its pods are created."""
_MOST_EXAMINED = 4
"""How many revisions are compared to decide whether an older one may be to blame instead."""
NAMES_BACK = 6
"""How many older revisions are worth requesting to look for a name in the log, or for the size of a heap."""
_NONE, _EVER = timedelta(0), timedelta(days=3650)
_BETWEEN_RUNS = timedelta(days=8)
"""A job runs once a day or once a week: what it ran before says more than the time since the deploy."""
_DAY = timedelta(days=1)


# ---- the revision


def blame_of(verdict: Verdict) -> Blame:
    """Return which change explains a verdict; none for unknown states and those that a user chose."""
    seen, failure, trouble = verdict.seen, verdict.failure, verdict.trouble
    agent = seen.cluster.agent
    if verdict.kind.row.blameless:
        return Blame(_blameless_state(verdict))
    if failure is not None:
        heard = any(log.lines for log in failure.logs)
        about = failure.workload, failure.container, Said(failure.text, seen.tables)
        blame = _find(seen, Problem(verdict.kind, *about, failure.onset, heard))
        named = blame.revision is not None and failure.workload.name
        declared = not named or seen.cluster.declares(failure.workload)
        return blame if declared else Blame(ChangeState.UNRELATED, why="undeclared", wanted=blame.wanted)
    if trouble is None:
        return _find(seen, Problem(verdict.kind, agent, "", Said("", seen.tables)))
    if (requests := trouble.requests) is not None:
        since, log = requests.since, trouble.log
        begun = Onset(since, cut=requests.cut) if since is not None else None
        workload = seen.cluster.get(log.workload) if log is not None else agent
        problem = Problem(trouble.like, workload, "", Said(trouble.words, seen.tables), begun)
        blame = _find(seen, problem._replace(container=log.container if log is not None else ""))
        return blame if blame.revision is not None else _find(seen, problem)
    problem = Problem(trouble.like, agent, "", Said(f"{trouble.words} {trouble.url}", seen.tables))
    blame = _find(seen, problem)
    if blame.revision is None:
        beside = _find(seen, problem._replace(container="messaging"))
        blame = beside if beside.revision is not None else blame
    return blame


def _blameless_state(verdict: Verdict) -> ChangeState:
    """Return the state to report when no search for a change is made."""
    state, seen = ChangeState(verdict.kind.row.blameless), verdict.seen
    if state is ChangeState.UNREAD and seen.facts.history.known:
        lately = seen.deployed is not None and seen.now - seen.deployed < _DAY
        return ChangeState.UNRELATED if lately else ChangeState.UNCHANGED
    return state


def _find(seen: Observations, problem: Problem) -> Blame:
    """Return which revision explains a failure."""
    search, row, said = _Search(seen, problem), problem.kind.row, problem.said
    unclear = row.pulled and not seen.facts.events.requested and not said.pull_error_known
    if not search.revisions or unclear:
        # Only the events distinguish an image that does not exist from a registry that is down.
        return Blame(ChangeState.UNREAD, why="unread")
    # What the cluster or another service lacks now can have gone away long after a deploy.
    if row.program and not said.of_others and (blame := search.by_name()) is not None:
        return blame
    blame = search.by_time()
    if blame.state is not ChangeState.EXPLAINED and blame.why != "candidates" and not search.wanted:
        blame = search.by_heap() or blame
    if said.text and row.searched:
        for place in search.places(_NAME_SKEW)[:NAMES_BACK]:
            search.want(place)
    if blame.state in (ChangeState.UNCHANGED, ChangeState.UNRELATED) and seen.rolled_back is not None:
        blame = Blame(ChangeState.UNREAD, why="undone", others=(seen.rolled_back,))
    return blame._replace(wanted=tuple(search.wanted))


@dataclass(frozen=True)
class Said:
    """What was said about a failure, and what that is about, as the rows of the tables say."""

    text: str
    tables: Tables

    @cached_property
    def abouts(self) -> frozenset[str]:
        """What it is about: `unreachable`, `refused`, `build`, and so on."""
        return self.tables.abouts(self.text)

    @property
    def registry_down(self) -> bool:
        """Whether the registry fails, rather than lacks the image."""
        return "registry down" in self.abouts and "absent" not in self.abouts

    @property
    def pull_error_known(self) -> bool:
        """Whether it says why an image cannot be pulled."""
        return not self.abouts.isdisjoint({"absent", "registry down", "registry refuses"})

    @property
    def of_others(self) -> bool:
        """Whether another service does not respond, or rejects a key: both can begin at any time."""
        return not self.abouts.isdisjoint({"unreachable", "refused", "provider", "denied"})


class Problem(NamedTuple):
    """What a change has to explain: a kind of failure of a workload, what was said about it, and when it began.

    `heard` says that the log of the container was read.
    """

    kind: Kind
    workload: Workload
    container: str
    said: Said
    onset: Onset | None = None
    heard: bool = True

    def earliest_cause(self, now: datetime, slack: timedelta) -> datetime:
        """Return the earliest time of a deploy that can have caused the failure."""
        onset, workload, row = self.onset, self.workload, self.kind.row
        delay = timedelta(minutes=row.delay)
        if onset is None:
            return now - max(_WITHOUT_ONSET, delay)
        times = [onset.at - slack - (_BETWEEN_RUNS if workload.is_job else delay)]
        if workload.is_job:
            times += [run.start for run in workload.runs if run.succeeded and run.start and run.start < onset.at]
        elif row.ends and row.program and not self.heard:
            # A program that ran for minutes first may have ended for any reason.
            times.append(onset.earliest - _RAN)
        return max(times)


class _Search:
    def __init__(self, seen: Observations, problem: Problem) -> None:
        self.problem, self.revisions = problem, seen.revisions
        self.wanted: list[RevisionKey] = []
        self._now = seen.now
        self._changes: dict[int, list[Changed] | None] = {}
        onset = problem.onset
        slack = onset.slack if onset is not None else _NONE
        self.first = problem.earliest_cause(seen.now, slack)
        self.began = onset.earliest if onset is not None else seen.now
        """The earliest time at which the failure may have begun."""
        if onset is not None and onset.hidden and not problem.heard and problem.kind.row.ends:
            self.began = seen.now - _EVER

    def changes(self, place: int) -> list[Changed] | None:
        """Return what the revision at an index changed for the workload; None if a spec is unknown."""
        if place not in self._changes:
            new, old = (document_of(each) for each in self.revisions[place : place + 2])
            about = self.problem.workload, self.problem.container
            self._changes[place] = None if new is None or old is None else changes_for(*about, old, new)
        return self._changes[place]

    def explained(self, place: int) -> tuple[int | None, list[Changed]]:
        """Return how well the revision at an index explains the failure, and with which changes."""
        return explaining(self.problem.kind, self.changes(place) or (), self.problem.said)

    def hidden(self, place: int) -> bool:
        """Whether the specs of a revision and its predecessor may hide a change that explains the failure."""
        specs = [each.spec for each in self.revisions[place : place + 2] if not each.current]
        return not self.problem.kind.row.shown and any(each.regenerated or is_template(each.value) for each in specs)

    def want(self, place: int) -> None:
        for revision in self.revisions[place : place + 2]:
            readable = revision.spec.requested or document_of(revision) is not None
            if not readable and revision.key not in self.wanted:
                self.wanted.append(revision.key)

    def places(self, skew: timedelta) -> list[int]:
        """Return the indexes of the revisions before the failure that have a predecessor, newest first."""
        onset, places = self.problem.onset, range(len(self.revisions) - 1)
        return [place for place in places if onset is None or self._at(place, onset.at) <= onset.at + skew]

    def _at(self, place: int, unknown: datetime) -> datetime:
        return self.revisions[place].deployed or unknown

    def blamed(self, place: int, changes: Sequence[Changed]) -> Blame:
        pair = self.revisions[place], self.revisions[place + 1]
        return Blame(ChangeState.EXPLAINED, *pair, tuple(changes), hidden=self.hidden(place))

    # ---- the ways to find it

    def by_name(self) -> Blame | None:
        """Blame the newest revision whose change the failure names, however long ago it was.

        Only programs name what they lack. A message about an image or a probe contains its address in any case.
        """
        for place in self.places(_NAME_SKEW)[:8]:
            fit, changes = self.explained(place)
            if fit == NAMED and changes[0].aspect != "whole":
                return self.blamed(place, changes)
        return None

    def by_heap(self) -> Blame | None:
        """Blame the revision that made the heap too large for its container, however long ago it was.

        The failure begins only when the program needs that much memory.
        """
        problem = self.problem
        for place in self.places(SKEW)[:NAMES_BACK] if problem.kind.row.heap else ():
            document = document_of(self.revisions[place])
            if document is not None and not memory_crowded(
                part_of(problem.workload, problem.container, document), document
            ):
                break
            self.want(place)
            _fit, changes = self.explained(place)
            if too_large := [change for change in changes if change.heap_too_large]:
                return self.blamed(place, too_large)
            if self.changes(place) is None:
                break
        return None

    def by_time(self) -> Blame:
        """Blame the newest revision before the failure that can explain it, without healthy time in between.

        If the failure may have begun before that revision, an older one that explains it as well may be to blame.
        """
        onset = self.problem.onset
        examined: list[Revision] = []
        candidate: tuple[int, int, list[Changed]] | None = None
        places = self.places(SKEW)
        if places and onset is not None and onset.cut:
            return self._by_words(places[:_MOST_EXAMINED]) or Blame(ChangeState.UNREAD, why="too_old")
        for place in places:
            revision, at = self.revisions[place], self._at(place, self._now)
            decided = candidate is not None and self._decided(*candidate[:2], at)
            # Even then, an older revision can have the better reason: without a load or a run, nothing shows it.
            sure = decided and candidate is not None and candidate[1] < ASIDE
            if sure or (candidate is not None and len(examined) >= _MOST_EXAMINED):
                break
            if candidate is None and at < self.first:
                break
            changes = self.changes(place)
            if changes is None:
                self.want(place)
                if candidate is not None and not self.wanted and at < self.first:
                    break
                return Blame(ChangeState.UNREAD, examined=tuple(examined), why="unread")
            examined.append(revision)
            fit, explaining = self.explained(place)
            if fit is not None and (candidate is None or fit < ASIDE <= candidate[1]):
                candidate = place, fit, explaining
            elif fit is not None and not decided and candidate and (at >= self.first or fit <= candidate[1]):
                both = (self.revisions[candidate[0]], revision)
                return Blame(ChangeState.UNREAD, examined=tuple(examined), why="candidates", others=both)
            if onset is None and changes:
                # Without a time, go past only those revisions that left the workload alone.
                break
        if candidate is not None:
            return self.blamed(candidate[0], candidate[2])
        return self._nothing(examined)

    def _by_words(self, places: Sequence[int]) -> Blame | None:
        """Blame the only one of these revisions that changed what the words of the failure are about."""
        fits: list[tuple[int, int, list[Changed]]] = []
        for place in places if self.problem.said.tables.aspects_of(self.problem.said.text) else ():
            if self.changes(place) is None:
                self.want(place)
            fit, explaining = self.explained(place)
            if fit is not None and fit < ASIDE:
                fits.append((fit, place, explaining))
        return self.blamed(*fits[0][1:]) if len(fits) == 1 else None

    def _decided(self, place: int, fit: int, older: datetime) -> bool:
        """Whether no revision from then or earlier may be to blame instead of the one at an index."""
        if fit == NAMED and self.problem.kind.row.pulled:
            # No older revision has the image that cannot be pulled.
            return True
        return self._at(place, self.began) <= self.began + SKEW or older < self.began - _CREATED

    def _nothing(self, examined: list[Revision]) -> Blame:
        """Return why none of the revisions that were compared is to blame."""
        places = [self.revisions.index(each) for each in examined]
        compared = Blame(ChangeState.UNCHANGED, others=tuple(examined), examined=tuple(examined), why="unchanged")
        if any(map(self.hidden, places)):
            return compared._replace(state=ChangeState.UNREAD, hidden=True, why="hidden")
        if any(document_of(self.revisions[each]) != document_of(self.revisions[each + 1]) for each in places):
            return compared._replace(state=ChangeState.UNRELATED, why="unrelated")
        return compared


# ---- how well a change explains a failure


def explaining(kind: Kind, changes: Sequence[Changed], said: Said) -> tuple[int | None, list[Changed]]:
    """Return the changes that explain a failure of this kind best, and how well they do; None if none does."""
    fits = [_judged(kind, change, said) for change in changes]
    best = min((fit for fit in fits if fit is not None), default=None)
    explained = [change for change, fit in zip(changes, fits, strict=True) if fit is not None and fit == best]
    if any(change.aspect == "whole" for change in explained):
        explained = [change for change in explained if change.aspect == "whole"]
    return best, explained


def _judged(kind: Kind, change: Changed, said: Said) -> int | None:
    """Return how well a change explains a failure; less well if the words of the failure are about something else."""
    fit = _fit(kind, change, said)
    wanted = said.tables.aspects_of(said.text) if kind.row.worded else frozenset[str]()
    if fit is None or fit == NAMED or not wanted or change.aspect.removesuffix(" limit") in wanted:
        return fit
    # What another service refuses needs no change here.
    return None if said.of_others else fit + ASIDE


def _fit(kind: Kind, change: Changed, said: Said) -> int | None:
    """Return how well a change explains a failure: NAMED, or the number of its tier; None if it does not."""
    row = kind.row
    if change.aspect == "whole":
        return None if row.pulled and said.registry_down else NAMED
    tiers = next((tiers for about, tiers in row.tiers.items() if about in said.abouts), row.tiers.get("usual", []))
    tier = next((n for n, tier in enumerate(tiers) if any(_passes(each, change, said) for each in tier)), None)
    also = row.named and (change.aspect in table("blame")["order"]["named"] or "invalid" in said.abouts)
    return NAMED if (tier is not None or also) and named(change, said.text) else tier


def words_in(value: object, most: int = 200) -> list[str]:
    """Return the keys and strings inside a value, to find them in a log."""
    result: list[str] = []
    waiting = [value]
    while waiting and len(result) < most:
        each = waiting.pop()
        if isinstance(each, Mapping):
            result += map(str, each)
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each
        elif isinstance(each, str):
            result += [each, *_HOST.findall(each[:_LONGEST])]
        elif isinstance(each, int | float) and not isinstance(each, bool):
            result.append(str(each))
    return result


def named(change: Changed, text: str) -> bool:
    """Whether a text mentions what changed: the key of a variable, or one of the values."""
    names: list[str] = []
    if change.aspect in ("variable", "whole", "dependency"):
        names += change.own_steps
    if change.aspect != "replicas":
        before = set(words_in(change.old))
        names += [word for word in words_in(change.new) if word not in before]
    if change.new is None or change.aspect == "dependency":
        names += words_in(change.old)
    return any(mentions(text, word) for word in names)


def mentions(text: str, word: str) -> bool:
    """Whether a text contains a whole word; names also match as clusters and programs write them: `billing-eu`."""
    lowered = word.lower()
    if len(word) < 3 or lowered in words("common") or (word.isdecimal() and len(word) < 4):
        return False
    others = (lowered, lowered.replace("_", "-")) if "_" in word and len(word) > 5 else ()
    return any(each in text and whole_words(each).search(text) for each in dict.fromkeys((word, *others)))


def _image(change: Changed, said: Said) -> bool:
    """A changed image explains a failed pull; if the registry fails, only a changed registry does."""
    abouts = said.abouts
    if change.aspect == "image" and "absent" not in abouts and abouts & {"registry down", "registry refuses"}:
        return _registry(change.old) != _registry(change.new)
    return change.aspect in ("image", "registry")


def _registry(image: object) -> str:
    head, slash, _rest = str(image).partition("/")
    return head if slash and ("." in head or ":" in head or head == "localhost") else ""


def _needs_memory(change: Changed, _said: Said) -> bool:
    if change.aspect == "model" or (change.aspect == "gpu" and change.way in (Way.LOWERED, Way.REMOVED)):
        return True
    grew = change.aspect == "variable" and change.way in (Way.RAISED, Way.ADDED)
    return grew and _has_part(map(str, change.path), "sizes") and quantity(change.new) is not None


def _variable(change: Changed, said: Said) -> bool:
    """A variable that the text names, or that can cause what it says: a worker count cannot explain a refused key."""
    return change.aspect == "variable" and (
        named(change, said.text) or (not is_harmless(change) and _is_about(change, said))
    )


def _is_about(change: Changed, said: Said) -> bool:
    for about, names in (("unreachable", "addresses"), ("refused", "keys")):
        if about in said.abouts:
            inside = [*change.own_steps, *words_in(change.old), *words_in(change.new)]
            return any("://" in each for each in inside) or _has_part(inside, names) or _secret(change, said)
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


def _room(change: Changed, said: Said) -> bool:
    """A request that grew; if the scheduler names a scarce resource, a request for that one."""
    aspect, lowered = change.aspect, said.text.lower()
    if change.way is Way.LOWERED or (change.way is Way.REMOVED and aspect != "placement"):
        return False
    short = {name for name, hints in table("blame")["room"].items() if any(each in lowered for each in hints)}
    if aspect in ("memory", "cpu", "gpu", "placement"):
        return aspect in short or not short or (aspect == "gpu" and "placement" in short)
    # Only a quota is about limits.
    return aspect == "replicas" or (aspect.endswith("limit") and aspect in short)


def _secret(change: Changed, _said: Said) -> bool:
    """A variable that comes from a secret, or from an account variable."""
    inside = [*words_in(change.old), *words_in(change.new), *map(str, change.path)]
    return change.aspect == "variable" and any(word.lower() in _SOURCES for word in inside)


Test = Callable[[Changed, Said], bool]
_TESTS: dict[str, Test] = {
    "less memory": lambda change, _said: change.less_memory or change.heap_too_large,
    "needs memory": _needs_memory,
    "image pulled": _image,
    "variable": _variable,
    "variable removed": lambda change, said: change.way is Way.REMOVED and _variable(change, said),
    "any variable": lambda change, _said: change.aspect == "variable" and not is_harmless(change),
    "port variable": lambda change, _said: change.aspect == "variable" and "PORT" in change.name.upper(),
    "secret": _secret,
    "targets": lambda change, _said: change.aspect == "variable" and change.name == "targets",
    "room": _room,
}


def _passes(test: str, change: Changed, said: Said) -> bool:
    """Whether a change passes a test of the table: one above, or an aspect with or without a way."""
    if test in _TESTS:
        return _TESTS[test](change, said)
    return test in (change.aspect, f"{change.aspect} {change.way}")


# ---- what a revision changed for a workload


class Part(NamedTuple):
    """The part of a spec that configures a workload, and the words by which variables target it."""

    path: Path
    targets: tuple[str, ...] = ()


def spec_of(value: object) -> Spec | None:
    """Return a spec given as document, bytes, text, or decoded JSON; None if it is empty or not a JSON object.

    A template is taken out of the object that the platform wraps it in.
    """
    raw = value.text if isinstance(value, Document) else value
    spec = _decoded(raw) if isinstance(raw, bytes | str) else raw
    if not isinstance(spec, Mapping):
        return None
    inside = spec.get("template") if "agent" not in spec else None
    return (inside if isinstance(inside, Mapping) else spec) or None


@lru_cache(maxsize=16)
def _decoded(raw: bytes | str) -> object:
    """Return a decoded spec, or None. One investigation compares the same specs several times."""
    try:
        return json_of(raw.encode() if isinstance(raw, str) else raw)
    except (ValueError, RecursionError):
        return None


def document_of(revision: Revision) -> Spec | None:
    """Return the spec of a revision, or None."""
    return spec_of(revision.spec.value if revision.spec.known else revision.sent)


def is_template(value: object) -> bool:
    """Whether a spec is one that the platform regenerated, with today's variables, resources, storage, and access."""
    if isinstance(value, Document):
        return find(value, ("agent",)) is None and find(value, ("template",)) is not None
    return isinstance(value, Mapping) and str(value.get("spec", "")).startswith("deployment-template")


def value_at(spec: object, path: Iterable[str | int | None]) -> object:
    """Return the value at a path, or None."""
    for step in path:
        if isinstance(spec, Mapping):
            spec = spec.get(step)
        elif isinstance(spec, list) and isinstance(step, int) and step < len(spec):
            spec = spec[step]
        else:
            return None
    return spec


def _keys_at(spec: Spec, *path: str) -> list[str]:
    value = value_at(spec, path)
    return list(value) if isinstance(value, Mapping) else []


def part_of(workload: Workload, container: str, *specs: Spec) -> Part:
    """Return the part of a workload; in a spec of unknown layout, that is the whole spec."""
    sections = [spec for spec in specs if "agent" in spec]
    if not sections:
        return Part(())
    if container.lower() in _SIDECARS and not workload.is_job:
        return Part(("interfaces",), ("interface", "interfaces"))
    section, name = _entry_of(workload, sections)
    words_for = (section, section.rstrip("s"))
    if section in _UNNAMED:
        return Part((section,), words_for)
    return Part((section, name), (*words_for, *(f"{word}.{name}" for word in words_for)))


def _entry_of(workload: Workload, specs: list[Spec]) -> tuple[str, str]:
    """Return the section of a workload and its key there, by its component, the end of its name, or its image."""
    head, _dash, tail = workload.component.partition("-")
    sections = table("blame")["sections"]
    own = sections.get(head.lower(), ())
    if workload.component == "agent" or (not own and workload.name.endswith("-agent")):
        return "agent", ""
    if own and own[0] in _UNNAMED:
        return own[0], ""
    best = ("observability" if "collector" in (workload.name, workload.component) else "agent", "")
    most = 0
    for section in own or dict.fromkeys(each for row in sections.values() for each in row):
        names = dict.fromkeys(name for spec in specs for name in _keys_at(spec, section))
        for name in names if section not in _UNNAMED else ():
            named = workload.name.endswith(f"-{name}") and (own or section.rstrip("s") in workload.name)
            image = any(value_at(spec, (section, name, "image")) == workload.image != "" for spec in specs)
            fit = 1000 * (name == tail) + (4 + len(name) if named else 0) + 2 * image + bool(own and len(names) == 1)
            best, most = ((section, name), fit) if fit > most else (best, most)
    return best


def place_in(verdict: Verdict) -> Place:
    """Return where the spec of the current revision configures what fails, and its memory."""
    failure, revisions = verdict.failure, verdict.seen.revisions
    spec = document_of(revisions[0]) if revisions else None
    if failure is None or spec is None:
        return Place()
    part = part_of(failure.workload, failure.container, spec)
    path, limit = _limit(part, spec)
    memory = jq_path(path).lstrip(".") if limit else ""
    return Place(jq_path(part.path).lstrip(".") or "the spec", memory, str(value_at(spec, path)) if memory else "")


def changes_for(workload: Workload, container: str, old: Spec, new: Spec) -> list[Changed]:
    """Return what changed for a workload: in its part of the spec, and in variables that target it.

    Other workloads that were removed, or whose port or image changed, are included as dependencies.
    """
    part = part_of(workload, container, old, new)
    changes: list[Changed] = []
    pairs = list(islice(_walk((), old, new), MOST))
    valued = {path[1] for path, *both in pairs if path[0] == "variables" and path[2:] == ("value",) and None in both}
    for path, before, after in pairs:
        aspect, way = _aspect(path, part, old, new, valued), way_of(before, after)
        if aspect == "whole":
            changes.append(Changed(part.path, aspect, Way.ADDED, None, value_at(new, part.path)))
        elif aspect == "variable" and path[0] == "variables" and path[2:] == ("targets",):
            way = Way.ADDED if _reaches(new, path[1], part) else Way.REMOVED
            changes.append(Changed(path, aspect, way, before, after))
        elif aspect and (way or not aspect.startswith(("memory", "cpu"))):
            secret = any(value_at(spec, (*path[:-1], "secret")) is True for spec in (old, new))
            changes.append(Changed(path, aspect, way or Way.CHANGED, before, after, secret=secret))
    return _with_memory(changes, part, old, new)


def _walk(path: Path, old: Any, new: Any) -> Iterator[tuple[Path, Any, Any]]:
    """Yield the path and both values of what differs between two values."""
    # A secret that was stored masked may have changed or not.
    if old == new or any(isinstance(value, str) and value.startswith(MASK) for value in (old, new)):
        return
    if path and path[-1] in HOLDERS:
        old = {} if old is None and isinstance(new, dict) else old
        new = {} if new is None and isinstance(old, dict) else new
    if isinstance(old, dict) and isinstance(new, dict):
        differing = [key for key, value in new.items() if old.get(key) != value]
        for key in (*differing, *(key for key in old if key not in new)):
            yield from _walk((*path, key), old.get(key), new.get(key))
    elif isinstance(old, list) and isinstance(new, list) and any(isinstance(item, dict) for item in (*old, *new)):
        before, after = (Document.parse(_encoded(value)) for value in (old, new))
        for change in compare(before, after).root.parts:
            if change.kind is not ChangeKind.MOVED or change.parts:
                values = value_at(old, (change.step_old,)), value_at(new, (change.step_new,))
                yield from _walk((*path, *change.path), *values)
    else:
        yield path, old, new


def _encoded(value: object) -> bytes:
    """Return a value as JSON; unlike msgspec's, this accepts lone surrogates."""
    return json.dumps(value).encode()


def _aspect(path: Path, part: Part, old: Spec, new: Spec, valued: set[str | int]) -> str:
    """Return what a difference is about; empty if it is not about this workload."""
    size = len(part.path)
    if path == part.path[: len(path)]:
        return "whole" if value_at(old, part.path) is None and value_at(new, part.path) is not None else ""
    if path[:size] == part.path:
        return aspect_of(path[size:])
    if path[0] == "variables":
        return "variable" if _is_for(path, part, old, new, valued) else ""
    if path[:2] == ("source", "build"):
        return "image" if value_at(new, (*part.path, "image")) is None else ""
    if path[:2] in (("source", "registry"), ("target", "cluster_id")):
        return aspect_of(path)
    whole = len(path) <= 2 and value_at(new, path) is None
    if path[0] not in words("dependencies"):
        return ""
    aspect = aspect_of(path[2:])
    return "dependency" if whole or aspect == "port" else "dependency image" if aspect == "image" else ""


def aspect_of(path: Iterable[str | int]) -> str:
    """Return the aspect of the value at a path that starts at its part of the spec. Knows the keys of all layouts."""
    result, limits = "other", False
    for step in path:
        key = step.lower() if isinstance(step, str) else ""
        limits = limits or key == "limits"
        aspect = _keys().get(key, "")
        if aspect and not (result == "exposure" and aspect == "port"):
            result = aspect
        if result in words("inside"):
            break
    return f"{result} limit" if limits and result in ("memory", "cpu") else result


@cache
def _keys() -> dict[str, str]:
    return {key: aspect for aspect, keys in table("blame")["aspects"].items() for key in keys.split()}


def quantity(value: object) -> float | None:
    """Return a Kubernetes quantity as a number: `256Mi`, `100m`, `2`; None if it is not one."""
    if not isinstance(value, str):
        return number_of(value)
    size = amount(value.strip()) if len(value) < 40 else None
    return None if size is None else float(size)


def way_of(old: object, new: object) -> Way | None:
    """Return how a value changed; None if both are the same amount, such as `1Gi` and `1024Mi`."""
    if old is None or new is None:
        return Way.ADDED if old is None else Way.REMOVED
    before, after = quantity(old), quantity(new)
    if before is None or after is None:
        return Way.CHANGED
    return None if before == after else Way.RAISED if after > before else Way.LOWERED


def _is_for(path: Path, part: Part, old: Spec, new: Spec, valued: set[str | int]) -> bool:
    """Whether a changed variable reaches a part, or did before."""
    if len(path) < 2 or not part.path:
        return True
    name, field = path[1], path[2] if len(path) > 2 else None
    reached, reaches = (_reaches(spec, name, part) for spec in (old, new))
    if field == "targets":
        return reached != reaches
    # Templates and stored documents differ in the `ref` of secrets; a `ref` that replaces a value is a change.
    one_sided = None in (value_at(old, path), value_at(new, path))
    return (
        (reached or reaches)
        and field not in words("displayed")
        and not (field == "ref" and one_sided and name not in valued)
    )


def _reaches(spec: Spec, name: str | int, part: Part) -> bool:
    """Whether a variable reaches a part; one without targets reaches all."""
    if value_at(spec, ("variables", name)) is None:
        return False
    targets = value_at(spec, ("variables", name, "targets"))
    if not isinstance(targets, list) or not targets:
        return True
    unnamed = part.targets[:1] if len(part.path) < 2 else ()
    return any(str(each) in part.targets or str(each).split(".")[0] in unnamed for each in targets)


def _limit(part: Part, spec: Spec) -> tuple[Path, float]:
    """Return the path and amount of what limits the memory of a part; an empty path if nothing does."""
    paths = [(*part.path, "resources", *below) for below in _LIMITS]
    amounts = ((path, quantity(value_at(spec, path))) for path in paths)
    return next(((path, amount) for path, amount in amounts if amount is not None), ((), 0.0))


def memory_crowded(part: Part, spec: Spec) -> bool:
    """Whether an option lets a program use a heap that leaves no memory for anything else in its container."""
    _path, limit = _limit(part, spec)
    names = (name for name in _keys_at(spec, "variables") if part.path and _reaches(spec, name, part))
    variables = {name: value_at(spec, ("variables", name)) for name in names}
    return 0 < limit <= _heap([value_at(spec, part.path), variables])


def _with_memory(changes: list[Changed], part: Part, old: Spec, new: Spec) -> list[Changed]:
    """Return the changes, and mark those that lower the limit or make the heap too large for the container.

    A lower request matters only without a limit, and a removed limit only if the request is lower.
    """
    (before, was), (path, limit) = _limit(part, old), _limit(part, new)
    if was and not any(each.path == path[: len(each.path)] for each in changes):
        path = before
    lowered = limit > 0 and (not was or limit < was)
    crowded = bool(changes) and memory_crowded(part, new) and not memory_crowded(part, old)

    def marked(each: Changed) -> Changed:
        less = lowered and each.path == path[: len(each.path)]
        large = less or any(_heap({str(step): each.new}) for step in each.path[-2:])
        return each._replace(less_memory=less, heap_too_large=crowded and large)

    return list(map(marked, changes))


def _heap(value: object) -> float:
    return largest_heap(_encoded(value))


def largest_heap(text: bytes) -> float:
    """Return the largest heap in bytes that options of Java, Node.js, or Go set in a JSON text; 0 if none does."""
    largest = 0.0
    for hint, option, unit in _options():
        # Checking for the word first takes a tenth of the time.
        for match in option.finditer(text) if hint in text else ():
            largest = max(largest, float(match[1]) * 1024.0 ** _UNITS[match[2].lower() or unit])
    return largest


@cache
def _options() -> list[tuple[bytes, re.Pattern[bytes], bytes]]:
    rows = table("blame")["heap"].values()
    return [(row["hint"].encode(), re.compile(row["form"].encode()), row.get("unit", "").encode()) for row in rows]
