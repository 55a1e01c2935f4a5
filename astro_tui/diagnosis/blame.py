"""Which revision introduced a failure, or why none is blamed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from astro_tui.diagnosis.cluster import Revision, Workload, revisions_of, rolled_back
from astro_tui.diagnosis.current import SKEW
from astro_tui.diagnosis.explain import explaining, named_changes, of_others, pull_error_known, tier_of
from astro_tui.diagnosis.facts import MISSING, Facts, RevisionKey
from astro_tui.diagnosis.failures import Failure, Verdict
from astro_tui.diagnosis.onset import Onset
from astro_tui.diagnosis.result import ChangeState, Kind
from astro_tui.diagnosis.spec_changes import (
    Changed,
    Spec,
    changes_for,
    heap_too_large,
    is_template,
    may_name,
    named,
    spec_of,
)

_DELAY = {
    Kind.CRASH: timedelta(hours=1),
    Kind.MEMORY: timedelta(hours=6),
    Kind.JOB: timedelta(days=8),
    Kind.ENDPOINT: timedelta(days=1),
}
_USUAL_DELAY = timedelta(minutes=30)
"""How long after a deploy a failure that it caused can begin; if one begins later, the deploy was healthy."""
_WITHOUT_ONSET = timedelta(hours=6)
_NAME_SKEW = timedelta(minutes=2)
_SHOWN = (Kind.IMAGE, Kind.TIMEOUT)
"""Kinds of failures that only changes explain which every spec shows."""
_NAMING = (Kind.CRASH, Kind.JOB, Kind.CONFIG)
_ENDING = (Kind.CRASH, Kind.MEMORY)
_RAN = timedelta(minutes=4)
"""The longest that a program broken by a change runs before it crashes, if no log says why."""
_CREATED = timedelta(minutes=10)
"""How long after a deploy its pods are created."""
_MOST_NAMED = 8
"""How many revisions are searched for a change that the failure names."""
_MOST_EXAMINED = 4
"""How many revisions are compared to decide whether an older one may be to blame instead."""
NAMES_BACK = 6
"""How many older revisions are worth requesting to look for a name in the log, or for the size of a heap."""


class Blame(NamedTuple):
    """The result: the state, the revision and its changes if one is blamed, and which specs would show more."""

    state: ChangeState
    revision: Revision | None = None
    previous: Revision | None = None
    changes: tuple[Changed, ...] = ()
    wanted: tuple[RevisionKey, ...] = ()
    examined: tuple[Revision, ...] = ()
    candidates: tuple[Revision, ...] = ()
    """Several revisions that may have caused the failure, if nothing shows which one did."""
    too_old: bool = False
    """Whether the failure is older than all logs, so it is unknown which revision came right before it."""
    no_time: bool = False
    """Whether it is unknown when the failure began: it may have been right after a deploy, or long after it."""
    undone: Revision | None = None
    """The revision that was rolled back, if the failure may have begun then: nobody knows when that was."""
    hidden: bool = False
    """Whether the specs do not show what could explain the failure: variables, resources, storage, and access."""


class Question(NamedTuple):
    """What a change has to explain: a kind of failure of a workload, its words, and when it began.

    `last_words_known` says that the log of the container was read.
    """

    kind: Kind
    workload: Workload
    container: str
    text: str
    onset: Onset | None
    last_words_known: bool = True
    created: datetime | None = None
    """The latest possible creation time of the failing pod: a later revision cannot have broken it."""


class _Search:
    def __init__(self, facts: Facts, question: Question) -> None:
        self.facts, self.question = facts, question
        self.revisions = revisions_of(facts)
        self.wanted: list[RevisionKey] = []
        self._documents: dict[RevisionKey, Spec | None] = {}
        self._changes: dict[int, list[Changed] | None] = {}

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
            found = (
                None
                if new is None or old is None
                else []
                if new == old
                else changes_for(self.question.workload, self.question.container, old, new)
            )
            self._changes[place] = found
        return self._changes[place]

    def hidden(self, place: int) -> bool:
        """Whether the specs of a revision and its predecessor may hide a change that explains the failure."""
        if self.question.kind in _SHOWN:
            return False
        return any(not each.current and self._outdated(each) for each in self.revisions[place : place + 2])

    def _outdated(self, revision: Revision) -> bool:
        fact = self.facts.specs.get(revision.key, MISSING)
        return fact.regenerated or (fact.known and is_template(fact.value))

    def want(self, place: int) -> None:
        for revision in self.revisions[place : place + 2]:
            requested = self.facts.specs.get(revision.key, MISSING).requested
            if not requested and self.document(revision) is None and revision.key not in self.wanted:
                self.wanted.append(revision.key)

    # ---- the two ways to find it

    def by_name(self) -> Blame | None:
        """Blame the newest revision whose change the failure names, however long ago it was.

        Only programs name what they lack. A message about an image or a probe contains its address in any case.
        """
        question = self.question
        if question.kind not in _NAMING:
            return None
        others = of_others(question.text)
        for place in self.places(_NAME_SKEW)[:_MOST_NAMED]:
            if (question.kind is Kind.CONFIG or others) and self._long_before(self.revisions[place]):
                break
            new, old = self.document(self.revisions[place]), self.document(self.revisions[place + 1])
            if new is None or old is None or not may_name(question.text, old, new):
                continue
            changes = self.changes(place)
            found = named_changes(question.kind, changes, question.text) if changes else []
            if found and not self._after_the_pod(self.revisions[place]):
                return self._blamed(place, explaining(question.kind, changes or (), question.text) or found)
        return None

    def by_time(self) -> Blame:
        """Blame the newest revision before the failure that can explain it, without healthy time in between.

        Only last words, or an exact start, show which of several such revisions is to blame.
        """
        examined: list[Revision] = []
        differs = False
        candidate: Blame | None = None
        places = self.places(SKEW)
        if places and self.question.onset is not None and self.question.onset.cut:
            return Blame(ChangeState.UNREAD, too_old=True)
        for place in places:
            revision = self.revisions[place]
            if candidate is not None and self._decided(candidate, revision, examined):
                break
            if candidate is None and self._too_early(revision):
                if self._no_time and not self._too_early(revision, at_once=False):
                    return Blame(ChangeState.UNREAD, examined=tuple(examined), no_time=True)
                break
            changes = self.changes(place)
            if changes is None:
                if candidate is not None and (self.question.onset is None or self.question.onset.exact):
                    break
                self.want(place)
                if candidate is not None and not self.wanted and self._too_early(revision):
                    break
                return Blame(ChangeState.UNREAD, wanted=tuple(self.wanted), examined=tuple(examined))
            examined.append(revision)
            new, old = self.document(revision), self.document(self.revisions[place + 1])
            differs = differs or (new is not None and old is not None and new != old)
            found = explaining(self.question.kind, changes, self.question.text)
            if found and not self._after_the_pod(revision):
                if candidate is None:
                    candidate = self._blamed(place, found)
                elif self._as_good(found, candidate, revision):
                    both = tuple(each for each in (candidate.revision, revision) if each is not None)
                    return Blame(ChangeState.UNREAD, examined=tuple(examined), candidates=both)
            if self.question.onset is None and changes:
                # Without a time, go past only those revisions that left the workload alone.
                break
        if candidate is not None:
            return candidate
        if any(self.hidden(self.revisions.index(each)) for each in examined):
            return Blame(ChangeState.UNREAD, examined=tuple(examined), hidden=True)
        state = ChangeState.UNRELATED if differs else ChangeState.UNCHANGED
        return Blame(state, examined=tuple(examined))

    def by_heap(self) -> Blame | None:
        """Blame the revision that made the heap too large for its container, however long ago it was.

        The failure begins only when the program needs that much memory.
        """
        question = self.question
        if question.kind is not Kind.MEMORY:
            return None
        for place in self.places(SKEW)[:NAMES_BACK]:
            document = self.document(self.revisions[place])
            if document is not None and not heap_too_large(question.workload, question.container, document):
                return None
            changes = self.changes(place)
            if changes is None:
                self.want(place)
                return Blame(ChangeState.UNREAD)
            found = [change for change in changes if change.heap_too_large]
            if found and not self._after_the_pod(self.revisions[place]):
                return self._blamed(place, found)
        return None

    def _decided(self, candidate: Blame, older: Revision, examined: Sequence[Revision]) -> bool:
        """Whether no older revision may be to blame instead of the candidate."""
        onset, question = self.question.onset, self.question
        if not question.last_words_known and not self._too_early(older) and question.kind in (Kind.CRASH, Kind.JOB):
            return False
        if not question.last_words_known and question.kind in _ENDING and len(examined) < _MOST_EXAMINED:
            # Without a log, earlier pods of any age may have failed too: only a known beginning settles it.
            return onset is not None and not onset.hidden
        if question.kind is Kind.IMAGE and any(named(change, question.text) for change in candidate.changes):
            # No older revision has the image that cannot be pulled.
            return True
        if onset is None or candidate.revision is None or candidate.revision.deployed is None or older.deployed is None:
            return True
        began_after = candidate.revision.deployed <= onset.earliest + SKEW
        return began_after or older.deployed < onset.earliest - _CREATED or len(examined) >= _MOST_EXAMINED

    def _as_good(self, found: Sequence[Changed], candidate: Blame, older: Revision) -> bool:
        """Whether an older revision may be to blame instead of the candidate.

        If only expired signs could show that, the older one must explain the failure at least as well.
        """
        if not self._too_early(older):
            return True
        kind, text = self.question.kind, self.question.text
        return tier_of(kind, found, text) <= tier_of(kind, candidate.changes, text)

    def places(self, skew: timedelta) -> list[int]:
        """Return the indexes of the revisions before the failure that have a predecessor, newest first."""
        onset = self.question.onset
        places = range(len(self.revisions) - 1)
        if onset is None:
            return list(places)
        return [place for place in places if (at := self.revisions[place].deployed) is None or at <= onset.at + skew]

    def _after_the_pod(self, revision: Revision) -> bool:
        """Whether the failing pod is older than a revision, which therefore cannot have broken it."""
        created = self.question.created
        return created is not None and revision.deployed is not None and revision.deployed > created + SKEW

    @property
    def _no_time(self) -> bool:
        """Whether only the restart count shows when the failure began: too vague to match it with a deploy."""
        question = self.question
        if question.last_words_known or question.onset is None or question.kind not in _ENDING:
            return False
        return question.onset.slack > _DELAY[question.kind]

    def _too_early(self, revision: Revision, *, at_once: bool = True) -> bool:
        """Whether a revision is too old to be the cause. With `at_once`, a vague start counts as its latest moment."""
        question = self.question
        if revision.deployed is None:
            return False
        if question.onset is None:
            return self.facts.now - revision.deployed > max(_WITHOUT_ONSET, _DELAY.get(question.kind, _USUAL_DELAY))
        # A job runs once a day or once a week: what it ran before says more than the time since the deploy.
        job = question.workload.is_job
        delay = _DELAY[Kind.JOB] if job else _DELAY.get(question.kind, _USUAL_DELAY)
        if job and _succeeded_since(question.workload, revision.deployed, question.onset.at):
            return True
        silent = question.kind is Kind.CRASH and not question.last_words_known and not job
        if silent and question.onset.earliest - revision.deployed > _RAN:
            # A program that ran for minutes first may have ended for any reason.
            return True
        slack = timedelta(0) if at_once and self._no_time else question.onset.slack
        return question.onset.at - slack - revision.deployed > delay

    def _long_before(self, revision: Revision) -> bool:
        """Whether the pods of a revision ran before the failure, so that what they lack now went away later."""
        onset = self.question.onset
        if onset is None or revision.deployed is None:
            return self._too_early(revision)
        delay = _USUAL_DELAY if self.question.kind is Kind.CONFIG else _DELAY[self.question.kind]
        return onset.earliest - revision.deployed > delay

    def _blamed(self, place: int, changes: Sequence[Changed]) -> Blame:
        pair = self.revisions[place], self.revisions[place + 1]
        return Blame(ChangeState.EXPLAINED, *pair, tuple(changes), hidden=self.hidden(place))


def _succeeded_since(workload: Workload, deployed: datetime, onset: datetime) -> bool:
    """Whether a run of a job began after a deploy and succeeded before the failure."""
    return any(
        run.start is not None and deployed < run.start < onset and run.status in ("succeeded", "complete")
        for run in workload.runs
    )


def find_change(facts: Facts, question: Question) -> Blame:
    """Return which revision explains a failure."""
    search = _Search(facts, question)
    if not search.revisions:
        return Blame(ChangeState.UNREAD)
    if question.kind is Kind.IMAGE and not facts.events.requested and not pull_error_known(question.text):
        # Only the events distinguish an image that does not exist from a registry that is down.
        return Blame(ChangeState.UNREAD)
    named = search.by_name()
    timed = search.by_time()
    if named is not None:
        return named
    if timed.state is not ChangeState.EXPLAINED and not timed.candidates and not search.wanted:
        timed = search.by_heap() or timed
    if question.text and question.kind in _NAMING:
        for place in search.places(_NAME_SKEW)[:NAMES_BACK]:
            search.want(place)
    if timed.state in (ChangeState.UNCHANGED, ChangeState.UNRELATED) and (undone := rolled_back(facts)) is not None:
        return Blame(ChangeState.UNREAD, wanted=tuple(search.wanted), undone=undone)
    return timed._replace(wanted=tuple(search.wanted))


BLAMELESS = (Kind.BILLING, Kind.CANCELED, Kind.PAUSED, Kind.NONE, Kind.UNKNOWN)
_DAY = timedelta(days=1)


def blame_of(facts: Facts, verdict: Verdict) -> Blame:
    """Return which change explains a verdict; none for unknown states and those that a user chose."""
    if verdict.kind in BLAMELESS:
        return Blame(_blameless_state(facts, verdict))
    failure = verdict.failure
    if failure is None:
        workload = verdict.situation.cluster.workload_of("", "agent")
        if verdict.requests is not None:
            begun = Onset(verdict.requests.since) if verdict.requests.since is not None else None
            agent = verdict.situation.cluster.get(workload)
            return find_change(facts, Question(Kind.CRASH, agent, "", verdict.requests.words, begun))
        words = verdict.endpoint.message + " " + verdict.endpoint.url if verdict.endpoint else ""
        question = Question(verdict.kind, verdict.situation.cluster.get(workload), "", words, None)
        found = find_change(facts, question)
        if verdict.kind is Kind.ENDPOINT and found.state is not ChangeState.EXPLAINED:
            beside = find_change(facts, question._replace(container="messaging"))
            found = beside if beside.state is ChangeState.EXPLAINED or found.state is ChangeState.UNREAD else found
        return found
    heard = any(log.lines for log in failure.logs)
    return find_change(
        facts,
        Question(
            verdict.kind,
            failure.workload,
            failure.container,
            failure.text,
            failure.onset,
            heard,
            _created(facts, failure),
        ),
    )


def _created(facts: Facts, failure: Failure) -> datetime | None:
    """Return the latest possible creation time of the failing pod, if only the observed pod fails."""
    workload = failure.workload
    if workload.ready or workload.is_job or not any(signal.source == "runtime" for signal in failure.signals):
        return None
    if any(signal.event is not None and signal.pod != workload.pod for signal in failure.signals):
        return None
    return workload.started(facts.now)


def _blameless_state(facts: Facts, verdict: Verdict) -> ChangeState:
    """Return the state to report when no search for a change is made."""
    if verdict.kind in (Kind.BILLING, Kind.CANCELED, Kind.PAUSED):
        return ChangeState.UNRELATED
    if verdict.kind is Kind.UNKNOWN and not facts.history.known:
        return ChangeState.UNREAD
    deployed = verdict.situation.deployed
    lately = deployed is not None and facts.now - deployed < _DAY
    return ChangeState.UNRELATED if verdict.kind is Kind.UNKNOWN and lately else ChangeState.UNCHANGED
