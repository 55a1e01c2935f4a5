"""What the boxes about actions say. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from textual.content import Content

from astro_tui.actions.described import LABEL, PreviewLine, Tone
from astro_tui.actions.kinds import Action
from astro_tui.text.redaction import masked_line
from astro_tui.text.wrapping import indented
from astro_tui.theme.look import Look

UNDO = "u"
"""The letter of the menu that undoes the last action."""
_STYLES = {
    Tone.PLAIN: "",
    Tone.STATE: "",
    Tone.QUIET: "$quiet",
    Tone.CAUTION: "$text-warning",
    Tone.REFUSAL: "bold $text-error",
    Tone.COMMAND: "$text-primary",
}
_LABELS = {
    "restarting": "RESTART…",
    "rolling back": "ROLL BACK…",
    "canceling": "CANCEL…",
    "pausing": "PAUSING…",
    "resuming": "RESUMING…",
    "removing": "REMOVING…",
    "renaming": "RENAMING…",
    "running": "RUNNING…",
}


def label_of(doing: str) -> str:
    """Return the word in the list for an action that the platform has accepted but not finished."""
    return _LABELS.get(doing, "BUSY…")


def in_words(action: Action) -> str:
    """Return an action with its argument, such as `Roll back to 12`."""
    argument = masked_line(action.argument, 100)
    return f"{action.about.title} to {argument}" if argument else action.about.title


def described(preview: Iterable[PreviewLine], width: int, look: Look) -> Content:
    """Return a preview as lines of at most `width` cells, each with its label."""
    lines = []
    for label, text, tone in preview:
        parts = indented(look.own(look.plain(text)), max(20, width - LABEL)) or [""]
        for number, part in enumerate(parts):
            head = f"{'' if number else label:{LABEL}}"
            lines.append(Content.assemble((head, "$quiet"), (part, _STYLES[tone])))
    return Content("\n").join(lines)
