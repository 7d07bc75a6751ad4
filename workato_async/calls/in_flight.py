"""The calls in flight, so that closing a session ends them at once, with an error that says why."""

from __future__ import annotations

import asyncio

from workato_async.errors import ConfigurationError


class InFlightCalls:
    """The calls of one session that have begun and not ended."""

    __slots__ = ("_calls", "_ended", "_loop", "_open", "closed")

    def __init__(self) -> None:
        self.closed = self._open = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._calls: dict[asyncio.Task[object], int] = {}  # with the number of cancellations before the call
        self._ended: dict[asyncio.Task[object], int] = {}

    def open(self) -> None:
        """Bind the session to the running event loop, at the start of its ``async with`` block.

        Raises:
            ConfigurationError: if it is closed, is in such a block already, or belongs to another event loop.
        """
        self._bind()
        if self._open:
            raise ConfigurationError("the session is open already: pass it on, and use it in the block that opened it")
        self._open = True

    def enter(self) -> asyncio.Task[object] | None:
        """Record that the current task is in a call.

        Raises:
            ConfigurationError: if the session is closed, or belongs to another event loop.
        """
        task = asyncio.current_task(self._bind())
        if task is not None:
            self._calls[task] = task.cancelling()
        return task

    def leave(self, task: asyncio.Task[object] | None) -> None:
        """Record that the call of a task has ended."""
        if task is not None:
            self._calls.pop(task, None)
            if self._ended:
                self._ended.pop(task, None)

    def close(self) -> None:
        """End all calls: their tasks are cancelled, and ``ended`` tells this from any other cancellation.

        Raises:
            ConfigurationError: if the session belongs to another event loop that is still open.
        """
        if self.closed:
            return
        if self._loop is not None and not self._loop.is_closed() and self._loop is not asyncio.get_running_loop():
            raise _another_loop()
        self.closed = True
        self._ended, self._calls = self._calls, {}
        for task in self._ended:
            task.cancel("the session was closed")

    def ended(self, task: asyncio.Task[object] | None) -> bool:
        """Whether a cancellation of this task came only from ``close``; if so, take it back."""
        if task is None or task not in self._ended:
            return False
        return task.uncancel() <= self._ended.pop(task)

    def _bind(self) -> asyncio.AbstractEventLoop:
        """Return the running event loop, which the session belongs to from now on."""
        if self.closed:
            raise ConfigurationError("the session is closed: create a new one, and make calls before its block ends")
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            raise ConfigurationError(
                "no asyncio event loop is running: under trio, use anyio's asyncio backend; after a fork, create a new "
                "loop and a new session"
            ) from None
        if self._loop is None:
            self._loop = loop
        elif self._loop is not loop:
            raise _another_loop()
        return loop


def _another_loop() -> ConfigurationError:
    return ConfigurationError(
        "the session belongs to another event loop",
        advice="Create one session per loop and thread. In pytest, give the fixture and the test the same loop scope.",
    )
