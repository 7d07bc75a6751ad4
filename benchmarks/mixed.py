"""Four endpoints with very different quotas, saturated at once by one session: does each use its own quota fully?

Every endpoint gets calls for W windows and one more, all at once, from a server that adds no delay. The use of a quota
of N per T: for each of the first N responses, measure the time until N times W more have arrived, which cannot be less
than W times T; the use is W times T over the mean of those times. So neither the first, free burst counts nor where a
window is cut.

A permit returns T after its response, so one round trip per window is the inherent price: nothing of 6 s, but some
percent of the 100 ms into which the time scale would turn a second. The endpoint with one request a second therefore
keeps its real second: its quota is set to 1 per 10 s on both sides, and scaled down to 1 per 1 s. The health reports
get 1000 a minute on both sides, which the documentation allows for endpoints not in its table.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import attrs

from benchmarks._report import Bound, Verdict, print_machine, print_table
from benchmarks._server import TOKEN, Counts, Served, count, served
from workato_async import ENDPOINTS, Limiter, Quota, WorkatoSession
from workato_async.testing import FakeWorkato

if TYPE_CHECKING:
    from workato_async.endpoint import AnyEndpoint

TIME_SCALE = 0.1
TABLE = {endpoint.id: endpoint for endpoint in ENDPOINTS}
REPEAT, HEALTH = TABLE["jobs.repeat"], TABLE["recipes.health.get"]
QUOTAS = {
    REPEAT.key: Quota(REPEAT.quota.requests, per=REPEAT.quota.per / TIME_SCALE),
    HEALTH.key: Quota(1_000, per=60),
}
JOB = "j-AJTAt8w6-wdAgWM"

USED = Bound(0.99, "an endpoint uses at least 99 % of its own quota next to the others", least=True)
SLOWED = Bound(0.99, "next to the others it uses at least 99 % of what it uses alone", least=True)
RATE_LIMITED = Bound(0, "no request is rate limited (429)")

Send = Callable[[WorkatoSession, int], Awaitable[object]]


@attrs.frozen
class Line:
    """One endpoint: how it is called, and its quota as scaled."""

    endpoint: AnyEndpoint
    send: Send

    @property
    def quota(self) -> Quota:
        return QUOTAS.get(self.endpoint.key, self.endpoint.quota).scaled(time_scale=TIME_SCALE)

    def windows(self, seconds: float) -> int:
        """Count the whole windows in that time."""
        return int(seconds / self.quota.per + 1e-9)


LINES = (
    Line(TABLE["recipes.get"], lambda workato, recipe_id: workato.recipes.get(recipe_id)),
    Line(REPEAT, lambda workato, recipe_id: workato.jobs.repeat(recipe_id, [JOB])),
    Line(TABLE["recipes.health.analyze"], lambda workato, recipe_id: workato.recipes.health.analyze(recipe_id)),
    Line(HEALTH, lambda workato, recipe_id: workato.recipes.health.get(recipe_id)),
)


@attrs.frozen
class Result:
    """When the responses of one endpoint arrived, and what the server counted."""

    times: Sequence[float]
    counts: Counts

    def use(self, quota: Quota) -> float:
        """Return the part of the quota that was used."""
        first = quota.requests
        windows = len(self.times) // first - 1
        took = statistics.mean(self.times[n + windows * first] - self.times[n] for n in range(first))
        return windows * quota.per / took


async def _saturate(server: Served[FakeWorkato], lines: Iterable[Line], seconds: float) -> dict[Line, list[float]]:
    """Make all the calls of these endpoints at once; return the times of their responses."""
    times: dict[Line, list[float]] = {line: [] for line in lines}
    recipe_id = server.recipe_ids[0]
    limiter = Limiter(quotas=QUOTAS, time_scale=TIME_SCALE)
    async with WorkatoSession(TOKEN, base_url=server.url, limiter=limiter) as workato:

        async def call(line: Line) -> None:
            await line.send(workato, recipe_id)
            times[line].append(time.perf_counter())

        await asyncio.gather(
            *(call(line) for line in times for _ in range(line.quota.requests * (line.windows(seconds) + 1)))
        )
    return times


def _run(lines: Sequence[Line], seconds: float) -> dict[Line, Result]:
    with served(partial(FakeWorkato, recipes=1, jobs=0, time_scale=TIME_SCALE, quotas=QUOTAS)) as server:
        times = asyncio.run(_saturate(server, lines, seconds))
        return {line: Result(times[line], server.ask(count, line.endpoint.id)) for line in lines}


def _row(line: Line, alone: Result, beside: Result, seconds: float) -> list[str]:
    uses = alone.use(line.quota), beside.use(line.quota)
    return [
        line.endpoint.key,
        str(line.quota),
        str(line.windows(seconds)),
        str(len(beside.times)),
        str(beside.counts.rate_limited),
        str(beside.counts.most_in_window),
        *(f"{use:.2%}" for use in uses),
        f"{uses[1] / uses[0]:.4f}",
    ]


def _check(verdict: Verdict, alone: Mapping[Line, Result], beside: Mapping[Line, Result]) -> None:
    for line in LINES:
        use = beside[line].use(line.quota)
        where = f"{line.endpoint.key}, {line.quota}"
        verdict.check(RATE_LIMITED, alone[line].counts.rate_limited + beside[line].counts.rate_limited, where)
        verdict.check(USED, use, where)
        verdict.check(SLOWED, use / alone[line].use(line.quota), where)


def main() -> int:
    """Saturate every endpoint alone, then all together; print the table, check the bounds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mixed", description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0, help="duration, at least 6 (default: 30)")
    arguments = parser.parse_args()
    seconds: float = arguments.seconds
    if seconds < max(line.quota.per for line in LINES):
        parser.error("--seconds must be at least one window")
    print_machine("aiohttp")
    alone = {line: _run([line], seconds)[line] for line in LINES}
    beside = _run(LINES, seconds)
    print_table(
        "Use of each quota, alone and next to the others, from one session",
        ["", "quota", "windows", "calls", "429s", "most in a window", "alone", "together", "ratio"],
        [_row(line, alone[line], beside[line], seconds) for line in LINES],
    )
    verdict = Verdict()
    _check(verdict, alone, beside)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
