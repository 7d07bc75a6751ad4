"""Api: the resources, one attribute a family.

A family's module is loaded when it is first used: there are some three hundred endpoints, and no program uses them all.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workato_async.caller import Caller
    from workato_async.resources.activity_logs import ActivityLogs
    from workato_async.resources.connections import Connections
    from workato_async.resources.developer_api_clients import DeveloperApiClients
    from workato_async.resources.export_manifests import ExportManifests
    from workato_async.resources.folders import Folders
    from workato_async.resources.jobs import Jobs
    from workato_async.resources.lookup_tables import LookupTables
    from workato_async.resources.on_prem import OnPremAgents, OnPremGroups
    from workato_async.resources.packages import Packages
    from workato_async.resources.projects import Deployments, Projects
    from workato_async.resources.recipes import Recipes
    from workato_async.resources.roles import ProjectRoles, Roles
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
        """Projects, and deploying them."""
        from workato_async.resources.projects import Projects

        return Projects(self._caller)

    @cached_property
    def deployments(self) -> Deployments:
        """Deployments of projects."""
        from workato_async.resources.projects import Deployments

        return Deployments(self._caller)

    @cached_property
    def lookup_tables(self) -> LookupTables:
        """Lookup tables, with ``.rows``."""
        from workato_async.resources.lookup_tables import LookupTables

        return LookupTables(self._caller)

    @cached_property
    def project_roles(self) -> ProjectRoles:
        """Project roles."""
        from workato_async.resources.roles import ProjectRoles

        return ProjectRoles(self._caller)

    @cached_property
    def roles(self) -> Roles:
        """Roles of the workspace (legacy)."""
        from workato_async.resources.roles import Roles

        return Roles(self._caller)

    @cached_property
    def developer_api_clients(self) -> DeveloperApiClients:
        """Developer API clients and their tokens."""
        from workato_async.resources.developer_api_clients import DeveloperApiClients

        return DeveloperApiClients(self._caller)

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
    def export_manifests(self) -> ExportManifests:
        """Export manifests: which assets go into a package."""
        from workato_async.resources.export_manifests import ExportManifests

        return ExportManifests(self._caller)

    @cached_property
    def packages(self) -> Packages:
        """Packages: exports and imports of assets."""
        from workato_async.resources.packages import Packages

        return Packages(self._caller)

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
