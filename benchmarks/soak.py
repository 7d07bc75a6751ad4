"""A long run against a server that fails every fiftieth time: no input lost, no memory or file leaked.

One fan-out sends calls to a fake server in a process of its own. Its quotas are lifted, so that calls run at full
speed; faults of every kind are drawn at random. Resident memory and open files are sampled twenty times; they must be
the same at the end as after the warm-up. A second part runs fan-outs over a coroutine that does nothing, each in a
process of its own: the memory they need must not depend on the length of the input.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import multiprocessing
import os
import resource
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from benchmarks._report import Bound, Verdict, print_machine, print_table
from benchmarks._server import served
from workato_async import Limiter, Quota, RetryPolicy, WorkatoError, WorkatoSession, fan_out
from workato_async.testing import (
    CloseIdle,
    Drip,
    FakeWorkato,
    Fault,
    Oversized,
    Refuse429,
    Reset,
    Slow,
    Stall,
    Status,
    Truncated,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

LOST = Bound(0, "every input has exactly one outcome (inputs with none, or two)")
FOREIGN = Bound(0, "every error is a WorkatoError (others)")
FAULTY = Bound(0.005, "faults occur (retries per call)", least=True)
DRIFT = Bound(
    5, "memory in the last quarter is that of the quarter after the warm-up, the least of each (percent more)"
)
OBJECTS = Bound(5, "so is the number of Python objects (percent more)")
FILES = Bound(0, "all files are closed with the session (more than before)")
POOLED = Bound(8, "during the run there is one file per connection, and few being closed (more)")
FLAT = Bound(10, "memory of a fan-out does not depend on the length of its input (percent more)")

RECIPES = 500
CONCURRENCY = 64
PART = 0.02
TIMEOUT = 2.0
"""Seconds to wait for a response: what a stall costs."""
MIB = 2**20
CAP = MIB // 4
"""Largest body that is read, in bytes: small, so that bodies in memory do not blur the figures."""
FAULTS: tuple[Fault, ...] = (
    Reset("before"), Reset("after"), Reset("head"), Reset("body"), Truncated(), CloseIdle(), Stall(), Slow(0.5),
    Drip(0.001), Oversized(2 * CAP), Oversized(2 * CAP, compressed=True), Refuse429("0.01"), Status(500),
    Status(502, "<html>Bad gateway</html>", "text/html"), Status(503, b""), Status(504, processed=True),
)  # fmt: skip
SAMPLES = 20
QUARTER = SAMPLES // 4
"""Samples before memory counts: by then every buffer has reached its full size."""


# --- the server


class _Unrecorded(list[Any]):
    """A list that stays empty: a record of a million requests is not what is measured."""

    def append(self, request: Any) -> None:
        pass


def _faulty() -> FakeWorkato:
    fake = FakeWorkato(recipes=RECIPES, jobs=0, window=None)
    fake.requests = _Unrecorded()
    for fault in FAULTS:
        fake.fail(None, fault, probability=PART / len(FAULTS))
    return fake


# --- the long run


@attrs.frozen
class Sample:
    """One sample: outcomes so far, seconds, resident bytes, objects tracked by the collector, open files."""

    outcomes: int
    seconds: float
    memory: int
    objects: int
    files: int


@attrs.frozen
class LongRun:
    """The result of the long run.

    Attributes:
        samples: taken during the run.
        astray: inputs with no outcome, or two.
        errors: how often each class of error came.
        foreign: errors that are not WorkatoErrors.
        retries: requests beyond one per call.
        files_before: open files before the session was made.
        files_after: open files after it was closed.
    """

    samples: list[Sample]
    astray: int
    errors: Counter[str]
    foreign: int
    retries: int
    files_before: int
    files_after: int


async def long_run(url: str, calls: int) -> LongRun:
    """Send the calls."""
    files_before = open_files()
    seen = bytearray(calls)
    samples: list[Sample] = []
    errors: Counter[str] = Counter()
    foreign = outcomes = 0
    every = max(1, calls // SAMPLES)
    limiter = Limiter(default=Quota(10_000_000, per=1))
    retry = RetryPolicy(base=0.01, cap=0.1)
    begun = time.perf_counter()
    async with WorkatoSession(
        "soak", base_url=url, limiter=limiter, retry=retry, timeout=TIMEOUT, max_body=CAP, max_connections=CONCURRENCY
    ) as workato:

        async def call(number: int) -> object:
            """Mostly read; every tenth call writes, and half of those writes are not idempotent."""
            recipe_id = 10_001 + number % RECIPES
            match number % 20:
                case 0:
                    await workato.recipes.start(recipe_id)
                case 10:
                    await workato.recipes.reset_trigger(recipe_id)
                case _:
                    return await workato.recipes.get(recipe_id)
            return None

        async with fan_out(call, range(calls), concurrency=CONCURRENCY) as running:
            async for outcome in running:
                seen[outcome.item] = min(2, seen[outcome.item] + 1)
                outcomes += 1
                if outcome.error is not None:
                    errors[type(outcome.error).__name__] += 1
                    foreign += not isinstance(outcome.error, WorkatoError)
                if outcomes % every == 0:
                    seconds = time.perf_counter() - begun
                    gc.collect()
                    samples.append(Sample(outcomes, seconds, resident(), len(gc.get_objects()), open_files()))
        sent = sum(state.sent for state in limiter.snapshot().values())
    await asyncio.sleep(0.1)  # closed sockets leave the loop at its next step
    astray = calls - seen.count(1)
    return LongRun(samples, astray, errors, foreign, sent - calls, files_before, open_files())


def growth(figures: Sequence[int]) -> float:
    """Return the percent by which figures have grown since the warm-up, comparing the least of each quarter.

    The last sample is left out: when the last calls end, less than usual is in use.
    """
    return 100 * (min(figures[-QUARTER:-1]) / min(figures[QUARTER : 2 * QUARTER]) - 1)


def open_files() -> int:
    """Count the open file descriptors of this process."""
    return len(os.listdir("/dev/fd"))


def resident() -> int:
    """Return the resident bytes of this process: the current ones, or the peak where there is no /proc."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) * resource.getpagesize() if statm.exists() else peak()


