"""A server of one log, with a stream and a history, which tests can make lose connections, lag, and misbehave."""

from __future__ import annotations

import json
import queue
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qs, urlsplit

from astro_tui.logs import nanoseconds
from astro_tui.text.times import stamp
from support.deadline import DEADLINE

READY = b"event: ready\ndata: {}\n\n"
BEAT = b"event: heartbeat\ndata: {}\n\n"
RESET = struct.pack("ii", 1, 0)


class Written(NamedTuple):
    """One line. The platform knows the time even of a line that it sends without one."""

    ns: int
    message: str
    level: str = "info"
    timed: bool = True

    def entry(self) -> dict[str, str]:
        return {"timestamp": stamp(self.ns) if self.timed else "", "level": self.level, "message": self.message}

    def frame(self) -> bytes:
        return b"id: %d\ndata: %s\n\n" % (self.ns, json.dumps(self.entry()).encode())


class LogServer:
    """Serves the lines that are written to it. `lag` is the seconds until the history has a line.

    `stream_answer` and `history_answer` may return a status with a body instead, and `most` limits a page. The
    beginning of a time window is rounded down to `rounds` nanoseconds.
    `last_words` are sent at the end of a response to a stream that ends properly.
    """

    def __init__(self, *, lag: float = 0.0, beat: float = 0.05) -> None:
        self.lag, self.beat, self.most, self.rounds = lag, beat, 5000, 1
        self.plain = False
        self.reverse = False
        self.stream_answer: Callable[[str], tuple[int, bytes] | None] = lambda _token: None
        self.history_answer: Callable[[dict[str, str]], tuple[int, bytes] | None] = lambda _query: None
        self.pages: list[dict[str, str]] = []
        self.tokens: list[str] = []
        self.connected = threading.Semaphore(0)
        self._lines: list[tuple[float, Written]] = []
        self._streams: dict[socket.socket, queue.SimpleQueue[bytes | None]] = {}
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                url = urlsplit(self.path)
                query = {key: values[0] for key, values in parse_qs(url.query).items()}
                token = self.headers.get("Authorization", "")
                if url.path.endswith("/logs/stream"):
                    outer.tokens.append(token)
                    outer._stream(self, token)
                elif url.path.endswith("/logs"):
                    outer._history(self, query)
                else:
                    _answer(self, 404, b'{"error":"not found"}')

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  as in the base class
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_arguments: None  # type: ignore[method-assign]
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.end()
        self._server.shutdown()
        self._server.server_close()

    def hold(self) -> threading.Event:
        """Reset the streams, and allow no new one until the returned event is set."""
        held = threading.Event()
        self.stream_answer = lambda _token: held.wait(DEADLINE) and None  # type: ignore[func-returns-value]
        self.reset()
        return held

    def write(self, lines: Iterable[Written]) -> None:
        """Write lines, which all open streams get."""
        with self._lock:
            new = list(lines)
            self._lines += [(time.monotonic(), line) for line in new]
            self._send(b"".join(line.frame() for line in new))

    def send(self, data: bytes) -> None:
        """Send bytes to all open streams."""
        with self._lock:
            self._send(data)

    def _send(self, data: bytes) -> None:
        for stream in self._streams.values():
            stream.put(data)

    def flushed(self) -> None:
        """Wait until everything was sent."""
        with self._lock:
            streams = list(self._streams.values())
        deadline = time.monotonic() + DEADLINE
        while any(not stream.empty() for stream in streams):
            assert time.monotonic() < deadline
            time.sleep(0.001)

    def reset(self) -> None:
        """Break all open streams; what was sent and not yet read is lost."""
        with self._lock:
            streams, self._streams = self._streams, {}
        for connection in streams:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            connection.shutdown(socket.SHUT_RDWR)
        for stream in streams.values():
            stream.put(None)

    def end(self) -> None:
        """End all open streams properly, as when their pod ends."""
        with self._lock:
            streams, self._streams = self._streams, {}
        for stream in streams.values():
            stream.put(None)

    def _stream(self, handler: BaseHTTPRequestHandler, token: str) -> None:
        answer = self.stream_answer(token)
        if answer is not None:
            _answer(handler, *answer)
            return
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        frames: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        with self._lock:
            frames.put(READY)
            self._streams[handler.connection] = frames
        self.connected.release()
        handler.close_connection = True
        try:
            while True:
                try:
                    data = frames.get(timeout=self.beat)
                except queue.Empty:
                    data = BEAT
                if not data:
                    handler.wfile.write(b"0\r\n\r\n")
                    return
                # Like the platform: a chunk for each frame.
                whole = b"".join(b"%x\r\n%s\n\n\r\n" % (len(frame) + 2, frame) for frame in data.split(b"\n\n")[:-1])
                handler.wfile.write(whole or b"%x\r\n%s\r\n" % (len(data), data))
        except OSError:
            pass
        finally:
            with self._lock:
                self._streams.pop(handler.connection, None)

    def _history(self, handler: BaseHTTPRequestHandler, query: dict[str, str]) -> None:
        self.pages.append(query)
        answer = self.history_answer(query)
        if answer is not None:
            _answer(handler, *answer)
            return
        with self._lock:
            indexed = time.monotonic() - self.lag
            lines = [line for written, line in self._lines if written <= indexed]
        since = nanoseconds(query.get("since", "")) // self.rounds * self.rounds
        until = nanoseconds(query.get("until", "")) or 2**63
        found = sorted((line for line in lines if since <= line.ns < until), key=lambda line: line.ns)
        most = min(int(query.get("tailLines", "200")), self.most)
        backward = query.get("direction") == "backward"
        found = found[-most:] if backward else found[:most]
        if self.reverse and backward:
            found.reverse()
        if self.plain:
            text = "".join(
                f"{stamp(line.ns)} {line.message}\n" if line.timed else f"{line.message}\n" for line in found
            )
            _answer(handler, 200, text.encode(), "text/plain; charset=utf-8")
            return
        _answer(handler, 200, json.dumps([line.entry() for line in found]).encode())


def _answer(handler: BaseHTTPRequestHandler, status: int, body: bytes, media: str = "application/json") -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", media)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)
