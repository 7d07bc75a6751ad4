"""A headless Chromium, looked into by its debugging protocol."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

HANGS = 60.0
"""Seconds after which a browser that hangs fails the test."""
NONE: Mapping[str, Any] = {}


def find_chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Tab:
    """A page of the browser.

    Attributes:
        requested: the URLs that the page asked for.
        complaints: what it logged, and exceptions of its scripts.
    """

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self.requested: list[str] = []
        self.complaints: list[Any] = []

    async def show(self, path: Path, *, width: int, scheme: str) -> None:
        """Open a file in a window of some width, for somebody who prefers light or dark."""
        for domain in ("Page", "Network", "Log", "Runtime"):
            await self._call(f"{domain}.enable")
        size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
        await self._call("Emulation.setDeviceMetricsOverride", size)
        await self._call(
            "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        )
        await self._call("Page.navigate", {"url": path.as_uri()})
        await self._until("Page.loadEventFired")

    async def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression."""
        reply = await self._call("Runtime.evaluate", {"expression": expression, "returnByValue": True})
        assert "exceptionDetails" not in reply, reply
        return reply["result"].get("value")

    async def screenshot(self) -> bytes:
        """Return the whole page as PNG."""
        reply = await self._call("Page.captureScreenshot", {"captureBeyondViewport": True})
        return base64.b64decode(reply["data"])

    async def _call(self, method: str, parameters: Mapping[str, Any] = NONE) -> Any:
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        return await self._until(number)

    async def _until(self, wanted: int | str) -> Any:
        """Read messages up to the reply, or the event, that is wanted."""
        while True:
            message = json.loads(await self._socket.receive_str())
            method, parameters = message.get("method"), message.get("params")
            if method == "Network.requestWillBeSent":
                self.requested.append(parameters["request"]["url"])
            elif method in ("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown"):
                self.complaints.append(parameters)
            if wanted in (method, message.get("id")):
                assert "error" not in message, message
                return message.get("result")


@asynccontextmanager
async def open_tab(program: str, profile: Path) -> AsyncIterator[Tab]:
    """Start a browser with a profile of its own, and yield its page."""
    process = await asyncio.create_subprocess_exec(
        *(program, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-port=0"),
        *(f"--user-data-dir={profile}", "about:blank"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stderr is not None
        async with asyncio.timeout(HANGS):
            address = await _address(process.stderr)
            async with aiohttp.ClientSession() as client:
                async with client.get(f"http://{address}/json/list") as response:
                    pages = [target for target in await response.json() if target["type"] == "page"]
                async with client.ws_connect(pages[0]["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                    yield Tab(socket)
    finally:
        process.kill()
        await process.communicate()


async def _address(stderr: asyncio.StreamReader) -> str:
    while line := (await stderr.readline()).decode():
        if line.startswith("DevTools listening on ws://"):
            return line.removeprefix("DevTools listening on ws://").partition("/")[0]
    raise AssertionError("the browser ended")
