"""What the server answers, one module for each family of endpoints; importing them registers their handlers."""

from __future__ import annotations

from workato_async.testing.handlers import (
    activity_logs,
    api_clients,
    connections,
    folders,
    jobs,
    lookup_tables,
    on_prem,
    projects,
    recipe_details,
    recipes,
    roles,
)

__all__ = [
    "activity_logs",
    "api_clients",
    "connections",
    "folders",
    "jobs",
    "lookup_tables",
    "on_prem",
    "projects",
    "recipe_details",
    "recipes",
    "roles",
]
