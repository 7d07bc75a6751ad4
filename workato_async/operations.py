"""Work that the server does on its own time: started with one call, looked at until it ends."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from workato_async._backoff import back_off
from workato_async._checks import require_seconds
from workato_async.errors import OperationFailedError, OutcomeUnknownError, WaitTimeoutError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator

T = TypeVar("T")

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 15.0
"""Seconds between two looks: a little longer each time, so that quick work is seen soon and slow work costs little."""
WAIT_TIMEOUT = 600.0
"""Seconds that an operation is waited for if nobody says otherwise."""


async def poll(look: Callable[[], Awaitable[T | None]], *, timeout: float, what: str) -> T:
    """Look until there is something to see.

    Args:
        look: one paced call; None means "not yet".
        timeout: seconds until it is given up.
        what: names the work in the error.

    Raises:
        WaitTimeoutError: if nothing was seen in time.
    """
    require_seconds("timeout", timeout)
    limit = asyncio.timeout(timeout)
    try:
        async with limit:
            pause = FIRST_PAUSE
            while True:
                await back_off(pause)
                if (seen := await look()) is not None:
                    return seen
                pause = min(LONGEST_PAUSE, pause * 1.5)
    except TimeoutError:
        if not limit.expired():
            raise
    raise WaitTimeoutError(f"{what} did not end within {timeout:g} s; it may still do so")


class Operation(Generic[T]):
    """Work on the server. ``await operation`` starts it, ``await operation.wait()`` starts it and sees it through.

    Nothing is sent before either. The work is started once, however often the operation is awaited: if that call
    failed, each gets its error.

    Args:
        start: the call that starts the work and gives its first state.
        look: the call that gives its state now.
        ended: tells whether a state is the last one.
        failed: says why a last state is a failure; empty if it is none.
        what: names the work in errors.
    """

    def __init__(
        self,
        start: Callable[[], Awaitable[T]],
        look: Callable[[T], Awaitable[T]],
        *,
        ended: Callable[[T], bool],
        failed: Callable[[T], str],
        what: str,
    ) -> None:
        self._start = start
        self._look = look
        self._ended = ended
        self._failed = failed
        self._what = what
        self._started: asyncio.Future[T] | None = None

    def __await__(self) -> Generator[Any, None, T]:
        return self._begin().__await__()

    async def wait(self, *, timeout: float = WAIT_TIMEOUT, on_progress: Callable[[T], object] | None = None) -> T:
        """Start the work if it was not, and look at it, paced, until it ends.

        Args:
            timeout: seconds to wait for the end, counted from the start of the work.
            on_progress: called with every state, the first and the last included.

        Raises:
            OperationFailedError: if it ended in failure.
            WaitTimeoutError: if it did not end in time; it may still do so.
        """
        require_seconds("timeout", timeout)
        state = await self._begin()
        if on_progress is not None:
            on_progress(state)

        async def end() -> T | None:
            now = await self._look(state)
            if on_progress is not None:
                on_progress(now)
            return now if self._ended(now) else None

        last = state if self._ended(state) else await poll(end, timeout=timeout, what=self._what)
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
            # Who is cancelled may have started it all the same, so nobody may do so again.
            in_doubt = OutcomeUnknownError(f"{self._what}: the call that starts it was cancelled")
            started.set_exception(error if isinstance(error, Exception) else in_doubt)
            started.exception()  # others may look at it, but need not
            raise
        started.set_result(state)
        return state
