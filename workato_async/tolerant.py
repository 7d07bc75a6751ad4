"""One JSON value as a type, field by field: what does not fit costs its own field, and nothing else.

This is the second look, for what msgspec rejected. Whatever fits is read as msgspec reads it. Beyond that, three
deviations seen in live responses are read as what they mean: numbers and texts that changed places, times in other
notations, and ``null`` for an empty array. Of what is left, a field that has a default gets it, and elements of an
array are left out; the model's ``extra`` has them as they were sent.
"""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta
from functools import cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin, get_type_hints

import attrs
import cattrs
import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

Path = tuple[str | int, ...]
"""The keys and indexes that lead to a value."""

_ARRAYS: dict[Any, Callable[[list[Any]], Any]] = {list: list, tuple: tuple, set: set, frozenset: frozenset}
_NAMES: dict[Any, str] = {str: "text", int: "a whole number", float: "a number", bool: "a boolean", datetime: "a time"}
_KINDS: dict[type, str] = {bool: "a boolean", str: "text", list: "an array", dict: "an object", NoneType: "null"}


@attrs.frozen
class Odd:
    """A value that does not fit: where it is, and why."""

    path: Path
    reason: str


class MisfitError(Exception):
    """A value cannot be read at all. Never leaves the package."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(reason)
        self.path, self.reason = path, reason


def json_path(path: Path) -> str:
    """Return a path as text, e.g. ``$.items[3].folder_id``."""
    return "$" + "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)


def read(value: Any, hint: Any, path: Path, odd: list[Odd]) -> Any:
    """Read a parsed JSON value as a type.

    Args:
        value: what ``workato_async._json.parse_json`` returned, or a part of it.
        hint: the type.
        path: where the value is.
        odd: receives what had to be left out.

    Raises:
        MisfitError: if nothing of that type can be made of it.
    """
    try:
        return msgspec.convert(value, hint, str_keys=True)
    except (msgspec.ValidationError, TypeError, OverflowError, RecursionError):
        pass  # TypeError: a type that msgspec does not know
    while get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    origin = get_origin(hint) or hint
    if origin in (Union, UnionType):
        return _one_of(value, get_args(hint), path, odd)
    if attrs.has(origin):
        return _object(value, hint, path, odd)
    if origin in _ARRAYS:
        return _array(value, hint, path, odd)
    if origin is dict:
        return _mapping(value, hint, path, odd)
    try:
        return _converter().structure(value, hint)
    except Exception:  # any: a class of the user may raise what it likes
        raise MisfitError(path, f"expected {_name(hint)}, got {_kind(value)}") from None


def _one_of(value: Any, hints: tuple[Any, ...], path: Path, odd: list[Odd]) -> Any:
    """Read a value as the type that takes all of it, else as the first that takes any."""
    partly: list[tuple[Any, list[Odd]]] = []
    reason = f"expected {' or '.join(_name(hint) for hint in hints if hint is not NoneType)}, got {_kind(value)}"
    where = path
    for hint in hints:
        left_out: list[Odd] = []
        try:
            if hint is not NoneType:
                partly.append((read(value, hint, path, left_out), left_out))
        except MisfitError as misfit:
            if misfit.path != path:  # the more precise
                where, reason = misfit.path, misfit.reason
    if not partly:
        raise MisfitError(where, reason)
    best, left_out = min(partly, key=lambda candidate: len(candidate[1]))
    odd += left_out
    return best


def _object(value: Any, cls: Any, path: Path, odd: list[Odd]) -> Any:
    if not isinstance(value, dict):
        raise MisfitError(path, f"expected an object, got {_kind(value)}")
    hints = _hints(cls)
    found: dict[str, Any] = {}
    for field in attrs.fields(get_origin(cls) or cls):
        required = field.default is attrs.NOTHING
        if not field.init:
            continue
        if field.name not in value:
            if required:
                raise MisfitError(path, f"missing required field `{field.name}`")
            continue
        where, before = (*path, field.name), len(odd)
        try:
            found[field.alias] = read(value[field.name], hints[field.name], where, odd)
        except MisfitError as misfit:
            if required:
                if (empty := _empty(hints[field.name])) is attrs.NOTHING:
                    raise
                found[field.alias] = empty
            del odd[before:]
            if value[field.name] is not None:  # null is how Workato spells an empty array
                odd.append(Odd(where, misfit.reason))
    try:
        return cls(**found)
    except Exception:  # any: a validator of a user's class
        raise MisfitError(path, f"not a valid {cls.__name__}") from None


def _empty(hint: Any) -> Any:
    """Return the value of a type that claims nothing, for a required field that does not fit, or NOTHING."""
    if get_origin(hint) in _ARRAYS:
        return _ARRAYS[get_origin(hint)]([])
    if attrs.has(hint) and all(field.default is not attrs.NOTHING for field in attrs.fields(hint)):
        return hint()
    return attrs.NOTHING


def _array(value: Any, hint: Any, path: Path, odd: list[Odd]) -> Any:
    """Read an array, but nothing else that Python can iterate over, such as an object or a text."""
    if not isinstance(value, list):
        raise MisfitError(path, f"expected an array, got {_kind(value)}")
    origin, arguments = get_origin(hint) or hint, get_args(hint)
    if origin is tuple and arguments and arguments[-1] is not Ellipsis:
        if len(value) != len(arguments):
            raise MisfitError(path, f"expected an array of {len(arguments)}, got {len(value)}")
        return tuple(
            read(part, kind, (*path, index), odd)
            for index, (part, kind) in enumerate(zip(value, arguments, strict=True))
        )
    kind: Any = arguments[0] if arguments else Any
    found = []
    for index, element in enumerate(value):
        before = len(odd)
        try:
            found.append(read(element, kind, (*path, index), odd))
        except MisfitError as misfit:
            del odd[before:]
            # One value among plain ones says little: the field is kept as a whole.
            odd.append(Odd((*path, index) if attrs.has(kind) else path, misfit.reason))
    return _ARRAYS[origin](found)


def _mapping(value: Any, hint: Any, path: Path, odd: list[Odd]) -> dict[Any, Any]:
    if not isinstance(value, dict):
        raise MisfitError(path, f"expected an object, got {_kind(value)}")
    kind = (get_args(hint) or (str, Any))[1]
    found, left_out = {}, list[Odd]()
    for key, part in value.items():
        try:
            found[key] = read(part, kind, (*path, key), left_out)
        except MisfitError as misfit:
            left_out.append(Odd(path, misfit.reason))
            if NoneType in get_args(kind):
                found[key] = None
    odd += [Odd(path, part.reason) for part in left_out[:1]]  # its keys are data, so it is kept as a whole
    return found


@cache
def _hints(cls: Any) -> dict[str, Any]:
    return get_type_hints(get_origin(cls) or cls, include_extras=True)


def _name(hint: Any) -> str:
    while get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    if get_origin(hint) in _ARRAYS:
        return "an array"
    if attrs.has(hint) or (get_origin(hint) or hint) is dict:
        return "an object"
    return _NAMES.get(hint) or str(getattr(hint, "__name__", hint))


def _kind(value: Any) -> str:
    return _KINDS.get(type(value), "a number")


# --- single values


@cache
def _converter() -> cattrs.Converter:
    converter = cattrs.Converter(detailed_validation=False)
    converter.register_structure_hook(str, _to_text)
    converter.register_structure_hook(int, _to_integer)
    converter.register_structure_hook(float, _to_float)
    converter.register_structure_hook(bool, _to_boolean)
    converter.register_structure_hook(datetime, lambda value, _: read_time(value))
    return converter


_NUMBER = re.compile(r"\s*[+-]?\d+(\.\d+)?([eE][+-]?\d+)?\s*", re.ASCII)


def _to_text(value: Any, _: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise TypeError("not text")


def _to_integer(value: Any, _: Any) -> int:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return int(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and int(value) == value:
        return int(value)
    raise TypeError("not a whole number")


def _to_float(value: Any, _: Any) -> float:
    if (isinstance(value, int | float) and not isinstance(value, bool)) or (
        isinstance(value, str) and _NUMBER.fullmatch(value)
    ):
        number = float(value)
        if math.isfinite(number):
            return number
    raise TypeError("not a number")


def _to_boolean(value: Any, _: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise TypeError("not a boolean")


_TIME = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)"
    r"(?:[T ](?P<time>\d\d:\d\d(?P<second>:\d\d)?(?:\.\d+)?) ?(?P<zone>Z|UTC|GMT|[+-]\d\d:?\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)


def read_time(value: Any) -> datetime:
    """Read a time in one of the notations that can mean only one thing; without an offset it is UTC.

    A leap second is the second after it. Numbers are not read: nothing says what they count.

    Raises:
        ValueError: for anything else.
    """
    found = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError("not a time")
    time, zone = found["time"] or "00:00:00", (found["zone"] or "Z").upper()
    leap = found["second"] == ":60"
    if leap:
        time = f"{time[:5]}:59{time[8:]}"
    offset = "+00:00" if zone in ("Z", "UTC", "GMT") else zone
    read = datetime.fromisoformat(f"{found['date']}T{time}{offset}")
    return read + timedelta(seconds=1) if leap else read
