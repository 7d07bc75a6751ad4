"""Families: what a report reads from a session, a view or the workspace of a customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from workato_async.resources.activity_logs import ActivityLogs
    from workato_async.resources.connections import Connections
    from workato_async.resources.custom_connectors import CustomConnectors
    from workato_async.resources.developer_api_clients import DeveloperApiClientRoles, DeveloperApiClients
    from workato_async.resources.environment_roles import EnvironmentRoles
    from workato_async.resources.folders import Folders
    from workato_async.resources.lookup_tables import LookupTables
    from workato_async.resources.members import Members
    from workato_async.resources.projects import ProjectRoles, Projects
    from workato_async.resources.properties import Properties
    from workato_async.resources.recipes import Recipes
    from workato_async.resources.tags import Tags
    from workato_async.resources.user_groups import UserGroups
    from workato_async.resources.workspace import WorkspaceDetails


class Families(Protocol):
    """The families of resources that reports read; a ``WorkatoSession`` has them, and so has a view of it."""

    activity_logs: ActivityLogs
    connections: Connections
    custom_connectors: CustomConnectors
    developer_api_client_roles: DeveloperApiClientRoles
    developer_api_clients: DeveloperApiClients
    environment_roles: EnvironmentRoles
    folders: Folders
    lookup_tables: LookupTables
    members: Members
    project_roles: ProjectRoles
    projects: Projects
    properties: Properties
    recipes: Recipes
    tags: Tags
    user_groups: UserGroups
    workspace: WorkspaceDetails
