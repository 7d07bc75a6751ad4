"""MCP servers with their tools, policies, tokens and user groups."""

from workato_async.resources.mcp.models import (
    McpServer as McpServer,
)
from workato_async.resources.mcp.models import (
    McpServerLimit as McpServerLimit,
)
from workato_async.resources.mcp.models import (
    McpServerPolicy as McpServerPolicy,
)
from workato_async.resources.mcp.models import (
    McpServerToken as McpServerToken,
)
from workato_async.resources.mcp.models import (
    McpServerTool as McpServerTool,
)
from workato_async.resources.mcp.models import (
    McpUserGroup as McpUserGroup,
)
from workato_async.resources.mcp.parts import (
    McpServerPolicies as McpServerPolicies,
)
from workato_async.resources.mcp.parts import (
    McpServerTokens as McpServerTokens,
)
from workato_async.resources.mcp.parts import (
    McpServerTools as McpServerTools,
)
from workato_async.resources.mcp.servers import Mcp as Mcp
from workato_async.resources.mcp.servers import McpServers as McpServers
