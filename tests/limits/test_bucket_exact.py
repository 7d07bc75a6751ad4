"""The promise of the bucket, for any network: never N+1 arrivals in a window, first come first served, none lost."""

from __future__ import annotations

import asyncio
from bisect import bisect_right

from hypothesis import given
from hypothesis import strategies as st

from tests.support.virtual_time import run
from workato_async.limits.bucket import LATE_ARRIVAL, TokenBucket
from workato_async.limits.quota import Quota

PER = 20.0

latency = st.one_of(st.just(0.0), st.floats(0.001, 1.0), st.floats(0.5, 45.0))
fate = st.sampled_from(["answered", "answered", "answered", "answered", "lost", "unsent", "refused", "refused for 5 s"])


@st.composite
def call(draw: st.DrawFn) -> dict[str, object]:
    return {
        "start": draw(st.one_of(st.just(0.0), st.floats(0.0, 60.0))),
        "there": draw(latency),
        "back": draw(latency),
        "fate": draw(fate),
        "cancel": draw(st.one_of(st.none(), st.none(), st.floats(0.0, 90.0))),
        "ahead": draw(st.sampled_from([False, False, False, True])),
    }


class Journey:
    """One call against a server that counts arrivals; the network does what the example says."""

    def __init__(self, bucket: TokenBucket, arrivals: list[float], plan: dict[str, object]) -> None:
        self.bucket = bucket
        self.arrivals = arrivals
        self.plan = plan

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        plan = self.plan
        await asyncio.sleep(float(plan["start"]))  # type: ignore[arg-type]
        permit = await self.bucket.acquire(ahead=bool(plan["ahead"]))
        sent = loop.time()
        if plan["fate"] == "unsent":
            permit.unsent()
            return
        permit.mark_sent()
        arrival = sent + float(plan["there"])  # type: ignore[arg-type]
        try:
            await asyncio.sleep(arrival - sent)
            self.arrivals.append(arrival)
            await asyncio.sleep(float(plan["back"]))  # type: ignore[arg-type]
        except asyncio.CancelledError:
            permit.given_up()
            if arrival not in self.arrivals:  # still on its way: it arrives all the same, at the latest moment allowed
                self.arrivals.append(min(arrival, loop.time() + LATE_ARRIVAL))
            raise
        if plan["fate"] == "lost":
            permit.given_up()
        elif plan["fate"] == "answered":
            permit.responded()
        else:
            permit.rate_limited(5.0 if plan["fate"] == "refused for 5 s" else None)


async def journeys(bucket: TokenBucket, plans: list[dict[str, object]]) -> list[float]:
    loop = asyncio.get_running_loop()
    arrivals: list[float] = []
    tasks = []
    for plan in plans:
        task = asyncio.create_task(Journey(bucket, arrivals, plan).run())
        if plan["cancel"] is not None:
            loop.call_later(float(plan["cancel"]), task.cancel)  # type: ignore[arg-type]
        tasks.append(task)
    await asyncio.gather(*tasks, return_exceptions=True)
    return sorted(arrivals)


@given(st.integers(1, 5), st.lists(call(), min_size=1, max_size=40))
def test_no_window_ever_has_one_arrival_too_many(requests: int, plans: list[dict[str, object]]) -> None:
    async def main() -> None:
        bucket = TokenBucket(Quota(requests, PER))
        arrivals = await journeys(bucket, plans)
        for index, arrival in enumerate(arrivals):
            in_window = index + 1 - bisect_right(arrivals, arrival - PER)
            assert in_window <= requests, f"{in_window} arrivals in the window that ends at {arrival}"

    run(main())


def test_a_burst_that_is_slow_alike_earns_no_credit() -> None:
    """Sixty calls that all wait for their connections say one thing about the network, not sixty."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        bucket, arrivals = TokenBucket(Quota(60, 1.2)), []

        async def call_number(number: int) -> None:
            permit = await bucket.acquire()
            await asyncio.sleep(0.060 + number * 1e-4 if number < 60 else 0.001)
            arrivals.append(loop.time())
            await asyncio.sleep(0.001)
            permit.responded()

        await asyncio.gather(*(call_number(number) for number in range(180)))
        arrivals.sort()
        assert all(later - earlier > 1.2 for earlier, later in zip(arrivals, arrivals[60:], strict=False))

    run(main())


@given(st.integers(1, 5), st.lists(call(), min_size=1, max_size=40))
def test_no_token_is_lost(requests: int, plans: list[dict[str, object]]) -> None:
    async def main() -> None:
        bucket = TokenBucket(Quota(requests, PER))
        await journeys(bucket, plans)
        await asyncio.sleep(60 * PER)  # what was withheld comes back, too
        state = bucket.state()
        assert (state.free, state.waiters) == (requests, 0)
        await asyncio.gather(*(bucket.acquire(max_wait=0) for _ in range(requests)))

    run(main())


@given(st.integers(1, 3), st.lists(st.tuples(st.booleans(), st.floats(0.0, 30.0)), min_size=2, max_size=30))
def test_first_come_first_served_among_those_who_stay(requests: int, callers: list[tuple[bool, float]]) -> None:
    """Callers arrive one after another; some give up. Those who stay are served in the order they came."""

    async def main() -> None:
        bucket = TokenBucket(Quota(requests, PER))
        served: list[int] = []

        async def wait(number: int) -> None:
            permit = await bucket.acquire()
            served.append(number)
            try:
                await asyncio.sleep(0.1)
            finally:
                permit.responded()

        tasks = []
        for number, (stays, patience) in enumerate(callers):
            task = asyncio.create_task(wait(number))
            await asyncio.sleep(0)
            tasks.append(task)
            if not stays:
                asyncio.get_running_loop().call_later(patience, task.cancel)
        await asyncio.gather(*tasks, return_exceptions=True)
        assert served == sorted(served)
        assert {number for number, (stays, _) in enumerate(callers) if stays} <= set(served)

    run(main())
