"""Long-running operations on the server: started with one call, then polled until they end."""

from __future__ import annotations

import asyncio
import sys
import warnings
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from workato_async._backoff import sleep
from workato_async._checks import require_listener, require_seconds
from workato_async.errors import OperationFailedError, OutcomeUnknownError, WaitTimeoutError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator

T = TypeVar("T")

Polled = tuple[str, str, str]
"""A request of an operation, for its errors: the endpoint's key, the path of the request, its host."""
NOTHING_POLLED: Polled = ("", "", "")

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 15.0
"""Seconds between polls: longer each time, so that short operations are noticed soon and long ones cost few calls."""
WAIT_TIMEOUT = 600.0
"""Seconds to wait for an operation by default."""


async def poll(
    get_state: Callable[[], Awaitable[T | None]], *, timeout: float, what: str, polled: Polled = NOTHING_POLLED
) -> T:
    """Call a function, with pauses, until it returns something.

    Args:
        get_state: one paced call; None means "not yet".
        timeout: seconds to keep polling.
        what: names the operation in the error.
        polled: the request of that call, for the error.

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
    late = WaitTimeoutError(f"{what} did not end within {timeout:g} s; it may still do so")
    late.concern(*polled)
    raise late


class Operation(Coroutine[Any, Any, T], Generic[T]):
    """A long-running operation on the server.

    ``await operation`` starts it, ``await operation.wait()`` starts it and waits for it to finish. Nothing is sent
    before that. It is started once, however often it is awaited: if that call failed, each ``await`` raises its error.
    You can pass it wherever a coroutine is accepted, e.g. to ``asyncio.create_task``.

    Args:
        start: the call that starts the operation and returns its first state.
        get_state: the call that returns its current state.
        ended: whether a state is the last one.
        failed: why a last state is a failure; empty if it is not.
        what: names the operation in errors.
        polled: the request that ``get_state`` sends for a state.
        started_by: the request that ``start`` sends.
    """

    _awaited = True
    """Until an object is complete, there is nothing to warn of."""

    def __init__(
        self,
        start: Callable[[], Awaitable[T]],
        get_state: Callable[[T], Awaitable[T]],
        *,
        ended: Callable[[T], bool],
        failed: Callable[[T], str],
        what: str,
        polled: Callable[[T], Polled] = lambda _: NOTHING_POLLED,
        started_by: Polled = NOTHING_POLLED,
    ) -> None:
        self._start = start
        self._get_state = get_state
        self._ended = ended
        self._failed = failed
        self._what = what
        self._polled = polled
        self._started_by = started_by
        self._started: asyncio.Future[T] | None = None
        self._drivers: dict[asyncio.Task[Any] | None, Coroutine[Any, Any, T]] = {}
        self._made_by, self._made_at = _maker()
        self._awaited = False

    def __await__(self) -> Generator[Any, None, T]:
        self._awaited = True
        return self._begin().__await__()

    def send(self, value: Any, /) -> Any:
        """Run it until it waits for something; tasks call this."""
        return self._resume(lambda coroutine: coroutine.send(value))

    def throw(self, error: Any, value: Any = None, traceback: Any = None, /) -> Any:
        """Raise an error where it waits; a task that is cancelled calls this."""
        return self._resume(lambda coroutine: coroutine.throw(error if value is None else value))

    def close(self) -> None:
        """Accept that it is never awaited: do not warn."""
        self._awaited = True
        while self._drivers:
            self._drivers.popitem()[1].close()

    def _resume(self, act: Callable[[Coroutine[Any, Any, T]], Any]) -> Any:
        """Resume what the current task waits in: several tasks may wait for the same operation."""
        self._awaited = True
        task = asyncio.current_task()
        if task not in self._drivers:
            self._drivers[task] = self._begin()
        try:
            return act(self._drivers[task])
        except BaseException:  # it has ended; StopIteration carries its result
            self._drivers.pop(task, None)
            raise

    async def wait(self, *, timeout: float = WAIT_TIMEOUT, on_progress: Callable[[T], object] | None = None) -> T:
        """Start the operation unless it was started, poll it until it ends, and return its last state.

        Args:
            timeout: seconds to wait for the end, counted from the start.
            on_progress: called with every state, including the first and the last.

        Raises:
            OperationFailedError: if it failed.
            WaitTimeoutError: if it did not end in time; it may still do so.
            ConfigurationError: if ``timeout`` is not a duration, or ``on_progress`` cannot be called; nothing is sent.
        """
        self._awaited = True
        require_seconds("timeout", timeout)
        require_listener("on_progress", on_progress, "a state", none=True)
        state = await self
        if on_progress is not None:
            on_progress(state)

        async def last_state() -> T | None:
            now = await self._get_state(state)
            if on_progress is not None:
                on_progress(now)
            return now if self._ended(now) else None

        polled = self._polled(state)
        last = state if self._ended(state) else await poll(last_state, timeout=timeout, what=self._what, polled=polled)
        if reason := self._failed(last):
            error = OperationFailedError(f"{self._what} failed: {reason}", result=last)
            error.concern(*polled)
            raise error
        return last

    def __repr__(self) -> str:
        return f"<Operation: {self._what}{', started' if self._started else ''}>"

    def __del__(self, _warn: Callable[..., None] = warnings.warn_explicit) -> None:
        """Warn, as Python does for a coroutine, of an operation that nobody awaited: nothing was sent."""
        if self._awaited or sys.is_finalizing():
            return
        text = f"{self._made_by} ({self._what}) was never awaited, so nothing was sent"
        _warn(text, RuntimeWarning, *self._made_at, source=self)

    async def _begin(self) -> T:
        if self._started is not None:
            return await asyncio.shield(self._started)
        started = self._started = asyncio.get_running_loop().create_future()
        try:
            state = await self._start()
        except BaseException as error:
            # A cancelled call may have started it anyway, so it must not be started again.
            in_doubt = OutcomeUnknownError(
                f"{self._what}: the call that starts it was cancelled",
                advice="It may have been started: check before you start another.",
            )
            in_doubt.concern(*self._started_by)
            started.set_exception(error if isinstance(error, Exception) else in_doubt)
            started.exception()  # marks it as retrieved: nobody else may ever await it
            raise
        started.set_result(state)
        return state


def _maker() -> tuple[str, tuple[str, int]]:
    """Return the method that the program called for an operation, and the file and line where it did."""
    frame = sys._getframe()  # noqa: SLF001 - far cheaper than inspect.stack()
    method = ""
    while frame.f_back and frame.f_globals.get("__name__", "").startswith("workato_async."):
        if not frame.f_globals["__name__"].startswith("workato_async._blocking."):
            method = frame.f_code.co_qualname
        frame = frame.f_back
    return method, (frame.f_code.co_filename, frame.f_lineno)
