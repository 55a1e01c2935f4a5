"""A preview of an action as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from astro_tui.cli.badges import COMMAND, HEADING, QUIET, badge, painted
from astro_tui.text.foreign import ascii_only, visible
from astro_tui.text.times import joined

if TYPE_CHECKING:
    from astro_tui.actions.preview import Preview
    from astro_tui.actions.rollback import RollbackPlan
    from astro_tui.cli.output import Output
    from astro_tui.presentation.revisions import RevisionRow

_LABEL = 10
_VALID = {
    True: "the platform says that it is valid",
    False: "the platform says that it is not valid",
    None: "the platform does not say whether it is valid",
}
_MOST_CHANGES = 40
"""Lines of a difference that are printed."""


def preview_lines(preview: Preview, output: Output) -> Iterator[str]:
    """Yield what an action would do, the exact request, and the command that does the same."""
    target, situation = preview.target, preview.situation
    name = f"{visible(target.account, 100)}/{target.label}"
    title = painted(f"{preview.action.about.title}: {name}", HEADING, color=output.color)
    yield f"{title}{painted(f'  {visible(target.id, 100)}', QUIET, color=output.color)}"
    revision = f", revision {situation.revision}" if situation.revision is not None else ""
    yield _line("state", f"{badge(situation.status, ascii_alone=output.ascii, color=output.color)}{revision}")
    yield from _wrapped("effect", preview.effect, output)
    if preview.rollback is not None:
        yield from _plan(preview.rollback, output)
    yield _line("request", preview.request)
    if preview.body:
        yield _line("body", preview.body)
    yield _line("same as", painted(preview.command, COMMAND, color=output.color))
    for caution in preview.cautions:
        yield from _wrapped("note", caution, output)
    if not preview.verdict.allowed:
        yield from _wrapped("refused", f"{preview.verdict.reason}.", output)


def _plan(plan: RollbackPlan, output: Output) -> Iterator[str]:
    if plan.old is not None:
        yield _line("from", _revision(plan.old))
    yield _line("to", _revision(plan.new))
    yield _line("checked", _VALID[plan.valid])
    yield _line("missing", joined(list(plan.missing)) or "no variables")
    yield _line("expected", f"revision {plan.expected} becomes the current one")
    if plan.difference is None:
        return
    yield _line("changes", plan.difference.summary or "none")
    from astro_tui.difference import text_lines

    lines = text_lines(plan.difference, color=output.color, width=max(0, output.width - 2))
    for line in islice(lines, _MOST_CHANGES):
        yield f"  {line}"
    if next(lines, None) is not None:
        yield "  …"


def _revision(row: RevisionRow) -> str:
    return "  ".join(part for part in (row.title, row.build, row.status.plain, row.who) if part)


def _line(label: str, text: str) -> str:
    return f"{label:<{_LABEL}}{text}"


def _wrapped(label: str, text: str, output: Output) -> Iterator[str]:
    text = ascii_only(text) if output.ascii else text
    for number, line in enumerate(output.wrapped(text, _LABEL)):
        yield _line("" if number else label, line)
