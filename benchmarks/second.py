"""Repeating jobs, limited to one request a second, in real seconds: how much of that is used, and how many 429s.

A permit returns a second after the response to its request, so waiting for responses loses a round trip per window;
ours gives part of it back once it has seen enough responses (the credit). The use is therefore shown twice: of all
calls, and of those after the first 40, when the credit has been earned. Every contestant has a server of its own; they
run at the same time, because they mostly wait.

The server delays every exchange as the tables say; what the exchange itself takes on this machine (measured first, and
printed) comes on top. With ``--as-seen`` it is subtracted, so that the client sees exactly the delays of the tables.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from functools import partial
from itertools import product
from typing import TYPE_CHECKING

import attrs

from benchmarks import _contestants as peers
from benchmarks._report import Bound, Verdict, print_machine, print_table
from benchmarks._server import TOKEN, Counts, Delay, Served, count, served
from workato_async import WorkatoError, WorkatoSession
from workato_async.resources.jobs import REPEAT
from workato_async.testing import FakeWorkato, Window

if TYPE_CHECKING:
    import aiohttp

QUOTA = REPEAT.quota
EARNED = 40
"""Calls after which the credit has been earned: it takes 32 windows with responses, and is then used."""
JOB = "j-AJTAt8w6-wdAgWM"
PINGS = 25
PING = 0.020
"""Seconds by which the server delays the timed exchanges; what they take beyond that is their own time."""
REST = 0.25
"""Seconds between them: after a rest, as in the benchmark, an exchange takes longer than back to back."""

RESPONSES = Bound(1, "every call gets its response (part of them)", least=True)
RATE_LIMITED = Bound(0, "no request is rate limited (429)")

Done = Callable[[], None]
"""To be called for every response."""
Contestant = Callable[[str, Sequence[int], Done], Awaitable[None]]
"""Sends one request to every recipe of a server."""


@attrs.frozen
class Responses:
    """How long responses take, and how much of the quota must be used in spite of that."""

    name: str
    delay: Delay
    use: Bound


DELAYS = (
    Responses(
        "5 to 50 ms",
        Delay(0.005, 0.050),
        Bound(0.97, f"of the calls after the first {EARNED}, at least 97 % of the quota are used", least=True),
    ),
    Responses(
        "100 to 140 ms",
        Delay(0.100, 0.140),
        Bound(0.95, f"of the calls after the first {EARNED}, at least 95 % of the quota are used", least=True),
    ),
)


@attrs.frozen
class Result:
    """When the responses arrived, in seconds of any clock, and what the server counted."""

    calls: int
    times: Sequence[float]
    counts: Counts

    def use(self, first: int = 1) -> float:
        """Return the part of the quota that was used from one response to the last."""
        times = self.times[first - 1 :]
        return (len(times) - 1) * QUOTA.per / QUOTA.requests / (times[-1] - times[0])


async def ours(url: str, recipe_ids: Sequence[int], done: Done) -> None:
    """Repeat with a session and the limiter it makes for itself."""
    async with WorkatoSession(TOKEN, base_url=url) as workato:

        async def repeat(recipe_id: int) -> None:
            report = await workato.jobs.repeat(recipe_id, [JOB])
            if not isinstance(report.results[0].error, WorkatoError):
                done()

        await asyncio.gather(*(repeat(recipe_id) for recipe_id in recipe_ids))


async def behind(gate: peers.Gate, url: str, recipe_ids: Sequence[int], done: Done) -> None:
    """Repeat with aiohttp behind a limiter of the same quota; a 429 is retried up to 10 times.

    The first retry comes after 1 s, doubling, and goes through the limiter.
    """
    with gate(QUOTA) as wait:
        async with peers.plain_http() as http:

            async def repeat(recipe_id: int) -> None:
                async def send() -> object | None:
                    await wait()
                    return await _post(http, url, recipe_id)

                if await peers.insist(send, peers.ATTEMPTS, QUOTA.per):
                    done()

            await asyncio.gather(*(repeat(recipe_id) for recipe_id in recipe_ids))


async def _post(http: aiohttp.ClientSession, url: str, recipe_id: int) -> object | None:
    """Return the report, or None if rate limited."""
    async with http.post(f"{url}/api/recipes/{recipe_id}/repeat_jobs", json={"job_ids": [JOB]}) as response:
        report: object = await response.json()
        return None if response.status == 429 else report


CONTESTANTS: dict[str, Contestant] = {
    "ours": ours,
    "aiolimiter": partial(behind, peers.aiolimiter),
    "pyrate-limiter": partial(behind, peers.pyrate),
}


async def _run_one(name: str, server: Served[FakeWorkato]) -> list[float]:
    times: list[float] = []
    await CONTESTANTS[name](server.url, server.recipe_ids, lambda: times.append(time.perf_counter()))
    return times


async def _run_all(runs: Sequence[tuple[str, Served[FakeWorkato]]]) -> list[list[float]]:
    return await asyncio.gather(*(_run_one(name, server) for name, server in runs))


async def _pinged(server: Served[FakeWorkato]) -> float:
    """Return the median seconds of an exchange."""
    took = []
    async with peers.plain_http() as http:
        for _ in range(PINGS):
            await asyncio.sleep(REST)
            begun = time.perf_counter()
            await _post(http, server.url, server.recipe_ids[0])
            took.append(time.perf_counter() - begun)
    return statistics.median(took)


def _own_time(where: str) -> float:
    """Measure the seconds that an exchange takes beyond the delays."""
    with served(_fake(Delay(PING, PING), where, 1, 0, window=None)) as server:
        return max(0.0, asyncio.run(_pinged(server)) - PING)


def _fake(
    delay: Delay, where: str, calls: int, seed: int, *, window: Window | None = "sliding"
) -> Callable[[], FakeWorkato]:
    half = Delay(delay.low / 2, delay.high / 2)
    uplink, latency = {"before": (delay, None), "after": (None, delay), "split": (half, half)}[where]
    return partial(FakeWorkato, recipes=calls, jobs=0, window=window, uplink=uplink, latency=latency, seed=seed)


def _less(delay: Delay, seconds: float) -> Delay:
    return Delay(max(0.0, delay.low - seconds), max(0.0, delay.high - seconds))


def _run(arguments: argparse.Namespace, less: float) -> dict[tuple[Responses, str], Result]:
    """Run all contestants at the same time; return the results by delay and contestant."""
    calls = {name: arguments.calls if name == "ours" else arguments.peer_calls for name in CONTESTANTS}
    with ExitStack() as stack:
        servers = {
            (delay, name): stack.enter_context(
                served(_fake(_less(delay.delay, less), arguments.delay, calls[name], arguments.seed))
            )
            for delay, name in product(DELAYS, CONTESTANTS)
        }
        ran = asyncio.run(_run_all([(name, server) for (_, name), server in servers.items()]))
        return {
            (delay, name): Result(calls[name], times, server.ask(count, REPEAT.id))
            for ((delay, name), server), times in zip(servers.items(), ran, strict=True)
        }


def _row(name: str, result: Result) -> list[str]:
    responses = len(result.times)
    figures = (result.calls, responses, result.counts.rate_limited, result.counts.most_in_window)
    later = f"{result.use(EARNED):.2%}" if responses > 2 * EARNED else "-"
    return [name, *map(str, figures), f"{result.times[-1] - result.times[0]:.1f}", f"{result.use():.2%}", later]


def main() -> int:
    """Run all contestants, print a table per delay, check our bounds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.second", description=__doc__)
    parser.add_argument("--calls", type=int, default=160, help="calls of ours, more than 80 (default: 160)")
    parser.add_argument("--peer-calls", type=int, default=40, help="calls of each other contestant (default: 40)")
    parser.add_argument("--seed", type=int, default=0, help="of the delays (default: 0)")
    parser.add_argument(
        "--delay",
        choices=("before", "split", "after"),
        default="before",
        help="delay requests before the server counts them (default, the hard case), their responses after that, or "
        "half and half",
    )
    parser.add_argument("--as-seen", action="store_true", help="shorten the delays by what an exchange itself takes")
    arguments = parser.parse_args()
    if arguments.calls <= 2 * EARNED or arguments.peer_calls < 2:
        parser.error(f"--calls must be more than {2 * EARNED}, --peer-calls at least 2")
    print_machine("aiohttp", "aiolimiter", "pyrate-limiter")
    own_time = _own_time(arguments.delay)
    fate = "by which they are shortened" if arguments.as_seen else "which come on top of them"
    print(f"an exchange takes {own_time * 1e3:.1f} ms beyond the delays, {fate}")
    results = _run(arguments, own_time if arguments.as_seen else 0.0)
    verdict = Verdict()
    where = {"before": "before the arrival", "split": "half before, half after the arrival", "after": "after it"}
    for delay in DELAYS:
        print_table(
            f"{QUOTA}, responses after {delay.name}, delay {where[arguments.delay]}",
            ["", "calls", "responses", "429s", "most in a window", "seconds", "use", f"after {EARNED} calls"],
            [_row(name, results[delay, name]) for name in CONTESTANTS],
        )
        mine = results[delay, "ours"]
        verdict.check(RESPONSES, len(mine.times) / mine.calls, delay.name)
        verdict.check(RATE_LIMITED, mine.counts.rate_limited, delay.name)
        verdict.check(delay.use, mine.use(EARNED), delay.name)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
