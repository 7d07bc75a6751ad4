"""What belongs to an MCP server: its tools, its policy, its hashed tokens.

Source: "MCP servers" (docs: workato-api/mcp-servers) and the official Go client's recorded answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from workato_async.endpoint import PAGE, AnyEndpoint, Endpoint
from workato_async.resources._base import Resource, id_of, without_none
from workato_async.resources.mcp.models import McpServerLimit, McpServerPolicy, McpServerToken, McpServerTool

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workato_async.pages import Pages
    from workato_async.resources.mcp.models import McpServer


LIST_TOOLS = Endpoint(
    "mcp_servers.tools.list",
    "GET",
    "/api/mcp/mcp_servers/{mcp_server_handle}/tools",
    McpServerTool,
    wrapper="items",
    listing=attrs.evolve(PAGE, total="count"),
)
UPDATE_TOOL = Endpoint(
    "mcp_servers.tools.update", "PUT", "/api/mcp/mcp_servers/{mcp_server_handle}/tools/{id}", McpServerTool
)
DELETE_TOOL = Endpoint[None](
    "mcp_servers.tools.delete", "DELETE", "/api/mcp/mcp_servers/{mcp_server_handle}/tools/{id}"
)
GET_POLICY = Endpoint(
    "mcp_servers.policies.get", "GET", "/api/mcp/mcp_servers/{mcp_server_handle}/server_policies", McpServerPolicy
)
UPDATE_POLICY = Endpoint(
    "mcp_servers.policies.update", "PUT", "/api/mcp/mcp_servers/{mcp_server_handle}/server_policies", McpServerPolicy
)
CREATE_TOKEN = Endpoint(
    "mcp_servers.tokens.create", "POST", "/api/mcp/mcp_servers/{mcp_server_handle}/tokens", McpServerToken
)

ENDPOINTS: tuple[AnyEndpoint, ...] = (
    LIST_TOOLS,
    UPDATE_TOOL,
    DELETE_TOOL,
    GET_POLICY,
    UPDATE_POLICY,
    CREATE_TOKEN,
)


class McpServerTools(Resource):
    """Tools of MCP servers: ``workato.mcp_servers.tools``; ``workato.mcp_servers.assign_tools`` adds some."""

    __slots__ = ()

    def list(self, mcp_server_handle: str | McpServer, *, per_page: int | None = None) -> Pages[McpServerTool]:
        """List the tools of an MCP server.

        ``GET /api/mcp/mcp_servers/{mcp_server_handle}/tools``, 60 a minute, at most 100 a page.

        Args:
            mcp_server_handle: the server.
            per_page: tools a page, 1 to 100.
        """
        return self._pages(LIST_TOOLS, id_of(mcp_server_handle), per_page=per_page)

    async def update(
        self, mcp_server_handle: str | McpServer, tool_id: int | McpServerTool, *, description: str | None = None
    ) -> McpServerTool:
        """Change how a tool is described to agents.

        ``PUT /api/mcp/mcp_servers/{mcp_server_handle}/tools/{id}``, 60 a minute. Replay-safe.

        Args:
            mcp_server_handle: the server.
            tool_id: the tool.
            description: what it does.
        """
        body = without_none(description=description)
        return await self._call(UPDATE_TOOL, id_of(mcp_server_handle), id_of(tool_id), body=body)

    async def delete(self, mcp_server_handle: str | McpServer, tool_id: int | McpServerTool) -> None:
        """Take a tool from an MCP server.

        ``DELETE /api/mcp/mcp_servers/{mcp_server_handle}/tools/{id}``, 60 a minute. Replay-safe.
        """
        await self._call(DELETE_TOOL, id_of(mcp_server_handle), id_of(tool_id))


class McpServerPolicies(Resource):
    """Policies of MCP servers, one each: ``workato.mcp_servers.policies``."""

    __slots__ = ()

    async def get(self, mcp_server_handle: str | McpServer) -> McpServerPolicy:
        """Fetch the policy of an MCP server.

        ``GET /api/mcp/mcp_servers/{mcp_server_handle}/server_policies``, 60 a minute.
        """
        return await self._call(GET_POLICY, id_of(mcp_server_handle))

    async def update(
        self,
        mcp_server_handle: str | McpServer,
        *,
        rate_limits: McpServerLimit | Mapping[str, Any] | None = None,
        quota_limits: McpServerLimit | Mapping[str, Any] | None = None,
        ip_allow_list: Sequence[str] | None = None,
        ip_deny_list: Sequence[str] | None = None,
    ) -> McpServerPolicy:
        """Set the policy of an MCP server.

        ``PUT /api/mcp/mcp_servers/{mcp_server_handle}/server_policies``, 60 a minute. Replay-safe.

        Args:
            mcp_server_handle: the server.
            rate_limits: calls a ``"minute"``: ``limit`` and ``interval``.
            quota_limits: calls in ``"30 days"``, ``"60 days"``, ``"90 days"`` or a ``"year"``: ``limit`` and
                ``interval``.
            ip_allow_list: addresses or networks that may call.
            ip_deny_list: addresses or networks that may not.
        """
        fields = without_none(
            rate_limits=rate_limits,
            quota_limits=quota_limits,
            ip_allow_list=ip_allow_list,
            ip_deny_list=ip_deny_list,
        )
        return await self._call(UPDATE_POLICY, id_of(mcp_server_handle), body={"mcp_server_policy": fields})


class McpServerTokens(Resource):
    """Hashed tokens of MCP servers: ``workato.mcp_servers.tokens``."""

    __slots__ = ()

    async def create(
        self, mcp_server_handle: str | McpServer, *, body: Mapping[str, Any] | None = None
    ) -> McpServerToken:
        """Create a hashed token for an MCP server.

        ``POST /api/mcp/mcp_servers/{mcp_server_handle}/tokens``, 60 a minute. Not replay-safe. The shape of the answer
        is not documented; public clients found the token in ``plain_token``, what else comes is in ``extra``.

        Args:
            mcp_server_handle: the server.
            body: not documented; sent as it is. A public client sends ``{"name": "…"}``.

        Raises:
            OutcomeUnknownError: if the answer was lost, and the token with it.
        """
        return await self._call(CREATE_TOKEN, id_of(mcp_server_handle), body=body)
