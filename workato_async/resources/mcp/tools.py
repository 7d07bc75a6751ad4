"""Tools of MCP servers: the recipes and API endpoints that a server offers.

Source: "MCP servers" (docs: workato-api/mcp-servers) and the official Go client's recorded responses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async._unset import UNSET
from workato_async.endpoint import PAGE_COUNTED, Endpoint
from workato_async.resources._base import Resource, changes
from workato_async.resources.mcp.models import McpServerTool

if TYPE_CHECKING:
    from workato_async._unset import Unset
    from workato_async.pages import Pages
    from workato_async.resources.mcp.models import McpServer


LIST = Endpoint(
    "mcp_servers.tools.list",
    "GET",
    "/api/mcp/mcp_servers/{mcp_server_handle}/tools",
    McpServerTool,
    wrapper="items",
    listing=PAGE_COUNTED,
)
UPDATE = Endpoint(
    "mcp_servers.tools.update", "PUT", "/api/mcp/mcp_servers/{mcp_server_handle}/tools/{id}", McpServerTool
)
DELETE = Endpoint[None]("mcp_servers.tools.delete", "DELETE", "/api/mcp/mcp_servers/{mcp_server_handle}/tools/{id}")


class McpServerTools(Resource):
    """Tools of MCP servers: ``workato.mcp_servers.tools``; ``workato.mcp_servers.assign_tools`` adds some."""

    __slots__ = ()

    def list(self, mcp_server_handle: str | McpServer, *, per_page: int | None = None) -> Pages[McpServerTool]:
        """List the tools of an MCP server.

        ``GET /api/mcp/mcp_servers/{mcp_server_handle}/tools``, 60 a minute, at most 100 per page.

        Args:
            mcp_server_handle: the server.
            per_page: tools per page, 1 to 100.
        """
        return self._pages(LIST, mcp_server_handle, per_page=per_page)

    async def update(
        self,
        mcp_server_handle: str | McpServer,
        tool_id: int | str | McpServerTool,
        *,
        description: str | Unset | None = UNSET,
    ) -> McpServerTool:
        """Update the description of a tool, which agents see.

        ``PUT /api/mcp/mcp_servers/{mcp_server_handle}/tools/{id}``, 60 a minute. Idempotent.

        Args:
            mcp_server_handle: the server.
            tool_id: the tool.
            description: what it does.
        """
        body = changes(UPDATE, description=description)
        return await self._call(UPDATE, mcp_server_handle, tool_id, body=body)

    async def delete(self, mcp_server_handle: str | McpServer, tool_id: int | str | McpServerTool) -> None:
        """Delete a tool from an MCP server.

        ``DELETE /api/mcp/mcp_servers/{mcp_server_handle}/tools/{id}``, 60 a minute. Idempotent.
        """
        await self._call(DELETE, mcp_server_handle, tool_id)
