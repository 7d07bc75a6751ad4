"""Files that cannot be used, files of other releases, and who may use one."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from tests.support.mirror_contents import contents, differences, expected, mirror_of, rows
from workato_async import ConfigurationError, WorkatoSession
from workato_async.mirror import Mirror, MirrorError, versions
from workato_async.mirror.schema import metadata
from workato_async.testing import FakeWorkato

NAMES = (
    "{0}/alias.db",
    "{0}/folder/workato.db",
    "{0}/.//workato.db",
    "file:{0}/alias.db?uri=true",
    "file:{0}/work%2561to.db?uri=true",
    "file://localhost{0}/workato.db?uri=1",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the file of ``url``."""
    return tmp_path / "workato.db"


def execute(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def test_the_package_does_not_need_a_database() -> None:
    code = "import sys, workato_async, workato_async.testing; sys.exit('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    "url", ["", "workato.db", "mysql+aiomysql://host/db", "postgresql+psycopg2://host/db", "redis://host"]
)
def test_other_databases_are_invalid(workato: WorkatoSession, url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"sqlite:///workato\.db"):
        Mirror(workato, url)


def test_a_view_of_a_session_is_invalid(workato: WorkatoSession, url: str) -> None:
    with pytest.raises(ConfigurationError, match="session must be a WorkatoSession"):
        Mirror(workato.options(), url)  # type: ignore[arg-type]


async def test_a_second_mirror_of_a_file_fails(fake: FakeWorkato, workato: WorkatoSession, url: str) -> None:
    async with Mirror(workato, url) as one:
        await one.run(["folders"])
        async with Mirror(workato, url) as other:
            with pytest.raises(MirrorError, match="another mirror works on"):
                await other.run(["folders"])
            assert {status.stream: status.rows for status in await other.status()}["folders"] == 9
        await one.run(["folders"])
    async with Mirror(workato, url) as other:
        await other.run(["folders"])


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need a privilege")
@pytest.mark.parametrize("form", NAMES)
@pytest.mark.parametrize("made", [True, False])
async def test_every_name_of_a_file_is_the_same_file(
    workato: WorkatoSession, url: str, path: Path, form: str, made: bool
) -> None:
    path.with_name("alias.db").symlink_to(path.name)
    path.with_name("folder").symlink_to(path.parent)
    if made:
        async with Mirror(workato, url):
            pass
    async with Mirror(workato, f"sqlite:///{form.format(path.parent)}") as one:
        await one.run(["folders"])
        async with Mirror(workato, url) as other:
            with pytest.raises(MirrorError, match="another mirror works on"):
                await other.run(["folders"])
            assert {status.stream: status.rows for status in await other.status()}["folders"] == 9


