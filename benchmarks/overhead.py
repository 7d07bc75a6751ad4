"""What the client itself costs: CPU time per call and per page, compared with aiohttp and orjson alone.

Both read the same recipes from the same server, which has a process of its own and no quotas, in alternating rounds.
Ours returns typed objects, the other dictionaries. CPU time of the client's process is measured, not the wall clock.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import partial
from importlib.util import find_spec
from itertools import cycle, islice
from typing import Any

import aiohttp
import attrs
import orjson
from aiolimiter import AsyncLimiter

from benchmarks._report import Bound, Verdict, median_ratio, print_machine, print_table
from benchmarks._server import TOKEN, Served, served
from workato_async import Limiter, Quota, WorkatoSession, converter
from workato_async.calls.caller import Caller
from workato_async.calls.retry import RetryPolicy, retrying
from workato_async.calls.throttle import throttled
from workato_async.endpoint import PAGE as PAGED
from workato_async.events import Observer
from workato_async.http.messages import Request, Response
from workato_async.limits.bucket import TokenBucket
from workato_async.resources.recipes.recipes import GET, LIST
from workato_async.testing import FakeWorkato

CALL = Bound(0.9, "a call costs at most 0.9 times what aiohttp and orjson alone need")
PAGE = Bound(
    1.4, "a page of 100 recipes, decoded into typed objects, costs at most 1.4 times the same into dictionaries"
)
OFFICIAL = Bound(0.4, "a call costs at most 0.4 times what Workato's own client needs to list one recipe")

CONCURRENCY = 64
RECIPES = 1_990
"""Just below a multiple of a page, so that the last page is short and no empty one follows."""
PER_PAGE = 100
WALKS = 2
"""Iterations over all recipes per round."""
LIFTED = Quota(10**9, per=1)
A_MINUTE = Quota(10**9, per=60)
"""Also never used up, with the window that nearly all endpoints have."""

Work = Callable[[], Awaitable[None]]
Part = Callable[[], Coroutine[Any, Any, None]]


async def _spread(read: Callable[[int], Awaitable[object]], ids: Sequence[int]) -> None:
    """Read recipes, ``CONCURRENCY`` at a time."""
    left = iter(ids)

    async def worker() -> None:
        for recipe_id in left:
            await read(recipe_id)

    await asyncio.gather(*(worker() for _ in range(CONCURRENCY)))


async def _compare(ours: Work, theirs: Work, rounds: int, units: int) -> tuple[list[float], list[float]]:
    """Return the CPU seconds per unit of every round; the order alternates."""
    costs: dict[Work, list[float]] = {ours: [], theirs: []}
    await ours()
    await theirs()
    for number in range(rounds):
        for work in (ours, theirs) if number % 2 else (theirs, ours):
            gc.collect()
            begun = time.process_time()
            await work()
            costs[work].append((time.process_time() - begun) / units)
    return costs[ours], costs[theirs]


async def _compare_calls(
    workato: WorkatoSession, http: aiohttp.ClientSession, url: str, ids: Sequence[int], rounds: int
) -> tuple[list[float], list[float]]:
    async def theirs(recipe_id: int) -> object:
        async with http.get(f"{url}/api/recipes/{recipe_id}") as response:
            response.raise_for_status()
            return orjson.loads(await response.read())

    return await _compare(lambda: _spread(workato.recipes.get, ids), lambda: _spread(theirs, ids), rounds, len(ids))


async def _compare_pages(
    workato: WorkatoSession, http: aiohttp.ClientSession, url: str, rounds: int
) -> tuple[list[float], list[float]]:
    pages = -(-RECIPES // PER_PAGE)

    async def ours() -> None:
        for _ in range(WALKS):
            found = 0
            async for page in workato.recipes.list(per_page=PER_PAGE).pages():
                found += len(page.items)
            _all_found(found)

    async def theirs() -> None:
        for _ in range(WALKS):
            found = 0
            for number in range(1, pages + 1):
                async with http.get(f"{url}/api/recipes?page={number}&per_page={PER_PAGE}") as response:
                    response.raise_for_status()
                    found += len(orjson.loads(await response.read())["items"])
            _all_found(found)

    return await _compare(ours, theirs, rounds, WALKS * pages)


async def _compare_official(
    workato: WorkatoSession, url: str, ids: Sequence[int], rounds: int
) -> tuple[list[float], list[float]] | None:
    """Compare calls with Workato's own client, which cannot read a single recipe but list one; None without it.

    The second page: its recipe has a description, and that client rejects recipes without one.
    """
    if find_spec("workato_platform_cli") is None:
        return None
    from workato_platform_cli import (  # type: ignore[import-untyped,import-not-found,unused-ignore]
        Configuration,
        Workato,
    )

    async with Workato(Configuration(host=url, access_token=TOKEN)) as official:

        def theirs(_: int) -> Awaitable[object]:
            found: Awaitable[object] = official.recipes_api.list_recipes(per_page=1, page=2)
            return found

        return await _compare(lambda: _spread(workato.recipes.get, ids), lambda: _spread(theirs, ids), rounds, len(ids))


def _all_found(found: int) -> None:
    if found != RECIPES:
        raise RuntimeError(f"{found} recipes instead of {RECIPES}")


@attrs.frozen
class Figures:
    """CPU seconds of ours and theirs by round, for a call, a page and a list of one; and a body of the first two."""

    calls: tuple[list[float], list[float]]
    pages: tuple[list[float], list[float]]
    official: tuple[list[float], list[float]] | None
    body: bytes
    page: bytes


async def _compare_all(server: Served[FakeWorkato], calls: int, rounds: int) -> Figures:
    """Compare calls, then pages."""
    url = server.url
    limiter = Limiter(quotas={GET.key: LIFTED, LIST.key: LIFTED})
    async with (
        WorkatoSession(TOKEN, base_url=url, limiter=limiter) as workato,
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}) as http,
    ):
        async with (
            http.get(f"{url}/api/recipes/{server.recipe_ids[0]}") as one,
            http.get(f"{url}/api/recipes?page=1&per_page={PER_PAGE}") as many,
        ):
            body, page = await one.read(), await many.read()
        ids = list(islice(cycle(server.recipe_ids), calls))
        return Figures(
            await _compare_calls(workato, http, url, ids, rounds),
            await _compare_pages(workato, http, url, rounds),
            await _compare_official(workato, url, ids, rounds),
            body,
            page,
        )


def _parts_of_a_call(body: bytes, page: bytes) -> list[tuple[str, Part, Part | None]]:
    """Return the parts of a call that need no network, each with its counterpart elsewhere, if there is one.

    The layers are timed around a ready response, each including those below it.
    """
    response = Response(200, body, "application/json")

    async def stub(_: Request) -> Response:
        return response

    observe = Observer()
    paced = throttled(stub, Limiter(quotas={GET.key: A_MINUTE}), observe=observe)
    tried = retrying(paced, RetryPolicy(), observe=observe)
    request = Request(GET, "/api/recipes/1")
    caller = Caller(tried, 45.0)
    bucket, limiter = TokenBucket(A_MINUTE), AsyncLimiter(A_MINUTE.requests, A_MINUTE.per)

    async def permit() -> None:
        (await bucket.acquire()).responded()

    async def capacity() -> None:
        await limiter.acquire()

    async def throttling() -> None:
        await paced(request)

    async def trying() -> None:
        await tried(request)

    async def calling() -> None:
        await caller.call(GET, (1,))

    async def decode() -> None:
        converter.decode(GET, body)

    async def load() -> None:
        orjson.loads(body)

    async def decode_page() -> None:
        converter.decode_page(LIST, page, PAGED)

    async def load_page() -> None:
        orjson.loads(page)

    return [
        ("a permit taken and returned / an aiolimiter acquire", permit, capacity),
        ("throttle around a response", throttling, None),
        ("retry and throttle around a response", trying, None),
        ("a recipe decoded / orjson alone", decode, load),
        ("all of a call but the transport", calling, None),
        (f"a page of {PER_PAGE} decoded / orjson alone", decode_page, load_page),
    ]


async def _parts(body: bytes, page: bytes, rounds: int) -> list[list[str]]:
    """Time the parts, in alternating rounds."""
    rows = []
    for name, part, other in _parts_of_a_call(body, page):
        times = 50 if part.__name__ == "decode_page" else 1_000
        ours, theirs = [], []
        for _ in range(rounds):
            ours.append(await _time_of(part, times))
            if other is not None:
                theirs.append(await _time_of(other, times))
        figures = [f"{min(theirs):,.2f}", f"{median_ratio(ours, theirs):.2f}"] if theirs else ["-", "-"]
        rows.append([name, f"{min(ours):,.2f}", *figures])
    return rows


async def _time_of(part: Part, times: int) -> float:
    """Return the microseconds of CPU time per repetition."""
    gc.collect()
    begun = time.process_time()
    for _ in range(times):
        await part()
    return (time.process_time() - begun) / times * 1e6


def _row(what: str, ours: Sequence[float], theirs: Sequence[float]) -> list[str]:
    figures = (min(ours), min(theirs), statistics.median(ours), statistics.median(theirs))
    return [what, *(f"{figure * 1e6:,.0f}" for figure in figures), f"{median_ratio(ours, theirs):.2f}"]


def main() -> int:
    """Run the rounds, print the tables, check the bounds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.overhead", description=__doc__)
    parser.add_argument("--rounds", type=int, default=41, help="alternating rounds (default: 41)")
    parser.add_argument("--calls", type=int, default=500, help="calls per round (default: 500)")
    arguments = parser.parse_args()
    rounds: int = arguments.rounds
    print_machine("aiohttp", "orjson", "msgspec", "aiolimiter")
    with served(partial(FakeWorkato, recipes=RECIPES, jobs=0, window=None)) as server:
        figures = asyncio.run(_compare_all(server, arguments.calls, rounds))
    print_table(
        f"CPU time of the client in microseconds, {rounds} rounds (ratio: median of the rounds); "
        f"a recipe has {len(figures.body):,} bytes, a page {len(figures.page):,}",
        ["", "ours, best", "aiohttp + orjson", "ours, median", "aiohttp + orjson", "ratio"],
        [
            _row(f"a call, {CONCURRENCY} at a time", *figures.calls),
            _row(f"a page of {PER_PAGE}, one after another", *figures.pages),
        ],
    )
    if figures.official is None:
        print("without workato-platform-cli, which is not installed")
    else:
        print_table(
            "CPU time of the client in microseconds",
            ["", "ours, best", "Workato's client", "ours, median", "Workato's client", "ratio"],
            [_row(f"a call / a list of one recipe, {CONCURRENCY} at a time", *figures.official)],
        )
    print_table(
        "What a call is made of, without a network: CPU time in microseconds, best of the rounds",
        ["", "ours", "theirs", "ratio"],
        asyncio.run(_parts(figures.body, figures.page, rounds)),
    )
    verdict = Verdict()
    verdict.check(CALL, median_ratio(*figures.calls))
    verdict.check(PAGE, median_ratio(*figures.pages))
    if figures.official is not None:
        verdict.check(OFFICIAL, median_ratio(*figures.official))
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
