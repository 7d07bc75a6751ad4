"""Bounded concurrency over any async function: every input returns exactly one outcome.

The limiter sets the pace, so there are no batches and no sleeps here. At most ``concurrency`` calls are started and not
yet handed over, whether running or finished. That bound also keeps memory flat when the input is endless or the
consumer is slow.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import attrs

from workato_async._tasks import cancel_and_wait
from workato_async.errors import ConfigurationError

if TYPE_CHECKING:
    from types import TracebackType

T = TypeVar("T")
R = TypeVar("R")


@attrs.frozen
class Outcome(Generic[T, R]):
    """The result of one input.

    Attributes:
        item: the input.
        value: what the function returned, None if it raised.
        error: what the function raised, None if it returned; a CancelledError if its task was cancelled from outside.
    """

    item: T
    value: R | None = None
    error: BaseException | None = None

    def unwrap(self) -> R:
        """Return the value.

        Raises:
            BaseException: the error, if there is one.
        """
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
    outcome of its item and stops nothing. An error of ``items`` itself is raised after the outcomes of the items before
    it. Leaving the block cancels the calls still running and waits until they and their clean-up have ended, even if
    the task is cancelled again.

    Args:
        function: takes one item; for more arguments use a lambda or ``functools.partial``.
        items: any iterable or async iterable, even an endless one; it is consumed as calls finish.
        concurrency: the largest number of calls started and not yet handed over.
        ordered: yield outcomes in the order of the items instead of as they complete.

    Raises:
        ConfigurationError: if concurrency is below 1, or items cannot be iterated.
    """
    return FanOut(function, items, concurrency, ordered=ordered)


class FanOut(Generic[T, R]):
    """The context manager and iterator that :func:`fan_out` returns."""

    def __init__(
        self,
        function: Callable[[T], Awaitable[R]],
        items: Iterable[T] | AsyncIterable[T],
        concurrency: int,
        *,
        ordered: bool,
    ) -> None:
        if isinstance(concurrency, bool) or not isinstance(concurrency, int) or concurrency < 1:
            raise ConfigurationError(f"concurrency must be a whole number of at least 1, not {concurrency!r}")
        if not callable(function):
            raise ConfigurationError(f"fan_out needs a function to call, not {type(function).__name__}")
        if not isinstance(items, Iterable | AsyncIterable):
            raise ConfigurationError(f"fan_out needs an iterable of items, not {type(items).__name__}")
        self._function = function
        self._items = items
        self._ordered = ordered
        self._slots = asyncio.Semaphore(concurrency)
        self._calls: dict[asyncio.Task[R], _Call[T, R]] = {}
        self._ready: deque[_Call[T, R]] = deque()  # in the order in which they are handed over
        self._changed = asyncio.Event()
        self._feeder: asyncio.Task[None] | None = None

    async def __aenter__(self) -> FanOut[T, R]:
        if self._feeder is not None:
            raise ConfigurationError("a fan_out can only be entered once")
        self._feeder = asyncio.create_task(self._feed())
        self._feeder.add_done_callback(lambda _: self._changed.set())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        tasks: list[asyncio.Task[Any]] = [*self._calls]
        if self._feeder is not None:
            tasks.append(self._feeder)
        await cancel_and_wait(tasks)

    def __aiter__(self) -> AsyncIterator[Outcome[T, R]]:
        return self

    async def __anext__(self) -> Outcome[T, R]:
        if self._feeder is None:
            raise ConfigurationError("use fan_out in an `async with` block")
        while True:
            if self._ready and (outcome := self._ready[0].outcome) is not None:
                self._ready.popleft()
                self._slots.release()
                return outcome
            if self._feeder.done() and not self._calls and not self._ready:
                if self._feeder.cancelled():
                    raise ConfigurationError("the iterable of items was cancelled before it was exhausted")
                if failure := self._feeder.exception():
                    raise failure
                raise StopAsyncIteration
            self._changed.clear()
            await self._changed.wait()

    async def _feed(self) -> None:
        """Start calls as slots become free."""
        if not isinstance(self._items, AsyncIterable):
            for item in self._items:
                await self._start(item)
            return
        items = aiter(self._items)
        try:
            async for item in items:
                await self._start(item)
        finally:
            if isinstance(items, AsyncGenerator):  # otherwise it would be closed later, by the garbage collector
                await items.aclose()

    async def _start(self, item: T) -> None:
        await self._slots.acquire()
        call: _Call[T, R] = _Call(item)
        task = asyncio.create_task(self._run(item))
        self._calls[task] = call
        if self._ordered:
            self._ready.append(call)
        task.add_done_callback(self._on_done)

    async def _run(self, item: T) -> R:
        return await self._function(item)

    def _on_done(self, task: asyncio.Task[R]) -> None:
        """Record the outcome of a call, including one that was cancelled before its first step."""
        call = self._calls.pop(task)
        if task.cancelled():
            call.outcome = Outcome(call.item, error=asyncio.CancelledError())
        elif error := task.exception():
            call.outcome = Outcome(call.item, error=error)
        else:
            call.outcome = Outcome(call.item, value=task.result())
        if not self._ordered:
            self._ready.append(call)
        self._changed.set()


class _Call(Generic[T, R]):
    __slots__ = ("item", "outcome")

    def __init__(self, item: T) -> None:
        self.item = item
        self.outcome: Outcome[T, R] | None = None
