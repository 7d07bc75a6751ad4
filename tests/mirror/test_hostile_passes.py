"""What goes wrong around a pass: clocks, other workspaces, kills, deletions, pending jobs without number."""

from __future__ import annotations

import asyncio
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.mirror.hostile_events import live, wrongly_deleted
from tests.mirror.test_resume import Arrivals, copy
from tests.support.hostile_server import HostileServer, json_of, nothing, on
from tests.support.mirror_contents import contents, differences, expected, mirror_of
from workato_async import WorkatoSession
from workato_async.mirror import Mirror, MirrorError, MirrorReport, sync_state, versions
from workato_async.mirror import mirror as mirror_module
from workato_async.mirror.errors import AnotherWorkspaceError
from workato_async.testing import Slow, Stall, State, Status

FORBIDDEN = json_of('{"message": "Forbidden"}', 403)


def shift_clock(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    """Set the clock of the mirror wrong."""

    class Wrong(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz) + by

    for module in (sync_state, mirror_module, versions):
        monkeypatch.setattr(module, "datetime", Wrong)


async def agree(mirror: Mirror, state: State) -> None:
    assert await wrongly_deleted(mirror, state) == {}
    assert differences(await contents(mirror), expected(state)) == {}


@pytest.mark.parametrize("days", [365, -365, 1 / 24, -1 / 24, 3_650])
@pytest.mark.parametrize("wrong", [0, 1])
async def test_a_clock_that_is_wrong_in_one_pass(
    url: str, days: float, wrong: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with HostileServer() as server, mirror_of(server, url) as mirror:
        for number in range(3):
            with monkeypatch.context() as patch:
                if number == wrong:
                    shift_clock(patch, timedelta(days=days))
                report = await mirror.run()
            assert report.is_complete
            await agree(mirror, server.state)
            live(server.state) if number == 0 else server.state.add_recipe()


@pytest.mark.parametrize("days", [365, -365])
async def test_an_interrupted_pass_with_a_wrong_clock(
    tmp_path: Path, days: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = tmp_path / "workato.db"
    async with HostileServer() as server:
        server.requests = Arrivals(lambda number: number == 20 and copy(database, tmp_path / "killed"))
        with monkeypatch.context() as patch:
            shift_clock(patch, timedelta(days=days))
            async with mirror_of(server, f"sqlite:///{database}") as mirror:
                await mirror.run()
        live(server.state)
        async with mirror_of(server, f"sqlite:///{tmp_path / 'killed' / 'workato.db'}") as mirror:
            for _ in range(2):
                await mirror.run()
            await agree(mirror, server.state)


async def test_an_interrupted_full_pass_that_goes_on_days_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = tmp_path / "workato.db"
    async with HostileServer() as server:
        async with mirror_of(server, f"sqlite:///{database}") as mirror:
            await mirror.run()
            live(server.state)
            server.requests = Arrivals(lambda number: number == 30 and copy(database, tmp_path / "killed"))
            await mirror.run(full=True)
        server.requests = []
        for recipe_id in (10_001, 10_003):
            server.state.add_job(recipe_id)
            del server.state.jobs[recipe_id][next(iter(server.state.jobs[recipe_id]))]
        shift_clock(monkeypatch, timedelta(days=5))
        async with mirror_of(server, f"sqlite:///{tmp_path / 'killed' / 'workato.db'}") as mirror:
            for _ in range(2):
                await mirror.run(full=True)
                assert await wrongly_deleted(mirror, server.state) == {}
            await agree(mirror, server.state)


async def test_another_workspace_is_refused(url: str) -> None:
    async with HostileServer() as server, HostileServer(recipes=3) as other:
        async with mirror_of(server, url) as mirror:
            await mirror.run()
        other.twist = on("workspace.me", lambda tree: {**tree, "id": 7_777})()
        async with mirror_of(other, url) as mirror:
            with pytest.raises(MirrorError, match="workspace 7777"):
                await mirror.run(allow_deletions=True)
            assert len(other.requests) == 1
            await agree(mirror, server.state)


async def test_another_host_is_refused(url: str) -> None:
    async with HostileServer() as server:
        async with mirror_of(server, url) as mirror:
            await mirror.run()
        elsewhere = server.url.replace("127.0.0.1", "localhost")
        async with WorkatoSession("token", base_url=elsewhere) as session, Mirror(session, url) as mirror:
            with pytest.raises(MirrorError, match="localhost"):
                await mirror.run()
            await agree(mirror, server.state)


def moved_by(state: State, distance: int) -> None:
    """Give the rows of a workspace other ids."""
    for table in (state.recipes, state.connections, state.projects, state.activity_logs):
        rows = list(table.values())
        table.clear()
        for row in rows:
            row["id"] += distance
            table[row["id"]] = row


@pytest.mark.parametrize("distance", [-3_000, 50, 500_000])
async def test_another_workspace_that_cannot_be_told_is_noticed(url: str, distance: int) -> None:
    async with HostileServer() as server, HostileServer() as other:
        async with mirror_of(server, url) as mirror:
            await mirror.run()
        moved_by(other.state, distance)
        other.twist = on("workspace.me", FORBIDDEN)()
        async with mirror_of(other, url) as mirror:
            for _ in range(3):
                other.requests.clear()
                report = await mirror.run()
                for name in ("recipes", "recipe_versions", "jobs", "connections"):
                    assert isinstance(report[name].error, AnotherWorkspaceError), name
                assert "another workspace" in report.problems["recipes"]
                assert other.sent("recipes.list") <= 2
                assert other.sent("jobs.list") == 0
                held = await contents(mirror)
                for name in ("recipes", "jobs", "connections"):
                    assert held[name] == expected(server.state)[name], name
            await mirror.run(allow_deletions=True)
            assert set((await contents(mirror))["recipes"]) == set(other.state.recipes)


async def test_many_new_rows_are_not_another_workspace(url: str) -> None:
    async with HostileServer() as server, mirror_of(server, url) as mirror:
        server.twist = on("workspace.me", FORBIDDEN)()
        await mirror.run()
        for _ in range(20):
            server.state.add_recipe()
            server.state.add_activity("recipe_started")
        assert (await mirror.run()).is_complete
        await agree(mirror, server.state)


@pytest.mark.parametrize("fault", [Status(500), Status(200, "<html>", "text/html"), Status(404, "no")])
async def test_the_workspace_need_not_be_found_out(url: str, fault: Status) -> None:
    async with HostileServer() as server, mirror_of(server, url) as mirror:
        server.fail("workspace.me", fault, times=50)
        for _ in range(2):
            assert (await mirror.run()).is_complete
            await agree(mirror, server.state)
            server.state.add_recipe()


async def test_three_lists_of_thirty_never_work(url: str) -> None:
    async with HostileServer(recipes=60, jobs=120, jobs_per_page=25) as server, mirror_of(server, url) as mirror:
        bad = [10_001, 10_003, 10_005]
        server.twist = on("jobs.list", json_of("{}", 500), parents=bad)()
        for number in range(3):
            server.requests.clear()
            report = await mirror.run(["jobs"])
            held = (await contents(mirror))["jobs"]
            assert {parent for parent, _ in held} == {recipe for recipe in server.state.recipes if recipe % 2} - {*bad}
            assert report["jobs"].incomplete == 3
            assert server.sent("jobs.list") == 3 * 3 + (27 * 2 if number == 0 else 0)
        server.twist = None
        assert (await mirror.run(["jobs"])).is_complete


@pytest.mark.parametrize("fault", [Stall(), Slow(300)])
async def test_one_slow_list_holds_up_nothing(url: str, fault: Any) -> None:
    async with HostileServer() as server, mirror_of(server, url) as mirror:
        server.fail("jobs.list", fault, times=3)
        report = await mirror.run(["jobs"])
        assert (report["jobs"].incomplete, report["jobs"].seen) == (1, 50)
        assert (await mirror.run(["jobs"])).is_complete


async def test_a_thousand_pending_jobs_and_a_new_one(url: str) -> None:
    async with HostileServer(recipes=1, jobs=0, jobs_per_page=10) as server, mirror_of(server, url) as mirror:
        server.state.add_job(10_001)
        for number in range(1_000):
            server.state.add_job(10_001, status="pending")
            if number % 100 == 99:
                server.state.add_job(10_001)
        await mirror.run(["jobs"])
        server.state.add_job(10_001)
        report = await mirror.run(["jobs"])
        assert report["jobs"].requests <= 105
        assert (await contents(mirror))["jobs"] == expected(server.state)["jobs"]


@pytest.mark.parametrize("apart", [1, 3])
async def test_a_thousand_pending_jobs_that_end_at_once(url: str, apart: int) -> None:
    async with HostileServer(recipes=1, jobs=0, jobs_per_page=25) as server, mirror_of(server, url) as mirror:
        for _ in range(1_000 // apart):
            server.state.add_job(10_001, status="pending")
            for _ in range(apart - 1):
                server.state.add_job(10_001)
        await mirror.run(["jobs"])
        for job in server.state.jobs[10_001].values():
            if job["status"] == "pending":
                server.state.finish_job(10_001, job["id"])
        server.state.add_job(10_001)
        report = await mirror.run(["jobs"])
        assert report["jobs"].requests <= 1_000 / 25 + 20
        assert (await contents(mirror))["jobs"] == expected(server.state)["jobs"]


async def test_pages_of_pending_jobs_that_do_not_work(url: str) -> None:
    async with HostileServer(recipes=1, jobs=0) as server, mirror_of(server, url) as mirror:
        for _ in range(30):
            server.state.add_job(10_001, status="pending")
        server.state.add_job(10_001)
        await mirror.run(["jobs"])
        for job in [job for job in server.state.jobs[10_001].values() if job["status"] == "pending"]:
            server.state.finish_job(10_001, job["id"])
        server.state.add_job(10_001)
        lists = on("jobs.list", json_of("{}", 500), after=1)
        server.twist = lists()
        report = await mirror.run(["jobs"])
        assert report.problems
        assert (await contents(mirror))["jobs"] == expected(server.state)["jobs"]


@pytest.mark.parametrize("state", ["cancelled", "aborted"])
async def test_unknown_states_that_have_ended_are_final(url: str, state: str) -> None:
    async with HostileServer(recipes=1, jobs=0) as server, mirror_of(server, url) as mirror:
        for _ in range(200):
            job = server.state.add_job(10_001)
            job["status"] = state
        await mirror.run(["jobs"])
        server.state.add_job(10_001)
        report = await mirror.run(["jobs"])
        assert server.sent("jobs.get") == 0
        await mirror.run(["jobs"])
        assert report["jobs"].requests <= 2
        assert (await contents(mirror))["jobs"] == expected(server.state)["jobs"]


async def test_a_kill_while_deletions_are_withheld(tmp_path: Path) -> None:
    database = tmp_path / "workato.db"
    async with HostileServer() as server:
        async with mirror_of(server, f"sqlite:///{database}") as mirror:
            await mirror.run()
            server.twist = on("recipes.list", nothing)()
            server.requests = Arrivals(lambda number: number == 16 and copy(database, tmp_path / "killed"))
            report = await mirror.run()
            assert report["recipes"].withheld >= 12
        server.twist = None
        for path in (database, tmp_path / "killed" / "workato.db"):
            async with mirror_of(server, f"sqlite:///{path}") as mirror:
                assert (await mirror.status())[0].rows == 12
                for _ in range(2):  # the first one goes on with the pass that was killed
                    await mirror.run()
                    assert await wrongly_deleted(mirror, server.state) == {}
                assert (await mirror.status())[0].withheld == 0
                await agree(mirror, server.state)


async def test_an_empty_list_once_while_deletions_are_allowed(url: str) -> None:
    async with HostileServer() as server, mirror_of(server, url) as mirror:
        await mirror.run()
        live(server.state)
        for _ in range(2):
            server.twist = on("recipes.list", nothing, times=1)()
            await mirror.run(allow_deletions=True)
            await agree(mirror, server.state)


async def test_what_is_withheld_is_allowed_by_hand(url: str) -> None:
    async with HostileServer() as server, mirror_of(server, url) as mirror:
        await mirror.run()
        for recipe_id in list(server.state.recipes)[:8]:
            server.state.remove_recipe(recipe_id)
        report = await mirror.run()
        assert (report["recipes"].deleted, report["recipes"].withheld) == (0, 8 + 8 * 3 + 40)
        report = await mirror.run(allow_deletions=True)
        assert report["recipes"].deleted == 8
        assert report.is_complete
        await agree(mirror, server.state)


async def test_a_recipe_with_most_of_the_jobs_is_deleted_by_the_second_pass(url: str) -> None:
    async with HostileServer() as server, mirror_of(server, url) as mirror:
        await mirror.run()
        server.state.remove_recipe(10_001)
        report = await mirror.run()
        assert (report["recipes"].deleted, report["recipes"].withheld) == (0, 1 + 3 + 10)
        report = await mirror.run()
        assert (report["recipes"].deleted, report["jobs"].deleted, report["recipes"].withheld) == (1, 10, 0)
        await agree(mirror, server.state)


async def test_a_recipe_that_is_deleted_during_the_pass(url: str) -> None:
    async with HostileServer() as server, mirror_of(server, url) as mirror:
        await mirror.run()
        live(server.state)

        def arrived(number: int) -> None:
            if "/10003/jobs" in server.requests[-1].raw_target and 10_003 in server.state.recipes:
                server.state.remove_recipe(10_003)

        server.requests = Arrivals(arrived)
        report = await mirror.run()
        assert "jobs" not in report.problems
        server.requests = []
        for _ in range(2):
            await mirror.run()
        await agree(mirror, server.state)


async def test_rows_that_are_deleted_and_come_back(url: str) -> None:
    async with HostileServer() as server, mirror_of(server, url) as mirror:
        await mirror.run()
        state = server.state
        kept = (dict(state.recipes), dict(state.connections), dict(state.lookup_rows[6_001]))
        jobs, versions_ = {**state.jobs}, {**state.versions}
        for recipe_id in (10_001, 10_004):
            state.remove_recipe(recipe_id)
        state.connections.clear()
        state.lookup_rows[6_001].clear()
        for _ in range(2):
            await mirror.run()
        await agree(mirror, state)
        for table, rows in zip((state.recipes, state.connections, state.lookup_rows[6_001]), kept, strict=True):
            table.update(rows)
        state.jobs.update(jobs)
        state.versions.update(versions_)
        assert (await mirror.run()).is_complete
        await agree(mirror, state)


async def test_other_streams_in_between_confirm_nothing(url: str) -> None:
    async with HostileServer() as server, mirror_of(server, url) as mirror:
        await mirror.run()
        server.twist = on("recipes.list", nothing)()
        await mirror.run(["recipes"])
        for streams in (["connections"], ["folders", "lookup_table_rows"], ["connections"]):
            await mirror.run(streams)
            await agree(mirror, server.state)
            assert "withheld" in (await mirror.status())[0].problem
        server.twist = None
        assert (await mirror.run(["jobs"])).is_complete
        await agree(mirror, server.state)


async def test_a_look_up_that_is_forbidden_holds_up_no_list(url: str) -> None:
    """The privilege for jobs and the one for their details are two."""
    async with HostileServer() as server, mirror_of(server, url) as mirror:
        for recipe_id in (10_001, 10_003, 10_005, 10_007):
            server.state.add_job(recipe_id, status="pending")
            for _ in range(5):
                server.state.add_job(recipe_id)
        await mirror.run()
        server.twist = on("jobs.get", FORBIDDEN)()
        for recipe_id in (10_001, 10_003, 10_005, 10_007):
            server.state.add_job(recipe_id)
        report = await mirror.run(["jobs"])
        assert "403" in report.problems["jobs"]
        assert (server.sent("jobs.get"), report["jobs"].added) == (1, 4)
        await agree(mirror, server.state)


async def test_errors_that_no_database_takes_as_text(url: str) -> None:
    async with HostileServer() as server, mirror_of(server, url) as mirror:
        await mirror.run()
        server.twist = on("connections.list", json_of(b'{"message": "nul \\u0000 half \\ud83d"}', 400))()
        report = await mirror.run()
        assert set(report.problems) == {"connections"}
        assert "nul" in next(one.problem for one in await mirror.status() if one.stream == "connections")


async def test_the_workspace_itself_may_be_empty(url: str) -> None:
    async with HostileServer(recipes=0, jobs=0) as server, mirror_of(server, url) as mirror:
        for _ in range(2):
            assert (await mirror.run()).is_complete
        await agree(mirror, server.state)


async def reported(mirror: Mirror) -> MirrorReport:
    return await mirror.run()


async def test_two_passes_at_once_over_copies_do_not_mix(tmp_path: Path) -> None:
    async with HostileServer() as server:
        async with mirror_of(server, f"sqlite:///{tmp_path / 'one.db'}") as mirror:
            await mirror.run()
        shutil.copy(tmp_path / "one.db", tmp_path / "two.db")
        live(server.state)
        async with (
            mirror_of(server, f"sqlite:///{tmp_path / 'one.db'}") as one,
            mirror_of(server, f"sqlite:///{tmp_path / 'two.db'}") as two,
        ):
            await asyncio.gather(reported(one), reported(two))
            await agree(one, server.state)
            await agree(two, server.state)
