"""Dask: one call per item, made by the workers of a cluster, which share one quota.

```py
from distributed import Client
from workato_async.engines.dask import fan_out_on

with Client("tcp://scheduler:8786") as client:
    for outcome in fan_out_on(client, "recipes.get", ids, limiter=lambda: Limiter(store=RedisStore(url))):
        ...
```

The quota sets the pace, however many workers there are: what a cluster adds is that the work outlives a worker.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import inspect
import uuid
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Coroutine, Generator, Iterable
from contextlib import suppress
from itertools import count, islice
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, overload

from workato_async._checks import require_count, require_type
from workato_async.engines._methods import endpoint_of, require_item
from workato_async.errors import ConfigurationError, ConnectionFailedError, WorkatoError
from workato_async.fan_out import Outcome, fan_out

try:
    from distributed import Client
    from distributed.protocol.pickle import dumps, loads
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "workato_async.engines.dask needs distributed: pip install 'workato-async[dask]'", name=error.name
    ) from None

from workato_async.engines._dask_scheduler import Runs
from workato_async.engines._dask_worker import Options, SessionPlugin, check, perform

if TYPE_CHECKING:
    from workato_async.limits.limiter import Limiter
    from workato_async.session import WorkatoSession

T = TypeVar("T")
R = TypeVar("R")
S = TypeVar("S")

_END: Any = object()
_POLL = 1.0
"""Seconds between checks in a synchronous iteration whether its client was closed."""


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
    client: Any,
    method: Any,
    items: Any,
    *,
    concurrency: int | None = None,
    session: Any = None,
    limiter: Any = None,
    idempotent: bool | None = None,
) -> FanOutOn[Any, Any]:
    """Call a method for every item on the workers of a Dask cluster; each item has exactly one outcome.

    With a synchronous client, iterate with ``for``; with an asynchronous one, with ``async for``, or ``await`` the
    list of all outcomes. To leave early, use it in a ``with`` or ``async with`` block, which cancels the rest.

    An input whose worker dies is given to another one. A call that is not idempotent is never made again, though: once
    its request may have left, or a function has begun, its outcome is an OutcomeUnknownError.

    Args:
        client: the client of a cluster whose workers and scheduler have this package installed, in the same version.
            Calls wait for workers if there are none.
        method: the name of a method of the session, e.g. ``"recipes.get"``, called with the item, or with several
            arguments if the item is a tuple. The value is what ``await`` returns: all items of a list; the first state
            of an operation, which is started and not waited for. Or a coroutine function, called with the worker's
            session and the item.
        items: any iterable, even an endless one, and with an asynchronous client any async iterable. It is consumed
            here, as calls end, and each item is pickled.
        concurrency: the largest number of calls submitted and not yet handed over; None for two per thread of the
            workers, which make one call per thread.
        session: makes the session of a worker, and is pickled; also an async one. None reads WORKATO_API_TOKEN and
            WORKATO_HOST from the worker's own environment, so that no token is sent anywhere.
        limiter: makes the limiter of a worker, and is pickled. None uses a MachineStore, which shares the quota on one
            machine; workers on several machines need a store that all of them can reach.
        idempotent: whether a call may be made twice; None uses what is known about the endpoint, and means no for a
            function.

    Raises:
        ConfigurationError: for anything but a client, an unknown method, one that takes no item, or an argument of
            another type. Also when the iteration begins or a worker joins: for a client of the other kind, or if
            workers cannot make their session or do not share a limiter.
        QuotaStoreError: when the iteration begins, if a worker cannot reach the store of its limiter.
        WorkatoError: while iterating, if the cluster is lost; calls that were under way have had their outcomes by
            then.
    """
    if not isinstance(client, Client):
        given = getattr(client, "__name__", None) or type(client).__name__
        raise ConfigurationError(f"client must be a distributed.Client, as in Client(address), not {given}")
    if not isinstance(items, Iterable | AsyncIterable):
        raise ConfigurationError(f"fan_out_on needs an iterable of items, not {type(items).__name__}")
    if concurrency is not None:
        require_count("concurrency", concurrency)
    require_type("idempotent", idempotent, bool | None)
    _require_maker("session", session, "lambda: WorkatoSession(data_center='eu')")
    _require_maker("limiter", limiter, "lambda: Limiter(store=RedisStore(url))")
    endpoint = endpoint_of(method)
    if idempotent is None:
        idempotent = endpoint is not None and endpoint.idempotent
    options = Options(method, session, limiter, idempotent, endpoint.key if endpoint else "")
    return FanOutOn(_Run(client, options, concurrency), items)


class FanOutOn(Generic[T, R]):
    """The iterable, awaitable and context manager that ``fan_out_on`` returns. It can be iterated once."""

    def __init__(self, run: _Run[T, R], items: Iterable[T] | AsyncIterable[T]) -> None:
        self._run = run
        self._items = items
        self._outcomes: AsyncGenerator[Outcome[T, R]] | None = None
        self._sync_outcomes: Generator[Outcome[T, R]] | None = None

    def __aiter__(self) -> AsyncGenerator[Outcome[T, R]]:
        self._run.require_client(asynchronous=True)
        if self._outcomes is None:
            self._outcomes = self._run.outcomes(self._items)
        return self._outcomes

    def __await__(self) -> Generator[Any, None, list[Outcome[T, R]]]:
        return self._collect().__await__()

    def __iter__(self) -> Generator[Outcome[T, R]]:
        self._run.require_client(asynchronous=False)
        if not isinstance(self._items, Iterable):
            raise ConfigurationError("a synchronous client takes a plain iterable of items, not an async one")
        if self._sync_outcomes is None:
            self._sync_outcomes = self._run.sync_outcomes(self._items)
        return self._sync_outcomes

    async def __aenter__(self) -> Self:
        self._run.require_client(asynchronous=True)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._outcomes is not None:
            await self._outcomes.aclose()
        self._run.ended = True

    def __enter__(self) -> Self:
        self._run.require_client(asynchronous=False)
        return self

    def __exit__(self, *_: object) -> None:
        if self._sync_outcomes is not None:
            self._sync_outcomes.close()
        self._run.ended = True

    async def _collect(self) -> list[Outcome[T, R]]:
        async with self:
            return [outcome async for outcome in self]


class _Run(Generic[T, R]):
    """One run on the cluster. Its coroutines belong to the client's event loop."""

    def __init__(self, client: Client, options: Options, concurrency: int | None) -> None:
        method = options.method
        self.label = method if isinstance(method, str) else getattr(method, "__name__", type(method).__name__)
        self.ended = False
        self._client = client
        self._options = options
        self._concurrency = concurrency
        try:
            self._packed: bytes = dumps(options)
        except Exception as error:
            raise ConfigurationError(
                f"method, session or limiter cannot be pickled and sent to the workers: {type(error).__name__}: "
                f"{error}",
                advice="Make everything they need (sessions, connections, locks) inside of the function.",
            ) from None
        self._id = uuid.uuid4().hex
        self._indexes = count()
        self._opened = 0
        self._worked = False

    @property
    def _loop(self) -> asyncio.AbstractEventLoop:
        loop: Any = self._client.loop
        return loop.asyncio_loop  # type: ignore[no-any-return]

    @property
    def _scheduler(self) -> Any:
        return self._client.scheduler

    def require_client(self, *, asynchronous: bool) -> None:
        """Raise ConfigurationError unless the client is of one kind, and can be used here and now."""
        client, problem = self._client, ""
        if self.ended:
            problem = "this fan_out_on has ended and can be iterated once only: call fan_out_on again"
        elif client.status != "running":
            problem = (
                f"the client is {client.status}: make a new one, `with Client(address) as client:`, or with asyncio "
                "`async with Client(address, asynchronous=True) as client:`"
            )
        elif asynchronous and self._loop is not asyncio.get_running_loop():
            problem = (
                "the client is synchronous, or of another event loop: write `for outcome in fan_out_on(…)`, or make "
                "the client with `async with Client(…, asynchronous=True) as client:` in this loop"
            )
        elif not asynchronous and client.asynchronous:
            problem = (
                "this is the thread of the client's event loop, which would wait for itself: with an asynchronous "
                "client, write `async for outcome in fan_out_on(…)` or `await fan_out_on(…)`"
            )
        if problem:
            raise ConfigurationError(problem)

    async def outcomes(self, items: Iterable[T] | AsyncIterable[T]) -> AsyncGenerator[Outcome[T, R]]:
        """Make all calls."""
        try:
            async with fan_out(self._call, items, concurrency=await self.open()) as outcomes:
                async for outcome in outcomes:
                    if isinstance(outcome.error, _StopError):
                        raise outcome.error.args[0]
                    yield outcome
        finally:
            self._closing = asyncio.ensure_future(self.close())
            await asyncio.shield(self._closing)

    def sync_outcomes(self, iterable: Iterable[T]) -> Generator[Outcome[T, R]]:
        """Make all calls, iterating over the items in the thread of the caller; only calls are on the client's loop."""
        turn = asyncio.Lock()
        fed: asyncio.Queue[tuple[Any, Exception | None]] = asyncio.Queue()
        pulled: list[tuple[Any, Exception | None]] = []
        items = iter(iterable)

        def pull(number: int) -> None:
            nonlocal items
            failure = None
            pulled.clear()
            try:
                pulled.extend((item, None) for item in islice(items, number))
            except Exception as error:  # raised after the outcomes of the items before it
                failure = error
            if len(pulled) < number:
                pulled.append((_END, failure))
                items = iter(())

        async def feed() -> AsyncGenerator[T]:
            while (pair := await fed.get())[0] is not _END:
                yield pair[0]
            if pair[1] is not None:
                raise pair[1]

        async def following() -> Outcome[T, R]:
            async with turn:
                for pair in pulled:
                    fed.put_nowait(pair)
                return await anext(outcomes, _END)

        async def close() -> None:
            async with turn:  # after a step that was interrupted has ended
                await outcomes.aclose()
                await self.close()

        outcomes = self.outcomes(feed())
        try:
            pull(self._wait(self.open()))
            while (outcome := self._wait(following())) is not _END:
                yield outcome
                pull(1)
        finally:
            self._finish(close())

    async def open(self) -> int:
        """Put a session on every worker, and return the concurrency; raise a WorkatoError if they cannot work."""
        client = self._client
        if self._opened:
            return self._opened
        try:
            threads: dict[str, int] = await client.nthreads()
            await client.register_plugin(Runs())
            await self._scheduler.workato_begin(run=self._id, client=client.id)
            with suppress(OSError):  # a worker that has just ended; another one gets the plugin when it starts
                await client.register_plugin(SessionPlugin(self._id, self._packed))
            replies: dict[str, Any] = await client.run(check, self._id, on_error="return")
            for reply in replies.values():
                if isinstance(reply, bytes):
                    raise loads(reply)[1]
                if isinstance(reply, Exception) and not isinstance(reply, OSError):
                    raise reply
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
        self._opened = self._concurrency or max(8, 2 * sum(threads.values()))
        return self._opened

    async def close(self) -> None:
        """Forget the run on the cluster, and close its sessions there."""
        self.ended = True
        if self._client.status == "running":
            with suppress(OSError):
                await self._scheduler.workato_end(run=self._id)

    def _wait(self, coroutine: Coroutine[Any, Any, S]) -> S:
        """Await something in the loop of a synchronous client, from another thread."""
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            while not concurrent.futures.wait([future], _POLL).done:
                if self._client.status == "closed":
                    raise _gone(self._client)
            return future.result()
        finally:
            future.cancel()

    def _finish(self, closing: Coroutine[Any, Any, None]) -> None:
        """Await the end of an iteration; without waiting where the garbage collector calls it in the client's loop."""
        self.ended = True
        if self._client.status != "running":
            closing.close()
        elif self._client.asynchronous:
            asyncio.run_coroutine_threadsafe(closing, self._loop)
        else:
            with suppress(WorkatoError):  # of a client that is closed at the same time
                self._wait(closing)

    async def _call(self, item: T) -> R:
        """Have a worker make one call."""
        client, method = self._client, self._options.method
        if client.status != "running":
            raise _StopError(_gone(client))
        require_item(method, item)
        try:
            packed = dumps(item)
        except Exception as error:
            raise ConfigurationError(f"the item cannot be pickled: {type(error).__name__}: {error}") from None
        index = next(self._indexes)
        # Bytes only: of other arguments, Dask replaces those that happen to be the key of something on the cluster.
        task = dumps((self._id, index, packed))
        future = client.submit(perform, task, key=f"{self.label}-{self._id}-{index}", pure=False)
        try:
            failure = await future.exception()  # waits, and fetches no result
            reply = await self._reply(index, f"Dask gave this call up: {failure or future.status}")
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
        self._worked = True  # from now on, an outage is the outcome of the calls that it affects
        if kind == "value":
            return content  # type: ignore[no-any-return]
        raise content

    async def _reply(self, index: int, problem: str) -> bytes:
        """Return the reply of a call that has ended; raise what is known of it if there is none."""
        options = self._options
        found: Any = True
        if self._client.status == "running":
            with suppress(OSError):
                found = await self._scheduler.workato_take(run=self._id, index=index)
        if found is None:
            raise _StopError(_gone(self._client))
        if isinstance(found, bytes):
            return found
        if found and not options.idempotent:
            raise options.outcome_unknown(problem)
        lost = ConnectionFailedError(problem if options.idempotent else f"{problem}; nothing was sent")
        lost.endpoint, lost.idempotent = options.endpoint, options.idempotent
        raise lost


class _StopError(Exception):
    """The run cannot go on; the argument is why."""


def _gone(client: Client) -> WorkatoError:
    address = getattr(client.scheduler, "address", "") or "of the cluster"
    return WorkatoError(
        f"the Dask scheduler {address} cannot be reached any more (the client is {client.status})",
        advice="Calls that were under way have had their outcomes; call fan_out_on again with the other items.",
    )


def _require_maker(name: str, value: object, example: str) -> None:
    try:
        if value is not None:
            inspect.signature(value).bind()  # type: ignore[arg-type]
    except TypeError:
        raise ConfigurationError(
            f"{name} must be a function without arguments that makes one on each worker, as in {name}={example}, not "
            f"{getattr(value, '__name__', None) or type(value).__name__}"
        ) from None
    except ValueError:
        pass  # one that is written in C does not say what it takes
