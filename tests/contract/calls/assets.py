"""What recipes use: connections, folders, projects, lookup tables, roles, clients, on-prem; and the audit log."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.support.example import Example

if TYPE_CHECKING:
    from workato_async.testing import FakeWorkato

DATETIME = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
TIME = "2024-05-06T07:08:09Z"
CONNECTION = {
    "name": "CRM",
    "folder_id": "2001",
    "parent_id": "5001",
    "external_id": "ours",
    "shell_connection": True,
    "input": {"host": "crm.example"},
}
CLIENT = {
    "name": "Sync",
    "api_privilege_group_id": 1,
    "all_folders": False,
    "folder_ids": [2001, 2002],
    "environment": "DEV",
    "ip_allow_list": "192.0.2.1",
}
AGENT = {"name": "west", "on_prem_group_id": 16801, "os": "linux", "enabled": True}


def a_client(fake: FakeWorkato) -> tuple[int]:
    return (next(iter(fake.state.api_clients)),)


def a_group(fake: FakeWorkato) -> tuple[int]:
    return (next(iter(fake.state.on_prem_groups)),)


def an_agent(fake: FakeWorkato) -> tuple[int]:
    return (next(iter(fake.state.on_prem_agents)),)


def stop_recipes(fake: FakeWorkato) -> None:
    for recipe in fake.state.recipes.values():
        recipe["running"] = False


EXAMPLES = [
    Example(
        "connections.list",
        (),
        {
            "folder_id": "2001",
            "parent_id": "5001",
            "external_id": "ours",
            "project_id": "301",
            "provider": "jira",
            "include_runtime_connections": True,
            "includes": ["tags"],
            "updated_after": DATETIME,
        },
        sent={"updated_after": TIME},
        empty=True,
    ),
    Example("connections.list"),
    Example("connections.create", (), {**CONNECTION, "provider": "jira"}),
    Example(
        "connections.create",
        (),
        {
            "name": "Mail",
            "provider": "gmail",
            "folder_id": 2001,
            "parent_id": 5001,
            "shell_connection": True,
            "input": {},
        },
        sent={"folder_id": "2001", "parent_id": "5001"},
    ),
    Example("connections.update", (5001,), CONNECTION),
    Example("connections.disconnect", (5001,), prepare=stop_recipes),
    Example("connections.disconnect", (5001,), {"force": True}),
    Example(
        "connections.delete",
        (5001,),
        prepare=lambda fake: fake.state.connections[5001].update(authorization_status=None),
    ),
    Example("folders.list", (), {"parent_id": 1, "with_nested_folders": True, "per_page": 3}),
    Example("folders.list", (), {"parent_id": 1, "with_nested_folders": False, "per_page": 50}),
    Example("folders.list"),
    Example("folders.create", (), {"name": "New", "parent_id": "2001"}),
    Example("folders.create", (), {"name": "New", "parent_id": 2001}, sent={"parent_id": "2001"}),
    Example("folders.create", (), {"name": "New"}),
    Example("projects.list", (), {"per_page": 2}),
    Example("projects.list"),
    Example("projects.deploy", ("f2001",), {"environment_type": "test"}),
    Example(
        "projects.deploy",
        (301,),
        {"environment_type": "test", "title": "New", "description": "What for", "include_tags": True},
    ),
    Example(
        "deployments.list",
        (),
        {
            "project_id": 301,
            "folder_id": "f2001",
            "environment_type": "test",
            "state": "success",
            "from_": DATETIME,
            "to": DATETIME,
        },
        sent={"from": TIME, "to": TIME},
        empty=True,
    ),
    Example("deployments.list", (), {"from_": TIME}, sent={"from": TIME}),
    Example("deployments.list"),
    Example("lookup_tables.list"),
    Example("lookup_tables.list", (), {"per_page": 9}),
    Example("lookup_tables.rows.list", (6001,), {"by": {"Code": "C00001"}}, sent={"by[Code]": "C00001"}),
    Example(
        "lookup_tables.rows.list",
        (6001,),
        {"by": {"Country name": "AT", "Code": 4}},
        sent={"by[Country name]": "AT", "by[Code]": "4"},
        empty=True,
    ),
    Example("lookup_tables.rows.create", (6001,), {"data": {"Code": "X"}}),
    Example("lookup_tables.rows.update", (6001, 60001), {"data": {"Code": "Y"}}),
    Example("lookup_tables.rows.delete", (6001, 60001)),
    Example("project_roles.list", (), {"name": "Nobody"}, empty=True),
    Example("project_roles.list"),
    Example("roles.list"),
    Example("developer_api_clients.list"),
    Example("developer_api_clients.create", (), CLIENT),
    Example(
        "developer_api_clients.create",
        (),
        {**CLIENT, "ip_allow_list": ["192.0.2.1", "192.0.2.2"]},
        sent={"ip_allow_list": "192.0.2.1,192.0.2.2"},
    ),
    Example("developer_api_clients.regenerate", a_client),
    Example("developer_api_clients.delete", a_client),
    Example("on_prem_groups.list"),
    Example(
        "on_prem_groups.create",
        (),
        {"name": "CRM", "use_managed_connection": True, "whitelisted_ips": ["192.0.2.1"]},
    ),
    Example(
        "on_prem_groups.create",
        (),
        {"name": "CRM", "whitelisted_ips": ("192.0.2.0/24",)},
        sent={"settings_attributes.whitelisted_ips": ["192.0.2.0/24"]},
    ),
    Example("on_prem_groups.create", (), {"name": "CRM"}),
    Example("on_prem_groups.get", a_group),
    Example("on_prem_groups.update", a_group, {"name": "ERP", "whitelisted_ips": ["192.0.2.2"]}),
    Example("on_prem_groups.update", a_group, {"whitelisted_ips": []}),
    Example("on_prem_groups.delete", a_group),
    Example("on_prem_groups.status", a_group),
    Example("on_prem_agents.list"),
    Example("on_prem_agents.create", (), {**AGENT, "awaiting_setup": True}),
    Example("on_prem_agents.create", (), {**AGENT, "awaiting_setup": False}),
    Example("on_prem_agents.get", an_agent),
    Example("on_prem_agents.update", an_agent, AGENT),
    Example("on_prem_agents.update", an_agent, {"enabled": False}),
    Example("on_prem_agents.delete", an_agent),
    Example("on_prem_agents.status", an_agent),
    Example("on_prem_agents.search", (), {"cn": "00:00"}, empty=True),
    Example("on_prem_agents.search"),
    Example("on_prem_agents.activation_code", an_agent),
    Example(
        "activity_logs.list",
        (),
        {
            "from_": DATETIME,
            "to": DATETIME,
            "users_ids": [1, 2],
            "include_resource_types": ["flow"],
            "exclude_resource_types": ["Folder"],
            "include_event_types": ["recipe_started"],
            "exclude_event_types": ["user_login"],
        },
        sent={"from": TIME, "to": TIME},
        empty=True,
    ),
    Example("activity_logs.list"),
]
