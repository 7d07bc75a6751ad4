"""``Workato.fan_out``: :func:`workato_async.fan_out.fan_out` as a generator."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from workato_async._blocking.call import CURRENT, Call
from workato_async._blocking.proxies import Pages, Stream, awaitable, coroutine_function
from workato_async.fan_out import Outcome, fan_out

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterator

    from workato_async._blocking.thread import LoopThread

_END: Any = object()


class FanOutCall(Call):
    """The steps of one fan-out; when it is interrupted, only the writes in flight go on for a while."""

    def __init__(self, concurrency: int) -> None:
        super().__init__()
        self.fed: asyncio.Queue[tuple[Any, BaseException | None]] = asyncio.Queue()
        self.tasks: set[asyncio.Task[Any]] = set()
        self._threads: ThreadPoolExecutor | None = None
        self._concurrency = concurrency

    def interrupt(self) -> None:
        super().interrupt()
        for task in self.tasks - self.in_flight():
            task.cancel()

    def cancel(self) -> None:
        super().cancel()
        for task in self.tasks:
            task.cancel()

    async def feed(self) -> AsyncGenerator[Any, None]:
        """Yield the items that the thread of the program hands over."""
        while True:
            item, error = await self.fed.get()
            if error is not None:
                raise error
            if item is _END or self._interrupted:
                return
            yield item

    def tracked(self, function: Callable[[Any], Awaitable[Any]]) -> Callable[[Any], Awaitable[Any]]:
        """Return a function that calls another one in a task that an interruption cancels."""

        async def call(item: Any) -> Any:
            task = asyncio.current_task()
            if self._interrupted or task is None:
                raise asyncio.CancelledError
            self.tasks.add(task)
            try:
                return await function(item)
            finally:
                self.tasks.discard(task)

        return call

    def in_thread(self, function: Callable[[Any], Any]) -> Callable[[Any], Awaitable[Any]]:
        """Return a function that calls a plain one in a thread, where it may make blocking calls."""

        async def call(item: Any) -> Any:
            if self._threads is None:
                self._threads = ThreadPoolExecutor(self._concurrency, "workato_async fan_out")
            context = copy_context()
            inner = context.run(Call)
            context.run(CURRENT.set, inner)
            work = partial(_called, function, item)
            future = asyncio.get_running_loop().run_in_executor(self._threads, lambda: context.run(work))
            try:
                value = await asyncio.shield(future)
            except asyncio.CancelledError:
                inner.cancel()
                await asyncio.wait([future])
                raise
            return await value if hasattr(value, "__await__") else value

        return call

    async def end(self) -> None:
        """Let the threads go."""
        if self._threads is not None:
            self._threads.shutdown(wait=False)


def outcomes(
    thread: LoopThread,
    function: Callable[[Any], Any],
    items: Iterable[Any],
    *,
    concurrency: int,
    ordered: bool,
) -> Generator[Outcome[Any, Any], None, None]:
    """Check the arguments, and return the generator of outcomes."""
    call = FanOutCall(concurrency)
    method = awaitable(function)
    if method is None:
        method = function if coroutine_function(function) else call.in_thread(function)
    source: AsyncIterable[Any] | None = None
    if isinstance(items, Pages | Stream):
        source = items._get()  # noqa: SLF001 - a part of the same facade
    elif isinstance(items, AsyncIterable):
        source = items
    block = fan_out(call.tracked(method), source or call.feed(), concurrency=concurrency, ordered=ordered)
    return _outcomes(thread, call, block, None if source is not None else iter(items), concurrency)


def _outcomes(
    thread: LoopThread, call: FanOutCall, block: Any, items: Iterator[Any] | None, concurrency: int
) -> Generator[Outcome[Any, Any], None, None]:
    exhausted = items is None
    pulled: list[tuple[Any, BaseException | None]] = []

    def pull(number: int) -> None:
        """Take items, in the thread of the program: they may come from a cursor, or from blocking calls."""
        nonlocal exhausted
        pulled.clear()
        if items is None or exhausted:
            return
        try:
            pulled.extend((item, None) for item in islice(items, number))
        except Exception as error:  # raised after the outcomes of the items before it
            pulled.append((_END, error))
        else:
            if len(pulled) < number:
                pulled.append((_END, None))
        exhausted = bool(pulled) and pulled[-1][0] is _END

    async def following() -> Outcome[Any, Any]:
        for pair in pulled:
            call.fed.put_nowait(pair)
        return await anext(block, _END)

    entered = False
    try:
        thread.run(call, block.__aenter__)
        entered = True
        pull(concurrency)
        while (outcome := thread.run(call, following)) is not _END:
            yield outcome
            pull(1)
        call.deliver_rest()
    finally:
        if entered:
            thread.finish(lambda: block.__aexit__(None, None, None))
        thread.finish(call.end)


def _called(function: Callable[[Any], Any], item: Any) -> Any:
    """Call a function, and fetch the list that it returns."""
    value = function(item)
    return value.collect() if isinstance(value, Pages) else value
