"""Dask: 1,000 inputs over four worker processes, one of which is killed in the middle.

Reads, and writes that must not be made twice; the quota is a scaled one of the fake server's, shared through the
machine's file. The server counts: how often each input arrived, how many 429s, how much of the quota was used. A read
that the killed worker had begun may arrive a second time, and so may come in the table as ``again``; a write may not.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs
import dask
from distributed import Client, LocalCluster

from benchmarks._report import Bound, Verdict, print_machine, print_table
from workato_async import Limiter, OutcomeUnknownError, Quota
from workato_async.engines.dask import fan_out_on
from workato_async.limits.machine import MachineStore
from workato_async.testing import FakeWorkato

if TYPE_CHECKING:
    from collections.abc import Sequence

WORKERS = 4
THREADS = 8
QUOTA = Quota(60, per=60)
SCALE = 0.05
"""60 requests per 3 s: a thousand in 50 s."""
LATENCY = (0.005, 0.050)

OUTCOMES = Bound(0, "every input has exactly one outcome (inputs that have not)")
TWICE = Bound(0, "no write arrives twice (writes that do)")
MISSING = Bound(0, "every input arrives (inputs that do not)")
RATE_LIMITED = Bound(0, "no request is rate limited (429)")


@attrs.frozen
class Result:
    outcomes: Counter[int]
    unknown: int
    arrived: Counter[int]
    rate_limited: int
    used: float
    seconds: float


def limiter(path: str) -> Limiter:
    return Limiter({"recipes": QUOTA}, store=MachineStore(path), time_scale=SCALE)


def measure(client: Client, fake: FakeWorkato, path: str, inputs: int, *, writes: bool) -> Result:
    fake.requests.clear()
    method = "recipes.reset_trigger" if writes else "recipes.get"
    (victim, *_) = client.run(os.getpid).values()
    outcomes: Counter[int] = Counter()
    unknown = 0
    began = time.monotonic()
    for outcome in fan_out_on(client, method, range(10_001, 10_001 + inputs), limiter=partial(limiter, path)):
        outcomes[outcome.item] += 1
        unknown += isinstance(outcome.error, OutcomeUnknownError)
        if outcome.error is not None and not isinstance(outcome.error, OutcomeUnknownError):
            raise outcome.error
        if outcomes.total() == inputs // 2:
            os.kill(victim, signal.SIGKILL)
    seconds = time.monotonic() - began
    requests = [request for request in fake.requests if request.endpoint == method]
    arrived = Counter(int(request.path.split("/")[3]) for request in requests)
    first = requests[0].arrived_at
    windows = int((requests[-1].arrived_at - first) / (QUOTA.per * SCALE))
    within = sum(request.arrived_at < first + windows * QUOTA.per * SCALE for request in requests)
    used = within / (windows * QUOTA.requests) if windows else 1.0
    return Result(outcomes, unknown, arrived, fake.refused, used, seconds)


def report(name: str, result: Result, inputs: int, verdict: Verdict) -> Sequence[str]:
    items = range(10_001, 10_001 + inputs)
    again = sum(count - 1 for count in result.arrived.values())
    verdict.check(OUTCOMES, sum(result.outcomes[item] != 1 for item in items), name)
    # A write whose claim outlived its worker, and which was not made: its outcome says that nobody knows.
    verdict.check(MISSING, max(0, sum(not result.arrived[item] for item in items) - result.unknown), name)
    verdict.check(RATE_LIMITED, result.rate_limited, name)
    if name == "writes":
        verdict.check(TWICE, again, name)
    return (
        name,
        f"{result.outcomes.total():,}",
        f"{result.unknown}",
        f"{len(result.arrived):,}",
        f"{again}",
        f"{result.rate_limited}",
        f"{result.used:.1%}",
        f"{result.seconds:.1f}",
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=1000)
    inputs = parser.parse_args(arguments).inputs
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # the nanny says that a worker died
    print_machine("distributed")
    verdict = Verdict()
    rows = []
    quotas = {"recipes.get": QUOTA, "recipes.reset_trigger": QUOTA}
    settings: dict[str, Any] = {"n_workers": WORKERS, "threads_per_worker": THREADS, "dashboard_address": ":0"}
    with (
        tempfile.TemporaryDirectory() as folder,
        dask.config.set({"temporary-directory": folder}),
        FakeWorkato(recipes=inputs + 1, time_scale=SCALE, quotas=quotas, latency=LATENCY) as fake,
    ):
        environment = {"WORKATO_API_TOKEN": "any", "WORKATO_HOST": fake.url, "PYTHONPATH": os.getcwd()}
        with (
            LocalCluster(**settings, env=environment, silence_logs=logging.CRITICAL) as cluster,
            Client(cluster) as client,
        ):
            for name in ("reads", "writes"):
                client.wait_for_workers(WORKERS)
                result = measure(client, fake, f"{folder}/quotas", inputs, writes=name == "writes")
                rows.append(report(name, result, inputs, verdict))
    head = ("", "outcomes", "unknown", "arrived", "again", "429", "used", "seconds")
    print_table(f"{inputs:,} inputs, {WORKERS} worker processes, one killed in the middle", head, rows)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
