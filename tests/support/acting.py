"""Deployments and their states for tests of actions."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from astro_tui.actions.arming import Arming
from astro_tui.actions.context import ActionContext
from astro_tui.actions.kinds import Action, ActionKind
from astro_tui.actions.preview import Preview, prepare
from astro_tui.actions.run import ActionOutcome, run
from astro_tui.actions.target import TargetState
from astro_tui.platform.client import Call, Platform, Timeouts
from astro_tui.platform.models import HistoryRow, StatusReport
from astro_tui.presentation.presence import Target
from astro_tui.presentation.revisions import rows_of
from astro_tui.state.journal import Journal
from support import demo_deployments

NOW = datetime(2026, 7, 4, 12, 0, tzinfo=UTC)
EU, US = demo_deployments.CLAIMS, demo_deployments.CLAIMS_US
LABS = "meridian-labs"
CLAIMS = Target(LABS, EU, "Claims Desk (EU)", "claims-desk", "astro-q7k0abx4d-0")


def state(value: str = "active", reason: str = "ready", revision: int | None = 12) -> TargetState:
    """Return a deployment in a state, with one revision."""
    rows = rows_of([HistoryRow(id=EU, revision=revision, is_current=True, status="active")], EU)
    return TargetState(StatusReport(value=value, reason=reason), tuple(rows), NOW)


QUICK = Timeouts(connect=20, read=30, total=45, pauses=(0.01,))


class Operator:
    """One user at one machine: a platform, a journal, and an armed session."""

    def __init__(self, url: str, token: str, folder: Path, timeouts: Timeouts = QUICK) -> None:
        self.platform = Platform(url, token, timeouts=timeouts)
        self.journal = Journal(folder)
        self.context = ActionContext(self.platform, self.journal, lambda: datetime.now(UTC))
        self.arming = Arming(write=True)

    def preview(self, kind: ActionKind, argument: str = "", target: Target = CLAIMS) -> Preview:
        return prepare(self.context, target, Action(kind, argument), Call())

    def run(self, preview: Preview, call: Call | None = None) -> ActionOutcome:
        permit = self.arming.permit(preview, preview.target.to_type)
        return run(self.context, preview, permit, call or Call())

    def act(self, kind: ActionKind, argument: str = "") -> ActionOutcome:
        return self.run(self.preview(kind, argument))

    @property
    def states(self) -> list[str]:
        return [entry.state for entry in self.journal.entries()]


@contextmanager
def operating(url: str, token: str, folder: Path, timeouts: Timeouts = QUICK) -> Iterator[Operator]:
    operator = Operator(url, token, folder, timeouts)
    try:
        yield operator
    finally:
        operator.platform.close()


def writes(requests: list[tuple[str, str]]) -> list[str]:
    """Return the requests that change something."""
    return [
        f"{method} {path}" for method, path in requests if method != "GET" and not path.endswith("/deployment-template")
    ]


def together(*work: Callable[[], object]) -> list[object]:
    """Run everything at the same moment, each in a thread, and return the results."""
    start, found = threading.Barrier(len(work)), [None] * len(work)

    def one(number: int) -> None:
        start.wait()
        found[number] = work[number]()  # type: ignore[assignment]

    threads = [threading.Thread(target=one, args=(number,)) for number in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return list(found)
