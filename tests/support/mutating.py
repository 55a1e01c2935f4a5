"""A demo platform whose responses have odd values in random places, as a broken or hostile server may send them."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from astro_tui.demo.wire import Reply, Responder
from support.frozen_demo import FrozenDemo

_AS_SENT = (
    "1e400",
    "NaN",
    "-Infinity",
    "9" * 310,
    "-" + "9" * 5000,
    '"\\ud800"',
    '{"a":1,"a":[2]}',
    "[" * 50 + "]" * 50,
)
ODD: tuple[Any, ...] = (
    *(None, True, False, "", [], {}, [None], [[]], {"": None}, [0] * 3000, "x" * 5_000, "\x1b[2J\r\n\x00"),
    *(0, -1, 0.5, -0.0, 1_000_000, 12_000_000_000, 2**53, 2**63 - 1, -(2**63), 2**64 - 1, 1e17, 1e18, 1e308, 5e-324),
    *("-1", "12000000000", "1e999", "NaN", "9" * 400, "9" * 5000, "99999999999d", "99999999999999h", "²", "٣"),
    *("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z", "1970-01-01T00:00:01Z", "2199-12-31T23:59:59+23:59"),
    *(map(msgspec.Raw, (text.encode() for text in _AS_SENT))),
)
"""Values that no field expects. Some of them no encoder would write."""
REPEATED = 20
"""How often the entries of a short list are repeated."""


class Mutating:
    """Responds like a platform, but with about `share` of the values of each JSON response replaced by odd ones.

    At least one value is replaced. `sent` has the newest response of each target.
    """

    def __init__(self, respond: Responder, chance: random.Random, share: float = 0.01) -> None:
        self._respond, self._chance, self.share = respond, chance, share
        self.sent: dict[str, bytes] = {}

    def __call__(self, method: str, target: str, *more: Any) -> Reply:
        reply = self._respond(method, target, *more)
        if reply.stream or not reply.body.startswith((b"{", b"[")):
            return reply
        body = mutated(reply.body, self._chance, self.share)
        self.sent[target] = body
        return replace(reply, body=body)


def mutated(body: bytes, chance: random.Random, share: float) -> bytes:
    """Return JSON with some of its values replaced, removed, or repeated."""
    value = json.loads(body)
    places = list(_places(value))
    number = max(1, round(len(places) * share * 2 * chance.random()))
    for holder, key in chance.sample(places, min(number, len(places))):
        if isinstance(holder, dict) and chance.random() < 0.1:
            del holder[key]
        else:
            holder[key] = chance.choice(ODD)
    lists = [holder for holder, _key in places if isinstance(holder, list) and len(holder) < 100]
    if lists and chance.random() < 0.1:
        chance.choice(lists)[:] *= REPEATED
    return msgspec.json.encode(chance.choice(ODD) if not places or chance.random() < 0.02 else value)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    pairs = list(value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ())
    for key, inside in pairs:
        yield value, key
        yield from _places(inside)


class MutatingDemo(FrozenDemo):
    """A demo platform that responds like this."""

    def __init__(self, now: datetime, chance: random.Random) -> None:
        super().__init__(now)
        self._chance = chance

    def handler(self) -> Responder:
        return Mutating(super().handler(), self._chance)
