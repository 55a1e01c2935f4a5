"""What `find` searches for in the specs of many agents, its matches, and how many agents were searched. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import asdict

from astro_tui.document import Document, Expression, Masking, SearchError, jq_path, path_of
from astro_tui.document.lines import JsonType
from astro_tui.document.paths import SHOWN_KEY
from astro_tui.document.preview import preview
from astro_tui.document.strings import decode_head
from astro_tui.presentation.columns import Column, Fit, steps
from astro_tui.presentation.nodes import UNFOLDED, Node
from astro_tui.text.foreign import visible
from astro_tui.text.times import counted, joined

DIFFERS = "--differs"
"""The word before a path that groups agents by the value there."""
MOST = 2_000
"""The most rows on screen, which a table lays out at once."""
_LONGEST = 16_384
_SHOWN = 300
_ABSENT = "(no value)"


class Search(Struct, frozen=True):
    """What to find: what matches the expression, or with `differs` which agents have which value at its path."""

    text: str
    expression: Expression
    differs: bool = False

    @classmethod
    def parse(cls, text: str, saved: Mapping[str, str] = {}) -> Search:
        """Return the search that a user typed, or one that was `saved` under this name. Raises SearchError."""
        text = saved.get(text.strip(), text).strip()
        word, _, rest = text.partition(" ")
        differs = word == DIFFERS
        expression = Expression.parse(rest if differs else text)
        if differs and (expression.path is None or expression.query is not None or expression.sign):
            raise SearchError(f"{DIFFERS} needs a path, such as {DIFFERS} .agent.image.")
        return cls(f"{DIFFERS} {expression.text}" if differs else expression.text, expression, differs)


@dataclass(frozen=True, slots=True)
class FoundNode(Node):
    """A match, or the agents with the same value at a path. `value` is safe to draw, and masked.

    `path` and `raw` are the path and the value as they are in the masked spec; `agents` counts those of a group.
    """

    account: str = ""
    agent: str = ""
    path: str = ""
    value: str = ""
    raw: Any = None
    agents: int = 0


def place(node: FoundNode) -> str:
    """Return the path of a match, safe to draw; that of a group is known."""
    return "" if node.agents else visible(node.path, _SHOWN)


COLUMNS: Sequence[Column[FoundNode]] = (
    Column("account", attrgetter("account"), "quiet", optional=True, most=24),
    Column("agent", attrgetter("agent"), optional=True, most=40, order="in the order of the list"),
    Column("path", place, "quiet", optional=True, fit=Fit.MIDDLE, most=60),
    Column("agents", lambda row: f"{row.agents:,}" if row.agents else "", optional=True, fit=Fit.RIGHT),
    Column("value", attrgetter("value"), rest=True),
)
"""The columns of the matches, from left to right."""
LAYOUT = steps(
    "agents, agent 10, value 8, path 12, agent 16, path 24, account 10, value 24, path, value 40, agent, account, value"
)


class Specimen(Struct, frozen=True):
    """One agent to search: its names and its masked spec."""

    account: str
    agent: str
    key: str
    document: Document


def found_in(one: Specimen, nodes: Iterable[int], *, with_account: bool) -> Iterator[FoundNode]:
    """Yield the rows for the nodes of a spec that match."""
    for node in nodes:
        raw, text = _value(one.document, node)
        path = jq_path(path_of(one.document, node, SHOWN_KEY))
        yield FoundNode(
            key=(one.account, one.key, path, str(node)),
            account=one.account if with_account else "",
            agent=one.agent,
            path=path,
            value=text,
            raw=raw,
        )


def _value(document: Document, node: int) -> tuple[Any, str]:
    """Return a value, and its text on screen. A container is summarized."""
    line = document.line(node)
    if line.container:
        pair = "{}" if line.kind is JsonType.OBJECT else "[]"
        text = f"{pair[0]}{preview(document, Masking(document), line, _SHOWN)}{pair[1]}"
        return text, text
    raw = document.text[line.value : min(line.stop, line.value + _LONGEST)]
    if line.kind is JsonType.STRING:
        text = decode_head(document.text[line.value : line.stop], _LONGEST)
        return text, visible(text, _SHOWN) or '""'
    text = raw.decode("ascii", "replace")
    try:
        return msgspec.json.decode(raw), visible(text, _SHOWN)
    except msgspec.MsgspecError:
        # A number too large to calculate with, such as 1e999.
        return text, visible(text, _SHOWN)


class Groups:
    """The agents by the value at a path. All masked values are one group."""

    def __init__(self) -> None:
        self._values: dict[bytes | None, tuple[str, Any, dict[tuple[str, str], Node]]] = {}

    @property
    def count(self) -> int:
        """How many values there are."""
        return len(self._values)

    def add(self, one: Specimen, nodes: Iterable[int], *, with_account: bool) -> None:
        """Add an agent with its nodes at the path."""
        places = list(nodes)
        for node in places:
            line, document = one.document.line(node), one.document
            stop = document.inside(line)[1] if line.opens else line.stop
            raw, text = _value(document, node)
            self._put(document.text[line.value : stop], text, raw, one, node, with_account=with_account)
        if not places:
            self._put(None, _ABSENT, None, one, 0, with_account=with_account)

    def _put(self, key: bytes | None, text: str, raw: Any, one: Specimen, node: int, *, with_account: bool) -> None:
        account = visible(one.account, 100) if with_account else ""
        path = jq_path(path_of(one.document, node, SHOWN_KEY)) if key is not None else ""
        below = Node((one.account, one.key, path, text), one.agent, note=account)
        self._values.setdefault(key, (text, raw, {}))[2].setdefault((one.account, one.key), below)

    def rows(self, path: str) -> list[FoundNode]:
        """Return the groups, the largest first."""
        groups = sorted(self._values.items(), key=lambda item: (-len(item[1][2]), item[0] is None, item[0] or b""))
        return [
            FoundNode(
                ("group", str(number)),
                below=tuple(sorted(agents.values(), key=attrgetter("note", "label"))),
                folded=len(agents) > UNFOLDED,
                path=path,
                value=text,
                raw=raw,
                agents=len(agents),
            )
            for number, (_key, (text, raw, agents)) in enumerate(groups)
        ]


def as_json(node: FoundNode) -> dict[str, Any]:
    """Return a match or a group as JSON."""
    if node.agents:
        return {"path": node.path, "value": node.raw, "agents": ["/".join(each.key[:2]) for each in node.below]}
    account, key, *_place = node.key
    return {"account": account, "agent": node.agent, "id": key, "path": node.path, "value": node.raw}


class Coverage(Struct, frozen=True):
    """How many `agents` there are, and how many of them were searched: all others are counted by the reason.

    `unread` are agents, and `unlisted` accounts, each with the reason. `odd` counts rows of lists that are unreadable.
    """

    agents: int = 0
    records: int = 0
    without_record: int = 0
    rolled_back: int = 0
    unread: Mapping[str, str] = {}
    unlisted: Mapping[str, str] = {}
    odd: int = 0

    @property
    def left(self) -> int:
        """How many agents are still to be searched."""
        return self.agents - self.records - self.without_record - self.rolled_back - len(self.unread)

    @property
    def complete(self) -> bool:
        """Whether every agent was searched."""
        return not (self.left or self.unread or self.unlisted or self.odd)

    def as_json(self) -> dict[str, Any]:
        """Return the coverage as JSON."""
        return {**asdict(self), "left": self.left}

    @property
    def words(self) -> str:
        """Return how much was searched: `in 480 of 500 agents; 12 have no active record (…), 8 could not be read`."""
        regenerated = ("regenerated spec searched", "regenerated specs searched")
        parts = [
            _some(self.without_record, "has no active record", "have no active record", *regenerated),
            _some(self.rolled_back, "was rolled back", "were rolled back", *regenerated),
            _some(len(self.unread), "could not be read", "could not be read"),
            _some(self.left, "not searched yet", "not searched yet"),
            _some(self.odd, "row of a list cannot be read", "rows of lists cannot be read"),
        ]
        names = [visible(account, 100) for account in self.unlisted]
        parts += [f"the list of {joined(names)} could not be read"] if names else []
        text = f"in {self.records:,} of {counted(self.agents, 'agent')}"
        return "; ".join([text, *([", ".join(filter(None, parts))] if any(parts) else [])])


def _some(number: int, one: str, many: str, one_note: str = "", many_note: str = "") -> str:
    note = one_note if number == 1 else many_note
    return f"{number:,} {one if number == 1 else many}{f' ({note})' if note else ''}" if number else ""
