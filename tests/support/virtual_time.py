"""An event loop whose clock jumps: tests of hours of waiting run in milliseconds, over real loopback sockets.

Whenever nothing is ready, the clock is set to the next timer instead of being waited for; while a thread works for the
loop, it stands still. Bytes on their way through the loopback interface get a little real time to arrive first, so
that the clock does not jump over an exchange.
"""

from __future__ import annotations

import asyncio
import math
import selectors
from typing import Any

GRACE = 0.0005
"""Real seconds for bytes on the loopback interface."""
STUCK = 20.0
"""Real seconds after which a loop with nothing to wait for is called stuck."""


class _JumpingSelector(selectors.DefaultSelector):  # type: ignore[valid-type,misc,unused-ignore]
    loop: VirtualTimeLoop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(0)
        if events or (timeout is not None and timeout <= 0):
            return events
        if self.loop.threads:
            timeout = None  # the clock stands still while a thread works, which will wake us
        if timeout is None:  # no timer at all: only a thread, a signal or another process can wake us
            events = super().select(STUCK)
            if not events:
                raise RuntimeError("the loop has nothing to wait for: a future is never resolved")
            return events
        if len(self.get_map()) > 1:  # there are sockets besides the loop's own wake-up pipe
            events = super().select(GRACE)
            if events:
                return events
        self.loop.now += timeout
        return []


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """A selector loop with ``now`` for a clock."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.threads = 0
        selector = _JumpingSelector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        return self.now

    def call_at(  # type: ignore[override]
        self, when: float, callback: Any, *args: Any, context: Any = None
    ) -> asyncio.TimerHandle:
        if when <= self.now:  # no clock stands still: code that waits for the rest of a rounding error would never end
            self.now = math.nextafter(self.now, math.inf)
        return super().call_at(when, callback, *args, context=context)

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        future = super().run_in_executor(executor, func, *args)
        self.threads += 1
        future.add_done_callback(self._thread_ended)
        return future

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """Wait for the threads without the limit that Python 3.12 brought, over which the clock would jump."""
        await super().shutdown_default_executor()

    def _thread_ended(self, _: asyncio.Future[Any]) -> None:
        self.threads -= 1


class CoarseVirtualTimeLoop(VirtualTimeLoop):
    """Gives no more than any event loop has to: a clock of whole milliseconds, and handles without ``when()``.

    uvloop is such a loop: its timers fire by whole milliseconds, and what ``call_at`` returns is a plain handle.
    """

    def time(self) -> float:
        return math.floor(self.now * 1000) / 1000

    def call_at(self, when: float, callback: Any, *args: Any, context: Any = None) -> Any:  # type: ignore[override]
        if when - self.now < 0.001:
            self.now += 0.0005  # such a timer runs at once, and time still goes on
        return _PlainHandle(super().call_at(when, callback, *args, context=context))

    def call_later(self, delay: float, callback: Any, *args: Any, context: Any = None) -> Any:  # type: ignore[override]
        return self.call_at(self.time() + delay, callback, *args, context=context)


class _PlainHandle:
    """A timer of which only ``cancel`` and ``cancelled`` may be used."""

    def __init__(self, handle: asyncio.TimerHandle) -> None:
        self.cancel = handle.cancel
        self.cancelled = handle.cancelled


def run(main: object) -> object:
    """Run a coroutine on a loop of its own with virtual time; for tests that are not coroutines themselves."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)  # type: ignore[arg-type]
