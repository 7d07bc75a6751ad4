"""Commands that change things: nothing by accident, and what was done is known however they end."""

from __future__ import annotations

import errno
import io
import json
import os
import zipfile
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.conftest import TOKEN, Shell
from tests.support.cli_process import HANGS, served, start
from tests.support.ctrl_c import press_ctrl_c_after
from workato_async.cli import confirmation
from workato_async.cli.identifiers import read_rows
from workato_async.cli.output import Format, Rows
from workato_async.testing import FakeWorkato, Reset, Stall, Status

if TYPE_CHECKING:
    from pathlib import Path

ODD_NAMES = (
    "Sync\u2028two",
    "A\x85b",
    "C\x0cd\x1ce",
    "[TEST] Orders",
    '"quoted" orders',
    "[",
    "a\tb",
)


def running(shell: Shell) -> set[int]:
    return {id_ for id_, recipe in shell.fake.state.recipes.items() if recipe["running"]}


def rows_of(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.split("\n") if line]


@pytest.mark.parametrize(
    "arguments",
    [
        ("recipes", "stop", "--connector", "", "--yes"),
        ("recipes", "stop", "--connector", "jira", "--connector", "", "--yes"),
        ("recipes", "stop", "--folder=", "--all", "--yes"),
        ("recipes", "stop", "--name", "", "--project", "1", "--yes"),
        ("recipes", "delete", "", "--yes"),
        ("recipes", "export", "--to", ""),
        ("export", "Sales", "--to", ""),
        ("import", "", "--folder", "1", "--yes"),
        ("connections", "disconnect", "", "--yes"),
        ("api-clients", "rotate", "1", "--to", "", "--yes"),
        ("api-clients", "rotate", "1", "--save-profile", "", "--yes"),
        ("deploy", "Sales", "--to", "", "--yes"),
        ("lookup-tables", "sync", "Prices", "prices.csv", "--key", "", "--yes"),
    ],
)
def test_an_empty_value_is_not_taken_for_none(shell: Shell, arguments: tuple[str, ...]) -> None:
    """A variable of a script that is not set would select everything, or the current folder."""
    assert "must not be empty" in shell(*arguments, status=2).stderr
    assert shell.fake.requests == []
    assert not list(shell.home.rglob("config.toml"))


def test_an_empty_prefix_means_all(shell: Shell) -> None:
    shell("properties", "set", "a=1", "b=")
    assert [row["name"] for row in shell.json("properties", "list", "")] == ["a", "b"]


def test_subfolders_alone_do_not_select_everything(shell: Shell) -> None:
    shell.fake = FakeWorkato(recipes=4, jobs=0)
    for command in ("stop", "start"):
        assert "only together with --folder" in shell("recipes", command, "--subfolders", "--yes", status=2).stderr
    assert shell.fake.requests == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_recipes_of_any_name_are_started_again(shell: Shell, tmp_path: Path, encoding: str) -> None:
    for name in ODD_NAMES:
        shell.fake.state.add_recipe(name=name, running=True)
    before = running(shell)
    path = tmp_path / "stopped.jsonl"
    path.write_text(shell("recipes", "stop", "--all", "--yes", "--json").stdout, encoding=encoding)
    assert running(shell) == set()
    shell("recipes", "start", "--from", path, "--yes")
    assert running(shell) == before


def test_names_from_standard_input_may_begin_as_json_does(shell: Shell) -> None:
    for name in ODD_NAMES:
        shell.fake.state.add_recipe(name=name, running=True)
    shell("recipes", "stop", "-", "--yes", stdin="".join(f"{name}\n" for name in ODD_NAMES))
    assert running(shell) == set()
    shell("recipes", "start", "-", "--yes", stdin="".join(f"{json.dumps(name)}\n" for name in ODD_NAMES))
    assert len(running(shell)) == len(ODD_NAMES)


@pytest.mark.parametrize("text", ["{broken", '{"id": 1', '{"id": 1}}', '[{"id": 1}', "[1]", '["a"]'])
def test_json_that_is_not_complete_is_not_a_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "rows").write_text(text)
    with pytest.raises(Exception, match="line 1: not a JSON object"):
        read_rows(str(tmp_path / "rows"))


@pytest.mark.parametrize("digits", [20, 5000])
def test_a_number_too_long_for_an_id(shell: Shell, digits: int) -> None:
    error = shell("recipes", "stop", "9" * digits, status=2).stderr
    assert error.startswith("error: no recipe is named '9999")
    assert len(error) < 200


