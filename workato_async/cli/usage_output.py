"""Prints the usage of a month."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from workato_async.cli.output import Format, Rows
from workato_async.cli.terminal import echo_err

if TYPE_CHECKING:
    from workato_async.resources.insights import UsageReport


def last_full_month() -> str:
    """Return the month before the current one, in UTC."""
    return f"{datetime.now(UTC).replace(day=1) - timedelta(days=1):%Y-%m}"


def print_usage(report: UsageReport, output: Format) -> None:
    """Print a report, and its totals on stderr."""
    columns = ("name", "jobs", *report.metrics, "id")
    if output is not Format.TABLE:
        columns = ("month", "id", "name", "jobs", *report.metrics)
    with Rows(columns, output, none=f"no jobs started in {report.month}") as rows:
        for row in report.rows:
            rows.add({"month": report.month, "id": row.id, "name": row.name, "jobs": row.jobs, **row.metrics})
    if output is not Format.TABLE:
        return
    totals = [f"{report.jobs:,} jobs", *(f"{name} {count:,}" for name, count in report.totals.items())]
    so_far = ", so far" if report.until > datetime.now(UTC) else ""
    echo_err(f"{report.month} (UTC{so_far}): {', '.join(totals)}")
    if not report.metrics:
        echo_err("this workspace's Insights has no column of tasks or other usage: only jobs are counted")
