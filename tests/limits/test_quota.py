"""Quotas and their parts."""

from __future__ import annotations

import math

import pytest

from workato_async import ConfigurationError, Quota


@pytest.mark.parametrize("requests", [0, -1, 1.5, True, "60", None])
def test_requests_are_a_positive_whole_number(requests: object) -> None:
    with pytest.raises(ConfigurationError, match=r"^requests of a quota"):
        Quota(requests, per=60)  # type: ignore[arg-type]


@pytest.mark.parametrize("per", [0, -1.0, math.inf, math.nan, "60", None])
def test_the_window_is_a_positive_finite_number(per: object) -> None:
    with pytest.raises(ConfigurationError, match=r"^the window of a quota"):
        Quota(60, per=per)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("quota", "share", "time_scale", "part"),
    [
        (Quota(60, 60), 1.0, 1.0, Quota(60, 60)),
        (Quota(60, 60), 0.5, 1.0, Quota(30, 60)),
        (Quota(60, 60), 0.5, 0.1, Quota(30, 6)),
        (Quota(10, 60), 0.3, 1.0, Quota(3, 60)),
        (Quota(3, 60), 1 / 3, 1.0, Quota(1, 60)),
        (Quota(10, 60), 0.25, 1.0, Quota(2, 60)),
        (Quota(3, 60), 0.5, 1.0, Quota(1, 60)),
        (Quota(1, 1), 0.5, 1.0, Quota(1, 2)),
        (Quota(2, 1), 0.25, 1.0, Quota(1, 2)),
        (Quota(2, 1), 0.25, 3.0, Quota(1, 6)),
    ],
)
def test_a_part_of_a_quota(quota: Quota, share: float, time_scale: float, part: Quota) -> None:
    assert quota.scaled(share=share, time_scale=time_scale) == part


def test_without_arguments_it_stays_as_it_is() -> None:
    assert Quota(7, 3).scaled() == Quota(7, 3)


def test_it_prints_as_people_say_it() -> None:
    assert str(Quota(60, per=60)) == "60 per 60 s"
    assert str(Quota(1, per=0.5)) == "1 per 0.5 s"