def test_nothing_to_disconnect_or_delete_is_no_question(shell: Shell) -> None:
    assert "nothing to disconnect" in shell("connections", "disconnect", "-", stdin="").stderr
    assert "nothing to delete" in shell("recipes", "delete", "-", stdin="").stderr


PAST = {"stop": "stopped", "delete": "deleted", "disconnect": "disconnected"}


class Things:
    """Recipes or connections that a command changes."""

    def __init__(self, shell: Shell, command: str, count: int) -> None:
        state = shell.fake.state
        self.past = PAST[command]
        self.of_recipes = command != "disconnect"
        self.words = ("recipes" if self.of_recipes else "connections", command)
        self.endpoint = ".".join(self.words)
        self.ids = [
            (state.add_recipe(running=command == "stop") if self.of_recipes else state.add_connection(provider="jira"))[
                "id"
            ]
            for _ in range(count)
        ]
        self._requests = shell.fake.requests

    def sent(self) -> set[str]:
        """Return the ids that were in requests to change something."""
        return {request.path.split("/")[3] for request in self._requests if request.method != "GET"}


@pytest.mark.parametrize("fault", [Status(200, "<html>"), Status(500), Status(200, "["), Reset("after")])
@pytest.mark.parametrize("command", PAST)
def test_what_may_have_been_done_is_unknown_and_not_failed(shell: Shell, command: str, fault: Any) -> None:
    things = Things(shell, command, 1)
    shell.fake.fail(things.endpoint, fault, times=99)
    (row,) = shell.json(*things.words, *things.ids, "--yes", status=1)
    assert row["outcome"] == "unknown"
    assert row["error"]


@pytest.mark.parametrize("command", PAST)
def test_what_was_sent_before_the_token_was_rejected_is_printed(shell: Shell, command: str) -> None:
    things = Things(shell, command, 3)
    shell.fake.fail(things.endpoint, Status(401))
    found = shell.json(*things.words, *things.ids, "--yes", status=3)
    assert len({row["id"] for row in found}) == len(things.sent()) - 1
    assert {row["outcome"] for row in found} <= {things.past, "unknown"}


