"""The same on PostgreSQL, where several mirrors share the work and the server may go away."""

from __future__ import annotations

import asyncio
import sys
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from tests.mirror.test_resume import Arrivals
from tests.support.mirror_contents import contents, differences, expected, mirror_of, rows
from tests.support.postgres_server import PostgresServer
from tests.support.workspace_changes import Life
from workato_async import WorkatoSession
from workato_async.mirror import Mirror, MirrorError, database, passes, sync_state, versions
from workato_async.mirror.database import Database
from workato_async.mirror.schema import SEEN, VERSIONS, WALKS
from workato_async.testing import FakeWorkato, Status

REAL_TIME = True


@pytest.fixture(params=["asyncpg", pytest.param("psycopg", marks=pytest.mark.long)])
def driver(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def url(postgres: PostgresServer, driver: str) -> str:
    return postgres.new_url(driver)


async def test_passes(fake: FakeWorkato, workato: WorkatoSession, url: str) -> None:
    fake.state.recipes[10_001]["name"] = "with\0in"
    async with Mirror(workato, url) as mirror:
        report = await mirror.run()
        assert not report.errors
        assert differences(await contents(mirror), expected(fake.state)) == {}
        recipe, job = (await rows(mirror, "recipes"))[0], (await rows(mirror, "jobs"))[0]
        assert recipe["name"] == "with\N{REPLACEMENT CHARACTER}in"
        assert recipe["created_at"].utcoffset() is not None
        assert job["status"] == fake.state.jobs[job["recipe_id"]][job["id"]]["status"]

        life = Life(fake.state, Random(1))
        fake.requests = Arrivals(lambda number: life.happen(number % 3 == 0))
        await mirror.run()
        life.happen(30)
        fake.requests = []
        report = await mirror.run(allow_deletions=True)
        assert not report.errors
        assert differences(await contents(mirror), expected(fake.state)) == {}
        assert {status.stream: status.rows for status in await mirror.status()}["recipes"] == len(fake.state.recipes)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no uvloop")
def test_a_pass_on_uvloop(url: str) -> None:
    async def main() -> None:
        async with FakeWorkato(recipes=3, jobs=9, window=None) as fake, mirror_of(fake, url) as mirror:
            assert not (await mirror.run()).errors
            assert differences(await contents(mirror), expected(fake.state)) == {}

    uvloop = pytest.importorskip("uvloop")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())


async def test_two_mirrors_share_the_work(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passes, "POLL_INTERVAL", 0.01)
    async with (
        FakeWorkato(recipes=60, jobs=600, jobs_per_page=7, window=None, latency=0.002) as fake,
        mirror_of(fake, url) as one,
        mirror_of(fake, url) as other,
    ):
        reports = await asyncio.gather(one.run(["jobs"]), other.run(["jobs"]))
        assert differences((await contents(one)) | _unasked(fake), expected(fake.state)) == {}
        assert fake.sent("jobs.list") == 120  # no page was read twice
        assert fake.sent("recipes.list") == 2
        shares = [report["jobs"].seen for report in reports]
        assert sum(shares) == 600
        assert all(shares), shares


def _unasked(fake: FakeWorkato) -> dict[str, dict[Any, Any]]:
    return {name: found for name, found in expected(fake.state).items() if name not in ("recipes", "jobs")}


async def test_the_walks_of_a_dead_mirror_are_taken_over(
    fake: FakeWorkato, workato: WorkatoSession, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passes, "POLL_INTERVAL", 0.01)
    async with Mirror(workato, url) as mirror:
        await mirror.run(["recipes"])

        def held_by(holder: str, until: Any, connection: Connection) -> None:
            held = sa.update(WALKS).where(WALKS.c.stream == "jobs", WALKS.c.parent.in_([10_001, 10_003]))
            connection.execute(held.values(holder=holder, held_until=until))

        soon = sa.func.clock_timestamp() + sa.text("interval '0.2 seconds'")
        await mirror._database.run_in_transaction(lambda connection: held_by("somebody", soon, connection))
        assert not (await mirror.run(["jobs"])).errors
        assert (await contents(mirror))["jobs"] == expected(fake.state)["jobs"]


async def test_a_mirror_that_lost_a_walk_writes_nothing_more_of_it(
    fake: FakeWorkato, workato: WorkatoSession, url: str
) -> None:
    async with Mirror(workato, url) as mirror:

        def stolen(connection: Connection) -> None:
            taken = sa.update(WALKS).where(WALKS.c.stream == "jobs", WALKS.c.parent == 10_003)
            connection.execute(taken.values(holder="somebody", held_until=sa.func.clock_timestamp()))

        loop = asyncio.get_running_loop()
        thefts: list[asyncio.Task[None]] = []

        def arrived(number: int) -> None:
            if "/10003/jobs" in fake.requests[-1].raw_target and not thefts:
                thefts.append(loop.create_task(mirror._database.run_in_transaction(stolen)))

        fake.requests = Arrivals(arrived)
        fake._latency = lambda: 0.05
        report = await mirror.run(["jobs"])
        assert thefts
        assert not report.errors
        assert fake.sent("jobs.list") == 6 * 2 + 1  # the stolen one was read again once it was free
        assert report["jobs"].seen == 60
        assert (await contents(mirror))["jobs"] == expected(fake.state)["jobs"]


