"""300 concurrent reads of an endpoint that allows 60 per 6 seconds: how many are lost or rate limited, and how long
they take.

Requests are delayed at random: 5 to 50 ms, one in twenty 300 ms. By default the delay comes before the server counts
the arrival, which is the hard case: requests sent evenly arrive in bunches. Every contestant has a fresh server of its
own that counts exactly; the quota is the documented one with every window a tenth as long.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from functools import partial
from importlib.util import find_spec
from itertools import product
from multiprocessing import get_context
from typing import TYPE_CHECKING, get_args

import attrs
import orjson

from benchmarks import _contestants as peers
from benchmarks._report import Bound, Verdict, print_machine, print_table
from benchmarks._server import TOKEN, Counts, Delay, Served, count, served
from workato_async import Limiter, WorkatoError, WorkatoSession
from workato_async.resources.recipes.recipes import GET, LIST
from workato_async.testing import FakeWorkato, Window

if TYPE_CHECKING:
    import aiohttp

CALLS = 300
TIME_SCALE = 0.1
QUOTA = GET.quota.scaled(time_scale=TIME_SCALE)
LEAST = (math.ceil(CALLS / QUOTA.requests) - 1) * QUOTA.per
"""Least possible seconds without knowing where the server's windows begin: four of them must pass."""
DELAY = Delay(0.005, 0.050, spike=0.300, spikes=0.05)
PACKAGES = ("aiohttp", "aiolimiter", "pyrate-limiter", "limits", "throttled-py")
OFFICIAL = "workato-platform-cli"

RESPONSES = Bound(CALLS, "every call gets its response", least=True)
REQUESTS = Bound(CALLS, "no call takes more than one request")
RATE_LIMITED = Bound(0, "no request is rate limited (429)")
IN_WINDOW = Bound(QUOTA.requests, "no window of the server sees more than the quota")
TIME = Bound(1.04, f"{CALLS} reads take at most 4 % longer than the quota itself demands ({LEAST:g} s), median of runs")

Reader = Callable[[int], Awaitable[bool]]
"""Reads one recipe; returns whether a response came."""
Contestant = Callable[[str, Sequence[int]], Awaitable[tuple[int, float]]]
"""Reads the recipes of a server; returns the number of responses and the seconds."""


@attrs.frozen
class Result:
    """What became of the calls of one contestant."""

    responses: int
    seconds: float
    counts: Counts


async def _at_once(ids: Sequence[int], read: Reader) -> tuple[int, float]:
    begun = time.perf_counter()
    responses = sum(await asyncio.gather(*(read(recipe_id) for recipe_id in ids)))
    return responses, time.perf_counter() - begun


async def ours(url: str, ids: Sequence[int]) -> tuple[int, float]:
    """Read with a session and its limiter."""
    async with WorkatoSession(TOKEN, base_url=url, limiter=Limiter(time_scale=TIME_SCALE)) as workato:

        async def read(recipe_id: int) -> bool:
            try:
                return (await workato.recipes.get(recipe_id)).id == recipe_id
            except WorkatoError:
                return False

        return await _at_once(ids, read)


async def behind(gate: peers.Gate, url: str, ids: Sequence[int]) -> tuple[int, float]:
    """Read with aiohttp behind a limiter of the same quota; a 429 is retried up to 10 times.

    The first retry comes after 1 s, doubling, scaled like the windows, and goes through the limiter.
    """
    with gate(QUOTA) as wait:
        async with peers.plain_http() as http:

            async def read(recipe_id: int) -> bool:
                async def send() -> object | None:
                    await wait()
                    return await _get(http, url, recipe_id)

                return await peers.insist(send, peers.ATTEMPTS, TIME_SCALE)

            return await _at_once(ids, read)


async def with_retries(url: str, ids: Sequence[int]) -> tuple[int, float]:
    """Read with aiohttp and nothing but retries: 3 attempts, 2 s and 4 s apart, scaled like the windows."""
    async with peers.plain_http() as http:

        async def read(recipe_id: int) -> bool:
            return await peers.insist(partial(_get, http, url, recipe_id), 3, 2 * TIME_SCALE)

        return await _at_once(ids, read)


async def with_official_client(url: str, ids: Sequence[int]) -> tuple[int, float]:
    """List a page of one recipe with the official client, which cannot read a single recipe.

    Its retries are its own: 3 attempts, 2 s and 4 s apart; only their length is scaled like the windows.
    """
    from workato_platform_cli import (  # type: ignore[import-untyped,import-not-found,unused-ignore]
        Configuration,
        Workato,
    )
    from workato_platform_cli.client.workato_api.exceptions import (  # type: ignore[import-untyped,import-not-found,unused-ignore]
        ApiException,
    )

    async with Workato(Configuration(host=url, access_token=TOKEN)) as workato:
        workato.api_client.rest_client.retry_client.retry_options._start_timeout *= TIME_SCALE

        async def read(_: int) -> bool:
            try:
                return len((await workato.recipes_api.list_recipes(per_page=1)).items) == 1
            except ApiException:
                return False

        return await _at_once(ids, read)


