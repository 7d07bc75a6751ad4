"""The permits that processes share, as values: exact for the sum of all workers, whatever becomes of each."""

from __future__ import annotations

import math
from collections.abc import Sequence

import attrs
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.machine_simulation import Machine, most_in_a_window
from workato_async.limits.bucket import CLOCK_DRIFT, LATE_ARRIVAL, Permits
from workato_async.limits.quota import Quota
from workato_async.limits.shared_state import OVERSLEPT, STEP_BACK, SharedPermits, SharedState

PER = 20.0
WINDOW = PER * (1 + CLOCK_DRIFT)
LEASE = 90.0


def still() -> float:
    return 0.0


class Workers:
    """Workers that share a quota, and every arrival there is; ``now`` is true time, ``boot`` when the clock began."""

    def __init__(self, requests: int, count: int = 4, *, adaptive: bool = True) -> None:
        self.quota = Quota(requests, PER)
        self.now, self.boot = 1000.0, 0.0
        self.arrivals: list[float] = []
        self.adaptive = adaptive
        self.names = [f"w{number}" for number in range(count)]
        self.out: dict[str, list[tuple[float, float]]] = {name: [] for name in self.names}
        """Of every permit that a worker holds, the time of the clock at which it was taken, and the true time."""
        self.dead: list[str] = []
        self._kept = msgspec.msgpack.encode(SharedState())

    def step(self) -> SharedPermits:
        """Begin a transaction; :meth:`keep` ends it."""
        state = msgspec.msgpack.decode(self._kept, type=SharedState)
        return SharedPermits(state, self.quota, self.now - self.boot, adaptive=self.adaptive, draw=still)

    def keep(self, permits: SharedPermits) -> None:
        state, room = permits.state, permits.room
        held = sum(len(worker.held) for worker in state.workers.values())
        assert 1 <= room <= self.quota.requests
        assert permits.free + held + len(state.resting) == room, "every permit in circulation is somewhere, once"
        assert all(worker.held or worker.waiting for worker in state.workers.values()), "nothing is kept for nothing"
        self._kept = msgspec.msgpack.encode(state)

    def take(self, name: str, wanted: int = 1) -> int:
        permits = self.step()
        granted = permits.take(name, wanted)
        assert granted == wanted or permits.next_available_at(name) > permits.now, "it would look again at once"
        self.keep(permits)
        self.out[name] += [(permits.now, self.now)] * granted
        return granted

    def settle(self, name: str, fate: str, early: bool) -> None:
        if not self.out[name]:
            return
        taken, since = self.out[name].pop(0)
        permits = self.step()
        if fate == "unsent":
            permits.unsent(name, taken)
        elif fate == "lost":
            permits.rests(name, taken, WINDOW + LATE_ARRIVAL)
            self.arrivals.append(since if early else self.now + LATE_ARRIVAL)
        else:
            self.arrivals.append(since if early else self.now)
            if fate == "accepted":
                permits.accepted()
                permits.rests(name, taken, WINDOW)
            else:
                permits.rate_limited(name, taken, None if fate == "rate limited" else 5.0)
        self.keep(permits)

    def die(self, name: str, early: bool) -> None:
        """Have a process end; another one takes its place, under another name."""
        self.arrivals += [since if early else self.now + LATE_ARRIVAL for _, since in self.out[name]]
        self.dead.append(name)
        del self.out[name]
        self.names[self.names.index(name)] = reborn = f"{name}'"
        self.out[reborn] = []

    def bury(self) -> None:
        permits = self.step()
        permits.bury(self.dead, LEASE)
        self.keep(permits)

    def reboot(self) -> None:
        for name in list(self.names):
            self.die(name, early=True)
        self.boot = self.now - 1.0


@attrs.frozen
class Event:
    after: float
    worker: int
    what: str
    early: bool
    wanted: int


