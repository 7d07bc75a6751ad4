"""Roles in projects, granted to collaborators and groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.testing.call import Call, find, handles, missing, required
from workato_async.testing.family import Family, handle, listed_of, serve
from workato_async.testing.handlers.members import MEMBERS
from workato_async.testing.handlers.user_groups import GROUPS, add_to_group
from workato_async.testing.shapes import data

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject
    from workato_async.testing.state import State

GRANTS = Family(
    "project_grants",
    new_id=handle("pg"),
    defaults={"project": None, "project_role": None, "user_group": None, "user": None},
    times=False,
    seeds=0,
)
serve(GRANTS, "get", "delete")
_HOLDERS = {
    "user": ("user_id", MEMBERS, ("id", "name", "email")),
    "user_group": ("user_group_id", GROUPS, ("id", "name")),
}
"""Who can have a grant: the key that names them in a body, their family, and the fields a grant shows."""


def grants_of(state: State, field: str, wanted: str) -> list[JsonObject]:
    """Return the grants of one project, ``user`` or ``user_group``, by its id."""
    return [row for row in GRANTS.rows(state).values() if str((row[field] or {}).get("id")) == wanted]


@handles("project_grants.list")
def list_grants(call: Call) -> object:
    return listed_of(call, grants_of(call.state, "project", str(call.find(call.state.projects)["id"])))


@handles("project_grants.set")
def set_grants(call: Call) -> JsonObject:
    project = call.find(call.state.projects)
    required(call.body, "project_grants")
    return data([grant(call.state, project, entry) for entry in call.body["project_grants"]])


@handles("project_grants.update")
def update(call: Call) -> JsonObject:
    row = GRANTS.row(call)
    required(call.body, "project_role_id")
    row["project_role"] = _role(call.state, call.body["project_role_id"])
    return data(row)


handles("members.project_grants")(lambda call: data(grants_of(call.state, "user", str(MEMBERS.row(call, 0)["id"]))))


@handles("members.projects_privileges")
def privileges_of_member(call: Call) -> JsonObject:
    grants = grants_of(call.state, "user", str(MEMBERS.row(call, 0)["id"]))
    return data([{"project": row["project"], "privileges": {}} for row in grants])


@handles("user_groups.project_grants")
def grants_of_group(call: Call) -> object:
    return listed_of(call, grants_of(call.state, "user_group", str(GROUPS.row(call, 0)["id"])))


def seed_grants(state: State) -> None:
    """Grant a role to the first collaborator, and another one to the group that the second belongs to."""
    first, second = MEMBERS.rows(state).values()
    group = next(iter(GROUPS.rows(state).values()))
    add_to_group(state, group, [second["id"]])
    admin, operator, *_ = state.project_roles
    sales, finance, *_ = state.projects.values()
    grant(state, sales, {"user_id": first["id"], "project_role_id": admin})
    grant(state, finance, {"user_group_id": group["id"], "project_role_id": operator})


def grant(state: State, project: JsonObject, entry: JsonObject) -> JsonObject:
    """Grant a role in a project, which replaces the one its holder had there. No source names the keys of an entry;
    they are those of the other bodies.
    """
    required(entry, "project_role_id")
    role = _role(state, entry["project_role_id"])
    for holder, (key, family, fields) in _HOLDERS.items():
        if entry.get(key):
            found = find(family.rows(state), entry[key])
            for row in grants_of(state, holder, str(found["id"])):
                if row["project"]["id"] == project["id"]:
                    row["project_role"] = role
                    return row
            shown = {"id": project["id"], "name": project["name"], "environment": {"id": 1, "type": "dev"}}
            granted = {"project": shown, "project_role": role, holder: {field: found[field] for field in fields}}
            return GRANTS.add(state, GRANTS.rows(state), granted)
    raise missing("user_id")


def _role(state: State, role_id: object) -> JsonObject:
    role = find(state.project_roles, role_id)
    return {"id": role["id"], "name": role["name"]}
