"""The Embedded API: customers, and each one's workspace, which has the handlers of the Developer API.

A customer is named by its number, by ``E`` and its external id, or by the number of one of its environments; the first
two may be followed by ``_dev``, ``_test`` or ``_prod``. Each environment has a small workspace of its own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import attrs

from workato_async.embedded import EMBEDDED_ENDPOINTS
from workato_async.resources import ENDPOINTS
from workato_async.testing.call import ALSO, HANDLERS, Call, Handler, find, handles, missing, not_found, required
from workato_async.testing.family import Family, number
from workato_async.testing.handlers.members import MEMBERS
from workato_async.testing.paging import listed
from workato_async.testing.placeholder import respond_with_placeholder
from workato_async.testing.seeding import seed_state
from workato_async.testing.shapes import OK, result
from workato_async.testing.state import State

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject

EXTERNAL_ID = 2300
"""The external ids of the first customers are ``A2300``, ``A2301``, …"""
_ENVIRONMENTS = ("dev", "test", "prod")
_NAME = re.compile(r"(?:E(?P<external>.+?)|(?P<id>[0-9]{1,18}))(?:_(?P<environment>dev|test|prod))?", re.DOTALL)
_EMPTY = {"recipes": 0, "jobs": 0, "connections": 0, "lookup_rows": 0}
"""What the workspace of a customer that was created through the API begins with: three projects."""
_workspaces: WeakKeyDictionary[State, dict[tuple[int, str], State]] = WeakKeyDictionary()


def _new_customer(state: State) -> JsonObject:
    return {
        "external_id": None,
        "name": "",
        "notification_email": "",
        "plan_id": "oem_plan",
        "origin_url": None,
        "in_trial": False,
        "environments": [],
        "time_zone": "Pacific Time (US & Canada)",
    }


CUSTOMERS = Family(
    "customers",
    new_id=number(98178),
    defaults=_new_customer,
    required=("name", "notification_email"),
    seeds=0,
)


def seed_customers(state: State, count: int) -> None:
    """Add customers with environments: 98178 with the external id A2300, 98179 with A2301, …."""
    table = CUSTOMERS.rows(state)
    for index in range(count):
        fields = {
            "external_id": f"A{EXTERNAL_ID + index}",
            "name": f"Customer {index + 1}",
            "notification_email": f"customer{index + 1}@example.com",
        }
        CUSTOMERS.add(state, table, fields)
    for row in table.values():
        _provision(state, row)


def workspace(state: State, customer_id: int | str) -> State:
    """Return the workspace of a customer in one environment; that of a seeded customer is filled when it is first used.

    Args:
        state: that of the admin workspace.
        customer_id: a name of the customer, as in a path.

    Raises:
        ErrorResponse: 404 if there is no such customer, or no such environment.
    """
    row, environment = _named(state, str(customer_id))
    made = _workspaces.setdefault(state, {})
    found = made.get((row["id"], environment))
    if found is None:
        found = _add_workspace(state, row, environment, recipes=6, jobs=20, connections=3, lookup_rows=5)
    found.settle()
    return found


def _add_workspace(
    state: State, row: JsonObject, environment: str, *, recipes: int, jobs: int, connections: int, lookup_rows: int
) -> State:
    added = State(state.clock, seed=4 * row["id"] + _ENVIRONMENTS.index(environment), time_scale=state.time_scale)
    added.storage = state.storage  # there is one storage host
    several = bool(row["environments"])
    seed_state(
        added, recipes=recipes, jobs=jobs, connections=connections, lookup_rows=lookup_rows, environments=several
    )
    _workspaces.setdefault(state, {})[row["id"], environment] = added
    return added


def embedded_handlers() -> dict[str, Handler]:
    """Return the handlers of the customers' workspaces, by endpoint id; each delegates to the Developer API's."""
    originals = {f"embedded.{endpoint.id}": endpoint for endpoint in ENDPOINTS}
    for endpoint in EMBEDDED_ENDPOINTS:
        ALSO[endpoint.id] = ALSO.get(originals[endpoint.id].id, ())
    return {
        endpoint.id: _delegate(
            HANDLERS.get(originals[endpoint.id].id, respond_with_placeholder), originals[endpoint.id]
        )
        for endpoint in EMBEDDED_ENDPOINTS
    }


def _delegate(handler: Handler, endpoint: Any) -> Handler:
    def in_the_workspace(call: Call) -> Any:
        return handler(_inside(call, *call.arguments[1:], endpoint=endpoint))

    return in_the_workspace


def _inside(call: Call, *arguments: str, endpoint: Any = None) -> Call:
    """Return a call of the Developer API inside the workspace of a call's customer."""
    state = workspace(call.state, call.arguments[0])
    return attrs.evolve(call, endpoint=endpoint or call.endpoint, arguments=arguments, state=state)


