"""Brings a lookup table in line with rows: reads it, and makes the changes that were planned."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing, suppress
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Any

import attrs

from workato_async.errors import (
    AuthenticationError,
    ConfigurationError,
    InvalidResponseError,
    NotFoundError,
    OutcomeUnknownError,
    WorkatoError,
)
from workato_async.fan_out import fan_out
from workato_async.resources.lookup_tables.models import LookupTableRow, LookupTableSync, RowChange
from workato_async.resources.lookup_tables.rows import LIST_ROWS

if TYPE_CHECKING:
    from collections.abc import Callable

    from workato_async.endpoint import JsonObject
    from workato_async.resources.lookup_tables.models import LookupTable
    from workato_async.resources.lookup_tables.plan import Plan
    from workato_async.resources.lookup_tables.rows import LookupTableRows

Row = Mapping[str, Any] | LookupTableRow
Rows = Iterable[Row] | AsyncIterable[Row]


async def collected(rows: Rows) -> list[JsonObject]:
    """Return the rows given as dicts.

    Raises:
        ConfigurationError: if they are not rows.
    """
    if isinstance(rows, str | bytes | Mapping) or not isinstance(rows, Iterable | AsyncIterable):
        raise ConfigurationError(f"rows must be a collection of mappings, not {type(rows).__name__}")
    found = [row async for row in rows] if isinstance(rows, AsyncIterable) else [*rows]
    return [_row(number, row) for number, row in enumerate(found, start=1)]


def _row(number: int, row: object) -> JsonObject:
    given = row.data if isinstance(row, LookupTableRow) else row
    if not isinstance(given, Mapping) or not all(isinstance(column, str) for column in given):
        raise ConfigurationError(
            f"row {number} must be a mapping of column labels to values, not {type(row).__name__}",
            advice="The rows of a data frame are df.to_dict('records').",
        )
    return dict(given)


async def present(rows: LookupTableRows, table: LookupTable) -> list[LookupTableRow]:
    """Return the rows of a table.

    Raises:
        InvalidResponseError: if one cannot be read: it might be added again.
    """
    found: list[LookupTableRow] = []
    async with aclosing(rows.list(table).pages()) as pages:
        async for page in pages:
            if page.unreadable:
                unreadable = len(page.unreadable)
                raise InvalidResponseError(
                    f"rows of lookup table {table.id} cannot be read: {unreadable} of them; nothing was changed",
                    endpoint=LIST_ROWS.key,
                    advice="They might be added a second time.",
                )
            found += page.items
    return found


async def carry_out(
    plan: Plan, rows: LookupTableRows, on_change: Callable[[RowChange], object] | None
) -> LookupTableSync:
    """Make the changes of a plan, and return what was done."""
    done: list[RowChange] = []

    def finished(change: RowChange, error: WorkatoError | None = None) -> None:
        done.append(attrs.evolve(change, error=error))
        if on_change is not None:
            on_change(done[-1])

    async def make(change: RowChange) -> None:
        try:
            await _send(change, plan, rows)
        except WorkatoError as error:
            finished(change, error)
            if isinstance(error, AuthenticationError):
                raise
        except asyncio.CancelledError as error:
            if isinstance(error.__cause__, OutcomeUnknownError):
                finished(change, error.__cause__)
            raise
        else:
            finished(change)

    async def make_all(changes: Iterable[RowChange]) -> None:
        async with fan_out(make, changes) as outcomes:
            async for outcome in outcomes:
                outcome.unwrap()

    with suppress(AuthenticationError):  # which is in the report; anything else would also be rejected
        await make_all(_alternating(plan.added, plan.changed))
    rejected = any(isinstance(change.error, AuthenticationError) for change in done)
    if done and all(isinstance(change.error, ConfigurationError) for change in done):
        raise done[0].error  # type: ignore[misc]  # nothing was sent at all, e.g. because the session was closed
    if done and not rejected and all(change.error for change in done):
        for change in plan.removed:
            finished(change, WorkatoError("not removed, because no row could be added or changed"))
    elif not rejected:
        with suppress(AuthenticationError):
            await make_all(plan.removed)
    return plan.report(
        **{name: tuple(c for c in done if c.action == action and not c.error) for action, name in _FIELDS.items()},
        failed=tuple(c for c in done if c.error and not c.outcome_unknown),
        unknown=tuple(c for c in done if c.outcome_unknown),
    )


async def _send(change: RowChange, plan: Plan, rows: LookupTableRows) -> None:
    """Make one change."""
    if change.row_id is None:
        await rows.create(plan.table, data=plan.sent(change.after))
    elif change.action == "change":
        await rows.update(plan.table, change.row_id, data=plan.sent(change.after))
    else:
        try:
            await rows.delete(plan.table, change.row_id)
        except NotFoundError as error:
            if not error.from_json:  # the page of something in between, not Workato's own word that it is gone
                raise


_FIELDS = {"add": "added", "change": "changed", "remove": "removed"}


def _alternating(*several: Sequence[RowChange]) -> Iterator[RowChange]:
    """Mix changes of different kinds: each kind has a quota of its own, and none waits for the others."""
    return (change for change in chain.from_iterable(zip_longest(*several)) if change is not None)
