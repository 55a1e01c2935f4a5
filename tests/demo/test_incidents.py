"""Each agent of the demo tells one story: its requests are enough for a diagnosis to find what is wrong, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from support.demo_caller import START, Caller, Clock, calling

from astro_tui.demo import DemoServer
from astro_tui.diagnosis import Diagnosis, Fact, Facts, LogFact, diagnose, what_to_request
from astro_tui.diagnosis.requests import LogRequest

Json = dict[str, Any]
LABS, RAIL = "meridian-labs", "ferncliff-rail"


class Loader:
    """Sends the requests that the diagnosis of one agent needs, and keeps the responses."""

    def __init__(self, caller: Caller, row: Json, seconds: float = 0) -> None:
        self.caller, self.row = caller, row
        self.facts = Facts(START + timedelta(seconds=seconds), row=Fact(row))

    def load(self) -> Facts:
        for _step in range(12):
            plan = what_to_request(self.facts)
            if not plan:
                return self.facts
            found: Json = {name: self._source(name, plan.component) for name in plan.sources}
            logs = [self._log(each) for each in plan.logs]
            wider = {(each.workload, each.container) for each in logs}
            kept = [each for each in self.facts.logs if (each.workload, each.container) not in wider]
            specs = {key: self._spec(key) for key in plan.specs}
            self.facts = replace(self.facts, **found, logs=(*kept, *logs), specs={**self.facts.specs, **specs})
        raise AssertionError(plan)

    def _fact(self, path: str, method: str = "GET", body: Any = None) -> Fact:
        status, answer = self.caller.send(path, method, body)
        return Fact(answer) if status == 200 else Fact(error=f"{status}: {answer}")

    def _source(self, name: str, component: str) -> Fact:
        where = f"/deployments/{self.row['id']}"
        if name == "record":
            return self._fact(where)
        if name == "history":
            blueprint = f"/agents/{self.row['account_name']}/{self.row['name']}"
            return self._fact(f"{blueprint}/deployment/history?deployment_id={self.row['id']}")
        return self._fact(f"{where}/{name}" + (f"?workload={component}" if name == "alerts" else ""))

    def _log(self, wanted: LogRequest) -> LogFact:
        workload, container, since, lines = wanted.workload, wanted.container, wanted.since, wanted.lines
        query = f"workload={workload}&container={container}&since={quote(since.isoformat())}"
        path = f"/deployments/{self.row['id']}/logs?{query}&direction=backward&tailLines={lines}"
        return LogFact(workload, container, self._fact(path), since, lines)

    def _spec(self, revision: Any) -> Fact:
        asked = {"deployment_id": self.row["id"], "revision": revision, "finalize": False}
        blueprint = f"/agents/{self.row['account_name']}/{self.row['name']}"
        return self._fact(f"{blueprint}/deployment-template", "POST", asked)


@pytest.fixture(scope="module")
def frozen() -> Iterator[Caller]:
    with DemoServer(clock=Clock(), frozen=True) as demo, calling(demo) as caller:
        yield caller


def rows(caller: Caller, account: str) -> dict[str, Json]:
    found = caller.get(f"/deployments?account={account}")["deployments"]
    return {f"{row['name']}/{row['id']}" if row["name"] == "claims-desk" else row["name"]: row for row in found}


def diagnosed(caller: Caller, account: str, seconds: float = 0) -> dict[str, Diagnosis]:
    return {name: diagnose(Loader(caller, row, seconds).load()) for name, row in rows(caller, account).items()}


class Told(NamedTuple):
    """What a good diagnosis says; without a revision, no change is blamed.

    A change is `hidden` if the platform's templates do not show it: variables, resources, disks (platform.md §8.7).
    """

    kind: str
    workload: str = ""
    revision: int | None = None
    paths: tuple[str, ...] = ()
    sentence: str = ""
    hidden: bool = False


MERIDIAN = {
    "barcode-reader": Told("none"),
    "harvest-planner": Told("none"),
    "quality-gate": Told("none"),
    "old-faq": Told("none"),
    "contract-reader": Told("scheduling", "agent", sentence="0/6 nodes are available", hidden=True),
    "report-writer": Told("memory", "agent", sentence="4Gi", hidden=True),
    "mail-triage": Told("memory", "agent", 3, (".agent.environment.MAIL_BATCH_SIZE",)),
    "translation-desk": Told("probe", "agent", 3, (".agent.healthcheck.path",), "404"),
    "parcel-tracker": Told("image", "agent", 9, (".agent.image",), "not found"),
    "csv-importer": Told("job", "ingestion-rows", 3, (".ingestion.rows.environment.BAD_ROWS",), "row 40112"),
    "pdf-extractor": Told("cancelled"),
    "lead-scorer": Told("billing"),
    **dict.fromkeys(("night-watch", "archive-scout", "onboarding-buddy"), Told("paused")),
    # A word that the platform does not document, and a cluster that does not respond.
    "field-notes": Told("unknown"),
    "route-optimizer": Told("unknown", sentence="cannot be reached"),
}
"""The agents of the default account that are not simply healthy."""
FERNCLIFF = {
    "buffet-orders": Told("none"),
    "platform-voice": Told("probe", "agent", 5, (".agent.healthcheck.port",), "connection refused"),
    "crew-roster": Told("crash", "agent", 5, (".agent.environment.ROSTER_DATE_FORMAT",), "ROSTER_DATE_FORMAT"),
    "fare-rules": Told("job", "ingestion-backfill", 4, (".ingestion.backfill.environment.FARES",), "zones.csv"),
    "seat-finder": Told("crash", "agent", 9, (".agent.environment.COACH_LAYOUT_URL",), "KeyError"),
    "signal-lamp": Told("image", "agent", 6, (".agent.image",), "relaese-31"),
    "ticket-refunds": Told("crash", "agent", sentence="REFUND_LIMIT", hidden=True),
    "track-inspector": Told("memory", "knowledge-cases", hidden=True),
    "timetable-sync": Told("image", "agent", sentence="i/o timeout"),
    "lost-property": Told("storage", "knowledge-cases", sentence="not found"),
    "station-clock": Told("paused"),
}
LATER = {
    "barcode-reader": Told("image", "agent", 3, (".agent.image",), "not found"),
    "buffet-orders": Told("memory", "agent", sentence="128Mi", hidden=True),
}
"""What has happened two minutes after the server's start."""


