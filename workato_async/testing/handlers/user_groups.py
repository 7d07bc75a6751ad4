"""Groups of collaborators and their members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.testing.call import Call, FakeResponse, find, handles, required
from workato_async.testing.family import Family, handle, linked, listed_of, serve
from workato_async.testing.handlers.members import MEMBERS

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject

GROUPS = Family(
    "user_groups",
    new_id=handle("am"),
    defaults={"name": "", "description": None, "members_count": 0, "system": False},
    required=("name",),
    filters=("name",),
)
serve(GROUPS, "list", "get", "create", "update", "delete")


handles("user_groups.members.list")(lambda call: listed_of(call, list(_members(call).values())))


@handles("user_groups.members.add")
def add_members(call: Call) -> FakeResponse:
    required(call.body, "user_ids")
    people = [find(MEMBERS.rows(call.state), user_id) for user_id in call.body["user_ids"]]
    _members(call).update({one["id"]: {field: one[field] for field in ("id", "name", "email")} for one in people})
    return _counted(call)


@handles("user_groups.members.remove")
def remove_members(call: Call) -> FakeResponse:
    required(call.body, "user_ids")
    for user_id in call.body["user_ids"]:
        _members(call).pop(user_id, None)
    return _counted(call)


def _members(call: Call) -> dict[int | str, JsonObject]:
    return linked(call.state, "user_groups.members", GROUPS.row(call, 0)["id"])


def _counted(call: Call) -> FakeResponse:
    GROUPS.row(call, 0)["members_count"] = len(_members(call))
    return FakeResponse()
