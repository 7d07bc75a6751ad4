"""Whatever a request holds, the fake responds with JSON: 400, 404 or 422, never 5xx, and no handler fails on it."""

from __future__ import annotations

import io
import json
import logging
from collections import Counter
from itertools import islice, product
from typing import TYPE_CHECKING, Any

import pytest

from tests.facts import FACTS
from tests.support.bare_http_client import Http
from workato_async.testing import FakeWorkato
from workato_async.testing.bodies import DEEPEST, FIELDS, is_too_deep, problem_of
from workato_async.testing.handlers.data_tables import TABLES
from workato_async.testing.handlers.genies import GENIES
from workato_async.testing.handlers.mcp_servers import SERVERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workato_async.endpoint import AnyEndpoint

HUGE = 10**30
ODD: tuple[Any, ...] = (
    None,
    True,
    7,
    -1.5,
    HUGE,
    "",
    "\u0000\ufffd",
    "x" * 300,
    [],
    [None],
    [[1]],
    [{}],
    {},
    {"a": [None]},
)
"""What a field may hold that expects something else."""
RAW = (
    b"",
    b"null",
    b"true",
    b"7",
    b'"text"',
    b"[]",
    b"[null]",
    b"{}",
    b"{",
    b"not json",
    b"\xff\xfe{}",
    b'{"a":"\xff"}',
    b'{"a":NaN}',
    b'{"name":"\\ud800"}',
    b'{"id":1e400}',
    b'{"name":' + b"9" * 5_000 + b"}",
    b'{"recipe":null}',
    b'{"":null}',
    b'{"a":' + b"[" * 90 + b"]" * 90 + b"}",
    b'{"input":' + b'{"a":' * 400 + b"1" + b"}" * 400 + b"}",
    b"[" * 100_000,
)
QUERIES = (
    "page=0&per_page=0",
    "page=-1&per_page=-1&since_id=0",
    "page=x&per_page=99999999999999999999999&since_id=-0&page[number]=0&page[size]=1&page[after]=x",
    "folder_id=&project_id=%00&parent_id=abc&prefix=&title=%ff&applications=,&query=%ff&environment_type=",
    "sort_by[]=&sort_by[]=nothing&sort_direction[]=&includes[]=nothing&q[handle_in][]=&q[recipe_id_eq]=x",
    "from=x&to=2026&updated_after=%ff&stopped_after=0&offset_job_id=&prev=true&by[]=&by[x=1&user_ids[]=&&=&a",
)
IDS = ("0", "-1", "abc", "%ff", "%00", "9" * 400, "null", "..%2F..", "%F0%9F%92%A9", "1.5", "f2001", "E1")


def paths(fake: FakeWorkato, endpoint: AnyEndpoint) -> Iterator[str]:
    """Return a path with ids that exist, as far as there are any, then odd ones."""
    names = [part for part in endpoint.path.split("/") if part.startswith("{")]
    known: dict[str, Any] = {
        "managed_users": 98_178,
        "recipes": 10_002,
        "jobs": next(iter(fake.state.jobs[10_001])),
        "connections": 5_001,
        "folders": 2_001,
        "projects": 301,
        "lookup_tables": 6_001,
        "rows": 60_001,
        "genies": next(iter(GENIES.rows(fake.state))),
        "mcp_servers": next(iter(SERVERS.rows(fake.state))),
        "tables": next(iter(TABLES.rows(fake.state))),
        "data_tables": next(iter(TABLES.rows(fake.state))),
        "users": next(iter(fake.state.tables.get("iam.users/", {"x": 1}))),
        "members": 4_848,
        "topics": 7_001,
        "custom_connectors": 651,
        "export_manifests": 801,
        "deployments": 701,
        "project_builds": 801,
        "developer_api_clients": 401,
        "on_prem_groups": 16_801,
        "on_prem_agents": 12_201,
        "roles": 901,
        "api_clients": 1_601,
        "api_keys": 1_701,
        "api_collections": 1_201,
        "api_endpoints": 1_301,
        "api_access_profiles": 1_901,
    }
    parts = endpoint.path.split("/")
    yield "/".join(
        str(known.get(parts[index - 1], 1)) if part.startswith("{") else part for index, part in enumerate(parts)
    )
    if names:
        for odd in IDS:
            yield "/".join(odd if part.startswith("{") else part for part in parts)


def bodies(endpoint: AnyEndpoint) -> Iterator[bytes]:
    """Return odd bodies: raw ones, then each documented field with a value of every other kind."""
    yield from RAW
    for odd in ODD:
        yield json.dumps(odd).encode()
        yield json.dumps(dict.fromkeys(FIELDS, odd)).encode()
    fact = FACTS.get(endpoint.id, {"body": {}, "body_wrapper": None})
    sane = {name: SANE[kind.partition("|")[0]] for name, kind in fact["body"].items() if "." not in name}
    wrapper = fact["body_wrapper"]
    for name, odd in product(sane, ODD):
        body = {**sane, name: odd}
        yield json.dumps({wrapper: body} if wrapper else body).encode()
    for odd in ODD if wrapper else ():
        yield json.dumps({wrapper: odd}).encode()


SANE: dict[str, Any] = {
    "string": "2001",
    "integer": 2001,
    "boolean": True,
    "object": {"a": "b"},
    "array<string>": ["a"],
    "array<integer>": [1],
    "array<object>": [{"name": "a", "type": "string", "label": "A"}],
}


