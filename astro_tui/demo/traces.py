"""What the demo's tracing product has: traces and their observations, over HTTP (platform.md §11).

`data/traces.json` describes it. An agent has a trace `every` so many seconds, of which there are `count` at the start;
the newest has the number 0. Agents without an entry have that of `*`, and null is an agent without tracing. `usual`
names the recipes of most traces, `placed` those of some numbers, and `users` has who made the requests. The server
reads the product in one of two ways (`reader`, else that of the world), and a scan takes `scan` seconds.

A recipe is the outermost observation; it has more below it in `spans`, one after the other unless `at` says when one
begins, in seconds after the one around it. `for` is how long it takes. It is there `times` times with `gap` seconds in
between, or nested in itself `deep` times. `fill` is the size of its input. Each observation arrives when it ends, the
outermost one last: a trace with `left` still runs for so many seconds at the start.
A trace that is `broken` cannot be decoded by the server, which then refuses everything that contains it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from astro_tui.demo.data import read
from astro_tui.demo.entities import DemoDeployment, Json, digest
from astro_tui.demo.request import Access, ApiRequest, ResponseError
from astro_tui.demo.world import World

_MOST_SCANNED, _MOST_ON_PAGE, _MOST_SPANS = 1000, 100, 100
"""The most traces that a scan examines, rows on a page, and observations of a trace that the v4 reader returns."""
_CACHED_FOR = timedelta(minutes=5)
"""How long the result of a scan is kept."""
_OF_CHAT = -(10**6)
"""The number of the trace of the first chat; later ones have lower numbers."""
_NOT_CONFIGURED = "langfuse not configured for this account"
_IO = ("input", "output", "metadata", "model_parameters", "fill")
_CLAUSE = "Clause 4.2: the carrier reports each delay within two hours. "
_PRICES = 3e-6, 15e-6
"""Dollars per input token and per output token."""


@cache
def _data() -> Any:
    return read("traces.json")


def reader_of(world: World, deployment: DemoDeployment) -> str:
    """Return how the server reads what an agent traced: `v3` or `v4`."""
    agents = _data()["agents"]
    return str((agents.get(deployment.name, agents["*"]) or {}).get("reader", world.reader))


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


@dataclass(frozen=True, slots=True)
class DemoTrace:
    """One run of an agent: the recipe of its observations, who requested it, when it began, and how it is read."""

    id: str
    kind: str
    user: Json
    begun: datetime
    now: datetime
    reader: str
    session: str = ""

    @property
    def recipe(self) -> Json:
        """How it is made."""
        made: Json = _data()["recipes"][self.kind]
        return made

    @property
    def latency(self) -> float:
        """Milliseconds from the start to the end, or until now."""
        return min(float(self.recipe["for"]), (self.now - self.begun).total_seconds()) * 1000

    def row(self) -> Json:
        """Return its entry in the list. The time is that of the ingestion, or with the v4 reader, of the start."""
        late = timedelta(0) if self.reader == "v4" else timedelta(milliseconds=self.latency, seconds=2)
        return {
            "trace_id": self.id,
            "name": self.recipe.get("trace", self.recipe["name"]),
            "status": "ok",
            "latency_ms": round(self.latency, 3),
            "total_cost": _cost(self.kind),
            "timestamp": _written(self.begun + late),
            **self.user,
        }

    def arrived(self) -> list[Json]:
        """Return all observations that have arrived, the outermost one first if it is there, with input and output."""
        made, now = list[Json](), _written(self.now)
        rest = [(self.recipe, "", self.begun)]
        while rest:
            recipe, parent, begun = rest.pop()
            for each, at in _copies(recipe, begun):
                span = self._span(each, parent, at, len(made))
                made.append(span)
                rest += [(child, span["id"], start) for child, start in _children(each, at)]
        return [span for span in made if span["end_time"] <= now]

    def detail(self) -> tuple[Json, list[Json]]:
        """Return what the trace says about itself, and its observations in no useful order.

        The v4 reader sees only the newest observations. It takes the outermost one for the trace, else the newest one,
        and leaves it out.
        """
        spans, row = self.arrived(), {**self.row(), **{key: self.recipe.get(key) for key in ("input", "output")}}
        if self.reader == "v4" and spans:
            spans = sorted(spans, key=lambda span: str(span["start_time"]), reverse=True)[:_MOST_SPANS]
            top = next((span for span in spans if not span["parent_id"]), spans[0])
            spans.remove(top)
            row |= {"timestamp": top["start_time"], "latency_ms": top["latency_ms"]}
            row |= {key: top.get(key) for key in ("input", "output")}
        row |= {"total_cost": _sum(spans), "user_id": row.get("user_id", "")}
        return row, [*spans[1::2], *spans[::2][::-1]]

    def _span(self, recipe: Json, parent: str, at: datetime, serial: int) -> Json:
        tokens = recipe.get("usage", [0, 0])
        price = 0.0 if recipe.get("unpriced") else sum(each * one for each, one in zip(tokens, _PRICES, strict=True))
        span: Json = {
            "id": f"{self.id[22:]}{serial:06x}",
            "parent_id": recipe.get("parent", parent),
            "type": recipe.get("type", "span"),
            "name": recipe["name"],
            "start_time": _written(at),
            "end_time": _written(at + timedelta(seconds=recipe.get("for", 0.2))),
            "latency_ms": round(recipe.get("for", 0.2) * 1000, 3),
            "level": recipe.get("level", "default"),
            "status_message": recipe.get("message", ""),
            "cost": round(price, 6),
            **({"model": recipe["model"]} if "model" in recipe else {}),
            **{key: recipe[key] for key in _IO if recipe.get(key)},
        }
        if any(tokens) or self.reader == "v4":
            span["usage"] = {"input": tokens[0], "output": tokens[1], "total": sum(tokens), "unit": "TOKENS"}
        return span


def _sum(spans: list[Json]) -> float:
    return round(sum(float(span["cost"]) for span in spans), 6)


@cache
def _cost(kind: str) -> float:
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    return _sum(DemoTrace(f"{0:032x}", kind, {}, begun, begun + timedelta(days=1), "").arrived())


def _copies(recipe: Json, begun: datetime) -> Iterator[tuple[Json, datetime]]:
    """Yield a recipe as often as it is repeated, each with its start."""
    step = recipe.get("for", 0.2) + recipe.get("gap", 0.0)
    for number in range(recipe.get("times", 1)):
        yield recipe, begun + timedelta(seconds=number * step)


def _children(recipe: Json, begun: datetime) -> Iterator[tuple[Json, datetime]]:
    """Yield what is directly below an observation, each with its start."""
    if recipe.get("deep", 0) > 1:
        yield {**recipe, "deep": recipe["deep"] - 1, "for": recipe["for"] * 0.99}, begun
        return
    at = 0.0
    for child in recipe.get("spans", ()):
        at = child.get("at", at)
        yield child, begun + timedelta(seconds=at)
        at += (child.get("for", 0.2) + child.get("gap", 0.0)) * child.get("times", 1)


class TraceEndpoints(Access):
    """The endpoints of traces and observations."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._scans: dict[tuple[str, ...], tuple[datetime, tuple[list[DemoTrace], bool, int]]] = {}

    def routes(self) -> tuple[tuple[str, Callable[[ApiRequest], Json]], ...]:
        """Return the path and handler of each endpoint."""
        return (
            ("/deployments/*/observability/traces", self.traces),
            ("/deployments/*/observability/traces/*", self.trace),
            ("/deployments/*/observability/observations/*", self.observation),
        )

    def _agent(self, request: ApiRequest) -> tuple[DemoDeployment, Json]:
        deployment = self.deployment(request, unknown=404)
        described = _data()["agents"].get(deployment.name, _data()["agents"]["*"])
        if described is None:
            raise ResponseError(503, _NOT_CONFIGURED)
        return deployment, {**described, "reader": reader_of(self.world, deployment)}

    def _trace(self, deployment: DemoDeployment, described: Json, number: int) -> DemoTrace:
        count, every = described["count"], described["every"]
        usual, placed, users = described["usual"], described.get("placed", {}), _data()["users"]
        kind = placed.get(str(number)) or usual[number % len(usual)]
        # Numbers below 0 are newer than the start.
        trace_id = f"{digest(deployment.id, str(number)):016x}c0ffee{count - number:010x}"
        if number <= _OF_CHAT:
            asked = self.world.asked[deployment.id][_OF_CHAT - number]
            reader, later = described["reader"], asked.at + timedelta(minutes=1)
            return DemoTrace(trace_id, "chat", users[2], asked.at, later, reader, asked.conversation)
        recipe = _data()["recipes"][kind]
        begun = self.world.ago(number * every + recipe["for"] - recipe.get("left", -3))
        return DemoTrace(trace_id, kind, users[number % len(users)], begun, self.world.now(), described["reader"])

    def _all(self, request: ApiRequest) -> list[DemoTrace]:
        """Return the traces that match user and window, newest first."""
        deployment, described = self._agent(request)
        edges = [request.moment(key) for key in ("start_time", "end_time")]
        if any(request.one(key) and edge is None for key, edge in zip(("start_time", "end_time"), edges, strict=True)):
            raise ResponseError(502, "failed to query langfuse traces")
        newest = -int(self.world.elapsed() // described["every"])
        traces = [self._trace(deployment, described, number) for number in range(newest, described["count"])]
        asked = enumerate(self.world.asked.get(deployment.id, ()))
        chats = [self._trace(deployment, described, _OF_CHAT - place) for place, each in asked if each.answered()]
        traces = [*reversed(chats), *traces]
        wanted = None if request.one("no_user") == "true" else request.one("user_id")
        start, end = edges
        return [
            trace
            for trace in traces
            if wanted in ("", trace.user.get("user_id"))
            and (start is None or trace.begun >= start)
            and (end is None or trace.begun < end)
        ]

    def traces(self, request: ApiRequest) -> Json:
        """Return a page of traces."""
        _deployment, described = self._agent(request)
        v4, sort = described["reader"] == "v4", request.one("sort")
        limit = min(_whole(request.one("limit"), 50) or 50, _MOST_ON_PAGE)
        offset = _whole(request.one("offset"), 0)
        if request.one("search") or sort in ("latency", "cost"):
            rows, truncated, scanned = self._scanned(request, described, sort)
            total = len(rows)
        else:
            rows, truncated, scanned = self._all(request), False, 0
            # The product counts pages, so the server rounds the offset down to one.
            offset, total = offset // limit * limit, 0 if v4 else len(rows)
        page = (rows[::-1] if request.one("direction") == "asc" else rows)[offset : offset + limit]
        unbounded = v4 and page and not (request.one("start_time") and request.one("end_time"))
        if unbounded or any(trace.recipe.get("broken") for trace in page):
            raise ResponseError(502, "failed to query langfuse traces")
        body: Json = {"traces": [trace.row() for trace in page], "total": total, "limit": limit}
        return {**body, "offset": _whole(request.one("offset"), 0), "truncated": truncated, "scanned_count": scanned}

    def _scanned(self, request: ApiRequest, described: Json, sort: str) -> tuple[list[DemoTrace], bool, int]:
        """Return the traces of a search or of another order; the result is kept for a while."""
        names = ("search", "user_id", "no_user", "sort", "start_time", "end_time")
        key, now = (request.names[0], *map(request.one, names)), self.world.time()
        if key in self._scans and now < self._scans[key][0]:
            return self._scans[key][1]
        time.sleep(described.get("scan", 0.0))
        every, text = self._all(request), request.one("search").lower()
        v4 = described["reader"] == "v4"
        most = _MOST_ON_PAGE if v4 else _MOST_SCANNED
        traces = [trace for trace in every[:most] if text in _searched(trace)]
        if sort in ("latency", "cost"):
            traces.sort(key=lambda trace: _cost(trace.kind) if sort == "cost" else trace.latency, reverse=True)
        # The v4 reader does not know that there are more.
        made = traces, len(every) > most and not v4, len(every[:most])
        self._scans[key] = now + _CACHED_FOR, made
        return made

    def _found(self, deployment: DemoDeployment, described: Json, text: str, what: str) -> DemoTrace:
        """Return the trace whose ID ends with a text. Raises an error if it is missing or broken."""
        try:
            number = described["count"] - int(text, 16)
        except ValueError:
            raise ResponseError(404, f"{what} not found") from None
        newest = -int(self.world.elapsed() // described["every"])
        chats = len(self.world.asked.get(deployment.id, ()))
        if not newest <= number < described["count"] and not _OF_CHAT - chats < number <= _OF_CHAT:
            raise ResponseError(404, f"{what} not found")
        trace = self._trace(deployment, described, number)
        if trace.recipe.get("broken"):
            raise ResponseError(502, f"failed to query langfuse {what}")
        return trace

    def trace(self, request: ApiRequest) -> Json:
        """Return one trace with its observations, which come without input and output."""
        deployment, described = self._agent(request)
        trace = self._found(deployment, described, request.names[1][22:], "trace")
        if trace.id != request.names[1]:
            raise ResponseError(404, "trace not found")
        row, spans = trace.detail()
        return {
            "trace": {
                **{key: value for key, value in row.items() if key != "status"},
                "metadata": trace.recipe.get("metadata"),
                "tags": None,
                "session_id": trace.session or f"sess-{digest(trace.id) % 900 + 100}",
                "environment": "default",
                "release": "",
                "version": "",
            },
            "observations": [{key: value for key, value in span.items() if key not in _IO} for span in spans],
            "scores": trace.recipe.get("scores", []),
        }

    def observation(self, request: ApiRequest) -> Json:
        """Return one observation as a bare object, with its input and output."""
        deployment, described = self._agent(request)
        wanted = request.names[1]
        trace = self._found(deployment, described, wanted[:10], "observation")
        spans = trace.arrived()
        span = next((span for span in spans if span["id"] == wanted), None)
        # The v4 reader finds an observation by the outermost one of its trace.
        if span is None or (trace.reader == "v4" and spans[0]["parent_id"]):
            raise ResponseError(404, "observation not found")
        if "fill" in span:
            span["input"] = [{"role": "user", "content": _CLAUSE * (span.pop("fill") // len(_CLAUSE))}]
        return span


def _whole(text: str, default: int) -> int:
    return int(text[:9]) if text.isascii() and text.isdecimal() else default


def _searched(trace: DemoTrace) -> str:
    row = trace.row()
    details = row.get("user_details", {})
    texts = (row["name"], trace.id, row.get("user_id"), details.get("display_name"), details.get("username"))
    return "\n".join(filter(None, texts)).lower()