def _named(state: State, name: str) -> tuple[JsonObject, str]:
    """Return the customer that a name means, and its environment."""
    found = _NAME.fullmatch(name)
    rows = CUSTOMERS.rows(state).values()
    if found is None:
        raise not_found()
    environment = found["environment"]
    for row in rows:
        ids = {"dev": row["id"], **{one["type"]: one["id"] for one in row["environments"]}}
        if found["external"] is not None:
            is_it = row["external_id"] == found["external"]
        else:
            is_it = int(found["id"]) in ids.values()
        if is_it:
            by_id = next((key for key, value in ids.items() if str(value) == found["id"]), "dev")
            chosen = environment or by_id
            if chosen in ids and (environment is None or by_id == "dev"):
                return row, chosen
    raise not_found()


def _customer(call: Call) -> JsonObject:
    return _named(call.state, call.arguments[0])[0]


def _provision(state: State, row: JsonObject) -> None:
    row["environments"] = [
        {"id": state.new_id("customer environments", 98178_0), "name": kind.title(), "type": kind}
        for kind in ("test", "prod")
    ]


@handles("customers.list")
def list_customers(call: Call) -> JsonObject:
    return result(listed(call, list(CUSTOMERS.table(call).values())))


@handles("customers.get")
def get(call: Call) -> JsonObject:
    return result(_customer(call))


def _fields(call: Call) -> JsonObject:
    """Return the fields that may be written."""
    return {name: value for name, value in CUSTOMERS.fields(call).items() if name != "environments"}


@handles("customers.create")
def create(call: Call) -> JsonObject:
    fields = _fields(call)
    required(fields, *CUSTOMERS.required)
    row = CUSTOMERS.add(call.state, CUSTOMERS.table(call), fields)
    _add_workspace(call.state, row, "dev", **_EMPTY)
    return result(row)


@handles("customers.update")
def update(call: Call) -> JsonObject:
    row = _customer(call)
    row.update(_fields(call), updated_at=call.state.now())
    return result(row)


@handles("customers.delete")
def delete(call: Call) -> JsonObject:
    row = _customer(call)
    del CUSTOMERS.table(call)[row["id"]]
    made = _workspaces.get(call.state, {})
    for environment in _ENVIRONMENTS:
        made.pop((row["id"], environment), None)
    return result(OK)


@handles("customers.provision_environments")
def provision_environments(call: Call) -> JsonObject:
    row = _customer(call)
    is_first = not row["environments"]
    _provision(call.state, row)
    for environment in ("test", "prod") if is_first else ():
        _add_workspace(call.state, row, environment, **_EMPTY)
    return result({"environments": row["environments"]})


@handles("customers.usage")
def usage(call: Call) -> JsonObject:
    return result([{"id": row["id"], "name": row["name"], "task_count": 0} for row in CUSTOMERS.table(call).values()])


@handles("customers.statistics.usage")
@handles("customers.statistics.connection_usage")
def statistics(call: Call) -> JsonObject:
    return result({"customers": [{"id": row["id"]} for row in CUSTOMERS.table(call).values()]})


@handles("customers.connection_input_schema")
@handles("customers.connector_input_schema")
def input_schema(call: Call) -> JsonObject:
    _customer(call)
    return result([{"name": "subdomain", "label": f"Subdomain of {call.arguments[1]}", "type": "string"}])


@handles("customers.pick_list")
def pick_list(call: Call) -> JsonObject:
    return result(HANDLERS["connections.pick_list"](_inside(call, call.arguments[1]))["data"])


@handles("customers.invite")
def invite(call: Call) -> JsonObject:
    _customer(call)
    required(call.body, "name", "email")
    return result(OK)


@handles("customers.members.list")
def list_members(call: Call) -> JsonObject:
    return result(listed(call, list(MEMBERS.rows(_inside(call).state).values())))


@handles("customers.members.get")
def get_member(call: Call) -> JsonObject:
    return result(find(MEMBERS.rows(_inside(call).state), call.arguments[1]))


@handles("customers.members.create")
def create_member(call: Call) -> JsonObject:
    required(call.body, "name")
    state = _inside(call).state
    return result(MEMBERS.add(state, MEMBERS.rows(state), MEMBERS.fields(attrs.evolve(call, state=state))))


@handles("customers.members.update")
def update_member(call: Call) -> JsonObject:
    member = find(MEMBERS.rows(_inside(call).state), call.arguments[1])
    member.update({name: value for name, value in call.body.items() if name in member and name != MEMBERS.key})
    return result(member)


@handles("customers.members.delete")
def delete_member(call: Call) -> JsonObject:
    members = MEMBERS.rows(_inside(call).state)
    del members[find(members, call.arguments[1])["id"]]
    return result(OK)


@handles("customers.members.privileges")
def privileges(call: Call) -> JsonObject:
    return result(HANDLERS["members.privileges"](_inside(call, call.arguments[1]))["data"])


@handles("customers.imports.create")
def create_import(call: Call) -> Any:
    folder_id = call.text("folder_id")
    if folder_id is None:
        raise missing("folder_id")
    return HANDLERS["packages.import"](_inside(call, folder_id))


@handles("customers.exports.create")
def create_export(call: Call) -> Any:
    return HANDLERS["packages.export"](_inside(call, call.arguments[1]))


@handles("customers.imports.get")
@handles("customers.exports.get")
def get_package(call: Call) -> Any:
    return HANDLERS["packages.get"](_inside(call, call.arguments[1]))
