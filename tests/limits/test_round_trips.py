"""The credit: what the shortest round trips seen are worth, and when they are worth nothing."""

from __future__ import annotations

import math

import pytest

from workato_async.limits.round_trips import CREDIT_DOUBT, CREDIT_SAMPLE, CREDIT_SAMPLE_MOST, RoundTrips

WINDOW = 1.0


def windows(trips: RoundTrips, *seconds: float, start: float = 0.0) -> float:
    """Add one round trip per window; return the start of the next window."""
    for number, trip in enumerate(seconds):
        trips.add(trip, start + number * WINDOW)
    return start + len(seconds) * WINDOW


def test_a_quicker_response_shrinks_the_credit_before_its_window_ends() -> None:
    trips = RoundTrips(WINDOW)
    following = windows(trips, *[0.2] * CREDIT_SAMPLE)
    assert trips.credit() == pytest.approx(0.2)
    trips.add(0.05, following - WINDOW / 2)
    assert trips.credit() == pytest.approx(0.05)
    trips.add(0.1, following - WINDOW / 4)
    assert trips.credit() == pytest.approx(0.05), "the shortest one counts, not the last one"


def test_the_shortest_trip_is_never_forgotten() -> None:
    trips = RoundTrips(WINDOW)
    windows(trips, 0.2, *[0.3] * 10_000)
    assert trips.shortest == 0.2
    assert trips.credit() <= 0.2


def test_nothing_is_given_back_before_the_sample_is_complete() -> None:
    trips = RoundTrips(WINDOW)
    following = windows(trips, *[0.2] * (CREDIT_SAMPLE - 1))
    assert trips.credit() == 0.0
    windows(trips, 0.2, start=following)
    assert trips.credit() == pytest.approx(0.2)


def test_a_burst_counts_as_one_sample_and_a_new_window_as_the_next() -> None:
    trips = RoundTrips(WINDOW)
    for moment in (0.0, 0.0, 0.5, 0.999):
        trips.add(0.2, moment)
    assert trips.count == 1
    trips.add(0.2, 1.0)
    assert trips.count == 2


def test_the_sample_of_a_window_is_its_shortest_trip() -> None:
    """Whatever else a window saw: its long trips do not raise the doubt."""
    trips = RoundTrips(WINDOW)
    for number in range(CREDIT_SAMPLE + 1):
        trips.add(0.2, number * WINDOW)
        trips.add(0.9, number * WINDOW + 0.25)
    assert trips.credit() == pytest.approx(0.2)


def test_a_spread_is_taken_off() -> None:
    trips = RoundTrips(WINDOW)
    windows(trips, *[0.5, 0.7] * (CREDIT_SAMPLE // 2))
    assert trips.credit() == pytest.approx(0.5 - CREDIT_DOUBT * 0.1 / math.sqrt(CREDIT_SAMPLE))


def test_a_doubt_longer_than_the_trip_is_no_credit() -> None:
    trips = RoundTrips(WINDOW)
    windows(trips, *[0.01, 0.9] * (CREDIT_SAMPLE // 2))
    assert trips.credit() == 0.0


def test_a_rate_limited_request_takes_the_credit_and_doubles_the_sample() -> None:
    trips = RoundTrips(WINDOW)
    following = windows(trips, *[0.05] * CREDIT_SAMPLE)
    trips.rate_limited()
    assert trips.credit() == 0.0
    following = windows(trips, *[0.2] * (2 * CREDIT_SAMPLE - 1), start=following)
    assert trips.credit() == 0.0
    windows(trips, 0.2, start=following)
    assert trips.credit() == pytest.approx(0.2), "the 0.05 s are forgotten"


def test_the_sample_has_a_limit() -> None:
    trips = RoundTrips(WINDOW)
    for _ in range(20):
        trips.rate_limited()
    assert trips.needed == CREDIT_SAMPLE_MOST
