"""The dlt source loads what a mirror has, and later only what is new, without what was deleted."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.support.mirror_contents import contents, mirror_of
from workato_async.mirror import Mirror
from workato_async.testing import FakeWorkato

ROOT = Path(__file__).parents[2]
HANGS = 120.0
"""Seconds after which a load that hangs is killed."""

pytestmark = pytest.mark.skipif(
    not (find_spec("dlt") and find_spec("duckdb") and find_spec("pyarrow")),
    reason="needs dlt[duckdb] and the extra parquet",
)


def load(folder: Path) -> None:
    environment = {"HOME": str(folder), "DLT_DATA_DIR": str(folder / "dlt"), "RUNTIME__DLTHUB_TELEMETRY": "false"}
    done = subprocess.run(
        [
            sys.executable,
            str(ROOT / "examples/dlt_source.py"),
            str(folder / "workato.db"),
            str(folder / "workato.duckdb"),
        ],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=HANGS,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def query(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    import duckdb

    with duckdb.connect(str(folder / "workato.duckdb"), read_only=True) as connection:
        found: list[tuple[Any, ...]] = connection.execute(sql).fetchall()
        return found


async def same(mirror: Mirror, folder: Path) -> None:
    for stream, held in (await contents(mirror)).items():
        assert query(folder, f"SELECT count(*) FROM workato_mirror.{stream}") == [(len(held),)], stream
    held = await contents(mirror)
    assert {key for (key,) in query(folder, "SELECT id FROM workato_mirror.recipes")} == held["recipes"].keys()
    assert {*query(folder, "SELECT recipe_id, id FROM workato_mirror.jobs")} == held["jobs"].keys()


@pytest.fixture
async def fake() -> AsyncIterator[FakeWorkato]:
    async with FakeWorkato(recipes=6, jobs=40, connections=5, window=None) as running:
        yield running


async def test_dlt_source(fake: FakeWorkato, tmp_path: Path) -> None:
    async with mirror_of(fake, f"sqlite:///{tmp_path / 'workato.db'}") as mirror:
        await mirror.run()
        load(tmp_path)
        await same(mirror, tmp_path)
        assert query(tmp_path, "SELECT typeof(started_at) FROM workato_mirror.jobs LIMIT 1") == [
            ("TIMESTAMP WITH TIME ZONE",)
        ]
        one, other, *_ = fake.state.recipes
        fake.state.recipes[one]["name"] = "renamed"
        fake.state.recipes[one]["updated_at"] = "2099-01-01T00:00:00Z"
        del fake.state.recipes[other]
        await mirror.run()
        await mirror.run()
        load(tmp_path)
        await same(mirror, tmp_path)
    assert query(tmp_path, f"SELECT name FROM workato_mirror.recipes WHERE id = {one}") == [("renamed",)]
    loaded = query(tmp_path, "SELECT count(*) FROM workato_mirror._dlt_loads WHERE status = 0")
    assert loaded == [(2,)]
