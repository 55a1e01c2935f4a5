"""A sidecar that plays one script, whatever it is asked. The demo platform forwards to it.

A script (`tests/chat/sequences.json`) has `streams`: what each connection sends after `connected`; the last one is
played again for all later connections. An entry is one of these:

    ["chunk", TYPE, TEXT, NUMBER]   a part of a text
    ["NAME", DATA, NUMBER]          any other event; without a number, it has none
    ["raw", TEXT]                   bytes as they are
    ["store", ROWS, DUE]            from now on, the history has these rows after the question; DUE: an answer is due
    "sent", "answered"              waits for a message, for an answer to a question
    "reset", "hold"                 resets the connection, keeps it open; without these, it is closed

`send` is the response to a message (status and body; text is plain text), and `answers` those to a question. A message
whose response is `"lost"` arrives, and the connection is reset.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from support.deadline import DEADLINE

CONVERSATION = "0b1f2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
_RESET = struct.pack("ii", 1, 0)


class HiddenSidecar:
    """Use it as a context manager. `received` has the messages, and `resumed` the last number of each connection."""

    def __init__(self, script: dict[str, Any]) -> None:
        self.script = script
        self.received: list[str] = []
        self.resumed: list[str] = []
        self.rows: list[list[str]] = []
        self.due, self.answers = True, 0
        self.sent, self.answered, self.over = threading.Event(), threading.Event(), threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"sidecar": self}))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for event in (self.sent, self.answered):
            event.set()
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    sidecar: HiddenSidecar
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Print nothing."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        sidecar = self.sidecar
        if self.path.endswith("/messages"):
            sidecar.received.append(body["content"])
            sidecar.rows = sidecar.script.get("stored", [])
            sidecar.sent.set()
            answer = sidecar.script.get("send", [200, {"message_id": "m", "timestamp": "2026-07-04T12:00:00Z"}])
            self._reset() if answer == "lost" else self._reply(*answer)
        elif "/interactions/" in self.path:
            answer = sidecar.script["answers"][sidecar.answers]
            sidecar.answers += 1
            sidecar.answered.set()
            self._reply(*answer)
        else:
            self._reply(201, {"conversation_id": CONVERSATION, "created_at": "2026-07-04T12:00:00Z"})

    def do_GET(self) -> None:
        sidecar = self.sidecar
        if self.path.endswith("/stream"):
            sidecar.resumed.append(self.headers.get("Last-Event-ID", ""))
            streams = sidecar.script["streams"]
            self._stream(streams[min(len(sidecar.resumed), len(streams)) - 1])
            return
        earlier = sidecar.script.get("earlier", [])
        rows = earlier + ([["user", text] for text in sidecar.received] + sidecar.rows if sidecar.received else [])
        messages = [{"id": f"{at}", "role": role, "content": text} for at, (role, text) in enumerate(rows)]
        due = bool(sidecar.received) and sidecar.due
        about = {"conversation_id": CONVERSATION, "title": "", "updated_at": "2026-07-04T12:00:00Z"}
        self._reply(200, {**about, "messages": messages, "assistant_streaming": due})

    def _stream(self, script: list[Any]) -> None:
        if isinstance(script[0], int):
            self._reply(*script)
            return
        self.close_connection = True
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
        self._frame("connected", {"conversation_id": CONVERSATION})
        for entry in script:
            if not self._play(entry):
                return

    def _play(self, entry: Any) -> bool:
        """Do what an entry says. Return whether the stream goes on."""
        sidecar = self.sidecar
        if isinstance(entry, str):
            waits = {"sent": sidecar.sent, "answered": sidecar.answered, "hold": sidecar.over}
            if entry == "reset":
                self._reset()
                return False
            waits[entry].wait(DEADLINE)
            return not sidecar.over.is_set()
        name, *given = entry
        if name == "store":
            sidecar.rows, sidecar.due = given[0], given[1:] == [True]
        elif name == "raw":
            self.wfile.write(given[0].encode())
        elif name == "chunk":
            kind, text, *number = given
            self._frame(name, {"chunk_type": kind, "content": text, "response_id": "r"}, *number)
        else:
            self._frame(name, *given)
        return True

    def _frame(self, name: str, data: dict[str, Any], number: int = 0) -> None:
        begin = f"id: {number}\n" if number else ""
        self.wfile.write(f"{begin}event: {name}\ndata: {json.dumps({'type': name, **data})}\n\n".encode())

    def _reply(self, status: int, body: Any) -> None:
        text = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        kind = "text/plain; charset=utf-8" if isinstance(body, str) else "application/json"
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _reset(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.rfile.close()
        self.connection.close()
