"""Less of a quota than published: how many requests are rate limited, and what another client is left with.

60 requests per 6 s are published, for reads of one recipe. In real seconds, against servers that count exactly:

* ``sliding-30``, ``fixed-30``: only 30 are really there, in a sliding or a fixed window. 300 reads at once.
* ``beside``: another client sends 30 requests per window (Poisson) and retries none. 300 reads at once.
* ``leaves``: the other client leaves after twelve windows; reads without end.
* ``sessions``: seven sessions of one process, made without ``limiter=``, share 1 request per second: in one event loop,
  and in seven threads.

Requests are delayed by 5 to 50 ms, one in twenty by 300 ms, before the server counts them. Nearly all of the time is
spent waiting, so everything runs at the same time, each run with a token, and so a quota, of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import logging
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, suppress
from functools import partial
from random import Random
from typing import Any

import aiohttp
import attrs
from aiolimiter import AsyncLimiter

from benchmarks._contestants import ATTEMPTS, insist
from benchmarks._report import Bound, Verdict, print_machine, print_table
from benchmarks._server import Delay, Served, served
from workato_async import Limiter, Quota, WorkatoError, WorkatoSession
from workato_async.resources.jobs import REPEAT
from workato_async.resources.recipes.recipes import GET
from workato_async.testing import FakeWorkato, Window

CALLS = 300
TIME_SCALE = 0.1
PUBLISHED = GET.quota.scaled(time_scale=TIME_SCALE)
DELAY = Delay(0.005, 0.050, spike=0.300, spikes=0.05)
OTHER = 30
"""Requests of the other client per window, on average."""
STAYS = 12
"""Windows that the other client stays in ``leaves``, after the reads began."""
WITHIN = 8
"""The window after it left in which the whole quota must be in use again."""
READERS = 120
"""Concurrent readers in ``leaves``: more than the quota, so that demand never ends."""
SESSIONS = 7
CALLS_EACH = 3
JOB = "j-AJTAt8w6-wdAgWM"

ALL = Bound(CALLS, "every call gets its response", least=True)
REALLY_30 = Bound(42, "of a quota that is half of the published one, at most 42 requests of ours are rate limited")
IN_TIME = Bound(62, "and the last response comes within 62 s (54 is the least)")
BESIDE = Bound(60, "beside another client, at most 60 requests of ours are rate limited")
HALVED = Bound(0.5, "in twelve windows, at most half as many of the other client's, compared with adaptive=False")
BACK = Bound(57, f"of 60 per window, at least 57 are used in window {WITHIN} after the other has left", least=True)
SHARED = Bound(0, f"none of {SESSIONS} sessions of a process is rate limited on a quota of {REPEAT.quota}")

Read = Callable[[int], Awaitable[bool]]
"""Reads one recipe; returns whether a response came."""
Contestant = Callable[[str, str], AbstractAsyncContextManager[Read]]
"""Takes a server's URL and a token."""


@asynccontextmanager
async def ours(url: str, token: str, *, adaptive: bool = True) -> AsyncIterator[Read]:
    """Read with a session and its limiter."""
    limiter = Limiter(time_scale=TIME_SCALE, adaptive=adaptive)
    async with WorkatoSession(token, base_url=url, limiter=limiter) as workato:

        async def read(recipe_id: int) -> bool:
            try:
                return (await workato.recipes.get(recipe_id)).id == recipe_id
            except WorkatoError:
                return False

        yield read


@asynccontextmanager
async def aiolimiter(url: str, token: str) -> AsyncIterator[Read]:
    """Read with aiohttp behind an aiolimiter.

    A 429 is retried up to 10 times, through the limiter; the first time after 1 s, doubling, scaled like the windows.
    """
    limiter = AsyncLimiter(PUBLISHED.requests, PUBLISHED.per)
    async with _http(token) as http:

        async def read(recipe_id: int) -> bool:
            async def send() -> object | None:
                await limiter.acquire()
                return await _get(http, url, recipe_id)

            return await insist(send, ATTEMPTS, TIME_SCALE)

        yield read


@asynccontextmanager
async def back_off(url: str, token: str) -> AsyncIterator[Read]:
    """Read with aiohttp and exponential backoff with full jitter, of at most a window, until a response comes."""
    rng = Random(token)
    async with _http(token) as http:

        async def read(recipe_id: int) -> bool:
            for attempt in itertools.count():
                if await _get(http, url, recipe_id) is not None:
                    break
                await asyncio.sleep(rng.uniform(0, min(PUBLISHED.per, 0.5 * 2.0**attempt)))
            return True

        yield read


