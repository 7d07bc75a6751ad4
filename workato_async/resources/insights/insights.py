"""Insights: which tables there are, and queries.

Source: "Insights", "Insights catalog" (docs: workato-api/insights, workato-api/insights-catalog), of which only the
beginnings are known: no source shows a response or confirms the names of the fields that are sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import attrs
import msgspec

from workato_async._checks import require_type
from workato_async.arguments import one_of, plain
from workato_async.base_model import Part
from workato_async.endpoint import WHOLE, Endpoint, JsonObject
from workato_async.errors import ConfigurationError, InvalidResponseError
from workato_async.resources._base import Resource
from workato_async.resources.insights.query import InsightsQuery
from workato_async.resources.insights.rows import rows_of_tree
from workato_async.resources.insights.usage import UsageBy, UsageReport, usage

if TYPE_CHECKING:
    from datetime import date

    from workato_async.pages import Pages

MOST_TABLES = 20
"""The most tables whose schema one request returns."""


@attrs.frozen(kw_only=True)
class InsightsTable(Part):
    """A table that can be queried; ``extra`` holds the other fields that Workato sent."""

    catalog: str | None = None
    schema: str | None = None
    table: str | None = None
    extra: dict[str, Any] = attrs.field(factory=dict)

    @property
    def name(self) -> str:
        """The full name, e.g. ``"workato_data.public.recipes"``, as far as its parts are known."""
        return ".".join(filter(None, (self.catalog, self.schema, self.table)))


def _tables(page: Any) -> list[InsightsTable]:
    """Make the tables of a response: objects, rows with the names of their columns apart, or full names."""
    try:
        return [_table(row) for row in rows_of_tree(page)]
    except InvalidResponseError as error:
        problem = error.reason
    raise msgspec.ValidationError(f"{problem} - at `$`")


def _table(row: JsonObject | str) -> InsightsTable:
    if isinstance(row, str):
        parts = row.rsplit(".", 2)
        row = dict(zip(("catalog", "schema", "table")[-len(parts) :], parts, strict=True))
    found: dict[str, str] = {}
    extra = dict(row)
    for part in ("table", "schema", "catalog"):
        for name in (part, f"{part}_name", f"table_{part}", *(["name"] if part == "table" else [])):
            if isinstance(extra.get(name), str):
                found[part] = extra.pop(name)
                break
    return InsightsTable(**found, extra=extra)


TABLES = Endpoint(
    "insights.tables",
    "GET",
    "/api/insights/v1/tables",
    InsightsTable,
    listing=WHOLE,
    shared_quota="insights",
    read_page=_tables,
)
SCHEMA = Endpoint(
    "insights.schema",
    "POST",
    "/api/insights/v1/schema",
    JsonObject,
    idempotent=True,  # it only reads
    reads_by_post=True,
    shared_quota="insights",
)


class Insights(Resource):
    """Insights: ``workato.insights``. All methods share one quota.

    The client role needs the privileges of Tools > Insights.
    """

    __slots__ = ()

    def tables(self, *, catalog: str | None = None) -> Pages[InsightsTable]:
        """List the tables that the client can read, in one page. ``GET /api/insights/v1/tables``, 60 a minute.

        Some tables can be queried without being listed.

        Args:
            catalog: tables of this catalog only, e.g. ``"workato_db"``.
        """
        return self._pages(TABLES, query={"catalog": catalog})

    async def schema(self, tables: Sequence[str | InsightsTable]) -> JsonObject:
        """Get the columns of tables. ``POST /api/insights/v1/schema``, 60 a minute. Idempotent.

        The shape of the response is not documented.

        Args:
            tables: 1 to 20 tables, by their full names, e.g. ``"workato_data.public.recipes"``.

        Raises:
            ConfigurationError: if there are none or too many, or a name is empty.
        """
        given = plain(tables)
        require_type("tables", given, Sequence)
        if isinstance(given, str) or not 1 <= len(given) <= MOST_TABLES:
            raise ConfigurationError(f"tables must be a collection of 1 to {MOST_TABLES} tables", endpoint=SCHEMA.key)
        names = [table.name if isinstance(table, InsightsTable) else plain(table) for table in given]
        if not all(isinstance(name, str) and name for name in names):
            raise ConfigurationError("a table is named by its full name", endpoint=SCHEMA.key)
        return await self._call(SCHEMA, body={"tables": names})

    def query(self, sql: str) -> InsightsQuery:
        """Query the data. ``POST /api/insights/v1/query``, 60 a minute. Idempotent.

        ``await`` fetches all rows as dicts, ``async for`` iterates over them, ``.save(path)`` writes a CSV file. The
        shape of the response is not documented; see ``InsightsQuery``.

        Args:
            sql: one statement that only reads, with the full names of the tables.

        Raises:
            ConfigurationError: if it is empty.
        """
        return InsightsQuery(self._caller, sql)

    async def usage(self, *, month: str | date, by: UsageBy = "recipe") -> UsageReport:
        """Report the jobs that started in a month, and their usage as the contract counts it, such as tasks.

        It takes 2 to 4 requests to Insights. The columns of usage depend on the contract, so they are looked up first;
        if there are none, only jobs are counted. Insights keeps jobs for 365 days. Months begin and end in UTC.

        ```py
        report = await workato.insights.usage(month="2026-10", by="project")
        for row in report.rows:
            print(row.name, row.jobs, row.metrics.get("task_count"))
        ```

        Args:
            month: such as ``"2026-10"``, or a day in it.
            by: ``"recipe"`` or ``"project"``.

        Raises:
            ConfigurationError: if ``month`` is not a month, or ``by`` is neither of the two.
            PermissionDeniedError, NotFoundError, BadRequestError: if the client or the workspace may not use Insights.
            InvalidResponseError: if the table of jobs lacks the columns that this needs.
        """
        if one_of("by", by, UsageBy) is None:
            raise ConfigurationError("by must be 'recipe' or 'project', not None")
        return await usage(self.schema, self.query, month, by)
