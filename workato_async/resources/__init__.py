"""One room per resource family: its endpoints as data, its models, its methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.resources import (
    activity_logs,
    connections,
    developer_api_clients,
    folders,
    jobs,
    lookup_tables,
    on_prem,
    projects,
    recipes,
    roles,
)

if TYPE_CHECKING:
    from workato_async.endpoint import AnyEndpoint

ENDPOINTS: tuple[AnyEndpoint, ...] = (
    *recipes.ENDPOINTS,
    *jobs.ENDPOINTS,
    *connections.ENDPOINTS,
    *folders.ENDPOINTS,
    *projects.ENDPOINTS,
    *lookup_tables.ENDPOINTS,
    *roles.ENDPOINTS,
    *developer_api_clients.ENDPOINTS,
    *on_prem.ENDPOINTS,
    *activity_logs.ENDPOINTS,
)
"""Every endpoint of the package."""
