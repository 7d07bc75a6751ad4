"""The only sleep outside the limiter: between attempts of a call, and between looks at work in progress."""

from __future__ import annotations

import asyncio
import random

_random = random.SystemRandom()  # neither a seed set by the program nor a fork may make callers march in step


def full_jitter(attempt: int, base: float, cap: float, draw: float | None = None) -> float:
    """Give the seconds to wait after an attempt (from 1): anything between 0 and ``base * 2**(attempt-1)``, capped.

    Args:
        attempt: the attempt that failed.
        base: the most to wait after the first one, in seconds.
        cap: the most to wait ever, in seconds.
        draw: where in the range, 0 to 1; random if not given. Spreads callers that failed together.
    """
    return (_random.random() if draw is None else draw) * min(cap, base * 2.0 ** min(attempt - 1, 60))


async def back_off(seconds: float) -> None:
    """Wait on the loop's clock."""
    await asyncio.sleep(seconds)
