"""Projects, their builds and their deployments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.testing.call import Call, handles, missing, not_found, parse_time
from workato_async.testing.handlers.deployments import environments_needed, imported
from workato_async.testing.handlers.folders import checked_name, remove
from workato_async.testing.package_files import pack, path_of
from workato_async.testing.paging import listed
from workato_async.testing.storage import with_link

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject
    from workato_async.testing.state import State

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
    state, project = call.state, _project(call)
    build = state.build(
        project["id"], call.body.get("description"), include_test_cases=call.body.get("include_test_cases")
    )
    recipes, connections = _inside(state, project)
    package = pack(
        state, {"id": build["id"], "name": project["name"], "folder_id": project["folder_id"]}, recipes, connections
    )

    def store() -> None:
        if build["download_url"]:
            state.storage[build["download_url"]] = package

    state.after_processing(store)
    return with_link(call.request, build)


@handles("projects.deploy")
def deploy(call: Call) -> JsonObject:
    environments_needed(call)
    environment = _environment(call)
    return _deployed(call, environment, _project(call))


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
    return _deployed(call, environment, call.state.projects[int(one["project_id"])], build_id=one["id"])


def _deployed(call: Call, environment: str, project: JsonObject, build_id: int | None = None) -> JsonObject:
    state = call.state
    if environment not in state.reviewed:  # else it is imported after its review
        imported(state, environment)
    assets = _changed(state, project, environment)
    title, description = call.body.get("title"), call.body.get("description")
    deployment = state.deploy(project["id"], environment, title, description, build_id=build_id)
    deployment["assets"] = assets
    return dict(deployment)


def _changed(state: State, project: JsonObject, environment: str) -> list[JsonObject]:
    """Return the recipes and connections of a project that are new in an environment or have changed since."""
    of_project = (row for row in state.deployments.values() if row["project_id"] == str(project["id"]))
    times = [row["created_at"] for row in of_project if row["environment_type"] == environment]
    last = max((state.clock.epoch, *map(parse_time, times))) if times else None  # what it was filled with is older
    recipes, connections = _inside(state, project)
    return [
        {
            "id": row["id"],
            "name": row["name"],
            "type": "recipe" if "code" in row else "connection",
            "state": "new" if last is None or parse_time(row["created_at"]) > last else "updated",
            "folder": "/".join(path_of(state, row["folder_id"], project["folder_id"])),
        }
        for row in (*recipes, *connections)
        if last is None or parse_time(row["updated_at"]) > last
    ]


def _inside(state: State, project: JsonObject) -> tuple[list[JsonObject], list[JsonObject]]:
    """Return the recipes and the connections of a project."""
    folders = state.inside(project["folder_id"])
    recipes = [row for row in state.recipes.values() if row["folder_id"] in folders]
    return recipes, [row for row in state.connections.values() if row["folder_id"] in folders]


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
