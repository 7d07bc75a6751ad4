"""Which endpoint a concrete path belongs to, so that a raw request shares the quota of the typed call."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import cast

import attrs

from workato_async.arguments import plain
from workato_async.endpoint import AnyEndpoint, Endpoint, JsonObject
from workato_async.errors import ConfigurationError
from workato_async.resources import ENDPOINTS

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_PATH = re.compile(r"(?:/[A-Za-z0-9._~!$&'()*+,;=:@-]+)+")
_ID = re.compile(r"\d+|[a-z]+-[A-Za-z0-9_-]*[A-Z0-9][A-Za-z0-9_-]*|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""What ids look like: numbers, handles such as ``j-AJTAt8w6-wdAgWM``, UUIDs."""


def find_endpoint(method: str, path: str, *, idempotent: bool | None = None) -> tuple[AnyEndpoint, tuple[str, ...]]:
    """Return the endpoint and the path arguments of a raw request.

    An unknown path gets an endpoint of its own, with everything that looks like an id replaced in its key: quotas are
    counted per path template, never per id.

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
    for pattern, endpoint in _patterns():
        if endpoint.method == method and (match := pattern.fullmatch(path)):
            if idempotent is not None and idempotent != endpoint.idempotent:
                return _variant(endpoint, idempotent), match.groups()
            return endpoint, match.groups()
    segments = path.split("/")
    template = "/".join("{id}" if _ID.fullmatch(segment) else segment for segment in segments)
    safe = method == "GET" if idempotent is None else idempotent
    return _unknown(method, template, safe), tuple(segment for segment in segments if _ID.fullmatch(segment))


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], AnyEndpoint], ...]:
    """Return the known endpoints by pattern, those with the fewest placeholders first: ``/search`` is not an id."""
    ordered = sorted(ENDPOINTS, key=lambda endpoint: endpoint.path.count("{"))
    return tuple((re.compile(re.sub(r"\\\{\w+\\\}", "([^/]+)", re.escape(e.path))), e) for e in ordered)


@cache
def _variant(endpoint: AnyEndpoint, idempotent: bool) -> AnyEndpoint:
    return attrs.evolve(endpoint, idempotent=idempotent)


@lru_cache(maxsize=1024)
def _unknown(method: str, template: str, idempotent: bool) -> AnyEndpoint:
    return Endpoint("request", method, template, JsonObject, idempotent=idempotent)
