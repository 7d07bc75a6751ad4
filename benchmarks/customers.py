"""500 customers of an Embed admin workspace, three endpoints each: whether the quotas that they share are kept.

Every customer's recipes, connections and jobs are listed, 1,500 calls at once, by number, by external id and in an
environment. The server counts as the Embedded API does: for each path template, over all customers. Its windows are 20
times as short as the real ones. Measured are the requests that are rate limited, the most in any window, and the time,
against the least in which the quota of 60 a minute lets 500 calls out.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs

from benchmarks._report import Bound, Verdict, print_machine, print_table
from benchmarks._server import TOKEN, Served, served
from workato_async import EMBEDDED_ENDPOINTS, Limiter, WorkatoSession, fan_out
from workato_async.testing import FakeWorkato

if TYPE_CHECKING:
    from collections.abc import Callable

    from workato_async.session import View

CUSTOMERS = 500
TIME_SCALE = 0.05
RECIPE = 10001
ENDPOINTS = {endpoint.id: endpoint for endpoint in EMBEDDED_ENDPOINTS}
CALLS: dict[str, Callable[[View], Any]] = {
    "embedded.recipes.list": lambda view: view.recipes.list().page(),
    "embedded.connections.list": lambda view: view.connections.list().page(),
    "embedded.jobs.list": lambda view: view.jobs.list(RECIPE).page(),
}

DONE = Bound(CUSTOMERS, "every customer's list is read", least=True)
RATE_LIMITED = Bound(0, "no request is rate limited (429)")
BUCKETS = Bound(len(CALLS), "there is one bucket for each endpoint, whatever customers are called")
SLOWER = Bound(1.2, "all of it takes at most 1.2 times the least time that the quotas allow")


@attrs.frozen
class Result:
    """What happened to the calls of one endpoint."""

    done: int
    seconds: float
    rate_limited: int
    most: int


def _rate_limited(fake: FakeWorkato, id_: str) -> int:
    return sum(request.endpoint == id_ and request.status == 429 for request in fake.requests)


def _fill(fake: FakeWorkato) -> None:
    """Make the workspaces now, not while the calls are timed."""
    for number in range(CUSTOMERS):
        fake.customer(_name(number))


def _name(number: int) -> str:
    """Return the name of a customer: each third one by its external id and in an environment."""
    return str(98178 + number) if number % 3 else f"EA{2300 + number}_prod"


def _least(id_: str) -> float:
    """Return the least time in which the quota of an endpoint lets a call for each customer out."""
    quota = ENDPOINTS[id_].quota.scaled(time_scale=TIME_SCALE)
    return (CUSTOMERS - 1) // quota.requests * quota.per


async def _call_all(server: Served[FakeWorkato]) -> tuple[dict[str, Result], int]:
    limiter = Limiter(time_scale=TIME_SCALE)
    async with WorkatoSession(TOKEN, base_url=server.url, limiter=limiter) as workato:
        views = [workato.customer(_name(number)) for number in range(CUSTOMERS)]

        async def visit(id_: str) -> tuple[str, int, float]:
            begun, done = time.perf_counter(), 0
            async with fan_out(CALLS[id_], views, concurrency=CUSTOMERS) as outcomes:
                async for outcome in outcomes:
                    done += outcome.error is None
            return id_, done, time.perf_counter() - begun

        visited = await asyncio.gather(*map(visit, CALLS))
        buckets = len(limiter.snapshot())
    results = {
        id_: Result(done, seconds, server.ask(_rate_limited, id_), server.ask(FakeWorkato.most_in_window, id_))
        for id_, done, seconds in visited
    }
    return results, buckets


def main() -> int:
    """Call all customers, print a table, check our bounds."""
    argparse.ArgumentParser(prog="python -m benchmarks.customers", description=__doc__).parse_args()
    print_machine("aiohttp")
    with served(partial(FakeWorkato, recipes=0, jobs=0, customers=CUSTOMERS, time_scale=TIME_SCALE)) as server:
        server.ask(_fill)
        results, buckets = asyncio.run(_call_all(server))
    print_table(
        f"{CUSTOMERS} customers, {len(CALLS)} endpoints, windows {1 / TIME_SCALE:g} times as short",
        ["", "quota", "done", "429", "most in a window", "seconds", "least"],
        [
            [
                id_,
                str(ENDPOINTS[id_].quota.scaled(time_scale=TIME_SCALE)),
                f"{r.done:,}",
                f"{r.rate_limited:,}",
                f"{r.most:,}",
                f"{r.seconds:.2f}",
                f"{_least(id_):.2f}",
            ]
            for id_, r in results.items()
        ],
    )
    verdict = Verdict()
    for id_, result in results.items():
        verdict.check(DONE, result.done, id_)
        verdict.check(RATE_LIMITED, result.rate_limited, id_)
    verdict.check(BUCKETS, buckets)
    slowest = max(results, key=_least)
    verdict.check(SLOWER, results[slowest].seconds / _least(slowest), slowest)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
