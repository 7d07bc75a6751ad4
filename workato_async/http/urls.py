"""Build the request target from a path template and arguments: exactly the intended one, or an error."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from urllib.parse import quote, urlencode

from workato_async.converter import api_time
from workato_async.errors import ConfigurationError

PathArgument = int | str
QueryValue = str | int | float | bool | datetime | Sequence[str] | Sequence[int] | None
Query = Mapping[str, QueryValue]

_UNSAFE = re.compile(r"[\x00-\x20\x7f-\x9f/\\?#%]")
"""Characters that no identifier of the API has and that could turn a path into another one."""


def build_target(template: str, arguments: Sequence[PathArgument], query: Query | None = None) -> str:
    """Return the path with its arguments, percent-encoded, and the query string.

    Query values: ``None`` is left out, booleans become ``true`` and ``false``, datetimes UTC text, and a sequence one
    ``name=value`` per item.

    Raises:
        ConfigurationError: for an argument that could turn the path into another one, or text that is not Unicode.
    """
    literals, names = _split(template)
    if len(arguments) != len(names):
        raise ConfigurationError(f"{template} takes {len(names)} path arguments, not {len(arguments)}")
    path = literals[0]
    for name, argument, literal in zip(names, arguments, literals[1:], strict=True):
        path += _segment(template, name, argument) + literal
    if not query:
        return path
    pairs = [pair for name, value in query.items() if value is not None for pair in _pairs(name, value)]
    if not pairs:
        return path
    try:
        return f"{path}?{urlencode(pairs)}"
    except UnicodeEncodeError:
        raise ConfigurationError(f"a query value for {template} is not valid Unicode text") from None


@cache
def _split(template: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    pieces = re.split(r"\{(\w+)\}", template)
    return tuple(pieces[::2]), tuple(pieces[1::2])


def _segment(template: str, name: str, argument: PathArgument) -> str:
    if isinstance(argument, int) and not isinstance(argument, bool):
        if argument < 0:
            raise ConfigurationError(f"{{{name}}} of {template} cannot be negative: {argument}")
        return str(argument)
    if not isinstance(argument, str):
        raise ConfigurationError(f"{{{name}}} of {template} must be an id, not {type(argument).__name__}")
    if not argument:
        raise ConfigurationError(f"{{{name}}} of {template} is empty")
    if argument in (".", "..") or _UNSAFE.search(argument):
        raise ConfigurationError(
            f"{argument!r} cannot be {{{name}}} of {template}: an id has no white space, control characters, "
            "'/', '\\', '?', '#' or '%', and is not '.' or '..'"
        )
    try:
        return quote(argument, safe="")
    except UnicodeEncodeError:
        raise ConfigurationError(f"{{{name}}} of {template} is not valid Unicode text") from None


def _pairs(name: str, value: QueryValue) -> list[tuple[str, str]]:
    if isinstance(value, str):
        return [(name, value)]
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return [(name, _text(item)) for item in value]
    return [(name, _text(value))]


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return api_time(value)
    if isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value)):
        return str(value)
    raise ConfigurationError(
        f"a query value must be text, a number, a boolean or a datetime, not {type(value).__name__}"
    )
