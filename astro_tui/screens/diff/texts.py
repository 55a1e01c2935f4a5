"""What the comparison says around the rows: the two sides, the counts, the change under the cursor. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from textual.content import Content

from astro_tui.session.comparison import Comparison, Side, Sides
from astro_tui.text.times import counted
from astro_tui.theme.look import Look
from astro_tui.theme.sizes import BESIDE_FROM

if TYPE_CHECKING:
    from astro_tui.clipboard.offers import Offer
    from astro_tui.difference import Change, Difference
    from astro_tui.difference.layout import DiffRow, Options
    from astro_tui.difference.rows import DiffRows
    from astro_tui.widgets.chrome.notice import Notice

ROOMY = 120
"""Minimum width, in cells, for the header to show the number of values."""
SHORT = 70
"""Minimum width, in cells, to show the two sides with age and status."""


def of_two_agents(sides: Sides) -> bool:
    """Return whether two agents are compared, not two revisions of one."""
    return sides[0].subject.deployment_id != sides[1].subject.deployment_id


def say_nothing(notice: Notice, label: str, why: str, look: Look) -> None:
    """Say that there is nothing to compare the agent `label` with; `why` is the end of a sentence."""
    notice.say(
        "Nothing to compare with",
        [f"{look.plain(label)}: {look.plain(why)}."],
        [("D", "compare with something else"), ("esc", "go back")],
    )


def title_of(sides: Sides | None, look: Look, width: int) -> str:
    """Return what is compared, for the header."""
    if sides is None:
        return "diff"
    if of_two_agents(sides):
        return "diff of two agents" if width >= BESIDE_FROM else "two agents"
    return f"diff {look.plain(sides[0].row.name)} {look.glyphs.arrow} {look.plain(sides[1].row.name)}"


def summary_of(difference: Difference, width: int) -> Content:
    """Return how many values differ."""
    counts = difference.counts
    moved = f", {counts.moved:,} moved" if counts.moved else ""
    if width < BESIDE_FROM:
        return Content(f"~{counts.changed} +{counts.added} -{counts.removed}{moved} ")
    said = f"{counts.changed:,} changed, {counts.added:,} added, {counts.removed:,} removed{moved}"
    if width < ROOMY:
        return Content.assemble((f"{said} ", "bold"))
    return Content.assemble((said, "bold"), (f" of {counted(difference.new.node_count - 1, 'value')} ", "$quiet"))


def sides_line(sides: Sides, look: Look, now: datetime, width: int) -> Content:
    """Return the two sides with the arrow between them."""
    old, new = (_side(side, sides, look, now, short=width < SHORT) for side in sides)
    return Content.assemble(" ", old, (f"  {look.glyphs.arrow}  ", "$quiet"), new)


def _side(side: Side, sides: Sides, look: Look, now: datetime, *, short: bool) -> Content:
    row, agents = side.row, of_two_agents(sides)
    parts: list[Content | str | tuple[str, str]] = []
    if agents:
        if sides[0].subject.account != sides[1].subject.account:
            parts.append((f"{look.plain(side.subject.account)}/", "$quiet"))
        parts.append((f"{look.plain(side.subject.entry.label)} ", "bold"))
    name = row.name if short else row.title
    parts.append((look.plain(name), "" if agents else "bold"))
    if not (short and agents):
        parts.append(f" {look.plain(row.build)}")
    if not short:
        ago = look.own(look.times.ago(row.deployed, now))
        parts += [(f"  {ago}" if row.deployed is not None else "", "$quiet"), "  "]
        parts.append(look.badge(row.status))
    return Content.assemble(*parts)


def rule_ends(options: Options | None, look: Look, width: int) -> tuple[str, str]:
    """Return how the sides are compared, and the keys that change that; `options` is None while they are loading."""
    dot = f" {look.glyphs.dot} "
    words = ["structural", "key order ignored"]
    keys: list[str] = []
    if options is not None:
        if options.everything:
            words.append("equal parts shown")
        if width < BESIDE_FROM:
            keys.append(f"b needs {BESIDE_FROM} columns")
        else:
            keys.append("b stacked" if options.beside else "b side by side")
        keys.append(f"{{ }} context {options.context}")
    return dot.join(words), dot.join(keys)


class CursorPlace(NamedTuple):
    """Where the cursor is: on a row, which may be about a change, the `number`th of `total`."""

    diff: DiffRows
    row: DiffRow
    change: Change | None
    number: int
    total: int


def place_ends(place: CursorPlace, look: Look, width: int) -> tuple[Content, Content | str]:
    """Return the change under the cursor in words, and its path."""
    said = path = ""
    if place.change is not None:
        from astro_tui.difference.layout import Shape
        from astro_tui.document import jq_path

        said = place.diff.words.located(place.change)
        if place.row.shape is Shape.NOISE:
            said += f", and {counted(place.diff.noise_folded - 1, 'more image')} changed with the build"
        path = jq_path(place.change.path) if width >= BESIDE_FROM else ""
    # Including the folded changes, the total equals the count in the header.
    folded = place.diff.difference.counts.total - place.total
    rest = f" + {folded:,} folded" if folded > 0 else ""
    return (
        Content.assemble((f" {place.number:,} of {place.total:,}{rest}  ", "$quiet"), look.own(look.plain(said))),
        Content.assemble((f"{look.plain(path)} ", "$text-primary")) if path else "",
    )


def offers_of(comparison: Comparison, change: Change | None) -> Sequence[Offer]:
    """Return what can be copied; secrets stay masked."""
    from astro_tui.clipboard.offers import Offer, Piece, text_offer
    from astro_tui.difference import as_json_patch, as_text
    from astro_tui.document import jq_path

    diff, difference = comparison.rows, comparison.rows.difference
    old, new = comparison.names
    head = f"{old} → {new}, {difference.summary}\n"
    offers = [
        Offer("t", "the difference", "text", lambda: Piece(head + as_text(difference))),
        Offer("j", "the difference", "JSON patch", lambda: Piece(as_json_patch(difference) + "\n"), ".json"),
    ]
    if change is not None:
        offers += [
            text_offer("w", "this change", diff.words.of(change)),
            text_offer("p", "path, jq", jq_path(change.path)),
        ]
    return offers
