"""The OpenAPI document: complete, valid, and what the generator writes."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Annotated, Any

import attrs
import pytest

from tests.facts import BY_ID, FACTS
from tests.support.openapi import PATH, of_type, rendered
from workato_async.http.hosts import DATA_CENTERS
from workato_async.limits.keys import canonical

DOCUMENT: dict[str, Any] = json.loads(PATH.read_bytes())
CONFIDENCE = ("documented", "partly", "inferred")
OPERATIONS: dict[str, dict[str, Any]] = {
    operation["operationId"]: operation
    for item in DOCUMENT["paths"].values()
    for name, operation in item.items()
    if name != "servers"
}
PATH_OF: dict[str, str] = {
    operation["operationId"]: path
    for path, item in DOCUMENT["paths"].items()
    for name, operation in item.items()
    if name != "servers"
}
"""By operation; OpenAPI has one spelling for the paths that differ only in the names of their placeholders."""


def parameters(id_: str) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in OPERATIONS[id_]["parameters"]}


def body_of(id_: str) -> dict[str, Any]:
    found: dict[str, Any] = OPERATIONS[id_]["requestBody"]["content"]["application/json"]["schema"]
    return found


def test_the_file_is_what_the_generator_writes() -> None:
    assert PATH.read_text("utf-8") == rendered(), "run `python -m tests.support.openapi`"


def test_it_is_valid() -> None:
    validator = pytest.importorskip("openapi_spec_validator", reason="nox -s strangers installs it")
    validator.validate(DOCUMENT)


def test_every_endpoint_is_in_it_with_its_quota() -> None:
    assert OPERATIONS.keys() == BY_ID.keys()
    assert len({canonical(path) for path in DOCUMENT["paths"]}) == len(DOCUMENT["paths"])
    for id_, endpoint in BY_ID.items():
        path = PATH_OF[id_]
        assert canonical(path) == canonical(endpoint.path)
        operation = DOCUMENT["paths"][path][endpoint.method.lower()]
        assert operation["operationId"] == id_
        quota = {"requests": endpoint.quota.requests, "seconds": endpoint.quota.per}
        assert operation["x-quota"].items() >= quota.items()
        assert operation["x-idempotent"] is endpoint.idempotent
        in_path = [name for name, one in parameters(id_).items() if one["in"] == "path"]
        assert in_path == re.findall(r"\{(\w+)\}", path)
        assert len(operation["summary"]) > 5


def test_every_operation_says_how_sure_it_is() -> None:
    lacking = [id_ for id_, operation in OPERATIONS.items() if operation.get("x-confidence") not in CONFIDENCE]
    assert not lacking, f"tests/facts/endpoints.json: {lacking} need a confidence, one of {', '.join(CONFIDENCE)}"
    assert all(FACTS[id_]["confidence"] == operation["x-confidence"] for id_, operation in OPERATIONS.items())


def test_every_data_center_is_a_server() -> None:
    assert [server["url"] for server in DOCUMENT["servers"]] == [hosts["api"] for hosts in DATA_CENTERS.values()]
    records = DOCUMENT["paths"]["/api/v1/tables/{data_table_id}/query"]["servers"]
    assert {"url": "https://data-tables.eu.workato.com", "description": "eu"} in records


def test_parameters() -> None:
    found = parameters("recipes.list")
    assert found["order"]["schema"] == {"type": "string", "enum": ["activity", "default"]}
    assert found["updated_after"]["schema"] == {"type": "string", "format": "date-time"}
    assert found["includes[]"]["schema"] == {"type": "array", "items": {"type": "string"}}
    assert found["per_page"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 100}
    assert not any(one["required"] for one in found.values())
    assert "description" in found["with_subfolders"]
    assert parameters("jobs.get")["job_id"]["schema"] == {"type": "string"}
    assert parameters("projects.build")["id"]["schema"] == {"type": ["integer", "string"]}
    assert parameters("lookup_tables.lookup")["by"]["style"] == "deepObject"
    assert parameters("properties.list")["prefix"]["required"]


def test_bodies() -> None:
    recipe = body_of("recipes.create")
    assert recipe["required"] == ["recipe"]
    assert recipe["properties"]["recipe"]["properties"].keys() == FACTS["recipes.create"]["body"].keys()
    assert body_of("folders.create")["required"] == ["name"]
    assert OPERATIONS["folders.create"]["requestBody"]["required"]
    group = body_of("on_prem_groups.create")
    assert group["properties"]["settings_attributes"]["properties"].keys() == {"whitelisted_ips"}
    assert "limit" in body_of("data_table_records.query")["properties"]
    assert body_of("insights.query")["required"] == ["query"]
    assert "description" in body_of("insights.query")["properties"]["query"]
    assert "application/octet-stream" in OPERATIONS["packages.import"]["requestBody"]["content"]
    assert "requestBody" not in OPERATIONS["recipes.get"]


def test_responses() -> None:
    def schema(id_: str) -> Any:
        return OPERATIONS[id_]["responses"]["200"]["content"]["application/json"]["schema"]

    recipes = {"type": "array", "items": {"$ref": "#/components/schemas/Recipe"}}
    assert schema("recipes.list") == {"type": "object", "properties": {"items": recipes}}
    assert schema("event_topics.list")["properties"]["count"] == {"type": "integer"}
    assert schema("recipes.get") == {"$ref": "#/components/schemas/Recipe"}
    assert schema("recipes.versions.get")["properties"]["data"]["type"] == "array"
    assert schema("recipes.health.get")["type"] == ["object", "null"]
    assert "content" not in OPERATIONS["tags_assignments.apply"]["responses"]["200"]
    assert [code for code in OPERATIONS["mcp_servers.delete"]["responses"] if code < "300"] == ["204"]
    assert "*/*" in OPERATIONS["insights.query"]["responses"]["200"]["content"]
    assert "302" in OPERATIONS["packages.download"]["responses"]
    files = [
        id_
        for id_, one in OPERATIONS.items()
        if "application/octet-stream" in one["responses"].get("200", {}).get("content", {})
    ]
    assert sorted(files) == ["cert_bundles.download", "packages.download"]
    assert schema("api_endpoints.create") == {"$ref": "#/components/schemas/ApiEndpoint"}
    assert "422" in OPERATIONS["recipes.start"]["responses"]
    for operation in OPERATIONS.values():
        assert {"400", "401", "403", "404", "429", "500"} < operation["responses"].keys()


def test_no_field_of_a_response_is_required() -> None:
    for schema in DOCUMENT["components"]["schemas"].values():
        assert "required" not in schema
        assert "additionalProperties" not in schema


@attrs.frozen
class Tree:
    """A tree."""

    children: tuple[Tree, ...] = ()
    name: str | None = None
    planted: Annotated[datetime, "aware"] | None = None
    sizes: dict[str, int] | None = None
    anything: Any = None
    kind: int | str | None = None


def test_a_class() -> None:
    schemas: dict[str, Any] = {}
    assert of_type(Tree, schemas) == {"$ref": "#/components/schemas/Tree"}
    assert schemas["Tree"] == {
        "type": "object",
        "description": "A tree.",
        "properties": {
            "children": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
            "name": {"type": ["string", "null"]},
            "planted": {"type": ["string", "null"], "format": "date-time"},
            "sizes": {"type": ["object", "null"], "additionalProperties": {"type": "integer"}},
            "anything": {},
            "kind": {"type": ["integer", "string", "null"]},
        },
    }
