"""Many callers at one endpoint: what waiting costs, what a token costs, and what one 429 or a wrong clock does.

* Waiting: 10,000 callers wait for 5 s while a heartbeat sleeps for 10 ms, over and over; how late it wakes is the lag.
  Once they are calls of a session whose quota is spent, so that nothing is due meanwhile; once they wait at a bucket
  that serves 60 of them every second.
* A token: taken and given back by a single caller who never has to wait.
* One 429: 500 calls at once, of which the server refuses one, with ``Retry-After`` and without.
* The clock: the same 500 calls while the wall clock of this process is stepped by an hour. Whoever reads it is noted.
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
from typing import TYPE_CHECKING

import attrs
from aiolimiter import AsyncLimiter

from benchmarks._fake import Fake, Planned, serve
from benchmarks._report import Bound, Verdict, median_ratio, print_machine, print_table
from benchmarks._server import TOKEN
from benchmarks._wall_clock import WallClock
from workato_async import ENDPOINTS, Limiter, Quota, RateLimitedError, WorkatoSession
from workato_async.events import Event, Paused, Refused, Sent
from workato_async.limits.bucket import TokenBucket
from workato_async.testing import Refuse429

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from benchmarks._fake import Running

CPU = Bound(0.2, "10,000 waiters cost at most 0.2 s of CPU in 5 s (heartbeat included), median of rounds")
LAG = Bound(10, "meanwhile the loop is at most 10 ms late, median of rounds")
TAKEN = Bound(2, "a token taken and given back costs at most twice what aiolimiter needs to give one")
ANSWERS = Bound(500, "every call ends with an answer", least=True)
REFUSED = Bound(2, "one 429 brings at most one more")
PAUSES = Bound(1, "there is one pause, shared by all")
PAUSED = Bound(0, "nothing is sent into it, later than 20 ms after its beginning")
FREE = Bound(0, "without a fault, no request is refused with 429")
READS = Bound(0, "the package never reads the wall clock (times)")
STEPPED = Bound(1.05, "a step of the clock makes no difference to the time all calls take (longer one by shorter one)")

GET = {endpoint.id: endpoint for endpoint in ENDPOINTS}["recipes.get"]
WAITERS = 10_000
STRETCH = 5.0
BEAT = 0.010
SERVED = Quota(60, per=1)
ENDLESS = (Quota(10**9, per=60), Quota(10**9, per=1))
"""Never used up; with the window of most endpoints, and with a short one, on which answers may earn a credit."""
CROWD = 500
TIME_SCALE = 0.01
BEFORE = 125
"""Requests of the crowd that go well before one is refused: two windows and the first ones of the next, so that even a
short pause falls into the moment in which tokens return."""
PAUSE = 1
"""Seconds of ``Retry-After``."""
STEP = 3600.0
TURN = 0.020
"""Seconds of a turn of the loop: callers who had their token before the 429 came may leave in the turn after it."""
COARSE = 0.001
"""Seconds by which timers may be early."""
PATIENCE = 60.0
"""Seconds after which calls count as lost; all of them take about 5."""


# --- waiting


@attrs.frozen
class Stretch:
    """CPU seconds of some seconds of waiting, and how late the loop was: ms, the worst and the hundredth worst."""

    cpu: float
    worst: float
    usual: float


async def _stretch() -> Stretch:
    """Let time pass, beating."""
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
    with serve(Fake()) as running:
        async with WorkatoSession(TOKEN, base_url=running.url) as workato:
            return await _while_waiting(lambda: workato.recipes.get(running.recipe_ids[0]), 2.0)


async def _at_a_bucket() -> Stretch:
    bucket = TokenBucket(SERVED)

    async def caller() -> None:
        bucket.answered(await bucket.acquire())

    return await _while_waiting(caller, 0.5)


async def _at_an_aiolimiter() -> Stretch:
    return await _while_waiting(AsyncLimiter(SERVED.requests, SERVED.per).acquire, 0.5)


OURS = {
    "calls of a session, none due": _calls_of_a_session,
    f"at a bucket of {SERVED}": _at_a_bucket,
}
WAITING: dict[str, Callable[[], Awaitable[Stretch]]] = {
    "nobody, only the heartbeat": _stretch,
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


# --- a token


async def _microseconds(part: Callable[[], Awaitable[object]], times: int) -> float:
    gc.collect()
    begun = time.process_time()
    for _ in range(times):
        await part()
    return (time.process_time() - begun) / times * 1e6


async def _compare(quota: Quota, rounds: int, times: int) -> tuple[list[float], list[float]]:
    bucket, limiter = TokenBucket(quota), AsyncLimiter(quota.requests, quota.per)

    async def token() -> None:
        bucket.answered(await bucket.acquire())

    async def capacity() -> None:
        await limiter.acquire()

    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(await _microseconds(token, times))
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
        f"A token taken and given back, nobody waiting: microseconds of CPU, best of {rounds} rounds (ratio: median)",
        ["", "ours", "aiolimiter, taken", "ratio"],
        rows,
    )


# --- one 429, and the clock


@attrs.define
class Crowd:
    """What became of 500 calls: answers and seconds, and what the session told meanwhile."""

    answers: int = 0
    seconds: float = 0.0
    asked: float = 0.0
    pauses: list[tuple[float, float]] = attrs.field(factory=list)
    sent: list[float] = attrs.field(factory=list)

    def note(self, event: Event) -> None:
        now = time.perf_counter()
        if isinstance(event, Sent):
            self.sent.append(now)
        elif isinstance(event, Refused):
            self.asked = event.retry_after or 0.0
        elif isinstance(event, Paused):
            self.pauses.append((now, now + max(self.asked, event.seconds)))

    def sent_into_pauses(self, turn: float = 0.0) -> int:
        """Count the requests that were sent in a pause, the seconds of ``turn`` at its beginning left out."""
        return sum(begun + turn < moment < end - COARSE for begun, end in self.pauses for moment in self.sent)


async def _gather(running: Running, clock: WallClock | None = None, step: float = 0.0) -> Crowd:
    """Make the calls; step the clock when half of them are answered."""
    crowd = Crowd()
    limiter = Limiter(time_scale=TIME_SCALE)
    async with WorkatoSession(TOKEN, base_url=running.url, limiter=limiter, on_event=crowd.note) as workato:

        async def call() -> None:
            try:
                await workato.recipes.get(running.recipe_ids[0])
            except RateLimitedError:
                return
            crowd.answers += 1
            if clock is not None and crowd.answers == CROWD // 2:
                clock.step(step)

        begun = time.perf_counter()
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await asyncio.gather(*(call() for _ in range(CROWD)))
        crowd.seconds = time.perf_counter() - begun
    return crowd


def _refuse(verdict: Verdict) -> None:
    rows = []
    for name, retry_after in (("no Retry-After", None), (f"Retry-After: {PAUSE}", str(PAUSE))):
        fault = Planned(GET.key, Refuse429(retry_after), BEFORE)
        with serve(Fake(time_scale=TIME_SCALE, faults=[fault], watched=[GET.id])) as running:
            crowd = asyncio.run(_gather(running))
        counts = running.counts[GET.id]
        pauses = ", ".join(f"{end - begun:.3f}" for begun, end in crowd.pauses)
        figures = (crowd.answers, counts.requests, counts.refused, len(crowd.pauses))
        rows.append([name, *map(str, figures), pauses, str(crowd.sent_into_pauses()), f"{crowd.seconds:.2f}"])
        if not counts.refused:
            raise RuntimeError("the server refused nothing")
        verdict.check(ANSWERS, crowd.answers, name)
        verdict.check(REFUSED, counts.refused, name)
        verdict.check(PAUSES, len(crowd.pauses), name)
        verdict.check(PAUSED, crowd.sent_into_pauses(TURN), name)
    print_table(
        f"{CROWD} calls at once, {GET.quota.scaled(time_scale=TIME_SCALE)}, one of them refused",
        ["", "answers", "requests", "429s", "pauses", "of seconds", "sent into one", "seconds"],
        rows,
    )


def _step(verdict: Verdict, rounds: int) -> None:
    steps = {"as it is": 0.0, "an hour forward": STEP, "an hour back": -STEP}
    crowds: dict[str, list[Crowd]] = {name: [] for name in steps}
    refused, reads = dict.fromkeys(steps, 0), dict.fromkeys(steps, 0)
    for _ in range(rounds):
        for name, step in steps.items():
            with ExitStack() as stack:
                running = stack.enter_context(serve(Fake(time_scale=TIME_SCALE, watched=[GET.id])))
                clock = stack.enter_context(WallClock("workato_async"))
                crowds[name].append(asyncio.run(_gather(running, clock, step)))
                reads[name] += clock.reads
            refused[name] += running.counts[GET.id].refused
    seconds = {name: statistics.median(crowd.seconds for crowd in played) for name, played in crowds.items()}
    rows = [
        [name, str(min(c.answers for c in played)), str(refused[name]), str(reads[name]), f"{seconds[name]:.3f}"]
        for name, played in crowds.items()
    ]
    print_table(
        f"{CROWD} calls at once, half of them answered when the wall clock is stepped; {rounds} rounds",
        ["", "answers", "429s", "reads of the clock", "seconds, median"],
        rows,
    )
    for name, step in steps.items():
        verdict.check(ANSWERS, min(crowd.answers for crowd in crowds[name]), name)
        verdict.check(FREE, refused[name], name)
        verdict.check(READS, reads[name], name)
        if step:
            both: Sequence[float] = sorted((seconds[name], seconds["as it is"]))
            verdict.check(STEPPED, both[1] / both[0], name)


def main() -> int:
    """Run the four parts, print their tables, check the bounds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crowd", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="rounds of waiting and of the clock (default: 3)")
    parser.add_argument("--token-rounds", type=int, default=51, help="rounds of taking tokens (default: 51)")
    arguments = parser.parse_args()
    print_machine("aiohttp", "aiolimiter")
    logging.getLogger("workato_async").setLevel(logging.ERROR)  # it warns of every pause
    verdict = Verdict()
    _wait(verdict, arguments.rounds)
    _take(verdict, arguments.token_rounds)
    _refuse(verdict)
    _step(verdict, arguments.rounds)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
