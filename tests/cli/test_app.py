"""The command line itself: help, usage errors, exit statuses, the missing extra."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
import typer
from typer.testing import CliRunner

from workato_async import __version__
from workato_async.cli import app as app_module
from workato_async.cli import main
from workato_async.cli.demo import command
from workato_async.cli.demo import run as demo
from workato_async.testing import FakeWorkato, Refuse429

if TYPE_CHECKING:
    from typer.testing import Result

TINY = ("demo", "--recipes", "4", "--jobs", "20", "--time-scale", "0.001")


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(app_module.app, arguments, prog_name="workato-async")


def test_help_names_the_commands() -> None:
    result = invoke("--help")
    assert result.exit_code == 0
    assert result.stdout.startswith("Usage: workato-async [OPTIONS] COMMAND")
    assert "demo" in result.stdout


def test_help_of_the_demonstration_names_its_options_and_defaults() -> None:
    result = invoke("demo", "--help")
    assert result.exit_code == 0
    text = " ".join(result.stdout.split())
    for option, default in (("--recipes", 200), ("--jobs", 15000), ("--time-scale", 0.02), ("--seed", 0)):
        assert option in text
        assert f"[default: {default}" in text


def test_version() -> None:
    result = invoke("--version")
    assert (result.exit_code, result.stdout) == (0, f"workato-async {__version__}\n")


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--recipes", "0"),
        ("--recipes", "5001"),
        ("--recipes", "many"),
        ("--jobs", "-1"),
        ("--jobs", "200001"),
        ("--time-scale", "0"),
        ("--time-scale", "1.5"),
        ("--time-scale", "nan"),
        ("--seed", "1.5"),
    ],
)
def test_a_bad_value_is_a_usage_error(option: str, value: str) -> None:
    result = invoke("demo", option, value)
    assert result.exit_code == 2
    assert f"Invalid value for '{option}'" in result.stderr
    assert result.stdout == ""


def test_a_time_scale_that_is_no_number_is_invalid_where_the_range_lets_it_pass() -> None:
    with pytest.raises(typer.BadParameter):
        command._checked_scale(float("nan"))


def test_an_unknown_command_is_a_usage_error() -> None:
    result = invoke("demonstrate")
    assert result.exit_code == 2
    assert "demonstrate" in result.stderr


def test_a_run_without_a_terminal_prints_plain_lines() -> None:
    result = invoke(*TINY)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].startswith("A fake Workato at ")
    assert lines[-1] == "every input has a result; no call was rate limited"
    assert "\x1b" not in result.stdout
    assert result.stderr == ""


def test_a_refused_call_is_exit_status_1(monkeypatch: pytest.MonkeyPatch) -> None:
    def refusing(settings: demo.Settings) -> FakeWorkato:
        fake = FakeWorkato(settings.recipes, settings.jobs, time_scale=settings.time_scale)
        fake.fail("recipes.list", Refuse429())
        return fake

    monkeypatch.setattr(demo.Settings, "fake", refusing)
    result = invoke(*TINY)
    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1] == "every input has a result; 1 call was rate limited (429)"


def test_ctrl_c_is_one_line_and_exit_status_130(monkeypatch: pytest.MonkeyPatch) -> None:
    async def interrupted(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "run_demo", interrupted)
    result = invoke(*TINY)
    assert (result.exit_code, result.stdout) == (130, "")
    assert result.stderr == "interrupted\n"


@pytest.mark.parametrize("name", ["typer", "rich"])
def test_without_the_extra_there_is_one_clear_line(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "workato-async: the command line needs an extra: pip install 'workato-async[cli]'\n"


def test_main_runs_the_commands(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["workato-async", "--version"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"workato-async {__version__}\n"


def test_it_runs_as_a_module() -> None:
    """The scripts of an environment may not be on the path."""
    program = [sys.executable, "-m", "workato_async", "recipes", "no-such"]
    ended = subprocess.run(program, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.startswith("Usage: workato-async recipes ")


def test_importing_the_entry_point_needs_nothing_of_the_extra() -> None:
    code = "import sys, workato_async.cli; sys.exit(any(name in sys.modules for name in ('typer', 'rich')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def every_command() -> list[tuple[str, ...]]:
    """Return the words of the application, of every group and of every command."""
    found: list[tuple[str, ...]] = []

    def walk(command: Any, words: tuple[str, ...]) -> None:
        found.append(words)
        for name, inner in getattr(command, "commands", {}).items():
            walk(inner, (*words, name))

    walk(typer.main.get_command(app_module.app), ())
    return found


@pytest.mark.parametrize("words", every_command(), ids=" ".join)
def test_the_help_of_every_command_fits_80_columns(words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    text = invoke(*words, "-h").stdout
    assert [line for line in text.splitlines() if len(line) > 80 and "Example" not in line] == []
    commands = text.partition("Commands:\n")[2].partition("\n\n")[0]
    assert [line for line in commands.splitlines() if line.endswith("...")] == []
    assert "[x>" not in text
    assert "<list[" not in text
