"""Which calls are under way, so that closing a session ends them at once, with an error that says why."""

from __future__ import annotations

import asyncio

from workato_async.errors import ConfigurationError


class InFlightCalls:
    """The calls of one session that have begun and not ended."""

    __slots__ = ("_calls", "_ended", "_loop", "closed")

    def __init__(self) -> None:
        self.closed = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._calls: dict[asyncio.Task[object], int] = {}  # with the cancellations that came before the call
        self._ended: dict[asyncio.Task[object], int] = {}

    def enter(self) -> asyncio.Task[object] | None:
        """Note that the current task is in a call.

        Raises:
            ConfigurationError: if the session is closed, or belongs to another event loop.
        """
        if self.closed:
            raise ConfigurationError("the session is closed: make calls inside its `async with` block")
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            raise ConfigurationError("no event loop runs here: after a fork, make a loop and a session anew") from None
        if self._loop is None:
            self._loop = loop
        elif self._loop is not loop:
            raise ConfigurationError("the session belongs to another event loop: make one in each loop and thread")
        task = asyncio.current_task()
        if task is not None:
            self._calls[task] = task.cancelling()
        return task

    def leave(self, task: asyncio.Task[object] | None) -> None:
        """Note that its call is over."""
        if task is not None:
            self._calls.pop(task, None)
            self._ended.pop(task, None)

    def close(self) -> None:
        """End all calls: they are cancelled, and tell it by :meth:`ended` from a cancellation by somebody else."""
        if self.closed:
            return
        self.closed = True
        self._ended, self._calls = self._calls, {}
        for task in self._ended:
            task.cancel("the session was closed")

    def ended(self, task: asyncio.Task[object] | None) -> bool:
        """Tell whether a cancellation of this task was ours alone, and take it back if so."""
        if task is None or task not in self._ended:
            return False
        return task.uncancel() <= self._ended.pop(task)
