"""Calls any method with arguments made from its annotations, and records what would be sent."""

from __future__ import annotations

import collections.abc
import inspect
import json
import sys
import types
from contextlib import suppress
from datetime import UTC, datetime
from os import PathLike
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs

import workato_async.models
from tests.support.methods import method_named
from workato_async import ENDPOINTS, Unset
from workato_async.api import Api
from workato_async.calls.caller import Caller
from workato_async.endpoint import AnyEndpoint
from workato_async.errors import InvalidResponseError
from workato_async.http.messages import Request, Response, Upload
from workato_async.operations import Operation
from workato_async.pages import Pages
from workato_async.resources import packages

NAMES = {
    **{name: getattr(collections.abc, name) for name in ("Callable", "Iterable", "Mapping", "Sequence")},
    **{name: getattr(workato_async.models, name) for name in workato_async.models.__all__},
    "Any": Any,
    "Operation": Operation,
    "PackageExport": packages.PackageExport,
    "Pages": Pages,
    "Path": PathLike,
    "PathLike": PathLike,
    "Unset": Unset,
    "datetime": datetime,
}
"""What annotations name, as far as it is imported for type checkers only."""


class Recorder:
    """A pipeline that records requests, and responds to each with an empty object."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    async def __call__(self, request: Request) -> Response:
        self.requests.append(request)
        return Response(200, b"{}")


@attrs.frozen
class Sent:
    """What one call sent: its request target and its JSON body."""

    target: str
    body: Any


def hints_of(endpoint: AnyEndpoint) -> dict[str, Any]:
    """Return the types of the parameters of a method."""
    method = method_named(Api(Caller(Recorder(), timeout=1.0)), endpoint.id)
    hints = get_type_hints(method.__func__, sys.modules[method.__module__].__dict__, NAMES)
    return {name: hints[name] for name in inspect.signature(method).parameters}


def options(hint: Any) -> tuple[Any, ...]:
    """Return the members of a union, or the type itself."""
    return get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)


def model_in(hint: Any) -> type | None:
    """Return the model that an argument may be, or be a collection of."""
    for option in options(hint):
        if isinstance(option, type) and attrs.has(option) and key_of(option):
            return option
        if get_origin(option) in (collections.abc.Sequence, collections.abc.Iterable):
            return model_in(get_args(option)[0])
    return None


def literal_in(hint: Any) -> Any:
    """Return the Literal type that an argument may be, or be a collection of."""
    for option in options(hint):
        if get_origin(option) is Literal:
            return option
        if get_origin(option) is collections.abc.Sequence:
            return literal_in(get_args(option)[0])
    return None


def is_collection(hint: Any) -> bool:
    """Whether an argument is a collection."""
    return any(get_origin(o) in (collections.abc.Sequence, collections.abc.Iterable) for o in options(hint))


def value_of(hint: Any, seed: int = 7) -> Any:
    """Return a value of a type, its simplest form first."""
    members = options(hint)
    for kind, value in ((bool, True), (int, seed), (str, f"x-{seed}"), (float, 1.5), (datetime, datetime.now(UTC))):
        if kind in members:
            return value
    for member in members:
        origin = get_origin(member) or member
        if origin is Literal:
            return get_args(member)[0]
        if origin in (collections.abc.Sequence, collections.abc.Iterable):
            return [value_of(get_args(member)[0], seed)]
        if origin in (collections.abc.Mapping, dict):
            return {"a": 1}
        if isinstance(origin, type) and attrs.has(origin):
            return model_of(origin, seed)
    raise AssertionError(f"no value for {hint}")


def model_of(cls: type, seed: int = 7) -> Any:
    """Return an object with the fields that it needs, and an id."""
    fields = attrs.fields(cls)
    hints = get_type_hints(cls)
    needed = {f.name: value_of(hints[f.name], seed) for f in fields if f.default is attrs.NOTHING}
    return cls(**needed, **{key: value_of(hints[key], seed) for key in [key_of(cls)] if key and key not in needed})


def key_of(cls: type) -> str:
    """Return the field of a model that identifies an object, empty if none does."""
    names = {field.name for field in attrs.fields(cls)}
    keys = ("id", "handle", "client_id", "message_id", "new_flow_id")
    return next((name for name in keys if name in names), "") if hasattr(cls, "id") else ""


def arguments_for(endpoint: AnyEndpoint, *, given: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return arguments for a method: those that it needs, and ``given``."""
    method = method_named(Api(Caller(Recorder(), timeout=1.0)), endpoint.id)
    hints = hints_of(endpoint)
    arguments = {
        name: value_of(hints[name])
        for name, parameter in inspect.signature(method).parameters.items()
        if parameter.default is parameter.empty
    }
    if endpoint.id == "tags_assignments.apply":
        arguments["recipe_ids"] = [7]
    if endpoint.id == "iam.users.add_to_group":
        arguments["user_group_id"] = "x-7"
    if endpoint.id in ("packages.import", "customers.imports.create"):
        arguments["package"] = b"PK"
    return {**arguments, **(given or {})}


async def sent_by(endpoint: AnyEndpoint, arguments: dict[str, Any]) -> Sent | None:
    """Call a method and return its request; None if it sent nothing."""
    recorder = Recorder()
    method = method_named(Api(Caller(recorder, timeout=1.0)), endpoint.id)
    parameters = inspect.signature(method).parameters
    named = dict(arguments)
    positional = [named.pop(n) for n, p in parameters.items() if p.kind is p.POSITIONAL_OR_KEYWORD and n in named]
    with suppress(InvalidResponseError):
        result = method(*positional, **named)
        if isinstance(result, Pages):
            await result.first()
        else:
            await result
    if not recorder.requests:
        return None
    request = recorder.requests[0]
    assert request.endpoint is endpoint
    body = None if request.body is None or isinstance(request.body, Upload) else json.loads(request.body)
    return Sent(request.target, body)


CALLABLE = [
    endpoint
    for endpoint in ENDPOINTS
    if "path" not in hints_of(endpoint)  # a download sends nothing that depends on an argument but the id
]
