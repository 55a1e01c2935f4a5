"""The demo's logs over HTTP: as a list, as a stream, and the events of an account (platform.md §10)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from astro_tui.demo import logs
from astro_tui.demo.entities import Deployment, Json
from astro_tui.demo.request import Access, Reply, Request, ResponseError, encode
from astro_tui.demo.workloads import workloads_of
from astro_tui.demo.world import World

_PAUSE = 0.25
"""Seconds between two checks for new lines."""
_HEADERS = (("Cache-Control", "no-cache"), ("X-Accel-Buffering", "no"))
Wait = Callable[[float], bool]
"""Waits for some seconds. Returns whether the server is stopping."""


class Logs(Access):
    """The endpoints that return logs. `heartbeat` is the time between two heartbeats of a stream, in seconds."""

    def __init__(self, world: World, heartbeat: float) -> None:
        super().__init__(world)
        self._heartbeat = heartbeat

    def lines(self, request: Request) -> list[Json]:
        """Return the log lines of a time window: the oldest ones, or the newest ones if the direction is backward."""
        deployment, source = self._source(request)
        tail = request.number("tailLines", 200)
        backward = request.choice("direction", ("forward", "backward")) == "backward"
        level = request.one("level").lower()
        span = logs.window(self.world, request.one("since"), request.one("until"))
        found: list[Json] = []
        for line in logs.lines(self.world, deployment, source, span, backward=backward):
            if level in ("", line.level.lower()):
                found.append(line.entry(source.zone))
            if len(found) == (tail if tail > 0 else 200):
                break
        return found

    def _source(self, request: Request) -> tuple[Deployment, logs.Source]:
        deployment, name = self.deployment(request), request.one("workload")
        workload = next((each for each in workloads_of(deployment) if each["name"] == name), None)
        if workload is None:
            raise ResponseError(400, f'invalid workload name "{name[:80]}"')
        zone = logs.zone(request.one("timezone"))
        return deployment, logs.Source(workload, request.one("container"), request.one("pod"), zone)

    def stream(self, request: Request) -> Reply:
        """Stream a log from now on. `since` is ignored, as on the platform."""
        deployment, source = self._source(request)
        begin = logs.now(self.world)
        return _streamed(lambda wait: self._follow(deployment.id, source, begin, wait))

    def _follow(self, identifier: str, source: logs.Source, seen: int, wait: Wait) -> Iterator[bytes]:
        yield _frame("ready", {})
        for word in ("connecting", "streaming"):
            yield _frame("status", {"status": word})
        beat = time.monotonic()
        while not wait(min(_PAUSE, self._heartbeat)):
            with self.world.lock:
                # Whatever changes later does not change what was logged until now.
                now, deployment = logs.now(self.world), self.world.by_id[identifier]
            for line in logs.lines(self.world, deployment, source, (seen + 1, now)):
                yield b"id: %d\n" % line.nanoseconds + _frame("", line.entry(source.zone))
            seen = now
            if time.monotonic() - beat >= self._heartbeat:
                beat = time.monotonic()
                yield _frame("heartbeat", {})

    def events(self, request: Request) -> Reply:
        """Stream the heartbeats of an account's events."""
        self.own(request.names[0], request)
        return _streamed(self._beats)

    def _beats(self, wait: Wait) -> Iterator[bytes]:
        yield _frame("ready", {})
        while not wait(5 * self._heartbeat):
            yield _frame("heartbeat", {"max_id": 0})


def _streamed(frames: Callable[[Wait], Iterator[bytes]]) -> Reply:
    return Reply(200, b"", _HEADERS, "text/event-stream", frames)


def _frame(event: str, data: Json) -> bytes:
    """Return one frame. The space after the colon is required by the platform's CLI."""
    name = f"event: {event}\n".encode() if event else b""
    return name + b"data: " + encode(data) + b"\n\n"
