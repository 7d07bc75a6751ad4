"""Workato Identity: end users, their groups, links to apps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.testing.call import Call, handles, required
from workato_async.testing.family import Family, random_uuid, serve
from workato_async.testing.shapes import OK, data

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject

USERS = Family("iam.users", new_id=random_uuid, times=False, wrapper="data")
GROUPS = Family("iam.user_groups", new_id=random_uuid, times=False, wrapper="data")
LINKS = Family("iam.app_links", new_id=random_uuid, times=False, wrapper="data")

serve(USERS, "get", "update", "delete")
serve(GROUPS, "list", "get", "create", "update", "delete")
serve(LINKS, "list", "create", "delete")


@handles("iam.users.list")
def list_users(call: Call) -> JsonObject:
    ids = call.texts("user_ids[]")
    return data([user for user in USERS.table(call).values() if not ids or user["id"] in ids])


@handles("iam.users.add_to_group")
@handles("iam.users.remove_from_group")
def change_groups_of_user(call: Call) -> JsonObject:
    """No source shows the body that names the group, so only the user is checked."""
    USERS.row(call)
    return OK


@handles("iam.user_groups.add_users")
@handles("iam.user_groups.remove_users")
def change_users_of_group(call: Call) -> JsonObject:
    """No source shows the body that names the users, so only the group is checked."""
    GROUPS.row(call)
    return OK


@handles("iam.user_groups.members")
def members(call: Call) -> JsonObject:
    """Always empty, since no member can be added."""
    GROUPS.row(call)
    return data([])


@handles("iam.app_links.delete_many")
def delete_many(call: Call) -> JsonObject:
    required(call.body, "ids")
    table = LINKS.table(call)
    for link_id in call.body["ids"]:
        table.pop(link_id, None)
    return OK
