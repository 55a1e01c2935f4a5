"""Names of users over HTTP: one request per account, whatever it responds."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.raw_server import RawServer, answer

from astro_tui.platform.client import Platform, Timeouts
from astro_tui.text.redaction import MASK

TOKEN = "ghp_" + "0123456789abcdefghijABCDEFGHIJ012345"
ANA = {"user_id": "u1", "username": "ana", "display_name": "Ana Silva"}


def member(name: Any, user: Any = "u1") -> dict[str, Any]:
    return ANA | {"user_id": user, "display_name": name}


@pytest.mark.parametrize(
    ("response", "name"),
    [
        pytest.param(answer(json.dumps({"members": [7, ANA]}).encode()), "Ana Silva", id="a name"),
        pytest.param(answer(json.dumps({"members": [member("")]}).encode()), "ana", id="only a user name"),
        pytest.param(answer(json.dumps({"members": [member(None)]}).encode()), "ana", id="null"),
        pytest.param(answer(json.dumps({"members": [{"user_id": "u1"}]}).encode()), None, id="no profile"),
        pytest.param(answer(json.dumps({"members": [member("x", "u2")]}).encode()), None, id="somebody else"),
        pytest.param(answer(json.dumps({"members": [member("A\x1b[2J\nb")]}).encode()), "A␛[2J↵b", id="controls"),
        pytest.param(answer(json.dumps({"members": [member("y" * 9000)]}).encode()), "y" * 59 + "…", id="long"),
        pytest.param(answer(json.dumps({"members": [member(TOKEN)]}).encode()), MASK, id="a secret"),
        pytest.param(answer(b'{"members":null}'), None, id="no members"),
        pytest.param(answer(b'{"mem'), None, id="cut off"),
        pytest.param(answer(b'{"error":"you are not a member"}', "403 Forbidden"), None, id="403"),
        pytest.param(answer(b"{}", "404 Not Found"), None, id="404"),
        pytest.param(answer(b"{}", "502 Bad Gateway"), None, id="502"),
    ],
)
def test_an_account_is_requested_once(response: bytes, name: str | None) -> None:
    sent: list[str] = []

    def respond(head: str) -> bytes:
        sent.append(head.split()[1])
        return response

    with RawServer(respond) as server:
        platform = Platform(server.url, "t" * 20, timeouts=Timeouts(pauses=()))
        names = platform.names
        # Nothing has to be looked up.
        names.read("a b", [""])
        assert not sent
        for _time in range(3):
            names.read("a b", ["u1"])
            names.read("a b")
        assert names.get("u1") == name
        assert sent == ["/api/v1/accounts/a%20b/members"]
        # Another login may read what this one may not, and must not see what it read.
        platform.use(platform.tokens)
        assert not names
        names.read("a b")
        assert len(sent) == 2
        platform.close()
