"""What the demo measures: pod metrics, traffic, observations, and costs, over HTTP (platform.md §11).

Each agent has a profile in `data/numbers.json`, by its name; "" is the default. It has the usual values: cores, a share
of the memory limit, requests and bytes per second, a share of failed requests, milliseconds, tokens per observation,
and dollars per token. `spikes` names how long ago a value was multiplied and by how much, and `after` by how much the
newest deploy multiplied it. `gap` is from when until when, in seconds ago, nothing was measured, `quiet` are hours
without observations, `peers` have shares of the requests and errors of each direction, `disk` is the used share of the
disks of knowledge stores and `files` that of the agent's own (null: not known), and `odd` are behaviors of the platform
that surprise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from itertools import pairwise
from math import pi, sin
from typing import Any

from astro_tui.demo import pods
from astro_tui.demo.data import read
from astro_tui.demo.entities import DemoDeployment, Json, digest
from astro_tui.demo.request import Access, ApiRequest, ResponseError
from astro_tui.demo.schedule import DAY, HOUR, MINUTE, PodStory
from astro_tui.demo.specs import spec_of, workloads_of
from astro_tui.demo.traces import reader_of
from astro_tui.demo.world import World, timestamp

_RANGES = {
    "1h": (HOUR, 30, "30s"),
    "6h": (6 * HOUR, 120, "2m0s"),
    "24h": (DAY, 600, "10m0s"),
    "7d": (7 * DAY, HOUR, "1h0m0s"),
}
_MINUTES = {"hour": 60, "day": 1440, "week": 10_080, "month": 43_200}
_UNITS = {"h": HOUR, "m": MINUTE, "s": 1.0, "ms": 0.001}
_SIZES = {"": 1.0, "m": 0.001, "Mi": 2.0**20, "Gi": 2.0**30}
_SIDES = {"inbound": 1.0, "outbound": 2.7, "database": 0.0}
_LABELS = {"": ("total",), "peer": ("/v1/messages", "(unknown)"), "status_class": ("2xx", "5xx")}
_SERIES = "cpu memory storage_used storage_capacity network_rx network_tx fs_read fs_write restarts ooms"
_MOST_POINTS = 11_000
_LONG_AGO = datetime(1971, 1, 1, tzinfo=UTC)
_OBSERVED = 0.3
"""Observations per request."""
_MEAN_OF = 4
"""How many steps each point of a rate is the mean of."""
_MOST_ROWS = 100
"""The most buckets that the v4 reader returns."""


@cache
def _profiles() -> Any:
    return read("numbers.json")


class _Agent:
    """The values of one agent. Times are Unix seconds."""

    def __init__(self, world: World, deployment: DemoDeployment) -> None:
        rows = _profiles()
        self.profile: Json = {**rows[""], **rows.get(deployment.name, {})}
        self.odd: Sequence[str] = self.profile["odd"]
        self.v4 = reader_of(world, deployment) == "v4"
        self.id, self.now = deployment.id, world.now().timestamp()
        start = world.start.timestamp()
        self.deployed = start - deployment.revision_age(deployment.revision)
        self._first = start - deployment.revision_age(1)
        running = world.condition(deployment).pods
        self._last = self.now if running.others else start - running.ended

    def measured(self, at: float) -> bool:
        """Whether there is a sample of a time."""
        begin, end = self.profile["gap"]
        return self._first <= at < self._last and not self.now - begin <= at < self.now - end

    def value(self, metric: str, at: float, step: float) -> float:
        """Return the value of a metric in the `step` seconds from a time: with days and nights, and some noise."""
        noise = 0.85 + digest(self.id, metric, str(at // step)) % 1000 / 3333
        value = float(self.profile[metric]) * noise
        if metric in ("rate", "cpu", "bytes"):
            value *= 1 + 0.5 * sin(2 * pi * at / DAY)
        ago, times = self.profile["spikes"].get(metric, (0, 1))
        if at <= self.now - ago < at + step:
            value *= times
        return value * (self.profile["after"].get(metric, 1) if at >= self.deployed else 1)

    def mean(self, metric: str, at: float, step: float) -> float:
        """Return a point of a rate: the mean over the steps before it that were measured."""
        times = [at - ago * step for ago in range(1, _MEAN_OF + 1)]
        values = [self.value(metric, each, step) for each in times if self.measured(each)]
        return sum(values) / len(values) if values else self.value(metric, at, step)

    def observed(self, at: float, step: float) -> tuple[int, int]:
        """Return how many observations and tokens there were in a bucket."""
        quiet = self.profile["quiet"]
        part = 1 - len(quiet) / 24 if step > HOUR else float(at // HOUR % 24 not in quiet)
        seconds = max(0.0, min(at + step, self._last) - max(at, self._first)) * part
        count = int(self.value("rate", at, step) * _OBSERVED * seconds)
        return count, int(count * self.value("tokens", at, step))


def _points(times: Iterator[float], value: Callable[[float], float]) -> list[Json]:
    return [{"timestamp": _stamp(at), "value": round(value(at), 6)} for at in times]


def _stamp(at: float) -> str:
    return timestamp(datetime.fromtimestamp(at, UTC))


def _steps(begin: float, end: float, step: float) -> Iterator[float]:
    at = begin // step * step
    while at < end:
        if at >= begin:
            yield at
        at += step


def _quantity(text: str) -> float:
    number = text.rstrip("mMGi")
    return float(number or 0) * _SIZES[text.removeprefix(number)]


def _go_seconds(text: str) -> float:
    """Return the seconds of a Go duration; 0 for other text."""
    parts = re.findall(r"(\d{1,9}(?:\.\d{1,9})?)(ms|h|m|s)", text)
    whole = "".join(number + unit for number, unit in parts) == text
    return sum(float(number) * _UNITS[unit] for number, unit in parts) if whole else 0.0


def _go_text(seconds: float) -> str:
    hours, rest = divmod(int(seconds), HOUR)
    minutes, rest = divmod(rest, MINUTE)
    return (f"{hours}h" if hours else "") + (f"{minutes}m" if hours or minutes else "") + f"{rest}s"


def disk_of(deployment: DemoDeployment) -> float | None:
    """Return which share of the disk of a deployment's knowledge stores is used, if its profile says so."""
    profile: Json = {**_profiles()[""], **_profiles().get(deployment.name, {})}
    share: float | None = profile["disk"]
    return share


