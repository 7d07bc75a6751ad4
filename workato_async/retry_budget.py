"""Retries are paid from what successes earn, so that an outage of the server is not multiplied."""

from __future__ import annotations

import asyncio
from collections import deque


class RetryBudget:
    """What a session may still spend on retries.

    A blip (every kept-alive connection cut at once) and an outage look alike at first. So a retry that cannot be paid
    is not given up at once: it waits for a while for the successes of other calls to pay for it. After a blip they do;
    in an outage none come, and the session sends little more than one request a call.
    """

    __slots__ = ("_left", "_most", "_waiting")

    EARNED = 0.2
    """Retries that one success earns; sustained, the session sends at most 1.2 requests a call."""

    def __init__(self, most: float) -> None:
        self._left = self._most = most
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def spend(self, patience: float) -> bool:
        """Pay for one retry, waiting up to that many seconds for it to be earned; tells whether it was paid."""
        if self._left >= 1 and not self._waiting:
            self._left -= 1
            return True
        paid = asyncio.get_running_loop().create_future()
        self._waiting.append(paid)
        try:
            await asyncio.wait_for(asyncio.shield(paid), patience)
        except TimeoutError:
            pass
        except asyncio.CancelledError:
            if paid.done():
                self._left += 1  # paid for, and not used
            raise
        finally:
            if not paid.done():
                self._waiting.remove(paid)
        return paid.done()

    def earn(self) -> None:
        """Book a success."""
        self._left = min(self._most, self._left + self.EARNED)
        while self._waiting and self._left >= 1:
            self._left -= 1
            self._waiting.popleft().set_result(None)
