"""``mirror export|report|datasette``: what they write, and what they reject."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from tests.support.busy_workspace import busy
from tests.support.mirrored import mirrored
from workato_async.mirror import STREAMS


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("WORKATO_API_TOKEN", raising=False)
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "workato.db"

    async def write() -> None:
        async with mirrored(f"sqlite:///{path}", **busy()):
            pass

    asyncio.run(write())
    return path


def test_every_stream_goes_into_a_folder(shell: Shell, database: Path) -> None:
    done = shell("mirror", "export", database, "--format", "csv", "--to", "out/of/it")
    folder = database.parent / "out/of/it"
    assert {path.name for path in folder.iterdir()} == {f"{name}.csv" for name in STREAMS}
    assert "jobs.csv: 8 rows" in done.stderr
    assert len((folder / "recipes.csv").read_text().splitlines()) == 4
    assert not shell.fake.requests


def test_the_path_of_a_database_may_have_any_characters(shell: Shell, database: Path) -> None:
    database.rename(database.with_name("odd ?#%41.db"))
    shell("mirror", "export", "odd ?#%41.db", "--format", "csv", "--stream", "jobs", "--to", "jobs.csv")
    assert len((database.parent / "jobs.csv").read_text().splitlines()) == 9


def test_files_go_where_the_command_runs(shell: Shell, database: Path) -> None:
    shell("mirror", "export", database, "--format", "jsonl", "--stream", "jobs", "--stream", "recipes")
    assert {path.name for path in database.parent.glob("*.jsonl")} == {"jobs.jsonl", "recipes.jsonl"}


def test_one_stream_can_have_a_file(shell: Shell, database: Path) -> None:
    shell("mirror", "export", database, "--format", "jsonl", "--stream", "jobs", "--since", "36h", "--to", "my.jsonl")
    lines = [json.loads(line) for line in (database.parent / "my.jsonl").read_text("utf-8").splitlines()]
    assert {"j-1", "j-5", "j-6", "j-9"} <= {line["id"] for line in lines}
    assert not {"j-4", "j-7", "j-8"} & {line["id"] for line in lines}
    shell("mirror", "export", database, "--format", "jsonl", "--stream", "jobs", "--deleted", "--to", "my.jsonl")
    assert len((database.parent / "my.jsonl").read_text("utf-8").splitlines()) == 9


def test_several_streams_do_not_fit_into_a_file(shell: Shell, database: Path) -> None:
    done = shell("mirror", "export", database, "--format", "csv", "--to", "all.csv", status=2)
    assert "--to must be a folder" in done.stderr


def test_a_file_of_another_format_is_not_taken_for_a_folder(shell: Shell, database: Path) -> None:
    done = shell("mirror", "export", database, "--format", "csv", "--stream", "jobs", "--to", "my.jsonl", status=2)
    assert done.stderr == "error: --to my.jsonl is not a csv file\n"
    assert not (database.parent / "my.jsonl").exists()


def test_a_database_is_never_replaced(shell: Shell, database: Path) -> None:
    before = database.read_bytes()
    shell("mirror", "export", database, "--format", "csv", "--stream", "jobs", "--to", database, status=1)
    shell("mirror", "report", database, database, status=2)
    shell("mirror", "report", database, status=2)
    assert database.read_bytes() == before


@pytest.mark.parametrize("command", [("export", "--format", "csv"), ("report", "report.html")])
def test_a_database_that_is_missing_is_not_made(shell: Shell, database: Path, command: tuple[str, ...]) -> None:
    name, *rest = command
    done = shell("mirror", name, "nothing.db", *rest, status=1)
    assert "no mirror in nothing.db" in done.stderr
    assert [path.name for path in database.parent.iterdir() if path.name.startswith("nothing")] == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--format", "xlsx"], "csv"),
        (["--format", "csv", "--since", "soon"], "expected a duration"),
        (["--format", "csv", "--stream", "job"], "there is no stream job"),
        ([], "--format"),
    ],
)
def test_what_export_rejects(shell: Shell, database: Path, arguments: list[str], message: str) -> None:
    done = shell("mirror", "export", database, *arguments, status=2)
    assert message in done.stderr


def test_report(shell: Shell, database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("vl_convert", reason="needs the extra report")
    shell("mirror", "report", database, "one.html", "--since", "7d")
    page = (database.parent / "one.html").read_text("utf-8")
    assert "Failures by recipe" in page
    monkeypatch.setenv("WORKATO_MIRROR", str(database))
    shell("mirror", "report", "two.html")
    assert "Failures by recipe" in (database.parent / "two.html").read_text("utf-8")
    assert not shell.fake.requests


def test_datasette(shell: Shell, database: Path) -> None:
    found = json.loads(shell("mirror", "datasette", "sandbox.db").stdout)
    assert {*found["databases"]} == {"sandbox"}
    done = shell("mirror", "datasette", "postgresql://kim:secret@host/name", status=2)
    assert "SQLite files only" in done.stderr
    assert "secret" not in done.output
