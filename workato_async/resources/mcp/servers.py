"""MCP servers: recipes and API collections offered as tools to AI agents.

Source: "MCP servers" (docs: workato-api/mcp-servers) and the official Go client's recorded responses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from workato_async._unset import UNSET
from workato_async.arguments import id_of, ids_of
from workato_async.endpoint import PAGE_COUNTED, Endpoint
from workato_async.resources._base import Resource, changes, without_none
from workato_async.resources.mcp import policies, tokens, tools
from workato_async.resources.mcp.models import McpServer, McpUserGroup

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workato_async._unset import Unset
    from workato_async.calls.caller import Caller
    from workato_async.pages import Pages
    from workato_async.resources.api_platform import ApiCollection
    from workato_async.resources.connections import Connection
    from workato_async.resources.folders import Folder
    from workato_async.resources.projects.models import Project


LIST = Endpoint(
    "mcp_servers.list",
    "GET",
    "/api/mcp/mcp_servers",
    McpServer,
    wrapper="data",
    listing=attrs.evolve(PAGE_COUNTED, largest=50),
)
CREATE = Endpoint("mcp_servers.create", "POST", "/api/mcp/mcp_servers", McpServer, wrapper="data")
CREATE_PROXIED = Endpoint("mcp_servers.create_proxied", "POST", "/api/mcp/proxied_servers", McpServer, wrapper="data")
GET = Endpoint("mcp_servers.get", "GET", "/api/mcp/mcp_servers/{handle}", McpServer, wrapper="data")
UPDATE = Endpoint("mcp_servers.update", "PUT", "/api/mcp/mcp_servers/{handle}", McpServer, wrapper="data")
DELETE = Endpoint[None]("mcp_servers.delete", "DELETE", "/api/mcp/mcp_servers/{handle}")
TOKEN_RENEW = Endpoint(
    "mcp_servers.token_renew", "POST", "/api/mcp/mcp_servers/{handle}/token_renew", McpServer, wrapper="data"
)
ASSIGN_TOOLS = Endpoint[None](
    "mcp_servers.assign_tools", "POST", "/api/mcp/mcp_servers/{handle}/assign_tools", idempotent=True
)
ASSIGN_USER_GROUPS = Endpoint[None](
    "mcp_servers.assign_user_groups", "POST", "/api/mcp/mcp_servers/{handle}/assign_user_groups", idempotent=True
)
REMOVE_USER_GROUPS = Endpoint[None](
    "mcp_servers.remove_user_groups", "POST", "/api/mcp/mcp_servers/{handle}/remove_user_groups", idempotent=True
)
UPDATE_FOLDER = Endpoint(
    "mcp_servers.update_folder", "PUT", "/api/mcp/mcp_servers/{handle}/update_folder", McpServer, wrapper="data"
)
USER_GROUPS = Endpoint(
    "mcp.user_groups",
    "GET",
    "/api/mcp/user_groups",
    McpUserGroup,
    wrapper="data",
    listing=PAGE_COUNTED,
)


class McpServers(Resource):
    """MCP servers: ``workato.mcp_servers``, with ``.tools``, ``.policies`` and ``.tokens``.

    A server is named by its id, ``mcps-…``, which the documentation calls its handle.
    """

    __slots__ = ("policies", "tokens", "tools")

    def __init__(self, caller: Caller) -> None:
        super().__init__(caller)
        self.tools = tools.McpServerTools(caller)
        self.policies = policies.McpServerPolicies(caller)
        self.tokens = tokens.McpServerTokens(caller)

    def list(
        self,
        *,
        project_id: int | Project | None = None,
        folder_id: int | Folder | None = None,
        authentication_method: str | None = None,
        per_page: int | None = None,
    ) -> Pages[McpServer]:
        """List the MCP servers. ``GET /api/mcp/mcp_servers``, 60 a minute, at most 50 per page.

        Args:
            project_id: servers of this project only.
            folder_id: servers of this folder only.
            authentication_method: ``"token"`` or ``"workato_idp"``: servers that authenticate this way only.
            per_page: servers per page, 1 to 50.
        """
        query = {
            "project_id": project_id,
            "folder_id": folder_id,
            "authentication_method": authentication_method,
        }
        return self._pages(LIST, query=query, per_page=per_page)

    async def create(
        self,
        *,
        name: str,
        folder_id: int | Folder,
        description: str | None = None,
        asset_id: int | ApiCollection | None = None,
    ) -> McpServer:
        """Create an MCP server. ``POST /api/mcp/mcp_servers``, 60 a minute. Not idempotent.

        It authenticates with hashed tokens, see ``tokens.create``; plain ones are legacy.

        Args:
            name: its name.
            folder_id: the folder to create it in.
            description: what it offers.
            asset_id: the API collection whose endpoints are its tools.
        """
        fields = without_none(
            name=name, folder_id=id_of(folder_id, "folder_id"), description=description, asset_id=asset_id
        )
        return await self._call(CREATE, body=fields)

    async def create_proxied(self, *, connection_id: int | Connection, folder_id: int | Folder, name: str) -> McpServer:
        """Create an MCP server that is a proxy for another one.

        ``POST /api/mcp/proxied_servers``, 60 a minute. Not idempotent.

        Args:
            connection_id: the connection to the other server.
            folder_id: the folder to create it in.
            name: its name.
        """
        fields = {
            "connection_id": id_of(connection_id, "connection_id"),
            "folder_id": id_of(folder_id, "folder_id"),
            "name": name,
        }
        return await self._call(CREATE_PROXIED, body=fields)

    async def get(self, handle: str | McpServer) -> McpServer:
        """Get an MCP server. ``GET /api/mcp/mcp_servers/{handle}``, 60 a minute.

        Raises:
            NotFoundError: if there is no such server.
        """
        return await self._call(GET, handle)

    async def update(
        self,
        handle: str | McpServer,
        *,
        name: str | Unset | None = UNSET,
        description: str | Unset | None = UNSET,
        authentication_method: str | Unset | None = UNSET,
    ) -> McpServer:
        """Update an MCP server; fields not given stay unchanged.

        ``PUT /api/mcp/mcp_servers/{handle}``, 60 a minute. Idempotent.

        Args:
            handle: the server.
            name: its name.
            description: what it offers.
            authentication_method: e.g. ``"token"`` or ``"workato_idp"``.
        """
        fields = changes(UPDATE, name=name, description=description, authentication_method=authentication_method)
        return await self._call(UPDATE, handle, body=fields)

    async def delete(self, handle: str | McpServer) -> None:
        """Delete an MCP server. ``DELETE /api/mcp/mcp_servers/{handle}``, 60 a minute. Idempotent."""
        await self._call(DELETE, handle)

    async def token_renew(self, handle: str | McpServer) -> McpServer:
        """Replace the legacy token of an MCP server; ``mcp_url`` of the response holds the new one.

        ``POST /api/mcp/mcp_servers/{handle}/token_renew``, 60 a minute. Not idempotent.
        """
        return await self._call(TOKEN_RENEW, handle)

    async def assign_tools(self, handle: str | McpServer, *, tools: Sequence[Mapping[str, Any]]) -> None:
        """Add tools to an MCP server. ``POST /api/mcp/mcp_servers/{handle}/assign_tools``, 60 a minute. Idempotent.

        Args:
            handle: the server.
            tools: mappings with ``id``, of a recipe or a skill (``skl-…``), and ``trigger_application``, the connector
                of its trigger.
        """
        await self._call(ASSIGN_TOOLS, handle, body={"tools": tools})

    async def assign_user_groups(
        self, handle: str | McpServer, *, idp_user_group_ids: Sequence[str | McpUserGroup]
    ) -> None:
        """Allow user groups of the identity provider to use an MCP server.

        ``POST /api/mcp/mcp_servers/{handle}/assign_user_groups``, 60 a minute. Idempotent.

        Args:
            handle: the server.
            idp_user_group_ids: the groups, as ``workato.mcp.user_groups`` lists them.
        """
        await self._call(
            ASSIGN_USER_GROUPS, handle, body={"idp_user_group_ids": ids_of(idp_user_group_ids, "idp_user_group_ids")}
        )

    async def remove_user_groups(
        self, handle: str | McpServer, *, idp_user_group_ids: Sequence[str | McpUserGroup]
    ) -> None:
        """Stop user groups of the identity provider from using an MCP server.

        ``POST /api/mcp/mcp_servers/{handle}/remove_user_groups``, 60 a minute. Idempotent.

        Args:
            handle: the server.
            idp_user_group_ids: the groups.
        """
        await self._call(
            REMOVE_USER_GROUPS, handle, body={"idp_user_group_ids": ids_of(idp_user_group_ids, "idp_user_group_ids")}
        )

    async def update_folder(self, handle: str | McpServer, *, folder_id: int | Folder) -> McpServer:
        """Move an MCP server to another folder.

        ``PUT /api/mcp/mcp_servers/{handle}/update_folder``, 60 a minute. Idempotent.

        Args:
            handle: the server.
            folder_id: the folder to move it to.
        """
        return await self._call(UPDATE_FOLDER, handle, body={"folder_id": id_of(folder_id, "folder_id")})


class Mcp(Resource):
    """What MCP servers share: ``workato.mcp``."""

    __slots__ = ()

    def user_groups(self, *, per_page: int | None = None) -> Pages[McpUserGroup]:
        """List the user groups of the identity provider.

        ``GET /api/mcp/user_groups``, 60 a minute, at most 100 per page.

        Args:
            per_page: groups per page, 1 to 100.
        """
        return self._pages(USER_GROUPS, per_page=per_page)
