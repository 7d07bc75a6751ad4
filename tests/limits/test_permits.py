"""The core of the bucket: functions of values, so that time is whatever the test says."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from workato_async.limits.bucket import CLOCK_DRIFT, FIRST_PAUSE, Permits
from workato_async.limits.quota import Quota
from workato_async.limits.round_trips import CREDIT_SAMPLE

MINUTE = Quota(3, 60)
WINDOW = 60 * (1 + CLOCK_DRIFT)


def test_all_permits_are_there_at_the_start() -> None:
    permits = Permits(MINUTE)
    assert [permits.take(0.0) for _ in range(4)] == [True, True, True, False]
    assert permits.next_available_at(0.0) is None


def test_a_permit_returns_a_window_after_the_response_not_the_sending() -> None:
    permits = Permits(Quota(1, 60))
    assert permits.take(0.0)
    permits.responded(0.0, 7.0)
    assert permits.next_available_at(7.0) == 7.0 + WINDOW
    assert not permits.take(7.0 + WINDOW - 1e-6)
    assert permits.take(7.0 + WINDOW)


def test_a_permit_whose_response_was_lost_rests_a_little_longer() -> None:
    permits = Permits(Quota(1, 60))
    assert permits.take(0.0)
    permits.given_up(0.0, 7.0)
    assert not permits.take(7.0 + WINDOW)
    assert permits.take(7.0 + WINDOW + 1.0)


def test_a_late_request_is_given_one_window_at_most() -> None:
    permits = Permits(Quota(1, 0.25))
    assert permits.take(0.0)
    permits.given_up(0.0, 7.0)
    assert permits.next_available_at(7.0) == pytest.approx(7.0 + 0.25 * (1 + CLOCK_DRIFT) + 0.25)


def test_what_is_in_flight_is_counted() -> None:
    permits = Permits(Quota(5, 60))
    for count in range(1, 5):
        assert permits.take(0.0)
        assert permits.in_flight == count
    permits.responded(0.0, 1.0)
    permits.given_up(0.0, 1.0)
    permits.unsent(0.0, 1.0)
    permits.rate_limited(0.0, 1.0, 1.0)
    assert permits.in_flight == 0


def test_a_permit_for_which_nothing_was_sent_is_back_at_once() -> None:
    permits = Permits(Quota(1, 60))
    assert permits.take(0.0)
    permits.unsent(0.0, 0.0)
    assert permits.take(0.0)


def test_responses_out_of_order_keep_the_returns_in_order() -> None:
    permits = Permits(Quota(2, 60))
    assert permits.take(0.0)
    assert permits.take(0.0)
    permits.given_up(0.0, 10.0)
    permits.responded(0.0, 10.5)
    assert permits.next_available_at(11.0) == 10.5 + WINDOW


def rate_limited(
    permits: Permits, now: float, retry_after: float | None = None, *, taken: float | None = None
) -> float:
    """Have a permit come back with a 429; return the seconds until the pause ends."""
    permits.in_flight += 1
    permits._free -= 1
    permits.rate_limited(now if taken is None else taken, retry_after, now)
    return permits.paused_until - now


def test_a_pause_is_only_ever_extended() -> None:
    permits = Permits(MINUTE, adaptive=False)
    assert rate_limited(permits, 0.0, 20.0) == 20.0
    assert rate_limited(permits, 1.0, 9.0) == 19.0
    assert not permits.take(19.9)
    assert permits.take(20.0)


def test_a_pause_can_be_ended() -> None:
    permits = Permits(MINUTE, adaptive=False)
    rate_limited(permits, 0.0, 1_000.0)
    permits.resume(5.0)
    assert permits.take(5.0)
    permits.resume(5.0)
    assert permits.paused_until == 5.0


def test_pauses_without_retry_after_grow_up_to_one_window_and_start_anew_after_a_success() -> None:
    permits = Permits(MINUTE, adaptive=False)
    pauses: list[float] = []
    now = 1.0
    for _ in range(7):
        pauses.append(rate_limited(permits, now))
        now += 2 * pauses[-1]
    assert pauses == pytest.approx(sorted(pauses))
    assert pauses[:2] == pytest.approx([WINDOW * FIRST_PAUSE, 2 * WINDOW * FIRST_PAUSE])
    assert pauses[-1] == pytest.approx(WINDOW)
    permits.responded(now, now)
    assert rate_limited(permits, now) == pytest.approx(pauses[0])


@pytest.mark.parametrize(
    "taken", [0.5, 1.0], ids=["sent before the pause", "sent, limited and limited again in one tick"]
)
def test_the_429s_of_one_volley_are_one_pause(taken: float) -> None:
    permits = Permits(MINUTE, adaptive=False)
    first = rate_limited(permits, 1.0, taken=0.0)
    assert rate_limited(permits, 1.0, taken=taken) == first, "it says nothing new"


@pytest.mark.parametrize(
    ("ahead", "wait"), [(0, 0.0), (1, 50 + WINDOW - 50), (2, WINDOW), (3, WINDOW), (4, 2 * WINDOW)]
)
def test_the_wait_is_told_in_advance(ahead: int, wait: float) -> None:
    """Three permits: one free, one back a window after 50 s, one still in flight."""
    permits = Permits(MINUTE)
    assert permits.take(0.0)
    assert permits.take(0.0)
    permits.responded(0.0, 50.0)
    assert permits.wait_for(ahead, now=50.0) == pytest.approx(wait)


def test_the_wait_includes_a_pause() -> None:
    permits = Permits(MINUTE)
    rate_limited(permits, 0.0, 30.0)
    assert permits.wait_for(0, now=10.0) == 20.0


Trip = Callable[[random.Random], tuple[float, float]]

TRIPS: dict[str, Trip] = {
    "all before the arrival": lambda r: (r.uniform(0.1, 0.14), 0.0),
    "all after the arrival": lambda r: (0.0, r.uniform(0.1, 0.14)),
    "independent both ways": lambda r: (r.uniform(0.05, 0.07), r.uniform(0.05, 0.07)),
    "long tail": lambda r: (0.02 + r.expovariate(50), 0.02 + r.expovariate(50)),
    "constant": lambda r: (0.1, 0.1),
}


@pytest.mark.parametrize("trip", TRIPS.values(), ids=TRIPS.keys())
@pytest.mark.parametrize("seed", range(5))
def test_the_credit_uses_the_quota_and_causes_no_429(trip: Trip, seed: int) -> None:
    """One call a second for ten minutes: no two arrivals within the second, although round trips are given back."""
    rng = random.Random(seed)
    permits, now, last, calls = Permits(Quota(1, 1)), 0.0, -1.0, 600
    for _ in range(calls):
        moment = permits.next_available_at(now)
        assert moment is not None
        assert permits.take(moment)
        there, back = trip(rng)
        arrival = moment + there
        assert arrival - last >= 1.0
        last, now = arrival, arrival + back
        permits.responded(moment, now)
    assert calls / now >= 0.945, "without the credit: 0.89 to 0.92"


def test_no_credit_before_enough_responses_nor_on_long_windows_nor_after_a_429() -> None:
    def rest(quota: Quota, answers: int, *, refused: bool = False) -> float:
        permits, now = Permits(quota, adaptive=False), 0.0
        for _ in range(answers):
            now = permits.next_available_at(now) or now
            assert permits.take(now)
            now += 0.2
            permits.responded(now - 0.2, now)
        if refused:
            limited = permits.next_available_at(now) or now
            assert permits.take(limited)
            now = limited + 0.2
            permits.rate_limited(limited, 0.0, now)
        back = permits.next_available_at(now)
        assert back is not None
        assert permits.take(back)
        permits.responded(back, back + 0.2)
        return (permits.next_available_at(back + 0.2) or 0.0) - (back + 0.2)

    second = 1 + CLOCK_DRIFT
    assert rest(Quota(1, 1), CREDIT_SAMPLE - 2) == pytest.approx(second)
    assert rest(Quota(1, 1), CREDIT_SAMPLE) == pytest.approx(second - 0.2)
    assert rest(Quota(1, 1), CREDIT_SAMPLE, refused=True) == pytest.approx(second)
    assert rest(Quota(1, 60), CREDIT_SAMPLE) == pytest.approx(WINDOW)
