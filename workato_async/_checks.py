"""Checks of arguments."""

from __future__ import annotations

import inspect
import math
from types import UnionType
from typing import get_args

from workato_async.errors import ConfigurationError


def is_number(value: object) -> bool:
    """Whether a value is a finite number; True and False do not count."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def require_seconds(name: str, value: object, *, zero: bool = False, none: bool = False) -> None:
    """Raise ConfigurationError unless a value is a duration in seconds.

    Args:
        name: what the value is for.
        value: what was given.
        zero: 0 is allowed.
        none: None is allowed.

    Raises:
        ConfigurationError: if the value is something else.
    """
    if value is None and none:
        return
    if isinstance(value, int | float) and is_number(value) and (value >= 0 if zero else value > 0):
        return
    least = "of at least 0" if zero else "above 0"
    raise ConfigurationError(f"{name} must be a number of seconds {least}{' or None' if none else ''}, not {value!r}")


def require_type(name: str, value: object, kind: type | UnionType) -> None:
    """Raise ConfigurationError unless a value is an object of a class, or of one of several.

    Raises:
        ConfigurationError: if the value is something else.
    """
    if isinstance(value, kind):
        return
    kinds = [found.__name__ for found in (get_args(kind) if isinstance(kind, UnionType) else (kind,))]
    article = "an" if kinds[0].startswith(("A", "E", "I", "O", "SSL")) else "a"
    given = f"the class {value.__name__}" if isinstance(value, type) else type(value).__name__
    raise ConfigurationError(f"{name} must be {article} {' or '.join(kinds)}, not {given}")


def require_listener(name: str, value: object, takes: str = "an event", *, none: bool = False) -> None:
    """Raise ConfigurationError unless a value can be called with a record.

    Args:
        name: what the value is for.
        value: what was given.
        takes: what it is called with.
        none: None is allowed.

    Raises:
        ConfigurationError: if it cannot be called, or only with ``await``.
    """
    if value is None and none:
        return
    if not callable(value):
        raise ConfigurationError(f"{name} must be a function that takes {takes}, not {type(value).__name__}")
    if any(map(inspect.iscoroutinefunction, (value, value.__call__))):
        raise ConfigurationError(f"{name} must be a plain function, not an async one: it is called, not awaited")
    try:
        inspect.signature(value).bind(object())
    except TypeError:
        raise ConfigurationError(f"{name} must take one argument: it is called with {takes}") from None
    except ValueError:
        pass  # one that is written in C does not say what it takes


def require_count(name: str, value: object) -> None:
    """Raise ConfigurationError unless a value is a whole number of at least 1.

    Raises:
        ConfigurationError: if the value is something else.
    """
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ConfigurationError(f"{name} must be a whole number of at least 1, not {value!r}")
