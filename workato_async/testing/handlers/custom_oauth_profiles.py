"""Custom OAuth profiles; the secret and the token are never returned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.testing.call import Call, required
from workato_async.testing.family import Family, number, serve

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject


def _data(call: Call) -> JsonObject:
    required(call.body, "name", "provider", "data")
    required(call.body["data"], "client_id", "client_secret")
    return {"data": {"client_id": call.body["data"]["client_id"]}}


PROFILES = Family(
    "custom_oauth_profiles",
    new_id=number(301),
    defaults={"name": "", "provider": "", "data": {"client_id": "a-client-id"}},
    required=("name", "provider"),
    read=_data,
    deleted={"success": True},
)
serve(PROFILES, "list", "get", "create", "update", "delete")
