"""Reads of a server of which some successes are garbage: pages of HTML, cut JSON, nothing at all.

A part of the responses with HTTP 200 (2 %) cannot be read. The first call alone learns that the host is the right one;
then all the others are read, and every one that fails in spite of its retries is counted.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from functools import partial
from itertools import cycle, islice
from typing import TYPE_CHECKING

from benchmarks._report import Bound, Verdict, print_machine, print_table
from benchmarks._server import TOKEN, count, served
from workato_async import Limiter, Quota, WorkatoSession, fan_out
from workato_async.events import Retried
from workato_async.resources.recipes.recipes import GET
from workato_async.testing import FakeWorkato, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workato_async.events import Event

FAILED = Bound(2, "reads that fail, of 2,000 with 2 % garbage")
CONCURRENCY = 64
RECIPES = 50
LIFTED = Quota(10**9, per=1)
GARBAGE: dict[str, tuple[bytes, str]] = {
    "an HTML page": (b"<!DOCTYPE html><html><body>We'll be back soon</body></html>", "text/html"),
    "an HTML page called JSON": (b"<html></html>", "application/json"),
    "cut JSON": (b'{"id": 10001, "name": "Ord', "application/json"),
    "nothing": (b"", "application/json"),
    "null": (b"null", "application/json"),
    "an array": (b"[]", "application/json"),
    "another object": (b'{"status": "maintenance"}', "application/json"),
    "not UTF-8": (b"\xff\xfe\xfa", "application/json"),
}


def _fake(part: float, seed: int) -> FakeWorkato:
    fake = FakeWorkato(recipes=RECIPES, jobs=0, window=None, seed=seed)
    for body, content_type in GARBAGE.values():
        fault = Status(200, body, content_type)
        fake.fail(GET.id, fault, times=None, after=1, probability=part / len(GARBAGE))
    return fake


async def _read(url: str, ids: Sequence[int]) -> tuple[int, int, float]:
    """Return how many of the reads failed, how many attempts were garbage, and the seconds."""
    retried = 0

    def listen(event: Event) -> None:
        nonlocal retried
        retried += isinstance(event, Retried)

    failed = 0
    begun = time.perf_counter()
    async with WorkatoSession(TOKEN, base_url=url, limiter=Limiter(default=LIFTED), on_event=listen) as workato:
        await workato.recipes.get(ids[0])
        async with fan_out(workato.recipes.get, ids[1:], concurrency=CONCURRENCY) as outcomes:
            async for outcome in outcomes:
                failed += outcome.error is not None
    return failed, retried + failed, time.perf_counter() - begun


def main() -> int:
    """Run every seed, print a table, check the bound."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.garbage", description=__doc__)
    parser.add_argument("--reads", type=int, default=2_000, help="reads of every seed (default: 2000)")
    parser.add_argument(
        "--part", type=float, default=0.02, help="part of the responses that is garbage (default: 0.02)"
    )
    parser.add_argument("--seeds", type=int, default=3, help="number of seeds (default: 3)")
    arguments = parser.parse_args()
    print_machine("aiohttp")
    verdict = Verdict()
    rows = []
    for seed in range(arguments.seeds):
        with served(partial(_fake, arguments.part, seed)) as server:
            ids = list(islice(cycle(server.recipe_ids), arguments.reads))
            failed, garbage, seconds = asyncio.run(_read(server.url, ids))
            requests = server.ask(count, GET.id).requests
        rows.append([str(seed), f"{arguments.reads:,}", f"{requests:,}", str(garbage), str(failed), f"{seconds:.1f}"])
        verdict.check(FAILED, failed, f"seed {seed}")
    print_table(
        f"reads with {arguments.part:.0%} garbage, {CONCURRENCY} at a time",
        ["seed", "reads", "requests", "garbage", "failed", "seconds"],
        rows,
    )
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
