"""Hashed tokens of MCP servers.

Source: "MCP servers" (docs: workato-api/mcp-servers) and the official Go client's recorded responses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workato_async.endpoint import Endpoint
from workato_async.resources._base import Resource
from workato_async.resources.mcp.models import McpServerToken

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workato_async.resources.mcp.models import McpServer


CREATE = Endpoint(
    "mcp_servers.tokens.create", "POST", "/api/mcp/mcp_servers/{mcp_server_handle}/tokens", McpServerToken
)


class McpServerTokens(Resource):
    """Hashed tokens of MCP servers: ``workato.mcp_servers.tokens``."""

    __slots__ = ()

    async def create(
        self, mcp_server_handle: str | McpServer, *, body: Mapping[str, Any] | None = None
    ) -> McpServerToken:
        """Create a hashed token for an MCP server.

        ``POST /api/mcp/mcp_servers/{mcp_server_handle}/tokens``, 60 a minute. Not idempotent. The shape of the response
        is not documented; public clients found the token in ``plain_token``, anything else is in ``extra``.

        Args:
            mcp_server_handle: the server.
            body: not documented; sent as it is. A public client sends ``{"name": "…"}``.

        Raises:
            OutcomeUnknownError: if the response was lost, and the token with it.
        """
        return await self._call(CREATE, mcp_server_handle, body=body)
