"""Api: the resources of the API, one attribute per family.

A family's module is loaded when it is first used: there are about three hundred endpoints, and no program uses them
all. The annotations are the only list of the families: they say where each class lives, to type checkers and to
:meth:`Api.__getattr__` alike.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import workato_async.resources.activity_logs
    import workato_async.resources.api_keys
    import workato_async.resources.api_platform
    import workato_async.resources.api_platform_clients
    import workato_async.resources.api_platform_v1
    import workato_async.resources.connections
    import workato_async.resources.connectors
    import workato_async.resources.custom_connectors
    import workato_async.resources.custom_oauth_profiles
    import workato_async.resources.data_table_records
    import workato_async.resources.data_tables
    import workato_async.resources.developer_api_clients
    import workato_async.resources.environment_roles
    import workato_async.resources.event_messages
    import workato_async.resources.event_topics
    import workato_async.resources.export_manifests
    import workato_async.resources.folders
    import workato_async.resources.genies
    import workato_async.resources.iam
    import workato_async.resources.jobs
    import workato_async.resources.knowledge_bases
    import workato_async.resources.lookup_tables
    import workato_async.resources.mcp
    import workato_async.resources.members
    import workato_async.resources.on_prem
    import workato_async.resources.packages
    import workato_async.resources.projects
    import workato_async.resources.properties
    import workato_async.resources.recipes
    import workato_async.resources.roles
    import workato_async.resources.secrets
    import workato_async.resources.skills
    import workato_async.resources.tags
    import workato_async.resources.testcases
    import workato_async.resources.user_groups
    import workato_async.resources.workspace
    from workato_async import resources
    from workato_async.calls.caller import Caller
    from workato_async.http.urls import Query


class Api:
    """The resources of the API: what a session and its views have in common."""

    recipes: resources.recipes.Recipes
    """Recipes, with ``.versions`` and ``.health``."""
    jobs: resources.jobs.Jobs
    """Jobs, the runs of recipes."""
    connections: resources.connections.Connections
    """Connections to the applications that recipes use."""
    folders: resources.folders.Folders
    """Folders; a top-level one is a project."""
    projects: resources.projects.Projects
    """Projects, building them and deploying them."""
    project_builds: resources.projects.ProjectBuilds
    """Builds of projects."""
    deployments: resources.projects.Deployments
    """Deployments of projects."""
    lookup_tables: resources.lookup_tables.LookupTables
    """Lookup tables, with ``.rows``."""
    project_roles: resources.projects.ProjectRoles
    """Project roles."""
    environment_roles: resources.environment_roles.EnvironmentRoles
    """Environment roles."""
    roles: resources.roles.Roles
    """Roles of the workspace (legacy)."""
    roles_migration: resources.roles.RolesMigration
    """The move from legacy roles to environment and project roles."""
    developer_api_clients: resources.developer_api_clients.DeveloperApiClients
    """Developer API clients and their tokens."""
    developer_api_client_roles: resources.developer_api_clients.DeveloperApiClientRoles
    """Client roles: what an API client may call."""
    on_prem_groups: resources.on_prem.OnPremGroups
    """On-prem groups."""
    on_prem_agents: resources.on_prem.OnPremAgents
    """On-prem agents."""
    activity_logs: resources.activity_logs.ActivityLogs
    """The workspace's activity audit log."""
    workspace: resources.workspace.WorkspaceDetails
    """The workspace that the token belongs to."""
    properties: resources.properties.Properties
    """Properties of the environment and of projects."""
    members: resources.members.Members
    """Collaborators of the workspace."""
    user_groups: resources.user_groups.UserGroups
    """Groups of collaborators, with ``.members``."""
    project_grants: resources.projects.ProjectGrants
    """Roles of collaborators and groups in projects."""
    export_manifests: resources.export_manifests.ExportManifests
    """Export manifests: which assets go into a package."""
    packages: resources.packages.Packages
    """Packages: exports and imports of assets."""
    tags: resources.tags.Tags
    """Tags."""
    tags_assignments: resources.tags.TagsAssignments
    """Tags on recipes and connections."""
    secrets: resources.secrets.Secrets
    """The external secrets manager."""
    test_cases: resources.testcases.TestCases
    """Test cases of recipes, and running them."""
    connectors: resources.connectors.Connectors
    """Connectors of the platform."""
    genies: resources.genies.Genies
    """Genies, the agents of Agent Studio, with ``.clients``."""
    genie_clients: resources.genies.GenieClients
    """Clients that may talk to genies, and their keys."""
    knowledge_bases: resources.knowledge_bases.KnowledgeBases
    """Knowledge bases of Agent Studio."""
    skills: resources.skills.Skills
    """Skills of Agent Studio."""
    mcp_servers: resources.mcp.McpServers
    """MCP servers, with ``.tools``, ``.policies`` and ``.tokens``."""
    mcp: resources.mcp.Mcp
    """What MCP servers have in common: user groups."""
    api_collections: resources.api_platform.ApiCollections
    """Collections of API endpoints."""
    api_endpoints: resources.api_platform.ApiEndpoints
    """Endpoints of API collections."""
    api_portals: resources.api_platform.ApiPortals
    """API portals."""
    cert_bundles: resources.api_platform.CertBundles
    """Certificate bundles, against which client certificates are checked."""
    api_clients: resources.api_platform_clients.ApiClients
    """Clients of the API platform."""
    api_keys: resources.api_keys.ApiKeys
    """Keys of the clients of the API platform."""
    api_clients_v1: resources.api_platform_v1.ApiClientsV1
    """Clients of the API platform, version 1 (deprecated)."""
    api_access_profiles: resources.api_platform_v1.ApiAccessProfiles
    """Access profiles of the API platform, version 1 (deprecated)."""
    iam: resources.iam.Iam
    """Workato Identity, with ``.users``, ``.user_groups`` and ``.app_links``."""
    data_tables: resources.data_tables.DataTables
    """Data tables."""
    data_table_records: resources.data_table_records.DataTableRecords
    """Records of data tables."""
    event_topics: resources.event_topics.EventTopics
    """Topics of event streams."""
    event_messages: resources.event_messages.EventMessages
    """Messages of event streams."""
    custom_connectors: resources.custom_connectors.CustomConnectors
    """Custom connectors."""
    sdk: resources.custom_connectors.Sdk
    """Generators of schemas for connectors."""
    custom_oauth_profiles: resources.custom_oauth_profiles.CustomOAuthProfiles
    """OAuth applications of your own."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> object:
            module, _, cls = Api.__annotations__.get(name, "").rpartition(".")
            if not module:
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)
            family = self.__dict__[name] = getattr(import_module(f"workato_async.{module}"), cls)(self._caller)
            return family

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *Api.__annotations__})

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: object = None,
        idempotent: bool | None = None,
    ) -> Any:
        """Call any endpoint, also one that this package does not know; paced like every other call.

        Args:
            method: ``"GET"``, ``"POST"``, ``"PUT"``, ``"PATCH"`` or ``"DELETE"``.
            path: from the root of the host, e.g. ``"/api/recipes/12389"``; it is matched with the known endpoints, so
                that their quotas hold here too. Ids in it must not need percent-encoding.
            query: see :func:`workato_async.http.urls.build_target`.
            body: sent as JSON.
            idempotent: whether it may be sent again after its answer was lost; None takes what is known of the
                endpoint, and of an unknown one that only reads may.

        Returns:
            The JSON of the answer as it is, None if it is empty.

        Raises:
            ConfigurationError: for a method or path that cannot be meant.
        """
        from workato_async.routes import find_endpoint

        endpoint, arguments = find_endpoint(method, path, idempotent=idempotent)
        return await self._caller.json(endpoint, arguments, query, body)
