"""Policies of MCP servers: how many calls a server accepts, and from where.

Source: "MCP servers" (docs: workato-api/mcp-servers) and the official Go client's recorded responses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workato_async._unset import UNSET
from workato_async.endpoint import Endpoint
from workato_async.resources._base import Resource, changes
from workato_async.resources.mcp.models import McpServerPolicy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workato_async._unset import Unset
    from workato_async.resources.mcp.models import McpServer, McpServerLimit


GET = Endpoint(
    "mcp_servers.policies.get", "GET", "/api/mcp/mcp_servers/{mcp_server_handle}/server_policies", McpServerPolicy
)
UPDATE = Endpoint(
    "mcp_servers.policies.update", "PUT", "/api/mcp/mcp_servers/{mcp_server_handle}/server_policies", McpServerPolicy
)


class McpServerPolicies(Resource):
    """Policies of MCP servers, one each: ``workato.mcp_servers.policies``."""

    __slots__ = ()

    async def get(self, mcp_server_handle: str | McpServer) -> McpServerPolicy:
        """Get the policy of an MCP server.

        ``GET /api/mcp/mcp_servers/{mcp_server_handle}/server_policies``, 60 a minute.
        """
        return await self._call(GET, mcp_server_handle)

    async def update(
        self,
        mcp_server_handle: str | McpServer,
        *,
        rate_limits: McpServerLimit | Mapping[str, Any] | Unset | None = UNSET,
        quota_limits: McpServerLimit | Mapping[str, Any] | Unset | None = UNSET,
        ip_allow_list: Sequence[str] | Unset | None = UNSET,
        ip_deny_list: Sequence[str] | Unset | None = UNSET,
    ) -> McpServerPolicy:
        """Update the policy of an MCP server.

        ``PUT /api/mcp/mcp_servers/{mcp_server_handle}/server_policies``, 60 a minute. Idempotent.

        Args:
            mcp_server_handle: the server.
            rate_limits: calls per ``"minute"``: ``limit`` and ``interval``.
            quota_limits: calls per ``"30 days"``, ``"60 days"``, ``"90 days"`` or ``"year"``: ``limit`` and
                ``interval``.
            ip_allow_list: addresses or networks that may call.
            ip_deny_list: addresses or networks that may not.
        """
        fields = changes(
            UPDATE,
            rate_limits=rate_limits,
            quota_limits=quota_limits,
            ip_allow_list=ip_allow_list,
            ip_deny_list=ip_deny_list,
        )
        return await self._call(UPDATE, mcp_server_handle, body={"mcp_server_policy": fields})
