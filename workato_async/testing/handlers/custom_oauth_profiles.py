"""Custom OAuth profiles; the secret and the token are never returned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workato_async.testing.call import Call, handles, missing, required
from workato_async.testing.family import Family, number, serve, wrapped

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject

PROFILES = Family(
    "custom_oauth_profiles",
    new_id=number(301),
    defaults={"name": "", "provider": "", "data": {"client_id": "a-client-id"}},
    required=("name", "provider"),
    deleted={"success": True},
)
serve(PROFILES, "list", "get", "delete")


@handles("custom_oauth_profiles.create")
def create(call: Call) -> Any:
    return wrapped(call.endpoint, PROFILES.add(call.state, PROFILES.table(call), _fields(call)))


@handles("custom_oauth_profiles.update")
def update(call: Call) -> Any:
    row = PROFILES.row(call)
    row.update(_fields(call), updated_at=call.state.now())
    return wrapped(call.endpoint, row)


def _fields(call: Call) -> JsonObject:
    """Return what is kept of a body, validated."""
    required(call.body, "name", "provider", "data")
    data = call.body["data"]
    if not isinstance(data, dict):
        raise missing("data")
    required(data, "client_id", "client_secret")
    return {"name": call.body["name"], "provider": call.body["provider"], "data": {"client_id": data["client_id"]}}
