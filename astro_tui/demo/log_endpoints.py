"""The demo's logs over HTTP: as a list, as a stream, and the events of an account (platform.md §10)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from astro_tui.demo import logs, pods
from astro_tui.demo.entities import Deployment
from astro_tui.demo.request import Access, Reply, Request, ResponseError, encode
from astro_tui.demo.streams import Wait, frame, spoiled
from astro_tui.demo.workloads import workloads_of
from astro_tui.demo.world import World

_PAUSE = 0.25
"""Seconds between two checks for new lines."""
_HEADERS = (("Cache-Control", "no-cache"), ("X-Accel-Buffering", "no"))


class Logs(Access):
    """The endpoints that return logs. `heartbeat` is the time between two heartbeats of a stream, in seconds."""

    def __init__(self, world: World, heartbeat: float) -> None:
        super().__init__(world)
        self._heartbeat = heartbeat

    def lines(self, request: Request) -> Reply:
        """Return the log lines of a time window: the oldest ones, or the newest ones if the direction is backward."""
        deployment, source = self._source(request)
        tail = request.number("tailLines", 200)
        backward = request.choice("direction", ("forward", "backward")) == "backward"
        level = request.one("level").lower()
        begin, end = logs.window(self.world, request.one("since"), request.one("until"))
        fault = request.fault
        if fault and fault.kind == "late":
            end = min(end, logs.now(self.world) - int(fault.pause * logs.SECOND))
        found: list[logs.Line] = []
        for line in logs.lines(self.world, deployment, source, (begin, end), backward=backward):
            if level in ("", line.level.lower()):
                found.append(line)
            if len(found) == (tail if tail > 0 else 200):
                break
        if fault and fault.kind == "plain":
            text = "".join(line.plain(source.zone) for line in found)
            return Reply(200, text.encode("utf-8", "backslashreplace"), content_type="text/plain; charset=utf-8")
        return Reply(200, encode([line.entry(source.zone) for line in found]))

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
        fault, begin = request.fault, logs.now(self.world)
        with_pod = fault is not None and fault.kind == "pod-end"

        def frames(wait: Wait) -> Iterator[bytes]:
            return spoiled(self._follow(deployment.id, source, begin, wait, with_pod=with_pod), fault, wait)

        return _streamed(frames)

    def _follow(
        self, identifier: str, source: logs.Source, seen: int, wait: Wait, *, with_pod: bool = False
    ) -> Iterator[bytes]:
        """Yield the frames of a stream. One `with_pod` ends when the run ends that is now the newest."""
        yield frame("ready", {})
        for word in ("connecting", "streaming"):
            yield frame("status", {"status": word})
        beat, deployment = time.monotonic(), self.world.by_id[identifier]
        first = pods.newest(self.world, source.workload, deployment)
        while not wait(min(_PAUSE, self._heartbeat)):
            with self.world.lock:
                # Whatever changes later does not change what was logged until now.
                now, deployment = logs.now(self.world), self.world.by_id[identifier]
                newest = pods.newest(self.world, source.workload, deployment)
            for line in logs.lines(self.world, deployment, source, (seen + 1, now)):
                yield frame("", line.entry(source.zone), line.nanoseconds)
            seen = now
            if with_pod and (newest is None or newest != first):
                return
            if time.monotonic() - beat >= self._heartbeat:
                beat = time.monotonic()
                yield frame("heartbeat", {})

    def events(self, request: Request) -> Reply:
        """Stream the heartbeats of an account's events."""
        self.own(request.names[0], request)
        return _streamed(self._beats)

    def _beats(self, wait: Wait) -> Iterator[bytes]:
        yield frame("ready", {})
        while not wait(5 * self._heartbeat):
            yield frame("heartbeat", {"max_id": 0})


def _streamed(frames: Callable[[Wait], Iterator[bytes]]) -> Reply:
    return Reply(200, b"", _HEADERS, "text/event-stream", frames)
