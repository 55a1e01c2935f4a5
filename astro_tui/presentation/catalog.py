"""The catalogue as it is shown: what is asked for, the pages that are here, and the words for a blueprint. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Self

from astro_tui.presentation.record import Field
from astro_tui.presentation.status import Severity
from astro_tui.text.redaction import masked_line
from astro_tui.text.times import age, counted, joined, when

if TYPE_CHECKING:
    from astro_tui.platform.models import Agent, AgentPage, AgentVersion

PAGE = 100
"""The longest page the server gives (platform.md §5)."""
FURTHEST = 10_000
"""The last offset that the server takes (platform.md §5)."""
READ = 4000
"""Characters of a readme that are read for its first sentence."""
LINE = 1000
"""Characters of one of its lines that are read."""
ORDERS = ("newest", "name")
_MARKUP = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)|[*_`]{1,3}|<[^<>]*>")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to list: `words` and `tag` are searched by the server, `account` is whose; empty: everybody's public."""

    words: str = ""
    tag: str = ""
    account: str = ""
    order: str = ORDERS[0]

    @classmethod
    def of(cls, text: str, account: str = "", order: str = ORDERS[0]) -> Self:
        """Read what people type: words, `tag:NAME`, and `from:ACCOUNT` in the place of `account`."""
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
        """Return what was searched for, in words."""
        parts = [f"“{self.words}”"] if self.words else []
        return " ".join([*parts, *([f"tag {self.tag}"] if self.tag else [])])


@dataclass
class Listing:
    """What is known of one list: rows by their place, as far as pages of it are here.

    `total` is the number of rows one can come to. The server counts more where it refuses to page on: `beyond` says
    how many those are.
    """

    wanted: Wanted
    rows: dict[int, Agent] = field(default_factory=dict)
    total: int = 0
    beyond: int = 0
    odd: int = 0

    def add(self, offset: int, page: AgentPage) -> None:
        """Take a page over. Older servers send everything at once and count what they send (platform.md §5)."""
        from astro_tui.platform.models import Agent

        rows = page.rows
        self.odd += page.odd
        self.rows.update(enumerate(rows, offset))
        end = offset + len(rows) + page.odd
        # An entry that cannot be read keeps its place: at the end, for nobody knows where it stood.
        self.rows.update({place: Agent() for place in range(offset + len(rows), end)})
        if not page.has_more or end == offset:
            self.total, self.beyond = end, 0
            return
        count = max(page.count or 0, end + 1)
        self.total = min(count, FURTHEST + PAGE)
        self.beyond = count - self.total

    def missing(self, first: int, last: int) -> int | None:
        """Return the offset to ask for so that the rows from `first` to `last` come; None where they are here."""
        place = next((place for place in range(max(0, first), min(last + 1, self.total)) if place not in self.rows), -1)
        if place < 0:
            return None
        while place % PAGE and place - 1 not in self.rows:
            place -= 1
        return min(place, FURTHEST)

    def place_of(self, key: str) -> int | None:
        """Return where an agent stands, None where it is on no page that is here."""
        return next((place for place, agent in self.rows.items() if key_of(agent) == key), None)


def key_of(agent: Agent) -> str:
    """Return what tells a blueprint from all others, and what people call it: account and name."""
    return f"{agent.account}/{agent.name}"


def newest_of(agent: Agent) -> AgentVersion | None:
    """Return the newest build; None where nothing was pushed yet."""
    return agent.versions[0] if agent.versions else None


def published(agent: Agent) -> datetime | None:
    """Return when the newest build was published; None where that is not known."""
    newest = newest_of(agent)
    return newest.published_at.at if newest is not None else None


def note_of(agent: Agent) -> str:
    """Return what is to be known of a blueprint at once: that it is archived, private, or of an unknown visibility."""
    if agent.archived_at:
        return "archived"
    return "" if agent.visibility in ("public", "") else masked_line(agent.visibility, 20)


def deploys(agent: Agent) -> str:
    """Return how often a blueprint was deployed; empty where the platform does not say."""
    count = agent.metrics.deploy_count if agent.metrics is not None else None
    return f"{count:,}" if count is not None else ""


def hearts(agent: Agent) -> str:
    """Return how many people like a blueprint; empty where the platform does not say."""
    return f"{agent.heart_count:,}" if agent.heart_count is not None else ""


# ---- sentences