events = st.builds(
    Event,
    after=st.one_of(st.just(0.0), st.floats(0.0, 2.0), st.floats(0.0, 25.0)),
    worker=st.integers(0, 3),
    what=st.sampled_from(
        ["take"] * 6 + ["accepted"] * 4 + ["lost", "unsent", "rate limited", "rate limited for 5 s", "die", "bury"]
        + ["reboot"]
    ),
    early=st.booleans(),
    wanted=st.integers(1, 5),
)  # fmt: skip


@given(requests=st.integers(1, 6), adaptive=st.booleans(), plan=st.lists(events, max_size=60))
def test_never_more_arrivals_than_the_quota_and_no_permit_is_lost(
    requests: int, adaptive: bool, plan: Sequence[Event]
) -> None:
    workers = Workers(requests, adaptive=adaptive)
    for event in plan:
        workers.now += event.after
        name = workers.names[event.worker]
        if event.what == "take":
            workers.take(name, event.wanted)
        elif event.what == "die":
            workers.die(name, event.early)
        elif event.what == "bury":
            workers.bury()
        elif event.what == "reboot":
            workers.reboot()
        else:
            workers.settle(name, event.what, event.early)
    assert most_in_a_window(workers.arrivals, PER) <= requests
    for name in workers.names:
        while workers.out[name]:
            workers.settle(name, "accepted", early=False)
    workers.bury()
    workers.now += 100 * PER
    permits = workers.step()
    assert permits.free == requests
    assert not permits.state.resting
    assert not [name for name, worker in permits.state.workers.items() if worker.held]


@given(
    requests=st.integers(1, 12),
    plan=st.lists(
        st.tuples(
            st.floats(0.0, 15.0),
            st.sampled_from(
                ["take"] * 5 + ["responded"] * 4 + ["given_up", "unsent", "rate limited", "limited for 5 s"]
            ),
        ),
        max_size=80,
    ),
)
def test_one_worker_decides_as_the_bucket_of_one_process_does(requests: int, plan: list[tuple[float, str]]) -> None:
    """Slow start, pauses, room, credit and rests: the same answers to the same questions."""
    clock = [1000.0]
    shared = Machine(lambda: clock[0]).bucket(Quota(requests, 8.0))._shared
    alone = Permits(Quota(requests, 8.0), draw=still)
    out: list[float] = []
    for after, what in plan:
        clock[0] += after
        now = clock[0]
        if what == "take":
            took = shared.take(now)
            assert took == alone.take(now)
            out += [now] * took
        elif out:
            taken = out.pop(0)
            for core in (shared, alone):
                if what == "responded":
                    core.responded(taken, now)
                elif what == "given_up":
                    core.given_up(taken, now)
                elif what == "unsent":
                    core.unsent(taken, now)
                else:
                    core.rate_limited(taken, 5.0 if what == "limited for 5 s" else None, now)
            if what.startswith(("rate", "limited")):
                assert shared.room == alone.room
                assert shared.paused_until == pytest.approx(alone.paused_until)
        assert shared.wait_for(0, now) == pytest.approx(alone.wait_for(0, now))
        assert shared.wait_for(3, now) == pytest.approx(alone.wait_for(3, now))


def test_while_several_wait_each_gets_its_share_of_a_burst() -> None:
    workers = Workers(12)
    assert workers.take("w0", 100) == 12
    for name in ("w1", "w2", "w3"):
        assert workers.take(name, 100) == 0
    for _ in range(12):
        workers.settle("w0", "accepted", early=True)
    workers.now += WINDOW / 2
    for name in workers.names:
        assert workers.take(name, 100) == 0
    workers.now += WINDOW / 2
    assert [workers.take(name, 100) for name in ("w1", "w2", "w3", "w0")] == [3, 3, 3, 3]


def test_the_one_that_has_waited_longest_is_next() -> None:
    workers = Workers(1)
    assert workers.take("w0", 5) == 1
    turns = []
    for name in ("w2", "w1", "w3"):
        workers.now += 0.1
        workers.take(name, 5)
    holder = "w0"
    for _ in range(8):
        workers.settle(holder, "accepted", early=True)
        workers.now += WINDOW / 2
        for name in workers.names:
            workers.take(name, 5)
        workers.now += WINDOW / 2 + 0.1
        (holder,) = [name for _ in range(2) for name in workers.names if workers.take(name, 5)]
        turns.append(holder)
    assert turns == ["w0", "w2", "w1", "w3"] * 2


