"""FakeWorkato: a local HTTP server that stands in for Workato.

The path of a request: read -> ``uplink`` -> recorded and counted -> credentials -> route -> quota -> fault -> handler
-> ``latency`` -> response. Everything from the record to the handler happens in one step of the loop, so requests take
effect in the order of their arrival, and one whose client has given up is still carried out.
"""

from __future__ import annotations

import asyncio
import logging
import math
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from random import Random
from typing import TYPE_CHECKING, Any, Self, get_args

from aiohttp import web

import workato_async.testing.handlers  # noqa: F401 - registers the handlers
from workato_async.embedded import EMBEDDED_ENDPOINTS
from workato_async.errors import ConfigurationError
from workato_async.resources import ENDPOINTS
from workato_async.testing.call import (
    HANDLERS,
    Call,
    ErrorResponse,
    FakeResponse,
    LongPoll,
    Options,
    json_response,
    status_of,
)
from workato_async.testing.clock import EPOCH, Clock
from workato_async.testing.delivery import Cut, cuts_off, deliver
from workato_async.testing.faults import Fault, FaultPlan, Refuse429, Slow, Stall, Status
from workato_async.testing.handlers.customers import embedded_handlers, seed_customers, workspace
from workato_async.testing.record import RecordedRequest
from workato_async.testing.routes import Route, Router
from workato_async.testing.seeding import seed_state
from workato_async.testing.state import State
from workato_async.testing.storage import serve_file
from workato_async.testing.thread import ServingThread
from workato_async.testing.windows import ArrivalLog, Window

if TYPE_CHECKING:
    from datetime import datetime

    from workato_async.endpoint import AnyEndpoint
    from workato_async.limits.quota import Quota

Delay = float | tuple[float, float] | Callable[[Random], float] | None
"""Seconds, or a minimum and a maximum, or a function that draws them."""

HERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - nothing is bound
"""How a client of this machine reaches a server that listens on all of its addresses."""

_LOG = logging.getLogger(__name__)
_LARGEST_BODY = 64 * 2**20
_WRONG_LOOP = (
    "the fake server was started on an event loop that does not run now, so it could not respond: use `with "
    "FakeWorkato(…)` or the fixture fake_workato, which serve from a thread, or run test and fixture on the same loop "
    "(pytest-asyncio: the same asyncio_default_test_loop_scope and asyncio_default_fixture_loop_scope)"
)
_UNAUTHORIZED = json_response({"message": "Unauthorized"}, 401)
_UNKNOWN_API = json_response({"message": "API not found"}, 404)
_NOT_PROCESSED = json_response({"message": "The request could not be processed"}, 400)
_UNPROCESSED = json_response({"message": "Not processed"}, 503)


