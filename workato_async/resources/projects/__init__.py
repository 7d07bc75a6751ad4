"""Projects: builds, deployments, grants and roles."""

from workato_async.resources.projects.builds import ProjectBuilds as ProjectBuilds
from workato_async.resources.projects.deployments import Deployments as Deployments
from workato_async.resources.projects.grants import ProjectGrants as ProjectGrants
from workato_async.resources.projects.models import (
    Deployment as Deployment,
)
from workato_async.resources.projects.models import (
    DeploymentAsset as DeploymentAsset,
)
from workato_async.resources.projects.models import (
    DeploymentReviews as DeploymentReviews,
)
from workato_async.resources.projects.models import (
    GrantEnvironment as GrantEnvironment,
)
from workato_async.resources.projects.models import (
    GrantProject as GrantProject,
)
from workato_async.resources.projects.models import (
    GrantRole as GrantRole,
)
from workato_async.resources.projects.models import (
    GrantUser as GrantUser,
)
from workato_async.resources.projects.models import (
    GrantUserGroup as GrantUserGroup,
)
from workato_async.resources.projects.models import (
    Project as Project,
)
from workato_async.resources.projects.models import (
    ProjectBuild as ProjectBuild,
)
from workato_async.resources.projects.models import (
    ProjectGrant as ProjectGrant,
)
from workato_async.resources.projects.models import (
    ProjectRole as ProjectRole,
)
from workato_async.resources.projects.projects import Projects as Projects
from workato_async.resources.projects.roles import ProjectRoles as ProjectRoles
