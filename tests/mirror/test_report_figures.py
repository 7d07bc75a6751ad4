"""The figures of the report, from the rows of a small workspace."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from tests.support.busy_workspace import EVIL, NOW, TODAY, busy
from tests.support.mirrored import mirrored
from workato_async.mirror.html_report.figures import Day, Figures, first_day, read, without_numbers


async def figures_of(url: str, **rows: Any) -> Figures:
    async with mirrored(url, **rows) as mirror:
        first = first_day(NOW, None)
        return await mirror._database.run_in_transaction(lambda connection: read(connection, since=first, at=NOW))


async def test_figures(url: str) -> None:
    check(await figures_of(url, **busy()))


def check(found: Figures) -> None:
    """Check the figures of :func:`busy`."""
    day = timedelta(days=1)
    assert found.days == [
        Day((TODAY - 29 * day).date()),
        Day((TODAY - 2 * day).date(), failed=1),
        Day((TODAY - day).date(), succeeded=1, failed=1),
        Day(TODAY.date(), succeeded=1, failed=1, other=1),
    ]
    assert [(one.id, one.name, one.jobs, one.failed, one.last_failed) for one in found.recipes] == [
        (1, EVIL, 3, 2, TODAY),
        (2, "Plain", 2, 1, TODAY - 2 * day),
        (3, "recipe 3", 1, 0, None),
    ]
    assert [one.seconds for one in found.recipes] == [pytest.approx(mean, abs=0.001) for mean in (40.167, 1, 7200)]
    assert [one.longest for one in found.recipes] == [pytest.approx(longest, abs=0.001) for longest in (90, 1, 7200)]
    assert [(one.text, one.jobs) for one in found.errors] == [
        ("Order # not found", 2),
        ("<b>#</b> Unauthorized", 1),
    ]
    assert [(one.id, one.name, one.provider, one.reason, one.recipes) for one in found.lost] == [
        (11, "<i>Jira</i>", "jira", "revoked", [EVIL, "Plain"]),
        (12, "lost again", "slack", "", ()),
    ]
    assert found.lost[0].lost_at == NOW


async def test_an_empty_database(url: str) -> None:
    found = await figures_of(url)
    assert (found.recipes, found.errors, found.lost, found.workspace) == ([], [], [], "")
    assert [day.failed for day in found.days] == [0, 0]
    assert all(stream.last_pass is None for stream in found.streams)


def test_the_first_day() -> None:
    at = datetime(2026, 1, 31, 8, 30, tzinfo=UTC)
    assert first_day(at, None) == datetime(2026, 1, 2, tzinfo=UTC)
    assert first_day(at, datetime(2026, 1, 30, 23, 0, tzinfo=timezone(-timedelta(hours=5)))) == datetime(
        2026, 1, 31, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("Order 17 not found", "Order # not found"),
        ("Order 1,234.50 and 9 of 12:30:01", "Order # and # of #"),
        ("job 5f2a9c3e-1111-4444-8888-abcdefabcdef failed", "job # failed"),
        ("one\n  two\t3", "one two #"),
        ("", "(no message)"),
        ("facade deadbeef", "facade deadbeef"),
    ],
)
def test_errors_are_compared_without_numbers(error: str, expected: str) -> None:
    assert without_numbers(error) == expected
