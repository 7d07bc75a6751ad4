"""The OpenAPI document, made from the endpoint table: ``python -m tests.support.openapi`` writes it.

Paths, quotas, page styles and results are those of the table; parameters and bodies are the facts, which the contract
tests hold against what the methods send; descriptions, allowed values and what is required come from the methods.
"""

from __future__ import annotations

import inspect
import json
import re
from datetime import datetime
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs

from tests.facts import FACTS, keyword
from tests.support.method_calls import hints_of, is_collection, literal_in, options
from tests.support.methods import method_named
from workato_async import ENDPOINTS, WorkatoSession, __version__
from workato_async.endpoint import AnyEndpoint, Host
from workato_async.http.hosts import DATA_CENTERS
from workato_async.limits.keys import canonical

PATH = Path(__file__).parents[2] / "docs/openapi.json"

Schema = dict[str, Any]

ERRORS = {
    400: "The request is malformed, or was rejected.",
    401: "The token is missing, wrong or expired, or its client role lacks the endpoint.",
    403: "The client role or the project scope does not allow it.",
    404: "Unknown, or not visible to the token.",
    429: "The quota is used up.",
    500: "The server failed.",
}
"""What every endpoint may respond with."""
_SUCCESS = {
    200: "OK.",
    201: "Created.",
    204: "Done; there is no body.",
    302: "The file is at the address in `Location`, which must be fetched without the token.",
}
_FAILURES = {409: "It is so already.", 422: "A value does not pass validation."}
_PLAIN: dict[Any, Schema] = {
    Any: {},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    str: {"type": "string"},
    datetime: {"type": "string", "format": "date-time"},
    NoneType: {"type": "null"},
}
_ARGUMENTS = {"insights.query": {"query": "sql"}}
"""The arguments of methods that have another name on the wire, by endpoint id."""
_DESCRIPTION = """\
An unofficial description of the Workato Developer API, made from the endpoint table of workato-async.

`x-confidence` says how much of an operation Workato's documentation confirms: `documented` (request and response),
`partly` (some part is unconfirmed) or `inferred` (from other clients, or from a similar endpoint). Every field of a
response is optional, and there may be others. `x-quota` is the published quota: requests per seconds, counted for each
operation on its own, or together for all operations that name the same `shared` quota. `x-idempotent` says whether a
request whose response was lost may be retried. The Embedded API's operations about customers are listed; those of one
customer's workspace, which repeat others under `/api/managed_users/{managed_user_id}`, are not.
"""


def document() -> Schema:
    """Return the OpenAPI 3.1 document."""
    schemas: dict[str, Schema] = {"Error": _error()}
    paths: dict[str, Schema] = {}
    spelling: dict[str, str] = {}
    for endpoint in ENDPOINTS:
        path = spelling.setdefault(canonical(endpoint.path), endpoint.path)  # OpenAPI takes one spelling of a path
        item = paths.setdefault(path, {} if endpoint.host == "api" else {"servers": _servers(endpoint.host)})
        item[endpoint.method.lower()] = _operation(endpoint, path, schemas)
    groups = dict.fromkeys(FACTS[endpoint.id]["group"] for endpoint in ENDPOINTS)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Workato Developer API",
            "version": __version__,
            "description": _DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": _servers("api"),
        "security": [{"bearer": []}],
        "tags": [{"name": group} for group in groups],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "An API client's token."}
            },
            "responses": {str(status): _response(text, _ref("Error")) for status, text in ERRORS.items()},
            "schemas": dict(sorted(schemas.items())),
        },
    }


