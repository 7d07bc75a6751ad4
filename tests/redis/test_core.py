"""Workers over the script have the same permits at the same times as the core of the bucket in this process has.

What any worker does is also done with the core, and the results have to be the same. (The core is shared by nobody; it
does not know of workers.)
"""

from __future__ import annotations

import pytest
import redis
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.support.redis_script import Scripted
from workato_async.limits.bucket import Permits
from workato_async.limits.quota import Quota
from workato_async.limits.redis.timings import Timings
from workato_async.limits.redis.worker import WorkerPermits

TICK = 0.25
"""Seconds; everything happens at a multiple of it, and no permit returns or pause ends near one."""
PER = 21.3
WORKERS = ("one", "two", "three")

workers = st.integers(0, 2)


class CoreMachine(RuleBasedStateMachine):
    """The same sequence of events for both."""

    client: redis.Redis

    @initialize(requests=st.integers(1, 5), adaptive=st.booleans(), drawn=st.sampled_from([0.0, 0.4, 1.0]))
    def begin(self, requests: int, adaptive: bool = True, drawn: float = 0.0) -> None:
        quota = Quota(requests, PER)
        self.now = 1000.0
        self.out: list[tuple[int, float]] = []
        self.core = Permits(quota, adaptive=adaptive, draw=lambda: drawn)
        self.permits = [
            WorkerPermits(Timings.of(quota, lease=1e6), adaptive=adaptive, draw=lambda: drawn) for _ in WORKERS
        ]
        self.store = Scripted(self.client)
        self.step(0, 0)
        self.now += TICK

    def step(self, worker: int, waiting: int, *, heard: bool = True) -> None:
        step = self.permits[worker].step(WORKERS[worker], waiting, self.now, server_age=1e9)
        reply, _ = self.store.step("bucket", round(self.now * 1e6), step, WORKERS)
        assert reply is not None
        if heard:
            self.permits[worker].on_reply(reply, self.now)

    @rule(ticks=st.one_of(st.integers(1, 4), st.integers(1, 120)))
    def time_passes(self, ticks: int) -> None:
        self.now += ticks * TICK

    @rule(worker=workers)
    def take(self, worker: int) -> None:
        expected = self.core.take(self.now)
        self.step(worker, 1)
        assert self.permits[worker].take(self.now) is expected
        if expected:
            self.out.append((worker, self.now))
        self.step(worker, 0)

    @precondition(lambda self: self.out)
    @rule(which=st.integers(0, 9), heard=st.booleans())
    def responded(self, which: int, heard: bool = True) -> None:
        worker, taken = self.out.pop(which % len(self.out))
        self.core.responded(taken, self.now)
        self.permits[worker].responded(taken, self.now)
        self.step(worker, 0, heard=heard)
        self.step(worker, 0)

    @precondition(lambda self: self.out)
    @rule()
    def given_up(self) -> None:
        worker, taken = self.out.pop(0)
        self.core.given_up(taken, self.now)
        self.permits[worker].given_up(taken, self.now)

    @precondition(lambda self: self.out)
    @rule()
    def unsent(self) -> None:
        worker, taken = self.out.pop()
        self.core.unsent(taken, self.now)
        self.permits[worker].unsent(taken, self.now)

    @precondition(lambda self: self.out)
    @rule(which=st.integers(0, 9), retry_after=st.sampled_from([None, None, 3.1, 30.1, 4000.1]))
    def rate_limited(self, which: int, retry_after: float | None) -> None:
        worker, taken = self.out.pop(which % len(self.out))
        self.core.rate_limited(taken, retry_after, self.now)
        self.permits[worker].rate_limited(taken, retry_after, self.now)
        assert self.permits[worker].paused_until == pytest.approx(self.core.paused_until, abs=1e-2)
        self.step(worker, 0)

    @rule(worker=workers)
    def steps_make_no_difference(self, worker: int) -> None:
        self.step(worker, 0)

    @rule(worker=workers, waiting=st.integers(0, 2))
    def a_reply_is_lost(self, worker: int, waiting: int) -> None:
        self.step(worker, waiting, heard=False)
        self.step(worker, 0)  # the step comes again as it was; what happened meanwhile is told in the next one

    @invariant()
    def the_same_permits_are_free(self) -> None:
        for worker, permits in enumerate(self.permits):
            self.step(worker, 0)
            assert permits.out == sum(who == worker for who, _ in self.out)
        reply = self.permits[-1].reply
        assert reply is not None
        assert max(0, reply.free) == self.core.free(self.now)
        assert reply.room == self.core.room
        assert self.core.in_flight == len(self.out)
        assert reply.paused / 1e6 == pytest.approx(max(0.0, self.core.paused_until - self.now), abs=1e-2)


