"""Four endpoints with very different quotas, saturated at once from one session: does each get all of its own?

Every endpoint is called often enough for so many windows and one more, all calls at once, against a server that adds no
delay. How much of a quota of N in T is used: from each of the first N answers it is looked how long it takes until N
times W more have come, which cannot be less than W times T; the use is W times T over the mean of those times. So the
answers of the first, free burst count for nothing, and neither does where a window is cut.

A token returns T after its answer, so a round trip a window is the inherent price: of 6 s it is nothing, of the 100 ms
that the scale would make of a second it is some percent. Therefore the endpoint that allows one request a second keeps
its real second: its quota is given as 1 in 10 s on both sides, of which the scale makes one. 1000 a minute, which the
documentation allows at endpoints that are not in the table, are given to the health reports on both sides.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from benchmarks._fake import Fake, Running, serve
from benchmarks._report import Bound, Verdict, print_machine, print_table
from benchmarks._server import TOKEN, Counts
from workato_async import ENDPOINTS, Limiter, Quota, WorkatoSession

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

USED = Bound(0.99, "an endpoint uses at least 99 % of its own quota, beside the others", least=True)
SLOWED = Bound(0.99, "beside the others it uses at least 99 % of what it uses alone", least=True)
REFUSED = Bound(0, "no request is refused with 429")

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
    """When the answers of one endpoint came; and what the server saw of it."""

    times: Sequence[float]
    counts: Counts

    def use(self, quota: Quota) -> float:
        """Give the part of the quota that was used."""
        first = quota.requests
        windows = len(self.times) // first - 1
        took = statistics.mean(self.times[n + windows * first] - self.times[n] for n in range(first))
        return windows * quota.per / took


async def _saturate(running: Running, lines: Iterable[Line], seconds: float) -> dict[Line, list[float]]:
    """Make all the calls of these endpoints at once; give the moments of their answers."""
    times: dict[Line, list[float]] = {line: [] for line in lines}
    recipe_id = running.recipe_ids[0]
    limiter = Limiter(quotas=QUOTAS, time_scale=TIME_SCALE)
    async with WorkatoSession(TOKEN, base_url=running.url, limiter=limiter) as workato:

        async def call(line: Line) -> None:
            await line.send(workato, recipe_id)
            times[line].append(time.perf_counter())

        await asyncio.gather(
            *(call(line) for line in times for _ in range(line.quota.requests * (line.windows(seconds) + 1)))
        )
    return times


def _run(lines: Sequence[Line], seconds: float) -> dict[Line, Result]:
    fake = Fake(time_scale=TIME_SCALE, quotas=QUOTAS, watched=[line.endpoint.id for line in lines])
    with serve(fake) as running:
        times = asyncio.run(_saturate(running, lines, seconds))
    return {line: Result(times[line], running.counts[line.endpoint.id]) for line in lines}


def _row(line: Line, alone: Result, beside: Result, seconds: float) -> list[str]:
    uses = alone.use(line.quota), beside.use(line.quota)
    return [
        line.endpoint.key,
        str(line.quota),
        str(line.windows(seconds)),
        str(len(beside.times)),
        str(beside.counts.refused),
        str(beside.counts.most_in_window),
        *(f"{use:.2%}" for use in uses),
        f"{uses[1] / uses[0]:.4f}",
    ]


def _check(verdict: Verdict, alone: Mapping[Line, Result], beside: Mapping[Line, Result]) -> None:
    for line in LINES:
        use = beside[line].use(line.quota)
        where = f"{line.endpoint.key}, {line.quota}"
        verdict.check(REFUSED, alone[line].counts.refused + beside[line].counts.refused, where)
        verdict.check(USED, use, where)
        verdict.check(SLOWED, use / alone[line].use(line.quota), where)


def main() -> int:
    """Saturate every endpoint alone, then all of them; print the table, check the bounds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mixed", description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0, help="for so long, at least 6 (default: 30)")
    arguments = parser.parse_args()
    seconds: float = arguments.seconds
    if seconds < max(line.quota.per for line in LINES):
        parser.error("--seconds must be a window at least")
    print_machine("aiohttp")
    alone = {line: _run([line], seconds)[line] for line in LINES}
    beside = _run(LINES, seconds)
    print_table(
        "Use of each quota, alone and beside the others, from one session",
        ["", "quota", "windows", "calls", "429s", "most in a window", "alone", "together", "ratio"],
        [_row(line, alone[line], beside[line], seconds) for line in LINES],
    )
    verdict = Verdict()
    _check(verdict, alone, beside)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
