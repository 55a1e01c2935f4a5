"""A preview of an action in words, the same on screen and in the shell."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum, auto
from itertools import islice
from typing import NamedTuple

from astro_tui.actions.preview import Preview
from astro_tui.actions.rollback import RollbackPlan
from astro_tui.presentation.revisions import RevisionRow
from astro_tui.text.times import joined

_VALID = {
    True: "the platform says that the revision is valid",
    False: "the platform says that the revision is not valid",
    None: "the platform did not say whether the revision is valid",
}


LABEL = 10
"""The width of a label in cells."""


class Tone(Enum):
    """How a fact is highlighted."""

    PLAIN = auto()
    STATE = auto()
    QUIET = auto()
    CAUTION = auto()
    REFUSAL = auto()
    COMMAND = auto()


class Fact(NamedTuple):
    """One line about an action: a label, which may be empty, and a text that is safe to print."""

    label: str
    text: str
    tone: Tone = Tone.PLAIN


def facts_of(preview: Preview, changes: int, *, color: bool = False, width: int = 0) -> Iterator[Fact]:
    """Yield what an action would do, the request, and the command.

    A difference is cut after `changes` lines; `color` and `width` are those of a terminal.
    """
    yield Fact("state", preview.state.words, Tone.STATE)
    # Refusals and notes come first: a difference may fill the screen.
    if not preview.verdict.allowed:
        yield Fact("refused", f"{preview.verdict.reason}.", Tone.REFUSAL)
    for caution in preview.cautions:
        yield Fact("note", caution, Tone.CAUTION)
    yield Fact("effect", preview.effect)
    if preview.rollback is not None:
        yield from _plan(preview.rollback)
        yield from _changes(preview.rollback, changes, color=color, width=width)
    if preview.pods:
        yield Fact("pods", joined([pod.name for pod in preview.pods.values()]))
    undo = preview.undo
    if undo is not None:
        yield Fact("undo", undo.about.title.lower() + (f" to {undo.argument}" if undo.argument else ""), Tone.QUIET)
    yield Fact("request", preview.request, Tone.QUIET)
    if preview.body:
        yield Fact("body", preview.body, Tone.QUIET)
    yield Fact("same as", preview.command, Tone.COMMAND)


def _plan(plan: RollbackPlan) -> Iterator[Fact]:
    if plan.old is not None:
        yield Fact("from", _revision(plan.old))
    yield Fact("to", _revision(plan.new))
    yield Fact("checked", _VALID[plan.valid])
    yield Fact("missing", joined(list(plan.missing)) or "no variables")
    yield Fact("expected", f"revision {plan.expected} becomes the current one")


def _changes(plan: RollbackPlan, most: int, *, color: bool, width: int) -> Iterator[Fact]:
    if plan.difference is None:
        return
    yield Fact("changes", plan.difference.summary or "none")
    from astro_tui.difference import text_lines

    lines = text_lines(plan.difference, color=color, width=width)
    for line in islice(lines, most):
        yield Fact("", line, Tone.QUIET)
    if next(lines, None) is not None:
        yield Fact("", "…", Tone.QUIET)


def _revision(row: RevisionRow) -> str:
    return "  ".join(part for part in (row.title, row.build, row.status.plain, row.who) if part)
