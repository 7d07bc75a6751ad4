"""Durations: seconds, a timedelta, or a text such as ``7d``.

The command line reads this module to make its help, so the errors and their library are imported when they are needed.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import overload

Duration = float | str | timedelta
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_duration(text: str) -> timedelta:
    """Parse a duration: ``90m``, ``24h``, ``7d``.

    Raises:
        ConfigurationError: if it is not a duration.
    """
    with suppress(KeyError, ValueError, OverflowError):
        found = timedelta(**{UNITS[text[-1:]]: float(text[:-1])})
        if found >= timedelta():
            return found
    from workato_async.errors import ConfigurationError

    raise ConfigurationError("expected a duration such as 30s, 90m or 24h")


@overload
def seconds_of(name: str, value: Duration, *, zero: bool = ...) -> float: ...
@overload
def seconds_of(name: str, value: Duration | None, *, zero: bool = ...) -> float | None: ...
def seconds_of(name: str, value: Duration | None, *, zero: bool = False) -> float | None:
    """Return a duration in seconds; None stays None.

    Args:
        name: what it is for.
        value: what was passed.
        zero: 0 is allowed.

    Raises:
        ConfigurationError: if it is not a duration, or negative.
    """
    if value is None:
        return None
    from workato_async._checks import is_number
    from workato_async.errors import ConfigurationError

    seconds: object = value
    if isinstance(seconds, str):
        with suppress(ConfigurationError):
            seconds = parse_duration(seconds)
    if isinstance(seconds, timedelta):
        seconds = seconds.total_seconds()
    if isinstance(seconds, int | float) and is_number(seconds) and (seconds >= 0 if zero else seconds > 0):
        return seconds
    least = "of at least 0" if zero else "above 0"
    raise ConfigurationError(
        f"{name} must be a number of seconds {least}, or a duration such as '90m', '24h' or '7d', "
        f"not {str(value) if isinstance(value, timedelta) else repr(value)}"
    )
