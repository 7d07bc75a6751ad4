"""What is really there of a quota: the rule as values, and what it does to a bucket."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workato_async.limits.bucket import Permits
from workato_async.limits.quota import Quota
from workato_async.limits.room import GROWTH, LONGEST_GAP, LONGEST_REST, Room
from workato_async.limits.slow_start import LEAST_BURST


def still() -> float:
    return 0.0


def test_a_rate_limited_permit_is_withheld_and_unused_ones_with_the_first_of_a_volley() -> None:
    room = Room(60, 60.0, still)
    assert room.rate_limited(taken=0.0, unused=20, now=1.0) == (20, 0.0)
    assert room.size == 39
    assert room.rate_limited(taken=0.5, unused=5, now=1.0) == (0, 0.0), "of the same volley"
    assert room.size == 38
    assert room.rate_limited(taken=2.0, unused=1, now=3.0) == (1, 0.0)


def test_the_last_permit_rests_longer_instead() -> None:
    room = Room(1, 1.0, still)
    rests = [room.rate_limited(taken=float(time), unused=0, now=time + 0.5)[1] for time in range(6)]
    assert rests == [2, 4, 8, 16, LONGEST_REST, LONGEST_REST]
    room.accepted()
    assert room.rate_limited(taken=10.0, unused=0, now=10.5) == (0, LONGEST_REST)
    for _ in range(5):
        room.accepted()
    assert room.forgettable(10.5)
    assert room.probe_at == math.inf


def test_probes_bring_back_more_and_more() -> None:
    room = Room(60, 10.0, still)
    room.rate_limited(taken=0.0, unused=58, now=1.0)
    assert room.size == 1
    sizes = []
    while room.withheld:
        at = room.probe_at
        assert room.probe(at - 1e-9) == 0
        room.probe(at)
        sizes.append(room.size)
    assert sizes == [1 + 1, 2 + GROWTH, 5 + GROWTH**2, 14 + GROWTH**3, 60]
    assert at == 51.0, "five windows"


def test_a_probe_that_is_rate_limited_doubles_the_gap_and_begins_anew() -> None:
    room = Room(60, 10.0, still)
    room.rate_limited(taken=0.0, unused=29, now=1.0)
    gaps = []
    for _ in range(4):
        at = room.probe_at
        assert room.probe(at) == 1
        room.rate_limited(taken=at, unused=0, now=at + 0.5)
        gaps.append((room.probe_at - at - 0.5) / 10.0)
    assert gaps == pytest.approx([2, LONGEST_GAP, LONGEST_GAP, LONGEST_GAP])


def test_a_room_is_remembered_until_its_last_probe_has_stood_the_test() -> None:
    room = Room(2, 10.0, still)
    room.rate_limited(taken=0.0, unused=0, now=1.0)
    assert room.probe(11.0) == 1
    assert not room.withheld
    assert not room.forgettable(11.0)
    room.rate_limited(taken=11.0, unused=0, now=12.0)
    assert room.probe_at == 32.0, "the gap is doubled"
    room.probe(32.0)
    assert room.forgettable(47.1)


def test_a_429_long_after_the_last_probe_halves_the_gap() -> None:
    room = Room(60, 10.0, still)
    room.rate_limited(taken=0.0, unused=50, now=1.0)
    for _ in range(3):
        at = room.probe_at
        room.probe(at)
        room.rate_limited(taken=at, unused=0, now=at)
    room.rate_limited(taken=at + 16.0, unused=0, now=at + 16.0)
    assert room.probe_at == pytest.approx(at + 16.0 + 10.0 * LONGEST_GAP / 2)


@given(st.floats(0.0, 1.0), st.integers(1, 100))
def test_gaps_and_rests_carry_jitter_of_a_quarter_at_most(drawn: float, requests: int) -> None:
    room = Room(requests, 10.0, lambda: drawn)
    _, rest = room.rate_limited(taken=0.0, unused=requests - 1, now=0.0)
    if requests == 1:
        assert 2 <= rest <= 2.5
    else:
        assert 10 <= room.probe_at <= 12.5


step = st.sampled_from(["take", "take", "take", "respond", "limit", "limit for 3 s", "give up", "unsent", "wait"])


@given(st.integers(1, 70), st.lists(st.tuples(step, st.floats(0.0, 15.0)), max_size=120))
def test_never_more_than_published_at_least_one_in_circulation_and_all_come_back(
    requests: int, steps: list[tuple[str, float]]
) -> None:
    permits, now, out = Permits(Quota(requests, 10.0)), 100.0, list[float]()
    for action, seconds in steps:
        if action == "wait":
            now += seconds
        elif action == "take":
            at = permits.next_available_at(now)
            if permits.take(now):
                out.append(now)
                assert at == now
        elif out:
            taken = out.pop(0)
            if action == "respond":
                permits.responded(taken, now)
            elif action == "give up":
                permits.given_up(taken, now)
            elif action == "unsent":
                permits.unsent(taken, now)
            else:
                permits.rate_limited(taken, 3.0 if "3" in action else None, now)
        free = permits.free(now)
        assert 1 <= permits.room <= requests
        assert permits.in_flight == len(out)
        assert 0 <= free <= permits.room - len(out)
        resting = len(permits._returns or ())
        assert free + resting + len(out) == permits.room, "every permit is somewhere, once"
    for taken in out:
        permits.given_up(taken, now)
    now += 10.0 * 1.25 * (LONGEST_REST + LONGEST_GAP + 6)
    assert permits.free(now) == permits.room == requests
    assert permits.next_available_at(now) == now or permits.paused_until > now


def test_a_server_with_half_of_the_quota_is_found_out_with_one_volley() -> None:
    """Sixty published, thirty there: thirty are rate limited once, then one probe now and then."""
    permits, now, accepted, limited = Permits(Quota(60, 6.0)), 0.0, list[float](), 0
    served: list[float] = []
    while now < 300:
        at = permits.next_available_at(now)
        assert at is not None
        now = max(now, at)
        assert permits.take(now)
        served = [time for time in served if time > now - 6.0]
        if len(served) < 30:
            served.append(now)
            accepted.append(now)
            permits.responded(now, now + 0.001)
        else:
            limited += 1
            permits.rate_limited(now, served[0] + 6.0 - now, now + 0.001)
        now += 0.001
    assert limited <= 45
    assert len(accepted) >= 0.95 * 30 * 50


@pytest.mark.parametrize(("under_way", "room"), [(1, 59), (9, 59), (10, 9), (30, 29)])
def test_unused_permits_are_withheld_only_if_many_requests_were_on_their_way(under_way: int, room: int) -> None:
    """A call that is alone needs them: for its retries."""
    permits = Permits(Quota(60, 60.0), draw=still)
    for _ in range(under_way):
        while not permits.take(0.0):
            permits._start.accepted()  # type: ignore[union-attr]
    permits.rate_limited(0.0, 5.0, 1.0)
    assert permits.room == room


def test_not_adaptive_uses_all_of_it_at_once_and_whatever_the_server_says() -> None:
    permits = Permits(Quota(50, 10.0), adaptive=False)
    assert sum(permits.take(0.0) for _ in range(51)) == 50
    for _ in range(50):
        permits.rate_limited(0.0, 1.0, 0.5)
    assert permits.room == 50
    assert permits.free(11.0) == 50


def test_an_unknown_quota_begins_with_a_few_requests_and_one_more_for_every_response() -> None:
    permits = Permits(Quota(60, 60.0))
    assert [permits.take(0.0) for _ in range(11)] == [True] * 10 + [False], "a sixth of the quota"
    assert permits.next_available_at(0.0) == pytest.approx(60.006), "unless a response comes"
    permits.responded(0.0, 0.1)
    assert [permits.take(0.1) for _ in range(3)] == [True, True, False]
    for _ in range(9):
        permits.responded(0.0, 1.0)
    assert sum(permits.take(1.0) for _ in range(60)) == 18
    small = Permits(Quota(LEAST_BURST, 60.0))
    assert all(small.take(0.0) for _ in range(LEAST_BURST))


def test_a_known_quota_is_taken_at_once() -> None:
    permits = Permits(Quota(60, 60.0))
    assert permits.take(0.0)
    permits.responded(0.0, 0.1)
    assert sum(permits.take(200.0) for _ in range(61)) == 60