async def _get(http: aiohttp.ClientSession, url: str, recipe_id: int) -> object | None:
    """Return the recipe, or None if rate limited."""
    async with http.get(f"{url}/api/recipes/{recipe_id}") as response:
        body = await response.read()
        if response.status == 429:
            return None
        response.raise_for_status()
        recipe: object = orjson.loads(body)
        return recipe


CONTESTANTS: Mapping[str, Contestant] = {
    "ours": ours,
    "aiolimiter": partial(behind, peers.aiolimiter),
    "aiolimiter-spaced": partial(behind, peers.aiolimiter_spaced),
    "pyrate-limiter": partial(behind, peers.pyrate),
    "limits": partial(behind, peers.limits_counter),
    "throttled-py": partial(behind, peers.throttled_sliding),
    "retries-only": with_retries,
    "official-client": with_official_client,
}


def _run(name: str, make_fake: Callable[[], FakeWorkato]) -> Result:
    with served(make_fake) as server:
        responses, seconds = asyncio.run(_main(name, server))
        counts = server.ask(count, (LIST if name == "official-client" else GET).id)
    return Result(responses, seconds, counts)


async def _main(name: str, server: Served[FakeWorkato]) -> tuple[int, float]:
    return await CONTESTANTS[name](server.url, server.recipe_ids[:CALLS])


def _check(verdict: Verdict, results: Sequence[Result], window: str) -> None:
    """Check the worst run in one kind of window, and the median time."""
    check = partial(verdict.check, where=f"{window} window")
    check(RESPONSES, min(result.responses for result in results))
    check(REQUESTS, max(result.counts.requests for result in results))
    check(RATE_LIMITED, max(result.counts.rate_limited for result in results))
    check(IN_WINDOW, max(result.counts.most_in_window for result in results))
    check(TIME, statistics.median(result.seconds for result in results) / LEAST)


def _row(name: str, seed: int, result: Result) -> list[str]:
    counts, lost = result.counts, CALLS - result.responses
    figures = (seed, result.responses, lost, counts.requests, counts.rate_limited, counts.most_in_window)
    ratio = "-" if lost else f"{result.seconds / LEAST:.3f}"
    return [name, *map(str, figures), f"{result.seconds:.1f}", ratio]


def _runs(arguments: argparse.Namespace) -> dict[tuple[str, int, str], Result]:
    """Return the result of every run, by window, seed and contestant."""
    runs: dict[tuple[str, int, str], Future[Result]] = {}
    with ProcessPoolExecutor(arguments.at_once, mp_context=get_context("spawn")) as pool:
        for window, seed, name in product(arguments.windows, range(arguments.seeds), arguments.contestants):
            if 0 < len(runs) < arguments.at_once:
                time.sleep(QUOTA.per / arguments.at_once)  # so that bursts do not coincide
            make_fake = partial(
                FakeWorkato,
                recipes=CALLS,
                jobs=0,
                window=window,
                time_scale=TIME_SCALE,
                uplink=DELAY if arguments.delay == "before" else None,
                latency=DELAY if arguments.delay == "after" else None,
                seed=seed,
            )
            runs[window, seed, name] = pool.submit(_run, name, make_fake)
        return {run: future.result() for run, future in runs.items()}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quota_use", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1, help="runs with different delays (default: 1)")
    parser.add_argument("--windows", nargs="+", choices=get_args(Window), default=get_args(Window))
    parser.add_argument("--contestants", nargs="+", choices=list(CONTESTANTS), default=list(CONTESTANTS))
    parser.add_argument(
        "--delay",
        choices=("before", "after"),
        default="before",
        help="delay requests before the server counts them (default, the hard case), or their responses after that",
    )
    parser.add_argument("--at-once", type=int, default=2, help="contestants run at the same time; each mostly waits")
    return parser.parse_args()


def main() -> int:
    """Run every contestant in every window, print a table per window, check our bounds."""
    arguments = _arguments()
    if "official-client" not in arguments.contestants:
        print_machine(*PACKAGES)
    elif find_spec("workato_platform_cli"):
        print_machine(*PACKAGES, OFFICIAL)
    else:
        arguments.contestants.remove("official-client")
        print_machine(*PACKAGES)
        print(f"without {OFFICIAL}, which is not installed")
    runs = _runs(arguments)
    verdict = Verdict()
    for window in arguments.windows:
        results = {key[1:]: result for key, result in runs.items() if key[0] == window}
        print_table(
            f"{CALLS} reads at once, {QUOTA} in a {window} window, delay {arguments.delay} the arrival",
            ["", "seed", "responses", "lost", "requests", "429s", "most in a window", "seconds", f"/ {LEAST:g} s"],
            [_row(name, seed, result) for (seed, name), result in results.items()],
        )
        mine = [result for (_, name), result in results.items() if name == "ours"]
        if mine:
            _check(verdict, mine, window)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
