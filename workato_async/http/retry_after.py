"""The ``Retry-After`` header: seconds or an HTTP date (RFC 9110, section 10.2.3)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MOST = 1e9
"""Seconds (31 years) above which it makes no difference how many they are."""
_SECONDS = re.compile(r"\s*(\d+(?:\.\d+)?)\s*", re.ASCII)


def parse_retry_after(value: str | None, date: str | None = None) -> float | None:
    """Give the seconds to wait, None if the header is missing or says nothing usable.

    Args:
        value: the header as it came.
        date: the answer's ``Date`` header, against which a date is measured: the server's clock is the one that it was
            read from. Only without it our own wall clock has to do.
    """
    if value is None:
        return None
    if plain := _SECONDS.fullmatch(value):
        seconds = float(plain[1][:400])  # more digits would be too many for a number
    elif (moment := _moment(value)) is not None:
        seconds = (moment - (_moment(date or "") or datetime.now(UTC))).total_seconds()
    else:
        return None
    return min(seconds, MOST) if seconds > 0 else None


def _moment(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
