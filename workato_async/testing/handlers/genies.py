"""Genies of Agent Studio, what is assigned to them, and the clients that may talk to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workato_async.testing.call import Call, error_response, find, handles, invalid, required
from workato_async.testing.family import Family, handle, in_folder, linked, serve, wrapped
from workato_async.testing.handlers.api_platform_clients import new_secret
from workato_async.testing.handlers.iam import GROUPS
from workato_async.testing.handlers.knowledge_bases import KNOWLEDGE_BASES
from workato_async.testing.handlers.skills import SKILLS
from workato_async.testing.shapes import OK, data

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject

GENIES = Family(
    "genies",
    new_id=handle("gin"),
    defaults=in_folder(
        name="", description=None, instructions="", ai_provider="workato", ai_model=None, state="inactive"
    ),
    required=("name", "folder_id"),
    longest={"name": 35},
    status=422,
)
serve(GENIES, "list", "create", "update", "delete")

CLIENTS = Family(
    "genie_clients",
    new_id=handle("gincl"),
    defaults={"client_name": ""},
    required=("client_name",),
    key="client_id",
    times=False,
)
serve(CLIENTS, "list")


@handles("genies.get")
def get(call: Call) -> Any:
    genie = GENIES.row(call)
    client = next(iter(_assigned(call, "clients").values()), None)
    groups = [{"id": id_, "name": group.get("name")} for id_, group in _assigned(call, "user_groups").items()]
    skills = [{"id": id_, "name": skill["name"]} for id_, skill in _assigned(call, "skills").items()]
    return data({**genie, "chat_interface": client, "user_groups": groups, "skills": skills})


handles("genies.start")(lambda call: wrapped(call.endpoint, GENIES.update(call, state="active")))
handles("genies.stop")(lambda call: wrapped(call.endpoint, GENIES.update(call, state="inactive")))


@handles("genies.conversations")
def conversations(call: Call) -> JsonObject:
    """Return an empty list: no source shows an entry."""
    GENIES.row(call)
    return {}


@handles("genies.conversation_events")
def conversation_events(call: Call) -> JsonObject:
    GENIES.row(call, 0)
    return data([])


@handles("genie_clients.create")
def create_client(call: Call) -> Any:
    required(call.body, "client_name", "auth")
    kind = call.body["auth"].get("type")
    if kind not in ("api_key", "oauth"):
        raise invalid("auth.type", "is not included in the list")
    client = CLIENTS.create(call)
    if kind == "oauth":
        return wrapped(call.endpoint, {**client, "oauth_client_id": f"oauth-{client['client_id']}"})
    return _with_key(call, client)


handles("genie_clients.regenerate")(lambda call: _with_key(call, CLIENTS.row(call)))


@handles("genies.clients.delete")
def delete_client(call: Call) -> JsonObject:
    client_id = CLIENTS.row(call)["client_id"]
    del CLIENTS.table(call)[client_id]
    for genie_id in GENIES.rows(call.state):
        linked(call.state, "genies.clients", genie_id).pop(client_id, None)
    return OK


@handles("genies.clients.assign")
def assign_client(call: Call) -> JsonObject:
    required(call.body, "genie_client_id")
    client = find(CLIENTS.rows(call.state), call.body["genie_client_id"])
    clients = _assigned(call, "clients")
    if clients.keys() - {client["client_id"]}:
        raise error_response(409, {"message": "The genie has a client already"})
    clients[client["client_id"]] = client
    return OK


@handles("genies.clients.remove")
def remove_client(call: Call) -> JsonObject:
    clients = _assigned(call, "clients")
    del clients[find(clients, call.arguments[1])["client_id"]]
    return OK


def _assignable(what: str, key: str, family: Family, *, unknown_too: bool = False) -> None:
    """Register the handlers that assign objects of a family and remove them."""

    @handles(f"genies.assign_{what}")
    def assign(call: Call) -> Any:
        required(call.body, key)
        rows = family.rows(call.state)
        new = {one: rows.get(one, {}) if unknown_too else find(rows, one) for one in call.body[key]}
        _assigned(call, what).update(new)
        return _changed(call)

    @handles(f"genies.remove_{what}")
    def remove(call: Call) -> Any:
        required(call.body, key)
        for one in call.body[key]:
            _assigned(call, what).pop(one, None)
        return _changed(call)


_assignable("skills", "skill_ids", SKILLS)
_assignable("knowledge_bases", "knowledge_base_ids", KNOWLEDGE_BASES)
_assignable("user_groups", "user_group_ids", GROUPS, unknown_too=True)  # no source says where they come from


def _with_key(call: Call, client: JsonObject) -> Any:
    """Return a new key, which is not kept: no other response shows it."""
    return wrapped(call.endpoint, {**client, "api_key": new_secret(call.state)})


def _assigned(call: Call, what: str) -> dict[int | str, JsonObject]:
    """Return the objects of one kind that are assigned to the genie of a call, by id."""
    return linked(call.state, f"genies.{what}", GENIES.row(call, 0)["id"])


def _changed(call: Call) -> Any:
    """Return the genie, after updating how many genies each skill has."""
    assigned = [linked(call.state, "genies.skills", genie_id) for genie_id in GENIES.rows(call.state)]
    for skill in SKILLS.rows(call.state).values():
        skill["genies_count"] = sum(skill["id"] in table for table in assigned)
    return wrapped(call.endpoint, GENIES.row(call, 0))
