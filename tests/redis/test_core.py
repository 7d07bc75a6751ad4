"""Workers over the script have the same tokens at the same moments as the core of the bucket in this process has.

What any worker does is done with the core, too, and the answers have to be the same. (The core is shared by nobody; it
does not know of workers.)
"""

from __future__ import annotations

import pytest
import redis
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
from workato_async.limits.bucket import Tokens
from workato_async.limits.quota import Quota
from workato_async.limits.redis.protocol import Call
from workato_async.limits.redis.timings import Timings
from workato_async.limits.redis.worker import HeldPermits

TICK = 0.25
"""Seconds; everything happens at a multiple of it, and no token returns or pause ends near one."""
PER = 21.3
WORKERS = ("one", "two", "three")

workers = st.integers(0, 2)


class CoreMachine(RuleBasedStateMachine):
    """The same sequence of events for both."""

    client: redis.Redis

    @initialize(requests=st.integers(1, 5))
    def begin(self, requests: int) -> None:
        quota = Quota(requests, PER)
        self.now = 1000.0
        self.out: list[tuple[int, float]] = []
        self.tokens = Tokens(quota)
        self.claims = [HeldPermits(Timings.of(quota, lease=1e6)) for _ in WORKERS]
        self.store = Scripted(self.client)
        self.step(0, 0)
        self.now += TICK

    def step(self, worker: int, waiting: int, *, heard: bool = True) -> None:
        step = self.claims[worker].step(WORKERS[worker], waiting, self.now, server_age=1e9)
        answer, _ = self.store.step("bucket", round(self.now * 1e6), step, WORKERS)
        assert answer is not None
        if heard:
            self.claims[worker].heard(answer, self.now)

    @rule(ticks=st.one_of(st.integers(1, 4), st.integers(1, 120)))
    def time_passes(self, ticks: int) -> None:
        self.now += ticks * TICK

    @rule(worker=workers)
    def take(self, worker: int) -> None:
        expected = self.tokens.take(self.now)
        self.step(worker, 1)
        assert self.claims[worker].take(self.now) is expected
        if expected:
            self.out.append((worker, self.now))
        self.step(worker, 0)

    @precondition(lambda self: self.out)
    @rule(which=st.integers(0, 9), heard=st.booleans())
    def answered(self, which: int, heard: bool = True) -> None:
        worker, taken = self.out.pop(which % len(self.out))
        self.tokens.accepted()
        self.tokens.answered(taken, self.now)
        self.claims[worker].accepted()
        self.claims[worker].answered(taken, self.now)
        self.step(worker, 0, heard=heard)
        self.step(worker, 0)

    @precondition(lambda self: self.out)
    @rule()
    def lost(self) -> None:
        worker, _ = self.out.pop(0)
        self.tokens.lost(self.now)
        self.claims[worker].lost(self.now)

    @precondition(lambda self: self.out)
    @rule()
    def unsent(self) -> None:
        worker, _ = self.out.pop()
        self.tokens.unsent()
        self.claims[worker].unsent(self.now, again=False)

    @precondition(lambda self: self.out)
    @rule(which=st.integers(0, 9), retry_after=st.sampled_from([None, None, 3.1, 30.1, 4000.1]))
    def refused(self, which: int, retry_after: float | None) -> None:
        worker, taken = self.out.pop(which % len(self.out))
        pause = self.tokens.next_pause(taken) if retry_after is None else retry_after
        self.tokens.answered(taken, self.now)
        self.tokens.pause(self.now + pause, self.now)
        expected = self.tokens.paused_until - self.now
        assert self.claims[worker].refused(taken, retry_after, self.now) == pytest.approx(expected, abs=1e-2)
        self.step(worker, 0)

    @rule(worker=workers)
    def steps_make_no_difference(self, worker: int) -> None:
        self.step(worker, 0)

    @rule(worker=workers, waiting=st.integers(0, 2))
    def an_answer_is_lost(self, worker: int, waiting: int) -> None:
        self.step(worker, waiting, heard=False)
        self.step(worker, 0)  # the step comes again as it was; what happened meanwhile is told in the next one

    @rule(worker=workers)
    def a_connection_is_made_anew(self, worker: int) -> None:
        self.claims[worker].relinked()

    @invariant()
    def the_same_tokens_are_free(self) -> None:
        for worker, claims in enumerate(self.claims):
            self.step(worker, 0)
            assert claims.out == sum(who == worker for who, _ in self.out)
        answer = self.claims[-1].answer
        self.tokens.collect(self.now)
        assert answer is not None
        assert answer.free == self.tokens.free
        assert self.tokens.in_flight == len(self.out)
        assert answer.paused / 1e6 == pytest.approx(max(0.0, self.tokens.paused_until - self.now), abs=1e-2)


def test_the_core_and_the_store_agree(blocking_client: redis.Redis) -> None:
    CoreMachine.client = blocking_client
    run_state_machine_as_test(CoreMachine)


def test_a_token_given_in_an_answer_that_was_lost_rests_as_long_as_it_would_have(blocking_client: redis.Redis) -> None:
    CoreMachine.client = blocking_client
    machine = CoreMachine()
    machine.begin(requests=1)
    machine.take(worker=0)
    machine.answered(which=0)
    machine.time_passes(ticks=40)
    machine.an_answer_is_lost(worker=1, waiting=1)
    machine.the_same_tokens_are_free()
    machine.take(worker=2)
    machine.time_passes(ticks=46)
    machine.the_same_tokens_are_free()
    machine.take(worker=2)
    assert machine.out


def test_a_step_that_was_overtaken_is_not_carried_out(blocking_client: redis.Redis) -> None:
    claims, store = HeldPermits(Timings.of(Quota(3, PER), lease=60.0)), Scripted(blocking_client)
    late, timely = (claims.step("w", waiting, 1000.0, server_age=1e9) for waiting in (3, 0))
    answer, _ = store.step("bucket", 10**9, timely, ["w"])
    assert answer is not None
    before = store.state("bucket")
    assert store.step("bucket", 10**9, late, ["w"]) == (None, [])
    assert store.state("bucket") == before


def test_a_token_that_is_heard_of_too_late_is_not_used(blocking_client: redis.Redis) -> None:
    """A worker stands still (SIGSTOP) while it is sent a token, for so long that another one has that token by then."""
    terms, store = Timings.of(Quota(1, 1), lease=2.0), Scripted(blocking_client)
    one, still, other = (HeldPermits(terms) for _ in WORKERS)

    def step(claims: HeldPermits, worker: str, waiting: int, now: float) -> list[tuple[str, Call]]:
        said = claims.step(worker, waiting, now, server_age=1e9)
        answer, calls = store.step("bucket", round((now + 1.7e9) * 1e6), said, WORKERS)
        assert answer is not None
        claims.heard(answer, now)
        return calls

    step(one, "one", 1, 1000.0)
    assert one.take(1000.1)
    assert step(still, "two", 1, 1000.2) == []
    one.answered(1000.1, 1000.3)
    ((worker, call),) = step(one, "one", 0, 1000.4)
    assert (worker, call.tokens) == ("two", 1)
    for moment in (1003.0, 1005.2):  # counted as lost, and back
        step(other, "three", 1, moment)
    assert other.take(1005.2)
    still.called(call, 1005.3)
    assert not still.take(1007.0)
    assert still.report_at is not None, "it is given back"
