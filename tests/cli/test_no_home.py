"""A user without a home, as in containers that run as a number: what needs no file works, the rest says what to do."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import NoReturn

import platformdirs
import pytest

from tests.cli.conftest import TOKEN, Shell
from workato_async import ConfigurationError
from workato_async.cli.profile_names import profile_names
from workato_async.cli.quota_sharing import new_limiter
from workato_async.cli.settings import SETTINGS, Settings
from workato_async.limits.machine import MachineStore


@pytest.fixture(autouse=True)
def _no_home(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    if "shell" in request.fixturenames:
        request.getfixturevalue("shell")

    def nobody(*_: object) -> NoReturn:
        raise RuntimeError("Could not determine home directory.")

    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", nobody)
    monkeypatch.setattr(platformdirs, "user_config_path", lambda name, appauthor: Path("~/.config") / name)


def test_the_token_of_the_environment_needs_none(shell: Shell) -> None:
    assert "Example" in shell("whoami").stdout


def test_commands_that_need_the_file_say_what_to_set(shell: Shell) -> None:
    for command in (["whoami", "--profile", "eu"], ["auth", "list"], ["auth", "login"]):
        result = shell(*command, status=2, stdin=TOKEN)
        assert "has no home directory. Set HOME or XDG_CONFIG_HOME" in result.stderr
    assert profile_names("") == []


def test_the_quota_file_has_no_place(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ConfigurationError, match=r"no home directory\. Set HOME, or pass the path"):
        MachineStore()
    SETTINGS.set(Settings())
    assert new_limiter(1.0)
    assert "quotas are not shared with other commands: no folder for the quota file" in capsys.readouterr().err


def test_the_doctor_examines_the_rest(shell: Shell) -> None:
    checks = {row["name"]: row for row in shell.json("doctor", status=1)}
    assert checks["config file"]["status"] == "failed"
    assert "Set HOME" in json.dumps(checks["config file"])
    assert checks["token"]["status"] == "ok"


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the variables are of other systems")
def test_the_variables_replace_it(tmp_path: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert "no profiles in" in shell("auth", "list").stderr
    assert MachineStore().path.is_relative_to(tmp_path)
