"""Lookup tables and their rows: the reference data that recipes read.

Source: "Lookup tables" (docs: workato-api/lookup-tables) and the API overview's table of methods.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

from workato_async._checks import require_type
from workato_async.arguments import ids_of, plain
from workato_async.base_model import AwareDatetime, Model
from workato_async.endpoint import PAGE, Endpoint, JsonObject, Listing
from workato_async.limits.quota import ONE_PER_SECOND
from workato_async.resources._base import Resource, without_none

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workato_async.calls.caller import Caller
    from workato_async.pages import Pages
    from workato_async.resources.projects.models import Project


@attrs.frozen(kw_only=True)
class LookupTable(Model):
    """A lookup table. ``schema`` is JSON text; ``columns`` is the same, parsed. ``project_id`` is text here."""

    id: int
    name: str | None = None
    schema: str | None = None
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None
    project_id: str | None = None

    @property
    def columns(self) -> tuple[JsonObject, ...]:
        """``schema`` parsed: one object per column, e.g. with ``label`` and ``name``; empty without a schema.

        Raises:
            ValueError: if the schema is not JSON.
        """
        return () if self.schema is None else tuple(json.loads(self.schema))


@attrs.frozen(kw_only=True)
class LookupTableRow(Model):
    """A row; ``data`` holds its values by column."""

    id: int
    data: JsonObject = attrs.field(factory=dict)
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None


LIST = Endpoint("lookup_tables.list", "GET", "/api/lookup_tables", LookupTable, listing=PAGE)
CREATE = Endpoint("lookup_tables.create", "POST", "/api/lookup_tables", LookupTable)
BATCH_DELETE = Endpoint[None](
    "lookup_tables.batch_delete", "POST", "/api/lookup_tables/batch_delete", quota=ONE_PER_SECOND, idempotent=True
)
LOOKUP = Endpoint("lookup_tables.lookup", "GET", "/api/lookup_tables/{lookup_table_id}/lookup", LookupTableRow)
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
        return await self._call(LOOKUP, lookup_table_id, query=_by(by))


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
        return self._pages(LIST_ROWS, lookup_table_id, query=None if by is None else _by(by), per_page=per_page)

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


def _by(columns: Mapping[str, str | int]) -> dict[str, str | int]:
    require_type("by", columns, Mapping)
    return {f"by[{plain(column)}]": value for column, value in columns.items()}