@pytest.mark.parametrize("command", PAST)
def test_what_was_sent_before_ctrl_c_is_printed(shell: Shell, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    things = Things(shell, command, 10)
    shell.fake.fail(things.endpoint, Stall(), after=3, times=99)
    press_ctrl_c_after(monkeypatch, 10)
    result = shell(*things.words, *things.ids, "--yes", "--json", status=130)
    rows = rows_of(result.stdout)
    assert {str(row["id"]) for row in rows} == things.sent()
    unknown = len(rows) - 3
    assert unknown > 0
    assert sorted(row["outcome"] for row in rows) == [things.past] * 3 + ["unknown"] * unknown
    assert f"interrupted: {things.past} 3 of 10 " in result.stderr
    assert f"{unknown} with unknown outcome" in result.stderr


@pytest.mark.parametrize("fault", [Reset("after"), Status(500), Status(422, '{"message": "no"}')])
def test_values_before_a_change_are_printed_also_if_it_failed(shell: Shell, fault: Any) -> None:
    shell("properties", "set", "a=1")
    shell.fake.fail("properties.upsert", fault, times=99)
    rows = shell.json("properties", "set", "a=2", "b=3", "--yes", status=1)
    outcome = "failed" if fault == Status(422, '{"message": "no"}') else "unknown"
    assert rows == [
        {"name": "a", "value": "2", "before": "1", "outcome": outcome},
        {"name": "b", "value": "3", "before": None, "outcome": outcome},
    ]


def test_the_table_was_changed_while_the_question_was_open(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = shell.fake.state.add_lookup_table("Prices", columns=("sku", "price"))["id"]
    for number in range(9):
        shell.fake.state.add_lookup_row(table, {"sku": f"S{number}", "price": "1"})
    path = tmp_path / "prices.csv"
    path.write_text("sku,price\n" + "".join(f"S{number},1\n" for number in range(8)))

    async def confirm(*_: object, yes: bool) -> None:
        shell.fake.state.add_lookup_row(table, {"sku": "somebody else's", "price": "1"})

    monkeypatch.setattr("workato_async.cli.table_sync.confirm_change", confirm)
    result = shell("lookup-tables", "sync", "Prices", path, "--key", "sku", status=2)
    assert "was changed since: 1 of the changes differ from those planned; nothing was changed" in result.stderr
    assert len(shell.fake.state.lookup_rows[table]) == 10


@pytest.mark.parametrize("to", [".", "/", "a\0b"])
def test_the_file_for_a_token_must_have_a_name(shell: Shell, to: str) -> None:
    client = shell.fake.state.add_api_client("Nightly")["id"]
    assert "is not the name of a file" in shell("api-clients", "rotate", client, "--to", to, "--yes", status=2).stderr
    assert shell.sent("developer_api_clients.regenerate") == 0


def test_a_profile_that_cannot_be_written_keeps_the_old_token(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    client = shell.fake.state.add_api_client("Nightly")["id"]
    (shell.home / ".config").write_text("a file where the folder would be")
    result = shell("api-clients", "rotate", client, "--save-profile", "nightly", "--yes", status=1)
    assert "error: " in result.stderr
    assert shell.sent("developer_api_clients.regenerate") == 0


def test_errors_are_one_line(shell: Shell, tmp_path: Path) -> None:
    client = shell.fake.state.add_api_client("Nightly")["id"]
    shell.fake.fail("developer_api_clients.regenerate", Status(200, "{}"))
    shell.fake.fail("custom_connectors.create", Reset("after"))
    (tmp_path / "acme.rb").write_text("{\n  title: 'Acme',\n}\n")
    for words in (
        ("api-clients", "rotate", client, "--to", "-", "--yes"),
        ("connectors", "push", tmp_path / "acme.rb"),
    ):
        assert "\N{REPLACEMENT CHARACTER}" not in shell(*words, status=1).stderr


def test_a_release_that_was_lost(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "acme.rb").write_text("{\n  title: 'Acme',\n}\n")
    shell.fake.fail("custom_connectors.release", Reset("before"), times=99)
    result = shell("connectors", "push", tmp_path / "acme.rb", "--release", status=1)
    assert "Acme was pushed, and its release is not certain: " in result.stderr
    assert "Run the command again" in result.stderr


def test_an_import_whose_response_was_lost(shell: Shell, tmp_path: Path) -> None:
    folder = int(shell.fake.state.add_project("Invoices")["folder_id"])
    with zipfile.ZipFile(tmp_path / "package.zip", "w") as archive:
        archive.writestr("good.recipe.json", "{}")
    shell.fake.fail("packages.import", Reset("after"))
    result = shell("import", tmp_path / "package.zip", "--folder", folder, "--yes", status=1)
    assert "the import may have been started: check the folder before you import again" in result.stderr


def test_a_deployment_that_failed_says_how_to_go_on_on_the_command_line(shell: Shell) -> None:
    project = shell.fake.state.add_project("Invoices")
    shell.fake.state.add_recipe(folder_id=project["folder_id"])
    shell.fake.fail("test_cases.run", Status(403))
    result = shell("deploy", "Invoices", "--to", "PROD", "--yes", "--require-tests", status=1)
    assert f"add --build {max(shell.fake.state.builds)} to continue from it" in result.stderr
    shell("deploy", "Invoices", "--to", "PROD", "--yes")  # environments have no capitals


def test_the_command_to_go_on_has_the_options_that_matter(shell: Shell) -> None:
    from workato_async.cli.deployment import Deployer
    from workato_async.cli.settings import SETTINGS, Settings

    before = SETTINGS.set(Settings(profile="two words"))
    try:
        options: dict[str, Any] = dict.fromkeys(
            ("junit", "build", "deployment", "title", "description", "max_wait", "output", "target_profile")
        )
        deployer = Deployer(
            None,  # type: ignore[arg-type]
            project=7,
            to="prod",
            run_tests=True,
            require_tests=True,
            max_bytes=1,
            timeout=1.0,
            **options,
        )
        assert deployer._again("--build 9") == (
            "workato-async deploy 7 --to prod --build 9 --profile 'two words' --require-tests"
        )
        assert deployer._again("--deployment 9").endswith("--deployment 9 --profile 'two words'")
    finally:
        SETTINGS.reset(before)


async def test_a_question_names_the_profile_where_the_workspace_is_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    from workato_async import WorkatoSession
    from workato_async.cli.settings import SETTINGS, Settings

    asked: list[str] = []
    monkeypatch.setattr(confirmation, "ask", lambda question: not asked.append(question))  # type: ignore[func-returns-value]
    for stream in ("stdin", "stderr"):
        monkeypatch.setattr(f"sys.{stream}.isatty", lambda: True, raising=False)
    before = SETTINGS.set(Settings(profile="production"))
    try:
        async with (
            FakeWorkato(recipes=0, jobs=0, token=TOKEN) as fake,
            WorkatoSession(TOKEN, base_url=fake.url) as workato,
        ):
            fake.fail("workspace.me", Status(403))
            await confirmation.confirm_change(workato, "Stop 2 recipes", yes=False)
            host = fake.url.removeprefix("http://")
    finally:
        SETTINGS.reset(before)
    assert asked == [f"Stop 2 recipes of profile production ({host})?"]


class Full(io.StringIO):
    """Standard output on a disk that is full from some write on."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.rows = rows

    def flush(self) -> None:
        if self.getvalue().count("\n") > self.rows:
            raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("format", [Format.JSON, Format.CSV, Format.TABLE])
def test_rows_of_changes_go_to_stderr_if_the_disk_is_full(
    format: Format,  # noqa: A002
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.stdout", out := Full(2))
    monkeypatch.setattr("workato_async.cli.output.discard_output", lambda: None)
    with pytest.raises(OSError, match="No space"), Rows(("id", "outcome"), format, changing=True) as rows:
        for number in range(5):
            rows.add({"id": number, "outcome": "stopped"})
    written = sum(str(number) in out.getvalue() for number in range(5)) if format is not Format.TABLE else 0
    reported = [json.loads(line)["id"] for line in capsys.readouterr().err.splitlines()]
    assert {*range(written), *reported} == {*range(5)}
    assert reported


def test_rows_of_changes_are_out_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that is killed has printed what it did."""
    raw = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(io.BufferedWriter(raw), encoding="utf-8"))
    with Rows(("id",), Format.JSON, changing=True) as rows:
        rows.add({"id": 1})
        assert raw.getvalue() == b'{"id": 1}\n'


@pytest.mark.parametrize(
    ("words", "descriptor", "status", "error"),
    [
        (("recipes", "stop", "--all"), 0, 2, "There is no terminal to ask"),
        (("api-clients", "rotate", "Nightly", "--to", "-", "--yes"), 1, 2, "standard output is closed or discarded"),
        pytest.param(("recipes", "stop", "-"), 0, 0, "nothing to stop", marks=pytest.mark.long),
        pytest.param(("recipes", "stop", "--all"), 2, 2, "", marks=pytest.mark.long),
    ],
)
def test_a_closed_stream(tmp_path: Path, words: tuple[str, ...], descriptor: int, status: int, error: str) -> None:
    fake = FakeWorkato(recipes=4, jobs=0, window=None)
    fake.state.add_api_client("Nightly")
    with served(fake):
        process = start(fake, tmp_path, *words, preexec_fn=partial(os.close, descriptor))
        _, err = process.communicate(timeout=HANGS)
    assert error in err
    assert process.returncode == status, err
    assert not {request.method for request in fake.requests} - {"GET"}


def test_an_interrupted_run_says_that_its_output_is_needed(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second run into the same file would lose what the first one has stopped."""
    things = Things(shell, "stop", 150)
    press_ctrl_c_after(monkeypatch, 70)
    result = shell("recipes", "stop", *things.ids, "--yes", "--json", status=130)
    assert (
        "Run the command again to continue, and append to its output: all of it is needed to undo this" in result.stderr
    )


def test_a_copy_whose_response_was_lost(shell: Shell) -> None:
    shell.fake.state.add_recipe()
    folder = shell.fake.state.add_project("Archive")["folder_id"]
    shell.fake.fail("recipes.copy", Reset("after"))
    error = shell("recipes", "copy", 10001, "--to", folder, status=1).stderr
    assert f"there may be a copy in folder {folder}: look there before you copy it again" in error


def test_no_rows_are_sent_after_the_token_was_rejected(shell: Shell, tmp_path: Path) -> None:
    table = shell.fake.state.add_lookup_table("Prices", columns=("sku", "price"))["id"]
    shell.fake.state.add_lookup_row(table, {"sku": "old", "price": "1"})
    path = tmp_path / "prices.csv"
    path.write_text("sku,price\n" + "".join(f"S{number},1\n" for number in range(300)))
    shell.fake.fail("lookup_tables.rows.create", Status(401), times=1000)
    words = ("lookup-tables", "sync", "Prices", path, "--key", "sku", "--yes", "--allow-deletions")
    result = shell(*words, status=3)
    assert shell.sent("lookup_tables.rows.create") <= 64  # those that were sent side by side
    assert shell.sent("lookup_tables.rows.delete") == 0
    assert "HTTP 401" in result.stderr
