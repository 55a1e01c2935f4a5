"""Builds, their logs, vulnerabilities, and what owners manage, in any shape that servers send them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.platforms import Opened
from support.raw_server import RawServer, answer

from astro_tui.demo import DemoServer, Fault
from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform.client import Platform

LABS, CLAIMS, RAIL = "meridian-labs", "claims-desk", "ferncliff-rail"
CLAIMS_ID, BEGIN = "q7k-0ab-x4d", datetime(2026, 7, 1, tzinfo=UTC)
READ: dict[str, Callable[[Platform], Any]] = {
    "builds": lambda platform: platform.builds(LABS, CLAIMS),
    "github": lambda platform: platform.github(LABS, CLAIMS),
    "build log": lambda platform: platform.build_log(LABS, CLAIMS, "b7d20c44"),
    "vulnerabilities": lambda platform: platform.vulnerabilities(LABS, CLAIMS, "1fa07c3b"),
    "variables": lambda platform: platform.variables("harborline"),
    "billing": lambda platform: platform.billing("harborline"),
    "spend": lambda platform: platform.spending("harborline"),
    "daily spend": lambda platform: platform.daily_spend("harborline", BEGIN, BEGIN + timedelta(days=2)),
    "quotas": lambda platform: platform.quotas("harborline"),
    "audit log": lambda platform: platform.audit_log("harborline", action="deployment.deploy", before="x"),
    "audit filters": lambda platform: platform.audit_filters("harborline"),
    "flows": lambda platform: platform.flows(CLAIMS_ID, "outbound", (BEGIN, BEGIN + timedelta(days=2))),
}


def test_what_the_demo_has(demo: DemoServer, opened: Opened) -> None:
    platform = opened(demo.url, demo.token)
    failed, *_rest = platform.builds(LABS, CLAIMS)
    assert (failed.status, failed.step, failed.source) == ("failed", "building (1/2: agent)", "github")
    assert failed.error.startswith("build agent: build job failed: ")
    of_github = platform.github(LABS, CLAIMS)
    assert of_github.connected
    assert of_github.builds[0].build_id == failed.build_id
    assert of_github.builds[0].started_at == failed.started_at
    log = platform.build_log(LABS, CLAIMS, failed.build_id)
    assert log.components[0].logs.startswith("=== events ===\n")
    scan = platform.vulnerabilities(LABS, CLAIMS, "1fa07c3b")
    assert scan is not None
    assert (scan.status, scan.critical, scan.fixable) == ("succeeded", 1, 1)
    assert "HOME_TIMEZONE" in [each.name for each in platform.variables("harborline")]
    with pytest.raises(PlatformError) as caught:
        platform.builds(RAIL, "seat-finder")
    assert caught.value.kind is ErrorKind.NOT_FOUND


ODD = [
    ("builds", b'{"builds":[{"build_id":7,"status":null,"step":[],"started_at":"soon","vulnerabilities":3},null,"x"]}'),
    ("builds", b'{"builds":null}'),
    ("github", b'{"connected":"yes","builds":null}'),
    ("build log", b'{"components":null,"phase":"dreaming","logs":null}'),
    ("build log", b'{"components":[{"name":null,"logs":5},7],"phase":{}}'),
    ("vulnerabilities", b'{"summary":null}'),
    ("vulnerabilities", b'{"summary":{"status":9,"critical":"many"}}'),
    ("spend", b'{"available":true,"data":{"currency":7,"current_spend":"much","warning":3,"limit":{"amount":null}}}'),
    ("spend", b'{"available":true,"data":null}'),
    ("daily spend", b'{"available":true,"data":[{"day":"soon","amount":[]},7]}'),
    ("quotas", b'{"meters":{"members":{"usage":"two"},"blueprints":3}}'),
    (
        "audit log",
        b'{"entries":[{"id":[],"actor":7,"resource":null,"metadata":[1],"created_at":"soon"},null],"has_more":1}',
    ),
    ("audit filters", b'{"actions":[1,null]}'),
    ("flows", b'{"flows":[{"peer":null,"request_count":"x","status_codes":{"2xx":[],"4xx":3}},null]}'),
    ("variables", b'{"variables":[{"name":1,"secret":"no","updated_at":0}]}'),
]


@pytest.mark.parametrize(("kind", "body"), ODD)
def test_odd_values_are_shown_as_received(opened: Opened, kind: str, body: bytes) -> None:
    with RawServer(lambda _head: answer(body)) as server:
        READ[kind](opened(server.url))


@pytest.mark.parametrize("kind", READ)
@pytest.mark.parametrize("body", [b"7", b"[7]", b'{"x":1}', b'{"builds":', b"<html>"])
def test_other_shapes_are_errors(opened: Opened, kind: str, body: bytes) -> None:
    with RawServer(lambda _head: answer(body)) as server:
        if kind in ("builds", "variables", "flows") and body == b"[7]":
            assert READ[kind](opened(server.url)) == ()
            return
        with pytest.raises(PlatformError) as caught:
            READ[kind](opened(server.url))
    assert caught.value.kind in (ErrorKind.ODD_SHAPE, ErrorKind.CUT_BODY, ErrorKind.NOT_JSON)


@pytest.mark.parametrize("kind", READ)
@pytest.mark.parametrize("status", [403, 404, 503])
def test_refusals(demo: DemoServer, opened: Opened, kind: str, status: int) -> None:
    demo.faults.set("/", Fault.response(status, b'{"error":"refused here"}'))
    with pytest.raises(PlatformError) as caught:
        READ[kind](opened(demo.url, demo.token))
    assert caught.value.status == status


def test_money_has_units(demo: DemoServer, opened: Opened) -> None:
    """Spend is in dollars, thresholds are in cents, and other units are not dollars."""
    platform = opened(demo.url, demo.token)
    spend = platform.spending("copper-lantern")
    assert spend is not None
    assert spend.in_dollars
    assert spend.warning is not None
    assert (spend.credit_remaining, spend.warning.amount, spend.warning.in_alarm) == (12.3, 6000, True)
    assert platform.spending("quiet-harbor") is None
    assert platform.daily_spend("quiet-harbor", BEGIN, BEGIN) == ()
    older = b'{"available":true,"data":{"currency":"USD (cents)","current_spend":900,"has_current_spend":true}}'
    with RawServer(lambda _head: answer(older)) as server:
        found = opened(server.url).spending("copper-lantern")
    assert found is not None
    assert not found.in_dollars


def test_a_log_is_not_cut(opened: Opened) -> None:
    body = b'{"components":[{"name":"agent","status":"failed","logs":"%b"}],"phase":"failed"}' % (b"x" * 2**20)
    with RawServer(lambda _head: answer(body)) as server:
        assert len(opened(server.url).build_log(LABS, CLAIMS, "1").components[0].logs) == 2**20
