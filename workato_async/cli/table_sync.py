"""Bringing a lookup table in line with a file, with a question before and a row for each change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from workato_async import AuthenticationError
from workato_async.cli.command_runner import CommandError, ExitStatus, interruptible
from workato_async.cli.confirmation import confirm_change
from workato_async.cli.estimates import about
from workato_async.cli.names import resolve
from workato_async.cli.output import Format, Rows
from workato_async.cli.progress_bar import ProgressBar
from workato_async.cli.table_diff import print_diff
from workato_async.cli.table_files import read_table
from workato_async.cli.terminal import echo_err, report_failures
from workato_async.resources.lookup_tables.rows import CREATE_ROW, DELETE_ROW, UPDATE_ROW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workato_async import Limiter, WorkatoSession
    from workato_async.models import LookupTableSync, RowChange

COLUMNS = ("action", "key", "row_id", "before", "after", "outcome", "error")
PREVIEWED = 20
"""Lines of the diff that are shown before the question."""
_PAST = {"add": "added", "change": "changed", "remove": "removed"}


async def sync_table(
    workato: WorkatoSession,
    table: str,
    file: str,
    *,
    key: Sequence[str],
    keep: bool,
    delimiter: str | None,
    dry_run: bool,
    allow_deletions: bool,
    yes: bool,
    output: Format,
) -> ExitStatus:
    """Sync a table, print a row for each change, and report failures on stderr.

    Raises:
        CommandError: if the file cannot be read, too many rows would be removed, or the response to the question is no.
        ConfigurationError: if the rows of the file do not fit the table.
    """
    rows = read_table(file, key=key, delimiter=delimiter)
    table_id = await resolve(workato, "lookup table", table)
    planned = await workato.lookup_tables.sync(table_id, rows, key=key, remove=not keep, dry_run=True)
    if dry_run:
        _print_plan(planned, output)
        echo_err(f"{planned}: {_cost(workato.limiter, planned)}" if planned.changes else "nothing to do")
    if planned.too_many_removals and not allow_deletions:
        raise CommandError(
            f"error: {file} lacks {len(planned.removed):,} of the {_rows_there(planned):,} rows of "
            f"{planned.table.name or table_id}; nothing was changed. Add --allow-deletions if they are to be removed, "
            "or --keep",
            ExitStatus.USAGE,
        )
    if dry_run:
        return ExitStatus.DONE
    if planned.changes and not yes:
        print_diff(planned.changes, err=True, limit=PREVIEWED)
        await confirm_change(workato, _question(planned), yes=yes)
    return await _carry_out(workato, planned, rows, key, keep=keep, asked=not yes, output=output)


async def _carry_out(
    workato: WorkatoSession,
    planned: LookupTableSync,
    rows: Sequence[dict[str, object]],
    key: Sequence[str],
    *,
    keep: bool,
    asked: bool,
    output: Format,
) -> ExitStatus:
    done: list[RowChange] = []
    failed: dict[str, object] = {}
    total = len(planned.changes)
    show = total > 0 and output.allows_progress
    with (
        interruptible(lambda: f"{_summary(done)} of {total:,} changes. Run the command again to do the rest"),
        report_failures(failed),
        _ChangeRows(output) as printed,
        ProgressBar(workato.limiter, CREATE_ROW.key, "changes", total, show=show) as bar,
    ):

        def finished(change: RowChange) -> None:
            done.append(change)
            bar.advance()
            printed.add(change)
            if change.error is not None:
                failed[f"{change.action} {'/'.join(map(str, change.key.values()))}"] = change.error

        report = planned
        if planned.changes:
            # The table is read again: what others have changed since is not overwritten by chance, and what
            # nobody has agreed to is not done.
            report = await workato.lookup_tables.sync(
                planned.table,
                rows,
                key=key,
                remove=not keep,
                allow_deletions=planned.too_many_removals,
                planned=planned if asked else None,
                on_change=finished,
            )
    echo_err(str(report).replace("to be ", "") if total else f"nothing to do, {planned.unchanged:,} rows unchanged")
    if report.unknown:
        echo_err("the unknown ones may have been added; the next sync sees them, and adds none twice")
    if any(isinstance(change.error, AuthenticationError) for change in report.failed):
        return ExitStatus.AUTHENTICATION
    return ExitStatus.PARTLY_FAILED if report.failed or report.unknown else ExitStatus.DONE


class _ChangeRows:
    """Prints changes as they are done, in the formats for programs; people get the counts."""

    def __init__(self, output: Format) -> None:
        self._rows = None if output is Format.TABLE else Rows(COLUMNS, output, changing=True)

    def __enter__(self) -> Self:
        if self._rows is not None:
            self._rows.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if self._rows is not None:
            self._rows.__exit__(kind, *rest)

    def add(self, change: RowChange, outcome: str | None = None) -> None:
        """Print a change with its outcome."""
        if self._rows is None:
            return
        if outcome is None:
            outcome = "unknown" if change.outcome_unknown else "failed" if change.error else _PAST[change.action]
        row = {name: getattr(change, name) for name in COLUMNS[:5]}
        self._rows.add({**row, "outcome": outcome, "error": str(change.error) if change.error else None})


def _print_plan(planned: LookupTableSync, output: Format) -> None:
    if output is Format.TABLE:
        print_diff(planned.changes)
        return
    with _ChangeRows(output) as rows:
        for change in planned.changes:
            rows.add(change, "planned")


def _question(planned: LookupTableSync) -> str:
    counts = {"add": planned.added, "change": planned.changed, "remove": planned.removed}
    words = [f"{verb} {_counted(len(rows))}" for verb, rows in counts.items() if rows]
    text = " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
    return f"{text[0].upper()}{text[1:]} of lookup table {planned.table.name or planned.table.id}"


def _counted(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _rows_there(planned: LookupTableSync) -> int:
    return planned.unchanged + planned.kept + len(planned.changed) + len(planned.removed)


def _summary(done: Sequence[RowChange]) -> str:
    unknown = sum(change.outcome_unknown for change in done)
    made = sum(change.error is None for change in done)
    return f"made {made:,}" + (f" ({unknown:,} more with unknown outcome)" if unknown else "")


def _cost(limiter: Limiter, planned: LookupTableSync) -> str:
    """Describe the calls and their time: additions and changes run side by side, removals afterwards."""
    counts = {CREATE_ROW.key: planned.added, UPDATE_ROW.key: planned.changed, DELETE_ROW.key: planned.removed}
    seconds = [limiter.eta(endpoint, len(rows)) if rows else 0.0 for endpoint, rows in counts.items()]
    calls = len(planned.changes)
    return f"{calls:,} {'call' if calls == 1 else 'calls'}, {about(max(seconds[:2]) + seconds[2])}"
