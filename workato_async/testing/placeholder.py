"""What the fake returns for an endpoint that has no handler: the shape of its result, filled with placeholders."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs
import msgspec

from workato_async.testing.clock import EPOCH
from workato_async.testing.family import listed_of, wrapped

if TYPE_CHECKING:
    from workato_async.endpoint import AnyEndpoint
    from workato_async.testing.call import Call

_PLAIN: dict[Any, Any] = {bool: False, int: 1, float: 1.0, str: "text", datetime: EPOCH, Any: None, NoneType: None}


def respond_with_placeholder(call: Call) -> Any:
    """Return one placeholder where the endpoint has its data (in a list, as its only item); ``{}`` without a model."""
    endpoint = call.endpoint
    if endpoint.result is None:
        return {}
    value = placeholder_of(endpoint)
    if endpoint.listing:
        return listed_of(call, [value])
    return wrapped(endpoint, [value] if endpoint.single else value)


def placeholder_of(endpoint: AnyEndpoint) -> Any:
    """Return the JSON of one result of an endpoint: optional fields have their defaults, the others some value."""
    kind: Any = endpoint.result
    return msgspec.to_builtins(_placeholder(kind))


@cache
def _placeholder(kind: Any) -> Any:
    if kind in _PLAIN:
        return _PLAIN[kind]
    if attrs.has(kind):
        hints = get_type_hints(kind, include_extras=True)
        needed = [field.name for field in attrs.fields(kind) if field.init and field.default is attrs.NOTHING]
        return kind(**{name: _placeholder(hints[name]) for name in needed})
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return None if NoneType in arguments else _placeholder(arguments[0])
    if origin is Literal:
        return arguments[0]
    if origin is Annotated:
        return _placeholder(arguments[0])
    return {} if dict in (kind, origin) else []
