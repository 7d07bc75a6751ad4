"""The asyncio skin: queue, timer, cancellation, loops."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from tests.support.virtual_time import VirtualTimeLoop
from workato_async import ConfigurationError, QuotaWaitError
from workato_async.limits.bucket import CLOCK_DRIFT, TokenBucket
from workato_async.limits.paced import PacedBucket
from workato_async.limits.permit import Permit
from workato_async.limits.quota import Quota
from workato_async.limits.wait_queue import PASSES, Priority

WINDOW = 60 * (1 + CLOCK_DRIFT)


def now() -> float:
    return asyncio.get_running_loop().time()


async def settle() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


async def empty(bucket: TokenBucket, permits: int) -> list[Permit]:
    return [await bucket.acquire() for _ in range(permits)]


async def test_a_full_bucket_lets_all_go_at_once_and_the_next_a_window_later() -> None:
    bucket, begun = TokenBucket(Quota(3, 60)), now()
    for taken in await empty(bucket, 3):
        taken.responded()
    assert now() == begun
    await bucket.acquire()
    assert now() == pytest.approx(begun + WINDOW)


async def test_a_turn_that_came_to_a_caller_who_left_goes_to_the_next() -> None:
    """Cancelled after its token was granted and before it could run: the one moment where a token is easily lost."""
    bucket = TokenBucket(Quota(1, 60), key="GET /api/recipes")
    (taken,) = await empty(bucket, 1)
    first, second = asyncio.create_task(bucket.acquire()), asyncio.create_task(bucket.acquire())
    await settle()
    taken.unsent()  # grants the permit to `first`, whose task has not run yet
    first.cancel()
    await settle()
    assert first.cancelled()
    assert second.done()
    assert bucket.state().waiters == 0
    assert taken.taken <= second.result().taken
    assert bucket.sent == 1


async def test_no_newcomer_passes_those_who_wait() -> None:
    """The token returns and, before the bucket's timer runs, someone else asks for it."""
    bucket = TokenBucket(Quota(1, 60))
    (taken,) = await empty(bucket, 1)
    taken.responded()
    served: list[str] = []

    async def call(name: str) -> None:
        moment = await bucket.acquire()
        served.append(name)
        moment.responded()

    loop = asyncio.get_running_loop()
    newcomers = []
    loop.call_at(now() + WINDOW, lambda: newcomers.append(loop.create_task(call("newcomer"))))
    patient = asyncio.create_task(call("patient"))
    await settle()
    await asyncio.sleep(3 * WINDOW)
    await asyncio.gather(patient, *newcomers)
    assert served == ["patient", "newcomer"]


async def test_a_call_sent_again_goes_to_the_head() -> None:
    bucket = TokenBucket(Quota(1, 60))
    (taken,) = await empty(bucket, 1)
    taken.responded()
    waiting = [asyncio.create_task(bucket.acquire()) for _ in range(3)]
    await settle()
    again = asyncio.create_task(bucket.acquire(ahead=True))
    done, _ = await asyncio.wait({*waiting, again}, return_when=asyncio.FIRST_COMPLETED)
    assert done == {again}
    for task in waiting:
        task.cancel()


async def test_interactive_calls_pass_and_bulk_is_not_starved() -> None:
    bucket = TokenBucket(Quota(1, 1))
    (taken,) = await empty(bucket, 1)
    order: list[str] = []

    async def call(priority: Priority) -> None:
        moment = await bucket.acquire(priority=priority)
        order.append(priority.name[0])
        moment.responded()

    async with asyncio.TaskGroup() as group:
        for priority, count in ((Priority.BULK, 4), (Priority.NORMAL, 4), (Priority.INTERACTIVE, 12)):
            for _ in range(count):
                group.create_task(call(priority))
        await settle()
        taken.responded()
    assert "".join(order[:PASSES]) == "I" * PASSES
    assert order.count("I") == 12
    assert order.count("B") == 4
    first_lower = [index for index, letter in enumerate(order) if letter != "I"]
    assert first_lower[0] == PASSES, "every fifth token goes to a lower priority"
    assert order.index("N") < order.index("B")