CONTESTANTS: dict[str, Contestant] = {
    "ours": ours,
    "not-adaptive": partial(ours, adaptive=False),
    "aiolimiter": aiolimiter,
    "backoff": back_off,
}


def _http(token: str) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"})


async def _get(http: aiohttp.ClientSession, url: str, recipe_id: int) -> object | None:
    """Return the recipe, or None if rate limited."""
    async with http.get(f"{url}/api/recipes/{recipe_id}") as response:
        body = await response.read()
        if response.status == 429:
            return None
        response.raise_for_status()
        return body


async def _other(url: str, token: str, recipe_id: int, seed: int) -> None:
    """Read one recipe again and again, at random times, until cancelled."""
    rng = Random(seed)
    async with _http(token) as http, asyncio.TaskGroup() as tasks:
        while True:
            await asyncio.sleep(rng.expovariate(OTHER / PUBLISHED.per))
            tasks.create_task(_get(http, url, recipe_id))


@attrs.frozen
class Scenario:
    """What is really there.

    Attributes:
        name: for the command line.
        title: of the table.
        quota: how much the server allows.
        window: how it counts.
        other: whether another client is there.
        leaves: whether that one leaves, and the reads have no end.
    """

    name: str
    title: str
    quota: Quota
    window: Window = "sliding"
    other: bool = False
    leaves: bool = False


REALLY = Quota(30, per=GET.quota.per)
SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("sliding-30", "30 are really there, sliding window", REALLY),
        Scenario("fixed-30", "30 are really there, fixed window", REALLY, "fixed"),
        Scenario("beside", f"another client sends {OTHER} per window", GET.quota, other=True),
        Scenario("leaves", f"another client leaves after {STAYS} windows", GET.quota, other=True, leaves=True),
    )
}


@attrs.frozen
class Run:
    """One run; times are the event loop's, which is also the server's.

    Attributes:
        token: whose quota it was.
        others_path: the path that only the other client reads.
        responses: calls with a response, of those that are to end.
        begun: when the calls began.
        left_at: when the other client left.
        ended: when all calls had ended.
    """

    token: str
    others_path: str
    responses: int
    begun: float
    left_at: float
    ended: float


@attrs.frozen
class Result:
    """What became of one run.

    Attributes:
        run: the run.
        mine: time and status of our requests.
        others: time and status of the other client's, while our calls ran and it was there.
    """

    run: Run
    mine: list[tuple[float, int]]
    others: list[tuple[float, int]]

    @property
    def seconds(self) -> float:
        return self.run.ended - self.run.begun

    def used(self, window: int) -> int:
        """Return our accepted requests in one window after the other client left, 1 being the first."""
        begin = self.run.left_at + (window - 1) * PUBLISHED.per
        return sum(begin <= at < begin + PUBLISHED.per and status == 200 for at, status in self.mine)


def rate_limited(arrivals: Sequence[tuple[float, int]]) -> int:
    """Return how many of them were rate limited."""
    return sum(status == 429 for _, status in arrivals)


def arrivals_of(fake: FakeWorkato, token: str) -> list[tuple[float, int, str]]:
    """Return time, status and path of every request with a token."""
    return [
        (request.arrived_at, request.status, request.path)
        for request in fake.requests
        if request.headers.get("Authorization") == f"Bearer {token}"
    ]


def _result(run: Run, server: Served[FakeWorkato]) -> Result:
    seen = server.ask(arrivals_of, run.token)
    until = run.left_at or run.ended
    mine = [(at, status) for at, status, path in seen if path != run.others_path]
    others = [(at, status) for at, status, path in seen if path == run.others_path and run.begun <= at <= until]
    return Result(run, mine, others)


