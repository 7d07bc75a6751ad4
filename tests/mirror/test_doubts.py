"""What one reading, or one list, must not decide."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from tests.mirror.hostile_events import wrongly_deleted
from tests.mirror.test_hostile_passes import FORBIDDEN, agree, moved_by
from tests.support.hostile_server import HostileServer, nothing, on
from tests.support.mirror_contents import contents, expected, mirror_of
from workato_async import ConnectionFailedError, PermissionDeniedError
from workato_async.mirror import MirrorError, MirrorReport, deletions
from workato_async.mirror.errors import AnotherWorkspaceError
from workato_async.mirror.schema import WORKSPACE
from workato_async.mirror.streams import Stream
from workato_async.testing import Reset, Status


@pytest.mark.parametrize("times", [1, 3, 12])
async def test_a_list_of_other_rows_deletes_none(url: str, times: int) -> None:
    """However many rows are new, all of the old ones are missing."""

    def others(items: list[Any]) -> list[Any]:
        return [{**item, "id": item["id"] + 1_000 * n} for n in range(1, times + 1) for item in items]

    async with HostileServer() as server, mirror_of(server, url) as mirror:
        await mirror.run(["connections"])
        server.twist = on("connections.list", others)()
        report = await mirror.run(["connections"])
        assert (report["connections"].deleted, report["connections"].withheld) == (0, 12)
        server.twist = None
        await mirror.run(["connections"])
        assert await wrongly_deleted(mirror, server.state) == {}


def forget_workspace(connection: Connection) -> None:
    connection.execute(sa.delete(WORKSPACE))


async def test_an_older_database_does_not_adopt_another_workspace(url: str) -> None:
    async with HostileServer() as server, HostileServer() as other:
        async with mirror_of(server, url) as mirror:
            await mirror.run()
            await mirror._database.run_in_transaction(forget_workspace)
        moved_by(other.state, 500_000)
        other.twist = on("workspace.me", lambda tree: {**tree, "id": 7_777})()
        async with mirror_of(other, url) as mirror:
            for _ in range(3):
                report = await mirror.run()
                assert isinstance(report["recipes"].error, AnotherWorkspaceError)
                assert (await contents(mirror))["recipes"] == expected(server.state)["recipes"]
        async with mirror_of(server, url) as mirror:
            await mirror.run()
            await agree(mirror, server.state)
        async with mirror_of(other, url) as mirror:
            with pytest.raises(MirrorError, match="workspace 7777"):
                await mirror.run()


async def test_a_list_of_one_parent_with_other_rows_deletes_none(url: str) -> None:
    def others(items: list[Any]) -> list[Any]:
        return [{**item, "id": item["id"] + 1_000 * n} for n in range(1, 20) for item in items]

    async with HostileServer(lookup_rows=48) as server, mirror_of(server, url) as mirror:
        await mirror.run(["lookup_table_rows"])
        table = min(server.state.lookup_tables)
        rows = len(server.state.lookup_rows[table])
        server.twist = on("lookup_tables.rows.list", others, parents=[table])()
        report = await mirror.run(["lookup_table_rows"])
        assert (report["lookup_table_rows"].deleted, report["lookup_table_rows"].withheld) == (0, rows)


@pytest.mark.parametrize(
    ("endpoint", "change", "full"),
    [
        ("connections.list", lambda items: [{**items[0], "id": "x y"}, *items], [0]),
        ("activity_logs.list", FORBIDDEN, [0, 3, 6]),
    ],
)
async def test_what_never_works_does_not_make_every_pass_a_full_one(
    url: str, endpoint: str, change: Any, full: list[int]
) -> None:
    reports: list[MirrorReport] = []
    async with HostileServer() as server, mirror_of(server, url) as mirror:
        server.twist = on(endpoint, change)()

        def reported(report: MirrorReport) -> None:
            reports.append(report)
            if len(reports) == 8:
                task.cancel()

        task = asyncio.create_task(mirror.follow(every=60, full_every=1_800, on_report=reported))
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not reports[-1].is_complete
        assert [number for number, report in enumerate(reports) if report["recipe_versions"].requests] == full


async def test_lists_that_are_all_not_there_are_incomplete(url: str) -> None:
    async with HostileServer() as server, mirror_of(server, url) as mirror:
        server.fail("jobs.list", Status(404, '{"message": "Not found"}'), times=1_000)
        report = await mirror.run(["jobs"])
        assert not report.is_complete
        assert report["jobs"].incomplete == 6


@pytest.mark.parametrize("bad", [[10_001], [10_001, 10_003], [10_003, 10_005, 10_009]])
async def test_lists_that_are_forbidden_hold_up_no_other(url: str, bad: list[int]) -> None:
    async with HostileServer() as server, mirror_of(server, url) as mirror:
        server.twist = on("jobs.list", FORBIDDEN, parents=bad)()
        report = await mirror.run(["jobs"])
        held = (await contents(mirror))["jobs"]
        assert held == {key: job for key, job in expected(server.state)["jobs"].items() if key[0] not in bad}
        assert report["jobs"].incomplete == len(bad)
        assert isinstance(report["jobs"].error, PermissionDeniedError)
        server.twist = None
        assert (await mirror.run(["jobs"])).is_complete
        assert (await contents(mirror))["jobs"] == expected(server.state)["jobs"]


async def test_a_stream_that_is_forbidden_costs_three_requests(url: str) -> None:
    async with HostileServer() as server, mirror_of(server, url) as mirror:
        server.twist = on("jobs.list", FORBIDDEN)()
        await mirror.run(["jobs"])
        assert server.sent("jobs.list") == 3


async def test_a_pending_job_whose_connection_breaks_holds_up_no_other(url: str) -> None:
    async with HostileServer(recipes=1, jobs=0) as server, mirror_of(server, url) as mirror:
        pending = [server.state.add_job(10_001, status="pending") for _ in range(5)]
        for _ in range(9):
            server.state.add_job(10_001)
        await mirror.run(["jobs"])
        for job in pending:
            server.state.finish_job(10_001, job["id"])
        server.state.add_job(10_001)
        server.fail("jobs.get", Reset(), times=3)
        report = await mirror.run(["jobs"])
        assert isinstance(report["jobs"].error, ConnectionFailedError)
        held = [job["status"] for job in (await contents(mirror))["jobs"].values()]
        assert held.count("pending") == 1
        assert (await mirror.run(["jobs"])).is_complete
        assert (await contents(mirror))["jobs"] == expected(server.state)["jobs"]


@pytest.mark.parametrize("first", [True, False])
async def test_a_list_that_lacks_most_of_its_rows_is_incomplete(url: str, first: bool) -> None:
    async with HostileServer() as server, mirror_of(server, url) as mirror:
        server.twist = on("jobs.list", nothing, first=first, times=1)()
        report = await mirror.run(["jobs"])
        assert report["jobs"].incomplete == 1
        assert "not read to the end" in report.problems["jobs"]
        report = await mirror.run(["jobs"])
        assert report.is_complete
        assert (await contents(mirror))["jobs"] == expected(server.state)["jobs"]


async def test_an_unexpected_error_at_the_end_of_a_stream_is_its_own(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    settle = deletions.settle

    def fail(connection: Connection, stream: Stream, *args: Any, **options: Any) -> Any:
        return settle(connection, stream, *args, **options) if stream.name != "connections" else 1 // 0

    monkeypatch.setattr(deletions, "settle", fail)
    async with HostileServer() as server, mirror_of(server, url) as mirror:
        report = await mirror.run()
        assert set(report.errors) == {"connections"}
        assert "ZeroDivisionError" in report.problems["connections"]
