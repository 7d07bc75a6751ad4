"""What a caller passes, in the form in which it is sent: ids, times, plain values, JSON."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import fields as dataclass_fields
from dataclasses import is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from numbers import Integral, Real
from typing import Any, Protocol, TypeVar, get_args
from uuid import UUID

import attrs
import msgspec

from workato_async._unset import UNSET
from workato_async.errors import ConfigurationError

T = TypeVar("T")


class Identified(Protocol):
    """Anything that has an id: a number, or a handle such as ``gin-AJTAt8w6-wdAgWM``."""

    @property
    def id(self) -> int | str | None:
        """The id; None if it has none yet, and then it cannot be passed."""
        ...


Id = int | str | UUID | Identified | Mapping[str, Any]
"""What stands for an object: its id, its model, or its JSON object where it has no model."""


def plain(value: Any) -> Any:
    """Return the value of an enum member, and the number or text that an object of a subclass stands for.

    Anything else is returned as it is. ``str()`` of a ``(str, Enum)`` member is its name, and a subclass may have any
    text of its own, so neither must reach the wire.
    """
    if type(value) in _PLAIN or value is UNSET:
        return value
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int.__int__(value)
    if isinstance(value, float):
        return float.__float__(value)
    if isinstance(value, Real):  # numpy's numbers are, although most of them are neither an int nor a float
        return int(value) if isinstance(value, Integral) else float(value)
    return str(value) if isinstance(value, UUID) else value


_PLAIN = frozenset((str, int, bool, float, type(None)))


def id_of(thing: Id, what: str = "an id") -> int | str:
    """Return the id of an object, or the id itself.

    Args:
        thing: an id, a model, or a JSON object with an ``id``.
        what: names the argument in the error.

    Raises:
        ConfigurationError: for anything else: a negative number, True, a fraction, None, empty text, an object of
            another kind than the argument names.
    """
    value = plain(thing)
    if isinstance(value, Mapping):
        value = plain(value.get("id"))
    elif not isinstance(value, int | str):
        _require_kind(value, what)
        value = plain(getattr(value, "id", value))
    if isinstance(value, str) and value:
        return value
    if isinstance(value, bool) or not isinstance(value, int):
        given = repr(value) if isinstance(value, bool | float | str) else type(value).__name__
        raise ConfigurationError(f"{what} must be an id, or an object that has one, not {given}")
    if value < 0:
        raise ConfigurationError(f"{what} cannot be negative: {value}")
    return value


def _require_kind(thing: object, what: str) -> None:
    """Raise an error if an argument names one kind of object, and the object is one of this package's of another kind.

    Ids of recipes, folders and projects are all numbers: the wrong one would find, or delete, something else.

    Raises:
        ConfigurationError: if a project is passed as ``folder_id``, for example.
    """
    found = _KIND.match(what)
    if found and type(thing).__module__.startswith("workato_async."):
        kind = (found[1] or found[2]).title().replace("_", "")
        if not any(each.__name__.endswith(kind) for each in type(thing).__mro__):  # RuntimeUserConnection is also one
            raise ConfigurationError(f"{what} must be a {kind} or its id, not a {type(thing).__name__}")


_KINDS = (
    "recipe|folder|project|connection|job|lookup_table|data_table|manifest|package|deployment|build|member|customer"
)
_KIND = re.compile(rf"(?:each of )?(?:q\[|\{{)?(?:\w*_)?({_KINDS})_ids?(?:_eq)?\b|\{{id\}} of .*/({_KINDS})s/\{{id\}}")
"""The kind of object that an argument, or a place in a path, takes; only kinds whose ids look like those of others."""


def ids_of(things: Iterable[Id], what: str = "ids") -> list[int | str]:
    """Return the ids of several objects.

    Raises:
        ConfigurationError: if it is not a collection, or something in it has no id.
    """
    given = plain(things)
    if isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable):
        raise ConfigurationError(f"{what} must be a collection of ids or objects, not {type(things).__name__}")
    return [id_of(thing, f"each of {what}") for thing in given]


def one_of(name: str, value: T, allowed: object) -> T:
    """Return a value, or a collection of values, of a Literal type; None and UNSET stay as they are.

    Args:
        name: the argument.
        value: what was passed.
        allowed: the Literal type.

    Raises:
        ConfigurationError: if it is none of the values of the type.
    """
    chosen: Any = plain(value)
    choices = get_args(allowed)
    if chosen is None or chosen is UNSET or chosen in choices:
        return chosen  # type: ignore[no-any-return]
    if isinstance(chosen, Sequence | AbstractSet) and not isinstance(chosen, str | bytes):
        return [one_of(name, item, allowed) for item in chosen]  # type: ignore[return-value]
    raise ConfigurationError(
        f"{name} must be one of {', '.join(map(repr, choices))}, not {chosen!r}",
        advice="If Workato accepts other values now, send them with `session.request`.",
    )


def api_time(time: datetime) -> str:
    """Return a time in the form that the API takes, ``YYYY-MM-DDTHH:MM:SSZ`` in UTC.

    Raises:
        ConfigurationError: if the datetime has no time zone, or is outside the years 1 to 9999 in UTC.
    """
    try:
        if time.utcoffset() is None:
            raise ConfigurationError(f"a datetime needs a time zone, and {time.isoformat()} has none: add tzinfo=UTC")
        return time.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
    except OverflowError:
        raise ConfigurationError(f"{time.isoformat()} is not within the years 1 to 9999 in UTC") from None


def encode_body(body: object) -> bytes:
    """Return the JSON of a request body: attrs objects become objects, enum members their values, datetimes UTC text.

    A date becomes ``YYYY-MM-DD``, a Decimal a number with all its digits, a UUID text, and a set an array. A field that
    is UNSET is left out.

    Raises:
        ConfigurationError: if part of it has no JSON form, naming the part.
    """
    try:
        return _ENCODER.encode(_json(body))
    except _NoJsonError as error:
        path, reason = "".join(reversed(error.path)), error.reason
        raise ConfigurationError(f"the request body cannot be sent as JSON: {path or 'it'} {reason}") from None
    except RecursionError:
        reason = "it is nested too deeply, or contains itself"
    except (TypeError, ValueError, OverflowError) as error:
        reason = str(error)
    raise ConfigurationError(f"the request body cannot be sent as JSON: {reason}")


_ENCODER = msgspec.json.Encoder(decimal_format="number")


class _NoJsonError(Exception):
    """Something has no JSON form; the path to it is put together on the way up."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        self.path: list[str] = []


