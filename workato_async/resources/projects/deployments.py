"""Deployments of projects to other environments, and their reviews (private beta).

Source: "Projects" (docs: workato-api/projects) and the API overview's table of methods.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, cast

from workato_async._unset import UNSET
from workato_async.arguments import id_of, ids_of, one_of, plain
from workato_async.endpoint import WHOLE, Endpoint, JsonObject
from workato_async.operations import WAIT_TIMEOUT, Operation
from workato_async.resources._base import Resource, changes, polled, without_none
from workato_async.resources.projects.models import Deployment, DeploymentReviews

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import datetime

    from workato_async._unset import Unset
    from workato_async.calls.caller import Caller
    from workato_async.operations import Polled
    from workato_async.pages import Pages
    from workato_async.resources.folders import Folder
    from workato_async.resources.members import Member
    from workato_async.resources.projects.models import Project


DeploymentState = Literal["pending", "success", "failed"]
LIST = Endpoint("deployments.list", "GET", "/api/deployments", Deployment, wrapper="items", listing=WHOLE)
GET = Endpoint("deployments.get", "GET", "/api/deployments/{id}", Deployment)
ELIGIBLE_REVIEWERS = Endpoint(
    "deployments.eligible_reviewers", "GET", "/api/deployments/{id}/eligible_reviewers", JsonObject
)
ASSIGN_REVIEWERS = Endpoint(
    "deployments.assign_reviewers",
    "POST",
    "/api/deployments/{id}/assign_reviewers",
    DeploymentReviews,
    idempotent=True,  # it sends the complete list of reviewers
)
SUBMIT_FOR_REVIEW = Endpoint(
    "deployments.submit_for_review", "POST", "/api/deployments/{id}/submit_for_review", JsonObject
)
APPROVE = Endpoint("deployments.approve", "POST", "/api/deployments/{id}/approve", JsonObject)
REJECT = Endpoint("deployments.reject", "POST", "/api/deployments/{id}/reject", JsonObject)
REOPEN = Endpoint("deployments.reopen", "POST", "/api/deployments/{id}/reopen", JsonObject)
UPDATE_REVIEW_COMMENT = Endpoint(
    "deployments.update_review_comment", "POST", "/api/deployments/{id}/update_review_comment", JsonObject
)
DEPLOY = Endpoint("deployments.deploy", "POST", "/api/deployments/{id}/deploy", JsonObject)


class Deployments(Resource):
    """Deployments of projects: ``workato.deployments``.

    Every method needs a workspace with environments and raises BadRequestError in others. Reviews are in private beta
    and also need the workspace setting that requires review and approval.
    """

    __slots__ = ()

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
        """List the deployments, in one page. ``GET /api/deployments``, 60 a minute.

        Args:
            project_id: deployments of this project only.
            folder_id: deployments of the project with this folder: ``f`` and the folder's id, e.g. ``"f660222"``.
            environment_type: deployments to this environment, e.g. ``"test"`` or ``"prod"``.
            state: deployments in this state only.
            from_: deployments from this time on.
            to: deployments up to this time.

        Raises:
            BadRequestError: if the workspace has no environments.
        """
        folder = plain(folder_id)
        query = {
            "project_id": project_id,
            "folder_id": folder if isinstance(folder, str) or folder is None else f"f{id_of(folder, 'folder_id')}",
            "environment_type": environment_type,
            "state": one_of("state", state, DeploymentState),
            "from": from_,
            "to": to,
        }
        return self._pages(LIST, query=query)

    async def get(self, deployment_id: int | Deployment) -> Deployment:
        """Get one deployment. ``GET /api/deployments/{id}``, 60 a minute."""
        return await self._call(GET, deployment_id)

    async def wait(
        self,
        deployment_id: int | Deployment,
        *,
        timeout: float = WAIT_TIMEOUT,
        on_progress: Callable[[Deployment], object] | None = None,
    ) -> Deployment:
        """Wait for a deployment to end, even if another process started it.

        Each poll is a call of ``get``. This only reads, so any process may wait, also after a restart.

        Args:
            deployment_id: the deployment.
            timeout: seconds to wait. A review can take days.
            on_progress: called with every state, including the first and the last.

        Raises:
            OperationFailedError: if the deployment failed.
            WaitTimeoutError: if it did not end in time; it may still do so.
        """
        deployment = cast("int", id_of(deployment_id, "deployment_id"))
        started_by = polled(self._caller, GET, deployment)
        operation = deploying(lambda: self.get(deployment), self._caller, f"deployment {deployment}", started_by)
        return await operation.wait(timeout=timeout, on_progress=on_progress)

    async def eligible_reviewers(self, deployment_id: int | Deployment) -> JsonObject:
        """Get the users who may review a deployment. ``GET /api/deployments/{id}/eligible_reviewers``, 60 a minute.

        Private beta. The shape of the response is not documented.
        """
        return await self._call(ELIGIBLE_REVIEWERS, deployment_id)

    async def assign_reviewers(
        self, deployment_id: int | Deployment, *, reviewer_ids: Sequence[int | Member]
    ) -> DeploymentReviews:
        """Set the reviewers of a deployment. ``POST /api/deployments/{id}/assign_reviewers``, 60 a minute. Idempotent.

        Private beta.

        Args:
            deployment_id: the deployment.
            reviewer_ids: the users who are to review it, replacing all others.
        """
        return await self._call(
            ASSIGN_REVIEWERS, deployment_id, body={"reviewer_ids": ids_of(reviewer_ids, "reviewer_ids")}
        )

    async def submit_for_review(
        self, deployment_id: int | Deployment, *, body: Mapping[str, Any] | None = None
    ) -> JsonObject:
        """Submit a deployment for review.

        ``POST /api/deployments/{id}/submit_for_review``, 60 a minute. Not idempotent.

        Private beta. The shape of the response is not documented.

        Args:
            deployment_id: the deployment.
            body: not documented; sent as it is.
        """
        return await self._call(SUBMIT_FOR_REVIEW, deployment_id, body=body)

    async def approve(self, deployment_id: int | Deployment, *, comment: str | None = None) -> JsonObject:
        """Approve a deployment. ``POST /api/deployments/{id}/approve``, 60 a minute. Not idempotent.

        Private beta. The shape of the response is not documented.

        Args:
            deployment_id: the deployment.
            comment: the reviewer's comment; no source confirms that it is read.
        """
        return await self._call(APPROVE, deployment_id, body=_comment(comment))

    async def reject(self, deployment_id: int | Deployment, *, comment: str | None = None) -> JsonObject:
        """Reject a deployment. ``POST /api/deployments/{id}/reject``, 60 a minute. Not idempotent.

        Private beta. The shape of the response is not documented.

        Args:
            deployment_id: the deployment.
            comment: the reviewer's comment; no source confirms that it is read.
        """
        return await self._call(REJECT, deployment_id, body=_comment(comment))

    async def reopen(self, deployment_id: int | Deployment, *, body: Mapping[str, Any] | None = None) -> JsonObject:
        """Reopen a deployment for review. ``POST /api/deployments/{id}/reopen``, 60 a minute. Not idempotent.

        Private beta. The shape of the response is not documented.

        Args:
            deployment_id: the deployment.
            body: not documented; sent as it is.
        """
        return await self._call(REOPEN, deployment_id, body=body)

    async def update_review_comment(
        self, deployment_id: int | Deployment, *, comment: str | Unset | None = UNSET
    ) -> JsonObject:
        """Update the comment of a review.

        ``POST /api/deployments/{id}/update_review_comment``, 60 a minute. Not idempotent.

        Private beta. The shape of the response is not documented.

        Args:
            deployment_id: the deployment.
            comment: the comment; no source confirms the name of the field.
        """
        return await self._call(
            UPDATE_REVIEW_COMMENT, deployment_id, body=changes(UPDATE_REVIEW_COMMENT, comment=comment)
        )

    def deploy(
        self, deployment_id: int | Deployment, *, body: Mapping[str, Any] | None = None
    ) -> Operation[Deployment]:
        """Deploy an approved deployment. ``POST /api/deployments/{id}/deploy``, 60 a minute. Not idempotent.

        Private beta. ``await`` starts it, ``.wait()`` waits for it to finish. The shape of the response is not
        documented, so the deployment that ``await`` returns has only its id; those from ``.wait()`` are complete.

        Args:
            deployment_id: the deployment.
            body: not documented; sent as it is.
        """
        deployment = cast("int", id_of(deployment_id, "deployment_id"))
        started_by = polled(self._caller, DEPLOY, deployment)
        return deploying(lambda: self._deploy(deployment, body), self._caller, f"deployment {deployment}", started_by)

    async def _deploy(self, deployment_id: int, body: Mapping[str, Any] | None) -> Deployment:
        await self._call(DEPLOY, deployment_id, body=body)
        return Deployment(id=deployment_id)


def deploying(
    start: Callable[[], Awaitable[Deployment]], caller: Caller, what: str, started_by: Polled
) -> Operation[Deployment]:
    """Return the operation of a call that starts a deployment."""
    return Operation(
        start,
        Deployments(caller).get,
        ended=_ended,
        failed=_failed,
        what=what,
        polled=lambda deployment: polled(caller, GET, deployment),
        started_by=started_by,
    )


def _ended(deployment: Deployment) -> bool:
    return deployment.state in ("success", "failed")


def _failed(deployment: Deployment) -> str:
    return (deployment.detailed_state or "no reason given") if deployment.state == "failed" else ""


def _comment(comment: str | None) -> dict[str, object] | None:
    return without_none(comment=comment) or None
