"""Datasette opens a mirror with the metadata of the package."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.support.busy_workspace import EVIL, busy
from tests.support.mirrored import mirrored
from workato_async.mirror.datasette import metadata
from workato_async.mirror.schema import TABLES
from workato_async.mirror.schema import metadata as schema


@pytest.fixture
async def database(tmp_path: Path) -> Path:
    path = tmp_path / "sandbox.db"
    async with mirrored(f"sqlite:///{path}", **busy()):
        pass
    (tmp_path / "metadata.json").write_text(metadata(path.stem))
    return path


def get(database: Path, path: str) -> Any:
    if find_spec("datasette") is None:
        pytest.skip("no Datasette: pip install datasette")
    command = (sys.executable, "-m", "datasette", database, "-m", database.with_name("metadata.json"), "--get", path)
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def query(database: Path, name: str) -> Any:
    return get(database, f"/sandbox/{name}.json?_shape=array")


def test_failed_today(database: Path) -> None:
    assert [(row["recipe"], row["job"], row["error"]) for row in query(database, "failed_today")] == [
        (EVIL, "j-1", "Order 17 not found")
    ]


@pytest.mark.long
def test_slowest_recipes(database: Path) -> None:
    rows = query(database, "slowest_recipes")
    assert [(row["recipe_id"], row["jobs"], row["average"], row["longest"]) for row in rows] == [
        (3, 2, 3600.5, 7200.0), (1, 3, 40.2, 90.0), (2, 1, 1.0, 1.0),
    ]  # fmt: skip


@pytest.mark.long
def test_recipes_by_lost_connection(database: Path) -> None:
    rows = query(database, "recipes_by_lost_connection")
    assert [(row["connection"], row["connection_lost_reason"], row["recipe"]) for row in rows] == [
        ("<i>Jira</i>", "revoked", EVIL), ("<i>Jira</i>", "revoked", "Plain"), ("lost again", None, None),
    ]  # fmt: skip


@pytest.mark.long
def test_incomplete(database: Path) -> None:
    assert query(database, "incomplete") == []


def test_tables_of_the_mirror_itself_are_hidden(database: Path) -> None:
    tables = {table["name"]: table["hidden"] for table in get(database, "/sandbox.json")["tables"]}
    assert {name for name, hidden in tables.items() if not hidden} == {*TABLES}
    assert {name for name, hidden in tables.items() if hidden} == {*schema.tables} - {*TABLES}


def test_the_shipped_file_is_for_workato_db() -> None:
    (databases,) = json.loads(metadata())["databases"].items()
    assert databases[0] == "workato"
    assert {name for name, table in databases[1]["tables"].items() if table.get("hidden")} == {*schema.tables} - {
        *TABLES
    }
    assert {*databases[1]["tables"]} <= {*schema.tables}
