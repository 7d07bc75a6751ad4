"""Genies of Agent Studio, what is assigned to them, and the clients that may talk to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.testing.call import Call, find, handles, invalid, missing, required
from workato_async.testing.family import Family, handle, serve, wrapped
from workato_async.testing.handlers.knowledge_bases import KNOWLEDGE_BASES
from workato_async.testing.handlers.skills import SKILLS
from workato_async.testing.shapes import OK

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject

GENIES = Family(
    "genies",
    new_id=handle("gin"),
    defaults=lambda state: {
        "name": "",
        "description": None,
        "folder_id": state.first_project()["folder_id"],
        "project_id": state.first_project()["id"],
        "instructions": "",
        "ai_provider": "workato",
        "state": "inactive",
    },
    required=("name", "folder_id"),
)
serve(GENIES, "list", "get", "update", "delete")

CLIENTS = Family(
    "genie_clients",
    new_id=handle("gincl"),
    defaults={"client_name": ""},
    required=("client_name",),
    key="client_id",
    times=False,
)
serve(CLIENTS, "list")


@handles("genies.create")
def create(call: Call) -> JsonObject:
    fields = GENIES.fields(call)
    required(fields, *GENIES.required)
    fields["project_id"] = find(call.state.folders, fields["folder_id"])["project_id"]
    return wrapped(call.endpoint, GENIES.add(call.state, GENIES.table(call), fields))  # type: ignore[no-any-return]


@handles("genies.start")
def start(call: Call) -> JsonObject:
    return _in_state(call, "active")


@handles("genies.stop")
def stop(call: Call) -> JsonObject:
    return _in_state(call, "inactive")


@handles("genies.assign_skills")
def assign_skills(call: Call) -> JsonObject:
    return _assign(call, "skill_ids", SKILLS)


@handles("genies.remove_skills")
def remove_skills(call: Call) -> JsonObject:
    return _remove(call, "skill_ids")


@handles("genies.assign_knowledge_bases")
def assign_knowledge_bases(call: Call) -> JsonObject:
    return _assign(call, "knowledge_base_ids", KNOWLEDGE_BASES)


@handles("genies.remove_knowledge_bases")
def remove_knowledge_bases(call: Call) -> JsonObject:
    return _remove(call, "knowledge_base_ids")


@handles("genies.assign_user_groups")
def assign_user_groups(call: Call) -> JsonObject:
    return _assign(call, "user_group_ids", None)


@handles("genies.remove_user_groups")
def remove_user_groups(call: Call) -> JsonObject:
    return _remove(call, "user_group_ids")


@handles("genies.conversations")
def conversations(call: Call) -> JsonObject:
    """Return an empty list: no source shows an entry."""
    GENIES.row(call)
    return {}


@handles("genie_clients.create")
def create_client(call: Call) -> JsonObject:
    required(call.body, "client_name", "auth")
    auth = call.body["auth"]
    if not isinstance(auth, dict) or auth.get("type") != "api_key":
        raise invalid("auth.type", "is not included in the list")
    client = CLIENTS.add(call.state, CLIENTS.table(call), {"client_name": call.body["client_name"]})
    return _with_key(call, client)


@handles("genie_clients.regenerate")
def regenerate(call: Call) -> JsonObject:
    return _with_key(call, CLIENTS.row(call))


@handles("genies.clients.assign")
def assign_client(call: Call) -> JsonObject:
    required(call.body, "genie_client_id")
    client = find(CLIENTS.rows(call.state), call.body["genie_client_id"])
    _assigned(call, "clients")[client["client_id"]] = client
    return OK


@handles("genies.clients.remove")
def remove_client(call: Call) -> JsonObject:
    clients = _assigned(call, "clients")
    del clients[find(clients, call.arguments[1])["client_id"]]
    return OK


def _in_state(call: Call, state: str) -> JsonObject:
    genie = GENIES.row(call)
    genie["state"] = state
    return wrapped(call.endpoint, genie)  # type: ignore[no-any-return]


def _with_key(call: Call, client: JsonObject) -> JsonObject:
    """Return a new key, which is not kept: no other response shows it."""
    key = f"{call.state.random_bits(256):064x}"
    return wrapped(call.endpoint, {**client, "api_key": key})  # type: ignore[no-any-return]


def _assigned(call: Call, what: str) -> dict[int | str, JsonObject]:
    """Return the objects of one kind that are assigned to the genie of a call, by id."""
    return call.state.tables.setdefault(f"genies.{what}/{GENIES.row(call, 0)['id']}", {})


def _assign(call: Call, what: str, family: Family | None) -> JsonObject:
    """Assign objects, which must exist if they belong to a family."""
    new = {id_: find(family.rows(call.state), id_) if family else {} for id_ in _ids(call, what)}
    _assigned(call, what).update(new)
    return _changed(call)


def _remove(call: Call, what: str) -> JsonObject:
    for id_ in _ids(call, what):
        _assigned(call, what).pop(id_, None)
    return _changed(call)


def _ids(call: Call, what: str) -> list[str]:
    ids = call.body.get(what)
    if not isinstance(ids, list) or not all(isinstance(id_, str) for id_ in ids):
        raise missing(what)
    return ids


def _changed(call: Call) -> JsonObject:
    """Return the genie, after updating how many genies each skill has."""
    assigned = [table for name, table in call.state.tables.items() if name.startswith("genies.skill_ids/")]
    for skill in SKILLS.rows(call.state).values():
        skill["genies_count"] = sum(skill["id"] in table for table in assigned)
    return wrapped(call.endpoint, GENIES.row(call, 0))  # type: ignore[no-any-return]
