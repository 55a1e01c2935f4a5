"""Specs of revisions: each comes from the response that is about its revision, and is read once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from support.deadline import DEADLINE
from support.demo_deployments import CLAIMS

from astro_tui.demo import DemoServer
from astro_tui.document import Document
from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform.client import Call, Platform
from astro_tui.platform.lenient import Moment
from astro_tui.platform.models import ActiveDeployment
from astro_tui.presentation.presence import Target
from astro_tui.presentation.revisions import RevisionRow, current_of, rows_of
from astro_tui.session.spec_store import RevisionSpec, SpecStore, spec_text

TARGET = Target("meridian-labs", CLAIMS, "", "claims-desk")


@pytest.fixture
def platform(demo: DemoServer) -> Iterator[Platform]:
    platform = Platform(demo.url, demo.token)
    yield platform
    platform.close()


def newest(platform: Platform) -> tuple[RevisionRow, ActiveDeployment]:
    """Return the current revision and the record of a deployment."""
    row = current_of(rows_of(platform.history(TARGET.account, TARGET.blueprint, CLAIMS).rows, CLAIMS))
    assert row is not None
    return row, platform.active_deployment(TARGET.account, TARGET.blueprint)


def test_the_record_has_the_spec_of_the_current_revision(platform: Platform) -> None:
    row, record = newest(platform)
    found = spec_text(platform, TARGET, row, record, Call())
    assert (found.raw, found.regenerated) == (record.spec, False)


@pytest.mark.parametrize("hours", [0.01, 50])
def test_a_record_from_before_the_deploy_does_not(platform: Platform, hours: float) -> None:
    """Another user deployed the same build with other settings, and the screen still has the older record."""
    row, record = newest(platform)
    assert row.deployed is not None
    before = Moment.of((row.deployed - timedelta(hours=hours)).isoformat())
    old = record.model_copy(update={"deployed_at": before, "spec": b'{"old": true}'})
    found = spec_text(platform, TARGET, row, old, Call())
    assert found.regenerated
    assert b"old" not in found.raw


# ---- the store


def spec(text: bytes = b'{"a": 1}') -> RevisionSpec:
    return RevisionSpec(Document.parse(text), regenerated=True)


def test_two_threads_read_a_spec_once() -> None:
    store, reads, begun, go = SpecStore(), [], threading.Event(), threading.Event()

    def read() -> RevisionSpec:
        reads.append(1)
        begun.set()
        assert go.wait(DEADLINE)
        return spec()

    got: list[RevisionSpec] = []
    threads = [threading.Thread(target=lambda: got.append(store.get(("x", "1"), read, Call()))) for _ in range(3)]
    threads[0].start()
    assert begun.wait(DEADLINE)
    for thread in threads[1:]:
        thread.start()
    given_up = Call()
    given_up.abort()
    with pytest.raises(PlatformError) as caught:
        store.get(("x", "1"), read, given_up)
    assert caught.value.kind is ErrorKind.CANCELED
    go.set()
    for thread in threads:
        thread.join(DEADLINE)
    assert len(reads) == 1
    assert len(got) == 3
    assert got[0] is got[1] is got[2] is store.peek(("x", "1"))


def test_a_failed_spec_is_read_again_and_old_specs_are_dropped() -> None:
    store = SpecStore(kept_bytes=20)

    def failing() -> RevisionSpec:
        raise PlatformError(ErrorKind.SERVER, "no", request="")

    with pytest.raises(PlatformError):
        store.get(("x", "1"), failing, Call())
    first = store.get(("x", "1"), spec, Call())
    assert store.get(("x", "1"), failing, Call()) is first
    store.get(("x", "2"), spec, Call())
    store.get(("x", "3"), spec, Call())
    assert store.peek(("x", "1")) is None
    assert store.peek(("x", "3")) is not None
