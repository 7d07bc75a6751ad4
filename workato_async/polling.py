"""Waiting for work that the server does on its own time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from workato_async.backoff import back_off
from workato_async.checks import require_seconds
from workato_async.errors import WaitTimeoutError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 15.0
"""Seconds between two looks: a little longer each time, so that quick work is seen soon and slow work costs little."""


async def poll(look: Callable[[], Awaitable[T | None]], *, timeout: float, what: str) -> T:
    """Look until there is something to see.

    Args:
        look: one paced call; None means "not yet".
        timeout: seconds until it is given up.
        what: names the work in the error.

    Raises:
        WaitTimeoutError: if nothing was seen in time.
    """
    require_seconds("timeout", timeout)
    limit = asyncio.timeout(timeout)
    try:
        async with limit:
            pause = FIRST_PAUSE
            while True:
                await back_off(pause)
                if (seen := await look()) is not None:
                    return seen
                pause = min(LONGEST_PAUSE, pause * 1.5)
    except TimeoutError:
        if not limit.expired():
            raise
    raise WaitTimeoutError(f"{what} did not end within {timeout:g} s; it may still do so")
