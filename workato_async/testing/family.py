"""Family: objects of one kind that can be listed, fetched, created, changed and deleted, and how the fake keeps them.

Most families of the API differ only in their fields. Such a family is one :class:`Family` and a line of
:func:`serve`; what is special about it is a handler of its own, which finds its rows through the same family::

    TAGS = Family("tags", new_id=handle("tag"), defaults={"title": "", "color": "blue"}, required=("title",), seeds=2)
    serve(TAGS, "list", "create", "update", "delete")

Where the data sits in an answer, how a list is paged and under which key a body is wrapped come from the endpoint table
and from the family.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from workato_async.testing.call import find, handles, required
from workato_async.testing.paging import filtered, page
from workato_async.testing.shapes import OK

if TYPE_CHECKING:
    from workato_async.endpoint import AnyEndpoint, JsonObject
    from workato_async.testing.call import Call
    from workato_async.testing.state import State

NewId = Callable[["State", str], int | str]
"""From the state and the family's name to the id of a new object."""


def number(first: int) -> NewId:
    """Count ids ascending."""
    return lambda state, name: state.new_id(name, first)


def handle(prefix: str) -> NewId:
    """Make ids such as ``tag-AJTAt8w6-wdAgWM``."""
    return lambda state, _: state.handle(prefix)


def random_uuid(state: State, _: str) -> str:
    """Make UUIDs."""
    return str(uuid.UUID(int=state.random_bits(128), version=4))


@attrs.frozen(eq=False)
class Family:
    """How the fake keeps objects of one kind.

    Attributes:
        name: what the ids of its endpoints begin with, e.g. ``"mcp_servers.tools"``; also the name of its table.
        new_id: makes the id of a new object.
        defaults: the fields of a new object besides its id; a function of the call's state where they are not constant.
        required: fields without which nothing is created.
        filters: query parameters of the list that must agree with the field of the same name.
        body: the key under which bodies are wrapped, empty for none.
        key: the field that holds the id, where it is not ``id``.
        parent: the family whose objects these belong to, by the first path argument.
        times: whether they have ``created_at`` and ``updated_at``.
        seeds: how many there are at the beginning.
        deleted: the answer to a delete, which goes under the wrapper; None for an empty body.
    """

    name: str
    new_id: NewId
    defaults: Mapping[str, Any] | Callable[[State], Mapping[str, Any]] = attrs.field(factory=dict)
    required: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    body: str = ""
    key: str = "id"
    parent: Family | None = None
    times: bool = True
    seeds: int = 2
    deleted: Any = attrs.field(factory=lambda: OK)

    def table(self, call: Call) -> dict[int | str, JsonObject]:
        """Give the table a call is about; of a family with a parent, that of the parent its path names."""
        if self.parent is None:
            return self.rows(call.state)
        return self.rows(call.state, self.parent.row(call, 0)[self.parent.key])

    def rows(self, state: State, parent: int | str = "") -> dict[int | str, JsonObject]:
        """Give a table by the id of its parent, with its first objects if it was never looked at."""
        name = f"{self.name}/{parent}"
        table = state.tables.get(name)
        if table is None:
            table = state.tables[name] = {}
            for index in range(1, self.seeds + 1):
                self.add(state, table, self._seed(state, index))
        return table

    def row(self, call: Call, position: int | None = None) -> JsonObject:
        """Give the object that a call's path names, by default with its last argument.

        Raises:
            ErrorResponse: 404 if there is none.
        """
        if position is None:
            position = len(call.arguments) - 1
        return find(self.table(call), call.arguments[position])

    def fields(self, call: Call) -> JsonObject:
        """Give the fields of a call's body that objects of this family have."""
        body = call.body.get(self.body, {}) if self.body else call.body
        known = self._defaults(call.state)
        return {name: value for name, value in body.items() if name in known}

    def add(self, state: State, table: dict[int | str, JsonObject], fields: Mapping[str, Any]) -> JsonObject:
        """Put a new object into a table and give it."""
        times = {"created_at": state.now(), "updated_at": state.now()} if self.times else {}
        row = {self.key: self.new_id(state, self.name), **self._defaults(state), **times, **fields}
        table[row[self.key]] = row
        return row

    def _defaults(self, state: State) -> Mapping[str, Any]:
        return self.defaults(state) if callable(self.defaults) else self.defaults

    def _seed(self, state: State, index: int) -> JsonObject:
        """Tell the first objects apart by what is required of them, as far as that is text."""
        known = self._defaults(state)
        return {field: f"{field} {index}" for field in self.required if isinstance(known.get(field), str)}


def serve(family: Family, *verbs: str) -> None:
    """Register handlers for some of ``list``, ``get``, ``create``, ``update`` and ``delete`` of a family."""
    for verb in verbs:
        handles(f"{family.name}.{verb}")(_HANDLERS[verb](family))


def wrapped(endpoint: AnyEndpoint, value: object, around: Mapping[str, object] | None = None) -> Any:
    """Put a value where the endpoint has its data, with what stands around it."""
    keys = endpoint.wrapper.split(".") if endpoint.wrapper else []
    for depth, key in enumerate(reversed(keys)):
        value = {key: value, **(around or {} if depth == 0 else {})}
    return value


def listed_of(call: Call, rows: Sequence[JsonObject]) -> Any:
    """Cut the page a call asks for, and put around it what the endpoint's page style reads."""
    listing = call.endpoint.listing
    cut = page(call, rows)
    around: dict[str, object] = {}
    if listing and listing.total:
        around[listing.total] = len(rows)
    if listing and listing.cursor == "page":
        around |= {"page": cut.number, "per_page": cut.size}
    if listing and listing.cursor == "page[number]":
        around["page"] = {"number": cut.number, "size": cut.size}
    return wrapped(call.endpoint, cut.items, around)


Handles = Callable[["Call"], Any]


def _list(family: Family) -> Handles:
    return lambda call: listed_of(call, filtered(call, family.table(call).values(), *family.filters))


def _get(family: Family) -> Handles:
    return lambda call: wrapped(call.endpoint, family.row(call))


def _create(family: Family) -> Handles:
    def create(call: Call) -> Any:
        table, fields = family.table(call), family.fields(call)
        required(fields, *family.required)
        return wrapped(call.endpoint, family.add(call.state, table, fields))

    return create


def _update(family: Family) -> Handles:
    def update(call: Call) -> Any:
        row = family.row(call)
        row.update(family.fields(call))
        if family.times:
            row["updated_at"] = call.state.now()
        return wrapped(call.endpoint, row)

    return update


def _delete(family: Family) -> Handles:
    def delete(call: Call) -> Any:
        del family.table(call)[family.row(call)[family.key]]
        return wrapped(call.endpoint, family.deleted)

    return delete


_HANDLERS: dict[str, Callable[[Family], Handles]] = {
    "list": _list,
    "get": _get,
    "create": _create,
    "update": _update,
    "delete": _delete,
}
