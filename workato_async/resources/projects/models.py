"""Models of projects, builds, deployments, grants and project roles.

Source: "Projects", "Project grants" and "Project roles" (docs: workato-api/projects, workato-api/folders,
workato-api/project-grants, workato-api/project-roles) and the API overview's table of methods.
"""

from __future__ import annotations

import attrs

from workato_async.base_model import AwareDatetime, Model, Part
from workato_async.endpoint import JsonObject


@attrs.frozen(kw_only=True)
class Project(Model):
    """A project: a top-level folder. Its ``id`` is the project's, ``folder_id`` that of the folder; they differ."""

    id: int
    description: str | None = None
    folder_id: int | None = None
    name: str | None = None


@attrs.frozen(kw_only=True)
class ProjectBuild(Model):
    """A build of a project.

    ``state`` is ``"pending"``, ``"success"`` or ``"failed"``. ``download_url``, of a build that succeeded, grants
    access to anyone who has it, so its repr does not show it. ``project_id`` is text here.
    """

    id: int
    project_id: str | None = None
    state: str | None = None
    description: str | None = None
    include_test_cases: bool | None = None
    performed_by_name: str | None = None
    download_url: str | None = attrs.field(default=None, repr=False)
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None


@attrs.frozen(kw_only=True)
class DeploymentAsset(Part):
    """What a deployment does to one asset; ``state`` is ``"new"``, ``"updated"`` or ``"deleted"``."""

    id: int | None = None
    name: str | None = None
    type: str | None = None
    state: str | None = None
    folder: str | None = None


@attrs.frozen(kw_only=True)
class DeploymentReviewer(Part):
    """Who reviews a deployment."""

    user_id: int | None = None
    name: str | None = None
    email: str | None = None


@attrs.frozen(kw_only=True)
class DeploymentReview(Part):
    """One review; ``status`` is ``"pending"``, ``"approved"`` or ``"rejected"``."""

    reviewer: DeploymentReviewer | None = None
    status: str | None = None
    comment: str | None = None


@attrs.frozen(kw_only=True)
class DeploymentAuthor(Part):
    """Who made a deployment."""

    user_id: int | None = None
    user_name: str | None = None
    user_email: str | None = None


@attrs.frozen(kw_only=True)
class DeploymentFolder(Part):
    """The folder that a deployment changes in its environment."""

    id: int | None = None
    name: str | None = None
    path: str | None = None


@attrs.frozen(kw_only=True)
class Deployment(Model):
    """A deployment of a project to an environment.

    ``state`` is ``"pending"``, ``"success"`` or ``"failed"``; ``detailed_state`` says more, e.g. ``"pending_review"``.
    ``project_id`` is text here, unlike on folders and recipes. ``author``, ``reviews``, ``target_folder`` and
    ``reviewed_at`` belong to reviews.
    """

    id: int
    project_id: str | None = None
    folder_id: int | None = None
    environment_type: str | None = None
    state: str | None = None
    detailed_state: str | None = None
    title: str | None = None
    description: str | None = None
    performed_by_name: str | None = None
    project_build_id: int | None = None
    assets: tuple[DeploymentAsset, ...] = ()
    author: DeploymentAuthor | None = None
    reviews: tuple[DeploymentReview, ...] = ()
    target_folder: DeploymentFolder | None = None
    reviewed_at: AwareDatetime | None = None
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None


@attrs.frozen(kw_only=True)
class DeploymentReviews(Model):
    """Who reviews a deployment and who wrote it."""

    reviews: tuple[DeploymentReview, ...] = ()
    authors: tuple[DeploymentAuthor, ...] = ()


@attrs.frozen(kw_only=True)
class GrantEnvironment(Part):
    """The environment of a project; ``type`` is e.g. ``"dev"``."""

    id: int | None = None
    type: str | None = None


@attrs.frozen(kw_only=True)
class GrantProject(Part):
    """The project that a grant is about."""

    id: int | None = None
    name: str | None = None
    environment: GrantEnvironment | None = None


@attrs.frozen(kw_only=True)
class GrantRole(Part):
    """The project role that is granted; its id is text such as ``"pr-…"``."""

    id: str | None = None
    name: str | None = None


@attrs.frozen(kw_only=True)
class GrantUserGroup(Part):
    """The group that has a grant; its id is text such as ``"am-…"``."""

    id: str | None = None
    name: str | None = None


@attrs.frozen(kw_only=True)
class GrantUser(Part):
    """The collaborator who has a grant."""

    id: int | None = None
    name: str | None = None
    email: str | None = None


@attrs.frozen(kw_only=True)
class ProjectGrant(Model):
    """A role in a project, for a collaborator (``user``) or a group (``user_group``); the other of the two is None."""

    id: str
    project: GrantProject | None = None
    project_role: GrantRole | None = None
    user_group: GrantUserGroup | None = None
    user: GrantUser | None = None


@attrs.frozen(kw_only=True)
class ProjectRole(Model):
    """What a collaborator may do inside a project.

    ``id`` is text such as ``"pr-…"``, although documented samples show numbers. ``type`` is ``"system"``, ``"custom"``,
    ``"inheritable"`` or ``"inherited"``. ``privileges`` holds lists by area and only comes from ``get``.
    """

    id: str
    name: str | None = None
    members_count: int | None = None
    type: str | None = None
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None
    privileges: JsonObject | None = None