def _flow(row: Json, side: Json, direction: str) -> Json:
    """Return the traffic with one peer: its share of the requests and of the errors of one direction."""
    kind = {"inbound": "route", "outbound": "address", "database": "db_system"}[direction]
    count = int(side["request_count"] * row["share"])
    failed = 0 if direction == "database" else min(count, int(side["error_count"] * row["errors"]))
    slow = side["latency_p95_ms"] and round(side["latency_p95_ms"] * row.get("slow", 1), 1)
    body: Json = {"peer": row["peer"], "peer_kind": kind, "request_count": count, "error_count": failed}
    body |= {
        "error_rate": round(failed / count, 6) if count else 0,
        "bytes_total": int(side["bytes_total"] * row["share"]),
    }
    body |= {"latency_p50_ms": slow and round(slow * 50 / 95, 1), "latency_p95_ms": slow}
    if direction == "outbound" and "domain" in row:
        body["registrable_domain"] = row["domain"]
    if direction != "database":
        refused = failed if row.get("status") == "4xx" else failed // 5
        codes = {"2xx": count - failed, "3xx": 0, "4xx": refused, "5xx": failed - refused, "other": 0}
        body["status_codes"] = codes
    return body


class NumberEndpoints(Access):
    """The endpoints that return numbers."""

    def routes(self) -> tuple[tuple[str, Callable[[ApiRequest], Json]], ...]:
        """Return the path and handler of each endpoint."""
        return (
            ("/deployments/*/pods/*/metrics", self._pod),
            ("/deployments/*/network/summary", self._summary),
            ("/deployments/*/network/timeseries", self._series),
            ("/deployments/*/network/flows", self._flows),
            ("/deployments/*/files/usage", self._files),
            ("/deployments/*/observability/metrics", self._metrics),
            ("/accounts/*/observability/deployment-summaries", self._months),
            ("/accounts/*/observability/deployments-summary", self._costs),
        )

    def _agent(self, request: ApiRequest) -> _Agent:
        return _Agent(self.world, self.deployment(request, unknown=404))

    # ---- pods

    def _pod(self, request: ApiRequest) -> Json:
        name = request.one("range", "1h")
        if name not in _RANGES:
            raise ResponseError(400, "range must be one of 1h, 6h, 24h, 7d")
        agent, deployment = self._agent(request), self.world.by_id[request.names[0]]
        length, step, words = _RANGES[name]
        if "long ranges fail" in agent.odd and length > 6 * HOUR:
            raise ResponseError(502, "failed to query workload metrics")
        body: Json = {"pod": request.names[1], "range": name, "step": words}
        body |= dict.fromkeys(_SERIES.split(), None if "nulls" in agent.odd else [])
        body |= {"cpu_limit": 0, "memory_limit": 0}
        workloads = [each for each in workloads_of(deployment) if pods.pod_name(each, deployment) == request.names[1]]
        if not workloads or "no metrics" in agent.odd:
            return body
        return body | self._of_workload(agent, deployment, workloads[0], length, step)

    def _of_workload(
        self, agent: _Agent, deployment: DemoDeployment, workload: Json, length: float, step: float
    ) -> Json:
        start = self.world.start.timestamp()
        story = pods.story_of(self.world, workload, deployment) or PodStory(steps=0)
        born = pods.born(self.world, workload, deployment)
        born = born if workload["kind"] != "StatefulSet" else -deployment.revision_age(1)
        again = [start + each for each in pods.restarts_of(story, born, self.world.elapsed())]
        runs = story.steps == 5 and (story.ready or not story.run)
        begin = max(agent.now - length, start + born) if runs else agent.now
        times = [at for at in _steps(begin, agent.now, step) if agent.measured(at)]
        own = spec_of(deployment).get("agent", {}).get("resources", {}) if workload["component"] == "agent" else {}
        cpu, memory = (_quantity(own.get(f"{key}_limit", "")) for key in ("cpu", "memory"))
        full = "OOMKilled" in story.message

        def used(at: float) -> float:
            grown = (at - max((each for each in again if each <= at), default=at)) / story.run if full else 0
            return (memory or 2**30) * min(0.99, agent.value("memory", at, step) + 0.7 * grown)

        # Each step says whether something happened in the minute before it, or in the whole step if that is longer.
        grid = _steps(agent.now - length, agent.now, step)
        marks = [_stamp(at) for at in grid if any(at - max(step, MINUTE) < each <= at for each in again)]
        hidden = "no limits" in agent.odd
        return {
            "cpu": _points(iter(times), partial(agent.mean, "cpu", step=step)),
            "memory": _points(iter(times), used),
            "restarts": marks,
            "ooms": marks if full else [],
            "cpu_limit": 0 if hidden else cpu,
            "memory_limit": 0 if hidden else memory,
        }

    # ---- traffic

    def _window(self, request: ApiRequest) -> tuple[float, float]:
        now, hour = self.world.now(), timedelta(hours=1)
        begin, end = (request.moment(key) for key in ("start_time", "end_time"))
        if not request.one("start_time") and not request.one("end_time"):
            begin, end = now - hour, now
        if begin is None or end is None:
            raise ResponseError(400, "start_time and end_time must both be RFC 3339")
        if end - begin < timedelta(seconds=60):
            raise ResponseError(400, "end_time must be at least 60s after start_time")
        return begin.timestamp(), end.timestamp()

    def _side(self, agent: _Agent, direction: str, begin: float, end: float) -> Json:
        step = max(15.0, (end - begin) / 60)
        times = [at for at in _steps(begin, min(end, agent.now), step) if agent.measured(at)]
        portion = 0.0 if "no metrics" in agent.odd else _SIDES[direction]
        rates = [agent.value("rate", at, step) * portion for at in times]
        errors = [agent.value("errors", at, step) for at in times]
        count = int(sum(rates) * step)
        failed = int(sum(rate * share for rate, share in zip(rates, errors, strict=True)) * step)
        slow = round(max(agent.value("latency_p95", at, step) for at in times), 1) if count else None
        body = {f"latency_p{part}_ms": slow and round(slow * part / 95, 1) for part in (50, 95, 99)}
        body |= {"error_rate": round(failed / count, 6) if count else 0, "unique_peer_count": 2 if count else 0}
        size = int(count * agent.profile["bytes"])
        return {"request_count": count, "error_count": failed, "bytes_total": size, **body}

    def _summary(self, request: ApiRequest) -> Json:
        agent, (begin, end) = self._agent(request), self._window(request)
        sides = {direction: self._side(agent, direction, begin, end) for direction in _SIDES}
        return {**sides, "window_from": _stamp(begin), "window_to": _stamp(end)}

    def _flows(self, request: ApiRequest) -> Json:
        agent, (begin, end) = self._agent(request), self._window(request)
        if request.one("direction") not in _SIDES:
            raise ResponseError(400, "direction must be one of inbound, outbound, database")
        direction, limit = request.one("direction"), request.number("limit", 50, least=1, most=200)
        order = request.choice("sort", ("requests", "latency_p95", "errors"), "requests")
        side = self._side(agent, direction, begin, end)
        flows = [_flow(row, side, direction) for row in agent.profile["peers"][direction] if side["request_count"]]
        key = {"requests": "request_count", "errors": "error_count"}.get(order, "latency_p95_ms")
        return {"direction": direction, "flows": sorted(flows, key=lambda each: -(each[key] or 0))[:limit]}

    def _files(self, request: ApiRequest) -> Json:
        agent, deployment = self._agent(request), self.world.by_id[request.names[0]]
        if self.world.condition(deployment).word != "active" or not deployment.urls or "files" not in agent.profile:
            details = "This agent does not store files."
            raise ResponseError(404, "file_storage_unavailable", details=details)
        share = agent.profile["files"]
        if share is None:
            return {"available": False}
        total, used = 5 * 2**30, int(5 * 2**30 * share)
        size = {"total_bytes": total, "used_bytes": used, "available_bytes": total - used}
        return {"available": True, **size, "percent_used": round(share * 100, 1)}

    def _series(self, request: ApiRequest) -> Json:
        agent, (begin, end) = self._agent(request), self._window(request)
        direction, metric, group = (request.one(key) for key in ("direction", "metric", "group_by"))
        step, database = _go_seconds(request.one("step", "30s")), direction == "database"
        if direction not in _SIDES:
            raise ResponseError(400, "direction must be one of inbound, outbound, database")
        if metric not in ("rate", "latency_p95", *(() if database else ("errors", "bytes"))):
            raise ResponseError(400, f"metric is not one of those of {direction}")
        if group not in ("", "peer", *(() if database or metric == "latency_p95" else ("status_class",))):
            raise ResponseError(400, "group_by is not valid here")
        if step < 15:
            raise ResponseError(400, "step must be a duration of at least 15s")
        if (end - begin) / step > _MOST_POINTS:
            raise ResponseError(502, "failed to query network timeseries")
        times = [at for at in _steps(begin, min(end, agent.now), step) if agent.measured(at)]
        if metric == "latency_p95" and not agent.profile["rate"]:
            times = []

        def value(at: float) -> float:
            each = 1.0 if metric == "rate" else agent.mean(metric, at, step)
            return each if metric == "latency_p95" else each * agent.mean("rate", at, step) * _SIDES[direction]

        shown = () if "no metrics" in agent.odd or database else _LABELS[group]
        # The top peers differ at each step, so each series of a peer has gaps.
        series = [
            {"label": label, "points": _points(iter(times[place :: len(shown) if group == "peer" else 1]), value)}
            for place, label in enumerate(shown)
        ]
        return {"direction": direction, "metric": metric, "step": _go_text(step), "series": series}

    # ---- observations

    def _metrics(self, request: ApiRequest) -> Json:
        agent, granularity = self._agent(request), request.one("granularity", "day")
        if granularity not in _MINUTES:
            raise ResponseError(400, "invalid granularity; must be hour, day, week, or month")
        if "no tracing" in agent.odd:
            raise ResponseError(503, "langfuse not configured for this account")
        begin, end = (request.moment(key) for key in ("start_time", "end_time"))
        if begin is None or end is None:
            raise ResponseError(502, "failed to query langfuse metrics")
        step = _MINUTES[granularity] * MINUTE
        first = max(begin.timestamp(), agent.now - 60 * DAY) // step * step
        buckets = [self._bucket(agent, at, step) for at in _steps(first, min(end.timestamp(), agent.now), step)]
        # Buckets come in no promised order, and those without observations are missing.
        shown = [each for each in buckets if each["trace_count"]][: _MOST_ROWS if agent.v4 else None]
        shown.sort(key=lambda each: digest(each["timestamp"]))
        body = {
            "time_range": {"start": request.one("start_time"), "end": request.one("end_time")},
            "interval_minutes": _MINUTES[granularity],
        }
        return {"buckets": shown, **body}

    def _bucket(self, agent: _Agent, at: float, step: float) -> Json:
        count, tokens = agent.observed(at, step)
        slow = 0.0 if "no latency" in agent.odd else round(agent.value("latency_p95", at, HOUR) * 9, 1)
        latency = {"avg": 0.3, "p95": 1, "min": 0.01, "max": 4}
        body = {"timestamp": _stamp(at).removesuffix("Z" if "no zone" in agent.odd else ""), "trace_count": count}
        body |= {f"{key}_latency_ms": slow * part for key, part in latency.items()}
        return body | {"input_tokens": tokens * 4 // 5, "output_tokens": tokens // 5, "error_count": 0}

    def _traced(self, account: str) -> Iterator[tuple[DemoDeployment, _Agent]]:
        """Yield the active deployments with tracing: only they have a summary."""
        for deployment in self.world.listed(account):
            agent = _Agent(self.world, deployment)
            if self.world.condition(deployment).word == "active" and "no tracing" not in agent.odd:
                yield deployment, agent

    def _months(self, request: ApiRequest) -> Json:
        account = self.own(request.names[0], request).name
        # The job that makes the summaries fails with the v4 reader.
        return {"summaries": {each.id: self._month(agent) for each, agent in self._traced(account) if not agent.v4}}

    def _month(self, agent: _Agent) -> Json:
        today = agent.now // DAY * DAY
        days = [agent.observed(today - ago * DAY, DAY) for ago in range(29, -1, -1)]
        shown = [(0, 0)] * 30 if "no series" in agent.odd else days
        costs = [round(tokens * agent.profile["price"], 4) for _, tokens in shown]
        body = {"request_series": [count for count, _ in shown], "token_series": [tokens for _, tokens in shown]}
        body |= {"cost_series": costs, "cost_usd": round(sum(costs), 4)}
        total = sum(count for count, _ in days) + 1204
        return {"total_traces": total, "last_trace_at": _stamp(agent.now - 90), **body}

    def _costs(self, request: ApiRequest) -> Json:
        account = self.own(request.names[0], request).name
        begin, end, limited = request.moment("from"), request.moment("to"), request.one("from") or request.one("to")
        if limited and (begin is None or end is None):
            raise ResponseError(400, "from and to must both be RFC 3339")
        now = self.world.now()
        begin, end = max(begin or _LONG_AGO, now - timedelta(days=60)), end or now
        period = {"start": timestamp(begin), "end": timestamp(end), "days": (end - begin).days if limited else 0}
        if account == "harborline":
            return {"deployments": None, "period": period, "metrics_unavailable": True}
        rows = [self._cost(*each, begin.timestamp(), end.timestamp()) for each in self._traced(account)]
        rows.sort(key=lambda row: -row["cost_usd"])
        return {"deployments": rows[:100], "period": period}

    def _cost(self, deployment: DemoDeployment, agent: _Agent, begin: float, end: float) -> Json:
        edges = [begin, *_steps(begin // DAY * DAY + DAY, end, DAY), end]
        days = [(_stamp(day)[:10], *agent.observed(day, until - day)) for day, until in pairwise(edges)]
        tokens, price = sum(used for *_, used in days), agent.profile["price"]
        # No model is on top if none has a price.
        top = "example-large-1" if tokens * price else ""
        body: Json = {"deployment_id": deployment.id, "agent_name": deployment.name, "top_model": top}
        body |= {"total_tokens": tokens, "cost_usd": round(tokens * price, 4), "users_used": []}
        costs = [{"date": date, "cost_usd": round(used * price, 4)} for date, _, used in days]
        return {**body, "requests": sum(count for _, count, _ in days), "cost_over_time": costs}
