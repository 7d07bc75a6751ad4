"""The least time that quotas allow: exact for one endpoint, never too much for two in a chain."""

from __future__ import annotations

from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workato_async.cli.demo.least_time import Load, least_seconds, least_seconds_chained
from workato_async.limits.quota import Quota


@pytest.mark.parametrize(
    ("calls", "quota", "least"),
    [
        (0, Quota(60, per=60), 0),
        (1, Quota(60, per=60), 0),
        (60, Quota(60, per=60), 0),
        (61, Quota(60, per=60), 60),
        (120, Quota(60, per=60), 60),
        (121, Quota(60, per=60), 120),
        (300, Quota(60, per=6), 24),
        (10, Quota(1, per=1), 9),
        (11, Quota(1, per=0.02), 0.2),
    ],
)
def test_one_endpoint_waits_a_window_for_every_quota_used_up(calls: int, quota: Quota, least: float) -> None:
    assert least_seconds(Load(calls, quota)) == pytest.approx(least)


def test_endpoints_side_by_side_cost_no_more_than_the_slower_one_if_nothing_is_waited_for() -> None:
    # One response sets all of the second endpoint's calls free, so both begin at once.
    first, then = Load(61, Quota(60, per=60)), Load(100, Quota(1, per=1))
    assert least_seconds_chained(first, then, needs=1, enables=1000) == 99


def test_what_the_last_window_sets_free_comes_after_it() -> None:
    # 100 recipes of two calls each: 180 calls, 90 recipes, before second 180; then the calls of ten more, one a second.
    first, then = Load(200, Quota(60, per=60)), Load(100, Quota(1, per=1))
    assert least_seconds_chained(first, then, needs=2, enables=1) == 180 + 9


def test_a_slow_second_endpoint_counts_from_its_first_call() -> None:
    first, then = Load(61, Quota(60, per=60)), Load(500, Quota(1, per=1))
    assert least_seconds_chained(first, then, needs=2, enables=100) == 499


def test_nothing_to_do_takes_no_time() -> None:
    nothing = Load(0, Quota(60, per=60))
    assert least_seconds_chained(nothing, nothing, needs=2, enables=1) == 0


def let_out(ready: list[float], quota: Quota) -> list[float]:
    """Return when a sliding window lets calls through that are ready at these times."""
    out: list[float] = []
    for index, time in enumerate(ready):
        window = out[index - quota.requests] + quota.per if index >= quota.requests else 0.0
        out.append(max(time, window, out[-1] if out else 0.0))
    return out


recipes = st.lists(st.tuples(st.integers(1, 6), st.integers(0, 3)), min_size=1, max_size=40)
quotas = st.builds(Quota, st.integers(1, 10), st.integers(1, 30))


@given(recipes, quotas, quotas)
def test_no_schedule_is_faster_than_the_bound(
    work: list[tuple[int, int]], list_quota: Quota, then_quota: Quota
) -> None:
    """Recipes one after the other, nothing lost on the network: the best a client could do with this order."""
    calls = let_out([0.0] * sum(pages for pages, _ in work), list_quota)
    freed: list[float] = []
    position = 0
    for pages, repeats in work:
        position += pages
        freed += [calls[position - 1]] * repeats
    end = max([calls[-1], *let_out(freed, then_quota)])
    needs = min((pages for pages, repeats in work if repeats), default=1)
    frees = max(repeats for _, repeats in work)
    bound = least_seconds_chained(
        Load(len(calls), list_quota), Load(len(freed), then_quota), needs=needs, enables=frees
    )
    assert max(bound, least_seconds(Load(len(calls), list_quota))) <= end


@given(st.integers(1, 60), st.integers(1, 5), quotas)
def test_with_equal_recipes_the_bound_is_reached(count: int, pages: int, then_quota: Quota) -> None:
    """One recipe at a time is the best order if all are alike, and then the bound is what it takes."""
    quota = Quota(pages * 2, per=60)  # two whole recipes a window
    calls = let_out([0.0] * (count * pages), quota)
    end = max(let_out([calls[(index + 1) * pages - 1] for index in range(count)], then_quota))
    bound = least_seconds_chained(Load(count * pages, quota), Load(count, then_quota), needs=pages, enables=1)
    assert max(bound, (ceil(count / 2) - 1) * 60) == pytest.approx(end)
