"""The demo platform's deployment templates: of a revision, of a build, for a new deployment, and signed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from support.demo_caller import Caller, Clock

from astro_tui.demo import DemoServer

LABS = "meridian-labs"
CLAIMS = f"/agents/{LABS}/claims-desk/deployment-template"


@pytest.fixture
def caller() -> Iterator[Caller]:
    with DemoServer(clock=Clock()) as demo:
        caller = Caller(demo)
        yield caller
        caller.connection.close()


def post(caller: Caller, path: str, status: int = 200, **body: Any) -> Any:
    found, answer = caller.send(path, "POST", body)
    assert found == status, answer
    return answer


def test_without_deployment_id_the_template_is_for_a_new_deployment(caller: Caller) -> None:
    answer = post(caller, CLAIMS)
    target = answer["template"]["target"]
    assert "deployment_id" not in target
    assert "display_name" not in target
    assert target["account"] == LABS
    assert answer["template"]["source"]["build"] == "1fa07c3b"
    assert not any(variable["configured"] for variable in answer["variables"].values())
    assert all("value" not in variable for variable in answer["template"]["variables"].values())


def test_with_deployment_id_the_template_is_of_that_deployment(caller: Caller) -> None:
    answer = post(caller, CLAIMS, deployment_id="q7k-0ab-x4d", finalize=False)
    target = answer["template"]["target"]
    assert (target["deployment_id"], target["display_name"]) == ("q7k-0ab-x4d", "Claims Desk (EU)")
    assert answer["template"]["source"]["build"] == "e88d3146"
    assert answer["template"]["variables"]["MAX_CLAIM_EUR"]["value"] == "4000"
    assert "signature" not in answer


def test_build_is_honored(caller: Caller) -> None:
    upgraded = post(caller, CLAIMS, deployment_id="q7k-0ab-x4d", build="1fa07c3b")["template"]
    assert upgraded["source"]["build"] == "1fa07c3b"
    assert upgraded["agent"]["image"].endswith(":1fa07c3b")
    new = post(caller, CLAIMS, build="e88d3146")["template"]
    assert new["source"]["build"] == "e88d3146"
    assert post(caller, CLAIMS, 404, build="00000000")["error_code"] == "build_not_found"


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/agents/nobody/nothing", {}, "account_not_found"),
        (f"/agents/{LABS}/nothing", {}, "blueprint_not_found"),
        (f"/agents/{LABS}/blank-page", {}, "build_not_found"),
    ],
)
def test_errors_name_what_is_unknown(caller: Caller, path: str, body: dict[str, Any], code: str) -> None:
    answer = post(caller, path + "/deployment-template", 404, **body)
    assert answer["error_code"] == code
    assert answer["error"]


def test_only_a_finalized_valid_template_is_signed(caller: Caller) -> None:
    known = {"deployment_id": "q7k-0ab-x4d", "finalize": True}
    first, again = post(caller, CLAIMS, **known), post(caller, CLAIMS, **known)
    assert first["validation"] == {"valid": True}
    assert first["signature"] == again["signature"]
    other = post(caller, CLAIMS, revision=11, **known)
    assert other["signature"] != first["signature"]
    missing = post(caller, CLAIMS, finalize=True)
    assert not missing["validation"]["valid"]
    assert {each["field"] for each in missing["validation"]["errors"]} >= {"variables.ANTHROPIC_API_KEY"}
    assert "signature" not in missing


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{", b"5", b"[" * 100_000], ids=range(6))
def test_body_must_be_an_object(caller: Caller, body: bytes) -> None:
    status, answer = caller.raw(CLAIMS, "POST", body)
    assert (status, answer) == (400, b'{"error":"invalid request body"}')


def test_template_of_an_old_revision_mixes_it_with_current_values(caller: Caller) -> None:
    """The build and the code's settings are the revision's; variables, resources, disks, and grants are not."""
    now, old = (post(caller, CLAIMS, deployment_id="q7k-0ab-x4d", revision=number)["template"] for number in (12, 11))
    assert old["source"]["build"] == "c1f00a92"
    assert old["agent"]["environment"] != now["agent"]["environment"]
    assert old["interfaces"]["adapters"] != now["interfaces"]["adapters"]
    assert old["variables"] == now["variables"]
    for key in ("resources", "volume", "storage"):
        assert old["agent"].get(key) == now["agent"].get(key), key
