"""Records of data tables. They are served by a host of their own, ``data-tables.…``.

Source: "Data tables" (docs: workato-api/data-tables).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import attrs
import msgspec

from workato_async.endpoint import CONTINUATION, AnyEndpoint, Endpoint, JsonObject
from workato_async.resources._base import Resource, id_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workato_async.pages import Pages
    from workato_async.resources.data_tables import DataTable


@attrs.frozen(kw_only=True)
class Record:
    """A record; ``values`` are by field name, ``extra`` is what else the server says of it."""

    id: str
    created_at: datetime | None = None
    updated_at: datetime | None = None
    values: dict[str, Any] = attrs.field(factory=dict)
    extra: dict[str, Any] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class RecordPage:
    """A page as it is sent: names and values apart, and the server's own fields apart from those of the table.

    Attributes:
        schema: the server's own fields, and those of the table.
        data: of every record its values, in the same two parts and order.
        continuation_token: where the next page begins; None on the last one.
    """

    schema: tuple[tuple[Any, ...], ...] = ()
    data: tuple[tuple[tuple[Any, ...], ...], ...]
    continuation_token: str | None = None

    @property
    def items(self) -> list[Record]:
        """Put names and values together.

        Raises:
            msgspec.ValidationError: if they do not match.
        """
        records: list[Record] = []
        where = "$.schema"
        try:
            own_names, names = ([_name(field) for field in fields] for fields in self.schema or ((), ()))
            for position, row in enumerate(self.data):
                where = f"$.data[{position}]"
                own_values, values = row
                own = dict(zip(own_names, own_values, strict=True))
                record = Record(
                    id=str(own.pop("$record_id")),
                    created_at=_moment(own.pop("$created_at", None)),
                    updated_at=_moment(own.pop("$updated_at", None)),
                    values=dict(zip(names, values, strict=True)),
                    extra=own,
                )
                records.append(record)
        except (ValueError, TypeError, KeyError):
            raise msgspec.ValidationError(f"Expected values that match the schema - at `{where}`") from None
        return records


def _name(field: Any) -> str:
    """Give the name of a field of the schema, which no source shows: the name itself, or an object that has it."""
    return str(field["name"] if isinstance(field, dict) else field)


def _moment(value: Any) -> datetime | None:
    if value is None:
        return None
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


QUERY = Endpoint(
    "data_table_records.query",
    "POST",
    "/api/v1/tables/{data_table_id}/query",
    Record,
    idempotent=True,  # it only reads
    listing=CONTINUATION,
    host="data_tables",
    envelope=RecordPage,
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

ENDPOINTS: tuple[AnyEndpoint, ...] = (QUERY, CREATE, UPDATE, DELETE, FILE_UPLOAD, FILE_DOWNLOAD)


class DataTableRecords(Resource):
    """Records of data tables: ``workato.data_table_records``.

    A session with a ``base_url`` of your own needs ``data_tables_url`` for them, unless the host is one of Workato's.

    Raises (every method):
        ConfigurationError: if that URL is missing.
        PermissionDeniedError: if the host is that of another data center than the workspace's.
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

        ``POST /api/v1/tables/{data_table_id}/query``, 60 a minute, at most 200 a page. Replay-safe.

        A field is named by its name, or by ``$`` and its id; ``$record_id``, ``$created_at`` and ``$updated_at`` are
        the server's own. Datetimes may stand in ``where``.

        Args:
            data_table_id: the table.
            select: names or ids of the fields to give, all if not given.
            where: what records must meet, e.g. ``{"age": {"$gt": 18}}``; several fields at a time, or a list of such
                conditions under ``$and``. For text ``{"$eq": {"value": "x", "case_sensitive": False}}`` works too.
            order: a field, or ``{"by": field, "order": "asc" or "desc", "case_sensitive": bool}``.
            timezone_offset_secs: seconds that local time is ahead of UTC, for comparing moments with dates.
            per_page: records a page, 1 to 200.
        """
        query = {"select": select, "where": where, "order": order, "timezone_offset_secs": timezone_offset_secs}
        return self._pages(QUERY, id_of(data_table_id), query=query, per_page=per_page)

    async def create(self, data_table_id: str | DataTable, *, document: Mapping[str, object]) -> JsonObject:
        """Add a record. ``POST /api/v1/tables/{data_table_id}/records``, 60 a minute. Not replay-safe.

        The shape of the answer is not documented.

        Args:
            data_table_id: the table.
            document: field names with their values.
        """
        return await self._call(CREATE, id_of(data_table_id), body={"document": document})

    async def update(
        self, data_table_id: str | DataTable, record_id: str | Record, *, document: Mapping[str, object]
    ) -> JsonObject:
        """Update a record. ``PUT /api/v1/tables/{data_table_id}/records/{record_id}``, 60 a minute. Replay-safe.

        The shape of the answer is not documented.

        Args:
            data_table_id: the table.
            record_id: the record.
            document: field names with their new values.
        """
        return await self._call(UPDATE, id_of(data_table_id), id_of(record_id), body={"document": document})

    async def delete(self, data_table_id: str | DataTable, record_id: str | Record) -> None:
        """Delete a record. ``DELETE /api/v1/tables/{data_table_id}/records/{record_id}``, 60 a minute. Replay-safe."""
        await self._call(DELETE, id_of(data_table_id), id_of(record_id))

    async def file_upload(self, data_table_id: str | DataTable, field_id: str) -> JsonObject:
        """Make a link to upload a file for a field of type ``file``.

        ``POST /api/v1/tables/{data_table_id}/fields/{field_id}/file``, 60 a minute. Not replay-safe. The shape of the
        answer is not documented; whoever has the link can upload, so treat it as a secret.
        """
        return await self._call(FILE_UPLOAD, id_of(data_table_id), field_id)

    async def file_download(self, data_table_id: str | DataTable, record_id: str | Record, field_id: str) -> JsonObject:
        """Make a link to download the file of a record.

        ``GET /api/v1/tables/{data_table_id}/records/{record_id}/fields/{field_id}/file``, 60 a minute. The shape of
        the answer is not documented; whoever has the link can download, so treat it as a secret.
        """
        return await self._call(FILE_DOWNLOAD, id_of(data_table_id), id_of(record_id), field_id)
