"""Specs of the demo's deployments, one for each revision (platform.md §17)."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Collection
from functools import cache
from pathlib import Path
from typing import Any

from astro_tui.demo.entities import Deployment, Json, digest

_DATA = Path(__file__).parent / "data"
_REGISTRY = "registry.astropods.ai"
_ROLLING = {"strategy": "rolling", "max_unavailable": "25%", "max_surge": "25%"}


@cache
def _text(name: str) -> str:
    return (_DATA / f"{name}.json").read_text(encoding="utf-8")


def document(name: str) -> Json:
    """Return a new copy of a document in the `data` folder."""
    loaded: Json = json.loads(_text(name))
    return loaded


def published_record() -> Json:
    """Return the whole response from the published page "Get active deployment"."""
    return document("weather-forecast-agent")


def _standard(deployment: Deployment, revision: int) -> Json:
    account, name, build = deployment.account, deployment.name, deployment.revision_build(revision)
    taste = digest(account, name)
    memory = ("256Mi", "512Mi", "1Gi", "2Gi")[min(3, taste % 2 + revision // 3)]
    return {
        "spec": "deployment/v1",
        "source": {"account": account, "name": name, "build": build, "registry": _REGISTRY},
        "target": {
            "runtime": "kubernetes",
            "account": account,
            "display_name": deployment.display_name or name,
            "deployment_id": deployment.id,
        },
        "agent": {
            "image": f"{_REGISTRY}/{account}/{name}:{build}",
            "replicas": 1 + (taste + revision) % 3,
            "endpoints": {"grpc": {"port": 9090, "protocol": "grpc"}},
            "resources": {"cpu": "100m", "memory": memory, "cpu_limit": "1", "memory_limit": "4Gi"},
            "environment": {"LOG_FORMAT": "json", "LOG_LEVEL": "debug" if revision == 1 else "info"},
            "healthcheck": {"path": "/healthz"},
            "update": dict(_ROLLING),
            "response_timeout": f"{15 * (1 + taste % 4)}s",
        },
        "interfaces": {
            "adapters": ["web", "slack"] if taste % 3 and revision > 1 else ["web"],
            "image": f"{_REGISTRY}/platform/messaging:1.{12 + min(revision, 2)}.0",
            "resources": {"cpu": "100m", "memory": "256Mi"},
            "auth": {"web": {"type": "oidc", "grants": [{"org": account}]}},
        },
        "variables": {
            "MODEL_API_KEY": {"targets": ["agent"], "secret": True},
            "TONE": {"value": "plain" if revision % 2 else "warm", "targets": ["agent"], "optional": True},
        },
        "observability": {"enabled": True, "provider": "langfuse"},
    }


def _steady(deployment: Deployment, revision: int) -> Json:
    """Return a spec in which revisions change only what the deployment's changes say."""
    return _of_build(_standard(deployment, 2), deployment, revision)


def _steady_with_knowledge(deployment: Deployment, revision: int) -> Json:
    return _of_build(_with_knowledge(deployment, 2), deployment, revision)


def _of_build(spec: Json, deployment: Deployment, revision: int) -> Json:
    rebuilt: Json = json.loads(json.dumps(spec).replace(spec["source"]["build"], deployment.revision_build(revision)))
    rebuilt["agent"]["replicas"] = 1
    return rebuilt


def _with_knowledge(deployment: Deployment, revision: int) -> Json:
    spec = _standard(deployment, revision)
    image = f"{_REGISTRY}/{deployment.account}/{deployment.name}"
    build = deployment.revision_build(revision)
    spec["knowledge"] = {
        "cases": {
            "provider": "postgres",
            "image": "postgres:17",
            "replicas": 1,
            "endpoints": {"tcp": {"port": 5432}},
            "resources": {"cpu": "250m", "memory": "1Gi"},
            "persistent": True,
            "volume": "/var/lib/postgresql/data",
            "storage": {"size": f"{10 + 10 * revision}Gi", "access_mode": "ReadWriteOnce"},
            "update": dict(_ROLLING),
        },
    }
    spec["ingestion"] = {
        "nightly": {
            "image": f"{image}-ingest-nightly:{build}",
            "resources": {"cpu": "500m", "memory": "1Gi"},
            "trigger": {"type": "schedule", "schedule": "15 2 * * *"},
        },
        "backfill": {
            "image": f"{image}-ingest-backfill:{build}",
            "resources": {"cpu": "1", "memory": "2Gi"},
            "trigger": {"type": "manual"},
        },
    }
    spec["observability"] |= {"image": "otel/opentelemetry-collector-contrib:0.128.0", "port": 4317}
    return spec


