"""Very many accounts on one limiter: 10,000 of them call 20 endpoints each, in one minute.

Two cases, each in a process of its own: every bucket is made and stays idle, so that most of them are dropped again;
and every bucket is used once, so that each has a permit at rest and all of them must be kept. Measured are the CPU time
and the resident memory that is added. The clock jumps, so that everything happens at one time.
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING

import attrs

from benchmarks._clock import run
from benchmarks._report import Bound, Verdict, print_machine, print_table
from benchmarks.soak import resident
from workato_async import Limiter, Quota
from workato_async.resources import ENDPOINTS

if TYPE_CHECKING:
    from workato_async.limits.limiter import DocumentedQuota

ACCOUNTS = 10_000
EACH = 20
SECONDS = Bound(5, f"{ACCOUNTS:,} accounts with {EACH} endpoints each take at most 5 s of CPU time")
MEGABYTES = Bound(250, "and at most 250 MB")
CASES = {"all used within a window": True, "none used": False}


@attrs.frozen
class Result:
    """What a case took, and how many buckets it left."""

    seconds: float
    megabytes: float
    buckets: int


async def _visit(limiter: Limiter, documented: dict[str, DocumentedQuota], accounts: int, use: bool) -> None:
    for number in range(accounts):
        account = f"https://www.workato.com/{number}"
        for key, known in documented.items():
            bucket = limiter.bucket(key, account, known)
            if use:
                permit = await bucket.acquire()
                permit.mark_sent()
                permit.responded()


def measure(accounts: int, use: bool) -> Result:
    """Run one case in this process."""
    documented = {endpoint.key: (Quota(60, per=60), endpoint.id, "") for endpoint in ENDPOINTS[:EACH]}
    limiter = Limiter()
    limiter.set_documented_quotas(lambda: documented)
    before, begun = resident(), time.process_time()
    run(_visit(limiter, documented, accounts, use))
    seconds, megabytes = time.process_time() - begun, (resident() - before) / 1e6
    return Result(seconds, megabytes, len(limiter.snapshot()))


def main() -> int:
    """Run both cases, print a table, check our bounds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accounts", description=__doc__)
    parser.add_argument("--accounts", type=int, default=ACCOUNTS, help="default: 10,000; the bounds are for these")
    arguments = parser.parse_args()
    print_machine()
    results = {}
    for name, use in CASES.items():
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            results[name] = pool.submit(measure, arguments.accounts, use).result()
    print_table(
        f"{arguments.accounts:,} accounts, {EACH} endpoints each",
        ["", "buckets kept", "CPU s", "MB", "bytes per bucket"],
        [
            [name, f"{r.buckets:,}", f"{r.seconds:.1f}", f"{r.megabytes:.0f}", f"{r.megabytes * 1e6 / r.buckets:,.0f}"]
            for name, r in results.items()
        ],
    )
    verdict = Verdict()
    for name, result in results.items():
        verdict.check(SECONDS, result.seconds, name)
        verdict.check(MEGABYTES, result.megabytes, name)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
