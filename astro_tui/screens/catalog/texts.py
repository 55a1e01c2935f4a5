"""The texts of the catalog screen. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from astro_tui.presentation.catalog import Listing, Wanted, about, build_line, key_of
from astro_tui.text.times import counted
from astro_tui.theme.look import Look

if TYPE_CHECKING:
    from astro_tui.platform.models import Blueprint


class Details(NamedTuple):
    """The lines about the row under the cursor: its name, what it is, and a remark; each can be empty."""

    title: str = ""
    description: str = ""
    remark: str = ""


def no_rows(wanted: Wanted, look: Look, *, clear: str) -> list[str]:
    """Return the lines shown instead of the rows of an empty list; `clear` is the key that ends the search."""
    searched = str(wanted)
    if searched:
        where = wanted.account or "the public catalog"
        text = f"No blueprint in {where} matches {searched}."
        return ["", look.own(look.plain(text)), "", f"{clear}  end the search, or search for fewer words"]
    text = f"{wanted.account} has no blueprints yet." if wanted.account else "The public catalog is empty."
    return ["", look.own(look.plain(text))]


def head_texts(listing: Listing | None, look: Look) -> list[str]:
    """Return what the header says about a list after its title, long to short; the last one is empty."""
    if listing is None:
        return [""]
    count = counted(listing.total + listing.beyond, "blueprint")
    odd = [f"{listing.odd:,} unreadable"] if listing.odd else []
    order = "newest first" if listing.wanted.order == "newest" else "by name"
    searched = [str(listing.wanted)] if str(listing.wanted) else []
    forms = [[count, order, *searched, *odd], [count, *odd], [count]]
    return [*(f"   {look.plain(f' {look.glyphs.dot} '.join(parts))}" for parts in forms), ""]


def details(
    blueprint: Blueprint | None, listing: Listing | None, row: int, now: datetime, *, incomplete: bool
) -> Details:
    """Return the details of a row of the list; `incomplete` says that the server did not send the row."""
    if blueprint is not None and blueprint.name:
        found = Details(key_of(blueprint), about(blueprint) or "No description.", build_line(blueprint, now))
    elif blueprint is not None:
        found = Details(description="The platform sent this entry without a name.")
    elif listing is not None and listing.total:
        found = Details(description="The server did not send this row." if incomplete else "Loading…")
    else:
        found = Details()
    if listing is not None and listing.beyond and row == listing.total - 1:
        found = found._replace(remark=f"{listing.beyond:,} more are not listed; search to find them")
    return found
