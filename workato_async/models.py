"""Every model, importable from one place: ``from workato_async.models import Recipe, Job``.

A name loads only the module that defines its class. Written by ``python -m tests.support.models_module``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workato_async.resources.activity_logs.models import ActivityLog as ActivityLog
    from workato_async.resources.activity_logs.models import ActivityResource as ActivityResource
    from workato_async.resources.activity_logs.models import ActivityUser as ActivityUser
    from workato_async.resources.activity_logs.models import ActivityWorkspace as ActivityWorkspace
    from workato_async.resources.api_keys import ApiKey as ApiKey
    from workato_async.resources.api_platform import ApiCollection as ApiCollection
    from workato_async.resources.api_platform import ApiEndpoint as ApiEndpoint
    from workato_async.resources.api_platform import ImportResults as ImportResults
    from workato_async.resources.api_platform_clients import ApiClient as ApiClient
    from workato_async.resources.api_platform_v1 import ApiAccessProfile as ApiAccessProfile
    from workato_async.resources.api_platform_v1 import ApiClientV1 as ApiClientV1
    from workato_async.resources.connections import AuthorizationUrl as AuthorizationUrl
    from workato_async.resources.connections import Connection as Connection
    from workato_async.resources.connections import RuntimeUserConnection as RuntimeUserConnection
    from workato_async.resources.connectors import Connector as Connector
    from workato_async.resources.connectors import ConnectorOperation as ConnectorOperation
    from workato_async.resources.custom_connectors import CodeValidation as CodeValidation
    from workato_async.resources.custom_connectors import ConnectorCode as ConnectorCode
    from workato_async.resources.custom_connectors import ConnectorRelease as ConnectorRelease
    from workato_async.resources.custom_connectors import ConnectorReply as ConnectorReply
    from workato_async.resources.custom_connectors import CustomConnector as CustomConnector
    from workato_async.resources.custom_connectors import SchemaField as SchemaField
    from workato_async.resources.custom_oauth_profiles import CustomOAuthProfile as CustomOAuthProfile
    from workato_async.resources.customers import Customer as Customer
    from workato_async.resources.customers import CustomerEnvironment as CustomerEnvironment
    from workato_async.resources.data_table_records import Record as Record
    from workato_async.resources.data_table_records import RecordTable as RecordTable
    from workato_async.resources.data_table_records import TableField as TableField
    from workato_async.resources.data_tables import DataTable as DataTable
    from workato_async.resources.developer_api_clients import ApiClientToken as ApiClientToken
    from workato_async.resources.developer_api_clients import DeveloperApiClient as DeveloperApiClient
    from workato_async.resources.developer_api_clients import DeveloperApiClientRole as DeveloperApiClientRole
    from workato_async.resources.developer_api_clients import TokenRegenerated as TokenRegenerated
    from workato_async.resources.environment_roles import EnvironmentRole as EnvironmentRole
    from workato_async.resources.event_messages import Message as Message
    from workato_async.resources.event_messages import MessagePublished as MessagePublished
    from workato_async.resources.event_topics import EventTopic as EventTopic
    from workato_async.resources.export_manifests import ExportManifest as ExportManifest
    from workato_async.resources.export_manifests import FolderAsset as FolderAsset
    from workato_async.resources.folders import Folder as Folder
    from workato_async.resources.genies.models import Genie as Genie
    from workato_async.resources.genies.models import GenieClient as GenieClient
    from workato_async.resources.genies.models import GenieUserGroup as GenieUserGroup
    from workato_async.resources.iam import IamUser as IamUser
    from workato_async.resources.iam import IamUserGroup as IamUserGroup
    from workato_async.resources.insights.insights import InsightsTable as InsightsTable
    from workato_async.resources.insights.usage import UsageReport as UsageReport
    from workato_async.resources.insights.usage import UsageRow as UsageRow
    from workato_async.resources.jobs.models import Job as Job
    from workato_async.resources.jobs.models import JobErrorParts as JobErrorParts
    from workato_async.resources.jobs.models import JobLine as JobLine
    from workato_async.resources.jobs.models import LineDetail as LineDetail
    from workato_async.resources.jobs.models import LineStat as LineStat
    from workato_async.resources.jobs.models import RepeatRefusal as RepeatRefusal
    from workato_async.resources.jobs.models import RepeatReply as RepeatReply
    from workato_async.resources.jobs.models import RepeatReport as RepeatReport
    from workato_async.resources.jobs.models import RepeatResult as RepeatResult
    from workato_async.resources.jobs.models import RepeatSummary as RepeatSummary
    from workato_async.resources.knowledge_bases import KnowledgeBase as KnowledgeBase
    from workato_async.resources.knowledge_bases import KnowledgeBaseDataSource as KnowledgeBaseDataSource
    from workato_async.resources.knowledge_bases import KnowledgeBaseRecipe as KnowledgeBaseRecipe
    from workato_async.resources.lookup_tables.models import LookupTable as LookupTable
    from workato_async.resources.lookup_tables.models import LookupTableRow as LookupTableRow
    from workato_async.resources.lookup_tables.models import LookupTableSync as LookupTableSync
    from workato_async.resources.lookup_tables.models import RowChange as RowChange
    from workato_async.resources.mcp.models import McpServer as McpServer
    from workato_async.resources.mcp.models import McpServerLimit as McpServerLimit
    from workato_async.resources.mcp.models import McpServerPolicy as McpServerPolicy
    from workato_async.resources.mcp.models import McpServerToken as McpServerToken
    from workato_async.resources.mcp.models import McpServerTool as McpServerTool
    from workato_async.resources.mcp.models import McpUserGroup as McpUserGroup
    from workato_async.resources.members import Member as Member
    from workato_async.resources.members import MemberActivity as MemberActivity
    from workato_async.resources.members import MemberPrivileges as MemberPrivileges
    from workato_async.resources.members import MemberRole as MemberRole
    from workato_async.resources.members import UserGroup as UserGroup
    from workato_async.resources.on_prem import ActivationCode as ActivationCode
    from workato_async.resources.on_prem import OnPremAgent as OnPremAgent
    from workato_async.resources.on_prem import OnPremAgentStatus as OnPremAgentStatus
    from workato_async.resources.on_prem import OnPremGroup as OnPremGroup
    from workato_async.resources.on_prem import OnPremGroupStatus as OnPremGroupStatus
    from workato_async.resources.on_prem import OnPremProfile as OnPremProfile
    from workato_async.resources.on_prem import OnPremProfileConnection as OnPremProfileConnection
    from workato_async.resources.packages.contents import PackagedAsset as PackagedAsset
    from workato_async.resources.packages.models import ImportReport as ImportReport
    from workato_async.resources.packages.models import Package as Package
    from workato_async.resources.packages.models import RecipeImport as RecipeImport
    from workato_async.resources.projects.models import Deployment as Deployment
    from workato_async.resources.projects.models import DeploymentAsset as DeploymentAsset
    from workato_async.resources.projects.models import DeploymentAuthor as DeploymentAuthor
    from workato_async.resources.projects.models import DeploymentFolder as DeploymentFolder
    from workato_async.resources.projects.models import DeploymentReview as DeploymentReview
    from workato_async.resources.projects.models import DeploymentReviewer as DeploymentReviewer
    from workato_async.resources.projects.models import DeploymentReviews as DeploymentReviews
    from workato_async.resources.projects.models import GrantEnvironment as GrantEnvironment
    from workato_async.resources.projects.models import GrantProject as GrantProject
    from workato_async.resources.projects.models import GrantRole as GrantRole
    from workato_async.resources.projects.models import GrantUser as GrantUser
    from workato_async.resources.projects.models import GrantUserGroup as GrantUserGroup
    from workato_async.resources.projects.models import Project as Project
    from workato_async.resources.projects.models import ProjectBuild as ProjectBuild
    from workato_async.resources.projects.models import ProjectGrant as ProjectGrant
    from workato_async.resources.projects.models import ProjectRole as ProjectRole
    from workato_async.resources.projects.promotion import PromoteReport as PromoteReport
    from workato_async.resources.recipes.models import HealthCheck as HealthCheck
    from workato_async.resources.recipes.models import HealthImpact as HealthImpact
    from workato_async.resources.recipes.models import HealthReport as HealthReport
    from workato_async.resources.recipes.models import HealthRule as HealthRule
    from workato_async.resources.recipes.models import HealthViolation as HealthViolation
    from workato_async.resources.recipes.models import PollStarted as PollStarted
    from workato_async.resources.recipes.models import Recipe as Recipe
    from workato_async.resources.recipes.models import RecipeConfig as RecipeConfig
    from workato_async.resources.recipes.models import RecipeCopied as RecipeCopied
    from workato_async.resources.recipes.models import RecipeCreated as RecipeCreated
    from workato_async.resources.recipes.models import RecipeHealth as RecipeHealth
    from workato_async.resources.recipes.models import RecipeVersion as RecipeVersion
    from workato_async.resources.recipes.models import ScanQueued as ScanQueued
    from workato_async.resources.roles import Role as Role
    from workato_async.resources.roles import RolesMigrated as RolesMigrated
    from workato_async.resources.skills import Skill as Skill
    from workato_async.resources.tags import Tag as Tag
    from workato_async.resources.testcases import TestCase as TestCase
    from workato_async.resources.testcases import TestCoverage as TestCoverage
    from workato_async.resources.testcases import TestedCase as TestedCase
    from workato_async.resources.testcases import TestedJob as TestedJob
    from workato_async.resources.testcases import TestedRecipe as TestedRecipe
    from workato_async.resources.testcases import TestResult as TestResult
    from workato_async.resources.testcases import TestRun as TestRun
    from workato_async.resources.transfers import RecipeNotRestarted as RecipeNotRestarted
    from workato_async.resources.transfers import ToDo as ToDo
    from workato_async.resources.workspace import Workspace as Workspace

    __all__: list[str]

_MODULES = {
    "activity_logs.models": "ActivityLog ActivityResource ActivityUser ActivityWorkspace",
    "api_keys": "ApiKey",
    "api_platform": "ApiCollection ApiEndpoint ImportResults",
    "api_platform_clients": "ApiClient",
    "api_platform_v1": "ApiAccessProfile ApiClientV1",
    "connections": "AuthorizationUrl Connection RuntimeUserConnection",
    "connectors": "Connector ConnectorOperation",
    "custom_connectors": "CodeValidation ConnectorCode ConnectorRelease ConnectorReply CustomConnector SchemaField",
    "custom_oauth_profiles": "CustomOAuthProfile",
    "customers": "Customer CustomerEnvironment",
    "data_table_records": "Record RecordTable TableField",
    "data_tables": "DataTable",
    "developer_api_clients": "ApiClientToken DeveloperApiClient DeveloperApiClientRole TokenRegenerated",
    "environment_roles": "EnvironmentRole",
    "event_messages": "Message MessagePublished",
    "event_topics": "EventTopic",
    "export_manifests": "ExportManifest FolderAsset",
    "folders": "Folder",
    "genies.models": "Genie GenieClient GenieUserGroup",
    "iam": "IamUser IamUserGroup",
    "insights.insights": "InsightsTable",
    "insights.usage": "UsageReport UsageRow",
    "jobs.models": (
        "Job JobErrorParts JobLine LineDetail LineStat RepeatRefusal RepeatReply RepeatReport RepeatResult "
        "RepeatSummary "
    ),
    "knowledge_bases": "KnowledgeBase KnowledgeBaseDataSource KnowledgeBaseRecipe",
    "lookup_tables.models": "LookupTable LookupTableRow LookupTableSync RowChange",
    "mcp.models": "McpServer McpServerLimit McpServerPolicy McpServerToken McpServerTool McpUserGroup",
    "members": "Member MemberActivity MemberPrivileges MemberRole UserGroup",
    "on_prem": (
        "ActivationCode OnPremAgent OnPremAgentStatus OnPremGroup OnPremGroupStatus OnPremProfile "
        "OnPremProfileConnection "
    ),
    "packages.contents": "PackagedAsset",
    "packages.models": "ImportReport Package RecipeImport",
    "projects.models": (
        "Deployment DeploymentAsset DeploymentAuthor DeploymentFolder DeploymentReview DeploymentReviewer "
        "DeploymentReviews GrantEnvironment GrantProject GrantRole GrantUser GrantUserGroup Project "
        "ProjectBuild ProjectGrant ProjectRole "
    ),
    "projects.promotion": "PromoteReport",
    "recipes.models": (
        "HealthCheck HealthImpact HealthReport HealthRule HealthViolation PollStarted Recipe RecipeConfig "
        "RecipeCopied RecipeCreated RecipeHealth RecipeVersion ScanQueued "
    ),
    "roles": "Role RolesMigrated",
    "skills": "Skill",
    "tags": "Tag",
    "testcases": "TestCase TestCoverage TestedCase TestedJob TestedRecipe TestResult TestRun",
    "transfers": "RecipeNotRestarted ToDo",
    "workspace": "Workspace",
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names.split()}

if not TYPE_CHECKING:  # type checkers read the imports above; with __getattr__ they would accept any name
    __all__ = sorted(_MODULE_OF)

    def __getattr__(name: str) -> object:
        module = _MODULE_OF.get(name)
        if module is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
        return getattr(import_module(f"workato_async.resources.{module}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULE_OF})
