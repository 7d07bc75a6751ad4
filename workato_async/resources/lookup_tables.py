"""Lookup tables and their rows: the reference data that recipes read.

Source: "Lookup tables" (docs: workato-api/lookup-tables) and the API overview's table of methods.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import attrs

from workato_async.endpoint import PAGE, AnyEndpoint, Endpoint, JsonObject, Listing
from workato_async.model import Model, Moment
from workato_async.resources._base import Resource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workato_async.caller import Caller
    from workato_async.pages import Pages


@attrs.frozen(kw_only=True)
class LookupTable(Model):
    """A lookup table. ``schema`` is JSON text; ``columns`` is what it says. ``project_id`` is text here."""

    id: int
    name: str | None = None
    schema: str | None = None
    created_at: Moment | None = None
    updated_at: Moment | None = None
    project_id: str | None = None

    @property
    def columns(self) -> tuple[JsonObject, ...]:
        """Give ``schema`` parsed: an object a column, e.g. with ``label`` and ``name``; empty if no schema came.

        Raises:
            ValueError: if the schema is not JSON.
        """
        return () if self.schema is None else tuple(json.loads(self.schema))


@attrs.frozen(kw_only=True)
class LookupTableRow(Model):
    """A row; ``data`` holds its values by column."""

    id: int
    data: JsonObject = attrs.field(factory=dict)
    created_at: Moment | None = None
    updated_at: Moment | None = None


LIST = Endpoint("lookup_tables.list", "GET", "/api/lookup_tables", LookupTable, listing=PAGE, privilege="Lookup: list")
LIST_ROWS = Endpoint(
    "lookup_tables.rows.list",
    "GET",
    "/api/lookup_tables/{lookup_table_id}/rows",
    LookupTableRow,
    listing=Listing("page", "per_page", 1000, numbered=True),
    privilege="Lookup: rows read",
)
CREATE_ROW = Endpoint(
    "lookup_tables.rows.create",
    "POST",
    "/api/lookup_tables/{lookup_table_id}/rows",
    LookupTableRow,
    privilege="Lookup: rows write",
)
UPDATE_ROW = Endpoint(
    "lookup_tables.rows.update",
    "PUT",
    "/api/lookup_tables/{lookup_table_id}/rows/{row_id}",
    LookupTableRow,
    privilege="Lookup: rows write",
)
DELETE_ROW = Endpoint[None](
    "lookup_tables.rows.delete",
    "DELETE",
    "/api/lookup_tables/{lookup_table_id}/rows/{row_id}",
    privilege="Lookup: rows write",
)

ENDPOINTS: tuple[AnyEndpoint, ...] = (LIST, LIST_ROWS, CREATE_ROW, UPDATE_ROW, DELETE_ROW)


class LookupTables(Resource):
    """Lookup tables: ``workato.lookup_tables``."""

    __slots__ = ("rows",)

    def __init__(self, caller: Caller) -> None:
        super().__init__(caller)
        self.rows = LookupTableRows(caller)

    def list(self, *, per_page: int | None = None) -> Pages[LookupTable]:
        """List the lookup tables. ``GET /api/lookup_tables``, 60 a minute, at most 100 a page.

        Args:
            per_page: tables a page, 1 to 100.
        """
        return self._pages(LIST, per_page=per_page)


class LookupTableRows(Resource):
    """Rows of lookup tables: ``workato.lookup_tables.rows``. A table has at most 100,000."""

    __slots__ = ()

    def list(
        self, lookup_table_id: int, *, by: Mapping[str, str | int] | None = None, per_page: int | None = None
    ) -> Pages[LookupTableRow]:
        """List the rows of a table.

        ``GET /api/lookup_tables/{lookup_table_id}/rows``, 60 a minute, at most 1,000 a page.

        Args:
            lookup_table_id: the table.
            by: column names with the values that a row must have, all of them.
            per_page: rows a page, 1 to 1,000.
        """
        query = {f"by[{column}]": value for column, value in (by or {}).items()}
        return self._pages(LIST_ROWS, lookup_table_id, query=query, per_page=per_page)

    async def create(self, lookup_table_id: int, *, data: JsonObject) -> LookupTableRow:
        """Add a row. ``POST /api/lookup_tables/{lookup_table_id}/rows``, 60 a minute. Not replay-safe.

        Args:
            lookup_table_id: the table.
            data: column names with their values.
        """
        return await self._call(CREATE_ROW, lookup_table_id, body={"data": data})

    async def update(self, lookup_table_id: int, row_id: int, *, data: JsonObject) -> LookupTableRow:
        """Update a row. ``PUT /api/lookup_tables/{lookup_table_id}/rows/{row_id}``, 60 a minute.

        Args:
            lookup_table_id: the table.
            row_id: the row.
            data: column names with their new values; other columns stay.
        """
        return await self._call(UPDATE_ROW, lookup_table_id, row_id, body={"data": data})

    async def delete(self, lookup_table_id: int, row_id: int) -> None:
        """Delete a row. ``DELETE /api/lookup_tables/{lookup_table_id}/rows/{row_id}``, 60 a minute."""
        await self._call(DELETE_ROW, lookup_table_id, row_id)