@pytest.mark.parametrize("group", sorted({one.id.partition(".")[0] for one in FakeWorkato(0, 0).endpoints}))
async def test_no_body_query_or_id_makes_a_handler_fail(group: str, caplog: pytest.LogCaptureFixture) -> None:
    statuses: Counter[int] = Counter()
    async with FakeWorkato(4, 20, connections=4, window=None) as fake, Http(fake) as http:
        for endpoint in [one for one in fake.endpoints if one.id.partition(".")[0] == group]:
            path, *odd = paths(fake, endpoint)
            mirrored = group == "embedded"  # by handlers that meet every body elsewhere
            for body in islice(bodies(endpoint), 30 if mirrored else None):
                statuses[await sent(http, endpoint.method, path, body)] += 1
            for target in (*odd, *(f"{path}?{query}" for query in QUERIES)):
                statuses[await sent(http, endpoint.method, target, b"{}")] += 1
        for endpoint in [one for one in fake.endpoints if one.id.partition(".")[0] == group and one.method == "GET"]:
            await sent(http, "GET", next(paths(fake, endpoint)), b"")  # with whatever was kept of all that
    assert sum(statuses.values()) >= 30
    assert {status for status in statuses if status >= 500} == set()
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []


async def sent(http: Http, method: str, target: str, body: bytes) -> int:
    reply = await http(method, target, body)
    if reply.status >= 400:
        assert reply.headers["Content-Type"].startswith(("application/json", "text/plain; charset")), (
            method,
            target,
            body[:80],
        )
        if reply.headers["Content-Type"].startswith("application/json"):
            assert isinstance(reply.json, dict)
    return reply.status


def test_every_documented_field_of_a_body_has_its_kind() -> None:
    lacking = {
        name.partition(".")[0]
        for fact in FACTS.values()
        for name in fact["body"]
        if name.partition(".")[0] not in FIELDS
    }
    assert lacking == {"job_ids"}
    for fact in FACTS.values():
        for name, kind in fact["body"].items():
            if "." not in name:
                sane = "true" if (fact["id"], name) == ("roles.update", "all_folders") else SANE[kind.partition("|")[0]]
                assert problem_of({name: sane}) is None, (fact["id"], name)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"name": 7}, ("name", "must be a string")),
        ({"folder_id": True}, ("folder_id", "must be an id")),
        ({"folder_id": "2001", "project_id": 301, "name": None}, None),
        ({"limit": "7"}, ("limit", "must be an integer")),
        ({"all_folders": "true", "include_data": False}, None),
        ({"all_folders": "yes"}, ("all_folders", "must be a boolean")),
        ({"tools": [None]}, ("tools", "must be an array of objects")),
        ({"tools": [{"id": []}]}, ("id", "must be an id")),
        ({"recipe": {"code": {}}}, ("code", "must be a string")),
        ({"document": {"name": 7}, "unknown": 7}, None),
        ({"ip_allow_list": "192.0.2.1,192.0.2.2"}, None),
        ({"ip_allow_list": [1]}, ("ip_allow_list", "must be an array of strings")),
    ],
)
def test_the_kinds_of_fields(body: dict[str, Any], problem: object) -> None:
    assert problem_of(body) == problem


@pytest.mark.parametrize("depth", [1, DEEPEST, DEEPEST + 1])
def test_how_deep_a_body_may_be(depth: int) -> None:
    value: Any = "text"
    for _ in range(depth):
        value = [value]
    assert is_too_deep(value) == (depth > DEEPEST)


async def test_a_wrong_kind_is_named_in_the_response(http: Http) -> None:
    reply = await http("POST", "/api/lookup_tables/batch_delete", {"ids": True})
    assert (reply.status, reply.json) == (
        400,
        {"message": "ids must be an array of ids", "errors": {"ids": ["must be an array of ids"]}},
    )


@pytest.mark.parametrize(
    ("headers", "size", "status"), [({"Content-Encoding": "gzip"}, 100, 400), ({}, 64 * 2**20 + 1, 413)]
)
async def test_a_body_that_is_not_read_to_its_end(
    http: Http, fake: FakeWorkato, headers: dict[str, str], size: int, status: int
) -> None:
    async with http.client.post(f"{fake.url}/api/tags", data=io.BytesIO(b"x" * size), headers=headers) as reply:
        assert (reply.status, [*await reply.json()]) == (status, ["message"])
    assert fake.requests == []
    assert (await http("GET", "/api/tags")).status == 200


async def test_a_number_of_any_size_comes_back_as_it_was_sent(http: Http, fake: FakeWorkato) -> None:
    fake.state.recipes[10_001]["user_id"] = HUGE
    reply = await http("GET", "/api/recipes/10001")
    assert (reply.status, reply.json["user_id"]) == (200, HUGE)


async def test_a_handler_that_fails_is_logged_and_still_gives_json(
    http: Http, fake: FakeWorkato, caplog: pytest.LogCaptureFixture
) -> None:
    fake.state.recipes[10_001]["applications"] = None  # a test that spoils the data
    reply = await http("GET", "/api/recipes?adapter_names_all=jira")
    assert (reply.status, reply.json) == (400, {"message": "The request could not be processed"})
    assert "recipes.list: the handler failed" in caplog.text
    assert not fake.requests[-1].executed


async def test_a_field_that_no_body_has_stays_of_its_kind(http: Http) -> None:
    body = {"name": "Night", "description": None, "system": {"": [None]}, "members_count": "many"}
    made = (await http("POST", "/api/user_groups", body)).json["data"]
    assert (made["name"], made["description"], made["system"], made["members_count"]) == ("Night", None, False, 0)
