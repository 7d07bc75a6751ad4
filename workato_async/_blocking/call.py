"""Call: what one thread of the program waits for while the event loop works on it in another one."""

from __future__ import annotations

import asyncio
import sys
from contextvars import Context, ContextVar
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from workato_async.events import Completed, RateLimited, Retried, Sent

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from workato_async.events import Event

GRACE = 5.0
"""Seconds that a write in flight has to get its response once the program no longer waits for it."""
PATIENCE = 5.0
"""Seconds that a cancelled call has to end."""
_SLICE = 0.2 if sys.platform == "win32" else None
"""Seconds between two looks for Ctrl-C, which on Windows does not interrupt a wait for another thread."""
_LISTED = 10
"""Writes that the note on an interruption lists one by one."""

CURRENT: ContextVar[Call | None] = ContextVar("CURRENT", default=None)
"""The call that a task of the event loop works for, and in a thread of a fan-out the one that this thread works for."""


class Call:
    """A call, or the steps of one iteration, each of which is waited for.

    Messages for the waiting thread are functions, which it calls (listeners, progress), and None when the step is over.
    """

    def __init__(self) -> None:
        self.task: asyncio.Task[None] | None = None
        self.cancelled = False
        self._parent = CURRENT.get()
        self.children: set[Call] = set()
        self._messages: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self._result: Any = None
        self._error: BaseException | None = None
        self._writes: dict[str, tuple[asyncio.Task[Any] | None, Sent]] = {}
        self._interrupted = False
        self._ended: list[Event] = []  # the last words of the writes that were in flight when it was interrupted

    # In the thread that waits.

    def wait(self, interrupt: Callable[[], None], cancel: Callable[[], None]) -> Any:
        """Wait for the end of the step, and return its result.

        Args:
            interrupt: has :meth:`interrupt` called in the event loop.
            cancel: has :meth:`cancel` called in the event loop.
        """
        if self._parent is not None:
            self._parent.children.add(self)
        try:
            self._receive()
        except BaseException as stop:  # Ctrl-C, a signal's exception, or an error of a listener's own
            self._end_early(stop, interrupt, cancel)
            raise
        finally:
            if self._parent is not None:
                self._parent.children.discard(self)
        result, error = self._result, self._error
        self._result = self._error = None
        if error is not None:
            try:
                raise error
            finally:
                del error  # it refers to this frame
        return result

    def deliver_rest(self) -> None:
        """Call what is left of the messages, after the last step."""
        while not self._messages.empty():
            if (message := self._messages.get()) is not None:
                message()

    def _receive(self, timeout: float | None = None) -> bool:
        """Call the messages up to the end of the step; return False if that does not come in time."""
        waits = _SLICE if timeout is None else timeout
        while True:
            try:
                message = self._messages.get(timeout=waits)
            except Empty:
                if timeout is None:
                    continue
                return False
            if message is None:
                return True
            message()

    def _end_early(self, stop: BaseException, interrupt: Callable[[], None], cancel: Callable[[], None]) -> None:
        """Cancel what waits, give writes in flight the time to end, and note on the exception what became of them."""
        ended = False
        try:
            interrupt()
            ended = self._receive(GRACE + PATIENCE)
        except BaseException:  # the second Ctrl-C
            cancel()
            ended = self._receive(PATIENCE)
        if not ended:
            stop.add_note("a call of workato_async did not end when it was cancelled")
        self._ended.sort(key=lambda event: isinstance(event, Completed) and event.status > 0)  # unknown outcomes first
        for event in self._ended[:_LISTED]:
            stop.add_note(f"in flight when interrupted: {event}")
        if len(self._ended) > _LISTED:
            stop.add_note(f"in flight when interrupted: {len(self._ended) - _LISTED} more")
        error = self._error
        outcome = error.__cause__ if isinstance(error, asyncio.CancelledError) else error
        if isinstance(outcome, Exception) and stop.__cause__ is None:
            stop.__cause__ = outcome
        self._error = None

    # In the event loop.

    def begin(self, make: Callable[[], Awaitable[Any]], context: Context) -> None:
        """Start the step in a task of its own."""
        self.task = asyncio.get_running_loop().create_task(self._drive(make), context=context)
        if self.cancelled or (self._parent is not None and self._parent.cancelled):
            self.task.cancel()

    async def _drive(self, make: Callable[[], Awaitable[Any]]) -> None:
        try:
            self._result = await make()
        except BaseException as error:
            self._error = error
        finally:
            self.task = None
            self._end_step()

    def _end_step(self) -> None:
        """Wake the waiting thread, if it was interrupted only after the last of the writes that were in flight."""
        if not (self._interrupted and self._writes):
            self._messages.put(None)

    def fail(self, error: BaseException) -> None:
        """End the step without having worked on it: there is no event loop any more."""
        self._error = error
        self._messages.put(None)

    def post(self, function: Callable[[], object]) -> None:
        """Have the waiting thread call a function."""
        self._messages.put(function)

    def observe(self, event: Event) -> None:
        """Record which writes are in flight."""
        if isinstance(event, Sent):
            if not event.endpoint.startswith("GET "):
                self._writes[event.correlation_id] = asyncio.current_task(), event
        elif isinstance(event, Completed | Retried | RateLimited):
            write = self._writes.pop(event.correlation_id, None)
            if write is not None and self._interrupted:
                self._ended.append(event)
                if self._writes:
                    return
                if self.task is None:
                    self._end_step()
                else:
                    asyncio.get_running_loop().call_soon(self.cancel)

    def interrupt(self) -> None:
        """Cancel the step: at once if it waits, after a while if a write is in flight."""
        self._interrupted = True
        for child in tuple(self.children):
            child.interrupt()
        if self._writes:
            asyncio.get_running_loop().call_later(GRACE, self.cancel)
        else:
            self.cancel()

    def in_flight(self) -> set[asyncio.Task[Any] | None]:
        """Return the tasks whose writes are in flight."""
        return {task for task, _ in self._writes.values()}

    def cancel(self) -> None:
        """Cancel the step and what threads of a fan-out do for it."""
        self.cancelled = True
        for child in tuple(self.children):
            child.cancel()
        if self.task is not None:
            self.task.cancel()


def in_callers_thread(callback: Callable[[Any], object]) -> Callable[[Any], None]:
    """Return a function that has the thread that waits for the current call call another one."""

    def post(value: Any) -> None:
        call = CURRENT.get()
        if call is None:
            callback(value)
        else:
            call.post(partial(callback, value))

    return post
