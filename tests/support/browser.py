"""A real Chromium, driven over its debugging protocol."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pyte

from support.deadline import DEADLINE

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
BINARY = 2
"""Opcode of the frames with what the terminal gets."""


class Tab:
    """One page of the browser. What its terminal shows is drawn again from the messages that the page receives."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket, self._last = socket, 0
        # Larger than any window: what is drawn in a smaller one fits.
        self._screen = pyte.Screen(300, 100)
        self._stream = pyte.ByteStream(self._screen)

    @property
    def text(self) -> str:
        """What the terminal shows."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    async def call(self, method: str, **parameters: Any) -> Any:
        """Call a method of the protocol and return its result."""
        self._last += 1
        await self._socket.send_json({"id": self._last, "method": method, "params": parameters})
        while (message := await self._next()).get("id") != self._last:
            pass
        return message.get("result") or message

    async def _next(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads((await self._socket.receive(timeout=DEADLINE)).data)
        if message.get("method") == "Network.webSocketFrameReceived":
            frame = message["params"]["response"]
            if frame["opcode"] == BINARY:
                self._stream.feed(base64.b64decode(frame["payloadData"]))
        return message

    async def run(self, script: str) -> Any:
        """Run a script in the page and return its value."""
        result = await self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        return result["result"].get("value")

    async def open(self, address: str) -> None:
        """Open an address."""
        await self.call("Page.navigate", url=address)

    async def type(self, text: str) -> None:
        """Type characters."""
        for character in text:
            await self.call("Input.dispatchKeyEvent", type="char", text=character)

    async def press(self, key: str, code: int) -> None:
        """Press a named key."""
        for kind in ("rawKeyDown", "keyUp"):
            await self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    async def resize(self, width: int, height: int) -> None:
        """Give the window another size in pixels."""
        await self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )

    async def until(self, text: str) -> None:
        """Wait until the terminal shows a text."""
        try:
            async with asyncio.timeout(30):
                while text not in self.text:
                    await self._next()
        except TimeoutError:
            raise AssertionError(f"{text!r} is not in:\n{self.text}") from None

    async def until_value(self, script: str, text: str) -> None:
        """Wait until the value of a script contains a text."""
        async with asyncio.timeout(30):
            while text not in str(await self.run(script)):
                pass


@asynccontextmanager
async def chromium(folder: Path) -> AsyncIterator[Any]:
    """Start a browser with an empty profile; yields a function that opens a tab with cookies of its own."""
    command = [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0"]
    process = await asyncio.create_subprocess_exec(
        *command, f"--user-data-dir={folder}", "about:blank", stderr=asyncio.subprocess.PIPE
    )
    try:
        async with aiohttp.ClientSession() as session:
            async for line in process.stderr or ():
                if where := re.search(rb"ws://(\S+)(/devtools/\S+)", line):
                    break
            base, path = where[1].decode(), where[2].decode()
            browser = Tab(await session.ws_connect(f"ws://{base}{path}"))

            async def tab() -> Tab:
                context = (await browser.call("Target.createBrowserContext"))["browserContextId"]
                allowed = ["clipboardReadWrite", "clipboardSanitizedWrite"]
                await browser.call("Browser.grantPermissions", permissions=allowed, browserContextId=context)
                target = await browser.call("Target.createTarget", url="about:blank", browserContextId=context)
                page = Tab(await session.ws_connect(f"ws://{base}/devtools/page/{target['targetId']}", max_msg_size=0))
                await page.call("Network.enable")
                return page

            yield tab
    finally:
        process.kill()
        await process.wait()
