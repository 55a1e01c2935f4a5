"""Serves the app to browsers: who gets in, and one program for each viewer."""

from __future__ import annotations

import asyncio
import json
import os
import re
import secrets
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from aiohttp import WSMsgType, web
from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager
from textual_serve.server import Server

MOST_VIEWERS = 8
"""Maximum number of programs at once."""
LARGEST_MESSAGE = 1 << 16
"""Maximum size in bytes of one message from a browser: what was typed or pasted."""
LARGEST_SIZE = 500
"""Maximum width and height in cells."""
END_WITHIN = 2.0
"""Seconds that a program may take to end by itself."""
COOKIE = "astro_tui_viewer"
_LOOPBACK = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]{1,5})?", re.IGNORECASE)
"""What `Host` may say. The port may differ from ours, as through an SSH tunnel."""
_HEADERS = {
    # The page of textual-serve has scripts and styles inside, and asks another host for a font.
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; connect-src 'self' {socket}; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_CLOSED = "Open the address that astro-tui serve printed last. Each address works once."


class Viewer(AppService):
    """The program of one viewer, and the connection to the browser that shows it."""

    def __init__(self, program: Sequence[str], environment: dict[str, str], websocket: web.WebSocketResponse) -> None:
        super().__init__(
            "",
            write_bytes=websocket.send_bytes,
            write_str=websocket.send_str,
            close=self._close,
            # It stays empty: what the program delivers is dropped below.
            download_manager=DownloadManager(),
        )
        self._program, self._environment, self._websocket = program, environment, websocket
        self._starting: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None

    async def start(self, width: int, height: int) -> None:
        """Start the program. Once begun, this goes on even if the caller is canceled: `stop` waits for it."""
        self._starting = asyncio.create_task(super().start(width, height))
        await asyncio.shield(self._starting)

    async def run(self) -> None:
        """Pass on what the program draws until it ends; then the connection ends, too."""
        await super().run()
        await self._close()

    async def _close(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._websocket.close(), END_WITHIN)

    async def on_data(self, payload: bytes) -> None:
        """Draw in the browser. If that is gone, read on: a program whose output is full would never end."""
        with suppress(ConnectionError):
            await super().on_data(payload)

    async def _open_app_process(self, width: int = 80, height: int = 24) -> asyncio.subprocess.Process:
        """Start the program without a shell."""
        pipe = asyncio.subprocess.PIPE
        environment = self._build_environment(width, height) | self._environment
        process = await asyncio.create_subprocess_exec(
            *self._program, stdin=pipe, stdout=pipe, stderr=pipe, env=environment, start_new_session=True
        )
        self._process, self._stdin = process, process.stdin
        return process

    async def on_meta(self, data: bytes) -> None:
        """Drop what the program asks the browser to do."""

    async def on_packed(self, payload: bytes) -> None:
        """Drop files that the program delivers."""

    async def stop(self) -> None:
        """End the program, by force if it takes too long. Once begun, this goes on even if the caller is canceled."""
        if self._ending is None:
            self._ending = asyncio.create_task(self._stop())
        await asyncio.shield(self._ending)

    async def _stop(self) -> None:
        if self._starting is not None:
            await asyncio.wait([self._starting])
        ending = asyncio.create_task(super().stop())
        _done, late = await asyncio.wait([ending], timeout=END_WITHIN)
        if late:
            if self._process is not None and self._process.returncode is None:
                self._process.kill()
            # It may wait for a browser that does not read.
            ending.cancel()
            await asyncio.wait([ending])
        if self._process is not None:
            await self._process.communicate()

    @property
    def ended(self) -> bool:
        """Whether the program has ended."""
        return self._ending is not None and self._ending.done()

    async def follow(self) -> None:
        """Pass on what the browser sends, until it ends the connection. Wrong messages end it."""
        async for message in self._websocket:
            if message.type is not WSMsgType.TEXT or not await self._passed_on(message.data):
                await self._websocket.close(code=1003)

    async def _passed_on(self, text: str) -> bool:
        """Pass on one message; return False if it is not one that the page sends."""
        try:
            kind, *rest = json.loads(text)
        except (ValueError, TypeError, RecursionError):
            return False
        value = rest[0] if rest else None
        if kind == "stdin" and isinstance(value, str):
            await self.send_bytes(value.encode("utf-8", "replace"))
        elif kind == "resize" and isinstance(value, dict):
            await self.set_terminal_size(cells(value.get("width"), 80), cells(value.get("height"), 24))
        elif kind == "ping" and isinstance(value, (str, int, float)):
            await self._websocket.send_json(["pong", value])
        elif kind == "blur":
            await self.blur()
        elif kind == "focus":
            await self.focus()
        else:
            return False
        return True


class ViewerServer(Server):
    """Lets one viewer in for each address, which works once, and runs a program for each viewer.

    `say` gets each new address. `origin` is the address of a proxy in front; without it, only names of this machine
    are accepted, so that no web page elsewhere can reach the server under a name of its own.
    """

    def __init__(
        self,
        program: Sequence[str],
        environment: dict[str, str],
        say: Callable[[str], None],
        *,
        host: str,
        port: int,
        origin: str = "",
    ) -> None:
        super().__init__("astro-tui", host=host, port=port, title="astro-tui")
        self._program, self._environment, self._say, self._origin = program, environment, say, origin
        self._token = secrets.token_urlsafe()
        self._viewers: dict[str, Viewer | None] = {}
        """Cookie of each viewer → its newest program."""
        self._turns: dict[str, asyncio.Lock] = {}
        self._newest: dict[str, web.WebSocketResponse] = {}
        """Cookie of each viewer → its newest connection: earlier ones that still wait for their turn end."""

    @property
    def address(self) -> str:
        """The address that lets one more viewer in."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self._origin or f'http://{host}:{self.port}'}/?token={self._token}"

    async def application(self) -> web.Application:
        """Return the web application."""
        app = await self._make_app()
        app.middlewares.append(self._guard)
        return app

    async def on_startup(self, app: web.Application) -> None:
        """Say how to get in."""
        self._say(self.address)

    async def on_shutdown(self, app: web.Application) -> None:
        """End all programs."""
        await asyncio.gather(*(viewer.stop() for viewer in self._viewers.values() if viewer is not None))

    # ---- who gets in

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        origin = self._origin or f"http://{request.host}"
        if not self._is_host(request.headers.get("Host", "")):
            return web.Response(status=403, text="This name is not one of this server.")
        sent = request.headers.getall("Origin", [])
        if sent != [origin] and (sent or request.path == "/ws"):
            return web.Response(status=403, text="Other web pages may not use this server.")
        if not (request.path in ("/", "/ws") or request.path.startswith("/static/")):
            return web.Response(status=404, text="Not found.")
        if request.path == "/" and "token" in request.query:
            return self._admit(request.query["token"], secure=origin.startswith("https:"))
        if request.cookies.get(COOKIE) not in self._viewers:
            return web.Response(status=403, text=_CLOSED)
        self.public_url = origin
        response = await handler(request)
        if not response.prepared:
            sockets = origin.replace("http", "ws", 1)
            response.headers.update({name: value.format(socket=sockets) for name, value in _HEADERS.items()})
        return response

    def _is_host(self, host: str) -> bool:
        if self._origin:
            return host == self._origin.partition("://")[2]
        return _LOOPBACK.fullmatch(host) is not None

    def _admit(self, token: str, *, secure: bool) -> web.Response:
        """Turn the token of the address into a cookie, and make another one for the next viewer."""
        if not secrets.compare_digest(token.encode(), self._token.encode()):
            return web.Response(status=403, text=_CLOSED)
        idle = [viewer for viewer, runs in self._viewers.items() if runs is None or runs.ended]
        if len(self._viewers) >= MOST_VIEWERS and not idle:
            return web.Response(status=503, text=f"{MOST_VIEWERS} viewers are connected. Try this address again later.")
        self._token = secrets.token_urlsafe()
        for viewer in idle[: max(0, len(self._viewers) - MOST_VIEWERS + 1)]:
            del self._viewers[viewer]
            self._turns.pop(viewer, None)
            self._newest.pop(viewer, None)
        viewer = secrets.token_urlsafe()
        self._viewers[viewer] = None
        self._say(self.address)
        response = web.Response(status=303, headers={"Location": "/", "Referrer-Policy": "no-referrer"})
        response.set_cookie(COOKIE, viewer, httponly=True, samesite="Strict", secure=secure)
        return response

    # ---- one program for each viewer

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Run a program for the viewer, whose earlier one ends."""
        name = request.cookies[COOKIE]
        websocket = web.WebSocketResponse(timeout=1, heartbeat=15, max_msg_size=LARGEST_MESSAGE)
        await websocket.prepare(request)
        self._newest[name] = websocket
        await self._end(name)
        async with self._turns.setdefault(name, asyncio.Lock()):
            # Of many connections at once, only the newest gets a program. Another viewer may have the place by now.
            if self._newest.get(name) is websocket and name in self._viewers:
                await self._run(name, websocket, request)
        with suppress(TimeoutError):
            await asyncio.wait_for(websocket.close(), END_WITHIN)
        if request.transport is not None:
            request.transport.abort()
        return websocket

    async def _run(self, name: str, websocket: web.WebSocketResponse, request: web.Request) -> None:
        await self._end(name)
        viewer = self._viewers[name] = Viewer(self._program, self._environment, websocket)
        try:
            await viewer.start(cells(request.query.get("width"), 80), cells(request.query.get("height"), 24))
            await viewer.follow()
        finally:
            await viewer.stop()

    async def _end(self, name: str) -> None:
        if (earlier := self._viewers.get(name)) is not None:
            await earlier.stop()


def cells(value: object, otherwise: int) -> int:
    """Return a width or height from a browser as a number of cells within bounds."""
    with suppress(TypeError, ValueError, OverflowError):
        return max(1, min(LARGEST_SIZE, int(value)))  # type: ignore[call-overload,no-any-return]
    return otherwise


def listening(host: str, port: int, path: str = "") -> socket.socket:
    """Return a socket on a TCP port, or at a path that only this user can open. Raises OSError."""
    if not path:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    made = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)
    try:
        made.bind(path)
    finally:
        os.umask(before)
    return made


def serve(server: ViewerServer, listener: socket.socket) -> None:
    """Serve on a socket until Ctrl+C."""
    # Requests are not logged: an address contains its token.
    web.run_app(
        server.application(),
        sock=listener,
        print=None,
        access_log=None,
        handler_cancellation=True,
        shutdown_timeout=END_WITHIN,
    )
