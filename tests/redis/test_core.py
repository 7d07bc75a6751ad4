"""One worker over the script has the same tokens at the same moments as the core of the bucket in this process."""

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

from tests.redis.scripted import Scripted
from tests.redis.server import RedisServer
from workato_async.limits.bucket import Tokens
from workato_async.limits.quota import Quota
from workato_async.limits.redis_claims import Claims
from workato_async.limits.redis_terms import Terms

TICK = 0.25
"""Seconds; everything happens at a multiple of it, and no token returns or pause ends near one."""
PER = 21.3


class CoreMachine(RuleBasedStateMachine):
    """The same sequence of events for both."""

    client: redis.Redis

    @initialize(requests=st.integers(1, 5))
    def begin(self, requests: int) -> None:
        quota = Quota(requests, PER)
        self.now = 1000.0
        self.out: list[float] = []
        self.tokens = Tokens(quota)
        self.claims = Claims(Terms.of(quota, lease=1e6), "w")
        self.store = Scripted(self.client)
        self.step(0)
        self.now += TICK

    def step(self, waiting: int) -> None:
        step = self.claims.step(waiting, self.now, server_age=1e9)
        answer, _ = self.store.step(round(self.now * 1e6), step, ["w"])
        assert answer is not None
        self.claims.heard(answer, self.now)

    @rule(ticks=st.one_of(st.integers(1, 4), st.integers(1, 120)))
    def time_passes(self, ticks: int) -> None:
        self.now += ticks * TICK

    @rule()
    def take(self) -> None:
        expected = self.tokens.take(self.now)
        self.step(1)
        assert self.claims.take(self.now) is expected
        if expected:
            self.out.append(self.now)
        self.step(0)

    @precondition(lambda self: self.out)
    @rule(which=st.integers(0, 9))
    def answered(self, which: int) -> None:
        taken = self.out.pop(which % len(self.out))
        self.tokens.accepted()
        self.tokens.answered(taken, self.now)
        self.claims.accepted()
        self.claims.answered(taken, self.now)

    @precondition(lambda self: self.out)
    @rule()
    def lost(self) -> None:
        self.out.pop(0)
        self.tokens.lost(self.now)
        self.claims.lost(self.now)

    @precondition(lambda self: self.out)
    @rule()
    def unsent(self) -> None:
        self.out.pop()
        self.tokens.unsent()
        self.claims.unsent(self.now, again=False)

    @precondition(lambda self: self.out)
    @rule(which=st.integers(0, 9), retry_after=st.sampled_from([None, None, 3.1, 30.1]))
    def refused(self, which: int, retry_after: float | None) -> None:
        taken = self.out.pop(which % len(self.out))
        pause = self.tokens.next_pause(taken) if retry_after is None else retry_after
        self.tokens.answered(taken, self.now)
        self.tokens.pause(self.now + pause, self.now)
        expected = self.tokens.paused_until - self.now
        assert self.claims.refused(taken, retry_after, self.now) == pytest.approx(expected, abs=1e-3)

    @rule()
    def steps_make_no_difference(self) -> None:
        self.step(0)

    @rule(waiting=st.integers(0, 2))
    def an_answer_is_lost(self, waiting: int) -> None:
        step = self.claims.step(waiting, self.now, server_age=1e9)
        self.store.step(round(self.now * 1e6), step, ["w"])

    @invariant()
    def the_same_tokens_are_free(self) -> None:
        self.step(0)
        self.step(0)  # a step whose answer was lost comes again as it was
        self.tokens.collect(self.now)
        assert self.claims.answer is not None
        assert self.claims.answer.free == self.tokens.free
        assert self.claims.out == self.tokens.in_flight == len(self.out)


def test_the_core_and_the_store_agree(shared_server: RedisServer) -> None:
    with redis.Redis(port=shared_server.port) as client:
        CoreMachine.client = client
        run_state_machine_as_test(CoreMachine)
