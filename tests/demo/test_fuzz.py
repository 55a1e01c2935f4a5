"""Generated requests: every response fits the contract, and the demo platform refuses what the contract forbids.

The test run sends few requests, always the same ones. `make fuzz` sets FUZZ to the number of requests for each
operation and mode, and sends different ones each time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from support.contract import contract
from support.demo_caller import Clock

from astro_tui.demo import DemoServer
from astro_tui.demo.conversations import identifier

pytestmark = pytest.mark.nightly

EXAMPLES = int(os.environ.get("FUZZ", "0"))
# Endless streams, the identity provider, and what the demo does not serve.
LEFT_OUT = (
    *("/stream", "/accounts/{account}/events", "/user_management/", "/insights", "/me/"),
    *(
        "/count",
        "/check/",
        "/usage/infrastructure",
        "/configmap/",
        "/secret/",
        "/users-summary",
        "{account}/observability/summary",
    ),
    *("/observability/trace-users", "{id}/observability/summary"),
)
# Malformed parameters are ignored.
LENIENT = ("/deployments/{id}/logs", "/deployments/{id}/observability/traces")
# Requests with these values get past the lookups.
KNOWN = {
    "account": "meridian-labs",
    "name": "claims-desk",
    "id": "q7k-0ab-x4d",
    "build": "b7d20c44",
    "pod": "claims-desk-agent-0",
    "ingestion": "nightly-policies",
    "traceId": "a5a5c7b0e95966f4c0ffee0000000504",
    "observationId": "0000000504000002",
    "conversationId": identifier("q7k-0ab-x4d", "2"),
}
WORKLOADS = ["claims-desk-agent", "claims-desk-knowledge-cases"]
# Rules that a schema cannot express: one of two parameters, no empty ID.
MORE_RULES = (
    *("/deployments", "/deployments/{id}/network/summary", "/deployments/{id}/network/timeseries"),
    "/deployments/{id}/network/flows",
    *("/deployments/{id}/observability/metrics", "/accounts/{account}/observability/deployments-summary"),
    "/deployments/{id}/chat/conversations/{conversationId}",
)
# What fails in a backend is a 502 there, and may be the request's fault.
BACKENDS = (
    "/deployments/{id}/observability/traces",
    "/deployments/{id}/network/timeseries",
    "/deployments/{id}/observability/metrics",
)


def document() -> dict[str, Any]:
    """Return the contract with the rules that only its prose states.

    A limit above the maximum is capped, not refused. A workload must exist. A list of texts accepts any text. Tokens
    are tested elsewhere.
    """
    made = deepcopy(contract())
    del made["security"]
    for item in made["paths"].values():
        for operation in (item[method] for method in ("get", "post", "patch") if method in item):
            operation.pop("security", None)
            for parameter in operation.get("parameters", ()):
                if parameter.get("name") == "limit":
                    parameter["schema"].pop("maximum", None)
                if parameter.get("name") == "workload" and parameter["required"]:
                    parameter["schema"] = {"type": "string", "enum": WORKLOADS}
                if parameter.get("schema", {}).get("type") == "array":
                    parameter["schema"] = {"type": "string"}
    return made


def operations(paths: dict[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Yield method, path, and whether there is anything in a request that the schema forbids."""
    for path, item in paths.items():
        for method in ("get", "post", "patch"):
            if method in item and not any(part in path for part in LEFT_OUT):
                schemas = [each["schema"] for each in item[method].get("parameters", ()) if "schema" in each]
                limited = "requestBody" in item[method] or any(each != {"type": "string"} for each in schemas)
                yield method.upper(), path, limited and path not in LENIENT


def test_generated_requests() -> None:
    import requests
    import schemathesis
    from schemathesis import GenerationMode, checks
    from schemathesis.specs.openapi import checks as openapi

    always = [
        checks.not_a_server_error,
        openapi.status_code_conformance,
        openapi.content_type_conformance,
        openapi.response_schema_conformance,
    ]
    made = document()
    schema = schemathesis.openapi.from_dict(made)
    sent: dict[str, set[int]] = {}
    failures: list[str] = []

    def send(method: str, path: str, mode: GenerationMode, session: requests.Session) -> None:
        checked = always[1:] if path in BACKENDS else list(always)
        if mode is GenerationMode.NEGATIVE:
            checked.append(openapi.negative_data_rejection)
        elif method == "GET" and path not in MORE_RULES:
            checked.append(openapi.positive_data_acceptance)
        names = {key: value for key, value in KNOWN.items() if "{" + key + "}" in path}

        @settings(
            max_examples=EXAMPLES or 3,
            derandomize=not EXAMPLES,
            database=None,
            deadline=None,
            phases=[Phase.generate, Phase.shrink] if EXAMPLES else [Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(schema[path][method].as_strategy(mode, path_parameters=names or None))
        def one(case: Any) -> None:
            token = {"Authorization": f"Bearer {demo.token}"}
            response = case.call(base_url=f"{demo.url}/api/v1", session=session, headers=token)
            sent.setdefault(f"{mode.value} {method} {path}", set()).add(response.status_code)
            case.validate_response(response, checks=checked, headers=token)

        # Each operation needs the same state: others may have stopped or removed a deployment.
        with DemoServer(clock=Clock()) as demo:
            try:
                one()
            except (AssertionError, BaseExceptionGroup) as error:
                failures.append(f"{mode.value} {method} {path}: {error}")

    with requests.Session() as session:
        for method, path, limited in operations(made["paths"]):
            send(method, path, GenerationMode.POSITIVE, session)
            if limited:
                send(method, path, GenerationMode.NEGATIVE, session)
    assert not failures, "\n\n".join(failures)
    assert len(sent) > 30
    assert all(max(statuses) >= 400 for key, statuses in sent.items() if key.startswith("negative"))
