"""MCP servers: their tools, policies, tokens and user groups."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from workato_async import ConfigurationError, NotFoundError, OutcomeUnknownError
from workato_async.converter import decode
from workato_async.resources.mcp import policies, tokens
from workato_async.resources.mcp.models import McpServerLimit, McpServerPolicy
from workato_async.testing import faults
from workato_async.testing.handlers.mcp_servers import SERVERS

if TYPE_CHECKING:
    from workato_async import WorkatoSession
    from workato_async.resources.mcp.models import McpServer
    from workato_async.testing import FakeWorkato


@pytest.fixture
async def server(workato: WorkatoSession) -> McpServer:
    return await workato.mcp_servers.create(name="Orders", folder_id=2001)


async def test_a_server_lives_moves_and_dies(fake: FakeWorkato, workato: WorkatoSession, server: McpServer) -> None:
    assert server.id.startswith("mcps-")
    assert server.auth_type == "hashed_token"
    assert (await workato.mcp_servers.update(server, description="all orders")).description == "all orders"
    project = fake.state.add_project("Sales")
    await workato.mcp_servers.update_folder(server, folder_id=project["folder_id"])
    [moved] = await workato.mcp_servers.list(project_id=project["id"]).collect()
    assert (moved.id, moved.name, moved.description) == (server.id, "Orders", "all orders")
    assert moved.mcp_url is None
    await workato.mcp_servers.delete(server)
    with pytest.raises(NotFoundError):
        await workato.mcp_servers.get(server)


async def test_servers_come_by_the_fifty_until_all_are_counted(fake: FakeWorkato, workato: WorkatoSession) -> None:
    table = SERVERS.rows(fake.state)
    while len(table) < 99:
        SERVERS.add(fake.state, table, {"name": "more"})
    assert [server.id async for server in workato.mcp_servers.list()] == list(table)
    assert [dict(request.query) for request in fake.requests] == [
        {"page": "1", "per_page": "50"},
        {"page": "2", "per_page": "50"},
    ]
    with pytest.raises(ConfigurationError, match="1 to 50"):
        workato.mcp_servers.list(per_page=51)


async def test_an_address_with_a_token_is_not_shown(workato: WorkatoSession) -> None:
    [legacy, _] = [await workato.mcp_servers.get(one) for one in await workato.mcp_servers.list().collect()]
    renewed = await workato.mcp_servers.token_renew(legacy)
    assert legacy.mcp_url
    assert renewed.mcp_url
    assert renewed.mcp_url != legacy.mcp_url
    for server in (legacy, renewed):
        assert "wkt_token" in (server.mcp_url or "")
        assert "wkt_token" not in repr(server)


async def test_a_new_token_that_was_lost_is_not_made_twice(
    fake: FakeWorkato, workato: WorkatoSession, server: McpServer
) -> None:
    for call, endpoint in (
        (workato.mcp_servers.token_renew, "mcp_servers.token_renew"),
        (workato.mcp_servers.tokens.create, "mcp_servers.tokens.create"),
    ):
        fake.fail(endpoint, faults.Reset())
        with pytest.raises(OutcomeUnknownError):
            await call(server)
        assert fake.sent(endpoint) == 1


async def test_a_hashed_token_is_not_shown(fake: FakeWorkato, workato: WorkatoSession, server: McpServer) -> None:
    token = await workato.mcp_servers.tokens.create(server, body={"name": "laptop"})
    assert json.loads(fake.requests[-1].body) == {"name": "laptop"}
    assert token.plain_token
    assert repr(token) == "McpServerToken(plain_token=<hidden>)"


def test_a_token_under_another_name_is_not_shown_either() -> None:
    token = decode(tokens.CREATE, b'{"data": {"token": "secret"}}')
    assert token is not None
    assert "secret" not in repr(token)
    assert token.extra == {"data": {"token": "secret"}}


async def test_tools_come_and_go(workato: WorkatoSession, server: McpServer) -> None:
    new = [{"trigger_application": "workato_recipe_function", "id": 10001 + number} for number in range(2)]
    for _ in range(2):
        await workato.mcp_servers.assign_tools(server, tools=new)
    first, second = await workato.mcp_servers.tools.list(server).collect()
    assert [first.flow_id, second.flow_id] == [10001, 10002]
    changed = await workato.mcp_servers.tools.update(server, first, description="finds an order")
    assert (changed.id, changed.description) == (first.id, "finds an order")
    await workato.mcp_servers.tools.delete(server.id, second.id)
    assert await workato.mcp_servers.tools.list(server).collect() == [changed]
    assert (await workato.mcp_servers.get(server)).tools_count == 1


async def test_user_groups_are_let_in_and_out(workato: WorkatoSession, server: McpServer) -> None:
    groups = [group.id for group in await workato.mcp.user_groups().collect()]
    for _ in range(2):
        await workato.mcp_servers.assign_user_groups(server, idp_user_group_ids=groups)
    assert (await workato.mcp_servers.get(server)).idp_user_group_ids == tuple(groups)
    await workato.mcp_servers.remove_user_groups(server, idp_user_group_ids=groups[:1])
    assert (await workato.mcp_servers.get(server)).idp_user_group_ids == tuple(groups[1:])


async def test_a_server_has_one_policy(workato: WorkatoSession, server: McpServer) -> None:
    unset = await workato.mcp_servers.policies.get(server)
    assert (unset.id, unset.rate_limits, unset.ip_allow_list) == (None, McpServerLimit(), ())
    rate = McpServerLimit(limit=60, interval="minute")
    first = await workato.mcp_servers.policies.update(server, rate_limits=rate)
    second = await workato.mcp_servers.policies.update(server, ip_deny_list=["192.0.2.1"])
    assert second == await workato.mcp_servers.policies.get(server.id)
    assert (second.id, second.rate_limits, second.ip_deny_list) == (first.id, rate, ("192.0.2.1",))
    assert second.mcp_server_id == server.id


def test_a_policy_is_read_as_it_was_seen() -> None:
    response = b'{"id": 5, "mcp_server_id": "mcps-x", "rate_limits": {"limit": 60, "interval": "minute"}}'
    limit = McpServerLimit(limit=60, interval="minute")
    expected = McpServerPolicy(id=5, mcp_server_id="mcps-x", rate_limits=limit)
    assert decode(policies.GET, response) == expected
