"""A server and a sender that play a script, and keep a record of what reached them."""

from __future__ import annotations

import asyncio
import copy
import json
from collections import deque
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl, urlsplit

import attrs
from aiohttp import web

from workato_async import Limiter, Quota, RetryPolicy, WorkatoSession
from workato_async.calls.retry import retrying
from workato_async.calls.retry_budget import RetryBudget
from workato_async.calls.throttle import throttled
from workato_async.events import Observer
from workato_async.http.messages import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from multidict import CIMultiDictProxy

    from workato_async.events import OnEvent
    from workato_async.http.messages import Send

TOKEN = "wrkaus-s3cr3t-t0k3n-0123456789abcdef"
FOREVER = 1e9
"""Seconds that no test waits for."""


@attrs.frozen
class Seen:
    """One request that reached the server."""

    method: str
    target: str
    headers: CIMultiDictProxy[str]
    body: bytes
    at: float

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@attrs.frozen
class Reply:
    """A response, after some seconds."""

    status: int = 200
    body: bytes = b'{"id": 1, "success": true}'
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json; charset=utf-8"),)
    delay: float = 0.0


def reply(status: int = 200, tree: Any = None, *, delay: float = 0.0, **headers: str) -> Reply:
    """Return a response with a JSON body; underscores in the names of headers become hyphens."""
    lines = [("Content-Type", "application/json; charset=utf-8")]
    lines += [(name.replace("_", "-"), value) for name, value in headers.items()]
    return Reply(status, b"" if tree is None else json.dumps(tree).encode(), tuple(lines), delay)


@attrs.frozen
class Drop:
    """The connection is cut instead of a response, after some seconds."""

    delay: float = 0.0


@attrs.frozen
class Truncate:
    """More is promised in Content-Length than is sent before the connection is cut."""


HANG = Reply(delay=FOREVER)
OK = Reply()

Step = Reply | Drop | Truncate


class ScriptedServer:
    """A real server on loopback: plays ``script`` first, then asks ``otherwise`` for each further request."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.script: deque[Step] = deque()
        self.otherwise: Callable[[Seen], Step] = lambda seen: OK
        self.under_way = 0
        self.most_under_way = 0
        self.url = ""
        self._arrival = asyncio.Event()

    async def reached(self, count: int) -> None:
        """Wait until that many requests have come."""
        while len(self.seen) < count:
            self._arrival.clear()
            await self._arrival.wait()

    def plays(self, *steps: Step) -> None:
        self.script.extend(steps)

    async def __aenter__(self) -> Self:
        self._runner = web.ServerRunner(web.Server(self._handle, request_factory=_make_request), shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        now = asyncio.get_running_loop().time()
        seen = Seen(request.method, request.raw_path, request.headers, body, now)
        self.seen.append(seen)
        self._arrival.set()
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            step = self.script.popleft() if self.script else self.otherwise(seen)
            return await self._play(request, step)
        finally:
            self.under_way -= 1

    async def _play(self, request: web.BaseRequest, step: Step) -> web.StreamResponse:
        if isinstance(step, Truncate):
            response = web.StreamResponse(headers={"Content-Length": "1000", "Content-Type": "application/json"})
            await response.prepare(request)
            await response.write(b'{"id": ')
            self._cut(request)
            return response
        if step.delay:
            await asyncio.sleep(step.delay)
        if isinstance(step, Drop):
            self._cut(request)
            return web.Response()
        response = web.Response(status=step.status, body=step.body)
        for name, value in step.headers:
            if name.lower() == "content-type":
                response.headers[name] = value
            else:
                response.headers.add(name, value)
        return response

    @staticmethod
    def _cut(request: web.BaseRequest) -> None:
        if request.transport is not None:
            request.transport.abort()


def _make_request(message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
    loop = asyncio.get_running_loop()
    return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=2**24)


def session_of(
    url: str,
    *,
    limiter: Limiter | None = None,
    retry: RetryPolicy | None = None,
    on_event: OnEvent | None = None,
    **options: Any,
) -> WorkatoSession:
    """Return a session whose quotas do not slow down a test that is not about them."""
    return WorkatoSession(
        TOKEN,
        base_url=url,
        limiter=Limiter(default=Quota(1000, per=60)) if limiter is None else limiter,
        retry=RetryPolicy() if retry is None else retry,
        on_event=on_event,
        **options,
    )


class ScriptedSend:
    """The seam below throttle: responds from a script, and keeps the requests."""

    def __init__(self, *steps: Response | BaseException, otherwise: Response | BaseException | None = None) -> None:
        self.steps = deque(steps)
        self.otherwise = otherwise
        self.requests: list[Request] = []
        self.at: list[float] = []

    async def __call__(self, request: Request) -> Response:
        request.mark_sent()
        self.requests.append(request)
        self.at.append(asyncio.get_running_loop().time())
        step = self.steps.popleft() if self.steps else self.otherwise
        if step is None:
            raise AssertionError(f"request number {len(self.requests)} was not to be sent")
        if isinstance(step, BaseException):
            raise copy.copy(step)  # one of its own, without the traceback and context of the last time
        return step


def pipeline(
    send: Send,
    policy: RetryPolicy | None = None,
    *,
    limiter: Limiter | None = None,
    on_event: OnEvent | None = None,
    budget: RetryBudget | None = None,
) -> Send:
    """Wrap a sender as a session does."""
    observe = Observer(on_event)
    limiter = limiter or Limiter(default=Quota(1000, per=60))
    return retrying(throttled(send, limiter, observe=observe), policy or RetryPolicy(), observe=observe, budget=budget)


def headers_of(mapping: Mapping[str, str]) -> dict[str, str]:
    """Return headers with lower-case names."""
    return {name.lower(): value for name, value in mapping.items()}
