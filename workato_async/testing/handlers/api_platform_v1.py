"""API platform, version 1: clients and access profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.testing.call import Call, error_response, find, handles, missing, required
from workato_async.testing.family import Family, number, serve
from workato_async.testing.handlers.api_platform_clients import AUTH_TYPES, new_secret

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject
    from workato_async.testing.state import State

CLIENTS = Family("api_clients_v1", new_id=number(1801), defaults={"name": "", "project_id": None}, required=("name",))
serve(CLIENTS, "list")

PROFILES = Family(
    "api_access_profiles",
    new_id=number(1901),
    defaults=lambda state: {
        "name": "",
        "api_client_id": next(iter(CLIENTS.rows(state)), 0),
        "api_collection_ids": [],
        "active": True,
        "auth_type": "token",
        **dict.fromkeys(("secret", "oauth_client_id", "oauth_client_secret")),
    },
    required=("name",),
    filters=("api_client_id",),
    choices={"auth_type": AUTH_TYPES},
    times=False,
)
serve(PROFILES, "list", "enable", "disable")

_SENT = ("name", "api_collection_ids", "active", "auth_type")


@handles("api_clients_v1.create")
def create_client(call: Call) -> JsonObject:
    """No source documents the response, so it is what the list shows."""
    required(call.body, "name")
    if (project_id := call.text("project_id")) is None:
        raise missing("project_id")
    return CLIENTS.create(call, project_id=project_id)


@handles("api_access_profiles.create")
def create(call: Call) -> JsonObject:
    required(call.body, *_SENT)
    client_id = call.text("api_client_id")
    of = {} if client_id is None else {"api_client_id": find(CLIENTS.table(call), client_id)["id"]}
    return _with_new_secret(call.state, PROFILES.create(call, **of))


@handles("api_access_profiles.update")
def update(call: Call) -> JsonObject:
    required(call.body, *_SENT)
    return PROFILES.update(call)


@handles("api_access_profiles.refresh_secret")
def refresh_secret(call: Call) -> JsonObject:
    profile = PROFILES.row(call)
    if profile["auth_type"] == "jwt":
        raise error_response(400, {"message": "The access profile has no secret of ours"})
    return _with_new_secret(call.state, profile)


def _with_new_secret(state: State, profile: JsonObject) -> JsonObject:
    """Set new secrets, of the kind that the type of the profile needs."""
    if profile["auth_type"] == "token":
        profile["secret"] = new_secret(state)
    if profile["auth_type"] == "oauth2":
        profile.update(oauth_client_id=f"client-{profile['id']}", oauth_client_secret=new_secret(state))
    return profile
