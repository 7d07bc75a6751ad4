"""API platform: collections and their endpoints, portals, certificate bundles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.testing.call import Call, FakeResponse, error_response, find, handles, invalid, required
from workato_async.testing.family import Family, number, serve
from workato_async.testing.shapes import OK

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject
    from workato_async.testing.state import State

_URL = "https://apim.example/v1"

COLLECTIONS = Family(
    "api_collections",
    new_id=number(1201),
    defaults={"name": "", "project_id": None, "url": _URL, "api_spec_url": f"{_URL}/doc.swagger", "version": "1.0"},
    required=("name",),
)
serve(COLLECTIONS, "list")


def _endpoint(state: State) -> JsonObject:
    """Return the defaults of endpoints: in the first collection, calling the first recipe."""
    return {
        "api_collection_id": next(iter(COLLECTIONS.rows(state)), 0),
        "flow_id": next(iter(state.recipes), 0),
        "name": "",
        "method": "GET",
        "url": f"{_URL}/orders",
        "legacy_url": None,
        "base_path": "/v1",
        "path": "orders",
        "active": False,
        "legacy": False,
    }


ENDPOINTS = Family(
    "api_endpoints", new_id=number(1301), defaults=_endpoint, required=("name",), filters=("api_collection_id",)
)
serve(ENDPOINTS, "list", "disable")

PORTALS = Family("api_portals", new_id=number(1401), times=False, samples={"name": "Portal {}"})
serve(PORTALS, "list")

BUNDLES = Family("cert_bundles", new_id=number(1501), times=False, wrapper="data", samples={"name": "Bundle {}"})
serve(BUNDLES, "list", "create", "update", "delete")


@handles("api_collections.create")
def create_collection(call: Call) -> JsonObject:
    spec = call.body.get("openapi_spec")
    if not isinstance(call.body.get("project_id"), str | None):
        raise invalid("project_id", "must be a string")
    if spec is None:
        return COLLECTIONS.create(call)
    required(spec, "content", "format")
    if spec["format"] not in ("json", "yaml"):
        raise invalid("openapi_spec.format", "is not included in the list")
    return {**COLLECTIONS.create(call), **_IMPORTED}


_IMPORTED = {
    "message": "The document was imported",
    "import_results": {"success": True, "total_endpoints": 0, "failed_endpoints": 0, "failed_actions": []},
}
"""What a collection made from an OpenAPI document also has; this server does not read the document."""


@handles("api_collections.delete")
def delete_collection(call: Call) -> JsonObject:
    """Delete a collection with its endpoints."""
    gone = COLLECTIONS.row(call)["id"]
    del COLLECTIONS.table(call)[gone]
    endpoints = ENDPOINTS.rows(call.state)
    for key in [key for key, endpoint in endpoints.items() if endpoint["api_collection_id"] == gone]:
        del endpoints[key]
    return OK


@handles("api_endpoints.create")
def create_endpoint(call: Call) -> JsonObject:
    required(call.body, "name", "method", "path", "flow_id")
    collection = COLLECTIONS.row(call, 0)
    recipe = find(call.state.recipes, call.body["flow_id"])
    url = f"{collection['url']}/{call.body['path'].lstrip('/')}"
    return ENDPOINTS.create(call, api_collection_id=collection["id"], flow_id=recipe["id"], url=url)


@handles("api_endpoints.enable")
def enable(call: Call) -> JsonObject:
    endpoint = ENDPOINTS.row(call)
    if not call.state.recipes.get(endpoint["flow_id"], {}).get("running"):
        raise error_response(400, {"message": "The recipe of the endpoint is not running"})
    endpoint["active"] = True
    return OK


@handles("cert_bundles.download")
def download(call: Call) -> FakeResponse:
    BUNDLES.row(call)
    return FakeResponse(
        body=b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", content_type="application/x-pem-file"
    )
