"""An object of every model, with a value in every field."""

from __future__ import annotations

from datetime import UTC, datetime
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs

from tests.support.models_module import models
from workato_async.base_model import Part

CLASSES: list[type[Any]] = [cls for classes in models().values() for cls in classes]
_VALUES: dict[Any, Any] = {bool: True, int: 7, float: 2.5, str: "text", Any: {"a": [1]}}
_TIME = datetime(2026, 1, 15, 16, tzinfo=UTC)


def filled(kind: Any) -> Any:
    """Return a value of a type; of an attrs class, an object whose fields all have one."""
    if kind in _VALUES:
        return _VALUES[kind]
    if kind is datetime:
        return _TIME
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return filled(arguments[0])
    if origin in (Union, UnionType):
        return filled(next(argument for argument in arguments if argument is not NoneType))
    if origin is Literal:
        return arguments[0]
    if origin in (tuple, list):
        return origin([filled(arguments[0])] * 2)
    if origin is dict:
        return {"key": filled(arguments[1])}
    hints = get_type_hints(kind, include_extras=True)
    return kind(**{field.alias: filled(hints[field.name]) for field in attrs.fields(kind)})


def part_classes() -> list[type[Any]]:
    """Return the loaded classes of the package that derive from Part, private ones too."""
    found: list[type[Any]] = []
    rest: list[type[Any]] = [Part]
    while rest:
        for cls in rest.pop().__subclasses__():
            rest.append(cls)
            if attrs.has(cls) and cls.__module__.startswith("workato_async."):
                found.append(cls)
    return found
