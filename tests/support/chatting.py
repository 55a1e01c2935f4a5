"""A client for the chats of a demo platform: requests, and a stream as its events."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from astro_tui.demo import DemoServer
from support.deadline import DEADLINE

SIDECAR = os.environ.get("ASTRO_TUI_SIDECAR", "")
"""The URL of a real sidecar, if tests marked `sidecar` run against one (scripts/sidecar.py)."""
ENDS = ("finish", "error")


class Event(NamedTuple):
    """One event of a stream; `number` is empty if it has none."""

    name: str
    data: Any
    number: str = ""


class Chat:
    """Requests about the chats of one deployment, each on a connection of its own."""

    def __init__(self, demo: DemoServer, deployment: str) -> None:
        self.demo, self.deployment = demo, deployment

    def open(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        connection = http.client.HTTPConnection(self.demo.url.removeprefix("http://"), timeout=DEADLINE)
        sent = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {key.replace("_", "-"): value for key, value in headers.items()}
        headers["Authorization"] = f"Bearer {self.demo.token}"
        connection.request(method, f"/api/v1/deployments/{self.deployment}{path}", sent, headers)
        return connection, connection.getresponse()

    def send(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Return the status and the decoded body; plain text stays text."""
        connection, response = self.open(method, path, body)
        with contextlib.closing(connection):
            text = response.read()
            is_json = response.headers["Content-Type"].startswith("application/json")
        return response.status, json.loads(text or b"null") if is_json else text.decode()

    def create(self) -> str:
        return str(self.send("POST", "/messaging/conversations", {})[1]["conversation_id"])

    def ask(self, conversation: str, content: str) -> tuple[int, Any]:
        return self.send("POST", f"/messaging/conversations/{conversation}/messages", {"content": content})

    def answer(self, conversation: str, question: str, **fields: Any) -> tuple[int, Any]:
        return self.send("POST", f"/messaging/chat/conversations/{conversation}/interactions/{question}", fields)

    def history(self, conversation: str, query: str = "limit=1000") -> Any:
        return self.send("GET", f"/chat/conversations/{conversation}?{query}")[1]

    def messages(self, conversation: str) -> list[tuple[str, str]]:
        return [(row["role"], row["content"]) for row in self.history(conversation)["messages"] or ()]

    @contextlib.contextmanager
    def stream(self, conversation: str, last: str = "") -> Iterator[Iterator[Event]]:
        """Yield the events of a stream without heartbeats. They end when the server closes it, or breaks it."""
        more = {"Last_Event_ID": last} if last else {}
        connection, response = self.open("GET", f"/messaging/conversations/{conversation}/stream", **more)
        with contextlib.closing(connection), contextlib.closing(response):
            assert response.status == 200, response.read()
            yield (event for event in _events(response) if event.name != "heartbeat")


def _events(response: http.client.HTTPResponse) -> Iterator[Event]:
    fields: dict[str, str] = {}
    with contextlib.suppress(ConnectionError, http.client.IncompleteRead):
        while line := response.readline().decode():
            if line == "\n":
                yield Event(fields["event"], json.loads(fields["data"]), fields.get("id", ""))
                fields = {}
            else:
                key, _, value = line.rstrip("\n").partition(": ")
                fields[key] = value


def until(events: Iterator[Event], over: Callable[[Event], bool]) -> list[Event]:
    """Return the events up to one that is the end, or all of them."""
    seen = []
    for event in events:
        seen.append(event)
        if over(event):
            break
    return seen


def text_of(events: list[Event]) -> str:
    """Return the text of an answer, as its events write it."""
    text = ""
    for event in events:
        if event.name == "chunk":
            begins = event.data["chunk_type"] in ("start", "replace")
            text = event.data["content"] if begins else text + event.data["content"]
    return text