async def test_a_relative_name_is_the_same_file(
    workato: WorkatoSession, url: str, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    mirror = Mirror(workato, f"sqlite:///{path.name}")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    async with mirror as one:
        await one.run(["folders"])
        async with Mirror(workato, url) as other:
            with pytest.raises(MirrorError, match="another mirror works on"):
                await other.run(["folders"])


async def test_a_file_with_two_names_is_an_error(workato: WorkatoSession, url: str, path: Path) -> None:
    """SQLite keeps a journal per name: programs that use different ones damage the file."""
    async with Mirror(workato, url) as mirror:
        await mirror.run(["folders"])
        path.with_name("backup.db").hardlink_to(path)
        with pytest.raises(MirrorError, match="more than one name"):
            await mirror.run(["folders"])
        assert await mirror.status()


async def test_a_mirror_runs_once_at_a_time(workato: WorkatoSession, url: str) -> None:
    mirror = Mirror(workato, url)
    with pytest.raises(ConfigurationError, match="async with"):
        await mirror.run()
    async with mirror:
        running = asyncio.create_task(mirror.run())
        await asyncio.sleep(0)
        with pytest.raises(ConfigurationError, match="already running"):
            await mirror.run()
        await running


async def test_a_database_in_memory(fake: FakeWorkato, workato: WorkatoSession) -> None:
    async with Mirror(workato, "sqlite://") as mirror:
        await mirror.run(["folders"])
        assert (await contents(mirror))["folders"] == expected(fake.state)["folders"]


async def test_a_newer_schema_is_an_error(workato: WorkatoSession, url: str, path: Path) -> None:
    async with Mirror(workato, url):
        pass
    execute(path, f"INSERT INTO mirror_schema VALUES ({versions.VERSION + 1}, '2030-01-01 00:00:00.000000')")
    with pytest.raises(MirrorError, match="of a newer release"):
        async with Mirror(workato, url):
            pass


async def test_an_older_schema_is_brought_up(
    fake: FakeWorkato, workato: WorkatoSession, url: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A made-up release 0 knew no stop causes, no versions of recipes, and called a column of jobs otherwise."""
    async with Mirror(workato, url) as mirror:
        await mirror.run()
        before = {name: await rows(mirror, name) for name in ("recipes", "jobs", "lookup_table_rows")}
    execute(
        path,
        "ALTER TABLE recipes DROP COLUMN stop_cause",
        "ALTER TABLE lookup_table_rows DROP COLUMN created_at",
        "ALTER TABLE jobs RENAME COLUMN title TO headline",
        "DROP TABLE recipe_versions",
        "DELETE FROM mirror_walks WHERE stream = 'recipe_versions'",
        "UPDATE mirror_schema SET version = 0",
    )
    steps = {0: lambda connection: connection.exec_driver_sql("ALTER TABLE jobs RENAME COLUMN headline TO title")}
    monkeypatch.setattr(versions, "STEPS", steps)
    async with Mirror(workato, url) as mirror:
        assert {name: await rows(mirror, name) for name in before} == before
        report = await mirror.run()
        assert report["recipe_versions"].added == 36
        assert (report["jobs"].requests, report["recipes"].changed) == (1, 0)  # one pending job is looked up
        assert differences(await contents(mirror), expected(fake.state)) == {}


def test_no_column_changes_without_a_new_version() -> None:
    """If this fails, raise VERSION, add a line to its table, and put the new number and hash here."""
    text = "\n".join(
        f"{table.name}.{column.name} {column.type!r} {column.primary_key}"
        for table in metadata.sorted_tables
        for column in table.c
    )
    assert (versions.VERSION, hashlib.sha256(text.encode()).hexdigest()[:12]) == (2, "14c778f7f46d")


async def test_whether_there_is_a_mirror_and_none_is_created(workato: WorkatoSession, url: str, path: Path) -> None:
    mirror = Mirror(workato, url)
    assert not await mirror.exists()
    assert not path.exists()
    execute(path, "CREATE TABLE others (mine TEXT)")
    assert not await mirror.exists()
    async with mirror:
        assert await mirror.exists()
        await mirror.run(["folders"])  # it is still open
    assert await mirror.exists()


async def test_a_mirror_in_a_folder_is_an_error(workato: WorkatoSession, tmp_path: Path) -> None:
    with pytest.raises(MirrorError, match="cannot be opened"):
        await Mirror(workato, f"sqlite:///{tmp_path}").exists()


async def test_tables_of_others_are_not_touched(workato: WorkatoSession, url: str, path: Path) -> None:
    execute(path, "CREATE TABLE jobs (mine TEXT)")
    with pytest.raises(MirrorError, match="not a mirror's: jobs"):
        async with Mirror(workato, url):
            pass


@pytest.mark.parametrize(
    ("place", "text"), [("no/such/folder/workato.db", "check that its folder exists"), ("workato.db", "not a")]
)
async def test_what_is_no_database(workato: WorkatoSession, tmp_path: Path, place: str, text: str) -> None:
    (tmp_path / "workato.db").write_text("not a database, but a file of some length" * 50)
    with pytest.raises(MirrorError, match=text):
        async with Mirror(workato, f"sqlite:///{tmp_path / place}"):
            pass


async def test_a_file_that_can_only_be_read(fake: FakeWorkato, workato: WorkatoSession, url: str, path: Path) -> None:
    async with Mirror(workato, url) as mirror:
        await mirror.run(["folders"])
    async with Mirror(workato, f"sqlite:///file:{path}?mode=ro&uri=true") as mirror:
        assert {status.stream: status.rows for status in await mirror.status()}["folders"] == 9
        with pytest.raises(MirrorError, match="read-only"):
            await mirror.run(["folders"])


@contextmanager
def at_most(pages: int) -> Iterator[None]:
    """Let every SQLite file have that many pages of 4 KB."""

    def limit(connection: Any, _: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages}")

    sa.event.listen(Engine, "connect", limit)
    try:
        yield
    finally:
        sa.event.remove(Engine, "connect", limit)


async def test_a_full_disk(fake: FakeWorkato, workato: WorkatoSession, url: str) -> None:
    with at_most(50):
        async with Mirror(workato, url) as mirror:
            with pytest.raises(MirrorError, match="the disk is full; free some space"):
                await mirror.run()
            held = await contents(mirror)
            assert 0 < sum(map(len, held.values())) < sum(map(len, expected(fake.state).values()))
    async with mirror_of(fake, url) as mirror:
        assert not (await mirror.run()).errors
        assert differences(await contents(mirror), expected(fake.state)) == {}
