"""Records of data tables. They have a host of their own, ``data-tables.…``.

Source: "Data tables" (docs: workato-api/data-tables).
"""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - the types of a record are read at run time
from typing import TYPE_CHECKING, Any

import attrs
import msgspec

from workato_async.base_model import Model, Part
from workato_async.endpoint import CONTINUATION, Endpoint, JsonObject
from workato_async.resources._base import Resource
from workato_async.tolerant import read_time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workato_async.pages import Pages
    from workato_async.resources.data_tables import DataTable


@attrs.frozen(kw_only=True)
class Record(Part):
    """A record; ``values`` are by field name, ``extra`` holds the server's other fields."""

    id: str
    created_at: datetime | None = None
    updated_at: datetime | None = None
    values: dict[str, Any] = attrs.field(factory=dict)
    extra: dict[str, Any] = attrs.field(factory=dict)


def _records(page: Any) -> list[Record]:
    """Make the records of a page, which has names and values apart: ``schema`` names what each row of ``data`` holds.

    Both have two parts, the server's own fields and those of the table.

    Raises:
        msgspec.ValidationError: if names and values do not match.
    """
    records: list[Record] = []
    where = "$"
    try:
        rows = page["data"]
        where = "$.schema"
        own_fields, fields = page.get("schema") or ([], [])
        own_names, names = [_name(field) for field in _array(own_fields)], [_name(field) for field in _array(fields)]
        where = "$.data"
        for position, row in enumerate(_array(rows)):
            where = f"$.data[{position}]"
            own_values, values = _array(row)
            own = dict(zip(own_names, _array(own_values), strict=True))
            record = Record(
                id=str(own.pop("$record_id")),
                created_at=_take_time(own, "$created_at"),
                updated_at=_take_time(own, "$updated_at"),
                values=dict(zip(names, _array(values), strict=True)),
                extra=own,
            )
            records.append(record)
    except (ValueError, TypeError, KeyError):
        raise msgspec.ValidationError(f"Expected values that match the schema - at `{where}`") from None
    return records