def test_the_core_and_the_store_agree(blocking_client: redis.Redis) -> None:
    CoreMachine.client = blocking_client
    run_state_machine_as_test(CoreMachine)


volleys = st.tuples(st.integers(1, 150), st.integers(0, 6), st.integers(0, 6), st.integers(0, 6))
WINDOW = 86
"""Ticks after which what returns in a window is back."""
FIRST = (1, 5, 1, 4)
PROBES = [(gap * WINDOW, 2, 1, 1) for gap in (1, 2, 4)]
RESTS = [(rest * WINDOW, 1, 0, 1) for rest in (1, 2, 4, 8, 16)]


@example(5, 0.0, [FIRST, (WINDOW, 0, 0, 0), (WINDOW, 0, 0, 0)])
@example(5, 0.0, [FIRST, *PROBES, (4 * WINDOW, 0, 0, 0), (WINDOW, 0, 0, 0)])
@example(5, 0.0, [FIRST, *PROBES, (2 * WINDOW, 1, 0, 1), (2 * WINDOW, 0, 0, 0)])
@example(1, 0.0, [*RESTS, (16 * WINDOW, 1, 1, 0), (WINDOW, 1, 1, 0), (WINDOW, 1, 0, 1), (8 * WINDOW, 1, 0, 0)])
@given(st.sampled_from([1, 2, 5, 30]), st.sampled_from([0.0, 0.4, 1.0]), st.lists(volleys, min_size=4, max_size=20))
def test_the_core_and_the_store_agree_on_the_room(
    blocking_client: redis.Redis, requests: int, drawn: float, steps: list[tuple[int, int, int, int]]
) -> None:
    CoreMachine.client = blocking_client
    machine = CoreMachine()
    machine.begin(requests, drawn=drawn)
    for ticks, takes, responses, rate_limited in steps:
        machine.time_passes(ticks)
        for _ in range(takes):
            machine.take(worker=0)
        for _ in range(min(responses, len(machine.out))):
            machine.responded(which=0)
        for _ in range(min(rate_limited, len(machine.out))):
            machine.rate_limited(which=0, retry_after=3.1)
        machine.the_same_permits_are_free()


def test_a_permit_granted_in_a_reply_that_was_lost_rests_as_long_as_it_would_have(blocking_client: redis.Redis) -> None:
    CoreMachine.client = blocking_client
    machine = CoreMachine()
    machine.begin(requests=1)
    machine.take(worker=0)
    machine.responded(which=0)
    machine.time_passes(ticks=40)
    machine.a_reply_is_lost(worker=1, waiting=1)
    machine.the_same_permits_are_free()
    machine.take(worker=2)
    machine.time_passes(ticks=46)
    machine.the_same_permits_are_free()
    machine.take(worker=2)
    assert machine.out


def test_a_step_that_arrives_after_a_later_one_is_not_carried_out(blocking_client: redis.Redis) -> None:
    permits, store = WorkerPermits(Timings.of(Quota(3, PER), lease=60.0)), Scripted(blocking_client)
    late, timely = (permits.step("w", waiting, 1000.0, server_age=1e9) for waiting in (3, 0))
    reply, _ = store.step("bucket", 10**9, timely, ["w"])
    assert reply is not None
    before = store.state("bucket")
    assert store.step("bucket", 10**9, late, ["w"]) == (None, [])
    assert store.state("bucket") == before
