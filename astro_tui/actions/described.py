"""A preview of an action in words, the same on screen and in the shell."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum, auto
from itertools import islice
from typing import NamedTuple

from astro_tui.actions.deploy import DeployPlan
from astro_tui.actions.preview import Preview
from astro_tui.actions.rollback import RollbackPlan
from astro_tui.difference import Difference, text_lines
from astro_tui.presentation.revisions import RevisionRow
from astro_tui.text.masked import masked_line
from astro_tui.text.styled import Line
from astro_tui.text.times import joined

_VALID = {
    True: "the platform says that the revision is valid",
    False: "the platform says that the revision is not valid",
    None: "the platform did not say whether the revision is valid",
}


LABEL = 10
"""The width of a label in cells."""


class PreviewTone(Enum):
    """How a line is highlighted."""

    PLAIN = auto()
    STATE = auto()
    QUIET = auto()
    CAUTION = auto()
    REFUSAL = auto()
    COMMAND = auto()


class PreviewLine(NamedTuple):
    """One line about an action: a label, which may be empty, and a text."""

    label: str
    text: Line
    tone: PreviewTone = PreviewTone.PLAIN


def lines_of(preview: Preview, changes: int, *, color: bool = False, width: int = 0) -> Iterator[PreviewLine]:
    """Yield what an action would do, the request, and the command.

    A difference is cut after `changes` lines; `color` and `width` are those of a terminal.
    """
    yield PreviewLine("state", preview.state.words, PreviewTone.STATE)
    # Refusals and notes come first: a difference may fill the screen.
    if not preview.verdict.allowed:
        yield PreviewLine("refused", f"{preview.verdict.reason}.", PreviewTone.REFUSAL)
    for caution in preview.cautions:
        yield PreviewLine("note", caution, PreviewTone.CAUTION)
    yield PreviewLine("effect", preview.effect)
    if preview.rollback is not None:
        yield from _plan(preview.rollback)
        yield from _changes("changes", preview.rollback.difference, changes, color=color, width=width)
    if preview.deploy is not None:
        yield from _deploy(preview.deploy, changes, color=color, width=width)
    if preview.pods:
        yield PreviewLine("pods", joined([masked_line(pod.name, 100) for pod in preview.pods.values()]))
    undo = preview.undo
    if undo is not None:
        to = f" to {masked_line(undo.argument, 100)}" if undo.argument else ""
        yield PreviewLine("undo", undo.about.title.lower() + to, PreviewTone.QUIET)
    yield PreviewLine("request", preview.request, PreviewTone.QUIET)
    if preview.body:
        yield PreviewLine("body", preview.body, PreviewTone.QUIET)
    yield PreviewLine("same as", preview.command, PreviewTone.COMMAND)


def _plan(plan: RollbackPlan) -> Iterator[PreviewLine]:
    if plan.old is not None:
        yield PreviewLine("from", _revision(plan.old))
    yield PreviewLine("to", _revision(plan.new))
    yield PreviewLine("checked", _VALID[plan.valid])
    if plan.missing:
        yield PreviewLine("missing", joined(list(plan.missing)))
    yield PreviewLine("expected", f"revision {plan.expected} becomes the current one")


def _deploy(plan: DeployPlan, most: int, *, color: bool, width: int) -> Iterator[PreviewLine]:
    for note in plan.notes:
        yield PreviewLine("note", note, PreviewTone.CAUTION)
    if plan.unknown:
        yield PreviewLine("note", f"Not compared: {joined(list(plan.unknown))}.", PreviewTone.CAUTION)
    yield PreviewLine("from", f"build {plan.running or '?'}")
    yield PreviewLine("to", f"build {plan.build}" + (", again" if plan.same else ""))
    yield PreviewLine("checked", "the platform reports problems" if plan.errors else "the platform says it is valid")
    for each in plan.missing:
        yield PreviewLine("missing", masked_line(each.name, 100) + (" (a secret)" if each.secret else ""))
    if plan.set_variables:
        yield PreviewLine("sets", joined(list(plan.set_variables)))
    if plan.scan:
        yield PreviewLine("scan", plan.scan)
    yield from _changes("changes", plan.changes, most, color=color, width=width)
    if plan.since:
        yield from _changes("since", plan.since, most, color=color, width=width)
    elif plan.since is not None:
        yield PreviewLine("since", "the spec is the same; variables and the platform's defaults may have changed")
    if plan.updated:
        yield PreviewLine("variables", f"edited or created after the last deploy: {joined(list(plan.updated))}")
    elif plan.same and not plan.set_variables:
        yield PreviewLine("variables", "current values are applied; which of them changed is not always known")


def _changes(label: str, difference: Difference | None, most: int, *, color: bool, width: int) -> Iterator[PreviewLine]:
    if difference is None:
        return
    yield PreviewLine(label, difference.summary or "no differences")

    lines = text_lines(difference, color=color, width=width)
    for line in islice(lines, most):
        yield PreviewLine("", line, PreviewTone.QUIET)
    if next(lines, None) is not None:
        yield PreviewLine("", "…", PreviewTone.QUIET)


def _revision(row: RevisionRow) -> str:
    return "  ".join(part for part in (row.title, row.build, row.status.plain, row.who, row.message) if part)
