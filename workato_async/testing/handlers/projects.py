"""Projects, their builds and their deployments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.testing.call import Call, handles, missing, not_found
from workato_async.testing.handlers.deployments import environments_needed
from workato_async.testing.handlers.folders import checked_name, remove
from workato_async.testing.paging import listed
from workato_async.testing.storage import with_link

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject

DEPLOYABLE = ("test", "prod")
"""The environments of the documentation's deployments."""


handles("projects.list")(lambda call: listed(call, list(call.state.projects.values())))


@handles("projects.update")
def update(call: Call) -> JsonObject:
    project = call.find(call.state.projects)
    changes: JsonObject = {field: call.body[field] for field in ("name", "description") if field in call.body}
    if "name" in changes:
        changes["name"] = call.state.folders[project["folder_id"]]["name"] = checked_name(call)
    project.update(changes)
    return project


@handles("projects.delete")
def delete(call: Call) -> JsonObject:
    state, project = call.state, call.find(call.state.projects)
    remove(state, state.folders[project["folder_id"]])
    del state.projects[project["id"]]
    for table in [table for table in state.lookup_tables.values() if table["project_id"] == str(project["id"])]:
        state.remove_lookup_table(table["id"])
    return {"success": "true"}  # as text (observed)


@handles("projects.build")
def build(call: Call) -> JsonObject:
    environments_needed(call)
    build = call.state.build(
        _project(call)["id"], call.body.get("description"), include_test_cases=call.body.get("include_test_cases")
    )
    return with_link(call.request, build)


@handles("projects.deploy")
def deploy(call: Call) -> JsonObject:
    environments_needed(call)
    environment = _environment(call)
    title, description = call.body.get("title"), call.body.get("description")
    return dict(call.state.deploy(_project(call)["id"], environment, title, description))


@handles("project_builds.get")
def get_build(call: Call) -> JsonObject:
    environments_needed(call)
    return with_link(call.request, call.find(call.state.builds))


@handles("project_builds.deploy")
def deploy_build(call: Call) -> JsonObject:
    environments_needed(call)
    environment, one = _environment(call), call.find(call.state.builds)
    if one["state"] != "success":
        raise not_found()
    title, description = call.body.get("title"), call.body.get("description")
    return dict(call.state.deploy(int(one["project_id"]), environment, title, description, build_id=one["id"]))


def _environment(call: Call) -> str:
    environment = call.text("environment_type")
    if not environment:
        raise missing("environment_type")
    if environment not in DEPLOYABLE:
        raise not_found()
    return environment


def _project(call: Call) -> JsonObject:
    """Return a project by its id, or by ``f`` and the id of its folder."""
    wanted = call.arguments[0]
    for project in call.state.projects.values():
        if wanted in (str(project["id"]), f"f{project['folder_id']}"):
            return project
    raise not_found()