def rendered() -> str:
    """Return the text of the document's file."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def _servers(host: Host) -> list[Schema]:
    return [{"url": hosts[host], "description": name} for name, hosts in DATA_CENTERS.items()]


def _operation(endpoint: AnyEndpoint, path: str, schemas: dict[str, Schema]) -> Schema:
    fact = FACTS[endpoint.id]
    arguments = Arguments(endpoint)
    operation: Schema = {
        "operationId": endpoint.id,
        "summary": arguments.summary,
        "tags": [fact["group"]],
        "parameters": [*arguments.in_path(path), *arguments.in_query()],
    }
    if fact["content_type"] == "application/octet-stream":
        file = {"schema": {"type": "string", "format": "binary"}}
        operation["requestBody"] = {"required": True, "content": {fact["content_type"]: file}}
    elif body := arguments.in_body():
        operation["requestBody"] = {
            "required": bool(body.get("required")),
            "content": {"application/json": {"schema": body}},
        }
    statuses = fact.get("statuses", [200])
    operation["responses"] = {
        **{str(status): _success(endpoint, status, schemas) for status in statuses if status < 400},
        **{str(status): _response(_FAILURES[status], _ref("Error")) for status in statuses if status >= 400},
        **{str(status): {"$ref": f"#/components/responses/{status}"} for status in ERRORS},
    }
    operation["x-quota"] = {"requests": endpoint.quota.requests, "seconds": endpoint.quota.per}
    if shared := getattr(endpoint, "shared_quota", ""):
        operation["x-quota"]["shared"] = shared
    operation["x-idempotent"] = endpoint.idempotent
    if endpoint.privilege:
        operation["x-privilege"] = endpoint.privilege
    if confidence := fact.get("confidence"):
        operation["x-confidence"] = confidence
    return operation


class Arguments:
    """The parameters of an endpoint's method, by the names they have on the wire."""

    def __init__(self, endpoint: AnyEndpoint) -> None:
        self._endpoint, self._fact = endpoint, FACTS[endpoint.id]
        method = method_named(WorkatoSession("token"), endpoint.id)
        self._hints = hints_of(endpoint)
        self._needed = {name for name, one in inspect.signature(method).parameters.items() if one.default is one.empty}
        text = inspect.getdoc(method) or ""
        self.summary = _plain(text.partition(f"``{endpoint.key}``")[0])
        listed = re.search(r"^Args:\n(.*?)(?:\n\n\S|\Z)", text, re.DOTALL | re.MULTILINE)
        described = re.findall(r"^    (\w+): (.*(?:\n     .*)*)", listed[1] if listed else "", re.MULTILINE)
        self._described = {name: _plain(words) for name, words in described}

    def in_path(self, path: str) -> list[Schema]:
        """Return the parameters of the path, which are the method's first ones."""
        found = []
        for name, argument in zip(re.findall(r"\{(\w+)\}", path), self._hints, strict=False):
            members = options(self._hints[argument])
            schema = _one_of([kind for plain, kind in ((int, "integer"), (str, "string")) if plain in members])
            found.append(self._parameter("path", name, argument, schema))
        return found

    def in_query(self) -> list[Schema]:
        """Return the parameters of the query."""
        return [
            self._by_column()
            if name.startswith("by[")  # an example's column, which stands for any
            else self._parameter("query", name, keyword(name), self._schema(name, kind))
            for name, kind in self._documented("query").items()
        ]

    def in_body(self) -> Schema | None:
        """Return the schema of a JSON body, None if there is none."""
        fields = self._documented("body")
        if not fields:
            return None
        wrapper = self._fact["body_wrapper"]
        if wrapper and wrapper not in fields:
            fields = {f"{wrapper}.{name}": kind for name, kind in fields.items()}
        body = _object()
        for name, kind in fields.items():
            *outer, last = name.split(".")
            inner = body
            for key in outer:
                inner = inner["properties"].setdefault(key, _object())
            argument = _ARGUMENTS.get(self._endpoint.id, {}).get(name) or keyword(name)
            inner["properties"][last] = self._described_as(argument, self._schema(name, kind))
            if argument in self._needed:
                inner.setdefault("required", []).append(last)
        if wrapper:
            body["required"] = [wrapper]
        return body

    def _documented(self, place: Literal["query", "body"]) -> dict[str, str]:
        """Return the types of the documented parameters, and of those that page through a list."""
        listing = self._endpoint.listing
        paging = {}
        if listing and listing.in_body == (place == "body"):
            paging = {listing.cursor: "integer" if listing.numbered else "string", listing.size: "integer"}
        return {name: kind for name, kind in {**paging, **self._fact[place]}.items() if name}

    def _schema(self, name: str, kind: str) -> Schema:
        """Return the schema of a documented type, with the values that the method allows."""
        inner, array = re.subn(r"^array<(.*)>$", r"\1", kind)
        schema = _one_of(inner.split("|"))
        hint, listing = self._hints.get(keyword(name)), self._endpoint.listing
        if hint is not None and inner == "string":
            allowed = literal_in(hint)
            if allowed is not None and (array or not is_collection(hint)):
                schema["enum"] = list(get_args(allowed))
            if datetime in options(hint):
                schema["format"] = "date-time"
        if listing and name == listing.size:
            schema |= {"minimum": 1, "maximum": listing.largest}
        return {"type": "array", "items": schema} if array else schema

    def _parameter(self, place: str, name: str, argument: str, schema: Schema) -> Schema:
        needed = place == "path" or argument in self._needed
        return self._described_as(argument, {"name": name, "in": place, "required": needed, "schema": schema})

    def _by_column(self) -> Schema:
        schema = {"type": "object", "additionalProperties": _one_of(["string"])}
        return {**self._parameter("query", "by", "by", schema), "style": "deepObject", "explode": True}

    def _described_as(self, argument: str, found: Schema) -> Schema:
        text = self._described.get(argument)
        return {**found, "description": text} if text else found


