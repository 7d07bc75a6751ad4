"""Prints the usage of a month."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from workato_async.cli.command_runner import ExitStatus
from workato_async.cli.output import Format, Rows
from workato_async.cli.terminal import echo_err

if TYPE_CHECKING:
    from workato_async.resources.insights import UsageReport


KEPT = timedelta(days=365)
"""How long Insights keeps jobs (docs: insights/data-sources)."""


def last_full_month() -> str:
    """Return the month before the current one, in UTC."""
    return f"{datetime.now(UTC).replace(day=1) - timedelta(days=1):%Y-%m}"


def print_usage(report: UsageReport, output: Format) -> ExitStatus:
    """Print a report, and on stderr its totals and whether a part of the month is missing; return the exit status."""
    columns = ("name", "jobs", *report.metrics, "id")
    if output is not Format.TABLE:
        columns = ("month", "id", "name", "jobs", *report.metrics)
    with Rows(columns, output, none=f"no jobs started in {report.month}") as rows:
        for row in report.rows:
            rows.add({"month": report.month, "id": row.id, "name": row.name, "jobs": row.jobs, **row.metrics})
    if output is Format.TABLE:
        _print_totals(report)
    if report.since < datetime.now(UTC) - KEPT:
        part = "all" if report.until < datetime.now(UTC) - KEPT else "a part"
        echo_err(
            f"incomplete: Insights keeps the jobs of the last {KEPT.days} days, and {part} of {report.month} is older"
        )
        return ExitStatus.PARTLY_FAILED
    return ExitStatus.DONE


def _print_totals(report: UsageReport) -> None:
    totals = [f"{report.jobs:,} jobs", *(f"{name} {count:,}" for name, count in report.totals.items())]
    so_far = ", so far" if report.until > datetime.now(UTC) else ""
    echo_err(f"{report.month} (UTC{so_far}): {', '.join(totals)}")
    if not report.metrics:
        echo_err("this workspace's Insights has no column of tasks or other usage: only jobs are counted")