def peak() -> int:
    """Return the peak resident bytes of this process."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


# --- memory and the length of the input


def peak_of_fan_out(inputs: int) -> int:
    """Return the peak memory of a process that fans out over that many inputs."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_fan_out, (inputs,))


def _fan_out(inputs: int) -> int:
    async def nothing(number: int) -> int:
        return number

    async def main() -> None:
        total = 0
        async with fan_out(nothing, range(inputs), concurrency=CONCURRENCY) as running:
            async for outcome in running:
                total += outcome.unwrap()
        if total != inputs * (inputs - 1) // 2:
            raise RuntimeError("an outcome is missing")

    asyncio.run(main())
    return peak()


def main() -> int:
    """Run both parts, print the tables, check the bounds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--calls", type=int, default=1_000_000, help="calls of the long run (default: 1000000)")
    parser.add_argument(
        "--inputs", type=int, default=1_000_000, help="inputs of the fan-out over nothing (default: 1000000)"
    )
    arguments = parser.parse_args()
    calls: int = arguments.calls
    inputs: int = arguments.inputs
    if calls < SAMPLES:
        parser.error(f"--calls is at least {SAMPLES}")
    logging.disable()  # of a warning for every injected 429
    print_machine("aiohttp")

    with served(_faulty) as server:
        run = asyncio.run(long_run(server.url, calls))
    print_table(
        f"{calls:,} calls, {CONCURRENCY} at a time, {PART:.0%} of the requests faulty",
        ["calls", "seconds", "calls a second", "MiB", "objects", "open files"],
        [
            [
                f"{sample.outcomes:,}",
                f"{sample.seconds:,.1f}",
                f"{sample.outcomes / sample.seconds:,.0f}",
                f"{sample.memory / MIB:.1f}",
                f"{sample.objects:,}",
                str(sample.files),
            ]
            for sample in run.samples
        ],
    )
    print_table("errors", ["class", "outcomes"], [[name, f"{count:,}"] for name, count in run.errors.most_common()])

    few = 10_000
    peaks = {number: peak_of_fan_out(number) for number in (few, inputs)}
    print_table(
        "fan-outs over a coroutine that does nothing",
        ["inputs", "peak MiB"],
        [[f"{number:,}", f"{most / MIB:.1f}"] for number, most in peaks.items()],
    )

    verdict = Verdict()
    verdict.check(LOST, run.astray)
    verdict.check(FOREIGN, run.foreign)
    verdict.check(FAULTY, run.retries / calls)
    verdict.check(DRIFT, growth([sample.memory for sample in run.samples]))
    verdict.check(OBJECTS, growth([sample.objects for sample in run.samples]))
    verdict.check(POOLED, max(sample.files for sample in run.samples) - run.files_before - CONCURRENCY)
    verdict.check(FILES, run.files_after - run.files_before)
    verdict.check(FLAT, 100 * (peaks[inputs] / peaks[few] - 1))
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