class FakeWorkato:
    """A fake Workato on loopback, with data, quotas and faults.

    ```py
    async with FakeWorkato(recipes=25, jobs=100) as fake:
        async with WorkatoSession("any-token", base_url=fake.url) as workato:
            await workato.recipes.get(10001)
        assert fake.requests[0].endpoint == "recipes.get"
    ```

    ``async with`` serves on the running loop, and so in its virtual time if it has one. Without ``async``, ``with``
    serves from a thread: for synchronous code, and for tests whose loop is not the one of their fixtures.

    It serves every endpoint of the package in the documented shapes. It is deterministic: the same arguments give the
    same data.

    Args:
        recipes: how many recipes, with ids from 10001; every second one runs.
        jobs: how many jobs, spread evenly over the running recipes; every fifth failed.
        connections: how many connections.
        lost_connections: how many of them are lost; those that recipes use come first.
        lookup_rows: how many rows in the first lookup table.
        customers: how many customers, with ids from 98178, external ids from ``A2300``, and environments.
        time_scale: a factor for quota windows, background work and long polls; 0.01 is 100 times faster.
        window: how quotas are counted; None for no quotas.
        quotas: quotas that replace the documented ones, by endpoint key or id.
        token: the only bearer token that is accepted; None accepts any.
        latency: seconds that responses take, from the request's arrival; or a range of seconds, or a function.
        uplink: seconds that requests take to arrive; the same forms.
        retry_after: whether a 429 has a ``Retry-After`` header; the documentation promises none.
        jobs_per_page: the page size of jobs; the documentation does not say.
        environments: whether the workspace has the Environments feature.
        now: the date and time in the workspace at the start, with a time zone; None for 2026-01-15T17:00:00Z. The ages
            of jobs, recipes and the rest do not depend on it.
        seed: the seed for everything that is random.
        host: the address to listen on.
        port: the port to listen on, 0 for any free one.

    Attributes:
        state: the data, see ``workato_async.testing.State``; read and change them at any time.
        requests: every request, in order of arrival, see ``workato_async.testing.RecordedRequest``.

    Raises:
        ConfigurationError: if an argument is out of range or an endpoint is unknown.
    """

    def __init__(
        self,
        recipes: int = 500,
        jobs: int = 2000,
        *,
        connections: int = 20,
        lost_connections: int = 0,
        lookup_rows: int = 50,
        customers: int = 3,
        time_scale: float = 1.0,
        window: Window | None = "sliding",
        quotas: Mapping[str, Quota] | None = None,
        token: str | None = None,
        latency: Delay = None,
        uplink: Delay = None,
        retry_after: bool = False,
        jobs_per_page: int = 25,
        environments: bool = True,
        now: datetime | None = None,
        seed: int = 0,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        if not (math.isfinite(time_scale) and time_scale > 0):
            raise ConfigurationError(f"time_scale must be a number above 0, not {time_scale!r}")
        if window is not None and window not in get_args(Window):
            raise ConfigurationError(f"window must be one of {', '.join(get_args(Window))} or None, not {window!r}")
        if min(recipes, jobs, connections, lost_connections, lookup_rows, customers) < 0 or jobs_per_page < 1:
            raise ConfigurationError("counts must be >= 0 and jobs_per_page >= 1")
        self._router = Router((*ENDPOINTS, *EMBEDDED_ENDPOINTS), {**HANDLERS, **embedded_handlers()})
        by_key = {self._router.endpoint(name).key: quota for name, quota in (quotas or {}).items()}
        self._arrivals = ArrivalLog(window, by_key, time_scale)
        self._faults = FaultPlan(_rng(seed, "faults"))
        self._latency = _sampler(latency, _rng(seed, "latency"))
        self._uplink = _sampler(uplink, _rng(seed, "uplink"))
        self._ids = _rng(seed, "correlation ids")
        self._token = token
        self._retry_after = retry_after
        self._options = Options(jobs_per_page, environments)
        self._host, self._port = host, port
        self._clock = Clock(now or EPOCH)
        self.state = State(self._clock, seed=seed, time_scale=time_scale)
        seed_state(
            self.state,
            recipes=recipes,
            jobs=jobs,
            connections=connections,
            lost_connections=lost_connections,
            lookup_rows=lookup_rows,
            environments=environments,
        )
        seed_customers(self.state, customers)
        self.requests: list[RecordedRequest] = []
        self._server: web.Server | None = None
        self._listener: asyncio.Server | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: ServingThread | None = None
        self._handling = threading.RLock()
        self._in_flight: set[asyncio.Task[object]] = set()
        self._changed = asyncio.Event()

    async def __aenter__(self) -> Self:
        """Start listening.

        Raises:
            OSError: if the port is in use.
        """
        if self._listener is not None:
            raise ConfigurationError("this fake server is already running")
        loop = asyncio.get_running_loop()
        self._server = web.Server(self._handle, request_factory=_make_request, access_log=None)
        self._listener = await loop.create_server(self._server, self._host, self._port)
        self._clock.start(loop)
        self._loop = loop
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop at once: requests that wait for a response are cut off."""
        if self._server is None or self._listener is None:
            return
        self._listener.close()
        transports = [connection.transport for connection in self._server.connections]
        self._server.pre_shutdown()
        for task in self._in_flight:
            task.cancel()
        await self._server.shutdown(1.0)
        for transport in transports:
            if transport is not None:
                transport.abort()  # a client that does not read would keep it open
        await self._listener.wait_closed()
        self._clock.stop()
        self._server = self._listener = self._loop = None

    def __enter__(self) -> Self:
        """Start listening in a thread of its own.

        Raises:
            OSError: if the port is in use.
        """
        self._thread = ServingThread(self)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop at once, as ``async with`` does."""
        if self._thread is not None:
            self._thread.stop()
            self._thread = None

    @property
    def address(self) -> tuple[str, int]:
        """The host and port as they were given; ``url`` is the address in use."""
        return self._host, self._port

    @property
    def url(self) -> str:
        """The address it listens on, e.g. ``"http://127.0.0.1:54321"``: the ``base_url`` of a session.

        Raises:
            ConfigurationError: if it is not started, or cannot respond because its loop is not the one that runs.
        """
        if self._loop is not None and not self._loop.is_running() and _loop_is_running():
            raise ConfigurationError(_WRONG_LOOP)
        return self._url()

    @property
    def endpoints(self) -> Sequence[AnyEndpoint]:
        """Every endpoint that it serves."""
        return self._router.endpoints

    @property
    def time_scale(self) -> float:
        """The factor for the time of everything that the server does or waits for."""
        return self.state.time_scale

    @property
    def accepts_any_token(self) -> bool:
        """Whether it accepts any token, because none was passed."""
        return self._token is None

    @property
    def refused(self) -> int:
        """How many requests got a 429."""
        return sum(request.status == 429 for request in self.requests)

    def sent(self, endpoint: str) -> int:
        """Return how many requests arrived for an endpoint.

        Args:
            endpoint: the endpoint's key or id.

        Raises:
            ConfigurationError: if the endpoint is unknown.
        """
        endpoint_id = self._router.endpoint(endpoint).id
        return sum(request.endpoint == endpoint_id for request in self.requests)

    def most_in_window(self, endpoint: str) -> int:
        """Return the most requests of one token, accepted or not, that arrived in any window of the quota.

        Exact, over every window ``(t - T, t]``, however the server itself counts. For a client that keeps to the quota
        of N in T it is never more than N.

        Args:
                        endpoint: the endpoint's key or id.

        Raises:
            ConfigurationError: if the endpoint is unknown.
        """
        return self._arrivals.most_in_window(self._router.endpoint(endpoint))

    def customer(self, customer_id: int | str) -> State:
        """Return the data of one customer's workspace, as ``state`` is that of the admin workspace.

        Args:
            customer_id: its number, or ``"E"`` and its external id; for one environment, followed by ``_test``, for
                example.

        Raises:
            ConfigurationError: if there is no such customer, or no such environment.
        """
        try:
            return workspace(self.state, customer_id)
        except ErrorResponse:
            raise ConfigurationError(f"the fake has no customer {customer_id!r}") from None

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Let no request in while a block changes the data; needed only if calls are in progress in another thread."""
        with self._handling:
            yield

    def fail(
        self,
        endpoint: str | None,
        fault: Fault,
        *,
        times: int | None = None,
        after: int = 0,
        probability: float | None = None,
    ) -> None:
        """Make authorized requests within the quota fail.

        Args:
            endpoint: the key or id of the endpoint; None for all.
            fault: what happens, see ``workato_async.testing.faults``.
            times: how often it happens; None is once, or without end if there is a probability.
            after: how many matching requests succeed first.
            probability: the chance that a matching request fails, 0 to 1; None for always.

        Raises:
            ConfigurationError: if the endpoint is unknown, the fault is not one, or a number is out of range.
        """
        if not isinstance(fault, Fault):
            raise ConfigurationError(
                f"fault must be one of workato_async.testing.faults, e.g. Status(503), not {fault!r}"
            )
        if (times is not None and times < 1) or after < 0 or not 0 <= (probability or 0.0) <= 1:
            raise ConfigurationError("times must be >= 1, after >= 0, and probability from 0 to 1")
        if times is None and probability is None:
            times = 1
        matched = None if endpoint is None else self._router.endpoint(endpoint)
        self._faults.add(matched, fault, times=times, after=after, probability=probability)

    def __repr__(self) -> str:
        where = self._url() if self._listener else "not started"
        return f"<FakeWorkato {where}: {len(self.requests)} requests, {self.refused} rate limited>"

    def _url(self) -> str:
        if self._listener is None:
            raise ConfigurationError("the fake server has no URL until it is started: use `async with` or `with`")
        bound, port = self._listener.sockets[0].getsockname()[:2]
        host = HERE.get(bound) or str(bound)
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self._track()
        try:
            body = await request.read() if request.can_read_body else b""
        except web.HTTPRequestEntityTooLarge:
            return _unread(request, 413, "The request body is too large")
        except (ConnectionError, web.RequestPayloadError):
            if request.transport is None or request.transport.is_closing():
                return Cut(request)  # the client went away before it had sent everything
            return _unread(request, 400, "The request body cannot be read")
        if uplink := self._uplink():
            await asyncio.sleep(uplink)
        route, arguments = self._router.match(request.method, request.raw_path.partition("?")[0]) or (None, ())
        record = RecordedRequest(
            method=request.method,
            raw_target=request.raw_path,
            headers=request.headers,
            body=body,
            endpoint=route.endpoint.id if route else None,
            arrived_at=asyncio.get_running_loop().time(),
        )
        self.requests.append(record)
        with self._handling:
            response, fault = self._process(record, route, arguments)
        if isinstance(response, LongPoll):
            response = await self._wait_for(response)
        delay = self._latency() + (fault.seconds if isinstance(fault, Slow) else 0.0)
        if delay:
            await asyncio.sleep(delay)
        if isinstance(fault, Stall):
            await asyncio.get_running_loop().create_future()  # ends with the server
        if request.transport is not None and not cuts_off(fault):
            record.status = response.status
        theirs = request.headers.get("x-correlation-id")
        ours = str(uuid.UUID(int=self._ids.getrandbits(128), version=4))
        return deliver(request, response, fault, (theirs, ours) if theirs else (ours,))

    def _process(
        self, record: RecordedRequest, route: Route | None, arguments: tuple[str, ...]
    ) -> tuple[FakeResponse | LongPoll, Fault | None]:
        """Process a request that has just arrived; return its response and the fault that strikes it."""
        if record.path in self.state.storage:
            return serve_file(record, self.state.storage), None
        token = _bearer(record)
        if not token or token in self.state.revoked_tokens or self._token not in (None, token):
            return _UNAUTHORIZED, None
        if route is None:
            return _UNKNOWN_API, None
        endpoint, now = route.endpoint, record.arrived_at
        if "/managed_users" in endpoint.path:
            token = ""  # the Embedded API counts all clients of the admin workspace together
        wait = self._arrivals.arrived(endpoint, token, now)
        if wait > 0:
            return _too_many(str(math.ceil(wait)) if self._retry_after else None), None
        fault = self._faults.strike(endpoint)
        if isinstance(fault, Refuse429):
            return _too_many(fault.retry_after), fault
        self._arrivals.accept(endpoint, token, now)
        response: FakeResponse | LongPoll = _UNPROCESSED
        if fault is None or fault.processed:
            response = self._execute(Call(endpoint, arguments, record, self.state, self._options), route)
        return (_instead(fault) if isinstance(fault, Status) else response), fault

    def _execute(self, call: Call, route: Route) -> FakeResponse | LongPoll:
        try:
            self.state.settle()
            result = route.handler(call)
            response = (
                result
                if isinstance(result, FakeResponse | LongPoll)
                else json_response(result, status_of(call.endpoint))
            )
        except ErrorResponse as error:
            return error.response
        except Exception:  # whatever odd thing was sent, a client gets JSON that it can read
            _LOG.exception("%s: the handler failed", call.endpoint.id)
            return _NOT_PROCESSED
        call.request.executed = True
        self._changed.set()
        self._changed = asyncio.Event()
        return response

    async def _wait_for(self, long_poll: LongPoll) -> FakeResponse:
        """Wait until there is something to send: the state changes only by requests."""
        with suppress(TimeoutError):
            async with asyncio.timeout(long_poll.seconds):
                while (value := self._poll(long_poll)) is None:
                    await self._changed.wait()
                return json_response(value)
        return json_response(long_poll.fallback)

    def _poll(self, long_poll: LongPoll) -> object:
        with self._handling:
            return long_poll.poll()

    def _track(self) -> None:
        """Remember the task of a request until its response is sent, so that closing can cancel it."""
        task = asyncio.current_task()
        if task is not None:
            self._in_flight.add(task)
            task.add_done_callback(self._in_flight.discard)


def _unread(request: web.BaseRequest, status: int, message: str) -> web.StreamResponse:
    """Return the response to a body that was not read to its end; the connection is closed with it."""
    response = deliver(request, json_response({"message": message}, status), None, ())
    response.force_close()
    return response


def _loop_is_running() -> bool:
    """Whether the caller is inside a running event loop."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _rng(seed: int, purpose: str) -> Random:
    """Return a random series per purpose, so that one does not disturb another."""
    return Random(f"{seed}/{purpose}")  # noqa: S311 - a simulation


def _sampler(delay: Delay, rng: Random) -> Callable[[], float]:
    if delay is None:
        return lambda: 0.0
    if callable(delay):
        return lambda: delay(rng)
    low, high = delay if isinstance(delay, tuple) else (delay, delay)
    if not 0 <= low <= high:
        raise ConfigurationError(f"a delay must be a number of seconds or (minimum, maximum), not {delay!r}")
    return lambda: rng.uniform(low, high)


def _make_request(message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
    """Return aiohttp's request object, with a limit for the large bodies that some endpoints take."""
    loop = asyncio.get_running_loop()
    return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=_LARGEST_BODY)


def _bearer(record: RecordedRequest) -> str:
    scheme, _, token = record.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _too_many(retry_after: str | None) -> FakeResponse:
    headers = (("Retry-After", retry_after),) if retry_after is not None else ()
    return json_response({"message": "Too many requests"}, 429, headers)


def _instead(fault: Status) -> FakeResponse:
    body = fault.body.encode() if isinstance(fault.body, str) else fault.body
    return FakeResponse(fault.code, body, fault.content_type)
