"""A function to fan out over, which takes its time and counts how many of it run."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from workato_async import Outcome, fan_out

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable


class Worker:
    """A function that takes its time, and counts how many of it run."""

    def __init__(self, seconds: Callable[[Any], float] = lambda item: 1.0) -> None:
        self.seconds = seconds
        self.begun: list[Any] = []
        self.running = 0
        self.most = 0
        self.cancelled = 0

    async def __call__(self, item: Any) -> Any:
        self.begun.append(item)
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await asyncio.sleep(self.seconds(item))
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.running -= 1
        return item * 10


async def all_of(function: Callable[[Any], Awaitable[Any]], items: Any, **options: Any) -> list[Outcome[Any, Any]]:
    async with fan_out(function, items, **options) as outcomes:
        return [outcome async for outcome in outcomes]


async def counted(count: int) -> AsyncIterator[int]:
    for number in range(count):
        await asyncio.sleep(0.5)
        yield number
