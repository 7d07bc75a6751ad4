"""API platform, version 1: clients and access profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.testing.call import Call, error_response, find, handles, invalid, missing, required
from workato_async.testing.family import Family, number, serve
from workato_async.testing.handlers.api_platform_clients import AUTH_TYPES, new_secret
from workato_async.testing.shapes import OK

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject
    from workato_async.testing.state import State

CLIENTS = Family("api_clients_v1", new_id=number(1801), defaults={"name": "", "project_id": None}, required=("name",))
serve(CLIENTS, "list")


def _profile(state: State) -> JsonObject:
    return {
        "name": "",
        "api_client_id": next(iter(CLIENTS.rows(state)), 0),
        "api_collection_ids": [],
        "active": True,
        "auth_type": "token",
        "secret": None,
        "oauth_client_id": None,
        "oauth_client_secret": None,
    }


PROFILES = Family(
    "api_access_profiles",
    new_id=number(1901),
    defaults=_profile,
    required=("name",),
    filters=("api_client_id",),
    times=False,
)
serve(PROFILES, "list")

_SENT = ("name", "api_collection_ids", "active", "auth_type")


@handles("api_clients_v1.create")
def create_client(call: Call) -> JsonObject:
    """No source documents the response, so it is what the list shows."""
    required(call.body, "name")
    if (project_id := call.text("project_id")) is None:
        raise missing("project_id")
    return CLIENTS.add(call.state, CLIENTS.table(call), {"name": call.body["name"], "project_id": project_id})


@handles("api_access_profiles.create")
def create(call: Call) -> JsonObject:
    fields = _fields(call)
    if (client_id := call.text("api_client_id")) is not None:
        fields["api_client_id"] = find(CLIENTS.table(call), client_id)["id"]
    profile = PROFILES.add(call.state, PROFILES.table(call), fields)
    return _with_new_secret(call.state, profile)


@handles("api_access_profiles.update")
def update(call: Call) -> JsonObject:
    profile = PROFILES.row(call)
    profile.update(_fields(call))
    return profile


@handles("api_access_profiles.enable")
def enable(call: Call) -> JsonObject:
    PROFILES.row(call)["active"] = True
    return OK


@handles("api_access_profiles.disable")
def disable(call: Call) -> JsonObject:
    PROFILES.row(call)["active"] = False
    return OK


@handles("api_access_profiles.refresh_secret")
def refresh_secret(call: Call) -> JsonObject:
    profile = PROFILES.row(call)
    if profile["auth_type"] == "jwt":
        raise error_response(400, {"message": "The access profile has no secret of ours"})
    return _with_new_secret(call.state, profile)


def _fields(call: Call) -> JsonObject:
    required(call.body, *_SENT)
    if call.body["auth_type"] not in AUTH_TYPES:
        raise invalid("auth_type", "is not included in the list")
    return {name: call.body[name] for name in _SENT}


def _with_new_secret(state: State, profile: JsonObject) -> JsonObject:
    """Set new secrets, of the kind that the type of the profile needs."""
    if profile["auth_type"] == "token":
        profile["secret"] = new_secret(state)
    if profile["auth_type"] == "oauth2":
        profile.update(oauth_client_id=f"client-{profile['id']}", oauth_client_secret=new_secret(state))
    return profile
