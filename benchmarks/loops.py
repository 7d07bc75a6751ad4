"""Other event loops: 8 workers on a bucket of 10 per second for 10 seconds, on asyncio's own loop and on uvloop.

What an event loop promises is little: uvloop's timers, for one, have no ``when()``, and its clock keeps whole
milliseconds. No call may fail, no permit may be lost, no second may see more than 10 requests.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from typing import TYPE_CHECKING

import attrs

from benchmarks._report import Bound, Verdict, print_machine, print_table
from workato_async import Quota
from workato_async.limits.bucket import TokenBucket

if TYPE_CHECKING:
    from collections.abc import Callable

QUOTA = Quota(10, per=1)
WORKERS = 8
SECONDS = 10.0
RESPONSE = 0.005
"""Seconds that a request takes."""

CALLS = Bound(100, "at least 100 calls in 10 s", least=True)
ERRORS = Bound(0, "no call fails")
LOST = Bound(0, "no permit is lost")
APART = Bound(QUOTA.per, "of requests that are ten apart, none are less than a second apart", least=True)


@attrs.frozen
class Result:
    """What became of the calls."""

    sent: list[float]
    errors: int
    lost: int


async def work() -> Result:
    """Call for as long as it goes, then wait for all permits to return."""
    bucket = TokenBucket(QUOTA)
    loop = asyncio.get_running_loop()
    until = loop.time() + SECONDS
    sent: list[float] = []
    errors = 0

    async def worker() -> None:
        nonlocal errors
        while loop.time() < until:
            try:
                permit = await bucket.acquire(max_wait=2 * QUOTA.per)
            except Exception:
                errors += 1
                await asyncio.sleep(RESPONSE)
                continue
            permit.mark_sent()
            sent.append(time.perf_counter())
            await asyncio.sleep(RESPONSE)
            permit.responded()

    await asyncio.gather(*(worker() for _ in range(WORKERS)))
    await asyncio.sleep(1.5 * QUOTA.per)
    return Result(sent, errors, QUOTA.requests - bucket.state().free)


def _loops() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    import uvloop

    return {"asyncio": asyncio.SelectorEventLoop, "uvloop": uvloop.new_event_loop}


def main() -> int:
    """Run on every loop, print a table, check our bounds."""
    argparse.ArgumentParser(prog="python -m benchmarks.loops", description=__doc__).parse_args()
    print_machine("uvloop")
    verdict = Verdict()
    rows = []
    for name, new_loop in _loops().items():
        with asyncio.Runner(loop_factory=new_loop) as runner:
            result = runner.run(work())
        apart = min(later - earlier for earlier, later in zip(result.sent, result.sent[QUOTA.requests :], strict=False))
        rows.append([name, str(len(result.sent)), str(result.errors), str(result.lost), f"{apart:.4f}"])
        verdict.check(CALLS, len(result.sent), name)
        verdict.check(ERRORS, result.errors, name)
        verdict.check(LOST, result.lost, name)
        verdict.check(APART, apart, name)
    print_table(
        f"{WORKERS} workers on {QUOTA} for {SECONDS:g} s",
        ["", "calls", "errors", "permits lost", "least seconds between ten"],
        rows,
    )
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
