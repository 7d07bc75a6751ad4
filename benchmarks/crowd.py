"""Many callers at one endpoint: the cost of waiting and of a permit, and the effect of one 429 or a stepped clock.

* Waiting: 10,000 callers wait for 5 s while a heartbeat keeps sleeping for 10 ms; how late it wakes is the lag. In
  one run they are calls of a session whose quota is used up, so that no permit is due; in the other they wait at a
  bucket that serves 60 a second.
* A permit: taken and returned by a single caller that never waits.
* One 429: 500 concurrent calls, one of them rate limited, with and without ``Retry-After``.
* The clock: the same 500 calls while the wall clock of this process is stepped by an hour; reads of it are counted.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import statistics
import sys
import time
from contextlib import ExitStack, suppress
from functools import partial
from typing import TYPE_CHECKING

import attrs
from aiolimiter import AsyncLimiter

from benchmarks._report import Bound, Verdict, median_ratio, print_machine, print_table
from benchmarks._server import TOKEN, Served, count, served
from benchmarks._wall_clock import WallClock
from workato_async import ENDPOINTS, Limiter, Quota, RateLimitedError, WorkatoSession
from workato_async.events import Event, Paused, RateLimited, Sent
from workato_async.limits.bucket import TokenBucket
from workato_async.testing import FakeWorkato, Refuse429

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from workato_async.testing import Fault

CPU = Bound(0.2, "10,000 waiters cost at most 0.2 s of CPU in 5 s (heartbeat included), median of rounds")
LAG = Bound(10, "while they wait the loop is at most 10 ms late, median of rounds")
TAKEN = Bound(2, "taking and returning a permit costs at most twice what an aiolimiter acquire costs")
RESPONSES = Bound(500, "every call gets its response", least=True)
RATE_LIMITED = Bound(2, "one 429 causes at most one more")
PAUSES = Bound(1, "there is one pause, shared by all")
PAUSED = Bound(0, "nothing is sent during it, later than 20 ms after it began")
FREE = Bound(0, "without a fault, no request is rate limited (429)")
READS = Bound(0, "the package never reads the wall clock (times)")
STEPPED = Bound(1.05, "stepping the clock does not change how long all calls take (longer time / shorter time)")

GET = {endpoint.id: endpoint for endpoint in ENDPOINTS}["recipes.get"]
WAITERS = 10_000
STRETCH = 5.0
BEAT = 0.010
SERVED = Quota(60, per=1)
ENDLESS = (Quota(10**9, per=60), Quota(10**9, per=1))
"""Never used up: one with the window of most endpoints, one with a short window, on which a credit is earned."""
CROWD = 500
TIME_SCALE = 0.01
BEFORE = 125
"""Requests that succeed before the 429: two windows and the first ones of the next, so that even a short pause
coincides with permits becoming available."""
PAUSE = 1
"""Seconds of ``Retry-After``."""
STEP = 3600.0
TURN = 0.020
"""Seconds of a loop iteration: callers that had their permit before the 429 may still send in the next one."""
COARSE = 0.001
"""Seconds by which timers may be early."""
PATIENCE = 60.0
"""Seconds after which calls count as lost; all of them together take about 5."""


def _fake(time_scale: float = 1.0, fault: Fault | None = None) -> FakeWorkato:
    """Make a fake; a fault strikes once, in the middle of the calls."""
    fake = FakeWorkato(recipes=1, jobs=0, time_scale=time_scale)
    if fault is not None:
        fake.fail(GET.key, fault, after=BEFORE)
    return fake


# --- waiting


@attrs.frozen
class Stretch:
    """CPU seconds of a stretch of waiting, and the lag of the loop in ms: the worst and the 99th percentile."""

    cpu: float
    worst: float
    usual: float


async def _stretch() -> Stretch:
    """Let time pass with a heartbeat."""
    gc.collect()
    loop = asyncio.get_running_loop()
    lags = []
    begun, end = time.process_time(), loop.time() + STRETCH
    while (now := loop.time()) < end:
        await asyncio.sleep(BEAT)
        lags.append((loop.time() - now - BEAT) * 1e3)
    cpu = time.process_time() - begun
    return Stretch(cpu, max(lags), statistics.quantiles(lags, n=100)[-1])


async def _while_waiting(caller: Callable[[], Awaitable[object]], settle: float) -> Stretch:
    tasks = [asyncio.ensure_future(caller()) for _ in range(WAITERS)]
    await asyncio.sleep(settle)
    stretch = await _stretch()
    if sum(not task.done() for task in tasks) < 0.9 * WAITERS:
        raise RuntimeError("the callers did not wait")
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return stretch


async def _calls_of_a_session() -> Stretch:
    with served(_fake) as server:
        async with WorkatoSession(TOKEN, base_url=server.url) as workato:
            return await _while_waiting(lambda: workato.recipes.get(server.recipe_ids[0]), 2.0)


async def _at_a_bucket() -> Stretch:
    bucket = TokenBucket(SERVED)

    async def caller() -> None:
        (await bucket.acquire()).responded()

    return await _while_waiting(caller, 0.5)


async def _at_an_aiolimiter() -> Stretch:
    return await _while_waiting(AsyncLimiter(SERVED.requests, SERVED.per).acquire, 0.5)


OURS = {
    "calls of a session, none due": _calls_of_a_session,
    f"at a bucket of {SERVED}": _at_a_bucket,
}
WAITING: dict[str, Callable[[], Awaitable[Stretch]]] = {
    "only the heartbeat": _stretch,
    **OURS,
    f"at an aiolimiter of {SERVED}": _at_an_aiolimiter,
}


async def _waited(name: str) -> Stretch:
    return await WAITING[name]()


def _wait(verdict: Verdict, rounds: int) -> None:
    runs: dict[str, list[Stretch]] = {name: [] for name in WAITING}
    for _ in range(rounds):
        for name, stretches in runs.items():
            stretches.append(asyncio.run(_waited(name)))
    rows = []
    for name, stretches in runs.items():
        cpu, worst = [s.cpu for s in stretches], [s.worst for s in stretches]
        usual = statistics.median(s.usual for s in stretches)
        medians = statistics.median(cpu), statistics.median(worst)
        rows.append(
            [name, f"{medians[0]:.3f}", f"{max(cpu):.3f}", f"{usual:.2f}", f"{medians[1]:.1f}", f"{max(worst):.1f}"]
        )
        if name in OURS:
            verdict.check(CPU, medians[0], name)
            verdict.check(LAG, medians[1], name)
    print_table(
        f"{WAITERS:,} callers wait for {STRETCH:g} s: CPU seconds, and milliseconds the loop is late; {rounds} rounds",
        ["", "CPU, median", "most", "99 % of the beats", "latest beat, median", "of all rounds"],
        rows,
    )


# --- a permit


async def _microseconds(part: Callable[[], Awaitable[object]], times: int) -> float:
    gc.collect()
    begun = time.process_time()
    for _ in range(times):
        await part()
    return (time.process_time() - begun) / times * 1e6


async def _compare(quota: Quota, rounds: int, times: int) -> tuple[list[float], list[float]]:
    bucket, limiter = TokenBucket(quota), AsyncLimiter(quota.requests, quota.per)

    async def permit() -> None:
        (await bucket.acquire()).responded()

    async def capacity() -> None:
        await limiter.acquire()

    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(await _microseconds(permit, times))
        theirs.append(await _microseconds(capacity, times))
    return ours, theirs


def _take(verdict: Verdict, rounds: int) -> None:
    rows = []
    for quota in ENDLESS:
        ours, theirs = asyncio.run(_compare(quota, rounds, 2_000))
        ratio = median_ratio(ours, theirs)
        window = f"a window of {quota.per:g} s"
        rows.append([window, f"{min(ours):.2f}", f"{min(theirs):.2f}", f"{ratio:.2f}"])
        verdict.check(TAKEN, ratio, window)
    print_table(
        f"A permit taken and returned, nobody waiting: microseconds of CPU, best of {rounds} rounds (ratio: median)",
        ["", "ours", "aiolimiter acquire", "ratio"],
        rows,
    )


# --- one 429, and the clock


@attrs.define
class Crowd:
    """What became of 500 calls: responses, seconds, and the events of the session."""

    responses: int = 0
    seconds: float = 0.0
    asked: float = 0.0
    pauses: list[tuple[float, float]] = attrs.field(factory=list)
    sent: list[float] = attrs.field(factory=list)

    def record(self, event: Event) -> None:
        now = time.perf_counter()
        if isinstance(event, Sent):
            self.sent.append(now)
        elif isinstance(event, RateLimited):
            self.asked = event.retry_after or 0.0
        elif isinstance(event, Paused):
            self.pauses.append((now, now + max(self.asked, event.seconds)))

    def sent_into_pauses(self, turn: float = 0.0) -> int:
        """Count the requests sent during a pause, leaving out the first ``turn`` seconds of it."""
        return sum(begun + turn < sent < end - COARSE for begun, end in self.pauses for sent in self.sent)


async def _gather(server: Served[FakeWorkato], clock: WallClock | None = None, step: float = 0.0) -> Crowd:
    """Make the calls; step the clock when half of them are done."""
    crowd = Crowd()
    limiter = Limiter(time_scale=TIME_SCALE)
    async with WorkatoSession(TOKEN, base_url=server.url, limiter=limiter, on_event=crowd.record) as workato:

        async def call() -> None:
            try:
                await workato.recipes.get(server.recipe_ids[0])
            except RateLimitedError:
                return
            crowd.responses += 1
            if clock is not None and crowd.responses == CROWD // 2:
                clock.step(step)

        begun = time.perf_counter()
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await asyncio.gather(*(call() for _ in range(CROWD)))
        crowd.seconds = time.perf_counter() - begun
    return crowd


def _rate_limit(verdict: Verdict) -> None:
    rows = []
    for name, retry_after in (("no Retry-After", None), (f"Retry-After: {PAUSE}", str(PAUSE))):
        with served(partial(_fake, time_scale=TIME_SCALE, fault=Refuse429(retry_after))) as server:
            crowd = asyncio.run(_gather(server))
            counts = server.ask(count, GET.id)
        pauses = ", ".join(f"{end - begun:.3f}" for begun, end in crowd.pauses)
        figures = (crowd.responses, counts.requests, counts.rate_limited, len(crowd.pauses))
        rows.append([name, *map(str, figures), pauses, str(crowd.sent_into_pauses()), f"{crowd.seconds:.2f}"])
        if not counts.rate_limited:
            raise RuntimeError("the server rate limited nothing")
        verdict.check(RESPONSES, crowd.responses, name)
        verdict.check(RATE_LIMITED, counts.rate_limited, name)
        verdict.check(PAUSES, len(crowd.pauses), name)
        verdict.check(PAUSED, crowd.sent_into_pauses(TURN), name)
    print_table(
        f"{CROWD} calls at once, {GET.quota.scaled(time_scale=TIME_SCALE)}, one of them rate limited",
        ["", "responses", "requests", "429s", "pauses", "of seconds", "sent during one", "seconds"],
        rows,
    )


def _step(verdict: Verdict, rounds: int) -> None:
    steps = {"as it is": 0.0, "an hour forward": STEP, "an hour back": -STEP}
    crowds: dict[str, list[Crowd]] = {name: [] for name in steps}
    rate_limited, reads = dict.fromkeys(steps, 0), dict.fromkeys(steps, 0)
    for _ in range(rounds):
        for name, step in steps.items():
            with ExitStack() as stack:
                server = stack.enter_context(served(partial(_fake, time_scale=TIME_SCALE)))
                clock = stack.enter_context(WallClock("workato_async"))
                crowds[name].append(asyncio.run(_gather(server, clock, step)))
                reads[name] += clock.reads
                rate_limited[name] += server.ask(count, GET.id).rate_limited
    seconds = {name: statistics.median(crowd.seconds for crowd in runs) for name, runs in crowds.items()}
    rows = [
        [name, str(min(c.responses for c in played)), str(rate_limited[name]), str(reads[name]), f"{seconds[name]:.3f}"]
        for name, played in crowds.items()
    ]
    print_table(
        f"{CROWD} calls at once, the wall clock stepped when half of them are done; {rounds} rounds",
        ["", "responses", "429s", "reads of the clock", "seconds, median"],
        rows,
    )
    for name, step in steps.items():
        verdict.check(RESPONSES, min(crowd.responses for crowd in crowds[name]), name)
        verdict.check(FREE, rate_limited[name], name)
        verdict.check(READS, reads[name], name)
        if step:
            both: Sequence[float] = sorted((seconds[name], seconds["as it is"]))
            verdict.check(STEPPED, both[1] / both[0], name)


def main() -> int:
    """Run the four parts, print their tables, check the bounds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crowd", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="rounds of waiting and of the clock (default: 3)")
    parser.add_argument("--permit-rounds", type=int, default=51, help="rounds of taking permits (default: 51)")
    arguments = parser.parse_args()
    print_machine("aiohttp", "aiolimiter")
    logging.getLogger("workato_async").setLevel(logging.ERROR)  # it logs a warning for every pause
    verdict = Verdict()
    _wait(verdict, arguments.rounds)
    _take(verdict, arguments.permit_rounds)
    _rate_limit(verdict)
    _step(verdict, arguments.rounds)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
