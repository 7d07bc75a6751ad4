"""The methods take what the fact book documents, and send it as documented."""

from __future__ import annotations

import inspect
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.facts import FACTS, keyword
from workato_async.api import Api
from workato_async.calls.caller import Caller
from workato_async.http.messages import Request, Response
from workato_async.pages import Pages
from workato_async.resources import ENDPOINTS
from workato_async.resources.on_prem import OnPremAgent, OnPremGroup
from workato_async.resources.recipes.models import Recipe

if TYPE_CHECKING:
    from collections.abc import Callable

TESTS = Path(__file__).parents[1]
BY_ID = {endpoint.id: endpoint for endpoint in ENDPOINTS}

OTHER_PARAMETERS: dict[str, tuple[set[str], set[str]]] = {
    # since_id can also be how the list is walked
    "recipes.list": ({"paging"}, set()),
    # one positional argument: they say what is repeated or cancelled, as an id does elsewhere
    "jobs.repeat": (set(), {"job_ids"}),
    "jobs.cancel": (set(), {"job_ids"}),
    # the id of a message is a place in the topic, from where a worker goes on
    "event_messages.consume": ({"after_message_id"}, set()),
    # the payload is the whole body
    "event_messages.publish": (set(), {"payload"}),
    # no source documents the body: it is taken and sent as it is
    "deployments.submit_for_review": ({"body"}, set()),
    "deployments.reopen": ({"body"}, set()),
    "deployments.deploy": ({"body"}, set()),
    "roles_migration.custom": ({"body"}, set()),
    "developer_api_client_roles.copy": ({"body"}, set()),
    "mcp_servers.tokens.create": ({"body"}, set()),
    "cert_bundles.create": ({"body"}, set()),
    "cert_bundles.update": ({"body"}, set()),
    "iam.users.create": ({"body"}, set()),
    "iam.users.update": ({"body"}, set()),
    "iam.users.add_to_group": ({"body"}, set()),
    "iam.users.remove_from_group": ({"body"}, set()),
    "iam.user_groups.create": ({"body"}, set()),
    "iam.user_groups.update": ({"body"}, set()),
    "iam.user_groups.add_users": ({"body"}, set()),
    "iam.user_groups.remove_users": ({"body"}, set()),
    "iam.app_links.create": ({"body"}, set()),
    # where the file goes, or comes from
    "cert_bundles.download": (set(), {"path"}),
    "packages.download": (set(), {"path"}),
    "packages.import": (set(), {"package"}),
}
"""By id, keyword arguments that the fact book does not have, and parameters that are no keyword arguments."""


