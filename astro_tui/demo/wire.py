"""HTTP/1.1 for the demo: reads requests, writes responses, and applies faults to the socket."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import socket
import struct
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from http.client import responses
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

from astro_tui.demo.api import PREFIX
from astro_tui.demo.faults import NAMED, Fault, Faults, bend, hostile
from astro_tui.demo.request import Reply, StreamReset, encode

_MOST_BODY = 2**20
_CHUNK = 2**18
_CUT_STREAM = 512
"""Bytes of a stream before it is cut off, unless the fault sets another number."""
_LINGER_NOT = struct.pack("ii", 1, 0)

Responder = Callable[[str, str, Mapping[str, str], bytes, Fault | None], Reply]
"""Method, target, headers, body, and the fault of a request -> its response."""


class PlatformListener(ThreadingHTTPServer):
    """The listening socket, and what its handlers share. `delay` is the time before each response, in seconds."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(
        self, port: int, respond: Responder, faults: Faults, record: Callable[[str, str], None], delay: float
    ) -> None:
        self.respond, self.faults, self.record, self.delay = respond, faults, record, delay
        self.stopping = threading.Event()
        self._spare = Path(os.devnull).open("rb")  # noqa: SIM115  as long as the server
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__(("127.0.0.1", port), ConnectionHandler)

    def server_bind(self) -> None:
        """Bind without the lookup of the host's name that `HTTPServer` does."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def serve(self) -> None:
        """Serve until `close()`. Sleeps while there are no requests."""
        while not self.stopping.is_set():
            self.handle_request()

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a connection. If no file descriptor is left, end it at once: its client would wait in vain."""
        try:
            return super().get_request()
        except OSError as error:
            if error.errno == errno.EMFILE:
                with contextlib.suppress(OSError):
                    self._spare.close()
                    self.socket.accept()[0].close()
                    self._spare = Path(os.devnull).open("rb")  # noqa: SIM115  as long as the server
            raise

    def server_close(self) -> None:
        """Close the port."""
        self._spare.close()
        super().server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Keep the connection so that `close()` can end it. One that arrives too late is ended here."""
        with self._open_lock:
            late = self.stopping.is_set()
            if not late:
                self._open.add(request)
        if late:
            self.shutdown_request(request)
        else:
            super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection and close it."""
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing: clients that hang up are expected."""

    def close(self) -> None:
        """End the accept loop and every connection at once, including those that hang."""
        self.stopping.set()
        with contextlib.suppress(OSError):
            # The loop sleeps in select(). A connection wakes it up.
            socket.create_connection(("127.0.0.1", self.server_port), 1).close()
        with self._open_lock:
            connections = list(self._open)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class ConnectionHandler(BaseHTTPRequestHandler):
    """One connection, kept alive between requests."""

    server: PlatformListener
    protocol_version = "HTTP/1.1"
    # Without this, every keep-alive response waits 40 ms for the client's delayed acknowledgment.
    disable_nagle_algorithm = True
    _shapes: ClassVar[frozenset[str]] = frozenset({"list", "nulls", "types"})

    def log_message(self, *_args: Any) -> None:
        """Print nothing to the terminal."""

    def _serve(self) -> None:
        body = self._read_body()
        if body is None:
            return
        self.server.record(self.command, self.path)
        if self.path == "/demo/faults":
            self._send(self._command_faults(body))
            return
        fault = self.server.faults.take(self.path.removeprefix(PREFIX))
        delay = self.server.delay + (fault.delay if fault else 0)
        if delay and self.server.stopping.wait(delay):
            self.close_connection = True
            return
        if fault and fault.kind in ("hang", "reset", "huge", "response"):
            self._misbehave(fault)
            return
        headers = {name.title(): value for name, value in self.headers.items()}
        reply = self.server.respond(self.command, self.path, headers, body, fault)
        if fault:
            self._bend(fault, reply)
        else:
            self._send(reply)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _serve  # noqa: N815  names of the base class

    def _read_body(self) -> bytes | None:
        """Return the request's body, or None if it was refused."""
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdecimal() or int(length) > _MOST_BODY:
            self.close_connection = True
            self._send(Reply(413, encode({"error": "request body too large"})))
            return None
        return self.rfile.read(int(length))

    def _head(self, reply: Reply, length: int | None) -> bytes:
        """Return the head. Without a `length`, the body is sent in chunks."""
        lines = [
            f"HTTP/1.1 {reply.status} {responses.get(reply.status, 'Unknown')}",
            f"Content-Type: {reply.content_type}",
            "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}",
            *(f"{name}: {value}" for name, value in reply.headers),
        ]
        if self.close_connection:
            lines.append("Connection: close")
        return "\r\n".join((*lines, "", "")).encode("latin-1", "replace")

    def _send(self, reply: Reply) -> None:
        """Write head and body in one piece, or a stream piece by piece."""
        if reply.stream:
            self._send_stream(reply)
            return
        body = b"" if self.command == "HEAD" else reply.body
        self.wfile.write(self._head(reply, len(reply.body)) + body)

    def _send_stream(self, reply: Reply, most: int | None = None) -> None:
        """Write a stream until the server stops, or close the connection after `most` bytes."""
        self.close_connection = True
        self.wfile.write(self._head(reply, None))
        try:
            for piece in reply.stream(self.server.stopping.wait) if reply.stream else ():
                sent = piece if most is None else piece[:most]
                self.wfile.write(b"%x\r\n%b\r\n" % (len(sent), sent))
                most = None if most is None else most - len(sent)
                if most == 0:
                    return
        except StreamReset:
            self._reset()
        else:
            self.wfile.write(b"0\r\n\r\n")

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        self.rfile.close()
        self.connection.close()

    def _misbehave(self, fault: Fault) -> None:
        if fault.kind == "response":
            self._send(Reply(fault.status, fault.body, fault.headers, fault.content_type))
            return
        if fault.kind == "huge":
            headers = (("Content-Encoding", "gzip"),) if fault.zipped else ()
            self.wfile.write(self._head(Reply(200, b"", headers), None))
            for piece in _gzip(_padding(fault.size)) if fault.zipped else _padding(fault.size):
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")
            return
        self.close_connection = True
        if fault.kind == "hang":
            self.server.stopping.wait()
        else:
            self._reset()

    def _bend(self, fault: Fault, reply: Reply) -> None:
        """Send the real response in a broken way."""
        if reply.stream:
            self._send_stream(reply, max(0, fault.size) or _CUT_STREAM if fault.kind == "cut" else None)
            return
        if fault.kind in self._shapes:
            bent = encode(bend(fault.kind, json.loads(reply.body)))
            self._send(Reply(reply.status, bent, reply.headers))
        elif fault.kind == "hostile":
            self._send(Reply(reply.status, encode(hostile(json.loads(reply.body), fault.body.decode())), reply.headers))
        elif fault.kind == "silent":
            self._send(Reply(200, b"", reply.headers) if 200 <= reply.status < 300 else reply)
        elif fault.kind == "lost":
            self.close_connection = True
            self._reset()
        elif fault.kind == "cut":
            self.close_connection = True
            sent = len(reply.body) // 2 if fault.size < 0 else fault.size
            self.wfile.write(self._head(reply, len(reply.body)) + reply.body[:sent])
        elif fault.kind == "drip":
            self.wfile.write(self._head(reply, len(reply.body)))
            for begin in range(0, len(reply.body), fault.size):
                self.wfile.write(reply.body[begin : begin + fault.size])
                if self.server.stopping.wait(fault.pause):
                    self.close_connection = True
                    return
        else:
            self._send(reply)

    def _command_faults(self, body: bytes) -> Reply:
        """Handle `POST /demo/faults` and `DELETE /demo/faults`."""
        if self.command == "DELETE":
            self.server.faults.clear()
            return Reply(200, encode({"faults": 0}))
        if self.command != "POST":
            return Reply(405, encode({"error": "method not allowed"}), (("Allow", "POST, DELETE"),))
        try:
            wanted = json.loads(body)
            path, count, name = wanted.pop("path"), wanted.pop("count", None), wanted.pop("fault")
            delay = float(wanted.pop("delay", 0))
            fault = NAMED[name](**wanted)
            self.server.faults.set(str(path), fault.later(delay) if delay else fault, count=count)
        except (ValueError, TypeError, KeyError, AttributeError, re.error) as error:
            return Reply(400, encode({"error": "no such fault", "details": str(error), "known": sorted(NAMED)}))
        return Reply(200, encode({"faults": len(self.server.faults)}))


def _padding(size: int) -> Iterator[bytes]:
    """Yield valid JSON of exactly `size` bytes (at least 14)."""
    yield b'{"padding":"'
    left = size - 14
    while left > 0:
        piece = min(left, _CHUNK)
        yield b"x" * piece
        left -= piece
    yield b'"}'


def _gzip(pieces: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    for piece in pieces:
        packed = packer.compress(piece)
        if packed:
            yield packed
    yield packer.flush()
