"""MCP servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.example import Example
from workato_async.testing.handlers.mcp_servers import SERVERS, TOOLS

if TYPE_CHECKING:
    from workato_async.testing import FakeWorkato


def a_server(fake: FakeWorkato) -> tuple[str]:
    return (str(next(iter(SERVERS.rows(fake.state)))),)


def a_tool(fake: FakeWorkato) -> tuple[str, int]:
    return (*a_server(fake), 7001)


def with_a_tool(fake: FakeWorkato) -> None:
    TOOLS.rows(fake.state, *a_server(fake))[7001] = {"id": 7001, "name": "find_order", "flow_id": 10001}


GROUPS = {"idp_user_group_ids": ["group-1", "group-2"]}

EXAMPLES = [
    Example("mcp_servers.list", (), {"project_id": 301, "folder_id": 2001, "authentication_method": "token"}),
    Example("mcp_servers.create_proxied", (), {"connection_id": 5001, "folder_id": 2001, "name": "Elsewhere"}),
    Example(
        "mcp_servers.create", (), {"name": "Orders", "folder_id": 2001, "description": "all orders", "asset_id": 50}
    ),
    Example("mcp_servers.get", a_server),
    Example(
        "mcp_servers.update",
        a_server,
        {"name": "Orders", "description": "all orders", "authentication_method": "workato_idp"},
    ),
    Example("mcp_servers.delete", a_server),
    Example("mcp_servers.token_renew", a_server),
    Example("mcp_servers.tokens.create", a_server),
    Example(
        "mcp_servers.assign_tools",
        a_server,
        {"tools": [{"trigger_application": "workato_recipe_function", "id": 10001}]},
    ),
    Example("mcp_servers.assign_user_groups", a_server, GROUPS),
    Example("mcp_servers.remove_user_groups", a_server, GROUPS),
    Example("mcp_servers.update_folder", a_server, {"folder_id": 2001}),
    Example("mcp_servers.policies.get", a_server),
    Example(
        "mcp_servers.policies.update",
        a_server,
        {
            "rate_limits": {"limit": 60, "interval": "minute"},
            "quota_limits": {"limit": 10_000, "interval": "30 days"},
            "ip_allow_list": ["203.0.113.0/24"],
            "ip_deny_list": [],
        },
    ),
    Example("mcp_servers.tools.list", a_server, prepare=with_a_tool),
    Example("mcp_servers.tools.update", a_tool, {"description": "finds an order"}, prepare=with_a_tool),
    Example("mcp_servers.tools.delete", a_tool, prepare=with_a_tool),
    Example("mcp.user_groups"),
]
