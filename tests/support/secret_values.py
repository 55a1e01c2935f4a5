"""Made-up secrets, and documents that contain them in every kind of place."""

from __future__ import annotations

import base64
import random
import string
from collections.abc import Callable
from typing import Any

ALPHABET = string.ascii_letters + string.digits


NAMED = (
    "DB_PASSWORD",
    "api_key",
    "apiKey",
    "clientSecret",
    "privateKey",
    "AUTH",
    "SENTRY_DSN",
    "connection_string",
    "x-api-key",
)


def corpus() -> list[tuple[str, bool]]:
    """Return secrets, each with whether its form alone gives it away.

    Nine of each kind: `documents` puts the kinds, in turn, under each of nine names.
    """
    chance = random.Random(20261125)

    def chars(count: int, alphabet: str = ALPHABET) -> str:
        return "".join(chance.choices(alphabet, k=count))

    def jwt() -> str:
        parts = (base64.urlsafe_b64encode(chars(n).encode()).decode().rstrip("=") for n in (30, 60))
        return "eyJhbGciOi" + ".".join(parts) + "." + chars(43)

    makers: list[tuple[Callable[[], str], bool]] = [
        (lambda: f"postgres://app:{chars(14)}@db.internal:5432/app", True),
        (lambda: f"redis://:{chars(12)}@cache:6379/0", True),
        (jwt, True),
        (lambda: f"-----BEGIN PRIVATE KEY-----\n{chars(64)}\n{chars(64)}\n-----END PRIVATE KEY-----\n", True),
        (lambda: f"sk-{chars(40)}", True),
        (lambda: f"sk-ant-api03-{chars(40)}", True),
        (lambda: f"ghp_{chars(36)}", True),
        (lambda: f"xoxb-{chars(12, string.digits)}-{chars(24)}", True),
        (lambda: base64.b64encode(chance.randbytes(33)).decode(), True),
        (lambda: chars(44), True),
        (lambda: f"Bearer {chars(32)}", True),
        (lambda: chars(10), False),
        (lambda: f"{chars(4, string.ascii_lowercase)}-{chars(5, string.ascii_lowercase)}!", False),
    ]
    return [(make(), formed) for make, formed in makers * len(NAMED)]


CORPUS = corpus()
KINDS = len(CORPUS) // len(NAMED)
"""Kinds of secrets, which the corpus repeats in the same order."""


def is_due(number: int, place: int) -> bool:
    """Whether to test a secret of the corpus in one of the places, because all secrets in all places are too many.

    Each kind with a form comes once in each place. Under each name in each place, there is a secret that only its name
    gives away: of one of the two such kinds, in turn.
    """
    kind, name = number % KINDS, number % len(NAMED)
    _secret, formed = CORPUS[number]
    return name == (kind + place) % len(NAMED) if formed else (name + place) % 2 == kind % 2


def documents(secret: str, number: int) -> list[tuple[dict[str, Any], bool]]:
    """The secret in every place where its key gives it away, and in those where only its form does."""
    key = NAMED[number % len(NAMED)]
    by_name: list[dict[str, Any]] = [
        {key: secret},
        {"agent": {"environment": {key: secret, "LOG": "json"}}},
        {"models": {"m": {"environment": {key: [secret, "b"]}}}},
        {"env": [{"name": "GRID", "value": "1km"}, {"name": key, "value": secret}]},
        {"env": [{"value": secret, "name": key}]},
        {"variables": {key: {"value": secret, "targets": ["agent"]}}},
        {"variables": {"PLAIN": {"targets": ["agent"], "default": secret, "secret": True}}},
        {"workloads": [{"env": [{"name": "PLAIN", "is_secret": True, "value": secret}]}]},
        {"credentials": {"user": secret, "deep": [{"er": secret}]}},
        {"list": [{"tokens": [[secret]]}]},
    ]
    by_form: list[dict[str, Any]] = [
        {"agent": {"environment": {"PLAIN": secret}}},
        {"args": ["--serve", secret]},
        {"list": [{"name": secret, "value": 1}, {"note": secret}, {"key": secret}]},
        {"variables": {"PLAIN": {"description": f"set it to {secret} please"}}},
        # Longer than what is read of a text that is shown in part.
        {"long": "x " * 4_100 + secret},
    ]
    return [(document, True) for document in by_name] + [(document, False) for document in by_form]