def _json(value: Any) -> Any:
    """Return a value in the types that JSON has."""
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None:
        return value
    if kind is float:
        if not math.isfinite(value):  # it would be sent as null
            raise _NoJsonError(f"is {value}, which JSON does not have")
        return value
    if isinstance(value, Mapping):
        return _object(value.items())
    if isinstance(value, Sequence | AbstractSet) and not isinstance(value, str | bytes | bytearray | memoryview | Enum):
        return _array(value)
    if isinstance(value, datetime):
        try:
            return api_time(value)
        except ConfigurationError as error:
            raise _NoJsonError(f"is not a valid time: {error.reason}") from None
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise _NoJsonError(f"is {value}, which JSON does not have")
        return value
    if isinstance(value, date):
        return value.isoformat()
    if attrs.has(kind):
        return _object((field.name, getattr(value, field.name)) for field in attrs.fields(kind))
    if is_dataclass(value) and not isinstance(value, type):
        return _object((field.name, getattr(value, field.name)) for field in dataclass_fields(value))
    if (simple := plain(value)) is not value:
        return _json(simple)
    raise _NoJsonError(f"is {'UNSET' if value is UNSET else f'of type {kind.__name__}'}, which has no JSON form")


def _object(items: Iterable[tuple[Any, Any]]) -> dict[str, Any]:
    result = {}
    for key, value in items:
        if value is UNSET:
            continue
        name = plain(key)
        if isinstance(name, bool) or not isinstance(name, str | int):
            raise _NoJsonError(f"has a key of type {type(key).__name__}, where JSON has text only")
        try:
            result[str(name)] = _json(value)
        except _NoJsonError as error:
            error.path.append(f".{name}")
            raise
    return result


def _array(items: Iterable[Any]) -> list[Any]:
    result: list[Any] = []
    for item in items:
        try:
            result.append(_json(item))
        except _NoJsonError as error:
            error.path.append(f"[{len(result)}]")
            raise
    return result
