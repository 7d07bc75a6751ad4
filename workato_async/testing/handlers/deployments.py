"""Deployments and their reviews.

Of the responses of reviews, only that of their assignment is documented; the others only say that it worked. The states
of a deployment under review are ours, except ``pending_review``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.testing.call import Call, ErrorResponse, FakeResponse, error_response, handles, parse_time
from workato_async.testing.paging import filtered, newest_first
from workato_async.testing.shapes import OK

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject
    from workato_async.testing.state import State

BETWEEN_IMPORTS = 15 * 60
"""Seconds between two imports into one environment (docs: recipe-development-lifecycle/import)."""
REVIEWERS = ({"user_id": 4848, "name": "Kim Example"}, {"user_id": 4849, "name": "Lee Example"})


@handles("deployments.list")
def list_deployments(call: Call) -> JsonObject:
    environments_needed(call)
    found = filtered(call, newest_first(call.state.deployments), "project_id", "environment_type", "state")
    if folder := call.text("folder_id"):
        found = [deployment for deployment in found if f"f{deployment['folder_id']}" == folder]
    if begin := call.time("from"):
        found = [deployment for deployment in found if parse_time(deployment["created_at"]) >= begin]
    if end := call.time("to"):
        found = [deployment for deployment in found if parse_time(deployment["created_at"]) <= end]
    return {"items": found}


handles("deployments.get")(lambda call: _deployment(call))


@handles("deployments.eligible_reviewers")
def eligible_reviewers(call: Call) -> JsonObject:
    _deployment(call)
    return {"data": REVIEWERS}


@handles("deployments.assign_reviewers")
def assign_reviewers(call: Call) -> JsonObject:
    deployment, wanted = _deployment(call), call.listed("reviewer_ids")
    reviews = [{"reviewer": one, "status": "pending"} for one in REVIEWERS if one["user_id"] in wanted]
    return {"reviews": reviews, "authors": [{"user_name": deployment["performed_by_name"]}]}


def _step(verb: str, state: str, *only_from: str) -> None:
    handles(f"deployments.{verb}")(lambda call: _change(call, state, only_from=only_from))


_step("submit_for_review", "pending_review")
_step("approve", "approved", "pending_review")
_step("reject", "rejected", "pending_review")
_step("reopen", "pending_review", "approved", "rejected")


@handles("deployments.update_review_comment")
def update_review_comment(call: Call) -> JsonObject:
    _deployment(call)
    return OK


@handles("deployments.deploy")
def deploy(call: Call) -> JsonObject:
    deployment = _deployment(call)
    _change(call, "pending", only_from=("approved",))
    imported(call.state, deployment["environment_type"])
    call.state.finish_deployment(deployment)
    return OK


def imported(state: State, environment: str | None = None) -> None:
    """Record an import into an environment, by default that of the workspace itself.

    Raises:
        ErrorResponse: if the last one was too recent; the text and the status are ours.
    """
    now = state.clock.elapsed
    last = state.imported_at if environment is None else state.deployed_at.get(environment)
    enforced = environment is None or state.spaces_deployments
    if enforced and last is not None and now < last + BETWEEN_IMPORTS * state.time_scale:
        text = "There must be 15 minutes between two imports into one environment"
        raise error_response(400, {"error" if environment is None else "message": text})
    if environment is None:
        state.imported_at = now
    else:
        state.deployed_at[environment] = now


def environments_needed(call: Call) -> None:
    """Raise an ErrorResponse where the workspace has no environments."""
    if not call.options.environments:
        raise ErrorResponse(FakeResponse(400, b"Environments not provisioned", "text/plain; charset=utf-8"))


def _deployment(call: Call) -> JsonObject:
    environments_needed(call)
    return call.find(call.state.deployments)


def _change(call: Call, state: str, *, only_from: tuple[str, ...] = ()) -> JsonObject:
    deployment = _deployment(call)
    if only_from and deployment["detailed_state"] not in only_from:
        raise error_response(400, {"message": f"The deployment is {deployment['detailed_state']}"})
    deployment.update(state="pending", detailed_state=state, updated_at=call.state.now())
    return OK
