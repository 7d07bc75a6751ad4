"""Folders, projects, builds, deployments, connections and lookup tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from workato_async.testing.clock import pacific
from workato_async.testing.state.store import Lazy, Store, Table, insert, known

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from workato_async.endpoint import JsonObject
    from workato_async.testing.clock import Clock

DeploymentState = Literal["pending", "success", "failed"]

HOME = 1
"""The id of the Home assets folder."""
_EMPTY_ZIP = b"PK\x05\x06" + bytes(18)
WITHOUT_CONNECTION = frozenset({"clock", "workato_webhooks"})
"""Connectors that need no connection."""


class AssetStore(Store):
    """Folders, projects, builds, deployments, connections and lookup tables.

    Attributes:
        folders: by id; 1 is the Home assets folder, in which nothing can be created any more.
        projects: by project id, which is not the id of the project's folder.
        builds: by id.
        deployments: by id.
        connections: by id; ``tags`` is sent only when requested.
        runtime_connections: ids of the connections of runtime users, listed only when requested.
        imported_at: when the last package was imported, in seconds of the clock; None to permit the next one at once.
        deployed_at: when something was last deployed, in seconds of the clock, by environment.
        spaces_deployments: whether 15 minutes are also required between two deployments; the documentation is not clear
            about it.
        reviewed: environments, such as ``"prod"``, whose deployments need a review.
        failing_tests: ids of test cases that fail.
        lookup_tables: by id.
        lookup_rows: by table id, then by row id; the data of a row is by column label.
    """

    def __init__(self, clock: Clock, *, seed: int, time_scale: float) -> None:
        super().__init__(clock, seed=seed, time_scale=time_scale)
        self.folders: Table = {}
        self.projects: Table = {}
        self.builds: Table = {}
        self.deployments: Table = {}
        self.connections: Table = {}
        self.runtime_connections: set[int] = set()
        self.imported_at: float | None = None
        self.deployed_at: dict[str, float] = {}
        self.spaces_deployments = False
        self.reviewed: set[str] = set()
        self.failing_tests: set[str] = set()
        self.lookup_tables: Table = {}
        self.lookup_rows: Lazy[int] = Lazy(lambda _: {})
        self._insert_folder(HOME, "Home assets", None, None)

    def first_project(self) -> JsonObject:
        """Return the first project, for whatever is added without a folder; it is created if there is none."""
        return next(iter(self.projects.values()), None) or self.add_project("Project 1")

    def add_project(self, name: str, *, description: str | None = None) -> JsonObject:
        """Add a project with its top-level folder."""
        project_id = self.new_id("project", 301)
        folder = self._insert_folder(self.new_id("folder", 2_001), name, HOME, project_id)
        return insert(
            self.projects, {"id": project_id, "description": description, "folder_id": folder["id"], "name": name}
        )

    def add_folder(self, name: str, *, parent_id: int) -> JsonObject:
        """Add a folder below another one; one in the Home assets folder is a project.

        Raises:
            ConfigurationError: if there is no such folder.
        """
        parent = known(self.folders, parent_id, "folder")
        if parent_id == HOME:
            return self.folders[self.add_project(name)["folder_id"]]
        return self._insert_folder(self.new_id("folder", 2_001), name, parent_id, parent["project_id"])

    def below(self, folder_id: int) -> set[int]:
        """Return the ids of all folders below a folder, at any depth."""
        children = {folder["id"] for folder in self.folders.values() if folder["parent_id"] == folder_id}
        return children.union(*(self.below(child) for child in children))

    def inside(self, folder_id: int) -> set[int]:
        """Return the ids of a folder and of all folders below it."""
        return {folder_id} | self.below(folder_id)

    def add_connection(
        self,
        *,
        provider: str,
        name: str | None = None,
        folder_id: int | None = None,
        connected: bool = True,
        external_id: str | None = None,
        parent_id: int | None = None,
        runtime: bool = False,
        tags: Sequence[str] = (),
    ) -> JsonObject:
        """Add a connection.

        Args:
            provider: the connector.
            name: its name.
            folder_id: its folder; that of the first project if None.
            connected: False for one that was never authorized.
            external_id: an id of yours.
            parent_id: the connection whose credentials it shares.
            runtime: whether it belongs to a runtime user.
            tags: the handles of its tags.

        Raises:
            ConfigurationError: if there is no such folder.
        """
        now = self.now()
        folder = known(self.folders, self.first_project()["folder_id"] if folder_id is None else folder_id, "folder")
        connection_id = self.new_id("connection", 5_001)
        if runtime:
            self.runtime_connections.add(connection_id)
        return insert(
            self.connections,
            {
                "id": connection_id,
                "application": provider,
                "name": name or f"{provider} {connection_id}",
                **dict.fromkeys(("description", "authorization_error", "connection_lost_at", "connection_lost_reason")),
                "provider": provider,
                "authorized_at": now if connected else None,
                "authorization_status": "success" if connected else None,
                "created_at": now,
                "updated_at": now,
                "external_id": external_id,
                "folder_id": folder["id"],
                "parent_id": parent_id,
                "tags": [*tags],
            },
        )

    def connector_entries(self, applications: Sequence[str]) -> list[JsonObject]:
        """Return the ``config`` of a recipe: its connectors, each with a connection if there is one."""
        accounts = {connection["provider"]: connection["id"] for connection in self.connections.values()}
        return [
            {
                "keyword": "application",
                "name": name,
                "provider": name,
                "skip_validation": False,
                "account_id": None if name in WITHOUT_CONNECTION else accounts.get(name),
            }
            for name in applications
        ]

    def lose_connection(
        self, connection_id: int, *, reason: str = "The credentials were revoked", at: datetime | None = None
    ) -> JsonObject:
        """Mark a connection as lost: the application does not accept its credentials any more.

        Args:
            connection_id: the connection.
            reason: what Workato says about it.
            at: when it was lost; now if None.

        Raises:
            ConfigurationError: if there is no such connection.
        """
        connection = known(self.connections, connection_id, "connection")
        connection.update(
            authorization_status="failed",
            connection_lost_at=self.now() if at is None else pacific(at),
            connection_lost_reason=reason,
        )
        return connection

    def add_build(
        self,
        project_id: int,
        *,
        state: DeploymentState = "success",
        description: str | None = None,
        include_test_cases: bool | None = None,
    ) -> JsonObject:
        """Add a build of a project; a successful one can be downloaded.

        Raises:
            ConfigurationError: if there is no such project.
        """
        known(self.projects, project_id, "project")
        now = self.now()
        build = insert(
            self.builds,
            {
                "id": self.new_id("build", 801),
                "project_id": str(project_id),
                "state": "pending",
                "description": description,
                "include_test_cases": include_test_cases,
                "performed_by_name": "Kim Example",
                "download_url": None,
                "created_at": now,
                "updated_at": now,
            },
        )
        self._end_build(build, state)
        return build

    def build(self, project_id: int, description: str | None, *, include_test_cases: bool | None) -> JsonObject:
        """Start a build, which succeeds later."""
        build = self.add_build(
            project_id, state="pending", description=description, include_test_cases=include_test_cases
        )

        def succeed() -> None:
            if build["state"] == "pending":
                self._end_build(build, "success")

        self.after_processing(succeed)
        return build

    def _end_build(self, build: JsonObject, state: DeploymentState) -> None:
        build["state"] = state
        if state == "success":
            path = build["download_url"] = f"/storage/{self.handle('build')}"
            self.storage[path] = _EMPTY_ZIP

    def add_deployment(
        self,
        project_id: int,
        *,
        environment_type: str = "test",
        state: DeploymentState = "success",
        title: str | None = None,
        description: str | None = None,
        build_id: int | None = None,
    ) -> JsonObject:
        """Add a deployment of a project, with a new build if none is given.

        Raises:
            ConfigurationError: if there is no such project.
        """
        project = known(self.projects, project_id, "project")
        now = self.now()
        return insert(
            self.deployments,
            {
                "id": self.new_id("deployment", 701),
                "project_id": str(project_id),
                "folder_id": project["folder_id"],
                "environment_type": environment_type,
                "state": state,
                "detailed_state": _DETAILED_STATES[state],
                "title": title,
                "description": description,
                "performed_by_name": "Kim Example",
                "project_build_id": self.add_build(project_id)["id"] if build_id is None else build_id,
                "assets": [],
                "created_at": now,
                "updated_at": now,
            },
        )

    def deploy(
        self,
        project_id: int,
        environment_type: str,
        title: str | None,
        description: str | None,
        build_id: int | None = None,
    ) -> JsonObject:
        """Start a deployment, which succeeds later, unless it needs a review first."""
        deployment = self.add_deployment(
            project_id,
            environment_type=environment_type,
            state="pending",
            title=title,
            description=description,
            build_id=build_id,
        )
        if environment_type in self.reviewed:
            deployment["detailed_state"] = "pending_review"
        self.finish_deployment(deployment)
        return deployment

    def finish_deployment(self, deployment: JsonObject) -> None:
        """Let a deployment succeed later, unless it has failed or is in review by then."""

        def succeed() -> None:
            if deployment["detailed_state"] == _DETAILED_STATES["pending"]:
                deployment.update(state="success", detailed_state=_DETAILED_STATES["success"], updated_at=self.now())

        self.after_processing(succeed)

    def add_lookup_table(
        self, name: str, *, columns: Sequence[str | JsonObject], project_id: int | None = None
    ) -> JsonObject:
        """Add an empty lookup table; a column is a label, or an object with a ``label``."""
        now = self.now()
        schema = [
            {
                "name": f"col{number}",
                "type": "string",
                "control_type": "text",
                "sticky": True,
                **({"label": column} if isinstance(column, str) else column),
            }
            for number, column in enumerate(columns, start=1)
        ]
        return insert(
            self.lookup_tables,
            {
                "id": self.new_id("lookup table", 6_001),
                "name": name,
                "schema": msgspec.json.encode(schema).decode(),
                "created_at": now,
                "updated_at": now,
                "project_id": str(self.first_project()["id"] if project_id is None else project_id),
            },
        )

    def remove_lookup_table(self, lookup_table_id: int) -> None:
        """Delete a lookup table and its rows, if there is such a table."""
        self.lookup_tables.pop(lookup_table_id, None)
        self.lookup_rows.pop(lookup_table_id, None)

    def add_lookup_row(self, lookup_table_id: int, data: Mapping[str, object]) -> JsonObject:
        """Add a row, its data by column label.

        Raises:
            ConfigurationError: if there is no such table.
        """
        known(self.lookup_tables, lookup_table_id, "lookup table")
        now = self.now()
        return insert(
            self.lookup_rows[lookup_table_id],
            {"id": self.new_id("lookup row", 60_001), "data": {**data}, "created_at": now, "updated_at": now},
        )

    def _insert_folder(self, folder_id: int, name: str, parent_id: int | None, project_id: int | None) -> JsonObject:
        now = self.now()
        return insert(
            self.folders,
            {
                "id": folder_id,
                "name": name,
                "parent_id": parent_id,
                "is_project": parent_id == HOME,
                "project_id": project_id,
                "created_at": now,
                "updated_at": now,
            },
        )


_DETAILED_STATES: Mapping[DeploymentState, str] = {
    "pending": "pending",
    "success": "deploy_finished",
    "failed": "failed",
}
