"""What ``benchmarks.instructions`` counts: each work in as many forks of one process as it has lengths.

``python -m benchmarks._works URL RECIPE`` does it and prints which process did what.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import sys
from collections.abc import Awaitable, Callable

import aiohttp
import attrs
import orjson
from aiolimiter import AsyncLimiter

from benchmarks._clock import run
from workato_async import Limiter, Quota, WorkatoSession, fan_out
from workato_async.limits.bucket import TokenBucket
from workato_async.limits.quota import STANDARD
from workato_async.resources.recipes.recipes import GET, LIST

TOKEN = "benchmark-" * 30
PER_PAGE = 100
AT_ONCE = 64
LIFTED = Quota(10**9, per=60)

Work = Callable[[str, int, int], None]
"""Does something to the server at this address, with this recipe, so many times."""


def _call(url: str, recipe: int, times: int) -> None:
    async def main() -> None:
        async with WorkatoSession(TOKEN, base_url=url, limiter=Limiter(quotas={GET.key: LIFTED})) as workato:
            await _spread(workato.recipes.get, recipe, times)

    asyncio.run(main())


def _bare_call(url: str, recipe: int, times: int) -> None:
    async def main() -> None:
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}) as http:

            async def read(recipe: int) -> object:
                async with http.get(f"{url}/api/recipes/{recipe}") as response:
                    response.raise_for_status()
                    return orjson.loads(await response.read())

            await _spread(read, recipe, times)

    asyncio.run(main())


async def _spread(read: Callable[[int], Awaitable[object]], recipe: int, times: int) -> None:
    async def worker() -> None:
        for _ in range(times // AT_ONCE):
            await read(recipe)

    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))


def _page(url: str, _: int, times: int) -> None:
    async def main() -> None:
        async with WorkatoSession(TOKEN, base_url=url, limiter=Limiter(quotas={LIST.key: LIFTED})) as workato:
            number = 0
            async for page in workato.recipes.list(per_page=PER_PAGE).pages():
                number += len(page.items) == PER_PAGE
                if number == times:
                    return

    asyncio.run(main())


def _bare_page(url: str, _: int, times: int) -> None:
    async def main() -> None:
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}) as http:
            for number in range(1, times + 1):
                async with http.get(f"{url}/api/recipes?page={number}&per_page={PER_PAGE}") as response:
                    response.raise_for_status()
                    if len(orjson.loads(await response.read())["items"]) != PER_PAGE:
                        raise RuntimeError("a page is not full")

    asyncio.run(main())


def _waiter(_: str, __: int, times: int) -> None:
    async def main() -> None:
        bucket = TokenBucket(STANDARD)

        async def caller() -> None:
            (await bucket.acquire()).responded()

        await asyncio.gather(*(caller() for _ in range(times)))

    run(main())


def _bare_waiter(_: str, __: int, times: int) -> None:
    async def main() -> None:
        limiter = AsyncLimiter(STANDARD.requests, STANDARD.per)
        await asyncio.gather(*(limiter.acquire() for _ in range(times)))

    run(main())


async def _nothing(_: int) -> None:
    await asyncio.sleep(0)


def _item(_: str, __: int, times: int) -> None:
    async def main() -> None:
        async with fan_out(_nothing, range(times), concurrency=AT_ONCE) as outcomes:
            async for outcome in outcomes:
                outcome.unwrap()

    asyncio.run(main())


def _bare_item(_: str, __: int, times: int) -> None:
    async def main() -> None:
        slots = asyncio.Semaphore(AT_ONCE)

        async def bounded(item: int) -> None:
            async with slots:
                await _nothing(item)

        async with asyncio.TaskGroup() as group:
            for item in range(times):
                group.create_task(bounded(item))

    asyncio.run(main())


@attrs.frozen
class Measured:
    """One work, ours and that of the bare libraries.

    Attributes:
        name: of the figure on record.
        what: what is done.
        peer: what it is compared with.
        bound: the largest ratio of the two.
        ours: does ours.
        bare: does that of the libraries.
        times: the two numbers of times that it is done.
    """

    name: str
    what: str
    peer: str
    bound: float
    ours: Work
    bare: Work
    times: tuple[int, int]

    @property
    def title(self) -> str:
        return f"{self.what} / {self.peer}"


PAGES = 15
RECIPES = PER_PAGE * (PAGES + 1)
"""The last page is none of those that are counted."""

ALL = (
    Measured("call", f"a call, {AT_ONCE} at a time", "aiohttp + orjson", 0.9, _call, _bare_call, (128, 640)),
    Measured("page", f"a page of {PER_PAGE}", "aiohttp + orjson", 1.4, _page, _bare_page, (5, PAGES)),
    Measured("waiter", "a waiter", "aiolimiter", 0.6, _waiter, _bare_waiter, (300, 1000)),
    Measured("fan_out", "an item of fan_out", "TaskGroup + Semaphore", 0.75, _item, _bare_item, (300, 1500)),
)


def main(url: str, recipe: int) -> None:
    """Do everything, each in a fork of this process, and print which process did what."""
    logging.disable()
    for measured in ALL:
        measured.ours(url, recipe, measured.times[0])  # so that the forks have what is cached, also valgrind's code
        measured.bare(url, recipe, measured.times[0])
    gc.collect()
    gc.freeze()
    for measured in ALL:
        for side, work in (("ours", measured.ours), ("bare", measured.bare)):
            for times in measured.times:
                if (child := os.fork()) == 0:
                    status = 1
                    try:
                        work(url, recipe, times)
                        status = 0
                    finally:
                        os._exit(status)
                if os.waitpid(child, 0)[1]:
                    raise RuntimeError(f"{measured.name} failed")
                print(measured.name, side, times, child, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
