"""API platform: clients and their keys (v2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workato_async.testing.call import Call, find, handles, required
from workato_async.testing.family import Family, listed_of, number, serve
from workato_async.testing.handlers.api_platform import COLLECTIONS
from workato_async.testing.shapes import OK, data

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject
    from workato_async.testing.state import State

KEYS_AT_MOST = 20
"""Keys of one client (docs: workato-api/api-platform)."""
AUTH_TYPES = ("token", "jwt", "oauth2", "oidc")

CLIENTS = Family(
    "api_clients",
    new_id=number(1601),
    defaults={
        "name": "",
        **dict.fromkeys(("description", "logo", "logo_2x", "email", "api_token", "validation_formula")),
        "project_id": None,  # never shown, but the list can be filtered by it
        "is_legacy": False,
        "auth_type": "token",
        "mtls_enabled": False,
        "cert_bundle_ids": [],
        "api_policies": [],
        "api_collections": [],
    },
    required=("name",),
    filters=("project_id",),
    choices={"auth_type": AUTH_TYPES},
)
serve(CLIENTS, "delete")

KEYS = Family(
    "api_keys",
    new_id=number(1701),
    defaults=lambda state: {
        "name": "",
        "auth_type": "token",
        "ip_allow_list": [],
        "ip_deny_list": [],
        "active": True,
        "active_since": state.now(),
        "auth_token": None,
    },
    required=("name", "active"),
    most=KEYS_AT_MOST,
    parent=CLIENTS,
    times=False,
    seeds=1,
)
serve(KEYS, "list", "update", "delete", "disable")


@handles("api_clients.list")
def list_clients(call: Call) -> Any:
    bundles = set(call.texts("cert_bundle_ids"))
    clients = [
        _shown(call, client)
        for client in CLIENTS.listed(call)
        if not bundles or bundles & {str(bundle) for bundle in client["cert_bundle_ids"] or ()}
    ]
    return listed_of(call, clients)


@handles("api_clients.get")
def get(call: Call) -> JsonObject:
    return data(_shown(call, CLIENTS.row(call)))


@handles("api_clients.create")
def create(call: Call) -> JsonObject:
    required(call.body, "api_collection_ids", "auth_type")
    client = CLIENTS.create(call, **_named(call))
    call.state.tables[f"api_keys/{client['id']}"] = {}  # only seeded clients come with a key
    return data(_shown(call, client))


@handles("api_clients.update")
def update(call: Call) -> JsonObject:
    return data(_shown(call, CLIENTS.update(call, **_named(call))))


@handles("api_keys.create")
def create_key(call: Call) -> JsonObject:
    key = KEYS.create(call, auth_type=CLIENTS.row(call, 0)["auth_type"])
    return data({**key, "auth_token": new_secret(call.state)})


@handles("api_keys.enable")
def enable(call: Call) -> JsonObject:
    KEYS.row(call).update(active=True, active_since=call.state.now())
    return data(OK)


handles("api_keys.refresh_secret")(lambda call: data({**KEYS.row(call), "auth_token": new_secret(call.state)}))


def new_secret(state: State) -> str:
    """Return a new token or secret."""
    return f"{state.random_bits(256):064x}"


def _shown(call: Call, client: JsonObject) -> JsonObject:
    """Return a client as responses show it: with its keys counted."""
    keys = KEYS.rows(call.state, client["id"]).values()
    counts = {"active_api_keys_count": sum(bool(key["active"]) for key in keys), "total_api_keys_count": len(keys)}
    return {name: value for name, value in {**client, **counts}.items() if name != "project_id"}


def _named(call: Call) -> JsonObject:
    """Return collections and policies, which are sent as ids and shown as objects."""
    fields: JsonObject = {}
    if (ids := call.body.get("api_collection_ids")) is not None:
        collections = [find(COLLECTIONS.table(call), collection_id) for collection_id in ids]
        fields["api_collections"] = [{"id": one["id"], "name": one["name"]} for one in collections]
    if (policy_id := call.body.get("api_policy_id")) is not None:
        fields["api_policies"] = [{"id": policy_id}]
    return fields
