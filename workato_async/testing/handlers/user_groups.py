"""Groups of collaborators and their members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.testing.call import Call, FakeResponse, find, handles, required
from workato_async.testing.family import Family, handle, linked, listed_of, serve
from workato_async.testing.handlers.members import MEMBERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workato_async.endpoint import JsonObject
    from workato_async.testing.state import State

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
    add_to_group(call.state, GROUPS.row(call, 0), call.body["user_ids"])
    return FakeResponse()


@handles("user_groups.members.remove")
def remove_members(call: Call) -> FakeResponse:
    required(call.body, "user_ids")
    members = _members(call)
    for user_id in call.body["user_ids"]:
        members.pop(user_id, None)
    GROUPS.row(call, 0)["members_count"] = len(members)
    return FakeResponse()


def add_to_group(state: State, group: JsonObject, user_ids: Sequence[object]) -> None:
    """Add collaborators to a group."""
    members = linked(state, "user_groups.members", group["id"])
    people = [find(MEMBERS.rows(state), user_id) for user_id in user_ids]
    members.update({one["id"]: {field: one[field] for field in ("id", "name", "email")} for one in people})
    group["members_count"] = len(members)


def _members(call: Call) -> dict[int | str, JsonObject]:
    return linked(call.state, "user_groups.members", GROUPS.row(call, 0)["id"])
