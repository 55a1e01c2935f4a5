"""What the tools read: each function takes checked arguments and returns what it has found. They block."""

from __future__ import annotations

import argparse
import json
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import accumulate
from time import time_ns
from typing import Any, NamedTuple

from astro_tui.cli.agents import AccountLists, DeploymentSpecs, account_of, found_with_id, note_regenerated
from astro_tui.cli.connection import CliConnection
from astro_tui.cli.listing import listing_of, objects
from astro_tui.cli.logs.printing import LeveledLine, line_json
from astro_tui.cli.logs.reading import matching, moment
from astro_tui.cli.logs.workloads import chosen_sources
from astro_tui.cli.mcp.results import TOKENS, Item, Masker, NextCall, ToolResult, size_of
from astro_tui.cli.trace_lists import containing, listed
from astro_tui.diagnosis import Diagnosis, as_json
from astro_tui.difference import as_json_patch, compare
from astro_tui.document import Document, Masking, find, jq_path, path_of_jq
from astro_tui.document import as_json as document_json
from astro_tui.errors import FINAL_KINDS, ConfigError, PlatformError
from astro_tui.logs import LogLine, LogSource
from astro_tui.logs.colors import plain
from astro_tui.logs.joining import SECOND
from astro_tui.logs.pages import LOOKBACKS, LogHistory
from astro_tui.logs.query import LogQuery, parse_query
from astro_tui.platform.lenient import json_of
from astro_tui.platform.observations import TraceQuery
from astro_tui.presentation.checks import as_json as finding_json
from astro_tui.presentation.finding import DIFFERS, Search
from astro_tui.presentation.finding import as_json as find_json
from astro_tui.presentation.numbers import LENGTHS, USUAL, Numbers
from astro_tui.presentation.revisions import RevisionRow
from astro_tui.presentation.scope import Scope, scope_of
from astro_tui.presentation.status import Severity
from astro_tui.presentation.timeline import as_json as happening_json
from astro_tui.presentation.traces import MOST_READ, line_as_json, trace_as_json
from astro_tui.runtime import system_clock
from astro_tui.session.agent import Agent
from astro_tui.session.checking import check
from astro_tui.session.finding import Finder
from astro_tui.session.numbers import read_all
from astro_tui.session.scope import accounts_in
from astro_tui.text.foreign import visible
from astro_tui.text.times import counted, joined, rfc3339, stamp, took

LINES = 1_000
"""The lines of each workload that one call reads."""
MOST_MASKED = 4 << 20
"""The characters of lines that one call masks, which takes about a second per MiB."""
_DEEPEST = 6
_SUMMARY = 160
MOST_ACCOUNTS = 10
"""The accounts in which an agent is looked for if only its name is given."""
TRACES = 50
_WRITTEN = frozenset({".message"})
_OF_TRACES = _WRITTEN | {".name", ".user"}
_QUOTING = frozenset(
    {".reason", "cause.sentence", "change.sentence", "evidence.text", "conflicts.text", "unread.error"}
)
"""The texts of a diagnosis that can quote log lines and events."""
_PROBLEMS = (Severity.ERROR, Severity.WARN)