def _large(deployment: Deployment, revision: int) -> Json:
    """Return a few thousand values: 300 integrations and 250 variables."""
    spec = _standard(deployment, revision)
    spec["integrations"] = {
        f"supplier-{number:03d}": {
            "image": f"{_REGISTRY}/platform/supplier-bridge:{1 + number % 4}.{number % 9}.{revision}",
            "replicas": 1 + number % 3,
            "endpoints": {"http": {"port": 7000 + number, "protocol": "http"}},
            "resources": {"cpu": f"{50 + 25 * (number % 5)}m", "memory": f"{128 << number % 3}Mi"},
            "environment": {
                "CATALOG_URL": f"https://supplier-{number:03d}.example/catalog?page=1&size=200",
                "REGION": ("eu", "us", "ap")[number % 3],
            },
            "update": dict(_ROLLING),
        }
        for number in range(300)
    }
    spec["variables"] |= {
        f"SUPPLIER_{number:03d}_DISCOUNT": {
            "value": f"{digest(str(number), str(revision // 3)) % 4000 / 100:.2f}",
            "targets": ["agent"],
        }
        for number in range(250)
    }
    return spec


def _with_secrets(deployment: Deployment, revision: int) -> Json:
    """Return secrets in plain text as the server passes them on (platform.md §17), all fake, and odd values."""
    spec = _standard(deployment, revision)
    jwt = ".".join(
        (
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9",
            "eyJzdWIiOiJFWEFNUExFLU9OTFkiLCJleHAiOjB9",
            "RVhBTVBMRS1PTkxZ" * 2,
        )
    )
    pem = "\n".join(("-----BEGIN PRIVATE KEY-----", "RVhBTVBMRS1PTkxZ" * 4, "-----END PRIVATE KEY-----", ""))
    spec["agent"]["environment"] |= {
        "ORDERS_DSN": f"postgres://bridge:EXAMPLE-ONLY-{revision}@orders.internal:5432/orders?sslmode=require",
        "CACHE": "redis://:EXAMPLE-ONLY@cache.internal:6379/0",
        "UPSTREAM": "sk-" + "EXAMPLEonly" * 4,
        "MIRROR": "ghp_" + "EXAMPLEonly0" * 3,
        "CHAT": "xoxb-" + "0123456789-EXAMPLE",
        "SESSION": jwt,
        "SIGNING": pem,
        "ADMIN_PASSWORD": "EXAMPLE-ONLY",
        "SALT": "Zk9vQmFyRXhhbXBsZU9ubHlOb3RBU2VjcmV0MTIzNDU2Nzg5MA==",
        "GREETING": "Grüße aus 東京 — مرحبا 👋🏽",
        "EMPTY": "",
        "MULTI_LINE": "first line\nsecond line\twith a tab\r\nthird",
        "ESCAPES": "\x1b[31mred\x1b[0m \x07 [bold]not bold[/]",
        "PROMPT": "You are a careful clerk. " * 120,
        "NESTED_JSON": json.dumps({"retry": {"times": 3, "wait": [1, 2, 5]}, "on": True}),
        "BASE64": "eyJoZWxsbyI6ICJ3b3JsZCJ9",
    }
    deep: Json = {"value": "bottom"}
    for level in range(30, 0, -1):
        deep = {f"level-{level}": deep}
    spec["x-bridge"] = {
        "routes": [
            {"name": f"route-{n}", "weights": [n, n / 4, -n], "enabled": n % 2 == 0, "owner": None} for n in range(6)
        ],
        "matrix": [[1, 2, 3], [4, 5, 6], []],
        "": "an empty key",
        "a key with spaces, dots.and/slashes": {},
        "ключ": "значение",
        "precise": 12345678901234567890123456789,
        "ratio": 1e-7,
        "deep": deep,
    }
    return spec


