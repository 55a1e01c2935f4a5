"""The comparison in the background, which marks what changed in the spec."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from astro_tui.document import Document
from astro_tui.errors import PlatformError
from astro_tui.platform.client import Call
from astro_tui.platform.models import HistoryRow
from astro_tui.presentation.revisions import RevisionRow, rows_of
from astro_tui.screens.base.page import Page
from astro_tui.screens.deployment.sections import spec_history
from astro_tui.session.spec_store import RevisionSpec


class Fetcher:
    """Runs a request at once, and drops canceled ones as `Page` does."""

    def __init__(self) -> None:
        self.sent = 0
        self.page: Any = SimpleNamespace(session=SimpleNamespace(messages=[], clock=lambda: None))

    def busy(self, _topic: str) -> bool:
        return False

    def fetch(
        self, _topic: str, request: Callable[[Call], Any], show: Callable[[Any], None], fail: Callable[[Any], None]
    ) -> None:
        self.sent += 1
        try:
            show(request(Call(canceled=threading.Event())))
        except PlatformError as error:
            Page._keep_error(self.page, fail, error)


def test_a_comparison_that_takes_too_long_is_not_begun_again(monkeypatch: pytest.MonkeyPatch) -> None:
    document = Document.parse(json.dumps({f"key-{number}": number for number in range(5000)}).encode())
    other = Document.parse(json.dumps({f"key-{number}": -number for number in range(5000)}).encode())
    rows = rows_of([HistoryRow(id="d", revision=number) for number in (2, 1)], "d")

    def read(row: RevisionRow, _call: object) -> RevisionSpec:
        return RevisionSpec(document if row.current else other, regenerated=False)

    monkeypatch.setattr(spec_history, "LONGEST", -1)
    session: Any = SimpleNamespace(tried={}, roster=SimpleNamespace(change=lambda _key: None))
    history = SimpleNamespace(rows=rows)
    agent: Any = SimpleNamespace(key="d", record=None, history=lambda _call: history, spec=read)
    fetcher: Any = Fetcher()
    fetcher.session = session
    change = spec_history.LastChange(fetcher)
    change.find(agent, document)
    change.find(agent, document)
    assert fetcher.sent == 1
