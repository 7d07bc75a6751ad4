"""Call: what one thread of the program waits for while the event loop works on it in another one."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextvars import ContextVar, copy_context
from functools import partial, wraps
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any
from weakref import ref

from workato_async.events import Completed, RateLimited, Retried, Sent, logger

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from workato_async.events import Event

GRACE = 5.0
"""Seconds that a write in flight has to get its response once the program no longer waits for it."""
PATIENCE = 5.0
"""Seconds that a cancelled call has to end."""
_SLICE = 0.2
"""Seconds between checks for an exception from outside: Ctrl-C on Windows, ``interrupt_main``, a signal that another
thread received, and the time limits of Dramatiq and RQ do not interrupt a wait for another thread."""
_LISTED = 10
"""Writes that the note on an interruption lists one by one."""
_INTERRUPTED = (
    "interrupted; waiting up to %.0f s for the responses to writes in flight (%d); Ctrl-C again stops at once"
)

_CURRENT: ContextVar[Callable[[], Call | None]] = ContextVar("_CURRENT")
"""A weak reference, as the call itself refers to the context: without a cycle, it is freed when it ends."""


def current() -> Call | None:
    """Return the call that a task of the event loop, or a thread of a fan-out, works for, while it is waited for."""
    found = _CURRENT.get(None)
    return None if found is None else found()


class Call:
    """A call, or the steps of one iteration, each of which is waited for.

    Messages for the waiting thread are functions, which it calls (listeners, progress), and None when the step is over.

    Args:
        ended: the iteration that this call cleans up after; unlike it, this call is not cancelled with what it is a
            part of.
        recent: how many writes that ended in a step may have results that are still to be handed over.
    """

    def __init__(self, ended: Call | None = None, *, recent: int = 1) -> None:
        self.context = copy_context()
        self._parent: Call | None = None
        if ended is not None:
            self.context = ended.context
        else:
            self._parent = current()
            self.context.run(_CURRENT.set, ref(self))
        self.over = False  # whether there is nothing to wait for
        self.cancelled = False
        self._interrupted = False
        self._task: asyncio.Task[None] | None = None
        self.children: set[Call] = set()  # what threads of a fan-out do for it
        self._messages: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self._result: Any = None
        self._error: BaseException | None = None
        self._writes: dict[str, asyncio.Task[Any] | None] = {}  # those in flight, by correlation id
        self._ended: list[Event] = []  # the last words of the writes that were in flight when it was interrupted
        self._recent: deque[Event] = deque(maxlen=recent)  # and of those that ended before, in the same step

    # In the thread that waits.

    def wait(self, make: Callable[[], Awaitable[Any]], call_soon: Callable[[Callable[[], object]], bool]) -> bool:
        """Begin the step and wait for its end; return False if there is no event loop.

        Args:
            make: returns what the step awaits.
            call_soon: has a function called in the event loop.
        """
        try:
            return call_soon(partial(self.begin, make)) and self._receive()
        except BaseException as stop:  # Ctrl-C, a signal's exception, or an error of a listener's own
            self._end_early(stop, call_soon)
            raise

    def result(self) -> Any:
        """Return the result of the step, or raise its error."""
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
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            try:
                message = self._messages.get(timeout=_SLICE)
            except Empty:
                if end is None or time.monotonic() < end:
                    continue
                return False
            if message is None:
                return True
            message()

    def _end_early(self, stop: BaseException, call_soon: Callable[[Callable[[], object]], object]) -> None:
        """Cancel what waits, give writes in flight the time to end, and note on the exception what became of them."""
        try:
            if writes := len(self._writes):
                logger.warning(_INTERRUPTED, GRACE, writes)
            call_soon(self.interrupt)
            ended = self._receive(GRACE + PATIENCE)
        except BaseException:  # the second Ctrl-C
            call_soon(self.cancel)
            ended = self._receive(PATIENCE)
        if not ended:
            stop.add_note("a call of workato_async did not end when it was cancelled")
        told = [*self._recent, *self._ended]
        told.sort(key=lambda event: isinstance(event, Completed) and event.status > 0)  # unknown outcomes first
        for event in told[:_LISTED]:
            stop.add_note(f"in flight when interrupted: {event}")
        if len(told) > _LISTED:
            stop.add_note(f"in flight when interrupted: {len(told) - _LISTED} more")
        error, self._result, self._error = self._error, None, None
        outcome = error.__cause__ if isinstance(error, asyncio.CancelledError) else error
        if isinstance(outcome, Exception) and stop.__cause__ is None:
            stop.__cause__ = outcome

    # In the event loop.

    def begin(self, make: Callable[[], Awaitable[Any]]) -> None:
        """Start the step in a task of its own."""
        self._error = asyncio.CancelledError()  # if it is cancelled before its first step
        self._recent.clear()
        self._task = asyncio.get_running_loop().create_task(self._drive(make), context=self.context)
        self._task.add_done_callback(self._done)
        if self._parent is not None:
            self._parent.children.add(self)
        if self.cancelled or (self._parent is not None and self._parent.cancelled):
            self._task.cancel()

    async def _drive(self, make: Callable[[], Awaitable[Any]]) -> None:
        self._error = None
        try:
            self._result = await make()
        except BaseException as error:
            self._error = error
        finally:
            self._done(self._task)

    def _done(self, task: asyncio.Task[None] | None) -> None:
        """End the step with its task, which calls this itself unless it was cancelled before it began."""
        if self._task is task:
            self._task = None
            if self._parent is not None:
                self._parent.children.discard(self)
            self._end()

    def _end(self) -> None:
        """End the step, unless it was interrupted and the outcome of a write is to come."""
        if self._task is None and not (self._interrupted and self._writes):
            self.over = True
            self._messages.put(None)

    def fail(self, error: BaseException) -> None:
        """End the step if nothing else has: there is no event loop any more."""
        if not self.over:  # else its thread has yet to fetch the result
            self._error, self.over = error, True
            self._messages.put(None)

    def post(self, function: Callable[[], object]) -> None:
        """Have the waiting thread call a function."""
        self._messages.put(function)

    def observe(self, event: Event) -> None:
        """Record which writes are in flight; once interrupted, let nothing be sent any more."""
        if self._parent is not None:
            self._parent.observe(event)
        if isinstance(event, Sent):
            if self._interrupted:
                raise asyncio.CancelledError
            if not event.endpoint.startswith("GET "):
                self._writes[event.correlation_id] = asyncio.current_task()
        elif isinstance(event, Completed | Retried | RateLimited):
            if self._writes.pop(event.correlation_id, self) is self:
                return
            if self._interrupted:
                self._ended.append(event)
                if not self._writes:
                    self.cancel()
            elif isinstance(event, Completed):
                self._recent.append(event)

    def interrupt(self) -> None:
        """Cancel the step: at once if it waits, after a while if a write is in flight."""
        self._interrupted = True
        if self._writes:
            asyncio.get_running_loop().call_later(GRACE, self.cancel)
        else:
            self.cancel()

    def cancel(self) -> None:
        """Cancel the step, and what else is done for it."""
        self.cancelled = True
        for child in tuple(self.children):
            child.cancel()
        for task in {self._task, *self._writes.values()}:
            if task is not None:
                task.cancel()
        self._end()


def in_callers_thread(callback: Callable[[Any], object]) -> Callable[[Any], None]:
    """Return a function that has the thread that waits for the current call call another one."""

    @wraps(callback)  # its signature is checked
    def post(value: Any) -> None:
        call = current()
        if call is None:
            callback(value)
        else:
            call.post(partial(callback, value))

    return post