def _claims(deployment: Deployment, revision: int) -> Json:
    """Revisions 11 and 12 of the EU deployment, from the `data` folder, and older ones that lead up to them."""
    spec = document("claims-desk-12" if revision >= 12 else "claims-desk-11")
    if deployment.id == "q7k-0ab-x4d" and revision >= 11:
        return spec
    old, build = spec["source"]["build"], deployment.revision_build(revision)
    rebuilt: Json = json.loads(json.dumps(spec).replace(old, build))
    spec = rebuilt
    spec["target"] |= {"display_name": deployment.display_name, "deployment_id": deployment.id}
    spec["agent"]["replicas"] = 1 + revision % 4
    spec["agent"]["environment"]["POLICY_SET"] = f"2026-{max(1, revision // 2):02d}"
    if deployment.id != "q7k-0ab-x4d":
        spec["target"]["cluster_id"] = "us-east-1"
        spec["agent"]["endpoints"]["http"]["expose"]["domain"] = "claims-us.meridian.example"
        spec["variables"]["REGION"]["value"] = "us"
    return spec


def _tide(deployment: Deployment, revision: int) -> Json:
    """Revisions 3 and 4, from the `data` folder, and smaller revisions 1 and 2."""
    if revision >= 3:
        return document(f"tide-notes-{revision}")
    spec = document("tide-notes-3")
    build = deployment.revision_build(revision)
    spec["source"]["build"] = build
    spec["agent"]["image"] = f"{_REGISTRY}/harborline/tide-notes:{build}"
    spec["agent"]["resources"]["memory"] = "128Mi"
    if revision == 1:
        del spec["variables"]["TIMEZONE"]
    return spec


def _published(deployment: Deployment, revision: int) -> Json:
    spec: Json = published_record()["spec"]
    if revision < deployment.revisions:
        spec["replicas"] = revision
        spec["image"] = f"astroai/weather-forecast-agent:v1.{revision - 1}.0"
    return spec


_SHAPES: dict[str, Callable[[Deployment, int], Json]] = {
    "standard": _standard,
    "knowledge": _with_knowledge,
    "steady": _steady,
    "steady-knowledge": _steady_with_knowledge,
    "large": _large,
    "secrets": _with_secrets,
    "claims": _claims,
    "tide": _tide,
    "published": _published,
}


def spec_of(deployment: Deployment, revision: int = 0) -> Json:
    """Return the stored spec of `revision`, or what runs now for 0. It is the same on every call.

    A rollback applies the stored spec, except for access grants: those stay current (platform.md §8.7).
    """
    if not revision and deployment.revision != deployment.revisions:
        newest = spec_of(deployment, deployment.revisions)
        applied: Json = with_current(spec_of(deployment, deployment.revision), newest, ("grants",))
        return applied
    revision = revision or deployment.revision
    spec = _SHAPES[deployment.shape](deployment, revision)
    for change in deployment.changes:
        if change.revision <= revision and (not change.until or revision < change.until):
            for path, value in change.values.items():
                _put(spec, path.split("."), value)
    return spec


def with_current(old: Any, new: Any, keys: Collection[str]) -> Any:
    """Return a part of an old spec with the values that a current one has under `keys`, at any depth."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return old
    kept = {key: with_current(value, new.get(key), keys) for key, value in old.items() if key not in keys}
    return kept | {key: new[key] for key in keys if key in new}


def _put(spec: Json, path: list[str], value: Any) -> None:
    """Set a value in a spec; None removes it."""
    *way, last = path
    for step in way:
        spec = spec.setdefault(step, {})
    if value is None:
        spec.pop(last, None)
    else:
        spec[last] = copy.deepcopy(value)