async def test_no_priority_is_starved_by_those_above_it() -> None:
    bucket, order = TokenBucket(Quota(1, 1)), ""
    (taken,) = await empty(bucket, 1)

    async def call(priority: Priority) -> None:
        nonlocal order
        moment = await bucket.acquire(priority=priority)
        order += priority.name[0]
        moment.responded()

    async with asyncio.TaskGroup() as group:
        for priority, count in ((Priority.BULK, 2), (Priority.NORMAL, 20), (Priority.INTERACTIVE, 80)):
            for _ in range(count):
                group.create_task(call(priority))
        await settle()
        taken.responded()
    assert [order[:50].count(name) for name in "INB"] == [40, 8, 2]


async def test_too_long_a_wait_fails_at_once_and_says_how_long() -> None:
    bucket, begun = TokenBucket(Quota(1, 60), key="GET /api/recipes"), now()
    (taken,) = await empty(bucket, 1)
    taken.responded()
    with pytest.raises(QuotaWaitError, match="GET /api/recipes") as caught:
        await bucket.acquire(max_wait=5)
    assert caught.value.wait == pytest.approx(WINDOW)
    assert caught.value.max_wait == 5
    assert caught.value.endpoint == "GET /api/recipes"
    assert now() == begun
    assert bucket.state().waiters == 0


async def test_a_wait_that_becomes_too_long_ends_when_the_time_is_up() -> None:
    bucket, begun = TokenBucket(Quota(2, 60)), now()
    first, second = await empty(bucket, 2)
    first.responded()
    waiting = asyncio.create_task(bucket.acquire(max_wait=61))
    await settle()
    second.rate_limited(300.0)
    with pytest.raises(QuotaWaitError):
        await waiting
    assert now() == pytest.approx(begun + 61)
    assert bucket.state().waiters == 0


async def test_a_pause_holds_everyone_and_is_shared() -> None:
    bucket, begun = TokenBucket(Quota(5, 60), adaptive=False), now()
    taken = await empty(bucket, 2)
    assert taken[0].rate_limited(10.0) == 10.0
    assert taken[1].rate_limited(4.0) == 10.0, "a pause is only ever extended"
    moments = await asyncio.gather(*(bucket.acquire() for _ in range(3)))
    assert all(permit.taken == pytest.approx(begun + 10) for permit in moments)


async def test_everything_prints() -> None:
    bucket = TokenBucket(Quota(2, 60), key="GET /api/recipes/{id}")
    taken = await bucket.acquire()
    taken.rate_limited(12.5)
    waiting = asyncio.create_task(bucket.acquire())
    await settle()
    assert (
        repr(bucket)
        == "<TokenBucket GET /api/recipes/{id}: 2 per 60 s, 1 free, 1 waiting, room for 1, paused for 12.5 s>"
    )
    waiting.cancel()


async def test_eta_is_what_comes_true() -> None:
    bucket = TokenBucket(Quota(4, 60))
    assert bucket.eta(4) == 0
    predicted, begun = bucket.eta(10), now()

    async def call() -> None:
        (await bucket.acquire()).responded()

    await asyncio.gather(*(call() for _ in range(10)))
    assert now() - begun == pytest.approx(predicted, abs=0.01)
    assert predicted == pytest.approx(2 * WINDOW)


async def test_many_cancelled_waiters_do_not_pile_up() -> None:
    bucket = TokenBucket(Quota(1, 60))
    await empty(bucket, 1)
    for _ in range(20):
        tasks = [asyncio.create_task(bucket.acquire()) for _ in range(100)]
        await settle()
        for task in tasks:
            task.cancel()
        await settle()
    assert bucket.state().waiters == 0
    assert bucket._queue.before(Priority.BULK) == 0
    assert sum(len(level) for level in bucket._queue._levels) < 200


