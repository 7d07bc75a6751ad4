"""Streams as files: what is in them, and what is left out."""

from __future__ import annotations

import asyncio
import csv
import importlib
import json
import os
import sys
import tracemalloc
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from tests.support.mirror_contents import mirror_of, rows
from tests.support.mirrored import mirrored
from workato_async import ConfigurationError
from workato_async.mirror import STREAMS
from workato_async.mirror.export import BATCH, SINCE
from workato_async.mirror.file_formats import in_utc
from workato_async.testing import FakeWorkato

AT = datetime(2026, 1, 31, 8, 0, tzinfo=UTC)
ODD = {
    "id": "j-1",
    "recipe_id": 7,
    "status": "failed",
    "started_at": AT + timedelta(microseconds=5),
    "title": 'a "title",\r\nin two lines \N{SNOWMAN}',
    "error": "",
    "is_error": True,
    "is_test": False,
    "calling_recipe_id": 2**63 - 1,
}
FORMATS = ("csv", "jsonl", pytest.param("parquet", id="parquet"))


def read(path: Path) -> list[dict[str, Any]]:
    """Read a file as a program would."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file, strict=True))
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    parquet = pytest.importorskip("pyarrow.parquet", reason="needs the extra parquet")
    file = parquet.ParquetFile(path)
    return [row for group in range(file.num_row_groups) for row in file.read_row_group(group).to_pylist()]


def needs(suffix: str) -> None:
    if suffix == "parquet":
        pytest.importorskip("pyarrow", reason="needs the extra parquet")


@pytest.mark.parametrize("suffix", FORMATS)
async def test_a_file_has_every_live_row_in_the_order_of_the_keys(
    fake: FakeWorkato, url: str, tmp_path: Path, suffix: str
) -> None:
    needs(suffix)
    async with mirror_of(fake, url) as mirror:
        await mirror.run()
        del fake.state.connections[next(iter(fake.state.connections))]
        await mirror.run()
        for stream in STREAMS:
            path = tmp_path / f"{stream}.{suffix}"
            count = await mirror.export(stream, path)
            live = [row for row in await rows(mirror, stream) if row["deleted_at"] is None]
            found = read(path)
            assert count == len(found) == len(live) > 0
            assert [str(row["id"]) for row in found] == [str(row["id"]) for row in live]
    assert sorted(path.suffix for path in tmp_path.iterdir()).count(f".{suffix}") == len(STREAMS)


async def test_csv(url: str, tmp_path: Path) -> None:
    async with mirrored(url, jobs=[ODD]) as mirror:
        await mirror.export("jobs", tmp_path / "jobs.csv")
    header, _, rest = (tmp_path / "jobs.csv").read_bytes().decode().partition("\r\n")
    assert header.startswith("recipe_id,id,handle,status,started_at")
    assert rest.startswith(
        '7,j-1,,failed,2026-01-31T08:00:00.000005Z,,"a ""title"",\r\nin two lines \N{SNOWMAN}",,true,'
    )
    assert rest.endswith(",\r\n")
    (row,) = read(tmp_path / "jobs.csv")
    assert (row["is_error"], row["is_test"], row["is_repeat"]) == ("true", "false", "")
    assert row["calling_recipe_id"] == str(2**63 - 1)
    assert json.loads(row["json"])["id"] == "j-1"


async def test_json_lines_have_the_object_itself(url: str, tmp_path: Path) -> None:
    async with mirrored(url, jobs=[ODD]) as mirror:
        await mirror.export("jobs", tmp_path / "jobs.jsonl")
    (row,) = read(tmp_path / "jobs.jsonl")
    assert row["started_at"] == "2026-01-31T08:00:00.000005Z"
    assert (row["title"], row["error"]) == (ODD["title"], "")
    assert (row["is_error"], row["is_test"], row["is_repeat"], row["deleted_at"]) == (True, False, None, None)
    assert row["calling_recipe_id"] == 2**63 - 1
    assert row["json"]["title"] == ODD["title"]


async def test_json_of_many_lines_is_one_line(url: str, tmp_path: Path) -> None:
    async with mirrored(url, projects=[{"id": 1}]) as mirror:
        pretty = '{\n  "id": 1,\r\n  "name": "x"\n}'
        await mirror._database.run_in_transaction(
            lambda connection: connection.exec_driver_sql("UPDATE projects SET json = ?", (pretty,))
        )
        await mirror.export("projects", tmp_path / "projects.jsonl")
    assert [row["json"] for row in read(tmp_path / "projects.jsonl")] == [{"id": 1, "name": "x"}]


async def test_parquet_is_typed(url: str, tmp_path: Path) -> None:
    arrow: Any = pytest.importorskip("pyarrow", reason="needs the extra parquet")
    path = tmp_path / "jobs.parquet"
    async with mirrored(url, jobs=[ODD]) as mirror:
        await mirror.export("jobs", path)
    table = importlib.import_module("pyarrow.parquet").ParquetFile(path).read()
    kinds = {field.name: field.type for field in table.schema}
    assert kinds["recipe_id"] == arrow.int64()
    assert kinds["id"] == kinds["json"] == arrow.string()
    assert kinds["is_error"] == arrow.bool_()
    assert kinds["started_at"] == kinds["deleted_at"] == arrow.timestamp("us", tz="UTC")
    assert [field.name for field in table.schema if not field.nullable] == ["recipe_id", "id", "json"]
    (row,) = table.to_pylist()
    assert row["started_at"] == ODD["started_at"]
    assert {name: row[name] for name in ODD} == ODD
    assert row["is_repeat"] is None


@pytest.mark.parametrize("suffix", FORMATS)
async def test_an_empty_stream_is_a_file_without_rows(url: str, tmp_path: Path, suffix: str) -> None:
    needs(suffix)
    path = tmp_path / f"recipes.{suffix}"
    async with mirrored(url) as mirror:
        assert await mirror.export("recipes", path) == 0
    assert read(path) == []
    assert path.exists()
    if suffix == "csv":
        assert path.read_text().startswith("id,name,")


@pytest.mark.parametrize("number", [BATCH - 1, BATCH, BATCH + 1, 3 * BATCH])
async def test_rows_of_several_batches_come_once(url: str, tmp_path: Path, number: int) -> None:
    jobs = [{"id": f"j-{at % 7}-{at}", "recipe_id": at % 3} for at in range(number)]
    async with mirrored(url, jobs=jobs) as mirror:
        assert await mirror.export("jobs", tmp_path / "jobs.jsonl") == number
    found = [(row["recipe_id"], row["id"]) for row in read(tmp_path / "jobs.jsonl")]
    assert found == sorted((job["recipe_id"], job["id"]) for job in jobs)


def test_times_of_a_driver_in_another_zone_are_in_utc() -> None:
    found = in_utc(AT.astimezone(timezone(timedelta(hours=5))))
    assert (found, found.tzinfo) == (AT, UTC)
    assert in_utc("text") == "text"


def test_the_time_of_each_stream() -> None:
    times = {name: column for name, column in SINCE.items() if column != "updated_at"}
    assert times == {
        "jobs": "started_at", "activity_logs": "timestamp", "on_prem_groups": "created_at", "projects": None,
    }  # fmt: skip


async def test_since_chooses_by_the_time_and_keeps_rows_without_one(url: str, tmp_path: Path) -> None:
    second = timedelta(seconds=1)
    jobs = [
        {"id": name, "recipe_id": 1, "started_at": time}
        for name, time in {"before": AT - second, "at": AT, "after": AT + second, "unknown": None}.items()
    ]
    async with mirrored(url, jobs=jobs, projects=[{"id": 1}]) as mirror:
        await mirror.export("jobs", tmp_path / "jobs.csv", since=AT)
        assert {row["id"] for row in read(tmp_path / "jobs.csv")} == {"at", "after", "unknown"}
        elsewhere = AT.astimezone(tz=None).replace(tzinfo=None)
        with pytest.raises(ConfigurationError, match="since must have a time zone"):
            await mirror.export("jobs", tmp_path / "jobs.csv", since=elsewhere)
        assert await mirror.export("projects", tmp_path / "projects.csv", since=AT) == 1


async def test_deleted_rows_are_left_out_unless_asked_for(url: str, tmp_path: Path) -> None:
    recipes = [
        {"id": 1, "updated_at": AT},
        {"id": 2, "updated_at": AT, "deleted_at": AT},
        {"id": 3, "updated_at": AT - timedelta(days=9), "deleted_at": AT},
        {"id": 4, "updated_at": AT - timedelta(days=9), "deleted_at": AT - timedelta(days=8)},
    ]
    path = tmp_path / "recipes.jsonl"
    async with mirrored(url, recipes=recipes) as mirror:
        for since, deleted, expected in (
            (None, False, [1]),
            (None, True, [1, 2, 3, 4]),
            (AT, False, [1]),
            (AT, True, [1, 2, 3]),
        ):
            await mirror.export("recipes", path, since=since, deleted=deleted)
            assert [row["id"] for row in read(path)] == expected
    assert read(path)[1]["deleted_at"] == "2026-01-31T08:00:00Z"


@pytest.mark.parametrize(
    ("stream", "file", "given", "message"),
    [
        ("job", "x.csv", None, "no stream job; choose from recipes"),
        ("jobs", "x.xlsx", None, "no format .xlsx; choose from csv, jsonl, parquet"),
        ("jobs", "x", None, "no format"),
        ("jobs", "x.csv", "CSV", "no format CSV"),
        ("jobs", "missing/x.csv", None, "x.csv cannot be written: No such file"),
        ("jobs", ".", "csv", "is not a regular file"),
    ],
)
async def test_what_cannot_be_exported(
    url: str, tmp_path: Path, stream: str, file: str, given: str | None, message: str
) -> None:
    async with mirrored(url) as mirror:
        with pytest.raises(ConfigurationError, match=message):
            await mirror.export(stream, tmp_path / file, format=given)
    assert not list(tmp_path.glob("*.csv"))


async def test_a_missing_pyarrow_is_named(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    async with mirrored(url) as mirror:
        with pytest.raises(ConfigurationError, match=r"pip install 'workato-async\[parquet\]'"):
            await mirror.export("jobs", tmp_path / "jobs.parquet")
    assert not (tmp_path / "jobs.parquet").exists()


@pytest.mark.parametrize("suffix", FORMATS)
async def test_an_export_that_fails_leaves_the_file_of_before(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    needs(suffix)
    path = tmp_path / f"projects.{suffix}"
    path.write_text("before")
    before = sorted(tmp_path.iterdir())

    def fail(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    async with mirrored(url, projects=[{"id": 1}]) as mirror:
        monkeypatch.setattr(os, "fsync", fail)
        with pytest.raises(ConfigurationError, match="cannot be written: No space left"):
            await mirror.export("projects", path)
        assert path.read_text() == "before"
        assert {*tmp_path.iterdir()} >= {*before}
        assert not [name for name in tmp_path.iterdir() if name.name.startswith(".")]


async def test_a_mirror_may_be_running(fake: FakeWorkato, url: str, tmp_path: Path) -> None:
    async with mirror_of(fake, url) as reading, mirror_of(fake, url) as writing:
        await writing.run(["recipes"])
        running = asyncio.create_task(writing.run(full=True))
        counts = [await reading.export("recipes", tmp_path / "recipes.csv") for _ in range(5)]
        report = await running
    assert counts == [12] * 5
    assert report.is_complete


@pytest.mark.parametrize(
    "suffix", [pytest.param(suffix, marks=[] if suffix == "jsonl" else pytest.mark.long) for suffix in FORMATS]
)
async def test_memory_does_not_grow_with_the_table(url: str, tmp_path: Path, suffix: str) -> None:
    """80 MB of rows pass through; a few batches are in memory at a time."""
    needs(suffix)
    async with mirrored(url, projects=[{"id": 1}]) as mirror:
        grow = (
            "INSERT INTO projects (id, json)"
            " WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
            ' SELECT i, \'{"id": 1, "x": "\' || hex(randomblob(2000)) || \'"}\' FROM n'
        )
        await mirror._database.run_in_transaction(lambda connection: connection.exec_driver_sql(grow))
        tracemalloc.start()
        try:
            assert await mirror.export("projects", tmp_path / f"projects.{suffix}") == 20_000
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 40e6
