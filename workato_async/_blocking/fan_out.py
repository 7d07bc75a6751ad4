"""``Workato.fan_out``: ``workato_async.fan_out.fan_out`` as a generator."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING, Any

from workato_async._blocking.call import Call
from workato_async._blocking.proxies import END, Pages, Stream, awaitable, coroutine_function
from workato_async.fan_out import Outcome, fan_out

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterable, Iterator

    from workato_async._blocking.thread import LoopThread


class FanOutCall(Call):
    """The steps of one fan-out."""

    def __init__(self, concurrency: int) -> None:
        super().__init__(recent=concurrency)
        self.fed: asyncio.Queue[tuple[Any, BaseException | None]] = asyncio.Queue()

    async def feed(self) -> AsyncGenerator[Any, None]:
        """Yield the items that the thread of the program hands over."""
        while True:
            item, error = await self.fed.get()
            if error is not None:
                raise error
            if item is END:
                return
            yield item


def in_thread(function: Callable[[Any], Any]) -> Callable[[Any], Awaitable[Any]]:
    """Return a function that calls a plain one in a thread, where it may make blocking calls."""

    async def call(item: Any) -> Any:
        inner = Call()
        future: Future[tuple[Any, BaseException | None]] = Future()
        # A daemon: Python would wait for others before it ends, and the calls that they make may take long.
        Thread(target=inner.context.run, args=(_call, future, function, item), daemon=True).start()
        waiting = asyncio.wrap_future(future)
        try:
            value, error = await asyncio.shield(waiting)
        except asyncio.CancelledError:
            inner.cancel()
            while not waiting.done():
                with suppress(asyncio.CancelledError):
                    await asyncio.wait([waiting])
            raise
        if error is not None:
            raise error
        return await value if hasattr(value, "__await__") else value

    return call


def _call(future: Future[tuple[Any, BaseException | None]], function: Callable[[Any], Any], item: Any) -> None:
    """Call a function, and fetch the list that it returns."""
    try:
        value = function(item)
        future.set_result((value.collect() if isinstance(value, Pages) else value, None))
    except BaseException as error:
        future.set_result((None, error))  # so that it may go unnoticed, when the fan-out was left


def outcomes(
    thread: LoopThread,
    function: Callable[[Any], Any],
    items: Iterable[Any],
    *,
    concurrency: int,
    ordered: bool,
) -> Generator[Outcome[Any, Any], None, None]:
    """Check the arguments, and return the generator of outcomes."""
    fan_out(function, items, concurrency=concurrency, ordered=ordered)  # checks them
    if (method := awaitable(function)) is None:
        method = function if coroutine_function(function) else in_thread(function)
    source: Any = items if isinstance(items, AsyncIterable) else None
    if isinstance(items, Pages | Stream):
        source = items._get()  # noqa: SLF001 - a part of the same facade
    return _outcomes(thread, method, source, None if source is not None else iter(items), concurrency, ordered)


def _outcomes(
    thread: LoopThread,
    method: Callable[[Any], Awaitable[Any]],
    source: AsyncIterable[Any] | None,
    items: Iterator[Any] | None,
    concurrency: int,
    ordered: bool,
) -> Generator[Outcome[Any, Any], None, None]:
    call = FanOutCall(concurrency)
    block = fan_out(method, call.feed() if source is None else source, concurrency=concurrency, ordered=ordered)
    slots = concurrency

    def pull() -> None:
        """Take items, in the thread of the program: they may come from a cursor, or from blocking calls."""
        nonlocal items, slots
        while items is not None and slots:
            slots -= 1
            pair: tuple[Any, BaseException | None]
            try:
                pair = next(items, END), None
            except Exception as error:  # raised after the outcomes of the items before it
                pair = END, error
            if pair[0] is END:
                items = None
            thread.call_soon(partial(call.fed.put_nowait, pair))
            if call.over:  # there is an outcome to hand over first
                break

    try:
        thread.run(call, block.__aenter__)
        while True:
            call.post(pull)  # so that Ctrl-C finds it inside the step
            outcome = thread.run(call, lambda: anext(block, END))
            if outcome is END:
                break
            yield outcome
            slots += 1
    finally:
        thread.finish(call, lambda: block.__aexit__(None, None, None))
        call.deliver_rest()