async def _run(scenario: Scenario, name: str, seed: int, server: Served[FakeWorkato]) -> Run:
    loop = asyncio.get_running_loop()
    token = f"{scenario.name}/{name}/{seed}"
    *ids, others_id = server.recipe_ids
    await asyncio.sleep(Random(token).uniform(0, PUBLISHED.per))  # bursts do not coincide, windows begin anywhere
    other = None
    if scenario.other:
        other = asyncio.create_task(_other(server.url, token, others_id, seed))
        await asyncio.sleep(PUBLISHED.per)
    left_at, responses = 0.0, 0
    async with CONTESTANTS[name](server.url, token) as read:
        begun = loop.time()
        if other is not None and scenario.leaves:
            reading = asyncio.gather(*(_endless(read, recipe_id) for recipe_id in ids[:READERS]))
            await asyncio.sleep(STAYS * PUBLISHED.per)
            await _cancel(other)
            left_at = loop.time()
            await asyncio.sleep((WITHIN + 0.2) * PUBLISHED.per)
            await _cancel(reading)
        else:
            responses = sum(await asyncio.gather(*(read(recipe_id) for recipe_id in ids)))
        ended = loop.time()
        if other is not None:
            await _cancel(other)
    return Run(token, f"/api/recipes/{others_id}", responses, begun, left_at, ended)


async def _endless(read: Read, recipe_id: int) -> None:
    while True:
        await read(recipe_id)