@dataclass(frozen=True)
class ToolReader:
    """Reads for one call of a tool. `accounts` are the only accounts to read, or empty for all.

    The connection can be canceled, and `noted` has what a command would print on standard error.
    """

    connection: CliConnection
    accounts: Sequence[str] = ()

    def read(self, tool: str, arguments: Mapping[str, Any], position: Any) -> ToolResult:
        """Return what a tool finds from a position of an earlier result on. Raises AstroError."""
        for name in ("agent", "workload"):
            # Whether something has exactly this name would say that a guess is right.
            if arguments.get(name, "") != Masker(self.connection.platform.hidden).masked(arguments.get(name, "")):
                raise ConfigError(f"{name} cannot contain what looks like a secret; use the id, or leave it out")
        # Each tool has a method with its name.
        function: Callable[[Mapping[str, Any], Any], ToolResult] = getattr(self, f"_{tool}")
        return replace(function(arguments, position), notes=self.connection.noted or ())

    # ---- agents

    def _allowed(self, account: str) -> str:
        if self.accounts and account not in self.accounts:
            allowed = joined([visible(name, 100) for name in self.accounts])
            raise ConfigError(f"this server was started for {allowed} only, not for {visible(account, 100)}")
        return account

    def _scope(self, wanted: str | None) -> Scope:
        """Return the accounts of a call, by default one of those that this server was started for."""
        scope = scope_of(wanted or next(iter(self.accounts), "") or account_of(self.connection))
        if scope.everything and self.accounts:
            scope = scope_of(*self.accounts)
        for account in scope.accounts:
            self._allowed(account)
        return scope

    def _agent(self, arguments: Mapping[str, Any]) -> Agent:
        """Return the agent of a call."""
        account, slash, name = arguments["agent"].partition("/")
        if slash and not name:
            raise ConfigError(
                f"agent must be ACCOUNT/AGENT, not {visible(arguments['agent'], 100)}; list_agents lists them"
            )
        if slash:
            return found_with_id(self.connection, f"{self._allowed(account)}/{name}")
        return self._agent_named(arguments["agent"])

    def _agent_named(self, name: str) -> Agent:
        """Return the agent that only one of the accounts has."""
        connection, matching, problems = self.connection, list[Agent](), list[str]()
        accounts = self.accounts or list(filter(None, [connection.account]))
        accounts = accounts or [each.name for each in connection.platform.me(call=connection.call()).accounts]
        for account in filter(None, accounts[:MOST_ACCOUNTS]):
            try:
                matching.append(found_with_id(connection, f"{account}/{name}"))
            except ConfigError as error:
                problems.append(str(error))
        if len(matching) > 1:
            names = [visible(agent.account, 100) for agent in matching]
            problems = [f"{joined(names)} have such an agent; write ACCOUNT/AGENT"]
        if len(matching) != 1:
            raise ConfigError("; ".join(problems) or "this login has no accounts")
        return matching[0]

    def _list_agents(self, arguments: Mapping[str, Any], position: Any) -> ToolResult:
        accounts = accounts_in(self._scope(arguments.get("account")), self.connection.platform, self.connection.call())
        lists = AccountLists(self.connection, accounts)
        listing = listing_of(self.connection, lists, quick=arguments.get("quick", False), named=True)
        entries, note = listing.entries, visible(f"account {joined(list(accounts))}", 200)
        if arguments.get("problems_only"):
            fine = [entry for entry in entries if entry.status.severity not in _PROBLEMS]
            entries = [entry for entry in entries if entry.status.severity in _PROBLEMS]
            note += f"; {counted(len(fine), 'agent')} without a visible problem left out"
        steps = [NextCall("why", {"agent": f"{entry.account}/{entry.key}"}, "the cause") for entry in entries[:1]]
        items = [_as_listed(each) for each in objects(listing._replace(entries=entries))]
        return _page("agents", items, position, note=note, steps=steps, untrusted=_QUOTING)

    def _find(self, arguments: Mapping[str, Any], position: Any) -> ToolResult:
        text, agents = arguments["expression"], self.connection.agents
        search = Search.parse(f"{DIFFERS} {text}" if arguments.get("differs") else text, self.connection.settings.find)
        # If a search saw more than the client, the client could guess the rest.
        agents.shown = Masker(self.connection.platform.hidden).masked
        finder = Finder(agents, self._scope(arguments.get("accounts")), search)
        deque(finder.run(self.connection.call()), maxlen=0)
        rows = finder.groups if search.differs else finder.rows()
        for name, why in (*finder.coverage.unread.items(), *finder.coverage.unlisted.items()):
            self.connection.note(f"{name}: {why}")
        if finder.matches > len(rows):
            self.connection.note(f"only {len(rows):,} of {finder.matches:,} matches are listed; narrow the search")
        steps = [NextCall("show", {"agent": "/".join(row.key[:2]), "path": row.path}, "the value") for row in rows[:1]]
        items, noun = [find_json(row) for row in rows], "groups" if search.differs else "matches"
        steps = [] if search.differs else steps
        return replace(_page(noun, items, position, note=finder.coverage.words, steps=steps), exact=True)

    # ---- why

    def _why(self, arguments: Mapping[str, Any], _position: Any) -> ToolResult:
        agent = self._agent(arguments)
        diagnosis = agent.explained(self.connection.call()).entry.diagnosis
        assert diagnosis is not None  # noqa: S101  it was just made
        unread = f"could not read {joined([each.source for each in diagnosis.unread])}" if diagnosis.unread else ""
        item, steps = dict(as_json(diagnosis)), _after(diagnosis, _name(agent))
        return ToolResult("", [item], 1, untrusted=_QUOTING, note=unread, next=steps)

    # ---- specs

    def _show(self, arguments: Mapping[str, Any], position: Any) -> ToolResult:
        document, note = self._shown(arguments, self._agent(arguments))
        path = _path(arguments.get("path", "."))
        node = find(document, path)
        if node is None:
            raise ConfigError(
                f"{note} has no value at {visible(jq_path(path), 300)}; show without path lists its members"
            )
        value = json_of(document_json(document, Masking(document), node))
        members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        rows = [(jq_path((*path, step)), member) for step, member in members] or [(jq_path(path), value)]
        room = arguments.get("max_tokens", TOKENS) * 3
        items = [{"path": at, "value": each} for at, each in _summarized(rows, room)]
        return replace(_page("members", items, position, note=note), exact=True)

    def _shown(self, arguments: Mapping[str, Any], agent: Agent) -> tuple[Document, str]:
        """Return what to show, and what it is."""
        what, call = arguments.get("what", "spec"), self.connection.call()
        if what == "spec":
            _refuse(arguments, "range", "only numbers have a range")
            specs = DeploymentSpecs(self.connection, agent)
            spec = specs.revision(arguments["revision"]) if "revision" in arguments else specs.deployed()
            note_regenerated(self.connection, spec)
            return spec.document, spec.label
        _refuse(arguments, "revision", "only specs have revisions")
        if what == "record":
            body = agent.request("record", call)
        else:
            numbers = Numbers(system_clock().replace(microsecond=0), LENGTHS[arguments.get("range", USUAL.name)])
            body = read_all(agent, numbers, self.connection.call).as_json()
        return Document.parse(json.dumps(body).encode()), f"the {what}"

    def _diff(self, arguments: Mapping[str, Any], position: Any) -> ToolResult:
        specs = DeploymentSpecs(self.connection, self._agent(arguments), seen=True)
        old, new = specs.pair(arguments.get("old"), arguments.get("new"))
        changes = compare(old.document, new.document)
        operations = [_flat(each, _DEEPEST + 1) for each in json_of(as_json_patch(changes, with_old=True).encode())]
        note = f"from {old.title} to {new.title}: {changes.summary}" if changes else f"{old.title} equals {new.title}"
        return replace(_page("operations", operations, position, note=note), exact=True)

    def _history(self, arguments: Mapping[str, Any], position: Any) -> ToolResult:
        agent = self._agent(arguments)
        history = agent.history(self.connection.call())
        rows = history.rows
        self.connection.platform.names.read(agent.account, (each.user for each in rows))
        if history.unreadable:
            self.connection.note(f"{counted(history.unreadable, 'row')} cannot be read")
        steps = (
            [NextCall("diff", {"agent": _name(agent)}, "what the deployed revision changed")] if len(rows) > 1 else []
        )
        return _page("revisions", [_revision(each) for each in rows], position, steps=steps, untrusted=_WRITTEN)

    def _check(self, arguments: Mapping[str, Any], position: Any) -> ToolResult:
        one = check(self._agent(arguments), self.connection.call())
        for fact, reason in one.unread.items():
            self.connection.note(f"{fact} not read: {reason}")
        return _page("findings", [finding_json(each) for each in one.found], position)

    # ---- what happened

    def _events(self, arguments: Mapping[str, Any], position: Any) -> ToolResult:
        call = self.connection.call()
        _facts, rows = self._agent(arguments).judged(call).happened(call)
        items = [happening_json(row) for row in rows]
        return _page("rows", items, position, untrusted=_WRITTEN)

    def _traces(self, arguments: Mapping[str, Any], position: Any) -> ToolResult:
        agent = self._agent(arguments)
        failed = arguments.get("failed", False)
        search, masker = arguments.get("search", ""), Masker(self.connection.platform.hidden)
        if "trace" in arguments:
            _refuse(arguments, "search", "it searches the list of traces")
            read = agent.agents.traces.read(agent.key, arguments["trace"], self.connection.call())
            trace = trace_as_json(read)
            spans = [span for span in trace.pop("spans") if not failed or span["level"] == "error"]
            for text in trace["notes"]:
                self.connection.note(text)
            parts = [took(read.duration)] if read.duration else []
            parts += [counted(trace["errors"], "error")] if trace["errors"] is not None else []
            note = ", ".join([f"trace {arguments['trace']}", *parts])
            return _page("spans", spans, position, note=note, untrusted=_OF_TRACES)
        if search:
            rows = containing(self.connection, agent.key, search, TRACES, masker.text, failed=failed)
        else:
            rows = listed(self.connection, agent.key, TraceQuery(), TRACES, failed=failed)
        items = [line_as_json(row) for row in rows]
        steps = (
            [NextCall("traces", {"agent": _name(agent), "trace": items[0]["trace_id"]}, "its spans")] if items else []
        )
        note = f"with an error, of the newest {MOST_READ}" if failed else ""
        if search:
            note = f"that contain {visible(search, 100)}" + (" and have an error" if failed else "")
        elif len(items) == TRACES:
            self.connection.note(f"traces older than the newest {TRACES} are not listed")
        return _page("traces", items, position, note=note, steps=steps, untrusted=_OF_TRACES)

    def _logs(self, arguments: Mapping[str, Any], position: Any) -> ToolResult:
        agent = self._agent(arguments)
        since, until = (_time(arguments.get(name, ""), name) for name in ("since", "until"))
        if 0 < until <= since:
            raise ConfigError("since must be before until")
        level = f"level>={arguments['level']}" if "level" in arguments else ""
        query = parse_query(f"{level} {arguments.get('query', '')}".strip())
        workloads = [arguments["workload"]] if "workload" in arguments else []
        sources = chosen_sources(self.connection, agent, workloads, "")
        until, skipped = _place(position) if position is not None else (until, 0)
        read = _Lines(self.connection, query, since, until, MOST_MASKED // len(sources)).of(sources)
        lines = read.before(until, skipped)
        note = f"{counted(read.count, 'line')} read"
        return ToolResult(
            "lines",
            lines,
            len(lines),
            untrusted=_WRITTEN,
            note=f"matching {query.text}; {note}" if query else note,
            newest_last=True,
            more=read.more,
            cursor=lambda kept: read.rest(lines, kept),
            form=line_json,
        )


def _page(
    noun: str,
    items: Sequence[Item],
    position: Any,
    *,
    note: str = "",
    steps: Sequence[NextCall] = (),
    untrusted: Collection[str] = (),
) -> ToolResult:
    """Return the items of a list from a position on, which counts items."""
    start = position if isinstance(position, int) and 0 <= position <= len(items) else 0
    return ToolResult(noun, items[start:], len(items), start, untrusted, note, steps, cursor=lambda kept: start + kept)


def _name(agent: Agent) -> str:
    """Return the name of an agent as an argument of the next call."""
    return f"{agent.account}/{agent.key}"


def _after(diagnosis: Diagnosis, agent: str) -> list[NextCall]:
    """Return the calls that make sense after a diagnosis."""
    steps: list[NextCall] = []
    change = diagnosis.change
    if change is not None and isinstance(change.revision, int):
        old = {"old": change.previous} if isinstance(change.previous, int) else {}
        steps.append(NextCall("diff", {"agent": agent, "new": change.revision, **old}, "the change to blame"))
    if not diagnosis.fine:
        workload = {"workload": diagnosis.workload} if diagnosis.workload else {}
        steps.append(NextCall("logs", {"agent": agent, **workload, "level": "warn"}, "the log around the problem"))
    return steps


def _refuse(arguments: Mapping[str, Any], name: str, why: str) -> None:
    if name in arguments:
        raise ConfigError(f"leave out {name}: {why}")


def _path(text: str) -> tuple[str | int, ...]:
    try:
        return path_of_jq(text if text.startswith((".", "[")) else f".{text}")
    except ValueError as error:
        raise ConfigError(f"path: {visible(str(error), 200)}; write .agent.environment or .models[0]") from None


def _time(text: str, name: str) -> int:
    """Return Unix nanoseconds for an argument; 0 without one."""
    try:
        return moment(text) if text else 0
    except argparse.ArgumentTypeError as error:
        raise ConfigError(f"{name}: {error}") from None


def _as_listed(item: Item) -> Item:
    """Return an agent of the list without a cause that says nothing: only `why` investigates."""
    if (item["cause"] or {}).get("kind") == "unknown":
        return {key: value for key, value in item.items() if key not in ("cause", "change", "change_state", "reason")}
    return item


def _place(position: Any) -> tuple[int, int]:
    """Return the time and the number of lines in the position of a cursor. Raises ConfigError."""
    match position:
        case [int(until), int(skipped)] if 0 <= until < 1 << 63:
            return until, skipped
    raise ConfigError("this cursor is not valid; repeat the call without it")


def _revision(row: RevisionRow) -> Item:
    return {
        "revision": row.number,
        "current": row.current,
        "status": row.status.plain,
        "deployed_at": rfc3339(row.deployed) if row.deployed else row.deployed_raw,
        "build": row.build,
        "by": row.who,
        "commit": row.commit,
        "origin": row.origin,
        "message": row.message,
    }


# ---- values of a document


def _summarized(rows: Sequence[tuple[str, Any]], room: int) -> list[tuple[str, Any]]:
    """Return values in as much depth as fits into `room` bytes together: what is below becomes a text."""
    for depth in range(_DEEPEST, 0, -1):
        flat = [(at, _flat(value, depth)) for at, value in rows]
        if sum(size_of(pair) for pair in flat) <= room:
            return flat
    return [(at, _flat(value, 0)) for at, value in rows]


def _flat(value: Any, depth: int) -> Any:
    """Return a value without what is more than `depth` levels below it. A pair of plain values stays."""
    if isinstance(value, dict) and value:
        if not depth:
            names = ", ".join(list(value)[:8])
            return f"{{…}} {counted(len(value), 'member')}: {names}"[:_SUMMARY]
        return {key: _flat(each, depth - 1) for key, each in value.items()}
    if isinstance(value, list) and value:
        pair = len(value) == 2 and not any(isinstance(each, dict | list) for each in value)
        return [_flat(each, depth - 1) for each in value] if depth or pair else f"[…] {counted(len(value), 'item')}"
    return value


# ---- logs


class _Page(NamedTuple):
    """The newest lines of a workload, masked, and whether there may be `more`; or the `problem` if they are unread."""

    source: LogSource
    lines: Sequence[LogLine] = ()
    more: bool = False
    problem: str = ""


@dataclass(frozen=True)
class _LinesRead:
    """The lines that match, in time order, all from `edge` on; there may be `more` before that."""

    lines: Sequence[LeveledLine]
    count: int
    edge: int
    more: bool

    def before(self, until: int, skipped: int) -> Sequence[LeveledLine]:
        """Return the lines without the last `skipped` ones in the nanosecond before `until`: a result has had them."""
        last = [each for each in self.lines if each.line.ns == until - 1]
        return self.lines[: len(self.lines) - min(skipped, len(last))]

    def rest(self, lines: Sequence[LeveledLine], kept: int) -> tuple[int, int]:
        """Return where the lines before the last `kept` ones end: a time, and how many lines before it to skip."""
        if kept == len(lines):
            return self.edge, 0
        ns = lines[len(lines) - kept].line.ns if kept else lines[-1].line.ns
        return ns + 1, sum(each.line.ns == ns for each in lines[-kept:])


@dataclass(frozen=True)
class _Lines:
    """Reads the newest lines of several workloads between two times in nanoseconds, 0 for no limit.

    All that comes after is based on masked text, so that no query can find out what is masked. `most` limits the
    characters of each workload.
    """

    connection: CliConnection
    query: LogQuery
    since: int
    until: int
    most: int

    def of(self, sources: Sequence[LogSource]) -> _LinesRead:
        """Return the lines that match, in time order. Raises ConfigError if no workload can be read."""
        end, since, pages = self.until or time_ns(), 0, list[_Page]()
        for seconds in LOOKBACKS:
            # One window for all workloads, so that the next one continues each of them.
            since = self.since or end - seconds * SECOND
            with ThreadPoolExecutor(min(4, len(sources))) as pool:
                pages = list(pool.map(partial(self._newest, since), sources))
            if self.since or any(page.lines for page in pages):
                break
        failed = [f"{page.source.workload}: {page.problem}" for page in pages if page.problem]
        pages = [page for page in pages if not page.problem]
        if not pages:
            raise ConfigError("; ".join(note.rstrip(".") for note in failed))
        for note in failed:
            self.connection.note(note)
        if empty := [page.source.workload for page in pages if not page.lines]:
            self.connection.note(f"no lines of {joined(empty)} since {stamp(since)}")
        # Below this time, some workloads may have lines that were not read.
        edge = max((page.lines[0].ns for page in pages if page.more and page.lines), default=since)
        matches = [
            each
            for page in pages
            for each in matching(self.query, page.source, [line for line in page.lines if line.ns >= edge])
        ]
        matches.sort(key=lambda each: each.line.ns)
        more = any(page.more or (page.lines and not self.since) for page in pages)
        if more:
            self.connection.note(f"lines before {stamp(edge)} were not read")
        return _LinesRead(matches, sum(len(page.lines) for page in pages), edge, more)

    def _newest(self, since: int, source: LogSource) -> _Page:
        """Return the newest lines since a time."""
        history, masked = LogHistory(self.connection.platform, source), Masker(self.connection.platform.hidden).masked
        source = LogSource(source.deployment_id, masked(source.workload))
        try:
            page = history.newest(LINES, self.connection.call(), since_ns=since, until_ns=self.until)
        except PlatformError as error:
            if error.kind in FINAL_KINDS:
                raise
            return _Page(source, problem=str(error))
        sizes = accumulate(len(line.message) for line in reversed(page.lines))
        kept = page.lines[-max(1, bisect_right(list(sizes), self.most)) :]
        lines = [LogLine(line.ns, masked(line.level), masked(plain(line.message))) for line in kept]
        return _Page(source, lines, page.more or len(lines) < len(page.lines))
