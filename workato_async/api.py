"""Api: the resources, one attribute a family.

A family's module is loaded when it is first used: there are some three hundred endpoints, and no program uses them all.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workato_async.caller import Caller
    from workato_async.resources.activity_logs import ActivityLogs
    from workato_async.resources.api_keys import ApiKeys
    from workato_async.resources.api_platform import ApiCollections, ApiEndpoints, ApiPortals, CertBundles
    from workato_async.resources.api_platform_clients import ApiClients
    from workato_async.resources.api_platform_v1 import ApiAccessProfiles, ApiClientsV1
    from workato_async.resources.connections import Connections
    from workato_async.resources.connectors import Connectors
    from workato_async.resources.custom_connectors import CustomConnectors, Sdk
    from workato_async.resources.custom_oauth_profiles import CustomOAuthProfiles
    from workato_async.resources.data_table_records import DataTableRecords
    from workato_async.resources.data_tables import DataTables
    from workato_async.resources.deployments import Deployments
    from workato_async.resources.developer_api_clients import DeveloperApiClientRoles, DeveloperApiClients
    from workato_async.resources.environment_roles import EnvironmentRoles
    from workato_async.resources.event_messages import EventMessages
    from workato_async.resources.event_topics import EventTopics
    from workato_async.resources.export_manifests import ExportManifests
    from workato_async.resources.folders import Folders
    from workato_async.resources.genie_clients import GenieClients
    from workato_async.resources.genies import Genies
    from workato_async.resources.iam import Iam
    from workato_async.resources.jobs import Jobs
    from workato_async.resources.knowledge_bases import KnowledgeBases
    from workato_async.resources.lookup_tables import LookupTables
    from workato_async.resources.mcp_servers import Mcp, McpServers
    from workato_async.resources.members import Members
    from workato_async.resources.on_prem import OnPremAgents, OnPremGroups
    from workato_async.resources.packages import Packages
    from workato_async.resources.project_builds import ProjectBuilds
    from workato_async.resources.project_grants import ProjectGrants
    from workato_async.resources.project_roles import ProjectRoles
    from workato_async.resources.projects import Projects
    from workato_async.resources.properties import Properties
    from workato_async.resources.recipes import Recipes
    from workato_async.resources.roles import Roles, RolesMigration
    from workato_async.resources.secrets import Secrets
    from workato_async.resources.skills import Skills
    from workato_async.resources.tags import Tags, TagsAssignments
    from workato_async.resources.test_cases import TestCases
    from workato_async.resources.user_groups import UserGroups
    from workato_async.resources.workspace import WorkspaceDetails
    from workato_async.target import Query


class Api:
    """The resources of the API; what a session and its views have in common."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    @cached_property
    def recipes(self) -> Recipes:
        """Recipes, with ``.versions`` and ``.health``."""
        from workato_async.resources.recipes import Recipes

        return Recipes(self._caller)

    @cached_property
    def jobs(self) -> Jobs:
        """Jobs, the runs of recipes."""
        from workato_async.resources.jobs import Jobs

        return Jobs(self._caller)

    @cached_property
    def connections(self) -> Connections:
        """Connections to the applications that recipes use."""
        from workato_async.resources.connections import Connections

        return Connections(self._caller)

    @cached_property
    def folders(self) -> Folders:
        """Folders; a top-level one is a project."""
        from workato_async.resources.folders import Folders

        return Folders(self._caller)

    @cached_property
    def projects(self) -> Projects:
        """Projects, building them and deploying them."""
        from workato_async.resources.projects import Projects

        return Projects(self._caller)

    @cached_property
    def project_builds(self) -> ProjectBuilds:
        """Builds of projects."""
        from workato_async.resources.project_builds import ProjectBuilds

        return ProjectBuilds(self._caller)

    @cached_property
    def deployments(self) -> Deployments:
        """Deployments of projects."""
        from workato_async.resources.deployments import Deployments

        return Deployments(self._caller)

    @cached_property
    def lookup_tables(self) -> LookupTables:
        """Lookup tables, with ``.rows``."""
        from workato_async.resources.lookup_tables import LookupTables

        return LookupTables(self._caller)

    @cached_property
    def project_roles(self) -> ProjectRoles:
        """Project roles."""
        from workato_async.resources.project_roles import ProjectRoles

        return ProjectRoles(self._caller)

    @cached_property
    def environment_roles(self) -> EnvironmentRoles:
        """Environment roles."""
        from workato_async.resources.environment_roles import EnvironmentRoles

        return EnvironmentRoles(self._caller)

    @cached_property
    def roles(self) -> Roles:
        """Roles of the workspace (legacy)."""
        from workato_async.resources.roles import Roles

        return Roles(self._caller)

    @cached_property
    def roles_migration(self) -> RolesMigration:
        """The move from legacy roles to environment and project roles."""
        from workato_async.resources.roles import RolesMigration

        return RolesMigration(self._caller)

    @cached_property
    def developer_api_clients(self) -> DeveloperApiClients:
        """Developer API clients and their tokens."""
        from workato_async.resources.developer_api_clients import DeveloperApiClients

        return DeveloperApiClients(self._caller)

    @cached_property
    def developer_api_client_roles(self) -> DeveloperApiClientRoles:
        """Client roles: what an API client may call."""
        from workato_async.resources.developer_api_clients import DeveloperApiClientRoles

        return DeveloperApiClientRoles(self._caller)

    @cached_property
    def on_prem_groups(self) -> OnPremGroups:
        """On-prem groups."""
        from workato_async.resources.on_prem import OnPremGroups

        return OnPremGroups(self._caller)

    @cached_property
    def on_prem_agents(self) -> OnPremAgents:
        """On-prem agents."""
        from workato_async.resources.on_prem import OnPremAgents

        return OnPremAgents(self._caller)

    @cached_property
    def activity_logs(self) -> ActivityLogs:
        """The workspace's activity audit log."""
        from workato_async.resources.activity_logs import ActivityLogs

        return ActivityLogs(self._caller)

    @cached_property
    def workspace(self) -> WorkspaceDetails:
        """The workspace that the token belongs to."""
        from workato_async.resources.workspace import WorkspaceDetails

        return WorkspaceDetails(self._caller)

    @cached_property
    def properties(self) -> Properties:
        """Properties of the environment and of projects."""
        from workato_async.resources.properties import Properties

        return Properties(self._caller)

    @cached_property
    def members(self) -> Members:
        """Collaborators of the workspace."""
        from workato_async.resources.members import Members

        return Members(self._caller)

    @cached_property
    def user_groups(self) -> UserGroups:
        """Groups of collaborators, with ``.members``."""
        from workato_async.resources.user_groups import UserGroups

        return UserGroups(self._caller)

    @cached_property
    def project_grants(self) -> ProjectGrants:
        """Roles of collaborators and groups in projects."""
        from workato_async.resources.project_grants import ProjectGrants

        return ProjectGrants(self._caller)

    @cached_property
    def export_manifests(self) -> ExportManifests:
        """Export manifests: which assets go into a package."""
        from workato_async.resources.export_manifests import ExportManifests

        return ExportManifests(self._caller)

    @cached_property
    def packages(self) -> Packages:
        """Packages: exports and imports of assets."""
        from workato_async.resources.packages import Packages

        return Packages(self._caller)

    @cached_property
    def tags(self) -> Tags:
        """Tags."""
        from workato_async.resources.tags import Tags

        return Tags(self._caller)

    @cached_property
    def tags_assignments(self) -> TagsAssignments:
        """Tags on recipes and connections."""
        from workato_async.resources.tags import TagsAssignments

        return TagsAssignments(self._caller)

    @cached_property
    def secrets(self) -> Secrets:
        """The external secrets manager."""
        from workato_async.resources.secrets import Secrets

        return Secrets(self._caller)

    @cached_property
    def test_cases(self) -> TestCases:
        """Test cases of recipes, and running them."""
        from workato_async.resources.test_cases import TestCases

        return TestCases(self._caller)

    @cached_property
    def connectors(self) -> Connectors:
        """Connectors of the platform."""
        from workato_async.resources.connectors import Connectors

        return Connectors(self._caller)

    @cached_property
    def genies(self) -> Genies:
        """Genies, the agents of Agent Studio, with ``.clients``."""
        from workato_async.resources.genies import Genies

        return Genies(self._caller)

    @cached_property
    def genie_clients(self) -> GenieClients:
        """Clients that may talk to genies, and their keys."""
        from workato_async.resources.genie_clients import GenieClients

        return GenieClients(self._caller)

    @cached_property
    def knowledge_bases(self) -> KnowledgeBases:
        """Knowledge bases of Agent Studio."""
        from workato_async.resources.knowledge_bases import KnowledgeBases

        return KnowledgeBases(self._caller)

    @cached_property
    def skills(self) -> Skills:
        """Skills of Agent Studio."""
        from workato_async.resources.skills import Skills

        return Skills(self._caller)

    @cached_property
    def mcp_servers(self) -> McpServers:
        """MCP servers, with ``.tools``, ``.policies`` and ``.tokens``."""
        from workato_async.resources.mcp_servers import McpServers

        return McpServers(self._caller)

    @cached_property
    def mcp(self) -> Mcp:
        """What MCP servers have in common: user groups."""
        from workato_async.resources.mcp_servers import Mcp

        return Mcp(self._caller)

    @cached_property
    def api_collections(self) -> ApiCollections:
        """Collections of API endpoints."""
        from workato_async.resources.api_platform import ApiCollections

        return ApiCollections(self._caller)

    @cached_property
    def api_endpoints(self) -> ApiEndpoints:
        """Endpoints of API collections."""
        from workato_async.resources.api_platform import ApiEndpoints

        return ApiEndpoints(self._caller)

    @cached_property
    def api_portals(self) -> ApiPortals:
        """API portals."""
        from workato_async.resources.api_platform import ApiPortals

        return ApiPortals(self._caller)

    @cached_property
    def cert_bundles(self) -> CertBundles:
        """Certificate bundles, against which client certificates are checked."""
        from workato_async.resources.api_platform import CertBundles

        return CertBundles(self._caller)

    @cached_property
    def api_clients(self) -> ApiClients:
        """Clients of the API platform."""
        from workato_async.resources.api_platform_clients import ApiClients

        return ApiClients(self._caller)

    @cached_property
    def api_keys(self) -> ApiKeys:
        """Keys of the clients of the API platform."""
        from workato_async.resources.api_keys import ApiKeys

        return ApiKeys(self._caller)

    @cached_property
    def api_clients_v1(self) -> ApiClientsV1:
        """Clients of the API platform, version 1 (deprecated)."""
        from workato_async.resources.api_platform_v1 import ApiClientsV1

        return ApiClientsV1(self._caller)

    @cached_property
    def api_access_profiles(self) -> ApiAccessProfiles:
        """Access profiles of the API platform, version 1 (deprecated)."""
        from workato_async.resources.api_platform_v1 import ApiAccessProfiles

        return ApiAccessProfiles(self._caller)

    @cached_property
    def iam(self) -> Iam:
        """Workato Identity, with ``.users``, ``.user_groups`` and ``.app_links``."""
        from workato_async.resources.iam import Iam

        return Iam(self._caller)

    @cached_property
    def data_tables(self) -> DataTables:
        """Data tables."""
        from workato_async.resources.data_tables import DataTables

        return DataTables(self._caller)

    @cached_property
    def data_table_records(self) -> DataTableRecords:
        """Records of data tables."""
        from workato_async.resources.data_table_records import DataTableRecords

        return DataTableRecords(self._caller)

    @cached_property
    def event_topics(self) -> EventTopics:
        """Topics of event streams."""
        from workato_async.resources.event_topics import EventTopics

        return EventTopics(self._caller)

    @cached_property
    def event_messages(self) -> EventMessages:
        """Messages of event streams."""
        from workato_async.resources.event_messages import EventMessages

        return EventMessages(self._caller)

    @cached_property
    def custom_connectors(self) -> CustomConnectors:
        """Custom connectors."""
        from workato_async.resources.custom_connectors import CustomConnectors

        return CustomConnectors(self._caller)

    @cached_property
    def sdk(self) -> Sdk:
        """Generators of schemas for connectors."""
        from workato_async.resources.custom_connectors import Sdk

        return Sdk(self._caller)

    @cached_property
    def custom_oauth_profiles(self) -> CustomOAuthProfiles:
        """OAuth applications of your own."""
        from workato_async.resources.custom_oauth_profiles import CustomOAuthProfiles

        return CustomOAuthProfiles(self._caller)

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: object = None,
        replay_safe: bool | None = None,
    ) -> Any:
        """Call any endpoint, also one that this package does not know; paced like every other call.

        Args:
            method: ``"GET"``, ``"POST"``, ``"PUT"``, ``"PATCH"`` or ``"DELETE"``.
            path: from the root of the host, e.g. ``"/api/recipes/12389"``; it is matched with the known endpoints, so
                that their quotas hold here too. Ids in it must not need percent-encoding.
            query: see :func:`workato_async.target.build_target`.
            body: sent as JSON.
            replay_safe: whether it may be sent again after its answer was lost; None takes what is known of the
                endpoint, and of an unknown one that only reads may.

        Returns:
            The JSON of the answer as it is, None if it is empty.

        Raises:
            ConfigurationError: for a method or path that cannot be meant.
        """
        from workato_async.routes import find_endpoint

        endpoint, arguments = find_endpoint(method, path, replay_safe=replay_safe)
        return await self._caller.json(endpoint, arguments, query, body)
