"""New entries of the activity log.

Only the times of the entries count, no clock. What a poll reads begins a while before the last entry that was handed
over, and what is known by its id is left out: so an entry that is listed late is found. It does not matter whether the
list goes from newer to older entries, as it does, or the other way: no source says so.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from math import inf
from typing import TYPE_CHECKING, Any

from workato_async.arguments import api_time
from workato_async.events import logger
from workato_async.resources.activity_logs.models import ActivityLog
from workato_async.watch import Watch, pack, unpack

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping, Sequence

    from workato_async._durations import Duration
    from workato_async.pages import Pages
    from workato_async.watch import Place

HELD = 50
"""Pages of entries that are held in memory, to be put in order; a longer gap is read in parts."""
REMEMBERED = 100_000
"""Entries of the overlap that are known by their ids."""
SAVED = 200
"""Those of them that a cursor holds: the others are handed over again after a restart."""
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


class ActivityLogWatch(Watch[ActivityLog]):
    """New entries of the log: see ``ActivityLogs.watch``."""

    kind = "activity_logs"

    def __init__(
        self,
        place: Place,
        cursor: str | None,
        every: Duration,
        *,
        since: datetime | None,
        overlap: timedelta,
        entries: Callable[[datetime | None, datetime | None], Pages[ActivityLog]],
    ) -> None:
        if since is not None:
            api_time(since)
        self._overlap = overlap
        self._entries = entries
        self._first = since  # no entry that is older is wanted
        self._last = since  # all that are older were handed over, but for late ones
        self._begun = since is not None
        self._known: dict[int, datetime | None] = {}  # handed over, with their times
        self._advanced = (
            self._polled_at
        ) = -inf  # when the last entry was first seen, and when the last whole poll began
        super().__init__(place, cursor, every)

    def _state(self) -> Mapping[str, Any]:
        return {
            "begun": self._begun,
            "first": None if self._first is None else self._first.isoformat(),
            "last": None if self._last is None else self._last.isoformat(),
            "known": pack([*self._known][-SAVED:]),
        }

    def _restore(self, state: Mapping[str, Any]) -> None:
        first, last = state["first"], state["last"]
        self._begun = bool(state["begun"])
        self._first = None if first is None else datetime.fromisoformat(first)
        self._last = None if last is None else datetime.fromisoformat(last)
        self._known = dict.fromkeys(unpack(state["known"]), self._last)

    async def _poll(self) -> AsyncGenerator[ActivityLog, None]:
        if not self._begun:
            await self._begin()
            return
        time = asyncio.get_running_loop().time()
        if self._advanced == -inf:  # it continues, or begins with a time: no late entries were searched for yet
            self._advanced = time
        # An entry that is older than the last one is late; once it cannot be late any more, none is searched for.
        begin, end = self._low(self._polled_at - self._advanced), None
        while True:
            entries = await self._read(begin, end)
            if isinstance(entries, datetime):
                end = entries
                continue
            for entry in entries:
                self._note(entry)
                yield entry
            self._forget()
            if end is None:
                self._polled_at = time
                return
            begin, end = end, None

    async def _begin(self) -> None:
        """Record the entries that are there, as far back as late ones may come."""
        newest = await self._entries(None, None).page()
        for entry in newest.items:
            self._note(entry)
        if newest.cursor is not None and self._last is not None:
            async with aclosing(self._entries(self._low(), None).pages()) as pages:
                async for page in pages:
                    for entry in page.items:
                        self._note(entry)
        self._forget()
        self._begun = True

    async def _read(self, begin: datetime | None, end: datetime | None) -> Sequence[ActivityLog] | datetime:
        """Return the new entries of a time, from older to newer ones; if they are too many, a time in the middle."""
        new: list[ActivityLog] = []
        newest = end
        async with aclosing(self._entries(begin, end).pages()) as pages:
            number = 0
            async for page in pages:
                number += 1
                if page.unreadable:
                    logger.warning("%r: %d entries cannot be read", self, len(page.unreadable))
                new += [entry for entry in page.items if entry.id not in self._known]
                if end is None:
                    times = [entry.timestamp for entry in page.items if _is_plausible(entry.timestamp)]
                    newest = max([*times, *([newest] if newest else [])], default=None)  # type: ignore[type-var]
                if number > HELD and begin is not None and newest is not None and newest - begin > 2 * _SECOND:
                    return begin + timedelta(seconds=(newest - begin) // _SECOND // 2)
        return sorted({entry.id: entry for entry in new}.values(), key=_order)

    def _low(self, waited: float = 0.0) -> datetime | None:
        """Return the time from which on entries may be new.

        Args:
            waited: seconds for which late ones have been searched for.
        """
        if self._last is None:
            return None
        try:
            low = self._last - max(timedelta(), self._overlap - timedelta(seconds=max(0.0, waited)))
        except OverflowError:
            return self._first
        return low if self._first is None else max(low, self._first)

    def _note(self, entry: ActivityLog) -> None:
        """Record that an entry was handed over."""
        time = entry.timestamp
        if time is not None and _is_plausible(time) and (self._last is None or time > self._last):
            self._last, self._advanced = time, asyncio.get_running_loop().time()
        self._known[entry.id] = time or self._last

    def _forget(self) -> None:
        """Forget the entries that will not be listed again."""
        low = self._low()
        if low is not None:
            self._known = {id_: time for id_, time in self._known.items() if time is None or time >= low - _SECOND}
        for id_ in [*self._known][:-REMEMBERED]:
            del self._known[id_]


def _order(entry: ActivityLog) -> tuple[datetime, int]:
    return entry.timestamp or datetime.min.replace(tzinfo=UTC), entry.id


def _is_plausible(time: datetime | None) -> bool:
    """Whether a time is not one that is yet to come, which would hide what comes until then."""
    return time is not None and time < datetime.now(UTC) + _DAY
