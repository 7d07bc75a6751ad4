"""Bounded concurrency over any awaitable function: every input comes back as exactly one outcome.

Pace belongs to the limiter, so there are no batches and no sleeps here: at most ``concurrency`` calls are begun and not
yet handed over, whether they run or have ended. That bound is also what keeps memory flat when the input is endless or
the consumer slow.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Generic, TypeVar

import attrs

from workato_async.errors import ConfigurationError

if TYPE_CHECKING:
    from types import TracebackType

T = TypeVar("T")
R = TypeVar("R")


@attrs.frozen
class Outcome(Generic[T, R]):
    """What became of one input.

    Attributes:
        item: the input.
        value: what the function returned, None if it raised.
        error: what the function raised, None if it returned; a CancelledError if it was cancelled from elsewhere.
    """

    item: T
    value: R | None = None
    error: BaseException | None = None

    def unwrap(self) -> R:
        """Return the value, or raise the error."""
        if self.error is not None:
            raise self.error
        return self.value  # type: ignore[return-value]


def fan_out(
    function: Callable[[T], Awaitable[R]],
    items: Iterable[T] | AsyncIterable[T],
    *,
    concurrency: int = 64,
    ordered: bool = False,
) -> FanOut[T, R]:
    """Call a function for every item, at most ``concurrency`` at a time.

    Use it as ``async with fan_out(…) as outcomes: async for outcome in outcomes: …``. An error of the function is the
    outcome of its item and stops nothing; an error of ``items`` itself is raised after the outcomes of what came before
    it. Leaving the block cancels what still runs and waits until it has ended.

    Args:
        function: takes one item; for more arguments use a lambda or ``functools.partial``.
        items: any iterable or async iterable, also an endless one; it is consumed as there is room.
        concurrency: calls begun and not yet handed over, at most.
        ordered: hand outcomes over in the order of the items, not as they complete.

    Raises:
        ConfigurationError: for a concurrency below 1, or items that cannot be iterated.
    """
    return FanOut(function, items, concurrency, ordered=ordered)


class FanOut(Generic[T, R]):
    """The block and the iterator of :func:`fan_out`."""

    def __init__(
        self,
        function: Callable[[T], Awaitable[R]],
        items: Iterable[T] | AsyncIterable[T],
        concurrency: int,
        *,
        ordered: bool,
    ) -> None:
        if isinstance(concurrency, bool) or not isinstance(concurrency, int) or concurrency < 1:
            raise ConfigurationError(f"concurrency is a whole number of at least 1, not {concurrency!r}")
        if not isinstance(items, Iterable | AsyncIterable):
            raise ConfigurationError(f"fan_out needs an iterable of items, not {type(items).__name__}")
        self._function = function
        self._items = items
        self._ordered = ordered
        self._room = asyncio.Semaphore(concurrency)
        self._begun: deque[asyncio.Task[Outcome[T, R]]] = deque()  # in the order of the items; only if ordered
        self._running: set[asyncio.Task[Outcome[T, R]]] = set()
        self._ended: deque[Outcome[T, R]] = deque()  # in the order they ended; only if not ordered
        self._news = asyncio.Event()
        self._feeder: asyncio.Task[None] | None = None
        self._leaving = False

    async def __aenter__(self) -> FanOut[T, R]:
        if self._feeder is not None:
            raise ConfigurationError("a fan_out can be entered once")
        self._feeder = asyncio.create_task(self._feed())
        self._feeder.add_done_callback(self._tell)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._leaving = True
        tasks: set[asyncio.Task[object]] = {*self._running, *self._begun}
        if self._feeder is not None:
            tasks.add(self._feeder)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def __aiter__(self) -> AsyncIterator[Outcome[T, R]]:
        return self

    async def __anext__(self) -> Outcome[T, R]:
        if self._feeder is None:
            raise ConfigurationError("use fan_out in an `async with` block")
        while True:
            if self._ordered and self._begun:
                outcome = await asyncio.shield(self._begun[0])
                self._begun.popleft()
                self._room.release()
                return outcome
            if self._ended:
                self._room.release()
                return self._ended.popleft()
            if self._feeder.done() and not self._running and not self._begun:
                if not self._feeder.cancelled() and (failure := self._feeder.exception()):
                    raise failure
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()

    async def _feed(self) -> None:
        """Begin calls as there is room for them."""
        if isinstance(self._items, AsyncIterable):
            async for item in self._items:
                await self._begin(item)
        else:
            for item in self._items:
                await self._begin(item)

    async def _begin(self, item: T) -> None:
        await self._room.acquire()
        task = asyncio.create_task(self._run(item))
        if self._ordered:
            self._begun.append(task)
        self._running.add(task)
        task.add_done_callback(self._book)
        self._news.set()

    async def _run(self, item: T) -> Outcome[T, R]:
        try:
            return Outcome(item, value=await self._function(item))
        except asyncio.CancelledError as error:
            if self._leaving:
                raise
            return Outcome(item, error=error)
        except Exception as error:
            return Outcome(item, error=error)

    def _book(self, task: asyncio.Task[Outcome[T, R]]) -> None:
        self._running.discard(task)
        if not self._ordered and not task.cancelled() and task.exception() is None:
            self._ended.append(task.result())
        self._news.set()

    def _tell(self, _: asyncio.Task[None]) -> None:
        self._news.set()
