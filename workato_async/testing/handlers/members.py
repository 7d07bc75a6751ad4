"""Collaborators of the workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.testing.call import Call, ErrorResponse, FakeResponse, handles, required
from workato_async.testing.family import Family, number, serve
from workato_async.testing.shapes import data

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workato_async.endpoint import JsonObject

ENVIRONMENTS = ("dev", "test", "prod")


MEMBERS = Family(
    "members",
    new_id=number(4848),
    defaults=lambda state: {
        "grant_type": "team",
        "roles": [{"environment_type": "dev", "role_name": "Admin"}],
        "last_activity_log": None,
        **dict.fromkeys(("external_id", "name", "email")),
        "time_zone": "Pacific Time (US & Canada)",
        "created_at": state.now(),
    },
    filters=("email",),
    times=False,
    samples={"name": "Member {}", "email": "member{}@example.com"},
)
serve(MEMBERS, "get", "delete")


handles("members.list")(lambda call: _counted([_active(call, row) for row in MEMBERS.listed(call)]))


@handles("members.update")
def update(call: Call) -> JsonObject:
    member = MEMBERS.row(call)
    member["roles"] = _roles(call)
    return data(member)


@handles("members.invite")
def invite(call: Call) -> JsonObject:
    required(call.body, "name", "email")
    _roles(call)
    return data({})


@handles("members.privileges")
def privileges(call: Call) -> JsonObject:
    roles = {role["name"]: role for role in call.state.roles.values()}
    found = []
    for role in MEMBERS.row(call, 0)["roles"]:
        known = roles.get(role["role_name"], {"privileges": {}, "folder_ids": []})
        shown = {field: known[field] for field in ("privileges", "folder_ids")}
        found.append({"environment_type": role["environment_type"], "name": role["role_name"], **shown})
    return _counted(found)


def _active(call: Call, row: JsonObject) -> JsonObject:
    """Return a collaborator with what the activity log has last of them."""
    entries = (entry for entry in reversed(call.state.activity_logs.values()) if entry["user"]["id"] == row["id"])
    last = row["last_activity_log"] or next(entries, None)
    if last is None:
        return row
    shown = {field: last[field] for field in ("id", "event_type")}
    return {**row, "last_activity_log": {**shown, "created_at": last.get("timestamp") or last["created_at"]}}


def _roles(call: Call) -> list[JsonObject]:
    """Return the roles that a body names, as responses show them."""
    required(call.body, "env_roles")
    roles = call.body["env_roles"]
    for role in roles:
        required(role, "environment_type", "name")
        if role["environment_type"] not in ENVIRONMENTS:
            raise ErrorResponse(
                FakeResponse(400, f"Unknown environment: {role['environment_type']}".encode(), "text/plain")
            )
    return [{"environment_type": role["environment_type"], "role_name": role["name"]} for role in roles]


def _counted(rows: Sequence[JsonObject]) -> JsonObject:
    return {"data": rows, "total": len(rows)}
