"""A headless Chromium, looked into by its debugging protocol."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

HANGS = 60.0
"""Seconds after which a browser that hangs fails the test."""
NONE: Mapping[str, Any] = {}
_COMPLAINTS = ("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Network.loadingFailed")
_APPEARS = """new Promise((found) => {
    const look = () => { const it = document.querySelector(%s); if (it && (%s)) { seer.disconnect(); found(); } };
    const seer = new MutationObserver(look);
    seer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    look();
})"""
_MIDDLE = """(() => {
    const it = document.querySelector(%s);
    it.scrollIntoView({ block: "center", behavior: "instant" });
    const box = it.getBoundingClientRect();
    return [box.x + box.width / 2, box.y + box.height / 2];
})()"""


def find_chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Tab:
    """A page of the browser.

    Attributes:
        requested: the URLs that the page asked for.
        complaints: what it logged, exceptions of its scripts, and requests that failed.
    """

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self.requested: list[str] = []
        self.complaints: list[Any] = []

    async def listen(self) -> None:
        """Have the browser report what happens in the page."""
        for domain in ("Page", "Network", "Log", "Runtime"):
            await self._call(f"{domain}.enable")
        await self._call("Emulation.setFocusEmulationEnabled", {"enabled": True})

    async def show(self, where: Path | str, *, width: int, scheme: str) -> None:
        """Open a file or a URL in a window of some width, for somebody who prefers light or dark."""
        await self.resize(width)
        await self.prefer(scheme)
        await self.go(where)

    async def to_front(self) -> None:
        """Put it before the others: in those, nothing moves."""
        await self._call("Page.bringToFront")

    async def resize(self, width: int) -> None:
        size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
        await self._call("Emulation.setDeviceMetricsOverride", size)

    async def prefer(self, scheme: str) -> None:
        """Make the user one who prefers light or dark."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        await self._call("Emulation.setEmulatedMedia", {"features": features})

    async def send_headers(self, headers: Mapping[str, str]) -> None:
        """Add headers to all requests of the page."""
        await self._call("Network.setExtraHTTPHeaders", {"headers": headers})

    async def go(self, where: Path | str) -> None:
        """Open a file or a URL, and wait until it is loaded."""
        await self._call("Page.navigate", {"url": where if isinstance(where, str) else where.as_uri()})
        await self._until("Page.loadEventFired")

    async def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression, or what its promise is resolved with."""
        arguments = {"expression": expression, "returnByValue": True, "awaitPromise": True, "userGesture": True}
        reply = await self._call("Runtime.evaluate", arguments)
        assert "exceptionDetails" not in reply, reply
        return reply["result"].get("value")

    async def appears(self, selector: str, condition: str = "true") -> None:
        """Wait until an element is there for which a condition holds, in which it is called ``it``."""
        await self.evaluate(_APPEARS % (json.dumps(selector), condition))

    async def click(self, selector: str) -> None:
        """Click on the middle of an element."""
        x, y = await self.evaluate(_MIDDLE % json.dumps(selector))
        for kind in ("mousePressed", "mouseReleased"):
            event = {"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1}
            await self._call("Input.dispatchMouseEvent", event)

    async def write(self, text: str) -> None:
        """Type into the field that has the focus: all of the text at once, and a key afterwards."""
        await self._call("Input.insertText", {"text": text})
        await self._call("Input.dispatchKeyEvent", {"type": "keyUp", "key": text[-1:]})

    async def permit_clipboard(self) -> None:
        """Let the page read the clipboard."""
        permissions = ["clipboardReadWrite", "clipboardSanitizedWrite"]
        await self._call("Browser.grantPermissions", {"permissions": permissions})

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
            elif method in _COMPLAINTS:
                self.complaints.append(parameters)
            if wanted in (method, message.get("id")):
                assert "error" not in message, message
                return message.get("result")


@asynccontextmanager
async def open_tab(program: str, profile: Path) -> AsyncIterator[Tab]:
    """Start a browser with a profile of its own, and yield its page."""
    async with open_tabs(program, profile, 1) as [tab]:
        yield tab


@asynccontextmanager
async def open_tabs(program: str, profile: Path, number: int) -> AsyncIterator[list[Tab]]:
    """Start a browser with a profile of its own, and yield some pages."""
    process = await asyncio.create_subprocess_exec(
        *(program, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-port=0"),
        *(f"--user-data-dir={profile}", "about:blank"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stderr is not None
        async with AsyncExitStack() as sockets:
            async with asyncio.timeout(HANGS):
                address = await _address(process.stderr)
                client = await sockets.enter_async_context(aiohttp.ClientSession())
                async with client.get(f"http://{address}/json/list") as response:
                    pages = [target for target in await response.json() if target["type"] == "page"]
                while len(pages) < number:
                    async with client.put(f"http://{address}/json/new") as response:
                        pages.append(await response.json())
                connections = [client.ws_connect(page["webSocketDebuggerUrl"], max_msg_size=0) for page in pages]
                tabs = [Tab(await sockets.enter_async_context(one)) for one in connections]
                for tab in tabs:
                    await tab.listen()
                await tabs[0].to_front()
            yield tabs
    finally:
        process.kill()
        await process.communicate()


async def _address(stderr: asyncio.StreamReader) -> str:
    while line := (await stderr.readline()).decode():
        if line.startswith("DevTools listening on ws://"):
            return line.removeprefix("DevTools listening on ws://").partition("/")[0]
    raise AssertionError("the browser ended")