class Recorder:
    """A pipeline that answers every request with the sample of its endpoint."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    async def __call__(self, request: Request) -> Response:
        self.requests.append(request)
        return Response(200, (TESTS / "samples" / f"{request.endpoint.id}.json").read_bytes())


def method_of(id_: str, recorder: Recorder) -> Callable[..., Any]:
    found: Any = Api(Caller(recorder, timeout=45.0))
    for name in id_.split("."):
        found = getattr(found, name)
    return found  # type: ignore[no-any-return]


@pytest.mark.parametrize("id_", FACTS)
def test_a_method_takes_what_is_documented(id_: str) -> None:
    parameters = inspect.signature(method_of(id_, Recorder())).parameters.values()
    endpoint, fact = BY_ID[id_], FACTS[id_]
    extra, missing = OTHER_PARAMETERS.get(id_, (set(), set()))
    paging = {endpoint.listing.cursor, endpoint.listing.size} if endpoint.listing else set()
    # A cursor of ids is a place in the list, which a caller may name; the number of a page is the walk's own.
    own = paging - {"since_id", "offset_job_id"}
    names = {keyword(name) for name in {**fact["query"], **fact["body"]} if name not in own}
    if endpoint.listing and endpoint.listing.size:
        names.add("per_page")
    assert {one.name for one in parameters if one.kind is one.KEYWORD_ONLY} == (names | extra) - missing
    positional = [one.name for one in parameters if one.kind is one.POSITIONAL_OR_KEYWORD]
    assert len(positional) == endpoint.path.count("{") + len(missing)


MOMENT = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
TIME = "2024-05-06T07:08:09Z"
Query = list[tuple[str, str]]
A_PAGE = [("page", "1"), ("per_page", "100")]

CALLS: list[tuple[str, tuple[int | str, ...], dict[str, Any], str, Query, Any]] = [
    ("connections.list", (), {}, "/api/connections", [], None),
    (
        "connections.list",
        (),
        {
            "folder_id": 4724,
            "include_runtime_connections": True,
            "includes": ["tags"],
            "updated_after": MOMENT,
            "project_id": 7,
            "provider": "jira",
            "parent_id": 8,
            "external_id": "a b",
        },
        "/api/connections",
        [
            ("folder_id", "4724"),
            ("include_runtime_connections", "true"),
            ("includes[]", "tags"),
            ("updated_after", TIME),
            ("project_id", "7"),
            ("provider", "jira"),
            ("parent_id", "8"),
            ("external_id", "a b"),
        ],
        None,
    ),
    (
        "connections.create",
        (),
        {"name": "Mail", "provider": "gmail", "folder_id": 4724, "parent_id": 9, "shell_connection": True, "input": {}},
        "/api/connections",
        [],
        {
            "name": "Mail",
            "provider": "gmail",
            "folder_id": "4724",
            "parent_id": "9",
            "shell_connection": True,
            "input": {},
        },
    ),
    (
        "connections.update",
        (5,),
        {"name": "Mail", "folder_id": "4724", "external_id": "m"},
        "/api/connections/5",
        [],
        {"name": "Mail", "folder_id": "4724", "external_id": "m"},
    ),
    ("connections.disconnect", (5,), {}, "/api/connections/5/disconnect", [], None),
    ("connections.disconnect", (5,), {"force": True}, "/api/connections/5/disconnect", [("force", "true")], None),
    ("connections.delete", (5,), {}, "/api/connections/5", [], None),
    ("folders.list", (), {}, "/api/folders", A_PAGE, None),
    (
        "folders.list",
        (),
        {"parent_id": 1, "with_nested_folders": False, "per_page": 50},
        "/api/folders",
        [("parent_id", "1"), ("with_nested_folders", "false"), ("page", "1"), ("per_page", "50")],
        None,
    ),
    ("folders.create", (), {"name": "Leads"}, "/api/folders", [], {"name": "Leads"}),
    ("folders.create", (), {"name": "Leads", "parent_id": 1}, "/api/folders", [], {"name": "Leads", "parent_id": "1"}),
    ("projects.list", (), {}, "/api/projects", A_PAGE, None),
    (
        "projects.deploy",
        ("f660222",),
        {"environment_type": "prod", "title": "June", "description": "release", "include_tags": True},
        "/api/projects/f660222/deploy",
        [("environment_type", "prod")],
        {"title": "June", "description": "release", "include_tags": True},
    ),
    (
        "projects.deploy",
        (7,),
        {"environment_type": "test"},
        "/api/projects/7/deploy",
        [("environment_type", "test")],
        None,
    ),
    (
        "deployments.list",
        (),
        {
            "project_id": 7,
            "folder_id": "f660222",
            "environment_type": "test",
            "state": "failed",
            "from_": MOMENT,
            "to": TIME,
        },
        "/api/deployments",
        [
            ("project_id", "7"),
            ("folder_id", "f660222"),
            ("environment_type", "test"),
            ("state", "failed"),
            ("from", TIME),
            ("to", TIME),
        ],
        None,
    ),
    ("lookup_tables.list", (), {"per_page": 9}, "/api/lookup_tables", [("page", "1"), ("per_page", "9")], None),
    (
        "lookup_tables.rows.list",
        (3,),
        {"by": {"Country code": "AT", "col 2": 4}},
        "/api/lookup_tables/3/rows",
        [("by[Country code]", "AT"), ("by[col 2]", "4"), ("page", "1"), ("per_page", "1000")],
        None,
    ),
    ("lookup_tables.rows.create", (3,), {"data": {"a": 1}}, "/api/lookup_tables/3/rows", [], {"data": {"a": 1}}),
    ("lookup_tables.rows.update", (3, 4), {"data": {"a": 1}}, "/api/lookup_tables/3/rows/4", [], {"data": {"a": 1}}),
    ("lookup_tables.rows.delete", (3, 4), {}, "/api/lookup_tables/3/rows/4", [], None),
    (
        "project_roles.list",
        (),
        {"name": "Reader"},
        "/api/project_roles",
        [("name", "Reader"), ("page[number]", "1"), ("page[size]", "100")],
        None,
    ),
    ("roles.list", (), {}, "/api/roles", A_PAGE, None),
    ("developer_api_clients.list", (), {}, "/api/developer_api_clients", A_PAGE, None),
    (
        "developer_api_clients.create",
        (),
        {
            "name": "Sync",
            "api_privilege_group_id": 8,
            "all_folders": False,
            "folder_ids": [1, 2],
            "environment": "DEV",
            "ip_allow_list": ["192.0.2.1", "192.0.2.2"],
        },
        "/api/developer_api_clients",
        [],
        {
            "name": "Sync",
            "api_privilege_group_id": 8,
            "all_folders": False,
            "folder_ids": [1, 2],
            "environment": "DEV",
            "ip_allow_list": "192.0.2.1,192.0.2.2",
        },
    ),
    ("developer_api_clients.regenerate", (6,), {}, "/api/developer_api_clients/6/regenerate", [], None),
    ("developer_api_clients.delete", (6,), {}, "/api/developer_api_clients/6", [], None),
    ("on_prem_groups.list", (), {}, "/api/on_prem_groups", [], None),
    (
        "on_prem_groups.create",
        (),
        {"name": "CRM", "use_managed_connection": True, "whitelisted_ips": ("192.0.2.0/24",)},
        "/api/on_prem_groups",
        [],
        {
            "name": "CRM",
            "use_managed_connection": True,
            "settings_attributes": {"whitelisted_ips": ["192.0.2.0/24"]},
        },
    ),
    ("on_prem_groups.create", (), {"name": "CRM"}, "/api/on_prem_groups", [], {"name": "CRM"}),
    ("on_prem_groups.get", (2,), {}, "/api/on_prem_groups/2", [], None),
    (
        "on_prem_groups.update",
        (2,),
        {"whitelisted_ips": []},
        "/api/on_prem_groups/2",
        [],
        {"settings_attributes": {"whitelisted_ips": []}},
    ),
    ("on_prem_groups.delete", (2,), {}, "/api/on_prem_groups/2", [], None),
    ("on_prem_groups.status", (2,), {}, "/api/on_prem_groups/2/status", [], None),
    ("on_prem_agents.list", (), {}, "/api/on_prem_agents", [], None),
    (
        "on_prem_agents.create",
        (),
        {"name": "west", "on_prem_group_id": 50, "os": "linux", "awaiting_setup": False, "enabled": True},
        "/api/on_prem_agents",
        [],
        {"name": "west", "on_prem_group_id": 50, "os": "linux", "awaiting_setup": False, "enabled": True},
    ),
    ("on_prem_agents.get", (2,), {}, "/api/on_prem_agents/2", [], None),
    (
        "on_prem_agents.update",
        (2,),
        {"name": "west", "on_prem_group_id": 50, "os": "mac", "enabled": False},
        "/api/on_prem_agents/2",
        [],
        {"name": "west", "on_prem_group_id": 50, "os": "mac", "enabled": False},
    ),
    ("on_prem_agents.delete", (2,), {}, "/api/on_prem_agents/2", [], None),
    ("on_prem_agents.status", (2,), {}, "/api/on_prem_agents/2/status", [], None),
    ("on_prem_agents.search", (), {"cn": "13:2"}, "/api/on_prem_agents/search", [("cn", "13:2")], None),
    ("on_prem_agents.search", (), {}, "/api/on_prem_agents/search", [], None),
    ("on_prem_agents.activation_code", (2,), {}, "/api/on_prem_agents/2/activation_code", [], None),
    (
        "activity_logs.list",
        (),
        {
            "from_": MOMENT,
            "to": MOMENT,
            "users_ids": [1, 2],
            "include_resource_types": ["flow"],
            "exclude_resource_types": ["Folder"],
            "include_event_types": ["recipe_started"],
            "exclude_event_types": ["user_login"],
        },
        "/api/activity_logs",
        [
            ("from", TIME),
            ("to", TIME),
            ("users_ids[]", "1"),
            ("users_ids[]", "2"),
            ("include_resource_types[]", "flow"),
            ("exclude_resource_types[]", "Folder"),
            ("include_event_types[]", "recipe_started"),
            ("exclude_event_types[]", "user_login"),
            ("page[size]", "100"),
        ],
        None,
    ),
]
"""Endpoint, positional arguments, keyword arguments; path, query and body of the one request that must follow."""


@pytest.mark.parametrize(("id_", "arguments", "keywords", "path", "query", "body"), CALLS)
async def test_a_method_sends_what_is_documented(
    id_: str, arguments: tuple[int | str, ...], keywords: dict[str, Any], path: str, query: Query, body: Any
) -> None:
    recorder = Recorder()
    called = method_of(id_, recorder)(*arguments, **keywords)
    if isinstance(called, Pages):
        assert recorder.requests == []
        answer = await called.collect()
        assert {type(item) for item in answer} == {BY_ID[id_].result}
    else:
        answer = await called
        assert type(answer) is (BY_ID[id_].result or type(None))
    [request] = recorder.requests
    assert request.endpoint is BY_ID[id_]
    target = urlsplit(request.target)
    assert target.path == path
    assert sorted(parse_qsl(target.query, keep_blank_values=True)) == sorted(query)
    assert (None if request.body is None else json.loads(cast("bytes", request.body))) == body


def test_every_method_of_the_plain_families_is_called() -> None:
    """The other endpoints are called in ``tests/contract``."""
    first = {id_ for id_, fact in FACTS.items() if fact["in_seeds"]}
    assert {call[0] for call in CALLS} == {id_ for id_ in first if not id_.startswith(("recipes.", "jobs."))}


async def test_an_object_stands_for_its_id() -> None:
    recorder = Recorder()
    api = Api(Caller(recorder, timeout=45.0))
    recipe, agent = Recipe(id=7), OnPremAgent(id=9)
    await api.recipes.get(recipe)
    await api.jobs.list(recipe).first()
    await api.jobs.get(recipe, "j-1")
    await api.on_prem_groups.get(OnPremGroup(id=8))
    await api.on_prem_agents.get(agent)
    assert [request.target for request in recorder.requests] == [
        "/api/recipes/7",
        "/api/recipes/7/jobs",
        "/api/recipes/7/jobs/j-1",
        "/api/on_prem_groups/8",
        "/api/on_prem_agents/9",
    ]
