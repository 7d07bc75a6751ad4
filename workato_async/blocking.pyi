"""The API without ``await``; what that means is said in the module beside this stub.

Written by ``python -m tests.support.blocking_stub`` from the signatures of the asynchronous API.
"""

import os
import ssl as ssl_module
from collections.abc import (
    AsyncIterable,
    Awaitable,
    Callable,
    Coroutine,
    Generator,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from datetime import date, datetime, timedelta
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Literal, NoReturn, ParamSpec, Self, TypeVar, overload

from workato_async._durations import Duration
from workato_async._unset import Unset
from workato_async.calls.retry import RetryPolicy
from workato_async.endpoint import Endpoint, JsonObject
from workato_async.events import Event, OnEvent
from workato_async.fan_out import Outcome
from workato_async.http.token_provider import TokenProvider
from workato_async.http.urls import PathArgument, Query
from workato_async.limits.limiter import Limiter
from workato_async.limits.wait_queue import Priority
from workato_async.mirror.report import MirrorReport, OnProgress, OnReport, OnStatus, StreamStatus
from workato_async.pages import Page
from workato_async.reports.access import AccessReview
from workato_async.resources.activity_logs.models import ActivityLog
from workato_async.resources.api_keys import ApiKey
from workato_async.resources.api_platform import ApiCollection, ApiEndpoint, OpenApiSpec
from workato_async.resources.api_platform_clients import ApiClient, AuthType, JwtMethod
from workato_async.resources.api_platform_v1 import ApiAccessProfile, ApiClientV1
from workato_async.resources.api_platform_v1 import AuthType as api_platform_v1_AuthType
from workato_async.resources.api_platform_v1 import JwtMethod as api_platform_v1_JwtMethod
from workato_async.resources.connections import AuthorizationUrl, Choice, Connection, RuntimeUserConnection
from workato_async.resources.connectors import Connector
from workato_async.resources.custom_connectors import (
    CodeValidation,
    ConnectorCode,
    ConnectorReply,
    CustomConnector,
    SchemaField,
    Separator,
)
from workato_async.resources.custom_oauth_profiles import CustomOAuthProfile
from workato_async.resources.customers import Customer, Environment
from workato_async.resources.data_table_records import Record, RecordTable
from workato_async.resources.data_tables import DataTable
from workato_async.resources.developer_api_clients import DeveloperApiClient, DeveloperApiClientRole, TokenRegenerated
from workato_async.resources.environment_roles import EnvironmentRole
from workato_async.resources.event_messages import Message, MessagePublished
from workato_async.resources.event_topics import EventTopic
from workato_async.resources.export_manifests import ExportManifest, FolderAsset
from workato_async.resources.folders import Folder
from workato_async.resources.genies.models import Genie, GenieClient
from workato_async.resources.iam import IamUser, IamUserGroup
from workato_async.resources.insights.insights import InsightsTable
from workato_async.resources.insights.rows import Row
from workato_async.resources.insights.usage import UsageBy, UsageReport
from workato_async.resources.jobs.jobs import JobStatus
from workato_async.resources.jobs.models import Job, RepeatReport
from workato_async.resources.jobs.watch import WatchedStatus
from workato_async.resources.knowledge_bases import KnowledgeBase, KnowledgeBaseDataSource, KnowledgeBaseRecipe
from workato_async.resources.lookup_tables.models import LookupTable, LookupTableRow, LookupTableSync, RowChange
from workato_async.resources.lookup_tables.sync import Rows
from workato_async.resources.mcp.models import (
    McpServer,
    McpServerLimit,
    McpServerPolicy,
    McpServerToken,
    McpServerTool,
    McpUserGroup,
)
from workato_async.resources.members import Member, MemberPrivileges, UserGroup
from workato_async.resources.on_prem import (
    ActivationCode,
    OnPremAgent,
    OnPremAgentStatus,
    OnPremGroup,
    OnPremGroupStatus,
)
from workato_async.resources.packages.models import ImportReport, Package
from workato_async.resources.packages.packages import ImportTarget
from workato_async.resources.projects.deployments import DeploymentState
from workato_async.resources.projects.models import (
    Deployment,
    DeploymentReviews,
    Project,
    ProjectBuild,
    ProjectGrant,
    ProjectRole,
)
from workato_async.resources.projects.promotion import PromoteReport
from workato_async.resources.recipes.models import (
    PollStarted,
    Recipe,
    RecipeCopied,
    RecipeCreated,
    RecipeHealth,
    RecipeVersion,
    ScanQueued,
)
from workato_async.resources.recipes.recipes import RecipeOrder, RecipePaging
from workato_async.resources.roles import Role, RolesMigrated
from workato_async.resources.skills import Skill
from workato_async.resources.tags import Color, SortDirection, SortField, Tag, TagDetail
from workato_async.resources.testcases import TestCase, TestRun
from workato_async.resources.transfers import Target
from workato_async.resources.workspace import Workspace
from workato_async.session import WorkatoSession

__all__ = ["Api", "Mirror", "Operation", "Pages", "Watch", "Workato"]

_P = ParamSpec("_P")
_R = TypeVar("_R")
_T = TypeVar("_T")

class _RecipeHealthReports:
    """Optimization reports of Performance Copilot (private beta): ``workato.recipes.health``."""
    def get(self, recipe_id: int | Recipe) -> RecipeHealth | None:
        """Get the newest report; None if the recipe was never scanned."""
    def analyze(self, recipe_id: int | Recipe) -> ScanQueued:
        """Queue a scan. ``POST /api/recipes/{recipe_id}/health``, 20 a minute. Not idempotent."""
    def wait(
        self,
        recipe_id: int | Recipe,
        *,
        timeout: float = 120.0,
        on_progress: Callable[[RecipeHealth | None], object] | None = None,
    ) -> RecipeHealth:
        """Queue a scan and wait for its report: the calls of ``analyze`` and, for each poll, of ``get``."""

class _RecipeVersions:
    """Versions of recipes: ``workato.recipes.versions``."""
    def list(self, recipe_id: int | Recipe, *, per_page: int | None = None) -> Pages[RecipeVersion]:
        """List the versions of a recipe, newest first. ``GET /api/recipes/{recipe_id}/versions``, 60 a minute."""
    def get(self, recipe_id: int | Recipe, version_id: int | RecipeVersion) -> RecipeVersion:
        """Get one version. ``GET /api/recipes/{recipe_id}/versions/{id}``, 60 a minute."""
    def update(self, recipe_id: int | Recipe, version_id: int | RecipeVersion, *, comment: str) -> RecipeVersion:
        """Update the comment of a version, at most 255 characters."""

class _Recipes:
    """Recipes: ``workato.recipes``."""

    health: _RecipeHealthReports
    versions: _RecipeVersions
    def list(
        self,
        *,
        adapter_names_all: str | Sequence[str] | None = None,
        adapter_names_any: str | Sequence[str] | None = None,
        folder_id: int | str | Folder | None = None,
        with_subfolders: bool | None = None,
        order: RecipeOrder | None = None,
        running: bool | None = None,
        since_id: int | Recipe | None = None,
        stopped_after: datetime | str | None = None,
        stop_cause: str | None = None,
        updated_after: datetime | str | None = None,
        includes: Sequence[str] | None = None,
        exclude_code: bool | None = None,
        per_page: int | None = None,
        paging: RecipePaging = "page",
    ) -> Pages[Recipe]:
        """List the recipes the token can see, highest id first."""
    def using(
        self,
        connections: int | Connection | Iterable[int | Connection],
        *,
        folder_id: int | str | Folder | None = None,
        with_subfolders: bool | None = None,
        running: bool | None = None,
    ) -> Pages[Recipe]:
        """List the recipes that use a connection, or one of several, without their code; highest id first."""
    def get(self, recipe_id: int | Recipe, *, includes: Sequence[str] | None = None) -> Recipe:
        """Get one recipe with its code. ``GET /api/recipes/{id}``, 60 a minute."""
    def create(
        self,
        *,
        folder_id: int | str | Folder,
        code: str | JsonObject,
        name: str | None = None,
        config: str | Sequence[JsonObject] | None = None,
        description: str | None = None,
    ) -> RecipeCreated:
        """Create a recipe; it starts stopped. ``POST /api/recipes``, 1 a second. Not idempotent."""
    def update(
        self,
        recipe_id: int | Recipe,
        *,
        name: str | Unset | None = ...,
        code: str | JsonObject | Unset | None = ...,
        config: str | Sequence[JsonObject] | Unset | None = ...,
        folder_id: int | str | Folder | Unset | None = ...,
        description: str | Unset | None = ...,
    ) -> None:
        """Update a stopped recipe; fields not given stay unchanged. ``PUT /api/recipes/{id}``, 60 a minute. Idempotent."""
    def delete(self, recipe_id: int | Recipe) -> None:
        """Delete a stopped recipe permanently. ``DELETE /api/recipes/{id}``, 60 a minute. Idempotent."""
    def copy(self, recipe_id: int | Recipe, *, folder_id: int | str | Folder) -> RecipeCopied:
        """Copy a recipe into a folder. ``POST /api/recipes/{id}/copy``, 60 a minute. Not idempotent."""
    def start(self, recipe_id: int | Recipe) -> None:
        """Start a recipe. ``PUT /api/recipes/{id}/start``, 60 a minute. Idempotent."""
    def stop(self, recipe_id: int | Recipe) -> None:
        """Stop a recipe. ``PUT /api/recipes/{id}/stop``, 60 a minute. Idempotent."""
    def reset_trigger(self, recipe_id: int | Recipe) -> None:
        """Reset the cursor of a polling or scheduled trigger, so that every record is processed again."""
    def connect(self, recipe_id: int | Recipe, *, adapter_name: str, connection_id: int | Connection) -> None:
        """Choose the connection that a stopped recipe uses for one connector."""
    def poll_now(self, recipe_id: int | Recipe) -> PollStarted:
        """Make a polling trigger poll at once. ``POST /api/recipes/{recipe_id}/poll_now``, 60 a minute. Not idempotent."""
    def force_run(self, recipe_id: int | Recipe) -> JsonObject:
        """Run a recipe now. ``POST /api/recipes/{recipe_id}/force_run``, 1 a second. Not idempotent."""
    def job_counts(self) -> JsonObject:
        """Get the job counters of the recipes. ``GET /api/recipes/job_counts``, 60 a minute."""

class _FailedJobs:
    """The failed jobs of a workspace: ``async for job in …``, or ``await …`` for a list."""
    def __iter__(self) -> Iterator[Job]: ...
    @property
    def recipes(self) -> Mapping[int, Recipe]:
        """The active recipes that the last iteration has found so far, by id; empty if the recipes were given."""
    def collect(self, *, limit: int | None = None) -> list[Job]:
        """Fetch the jobs into a list."""

class _Jobs:
    """Jobs: ``workato.jobs``."""
    def list(
        self,
        recipe_id: int | Recipe,
        *,
        status: JobStatus | None = None,
        rerun_only: bool | None = None,
        offset_job_id: str | Job | None = None,
        prev: bool | None = None,
        since: datetime | None = None,
    ) -> Pages[Job]:
        """List the jobs of a recipe, newest first. ``GET /api/recipes/{recipe_id}/jobs``, 60 a minute."""
    def failed(
        self, *, since: datetime, recipes: Iterable[int | Recipe] | None = None, longest: Duration = ...
    ) -> _FailedJobs:
        """List the failed jobs of the whole workspace: one request per 100 recipes, and one or more per active recipe."""
    def watch(
        self,
        cursor: str | None = None,
        *,
        status: WatchedStatus | None = "failed",
        since: datetime | None = None,
        every: Duration = 60.0,
        longest: Duration = ...,
    ) -> Watch[Job]:
        """Watch the workspace for jobs that fail, for as long as you iterate; each is handed over at least once."""
    def get(self, recipe_id: int | Recipe, job_id: str | Job) -> Job:
        """Get one job with its steps. ``GET /api/recipes/{recipe_id}/jobs/{job_id}``, 60 a minute."""
    def resume(self, *, token: str, data: JsonObject | None = None) -> None:
        """Resume a waiting job. ``POST /api/job/resume``, 60 a minute. Not idempotent."""
    def repeat(self, recipe_id: int | Recipe, job_ids: Iterable[str | Job]) -> RepeatReport:
        """Repeat jobs of a recipe, with its newest version: any number of them, 25 per request."""
    def cancel(self, recipe_id: int | Recipe, job_ids: Sequence[str | Job]) -> JsonObject:
        """Cancel jobs of a recipe. ``POST /api/recipes/{recipe_id}/cancel_jobs``, 1 a second. Not idempotent."""

class _RuntimeUserConnections:
    """Connections of runtime users, who authorize them on their own: ``workato.connections.runtime_user``."""
    def create(
        self,
        *,
        parent_id: int | Connection,
        folder_id: int | Folder,
        external_id: str,
        name: str | None = None,
        callback_url: str | None = None,
        redirect_url: str | None = None,
    ) -> RuntimeUserConnection:
        """Create a connection of a runtime user, and the address where the user authorizes it."""
    def oauth_url(self, connection_id: int | Connection | RuntimeUserConnection) -> AuthorizationUrl:
        """Get a new address where the user authorizes the connection; it is short-lived."""

class _Connections:
    """Connections: ``workato.connections``. No endpoint returns a single connection."""

    runtime_user: _RuntimeUserConnections
    def list(
        self,
        *,
        folder_id: int | str | Folder | None = None,
        parent_id: int | str | Connection | None = None,
        external_id: str | None = None,
        project_id: int | str | Project | None = None,
        provider: str | None = None,
        include_runtime_connections: bool | None = None,
        includes: Sequence[str] | None = None,
        updated_after: datetime | str | None = None,
    ) -> Pages[Connection]:
        """List the connections the token can see, in one page. ``GET /api/connections``, 60 a minute."""
    def lost(
        self,
        *,
        folder_id: int | str | Folder | None = None,
        project_id: int | str | Project | None = None,
        provider: str | None = None,
        include_runtime_connections: bool | None = None,
    ) -> Pages[Connection]:
        """List the connections that recipes cannot use: their authorization failed, was lost or was never given."""
    def create(
        self,
        *,
        name: str,
        provider: str,
        folder_id: int | str | Folder,
        parent_id: int | str | Connection | None = None,
        external_id: str | None = None,
        shell_connection: bool | None = None,
        input: JsonObject | None = None,
    ) -> Connection:
        """Create a connection. ``POST /api/connections``, 1 a second. Not idempotent."""
    def update(
        self,
        connection_id: int | Connection,
        *,
        name: str | Unset | None = ...,
        folder_id: int | str | Folder | Unset | None = ...,
        parent_id: int | str | Connection | Unset | None = ...,
        external_id: str | Unset | None = ...,
        shell_connection: bool | Unset | None = ...,
        input: JsonObject | Unset | None = ...,
    ) -> Connection:
        """Update a connection; fields not given stay unchanged."""
    def disconnect(self, connection_id: int | Connection, *, force: bool | None = None) -> None:
        """Disconnect a connection without deleting it."""
    def delete(self, connection_id: int | Connection) -> None:
        """Delete a disconnected connection permanently."""
    def pick_list(
        self, connection_id: int | Connection, *, pick_list_name: str, pick_list_params: JsonObject | None = None
    ) -> tuple[Choice, ...]:
        """Get the values of a connector's pick list through a connection."""

class _Folders:
    """Folders: ``workato.folders``."""
    def list(
        self,
        *,
        parent_id: int | str | Folder | None = None,
        with_nested_folders: bool | None = None,
        per_page: int | None = None,
    ) -> Pages[Folder]:
        """List the folders below a folder. ``GET /api/folders``, 60 a minute, at most 100 per page."""
    def create(self, *, name: str, parent_id: int | str | Folder | None = None) -> Folder:
        """Create a folder. ``POST /api/folders``, 60 a minute. Not idempotent."""
    def get(self, folder_id: int | Folder) -> Folder:
        """Get one folder. ``GET /api/folders/{folder_id}``, 60 a minute."""
    def update(
        self,
        folder_id: int | Folder,
        *,
        name: str | Unset | None = ...,
        parent_id: int | str | Folder | Unset | None = ...,
    ) -> Folder:
        """Update a folder: its name or its parent. ``PUT /api/folders/{folder_id}``, 60 a minute. Idempotent."""
    def delete(self, folder_id: int | Folder, *, force: bool | None = None) -> None:
        """Delete a folder permanently. ``DELETE /api/folders/{folder_id}``, 60 a minute. Idempotent."""

class _Projects:
    """Projects: ``workato.projects``. A new one is a folder without a parent: ``workato.folders.create``."""
    def list(self, *, per_page: int | None = None) -> Pages[Project]:
        """List the projects. ``GET /api/projects``, 60 a minute, at most 100 per page."""
    def update(
        self, project_id: int | Project, *, name: str | Unset | None = ..., description: str | Unset | None = ...
    ) -> Project:
        """Update the name or the description of a project. ``PUT /api/projects/{project_id}``, 60 a minute. Idempotent."""
    def delete(self, project_id: int | Project) -> None:
        """Delete a project and everything in it permanently."""
    def deploy(
        self,
        project_id: int | str | Project,
        *,
        environment_type: str,
        title: str | None = None,
        description: str | None = None,
        include_tags: bool | None = None,
    ) -> Operation[Deployment]:
        """Build a project and deploy it to an environment."""
    def build(
        self,
        project_id: int | str | Project,
        *,
        description: str | None = None,
        include_tags: bool | None = None,
        include_test_cases: bool | None = None,
    ) -> Operation[ProjectBuild]:
        """Build a project without deploying it. ``POST /api/projects/{id}/build``, 60 a minute. Not idempotent."""
    def promote(
        self,
        project_id: int | str | Project,
        *,
        to: str,
        build: int | ProjectBuild | None = None,
        deployment: int | Deployment | None = None,
        title: str | None = None,
        description: str | None = None,
        include_tags: bool | None = None,
        run_tests: bool = False,
        require_tests: bool = False,
        target: Target | None = None,
        max_bytes: int | None = ...,
        max_wait: float | None = None,
        timeout: float = ...,
        on_progress: Callable[[PromoteReport], object] | None = None,
    ) -> PromoteReport:
        """Build a project, test it, deploy the build to another environment, and report what became of it."""

class _ProjectBuilds:
    """Builds of projects: ``workato.project_builds``. ``workato.projects.build`` makes them."""
    def get(self, build_id: int | ProjectBuild) -> ProjectBuild:
        """Get one build. ``GET /api/project_builds/{id}``, 60 a minute."""
    def wait(
        self,
        build_id: int | ProjectBuild,
        *,
        timeout: float = ...,
        on_progress: Callable[[ProjectBuild], object] | None = None,
    ) -> ProjectBuild:
        """Wait for a build to end, even if another process started it."""
    def download(self, build_id: int | ProjectBuild, path: str | PathLike[str], *, max_bytes: int = ...) -> Path:
        """Download the package of a build that succeeded."""
    def deploy(
        self,
        build_id: int | ProjectBuild,
        *,
        environment_type: str,
        title: str | None = None,
        description: str | None = None,
        include_tags: bool | None = None,
    ) -> Operation[Deployment]:
        """Deploy a build that succeeded. ``POST /api/project_builds/{id}/deploy``, 60 a minute. Not idempotent."""

class _Deployments:
    """Deployments of projects: ``workato.deployments``."""
    def list(
        self,
        *,
        project_id: int | str | Project | None = None,
        folder_id: str | Folder | None = None,
        environment_type: str | None = None,
        state: DeploymentState | None = None,
        from_: datetime | str | None = None,
        to: datetime | str | None = None,
    ) -> Pages[Deployment]:
        """List the deployments, in one page. ``GET /api/deployments``, 60 a minute."""
    def get(self, deployment_id: int | Deployment) -> Deployment:
        """Get one deployment. ``GET /api/deployments/{id}``, 60 a minute."""
    def wait(
        self,
        deployment_id: int | Deployment,
        *,
        timeout: float = ...,
        on_progress: Callable[[Deployment], object] | None = None,
    ) -> Deployment:
        """Wait for a deployment to end, even if another process started it."""
    def eligible_reviewers(self, deployment_id: int | Deployment) -> JsonObject:
        """Get the users who may review a deployment. ``GET /api/deployments/{id}/eligible_reviewers``, 60 a minute."""
    def assign_reviewers(
        self, deployment_id: int | Deployment, *, reviewer_ids: Sequence[int | Member]
    ) -> DeploymentReviews:
        """Set the reviewers of a deployment. ``POST /api/deployments/{id}/assign_reviewers``, 60 a minute. Idempotent."""
    def submit_for_review(
        self, deployment_id: int | Deployment, *, body: Mapping[str, Any] | None = None
    ) -> JsonObject:
        """Submit a deployment for review."""
    def approve(self, deployment_id: int | Deployment, *, comment: str | None = None) -> JsonObject:
        """Approve a deployment. ``POST /api/deployments/{id}/approve``, 60 a minute. Not idempotent."""
    def reject(self, deployment_id: int | Deployment, *, comment: str | None = None) -> JsonObject:
        """Reject a deployment. ``POST /api/deployments/{id}/reject``, 60 a minute. Not idempotent."""
    def reopen(self, deployment_id: int | Deployment, *, body: Mapping[str, Any] | None = None) -> JsonObject:
        """Reopen a deployment for review. ``POST /api/deployments/{id}/reopen``, 60 a minute. Not idempotent."""
    def update_review_comment(
        self, deployment_id: int | Deployment, *, comment: str | Unset | None = ...
    ) -> JsonObject:
        """Update the comment of a review."""
    def deploy(
        self, deployment_id: int | Deployment, *, body: Mapping[str, Any] | None = None
    ) -> Operation[Deployment]:
        """Deploy an approved deployment. ``POST /api/deployments/{id}/deploy``, 60 a minute. Not idempotent."""

class _LookupTableRows:
    """Rows of lookup tables: ``workato.lookup_tables.rows``. A table has at most 100,000."""
    def list(
        self,
        lookup_table_id: int | LookupTable,
        *,
        by: Mapping[str, str | int] | None = None,
        per_page: int | None = None,
    ) -> Pages[LookupTableRow]:
        """List the rows of a table."""
    def get(self, lookup_table_id: int | LookupTable, row_id: int | LookupTableRow) -> LookupTableRow:
        """Get one row. ``GET /api/lookup_tables/{lookup_table_id}/rows/{row_id}``, 60 a minute."""
    def create(self, lookup_table_id: int | LookupTable, *, data: JsonObject) -> LookupTableRow:
        """Create a row. ``POST /api/lookup_tables/{lookup_table_id}/rows``, 60 a minute. Not idempotent."""
    def update(
        self, lookup_table_id: int | LookupTable, row_id: int | LookupTableRow, *, data: JsonObject
    ) -> LookupTableRow:
        """Update a row. ``PUT /api/lookup_tables/{lookup_table_id}/rows/{row_id}``, 60 a minute. Idempotent."""
    def delete(self, lookup_table_id: int | LookupTable, row_id: int | LookupTableRow) -> None:
        """Delete a row. ``DELETE /api/lookup_tables/{lookup_table_id}/rows/{row_id}``, 60 a minute. Idempotent."""

class _LookupTables:
    """Lookup tables: ``workato.lookup_tables``."""

    rows: _LookupTableRows
    def list(self, *, per_page: int | None = None) -> Pages[LookupTable]:
        """List the lookup tables. ``GET /api/lookup_tables``, 60 a minute, at most 100 per page."""
    def create(
        self, *, name: str, schema: Sequence[JsonObject], project_id: int | Project | None = None
    ) -> LookupTable:
        """Create a table. ``POST /api/lookup_tables``, 60 a minute. Not idempotent."""
    def batch_delete(self, *, ids: Sequence[int | LookupTable]) -> None:
        """Delete tables with their rows permanently. ``POST /api/lookup_tables/batch_delete``, 1 a second. Idempotent."""
    def lookup(self, lookup_table_id: int | LookupTable, *, by: Mapping[str, str | int]) -> LookupTableRow:
        """Get the first row with these values. ``GET /api/lookup_tables/{lookup_table_id}/lookup``, 60 a minute."""
    def sync(
        self,
        table: int | LookupTable,
        rows: Rows,
        *,
        key: str | Sequence[str],
        remove: bool = True,
        allow_deletions: bool = False,
        dry_run: bool = False,
        planned: LookupTableSync | None = None,
        on_change: Callable[[RowChange], object] | None = None,
    ) -> LookupTableSync:
        """Bring a table in line with rows: add those it lacks, change those that differ, remove the others."""

class _ProjectRoles:
    """Roles inside projects: ``workato.project_roles``."""
    def list(self, *, name: str | None = None, per_page: int | None = None) -> Pages[ProjectRole]:
        """List the project roles. ``GET /api/project_roles``, 60 a minute, at most 100 per page."""
    def get(self, role_id: str | ProjectRole) -> ProjectRole:
        """Get a project role with its privileges. ``GET /api/project_roles/{id}``, 60 a minute."""
    def create(self, *, name: str, privileges: Mapping[str, object] | None = None) -> ProjectRole:
        """Create a project role. ``POST /api/project_roles``, 60 a minute. Not idempotent."""
    def update(
        self,
        role_id: str | ProjectRole,
        *,
        name: str | Unset | None = ...,
        privileges: Mapping[str, object] | Unset | None = ...,
    ) -> ProjectRole:
        """Update a project role. ``PUT /api/project_roles/{id}``, 60 a minute. Idempotent."""
    def delete(self, role_id: str | ProjectRole) -> None:
        """Delete a project role. ``DELETE /api/project_roles/{id}``, 60 a minute. Idempotent."""

class _EnvironmentRoles:
    """Roles in environments: ``workato.environment_roles``."""
    def list(self, *, name: str | None = None, per_page: int | None = None) -> Pages[EnvironmentRole]:
        """List the environment roles. ``GET /api/environment_roles``, 60 a minute, at most 100 per page."""
    def get(self, role_id: str | EnvironmentRole) -> EnvironmentRole:
        """Get an environment role with its privileges. ``GET /api/environment_roles/{id}``, 60 a minute."""
    def create(self, *, name: str, privileges: Mapping[str, object] | None = None) -> EnvironmentRole:
        """Create an environment role. ``POST /api/environment_roles``, 60 a minute. Not idempotent."""
    def update(
        self,
        role_id: str | EnvironmentRole,
        *,
        name: str | Unset | None = ...,
        privileges: Mapping[str, object] | Unset | None = ...,
    ) -> EnvironmentRole:
        """Update an environment role. ``PUT /api/environment_roles/{id}``, 60 a minute. Idempotent."""
    def delete(self, role_id: str | EnvironmentRole) -> None:
        """Delete an environment role. ``DELETE /api/environment_roles/{id}``, 60 a minute. Idempotent."""

class _Roles:
    """Legacy custom roles of collaborators: ``workato.roles``."""
    def list(self, *, per_page: int | None = None) -> Pages[Role]:
        """List the legacy roles. ``GET /api/roles``, 60 a minute."""
    def update(
        self, role_id: int | Role, *, all_folders: bool, folder_ids: Sequence[int | Folder] | Unset | None = ...
    ) -> Role:
        """Update which projects a role reaches. ``PUT /api/roles/{id}``, 60 a minute. Idempotent."""
    def copy(self, role_id: int | Role, *, name: str, folder_ids: Sequence[int | Folder] | None = None) -> Role:
        """Copy a role under another name. ``POST /api/roles/{id}/copy``, 60 a minute. Not idempotent."""

class _RolesMigration:
    """The migration from legacy roles to environment and project roles: ``workato.roles_migration``."""
    def system(self, *, dry_run: bool | None = None) -> RolesMigrated:
        """Migrate the system roles. ``POST /api/roles_migration/system_roles``, 60 a minute. Not idempotent."""
    def custom(self, *, body: Mapping[str, Any] | None = None) -> JsonObject:
        """Migrate one custom role. ``POST /api/roles_migration/custom_role``, 60 a minute. Not idempotent."""

class _DeveloperApiClients:
    """Developer API clients: ``workato.developer_api_clients``."""
    def list(self, *, per_page: int | None = None) -> Pages[DeveloperApiClient]:
        """List the API clients, without token values."""
    def create(
        self,
        *,
        name: str,
        api_privilege_group_id: int | DeveloperApiClientRole,
        all_folders: bool,
        folder_ids: Sequence[int | Folder] | None = None,
        environment: str | None = None,
        ip_allow_list: str | Sequence[str] | None = None,
    ) -> DeveloperApiClient:
        """Create an API client; ``token.value`` of the response is shown only once."""
    def get(self, client_id: int | DeveloperApiClient) -> DeveloperApiClient:
        """Get one client, without the value of its token. ``GET /api/developer_api_clients/{id}``, 60 a minute."""
    def update(
        self,
        client_id: int | DeveloperApiClient,
        *,
        all_folders: bool,
        name: str | Unset | None = ...,
        api_privilege_group_id: int | DeveloperApiClientRole | Unset | None = ...,
        folder_ids: Sequence[int | Folder] | Unset | None = ...,
        environment: str | Unset | None = ...,
        ip_allow_list: str | Sequence[str] | Unset | None = ...,
    ) -> DeveloperApiClient:
        """Update a client. ``PUT /api/developer_api_clients/{id}``, 60 a minute. Idempotent."""
    def regenerate(self, client_id: int | DeveloperApiClient) -> TokenRegenerated:
        """Replace the token of a client; the old one stops working at once."""
    def delete(self, client_id: int | DeveloperApiClient) -> None:
        """Delete a client; its token stops working at once."""

class _DeveloperApiClientRoles:
    """Client roles, which say what an API client may call: ``workato.developer_api_client_roles``."""
    def list(self, *, per_page: int | None = None) -> Pages[DeveloperApiClientRole]:
        """List the client roles. ``GET /api/developer_api_client_roles``, 60 a minute, at most 100 per page."""
    def copy(self, role_id: int | DeveloperApiClientRole, *, body: Mapping[str, Any] | None = None) -> JsonObject:
        """Copy a client role. ``POST /api/developer_api_client_roles/{id}/copy``, 60 a minute. Not idempotent."""

class _OnPremGroups:
    """Groups of on-prem agents: ``workato.on_prem_groups``."""
    def list(self) -> Pages[OnPremGroup]:
        """List the groups, in one page. ``GET /api/on_prem_groups``, 60 a minute."""
    def create(
        self, *, name: str, use_managed_connection: bool | None = None, whitelisted_ips: Sequence[str] | None = None
    ) -> OnPremGroup:
        """Create a group. ``POST /api/on_prem_groups``, 60 a minute. Not idempotent."""
    def get(self, group_id: int | OnPremGroup) -> OnPremGroup:
        """Get one group. ``GET /api/on_prem_groups/{id}``, 60 a minute."""
    def update(
        self,
        group_id: int | OnPremGroup,
        *,
        name: str | Unset | None = ...,
        whitelisted_ips: Sequence[str] | Unset | None = ...,
    ) -> OnPremGroup:
        """Update a group; fields not given stay unchanged. ``PUT /api/on_prem_groups/{id}``, 60 a minute. Idempotent."""
    def delete(self, group_id: int | OnPremGroup) -> None:
        """Delete a group and its agents. ``DELETE /api/on_prem_groups/{id}``, 60 a minute. Idempotent."""
    def status(self, group_id: int | OnPremGroup) -> OnPremGroupStatus:
        """Get the agent counts and profiles of a group. ``GET /api/on_prem_groups/{id}/status``, 60 a minute."""

class _OnPremAgents:
    """On-prem agents: ``workato.on_prem_agents``."""
    def list(self) -> Pages[OnPremAgent]:
        """List the agents of all groups, in one page. ``GET /api/on_prem_agents``, 60 a minute."""
    def create(
        self,
        *,
        name: str,
        on_prem_group_id: int | OnPremGroup,
        os: str | None = None,
        awaiting_setup: bool | None = None,
        enabled: bool | None = None,
    ) -> OnPremAgent:
        """Create an agent. ``POST /api/on_prem_agents``, 60 a minute. Not idempotent."""
    def get(self, agent_id: int | OnPremAgent) -> OnPremAgent:
        """Get one agent. ``GET /api/on_prem_agents/{id}``, 60 a minute."""
    def update(
        self,
        agent_id: int | OnPremAgent,
        *,
        name: str | Unset | None = ...,
        os: str | Unset | None = ...,
        on_prem_group_id: int | OnPremGroup | Unset | None = ...,
        enabled: bool | Unset | None = ...,
    ) -> OnPremAgent:
        """Update an agent; fields not given stay unchanged. ``PUT /api/on_prem_agents/{id}``, 60 a minute. Idempotent."""
    def delete(self, agent_id: int | OnPremAgent) -> None:
        """Delete an agent. ``DELETE /api/on_prem_agents/{id}``, 60 a minute. Idempotent."""
    def status(self, agent_id: int | OnPremAgent) -> OnPremAgentStatus:
        """Get whether an agent is active. ``GET /api/on_prem_agents/{id}/status``, 60 a minute."""
    def search(self, *, cn: str | None = None) -> Pages[OnPremAgent]:
        """Search agents by common name, in one page. ``GET /api/on_prem_agents/search``, 60 a minute."""
    def activation_code(self, agent_id: int | OnPremAgent) -> ActivationCode:
        """Get a code that activates an agent: a JWT, to be kept secret."""

class _InsightsQuery:
    """A query. It is sent when its result is requested, and sent again if the result is requested again."""
    def __iter__(self) -> Iterator[Row]:
        """Iterate over the rows; the response is kept in a temporary file, not in memory."""
    def collect(self, *, limit: int | None = None) -> list[Row]:
        """Fetch the rows into a list."""
    def first(self) -> Row | None:
        """Fetch the first row; None if there is none."""
    def save(self, path: str | PathLike[str], *, max_bytes: int = ...) -> Path:
        """Write the rows to a CSV file in UTF-8, with the names of the columns in its first line."""

class _Insights:
    """Insights: ``workato.insights``. All methods share one quota."""
    def tables(self, *, catalog: str | None = None) -> Pages[InsightsTable]:
        """List the tables that the client can read, in one page. ``GET /api/insights/v1/tables``, 60 a minute."""
    def schema(self, tables: Sequence[str | InsightsTable]) -> JsonObject:
        """Get the columns of tables. ``POST /api/insights/v1/schema``, 60 a minute. Idempotent."""
    def query(self, sql: str) -> _InsightsQuery:
        """Query the data. ``POST /api/insights/v1/query``, 60 a minute. Idempotent."""
    def usage(self, *, month: str | date, by: UsageBy = "recipe") -> UsageReport:
        """Report the jobs that started in a month, and their usage as the contract counts it, such as tasks."""

class _ActivityLogs:
    """The activity audit log: ``workato.activity_logs``."""
    def list(
        self,
        *,
        from_: datetime | str | None = None,
        to: datetime | str | None = None,
        users_ids: Sequence[int | Member] | None = None,
        include_resource_types: Sequence[str] | None = None,
        exclude_resource_types: Sequence[str] | None = None,
        include_event_types: Sequence[str] | None = None,
        exclude_event_types: Sequence[str] | None = None,
        per_page: int | None = None,
    ) -> Pages[ActivityLog]:
        """List the entries of the token's environment. ``GET /api/activity_logs``, 60 a minute, at most 100 per page."""
    def watch(
        self,
        cursor: str | None = None,
        *,
        since: datetime | None = None,
        every: Duration = 60.0,
        overlap: Duration = "5m",
        users_ids: Sequence[int | Member] | None = None,
        include_resource_types: Sequence[str] | None = None,
        exclude_resource_types: Sequence[str] | None = None,
        include_event_types: Sequence[str] | None = None,
        exclude_event_types: Sequence[str] | None = None,
    ) -> Watch[ActivityLog]:
        """Watch the log for new entries, for as long as you iterate; each is handed over at least once."""

class _WorkspaceDetails:
    """The workspace of the token: ``workato.workspace``."""
    def me(self) -> Workspace:
        """Get the workspace that the token belongs to. ``GET /api/users/me``, 60 a minute."""

class _Properties:
    """Properties of the environment, or with ``project_id`` those of a project: ``workato.properties``."""
    def list(self, *, prefix: str, project_id: int | str | Project | None = None) -> dict[str, str | None]:
        """List properties by name prefix. ``GET /api/properties``, 60 a minute."""
    def upsert(self, *, properties: Mapping[str, str], project_id: int | str | Project | None = None) -> None:
        """Create or update properties. ``POST /api/properties``, 60 a minute. Idempotent."""

class _Members:
    """Collaborators of the workspace: ``workato.members``. Only for clients of the DEV environment."""
    def list(self, *, email: str | None = None) -> Pages[Member]:
        """List the collaborators, in one page. ``GET /api/members``, 60 a minute."""
    def get(self, member_id: int | Member) -> Member:
        """Get a collaborator. ``GET /api/members/{id}``, 60 a minute."""
    def update(self, member_id: int | Member, *, env_roles: Sequence[Mapping[str, str]]) -> Member:
        """Update the environment roles of a collaborator. ``PUT /api/members/{id}``, 60 a minute. Idempotent."""
    def delete(self, member_id: int | Member) -> None:
        """Delete a collaborator from the workspace. ``DELETE /api/members/{id}``, 60 a minute. Idempotent."""
    def invite(
        self,
        *,
        name: str,
        email: str,
        env_roles: Sequence[Mapping[str, str]],
        role_name: str | None = None,
        user_group_ids: Sequence[str | UserGroup] | None = None,
    ) -> JsonObject:
        """Invite a person by e-mail. ``POST /api/member_invitations``, 60 a minute. Not idempotent."""
    def privileges(self, member_id: int | Member) -> Pages[MemberPrivileges]:
        """List the privileges of a collaborator by environment. ``GET /api/members/{id}/privileges``, 60 a minute."""
    def project_grants(self, member_id: int | Member) -> Pages[ProjectGrant]:
        """List the grants of a collaborator. ``GET /api/members/{id}/project_grants``, 60 a minute."""
    def projects_privileges(self, member_id: int | Member) -> Pages[JsonObject]:
        """List the privileges of a collaborator in projects."""

class _UserGroupMembers:
    """The members of groups: ``workato.user_groups.members``."""
    def list(self, group_id: str | UserGroup, *, per_page: int | None = None) -> Pages[JsonObject]:
        """List the members of a group. ``GET /api/user_groups/{id}/members``, 60 a minute, at most 100 per page."""
    def add(self, group_id: str | UserGroup, *, user_ids: Sequence[int | Member]) -> JsonObject:
        """Add members to a group. ``POST /api/user_groups/{id}/members``, 60 a minute. Idempotent."""
    def remove(self, group_id: str | UserGroup, *, user_ids: Sequence[int | Member]) -> JsonObject:
        """Remove members from a group. ``DELETE /api/user_groups/{id}/members``, 60 a minute. Idempotent."""

class _UserGroups:
    """Groups of collaborators: ``workato.user_groups``."""

    members: _UserGroupMembers
    def list(self, *, name: str | None = None, per_page: int | None = None) -> Pages[UserGroup]:
        """List the groups. ``GET /api/user_groups``, 60 a minute, at most 100 per page."""
    def get(self, group_id: str | UserGroup) -> UserGroup:
        """Get a group. ``GET /api/user_groups/{id}``, 60 a minute."""
    def create(self, *, name: str, description: str | None = None) -> UserGroup:
        """Create a group. ``POST /api/user_groups``, 60 a minute. Not idempotent."""
    def update(
        self, group_id: str | UserGroup, *, name: str | Unset | None = ..., description: str | Unset | None = ...
    ) -> UserGroup:
        """Update a group; fields not given stay unchanged. ``PUT /api/user_groups/{id}``, 60 a minute. Idempotent."""
    def delete(self, group_id: str | UserGroup) -> None:
        """Delete a group. ``DELETE /api/user_groups/{id}``, 60 a minute. Idempotent."""
    def project_grants(self, group_id: str | UserGroup, *, per_page: int | None = None) -> Pages[ProjectGrant]:
        """List the grants of a group. ``GET /api/user_groups/{id}/project_grants``, 60 a minute, at most 100 per page."""

class _ProjectGrants:
    """Roles in projects: ``workato.project_grants``."""
    def list(self, project_id: int | Project, *, per_page: int | None = None) -> Pages[ProjectGrant]:
        """List the grants of a project. ``GET /api/projects/{id}/project_grants``, 60 a minute, at most 100 per page."""
    def set(self, project_id: int | Project, *, project_grants: Sequence[Mapping[str, Any]]) -> Sequence[ProjectGrant]:
        """Add grants to a project or change existing ones."""
    def get(self, grant_id: str | ProjectGrant) -> ProjectGrant:
        """Get a grant. ``GET /api/project_grants/{id}``, 60 a minute."""
    def update(self, grant_id: str | ProjectGrant, *, project_role_id: str | ProjectRole) -> ProjectGrant:
        """Update the role of a grant. ``PUT /api/project_grants/{id}``, 60 a minute. Idempotent."""
    def delete(self, grant_id: str | ProjectGrant) -> None:
        """Delete a grant. ``DELETE /api/project_grants/{id}``, 60 a minute. Idempotent."""

class _ExportManifests:
    """Export manifests: ``workato.export_manifests``."""
    def folder_assets(
        self,
        *,
        folder_id: int | Folder | None = None,
        include_test_cases: bool | None = None,
        include_data: bool | None = None,
    ) -> Pages[FolderAsset]:
        """List the exportable assets of a folder, in one page."""
    def create(
        self,
        *,
        name: str,
        assets: Sequence[Mapping[str, object] | FolderAsset] | None = None,
        folder_id: int | Folder | None = None,
        include_test_cases: bool | None = None,
        auto_generate_assets: bool | None = None,
        include_data: bool | None = None,
        include_tags: bool | None = None,
        auto_run: bool | None = None,
    ) -> ExportManifest:
        """Create a manifest. ``POST /api/export_manifests``, 60 a minute. Not idempotent."""
    def get(self, manifest_id: int | ExportManifest) -> ExportManifest:
        """Get a manifest. ``GET /api/export_manifests/{id}``, 60 a minute."""
    def update(
        self,
        manifest_id: int | ExportManifest,
        *,
        name: str | Unset | None = ...,
        assets: Sequence[Mapping[str, object] | FolderAsset] | Unset | None = ...,
        folder_id: int | Folder | Unset | None = ...,
        include_test_cases: bool | Unset | None = ...,
        auto_generate_assets: bool | Unset | None = ...,
        include_data: bool | Unset | None = ...,
        include_tags: bool | Unset | None = ...,
        auto_run: bool | Unset | None = ...,
    ) -> ExportManifest:
        """Update a manifest. ``PUT /api/export_manifests/{id}``, 60 a minute. Idempotent."""
    def delete(self, manifest_id: int | ExportManifest) -> None:
        """Delete a manifest. ``DELETE /api/export_manifests/{id}``, 60 a minute. Idempotent."""

class _PackageExport(Operation[Package]):
    """An export: ``await`` starts it, ``.wait()`` waits for it to finish, ``.save(path)`` downloads the zip file."""
    def save(
        self,
        path: str | PathLike[str],
        *,
        timeout: float = ...,
        on_progress: Callable[[Package], object] | None = None,
        max_bytes: int = ...,
    ) -> Path:
        """Wait for the export to finish and download the package; see ``Packages.download``."""

class _Packages:
    """Packages: ``workato.packages``."""
    def export(self, manifest_id: int | ExportManifest) -> _PackageExport:
        """Export the assets of a manifest. ``POST /api/packages/export/{manifest_id}``, 60 a minute. Not idempotent."""
    def import_(
        self,
        folder_id: int | Folder,
        package: bytes | str | PathLike[str],
        *,
        restart_recipes: bool | None = None,
        include_tags: bool | None = None,
        folder_id_for_home_assets: int | Folder | None = None,
    ) -> Operation[Package]:
        """Import a package. ``POST /api/packages/import/{folder_id}``, 500 an hour. Not idempotent."""
    def get(self, package_id: int | Package) -> Package:
        """Get the state of an export or import. ``GET /api/packages/{id}``, 60 a minute."""
    def wait(
        self, package_id: int | Package, *, timeout: float = ..., on_progress: Callable[[Package], object] | None = None
    ) -> Package:
        """Wait for an export or import to end, even if another process started it."""
    def download(self, package_id: int | Package, path: str | PathLike[str], *, max_bytes: int = ...) -> Path:
        """Download the zip file of an export. ``GET /api/packages/{id}/download``, 60 a minute."""
    def export_folder(
        self,
        folder_id: int | Folder,
        path: str | PathLike[str],
        *,
        name: str | None = None,
        include_test_cases: bool | None = None,
        include_data: bool | None = None,
        include_tags: bool | None = None,
        timeout: float = ...,
        on_progress: Callable[[Package], object] | None = None,
        max_bytes: int = ...,
    ) -> Path:
        """Export everything in a folder to a file, with a manifest that is deleted afterwards."""
    def import_and_check(
        self,
        folder_id: int | Folder,
        package: bytes | str | PathLike[str],
        *,
        restart_recipes: bool | None = None,
        include_tags: bool | None = None,
        folder_id_for_home_assets: int | Folder | None = None,
        max_bytes: int = ...,
        max_wait: float | None = None,
        timeout: float = ...,
        on_progress: Callable[[ImportReport], object] | None = None,
    ) -> ImportReport:
        """Import a package, wait for the end, and report what became of it."""
    def copy(
        self,
        folder_id: int | Folder,
        target: ImportTarget,
        target_folder_id: int | Folder,
        *,
        restart_recipes: bool | None = None,
        include_tags: bool | None = None,
        max_bytes: int = ...,
        max_wait: float | None = None,
        timeout: float = ...,
        on_progress: Callable[[ImportReport], object] | None = None,
    ) -> ImportReport:
        """Export a folder and import it into another workspace: the way to promote without environments."""

class _Tags:
    """Tags: ``workato.tags``."""
    def list(
        self,
        *,
        title_or_description_cont: str | None = None,
        handle_in: str | Tag | Sequence[str | Tag] | None = None,
        author_id_eq: int | Member | None = None,
        recipe_id_eq: int | Recipe | None = None,
        connection_id_eq: int | Connection | None = None,
        only_assigned: bool | None = None,
        sort_by: Sequence[SortField] | None = None,
        sort_direction: Sequence[SortDirection] | None = None,
        includes: Sequence[TagDetail] | None = None,
        per_page: int | None = None,
    ) -> Pages[Tag]:
        """List the tags. ``GET /api/tags``, 60 a minute, at most 100 per page."""
    def create(self, *, title: str, description: str | None = None, color: Color | None = None) -> Tag:
        """Create a tag. ``POST /api/tags``, 60 a minute. Not idempotent."""
    def update(
        self,
        handle: str | Tag,
        *,
        title: str | Unset | None = ...,
        description: str | Unset | None = ...,
        color: Color | Unset | None = ...,
    ) -> Tag:
        """Update a tag; fields not given stay unchanged. ``PUT /api/tags/{handle}``, 60 a minute. Idempotent."""
    def delete(self, handle: str | Tag) -> None:
        """Delete a tag. ``DELETE /api/tags/{handle}``, 60 a minute. Idempotent."""

class _TagsAssignments:
    """Tags on recipes and connections: ``workato.tags_assignments``."""
    def apply(
        self,
        *,
        add_tags: Sequence[str | Tag] | None = None,
        remove_tags: Sequence[str | Tag] | None = None,
        recipe_ids: Sequence[int | Recipe] | None = None,
        connection_ids: Sequence[int | Connection] | None = None,
    ) -> None:
        """Add tags to recipes and connections, and remove others."""

class _Secrets:
    """The external secrets manager: ``workato.secrets``."""
    def clear_cache(self) -> None:
        """Clear Workato's cache of secrets, which it keeps for 60 minutes."""

class _TestCases:
    """Test cases of recipes: ``workato.test_cases``."""
    def run(
        self,
        *,
        manifest_id: int | ExportManifest | None = None,
        project_id: int | Project | None = None,
        folder_id: int | Folder | None = None,
        recipe_id: int | Recipe | None = None,
        test_case_ids: Sequence[str | TestCase] | None = None,
    ) -> Operation[TestRun]:
        """Run test cases. ``POST /api/test_cases/run_requests``, 60 a minute. Not idempotent."""
    def run_get(self, run_id: str | TestRun) -> TestRun:
        """Get the state of a run. ``GET /api/test_cases/run_requests/{id}``, 60 a minute."""
    def wait(
        self, run_id: str | TestRun, *, timeout: float = ..., on_progress: Callable[[TestRun], object] | None = None
    ) -> TestRun:
        """Wait for a run to end, even if another process started it."""
    def list(self, recipe_id: int | Recipe) -> Pages[TestCase]:
        """List the test cases of a recipe, in one page. ``GET /api/recipes/{recipe_id}/test_cases``, 60 a minute."""

class _Connectors:
    """Connectors of the platform: ``workato.connectors``."""
    def get(self, *, applications: str | Sequence[str]) -> Pages[Connector]:
        """Get the connectors with these names, in one page. ``GET /api/integrations``, 60 a minute."""
    def list(self, *, per_page: int | None = None) -> Pages[Connector]:
        """List the connectors of the platform. ``GET /api/integrations/all``, 60 a minute, at most 100 per page."""

class _GenieClientAssignments:
    """Which client may talk to which genie: ``workato.genies.clients``. A genie has at most one client."""
    def assign(self, genie_id: str | Genie, *, genie_client_id: str | GenieClient) -> JsonObject:
        """Allow a client to talk to a genie. ``POST /api/agentic/genies/{id}/clients``, 60 a minute. Idempotent."""
    def remove(self, genie_id: str | Genie, client_id: str | GenieClient) -> JsonObject:
        """Stop a client from talking to a genie."""
    def delete(self, client_id: str | GenieClient) -> JsonObject:
        """Delete a client itself, whichever genies it may talk to."""

class _Genies:
    """Genies: ``workato.genies``, with ``.clients``. A genie's id is ``gin-…``."""

    clients: _GenieClientAssignments
    def list(self, *, per_page: int | None = None) -> Pages[Genie]:
        """List the genies. ``GET /api/agentic/genies``, 1,000 a minute, at most 100 per page."""
    def get(self, genie_id: str | Genie) -> Genie:
        """Get a genie. ``GET /api/agentic/genies/{id}``, 1,000 a minute."""
    def create(
        self,
        *,
        name: str,
        folder_id: int | Folder,
        description: str | None = None,
        instructions: str | None = None,
        ai_provider: str | None = None,
        shared_account_id: int | Connection | None = None,
        custom_oauth_key_id: int | CustomOAuthProfile | None = None,
        matrix: JsonObject | None = None,
    ) -> Genie:
        """Create a genie. ``POST /api/agentic/genies``, 60 a minute. Not idempotent."""
    def update(
        self,
        genie_id: str | Genie,
        *,
        name: str | Unset | None = ...,
        folder_id: int | Folder | Unset | None = ...,
        description: str | Unset | None = ...,
        instructions: str | Unset | None = ...,
        ai_provider: str | Unset | None = ...,
        shared_account_id: int | Connection | Unset | None = ...,
        custom_oauth_key_id: int | CustomOAuthProfile | Unset | None = ...,
    ) -> Genie:
        """Update a genie; fields not given stay unchanged. ``PUT /api/agentic/genies/{id}``, 60 a minute. Idempotent."""
    def delete(self, genie_id: str | Genie) -> JsonObject:
        """Delete a genie. ``DELETE /api/agentic/genies/{id}``, 60 a minute. Idempotent."""
    def start(self, genie_id: str | Genie) -> JsonObject:
        """Start a genie. ``POST /api/agentic/genies/{id}/start``, 60 a minute. Idempotent."""
    def stop(self, genie_id: str | Genie) -> JsonObject:
        """Stop a genie. ``POST /api/agentic/genies/{id}/stop``, 60 a minute. Idempotent."""
    def assign_skills(self, genie_id: str | Genie, *, skill_ids: Sequence[str | Skill]) -> JsonObject:
        """Add skills to a genie. ``POST /api/agentic/genies/{id}/assign_skills``, 60 a minute. Idempotent."""
    def remove_skills(self, genie_id: str | Genie, *, skill_ids: Sequence[str | Skill]) -> JsonObject:
        """Remove skills from a genie. ``POST /api/agentic/genies/{id}/remove_skills``, 60 a minute. Idempotent."""
    def assign_knowledge_bases(
        self, genie_id: str | Genie, *, knowledge_base_ids: Sequence[str | KnowledgeBase]
    ) -> JsonObject:
        """Add knowledge bases to a genie."""
    def remove_knowledge_bases(
        self, genie_id: str | Genie, *, knowledge_base_ids: Sequence[str | KnowledgeBase]
    ) -> JsonObject:
        """Remove knowledge bases from a genie."""
    def assign_user_groups(self, genie_id: str | Genie, *, user_group_ids: Sequence[str | UserGroup]) -> JsonObject:
        """Allow user groups to use a genie."""
    def remove_user_groups(self, genie_id: str | Genie, *, user_group_ids: Sequence[str | UserGroup]) -> JsonObject:
        """Stop user groups from using a genie."""
    def conversations(self, genie_id: str | Genie) -> JsonObject:
        """Get the conversations of a genie. ``GET /api/agentic/genies/{id}/conversations``, 10 a second."""
    def conversation_events(self, genie_id: str | Genie, conversation_id: int | str | JsonObject) -> Pages[JsonObject]:
        """List the events of a conversation, in one page."""

class _GenieClients:
    """Clients of genies: ``workato.genie_clients``. A client's id is ``gincl-…``."""
    def list(self) -> Pages[GenieClient]:
        """List the clients, without their keys, in one page. ``GET /api/agentic/genies/clients``, 60 a minute."""
    def create(self, *, client_name: str, auth: Mapping[str, str]) -> GenieClient:
        """Create a client; ``api_key`` of the response is shown only once."""
    def regenerate(self, client_id: str | GenieClient) -> GenieClient:
        """Replace the key of a client; ``api_key`` of the response is shown only once."""

class _KnowledgeBases:
    """Knowledge bases: ``workato.knowledge_bases``."""
    def list(self, *, folder_id: int | Folder | None = None, per_page: int | None = None) -> Pages[KnowledgeBase]:
        """List the knowledge bases. ``GET /api/agentic/knowledge_bases``, 1,000 a minute, at most 100 per page."""
    def get(self, knowledge_base_id: str | KnowledgeBase) -> KnowledgeBase:
        """Get a knowledge base. ``GET /api/agentic/knowledge_bases/{id}``, 1,000 a minute."""
    def create(
        self,
        *,
        name: str,
        folder_id: int | Folder,
        description: str | None = None,
        source_type: str | None = None,
        data_sources: Sequence[Mapping[str, Any]] | None = None,
    ) -> KnowledgeBase:
        """Create a knowledge base. ``POST /api/agentic/knowledge_bases``, 60 a minute. Not idempotent."""
    def update(
        self,
        knowledge_base_id: str | KnowledgeBase,
        *,
        name: str | Unset | None = ...,
        description: str | Unset | None = ...,
    ) -> KnowledgeBase:
        """Update a knowledge base; fields not given stay unchanged."""
    def delete(self, knowledge_base_id: str | KnowledgeBase) -> JsonObject:
        """Delete a knowledge base. ``DELETE /api/agentic/knowledge_bases/{id}``, 60 a minute. Idempotent."""
    def data_sources(self, knowledge_base_id: str | KnowledgeBase) -> Pages[KnowledgeBaseDataSource]:
        """List the data sources of a knowledge base, in one page."""
    def recipes(self, knowledge_base_id: str | KnowledgeBase) -> Pages[KnowledgeBaseRecipe]:
        """List the recipes of a knowledge base, in one page."""

class _Skills:
    """Skills: ``workato.skills``."""
    def list(self, *, folder_id: int | Folder | None = None, per_page: int | None = None) -> Pages[Skill]:
        """List the skills. ``GET /api/agentic/skills``, 1,000 a minute, at most 100 per page."""
    def get(self, skill_id: str | Skill) -> Skill:
        """Get a skill. ``GET /api/agentic/skills/{id}``, 1,000 a minute."""
    def create(self, *, recipe_id: int | Recipe) -> Skill:
        """Create a skill from a recipe. ``POST /api/agentic/skills``, 60 a minute. Not idempotent."""

class _McpServerPolicies:
    """Policies of MCP servers, one each: ``workato.mcp_servers.policies``."""
    def get(self, mcp_server_handle: str | McpServer) -> McpServerPolicy:
        """Get the policy of an MCP server."""
    def update(
        self,
        mcp_server_handle: str | McpServer,
        *,
        rate_limits: McpServerLimit | Mapping[str, Any] | Unset | None = ...,
        quota_limits: McpServerLimit | Mapping[str, Any] | Unset | None = ...,
        ip_allow_list: Sequence[str] | Unset | None = ...,
        ip_deny_list: Sequence[str] | Unset | None = ...,
    ) -> McpServerPolicy:
        """Update the policy of an MCP server."""

class _McpServerTokens:
    """Hashed tokens of MCP servers: ``workato.mcp_servers.tokens``."""
    def create(self, mcp_server_handle: str | McpServer, *, body: Mapping[str, Any] | None = None) -> McpServerToken:
        """Create a hashed token for an MCP server."""

class _McpServerTools:
    """Tools of MCP servers: ``workato.mcp_servers.tools``; ``workato.mcp_servers.assign_tools`` adds some."""
    def list(self, mcp_server_handle: str | McpServer, *, per_page: int | None = None) -> Pages[McpServerTool]:
        """List the tools of an MCP server."""
    def update(
        self,
        mcp_server_handle: str | McpServer,
        tool_id: int | str | McpServerTool,
        *,
        description: str | Unset | None = ...,
    ) -> McpServerTool:
        """Update the description of a tool, which agents see."""
    def delete(self, mcp_server_handle: str | McpServer, tool_id: int | str | McpServerTool) -> None:
        """Delete a tool from an MCP server."""

class _McpServers:
    """MCP servers: ``workato.mcp_servers``, with ``.tools``, ``.policies`` and ``.tokens``."""

    policies: _McpServerPolicies
    tokens: _McpServerTokens
    tools: _McpServerTools
    def list(
        self,
        *,
        project_id: int | Project | None = None,
        folder_id: int | Folder | None = None,
        authentication_method: str | None = None,
        per_page: int | None = None,
    ) -> Pages[McpServer]:
        """List the MCP servers. ``GET /api/mcp/mcp_servers``, 60 a minute, at most 50 per page."""
    def create(
        self,
        *,
        name: str,
        folder_id: int | Folder,
        description: str | None = None,
        asset_id: int | ApiCollection | None = None,
    ) -> McpServer:
        """Create an MCP server. ``POST /api/mcp/mcp_servers``, 60 a minute. Not idempotent."""
    def create_proxied(self, *, connection_id: int | Connection, folder_id: int | Folder, name: str) -> McpServer:
        """Create an MCP server that is a proxy for another one."""
    def get(self, handle: str | McpServer) -> McpServer:
        """Get an MCP server. ``GET /api/mcp/mcp_servers/{handle}``, 60 a minute."""
    def update(
        self,
        handle: str | McpServer,
        *,
        name: str | Unset | None = ...,
        description: str | Unset | None = ...,
        authentication_method: str | Unset | None = ...,
    ) -> McpServer:
        """Update an MCP server; fields not given stay unchanged."""
    def delete(self, handle: str | McpServer) -> None:
        """Delete an MCP server. ``DELETE /api/mcp/mcp_servers/{handle}``, 60 a minute. Idempotent."""
    def token_renew(self, handle: str | McpServer) -> McpServer:
        """Replace the legacy token of an MCP server; ``mcp_url`` of the response holds the new one."""
    def assign_tools(self, handle: str | McpServer, *, tools: Sequence[Mapping[str, Any]]) -> None:
        """Add tools to an MCP server. ``POST /api/mcp/mcp_servers/{handle}/assign_tools``, 60 a minute. Idempotent."""
    def assign_user_groups(self, handle: str | McpServer, *, idp_user_group_ids: Sequence[str | McpUserGroup]) -> None:
        """Allow user groups of the identity provider to use an MCP server."""
    def remove_user_groups(self, handle: str | McpServer, *, idp_user_group_ids: Sequence[str | McpUserGroup]) -> None:
        """Stop user groups of the identity provider from using an MCP server."""
    def update_folder(self, handle: str | McpServer, *, folder_id: int | Folder) -> McpServer:
        """Move an MCP server to another folder."""

class _Mcp:
    """What MCP servers share: ``workato.mcp``."""
    def user_groups(self, *, per_page: int | None = None) -> Pages[McpUserGroup]:
        """List the user groups of the identity provider."""

class _ApiCollections:
    """Collections of API endpoints: ``workato.api_collections``."""
    def list(self, *, per_page: int | None = None) -> Pages[ApiCollection]:
        """List the API collections. ``GET /api/api_collections``, 60 a minute, at most 100 per page."""
    def create(
        self,
        *,
        name: str,
        project_id: int | str | Project | None = None,
        proxy_connection_id: int | Connection | None = None,
        openapi_spec: OpenApiSpec | None = None,
    ) -> ApiCollection:
        """Create a collection, empty or from an OpenAPI document."""
    def delete(self, api_collection_id: int | ApiCollection) -> JsonObject:
        """Delete a collection. ``DELETE /api/api_collections/{id}``, 60 a minute. Idempotent."""

class _ApiEndpoints:
    """Endpoints of API collections: ``workato.api_endpoints``."""
    def list(
        self, *, api_collection_id: int | ApiCollection | None = None, per_page: int | None = None
    ) -> Pages[ApiEndpoint]:
        """List API endpoints. ``GET /api/api_endpoints``, 60 a minute, at most 100 per page."""
    def create(
        self, api_collection_id: int | ApiCollection, *, name: str, method: str, path: str, flow_id: int | str | Recipe
    ) -> ApiEndpoint:
        """Create an endpoint in a collection."""
    def enable(self, api_endpoint_id: int | ApiEndpoint) -> None:
        """Enable an endpoint, whose recipe must be running."""
    def disable(self, api_endpoint_id: int | ApiEndpoint) -> None:
        """Disable an endpoint. ``PUT /api/api_endpoints/{api_endpoint_id}/disable``, 60 a minute. Idempotent."""

class _ApiPortals:
    """API portals: ``workato.api_portals``."""
    def list(self) -> Pages[JsonObject]:
        """List the API portals, in one page. ``GET /api/v2/api_portals``, 60 a minute."""

class _CertBundles:
    """Certificate bundles, against which client certificates are checked: ``workato.cert_bundles``."""
    def list(self) -> JsonObject:
        """List the certificate bundles. ``GET /api/cert_bundles``, 60 a minute."""
    def create(self, *, body: Mapping[str, Any]) -> JsonObject:
        """Create a bundle. ``POST /api/cert_bundles``, 60 a minute. Not idempotent."""
    def download(self, cert_bundle_id: int | JsonObject, path: str | PathLike[str], *, max_bytes: int = ...) -> Path:
        """Download a bundle to a file. ``GET /api/cert_bundles/{cert_bundle_id}``, 60 a minute."""
    def update(self, cert_bundle_id: int | JsonObject, *, body: Mapping[str, Any]) -> JsonObject:
        """Update a bundle. ``PUT /api/cert_bundles/{cert_bundle_id}``, 60 a minute. Idempotent."""
    def delete(self, cert_bundle_id: int | JsonObject) -> JsonObject:
        """Delete a bundle. ``DELETE /api/cert_bundles/{cert_bundle_id}``, 60 a minute. Idempotent."""

class _ApiClients:
    """Clients of the API platform: ``workato.api_clients``."""
    def list(
        self,
        *,
        project_id: int | Project | None = None,
        cert_bundle_ids: Sequence[int | JsonObject] | None = None,
        per_page: int | None = None,
    ) -> Pages[ApiClient]:
        """List the clients. ``GET /api/v2/api_clients``, 60 a minute, at most 100 per page."""
    def create(
        self,
        *,
        name: str,
        api_collection_ids: Sequence[int | ApiCollection],
        auth_type: AuthType,
        description: str | None = None,
        project_id: int | Project | None = None,
        api_portal_id: int | JsonObject | None = None,
        email: str | None = None,
        api_policy_id: int | None = None,
        jwt_method: JwtMethod | None = None,
        jwt_secret: str | None = None,
        oidc_issuer: str | None = None,
        oidc_jwks_uri: str | None = None,
        access_profile_claim: str | None = None,
        required_claims: Sequence[str] | None = None,
        allowed_issuers: Sequence[str] | None = None,
        mtls_enabled: bool | None = None,
        validation_formula: str | None = None,
        cert_bundle_ids: Sequence[int | JsonObject] | None = None,
    ) -> ApiClient:
        """Create a client. ``POST /api/v2/api_clients``, 60 a minute. Not idempotent."""
    def get(self, api_client_id: int | ApiClient) -> ApiClient:
        """Get a client. ``GET /api/v2/api_clients/{api_client_id}``, 60 a minute."""
    def update(
        self,
        api_client_id: int | ApiClient,
        *,
        name: str | Unset | None = ...,
        api_collection_ids: Sequence[int | ApiCollection] | Unset | None = ...,
        auth_type: AuthType | Unset | None = ...,
        description: str | Unset | None = ...,
        project_id: int | Project | Unset | None = ...,
        api_portal_id: int | JsonObject | Unset | None = ...,
        email: str | Unset | None = ...,
        api_policy_id: int | Unset | None = ...,
        jwt_method: JwtMethod | Unset | None = ...,
        jwt_secret: str | Unset | None = ...,
        oidc_issuer: str | Unset | None = ...,
        oidc_jwks_uri: str | Unset | None = ...,
        access_profile_claim: str | Unset | None = ...,
        required_claims: Sequence[str] | Unset | None = ...,
        allowed_issuers: Sequence[str] | Unset | None = ...,
        mtls_enabled: bool | Unset | None = ...,
        validation_formula: str | Unset | None = ...,
        cert_bundle_ids: Sequence[int | JsonObject] | Unset | None = ...,
    ) -> ApiClient:
        """Update a client. ``PUT /api/v2/api_clients/{api_client_id}``, 60 a minute. Idempotent."""
    def delete(self, api_client_id: int | ApiClient) -> None:
        """Delete a client. ``DELETE /api/v2/api_clients/{api_client_id}``, 60 a minute. Idempotent."""

class _ApiKeys:
    """Keys of the clients of the API platform: ``workato.api_keys``."""
    def list(self, api_client_id: int | ApiClient, *, per_page: int | None = None) -> Pages[ApiKey]:
        """List the keys of a client, without their secrets."""
    def create(
        self,
        api_client_id: int | ApiClient,
        *,
        name: str,
        active: bool,
        ip_allow_list: Sequence[str] | None = None,
        ip_deny_list: Sequence[str] | None = None,
    ) -> ApiKey:
        """Create a key; ``auth_token`` of the response is shown only once."""
    def update(
        self,
        api_client_id: int | ApiClient,
        api_key_id: int | ApiKey,
        *,
        name: str | Unset | None = ...,
        active: bool | Unset | None = ...,
        ip_allow_list: Sequence[str] | Unset | None = ...,
        ip_deny_list: Sequence[str] | Unset | None = ...,
    ) -> ApiKey:
        """Update a key. ``PUT /api/v2/api_clients/{api_client_id}/api_keys/{api_key_id}``, 60 a minute. Idempotent."""
    def delete(self, api_client_id: int | ApiClient, api_key_id: int | ApiKey) -> None:
        """Delete a key."""
    def enable(self, api_client_id: int | ApiClient, api_key_id: int | ApiKey) -> None:
        """Enable a key."""
    def disable(self, api_client_id: int | ApiClient, api_key_id: int | ApiKey) -> None:
        """Disable a key."""
    def refresh_secret(self, api_client_id: int | ApiClient, api_key_id: int | ApiKey) -> ApiKey:
        """Replace the secret of a key; ``auth_token`` of the response is shown only once."""

class _ApiClientsV1:
    """Clients of the API platform, version 1: ``workato.api_clients_v1``. Deprecated: use ``workato.api_clients``."""
    def list(self) -> Pages[ApiClientV1]:
        """List the clients, in one page. ``GET /api/api_clients``, 60 a minute."""
    def create(self, *, name: str, project_id: int | str | Project) -> JsonObject:
        """Create a client. ``POST /api/api_clients``, 60 a minute. Not idempotent."""

class _ApiAccessProfiles:
    """Access profiles: ``workato.api_access_profiles``. Deprecated: use ``workato.api_keys``."""
    def list(
        self, *, api_client_id: int | str | ApiClientV1 | None = None, per_page: int | None = None
    ) -> Pages[ApiAccessProfile]:
        """List access profiles. ``GET /api/api_access_profiles``, 60 a minute, at most 100 per page."""
    def create(
        self,
        *,
        name: str,
        api_collection_ids: Sequence[int | ApiCollection],
        active: bool,
        auth_type: api_platform_v1_AuthType,
        api_client_id: int | str | ApiClientV1 | None = None,
        jwt_method: api_platform_v1_JwtMethod | None = None,
        jwt_secret: str | None = None,
        ip_allow_list: Sequence[str] | None = None,
        oidc_issuer: str | None = None,
        oidc_jwks_uri: str | None = None,
        access_profile_claim: str | None = None,
        required_claims: str | None = None,
        allowed_issuers: str | None = None,
    ) -> ApiAccessProfile:
        """Create an access profile. ``POST /api/api_access_profiles``, 60 a minute. Not idempotent."""
    def update(
        self,
        api_access_profile_id: int | ApiAccessProfile,
        *,
        name: str,
        api_collection_ids: Sequence[int | ApiCollection],
        active: bool,
        auth_type: api_platform_v1_AuthType,
        jwt_method: api_platform_v1_JwtMethod | Unset | None = ...,
        jwt_secret: str | Unset | None = ...,
        ip_allow_list: Sequence[str] | Unset | None = ...,
        oidc_issuer: str | Unset | None = ...,
        oidc_jwks_uri: str | Unset | None = ...,
        access_profile_claim: str | Unset | None = ...,
        required_claims: str | Unset | None = ...,
        allowed_issuers: str | Unset | None = ...,
    ) -> ApiAccessProfile:
        """Update an access profile as a whole."""
    def enable(self, api_access_profile_id: int | ApiAccessProfile) -> None:
        """Enable an access profile."""
    def disable(self, api_access_profile_id: int | ApiAccessProfile) -> None:
        """Disable an access profile."""
    def refresh_secret(self, access_profile_id: int | ApiAccessProfile) -> ApiAccessProfile:
        """Replace the token or the secret of an access profile; not for profiles that use JSON Web Tokens."""

class _IamAppLinks:
    """Links to apps: ``workato.iam.app_links``."""
    def list(self) -> JsonObject:
        """List the app links of the environment. ``GET /api/iam/app_links``, 60 a minute."""
    def create(self, *, body: Mapping[str, Any]) -> JsonObject:
        """Create an app link. ``POST /api/iam/app_links``, 60 a minute. Not idempotent."""
    def delete(self, app_link_id: str | JsonObject) -> JsonObject:
        """Delete an app link. ``DELETE /api/iam/app_links/{id}``, 60 a minute. Idempotent."""
    def delete_many(self, *, ids: Sequence[str | JsonObject]) -> JsonObject:
        """Delete several app links. ``DELETE /api/iam/app_links``, 60 a minute. Idempotent."""

class _IamUserGroups:
    """Groups of end users: ``workato.iam.user_groups``."""
    def list(self, *, query: str | None = None) -> Pages[IamUserGroup]:
        """List the groups of the environment, in one page. ``GET /api/iam/user_groups``, 60 a minute."""
    def get(self, user_group_id: str | IamUserGroup | JsonObject) -> IamUserGroup:
        """Get a group. ``GET /api/iam/user_groups/{user_group_id}``, 60 a minute."""
    def create(self, *, name: str | None = None, body: Mapping[str, Any] | None = None) -> IamUserGroup:
        """Create a group. ``POST /api/iam/user_groups``, 60 a minute. Not idempotent."""
    def update(self, user_group_id: str | IamUserGroup | JsonObject, *, body: Mapping[str, Any]) -> IamUserGroup:
        """Update a group. ``PUT /api/iam/user_groups/{user_group_id}``, 60 a minute. Idempotent."""
    def delete(self, user_group_id: str | IamUserGroup | JsonObject) -> JsonObject:
        """Delete a group. ``DELETE /api/iam/user_groups/{user_group_id}``, 60 a minute. Idempotent."""
    def add_users(self, user_group_id: str | IamUserGroup | JsonObject, *, body: Mapping[str, Any]) -> JsonObject:
        """Add users to a group. ``POST /api/iam/user_groups/{user_group_id}/add_users``, 60 a minute. Idempotent."""
    def remove_users(self, user_group_id: str | IamUserGroup | JsonObject, *, body: Mapping[str, Any]) -> JsonObject:
        """Remove users from a group."""
    def members(self, user_group_id: str | IamUserGroup | JsonObject) -> JsonObject:
        """List the members of a group. ``GET /api/iam/user_groups/{user_group_id}/members``, 60 a minute."""

class _IamUsers:
    """End users: ``workato.iam.users``."""
    def list(
        self,
        *,
        query: str | None = None,
        emails: Sequence[str] | None = None,
        user_ids: Sequence[str | IamUser | JsonObject] | None = None,
        name: str | None = None,
        user_group_ids: Sequence[str | IamUserGroup | JsonObject] | None = None,
        environment_id: str | None = None,
    ) -> Pages[IamUser]:
        """List the users, in one page. ``GET /api/iam/users``, 60 a minute."""
    def get(self, user_id: str | IamUser | JsonObject) -> IamUser:
        """Get a user. ``GET /api/iam/users/{user_id}``, 60 a minute."""
    def create(
        self, *, email: str | None = None, full_name: str | None = None, body: Mapping[str, Any] | None = None
    ) -> IamUser:
        """Create a user, or several. ``POST /api/iam/users``, 60 a minute. Not idempotent."""
    def update(self, user_id: str | IamUser | JsonObject, *, body: Mapping[str, Any]) -> IamUser:
        """Update a user. ``PUT /api/iam/users/{user_id}``, 60 a minute. Idempotent."""
    def delete(self, user_id: str | IamUser | JsonObject) -> JsonObject:
        """Delete a user. ``DELETE /api/iam/users/{user_id}``, 60 a minute. Idempotent."""
    def add_to_group(
        self,
        user_id: str | IamUser | JsonObject,
        *,
        user_group_id: str | IamUserGroup | JsonObject | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> JsonObject:
        """Add a user to a group. ``POST /api/iam/users/{user_id}/add_to_group``, 60 a minute. Idempotent."""
    def remove_from_group(self, user_id: str | IamUser | JsonObject, *, body: Mapping[str, Any]) -> JsonObject:
        """Remove a user from a group. ``POST /api/iam/users/{user_id}/remove_from_group``, 60 a minute. Idempotent."""

class _Iam:
    """Workato Identity: ``workato.iam``, with ``.users``, ``.user_groups`` and ``.app_links``."""

    app_links: _IamAppLinks
    user_groups: _IamUserGroups
    users: _IamUsers

class _DataTables:
    """Data tables: ``workato.data_tables``."""
    def list(self, *, per_page: int | None = None) -> Pages[DataTable]:
        """List the data tables. ``GET /api/data_tables``, 60 a minute, at most 100 per page."""
    def get(self, data_table_id: str | DataTable) -> DataTable:
        """Get one table. ``GET /api/data_tables/{data_table_id}``, 60 a minute."""
    def create(self, *, name: str, folder_id: int | Folder, schema: Sequence[Mapping[str, object]]) -> DataTable:
        """Create a table. ``POST /api/data_tables``, 60 a minute. Not idempotent."""
    def update(
        self,
        data_table_id: str | DataTable,
        *,
        name: str | Unset | None = ...,
        folder_id: int | Folder | Unset | None = ...,
        schema: Sequence[Mapping[str, object]] | Unset | None = ...,
    ) -> DataTable:
        """Update a table: its name, folder or columns; fields not given stay unchanged."""
    def delete(self, data_table_id: str | DataTable) -> None:
        """Delete a table and its records. ``DELETE /api/data_tables/{data_table_id}``, 60 a minute. Idempotent."""
    def truncate(self, data_table_id: str | DataTable) -> None:
        """Delete all records of a table and keep its columns."""

class _DataTableRecords:
    """Records of data tables: ``workato.data_table_records``."""
    def query(
        self,
        data_table_id: str | DataTable,
        *,
        select: Sequence[str] | None = None,
        where: Mapping[str, object] | None = None,
        order: str | Mapping[str, object] | None = None,
        timezone_offset_secs: int | None = None,
        per_page: int | None = None,
    ) -> Pages[Record]:
        """Query the records of a table."""
    def table(self, data_table_id: str | DataTable) -> RecordTable:
        """Get a table with the fields of its records. ``GET /api/v1/tables/{id}``, 60 a minute."""
    def create(self, data_table_id: str | DataTable, *, document: Mapping[str, object]) -> JsonObject:
        """Create a record. ``POST /api/v1/tables/{data_table_id}/records``, 60 a minute. Not idempotent."""
    def update(
        self, data_table_id: str | DataTable, record_id: str | Record, *, document: Mapping[str, object]
    ) -> JsonObject:
        """Update a record. ``PUT /api/v1/tables/{data_table_id}/records/{record_id}``, 60 a minute. Idempotent."""
    def delete(self, data_table_id: str | DataTable, record_id: str | Record) -> None:
        """Delete a record. ``DELETE /api/v1/tables/{data_table_id}/records/{record_id}``, 60 a minute. Idempotent."""
    def file_upload(self, data_table_id: str | DataTable, field_id: str) -> JsonObject:
        """Create a link to upload a file for a field of type ``file``."""
    def file_download(self, data_table_id: str | DataTable, record_id: str | Record, field_id: str) -> JsonObject:
        """Get a link to download the file of a record."""

class _EventTopics:
    """Topics of event streams: ``workato.event_topics``. A workspace has at most 20."""
    def list(self, *, name: str | None = None, per_page: int | None = None) -> Pages[EventTopic]:
        """List the topics. ``GET /api/event_streams/topics``, 60 a minute, at most 100 per page."""
    def create(
        self,
        *,
        name: str,
        schema: Sequence[Mapping[str, object]],
        retention: int | None = None,
        description: str | None = None,
    ) -> EventTopic:
        """Create a topic. ``POST /api/event_streams/topics``, 60 a minute. Not idempotent."""
    def get(self, topic_id: int | EventTopic) -> EventTopic:
        """Get one topic. ``GET /api/event_streams/topics/{topic_id}``, 60 a minute."""
    def update(
        self,
        topic_id: int | EventTopic,
        *,
        name: str | Unset | None = ...,
        schema: Sequence[Mapping[str, object]] | Unset | None = ...,
        retention: int | Unset | None = ...,
        description: str | Unset | None = ...,
    ) -> EventTopic:
        """Update a topic; fields not given stay unchanged."""
    def purge(self, topic_id: int | EventTopic) -> JsonObject:
        """Delete all messages of a topic."""
    def delete(self, topic_id: int | EventTopic) -> JsonObject:
        """Delete a topic and its messages. ``DELETE /api/event_streams/topics/{topic_id}``, 60 a minute. Idempotent."""

class _EventMessages:
    """Messages of event streams: ``workato.event_messages``. All methods share one quota, which is not documented."""
    def consume(
        self,
        topic_id: int | EventTopic,
        *,
        after_message_id: str | Message | None = None,
        since_time: datetime | str | None = None,
        timeout_secs: int | None = None,
        per_page: int | None = None,
    ) -> Pages[Message]:
        """List the messages of a topic, oldest first, until there are no more."""
    def publish(self, topic_id: int | EventTopic, payload: Mapping[str, object]) -> MessagePublished:
        """Publish a message. ``POST /api/v1/topics/{topic_id}/publish``, 60 a minute. Not idempotent."""
    def publish_batch(self, topic_id: int | EventTopic, *, payloads: Sequence[Mapping[str, object]]) -> JsonObject:
        """Publish up to 100 messages at once."""

class _CustomConnectors:
    """Custom connectors: ``workato.custom_connectors``. A workspace has at most 150."""
    def list(self, *, title: str | None = None, oem_shared: bool | None = None) -> Pages[CustomConnector]:
        """List the connectors, in one page. ``GET /api/custom_connectors``, 1 a second."""
    def search(self, *, title: str) -> Pages[CustomConnector]:
        """Search connectors by title, in one page. ``GET /api/custom_connectors/search``, 1 a second."""
    def get(self, connector_id: int | CustomConnector) -> CustomConnector:
        """Get a connector. ``GET /api/custom_connectors/{id}``, 1 a second."""
    def code(self, connector_id: int | CustomConnector) -> ConnectorCode:
        """Get the source code of a connector. ``GET /api/custom_connectors/{id}/code``, 1 a second."""
    def create(
        self, *, title: str, code: str, description: str | None = None, note: str | None = None, logo: str | None = None
    ) -> CustomConnector:
        """Create a connector; it is not released yet. ``POST /api/custom_connectors``, 1 a second. Not idempotent."""
    def update(
        self,
        connector_id: int | CustomConnector,
        *,
        title: str | Unset | None = ...,
        code: str | Unset | None = ...,
        description: str | Unset | None = ...,
        note: str | Unset | None = ...,
        logo: str | Unset | None = ...,
    ) -> CustomConnector:
        """Update a connector, which makes a new version; fields not given stay unchanged."""
    def release(self, connector_id: int | CustomConnector) -> ConnectorReply:
        """Release the newest version. ``POST /api/custom_connectors/{id}/release``, 1 a second. Idempotent."""
    def share(self, connector_id: int | CustomConnector) -> ConnectorReply:
        """Share the newest release. ``POST /api/custom_connectors/{id}/share``, 1 a second. Idempotent."""
    def validate_code(self, *, code: str) -> CodeValidation:
        """Check the code of a connector, without storing it."""

class _Sdk:
    """The connector SDK's schema generators: ``workato.sdk``."""
    def generate_schema_json(self, *, sample: str) -> Pages[SchemaField]:
        """Derive a schema from JSON, in one page. ``POST /api/sdk/generate_schema/json``, 60 a minute. Idempotent."""
    def generate_schema_csv(self, *, sample: str, col_sep: Separator | None = None) -> Pages[SchemaField]:
        """Derive a schema from CSV, in one page. ``POST /api/sdk/generate_schema/csv``, 60 a minute. Idempotent."""

class _CustomOAuthProfiles:
    """Custom OAuth profiles: ``workato.custom_oauth_profiles``."""
    def list(self, *, per_page: int | None = None) -> Pages[CustomOAuthProfile]:
        """List the profiles. ``GET /api/custom_oauth_profiles``, 60 a minute, at most 100 per page."""
    def get(self, profile_id: int | CustomOAuthProfile) -> CustomOAuthProfile:
        """Get one profile. ``GET /api/custom_oauth_profiles/{id}``, 60 a minute."""
    def create(self, *, name: str, provider: str, data: Mapping[str, str]) -> CustomOAuthProfile:
        """Create a profile. ``POST /api/custom_oauth_profiles``, 60 a minute. Not idempotent."""
    def update(
        self, profile_id: int | CustomOAuthProfile, *, name: str, provider: str, data: Mapping[str, str]
    ) -> CustomOAuthProfile:
        """Update a profile as a whole, secret included."""
    def delete(self, profile_id: int | CustomOAuthProfile) -> None:
        """Delete a profile. ``DELETE /api/custom_oauth_profiles/{id}``, 60 a minute. Idempotent."""

class _CustomerExports:
    """Exports of packages from a customer's workspace: ``workato.customers.exports``."""
    def create(self, customer_id: int | str | Customer, manifest_id: int | ExportManifest) -> Operation[Package]:
        """Create an export."""
    def get(self, customer_id: int | str | Customer, export_id: int | Package) -> Package:
        """Get the state of an export. ``GET /api/managed_users/{id}/exports/{export_id}``, 60 a minute."""

class _CustomerImports:
    """Imports of packages into a customer's workspace: ``workato.customers.imports``."""
    def create(
        self,
        customer_id: int | str | Customer,
        package: bytes | str | PathLike[str],
        *,
        folder_id: int | str | Folder,
        restart_recipes: bool | None = None,
    ) -> Operation[Package]:
        """Create an import. ``POST /api/managed_users/{id}/imports``, 60 a minute. Not idempotent."""
    def get(self, customer_id: int | str | Customer, import_id: int | Package) -> Package:
        """Get the state of an import. ``GET /api/managed_users/{id}/imports/{import_id}``, 60 a minute."""

class _CustomerMembers:
    """Members of a customer's workspace: ``workato.customers.members``."""
    def list(self, customer_id: int | str | Customer, *, per_page: int | None = None) -> Pages[Member]:
        """List the members. ``GET /api/managed_users/{id}/members``, 60 a minute, at most 100 per page."""
    def get(self, customer_id: int | str | Customer, member_id: int | str | Member) -> Member:
        """Get a member. ``GET /api/managed_users/{id}/members/{member_id}``, 60 a minute."""
    def create(
        self,
        customer_id: int | str | Customer,
        *,
        name: str,
        email: str | None = None,
        oauth_id: str | None = None,
        external_id: str | None = None,
        role_name: str | None = None,
        env_roles: Sequence[Mapping[str, str]] | None = None,
    ) -> Member:
        """Create a member. ``POST /api/managed_users/{id}/members``, 60 a minute. Not idempotent."""
    def update(
        self,
        customer_id: int | str | Customer,
        member_id: int | str | Member,
        *,
        name: str | Unset = ...,
        external_id: str | Unset | None = ...,
        role_name: str | Unset = ...,
        env_roles: Sequence[Mapping[str, str]] | Unset = ...,
    ) -> Member:
        """Update a member. ``PUT /api/managed_users/{id}/members/{member_id}``, 60 a minute. Idempotent."""
    def delete(self, customer_id: int | str | Customer, member_id: int | str | Member) -> None:
        """Delete a member from the workspace."""
    def privileges(self, customer_id: int | str | Customer, member_id: int | str | Member) -> JsonObject:
        """List the privileges of a member. ``GET /api/managed_users/{id}/members/{member_id}/privileges``, 60 a minute."""

class _CustomerStatistics:
    """Usage of customers' workspaces: ``workato.customers.statistics``."""
    def usage(self, *, body: Mapping[str, Any] | None = None) -> JsonObject:
        """Get the tasks, recipes and jobs of customers in a time frame."""
    def connection_usage(self, *, body: Mapping[str, Any] | None = None) -> JsonObject:
        """Get the usage of customers' connections."""

class _Customers:
    """Customers of an Embed admin workspace: ``workato.customers``."""

    exports: _CustomerExports
    imports: _CustomerImports
    members: _CustomerMembers
    statistics: _CustomerStatistics
    def list(self, *, per_page: int | None = None) -> Pages[Customer]:
        """List the customers. ``GET /api/managed_users``, 60 a minute, at most 100 per page."""
    def get(self, customer_id: int | str | Customer) -> Customer:
        """Get a customer. ``GET /api/managed_users/{id}``, 60 a minute."""
    def create(
        self,
        *,
        name: str,
        notification_email: str,
        external_id: str | None = None,
        plan_id: str | None = None,
        origin_url: str | None = None,
    ) -> Customer:
        """Create a customer and its workspace. ``POST /api/managed_users``, 1,000 a minute. Not idempotent."""
    def update(
        self,
        customer_id: int | str | Customer,
        *,
        name: str | Unset = ...,
        notification_email: str | Unset = ...,
        external_id: str | Unset | None = ...,
        plan_id: str | Unset | None = ...,
        origin_url: str | Unset | None = ...,
    ) -> Customer:
        """Update a customer. ``PUT /api/managed_users/{id}``, 60 a minute. Idempotent."""
    def delete(self, customer_id: int | str | Customer) -> None:
        """Delete a customer and its workspace. ``DELETE /api/managed_users/{id}``, 60 a minute. Idempotent."""
    def provision_environments(
        self, customer_id: int | str | Customer, *, body: Mapping[str, Any] | None = None
    ) -> JsonObject:
        """Provision the environments of a customer: development, test and production."""
    def usage(self) -> JsonObject:
        """Get the tasks that all customers used, by month. ``GET /api/managed_users/usage``, 1,000 a minute."""
    def connection_input_schema(self, customer_id: int | str | Customer, adapter_name: str) -> JsonObject:
        """Get the fields of a connection."""
    def connector_input_schema(self, customer_id: int | str | Customer, connector_name: str) -> JsonObject:
        """Get the fields of a connector's connections."""
    def pick_list(
        self,
        customer_id: int | str | Customer,
        connection_id: int | Connection,
        *,
        pick_list_name: str,
        pick_list_params: JsonObject | None = None,
    ) -> tuple[Choice, ...]:
        """Get the values of a connector's pick list through a connection of a customer."""
    def invite(
        self,
        customer_id: int | str | Customer,
        *,
        name: str,
        email: str,
        role_name: str | None = None,
        env_roles: Sequence[Mapping[str, str]] | None = None,
    ) -> JsonObject:
        """Invite a person by e-mail. ``POST /api/managed_users/{id}/member_invitations``, 60 a minute. Not idempotent."""

class Pages(Generic[_T]):
    """A list of the API: iterate over it, or call ``collect()`` for a list."""
    def __iter__(self) -> Iterator[_T]: ...
    def from_cursor(self, cursor: str | None) -> Pages[_T]:
        """Return the same list from a page's ``cursor`` on; None returns it from the start."""
    def page(self, cursor: str | None = None) -> Page[_T]:
        """Fetch one page, without fetching the next one ahead. One request."""
    def pages(self) -> Iterator[Page[_T]]:
        """Iterate over the pages; the next one is fetched while you work on this one."""
    def collect(self, *, limit: int | None = None) -> list[_T]:
        """Fetch the items into a list."""
    def first(self) -> _T | None:
        """Fetch the first item; None if the list is empty. One request."""

class Operation(Generic[_T]):
    """A long-running operation on the server: ``start()`` starts it, ``wait()`` also waits for its end."""
    def start(self) -> _T:
        """Start the operation, unless it was started, and return its first state."""
    def wait(self, *, timeout: float = ..., on_progress: Callable[[_T], object] | None = None) -> _T:
        """Start the operation unless it was started, poll it until it ends, and return its last state."""

class Watch(Generic[_T]):
    """New items, for as long as you iterate over it: leaving the loop, or Ctrl-C, stops it."""
    def __iter__(self) -> Iterator[_T]:
        """Iterate over the items; leaving the loop ends what is fetched ahead."""
    def __next__(self) -> _T:
        """Return the next item; end it with ``aclose()``."""
    @property
    def cursor(self) -> str:
        """What was handed over, up to and including the last item: a short JSON text."""
    @property
    def has_begun(self) -> bool:
        """Whether this watch or an earlier one has finished a poll: from then on, the cursor covers what comes."""
    def aclose(self) -> None:
        """Stop what ``anext`` began."""

class Api:
    """The resources of the API: what a session and its views have in common."""

    recipes: _Recipes
    jobs: _Jobs
    connections: _Connections
    folders: _Folders
    projects: _Projects
    project_builds: _ProjectBuilds
    deployments: _Deployments
    lookup_tables: _LookupTables
    project_roles: _ProjectRoles
    environment_roles: _EnvironmentRoles
    roles: _Roles
    roles_migration: _RolesMigration
    developer_api_clients: _DeveloperApiClients
    developer_api_client_roles: _DeveloperApiClientRoles
    on_prem_groups: _OnPremGroups
    on_prem_agents: _OnPremAgents
    insights: _Insights
    activity_logs: _ActivityLogs
    workspace: _WorkspaceDetails
    properties: _Properties
    members: _Members
    user_groups: _UserGroups
    project_grants: _ProjectGrants
    export_manifests: _ExportManifests
    packages: _Packages
    tags: _Tags
    tags_assignments: _TagsAssignments
    secrets: _Secrets
    test_cases: _TestCases
    connectors: _Connectors
    genies: _Genies
    genie_clients: _GenieClients
    knowledge_bases: _KnowledgeBases
    skills: _Skills
    mcp_servers: _McpServers
    mcp: _Mcp
    api_collections: _ApiCollections
    api_endpoints: _ApiEndpoints
    api_portals: _ApiPortals
    cert_bundles: _CertBundles
    api_clients: _ApiClients
    api_keys: _ApiKeys
    api_clients_v1: _ApiClientsV1
    api_access_profiles: _ApiAccessProfiles
    iam: _Iam
    data_tables: _DataTables
    data_table_records: _DataTableRecords
    event_topics: _EventTopics
    event_messages: _EventMessages
    custom_connectors: _CustomConnectors
    sdk: _Sdk
    custom_oauth_profiles: _CustomOAuthProfiles
    customers: _Customers
    def options(
        self,
        *,
        timeout: float | None = None,
        max_wait: float | None = None,
        deadline: float | None = None,
        retry: RetryPolicy | None = None,
        priority: Priority | Literal["interactive", "normal", "bulk"] = "normal",
    ) -> Api:
        """Return a view of this session with different options; it shares connections, limiter and retry budget."""
    def customer(self, customer_id: int | str | Customer, environment: Environment | None = None) -> Api:
        """Return a view of this session for the workspace of one customer, with the same resources: the Embedded API."""
    @property
    def base_url(self) -> str:
        """The root of the API that the session calls, e.g. ``https://app.eu.workato.com``."""
    def call(
        self, endpoint: Endpoint[_T], *arguments: PathArgument, query: Query | None = None, body: object = None
    ) -> _T:
        """Call the endpoint that you describe; paced, retried and decoded like the call of a resource method."""
    def pages(
        self,
        endpoint: Endpoint[_T],
        *arguments: PathArgument,
        query: Mapping[str, Any] | None = None,
        per_page: int | None = None,
    ) -> Pages[_T]:
        """Return the pages of the list that you describe; nothing is sent before you read it."""
    def request(
        self, method: str, path: str, *, query: Query | None = None, body: object = None, idempotent: bool | None = None
    ) -> Any:
        """Call any endpoint, even one that this package does not know; paced like every other call."""
    def access_review(self, *, sign_ins: timedelta | None = ...) -> AccessReview:
        """Report who may do what: collaborators, their groups, roles and privileges, and API clients."""

class Workato(Api):
    """The Workato Developer API, inside its quotas, without ``await``."""
    def __init__(
        self,
        token: str | TokenProvider | None = None,
        *,
        data_center: str | None = None,
        base_url: str | None = None,
        limiter: Limiter | Callable[[], Limiter] | None = None,
        retry: RetryPolicy = ...,
        timeout: float = ...,
        max_connections: int = 100,
        on_event: OnEvent | None = None,
        ssl: ssl_module.SSLContext | None = None,
        proxy: str | None = None,
        max_body: int = ...,
        data_tables_url: str | None = None,
        event_streams_url: str | None = None,
    ) -> None: ...
    @property
    def limiter(self) -> Limiter:
        """What keeps the calls inside their quotas."""
    @property
    def session(self) -> WorkatoSession:
        """The session that does the work in this process, for coroutine functions given to ``run``."""
    @property
    def closed(self) -> bool:
        """Whether it was closed."""
    def run(self, function: Callable[_P, Awaitable[_T]], /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Run a coroutine function on the event loop, and return its result: the way into asynchronous code."""
    def iterate(
        self, function: Callable[_P, AsyncIterable[_T]], /, *args: _P.args, **kwargs: _P.kwargs
    ) -> Generator[_T, None, None]:
        """Iterate over what an async generator function yields, or over another async iterable that a function makes."""
    def add_listener(
        self, callback: Callable[[Event], object], *, thread: Literal["caller", "loop"] = "caller"
    ) -> Callable[[], None]:
        """Call a function with every record of ``workato_async.events``."""
    def close(self) -> None:
        """Close the connections, and end the thread if no other Workato uses it. Closing again does nothing."""
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...
    @overload
    def fan_out(
        self, function: Callable[[_T], Pages[_R]], items: Iterable[_T], *, concurrency: int = 64, ordered: bool = False
    ) -> Generator[Outcome[_T, list[_R]], None, None]: ...
    @overload
    def fan_out(
        self,
        function: Callable[[_T], Operation[_R]],
        items: Iterable[_T],
        *,
        concurrency: int = 64,
        ordered: bool = False,
    ) -> Generator[Outcome[_T, _R], None, None]: ...
    @overload
    def fan_out(
        self,
        function: Callable[[_T], Coroutine[Any, Any, _R]],
        items: Iterable[_T],
        *,
        concurrency: int = 64,
        ordered: bool = False,
    ) -> Generator[Outcome[_T, _R], None, None]: ...
    @overload
    def fan_out(
        self, function: Callable[[_T], _R], items: Iterable[_T], *, concurrency: int = 64, ordered: bool = False
    ) -> Generator[Outcome[_T, _R], None, None]:
        """Call a function for every item, at most ``concurrency`` at a time, and yield the outcomes."""

class Mirror:
    """A mirror of a workspace in a database. Use it as ``with Mirror(workato, url) as mirror``."""
    def __init__(self, workato: Workato, url: str, *, on_progress: Callable[[Any], object] | None = None) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...
    def exists(self) -> bool:
        """Whether the database contains a mirror. Entering the mirror creates one; this creates nothing."""
    def run(
        self,
        streams: Iterable[str] | None = None,
        *,
        full: bool = False,
        allow_deletions: bool = False,
        on_progress: OnProgress | None = None,
    ) -> MirrorReport:
        """Bring the database up to date, once."""
    def follow(
        self,
        *,
        every: Duration,
        full_every: Duration | None = None,
        streams: Iterable[str] | None = None,
        on_progress: OnProgress | None = None,
        on_report: OnReport | None = None,
    ) -> NoReturn:
        """Keep the database up to date, until cancelled."""
    def status(self) -> Sequence[StreamStatus]:
        """Return what the database holds and what is due, per stream. Nothing is sent."""
    def export(
        self,
        stream: str,
        path: str | os.PathLike[str],
        *,
        format: str | None = None,
        since: datetime | None = None,
        deleted: bool = False,
    ) -> int:
        """Write a stream to a file, and return the number of rows. Nothing is sent, and memory stays flat."""
    def write_report(self, path: str | os.PathLike[str], *, since: datetime | None = None) -> None:
        """Write an HTML report: jobs, failures, lost connections, and what is incomplete. Nothing is sent."""
    def add_listener(self, listener: OnStatus) -> Callable[[], None]:
        """Call a function with the result of ``status`` after every pass; return a function that removes it."""
