"""The ``Retry-After`` header: seconds or an HTTP date (RFC 9110, section 10.2.3)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MOST = 1e9
"""The longest wait in seconds (31 years); above that the figure makes no difference."""
_SECONDS = re.compile(r"\s*(\d+(?:\.\d+)?)\s*", re.ASCII)


def parse_retry_after(value: str | None, date: str | None = None) -> float | None:
    """Return the seconds to wait, None if the header is missing or unusable.

    Args:
        value: the header as it came.
        date: the response's ``Date`` header, which a date is compared with, since both come from the server's clock.
            Without it, our own clock is used.
    """
    if value is None:
        return None
    if plain := _SECONDS.fullmatch(value):
        seconds = float(plain[1][:400])  # more digits would be too many for a number
    elif (time := _http_date(value)) is not None:
        seconds = (time - (_http_date(date or "") or datetime.now(UTC))).total_seconds()
    else:
        return None
    return min(seconds, MOST) if seconds > 0 else None


def _http_date(value: str) -> datetime | None:
    try:
        time = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