def _array(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("not an array")
    return value


def _name(field: Any) -> str:
    """Return the name of a field of the schema: undocumented, either the name itself or an object that has it."""
    return str(field["name"] if isinstance(field, dict) else field)


def _take_time(own: dict[str, Any], name: str) -> datetime | None:
    """Take a time out of the server's own fields; one that cannot be read stays there."""
    try:
        time = None if own.get(name) is None else read_time(own[name])
    except ValueError:
        return None
    own.pop(name, None)
    return time


@attrs.frozen(kw_only=True)
class TableField(Part):
    """A field of a table of records; ``type`` is e.g. ``"string"``."""

    field_id: str | None = None
    name: str | None = None
    type: str | None = None


@attrs.frozen(kw_only=True)
class RecordTable(Model):
    """A data table as the host of its records describes it: the names and ids of its fields."""

    id: str
    name: str | None = None
    schema: tuple[TableField, ...] = ()


TABLE = Endpoint(
    "data_table_records.table", "GET", "/api/v1/tables/{id}", RecordTable, wrapper="data", host="data_tables"
)
QUERY = Endpoint(
    "data_table_records.query",
    "POST",
    "/api/v1/tables/{data_table_id}/query",
    Record,
    idempotent=True,  # it only reads
    listing=CONTINUATION,
    host="data_tables",
    read_page=_records,
)
CREATE = Endpoint(
    "data_table_records.create",
    "POST",
    "/api/v1/tables/{data_table_id}/records",
    JsonObject,
    wrapper="data",
    host="data_tables",
)
UPDATE = Endpoint(
    "data_table_records.update",
    "PUT",
    "/api/v1/tables/{data_table_id}/records/{record_id}",
    JsonObject,
    wrapper="data",
    host="data_tables",
)
DELETE = Endpoint[None](
    "data_table_records.delete",
    "DELETE",
    "/api/v1/tables/{data_table_id}/records/{record_id}",
    host="data_tables",
)
FILE_UPLOAD = Endpoint(
    "data_table_records.file_upload",
    "POST",
    "/api/v1/tables/{data_table_id}/fields/{field_id}/file",
    JsonObject,
    host="data_tables",
)
FILE_DOWNLOAD = Endpoint(
    "data_table_records.file_download",
    "GET",
    "/api/v1/tables/{data_table_id}/records/{record_id}/fields/{field_id}/file",
    JsonObject,
    host="data_tables",
)


class DataTableRecords(Resource):
    """Records of data tables: ``workato.data_table_records``.

    A session with a ``base_url`` of your own needs ``data_tables_url`` for them, unless the host is one of Workato's.

    Raises:
        ConfigurationError: by every method, if that URL is missing.
        PermissionDeniedError: by every method, if the host belongs to a data center other than the workspace's.
    """

    __slots__ = ()

    def query(
        self,
        data_table_id: str | DataTable,
        *,
        select: Sequence[str] | None = None,
        where: Mapping[str, object] | None = None,
        order: str | Mapping[str, object] | None = None,
        timezone_offset_secs: int | None = None,
        per_page: int | None = None,
    ) -> Pages[Record]:
        """Query the records of a table.

        ``POST /api/v1/tables/{data_table_id}/query``, 60 a minute, at most 200 per page. Idempotent.

        A field is named by its name, or by ``$`` and its id; ``$record_id``, ``$created_at`` and ``$updated_at`` are
        the server's own. ``where`` takes datetimes.

        Args:
            data_table_id: the table.
            select: names or ids of the fields to return; all by default.
            where: the conditions that records must meet, e.g. ``{"age": {"$gt": 18}}``, for one field or several, or as
                a list under ``$and``. For text ``{"$eq": {"value": "x", "case_sensitive": False}}`` also works.
            order: a field, or ``{"by": field, "order": "asc" or "desc", "case_sensitive": bool}``.
            timezone_offset_secs: seconds that local time is ahead of UTC, for comparing times with dates.
            per_page: records per page, 1 to 200.
        """
        query = {"select": select, "where": where, "order": order, "timezone_offset_secs": timezone_offset_secs}
        return self._pages(QUERY, data_table_id, query=query, per_page=per_page)

    async def table(self, data_table_id: str | DataTable) -> RecordTable:
        """Get a table with the fields of its records. ``GET /api/v1/tables/{id}``, 60 a minute."""
        return await self._call(TABLE, data_table_id)

    async def create(self, data_table_id: str | DataTable, *, document: Mapping[str, object]) -> JsonObject:
        """Create a record. ``POST /api/v1/tables/{data_table_id}/records``, 60 a minute. Not idempotent.

        The shape of the response is not documented.

        Args:
            data_table_id: the table.
            document: field names with their values.
        """
        return await self._call(CREATE, data_table_id, body={"document": document})

    async def update(
        self, data_table_id: str | DataTable, record_id: str | Record, *, document: Mapping[str, object]
    ) -> JsonObject:
        """Update a record. ``PUT /api/v1/tables/{data_table_id}/records/{record_id}``, 60 a minute. Idempotent.

        The shape of the response is not documented.

        Args:
            data_table_id: the table.
            record_id: the record.
            document: field names with their new values.
        """
        return await self._call(UPDATE, data_table_id, record_id, body={"document": document})

    async def delete(self, data_table_id: str | DataTable, record_id: str | Record) -> None:
        """Delete a record. ``DELETE /api/v1/tables/{data_table_id}/records/{record_id}``, 60 a minute. Idempotent."""
        await self._call(DELETE, data_table_id, record_id)

    async def file_upload(self, data_table_id: str | DataTable, field_id: str) -> JsonObject:
        """Create a link to upload a file for a field of type ``file``.

        ``POST /api/v1/tables/{data_table_id}/fields/{field_id}/file``, 60 a minute. Not idempotent. The shape of the
        response is not documented; anyone with the link can upload, so treat it as a secret.
        """
        return await self._call(FILE_UPLOAD, data_table_id, field_id)

    async def file_download(self, data_table_id: str | DataTable, record_id: str | Record, field_id: str) -> JsonObject:
        """Get a link to download the file of a record.

        ``GET /api/v1/tables/{data_table_id}/records/{record_id}/fields/{field_id}/file``, 60 a minute. The shape of the
        response is not documented; anyone with the link can download, so treat it as a secret.
        """
        return await self._call(FILE_DOWNLOAD, data_table_id, record_id, field_id)
