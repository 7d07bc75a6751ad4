"""Family: objects of one kind that can be listed, fetched, created, changed and deleted, and how the fake keeps them.

Most families of the API differ only in their fields. Such a family is one ``Family`` and a call of ``serve``;
anything special is a separate handler, which finds its rows through the same family:

```py
TAGS = Family("tags", new_id=handle("tag"), defaults={"title": "", "color": "blue"}, required=("title",), seeds=2)
serve(TAGS, "list", "create", "update", "delete")
```

The endpoint table and the family say where the data is in a response, how a list is paged and under which key a body is
wrapped.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from workato_async.testing.bodies import FIELDS
from workato_async.testing.call import FakeResponse, error_response, find, found, handles, invalid, required
from workato_async.testing.paging import filtered, page
from workato_async.testing.shapes import OK

if TYPE_CHECKING:
    from workato_async.endpoint import AnyEndpoint, JsonObject
    from workato_async.testing.call import Call
    from workato_async.testing.state import State

NewId = Callable[["State", str], int | str]
"""Returns the id of a new object, from the state and the family's name."""


def number(first: int) -> NewId:
    """Return ascending ids."""
    return lambda state, name: state.new_id(name, first)


def handle(prefix: str) -> NewId:
    """Return ids such as ``tag-AJTAt8w6-wdAgWM``."""
    return lambda state, _: state.handle(prefix)


def random_uuid(state: State, _: str) -> str:
    """Return random UUIDs."""
    return str(uuid.UUID(int=state.random_bits(128), version=4))


def in_folder(**fields: Any) -> Callable[[State], Mapping[str, Any]]:
    """Return defaults with a folder, that of the first project, and its project."""

    def defaults(state: State) -> Mapping[str, Any]:
        project = state.first_project()
        return {**fields, "folder_id": project["folder_id"], "project_id": project["id"]}

    return defaults


@attrs.frozen(eq=False)
class Family:
    """How the fake keeps objects of one kind.

    Attributes:
        name: what the ids of its endpoints begin with, e.g. ``"mcp_servers.tools"``; also the name of its table.
        new_id: makes the id of a new object.
        defaults: the fields of a new object besides its id, or a function of the state that returns them. Without any,
            an object is whatever was sent. A ``folder_id`` among them must exist; with a ``project_id``, the object is
            in the project of its folder.
        required: fields without which nothing is created.
        filters: query parameters of the list that must equal the field of the same name.
        body: the key under which bodies are wrapped, empty for none.
        choices: fields that must have one of a few values.
        longest: fields with the most characters that they may have.
        most: how many objects there may be.
        read: makes fields of a body that are not kept as they are sent, or raises the response for what is not valid.
        status: the status of the response to a field that is not valid.
        key: the field that holds the id, where it is not ``id``.
        children: the name of the family whose objects belong to one of these, and are deleted with it.
        parent: the family whose objects these belong to, by the first path argument.
        times: whether they have ``created_at`` and ``updated_at``.
        seeds: how many there are at the beginning.
        samples: the fields of those, ``{}`` for their number; the required ones need none.
        deleted: the result of a delete, which goes under the endpoint's wrapper; unless it is a FakeResponse.
        wrapper: the key of the results where no source documents it and the endpoint has none; this shape is our own.
    """

    name: str
    new_id: NewId
    defaults: Mapping[str, Any] | Callable[[State], Mapping[str, Any]] = attrs.field(factory=dict)
    required: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    body: str = ""
    choices: Mapping[str, Sequence[str]] = attrs.field(factory=dict)
    longest: Mapping[str, int] = attrs.field(factory=dict)
    most: int | None = None
    read: Callable[[Call], Mapping[str, Any]] | None = None
    status: int = 400
    key: str = "id"
    children: str = ""
    parent: Family | None = None
    times: bool = True
    seeds: int = 2
    samples: Mapping[str, str] = attrs.field(factory=dict)
    deleted: Any = attrs.field(factory=lambda: OK)
    wrapper: str = ""

    def table(self, call: Call) -> dict[int | str, JsonObject]:
        """Return the table of a call; for a family with a parent, that of the parent in its path."""
        if self.parent is None:
            return self.rows(call.state)
        return self.rows(call.state, self.parent.row(call, 0)[self.parent.key])

    def rows(self, state: State, parent: int | str = "") -> dict[int | str, JsonObject]:
        """Return a table by the id of its parent; it is seeded when it is first used."""
        name = f"{self.name}/{parent}"
        table = state.tables.get(name)
        if table is None:
            table = state.tables[name] = {}
            for index in range(1, self.seeds + 1):
                self.add(state, table, self._seed(state, index))
        return table

    def row(self, call: Call, position: int | None = None) -> JsonObject:
        """Return the object that a call's path names, by default with its last argument.

        Raises:
            ErrorResponse: 404 if there is none.
        """
        if position is None:
            position = len(call.arguments) - 1
        return find(self.table(call), call.arguments[position])

    def listed(self, call: Call) -> list[JsonObject]:
        """Return the objects that match the filters of a call."""
        return filtered(call, self.table(call).values(), *self.filters)

    def fields(self, call: Call) -> JsonObject:
        """Return the fields of a call's body that objects of this family have, validated.

        Null is kept only where the default is null.

        Raises:
            ErrorResponse: 400 that names the field which is not valid.
        """
        body = (call.body.get(self.body) or {}) if self.body else call.body
        known = self._defaults(call.state)
        fields = {
            name: value
            for name, value in body.items()
            if name != self.key and (not known or (name in known and _fits(name, value, known[name])))
        }
        for name, longest in self.longest.items():
            if len(fields.get(name) or "") > longest:
                raise invalid(name, f"is too long (maximum is {longest} characters)", self.status)
        for name, choices in self.choices.items():
            if fields.get(name, choices[0]) not in choices:
                raise invalid(name, "is not included in the list", self.status)
        if "folder_id" in known and fields.get("folder_id") is not None:
            row = found(call.state.folders, fields["folder_id"])
            if row is None:
                raise invalid("folder_id", "does not exist", self.status)
            fields["folder_id"] = row["id"]
            if "project_id" in known:
                fields["project_id"] = row["project_id"]
        return {**fields, **(self.read(call) if self.read else {})}

    def create(self, call: Call, **fields: Any) -> JsonObject:
        """Add what a call's body describes, and return it; the fields given take precedence.

        Raises:
            ErrorResponse: 400 if a required field is missing, one is not valid, or there are too many.
        """
        table, fields = self.table(call), {**self.fields(call), **fields}
        required(fields, *self.required)
        if self.most is not None and len(table) >= self.most:
            raise error_response(400, {"message": f"{self.name} cannot be more than {self.most}"})
        return self.add(call.state, table, fields)

    def update(self, call: Call, **fields: Any) -> JsonObject:
        """Change the object that a call's path names by what its body describes, and return it."""
        row = self.row(call)
        row.update({**self.fields(call), **fields})
        if self.times:
            row["updated_at"] = call.state.now()
        return row

    def wrap(self, call: Call, value: object) -> Any:
        """Put a value where the family or the endpoint has its data."""
        return {self.wrapper: value} if self.wrapper else wrapped(call.endpoint, value)

    def add(self, state: State, table: dict[int | str, JsonObject], fields: Mapping[str, Any]) -> JsonObject:
        """Add a new object to a table and return it."""
        times = {"created_at": state.now(), "updated_at": state.now()} if self.times else {}
        row = {self.key: self.new_id(state, self.name), **self._defaults(state), **times, **fields}
        table[row[self.key]] = row
        return row

    def _defaults(self, state: State) -> Mapping[str, Any]:
        return self.defaults(state) if callable(self.defaults) else self.defaults

    def _seed(self, state: State, index: int) -> JsonObject:
        """Return distinct values for the required text fields of a seeded object, and its sample."""
        known = self._defaults(state)
        sample = {field: value.format(index) for field, value in self.samples.items()}
        return sample | {
            field: f"{field} {index}"
            for field in self.required
            if isinstance(known.get(field), str) and field not in sample
        }


