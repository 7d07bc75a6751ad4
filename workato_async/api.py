"""Api: the resources of the API, one attribute per family.

A family's module is loaded on first use: there are about three hundred endpoints, and no program uses them all. The
annotations are the only list of the families: they tell type checkers and ``Api.__getattr__`` where each class is.
"""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar, cast

from workato_async._checks import require_type
from workato_async.endpoint import Endpoint
from workato_async.errors import ConfigurationError
from workato_async.pages import Pages

if TYPE_CHECKING:
    from collections.abc import Mapping

    import workato_async.resources.activity_logs
    import workato_async.resources.api_keys
    import workato_async.resources.api_platform
    import workato_async.resources.api_platform_clients
    import workato_async.resources.api_platform_v1
    import workato_async.resources.connections
    import workato_async.resources.connectors
    import workato_async.resources.custom_connectors
    import workato_async.resources.custom_oauth_profiles
    import workato_async.resources.customers
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
    import workato_async.resources.insights
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
    from workato_async.calls.caller import Caller
    from workato_async.http.urls import PathArgument, Query
    from workato_async.reports import AccessReview

    resources = workato_async.resources  # pyright sees no submodules in `from workato_async import resources`

T = TypeVar("T")


class Api:
    """The resources of the API: what a session and its views have in common."""

    recipes: workato_async.resources.recipes.Recipes
    """Recipes, with ``.versions`` and ``.health``."""
    jobs: workato_async.resources.jobs.Jobs
    """Jobs, the runs of recipes."""
    connections: workato_async.resources.connections.Connections
    """Connections to the applications that recipes use."""
    folders: workato_async.resources.folders.Folders
    """Folders; a top-level one is a project."""
    projects: workato_async.resources.projects.Projects
    """Projects, building them and deploying them."""
    project_builds: workato_async.resources.projects.ProjectBuilds
    """Builds of projects."""
    deployments: workato_async.resources.projects.Deployments
    """Deployments of projects."""
    lookup_tables: workato_async.resources.lookup_tables.LookupTables
    """Lookup tables, with ``.rows``."""
    project_roles: workato_async.resources.projects.ProjectRoles
    """Project roles."""
    environment_roles: workato_async.resources.environment_roles.EnvironmentRoles
    """Environment roles."""
    roles: workato_async.resources.roles.Roles
    """Roles of the workspace (legacy)."""
    roles_migration: workato_async.resources.roles.RolesMigration
    """The migration from legacy roles to environment and project roles."""
    developer_api_clients: workato_async.resources.developer_api_clients.DeveloperApiClients
    """Developer API clients and their tokens."""
    developer_api_client_roles: workato_async.resources.developer_api_clients.DeveloperApiClientRoles
    """Client roles: what an API client may call."""
    on_prem_groups: workato_async.resources.on_prem.OnPremGroups
    """On-prem groups."""
    on_prem_agents: workato_async.resources.on_prem.OnPremAgents
    """On-prem agents."""
    insights: workato_async.resources.insights.Insights
    """Insights: SQL over recipes, jobs and usage."""
    activity_logs: workato_async.resources.activity_logs.ActivityLogs
    """The workspace's activity audit log."""
    workspace: workato_async.resources.workspace.WorkspaceDetails
    """The workspace that the token belongs to."""
    properties: workato_async.resources.properties.Properties
    """Properties of the environment and of projects."""
    members: workato_async.resources.members.Members
    """Collaborators of the workspace."""
    user_groups: workato_async.resources.user_groups.UserGroups
    """Groups of collaborators, with ``.members``."""
    project_grants: workato_async.resources.projects.ProjectGrants
    """Roles of collaborators and groups in projects."""
    export_manifests: workato_async.resources.export_manifests.ExportManifests
    """Export manifests: which assets go into a package."""
    packages: workato_async.resources.packages.Packages
    """Packages: exports and imports of assets."""
    tags: workato_async.resources.tags.Tags
    """Tags."""
    tags_assignments: workato_async.resources.tags.TagsAssignments
    """Tags on recipes and connections."""
    secrets: workato_async.resources.secrets.Secrets
    """The external secrets manager."""
    test_cases: workato_async.resources.testcases.TestCases
    """Test cases of recipes, and running them."""
    connectors: workato_async.resources.connectors.Connectors
    """Connectors of the platform."""
    genies: workato_async.resources.genies.Genies
    """Genies, the agents of Agent Studio, with ``.clients``."""
    genie_clients: workato_async.resources.genies.GenieClients
    """Clients that may talk to genies, and their keys."""
    knowledge_bases: workato_async.resources.knowledge_bases.KnowledgeBases
    """Knowledge bases of Agent Studio."""
    skills: workato_async.resources.skills.Skills
    """Skills of Agent Studio."""
    mcp_servers: workato_async.resources.mcp.McpServers
    """MCP servers, with ``.tools``, ``.policies`` and ``.tokens``."""
    mcp: workato_async.resources.mcp.Mcp
    """The user groups that MCP servers share."""
    api_collections: workato_async.resources.api_platform.ApiCollections
    """Collections of API endpoints."""
    api_endpoints: workato_async.resources.api_platform.ApiEndpoints
    """Endpoints of API collections."""
    api_portals: workato_async.resources.api_platform.ApiPortals
    """API portals."""
    cert_bundles: workato_async.resources.api_platform.CertBundles
    """Certificate bundles, against which client certificates are checked."""
    api_clients: workato_async.resources.api_platform_clients.ApiClients
    """Clients of the API platform."""
    api_keys: workato_async.resources.api_keys.ApiKeys
    """Keys of the clients of the API platform."""
    api_clients_v1: workato_async.resources.api_platform_v1.ApiClientsV1
    """Clients of the API platform, version 1 (deprecated)."""
    api_access_profiles: workato_async.resources.api_platform_v1.ApiAccessProfiles
    """Access profiles of the API platform, version 1 (deprecated)."""
    iam: workato_async.resources.iam.Iam
    """Workato Identity, with ``.users``, ``.user_groups`` and ``.app_links``."""
    data_tables: workato_async.resources.data_tables.DataTables
    """Data tables."""
    data_table_records: workato_async.resources.data_table_records.DataTableRecords
    """Records of data tables."""
    event_topics: workato_async.resources.event_topics.EventTopics
    """Topics of event streams."""
    event_messages: workato_async.resources.event_messages.EventMessages
    """Messages of event streams."""
    custom_connectors: workato_async.resources.custom_connectors.CustomConnectors
    """Custom connectors."""
    sdk: workato_async.resources.custom_connectors.Sdk
    """Schema generators for connectors."""
    custom_oauth_profiles: workato_async.resources.custom_oauth_profiles.CustomOAuthProfiles
    """OAuth applications of your own."""
    customers: workato_async.resources.customers.Customers
    """Customers of an Embed admin workspace, with ``.members``, ``.statistics``, ``.imports`` and ``.exports``."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> object:
            module, _, cls = Api.__annotations__.get(name, "").rpartition(".")
            if not module:
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)
            family = self.__dict__[name] = getattr(import_module(module), cls)(self._caller)
            return family

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *Api.__annotations__})

    async def call(
        self, endpoint: Endpoint[T], *arguments: PathArgument, query: Query | None = None, body: object = None
    ) -> T:
        """Call the endpoint that you describe; paced, retried and decoded like the call of a resource method.

        ```py
        GET = Endpoint("widgets.get", "GET", "/api/widgets/{id}", Widget)
        widget = await workato.call(GET, 7)
        ```

        Args:
            endpoint: one of your own, or one of a resource module.
            arguments: for the placeholders of its path, in order.
            query: text, numbers, booleans, aware datetimes, or sequences of these; None and UNSET are left out.
            body: sent as JSON.

        Returns:
            An object of the class that is the ``result`` of the endpoint, or None if it has none.

        Raises:
            ConfigurationError: for a list, or arguments that do not fit the path.
        """
        require_type("endpoint", endpoint, Endpoint)
        if endpoint.listing is not None:
            raise ConfigurationError(f"{endpoint.key} is a list: use pages()")
        return cast("T", await self._caller.call(endpoint, arguments, query, body))

    def pages(
        self,
        endpoint: Endpoint[T],
        *arguments: PathArgument,
        query: Mapping[str, Any] | None = None,
        per_page: int | None = None,
    ) -> Pages[T]:
        """Return the pages of the list that you describe; nothing is sent before you read it.

        Args:
            endpoint: one with a ``listing``; to read a list in another way, ``attrs.evolve(endpoint, listing=…)``.
            arguments: for the placeholders of its path, in order.
            query: its other parameters, which some listings send in the body.
            per_page: the length of a page, None for the largest.

        Raises:
            ConfigurationError: for an endpoint that is not a list, or a length out of range.
        """
        require_type("endpoint", endpoint, Endpoint)
        return Pages(*self._caller.resolve(endpoint, arguments), query or {}, per_page=per_page)

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: object = None,
        idempotent: bool | None = None,
    ) -> Any:
        """Call any endpoint, even one that this package does not know; paced like every other call.

        Args:
            method: ``"GET"``, ``"POST"``, ``"PUT"``, ``"PATCH"`` or ``"DELETE"``.
            path: the path from the root of the host, e.g. ``"/api/recipes/12389"``; it is matched with the known
                endpoints, so that their quotas apply. All unknown paths of one family, such as ``"/api/widgets/…"``,
                share a quota. Ids in it must not need percent-encoding. In the view of a customer, pass the path of the
                Developer API.
            query: as for ``call``.
            body: sent as JSON.
            idempotent: whether it may be retried after its response was lost; None uses what is known about the
                endpoint, and treats only reads of an unknown one as idempotent.

        Returns:
            The JSON of the response as it is; None if it is empty. For a write it may be one word, such as ``OK``.

        Raises:
            ConfigurationError: for an invalid method or path.
        """
        from workato_async.routes import locate

        caller, endpoint, arguments = locate(self._caller, method, path, idempotent=idempotent)
        return await caller.json(endpoint, arguments, query, body)

    async def access_review(self, *, sign_ins: timedelta | None = timedelta(days=30)) -> AccessReview:
        """Report who may do what: collaborators, their groups, roles and privileges, and API clients.

        For M collaborators, G groups and R roles in environments and projects it takes about 2 M + 2 G + R + 10
        requests. Each endpoint has its own quota of 60 a minute, so it takes about M / 60 minutes. What the token may
        not read is listed in ``unread`` of the report: a list that is None could not be read, an empty list really is
        empty.

        Args:
            sign_ins: how far back the activity log is searched for sign-ins, 100 of them per request; None does not
                search it.

        Raises:
            ConfigurationError: if ``sign_ins`` is not a timedelta, or negative.
            WorkatoError: if nothing at all can be read.
        """
        from workato_async.reports import access_review

        return await access_review(self, sign_ins=sign_ins)
