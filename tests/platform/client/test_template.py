"""The spec of an old revision: the only POST, which is never retried."""

from __future__ import annotations

import json

import pytest
from support.demo_deployments import CLAIMS
from support.platforms import TOKEN, Opened
from support.raw_server import RawServer, answer

from astro_tui.demo import DemoServer, Fault
from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform.client import Call, Platform

ENDPOINT = "/agents/meridian-labs/claims-desk/deployment-template"


def fails(platform: Platform, revision: int = 11, deployment: str = CLAIMS, call: Call | None = None) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        platform.template("meridian-labs", "claims-desk", deployment, revision, call=call)
    assert TOKEN not in repr(vars(caught.value)) + str(caught.value)
    return caught.value


def test_it_is_what_the_platform_regenerates(demo: DemoServer, opened: Opened) -> None:
    platform = opened(demo.url, demo.token)
    old = json.loads(platform.template("meridian-labs", "claims-desk", CLAIMS, 11)["template"])
    new = json.loads(platform.template("meridian-labs", "claims-desk", CLAIMS, 12)["template"])
    assert (old["source"]["build"], old["target"]["deployment_id"]) == ("c1f00a92", CLAIMS)
    assert new != old
    assert new == json.loads(platform.active_deployment("meridian-labs", "claims-desk").spec)
    assert demo.requests[:2] == [("POST", f"/api/v1{ENDPOINT}")] * 2


def test_the_request_and_the_bytes_of_the_response(opened: Opened) -> None:
    raw = b'{"spec":"deployment-template/v1","template": {"b": 1.10, "a" :[ ]},"validation":{"valid":true}}'
    with RawServer(lambda _head: answer(raw)) as server:
        assert opened(server.url).template("a b", "c/d", "x-1", 3)["template"] == b'{"b": 1.10, "a" :[ ]}'
    head = server.heads[0]
    assert head.startswith("POST /api/v1/agents/a%20b/c%2Fd/deployment-template HTTP/1.1\r\n")
    assert "content-type: application/json" in head.lower()
    assert f"Authorization: Bearer {TOKEN}" in head


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_it_is_never_sent_again(demo: DemoServer, opened: Opened, status: int) -> None:
    demo.faults.set(ENDPOINT, Fault.response(status))
    assert fails(opened(demo.url, demo.token)).status == status
    assert len(demo.requests) == 1


def test_it_is_not_sent_again_after_a_lost_or_refused_connection(
    demo: DemoServer, opened: Opened, refusing: int
) -> None:
    demo.faults.set(ENDPOINT, Fault.reset())
    platform = opened(demo.url, demo.token)
    # A connection that is kept open: a GET would be sent again on a new one.
    platform.health()
    assert fails(platform).kind is ErrorKind.RESET
    assert [method for method, _target in demo.requests].count("POST") == 1
    assert fails(opened(f"http://127.0.0.1:{refusing}")).kind is ErrorKind.REFUSED


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_it_follows_no_redirect(opened: Opened, status: str) -> None:
    with RawServer(lambda _head: answer(b"", status, "Location: /elsewhere")) as server:
        assert fails(opened(server.url)).kind is ErrorKind.REDIRECT
    assert len(server.heads) == 1


@pytest.mark.parametrize("body", [b"{}", b'{"template": null}', b'{"template":null,"validation":{}}', b"[]", b"7"])
def test_another_shape_is_an_error(opened: Opened, body: bytes) -> None:
    with RawServer(lambda _head: answer(body)) as server:
        assert fails(opened(server.url)).kind is ErrorKind.ODD_SHAPE
