"""The promise for the sum of all workers, whatever the network and the store do: never N+1 arrivals in a window."""

from __future__ import annotations

import asyncio
from bisect import bisect_right

import attrs
import redis
from hypothesis import given
from hypothesis import strategies as st

from tests.support.redis_simulation import SimulatedStore, SimulatedWorker
from tests.support.virtual_time import run
from workato_async.errors import QuotaStoreError
from workato_async.limits.bucket import LATE_ARRIVAL
from workato_async.limits.quota import Quota

PER = 20.0
LEASE = 120.0
"""Longer than any exchange below."""

latency = st.one_of(st.just(0.0), st.floats(0.001, 1.0), st.floats(0.5, 45.0))
moment = st.one_of(st.just(0.0), st.floats(0.0, 60.0))


@attrs.frozen
class Plan:
    worker: int
    start: float
    there: float
    back: float
    fate: str
    cancel: float | None
    ahead: bool


plans = st.builds(
    Plan,
    worker=st.integers(0, 3),
    start=moment,
    there=latency,
    back=latency,
    fate=st.sampled_from(["answered"] * 4 + ["lost", "unsent", "refused", "refused for 5 s"]),
    cancel=st.one_of(st.none(), st.none(), st.floats(0.0, 90.0)),
    ahead=st.sampled_from([False, False, False, True]),
)


@attrs.frozen
class Trouble:
    kind: str
    at: float
    worker: int


troubles = st.builds(
    Trouble,
    kind=st.sampled_from(["cut", "kill", "restart", "outage", "clock set back"]),
    at=st.floats(0.0, 90.0),
    worker=st.integers(0, 3),
)


class Journeys:
    """Calls against a server that counts arrivals; the network does what the example says."""

    def __init__(self, client: redis.Redis, requests: int, slowest: float) -> None:
        self.store = SimulatedStore(client, 0.0, slowest)
        self.workers = [SimulatedWorker(self.store, f"w{n}", Quota(requests, PER), LEASE) for n in range(4)]
        self.arrivals: list[float] = []
        self.tasks: dict[int, list[asyncio.Task[None]]] = {n: [] for n in range(4)}
        self.killed: set[int] = set()

    async def call(self, plan: Plan) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(plan.start)
        bucket = self.workers[plan.worker].bucket
        try:
            permit = await bucket.acquire(ahead=plan.ahead)
        except QuotaStoreError:
            return
        if plan.fate == "unsent":
            permit.unsent()
            return
        permit.mark_sent()
        arrival = loop.time() + plan.there
        try:
            await asyncio.sleep(plan.there)
            self.arrivals.append(arrival)
            arrival = 0.0
            await asyncio.sleep(plan.back)
        except asyncio.CancelledError:
            if arrival:  # still on its way: it arrives anyway, at the latest time allowed
                self.arrivals.append(min(arrival, loop.time() + LATE_ARRIVAL))
            if plan.worker not in self.killed:
                permit.given_up()
            raise
        if plan.fate == "lost":
            permit.given_up()
        elif plan.fate == "answered":
            permit.responded()
        else:
            permit.rate_limited(5.0 if plan.fate == "refused for 5 s" else None)

    def strike(self, trouble: Trouble) -> None:
        worker = self.workers[trouble.worker]
        if trouble.kind == "cut" and worker.name in self.store.links:
            self.store.cut(worker.name)
        elif trouble.kind == "kill" and trouble.worker not in self.killed:
            self.killed.add(trouble.worker)
            worker.kill()
            for task in self.tasks[trouble.worker]:
                task.cancel()
        elif trouble.kind == "restart":
            self.store.restart()
        elif trouble.kind == "outage":
            self.store.up = False
            asyncio.get_running_loop().call_later(3.0, setattr, self.store, "up", True)
        elif trouble.kind == "clock set back":
            self.store.clock_ahead -= 100.0

    async def run(self, plans: list[Plan], troubles: list[Trouble]) -> None:
        loop = asyncio.get_running_loop()
        for trouble in troubles:
            loop.call_later(trouble.at, self.strike, trouble)
        for plan in plans:
            task = loop.create_task(self.call(plan))
            self.tasks[plan.worker].append(task)
            if plan.cancel is not None:
                loop.call_later(plan.cancel, task.cancel)
        await asyncio.gather(*(task for tasks in self.tasks.values() for task in tasks), return_exceptions=True)

    async def close(self) -> None:
        for number, worker in enumerate(self.workers):
            if number not in self.killed:
                await worker.client.close()


@given(
    requests=st.integers(1, 5),
    plans=st.lists(plans, min_size=1, max_size=40),
    troubles=st.lists(troubles, max_size=3),
    slowest=st.sampled_from([0.001, 0.05, 0.5]),
)
def test_no_window_ever_has_one_arrival_too_many(
    blocking_client: redis.Redis, requests: int, plans: list[Plan], troubles: list[Trouble], slowest: float
) -> None:
    async def main() -> None:
        journeys = Journeys(blocking_client, requests, slowest)
        await journeys.run(plans, troubles)
        arrivals = sorted(journeys.arrivals)
        for index, arrival in enumerate(arrivals):
            in_window = index + 1 - bisect_right(arrivals, arrival - PER)
            assert in_window <= requests, f"{in_window} arrivals in the window that ends at {arrival}"
        await journeys.close()

    run(main())


@given(
    requests=st.integers(1, 5),
    plans=st.lists(plans, min_size=1, max_size=40),
    troubles=st.lists(troubles.filter(lambda trouble: trouble.kind in ("cut", "kill", "restart")), max_size=3),
)
def test_no_permit_is_lost(
    blocking_client: redis.Redis, requests: int, plans: list[Plan], troubles: list[Trouble]
) -> None:
    async def main() -> None:
        journeys = Journeys(blocking_client, requests, 0.01)
        await journeys.run(plans, troubles)
        await asyncio.sleep(40 * PER)  # what was withheld comes back by then
        survivor = SimulatedWorker(journeys.store, "survivor", Quota(requests, PER), LEASE)
        begun = asyncio.get_running_loop().time()
        await asyncio.gather(*(survivor.bucket.acquire() for _ in range(requests)))
        took = asyncio.get_running_loop().time() - begun
        assert took < (PER + 3.0 if journeys.killed else 1.2), "permits of the dead rest from when they are missed"
        await survivor.client.close()
        await journeys.close()

    run(main())
