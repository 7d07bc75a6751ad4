"""Projects: builds, deployments, grants and roles."""

from workato_async.resources.projects.builds import ProjectBuilds
from workato_async.resources.projects.deployments import Deployments
from workato_async.resources.projects.grants import ProjectGrants
from workato_async.resources.projects.models import (
    Deployment,
    DeploymentAsset,
    DeploymentReviews,
    GrantEnvironment,
    GrantProject,
    GrantRole,
    GrantUser,
    GrantUserGroup,
    Project,
    ProjectBuild,
    ProjectGrant,
    ProjectRole,
)
from workato_async.resources.projects.projects import Projects
from workato_async.resources.projects.roles import ProjectRoles

__all__ = [
    "Deployment",
    "DeploymentAsset",
    "DeploymentReviews",
    "Deployments",
    "GrantEnvironment",
    "GrantProject",
    "GrantRole",
    "GrantUser",
    "GrantUserGroup",
    "Project",
    "ProjectBuild",
    "ProjectBuilds",
    "ProjectGrant",
    "ProjectGrants",
    "ProjectRole",
    "ProjectRoles",
    "Projects",
]