def test_a_worker_that_does_not_come_is_not_waited_for() -> None:
    workers = Workers(2)
    assert workers.take("w2", 2) == 2
    for name in ("w0", "w1"):
        assert workers.take(name, 5) == 0
    for _ in range(2):
        workers.settle("w2", "accepted", early=True)
    workers.now += WINDOW / 2
    for name in ("w0", "w1"):
        assert workers.take(name, 5) == 0
    workers.now += WINDOW / 2
    assert workers.take("w1", 5) == 1, "the other one is w0's"
    workers.now += OVERSLEPT * PER
    assert workers.take("w1", 5) == 0
    workers.now += 0.1
    assert workers.take("w1", 5) == 1


def test_one_that_has_had_its_share_lets_a_newcomer_pass() -> None:
    workers = Workers(12)
    assert workers.take("w0", 100) == 12, "nobody else is there"
    workers.settle("w0", "unsent", early=True)
    assert workers.take("w1", 1) == 1


def test_a_pause_holds_all_workers() -> None:
    workers = Workers(4)
    workers.take("w0")
    workers.settle("w0", "rate limited for 5 s", early=True)
    assert workers.take("w1") == 0
    assert workers.step().wait_for(0) == 5.0
    workers.now += 5.0
    permits = workers.step()
    permits.resume()
    assert permits.next_available_at("w1") >= permits.now


def test_a_pause_can_be_ended_for_all_workers() -> None:
    workers = Workers(4, adaptive=False)
    workers.take("w0")
    workers.settle("w0", "rate limited for 5 s", early=True)
    permits = workers.step()
    permits.resume()
    workers.keep(permits)
    assert workers.take("w1") == 1


def test_what_is_withheld_is_withheld_from_all() -> None:
    workers = Workers(6)
    assert [workers.take(name) for name in workers.names] == [1, 1, 1, 1]
    workers.settle("w0", "rate limited", early=True)
    assert workers.step().room == 5, "its permit"
    workers.settle("w1", "rate limited", early=True)
    assert workers.step().room == 4


def test_what_nobody_uses_is_withheld_if_many_requests_were_on_their_way() -> None:
    workers = Workers(12)
    assert [workers.take(name, 2) for name in workers.names] == [2, 2, 2, 2]
    workers.settle("w0", "rate limited", early=True)
    assert workers.step().room == 7


def test_a_worker_that_holds_a_permit_beyond_the_lease_has_given_it_up() -> None:
    workers = Workers(1)
    workers.take("w0")
    workers.now += LEASE
    workers.bury()
    assert workers.take("w1") == 0
    workers.now += WINDOW + LATE_ARRIVAL
    assert workers.take("w1") == 1
    workers.settle("w0", "accepted", early=True)
    assert not workers.step().state.resting, "it says so too late"


def test_what_a_worker_says_it_holds_is_all_it_holds() -> None:
    workers = Workers(3)
    assert workers.take("w0", 3) == 3
    permits = workers.step()
    permits.keep_only("w0", [workers.out["w0"][0][0]])
    workers.keep(permits)
    assert len(workers.step().state.workers["w0"].held) == 1
    assert len(workers.step().state.resting) == 2


def test_processors_that_disagree_about_the_time_are_no_reboot() -> None:
    workers = Workers(1)
    workers.take("w0")
    workers.now -= STEP_BACK / 2
    permits = workers.step()
    assert permits.state.workers["w0"].held
    assert permits.now == 1000.0
    workers.now = 500.0
    assert workers.step().free == 0, "all permits may have been used just before the reboot"
    assert workers.step().state.workers == {}


def test_the_quota_of_a_state_that_was_never_used_is_all_there() -> None:
    assert SharedPermits(SharedState(), Quota(60, 60), 5.0, adaptive=True, draw=still).free == 60
    assert SharedState().seen == -math.inf
