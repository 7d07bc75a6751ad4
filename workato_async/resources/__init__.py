"""One room per resource family: its endpoints as data, its models, its methods.

The rooms are loaded one by one as they are used, and all of them by whoever asks for ``ENDPOINTS``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workato_async.endpoint import AnyEndpoint

    ENDPOINTS: tuple[AnyEndpoint, ...]
    """Every endpoint of the package."""

ROOMS = (
    "recipes",
    "jobs",
    "connections",
    "folders",
    "projects",
    "project_builds",
    "deployments",
    "lookup_tables",
    "data_tables",
    "data_table_records",
    "event_topics",
    "event_messages",
    "custom_connectors",
    "custom_oauth_profiles",
    "project_roles",
    "environment_roles",
    "roles",
    "developer_api_clients",
    "on_prem",
    "activity_logs",
    "workspace",
    "properties",
    "members",
    "user_groups",
    "project_grants",
    "export_manifests",
    "packages",
    "tags",
    "secrets",
    "test_cases",
    "connectors",
    "genies",
    "genie_clients",
    "knowledge_bases",
    "skills",
    "mcp_servers",
    "api_platform",
    "api_platform_clients",
    "api_keys",
    "api_platform_v1",
    "iam",
)
"""The modules that have endpoints, in the order of the documentation."""


def __getattr__(name: str) -> object:
    if name != "ENDPOINTS":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    rooms = [import_module(f"{__name__}.{room}") for room in ROOMS]
    endpoints = globals()["ENDPOINTS"] = tuple(endpoint for room in rooms for endpoint in room.ENDPOINTS)
    return endpoints
