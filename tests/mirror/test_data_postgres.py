"""Files and the report from PostgreSQL are those from SQLite."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mirror import test_report_figures
from tests.support.busy_workspace import TODAY, busy
from tests.support.mirrored import mirrored
from tests.support.postgres_server import PostgresServer
from workato_async.mirror import STREAMS
from workato_async.mirror.export import BATCH

REAL_TIME = True


async def test_figures(postgres: PostgresServer) -> None:
    test_report_figures.check(await test_report_figures.figures_of(postgres.new_url(), **busy()))


@pytest.mark.parametrize("format", ["csv", "jsonl", "parquet"])
async def test_files(postgres: PostgresServer, url: str, tmp_path: Path, format: str) -> None:  # noqa: A002
    if format == "parquet":
        pytest.importorskip("pyarrow", reason="needs the extra parquet")
    rows = dict(busy())
    rows["jobs"] = [*rows["jobs"], *({"id": f"j-{at}", "recipe_id": 9} for at in range(1000, 1000 + BATCH))]
    files = {}
    for kind, place in {"sqlite": url, "postgresql": postgres.new_url()}.items():
        async with mirrored(place, **rows) as mirror:
            for stream in STREAMS:
                for name, since in {"all": None, "new": TODAY}.items():
                    path = tmp_path / f"{stream}.{format}"
                    await mirror.export(stream, path, since=since, deleted=True)
                    files[stream, name, kind] = path.read_bytes()
    for stream in STREAMS:
        for name in ("all", "new"):
            assert files[stream, name, "sqlite"] == files[stream, name, "postgresql"], (stream, name)
    assert files["jobs", "all", "sqlite"] != files["jobs", "new", "sqlite"]
