"""Rows of lookup tables.

Source: "Lookup tables" (docs: workato-api/lookup-tables) and the API overview's table of methods.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from workato_async._checks import require_type
from workato_async.arguments import plain
from workato_async.endpoint import Endpoint, JsonObject, Listing
from workato_async.resources._base import Resource
from workato_async.resources.lookup_tables.models import LookupTable, LookupTableRow

if TYPE_CHECKING:
    from workato_async.pages import Pages

LIST_ROWS = Endpoint(
    "lookup_tables.rows.list",
    "GET",
    "/api/lookup_tables/{lookup_table_id}/rows",
    LookupTableRow,
    listing=Listing("page", "per_page", 1000, numbered=True),
)
GET_ROW = Endpoint(
    "lookup_tables.rows.get", "GET", "/api/lookup_tables/{lookup_table_id}/rows/{row_id}", LookupTableRow
)
CREATE_ROW = Endpoint("lookup_tables.rows.create", "POST", "/api/lookup_tables/{lookup_table_id}/rows", LookupTableRow)
UPDATE_ROW = Endpoint(
    "lookup_tables.rows.update", "PUT", "/api/lookup_tables/{lookup_table_id}/rows/{row_id}", LookupTableRow
)
DELETE_ROW = Endpoint[None]("lookup_tables.rows.delete", "DELETE", "/api/lookup_tables/{lookup_table_id}/rows/{row_id}")


class LookupTableRows(Resource):
    """Rows of lookup tables: ``workato.lookup_tables.rows``. A table has at most 100,000."""

    __slots__ = ()

    def list(
        self,
        lookup_table_id: int | LookupTable,
        *,
        by: Mapping[str, str | int] | None = None,
        per_page: int | None = None,
    ) -> Pages[LookupTableRow]:
        """List the rows of a table.

        ``GET /api/lookup_tables/{lookup_table_id}/rows``, 60 a minute, at most 1,000 per page.

        Args:
            lookup_table_id: the table.
            by: the values that a row must have, by column name.
            per_page: rows per page, 1 to 1,000.
        """
        return self._pages(LIST_ROWS, lookup_table_id, query=None if by is None else by_column(by), per_page=per_page)

    async def get(self, lookup_table_id: int | LookupTable, row_id: int | LookupTableRow) -> LookupTableRow:
        """Get one row. ``GET /api/lookup_tables/{lookup_table_id}/rows/{row_id}``, 60 a minute."""
        return await self._call(GET_ROW, lookup_table_id, row_id)

    async def create(self, lookup_table_id: int | LookupTable, *, data: JsonObject) -> LookupTableRow:
        """Create a row. ``POST /api/lookup_tables/{lookup_table_id}/rows``, 60 a minute. Not idempotent.

        Args:
            lookup_table_id: the table.
            data: column names with their values.
        """
        return await self._call(CREATE_ROW, lookup_table_id, body={"data": data})

    async def update(
        self, lookup_table_id: int | LookupTable, row_id: int | LookupTableRow, *, data: JsonObject
    ) -> LookupTableRow:
        """Update a row. ``PUT /api/lookup_tables/{lookup_table_id}/rows/{row_id}``, 60 a minute. Idempotent.

        Args:
            lookup_table_id: the table.
            row_id: the row.
            data: column names with their new values; other columns are unchanged.
        """
        return await self._call(UPDATE_ROW, lookup_table_id, row_id, body={"data": data})

    async def delete(self, lookup_table_id: int | LookupTable, row_id: int | LookupTableRow) -> None:
        """Delete a row. ``DELETE /api/lookup_tables/{lookup_table_id}/rows/{row_id}``, 60 a minute. Idempotent."""
        await self._call(DELETE_ROW, lookup_table_id, row_id)


def by_column(columns: Mapping[str, str | int]) -> dict[str, str | int]:
    """Return the query that selects rows by the values of columns."""
    require_type("by", columns, Mapping)
    return {f"by[{plain(column)}]": value for column, value in columns.items()}
