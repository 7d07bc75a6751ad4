"""Finds the endpoint of a method and a path: the routes are the endpoint table itself."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

import attrs

from workato_async.errors import ConfigurationError
from workato_async.testing.call import ALSO
from workato_async.testing.placeholder import respond_with_placeholder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from workato_async.endpoint import AnyEndpoint
    from workato_async.testing.call import Handler


@attrs.frozen(eq=False)
class Route:
    """An endpoint and its handler."""

    endpoint: AnyEndpoint
    handler: Handler


class _Node:
    """One level of the paths: the literal segments, the node of a placeholder, and the endpoints that end here."""

    __slots__ = ("literals", "placeholder", "routes")

    def __init__(self) -> None:
        self.literals: dict[str, _Node] = {}
        self.placeholder: _Node | None = None
        self.routes: dict[str, Route] = {}

    def child(self, segment: str) -> _Node:
        if not segment.startswith("{"):
            return self.literals.setdefault(segment, _Node())
        self.placeholder = self.placeholder or _Node()
        return self.placeholder


class Router:
    """The endpoints of a table, each with its handler, or one that returns a placeholder."""

    def __init__(self, endpoints: Iterable[AnyEndpoint], handlers: Mapping[str, Handler]) -> None:
        self.endpoints = tuple(endpoints)
        self._root = _Node()
        self._by_name: dict[str, AnyEndpoint] = {}
        for endpoint in self.endpoints:
            self._by_name[endpoint.key] = self._by_name[endpoint.id] = endpoint
            node = self._node(endpoint.path)
            route = Route(endpoint, handlers.get(endpoint.id, respond_with_placeholder))
            for method in (endpoint.method, *ALSO.get(endpoint.id, ())):
                node.routes[method] = route
            if endpoint.host == "event_streams" and endpoint.path.startswith("/api/v1/topics/"):  # still works
                self._node(endpoint.path.replace("/api/v1/", "/api/pubsub/")).routes[endpoint.method] = route

    def _node(self, path: str) -> _Node:
        node = self._root
        for segment in path.split("/"):
            node = node.child(segment)
        return node

    def endpoint(self, name: str) -> AnyEndpoint:
        """Return the endpoint of a key (``"GET /api/recipes/{id}"``) or an id (``"recipes.get"``).

        Raises:
            ConfigurationError: if there is none.
        """
        try:
            return self._by_name[name]
        except KeyError:
            raise ConfigurationError(f"unknown endpoint {name!r}: pass a key or an id") from None

    def match(self, method: str, path: str) -> tuple[Route, tuple[str, ...]] | None:
        """Return the route of a request and its path arguments; literal segments have precedence over placeholders."""
        return _walk(self._root, method, path.split("/"), 0, ())


def _walk(
    node: _Node, method: str, segments: Sequence[str], depth: int, arguments: tuple[str, ...]
) -> tuple[Route, tuple[str, ...]] | None:
    if depth == len(segments):
        route = node.routes.get(method)
        return (route, arguments) if route else None
    segment = segments[depth]
    if (literal := node.literals.get(segment)) and (found := _walk(literal, method, segments, depth + 1, arguments)):
        return found
    if node.placeholder is None or not segment:
        return None
    return _walk(node.placeholder, method, segments, depth + 1, (*arguments, unquote(segment)))
