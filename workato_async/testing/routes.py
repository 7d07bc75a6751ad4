"""From a method and a path to the endpoint: the routes are the endpoint table itself."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

import attrs

from workato_async.errors import ConfigurationError
from workato_async.testing.call import ALSO

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from workato_async.endpoint import AnyEndpoint
    from workato_async.testing.call import Handler


@attrs.frozen(eq=False)
class Route:
    """An endpoint and the function that answers for it."""

    endpoint: AnyEndpoint
    handler: Handler


class _Node:
    """One level of the paths: the literal segments, what a placeholder leads to, and the endpoints that end here."""

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
    """The endpoints of a table, each with its handler.

    Raises:
        ConfigurationError: if an endpoint of the table has no handler.
    """

    def __init__(self, endpoints: Iterable[AnyEndpoint], handlers: Mapping[str, Handler]) -> None:
        self._root = _Node()
        self._by_name: dict[str, AnyEndpoint] = {}
        endpoints = tuple(endpoints)
        if unserved := [endpoint.id for endpoint in endpoints if endpoint.id not in handlers]:
            raise ConfigurationError(f"the fake server has no handler for {', '.join(unserved)}")
        for endpoint in endpoints:
            self._by_name[endpoint.key] = self._by_name[endpoint.id] = endpoint
            node = self._root
            for segment in endpoint.path.split("/"):
                node = node.child(segment)
            for method in (endpoint.method, *ALSO.get(endpoint.id, ())):
                node.routes[method] = Route(endpoint, handlers[endpoint.id])

    def endpoint(self, name: str) -> AnyEndpoint:
        """Give the endpoint of a key (``"GET /api/recipes/{id}"``) or an id (``"recipes.get"``).

        Raises:
            ConfigurationError: if there is none.
        """
        try:
            return self._by_name[name]
        except KeyError:
            raise ConfigurationError(f"there is no endpoint {name!r}, neither by key nor by id") from None

    def match(self, method: str, path: str) -> tuple[Route, tuple[str, ...]] | None:
        """Give the route of a request and its path arguments; literal segments go before placeholders."""
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
