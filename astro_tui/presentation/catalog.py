"""The catalog as displayed: the query, the loaded pages, and the texts for a blueprint. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from astro_tui.platform.models import Blueprint, BlueprintPage, Build
from astro_tui.presentation.columns import SELECTED, Column, Fit, orders_of, steps
from astro_tui.presentation.record import Field
from astro_tui.presentation.status import Severity
from astro_tui.text.foreign import bounded
from astro_tui.text.redaction import masked_line
from astro_tui.text.times import age, counted, joined, when

PAGE = 100
"""Rows of the server's largest page (platform.md §5)."""
FURTHEST = 10_000
"""The largest offset the server accepts (platform.md §5)."""
READ = 4000
"""Characters of a readme searched for its first sentence."""
LINE = 1000
"""Characters of a line that are used."""
ORDERS = ("newest", "name")
_MARKUP = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)|[*_`]{1,3}|<[^<>]*>")


@dataclass(frozen=True, slots=True)
class CatalogQuery:
    """A query: the server filters by `words` and `tag`; `account` is the owner, or empty for all public blueprints."""

    words: str = ""
    tag: str = ""
    account: str = ""
    order: str = ORDERS[0]

    @classmethod
    def of(cls, text: str, account: str = "", order: str = ORDERS[0]) -> Self:
        """Parse typed text: words, `tag:NAME`, and `from:ACCOUNT`, which overrides `account`."""
        words, tag = [], ""
        for word in text.split():
            kind, _, name = word.partition(":")
            if kind == "tag":
                tag = name
            elif kind == "from":
                account = name or account
            else:
                words.append(word)
        return cls(" ".join(words), tag, account, order)

    def __str__(self) -> str:
        """Return the query in words, for use in a sentence."""
        parts = [f"“{self.words}”"] if self.words else []
        return " ".join([*parts, *([f"tag {self.tag}"] if self.tag else [])])


@dataclass
class Listing:
    """One list: the loaded rows by their position.

    `total` is the number of rows that can be loaded. `beyond` is the number of further rows that the server counts
    but refuses to return.
    """

    wanted: CatalogQuery
    rows: dict[int, Blueprint] = field(default_factory=dict)
    total: int = 0
    beyond: int = 0
    odd: int = 0

    def add(self, offset: int, page: BlueprintPage) -> None:
        """Add a page. Older servers send all rows at once, with their number (platform.md §5)."""
        rows = page.rows
        self.odd += page.odd
        self.rows.update(enumerate(rows, offset))
        end = offset + len(rows) + page.odd
        # Unreadable entries count as rows at the end, since their position is unknown.
        self.rows.update({place: Blueprint() for place in range(offset + len(rows), end)})
        if not page.has_more or end == offset:
            self.total, self.beyond = end, 0
            return
        count = max(page.count or 0, end + 1)
        self.total = min(count, FURTHEST + PAGE)
        self.beyond = count - self.total

    def missing(self, first: int, last: int) -> int | None:
        """Return the offset of the next page to load for the rows `first` to `last`; None if all are loaded."""
        place = next((place for place in range(max(0, first), min(last + 1, self.total)) if place not in self.rows), -1)
        if place < 0:
            return None
        while place % PAGE and place - 1 not in self.rows:
            place -= 1
        return min(place, FURTHEST)

    def index_of(self, key: str) -> int | None:
        """Return the position of a blueprint; None if it is on no loaded page."""
        return next((place for place, blueprint in self.rows.items() if key_of(blueprint) == key), None)


def key_of(blueprint: Blueprint) -> str:
    """Return the account and name of a blueprint, which identify it."""
    return f"{blueprint.account}/{blueprint.name}"


def shown_names(blueprint: Blueprint) -> tuple[str, str]:
    """Return the account and the name of a blueprint as text for an output, with secrets masked."""
    return masked_line(blueprint.account, LINE), masked_line(blueprint.name, LINE)


def newest_of(blueprint: Blueprint) -> Build | None:
    """Return the newest build; None if there are no builds."""
    return blueprint.builds[0] if blueprint.builds else None


def published(blueprint: Blueprint) -> datetime | None:
    """Return when the newest build was published; None if unknown."""
    newest = newest_of(blueprint)
    return newest.published_at.at if newest is not None else None


def note_of(blueprint: Blueprint) -> str:
    """Return a note if a blueprint is archived or not public, else an empty string."""
    if blueprint.archived_at:
        return "archived"
    return "" if blueprint.visibility in ("public", "") else masked_line(blueprint.visibility, 20)


def deploys(blueprint: Blueprint) -> str:
    """Return how often a blueprint was deployed; empty if unknown."""
    count = blueprint.metrics.deploy_count if blueprint.metrics is not None else None
    return f"{count:,}" if count is not None else ""


def hearts(blueprint: Blueprint) -> str:
    """Return the number of hearts of a blueprint; empty if unknown."""
    return f"{blueprint.heart_count:,}" if blueprint.heart_count is not None else ""


# ---- sentences


def first_line(markdown: str) -> str:
    """Return the first sentence of a readme or card as plain text: its first line of prose, else its title."""
    title, fenced = "", False
    for raw in bounded(markdown, READ).splitlines():
        line = raw.strip()
        if line.startswith(("```", "~~~")):
            fenced = not fenced
        elif line and not fenced and not raw.startswith("    ") and not line.startswith(("|", "[![", "![", "<")):
            heading = line.startswith("#")
            if heading and title:
                continue
            # Only one line is displayed, so the start of the source line is enough.
            plain = " ".join(_MARKUP.sub(r"\1", bounded(line, LINE).lstrip("#> ")).split())
            if heading or not plain.strip("=-|: "):
                title = title or plain.strip("=-|: ")
            elif plain:
                return masked_line(plain, 400)
    return masked_line(title, 400)


def about(blueprint: Blueprint) -> str:
    """Return the first sentence of a blueprint's readme, else of its card; empty if neither has one."""
    newest = newest_of(blueprint)
    texts = [newest.readme, newest.agent_card.body if newest.agent_card else ""] if newest is not None else []
    if blueprint.draft_card is not None:
        texts.append(blueprint.draft_card.body)
    return next((line for text in texts if (line := first_line(text))), "")


def publishers_of(blueprint: Blueprint) -> str:
    """Return the names of a blueprint's publishers."""
    names = [masked_line(each.name or each.account, 60) for each in blueprint.publishers[:5]]
    return joined([name for name in names if name]) or masked_line(blueprint.account, 60)


def build_line(blueprint: Blueprint, now: datetime) -> str:
    """Return one line with the newest build, its age, and its publishers."""
    newest = newest_of(blueprint)
    by = f"by {publishers_of(blueprint)}"
    if newest is None:
        return f"no builds yet; published {by}"
    ago = f", {age(newest.published_at.at, now)} ago" if newest.published_at.at is not None else ""
    return f"newest build {masked_line(newest.build_id, 60)}{ago}, {by}"


# ---- the record


def blueprint_fields(blueprint: Blueprint, now: datetime) -> list[Field]:
    """Return the record of a blueprint."""
    metrics = blueprint.metrics
    fields = [
        Field("blueprint", key_of(blueprint)),
        Field("publisher", publishers_of(blueprint)),
        Field(
            "visibility",
            blueprint.visibility or "—",
            severity=Severity.WARN if blueprint.visibility == "private" else None,
        ),
        Field("builds", f"{len(blueprint.builds):,}"),
        Field("hearts", (hearts(blueprint) or "—") + (" (including yours)" if blueprint.hearted else "")),
        Field("deploys", deploys(blueprint) or "—"),
    ]
    if metrics is not None and metrics.lifetime_messages is not None:
        fields.append(Field("messages", f"{metrics.lifetime_messages:,}"))
    if blueprint.registry:
        fields.append(Field("registry", blueprint.registry))
    if blueprint.archived_at:
        gone = when(blueprint.archived_at.at, blueprint.archived_at.raw, now)
        fields.append(Field("archived", gone, severity=Severity.WARN))
    if blueprint.name_reserved:
        fields.append(Field("name", "reserved"))
    return fields


def build_fields(build: Build, now: datetime) -> list[Field]:
    """Return the record of one build."""
    fields = [
        Field("build", build.build_id or "—"),
        Field("published", when(build.published_at.at, build.published_at.raw, now)),
    ]
    optional = (
        ("version", build.version),
        ("commit", build.commit_sha),
        ("message", " ".join(build.commit_message.split())),
        ("repository", build.repo_full_name),
    )
    fields += [Field(label, value) for label, value in optional if value]
    for warning in build.validation_warnings:
        text = f"{warning.field}: {warning.message}" if warning.field else warning.message
        fields.append(Field("warning", text, severity=Severity.WARN))
    return fields


def builds_line(blueprint: Blueprint) -> str:
    """Return the number of builds, and of those with warnings."""
    warned = sum(bool(build.validation_warnings) for build in blueprint.builds)
    return counted(len(blueprint.builds), "build") + (f", {warned:,} with warnings" if warned else "")


def with_order(wanted: CatalogQuery) -> CatalogQuery:
    """Return the query with the next order."""
    return replace(wanted, order=ORDERS[(ORDERS.index(wanted.order) + 1) % len(ORDERS)])


def next_scope(account: str, own: Sequence[str]) -> str:
    """Return the owner after `account` in the cycle: all public blueprints, then each of the user's accounts."""
    scopes = ["", *own]
    return scopes[(scopes.index(account) + 1) % len(scopes)] if account in scopes else scopes[1 % len(scopes)]


# ---- columns


def _newest_id(blueprint: Blueprint) -> str:
    newest = newest_of(blueprint)
    return newest.build_id if newest is not None else ""


COLUMNS: Sequence[Column[Blueprint]] = (
    Column("blueprint", lambda blueprint: shown_names(blueprint)[1], SELECTED, order="name", sortable=True),
    Column("publisher", lambda blueprint: shown_names(blueprint)[0], "quiet"),
    Column("note", note_of, "warn", optional=True),
    Column("builds", lambda blueprint: f"{len(blueprint.builds):,}", "quiet", fit=Fit.RIGHT),
    Column("hearts", hearts, "quiet", fit=Fit.RIGHT),
    Column("deploys", deploys, "quiet", fit=Fit.RIGHT),
    Column("newest", _newest_id, "quiet"),
    Column("age", style="quiet", fit=Fit.RIGHT, at=published, order="newest", sortable=True),
    Column("about", about, rest=True),
)
"""The columns of the catalog, from left to right."""
# Without its column, the description of the selected row is below the table.
LAYOUT = steps(
    "blueprint 11, age, blueprint 14, note 9, blueprint 18, publisher 14, hearts, builds, blueprint 30, deploys,"
    "publisher 24, newest 12, about 28, age whole, blueprint, publisher, newest, note, about"
)
SORTED = orders_of(COLUMNS)
"""Order → the column that it sorts by."""


def _change(build: Build) -> str:
    return masked_line(" ".join(build.commit_message.split()), 400) or build.commit_sha or build.version


BUILD_COLUMNS: Sequence[Column[Build]] = (
    Column("build", lambda build: build.build_id, SELECTED),
    Column("age", style="quiet", fit=Fit.RIGHT, at=lambda build: build.published_at.at, least=4),
    Column("change", _change, "quiet", rest=True),
)
"""The columns of the builds of a blueprint, from left to right."""
BUILD_LAYOUT = steps("build 8, age, change 8, build 12, change 20, build 24, change 40, age whole, build, change")