def test_another_loop_takes_over_when_the_first_one_is_closed() -> None:
    bucket = TokenBucket(Quota(2, 60), key="GET /api/recipes")
    first, second = VirtualTimeLoop(), VirtualTimeLoop()
    first.run_until_complete(bucket.acquire())
    first.close()
    second.run_until_complete(bucket.acquire())
    assert bucket.state().free == 0, "what the first loop had in flight may have arrived"
    second.run_until_complete(bucket.acquire())
    second.close()


def test_another_loop_takes_over_from_one_that_stands_still_and_what_is_in_flight_there_goes_on() -> None:
    bucket = TokenBucket(Quota(2, 60), key="GET /api/recipes")
    first, second = VirtualTimeLoop(), VirtualTimeLoop()
    permit = first.run_until_complete(bucket.acquire())
    second.run_until_complete(bucket.acquire())
    assert bucket.state().free == 0
    permit.unsent()
    assert bucket.state().free == 1
    first.close()
    second.close()


def test_another_loop_is_rejected_while_callers_wait_on_one_that_stands_still() -> None:
    bucket = TokenBucket(Quota(1, 60), key="GET /api/recipes")
    first, second = VirtualTimeLoop(), VirtualTimeLoop()
    first.run_until_complete(bucket.acquire()).responded()
    waiting = first.create_task(bucket.acquire())
    first.run_until_complete(asyncio.sleep(0))
    with pytest.raises(ConfigurationError, match="GET /api/recipes wait on another event loop"):
        second.run_until_complete(bucket.acquire())
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        first.run_until_complete(waiting)
    second.run_until_complete(bucket.acquire(max_wait=61))
    first.close()
    second.close()


class TestPaced:
    async def test_calls_are_evenly_spaced(self) -> None:
        bucket, moments = PacedBucket(Quota(60, 60)), []
        for _ in range(5):
            taken = await bucket.acquire()
            moments.append(now())
            taken.responded()
        gaps = [later - earlier for earlier, later in itertools.pairwise(moments)]
        assert gaps == pytest.approx([1.0] * 4)

    async def test_late_arrivals_do_not_break_the_quota(self) -> None:
        """Spacing alone would: the second window's calls overtake the first one's. The tokens forbid it."""
        bucket, arrivals = PacedBucket(Quota(5, 5)), []

        async def call(number: int) -> None:
            taken = await bucket.acquire()
            await asyncio.sleep(4.5 if number < 5 else 0.0)
            arrivals.append(now())
            taken.responded()

        await asyncio.gather(*(call(number) for number in range(15)))
        arrivals.sort()
        assert all(later - earlier > 5 for earlier, later in zip(arrivals, arrivals[5:], strict=False))

    async def test_a_cancelled_call_gives_its_token_back(self) -> None:
        bucket = PacedBucket(Quota(2, 60))
        (await bucket.acquire()).responded()
        waiting = asyncio.create_task(bucket.acquire())
        await settle()
        waiting.cancel()
        await settle()
        assert bucket.state().free == 1
        assert bucket.sent == 1

    async def test_max_wait_counts_the_spacing(self) -> None:
        bucket = PacedBucket(Quota(60, 60))
        tasks = [asyncio.create_task(bucket.acquire()) for _ in range(10)]
        await settle()
        with pytest.raises(QuotaWaitError):
            await bucket.acquire(max_wait=5)
        for task in tasks:
            task.cancel()

    async def test_a_pause_holds_calls_that_wait_for_their_moment(self) -> None:
        bucket, moments = PacedBucket(Quota(60, 60)), []

        async def call() -> None:
            taken = await bucket.acquire()
            moments.append(now())
            taken.responded()

        refused = await bucket.acquire()
        calls = [asyncio.create_task(call()) for _ in range(3)]
        await settle()
        ended = now() + refused.rate_limited(10.0)
        await asyncio.gather(*calls)
        assert moments == pytest.approx([ended, ended + 1, ended + 2], abs=0.1)

    def test_another_loop_may_follow_a_closed_one(self) -> None:
        bucket = PacedBucket(Quota(60, 60))
        for _ in range(2):
            asyncio.run(bucket.acquire())
        assert (bucket.sent, bucket.state().free) == (2, 58), "the first loop's token counts as lost, not as free"
