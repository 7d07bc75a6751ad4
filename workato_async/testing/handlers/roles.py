"""Roles of collaborators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.testing.call import Call, handles, invalid, missing, required
from workato_async.testing.family import listed_of, wrapped
from workato_async.testing.paging import filtered, listed
from workato_async.testing.shapes import OK, data

if TYPE_CHECKING:
    from collections.abc import Callable

    from workato_async.endpoint import JsonObject
    from workato_async.testing.state import State
    from workato_async.testing.state.workspace import Kind

    Table = dict[str, JsonObject]


handles("roles.list")(lambda call: listed(call, list(call.state.roles.values())))


@handles("roles.update")
def update_role(call: Call) -> JsonObject:
    role, fields = call.find(call.state.roles), call.body
    if fields.get("all_folders") not in ("true", "false"):
        raise missing("all_folders")
    folder_ids = fields.get("folder_ids") or []
    if folder_ids and fields["all_folders"] == "true":
        raise invalid("all_folders", "must be false if folder_ids are given")
    role.update(folder_ids=folder_ids, updated_at=call.state.now())
    return role


@handles("roles.copy")
def copy_role(call: Call) -> JsonObject:
    role, fields = call.find(call.state.roles), call.body
    required(fields, "name")
    copy = call.state.add_role(fields["name"], folder_ids=fields.get("folder_ids") or role["folder_ids"])
    copy["privileges"] = dict(role["privileges"])
    return copy


@handles("roles_migration.system")
def migrate_system_roles(call: Call) -> JsonObject:
    """Return the system roles of the new model, which always exist; the shape of the entries is ours."""

    def system(roles: Table) -> list[JsonObject]:
        return [{"id": role["id"], "name": role["name"]} for role in roles.values() if role["type"] == "system"]

    state = call.state
    migrated = {
        "environment_roles": system(state.environment_roles),
        "project_roles": system(state.project_roles),
        "collaborators": [],
    }
    return data(migrated)


handles("roles_migration.custom")(lambda _: OK)


def _serve(kind: Kind, table: Callable[[State], Table]) -> None:
    """Register the handlers for roles of one kind; only a single role is shown with its privileges."""

    def brief(role: JsonObject) -> JsonObject:
        return {field: value for field, value in role.items() if field != "privileges"}

    @handles(f"{kind}_roles.list")
    def list_(call: Call) -> JsonObject:
        roles = [brief(role) for role in filtered(call, table(call.state).values(), "name")]
        return listed_of(call, roles)  # type: ignore[no-any-return]

    handles(f"{kind}_roles.get")(lambda call: wrapped(call.endpoint, call.find(table(call.state))))

    @handles(f"{kind}_roles.create")
    def create(call: Call) -> JsonObject:
        required(call.body, "name")
        role = call.state.add_scoped_role(kind, call.body["name"], privileges=call.body.get("privileges"))
        return wrapped(call.endpoint, brief(role))  # type: ignore[no-any-return]

    @handles(f"{kind}_roles.update")
    def update(call: Call) -> JsonObject:
        role = call.find(table(call.state))
        role.update({field: call.body[field] for field in ("name", "privileges") if field in call.body})
        role["updated_at"] = call.state.now()
        return wrapped(call.endpoint, brief(role))  # type: ignore[no-any-return]

    @handles(f"{kind}_roles.delete")
    def delete(call: Call) -> JsonObject:
        roles = table(call.state)
        del roles[call.find(roles)["id"]]
        return OK


_serve("project", lambda state: state.project_roles)
_serve("environment", lambda state: state.environment_roles)
