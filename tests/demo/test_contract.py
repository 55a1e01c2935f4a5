"""Every response of the demo platform fits `openapi.yaml`, and every status word of the contract occurs."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any

import pytest
from support.contract import validator
from support.deadline import DEADLINE

from astro_tui.demo import DemoServer
from astro_tui.demo.cluster import ClusterEndpoints
from astro_tui.demo.contents import accounts, contents
from astro_tui.demo.world import World

LABS = "meridian-labs"
KNOWN = accounts(guarded=False)
START = datetime(2026, 7, 4, 12, 0, 0, tzinfo=UTC)
ROUTES = ClusterEndpoints(World(contents, lambda: START)).routes()
BELOW = [
    path.replace("*", "{id}")
    for path, _handler in ROUTES
    if path.count("*") == 1 and path != "/deployments/*" and "observability" not in path
]
"""Each endpoint that is about one deployment and about no part of it; there is no tracing."""


def with_few_lines(answer: Any) -> Any:
    """Return a log with one line of each kind: the contract only says which keys a line has, and of which type."""
    if not isinstance(answer, list):
        return answer
    return list({tuple((key, type(value)) for key, value in line.items()): line for line in answer}.values())


class Reader:
    """Requests everything from a demo platform at several times and checks each response."""

    def __init__(self) -> None:
        self.now = START
        self.demo = DemoServer(clock=lambda: self.now).start()
        self.valid: set[tuple[str, str, int, bytes]] = set()
        """Responses that were checked: most do not change from one moment to the next, and all are requested twice."""
        self.connection = http.client.HTTPConnection(
            "127.0.0.1", int(self.demo.url.rpartition(":")[2]), timeout=DEADLINE
        )

    def send(
        self, template: str, status: int = 200, *, method: str = "GET", query: str = "", body: Any = None,
        token: str | None = "", **names: str,
    ) -> Any:  # fmt: skip
        path = "/api/v1" + template.format(**names) + query
        token = self.demo.token if token == "" else token
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.connection.request(method, path, body=None if body is None else json.dumps(body), headers=headers)
        response = self.connection.getresponse()
        text = response.read()
        assert response.status == status, (path, text)
        assert response.headers["Content-Type"].startswith("application/json")
        answer = json.loads(text)
        if (template, method, status, text) in self.valid:
            return answer
        faults = [
            f"{path}: {error.json_path}: {error.message}"
            for error in validator(template, method, status).iter_errors(with_few_lines(answer))
        ]
        assert not faults, faults[:5]
        self.valid.add((template, method, status, text))
        return answer

    def deployments(self, account: str = LABS) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = self.send("/deployments", query=f"?account={account}")["deployments"]
        return listed


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    made = Reader()
    yield made
    made.connection.close()
    made.demo.stop()


def test_accounts_and_catalog(reader: Reader) -> None:
    reader.send("/health", token=None)
    reader.send("/me")
    for account in KNOWN:
        reader.send("/accounts/{account}", account=account.name, token=None)
        for blueprint in reader.send("/agents/{account}", query="?limit=100", account=account.name)["agents"][::7]:
            reader.send("/agents/{account}/{name}", account=blueprint["account"], name=blueprint["name"])
        reader.send("/accounts/{account}/members", 200 if account.member else 403, account=account.name)
    for account in filter(attrgetter("member"), KNOWN):
        managed = 403 if account.role == "member" else 200
        for path in ("billing/status", "billing/spend", "billing/usage/daily-spend", "audit-log", "audit-log/filters"):
            reader.send(f"/accounts/{{account}}/{path}", managed, account=account.name)
        for path in ("variables", "usage"):
            reader.send(f"/accounts/{{account}}/{path}", account=account.name)
    for query in ("?limit=100&offset=100&sort=newest", "?q=tea&sort=name", "?tag=garden", "?q=nothing-of-that-name"):
        reader.send("/agents", query=query, token=None)


@pytest.mark.parametrize("seconds", [0, 6, 15, 40], ids="after {}s".format)
def test_every_deployment(reader: Reader, seconds: float) -> None:
    reader.now = START + timedelta(seconds=seconds)
    reader.send("/deployments/summary")
    for row in reader.deployments() + reader.deployments("harborline"):
        where = {"account": row["account_name"], "name": row["name"]}
        record = reader.send("/deployments/{id}", id=row["id"])["deployment"]
        for template in BELOW:
            if template != "/deployments/{id}/alerts":
                reader.send(template, id=row["id"])
        query = f"?workload={record['workloads'][0]['name']}&tailLines=100"
        reader.send("/deployments/{id}/logs", query=query, id=row["id"])
        history = reader.send("/agents/{account}/{name}/deployment/history", **where)["deployments"]
        active = any(each["status"] == "active" and each["is_current"] for each in history)
        reader.send("/agents/{account}/{name}/deployment", 200 if active else 404, **where)
        asked = {"deployment_id": row["id"], "revision": 1, "finalize": False}
        reader.send("/agents/{account}/{name}/deployment-template", method="POST", body=asked, **where)


NOBODY, RIVAL = {"account": "nobody", "name": "nothing"}, {"account": "rival-works", "name": "secret-sauce"}
UNKNOWN = {"id": "zzz-zzz-zzz"}
SPEC, HISTORY = "/agents/{account}/{name}/deployment", "/agents/{account}/{name}/deployment/history"
# Path, status, and names; then a query, or a token if it begins with another letter than "?".
REFUSED: list[tuple[str, int, dict[str, str], str]] = [
    *((path, status, names, "") for path in (SPEC, HISTORY) for status, names in ((404, NOBODY), (403, RIVAL))),
    *((path, 401, RIVAL, "wrong") for path in (SPEC, HISTORY)),
    ("/me", 401, {}, "wrong"),
    ("/accounts/{account}", 404, NOBODY, ""),
    ("/agents/{account}", 404, NOBODY, ""),
    ("/agents/{account}/{name}", 404, NOBODY, ""),
    ("/agents", 400, {}, "?visibility=public"),
    ("/agents", 400, {}, "?offset=10001"),
    ("/deployments", 400, {}, ""),
    ("/deployments", 401, {}, "wrong"),
    ("/deployments", 403, {}, "?account=rival-works"),
    ("/deployments", 404, {}, "?account=nobody"),
    *((path, 404 if path.endswith("/capabilities") else 403, UNKNOWN, "") for path in ("/deployments/{id}", *BELOW)),
    ("/deployments/{id}/logs", 403, UNKNOWN, ""),
    ("/deployments/{id}/logs", 400, {"id": "q7k-0ab-x4d"}, ""),
]


def test_refusals(reader: Reader) -> None:
    for path, status, names, more in REFUSED:
        query, token = (more, "") if more[:1] in ("", "?") else ("", more)
        reader.send(path, status, query=query, token=token, **names)


def everything(reader: Reader) -> Iterator[tuple[str, Any]]:
    """Yield (kind, response) for all deployments at a few times."""
    for seconds in (0, 6, 15, 40):
        reader.now = START + timedelta(seconds=seconds)
        for row in reader.deployments() + reader.deployments("harborline") + reader.deployments("ferncliff-rail"):
            yield "row", row
            for part in ("status", "runtime", "events", "alerts"):
                yield part, reader.send(f"/deployments/{{id}}/{part}", id=row["id"])
            where = {"account": row["account_name"], "name": row["name"]}
            yield "history", reader.send("/agents/{account}/{name}/deployment/history", **where)
            yield "record", reader.send("/deployments/{id}", id=row["id"])
        yield "summary", reader.send("/deployments/summary")
    for row in reader.deployments():
        for workload in reader.send("/deployments/{id}", id=row["id"])["deployment"]["workloads"][:12]:
            query = f"?workload={workload['name']}&tailLines=1000"
            yield "logs", reader.send("/deployments/{id}/logs", query=query, id=row["id"])


@pytest.fixture(scope="module")
def spoken(reader: Reader) -> dict[str, list[Any]]:
    heard: dict[str, list[Any]] = {}
    for kind, answer in everything(reader):
        heard.setdefault(kind, []).append(answer)
    return heard


def words(value: Any, key: str) -> set[str]:
    """Return every string under `key` at any depth."""
    if isinstance(value, dict):
        own = {value[key]} if isinstance(value.get(key), str) else set()
        return own.union(*(words(each, key) for each in value.values()))
    return set[str]().union(*(words(each, key) for each in value)) if isinstance(value, list) else set()


VOCABULARIES = [
    ("row", "status", "Running pending Stopped undeploying error"),
    ("row", "status", "Pending active failed stopped hibernating"),
    ("summary", "status", "pending provisioning deploying active failed stopped suspended undeploying scaled_down"),
    ("history", "status", "undeployed active failed suspended"),
    ("history", "source", "github direct"),
    ("status", "value", "active deploying inactive undeploying error"),
    ("status", "reason", "ready ready_lag cluster_unreachable provisioning paused suspended undeploying failed"),
    ("status", "phase", "pending progressing failed unknown missing"),
    ("runtime", "phase", "Pending Running Succeeded Failed Unknown"),
    ("runtime", "state", "Running Waiting Terminated Unknown"),
    ("runtime", "status", "Idle Suspended"),
    ("record", "kind", "Deployment StatefulSet Job CronJob"),
    ("events", "severity", "info transient stuck"),
    ("events", "type", "Normal Warning"),
    (
        "events",
        "reason",
        """Failed BackOff BackoffLimitExceeded FailedScheduling Unhealthy FailedMount FailedAttachVolume
        Scheduled Pulling Pulled Created Started Killing SuccessfulCreate""",
    ),
    ("alerts", "state", "ok pending firing"),
    ("alerts", "severity", "warning critical"),
    (
        "logs",
        "level",
        "trace debug info notice warn warning error err fatal crit critical panic emerg alert",
    ),
]


@pytest.mark.parametrize(("kind", "key", "vocabulary"), VOCABULARIES)
def test_every_word_occurs(spoken: dict[str, list[Any]], kind: str, key: str, vocabulary: str) -> None:
    assert set(vocabulary.split()) <= words(spoken[kind], key)


def test_nulls_and_missing_keys_of_the_contract_occur(spoken: dict[str, list[Any]]) -> None:
    assert any(answer["runtime"]["workloads"] is None for answer in spoken["runtime"])
    assert any(answer["deployment"]["components"] is None for answer in spoken["record"])
    assert any("display_name" not in row for row in spoken["row"])
    assert any(entry["timestamp"] == "" for lines in spoken["logs"] for entry in lines)
    assert any(answer["events"] == [] for answer in spoken["events"])
