"""A pipeline below Pages that serves pages from lists, and keeps a record of what was asked for."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import attrs

from workato_async import Endpoint, Pages
from workato_async.calls.caller import Caller
from workato_async.endpoint import (
    Listing,
)
from workato_async.http.messages import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@attrs.frozen(kw_only=True)
class Thing:
    id: int
    name: str | None = None


@attrs.frozen(kw_only=True)
class Anonymous:
    name: str


def endpoint_of(listing: Listing, wrapper: str = "items", result: type = Thing) -> Endpoint[Any]:
    return Endpoint("things.list", "GET", "/api/things", result, wrapper=wrapper, listing=listing)


class Shelf:
    """A pipeline that returns pages. ``page_of(query)`` gives the ids, or a whole envelope, or raises."""

    def __init__(self, page_of: Callable[[dict[str, str]], Any], *, seconds: float = 0.0) -> None:
        self.page_of = page_of
        self.seconds = seconds
        self.queries: list[dict[str, str]] = []
        self.cancelled = 0

    @property
    def requests(self) -> int:
        return len(self.queries)

    async def __call__(self, request: Request) -> Response:
        query = query_of(request)
        self.queries.append(query)
        try:
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        found = self.page_of(query)
        if isinstance(found, Response):
            return found
        tree = found if isinstance(found, dict) else {"items": [{"id": number} for number in found]}
        return Response(200, json.dumps(tree).encode())

    def pages(self, listing: Listing, *, query: Any = None, per_page: int | None = None, **kind: Any) -> Pages[Any]:
        return Pages(Caller(self, 45.0), endpoint_of(listing, **kind), (), query or {}, per_page=per_page)


def query_of(request: Request) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(request.target).query))


def numbered(things: Sequence[int], *, cursor: str = "page", size: str = "per_page") -> Callable[[dict[str, str]], Any]:
    def page_of(query: dict[str, str]) -> Sequence[int]:
        begin = (int(query[cursor]) - 1) * int(query[size])
        return things[begin : begin + int(query[size])]

    return page_of


def below(things: Sequence[int], *, cursor: str, size: str | int) -> Callable[[dict[str, str]], Any]:
    """Return the pages of a descending list by the id of the last item seen."""

    def page_of(query: dict[str, str]) -> Sequence[int]:
        limit = int(query[size]) if isinstance(size, str) else size
        found = [thing for thing in things if cursor not in query or thing < int(query[cursor])]
        return found[:limit]

    return page_of


def down_from(count: int) -> list[int]:
    return list(range(count, 0, -1))


async def ids_of(pages: Pages[Thing]) -> list[int]:
    return [thing.id async for thing in pages]
