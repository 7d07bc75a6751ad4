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
    "lookup_tables",
    "roles",
    "developer_api_clients",
    "on_prem",
    "activity_logs",
    "export_manifests",
    "packages",
)
"""The modules that have endpoints, in the order of the documentation."""


def __getattr__(name: str) -> object:
    if name != "ENDPOINTS":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    rooms = [import_module(f"{__name__}.{room}") for room in ROOMS]
    endpoints = globals()["ENDPOINTS"] = tuple(endpoint for room in rooms for endpoint in room.ENDPOINTS)
    return endpoints
