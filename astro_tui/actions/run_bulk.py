"""Reads, sends, and follows the actions of a bulk, each as a single action. For worker threads."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from functools import partial

from astro_tui.actions.arming import Arming, NotArmedError
from astro_tui.actions.bulk import MOST_PARALLEL, WAITS, Bulk, BulkItem, Result
from astro_tui.actions.context import ActionContext, ProgressReport
from astro_tui.actions.follow import LIMIT, follow
from astro_tui.actions.kinds import Action, ActionKind
from astro_tui.actions.preview import Preview, prepare, with_pods
from astro_tui.actions.resolving import outcome_of, resolve_all
from astro_tui.actions.run import ActionOutcome, run
from astro_tui.errors import FINAL_KINDS, AstroError, PlatformError
from astro_tui.platform.client import Call
from astro_tui.presentation.presence import Target
from astro_tui.state.journal import OPEN, ActionStage, JournalError

_NOTHING = "Nothing was sent."
_RESULTS = {ActionStage.REFUSED: Result.REFUSED, ActionStage.FAILED: Result.FAILED}


def read_items(context: ActionContext, targets: Iterable[Target], kind: ActionKind, call: Call) -> Iterator[BulkItem]:
    """Yield each agent with the preview of its action, or with the reason against it.

    Raises PlatformError if the login has expired or `call` is canceled.
    """

    def read(target: Target) -> BulkItem:
        try:
            return BulkItem(target, prepare(context, target, Action(kind), call))
        except AstroError as error:
            if isinstance(error, PlatformError) and error.kind in FINAL_KINDS:
                raise
            return BulkItem(target, sentence=str(error))

    pool = ThreadPoolExecutor(MOST_PARALLEL)
    try:
        for item in as_completed([pool.submit(read, target) for target in targets]):
            yield item.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def run_bulk(
    context: ActionContext,
    bulk: Bulk,
    arming: Arming,
    call: Call,
    changed: Callable[[BulkItem], None],
    *,
    limit: float = LIMIT,
) -> None:
    """Act on the agents of a confirmed bulk. `changed` gets an agent whenever its progress changes.

    Each is waited for `limit` seconds. A pause is only looked at once, because nothing waits for it.
    """
    context = dataclasses.replace(context, group=bulk.group)

    def work() -> None:
        try:
            while (item := bulk.take()) is not None:
                changed(item)
                one = _One(context, item, call, partial(said, item))
                changed(bulk.end(item, *one.act(arming, limit if bulk.kind in WAITS else 0.0)))
        finally:
            # After a bug, the other threads begin nothing more.
            bulk.stop()

    def said(item: BulkItem, words: str) -> None:
        changed(bulk.say(item, words))

    pool = ThreadPoolExecutor(bulk.parallel)
    try:
        for each in [pool.submit(work) for _ in range(bulk.parallel)]:
            each.result()
    finally:
        # Also after ctrl+c.
        bulk.stop()
        pool.shutdown(wait=False)
    for item in bulk.items:
        if item.result is Result.UNKNOWN and (outcome := _found_out(context, item, call)):
            changed(bulk.say(item, outcome))


class _One:
    """One agent of a bulk, whose turn it is."""

    def __init__(self, context: ActionContext, item: BulkItem, call: Call, report: ProgressReport) -> None:
        self._context, self._item, self._call, self._report = context, item, call, report

    def act(self, arming: Arming, limit: float) -> tuple[Result, str]:
        """Send the action if the agent is still what the preview showed, and wait for its end."""
        shown = self._item.preview
        if shown is None:
            return Result.SKIPPED, _NOTHING
        try:
            preview = with_pods(self._context, shown, self._call)
            permit = arming.permit(preview)
        except NotArmedError as error:
            return Result.REFUSED, f"{error} {_NOTHING}"
        except PlatformError as error:
            return Result.FAILED, f"{error} {_NOTHING}"
        outcome = run(self._context, preview, permit, self._call, self._report)
        if outcome.changed:
            return Result.SKIPPED, outcome.sentence
        if outcome.step in _RESULTS:
            return _RESULTS[outcome.step], outcome.sentence
        return self._followed(preview, outcome, limit)

    def _followed(self, preview: Preview, outcome: ActionOutcome, limit: float) -> tuple[Result, str]:
        """Wait until an accepted action has settled, or one whose response was lost."""
        try:
            settled = follow(self._context, preview, outcome, self._call, self._report, limit=limit)
        except PlatformError as error:
            why = "Stopped watching before the end." if self._call.canceled.is_set() else str(error)
            return Result.UNKNOWN, f"{outcome.sentence} {why}"
        if settled.ok is None and outcome.step is ActionStage.DONE and not limit:
            return Result.DONE, outcome.sentence
        if settled.ok is None:
            return Result.UNKNOWN, f"{outcome.sentence} {settled.sentence}"
        return Result.DONE if settled.ok else Result.FAILED, settled.sentence


def _found_out(context: ActionContext, item: BulkItem, call: Call) -> str:
    """Look up the result of an agent whose outcome is unknown. Never sends the action again."""
    with suppress(JournalError):
        for entry in resolve_all(context, call, item.target.id):
            if entry.group == context.group and entry.state not in OPEN:
                return f"{item.target.label}: {outcome_of(entry)}."
    return ""
