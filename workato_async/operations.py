"""Long-running operations on the server: started with one call, then polled until they end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from workato_async._backoff import sleep
from workato_async._checks import require_seconds
from workato_async.errors import OperationFailedError, OutcomeUnknownError, WaitTimeoutError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator

T = TypeVar("T")

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 15.0
"""Seconds between polls: longer each time, so that short operations are noticed soon and long ones cost few calls."""
WAIT_TIMEOUT = 600.0
"""Seconds to wait for an operation by default."""


async def poll(get_state: Callable[[], Awaitable[T | None]], *, timeout: float, what: str) -> T:
    """Call a function, with pauses, until it returns something.

    Args:
        get_state: one paced call; None means "not yet".
        timeout: seconds to keep polling.
        what: names the operation in the error.

    Raises:
        WaitTimeoutError: if nothing was returned in time.
    """
    require_seconds("timeout", timeout)
    limit = asyncio.timeout(timeout)
    try:
        async with limit:
            pause = FIRST_PAUSE
            while True:
                await sleep(pause)
                if (state := await get_state()) is not None:
                    return state
                pause = min(LONGEST_PAUSE, pause * 1.5)
    except TimeoutError:
        if not limit.expired():
            raise
    raise WaitTimeoutError(f"{what} did not end within {timeout:g} s; it may still do so")


class Operation(Generic[T]):
    """A long-running operation on the server.

    ``await operation`` starts it, ``await operation.wait()`` starts it and waits for it to finish. Nothing is sent
    before that. It is started once, however often it is awaited: if that call failed, each ``await`` raises its error.

    Args:
        start: the call that starts the operation and returns its first state.
        get_state: the call that returns its current state.
        ended: whether a state is the last one.
        failed: why a last state is a failure; empty if it is not.
        what: names the operation in errors.
    """

    def __init__(
        self,
        start: Callable[[], Awaitable[T]],
        get_state: Callable[[T], Awaitable[T]],
        *,
        ended: Callable[[T], bool],
        failed: Callable[[T], str],
        what: str,
    ) -> None:
        self._start = start
        self._get_state = get_state
        self._ended = ended
        self._failed = failed
        self._what = what
        self._started: asyncio.Future[T] | None = None

    def __await__(self) -> Generator[Any, None, T]:
        return self._begin().__await__()

    async def wait(self, *, timeout: float = WAIT_TIMEOUT, on_progress: Callable[[T], object] | None = None) -> T:
        """Start the operation unless it was started, poll it until it ends, and return its last state.

        Args:
            timeout: seconds to wait for the end, counted from the start.
            on_progress: called with every state, including the first and the last.

        Raises:
            OperationFailedError: if it failed.
            WaitTimeoutError: if it did not end in time; it may still do so.
        """
        require_seconds("timeout", timeout)
        state = await self._begin()
        if on_progress is not None:
            on_progress(state)

        async def last_state() -> T | None:
            now = await self._get_state(state)
            if on_progress is not None:
                on_progress(now)
            return now if self._ended(now) else None

        last = state if self._ended(state) else await poll(last_state, timeout=timeout, what=self._what)
        if reason := self._failed(last):
            raise OperationFailedError(f"{self._what} failed: {reason}", result=last)
        return last

    def __repr__(self) -> str:
        return f"<Operation: {self._what}{', started' if self._started else ''}>"

    async def _begin(self) -> T:
        if self._started is not None:
            return await asyncio.shield(self._started)
        started = self._started = asyncio.get_running_loop().create_future()
        try:
            state = await self._start()
        except BaseException as error:
            # A cancelled call may have started it anyway, so it must not be started again.
            in_doubt = OutcomeUnknownError(f"{self._what}: the call that starts it was cancelled")
            started.set_exception(error if isinstance(error, Exception) else in_doubt)
            started.exception()  # marks it as retrieved: nobody else may ever await it
            raise
        started.set_result(state)
        return state