def check(found: dict[str, Diagnosis], told: dict[str, Told]) -> None:
    wrong = []
    for name, diagnosis in found.items():
        good, blamed = told.get(name, Told("none")), diagnosis.change
        workload = f"{name}-{good.workload}" if good.workload else ""
        change = (blamed.revision, blamed.paths) if blamed else (None, ())
        if (
            (diagnosis.kind, diagnosis.workload) != (good.kind, workload)
            or not (good.hidden or change == (good.revision, good.paths))
            or good.sentence not in diagnosis.sentence
        ):
            wrong.append((name, diagnosis.kind, diagnosis.workload, blamed, diagnosis.sentence))
    assert wrong == []
    assert set(told) <= set(found)


@pytest.mark.parametrize(
    ("account", "told"), [(LABS, MERIDIAN), ("harborline", {"moor-log": Told("paused")}), (RAIL, FERNCLIFF)]
)
def test_every_agent_is_diagnosed(frozen: Caller, account: str, told: dict[str, Told]) -> None:
    check(diagnosed(frozen, account), told)


@pytest.mark.nightly
@pytest.mark.parametrize("seconds", [120, 1800, 3 * 3600])
def test_incidents_continue_over_time(clock: Clock, seconds: float) -> None:
    with DemoServer(clock=clock) as demo, calling(demo) as caller:
        clock.advance(seconds)
        check(diagnosed(caller, RAIL, seconds), {**FERNCLIFF, "buffet-orders": LATER["buffet-orders"]})
        gone = ("harvest-planner", "quality-gate")
        told = {name: each for name, each in MERIDIAN.items() if name not in gone}
        check(diagnosed(caller, LABS, seconds), {**told, "barcode-reader": LATER["barcode-reader"]})


def test_a_healthy_agent_fails_while_you_watch(clock: Clock) -> None:
    with DemoServer(clock=clock) as demo, calling(demo) as caller:
        seen = []
        for seconds in (30, 90, 150):
            clock.now = START + timedelta(seconds=seconds)
            row = rows(caller, RAIL)["buffet-orders"]
            seen.append((row["status"], diagnose(Loader(caller, row, seconds).load()).kind.value))
    assert seen == [("Running", "none"), ("Running", "memory"), ("error", "memory")]
