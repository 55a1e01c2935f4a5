"""Which revision introduced a failure, or why none is blamed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from astro_tui.diagnosis.cluster import Revision, Workload, revisions_of, rolled_back
from astro_tui.diagnosis.explain import ASIDE, NAMED, explaining, of_others, pull_error_known
from astro_tui.diagnosis.facts import MISSING, Facts, RevisionKey
from astro_tui.diagnosis.failures import Verdict
from astro_tui.diagnosis.onset import Onset
from astro_tui.diagnosis.result import ChangeState, Kind
from astro_tui.diagnosis.signals import SKEW
from astro_tui.diagnosis.spec_changes import Changed, Spec, changes_for, is_template, memory_crowded, part_of, spec_of
from astro_tui.diagnosis.tables import table
from astro_tui.diagnosis.words import aspects_of

_SHOWN = (Kind.IMAGE, Kind.TIMEOUT)
"""Kinds of failures that only changes explain which every spec shows."""
_NAMING = (Kind.CRASH, Kind.JOB, Kind.CONFIG)
_ENDING = (Kind.CRASH, Kind.MEMORY)
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


class Blame(NamedTuple):
    """The revision and its changes, if one is blamed; otherwise, `why` is the key in `[unblamed]` that says why not.

    `others` are the revisions that this reason is about. `wanted` are the revisions whose specs would show more.
    """

    state: ChangeState
    revision: Revision | None = None
    previous: Revision | None = None
    changes: tuple[Changed, ...] = ()
    why: str = ""
    others: tuple[Revision, ...] = ()
    examined: tuple[Revision, ...] = ()
    wanted: tuple[RevisionKey, ...] = ()
    hidden: bool = False
    """Whether the specs do not show what could explain the failure: variables, resources, storage, and access."""


class Question(NamedTuple):
    """What a change has to explain: a kind of failure of a workload, its words, and when it began.

    `heard` says that the log of the container was read.
    """

    kind: Kind
    workload: Workload
    container: str = ""
    text: str = ""
    onset: Onset | None = None
    heard: bool = True

    @property
    def delay(self) -> timedelta:
        """How long after a deploy a failure that it caused can begin; if one begins later, the deploy was healthy."""
        # A job runs once a day or once a week: what it ran before says more than the time since the deploy.
        kind = Kind.JOB if self.workload.is_job and self.onset is not None else self.kind
        delays = table("blame")["delays"]
        return timedelta(minutes=delays.get(kind, delays["usual"]))

    def earliest_cause(self, now: datetime, slack: timedelta) -> datetime:
        """Return the earliest time of a deploy that can have caused the failure."""
        onset, workload = self.onset, self.workload
        if onset is None:
            return now - max(_WITHOUT_ONSET, self.delay)
        times = [onset.at - slack - self.delay]
        if workload.is_job:
            times += [run.start for run in workload.runs if run.succeeded and run.start and run.start < onset.at]
        elif self.kind is Kind.CRASH and not self.heard:
            # A program that ran for minutes first may have ended for any reason.
            times.append(onset.earliest - _RAN)
        return max(times)


class _Search:
    def __init__(self, facts: Facts, question: Question) -> None:
        self.facts, self.question = facts, question
        self.revisions = revisions_of(facts)
        self.wanted: list[RevisionKey] = []
        self._documents: dict[RevisionKey, Spec | None] = {}
        self._changes: dict[int, list[Changed] | None] = {}
        onset = question.onset
        slack = onset.slack if onset is not None else _NONE
        self.first = question.earliest_cause(facts.now, slack)
        self.began = onset.earliest if onset is not None else facts.now
        """The earliest time at which the failure may have begun."""
        if onset is not None and onset.hidden and not question.heard and question.kind in _ENDING:
            self.began = facts.now - _EVER

    def document(self, revision: Revision) -> Spec | None:
        key = revision.key
        if key not in self._documents:
            fact = self.facts.specs.get(key, MISSING)
            self._documents[key] = spec_of(fact.value if fact.known else revision.spec)
        return self._documents[key]

    def changes(self, place: int) -> list[Changed] | None:
        """Return what the revision at an index changed for the workload; None if a spec is unknown."""
        if place not in self._changes:
            new, old = self.document(self.revisions[place]), self.document(self.revisions[place + 1])
            about = self.question.workload, self.question.container
            self._changes[place] = None if new is None or old is None else changes_for(*about, old, new)
        return self._changes[place]

    def explained(self, place: int) -> tuple[int | None, list[Changed]]:
        """Return how well the revision at an index explains the failure, and with which changes."""
        return explaining(self.question.kind, self.changes(place) or (), self.question.text)

    def hidden(self, place: int) -> bool:
        """Whether the specs of a revision and its predecessor may hide a change that explains the failure."""
        outdated = (each for each in self.revisions[place : place + 2] if not each.current)
        facts = [self.facts.specs.get(each.key, MISSING) for each in outdated]
        regenerated = any(fact.regenerated or is_template(fact.value) for fact in facts)
        return regenerated and self.question.kind not in _SHOWN

    def want(self, place: int) -> None:
        for revision in self.revisions[place : place + 2]:
            requested = self.facts.specs.get(revision.key, MISSING).requested
            if not requested and self.document(revision) is None and revision.key not in self.wanted:
                self.wanted.append(revision.key)

    def places(self, skew: timedelta) -> list[int]:
        """Return the indexes of the revisions before the failure that have a predecessor, newest first."""
        onset, places = self.question.onset, range(len(self.revisions) - 1)
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
            fit, found = self.explained(place)
            if fit == NAMED and found[0].aspect != "whole":
                return self.blamed(place, found)
        return None

    def by_heap(self) -> Blame | None:
        """Blame the revision that made the heap too large for its container, however long ago it was.

        The failure begins only when the program needs that much memory.
        """
        question = self.question
        for place in self.places(SKEW)[:NAMES_BACK] if question.kind is Kind.MEMORY else ():
            document = self.document(self.revisions[place])
            if document is not None and not memory_crowded(
                part_of(question.workload, question.container, document), document
            ):
                break
            self.want(place)
            _fit, changes = self.explained(place)
            if found := [change for change in changes if change.heap_too_large]:
                return self.blamed(place, found)
            if self.changes(place) is None:
                break
        return None

    def by_time(self) -> Blame:
        """Blame the newest revision before the failure that can explain it, without healthy time in between.

        If the failure may have begun before that revision, an older one that explains it as well may be to blame.
        """
        onset = self.question.onset
        examined: list[Revision] = []
        candidate: tuple[int, int, list[Changed]] | None = None
        places = self.places(SKEW)
        if places and onset is not None and onset.cut:
            return self._by_words(places[:_MOST_EXAMINED]) or Blame(ChangeState.UNREAD, why="too_old")
        for place in places:
            revision, at = self.revisions[place], self._at(place, self.facts.now)
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
            fit, found = self.explained(place)
            if fit is not None and (candidate is None or fit < ASIDE <= candidate[1]):
                candidate = place, fit, found
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
        for place in places if aspects_of(self.question.text) else ():
            if self.changes(place) is None:
                self.want(place)
            fit, found = self.explained(place)
            if fit is not None and fit < ASIDE:
                fits.append((fit, place, found))
        return self.blamed(*fits[0][1:]) if len(fits) == 1 else None

    def _decided(self, place: int, fit: int, older: datetime) -> bool:
        """Whether no revision from then or earlier may be to blame instead of the one at an index."""
        if fit == NAMED and self.question.kind is Kind.IMAGE:
            # No older revision has the image that cannot be pulled.
            return True
        return self._at(place, self.began) <= self.began + SKEW or older < self.began - _CREATED

    def _nothing(self, examined: list[Revision]) -> Blame:
        """Return why none of the revisions that were compared is to blame."""
        places = [self.revisions.index(each) for each in examined]
        compared = Blame(ChangeState.UNCHANGED, others=tuple(examined), examined=tuple(examined), why="unchanged")
        if any(map(self.hidden, places)):
            return compared._replace(state=ChangeState.UNREAD, hidden=True, why="hidden")
        if any(self.document(self.revisions[each]) != self.document(self.revisions[each + 1]) for each in places):
            return compared._replace(state=ChangeState.UNRELATED, why="unrelated")
        return compared


def find_change(facts: Facts, question: Question) -> Blame:
    """Return which revision explains a failure."""
    search = _Search(facts, question)
    unclear = question.kind is Kind.IMAGE and not facts.events.requested and not pull_error_known(question.text)
    if not search.revisions or unclear:
        # Only the events distinguish an image that does not exist from a registry that is down.
        return Blame(ChangeState.UNREAD, why="unread")
    # What the cluster or another service lacks now can have gone away long after a deploy.
    programs = question.kind in (Kind.CRASH, Kind.JOB) and not of_others(question.text)
    if programs and (blame := search.by_name()) is not None:
        return blame
    blame = search.by_time()
    if blame.state is not ChangeState.EXPLAINED and blame.why != "candidates" and not search.wanted:
        blame = search.by_heap() or blame
    if question.text and question.kind in _NAMING:
        for place in search.places(_NAME_SKEW)[:NAMES_BACK]:
            search.want(place)
    if blame.state in (ChangeState.UNCHANGED, ChangeState.UNRELATED) and (undone := rolled_back(facts)) is not None:
        blame = Blame(ChangeState.UNREAD, why="undone", others=(undone,))
    return blame._replace(wanted=tuple(search.wanted))


BLAMELESS = (Kind.BILLING, Kind.CANCELED, Kind.PAUSED, Kind.NONE, Kind.UNKNOWN)
_DAY = timedelta(days=1)


def blame_of(facts: Facts, verdict: Verdict) -> Blame:
    """Return which change explains a verdict; none for unknown states and those that a user chose."""
    if verdict.kind in BLAMELESS:
        return Blame(_blameless_state(facts, verdict))
    agent = verdict.situation.cluster.agent
    if (failure := verdict.failure) is not None:
        heard = any(log.lines for log in failure.logs)
        about = failure.workload, failure.container, failure.text
        return find_change(facts, Question(verdict.kind, *about, failure.onset, heard))
    trouble = verdict.trouble
    if trouble is not None and trouble.requests is not None:
        since, log = trouble.requests.since, trouble.log
        begun = Onset(since, cut=trouble.requests.cut) if since is not None else None
        workload = verdict.situation.cluster.get(log.workload) if log is not None else agent
        container = log.container if log is not None else ""
        question = Question(Kind.CRASH, workload, container, trouble.words, begun)
        blame = find_change(facts, question)
        return blame if blame.revision is not None else find_change(facts, question._replace(container=""))
    words = f"{trouble.words} {trouble.url}" if trouble is not None else ""
    blame = find_change(facts, Question(verdict.kind, agent, "", words))
    if verdict.kind is Kind.ENDPOINT and blame.state is not ChangeState.EXPLAINED:
        beside = find_change(facts, Question(verdict.kind, agent, "messaging", words))
        blame = beside if beside.state is ChangeState.EXPLAINED else blame
    return blame


def _blameless_state(facts: Facts, verdict: Verdict) -> ChangeState:
    """Return the state to report when no search for a change is made."""
    if verdict.kind is not Kind.UNKNOWN:
        return ChangeState.UNCHANGED if verdict.kind is Kind.NONE else ChangeState.UNRELATED
    if not facts.history.known:
        return ChangeState.UNREAD
    deployed = verdict.situation.deployed
    lately = deployed is not None and facts.now - deployed < _DAY
    return ChangeState.UNRELATED if lately else ChangeState.UNCHANGED
