"""The smaller commands: connections, quotas, request, fake, whoami; and what all have in common."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from tests.cli.conftest import TOKEN, Shell
from workato_async import EMBEDDED_ENDPOINTS, ENDPOINTS, ConfigurationError, Limiter, Quota
from workato_async.cli import app as app_module
from workato_async.cli.lazy_commands import Later
from workato_async.cli.live_quotas import Publisher, snapshot_path
from workato_async.testing import FakeWorkato, Status


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if hasattr(command, "commands"):
        for name, inner in command.commands.items():
            yield from leaves(inner.load() if isinstance(inner, Later) else inner, (*path, name))
    else:
        yield path, command


COMMANDS = dict(leaves(typer.main.get_command(app_module.app)))


def test_all_commands_are_there() -> None:
    assert {" ".join(path) for path in COMMANDS} >= {
        "whoami",
        "recipes list",
        "recipes show",
        "recipes start",
        "recipes stop",
        "recipes export",
        "jobs list",
        "jobs show",
        "jobs repeat-failed",
        "connections list",
        "quotas",
        "request",
        "fake",
        "demo",
    }


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help_says_what_every_option_is_and_gives_an_example(shell: Shell, path: tuple[str, ...]) -> None:
    for parameter in COMMANDS[path].params:
        assert parameter.help, parameter.name
    shown = " ".join(shell(*path, "--help").stdout.split())
    assert f"Example: workato-async {' '.join(path)}" in shown


def test_starting_is_cheap() -> None:
    heavy = ("rich", "sqlalchemy", "workato_async.testing", "workato_async.mirror", "hypothesis", "pytest")
    code = f"import sys, workato_async.cli.app; sys.exit(str([n for n in {heavy} if n in sys.modules] or ''))"
    result = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert result.stderr.strip() == ""


def test_completion_knows_the_commands() -> None:
    result = subprocess.run(
        [sys.executable, "-c", "from workato_async.cli import main; main()"],
        env={
            "_WORKATO_ASYNC_COMPLETE": "complete_bash",
            "COMP_WORDS": "workato-async recipes sto",
            "COMP_CWORD": "2",
            "PATH": "",
        },
        check=False,
        capture_output=True,
        text=True,
    )
    assert result.stdout.split() == ["stop"]


def test_connections(shell: Shell) -> None:
    shell.fake = FakeWorkato(recipes=0, jobs=0, connections=9)
    assert len(shell.json("connections", "list")) == 9
    assert {row["provider"] for row in shell.json("connections", "list", "--provider", "slack")} == {"slack"}
    assert len(shell.json("connections", "list", "--limit", 2)) == 2
    head, first, *_ = shell("connections", "list").stdout.splitlines()
    assert head.split()[:3] == ["id", "name", "provider"]
    assert first.startswith("5009")
    assert shell("connections", "list", "--folder", 1).stderr == "no connections found\n"


def test_quotas_need_no_token(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORKATO_API_TOKEN")
    assert [row["id"] for row in shell.json("quotas")] == [one.id for one in (*ENDPOINTS, *EMBEDDED_ENDPOINTS)]
    rows = {row["id"]: row for row in shell.json("quotas", "jobs")}
    assert rows["jobs.repeat"] == {
        "id": "jobs.repeat",
        "endpoint": "POST /api/recipes/{recipe_id}/repeat_jobs",
        "requests": 1,
        "seconds": 1,
        "idempotent": False,
    }
    assert {name.split(".")[0] for name in rows} == {"jobs"}
    (recipes,) = shell.json("quotas", "embedded.recipes.list")
    assert recipes["endpoint"] == "GET /api/managed_users/{managed_user_id}/recipes"
    assert "no endpoint or family is named 'job'; families: activity_logs, " in shell("quotas", "job", status=2).stderr
    assert shell.fake.requests == []


async def test_live_quotas_are_published_and_taken_away(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/mirror.db"
    limiter = Limiter()
    path = snapshot_path(database)
    assert path == tmp_path / "mirror.db.quotas.json"
    with Publisher(limiter, database):
        assert json.loads(path.read_text())["endpoints"] == {}
    assert not path.exists()
    assert [*tmp_path.iterdir()] == []


def test_the_place_of_live_quotas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/state")
    assert snapshot_path("sqlite:///mirror.db") == Path("mirror.db.quotas.json")
    assert snapshot_path("sqlite:////var/mirror.db?timeout=5") == Path("/var/mirror.db.quotas.json")
    assert snapshot_path("mirror.db") == Path("mirror.db.quotas.json")
    secret = snapshot_path("postgresql+asyncpg://user:password@host/db")
    assert secret.parent == Path("/state/workato-async")
    assert "password" not in str(secret)


def test_live_quotas(shell: Shell, tmp_path: Path) -> None:
    database = tmp_path / "mirror.db"
    missing = shell("quotas", "--live", database, status=1).stderr
    assert missing == f"error: no mirror is running on this database: {database}.quotas.json does not exist\n"
    snapshot_path(str(database)).write_text("[]")
    assert "is not a quota snapshot" in shell("quotas", "--live", database, status=1).stderr
    limiter = Limiter({"GET /api/recipes": Quota(7, per=60)})
    snapshot = {"at": "2026-01-15T17:00:00+00:00", "endpoints": {}}
    state = {
        "quota": {"requests": 7, "per": 60},
        "room": 6,
        "free": 3,
        "waiters": 2,
        "paused_for": 0.04,
        "sent": 4,
        "refused": 0,
    }
    snapshot["endpoints"] = {"GET /api/recipes": state, "GET /api/projects": state}
    snapshot_path(str(database)).write_text(json.dumps(snapshot))
    assert limiter.quota("GET /api/recipes").requests == 7
    rows = shell.json("quotas", "recipes", "--live", database)
    assert rows == [
        {
            "endpoint": "GET /api/recipes",
            "requests": 7,
            "seconds": 60,
            "free": 3,
            "waiters": 2,
            "paused_for": 0.0,
            "room": 6,
            "sent": 4,
            "refused": 0,
        }
    ]
    result = shell("quotas", "--live", database)
    assert len(result.stdout.splitlines()) == 3
    assert result.stderr.startswith("as of ")


def test_request_prints_the_json_of_the_response(shell: Shell) -> None:
    shell.fake = FakeWorkato(recipes=3, jobs=0)
    text = shell("request", "get", "/api/recipes?per_page=2", "--query", "page=2").stdout
    assert text.startswith('{\n  "items": [\n')
    assert [item["id"] for item in json.loads(text)["items"]] == [10001]
    lines = shell("request", "GET", "/api/connections", "--json").stdout.splitlines()
    assert [json.loads(line)["id"] for line in lines] == [row["id"] for row in shell.json("connections", "list")]
    assert shell("request", "PUT", "/api/recipes/10001/stop").stdout == '{\n  "success": true\n}\n'


def test_request_sends_a_body(shell: Shell, tmp_path: Path) -> None:
    body = {"name": "Leads"}
    (tmp_path / "body.json").write_text(json.dumps(body))
    for text in (json.dumps(body), f"@{tmp_path}/body.json", "-"):
        shell("request", "POST", "/api/folders", "--body", text, stdin=json.dumps(body))
    assert [request.json for request in shell.fake.requests] == [body] * 3
    (tmp_path / "deep.json").write_text("[" * 100_000)
    for text in ("{", f"@{tmp_path}/none.json", f"@{tmp_path}/deep.json"):
        assert "--body" in shell("request", "POST", "/api/folders", "--body", text, status=2).stderr


def test_request_repeats_a_parameter(shell: Shell) -> None:
    shell("request", "GET", "/api/recipes?includes[]=a&includes[]=b", "--query", "includes[]=c")
    (request,) = shell.fake.requests
    assert request.raw_target == "/api/recipes?includes%5B%5D=a&includes%5B%5D=b&includes%5B%5D=c"


def test_request_dry_run_and_usage(shell: Shell) -> None:
    said = shell("request", "post", "/api/recipes/7/repeat_jobs", "--dry-run").stderr
    assert said == (
        "would send POST /api/recipes/7/repeat_jobs: "
        "1 call of POST /api/recipes/{recipe_id}/repeat_jobs (1 per 1 s), about 1 s\n"
    )
    assert "--query" in shell("request", "GET", "/api/recipes", "--query", "x", status=2).stderr
    assert "the method must be one of" in shell("request", "FETCH", "/api/recipes", status=2).stderr
    for path in ("api/recipes", "/recipes", "recipes"):
        assert "did you mean /api/recipes?" in shell("request", "GET", path, status=2).stderr
    assert shell.fake.requests == []
    assert "HTTP 404" in shell("request", "GET", "/api/nothing", status=1).stderr


def test_fake_serves_what_its_options_say(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[FakeWorkato] = []

    def serve(fake: FakeWorkato) -> int:
        served.append(fake)
        return 0

    monkeypatch.setattr("workato_async.testing.serving.serve", serve)
    shell("fake", "--host", "127.0.0.2", "--port", 0, "--recipes", 7, "--jobs", 0, "--connections", 3, "--customers", 1)
    (fake,) = served
    assert fake.address == ("127.0.0.2", 0)
    assert (len(fake.state.recipes), len(fake.state.connections)) == (7, 3)
    assert fake.customer(98178).recipes
    with pytest.raises(ConfigurationError, match="no customer"):
        fake.customer(98179)
    assert "--window" in shell("fake", "--window", "open", status=2).stderr
    assert "time_scale" in shell("fake", "--time-scale", "nan", status=2).stderr


def test_whoami(shell: Shell) -> None:
    text = shell("whoami").stdout
    assert "host" in text
    assert shell.json("whoami")[0]["host"].startswith("http://127.0.0.1:")


def test_whoami_with_a_wrong_token(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKATO_API_TOKEN", f"{TOKEN}x")
    assert "HTTP 401" in shell("whoami", status=3).stderr


def test_what_nobody_foresaw_is_one_line(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("surprise")

    monkeypatch.setattr("workato_async.cli.profiles.load_profile", broken)
    (line,) = shell("recipes", "list", status=1).stderr.splitlines()
    assert line.startswith("error: unexpected KeyError: 'surprise' (test_commands.py, line ")
    assert line.endswith("; --verbose shows the traceback)")


@pytest.mark.parametrize("arguments", [("-v", "recipes", "list"), ("recipes", "list", "--verbose")])
def test_verbose_shows_the_traceback_of_what_nobody_foresaw(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("surprise")

    monkeypatch.setattr("workato_async.cli.profiles.load_profile", broken)
    lines = shell(*arguments, status=1, traceback=True).stderr.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert 'raise KeyError("surprise")' in "".join(lines)
    assert lines[-1].startswith("error: unexpected KeyError: 'surprise'")


def test_a_server_that_fails_is_one_line(shell: Shell) -> None:
    shell.fake.fail("connections.list", Status(500, "<html>oops"), times=9)
    (line,) = shell("connections", "list", status=1).stderr.splitlines()
    assert line.startswith("error: GET /api/connections on 127.0.0.1")


@pytest.mark.parametrize("command", ["demo", "fake", "auth switch eu"])
@pytest.mark.parametrize("option", ["--json", "--csv", "--raw-csv"])
def test_an_output_that_a_command_does_not_have_is_a_usage_error(shell: Shell, command: str, option: str) -> None:
    """Instead of text that the program which asked for JSON cannot read."""
    result = shell(option, *command.split(), status=2)
    assert f"{option}: " in result.stderr
    assert "has no other output format" in result.stderr


def test_paginate_prints_items_that_no_model_fits(shell: Shell) -> None:
    body = '[{"id": 1, "name": "a"}, {"name": "no id"}, null, {"id": 2, "name": "b"}]'
    shell.fake.fail("projects.list", Status(200, body), times=1)
    found = shell.json("request", "GET", "/api/projects", "--paginate")
    assert [item and item["name"] for item in found][:4] == ["a", "no id", None, "b"]


@pytest.mark.parametrize("command", [("projects", "list"), ("connections", "list"), ("recipes", "list")])
def test_a_list_with_an_entry_that_cannot_be_read_is_not_all_there(shell: Shell, command: tuple[str, ...]) -> None:
    items = [{"id": 1, "name": "a"}, {"name": "no id"}, {"id": 2, "name": "b"}]
    body = json.dumps({"items": items} if command[0] == "recipes" else items)
    shell.fake.fail(f"{command[0]}.list", Status(200, body), times=1)
    result = shell(*command, "--json", status=1)
    assert [json.loads(line)["name"] for line in result.stdout.splitlines()][:2] == ["a", "b"]
    assert "1 entry of the list cannot be read; `workato-async request GET PATH --paginate`" in result.stderr
