"""Ends tasks so that what they have to clean up is cleaned up."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


async def cancel_and_wait(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel tasks and wait until they have ended, however often the caller is cancelled in between.

    A further cancellation is not handed on to the tasks, whose clean-up it would interrupt. Some frameworks (anyio,
    hence Starlette) cancel again at every step until their scope is left.

    Raises:
        CancelledError: afterwards, if the caller was cancelled in between.
    """
    running = [task for task in tasks if not task.done()]
    for task in running:
        task.cancel()
    cancelled: asyncio.CancelledError | None = None
    while running:
        try:
            await asyncio.wait(running)
        except asyncio.CancelledError as error:
            cancelled = error
        running = [task for task in running if not task.done()]
    if cancelled is not None:
        raise cancelled
