"""Cuts the requested page out of a list, in the endpoint's page style."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from workato_async.endpoint import WHOLE
from workato_async.testing.call import not_found

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from workato_async.endpoint import JsonObject
    from workato_async.testing.call import Call


@attrs.frozen
class Page:
    """One page: its items, and how it was cut."""

    items: Sequence[JsonObject]
    number: int
    size: int


def page(call: Call, items: Sequence[JsonObject], default: int | None = None) -> Page:
    """Cut the page a call asks for, never longer than the endpoint allows.

    Args:
        call: the call; its endpoint says how its list is paged.
        items: all items, in the order of the list.
        default: the page size if the call has none; None for the largest.
    """
    listing = call.endpoint.listing or WHOLE
    if not listing.size:
        return Page(items, 1, len(items))
    size = min(call.number(listing.size, default or listing.largest), listing.largest)
    if listing.numbered:
        number = max(call.cursor(listing.cursor) or 1, 1)
        return Page(items[(number - 1) * size : number * size], number, size)
    if (last := call.cursor(listing.cursor)) is not None:
        items = [item for item in items if item["id"] < last]
    return Page(items[:size], 1, size)


def listed(call: Call, items: Sequence[JsonObject], default: int | None = None) -> Sequence[JsonObject]:
    """Cut the page a call asks for, for the lists that have no envelope."""
    return page(call, items, default).items


def beside_job(call: Call, jobs: Sequence[JsonObject], size: int) -> Sequence[JsonObject]:
    """Cut a page of jobs, newest first: the newest, or those next to the job that ``offset_job_id`` names.

    These are the older ones, or with ``prev`` the newer ones; the order is newest first in both cases.
    """
    offset = call.text("offset_job_id")
    if offset is None:
        return jobs[:size]
    position = next((index for index, job in enumerate(jobs) if job["id"] == offset), None)
    if position is None:
        raise not_found()
    if call.flag("prev"):
        return jobs[max(0, position - size) : position]
    return jobs[position + 1 : position + 1 + size]


def filtered(call: Call, items: Iterable[JsonObject], *fields: str) -> list[JsonObject]:
    """Keep the items that match every query parameter named like one of these fields."""
    wanted = [(field, value) for field in fields if (value := call.text(field)) is not None]
    return [item for item in items if all(str(item.get(field)) == value for field, value in wanted)]


def newest_first(table: dict[int, JsonObject]) -> list[JsonObject]:
    """Return the rows of a table by descending id."""
    return [table[key] for key in sorted(table, reverse=True)]