def _success(endpoint: AnyEndpoint, status: int, schemas: dict[str, Schema]) -> Schema:
    text = _SUCCESS[status]
    if status == 204:
        return {"description": text}
    if status == 302:
        return {"description": text, "headers": {"Location": {"schema": {"type": "string", "format": "uri"}}}}
    method = inspect.signature(method_named(WorkatoSession("token"), endpoint.id))
    if "Path" in str(method.return_annotation):  # saved where the caller says
        binary = {"schema": {"type": "string", "format": "binary"}}
        return {"description": text, "content": {"application/octet-stream": binary, "*/*": binary}}
    if endpoint.result is None and endpoint.is_read:
        return {"description": text, "content": {"*/*": {}}}
    if not attrs.has(endpoint.result or dict) and FACTS[endpoint.id]["kind"] is None:
        return {"description": text}
    schema = _result(endpoint, schemas)
    optional = str(method.return_annotation).endswith(" | None")
    return _response(text, _any_of([schema, {"type": "null"}]) if optional else schema)


def _result(endpoint: AnyEndpoint, schemas: dict[str, Schema]) -> Schema:
    """Return the schema of a response, with its envelope."""
    if endpoint.result is None:
        return {"type": "object", "properties": {"success": _one_of(["boolean", "string"])}}  # some say "true"
    schema = of_type(endpoint.result, schemas) if attrs.has(endpoint.result) else {}
    if endpoint.listing or endpoint.single:
        schema = {"type": "array", "items": schema}
    if endpoint.read_page:
        schema = {}  # of a form that only code can describe
    for depth, key in enumerate(reversed(endpoint.wrapper.split(".") if endpoint.wrapper else [])):
        listing = endpoint.listing if depth == 0 else None
        around: dict[str, Schema] = {}
        if listing and listing.total:
            around[listing.total] = {"type": "integer"}
        schema = {"type": "object", "properties": {key: schema, **around}}
    return schema


def of_type(kind: Any, schemas: dict[str, Schema]) -> Schema:
    """Return the schema of a field's type; classes go into ``schemas``."""
    if kind in _PLAIN:
        return dict(_PLAIN[kind])
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return of_type(arguments[0], schemas)
    if origin is Literal:
        return {"type": "string"}  # such words grow
    if origin in (Union, UnionType):
        return _any_of([of_type(argument, schemas) for argument in arguments])
    if origin in (tuple, list):
        return {"type": "array", "items": of_type(arguments[0], schemas)}
    if dict in (kind, origin):
        return {"type": "object", "additionalProperties": of_type(arguments[1], schemas)} if arguments else _object()
    name = kind.__name__.lstrip("_")
    if name not in schemas:
        schemas[name] = {}  # a class may hold objects of its own kind
        hints = get_type_hints(kind, include_extras=True)
        fields = {field.name: of_type(hints[field.name], schemas) for field in attrs.fields(kind) if field.init}
        schemas[name] = {"type": "object", "description": _plain((inspect.getdoc(kind) or "").partition("\n\n")[0])}
        schemas[name]["properties"] = fields
    return _ref(name)


def _any_of(members: list[Schema]) -> Schema:
    if {} in members:
        return {}
    if all(member.keys() == {"type"} for member in members):
        return {"type": [member["type"] for member in members]}
    nullable = {"type": "null"} in members
    others = [member for member in members if member != {"type": "null"}]
    if len(others) == 1 and nullable and "type" in others[0]:
        return {**others[0], "type": [others[0]["type"], "null"]}
    return {"anyOf": members}


def _error() -> Schema:
    """Return the schema of an error, which has one of several shapes."""
    fields: dict[str, Schema] = {"message": {"type": "string"}, "error": {"type": "string"}, "errors": {}}
    return {"type": "object", "description": "An error, in one of several shapes.", "properties": fields}


def _object() -> Schema:
    return {"type": "object", "properties": {}}


def _one_of(kinds: list[str]) -> Schema:
    return {"type": kinds[0] if len(kinds) == 1 else kinds}


def _response(text: str, schema: Schema) -> Schema:
    return {"description": text, "content": {"application/json": {"schema": schema}}}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _plain(text: str) -> str:
    """Return the text of a docstring in one line of Markdown."""
    text = re.sub(r":\w+:`~?([^`]+)`", r"`\1`", text)
    return " ".join(text.replace("``", "`").split())


if __name__ == "__main__":
    PATH.parent.mkdir(exist_ok=True)
    PATH.write_text(rendered(), "utf-8")
