"""MCP servers with their tools, policies, tokens and user groups."""

from workato_async.resources.mcp.models import (
    McpServer,
    McpServerLimit,
    McpServerPolicy,
    McpServerToken,
    McpServerTool,
    McpUserGroup,
)
from workato_async.resources.mcp.policies import McpServerPolicies
from workato_async.resources.mcp.servers import Mcp, McpServers
from workato_async.resources.mcp.tokens import McpServerTokens
from workato_async.resources.mcp.tools import McpServerTools

__all__ = [
    "Mcp",
    "McpServer",
    "McpServerLimit",
    "McpServerPolicies",
    "McpServerPolicy",
    "McpServerToken",
    "McpServerTokens",
    "McpServerTool",
    "McpServerTools",
    "McpServers",
    "McpUserGroup",
]
