"""A fake Workato whose responses can be twisted, on short pages, and what twists are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
import msgspec

from workato_async.testing import FakeWorkato
from workato_async.testing.call import Call, FakeResponse, LongPoll
from workato_async.testing.routes import Route

PAGE = 4
"""Objects per page, whatever is asked for."""
ENTRIES = 10
"""Entries of the activity log."""


@attrs.frozen
class Asked:
    """A request, as a twist sees it.

    Attributes:
        endpoint: its id.
        arguments: of the path.
        cursor: where the page begins, None for the first.
    """

    endpoint: str
    arguments: tuple[str, ...]
    cursor: str | None


Twist = Callable[[Asked, Any], Any]
"""From a request and the JSON of its right response to the JSON to send, or to another response."""
Change = Callable[[Any], Any]
"""From the objects of a list, or an object, to those to send, or to another response."""


class HostileServer(FakeWorkato):
    """A fake with short pages, whose responses a twist changes while there is one.

    Attributes:
        twist: changes the responses; None for a server that is right.
    """

    def __init__(self, recipes: int = 12, jobs: int = 60, **options: Any) -> None:
        options = {"connections": 12, "lookup_rows": 12, "jobs_per_page": PAGE, "window": None, **options}
        super().__init__(recipes, jobs, **options)
        for key in list(self.state.activity_logs)[ENTRIES:]:
            del self.state.activity_logs[key]
        self.twist: Twist | None = None

    def _execute(self, call: Call, route: Route) -> FakeResponse | LongPoll:
        names = ("per_page", "page[size]")
        if any(name in names for name, _ in call.request.query):
            query = [(name, str(PAGE) if name in names else value) for name, value in call.request.query]
            short = attrs.evolve(call.request)
            short.query = query
            call = attrs.evolve(call, request=short)
        response = super()._execute(call, route)
        if self.twist is None or not isinstance(response, FakeResponse):
            return response
        cursor = next((call.text(name) for name in _CURSORS if call.text(name) not in (None, "1")), None)
        tree = msgspec.json.decode(response.body) if response.body else None
        twisted = self.twist(Asked(call.endpoint.id, call.arguments, cursor), tree)
        if isinstance(twisted, FakeResponse):
            return twisted
        return attrs.evolve(response, body=twisted if isinstance(twisted, bytes) else msgspec.json.encode(twisted))


_CURSORS = ("since_id", "offset_job_id", "page", "page[after]")
_WRAPPERS = ("items", "data", "result")


def items_of(tree: Any) -> list[Any]:
    """Return the objects of a list."""
    if isinstance(tree, list):
        return tree
    return next((tree[name] for name in _WRAPPERS if isinstance(tree, dict) and isinstance(tree.get(name), list)), [])


def with_items(tree: Any, items: Any) -> Any:
    """Return the JSON of a list with other objects."""
    if isinstance(items, FakeResponse | bytes) or isinstance(tree, list):
        return items
    return {**tree, next(name for name in _WRAPPERS if name in tree): items}


def on(
    endpoint: str,
    change: Change,
    *,
    times: int | None = None,
    parents: Sequence[int] = (),
    first: bool | None = None,
    after: int = 0,
) -> Callable[[], Twist]:
    """Return what makes a twist of the lists of an endpoint.

    Args:
        endpoint: its id.
        change: of the objects of a list; of the object itself for an endpoint that is no list.
        times: how often it strikes, None for always.
        parents: the objects whose lists it strikes, empty for all.
        first: only first pages, or only later ones.
        after: matching requests that are right before.
    """

    def made() -> Twist:
        count = 0

        def twist(asked: Asked, tree: Any) -> Any:
            nonlocal count
            if asked.endpoint != endpoint or first is (asked.cursor is not None):
                return tree
            if parents and int(asked.arguments[0]) not in parents:
                return tree
            count += 1
            if count <= after or (times is not None and count > after + times):
                return tree
            if not endpoint.endswith(".list"):
                return change(tree)
            return with_items(tree, change(items_of(tree)))

        return twist

    return made


def both(*makers: Callable[[], Twist]) -> Callable[[], Twist]:
    """Return what makes a twist of several, one after the other."""

    def made() -> Twist:
        twists = [maker() for maker in makers]

        def twist(asked: Asked, tree: Any) -> Any:
            for one in twists:
                tree = one(asked, tree)
                if isinstance(tree, FakeResponse):
                    break
            return tree

        return twist

    return made


def cycle_of(endpoint: str, length: int, parents: Sequence[int] = ()) -> Callable[[], Twist]:
    """Return what makes a twist that returns the first pages of each list again and again."""

    def made() -> Twist:
        pages: dict[tuple[str, ...], list[Any]] = {}
        asked_for: dict[tuple[str, ...], int] = {}

        def twist(asked: Asked, tree: Any) -> Any:
            if asked.endpoint != endpoint or (parents and int(asked.arguments[0]) not in parents):
                return tree
            if asked.cursor is None:
                asked_for[asked.arguments] = 0
            number = asked_for[asked.arguments] = asked_for[asked.arguments] + 1
            known = pages.setdefault(asked.arguments, [])
            if number > len(known) and len(known) < length:
                known.append(tree)
            return known[(number - 1) % length] if len(known) == length else tree

        return twist

    return made


def json_of(text: bytes | str, code: int = 200, kind: str = "application/json") -> Change:
    """Return a change that sends a response as it stands."""
    body = text.encode() if isinstance(text, str) else text
    return lambda _: FakeResponse(code, body, kind)


def nothing(_: Any) -> list[Any]:
    """Return an empty list."""
    return []


def with_first(fields: Mapping[str, Any]) -> Change:
    """Return a change of the first object of a page."""
    return lambda items: [{**items[0], **fields}, *items[1:]] if items else items


def with_raw_first(field: str, raw: bytes) -> Callable[[Any], bytes]:
    """Return a change that gives a field of the first object a value that is written as it stands."""

    def change(tree: Any) -> bytes:
        items = items_of(tree)
        if not items:
            return msgspec.json.encode(tree)
        mark = "a value to replace"
        changed = with_items(tree, [{**items[0], field: mark}, *items[1:]])
        return msgspec.json.encode(changed).replace(f'"{mark}"'.encode(), raw)

    return change
