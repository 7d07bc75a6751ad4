"""Workato Identity: end users, their groups, links to apps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.testing.call import Call, handles, required
from workato_async.testing.family import Family, random_uuid
from workato_async.testing.shapes import OK, data
from workato_async.testing.undocumented import serve_undocumented

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject

USERS = Family("iam.users", new_id=random_uuid, times=False)
GROUPS = Family("iam.user_groups", new_id=random_uuid, times=False)
LINKS = Family("iam.app_links", new_id=random_uuid, times=False)

serve_undocumented(USERS, "get", "create", "update", "delete")
serve_undocumented(GROUPS, "list", "get", "create", "update", "delete")
serve_undocumented(LINKS, "list", "create", "delete")


@handles("iam.users.list")
def list_users(call: Call) -> JsonObject:
    ids = call.texts("user_ids[]")
    return data([user for user in USERS.table(call).values() if not ids or user["id"] in ids])


@handles("iam.users.add_to_group")
@handles("iam.users.remove_from_group")
def change_groups_of_user(call: Call) -> JsonObject:
    """Which group is meant stands in a body that no source shows, so the user is all that is looked for."""
    USERS.row(call)
    return OK


@handles("iam.user_groups.add_users")
@handles("iam.user_groups.remove_users")
def change_users_of_group(call: Call) -> JsonObject:
    """Likewise."""
    GROUPS.row(call)
    return OK


@handles("iam.user_groups.members")
def members(call: Call) -> JsonObject:
    """Nobody is a member, since nobody can be made one."""
    GROUPS.row(call)
    return data([])


@handles("iam.app_links.delete_many")
def delete_many(call: Call) -> JsonObject:
    required(call.body, "ids")
    table = LINKS.table(call)
    for link_id in call.body["ids"]:
        table.pop(link_id, None)
    return OK
