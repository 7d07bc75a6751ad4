"""Roles of collaborators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.testing.call import Call, handles
from workato_async.testing.paging import filtered, listed, page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workato_async.endpoint import JsonObject


@handles("roles.list")
def list_roles(call: Call) -> Sequence[JsonObject]:
    return listed(call, list(call.state.roles.values()))


@handles("project_roles.list")
def list_project_roles(call: Call) -> JsonObject:
    found = filtered(call, call.state.project_roles.values(), "name")
    part = page(call, found)
    return {"data": part.items, "total": len(found), "page": {"number": part.number, "size": part.size}}
