"""Processes of one machine that share a quota through a file: is it kept, used and divided, and what does a step cost.

    python -m benchmarks.machine

Prefork workers each send as much as they can. Every request "arrives" somewhere between its sending and its response,
and the exact log of all arrivals is what a server would count: an arrival that finds N others in its window is a 429.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import multiprocessing
import os
import random
import signal
import statistics
import sys
import tempfile
import time
from bisect import bisect_right
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from benchmarks._report import Bound, Verdict, print_machine, print_table
from workato_async import Quota
from workato_async.limits.machine import MachineStore
from workato_async.limits.quota_file import QuotaFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.connection import Connection

    from workato_async.limits.permit import Permit
    from workato_async.limits.shared_state import SharedState

QUOTA = Quota(60, 2)
WINDOWS = 8
CALLERS = 16
"""Calls at a time of each process."""
WAY = 0.012
"""Longest way of a request to the server, and of its response, in seconds."""
KEY = "GET /api/recipes/{id}"

REJECTED = Bound(0, "429s")
USED = Bound(0.95, "part of the quota used", least=True)
LEAST = Bound(0.6, "smallest share of a process (1 is fair)", least=True)
MOST = Bound(1.4, "largest share of a process (1 is fair)")
STEP = Bound(1.0, "median milliseconds a step")
AGAIN = Bound(0.95, "part of the quota used from a window after a process was killed", least=True)


@attrs.frozen
class Sent:
    """What one process did: when its requests arrived, and what its steps cost in seconds."""

    arrivals: Sequence[float]
    steps: Sequence[float]


class _TimedFile(QuotaFile):
    """Takes the time of every transaction, waiting for the other processes included."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.costs: list[float] = []

    @contextlib.contextmanager
    def transaction(self, name: str, endpoint: str) -> Iterator[SharedState]:
        began = time.perf_counter()
        with super().transaction(name, endpoint) as state:
            yield state
        self.costs.append(time.perf_counter() - began)


def _work(path: Path, start: float, seconds: float, results: Connection) -> None:
    arrivals: list[float] = []

    async def caller(rng: random.Random) -> None:
        while True:
            permit: Permit = await bucket.acquire()
            if time.monotonic() > start + seconds:
                permit.unsent()
                return
            permit.mark_sent()
            await asyncio.sleep(rng.uniform(0, WAY))
            arrivals.append(time.monotonic())
            await asyncio.sleep(rng.uniform(0, WAY))
            permit.responded()

    async def main() -> None:
        await asyncio.sleep(start - time.monotonic())
        callers = [asyncio.create_task(caller(random.Random())) for _ in range(CALLERS)]
        await asyncio.sleep(start + seconds - time.monotonic())
        for task in callers:
            task.cancel()
        await asyncio.gather(*callers, return_exceptions=True)

    store = MachineStore(path)
    file = store.file = _TimedFile(path)
    bucket = store.bucket(QUOTA, key=KEY, account="benchmark", adaptive=True)
    asyncio.run(main())
    results.send(Sent(arrivals, file.costs))


def _run(path: Path, count: int, windows: int, *, kill_after: float | None = None) -> tuple[float, list[Sent]]:
    context = multiprocessing.get_context("fork")
    start, processes = time.monotonic() + 0.5, []
    for _ in range(count):
        here, there = context.Pipe(duplex=False)
        process = context.Process(target=_work, args=(path, start, windows * QUOTA.per, there), daemon=True)
        process.start()
        there.close()
        processes.append((process, here))
    if kill_after is not None:
        time.sleep(start + kill_after - time.monotonic())
        doomed, _ = processes.pop()
        assert doomed.pid is not None
        os.kill(doomed.pid, signal.SIGKILL)
        doomed.join()
    sent = [here.recv() for _, here in processes]
    for process, _ in processes:
        process.join()
    return start, sent


def _most_in_a_window(arrivals: Sequence[float]) -> int:
    return max(index + 1 - bisect_right(arrivals, at - QUOTA.per) for index, at in enumerate(arrivals))


def _rejected(arrivals: Sequence[float]) -> int:
    """Return how many a server with a sliding window would have rate limited; those do not count there."""
    accepted: list[float] = []
    for at in arrivals:
        if len(accepted) - bisect_right(accepted, at - QUOTA.per) < QUOTA.requests:
            accepted.append(at)
    return len(arrivals) - len(accepted)


def _share(verdict: Verdict, count: int, path: Path) -> list[str]:
    _, sent = _run(path, count, WINDOWS)
    arrivals = sorted(at for one in sent for at in one.arrivals)
    used = len(arrivals) / (WINDOWS * QUOTA.requests)
    shares = sorted(len(one.arrivals) * count / len(arrivals) for one in sent)
    steps = sorted(1000 * cost for one in sent for cost in one.steps)
    step = statistics.median(steps)
    where = f"{count} processes"
    verdict.check(REJECTED, _rejected(arrivals), where)
    verdict.check(USED, used, where)
    verdict.check(LEAST, shares[0], where)
    verdict.check(MOST, shares[-1], where)
    verdict.check(STEP, step, where)
    late, each = steps[len(steps) * 99 // 100], len(steps) / count / WINDOWS
    return [where, str(len(arrivals)), str(_rejected(arrivals)), str(_most_in_a_window(arrivals)), f"{used:.3f}",
            f"{shares[0]:.2f} to {shares[-1]:.2f}", f"{step:.2f}", f"{late:.2f}", f"{each:.0f}"]  # fmt: skip


def _kill(verdict: Verdict, count: int, path: Path) -> list[str]:
    after = 2.5 * QUOTA.per
    start, sent = _run(path, count, 7, kill_after=after)
    full = start + after + QUOTA.per
    arrivals = sorted(at for one in sent for at in one.arrivals)
    # A permit comes round in a window and a round trip.
    later = [at for at in arrivals if full <= at < full + 3 * (QUOTA.per + 3 * WAY)]
    used = len(later) / (3 * QUOTA.requests)
    verdict.check(AGAIN, used, f"{count} processes")
    verdict.check(REJECTED, _rejected(arrivals), f"one of {count} processes killed")
    return [f"{count} processes", str(len(later)), str(_rejected(arrivals)), f"{used:.3f}"]


def main() -> int:
    """Run everything, print the tables, check the bounds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.machine", description=__doc__)
    parser.add_argument("--processes", nargs="+", type=int, default=[4, 8], help="numbers of processes (default: 4 8)")
    arguments = parser.parse_args()
    print_machine()
    verdict = Verdict()
    with tempfile.TemporaryDirectory() as folder:
        print_table(
            f"{QUOTA}, {CALLERS} calls at a time in each process, {WINDOWS} windows",
            ["", "arrivals", "429s", "most in a window", "used", "shares (1 is fair)", "ms a step", "99 of 100",
             "steps a process and window"],
            [_share(verdict, count, Path(folder) / f"share{count}") for count in arguments.processes],
        )  # fmt: skip
        print_table(
            f"{QUOTA}, one process is killed in the third window; from a window later",
            ["", "arrivals", "429s", "used"],
            [_kill(verdict, count, Path(folder) / f"kill{count}") for count in arguments.processes],
        )
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