async def test_a_lease_is_kept_alive(
    fake: FakeWorkato, workato: WorkatoSession, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync_state, "LEASE", 0.2)
    fake._latency = lambda: 0.15  # ten lists are leased at once: the last waits for longer than its lease
    async with mirror_of(fake, url) as one, mirror_of(fake, url) as other:
        await asyncio.gather(one.run(["jobs"]), other.run(["jobs"]))
        assert fake.sent("jobs.list") == 6 * 2
        assert (await contents(one))["jobs"] == expected(fake.state)["jobs"]


async def test_a_lost_server_is_waited_for(postgres: PostgresServer, url: str) -> None:
    async with FakeWorkato(recipes=60, jobs=600, jobs_per_page=7, window=None) as fake, mirror_of(fake, url) as mirror:
        loop = asyncio.get_running_loop()

        def restart() -> None:
            postgres.stop()
            postgres.start()

        restarts: list[asyncio.Future[None]] = []

        def arrived(number: int) -> None:
            if number == 20:
                restarts.append(loop.run_in_executor(None, restart))

        fake.requests = Arrivals(arrived)
        report = await mirror.run(["jobs"])
        await restarts[0]
        assert not report.errors
        assert differences((await contents(mirror)) | _unasked(fake), expected(fake.state)) == {}
        assert fake.sent("jobs.list") == 120


async def test_commits_of_which_nothing_is_heard_are_done_again(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection may be lost when the server has committed, and only its response is lost."""
    once = Database._once
    heard: set[Any] = set()

    async def unheard(self: Database, work: Any) -> Any:
        done = await once(self, work)
        if work not in heard:
            heard.add(work)
            await once(self, sync_state.SyncState(shared=True).finish)  # another mirror ends its pass just now
            raise ConnectionResetError
        return done

    async def at_once(seconds: float) -> None:
        pass

    monkeypatch.setattr(database, "sleep", at_once)
    async with FakeWorkato(recipes=9, jobs=90, jobs_per_page=4, lookup_rows=1_050, window=None) as fake:
        life = Life(fake.state, Random(1), erase=True)
        async with mirror_of(fake, url) as mirror:
            monkeypatch.setattr(Database, "_once", unheard)
            for _ in range(2):
                for _ in range(2):  # lists whose counters disagree with them are doubted once
                    await mirror.run(full=True, allow_deletions=True)
                assert differences(await contents(mirror), expected(fake.state)) == {}
                assert (
                    await mirror._database.run_in_transaction(
                        lambda connection: connection.scalar(sa.select(SEEN.c.id))
                    )
                    is None
                )
                life.happen(30)


async def test_a_server_that_stays_away(
    postgres: PostgresServer, fake: FakeWorkato, workato: WorkatoSession, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "RECONNECT_TIMEOUT", 0.1)
    async with Mirror(workato, url) as mirror:
        await mirror.run(["folders"])
        postgres.stop()
        try:
            with pytest.raises(MirrorError, match="cannot be reached"):
                await mirror.run(["folders"])
        finally:
            postgres.start()
        await mirror.run(["folders"])


async def test_mirrors_that_start_together_make_the_tables_once(fake: FakeWorkato, url: str) -> None:
    async with asyncio.TaskGroup() as tasks:
        for _ in range(4):
            tasks.create_task(_open(fake, url))


async def _open(fake: FakeWorkato, url: str) -> None:
    async with mirror_of(fake, url) as mirror:
        await mirror.status()


async def test_schemas_of_other_releases(
    fake: FakeWorkato, workato: WorkatoSession, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Mirror(workato, url) as mirror:
        await mirror.run()
        before = await rows(mirror, "jobs")

        def age(connection: Connection) -> None:
            connection.exec_driver_sql("ALTER TABLE jobs DROP COLUMN title")
            connection.execute(sa.update(VERSIONS).values(version=0))

        await mirror._database.run_in_transaction(age)
    async with Mirror(workato, url) as mirror:
        assert await rows(mirror, "jobs") == before
    monkeypatch.setattr(versions, "VERSION", 0)
    with pytest.raises(MirrorError, match="newer release"):
        async with Mirror(workato, url):
            pass


@pytest.mark.parametrize("part", ["/nowhere", "/workato1?user=kim"])
async def test_a_database_that_does_not_let_us_in(
    workato: WorkatoSession, postgres: PostgresServer, driver: str, part: str
) -> None:
    with pytest.raises(MirrorError, match="does not exist"):
        async with Mirror(workato, f"postgresql+{driver}://127.0.0.1:{postgres.port}{part}"):
            pass


async def test_lists_that_fail_for_both_hold_up_neither(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passes, "POLL_INTERVAL", 0.01)
    async with FakeWorkato(recipes=60, jobs=300, window=None, latency=0.005) as fake:
        fake.fail("jobs.list", Status(400, '{"message": "odd"}'), probability=0.2)
        async with mirror_of(fake, url) as one, mirror_of(fake, url) as other:
            async with asyncio.timeout(20):
                reports = await asyncio.gather(one.run(["jobs"]), other.run(["jobs"]))
            assert any(report.errors for report in reports)
