"""Which endpoint a concrete path belongs to, so that a raw request shares the quota of the typed call."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from itertools import chain
from typing import TYPE_CHECKING, cast

import attrs

from workato_async.arguments import plain
from workato_async.embedded import EMBEDDED_ENDPOINTS, CustomerCaller, in_workspace
from workato_async.endpoint import AnyEndpoint, Endpoint, JsonObject
from workato_async.errors import ConfigurationError
from workato_async.resources import ENDPOINTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workato_async.calls.caller import Caller

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_PATH = re.compile(r"(?:/[A-Za-z0-9._~!$&'()*+,;=:@-]+)+")
_WORD = re.compile(r"[a-z][a-z0-9_]*")
"""The form of the literal parts of the API's paths; the id of an object can have the same form."""
_ID = re.compile(r"[A-Za-z0-9._~-]+")
"""What ids look like unless they are words: ``42``, ``j-AJTAt8w6-wdAgWM``, UUIDs, ``EA2300``, ``blue-door``."""
_RAW = "request"
"""The id of the endpoints of unknown paths."""
_VERSION = re.compile(r"v\d{1,2}")
_ROOT = re.compile(r"/api(?:/v\d{1,2})?(?:/managed_users/\{\w+\})?")
"""The parts of paths after which the name of a family comes."""


def find_endpoint(method: str, path: str, *, idempotent: bool | None = None) -> tuple[AnyEndpoint, tuple[str, ...]]:
    """Return the endpoint and the path arguments of a raw request.

    An unknown path gets an endpoint of its own, with everything that must be an id replaced in its key. Since ids may
    also be words, it does not tell which paths are the same endpoint, so those that begin alike share one quota.

    Raises:
        ConfigurationError: for an invalid method or path.
    """
    method, path = cast("str", plain(method)), cast("str", plain(path))
    if method not in METHODS:
        raise ConfigurationError(f"the method must be one of {', '.join(METHODS)}, not {method!r}")
    if not isinstance(path, str) or not _PATH.fullmatch(path) or {".", ".."} & set(path.split("/")):
        raise ConfigurationError(
            f"{path!r} is not a path such as '/api/recipes/12389': it begins with '/', and has no empty or dotted "
            "segments, no query (use query=), and nothing that needs percent-encoding"
        )
    segments = path.split("/")[1:]
    if found := _match(_known(), method, segments, 0):
        endpoint, positions = found
        if idempotent is not None and idempotent != endpoint.idempotent:
            endpoint = _variant(endpoint, idempotent)
        return endpoint, tuple(segments[position] for position in positions)
    is_id = [_ID.fullmatch(segment) and not _WORD.fullmatch(segment) for segment in segments]
    template = "".join("/{id}" if id_ else f"/{segment}" for segment, id_ in zip(segments, is_id, strict=True))
    safe = method == "GET" if idempotent is None else idempotent
    endpoint = _unknown(method, template, _shared(method, segments), safe)
    return endpoint, tuple(segment for segment, id_ in zip(segments, is_id, strict=True) if id_)


def locate(
    caller: Caller, method: str, path: str, *, idempotent: bool | None = None
) -> tuple[Caller, AnyEndpoint, tuple[str, ...]]:
    """Return what sends a raw request, its endpoint, and the arguments of its path.

    For a customer, the path is that of the Developer API; an unknown one is also searched for under the customer.

    Raises:
        ConfigurationError: for an invalid method or path.
    """
    endpoint, arguments = find_endpoint(method, path, idempotent=idempotent)
    if endpoint.id == _RAW and isinstance(caller, CustomerCaller):
        anyone = in_workspace(path).replace("{managed_user_id}", "0")
        endpoint, (_, *rest) = find_endpoint(method, anyone, idempotent=idempotent)
        return caller.admin, endpoint, (caller.customer, *rest)
    return caller, endpoint, arguments


@attrs.define(eq=False)
class _Node:
    """One level of the known paths: what may follow, by literal or placeholder, and the endpoints that end here."""

    children: dict[str, _Node] = attrs.field(factory=dict)
    endpoints: dict[str, AnyEndpoint] = attrs.field(factory=dict)


_ANY = "{id}"


@cache
def _known() -> _Node:
    root = _Node()
    for endpoint in chain(ENDPOINTS, EMBEDDED_ENDPOINTS):
        node = root
        for segment in endpoint.path.split("/")[1:]:
            node = node.children.setdefault(_ANY if segment[0] == "{" else segment, _Node())
        node.endpoints.setdefault(endpoint.method, endpoint)
    return root


def _match(node: _Node, method: str, segments: Sequence[str], depth: int) -> tuple[AnyEndpoint, tuple[int, ...]] | None:
    """Return the known endpoint of a path, and where its arguments are; a known word (``usage``) is not an id."""
    if depth == len(segments):
        endpoint = node.endpoints.get(method)
        return (endpoint, ()) if endpoint else None
    literal, any_ = node.children.get(segments[depth]), node.children.get(_ANY)
    if literal and (found := _match(literal, method, segments, depth + 1)):
        return found
    if any_ and (found := _match(any_, method, segments, depth + 1)):
        return found[0], (depth, *found[1])
    return None


def _shared(method: str, segments: Sequence[str]) -> str:
    """Return the name of the quota of an unknown path: of its known beginning, and the family's name after it.

    Too many paths under one quota only wait longer than they need; one path under several would exceed it.
    """
    known = _beginning(_known(), segments)
    if len(known) == len(segments):
        return f"{method} /{'/'.join(known)}"  # known for other methods: all the ids in it are
    if len(known) == 1 and _VERSION.fullmatch(segments[1]):
        known.append(segments[1])
    rest = [*segments[len(known) :]]
    if rest and _ROOT.fullmatch("/" + "/".join(known)) and _WORD.fullmatch(rest[0]):
        known.append(rest.pop(0))
    return f"{method} /{'/'.join([*known, *(['*'] if rest else [])])}"


def _beginning(node: _Node, segments: Sequence[str]) -> list[str]:
    """Return the longest known beginning of a path as a template, with as few literals as possible."""
    longest: list[str] = []
    for name in (_ANY, segments[0]) if segments else ():
        if child := node.children.get(name):
            found = [name, *_beginning(child, segments[1:])]
            longest = max(longest, found, key=len)
    return longest


@cache
def _variant(endpoint: AnyEndpoint, idempotent: bool) -> AnyEndpoint:
    return attrs.evolve(endpoint, idempotent=idempotent)


@lru_cache(maxsize=1024)
def _unknown(method: str, template: str, shared: str, idempotent: bool) -> AnyEndpoint:
    return Endpoint(_RAW, method, template, JsonObject, idempotent=idempotent, shared_quota=shared)
