"""Waiting: backoff between the attempts of a call, and the one sleep of the package outside the limiter."""

from __future__ import annotations

import asyncio
import random

_random = random.SystemRandom()  # neither a seed set by the program nor a fork may synchronize callers


def full_jitter(attempt: int, base: float, cap: float, draw: float | None = None) -> float:
    """Return the seconds to wait after an attempt: between 0 and ``base * 2**(attempt - 1)``, at most ``cap``.

    Args:
        attempt: the attempt that failed, from 1.
        base: the longest wait after the first attempt, in seconds.
        cap: the longest wait, in seconds.
        draw: where in the range, 0 to 1; random if not given, which spreads callers that failed together.
    """
    return (_random.random() if draw is None else draw) * min(cap, base * 2.0 ** min(attempt - 1, 60))


async def sleep(seconds: float) -> None:
    """Wait on the event loop's clock."""
    await asyncio.sleep(seconds)
