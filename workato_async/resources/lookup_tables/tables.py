"""Lookup tables: the reference data that recipes read.

Source: "Lookup tables" (docs: workato-api/lookup-tables) and the API overview's table of methods.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async._checks import require_listener, require_type
from workato_async.arguments import id_of, ids_of
from workato_async.endpoint import PAGE, Endpoint, JsonObject
from workato_async.errors import ConfigurationError
from workato_async.limits.quota import ONE_PER_SECOND
from workato_async.resources._base import Resource, without_none
from workato_async.resources.lookup_tables.models import LookupTable, LookupTableRow, LookupTableSync, RowChange
from workato_async.resources.lookup_tables.rows import LookupTableRows, by_column

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from workato_async.calls.caller import Caller
    from workato_async.pages import Pages
    from workato_async.resources.lookup_tables.sync import Rows
    from workato_async.resources.projects.models import Project

LIST = Endpoint("lookup_tables.list", "GET", "/api/lookup_tables", LookupTable, listing=PAGE)
CREATE = Endpoint("lookup_tables.create", "POST", "/api/lookup_tables", LookupTable)
BATCH_DELETE = Endpoint[None](
    "lookup_tables.batch_delete", "POST", "/api/lookup_tables/batch_delete", quota=ONE_PER_SECOND, idempotent=True
)
LOOKUP = Endpoint("lookup_tables.lookup", "GET", "/api/lookup_tables/{lookup_table_id}/lookup", LookupTableRow)


class LookupTables(Resource):
    """Lookup tables: ``workato.lookup_tables``."""

    __slots__ = ("rows",)

    def __init__(self, caller: Caller) -> None:
        super().__init__(caller)
        self.rows = LookupTableRows(caller)

    def list(self, *, per_page: int | None = None) -> Pages[LookupTable]:
        """List the lookup tables. ``GET /api/lookup_tables``, 60 a minute, at most 100 per page.

        Args:
            per_page: tables per page, 1 to 100.
        """
        return self._pages(LIST, per_page=per_page)

    async def create(
        self, *, name: str, schema: Sequence[JsonObject], project_id: int | Project | None = None
    ) -> LookupTable:
        """Create a table. ``POST /api/lookup_tables``, 60 a minute. Not idempotent.

        Args:
            name: its name.
            schema: one to ten columns, each an object with a ``label``; a response has them as JSON text.
            project_id: the project it belongs to; without it, it belongs to the workspace.
        """
        return await self._call(
            CREATE, body={"lookup_table": without_none(name=name, schema=schema, project_id=project_id)}
        )

    async def batch_delete(self, *, ids: Sequence[int | LookupTable]) -> None:
        """Delete tables with their rows permanently. ``POST /api/lookup_tables/batch_delete``, 1 a second. Idempotent.

        Args:
            ids: the tables.
        """
        await self._call(BATCH_DELETE, body={"ids": ids_of(ids, "ids")})

    async def lookup(self, lookup_table_id: int | LookupTable, *, by: Mapping[str, str | int]) -> LookupTableRow:
        """Get the first row with these values. ``GET /api/lookup_tables/{lookup_table_id}/lookup``, 60 a minute.

        Args:
            lookup_table_id: the table.
            by: the values that the row must have, by column name.

        Raises:
            NotFoundError: if no row has them, or there is no such table.
        """
        return await self._call(LOOKUP, lookup_table_id, query=by_column(by))

    async def sync(
        self,
        table: int | LookupTable,
        rows: Rows,
        *,
        key: str | Sequence[str],
        remove: bool = True,
        allow_deletions: bool = False,
        dry_run: bool = False,
        planned: LookupTableSync | None = None,
        on_change: Callable[[RowChange], object] | None = None,
    ) -> LookupTableSync:
        """Bring a table in line with rows: add those it lacks, change those that differ, remove the others.

        A second sync with the same rows changes nothing, and one that was interrupted does the rest. Only columns that
        differ are sent. Each change is a request of its own, 60 a minute of each kind: additions and changes first,
        side by side, removals last. A request that fails does not affect the other rows, and a row whose response was
        lost is not added twice; if no row at all could be added or changed, none is removed. Once the token is
        rejected, nothing more is sent. Rows are read 1,000 per request.

        Values are compared as text, exactly: upper and lower case and white space count, and ``9``, ``"9"`` and, in
        columns of numbers, ``"9.0"`` are the same. None, ``""`` and no value are all an empty cell. A column that a row
        does not have stays as it is.

        Args:
            table: the table.
            rows: column labels with their values. A value is text, a number, True or False, a date or None.
            key: the column, or columns, by which rows are matched; no two rows may have the same key.
            remove: whether rows that are not given are removed; False keeps them.
            allow_deletions: whether all rows, or more than three and more than a tenth, may be removed.
            dry_run: True changes nothing; the result says what would be done.
            planned: the result of a dry run that was approved: nothing else is done.
            on_change: called with every row once it is done, or has failed.

        Raises:
            ConfigurationError: if a column is unknown, a value cannot be sent, a key is missing or not unique, too
                many rows would be removed, or the table was changed since ``planned``. Nothing is changed then.
        """
        from workato_async.resources.lookup_tables import plan, sync

        require_listener("on_change", on_change, "a row", none=True)
        if planned is not None:
            require_type("planned", planned, LookupTableSync)
        given = await sync.collected(rows)
        found = await self._with_columns(table)
        wanted = plan.wanted(found, given, key)
        todo = plan.plan(wanted, await sync.present(self.rows, found), remove=remove)
        if planned is not None:
            todo.require_part_of(planned)
        if dry_run:
            return todo.report(dry_run=True)
        todo.require_few_removals(allowed=allow_deletions)
        return await sync.carry_out(todo, self.rows, on_change)

    async def _with_columns(self, table: int | LookupTable) -> LookupTable:
        """Return a table with its schema; no endpoint returns a single one."""
        if isinstance(table, LookupTable) and table.schema is not None:
            return table
        wanted = id_of(table, "lookup_table_id")
        async for found in self.list():
            if str(found.id) == str(wanted):
                return found
        await self.rows.list(table, per_page=1).first()  # raises, if there is no such table
        raise ConfigurationError(f"lookup table {wanted} is not among those that this token can list")
