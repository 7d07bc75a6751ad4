"""Workato Identity: end users, their groups, links to apps. What no source shows is taken as it is sent."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from workato_async.testing.call import Call, error_response, find, handles, required
from workato_async.testing.family import Family, linked, random_uuid, serve
from workato_async.testing.paging import filtered
from workato_async.testing.shapes import OK, data

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from workato_async.endpoint import JsonObject

USERS = Family(
    "iam.users",
    new_id=random_uuid,
    times=False,
    wrapper="data",
    samples={"name": "User {}", "email": "user{}@example.com"},
)
GROUPS = Family(
    "iam.user_groups",
    new_id=random_uuid,
    defaults=lambda state: {"name": f"Group {len(state.tables.get('iam.user_groups/', ())) + 1}"},
    times=False,
    wrapper="data",
)
LINKS = Family("iam.app_links", new_id=random_uuid, times=False, wrapper="data", samples={"name": "App {}"})

serve(USERS, "get", "delete")
serve(GROUPS, "get", "update", "delete")
serve(LINKS, "list", "create", "delete")


@handles("iam.users.list")
def list_users(call: Call) -> JsonObject:
    users = _matching(call, filtered(call, USERS.table(call).values(), "name"), "name", "email")
    for parameter, field in (("user_ids[]", "id"), ("emails[]", "email")):
        if wanted := call.texts(parameter):
            users = [user for user in users if user.get(field) in wanted]
    if groups := call.texts("user_group_ids[]"):
        users = [user for user in users if any(user["id"] in _members(call, group) for group in groups)]
    return data(users)


handles("iam.users.create")(lambda call: USERS.wrap(call, _named(USERS.create(call))))
handles("iam.users.update")(lambda call: USERS.wrap(call, _named(USERS.update(call))))
handles("iam.user_groups.list")(lambda call: data(_matching(call, GROUPS.table(call).values(), "name")))


@handles("iam.user_groups.create")
def create_group(call: Call) -> JsonObject:
    if any(group["name"] == call.body.get("name") for group in GROUPS.table(call).values()):
        raise error_response(422, {"message": "Name has already been taken", "errors": {"name": ["already taken"]}})
    return GROUPS.wrap(call, GROUPS.create(call))  # type: ignore[no-any-return]


@handles("iam.user_groups.members")
def members(call: Call) -> JsonObject:
    users = USERS.rows(call.state)
    return data([users[user_id] for user_id in _members(call, GROUPS.row(call)["id"]) if user_id in users])


@handles("iam.app_links.delete_many")
def delete_many(call: Call) -> JsonObject:
    required(call.body, "ids")
    for link_id in call.listed("ids"):
        LINKS.table(call).pop(link_id, None)
    return OK


def _members(call: Call, group_id: str) -> dict[int | str, JsonObject]:
    return linked(call.state, "iam.members", group_id)


def _join(call: Call, groups: Sequence[Any], users: Sequence[Any], *, joined: bool) -> JsonObject:
    """Put users into groups or out of them; a body that names none, in whatever form, changes nothing."""
    for group in groups:
        ids = {find(USERS.rows(call.state), user)["id"]: OK for user in users}
        members = _members(call, find(GROUPS.rows(call.state), group)["id"])
        members.update(ids)
        for user_id in () if joined else ids:
            del members[user_id]
    return OK


def _join_user(call: Call, *, joined: bool) -> JsonObject:
    group = call.body.get("user_group_id")
    return _join(call, [] if group is None else [group], [USERS.row(call)["id"]], joined=joined)


handles("iam.users.add_to_group")(partial(_join_user, joined=True))
handles("iam.users.remove_from_group")(partial(_join_user, joined=False))
handles("iam.user_groups.add_users")(
    lambda call: _join(call, [GROUPS.row(call)["id"]], call.listed("user_ids"), joined=True)
)
handles("iam.user_groups.remove_users")(
    lambda call: _join(call, [GROUPS.row(call)["id"]], call.listed("user_ids"), joined=False)
)


def _named(user: JsonObject) -> JsonObject:
    """Return a user with the name that was sent, as ``full_name``."""
    if full_name := user.pop("full_name", None):
        user["name"] = full_name
    return user


def _matching(call: Call, rows: Iterable[JsonObject], *fields: str) -> list[JsonObject]:
    """Return the rows in one of whose fields the text of ``query`` occurs."""
    query = (call.text("query") or "").casefold()
    return [row for row in rows if any(query in str(row.get(field, "")).casefold() for field in fields)]
