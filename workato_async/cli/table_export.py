"""Writing the rows of a lookup table so that they can be synced back."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from workato_async._files import atomic_write
from workato_async.cli.names import resolve
from workato_async.cli.output import Format
from workato_async.cli.progress_bar import ProgressBar
from workato_async.cli.table_files import JSON_SUFFIXES, csv_lines, json_lines
from workato_async.cli.terminal import echo_err, escape_control_chars, strip_control_chars
from workato_async.resources.lookup_tables.rows import LIST_ROWS

if TYPE_CHECKING:
    from pathlib import Path

    from workato_async import WorkatoSession
    from workato_async.resources.lookup_tables.models import LookupTable


def labels(table: LookupTable) -> list[str]:
    """Return the labels of the columns of a table; none if its schema cannot be read."""
    try:
        return [str(column.get("label") or column.get("name")) for column in table.columns]
    except (ValueError, TypeError, AttributeError):
        return []


async def export_table(
    workato: WorkatoSession, table: str, to: Path | None, output: Format, *, delimiter: str | None
) -> None:
    """Write the rows of a table to a file, or to standard output.

    Args:
        workato: the session.
        table: its id or name.
        to: the file, which is replaced when all rows are there; None for standard output.
        output: the format; a table means CSV, or what the name of the file says.
        delimiter: between the cells of CSV.
    """
    table_id = await resolve(workato, "lookup table", table)
    rows = []
    with ProgressBar(workato.limiter, LIST_ROWS.key, "rows") as bar:
        async for row in workato.lookup_tables.rows.list(table_id):
            rows.append(row.data)
            bar.advance()
    columns: list[str] = []
    async for found in workato.lookup_tables.list():
        if found.id == table_id:
            columns = labels(found)
            break
    as_json = output is Format.JSON or (
        output is Format.TABLE and to is not None and to.suffix.lower() in JSON_SUFFIXES
    )
    columns += dict.fromkeys(column for row in rows for column in row if column not in columns)
    lines = (
        json_lines(rows)
        if as_json
        else csv_lines(columns, rows, delimiter=delimiter or ",", raw=output is Format.RAW_CSV)
    )
    if to is not None:
        atomic_write(to, "".join(lines).encode(errors="replace"))
        echo_err(f"{len(rows):,} rows written to {to}")
        return
    on_terminal = sys.stdout.isatty()
    for line in lines:
        shown = escape_control_chars(line) if as_json else strip_control_chars(line.removesuffix("\n")) + "\n"
        sys.stdout.write(shown if on_terminal else line)
