"""Loads facts as the plan of a diagnosis says, from a server that knows all of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from astro_tui.diagnosis import Fact, Facts, LogFact, LogRequest, what_to_request
from astro_tui.platform.lenient import Moment

ABSENT = Fact(error="404: not found")


class Loader:
    """Starts with the list's row, and counts what it requests."""

    def __init__(self, whole: Facts) -> None:
        self.whole = whole
        self.facts = replace(Facts(whole.now), row=whole.row, earlier_runtime=whole.earlier_runtime)
        self.requested: list[object] = []

    def load(self) -> Facts:
        for _step in range(12):
            plan = what_to_request(self.facts)
            if not plan:
                return self.facts
            found: dict[str, Any] = {}
            for name in plan.sources:
                fact = getattr(self.whole, name)
                found[name] = fact if fact.requested else ABSENT
            logs = [*self.facts.logs]
            for request in plan.logs:
                logs += self._logs(request)
                assert self.whole.now - timedelta(days=8) < request.since < self.whole.now
            specs = dict(self.facts.specs)
            for key in plan.specs:
                specs[key] = self.whole.specs.get(key, ABSENT)
            self.requested += [*plan.sources, *plan.logs, *plan.specs]
            self.facts = replace(self.facts, **found, logs=tuple(logs), specs=specs)
        raise AssertionError(plan)

    def _logs(self, request: LogRequest) -> list[LogFact]:
        """Return what a server sends: the newest lines since a time."""
        lines: list[object] = []
        container = request.container
        for log in self.whole.logs:
            # As the platform does, which takes the name as the beginning of the pods' names.
            mine = log.workload == request.workload or log.workload.startswith(f"{request.workload}-")
            if mine and (not container or log.container in ("", container)):
                if not isinstance(log.lines.value, list):
                    return [replace(log, since=request.since, limit=request.lines)]
                lines += log.lines.value
        kept = [each for each in lines if not _is_before(each, request.since)]
        return [LogFact(request.workload, container, Fact(kept[-request.lines :]), request.since, request.lines)]


def _is_before(line: object, since: datetime) -> bool:
    at = Moment.of(line.get("timestamp") if isinstance(line, dict) else "").at
    return at is not None and at < since
