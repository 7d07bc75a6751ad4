"""Projects and their deployments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.testing.call import Answer, Call, Refusal, handles, missing, not_found, parse_moment
from workato_async.testing.paging import filtered, listed, newest_first

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workato_async.endpoint import JsonObject

DEPLOYABLE = ("test", "prod")
"""Environments to which the documentation deploys."""


@handles("projects.list")
def list_projects(call: Call) -> Sequence[JsonObject]:
    return listed(call, list(call.state.projects.values()))


@handles("projects.deploy")
def deploy(call: Call) -> JsonObject:
    _environments_needed(call)
    environment = call.text("environment_type")
    if not environment:
        raise missing("environment_type")
    if environment not in DEPLOYABLE:
        raise not_found()
    title, description = call.body.get("title"), call.body.get("description")
    return call.state.deploy(_project(call)["id"], environment, title, description)


@handles("deployments.list")
def list_deployments(call: Call) -> JsonObject:
    _environments_needed(call)
    found = filtered(call, newest_first(call.state.deployments), "project_id", "environment_type", "state")
    if folder := call.text("folder_id"):
        found = [deployment for deployment in found if f"f{deployment['folder_id']}" == folder]
    if begin := call.moment("from"):
        found = [deployment for deployment in found if parse_moment(deployment["created_at"]) >= begin]
    if end := call.moment("to"):
        found = [deployment for deployment in found if parse_moment(deployment["created_at"]) <= end]
    return {"items": found}


def _project(call: Call) -> JsonObject:
    """Give the project that is named by its own id, or by ``f`` and the id of its folder."""
    wanted = call.arguments[0]
    for project in call.state.projects.values():
        if wanted in (str(project["id"]), f"f{project['folder_id']}"):
            return project
    raise not_found()


def _environments_needed(call: Call) -> None:
    if not call.options.environments:
        raise Refusal(Answer(400, b"Environments not provisioned", "text/plain; charset=utf-8"))
