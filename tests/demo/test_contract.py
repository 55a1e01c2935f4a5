"""Every response of the demo platform fits `openapi.yaml`, and every status word of the contract occurs."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.contract import validator
from support.deadline import DEADLINE

from astro_tui.demo import DemoServer
from astro_tui.demo.cluster import Cluster
from astro_tui.demo.contents import accounts, contents
from astro_tui.demo.world import World

LABS = "meridian-labs"
KNOWN = accounts(guarded=False)
START = datetime(2026, 7, 4, 12, 0, 0, tzinfo=UTC)
ROUTES = Cluster(World(contents, lambda: START)).routes()
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


@pytest.fixture(params=[0, 6, 15, 40], ids="after {}s".format)
def moment(request: pytest.FixtureRequest, reader: Reader) -> Reader:
    reader.now = START + timedelta(seconds=request.param)
    return reader


def test_account_endpoints(reader: Reader) -> None:
    reader.send("/health", token=None)
    me = reader.send("/me")
    assert [account["name"] for account in me["accounts"]] == [account.name for account in KNOWN if account.member]
    assert len(me["accounts"]) >= 2
    for account in KNOWN:
        reader.send("/accounts/{account}", account=account.name, token=None)
        reader.send("/agents/{account}", query="?limit=100", account=account.name)
        reader.send("/accounts/{account}/members", 200 if account.member else 403, account=account.name)


def test_catalog_endpoints(reader: Reader) -> None:
    for offset in (0, 100, 200):
        query = f"?limit=100&offset={offset}&sort=newest"
        for blueprint in reader.send("/agents", query=query, token=None)["agents"][::7]:
            reader.send("/agents/{account}/{name}", account=blueprint["account"], name=blueprint["name"])
    for query in ("?q=tea&sort=name", "?tag=garden", "?q=nothing-of-that-name"):
        reader.send("/agents", query=query, token=None)
    for blueprint in reader.send("/agents/{account}", query="?limit=100", account=LABS)["agents"]:
        reader.send("/agents/{account}/{name}", account=LABS, name=blueprint["name"])


def test_lists(moment: Reader) -> None:
    for account in ("meridian-labs", "harborline", "quiet-harbor"):
        moment.deployments(account)
    moment.send("/deployments/summary")


def test_every_deployment(moment: Reader) -> None:
    for row in moment.deployments() + moment.deployments("harborline"):
        record = moment.send("/deployments/{id}", id=row["id"])["deployment"]
        for template in BELOW:
            if template != "/deployments/{id}/alerts":
                moment.send(template, id=row["id"])
        moment.send("/deployments/{id}/alerts", query="?workload=agent", id=row["id"])
        first = record["workloads"][0]["name"]
        moment.send("/deployments/{id}/logs", query=f"?workload={first}&tailLines=100", id=row["id"])


def test_specs_and_history(moment: Reader) -> None:
    for row in moment.deployments() + moment.deployments("harborline"):
        where = {"account": row["account_name"], "name": row["name"]}
        states = {
            each["id"]: each
            for each in moment.send("/agents/{account}/{name}/deployment/history", **where)["deployments"]
        }
        active = any(each["status"] == "active" for each in states.values() if each["is_current"])
        running = row["status"] in ("Running", "active") or active
        moment.send("/agents/{account}/{name}/deployment", 200 if running else 404, **where)
        asked = {"deployment_id": row["id"], "revision": 1, "finalize": False}
        moment.send("/agents/{account}/{name}/deployment-template", method="POST", body=asked, **where)


def test_errors(reader: Reader) -> None:
    nobody = {"account": "nobody", "name": "nothing"}
    rival = {"account": "rival-works", "name": "secret-sauce"}
    for template in ("/agents/{account}/{name}/deployment", "/agents/{account}/{name}/deployment/history"):
        reader.send(template, 404, **nobody)
        reader.send(template, 403, **rival)
        reader.send(template, 401, token=None, **rival)
    template = "/agents/{account}/{name}/deployment-template"
    for names, code in ((nobody, "account_not_found"), ({"account": LABS, "name": "nothing"}, "blueprint_not_found")):
        assert reader.send(template, 404, method="POST", body={}, **names)["error_code"] == code
    wrong = {"deployment_id": "q7k-0ab-x4d", "revision": 99}
    claims = {"account": LABS, "name": "claims-desk"}
    assert reader.send(template, 404, method="POST", body=wrong, **claims) == {"error": "revision not found"}
    reader.send("/me", 401, token="wrong")
    reader.send("/accounts/{account}", 404, account="nobody")
    reader.send("/agents/{account}", 404, account="nobody")
    reader.send("/agents/{account}/{name}", 404, **nobody)
    reader.send("/agents", 400, query="?visibility=public")
    reader.send("/agents", 400, query="?offset=10001")
    for template in ("/deployments",):
        reader.send(template, 400)
        reader.send(template, 401, token=None)
        reader.send(template, 403, query="?account=rival-works")
        reader.send(template, 404, query="?account=nobody")
    for template in ("/deployments/{id}", *BELOW, "/deployments/{id}/logs"):
        status = 404 if template.endswith("/capabilities") else 403
        answer = reader.send(template, status, id="zzz-zzz-zzz")
        assert answer == {"error": "deployment not found"}
    reader.send("/deployments/{id}/logs", 400, id="q7k-0ab-x4d")


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
