"""Build the request target from a path template and arguments: exactly the intended one, or an error."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from functools import lru_cache
from urllib.parse import quote, urlencode
from uuid import UUID

from workato_async._unset import UNSET
from workato_async.arguments import Id, api_time, id_of, plain
from workato_async.errors import ConfigurationError

PathArgument = Id
QueryValue = str | int | float | bool | datetime | Enum | UUID | Sequence[str] | Sequence[int] | Sequence[Enum] | None
Query = Mapping[str, QueryValue]

_UNSAFE = re.compile(r"[\x00-\x20\x7f-\x9f/\\?#%]")
"""Characters that no identifier of the API has and that could turn a path into another one."""


def build_target(template: str, arguments: Sequence[PathArgument], query: Query | None = None) -> str:
    """Return the path with its arguments, percent-encoded, and the query string.

    Query values: None and UNSET are left out, enum members become their values, booleans ``true`` and ``false``,
    datetimes UTC text, and a sequence one ``name=value`` per item.

    Raises:
        ConfigurationError: for an argument that could turn the path into another one, or text that is not Unicode.
    """
    literals, names = _split(template)
    if len(arguments) == 1 == len(names) and type(arguments[0]) is int and arguments[0] >= 0 and not query:
        return f"{literals[0]}{arguments[0]}{literals[1]}"  # nearly always
    if len(arguments) != len(names):
        raise ConfigurationError(f"{template} takes {len(names)} path arguments, not {len(arguments)}")
    path = literals[0]
    for name, argument, literal in zip(names, arguments, literals[1:], strict=True):
        path += _segment(template, name, argument) + literal
    if not query:
        return path
    pairs = [
        pair
        for name, value in query.items()
        if value is not None and value is not UNSET
        for pair in _pairs(name, value)
    ]
    if not pairs:
        return path
    try:
        return f"{path}?{urlencode(pairs)}"
    except UnicodeEncodeError:
        raise ConfigurationError("a query value is not valid Unicode text") from None


@lru_cache(maxsize=4096)  # bounded: a raw request may name any path
def _split(template: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    pieces = re.split(r"\{(\w+)\}", template)
    return tuple(pieces[::2]), tuple(pieces[1::2])


def _segment(template: str, name: str, argument: PathArgument) -> str:
    if type(argument) is int and argument >= 0:  # nearly always
        return str(argument)
    value = argument if type(argument) is str and argument else id_of(argument, f"{{{name}}} of {template}")
    if isinstance(value, int):
        return str(value)
    if value in (".", "..") or _UNSAFE.search(value):
        raise ConfigurationError(
            f"{value!r} cannot be {{{name}}} of {template}: an id has no white space, control characters, "
            "'/', '\\', '?', '#' or '%', and is not '.' or '..'"
        )
    try:
        return quote(value, safe="")
    except UnicodeEncodeError:
        raise ConfigurationError(f"{{{name}}} of {template} is not valid Unicode text") from None


def _pairs(name: str, value: QueryValue) -> list[tuple[str, str]]:
    if type(value) is str:
        return [(name, value)]
    values = plain(value)
    if isinstance(values, Sequence) and not isinstance(values, str | bytes | bytearray | memoryview):
        return [(name, _text(name, plain(item))) for item in values]
    return [(name, _text(name, values))]


def _text(name: str, value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return api_time(value)
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return str(value)
    raise ConfigurationError(
        f"{name!r} in the query must be text, a number, a boolean or a datetime, not {type(value).__name__}"
    )
