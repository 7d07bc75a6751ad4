"""The activity audit log: who did what in the workspace.

Source: "Environment management" (docs: workato-api/environment-management) and the API overview's table of methods.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from workato_async._durations import seconds_of
from workato_async.endpoint import PAGE_AFTER, Endpoint
from workato_async.resources._base import Resource, polled
from workato_async.resources.activity_logs.models import ActivityLog
from workato_async.resources.activity_logs.watch import ActivityLogWatch
from workato_async.resources.workspace import workspace_id
from workato_async.watch import Place, Watch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from workato_async._durations import Duration
    from workato_async.pages import Pages
    from workato_async.resources.members import Member

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

    def watch(
        self,
        cursor: str | None = None,
        *,
        since: datetime | None = None,
        every: Duration = 60.0,
        overlap: Duration = "5m",
        users_ids: Sequence[int | Member] | None = None,
        include_resource_types: Sequence[str] | None = None,
        exclude_resource_types: Sequence[str] | None = None,
        include_event_types: Sequence[str] | None = None,
        exclude_event_types: Sequence[str] | None = None,
    ) -> Watch[ActivityLog]:
        """Watch the log for new entries, for as long as you iterate; each is handed over at least once.

        ```py
        watch = workato.activity_logs.watch(cursor)  # None the first time
        async for entry in watch:
            handle(entry)
            save(watch.cursor)
        ```

        A poll takes two requests of ``list``, and one more per 100 new entries. Entries of one poll come from older to
        newer ones. A poll that fails is logged, and the next one catches up.

        Args:
            cursor: continue where an earlier watch was, with its ``watch.cursor``; None begins with the first poll.
            since: without a cursor, begin with the entries from this time on.
            every: the pause between polls, in seconds or as text such as ``"5m"``.
            overlap: how late an entry may appear in the list, in seconds or as text; each poll looks back this far.
            users_ids: events of these users only.
            include_resource_types: events on these types only.
            exclude_resource_types: no events on these types.
            include_event_types: events of these types only.
            exclude_event_types: no events of these types.

        Raises:
            ConfigurationError: if the cursor is damaged, or belongs to another watch, host or (while iterating)
                workspace, or if another argument is invalid.
            AuthenticationError, PermissionDeniedError: (while iterating) if the first poll fails with one of these, or
                three polls in a row do.
        """
        _, path, host = polled(self._caller, LIST)

        def entries(from_: datetime | None, to: datetime | None) -> Pages[ActivityLog]:
            return self.list(
                from_=from_,
                to=to,
                users_ids=users_ids,
                include_resource_types=include_resource_types,
                exclude_resource_types=exclude_resource_types,
                include_event_types=include_event_types,
                exclude_event_types=exclude_event_types,
            )

        entries(since, None)  # raises for what cannot be sent
        return ActivityLogWatch(
            Place(host, path, partial(workspace_id, self._caller)),
            cursor,
            every,
            since=since,
            overlap=timedelta(seconds=seconds_of("overlap", overlap, zero=True)),
            entries=entries,
        )