async def _cancel(task: asyncio.Future[Any]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def _one_session(url: str, token: str, ids: Sequence[int]) -> None:
    async with WorkatoSession(token, base_url=url) as workato:
        await asyncio.gather(*(workato.jobs.repeat(recipe_id, [JOB]) for recipe_id in ids))


async def _one_aiolimiter(url: str, token: str, ids: Sequence[int]) -> None:
    limiter = AsyncLimiter(REPEAT.quota.requests, REPEAT.quota.per)
    async with _http(token) as http:

        async def repeat(recipe_id: int) -> None:
            async def send() -> object | None:
                await limiter.acquire()
                async with http.post(f"{url}/api/recipes/{recipe_id}/repeat_jobs", json={"job_ids": [JOB]}) as response:
                    return None if response.status == 429 else await response.read()

            await insist(send, 5, REPEAT.quota.per)

        await asyncio.gather(*(repeat(recipe_id) for recipe_id in ids))


Client = Callable[[str, str, Sequence[int]], Coroutine[Any, Any, None]]


async def _in_one_loop(client: Client, url: str, token: str, shares: Sequence[Sequence[int]]) -> None:
    await asyncio.gather(*(client(url, token, ids) for ids in shares))


async def _in_threads(client: Client, url: str, token: str, shares: Sequence[Sequence[int]]) -> None:
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(len(shares)) as pool:
        await asyncio.gather(*(loop.run_in_executor(pool, asyncio.run, client(url, token, ids)) for ids in shares))


SESSION_RUNS = {
    "ours,one-loop": partial(_in_one_loop, _one_session),
    "ours,seven-threads": partial(_in_threads, _one_session),
    "aiolimiter,one-each": partial(_in_one_loop, _one_aiolimiter),
}


async def _run_sessions(server: Served[FakeWorkato]) -> list[float]:
    """Return the seconds of every run."""
    shares = [server.recipe_ids[session::SESSIONS] for session in range(SESSIONS)]

    async def seconds(name: str) -> float:
        begun = time.perf_counter()
        await SESSION_RUNS[name](server.url, name, shares)
        return time.perf_counter() - begun

    return await asyncio.gather(*map(seconds, SESSION_RUNS))


Key = tuple[str, str, int]
"""Scenario, contestant, seed."""


async def _all(
    runs: Sequence[Key], servers: dict[str, Served[FakeWorkato]], sessions: Served[FakeWorkato] | None
) -> tuple[list[Run], list[float]]:
    seconds = asyncio.create_task(_run_sessions(sessions)) if sessions else None
    ran = await asyncio.gather(*(_run(SCENARIOS[key], name, seed, servers[key]) for key, name, seed in runs))
    return ran, await seconds if seconds else []


def _print(title: str, key: str, results: dict[Key, Result]) -> None:
    if SCENARIOS[key].leaves:
        head = ["", "seed", "429s", *map(str, range(1, WITHIN + 1)), "the other's", "429s"]
        title += "; accepted in each window after that"
    else:
        head = ["", "seed", "responses", "429s", "seconds", *(["the other's", "429s"] if SCENARIOS[key].other else [])]
    rows = []
    for (scenario, name, seed), result in results.items():
        if scenario != key:
            continue
        limited = str(rate_limited(result.mine))
        if SCENARIOS[key].leaves:
            row = [limited, *(str(result.used(window)) for window in range(1, WITHIN + 1))]
        else:
            row = [str(result.run.responses), limited, f"{result.seconds:.1f}"]
        if SCENARIOS[key].other:
            row += [str(len(result.others)), str(rate_limited(result.others))]
        rows.append([name, str(seed), *row])
    print_table(title, head, rows)


def _check(verdict: Verdict, key: str, seed: int, results: dict[Key, Result]) -> None:
    mine = results.get((key, "ours", seed))
    if mine is None:
        return
    check = partial(verdict.check, where=f"{key}, seed {seed}")
    if SCENARIOS[key].leaves:
        check(BACK, mine.used(WITHIN))
        return
    check(ALL, mine.run.responses)
    if not SCENARIOS[key].other:
        check(REALLY_30, rate_limited(mine.mine))
        check(IN_TIME, mine.seconds)
        return
    check(BESIDE, rate_limited(mine.mine))


def _check_other(verdict: Verdict, results: dict[Key, Result]) -> None:
    """Compare what the other client met beside ours, in all seeds together: a single one says little."""
    met: dict[str, int] = {}
    for (key, name, _), result in results.items():
        if key == "leaves":
            met[name] = met.get(name, 0) + rate_limited(result.others)
    if "ours" in met and "not-adaptive" in met:
        verdict.check(HALVED, met["ours"] / max(1, met["not-adaptive"]), "leaves")


def main() -> int:
    """Run everything at the same time, print a table per scenario, check our bounds."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.others", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [*SCENARIOS, "sessions"]
    parser.add_argument("--only", nargs="+", choices=names, default=names, help="scenarios (default: all, 140 s)")
    parser.add_argument("--contestants", nargs="+", choices=list(CONTESTANTS), default=list(CONTESTANTS))
    parser.add_argument("--seeds", type=int, default=3, help="runs, each at another time (default: 3)")
    parser.add_argument("--retry-after", action="store_true", help="429s name the seconds to wait")
    arguments = parser.parse_args()
    logging.getLogger("workato_async").setLevel(logging.ERROR)  # every pause is a warning
    print_machine("aiohttp", "aiolimiter")
    runs = [
        (key, name, seed)
        for key in SCENARIOS
        if key in arguments.only
        for name in arguments.contestants
        for seed in range(arguments.seeds)
    ]
    fake = partial(FakeWorkato, jobs=0, uplink=DELAY, retry_after=arguments.retry_after)
    with ExitStack() as stack:
        servers = {
            key: stack.enter_context(
                served(
                    partial(
                        fake,
                        recipes=CALLS + 1,
                        time_scale=TIME_SCALE,
                        window=SCENARIOS[key].window,
                        quotas={GET.id: SCENARIOS[key].quota},
                    )
                )
            )
            for key in dict.fromkeys(key for key, _, _ in runs)
        }
        sessions = None
        if "sessions" in arguments.only:
            sessions = stack.enter_context(served(partial(fake, recipes=SESSIONS * CALLS_EACH)))
        ran, seconds = asyncio.run(_all(runs, servers, sessions))
        results = {key: _result(run, servers[key[0]]) for key, run in zip(runs, ran, strict=True)}
        statuses = [[status for _, status, _ in sessions.ask(arrivals_of, name)] for name in SESSION_RUNS if sessions]
    verdict = Verdict()
    for key in servers:
        calls = f"{READERS} readers without end" if SCENARIOS[key].leaves else f"{CALLS} reads at once"
        _print(f"{PUBLISHED} published, {SCENARIOS[key].title}: {calls}", key, results)
        for seed in range(arguments.seeds):
            _check(verdict, key, seed, results)
    _check_other(verdict, results)
    if sessions:
        rows = [
            [
                name.replace(",", ", ").replace("-", " "),
                str(len(seen)),
                str(seen.count(200)),
                str(seen.count(429)),
                f"{took:.1f}",
            ]
            for name, seen, took in zip(SESSION_RUNS, statuses, seconds, strict=True)
        ]
        title = f"{SESSIONS} sessions without a limiter of their own, {CALLS_EACH} calls each on {REPEAT.quota}"
        print_table(title, ["", "requests", "responses", "429s", "seconds"], rows)
        for name, _, _, limited, _ in rows[:2]:
            verdict.check(SHARED, int(limited), name)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
