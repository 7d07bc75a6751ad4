"""Retry-After: seconds or an HTTP date, and whatever else a proxy may write there."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from workato_async.http.retry_after import parse_retry_after

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DATE = format_datetime(NOW, usegmt=True)


@pytest.mark.parametrize(
    ("value", "seconds"), [("30", 30.0), ("1", 1.0), ("0.5", 0.5), (" 7 ", 7.0), ("1000000", 1e6), ("9" * 400, 1e9)]
)
def test_seconds(value: str, seconds: float) -> None:
    assert parse_retry_after(value) == seconds


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        " ",
        "0",
        "-1",
        "-0",
        "inf",
        "-inf",
        "Infinity",
        "nan",
        "1e999",
        "soon",
        "12 s",
        "1_0",
        "1e3",
        "1,5",
        "0x10",
        "Mon",
        "\x00",
    ],
)
def test_what_says_nothing_usable_counts_as_not_given(value: str | None) -> None:
    assert parse_retry_after(value, DATE) is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("Sun, 01 Mar 2026 12:01:30 GMT", 90.0),
        ("Sunday, 01-Mar-26 12:01:30 GMT", 90.0),
        ("Sun Mar  1 12:01:30 2026", 90.0),
        ("Sun, 01 Mar 2026 13:01:30 +0100", 90.0),
        ("Sun, 01 Mar 2026 12:00:00 GMT", None),
        ("Sun, 01 Mar 2026 11:59:59 GMT", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("Sun, 99 Mar 2026 12:01:30 GMT", None),
        ("Sun, 01 Mar 20260 12:01:30 GMT", None),
    ],
)
def test_dates(value: str, seconds: float | None) -> None:
    assert parse_retry_after(value, DATE) == seconds


@given(ahead=st.integers(1, 10**8))
def test_any_time_to_come(ahead: int) -> None:
    later = NOW + timedelta(seconds=ahead)
    assert parse_retry_after(format_datetime(later, usegmt=True), DATE) == ahead


@pytest.mark.parametrize("date", [None, "", "yesterday"])
def test_without_the_server_s_clock_a_date_is_compared_with_ours(date: str | None) -> None:
    later = datetime.now(UTC) + timedelta(seconds=90)
    seconds = parse_retry_after(format_datetime(later, usegmt=True), date)
    assert seconds is not None
    assert 80 <= seconds <= 91


TEXT_OF_DATES = st.text(alphabet="MonSunMarJan, 0123456789:+-GMTZ()", max_size=40)


@given(value=st.one_of(st.text(max_size=40), TEXT_OF_DATES))
@example(value="Mon, 01 Jan 2024 00:00:00 -9999")
@example(value="1" * 5000)
def test_no_header_makes_it_fail(value: str) -> None:
    seconds = parse_retry_after(value, DATE)
    assert seconds is None or 0 < seconds < math.inf


@pytest.mark.parametrize(
    "value",
    ["Mon, 01 Jan 2024 00:00:00 +99999999999999999999", "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"],
)
def test_a_date_with_absurd_numbers_counts_as_not_given(value: str) -> None:
    assert parse_retry_after(value, DATE) is None
