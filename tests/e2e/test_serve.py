"""`astro-tui serve`: in a real browser, and attacked by a client that is none."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest
from support.browser import CHROMIUM, chromium
from support.deadline import DEADLINE

pytestmark = pytest.mark.anyio
ENTER, ESCAPE = 13, 27


class Serving:
    """A running server."""

    def __init__(self, *options: str) -> None:
        command = [sys.executable, "-m", "astro_tui", "serve", "--demo", "--port", "0", *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self.process.stdout is not None
        self._lines = self.process.stdout
        self.address = self.next_address()
        self.base = self.address.partition("/?")[0]

    def next_address(self) -> str:
        """Return the next address that lets a viewer in."""
        return self._lines.readline().strip()

    def programs(self) -> list[int]:
        """Return the process IDs of the programs that run for viewers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(one) for one in children.split()]

    def end(self) -> int:
        """Stop it as Ctrl+C does, and return its exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(DEADLINE)


@pytest.fixture
def serving() -> Iterator[Serving]:
    running = Serving()
    yield running
    running.process.kill()
    running.process.communicate()


def client() -> aiohttp.ClientSession:
    """Return a client that keeps cookies and opens any number of connections."""
    connector = aiohttp.TCPConnector(limit=0)
    return aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True), connector=connector)


async def admitted(session: aiohttp.ClientSession, serving: Serving) -> None:
    async with session.get(serving.address) as response:
        assert response.status == 200
    serving.address = serving.next_address()


async def test_who_has_no_valid_address_gets_nothing(serving: Serving) -> None:
    first = serving.address
    async with client() as session:
        await admitted(session, serving)
        for path in ("/static/js/textual.js", "/"):
            async with session.get(serving.base + path) as response:
                assert response.status == 200
        for path in ("/download/x", "/static/../server.py", "/static/%2e%2e/server.py", "/static/..%2fserver.py", "/x"):
            async with session.get(serving.base + path) as response:
                assert response.status in (403, 404), path
        hosts = ("evil.example", "127.0.0.1:x", "localhost:1;x", "localhost.", "x@127.0.0.1:1", "")
        for name, value in (*(("Host", host) for host in hosts), ("Origin", "http://evil.example"), ("Origin", "null")):
            async with session.get(serving.base, headers={name: value}) as response:
                assert response.status == 403, (name, value)
        for origin in ({}, {"Origin": "http://evil.example"}):
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await session.ws_connect(f"{serving.base}/ws", headers=origin)
    async with aiohttp.ClientSession() as stranger:
        for address in (serving.base, f"{serving.base}/ws", f"{serving.base}/static/js/textual.js", first):
            async with stranger.get(address, headers={"Origin": serving.base}) as response:
                assert response.status == 403, address
    assert serving.end() == 0


async def test_it_survives_floods_and_wrong_messages(serving: Serving) -> None:
    origin = {"Origin": serving.base}
    async with client() as session:
        await admitted(session, serving)
        for wrong in ("x" * 100_000, "{}", "[]", '["stdin", 5]', '["resize", 7]', "[" * 60_000, '["eval", "1"]'):
            async with session.ws_connect(f"{serving.base}/ws", headers=origin) as socket:
                await socket.send_str(wrong)
                while (await socket.receive(timeout=DEADLINE)).type is aiohttp.WSMsgType.BINARY:
                    pass
                assert socket.closed, wrong[:20]
        tried = [session.ws_connect(f"{serving.base}/ws", headers=origin) for _ in range(200)]
        opened = [
            one for one in await asyncio.gather(*tried, return_exceptions=True) if not isinstance(one, BaseException)
        ]
        assert len(serving.programs()) <= 8
        await asyncio.gather(*(socket.close() for socket in opened))
        await said(session, serving, "FAILED")
        assert len(serving.programs()) <= 1
    assert serving.end() == 0


async def test_who_comes_too_late_can_use_the_same_address_later(serving: Serving) -> None:
    async with AsyncExitStack() as stack:
        sessions = [await stack.enter_async_context(client()) for _ in range(9)]
        sockets = []
        for session in sessions[:8]:
            await admitted(session, serving)
            sockets.append(await session.ws_connect(f"{serving.base}/ws", headers={"Origin": serving.base}))
        async with sessions[8].get(serving.address) as response:
            assert response.status == 503
        await sockets[0].close()
        status = 503
        async with asyncio.timeout(30):
            while status == 503:
                async with sessions[8].get(serving.address) as response:
                    status = response.status
        assert status == 200
    assert serving.end() == 0


async def test_a_program_that_hangs_is_ended(serving: Serving) -> None:
    async with client() as session:
        await admitted(session, serving)
        async with session.ws_connect(f"{serving.base}/ws", headers={"Origin": serving.base}) as socket:
            await socket.receive()
            os.kill(serving.programs()[0], signal.SIGSTOP)
        await said(session, serving, "FAILED")
        assert len(serving.programs()) == 1
    assert serving.end() == 0


async def said(session: aiohttp.ClientSession, serving: Serving, text: str, keys: str = "") -> None:
    """Connect, type keys, and wait until the program draws a text."""
    seen = ""
    async with (
        asyncio.timeout(30),
        session.ws_connect(f"{serving.base}/ws?width=120&height=40", headers={"Origin": serving.base}) as socket,
    ):
        while text not in seen:
            message = await socket.receive()
            assert message.type is aiohttp.WSMsgType.BINARY, message
            seen += message.data.decode(errors="replace")
            if keys and "FAILED" in seen:
                await socket.send_str(json.dumps(["stdin", keys]))
                keys = ""


@pytest.mark.nightly
@pytest.mark.skipif(not CHROMIUM, reason="needs chromium")
async def test_in_a_browser(serving: Serving, tmp_path: Path) -> None:
    async with chromium(tmp_path) as tab:
        page = await tab()
        await page.resize(1200, 720)
        await page.open(serving.address)
        await page.until("read-only")
        await page.until("Claims Desk (EU)")
        await page.run("document.querySelector('textarea').focus()")
        await page.type("/claims")
        await page.press("Enter", ENTER)
        await page.until("2 of 30 agents")
        await page.press("Enter", ENTER)
        await page.until("deployment/v1")
        await page.type("yy")
        await page.until_value("navigator.clipboard.readText()", "deployment/v1")
        await page.type("x")
        await page.until("cannot be revealed")
        await page.type("W")
        await page.until("cannot be saved")
        await page.type("a")
        await page.until("in meridian-labs, read-only")
        await page.press("Escape", ESCAPE)
        stranger = await tab()
        await stranger.open(serving.base)
        await stranger.until_value("document.body.innerText", "Open the address")
        await page.open(serving.base)
        await page.resize(1500, 950)
        await page.until("13 fine")
    assert serving.end() == 0
