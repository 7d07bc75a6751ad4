"""Dask: one call per item, made by the workers of a cluster, which share one quota.

::

    from distributed import Client
    from workato_async.engines.dask import fan_out_on

    with Client("tcp://scheduler:8786") as client:
        for outcome in fan_out_on(client, "recipes.get", ids, limiter=lambda: Limiter(store=RedisStore(url))):
            ...

The quota sets the pace, however many workers there are: what a cluster adds is that the work outlives a worker.
"""

from __future__ import annotations

import asyncio
import inspect
import queue
import uuid
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Generator, Iterable
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, overload

from workato_async._checks import require_count, require_type
from workato_async.engines._methods import endpoint_of, require_item
from workato_async.errors import ConfigurationError, ConnectionFailedError, WorkatoError
from workato_async.fan_out import Outcome, fan_out
from workato_async.limits.limiter import Limiter
from workato_async.session import WorkatoSession

try:
    from distributed import Client, KilledWorker
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "workato_async.engines.dask needs distributed: pip install 'workato-async[dask]'", name=error.name
    ) from None

from workato_async.engines._dask_pickle import dumps, loads
from workato_async.engines._dask_scheduler import Runs
from workato_async.engines._dask_worker import SHARED, Options, SessionPlugin, check, host_of, outcome_unknown, perform

if TYPE_CHECKING:
    from types import TracebackType

T = TypeVar("T")
R = TypeVar("R")

_END: Any = object()
_POLL = 1.0
"""Seconds after which a synchronous iteration looks whether its client was closed in the meantime."""

_CLOSING = 30.0
"""Seconds to wait for the cluster to forget a run."""


@overload
def fan_out_on(
    client: Client,
    method: str,
    items: Iterable[T] | AsyncIterable[T],
    *,
    concurrency: int | None = None,
    session: Callable[[], WorkatoSession | Awaitable[WorkatoSession]] | None = None,
    limiter: Callable[[], Limiter] | None = None,
    idempotent: bool | None = None,
) -> FanOutOn[T, Any]: ...
@overload
def fan_out_on(
    client: Client,
    method: Callable[[WorkatoSession, T], Awaitable[R]],
    items: Iterable[T] | AsyncIterable[T],
    *,
    concurrency: int | None = None,
    session: Callable[[], WorkatoSession | Awaitable[WorkatoSession]] | None = None,
    limiter: Callable[[], Limiter] | None = None,
    idempotent: bool | None = None,
) -> FanOutOn[T, R]: ...
def fan_out_on(
    client: Client,
    method: Any,
    items: Any,
    *,
    concurrency: int | None = None,
    session: Callable[[], WorkatoSession | Awaitable[WorkatoSession]] | None = None,
    limiter: Callable[[], Limiter] | None = None,
    idempotent: bool | None = None,
) -> FanOutOn[Any, Any]:
    """Call a method for every item on the workers of a Dask cluster; each item has exactly one outcome.

    With a synchronous client, iterate with ``for``; with an asynchronous one, with ``async for``, or ``await`` the
    list of all outcomes. To leave early, use it in a ``with`` or ``async with`` block, which cancels the rest.

    An input whose worker dies is given to another one. A call that is not idempotent is never made again, though: once
    its request may have left, or a function has begun, its outcome is an OutcomeUnknownError.

    Args:
        client: of a cluster whose workers and scheduler have this package installed, in the same version.
        method: the name of a method of the session, e.g. ``"recipes.get"``, called with the item, or with several
            arguments if the item is a tuple. The value is what ``await`` returns: all items of a list; the first state
            of an operation, which is started and not waited for. Or a coroutine function, called with the worker's
            session and the item.
        items: any iterable, even an endless one, and with an asynchronous client any async iterable. It is consumed
            here, as calls end, and each item is pickled.
        concurrency: the largest number of calls submitted and not yet handed over; None for two per thread of the
            workers, which make one call per thread.
        session: makes the session of a worker, once per process, and is pickled; also an async one. None reads
            WORKATO_API_TOKEN and WORKATO_HOST from the worker's own environment, so that no token is sent anywhere.
        limiter: makes the limiter of a worker, once per process, and is pickled. None shares the quota of one machine
            by a MachineStore; workers on several machines need a store that they can all reach.
        idempotent: whether a call may be made twice; None for what the endpoint's description says, and no for a
            function.

    Raises:
        ConfigurationError: for a client that is none, an unknown method, one that takes no item, or an argument of
            another type. When the iteration begins, for a client of the other kind, and workers that
            cannot make their session or do not share a limiter.
        QuotaStoreError: when the iteration begins, if a worker cannot reach the store of its limiter.
        WorkatoError: while iterating, if the cluster is lost; what was under way has had its outcome by then.
    """
    return FanOutOn(client, method, items, concurrency, session, limiter, idempotent)


