"""A preview of an action as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from astro_tui.actions.described import LABEL, PreviewLine, Tone, lines_of
from astro_tui.actions.preview import Preview
from astro_tui.cli.badges import COMMAND, HEADING, QUIET, badge, painted
from astro_tui.cli.output import Output
from astro_tui.text.foreign import ascii_only, visible

_MOST_CHANGES = 40
"""Lines of a difference that are printed."""
_LAST = {Tone.CAUTION: 1, Tone.REFUSAL: 2}
"""Notes and refusals come last, right above the question."""
_AS_IS = (Tone.QUIET, Tone.COMMAND)
"""A request, a difference, and a command are not wrapped: they are copied."""


def preview_lines(preview: Preview, output: Output) -> Iterator[str]:
    """Yield what an action would do, the exact request, and the command that does the same."""
    target = preview.target
    name = f"{visible(target.account, 100)}/{target.label}"
    title = painted(f"{preview.action.about.title}: {name}", HEADING, color=output.color)
    yield f"{title}{painted(f'  {visible(target.id, 100)}', QUIET, color=output.color)}"
    lines = lines_of(preview, _MOST_CHANGES, color=output.color, width=max(0, output.width - 2))
    for line in sorted(lines, key=lambda line: _LAST.get(line.tone, 0)):
        yield from _lines(line, preview, output)


def _lines(line: PreviewLine, preview: Preview, output: Output) -> Iterator[str]:
    label, text, tone = line
    if tone is Tone.STATE:
        state = preview.state
        shown = badge(state.status, ascii_alone=output.ascii, color=output.color)
        yield f"{label:{LABEL}}{shown}{state.words_after_status}"
    elif not label:
        yield f"  {text}"
    elif tone in _AS_IS:
        color = output.color and tone is Tone.COMMAND
        yield f"{label:{LABEL}}{painted(text, COMMAND, color=color)}"
    else:
        text = ascii_only(text) if output.ascii else text
        for number, part in enumerate(output.wrapped(text, LABEL)):
            yield f"{'' if number else label:{LABEL}}{part}"
