"""The activity audit log: who did what in the workspace.

Source: "Environment management" (docs: workato-api/environment-management) and the API overview's table of methods.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from workato_async.base_model import AwareDatetime, Model, Part
from workato_async.endpoint import PAGE_AFTER, Endpoint, JsonObject
from workato_async.resources._base import Resource

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from workato_async.pages import Pages
    from workato_async.resources.members import Member


@attrs.frozen(kw_only=True)
class ActivityWorkspace(Part):
    """The workspace in which it happened."""

    id: int | None = None
    name: str | None = None
    email: str | None = None
    environment: str | None = None


@attrs.frozen(kw_only=True)
class ActivityUser(Part):
    """Who did it."""

    id: int | None = None
    name: str | None = None
    email: str | None = None


@attrs.frozen(kw_only=True)
class ActivityResource(Part):
    """What it was done to.

    ``id`` is a number for some types and text for others; the other fields depend on the type and are in
    ``extra["resource"]`` of the entry.
    """

    id: Any = None
    name: str | None = None
    type: str | None = None


@attrs.frozen(kw_only=True)
class ActivityLog(Model):
    """An entry of the audit log.

    ``details`` holds the request (address, user agent) and the fields of this type of event.
    """

    id: int
    timestamp: AwareDatetime | None = None
    event_type: str | None = None
    workspace: ActivityWorkspace | None = None
    user: ActivityUser | None = None
    details: JsonObject = attrs.field(factory=dict)
    resource: ActivityResource | None = None


LIST = Endpoint("activity_logs.list", "GET", "/api/activity_logs", ActivityLog, wrapper="data", listing=PAGE_AFTER)


class ActivityLogs(Resource):
    """The activity audit log: ``workato.activity_logs``."""

    __slots__ = ()

    def list(
        self,
        *,
        from_: datetime | str | None = None,
        to: datetime | str | None = None,
        users_ids: Sequence[int | Member] | None = None,
        include_resource_types: Sequence[str] | None = None,
        exclude_resource_types: Sequence[str] | None = None,
        include_event_types: Sequence[str] | None = None,
        exclude_event_types: Sequence[str] | None = None,
        per_page: int | None = None,
    ) -> Pages[ActivityLog]:
        """List the entries of the token's environment. ``GET /api/activity_logs``, 60 a minute, at most 100 per page.

        An unknown name in a filter matches nothing and is not an error.

        Args:
            from_: entries from this time on.
            to: entries up to this time.
            users_ids: events of these users only.
            include_resource_types: events on these types only, e.g. ``["flow"]`` for recipes.
            exclude_resource_types: no events on these types.
            include_event_types: events of these types only.
            exclude_event_types: no events of these types.
            per_page: entries per page, 1 to 100.
        """
        query = {
            "from": from_,
            "to": to,
            "users_ids[]": users_ids,
            "include_resource_types[]": include_resource_types,
            "exclude_resource_types[]": exclude_resource_types,
            "include_event_types[]": include_event_types,
            "exclude_event_types[]": exclude_event_types,
        }
        return self._pages(LIST, query=query, per_page=per_page)
