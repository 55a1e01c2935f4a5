"""Facts about a deployment that several threads read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from astro_tui.diagnosis import Fact
from astro_tui.platform.deployment_rows import Deployment
from astro_tui.session.fact_store import FactStore, begun

NOW = datetime(2026, 7, 2, 9, tzinfo=UTC)
ROW = Deployment(id="d", name="agent", status="active")


class Broken(dict[str, object]):
    """A value that no code can read, like one that a bug is about."""

    def get(self, *_key: object) -> object:
        raise OverflowError


def test_an_agent_that_could_not_be_judged_is_reported_once() -> None:
    failed: list[str] = []
    store = FactStore(failed=failed.append)
    for _again in range(2):
        diagnosis = store.add("acme", ROW, NOW, runtime=Fact(Broken(), read_at=NOW))
    assert diagnosis.sentence.startswith("This agent could not be judged: OverflowError in test_fact_store.py")
    assert failed == [f"acme/agent: {diagnosis.sentence}"]
    assert diagnosis.unknown


def test_what_was_read_later_stays_if_an_older_investigation_ends_after_it() -> None:
    store = FactStore()
    first = store.facts("acme", ROW, NOW)
    store.add("acme", ROW, NOW, status=Fact({"status": "active"}, read_at=NOW + timedelta(seconds=7)))
    older = {"status": Fact({"status": "stopped"}, read_at=NOW), "events": Fact({"events": []}, read_at=NOW)}
    store.keep(replace(first, **older))
    facts = store.facts("acme", ROW, NOW)
    assert facts.status.value == {"status": "active"}
    assert facts.events.value == {"events": []}


def test_what_another_thread_read_meanwhile_stays_if_a_round_did_not_request_it() -> None:
    store = FactStore()
    round_of = begun(store.facts("acme", ROW, NOW), {})
    store.add("acme", ROW, NOW, runtime=Fact({"workloads": []}, read_at=NOW + timedelta(seconds=3)))
    store.keep(replace(round_of, status=Fact({"status": "active"}, read_at=NOW + timedelta(seconds=5))))
    facts = store.facts("acme", ROW, NOW)
    assert facts.runtime.value == {"workloads": []}
    assert facts.status.value == {"status": "active"}
