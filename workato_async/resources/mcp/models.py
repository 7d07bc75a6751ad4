"""Models of MCP servers.

Source: "MCP servers" (docs: workato-api/mcp-servers) and the official Go client's recorded responses.
"""

from __future__ import annotations

import attrs

from workato_async.base_model import AwareDatetime, Model, Part
from workato_async.endpoint import JsonObject


@attrs.frozen(kw_only=True)
class McpServer(Model):
    """An MCP server; the list has fewer fields than the other responses.

    ``mcp_url`` holds the token of a server with a legacy token, and grants access to anyone who has it, so its repr
    does not show it.
    """

    id: str
    name: str | None = None
    description: str | None = None
    asset_type: str | None = None
    logo_url: str | None = None
    mcp_url: str | None = attrs.field(default=None, repr=False)
    auth_type: str | None = None
    authentication_method: str | None = None
    folder_id: int | None = None
    project_id: int | None = None
    folders: tuple[JsonObject, ...] = ()
    has_vua_dependent_tools: bool | None = None
    idp_user_group_ids: tuple[str, ...] = ()
    api_collection: JsonObject | None = None
    tools_count: int | None = None
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None


@attrs.frozen(kw_only=True)
class McpUserGroup(Model):
    """A user group of the identity provider."""

    id: str
    name: str | None = None
    users_count: int | None = None
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None


@attrs.frozen(kw_only=True)
class McpServerTool(Model):
    """A tool of an MCP server; ``flow_id`` is the id of the recipe behind it. The id of a skill is ``skl-…``."""

    id: int | str
    name: str | None = None
    description: str | None = None
    original_description: str | None = None
    trigger_application: str | None = None
    action_applications: tuple[str, ...] = ()
    flow_id: int | None = None
    active: bool | None = None
    enabled: bool | None = None
    vua_required: bool | None = None
    incompatibility_reasons: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class McpServerLimit(Part):
    """How many calls a server accepts per interval, e.g. ``"minute"`` or ``"30 days"``."""

    limit: int | None = None
    interval: str | None = None


@attrs.frozen(kw_only=True)
class McpServerPolicy(Model):
    """The policy of an MCP server; ``id`` is None if none was ever set."""

    id: int | None = None
    mcp_server_id: str | None = None
    rate_limits: McpServerLimit | None = None
    quota_limits: McpServerLimit | None = None
    ip_allow_list: tuple[str, ...] = ()
    ip_deny_list: tuple[str, ...] = ()
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None


@attrs.frozen(kw_only=True)
class McpServerToken(Model):
    """A hashed token. ``plain_token`` is shown only once; ``repr`` hides it."""

    plain_token: str | None = attrs.field(default=None, repr=False)