def serve(family: Family, *verbs: str) -> None:
    """Register handlers for some of ``list``, ``get``, ``create``, ``update``, ``delete``, ``enable``, ``disable``."""
    for verb in verbs:
        handles(f"{family.name}.{verb}")(_HANDLERS[verb](family))


def wrapped(endpoint: AnyEndpoint, value: object, around: Mapping[str, object] | None = None) -> Any:
    """Put a value where the endpoint has its data, with the other keys of the envelope."""
    keys = endpoint.wrapper.split(".") if endpoint.wrapper else []
    for depth, key in enumerate(reversed(keys)):
        value = {key: value, **(around or {} if depth == 0 else {})}
    return value


def listed_of(call: Call, rows: Sequence[JsonObject]) -> Any:
    """Cut the page a call asks for, in the envelope of the endpoint's page style."""
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


def _fits(name: str, value: object, default: object) -> bool:
    """Whether an object keeps a value; of its fields that no body is documented to have, only one of the same kind."""
    if name in FIELDS:
        return value is not None or default is None
    return type(value) is type(default) in (str, int, bool)


Handles = Callable[["Call"], Any]


def linked(state: State, name: str, owner: object) -> dict[int | str, JsonObject]:
    """Return what is assigned to an object, by id: the members of a group, the skills of a genie."""
    return state.tables.setdefault(f"{name}/{owner}", {})


def _list(family: Family) -> Handles:
    def list_(call: Call) -> Any:
        rows = family.listed(call)
        return {family.wrapper: rows} if family.wrapper else listed_of(call, rows)

    return list_


def _get(family: Family) -> Handles:
    return lambda call: family.wrap(call, family.row(call))


def _create(family: Family) -> Handles:
    return lambda call: family.wrap(call, family.create(call))


def _update(family: Family) -> Handles:
    return lambda call: family.wrap(call, family.update(call))


def _delete(family: Family) -> Handles:
    def delete(call: Call) -> Any:
        row_id = family.row(call)[family.key]
        del family.table(call)[row_id]
        call.state.tables.pop(f"{family.children}/{row_id}", None)
        if isinstance(family.deleted, FakeResponse):
            return family.deleted
        return wrapped(call.endpoint, family.deleted)

    return delete


def _switch(*, on: bool) -> Callable[[Family], Handles]:
    def verb(family: Family) -> Handles:
        def switch(call: Call) -> Any:
            family.row(call)["active"] = on
            return wrapped(call.endpoint, OK)

        return switch

    return verb


_HANDLERS: dict[str, Callable[[Family], Handles]] = {
    "list": _list,
    "get": _get,
    "create": _create,
    "update": _update,
    "delete": _delete,
    "enable": _switch(on=True),
    "disable": _switch(on=False),
}