def first_line(markdown: str) -> str:
    """Return the first sentence of a readme or card as plain text: its first line of prose, else its title."""
    title, fenced = "", False
    for raw in markdown[:READ].splitlines():
        line = raw.strip()
        if line.startswith(("```", "~~~")):
            fenced = not fenced
        elif line and not fenced and not raw.startswith("    ") and not line.startswith(("|", "[![", "![", "<")):
            heading = line.startswith("#")
            if heading and title:
                continue
            # What is shown is a line: it is not worth looking at more, whatever stands there.
            plain = " ".join(_MARKUP.sub(r"\1", line[:LINE].lstrip("#> ")).split())
            if heading or not plain.strip("=-|: "):
                title = title or plain.strip("=-|: ")
            elif plain:
                return masked_line(plain, 400)
    return masked_line(title, 400)


def about(agent: Agent) -> str:
    """Return in a sentence what a blueprint is for: from its readme, else its card; empty where neither says it."""
    newest = newest_of(agent)
    texts = [newest.readme, newest.agent_card.body if newest.agent_card else ""] if newest is not None else []
    if agent.draft_card is not None:
        texts.append(agent.draft_card.body)
    return next((line for text in texts if (line := first_line(text))), "")


def publishers_of(agent: Agent) -> str:
    """Return who publishes a blueprint, as people call them."""
    names = [masked_line(each.name or each.account, 60) for each in agent.publishers[:5]]
    return joined([name for name in names if name]) or masked_line(agent.account, 60)


def build_line(agent: Agent, now: datetime) -> str:
    """Return in a line what the newest build is, and who publishes it."""
    newest = newest_of(agent)
    by = f"by {publishers_of(agent)}"
    if newest is None:
        return f"nothing pushed yet, {by}"
    ago = f", {age(newest.published_at.at, now)} ago" if newest.published_at.at is not None else ""
    return f"newest build {masked_line(newest.build_id, 60)}{ago}, {by}"


# ---- the record


def blueprint_fields(agent: Agent, now: datetime) -> list[Field]:
    """Return what is known of a blueprint itself."""
    metrics = agent.metrics
    fields = [
        Field("agent", key_of(agent)),
        Field("publisher", publishers_of(agent)),
        Field("visibility", agent.visibility or "—", severity=Severity.WARN if agent.visibility == "private" else None),
        Field("builds", f"{len(agent.versions):,}"),
        Field("hearts", (hearts(agent) or "—") + (", one is yours" if agent.hearted else "")),
        Field("deploys", deploys(agent) or "—"),
    ]
    if metrics is not None and metrics.lifetime_messages is not None:
        fields.append(Field("messages", f"{metrics.lifetime_messages:,}"))
    if agent.registry:
        fields.append(Field("registry", agent.registry))
    if agent.archived_at:
        gone = when(agent.archived_at.at, agent.archived_at.raw, now)
        fields.append(Field("archived", gone, severity=Severity.WARN))
    if agent.name_reserved:
        fields.append(Field("name", "reserved"))
    return fields


def version_fields(version: AgentVersion, now: datetime) -> list[Field]:
    """Return what is known of one build."""
    fields = [
        Field("build", version.build_id or "—"),
        Field("published", when(version.published_at.at, version.published_at.raw, now)),
    ]
    told = (
        ("version", version.version),
        ("commit", version.commit_sha),
        ("message", " ".join(version.commit_message.split())),
        ("repository", version.repo_full_name),
    )
    fields += [Field(label, value) for label, value in told if value]
    for warning in version.validation_warnings:
        text = f"{warning.field}: {warning.message}" if warning.field else warning.message
        fields.append(Field("warning", text, severity=Severity.WARN))
    return fields


def versions_line(agent: Agent) -> str:
    """Return how many builds there are and how many of them have warnings."""
    warned = sum(bool(version.validation_warnings) for version in agent.versions)
    return counted(len(agent.versions), "build") + (f", {warned:,} with warnings" if warned else "")


def with_order(wanted: Wanted) -> Wanted:
    """Return the same in the next order."""
    return replace(wanted, order=ORDERS[(ORDERS.index(wanted.order) + 1) % len(ORDERS)])


def next_scope(account: str, own: Sequence[str]) -> str:
    """Return whose blueprints come next: everybody's public ones, then those of each own account."""
    scopes = ["", *own]
    return scopes[(scopes.index(account) + 1) % len(scopes)] if account in scopes else scopes[1 % len(scopes)]
