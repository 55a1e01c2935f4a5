"""The document of an agent, and changes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Json = dict[str, Any]
BUILDS = (
    *("4be19c07", "7d20aa51", "c1f00a92", "e88d3146", "0b5c77de", "93aa01f4"),
    *("5e1d20bc", "a77e6f10", "2c9b83d5", "f04412ae", "61d7e9c3", "8aa0b5f2"),
)


def base_spec() -> Json:
    """Return the document of an agent with a model, two stores, an integration, and a nightly ingestion."""
    rolling = {"strategy": "rolling", "max_unavailable": "25%", "max_surge": "25%"}
    return {
        "spec": "deployment/v1",
        "source": {
            "account": "northwind-ops",
            "name": "invoice-triage",
            "build": BUILDS[0],
            "registry": "registry.astropods.ai",
        },
        "target": {
            "runtime": "kubernetes",
            "account": "northwind-ops",
            "display_name": "Invoice Triage",
            "deployment_id": "k4m-2p9-r7t",
            "cluster_id": "eu-central-2",
        },
        "agent": {
            "image": f"registry.astropods.ai/northwind-ops/invoice-triage:{BUILDS[0]}",
            "replicas": 2,
            "endpoints": {
                "http": {
                    "port": 8080,
                    "protocol": "http",
                    "expose": {"enabled": True, "domain": "invoices.northwind.example"},
                },
                "grpc": {"port": 9090, "protocol": "grpc"},
            },
            "resources": {"cpu": "500m", "memory": "1Gi", "cpu_limit": "2", "memory_limit": "2Gi"},
            "environment": {
                "LOG_FORMAT": "json",
                "LOG_LEVEL": "info",
                "WORKERS": "2",
                "PRICING_TABLE": "2026-q3",
                "DATABASE_URL": "postgres://triage:EXAMPLE-ONLY@invoice-triage-knowledge-ledger:5432/ledger",
            },
            "healthcheck": {"path": "/healthz"},
            "update": dict(rolling),
            "response_timeout": "30s",
        },
        "models": {
            "drafting": {
                "image": "ollama/ollama:0.9.6",
                "provider": "ollama",
                "model": "qwen3:14b",
                "replicas": 1,
                "endpoints": {"http": {"port": 11434, "protocol": "http"}},
                "resources": {"cpu": "2", "memory": "8Gi", "cpu_limit": "4", "memory_limit": "16Gi"},
                "gpu": {"vram": "16Gi", "runtime": "cuda", "count": 1},
                "persistent": True,
                "update": dict(rolling),
            },
            "embeddings": {
                "image": "vllm/vllm-openai:v0.9.2",
                "model": "BAAI/bge-m3",
                "replicas": 1,
                "endpoints": {"http": {"port": 8000, "protocol": "http"}},
                "resources": {"cpu": "2", "memory": "8Gi"},
                "gpu": {"vram": "16Gi", "runtime": "cuda", "count": 1},
                "environment": {"VLLM_MAX_MODEL_LEN": "8192"},
                "update": dict(rolling),
            },
        },
        "knowledge": {
            "vendors": {
                "provider": "qdrant",
                "image": "qdrant/qdrant:v1.13.2",
                "replicas": 1,
                "endpoints": {"http": {"port": 6333}, "grpc": {"port": 6334, "protocol": "grpc"}},
                "resources": {"cpu": "500m", "memory": "2Gi"},
                "persistent": True,
                "volume": "/qdrant/storage",
                "storage": {"size": "50Gi", "class": "gp3", "access_mode": "ReadWriteOnce"},
                "update": dict(rolling),
            },
            "ledger": {
                "provider": "postgres",
                "image": "postgres:16.9",
                "replicas": 1,
                "endpoints": {"tcp": {"port": 5432}},
                "resources": {"cpu": "250m", "memory": "1Gi"},
                "persistent": True,
                "volume": "/var/lib/postgresql/data",
                "storage": {"size": "20Gi", "access_mode": "ReadWriteOnce"},
                "environment": {"POSTGRES_DB": "ledger", "POSTGRES_PASSWORD": "EXAMPLE-ONLY"},
                "update": dict(rolling),
            },
        },
        "integrations": {
            "ocr": {
                "image": "registry.astropods.ai/northwind-ops/ocr-worker:2.3.0",
                "replicas": 1,
                "endpoints": {"http": {"port": 7000, "protocol": "http"}},
                "resources": {"cpu": "1", "memory": "2Gi"},
                "environment": {"OCR_LANGS": "eng,deu", "JAVA_OPTS": "-Xmx1536m"},
                "update": dict(rolling),
            }
        },
        "ingestion": {
            "nightly": {
                "image": f"registry.astropods.ai/northwind-ops/invoice-triage-ingest-nightly:{BUILDS[0]}",
                "resources": {"cpu": "500m", "memory": "1Gi"},
                "trigger": {"type": "schedule", "schedule": "15 2 * * *"},
                "environment": {"SOURCE": "s3://northwind-invoices"},
            }
        },
        "interfaces": {
            "adapters": ["web", "slack"],
            "image": "registry.astropods.ai/platform/messaging:1.14.0",
            "endpoints": {"http": {"port": 8787, "protocol": "http", "expose": {"enabled": True}}},
            "resources": {"cpu": "100m", "memory": "256Mi"},
            "auth": {
                "web": {"type": "oidc", "grants": [{"org": "northwind-ops"}, {"user_id": "user_01EXAMPLE"}]},
                "slack": {"grants": [{"anyone": True}]},
            },
        },
        "variables": {
            "ANTHROPIC_API_KEY": {"targets": ["agent"], "secret": True},
            "OPENAI_API_KEY": {"ref": "TEAM_OPENAI_KEY", "targets": ["agent", "ingestion.nightly"], "secret": True},
            "SLACK_BOT_TOKEN": {"ref": "SLACK_BOT", "targets": ["interface.slack"], "secret": True},
            "REGION": {"value": "eu", "targets": ["agent", "ingestion"]},
            "MAX_INVOICE_EUR": {"value": "2500", "targets": ["agent"]},
        },
        "observability": {
            "enabled": True,
            "provider": "langfuse",
            "image": "otel/opentelemetry-collector-contrib:0.128.0",
            "port": 4317,
            "resources": {"cpu": "50m", "memory": "128Mi"},
        },
    }


Change = Callable[[Json], object]


def build(number: int) -> Change:
    """Return a change to another build: the tag of the agent's image and of its ingestions."""

    def change(spec: Json) -> None:
        old, new = spec["source"]["build"], BUILDS[number]
        spec["source"]["build"] = new
        spec["agent"]["image"] = spec["agent"]["image"].replace(old, new)
        for each in spec.get("ingestion", {}).values():
            each["image"] = each["image"].replace(old, new)

    return change


def put(path: str, value: object) -> Change:
    """Return a change that sets the value at a dotted path."""

    def change(spec: Json) -> None:
        *parents, last = path.split(".")
        for key in parents:
            spec = spec.setdefault(key, {})
        spec[last] = value

    return change


def drop(path: str) -> Change:
    """Return a change that removes what is at a dotted path."""

    def change(spec: Json) -> None:
        *parents, last = path.split(".")
        for key in parents:
            spec = spec[key]
        del spec[last]

    return change
