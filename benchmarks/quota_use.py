"""300 reads at once of an endpoint that allows 60 in 6 seconds: what is lost, what is refused, how long it takes.

Requests are held up at random: 5 to 50 ms, one in twenty 300 ms. By default the delay lies before the server counts the
arrival, which is the hard case: requests that left evenly arrive in heaps. Every contestant has a fresh server to
itself that counts exactly; the quota is the documented one with every window a tenth as long.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

import aiohttp
import attrs
import orjson
from aiolimiter import AsyncLimiter

from benchmarks._report import Bound, Verdict, print_machine, print_table
from benchmarks._server import TOKEN, Counts, Delay, Running, Server, serve
from workato_async import Limiter, WorkatoError, WorkatoSession
from workato_async.resources.recipes import GET

CALLS = 300
TIME_SCALE = 0.1
QUOTA = GET.quota.scaled(time_scale=TIME_SCALE)
LEAST = (math.ceil(CALLS / QUOTA.requests) - 1) * QUOTA.per
"""Seconds that nobody can beat who does not know where the server's windows begin: four of them must pass."""
DELAY = Delay(0.005, 0.050, spike=0.300, spikes=0.05)

ANSWERS = Bound(CALLS, "every call ends with an answer", least=True)
REQUESTS = Bound(CALLS, "no call takes more than one request")
REFUSED = Bound(0, "no request is refused with 429")
IN_WINDOW = Bound(QUOTA.requests, "no window of the server sees more than the quota")
TIME = Bound(1.05, f"{CALLS} reads take at most 5 % longer than the quota itself demands ({LEAST:g} s)")

Reader = Callable[[int], Awaitable[bool]]
"""Reads one recipe; tells whether an answer came."""


@attrs.frozen
class Result:
    """What became of the calls of one contestant."""

    answers: int
    seconds: float
    counts: Counts


async def _at_once(ids: Sequence[int], read: Reader) -> tuple[int, float]:
    begun = time.perf_counter()
    answers = sum(await asyncio.gather(*(read(recipe_id) for recipe_id in ids)))
    return answers, time.perf_counter() - begun


async def ours(url: str, ids: Sequence[int]) -> tuple[int, float]:
    """Read with a session and its limiter."""
    async with WorkatoSession(TOKEN, base_url=url, limiter=Limiter(time_scale=TIME_SCALE)) as workato:

        async def read(recipe_id: int) -> bool:
            try:
                return (await workato.recipes.get(recipe_id)).id == recipe_id
            except WorkatoError:
                return False

        return await _at_once(ids, read)


async def with_aiolimiter(url: str, ids: Sequence[int]) -> tuple[int, float]:
    """Read with aiohttp behind an aiolimiter of the same quota; a refused read is sent again, up to 10 times.

    The first one after 1 s, doubling, scaled like the windows, and through the limiter like the others.
    """
    limiter = AsyncLimiter(QUOTA.requests, QUOTA.per)

    async with _http() as http:

        async def read(recipe_id: int) -> bool:
            for attempt in range(10):
                async with limiter:
                    answer = await _get(http, url, recipe_id)
                if answer is not None:
                    return True
                await asyncio.sleep(2.0**attempt * TIME_SCALE)
            return False

        return await _at_once(ids, read)


async def with_retries(url: str, ids: Sequence[int]) -> tuple[int, float]:
    """Read with aiohttp and nothing but retries, as the official client does: 3 attempts, 2 s and 4 s apart.

    The waits are scaled like the windows.
    """
    async with _http() as http:

        async def read(recipe_id: int) -> bool:
            for attempt in range(1, 4):
                answer = await _get(http, url, recipe_id)
                if answer is not None:
                    return True
                if attempt < 3:
                    await asyncio.sleep(2.0**attempt * TIME_SCALE)
            return False

        return await _at_once(ids, read)


def _http() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"})


async def _get(http: aiohttp.ClientSession, url: str, recipe_id: int) -> object | None:
    """Give the recipe, or None if the read was refused."""
    async with http.get(f"{url}/api/recipes/{recipe_id}") as answer:
        body = await answer.read()
        if answer.status == 429:
            return None
        answer.raise_for_status()
        recipe: object = orjson.loads(body)
        return recipe


CONTESTANTS: Mapping[str, Callable[[str, Sequence[int]], Awaitable[tuple[int, float]]]] = {
    "ours": ours,
    "aiolimiter": with_aiolimiter,
    "retries-only": with_retries,
}


def _run(name: str, server: Server) -> Result:
    running: Running
    with serve(server) as running:
        answers, seconds = asyncio.run(_main(name, running))
    return Result(answers, seconds, running.counts)


async def _main(name: str, running: Running) -> tuple[int, float]:
    return await CONTESTANTS[name](running.url, running.recipe_ids[:CALLS])


def _check(verdict: Verdict, result: Result, where: str) -> None:
    check = partial(verdict.check, where=where)
    check(ANSWERS, result.answers)
    check(REQUESTS, result.counts.requests)
    check(REFUSED, result.counts.refused)
    check(IN_WINDOW, result.counts.most_in_window)
    check(TIME, result.seconds / LEAST)


def main() -> int:
    """Run every contestant in every window, print a table for each, check the bounds of ours."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quota_use", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1, help="runs with other delays (default: 1)")
    parser.add_argument(
        "--windows", nargs="+", choices=("sliding", "fixed", "token_bucket"), default=["sliding", "fixed"]
    )
    parser.add_argument("--contestants", nargs="+", choices=list(CONTESTANTS), default=list(CONTESTANTS))
    parser.add_argument(
        "--delay",
        choices=("before", "after"),
        default="before",
        help="hold requests up before the server counts them (default, the hard case), or their answers after it",
    )
    arguments = parser.parse_args()
    print_machine("aiohttp", "aiolimiter")
    verdict = Verdict()
    for window in arguments.windows:
        rows = []
        for seed in range(arguments.seeds):
            for name in arguments.contestants:
                result = _run(
                    name,
                    Server(
                        recipes=CALLS,
                        window=window,
                        time_scale=TIME_SCALE,
                        uplink=DELAY if arguments.delay == "before" else None,
                        latency=DELAY if arguments.delay == "after" else None,
                        seed=seed,
                        watched=GET.key,
                    ),
                )
                counts = result.counts
                figures = (result.answers, CALLS - result.answers, counts.requests, counts.refused)
                rows.append(
                    [
                        name,
                        str(seed),
                        *map(str, figures),
                        str(counts.most_in_window),
                        f"{result.seconds:.1f}",
                        f"{result.seconds / LEAST:.3f}",
                    ]
                )
                if name == "ours":
                    _check(verdict, result, f"{window}, seed {seed}")
        print_table(
            f"{CALLS} reads at once, {QUOTA} in a {window} window, delay {arguments.delay} the arrival",
            ["", "seed", "answers", "lost", "requests", "429s", "most in a window", "seconds", f"/ {LEAST:g} s"],
            rows,
        )
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
