"""The core of the bucket: functions of values, so that time is whatever the test says."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from workato_async.limits.bucket import CLOCK_DRIFT, FIRST_PAUSE, Tokens
from workato_async.limits.quota import Quota
from workato_async.limits.round_trips import CREDIT_SAMPLE

MINUTE = Quota(3, 60)
WINDOW = 60 * (1 + CLOCK_DRIFT)


def test_all_tokens_are_there_at_the_start() -> None:
    tokens = Tokens(MINUTE)
    assert [tokens.take(0.0) for _ in range(4)] == [True, True, True, False]
    assert tokens.next_event(0.0) is None


def test_a_token_comes_back_a_window_after_its_answer_not_its_sending() -> None:
    tokens = Tokens(Quota(1, 60))
    assert tokens.take(0.0)
    tokens.answered(taken=0.0, now=7.0)
    assert tokens.next_event(7.0) == 7.0 + WINDOW
    assert not tokens.take(7.0 + WINDOW - 1e-6)
    assert tokens.take(7.0 + WINDOW)


def test_a_token_whose_answer_was_lost_rests_a_little_longer() -> None:
    tokens = Tokens(Quota(1, 60))
    assert tokens.take(0.0)
    tokens.lost(now=7.0)
    assert not tokens.take(7.0 + WINDOW)
    assert tokens.take(7.0 + WINDOW + 1.0)


def test_a_token_for_which_nothing_was_sent_is_back_at_once() -> None:
    tokens = Tokens(Quota(1, 60))
    assert tokens.take(0.0)
    tokens.unsent()
    assert tokens.take(0.0)


def test_answers_out_of_order_keep_the_returns_in_order() -> None:
    tokens = Tokens(Quota(2, 60))
    assert tokens.take(0.0)
    assert tokens.take(0.0)
    tokens.lost(now=10.0)
    tokens.answered(taken=0.0, now=10.5)
    assert tokens.next_event(11.0) == 10.5 + WINDOW


def test_a_pause_is_only_ever_extended() -> None:
    tokens = Tokens(MINUTE)
    assert tokens.pause(until=20.0, now=0.0)
    assert not tokens.pause(until=10.0, now=1.0)
    assert not tokens.take(19.9)
    assert tokens.take(20.0)


def test_pauses_without_retry_after_grow_up_to_one_window_and_start_anew_after_a_success() -> None:
    tokens = Tokens(MINUTE)
    pauses = []
    now = 0.0
    for _ in range(7):
        pause = tokens.next_pause(taken=now)
        tokens.pause(now + pause, now)
        pauses.append(pause)
        now += pause
    assert pauses == sorted(pauses)
    assert pauses[:2] == [WINDOW * FIRST_PAUSE, 2 * WINDOW * FIRST_PAUSE]
    assert pauses[-1] == WINDOW
    tokens.accepted()
    assert tokens.next_pause(taken=now) == pauses[0]


def test_the_refusals_of_one_volley_are_one_pause() -> None:
    tokens = Tokens(MINUTE)
    first = tokens.next_pause(taken=0.0)
    tokens.pause(1.0 + first, now=1.0)
    assert tokens.next_pause(taken=0.5) == first, "it was sent before the pause began, so it says nothing new"


@pytest.mark.parametrize(
    ("ahead", "wait"), [(0, 0.0), (1, 50 + WINDOW - 50), (2, WINDOW), (3, WINDOW), (4, 2 * WINDOW)]
)
def test_the_wait_is_told_in_advance(ahead: int, wait: float) -> None:
    """Three tokens: one free, one back a window after 50 s, one still in flight."""
    tokens = Tokens(MINUTE)
    assert tokens.take(0.0)
    assert tokens.take(0.0)
    tokens.answered(taken=0.0, now=50.0)
    assert tokens.wait_for(ahead, now=50.0) == pytest.approx(wait)


def test_the_wait_includes_a_pause() -> None:
    tokens = Tokens(MINUTE)
    tokens.pause(until=30.0, now=0.0)
    assert tokens.wait_for(0, now=10.0) == 20.0


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
def test_the_credit_uses_the_quota_and_causes_no_refusal(trip: Trip, seed: int) -> None:
    """One call a second for ten minutes: no two arrivals within the second, although round trips are given back."""
    rng = random.Random(seed)
    tokens, now, last, calls = Tokens(Quota(1, 1)), 0.0, -1.0, 600
    for _ in range(calls):
        moment = tokens.next_event(now)
        assert moment is not None
        assert tokens.take(moment)
        there, back = trip(rng)
        arrival = moment + there
        assert arrival - last >= 1.0
        last, now = arrival, arrival + back
        tokens.answered(taken=moment, now=now)
    assert calls / now >= 0.945, "without the credit: 0.89 to 0.92"


def test_no_credit_before_enough_answers_nor_on_long_windows_nor_after_a_refusal() -> None:
    def rest(quota: Quota, answers: int, *, refused: bool = False) -> float:
        tokens, now = Tokens(quota), 0.0
        for _ in range(answers):
            now = tokens.next_event(now) or now
            assert tokens.take(now)
            now += 0.2
            tokens.answered(taken=now - 0.2, now=now)
        if refused:
            tokens.pause(now, now)
        back = tokens.next_event(now)
        assert back is not None
        assert tokens.take(back)
        tokens.answered(taken=back, now=back + 0.2)
        return (tokens.next_event(back + 0.2) or 0.0) - (back + 0.2)

    second = 1 + CLOCK_DRIFT
    assert rest(Quota(1, 1), CREDIT_SAMPLE - 2) == pytest.approx(second)
    assert rest(Quota(1, 1), CREDIT_SAMPLE) == pytest.approx(second - 0.2)
    assert rest(Quota(1, 1), CREDIT_SAMPLE, refused=True) == pytest.approx(second)
    assert rest(Quota(1, 60), CREDIT_SAMPLE) == pytest.approx(WINDOW)
