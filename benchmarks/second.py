"""Repeating jobs, which allows one request a second, in real seconds: how much of that is used, and what is refused.

The token of a request returns a second after its answer, so a client that waits for answers loses a round trip in
every window; ours gives part of it back once it has seen enough answers (the credit). Therefore the use is told twice:
of all calls, and of those after the first 40, when the credit has been earned. Every contestant has a server to itself;
they run at the same time, because they do little but wait.

The server holds every exchange up for as long as a table says; what the exchange itself takes on this machine (measured
first, and printed) comes on top. With ``--as-seen`` it is taken off, so that a client sees its answers after that time.
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
from benchmarks._server import TOKEN, Delay, Running, Server, serve
from workato_async import WorkatoError, WorkatoSession
from workato_async.resources.jobs import REPEAT

if TYPE_CHECKING:
    import aiohttp

QUOTA = REPEAT.quota
EARNED = 40
"""Calls after which the credit has been earned: it takes 32 windows with answers, and the first of them to be used."""
JOB = "j-AJTAt8w6-wdAgWM"
PINGS = 25
PING = 0.020
"""Seconds that the server holds up the exchanges which are timed; their own time is what is more."""
REST = 0.25
"""Seconds between them: after a rest, as here, an exchange takes longer than in a hurry."""

ANSWERS = Bound(1, "every call ends with an answer (part of them)", least=True)
REFUSED = Bound(0, "no request is refused with 429")

Answered = Callable[[], None]
"""To be called for every answer."""
Play = Callable[[str, Sequence[int], Answered], Awaitable[None]]
"""Sends one request to every recipe of a server."""


@attrs.frozen
class Answers:
    """How long answers take, and how much of the quota is to be used in spite of it."""

    name: str
    delay: Delay
    use: Bound


ANSWERS_AFTER = (
    Answers(
        "5 to 50 ms",
        Delay(0.005, 0.050),
        Bound(0.97, f"of the calls after the first {EARNED}, at least 97 % of the quota are used", least=True),
    ),
    Answers(
        "100 to 140 ms",
        Delay(0.100, 0.140),
        Bound(0.95, f"of the calls after the first {EARNED}, at least 95 % of the quota are used", least=True),
    ),
)


@attrs.frozen
class Result:
    """When the answers came, in seconds of any clock; and what the server saw."""

    calls: int
    times: Sequence[float]
    refused: int
    most_in_window: int

    def use(self, first: int = 1) -> float:
        """Give the part of the quota that was used from one answer to the last one."""
        times = self.times[first - 1 :]
        return (len(times) - 1) * QUOTA.per / QUOTA.requests / (times[-1] - times[0])


async def ours(url: str, recipe_ids: Sequence[int], answered: Answered) -> None:
    """Repeat with a session and the limiter it makes for itself."""
    async with WorkatoSession(TOKEN, base_url=url) as workato:

        async def repeat(recipe_id: int) -> None:
            report = await workato.jobs.repeat(recipe_id, [JOB])
            if not isinstance(report.results[0].error, WorkatoError):
                answered()

        await asyncio.gather(*(repeat(recipe_id) for recipe_id in recipe_ids))


async def behind(gate: peers.Gate, url: str, recipe_ids: Sequence[int], answered: Answered) -> None:
    """Repeat with aiohttp behind a limiter of the same quota; a refused request is sent again, up to 10 times.

    The first one after 1 s, doubling, and through the limiter like the others.
    """
    with gate(QUOTA) as wait:
        async with peers.plain_http() as http:

            async def repeat(recipe_id: int) -> None:
                async def send() -> object | None:
                    await wait()
                    return await _post(http, url, recipe_id)

                if await peers.insist(send, peers.ATTEMPTS, QUOTA.per):
                    answered()

            await asyncio.gather(*(repeat(recipe_id) for recipe_id in recipe_ids))


async def _post(http: aiohttp.ClientSession, url: str, recipe_id: int) -> object | None:
    """Give the report, or None if the request was refused."""
    async with http.post(f"{url}/api/recipes/{recipe_id}/repeat_jobs", json={"job_ids": [JOB]}) as answer:
        report: object = await answer.json()
        return None if answer.status == 429 else report


CONTESTANTS: dict[str, Play] = {
    "ours": ours,
    "aiolimiter": partial(behind, peers.aiolimiter),
    "pyrate-limiter": partial(behind, peers.pyrate),
}


async def _play(name: str, running: Running) -> list[float]:
    times: list[float] = []
    await CONTESTANTS[name](running.url, running.recipe_ids, lambda: times.append(time.perf_counter()))
    return times


async def _play_all(runs: Sequence[tuple[str, Running]]) -> list[list[float]]:
    return await asyncio.gather(*(_play(name, running) for name, running in runs))


async def _pinged(running: Running) -> float:
    """Give the seconds that an exchange takes, in the median."""
    took = []
    async with peers.plain_http() as http:
        for _ in range(PINGS):
            await asyncio.sleep(REST)
            begun = time.perf_counter()
            await _post(http, running.url, running.recipe_ids[0])
            took.append(time.perf_counter() - begun)
    return statistics.median(took)


def _own_time(where: str) -> float:
    """Measure the seconds that an exchange takes besides the delays."""
    with serve(attrs.evolve(_server(Delay(PING, PING), where, 1, 0), window=None)) as running:
        return max(0.0, asyncio.run(_pinged(running)) - PING)


def _server(delay: Delay, where: str, calls: int, seed: int) -> Server:
    half = Delay(delay.low / 2, delay.high / 2)
    uplink, latency = {"before": (delay, None), "after": (None, delay), "split": (half, half)}[where]
    return Server(recipes=calls, uplink=uplink, latency=latency, seed=seed, watched=REPEAT.key)


def _less(delay: Delay, seconds: float) -> Delay:
    return Delay(max(0.0, delay.low - seconds), max(0.0, delay.high - seconds))


def _run(arguments: argparse.Namespace, less: float) -> dict[tuple[Answers, str], Result]:
    """Let everybody play at the same time; give the results by answers and contestant."""
    calls = {name: arguments.calls if name == "ours" else arguments.peer_calls for name in CONTESTANTS}
    with ExitStack() as stack:
        servers = {
            (answers, name): stack.enter_context(
                serve(_server(_less(answers.delay, less), arguments.delay, calls[name], arguments.seed))
            )
            for answers, name in product(ANSWERS_AFTER, CONTESTANTS)
        }
        played = asyncio.run(_play_all([(name, running) for (_, name), running in servers.items()]))
    return {
        (answers, name): Result(calls[name], times, running.counts.refused, running.counts.most_in_window)
        for ((answers, name), running), times in zip(servers.items(), played, strict=True)
    }


def _row(name: str, result: Result) -> list[str]:
    answers = len(result.times)
    figures = (result.calls, answers, result.refused, result.most_in_window)
    later = f"{result.use(EARNED):.2%}" if answers > 2 * EARNED else "-"
    return [name, *map(str, figures), f"{result.times[-1] - result.times[0]:.1f}", f"{result.use():.2%}", later]


def main() -> int:
    """Run everybody, print a table for each kind of answers, check the bounds of ours."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.second", description=__doc__)
    parser.add_argument("--calls", type=int, default=160, help="calls of ours, more than 80 (default: 160)")
    parser.add_argument("--peer-calls", type=int, default=40, help="calls of each other one (default: 40)")
    parser.add_argument("--seed", type=int, default=0, help="of the delays (default: 0)")
    parser.add_argument(
        "--delay",
        choices=("before", "split", "after"),
        default="before",
        help="delay requests before the server counts them (default, the hard case), their answers after it, or half "
        "and half",
    )
    parser.add_argument("--as-seen", action="store_true", help="shorten the delays by what an exchange itself takes")
    arguments = parser.parse_args()
    if arguments.calls <= 2 * EARNED or arguments.peer_calls < 2:
        parser.error(f"--calls must be more than {2 * EARNED}, --peer-calls at least 2")
    print_machine("aiohttp", "aiolimiter", "pyrate-limiter")
    own_time = _own_time(arguments.delay)
    fate = "by which they are shortened" if arguments.as_seen else "which come on top of them"
    print(f"an exchange takes {own_time * 1e3:.1f} ms besides the delays, {fate}")
    results = _run(arguments, own_time if arguments.as_seen else 0.0)
    verdict = Verdict()
    where = {"before": "before the arrival", "split": "half before, half after the arrival", "after": "after it"}
    for answers in ANSWERS_AFTER:
        print_table(
            f"{QUOTA}, answers after {answers.name}, delay {where[arguments.delay]}",
            ["", "calls", "answers", "429s", "most in a window", "seconds", "use", f"after {EARNED} calls"],
            [_row(name, results[answers, name]) for name in CONTESTANTS],
        )
        mine = results[answers, "ours"]
        verdict.check(ANSWERS, len(mine.times) / mine.calls, answers.name)
        verdict.check(REFUSED, mine.refused, answers.name)
        verdict.check(answers.use, mine.use(EARNED), answers.name)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
