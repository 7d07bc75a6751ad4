"""``recipes start|stop``: asked first, and undone exactly."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import termios
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import Shell
from tests.support.cli_process import served, start
from workato_async.testing import FakeWorkato, Reset, Status
from workato_async.testing.state.assets import HOME

if TYPE_CHECKING:
    from pathlib import Path


AGAIN = 0.2
"""Seconds without output after which a key is typed, or typed again."""


def running(shell: Shell) -> set[int]:
    return {id_ for id_, recipe in shell.fake.state.recipes.items() if recipe["running"]}


def test_without_a_terminal_many_recipes_need_a_yes(shell: Shell) -> None:
    shell.fake = FakeWorkato(recipes=8, jobs=0)
    before = running(shell)
    for command in (("stop", "--all"), ("start", "--name", "o"), ("stop", *sorted(before)[:2])):
        result = shell("recipes", *command, status=2)
        assert "add --yes to confirm" in result.stderr
        assert result.stdout == ""
    assert running(shell) == before
    assert not {request.method for request in shell.fake.requests} - {"GET"}


def test_one_recipe_that_was_named_needs_no_question(shell: Shell) -> None:
    shell.fake.state.add_recipe(running=True)
    assert shell("recipes", "stop", 10001).stderr == "stopped 1 of 1 recipe\n"


def test_what_was_stopped_is_started_again_and_nothing_else(shell: Shell, tmp_path: Path) -> None:
    shell.fake = FakeWorkato(recipes=40, jobs=0)
    before = running(shell)
    assert 0 < len(before) < 40
    shell.fake.fail("recipes.stop", Status(422, '{"message": "busy"}'))
    (tmp_path / "stopped.jsonl").write_text(
        shell("recipes", "stop", *shell.fake.state.recipes, "--yes", "--json", status=1).stdout
    )
    left = running(shell)
    assert len(left) == 1
    rows = [json.loads(line) for line in (tmp_path / "stopped.jsonl").read_text().splitlines()]
    assert {row["id"]: row["outcome"] for row in rows} == {
        id_: "failed" if id_ in left else "stopped" if id_ in before else "already stopped"
        for id_ in shell.fake.state.recipes
    }
    started = shell.json("recipes", "start", "--from", tmp_path / "stopped.jsonl", "--yes")
    assert running(shell) == before
    assert {row["id"] for row in started} == before - left
    again = shell("recipes", "stop", "--from", "-", "--yes", stdin="\n".join(map(json.dumps, started)))
    assert running(shell) == left
    assert again.stderr == f"stopped {len(before - left)} of {len(before - left)} recipes\n"


def test_a_lost_response_counts_as_stopped_when_it_is_undone(shell: Shell) -> None:
    shell.fake.state.add_recipe(running=True)
    shell.fake.fail("recipes.stop", Reset("after"), times=99)
    (row,) = shell.json("recipes", "stop", 10001, status=1)
    assert row["outcome"] == "unknown"
    assert running(shell) == set()
    shell("recipes", "start", "--from", "-", stdin=json.dumps(row))
    assert running(shell) == {10001}


@pytest.mark.parametrize("text", ["10001\n10003\n", "\ufeff10001 \r\n\r\n10003", '{"id": 10001}\n{"id": "10003"}\n'])
def test_ids_from_standard_input(shell: Shell, text: str) -> None:
    for _ in range(3):
        shell.fake.state.add_recipe(running=True)
    shell("recipes", "stop", "-", "--yes", stdin=text)
    assert running(shell) == {10002}


def test_a_line_of_standard_input_that_is_no_id(shell: Shell) -> None:
    for text, error in (('{"name": "x"}', "a line has no 'id'"), ("[1]", "line 1: not a JSON object")):
        assert error in shell("recipes", "stop", "-", stdin=text, status=2).stderr
    assert "No such file" in shell("recipes", "start", "--from", "missing.jsonl", status=2).stderr
    assert shell.fake.requests == []


def test_names_instead_of_ids(shell: Shell) -> None:
    for name in ("Leads to CRM", "Orders", "orders", "Twice", "Twice"):
        shell.fake.state.add_recipe(name=name, running=True)
    shell("recipes", "stop", "leads TO crm", "orders", "--yes")
    assert running(shell) == {10002, 10004, 10005}
    error = shell("recipes", "stop", "Twice", status=2).stderr
    assert "2 recipes are named 'Twice'; use an id: 10005 (folder 2001); 10004 (folder 2001)" in error
    assert (
        "no recipe is named 'Lead to CRM'; did you mean 'Leads to CRM'?"
        in shell("recipes", "show", "Lead to CRM", status=2).stderr
    )


def test_folders_by_name_and_path(shell: Shell) -> None:
    state = shell.fake.state
    sales, ops = (state.add_folder(name, parent_id=HOME) for name in ("Revenue", "Ops"))
    orders = [state.add_folder("Orders", parent_id=parent["id"]) for parent in (sales, ops)]
    for folder in (sales, *orders):
        state.add_recipe(folder_id=folder["id"], running=True)
    assert [row["id"] for row in shell.json("recipes", "list", "--folder", "revenue/ORDERS")] == [10002]
    assert [row["id"] for row in shell.json("recipes", "list", "--folder", "Revenue")] == [10001]
    error = shell("recipes", "list", "--folder", "orders", status=2).stderr
    assert "2 folders are named 'orders'" in error
    assert "(Revenue/Orders)" in error
    assert "(Ops/Orders)" in error


def test_common_options_stand_before_or_after_the_command(shell: Shell) -> None:
    shell.fake.state.add_recipe()
    for arguments in (
        ("--json", "recipes", "list"),
        ("recipes", "--json", "list"),
        ("recipes", "list", "--json"),
        ("-v", "recipes", "list", "--json"),
        ("--no-shared-quota", "--csv", "--json", "whoami"),
    )[:4]:
        assert json.loads(shell(*arguments).stdout)["id"] == 10001
    assert "use either --json or --csv" in shell("--csv", "recipes", "list", "--json", status=2).stderr
    assert "no such profile" in shell("--profile", "none", "recipes", "list", status=2).stderr
    assert "no such profile" in shell("recipes", "list", "--profile", "none", status=2).stderr


def test_verbose_shows_requests_but_never_the_token(shell: Shell) -> None:
    shell.fake.state.add_recipe()
    said = shell("recipes", "list", "-v").stderr
    assert said.startswith("GET /api/recipes on 127.0.0.1:")
    assert "HTTP 200" in said


def test_the_short_option_of_help(shell: Shell) -> None:
    for words in ((), ("recipes",), ("recipes", "stop")):
        assert shell(*words, "-h").stdout == shell(*words, "--help").stdout


def test_help_shows_no_types_of_python(shell: Shell) -> None:
    text = shell("recipes", "stop", "--help").stdout
    assert text.startswith("Usage: workato-async recipes stop [OPTIONS] [RECIPE]...\n")
    assert "<" not in text.replace("<path>", "")
    assert "[OPTIONS] RECIPE\n" in shell("recipes", "show", "--help").stdout


@pytest.mark.parametrize(
    ("typed", "status", "left"), [(b"y\n", 0, 0), (b"\n", 1, 2), (b"\x04", 130, 2), (b"\x03", 130, 2)]
)
def test_the_question_on_a_terminal(typed: bytes, status: int, left: int, tmp_path: Path) -> None:
    """With number, workspace and host; Enter, Ctrl-C and Ctrl-D change nothing."""
    fake = FakeWorkato(recipes=4, jobs=0, window=None)
    with served(fake):
        output, code = asked(fake, tmp_path, typed)
        host = fake.url.removeprefix("http://")
    assert f"Stop 2 recipes of Example ({host})? [y/N]: " in output
    assert code == status, output
    assert sum(recipe["running"] for recipe in fake.state.recipes.values()) == left
    assert "Traceback" not in output
    if status:
        assert "nothing was changed" in output


def asked(fake: FakeWorkato, home: Path, typed: bytes) -> tuple[str, int]:
    """Run ``recipes stop --all`` on a terminal, and type when it asks."""
    controller, terminal = pty.openpty()
    process = start(
        fake,
        home,
        "recipes",
        "stop",
        "--all",
        env={"TERM": "dumb"},
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(terminal)
    output = b""
    try:
        while True:
            if select.select([controller], [], [], AGAIN)[0]:
                output += os.read(controller, 4096)
            elif b"[y/N]: " in output and b"changed" not in output and b"outcome" not in output:
                os.write(controller, typed)  # a signal that comes before readline waits for keys is not seen by it
    except OSError:  # the terminal is closed
        pass
    os.close(controller)
    return output.decode(), process.wait()
