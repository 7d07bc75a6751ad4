"""Bounded concurrency over any async function: every input returns exactly one outcome.

The limiter sets the pace, so there are no batches and no sleeps here. At most ``concurrency`` calls are started and not
yet handed over, whether running or finished. That bound also keeps memory flat when the input is endless or the
consumer is slow.
"""

from __future__ import annotations

import asyncio
import types
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Callable, Generator, Iterable
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
    """The context manager and iterator that ``fan_out`` returns."""

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
        self._free = concurrency  # calls that may still be started
        self._freed = asyncio.Event()
        self._calls: set[asyncio.Task[None]] = set()
        self._ready: deque[_Call[T, R]] = deque()  # in the order in which they are handed over
        self._changed = asyncio.Event()
        self._feeder: asyncio.Task[None] | None = None
        self._left = False

    async def __aenter__(self) -> FanOut[T, R]:
        if self._feeder is not None:
            raise ConfigurationError("a fan_out can only be entered once")
        self._feeder = asyncio.create_task(self._feed())
        self._feeder.add_done_callback(lambda _: self._changed.set())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._left = True
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
                self._ready.popleft().outcome = None  # the traceback of its error refers to the call
                self._free += 1
                if self._free == 1:
                    self._freed.set()
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
        """Start calls as long as there is room for them."""
        if not isinstance(self._items, AsyncIterable):
            for item in self._items:
                if not self._free:
                    await self._wait_for_room()
                self._start(item)
            return
        items = aiter(self._items)
        try:
            async for item in items:
                if self._left:  # the iterable has caught the cancellation
                    raise asyncio.CancelledError
                if not self._free:
                    await self._wait_for_room()
                self._start(item)
        finally:
            if isinstance(items, AsyncGenerator):  # otherwise it would be closed later, by the garbage collector
                await items.aclose()

    async def _wait_for_room(self) -> None:
        while not self._free:
            self._freed.clear()
            await self._freed.wait()

    def _start(self, item: T) -> None:
        """Start a call in a task of its own: a worker's would hand a cancellation, or a context, to the next item."""
        self._free -= 1
        call: _Call[T, R] = _Call(item)
        if self._ordered:
            self._ready.append(call)
        running = self._run(call)
        running.send(None)  # so that a cancellation before the first step arrives inside it
        task = call.task = asyncio.get_running_loop().create_task(running)
        if not task.done():  # as it is if the loop begins tasks at once
            self._calls.add(task)

    async def _run(self, call: _Call[T, R]) -> None:
        try:
            await _begun()
            value = await self._function(call.item)
        except asyncio.CancelledError:
            self._end(call, Outcome(call.item, error=asyncio.CancelledError()))
            raise
        except BaseException as error:
            self._end(call, Outcome(call.item, error=error))
            if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit):  # they are for the event loop
                if call.task is not None:
                    call.task.add_done_callback(lambda task: task.exception())  # which nobody else asks for
                raise
        else:
            self._end(call, Outcome(call.item, value))

    def _end(self, call: _Call[T, R], outcome: Outcome[T, R]) -> None:
        call.outcome = outcome
        self._calls.discard(call.task)
        if not self._ordered:
            self._ready.append(call)
        self._changed.set()


@types.coroutine
def _begun() -> Generator[None]:
    """Wait for the first step of the task."""
    yield


class _Call(Generic[T, R]):
    __slots__ = ("item", "outcome", "task")

    def __init__(self, item: T) -> None:
        self.item = item
        self.outcome: Outcome[T, R] | None = None
        self.task: asyncio.Task[None] | None = None
