"""300 reads at once of an endpoint that allows 60 in 6 seconds: what is lost, what is refused, how long it takes.

Requests are held up at random: 5 to 50 ms, one in twenty 300 ms. By default the delay lies before the server counts the
arrival, which is the hard case: requests that left evenly arrive in heaps. Every contestant has a fresh server to
itself that counts exactly; the quota is the documented one with every window a tenth as long.
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
from benchmarks._server import TOKEN, Counts, Delay, Running, Server, serve
from workato_async import Limiter, WorkatoError, WorkatoSession
from workato_async.resources.recipes.recipes import GET, LIST
from workato_async.testing import Window

if TYPE_CHECKING:
    import aiohttp

CALLS = 300
TIME_SCALE = 0.1
QUOTA = GET.quota.scaled(time_scale=TIME_SCALE)
LEAST = (math.ceil(CALLS / QUOTA.requests) - 1) * QUOTA.per
"""Seconds that nobody can beat who does not know where the server's windows begin: four of them must pass."""
DELAY = Delay(0.005, 0.050, spike=0.300, spikes=0.05)
PACKAGES = ("aiohttp", "aiolimiter", "pyrate-limiter", "limits", "throttled-py")
OFFICIAL = "workato-platform-cli"

ANSWERS = Bound(CALLS, "every call ends with an answer", least=True)
REQUESTS = Bound(CALLS, "no call takes more than one request")
REFUSED = Bound(0, "no request is refused with 429")
IN_WINDOW = Bound(QUOTA.requests, "no window of the server sees more than the quota")
TIME = Bound(1.04, f"{CALLS} reads take at most 4 % longer than the quota itself demands ({LEAST:g} s), median of runs")

Reader = Callable[[int], Awaitable[bool]]
"""Reads one recipe; tells whether an answer came."""
Play = Callable[[str, Sequence[int]], Awaitable[tuple[int, float]]]
"""Reads the recipes of a server; gives the answers and the seconds."""


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


async def behind(gate: peers.Gate, url: str, ids: Sequence[int]) -> tuple[int, float]:
    """Read with aiohttp behind a limiter of the same quota; a refused read is sent again, up to 10 times.

    The first one after 1 s, doubling, scaled like the windows, and through the limiter like the others.
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
    """List a page of one recipe with the official client, as often: it cannot read a single recipe.

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
    """Give the recipe, or None if the read was refused."""
    async with http.get(f"{url}/api/recipes/{recipe_id}") as answer:
        body = await answer.read()
        if answer.status == 429:
            return None
        answer.raise_for_status()
        recipe: object = orjson.loads(body)
        return recipe


CONTESTANTS: Mapping[str, Play] = {
    "ours": ours,
    "aiolimiter": partial(behind, peers.aiolimiter),
    "aiolimiter-spaced": partial(behind, peers.aiolimiter_spaced),
    "pyrate-limiter": partial(behind, peers.pyrate),
    "limits": partial(behind, peers.limits_counter),
    "throttled-py": partial(behind, peers.throttled_sliding),
    "retries-only": with_retries,
    "official-client": with_official_client,
}


def _run(name: str, server: Server) -> Result:
    running: Running
    with serve(server) as running:
        answers, seconds = asyncio.run(_main(name, running))
    return Result(answers, seconds, running.counts)


async def _main(name: str, running: Running) -> tuple[int, float]:
    return await CONTESTANTS[name](running.url, running.recipe_ids[:CALLS])


def _check(verdict: Verdict, results: Sequence[Result], window: str) -> None:
    """Check the worst of the runs in one kind of window, and the time that is usual."""
    check = partial(verdict.check, where=f"{window} window")
    check(ANSWERS, min(result.answers for result in results))
    check(REQUESTS, max(result.counts.requests for result in results))
    check(REFUSED, max(result.counts.refused for result in results))
    check(IN_WINDOW, max(result.counts.most_in_window for result in results))
    check(TIME, statistics.median(result.seconds for result in results) / LEAST)


def _row(name: str, seed: int, result: Result) -> list[str]:
    counts, lost = result.counts, CALLS - result.answers
    figures = (seed, result.answers, lost, counts.requests, counts.refused, counts.most_in_window)
    ratio = "-" if lost else f"{result.seconds / LEAST:.3f}"
    return [name, *map(str, figures), f"{result.seconds:.1f}", ratio]


def _runs(arguments: argparse.Namespace) -> dict[tuple[str, int, str], Result]:
    """Give the result of every run, by window, seed and contestant."""
    runs: dict[tuple[str, int, str], Future[Result]] = {}
    with ProcessPoolExecutor(arguments.at_once, mp_context=get_context("spawn")) as pool:
        for window, seed, name in product(arguments.windows, range(arguments.seeds), arguments.contestants):
            if 0 < len(runs) < arguments.at_once:
                time.sleep(QUOTA.per / arguments.at_once)  # so that their bursts do not coincide
            server = Server(
                recipes=CALLS,
                window=window,
                time_scale=TIME_SCALE,
                uplink=DELAY if arguments.delay == "before" else None,
                latency=DELAY if arguments.delay == "after" else None,
                seed=seed,
                watched=(LIST if name == "official-client" else GET).key,
            )
            runs[window, seed, name] = pool.submit(_run, name, server)
        return {run: future.result() for run, future in runs.items()}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quota_use", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1, help="runs with other delays (default: 1)")
    parser.add_argument("--windows", nargs="+", choices=get_args(Window), default=get_args(Window))
    parser.add_argument("--contestants", nargs="+", choices=list(CONTESTANTS), default=list(CONTESTANTS))
    parser.add_argument(
        "--delay",
        choices=("before", "after"),
        default="before",
        help="hold requests up before the server counts them (default, the hard case), or their answers after it",
    )
    parser.add_argument("--at-once", type=int, default=2, help="contestants at a time, of which each mostly waits")
    return parser.parse_args()


def main() -> int:
    """Run every contestant in every window, print a table for each, check the bounds of ours."""
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
            ["", "seed", "answers", "lost", "requests", "429s", "most in a window", "seconds", f"/ {LEAST:g} s"],
            [_row(name, seed, result) for (seed, name), result in results.items()],
        )
        mine = [result for (_, name), result in results.items() if name == "ours"]
        if mine:
            _check(verdict, mine, window)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
