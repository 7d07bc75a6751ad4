"""``workato-async lookup-tables list|export|sync``."""

# No postponed annotations: Typer reads them when the commands are made.

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workato_async.cli.command import Group
from workato_async.cli.command_runner import ExitStatus
from workato_async.cli.options import DryRun, Limit, Project, Yes
from workato_async.cli.output import Format, Rows

if TYPE_CHECKING:
    from workato_async import WorkatoSession

COLUMNS = ("id", "name", "columns", "project_id", "updated_at")

app = Group("List, export and sync lookup tables.")

Table = Annotated[str, typer.Argument(metavar="TABLE", help="ID or name of the lookup table.")]
Delimiter = Annotated[
    str | None,
    typer.Option("--delimiter", metavar="CHAR", help="Delimiter of CSV: one character, or tab."),
]


@app.command("list", epilog="Example: workato-async lookup-tables list --json")
async def list_tables(
    workato: "WorkatoSession",
    output: Format,
    project: Project = None,
    limit: Limit = None,
) -> None:
    """List lookup tables and their columns."""
    from workato_async.cli.names import resolve_optional
    from workato_async.cli.table_export import labels

    project_id = await resolve_optional(workato, "project", project)
    shown = 0
    with Rows(COLUMNS, output, none="no lookup tables found") as rows:
        async for table in workato.lookup_tables.list():
            if project_id is not None and table.project_id != str(project_id):
                continue
            rows.add({**table.to_dict(), "columns": labels(table)})
            shown += 1
            if shown == limit:
                break


@app.command(epilog="Example: workato-async lookup-tables export Countries --to countries.csv")
async def export(
    workato: "WorkatoSession",
    output: Format,
    table: Table,
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="FILE", dir_okay=False, help="File to write instead of standard output."),
    ] = None,
    delimiter: Delimiter = None,
) -> None:
    """Write the rows of a lookup table to a file.

    The file is CSV, or JSON Lines with --json or a name such as FILE.jsonl. `lookup-tables sync` reads it back
    unchanged. In CSV, a cell that a spreadsheet would take for a formula gets an apostrophe in front, which sync
    removes again.
    """
    from workato_async.cli.table_export import export_table

    await export_table(workato, table, to, output, delimiter=_delimiter(delimiter))


@app.command(epilog="Example: workato-async lookup-tables sync Prices prices.csv --key sku")
async def sync(
    workato: "WorkatoSession",
    output: Format,
    table: Table,
    file: Annotated[
        str, typer.Argument(metavar="FILE|-", help="CSV with a header, JSON Lines or a JSON array; - for stdin.")
    ],
    key: Annotated[
        list[str],
        typer.Option("--key", metavar="COLUMN", help="Column by which rows are matched (can be given multiple times)."),
    ],
    keep: Annotated[bool, typer.Option("--keep", help="Keep the rows that the file does not have.")] = False,
    delimiter: Delimiter = None,
    dry_run: DryRun = False,
    allow_deletions: Annotated[
        bool, typer.Option("--allow-deletions", help="Remove rows even if that is all of them, or more than a tenth.")
    ] = False,
    yes: Yes = False,
) -> ExitStatus:
    """Bring a lookup table in line with a file.

    Rows are added, changed and removed. Only what differs is changed: a second run changes nothing, and one that was
    interrupted does the rest. Columns that the file does not have stay as they are. --dry-run prints a diff: + is
    added, ~ changed, - removed.

    If all rows, or more than three and more than a tenth, are missing from the file, nothing is changed without
    --allow-deletions.
    """
    from workato_async.cli.table_sync import sync_table

    return await sync_table(
        workato,
        table,
        file,
        key=key,
        keep=keep,
        delimiter=_delimiter(delimiter),
        dry_run=dry_run,
        allow_deletions=allow_deletions,
        yes=yes,
        output=output,
    )


def _delimiter(text: str | None) -> str | None:
    delimiter = "\t" if text in ("tab", "\\t") else text
    if delimiter is not None and (len(delimiter) != 1 or delimiter in "\r\n\"'"):
        raise typer.BadParameter("expected one character, or tab", param_hint="--delimiter")
    return delimiter
