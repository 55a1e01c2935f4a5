"""What the history says. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content

from astro_tui.presentation.revisions import RevisionRow
from astro_tui.presentation.status import Severity
from astro_tui.screens.deployment.sections.history.loader import HistoryState
from astro_tui.session.comparison import Pair
from astro_tui.text.times import counted
from astro_tui.theme.look import TONES, Look

if TYPE_CHECKING:
    from astro_tui.clipboard.offers import Offer
    from astro_tui.difference import Difference


def count_of(state: HistoryState) -> Content:
    """Return how many revisions there are; empty until they are loaded."""
    if not state.rows:
        return Content()
    older = f", {state.older:,} older not shown" if state.older else ""
    odd = f"  {state.unreadable:,} unreadable" if state.unreadable else ""
    return Content.assemble((f"{counted(len(state.rows), 'revision')}{older}", "$quiet"), (odd, TONES[Severity.WARN]))


def title_of(pair: Pair | None, difference: Difference | None, look: Look, *, short: bool = False) -> Content:
    """Return the names of two revisions and what differs between them: `rev 11 → 12 (current) · 2 changed`.

    In the `short` form, the counts have signs instead of words.
    """
    if pair is None:
        return Content()
    current = " (current)" if pair[1].current else ""
    names = f"{look.plain(pair[0].title)} {look.glyphs.arrow} {look.plain(pair[1].name)}{current}"
    if difference is None:
        return Content.assemble((names, "bold"))
    counts = difference.counts
    moved = f", {counts.moved:,} moved" if counts.moved else ""
    signs = f"~{counts.changed:,} +{counts.added:,} -{counts.removed:,}{moved}"
    return Content.assemble((names, "bold"), f" {look.glyphs.dot} {signs if short else difference.summary}")


def about(row: RevisionRow, look: Look, now: datetime) -> Content:
    """Return what is known about a revision."""
    parts = [row.message, *row.about(now)] if row.message else row.about(now)
    sentence = f" {look.glyphs.dot} ".join(look.own(look.plain(part)) for part in parts)
    return Content.assemble((f" {look.plain(row.title)} ", "bold"), (sentence, "$quiet"))


def offers_of(row: RevisionRow) -> list[Offer]:
    """Return what can be copied from a revision."""
    from astro_tui.clipboard.offers import text_offer

    parts = [row.title, f"build {row.raw_build}" if row.raw_build else "", f"commit {row.commit}" if row.commit else ""]
    offers = [
        text_offer("l", "as one line", ", ".join(part for part in (*parts, row.message) if part)),
        text_offer("v", "revision", row.name),
    ]
    for key, name, text in (
        ("b", "build", row.raw_build),
        ("c", "commit", row.commit),
        ("m", "message", row.message),
        ("i", "deployment id", row.deployment_id),
    ):
        if text:
            offers.append(text_offer(key, name, text))
    return offers
