"""Families of which no source shows a body or an answer: an object is whatever was sent, and an id.

What happens to the objects can be relied on (what is created can be fetched, what is deleted answers 404); the shape of
the answers, which puts them under ``data``, cannot: it is this server's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workato_async.testing.call import handles
from workato_async.testing.shapes import OK, data

if TYPE_CHECKING:
    from collections.abc import Callable

    from workato_async.testing.call import Call
    from workato_async.testing.family import Family


def serve_undocumented(family: Family, *verbs: str) -> None:
    """Register handlers for some of ``list``, ``get``, ``create``, ``update`` and ``delete`` of a family."""
    for verb in verbs:
        handles(f"{family.name}.{verb}")(_handler(family, _HANDLERS[verb]))


def _handler(family: Family, handle: Callable[[Family, Call], Any]) -> Callable[[Call], Any]:
    return lambda call: handle(family, call)


def _list(family: Family, call: Call) -> Any:
    return data(list(family.table(call).values()))


def _get(family: Family, call: Call) -> Any:
    return data(family.row(call))


def _create(family: Family, call: Call) -> Any:
    return data(family.add(call.state, family.table(call), call.body))


def _update(family: Family, call: Call) -> Any:
    row = family.row(call)
    row.update(call.body)
    return data(row)


def _delete(family: Family, call: Call) -> Any:
    del family.table(call)[family.row(call)[family.key]]
    return OK


_HANDLERS: dict[str, Callable[[Family, Call], Any]] = {
    "list": _list,
    "get": _get,
    "create": _create,
    "update": _update,
    "delete": _delete,
}
