"""Lookup tables, their rows, and bringing a table in line with other data."""

from workato_async.resources.lookup_tables.models import LookupTable, LookupTableRow, LookupTableSync, RowChange
from workato_async.resources.lookup_tables.rows import LookupTableRows
from workato_async.resources.lookup_tables.tables import LookupTables

__all__ = ["LookupTable", "LookupTableRow", "LookupTableRows", "LookupTableSync", "LookupTables", "RowChange"]
