"""A retry budget, which prevents retry storms: retries are paid for with successes."""

from __future__ import annotations

import asyncio
from collections import deque


class RetryBudget:
    """What a session may still spend on retries.

    A blip (every kept-alive connection cut at once) and an outage look alike at first. So when the budget is spent, a
    retry is not given up at once: it waits a while for the successes of other calls. After a blip they come; in an
    outage they do not, and the session sends little more than one request per call.
    """

    __slots__ = ("_left", "_most", "_waiting")

    EARNED = 0.2
    """Retries that one success earns; sustained, the session sends at most 1.2 requests per call."""

    def __init__(self, most: float) -> None:
        self._left = self._most = most
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def spend(self, at_most: float) -> bool:
        """Pay for one retry, waiting up to that many seconds for it to be earned; return whether it was paid."""
        if self._left >= 1 and not self._waiting:
            self._left -= 1
            return True
        if self._most < 1:  # nothing can ever be earned
            return False
        paid = asyncio.get_running_loop().create_future()
        self._waiting.append(paid)
        try:
            async with asyncio.timeout(at_most):
                await paid
        except TimeoutError:
            return _is_paid(paid)
        except asyncio.CancelledError:
            self._left += _is_paid(paid)  # paid, but not used
            raise
        finally:
            if not _is_paid(paid):
                self._waiting.remove(paid)
        return True

    def earn(self) -> None:
        """Record a success."""
        if self._left >= self._most and not self._waiting:  # nearly always
            return
        self._left = min(self._most, self._left + self.EARNED)
        for paid in list(self._waiting) if self._left >= 1 else ():
            if self._left >= 1 and not paid.done():  # a cancelled one removes itself
                self._left -= 1
                self._waiting.remove(paid)
                paid.set_result(None)


def _is_paid(paid: asyncio.Future[None]) -> bool:
    return paid.done() and not paid.cancelled()
