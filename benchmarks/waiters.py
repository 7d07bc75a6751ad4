"""The cost of very many callers waiting for one endpoint: to queue, serve and cancel them.

Every caller is a task that awaits a permit and returns it at once; the cost of the task is included. The clock jumps
to the next timer, so that the hours such a queue takes to drain cost only the work in them. CPU time is measured, the
best round counts; memory is traced separately.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import sys
import time
import tracemalloc
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

import attrs
from aiolimiter import AsyncLimiter

from benchmarks._clock import run
from benchmarks._report import Bound, Verdict, median_ratio, print_machine, print_table
from workato_async.limits.bucket import TokenBucket
from workato_async.limits.quota import STANDARD

BYTES = Bound(1536, "a waiting caller takes at most 1.5 KB (bytes)")
QUEUE = Bound(20, "a caller is queued in at most 20 microseconds")
DRAIN = Bound(20, "a caller gets its permit and is done in at most 20 microseconds")
CANCEL = Bound(2, "all callers are cancelled in at most 2 seconds")

Caller = Callable[[], Coroutine[Any, Any, None]]


def ours() -> Caller:
    """Return callers of one token bucket."""
    bucket = TokenBucket(STANDARD)

    async def caller() -> None:
        (await bucket.acquire()).responded()

    return caller


def aiolimiter() -> Caller:
    """Return callers of one aiolimiter."""
    limiter = AsyncLimiter(STANDARD.requests, STANDARD.per)

    async def caller() -> None:
        await limiter.acquire()

    return caller


def bare() -> Caller:
    """Return callers without a limiter: as many as a quota return at once, the others wait for a future each.

    A single timer resolves them all. This is the floor: what tasks and futures cost by themselves.
    """
    turns: list[asyncio.Future[None]] = []
    free = STANDARD.requests

    def serve() -> None:
        for turn in turns:
            if not turn.done():
                turn.set_result(None)

    async def caller() -> None:
        nonlocal free
        if free:
            free -= 1
            return
        loop = asyncio.get_running_loop()
        if not turns:
            loop.call_later(STANDARD.per, serve)
        turn = loop.create_future()
        turns.append(turn)
        await turn

    return caller


CONTESTANTS: Mapping[str, Callable[[], Caller]] = {"ours": ours, "aiolimiter": aiolimiter, "bare futures": bare}


@attrs.define
class Round:
    """CPU seconds of one round."""

    queue: float
    drain: float
    cancel: float


async def _queued(make: Callable[[], Caller], callers: int) -> tuple[list[asyncio.Task[None]], float]:
    """Use up the quota, then let the callers wait; return their tasks and the CPU seconds that took."""
    caller = make()
    for _ in range(STANDARD.requests):
        await caller()
    gc.collect()
    begun = time.process_time()
    tasks = [asyncio.create_task(caller()) for _ in range(callers)]
    await asyncio.sleep(0)
    took = time.process_time() - begun
    if any(task.done() for task in tasks):
        raise RuntimeError("a caller did not wait")
    return tasks, took


async def _drain(make: Callable[[], Caller], callers: int) -> tuple[float, float]:
    tasks, queued = await _queued(make, callers)
    begun = time.process_time()
    await _all_done(tasks)
    drained = time.process_time() - begun
    if any(task.cancelled() or task.exception() for task in tasks):
        raise RuntimeError("a caller got no permit")
    return queued, drained


async def _cancel(make: Callable[[], Caller], callers: int) -> float:
    tasks, _ = await _queued(make, callers)
    begun = time.process_time()
    for task in tasks:
        task.cancel()
    await _all_done(tasks)
    took = time.process_time() - begun
    if not all(task.cancelled() for task in tasks):
        raise RuntimeError("a caller was not cancelled")
    return took


async def _all_done(tasks: list[asyncio.Task[None]]) -> None:
    """Wait for all of them; the last one first, so that the waiting itself costs next to nothing."""
    await asyncio.wait(tasks[-1:])
    if pending := [task for task in tasks if not task.done()]:
        await asyncio.wait(pending)


async def _memory(make: Callable[[], Caller], callers: int) -> float:
    """Return the bytes that one waiting caller takes."""
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        tasks, _ = await _queued(make, callers)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    for task in tasks:
        task.cancel()
    await _all_done(tasks)
    return (after - before) / callers


def _round(make: Callable[[], Caller], callers: int) -> Round:
    queued, drained = run(_drain(make, callers))
    return Round(queued, drained, run(_cancel(make, callers)))


def _ratios(ours: Sequence[Round], theirs: Sequence[Round]) -> list[float]:
    """Return the ratio of each step."""
    return [
        median_ratio([r.queue for r in ours], [r.queue for r in theirs]),
        median_ratio([r.drain for r in ours], [r.drain for r in theirs]),
        median_ratio([r.cancel for r in ours], [r.cancel for r in theirs]),
    ]


def main() -> int:
    """Run the rounds, print the table, check the bounds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.waiters", description=__doc__)
    parser.add_argument("--callers", type=int, default=100_000, help="callers that wait at once (default: 100000)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of which the best counts (default: 3)")
    arguments = parser.parse_args()
    callers: int = arguments.callers
    print_machine("aiolimiter")

    rounds: dict[str, list[Round]] = {name: [] for name in CONTESTANTS}
    for _ in range(arguments.rounds):
        for name, make in CONTESTANTS.items():
            rounds[name].append(_round(make, callers))
    memory = {name: run(_memory(make, callers)) for name, make in CONTESTANTS.items()}

    best = {
        name: Round(min(r.queue for r in runs), min(r.drain for r in runs), min(r.cancel for r in runs))
        for name, runs in rounds.items()
    }
    rows = [
        [
            name,
            f"{memory[name]:,.0f}",
            f"{best[name].queue / callers * 1e6:.1f}",
            f"{best[name].drain / callers * 1e6:.1f}",
            f"{best[name].cancel:.2f}",
        ]
        for name in CONTESTANTS
    ]
    for name in CONTESTANTS:
        if name != "ours":
            ratios = [memory["ours"] / memory[name], *_ratios(rounds["ours"], rounds[name])]
            rows.append([f"ours / {name}", *(f"{ratio:.2f}" for ratio in ratios)])
    print_table(
        f"{callers:,} callers waiting on one bucket of {STANDARD}; CPU time, best of {arguments.rounds} rounds "
        "(ratios: median of the rounds)",
        ["", "bytes each", "us each to queue", "us each to drain", "s to cancel all"],
        rows,
    )
    verdict = Verdict()
    verdict.check(BYTES, memory["ours"])
    verdict.check(QUEUE, best["ours"].queue / callers * 1e6)
    verdict.check(DRAIN, best["ours"].drain / callers * 1e6)
    verdict.check(CANCEL, best["ours"].cancel)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