class FanOutOn(Generic[T, R]):
    """The iterable, awaitable and context manager that :func:`fan_out_on` returns. It can be iterated once."""

    def __init__(
        self,
        client: Client,
        method: str | Callable[[WorkatoSession, T], Awaitable[R]],
        items: Iterable[T] | AsyncIterable[T],
        concurrency: int | None,
        session: Callable[[], WorkatoSession | Awaitable[WorkatoSession]] | None,
        limiter: Callable[[], Limiter] | None,
        idempotent: bool | None,
    ) -> None:
        require_type("client", client, Client)
        if not isinstance(items, Iterable | AsyncIterable):
            raise ConfigurationError(f"fan_out_on needs an iterable of items, not {type(items).__name__}")
        if concurrency is not None:
            require_count("concurrency", concurrency)
        require_type("idempotent", idempotent, bool | None)
        _require_function("session", session, WorkatoSession, "lambda: WorkatoSession(data_center='eu')")
        _require_function("limiter", limiter, Limiter, "lambda: Limiter(store=RedisStore(url))")
        self._client = client
        self._items = items
        self._run: _Run[T, R] = _Run(client, method, concurrency, session, limiter, idempotent)
        self._outcomes: AsyncGenerator[Outcome[T, R]] | None = None
        self._sync_outcomes: Generator[Outcome[T, R]] | None = None
        self._ended = False

    def __aiter__(self) -> AsyncGenerator[Outcome[T, R]]:
        if self._outcomes is None:
            self._require(asynchronous=True)
            self._outcomes = self._iterate()
        self._require_unended()
        return self._outcomes

    def __await__(self) -> Generator[Any, None, list[Outcome[T, R]]]:
        return self._collect().__await__()

    def __iter__(self) -> Generator[Outcome[T, R]]:
        if self._sync_outcomes is None:
            self._require(asynchronous=False)
            self._sync_outcomes = self._iterate_sync()
        self._require_unended()
        return self._sync_outcomes

    async def __aenter__(self) -> Self:
        self._require(asynchronous=True)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._outcomes is not None:
            await self._outcomes.aclose()
        self._ended = True

    def __enter__(self) -> Self:
        self._require(asynchronous=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._sync_outcomes is not None:
            self._sync_outcomes.close()
        self._ended = True

    def __repr__(self) -> str:
        return f"<fan_out_on {self._run.label}{', ended' if self._ended else ''}>"

    async def _collect(self) -> list[Outcome[T, R]]:
        async with self:
            return [outcome async for outcome in self]

    async def _iterate(self) -> AsyncGenerator[Outcome[T, R]]:
        run = self._run
        try:
            concurrency = await run.open()
            async with fan_out(run.call, self._items, concurrency=concurrency) as outcomes:
                async for outcome in outcomes:
                    yield _continued(outcome)
        finally:
            self._ended = True
            await _undisturbed(run.close())

    def _iterate_sync(self) -> Generator[Outcome[T, R]]:
        """Iterate in the thread of the caller, also over the items; only the calls are on the client's loop."""
        run, client, loop = self._run, self._client, _loop_of(self._client)
        done: queue.SimpleQueue[Any] = queue.SimpleQueue()
        calls: dict[Any, T] = {}
        failure: Exception | None = None
        try:
            concurrency = asyncio.run_coroutine_threadsafe(run.open(), loop).result()
            items = iter(self._items)  # type: ignore[arg-type]
            while True:
                while len(calls) < concurrency and items is not None:
                    try:
                        item = next(items, _END)
                    except Exception as error:  # raised after the outcomes of the items before it
                        failure, item = error, _END
                    if item is _END:
                        items = None  # type: ignore[assignment]
                        break
                    future = asyncio.run_coroutine_threadsafe(run.call(item), loop)
                    calls[future] = item
                    future.add_done_callback(done.put)
                if not calls:
                    break
                future = self._next_of(done)
                item = calls.pop(future)
                if (raised := _raised_by(future)) is None:
                    yield Outcome(item, value=future.result())
                else:
                    yield _continued(Outcome(item, error=raised))
            if failure is not None:
                raise failure
        finally:
            self._ended = True
            for call in calls:
                call.cancel()
            if client.status == "running":
                closing = asyncio.run_coroutine_threadsafe(run.close(), loop)
                if not client.asynchronous:  # the garbage collector may end it in the thread of the loop
                    with suppress(TimeoutError):  # of a client that is closed at the same time
                        closing.result(_CLOSING)

    def _next_of(self, done: queue.SimpleQueue[Any]) -> Any:
        while True:
            try:
                return done.get(timeout=_POLL)
            except queue.Empty:
                if self._client.status == "closed":
                    raise _gone(self._client) from None

    def _require(self, *, asynchronous: bool) -> None:
        """Raise ConfigurationError unless the client is of one kind, and can be used here."""
        client = self._client
        if client.status in ("newly-created", "connecting") and client._asynchronous:  # noqa: SLF001
            raise ConfigurationError("await the client first: `async with Client(…, asynchronous=True) as client:`")
        if client.status != "running":
            raise ConfigurationError(f"the client is {client.status}: make a new one, as in Client(address)")
        if client._asynchronous and not asynchronous:  # noqa: SLF001
            raise ConfigurationError(
                "the client is asynchronous: write `async for outcome in fan_out_on(…)` or `await fan_out_on(…)`, or "
                "make the client without asynchronous=True"
            )
        if asynchronous and not client._asynchronous:  # noqa: SLF001
            raise ConfigurationError(
                "the client is synchronous: write `for outcome in fan_out_on(…)`, or make the client with "
                "`async with Client(…, asynchronous=True) as client:`"
            )
        if asynchronous and _loop_of(client) is not asyncio.get_running_loop():
            raise ConfigurationError("the client belongs to another event loop: make one in this loop")
        if not asynchronous and client.asynchronous:
            raise ConfigurationError("this is the thread of the client's event loop, which would wait for itself")
        if not asynchronous and not isinstance(self._items, Iterable):
            raise ConfigurationError("a synchronous client takes a plain iterable of items, not an async one")

    def _require_unended(self) -> None:
        if self._ended:
            raise ConfigurationError("this fan_out_on has ended and can be iterated once only: call fan_out_on again")


class _Run(Generic[T, R]):
    """One run on the cluster. Everything here happens on the client's event loop."""

    def __init__(
        self,
        client: Client,
        method: Any,
        concurrency: int | None,
        session: Any,
        limiter: Any,
        idempotent: bool | None,
    ) -> None:
        endpoint = endpoint_of(method)
        if idempotent is None:
            idempotent = endpoint is not None and endpoint.idempotent
        self.label = method if isinstance(method, str) else getattr(method, "__name__", type(method).__name__)
        self._client = client
        self._concurrency = concurrency
        self._options = Options(method, session, limiter, idempotent, endpoint.key if endpoint else "", 1, frozenset())
        for name, value in (("method", method), ("session", session), ("limiter", limiter)):
            _require_picklable(name, value)
        self._id = uuid.uuid4().hex
        self._indexes = count()
        self._begun = False
        self._worked = False
        """A call was made: its workers have what they need, and an outage is the outcome of the calls it affects."""

    async def open(self) -> int:
        """Put a session on every worker, and return the concurrency.

        Raises:
            ConfigurationError: if the workers cannot work.
            QuotaStoreError: if they cannot reach the store of their limiter.
            WorkatoError: if the cluster cannot be reached.
        """
        client = self._client
        try:
            threads: dict[str, int] = await client.nthreads()
            options = self._options_for(list(threads))
            await client.register_plugin(Runs())
            await _scheduler_of(client).workato_begin(run=self._id, client=client.id)
            self._begun = True
            await self._put_sessions(dumps(options))
        except WorkatoError:
            raise
        except OSError as error:
            raise _gone(client) from error
        except Exception as error:
            raise ConfigurationError(
                f"the cluster does not take the plugins of fan_out_on: {type(error).__name__}: {error}",
                advice="Install workato-async[dask] in the same version on scheduler and workers, and allow plugins "
                "(distributed.scheduler.pickle).",
            ) from None
        return self._concurrency or max(8, 2 * sum(threads.values()))

    async def call(self, item: T) -> R:
        """Have a worker make one call."""
        client = self._client
        if client.status != "running":
            raise _StopError(_gone(client))
        require_item(self._options.method, item)
        try:
            packed = dumps(item)
        except Exception as error:
            raise ConfigurationError(f"the item cannot be pickled: {type(error).__name__}: {error}") from None
        index = next(self._indexes)
        # Bytes only: of other arguments, Dask replaces those that happen to be the key of something on the cluster.
        task = dumps((self._id, index, packed))
        future = client.submit(perform, task, key=f"{self.label}-{self._id}-{index}", pure=False)
        try:
            failure: Exception | None = await future.exception()  # waits, and fetches no result
            reply = await self._take(index, failure, cancelled=future.status == "cancelled")
        finally:
            future.release()
        try:
            kind, content = loads(reply)
        except Exception as error:
            raise WorkatoError(
                f"the call was made, but its result cannot be unpickled here: {type(error).__name__}: {error}"
            ) from None
        if kind == "stop" or (kind == "store" and not self._worked):
            raise _StopError(content)
        self._worked = True
        if kind == "value":
            return content  # type: ignore[no-any-return]
        raise content

    async def close(self) -> None:
        """Forget the run on the cluster, and close its sessions there."""
        if self._begun and self._client.status == "running":
            with suppress(OSError):
                await _scheduler_of(self._client).workato_end(run=self._id)

    def _options_for(self, workers: list[str]) -> Options:
        hosts = frozenset(map(host_of, workers))
        if self._options.limiter is None and len(hosts) != 1:
            problem = f"its workers are on {len(hosts)} machines" if hosts else "it has no workers yet"
            raise ConfigurationError(
                f"the cluster cannot share a quota by a file, since {problem}: write {SHARED}"
                + ("" if hosts else "; or wait for the workers first: client.wait_for_workers(1)")
            )
        processes = len({address.rpartition("/")[0] if "inproc" in address else address for address in workers})
        return Options(
            self._options.method,
            self._options.session,
            self._options.limiter,
            self._options.idempotent,
            self._options.endpoint,
            processes,
            hosts,
        )

    async def _put_sessions(self, options: bytes) -> None:
        for _ in range(3):
            with suppress(OSError):  # a worker that has just ended; another one gets the plugin when it starts
                await self._client.register_plugin(SessionPlugin(self._id, options))
            replies: dict[str, Any] = await self._client.run(check, self._id, on_error="return")
            for reply in replies.values():
                if isinstance(reply, bytes) and reply:
                    raise loads(reply)[1]
                if isinstance(reply, Exception) and not isinstance(reply, OSError):
                    raise reply
            if b"" not in replies.values():
                return

    async def _take(self, index: int, error: BaseException | None, *, cancelled: bool) -> bytes:
        """Return the reply of a call that has ended.

        Raises:
            OutcomeUnknownError: if there is none, and the call may have been made and must not be made twice.
            ConnectionFailedError: if there is none.
        """
        found: dict[str, Any] = {"state": "claimed"}
        if self._client.status == "running":
            with suppress(OSError):
                found = await _scheduler_of(self._client).workato_take(run=self._id, index=index)
        if found.get("content"):
            content: bytes = found["content"]
            return content
        if found["state"] == "ended":
            raise _StopError(_gone(self._client))
        if isinstance(error, KilledWorker):
            problem = f"the workers that were given this call died ({error.allowed_failures + 1} of them)"
        elif cancelled:
            problem = "Dask cancelled this call: its cluster was restarted, or lost"
        elif error is not None:
            problem = f"Dask gave this call up: {type(error).__name__}: {error}"
        else:
            problem = "the worker has no session for this call"
        options, free = self._options, found["state"] == "free"
        if not options.idempotent and not free:
            raise outcome_unknown(options, problem)
        lost = ConnectionFailedError(f"{problem}; nothing was sent" if free else problem)
        lost.endpoint, lost.idempotent = options.endpoint, options.idempotent
        raise lost


class _StopError(Exception):
    """The run cannot go on."""

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error


def _continued(outcome: Outcome[T, R]) -> Outcome[T, R]:
    """Return an outcome that is one; raise what ends the run instead."""
    if isinstance(outcome.error, _StopError):
        raise outcome.error.error
    return outcome


def _raised_by(future: Any) -> BaseException | None:
    if future.cancelled():
        return asyncio.CancelledError()
    error: BaseException | None = future.exception()
    return error


async def _undisturbed(closing: Awaitable[None]) -> None:
    """Await something to its end, even if the task is cancelled."""
    task = asyncio.ensure_future(closing)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


def _loop_of(client: Client) -> asyncio.AbstractEventLoop:
    """Return the event loop of a client, which for a synchronous one runs in a thread."""
    loop: Any = client.loop
    found: asyncio.AbstractEventLoop = loop.asyncio_loop
    return found


def _scheduler_of(client: Client) -> Any:
    """Return what calls the handlers of the scheduler."""
    return client.scheduler


def _gone(client: Client) -> WorkatoError:
    address = getattr(client.scheduler, "address", "") or "of the cluster"
    return WorkatoError(
        f"the Dask scheduler {address} cannot be reached any more (the client is {client.status})",
        advice="Calls that were under way have had their outcomes; call fan_out_on again with the other items.",
    )


def _require_function(name: str, value: object, kind: type[Any], example: str) -> None:
    if isinstance(value, kind):
        raise ConfigurationError(
            f"{name} must be a function that makes one on each worker, as in {name}={example}, not a {kind.__name__}"
        )
    if value is None:
        return
    if not callable(value):
        raise ConfigurationError(f"{name} must be a function, as in {name}={example}, not {type(value).__name__}")
    try:
        inspect.signature(value).bind()
    except TypeError:
        raise ConfigurationError(f"{name} must be a function without arguments, as in {name}={example}") from None
    except ValueError:
        pass  # one that is written in C does not say what it takes


def _require_picklable(name: str, value: object) -> None:
    try:
        dumps(value)
    except Exception as error:
        raise ConfigurationError(
            f"{name} cannot be pickled and sent to the workers: {type(error).__name__}: {error}",
            advice="Make everything it needs (sessions, connections, locks) inside of the function.",
        ) from None
