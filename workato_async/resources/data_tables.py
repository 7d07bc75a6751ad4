"""Data tables themselves; their records are in ``data_table_records``.

Source: "Data tables" (docs: workato-api/data-tables) and the official client spec.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from workato_async._unset import UNSET
from workato_async.arguments import id_of
from workato_async.base_model import AwareDatetime, Model
from workato_async.endpoint import PAGE, Endpoint, JsonObject
from workato_async.resources._base import Resource, changes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workato_async._unset import Unset
    from workato_async.pages import Pages
    from workato_async.resources.folders import Folder


@attrs.frozen(kw_only=True)
class DataTable(Model):
    """A data table.

    ``schema`` has one object per column: ``name``; ``type``, one of ``boolean``, ``date``, ``date_time``, ``integer``,
    ``number``, ``string``, ``file`` and ``relation``; ``optional``; ``field_id``; ``hint``; ``default_value``;
    ``metadata``; ``multivalue``; and of a relation ``relation`` with ``table_id`` and ``field_id``. It is kept as
    received, so that an update can send all of it back.
    """

    id: str
    name: str | None = None
    schema: tuple[JsonObject, ...] = ()
    folder_id: int | None = None
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None


LIST = Endpoint("data_tables.list", "GET", "/api/data_tables", DataTable, wrapper="data", listing=PAGE)
GET = Endpoint("data_tables.get", "GET", "/api/data_tables/{data_table_id}", DataTable, wrapper="data")
CREATE = Endpoint("data_tables.create", "POST", "/api/data_tables", DataTable, wrapper="data")
UPDATE = Endpoint("data_tables.update", "PUT", "/api/data_tables/{data_table_id}", DataTable, wrapper="data")
DELETE = Endpoint[None]("data_tables.delete", "DELETE", "/api/data_tables/{data_table_id}", wrapper="data")
TRUNCATE = Endpoint[None]("data_tables.truncate", "POST", "/api/data_tables/{data_table_id}/truncate", wrapper="data")


class DataTables(Resource):
    """Data tables: ``workato.data_tables``."""

    __slots__ = ()

    def list(self, *, per_page: int | None = None) -> Pages[DataTable]:
        """List the data tables. ``GET /api/data_tables``, 60 a minute, at most 100 per page.

        Args:
            per_page: tables per page, 1 to 100.
        """
        return self._pages(LIST, per_page=per_page)

    async def get(self, data_table_id: str | DataTable) -> DataTable:
        """Get one table. ``GET /api/data_tables/{data_table_id}``, 60 a minute."""
        return await self._call(GET, data_table_id)

    async def create(self, *, name: str, folder_id: int | Folder, schema: Sequence[Mapping[str, object]]) -> DataTable:
        """Create a table. ``POST /api/data_tables``, 60 a minute. Not idempotent.

        Args:
            name: its name.
            folder_id: the folder it goes into.
            schema: its columns, each with ``type``, ``name`` and ``optional``; see ``DataTable`` for the rest.

        Raises:
            BadRequestError: if a column is not valid.
        """
        return await self._call(
            CREATE, body={"name": name, "folder_id": id_of(folder_id, "folder_id"), "schema": schema}
        )

    async def update(
        self,
        data_table_id: str | DataTable,
        *,
        name: str | Unset | None = UNSET,
        folder_id: int | Folder | Unset | None = UNSET,
        schema: Sequence[Mapping[str, object]] | Unset | None = UNSET,
    ) -> DataTable:
        """Update a table: its name, folder or columns; fields not given stay unchanged.

        ``PUT /api/data_tables/{data_table_id}``, 60 a minute. Idempotent.

        Args:
            data_table_id: the table.
            name: its new name.
            folder_id: the folder to move it to.
            schema: all its columns from now on. A column to keep needs its ``field_id``; without it, the column is
                created anew and its values are lost. ``[*table.schema, {…}]`` adds a column.
        """
        fields = changes(UPDATE, name=name, folder_id=folder_id, schema=schema)
        return await self._call(UPDATE, data_table_id, body=fields)

    async def delete(self, data_table_id: str | DataTable) -> None:
        """Delete a table and its records. ``DELETE /api/data_tables/{data_table_id}``, 60 a minute. Idempotent."""
        await self._call(DELETE, data_table_id)

    async def truncate(self, data_table_id: str | DataTable) -> None:
        """Delete all records of a table and keep its columns.

        ``POST /api/data_tables/{data_table_id}/truncate``, 60 a minute. Not idempotent. A second call would delete
        records added after the first.
        """
        await self._call(TRUNCATE, data_table_id)
