"""What the call without ``await`` costs, next to the awaited one, and whether threads keep to a quota.

Both read the same recipes one after another from the same server, which has a process of its own, in alternating
rounds of the same run. The wall clock is measured: a blocking call goes to another thread and back.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import cycle, islice
from typing import TYPE_CHECKING

from benchmarks._report import Bound, Verdict, median_ratio, print_machine, print_table
from benchmarks._server import TOKEN, count, served
from workato_async import Limiter, Quota, WorkatoSession
from workato_async.blocking import Workato
from workato_async.testing import FakeWorkato

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

CALL = Bound(1.5, "a blocking call costs at most 1.5 times the awaited one")
NONE_LIMITED = Bound(0, "16 threads, 100 calls each: none is rate limited")

THREADS = 16
CALLS_EACH = 100
LIFTED = {"recipes.get": Quota(10**9, per=1)}
QUOTA = {"recipes.get": Quota(400, per=6)}


def _compare(ours: Callable[[], object], theirs: Callable[[], object], rounds: int) -> tuple[list[float], list[float]]:
    """Return the seconds of every round; the order alternates."""
    seconds: dict[Callable[[], object], list[float]] = {ours: [], theirs: []}
    ours()
    theirs()
    for number in range(rounds):
        for work in (ours, theirs) if number % 2 else (theirs, ours):
            begun = time.perf_counter()
            work()
            seconds[work].append(time.perf_counter() - begun)
    return seconds[ours], seconds[theirs]


def _calls(url: str, ids: Iterable[int], rounds: int) -> tuple[list[float], list[float]]:
    """Return the seconds of every round of blocking calls, and of awaited ones."""
    with asyncio.Runner() as runner, Workato(TOKEN, base_url=url, limiter=Limiter(quotas=LIFTED)) as workato:
        session = WorkatoSession(TOKEN, base_url=url, limiter=Limiter(quotas=LIFTED))

        async def awaited() -> None:
            for recipe_id in ids:
                await session.recipes.get(recipe_id)

        def blocking() -> None:
            for recipe_id in ids:
                workato.recipes.get(recipe_id)

        try:
            return _compare(blocking, lambda: runner.run(awaited()), rounds)
        finally:
            runner.run(session.close())


def _threads(url: str, ids: list[int]) -> float:
    """Make calls from many threads on one client; return the seconds."""
    with (
        Workato(TOKEN, base_url=url, limiter=Limiter(quotas=QUOTA)) as workato,
        ThreadPoolExecutor(THREADS) as threads,
    ):

        def work(_: int) -> None:
            for recipe_id in islice(cycle(ids), CALLS_EACH):
                workato.recipes.get(recipe_id)

        begun = time.perf_counter()
        for _ in threads.map(work, range(THREADS)):
            pass
        return time.perf_counter() - begun


def main() -> int:
    """Run the rounds, print the table, check the bounds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.blocking", description=__doc__)
    parser.add_argument("--rounds", type=int, default=21, help="alternating rounds (default: 21)")
    parser.add_argument("--calls", type=int, default=200, help="calls per round (default: 200)")
    arguments = parser.parse_args()
    rounds: int = arguments.rounds
    calls: int = arguments.calls
    print_machine("aiohttp")
    with served(partial(FakeWorkato, recipes=100, jobs=0, window=None)) as server:
        ours, theirs = _calls(server.url, list(islice(cycle(server.recipe_ids), calls)), rounds)
    ratio = median_ratio(ours, theirs)
    print_table(
        f"Milliseconds per call, one after another, {rounds} rounds (ratio: median of the rounds)",
        ["", "blocking", "awaited", "ratio"],
        [
            ["best", f"{min(ours) / calls * 1e3:.3f}", f"{min(theirs) / calls * 1e3:.3f}", ""],
            [
                "median",
                f"{sorted(ours)[rounds // 2] / calls * 1e3:.3f}",
                f"{sorted(theirs)[rounds // 2] / calls * 1e3:.3f}",
                f"{ratio:.2f}",
            ],
        ],
    )
    with served(partial(FakeWorkato, recipes=100, jobs=0, quotas=QUOTA)) as server:
        seconds = _threads(server.url, server.recipe_ids)
        counts = server.ask(count, "recipes.get")
    print_table(
        f"{THREADS} threads on one client, {CALLS_EACH} calls each, quota of 400 per 6 s",
        ["", "requests", "rate limited", "most in a window", "seconds"],
        [
            [
                "recipes.get",
                f"{counts.requests:,}",
                f"{counts.rate_limited:,}",
                f"{counts.most_in_window:,}",
                f"{seconds:.1f}",
            ]
        ],
    )
    verdict = Verdict()
    verdict.check(CALL, ratio)
    verdict.check(NONE_LIMITED, counts.rate_limited)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
