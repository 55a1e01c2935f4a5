"""The demo's logs over HTTP: as a list and as a stream (platform.md §10)."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

from astro_tui.demo import logs, pods
from astro_tui.demo.entities import DemoDeployment
from astro_tui.demo.request import Access, ApiRequest, Reply, ResponseError, StreamReset, encode
from astro_tui.demo.streams import Pause, frame, spoiled
from astro_tui.demo.volume import Volume
from astro_tui.demo.world import World

_WORKLOAD = re.compile("(?=.{1,63}$)[a-z](-?[a-z0-9])*")
_NUMBER = re.compile("[0-9]{1,9}")
_MOST_LINES = 5000
"""The log backend's limit."""
_PAUSE = 0.25
"""Seconds between two checks for new lines."""
_MOST_GROUPS = 1000
"""The most groups of the volume source in one piece; a slow client gets several pieces."""
_BEGIN = frame("ready", {}) + b"".join(frame("status", {"status": word}) for word in ("connecting", "streaming"))
_HEADERS = (("Cache-Control", "no-cache"), ("X-Accel-Buffering", "no"))


class LogEndpoints(Access):
    """The endpoints that return logs. `heartbeat` is the time between two heartbeats of a stream, in seconds."""

    def __init__(self, world: World, heartbeat: float, volume: Volume | None = None) -> None:
        super().__init__(world)
        self._heartbeat, self._volume = heartbeat, volume
        self._start = logs.nanoseconds_of(world.start)

    def lines(self, request: ApiRequest) -> Reply:
        """Return the log lines of a time window: the oldest ones, or the newest ones if the direction is backward."""
        deployment, source = self._source(request)
        # Malformed parameters are ignored.
        tail = int(request.one("tailLines")) if _NUMBER.fullmatch(request.one("tailLines")) else 200
        if tail > _MOST_LINES:
            raise ResponseError(500, "failed to query logs", details="loki returned status 400")
        backward = request.one("direction") == "backward"
        level = request.one("level").lower()
        begin, end = logs.window(self.world, request.one("since"), request.one("until"))
        fault = request.fault
        if fault and fault.kind == "late":
            end = min(end, logs.now(self.world) - int(fault.pause * logs.SECOND))
        tail = tail if tail > 0 else 200
        volume = self._volume_of(deployment, source)
        if volume:
            where = {"start": self._start, "now": logs.now(self.world)}
            page = volume.page((begin, end), tail, **where, backward=backward, zone=source.zone)
            return Reply(200, page if level in ("", "info") else b"[]")
        lines: list[logs.DemoLine] = []
        for line in logs.lines(self.world, deployment, source, (begin, end), backward=backward):
            if level in ("", line.level.lower()):
                lines.append(line)
            if len(lines) == tail:
                break
        if fault and fault.kind == "plain":
            text = "".join(line.plain(source.zone) for line in lines)
            return Reply(200, text.encode("utf-8", "backslashreplace"), content_type="text/plain; charset=utf-8")
        return Reply(200, encode([line.entry(source.zone) for line in lines]))

    def _source(self, request: ApiRequest) -> tuple[DemoDeployment, logs.LineSource]:
        deployment, name = self.deployment(request), request.one("workload")
        if not _WORKLOAD.fullmatch(name):
            raise ResponseError(400, f'invalid workload name "{name[:80]}"')
        zone = logs.zone(request.one("timezone"))
        return deployment, logs.LineSource(name, request.one("container"), request.one("pod"), zone)

    def stream(self, request: ApiRequest) -> Reply:
        """Stream a log from now on. `since` is ignored, as on the platform."""
        deployment, source = self._source(request)
        fault, begin = request.fault, logs.now(self.world)
        with_pod = fault is not None and fault.kind == "pod-end"

        volume = self._volume_of(deployment, source)

        def frames(wait: Pause) -> Iterator[bytes]:
            sent = (
                self._pour(volume, source, begin, wait)
                if volume
                else self._follow(deployment.id, source, begin, wait, with_pod=with_pod)
            )
            return spoiled(sent, fault, wait)

        return Reply(200, b"", _HEADERS, "text/event-stream", frames)

    def _follow(
        self, identifier: str, source: logs.LineSource, seen: int, wait: Pause, *, with_pod: bool = False
    ) -> Iterator[bytes]:
        """Yield the frames of a stream. With `with_pod`, it ends when the run that is newest now ends."""
        yield _BEGIN
        beat, deployment = time.monotonic(), self.world.by_id[identifier]
        first = self._newest(deployment, source)
        while not wait(min(_PAUSE, self._heartbeat)):
            with self.world.lock:
                # Whatever changes later does not change what was logged until now.
                now, deployment = logs.now(self.world), self.world.by_id[identifier]
                newest = self._newest(deployment, source)
            for line in logs.lines(self.world, deployment, source, (seen + 1, now)):
                yield frame("", line.entry(source.zone), line.nanoseconds)
            seen = now
            if with_pod and (newest is None or newest != first):
                return
            if time.monotonic() - beat >= self._heartbeat:
                beat = time.monotonic()
                yield frame("heartbeat", {})

    def _newest(self, deployment: DemoDeployment, source: logs.LineSource) -> float | None:
        return pods.newest(pods.writers(self.world, deployment, source.workload), self.world.elapsed())

    def _volume_of(self, deployment: DemoDeployment, source: logs.LineSource) -> Volume | None:
        """Return the volume source if the log's lines come from it, else None."""
        if self._volume is None or source.container not in ("", "app"):
            return None
        return self._volume.of(deployment.id, source.workload)

    def _pour(self, volume: Volume, source: logs.LineSource, seen: int, wait: Pause) -> Iterator[bytes]:
        """Yield the frames of the volume source, many at once."""
        yield _BEGIN
        beat = time.monotonic()
        while not wait(volume.pause):
            now = logs.now(self.world)
            groups, reset = volume.groups((seen + 1, now), self._start), volume.resets(seen, now, self._start)
            for begin in range(0, len(groups), _MOST_GROUPS):
                sent = volume.frames(groups[begin : begin + _MOST_GROUPS], self._start, source.zone)
                yield sent[: len(sent) // 2] if reset else sent
                if reset:
                    raise StreamReset
            seen = now
            if time.monotonic() - beat >= self._heartbeat:
                beat = time.monotonic()
                yield frame("heartbeat", {})
